//! The queue: the jobs as they are now, written through to the ledger, shared by the handle and the worker.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crossbeam_channel::Sender;
use film::{CancelToken, ShotOrder};

use crate::error::{EngineError, Failure};
use crate::event::{Bus, Event, Notice, PreviewOutcome};
use crate::job::{Job, JobId, JobProgress, JobSpec, JobState, TakeRequest};
use crate::ledger::{Ledger, StoredJob};
use crate::takes::{Shelf, Take, TakeKey};

/// One picture, as soon as possible.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewRequest {
    /// Counts up: a request makes all with a lower number stale.
    pub id: u64,
    /// The shot.
    pub order: ShotOrder,
    /// The name of the renderer.
    pub renderer: String,
    /// Which frame of the shot.
    pub frame: u32,
}

/// What the worker does next.
pub(crate) enum Task {
    Preview(Box<PreviewRequest>, CancelToken),
    Job(Assignment),
}

/// The job in hand.
pub(crate) struct Assignment {
    pub(crate) id: JobId,
    pub(crate) spec: Arc<JobSpec>,
    pub(crate) cancel: CancelToken,
}

struct Entry {
    job: Job,
    digest: String,
    /// What to render; let go when the job is settled for good.
    spec: Option<Arc<JobSpec>>,
    /// Somebody asked to put it aside while it runs: what it becomes when the worker lets go of it.
    pausing: Option<JobState>,
}

pub(crate) struct State {
    pub(crate) ledger: Ledger,
    /// Name and version of each renderer.
    pub(crate) renderers: BTreeMap<String, String>,
    /// Takes of the running job, or of the one that was done last: the current film.
    pub(crate) in_use: BTreeSet<TakeKey>,
    jobs: BTreeMap<JobId, Entry>,
    running: Option<CancelToken>,
    preview: Option<Box<PreviewRequest>>,
    previewing: Option<CancelToken>,
    newest_preview: Option<u64>,
    closing: bool,
    /// Other renderers may be there than those that were made last.
    stale: bool,
}

pub(crate) struct Shared {
    state: Mutex<State>,
    /// Some job came to another state, or the engine closes.
    changed: Condvar,
    pub(crate) bus: Bus,
    pub(crate) shelf: Shelf,
    /// Wakes the worker. It holds one ring: more would say nothing new.
    doorbell: Sender<()>,
    limit: usize,
}

impl Shared {
    pub(crate) fn new(
        ledger: Ledger,
        jobs: Vec<StoredJob>,
        shelf: Shelf,
        limit: usize,
        doorbell: Sender<()>,
    ) -> Self {
        let jobs = jobs
            .into_iter()
            .map(|stored| {
                let job = Job {
                    id: stored.id,
                    title: stored.title,
                    priority: stored.priority,
                    state: stored.state,
                    shots: stored.shots,
                    submitted: stored.submitted,
                    progress: None,
                    failure: stored.failure,
                    takes: Vec::new(),
                };
                (job.id, Entry { job, digest: stored.digest, spec: stored.spec, pausing: None })
            })
            .collect();
        let state = State {
            ledger,
            renderers: BTreeMap::new(),
            in_use: BTreeSet::new(),
            jobs,
            running: None,
            preview: None,
            previewing: None,
            newest_preview: None,
            closing: false,
            stale: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            bus: Bus::default(),
            shelf,
            doorbell,
            limit,
        }
    }

