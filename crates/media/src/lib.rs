//! Frames and sound to files and back through FFmpeg; provenance; thumbnails.
//!
//! - [`FilmWriter`] encodes the finished film: H.264 and AAC in MP4, tagged and converted as BT.709, index first, with the
//!   recipe (the storyboard) in the metadata; [`recipe`] reads it back.
//! - [`TakeWriter`] and [`TakeReader`] keep the frames of one shot, without loss, between rendering and assembly.
//! - [`Decoder`] reads the pictures of any video file by number, [`read_sound`] its sound, [`probe`] what it says about
//!   itself.
//! - [`thumbnail`], [`contact_sheet`], [`write_png`], [`read_png`] and [`encode_jpeg`] make still pictures.
//! - [`doctor`] says which FFmpeg is present and what it can do.
//!
//! Everything is written aside (`film.partial.mp4`), synced, checked and renamed, so that a file that bears its final name
//! is whole; a writer that is dropped or fails removes what it wrote. The same input gives the same bytes: the numbers of
//! threads and slices are fixed, colour is converted by our own arithmetic, and nothing writes a date or a version.
//!
//! *Invariant:* this crate does not know what a shot means.

mod aside;
mod colour;
mod doctor;
mod error;
mod film_writer;
mod jpeg;
mod library;
mod mp4;
mod picture;
mod sound;
mod source;
mod take;

pub use doctor::{Doctor, doctor};
pub use error::Error;
pub use film_writer::{FilmSpec, FilmWriter, Written};
pub use jpeg::encode_jpeg;
pub use picture::{contact_sheet, encode_png, read_png, thumbnail, write_png};
pub use sound::read_sound;
pub use source::{Decoder, Probe, SoundProbe, probe, recipe};
pub use take::{TakeReader, TakeWriter};

/// Sound samples a second, everywhere in the program.
pub const SAMPLE_RATE: u32 = 48_000;
