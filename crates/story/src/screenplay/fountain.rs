//! Screenplays in Fountain (<https://fountain.io/syntax>).
//!
//! All of the syntax is read. Where writers are looser than it, so are we: headings in capitals, forced marks and named
//! transitions need no empty lines around them, "FADE IN:" needs no mark, and camera directions in capitals are no
//! speakers. What is not closed (`/*`, `[[`) is text.

use std::{borrow::Cow, ops::Range};

use super::{
    Element, Heading, Interior, Screenplay, Speech, TitlePage, bare, blank_char, lines, title_page, trim,
};

/// What may open a heading, longest first.
const PREFIXES: &[(&str, Interior)] = &[
    ("INT./EXT", Interior::Both),
    ("EXT./INT", Interior::Both),
    ("INT/EXT", Interior::Both),
    ("EXT/INT", Interior::Both),
    ("I./E", Interior::Both),
    ("I/E", Interior::Both),
    ("E/I", Interior::Both),
    ("INT", Interior::Int),
    ("EXT", Interior::Ext),
    ("EST", Interior::Ext),
];

/// Words that end the time of a heading.
const TIMES: &str = "DAY NIGHT DAWN DUSK MORNING AFTERNOON EVENING NOON MIDDAY MIDNIGHT SUNRISE SUNSET SUNUP SUNDOWN \
    DAYBREAK NIGHTFALL TWILIGHT LATER CONTINUOUS SAME DAYTIME NIGHTTIME DAYS NIGHTS EARLIER PRESENT";

/// Words that may stand before the last word of a time.
const TIME_MODIFIERS: &str = "EARLY LATE MOMENTS MOMENT MINUTES SECONDS HOURS HOUR DAYS DAY WEEKS MONTHS YEARS NIGHT MORNING SAME \
    NEXT THE THAT MID PRE A FEW AT ONE TWO THREE SOME IN BEFORE AFTER LATER MUCH SHORTLY FOLLOWING \
    SUMMER WINTER AUTUMN SPRING";

/// Times of two words whose last word alone is none.
const TIME_PAIRS: &[&str] =
    &["MAGIC HOUR", "GOLDEN HOUR", "BLUE HOUR", "SAME TIME", "MOONLIGHT", "FIRST LIGHT"];

/// Transitions that need no mark though they do not end in "TO:".
const TRANSITIONS: &[&str] = &[
    "FADE IN",
    "FADE UP",
    "FADE OUT",
    "FADE TO BLACK",
    "FADE TO WHITE",
    "FADE IN FROM BLACK",
    "FADE FROM BLACK",
    "CUT TO BLACK",
    "SMASH CUT TO BLACK",
    "CUT TO",
    "DISSOLVE TO",
    "SMASH CUT TO",
    "MATCH CUT TO",
    "JUMP CUT TO",
    "WIPE TO",
    "SMASH CUT",
    "MATCH CUT",
    "JUMP CUT",
    "IRIS IN",
    "IRIS OUT",
    "CROSSFADE TO",
    "CROSS DISSOLVE TO",
];

/// Words in capitals that direct the camera or divide the script; no speaker's name opens with them unless `@` says so.
const NO_SPEAKERS: &[&str] = &[
    "CLOSE",
    "CLOSER",
    "CLOSEUP",
    "CLOSE-UP",
    "EXTREME",
    "ANGLE",
    "INSERT",
    "BACK TO",
    "WIDE",
    "WIDER",
    "MEDIUM SHOT",
    "POV",
    "SUPER",
    "SUPERIMPOSE",
    "TITLE",
    "TITLES",
    "TITLE CARD",
    "MONTAGE",
    "SERIES OF",
    "INTERCUT",
    "LATER",
    "MOMENTS LATER",
    "CONTINUOUS",
    "THE END",
    "FLASHBACK",
    "SCENE",
    "ACT",
    "SHOT",
    "TRACKING",
    "AERIAL",
    "ESTABLISHING",
    "END OF",
    "ON SCREEN",
    "SPLIT SCREEN",
    "SLOW MOTION",
    "OVER BLACK",
    "CREDITS",
    "INTRO",
    "OUTRO",
    "CUT TO",
    "FADE",
    "DISSOLVE",
];

