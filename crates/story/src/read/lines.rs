//! Who speaks the quoted words.

use std::ops::Range;

use super::{
    BeatReading, Character, Line, Reader,
    discourse::{Entity, Role, Seen},
    script,
};
use crate::map::{Class, kinds};

impl Reader<'_> {
    /// Gives every quotation its speaker: "… says the cook", "The cook says: …", or the last who acted.
    pub(super) fn speak(&mut self) {
        for k in 0..self.quotes.len() {
            self.speak_one(k);
        }
        // The comma before "she says" is none of hers.
        for line in &mut self.reading.lines {
            let words = line.text.trim_end_matches(',').len();
            line.text.truncate(words);
        }
    }

    /// Gives one quotation its speaker.
    fn speak_one(&mut self, k: usize) {
        let quote = &self.quotes[k];
        let words = self.text[quote.words.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        let (beat, manner) = self.beat_of(k);
        if quote.speaker.is_some() {
            self.speak_cued(k, beat);
            return;
        }
        let speaker = beat.and_then(|b| {
            let beats = &self.reading.beats;
            let acting = |b: usize| beats[b].who.iter().copied().find(|c| self.reading.cast[*c].acts);
            acting(b).or_else(|| (0..b).rev().take(3).find_map(acting))
        });
        // "And for my next trick," she says, "I need a volunteer."
        let between =
            k.checked_sub(1).map_or("", |p| &self.text[self.quotes[p].whole.end..quote.whole.start]);
        let goes_on = between.trim_end().ends_with(',') && between.len() < 120;
        if let Some(last) = self.reading.lines.last_mut().filter(|last| last.text.ends_with(',') && goes_on) {
            last.text = format!("{} {words}", last.text);
            last.span.end = quote.words.end;
            return;
        }
        self.reading.lines.push(Line { speaker, text: words, span: quote.words.clone(), manner, beat });
    }

    /// A speech under a name: the one who has it speaks, in a beat of its own.
    fn speak_cued(&mut self, k: usize, beat: Option<usize>) {
        let quote = self.quotes[k].clone();
        let Some(name) = quote.speaker else { return };
        let text = quote.plain.unwrap_or_else(|| self.text[quote.words.clone()].to_owned());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = self.text[name].trim().to_owned();
        let speaker = self.speaker_named(&name.to_lowercase());
        let heard = quote.voice_over && speaker.is_none();
        let speaker = speaker.or_else(|| (!heard).then(|| self.introduce(&name, &quote.whole)));
        let mut at = beat;
        if let Some(speaker) = speaker.filter(|_| !quote.voice_over) {
            let who = BeatReading {
                span: quote.whole.clone(),
                who: vec![speaker],
                action: "say".to_owned(),
                spoken: true,
                sentence: beat.map_or(0, |b| self.reading.beats[b].sentence),
                ..BeatReading::default()
            };
            let next = self.reading.beats.partition_point(|beat| beat.span.start < quote.whole.start);
            self.reading.beats.insert(next, who);
            for line in &mut self.reading.lines {
                line.beat = line.beat.map(|b| if b >= next { b + 1 } else { b });
            }
            for change in &mut self.reading.changes {
                change.beat += usize::from(change.beat >= next);
            }
            at = Some(next);
        }
        self.reading.lines.push(Line { speaker, text, span: quote.words, manner: quote.manner, beat: at });
    }

    /// Somebody who speaks and is nowhere described.
    fn introduce(&mut self, name: &str, span: &Range<usize>) -> usize {
        let low = name.to_lowercase();
        let word = low.rsplit(' ').next().unwrap_or(&low).to_owned();
        let kind = kinds().cast_kind(&word, &word, None).filter(|_| kinds().class(&word, &word, None).acts());
        let (kind, like) = kind.map_or_else(|| ("person".to_owned(), None), |shown| (shown.kind, shown.like));
        self.reading.cast.push(Character {
            name: low.split(' ').map(capitalised).collect::<Vec<_>>().join(" "),
            person: kinds().class(&word, &word, None) != Class::Creature,
            kind,
            like,
            count: 1,
            counted: true,
            appearance: std::collections::BTreeMap::new(),
            spans: vec![span.clone()],
            acts: true,
            gender: None,
            word: word.clone(),
        });
        let cast = self.reading.cast.len() - 1;
        let seen = Seen { token: 0, sentence: 0, clause: self.clause, role: Role::Other, pronoun: false };
        self.discourse.add(Entity {
            word,
            class: Class::Person,
            plural: false,
            gender: None,
            guessed: false,
            cast: Some(cast),
            names: vec![low],
            as_one: false,
            mention: None,
            became: None,
            times: 1,
            seen,
        });
        cast
    }

    /// The member of the cast that goes by a name or word.
    fn speaker_named(&self, low: &str) -> Option<usize> {
        let last = low.rsplit(' ').next().unwrap_or(low);
        let entities = self.discourse.entities.iter();
        let named =
            entities.clone().find(|e| e.names.iter().any(|n| n == last) || e.word == low || e.word == last);
        named.and_then(|e| e.cast)
    }

    /// The beat that a quotation is spoken in, and how.
    fn beat_of(&self, k: usize) -> (Option<usize>, String) {
        let quote = &self.quotes[k].whole;
        let beats = &self.reading.beats;
        let next = beats.partition_point(|beat| beat.span.start < quote.end);
        let until_next = self.quotes.get(k + 1).map_or(self.text.len(), |q| q.whole.start);
        let saying = |b: usize| script::is_saying(&beats[b].action);
        let manner = |b: usize| {
            let verb = &beats[b].action;
            if !saying(b) || matches!(verb.as_str(), "say" | "reply" | "answer" | "ask" | "tell" | "add") {
                String::new()
            } else {
                verb.clone()
            }
        };
        // She says, "…": what leads to the quotation counts before what follows it.
        let led = self.text[..quote.start].trim_end().ends_with([',', ':']);
        let from = k.checked_sub(1).map_or(0, |p| self.quotes[p].whole.end);
        if let Some(b) = next.checked_sub(1).filter(|b| {
            led && saying(*b) && beats[*b].span.start >= from && {
                let gap = self.text.get(beats[*b].span.end..quote.start).unwrap_or("");
                gap.chars().all(|c| c.is_whitespace() || matches!(c, ',' | ':'))
            }
        }) {
            return (Some(b), manner(b));
        }
        // "…," she says.
        if next < beats.len() && beats[next].span.start < until_next {
            let between = &self.text[quote.end..beats[next].span.start];
            // "…!" hoots the ferry.
            let low = self.text[beats[next].span.start..].starts_with(char::is_lowercase)
                && between.trim().is_empty()
                && self.text[quote.clone()]
                    .trim_end_matches(['"', '”', '\'', '’'])
                    .ends_with(['.', ',', '!', '?', '…']);
            if (saying(next) || low)
                && between.chars().all(|c| c.is_whitespace() || matches!(c, ',' | '-' | '—' | '–'))
            {
                return (Some(next), manner(next));
            }
        }
        let before = next.checked_sub(1);
        if let Some(b) = before {
            // She says, "…": also when the clause goes on behind the quotation.
            let from = k.checked_sub(1).map_or(0, |p| self.quotes[p].whole.end);
            let recent = (0..=b).rev().take(2).find(|b| {
                beats[*b].span.end >= from && saying(*b) && {
                    let gap = self.text.get(beats[*b].span.end..quote.start).unwrap_or("");
                    !gap.contains(['.', '!', '?'])
                }
            });
            if let Some(b) = recent {
                return (Some(b), manner(b));
            }
        }
        (before.or((!beats.is_empty()).then_some(0)), String::new())
    }
}

/// The word with a capital.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
