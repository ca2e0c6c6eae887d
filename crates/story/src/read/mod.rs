//! From tokens to a reading: who, what, where, when, how it is filmed, and what was asked of the film.
//!
//! Order of work: phrases of film language are found and taken out, the rest is cut into events ([`beats`]), noun phrases
//! become characters ([`mentions`]), and every event gets its subject: its own, the one before, or what a pronoun means.

mod beats;
mod mentions;
mod phrases;

use std::{borrow::Cow, collections::BTreeMap, ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use crate::{
    lexicon::lexicon,
    map::{Class, kinds},
    syntax::{self, Tag, Token},
};
use beats::{Event, Form};
use mentions::Mention;
pub(crate) use mentions::among;
pub(crate) use phrases::{Phrase, Slot};

/// What was read from a script. All ranges are bytes of it, on UTF-8 borders.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What happens, in order.
    pub beats: Vec<BeatReading>,
    /// Who and what appears, in order of first mention.
    pub cast: Vec<Character>,
    /// Where it happens, in order of first mention.
    pub places: Vec<Location>,
    /// What stands in the distance, by the stage's word.
    pub backdrop: Vec<(String, Range<usize>)>,
    /// Who or what must not be seen.
    pub unwanted: Vec<(String, Range<usize>)>,
    /// Phrases of film language, settings and requests, in order.
    pub(crate) cues: Vec<Phrase>,
    /// Share of the words that are in the Latin alphabet and known or plausible as English: 0 to 1.
    pub english: f64,
}

/// One event of the script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BeatReading {
    /// Its words.
    pub span: Range<usize>,
    /// Indices into [`Reading::cast`] of those who do it.
    pub who: Vec<usize>,
    /// What acts when nobody does: "waves", "light".
    pub scenery: Option<String>,
    /// The verb in its base form; empty when nothing is done.
    pub action: String,
    /// With or to whom: indices into [`Reading::cast`].
    pub with: Vec<usize>,
    /// With or to what: plain words.
    pub what: Vec<String>,
    /// The part of the actor that acts ("fur", "eyes").
    pub part: Option<String>,
    /// Index into [`Reading::places`] of the place that the words name.
    pub place: Option<usize>,
    /// Whether it happens together with the beat before.
    pub simultaneous: bool,
    /// Index of the sentence.
    pub sentence: u32,
}

/// Somebody or something that appears.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of grammar, each read by name")]
pub struct Character {
    /// The words of the first mention, without article and number.
    pub name: String,
    /// The head noun in the singular.
    pub word: String,
    /// The storyboard's kind.
    pub kind: String,
    /// The kind that is shown in its place when the stage has no row for it.
    pub like: Option<String>,
    /// How many.
    pub count: u32,
    /// Whether the script gives the number.
    pub counted: bool,
    /// How they look: side and words.
    pub appearance: BTreeMap<String, String>,
    /// Every mention.
    pub spans: Vec<Range<usize>>,
    /// Whether it lives, moves by itself or carries people; the others are things.
    pub acts: bool,
    /// Person, as opposed to animal, vehicle or thing.
    pub person: bool,
    plural: bool,
    gender: Option<Gender>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gender {
    Male,
    Female,
}

/// A place of the script.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// Its words without the article.
    pub name: String,
    /// The head noun in the singular.
    pub word: String,
    /// The stage's kind.
    pub kind: String,
    /// Whether the kind is not the word's own but the nearest.
    pub approximate: bool,
    /// Every mention.
    pub spans: Vec<Range<usize>>,
}

/// Reads a text. Any text gives a reading; time is linear in its length.
pub fn read(text: &str) -> Reading {
    let text = &without_markup(text);
    let tokens = syntax::parse(text);
    let cues = phrases::scan(text, &tokens);
    let english = english_share(&tokens);
    let mut content = without_directions(tokens, &cues);
    let events = beats::events(&mut content);
    let mentions = mentions::mentions(&content);
    let mut reader = Reader {
        text,
        tokens: &content,
        mentions: &mentions,
        entity_of: vec![None; mentions.len()],
        location_of: vec![None; mentions.len()],
        subject: Vec::new(),
        still: events.iter().all(|event| event.verb.is_none()),
        reading: Reading { cues, english, ..Reading::default() },
    };
    reader.locate(&events);
    reader.resolve(&events);
    reader.reading
}

