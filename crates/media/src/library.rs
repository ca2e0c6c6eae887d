//! The one door to FFmpeg's global state, and the encoders we ask it for.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use ffmpeg_next as ff;

use crate::Error;

/// Encoders for the film's picture, best first. The last is not H.264 but plays nearly everywhere and is in every build.
pub(crate) const FILM_ENCODERS: &[&str] = &["libx264", "libopenh264", "mpeg4"];
/// The encoder for the film's sound; FFmpeg's own, so in every build.
pub(crate) const SOUND_ENCODER: &str = "aac";
/// The encoder for animated pictures; FFmpeg's own.
pub(crate) const GIF_ENCODER: &str = "gif";
/// The encoder for takes; FFmpeg's own.
pub(crate) const TAKE_ENCODER: &str = "magicyuv";

/// Threads of each decoder, at most; 0: as many as there are processors, up to eight.
static DECODER_THREADS: AtomicUsize = AtomicUsize::new(0);

/// Sets how many threads each decoder that is opened from now on may use, in the whole process; 0: as many as there are
/// processors, up to eight. The pictures do not depend on it.
pub fn limit_decoder_threads(threads: usize) {
    DECODER_THREADS.store(threads, Ordering::Relaxed);
}

pub(crate) fn decoder_threads() -> usize {
    match DECODER_THREADS.load(Ordering::Relaxed) {
        0 => std::thread::available_parallelism().map_or(1, usize::from).min(8),
        limit => limit,
    }
}

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
