//! Whom the words mean: phrases that name somebody new or known, pronouns, "the other", "both men".

use std::ops::Range;

use super::{
    Change, Character, Reader, Reference, among,
    beats::Event,
    discourse::{Entity, Gender, Role, Seen, person_may_be},
    mentions::Mention,
};
use crate::{
    lexicon::lexicon,
    map::{Class, kinds},
    syntax::{Tag, Token},
};

/// How far back a pronoun looks within its clause, in words.
const NEAR: usize = 60;
pub(super) const NOMINATIVE: [&str; 4] = ["he", "she", "it", "they"];
pub(super) const ACCUSATIVE: [&str; 4] = ["him", "her", "it", "them"];

impl Reader<'_> {
    /// Meets the mentions and resolves the pronouns of a stretch, in order; returns whom they mean.
    pub(super) fn take_in(
        &mut self,
        range: Range<usize>,
        mentions: Range<usize>,
        role: Role,
        barred: &[usize],
        acts: bool,
    ) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let mut listed: Vec<usize> = Vec::new();
        let mut m =
            mentions.start + self.mentions[mentions.clone()].partition_point(|x| x.begin < range.start);
        for k in range.clone() {
            if m < mentions.end && self.mentions[m].begin == k {
                let governed = k.checked_sub(1).is_some_and(|b| {
                    matches!(self.tokens[b].tag, Tag::Preposition | Tag::To) && b >= range.start
                });
                let role = if governed { Role::Other } else { role };
                self.meet(m, role);
                // "the two friends": those two.
                if let Some(pair) = self.pairs.get(&m) {
                    found.extend(pair.iter().copied());
                }
                if let Some(entity) = self.entity_of[m]
                    && !(governed && role == Role::Other && !found.is_empty())
                    && !found.contains(&entity)
                    && !self.mentions[m].negated
                {
                    found.push(entity);
                }
                // "carries in a sheep, a duck and a rooster": they are spoken of together.
                if !self.is_joined(m) {
                    self.see_listed(&mut listed, k, role);
                }
                listed.extend(self.entity_of[m].filter(|e| !listed.contains(e) && !self.mentions[m].negated));
                // "Tom's dog": the owner is not the one who acts.
                if let Some(owner) = self.mentions[m].owner.and_then(|o| self.entity_of[o]) {
                    found.retain(|e| *e != owner);
                }
                m += 1;
            }
            let tag = self.tokens[k].tag;
            let low = self.tokens[k].low.clone();
            if tag == Tag::Possessive {
                self.possess(k, &low);
            } else if tag == Tag::Pronoun
                && (NOMINATIVE.contains(&low.as_str()) || ACCUSATIVE.contains(&low.as_str()))
            {
                if low == "it" && self.is_dummy(k) {
                    continue;
                }
                let governed = k
                    .checked_sub(1)
                    .is_some_and(|b| matches!(self.tokens[b].tag, Tag::Preposition | Tag::To));
                let nominative = matches!(low.as_str(), "he" | "she" | "they")
                    || (low == "it" && self.tokens.get(k + 1).is_some_and(|t| t.tag.is_finite()));
                let role = match role {
                    Role::Subject => Role::Subject,
                    _ if nominative => Role::Subject,
                    _ if governed => Role::Other,
                    other => other,
                };
                // A mark lies between: "…, a wolf far behind her".
                let near = range.start.max(k.saturating_sub(NEAR))..k;
                let apart = self.tokens[near.clone()].iter().any(|t| t.low == ",");
                let barred = if nominative || apart { &[][..] } else { barred };
                let seen = self.seen(k, role, true);
                let reflexive = !barred.is_empty() && low != "it" && self.closes_behind(k, &near);
                let meant = if reflexive {
                    barred.to_vec()
                } else {
                    self.discourse.resolve(&low, seen, barred, acts && role == Role::Subject)
                };
                self.refer(k, &low, &meant, seen);
                found.extend(meant.into_iter().filter(|e| !found.contains(e)).collect::<Vec<_>>());
            }
        }
        self.see_listed(&mut listed, range.end.max(1) - 1, role);
        found
    }

    /// Whether only a comma or "and" stands between the mention and the one before it.
    fn is_joined(&self, m: usize) -> bool {
        let Some(before) = m.checked_sub(1).map(|b| self.mentions[b].end) else { return false };
        let between = self.tokens.get(before..self.mentions[m].begin).unwrap_or_default();
        (1..=2).contains(&between.len())
            && between.iter().all(|t| matches!(t.low.as_str(), "," | "and" | "&"))
    }

    /// Notes the members of a list as a group.
    fn see_listed(&mut self, listed: &mut Vec<usize>, token: usize, role: Role) {
        let acting = listed.iter().filter(|e| self.discourse.entities[**e].class.acts()).count();
        if listed.len() > 1 && (acting == 0 || acting == listed.len()) {
            let seen = self.seen(token, role, false);
            self.discourse.see_together(listed, seen);
        }
        listed.clear();
    }

    /// "shuts the door behind her": the one who does it.
    fn closes_behind(&self, k: usize, near: &Range<usize>) -> bool {
        let before = k.checked_sub(1).map_or("", |b| self.tokens[b].low.as_str());
        matches!(before, "behind" | "with" | "beside" | "around")
            && self.tokens[near.clone()].iter().any(|t| {
                t.tag.is_verb()
                    && among(
                        "close shut put pull lay drop leave bring carry take hold set slam lock drag place",
                        &t.lemma,
                    )
            })
            && self.tokens[near.start..k - 1].iter().any(|t| t.tag.is_noun() || t.tag == Tag::Pronoun)
    }

    /// Notes whom a pronoun means.
    fn refer(&mut self, token: usize, pronoun: &str, meant: &[usize], seen: Seen) {
        for entity in meant {
            self.discourse.see(*entity, seen);
            if let Some(cast) = self.discourse.entities[*entity].cast {
                self.reading.cast[cast].spans.push(self.tokens[token].span.clone());
            }
        }
        self.discourse.see_together(meant, seen);
        if let [one] = meant {
            // "them": no longer one of them.
            if matches!(pronoun, "they" | "them") && !self.discourse.entities[*one].is_person() {
                self.discourse.entities[*one].as_one = false;
            }
            self.learn_gender(*one, pronoun, false);
        }
        let words = meant.iter().map(|e| self.discourse.entities[*e].word.clone()).collect();
        let who = meant.iter().filter_map(|e| self.discourse.entities[*e].cast).collect();
        self.reading.references.push(Reference {
            span: self.tokens[token].span.clone(),
            pronoun: pronoun.to_owned(),
            words,
            who,
        });
    }

    fn learn_gender(&mut self, entity: usize, pronoun: &str, possessive: bool) {
        let gender = match pronoun {
            "he" | "him" | "his" => Gender::Male,
            "she" | "her" | "hers" => Gender::Female,
            _ => return,
        };
        let entity = &mut self.discourse.entities[entity];
        if !entity.class.acts() || (possessive && entity.is_person() && entity.may_be_it()) {
            return;
        }
        let guess = matches!(pronoun, "his") || (pronoun == "her" && possessive);
        if entity.gender.is_none() || (entity.guessed && !guess) {
            entity.gender = Some(gender);
            entity.guessed = guess;
            if let Some(cast) = entity.cast {
                self.reading.cast[cast].gender = Some(gender);
            }
        }
    }

    /// "her", "their" before a noun: who owns it, and what sex they are.
    fn possess(&mut self, token: usize, pronoun: &str) {
        let plain = match pronoun {
            "his" => "he",
            "her" => "she",
            "its" => "it",
            "their" => "they",
            _ => return,
        };
        let seen = self.seen(token, Role::Subject, true);
        let meant = self.discourse.resolve(plain, seen, &[], true);
        if let [one] = meant[..] {
            self.learn_gender(one, pronoun, true);
        }
        if let Some(first) = meant.first() {
            self.possessor.insert(token, *first);
        }
    }

    /// "it is raining", "it gets dark": nobody.
    fn is_dummy(&self, k: usize) -> bool {
        let mut rest = self.tokens[k + 1..].iter().take(6).filter(|t| t.tag != Tag::Adverb && t.low != "n't");
        let Some(verb) = rest.next() else { return false };
        let weather = |t: &Token| {
            among("rain snow hail pour drizzle thunder storm freeze", &t.lemma) && t.tag.is_verb()
        };
        if weather(verb) {
            return true;
        }
        if among("seem look take", &verb.lemma) {
            return rest.next().is_some_and(|t| matches!(t.low.as_str(), "as" | "like" | "time"));
        }
        let mild = verb.low == "'s" || among("be get become grow begin start keep have stop", &verb.lemma);
        mild && rest.take(3).take_while(|t| !t.is_break()).any(|t| {
            weather(t)
                || (among("be get become grow", &verb.lemma)
                    && among(
                        "dark late early cold warm hot night day noon dawn dusk midnight morning evening winter summer spring autumn time foggy sunny cloudy windy quiet",
                        &t.low,
                    ))
        })
    }

    /// Subjects without a noun or pronoun: "one of them", "the other", "both".
    pub(super) fn stand_in(&mut self, subject: &Range<usize>) -> Vec<usize> {
        let Some(k) = subject.clone().find(|k| {
            let t = &self.tokens[*k];
            among("i we us you one two three four five six both all each other others another some first second third latter former none everyone", &t.low)
                || (t.tag == Tag::Comparative && *k > 0 && self.tokens[*k - 1].low == "the")
        }) else {
            return Vec::new();
        };
        let seen = self.seen(k, Role::Subject, true);
        let low = self.tokens[k].low.as_str();
        // "Third is Marcus": the order in which they come.
        if among("first second third", low) && self.tokens.get(k + 1).is_some_and(|t| t.lemma == "be") {
            return Vec::new();
        }
        // "all three", "the two", "both of them".
        let number = subject.clone().find_map(|k| match self.tokens[k].low.as_str() {
            "two" | "both" => Some(2),
            "three" => Some(3),
            "four" => Some(4),
            _ => None,
        });
        // "four of them" are not all.
        let some = subject.clone().any(|j| self.tokens[j].low == "of")
            && !self.tokens[subject.clone()].iter().any(|t| among("all both the", &t.low));
        if let Some(number) = number.filter(|_| !some) {
            let counted = self.so_many(number, seen, &|e: &Entity| e.class.acts());
            if !counted.is_empty() {
                return counted;
            }
        }
        // "the tall one"
        if let Some(known) = (low == "one").then(|| self.described_as(subject.start..k)).flatten() {
            return vec![known];
        }
        let found = match low {
            "i" | "you" => return vec![self.narrator(low == "you", seen)],
            "one" | "first" | "third" if self.discourse.flock(seen).is_some() => {
                self.discourse.flock(seen).into_iter().collect()
            }
            "we" | "us" => {
                let narrator = self.narrator(false, seen);
                let other = self.discourse.latest().find(|k| {
                    let e = &self.discourse.entities[*k];
                    *k != narrator && e.is_person() && seen.sentence.saturating_sub(e.seen.sentence) <= 3
                });
                return std::iter::once(narrator).chain(other).collect();
            }
            "other" | "others" | "second" | "another" | "latter" => {
                let last = self.subject.clone();
                self.discourse.other(&last, seen)
            }
            _ => self.discourse.all(seen),
        };
        if !among("two three four five six both all everyone none", low)
            && let [one] = found[..]
        {
            self.discourse.entities[one].as_one = true;
        }
        found
    }

    /// Exactly so many of those that fit: a group or plural of that number, or the last ones that add up to it.
    fn so_many(&self, number: u32, seen: Seen, fits: &dyn Fn(&Entity) -> bool) -> Vec<usize> {
        let count = |k: usize| {
            let e = &self.discourse.entities[k];
            match e.cast.map(|c| &self.reading.cast[c]) {
                Some(c) if e.plural => c.counted.then_some(c.count),
                _ if e.plural => None,
                _ => Some(1),
            }
        };
        let ranked = self.discourse.ranked(seen, fits);
        if let Some(plural) =
            ranked.iter().find(|k| self.discourse.entities[**k].plural && count(**k) == Some(number))
        {
            return vec![*plural];
        }
        if let Some(group) = self.discourse.group(number as usize, seen, fits) {
            return group;
        }
        let (mut members, mut sum) = (Vec::new(), 0);
        for k in ranked {
            let Some(n) = count(k) else {
                if members.is_empty() {
                    return vec![k];
                }
                continue;
            };
            if n == number && members.is_empty() {
                return vec![k];
            }
            if sum + n <= number {
                sum += n;
                members.push(k);
            }
            if sum == number {
                members.sort_unstable();
                return members;
            }
        }
        Vec::new()
    }

    /// The last one whose looks hold an adjective of the range: "the tall one".
    fn described_as(&self, words: Range<usize>) -> Option<usize> {
        let adjectives: Vec<&str> =
            self.tokens[words].iter().filter(|t| t.tag.is_adjective()).map(|t| t.low.as_str()).collect();
        self.discourse.latest().find(|k| {
            let Some(cast) = self.discourse.entities[*k].cast else { return false };
            let looks = &self.reading.cast[cast].appearance;
            looks.values().any(|value| value.split(' ').any(|word| adjectives.contains(&word)))
        })
    }

    /// Whoever says "I", or is told "you".
    fn narrator(&mut self, told: bool, seen: Seen) -> usize {
        let word = if told { "you" } else { "i" };
        if let Some(known) = self.discourse.named(word) {
            return known;
        }
        let index = self.discourse.add(Entity {
            word: word.to_owned(),
            class: Class::Person,
            plural: false,
            gender: None,
            guessed: false,
            cast: Some(self.reading.cast.len()),
            names: vec![word.to_owned()],
            as_one: false,
            mention: None,
            became: None,
            times: 1,
            seen,
        });
        self.reading.cast.push(Character {
            name: if told { "You" } else { "I" }.to_owned(),
            word: word.to_owned(),
            kind: "person".to_owned(),
            like: None,
            count: 1,
            counted: true,
            appearance: std::collections::BTreeMap::new(),
            spans: vec![self.tokens[seen.token].span.clone()],
            acts: true,
            person: true,
            gender: None,
        });
        index
    }

    /// "The goalkeeper, a tall woman in yellow gloves, bounces": the second phrase says more of the first.
    pub(super) fn rename(
        &mut self,
        event: &Event,
        subject: &Range<usize>,
        mentions: Range<usize>,
        who: &[usize],
    ) {
        let (Some(verb), [only]) = (event.verb, who) else { return };
        for m in mentions {
            let mention = &self.mentions[m];
            let apart = mention.begin >= subject.end && mention.head < verb && mention.begin > 0;
            if !apart || self.tokens[mention.begin - 1].low != "," {
                continue;
            }
            let (class, plural) = (mention.class, mention.plural);
            let Some(other) = self.entity_of[m].filter(|o| o != only) else { continue };
            let fits = {
                let e = &self.discourse.entities[*only];
                e.class == class && e.plural == plural && class.acts()
            };
            if fits && self.discourse.entities[other].seen.clause == self.clause {
                self.merge(other, *only, m);
            }
        }
    }

    /// What was taken for somebody new is somebody known.
    pub(super) fn merge(&mut self, new: usize, known: usize, m: usize) {
        let word = self.discourse.entities[new].word.clone();
        self.discourse.entities[new].became = Some(known);
        self.discourse.entities[known].names.push(word);
        let gender = self.discourse.entities[new].gender;
        if let Some(gender) = gender {
            self.discourse.entities[known].gender.get_or_insert(gender);
        }
        self.entity_of[m] = Some(known);
        let (Some(from), Some(to)) = (self.discourse.entities[new].cast, self.discourse.entities[known].cast)
        else {
            return;
        };
        if from + 1 == self.reading.cast.len() && from != to {
            if let Some(character) = self.reading.cast.pop() {
                let kept = &mut self.reading.cast[to];
                kept.spans.extend(character.spans);
                for (side, words) in character.appearance {
                    kept.appearance.entry(side).or_insert(words);
                }
                if kept.kind == "person" {
                    kept.kind = character.kind;
                }
                kept.gender = kept.gender.or(character.gender);
            }
            self.discourse.entities[new].cast = Some(to);
        }
    }

    /// "turns into a young prince": from here on, the new one is meant.
    pub(super) fn transform(&mut self, event: &Event, mentions: Range<usize>, who: &[usize]) {
        let (Some(verb), [from]) = (event.verb, who) else { return };
        let lemma = self.tokens[verb].lemma.as_str();
        let becomes = lemma == "become";
        if !becomes && !among("turn transform change morph evolve grow shapeshift melt explode", lemma) {
            return;
        }
        for m in mentions {
            let mention = &self.mentions[m];
            let led = mention.begin.checked_sub(1).is_some_and(|b| {
                let low = self.tokens[b].low.as_str();
                low == "into" || (becomes && b >= verb && !matches!(self.tokens[b].tag, Tag::Preposition))
            });
            let nature = matches!(mention.class, Class::Thing | Class::Nature | Class::Sky);
            let Some(to) = self.entity_of[m].filter(|to| to != from) else { continue };
            let alive = self.discourse.entities[*from].class.acts();
            if mention.head < verb
                || !led
                || (mention.definite
                    && self.tokens[mention.begin..mention.head]
                        .iter()
                        .any(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive)))
                || !(mention.class.acts() || (nature && !alive))
            {
                continue;
            }
            self.discourse.entities[*from].became = Some(to);
            if let (Some(from), Some(to)) =
                (self.discourse.entities[*from].cast, self.discourse.entities[to].cast)
            {
                self.reading.changes.push(Change { from, to, beat: self.reading.beats.len() });
            }
            return;
        }
    }

    /// Finds or makes the entity that a mention speaks of, and its place in the cast.
    pub(super) fn meet(&mut self, m: usize, role: Role) {
        let mention = &self.mentions[m];
        if self.entity_of[m].is_some() {
            return;
        }
        let head = &self.tokens[mention.head];
        let span = self.span(mention.begin, mention.end);
        if mention.negated {
            // "No bus comes", "she had no shoes", "lands without a sound" ask for nothing.
            let without = mention.begin.checked_sub(1).is_some_and(|b| self.tokens[b].low == "without");
            let asks = if without {
                !self.happens || !matches!(mention.class, Class::Abstract | Class::Sky)
            } else {
                !self.happens
            };
            if asks {
                self.reading.unwanted.push((head.low.clone(), span));
            }
            return;
        }
        let mut class = mention.class;
        // A name that no list knows is a person when it does something.
        // Who speaks in a screenplay is somebody, whatever else the name means.
        let speaker = head.capital && self.speakers.contains(&mention.lemma);
        let unknown_name = speaker || (head.tag.is_name() && !lexicon().is_noun(&mention.lemma));
        if speaker && !class.acts() {
            class = Class::Person;
        }
        if speaker && class == Class::Creature && !kinds().lists(&mention.lemma) {
            class = Class::Person;
        }
        // "hands the baton to Noor": nor is it behind a preposition of place.
        let before = mention.begin.checked_sub(1).map(|k| self.tokens[k].low.as_str());
        let somebody = head.capital
            && mention.begin == mention.head
            && before.is_some_and(|low| {
                low.chars().all(char::is_alphabetic)
                    && !among("in at from near of on through across over outside around into inside toward towards under the a an past off", low)
            });
        if class == Class::Thing && unknown_name && (head.dep == "nsubj" || role == Role::Subject || somebody)
        {
            class = Class::Person;
        }
        let seen = self.seen(mention.head, role, false);
        if !mention.names.is_empty() && !head.tag.is_name() {
            // "captain Mara" when Mara is known already.
            if let Some(known) = mention.names.iter().find_map(|name| self.discourse.named(name)) {
                self.again(m, known, seen, span);
                return;
            }
        }
        if unknown_name || head.tag.is_name() {
            let known = self.discourse.named(&mention.lemma);
            if let Some(known) =
                known.or_else(|| mention.names.iter().find_map(|name| self.discourse.named(name)))
            {
                self.again(m, known, seen, span);
                return;
            }
            // "a girl named Mia", "her daughter, Mia,": a name of the one before.
            if let Some(known) = self.names_the_one_before(m) {
                self.discourse.entities[known].names.extend(mention.names.iter().cloned());
                self.discourse.entities[known].names.push(mention.lemma.clone());
                self.again(m, known, seen, span);
                return;
            }
        }
        // "a tie", "a potted plant" alone are things to look at.
        let shown = self.still
            && matches!(
                class,
                Class::Clothing | Class::Nature | Class::Part | Class::Sky | Class::Group | Class::Abstract
            )
            && !mention.plural
            && mention.count == Some(1)
            && mention.possessive.is_none();
        if shown {
            class = Class::Thing;
        }
        // "both men", "the two friends", "all three robots": those that were spoken of one by one.
        let number = mention.count.filter(|n| {
            (2..=4).contains(n) && mention.definite && class.acts() && mention.possessive.is_none()
        });
        let known = number.and_then(|_| self.known(mention, class));
        if let Some(number) = number.filter(|_| known.is_none_or(|k| !self.discourse.entities[k].plural)) {
            let word = mention.lemma.as_str();
            let named =
                |e: &Entity| e.class == class && !e.plural && (e.word == word || person_may_be(e, word) > 0);
            let mut those = self.so_many(number, seen, &named);
            if those.is_empty() {
                those = self.so_many(number, seen, &|e: &Entity| {
                    e.class.acts() && !e.plural && e.class != Class::Vehicle
                });
            }
            if those.len() > 1 {
                for entity in &those {
                    self.discourse.see(*entity, seen);
                    if let Some(cast) = self.discourse.entities[*entity].cast {
                        self.reading.cast[cast].spans.push(span.clone());
                    }
                }
                self.discourse.see_together(&those, seen);
                self.pairs.insert(m, those);
                return;
            }
        }
        if let Some(known) = self.apposed(m, class) {
            let word = Self::word_of(mention);
            self.discourse.entities[known].names.push(word);
            self.again(m, known, seen, span);
            return;
        }
        if let Some(known) = self.known(mention, class) {
            self.again(m, known, seen, span);
            return;
        }
        if class == Class::Group && mention.definite {
            let flock = among("pack flock herd colony swarm school pride troop gaggle", &mention.lemma);
            let people =
                among("group pair couple trio duo gang team family lot row crew handful", &mention.lemma);
            let known = self.discourse.latest().find(|k| {
                let e = &self.discourse.entities[*k];
                e.word == mention.lemma
                    || e.plural
                        && (people || flock && e.class == Class::Creature && gathers(&e.word, &mention.lemma))
            });
            if let Some(known) = known {
                self.again(m, known, seen, span);
                return;
            }
            if people {
                return;
            }
        }
        let in_cast = (class.acts() || class == Class::Thing) && self.location_of[m].is_none();
        let entity = Entity {
            word: Self::word_of(mention),
            class,
            plural: mention.plural,
            gender: None,
            guessed: false,
            cast: in_cast.then_some(self.reading.cast.len()),
            names: mention.names.clone(),
            as_one: false,
            mention: Some(m),
            became: None,
            times: 1,
            seen,
        };
        let index = self.discourse.add(entity);
        self.entity_of[m] = Some(index);
        if in_cast {
            let character = self.character(m, class, span);
            self.discourse.entities[index].gender = character.gender;
            self.reading.cast.push(character);
        }
    }

    fn again(&mut self, m: usize, known: usize, seen: Seen, span: Range<usize>) {
        self.entity_of[m] = Some(known);
        self.discourse.see(known, seen);
        let entity = &mut self.discourse.entities[known];
        let plural = self.mentions[m].plural;
        entity.as_one = entity.plural && !plural;
        entity.mention = Some(m);
        // "The two geese": there is a second one by now.
        entity.plural |= plural;
        let word = self.mentions[m].lemma.as_str();
        let gender = match word {
            "man" | "boy" | "gentleman" | "father" => Some(Gender::Male),
            "woman" | "girl" | "lady" | "mother" => Some(Gender::Female),
            _ => None,
        };
        if let Some(gender) = gender.filter(|_| entity.class == Class::Person) {
            entity.gender.get_or_insert(gender);
        }
        if let Some(cast) = self.discourse.entities[known].cast {
            let character = &mut self.reading.cast[cast];
            character.spans.push(span);
            for (side, words) in &self.mentions[m].appearance {
                character.appearance.entry(side.clone()).or_insert_with(|| words.clone());
            }
        }
    }

    fn names_the_one_before(&self, m: usize) -> Option<usize> {
        let mention = &self.mentions[m];
        let before = mention.begin.checked_sub(1)?;
        let low = self.tokens[before].low.as_str();
        let previous = m.checked_sub(1)?;
        let entity = self.entity_of[previous]?;
        let person = self.discourse.entities[entity].class.acts() && !self.discourse.entities[entity].plural;
        let called =
            matches!(low, "named" | "called" | "nicknamed") && self.mentions[previous].end + 3 >= before;
        let apposed = low == "," && self.mentions[previous].end == before && mention.begin + 1 == mention.end;
        let closed = self
            .tokens
            .get(mention.end)
            .is_none_or(|t| t.is_break() || t.low == "(" || t.tag == Tag::Preposition);
        (person && (called || (apposed && closed))).then_some(entity)
    }

    /// "an engineer named Ruth, a big woman with round glasses": whom the second phrase says more of.
    fn apposed(&self, m: usize, class: Class) -> Option<usize> {
        let mention = &self.mentions[m];
        let previous = m.checked_sub(1)?;
        let comma = mention.begin.checked_sub(1).filter(|b| self.tokens[*b].low == ",")?;
        let entity = self.entity_of[previous]?;
        let known = &self.discourse.entities[entity];
        let fits = mention.article
            && class == Class::Person
            && known.is_person()
            && !mention.plural
            && !known.plural
            && self.mentions[previous].end == comma
            && known.word != mention.lemma;
        // "a man, a woman and a dog" is a list.
        let listed = self.tokens[mention.end..]
            .iter()
            .take(14)
            .take_while(|t| !t.is_stop())
            .scan(0, |state, t| {
                let opens = *state == 1 && matches!(t.tag, Tag::Determiner | Tag::Number);
                *state = u8::from(t.low == "," || t.low == "and");
                Some(opens)
            })
            .any(|opens| opens);
        let said = self.tokens.get(mention.end).is_none_or(|t| {
            t.is_break()
                || (t.tag == Tag::Preposition && matches!(t.low.as_str(), "with" | "in" | "of" | "from"))
                || t.low == "who"
        });
        (fits && said && !listed).then_some(entity)
    }

    /// The word that an entity goes by.
    fn word_of(mention: &Mention) -> String {
        let known = mention.compound.clone().filter(|c| kinds().lists(c) || lexicon().is_noun(c));
        known.unwrap_or_else(|| mention.lemma.clone())
    }

    fn character(&self, m: usize, class: Class, span: Range<usize>) -> Character {
        let mention = &self.mentions[m];
        let head = &self.tokens[mention.head];
        let compound = mention.compound.as_deref();
        let own_name = class == Class::Person && mention.class != Class::Person;
        // "His robot friend" is a robot.
        let kin = among(
            "friend companion partner assistant helper servant butler sidekick buddy pal guard",
            &mention.lemma,
        );
        let maker = compound
            .and_then(|words| words.split('_').next())
            .filter(|word| kin && *word != mention.lemma && kinds().class(word, word, None).acts());
        let shown = maker
            .and_then(|word| kinds().cast_kind(word, word, None))
            .or_else(|| kinds().cast_kind(&mention.lemma, &head.low, compound))
            .filter(|_| class != Class::Thing && !own_name);
        let (kind, like) = shown.map_or_else(
            || (if class == Class::Person { "person".to_owned() } else { mention.lemma.clone() }, None),
            |shown| (shown.kind, shown.like),
        );
        let gender = match kind.as_str() {
            "boy" => Some(Gender::Male),
            "woman" | "girl" => Some(Gender::Female),
            "man" if !among(OPEN_TRADES, &mention.lemma) => Some(Gender::Male),
            _ => None,
        };
        let mut appearance = mention.appearance.clone();
        if class == Class::Person
            && mention.lemma != kind
            && kinds().is_trade(&mention.lemma)
            && !among("person people man woman boy girl child figure", &mention.lemma)
        {
            appearance.insert("role".to_owned(), mention.lemma.clone());
        }
        if among("grandmother grandfather grandma grandpa", &mention.lemma) {
            appearance.entry("age".to_owned()).or_insert_with(|| "old".to_owned());
        }
        let plural = mention.plural;
        let count =
            mention.count.unwrap_or(if plural { if mention.lemma == "person" { 6 } else { 3 } } else { 1 });
        Character {
            name: self.name(mention),
            word: Self::word_of(mention),
            kind,
            like,
            count: count.clamp(1, 1000),
            counted: mention.exact || !plural,
            appearance,
            spans: vec![span],
            acts: class.acts(),
            person: class == Class::Person,
            gender,
        }
    }

    /// The entity that this mention speaks of again.
    fn known(&self, mention: &Mention, class: Class) -> Option<usize> {
        if mention.other {
            return None;
        }
        let side = |k: usize, side: &str| {
            self.discourse.entities[k].cast.and_then(|c| self.reading.cast[c].appearance.get(side)).cloned()
        };
        let clashes = |k: usize, sides: &[&str], loosely: bool| {
            sides.iter().any(|name| match (mention.appearance.get(*name), side(k, name)) {
                (Some(a), Some(b)) => {
                    *a != b && !(loosely && (a.contains(b.as_str()) || b.contains(a.as_str())))
                }
                _ => false,
            })
        };
        let word = Self::word_of(mention);
        let found = self.discourse.latest().find(|k| {
            let e = &self.discourse.entities[*k];
            let same = e.word == word
                || e.word == mention.lemma
                || e.word.rsplit('_').next() == Some(mention.lemma.as_str())
                || e.names
                    .iter()
                    .any(|n| *n == mention.lemma || n.rsplit('_').next() == Some(mention.lemma.as_str()));
            let fresh = !mention.definite
                && mention.count == Some(1)
                && !mention.plural
                && e.seen.clause != self.clause;
            // "A police car chases a sports car", "a cat meets a cat": two of them.
            let joined = word.contains('_') && e.word.contains('_') && e.word != word;
            let beside = e.seen.clause == self.clause && class.acts();
            let second = mention.article && !mention.definite && !mention.plural && (joined || beside);
            same && !second
                && (mention.definite || !clashes(*k, &["color", "coat", "age", "size"], false))
                // "the red fox" is not the white one.
                && !clashes(*k, &["color", "coat"], true)
                // "a man … a man": another one, when the first has done something already.
                && !(fresh && e.is_person() && class == Class::Person && mention.article)
        });
        let described = || {
            (mention.definite && mention.possessive.is_none() && mention.owner.is_none())
                .then(|| self.discourse.described(&mention.lemma, class, mention.plural))
                .flatten()
        };
        found.or_else(described)
    }

    /// Who owns a part or garment: "the dog's tail", "their fur", "the fur of the bear".
    pub(super) fn owner(&mut self, m: usize) -> Option<usize> {
        let mention = &self.mentions[m];
        if let Some(owner) = mention.owner.and_then(|o| self.entity_of[o]) {
            return Some(owner);
        }
        if let Some(possessive) = mention.possessive {
            return self.possessor.get(&possessive).copied();
        }
        let of = self.tokens.get(mention.end).is_some_and(|t| t.low == "of");
        if of && let Some(next) = self.mentions.get(m + 1).filter(|next| next.begin == mention.end + 1) {
            return (next.class.acts()).then(|| {
                self.meet(m + 1, Role::Other);
                self.entity_of[m + 1]
            })?;
        }
        None
    }

    pub(super) fn owner_of_entity(&mut self, entity: usize) -> Option<usize> {
        let m = self.discourse.entities[entity].mention?;
        self.owner(m)
    }

    /// A person whose sex only a pronoun tells gets it here; the others stay "person".
    pub(super) fn settle_kinds(&mut self) {
        for character in &mut self.reading.cast {
            if character.person && character.count == 1 {
                match (character.gender, character.kind.as_str()) {
                    (Some(Gender::Male), "person") => "man".clone_into(&mut character.kind),
                    (Some(Gender::Female), "person" | "man") => "woman".clone_into(&mut character.kind),
                    (Some(Gender::Male), "child") => "boy".clone_into(&mut character.kind),
                    (Some(Gender::Female), "child") => "girl".clone_into(&mut character.kind),
                    _ => {}
                }
            }
        }
    }
}

/// Whether animals of the kind come in such groups: sheep in flocks, their dogs do not.
fn gathers(word: &str, group: &str) -> bool {
    let kind = kinds().cast_kind(word, word, None).map(|shown| shown.kind).unwrap_or_default();
    let hunts = among("dog wolf lion cat tiger fox", &kind);
    match group {
        "flock" | "herd" | "gaggle" => !hunts,
        "pack" | "pride" => hunts,
        _ => true,
    }
}

/// Trades that the table shows as men and that women have as well.
const OPEN_TRADES: &str = "wizard cowboy fisherman monk actor knight samurai pirate detective soldier warrior viking sailor hunter \
    lumberjack blacksmith astronaut farmer lord";
