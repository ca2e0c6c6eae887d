//! The kinds of file that a film can be written as, and which encoders make them.

use std::path::Path;

use ffmpeg_next as ff;
use serde::{Deserialize, Serialize};

use crate::{Error, library};

/// What a film is written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// H.264 and AAC in MP4: plays everywhere.
    #[default]
    H264,
    /// H.265 and AAC in MP4: half the size of H.264, on devices of the last ten years.
    H265,
    /// VP9, or AV1, and Opus in `WebM`: for web pages.
    Webm,
    /// `ProRes` 422 HQ, 10 bit, and PCM in `QuickTime`: for editing programs.
    ProRes,
    /// Animated GIF, without sound.
    Gif,
    /// A folder of numbered PNG pictures, without loss and without sound.
    Frames,
}

/// How the samples of a sound encoder lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Samples {
    /// Floating point, a plane for each channel.
    FloatPlanar,
    /// Floating point, left and right in turn.
    FloatPacked,
    /// 32 bit, of which the upper 24 count, left and right in turn.
    IntPacked,
}

/// A sound encoder that we know how to use.
#[derive(Debug)]
pub(crate) struct SoundEncoder {
    pub(crate) name: &'static str,
    pub(crate) samples: Samples,
    /// Bits a second; 0 where the format says.
    pub(crate) bit_rate: usize,
}

const AAC: SoundEncoder =
    SoundEncoder { name: library::SOUND_ENCODER, samples: Samples::FloatPlanar, bit_rate: 192_000 };
const OPUS: SoundEncoder = SoundEncoder { name: "libopus", samples: Samples::FloatPacked, bit_rate: 160_000 };
const VORBIS: SoundEncoder =
    SoundEncoder { name: "libvorbis", samples: Samples::FloatPlanar, bit_rate: 192_000 };
const PCM: SoundEncoder = SoundEncoder { name: "pcm_s24le", samples: Samples::IntPacked, bit_rate: 0 };

/// A container of pictures and sound.
pub(crate) struct Container {
    /// FFmpeg's muxer.
    pub(crate) muxer: &'static str,
    /// Encoders of pictures, best first. Only those that need no particular graphics card: whether such a one works is known
    /// only after trying.
    pub(crate) pictures: &'static [&'static str],
    /// Encoders of sound, best first.
    pub(crate) sounds: &'static [SoundEncoder],
    /// What the container takes, as FFmpeg calls it; for encoders that the user names.
    pub(crate) takes: &'static [ff::codec::Id],
    pub(crate) pixels: ff::format::Pixel,
    /// Whether it is an ISO media file, whose index is put first.
    pub(crate) iso: bool,
}

use ff::codec::Id;

const H264: Container = Container {
    muxer: "mp4",
    pictures: library::FILM_ENCODERS,
    sounds: &[AAC],
    takes: &[Id::H264, Id::HEVC, Id::MPEG4, Id::AV1, Id::VP9],
    pixels: ff::format::Pixel::YUV420P,
    iso: true,
};
const H265: Container = Container {
    muxer: "mp4",
    pictures: &["libx265", "libkvazaar"],
    sounds: &[AAC],
    takes: &[Id::HEVC],
    pixels: ff::format::Pixel::YUV420P,
    iso: true,
};
const WEBM: Container = Container {
    muxer: "webm",
    pictures: &["libvpx-vp9", "libaom-av1"],
    sounds: &[OPUS, VORBIS],
    takes: &[Id::VP8, Id::VP9, Id::AV1],
    pixels: ff::format::Pixel::YUV420P,
    iso: false,
};
const PRORES: Container = Container {
    muxer: "mov",
    pictures: &["prores_ks"],
    sounds: &[PCM],
    takes: &[Id::PRORES],
    pixels: ff::format::Pixel::YUV422P10LE,
    iso: true,
};

impl Format {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::H264, Self::H265, Self::Webm, Self::ProRes, Self::Gif, Self::Frames];

    /// The format that a file's name asks for: `.mp4`, `.webm`, `.mov` or `.gif` in either case, or a name that ends in `/`
    /// for a folder of pictures.
    ///
    /// # Errors
    /// [`Error::UnknownEnding`] for any other name.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let name = path.as_os_str().as_encoded_bytes();
        if name.last().is_some_and(|&last| std::path::is_separator(char::from(last))) {
            return Ok(Self::Frames);
        }
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("mp4" | "m4v") => Ok(Self::H264),
            Some("webm") => Ok(Self::Webm),
            Some("mov") => Ok(Self::ProRes),
            Some("gif") => Ok(Self::Gif),
            _ => Err(Error::UnknownEnding { path: path.to_owned() }),
        }
    }

    /// The ending of its files without the dot; empty for a folder.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::H264 | Self::H265 => "mp4",
            Self::Webm => "webm",
            Self::ProRes => "mov",
            Self::Gif => "gif",
            Self::Frames => "",
        }
    }

    /// Whether its files can have sound.
    #[must_use]
    pub fn has_sound(self) -> bool {
        !matches!(self, Self::Gif | Self::Frames)
    }

    /// What this FFmpeg lacks to write it; `None` when it can.
    #[must_use]
    pub fn missing(self) -> Option<Error> {
        match self.container() {
            Some(container) => container.encoder(None).err().or_else(|| container.sound().err()),
            None if self == Self::Gif => library::encoder(library::GIF_ENCODER).err(),
            None => None,
        }
    }

    pub(crate) fn container(self) -> Option<&'static Container> {
        match self {
            Self::H264 => Some(&H264),
            Self::H265 => Some(&H265),
            Self::Webm => Some(&WEBM),
            Self::ProRes => Some(&PRORES),
            Self::Gif | Self::Frames => None,
        }
    }
}

impl Container {
    /// The picture encoder of that name, or the best one present.
    pub(crate) fn encoder<'a>(&self, name: Option<&'a str>) -> Result<(&'a str, ff::Codec), Error> {
        if let Some(name) = name {
            // Closed before its last picture, as every film is that is cancelled, it never comes back (SVT-AV1 1.4).
            if name == "libsvtav1" {
                return Err(Error::NoEncoder {
                    wanted: format!("{name} that can be stopped; libaom-av1 can"),
                });
            }
            return library::encoder(name).map(|codec| (name, codec));
        }
        self.pictures
            .iter()
            .find_map(|&name| library::encoder(name).ok().map(|codec| (name, codec)))
            .ok_or_else(|| Error::NoEncoder { wanted: self.pictures.join(" or ") })
    }

    /// The best sound encoder present.
    pub(crate) fn sound(&self) -> Result<(&'static SoundEncoder, ff::Codec), Error> {
        self.sounds
            .iter()
            .find_map(|row| library::encoder(row.name).ok().map(|codec| (row, codec)))
            .ok_or_else(|| Error::NoEncoder {
                wanted: self.sounds.iter().map(|row| row.name).collect::<Vec<_>>().join(" or "),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use film::Hint as _;

    #[test]
    fn names_ask_for_formats() {
        for (name, format) in [
            ("a.mp4", Format::H264),
            ("/x/B.WebM", Format::Webm),
            ("film.mov", Format::ProRes),
            ("film.gif", Format::Gif),
            ("film/", Format::Frames),
        ] {
            assert_eq!(Format::of(Path::new(name)).unwrap(), format, "{name}");
        }
        for name in ["film", "film.avi", "film.mkv", ".mp4"] {
            let error = Format::of(Path::new(name)).unwrap_err();
            assert!(error.hint().unwrap().contains(".webm"), "{name}");
        }
    }
}
