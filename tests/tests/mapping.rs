//! Words that no table knows find the nearest thing that the stage can show, by the embedder that ships.

use std::{fs, path::Path};

use film::{Embedder as _, NoteKind};
use neural::MiniLm;
use story::{Request, labels, plan, plan_with};

/// The vectors were embedded ahead of time: a label that has changed since, or a new one, makes them stale.
#[test]
fn the_labels_have_their_vectors() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/story/labels.f16");
    let (labels, model) = (labels(), MiniLm::load().expect("the weights are part of the program"));
    if std::env::var_os("MUTOSCOPE_BLESS").is_some() {
        let texts: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
        let vectors = model.embed(&texts).expect("the labels can be embedded");
        let halves = vectors.iter().flatten().flat_map(|x| half::f16::from_f32(*x).to_le_bytes());
        fs::write(&path, halves.collect::<Vec<u8>>()).expect("the vectors can be written");
    }
    let (kept, width) = (fs::read(&path).expect("the vectors are there"), model.dimensions());
    assert_eq!(kept.len(), labels.len() * width * 2, "`./x fixtures` writes the vectors anew");
    for index in (0..labels.len()).step_by(23) {
        let row = kept[index * width * 2..(index + 1) * width * 2].as_chunks::<2>().0;
        let vector = model.embed(&[&labels[index]]).expect("a label can be embedded").remove(0);
        let cosine: f32 =
            row.iter().zip(&vector).map(|(half, x)| half::f16::from_le_bytes(*half).to_f32() * x).sum();
        assert!(cosine > 0.995, "{}: {cosine}; `./x fixtures` writes the vectors anew", labels[index]);
    }
}

#[test]
fn an_unknown_verb_is_shown_as_the_nearest_and_noted_with_its_score() {
    let model = MiniLm::load().expect("the weights are part of the program");
    for (text, verb, like) in [
        (
            "A ballerina pirouettes on a stage.",
            "pirouette",
            &["dance", "spin", "twirl", "whirl", "turn", "circle"][..],
        ),
        ("A man guffaws in a kitchen.", "guffaw", &["laugh", "giggle", "chuckle", "smile"][..]),
    ] {
        let board = plan_with(text, &Request::default(), Some(&model));
        let beat = board.shots().flat_map(|(_, shot)| &shot.beats).find(|beat| beat.action == verb);
        let shown = beat.and_then(|beat| beat.shown_as.clone()).unwrap_or_default();
        assert!(like.contains(&shown.as_str()), "{verb} is shown as {shown:?}: {:?}", board.notes);
        let note = board.notes.iter().find(|note| note.kind == NoteKind::ShownAs && note.text.contains(verb));
        assert!(note.is_some_and(|note| note.extra.contains_key("score")), "{:?}", board.notes);
        // Without an embedder the film is made all the same, and says so.
        let board = plan(text, &Request::default());
        assert!(board.notes.iter().any(|note| note.text.contains(verb)), "{:?}", board.notes);
    }
}