/// Reads a screenplay; `None` if the text is none.
pub(super) fn parse(text: &str) -> Option<Screenplay> {
    let page = Page::new(text);
    let title = title_page(text, &page.bounds);
    let elements = page.elements(title.lines);
    is_screenplay(text, &title, &elements).then_some(Screenplay {
        title: title.title,
        author: title.author,
        elements,
    })
}

/// Whether the parts are those of a screenplay and not of prose that looks like one at a line or two.
fn is_screenplay(text: &str, title: &TitlePage, elements: &[Element]) -> bool {
    // A forced heading with a time counts twice: ".NET" has none.
    let (mut headings, mut forced, mut speeches, mut told) = (0, 0, 0, 0);
    let mut sure = false;
    for element in elements {
        match element {
            Element::Heading(Heading { interior: Some(_), span, time, .. }) => {
                headings += 1;
                sure |= time.is_some() && shouted(&text[span.clone()]);
            }
            Element::Heading(heading) => forced += 1 + usize::from(heading.time.is_some()),
            Element::Speech(speech) => {
                told += 1;
                let lower = |line: &Range<usize>| text[line.clone()].chars().any(char::is_lowercase);
                speeches += usize::from(speech.lines.iter().any(lower));
            }
            Element::Action(_) | Element::Lyrics(_) | Element::Centered(_) => told += 1,
            _ => {}
        }
    }
    if headings > 0 {
        return sure || told > 0 || headings > 1;
    }
    if title.keys > 0 && (speeches > 1 || (speeches > 0 && title.keys > 1)) {
        return true;
    }
    forced > 0 && told > 0 && (forced > 1 || speeches > 0 || title.keys > 0)
}

/// The kind of a Fountain line on its own, as FDX paragraphs are checked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Heading,
    Transition,
    Action,
    Other,
}

/// How a line that stands alone between empty lines is read.
pub(super) fn kind(line: &str) -> Kind {
    let page = Page::new(line);
    match page.elements(0).as_slice() {
        [Element::Heading(_)] => Kind::Heading,
        [Element::Transition(_)] => Kind::Transition,
        [Element::Action(lines)] if lines.len() == 1 && lines[0] == (0..line.len()) => Kind::Action,
        _ => Kind::Other,
    }
}

/// Whether a line is read as a speaker's name when speech follows it.
pub(super) fn is_cue(line: &str) -> bool {
    !is_heading(line, true, true) && !is_transition(line) && cue(line).is_some_and(|cue| !cue.forced)
}

/// Whether a line within a speech would be read as something else than speech.
pub(super) fn ends_speech(line: &str) -> bool {
    line.starts_with(['!', '>', '~', '\\'])
        || is_page_break(line)
        || is_heading(line, false, false)
        || is_transition(line)
}

/// What a line is before its words are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Nothing, or white space.
    Empty,
    /// Two spaces or more: goes on with a speech, else empty.
    Spaces,
    /// A line that a note or a boneyard takes whole: as if it were not there.
    Hidden,
    /// Words.
    Words,
}

/// The lines of a text without its notes and boneyards.
struct Page<'a> {
    text: &'a str,
    bounds: Vec<Range<usize>>,
    looks: Vec<Look>,
    /// What is seen of each line, as a range of `parts`.
    seen: Vec<Range<usize>>,
    parts: Vec<Range<usize>>,
}

/// What is seen of a line, in one piece.
struct Seen<'a> {
    words: Cow<'a, str>,
    parts: &'a [Range<usize>],
}

impl Seen<'_> {
    /// The bytes of the text that some bytes of the words come from.
    fn span(&self, range: Range<usize>) -> Range<usize> {
        let end = self.parts.last().map_or(0, |part| part.end);
        let mut span = end..end;
        let (mut base, mut opened) = (0, false);
        for part in self.parts {
            let next = base + part.len();
            if !opened && range.start < next {
                span.start = part.start + range.start - base;
                opened = true;
            }
            if base < range.end && range.end <= next {
                span.end = part.start + range.end - base;
            }
            base = next;
        }
        if range.is_empty() { span.start..span.start } else { span }
    }
}

