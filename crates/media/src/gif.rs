//! Animated GIF: few colours, few pictures, no sound, plays everywhere.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use ffmpeg_next as ff;
use film::Frame;

use crate::aside::Aside;
use crate::film_writer::{FilmSpec, Written, write_packets};
use crate::palette::{Histogram, Palette};
use crate::{Error, library, picture, source};

/// How large and fast an animated GIF may be; films that are larger or faster are made smaller and lose pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GifLimits {
    /// Pixels across.
    pub width: u32,
    /// Pictures a second.
    pub fps: u32,
}

impl Default for GifLimits {
    fn default() -> Self {
        Self { width: 640, fps: 15 }
    }
}

/// Pictures that share a palette: enough for an even shot, few enough to be held in memory.
const GROUP_BYTES: usize = 48 << 20;

/// With that share of pixels in other colours a new shot has begun.
const CUT: f64 = 0.6;

/// The unit of time in a GIF: a hundredth of a second.
const TIME: ff::Rational = ff::Rational(1, 100);

/// The number of the palette's entry that means "as before".
const CLEAR: usize = 255;

/// Encodes pictures to an animated GIF that repeats for ever.
pub(crate) struct GifWriter {
    // Before `aside`, so that FFmpeg lets go of the file before it is removed.
    output: ff::format::context::Output,
    video: ff::encoder::video::Encoder,
    aside: Aside,
    spec: FilmSpec,
    size: (u32, u32),
    /// One picture of so many is kept.
    step: u32,
    /// Pictures given.
    given: u32,
    /// Pictures written or waiting.
    kept: u32,
    /// Those that will share a palette, with their times.
    group: Vec<(i64, Frame)>,
    colours: Histogram,
    last: Option<Histogram>,
}

impl GifWriter {
    pub(crate) fn create(path: &Path, spec: FilmSpec) -> Result<Self, Error> {
        let codec = library::encoder(library::GIF_ENCODER)?;
        let aside = Aside::create(path)?;
        let mut output = aside.output("gif")?;
        let fail = |error| aside.failed("write", error);
        let width = spec.width.get().min(spec.gif.width.max(16));
        let height = (f64::from(spec.height.get()) * f64::from(width) / f64::from(spec.width.get()))
            .round()
            .max(1.0) as u32;
        let mut encoder =
            ff::codec::context::Context::new_with_codec(codec).encoder().video().map_err(fail)?;
        encoder.set_width(width);
        encoder.set_height(height);
        encoder.set_format(ff::format::Pixel::PAL8);
        encoder.set_time_base(TIME);
        encoder.set_flags(ff::codec::Flags::BITEXACT);
        let video = encoder.open().map_err(|e| aside.failed("open the encoder for", e))?;
        let mut stream = output.add_stream(codec).map_err(fail)?;
        stream.set_time_base(TIME);
        stream.set_parameters(&video);
        let mut options = ff::Dictionary::new();
        options.set("fflags", "+bitexact");
        output.write_header_with(options).map(drop).map_err(fail)?;
        // Even steps move evenly: 24 frames a second become 12, not 15 with stumbles.
        let step = spec.fps.get().div_ceil(spec.gif.fps.max(1));
        Ok(Self {
            output,
            video,
            aside,
            spec,
            size: (width, height),
            step,
            given: 0,
            kept: 0,
            group: Vec::new(),
            colours: Histogram::new(),
            last: None,
        })
    }

