//! The worker: the one thread that owns the renderers.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use film::{CancelToken, Cancelled, Frame, FrameSink, RenderError, SinkError, Watch};

use crate::error::{EngineError, Failure};
use crate::event::{Event, Notice, Phase, PreviewOutcome, TakeOutcome};
use crate::job::{JobId, JobProgress, TakeRequest};
use crate::ledger::StoredTake;
use crate::pace::Pace;
use crate::queue::{Assignment, Ending, PreviewRequest, Shared, Task};
use crate::renderers::Renderers;
use crate::takes::{Partial, Shelf, Take, TakeKey, TakeSink, TakeStore};

/// Why a take did not come to its end.
enum Stop {
    /// Somebody asked.
    Asked,
    /// The device failed; a new renderer may succeed.
    Device(String),
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Self::Failed(Failure::of(&error))
    }
}

impl From<SinkError> for Stop {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Cancelled(_) => Self::Asked,
            failed @ SinkError::Failed { .. } => Self::Failed(Failure::of(&failed)),
        }
    }
}

pub(crate) struct Worker<F> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) doorbell: Receiver<()>,
    pub(crate) factory: F,
    pub(crate) store: Box<dyn TakeStore>,
    pub(crate) loaded: Option<Renderers>,
    pub(crate) rest_after: Option<Duration>,
}

/// However the thread ends, nobody waits for it any longer.
struct Farewell(Arc<Shared>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.close();
        self.0.bus.close();
    }
}

impl<F: FnMut() -> Result<Renderers, Failure>> Worker<F> {
    /// Makes the renderers, says over `handshake` how that went, and works until the engine closes.
    pub(crate) fn run(mut self, handshake: &Sender<Result<(), Failure>>) {
        let _farewell = Farewell(self.shared.clone());
        let loaded = self.load().map(|_| ());
        let failed = loaded.is_err();
        if handshake.send(loaded).is_err() || failed {
            return;
        }
        while self.rung() && !self.shared.is_closing() {
            self.renew();
            while let Some(task) = self.shared.next_task() {
                match task {
                    Task::Preview(request, token) => self.preview(&request, &token),
                    Task::Job(job) => self.job(&job),
                }
                self.renew();
            }
        }
        self.unload();
    }

