//! From tokens to a reading: who, what, where, when, how it is filmed, and what was asked of the film.
//!
//! Order of work: quotations and markup are set aside (`script`), phrases of film language found and taken out (`phrases`),
//! the tags of the rest are mended (`repair`, `verbs`) and it is cut into events (`beats`), noun phrases become entities (`mentions`, `discourse`), places (`places`) and
//! appearance (`looks`), and every event gets its subject: its own, the one before, or what a pronoun means (`resolve`, `corefer`).

mod beats;
mod corefer;
mod developments;
mod discourse;
mod lines;
mod looks;
mod mentions;
mod moods;
mod phrases;
mod places;
mod repair;
mod resolve;
mod script;
mod verbs;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
};

use film::Relation;

use crate::{
    lexicon::lexicon,
    map::Class,
    syntax::{self, Tag, Token},
};
pub use developments::Development;
use discourse::{Discourse, Gender};
use mentions::Mention;
pub(crate) use mentions::among;
pub use moods::Mood;
pub(crate) use phrases::look_of;
pub use phrases::{Phrase, Slot};
pub use script::Item;
use script::Quote;

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
    /// What is spoken, in order.
    pub lines: Vec<Line>,
    /// Whom every pronoun of the third person means, in order.
    pub references: Vec<Reference>,
    /// Who turns into whom.
    pub changes: Vec<Change>,
    /// What becomes different over time, in order.
    pub developments: Vec<Development>,
    /// Colours with what they colour: `("red", "jacket")`.
    pub colours: Vec<(String, String)>,
    /// What stands where: what, preposition, to what.
    pub relations: Vec<[String; 3]>,
    /// How the film feels.
    pub mood: Mood,
    /// The title that the script gives.
    pub title: Option<String>,
    /// Where the scenes of a screenplay begin, in order.
    pub headings: Vec<Heading>,
    /// The items of a shot list, in order.
    pub items: Vec<Item>,
    /// Phrases of film language, settings and requests, in order.
    pub cues: Vec<Phrase>,
    /// The base forms of its nouns and verbs in order, and of pairs of them joined by `_`: what it speaks of at all.
    pub words: Vec<String>,
    /// Share of the words that are in the Latin alphabet and known or plausible as English: 0 to 1.
    pub english: f64,
}

impl Reading {
    /// Whether the byte belongs to an item of a shot list.
    pub fn is_in_item(&self, byte: usize) -> bool {
        let next = self.items.partition_point(|item| item.span.start <= byte);
        self.items[..next].last().is_some_and(|item| item.span.contains(&byte))
    }
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
    /// What stands where, by words of the cast or plain words: what, how, to what.
    pub placements: Vec<(String, Relation, String)>,
    /// The part of the actor that acts ("fur", "eyes").
    pub part: Option<String>,
    /// Index into [`Reading::places`] of the place that the words name.
    pub place: Option<usize>,
    /// Whether it happens together with the beat before.
    pub simultaneous: bool,
    /// Whether the script says that it does not happen.
    pub negated: bool,
    /// Whether it stands for the words of a screenplay's dialogue.
    pub spoken: bool,
    /// Index of the sentence.
    pub sentence: u32,
}

impl BeatReading {
    /// Whether something happens in it: "she runs", as opposed to "she is tall" and "a quiet harbour".
    pub fn is_action(&self) -> bool {
        !self.action.is_empty() && !self.negated && !among(STATES, &self.action)
    }
}

/// Verbs that tell what is, not what happens.
const STATES: &str = "be have seem belong contain consist resemble feature include wear lack own need mean cost remain depict \
    will can must should do";

/// Where a scene of a screenplay begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    /// The heading's line.
    pub span: Range<usize>,
    /// Index into [`Reading::places`].
    pub place: usize,
}

/// Words that somebody speaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Index into [`Reading::cast`]; nobody for a voice that is not seen.
    pub speaker: Option<usize>,
    /// The words without quotation marks.
    pub text: String,
    /// Where they stand, without the marks.
    pub span: Range<usize>,
    /// How it is said: `"whisper"`, `"to himself"`. Empty when only said.
    pub manner: String,
    /// Index into [`Reading::beats`] of the beat that it is spoken in.
    pub beat: Option<usize>,
}

/// A pronoun and whom it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The pronoun.
    pub span: Range<usize>,
    /// It in lower case.
    pub pronoun: String,
    /// What it means, each by its word: `["keeper", "striker"]`. Empty when nothing fits.
    pub words: Vec<String>,
    /// Indices into [`Reading::cast`] of those among them that are in it.
    pub who: Vec<usize>,
}

/// Somebody who turns into somebody else.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Index into [`Reading::cast`].
    pub from: usize,
    /// Index into [`Reading::cast`].
    pub to: usize,
    /// Index into [`Reading::beats`] of the beat in which it happens.
    pub beat: usize,
}

