//! Changes to the storyboard that can be taken back.
//!
//! A [`Change`] holds the difference between two storyboards as JSON Patches (RFC 6902) in both directions. It is small,
//! can be written to a journal, and applied to the document it was made from, or back.

use json_patch::Patch;
use serde::{Deserialize, Serialize};

use crate::board::Storyboard;
use crate::document::DocumentError;

/// A step from one storyboard to another, and back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What was done, in the user's words: `"Trim shot s1-010"`.
    pub label: String,
    /// From before to after.
    pub forward: Patch,
    /// From after to before.
    pub backward: Patch,
}

/// Why a change does not fit a storyboard.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The storyboard is not the one that the change was made from.
    #[error("the change does not fit this storyboard: {0}")]
    Mismatch(String),
    /// It fits, but what comes out is no valid storyboard.
    #[error("the change breaks the storyboard: {0}")]
    Invalid(#[from] DocumentError),
}

impl Change {
    /// The step from `before` to `after`.
    ///
    /// # Panics
    /// Never: see [`Storyboard::to_json`].
    pub fn between(before: &Storyboard, after: &Storyboard, label: impl Into<String>) -> Self {
        let value =
            |board| serde_json::to_value(board).expect("a storyboard is always representable in JSON");
        let (before, after) = (value(before), value(after));
        Self {
            label: label.into(),
            forward: json_patch::diff(&before, &after),
            backward: json_patch::diff(&after, &before),
        }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.forward.0.is_empty()
    }

    /// The storyboard after the change.
    pub fn apply(&self, board: &Storyboard) -> Result<Storyboard, ChangeError> {
        patched(board, &self.forward)
    }

    /// The storyboard before the change.
    pub fn revert(&self, board: &Storyboard) -> Result<Storyboard, ChangeError> {
        patched(board, &self.backward)
    }
}

fn patched(board: &Storyboard, patch: &Patch) -> Result<Storyboard, ChangeError> {
    let mismatch = |e: &dyn std::fmt::Display| ChangeError::Mismatch(e.to_string());
    let mut value = serde_json::to_value(board).map_err(|e| mismatch(&e))?;
    json_patch::patch(&mut value, patch).map_err(|e| mismatch(&e))?;
    Ok(Storyboard::from_value(value)?)
}

/// The changes that can be undone and redone: the last [`History::LIMIT`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    undo: Vec<Change>,
    redo: Vec<Change>,
}

/// A step of the past, repeated on the history alone: the document is known to have taken it.
#[derive(Debug, Clone, PartialEq)]
pub enum Replay {
    /// A change was made.
    Do(Change),
    /// The last change was taken back.
    Undo,
    /// The last undone change was made again.
    Redo,
    /// The history was written down whole.
    Reset(History),
    /// Nothing happened to the history.
    Nothing,
}

impl History {
    /// How many changes are remembered.
    pub const LIMIT: usize = 200;

    /// Remembers a change that was just made. What had been undone before can no longer be redone.
    pub fn push(&mut self, change: Change) {
        if change.is_empty() {
            return;
        }
        self.redo.clear();
        self.undo.push(change);
        if self.undo.len() > Self::LIMIT {
            self.undo.remove(0);
        }
    }

    /// Repeats a step without touching a document, to rebuild the history from a journal.
    pub fn replay(&mut self, step: Replay) {
        match step {
            Replay::Do(change) => self.push(change),
            Replay::Undo => self.redo.extend(self.undo.pop()),
            Replay::Redo => self.undo.extend(self.redo.pop()),
            Replay::Reset(history) => *self = history,
            Replay::Nothing => {}
        }
    }

    /// The label of the change that would be undone.
    pub fn undo_label(&self) -> Option<&str> {
        self.undo.last().map(|change| change.label.as_str())
    }

    /// The label of the change that would be redone.
    pub fn redo_label(&self) -> Option<&str> {
        self.redo.last().map(|change| change.label.as_str())
    }

