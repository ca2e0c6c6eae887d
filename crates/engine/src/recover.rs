//! Coming back after whatever has happened: the lock, the damaged queue, the unfinished files, the jobs left over.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::EngineError;
use crate::event::Notice;
use crate::job::JobState;
use crate::ledger::{Ledger, OpenError, StoredJob};
use crate::takes::Shelf;
use crate::{EngineConfig, Leftovers};

/// Everything that a start finds.
pub(crate) struct Recovered {
    /// Held as long as the engine lives. `None` where the file system knows no locks.
    pub(crate) lock: Option<File>,
    pub(crate) ledger: Ledger,
    pub(crate) jobs: Vec<StoredJob>,
    pub(crate) notices: Vec<Notice>,
}

/// Locks the project, opens its queue and puts folder, takes and jobs in order.
pub(crate) fn recover(config: &EngineConfig, shelf: &Shelf) -> Result<Recovered, EngineError> {
    let mut notices = Vec::new();
    if let Some(parent) = config.database.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(parent)?;
    }
    make_folder(&shelf.folder)?;
    let lock = lock(&config.database.with_extension("lock"))?;
    if lock.is_none() {
        notices.push(Notice::NoLocks);
    }
    probe(&shelf.folder)?;

    let (ledger, aside) = open_or_rebuild(&config.database)?;
    let tidied = shelf.tidy(&ledger)?;
    if let Some(aside) = aside {
        notices.push(Notice::QueueRebuilt { aside, takes_kept: tidied.kept });
    }
    if tidied.partials > 0 {
        notices.push(Notice::PartialsRemoved(tidied.partials));
    }
    if tidied.forgotten > 0 {
        notices.push(Notice::TakesForgotten(tidied.forgotten));
    }
    let jobs = left_over(&ledger, config.leftovers, &mut notices)?;
    Ok(Recovered { lock, ledger, jobs, notices })
}

fn make_folder(path: &Path) -> Result<(), EngineError> {
    fs::create_dir_all(path).map_err(|source| EngineError::Io {
        doing: "make the folder",
        path: path.to_owned(),
        source,
    })
}

/// A folder that cannot be written is an error now, not at the end of the first shot.
fn probe(folder: &Path) -> Result<(), EngineError> {
    let path = folder.join(".writable");
    let result = File::create(&path).and_then(|_| fs::remove_file(&path));
    result.map_err(|source| EngineError::Io { doing: "write in the folder", path: folder.to_owned(), source })
}

fn lock(path: &Path) -> Result<Option<File>, EngineError> {
    let fault = |source| EngineError::Io { doing: "open the lock", path: path.to_owned(), source };
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(fault)?;
    match file.try_lock() {
        Ok(()) => {
            // The number is for the message that the other process shows; nothing depends on it.
            let written = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
            written.map_err(fault)?;
            Ok(Some(file))
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
            let holder = read.ok().and_then(|_| text.trim().parse().ok());
            Err(EngineError::Locked { path: path.to_owned(), holder })
        }
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(source)) => Err(fault(source)),
    }
}

/// A damaged queue is put aside, never deleted: it may be all that tells what went wrong. Returns where it is now.
fn open_or_rebuild(path: &Path) -> Result<(Ledger, Option<PathBuf>), EngineError> {
    let why = match Ledger::open(path) {
        Ok(ledger) => return Ok((ledger, None)),
        Err(OpenError::Other(error)) => return Err(error),
        Err(OpenError::Damaged(why)) => why,
    };
    tracing::warn!(path = %path.display(), why, "the render queue is damaged and is made anew");
    let aside = put_aside(path)?;
    match Ledger::open(path) {
        Ok(ledger) => Ok((ledger, Some(aside))),
        Err(OpenError::Other(error)) => Err(error),
        Err(OpenError::Damaged(why)) => {
            Err(EngineError::Io { doing: "make anew", path: path.to_owned(), source: io::Error::other(why) })
        }
    }
}

fn put_aside(path: &Path) -> Result<PathBuf, EngineError> {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let mut aside = beside(".corrupt");
    for number in 2.. {
        if !aside.exists() {
            break;
        }
        aside = beside(&format!(".corrupt-{number}"));
    }
    // Its log needs no thought: SQLite removes it when it closes the damaged file, or when it finds it beside a new one.
    fs::rename(path, &aside).map_err(|source| EngineError::Io {
        doing: "put aside",
        path: path.to_owned(),
        source,
    })?;
    Ok(aside)
}

/// Settles what the last process left: a job that was being cancelled is cancelled now, the others wait or rest.
fn left_over(
    ledger: &Ledger,
    leftovers: Leftovers,
    notices: &mut Vec<Notice>,
) -> Result<Vec<StoredJob>, EngineError> {
    let mut jobs = ledger.jobs()?;
    let state = match leftovers {
        Leftovers::Continue => JobState::Queued,
        Leftovers::Hold => JobState::Interrupted,
    };
    let mut numbers = Vec::new();
    for job in &mut jobs {
        let before = job.state;
        job.state = match before {
            JobState::Cancelling => JobState::Cancelled,
            // What cannot be read (another version's order) cannot be rendered, but stays listed.
            JobState::Queued | JobState::Running | JobState::Interrupted if job.spec.is_none() => {
                JobState::Interrupted
            }
            JobState::Paused if job.spec.is_none() => JobState::Cancelled,
            JobState::Queued | JobState::Running => state,
            settled => settled,
        };
        if job.state != before {
            debug_assert!(before.may_become(job.state), "{before} to {}", job.state);
            ledger.set_job(job.id, job.state, None)?;
        }
        if matches!(before, JobState::Queued | JobState::Running) {
            numbers.push(job.id);
        }
    }
    if !numbers.is_empty() {
        notices.push(Notice::JobsLeftOver { jobs: numbers, state });
    }
    Ok(jobs)
}
