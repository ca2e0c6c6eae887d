//! What can go wrong, in words for the user.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use film::Hint;
use rusqlite::ErrorCode;
use serde::{Deserialize, Serialize};

use crate::job::{JobId, JobState};

/// Why a job, a preview or the loading of renderers failed: the line for the user and what would help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What failed.
    pub message: String,
    /// What would help, when we know it.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure without advice.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// Adds advice.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Takes the message and the hint of another room's error.
    pub fn of(error: &(impl Display + Hint)) -> Self {
        Self { message: error.to_string(), hint: error.hint() }
    }

    /// A failed file operation: `doing` says what was tried ("write the take").
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self { message: format!("could not {doing} {}: {error}", path.display()), hint: io_hint(error) }
    }
}

impl Hint for Failure {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// Why the engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Another process has the project open.
    #[error("the project is open in another Mutoscope{}: {}", of_process(*holder), path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The other process, when it could be read.
        holder: Option<u32>,
    },
    /// A folder or file could not be made or written.
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The queue was written by a later version of the program.
    #[error("the render queue {} has version {found}, this program knows {known}", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that we can read.
        known: i64,
    },
    /// The queue could not be read or written.
    #[error("the render queue {} could not be used: {source}", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The renderers could not be made.
    #[error("no renderer could be started: {0}")]
    Load(Failure),
    /// The system gave us no thread.
    #[error("the engine's thread could not be started: {0}")]
    Thread(io::Error),
    /// A request names a renderer that is not there.
    #[error("there is no renderer called {name:?}")]
    UnknownRenderer {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A job without takes, or a take without frames.
    #[error("there is nothing to render: {0}")]
    Empty(&'static str),
    /// Too many jobs are waiting.
    #[error("{limit} jobs are waiting already")]
    QueueFull {
        /// The most that may wait.
        limit: usize,
    },
    /// No job has this number.
    #[error("there is no job {0}")]
    NoSuchJob(JobId),
    /// The job's state does not allow it.
    #[error("job {job} is {state}")]
    WrongState {
        /// The job.
        job: JobId,
        /// What it is.
        state: JobState,
    },
    /// The engine is closing down.
    #[error("the engine has been closed")]
    Closed,
}

fn of_process(holder: Option<u32>) -> String {
    holder.map(|id| format!(" (process {id})")).unwrap_or_default()
}

impl Hint for EngineError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Locked { .. } => Some("close the other window or wait for its film, then try again".into()),
            Self::Io { source, .. } => io_hint(source),
            Self::Newer { .. } => Some("open the project with a newer Mutoscope".into()),
            Self::Database { source, .. } => sqlite_hint(source),
            Self::Load(failure) => failure.hint.clone(),
            Self::Thread(_) => Some("close other programs and try again".into()),
            Self::UnknownRenderer { known, .. } if known.is_empty() => None,
            Self::UnknownRenderer { known, .. } => Some(format!("the renderers are: {}", known.join(", "))),
            Self::QueueFull { .. } => Some("wait until some have finished, or cancel some".into()),
            Self::Empty(_) | Self::NoSuchJob(_) | Self::WrongState { .. } | Self::Closed => None,
        }
    }
}

fn io_hint(error: &io::Error) -> Option<String> {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full: free some space; finished shots are kept"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose a folder that you may write in"
        }
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "check that the folder exists",
        _ => return None,
    };
    Some(hint.into())
}

fn sqlite_hint(error: &rusqlite::Error) -> Option<String> {
    let hint = match error.sqlite_error_code()? {
        ErrorCode::DiskFull => "the disk is full: free some space; finished shots are kept",
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
            "choose a folder that you may write in"
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "another program reads the file; close it",
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            "close and open the project: the queue is made anew, finished shots are kept"
        }
        _ => return None,
    };
    Some(hint.into())
}
