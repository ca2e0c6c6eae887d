//! Installing a model: learning what belongs to it, fetching it in pieces that survive, checking every byte.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use film::{Progress, Watch};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::hub::{At, Hub, Remote, Trouble};
use super::manifest::{Manifest, is_inside};
use super::store::{FileState, Models, Record, RecordedFile, failed, part_of};
use super::{Bytes, ModelError};

/// Where a model's files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The hub.
    Hub,
    /// A folder that holds the repository's files. They are linked where the disk allows it, and copied otherwise.
    Folder(PathBuf),
}

/// Attempts in a row that bring next to nothing before the work is given up.
const MOST_FAILURES: u32 = 6;
/// An attempt that brings this much is no failure.
const WORTH_BYTES: u64 = 64 << 10;
/// The longest wait between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Room that stays free beside the model.
const SPARE_BYTES: u64 = 64 << 20;
/// The longest index of shards: published ones have some 100 kB.
const LONGEST_INDEX: u64 = 16 << 20;
const CHUNK: usize = 256 << 10;

/// Length and checksum of a file, as they grow.
pub(super) struct Hasher {
    hash: Sha256,
    bytes: u64,
}

/// Length and checksum of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Hasher {
    fn new() -> Self {
        Self { hash: Sha256::new(), bytes: 0 }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    fn finish(self) -> Found {
        Found { bytes: self.bytes, sha256: format!("{:x}", self.hash.finalize()) }
    }

    /// Takes in what is left of a stream.
    fn drain(
        &mut self,
        from: &mut impl Read,
        path: &Path,
        watch: &Watch,
        tell: impl Fn(u64),
    ) -> Result<(), ModelError> {
        let mut chunk = vec![0; CHUNK];
        let mut told = Instant::now();
        loop {
            watch.check()?;
            match from.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => self.update(&chunk[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(failed("read", path, source)),
            }
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                tell(self.bytes);
            }
        }
        tell(self.bytes);
        Ok(())
    }

    /// Reads a whole file; `tell` gets the bytes so far.
    pub(super) fn of_file(path: &Path, watch: &Watch, tell: impl Fn(u64)) -> Result<Found, ModelError> {
        let mut file = File::open(path).map_err(|source| failed("read", path, source))?;
        let mut hasher = Self::new();
        hasher.drain(&mut file, path, watch, tell)?;
        Ok(hasher.finish())
    }
}

/// One run of installing a model.
pub(super) struct Puller<'a> {
    manifest: &'a Manifest,
    models: &'a Models,
    folder: &'a Path,
    hub: &'a Hub,
    watch: &'a Watch,
    record: Record,
    /// Bytes of the files that are done.
    done: u64,
    total: u64,
}

impl<'a> Puller<'a> {
    /// Goes on from the note of an earlier run, when that was of the same revision.
    pub(super) fn new(
        manifest: &'a Manifest,
        models: &'a Models,
        folder: &'a Path,
        hub: &'a Hub,
        watch: &'a Watch,
    ) -> Result<Self, ModelError> {
        let fits = |record: &Record| {
            let stated = manifest.files.iter().all(|file| {
                record.files.iter().find(|known| known.path == file.path).is_some_and(|known| {
                    let same =
                        |stated: Option<&str>, known: Option<&str>| stated.is_none() || stated == known;
                    same(file.sha256.as_deref(), known.sha256.as_deref())
                })
            });
            let revision = !is_commit(&manifest.revision) || record.revision == manifest.revision;
            record.version == 1 && record.repository == manifest.repository && revision && stated
        };
        let mut record = Record::read(folder).filter(fits).unwrap_or_else(|| Record {
            version: 1,
            repository: manifest.repository.clone(),
            revision: manifest.revision.clone(),
            licence: String::new(),
            files: manifest
                .files
                .iter()
                .map(|file| RecordedFile {
                    path: file.path.clone(),
                    bytes: file.bytes,
                    sha256: file.sha256.clone(),
                    state: FileState::Wanted,
                    shards: file.shards,
                })
                .collect(),
        });
        record.licence.clone_from(&manifest.licence.id);
        record.write(folder)?;
        Ok(Self { manifest, models, folder, hub, watch, record, done: 0, total: 0 })
    }

