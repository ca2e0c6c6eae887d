//! The models on the disk, for the page: what there is, and the work on their files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use film::{CancelToken, Hint as _, Watch};

use super::model::{Event, JobFailure, LicenceText, ModelInfo, Transfer, TransferKind};
use super::{Session, SessionError, Setup, Shared};
use crate::models::{Bytes, Hub, Installed, Manifest, ModelError, ModelState, Models, Source, machine_bytes};

/// How often progress is told at most.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// The folder of models, and what is being done there.
pub(super) struct Room {
    models: Models,
    work: Mutex<BTreeMap<String, Work>>,
    problems: Mutex<BTreeMap<String, JobFailure>>,
}

/// Work on the files of one model.
struct Work {
    kind: TransferKind,
    cancel: CancelToken,
    since: Instant,
    /// Bytes that were done when it began.
    first_bytes: Option<u64>,
    done_bytes: u64,
    total_bytes: u64,
    told: Option<Instant>,
}

impl Room {
    pub(super) fn new(setup: &Setup) -> Self {
        let models = setup.models.clone().map_or_else(Models::of_the_user, Models::new);
        Self { models, work: Mutex::default(), problems: Mutex::default() }
    }

    pub(super) fn models(&self) -> &Models {
        &self.models
    }

    fn work(&self) -> MutexGuard<'_, BTreeMap<String, Work>> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn problems(&self) -> MutexGuard<'_, BTreeMap<String, JobFailure>> {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All work stops; what was fetched is kept.
    pub(super) fn close(&self) {
        for work in self.work().values() {
            work.cancel.cancel();
        }
    }

    fn info(&self, manifest: &Manifest) -> ModelInfo {
        let mut info = ModelInfo::of(manifest, &self.models);
        info.transfer = self.work().get(&manifest.name).map(Work::transfer);
        info.problem = self.problems().get(&manifest.name).cloned();
        info
    }
}

impl Work {
    fn new(kind: TransferKind) -> Self {
        let cancel = CancelToken::default();
        let since = Instant::now();
        Self { kind, cancel, since, first_bytes: None, done_bytes: 0, total_bytes: 0, told: None }
    }

    fn transfer(&self) -> Transfer {
        let seconds = self.since.elapsed().as_secs_f64();
        let come = self.done_bytes.saturating_sub(self.first_bytes.unwrap_or(self.done_bytes));
        let bytes_per_sec = if seconds > 0.5 { come as f64 / seconds } else { 0.0 };
        let left = self.total_bytes.saturating_sub(self.done_bytes) as f64;
        Transfer {
            kind: self.kind,
            done_bytes: self.done_bytes,
            total_bytes: self.total_bytes,
            bytes_per_sec,
            left_secs: (bytes_per_sec > 0.0).then(|| left / bytes_per_sec),
            stopping: self.cancel.is_cancelled(),
        }
    }
}

impl ModelInfo {
    /// What is known of a model that can be installed.
    pub fn of(manifest: &Manifest, models: &Models) -> Self {
        let Installed { state, disk_bytes, total_bytes, .. } = models.installed(manifest);
        // This program computes on the processor, which multiplies numbers of 32 bits.
        let need = manifest.memory.iter().find(|need| need.precision == "f32");
        let need = need.or_else(|| manifest.memory.iter().min_by_key(|need| need.bytes));
        let memory_bytes = need.map_or(0, |need| need.bytes);
        let machine_bytes = machine_bytes();
        Self {
            name: manifest.name.clone(),
            label: manifest.title.clone(),
            detail: manifest.summary.clone(),
            maker: manifest.maker.clone(),
            page: Some(manifest.page.clone()),
            state,
            installed: state == ModelState::Installed,
            damaged: state == ModelState::Damaged,
            size_bytes: total_bytes.or(manifest.about_bytes).unwrap_or(0),
            size_known: total_bytes.is_some(),
            disk_bytes,
            licence: manifest.licence.id.clone(),
            licence_summary: manifest.licence.summary.clone(),
            licence_accepted: models.has_accepted(manifest),
            memory_bytes,
            needs: manifest.memory.clone(),
            machine_bytes,
            fits: memory_bytes <= machine_bytes,
            capabilities: manifest.capabilities.clone(),
            transfer: None,
            problem: None,
        }
    }

