//! What of a script is told and what is spoken, quoted or typed around it.
//!
//! The reader's grammar is that of telling: quoted words, markup and titles are taken out first, byte for byte, so that
//! every span stays where it is. Of a screenplay, the action is told; of a shot list, what the shots show.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use regex::Regex;

use crate::{
    lexicon::lexicon,
    screenplay::{self, Element, Interior, Screenplay},
};

/// A script split into what is told and what is quoted.
pub(super) struct Script<'a> {
    /// The text with all that is not told replaced by spaces; as long as the text.
    pub(super) told: Cow<'a, str>,
    /// Quoted speech, in order.
    pub(super) quotes: Vec<Quote>,
    /// The title that the text gives the film.
    pub(super) title: Option<String>,
    /// The lines that open scenes, in order.
    pub(super) headings: Vec<Opening>,
    /// The items of a shot list, in order.
    pub(super) items: Vec<Item>,
    /// Transitions that a screenplay sets, in the storyboard's words.
    pub(super) transitions: Vec<(&'static str, Range<usize>)>,
}

/// The line that opens a scene of a screenplay. Bytes of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Opening {
    pub(super) span: Range<usize>,
    /// The words of the place.
    pub(super) place: Range<usize>,
    /// The storyboard's word for the hour, when the line tells one.
    pub(super) time: Option<&'static str>,
    /// Whether it is inside; unknown where the line does not say.
    pub(super) indoor: Option<bool>,
}

/// An item of a shot list.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The whole item.
    pub span: Range<usize>,
    /// How long it lasts, when it says so.
    pub seconds: Option<f64>,
}

/// Quoted words. Bytes of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Quote {
    /// Without the marks.
    pub(super) words: Range<usize>,
    /// With them.
    pub(super) whole: Range<usize>,
    /// The name before the colon or over the speech: "TOMAS: You should not have come."
    pub(super) speaker: Option<Range<usize>>,
    /// The words as they are spoken, where notes and directions stand between them.
    pub(super) plain: Option<String>,
    /// How it is said, when that stands apart.
    pub(super) manner: String,
    /// Whether the voice comes from outside the scene.
    pub(super) voice_over: bool,
}

impl Quote {
    fn by(speaker: Range<usize>, words: Range<usize>, whole: Range<usize>) -> Self {
        Self { words, whole, speaker: Some(speaker), plain: None, manner: String::new(), voice_over: false }
    }
}

/// Whether a cue names a voice that nobody is seen to have.
fn heard_only(name: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with("narrator") || name.starts_with("voice") || name.starts_with("v.o") || name == "vo"
}

/// Longest quotation, in bytes: an unclosed mark must not swallow the script.
const LONGEST: usize = 1500;

/// Words before a quotation that make it writing on something, not speech.
const WRITING: &str = "reads read reading labeled labelled text word words letters logo caption sign written titled title called \
    named slogan tagline inscription brand subtitle subtitles banner says?";

/// Splits a script.
pub(super) fn split(text: &str) -> Script<'_> {
    match screenplay::parse(text) {
        Some(screenplay) => split_screenplay(text, &screenplay),
        None => split_prose(text),
    }
}

