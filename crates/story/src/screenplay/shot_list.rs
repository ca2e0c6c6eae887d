//! Shot lists: items in one style of numbering, each the words of a shot.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use super::{Element, Screenplay, Shot, bare, blank_char, is_title_key, lines, title_page, trim};

/// What numbers the items. The order decides between styles with as many items.
#[derive(Clone, Debug, PartialEq)]
enum Style {
    /// "Shot 1:", by the word.
    Label(String),
    /// "0:00-0:04", bare or in brackets.
    Timecode,
    /// "1.", "1)", "1:", "1 -", by the mark.
    Number(char),
}

/// The opening of an item.
struct Item {
    style: Style,
    span: Range<usize>,
    /// For the order: the number, or the start in milliseconds.
    order: u64,
    number: Option<Range<usize>>,
    seconds: Option<f64>,
}

/// A moment: "0:04", "1:02:03.5", "4s", "4".
const MOMENT: &str =
    r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?|\d{1,4}(?:\.\d{1,2})?(?:[ \t]?(?:seconds?|secs?|s)\b)?";
/// What may stand before an item on its line: a bullet, a heading's mark, emphasis.
const OPENING: &str = r"^[ \t\x{feff}]*(?:(?:[-*•+–—>]|#{1,6})[ \t]+)?[*_]{0,3}[ \t]*";

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    let after = r"[*_]{0,3}(?:(?P<mark>[.):])[*_]{0,3}[ \t]+|[*_]{0,3}[ \t]+(?P<dash>[-–—])[ \t]+)";
    regex(&format!(r"{OPENING}[(]?(?P<number>\d{{1,3}}[a-z]?){after}"))
});
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"\d{1,3}[a-z]?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve";
    let aside = r"(?:[ \t]*[(\[](?P<aside>[^)\]\n]{1,40})[)\]])?";
    regex(&format!(
        r"^[*_\[(]{{0,3}}\b(?P<label>shot|scene|clip|frame|panel|cut|beat|segment)[ \t]*(?:no\.?[ \t]*|#[ \t]*)?(?P<number>{number})\b[*_\])]{{0,3}}{aside}[*_]{{0,3}}[ \t]*(?:[:.|\-–—)]+[*_]{{0,3}}|$)"
    ))
});
static TIMECODE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"^[*_]{{0,3}}(?P<open>[\[(])?[ \t]*(?P<from>{MOMENT})[ \t]*(?:-->|->|[-–—→~]|to)[ \t]*(?P<to>{MOMENT})[ \t]*[\])]?[*_]{{0,3}}[ \t]*[:|,.\-–—]{{0,2}}[*_]{{0,3}}"
    ))
});
static START: LazyLock<Regex> = LazyLock::new(|| regex(OPENING));
/// Places within a line where an item may begin: after a sentence, or at a bracket.
static INNER: LazyLock<Regex> = LazyLock::new(|| regex(r#"[.!?;:|/"”)\]][*_]{0,3}[ \t]+|[ \t]+\["#));
static SECONDS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?P<value>\d{1,4}(?:[.,]\d{1,2})?)[ \t]?-?[ \t]?(?:(?P<long>seconds?|secs?)|(?P<minutes>minutes?|mins?)|(?P<short>s))\b",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(&format!("(?i){pattern}")).expect("the pattern is a constant")
}

/// Reads a shot list; `None` if the text is none.
pub(super) fn parse(text: &str) -> Option<Screenplay> {
    let lines = lines(text);
    let candidates = candidates(text, &lines);
    let mut styles: Vec<(Style, usize)> = Vec::new();
    for item in &candidates {
        match styles.iter_mut().find(|(style, _)| *style == item.style) {
            Some((_, count)) => *count += 1,
            // Labels and marks are few; this bounds the search whatever the text holds.
            None => styles.push((item.style.clone(), 1)),
        }
    }
    // The style with the most items; the first of several.
    styles.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let style = styles.into_iter().map(|(style, _)| style).find(|style| is_list(&candidates, style))?;
    let groups = |item: &Item| matches!(item.style, Style::Label(_)) && !matches!(style, Style::Timecode);
    let items: Vec<&Item> = candidates.iter().filter(|item| item.style == style || groups(item)).collect();
    Some(assemble(text, &lines, &style, &items))
}

