//! A file that is written aside and gets its name only when it is whole.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ffmpeg_next as ff;

use crate::Error;

/// Writes to `NAME.partial.EXT` beside the target. [`Aside::commit`] gives it the target's name; dropping removes it.
pub(crate) struct Aside {
    target: PathBuf,
    partial: PathBuf,
    file: File,
    failure: Failure,
}

/// The first error of the file system under FFmpeg, which itself hands on no more than a number.
type Failure = Arc<Mutex<Option<io::Error>>>;

impl Aside {
    pub(crate) fn create(target: &Path) -> Result<Self, Error> {
        // Absolute, because FFmpeg would take the `a` of a relative `a:b.mp4` for a protocol.
        let target = std::path::absolute(target).map_err(|e| Error::io("write", target, e))?;
        if target.is_dir() {
            return Err(Error::io("write", &target, io::ErrorKind::IsADirectory.into()));
        }
        let stem = target
            .file_stem()
            .ok_or_else(|| Error::io("write", &target, io::ErrorKind::InvalidInput.into()))?;
        let mut name = stem.to_owned();
        name.push(".partial");
        if let Some(extension) = target.extension() {
            name.push(".");
            name.push(extension);
        }
        let partial = target.with_file_name(name);
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&partial)
            .map_err(|e| Error::io("write", &target, e))?;
        Ok(Self { target, partial, file, failure: Failure::default() })
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    pub(crate) fn partial(&self) -> &Path {
        &self.partial
    }

    /// FFmpeg's way into the file, for a container of the given format.
    pub(crate) fn output(&self, format: &str) -> Result<ff::format::context::Output, Error> {
        let handle = self.file.try_clone().map_err(|e| Error::io("write", &self.target, e))?;
        let watched = WatchedFile { file: handle, failure: self.failure.clone() };
        let io = ff::format::context::StreamIo::from_write_seek_with_capacity(watched, 1 << 18)
            .map_err(|e| self.failed("write", e))?;
        // To put the index first, FFmpeg opens the file a second time by its name, which it wants as UTF-8.
        let name = self.partial.to_str().ok_or_else(|| Error::Io {
            doing: "write",
            path: self.target.clone(),
            source: io::Error::new(io::ErrorKind::InvalidInput, "the path is not valid UTF-8"),
        })?;
        ff::format::output_to_stream(io, Some(name), Some(format)).map_err(|e| self.failed("write", e))
    }

    /// Changes the finished file before it is committed.
    pub(crate) fn amend(&self, change: impl FnOnce(&mut &File) -> io::Result<()>) -> Result<(), Error> {
        change(&mut &self.file).map_err(|e| Error::io("write", &self.target, e))
    }

    /// The error that stands behind what FFmpeg returned.
    pub(crate) fn failed(&self, doing: &'static str, error: ff::Error) -> Error {
        match self.take_failure() {
            Some(source) => Error::io("write", &self.target, source),
            None => Error::ffmpeg(doing, &self.target, error),
        }
    }

    fn take_failure(&self) -> Option<io::Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Brings the bytes to the disk, runs `check` on the partial file, then renames it to the target.
    pub(crate) fn commit(self, check: impl FnOnce(&Path) -> Result<(), Error>) -> Result<PathBuf, Error> {
        if let Some(source) = self.take_failure() {
            return Err(Error::io("write", &self.target, source));
        }
        self.file.sync_all().map_err(|e| Error::io("write", &self.target, e))?;
        check(&self.partial)?;
        fs::rename(&self.partial, &self.target).map_err(|e| Error::io("rename", &self.target, e))?;
        // The rename itself lives in the folder. Not every system lets a folder be opened and synced; the file is whole
        // either way.
        if let Some(folder) = self.target.parent()
            && let Ok(folder) = File::open(folder)
        {
            let _ = folder.sync_all();
        }
        Ok(self.target.clone())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // After a commit there is nothing left under this name, and a second error would only hide the first.
        let _ = fs::remove_file(&self.partial);
    }
}

struct WatchedFile {
    file: File,
    failure: Failure,
}

impl WatchedFile {
    fn watch<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let code = error.raw_os_error();
            let kind = error.kind();
            let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            if kind != io::ErrorKind::Interrupted {
                first.get_or_insert(error);
            }
            code.map_or_else(|| kind.into(), io::Error::from_raw_os_error)
        })
    }
}

impl Write for WatchedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.watch(result)
    }
    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.watch(result)
    }
}

impl Read for WatchedFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let result = self.file.read(bytes);
        self.watch(result)
    }
}

impl Seek for WatchedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let result = self.file.seek(to);
        self.watch(result)
    }
}
