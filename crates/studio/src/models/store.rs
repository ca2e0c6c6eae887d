//! The folder of models: what is in it, and the note beside each model that says what belongs to it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use film::{Progress, Watch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::manifest::{Manifest, is_inside};
use super::pull::{Hasher, Puller, Source};
use super::{Hub, ModelError};
use crate::project::{ProjectError, write_aside};

/// The folder of words that a model's text encoder has encoded, within the model's own.
pub(crate) const KEPT_WORDS: &str = "words";
const RECORD: &str = "record.json";
const LOCK: &str = ".lock";
/// What a file that is not whole yet is called, after its name.
pub(super) const PART: &str = ".part";

/// The models of this machine's user.
#[derive(Debug, Clone)]
pub struct Models {
    folder: PathBuf,
}

/// Where a model is in its life on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModelState {
    /// Nothing of it is here.
    Absent,
    /// Some of it is here: pulling it goes on from there.
    Partial,
    /// All of it is here, and was right when it was fetched or last checked.
    Installed,
    /// A file is missing or not as it should be: pulling it mends that.
    Damaged,
    /// It is part of the program.
    BuiltIn,
}

/// What of a model is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Whether it can be used.
    pub state: ModelState,
    /// Bytes of it that are here.
    pub disk_bytes: u64,
    /// Bytes of all of it; `None` while the hub was not asked.
    pub total_bytes: Option<u64>,
    /// The commit that it is of.
    pub revision: Option<String>,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Files that were read.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What is wrong, a sentence for each damaged file.
    pub damaged: Vec<String>,
}

