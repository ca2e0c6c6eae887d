use std::path::{Path, PathBuf};

use ff::codec::Flags;
use ff::util::color;
use ffmpeg_next as ff;
use film::{EvenSize, Fps, Frame, FrameSink, Quality, SinkError};

use crate::aside::Aside;
use crate::colour::rgba_to_yuv420;
use crate::source::{self, RECIPE_KEY};
use crate::{Error, SAMPLE_RATE, library, mp4};

/// Encoder threads. Fixed, because x264 cuts its work by their number and so the bytes depend on it.
const THREADS: usize = 8;

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
    /// Whether the file has a sound track.
    pub sound: bool,
    /// The name of FFmpeg's video encoder to use; the best one present when `None`.
    pub encoder: Option<String>,
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

/// Encodes frames and sound to an MP4 film.
///
/// The file appears under its name in [`FilmWriter::finish`], whole and checked; a writer that is dropped before leaves
/// nothing.
pub struct FilmWriter {
    // Before `aside`, so that FFmpeg lets go of the file before it is removed.
    output: ff::format::context::Output,
    video: ff::encoder::video::Encoder,
    sound: Option<SoundTrack>,
    aside: Aside,
    spec: FilmSpec,
    encoder: String,
    frames: u32,
}

struct SoundTrack {
    encoder: ff::encoder::audio::Encoder,
    /// Interleaved samples, of which the first `used` are encoded.
    waiting: Vec<f32>,
    used: usize,
    /// Samples (of each channel) handed to the encoder.
    encoded: u64,
}

impl FilmWriter {
    /// Opens the file aside and writes its header.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be written to, [`Error::NoEncoder`] when FFmpeg lacks the encoder,
    /// [`Error::Misfit`] when title or recipe hold a NUL character.
    pub fn create(path: &Path, spec: FilmSpec) -> Result<Self, Error> {
        if spec.title.contains('\0') || spec.recipe.contains('\0') {
            return Err(Error::misfit(path, "title and recipe must not hold NUL characters"));
        }
        let (name, codec) = library::film_encoder(spec.encoder.as_deref())?;
        let name = name.to_owned();
        let aside = Aside::create(path)?;
        let mut output = aside.output("mp4")?;
        let fail = |error| aside.failed("write", error);

        let video = open_video(&spec, &name, codec).map_err(|e| aside.failed("open the encoder for", e))?;
        let mut stream = output.add_stream(codec).map_err(fail)?;
        stream.set_time_base(frame_time(spec.fps));
        stream.set_rate(rate(spec.fps));
        stream.set_avg_frame_rate(rate(spec.fps));
        stream.set_parameters(&video);

        let sound = if spec.sound {
            let codec = library::encoder(library::SOUND_ENCODER)?;
            let encoder = open_sound(codec).map_err(|e| aside.failed("open the sound encoder for", e))?;
            let mut stream = output.add_stream(codec).map_err(fail)?;
            stream.set_time_base((1, SAMPLE_RATE.cast_signed()));
            stream.set_parameters(&encoder);
            Some(SoundTrack { encoder, waiting: Vec::new(), used: 0, encoded: 0 })
        } else {
            None
        };

        let mut metadata = ff::Dictionary::new();
        for (key, value) in [
            ("title", spec.title.as_str()),
            ("comment", "Made with Mutoscope from a storyboard, which this file holds."),
            (RECIPE_KEY, spec.recipe.as_str()),
        ] {
            if !value.is_empty() {
                metadata.set(key, value);
            }
        }
        output.set_metadata(metadata);
        let mut options = ff::Dictionary::new();
        options.set("movflags", "+faststart+use_metadata_tags");
        options.set("fflags", "+bitexact");
        output.write_header_with(options).map(drop).map_err(fail)?;
        Ok(Self { output, video, sound, aside, spec, encoder: name, frames: 0 })
    }

    /// Encodes the next picture.
    ///
    /// # Errors
    /// [`Error::Misfit`] for a frame of another size, [`Error::Io`] when the disk is full or gone.
    pub fn frame(&mut self, frame: &Frame) -> Result<(), Error> {
        let (width, height) = (self.spec.width.get(), self.spec.height.get());
        check_size(self.aside.target(), frame, width, height)?;
        let mut yuv = ff::frame::Video::new(ff::format::Pixel::YUV420P, width, height);
        yuv.set_color_space(color::Space::BT709);
        yuv.set_color_range(color::Range::MPEG);
        yuv.set_color_primaries(color::Primaries::BT709);
        yuv.set_color_transfer_characteristic(color::TransferCharacteristic::BT709);
        rgba_to_yuv420(&frame.rgba, &mut yuv);
        yuv.set_pts(Some(i64::from(self.frames)));
        self.video.send_frame(&yuv).map_err(|e| self.aside.failed("encode", e))?;
        self.frames += 1;
        self.write_pictures()?;
        self.encode_sound(self.samples_due(), false)
    }