    /// How big it is, as people read it: `about 19.0 GB`.
    pub fn size(&self) -> String {
        match (self.size_bytes, self.size_known) {
            (0, _) => "of a size that is known once it is pulled".into(),
            (bytes, true) => Bytes(bytes).to_string(),
            (bytes, false) => format!("about {}", Bytes(bytes)),
        }
    }

    /// One that is part of the program, whose loading has checked it.
    fn built_in(
        name: &str,
        label: &str,
        size_bytes: u64,
        memory_bytes: u64,
        licence: &str,
        detail: &str,
    ) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            detail: detail.into(),
            maker: String::new(),
            page: None,
            state: ModelState::BuiltIn,
            installed: true,
            damaged: false,
            size_bytes,
            size_known: true,
            disk_bytes: size_bytes,
            licence: licence.into(),
            licence_summary: String::new(),
            licence_accepted: true,
            memory_bytes,
            needs: Vec::new(),
            machine_bytes: machine_bytes(),
            fits: true,
            capabilities: Vec::new(),
            transfer: None,
            problem: None,
        }
    }

    fn all_built_in() -> Vec<Self> {
        vec![
            Self::built_in(
                "en_sm_tag_parse",
                "English reader",
                4 << 20,
                12 << 20,
                "MIT",
                "Reads scripts: parts of speech and sentence trees. Part of the program.",
            ),
            Self::built_in(
                "all-minilm-l6-v2",
                "Meaning of words",
                12 << 20,
                60 << 20,
                "Apache-2.0",
                "Finds the nearest thing to a word that no table lists. Part of the program.",
            ),
        ]
    }
}

impl Session {
    /// The models that can be installed, then those that are part of the program.
    pub fn models(&self) -> Vec<ModelInfo> {
        let room = &self.shared.room;
        let mut models: Vec<_> = room.models.manifests().iter().map(|manifest| room.info(manifest)).collect();
        models.extend(ModelInfo::all_built_in());
        models
    }

    /// The licence of a model that can be installed.
    ///
    /// # Errors
    /// [`SessionError::Model`].
    pub fn model_licence(&self, name: &str) -> Result<LicenceText, SessionError> {
        let licence = self.shared.room.models.manifest(name)?.licence;
        let text = licence.text().to_owned();
        Ok(LicenceText { id: licence.id, summary: licence.summary, text })
    }

    /// Begins to install a model, or goes on with it; [`Event::Model`] tells how far it is.
    ///
    /// # Errors
    /// [`SessionError::Model`] where there is no such model, its licence was not accepted, or its files are in hand already.
    pub fn pull_model(
        &self,
        name: &str,
        accept_licence: bool,
        from: Option<PathBuf>,
    ) -> Result<ModelInfo, SessionError> {
        let models = &self.shared.room.models;
        let manifest = models.manifest(name)?;
        if !accept_licence && !models.has_accepted(&manifest) {
            let licence = manifest.licence.id;
            return Err(ModelError::Licence { name: name.to_owned(), licence }.into());
        }
        let source = from.map_or(Source::Hub, Source::Folder);
        self.work_on(manifest, TransferKind::Pull, move |models, name, watch| {
            models.pull(name, &source, &Hub::from_env(), true, watch).map(drop)
        })
    }

    /// Reads a model's files and compares them with what was published.
    ///
    /// # Errors
    /// [`SessionError::Model`] where there is no such model, it is not installed, or its files are in hand already.
    pub fn verify_model(&self, name: &str) -> Result<ModelInfo, SessionError> {
        let models = &self.shared.room.models;
        let manifest = models.manifest(name)?;
        if !matches!(models.installed(&manifest).state, ModelState::Installed | ModelState::Damaged) {
            return Err(ModelError::Absent(name.to_owned()).into());
        }
        self.work_on(manifest, TransferKind::Verify, |models, name, watch| {
            let what = models.verify(name, watch)?.damaged;
            let name = name.to_owned();
            if what.is_empty() { Ok(()) } else { Err(ModelError::Damaged { name, what }) }
        })
    }

