//! The live studio: one open project, its renderers, its previews, its takes and its jobs.
//!
//! A [`Session`] is what every surface presents: the page in a browser, the desktop shell. All its methods may be called
//! from any thread and are quick, but for those that say that they wait. Slow work has threads of its own:
//!
//! - the *engine*'s worker renders, takes before films;
//! - the *listener* turns what the engine says into [`Event`]s and lists finished takes;
//! - the *preview* thread fills the memory with small pictures, nearest to the playhead first, and sleeps when that is done;
//! - the *saver* writes the storyboard within a second of a change;
//! - each *export* has one, and so has each model that is fetched or checked.
//!
//! *Invariants:* a change is in the journal before anybody hears of it; `saved` is said after the sync; no lock is held
//! while a picture is rendered, encoded or decoded.

mod advice;
mod edits;
mod error;
mod events;
mod export;
mod imports;
mod jobs;
mod layout;
pub mod model;
mod models;
mod options;
mod pictures;
mod poster;
mod previews;
mod reading;
mod sound;
mod takebook;
mod views;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use engine::{Engine, EngineConfig, EngineError, Leftovers};
use film::{Hint as _, Id};
use media::TakeReader;

pub use error::{ErrorKind, SessionError};
use events::Events;
use export::Export;
pub use imports::LARGEST_IMPORT;
pub use model::{
    CacheInfo, Changed, Event, EventBatch, ExportOrder, Job, Layout, NewWishes, Options, ProjectInfo,
    Projects, Rail, Reading, RecentProject, State, TakeInfo, View,
};
use model::{EngineInfo, Saved};
pub use pictures::{FrameAsk, Picture};
use previews::{Key, Outlook, Playhead, Previews};
use takebook::TakeBook;
use views::{ShotView, print_of};

use crate::footage;
use crate::project::Project;
use crate::recent::Recent;
use crate::settings::{Places, Settings};
use crate::takes::Takes;
use crate::{StudioError, film_job};

/// How long a change may wait for others before the storyboard is written.
const SAVE_AFTER: Duration = Duration::from_millis(400);
/// How soon a failed save is tried again.
const SAVE_AGAIN: Duration = Duration::from_secs(5);
/// How long a project that was just closed may hold its lock.
const LOCK_PATIENCE: Duration = Duration::from_secs(20);
/// How long the renderers keep their memory without work: a place on a software device fills a gigabyte.
const REST_AFTER: Duration = Duration::from_mins(1);
/// Takes that are open for reading.
const OPEN_TAKES: usize = 4;

/// How a session is set up.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The folder of settings and of the list of recent projects; the system's when absent.
    pub config: Option<PathBuf>,
    /// The folder of new projects; the user's films when absent.
    pub films: Option<PathBuf>,
    /// The folder of models; the user's own when absent.
    pub models: Option<PathBuf>,
    /// No graphics device is opened: only cards can be rendered.
    pub without_stage: bool,
}

/// The live studio. Dropping it saves and closes the project.
pub struct Session {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    desk: Mutex<Desk>,
    /// The saver has something to do.
    dirty: Condvar,
    events: Events,
    previews: Previews,
    readers: Mutex<VecDeque<(String, TakeReader)>>,
    mix: Mutex<Option<sound::Mix>>,
    rehearsal: Mutex<Option<stage::Rehearsal>>,
    setup: Setup,
    places: Places,
    recent: Recent,
    room: models::Room,
    closing: AtomicBool,
}

/// What is known of the open project, under one lock that is never held for long.
struct Desk {
    revision: u64,
    /// Goes up with each project that is opened or closed.
    sitting: u64,
    open: Option<Open>,
    playhead: Playhead,
    settings: Settings,
}

struct Open {
    project: Project,
    saved: Saved,
    problem: Option<String>,
    /// When the oldest unsaved change was made.
    dirty_since: Option<Instant>,
    /// What the last change may be drawn together with.
    merge: Option<(String, Instant)>,
    takes: TakeBook,
    shots: Vec<Arc<ShotView>>,
    engine: Option<Arc<Engine>>,
    adapter: Adapter,
    lost: Option<String>,
    /// What running jobs ask for.
    specs: HashMap<engine::JobId, Arc<engine::JobSpec>>,
    exports: BTreeMap<u64, Arc<Export>>,
    /// When progress was last told, by job.
    told: HashMap<engine::JobId, Instant>,
    /// The newest sketch of each job, while its take is rendered.
    sketches: BTreeMap<engine::JobId, jobs::Sketch>,
    /// The number of the newest of all.
    last_sketch: u32,
}