    /// Waits for the bell. After a while without work the renderers are let go, and with them the memory of their device; the
    /// next task makes them again.
    fn rung(&mut self) -> bool {
        if self.loaded.is_some()
            && let Some(rest) = self.rest_after
        {
            match self.doorbell.recv_timeout(rest) {
                Ok(()) => return true,
                Err(RecvTimeoutError::Timeout) => self.unload(),
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        self.doorbell.recv().is_ok()
    }

    /// The renderers; makes them when there are none.
    fn load(&mut self) -> Result<&mut Renderers, Failure> {
        let loaded = if let Some(loaded) = self.loaded.take() {
            loaded
        } else {
            let made = catch_unwind(AssertUnwindSafe(|| {
                let made = (self.factory)()?;
                let versions = made.versions().collect();
                Ok((made, versions))
            }));
            let (made, versions) = made.unwrap_or_else(|panic| Err(panicked(panic.as_ref())))?;
            self.shared.state().renderers = versions;
            made
        };
        Ok(self.loaded.insert(loaded))
    }

    /// Makes the renderers anew when somebody said that there may be others.
    fn renew(&mut self) {
        if self.shared.take_stale() {
            self.unload();
            if let Err(failure) = self.load() {
                // The next task tries again, and says so.
                tracing::warn!(%failure, "the renderers could not be made anew");
            }
        }
    }

    /// Lets the renderers go; one that has panicked may do so again when it is dropped.
    fn unload(&mut self) {
        let loaded = self.loaded.take();
        if catch_unwind(AssertUnwindSafe(|| drop(loaded))).is_err() {
            tracing::warn!("a renderer panicked while it was let go");
        }
    }

    /// Turns a panic into a failure. What it may have left half done does not outlive it: the take's file and its guard are
    /// dropped on the way here, the renderers are let go here.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|panic| {
            self.unload();
            Err(Stop::Failed(panicked(panic.as_ref())))
        })
    }

    fn job(&mut self, job: &Assignment) {
        let _span = tracing::info_span!("job", id = job.id.get()).entered();
        let ending = match self.guarded(|worker| worker.takes(job)) {
            Ok(()) => Ending::Done,
            Err(Stop::Asked) => Ending::Stopped,
            Err(Stop::Device(message)) => Ending::Failed(Failure::of(&RenderError::Device { message })),
            Err(Stop::Failed(failure)) => Ending::Failed(failure),
        };
        self.shared.settle(job.id, ending);
    }

    /// Sees to all takes of a job.
    fn takes(&mut self, job: &Assignment) -> Result<(), Stop> {
        self.load()?;
        let mut run = self.plan(job)?;
        for (index, request) in job.spec.takes.iter().enumerate() {
            if job.cancel.is_cancelled() {
                return Err(Stop::Asked);
            }
            run.index = index as u32;
            self.say(job, index, request, Phase::Begin { frames: request.frames.len() as u32 });
            // Looked for again: an earlier shot of this job may have been the same.
            let result = self.guarded(|worker| match worker.find(request)? {
                Some(take) => Ok((take, TakeOutcome::Cached)),
                None => Ok((worker.render(job, request, &mut run)?, TakeOutcome::Rendered)),
            });
            let outcome = match &result {
                Ok((_, outcome)) => *outcome,
                Err(Stop::Asked) => TakeOutcome::Stopped,
                Err(Stop::Device(_) | Stop::Failed(_)) => TakeOutcome::Failed,
            };
            if let Ok((take, _)) = &result {
                self.shared.took(job.id, take.clone());
            }
            self.say(job, index, request, Phase::End(outcome));
            result?;
            // However a renderer works, a preview never waits for more than one shot.
            self.waiting_previews();
        }
        Ok(())
    }

    fn say(&self, job: &Assignment, index: usize, request: &TakeRequest, phase: Phase) {
        let shot = request.order.shot.id.clone();
        self.shared.bus.publish(&Event::Shot { job: job.id, shot, index: index as u32, phase });
    }

    /// Counts what there is to render, and claims the takes of this job for the current film.
    fn plan(&self, job: &Assignment) -> Result<Run, Stop> {
        let shelf = &self.shared.shelf;
        let mut state = self.shared.state();
        let mut run = Run::new(job.spec.takes.len() as u32);
        let mut kind = None;
        let mut keys = BTreeSet::new();
        for request in &job.spec.takes {
            let key = TakeKey::new(request, state.version_of(&request.renderer)?, &shelf.format);
            let listed = shelf.listed(&state.ledger, &key, request)?.is_some();
            if keys.insert(key) && !listed {
                run.frames_total += request.frames.len() as u64;
                run.shots_left += 1;
                kind.get_or_insert_with(|| Shelf::kind(request));
            }
        }
        state.in_use = keys;
        let earlier = match kind {
            Some(kind) => state.ledger.frame_secs(&kind)?,
            None => None,
        };
        run.pace = Pace::from_earlier(earlier);
        Ok(run)
    }

    /// Loads the renderers, and says what the take would be called and which version would make it. It may have changed since
    /// the job began: renderers are made anew after a breakdown, perhaps on another device.
    fn name(&mut self, request: &TakeRequest) -> Result<(TakeKey, String), Stop> {
        self.load()?;
        let mut state = self.shared.state();
        let version = state.version_of(&request.renderer)?.to_owned();
        let key = TakeKey::new(request, &version, &self.shared.shelf.format);
        state.in_use.insert(key.clone());
        Ok((key, version))
    }

    /// The take, if it is on disk and a glance at it shows no fault. A faulty one is forgotten.
    fn find(&mut self, request: &TakeRequest) -> Result<Option<Take>, Stop> {
        let (key, _) = self.name(request)?;
        let shelf = &self.shared.shelf;
        let state = self.shared.state();
        if let Some((take, mut row)) = shelf.listed(&state.ledger, &key, request)?
            && self.store.verify(&take.path, request.frames.len() as u32)
        {
            row.frames = Some(request.frames.len() as u32);
            if row.kind.is_empty() {
                row.kind = Shelf::kind(request);
            }
            // Putting it back marks it as used last.
            state.ledger.put_take(&row)?;
            return Ok(Some(take));
        }
        shelf.discard(&state.ledger, &key)?;
        Ok(None)
    }

    /// Renders a take and lists it. When the device fails, a renderer that can begin at any frame goes on where it was; another
    /// begins once more.
    fn render(&mut self, job: &Assignment, request: &TakeRequest, run: &mut Run) -> Result<Take, Stop> {
        run.shots_left = run.shots_left.saturating_sub(1);
        let done_before = run.frames_done;
        let first = self.attempt(job, request, run);
        let result = match first {
            Err(Stop::Device(message)) => {
                self.lose(message);
                run.frames_done = done_before;
                self.attempt(job, request, run)
            }
            other => other,
        };
        if let Err(Stop::Device(_)) = &result {
            self.unload();
        }
        result
    }

    fn lose(&mut self, message: String) {
        tracing::warn!(message, "the device failed; the renderers are made anew");
        self.shared.bus.publish(&Event::Notice(Notice::DeviceLost(message)));
        self.unload();
    }

    fn attempt(&mut self, job: &Assignment, request: &TakeRequest, run: &mut Run) -> Result<Take, Stop> {
        let _span = tracing::info_span!("take", shot = request.order.shot.id.as_str()).entered();
        let began = Instant::now();
        let (key, version) = self.name(request)?;
        // Declared first, so dropped last: the file is closed by then.
        let partial = Partial::new(&self.shared.shelf, &key)?;
        let mut sink = self.store.create(partial.path(), &request.order, request.frames.clone())?;

        let shared = self.shared.clone();
        let newest = Arc::new(Mutex::new(run.progress(request, 0)));
        let mut gate = Gate {
            sink: sink.as_mut(),
            shared: &shared,
            job,
            request,
            run,
            next: request.frames.start,
            clock: Instant::now(),
            fresh: true,
            seekable: false,
            newest: newest.clone(),
            stop: None,
        };
        let (id, teller, said) = (job.id, shared.clone(), newest.clone());
        let mut watch = Watch::new(job.cancel.clone(), move |step| step_taken(&teller, id, &newest, step));
        let teller = shared.clone();
        watch = watch.with_notes(move |note| noted(&teller, id, &said, note));
        if shared.bus.is_looked_at() {
            let (teller, shot, index) = (shared.clone(), request.order.shot.id.clone(), gate.run.index);
            watch = watch.with_sketches(move |frame| {
                let phase = Phase::Sketch(Arc::new(frame));
                teller.bus.publish(&Event::Shot { job: id, shot: shot.clone(), index, phase });
            });
        }
        let mut lost_at = request.frames.start;
        while gate.next < request.frames.end {
            let (renderer, seekable) = self
                .load()?
                .get(&request.renderer)
                .ok_or_else(|| Failure::new(format!("the renderer {} is gone", request.renderer)))?;
            if renderer.version() != version {
                // A preview broke the renderer down. One take is the work of one version.
                return Err(Stop::Device("it came back as another one".into()));
            }
            gate.seekable = seekable;
            gate.clock = Instant::now();
            gate.fresh = true;
            let frames = gate.next..request.frames.end;
            let result = renderer.render(&request.order, frames, &mut gate, &watch);
            match gate.verdict(result) {
                Ok(Verdict::Complete) => break,
                Ok(Verdict::Interrupted) => self.waiting_previews(),
                // What was drawn stays. A device that is lost again and again must get further each time.
                Err(Stop::Device(message)) if seekable && gate.next > lost_at => {
                    lost_at = gate.next;
                    self.lose(message);
                }
                Err(stop) => return Err(stop),
            }
        }
        sink.finish()?;
        let bytes = partial.commit()?;
        let row = StoredTake {
            key: key.clone(),
            bytes,
            frames: Some(request.frames.len() as u32),
            kind: Shelf::kind(request),
            render_ms: began.elapsed().as_millis() as u64,
            pinned: false,
        };
        let state = self.shared.state();
        state.ledger.put_take(&row)?;
        let evicted = self.shared.shelf.evict(&state.ledger, &state.in_use);
        drop(state);
        match evicted {
            Ok((0, _)) => {}
            Ok((count, bytes)) => {
                self.shared.bus.publish(&Event::Notice(Notice::TakesEvicted { count, bytes }));
            }
            // The take is safe; the next one tries again.
            Err(error) => tracing::warn!(%error, "old takes were not deleted"),
        }
        Ok(Take {
            path: self.shared.shelf.path(&key),
            key,
            shot: request.order.shot.id.clone(),
            frames: request.frames.clone(),
            bytes: row.bytes,
        })
    }

    fn waiting_previews(&mut self) {
        while let Some((request, token)) = self.shared.take_preview() {
            self.preview(&request, &token);
        }
    }

    /// Renders one picture. Whatever happens, it happens to the preview alone.
    fn preview(&mut self, request: &PreviewRequest, token: &CancelToken) {
        let watch = Watch::new(token.clone(), |_| ());
        let mut catcher = Catcher::default();
        let result = catch_unwind(AssertUnwindSafe(|| {
            let (renderer, _) = self
                .load()?
                .get(&request.renderer)
                .ok_or_else(|| Failure::new(format!("the renderer {} is gone", request.renderer)))?;
            let frames = request.frame..request.frame.saturating_add(1);
            let result = renderer.render(&request.order, frames, &mut catcher, &watch);
            if let Err(RenderError::Device { .. }) = &result {
                self.unload();
            }
            result.map_err(|error| Failure::of(&error))
        }));
        let outcome = match result {
            _ if token.is_cancelled() => PreviewOutcome::Stale,
            Ok(Ok(())) => match catcher.0.take() {
                Some(frame) => PreviewOutcome::Ready(Arc::new(frame)),
                None => PreviewOutcome::Failed(Failure::new("the renderer made no picture")),
            },
            Ok(Err(failure)) => PreviewOutcome::Failed(failure),
            Err(panic) => {
                self.unload();
                PreviewOutcome::Failed(panicked(panic.as_ref()))
            }
        };
        self.shared.preview_ended(request.id, outcome);
    }
}

