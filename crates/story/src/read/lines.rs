//! Who speaks the quoted words.

use super::{Line, Reader, script};

impl Reader<'_> {
    /// Gives every quotation its speaker: "… says the cook", "The cook says: …", or the last who acted.
    pub(super) fn speak(&mut self) {
        for k in 0..self.quotes.len() {
            let quote = &self.quotes[k];
            let words = self.text[quote.words.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
            let (beat, manner) = self.beat_of(k);
            if let Some(name) = quote.speaker.clone() {
                let low = self.text[name].trim().to_lowercase();
                let speaker = self.speaker_named(&low);
                self.reading.lines.push(Line {
                    speaker,
                    text: words,
                    span: quote.words.clone(),
                    manner: String::new(),
                    beat,
                });
                continue;
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
            if let Some(last) =
                self.reading.lines.last_mut().filter(|last| last.text.ends_with(',') && goes_on)
            {
                last.text = format!("{} {words}", last.text);
                last.span.end = quote.words.end;
                continue;
            }
            self.reading.lines.push(Line { speaker, text: words, span: quote.words.clone(), manner, beat });
        }
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
            if matches!(verb.as_str(), "say" | "reply" | "answer" | "ask" | "tell" | "add") {
                String::new()
            } else {
                verb.clone()
            }
        };
        // "…," she says.
        if next < beats.len() && beats[next].span.start < until_next && saying(next) {
            let between = &self.text[quote.end..beats[next].span.start];
            if between.chars().all(|c| c.is_whitespace() || matches!(c, ',' | '-' | '—' | '–')) {
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