/// Somebody or something that appears.
#[derive(Clone, Debug, PartialEq)]
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
    gender: Option<Gender>,
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
///
/// Screenplays in Fountain and shot lists are recognised; a Final Draft file is read after [`crate::screenplay::from_fdx`].
pub fn read(text: &str) -> Reading {
    let script = script::split(text);
    let tokens = syntax::parse(&script.told);
    let mut cues = phrases::scan(&script.told, &tokens);
    cues.extend(script.transitions.iter().map(|(kind, span)| Phrase::set(Slot::Transition, kind, span)));
    cues.extend(script.headings.iter().filter_map(|h| Some(Phrase::set(Slot::Time, h.time?, &h.span))));
    cues.sort_by_key(|cue| (cue.span.start, cue.slot));
    let english = english_share(&tokens);
    let mood = moods::read(&tokens, &cues);
    let mut content = without_directions(tokens, &cues);
    let events = beats::events(&mut content);
    let mut mentions = mentions::mentions(&content);
    // "Moody, electric, intimate." are no people.
    mentions.retain(|m| !mood.said.iter().any(|(_, span)| span.contains(&content[m.head].span.start)));
    let developments = developments::developments(&content, &mentions, &cues);
    for mention in &mut mentions {
        // The season that comes is nobody, the red that something turns into no place.
        let head = &content[mention.head];
        let next = developments.partition_point(|change| change.span.start <= head.span.start);
        let end = developments[..next].last().is_some_and(|change| change.span.contains(&head.span.start));
        if among("spring summer autumn winter", &head.low) || end && among(mentions::COLOURS, &head.low) {
            mention.class = Class::Sky;
        }
    }
    let mut reader = Reader {
        text,
        tokens: &content,
        mentions: &mentions,
        quotes: &script.quotes,
        entity_of: vec![None; mentions.len()],
        location_of: vec![None; mentions.len()],
        discourse: Discourse::default(),
        possessor: HashMap::new(),
        pairs: HashMap::new(),
        speakers: speakers(text, &script.quotes),
        clause: 0,
        happens: false,
        subject: Vec::new(),
        still: events.iter().all(|event| event.verb.is_none()),
        reading: Reading {
            mood,
            title: script.title,
            items: script.items,
            cues,
            english,
            words: words(&content, &mentions),
            developments,
            ..Reading::default()
        },
    };
    reader.open(&script.headings);
    reader.locate(&events);
    reader.resolve(&events);
    reader.describe_behind();
    reader.describe_apart();
    reader.colour();
    reader.colour_by_verb();
    reader.relate(&events);
    reader.speak();
    reader.reading
}

/// The names over speeches, in lower case, each once.
fn speakers(text: &str, quotes: &[Quote]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in quotes.iter().filter_map(|quote| quote.speaker.clone()) {
        let low = text[name].trim().to_lowercase();
        if names.len() < 64 && !names.contains(&low) {
            names.push(low);
        }
    }
    names
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

/// The base forms of nouns and verbs, and pairs of neighbours; not of what is said not to be there.
fn words(tokens: &[Token], mentions: &[Mention]) -> Vec<String> {
    let mut out = Vec::new();
    let denied: HashSet<usize> = mentions.iter().filter(|m| m.negated).flat_map(|m| m.begin..m.end).collect();
    let said = |(k, t): &(usize, &Token)| (t.tag.is_noun() || t.tag.is_verb()) && !denied.contains(k);
    for (k, token) in tokens.iter().enumerate().filter(said) {
        let base =
            if token.tag.is_plural() { syntax::singular(&token.low) } else { token.lemma.to_lowercase() };
        if let Some(before) =
            k.checked_sub(1).map(|b| &tokens[b]).filter(|b| b.tag.is_noun() || b.tag.is_adjective())
        {
            out.push(format!("{}_{base}", before.low));
        }
        out.push(base);
    }
    out
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
    quotes: &'a [Quote],
    /// Index of the entity, by mention.
    entity_of: Vec<Option<usize>>,
    /// Index into the places, by mention.
    location_of: Vec<Option<usize>>,
    discourse: Discourse,
    /// Entity that a possessive pronoun means, by token.
    possessor: HashMap<usize, usize>,
    /// The two entities that a mention such as "the two friends" means.
    pairs: HashMap<usize, Vec<usize>>,
    /// Names that a screenplay lets speak, in lower case.
    speakers: Vec<String>,
    /// Running number of the event.
    clause: usize,
    /// Whether the event tells what happens, not what shall be seen.
    happens: bool,
    /// Entities that are the subject of the last event.
    subject: Vec<usize>,
    /// Whether nothing happens in the whole text.
    still: bool,
    reading: Reading,
}

impl Reader<'_> {
    fn span(&self, begin: usize, end: usize) -> Range<usize> {
        self.tokens[begin].span.start..self.tokens[end - 1].span.end
    }

    /// Index into the cast of what a mention speaks of.
    fn cast_of(&self, m: usize) -> Option<usize> {
        self.discourse.entities[self.entity_of[m]?].cast
    }

    /// The words of a mention without determiners, numbers and words of group.
    fn name(&self, mention: &Mention) -> String {
        let of = (mention.begin..mention.head).rev().find(|k| self.tokens[*k].low == "of");
        let begin = (of.map_or(mention.begin, |of| of + 1)..mention.head)
            .find(|k| {
                let t = &self.tokens[*k];
                !matches!(t.tag, Tag::Determiner | Tag::Number | Tag::Possessive | Tag::Predeterminer)
                    && !among("a an the several many few some another other second lone single two three numerous both various countless", &t.low)
            })
            .unwrap_or(mention.head);
        let span = self.span(begin, mention.end);
        self.text[span].split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
