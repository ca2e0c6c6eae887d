//! Screenplays and shot lists are recognised and taken apart as their gold labels say (`tests/screenplays/gold.toml`).

use std::{
    collections::BTreeSet,
    fs,
    ops::Range,
    path::{Path, PathBuf},
    time::Instant,
};

use film::Hint;
use proptest::prelude::*;
use serde::Deserialize;
use story::screenplay::{
    Element, FdxError, Interior, Screenplay, Shot, Speech, from_fdx, is_fdx, parse, words,
};

#[derive(Deserialize)]
struct Gold {
    script: Vec<GoldScript>,
}

#[derive(Deserialize)]
struct GoldScript {
    file: String,
    title: String,
    author: String,
    characters: Vec<String>,
    #[serde(default)]
    scenes: Vec<GoldScene>,
    #[serde(default)]
    shots: Vec<GoldShot>,
}

#[derive(Deserialize)]
struct GoldScene {
    heading: String,
    interior: String,
    place: String,
    time: String,
    dialogue: Vec<String>,
    transition_out: String,
}

#[derive(Deserialize)]
struct GoldShot {
    text: String,
    seconds: f64,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

fn gold() -> Vec<GoldScript> {
    let text = fs::read_to_string(folder().join("screenplays/gold.toml")).expect("the labels are there");
    toml::from_str::<Gold>(&text).expect("the labels are TOML").script
}

/// A script of the folder as text that `parse` takes.
fn script(file: &str) -> String {
    let text = fs::read_to_string(folder().join("screenplays").join(file)).expect("the script is there");
    assert_eq!(is_fdx(&text), Path::new(file).extension().is_some_and(|kind| kind == "fdx"), "{file}");
    if is_fdx(&text) { from_fdx(&text).expect("the script is well-formed") } else { text }
}

fn one(text: &str, part: &Range<usize>) -> String {
    words(text, std::slice::from_ref(part))
}

/// The scenes of a screenplay: heading, and the elements below it.
fn scenes(play: &Screenplay) -> Vec<&[Element]> {
    let starts: Vec<usize> =
        (0..play.elements.len()).filter(|k| matches!(play.elements[*k], Element::Heading(_))).collect();
    let ends = starts.iter().skip(1).copied().chain([play.elements.len()]);
    starts.iter().zip(ends).map(|(start, end)| &play.elements[*start..end]).collect()
}

fn speeches(elements: &[Element]) -> impl Iterator<Item = &Speech> {
    elements.iter().filter_map(|element| match element {
        Element::Speech(speech) => Some(speech),
        _ => None,
    })
}

fn shots(play: &Screenplay) -> Vec<&Shot> {
    let mut shots = Vec::new();
    for element in &play.elements {
        if let Element::Shot(shot) = element {
            shots.push(shot);
        }
    }
    shots
}

fn check_scene(file: &str, text: &str, elements: &[Element], gold: &GoldScene, number: usize) {
    let Element::Heading(heading) = &elements[0] else { panic!("{file}: no heading") };
    assert_eq!(text[heading.span.clone()], gold.heading, "{file}");
    let interior = match heading.interior {
        Some(Interior::Int) => "int",
        Some(Interior::Ext) => "ext",
        Some(Interior::Both) => "both",
        None => "",
    };
    assert_eq!(interior, gold.interior, "{file}: {}", gold.heading);
    let place = text[heading.place.clone()].to_lowercase();
    assert!(place.contains(&gold.place), "{file}: {place}");
    assert!(gold.heading.contains(&text[heading.place.clone()]), "{file}: {place}");
    let written = gold.heading.rsplit(" - ").next().expect("a split has a part");
    let time = heading.time.clone().map(|time| &text[time]);
    if gold.interior.is_empty() {
        assert_eq!(time, None, "{file}: {}", gold.heading);
    } else {
        assert_eq!(time, Some(written), "{file}: {}", gold.heading);
        // DAY is no time of its own in the labels; the others keep the one before or name theirs.
        let kept = matches!(written, "CONTINUOUS" | "LATER" | "MOMENTS LATER" | "DAY");
        assert!(kept || written.to_lowercase() == gold.time, "{file}: {written}");
    }
    if let Some(named) = &heading.number {
        assert_eq!(text[named.clone()], number.to_string(), "{file}");
    }
    let said: Vec<String> = speeches(elements)
        .map(|speech| {
            let voice = if speech.is_voice_over() { " (V.O.)" } else { "" };
            format!("{}{voice}: {}", one(text, &speech.character), words(text, &speech.lines))
        })
        .collect();
    assert_eq!(said, gold.dialogue, "{file}: {}", gold.heading);
    let transition = elements.iter().rev().find_map(|element| match element {
        Element::Transition(words) => Some(text[words.clone()].to_lowercase()),
        _ => None,
    });
    let kinds = ["dissolve", "cut", "wipe", "fade"];
    let kind = transition
        .as_deref()
        .map_or("", |words| kinds.into_iter().find(|kind| words.contains(kind)).expect("a known transition"));
    assert_eq!(kind, gold.transition_out, "{file}: {}", gold.heading);
}

#[test]
fn scripts_have_the_scenes_and_shots_of_their_gold_labels() {
    for gold in gold() {
        let text = script(&gold.file);
        for text in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
            let play = parse(&text).unwrap_or_else(|| panic!("{} is taken for prose", gold.file));
            check_spans(&text, &play);
            let named =
                |part: &Option<Range<usize>>| part.as_ref().map_or(String::new(), |part| one(&text, part));
            assert_eq!(named(&play.title), gold.title, "{}", gold.file);
            assert_eq!(named(&play.author), gold.author, "{}", gold.file);
            let scenes = scenes(&play);
            assert_eq!(scenes.len(), gold.scenes.len(), "{}", gold.file);
            for (k, (scene, labels)) in scenes.iter().zip(&gold.scenes).enumerate() {
                check_scene(&gold.file, &text, scene, labels, k + 1);
            }
            let speakers: BTreeSet<String> =
                speeches(&play.elements).map(|s| one(&text, &s.character)).collect();
            assert!(
                speakers.iter().all(|name| gold.characters.contains(name)),
                "{}: {speakers:?}",
                gold.file
            );
            let shots = shots(&play);
            assert_eq!(shots.len(), gold.shots.len(), "{}", gold.file);
            for (shot, labels) in shots.iter().zip(&gold.shots) {
                assert_eq!(text[shot.text.clone()], labels.text, "{}", gold.file);
                assert_eq!(shot.seconds, Some(labels.seconds), "{}: {}", gold.file, labels.text);
            }
        }
    }
}

