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

/// White space, or the mark that may open a file.
fn blank_char(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The elements of a text as short lines, for comparing.
    fn told(text: &str) -> Vec<String> {
        let play = parse(text).unwrap_or_else(|| panic!("prose: {text:?}"));
        let one = |range: &Range<usize>| text[range.clone()].to_owned();
        let all = |ranges: &[Range<usize>]| ranges.iter().map(one).collect::<Vec<_>>().join("|");
        play.elements
            .iter()
            .map(|element| match element {
                Element::Heading(heading) => {
                    let part = |range: &Option<Range<usize>>| range.as_ref().map_or(String::new(), one);
                    let inside = match heading.interior {
                        Some(Interior::Int) => "int",
                        Some(Interior::Ext) => "ext",
                        Some(Interior::Both) => "both",
                        None => "forced",
                    };
                    let (time, detail, number) =
                        (part(&heading.time), part(&heading.detail), part(&heading.number));
                    format!("{inside}: {} / {time} / {detail} / {number}", one(&heading.place))
                }
                Element::Action(lines) => format!("action: {}", all(lines)),
                Element::Speech(speech) => {
                    let extension = speech.extension.as_deref().unwrap_or_default();
                    let dual = if speech.dual { "^" } else { "" };
                    let name = one(&speech.character);
                    format!("{name}({extension}){dual}: [{}] {}", all(&speech.manner), all(&speech.lines))
                }
                Element::Lyrics(lines) => format!("lyrics: {}", all(lines)),
                Element::Transition(words) => format!("transition: {}", one(words)),
                Element::Centered(words) => format!("centered: {}", one(words)),
                Element::Section(words) => format!("section: {}", one(words)),
                Element::Synopsis(words) => format!("synopsis: {}", one(words)),
                Element::PageBreak => "page".to_owned(),
                Element::Preamble(words) => format!("preamble: {}", one(words)),
                Element::Shot(shot) => {
                    let number = shot.number.as_ref().map_or(String::new(), one);
                    format!("shot {number}: {} / {:?}", one(&shot.text), shot.seconds)
                }
            })
            .collect()
    }

    /// The elements below a heading.
    fn below(text: &str) -> Vec<String> {
        told(&format!("INT. HOUSE - DAY\n\n{text}")).split_off(1)
    }

    #[test]
    fn headings_come_apart() {
        for (line, parts) in [
            ("INT. HOUSE - DAY", "int: HOUSE / DAY /  / "),
            ("EXT. BEACH - LATE AFTERNOON #12A#", "ext: BEACH / LATE AFTERNOON /  / 12A"),
            ("EXT BEACH — NIGHT", "ext: BEACH / NIGHT /  / "),
            ("EST. CITY", "ext: CITY /  /  / "),
            ("INT./EXT. CAR - MOVING - DAY", "both: CAR - MOVING / DAY /  / "),
            ("EXT./INT. CAR - DAY", "both: CAR / DAY /  / "),
            ("I/E CAR - CONTINUOUS", "both: CAR / CONTINUOUS /  / "),
            ("INT. ST. MARY'S CHURCH - THE NEXT MORNING", "int: ST. MARY'S CHURCH / THE NEXT MORNING /  / "),
            ("EXT. SEA - NIGHT - RAINING", "ext: SEA / NIGHT / RAINING / "),
            ("INT. HOUSE - NIGHT (FLASHBACK)", "int: HOUSE / NIGHT / FLASHBACK / "),
            ("INT. NIGHT-CLUB - 3 DAYS LATER", "int: NIGHT-CLUB / 3 DAYS LATER /  / "),
            ("INT. CINEMA (NIGHT)", "int: CINEMA / NIGHT /  / "),
            ("INT. STATION. NIGHT", "int: STATION / NIGHT /  / "),
            ("Int. station, night", "int: station / night /  / "),
            ("INT. McDONALD'S - DAY [[which?]]", "int: McDONALD'S / DAY /  / "),
            ("INT. [[old]] MILL -- DUSK", "int: MILL / DUSK /  / "),
            (
                ".BINOCULARS A FORCED SCENE HEADING - LATER",
                "forced: BINOCULARS A FORCED SCENE HEADING / LATER /  / ",
            ),
            (".INSIDE HER HEAD - A DOOR", "forced: INSIDE HER HEAD - A DOOR /  /  / "),
            ("EXT. ÉCOLE – AUBE", "ext: ÉCOLE – AUBE /  /  / "),
        ] {
            assert_eq!(below(&format!("{line}\n\nShe waits.")), [parts, "action: She waits."], "{line}");
        }
        assert_eq!(told("Int. station, night\n\nShe waits.").len(), 2);
        assert_eq!(told(".SOMEWHERE - NIGHT\n\nShe waits.").len(), 2);
        // Without empty lines, as many write.
        assert_eq!(
            told("INT. A - DAY\nShe goes.\nEXT. B - DAY\nMARA\nHello."),
            ["int: A / DAY /  / ", "action: She goes.", "ext: B / DAY /  / ", "MARA(): [] Hello."]
        );
    }

    #[test]
    fn speeches_come_apart() {
        assert_eq!(
            below("MARA (V.O.) (CONT'D) ^\n(low)\nGo.\n(beat)\nNow."),
            ["MARA(V.O.)^: [low|beat] Go.|Now."]
        );
        assert_eq!(below("@McAVOY\nYes."), ["McAVOY(): [] Yes."]);
        assert_eq!(below("@Bob"), ["Bob(): [] "]);
        assert_eq!(below("R2D2 (on the radio)\nBeep."), ["R2D2(on the radio): [] Beep."]);
        assert_eq!(below("MARA\nTen.\n  \nFour."), ["MARA(): [] Ten.|Four."]);
        assert_eq!(below("MARA\n(so\nquiet)\nTen."), ["MARA(): [so|quiet] Ten."]);
        assert_eq!(below("MARA\n(open\nTen."), ["MARA(): [] (open|Ten."]);
        assert_eq!(below("MARA\n~la la\n~lo"), ["MARA(): [] la la|lo"]);
        assert_eq!(below("MARA\nTen [[why\nten?]] or\nso."), ["MARA(): [] Ten|or|so."]);
        assert_eq!(below("\t\tMARA\n\tHello."), ["MARA(): [] Hello."]);
        // No speakers.
        for text in ["THE DOOR EXPLODES.", "23\nHe counts.", "MARA\n\nHello.", "CLOSE ON MARA\nShe cries."] {
            assert!(below(text).iter().all(|line| line.starts_with("action")), "{text}: {:?}", below(text));
        }
    }

    #[test]
    fn other_elements_are_told_by_their_marks() {
        assert_eq!(below("!SHE RUNS\nfast"), ["action: SHE RUNS|fast"]);
        assert_eq!(below("CUT TO:"), ["transition: CUT TO:"]);
        assert_eq!(below("> Burn to white."), ["transition: Burn to white."]);
        assert_eq!(below("> *THE END* <"), ["centered: *THE END*"]);
        assert_eq!(below("~Song\n~of two"), ["lyrics: Song|of two"]);
        assert_eq!(
            below("# Act\n## Part\n= Why\n====="),
            ["section: Act", "section: Part", "synopsis: Why", "page"]
        );
        assert_eq!(below("...and then\nmore\n\n.. no"), ["action: ...and then|more", "action: .. no"]);
    }

    #[test]
    fn notes_and_boneyards_are_not_there_and_open_ones_are_text() {
        assert_eq!(
            below("He /* never */goes.\n\n/*\nINT. GONE - DAY\n\n*/\n\nEnd."),
            ["action: He |goes.", "action: End."]
        );
        assert_eq!(below("He goes. [[a\nb\n  \nc]] On."), ["action: He goes.|On."]);
        assert_eq!(below("He [[goes.\n\nOn]]."), ["action: He [[goes.", "action: On]]."]);
        assert_eq!(below("He /* goes.\n\nOn."), ["action: He /* goes.", "action: On."]);
        assert_eq!(below("MARA\n[[gone]]\nHello."), ["MARA(): [] Hello."]);
    }

    #[test]
    fn prose_is_prose() {
        for text in [
            "",
            "\u{feff}",
            "A WOMAN RUNS THROUGH THE SNOW",
            "A CAT SLEEPS\nA DOG BARKS\n\nTHE END",
            "INT. A WOMAN RUNS THROUGH A FOREST. SHE FALLS. THE END.",
            "Ext. beach, day. A girl runs with a kite and falls.",
            "Int. station at night. A woman waits for a train.\n\nIt never comes.",
            "Internal struggle\n\nA man sits.",
            "Ext.js is old.\n\nA man types.",
            ".NET\n\nA man types.",
            "Title: The Walk\n\nA man walks home.",
            "Title: The Walk\n\nSCENE ONE\nA man walks home.",
            "Two cats\n- a red one\n- a blue one",
            "1. A single item",
            "In 1999 a man waits.\n2-3 cats come.\n4-5 go.",
            "1985. A man waits.\n1986. He waits.",
            "She said: 10 - 12 cats.",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(parse("Title: Walk\nAuthor: X\n\nMARA\nHello.").is_some());
    }

    #[test]
    fn shot_lists_come_apart_in_every_style() {
        for (text, parts) in [
            (
                "1) A cat (4s)\n2) A dog, 2.5 sec",
                ["shot 1: A cat (4s) / Some(4.0)", "shot 2: A dog, 2.5 sec / Some(2.5)"],
            ),
            (
                "Shot 1 - A cat\nin snow\nSHOT 2. A dog",
                ["shot 1: A cat\nin snow / None", "shot 2: A dog / None"],
            ),
            (
                "**Shot 1**: A cat\n\n**Shot 2 (3s):** A dog",
                ["shot 1: A cat / None", "shot 2: A dog / Some(3.0)"],
            ),
            ("### Shot 1\nA cat\n\n### Shot 2\nA dog", ["shot 1: A cat / None", "shot 2: A dog / None"]),
            ("Scene one: A cat\nScene two: A dog", ["shot one: A cat / None", "shot two: A dog / None"]),
            (
                "[0:00 - 0:05] A cat\n[0:05 - 0:06.5]: A dog",
                ["shot : A cat / Some(5.0)", "shot : A dog / Some(1.5)"],
            ),
            ("0-4s: A cat\n4-6s: A dog", ["shot : A cat / Some(4.0)", "shot : A dog / Some(2.0)"]),
            (
                "Shot 1: [0:00-0:04] A cat\nShot 2: A dog",
                ["shot 1: A cat / Some(4.0)", "shot 2: A dog / None"],
            ),
            (
                "Shot 1: A cat. Shot 2: A dog for 3 seconds.",
                ["shot 1: A cat. / None", "shot 2: A dog for 3 seconds. / Some(3.0)"],
            ),
            (
                "1. The 80s come\n2. In the 1920s",
                ["shot 1: The 80s come / None", "shot 2: In the 1920s / None"],
            ),
            ("1. **WIDE** A cat\n2. *A dog*", ["shot 1: **WIDE** A cat / None", "shot 2: *A dog* / None"]),
            ("- 1A: A cat\r\n- 2: A dog", ["shot 1A: A cat / None", "shot 2: A dog / None"]),
        ] {
            assert_eq!(told(text), parts, "{text}");
        }
        assert_eq!(
            told(
                "A film in ink.\n\nScene 1: Port\n1. A cat\n2. A dog\nScene 2: Sea\n1. A fish\n\nMake it blue."
            ),
            [
                "preamble: A film in ink.",
                "section: Port",
                "shot 1: A cat / None",
                "shot 2: A dog / None",
                "section: Sea",
                "shot 1: A fish / None",
                "action: Make it blue.",
            ]
        );
    }

    #[test]
    fn emphasis_comes_off_and_other_marks_stay() {
        for (text, bare) in [
            ("*a* **b** ***c*** _d_", "a b c d"),
            ("_**a *b* c**_", "a b c"),
            ("**a *b***", "a b"),
            ("5 * 3 * 2 snake_case_name", "5 * 3 * 2 snake_case_name"),
            ("\\*a\\* \\_b *c", "*a* _b *c"),
            ("*a\nb*", "*a\nb*"),
            ("c:\\dir", "c:\\dir"),
            ("\\(so)", "(so)"),
        ] {
            assert_eq!(plain(text), bare);
        }
        let text = "I *found* it. [[Or]]\n\n  here";
        assert_eq!(words(text, &[0..14, 24..28]), "I found it. here");
    }
}