/// The graphics device.
#[derive(Debug, Clone, Default)]
struct Adapter {
    name: String,
    software: bool,
}

impl Session {
    /// Starts the session's threads; no project is open.
    ///
    /// # Errors
    /// [`SessionError::Thread`] when the system gives no thread.
    pub fn start(setup: Setup) -> Result<Arc<Self>, SessionError> {
        let places = Places::find(&setup);
        let settings = Settings::read(&places.settings());
        let shared = Arc::new(Shared {
            desk: Mutex::new(Desk {
                revision: 0,
                sitting: 0,
                open: None,
                playhead: Playhead::default(),
                settings: settings.clone(),
            }),
            dirty: Condvar::new(),
            events: Events::default(),
            previews: Previews::default(),
            readers: Mutex::default(),
            mix: Mutex::default(),
            rehearsal: Mutex::default(),
            room: models::Room::new(&setup),
            setup,
            recent: Recent::new(places.recent()),
            places,
            closing: AtomicBool::new(false),
        });
        shared.previews.set_limit(settings.cache_limit_bytes);
        settings.apply();
        let spawn = |name: &str, work: fn(&Shared)| {
            let shared = shared.clone();
            thread::Builder::new()
                .name(name.into())
                .spawn(move || work(&shared))
                .map_err(SessionError::Thread)
        };
        let threads = vec![spawn("mutoscope-previews", previews::run)?, spawn("mutoscope-saver", saver)?];
        Ok(Arc::new(Self { shared, threads }))
    }

    /// Everything that there is to present.
    pub fn state(&self) -> State {
        // Before the rest: an event that comes in between is heard again rather than missed.
        let event = self.shared.events.newest();
        let desk = self.shared.desk();
        let Some(open) = &desk.open else {
            return State {
                revision: desk.revision,
                project: None,
                board: None,
                jobs: Vec::new(),
                takes: BTreeMap::new(),
                previews: BTreeMap::new(),
                engine: EngineInfo {
                    ready: false,
                    adapter: String::new(),
                    software: false,
                    busy: None,
                    lost: None,
                },
                event,
            };
        };
        let height = desk.settings.preview_height;
        let takes = open.shots.iter().map(|shot| (shot.id.clone(), open.take_infos(shot)));
        let previews =
            open.shots.iter().map(|shot| (shot.id.clone(), self.shared.previews.ranges(shot, height)));
        State {
            revision: desk.revision,
            project: Some(open.info()),
            board: Some(open.project.board().clone()),
            jobs: open.jobs(),
            takes: takes.filter(|(_, takes)| !takes.is_empty()).collect(),
            previews: previews.filter(|(_, ranges)| !ranges.is_empty()).collect(),
            engine: open.engine_info(),
            event,
        }
    }

    /// The events after number `after`. Waits up to `wait` when there are none.
    pub fn events(&self, after: u64, wait: Duration) -> EventBatch {
        self.shared.events.after(after, wait)
    }

    // Projects.

    /// Projects that were open lately, and where new ones go.
    pub fn projects(&self) -> Projects {
        Projects {
            recent: self.shared.recent.list(),
            default_folder: self.shared.places.films.display().to_string(),
        }
    }

    /// The picture of a recent project, as JPEG.
    pub fn poster(&self, folder: &Path) -> Option<Vec<u8>> {
        // Only of projects that were open here: the page must not read pictures from anywhere.
        self.shared.recent.knows(folder).then(|| poster::read(folder)).flatten()
    }

