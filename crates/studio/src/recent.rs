//! The projects that were open lately.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::project::write_aside;
use crate::session::model::RecentProject;

/// Projects that are remembered.
const REMEMBERED: usize = 24;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    name: String,
    folder: PathBuf,
    #[serde(default)]
    seconds: f64,
}

/// The list, in a file of its own.
#[derive(Debug)]
pub(crate) struct Recent {
    file: PathBuf,
    entries: Mutex<Vec<Entry>>,
}

impl Recent {
    pub(crate) fn new(file: PathBuf) -> Self {
        let entries =
            fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Self { file, entries: Mutex::new(entries) }
    }

    /// Puts a project at the top. That the list was not written is no reason to trouble anybody.
    pub(crate) fn opened(&self, folder: &Path, name: &str, seconds: f64) {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.folder != folder);
        entries.insert(0, Entry { name: name.to_owned(), folder, seconds });
        entries.truncate(REMEMBERED);
        let written =
            serde_json::to_vec_pretty(&*entries).map_err(|error| error.to_string()).and_then(|bytes| {
                if let Some(parent) = self.file.parent() {
                    fs::create_dir_all(parent).map_err(|error| error.to_string())?;
                }
                write_aside(&self.file, &bytes).map_err(|error| error.to_string())
            });
        if let Err(error) = written {
            tracing::warn!(error, "the list of recent projects was not written");
        }
    }

    /// Those that are still there, the newest first.
    pub(crate) fn list(&self) -> Vec<RecentProject> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let there = entries.into_iter().filter_map(|entry| {
            let modified = fs::metadata(entry.folder.join("storyboard.json")).ok()?.modified().ok()?;
            Some(RecentProject {
                name: entry.name,
                modified_unix: modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
                seconds: entry.seconds,
                poster: entry.folder.join("poster.jpg").is_file(),
                folder: entry.folder.display().to_string(),
            })
        });
        there.collect()
    }

    /// Whether a folder is on the list.
    pub(crate) fn knows(&self, folder: &Path) -> bool {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().any(|entry| entry.folder == folder)
    }
}
