//! The engine: one worker thread that owns the renderers, fed by a durable queue.
//!
//! # Concepts
//!
//! - A *job* ([`JobSpec`]) asks for *takes*: frames of a shot, by a named renderer. It goes from queued to running, perhaps
//!   to cancelling, and ends done, failed or cancelled ([`JobState`]).
//! - A *take* ([`Take`]) is a finished file. Its name is the hash of everything that decides its pictures ([`TakeKey`]), so
//!   what was rendered once is found again: an edit of one shot renders one shot.
//! - The *worker*, a thread called `mutoscope-engine`, owns the renderers ([`Renderers`]). They are made on it by a factory,
//!   and made again after one has panicked. How a take's file is written is the business of a [`TakeStore`].
//! - *Events* ([`Event`]) go to any number of [`Subscription`]s. *Previews* ([`PreviewRequest`]) are single pictures that go
//!   before the films; a newer one makes an older one stale.
//!
//! # What survives
//!
//! The process may be killed at any instant. A take is written aside, synced, renamed, and only then listed; the queue is in
//! a write-ahead log. The next [`Engine::start`] removes unfinished files, forgets takes whose files are gone, lists finished
//! files that were not listed, puts a damaged queue aside, and continues or holds the jobs left over ([`Leftovers`]).
//! Closing the engine is no different from being killed, only tidier.
//!
//! *Invariants:* this crate names no graphics API, no codec and no model. A failed job never ends the worker. A job that is
//! being cancelled holds the worker until its renderer has returned.

mod error;
mod event;
mod job;
mod ledger;
mod pace;
mod queue;
mod recover;
mod renderers;
mod takes;
mod worker;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::bounded;

pub use error::{EngineError, Failure};
pub use event::{Event, Notice, Phase, PreviewOutcome, Silence, Subscription, TakeOutcome};
pub use job::{Job, JobId, JobProgress, JobSpec, JobState, TakeRequest};
pub use queue::PreviewRequest;
pub use renderers::Renderers;
pub use takes::{Take, TakeKey, TakeSink, TakeStore};

use queue::Shared;
use recover::{Recovered, recover};
use takes::Shelf;
use worker::Worker;

/// What happens at the start to jobs that the last process left queued or running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leftovers {
    /// They are queued again and go on: right for a studio that the user comes back to.
    Continue,
    /// They rest as interrupted until the same job is submitted or [`Engine::resume`] is called: right for one command.
    #[default]
    Hold,
}

/// Where the engine keeps its things, and how much of them.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The queue's SQLite file. A lock file of the same name, ending in `.lock`, stands beside it.
    pub database: PathBuf,
    /// The folder of the takes.
    pub takes: PathBuf,
    /// Bytes that takes may fill before the ones unused for longest are deleted. Takes of the current film do not go, even
    /// when they alone are more.
    pub cache_limit_bytes: u64,
    /// Jobs that may wait.
    pub queue_limit: usize,
    /// What happens to jobs that were left over.
    pub leftovers: Leftovers,
    /// After this long without work the renderers are let go, until there is some; never when `None`.
    pub rest_after: Option<Duration>,
}

impl EngineConfig {
    /// The usual places in a project folder (`Name.muto/`): `queue.sqlite` and `takes/`; 20 GiB of takes, 256 waiting jobs.
    pub fn in_project(folder: &Path) -> Self {
        Self {
            database: folder.join("queue.sqlite"),
            takes: folder.join("takes"),
            cache_limit_bytes: 20 << 30,
            queue_limit: 256,
            leftovers: Leftovers::default(),
            rest_after: None,
        }
    }
}

/// The handle to the worker. All methods may be called from any thread; none waits for a frame except [`Engine::wait`].
///
/// Dropping it stops the worker at the next frame. What was running counts as left over at the next start.
pub struct Engine {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    recovery: Vec<Notice>,
    /// Let go after the thread has ended.
    _lock: Option<File>,
}

