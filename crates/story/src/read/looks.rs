//! What things look like and where they stand: clothes, coats, colours, relations in space.

use super::{Reader, Slot, among, beats::Event, mentions::COLOURS};
use crate::{map::Class, syntax::Tag};

/// Prepositions of place that tell how two things stand to each other; those of several words with `_`.
const PLACING: &str = "on in under behind beside above below between near by around against over inside outside beneath at along across \
    among through in_front_of next_to on_top_of to_the_left_of to_the_right_of close_to underneath atop opposite beyond within \
    to_the_side_of at_the_edge_of past onto into towards toward";

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
                let value = appearance.entry(side.to_owned()).or_default();
                if !value.split(' ').any(|w| w == word) {
                    if !value.is_empty() {
                        value.push(' ');
                    }
                    value.push_str(word);
                }
            }
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

    /// "The fire turns blue": colours that a verb gives.
    pub(super) fn colour_by_verb(&mut self) {
        for beat in &self.reading.beats {
            if !among("turn become be glow grow shine flush", &beat.action) {
                continue;
            }
            let words = &self.text[beat.span.clone()];
            let last = words
                .split(|c: char| !c.is_alphanumeric())
                .rfind(|w| !w.is_empty())
                .unwrap_or("")
                .to_lowercase();
            let subject =
                beat.who.first().map(|c| self.reading.cast[*c].word.clone()).or_else(|| beat.scenery.clone());
            if let Some(subject) = subject.filter(|_| among(COLOURS, &last)) {
                self.reading.colours.push((last, subject));
            }
        }
    }

    /// Which things stand how to which others.
    pub(super) fn relate(&mut self, events: &[Event]) {
        for b in 1..self.mentions.len() {
            let mention = &self.mentions[b];
            let Some((preposition, start)) = self.preposition_before(mention.begin) else { continue };
            let event = events.partition_point(|e| e.begin <= mention.begin);
            let Some(event) = event.checked_sub(1).map(|k| &events[k]) else { continue };
            if start < event.begin {
                continue;
            }
            let word = |m: usize| self.entity_word(m);
            let mut others: Vec<String> = Vec::new();
            // "a cat on a table": what stands just before; "a cat sits on a table": the subject.
            for a in (0..b).rev().take_while(|a| self.mentions[*a].begin >= event.begin) {
                let near = self.mentions[a].end == start;
                let subject =
                    self.mentions[a].head < start && event.verb.is_none_or(|v| self.mentions[a].head < v);
                if near || subject {
                    others.push(word(a));
                }
            }
            if others.is_empty() {
                let end = self.tokens[start].span.start;
                let next = self.reading.beats.partition_point(|beat| beat.span.start <= end);
                let beat = next
                    .checked_sub(1)
                    .map(|b| &self.reading.beats[b])
                    .filter(|beat| beat.span.contains(&end));
                if let Some(beat) = beat {
                    others.extend(beat.who.iter().map(|c| self.reading.cast[*c].word.clone()));
                    others.extend(beat.scenery.clone());
                }
            }
            let to = word(b);
            for other in others {
                if other != to {
                    self.reading.relations.push([other, preposition.clone(), to.clone()]);
                }
            }
        }
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
