use std::path::{Path, PathBuf};

use ff::codec::Flags;
use ffmpeg_next as ff;
use film::{EvenSize, Fps, Frame, FrameSink, SinkError};

use crate::aside::Aside;
use crate::colour::rgba_to_gbrp;
use crate::film_writer::{check_size, frame_time, rate, write_packets};
use crate::source::{self, Decoder};
use crate::{Error, library};

/// Slices of each picture, coded independently, where FFmpeg cuts it at all. Fixed, because the bytes depend on it.
const SLICES: &str = "4";

/// Keeps the frames of one shot without loss: every red, green and blue value comes back as it was (alpha as 255; depth
/// and mask are not kept).
///
/// The format is `MagicYUV` in a `QuickTime` file, usually `NAME.mov`: every picture stands alone, so any one is found at
/// once, and FFmpeg's players show it. It keeps up with a fast renderer on one core. FFV1 packs a seventh tighter and takes
/// five times as long; FFmpeg's Ut Video loses data when a picture is all noise.
///
/// The file appears under its name in [`TakeWriter::finish`]; a writer that is dropped before leaves nothing.
pub struct TakeWriter {
    // Before `aside`, so that FFmpeg lets go of the file before it is removed.
    output: ff::format::context::Output,
    video: ff::encoder::video::Encoder,
    aside: Aside,
    width: u32,
    height: u32,
    fps: Fps,
    frames: u32,
    last_index: Option<u32>,
}

impl TakeWriter {
    /// Opens the file aside and writes its header.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be written to, [`Error::NoEncoder`] when FFmpeg lacks the codec.
    pub fn create(path: &Path, width: EvenSize, height: EvenSize, fps: Fps) -> Result<Self, Error> {
        let codec = library::encoder(library::TAKE_ENCODER)?;
        let aside = Aside::create(path)?;
        let mut output = aside.output("mov")?;
        let fail = |error| aside.failed("write", error);
        let mut encoder =
            ff::codec::context::Context::new_with_codec(codec).encoder().video().map_err(fail)?;
        encoder.set_width(width.get());
        encoder.set_height(height.get());
        encoder.set_format(ff::format::Pixel::GBRP);
        encoder.set_time_base(frame_time(fps));
        encoder.set_frame_rate(Some(rate(fps)));
        encoder.set_aspect_ratio((1, 1));
        encoder.set_colorspace(ff::util::color::Space::RGB);
        encoder.set_color_range(ff::util::color::Range::JPEG);
        encoder.set_flags(Flags::GLOBAL_HEADER | Flags::BITEXACT);
        let mut options = ff::Dictionary::new();
        options.set("pred", "median");
        options.set("slices", SLICES);
        options.set("threads", "4");
        let video = encoder.open_with(options).map_err(|e| aside.failed("open the encoder for", e))?;
        let mut stream = output.add_stream(codec).map_err(fail)?;
        stream.set_time_base(frame_time(fps));
        stream.set_rate(rate(fps));
        stream.set_avg_frame_rate(rate(fps));
        stream.set_parameters(&video);
        let mut options = ff::Dictionary::new();
        options.set("fflags", "+bitexact");
        output.write_header_with(options).map(drop).map_err(fail)?;
        Ok(Self {
            output,
            video,
            aside,
            width: width.get(),
            height: height.get(),
            fps,
            frames: 0,
            last_index: None,
        })
    }

    /// Writes the next picture. Their numbers must follow each other; the first may have any.
    ///
    /// # Errors
    /// [`Error::Misfit`] for a frame of another size or out of order, [`Error::Io`] when the disk is full or gone.
    pub fn frame(&mut self, frame: &Frame) -> Result<(), Error> {
        let path = self.aside.target();
        check_size(path, frame, self.width, self.height)?;
        if let Some(last) = self.last_index
            && frame.index != last + 1
        {
            return Err(Error::misfit(path, format!("frame {} does not follow frame {last}", frame.index)));
        }
        let mut planes = ff::frame::Video::new(ff::format::Pixel::GBRP, self.width, self.height);
        rgba_to_gbrp(&frame.rgba, &mut planes);
        planes.set_pts(Some(i64::from(self.frames)));
        self.video.send_frame(&planes).map_err(|e| self.aside.failed("encode", e))?;
        self.last_index = Some(frame.index);
        self.frames += 1;
        self.write()
    }

    /// Ends the file, syncs it, checks that it holds every frame, and gives it its name. Returns the number of frames.
    ///
    /// # Errors
    /// [`Error::Misfit`] when no frame was given, [`Error::Io`] when the disk is full.
    pub fn finish(mut self) -> Result<u32, Error> {
        if self.frames == 0 {
            return Err(Error::misfit(self.aside.target(), "a take needs at least one frame"));
        }
        self.video.send_eof().map_err(|e| self.aside.failed("encode", e))?;
        self.write()?;
        self.output.write_trailer().map_err(|e| self.aside.failed("finish", e))?;
        let Self { output, video, aside, frames, .. } = self;
        drop((output, video));
        aside.commit(|partial| {
            let found = TakeReader::open(partial)?.frames();
            if found == frames {
                Ok(())
            } else {
                Err(Error::truncated(partial, format!("{found} frames of {frames} are in it")))
            }
        })?;
        Ok(frames)
    }

    fn write(&mut self) -> Result<(), Error> {
        write_packets(&mut self.video, &mut self.output, 0, frame_time(self.fps), 1)
            .map_err(|e| self.aside.failed("write", e))
    }
}

impl FrameSink for TakeWriter {
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
        Ok(TakeWriter::frame(self, &frame)?)
    }
}

/// Reads a take back, in any order.
///
/// A film may have hundreds of takes open at once, so the decoder with its threads lives only from the first frame that is
/// asked for to the last frame of the take.
pub struct TakeReader {
    path: PathBuf,
    decoder: Option<Decoder>,
    frames: u32,
    size: (u32, u32),
}

impl TakeReader {
    /// Opens the take at `path` and checks that it is whole.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be opened, [`Error::Truncated`] when something is missing, [`Error::Unusable`] when it
    /// is no take.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let probe = source::probe(path)?;
        if probe.video_codec != library::TAKE_ENCODER {
            return Err(Error::unusable(path, format!("it is {}, not a take", probe.video_codec)));
        }
        if probe.frames == 0 {
            return Err(Error::truncated(path, "it holds no frames"));
        }
        let size = (probe.width, probe.height);
        Ok(Self { path: path.to_owned(), decoder: None, frames: probe.frames, size })
    }

    /// The number of frames.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Frame `index`, counted from 0 at the first frame that was written. Reading in order is the fastest.
    ///
    /// # Errors
    /// [`Error::Misfit`] past the end; otherwise as [`Decoder::frame_at`].
    pub fn frame(&mut self, index: u32) -> Result<Frame, Error> {
        if index >= self.frames {
            return Err(Error::misfit(&self.path, format!("frame {index} of a take of {}", self.frames)));
        }
        let mut decoder = match self.decoder.take() {
            Some(decoder) => decoder,
            None => Decoder::open(&self.path)?,
        };
        let frame = decoder.frame_at(index)?;
        if index + 1 < self.frames {
            self.decoder = Some(decoder);
        }
        Ok(frame)
    }
}
