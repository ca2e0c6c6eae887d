//! Files to give away: the film, its frames, its sound. Missing takes are rendered first.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use engine::{Engine, JobSpec, Take, TakeKey};
use film::{CancelToken, EvenSize, Hint as _, Quality, Storyboard};
use media::{Format, GifLimits, SAMPLE_RATE};

use super::model::{Event, ExportOrder, Job, JobFailure, JobKind, JobState, Preset};
use super::takebook::rank;
use super::{Open, Session, SessionError, Shared, file_name};
use crate::StudioError;
use crate::film_job::{self, Cut, Output, Selection, Watcher};

/// How often progress is told at most.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// What an export makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Product {
    /// The film.
    Film(Format),
    /// 48 kHz, 16 bit, stereo.
    Sound,
}

/// A row of the table of presets.
struct Row {
    id: &'static str,
    label: &'static str,
    detail: &'static str,
    product: Product,
    /// Pixels of the shorter side; the film's when `None`.
    short: Option<u32>,
    /// Width to height when it is not the film's.
    aspect: Option<(u32, u32)>,
}

const fn row(
    id: &'static str,
    label: &'static str,
    detail: &'static str,
    format: Format,
    short: Option<u32>,
    aspect: Option<(u32, u32)>,
) -> Row {
    Row { id, label, detail, product: Product::Film(format), short, aspect }
}

/// What the media room can write, and what for. The page shows it in this order.
const PRESETS: &[Row] = &[
    row("film", "MP4", "Plays everywhere, H.264", Format::H264, None, None),
    row("youtube-1080p", "YouTube 1080p", "H.264, 1080 lines", Format::H264, Some(1080), None),
    row("youtube-4k", "YouTube 4K", "H.264, 2160 lines", Format::H264, Some(2160), None),
    row(
        "vertical",
        "Reels, TikTok, Shorts",
        "H.264, framed anew for 9:16",
        Format::H264,
        Some(1080),
        Some((9, 16)),
    ),
    row("square", "Square", "H.264, framed anew for 1:1", Format::H264, Some(1080), Some((1, 1))),
    row("small", "Small, 480p", "H.264, to send around", Format::H264, Some(480), None),
    row("h265", "H.265", "Half the size, newer devices", Format::H265, None, None),
    row("webm", "WebM", "For web pages, VP9 and Opus", Format::Webm, None, None),
    row("prores", "Master", "For editing, ProRes 422 HQ", Format::ProRes, None, None),
    row("gif", "Animated GIF", "For messages, silent", Format::Gif, None, None),
    row("frames", "PNG frames", "Lossless, a folder of pictures", Format::Frames, None, None),
    Row {
        product: Product::Sound,
        ..row("sound", "Sound, WAV", "48 kHz, 16 bit, stereo", Format::H264, None, None)
    },
];

/// The table for the page, with what this machine's FFmpeg lacks.
pub(super) fn presets() -> Vec<Preset> {
    let preset = |row: &Row| {
        let missing = row.product.missing();
        Preset {
            id: row.id.into(),
            label: row.label.into(),
            detail: row.detail.into(),
            extension: row.product.extension().into(),
            available: missing.is_none(),
            reason: missing.map(|error| match error.hint() {
                Some(hint) => format!("{error}; {hint}"),
                None => error.to_string(),
            }),
        }
    };
    PRESETS.iter().map(preset).collect()
}

impl Product {
    fn extension(self) -> &'static str {
        match self {
            Self::Film(format) => format.ending(),
            Self::Sound => "wav",
        }
    }

    fn missing(self) -> Option<media::Error> {
        match self {
            Self::Film(format) => format.missing(),
            Self::Sound => None,
        }
    }
}

/// An export in hand.
#[derive(Debug)]
pub(super) struct Export {
    number: u64,
    job: Mutex<Job>,
    began: Instant,
    token: CancelToken,
    paused: AtomicBool,
    /// The engine's job that renders what is missing; 0 when there is none.
    renders: AtomicU64,
    told: Mutex<Option<Instant>>,
}

