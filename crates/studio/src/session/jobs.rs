//! Takes and films in the making: asking for them, following them, putting them aside.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use engine::{Engine, JobSpec, Phase, Subscription, TakeKey, TakeOutcome, TakeRequest};
use film::{Id, Quality, ShotOrder};

use super::edits::shot_name;
use super::export::Export;
use super::model::{Event, Job, JobFailure, JobKind, JobState};
use super::takebook::rank;
use super::views::ShotView;
use super::{Open, Session, SessionError, Shared};
use crate::{StudioError, check_renderer, film_job};

/// How often progress is told at most.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Settled jobs that are presented.
const SHOWN_SETTLED: usize = 50;

/// A small rough picture of what a video model is about to make.
pub(super) struct Sketch {
    number: u32,
    jpeg: Arc<[u8]>,
}

impl Session {
    /// Renders takes of shots, one job each; with none named, of all that have no take of this quality or better as they
    /// stand. Returns the jobs.
    ///
    /// # Errors
    /// [`SessionError::NoSuchShot`], [`SessionError::NotReady`], [`SessionError::Engine`].
    pub fn render(
        &self,
        shots: Option<&[Id]>,
        quality: Quality,
        renderer: Option<&str>,
    ) -> Result<Vec<String>, SessionError> {
        if let Some(renderer) = renderer {
            check_renderer(renderer, self.shared.room.models())?;
        }
        let mut desk = self.shared.desk();
        let open = desk.open.as_mut().ok_or(SessionError::NoProject)?;
        let engine = open.ready()?;
        let wanted: Vec<Arc<ShotView>> = match shots {
            Some(ids) => ids.iter().map(|id| open.shot(id).cloned()).collect::<Result<_, _>>()?,
            None => open.shots.iter().filter(|shot| open.lacks(shot, quality)).cloned().collect(),
        };
        let mut jobs = Vec::new();
        for shot in wanted {
            let mut request = shot.request(quality);
            if let Some(renderer) = renderer {
                renderer.clone_into(&mut request.renderer);
            }
            check_renderer(&request.renderer, self.shared.room.models())?;
            let name = shot_name(open.project.board(), &shot.id).unwrap_or_default();
            let spec = JobSpec::new(name, vec![request]);
            // Before it is submitted there is no number; the listener needs the lock to see it.
            let id = engine.submit(spec.clone())?;
            open.specs.insert(id, Arc::new(spec));
            jobs.push(take_id(id));
        }
        Ok(jobs)
    }

    /// Asks a job to stop; finished takes are kept.
    ///
    /// # Errors
    /// [`SessionError::NoSuchJob`].
    pub fn cancel_job(&self, id: &str) -> Result<(), SessionError> {
        self.with_job(id, |engine, job| engine.cancel(job).map(drop), Export::stop)
    }

    /// Puts a job aside: it stops at the next frame and keeps what is done.
    ///
    /// # Errors
    /// [`SessionError::NoSuchJob`], [`SessionError::Engine`] when it is over.
    pub fn pause_job(&self, id: &str) -> Result<(), SessionError> {
        self.with_job(id, |engine, job| engine.pause(job).map(drop), Export::pause)
    }

    /// Goes on with a job that was paused or interrupted.
    ///
    /// # Errors
    /// [`SessionError::NoSuchJob`], [`SessionError::Engine`] when it is neither.
    pub fn resume_job(&self, id: &str) -> Result<(), SessionError> {
        self.with_job(id, Engine::resume, Export::resume)
    }

    /// Moves a waiting job: higher numbers go first.
    ///
    /// # Errors
    /// [`SessionError::NoSuchJob`], [`SessionError::Engine`] when it does not wait.
    pub fn set_job_priority(&self, id: &str, priority: i32) -> Result<(), SessionError> {
        self.with_job(id, |engine, job| engine.set_priority(job, priority), |_, _| ())
    }

    /// Brings waiting jobs into this order; jobs that do not wait are passed over.
    ///
    /// # Errors
    /// [`SessionError::NotReady`].
    pub fn order_jobs(&self, ids: &[String]) -> Result<(), SessionError> {
        let desk = self.shared.desk();
        let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
        let engine = open.ready()?;
        let waiting = engine.jobs();
        let waiting = waiting.iter().filter(|job| job.state == engine::JobState::Queued);
        let known: Vec<_> = waiting.map(|job| (take_id(job.id), job.id)).collect();
        for (rank, name) in (1..).zip(ids.iter().rev()) {
            if let Some((_, id)) = known.iter().find(|(known, _)| known == name) {
                engine.set_priority(*id, rank)?;
            }
        }
        for (_, id) in known {
            self.shared.tell_job(open, id);
        }
        Ok(())
    }

