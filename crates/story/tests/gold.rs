//! Measures the reader on prompts and screenplays with gold labels that were written before it was tuned.
//!
//! `tests/prompts/tuned.toml` is what the rules were tuned on, `others.toml` what was only looked at for what goes wrong
//! in general, `heldout.toml` never was, though rules that lowered its totals were dropped; `fresh.toml` was written after the
//! rules and has steered nothing. The rules of labelling are in `tests/prompts/README.md`. The floors are what is reached,
//! rounded down: a change that loses ground fails.
//! `cargo test -p story --test gold -- --nocapture` prints every miss; `GOLD=heron` only those of prompts so named.

#![expect(clippy::print_stdout, reason = "the scores are a report that people read")]

use std::collections::BTreeMap;

use serde::Deserialize;
use story::{Reading, Request, Slot, plan, read};

#[derive(Deserialize)]
struct Suite {
    prompt: Vec<Gold>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gold {
    id: String,
    text: String,
    #[serde(default)]
    beats: Vec<String>,
    #[serde(default)]
    cast: Vec<GoldCast>,
    #[serde(default)]
    places: Vec<String>,
    #[serde(default)]
    time: String,
    #[serde(default)]
    times_later: Vec<String>,
    #[serde(default)]
    weather: String,
    #[serde(default)]
    season: String,
    #[serde(default)]
    mood: Vec<String>,
    #[serde(default)]
    style: String,
    #[serde(default)]
    camera: Vec<String>,
    #[serde(default)]
    colours: Vec<String>,
    #[serde(default)]
    relations: Vec<String>,
    #[serde(default)]
    pronouns: Vec<String>,
    #[serde(default)]
    dialogue: Vec<String>,
    #[serde(default)]
    unwanted: Vec<String>,
    #[serde(default)]
    requests: BTreeMap<String, toml::Value>,
}

#[derive(Deserialize)]
struct GoldCast {
    word: String,
    count: u32,
    #[serde(default)]
    traits: Vec<String>,
}

fn suite(name: &str) -> Vec<Gold> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/prompts/");
    let text = std::fs::read_to_string(format!("{path}{name}.toml")).expect("the suite is in the repository");
    let suite: Suite = toml::from_str(&text).expect("the suite is valid");
    let only = std::env::var("GOLD").unwrap_or_default();
    suite.prompt.into_iter().filter(|gold| gold.id.contains(&only)).collect()
}

/// Hits, golds and findings of one measure, and what went wrong.
#[derive(Default)]
struct Score {
    hits: usize,
    golds: usize,
    founds: usize,
    missed: Vec<String>,
}

impl Score {
    /// Compares two lists as sequences: the longest common one counts.
    fn sequence(&mut self, id: &str, gold: &[String], found: &[String], same: impl Fn(&str, &str) -> bool) {
        let mut table = vec![vec![0; found.len() + 1]; gold.len() + 1];
        for (i, g) in gold.iter().enumerate().rev() {
            for (j, f) in found.iter().enumerate().rev() {
                let skip = table[i + 1][j].max(table[i][j + 1]);
                table[i][j] = if same(g, f) { skip.max(table[i + 1][j + 1] + 1) } else { skip };
            }
        }
        self.hits += table[0][0];
        self.golds += gold.len();
        self.founds += found.len();
        let (mut i, mut j) = (0, 0);
        let mut wrong = Vec::new();
        while i < gold.len() || j < found.len() {
            if i < gold.len()
                && j < found.len()
                && same(&gold[i], &found[j])
                && table[i][j] == table[i + 1][j + 1] + 1
            {
                (i, j) = (i + 1, j + 1);
            } else if j < found.len() && (i == gold.len() || table[i][j] == table[i][j + 1]) {
                wrong.push(format!("+[{}]", found[j]));
                j += 1;
            } else {
                wrong.push(format!("-[{}]", gold[i]));
                i += 1;
            }
        }
        if !wrong.is_empty() {
            self.missed.push(format!("{id}: {}", wrong.join(" ")));
        }
    }

    /// Compares two lists as sets.
    fn set(&mut self, id: &str, gold: &[String], found: &[String], same: impl Fn(&str, &str) -> bool) {
        let (mut gold, mut found) = (gold.to_vec(), found.to_vec());
        (self.golds, self.founds) = (self.golds + gold.len(), self.founds + found.len());
        gold.retain(|g| {
            let at = found.iter().position(|f| same(g, f));
            self.hits += usize::from(at.is_some());
            at.map(|at| found.remove(at)).is_none()
        });
        if !gold.is_empty() || !found.is_empty() {
            self.missed.push(format!("{id}: -{gold:?} +{found:?}"));
        }
    }

