//! Finds the fixed phrases of film language and of settings (`assets/story/phrases.ron`) and requests with numbers.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{LazyLock, OnceLock},
};

use regex::Regex;
use serde::Deserialize;

use crate::syntax::{Tag, Token, guess_lemma};

/// What a phrase speaks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    /// How fast the camera moves.
    Speed,
    /// A camera move.
    #[serde(rename = "move_")]
    Move,
    /// An effect on time or focus.
    Effect,
    /// The camera's height.
    Angle,
    /// The side the subject is seen from.
    Side,
    /// The size of the subject.
    Framing,
    /// A focal length in millimetres.
    Lens,
    /// Depth of field.
    Focus,
    /// A transition.
    Transition,
    /// Other words about the camera.
    Camera,
    /// Time of day.
    Time,
    /// Weather.
    Weather,
    /// Strength of the wind.
    Wind,
    /// What covers the ground.
    Ground,
    /// Season.
    Season,
    /// Palette.
    Palette,
    /// Style.
    Style,
    /// Aspect ratio.
    Aspect,
    /// Picture height.
    Resolution,
    /// Sound request.
    Sound,
    /// Length in seconds.
    Seconds,
    /// Frames a second.
    Fps,
    /// Size, `WxH`.
    Size,
    /// Number of shots.
    Shots,
    /// Seed.
    Seed,
}

impl Slot {
    /// Whether the phrase is about the making of the film, not about what is seen in it: such words make no beat.
    pub(crate) fn is_direction(self) -> bool {
        !matches!(self, Self::Time | Self::Weather | Self::Wind | Self::Ground | Self::Season | Self::Palette)
    }
}

/// A phrase found in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Phrase {
    /// What it speaks about.
    pub slot: Slot,
    /// The storyboard's word for it, or the number.
    pub value: String,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// Whether "no", "not" or "without" stands before it.
    pub negated: bool,
    /// Whether the value is the script's own number, not what its words commonly stand for.
    pub exact: bool,
}

impl Phrase {
    /// A value that the form of the script sets, not its words.
    pub(super) fn set(slot: Slot, value: &str, span: &Range<usize>) -> Self {
        Self { slot, value: value.to_owned(), span: span.clone(), negated: false, exact: true }
    }
}

#[derive(Deserialize)]
struct Row {
    slot: Slot,
    value: String,
    /// The row of the table of looks that shows a style, when it is not the style's own name.
    #[serde(default)]
    look: Option<String>,
    patterns: Vec<String>,
}

/// One place in a pattern.
struct Element {
    choices: Vec<Choice>,
    optional: bool,
}

enum Choice {
    Word(String),
    Stem(String),
    Camera,
    Adverbs,
    Gap,
    Number,
}

struct Pattern {
    row: usize,
    elements: Vec<Element>,
    /// `^`: stands by itself, between marks.
    alone: bool,
}

struct Table {
    rows: Vec<Row>,
    patterns: Vec<Pattern>,
    /// Patterns by the word or stem that may come first; those that begin with the camera stand under "@cam".
    by_first: HashMap<String, Vec<usize>>,
}

const CAMERA_NOUNS: [&str; 8] = ["camera", "shot", "view", "frame", "lens", "drone", "scene", "pov"];
const HELPERS: &str = "slowly gently gradually smoothly quickly rapidly slightly steadily then is are starts start begins begin \
    to continues continue keeps keep continuously further dramatically moves now stays remains holds movement by";

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows: Vec<Row> = ron::from_str(include_str!("../../../../assets/story/phrases.ron"))
            .expect("the embedded phrase table is valid");
        let mut patterns = Vec::new();
        let mut by_first: HashMap<String, Vec<usize>> = HashMap::new();
        for (row, content) in rows.iter().enumerate() {
            for text in &content.patterns {
                let (text, alone) =
                    text.strip_prefix("^ ").map_or((text.as_str(), false), |rest| (rest, true));
                let elements = compile(text);
                for element in &elements {
                    for choice in &element.choices {
                        let key = match choice {
                            Choice::Word(word) | Choice::Stem(word) => word.as_str(),
                            Choice::Camera => "@cam",
                            Choice::Number => "@num",
                            Choice::Adverbs | Choice::Gap => continue,
                        };
                        let list = by_first.entry(key.to_owned()).or_default();
                        if list.last() != Some(&patterns.len()) {
                            list.push(patterns.len());
                        }
                    }
                    if !element.optional && !matches!(element.choices.as_slice(), [Choice::Adverbs]) {
                        break;
                    }
                }
                patterns.push(Pattern { row, elements, alone });
            }
        }
        Table { rows, patterns, by_first }
    })
}