/// What belongs to a model, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) version: u32,
    pub(super) repository: String,
    /// The commit, once the hub has said it.
    pub(super) revision: String,
    /// The licence that was accepted.
    pub(super) licence: String,
    pub(super) files: Vec<RecordedFile>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RecordedFile {
    pub(super) path: String,
    #[serde(default)]
    pub(super) bytes: Option<u64>,
    #[serde(default)]
    pub(super) sha256: Option<String>,
    pub(super) state: FileState,
    /// Whether its shards belong to the model too.
    #[serde(default)]
    pub(super) shards: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FileState {
    Wanted,
    Whole,
    Damaged,
}

impl Models {
    /// Those in a folder, which need not be there yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The user's own: in `MUTOSCOPE_MODELS` where that is set, else beside the user's other data.
    pub fn of_the_user() -> Self {
        Self::new(crate::settings::models_folder())
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All that can be installed: those of the program, then the user's own manifests by name.
    pub fn manifests(&self) -> Vec<Manifest> {
        let mut own: Vec<PathBuf> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
            .collect();
        own.sort();
        let own = own.iter().map(|path| {
            let text = fs::read_to_string(path).map_err(|source| failed("read", path, source))?;
            Manifest::read(&path.display().to_string(), &text)
        });
        let mut manifests: Vec<Manifest> = Vec::new();
        for manifest in Manifest::built_in().chain(own) {
            match manifest {
                Ok(manifest) if manifests.iter().all(|known| known.name != manifest.name) => {
                    manifests.push(manifest);
                }
                Ok(manifest) => tracing::warn!(name = manifest.name, "there are two manifests of this name"),
                Err(error) => tracing::warn!(%error, "a manifest cannot be used"),
            }
        }
        manifests
    }

    /// The manifest of a model.
    ///
    /// # Errors
    /// [`ModelError::Unknown`].
    pub fn manifest(&self, name: &str) -> Result<Manifest, ModelError> {
        let mut manifests = self.manifests();
        match manifests.iter().position(|manifest| manifest.name == name) {
            Some(at) => Ok(manifests.swap_remove(at)),
            None => Err(ModelError::Unknown {
                name: name.to_owned(),
                known: manifests.into_iter().map(|manifest| manifest.name).collect(),
            }),
        }
    }

    /// What of a model is on the disk. Looks at lengths, not at bytes.
    pub fn installed(&self, manifest: &Manifest) -> Installed {
        let folder = self.folder.join(&manifest.name);
        let Some(record) = Record::read(&folder) else {
            return Installed {
                state: ModelState::Absent,
                disk_bytes: 0,
                total_bytes: manifest.known_bytes(),
                revision: None,
            };
        };
        let length = |path: &Path| fs::metadata(path).map(|meta| meta.len()).ok();
        let mut disk_bytes = 0;
        let (mut whole, mut damaged) = (true, false);
        for file in &record.files {
            let path = folder.join(&file.path);
            let here = length(&path);
            disk_bytes += here.or_else(|| length(&part_of(&path))).unwrap_or(0);
            match file.state {
                FileState::Whole => damaged |= here.is_none() || here != file.bytes,
                FileState::Damaged => damaged = true,
                FileState::Wanted => whole = false,
            }
        }
        let state = match (damaged, whole && !record.files.is_empty()) {
            (true, _) => ModelState::Damaged,
            (false, true) => ModelState::Installed,
            (false, false) => ModelState::Partial,
        };
        let listed = !record.files.iter().any(|file| file.shards && file.state == FileState::Wanted);
        let total_bytes = record.files.iter().map(|file| file.bytes).sum::<Option<u64>>();
        Installed {
            state,
            disk_bytes,
            total_bytes: total_bytes.filter(|_| listed).or(manifest.known_bytes()),
            revision: Some(record.revision),
        }
    }

    /// The folder of a model that can be used.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::Absent`].
    pub fn find(&self, name: &str) -> Result<PathBuf, ModelError> {
        let manifest = self.manifest(name)?;
        match self.installed(&manifest).state {
            ModelState::Installed => Ok(self.folder.join(name)),
            _ => Err(ModelError::Absent(name.to_owned())),
        }
    }

    /// Whether the model's licence was accepted here before.
    pub fn has_accepted(&self, manifest: &Manifest) -> bool {
        Record::read(&self.folder.join(&manifest.name))
            .is_some_and(|record| record.licence == manifest.licence.id)
    }

    /// Installs a model, or what is missing of it; goes on where an earlier attempt ended. Reports bytes, and stops within
    /// some seconds when asked to; what was fetched is kept.
    ///
    /// # Errors
    /// Any [`ModelError`]; [`ModelError::Licence`] unless the licence is accepted now or was before.
    pub fn pull(
        &self,
        name: &str,
        source: &Source,
        hub: &Hub,
        accept_licence: bool,
        watch: &Watch,
    ) -> Result<Installed, ModelError> {
        let manifest = self.manifest(name)?;
        if !accept_licence && !self.has_accepted(&manifest) {
            return Err(ModelError::Licence { name: name.to_owned(), licence: manifest.licence.id });
        }
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).map_err(|source| failed("make the folder", &folder, source))?;
        let _lock = self.lock(name)?;
        Puller::new(&manifest, self, &folder, hub, watch)?.run(source)?;
        Ok(self.installed(&manifest))
    }

    /// Reads every byte of a model and compares. Files that are not as they should be are noted as damaged.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::Absent`], [`ModelError::Busy`], [`ModelError::Cancelled`], [`ModelError::Io`].
    pub fn verify(&self, name: &str, watch: &Watch) -> Result<Verdict, ModelError> {
        let manifest = self.manifest(name)?;
        let folder = self.folder.join(name);
        let absent = || ModelError::Absent(name.to_owned());
        let mut record = Record::read(&folder).ok_or_else(absent)?;
        if record.files.iter().any(|file| file.state == FileState::Wanted) {
            return Err(absent());
        }
        let _lock = self.lock(&manifest.name)?;
        let total = record.files.iter().filter_map(|file| file.bytes).sum();
        let mut verdict = Verdict { files: 0, bytes: 0, damaged: Vec::new() };
        for file in &mut record.files {
            let path = folder.join(&file.path);
            let before = verdict.bytes;
            let tell = |bytes: u64| watch.report(Progress { unit: "byte", done: before + bytes, total });
            let found = match Hasher::of_file(&path, watch, tell) {
                Ok(found) => found,
                Err(ModelError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                    file.state = FileState::Damaged;
                    verdict.damaged.push(format!("{} is missing", file.path));
                    continue;
                }
                Err(error) => return Err(error),
            };
            verdict.files += 1;
            verdict.bytes += found.bytes;
            let right = file.bytes == Some(found.bytes) && file.sha256.as_ref() == Some(&found.sha256);
            file.state = if right { FileState::Whole } else { FileState::Damaged };
            if !right {
                verdict.damaged.push(format!("{} has other bytes than were fetched", file.path));
            }
        }
        record.write(&folder)?;
        Ok(verdict)
    }

    /// Removes a model's files, and nothing else. Returns the bytes that were freed.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::Absent`], [`ModelError::Busy`], [`ModelError::Io`].
    pub fn remove(&self, name: &str) -> Result<u64, ModelError> {
        self.manifest(name)?;
        let folder = self.folder.join(name);
        let record = Record::read(&folder).ok_or_else(|| ModelError::Absent(name.to_owned()))?;
        let lock = self.lock(name)?;
        let mut freed = 0;
        for file in record.files.iter().filter(|file| is_inside(&file.path)) {
            let path = folder.join(&file.path);
            for path in [part_of(&path), path] {
                let Ok(meta) = fs::metadata(&path) else { continue };
                fs::remove_file(&path).map_err(|source| failed("remove", &path, source))?;
                freed += meta.len();
            }
        }
        let words = folder.join(KEPT_WORDS);
        match fs::remove_dir_all(&words) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("remove", &words, error));
            }
            _ => {}
        }
        let record = folder.join(RECORD);
        fs::remove_file(&record).map_err(|source| failed("remove", &record, source))?;
        drop(lock);
        // Folders that somebody put something into stay.
        let _ = fs::remove_file(folder.join(LOCK));
        remove_empty(&folder);
        Ok(freed)
    }

    /// Keeps other processes away from a model for as long as it lives.
    fn lock(&self, name: &str) -> Result<File, ModelError> {
        let path = self.folder.join(name).join(LOCK);
        let file = File::create(&path).map_err(|source| failed("write", &path, source))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(ModelError::Busy(name.to_owned())),
            // Some file systems know no locks; then the user is trusted to do one thing at a time.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
        }
    }

    /// A file with this checksum that belongs to a model which is here already.
    pub(super) fn with_checksum(&self, sha256: &str) -> Option<PathBuf> {
        let folders =
            fs::read_dir(&self.folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let mut found: Vec<PathBuf> = folders
            .filter_map(|folder| {
                let record = Record::read(&folder)?;
                let same = |file: &&RecordedFile| {
                    file.state == FileState::Whole && file.sha256.as_deref() == Some(sha256)
                };
                Some(folder.join(&record.files.iter().find(same)?.path))
            })
            .collect();
        found.sort();
        found.into_iter().find(|path| path.is_file())
    }
}