    fn one(&mut self, id: &str, gold: &str, found: &str) {
        self.golds += 1;
        self.founds += 1;
        self.hits += usize::from(gold == found);
        if gold != found {
            self.missed.push(format!("{id}: {found:?} is {gold:?}"));
        }
    }

    fn f1(&self) -> f64 {
        if self.golds + self.founds == 0 {
            1.0
        } else {
            2.0 * self.hits as f64 / (self.golds + self.founds) as f64
        }
    }
}

/// All measures of a suite by name.
#[derive(Default)]
struct Report(BTreeMap<&'static str, Score>);

impl Report {
    fn of(&mut self, name: &'static str) -> &mut Score {
        self.0.entry(name).or_default()
    }

    fn check(&self, suite: &str, floors: &[(&str, f64)]) {
        let whole = std::env::var("GOLD").is_err();
        println!("== {suite}");
        for (name, score) in &self.0 {
            for missed in &score.missed {
                println!("  {name} | {missed}");
            }
        }
        for (name, score) in &self.0 {
            println!(
                "{suite} {name}: F1 {:.3} ({} of {}, found {})",
                score.f1(),
                score.hits,
                score.golds,
                score.founds
            );
        }
        for (name, floor) in floors.iter().filter(|_| whole) {
            let f1 = self.0[name].f1();
            assert!(f1 >= *floor, "{suite}: {name} fell to {f1:.3}, below {floor}");
        }
    }
}

/// "otter | slip &" without the mark.
fn plain(beat: &str) -> String {
    beat.trim_end_matches('&').trim().to_lowercase()
}

fn verb(beat: &str) -> &str {
    beat.rsplit('|').next().unwrap_or(beat).trim()
}

/// Whether two "a+b" lists hold the same words, whatever their order; a compound is as good as its last word.
fn same_words(a: &str, b: &str) -> bool {
    let words = |text: &str| {
        let mut words: Vec<String> = text
            .split('+')
            .map(|w| {
                w.trim().to_lowercase().replace('_', " ").rsplit(' ').next().unwrap_or_default().to_owned()
            })
            .collect();
        words.sort();
        words.dedup();
        words
    };
    words(a) == words(b)
}

fn same_pair(a: &str, b: &str) -> bool {
    let (Some((who_a, verb_a)), Some((who_b, verb_b))) = (a.split_once('|'), b.split_once('|')) else {
        return false;
    };
    verb_a.trim() == verb_b.trim() && same_words(who_a, who_b)
}

fn subject(reading: &Reading, beat: &story::BeatReading) -> String {
    if beat.who.is_empty() || beat.part.is_some() {
        return beat.part.clone().or(beat.scenery.clone()).unwrap_or_default();
    }
    beat.who.iter().map(|c| reading.cast[*c].word.clone()).collect::<Vec<_>>().join("+")
}

fn found_beats(reading: &Reading) -> Vec<String> {
    reading
        .beats
        .iter()
        .filter(|beat| beat.is_action() && !beat.spoken)
        .map(|beat| format!("{} | {}", subject(reading, beat), beat.action))
        .collect()
}

fn measure(name: &str) -> Report {
    let mut report = Report::default();
    for gold in suite(name) {
        let (id, reading, board) = (&gold.id, read(&gold.text), plan(&gold.text, &Request::default()));
        let golds: Vec<String> = gold.beats.iter().map(|beat| plain(beat)).collect();
        let founds = found_beats(&reading);
        report.of("beats").sequence(id, &golds, &founds, |g, f| verb(g) == verb(f));
        report.of("subject+verb").sequence(id, &golds, &founds, same_pair);
        report.of("pronouns").sequence(id, &gold.pronouns, &pronouns(&reading), |g, f| {
            let (Some((pg, wg)), Some((pf, wf))) = (g.split_once('='), f.split_once('=')) else {
                return false;
            };
            pg == pf && same_words(wg, wf)
        });
        let of_people = |list: &[String]| -> Vec<String> {
            let people =
                |entry: &&String| ["he=", "she=", "him=", "her="].iter().any(|p| entry.starts_with(p));
            list.iter().filter(people).cloned().collect()
        };
        report.of("people").sequence(
            id,
            &of_people(&gold.pronouns),
            &of_people(&pronouns(&reading)),
            |g, f| {
                let (Some((pg, wg)), Some((pf, wf))) = (g.split_once('='), f.split_once('=')) else {
                    return false;
                };
                pg == pf && same_words(wg, wf)
            },
        );
        let camera: Vec<String> = reading.cues.iter().filter_map(camera_word).collect();
        report.of("camera").sequence(id, &gold.camera, &camera, |g, f| g == f);
        let last = |word: &str| word.rsplit([' ', '_']).next().unwrap_or(word).to_owned();
        let acting: Vec<_> = reading.cast.iter().filter(|c| c.acts).collect();
        let words: Vec<String> = acting.iter().map(|c| last(&c.word)).collect();
        let gold_words: Vec<String> = gold.cast.iter().map(|c| last(&c.word)).collect();
        report.of("cast").set(id, &gold_words, &words, |g, f| g == f);
        for member in &gold.cast {
            let Some(found) = acting.iter().find(|c| last(&c.word) == last(&member.word)) else { continue };
            let count = if found.counted { found.count } else { 0 };
            report.of("count").one(
                &format!("{id} {}", member.word),
                &member.count.to_string(),
                &count.to_string(),
            );
            let known: String = format!("{:?} {}", found.appearance, found.name);
            for side in &member.traits {
                let has =
                    side.split_whitespace().all(|w| known.to_lowercase().contains(w.trim_end_matches('s')));
                report.of("traits").one(&format!("{id} {} {side}", member.word), "true", &has.to_string());
            }
        }
        let places: Vec<String> = reading.places.iter().map(|p| last(&p.word)).collect();
        let gold_places: Vec<String> = gold.places.iter().map(|p| last(p)).collect();
        report.of("places").set(id, &gold_places, &places, |g, f| g == f);
        let first = |slot: Slot| {
            reading.cues.iter().find(|c| c.slot == slot && !c.negated).map_or("", |c| c.value.as_str())
        };
        report.of("time").one(id, &gold.time, first(Slot::Time));
        report.of("season").one(id, &gold.season, first(Slot::Season));
        let weather = reading.cues.iter().filter(|c| c.slot == Slot::Weather && !c.negated);
        let weather: Vec<&str> = weather.map(|c| c.value.as_str()).collect();
        let said = if weather.contains(&gold.weather.as_str()) {
            &gold.weather
        } else {
            weather.first().copied().unwrap_or("")
        };
        report.of("weather").one(id, &gold.weather, said);
        let moods: Vec<String> = reading.mood.said.iter().map(|(word, _)| word.clone()).collect();
        report.of("mood").set(id, &gold.mood, &moods, str::eq_ignore_ascii_case);
        report.of("style").one(id, &gold.style, style_word(&reading));
        let colours: Vec<String> =
            reading.colours.iter().map(|(colour, noun)| format!("{colour} {noun}")).collect();
        report.of("colours").set(id, &gold.colours, &colours, same_colour);
        let relations: Vec<String> = reading.relations.iter().map(|r| r.join(" | ")).collect();
        let asked: Vec<String> = relations
            .iter()
            .filter(|f| gold.relations.iter().any(|g| same_relation(g, f)))
            .cloned()
            .collect();
        report.of("relations").set(id, &gold.relations, &asked, same_relation);
        let lines: Vec<String> = reading
            .lines
            .iter()
            .map(|line| format!("{}: {}", line.speaker.map_or("", |c| &reading.cast[c].word), line.text))
            .collect();
        report.of("dialogue").sequence(id, &gold.dialogue, &lines, same_line);
        let unwanted: Vec<String> = reading.unwanted.iter().map(|(word, _)| word.clone()).collect();
        report.of("unwanted").set(id, &gold.unwanted, &unwanted, |g, f| {
            last(g).trim_end_matches('s') == f.trim_end_matches('s')
        });
        for (key, value) in &gold.requests {
            let found = request(&reading, &board, key);
            let want = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            report.of("requests").one(&format!("{id} {key}"), &want, &found);
        }
        let _ = &gold.times_later;
    }
    report
}

fn pronouns(reading: &Reading) -> Vec<String> {
    reading.references.iter().map(|r| format!("{}={}", r.pronoun, r.words.join("+"))).collect()
}

/// The gold's word for a phrase about the camera.
fn camera_word(cue: &story::Phrase) -> Option<String> {
    if cue.negated {
        return None;
    }
    match cue.slot {
        Slot::Framing | Slot::Angle | Slot::Move | Slot::Speed => Some(cue.value.clone()),
        Slot::Lens => Some(format!("{}mm", cue.value)).filter(|_| cue.exact),
        Slot::Focus => (cue.value != "natural").then(|| cue.value.clone()),
        Slot::Effect => matches!(cue.value.as_str(), "rack-focus" | "timelapse" | "slow-motion" | "one-take")
            .then(|| cue.value.clone()),
        Slot::Transition => match cue.value.as_str() {
            "fade-in" | "fade-out" => Some("fade".to_owned()),
            "shift" => None,
            other => Some(other.to_owned()),
        },
        _ => None,
    }
}

fn style_word(reading: &Reading) -> &str {
    reading.cues.iter().find(|c| c.slot == Slot::Style && !c.negated).map_or("", |c| c.value.as_str())
}

fn same_colour(gold: &str, found: &str) -> bool {
    let split = |text: &str| {
        text.split_once(' ')
            .map(|(a, b)| (a.to_owned(), b.rsplit(' ').next().unwrap_or(b).trim_end_matches('s').to_owned()))
    };
    split(gold) == split(found)
}

fn same_relation(gold: &str, found: &str) -> bool {
    let parts = |text: &str| {
        text.split('|')
            .map(|p| p.trim().rsplit([' ', '_']).next().unwrap_or("").to_owned())
            .collect::<Vec<_>>()
    };
    parts(gold) == parts(found)
}

fn same_line(gold: &str, found: &str) -> bool {
    let split = |text: &str| {
        text.split_once(':').map(|(a, b)| {
            let letters: String = b.chars().filter(|c| c.is_alphanumeric()).collect();
            (a.rsplit([' ', '_']).next().unwrap_or(a).to_lowercase(), letters.to_lowercase())
        })
    };
    split(gold) == split(found)
}

fn request(reading: &Reading, board: &film::Storyboard, key: &str) -> String {
    let format = &board.format;
    let value = |slot: Slot| {
        reading.cues.iter().find(|c| c.slot == slot).map(|c| c.value.clone()).unwrap_or_default()
    };
    match key {
        "seconds" => format!("{}", format.seconds.get()),
        "width" => format.width.get().to_string(),
        "height" => format.height.get().to_string(),
        "fps" => format.fps.get().to_string(),
        "aspect" => value(Slot::Aspect),
        "shots" => board.shots().count().to_string(),
        "title" => board.title.clone(),
        "silent" => board.shots().all(|(_, shot)| shot.sound.ambience.is_empty()).to_string(),
        other => format!("no such request as {other}"),
    }
}

#[test]
fn tuned_prompts() {
    measure("tuned").check(
        "tuned",
        &[
            ("beats", 0.99),
            ("subject+verb", 0.97),
            ("pronouns", 0.91),
            ("people", 0.98),
            ("camera", 0.98),
            ("colours", 0.95),
            ("count", 0.97),
            ("relations", 0.94),
            ("style", 0.96),
            ("places", 0.90),
            ("time", 0.99),
            ("weather", 0.99),
            ("season", 0.99),
            ("mood", 0.95),
            ("requests", 0.99),
            ("dialogue", 0.99),
            ("cast", 0.95),
            ("traits", 0.82),
            ("unwanted", 0.93),
        ],
    );
}

#[test]
fn other_prompts() {
    measure("others").check(
        "others",
        &[
            ("beats", 0.98),
            ("subject+verb", 0.93),
            ("pronouns", 0.83),
            ("people", 0.93),
            ("camera", 0.96),
            ("colours", 0.92),
            ("count", 0.97),
            ("relations", 0.92),
            ("places", 0.80),
            ("style", 0.96),
            ("time", 0.90),
            ("weather", 0.89),
            ("season", 0.97),
            ("mood", 0.92),
            ("requests", 0.99),
            ("dialogue", 0.96),
            ("cast", 0.92),
            ("traits", 0.76),
            ("unwanted", 0.95),
        ],
    );
}

#[test]
fn held_out_prompts() {
    measure("heldout").check(
        "heldout",
        &[
            ("beats", 0.95),
            ("subject+verb", 0.84),
            ("pronouns", 0.69),
            ("people", 0.81),
            ("camera", 0.97),
            ("count", 0.96),
            ("relations", 0.82),
            ("season", 0.95),
        ],
    );
}

/// Written last, and steered by not even in its totals: what a stranger's prompt may expect.
#[test]
fn fresh_prompts() {
    measure("fresh").check(
        "fresh",
        &[
            ("beats", 0.94),
            ("subject+verb", 0.85),
            ("pronouns", 0.74),
            ("people", 0.84),
            ("camera", 0.95),
            ("colours", 0.96),
            ("count", 0.95),
            ("relations", 0.95),
            ("season", 0.96),
            ("style", 0.96),
            ("weather", 0.96),
        ],
    );
}

#[derive(Deserialize)]
struct Scripts {
    script: Vec<GoldScript>,
}

#[derive(Deserialize)]
struct GoldScript {
    file: String,
    #[serde(default)]
    scenes: Vec<GoldScene>,
    #[serde(default)]
    shots: Vec<GoldShot>,
}

#[derive(Deserialize)]
struct GoldScene {
    place: String,
    #[serde(default)]
    beats: Vec<String>,
    #[serde(default)]
    dialogue: Vec<String>,
}

#[derive(Deserialize)]
struct GoldShot {
    seconds: Option<f64>,
    #[serde(default)]
    camera: Vec<String>,
    #[serde(default)]
    beats: Vec<String>,
}

/// Whom a line is given to, by name.
fn said(reading: &Reading) -> Vec<String> {
    let last = |name: &str| name.rsplit([' ', '_']).next().unwrap_or(name).to_uppercase();
    reading
        .lines
        .iter()
        .map(|line| {
            format!("{}: {}", line.speaker.map_or(String::new(), |c| last(&reading.cast[c].word)), line.text)
        })
        .collect()
}

#[test]
fn screenplays_and_shot_lists() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/screenplays/");
    let load = |name: &str| {
        std::fs::read_to_string(format!("{folder}{name}")).expect("the script is in the repository")
    };
    let gold: Scripts = toml::from_str(&load("gold.toml")).expect("the labels are valid");
    let only = std::env::var("GOLD").unwrap_or_default();
    let mut report = Report::default();
    for script in gold.script.iter().filter(|script| script.file.contains(&only)) {
        let id = &script.file;
        let mut text = load(&script.file);
        if story::screenplay::is_fdx(&text) {
            text = story::screenplay::from_fdx(&text).expect("the file is whole");
        }
        let (reading, board) = (read(&text), plan(&text, &Request::default()));
        board.validate().expect("the storyboard is valid");
        let beats =
            script.scenes.iter().flat_map(|s| &s.beats).chain(script.shots.iter().flat_map(|s| &s.beats));
        let beats: Vec<String> = beats.map(|beat| plain(beat)).collect();
        let founds = found_beats(&reading);
        report.of("beats").sequence(id, &beats, &founds, |g, f| verb(g) == verb(f));
        report.of("subject+verb").sequence(id, &beats, &founds, same_pair);
        let lines: Vec<String> = script.scenes.iter().flat_map(|s| &s.dialogue).cloned().collect();
        report.of("dialogue").sequence(id, &lines, &said(&reading), |g, f| {
            // A voice over nobody's picture has no member of the cast.
            let voice = g.contains("(V.O.)");
            let bare = |text: &str| text.split_once(':').map(|(_, words)| words.trim().to_owned());
            if voice {
                same_line(
                    &format!("x:{}", bare(g).unwrap_or_default()),
                    &format!("x:{}", bare(f).unwrap_or_default()),
                )
            } else {
                same_line(g, f)
            }
        });
        let places: Vec<String> =
            script.scenes.iter().map(|s| s.place.rsplit(' ').next().unwrap_or("").to_owned()).collect();
        let found: Vec<String> = board
            .scenes
            .iter()
            .filter(|_| !script.scenes.is_empty())
            .map(|s| {
                board
                    .place(&s.place)
                    .map_or(String::new(), |p| p.name.rsplit([' ', '\'']).next().unwrap_or("").to_owned())
            })
            .collect();
        report.of("places").sequence(id, &places, &found, |g, f| g == f);
        if !script.shots.is_empty() {
            report.of("shots").one(id, &script.shots.len().to_string(), &board.shots().count().to_string());
            for (shot, (_, found)) in script.shots.iter().zip(board.shots()) {
                if let Some(seconds) = shot.seconds {
                    report.of("seconds").one(
                        id,
                        &format!("{seconds:.1}"),
                        &format!("{:.1}", found.seconds.get()),
                    );
                }
            }
            let camera: Vec<String> = script.shots.iter().flat_map(|s| s.camera.clone()).collect();
            let cues: Vec<String> = reading.cues.iter().filter_map(camera_word).collect();
            report.of("camera").sequence(id, &camera, &cues, |g, f| g == f);
        }
    }
    report.check(
        "screenplays",
        &[
            ("beats", 0.96),
            ("subject+verb", 0.90),
            ("dialogue", 0.98),
            ("places", 0.95),
            ("camera", 0.97),
            ("shots", 1.0),
            ("seconds", 1.0),
        ],
    );
}