    /// The newest sketch of a job as JPEG, in the size of the model's latents; `None` when there is none, or none any more.
    ///
    /// # Errors
    /// [`SessionError::NoProject`], [`SessionError::NoSuchJob`].
    pub fn sketch(&self, id: &str) -> Result<Option<Arc<[u8]>>, SessionError> {
        let desk = self.shared.desk();
        let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
        let meant = |job: engine::JobId| {
            take_id(job) == id || open.exports.values().any(|film| film.id() == id && film.renders(job))
        };
        match open.sketches.iter().find(|(job, _)| meant(**job)) {
            Some((_, sketch)) => Ok(Some(sketch.jpeg.clone())),
            None if open.jobs().iter().any(|job| job.id == id) => Ok(None),
            None => Err(SessionError::NoSuchJob(id.to_owned())),
        }
    }

    fn with_job(
        &self,
        id: &str,
        take: impl FnOnce(&engine::Engine, engine::JobId) -> Result<(), engine::EngineError>,
        export: impl FnOnce(&super::Export, &engine::Engine),
    ) -> Result<(), SessionError> {
        let desk = self.shared.desk();
        let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
        let engine = open.ready()?;
        if let Some(film) = open.exports.values().find(|film| film.id() == id) {
            export(film, &engine);
            self.shared.events.push(Event::Job { job: Box::new(film.job()) });
            return Ok(());
        }
        let job = engine.jobs().into_iter().find(|job| take_id(job.id) == id);
        let job = job.ok_or_else(|| SessionError::NoSuchJob(id.to_owned()))?;
        take(&engine, job.id)?;
        self.shared.tell_job(open, job.id);
        Ok(())
    }

    // Takes.

    /// Marks a take, or takes the mark away. A marked take is never deleted to make room.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`].
    pub fn star_take(&self, key: &str, starred: bool) -> Result<(), SessionError> {
        self.with_takes(key, |open| open.takes.star(key, starred))
    }

    /// Removes a take and its file.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`], [`SessionError::Project`] when the file cannot be removed.
    pub fn remove_take(&self, key: &str) -> Result<(), SessionError> {
        self.with_takes(key, |open| open.takes.remove(key))
    }

    fn with_takes(
        &self,
        key: &str,
        work: impl FnOnce(&mut Open) -> Result<Option<Id>, crate::ProjectError>,
    ) -> Result<(), SessionError> {
        let mut desk = self.shared.desk();
        let open = desk.open.as_mut().ok_or(SessionError::NoProject)?;
        let shot = work(open)?.ok_or_else(|| SessionError::NoSuchTake(key.to_owned()))?;
        self.shared.takes_changed(open, &shot);
        Ok(())
    }

    /// What makes the take again: its order, as JSON.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`].
    pub fn recipe(&self, key: &str) -> Result<serde_json::Value, SessionError> {
        let desk = self.shared.desk();
        let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
        let record = open.takes.find(key).ok_or_else(|| SessionError::NoSuchTake(key.to_owned()))?;
        Ok(serde_json::json!({
            "key": record.key,
            "renderer": record.renderer,
            "frames": record.frames,
            "order": record.order,
        }))
    }
}

/// The name of a job of the engine.
pub(super) fn take_id(id: engine::JobId) -> String {
    format!("t{id}")
}

impl ShotView {
    /// The take of the whole shot, with the frames that the next shot's transition needs.
    fn request(&self, quality: Quality) -> TakeRequest {
        let order = ShotOrder { quality, ..self.order.clone() };
        TakeRequest { frames: 0..self.frames + self.handle, ..TakeRequest::whole(order) }
    }
}

impl Open {
    pub(super) fn ready(&self) -> Result<Arc<engine::Engine>, SessionError> {
        self.engine.clone().ok_or_else(|| SessionError::NotReady(self.lost.clone()))
    }

