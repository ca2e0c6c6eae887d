//! Scripts that are not prose: screenplays in Fountain or Final Draft's XML, and shot lists.
//!
//! [`parse`] recognises a script by its form and takes it apart; what it gives are byte ranges into the text it was
//! given, on UTF-8 borders. Notes, boneyards, marks and numbers stand in no range. [`words`] gives the words of ranges,
//! [`plain`] takes emphasis marks off. A Final Draft file first becomes Fountain text ([`from_fdx`]).
//!
//! *Invariants:* every text gives an answer, in linear time; prose gives `None`.

mod fdx;
mod fountain;
mod shot_list;

use std::{borrow::Cow, ops::Range};

pub use fdx::{FdxError, from_fdx, is_fdx};

/// A script taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Screenplay {
    /// The film's title, over line ends where the script breaks it ([`words`] joins it).
    pub title: Option<Range<usize>>,
    /// Who wrote it, likewise.
    pub author: Option<Range<usize>>,
    /// The parts in the order of the text.
    pub elements: Vec<Element>,
}

/// A part of a script. Ranges are bytes of the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// The line that opens a scene.
    Heading(Heading),
    /// A paragraph of what is seen and heard: its lines, without the notes between them.
    Action(Vec<Range<usize>>),
    /// What somebody says.
    Speech(Speech),
    /// Lines of a song outside a speech.
    Lyrics(Vec<Range<usize>>),
    /// The way to the next scene: "CUT TO:", "FADE OUT."
    Transition(Range<usize>),
    /// A line in the middle of the page: "THE END".
    Centered(Range<usize>),
    /// The name of an act, a sequence, or of a group of shots.
    Section(Range<usize>),
    /// A line that tells what the scene is for; not to be shown.
    Synopsis(Range<usize>),
    /// A page that the writer ends.
    PageBreak,
    /// What stands before the first shot of a list: look, requests, cast.
    Preamble(Range<usize>),
    /// An item of a shot list.
    Shot(Shot),
}

/// The line that opens a scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    /// The line as written, without the scene number and the dot that forces a heading.
    pub span: Range<usize>,
    /// Inside or outside; `None` where a forced heading does not say.
    pub interior: Option<Interior>,
    /// The words of the place, without "INT.", time and number: "RADIO STATION - STUDIO".
    pub place: Range<usize>,
    /// The words of the time: "DAY", "MOMENTS LATER", "CONTINUOUS". Only words that tell a time are one.
    pub time: Option<Range<usize>>,
    /// What stands after the time: "RAINING", "FLASHBACK".
    pub detail: Option<Range<usize>>,
    /// The scene number, without its marks.
    pub number: Option<Range<usize>>,
}

/// Where a scene plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interior {
    /// Inside: "INT."
    Int,
    /// Outside: "EXT.", and "EST.", which shows a place from outside.
    Ext,
    /// Both: "INT./EXT.", "I/E".
    Both,
}

/// What somebody says under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    /// The speaker as written, without extension and marks.
    pub character: Range<usize>,
    /// What stands in parentheses after the name: "V.O.", "O.S.", "into radio". "CONT'D" and "MORE", which serve the page
    /// only, are left out.
    pub extension: Option<String>,
    /// Whether it is said at the same time as the speech before.
    pub dual: bool,
    /// How it is said, without the parentheses: "quietly", "beat".
    pub manner: Vec<Range<usize>>,
    /// The lines spoken, without the tilde of those that are sung.
    pub lines: Vec<Range<usize>>,
}

impl Speech {
    /// Whether the voice comes from outside the scene ("V.O."): the speaker is heard, not seen.
    pub fn is_voice_over(&self) -> bool {
        let letters =
            |part: &str| part.chars().filter(|c| c.is_alphabetic()).collect::<String>().to_uppercase();
        self.extension.as_deref().is_some_and(|extension| {
            extension.split([',', '/']).any(|part| matches!(letters(part).as_str(), "VO" | "VOICEOVER"))
        })
    }
}

/// An item of a shot list.
#[derive(Clone, Debug, PartialEq)]
pub struct Shot {
    /// The whole item, with number and timecode.
    pub span: Range<usize>,
    /// What it shows, without number and timecode; goes over line ends where the item does.
    pub text: Range<usize>,
    /// How long it lasts, where the list says so; in (0, 3600].
    pub seconds: Option<f64>,
    /// The number as written: "3", "12A", "two".
    pub number: Option<Range<usize>>,
}

/// Takes a Fountain screenplay or a shot list apart; `None` for prose.
///
/// A text is a screenplay if it has a scene heading on a line of its own and more than that, or a title page and
/// speeches. It is a shot list if it has two items or more in one style of numbering.
pub fn parse(text: &str) -> Option<Screenplay> {
    fountain::parse(text).or_else(|| shot_list::parse(text))
}

/// The words of some ranges of `text`, in one line, without emphasis marks. Ranges that are not of this text say nothing.
pub fn words(text: &str, parts: &[Range<usize>]) -> String {
    let mut joined = String::new();
    let mut end = None;
    for part in parts {
        if let Some(words) = text.get(part.clone()) {
            let gap = end.and_then(|end: usize| text.get(end..part.start));
            if end.is_some() && gap.is_none_or(|gap| gap.contains(['\n', '\r'])) {
                joined.push('\n');
            }
            joined.push_str(words);
            end = Some(part.end);
        }
    }
    plain(&joined).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text without the marks of emphasis (`*italics*`, `**bold**`, `_underline_`), by Fountain's rules: a mark opens before
/// a word and closes after one, on one line. Escaped marks (`\*`) lose the backslash and stay.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(['*', '_', '\\']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive(['\n', '\r']) {
        plain_line(line, &mut out);
    }
    Cow::Owned(out)
}