impl<'a> Page<'a> {
    fn new(text: &'a str) -> Self {
        let bounds = lines(text);
        let hidden = hidden(text, &bounds);
        let mut page = Page { text, looks: Vec::new(), seen: Vec::new(), parts: Vec::new(), bounds };
        let mut next = 0;
        for line in &page.bounds {
            let first = page.parts.len();
            let mut at = line.start;
            let mut cut = false;
            while next < hidden.len() && hidden[next].end <= line.start {
                next += 1;
            }
            for gone in
                hidden[next..].iter().take_while(|gone| gone.start <= line.end && gone.end > line.start)
            {
                cut = true;
                if gone.start > at {
                    page.parts.push(at..gone.start);
                }
                at = at.max(gone.end);
            }
            if at < line.end {
                page.parts.push(at..line.end);
            }
            let blank = |part: &Range<usize>| text[part.clone()].trim_matches(blank_char).is_empty();
            while page.parts.len() > first && blank(&page.parts[page.parts.len() - 1]) {
                page.parts.pop();
            }
            let blanks = page.parts[first..].iter().take_while(|part| blank(part)).count();
            page.parts.drain(first..first + blanks);
            let count = page.parts.len();
            let look = if count > first {
                page.parts[first] = trim_start(text, page.parts[first].clone());
                let last = page.parts[count - 1].clone();
                page.parts[count - 1] =
                    last.start..last.start + text[last].trim_end_matches(blank_char).len();
                Look::Words
            } else if cut {
                Look::Hidden
            } else if text[line.clone()].starts_with("  ") {
                Look::Spaces
            } else {
                Look::Empty
            };
            page.looks.push(look);
            page.seen.push(first..count);
        }
        page
    }

    fn parts(&self, line: usize) -> &[Range<usize>] {
        &self.parts[self.seen[line].clone()]
    }