    /// Whether a shot has no take of this quality or better that shows it as it stands.
    fn lacks(&self, shot: &ShotView, quality: Quality) -> bool {
        let infos = self.take_infos(shot);
        !infos.iter().any(|take| take.shown && take.current && rank(take.quality) >= rank(quality))
    }

    /// Whether takes are rendered or a film is made.
    pub(super) fn is_busy(&self) -> bool {
        self.running().is_some()
    }

    pub(super) fn running(&self) -> Option<Job> {
        let exports = self.exports.values().map(|export| export.job()).find(|job| job.state.is_active());
        exports.or_else(|| {
            let engine = self.engine.as_ref()?;
            let jobs = engine.jobs();
            jobs.into_iter().map(|job| self.take_job(&job)).find(|job| job.state.is_active())
        })
    }

    /// All jobs that are presented, oldest first: those that wait or work, and the settled ones of this sitting.
    pub(super) fn jobs(&self) -> Vec<Job> {
        let mut jobs: Vec<Job> = Vec::new();
        if let Some(engine) = &self.engine {
            let ours = |job: &engine::Job| !self.exports.values().any(|export| export.renders(job.id));
            let seen = |job: &engine::Job| !job.state.is_settled() || self.specs.contains_key(&job.id);
            jobs.extend(
                engine.jobs().iter().filter(|job| ours(job) && seen(job)).map(|job| self.take_job(job)),
            );
        }
        jobs.extend(self.exports.values().map(|export| export.job()));
        let settled = jobs.iter().filter(|job| !job.state.is_active()).count();
        let mut old = settled.saturating_sub(SHOWN_SETTLED);
        jobs.retain(|job| {
            let goes =
                old > 0 && matches!(job.state, JobState::Done | JobState::Failed | JobState::Cancelled);
            old -= usize::from(goes);
            !goes
        });
        jobs
    }

    fn take_job(&self, job: &engine::Job) -> Job {
        let spec = self.specs.get(&job.id);
        let total: u64 = spec.map_or(0, |spec| spec.takes.iter().map(|take| take.frames.len() as u64).sum());
        let shot = spec.and_then(|spec| Some(spec.takes.first()?.order.shot.id.clone()));
        let failure = job.failure.clone();
        let done = if job.state == engine::JobState::Done { total } else { 0 };
        let mut said = Job {
            id: take_id(job.id),
            title: job.title.clone(),
            state: job.state.into(),
            kind: JobKind::Take,
            shot,
            frame: done as u32,
            frames: total as u32,
            frames_done: done,
            frames_total: total,
            elapsed_secs: 0.0,
            left_secs: None,
            failure: failure.map(|f| JobFailure { message: f.message, hint: f.hint }),
            path: None,
            priority: job.priority,
            sketch: self.sketches.get(&job.id).map(|sketch| sketch.number),
            note: None,
        };
        if let Some(progress) = &job.progress {
            said.shot = Some(progress.shot.clone());
            said.frame = progress.frame;
            said.frames = progress.frames;
            said.frames_done = progress.frames_done;
            said.frames_total = progress.frames_total;
            said.elapsed_secs = progress.elapsed.as_secs_f64();
            said.left_secs = progress.left.map(|left| left.as_secs_f64());
            said.note = progress.note.as_deref().map(Into::into);
        }
        said
    }
}

impl Shared {
    pub(super) fn tell_engine(&self) {
        let info = self.desk().open.as_ref().map(Open::engine_info);
        if let Some(engine) = info {
            self.events.push(Event::Engine { engine });
        }
    }

    fn tell_job(&self, open: &Open, id: engine::JobId) {
        if open.exports.values().any(|export| export.renders(id)) {
            return;
        }
        if let Some(Ok(job)) = open.engine.as_ref().map(|engine| engine.job(id)) {
            self.events.push(Event::Job { job: Box::new(open.take_job(&job)) });
        }
    }

    /// The list of takes of a shot changed: tell it, keep what is in use, and let the previews know.
    pub(super) fn takes_changed(&self, open: &Open, shot: &Id) {
        if let Ok(view) = open.shot(shot) {
            let takes = open.take_infos(view);
            self.events.push(Event::Takes { shot: shot.clone(), takes });
        }
        let mut keys: Vec<TakeKey> = open.takes.starred().filter_map(TakeKey::parse).collect();
        keys.extend(open.shots.iter().filter_map(|shot| TakeKey::parse(&open.shown_take(shot)?.0)));
        if let Some(Err(error)) = open.engine.as_ref().map(|engine| engine.pin(&keys)) {
            tracing::warn!(%error, "the takes in use were not marked as such");
        }
        self.previews.stir();
    }
}