    /// Plans a film and opens it as a new project. `folder` defaults to one in the user's films, named by the title.
    ///
    /// # Errors
    /// As [`crate::plan`]; [`SessionError::Project`] when the folder cannot be made or holds something else.
    pub fn new_project(
        &self,
        script: &str,
        title: Option<&str>,
        folder: Option<PathBuf>,
        wishes: NewWishes,
    ) -> Result<State, SessionError> {
        let mut board = crate::plan(script, &wishes.into())?;
        if let Some(title) = title.map(str::trim).filter(|title| !title.is_empty()) {
            title.clone_into(&mut board.title);
        }
        edits::snap(&mut board, None);
        let folder = match folder {
            Some(folder) => folder,
            None => self.free_folder(&board.title)?,
        };
        let project = Project::create(&folder, board)?;
        let state = self.take_up(project)?;
        advice::seek(&self.shared);
        Ok(state)
    }

    /// A folder of that name that is not there yet.
    fn free_folder(&self, title: &str) -> Result<PathBuf, SessionError> {
        let films = &self.shared.places.films;
        fs::create_dir_all(films).map_err(|source| StudioError::Io {
            doing: "make the folder",
            path: films.clone(),
            source,
        })?;
        let name = file_name(title);
        let numbered = |n: u32| if n == 1 { format!("{name}.muto") } else { format!("{name} {n}.muto") };
        Ok((1..=u32::MAX)
            .map(|n| films.join(numbered(n)))
            .find(|folder| !folder.exists())
            .unwrap_or_default())
    }

    /// Opens a project, with the steps that a crash left unsaved.
    ///
    /// # Errors
    /// [`SessionError::Project`].
    pub fn open_project(&self, folder: &Path) -> Result<State, SessionError> {
        if self.shared.folder().is_some_and(|open| same_folder(&open, folder)) {
            return Ok(self.state());
        }
        // Opened before the other is closed: what cannot be opened leaves the user where he was.
        let project = Project::open(folder)?;
        self.take_up(project)
    }

    /// Copies the open project to another folder and goes on with the copy.
    ///
    /// # Errors
    /// [`SessionError::NoProject`], [`SessionError::Project`].
    pub fn save_as(&self, folder: &Path) -> Result<State, SessionError> {
        let (from, board) = {
            let desk = self.shared.desk();
            let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
            (open.project.folder().to_owned(), open.project.board().clone())
        };
        let project = Project::create(folder, board)?;
        for name in [poster::FILE, "takes.json"] {
            // A copy without its poster is whole; takes that do not come along are rendered again.
            let _ = fs::copy(from.join(name), folder.join(name));
        }
        let copied = copy_files(&from.join("takes"), &folder.join("takes"))
            .and_then(|()| copy_files(&footage::imports(&from), &footage::imports(folder)));
        copied.map_err(|source| StudioError::Io { doing: "copy to", path: folder.to_owned(), source })?;
        self.take_up(project)
    }

    /// Saves and closes the project. Waits for the renderers to finish their frame.
    ///
    /// # Errors
    /// [`SessionError::Project`] when it could not be saved; it stays open.
    pub fn close_project(&self) -> Result<State, SessionError> {
        self.shared.put_away()?;
        Ok(self.state())
    }

    fn take_up(&self, project: Project) -> Result<State, SessionError> {
        self.shared.put_away()?;
        let folder = project.folder().to_owned();
        let shots = ShotView::all(project.board());
        let open = Open {
            saved: if project.recovered_steps() > 0 { Saved::Saving } else { Saved::Saved },
            dirty_since: (project.recovered_steps() > 0).then(Instant::now),
            problem: None,
            merge: None,
            takes: TakeBook::open(&folder),
            shots,
            engine: None,
            adapter: Adapter::default(),
            lost: None,
            specs: HashMap::new(),
            exports: BTreeMap::new(),
            told: HashMap::new(),
            sketches: BTreeMap::new(),
            last_sketch: 0,
            project,
        };
        let name = open.name();
        let seconds = open.project.board().duration_secs();
        let sitting = {
            let mut desk = self.shared.desk();
            desk.revision += 1;
            desk.sitting += 1;
            desk.playhead = Playhead::default();
            desk.open = Some(open);
            desk.sitting
        };
        self.shared.recent.opened(&folder, &name, seconds);
        self.shared.dirty.notify_all();
        let shared = self.shared.clone();
        let started = thread::Builder::new()
            .name("mutoscope-start".into())
            .spawn(move || start_engine(&shared, sitting, &folder));
        started.map_err(SessionError::Thread)?;
        let info = self.shared.info();
        self.shared.events.push(Event::Project { project: info });
        Ok(self.state())
    }

