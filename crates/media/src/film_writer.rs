use std::path::{Path, PathBuf};

use ffmpeg_next as ff;
use film::{EvenSize, Fps, Frame, FrameSink, Quality, SinkError};

use crate::Error;
use crate::container::ContainerWriter;
use crate::folder::FolderWriter;
use crate::format::Format;
use crate::gif::{GifLimits, GifWriter};

/// What a film file shall be.
#[derive(Debug, Clone)]
pub struct FilmSpec {
    /// Pixels across.
    pub width: EvenSize,
    /// Pixels down.
    pub height: EvenSize,
    /// Frames a second.
    pub fps: Fps,
    /// How much work and how many bits go into each picture.
    pub quality: Quality,
    /// The title in the metadata.
    pub title: String,
    /// What the film was made from, as JSON; [`crate::recipe`] reads it back. May be empty.
    pub recipe: String,
    /// Whether the file has a sound track; not for formats without.
    pub sound: bool,
    /// What kind of file.
    pub format: Format,
    /// The name of FFmpeg's video encoder to use; the best one present when `None`.
    pub encoder: Option<String>,
    /// Threads of the encoder, at most; 0 for the usual number. Some encoders write other bytes with another number.
    pub threads: u32,
    /// How large and fast an animated GIF may be.
    pub gif: GifLimits,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The finished file.
    pub path: PathBuf,
    /// Pictures in it.
    pub frames: u32,
    /// Its size.
    pub bytes: u64,
    /// FFmpeg's name of the video encoder that was used.
    pub encoder: String,
    /// What the user should know about it, when the encoder was a stand-in.
    pub note: Option<String>,
}

/// Encodes the pictures and the sound of a film.
///
/// What is written appears under its name in [`FilmWriter::finish`], whole and checked; a writer that is dropped before
/// leaves nothing.
pub struct FilmWriter {
    kind: Kind,
    path: PathBuf,
    size: (u32, u32),
    frames: u32,
}

enum Kind {
    Container(Box<ContainerWriter>),
    Gif(Box<GifWriter>),
    Folder(FolderWriter),
}

impl FilmWriter {
    /// Opens the file aside and writes its header.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be written to, [`Error::NoEncoder`] when FFmpeg lacks the encoder,
    /// [`Error::Misfit`] when title or recipe hold a NUL character, or the format does not take what the encoder makes.
    pub fn create(path: &Path, spec: FilmSpec) -> Result<Self, Error> {
        if spec.title.contains('\0') || spec.recipe.contains('\0') {
            return Err(Error::misfit(path, "title and recipe must not hold NUL characters"));
        }
        let size = (spec.width.get(), spec.height.get());
        let kind = match spec.format.container() {
            Some(container) => Kind::Container(Box::new(ContainerWriter::create(path, container, spec)?)),
            None if spec.format == Format::Gif => Kind::Gif(Box::new(GifWriter::create(path, spec)?)),
            None => Kind::Folder(FolderWriter::create(path, spec.recipe)?),
        };
        Ok(Self { kind, path: path.to_owned(), size, frames: 0 })
    }

    /// Encodes the next picture.
    ///
    /// # Errors
    /// [`Error::Misfit`] for a frame of another size, [`Error::Io`] when the disk is full or gone.
    pub fn frame(&mut self, frame: &Frame) -> Result<(), Error> {
        check_size(&self.path, frame, self.size.0, self.size.1)?;
        self.frames += 1;
        match &mut self.kind {
            Kind::Container(writer) => writer.frame(frame),
            Kind::Gif(writer) => writer.frame(frame),
            Kind::Folder(writer) => writer.frame(frame),
        }
    }

    /// Takes interleaved stereo at [`crate::SAMPLE_RATE`]. It may come in any portions at any time before the end, best before
    /// the pictures that it belongs to. What is missing at the end is silence; what is too long is cut.
    ///
    /// # Errors
    /// [`Error::Misfit`] for half a stereo sample, for values that are not finite, and for a film without sound.
    pub fn sound(&mut self, samples: &[f32]) -> Result<(), Error> {
        if !samples.len().is_multiple_of(2) {
            return Err(Error::misfit(&self.path, "stereo sound needs an even number of samples"));
        }
        if samples.iter().any(|s| !s.is_finite()) {
            return Err(Error::misfit(&self.path, "the sound holds values that are not numbers"));
        }
        match &mut self.kind {
            Kind::Container(writer) => writer.sound(samples),
            Kind::Gif(_) | Kind::Folder(_) => Err(Error::misfit(&self.path, "this format has no sound")),
        }
    }

    /// Ends the film: writes what the encoders hold back, syncs, reads count and recipe back and gives it its name.
    ///
    /// # Errors
    /// [`Error::Misfit`] when no frame was given, [`Error::Io`] when the disk is full, [`Error::Unusable`] when the file
    /// does not read back as what was written.
    pub fn finish(self) -> Result<Written, Error> {
        if self.frames == 0 {
            return Err(Error::misfit(&self.path, "a film needs at least one frame"));
        }
        match self.kind {
            Kind::Container(writer) => writer.finish(),
            Kind::Gif(writer) => writer.finish(),
            Kind::Folder(writer) => writer.finish(),
        }
    }
}

impl FrameSink for FilmWriter {
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
        Ok(FilmWriter::frame(self, &frame)?)
    }
}

/// Moves what the encoder has ready into the file. `duration` is that of each packet in units of `time`; 0 leaves what
/// the encoder says.
pub(crate) fn write_packets(
    encoder: &mut ff::codec::encoder::Encoder,
    output: &mut ff::format::context::Output,
    stream: usize,
    time: ff::Rational,
    duration: i64,
) -> Result<(), ff::Error> {
    let stream_time = output.stream(stream).ok_or(ff::Error::StreamNotFound)?.time_base();
    let mut packet = ff::Packet::empty();
    loop {
        match encoder.receive_packet(&mut packet) {
            Ok(()) => {
                packet.set_stream(stream);
                if duration > 0 {
                    packet.set_duration(duration);
                }
                packet.rescale_ts(time, stream_time);
                packet.write_interleaved(output)?;
            }
            Err(ff::Error::Eof | ff::Error::Other { errno: ff::error::EAGAIN }) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

pub(crate) fn check_size(path: &Path, frame: &Frame, width: u32, height: u32) -> Result<(), Error> {
    if (frame.width, frame.height) != (width, height) {
        let reason =
            format!("frame {} is {}x{}, not {width}x{height}", frame.index, frame.width, frame.height);
        return Err(Error::misfit(path, reason));
    }
    let expected = width as usize * height as usize * 4;
    if frame.rgba.len() != expected {
        let reason = format!("frame {} holds {} bytes, not {expected}", frame.index, frame.rgba.len());
        return Err(Error::misfit(path, reason));
    }
    Ok(())
}

pub(crate) fn frame_time(fps: Fps) -> ff::Rational {
    ff::Rational(1, fps.get().cast_signed())
}

pub(crate) fn rate(fps: Fps) -> ff::Rational {
    ff::Rational(fps.get().cast_signed(), 1)
}
