//! Words of mood: those that the script uses of the film, and the feelings that its story carries.

use std::{collections::HashMap, ops::Range, sync::OnceLock};

use serde::Deserialize;

use super::phrases::Phrase;
use crate::syntax::{Tag, Token};

#[derive(Deserialize)]
struct Row {
    feeling: String,
    valence: f64,
    energy: f64,
    words: String,
    tells: String,
}

struct Table {
    rows: Vec<Row>,
    words: HashMap<String, usize>,
    tells: HashMap<String, usize>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows: Vec<Row> = ron::from_str(include_str!("../../../../assets/story/moods.ron"))
            .expect("the embedded table of moods is valid");
        let index = |list: fn(&Row) -> &str| {
            let mut index = HashMap::new();
            for (k, row) in rows.iter().enumerate() {
                for word in list(row).split_whitespace() {
                    index.entry(word.to_owned()).or_insert(k);
                }
            }
            index
        };
        Table { words: index(|row| &row.words), tells: index(|row| &row.tells), rows }
    })
}

/// How the film feels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mood {
    /// Words that the script uses of the film, a scene or its light, in order, with where they stand.
    pub said: Vec<(String, Range<usize>)>,
    /// Feelings that words and story carry, the strongest first: `"tense"`, `"joyful"`.
    pub feelings: Vec<String>,
    /// From -1, dark, to 1, bright.
    pub valence: f64,
    /// From 0, still, to 1, frantic.
    pub energy: f64,
}

/// Most words of mood that are kept.
const MOST_SAID: usize = 24;
/// Nouns that a word of mood speaks of.
const FEEL: &str = "mood moods tone atmosphere feel feeling feelings vibe vibes ambience ambiance energy";
const OF_THE_FILM: &str = "music film movie short clip video advert ad commercial trailer story western thriller comedy drama documentary \
    illustration fable tale adventure romance mystery sitcom animation style look ending finale lighting score soundtrack \
    slapstick melodrama";

/// Reads the mood from all words of a script and the phrases of film language among them.
pub(super) fn read(tokens: &[Token], cues: &[Phrase]) -> Mood {
    let table = table();
    let mut mood = Mood::default();
    let mut weights = vec![0.0_f64; table.rows.len()];
    let mut begin = 0;
    let mut sentence_begin = 0;
    let mut sentence_end = tokens.iter().position(|t| t.is_stop() || t.is_newline()).unwrap_or(tokens.len());
    let mut cue = 0;
    for end in 0..=tokens.len() {
        let at_end = end == tokens.len();
        let closes = at_end || tokens[end].is_break();
        if !closes {
            continue;
        }
        let stop = at_end || tokens[end].is_stop() || tokens[end].is_newline();
        if begin > sentence_end {
            sentence_end = (begin..tokens.len())
                .find(|k| tokens[*k].is_stop() || tokens[*k].is_newline())
                .unwrap_or(tokens.len());
        }
        let told =
            tokens[sentence_begin..sentence_end.min(sentence_begin + 200)].iter().any(|t| t.tag.is_finite());
        while cue < cues.len() && tokens.get(begin).is_some_and(|t| cues[cue].span.end <= t.span.start) {
            cue += 1;
        }
        segment(&tokens[begin..end], &cues[cue..cues.len().min(cue + 8)], told, &mut mood);
        begin = end + 1;
        if stop {
            sentence_begin = begin;
        }
    }
    for (word, _) in &mood.said {
        if let Some(row) = table.words.get(word) {
            weights[*row] += 3.0;
        }
    }
    for token in tokens {
        let row = table.tells.get(&token.lemma).or_else(|| table.tells.get(&token.low));
        let named =
            table.words.get(&token.low).filter(|_| token.tag.is_adjective() || token.tag == Tag::Adverb);
        for row in row.into_iter().chain(named) {
            weights[*row] += 1.0;
        }
    }
    let mut ranked: Vec<usize> = (0..weights.len()).filter(|k| weights[*k] > 0.0).collect();
    ranked.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]).then(a.cmp(b)));
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        mood.valence = table.rows.iter().zip(&weights).map(|(row, w)| row.valence * w).sum::<f64>() / total;
        mood.energy = table.rows.iter().zip(&weights).map(|(row, w)| row.energy * w).sum::<f64>() / total;
    }
    mood.feelings = ranked.into_iter().take(3).map(|k| table.rows[k].feeling.clone()).collect();
    mood
}