    pub(crate) fn frame(&mut self, frame: &Frame) -> Result<(), Error> {
        let number = self.given;
        self.given += 1;
        if !number.is_multiple_of(self.step) {
            return Ok(());
        }
        let small = picture::thumbnail(frame, self.size.0);
        let mut colours = Histogram::new();
        colours.add(&small.rgba);
        let cut = self.last.as_ref().is_some_and(|last| last.distance(&colours) > CUT);
        let full = (self.group.len() + 1) * small.rgba.len() > GROUP_BYTES;
        if cut || full {
            self.write_group()?;
        }
        self.colours.add(&small.rgba);
        self.last = Some(colours);
        let fps = i64::from(self.spec.fps.get());
        self.group.push(((i64::from(number) * 100 + fps / 2) / fps, small));
        self.kept += 1;
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), Error> {
        let mut palette = Palette::of(&std::mem::replace(&mut self.colours, Histogram::new()));
        let (width, height) = self.size;
        for (time, frame) in std::mem::take(&mut self.group) {
            let mut picture = ff::frame::Video::new(ff::format::Pixel::PAL8, width, height);
            set_colours(&mut picture, palette.colours());
            let stride = picture.stride(0);
            let numbers = picture.data_mut(0);
            palette.map(&frame.rgba, width as usize, |x, y, number| numbers[y * stride + x] = number);
            picture.set_pts(Some(time));
            self.video.send_frame(&picture).map_err(|e| self.aside.failed("encode", e))?;
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Error> {
        write_packets(&mut self.video, &mut self.output, 0, TIME, 0)
            .map_err(|e| self.aside.failed("write", e))
    }

    pub(crate) fn finish(mut self) -> Result<Written, Error> {
        self.write_group()?;
        self.video.send_eof().map_err(|e| self.aside.failed("encode", e))?;
        self.write()?;
        self.output.write_trailer().map_err(|e| self.aside.failed("finish", e))?;
        let Self { output, video, aside, spec, kept, .. } = self;
        drop((output, video));
        aside.amend(|file| {
            file.seek(SeekFrom::End(-1))?;
            file.write_all(&comment(&spec.recipe))
        })?;
        let path = aside.commit(|partial| {
            let found = source::pictures(partial)?;
            if found != kept {
                return Err(Error::unusable(
                    partial,
                    format!("{kept} frames were written, {found} are in it"),
                ));
            }
            if source::recipe(partial)?.unwrap_or_default() != spec.recipe {
                return Err(Error::unusable(partial, "the recipe does not read back as it was written"));
            }
            Ok(())
        })?;
        let bytes = path.metadata().map_err(|e| Error::io("read", &path, e))?.len();
        Ok(Written { path, frames: kept, bytes, encoder: library::GIF_ENCODER.into(), note: None })
    }
}

/// Puts the palette beside the picture, as 0xAARRGGBB; what is left over is clear.
#[expect(unsafe_code, reason = "ffmpeg-next does not show the second plane of such a picture")]
fn set_colours(picture: &mut ff::frame::Video, colours: &[[u8; 3]]) {
    let mut table = [0_u32; CLEAR + 1];
    for (entry, &[r, g, b]) in table.iter_mut().zip(colours) {
        *entry = u32::from_be_bytes([255, r, g, b]);
    }
    // SAFETY: the buffer of a PAL8 picture was allocated with a second plane of 256 entries of four bytes, and is ours alone
    // while we hold the picture by `&mut`.
    unsafe {
        let plane = (*picture.as_mut_ptr()).data[1];
        std::ptr::copy_nonoverlapping(table.as_ptr().cast::<u8>(), plane, size_of_val(&table));
    }
}

/// The end of a GIF with a comment (`GIF89a`, section 24) before it; only the end when there is nothing to say.
fn comment(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    if !text.is_empty() {
        bytes.extend([0x21, 0xFE]);
        for part in text.as_bytes().chunks(255) {
            bytes.push(part.len() as u8);
            bytes.extend(part);
        }
        bytes.push(0);
    }
    bytes.push(0x3B);
    bytes
}

/// The last comment of the GIF at `path`; `None` when it has none or is no GIF.
pub(crate) fn read_comment(path: &Path) -> Result<Option<String>, Error> {
    let mut bytes = Vec::new();
    let mut file = std::fs::File::open(path).map_err(|e| Error::io("read", path, e))?;
    let mut head = [0; 6];
    if file.read_exact(&mut head).is_err() || !head.starts_with(b"GIF8") {
        return Ok(None);
    }
    file.read_to_end(&mut bytes).map_err(|e| Error::io("read", path, e))?;
    Ok(comment_in(&bytes).and_then(|comment| String::from_utf8(comment).ok()))
}

/// Walks the blocks after the six bytes of the signature.
fn comment_in(bytes: &[u8]) -> Option<Vec<u8>> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 7 + table(*bytes.get(4)?);
    let mut found = None;
    loop {
        let comment = match bytes.get(at)? {
            0x21 => {
                let label = *bytes.get(at + 1)?;
                at += 2;
                label == 0xFE
            }
            0x2C => {
                at += 11 + table(*bytes.get(at + 9)?);
                false
            }
            _ => return found,
        };
        let mut text = Vec::new();
        loop {
            let length = usize::from(*bytes.get(at)?);
            let part = bytes.get(at + 1..at + 1 + length)?;
            at += 1 + length;
            if length == 0 {
                break;
            }
            if comment {
                text.extend(part);
            }
        }
        if comment {
            found = Some(text);
        }
    }
}
