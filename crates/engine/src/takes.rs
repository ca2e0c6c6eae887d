//! Takes: finished shots on disk, found again by what was asked for.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use film::{FrameSink, Id, ShotOrder, SinkError};

use crate::error::{EngineError, Failure};
use crate::job::TakeRequest;
use crate::ledger::{Ledger, StoredTake};

/// Writes and checks take files; the composition root brings one, so that the engine knows no codec.
///
/// It stays in use after a renderer or one of its sinks has panicked.
pub trait TakeStore: Send {
    /// Changes whenever the same frames would give another file ("ffv1-2"). Part of the take's key.
    fn format(&self) -> String;

    /// The ending of the files, without the dot.
    fn extension(&self) -> String;

    /// Begins the file of a take at `path`, where nothing is. `frames` says how many will come.
    fn create(
        &mut self,
        path: &Path,
        order: &ShotOrder,
        frames: Range<u32>,
    ) -> Result<Box<dyn TakeSink>, SinkError>;

    /// Whether the file is a complete take of so many frames, as far as a glance at its head can tell (milliseconds).
    fn verify(&self, path: &Path, frames: u32) -> bool;
}

/// A take being written. Dropped before [`TakeSink::finish`] it is given up; the engine removes the file.
pub trait TakeSink: FrameSink {
    /// Writes what is still held back and closes the file. The engine sees to the `fsync` and the rename.
    fn finish(self: Box<Self>) -> Result<(), SinkError>;
}

/// The name of a take: 64 hexadecimal digits, the blake3 of the shot order, the renderer and its version, the frames and
/// the file format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TakeKey(String);

impl TakeKey {
    /// The key of a request as `version` of its renderer would fill it, in files of `format`.
    pub(crate) fn new(request: &TakeRequest, version: &str, format: &str) -> Self {
        let order = request.order.canonical_json();
        let mut hasher = blake3::Hasher::new();
        // Each part is led by its length, so that no two lists of parts run together to the same bytes.
        for part in [order.as_str(), request.renderer.as_str(), version, format] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        hasher.update(&request.frames.start.to_le_bytes()).update(&request.frames.end.to_le_bytes());
        Self(hasher.finalize().to_hex().to_string())
    }

    pub(crate) fn from_stored(key: String) -> Self {
        Self(key)
    }

    /// The key of these digits, as [`TakeKey::as_str`] gives them.
    pub fn parse(digits: &str) -> Option<Self> {
        let is_hex = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (digits.len() == 2 * blake3::OUT_LEN && is_hex).then(|| Self(digits.into()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TakeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A finished take.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// Its name.
    pub key: TakeKey,
    /// The shot that it shows.
    pub shot: Id,
    /// Its file.
    pub path: PathBuf,
    /// Which frames of the shot; the file's first frame is `frames.start`.
    pub frames: Range<u32>,
    /// The size of its file.
    pub bytes: u64,
}

/// Where takes are kept, and how much of them.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    pub(crate) folder: PathBuf,
    pub(crate) format: String,
    pub(crate) extension: String,
    /// Shared with the handle, which may change it while the worker runs.
    pub(crate) limit_bytes: Arc<AtomicU64>,
}

/// What [`Shelf::tidy`] found.
#[derive(Debug, Default)]
pub(crate) struct Tidied {
    pub(crate) partials: usize,
    pub(crate) forgotten: usize,
    pub(crate) kept: usize,
}

impl Shelf {
    pub(crate) fn path(&self, key: &TakeKey) -> PathBuf {
        self.folder.join(format!("{key}.{}", self.extension))
    }

    /// Takes of one kind render at one speed.
    pub(crate) fn kind(request: &TakeRequest) -> String {
        let format = &request.order.format;
        format!(
            "{} {}x{} {}",
            request.renderer,
            format.width.get(),
            format.height.get(),
            request.order.quality.word()
        )
    }

    /// Brings folder and list together: unfinished files are removed, takes without their file are forgotten, and finished
    /// files that are not listed (the process died between rename and row, or the list was lost) are listed.
    pub(crate) fn tidy(&self, ledger: &Ledger) -> Result<Tidied, EngineError> {
        let fault = |source| EngineError::Io { doing: "read", path: self.folder.clone(), source };
        let mut tidied = Tidied::default();
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let Some((stem, ending)) = name.split_once('.') else { continue };
            let Some(key) = TakeKey::parse(stem) else { continue };
            if ending.starts_with(PARTIAL) {
                fs::remove_file(entry.path()).map_err(|source| EngineError::Io {
                    doing: "remove",
                    path: entry.path(),
                    source,
                })?;
                tidied.partials += 1;
            } else if ending == self.extension {
                found.push((key, entry.metadata().map_err(fault)?.len()));
            }
        }
        found.sort();
        for take in ledger.takes()? {
            if !matches!(found.binary_search_by(|(key, _)| key.cmp(&take.key)), Ok(at) if found[at].1 == take.bytes)
            {
                self.discard(ledger, &take.key)?;
                tidied.forgotten += 1;
            }
        }
        for (key, bytes) in found {
            if ledger.take(&key)?.is_none() && self.path(&key).is_file() {
                let kind = String::new();
                ledger.put_take(&StoredTake {
                    key,
                    bytes,
                    frames: None,
                    kind,
                    render_ms: 0,
                    pinned: false,
                })?;
            }
        }
        tidied.kept = ledger.takes()?.len();
        Ok(tidied)
    }

    /// The take, if it is listed and its file is as large as it should be.
    pub(crate) fn listed(
        &self,
        ledger: &Ledger,
        key: &TakeKey,
        request: &TakeRequest,
    ) -> Result<Option<(Take, StoredTake)>, EngineError> {
        let Some(row) = ledger.take(key)? else { return Ok(None) };
        let path = self.path(key);
        let whole = fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() == row.bytes);
        if !whole {
            return Ok(None);
        }
        let take = Take {
            key: key.clone(),
            shot: request.order.shot.id.clone(),
            path,
            frames: request.frames.clone(),
            bytes: row.bytes,
        };
        Ok(Some((take, row)))
    }