    /// Takes interleaved stereo at [`SAMPLE_RATE`]. It may come in any portions at any time before the end, best before
    /// the pictures that it belongs to. What is missing at the end is silence; what is too long is cut.
    ///
    /// # Errors
    /// [`Error::Misfit`] for half a stereo sample, for values that are not finite, and for a film without sound.
    pub fn sound(&mut self, samples: &[f32]) -> Result<(), Error> {
        let target = self.aside.target();
        if !samples.len().is_multiple_of(2) {
            return Err(Error::misfit(target, "stereo sound needs an even number of samples"));
        }
        if samples.iter().any(|s| !s.is_finite()) {
            return Err(Error::misfit(target, "the sound holds values that are not numbers"));
        }
        let Some(track) = &mut self.sound else {
            return Err(Error::misfit(target, "this film was begun without sound"));
        };
        track.waiting.extend_from_slice(samples);
        Ok(())
    }

    /// Ends the file: writes what the encoders hold back, puts the index first, syncs, reads the recipe back and gives the
    /// file its name.
    ///
    /// # Errors
    /// [`Error::Misfit`] when no frame was given, [`Error::Io`] when the disk is full, [`Error::Unusable`] when the file
    /// does not read back as what was written.
    pub fn finish(mut self) -> Result<Written, Error> {
        if self.frames == 0 {
            return Err(Error::misfit(self.aside.target(), "a film needs at least one frame"));
        }
        self.video.send_eof().map_err(|e| self.aside.failed("encode", e))?;
        self.write_pictures()?;
        let due = self.samples_due();
        if let Some(track) = &mut self.sound {
            let samples = (due.saturating_sub(track.encoded) * 2) as usize;
            track.waiting.resize(track.used + samples, 0.0);
        }
        self.encode_sound(due, true)?;
        self.output.write_trailer().map_err(|e| self.aside.failed("finish", e))?;
        let Self { output, video, sound, aside, spec, encoder, frames } = self;
        drop((output, video, sound));
        let path = aside.commit(|partial| check_film(partial, &spec, frames))?;
        let bytes = path.metadata().map_err(|e| Error::io("read", &path, e))?.len();
        let note = (encoder != library::FILM_ENCODERS[0] && spec.encoder.is_none()).then(|| {
            format!(
                "this FFmpeg has no {}; the film was made with {encoder}, which is less sharp",
                library::FILM_ENCODERS[0]
            )
        });
        Ok(Written { path, frames, bytes, encoder, note })
    }

    /// Samples (of each channel) that belong to the pictures so far.
    fn samples_due(&self) -> u64 {
        let fps = u64::from(self.spec.fps.get());
        (u64::from(self.frames) * u64::from(SAMPLE_RATE) + fps / 2) / fps
    }

    fn write_pictures(&mut self) -> Result<(), Error> {
        let fps = self.spec.fps;
        write_packets(&mut self.video, &mut self.output, 0, frame_time(fps), 1)
            .map_err(|e| self.aside.failed("write", e))
    }