    fn seen(&self, line: usize) -> Seen<'_> {
        let parts = self.parts(line);
        let words = match parts {
            [part] => Cow::Borrowed(&self.text[part.clone()]),
            _ => Cow::Owned(parts.iter().map(|part| &self.text[part.clone()]).collect()),
        };
        Seen { words, parts }
    }

    /// The next line that is there at all.
    fn after(&self, line: usize) -> usize {
        (line + 1..self.looks.len()).find(|k| self.looks[*k] != Look::Hidden).unwrap_or(self.looks.len())
    }

    fn has_words(&self, line: usize) -> bool {
        self.looks.get(line) == Some(&Look::Words)
    }

    /// The parts of the screenplay from a line on.
    fn elements(&self, from: usize) -> Vec<Element> {
        let mut elements = Vec::new();
        // Whether the line before is empty or there is none.
        let mut free = true;
        let mut at = from;
        while at < self.looks.len() {
            match self.looks[at] {
                Look::Empty | Look::Spaces => free = true,
                Look::Hidden => {}
                Look::Words => {
                    at = self.element(at, free, &mut elements);
                    free = false;
                    continue;
                }
            }
            at += 1;
        }
        elements
    }

    /// Reads the element that begins at a line with words; gives the line after it.
    fn element(&self, at: usize, free: bool, elements: &mut Vec<Element>) -> usize {
        let seen = self.seen(at);
        let words = seen.words.as_ref();
        let next = self.after(at);
        let rest = |mark: usize| bare(self.text, seen.span(mark..words.len()));
        if let Some(element) = self.marked(&seen) {
            elements.push(element);
            return next;
        }
        let alone = free && !self.has_words(next);
        let forced = is_forced_heading(words) && (free || shouted(words));
        if forced || is_heading(words, alone, true) {
            elements.push(Element::Heading(heading(self.text, &seen, forced)));
            return next;
        }
        if is_transition(words) {
            elements.push(Element::Transition(rest(0)));
            return next;
        }
        if let Some(cue) = cue(words)
            && (cue.forced || self.has_words(next))
        {
            return self.speech(&seen, cue, next, elements);
        }
        if words.starts_with('~') {
            let mut sung = Vec::new();
            let end = self.run(at, |words| words.starts_with('~'), &mut sung);
            for part in &mut sung {
                *part = trim(self.text, part.clone(), |c| c == '~' || c.is_whitespace());
            }
            elements.push(Element::Lyrics(sung));
            return end;
        }
        let mut told = Vec::new();
        if let Some(forced) = words.strip_prefix('!') {
            // The mark says that this line is action; the ones below are by themselves.
            let mut parts = seen.parts.to_vec();
            parts[0] = trim_start(self.text, parts[0].start + 1..parts[0].end);
            parts.retain(|part| !part.is_empty());
            told.extend(parts);
            if told.is_empty() && forced.is_empty() {
                return next;
            }
        } else {
            told.extend_from_slice(seen.parts);
        }
        let end = self.run(next, |words| !self.ends_action(words), &mut told);
        elements.push(Element::Action(told));
        end
    }

    /// Takes the lines from one on that `fits`, up to an empty one; gives the line after them.
    fn run(&self, from: usize, fits: impl Fn(&str) -> bool, parts: &mut Vec<Range<usize>>) -> usize {
        let mut at = from;
        while at < self.looks.len() {
            match self.looks[at] {
                Look::Hidden => {}
                Look::Words if fits(&self.seen(at).words) => parts.extend_from_slice(self.parts(at)),
                _ => break,
            }
            at += 1;
        }
        at
    }

    /// A line that its first mark names, whatever stands around it.
    fn marked(&self, seen: &Seen<'_>) -> Option<Element> {
        let words = seen.words.as_ref();
        let from = |mark: usize| trim(self.text, seen.span(mark..words.len()), char::is_whitespace);
        if is_page_break(words) {
            return Some(Element::PageBreak);
        }
        match words.as_bytes().first()? {
            b'#' => Some(Element::Section(from(words.len() - words.trim_start_matches('#').len()))),
            b'=' => Some(Element::Synopsis(from(1))),
            b'>' => Some(match words[1..].strip_suffix('<') {
                Some(centered) => {
                    Element::Centered(trim(self.text, seen.span(1..1 + centered.len()), char::is_whitespace))
                }
                None => Element::Transition(from(1)),
            }),
            _ => None,
        }
    }

    /// Whether a line that follows one of action without an empty line is no action itself.
    #[expect(clippy::unused_self, reason = "stands with the other rules of the page")]
    fn ends_action(&self, words: &str) -> bool {
        words.starts_with(['#', '!', '~', '>'])
            || is_page_break(words)
            || is_heading(words, false, false)
            || is_transition(words)
    }

    /// Reads the speech below a speaker's name; gives the line after it.
    fn speech(&self, seen: &Seen<'_>, cue: Cue, from: usize, elements: &mut Vec<Element>) -> usize {
        let mut speech = Speech {
            character: bare(self.text, seen.span(cue.name)),
            extension: cue.extension,
            dual: cue.dual,
            manner: Vec::new(),
            lines: Vec::new(),
        };
        let mut at = from;
        // A parenthesis that the speech does not close is words.
        let mut unclosed = false;
        while at < self.looks.len() {
            match self.looks[at] {
                Look::Empty => break,
                Look::Spaces | Look::Hidden => {
                    at += 1;
                    continue;
                }
                Look::Words => {}
            }
            let seen = self.seen(at);
            let words = seen.words.as_ref();
            if words.starts_with('(') && !unclosed {
                // "(beat) Two years." has speech behind the parenthesis, which is then speech too.
                let last = if let Some(close) = words.find(')') {
                    (close + 1 == words.len()).then_some(at)
                } else {
                    let last = (at..self.looks.len())
                        .take_while(|k| self.looks[*k] != Look::Empty)
                        .find(|k| self.looks[*k] == Look::Words && self.seen(*k).words.ends_with(')'));
                    unclosed = last.is_none();
                    last
                };
                if let Some(last) = last {
                    for k in at..=last {
                        speech.manner.extend(
                            self.parts(k)
                                .iter()
                                .map(|part| {
                                    trim(self.text, part.clone(), |c| c.is_whitespace() || "()".contains(c))
                                })
                                .filter(|part| !part.is_empty()),
                        );
                    }
                    at = last + 1;
                    continue;
                }
            }
            if !words.starts_with(['~', '\\']) && ends_speech(words) {
                break;
            }
            let first = speech.lines.len();
            speech.lines.extend_from_slice(seen.parts);
            if words.starts_with('~') {
                let part = seen.parts[0].clone();
                speech.lines[first] = trim_start(self.text, part.start + 1..part.end);
                if speech.lines[first].is_empty() {
                    speech.lines.remove(first);
                }
            }
            at += 1;
        }
        elements.push(Element::Speech(speech));
        at
    }
}

