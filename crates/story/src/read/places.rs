//! Where it happens, and what stands in the distance.

use std::ops::Range;

use super::{
    Heading, Location, Reader, Slot, among,
    beats::{Event, Form},
    mentions::Mention,
    script::Opening,
};
use crate::{
    map::{Class, PlaceKind, kinds},
    syntax::Tag,
};

/// Whether who is there, by the preposition, is outside: "flies around a church".
fn passes_by(preposition: &str) -> bool {
    among("around round past over above toward towards near", preposition)
}

const SETTING_PREPOSITIONS: &str = "in on at through across over along into inside by near to toward towards down up around beneath under above onto of within amid among outside beside past between off from";

impl Reader<'_> {
    /// The places of a screenplay's headings.
    pub(super) fn open(&mut self, headings: &[Opening]) {
        for heading in headings {
            let words = self.text[heading.place.clone()].to_lowercase();
            // "RADIO STATION - STUDIO" is in the studio, "JONAS'S CAR" a car.
            let last = words
                .rsplit([',', '-', '–', '—', '/'])
                .find(|part| !part.trim().is_empty())
                .unwrap_or(&words);
            let nouns: Vec<&str> = last.split_whitespace().collect();
            let word = nouns
                .last()
                .copied()
                .unwrap_or("place")
                .trim_matches(|c: char| !c.is_alphanumeric())
                .to_owned();
            let lemma = crate::syntax::singular(&word);
            let compound = nouns.len().checked_sub(2).map(|k| format!("{}_{lemma}", nouns[k]));
            let at = self.reading.places.iter().position(|place| place.name == words).unwrap_or_else(|| {
                let row = kinds().place_kind(&lemma, &word, compound.as_deref());
                let assumed = if heading.indoor == Some(true) { "living-room" } else { "meadow" };
                self.reading.places.push(Location {
                    kind: row.map_or(assumed, |row| &row.kind).to_owned(),
                    approximate: !kinds().lists_place(&lemma, &word, compound.as_deref()),
                    name: words.clone(),
                    word: lemma,
                    spans: Vec::new(),
                });
                self.reading.places.len() - 1
            });
            self.reading.places[at].spans.push(heading.place.clone());
            self.reading.headings.push(Heading { span: heading.span.clone(), place: at });
        }
    }

    /// Places and what stands in the distance.
    pub(super) fn locate(&mut self, events: &[Event]) {
        let any_person = self.mentions.iter().any(|m| m.class.acts());
        for (index, mention) in self.mentions.iter().enumerate() {
            let head = &self.tokens[mention.head];
            let before = mention.begin.checked_sub(1).map_or("", |k| self.tokens[k].low.as_str());
            let distant = self.distant(mention);
            let span = self.span(mention.begin, mention.end);
            if mention.negated {
                continue;
            }
            let narrower = self.is_around_a_place(index);
            let compound = mention.compound.as_deref();
            let row = || kinds().place_kind(&mention.lemma, &head.low, compound);
            let passed_by = passes_by(before) && row().is_some_and(|kind| kind.outside.is_some());
            if let Some(row) = kinds().backdrop(&mention.lemma, &head.low, compound) {
                let setting = matches!(mention.class, Class::Place)
                    && among(SETTING_PREPOSITIONS, before)
                    && !matches!(before, "of" | "above" | "between" | "near" | "beside")
                    && !(distant || narrower || passed_by);
                if !setting || row.landmark {
                    let kind = row.kind.clone();
                    let snowy = (mention.begin..mention.end).any(|k| self.tokens[k].low.starts_with("snow"));
                    let kind = if kind == "trees" && snowy { "conifers".to_owned() } else { kind };
                    if !self.reading.backdrop.iter().any(|(k, _)| *k == kind) {
                        self.reading.backdrop.push((kind, span.clone()));
                    }
                    if distant || narrower || mention.class == Class::Nature {
                        continue;
                    }
                }
            }
            if mention.class != Class::Place || distant {
                continue;
            }
            let Some(kind) = kinds().place_kind(&mention.lemma, &head.low, compound) else { continue };
            let listed = kinds().lists_place(&mention.lemma, &head.low, compound);
            let door = mention.begin.checked_sub(2).map_or("", |k| self.tokens[k].low.as_str());
            let before_it = matches!(before, "outside")
                || before == "of" && matches!(door, "front" | "outside")
                || passes_by(before)
                || self.is_seen_from_the_air() && !matches!(before, "in" | "inside" | "into" | "through");
            let outside = kind.outside.as_deref().filter(|_| before_it).and_then(|kind| kinds().place(kind));
            // "A church on a rocky coast", from the air: it stands in the picture of the coast.
            if outside.is_some() && self.is_elsewhere(index) {
                if !self.reading.backdrop.iter().any(|(known, _)| *known == kind.kind) {
                    self.reading.backdrop.push((kind.kind.clone(), span));
                }
                continue;
            }
            let above = kind.above.as_deref().filter(|_| !any_person && self.is_seen_from_the_air());
            let kind = outside.or_else(|| kinds().place(above?)).unwrap_or(kind);
            // A place that nobody is in, on or at is a place only if the text has no better: "a house" beside a man.
            let inside = among(SETTING_PREPOSITIONS, before) && before != "of"
                || outside.is_some()
                || before == "of" && self.is_edge_of(mention)
                || self.is_crossed(mention);
            let known = self.reading.places.iter().position(|p| p.word == mention.lemma);
            // "a city street … the road": the same, said again.
            let known = known.or_else(|| {
                let alone = mention.begin + 1 == mention.head;
                let way = mention.definite && alone && among("road street", &mention.lemma);
                let street =
                    |p: &Location| p.kind.ends_with("-street") && among("street road avenue", &p.word);
                self.reading.places.iter().rposition(street).filter(|_| way)
            });
            let leads = Self::leads(events, mention) && (!any_person || self.opens_a_line(mention));
            if known.is_none() && !inside && !self.led(mention) && !leads {
                continue;
            }
            let at = known.unwrap_or_else(|| {
                self.reading.places.push(Location {
                    name: self.name(mention),
                    word: mention.lemma.clone(),
                    kind: if kind.kind == "sea" && self.is_bottom_of(mention) {
                        "reef".to_owned()
                    } else {
                        kind.kind.clone()
                    },
                    approximate: !listed,
                    spans: Vec::new(),
                });
                self.reading.places.len() - 1
            });
            self.reading.places[at].spans.push(span);
            // Who is on a bridge in a valley is on the bridge.
            self.location_of[index] = (!narrower).then_some(at);
        }
        if self.reading.places.is_empty() {
            self.locate_anywhere();
        }
        self.lead_the_road();
        let places = &self.reading.places;
        self.reading.backdrop.retain(|(kind, _)| {
            let own = [kind.clone(), format!("{kind}-front")];
            !places.iter().any(|place| own.contains(&place.kind))
        });
    }

    /// Whether the camera flies or goes around what it shows.
    fn is_seen_from_the_air(&self) -> bool {
        self.reading.cues.iter().any(|cue| match cue.slot {
            Slot::Angle => cue.value == "aerial",
            Slot::Move => cue.value == "drone" || cue.value.starts_with("orbit"),
            _ => false,
        })
    }

    /// Whether the text names a place in nature besides the mention.
    fn is_elsewhere(&self, index: usize) -> bool {
        self.mentions.iter().enumerate().any(|(other, mention)| {
            let low = &self.tokens[mention.head].low;
            let kind = || kinds().place_kind(&mention.lemma, low, mention.compound.as_deref());
            other != index
                && mention.class == Class::Place
                && !mention.negated
                && kind().is_some_and(|kind| !kind.indoor && !kind.urban && kind.outside.is_none())
        })
    }

    /// Whether somebody is in, on or at the place, not only near it or over it.
    pub(super) fn is_strong(&self, m: usize) -> bool {
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
                && matches!(self.text[cue.span.end..start].trim(), "" | "of" | ":")
        })
    }

    /// With no place in a setting phrase, the first noun that names a place is the setting.
    fn locate_anywhere(&mut self) {
        let first = self.mentions.iter().enumerate().find_map(|(index, m)| {
            let row = (m.class == Class::Place && !m.negated)
                .then(|| kinds().place_kind(&m.lemma, &self.tokens[m.head].low, m.compound.as_deref()))??;
            Some((index, row))
        });
        if let Some((index, kind, words)) = self.furnished().filter(|_| first.is_none()) {
            let span = self.span(words.start, words.end);
            self.reading.places.push(Location {
                name: self.text[span.clone()].to_lowercase(),
                word: self.tokens[words.end - 1].lemma.clone(),
                kind: kind.kind.clone(),
                approximate: false,
                spans: vec![span],
            });
            self.location_of[index] = Some(0);
        }
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

    /// "A road on a mountain slope", "a dirt road surrounded by pines": the road that leads there.
    fn lead_the_road(&mut self) {
        let is_road =
            |place: &Location| place.kind == "country-road" && among("road lane track", &place.word);
        let Some(road) = self.reading.places.iter().position(is_road) else { return };
        let climbs = |place: &Location| matches!(place.kind.as_str(), "mountains" | "hills");
        let wooded = |place: &Location| matches!(place.kind.as_str(), "forest" | "autumn-forest");
        let next = self.reading.places.get(road + 1);
        let trees =
            self.reading.backdrop.iter().find(|(kind, _)| matches!(kind.as_str(), "conifers" | "trees"));
        let around = trees.is_some_and(|(_, span)| {
            let before = self.text[..span.start].trim_end().to_lowercase();
            ["surrounded by", "lined with", "lined by", "flanked by", "through"]
                .iter()
                .any(|words| before.ends_with(words))
        });
        let kind = if next.is_some_and(climbs) && !around {
            "mountain-road"
        } else if around || next.is_some_and(wooded) {
            "forest-road"
        } else {
            return;
        };
        kind.clone_into(&mut self.reading.places[road].kind);
    }

    /// "At a dining room table", "a kitchen counter": the place that something belongs to.
    fn furnished(&self) -> Option<(usize, &'static PlaceKind, Range<usize>)> {
        const FURNITURE: &str =
            "table counter bed desk window door doorway floor wall sofa couch chair corner sink shelf";
        self.mentions.iter().enumerate().find_map(|(index, mention)| {
            let said = !mention.negated && among(FURNITURE, &mention.lemma) && mention.head > mention.begin;
            let before = mention.head.checked_sub(1).filter(|_| said)?;
            let (low, lemma) = (&self.tokens[before].low, &self.tokens[before].lemma);
            let compound = (before > mention.begin).then(|| format!("{}_{low}", self.tokens[before - 1].low));
            let kind = kinds().place_kind(lemma, low, compound.as_deref())?;
            let listed = kind.indoor && kinds().lists_place(lemma, low, compound.as_deref());
            let joined = compound.is_some_and(|words| kinds().lists_place(&words, &words, None));
            listed.then_some((index, kind, before - usize::from(joined)..before + 1))
        })
    }

    /// Whether the mention opens an event: "A quiet harbour at dawn".
    fn leads(events: &[Event], mention: &Mention) -> bool {
        let at = events.partition_point(|event| event.begin <= mention.begin);
        at.checked_sub(1)
            .is_some_and(|k| events[k].begin + 1 >= mention.begin && events[k].form == Form::Fragment)
    }

    /// "at the edge of a dark forest", "the heart of the city".
    fn is_edge_of(&self, mention: &Mention) -> bool {
        mention.begin.checked_sub(2).is_some_and(|k| {
            among("edge middle centre center heart top bottom bank shore coast side end foot outskirts corner metres meters streets depths floor roof door doorstep gate ceiling window street square alleys lanes", &self.tokens[k].low)
        })
    }

    /// "at the bottom of the sea": under water, where "in the sea" is in its waves.
    fn is_bottom_of(&self, mention: &Mention) -> bool {
        let of = |k: usize| self.tokens[k + 1].low == "of";
        let below = |k: usize| among("bottom floor bed depths", &self.tokens[k].low);
        mention.begin.checked_sub(2).is_some_and(|k| of(k) && below(k))
    }

    /// "climbs a steep street", "enters the cave": a verb that takes its place as its object.
    fn is_crossed(&self, mention: &Mention) -> bool {
        mention.begin.checked_sub(1).is_some_and(|k| {
            self.tokens[k].tag.is_verb()
                && among("climb cross enter leave reach descend roam explore ride visit fill flood circle ascend traverse haunt", &self.tokens[k].lemma)
        })
    }

    /// Whether the mention tells where the place just before it is: "a bridge in the mountains" is a bridge.
    fn is_around_a_place(&self, index: usize) -> bool {
        let (Some(before), begin) = (index.checked_sub(1), self.mentions[index].begin) else { return false };
        let link = begin.checked_sub(1).map_or("", |k| self.tokens[k].low.as_str());
        self.location_of[before].is_some()
            && self.mentions[before].end + 1 == begin
            && among("in on by near beside among amid under below above at outside overlooking", link)
    }

    /// Whether the mention is all that its stretch of a verbless sentence speaks of: "Lisbon, late afternoon, …".
    fn opens_a_line(&self, mention: &Mention) -> bool {
        let first = mention.begin == 0 || self.tokens[mention.begin - 1].is_break();
        first
            && self
                .tokens
                .get(mention.end)
                .is_none_or(|t| t.is_break() || matches!(t.tag, Tag::Preposition | Tag::Number))
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
}
