//! Final Draft's XML (FDX), as Fountain text.

use film::Hint;
use roxmltree::{Document, Node};

use super::{fountain, is_title_key};

/// Why a Final Draft file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FdxError {
    /// The file is no well-formed XML.
    #[error("the Final Draft file cannot be read: {0}")]
    Xml(#[from] roxmltree::Error),
    /// It is XML of another kind.
    #[error("not a Final Draft file: its first element is <{0}>, not <FinalDraft>")]
    OtherXml(String),
    /// It holds no paragraph with words.
    #[error("the Final Draft file holds no script")]
    Empty,
}

impl Hint for FdxError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Xml(_) => {
                "the file may be truncated; save it again in Final Draft, or export it as Fountain".into()
            }
            Self::OtherXml(_) => "give a .fdx file, a Fountain screenplay or plain text".into(),
            Self::Empty => "open it in Final Draft and save it again with its script".into(),
        })
    }
}

/// Whether a text is meant as a Final Draft file, well-formed or not.
pub fn is_fdx(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let head = start.as_bytes();
    let head = &head[..head.len().min(2048)];
    start.starts_with('<') && head.windows(11).any(|bytes| bytes == b"<FinalDraft")
}

/// The screenplay of a Final Draft file as Fountain text, which [`parse`](super::parse) reads as the same parts: marks
/// force what Fountain would take for something else. Script notes are left out, emphasis is kept.
///
/// A file without scene headings gives text that may read as prose.
pub fn from_fdx(xml: &str) -> Result<String, FdxError> {
    let document = Document::parse(xml.trim_start_matches('\u{feff}').trim_start())?;
    let root = document.root_element();
    if root.tag_name().name() != "FinalDraft" {
        return Err(FdxError::OtherXml(root.tag_name().name().to_owned()));
    }
    let mut writer = Writer::default();
    if let Some(page) = child(root, "TitlePage").and_then(|page| child(page, "Content")) {
        writer.title_page(page);
    }
    let titled = writer.out.len();
    for paragraph in child(root, "Content").into_iter().flat_map(|content| children(content, "Paragraph")) {
        match child(paragraph, "DualDialogue") {
            Some(dual) => {
                let mut names = 0;
                for part in children(dual, "Paragraph") {
                    names += usize::from(part.attribute("Type") == Some("Character"));
                    writer.paragraph(part, names > 1);
                }
            }
            None => writer.paragraph(paragraph, false),
        }
    }
    if writer.out.len() == titled { Err(FdxError::Empty) } else { Ok(writer.out + "\n") }
}

fn children<'a, 'i: 'a>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

fn child<'a, 'i: 'a>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().name() == name)
}