    pub(super) fn run(mut self, source: &Source) -> Result<(), ModelError> {
        for file in &mut self.record.files {
            let path = self.folder.join(&file.path);
            let here = fs::metadata(&path).map(|meta| meta.len()).ok();
            if file.state == FileState::Whole && (here.is_none() || here != file.bytes) {
                file.state = FileState::Damaged;
            }
            if file.state == FileState::Damaged {
                if here.is_some() {
                    fs::remove_file(&path).map_err(|source| failed("remove", &path, source))?;
                }
                file.state = FileState::Wanted;
            }
        }
        // Indices first: they say what else there is.
        self.learn(source)?;
        for at in 0..self.record.files.len() {
            if self.record.files[at].shards {
                self.obtain(at, source)?;
                self.add_shards(at)?;
            }
        }
        self.learn(source)?;
        self.check_room(source)?;
        for at in 0..self.record.files.len() {
            self.obtain(at, source)?;
        }
        Ok(())
    }

    /// Asks for lengths and checksums that are not known.
    fn learn(&mut self, source: &Source) -> Result<(), ModelError> {
        for at in 0..self.record.files.len() {
            self.watch.check()?;
            let file = &self.record.files[at];
            if file.state == FileState::Whole || (file.bytes.is_some() && file.sha256.is_some()) {
                continue;
            }
            let remote = match source {
                Source::Folder(folder) => {
                    let path = found_in(folder, &file.path)?;
                    let bytes = fs::metadata(&path).map_err(|source| failed("read", &path, source))?.len();
                    // Of a file whose checksum is nowhere stated, the length is that of the file that was given.
                    Remote { bytes: Some(bytes), ..Remote::default() }
                }
                Source::Hub if file.bytes.is_some() => continue,
                Source::Hub => self.look(at)?,
            };
            let file = &mut self.record.files[at];
            if let (Some(wanted), Some(found)) = (file.bytes, remote.bytes)
                && wanted != found
            {
                return Err(ModelError::Length { file: file.path.clone(), wanted, found });
            }
            if let (Some(wanted), Some(found)) = (&file.sha256, &remote.sha256)
                && wanted != found
            {
                let (wanted, found) = (wanted.clone(), found.clone());
                return Err(ModelError::Checksum { file: file.path.clone(), wanted, found });
            }
            file.bytes = file.bytes.or(remote.bytes);
            file.sha256 = file.sha256.take().or(remote.sha256);
            if let Some(commit) = remote.commit.filter(|commit| is_commit(commit)) {
                self.record.revision = commit;
            }
        }
        self.record.write(self.folder)?;
        self.total = self.record.files.iter().filter_map(|file| file.bytes).sum();
        self.done = self.whole().filter_map(|file| file.bytes).sum();
        self.tell(0);
        Ok(())
    }

    fn whole(&self) -> impl Iterator<Item = &RecordedFile> {
        self.record.files.iter().filter(|file| file.state == FileState::Whole)
    }