impl Export {
    pub(super) fn id(&self) -> String {
        format!("e{}", self.number)
    }

    fn lock(&self) -> MutexGuard<'_, Job> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn job(&self) -> Job {
        self.lock().clone()
    }

    /// Whether that job of the engine is a part of this export.
    pub(super) fn renders(&self, job: engine::JobId) -> bool {
        self.renders.load(Ordering::Acquire) == job.get().unsigned_abs()
    }

    pub(super) fn cancel(&self) {
        let mut job = self.lock();
        if matches!(job.state, JobState::Queued | JobState::Running | JobState::Paused) {
            job.state = JobState::Cancelling;
        }
        self.token.cancel();
    }

    pub(super) fn stop(&self, engine: &Engine) {
        self.cancel();
        self.of_engine(engine, |engine, id| drop(engine.cancel(id)));
    }

    pub(super) fn pause(&self, engine: &Engine) {
        let mut job = self.lock();
        if matches!(job.state, JobState::Queued | JobState::Running) {
            job.state = JobState::Paused;
            self.paused.store(true, Ordering::Release);
            self.of_engine(engine, |engine, id| drop(engine.pause(id)));
        }
    }

    pub(super) fn resume(&self, engine: &Engine) {
        let mut job = self.lock();
        if job.state == JobState::Paused {
            job.state = JobState::Running;
            self.paused.store(false, Ordering::Release);
            self.of_engine(engine, |engine, id| drop(engine.resume(id)));
        }
    }

    /// Passes a wish on to the rendering part; one that is over needs none.
    fn of_engine(&self, engine: &Engine, wish: impl FnOnce(&Engine, engine::JobId)) {
        if let Some(job) = engine.jobs().into_iter().find(|job| self.renders(job.id)) {
            wish(engine, job.id);
        }
    }

    /// Waits while somebody has put it aside.
    fn hold(&self) {
        while self.paused.load(Ordering::Acquire) && !self.token.is_cancelled() {
            thread::sleep(Duration::from_millis(40));
        }
    }
}

impl Session {
    /// Where the film would be exported to: the project's name in its `exports`.
    ///
    /// # Errors
    /// [`SessionError::NoProject`].
    pub fn export_default(&self) -> Result<PathBuf, SessionError> {
        let desk = self.shared.desk();
        let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
        let folder = open.project.folder().join("exports");
        let name = file_name(&open.name());
        let numbered = |n: u32| if n == 1 { format!("{name}.mp4") } else { format!("{name} {n}.mp4") };
        Ok((1..=u32::MAX).map(|n| folder.join(numbered(n))).find(|path| !path.exists()).unwrap_or(folder))
    }