/// The words of a paragraph in one line; `marked` with emphasis.
fn text(paragraph: Node<'_, '_>, marked: bool) -> String {
    let mut out = String::new();
    for part in children(paragraph, "Text") {
        let words: String = part.children().filter(Node::is_text).filter_map(|node| node.text()).collect();
        if !marked {
            out.push_str(&words);
            continue;
        }
        let style = part.attribute("Style").unwrap_or_default();
        let mut marks = String::new();
        for (name, mark) in [("Bold", "**"), ("Italic", "*"), ("Underline", "_")] {
            if style.split('+').any(|style| style == name) {
                marks.push_str(mark);
            }
        }
        // Marks stand at words, not at the white space around them, and not within a word.
        let inner = words.trim();
        let at = words.len() - words.trim_start().len();
        if inner.is_empty() {
            marks.clear();
        }
        out.push_str(&words[..at]);
        out.push_str(&marks);
        escape(inner, &mut out);
        out.extend(marks.chars().rev());
        out.push_str(&words[at + inner.len()..]);
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Keeps literal marks from being read as emphasis, a note or a boneyard.
fn escape(words: &str, out: &mut String) {
    let mut before = ' ';
    for c in words.chars() {
        if matches!(c, '*' | '_') || (c == '[' && before == '[') {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
}

/// What the last paragraph was, for what may follow it.
#[derive(Clone, Copy, Default, PartialEq)]
enum Last {
    /// A name, whose speech is still to come.
    Name,
    /// A line of a speech.
    Speech,
    #[default]
    Other,
}

#[derive(Default)]
struct Writer {
    out: String,
    last: Last,
}

impl Writer {
    /// A part with an empty line before it.
    fn block(&mut self, words: &str) {
        if !self.out.is_empty() {
            self.out.push_str(if self.out.ends_with('\n') { "\n" } else { "\n\n" });
        }
        self.out.push_str(words);
        self.last = Last::Other;
    }

    /// A line of the speech that is open.
    fn line(&mut self, words: &str) {
        self.out.push('\n');
        self.out.push_str(words);
        self.last = Last::Speech;
    }

    /// The title is the first line of the page; the author stands below or behind "by".
    fn title_page(&mut self, page: Node<'_, '_>) {
        let lines: Vec<String> =
            children(page, "Paragraph").map(|p| text(p, false)).filter(|line| !line.is_empty()).collect();
        let Some(title) = lines.first() else { return };
        let by = |line: &String| {
            let lower = line.to_lowercase();
            lower == "by" || lower.ends_with(" by") || lower.starts_with("by ")
        };
        self.out = format!("Title: {title}\n");
        if let Some(at) = lines.iter().skip(1).position(by).map(|at| at + 1) {
            let line = &lines[at];
            // "by" is three bytes of ASCII with its space, in any case.
            let author = if line.to_lowercase().ends_with("by") {
                lines.get(at + 1).map(String::as_str)
            } else {
                line.get(3..)
            };
            if let Some(author) = author {
                self.out.push_str("Author: ");
                self.out.push_str(author.trim());
                self.out.push('\n');
            }
        }
    }

    fn paragraph(&mut self, paragraph: Node<'_, '_>, dual: bool) {
        let kind = paragraph.attribute("Type").unwrap_or("Action");
        let words = text(paragraph, true);
        if words.is_empty() {
            return;
        }
        let speaks = self.last != Last::Other;
        if paragraph.attribute("StartsNewPage") == Some("Yes") {
            self.block("===");
        }
        match kind {
            "Scene Heading" => {
                let words = text(paragraph, false);
                let dot = if fountain::kind(&words) == fountain::Kind::Heading { "" } else { "." };
                let number = paragraph.attribute("Number").filter(|number| {
                    !number.is_empty()
                        && number.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.'))
                });
                let number = number.map(|number| format!(" #{number}#")).unwrap_or_default();
                self.block(&format!("{dot}{words}{number}"));
            }
            "Character" => {
                let words = text(paragraph, false);
                let has_speech =
                    paragraph.next_siblings().skip(1).find(Node::is_element).is_some_and(|next| {
                        matches!(
                            next.attribute("Type"),
                            Some("Dialogue" | "Parenthetical" | "Lyrics" | "Singing")
                        )
                    });
                let at = if has_speech && fountain::is_cue(&words) { "" } else { "@" };
                self.block(&format!("{at}{words}{}", if dual { " ^" } else { "" }));
                self.last = Last::Name;
            }
            "Parenthetical" if speaks => {
                let inner = words.trim_start_matches('(').trim_end_matches(')');
                self.line(&format!("({inner})"));
            }
            "Lyrics" | "Singing" if speaks => self.line(&format!("~{words}")),
            "Lyrics" | "Singing" => self.block(&format!("~{words}")),
            "Dialogue" if speaks => {
                let escape = fountain::ends_speech(&words) || words.starts_with('(');
                self.line(&format!("{}{words}", if escape { "\\" } else { "" }));
            }
            "Transition"
                if fountain::kind(&words) == fountain::Kind::Transition && !words.starts_with('>') =>
            {
                self.block(&words);
            }
            "Transition" => self.block(&format!("> {}", words.trim_matches(['<', '>']))),
            "New Act" | "End of Act" => self.block(&format!("# {words}")),
            _ if kind.starts_with("Outline") => self.block(&format!("= {words}")),
            _ if paragraph.attribute("Alignment") == Some("Center") => self.block(&format!("> {words} <")),
            _ => {
                let plain = fountain::kind(&words) == fountain::Kind::Action && !words.starts_with('!');
                let title = self.out.is_empty() && is_title_key(&words);
                // A line of capitals above another one would be a name, but an empty line stands between them.
                self.block(&format!("{}{words}", if plain && !title { "" } else { "!" }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fountain(body: &str) -> String {
        from_fdx(&format!("<FinalDraft><Content>{body}</Content></FinalDraft>")).unwrap()
    }

    fn paragraph(kind: &str, words: &str) -> String {
        format!("<Paragraph Type=\"{kind}\"><Text>{words}</Text></Paragraph>")
    }

    #[test]
    fn what_fountain_would_misread_is_forced() {
        for (kind, words, line) in [
            ("Scene Heading", "THE VOID", ".THE VOID"),
            ("Scene Heading", "int. void - day", "int. void - day"),
            ("Action", "INT. HOUSE - DAY", "!INT. HOUSE - DAY"),
            ("Action", "CUT TO:", "!CUT TO:"),
            ("Action", "Title: no", "!Title: no"),
            ("Action", "# one", "!# one"),
            ("Action", "2 * 3 [[no]]", "2 \\* 3 [\\[no]]"),
            ("Transition", "Melt", "> Melt"),
            ("Character", "Bob", "@Bob"),
            ("Lyrics", "La", "~La"),
            ("Dialogue", "Nobody says this.", "Nobody says this."),
        ] {
            assert_eq!(fountain(&paragraph(kind, words)), format!("{line}\n"));
        }
    }

    #[test]
    fn speeches_keep_their_lines() {
        let body = paragraph("Character", "McCOY")
            + &paragraph("Dialogue", "(no manner)")
            + &paragraph("Parenthetical", "dry")
            + &paragraph("Dialogue", "> no\nmark");
        assert_eq!(fountain(&body), "@McCOY\n\\(no manner)\n(dry)\n\\> no mark\n");
    }
}