    /// Encodes whole blocks up to `until` samples as far as there is sound; the last short block too when it is the end.
    fn encode_sound(&mut self, until: u64, end: bool) -> Result<(), Error> {
        let Some(track) = &mut self.sound else { return Ok(()) };
        let fail = |error| self.aside.failed("encode the sound of", error);
        let time = ff::Rational(1, SAMPLE_RATE.cast_signed());
        let block = track.encoder.frame_size().max(1) as usize;
        loop {
            let left = (track.waiting.len() - track.used) / 2;
            let count = if left >= block && track.encoded < until {
                block
            } else if end && left > 0 {
                left.min(block)
            } else {
                break;
            };
            let samples = &track.waiting[track.used..track.used + count * 2];
            let mut frame = ff::frame::Audio::new(
                ff::format::Sample::F32(ff::format::sample::Type::Planar),
                count,
                ff::ChannelLayout::STEREO,
            );
            frame.set_rate(SAMPLE_RATE);
            frame.set_pts(Some(track.encoded.cast_signed()));
            for channel in 0..2 {
                for (value, pair) in frame.plane_mut::<f32>(channel).iter_mut().zip(samples.chunks_exact(2)) {
                    *value = pair[channel];
                }
            }
            track.encoder.send_frame(&frame).map_err(fail)?;
            track.encoded += count as u64;
            track.used += count * 2;
            write_packets(&mut track.encoder, &mut self.output, 1, time, 0).map_err(fail)?;
        }
        // Seldom, because what is left has to move: a film of an hour may wait here all at once.
        if track.used > track.waiting.len() / 2 {
            track.waiting.drain(..track.used);
            track.used = 0;
        }
        if end {
            track.encoder.send_eof().map_err(fail)?;
            write_packets(&mut track.encoder, &mut self.output, 1, time, 0).map_err(fail)?;
        }
        Ok(())
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

fn open_video(
    spec: &FilmSpec,
    name: &str,
    codec: ff::Codec,
) -> Result<ff::encoder::video::Encoder, ff::Error> {
    let mut encoder = ff::codec::context::Context::new_with_codec(codec).encoder().video()?;
    encoder.set_width(spec.width.get());
    encoder.set_height(spec.height.get());
    encoder.set_format(ff::format::Pixel::YUV420P);
    encoder.set_time_base(frame_time(spec.fps));
    encoder.set_frame_rate(Some(rate(spec.fps)));
    encoder.set_aspect_ratio((1, 1));
    encoder.set_colorspace(color::Space::BT709);
    encoder.set_color_range(color::Range::MPEG);
    encoder.set_color_primaries(color::Primaries::BT709);
    encoder.set_color_transfer_characteristic(color::TransferCharacteristic::BT709);
    // A key frame at least every half second, so that players and editors find any place quickly.
    encoder.set_gop((spec.fps.get() / 2).max(1));
    encoder.set_max_b_frames(2);
    encoder.set_flags(Flags::GLOBAL_HEADER | Flags::CLOSED_GOP | Flags::BITEXACT);
    encoder.set_threading(ff::codec::threading::Config {
        kind: ff::codec::threading::Type::Frame,
        count: THREADS,
        ..Default::default()
    });
    let mut options = ff::Dictionary::new();
    options.set("chroma_sample_location", "left");
    match name {
        "libx264" => {
            let (preset, crf) = match spec.quality {
                Quality::Draft => ("veryfast", "23"),
                Quality::Standard => ("medium", "18"),
                Quality::Best => ("slow", "15"),
            };
            options.set("preset", preset);
            options.set("crf", crf);
            options.set("profile", "high");
        }
        "mpeg4" => {
            encoder.set_flags(Flags::GLOBAL_HEADER | Flags::CLOSED_GOP | Flags::BITEXACT | Flags::QSCALE);
            let scale = match spec.quality {
                Quality::Draft => 5,
                Quality::Standard => 3,
                Quality::Best => 2,
            };
            encoder.set_global_quality(scale * ff::ffi::FF_QP2LAMBDA);
            // It can close its groups only when it does not look for cuts.
            options.set("sc_threshold", "1000000000");
        }
        _ => {
            // Encoders without constant quality get bits by the pixel.
            let bits_per_pixel = match spec.quality {
                Quality::Draft => 0.1,
                Quality::Standard => 0.2,
                Quality::Best => 0.35,
            };
            let pixels =
                f64::from(spec.width.get()) * f64::from(spec.height.get()) * f64::from(spec.fps.get());
            encoder.set_bit_rate((pixels * bits_per_pixel) as usize);
        }
    }
    encoder.open_with(options)
}

fn open_sound(codec: ff::Codec) -> Result<ff::encoder::audio::Encoder, ff::Error> {
    let mut encoder = ff::codec::context::Context::new_with_codec(codec).encoder().audio()?;
    encoder.set_rate(SAMPLE_RATE.cast_signed());
    encoder.set_format(ff::format::Sample::F32(ff::format::sample::Type::Planar));
    encoder.set_channel_layout(ff::ChannelLayout::STEREO);
    encoder.set_time_base((1, SAMPLE_RATE.cast_signed()));
    encoder.set_bit_rate(192_000);
    encoder.set_flags(Flags::GLOBAL_HEADER | Flags::BITEXACT);
    encoder.open()
}

/// Reads the finished file back, while it still has its partial name.
fn check_film(partial: &Path, spec: &FilmSpec, frames: u32) -> Result<(), Error> {
    let outline = mp4::outline(partial)?.ok_or_else(|| Error::unusable(partial, "it is no MP4 file"))?;
    if !outline.moov_first() {
        return Err(Error::unusable(partial, "the index does not come first"));
    }
    let probe = source::probe(partial)?;
    if probe.frames != frames {
        return Err(Error::unusable(
            partial,
            format!("{frames} frames were written, {} are in it", probe.frames),
        ));
    }
    let recipe = source::recipe(partial)?.unwrap_or_default();
    if recipe != spec.recipe {
        return Err(Error::unusable(partial, "the recipe does not read back as it was written"));
    }
    Ok(())
}