/// Hears the engine until it closes.
pub(super) fn listen(shared: &Shared, sitting: u64, events: &Subscription) {
    for event in events.iter() {
        match event {
            engine::Event::Preview { id, outcome } => shared.previews.deliver(id, outcome),
            engine::Event::Notice(notice) => {
                shared.events.push(Event::Notice { text: film_job::sentence(&notice), hint: None });
            }
            engine::Event::Job { job, state, .. } => {
                let mut desk = shared.desk();
                if desk.sitting != sitting {
                    return;
                }
                let Some(open) = &mut desk.open else { return };
                if !open.specs.contains_key(&job)
                    && let Some(spec) = open.engine.as_ref().and_then(|engine| engine.spec(job))
                {
                    open.specs.insert(job, spec);
                }
                shared.tell_job(open, job);
                let info = open.engine_info();
                drop(desk);
                shared.events.push(Event::Engine { engine: info });
                if state.is_settled() {
                    shared.previews.stir();
                }
            }
            engine::Event::Shot { job, phase: Phase::Sketch(frame), .. } => {
                // Before the desk is taken: others wait for it.
                let jpeg = match media::encode_jpeg(&frame, frame.height) {
                    Ok(jpeg) => jpeg.into(),
                    Err(error) => {
                        tracing::warn!(%error, "a sketch is not shown");
                        continue;
                    }
                };
                let mut desk = shared.desk();
                if desk.sitting != sitting {
                    return;
                }
                let Some(open) = &mut desk.open else { return };
                shared.sketched(open, job, Some(jpeg));
            }
            engine::Event::Shot { job, index, phase, .. } => {
                let mut desk = shared.desk();
                if desk.sitting != sitting {
                    return;
                }
                let Some(open) = &mut desk.open else { return };
                match phase {
                    Phase::Report(_) => {
                        let told = open.told.get(&job).is_some_and(|at| at.elapsed() < TELL_EVERY);
                        if !told {
                            open.told.insert(job, Instant::now());
                            shared.tell_job(open, job);
                        }
                    }
                    Phase::End(outcome) => {
                        shared.sketched(open, job, None);
                        if matches!(outcome, TakeOutcome::Rendered | TakeOutcome::Cached) {
                            shared.list_take(open, job, index as usize);
                        }
                    }
                    Phase::Begin { .. } | Phase::Sketch(_) => {}
                }
            }
        }
    }
}

impl Shared {
    /// A job has another sketch, or none any more.
    fn sketched(&self, open: &mut Open, job: engine::JobId, jpeg: Option<Arc<[u8]>>) {
        let number = if let Some(jpeg) = jpeg {
            open.last_sketch += 1;
            open.sketches.insert(job, Sketch { number: open.last_sketch, jpeg });
            Some(open.last_sketch)
        } else {
            if open.sketches.remove(&job).is_none() {
                return;
            }
            None
        };
        match open.exports.values().find(|export| export.renders(job)) {
            Some(export) => export.sketched(self, number),
            None => self.tell_job(open, job),
        }
    }

    /// Puts a finished take on the list of its shot.
    fn list_take(&self, open: &mut Open, job: engine::JobId, index: usize) {
        let Some(engine) = open.engine.clone() else { return };
        let Some(request) = open.specs.get(&job).and_then(|spec| spec.takes.get(index)).cloned() else {
            return;
        };
        // Parts of shots serve one export only.
        if request.frames.start != 0 || request.frames.end < request.order.frame_count() {
            return;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let listed = match engine.cached(&request) {
            Ok(Some(take)) => open.takes.add(&request, &take, now).map_err(StudioError::from),
            Ok(None) => return,
            Err(error) => Err(error.into()),
        };
        match listed {
            Ok(true) => self.takes_changed(open, &request.order.shot.id),
            Ok(false) => {}
            Err(error) => {
                let text = format!("a take was rendered but not listed: {error}");
                self.events.push(Event::Notice { text, hint: film::Hint::hint(&error) });
            }
        }
    }
}
