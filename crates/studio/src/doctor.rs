//! What works on this machine, what is missing, and what to do about it.

use std::fmt;

use film::Hint as _;
use serde_json::{Value, json};

use crate::models::{ModelState, Models};

/// The findings.
#[derive(Debug, Clone)]
pub struct Doctor {
    /// Graphics devices that the stage can use, the one it would take first.
    devices: Vec<stage::DeviceInfo>,
    ffmpeg: media::Doctor,
    threads: usize,
    /// Models that can be installed, and whether they are.
    models: Vec<(String, ModelState)>,
    problems: Vec<Problem>,
}

#[derive(Debug, Clone)]
struct Problem {
    what: String,
    hint: String,
}

/// Looks at graphics devices, FFmpeg and processors.
pub fn doctor() -> Doctor {
    let devices = stage::Stage::devices();
    let ffmpeg = media::doctor();
    let mut problems: Vec<Problem> = ffmpeg
        .problems
        .iter()
        .map(|(what, hint)| Problem { what: what.clone(), hint: hint.clone() })
        .collect();
    if devices.is_empty() {
        let error = stage::StageError::NoDevice;
        problems.insert(0, Problem { what: error.to_string(), hint: error.hint().unwrap_or_default() });
    }
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let models = Models::of_the_user();
    let models = models.manifests().into_iter().map(|manifest| {
        let state = models.installed(&manifest).state;
        (manifest.name, state)
    });
    Doctor { devices, ffmpeg, threads, models: models.collect(), problems }
}

impl Doctor {
    /// Whether a film can be made here.
    pub fn is_healthy(&self) -> bool {
        !self.devices.is_empty() && self.ffmpeg.film_encoder.is_some()
    }

    /// The findings for programs.
    pub fn to_json(&self) -> Value {
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "healthy": self.is_healthy(),
            "devices": self.devices.iter().map(|device| json!({
                "name": device.name,
                "backend": device.backend,
                "kind": device.kind,
                "driver": device.driver,
            })).collect::<Vec<_>>(),
            "ffmpeg": {
                "version": self.ffmpeg.libraries.join(", "),
                "film_encoder": self.ffmpeg.film_encoder,
                "encoders": self.ffmpeg.encoders.iter().map(|(name, present)| json!({
                    "name": name,
                    "present": present,
                })).collect::<Vec<_>>(),
            },
            "renderers": crate::RENDERERS,
            "models": self.models.iter().map(|(name, state)| json!({
                "name": name,
                "state": state,
            })).collect::<Vec<_>>(),
            "models_on": neural::device::description(),
            "threads": self.threads,
            "problems": self.problems.iter().map(|problem| json!({
                "what": problem.what,
                "hint": problem.hint,
            })).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Doctor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Mutoscope {}", env!("CARGO_PKG_VERSION"))?;
        writeln!(f, "\nGraphics devices")?;
        for (index, device) in self.devices.iter().enumerate() {
            let used = if index == 0 { "*" } else { " " };
            writeln!(f, "  {used} {} ({}, {}, {})", device.name, device.kind, device.backend, device.driver)?;
        }
        if self.devices.is_empty() {
            writeln!(f, "    none")?;
        }
        writeln!(f, "\nFFmpeg\n    {}", self.ffmpeg.libraries.join(", "))?;
        for (name, present) in &self.ffmpeg.encoders {
            let used = if self.ffmpeg.film_encoder.as_ref() == Some(name) { "*" } else { " " };
            writeln!(f, "  {used} {name}: {}", if *present { "present" } else { "missing" })?;
        }
        writeln!(f, "\nProcessor\n    {} threads", self.threads)?;
        writeln!(f, "\nModels (none is needed; computed on {})", neural::device::description())?;
        for (name, state) in &self.models {
            let state = match state {
                ModelState::Installed | ModelState::BuiltIn => "installed",
                ModelState::Partial => "partly downloaded",
                ModelState::Damaged => "damaged",
                ModelState::Absent => "not installed",
            };
            writeln!(f, "    {name}: {state}")?;
        }
        if !self.problems.is_empty() {
            writeln!(f, "\nMissing")?;
        }
        for problem in &self.problems {
            writeln!(f, "    {}\n      hint: {}", problem.what, problem.hint)?;
        }
        writeln!(
            f,
            "\n{}",
            if self.is_healthy() { "Films can be made here." } else { "Films cannot be made here yet." }
        )
    }
}
