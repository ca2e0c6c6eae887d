//! The encoder against vectors of the 16-bit weights, computed in 64 bits with `NumPy` and the published tokenizer
//! (`golden.json`), and what the program relies on: near meanings, any text, the same bits.

use std::sync::LazyLock;

use film::Embedder;
use neural::MiniLm;

static ENCODER: LazyLock<std::sync::Mutex<MiniLm>> =
    LazyLock::new(|| std::sync::Mutex::new(MiniLm::load().expect("the weights are part of the program")));

fn embed(texts: &[&str]) -> Vec<Vec<f32>> {
    ENCODER.lock().expect("no test died in there").embed(texts).expect("any text has a vector")
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn vectors_agree_with_the_reference() {
    #[derive(serde::Deserialize)]
    struct Golden {
        text: String,
        vector: Vec<f32>,
    }
    let golden: Vec<Golden> = serde_json::from_str(include_str!("golden.json")).expect("the fixture is JSON");
    assert!(golden.len() >= 12);
    for Golden { text, vector } in golden {
        let likeness = cosine(&embed(&[&text])[0], &vector);
        println!("{likeness:.5} {text:.40}");
        assert!(likeness >= 0.995, "{text:?} is only {likeness} like the reference");
    }
}

#[test]
fn unknown_words_find_the_nearest_label() {
    let labels = [
        "elephant",
        "street",
        "sailboat",
        "storm cloud",
        "police officer",
        "man in coat",
        "horse",
        "house",
        "tree",
        "lake",
        "car",
    ];
    let vectors = embed(&labels);
    for (word, expected) in [
        ("woolly mammoth", "elephant"),
        ("boulevard", "street"),
        ("schooner", "sailboat"),
        ("thunderhead", "storm cloud"),
        ("detective", "police officer"),
    ] {
        let word_vector = &embed(&[word])[0];
        let likeness = |i: &usize| cosine(word_vector, &vectors[*i]);
        let nearest =
            (0..labels.len()).max_by(|a, b| likeness(a).total_cmp(&likeness(b))).expect("there are labels");
        assert_eq!(labels[nearest], expected, "for {word}");
    }
}

#[test]
fn every_text_gives_a_unit_vector() {
    let long = "the river runs on and the mill turns. ".repeat(2700);
    let word = "x".repeat(100_000);
    let texts = ["", " \n\t", "🦊🌲", "龙在山上飞", "\0\u{200b}\u{feff}", "[CLS] [SEP]", &long, &word];
    for (text, vector) in texts.iter().zip(embed(&texts)) {
        assert_eq!(vector.len(), 384);
        let length = cosine(&vector, &vector).sqrt();
        assert!((length - 1.0).abs() < 1e-5, "{text:.20} has length {length}");
    }
    assert_eq!(embed(&[]), Vec::<Vec<f32>>::new());
}

#[test]
fn long_texts_count_up_to_256_pieces() {
    let river = "river ".repeat(254);
    let longer = format!("{river} elephant elephant elephant");
    assert_eq!(embed(&[&river]), embed(&[&longer]));
    let shorter = format!("{} elephant elephant", "river ".repeat(252));
    assert_ne!(embed(&[&river]), embed(&[&shorter]));
}

#[test]
fn case_and_accents_make_no_difference() {
    let [plain, accented] = embed(&["cafe on the hill", "CAFÉ on the Hill"]).try_into().expect("two for two");
    assert_eq!(plain, accented);
}

#[test]
fn the_same_text_has_the_same_bits_in_any_company() {
    let texts = ["a fox", "", "a lighthouse keeper climbs the spiral stairs", "龙"];
    let together = embed(&texts);
    assert_eq!(together, embed(&texts));
    for (text, vector) in texts.iter().zip(&together) {
        assert_eq!(&embed(&[text])[0], vector);
    }
    let fresh = MiniLm::load().expect("the weights are part of the program");
    assert_eq!(fresh.embed(&texts).expect("any text has a vector"), together);
}