impl Engine {
    /// Locks the project, puts in order what the last process left, starts the worker and waits until it has made the
    /// renderers. `factory` is called on the worker's thread: now, and again after a renderer has panicked or lost its device.
    ///
    /// # Errors
    /// [`EngineError::Locked`], [`EngineError::Io`], [`EngineError::Newer`] and [`EngineError::Database`] about the files;
    /// [`EngineError::Load`] when the factory fails or panics.
    pub fn start(
        config: &EngineConfig,
        store: Box<dyn TakeStore>,
        factory: impl FnMut() -> Result<Renderers, Failure> + Send + 'static,
    ) -> Result<Self, EngineError> {
        let shelf = Shelf {
            folder: config.takes.clone(),
            format: store.format(),
            extension: store.extension(),
            limit_bytes: Arc::new(config.cache_limit_bytes.into()),
        };
        let Recovered { lock, ledger, jobs, notices } = recover(config, &shelf)?;
        // One ring is enough to wake the worker; the first is for jobs that were left over.
        let (doorbell, rings) = bounded(1);
        let _ = doorbell.try_send(());
        let shared = Arc::new(Shared::new(ledger, jobs, shelf, config.queue_limit, doorbell));
        let worker = Worker {
            shared: shared.clone(),
            doorbell: rings,
            factory,
            store,
            loaded: None,
            rest_after: config.rest_after,
        };
        let (handshake, loaded) = bounded(1);
        let thread = thread::Builder::new()
            .name("mutoscope-engine".into())
            .spawn(move || worker.run(&handshake))
            .map_err(EngineError::Thread)?;
        let engine = Self { shared, thread: Some(thread), recovery: notices, _lock: lock };
        match loaded.recv() {
            Ok(Ok(())) => Ok(engine),
            Ok(Err(failure)) => Err(EngineError::Load(failure)),
            Err(_) => Err(EngineError::Closed),
        }
    }

    /// Puts a job into the queue. Once this returns, the job survives a crash. A job that was interrupted and asks for the
    /// same takes is continued instead, under its old number.
    ///
    /// # Errors
    /// [`EngineError::Empty`], [`EngineError::UnknownRenderer`], [`EngineError::QueueFull`], [`EngineError::Database`],
    /// [`EngineError::Closed`].
    pub fn submit(&self, spec: JobSpec) -> Result<JobId, EngineError> {
        self.shared.submit(spec)
    }

    /// Asks a job to stop, and says what it is now. A waiting job is cancelled at once; a running one is cancelling until its
    /// frame is finished; one that is settled stays as it is. Finished takes are kept.
    ///
    /// # Errors
    /// [`EngineError::NoSuchJob`].
    pub fn cancel(&self, id: JobId) -> Result<JobState, EngineError> {
        self.shared.cancel(id)
    }

    /// Puts a job aside, and says what it is now. A waiting job is paused at once; a running one stays running until its frame
    /// is finished. Finished takes are kept; the one in hand begins again.
    ///
    /// # Errors
    /// [`EngineError::NoSuchJob`]; [`EngineError::WrongState`] when it is neither queued nor running nor paused.
    pub fn pause(&self, id: JobId) -> Result<JobState, EngineError> {
        self.shared.pause(id)
    }

    /// What a job asks for; `None` when it is settled for good, unknown, or written by a version whose jobs we cannot read.
    pub fn spec(&self, id: JobId) -> Option<Arc<JobSpec>> {
        self.shared.spec(id)
    }

    /// Queues an interrupted or paused job again.
    ///
    /// # Errors
    /// [`EngineError::NoSuchJob`]; [`EngineError::WrongState`] when it is neither, or was written by a version whose
    /// jobs we cannot read.
    pub fn resume(&self, id: JobId) -> Result<(), EngineError> {
        self.shared.resume(id)
    }