impl Record {
    /// The note in a model's folder; `None` where there is none that can be read.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let record: Self = serde_json::from_slice(&fs::read(folder.join(RECORD)).ok()?).ok()?;
        record.files.iter().all(|file| is_inside(&file.path)).then_some(record)
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), ModelError> {
        let path = folder.join(RECORD);
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed("write", &path, error.into()))?;
        write_aside(&path, &text).map_err(|error| match error {
            ProjectError::Io { doing, path, source } => ModelError::Io { doing, path, source },
            other => failed("write", &path, io::Error::other(other)),
        })
    }
}

/// Where a file grows until it is whole.
pub(super) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PART);
    PathBuf::from(name)
}

pub(super) fn failed(doing: &'static str, path: &Path, source: io::Error) -> ModelError {
    ModelError::Io { doing, path: path.to_owned(), source }
}

fn remove_empty(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_empty(&entry.path());
        }
    }
    // It fails where there is something left, which is as it should be.
    let _ = fs::remove_dir(folder);
}

/// Memory of this machine in bytes; 0 where the system does not say.
pub(crate) fn machine_bytes() -> u64 {
    static BYTES: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *BYTES.get_or_init(|| {
        let memory = sysinfo::MemoryRefreshKind::nothing().with_ram();
        let wanted = sysinfo::RefreshKind::nothing().with_memory(memory);
        sysinfo::System::new_with_specifics(wanted).map_or(0, |system| system.total_memory())
    })
}
