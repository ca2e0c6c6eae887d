use std::fs::File;
use std::path::{Path, PathBuf};

use ff::software::scaling;
use ff::util::color::{Range, Space};
use ffmpeg_next as ff;
use film::Frame;
use serde::Serialize;

use crate::colour::{Matrix, gbrp_to_rgba, yuv420_to_rgba};
use crate::{Error, folder, gif, library, mp4};

/// The metadata key that holds the storyboard.
pub(crate) const RECIPE_KEY: &str = "mutoscope.storyboard";

/// What a video file says about itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probe {
    /// The container's name in FFmpeg, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub container: String,
    /// Length of the longest track.
    pub duration_secs: f64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Frames a second.
    pub fps: f64,
    /// Pictures: as many as the container counts, or as the length holds when it does not count.
    pub frames: u32,
    /// The picture's codec in FFmpeg's words: `h264`.
    pub video_codec: String,
    /// FFmpeg's word for the layout of the pixels: `YUV420P`.
    pub pixel_format: String,
    /// FFmpeg's words for matrix, range, primaries and transfer: `BT709`, `MPEG`, `BT709`, `BT709`.
    pub colour: [String; 4],
    /// The sound track, if there is one.
    pub sound: Option<SoundProbe>,
    /// Whether the index comes before the media; `None` when the container has no such order.
    pub moov_first: Option<bool>,
    /// The title in the metadata.
    pub title: Option<String>,
}

/// What a sound track says about itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SoundProbe {
    /// The codec in FFmpeg's words: `aac`.
    pub codec: String,
    /// Samples a second.
    pub rate: u32,
    /// Channels.
    pub channels: u16,
    /// Length of the track.
    pub duration_secs: f64,
}

/// Reads what the video file at `path` says about itself.
///
/// # Errors
/// [`Error::Io`] when it cannot be opened, [`Error::Truncated`] when it is not whole, [`Error::Unusable`] when it is no
/// video.
pub fn probe(path: &Path) -> Result<Probe, Error> {
    Ok(Decoder::open(path)?.probe)
}

/// The recipe (the storyboard as JSON) in the metadata of the film at `path`, in a GIF's comment or beside the pictures of a
/// folder; `None` when it bears none.
///
/// # Errors
/// As [`probe`].
pub fn recipe(path: &Path) -> Result<Option<String>, Error> {
    if path.is_dir() {
        let file = path.join(folder::RECIPE_FILE);
        return match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", &file, error)),
        };
    }
    let input = open_input(path)?;
    match input.metadata().get(RECIPE_KEY) {
        Some(recipe) => Ok(Some(recipe.to_owned())),
        None => gif::read_comment(path),
    }
}

/// The pictures in the file at `path`, counted one by one without being decoded.
pub(crate) fn pictures(path: &Path) -> Result<u32, Error> {
    let mut input = open_input(path)?;
    let stream = input
        .streams()
        .best(ff::media::Type::Video)
        .ok_or_else(|| Error::unusable(path, "it holds no pictures"))?
        .index();
    let mut count = 0;
    let mut packet = ff::Packet::empty();
    loop {
        match packet.read(&mut input) {
            Ok(()) => count += u32::from(packet.stream() == stream),
            Err(ff::Error::Eof) => return Ok(count),
            Err(error) => return Err(Error::ffmpeg("read", path, error)),
        }
    }
}

/// Reads the pictures of a video file.
pub struct Decoder {
    input: ff::format::context::Input,
    video: ff::decoder::Video,
    path: PathBuf,
    stream: usize,
    stream_time: ff::Rational,
    /// Time stamp of the first picture, in units of `stream_time`.
    start: i64,
    fps: f64,
    probe: Probe,
    drained: bool,
    /// Number of the picture that comes next when nobody seeks.
    next: u32,
    scaler: Option<Scaler>,
}

