use std::io;
use std::path::{Path, PathBuf};

use ffmpeg_next as ff;
use film::{Hint, SinkError};

/// Why a media file was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// What was tried: "write", "read", "rename".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// FFmpeg lacks the encoder.
    #[error("this FFmpeg has no encoder {wanted}")]
    NoEncoder {
        /// The encoder's name in FFmpeg.
        wanted: String,
    },
    /// The name asks for no format that films are written in.
    #[error("the ending of {} names no format that films are written in", path.display())]
    UnknownEnding {
        /// The file.
        path: PathBuf,
    },
    /// FFmpeg refused.
    #[error("FFmpeg could not {doing} {path}: {reason}")]
    Ffmpeg {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What FFmpeg said.
        reason: String,
    },
    /// The file ends too early, or was never finished.
    #[error("{path} is cut short: {reason}")]
    Truncated {
        /// The file.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// The file cannot be read as video, or holds something else than it should.
    #[error("{path} is not usable: {reason}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A frame, or the sound, does not fit the file that it was given to.
    #[error("{path} does not take this: {reason}")]
    Misfit {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
}

impl Error {
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { doing, path: path.to_owned(), source }
    }

    pub(crate) fn ffmpeg(doing: &'static str, path: &Path, source: ff::Error) -> Self {
        // FFmpeg reports what the system said as a number; the system's own words are better.
        match source {
            ff::Error::Other { errno } if errno > 0 => {
                Self::Io { doing, path: path.to_owned(), source: io::Error::from_raw_os_error(errno) }
            }
            other => Self::Ffmpeg { doing, path: path.to_owned(), reason: other.to_string() },
        }
    }

    pub(crate) fn unusable(path: &Path, reason: impl Into<String>) -> Self {
        Self::Unusable { path: path.to_owned(), reason: reason.into() }
    }

    pub(crate) fn truncated(path: &Path, reason: impl Into<String>) -> Self {
        Self::Truncated { path: path.to_owned(), reason: reason.into() }
    }

    pub(crate) fn misfit(path: &Path, reason: impl Into<String>) -> Self {
        Self::Misfit { path: path.to_owned(), reason: reason.into() }
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "no space is left there: free some, or write to another disk with -o"
                }
                io::ErrorKind::FileTooLarge => {
                    "this disk does not take files of that size: choose another with -o"
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "you may not write there: choose another folder with -o"
                }
                io::ErrorKind::NotFound => "the folder does not exist: create it, or choose another with -o",
                io::ErrorKind::NotADirectory => {
                    "a part of the path is a file, not a folder: choose another with -o"
                }
                io::ErrorKind::IsADirectory => "that is a folder: name a file in it",
                _ => return None,
            },
            Self::NoEncoder { wanted } if !wanted.contains("264") => {
                "install an FFmpeg that was built with it (Debian, Ubuntu: apt install ffmpeg libavcodec-extra), or choose another format; \
                 `mutoscope doctor` lists what is present"
            }
            Self::UnknownEnding { .. } => {
                "choose a name that ends in .mp4 (plays everywhere), .webm (web pages), .mov (ProRes, for editing) or .gif, \
                 or in / for a folder of PNG pictures"
            }
            Self::NoEncoder { .. } => {
                "install an FFmpeg with libx264 (Debian, Ubuntu: apt install libavcodec-extra; Fedora: ffmpeg from RPM \
                 Fusion, or openh264); `mutoscope doctor` lists what is present"
            }
            Self::Truncated { .. } => "delete the file and make it again",
            Self::Ffmpeg { .. } => "`mutoscope doctor` shows which FFmpeg is used and what it can do",
            Self::Unusable { .. } | Self::Misfit { .. } => return None,
        };
        Some(hint.into())
    }
}

impl From<Error> for SinkError {
    fn from(error: Error) -> Self {
        Self::Failed { message: error.to_string(), hint: error.hint() }
    }
}