/// Tags and entities become spaces, byte for byte, so that spans stay where they are.
fn without_markup(text: &str) -> Cow<'_, str> {
    static MARKUP: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"</?[A-Za-z][^<>]{0,120}>|&[A-Za-z]{2,8};").expect("the pattern is a constant")
    });
    if !text.contains(['<', '&']) {
        return Cow::Borrowed(text);
    }
    MARKUP.replace_all(text, |found: &Captures<'_>| " ".repeat(found[0].len()))
}

/// Takes the words about the making of the film out of the tokens; heads are renumbered.
fn without_directions(tokens: Vec<Token>, cues: &[Phrase]) -> Vec<Token> {
    let mut spans: Vec<Range<usize>> =
        cues.iter().filter(|cue| cue.slot.is_direction()).map(|cue| cue.span.clone()).collect();
    spans.sort_by_key(|span| span.start);
    let mut next = 0;
    let mut new_index = Vec::with_capacity(tokens.len());
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut reach = 0;
    for token in tokens {
        while next < spans.len() && spans[next].start <= token.span.start {
            reach = reach.max(spans[next].end);
            next += 1;
        }
        let blank = token.tag == Tag::Space && !token.is_newline();
        if blank || token.span.start < reach {
            new_index.push(None);
        } else {
            new_index.push(Some(kept.len()));
            kept.push(token);
        }
    }
    for (k, token) in kept.iter_mut().enumerate() {
        token.head = new_index.get(token.head).copied().flatten().unwrap_or(k);
    }
    kept
}

/// Share of words that look like English: ASCII letters, and either a known word or one the tables could hold.
fn english_share(tokens: &[Token]) -> f64 {
    let (mut words, mut english) = (0_u32, 0_u32);
    for token in tokens {
        if token.low.chars().any(char::is_alphabetic) {
            words += 1;
            let ascii = token.low.is_ascii();
            let function = !token.tag.is_noun()
                && !token.tag.is_verb()
                && !token.tag.is_adjective()
                && token.tag != Tag::Other
                && token.tag != Tag::Foreign;
            let known = lexicon().is_noun(&token.lemma)
                || lexicon().is_verb(&token.lemma)
                || token.low.ends_with("ly");
            // Adjectives have no list: by their company they count as half.
            english +=
                if ascii && (function || known) { 2 } else { u32::from(ascii && token.tag.is_adjective()) };
        }
    }
    if words == 0 { 0.0 } else { f64::from(english) / f64::from(2 * words) }
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    mentions: &'a [Mention],
    /// Index into the cast, by mention.
    entity_of: Vec<Option<usize>>,
    /// Index into the places, by mention.
    location_of: Vec<Option<usize>>,
    /// The subject of the last event.
    subject: Vec<usize>,
    /// Whether nothing happens in the whole text.
    still: bool,
    reading: Reading,
}

const SETTING_PREPOSITIONS: &str = "in on at through across over along into inside by near to toward towards down up around beneath under above onto of within amid among outside beside past between off from";