fn trim_start(text: &str, range: Range<usize>) -> Range<usize> {
    range.end - text[range.clone()].trim_start_matches(blank_char).len()..range.end
}

/// The boneyards and the notes of a text, in order. Those that are not closed are text, and a note ends at an empty line.
fn hidden(text: &str, lines: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let mut at = 0;
    let mut open_boneyard = false;
    let mut line = 0;
    // The end of the paragraph that was last looked at, and up to where no note is closed.
    let (mut paragraph, mut unclosed) = (0, 0);
    while let Some(found) = text[at..].find(['/', '[']) {
        let start = at + found;
        let escaped = start > 0 && text.as_bytes()[start - 1] == b'\\';
        at = start + 1;
        if text[start..].starts_with("/*") && !open_boneyard {
            match text[start + 2..].find("*/") {
                Some(length) => {
                    at = start + length + 4;
                    hidden.push(start..at);
                }
                None => open_boneyard = true,
            }
        } else if text[start..].starts_with("[[") && !escaped {
            while lines[line].end <= start {
                line += 1;
            }
            if start >= paragraph {
                let empty = |k: &usize| {
                    lines.get(k + 1).is_none_or(|next| {
                        let next = &text[next.clone()];
                        next.trim().is_empty() && !next.starts_with("  ")
                    })
                };
                paragraph = (line..lines.len()).find(empty).map_or(text.len(), |last| lines[last].end);
            }
            if start >= unclosed {
                match text.get(start + 2..paragraph).and_then(|rest| rest.find("]]")) {
                    Some(length) => {
                        at = start + length + 4;
                        hidden.push(start..at);
                    }
                    None => unclosed = paragraph,
                }
            }
        }
    }
    hidden
}

/// Whether the letters of a line are capitals, but for a few as in `McDONALD'S`.
fn shouted(words: &str) -> bool {
    let (mut upper, mut lower) = (0, 0);
    for c in words.chars() {
        upper += usize::from(c.is_uppercase());
        lower += usize::from(c.is_lowercase());
    }
    upper > 0 && lower * 4 <= upper
}

fn is_page_break(words: &str) -> bool {
    words.len() >= 3 && words.bytes().all(|b| b == b'=')
}

fn is_forced_heading(words: &str) -> bool {
    words.strip_prefix('.').and_then(|rest| rest.chars().next()).is_some_and(char::is_alphanumeric)
}

/// What opens a heading and how many bytes of the line it takes; whether a dot ends it.
fn prefix(words: &str) -> Option<(Interior, usize, bool)> {
    let (name, interior) = PREFIXES
        .iter()
        .find(|(name, _)| words.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))?;
    let rest = &words[name.len()..];
    let dotted = rest.starts_with('.');
    let spaced = rest[usize::from(dotted)..].starts_with(char::is_whitespace);
    // "Ext.js" and "INTERVIEW" are words; "int. kitchen" is not.
    let capitals = words[..name.len()].chars().all(|c| !c.is_lowercase());
    ((dotted && (spaced || shouted(words))) || (spaced && capitals)).then_some((
        *interior,
        name.len() + usize::from(dotted),
        dotted,
    ))
}

/// Whether a line is a scene heading by its words. `alone`: empty lines around it; `first`: it begins a paragraph.
fn is_heading(words: &str, alone: bool, first: bool) -> bool {
    let Some((_, length, dotted)) = prefix(words) else { return false };
    let (rest, _) = split_number(words);
    if rest.len() <= length || !rest[length..].contains(char::is_alphanumeric) {
        return false;
    }
    let rest = &rest[length..];
    let (place, time, _) = split_time(rest);
    let timed = time.is_some();
    let count = place.split_whitespace().count();
    if shouted(words) {
        return count <= 16 && (timed || !tells(place)) && (first || dotted);
    }
    let short = count <= 5 || (timed && count <= 9 && rest.contains(['-', '–', '—']));
    first && short && !tells(place) && (alone || timed)
}

/// Whether the words hold a whole sentence: a stop that ends a long word, with words behind it or at the end.
fn tells(words: &str) -> bool {
    words.split_whitespace().any(|word| {
        let long = word.trim_end_matches(['.', '!', '?', '…']);
        long.len() < word.len() && long.chars().count() > 3 && long.chars().all(char::is_alphabetic)
            || word.ends_with(['!', '?'])
    })
}

