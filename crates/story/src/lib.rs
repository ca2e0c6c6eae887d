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

mod lexicon;
mod map;
mod plan;
mod read;
pub mod screenplay;
mod syntax;

pub use map::labels;
pub use plan::{Request, carry_over, plan, plan_with};
pub use read::{
    BeatReading, Change, Character, Development, Heading, Item, Line, Location, Mood, Phrase, Reading,
    Reference, Slot, read,
};

/// Whether a text holds nothing to make a film of: only white space, control characters and invisible marks.
pub fn is_blank(text: &str) -> bool {
    let invisible = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    text.chars().all(|c| c.is_whitespace() || c.is_control() || invisible(c))
}