/// One stretch between marks: "Tense", "calm and patient mood", "with an eerie atmosphere".
fn segment(tokens: &[Token], cues: &[Phrase], told: bool, mood: &mut Mood) {
    let table = table();
    let covered = |t: &Token| {
        cues.iter().any(|cue| {
            cue.slot.is_direction() && cue.span.start <= t.span.start && t.span.start < cue.span.end
        })
    };
    let words: Vec<(usize, &Token)> = tokens
        .iter()
        .enumerate()
        .filter(|(_, t)| t.tag != Tag::Space && t.tag != Tag::Hyphen && !covered(t))
        .collect();
    let filler = |t: &Token| {
        matches!(t.tag, Tag::Coordinator | Tag::Determiner | Tag::AdverbComparative)
            || matches!(
                t.low.as_str(),
                "then"
                    | "very"
                    | "but"
                    | "bit"
                    | "slightly"
                    | "a"
                    | "more"
                    | "later"
                    | "finally"
                    | "yet"
                    | "quite"
                    | "at"
                    | "first"
                    | "so"
                    | "overall"
                    | "mood"
                    | "and"
                    | "deeply"
                    | "quietly"
                    | "darkly"
                    | "softly"
                    | "almost"
            )
            || super::among(FEEL, &t.low)
    };
    let describes = |t: &Token| t.tag.is_adjective() || table.words.contains_key(&t.low);
    let known = |t: &Token| table.words.contains_key(&t.low);
    let alone = !words.is_empty()
        && words.len() <= 6
        && words.iter().all(|(_, t)| describes(t) || filler(t))
        && words.iter().any(|(_, t)| describes(t))
        && (!told || words.iter().filter(|(_, t)| describes(t)).all(|(_, t)| known(t)));
    let mut add = |t: &Token, at: usize| {
        // "awe-inspiring", "light-hearted" stand as one word.
        let mut word = t.low.clone();
        let mut span = t.span.clone();
        if at >= 2 && tokens[at - 1].tag == Tag::Hyphen {
            word = format!("{}-{word}", tokens[at - 2].low);
            span.start = tokens[at - 2].span.start;
        }
        if mood.said.len() < MOST_SAID && !mood.said.iter().any(|(w, _)| *w == word) {
            mood.said.push((word, span));
        }
    };
    let parts = |at: usize| tokens.get(at + 1).is_some_and(|t| t.tag == Tag::Hyphen);
    if alone {
        for (at, t) in &words {
            if describes(t)
                && !parts(*at)
                && !super::among("same other natural only static handheld vertical square wide", &t.low)
            {
                add(t, *at);
            }
        }
        return;
    }
    for (k, (_, noun)) in words.iter().enumerate() {
        let feel = super::among(FEEL, &noun.low);
        let of_the_film = super::among(OF_THE_FILM, &noun.low) && noun.tag.is_noun();
        if !(feel || of_the_film) {
            continue;
        }
        let run = words[..k]
            .iter()
            .rev()
            .take_while(|(_, t)| describes(t) || matches!(t.low.as_str(), "and" | "but" | "," | "-"));
        let run: Vec<_> = run.filter(|(_, t)| describes(t) && (feel || known(t))).collect();
        for (at, t) in run.into_iter().rev() {
            if !parts(*at) {
                add(t, *at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::read;

    fn said(text: &str) -> Vec<String> {
        read::read(text).mood.said.into_iter().map(|(word, _)| word).collect()
    }

    #[test]
    fn moods_are_those_of_the_film_not_of_its_people() {
        assert_eq!(said("A nurse walks. Eerie, claustrophobic, no blood."), ["eerie", "claustrophobic"]);
        assert_eq!(said("A heron waits, calm and patient mood, no people."), ["calm", "patient"]);
        assert_eq!(said("A fox sleeps. Tense, then joyful."), ["tense", "joyful"]);
        assert_eq!(said("A hand, long and grey, slides out. A happy boy waves."), [""; 0]);
    }
}