fn split_prose(text: &str) -> Script<'_> {
    let mut told = Cow::Borrowed(text);
    if text.contains(['<', '&']) {
        static MARKUP: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"</?[A-Za-z][^<>]{0,120}>|&[A-Za-z]{2,8};").expect("the pattern is a constant")
        });
        for found in MARKUP.find_iter(text) {
            blank(&mut told, found.range());
        }
    }
    let mut title = title_line(text);
    if let Some((whole, _)) = &title {
        blank(&mut told, whole.clone());
    }
    let mut quotes = Vec::new();
    let spoken = cued(text);
    for quote in &spoken {
        blank(&mut told, quote.whole.clone());
    }
    for quote in quotations(text) {
        if spoken.iter().any(|cue| cue.whole.start < quote.whole.end && quote.whole.start < cue.whole.end) {
            continue;
        }
        let before = text[..quote.whole.start].trim_end();
        let mut words = before.rsplit(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        let near: Vec<String> = words.by_ref().take(3).map(str::to_lowercase).collect();
        let writing = near.first().is_some_and(|w| super::among(WRITING, w)) && !before.ends_with(',');
        let content = &text[quote.words.clone()];
        let closes = content.trim_end().ends_with(['.', '!', '?', '…', ',', '-', '—']);
        // "the \"king\" of the block" is no speech.
        if !writing && !closes && content.split_whitespace().count() < 2 && !before.ends_with([',', ':']) {
            let after = text[quote.whole.end..].trim_start();
            let spoken = after.split(|c: char| !c.is_alphanumeric()).take(4).any(speaks);
            if !spoken {
                continue;
            }
        }
        if near.first().is_some_and(|w| matches!(w.as_str(), "titled" | "title" | "entitled"))
            || (near.first().is_some_and(|w| w == "called")
                && near.iter().any(|w| matches!(w.as_str(), "film" | "movie" | "video" | "short" | "clip")))
        {
            title.get_or_insert((quote.whole.clone(), quote.words.clone()));
        } else if !writing {
            quotes.push(quote.clone());
        }
        blank(&mut told, quote.whole.clone());
        // The sentence that a quotation closes stays closed.
        let stops = content.trim_end().ends_with(['.', '!', '?', '…']);
        let next = text[quote.whole.end..].trim_start().chars().next();
        if stops && next.is_none_or(char::is_uppercase) && !before.is_empty() {
            told.to_mut().replace_range(quote.whole.start..=quote.whole.start, ".");
        }
    }
    quotes.extend(spoken);
    quotes.sort_by_key(|quote| quote.whole.start);
    let title = title.map(|(_, words)| text[words].trim().to_owned());
    Script { told, quotes, title, headings: Vec::new(), items: Vec::new(), transitions: Vec::new() }
}

/// The action of a screenplay and the shots of a list are told; all else stands around them.
fn split_screenplay<'a>(text: &'a str, screenplay: &Screenplay) -> Script<'a> {
    let mut told: Vec<u8> = text.bytes().map(|b| if b == b'\n' { b'\n' } else { b' ' }).collect();
    let mut show =
        |range: &Range<usize>| told[range.clone()].copy_from_slice(&text.as_bytes()[range.clone()]);
    let (mut headings, mut items, mut quotes, mut transitions) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for element in &screenplay.elements {
        match element {
            Element::Heading(heading) => headings.push(Opening {
                span: heading.span.clone(),
                place: heading.place.clone(),
                time: heading.time.clone().and_then(|time| hour(&text[time])),
                indoor: heading.interior.map(|interior| interior == Interior::Int),
            }),
            Element::Action(lines) => lines.iter().for_each(&mut show),
            Element::Preamble(range) => show(range),
            Element::Shot(shot) => {
                show(&shot.text);
                items.push(Item { span: shot.span.clone(), seconds: shot.seconds });
            }
            Element::Speech(speech) => {
                let (Some(first), Some(last)) = (speech.lines.first(), speech.lines.last()) else { continue };
                let manner: Vec<&str> =
                    speech.manner.iter().map(|range| text[range.clone()].trim()).collect();
                quotes.push(Quote {
                    plain: Some(screenplay::words(text, &speech.lines)),
                    manner: manner.join(", "),
                    voice_over: speech.is_voice_over(),
                    ..Quote::by(
                        speech.character.clone(),
                        first.start..last.end,
                        speech.character.start..last.end,
                    )
                });
            }
            Element::Transition(range) => {
                if let Some(kind) = transition(&text[range.clone()]) {
                    transitions.push((kind, range.clone()));
                }
            }
            Element::Lyrics(_)
            | Element::Centered(_)
            | Element::Section(_)
            | Element::Synopsis(_)
            | Element::PageBreak => {}
        }
    }
    let told = String::from_utf8(told).unwrap_or_else(|_| " ".repeat(text.len()));
    let shots = !items.is_empty();
    let mut script = if shots {
        // Items of a list are prose, each by itself.
        let Script { told, quotes, title, .. } = split_prose(&told);
        Script {
            told: Cow::Owned(told.into_owned()),
            quotes,
            title,
            headings: Vec::new(),
            items,
            transitions,
        }
    } else {
        let told = Cow::Owned(without_capitals(&told));
        Script { told, quotes, title: None, headings, items, transitions }
    };
    if let Some(title) = &screenplay.title {
        script.title = Some(screenplay::words(text, std::slice::from_ref(title)));
    } else if shots && script.title.is_none() {
        script.title = title_line(text).map(|(_, words)| text[words].trim().to_owned());
    }
    script
}