/// The row of the table of looks that shows a style.
pub(crate) fn look_of(style: &str) -> &str {
    let row = table().rows.iter().find(|row| row.slot == Slot::Style && row.value == style);
    row.and_then(|row| row.look.as_deref()).unwrap_or(style)
}

fn compile(text: &str) -> Vec<Element> {
    text.split(' ')
        .filter(|part| !part.is_empty())
        .map(|part| {
            // "a/b/?" and "a/b?" both make the place optional.
            let (body, optional) = match part.strip_suffix('?') {
                Some(body) if !body.is_empty() => (body.trim_end_matches('/'), true),
                _ => (part, false),
            };
            let choices = body
                .split('/')
                .map(|word| match word {
                    "@cam" => Choice::Camera,
                    "@adv" => Choice::Adverbs,
                    "@gap" => Choice::Gap,
                    "@num" => Choice::Number,
                    _ => word
                        .strip_prefix('~')
                        .map_or_else(|| Choice::Word(word.to_owned()), |stem| Choice::Stem(stem.to_owned())),
                })
                .collect();
            Element { choices, optional }
        })
        .collect()
}

/// A word as the patterns see it.
struct Word<'a> {
    token: &'a Token,
    stem: String,
}

impl Word<'_> {
    /// Whether it is the word; "shots" and "views" are as good as one.
    fn is(&self, word: &str) -> bool {
        self.token.low == word
            || (matches!(word, "shot" | "view" | "angle" | "lens")
                && self.token.low.strip_suffix('s').is_some_and(|one| one == word || one == "lense"))
    }

    fn is_helper(&self) -> bool {
        self.token.tag == Tag::Adverb || HELPERS.split_whitespace().any(|helper| helper == self.token.low)
    }
}