    /// Begins an export and returns its job. What can be refused is refused now.
    ///
    /// # Errors
    /// [`SessionError::Usage`] for an unknown preset or a wrong name, [`SessionError::Exists`], [`SessionError::NotReady`],
    /// [`SessionError::Studio`] when the file cannot be written.
    pub fn export(&self, order: &ExportOrder) -> Result<String, SessionError> {
        let row = PRESETS.iter().find(|row| row.id == order.preset).ok_or_else(|| SessionError::Usage {
            message: format!("there is no preset called {:?}", order.preset),
            hint: format!(
                "the presets are: {}",
                PRESETS.iter().map(|row| row.id).collect::<Vec<_>>().join(", ")
            ),
        })?;
        let path = PathBuf::from(&order.path);
        check_name(&path, row.product)?;
        let mut desk = self.shared.desk();
        let threads = desk.settings.threads;
        let open = desk.open.as_mut().ok_or(SessionError::NoProject)?;
        let engine = open.ready()?;
        // The project's own folder for exports is made when it is first used; others must be there.
        let exports = open.project.folder().join("exports");
        if path.parent() == Some(exports.as_path()) {
            std::fs::create_dir_all(&exports).map_err(|source| StudioError::Io {
                doing: "make the folder",
                path: exports,
                source,
            })?;
        }
        let empty =
            path.is_dir() && std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_none());
        if path.exists() && !order.overwrite && !(row.product == Product::Film(Format::Frames) && empty) {
            return Err(SessionError::Exists(order.path.clone()));
        }
        let board = reframed(open.project.board(), row, order);
        let frames = match (order.from, order.to) {
            (None, None) => None,
            (from, to) => {
                let all = edit::Timeline::new(&board).frames();
                Some(from.unwrap_or(0)..to.unwrap_or(all))
            }
        };
        let mut output = Output {
            film: path.clone(),
            format: None,
            quality: order.quality,
            sheet: None,
            encoder: None,
            threads,
            gif: GifLimits::default(),
        };
        // Who asks for a size means it.
        if let Some(width) = order.width {
            output.gif.width = width.get();
        }
        if let Product::Film(format) = row.product {
            output.format = Some(format);
            film_job::check_output(&output, &board, self.shared.room.models())?;
        }
        let cut = Cut::new(&board, &Selection { shots: Vec::new(), frames })?;
        let chosen = if cut.board.format == open.project.board().format {
            open.chosen_takes(order.quality)
        } else {
            Vec::new()
        };
        let renders = if row.product == Product::Sound {
            None
        } else {
            let mut requests = cut.requests(&engine, order.quality)?;
            requests.retain(|request| !chosen.iter().any(|take| take.shot == request.order.shot.id));
            let title = if board.title.is_empty() { "Film" } else { &board.title };
            let spec = JobSpec::new(title, requests);
            (!spec.takes.is_empty()).then(|| engine.submit(spec.clone()).map(|id| (id, spec))).transpose()?
        };
        let number = open.exports.keys().next_back().copied().unwrap_or(0) + 1;
        let total = cut.frames.len() as u64;
        let missing = renders
            .as_ref()
            .map_or(0, |(_, spec)| spec.takes.iter().map(|take| take.frames.len() as u64).sum::<u64>());
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let export = Arc::new(Export {
            number,
            job: Mutex::new(Job {
                id: format!("e{number}"),
                title: name,
                state: JobState::Queued,
                kind: JobKind::Export,
                shot: None,
                frame: 0,
                frames: total as u32,
                frames_done: 0,
                frames_total: total + missing,
                elapsed_secs: 0.0,
                left_secs: None,
                failure: None,
                path: Some(order.path.clone()),
                priority: 0,
                sketch: None,
                note: None,
            }),
            began: Instant::now(),
            token: CancelToken::default(),
            paused: AtomicBool::new(false),
            renders: AtomicU64::new(renders.as_ref().map_or(0, |(id, _)| id.get().unsigned_abs())),
            told: Mutex::default(),
        });
        open.exports.insert(number, export.clone());
        let render_job = renders.map(|(id, spec)| {
            open.specs.insert(id, Arc::new(spec));
            id
        });
        let work = Work { engine, cut, chosen, render_job, product: row.product, output, missing };
        let (shared, told) = (self.shared.clone(), export.clone());
        drop(desk);
        self.shared.events.push(Event::Job { job: Box::new(export.job()) });
        let run = move || {
            let result = work.run(&shared, &told);
            finish(&shared, &told, result);
        };
        thread::Builder::new().name("mutoscope-export".into()).spawn(run).map_err(SessionError::Thread)?;
        Ok(export.id())
    }
}

fn check_name(path: &Path, product: Product) -> Result<(), SessionError> {
    if !path.is_absolute() {
        return Err(SessionError::Usage {
            message: format!("{} does not say in which folder", path.display()),
            hint: "give the whole path".into(),
        });
    }
    let wanted = product.extension();
    let fits = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(wanted));
    if !wanted.is_empty() && !fits {
        return Err(SessionError::Usage {
            message: format!("this preset writes .{wanted}, not {}", path.display()),
            hint: format!("choose a name that ends in .{wanted}"),
        });
    }
    Ok(())
}