/// What is known about the job in hand.
struct Run {
    /// Which take is rendered.
    index: u32,
    shots: u32,
    frames_done: u64,
    frames_total: u64,
    /// Takes to render that are not begun.
    shots_left: u64,
    pace: Pace,
    began: Instant,
}

impl Run {
    fn new(shots: u32) -> Self {
        Self {
            index: 0,
            shots,
            frames_done: 0,
            frames_total: 0,
            shots_left: 0,
            pace: Pace::default(),
            began: Instant::now(),
        }
    }

    /// How far the job has come, with `frame` frames of this take finished.
    fn progress(&self, request: &TakeRequest, frame: u32) -> JobProgress {
        JobProgress {
            shot: request.order.shot.id.clone(),
            shot_index: self.index,
            shots: self.shots,
            frame,
            frames: request.frames.len() as u32,
            frames_done: self.frames_done,
            frames_total: self.frames_total,
            elapsed: self.began.elapsed(),
            left: self.pace.left(self.frames_total.saturating_sub(self.frames_done), self.shots_left),
            step: None,
            note: None,
        }
    }
}

enum Verdict {
    Complete,
    /// A preview waits; the rest of the frames comes after it.
    Interrupted,
}

/// Stands between renderer and file: counts and checks the frames, reports, and stops the renderer when it should stop.
struct Gate<'a> {
    sink: &'a mut dyn TakeSink,
    shared: &'a Arc<Shared>,
    job: &'a Assignment,
    request: &'a TakeRequest,
    run: &'a mut Run,
    /// The frame that must come next.
    next: u32,
    /// Since the last frame.
    clock: Instant,
    /// Whether the next frame also pays for building the world.
    fresh: bool,
    seekable: bool,
    /// The newest report, for what the renderer says within a frame.
    newest: Arc<Mutex<JobProgress>>,
    /// Why the renderer was stopped; it may tell it otherwise.
    stop: Option<Stopped>,
}