/// Everything in the text that may open an item, in order.
fn candidates(text: &str, lines: &[Range<usize>]) -> Vec<Item> {
    let mut found: Vec<Item> = Vec::new();
    for line in lines {
        let content = &text[line.clone()];
        if content.trim().is_empty() {
            continue;
        }
        let opening = START.find(content).map_or(0, |opening| opening.end());
        if let Some(item) = timecode(content, opening)
            .or_else(|| label(content, opening))
            .or_else(|| NUMBER.captures(content).and_then(|captures| numbered(&captures)))
        {
            let start = trim(text, line.clone(), blank_char).start;
            let item = shifted(item, line.start);
            found.push(Item { span: start..item.span.end, ..item });
        }
        // Lists on one line: "Shot 1: a cat. Shot 2: a dog." and "[0:00-0:04] a cat [0:04-0:08] a dog".
        for gap in INNER.find_iter(content) {
            let bracket = gap.as_str().ends_with('[');
            let at = gap.end() - usize::from(bracket);
            let free = found.last().is_none_or(|last| last.span.end <= line.start + at);
            if free
                && let Some(item) = timecode(content, at)
                    .filter(|_| content[at..].starts_with(['[', '(']))
                    .or_else(|| label(content, at))
            {
                found.push(shifted(item, line.start));
            }
        }
    }
    found
}

fn shifted(mut item: Item, by: usize) -> Item {
    item.span = item.span.start + by..item.span.end + by;
    item.number = item.number.map(|number| number.start + by..number.end + by);
    item
}

/// Whether the candidates of a style are a list: two or more, in order.
fn is_list(candidates: &[Item], style: &Style) -> bool {
    let mut last: Option<u64> = None;
    let mut count = 0;
    for item in candidates {
        if item.style == *style {
            let ordered = last.is_none_or(|last| match style {
                Style::Number(_) => item.order == last + 1,
                Style::Label(_) => item.order >= last,
                Style::Timecode => item.order > last,
            });
            if !ordered {
                return false;
            }
            last = Some(item.order);
            count += 1;
        } else if matches!(item.style, Style::Label(_)) {
            // Each scene may count its shots from the start.
            last = None;
        }
    }
    count >= 2
}

/// "Shot 1:" at a byte of a line.
fn label(line: &str, at: usize) -> Option<Item> {
    let captures = LABEL.captures(&line[at..])?;
    let (all, number) = (captures.get(0)?, captures.name("number")?);
    let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    let spelled = words.iter().position(|word| word.eq_ignore_ascii_case(number.as_str()));
    let order = spelled.map_or_else(|| digits(number.as_str()), |word| word as u64);
    let aside = captures.name("aside").map(|aside| aside.as_str());
    let seconds =
        aside.and_then(|aside| timecode(aside, 0).and_then(|item| item.seconds).or_else(|| seconds(aside)));
    Some(Item {
        style: Style::Label(captures["label"].to_lowercase()),
        span: at..at + all.end(),
        order,
        number: Some(at + number.start()..at + number.end()),
        seconds,
    })
}

/// "1." at the start of a line.
fn numbered(captures: &Captures<'_>) -> Option<Item> {
    let number = captures.name("number")?;
    let mark = captures.name("mark").and_then(|mark| mark.as_str().chars().next()).unwrap_or('-');
    Some(Item {
        style: Style::Number(mark),
        span: 0..captures.get(0)?.end(),
        order: digits(number.as_str()),
        number: Some(number.range()),
        seconds: None,
    })
}

fn digits(number: &str) -> u64 {
    number.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
}

/// "0:00-0:04" at a byte of a line.
fn timecode(line: &str, at: usize) -> Option<Item> {
    let line_end = &line[at..];
    // A bracket that the opening took as a bullet's is still ahead; emphasis is not.
    let captures = TIMECODE.captures(line_end)?;
    let (from, to) = (captures.name("from")?.as_str(), captures.name("to")?.as_str());
    // "2-3 cats" is no timecode; "0:02-0:03" and "2-3s" are.
    let clock = from.contains(':') && to.contains(':');
    let unit = !to.contains(':') && !from.contains(':') && to.ends_with(|c: char| c.is_alphabetic());
    if !(clock || unit) {
        return None;
    }
    let (start, end) = (moment(from)?, moment(to)?);
    let seconds = end - start;
    (seconds > 0.0 && seconds <= 3600.0).then(|| Item {
        style: Style::Timecode,
        span: at..at + captures.get(0).map_or(0, |all| all.end()),
        order: (start * 1000.0).round() as u64,
        number: None,
        // Times are written in decimals; binary fractions of their difference say nothing.
        seconds: Some((seconds * 1000.0).round() / 1000.0),
    })
}

/// A moment in seconds.
fn moment(written: &str) -> Option<f64> {
    let number = written.trim_end_matches(|c: char| c.is_alphabetic() || c.is_whitespace()).replace(',', ".");
    number.split(':').try_fold(0.0, |sum, part| part.parse::<f64>().ok().map(|value| sum * 60.0 + value))
}

