//! What things look like and where they stand: clothes, coats, colours, relations in space.

use std::{collections::BTreeMap, sync::LazyLock};

use film::Relation;
use regex::Regex;

use super::{Reader, Slot, among, beats::Event, mentions::COLOURS};
use crate::{
    map::{Class, has_thing, kinds},
    syntax::Tag,
};

/// Prepositions of place that tell how two things stand to each other; those of several words with `_`.
const PLACING: &str = "on in under behind beside above below between near by around against over inside outside beneath at along across \
    among through in_front_of next_to on_top_of to_the_left_of to_the_right_of close_to underneath atop opposite beyond within \
    to_the_side_of at_the_edge_of past onto into towards toward";

/// The relation that a preposition of place names.
fn relation(preposition: &str) -> Option<Relation> {
    Some(match preposition {
        "on" | "on top of" | "atop" | "onto" => Relation::On,
        "under" | "underneath" | "beneath" | "below" => Relation::Under,
        "behind" => Relation::Behind,
        "in front of" => Relation::InFrontOf,
        "beside" | "next to" | "by" | "near" | "at" | "close to" | "against" => Relation::Beside,
        _ => return None,
    })
}

/// Words without an adjective's ending that say how somebody is.
const BARE: &str = "barefoot alone motionless naked asleep awake breathless speechless unarmed bareheaded";

/// Parts that are news without an adjective.
const NOT_EVERYBODY_HAS: &str =
    "beard goatee moustache mustache stubble ponytail pigtail braid bun dreadlock mohawk afro";
/// Those of them that hair is worn as.
const WAYS_OF_HAIR: &str = "ponytail pigtail braid bun dreadlock mohawk afro";

/// Adds a word to one side of the looks, once.
fn add_word(appearance: &mut BTreeMap<String, String>, side: &str, word: &str) {
    let value = appearance.entry(side.to_owned()).or_default();
    if !value.split(' ').any(|w| w == word) {
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(word);
    }
}

/// What the stage can put on an animal.
const WORN_BY_ANIMALS: &str =
    "sunglasses glasses spectacles goggles hat cap beanie beret fedora sombrero scarf bandana shawl collar";