#[test]
fn final_draft_and_fountain_give_the_same_elements() {
    let (left, right) = (script("drama.fdx"), script("drama.fountain"));
    let told = |text: &str| -> Vec<String> {
        let play = parse(text).unwrap();
        let tell = |element: &Element| match element {
            Element::Heading(heading) => Some(format!("heading {}", one(text, &heading.span))),
            Element::Action(lines) => Some(format!("action {}", words(text, lines))),
            Element::Speech(speech) => Some(format!("{} {}", speech.dual, words(text, &speech.lines))),
            Element::Transition(words) => Some(format!("transition {}", one(text, words))),
            Element::Centered(words) => Some(format!("centered {}", one(text, words))),
            Element::PageBreak => Some("page".to_owned()),
            _ => None,
        };
        play.elements.iter().filter_map(tell).collect()
    };
    assert_eq!(told(&left), told(&right));
}

#[test]
fn prompts_in_prose_are_no_screenplays() {
    let mut seen = 0;
    for file in fs::read_dir(folder().join("prompts")).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        // Every string of the files, whatever its key: prompts, labels and all.
        let mut strings = Vec::new();
        match path.extension().and_then(|e| e.to_str()) {
            Some("json") => gather(&serde_json::from_str(&text).unwrap(), &mut strings),
            Some("toml") => {
                gather(
                    &serde_json::to_value(toml::from_str::<toml::Value>(&text).unwrap()).unwrap(),
                    &mut strings,
                );
            }
            _ => {}
        }
        for prompt in strings {
            let play = parse(&prompt);
            let list = play.as_ref().is_some_and(|play| shots(play).len() > 1);
            let is_one = prompt.starts_with("INT. ") || prompt.starts_with("EXT. ");
            assert!(play.is_none() || list || is_one, "{}: {prompt}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 500, "{seen}");
}

fn gather(value: &serde_json::Value, strings: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => strings.push(text.clone()),
        serde_json::Value::Array(list) => list.iter().for_each(|value| gather(value, strings)),
        serde_json::Value::Object(map) => map.values().for_each(|value| gather(value, strings)),
        _ => {}
    }
}

#[test]
fn broken_final_draft_files_give_an_error_with_a_hint() {
    let whole = fs::read_to_string(folder().join("screenplays/drama.fdx")).unwrap();
    let step = 97;
    for end in (0..whole.trim_end().len() - 1).step_by(step) {
        let error = from_fdx(&whole[..end]).unwrap_err();
        assert!(error.hint().is_some() && !error.to_string().is_empty());
        assert!(end < 200 || is_fdx(&whole[..end]));
    }
    assert!(matches!(from_fdx("<html/>"), Err(FdxError::OtherXml(name)) if name == "html"));
    assert!(matches!(from_fdx("<FinalDraft/>"), Err(FdxError::Empty)));
    assert!(matches!(
        from_fdx("<FinalDraft><Content><Paragraph/></Content></FinalDraft>"),
        Err(FdxError::Empty)
    ));
    let deep = "<FinalDraft><Content>".to_owned() + &"<Paragraph>".repeat(200_000);
    assert!(from_fdx(&deep).is_err());
}

/// Every range of a screenplay lies in the text and on its borders.
fn check_spans(text: &str, play: &Screenplay) {
    let mut spans: Vec<Range<usize>> = play.title.iter().chain(&play.author).cloned().collect();
    for element in &play.elements {
        match element {
            Element::Heading(heading) => {
                spans.extend([heading.span.clone(), heading.place.clone()]);
                spans
                    .extend([&heading.time, &heading.detail, &heading.number].into_iter().flatten().cloned());
            }
            Element::Action(lines) | Element::Lyrics(lines) => spans.extend_from_slice(lines),
            Element::Speech(speech) => {
                spans.push(speech.character.clone());
                spans.extend(speech.manner.iter().chain(&speech.lines).cloned());
            }
            Element::Transition(words)
            | Element::Centered(words)
            | Element::Section(words)
            | Element::Synopsis(words)
            | Element::Preamble(words) => spans.push(words.clone()),
            Element::Shot(shot) => {
                spans.extend([shot.span.clone(), shot.text.clone()]);
                spans.extend(shot.number.clone());
                assert!(shot.seconds.is_none_or(|s| s > 0.0 && s <= 3600.0));
            }
            Element::PageBreak => {}
        }
    }
    for span in spans {
        assert!(span.start <= span.end && text.get(span.clone()).is_some(), "{span:?} cuts {text:?}");
    }
}

/// Fragments that wake the rules, in any order.
const FRAGMENTS: &[&str] = &[
    "INT. HOUSE - DAY",
    "EXT. CAFÉ – NIGHT (RAIN)",
    "INT./EXT. ÉCOLE",
    "I/E",
    "int. x, night",
    ".FORCED",
    "...",
    ".é",
    "#1#",
    "#",
    "## ÀCT",
    "= syn",
    "===",
    "!",
    "!É",
    "@",
    "@é",
    "MARA",
    "MARA (V.O.)",
    "MARA ^",
    "ÉLAN (",
    "(",
    ")",
    "(beat)",
    "(é",
    "~",
    "~la",
    ">",
    "> <",
    "> é <",
    "CUT TO:",
    "FADE IN:",
    "/*",
    "*/",
    "[[",
    "]]",
    "[[ é ]]",
    "\\",
    "*",
    "**",
    "***",
    "_",
    "_é_",
    "words é.",
    "Title: é",
    "Title:",
    "    deep",
    "Author: x",
    "1. ",
    "2) ",
    "Shot 1: ",
    "Shot 2 - é",
    "**Shot 3**:",
    "0:00-0:04",
    "[0:04 - 0:05.5]",
    "- 0:05-0:07 é",
    "(4s)",
    "5 sec",
    "Scene one:",
    "# é",
    " ",
    "  ",
    "\t",
    "\n",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\u{feff}",
    "\u{2028}",
    "\u{a0}",
    "大象",
    "🐘",
    "İ",
    "ß",
    "\u{0}",
    ":",
    "-",
    "^",
    "|",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn any_fragments_are_taken_apart(picks in proptest::collection::vec(0..FRAGMENTS.len(), 0..40)) {
        let text: String = picks.iter().map(|k| FRAGMENTS[*k]).collect();
        for text in [format!("INT. HOUSE - DAY\n\n{text}\n\nHe walks."), format!("1. é\n{text}\n2. x"), text] {
            if let Some(play) = parse(&text) {
                check_spans(&text, &play);
                let all: Vec<Range<usize>> = play.elements.iter().filter_map(|e| match e {
                    Element::Action(lines) => Some(lines.clone()),
                    _ => None,
                }).flatten().collect();
                words(&text, &all);
            }
        }
    }

    #[test]
    fn any_paragraphs_of_final_draft_come_back(lines in proptest::collection::vec((0..6_usize, 0..FRAGMENTS.len(), 0..FRAGMENTS.len()), 1..12)) {
        let kinds = ["Scene Heading", "Action", "Character", "Dialogue", "Parenthetical", "Transition"];
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('\0', "");
        let mut body = String::new();
        for (kind, a, b) in lines {
            let words = escape(FRAGMENTS[a]) + &escape(FRAGMENTS[b]);
            body.extend(["<Paragraph Type=\"", kinds[kind], "\"><Text>", &words, "</Text></Paragraph>"]);
        }
        if let Ok(text) = from_fdx(&format!("<FinalDraft><Content>{body}</Content></FinalDraft>"))
            && let Some(play) = parse(&text)
        {
            check_spans(&text, &play);
        }
    }
}

#[test]
fn reading_takes_linear_time() {
    let scene = script("drama.fountain");
    let body = &scene[scene.find("FADE IN:").unwrap()..];
    let tricky = [
        "[[ open ".to_owned(),
        "[[a]]\n".to_owned(),
        "/* [[ */ [[ ".to_owned(),
        "/* x */".to_owned(),
        "INT. A - DAY\n".to_owned(),
        "MARA\n(a) b\n".to_owned(),
        "(open\n".to_owned(),
        "*a _b ".to_owned(),
        "1. a\n".to_owned(),
        "Shot 1: a. ".to_owned(),
        "0:00-0:04 ".to_owned(),
        "[[\n\n".to_owned(),
        "\\*".to_owned(),
        "- - - ".to_owned(),
        "~la\n".to_owned(),
        "a\n\n".to_owned(),
        "(a\n  \n".to_owned(),
        "DAY - ".to_owned(),
        "LATER ".to_owned(),
        ". ".to_owned(),
        "Scene 1: x\n1. a\n".to_owned(),
        body.to_owned(),
    ];
    for part in tricky {
        let text = "INT. HOUSE - DAY\n\nMARA\n".to_owned() + &part.repeat(400_000 / part.len());
        for text in [text.as_str(), &text[24..]] {
            let start = Instant::now();
            let play = parse(text);
            let took = start.elapsed();
            one(text, &(0..text.len()));
            let both = start.elapsed();
            // Far above what it takes (milliseconds), far below what a square would take.
            assert!(both.as_secs_f64() < 2.5, "{part:?}: {took:?} {both:?} {}", play.is_some());
        }
    }
}
