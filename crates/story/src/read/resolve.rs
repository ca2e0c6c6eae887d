//! Events to beats: every event gets its subject, its verb and what it is done to. Whom the words mean: `corefer`.

use std::ops::Range;

use super::{
    BeatReading, Reader, among,
    beats::{Event, Form, second_phrase},
    corefer::{ACCUSATIVE, NOMINATIVE},
    discourse::{Role, Seen},
    script,
};
use crate::{
    map::{Class, kinds, names_thing},
    syntax::{Tag, Token},
};

/// Verbs of which "it" is as often a thing as somebody.
const THINGS_DO: &str = "fall grow break roll shine glow open close darken melt spin float drift burn rise sink crack crumble swing \
    tip spread flow sparkle glitter vanish disappear appear stop hit land slip drop flutter bounce explode fade turn hang \
    flicker blink swirl spill pour light hold snap slide tumble fill move boil cool dry bloom freeze shatter brighten be have \
    become get shrink collapse stand lie sit hum ring tick unfold erupt rumble";
/// What one does with what one has along.
const BRINGS: &str = "carry hold ride push pull clutch drag lead lift hug swing wave juggle balance drive play walk cradle grip hoist";

/// What is wished for is not there.
const WISHES: &str = "demand want need request expect crave desire miss";

/// Verbs that stand before their subject when a place comes first: "Behind it sleeps an astronaut".
const INVERTED: &str = "sleep hang stand lie sit come rise run emerge appear wait loom stretch glow burn float circle fly drift crouch \
    walk lurk shine gleam rest tower swim roll go march step live kneel perch dangle flicker lean hover grow flow crawl \
    spread unfold scurry race sprawl rush pour climb creep leap jump fall gallop swim spring trot slither shuffle stumble";