    /// Moves a queued job: higher numbers go first, equals in the order in which they came.
    ///
    /// # Errors
    /// [`EngineError::NoSuchJob`], [`EngineError::WrongState`], [`EngineError::Database`].
    pub fn set_priority(&self, id: JobId, priority: i32) -> Result<(), EngineError> {
        self.shared.set_priority(id, priority)
    }

    /// All jobs that are remembered, oldest first.
    pub fn jobs(&self) -> Vec<Job> {
        self.shared.jobs()
    }

    /// One job as it is now.
    ///
    /// # Errors
    /// [`EngineError::NoSuchJob`].
    pub fn job(&self, id: JobId) -> Result<Job, EngineError> {
        self.shared.state().job(id).cloned()
    }

    /// Waits until a job is settled. A job that is done has all its takes; one that failed has its failure.
    ///
    /// # Errors
    /// [`EngineError::NoSuchJob`]; [`EngineError::Closed`] when the engine closes first.
    pub fn wait(&self, id: JobId) -> Result<Job, EngineError> {
        self.shared.wait(id)
    }

    /// A new listener, who first hears what recovery has found.
    pub fn subscribe(&self) -> Subscription {
        self.subscribe_looking(false)
    }

    /// The same, but also hears [`Phase::Sketch`] of the takes that begin from now on. Without such a listener no sketch is drawn.
    pub fn subscribe_with_sketches(&self) -> Subscription {
        self.subscribe_looking(true)
    }

    fn subscribe_looking(&self, looks: bool) -> Subscription {
        self.shared.bus.subscribe(self.recovery.iter().cloned().map(Event::Notice), looks)
    }

    /// What recovery has found and done at the start.
    pub fn recovery(&self) -> &[Notice] {
        &self.recovery
    }

    /// Asks for one picture. It comes as [`Event::Preview`], before films, between two frames of a film if its renderer is
    /// seekable. A request whose number is lower than one before, or which is overtaken, ends as stale.
    ///
    /// # Errors
    /// [`EngineError::UnknownRenderer`], [`EngineError::Closed`].
    pub fn preview(&self, request: PreviewRequest) -> Result<(), EngineError> {
        self.shared.preview(request)
    }

    /// The key under which the take of this request is kept.
    ///
    /// # Errors
    /// [`EngineError::UnknownRenderer`].
    pub fn take_key(&self, request: &TakeRequest) -> Result<TakeKey, EngineError> {
        let state = self.shared.state();
        Ok(TakeKey::new(request, state.version_of(&request.renderer)?, &self.shared.shelf.format))
    }

    /// The finished take of this request, if there is one: which shots are rendered as they now stand.
    ///
    /// # Errors
    /// [`EngineError::UnknownRenderer`], [`EngineError::Database`].
    pub fn cached(&self, request: &TakeRequest) -> Result<Option<Take>, EngineError> {
        let state = self.shared.state();
        let shelf = &self.shared.shelf;
        let key = TakeKey::new(request, state.version_of(&request.renderer)?, &shelf.format);
        Ok(shelf.listed(&state.ledger, &key, request)?.map(|(take, _)| take))
    }

    /// Has the renderers made anew when the task in hand is done: there may be others now, as after a model was installed.
    pub fn renew_renderers(&self) {
        self.shared.renew();
    }

    /// Changes how many bytes takes may fill. It holds from the next finished take on.
    pub fn set_cache_limit(&self, bytes: u64) {
        self.shared.shelf.limit_bytes.store(bytes, std::sync::atomic::Ordering::Relaxed);
    }

    /// Keeps these takes, and no others, from ever being deleted to make room. The running job's takes, and those of the last
    /// job until another begins, are kept anyway. Keys without a take are passed over.
    ///
    /// # Errors
    /// [`EngineError::Database`].
    pub fn pin(&self, keys: &[TakeKey]) -> Result<(), EngineError> {
        self.shared.state().ledger.pin(keys)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.close();
        // A renderer that holds the last handle drops it on the worker itself, which cannot wait for its own end.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the engine's thread has panicked");
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("jobs", &self.jobs().len()).finish_non_exhaustive()
    }
}