impl Decoder {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// As [`probe`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let input = open_input(path)?;
        let outline = mp4::outline(path)?;
        let fail = |error| Error::ffmpeg("read", path, error);
        let stream = input
            .streams()
            .best(ff::media::Type::Video)
            .ok_or_else(|| Error::unusable(path, "it holds no pictures"))?;
        let (index, stream_time) = (stream.index(), stream.time_base());
        let mut fps = f64::from(stream.avg_frame_rate());
        if !(fps.is_finite() && fps > 0.0) {
            fps = f64::from(stream.rate());
        }
        if !(fps.is_finite() && fps > 0.0) {
            return Err(Error::unusable(path, "it does not say how fast its pictures follow"));
        }
        let start = if stream.start_time() == ff::ffi::AV_NOPTS_VALUE { 0 } else { stream.start_time() };
        let duration_secs = seconds(input.duration(), ff::rescale::TIME_BASE);
        let counted = u32::try_from(stream.frames()).ok().filter(|&n| n > 0);
        let frames = counted.unwrap_or((duration_secs * fps).round() as u32);
        let mut context = ff::codec::context::Context::from_parameters(stream.parameters()).map_err(fail)?;
        context.set_threading(ff::codec::threading::Config {
            kind: ff::codec::threading::Type::Frame,
            count: library::decoder_threads(),
            ..Default::default()
        });
        let codec = ff::decoder::find(context.id()).ok_or(ff::Error::DecoderNotFound).map_err(fail)?;
        let video_codec = codec_name(context.id());
        let mut decoder = context.decoder();
        decoder.set_packet_time_base(stream_time);
        // A picture that would have to be guessed at is an error, not a grey block.
        let mut options = ff::Dictionary::new();
        options.set("err_detect", "+crccheck+bitstream+buffer+explode");
        let video =
            decoder.open_as_with(codec, options).and_then(ff::decoder::Opened::video).map_err(fail)?;
        let sound = input.streams().best(ff::media::Type::Audio).map(|stream| {
            let audio = ff::codec::context::Context::from_parameters(stream.parameters())
                .ok()
                .and_then(|context| context.decoder().audio().ok());
            SoundProbe {
                codec: codec_name(stream.parameters().id()),
                rate: audio.as_ref().map_or(0, ff::decoder::Audio::rate),
                channels: audio.as_ref().map_or(0, ff::decoder::Audio::channels),
                duration_secs: seconds(stream.duration(), stream.time_base()),
            }
        });
        let probe = Probe {
            container: input.format().name().to_owned(),
            duration_secs,
            width: video.width(),
            height: video.height(),
            fps,
            frames,
            video_codec,
            pixel_format: format!("{:?}", video.format()),
            colour: [
                format!("{:?}", video.color_space()),
                format!("{:?}", video.color_range()),
                format!("{:?}", video.color_primaries()),
                format!("{:?}", video.color_transfer_characteristic()),
            ],
            sound,
            moov_first: outline.map(mp4::Outline::moov_first),
            title: input.metadata().get("title").map(ToOwned::to_owned),
        };
        Ok(Self {
            input,
            video,
            path: path.to_owned(),
            stream: index,
            stream_time,
            start,
            fps,
            probe,
            drained: false,
            next: 0,
            scaler: None,
        })
    }

    /// What the file says about itself.
    pub fn probe(&self) -> &Probe {
        &self.probe
    }

    /// The next picture in the order of showing, numbered by its time; `None` after the last.
    ///
    /// # Errors
    /// [`Error::Ffmpeg`] when the data are damaged, [`Error::Truncated`] when the file ends before its last picture.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Error> {
        match self.next_picture()? {
            Some((index, picture)) => {
                let rgba = self.rgba(&picture)?;
                let (width, height) = (picture.width(), picture.height());
                Ok(Some(Frame { index, width, height, rgba, depth: None, mask: None }))
            }
            None => Ok(None),
        }
    }

    /// Picture `index`, counted from 0. Going forward is cheap; going elsewhere starts from the key frame before.
    ///
    /// # Errors
    /// As [`Decoder::next_frame`]; [`Error::Truncated`] when there is no such picture.
    pub fn frame_at(&mut self, index: u32) -> Result<Frame, Error> {
        // Within one group of pictures reading on is never slower than starting anew.
        let near = self.fps as u32 / 2;
        if index < self.next || index > self.next.saturating_add(near) || self.drained {
            self.seek(index)?;
        }
        let mut rewound = false;
        loop {
            match self.next_picture()? {
                Some((at, picture)) if at == index => {
                    let rgba = self.rgba(&picture)?;
                    let (width, height) = (picture.width(), picture.height());
                    return Ok(Frame { index, width, height, rgba, depth: None, mask: None });
                }
                Some((at, _)) if at < index => (),
                // Some containers seek to the key frame after; then only the beginning is sure.
                Some(_) if !rewound => {
                    rewound = true;
                    self.seek(0)?;
                }
                _ => return Err(Error::truncated(&self.path, format!("it has no picture {index}"))),
            }
        }
    }

    fn seek(&mut self, index: u32) -> Result<(), Error> {
        let start = seconds(self.start, self.stream_time);
        let at = ((start + f64::from(index) / self.fps) * 1e6).floor() as i64;
        let at = if index == 0 { at.min(0) } else { at };
        let half_frame = (0.5e6 / self.fps) as i64;
        self.input.seek(at, ..at + half_frame).map_err(|e| Error::ffmpeg("seek in", &self.path, e))?;
        self.video.flush();
        self.drained = false;
        Ok(())
    }

    fn next_picture(&mut self) -> Result<Option<(u32, ff::frame::Video)>, Error> {
        let mut picture = ff::frame::Video::empty();
        loop {
            match self.video.receive_frame(&mut picture) {
                Ok(()) => {
                    let index = match picture.timestamp() {
                        Some(at) => {
                            (seconds(at - self.start, self.stream_time) * self.fps).round().max(0.0) as u32
                        }
                        None => self.next,
                    };
                    self.next = index + 1;
                    return Ok(Some((index, picture)));
                }
                Err(ff::Error::Eof) => return Ok(None),
                Err(ff::Error::Other { errno: ff::error::EAGAIN }) if !self.drained => self.feed()?,
                Err(error) => return Err(Error::ffmpeg("decode", &self.path, error)),
            }
        }
    }

    /// Hands the decoder one packet, or the news that there are no more.
    fn feed(&mut self) -> Result<(), Error> {
        let fail = |error| Error::ffmpeg("decode", &self.path, error);
        let mut packet = ff::Packet::empty();
        loop {
            match packet.read(&mut self.input) {
                Ok(()) if packet.stream() != self.stream => (),
                Ok(()) if packet.is_corrupt() => {
                    return Err(Error::truncated(&self.path, "it ends inside a picture"));
                }
                Ok(()) => return self.video.send_packet(&packet).map_err(fail),
                Err(ff::Error::Eof) => {
                    self.drained = true;
                    return self.video.send_eof().map_err(fail);
                }
                Err(error) => return Err(Error::ffmpeg("read", &self.path, error)),
            }
        }
    }

    fn rgba(&mut self, picture: &ff::frame::Video) -> Result<Vec<u8>, Error> {
        use ff::format::Pixel;
        let (matrix, full) = (matrix(picture), picture.color_range() == Range::JPEG);
        match picture.format() {
            Pixel::GBRP => Ok(gbrp_to_rgba(picture)),
            Pixel::YUV420P => Ok(yuv420_to_rgba(picture, matrix, full)),
            Pixel::YUVJ420P => Ok(yuv420_to_rgba(picture, matrix, true)),
            _ => scaled(picture, &mut self.scaler).map_err(|e| Error::ffmpeg("convert", &self.path, e)),
        }
    }
}

