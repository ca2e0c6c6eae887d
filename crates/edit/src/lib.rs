//! Takes to a finished film: transitions, titles, sound; review of frames and sound.
//!
//! - A [`Timeline`] lays the shots of a storyboard out on the film's frames, with their [`Join`]s: who is on the screen in
//!   frame `n`, and how many frames of each shot have to be rendered ([`Timeline::frames_needed`]).
//! - [`compose`] makes frame `n` of the film from the frames of its takes, mixing light rather than codes.
//! - [`titles`] sets words over pictures and on cards.
//! - [`sound::mix`] synthesises the film's sound from what the storyboard says is heard, at the loudness of broadcasting.
//!
//! *Invariant:* this crate neither reads nor writes files; everything in it is a function of its arguments.

mod compose;
pub mod sound;
mod timeline;
pub mod titles;

pub use compose::compose;
pub use timeline::{Entry, Join, Layer, Picture, Timeline};