/// How long a shot lasts by its words: "(4s)", "5 sec", "4-second".
fn seconds(words: &str) -> Option<f64> {
    SECONDS.captures_iter(words).find_map(|found| {
        let all = found.get(0)?;
        let before = words[..all.start()].trim_end();
        if words[..all.start()]
            .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | ':' | '\'' | '’'))
        {
            return None;
        }
        if found.name("short").is_some() {
            // "The 80s" are no length: a bare "s" needs a stop at one side and nothing that speaks against it.
            let after = words[all.end()..].trim_start();
            let stop = |c: char| !c.is_alphanumeric();
            let led = before.is_empty() || before.ends_with(stop) || before.ends_with("for");
            let closed = after.is_empty() || after.starts_with(stop);
            let decade = before.rsplit(' ').next().is_some_and(|w| {
                ["the", "late", "early", "mid"].iter().any(|word| word.eq_ignore_ascii_case(w))
            });
            if !led && !closed || decade {
                return None;
            }
        }
        let value: f64 = found["value"].replace(',', ".").parse().ok()?;
        let value = if found.name("minutes").is_some() { value * 60.0 } else { value };
        (value > 0.0 && value <= 3600.0).then_some(value)
    })
}

/// The paragraphs of a range, each without the white space around it.
fn paragraphs(text: &str, lines: &[Range<usize>], range: &Range<usize>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    let first = lines.partition_point(|line| line.end <= range.start);
    for line in lines[first..].iter().take_while(|line| line.start < range.end) {
        let part = trim(text, line.start.max(range.start)..line.end.min(range.end), blank_char);
        match found.last_mut() {
            _ if part.is_empty() => open = false,
            Some(last) if open => last.end = part.end,
            _ => {
                open = true;
                found.push(part);
            }
        }
    }
    found
}

fn assemble(text: &str, lines: &[Range<usize>], style: &Style, items: &[&Item]) -> Screenplay {
    let mut list = Screenplay::default();
    let start = items.first().map_or(0, |item| item.span.start);
    preamble(text, lines, start, &mut list);
    // How many paragraphs the items before the last one have: what goes beyond it at the end is no shot.
    let mut usual = 0;
    for (k, item) in items.iter().enumerate() {
        let end = items.get(k + 1).map_or(text.len(), |next| next.span.start);
        let mut parts = paragraphs(text, lines, &(item.span.end..end));
        if item.style != *style {
            let mut parts = parts.into_iter();
            list.elements.extend(parts.next().map(|name| Element::Section(bare(text, name))));
            list.elements.extend(parts.map(Element::Preamble));
            continue;
        }
        let last = items[k + 1..].iter().all(|item| item.style != *style);
        let rest = if last { parts.split_off(usual.max(1).min(parts.len())) } else { Vec::new() };
        if !last {
            usual = usual.max(parts.len());
        }
        list.elements.extend(shot(text, item, &parts).map(Element::Shot));
        list.elements.extend(rest.into_iter().map(|part| Element::Action(vec![part])));
    }
    list
}

/// The shot that an item opens; `None` if it says nothing at all.
fn shot(text: &str, item: &Item, parts: &[Range<usize>]) -> Option<Shot> {
    let (first, last) = (parts.first()?, parts.last()?);
    let mut words = first.start..last.end;
    let mut long = item.seconds;
    if let Some(code) = timecode(&text[words.clone()], 0) {
        long = long.or(code.seconds);
        words.start += code.span.end;
    }
    let mut words = trim(text, words, blank_char);
    // Emphasis that closes right behind the number has opened before it.
    words.start += text[words.clone()].bytes().take_while(|b| *b == b'*').count() % 4
        * usize::from(text[words.clone()].trim_start_matches('*').starts_with([' ', ':']));
    let words = trim(text, words, |c| c.is_whitespace() || c == '|');
    if words.is_empty() {
        return None;
    }
    let long = long.or_else(|| seconds(&text[words.clone()]));
    Some(Shot { span: item.span.start..words.end, text: words, seconds: long, number: item.number.clone() })
}

/// Reads what stands before the first item: a title, and what is asked of the film.
fn preamble(text: &str, lines: &[Range<usize>], end: usize, list: &mut Screenplay) {
    let page = title_page(text, lines);
    let first = lines.get(page.lines).map_or(text.len(), |line| line.start).min(end);
    (list.title, list.author) = (page.title, page.author);
    for part in paragraphs(text, lines, &(first..end)) {
        let line_end = text[part.clone()].find(['\n', '\r']).map_or(part.end, |at| part.start + at);
        let line = &text[part.start..line_end];
        let named = line.trim_start_matches('#').len() < line.len() && list.elements.is_empty();
        let mut rest = part.clone();
        if list.title.is_none() && (named || is_title_key(line)) {
            let name = line.trim_start_matches('#');
            let name = if named { name } else { name.split_once(':').map_or(name, |(_, value)| value) };
            let name = bare(text, line_end - name.len()..line_end);
            if !name.is_empty() && (named || line.trim_start().to_lowercase().starts_with("title")) {
                list.title = Some(name);
                rest.start = line_end;
            }
        }
        let rest = trim(text, rest, blank_char);
        if !rest.is_empty() {
            list.elements.push(Element::Preamble(rest));
        }
    }
}
