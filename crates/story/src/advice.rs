//! Advice from somebody who knows the world: a language model that says who does what where rules cannot tell.
//!
//! The reader stays the reader. Advice is taken only where it can be checked: its quotation stands in the script, its verb in
//! the quotation, and those who act are in the cast. Everything else of it is passed over, so that no advice can damage a
//! reading.

use std::ops::Range;

use crate::{
    read::{BeatReading, Reading, among},
    syntax,
};

/// One thing that happens, as the adviser reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdvisedBeat {
    /// Words of the script, as they stand there.
    pub quote: String,
    /// Those who do it, by their names in [`Reading::cast`].
    pub who: Vec<String>,
    /// The verb, in any form.
    pub action: String,
}

impl Reading {
    /// Takes over what can be checked of the advice, which is in the order of the script; returns the spans of the beats that
    /// it changed or added.
    pub(crate) fn take_advice(&mut self, text: &str, advice: &[AdvisedBeat]) -> Vec<Range<usize>> {
        let mut taken = Vec::new();
        let mut from = 0;
        for beat in advice {
            let quote = beat.quote.trim();
            let Some(start) = text[from..].find(quote).map(|at| from + at).filter(|_| !quote.is_empty())
            else {
                continue;
            };
            let span = start..start + quote.len();
            let Some(action) = verb_in(quote, &beat.action) else { continue };
            let who: Option<Vec<usize>> = beat.who.iter().map(|name| self.named(name)).collect();
            let Some(who) = who.filter(|who| !who.is_empty()) else { continue };
            // Later quotations may begin within this one, not before it.
            from = start;
            let known = (0..self.beats.len())
                .filter(|k| self.beats[*k].action == action && !self.beats[*k].spoken)
                .max_by_key(|k| (shared(&self.beats[*k].span, &span), std::cmp::Reverse(*k)))
                .filter(|k| shared(&self.beats[*k].span, &span) > 0);
            match known {
                Some(k) if self.beats[k].who == who => continue,
                Some(k) => {
                    self.beats[k].scenery = None;
                    self.beats[k].part = None;
                    self.beats[k].who = who;
                }
                None => self.add(BeatReading { span: span.clone(), who, action, ..BeatReading::default() }),
            }
            taken.push(span);
        }
        taken
    }

    /// The only member of the cast that goes by the name.
    fn named(&self, name: &str) -> Option<usize> {
        let name = name.trim().to_lowercase();
        let bare = name
            .split_once(' ')
            .filter(|(first, _)| among("a an the", first))
            .map_or(name.as_str(), |(_, rest)| rest);
        let mut found = (0..self.cast.len())
            .filter(|k| self.cast[*k].name.to_lowercase() == bare || self.cast[*k].word == bare);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Puts a beat in its place in the order of the script.
    fn add(&mut self, mut beat: BeatReading) {
        let at = self.beats.partition_point(|known| known.span.start <= beat.span.start);
        beat.sentence = at.checked_sub(1).map_or(0, |before| self.beats[before].sentence);
        self.beats.insert(at, beat);
        let moved = self.lines.iter_mut().filter_map(|line| line.beat.as_mut());
        for index in moved.chain(self.changes.iter_mut().map(|change| &mut change.beat)) {
            *index += usize::from(*index >= at);
        }
    }
}

/// The base form of the verb, if a form of it stands in the words.
fn verb_in(words: &str, verb: &str) -> Option<String> {
    let wanted = verb.trim().to_lowercase();
    let base = syntax::verb_base(&wanted).unwrap_or(wanted);
    words
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-')
        .filter(|word| !word.is_empty())
        .any(|word| {
            word.eq_ignore_ascii_case(&base)
                || syntax::verb_base(&word.to_lowercase()).is_some_and(|b| b == base)
        })
        .then_some(base)
}

/// How many bytes two spans share.
fn shared(a: &Range<usize>, b: &Range<usize>) -> usize {
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    const TEXT: &str =
        "A giant drops a button. The button rolls away and a child laughs. It lands in a river.";

    fn advised(quote: &str, who: &[&str], action: &str) -> AdvisedBeat {
        let who = who.iter().map(|name| (*name).to_owned()).collect();
        AdvisedBeat { quote: quote.into(), who, action: action.into() }
    }

    fn actors(reading: &Reading, action: &str) -> Vec<String> {
        let beat = reading.beats.iter().find(|beat| beat.action == action).expect("the beat is read");
        beat.who.iter().map(|k| reading.cast[*k].word.clone()).collect()
    }

    #[test]
    fn who_acts_is_taken_from_advice_that_can_be_checked() {
        let mut reading = read(TEXT);
        let taken = reading.take_advice(TEXT, &[advised("It lands in a river", &["the child"], "lands")]);
        let quoted: Vec<&str> = taken.into_iter().map(|span| &TEXT[span]).collect();
        assert_eq!(quoted, ["It lands in a river"]);
        assert_eq!(actors(&reading, "land"), ["child"]);
    }

    #[test]
    fn what_is_not_in_the_script_is_passed_over() {
        let untouched = read(TEXT);
        let mut reading = read(TEXT);
        let taken = reading.take_advice(
            TEXT,
            &[
                advised("It sinks in a lake", &["child"], "sinks"),
                advised("It lands in a river", &["dragon"], "lands"),
                advised("It lands in a river", &["child"], "explodes"),
                advised("It lands in a river", &[], "lands"),
                advised("", &["child"], "lands"),
            ],
        );
        assert!(taken.is_empty());
        assert_eq!(reading.beats, untouched.beats);
    }

    #[test]
    fn an_event_that_was_missed_comes_in_its_place() {
        let mut reading = read(TEXT);
        reading.beats.retain(|beat| beat.action != "laugh");
        reading.take_advice(TEXT, &[advised("a child laughs", &["child"], "laugh")]);
        let order: Vec<&str> = reading.beats.iter().map(|beat| beat.action.as_str()).collect();
        assert_eq!(order, ["drop", "roll", "laugh", "land"]);
    }
}