/// The film in the preset's size. The stage frames each shot anew for another shape, with its subject in it.
fn reframed(board: &Storyboard, row: &Row, order: &ExportOrder) -> Storyboard {
    let mut board = board.clone();
    let format = &mut board.format;
    if let Some((width, height)) = order.width.zip(order.height) {
        (format.width, format.height) = (width, height);
        return board;
    }
    let (width, height) = (f64::from(format.width.get()), f64::from(format.height.get()));
    let aspect = row.aspect.map_or(width / height, |(w, h)| f64::from(w) / f64::from(h));
    let short = row.short.map_or(width.min(height), f64::from);
    if row.short.is_some() || row.aspect.is_some() {
        let (w, h) = if aspect >= 1.0 { (short * aspect, short) } else { (short, short / aspect) };
        format.width = EvenSize::nearest(w.round() as u32);
        format.height = EvenSize::nearest(h.round() as u32);
    }
    board
}

impl Open {
    /// The takes that were chosen by hand and are still meant: they are used as they are, unless they show the shot as it
    /// stands in a lower quality than is asked for.
    fn chosen_takes(&self, quality: Quality) -> Vec<Take> {
        let take = |shot: &Arc<super::ShotView>| {
            let chosen = self.chosen(&shot.id)?;
            let record = self.takes.shown(shot, Some(chosen)).filter(|record| record.key == chosen.key)?;
            let info = self.take_infos(shot).into_iter().find(|info| info.key == record.key)?;
            let format = &shot.order.format;
            let fits = (info.width, info.height, info.fps)
                == (format.width.get(), format.height.get(), format.fps.get());
            let path = self.takes.path(record);
            (fits && (!info.current || rank(info.quality) >= rank(quality))).then_some(())?;
            Some(Take {
                key: TakeKey::parse(&record.key)?,
                shot: shot.id.clone(),
                bytes: path.metadata().ok()?.len(),
                path,
                frames: 0..record.frames,
            })
        };
        self.shots.iter().filter_map(take).collect()
    }
}

/// All that the export's thread needs.
struct Work {
    engine: Arc<Engine>,
    cut: Cut,
    chosen: Vec<Take>,
    render_job: Option<engine::JobId>,
    product: Product,
    output: Output,
    /// Frames to render.
    missing: u64,
}

impl Work {
    fn run(self, shared: &Shared, export: &Export) -> Result<(), StudioError> {
        export.hold();
        {
            let mut job = export.lock();
            if job.state == JobState::Queued {
                job.state = JobState::Running;
            }
        }
        let missing = self.missing;
        let mut event = |event: crate::Event| {
            match event {
                crate::Event::Rendering { shot, frame, frames, done, left, note, .. } => {
                    export.tell(shared, |job| {
                        job.shot = Some(shot);
                        (job.frame, job.frames, job.frames_done) = (frame, frames, done.min(missing));
                        job.left_secs = left.map(|left| left.as_secs_f64());
                        job.note = note.map(|note| note.to_string());
                    });
                }
                crate::Event::Assembling { frame, frames } => {
                    let left = export.pace(frame, frames);
                    export.tell(shared, |job| {
                        (job.shot, job.note) = (None, None);
                        (job.frame, job.frames) = (frame as u32, frames as u32);
                        (job.frames_done, job.frames_total) = (missing + frame, missing + frames);
                        job.left_secs = left;
                    });
                }
                _ => {}
            }
            export.hold();
        };
        let mut watcher = Watcher { cancel: export.token.clone(), event: &mut event };
        let mut takes: Vec<Take> = self.chosen;
        if let Some(job) = self.render_job {
            takes.extend(film_job::rendered(&self.engine, job, &mut watcher)?.takes);
        }
        *export.told.lock().unwrap_or_else(PoisonError::into_inner) = None;
        match self.product {
            Product::Film(_) => film_job::assemble(&self.cut, &takes, &self.output, &mut watcher).map(drop),
            Product::Sound => sound(&self.cut, &self.output.film),
        }
    }
}

