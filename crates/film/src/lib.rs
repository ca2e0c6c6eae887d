//! The words that every room of Mutoscope shares.
//!
//! A film is described by one document, the [`Storyboard`]: cast, places, look, format, and scenes made of shots made of
//! beats. It is what the reader writes, the user edits, and every renderer obeys. This crate holds its types
//! ([`board`]), the validated numbers in it ([`units`]), the closed vocabularies of film grammar ([`grammar`]), how it is
//! read and written ([`document`]) and changed and changed back ([`history`]).
//!
//! A [`ShotOrder`] is the self-contained extract that a renderer gets. Pictures come back as [`Frame`]s. The traits
//! between the rooms are [`ShotRenderer`], [`FrameSink`], [`ControlSource`] and [`Embedder`]; [`Watch`] carries progress
//! one way and cancellation the other.
//!
//! *Invariant:* this crate does no input or output and knows no device.

pub mod board;
pub mod document;
pub mod grammar;
pub mod history;
pub mod order;
pub mod render;
pub mod units;
pub mod watch;

pub use board::{
    Appearance, Beat, Camera, CastMember, ChosenTake, Development, Extra, Footage, Format, Hand, Line, Look,
    Mark, Note, NoteKind, Place, Placement, Presence, Relation, Scene, Shot, Sound, Source, Sources,
    Storyboard, Transition,
};
pub use document::{DocumentError, FORMAT_VERSION, json_schema};
pub use grammar::{
    Angle, DepthOfField, Facing, Framing, Move, Quality, Season, Side, Speed, TimeOfDay, TransitionKind,
    Weather,
};
pub use history::{Change, ChangeError, History};
pub use order::{OrderError, ShotOrder};
pub use render::{
    ControlSource, EmbedError, Embedder, Frame, FrameSink, RenderError, ShotRenderer, SinkError,
};
pub use units::{Bearing, EvenSize, Fps, Id, Metres, Pitch, Reach, Seconds, Seed, Span, UnitError};
pub use watch::{CancelToken, Cancelled, Progress, Watch};

/// What to do about an error, for the `hint:` line under its message.
pub trait Hint {
    /// One sentence that tells the user what would help, when we know it.
    fn hint(&self) -> Option<String>;
}
