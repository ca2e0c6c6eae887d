//! The user's settings, and where the program keeps what is not part of a project.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Adviser;
use crate::project::{ProjectError, write_aside};
use crate::session::Setup;

/// The user's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// Bytes of previews in memory: 16 MiB to 8 GiB.
    pub cache_limit_bytes: u64,
    /// Bytes of takes on the disk, in each project: 1 GiB to 4 TiB. Takes in use stay even when they alone are more.
    pub takes_limit_bytes: u64,
    /// Pixels down of previews: 180 to 1080.
    pub preview_height: u32,
    /// Threads that reading, decoding and encoding may use; 0: as many as suit.
    pub threads: u32,
    /// How strongly the page's colours differ.
    pub contrast: Contrast,
    /// The language of the page, such as `de`; empty: that of the system.
    pub language: String,
    /// Where a language model answers that may say who does what ([`Adviser::address`]); empty: nobody is asked. A film's script
    /// goes to that address.
    pub adviser: String,
    /// The name of that model on its server; may be empty.
    pub adviser_model: String,
}

/// How strongly the page's colours differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Contrast {
    /// As drawn.
    #[default]
    Normal,
    /// For weak eyes and bright rooms.
    High,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cache_limit_bytes: 256 << 20,
            takes_limit_bytes: 20 << 30,
            preview_height: 360,
            threads: 0,
            contrast: Contrast::Normal,
            language: String::new(),
            adviser: String::new(),
            adviser_model: String::new(),
        }
    }
}

fn shorten(text: &mut String, chars: usize) {
    text.truncate(text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at));
}

impl Settings {
    /// The settings in a file; the usual ones where it is absent or cannot be read.
    pub(crate) fn read(path: &Path) -> Self {
        let Ok(bytes) = fs::read(path) else { return Self::default() };
        let read = serde_json::from_slice(&bytes)
            .map_err(|error| tracing::warn!(%error, "the settings cannot be read"));
        read.map(Self::within_limits).unwrap_or_default()
    }

    /// The nearest settings that can be had.
    pub(crate) fn within_limits(mut self) -> Self {
        self.cache_limit_bytes = self.cache_limit_bytes.clamp(16 << 20, 8 << 30);
        self.takes_limit_bytes = self.takes_limit_bytes.clamp(1 << 30, 4 << 40);
        self.preview_height = self.preview_height.clamp(180, 1080) / 2 * 2;
        self.threads = self.threads.min(256);
        shorten(&mut self.language, 16);
        for text in [&mut self.adviser, &mut self.adviser_model] {
            *text = text.trim().to_owned();
            shorten(text, 300);
        }
        if !self.adviser.is_empty() && !self.adviser.contains("://") {
            self.adviser.insert_str(0, "http://");
        }
        self
    }

    /// The language model, where there is one.
    pub(crate) fn adviser(&self) -> Option<Adviser> {
        Adviser::at(&self.adviser, &self.adviser_model)
    }

    /// Tells the rooms that work in many threads how many they may have.
    pub(crate) fn apply(&self) {
        story::limit_threads(self.threads as usize);
        media::limit_decoder_threads(self.threads as usize);
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), ProjectError> {
        let failed = |source| ProjectError::Io { doing: "write", path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        write_aside(path, &text)
    }
}

/// Folders outside projects.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    config: PathBuf,
    /// Where new projects go.
    pub(crate) films: PathBuf,
}

impl Places {
    pub(crate) fn find(setup: &Setup) -> Self {
        let home = home();
        let config = setup.config.clone().unwrap_or_else(|| {
            let variable = if cfg!(windows) { "APPDATA" } else { "XDG_CONFIG_HOME" };
            let usual = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".config" };
            absolute(variable).unwrap_or_else(|| home.join(usual)).join("mutoscope")
        });
        let films = setup.films.clone().unwrap_or_else(|| {
            let named = absolute("XDG_VIDEOS_DIR").or_else(|| videos(&home));
            let usual = if cfg!(target_os = "macos") { "Movies" } else { "Videos" };
            named.unwrap_or_else(|| home.join(usual))
        });
        Self { config, films }
    }

    pub(crate) fn settings(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    pub(crate) fn recent(&self) -> PathBuf {
        self.config.join("recent.json")
    }
}

/// Where models are kept: in `MUTOSCOPE_MODELS`, else with the user's other data.
pub(crate) fn models_folder() -> PathBuf {
    if let Some(folder) = env::var_os("MUTOSCOPE_MODELS").filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder);
    }
    let variable = if cfg!(windows) { "LOCALAPPDATA" } else { "XDG_DATA_HOME" };
    let usual = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
    absolute(variable).unwrap_or_else(|| home().join(usual)).join("mutoscope").join("models")
}

fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn home() -> PathBuf {
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    absolute(variable).unwrap_or_else(env::temp_dir)
}

/// The desktop's name for the folder of films: a line of `user-dirs.dirs`, which is shell.
fn videos(home: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(home.join(".config/user-dirs.dirs")).ok()?;
    let value = text.lines().find_map(|line| line.trim().strip_prefix("XDG_VIDEOS_DIR="))?.trim_matches('"');
    let path = match value.strip_prefix("$HOME/") {
        Some(rest) => home.join(rest),
        None => PathBuf::from(value),
    };
    path.is_absolute().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_and_damage_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.json");
        assert_eq!(Settings::read(&path), Settings::default());
        let wild = Settings { cache_limit_bytes: 1, preview_height: 99_999, ..Settings::default() };
        let settings = wild.within_limits();
        assert_eq!((settings.cache_limit_bytes, settings.preview_height), (16 << 20, 1080));
        settings.write(&path).unwrap();
        assert_eq!(Settings::read(&path), settings);
        fs::write(&path, "{").unwrap();
        assert_eq!(Settings::read(&path), Settings::default());
    }
}
