//! Frames and sound to files and back through FFmpeg; provenance; thumbnails.
//!
//! - [`FilmWriter`] encodes the finished film in one of the [`Format`]s: MP4, `WebM`, `ProRes`, animated GIF, PNG pictures;
//!   tagged and converted as BT.709, with the recipe (the storyboard) in the metadata; [`recipe`] reads it back.
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
mod codecs;
mod colour;
mod container;
mod doctor;
mod error;
mod film_writer;
mod folder;
mod format;
mod gif;
mod jpeg;
mod library;
mod mp4;
mod palette;
mod picture;
mod sound;
mod source;
mod take;

pub use doctor::{Doctor, doctor};
pub use error::Error;
pub use film_writer::{FilmSpec, FilmWriter, Written};
pub use format::Format;
pub use gif::GifLimits;
pub use jpeg::encode_jpeg;
pub use library::limit_decoder_threads;
pub use picture::{contact_sheet, encode_png, read_png, thumbnail, write_png};
pub use sound::read_sound;
pub use source::{Decoder, Probe, SoundProbe, probe, recipe};
pub use take::{TakeReader, TakeWriter};

/// Sound samples a second, everywhere in the program.
pub const SAMPLE_RATE: u32 = 48_000;
