use ffmpeg_next as ff;
use film::Hint;
use serde::Serialize;

use crate::{Error, Format, library};

/// Which FFmpeg is present and what it can do for us.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Doctor {
    /// FFmpeg's libraries with their versions: `libavcodec 59.37.100`.
    pub libraries: Vec<String>,
    /// The encoder that films get; `None` when there is none at all.
    pub film_encoder: Option<String>,
    /// Every encoder that we can use, and whether it is present.
    pub encoders: Vec<(String, bool)>,
    /// What is missing, and what to do about it.
    pub problems: Vec<(String, String)>,
}

/// Looks at the FFmpeg that the program runs with.
#[must_use]
pub fn doctor() -> Doctor {
    library::init();
    let version = |name: &str, v: u32| format!("{name} {}.{}.{}", v >> 16, (v >> 8) & 255, v & 255);
    let libraries = vec![
        version("libavformat", ff::format::version()),
        version("libavcodec", ff::codec::version()),
        version("libavutil", ff::util::version()),
        version("libswscale", ff::software::scaling::version()),
        version("libswresample", ff::software::resampling::version()),
    ];
    let mut names = library::FILM_ENCODERS.to_vec();
    names.extend([library::SOUND_ENCODER, library::TAKE_ENCODER, library::GIF_ENCODER]);
    for container in Format::ALL.iter().filter_map(|format| format.container()) {
        let more = container.pictures.iter().copied().chain(container.sounds.iter().map(|sound| sound.name));
        for name in more {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let encoders: Vec<(String, bool)> =
        names.into_iter().map(|name| (name.to_owned(), library::encoder(name).is_ok())).collect();
    let film_encoder = library::FILM_ENCODERS.iter().find(|name| library::encoder(name).is_ok());
    let film_encoder = film_encoder.map(|&name| name.to_owned());
    let best = library::FILM_ENCODERS[0];
    let problems = [best, library::SOUND_ENCODER, library::TAKE_ENCODER]
        .into_iter()
        .filter(|name| encoders.iter().any(|(other, present)| other == name && !present))
        .map(|name| {
            let missing = Error::NoEncoder { wanted: name.to_owned() };
            (missing.to_string(), missing.hint().unwrap_or_default())
        })
        .collect();
    Doctor { libraries, film_encoder, encoders, problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_doctor_names_libraries_and_encoders() {
        let doctor = doctor();
        assert_eq!(doctor.libraries.len(), 5);
        assert!(doctor.film_encoder.is_some());
        assert!(doctor.encoders.iter().any(|(name, present)| name == "aac" && *present));
        assert!(doctor.encoders.iter().any(|(name, present)| name == "magicyuv" && *present));
    }
}
