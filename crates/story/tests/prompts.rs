//! Plans every prompt of `tests/prompts` and measures how much of the gold labels the reader finds.
//!
//! The floors are what is reached, rounded down: a change that loses ground fails.

#![expect(clippy::print_stdout, reason = "the scores are a report that people read")]

use film::{Angle, Move, NoteKind, Storyboard};
use serde_json::Value;
use story::{Reading, Request, plan, read};

fn suite(name: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/prompts/");
    let text = std::fs::read_to_string(format!("{path}{name}.json")).expect("the suite is in the repository");
    serde_json::from_str(&text).expect("a list")
}

fn prompt(entry: &Value) -> &str {
    entry["prompt_en"].as_str().or(entry["prompt"].as_str()).expect("a prompt")
}

fn planned(text: &str) -> Storyboard {
    plan(text, &Request::default())
}

/// Counts and reports.
#[derive(Default)]
struct Score {
    right: usize,
    all: usize,
    missed: Vec<String>,
}

impl Score {
    fn add(&mut self, right: bool, what: impl FnOnce() -> String) {
        self.all += 1;
        self.right += usize::from(right);
        if !right && self.missed.len() < 40 {
            self.missed.push(what());
        }
    }

    fn check(&self, name: &str, floor: f64) {
        let share = self.right as f64 / self.all as f64;
        println!("{name}: {}/{} = {share:.3}", self.right, self.all);
        for missed in &self.missed {
            println!("    missed: {missed}");
        }
        assert!(share >= floor, "{name} fell to {share:.3}, below {floor}");
    }
}

#[test]
fn what_people_try_first_is_what_they_meant() {
    let cast = |text: &str| -> Vec<(String, u32)> {
        planned(text).cast.iter().map(|one| (one.kind.clone(), one.count)).collect()
    };
    let place = |text: &str| planned(text).places[0].kind.clone();
    // Ages are no lengths, hair is not a colour of clothes.
    let board =
        planned("Extreme close-up of a gray-haired man with a beard in his 60s, sitting at a cafe in Paris.");
    assert!(board.format.seconds.get() < 20.0, "{}", board.format.seconds.get());
    let looks = |key: &str| board.cast[0].appearance_text(key);
    assert_eq!(
        (looks("age"), looks("hair"), looks("beard")),
        (Some("65 years old"), Some("gray"), Some("full"))
    );
    assert!((planned("A man walks for 10s.").format.seconds.get() - 10.0).abs() < 1e-9);
    let girl = planned("A 7 year old girl runs.");
    assert_eq!((girl.cast[0].count, girl.cast[0].appearance_text("age")), (1, Some("7 years old")));
    // Who there is, and how many.
    assert_eq!(cast("A litter of golden retriever puppies plays in the snow."), [("dog".into(), 5)]);
    assert_eq!(cast("A family of ducks crosses a street.")[0].0, "duck");
    assert_eq!(cast("A police car chases a red sports car.").len(), 2);
    assert_eq!(cast("A boy and his robot friend watch the sunset.")[1].0, "robot");
    assert_eq!(cast("A cartoon kangaroo disco dances."), [("kangaroo".into(), 1)]);
    assert_eq!(cast("A Samoyed and a Golden Retriever are romping through a neon city.").len(), 2);
    // Where it is.
    assert_eq!(place("A drone camera circles around a historic church."), "church-front");
    let coast = planned("A drone camera circles around a historic church on the Amalfi Coast.");
    assert_eq!((coast.places[0].kind.as_str(), coast.places[0].backdrop[0].as_str()), ("cliff", "church"));
    assert_eq!(place("A man sits on a piece of cloud, reading a book."), "clouds");
    assert_eq!(place("A truck speeds up a dirt road surrounded by pine trees."), "forest-road");
    assert_eq!(place("A woman stands at a dining room table."), "dining-room");
    assert_eq!(place("A drummer plays the drums in a bar."), "bar");
    assert_eq!(place("Aerial view of a city at night."), "skyline");
    assert_eq!(place("Aerial shot of a woman walking through a city."), "city-street");
    // What it looks like, when.
    assert_eq!(planned("A white vintage car speeds along a road.").look.style, "photoreal");
    assert_eq!(planned("A woman walks down a Tokyo street.").scenes[0].time, film::TimeOfDay::Night);
}

#[test]
fn every_prompt_becomes_a_film_without_a_note_of_failure() {
    let suites = [
        "vbench_labels",
        "vbench2_Camera_Motion",
        "vbench2_Complex_Landscape",
        "vbench2_Dynamic_Attribute",
        "vbench2_Dynamic_Spatial_Relationship",
        "vbench2_Motion_Order_Understanding",
    ];
    for entry in suites.iter().flat_map(|name| suite(name)) {
        let text = prompt(&entry);
        let board = planned(text);
        board.validate().unwrap_or_else(|error| panic!("{text}: {error}"));
        let failed: Vec<_> = board.notes.iter().filter(|n| n.kind == NoteKind::NotUnderstood).collect();
        assert!(failed.is_empty(), "{text}: {failed:?}");
    }
}