impl Reader<'_> {
    /// Gives every event its subject, verb and objects; makes the cast on the way.
    pub(super) fn resolve(&mut self, events: &[Event]) {
        let mut next = 0;
        let mut previous_sentence = u32::MAX;
        for (clause, event) in events.iter().enumerate() {
            self.clause = clause;
            let first = next;
            while next < self.mentions.len() && self.mentions[next].begin < event.end {
                next += 1;
            }
            let sentence = self.tokens[event.begin].sentence;
            self.happens = event.verb.is_some_and(|verb| {
                event.form != Form::Fragment
                    && !among(
                        "be appear show include contain feature add use see visible allow want",
                        &self.tokens[verb].lemma,
                    )
            });
            let inverted = self.inverted_subject(event);
            let range = inverted.clone().or_else(|| self.subject_range(event));
            let subject = range.clone().unwrap_or(event.begin..event.begin);
            let mut beat = BeatReading {
                span: self.trimmed(event),
                simultaneous: event.simultaneous && !self.reading.beats.is_empty(),
                sentence,
                negated: event.negated,
                ..BeatReading::default()
            };
            let acts = event.verb.is_some_and(|k| !among(THINGS_DO, &self.tokens[k].lemma));
            // What stands before the subject, the subject, then the rest: pronouns look back in this order.
            self.take_in(event.begin..subject.start, first..next, Role::Other, &[], acts);
            let mut who = self.take_in(subject.clone(), first..next, Role::Subject, &[], acts);
            // "Both men" are as many as they are.
            if !(first..next)
                .any(|m| subject.contains(&self.mentions[m].begin) && self.pairs.contains_key(&m))
            {
                self.narrow(&subject, &mut who);
            }
            if self.tokens[subject.clone()].iter().all(|t| t.tag != Tag::Pronoun) {
                self.animate(event, &who);
            }
            let named = !who.is_empty();
            if who.is_empty() {
                who = self.stand_in(&subject);
            }
            let says_who = !who.is_empty() || range.as_ref().is_some_and(|r| self.holds_noun(r));
            if !says_who {
                let nobody = event.form == Form::Clause && next == first;
                // What is left of "the low camera view is stunning" when the camera is taken out.
                if nobody {
                    continue;
                }
                // "to reveal the valley" is what is left when the camera is taken out: nobody does it.
                if event.verb.is_some()
                    && event.form != Form::Clause
                    && self.tokens[event.begin].tag != Tag::To
                {
                    who.clone_from(&self.subject);
                }
            }
            for entity in &who {
                self.add_subject(*entity, named, &mut beat);
            }
            // "The clown's nose falls off and bounces": the nose goes on.
            if !says_who
                && matches!(event.form, Form::Dropped | Form::DroppedPassive)
                && let Some(last) = self.reading.beats.last()
                && last.sentence == sentence
                && last.who == beat.who
            {
                beat.part.clone_from(&last.part);
            }
            // "Its eye blinks. It stops.": the owner stays the subject.
            for entity in &mut who {
                if matches!(self.discourse.entities[*entity].class, Class::Part | Class::Clothing)
                    && let Some(owner) = self.owner_of_entity(*entity)
                {
                    *entity = owner;
                    let seen = self.seen(event.begin, Role::Subject, false);
                    self.discourse.see(owner, seen);
                }
            }
            if !who.is_empty() {
                self.subject.clone_from(&who);
                let seen = self.seen(event.begin, Role::Subject, false);
                if !named {
                    for entity in &who {
                        self.discourse.see(*entity, seen);
                    }
                }
                self.discourse.see_together(&who, seen);
            }
            if inverted.is_none() {
                self.take_in(subject.end..event.end, first..next, Role::Object, &who, acts);
            }
            for m in first..next {
                if self.mentions[m].begin >= subject.end {
                    self.add_object(m, event, &mut beat);
                }
            }
            self.rename(event, &subject, first..next, &who);
            let led_by_part = (first..next)
                .find(|m| self.mentions[*m].class == Class::Part)
                .filter(|_| event.verb.is_none() && beat.who.is_empty());
            if let Some(m) = led_by_part
                && let Some(owner) = self.owner(m).and_then(|o| self.discourse.entities[o].cast)
            {
                // "Close-up of her determined face."
                beat.part = Some(self.mentions[m].lemma.clone());
                beat.what.clear();
                beat.who.push(owner);
            } else if event.verb.is_none() && beat.who.is_empty() {
                // A bare noun phrase: "a lone samurai, red leaves".
                let actor = (first..next)
                    .filter_map(|m| self.entity_of[m])
                    .find(|e| self.discourse.entities[*e].class.acts());
                if let Some(actor) = actor {
                    beat.who.extend(self.discourse.entities[actor].cast);
                    beat.with.retain(|w| !beat.who.contains(w));
                    self.subject = vec![actor];
                }
            }
            beat.action = event.verb.map(|k| self.tokens[k].lemma.clone()).unwrap_or_default();
            beat.place = (first..next).filter(|m| self.is_strong(*m)).find_map(|m| self.location_of[m]);
            if beat.who.is_empty() && beat.scenery.is_none() {
                beat.scenery = (first..next)
                    .find(|m| matches!(self.mentions[*m].class, Class::Sky | Class::Nature | Class::Place))
                    .map(|m| self.mentions[m].lemma.clone());
            }
            // "no text": nothing that happens.
            let denied =
                event.verb.is_none() && next > first && (first..next).all(|m| self.mentions[m].negated);
            if denied {
                continue;
            }
            let says_something = next > first || !beat.who.is_empty() || beat.scenery.is_some();
            if says_something {
                self.transform(event, first..next, &who);
                previous_sentence = sentence;
                self.reading.beats.push(beat);
            } else if previous_sentence == sentence
                && let Some(last) = self.reading.beats.last_mut()
            {
                last.span.end = last.span.end.max(beat.span.end);
            }
        }
        self.dress();
        self.settle_kinds();
    }

    /// A thing that speaks is somebody: "whispers the carrot".
    fn animate(&mut self, event: &Event, who: &[usize]) {
        let [one] = who else { return };
        let Some(verb) = event.verb.filter(|verb| script::is_saying(&self.tokens[*verb].lemma)) else {
            return;
        };
        let (begin, end) = (self.tokens[event.begin].span.start, self.tokens[event.end - 1].span.end);
        let near = self.quotes.partition_point(|q| q.whole.end <= begin);
        let quoted = self.quotes_end_before(self.tokens[verb].span.start)
            || self.quotes.get(near).is_some_and(|q| {
                q.whole.start >= begin
                    && self.text.get(end..q.whole.start).is_none_or(|gap| gap.trim().len() < 2)
            });
        let entity = &mut self.discourse.entities[*one];
        if quoted
            && entity.class == Class::Thing
            && let Some(cast) = entity.cast
        {
            entity.class = Class::Creature;
            self.reading.cast[cast].acts = true;
        }
    }

    /// Of "Seconds later the keeper" and "Early morning and a courier", keeps those who act.
    fn narrow(&self, subject: &Range<usize>, who: &mut Vec<usize>) {
        if who.len() < 2 {
            return;
        }
        let class = |e: &usize| self.discourse.entities[*e].class;
        if who.iter().any(|e| class(e).acts()) {
            who.retain(|e| !matches!(class(e), Class::Abstract | Class::Sky | Class::Place));
        }
        // A pronoun stands for all it means.
        if self.tokens[subject.clone()].iter().any(|t| t.tag == Tag::Pronoun) {
            return;
        }
        let joined =
            self.tokens[subject.clone()].iter().any(|t| matches!(t.low.as_str(), "and" | "or" | "," | "&"));
        if !joined {
            *who = who.split_off(who.len() - 1);
        }
    }

    pub(super) fn seen(&self, token: usize, role: Role, pronoun: bool) -> Seen {
        Seen {
            token,
            sentence: self.tokens[token.min(self.tokens.len() - 1)].sentence,
            clause: self.clause,
            role,
            pronoun,
        }
    }

    fn holds_noun(&self, range: &Range<usize>) -> bool {
        self.tokens[range.clone()].iter().any(|t| t.tag.is_noun())
    }

    /// The noun phrase behind the verb when it is the subject: "Behind it sleeps an astronaut", "… says the woman".
    fn inverted_subject(&self, event: &Event) -> Option<Range<usize>> {
        let verb = event.verb?;
        let spoken = script::is_saying(&self.tokens[verb].lemma);
        let located = among(INVERTED, &self.tokens[verb].lemma) && self.tokens[verb].tag.is_finite();
        let mut begin = event.begin;
        while begin < verb && (self.tokens[begin].is_break() || self.tokens[begin].tag == Tag::Coordinator) {
            begin += 1;
        }
        let ahead = begin..verb;
        let quoted = (spoken || self.opens_low(verb))
            && ahead.is_empty()
            && self.quotes_end_before(self.tokens[verb].span.start);
        let placed = self.tokens[ahead.clone()].iter().any(|t| {
            t.tag.is_noun()
                || t.tag == Tag::Pronoun
                || among(
                    "here there above below outside inside nearby overhead behind beyond away up down out",
                    &t.low,
                )
        });
        let fronted = located
            && placed
            && !ahead.is_empty()
            && matches!(
                self.tokens[ahead.start].tag,
                Tag::Preposition | Tag::Adverb | Tag::Particle | Tag::AdverbComparative
            )
            && !self.tokens[ahead.clone()].iter().any(|t| t.low == ",")
            && self.nouns_are_governed(&ahead);
        if !quoted && !fronted {
            return None;
        }
        let mut end = verb + 1;
        while end < event.end && matches!(self.tokens[end].tag, Tag::Adverb) {
            end += 1;
        }
        let start = end;
        while end < event.end {
            let t = &self.tokens[end];
            let inside = t.tag.is_noun()
                || t.tag.is_adjective()
                || matches!(
                    t.tag,
                    Tag::Determiner
                        | Tag::Number
                        | Tag::Possessive
                        | Tag::PossessiveMark
                        | Tag::Hyphen
                        | Tag::Pronoun
                )
                || t.low == "of";
            if !inside {
                break;
            }
            end += 1;
        }
        let named = self.tokens[start..end].iter().any(|t| {
            t.tag.is_noun()
                || NOMINATIVE.contains(&t.low.as_str())
                || quoted && (t.tag == Tag::Comparative || among("one other first second third", &t.low))
        });
        (named && !self.tokens.get(start).is_some_and(|t| ACCUSATIVE[..2].contains(&t.low.as_str())))
            .then_some(start..end)
    }

    /// Whether every noun of the stretch stands behind a preposition in it.
    fn nouns_are_governed(&self, range: &Range<usize>) -> bool {
        let mut governed = false;
        for t in &self.tokens[range.clone()] {
            match t.tag {
                Tag::Preposition | Tag::To => governed = true,
                _ if (t.tag.is_noun() || (t.tag == Tag::Pronoun && NOMINATIVE.contains(&t.low.as_str())))
                    && !governed =>
                {
                    return false;
                }
                _ => {}
            }
        }
        // "In the yard a dog sleeps": two noun phrases, the second is the subject.
        let mut phrases = 0;
        let mut inside = false;
        for (k, t) in self.tokens[range.clone()].iter().enumerate() {
            let opens = matches!(t.tag, Tag::Determiner | Tag::Possessive) && k > 0;
            let after = k > 0
                && matches!(
                    self.tokens[range.start + k - 1].tag,
                    Tag::Preposition | Tag::To | Tag::Predeterminer
                );
            if opens && !after && phrases > 0 {
                return false;
            }
            if t.tag.is_noun() && !inside {
                phrases += 1;
            }
            inside = t.tag.is_noun();
        }
        true
    }

    /// Whether a verb without a capital opens what the tagger takes for a sentence: "…!" hooted the ferry.
    fn opens_low(&self, verb: usize) -> bool {
        !self.tokens[verb].capital && self.tokens[0].capital
    }

    fn quotes_end_before(&self, at: usize) -> bool {
        let before = self.quotes.partition_point(|q| q.whole.end <= at);
        before.checked_sub(1).is_some_and(|k| {
            self.text[self.quotes[k].whole.end..at].chars().all(|c| c.is_whitespace() || c == ',')
        })
    }

    /// The event's words without the marks and coordinators around them.
    fn trimmed(&self, event: &Event) -> Range<usize> {
        let mark = |t: &Token| t.is_break() || t.tag == Tag::Space || matches!(t.tag, Tag::Punctuation);
        let mut begin = event.begin;
        while begin + 1 < event.end
            && (mark(&self.tokens[begin]) || self.tokens[begin].tag == Tag::Coordinator)
        {
            begin += 1;
        }
        let mut end = event.end;
        while end > begin + 1 && (mark(&self.tokens[end - 1]) || self.tokens[end - 1].tag == Tag::Coordinator)
        {
            end -= 1;
        }
        self.span(begin, end)
    }

    /// Tokens of the subject: behind a fronted phrase, up to a relative clause or a phrase that hangs on the noun.
    fn subject_range(&self, event: &Event) -> Option<Range<usize>> {
        let (mut begin, end) = event.subject?;
        // "One by one candles appear", "inch by inch she slides": how, not who.
        if begin + 3 < end
            && self.tokens[begin + 1].low == "by"
            && self.tokens[begin].low == self.tokens[begin + 2].low
        {
            begin += 2;
        }
        let fronted = matches!(
            self.tokens[begin].tag,
            Tag::Preposition | Tag::To | Tag::WhAdverb | Tag::Adverb | Tag::Gerund | Tag::Participle
        );
        let preposition = self.tokens[begin].tag == Tag::Preposition;
        // "On a Friday in October Ruth released the brake."
        if preposition
            && end > begin + 1
            && self.tokens[end - 1].capital
            && self.discourse.named(&self.tokens[end - 1].low).is_some()
        {
            return Some(end - 1..end);
        }
        let comma = (begin..end).find(|k| {
            let behind = &self.tokens[*k + 1..end];
            // "Behind the hill, under a tree, a man …": the phrase that no preposition opens.
            self.tokens[*k].low == ","
                && behind
                    .first()
                    .is_some_and(|t| !matches!(t.tag, Tag::Preposition | Tag::Adverb | Tag::Coordinator))
                && behind.iter().any(|t| t.tag.is_noun() || t.tag == Tag::Pronoun || t.tag == Tag::Number)
        });
        // "That night the sea rose", "every morning the ships laugh".
        let dated = self.tokens[begin..end].iter().find(|t| t.tag.is_noun()).is_some_and(|t| {
            among("night morning evening afternoon day week month year time moment second", &t.lemma)
        });
        let second = (preposition || dated).then(|| second_phrase(self.tokens, begin, end)).flatten();
        if let Some(second) = second.filter(|second| comma.is_none_or(|comma| *second < comma)) {
            // "At dawn the raven opens its eyes."
            begin = second;
        } else if fronted && let Some(comma) = comma {
            begin = comma + 1;
        }
        let mut seen_noun = false;
        for k in begin..end {
            let t = &self.tokens[k];
            let stops = matches!(t.tag, Tag::WhDeterminer | Tag::WhPronoun | Tag::WhAdverb)
                || (t.tag == Tag::Preposition && t.low != "of")
                || (t.low == "," && !self.lists_on(k, end))
                || self.is_said_of_the_noun(k, end);
            if seen_noun && stops {
                // "Early morning in the city and a courier rides": the time is not who rides.
                let noun = (begin..k).rev().find(|n| self.tokens[*n].tag.is_noun());
                let is_time = noun.is_some_and(|n| {
                    matches!(
                        kinds().class(&self.tokens[n].lemma, &self.tokens[n].low, None),
                        Class::Sky | Class::Abstract
                    )
                });
                let joined = (k..end).find(|j| self.tokens[*j].low == "and");
                if let Some(and) = joined.filter(|and| is_time && *and + 1 < end) {
                    return Some(and + 1..end);
                }
                return Some(begin..k);
            }
            seen_noun |=
                t.tag.is_noun() || t.tag == Tag::Pronoun || among("one ones other others third", &t.low);
        }
        Some(begin..end)
    }

    /// Whether a participle behind a noun says more of it: "a woman wearing a red dress", "a boy covered in mud". What it
    /// names does not act, unless it is somebody that "and" adds.
    fn is_said_of_the_noun(&self, at: usize, end: usize) -> bool {
        let Some(next) = self.tokens.get(at + 1).filter(|_| at + 1 < end) else { return false };
        let says = match self.tokens[at].tag {
            Tag::Gerund => !matches!(next.tag, Tag::Coordinator) && !next.is_break(),
            Tag::Participle => next.tag == Tag::Preposition,
            _ => false,
        };
        let adds = |k: usize| {
            let (and, nouns) = (&self.tokens[k], &self.tokens[k + 1..end]);
            and.tag == Tag::Coordinator
                && nouns.iter().any(|t| t.tag.is_noun() && kinds().class(&t.lemma, &t.low, None).acts())
        };
        says && !(at + 1..end).any(adds)
    }

    /// Whether a comma is part of a list ("a cat, a dog and a bird run").
    fn lists_on(&self, comma: usize, end: usize) -> bool {
        self.tokens[comma + 1..end].iter().any(|t| t.low == "and" || t.low == "or")
    }

    fn add_subject(&mut self, entity: usize, named: bool, beat: &mut BeatReading) {
        let e = &self.discourse.entities[entity];
        match e.class {
            Class::Part | Class::Clothing if e.cast.is_none() => {
                let word = e.word.clone();
                if let Some(owner) =
                    self.owner_of_entity(entity).and_then(|o| self.discourse.entities[o].cast)
                {
                    if named || beat.part.is_none() {
                        beat.part.get_or_insert(word);
                    }
                    if !beat.who.contains(&owner) {
                        beat.who.push(owner);
                    }
                } else {
                    beat.scenery.get_or_insert(word);
                }
            }
            _ => {
                if let Some(cast) = e.cast {
                    if !beat.who.contains(&cast) {
                        beat.who.push(cast);
                    }
                } else {
                    let word = e.word.clone();
                    beat.scenery.get_or_insert(word);
                }
            }
        }
    }

    fn add_object(&mut self, m: usize, event: &Event, beat: &mut BeatReading) {
        let mention = &self.mentions[m];
        // "A man carrying a basket walks": he has it with him.
        let brought = mention
            .begin
            .checked_sub(1)
            .is_some_and(|k| self.tokens[k].tag == Tag::Gerund && among(BRINGS, &self.tokens[k].lemma));
        if event.verb.is_some_and(|verb| mention.head < verb) && !brought {
            return;
        }
        // "Demanding breakfast": there is none yet.
        let wished = (mention.begin.checked_sub(1))
            .is_some_and(|k| self.tokens[k].tag == Tag::Gerund && among(WISHES, &self.tokens[k].lemma));
        if wished && !mention.class.acts() {
            return;
        }
        match self.cast_of(m) {
            Some(cast) if self.reading.cast[cast].acts => {
                let known = beat.who.contains(&cast) || beat.with.contains(&cast);
                beat.with.extend((!known).then_some(cast));
            }
            _ if (matches!(mention.class, Class::Thing | Class::Clothing | Class::Nature)
                || (mention.class == Class::Part && mention.possessive.is_some()))
                && beat.what.len() < 4 =>
            {
                // "A teddy bear" is no bear, "a Christmas tree" no tree.
                let compound = mention.compound.as_ref().map(|words| words.replace('_', " "));
                let low = &self.tokens[mention.head].low;
                let word = compound.filter(|words| names_thing(words)).unwrap_or_else(|| low.clone());
                if !beat.what.contains(&word) {
                    beat.what.push(word);
                }
            }
            _ => {}
        }
    }
}
