//! Where things are at home: the place of a film whose script names none, by the words that it does use.

use std::{collections::HashMap, sync::OnceLock};

use serde::Deserialize;

use super::kinds;

#[derive(Deserialize)]
struct Row {
    kind: String,
    words: String,
}

struct Table {
    rows: Vec<Row>,
    /// Words to the rows that list them.
    words: HashMap<String, Vec<usize>>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows: Vec<Row> = ron::from_str(include_str!("../../../../assets/story/settings.ron"))
            .expect("the embedded table of settings is valid");
        let mut words: HashMap<String, Vec<usize>> = HashMap::new();
        for (k, row) in rows.iter().enumerate() {
            for word in row.words.split_whitespace() {
                words.entry(word.to_owned()).or_default().push(k);
            }
        }
        Table { rows, words }
    })
}

/// The kind of place that most of the words belong to, if any does. `words` are in their base form; the name of a place
/// ("a desert pad") counts as two.
pub(crate) fn setting<'a>(words: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let table = table();
    let mut votes = vec![0; table.rows.len()];
    for word in words {
        for row in table.words.get(word).into_iter().flatten() {
            votes[*row] += 1;
        }
        if let Some(row) =
            kinds().place_named(word).and_then(|kind| table.rows.iter().position(|r| r.kind == kind))
        {
            votes[row] += 2;
        }
    }
    let most = votes.iter().copied().max().filter(|most| *most > 0)?;
    let row = votes.iter().position(|count| *count == most)?;
    Some(&table.rows[row].kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_a_kind_of_place() {
        for row in &table().rows {
            assert!(kinds().place(&row.kind).is_some(), "{}", row.kind);
        }
    }

    #[test]
    fn most_words_win() {
        let at = |text: &str| setting(text.split(' '));
        assert_eq!(at("barista pour milk coffee"), Some("cafe"));
        assert_eq!(at("girl candle birthday cake family"), Some("living-room"));
        assert_eq!(at("snake desert sand"), Some("desert"));
        assert_eq!(at("somebody think"), None);
    }
}