impl Export {
    /// Seconds that the rest of the frames take, when the ones before took as long as they did.
    fn pace(&self, done: u64, all: u64) -> Option<f64> {
        // Assembly runs evenly, so the time of this phase is told by its share; the first frames say little.
        let elapsed = self.began.elapsed().as_secs_f64();
        (done >= 8).then(|| elapsed / done as f64 * (all - done.min(all)) as f64)
    }

    /// There is another sketch of the shot in hand, or none any more.
    pub(super) fn sketched(&self, shared: &Shared, number: Option<u32>) {
        let job = {
            let mut job = self.lock();
            job.sketch = number;
            job.clone()
        };
        shared.events.push(Event::Job { job: Box::new(job) });
    }

    fn tell(&self, shared: &Shared, change: impl FnOnce(&mut Job)) {
        let job = {
            let mut job = self.lock();
            change(&mut job);
            job.elapsed_secs = self.began.elapsed().as_secs_f64();
            job.clone()
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
            *told = Some(Instant::now());
            shared.events.push(Event::Job { job: Box::new(job) });
        }
    }
}

fn finish(shared: &Shared, export: &Export, result: Result<(), StudioError>) {
    let job = {
        let mut job = export.lock();
        job.elapsed_secs = export.began.elapsed().as_secs_f64();
        job.left_secs = None;
        match result {
            Ok(()) => {
                job.state = JobState::Done;
                job.frames_done = job.frames_total;
            }
            Err(_) if export.token.is_cancelled() => job.state = JobState::Cancelled,
            Err(error) => {
                job.state = JobState::Failed;
                job.failure = Some(JobFailure { message: error.to_string(), hint: error.hint() });
            }
        }
        job.clone()
    };
    shared.events.push(Event::Job { job: Box::new(job) });
    shared.tell_engine();
    shared.previews.stir();
}

/// Writes the sound of the chosen frames.
fn sound(cut: &Cut, path: &Path) -> Result<(), StudioError> {
    let mix = edit::sound::mix(&cut.board, &cut.timeline);
    let clip = |frame: u32| cut.sample(frame).min(mix.len());
    let wav = super::sound::wav(&mix[clip(cut.frames.start)..clip(cut.frames.end)]);
    let failed = |source| StudioError::Io { doing: "write", path: path.to_owned(), source };
    let partial = path.with_extension("partial.wav");
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(&wav)?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    };
    write().inspect_err(|_| drop(std::fs::remove_file(&partial))).map_err(failed)
}

/// The rate is that of all sound in the program.
const _: () = assert!(SAMPLE_RATE == edit::sound::RATE);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_keep_the_shape_or_change_it() {
        let board = Storyboard::example();
        let order = |preset: &str| ExportOrder {
            preset: preset.into(),
            path: "/x.mp4".into(),
            quality: Quality::Draft,
            width: None,
            height: None,
            from: None,
            to: None,
            overwrite: false,
        };
        let size = |preset: &str| {
            let row = PRESETS.iter().find(|row| row.id == preset).unwrap();
            let format = reframed(&board, row, &order(preset)).format;
            (format.width.get(), format.height.get())
        };
        assert_eq!(size("film"), (board.format.width.get(), board.format.height.get()));
        assert_eq!(size("youtube-1080p"), (1920, 1080));
        assert_eq!(size("vertical"), (1080, 1920));
        assert_eq!(size("square"), (1080, 1080));
        assert!(check_name(Path::new("film.mp4"), Product::Film(Format::H264)).is_err());
        assert!(check_name(Path::new("/tmp/film.mov"), Product::Film(Format::Webm)).is_err());
        assert!(check_name(Path::new("/tmp/frames"), Product::Film(Format::Frames)).is_ok());
    }
}
