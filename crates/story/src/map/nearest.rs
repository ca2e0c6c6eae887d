//! The nearest thing by meaning: what no table and no hypernym knows is compared with the labels of what the stage can show.
//!
//! The labels are the rows of the tables: verbs ("to walk"), people, animals and vehicles ("a dog"), places ("a meadow").
//! Their vectors were embedded ahead of time (`assets/story/labels.f16`: for each label in order 384 components as
//! little-endian 16-bit floats); only the unknown word is embedded while planning.

use std::sync::OnceLock;

use film::Embedder;
use half::f16;
use serde::Deserialize;

use super::kinds;

/// Components of a vector.
const WIDTH: usize = 384;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Verb,
    Cast,
    Place,
}

/// The nearest label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Nearest {
    /// The verb, or the kind of the row.
    pub(crate) kind: String,
    /// The cosine of the angle between the two: 1 for the same meaning, about 0 for none in common.
    pub(crate) score: f64,
}

struct Label {
    sort: Sort,
    kind: String,
    /// As it is embedded.
    text: String,
}

#[derive(Deserialize)]
struct Verbs {
    verbs: Vec<VerbRow>,
}

#[derive(Deserialize)]
struct VerbRow {
    words: Vec<String>,
}

struct Table {
    labels: Vec<Label>,
    vectors: Vec<f32>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table {
        labels: all(),
        vectors: include_bytes!("../../../../assets/story/labels.f16")
            .as_chunks::<2>()
            .0
            .iter()
            .map(|bytes| f16::from_le_bytes(*bytes).to_f32())
            .collect(),
    })
}

fn verbs() -> &'static [String] {
    static VERBS: OnceLock<Vec<String>> = OnceLock::new();
    VERBS.get_or_init(|| {
        let table: Verbs = ron::from_str(include_str!("../../../../assets/motion/verbs.ron"))
            .expect("the embedded table of motions is valid");
        table.verbs.into_iter().flat_map(|row| row.words).filter(|word| !word.contains(' ')).collect()
    })
}

fn all() -> Vec<Label> {
    let verb = |word: &String| Label { sort: Sort::Verb, kind: word.clone(), text: format!("to {word}") };
    let mut labels: Vec<Label> = verbs().iter().map(verb).collect();
    for (sort, kind) in kinds().shown_kinds() {
        labels.push(Label { sort, text: format!("a {}", kind.replace(['_', '-'], " ")), kind });
    }
    labels
}

/// The labels in the order of their vectors, as they are embedded.
pub fn labels() -> Vec<String> {
    all().into_iter().map(|label| label.text).collect()
}

/// The verbs that the stage has motions for.
pub(crate) fn verb_words() -> Vec<String> {
    verbs().to_vec()
}

/// Whether the stage has a motion for the verb.
pub(crate) fn knows_verb(verb: &str) -> bool {
    verbs().iter().any(|known| known == verb)
}

/// The label nearest to a word. `None` where nothing can be embedded, or the vectors are of another model.
pub(crate) fn nearest(embedder: &dyn Embedder, sort: Sort, word: &str) -> Option<Nearest> {
    if embedder.dimensions() != WIDTH {
        return None;
    }
    let text = match sort {
        Sort::Verb => format!("to {word}"),
        Sort::Cast | Sort::Place => format!("a {}", word.replace('_', " ")),
    };
    let vector = embedder.embed(&[&text]).ok()?.pop()?;
    let table = table();
    table
        .labels
        .iter()
        .zip(table.vectors.chunks_exact(WIDTH))
        .filter(|(label, _)| label.sort == sort)
        .map(|(label, row)| (label, row.iter().zip(&vector).map(|(a, b)| f64::from(a * b)).sum::<f64>()))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(label, score)| Nearest { kind: label.kind.clone(), score })
}