    fn look(&self, at: usize) -> Result<Remote, ModelError> {
        let mut failures = 0;
        loop {
            match self.hub.look(self.at(at)) {
                Ok(remote) => return Ok(remote),
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::PastTheEnd) => return Ok(Remote::default()),
                Err(Trouble::Passing(why)) => {
                    failures += 1;
                    self.rest(failures, MOST_FAILURES / 2, why)?;
                }
            }
        }
    }

    fn at(&self, at: usize) -> At<'_> {
        At {
            repository: &self.record.repository,
            revision: &self.record.revision,
            path: &self.record.files[at].path,
            page: &self.manifest.page,
        }
    }

    /// Waits before the next attempt, or gives up.
    fn rest(&self, failures: u32, most: u32, why: String) -> Result<(), ModelError> {
        if failures >= most {
            return Err(self.hub.unreachable(why));
        }
        tracing::debug!(failures, why, "a request is tried again");
        let until = Instant::now() + (self.hub.pause * (1 << failures.min(8))).min(LONGEST_PAUSE);
        while Instant::now() < until {
            self.watch.check()?;
            thread::sleep(Duration::from_millis(50).min(until.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }

    fn tell(&self, of_file: u64) {
        let done = self.done + of_file;
        self.watch.report(Progress { unit: "byte", done, total: self.total.max(done) });
    }

    /// Puts the shards that an index names on the list.
    fn add_shards(&mut self, at: usize) -> Result<(), ModelError> {
        #[derive(Deserialize)]
        struct Index {
            weight_map: std::collections::BTreeMap<String, String>,
        }
        let file = self.record.files[at].path.clone();
        let path = self.folder.join(&file);
        let wrong = |what: String| ModelError::Index { file: file.clone(), what };
        let opened = File::open(&path).map_err(|source| failed("read", &path, source))?;
        let index: Index =
            serde_json::from_reader(opened.take(LONGEST_INDEX)).map_err(|error| wrong(error.to_string()))?;
        let shards: BTreeSet<String> = index.weight_map.into_values().collect();
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        for shard in shards {
            if shard.contains('/') || !is_inside(&shard) {
                return Err(wrong(format!("{shard:?} is no name of a file beside it")));
            }
            let path = if folder.is_empty() { shard } else { format!("{folder}/{shard}") };
            if self.record.files.iter().all(|known| known.path != path) {
                self.record.files.push(RecordedFile {
                    path,
                    bytes: None,
                    sha256: None,
                    state: FileState::Wanted,
                    shards: false,
                });
            }
        }
        Ok(())
    }

    fn check_room(&self, source: &Source) -> Result<(), ModelError> {
        // Links need no room, and a copy that does not fit says so.
        if *source != Source::Hub {
            return Ok(());
        }
        let missing = self.record.files.iter().filter(|file| file.state != FileState::Whole).map(|file| {
            let part = fs::metadata(part_of(&self.folder.join(&file.path))).map_or(0, |meta| meta.len());
            file.bytes.unwrap_or(0).saturating_sub(part)
        });
        let needed: u64 = missing.sum();
        // A disk that does not say how much room it has is tried.
        let free = fs4::available_space(self.folder).unwrap_or(u64::MAX);
        if needed > 0 && needed + SPARE_BYTES > free {
            return Err(ModelError::NoRoom { folder: self.models.folder().to_owned(), needed, free });
        }
        Ok(())
    }

    /// Sees to it that a file is here and right, and notes it.
    fn obtain(&mut self, at: usize, source: &Source) -> Result<(), ModelError> {
        let file = &self.record.files[at];
        if file.state == FileState::Whole {
            return Ok(());
        }
        let path = self.folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|source| failed("make the folder", parent, source))?;
        }
        let found = match source {
            Source::Folder(folder) => self.take(at, &found_in(folder, &file.path)?, &path)?,
            Source::Hub => match self.take_what_is_here(at, &path)? {
                Some(found) => found,
                None => self.fetch(at, &path)?,
            },
        };
        let file = &mut self.record.files[at];
        (file.bytes, file.sha256, file.state) = (Some(found.bytes), Some(found.sha256), FileState::Whole);
        self.done += found.bytes;
        self.record.write(self.folder)?;
        self.tell(0);
        Ok(())
    }

    /// The same file of another model, or as another program has fetched it; only where a checksum tells that it is the same.
    fn take_what_is_here(&self, at: usize, path: &Path) -> Result<Option<Found>, ModelError> {
        let file = &self.record.files[at];
        let Some(sha256) = &file.sha256 else { return Ok(None) };
        if part_of(path).is_file() {
            return Ok(None);
        }
        let shared = self.hub.cached(self.at(at)).and_then(|path| fs::canonicalize(path).ok());
        for from in self.models.with_checksum(sha256).into_iter().chain(shared) {
            match self.take(at, &from, path) {
                Ok(found) => return Ok(Some(found)),
                Err(ModelError::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => tracing::debug!(%error, from = %from.display(), "a file at hand is of no use"),
            }
        }
        Ok(None)
    }

    /// Links or copies a file that is on this machine, when it is the right one.
    fn take(&self, at: usize, from: &Path, path: &Path) -> Result<Found, ModelError> {
        let file = &self.record.files[at];
        let found = Hasher::of_file(from, self.watch, |bytes| self.tell(bytes))?;
        check(file, &found)?;
        let part = part_of(path);
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("remove", &part, error));
            }
            _ => {}
        }
        if fs::hard_link(from, &part).is_err() {
            fs::copy(from, &part).map_err(|source| failed("copy to", &part, source))?;
            let copied = File::open(&part).and_then(|file| file.sync_all());
            copied.map_err(|source| failed("copy to", &part, source))?;
        }
        fs::rename(&part, path).map_err(|source| failed("write", path, source))?;
        Ok(found)
    }

    /// Fetches a file from the hub, from where an earlier attempt ended.
    fn fetch(&self, at: usize, path: &Path) -> Result<Found, ModelError> {
        let file = &self.record.files[at];
        let part = part_of(path);
        let writing = |source| match io::Error::kind(&source) {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => self.no_room(file),
            _ => failed("write", &part, source),
        };
        let mut options = OpenOptions::new();
        let mut out = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&part)
            .map_err(|source| failed("write", &part, source))?;
        let mut hasher = Hasher::new();
        hasher.drain(&mut out, &part, self.watch, |bytes| self.tell(bytes))?;
        let mut wanted = file.bytes;
        let (mut failures, mut wrong) = (0, 0);
        let mut chunk = vec![0; CHUNK];
        loop {
            self.watch.check()?;
            if wanted.is_some_and(|wanted| hasher.bytes > wanted) {
                hasher = begun_anew(&mut out).map_err(writing)?;
            }
            if wanted != Some(hasher.bytes) {
                let before = hasher.bytes;
                let why = match self.hub.open(self.at(at), hasher.bytes) {
                    Ok(mut flow) => {
                        if let (Some(wanted), Some(found)) = (wanted, flow.bytes)
                            && wanted != found
                        {
                            return Err(ModelError::Length { file: file.path.clone(), wanted, found });
                        }
                        wanted = wanted.or(flow.bytes);
                        if flow.start != hasher.bytes {
                            hasher = begun_anew(&mut out).map_err(writing)?;
                        }
                        let mut told = Instant::now();
                        loop {
                            self.watch.check()?;
                            match flow.body.read(&mut chunk) {
                                // Without a stated length, the end of the stream is the end of the file.
                                Ok(0) => {
                                    wanted = wanted.or(Some(hasher.bytes));
                                    break "it broke off".to_owned();
                                }
                                Ok(n) => {
                                    out.write_all(&chunk[..n]).map_err(writing)?;
                                    hasher.update(&chunk[..n]);
                                }
                                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                                Err(error) => break error.to_string(),
                            }
                            if let Some(wanted) = wanted.filter(|wanted| hasher.bytes > *wanted) {
                                let found = hasher.bytes;
                                begun_anew(&mut out).map_err(writing)?;
                                return Err(ModelError::Length { file: file.path.clone(), wanted, found });
                            }
                            if told.elapsed() >= TELL_EVERY {
                                told = Instant::now();
                                self.tell(hasher.bytes);
                            }
                        }
                    }
                    Err(Trouble::Final(error)) => return Err(error),
                    Err(Trouble::PastTheEnd) => {
                        hasher = begun_anew(&mut out).map_err(writing)?;
                        "it has fewer bytes than before".to_owned()
                    }
                    Err(Trouble::Passing(why)) => why,
                };
                if wanted != Some(hasher.bytes) {
                    self.tell(hasher.bytes);
                    failures = if hasher.bytes >= before + WORTH_BYTES { 1 } else { failures + 1 };
                    self.rest(failures, MOST_FAILURES, why)?;
                    continue;
                }
            }
            out.sync_all().map_err(writing)?;
            let found = std::mem::replace(&mut hasher, Hasher::new()).finish();
            match check(file, &found) {
                Ok(()) => {
                    fs::rename(&part, path).map_err(|source| failed("write", path, source))?;
                    return Ok(found);
                }
                // An earlier attempt may have left wrong bytes; once more from the first.
                Err(error) => {
                    hasher = begun_anew(&mut out).map_err(writing)?;
                    wrong += 1;
                    if wrong > 1 {
                        return Err(error);
                    }
                    tracing::warn!(%error, "a file is fetched once more");
                }
            }
        }
    }

    fn no_room(&self, file: &RecordedFile) -> ModelError {
        let free = fs4::available_space(self.folder).unwrap_or(0);
        tracing::debug!(free = %Bytes(free), file = file.path, "the disk is full");
        let needed = self.total.saturating_sub(self.done);
        ModelError::NoRoom { folder: self.models.folder().to_owned(), needed, free }
    }
}

/// A file of the user's.
fn found_in(folder: &Path, file: &str) -> Result<PathBuf, ModelError> {
    let path = folder.join(file);
    // Programs keep links to where the bytes lie.
    let path = fs::canonicalize(&path).ok().filter(|path| path.is_file());
    path.ok_or_else(|| ModelError::NotThere { folder: folder.to_owned(), file: file.to_owned() })
}

/// Empties a file that is being fetched.
fn begun_anew(out: &mut File) -> io::Result<Hasher> {
    use std::io::Seek as _;
    out.set_len(0)?;
    out.rewind()?;
    Ok(Hasher::new())
}

fn check(file: &RecordedFile, found: &Found) -> Result<(), ModelError> {
    if let Some(wanted) = file.bytes.filter(|wanted| *wanted != found.bytes) {
        return Err(ModelError::Length { file: file.path.clone(), wanted, found: found.bytes });
    }
    match &file.sha256 {
        Some(wanted) if *wanted != found.sha256 => Err(ModelError::Checksum {
            file: file.path.clone(),
            wanted: wanted.clone(),
            found: found.sha256.clone(),
        }),
        _ => Ok(()),
    }
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}