/// The phrases of the text, by position; of those in one slot that overlap, the longest.
pub(crate) fn scan(text: &str, tokens: &[Token]) -> Vec<Phrase> {
    let table = table();
    let words: Vec<Word<'_>> = tokens
        .iter()
        .filter(|token| {
            token.tag != Tag::Hyphen && token.low != "-" && (token.tag != Tag::Space || token.is_newline())
        })
        .map(|token| Word { stem: guess_lemma(&token.low), token })
        .collect();
    let mut found: Vec<Phrase> = Vec::new();
    let mut tried: Vec<usize> = Vec::new();
    for begin in 0..words.len() {
        let word = &words[begin];
        if word.token.is_break() {
            continue;
        }
        tried.clear();
        let camera = camera_at(&words, begin).is_some();
        let number = word.token.low.bytes().all(|b| b.is_ascii_digit());
        let keys = [
            Some(word.token.low.as_str()),
            (word.stem != word.token.low).then_some(word.stem.as_str()),
            camera.then_some("@cam"),
            number.then_some("@num"),
        ];
        for index in keys.into_iter().flatten().filter_map(|key| table.by_first.get(key)).flatten() {
            if tried.contains(index) {
                continue;
            }
            tried.push(*index);
            let pattern = &table.patterns[*index];
            if let Some(end) = longest(&words, begin, &pattern.elements)
                && (!pattern.alone || stands_alone(text, &words, begin, end))
            {
                let row = &table.rows[pattern.row];
                let value =
                    if row.value == "@num" { number_in(&words[begin..end]) } else { row.value.clone() };
                found.push(Phrase {
                    slot: row.slot,
                    value,
                    span: word.token.span.start..words[end - 1].token.span.end,
                    negated: is_negated(&words, begin),
                    exact: row.value == "@num",
                });
            }
        }
    }
    found.extend(speeds(&words, &found));
    found.extend(numbers(text));
    // The longest first, so that what it covers can be dropped; ties by position and table order (the sort is stable).
    found.sort_by_key(|phrase| (phrase.slot, std::cmp::Reverse(phrase.span.len())));
    let mut kept: Vec<Phrase> = Vec::new();
    let mut taken: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    for (k, phrase) in found.iter().enumerate() {
        if k > 0 && found[k - 1].slot != phrase.slot {
            taken.clear();
        }
        let overlaps =
            taken.range(..phrase.span.end).next_back().is_some_and(|(_, end)| *end > phrase.span.start);
        if !overlaps {
            taken.insert(phrase.span.start, phrase.span.end);
            kept.push(phrase.clone());
        } else if phrase.slot.is_direction() {
            // "Drone shot pulling back": the shorter phrase says nothing more, but its words are about the camera too.
            kept.push(Phrase { slot: Slot::Camera, value: String::new(), ..phrase.clone() });
        }
    }
    kept.sort_by_key(|phrase| (phrase.span.start, phrase.slot));
    kept
}