    /// Stops the work on a model's files; what was fetched is kept.
    ///
    /// # Errors
    /// [`SessionError::Model`] where there is no such model.
    pub fn pause_model(&self, name: &str) -> Result<ModelInfo, SessionError> {
        let room = &self.shared.room;
        let manifest = room.models.manifest(name)?;
        if let Some(work) = room.work().get(name) {
            work.cancel.cancel();
        }
        Ok(self.shared.tell_model(&manifest))
    }

    /// Removes a model's files.
    ///
    /// # Errors
    /// [`SessionError::Model`] where there is no such model, nothing of it is here, or its files are in hand.
    pub fn remove_model(&self, name: &str) -> Result<ModelInfo, SessionError> {
        let room = &self.shared.room;
        let manifest = room.models.manifest(name)?;
        if room.work().contains_key(name) {
            return Err(ModelError::Busy(name.to_owned()).into());
        }
        room.models.remove(name)?;
        room.problems().remove(name);
        self.shared.renew_renderers();
        Ok(self.shared.tell_model(&manifest))
    }

    /// Works on a model's files on a thread of their own.
    fn work_on(
        &self,
        manifest: Manifest,
        kind: TransferKind,
        work: impl FnOnce(&Models, &str, &Watch) -> Result<(), ModelError> + Send + 'static,
    ) -> Result<ModelInfo, SessionError> {
        let room = &self.shared.room;
        let name = manifest.name.clone();
        let cancel = {
            let mut works = room.work();
            if works.contains_key(&name) {
                return Err(ModelError::Busy(name).into());
            }
            let work = Work::new(kind);
            let cancel = work.cancel.clone();
            works.insert(name.clone(), work);
            cancel
        };
        room.problems().remove(&name);
        let info = self.shared.tell_model(&manifest);
        let shared = self.shared.clone();
        let started = thread::Builder::new().name("mutoscope-model".into()).spawn(move || {
            let (teller, told) = (shared.clone(), manifest.clone());
            let watch = Watch::new(cancel, move |progress| {
                teller.model_progress(&told, progress.done, progress.total);
            });
            let result = work(&shared.room.models, &manifest.name, &watch);
            drop(watch);
            shared.room.work().remove(&manifest.name);
            match result {
                Ok(()) => shared.renew_renderers(),
                Err(ModelError::Cancelled(_)) => {}
                Err(error) => {
                    let problem = JobFailure { message: error.to_string(), hint: error.hint() };
                    shared.room.problems().insert(manifest.name.clone(), problem);
                }
            }
            shared.tell_model(&manifest);
        });
        if let Err(error) = started {
            room.work().remove(&name);
            return Err(SessionError::Thread(error));
        }
        Ok(info)
    }
}

impl Shared {
    /// The engine looks again which models there are, as soon as it has nothing in hand.
    fn renew_renderers(&self) {
        if let Some(engine) = self.desk().open.as_ref().and_then(|open| open.engine.clone()) {
            engine.renew_renderers();
        }
    }

    fn tell_model(self: &Arc<Self>, manifest: &Manifest) -> ModelInfo {
        let info = self.room.info(manifest);
        self.events.push(Event::Model { model: Box::new(info.clone()) });
        info
    }

    fn model_progress(self: &Arc<Self>, manifest: &Manifest, done: u64, total: u64) {
        if let Some(work) = self.room.work().get_mut(&manifest.name) {
            work.first_bytes.get_or_insert(done);
            (work.done_bytes, work.total_bytes) = (done, total);
            if work.told.is_some_and(|told| told.elapsed() < TELL_EVERY) {
                return;
            }
            work.told = Some(Instant::now());
        }
        self.tell_model(manifest);
    }
}