    // The machine.

    /// The user's settings.
    pub fn settings(&self) -> Settings {
        self.shared.desk().settings.clone()
    }

    /// Changes the settings, for this and later sessions. Values out of range are brought into it.
    ///
    /// # Errors
    /// [`SessionError::Project`] when they cannot be written.
    pub fn set_settings(&self, settings: Settings) -> Result<Settings, SessionError> {
        let settings = settings.within_limits();
        settings.write(&self.shared.places.settings())?;
        settings.apply();
        let mut desk = self.shared.desk();
        desk.settings = settings.clone();
        if let Some(engine) = desk.open.as_ref().and_then(|open| open.engine.as_ref()) {
            engine.set_cache_limit(settings.takes_limit_bytes);
        }
        drop(desk);
        self.shared.previews.set_limit(settings.cache_limit_bytes);
        self.shared.previews.stir();
        Ok(settings)
    }

    /// Bytes of previews in memory.
    pub fn preview_bytes(&self) -> u64 {
        self.shared.previews.bytes()
    }

    /// What is kept so that it need not be made again, where, and how much of it.
    pub fn cache(&self) -> CacheInfo {
        let desk = self.shared.desk();
        let mut info = CacheInfo {
            preview_bytes: self.shared.previews.bytes(),
            preview_limit_bytes: desk.settings.cache_limit_bytes,
            takes_bytes: 0,
            takes_unused_bytes: 0,
            takes_limit_bytes: desk.settings.takes_limit_bytes,
            takes_folder: None,
        };
        if let Some(open) = &desk.open {
            let folder = open.project.folder().join("takes");
            info.takes_bytes = folder_bytes(&folder);
            info.takes_unused_bytes = open.unused_takes().iter().map(|key| open.take_bytes(key)).sum::<u64>();
            info.takes_folder = Some(folder.display().to_string());
        }
        info
    }

    /// Forgets the previews, and deletes the takes that the film does not use: neither shown nor chosen nor starred.
    ///
    /// # Errors
    /// [`SessionError::Project`] when a take cannot be deleted.
    pub fn clear_cache(&self) -> Result<CacheInfo, SessionError> {
        self.shared.previews.clear();
        let unused = self.shared.desk().open.as_ref().map(Open::unused_takes).unwrap_or_default();
        for key in unused {
            match self.remove_take(&key) {
                // It was removed in between, or its project was closed.
                Ok(()) | Err(SessionError::NoSuchTake(_) | SessionError::NoProject) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.cache())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Err(error) = self.shared.put_away() {
            tracing::error!(%error, "the project was not saved; its journal holds the steps");
        }
        self.shared.closing.store(true, Ordering::Release);
        self.shared.room.close();
        self.shared.events.close();
        self.shared.previews.close();
        // Under the lock, so that the saver is either before its look at the flag or asleep.
        drop(self.shared.desk());
        self.shared.dirty.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the session has panicked");
            }
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("folder", &self.shared.folder()).finish_non_exhaustive()
    }
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    fn folder(&self) -> Option<PathBuf> {
        Some(self.desk().open.as_ref()?.project.folder().to_owned())
    }

    fn info(&self) -> Option<ProjectInfo> {
        self.desk().open.as_ref().map(Open::info)
    }

    /// An error when no picture will ever come.
    fn check_engine(&self) -> Result<(), SessionError> {
        let lost = self.desk().open.as_ref().and_then(|open| open.lost.clone());
        lost.map_or(Ok(()), |why| Err(SessionError::NotReady(Some(why))))
    }

    fn has_engine(&self, engine: &Arc<Engine>) -> bool {
        let desk = self.desk();
        desk.open.as_ref().and_then(|open| open.engine.as_ref()).is_some_and(|now| Arc::ptr_eq(now, engine))
    }

    fn outlook(&self) -> Option<Outlook> {
        let desk = self.desk();
        let open = desk.open.as_ref()?;
        let taken = open.shots.iter().filter(|shot| open.shown_take(shot).is_some());
        Some(Outlook {
            engine: open.engine.clone()?,
            taken: taken.map(|shot| shot.id.clone()).collect::<BTreeSet<_>>(),
            shots: open.shots.clone(),
            playhead: desk.playhead.clone(),
            busy: open.is_busy(),
            height: desk.settings.preview_height,
        })
    }

