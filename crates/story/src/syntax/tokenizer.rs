//! spaCy's English tokenizer: white space, special cases, then prefixes, suffixes and infixes peeled off each run.

use std::{collections::HashMap, ops::Range};

/// A token before tagging.
pub(super) struct Piece {
    /// Bytes of the text.
    pub(super) span: Range<usize>,
    /// Whether a single space follows.
    pub(super) spaced: bool,
    /// The normal form that a special case prescribes ("n't" → "not").
    pub(super) norm: Option<&'static str>,
}

/// Part of a special case: its spelling and, where it differs from the word, its normal form.
pub(super) type Special = Vec<(String, Option<String>)>;

/// The special cases by spelling.
pub(super) struct Tables {
    pub(super) specials: HashMap<String, Special>,
}

/// Runs of non-space longer than this are cut before the rules see them: the rules look at a run once per mark they
/// peel off, so this keeps time linear on a megabyte of brackets.
const RUN_CHARS: usize = 128;

/// Cuts the text into tokens. Spaces beyond the first after a word become tokens of their own, as in spaCy.
pub(super) fn tokenize(tables: &'static Tables, text: &str) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(text.len() / 5 + 1);
    let mut chars = text.char_indices().peekable();
    let mut run: Vec<char> = Vec::new();
    while let Some(&(start, first)) = chars.peek() {
        let space = first.is_whitespace();
        run.clear();
        let mut end = start;
        while let Some(&(at, c)) = chars.peek() {
            if c.is_whitespace() != space || run.len() >= RUN_CHARS {
                break;
            }
            run.push(c);
            end = at + c.len_utf8();
            chars.next();
        }
        if space {
            let mut begin = start;
            if first == ' '
                && let Some(last) = out.last_mut().filter(|last| last.span.end == start && !last.spaced)
            {
                last.spaced = true;
                begin += 1;
            }
            if begin < end {
                out.push(Piece { span: begin..end, spaced: false, norm: None });
            }
        } else {
            Run { tables, out: &mut out, at: start }.split(&run);
        }
    }
    out
}

/// Writes the tokens of one run of non-space, keeping count of bytes.
struct Run<'a> {
    tables: &'static Tables,
    out: &'a mut Vec<Piece>,
    at: usize,
}

impl Run<'_> {
    fn push(&mut self, chars: &[char]) {
        let bytes = chars.iter().map(|c| c.len_utf8()).sum::<usize>();
        if bytes > 0 {
            self.push_bytes(bytes, None);
        }
    }

    fn push_bytes(&mut self, bytes: usize, norm: Option<&'static str>) {
        self.out.push(Piece { span: self.at..self.at + bytes, spaced: false, norm });
        self.at += bytes;
    }

    fn special(&self, chars: &[char]) -> Option<&'static Special> {
        // No special case is longer than this; longer words need no look-up.
        (chars.len() <= 16).then(|| self.tables.specials.get(&chars.iter().collect::<String>())).flatten()
    }

    fn push_special(&mut self, special: &'static Special) {
        for (orth, norm) in special {
            self.push_bytes(orth.len(), norm.as_deref());
        }
    }

    fn split(&mut self, run: &[char]) {
        if let Some(special) = self.special(run) {
            return self.push_special(special);
        }
        let (mut begin, mut end) = (0, run.len());
        let mut suffixes: Vec<Range<usize>> = Vec::new();
        while begin < end && self.special(&run[begin..end]).is_none() {
            let front = prefix(&run[begin..end]);
            if front > 0 && begin + front < end && self.special(&run[begin + front..end]).is_some() {
                self.push(&run[begin..begin + front]);
                begin += front;
                break;
            }
            let back = suffix(&run[begin + front..end]);
            if back > 0 && begin < end - back && self.special(&run[begin..end - back]).is_some() {
                suffixes.push(end - back..end);
                end -= back;
                break;
            }
            if front == 0 && back == 0 {
                break;
            }
            self.push(&run[begin..begin + front]);
            begin += front;
            if back > 0 {
                suffixes.push(end - back..end);
                end -= back;
            }
        }
        if begin < end {
            match self.special(&run[begin..end]) {
                Some(special) => self.push_special(special),
                None => self.infixes(&run[begin..end]),
            }
        }
        for range in suffixes.into_iter().rev() {
            match self.special(&run[range.clone()]) {
                Some(special) => self.push_special(special),
                None => self.push(&run[range]),
            }
        }
    }

    fn infixes(&mut self, chars: &[char]) {
        let (mut start, mut i) = (0, 0);
        while i < chars.len() {
            let length = if i == 0 { 0 } else { infix(chars, i) };
            if length > 0 {
                self.push(&chars[start..i]);
                self.push(&chars[i..i + length]);
                i += length;
                start = i;
            } else {
                i += 1;
            }
        }
        self.push(&chars[start..]);
    }
}