enum Stopped {
    Asked,
    Preview,
    Failed(Failure),
}

impl Gate<'_> {
    fn refuse(&mut self, failure: Failure) -> SinkError {
        let error = SinkError::Failed { message: failure.message.clone(), hint: failure.hint.clone() };
        self.stop = Some(Stopped::Failed(failure));
        error
    }

    /// Only a frame that is the right one may go into a file that is kept.
    fn fault(&self, frame: &Frame) -> Option<String> {
        let (name, order) = (&self.request.renderer, &self.request.order);
        let (width, height) = (order.format.width.get(), order.format.height.get());
        if frame.index != self.next || frame.index >= self.request.frames.end {
            Some(format!("the renderer {name} made frame {} instead of {}", frame.index, self.next))
        } else if (frame.width, frame.height) != (width, height)
            || frame.rgba.len() != width as usize * height as usize * 4
        {
            let (w, h) = (frame.width, frame.height);
            Some(format!("the renderer {name} made a picture of {w}x{h} instead of {width}x{height}"))
        } else {
            None
        }
    }

    fn report(&mut self) {
        let secs = self.clock.elapsed().as_secs_f64();
        if std::mem::take(&mut self.fresh) {
            self.run.pace.first_frame(secs);
        } else {
            self.run.pace.frame(secs);
        }
        self.clock = Instant::now();
        let mut progress = self.run.progress(self.request, self.next - self.request.frames.start);
        {
            let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
            progress.note = newest.note.take();
            *newest = progress.clone();
        }
        say_progress(self.shared, self.job.id, progress);
    }

    /// What a renderer's return means, after what it was told.
    fn verdict(&mut self, result: Result<(), RenderError>) -> Result<Verdict, Stop> {
        match self.stop.take() {
            Some(Stopped::Asked) => return Err(Stop::Asked),
            Some(Stopped::Failed(failure)) => return Err(Stop::Failed(failure)),
            Some(Stopped::Preview) => return Ok(Verdict::Interrupted),
            None => {}
        }
        let name = &self.request.renderer;
        match result {
            Ok(()) if self.next == self.request.frames.end => Ok(Verdict::Complete),
            Ok(()) => {
                let made = self.next - self.request.frames.start;
                let wanted = self.request.frames.len();
                Err(Failure::new(format!("the renderer {name} made {made} of {wanted} frames")).into())
            }
            Err(RenderError::Cancelled(Cancelled)) if self.job.cancel.is_cancelled() => Err(Stop::Asked),
            Err(RenderError::Cancelled(Cancelled)) => {
                Err(Failure::new(format!("the renderer {name} stopped although nobody asked")).into())
            }
            Err(RenderError::Device { message }) => Err(Stop::Device(message)),
            Err(error) => Err(Stop::Failed(Failure::of(&error))),
        }
    }
}