    /// Saves and closes the open project, if there is one.
    fn put_away(&self) -> Result<(), SessionError> {
        let open = {
            let mut desk = self.desk();
            let Some(open) = &mut desk.open else { return Ok(()) };
            if open.dirty_since.is_some() {
                open.project.save()?;
            }
            desk.sitting += 1;
            desk.revision += 1;
            desk.open.take()
        };
        if let Some(open) = open {
            for export in open.exports.values() {
                export.cancel();
            }
            let seconds = open.project.board().duration_secs();
            self.recent.opened(open.project.folder(), &open.name(), seconds);
        }
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.rehearsal.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.previews.give_up("the project was closed");
        self.previews.stir();
        if !self.is_closing() {
            self.events.push(Event::Project { project: None });
        }
        Ok(())
    }

    /// A frame of a take as JPEG, from memory when it is there.
    fn take_picture(
        &self,
        name: &str,
        path: &Path,
        frame: u32,
        height: u32,
    ) -> Result<Arc<[u8]>, SessionError> {
        let key = Key { print: print_of(name), view: View::Picture, height, frame };
        if let Some(jpeg) = self.previews.get(key) {
            return Ok(jpeg);
        }
        let held = {
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            readers.iter().position(|(open, _)| open == name).and_then(|at| readers.remove(at))
        };
        let mut reader = match held {
            Some((_, reader)) => reader,
            None => TakeReader::open(path)?,
        };
        let picture = reader.frame(frame)?;
        let jpeg: Arc<[u8]> = media::encode_jpeg(&picture, height)?.into();
        self.previews.put(key, jpeg.clone());
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.push_back((name.to_owned(), reader));
        if readers.len() > OPEN_TAKES {
            readers.pop_front();
        }
        Ok(jpeg)
    }
}

impl Open {
    fn name(&self) -> String {
        let title = &self.project.board().title;
        if title.is_empty() {
            self.project.folder().file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
        } else {
            title.clone()
        }
    }

    fn info(&self) -> ProjectInfo {
        ProjectInfo {
            name: self.name(),
            folder: self.project.folder().display().to_string(),
            saved: self.saved,
            problem: self.problem.clone(),
            undo: self.project.undo_label().map(Into::into),
            redo: self.project.redo_label().map(Into::into),
            recovered_steps: self.project.recovered_steps(),
        }
    }

    fn engine_info(&self) -> EngineInfo {
        EngineInfo {
            ready: self.engine.is_some(),
            adapter: self.adapter.name.clone(),
            software: self.adapter.software,
            busy: self.running().map(|job| job.title),
            lost: self.lost.clone(),
        }
    }

    fn shot(&self, id: &Id) -> Result<&Arc<ShotView>, SessionError> {
        self.shots.iter().find(|shot| &shot.id == id).ok_or_else(|| SessionError::NoSuchShot(id.clone()))
    }

    fn chosen(&self, id: &Id) -> Option<&film::ChosenTake> {
        self.project.board().shot(id)?.1.take.as_ref()
    }

    fn take_infos(&self, shot: &ShotView) -> Vec<TakeInfo> {
        self.takes.infos(shot, self.chosen(&shot.id))
    }

    /// Takes that no shot shows and nobody chose or marked.
    fn unused_takes(&self) -> Vec<String> {
        let free = |take: &TakeInfo| !(take.shown || take.chosen || take.starred || take.current);
        let infos = self.shots.iter().flat_map(|shot| self.take_infos(shot));
        infos.filter(free).map(|take| take.key).collect()
    }

    fn take_bytes(&self, key: &str) -> u64 {
        let file = self.takes.find(key).map(|record| self.takes.path(record));
        file.and_then(|path| path.metadata().ok()).map_or(0, |file| file.len())
    }

    /// Key and file of the take that plays for a shot.
    fn shown_take(&self, shot: &ShotView) -> Option<(String, PathBuf)> {
        let record = self.takes.shown(shot, self.chosen(&shot.id))?;
        Some((record.key.clone(), self.takes.path(record)))
    }
}