/// A line without the scene number at its end, and the number.
fn split_number(words: &str) -> (&str, Option<Range<usize>>) {
    let number = || {
        let inner = words.strip_suffix('#')?;
        let start = inner.rfind('#')? + 1;
        let number = &inner[start..];
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
        (!number.is_empty() && number.chars().all(fits)).then_some(start..inner.len())
    };
    match number() {
        Some(number) => (words[..number.start - 1].trim_end(), Some(number)),
        None => (words, None),
    }
}

/// Splits what follows "INT." into place, time and what stands behind the time.
fn split_time(rest: &str) -> (&str, Option<Range<usize>>, Option<Range<usize>>) {
    // Chunks between dashes; a hyphen divides only with white space at its side.
    let mut chunks: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (k, c) in rest.char_indices() {
        let after = rest[k + c.len_utf8()..].chars().next();
        let divides = matches!(c, '–' | '—')
            || (c == '-'
                && (before.is_whitespace()
                    || before == '-'
                    || after.is_none_or(|c| c.is_whitespace() || c == '-')));
        if divides {
            chunks.push(trim(rest, start..k, off_edge));
            start = k + c.len_utf8();
        }
        before = c;
    }
    chunks.push(trim(rest, start..rest.len(), off_edge));
    chunks.retain(|chunk| !chunk.is_empty());
    let timed = |chunk: &Range<usize>| time_words(&rest[chunk.clone()]) == Some(0);
    if let Some(last) = (1..chunks.len()).rev().find(|k| timed(&chunks[*k])) {
        let first = (1..=last).rev().take_while(|k| timed(&chunks[*k])).last().unwrap_or(last);
        let (start, mut end) = (chunks[first].start, chunks[last].end);
        let mut detail = chunks.get(last + 1).map(|next| next.start..chunks[chunks.len() - 1].end);
        if let Some(open) = rest[start..end].find('(') {
            detail = Some(start + open + 1..detail.map_or(end, |detail| detail.end));
            end = trim(rest, start..start + open, off_edge).end;
        }
        return (&rest[..chunks[first - 1].end], Some(start..end), detail);
    }
    // "Int. station, night", "INT. STATION. NIGHT", "INT. STATION (NIGHT)", "EXT. BEACH NIGHT".
    let whole = trim(rest, 0..rest.len(), off_edge);
    let aside = rest[whole.clone()]
        .rfind('(')
        .filter(|open| time_words(&rest[whole.start + open + 1..whole.end]) == Some(0));
    if let Some(start) = aside.map(|open| open + 1).or_else(|| time_words(&rest[whole.clone()])) {
        let place = trim(rest, 0..whole.start + start, off_edge);
        if !place.is_empty() {
            return (&rest[..place.end], Some(whole.start + start..whole.end), None);
        }
    }
    (rest, None, None)
}

/// What stands at the edges of a place or time.
fn off_edge(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '–' | '—' | ',' | '.' | ':' | ';' | '(' | ')' | '/' | '*' | '_')
}

/// Where the words of a time at the end of `words` begin.
fn time_words(words: &str) -> Option<usize> {
    let among = |list: &str, word: &str| list.split(' ').any(|w| w.eq_ignore_ascii_case(word));
    let pair = TIME_PAIRS.iter().find_map(|pair| {
        let at = words.len().checked_sub(pair.len())?;
        (words.get(at..)?.eq_ignore_ascii_case(pair) && !words[..at].ends_with(char::is_alphanumeric))
            .then_some(at)
    });
    // "DAY 2", "NIGHT (FLASHBACK)": a number and an aside may follow.
    let aside = words.find('(').filter(|at| *at > 0).unwrap_or(words.len());
    let core = words[..aside].trim_end_matches(|c: char| off_edge(c) || c.is_ascii_digit());
    let mut start = if let Some(at) = pair {
        at
    } else {
        let at = core
            .rfind(|c: char| !c.is_alphanumeric() && c != '\'')
            .map_or(0, |at| at + core[at..].chars().next().map_or(0, char::len_utf8));
        among(TIMES, &core[at..]).then_some(at)?
    };
    loop {
        let before = words[..start].trim_end_matches([' ', '\t', '-', '/']);
        let at = before
            .rfind(|c: char| !c.is_alphanumeric())
            .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
        let word = &before[at..];
        let number = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        if !(number || among(TIME_MODIFIERS, word)) {
            return Some(start);
        }
        start = at;
    }
}