/// A run of marks that may open emphasis: where its unused marks begin and how many there are.
struct Opener {
    start: usize,
    count: usize,
}

fn plain_line(line: &str, out: &mut String) {
    let bytes = line.as_bytes();
    let mut dropped: Vec<Range<usize>> = Vec::new();
    let (mut stars, mut underscores): (Vec<Opener>, Vec<Opener>) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        let mark = bytes[at];
        if mark == b'\\' {
            let next = bytes.get(at + 1);
            if next.is_some_and(|next| b"*_\\[".contains(next)) {
                dropped.push(at..at + 1);
                at += 2;
                continue;
            }
            // At the start of a line it keeps a line from being read as another element.
            if at == 0 && next.is_some_and(|next| !next.is_ascii_whitespace()) {
                dropped.push(0..1);
            }
        }
        if mark != b'*' && mark != b'_' {
            at += 1;
            continue;
        }
        let count = bytes[at..].iter().take_while(|b| **b == mark).count();
        let before = line[..at].chars().next_back();
        let after = line[at + count..].chars().next();
        // Underscores within a word are part of it: `film_name`.
        let inside = |c: Option<char>| mark == b'_' && c.is_some_and(char::is_alphanumeric);
        let opens = after.is_some_and(|c| !c.is_whitespace()) && !inside(before);
        let closes = before.is_some_and(|c| !c.is_whitespace()) && !inside(after);
        let openers = if mark == b'*' { &mut stars } else { &mut underscores };
        let (mut start, mut left) = (at, count);
        while closes && left > 0 {
            let Some(opener) = openers.last_mut() else { break };
            let used = opener.count.min(left);
            opener.count -= used;
            let inner = opener.start + opener.count;
            dropped.push(inner..inner + used);
            dropped.push(start..start + used);
            start += used;
            left -= used;
            if opener.count == 0 {
                openers.pop();
            }
        }
        if opens && left > 0 && left <= 3 {
            openers.push(Opener { start, count: left });
        }
        at += count;
    }
    dropped.sort_unstable_by_key(|range| range.start);
    let mut kept = 0;
    for range in dropped {
        out.push_str(&line[kept..range.start]);
        kept = range.end;
    }
    out.push_str(&line[kept..]);
}

/// A range without the white space and the emphasis marks at its ends.
fn bare(text: &str, range: Range<usize>) -> Range<usize> {
    trim(text, range, |c| c.is_whitespace() || c == '*' || c == '_')
}

/// A range without the characters at its ends that `off` names.
fn trim(text: &str, range: Range<usize>, off: impl Fn(char) -> bool) -> Range<usize> {
    let inside = &text[range.clone()];
    let end = range.start + inside.trim_end_matches(&off).len();
    let start = end - text[range.start..end].trim_start_matches(&off).len();
    start..end
}

/// The lines of a text, without what ends them (LF, CR LF or CR).
fn lines(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'\n' || bytes[at] == b'\r' {
            lines.push(start..at);
            at += usize::from(bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n'));
            start = at + 1;
        }
        at += 1;
    }
    if start < bytes.len() {
        lines.push(start..bytes.len());
    }
    lines
}

/// A title page or a title line: what the text says about the film before it begins.
#[derive(Default)]
struct TitlePage {
    title: Option<Range<usize>>,
    author: Option<Range<usize>>,
    /// How many keys it has.
    keys: usize,
    /// How many lines it takes.
    lines: usize,
}

/// Keys that may begin a title page.
const TITLE_KEYS: &[&str] = &[
    "title",
    "credit",
    "author",
    "authors",
    "source",
    "notes",
    "draft date",
    "date",
    "contact",
    "copyright",
    "revision",
    "draft",
    "format",
    "font",
];

/// Whether a line is `Key: value` with a key of a title page.
fn is_title_key(line: &str) -> bool {
    line.split_once(':')
        .is_some_and(|(key, _)| TITLE_KEYS.iter().any(|k| k.eq_ignore_ascii_case(key.trim_end())))
}

/// Reads the title page that opens a text; one without keys if there is none.
fn title_page(text: &str, lines: &[Range<usize>]) -> TitlePage {
    let mut page = TitlePage::default();
    let opens = |line: &Range<usize>| text[line.clone()].trim_start_matches('\u{feff}').trim().is_empty();
    let first = lines.iter().take_while(|line| opens(line)).count();
    if lines.get(first).is_none_or(|line| !is_title_key(text[line.clone()].trim_start_matches('\u{feff}'))) {
        return page;
    }
    page.lines = first;
    let mut key = String::new();
    let mut value = 0..0;
    let keep = |page: &mut TitlePage, key: &str, value: &Range<usize>| {
        let value = bare(text, value.clone());
        match key {
            _ if value.is_empty() => {}
            "title" => page.title = page.title.take().or(Some(value)),
            "author" | "authors" => page.author = page.author.take().or(Some(value)),
            _ => {}
        }
    };
    for line in &lines[first..] {
        let content = &text[line.clone()];
        if content.trim().is_empty() {
            break;
        }
        let indented = content.starts_with('\t') || content.starts_with("   ");
        match content.split_once(':') {
            Some((name, _)) if !indented && name.chars().count() <= 30 => {
                keep(&mut page, &key, &value);
                key = name.trim_start_matches('\u{feff}').trim().to_lowercase();
                value = line.start + name.len() + 1..line.end;
                page.keys += 1;
            }
            _ if indented => value.end = line.end,
            _ => break,
        }
        page.lines += 1;
    }
    keep(&mut page, &key, &value);
    page
}