/// The thread that writes the storyboard.
fn saver(shared: &Shared) {
    let mut desk = shared.desk();
    loop {
        if shared.is_closing() {
            return;
        }
        let due = desk.open.as_ref().and_then(|open| {
            let wait = if open.saved == Saved::Failed { SAVE_AGAIN } else { SAVE_AFTER };
            Some(open.dirty_since? + wait)
        });
        let Some(due) = due else {
            desk = shared.dirty.wait(desk).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let left = due.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            desk = shared.dirty.wait_timeout(desk, left).unwrap_or_else(PoisonError::into_inner).0;
            continue;
        }
        let Some(open) = &mut desk.open else { continue };
        match open.project.save() {
            Ok(()) => {
                open.saved = Saved::Saved;
                open.problem = None;
                open.dirty_since = None;
            }
            Err(error) => {
                let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                open.problem = Some(format!("{error}{hint}"));
                open.saved = Saved::Failed;
                open.dirty_since = Some(Instant::now());
            }
        }
        let info = open.info();
        shared.events.push(Event::Project { project: Some(info) });
    }
}

/// Opens the devices and starts the engine of the project, then listens to it until it closes.
fn start_engine(shared: &Arc<Shared>, sitting: u64, folder: &Path) {
    let config = EngineConfig {
        cache_limit_bytes: shared.desk().settings.takes_limit_bytes,
        leftovers: Leftovers::Continue,
        queue_limit: 1024,
        rest_after: Some(REST_AFTER),
        ..EngineConfig::in_project(folder)
    };
    let without_stage = shared.setup.without_stage;
    let adapter: Arc<Mutex<Adapter>> = Arc::default();
    let deadline = Instant::now() + LOCK_PATIENCE;
    let started = loop {
        let found = adapter.clone();
        let imports = footage::imports(folder);
        let models = shared.room.models().clone();
        let factory = move || {
            if without_stage {
                return Ok(film_job::without_device(&imports));
            }
            film_job::renderers(&models, &imports, &mut |device| {
                let software = device.kind == "software";
                *found.lock().unwrap_or_else(PoisonError::into_inner) =
                    Adapter { name: device.name.clone(), software };
            })
        };
        match Engine::start(&config, Box::new(Takes), factory) {
            // It was closed a moment ago, and its worker finishes a frame.
            Err(EngineError::Locked { holder, .. })
                if holder == Some(std::process::id())
                    && Instant::now() < deadline
                    && shared.desk().sitting == sitting =>
            {
                thread::sleep(Duration::from_millis(30));
            }
            other => break other,
        }
    };
    let subscription = {
        let mut desk = shared.desk();
        if desk.sitting != sitting {
            return;
        }
        let Some(open) = &mut desk.open else { return };
        match started {
            Ok(engine) => {
                let subscription = engine.subscribe_with_sketches();
                open.adapter = adapter.lock().unwrap_or_else(PoisonError::into_inner).clone();
                for job in engine.jobs() {
                    if let Some(spec) = engine.spec(job.id) {
                        open.specs.insert(job.id, spec);
                    }
                }
                open.engine = Some(Arc::new(engine));
                Some(subscription)
            }
            Err(error) => {
                let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                open.lost = Some(format!("{error}{hint}"));
                None
            }
        }
    };
    shared.tell_engine();
    if subscription.is_none() {
        shared.previews.give_up("the renderers did not start");
    }
    shared.previews.stir();
    if let Some(subscription) = subscription {
        jobs::listen(shared, sitting, &subscription);
    }
}

/// Bytes of the files in a folder; 0 where there is none.
fn folder_bytes(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file).map(|file| file.len()).sum()
}

/// A title as a file may be called.
fn file_name(title: &str) -> String {
    let allowed = |c: char| !c.is_control() && !r#"/\:*?"<>|"#.contains(c);
    let name: String = title.chars().filter(|&c| allowed(c)).take(60).collect();
    let name = name.trim().trim_matches('.').trim();
    if name.is_empty() { "Film".into() } else { name.into() }
}

fn same_folder(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Finished files of one project into another; links where the file system has them, since takes and imports never change.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.starts_with('.') || text.contains(".partial.") || !entry.file_type()?.is_file() {
            continue;
        }
        let target = to.join(&name);
        if fs::hard_link(entry.path(), &target).is_err() {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
