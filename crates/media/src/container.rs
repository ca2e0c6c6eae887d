//! Films in one file of pictures and sound: MP4, `WebM`, `QuickTime`.

use std::path::Path;

use ff::util::color;
use ffmpeg_next as ff;
use film::Frame;

use crate::aside::Aside;
use crate::codecs;
use crate::colour::{rgba_to_yuv420, rgba_to_yuv422p10};
use crate::film_writer::{FilmSpec, Written, frame_time, rate, write_packets};
use crate::format::{Container, Format, Samples};
use crate::source::{self, RECIPE_KEY};
use crate::{Error, SAMPLE_RATE, mp4};

/// Encodes pictures and sound into one file.
pub(crate) struct ContainerWriter {
    // Before `aside`, so that FFmpeg lets go of the file before it is removed.
    output: ff::format::context::Output,
    video: ff::encoder::video::Encoder,
    sound: Option<SoundTrack>,
    aside: Aside,
    container: &'static Container,
    spec: FilmSpec,
    encoder: String,
    frames: u32,
}

struct SoundTrack {
    samples: Samples,
    encoder: ff::encoder::audio::Encoder,
    /// Interleaved samples, of which the first `used` are encoded.
    waiting: Vec<f32>,
    used: usize,
    /// Samples (of each channel) handed to the encoder.
    encoded: u64,
}

impl ContainerWriter {
    /// Opens the file aside and writes its header.
    pub(crate) fn create(path: &Path, container: &'static Container, spec: FilmSpec) -> Result<Self, Error> {
        let (name, codec) = container.encoder(spec.encoder.as_deref())?;
        if !container.takes.contains(&codec.id()) {
            let reason =
                format!("{} makes {}, which this kind of file does not hold", name, codec.id().name());
            return Err(Error::misfit(path, reason));
        }
        let name = name.to_owned();
        let aside = Aside::create(path)?;
        let mut output = aside.output(container.muxer)?;
        let fail = |error| aside.failed("write", error);

        let video = codecs::open_pictures(container, &spec, &name, codec)
            .map_err(|e| aside.failed("open the encoder for", e))?;
        let mut stream = output.add_stream(codec).map_err(fail)?;
        stream.set_time_base(frame_time(spec.fps));
        stream.set_rate(rate(spec.fps));
        stream.set_avg_frame_rate(rate(spec.fps));
        stream.set_parameters(&video);

        let sound = if spec.sound {
            let (row, codec) = container.sound()?;
            let encoder =
                codecs::open_sound(row, codec).map_err(|e| aside.failed("open the sound encoder for", e))?;
            let mut stream = output.add_stream(codec).map_err(fail)?;
            stream.set_time_base((1, SAMPLE_RATE.cast_signed()));
            stream.set_parameters(&encoder);
            Some(SoundTrack { samples: row.samples, encoder, waiting: Vec::new(), used: 0, encoded: 0 })
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
        if container.iso {
            options.set("movflags", "+faststart+use_metadata_tags");
        }
        options.set("fflags", "+bitexact");
        output.write_header_with(options).map(drop).map_err(fail)?;
        Ok(Self { output, video, sound, aside, container, spec, encoder: name, frames: 0 })
    }

    /// Encodes the next picture.
    pub(crate) fn frame(&mut self, frame: &Frame) -> Result<(), Error> {
        let (width, height) = (self.spec.width.get(), self.spec.height.get());
        let mut yuv = ff::frame::Video::new(self.container.pixels, width, height);
        yuv.set_color_space(color::Space::BT709);
        yuv.set_color_range(color::Range::MPEG);
        yuv.set_color_primaries(color::Primaries::BT709);
        yuv.set_color_transfer_characteristic(color::TransferCharacteristic::BT709);
        match self.container.pixels {
            ff::format::Pixel::YUV422P10LE => rgba_to_yuv422p10(&frame.rgba, &mut yuv),
            _ => rgba_to_yuv420(&frame.rgba, &mut yuv),
        }
        yuv.set_pts(Some(i64::from(self.frames)));
        self.video.send_frame(&yuv).map_err(|e| self.aside.failed("encode", e))?;
        self.frames += 1;
        self.write_pictures()?;
        self.encode_sound(self.samples_due(), false)
    }

    /// Takes interleaved stereo.
    pub(crate) fn sound(&mut self, samples: &[f32]) -> Result<(), Error> {
        let Some(track) = &mut self.sound else {
            return Err(Error::misfit(self.aside.target(), "this film was begun without sound"));
        };
        track.waiting.extend_from_slice(samples);
        Ok(())
    }

    /// Ends the file: writes what the encoders hold back, puts the index first, syncs, reads the recipe back and gives the
    /// file its name.
    pub(crate) fn finish(mut self) -> Result<Written, Error> {
        self.video.send_eof().map_err(|e| self.aside.failed("encode", e))?;
        self.write_pictures()?;
        let due = self.samples_due();
        if let Some(track) = &mut self.sound {
            let samples = (due.saturating_sub(track.encoded) * 2) as usize;
            track.waiting.resize(track.used + samples, 0.0);
        }
        self.encode_sound(due, true)?;
        self.output.write_trailer().map_err(|e| self.aside.failed("finish", e))?;
        let Self { output, video, sound, aside, container, spec, encoder, frames } = self;
        drop((output, video, sound));
        let path = aside.commit(|partial| check(partial, container, &spec, frames))?;
        let bytes = path.metadata().map_err(|e| Error::io("read", &path, e))?.len();
        let best = container.pictures[0];
        let note = (spec.format == Format::H264 && encoder != best && spec.encoder.is_none()).then(|| {
            format!("this FFmpeg has no {best}; the film was made with {encoder}, which is less sharp")
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
        // PCM takes blocks of any length.
        let block = match track.encoder.frame_size() {
            0 => 1024,
            size => size as usize,
        };
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
            let mut frame = codecs::sound_frame(track.samples, samples);
            frame.set_pts(Some(track.encoded.cast_signed()));
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

/// Reads the finished file back, while it still has its partial name.
fn check(partial: &Path, container: &Container, spec: &FilmSpec, frames: u32) -> Result<(), Error> {
    if container.iso {
        let outline = mp4::outline(partial)?.ok_or_else(|| Error::unusable(partial, "it is no MP4 file"))?;
        if !outline.moov_first() {
            return Err(Error::unusable(partial, "the index does not come first"));
        }
    }
    let found = source::pictures(partial)?;
    if found != frames {
        return Err(Error::unusable(partial, format!("{frames} frames were written, {found} are in it")));
    }
    let recipe = source::recipe(partial)?.unwrap_or_default();
    if recipe != spec.recipe {
        return Err(Error::unusable(partial, "the recipe does not read back as it was written"));
    }
    Ok(())
}
