//! The one door to FFmpeg's global state, and the encoders we ask it for.

use std::sync::OnceLock;

use ffmpeg_next as ff;

use crate::Error;

/// Encoders for the film's picture, best first. The last is not H.264 but plays nearly everywhere and is in every build.
pub(crate) const FILM_ENCODERS: &[&str] = &["libx264", "libopenh264", "mpeg4"];
/// The encoder for the film's sound; FFmpeg's own, so in every build.
pub(crate) const SOUND_ENCODER: &str = "aac";
/// The encoder for takes; FFmpeg's own.
pub(crate) const TAKE_ENCODER: &str = "magicyuv";

/// Prepares FFmpeg once for the whole process.
///
/// Its messages are switched off: they would break progress bars, and what matters comes back as error codes.
pub(crate) fn init() {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| {
        // With every FFmpeg since 4.0 this only fills the table of error texts, and it cannot fail.
        let _ = ff::init();
        ff::log::set_level(ff::log::Level::Quiet);
    });
}

pub(crate) fn encoder(name: &str) -> Result<ff::Codec, Error> {
    init();
    ff::encoder::find_by_name(name).ok_or_else(|| Error::NoEncoder { wanted: name.into() })
}

/// The encoder of that name, or the best one present.
pub(crate) fn film_encoder(name: Option<&str>) -> Result<(&str, ff::Codec), Error> {
    if let Some(name) = name {
        return encoder(name).map(|codec| (name, codec));
    }
    FILM_ENCODERS
        .iter()
        .find_map(|&name| encoder(name).ok().map(|codec| (name, codec)))
        .ok_or_else(|| Error::NoEncoder { wanted: FILM_ENCODERS.join(" or ") })
}