    /// Each change is a single assignment, so the state is sound even after a panic.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        // Full means that the worker has yet to answer an earlier ring.
        let _ = self.doorbell.try_send(());
    }

    /// Moves a job on: memory first, since the film must go on even on a full disk, then the ledger, then the listeners.
    fn move_on(&self, state: &mut State, id: JobId, next: JobState, failure: Option<Failure>) {
        let Some(entry) = state.jobs.get_mut(&id) else { return };
        debug_assert!(entry.job.state.may_become(next), "{} to {next}", entry.job.state);
        entry.job.state = next;
        entry.job.failure.clone_from(&failure);
        if next.is_settled() {
            entry.job.progress = None;
            if !matches!(next, JobState::Interrupted | JobState::Paused) {
                entry.spec = None;
            }
        }
        if let Err(error) = state.ledger.set_job(id, next, failure.as_ref()) {
            tracing::warn!(%error, job = id.get(), "the state of a job was not saved");
            self.bus.publish(&Event::Notice(Notice::QueueNotSaved(error.to_string())));
        }
        tracing::debug!(job = id.get(), state = next.word(), "job");
        self.bus.publish(&Event::Job { job: id, state: next, failure });
        self.changed.notify_all();
    }

    // What the handle asks for.

    pub(crate) fn submit(&self, spec: JobSpec) -> Result<JobId, EngineError> {
        if spec.takes.is_empty() {
            return Err(EngineError::Empty("the job has no takes"));
        }
        if spec.takes.iter().any(|take| take.frames.is_empty()) {
            return Err(EngineError::Empty("a take has no frames"));
        }
        let digest = digest(&spec.takes);
        let mut state = self.state();
        if state.closing {
            return Err(EngineError::Closed);
        }
        for take in &spec.takes {
            state.version_of(&take.renderer)?;
        }
        // The same film again after a crash is the same job.
        let interrupted = state
            .jobs
            .values()
            .find(|entry| {
                matches!(entry.job.state, JobState::Interrupted | JobState::Paused)
                    && entry.digest == digest
                    && entry.spec.is_some()
            })
            .map(|entry| entry.job.id);
        if let Some(id) = interrupted {
            self.move_on(&mut state, id, JobState::Queued, None);
            self.ring();
            return Ok(id);
        }
        if state.jobs.values().filter(|entry| entry.job.state == JobState::Queued).count() >= self.limit {
            return Err(EngineError::QueueFull { limit: self.limit });
        }
        let submitted = SystemTime::now();
        let id = state.ledger.insert_job(&spec, &digest, submitted)?;
        let job = Job {
            id,
            title: spec.title.clone(),
            priority: spec.priority,
            state: JobState::Queued,
            shots: u32::try_from(spec.takes.len()).unwrap_or(u32::MAX),
            submitted,
            progress: None,
            failure: None,
            takes: Vec::new(),
        };
        state.jobs.insert(id, Entry { job, digest, spec: Some(Arc::new(spec)), pausing: None });
        self.bus.publish(&Event::Job { job: id, state: JobState::Queued, failure: None });
        self.ring();
        Ok(id)
    }

    pub(crate) fn cancel(&self, id: JobId) -> Result<JobState, EngineError> {
        let mut state = self.state();
        match state.job(id)?.state {
            JobState::Queued | JobState::Interrupted | JobState::Paused => {
                self.move_on(&mut state, id, JobState::Cancelled, None);
            }
            JobState::Running => {
                self.move_on(&mut state, id, JobState::Cancelling, None);
                if let Some(cancel) = &state.running {
                    cancel.cancel();
                }
            }
            JobState::Cancelling | JobState::Done | JobState::Failed | JobState::Cancelled => {}
        }
        Ok(state.job(id)?.state)
    }

    pub(crate) fn resume(&self, id: JobId) -> Result<(), EngineError> {
        let mut state = self.state();
        if let Some(going) = state.jobs.get_mut(&id).and_then(|entry| entry.pausing.as_mut()) {
            // The worker has been told to stop and cannot be told otherwise; it takes the job up again.
            *going = JobState::Queued;
            return Ok(());
        }
        let job = state.job(id)?;
        let readable = state.jobs.get(&id).is_some_and(|entry| entry.spec.is_some());
        if !matches!(job.state, JobState::Interrupted | JobState::Paused) || !readable {
            return Err(EngineError::WrongState { job: id, state: job.state });
        }
        self.move_on(&mut state, id, JobState::Queued, None);
        self.ring();
        Ok(())
    }

    pub(crate) fn pause(&self, id: JobId) -> Result<JobState, EngineError> {
        let mut state = self.state();
        match state.job(id)?.state {
            JobState::Queued => self.move_on(&mut state, id, JobState::Paused, None),
            JobState::Running => {
                if let Some(entry) = state.jobs.get_mut(&id) {
                    entry.pausing = Some(JobState::Paused);
                }
                if let Some(cancel) = &state.running {
                    cancel.cancel();
                }
            }
            JobState::Paused => {}
            other => return Err(EngineError::WrongState { job: id, state: other }),
        }
        Ok(state.job(id)?.state)
    }

    pub(crate) fn spec(&self, id: JobId) -> Option<Arc<JobSpec>> {
        self.state().jobs.get(&id)?.spec.clone()
    }

    pub(crate) fn set_priority(&self, id: JobId, priority: i32) -> Result<(), EngineError> {
        let mut state = self.state();
        let job = state.job(id)?;
        if job.state != JobState::Queued {
            return Err(EngineError::WrongState { job: id, state: job.state });
        }
        state.ledger.set_priority(id, priority)?;
        if let Some(entry) = state.jobs.get_mut(&id) {
            entry.job.priority = priority;
        }
        Ok(())
    }

    pub(crate) fn jobs(&self) -> Vec<Job> {
        self.state().jobs.values().map(|entry| entry.job.clone()).collect()
    }

    pub(crate) fn wait(&self, id: JobId) -> Result<Job, EngineError> {
        let mut state = self.state();
        loop {
            let job = state.job(id)?;
            if job.state.is_settled() {
                return Ok(job.clone());
            }
            if state.closing {
                return Err(EngineError::Closed);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn preview(&self, request: PreviewRequest) -> Result<(), EngineError> {
        let mut state = self.state();
        if state.closing {
            return Err(EngineError::Closed);
        }
        state.version_of(&request.renderer)?;
        let stale = |id| Event::Preview { id, outcome: PreviewOutcome::Stale };
        if state.newest_preview.is_some_and(|newest| newest > request.id) {
            self.bus.publish(&stale(request.id));
            return Ok(());
        }
        state.newest_preview = Some(request.id);
        if let Some(waiting) = state.preview.replace(Box::new(request)) {
            self.bus.publish(&stale(waiting.id));
        }
        if let Some(old) = &state.previewing {
            old.cancel();
        }
        self.ring();
        Ok(())
    }

    /// Asks the worker to stop at the next frame. What runs stays in the ledger as running: the next start finds it just as
    /// after a crash, so that there is one way back.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closing = true;
        for token in [&state.running, &state.previewing].into_iter().flatten() {
            token.cancel();
        }
        drop(state);
        self.ring();
        self.changed.notify_all();
    }

    // What the worker asks for.

    /// Has the renderers made anew before the next task.
    pub(crate) fn renew(&self) {
        self.state().stale = true;
        self.ring();
    }

    /// Whether the renderers are to be made anew; asked once.
    pub(crate) fn take_stale(&self) -> bool {
        std::mem::take(&mut self.state().stale)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.state().closing
    }

    pub(crate) fn has_preview(&self) -> bool {
        self.state().preview.is_some()
    }

    /// The preview that waits; it is now the one being made.
    pub(crate) fn take_preview(&self) -> Option<(Box<PreviewRequest>, CancelToken)> {
        let mut state = self.state();
        if state.closing {
            return None;
        }
        let request = state.preview.take()?;
        let token = CancelToken::default();
        state.previewing = Some(token.clone());
        Some((request, token))
    }

    pub(crate) fn preview_ended(&self, id: u64, outcome: PreviewOutcome) {
        self.state().previewing = None;
        self.bus.publish(&Event::Preview { id, outcome });
    }

    /// The next thing to do: previews first, then the queued job of the highest priority, the oldest of equals.
    pub(crate) fn next_task(&self) -> Option<Task> {
        if let Some((request, token)) = self.take_preview() {
            return Some(Task::Preview(request, token));
        }
        let mut state = self.state();
        if state.closing {
            return None;
        }
        let (id, spec) = state
            .jobs
            .values()
            .filter(|entry| entry.job.state == JobState::Queued)
            .min_by_key(|entry| (std::cmp::Reverse(entry.job.priority), entry.job.id))
            .and_then(|entry| Some((entry.job.id, entry.spec.clone()?)))?;
        let cancel = CancelToken::default();
        state.running = Some(cancel.clone());
        if let Some(entry) = state.jobs.get_mut(&id) {
            entry.job.takes.clear();
        }
        self.move_on(&mut state, id, JobState::Running, None);
        Some(Task::Job(Assignment { id, spec, cancel }))
    }

    pub(crate) fn progressed(&self, id: JobId, progress: &JobProgress) {
        if let Some(entry) = self.state().jobs.get_mut(&id) {
            entry.job.progress = Some(progress.clone());
        }
    }

    pub(crate) fn took(&self, id: JobId, take: Take) {
        if let Some(entry) = self.state().jobs.get_mut(&id) {
            entry.job.takes.push(take);
        }
    }

    /// The worker has let go of the job.
    pub(crate) fn settle(&self, id: JobId, ending: Ending) {
        let mut state = self.state();
        state.running = None;
        let pausing = state.jobs.get_mut(&id).and_then(|entry| entry.pausing.take());
        let Ok(job) = state.job(id) else { return };
        let (next, failure) = match (ending, job.state) {
            (Ending::Done, _) => (JobState::Done, None),
            (Ending::Failed(failure), _) => (JobState::Failed, Some(failure)),
            (Ending::Stopped, JobState::Cancelling) => (JobState::Cancelled, None),
            (Ending::Stopped, _) => match pausing {
                Some(next) => (next, None),
                // The engine closes: see `close`.
                None => return,
            },
        };
        self.move_on(&mut state, id, next, failure);
    }
}

/// How the worker let go of a job.
pub(crate) enum Ending {
    Done,
    Failed(Failure),
    /// Because somebody asked.
    Stopped,
}

impl State {
    pub(crate) fn job(&self, id: JobId) -> Result<&Job, EngineError> {
        self.jobs.get(&id).map(|entry| &entry.job).ok_or(EngineError::NoSuchJob(id))
    }

    /// The version of a renderer, or the error that lists those there are.
    pub(crate) fn version_of(&self, renderer: &str) -> Result<&str, EngineError> {
        self.renderers.get(renderer).map(String::as_str).ok_or_else(|| EngineError::UnknownRenderer {
            name: renderer.to_owned(),
            known: self.renderers.keys().cloned().collect(),
        })
    }
}

fn digest(takes: &[TakeRequest]) -> String {
    let mut hasher = blake3::Hasher::new();
    for take in takes {
        hasher.update(TakeKey::new(take, "", "").as_str().as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
