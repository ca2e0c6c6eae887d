//! The models on the disk: what there is to install ([`Manifest`]), and the folder where they are kept ([`Models`]).
//!
//! Each model has a folder of its own, with its files as the hub has them and a `record.json` that says what belongs to it: a
//! file is listed there with its length and checksum once these are known, and as verified once its bytes were compared with
//! them. A file that is being fetched is called `NAME.part`, and is given its name when it is whole and right.
//!
//! *Invariant:* nothing is fetched before its licence was accepted, and no request goes anywhere but to the hub (or the mirror
//! that `HF_ENDPOINT` names).

mod hub;
mod manifest;
mod pull;
mod store;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::{fmt, io};

use film::{Cancelled, Hint};

pub use hub::Hub;
pub use manifest::{Capability, FileFacts, Licence, Manifest, MemoryNeed, VideoFacts};
pub use pull::Source;
pub use store::{Installed, ModelState, Models, Verdict};
pub(crate) use store::{KEPT_WORDS, machine_bytes};

/// Why a model could not be installed, checked or removed.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The work was paused; what was fetched is kept.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// There is no such model.
    #[error("there is no model called {name:?}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The model is not installed, or not wholly.
    #[error("the model {0} is not installed")]
    Absent(String),
    /// A check found files that are not as they should be.
    #[error("the model {name} is damaged: {}", what.join("; "))]
    Damaged {
        /// The model.
        name: String,
        /// A sentence for each file.
        what: Vec<String>,
    },
    /// The licence was not accepted.
    #[error("the licence of {name}, {licence}, was not accepted")]
    Licence {
        /// The model.
        name: String,
        /// The licence's identifier.
        licence: String,
    },
    /// Another process or window is at work on it.
    #[error("the model {0} is being changed elsewhere")]
    Busy(String),
    /// A manifest cannot be used.
    #[error("{file}: {what}")]
    Manifest {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// No connection could be made, or it broke off again and again.
    #[error("{host} cannot be reached: {why}")]
    Network {
        /// Where.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// The user works offline (`HF_HUB_OFFLINE`).
    #[error("nothing is downloaded while HF_HUB_OFFLINE is set")]
    Offline,
    /// The hub wants to know who asks (401, 403).
    #[error("the hub does not give out {what} ({status})")]
    Refused {
        /// The address.
        what: String,
        /// The status.
        status: u16,
        /// Where the licence can be accepted.
        page: String,
        /// Whether a token was sent.
        token: bool,
    },
    /// The hub has no such file (404, 410).
    #[error("{what} is not there (404)")]
    Gone {
        /// The address.
        what: String,
    },
    /// The hub answered with something else.
    #[error("{what} was answered with {status}")]
    Status {
        /// The address.
        what: String,
        /// The status.
        status: u16,
    },
    /// A file is longer or shorter than it should be.
    #[error("{file} has {found} bytes, not {wanted}")]
    Length {
        /// The file.
        file: String,
        /// As it should be.
        wanted: u64,
        /// As it is.
        found: u64,
    },
    /// A file's bytes are not those that were published.
    #[error("{file} is not the file that was published: its checksum is {found}, not {wanted}")]
    Checksum {
        /// The file.
        file: String,
        /// As published.
        wanted: String,
        /// As it is.
        found: String,
    },
    /// An index of shards cannot be read.
    #[error("{file} is no index of shards: {what}")]
    Index {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// The disk has too little room.
    #[error("the model needs {} more, and {} has {}", Bytes(*.needed), folder.display(), Bytes(*.free))]
    NoRoom {
        /// Where.
        folder: PathBuf,
        /// Bytes that are still to come.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The folder to install from lacks a file.
    #[error("{} has no {file}", folder.display())]
    NotThere {
        /// The folder.
        folder: PathBuf,
        /// The file, as the manifest calls it.
        file: String,
    },
    /// The file system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl ModelError {
    /// Whether the arguments are to blame rather than the work: nothing was begun.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Licence { .. })
    }
}

impl Hint for ModelError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Cancelled(_) => return None,
            Self::Unknown { known, .. } => format!("the models are: {}", known.join(", ")),
            Self::Absent(name) => format!("install it with: mutoscope models pull {name}"),
            Self::Licence { name, .. } => {
                format!("read it with `mutoscope models pull {name}`; --accept-licence accepts it")
            }
            Self::Damaged { name, .. } => format!("mend it with: mutoscope models pull {name}"),
            Self::Busy(_) => "wait until that is done, or close the other window".into(),
            Self::Manifest { .. } => "correct the file, or take it out of the folder of models".into(),
            Self::Network { .. } => {
                "check the connection and try again: what was fetched is kept. HTTPS_PROXY names a \
                                     proxy, HF_ENDPOINT a mirror; --from FOLDER installs files that you have"
                    .into()
            }
            Self::Offline => "unset HF_HUB_OFFLINE, or install files that you have with --from FOLDER".into(),
            Self::Refused { page, token: false, .. } => {
                format!("accept the terms at {page} and set HF_TOKEN to a token of your account")
            }
            Self::Refused { page, token: true, .. } => {
                format!(
                    "the token in HF_TOKEN does not allow it: accept the terms at {page} with the same account"
                )
            }
            Self::Gone { .. } => {
                "the repository may have moved; a newer version of this program may know where to".into()
            }
            Self::Status { .. } => "the hub has trouble; try again later: what was fetched is kept".into(),
            Self::Length { .. } | Self::Checksum { .. } => {
                "pull the model again; if that does not help, a proxy or mirror on the way changes files"
                    .into()
            }
            Self::Index { .. } => "pull the model again".into(),
            Self::NoRoom { .. } => {
                "free some space, or set MUTOSCOPE_MODELS to a folder on a larger disk".into()
            }
            Self::NotThere { .. } => {
                "name the folder that holds the repository's files, as its page lists them".into()
            }
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "set MUTOSCOPE_MODELS to a folder that you may write to".into()
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space, or set MUTOSCOPE_MODELS to a folder on a larger disk".into()
                }
                _ => return None,
            },
        })
    }
}

/// A number of bytes, as people read it: `19.0 GB`.
#[derive(Debug, Clone, Copy)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as f64;
        match self.0 {
            0..1_000 => write!(f, "{bytes} B"),
            1_000..1_000_000 => write!(f, "{:.0} kB", bytes / 1e3),
            1_000_000..1_000_000_000 => write!(f, "{:.0} MB", bytes / 1e6),
            _ => write!(f, "{:.1} GB", bytes / 1e9),
        }
    }
}
