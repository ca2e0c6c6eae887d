//! What is known of a model before it is on the disk: `models/*.toml`, part of the program, and `NAME.toml` in the folder of
//! models, which are the user's own.

use std::path::{Component, Path};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ModelError;

/// The manifests that ship with the program.
const BUILT_IN: &[(&str, &str)] = &[
    ("wan-vace-1.3b.toml", include_str!("../../../../models/wan-vace-1.3b.toml")),
    ("wan-t2v-1.3b.toml", include_str!("../../../../models/wan-t2v-1.3b.toml")),
    ("wan-ti2v-5b.toml", include_str!("../../../../models/wan-ti2v-5b.toml")),
    ("fastwan-ti2v-5b.toml", include_str!("../../../../models/fastwan-ti2v-5b.toml")),
];

/// Texts of the licences that manifests name without giving the text.
const LICENCES: &[(&str, &str)] =
    &[("Apache-2.0", include_str!("../../../../models/licences/Apache-2.0.txt"))];

/// A model that can be installed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What users call it: lower-case letters, digits, dots and hyphens.
    pub name: String,
    /// How it is shown.
    pub title: String,
    /// What it is for, one or two sentences.
    pub summary: String,
    /// Who made it.
    pub maker: String,
    /// The page that tells more, where a licence may have to be accepted.
    pub page: String,
    /// The repository on the hub: `Wan-AI/Wan2.1-VACE-1.3B-diffusers`.
    pub repository: String,
    /// A commit, or a branch whose commit is noted when the model is pulled.
    pub revision: String,
    /// What it can make pictures from.
    pub capabilities: Vec<Capability>,
    /// Bytes on the disk, roughly, where they are not known of each file.
    #[serde(default)]
    pub about_bytes: Option<u64>,
    /// What one may do with it.
    pub licence: Licence,
    /// What it needs to run, by precision.
    #[serde(default)]
    pub memory: Vec<MemoryNeed>,
    /// How it makes video.
    pub video: VideoFacts,
    /// Its files.
    pub files: Vec<FileFacts>,
}

/// What a model can make pictures from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Words.
    Text,
    /// A first picture.
    Image,
    /// A video that steers, such as the stage's depth.
    Control,
    /// Pictures of who should be seen.
    Reference,
}

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Its SPDX identifier.
    pub id: String,
    /// What it allows and asks for, in a sentence or two.
    pub summary: String,
    /// The whole text, unless the program has that of `id`.
    #[serde(default)]
    pub text: Option<String>,
}

impl Licence {
    /// The whole text.
    pub fn text(&self) -> &str {
        let ours = || LICENCES.iter().find(|(id, _)| *id == self.id).map(|(_, text)| *text);
        self.text.as_deref().or_else(ours).unwrap_or_default()
    }
}

/// The memory that a model needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryNeed {
    /// Type of the numbers: `bf16`, `f32`, `q4`.
    pub precision: String,
    /// The most at one time.
    pub bytes: u64,
}

/// How a model makes video, as its makers recommend.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VideoFacts {
    /// Pixels across of a picture that it was trained on.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Frames a second.
    pub fps: u32,
    /// The most frames in one go: 4n + 1.
    pub frames: u32,
    /// Steps of denoising.
    pub steps: u32,
    /// How strongly the prompt counts; 1 for distilled models.
    pub guidance: f64,
    /// How much of the steps goes to high noise.
    pub shift: f64,
    /// Timesteps of a distilled model, in place of `steps` and `shift`.
    #[serde(default)]
    pub timesteps: Vec<f64>,
    /// For models that cannot be steered by depth: how much of the stage's pictures they make anew, 0 (nothing) to 1 (all).
    /// When absent they are told words only.
    #[serde(default)]
    pub from_stage: Option<f64>,
}

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFacts {
    /// Its path in the repository and in the model's folder, with `/`.
    pub path: String,
    /// Its length; what the hub says when absent.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Its checksum in lower-case hexadecimal; what the hub says when absent.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Whether it is an index (`*.safetensors.index.json`) whose shards, beside it, belong to the model too.
    #[serde(default)]
    pub shards: bool,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`ModelError::Manifest`] when it is none, or names files outside the model's folder.
    pub fn read(file: &str, text: &str) -> Result<Self, ModelError> {
        let wrong = |what: String| ModelError::Manifest { file: file.to_owned(), what };
        let manifest: Self =
            toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        let begins = manifest.name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !begins || !manifest.name.chars().all(named) {
            return Err(wrong(format!(
                "{:?} is no name: lower-case letters, digits, dots and hyphens",
                manifest.name
            )));
        }
        if let Some(strength) = manifest.video.from_stage.filter(|strength| !(0.0..=1.0).contains(strength)) {
            return Err(wrong(format!("from_stage = {strength} is not within 0 to 1")));
        }
        if let Some(file) = manifest.files.iter().find(|file| !is_inside(&file.path)) {
            return Err(wrong(format!("{:?} is no path within a model", file.path)));
        }
        let hex = |sha: &String| {
            sha.len() == 64 && sha.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        };
        if let Some(sha) = manifest.files.iter().filter_map(|file| file.sha256.as_ref()).find(|sha| !hex(sha))
        {
            return Err(wrong(format!("{sha:?} is no SHA-256 checksum")));
        }
        if manifest.licence.text().is_empty() {
            return Err(wrong(format!("the text of the licence {} is missing", manifest.licence.id)));
        }
        Ok(manifest)
    }

    /// Those that ship with the program.
    pub(super) fn built_in() -> impl Iterator<Item = Result<Self, ModelError>> {
        BUILT_IN.iter().map(|(file, text)| Self::read(file, text))
    }

    /// Bytes of all files together, where each is known.
    pub fn known_bytes(&self) -> Option<u64> {
        let complete = self.files.iter().all(|file| !file.shards);
        self.files.iter().map(|file| file.bytes).sum::<Option<u64>>().filter(|_| complete)
    }
}

/// Whether a path stays within the folder that it is joined to, on every system.
pub(super) fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', ':'])
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}