    /// Takes the last change back; `None` when there is none. On an error nothing has moved.
    pub fn undo(&mut self, board: &Storyboard) -> Option<Result<Storyboard, ChangeError>> {
        let result = self.undo.last()?.revert(board);
        if result.is_ok() {
            self.redo.extend(self.undo.pop());
        }
        Some(result)
    }

    /// Makes the last undone change again; `None` when there is none. On an error nothing has moved.
    pub fn redo(&mut self, board: &Storyboard) -> Option<Result<Storyboard, ChangeError>> {
        let result = self.redo.last()?.apply(board);
        if result.is_ok() {
            self.undo.extend(self.redo.pop());
        }
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Framing, Id, Seconds, Shot};
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Edit {
        Title(String),
        Trim(usize, f64),
        Frame(usize, usize),
        Remove(usize),
        Duplicate(usize),
        Swap(usize, usize),
        Unknown(String, f64),
    }

    fn edits() -> impl Strategy<Value = Vec<Edit>> {
        let one = prop_oneof![
            ".{0,8}".prop_map(Edit::Title),
            (0..5_usize, 0.1..9.0).prop_map(|(i, s)| Edit::Trim(i, s)),
            (0..5_usize, 0..10_usize).prop_map(|(i, f)| Edit::Frame(i, f)),
            (0..5_usize).prop_map(Edit::Remove),
            (0..5_usize).prop_map(Edit::Duplicate),
            (0..5_usize, 0..5_usize).prop_map(|(a, b)| Edit::Swap(a, b)),
            ("[a-z]{3}_[~/a-z]{1,3}", any::<f64>()).prop_map(|(k, v)| Edit::Unknown(k, v)),
        ];
        prop::collection::vec(one, 1..30)
    }

    fn edited(board: &Storyboard, edit: &Edit, serial: usize) -> Storyboard {
        let mut board = board.clone();
        if let Edit::Title(title) = edit {
            board.title.clone_from(title);
        }
        if let Edit::Unknown(key, value) = edit {
            board.extra.insert(key.clone(), serde_json::Value::from(*value));
        }
        let shots: &mut Vec<Shot> = &mut board.scenes[0].shots;
        let n = shots.len();
        match *edit {
            Edit::Trim(i, secs) if n > 0 => shots[i % n].seconds = Seconds::clamped(secs),
            Edit::Frame(i, f) if n > 0 => shots[i % n].camera.framing = Framing::ALL[f],
            Edit::Remove(i) if n > 0 => drop(shots.remove(i % n)),
            Edit::Duplicate(i) if n > 0 => {
                let mut copy = shots[i % n].clone();
                copy.id = Id::new(format!("copy-{serial}")).unwrap();
                shots.insert(i % n + 1, copy);
            }
            Edit::Swap(a, b) if n > 0 => shots.swap(a % n, b % n),
            _ => {}
        }
        board
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn undoing_every_edit_gives_the_same_bytes_and_redoing_too(edits in edits()) {
            let start = Storyboard::example();
            let mut history = History::default();
            let mut board = start.clone();
            for (serial, edit) in edits.iter().enumerate() {
                let after = edited(&board, edit, serial);
                history.push(Change::between(&board, &after, "Edit"));
                board = after;
            }
            let end = board.to_json();
            while let Some(undone) = history.undo(&board) {
                board = undone.unwrap();
            }
            prop_assert_eq!(board.to_json(), start.to_json());
            while let Some(redone) = history.redo(&board) {
                board = redone.unwrap();
            }
            prop_assert_eq!(board.to_json(), end);
        }
    }

    #[test]
    fn a_change_to_another_document_is_refused_and_moves_nothing() {
        let start = Storyboard::example();
        let mut after = start.clone();
        after.scenes[0].shots.pop();
        let mut history = History::default();
        history.push(Change::between(&after, &start, "Add shot"));
        let mut other = start.clone();
        other.scenes.clear();
        assert!(matches!(history.undo(&other), Some(Err(ChangeError::Mismatch(_)))));
        assert_eq!(history.undo_label(), Some("Add shot"));
    }
}
