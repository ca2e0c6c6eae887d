//! What the stage has a model of: the words of `assets/things`, and the nearest of them by what a word is a kind of.

use std::{collections::HashMap, sync::OnceLock};

use crate::lexicon::{Synset, lexicon};

/// The stage's tables, of which only the names matter here.
const TABLES: &[&str] = &[
    include_str!("../../../../assets/things/vehicles.toml"),
    include_str!("../../../../assets/things/craft.toml"),
    include_str!("../../../../assets/things/furniture.toml"),
    include_str!("../../../../assets/things/props.toml"),
    include_str!("../../../../assets/things/food.toml"),
    include_str!("../../../../assets/things/instruments.toml"),
    include_str!("../../../../assets/things/landmarks.toml"),
];

struct Things {
    /// Words to rows.
    words: HashMap<String, String>,
    /// Meanings of the words, and of what they are kinds of, to rows.
    meanings: [HashMap<Synset, String>; 2],
}

fn things() -> &'static Things {
    static THINGS: OnceLock<Things> = OnceLock::new();
    THINGS.get_or_init(|| {
        let words: Vec<(String, String)> = TABLES.iter().flat_map(|table| names(table)).collect();
        let mut meanings: [HashMap<Synset, String>; 2] = Default::default();
        for (word, row) in &words {
            let Some(sense) = lexicon().senses(&word.replace(' ', "_")).find(|sense| *sense != 0) else {
                continue;
            };
            meanings[0].entry(sense).or_insert_with(|| row.clone());
            for above in lexicon().hypernyms(sense) {
                meanings[1].entry(*above).or_insert_with(|| row.clone());
            }
        }
        Things { words: words.into_iter().collect(), meanings }
    })
}

/// The words of a table with their rows: `[row]` and the list `also` under it, each on one line.
fn names(table: &str) -> Vec<(String, String)> {
    let (mut row, mut out) = (String::new(), Vec::new());
    for line in table.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut row);
            out.push((name.replace('-', " "), row.clone()));
        } else if let Some(list) = line.strip_prefix("also = [") {
            let words = list.split('"').skip(1).step_by(2);
            out.extend(words.map(|word| (word.replace('-', " "), row.clone())));
        }
    }
    out
}

/// Whether the stage has a model of what the words name: their longest ending that a table lists.
pub(crate) fn has_thing(words: &str) -> bool {
    let words = words.to_lowercase().replace(['_', '-'], " ");
    let words: Vec<&str> = words.split_whitespace().collect();
    (0..words.len()).any(|k| {
        let ending = words[k..].join(" ");
        let singular = ending.strip_suffix('s').unwrap_or(&ending);
        things().words.contains_key(&ending) || things().words.contains_key(singular)
    })
}

/// Whether the words as they stand name a thing that the stage has a model of.
pub(crate) fn names_thing(words: &str) -> bool {
    things().words.contains_key(words)
}

/// The thing that is shown for a word of which the stage has no model: one that is a kind of the same.
pub(crate) fn thing_like(word: &str) -> Option<String> {
    for sense in lexicon().senses(word).filter(|sense| *sense != 0).take(2) {
        let mut level = vec![sense];
        // Its kinds may be far above it; a sibling under them only next to it.
        for steps in 0..4 {
            for meanings in &things().meanings[..if steps < 2 { 2 } else { 1 }] {
                if let Some(row) = level.iter().find_map(|synset| meanings.get(synset)) {
                    return Some(row.clone());
                }
            }
            level = level.iter().flat_map(|synset| lexicon().hypernyms(*synset)).copied().collect();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_read_by_their_names() {
        assert!(things().words.len() > 600, "{}", things().words.len());
        assert!(has_thing("bright red balloon") && has_thing("hot-air balloon") && has_thing("candles"));
        assert!(!has_thing("frobnicator") && !has_thing("sadness"));
        assert_eq!(things().words["violin"], "violin");
    }

    #[test]
    fn what_has_no_model_is_shown_as_its_next_of_kin() {
        assert_eq!(thing_like("xylophone"), Some("drum".into()));
        assert_eq!(thing_like("frobnicator"), None);
        for word in ["tureen", "chaise", "pistachio", "cutlass"] {
            assert!(thing_like(word).is_some(), "{word}");
        }
    }
}
