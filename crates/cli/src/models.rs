//! `mutoscope models`: what is installed, and the questions that come before a download.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use film::Watch;
use serde_json::json;
use studio::StudioError;
use studio::models::{Bytes, Hub, Manifest, ModelError, ModelState, Models, Source};
use studio::session::model::ModelInfo;

use crate::args::{ModelsCommand, Pull, Voice};
use crate::interrupt::Interrupt;
use crate::progress::Bars;
use crate::{Stop, print};

pub(crate) fn run(command: &ModelsCommand, voice: Voice) -> Result<(), Stop> {
    let models = Models::of_the_user();
    match command {
        ModelsCommand::List => list(&models, voice),
        ModelsCommand::Pull(pull) => install(&models, pull, voice),
        ModelsCommand::Verify { name } => {
            let verdict = watched(name, voice, |watch| models.verify(name, watch))?;
            if voice.json {
                let (files, bytes, damaged) = (verdict.files, verdict.bytes, &verdict.damaged);
                print(&format!(
                    "{:#}\n",
                    json!({ "name": name, "files": files, "bytes": bytes, "damaged": damaged })
                ))?;
            }
            if !verdict.damaged.is_empty() {
                let (name, what) = (name.clone(), verdict.damaged);
                return Err(failed(ModelError::Damaged { name, what }));
            }
            if voice.json {
                return Ok(());
            }
            print(&format!("{name}: {} files, {}, all as published\n", verdict.files, Bytes(verdict.bytes)))
        }
        ModelsCommand::Remove { name } => {
            let freed = models.remove(name).map_err(failed)?;
            print(&if voice.json {
                format!("{:#}\n", json!({ "name": name, "freed_bytes": freed }))
            } else {
                format!("{name} is removed, {} are free again\n", Bytes(freed))
            })
        }
    }
}

fn failed(error: ModelError) -> Stop {
    StudioError::from(error).into()
}

fn list(models: &Models, voice: Voice) -> Result<(), Stop> {
    let infos: Vec<ModelInfo> =
        models.manifests().iter().map(|manifest| ModelInfo::of(manifest, models)).collect();
    if voice.json {
        let folder = models.folder().display().to_string();
        return print(&format!("{:#}\n", json!({ "folder": folder, "models": infos })));
    }
    let mut text = String::new();
    for info in &infos {
        let state = match info.state {
            ModelState::Absent => "not installed".to_owned(),
            ModelState::Partial => format!("{} here; pull it to go on", Bytes(info.disk_bytes)),
            ModelState::Installed | ModelState::BuiltIn => "installed".to_owned(),
            ModelState::Damaged => "damaged; pull it to mend it".to_owned(),
        };
        let needs: Vec<String> =
            info.needs.iter().map(|need| format!("{} in {}", Bytes(need.bytes), need.precision)).collect();
        text.extend([format!(
            "{}  {}\n    {}\n    {}, {}, {state}\n    memory: {}\n",
            info.name,
            info.label,
            info.detail,
            info.size(),
            info.licence,
            needs.join(", "),
        )]);
    }
    print(&format!("{text}\nkept in {}\n", models.folder().display()))
}

fn install(models: &Models, pull: &Pull, voice: Voice) -> Result<(), Stop> {
    let manifest = models.manifest(&pull.name).map_err(failed)?;
    let accepted = pull.accept_licence || models.has_accepted(&manifest) || accepts(&manifest, models);
    let source = pull.from.clone().map_or(Source::Hub, Source::Folder);
    let hub = Hub::from_env();
    let installed =
        watched(&pull.name, voice, |watch| models.pull(&pull.name, &source, &hub, accepted, watch))?;
    let folder = models.folder().join(&pull.name).display().to_string();
    print(&if voice.json {
        let (bytes, revision) = (installed.disk_bytes, installed.revision);
        let said = json!({
            "name": pull.name, "state": installed.state, "folder": folder, "bytes": bytes, "revision": revision,
        });
        format!("{said:#}\n")
    } else {
        format!("{folder}\n")
    })
}

/// Shows the licence and asks for consent, where somebody can answer.
fn accepts(manifest: &Manifest, models: &Models) -> bool {
    let info = ModelInfo::of(manifest, models);
    let mut err = io::stderr();
    let mut say = |text: &str| {
        // Nobody may be listening any more; then nobody consents either.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    };
    say(&format!(
        "{}\n\n{} by {} is {} under the licence {} above.\n{}\n{}\n",
        manifest.licence.text().trim_end(),
        manifest.title,
        manifest.maker,
        info.size(),
        manifest.licence.id,
        manifest.licence.summary,
        manifest.page,
    ));
    if !io::stdin().is_terminal() {
        return false;
    }
    say("Do you accept it? [y/N] ");
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// Runs work on a model's files with a progress bar, and with Ctrl-C asking it to stop.
fn watched<T>(
    name: &str,
    voice: Voice,
    work: impl FnOnce(&Watch) -> Result<T, ModelError>,
) -> Result<T, Stop> {
    // What was fetched stays for the next time.
    let interrupt = Interrupt::listen(|| ());
    let bars = Arc::new(Mutex::new(Bars::new(voice.quiet)));
    let (shown, called) = (bars.clone(), name.to_owned());
    let watch = Watch::new(interrupt.token(), move |progress| {
        shown.lock().unwrap_or_else(PoisonError::into_inner).transfer(&called, progress.done, progress.total);
    });
    let result = work(&watch);
    bars.lock().unwrap_or_else(PoisonError::into_inner).clear();
    result.map_err(failed)
}