impl Reader<'_> {
    /// Gives garments and coats to those who wear them.
    pub(super) fn dress(&mut self) {
        let mut wearer: Option<usize> = None;
        for m in 0..self.mentions.len() {
            let mention = &self.mentions[m];
            if let Some(member) = self.cast_of(m)
                && self.reading.cast[member].acts
            {
                wearer = Some(member);
                continue;
            }
            if mention.negated {
                continue;
            }
            let possessor =
                mention.possessive.and_then(|p| self.discourse.entities[*self.possessor.get(&p)?].cast);
            let owner = mention.owner.and_then(|o| self.cast_of(o)).or(possessor).or(wearer);
            let Some(owner) = owner else { continue };
            let before = mention.begin.checked_sub(1).map_or("", |k| self.tokens[k].low.as_str());
            let words = self.name(mention);
            if mention.class == Class::Thing && before == "with" && self.follows_member(m, owner) {
                // "a reporter with an umbrella"
                let appearance = &mut self.reading.cast[owner].appearance;
                appearance.entry("with".to_owned()).or_insert_with(|| words.to_lowercase());
                continue;
            }
            let character = &mut self.reading.cast[owner];
            match mention.class {
                Class::Clothing | Class::Part
                    if (character.person || among(WORN_BY_ANIMALS, &mention.lemma))
                        && (mention.class == Class::Clothing || mention.lemma == "coat")
                        && (mention.possessive.is_some()
                            || among("wearing in with wears wear and dressed , his her a an", before)) =>
                {
                    let worn = character.appearance.entry("clothes".to_owned()).or_default();
                    if !worn.split(", ").any(|w| w == words) {
                        if !worn.is_empty() {
                            worn.push_str(", ");
                        }
                        worn.push_str(&words.to_lowercase());
                    }
                }
                // "with a beard": that there is one says something.
                Class::Part
                    if character.person
                        && among(NOT_EVERYBODY_HAS, &mention.lemma)
                        && !words.contains(' ') =>
                {
                    let side = if among(WAYS_OF_HAIR, &mention.lemma) { "hair" } else { &mention.lemma };
                    let value = if side == "hair" { words.to_lowercase() } else { "full".to_owned() };
                    character.appearance.entry(side.to_owned()).or_insert(value);
                }
                Class::Part if mention.head > mention.begin => {
                    let side = if among("fur coat mane feather", &mention.lemma) && !character.person {
                        "coat"
                    } else {
                        mention.lemma.as_str()
                    };
                    let described = words.to_lowercase();
                    let described = described.rsplit_once(' ').map_or("", |(front, _)| front);
                    if !described.is_empty()
                        && !among("own other left right whole first last same", described)
                    {
                        character.appearance.insert(side.to_owned(), described.to_owned());
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether "with" and the mention follow directly on the one who has it.
    fn follows_member(&self, m: usize, member: usize) -> bool {
        m.checked_sub(1).is_some_and(|before| {
            self.cast_of(before) == Some(member) && self.mentions[before].end + 1 == self.mentions[m].begin
        })
    }

    /// "The beggar is old", "an astronaut, pale, in orange", "tiny and dressed in black": adjectives behind their noun.
    pub(super) fn describe_behind(&mut self) {
        for m in 0..self.mentions.len() {
            let Some(member) = self.cast_of(m).filter(|c| self.reading.cast[*c].acts) else { continue };
            let end = self.mentions[m].end;
            let verb = self.tokens.get(end).filter(|t| t.lemma == "be" || t.low == ",");
            let Some(_) = verb else { continue };
            let words =
                self.tokens[end + 1..].iter().take(6).skip_while(|t| t.tag == Tag::Adverb || t.low == "very");
            let run: Vec<&str> = words
                .take_while(|t| t.tag.is_adjective() || matches!(t.low.as_str(), "and" | "but"))
                .filter(|t| t.tag.is_adjective())
                .map(|t| t.low.as_str())
                .collect();
            let next = self.tokens.get(end + 1 + run.len());
            let closed = next.is_none_or(|t| {
                t.is_break() || t.tag == Tag::Preposition || t.low == "and" || t.tag == Tag::Coordinator
            });
            if run.is_empty() || !closed {
                continue;
            }
            let appearance = &mut self.reading.cast[member].appearance;
            for word in run {
                let side = if among(COLOURS, word) {
                    "color"
                } else if matches!(word, "old" | "young" | "elderly") {
                    "age"
                } else {
                    "look"
                };
                add_word(appearance, side, word);
            }
        }
    }

    /// "it leans against her, exhausted.", "the others come back, wet and cross": a stretch of adjectives says how those are
    /// who act. And "the girl, about six years old".
    pub(super) fn describe_apart(&mut self) {
        let mut begin = 0;
        for end in 0..=self.tokens.len() {
            if self.tokens.get(end).is_some_and(|t| !t.is_break()) {
                continue;
            }
            let words = &self.tokens[begin..end];
            let apart = begin > 0 && self.tokens[begin - 1].low == ",";
            let adjectives: Vec<&str> = words
                .iter()
                .filter(|t| t.tag.is_adjective() || t.tag == Tag::Participle || among(BARE, &t.low))
                .map(|t| t.low.as_str())
                .collect();
            let only = words.len() <= 4
                && words.iter().all(|t| {
                    t.tag.is_adjective()
                        || matches!(t.tag, Tag::Participle | Tag::Coordinator | Tag::Adverb)
                        || among(BARE, &t.low)
                });
            begin = end + 1;
            if !apart || !only || adjectives.is_empty() || words.is_empty() {
                continue;
            }
            let byte = words[0].span.start;
            let next = self.reading.beats.partition_point(|beat| beat.span.start <= byte);
            let Some(beat) = next.checked_sub(1).map(|b| &self.reading.beats[b]) else { continue };
            if !beat.span.contains(&(byte.saturating_sub(2))) || beat.action.is_empty() || beat.part.is_some()
            {
                continue;
            }
            for member in beat.who.clone() {
                if self.reading.cast[member].acts {
                    for word in &adjectives {
                        add_word(&mut self.reading.cast[member].appearance, "look", word);
                    }
                }
            }
        }
        self.describe_age();
        self.describe_decade();
    }

    /// "about six years old", "a boy of nine", "a girl turning seven".
    fn describe_age(&mut self) {
        for k in 1..self.tokens.len() {
            if self.tokens[k].tag != Tag::Number {
                continue;
            }
            let low = |k: usize| self.tokens.get(k).map_or("", |t| t.low.as_str());
            let years = low(k + 1).starts_with("year") && low(k + 2) == "old"
                || low(k + 1) == "-" && low(k + 2) == "year" && low(k + 4) == "old";
            let at = self.mentions.partition_point(|m| m.begin < k);
            let member =
                at.checked_sub(1).filter(|m| self.mentions[*m].end + 4 > k).and_then(|m| self.cast_of(m));
            // "A family of four" is not four years old.
            let one = |c: &usize| self.reading.cast[*c].person && self.reading.cast[*c].count == 1;
            let Some(member) = member.filter(one) else { continue };
            let bare = matches!(low(k - 1), "of" | "turning" | "aged" | "maybe")
                && self.tokens.get(k + 1).is_none_or(|t| t.is_break() || !t.tag.is_noun());
            if years || bare {
                let words = if years { format!("{} years old", low(k)) } else { low(k).to_owned() };
                self.reading.cast[member].appearance.entry("age".to_owned()).or_insert(words);
            }
        }
    }

    /// "in his 60s", "a woman in her late thirties".
    fn describe_decade(&mut self) {
        static DECADE: LazyLock<Regex> = LazyLock::new(|| {
            let tens = "twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties|teens";
            let pattern = format!(
                r"(?i-u)\b(?:in|of) (?:his|her|their) (early|mid|late)?[- ]?(?:([1-9])0'?s|({tens}))\b"
            );
            Regex::new(&pattern).expect("the pattern is a constant")
        });
        const NAMES: [&str; 9] = [
            "teens",
            "twenties",
            "thirties",
            "forties",
            "fifties",
            "sixties",
            "seventies",
            "eighties",
            "nineties",
        ];
        for said in DECADE.captures_iter(self.text) {
            let at = said.get(0).map_or(0, |all| all.start());
            let next = self.mentions.partition_point(|m| self.tokens[m.begin].span.start < at);
            let people = (0..next).rev().filter_map(|m| self.cast_of(m));
            let Some(member) = people.into_iter().find(|c| self.reading.cast[*c].person) else { continue };
            let tens = said.get(2).map(|digit| digit.as_str().parse().unwrap_or(2));
            let named = || {
                NAMES
                    .iter()
                    .position(|name| said.get(3).is_some_and(|w| w.as_str().eq_ignore_ascii_case(name)))
            };
            let Some(tens) = tens.or_else(|| named().map(|n| n + 1)) else { continue };
            let part = said.get(1).map(|part| part.as_str().to_ascii_lowercase());
            let years = tens * 10
                + match part.as_deref() {
                    Some("early") => 2,
                    Some("late") => 8,
                    _ => 5,
                };
            let age = self.reading.cast[member].appearance.entry("age".to_owned());
            age.or_insert_with(|| format!("{years} years old"));
        }
    }

    /// Colours with what they colour.
    pub(super) fn colour(&mut self) {
        for mention in self.mentions {
            for token in &self.tokens[mention.begin..mention.head] {
                // "golden hour" is a time.
                let cue = self
                    .reading
                    .cues
                    .iter()
                    .any(|c| c.slot == Slot::Time && c.span.contains(&token.span.start));
                if among(COLOURS, &token.low) && !cue {
                    self.reading.colours.push((token.low.clone(), mention.lemma.clone()));
                }
            }
        }
    }

    /// "The fire turns blue", "its hooves became silver", "the sky turns orange, then violet": colours that a verb gives.
    pub(super) fn colour_by_verb(&mut self) {
        for beat in &self.reading.beats {
            if !among("turn become be glow grow shine flush", &beat.action) {
                continue;
            }
            let member = beat.who.first().map(|c| self.reading.cast[*c].word.clone());
            let Some(subject) = beat.part.clone().or(member).or_else(|| beat.scenery.clone()) else {
                continue;
            };
            let first = self.tokens.partition_point(|t| t.span.start < beat.span.start);
            let words = self.tokens[first..].iter().take(40).take_while(|t| t.span.end <= beat.span.end);
            let verb = words.clone().position(|t| t.lemma == beat.action).unwrap_or(0);
            for token in words.skip(verb + 1).take_while(|t| {
                t.tag.is_adjective()
                    || matches!(t.tag, Tag::Adverb | Tag::Coordinator | Tag::Noun)
                    || among(", then and as from to into", &t.low)
            }) {
                if among(COLOURS, &token.low) {
                    self.reading.colours.push((token.low.clone(), subject.clone()));
                }
            }
        }
    }

    /// Which things stand how to which others.
    pub(super) fn relate(&mut self, events: &[Event]) {
        for at in 1..self.tokens.len() {
            let Some((to, landmark)) = self.landmark(at) else { continue };
            let Some((preposition, start)) = self.preposition_before(at) else { continue };
            let event = events.partition_point(|e| e.begin <= at);
            let Some(event) = event.checked_sub(1).map(|k| &events[k]) else { continue };
            if start < event.begin {
                continue;
            }
            let b = landmark.unwrap_or_else(|| self.mentions.partition_point(|m| m.begin < at));
            let mut others: Vec<String> = Vec::new();
            let mut add = |word: String| {
                if word != to && !word.is_empty() && !others.contains(&word) {
                    others.push(word);
                }
            };
            // "a cat on a table", "a wolf far behind her": what stands just before; "a cat sits on a table": the subject.
            for a in (0..b).rev().take_while(|a| self.mentions[*a].begin >= event.begin).take(8) {
                let end = self.mentions[a].end;
                let along =
                    self.mentions[a].begin.checked_sub(1).is_some_and(|k| self.tokens[k].low == "with");
                let near = (end == start || end + 1 == start && self.tokens[end].tag == Tag::Adverb)
                    && !(along && preposition == "at");
                let subject =
                    self.mentions[a].head < start && event.verb.is_none_or(|v| self.mentions[a].head < v);
                if near || subject {
                    add(self.entity_word(a));
                }
            }
            // "Behind him the beam sweeps": whoever acts, all together and the part that does.
            let byte = self.tokens[start].span.start;
            let next = self.reading.beats.partition_point(|beat| beat.span.start <= byte);
            let beat = next.checked_sub(1).map(|b| &self.reading.beats[b]);
            if let Some(beat) = beat.filter(|beat| beat.span.contains(&byte)) {
                let who: Vec<&str> = beat.who.iter().map(|c| self.reading.cast[*c].word.as_str()).collect();
                if who.len() < 6 {
                    add(who.join("+"));
                }
                for word in who {
                    add(word.to_owned());
                }
                for word in beat.scenery.iter().chain(&beat.part) {
                    add(word.clone());
                }
            }
            // "a diamond glittering under them": what a participle says where it is.
            let hung = (event.begin..start)
                .rev()
                .take(4)
                .find(|k| matches!(self.tokens[*k].tag, Tag::Gerund | Tag::Participle))
                .and_then(|verb| (0..b).rev().take(4).find(|a| self.mentions[*a].end == verb));
            if let Some(a) = hung {
                add(self.entity_word(a));
            }
            let beat = beat.filter(|beat| beat.span.contains(&byte)).map(|_| next - 1);
            // "On the beach" and "at dusk" are the scene's; a placement is about what stands in it.
            let is_thing = |word: &String| {
                has_thing(&word.replace('_', " "))
                    || self.reading.cast.iter().any(|one| one.acts && one.word == *word)
            };
            // "A woman with grey hair stands behind a table": hair stands nowhere.
            let is_part = |word: &String| kinds().class(word, word, None) == Class::Part;
            let what = others.iter().find(|word| !is_part(word));
            if let (Some(beat), Some(how), Some(what)) = (beat, relation(&preposition), what) {
                let both = is_thing(what) && is_thing(&to);
                let placement = (what.clone(), how, to.clone());
                let placements = &mut self.reading.beats[beat].placements;
                if both && !placements.contains(&placement) {
                    placements.push(placement);
                }
            }
            for other in others {
                self.reading.relations.push([other, preposition.clone(), to.clone()]);
            }
        }
    }

    /// What stands behind a preposition that ends before the token: its word, and its mention unless it is a pronoun.
    fn landmark(&self, at: usize) -> Option<(String, Option<usize>)> {
        let m = self.mentions.partition_point(|m| m.begin < at);
        if let Some(mention) = self.mentions.get(m).filter(|mention| mention.begin == at) {
            // "in front of the barber's shop" is at the shop.
            let owned = self
                .mentions
                .get(m + 1)
                .filter(|next| next.owner == Some(m) && next.begin <= mention.end + 1);
            return Some(
                owned.map_or_else(
                    || (self.entity_word(m), Some(m)),
                    |_| (self.entity_word(m + 1), Some(m + 1)),
                ),
            );
        }
        let start = self.tokens[at].span.start;
        let reference = self.reading.references.binary_search_by_key(&start, |r| r.span.start).ok()?;
        let words = self.reading.references[reference].words.join("+");
        (!words.is_empty()).then_some((words, None))
    }

    fn entity_word(&self, m: usize) -> String {
        let entity = self.entity_of[m].map(|e| self.discourse.entities[e].word.clone());
        entity.unwrap_or_else(|| self.mentions[m].lemma.clone())
    }

    /// The preposition that ends before the token, with its first token.
    fn preposition_before(&self, at: usize) -> Option<(String, usize)> {
        let low = |k: usize| self.tokens[k].low.as_str();
        for length in [4, 3, 2, 1] {
            let Some(start) = at.checked_sub(length) else { continue };
            let words: Vec<&str> = (start..at).map(low).collect();
            let joined = words.join("_");
            let fits = length > 1
                || matches!(self.tokens[start].tag, Tag::Preposition | Tag::Particle | Tag::Adverb);
            if fits && among(PLACING, &joined) {
                return Some((joined.replace('_', " "), start));
            }
        }
        None
    }
}