impl Reader<'_> {
    fn span(&self, begin: usize, end: usize) -> Range<usize> {
        self.tokens[begin].span.start..self.tokens[end - 1].span.end
    }

    /// The words of a mention without determiners, numbers and words of group.
    fn name(&self, mention: &Mention) -> String {
        let of = (mention.begin..mention.head).rev().find(|k| self.tokens[*k].low == "of");
        let begin = (of.map_or(mention.begin, |of| of + 1)..mention.head)
            .find(|k| {
                let t = &self.tokens[*k];
                !matches!(t.tag, Tag::Determiner | Tag::Number | Tag::Possessive | Tag::Predeterminer)
                    && !among("several many few some another other second lone single two three numerous both various countless", &t.low)
            })
            .unwrap_or(mention.head);
        let span = self.span(begin, mention.end);
        self.text[span].split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Places and what stands in the distance.
    fn locate(&mut self, events: &[Event]) {
        let any_person = self.mentions.iter().any(|m| m.class.acts());
        for (index, mention) in self.mentions.iter().enumerate() {
            let head = &self.tokens[mention.head];
            let before = mention.begin.checked_sub(1).map_or("", |k| self.tokens[k].low.as_str());
            let distant = self.distant(mention);
            let span = self.span(mention.begin, mention.end);
            if mention.negated {
                continue;
            }
            if let Some(kind) = kinds().backdrop(&mention.lemma, &head.low) {
                let setting = matches!(mention.class, Class::Place)
                    && among(SETTING_PREPOSITIONS, before)
                    && !matches!(before, "of" | "above" | "between" | "near" | "beside")
                    && !distant;
                if !setting {
                    let kind = kind.to_owned();
                    let snowy = (mention.begin..mention.end).any(|k| self.tokens[k].low.starts_with("snow"));
                    let kind = if kind == "trees" && snowy { "conifers".to_owned() } else { kind };
                    if !self.reading.backdrop.iter().any(|(k, _)| *k == kind) {
                        self.reading.backdrop.push((kind, span.clone()));
                    }
                    if distant || mention.class == Class::Nature {
                        continue;
                    }
                }
            }
            if mention.class != Class::Place || distant {
                continue;
            }
            let compound = mention.compound.as_deref();
            let Some(kind) = kinds().place_kind(&mention.lemma, &head.low, compound) else { continue };
            let listed = kinds().lists_place(&mention.lemma, &head.low, compound);
            // A place that nobody is in, on or at is a place only if the text has no better: "a house" beside a man.
            let inside = among(SETTING_PREPOSITIONS, before) && before != "of";
            let known = self.reading.places.iter().position(|p| p.word == mention.lemma);
            if known.is_none()
                && !inside
                && !self.led(mention)
                && (any_person || !Self::leads(events, mention))
            {
                continue;
            }
            let at = known.unwrap_or_else(|| {
                self.reading.places.push(Location {
                    name: self.name(mention),
                    word: mention.lemma.clone(),
                    kind: kind.kind.clone(),
                    approximate: !listed,
                    spans: Vec::new(),
                });
                self.reading.places.len() - 1
            });
            self.reading.places[at].spans.push(span);
            self.location_of[index] = Some(at);
        }
        if self.reading.places.is_empty() {
            self.locate_anywhere();
        }
        let places = &self.reading.places;
        self.reading.backdrop.retain(|(kind, _)| !places.iter().any(|place| place.kind == *kind));
    }

    /// Whether somebody is in, on or at the place, not only near it or over it.
    fn is_strong(&self, m: usize) -> bool {
        let mention = &self.mentions[m];
        let before = mention.begin.checked_sub(1).map_or("", |k| self.tokens[k].low.as_str());
        among("in into inside at on through onto to within along across up down around", before)
            || self.led(mention)
    }

    /// Whether words about the camera lead to the mention: "The scene shifts to a lakeshore".
    fn led(&self, mention: &Mention) -> bool {
        let start = self.tokens[mention.begin].span.start;
        let cues = &self.reading.cues;
        let next = cues.partition_point(|cue| cue.span.start < start);
        cues[next.saturating_sub(4)..next].iter().any(|cue| {
            cue.slot.is_direction()
                && cue.span.end <= start
                && self.text[cue.span.end..start].trim().is_empty()
        })
    }

    /// With no place in a setting phrase, the first noun that names a place is the setting.
    fn locate_anywhere(&mut self) {
        let first = self.mentions.iter().enumerate().find_map(|(index, m)| {
            let row = (m.class == Class::Place && !m.negated)
                .then(|| kinds().place_kind(&m.lemma, &self.tokens[m.head].low, m.compound.as_deref()))??;
            Some((index, row))
        });
        if let Some((index, row)) = first {
            let mention = &self.mentions[index];
            let low = &self.tokens[mention.head].low;
            self.reading.places.push(Location {
                name: self.name(mention),
                word: mention.lemma.clone(),
                kind: row.kind.clone(),
                approximate: !kinds().lists_place(&mention.lemma, low, mention.compound.as_deref()),
                spans: vec![self.span(mention.begin, mention.end)],
            });
            self.location_of[index] = Some(0);
        }
    }

    /// Whether the mention opens an event: "A quiet harbour at dawn".
    fn leads(events: &[Event], mention: &Mention) -> bool {
        let at = events.partition_point(|event| event.begin <= mention.begin);
        at.checked_sub(1)
            .is_some_and(|k| events[k].begin + 1 >= mention.begin && events[k].form == Form::Fragment)
    }

    /// "in the distance", "on the horizon", "in the background" after the mention, in its clause.
    fn distant(&self, mention: &Mention) -> bool {
        self.tokens[mention.end..]
            .iter()
            .take(8)
            .take_while(|t| !t.is_break())
            .any(|t| matches!(t.low.as_str(), "distance" | "background" | "horizon" | "backdrop"))
            || self.tokens[mention.begin..mention.head].iter().any(|t| t.low == "distant")
    }

    /// Gives every event its subject, verb and objects; makes the cast on the way.
    fn resolve(&mut self, events: &[Event]) {
        let mut next = 0;
        let mut previous_sentence = u32::MAX;
        for event in events {
            let first = next;
            while next < self.mentions.len() && self.mentions[next].begin < event.end {
                next += 1;
            }
            let sentence = self.tokens[event.begin].sentence;
            let subject_range = self.subject_range(event);
            let subject_mentions: Vec<usize> = subject_range
                .as_ref()
                .map(|range| (first..next).filter(|m| range.contains(&self.mentions[*m].head)).collect())
                .unwrap_or_default();
            let mut beat = BeatReading {
                span: self.trimmed(event),
                simultaneous: event.simultaneous && !self.reading.beats.is_empty(),
                sentence,
                ..BeatReading::default()
            };
            let subject_end = subject_range.as_ref().map_or(event.begin, |range| range.end);
            // The subject first, so that pronouns in the predicate can mean it.
            for m in first..next {
                if self.mentions[m].begin < subject_end {
                    self.meet(m);
                }
            }
            if subject_mentions.is_empty() {
                let pronoun = subject_range.and_then(|range| {
                    range.into_iter().find(|k| {
                        matches!(
                            self.tokens[*k].low.as_str(),
                            "he" | "she" | "it" | "they" | "both" | "we" | "you" | "i"
                        )
                    })
                });
                beat.who = match pronoun {
                    Some(k) => self.antecedent(&self.tokens[k].low.clone()),
                    // What is left of "the low camera view is stunning" when the camera is taken out.
                    None if event.form == Form::Clause && next == first => continue,
                    // "to reveal the valley" is what is left when the camera is taken out: nobody does it.
                    None if event.verb.is_some()
                        && event.form != Form::Clause
                        && self.tokens[event.begin].tag != Tag::To =>
                    {
                        self.subject.clone()
                    }
                    None => Vec::new(),
                };
            } else {
                for m in &subject_mentions {
                    self.add_subject(*m, &mut beat);
                }
            }
            if !beat.who.is_empty() {
                self.subject.clone_from(&beat.who);
            }
            for m in first..next {
                if self.mentions[m].begin >= subject_end {
                    self.meet(m);
                    self.add_object(m, event, &mut beat);
                }
            }
            let led_by_part = (first..next)
                .find(|m| self.mentions[*m].class == Class::Part)
                .filter(|_| event.verb.is_none() && beat.who.is_empty());
            if let Some(m) = led_by_part
                && let Some(owner) = self.owner(m)
            {
                // "Close-up of her determined face."
                beat.part = Some(self.mentions[m].lemma.clone());
                beat.what.clear();
                beat.who.push(owner);
            } else if event.verb.is_none() && beat.who.is_empty() {
                // A bare noun phrase: "a lone samurai, red leaves".
                let actors =
                    (first..next).filter_map(|m| self.entity_of[m]).filter(|e| self.reading.cast[*e].acts);
                beat.who = actors.take(1).collect();
                beat.with.retain(|w| !beat.who.contains(w));
                if !beat.who.is_empty() {
                    self.subject.clone_from(&beat.who);
                }
            }
            beat.action = event.verb.map(|k| self.tokens[k].lemma.clone()).unwrap_or_default();
            beat.place = (first..next).filter(|m| self.is_strong(*m)).find_map(|m| self.location_of[m]);
            if beat.who.is_empty() && beat.scenery.is_none() {
                beat.scenery = (first..next)
                    .find(|m| matches!(self.mentions[*m].class, Class::Sky | Class::Nature | Class::Place))
                    .map(|m| self.mentions[m].lemma.clone());
            }
            let says_something = next > first || !beat.who.is_empty();
            if says_something {
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
        let fronted = matches!(self.tokens[begin].tag, Tag::Preposition | Tag::To | Tag::WhAdverb);
        if fronted && let Some(comma) = (begin..end).rev().find(|k| self.tokens[*k].low == ",") {
            begin = comma + 1;
        }
        let mut seen_noun = false;
        for k in begin..end {
            let t = &self.tokens[k];
            let stops = matches!(t.tag, Tag::WhDeterminer | Tag::WhPronoun | Tag::WhAdverb)
                || (t.tag == Tag::Preposition && t.low != "of")
                || (t.low == "," && !self.lists_on(k, end));
            if seen_noun && stops {
                return Some(begin..k);
            }
            seen_noun |= t.tag.is_noun() || t.tag == Tag::Pronoun;
        }
        Some(begin..end)
    }

    /// Whether a comma is part of a list ("a cat, a dog and a bird run").
    fn lists_on(&self, comma: usize, end: usize) -> bool {
        self.tokens[comma + 1..end].iter().any(|t| t.low == "and" || t.low == "or")
    }

    fn add_subject(&mut self, m: usize, beat: &mut BeatReading) {
        let mention = &self.mentions[m];
        match mention.class {
            Class::Part | Class::Clothing => {
                if let Some(owner) = self.owner(m) {
                    beat.part.get_or_insert_with(|| mention.lemma.clone());
                    if !beat.who.contains(&owner) {
                        beat.who.push(owner);
                    }
                } else {
                    beat.scenery.get_or_insert_with(|| mention.lemma.clone());
                }
            }
            Class::Group if mention.definite => {
                let group = self.last_where(|c| c.acts && c.plural);
                beat.who.extend(group);
            }
            _ => match self.entity_of[m] {
                Some(entity) => {
                    if !beat.who.contains(&entity) {
                        beat.who.push(entity);
                    }
                }
                None => drop(beat.scenery.get_or_insert_with(|| mention.lemma.clone())),
            },
        }
    }

    fn add_object(&mut self, m: usize, event: &Event, beat: &mut BeatReading) {
        let mention = &self.mentions[m];
        if event.verb.is_none_or(|verb| mention.head < verb) && event.verb.is_some() {
            return;
        }
        match self.entity_of[m] {
            Some(entity) if self.reading.cast[entity].acts => {
                let known = beat.who.contains(&entity) || beat.with.contains(&entity);
                beat.with.extend((!known).then_some(entity));
            }
            _ if (matches!(mention.class, Class::Thing | Class::Clothing | Class::Nature)
                || (mention.class == Class::Part && mention.possessive.is_some()))
                && beat.what.len() < 4 =>
            {
                let low = &self.tokens[mention.head].low;
                if !beat.what.contains(low) {
                    beat.what.push(low.clone());
                }
            }
            _ => {}
        }
    }

    /// Finds or makes the character that a mention speaks of.
    fn meet(&mut self, m: usize) {
        let mention = &self.mentions[m];
        if self.entity_of[m].is_some() {
            return;
        }
        let head = &self.tokens[mention.head];
        let span = self.span(mention.begin, mention.end);
        if mention.negated {
            self.reading.unwanted.push((head.low.clone(), span));
            return;
        }
        let mut class = mention.class;
        // A name that no list knows is a person when it does something.
        if class == Class::Thing
            && head.tag.is_name()
            && !lexicon().is_noun(&mention.lemma)
            && head.dep == "nsubj"
        {
            class = Class::Person;
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
        if !(class.acts() || class == Class::Thing) || self.location_of[m].is_some() {
            return;
        }
        if let Some(known) = self.known(mention) {
            self.entity_of[m] = Some(known);
            let character = &mut self.reading.cast[known];
            character.spans.push(span);
            for (side, words) in &mention.appearance {
                character.appearance.entry(side.clone()).or_insert_with(|| words.clone());
            }
            return;
        }
        let compound = mention.compound.as_deref();
        let shown = kinds().cast_kind(&mention.lemma, &head.low, compound).filter(|_| class != Class::Thing);
        let (kind, like) = shown.map_or_else(
            || (if class == Class::Person { "person".to_owned() } else { mention.lemma.clone() }, None),
            |shown| (shown.kind, shown.like),
        );
        let plural = mention.plural;
        self.entity_of[m] = Some(self.reading.cast.len());
        let gender = match kind.as_str() {
            "man" | "boy" => Some(Gender::Male),
            "woman" | "girl" => Some(Gender::Female),
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
        let count =
            mention.count.unwrap_or(if plural { if mention.lemma == "person" { 6 } else { 3 } } else { 1 });
        self.reading.cast.push(Character {
            name: self.name(mention),
            word: mention
                .compound
                .clone()
                .filter(|c| kinds().lists(c))
                .unwrap_or_else(|| mention.lemma.clone()),
            kind,
            like,
            count: count.clamp(1, 1000),
            counted: mention.count.is_some() || !plural,
            appearance,
            spans: vec![span],
            acts: class.acts(),
            person: class == Class::Person,
            plural,
            gender,
        });
    }

    /// The character that this mention speaks of again.
    fn known(&self, mention: &Mention) -> Option<usize> {
        if mention.other {
            return None;
        }
        let differs = |c: &Character| {
            !mention.definite
                && ["color", "coat", "age", "size"].iter().any(|side| {
                    matches!((mention.appearance.get(*side), c.appearance.get(*side)), (Some(a), Some(b)) if a != b)
                })
        };
        let contradicts = |c: &Character| {
            // "the red fox" is not the white one.
            ["color", "coat"].iter().any(|side| {
                matches!((mention.appearance.get(*side), c.appearance.get(*side)), (Some(a), Some(b)) if a != b && !a.contains(b.as_str()) && !b.contains(a.as_str()))
            })
        };
        // Long scripts name hundreds of things: only the latest are compared.
        self.reading.cast.iter().enumerate().rev().take(64).find_map(|(k, c)| {
            let same = c.word == mention.lemma || c.word.rsplit('_').next() == Some(mention.lemma.as_str());
            (same && !differs(c) && !contradicts(c)).then_some(k)
        })
    }

    fn last_where(&self, fits: impl Fn(&Character) -> bool) -> Option<usize> {
        // By latest mention, not by order of appearance.
        self.reading
            .cast
            .iter()
            .enumerate()
            .rev()
            .take(64)
            .filter(|(_, c)| fits(c))
            .max_by_key(|(_, c)| c.spans.last().map_or(0, |s| s.start))
            .map(|(k, _)| k)
    }

    /// Whom a pronoun means.
    fn antecedent(&mut self, pronoun: &str) -> Vec<usize> {
        let last = self.subject.clone();
        let one = last.first().copied().filter(|_| last.len() == 1);
        match pronoun {
            "he" | "his" | "him" => self.person(Gender::Male, one),
            "she" | "her" => self.person(Gender::Female, one),
            "it" | "its" => {
                let fits = |c: &Character| !c.person && !c.plural;
                let found = one
                    .filter(|k| fits(&self.reading.cast[*k]))
                    .or_else(|| self.last_where(|c| c.acts && fits(c)))
                    .or_else(|| self.last_where(fits))
                    .or(one);
                found.into_iter().collect()
            }
            "they" | "their" | "them" | "both" => {
                let cast = &self.reading.cast;
                if last.len() > 1 || last.first().is_some_and(|k| cast[*k].plural) {
                    return last;
                }
                if let Some(first) = one.filter(|k| cast[*k].person) {
                    // "A boy meets a girl. They dance.": both; "A person reads, then they sleep": the one.
                    let partner = self.reading.beats.last().and_then(|beat| {
                        beat.with.iter().copied().find(|w| cast[*w].person && !cast[*w].plural)
                    });
                    return match partner {
                        Some(partner) if !beat_is_of(&self.reading, first, partner) => vec![first],
                        Some(partner) => vec![first, partner],
                        None => vec![first],
                    };
                }
                self.last_where(|c| c.acts && c.plural).map(|k| vec![k]).unwrap_or(last)
            }
            _ => last,
        }
    }

    fn person(&mut self, gender: Gender, subject: Option<usize>) -> Vec<usize> {
        let fits = |c: &Character| c.person && !c.plural && c.gender.is_none_or(|g| g == gender);
        let found = subject
            .filter(|k| fits(&self.reading.cast[*k]))
            .or_else(|| self.last_where(fits))
            .or_else(|| subject.filter(|k| self.reading.cast[*k].acts))
            .or_else(|| self.last_where(|c| c.acts && !c.plural));
        if let Some(k) = found {
            self.reading.cast[k].gender.get_or_insert(gender);
        }
        found.into_iter().collect()
    }

    /// Who owns a part or garment: "the dog's tail", "their fur", "the fur of the bear", or the last subject.
    fn owner(&mut self, m: usize) -> Option<usize> {
        let mention = &self.mentions[m];
        if let Some(owner) = mention.owner.and_then(|o| self.entity_of[o]) {
            return Some(owner);
        }
        if let Some(possessive) = mention.possessive {
            let pronoun = self.tokens[possessive].low.clone();
            return self.antecedent(&pronoun).first().copied();
        }
        let of = self.tokens.get(mention.end).is_some_and(|t| t.low == "of");
        if of && let Some(next) = self.mentions.get(m + 1).filter(|next| next.begin == mention.end + 1) {
            return (next.class.acts()).then(|| {
                self.meet(m + 1);
                self.entity_of[m + 1]
            })?;
        }
        None
    }

    /// Gives garments and coats to those who wear them.
    fn dress(&mut self) {
        let mut wearer: Option<usize> = None;
        for m in 0..self.mentions.len() {
            let mention = &self.mentions[m];
            if let Some(entity) = self.entity_of[m]
                && self.reading.cast[entity].acts
            {
                wearer = Some(entity);
                continue;
            }
            if mention.negated {
                continue;
            }
            let owner = mention.owner.and_then(|o| self.entity_of[o]).or(wearer);
            let Some(owner) = owner else { continue };
            let before = mention.begin.checked_sub(1).map_or("", |k| self.tokens[k].low.as_str());
            let words = self.name(mention);
            let character = &mut self.reading.cast[owner];
            match mention.class {
                Class::Clothing | Class::Part
                    if character.person
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
                Class::Part if !mention.appearance.is_empty() => {
                    let side = if among("fur coat mane feather", &mention.lemma) && !character.person {
                        "coat"
                    } else {
                        mention.lemma.as_str()
                    };
                    let described = words.to_lowercase();
                    let described = described.rsplit_once(' ').map_or("", |(front, _)| front);
                    if !described.is_empty() {
                        character.appearance.insert(side.to_owned(), described.to_owned());
                    }
                }
                _ => {}
            }
        }
    }

    /// A person whose sex only a pronoun tells gets it here; the others stay "person".
    fn settle_kinds(&mut self) {
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

/// Whether the last beat was done by `first` with `partner`.
fn beat_is_of(reading: &Reading, first: usize, partner: usize) -> bool {
    reading.beats.last().is_some_and(|beat| beat.who.contains(&first) && beat.with.contains(&partner))
}
