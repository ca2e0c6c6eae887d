//! What changes in the course of a shot: "from dawn to dusk", "winter turns into spring", "the leaves change from red to green",
//! "the sky turns orange".

use std::ops::Range;

use super::{
    Phrase, Slot,
    mentions::{COLOURS, Mention, among},
};
use crate::syntax::Token;

/// Verbs that say that something becomes different.
const BECOMES: &str = "turn change shift fade go become grow melt blush flush morph darken";
/// Words between the beginning and the end of a change: "from a deep red to …".
const REACH: usize = 5;

/// Something that is different at the end of the shot.
#[derive(Clone, Debug, PartialEq)]
pub struct Development {
    /// What changes: `"time"`, `"season"`, `"weather"`, or the noun whose colour does.
    pub what: String,
    /// How it was: a value of the storyboard for time, season and weather, otherwise the word. Empty when not said.
    pub from: String,
    /// How it becomes.
    pub to: String,
    /// The words.
    pub span: Range<usize>,
}

/// What one end of a change names.
#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Time,
    Season,
    Weather,
    Colour,
}

/// All changes, in order.
pub(super) fn developments(tokens: &[Token], mentions: &[Mention], cues: &[Phrase]) -> Vec<Development> {
    let mut found: Vec<Development> = Vec::new();
    for (k, token) in tokens.iter().enumerate() {
        let ends = match token.low.as_str() {
            "to" | "into" => {
                let before = (k.saturating_sub(REACH)..k).rev().take_while(|at| !tokens[*at].is_break());
                let from = before.clone().find(|at| tokens[*at].low == "from");
                let verb = before.clone().find(|at| among(BECOMES, &tokens[*at].lemma));
                match (from, verb) {
                    (Some(from), _) => (named(tokens, cues, from + 1..k), named(tokens, cues, k + 1..k + 4)),
                    // "Winter turns into spring", "the sky fades to purple".
                    (None, Some(verb)) => {
                        let early = before.clone().last().unwrap_or(verb).min(verb);
                        let first = named(tokens, cues, early..verb).filter(|end| end.sort != Sort::Colour);
                        (first, named(tokens, cues, k + 1..k + 4))
                    }
                    _ => continue,
                }
            }
            // "The leaves turn red", "the sky goes dark red".
            _ if token.tag.is_verb() && among(BECOMES, &token.lemma) => {
                let straight = (k + 1..tokens.len().min(k + 4))
                    .take_while(|at| {
                        !matches!(tokens[*at].low.as_str(), "to" | "into" | "from") && !tokens[*at].is_break()
                    })
                    .last();
                (
                    None,
                    straight
                        .and_then(|last| named(tokens, cues, k + 1..last + 1))
                        .filter(|end| end.sort == Sort::Colour),
                )
            }
            _ => continue,
        };
        let (from, Some(to)) = ends else { continue };
        if from.as_ref().is_some_and(|from| from.sort != to.sort)
            || (from.is_none() && to.sort != Sort::Colour)
        {
            continue;
        }
        let what = match to.sort {
            Sort::Time => "time".to_owned(),
            Sort::Season => "season".to_owned(),
            Sort::Weather => "weather".to_owned(),
            Sort::Colour => {
                let begin = from.as_ref().map_or(k, |from| from.at);
                let last = mentions.partition_point(|mention| mention.head < begin);
                let subject = mentions[..last].iter().rev().find(|mention| {
                    !among(COLOURS, &mention.lemma) && tokens[mention.head].sentence == tokens[k].sentence
                });
                let Some(subject) = subject else { continue };
                subject.lemma.clone()
            }
        };
        let begin = from.as_ref().map_or(k, |from| from.at);
        let span = tokens[begin].span.start..tokens[to.at].span.end;
        found.push(Development {
            what,
            from: from.map_or_else(String::new, |from| from.value),
            to: to.value,
            span,
        });
    }
    found
}

/// One end of a change.
struct End {
    sort: Sort,
    value: String,
    at: usize,
}

/// The first time, season, weather or colour among some tokens.
fn named(tokens: &[Token], cues: &[Phrase], range: Range<usize>) -> Option<End> {
    (range.start..range.end.min(tokens.len())).take_while(|at| !tokens[*at].is_break()).find_map(|at| {
        let token = &tokens[at];
        if among(COLOURS, &token.low) {
            return Some(End { sort: Sort::Colour, value: token.low.clone(), at });
        }
        let next = cues.partition_point(|cue| cue.span.start <= token.span.start);
        let cue = cues[..next].iter().rev().take(4).find(|cue| cue.span.contains(&token.span.start))?;
        let sort = match cue.slot {
            Slot::Time => Sort::Time,
            Slot::Season => Sort::Season,
            Slot::Weather => Sort::Weather,
            _ => return None,
        };
        Some(End { sort, value: cue.value.clone(), at })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_changes_is_told_from_what_turns_a_corner() {
        let found = |text: &str| -> Vec<[String; 3]> {
            let reading = crate::read(text);
            reading.developments.into_iter().map(|d| [d.what, d.from, d.to]).collect()
        };
        assert_eq!(found("The leaves change from red to green."), [["leaf", "red", "green"]]);
        assert_eq!(found("A harbour from dawn to dusk."), [["time", "dawn", "dusk"]]);
        assert_eq!(found("Winter turns into spring."), [["season", "winter", "spring"]]);
        assert_eq!(found("The girl blushes; the sky turns orange."), [["sky", "", "orange"]]);
        assert!(found("The car turns into a side street. He goes into the red house.").is_empty());
    }
}