/// Whether marks, or the ends of the text, stand on both sides: "…, wide, …", "WIDE – Stone harbour".
fn stands_alone(text: &str, words: &[Word<'_>], begin: usize, end: usize) -> bool {
    let marks = ['-', '–', '—', ':', ',', ';', '.', '!', '?', '(', ')', '\n', '|'];
    let (from, to) = (words[begin].token.span.start, words[end - 1].token.span.end);
    let before = text[..from].trim_end_matches(' ');
    let after = text[to..].trim_start_matches(' ');
    let hyphenated = text[..from].ends_with('-') || text[to..].starts_with('-');
    (before.is_empty() || before.ends_with(marks))
        && (after.is_empty() || after.starts_with(marks))
        && !hyphenated
}

/// "slow", "fast" and their like at a camera move: how fast it is.
fn speeds(words: &[Word<'_>], found: &[Phrase]) -> Vec<Phrase> {
    let mut speeds: Vec<Phrase> = Vec::new();
    for phrase in found.iter().filter(|p| p.slot == Slot::Move && p.value != "static") {
        let first = words.partition_point(|w| w.token.span.start < phrase.span.start);
        let last = words.partition_point(|w| w.token.span.start < phrase.span.end);
        let before = words[first.saturating_sub(3)..first].iter().rev().take_while(|w| !w.token.is_break());
        let after = words[last..].iter().take(8).take_while(|w| !w.token.is_break());
        for word in before.chain(&words[first..last]).chain(after) {
            let value = match word.token.low.as_str() {
                "slow" | "slowly" | "gently" | "gentle" | "gradually" | "gradual" | "creeping" => "slow",
                "fast" | "quick" | "quickly" | "rapid" | "rapidly" | "whip" | "swiftly" | "swift"
                | "crash" => "fast",
                _ => continue,
            };
            let span = word.token.span.clone();
            if !speeds.iter().rev().take(4).any(|s| s.span == span) {
                speeds.push(Phrase {
                    slot: Slot::Speed,
                    value: value.to_owned(),
                    span,
                    negated: phrase.negated,
                    exact: false,
                });
            }
            break;
        }
    }
    speeds
}

/// "no", "not", "without", "never" within three words before, in the same clause.
fn is_negated(words: &[Word<'_>], begin: usize) -> bool {
    words[begin.saturating_sub(3)..begin]
        .iter()
        .rev()
        .take_while(|word| !word.token.is_break())
        .any(|word| matches!(word.token.low.as_str(), "no" | "not" | "without" | "never" | "n't"))
}

fn number_in(words: &[Word<'_>]) -> String {
    let digits = |low: &str| low.chars().take_while(char::is_ascii_digit).collect::<String>();
    words.iter().map(|word| digits(&word.token.low)).find(|number| !number.is_empty()).unwrap_or_default()
}

/// End of "the camera" at `at`.
fn camera_at(words: &[Word<'_>], at: usize) -> Option<usize> {
    let article = words.get(at).is_some_and(|w| w.is("the") || w.is("a") || w.is("our"));
    let noun = at + usize::from(article);
    // "a drone camera" is one.
    let count = words[noun.min(words.len())..]
        .iter()
        .take_while(|w| CAMERA_NOUNS.contains(&w.token.low.as_str()))
        .count();
    (count > 0).then_some(noun + count)
}

/// The furthest end of the pattern from `at`, if it matches at least one word.
fn longest(words: &[Word<'_>], at: usize, elements: &[Element]) -> Option<usize> {
    fn go(words: &[Word<'_>], at: usize, elements: &[Element]) -> Option<usize> {
        let Some((element, rest)) = elements.split_first() else { return Some(at) };
        let mut best: Option<usize> = None;
        let mut keep = |end: Option<usize>| best = best.max(end);
        for choice in &element.choices {
            match choice {
                Choice::Camera => {
                    if let Some(next) = camera_at(words, at) {
                        keep(go(words, next, rest));
                    }
                }
                Choice::Adverbs => {
                    let mut next = at;
                    keep(go(words, next, rest));
                    while next < words.len() && next - at < 4 && words[next].is_helper() {
                        next += 1;
                        keep(go(words, next, rest));
                    }
                }
                Choice::Gap => {
                    let mut next = at;
                    keep(go(words, next, rest));
                    while next < words.len() && next - at < 4 && !words[next].token.is_break() {
                        next += 1;
                        keep(go(words, next, rest));
                    }
                }
                Choice::Number => {
                    if words.get(at).is_some_and(|w| w.token.low.starts_with(|c: char| c.is_ascii_digit())) {
                        keep(go(words, at + 1, rest));
                    }
                }
                Choice::Word(word) => {
                    if words.get(at).is_some_and(|w| w.is(word)) {
                        keep(go(words, at + 1, rest));
                    }
                }
                Choice::Stem(stem) => {
                    if words.get(at).is_some_and(|w| w.stem == *stem || w.is(stem) || w.token.lemma == *stem)
                    {
                        keep(go(words, at + 1, rest));
                    }
                }
            }
        }
        if element.optional {
            keep(go(words, at, rest));
        }
        best
    }
    go(words, at, elements).filter(|end| *end > at)
}

/// The number that words stand for: "thirty-five", "half a".
fn in_words(words: &str) -> f64 {
    words
        .split(['-', ' '])
        .map(|word| match word {
            "a" | "an" | "one" => 1.0,
            "two" => 2.0,
            "three" => 3.0,
            "four" => 4.0,
            "five" => 5.0,
            "six" => 6.0,
            "seven" => 7.0,
            "eight" => 8.0,
            "nine" => 9.0,
            "ten" => 10.0,
            "eleven" => 11.0,
            "twelve" => 12.0,
            "fifteen" => 15.0,
            "twenty" => 20.0,
            "thirty" => 30.0,
            "forty" => 40.0,
            "fifty" => 50.0,
            "sixty" => 60.0,
            "ninety" => 90.0,
            _ => 0.0,
        })
        .sum::<f64>()
        * if words.starts_with("half") { 0.5 } else { 1.0 }
}

/// Whether "60s" behind `before` tells an age ("in his 60s") or a time ("the 1920s", "the late 80s"), not a length.
fn is_decade(before: &str, said: &str) -> bool {
    let Some(number) = said.strip_suffix(['s', 'S']).and_then(|n| n.parse::<u32>().ok()) else {
        return false;
    };
    let word = before.trim_end_matches([' ', '-']).rsplit([' ', '-', '\n']).next().unwrap_or_default();
    let leads = ["his", "her", "their", "my", "your", "our", "its", "the", "early", "mid", "late"];
    number % 10 == 0 && (number > 1000 || leads.iter().any(|lead| word.eq_ignore_ascii_case(lead)))
}

/// Whether marks or line ends stand around the range.
fn whole_line(text: &str, range: &Range<usize>) -> bool {
    let mark = |c: char| matches!(c, ',' | '.' | ';' | '\n' | '(' | ')');
    text[..range.start].trim_end_matches(' ').chars().next_back().is_none_or(mark)
        && text[range.end..].trim_start_matches(' ').chars().next().is_none_or(mark)
}

/// Requests with numbers: "10 seconds", "16:9", "1920x1080", "24 fps", "3 shots", "seed 7".
fn numbers(text: &str) -> Vec<Phrase> {
    static PATTERNS: LazyLock<Vec<(Slot, Regex)>> = LazyLock::new(|| {
        [
            (Slot::Seconds, r"(?i-u)\b(\d{1,4}(?:\.\d{1,3})?)[ -]?(s|secs?|seconds?|minutes?|mins?)(?:[ -]long)?\b"),
            (Slot::Seconds, r"(?i-u)\b((?:(?:twenty|thirty|forty|fifty|sixty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|half an?|a)[ -](seconds?|minutes?)( and a half)?(?:[ -]long)?\b"),
            (Slot::Aspect, r"(?i-u)\b(\d{1,2}(?:\.\d{1,3})?):(\d{1,2}(?:\.\d{1,3})?)\b"),
            (Slot::Size, r"(?i-u)\b(\d{3,4}) ?x ?(\d{3,4})\b"),
            (Slot::Fps, r"(?i-u)\b(\d{1,3}) ?(?:fps|frames per second)\b"),
            (Slot::Shots, r"(?i-u)\b(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)[ -](?:shots|cuts|panels|clips)\b"),
            (Slot::Seed, r"(?i-u)\bseed[ =:]{1,2}(\d{1,15})\b"),
        ]
        .into_iter()
        .map(|(slot, pattern)| (slot, Regex::new(pattern).expect("the patterns are constants")))
        .collect()
    });
    let mut found = Vec::new();
    for (slot, regex) in PATTERNS.iter() {
        for captures in regex.captures_iter(text) {
            let group = |k: usize| captures.get(k).map_or("", |m| m.as_str());
            let whole = captures.get(0).map_or(0..0, |m| m.range());
            let value = match slot {
                Slot::Seconds => {
                    let minutes = group(2).to_ascii_lowercase().starts_with('m');
                    let number =
                        group(1).parse().unwrap_or_else(|_| in_words(&group(1).to_ascii_lowercase()));
                    // "for a second" and "a minute later" are no lengths of a film.
                    let half = captures.get(3).is_some();
                    if is_decade(&text[..whole.start], group(0)) {
                        continue;
                    }
                    if group(1).eq_ignore_ascii_case("a") && !half && !whole_line(text, &whole) {
                        continue;
                    }
                    let number = if half { number + 0.5 } else { number };
                    (number * if minutes { 60.0 } else { 1.0 }).to_string()
                }
                Slot::Aspect => {
                    // "at 7:30 pm" is a time.
                    let after = text[whole.end..].trim_start().to_ascii_lowercase();
                    if after.starts_with("am") || after.starts_with("pm") || group(2).starts_with('0') {
                        continue;
                    }
                    format!("{}:{}", group(1), group(2))
                }
                Slot::Size => format!("{}x{}", group(1), group(2)),
                _ => group(1).to_ascii_lowercase(),
            };
            found.push(Phrase { slot: *slot, value, span: whole, negated: false, exact: true });
        }
    }
    found
}