/// Takes a heading apart.
fn heading(text: &str, seen: &Seen<'_>, forced: bool) -> Heading {
    let words = seen.words.as_ref();
    let (line, number) = split_number(words);
    let mark = usize::from(forced);
    // ".INT. HOUSE" is forced and says where.
    let (interior, start) = match prefix(&line[mark.min(line.len())..]) {
        Some((interior, length, _)) => (Some(interior), mark + length),
        None => (None, mark),
    };
    let rest = &line[start..];
    let (place, time, detail) = split_time(rest);
    let place =
        trim(rest, 0..place.len(), |c| c.is_whitespace() || matches!(c, '-' | '–' | '—' | ',' | '*' | '_'));
    let shift = |range: Range<usize>| seen.span(start + range.start..start + range.end);
    Heading {
        span: bare(text, seen.span(mark..line.len())),
        interior,
        place: shift(place),
        time: time.map(shift),
        detail: detail.map(shift),
        number: number.map(|number| seen.span(number)),
    }
}

/// Whether a line is a transition without a mark.
fn is_transition(words: &str) -> bool {
    let name = words.trim_end_matches(['.', ':', ' ']);
    if TRANSITIONS.contains(&name) {
        return true;
    }
    words.ends_with("TO:")
        && words.split_whitespace().count() <= 6
        && !words.contains(char::is_lowercase)
        && name.ends_with(" TO")
}

/// A speaker's name above a speech.
struct Cue {
    name: Range<usize>,
    extension: Option<String>,
    dual: bool,
    forced: bool,
}

/// Reads a speaker's name, if the line is one.
fn cue(words: &str) -> Option<Cue> {
    if words.starts_with(['!', '~']) {
        return None;
    }
    let forced = words.starts_with('@') && words[1..].contains(char::is_alphanumeric);
    let mut rest = words;
    let dual = rest.ends_with('^');
    rest = rest.trim_end_matches('^').trim_end();
    // "MARA:" is not Fountain, but what many write.
    rest = rest.strip_suffix(':').unwrap_or(rest).trim_end();
    let start = usize::from(forced);
    let open = rest.find('(').unwrap_or(rest.len());
    let name = trim(rest, start..open.max(start), |c| c.is_whitespace() || c == '*' || c == '_');
    let extensions = asides(&rest[open.max(start)..])?;
    if !forced {
        let said = &rest[name.clone()];
        let upper = said.chars().any(char::is_uppercase) && !said.chars().any(char::is_lowercase);
        let stopped = said.ends_with(['!', '?', '…', ',', ';', '"', '”']) || tells(said);
        let directs = NO_SPEAKERS.iter().any(|word| {
            said.strip_prefix(word)
                .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '\''))
        });
        if !upper || stopped || directs || said.split_whitespace().count() > 6 || said.ends_with(" POV") {
            return None;
        }
    }
    if name.is_empty() {
        return None;
    }
    Some(Cue { name, extension: extensions, dual, forced })
}

/// What stands in the parentheses behind a name; `None` if anything else does. The inner `None`: nothing to tell.
#[expect(clippy::option_option, reason = "no extension and no cue are two answers")]
fn asides(rest: &str) -> Option<Option<String>> {
    let mut found: Vec<&str> = Vec::new();
    let mut rest = rest.trim_start();
    while !rest.is_empty() {
        let (inner, after) = rest.strip_prefix('(')?.split_once(')')?;
        let letters: String = inner.chars().filter(|c| c.is_alphabetic()).collect();
        let serves_the_page = ["CONTD", "CONT", "CONTINUED", "CONTINUING", "MORE"]
            .iter()
            .any(|w| w.eq_ignore_ascii_case(&letters));
        if !serves_the_page && !letters.is_empty() {
            found.push(inner.trim());
        }
        rest = after.trim_start();
    }
    Some((!found.is_empty()).then(|| found.join(", ")))
}