/// The storyboard's word for the hour of a heading.
fn hour(words: &str) -> Option<&'static str> {
    let words = words.to_uppercase();
    let hours = [
        ("DAWN", "dawn"),
        ("SUNRISE", "sunrise"),
        ("MORNING", "morning"),
        ("MIDDAY", "noon"),
        ("NOON", "noon"),
        ("AFTERNOON", "afternoon"),
        ("MAGIC HOUR", "golden-hour"),
        ("GOLDEN HOUR", "golden-hour"),
        ("SUNSET", "sunset"),
        ("DUSK", "dusk"),
        ("TWILIGHT", "dusk"),
        ("EVENING", "dusk"),
        ("NIGHT", "night"),
    ];
    // "AFTERNOON" holds "NOON".
    if words.contains("AFTERNOON") {
        return Some("afternoon");
    }
    hours.iter().find(|(word, _)| words.contains(word)).map(|(_, hour)| *hour)
}

/// The storyboard's word for a transition of a screenplay.
fn transition(words: &str) -> Option<&'static str> {
    let words = words.to_uppercase();
    let kinds = [
        ("DISSOLVE", "dissolve"),
        ("CROSSFADE", "dissolve"),
        ("TO WHITE", "fade-white"),
        ("FADE IN", "fade-in"),
        ("FADE", "fade-out"),
        ("WIPE", "wipe"),
        ("CUT", "cut"),
    ];
    kinds.iter().find(|(word, _)| words.contains(word)).map(|(_, kind)| *kind)
}

/// Action lines without their typography: "`McAVOY` (22, bow tie on sideways) balances" reads "Mcavoy balances", "a live LOBSTER"
/// reads "a live lobster". As long as the text.
fn without_capitals(text: &str) -> String {
    let mut out = text.to_owned().into_bytes();
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut before = "";
    while at < bytes.len() {
        let c = bytes[at];
        if matches!(c, b'*' | b'_') {
            out[at] = b' ';
        }
        if c == b'(' {
            // The age and looks of somebody who is introduced.
            let end = bytes[at..bytes.len().min(at + 120)].iter().position(|b| matches!(b, b')' | b'\n'));
            if let Some(length) = end.filter(|length| bytes[at + length] == b')') {
                out[at..=at + length].fill(b' ');
                at += length + 1;
                continue;
            }
        }
        if !c.is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let length = bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'\'').count();
        let word = &text[at..at + length];
        let capitals = word.bytes().filter(u8::is_ascii_uppercase).count();
        if capitals > 1 && capitals * 2 > word.len() && word.len() > 1 {
            let low = word.to_ascii_lowercase();
            let common =
                super::among("a an the his her their its some two three old young big little", before)
                    && lexicon().is_noun(&low)
                    || super::among("old young big little tall the a an", &low);
            out[at..at + length].copy_from_slice(low.as_bytes());
            if !common {
                out[at] = word.as_bytes()[0].to_ascii_uppercase();
            }
            before = if common { "the" } else { "" };
        } else {
            before = word;
        }
        at += length;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// Lines that begin with who speaks: "TOMAS: You should not have come.", "Narrator: Long ago …".
fn cued(text: &str) -> Vec<Quote> {
    static CUE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?m)^[ \t]*([A-Z][A-Z .'’-]{1,28}|Narrator|Voice ?over|V\.?O\.?)(?: ?\([^)\n]{1,40}\))?:[ \t]+["“]?([^\n]{2,600}?)["”]?[ \t]*$"#)
            .expect("the pattern is a constant")
    });
    let heading = |name: &str| {
        let first = name.split([' ', '.']).next().unwrap_or("");
        super::among(
            "SHOT SCENE INT EXT TITLE STYLE MOOD CAMERA LENGTH FORMAT CUT FADE NOTE MUSIC SOUND SETTING CHARACTERS PROMPT ACT",
            first,
        )
    };
    CUE.captures_iter(text)
        .filter_map(|found| {
            let (whole, name, words) = (found.get(0)?.range(), found.get(1)?, found.get(2)?.range());
            (!heading(name.as_str())).then(|| Quote {
                voice_over: heard_only(name.as_str()),
                ..Quote::by(name.range(), words, whole)
            })
        })
        .collect()
}

/// Verbs that give speech to somebody.
const SAYING: &str = "say ask answer reply whisper shout yell cry call murmur mutter exclaim scream sing add agree respond explain \
    announce declare tell insist beg order command demand wonder think sigh laugh hiss growl bark gasp mumble grumble \
    continue repeat warn promise admit suggest plead snap groan stammer boast joke greet remark grin smile chirp \
    squeak croak purr roar observe begin shrug urge confess offer moan sob protest recite read";

