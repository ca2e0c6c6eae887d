//! Script text to storyboard and notes: reading, planning, continuity. Deterministic; cannot fail.
//!
//! [`read()`] finds what a text says: beats with their subjects, cast, places, settings, film language, requests. [`plan()`]
//! turns it into a film: scenes and shots by film grammar, with a note for all that was assumed.
//!
//! Inside: `syntax` (tokens, tags, tree, lemmas) → `read` → `map` (words to what the stage can show) → `plan`. Tables are
//! rows under `assets/story`, weights under `models/en_sm_tag_parse`, both part of the program.
//!
//! *Invariants:* no input or output; every text gives a film; time grows linearly with the text; every span lies on
//! UTF-8 borders.

mod advice;
mod lexicon;
mod map;
mod plan;
mod read;
pub mod screenplay;
mod syntax;

use std::cell::RefCell;
use std::rc::Rc;

pub use advice::AdvisedBeat;
pub use map::labels;
pub use plan::{Request, carry_over, plan, plan_with};
pub use read::{
    BeatReading, Change, Character, Development, Heading, Item, Line, Location, Mood, Phrase, Reading,
    Reference, Slot, read,
};

/// [`read()`], or what it last gave on this thread when the text is the same: planning, carrying over and highlighting one
/// state of a script read it once.
pub fn read_once(text: &str) -> Rc<Reading> {
    thread_local! {
        static LAST: RefCell<Option<(String, Rc<Reading>)>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| {
        if let Some((_, reading)) = last.as_ref().filter(|(read, _)| read == text) {
            return reading.clone();
        }
        let reading = Rc::new(read(text));
        *last = Some((text.to_owned(), reading.clone()));
        reading
    })
}

/// The words that a storyboard may use and the stage can show, in the order of the tables.
pub struct Vocabulary {
    /// Kinds of cast, each with what it belongs to: `people`, `animals`, `vehicles` or `things`.
    pub cast: Vec<(String, &'static str)>,
    /// Kinds of place.
    pub places: Vec<String>,
    /// Verbs in their base form.
    pub actions: Vec<String>,
}

/// Sets how many threads reading may use, in the whole process; 0: as many as there are processors. What is read does not
/// depend on it.
pub fn limit_threads(threads: usize) {
    syntax::limit_threads(threads);
}

/// All of them.
pub fn vocabulary() -> Vocabulary {
    Vocabulary {
        cast: map::kinds().shown_cast(),
        places: map::kinds().shown_places(),
        actions: map::verb_words(),
    }
}

/// The base form of a word that is a verb: `"ran"` gives `"run"`. `None` for what can be none.
pub fn verb_base(word: &str) -> Option<String> {
    syntax::verb_base(&word.to_lowercase())
}

/// Whether a text holds nothing to make a film of: only white space, control characters and invisible marks.
pub fn is_blank(text: &str) -> bool {
    let invisible = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    text.chars().all(|c| c.is_whitespace() || c.is_control() || invisible(c))
}