fn matrix(picture: &ff::frame::Video) -> Matrix {
    match picture.color_space() {
        Space::BT470BG | Space::SMPTE170M => Matrix::BT601,
        _ => Matrix::BT709,
    }
}

/// FFmpeg's scaler, which may move from thread to thread with the decoder that it belongs to.
struct Scaler(scaling::Context);

#[expect(unsafe_code, reason = "ffmpeg-next does not say of its scaler what it says of its decoders")]
// SAFETY: an SwsContext has no ties to the thread that made it; it must only not be used by two at once, and it is used
// through `&mut` alone.
unsafe impl Send for Scaler {}

/// Layouts that we do not convert ourselves go through FFmpeg's scaler, which is kept from picture to picture.
fn scaled(picture: &ff::frame::Video, kept: &mut Option<Scaler>) -> Result<Vec<u8>, ff::Error> {
    let (format, width, height) = (picture.format(), picture.width(), picture.height());
    let fits = |scaler: &Scaler| {
        let input = scaler.0.input();
        (input.format, input.width, input.height) == (format, width, height)
    };
    let mut scaler = if let Some(scaler) = kept.take().filter(fits) {
        scaler
    } else {
        use scaling::Flags;
        let flags = Flags::BICUBIC | Flags::ACCURATE_RND | Flags::FULL_CHR_H_INT | Flags::BITEXACT;
        let rgba = ff::format::Pixel::RGBA;
        let mut scaler = scaling::Context::get(format, width, height, rgba, width, height, flags)?;
        set_matrix(&mut scaler, matrix(picture), picture.color_range() == Range::JPEG);
        Scaler(scaler)
    };
    let mut out = ff::frame::Video::empty();
    scaler.0.run(picture, &mut out)?;
    *kept = Some(scaler);
    let row = width as usize * 4;
    Ok(out
        .data(0)
        .chunks(out.stride(0))
        .take(height as usize)
        .flat_map(|line| &line[..row])
        .copied()
        .collect())
}