/// Whether the word is a form of a verb of saying.
pub(super) fn speaks(word: &str) -> bool {
    let low = word.to_lowercase();
    is_saying(&crate::syntax::guess_lemma(&low))
}

/// Whether the base form is a verb of saying.
pub(super) fn is_saying(base: &str) -> bool {
    super::among(SAYING, base)
}

/// "Title: Bread Before Light" at the beginning of a line.
fn title_line(text: &str) -> Option<(Range<usize>, Range<usize>)> {
    static TITLE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"(?m)(?:^|[.!?])[ \t]*(?i:film |movie |video )?(?i:title)[ \t]*:[ \t]*["“]?([^\n"”.]{1,80})["”.]?"#,
        )
        .expect("the pattern is a constant")
    });
    let found = TITLE.captures(text)?;
    let whole = found.get(0)?.range();
    // The mark that closes the sentence before stays.
    let stop = usize::from(text[whole.clone()].starts_with(['.', '!', '?']));
    Some((whole.start + stop..whole.end, found.get(1)?.range()))
}

/// Replaces a range by as many spaces; line breaks stay.
fn blank(told: &mut Cow<'_, str>, range: Range<usize>) {
    let spaces: String = told[range.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    told.to_mut().replace_range(range, &spaces);
}

/// All quotations: in double, curly or angle marks, and in single ones where they cannot be apostrophes.
fn quotations(text: &str) -> Vec<Quote> {
    let mut found: Vec<Quote> = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut last = ' ';
    let mut reach = 0;
    while let Some((at, c)) = chars.next() {
        let before = std::mem::replace(&mut last, c);
        if at < reach {
            continue;
        }
        let next = chars.peek().map_or(' ', |(_, c)| *c);
        let opens = !before.is_alphanumeric() && !next.is_whitespace();
        let close = match c {
            '“' => '”',
            '«' => '»',
            '„' => '“',
            '"' if opens => '"',
            '‘' if opens && next.is_uppercase() => '’',
            '\'' if opens && next.is_uppercase() => '\'',
            _ => continue,
        };
        let inner = at + c.len_utf8();
        let limit = floor(text, (inner + LONGEST).min(text.len()));
        let single = matches!(close, '\'' | '’');
        let end = text[inner..limit].char_indices().find(|(k, x)| {
            let k = inner + k;
            *x == close
                && (!single
                    || (text[..k].ends_with(['.', ',', '!', '?', '…'])
                        && !text[k + x.len_utf8()..].starts_with(char::is_alphanumeric)))
        });
        let Some((k, x)) = end else { continue };
        let words = inner..inner + k;
        let whole = at..words.end + x.len_utf8();
        if text[words.clone()].contains("\n\n") || text[words.clone()].trim().is_empty() {
            continue;
        }
        // A prompt that somebody put in quotation marks is no speech.
        if text[..whole.start].trim().is_empty()
            && text[whole.end..].trim_matches(['.', ' ', '\n']).is_empty()
        {
            return Vec::new();
        }
        reach = whole.end;
        found.push(Quote {
            words,
            whole,
            speaker: None,
            plain: None,
            manner: String::new(),
            voice_over: false,
        });
    }
    found
}

/// The border of a character at or before `at`.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::split;

    fn spoken(text: &str) -> Vec<&str> {
        let script = split(text);
        assert_eq!(script.told.len(), text.len());
        script.quotes.iter().map(|quote| &text[quote.words.clone()]).collect()
    }

    #[test]
    fn speech_is_taken_out_and_other_marks_are_not() {
        assert_eq!(spoken("“How long?” she asks. \"Years,\" he says."), ["How long?", "Years,"]);
        assert_eq!(spoken("'Wait!' cries the dog's owner. It's 'fine'."), ["Wait!"]);
        assert_eq!(spoken("The \"king\" of the block walks."), [""; 0]);
        assert_eq!(spoken("\"A dog runs along a beach.\""), [""; 0]);
        assert_eq!(spoken("A sign reads \"No entry today\" above a 24\" screen."), [""; 0]);
        assert_eq!(spoken("An unclosed \"quotation runs on."), [""; 0]);
    }

    #[test]
    fn a_title_is_found() {
        let text = "A short film titled \"The Last Tram\". A tram climbs.";
        assert_eq!(split(text).title.as_deref(), Some("The Last Tram"));
        let text = "Title: Bread Before Light\n\nA baker yawns.";
        assert_eq!(split(text).title.as_deref(), Some("Bread Before Light"));
    }
}
