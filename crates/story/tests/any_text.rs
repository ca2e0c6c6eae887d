//! No text makes the planner fail, cut a character or take more than linear time.

use std::time::{Duration, Instant};

use film::{EvenSize, Fps, NoteKind, Seconds, Seed};
use proptest::prelude::*;
use story::{Request, is_blank, plan, read};

fn check(text: &str) -> film::Storyboard {
    let board = plan(text, &Request::default());
    board.validate().unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert!(!board.scenes.is_empty() && board.scenes.iter().all(|scene| !scene.shots.is_empty()));
    assert!(board.shots().count() <= 200);
    assert_eq!(board.script, text);
    let reading = read(text);
    for span in reading.beats.iter().map(|b| &b.span).chain(reading.cast.iter().flat_map(|c| &c.spans)) {
        assert!(text.get(span.clone()).is_some(), "{span:?} cuts {text:?}");
    }
    let frames = board.duration_secs() * f64::from(board.format.fps.get());
    assert!((frames - board.format.seconds.get() * f64::from(board.format.fps.get())).abs() < 1e-3);
    board
}

/// Words that wake the rules, in any order.
const WORDS: &[&str] = &[
    "a", "the", "two", "several", "wolf", "wolves", "woman", "runs", "run", "running", "and", "then", ",",
    ".", "while", "camera", "pans", "left", "slowly", "zoom", "in", "snow", "forest", "of", "herd", "'s",
    "tail", "their", "it", "they", "she", "fade", "to", "black", "10", "seconds", "16:9", "no", "people",
    "night", "Van", "Gogh", "style", "\n", "—", "-", "who", "that", "is", "was", "covered", "woolly", "🐘",
    "大象", "فيل", "\u{0}", "\u{202e}", "<b>", "é", "(", "\"", "...",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_characters_make_a_film(text in "\\PC{0,120}") {
        check(&text);
    }

    #[test]
    fn any_bytes_that_are_text_make_a_film(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_order_of_telling_words_makes_a_film(picks in proptest::collection::vec(0..WORDS.len(), 0..60)) {
        let words: Vec<&str> = picks.iter().map(|k| WORDS[*k]).collect();
        check(&words.join(" "));
    }

    #[test]
    fn any_request_is_met(seconds in 0.02_f64..3600.0, fps in 1_u32..=120, seed in 0_u64..1 << 53) {
        let request = Request {
            size: Some((EvenSize::nearest(640), EvenSize::nearest(360))),
            fps: Fps::new(fps).ok(),
            seconds: Seconds::new(seconds).ok(),
            seed: Seed::new(seed).ok(),
            style: Some("film-noir".to_owned()),
            advice: Vec::new(),
        };
        let text = "A fox runs through a snowy forest, then it sleeps. A crow watches. The fox wakes up and leaves.";
        let board = plan(text, &request);
        board.validate().expect("a valid film");
        let asked = (seconds * f64::from(fps)).round().max(1.0);
        let got = (board.duration_secs() * f64::from(fps)).round();
        prop_assert!((asked - got).abs() < 0.5, "{} frames for {}", got, asked);
        prop_assert_eq!(board.look.style, "film-noir");
        prop_assert_eq!(board.seed.get(), seed);
    }
}

#[test]
fn other_scripts_and_marks_make_a_sensible_film() {
    for text in [
        "🐘🌿🏔️",
        "大象在雪地里走过草原",
        "فيل يمشي في الثلج",
        "Слон идёт по снегу",
        "\u{1}\u{2}\u{7f}",
        "<p></p>",
    ] {
        let board = check(text);
        let not_understood = board.notes.iter().any(|note| note.kind == NoteKind::NotUnderstood);
        assert!(not_understood, "{text}: {:?}", board.notes);
    }
    let board = check("<h1>A <b>lion</b> walks</h1> through the desert &amp; roars.");
    assert_eq!(board.cast[0].kind, "lion");
}

#[test]
fn blank_is_what_shows_nothing() {
    assert!(is_blank("") && is_blank(" \n\t") && is_blank("\u{feff}\u{200b}\u{0}"));
    assert!(!is_blank("a") && !is_blank("🐘") && !is_blank("大"));
    let board = check("  ");
    assert_eq!(board.shots().count(), 1);
    assert!(board.notes.iter().any(|note| note.kind == NoteKind::NotUnderstood));
}

#[test]
fn a_hundred_kilobytes_plan_in_linear_time() {
    let story = "A tired knight rides a white horse through the dark forest, then he stops and drinks from a stream. \
        Two wolves watch him while the moon rises. In the village, an old woman lights a lamp. ";
    for text in [
        story.repeat(600),
        "and ".repeat(25_000),
        "(".repeat(100_000),
        "a".repeat(100_000),
        "wolf, ".repeat(17_000),
        "the camera slowly ".repeat(6_000),
        "\n".repeat(100_000),
        "大".repeat(33_000),
        "it ".repeat(33_000),
        "she sees him ".repeat(8_000),
        "\"No,\" says the man. ".repeat(5_000),
        "INT. KITCHEN - NIGHT\n\nMara waits.\n\nMARA\nNo.\n\n".repeat(2_200),
        "INT. KITCHEN - NIGHT\n\n".to_owned() + &"MARA\nNo.\n\n".repeat(9_000),
        (1..3_000).fold(String::new(), |list, n| list + &format!("{n}. WIDE - A fox runs. (2s)\n")),
        "eerie, ".repeat(14_000),
    ] {
        let begin = Instant::now();
        let board = check(&text);
        // Generous for a busy machine: quadratic time would take minutes.
        assert!(begin.elapsed() < Duration::from_secs(30), "{:?} for {:?}", begin.elapsed(), &text[..12]);
        // Speech takes its time, and so do the shots of a list; the rest stays short when nobody asks for a length.
        let spoken = text.contains("No.") || text.contains("No,") || text.contains("(2s)");
        assert!(board.duration_secs() <= if spoken { 3600.0 } else { 60.5 });
    }
    let board = plan(&story.repeat(600), &Request::default());
    assert!(board.notes.iter().any(|note| note.kind == NoteKind::Limited), "{:?}", board.notes);
}

#[test]
fn the_same_text_gives_the_same_bytes() {
    let text = "Three bears dance in a meadow at sunset, then a storm comes and they run.";
    assert_eq!(plan(text, &Request::default()).to_json(), plan(text, &Request::default()).to_json());
}