/// Tells the scaler which colours its input means; by itself it assumes those of standard definition.
#[expect(unsafe_code, reason = "ffmpeg-next has no call for the scaler's matrix")]
fn set_matrix(scaler: &mut scaling::Context, matrix: Matrix, full_range: bool) {
    let matrix = if matrix == Matrix::BT601 { ff::ffi::SWS_CS_ITU601 } else { ff::ffi::SWS_CS_ITU709 };
    // SAFETY: the context is valid and ours alone while we hold it by `&mut`; the table is a constant of the library, which
    // the second call copies. Formats without a matrix make it return -1 and change nothing.
    unsafe {
        let table = ff::ffi::sws_getCoefficients(matrix);
        let unit = 1 << 16;
        ff::ffi::sws_setColorspaceDetails(
            scaler.as_mut_ptr(),
            table,
            full_range.into(),
            table,
            1,
            0,
            unit,
            unit,
        );
    }
}

/// Opens through our own file handle, so that any path will do and a missing file is told in the system's words.
/// The kinds of file that are read, by their names in FFmpeg: films, and pictures.
const CONTAINERS: &str = "mov,mp4,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,mxf,gif,apng,wav,flac,mp3,aac,\
    image2,png_pipe,jpeg_pipe,jpegxl_pipe,webp_pipe,bmp_pipe,tiff_pipe,exr_pipe,dpx_pipe,ppm_pipe,qoi_pipe";

pub(crate) fn open_input(path: &Path) -> Result<ff::format::context::Input, Error> {
    library::init();
    let file = File::open(path).map_err(|e| Error::io("read", path, e))?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(Error::io("read", path, std::io::ErrorKind::IsADirectory.into()));
    }
    let io = ff::format::context::StreamIo::from_read_seek_with_capacity(file, 1 << 18)
        .map_err(|e| Error::ffmpeg("read", path, e))?;
    // A playlist, whatever its name says, would have FFmpeg read other files and addresses.
    let mut options = ff::Dictionary::new();
    options.set("format_whitelist", CONTAINERS);
    options.set("protocol_whitelist", "file");
    match ff::format::input_from_stream(io, path.to_str(), Some(options)) {
        Ok(input) => Ok(input),
        Err(ff::Error::InvalidData | ff::Error::Eof) => {
            // The outline knows better whether it is a broken film or no film.
            mp4::outline(path)?;
            Err(Error::unusable(path, "it is no media file that this FFmpeg knows"))
        }
        Err(error) => Err(Error::ffmpeg("read", path, error)),
    }
}

fn codec_name(id: ff::codec::Id) -> String {
    id.name().to_owned()
}

pub(crate) fn seconds(ticks: i64, time: ff::Rational) -> f64 {
    if ticks == ff::ffi::AV_NOPTS_VALUE { 0.0 } else { ticks as f64 * f64::from(time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_layouts_keep_their_colours() {
        // Pure red in the codes of BT.709 and of BT.601.
        for (space, codes) in [(Space::BT709, [63, 102, 240]), (Space::SMPTE170M, [81, 90, 240])] {
            let mut picture = ff::frame::Video::new(ff::format::Pixel::YUV444P, 64, 64);
            picture.set_color_space(space);
            picture.set_color_range(Range::MPEG);
            for (plane, code) in codes.into_iter().enumerate() {
                picture.data_mut(plane).fill(code);
            }
            let rgba = scaled(&picture, &mut None).unwrap();
            assert_eq!(rgba.len(), 64 * 64 * 4);
            assert!(
                rgba[0] > 252 && rgba[1] < 3 && rgba[2] < 3 && rgba[3] == 255,
                "{space:?}: {:?}",
                &rgba[..4]
            );
        }
    }
}