const MARKS: &str = "…,:;!?¿¡()[]{}<>_#*&。？！，、；：～·\"”“`‘´’‚„»«「」『』（）〔〕【】《》〈〉'";
const CURRENCY: &str = "$£€¥฿₽₴₠₡₢₣₤₥₦₧₨₩₪₫₭₮₯₰₱₲₳₵₸₹₺₼₾";
const UNITS: [&str; 48] = [
    "km²", "km³", "km", "m²", "m³", "dm²", "dm³", "dm", "cm²", "cm³", "cm", "mm²", "mm³", "mm", "m", "ha",
    "µm", "nm", "yd", "in", "ft", "kg", "g", "mg", "µg", "t", "lb", "oz", "m/s", "km/h", "mph", "hPa", "Pa",
    "mbar", "mb", "kb", "MB", "KB", "gb", "GB", "tb", "TB", "T", "G", "M", "K", "%", "mi",
];

/// Characters to peel off the front; 0 for none.
fn prefix(chars: &[char]) -> usize {
    let (first, second) = (chars[0], chars.get(1).copied());
    if first == '.' && second == Some('.') {
        return chars.iter().take_while(|c| **c == '.').count();
    }
    let mark = MARKS.contains(first) || CURRENCY.contains(first) || "§%=—–".contains(first);
    let plus = first == '+' && !second.is_some_and(|c| c.is_ascii_digit());
    usize::from(mark || plus)
}

/// Characters to peel off the back; 0 for none.
fn suffix(chars: &[char]) -> usize {
    let Some((&last, rest)) = chars.split_last() else { return 0 };
    let dots = chars.iter().rev().take_while(|c| **c == '.').count();
    if dots >= 2 {
        return dots;
    }
    let before = rest.last().copied().unwrap_or('\0');
    if matches!(before, '\'' | '’') && matches!(last, 's' | 'S') {
        return 2;
    }
    if MARKS.contains(last) || matches!(last, '—' | '–') {
        return 1;
    }
    if before.is_ascii_digit() && (last == '+' || CURRENCY.contains(last)) {
        return 1;
    }
    for unit in UNITS {
        let length = unit.chars().count();
        if chars.len() > length
            && chars[chars.len() - length - 1].is_ascii_digit()
            && chars[chars.len() - length..].iter().copied().eq(unit.chars())
        {
            return length;
        }
    }
    if last == '.' && !rest.is_empty() {
        let closes = before.is_ascii_digit()
            || before.is_lowercase()
            || "%²-+".contains(before)
            || (MARKS.contains(before) && before != '*');
        let initials = rest.len() >= 2 && before.is_uppercase() && rest[rest.len() - 2].is_uppercase();
        return usize::from(closes || initials);
    }
    0
}

/// Length of the infix at `i > 0`; 0 for none.
fn infix(chars: &[char], i: usize) -> usize {
    let (before, here) = (chars[i - 1], chars[i]);
    let next = |k: usize| chars.get(i + k).copied().unwrap_or('\0');
    let run = || chars[i..].iter().take_while(|c| **c == here).count();
    if here == '.' && next(1) == '.' {
        return run();
    }
    if "-–—~".contains(here) && before.is_alphanumeric() {
        let length = run();
        if next(length).is_alphabetic() {
            return length;
        }
    }
    let between = match here {
        '…' => true,
        '+' | '-' | '*' | '^' => before.is_ascii_digit() && (next(1).is_ascii_digit() || next(1) == '-'),
        '.' => (before.is_lowercase() || "\"'”’".contains(before)) && next(1).is_uppercase(),
        ',' => before.is_alphabetic() && next(1).is_alphabetic(),
        ':' | '<' | '>' | '=' | '/' => before.is_alphanumeric() && next(1).is_alphabetic(),
        _ => false,
    };
    usize::from(between)
}