#[test]
fn camera_moves_are_found() {
    let mut score = Score::default();
    for entry in suite("vbench2_Camera_Motion") {
        let label = entry["auxiliary_info"].as_str().expect("a label");
        let board = planned(prompt(&entry));
        let right = board.shots().any(|(_, shot)| match label {
            "oblique" => shot.camera.angle == Angle::Dutch,
            "orbits" => matches!(shot.camera.move_, Move::OrbitLeft | Move::OrbitRight),
            word => shot.camera.move_.word() == word.replace('_', "-"),
        });
        score.add(right, || format!("{} [{label}]", prompt(&entry)));
    }
    score.check("camera", 0.98);
}

/// Whether the gold phrase ("washing the dishes") speaks of the action.
fn speaks_of(phrase: &str, action: &str) -> bool {
    let stem = action.strip_suffix('e').unwrap_or(action);
    !stem.is_empty()
        && phrase
            .split_whitespace()
            .any(|word| word == action || (word.starts_with(stem) && word.ends_with("ing")))
        || (action == "lie" && phrase.contains("lying"))
}

/// Length of the longest common subsequence.
fn in_order(gold: &[String], found: &[String]) -> usize {
    let mut table = vec![vec![0; found.len() + 1]; gold.len() + 1];
    for (i, phrase) in gold.iter().enumerate() {
        for (j, action) in found.iter().enumerate() {
            let longer = table[i][j + 1].max(table[i + 1][j]);
            table[i + 1][j + 1] =
                if speaks_of(phrase, action) { longer.max(table[i][j] + 1) } else { longer };
        }
    }
    table[gold.len()][found.len()]
}

fn order_f1(rewrite: impl Fn(&str) -> String) -> (f64, Vec<String>) {
    let (mut matched, mut golds, mut founds) = (0, 0, 0);
    let mut missed = Vec::new();
    for entry in suite("vbench2_Motion_Order_Understanding") {
        let text = rewrite(prompt(&entry));
        let gold: Vec<String> = entry["auxiliary_info"]
            .as_array()
            .expect("events")
            .iter()
            // "get up and sweep" is two things to show.
            .filter_map(|event| event.as_str())
            .flat_map(|event| event.split(" and ").map(str::to_owned))
            .collect();
        let found: Vec<String> = read(&text).beats.into_iter().map(|beat| beat.action).collect();
        let hits = in_order(&gold, &found);
        if hits < gold.len() || found.len() > gold.len() {
            missed.push(format!("{text} {gold:?} {found:?}"));
        }
        matched += hits;
        golds += gold.len();
        founds += found.len();
    }
    (2.0 * f64::from(matched as u32) / f64::from((golds + founds) as u32), missed)
}

#[test]
fn events_are_found_in_order() {
    let (plain, missed) = order_f1(str::to_owned);
    println!("verbs of events, in order: F1 {plain:.3}");
    for line in missed.iter().take(20) {
        println!("    {line}");
    }
    let (bare, _) = order_f1(|text| text.replace(", then", " and"));
    println!("the same with \", then\" → \" and\": F1 {bare:.3}");
    assert!(plain >= 0.95, "{plain}");
    assert!(bare >= 0.95, "{bare}");
}

fn named(reading: &Reading, word: &str) -> bool {
    let last = word.rsplit(' ').next().unwrap_or(word);
    reading
        .cast
        .iter()
        .any(|c| c.name.to_lowercase().contains(word) || c.word == last || c.word.ends_with(last))
}

#[test]
fn labels_of_short_prompts_are_found() {
    let (mut objects, mut colours, mut scenes, mut styles) =
        (Score::default(), Score::default(), Score::default(), Score::default());
    for entry in suite("vbench_labels") {
        let text = prompt(&entry);
        let labels = &entry["labels"];
        let reading = read(text);
        for dimension in ["object_class", "multiple_objects"] {
            if let Some(list) = labels[dimension]["object"].as_str() {
                for object in list.split(" and ") {
                    objects.add(named(&reading, object), || format!("{text} [{object}]"));
                }
            }
        }
        if let Some(colour) = labels["color"]["color"].as_str() {
            let right = reading.cast.iter().any(|c| c.appearance.values().any(|v| v.contains(colour)));
            colours.add(right, || format!("{text} [{colour}]"));
        }
        if let Some(scene) = labels["scene"]["scene"]["scene"].as_str() {
            let right = !reading.places.is_empty();
            scenes.add(right, || format!("{text} [{scene}]"));
        }
        if let Some(style) = labels["appearance_style"]["appearance_style"].as_str() {
            let board = planned(text);
            styles.add(board.look.style != "photoreal", || format!("{text} [{style}]"));
        }
    }
    objects.check("objects", 0.90);
    colours.check("colours", 0.90);
    scenes.check("places", 0.90);
    styles.check("styles that the look takes up", 0.70);
}