    /// Forgets a take and removes its file.
    pub(crate) fn discard(&self, ledger: &Ledger, key: &TakeKey) -> Result<(), EngineError> {
        ledger.forget_take(key)?;
        let path = self.path(key);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(EngineError::Io { doing: "remove", path, source })
            }
            _ => Ok(()),
        }
    }

    /// Deletes what was not used for the longest time until the rest is within the limit; never what is pinned or in `used`.
    /// Returns how many takes and bytes went.
    pub(crate) fn evict(
        &self,
        ledger: &Ledger,
        used: &BTreeSet<TakeKey>,
    ) -> Result<(usize, u64), EngineError> {
        let takes = ledger.takes()?;
        let mut total: u64 = takes.iter().map(|take| take.bytes).sum();
        let limit = self.limit_bytes.load(Ordering::Relaxed);
        let mut gone = (0, 0);
        for take in takes {
            if total <= limit {
                break;
            }
            if take.pinned || used.contains(&take.key) {
                continue;
            }
            self.discard(ledger, &take.key)?;
            total -= take.bytes;
            gone = (gone.0 + 1, gone.1 + take.bytes);
        }
        Ok(gone)
    }
}

/// What marks a file that is not finished. It stands before the ending, by which encoders choose the kind of file.
const PARTIAL: &str = "partial.";

/// A file being written aside; removed unless it is committed.
#[derive(Debug)]
pub(crate) struct Partial {
    path: PathBuf,
    target: PathBuf,
}

impl Partial {
    pub(crate) fn new(shelf: &Shelf, key: &TakeKey) -> Result<Self, Failure> {
        let partial = Self {
            path: shelf.folder.join(format!("{key}.{PARTIAL}{}", shelf.extension)),
            target: shelf.path(key),
        };
        match fs::remove_file(&partial.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::io("remove the unfinished take", &partial.path, &error))
            }
            _ => Ok(partial),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file durable under its final name. Returns its size in bytes.
    pub(crate) fn commit(&self) -> Result<u64, Failure> {
        let fault = |error: io::Error| Failure::io("keep the take", &self.path, &error);
        let file = File::options().read(true).write(true).open(&self.path).map_err(fault)?;
        file.sync_all().map_err(fault)?;
        let bytes = file.metadata().map_err(fault)?.len();
        drop(file);
        fs::rename(&self.path, &self.target).map_err(fault)?;
        sync_folder(&self.target).map_err(fault)?;
        Ok(bytes)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After a commit nothing is there; after a failure there is nobody left to tell, and the next start tries again.
        let _ = fs::remove_file(&self.path);
    }
}

/// A rename is durable once its folder is; only Unix lets us say so.
fn sync_folder(of: &Path) -> io::Result<()> {
    match of.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