impl FrameSink for Gate<'_> {
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
        match &self.stop {
            // A renderer that does not listen is told again.
            Some(Stopped::Failed(failure)) => {
                return Err(SinkError::Failed {
                    message: failure.message.clone(),
                    hint: failure.hint.clone(),
                });
            }
            Some(_) => return Err(Cancelled.into()),
            None => {}
        }
        if self.job.cancel.is_cancelled() {
            self.stop = Some(Stopped::Asked);
            return Err(Cancelled.into());
        }
        if let Some(fault) = self.fault(&frame) {
            return Err(self.refuse(Failure::new(fault)));
        }
        if let Err(error) = self.sink.frame(frame) {
            return Err(self.refuse(Failure::of(&error)));
        }
        self.next += 1;
        self.run.frames_done += 1;
        self.report();
        // Not after the last frame: the take is complete, and its file only needs closing.
        if self.next < self.request.frames.end && self.seekable && self.shared.has_preview() {
            self.stop = Some(Stopped::Preview);
            return Err(Cancelled.into());
        }
        Ok(())
    }
}

fn say_progress(shared: &Shared, job: JobId, progress: JobProgress) {
    shared.progressed(job, &progress);
    let (shot, index) = (progress.shot.clone(), progress.shot_index);
    shared.bus.publish(&Event::Shot { job, shot, index, phase: Phase::Report(progress) });
}

/// What a renderer says of itself. Frames are counted by the gate; steps within a frame go out with its newest report.
fn step_taken(shared: &Shared, job: JobId, newest: &Mutex<JobProgress>, step: film::Progress) {
    if step.unit == "frame" {
        return;
    }
    let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
    newest.step = Some(step);
    say_progress(shared, job, newest.clone());
}

/// What a renderer says of how it works stands in all reports of the take.
fn noted(shared: &Shared, job: JobId, newest: &Mutex<JobProgress>, note: &str) {
    tracing::info!("{note}");
    let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
    newest.note = Some(note.into());
    say_progress(shared, job, newest.clone());
}

/// Catches the picture of a preview.
#[derive(Default)]
struct Catcher(Option<Frame>);

impl FrameSink for Catcher {
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
        self.0 = Some(frame);
        Ok(())
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message");
    Failure::new(format!("the renderer broke down: {said}"))
        .with_hint("this is a mistake in the program; other shots can still be rendered")
}
