//! The one way from words, or a storyboard, to a film.
//!
//! Check the output → open the project → render the takes that are missing → assemble them with transitions and sound →
//! encode. Everything that can be refused is refused before the first frame is rendered.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use edit::{Layer, Picture, Timeline};
use engine::{
    Engine, EngineConfig, Failure, JobSpec, Notice, Phase, Renderers, Silence, Take, TakeOutcome, TakeRequest,
};
use film::{CancelToken, Frame, Id, Quality, ShotOrder, Storyboard};
use media::{FilmSpec, FilmWriter, Format, GifLimits, SAMPLE_RATE, TakeReader};
use serde_json::{Value, json};
use stage::{DeviceChoice, Stage};

use crate::footage::{self, Footage};
use crate::models::{ModelState, Models};
use crate::project::Project;
use crate::takes::Takes;
use crate::video::{SharedStage, VideoRenderer};
use crate::{StudioError, Wishes, check_renderer, plan, project_folder};

/// How often the worker's silence is used to look whether somebody wants to stop.
const GLANCE: Duration = Duration::from_millis(30);

/// Pictures of each shot on a contact sheet.
const SHEET_COLUMNS: u32 = 3;

/// Width of each picture on a contact sheet in pixels.
const SHEET_CELL_WIDTH: u32 = 426;

/// Where the film goes and how much work goes into it.
#[derive(Debug, Clone)]
pub struct Output {
    /// The film, such as `NAME.mp4`. Its project lies beside it in `NAME.muto`.
    pub film: PathBuf,
    /// What it is written as; what the ending of its name says when `None`.
    pub format: Option<Format>,
    /// How much work goes into each picture.
    pub quality: Quality,
    /// A contact sheet to write as well, `NAME.png`: a row of pictures for each shot.
    pub sheet: Option<PathBuf>,
    /// FFmpeg's name of the video encoder to use; the best one present when `None`.
    pub encoder: Option<String>,
    /// Threads of the encoder, at most; 0 for the usual number.
    pub threads: u32,
    /// How large and fast an animated GIF may be.
    pub gif: GifLimits,
}

impl Output {
    /// What the film is written as.
    pub(crate) fn format(&self) -> Result<Format, StudioError> {
        self.format.map_or_else(|| Format::of(&self.film).map_err(StudioError::Media), Ok)
    }
}

/// Which part of a storyboard is rendered; all of it by default.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these shots, in the order of the film. Empty: all.
    pub shots: Vec<Id>,
    /// Only these frames of what the shots make.
    pub frames: Option<Range<u32>>,
}

/// Who looks on.
pub struct Watcher<'a> {
    /// Stops the work at the next frame. Finished takes are kept.
    pub cancel: CancelToken,
    /// Is told what happens; must return quickly.
    pub event: &'a mut dyn FnMut(Event),
}

impl Watcher<'_> {
    fn tell(&mut self, event: Event) {
        (self.event)(event);
    }

    fn check(&self) -> Result<(), StudioError> {
        if self.cancel.is_cancelled() { Err(StudioError::Cancelled) } else { Ok(()) }
    }
}

/// What happens while a film is made.
#[derive(Debug, Clone)]
pub enum Event {
    /// The project is open.
    Planned {
        /// Shots in the film.
        shots: usize,
        /// Its length.
        seconds: f64,
        /// The project's folder.
        project: PathBuf,
    },
    /// Steps that an earlier process had not saved were found in the journal.
    Recovered {
        /// How many.
        steps: usize,
    },
    /// Something that the user may want to know and need not act on.
    Notice(String),
    /// The graphics device is being opened.
    Preparing,
    /// Frames are rendered.
    Rendering {
        /// The shot.
        shot: Id,
        /// Its place in the film, from 0.
        index: u32,
        /// Shots in the film.
        shots: u32,
        /// Frames of this shot that are finished.
        frame: u32,
        /// Frames of this shot.
        frames: u32,
        /// Frames of all missing shots that are finished.
        done: u64,
        /// Frames of all missing shots.
        total: u64,
        /// How long the rest will take.
        left: Option<Duration>,
        /// Steps of denoising that are done, and all of them, while a model works on frames.
        step: Option<(u64, u64)>,
        /// What the renderer says of how it makes this take, in a sentence.
        note: Option<Arc<str>>,
    },
    /// The film is put together and encoded.
    Assembling {
        /// Frames that are finished.
        frame: u64,
        /// Frames of the film.
        frames: u64,
    },
}

/// A finished film.
#[derive(Debug, Clone)]
pub struct Made {
    /// The file.
    pub film: PathBuf,
    /// The project's folder.
    pub project: PathBuf,
    /// The contact sheet, when one was asked for.
    pub sheet: Option<PathBuf>,
    /// Frames in the film.
    pub frames: u32,
    /// Its length.
    pub seconds: f64,
    /// The size of the file.
    pub bytes: u64,
    /// Its shots, in order.
    pub shots: Vec<MadeShot>,
    /// What the user should know: notes of the reading and of the encoding.
    pub notes: Vec<String>,
}

/// A shot of a finished film.
#[derive(Debug, Clone)]
pub struct MadeShot {
    /// Its name.
    pub id: Id,
    /// Whether its take was there already.
    pub kept: bool,
}

impl Made {
    /// The result for programs.
    pub fn to_json(&self) -> Value {
        json!({
            "film": self.film,
            "project": self.project,
            "sheet": self.sheet,
            "frames": self.frames,
            "seconds": self.seconds,
            "bytes": self.bytes,
            "shots": self.shots.iter().map(|s| json!({ "id": s.id, "kept": s.kept })).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

/// Plans a film from words, renders and writes it.
///
/// A project that lies there already takes the new storyboard as a change, which can be undone; takes that fit are used.
pub fn make(
    words: &str,
    wishes: &Wishes,
    output: &Output,
    watcher: &mut Watcher<'_>,
) -> Result<Made, StudioError> {
    let board = plan(words, wishes)?;
    check_output(output, &board, &Models::of_the_user())?;
    let mut project = Project::open_or_create(&project_folder(&output.film), || board.clone())?;
    // What these words leave alone keeps its takes, and what was set by hand stays.
    let board = story::carry_over(project.board(), board);
    project.change(board, "Plan from a prompt")?;
    project.save()?;
    produce(&project, &Selection::default(), output, watcher)
}

/// Renders a storyboard file or a project folder, or a part of it, and writes the film.
pub fn render(
    input: &Path,
    selection: &Selection,
    output: &Output,
    watcher: &mut Watcher<'_>,
) -> Result<Made, StudioError> {
    let project = if let Some(folder) = containing_project(input) {
        let project = Project::open(&folder)?;
        check_output(output, project.board(), &Models::of_the_user())?;
        project
    } else {
        let failed = |source| StudioError::Io { doing: "read", path: input.to_owned(), source };
        let text = fs::read_to_string(input).map_err(failed)?;
        let board = Storyboard::from_json(&text)
            .map_err(|source| StudioError::Document { path: input.to_owned(), source })?;
        check_output(output, &board, &Models::of_the_user())?;
        project_of(output, board, "Take in a storyboard")?
    };
    produce(&project, selection, output, watcher)
}

/// Removes what an interrupted run was writing. Finished takes and films stay.
pub fn remove_partials(output: &Output) {
    let folder = folder_of(&output.film);
    let stem = output.film.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let ours = |name: &str| name.strip_prefix(stem.as_str()).is_some_and(|rest| rest.starts_with(".partial"));
    let takes = project_folder(&output.film).join("takes");
    let in_takes = |name: &str| name.contains(".partial");
    remove_files(folder, &ours);
    remove_files(&takes, &in_takes);
    // Pictures are written aside in a folder, which has exactly this name: no other is touched.
    if let (Ok(Format::Frames), Some(name)) = (output.format(), output.film.file_name()) {
        let mut aside = name.to_owned();
        aside.push(".partial");
        // What cannot be removed now is removed at the next start.
        let _ = fs::remove_dir_all(folder.join(aside));
    }
}

fn remove_files(folder: &Path, condemned: &dyn Fn(&str) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if condemned(&entry.file_name().to_string_lossy()) {
            // What cannot be removed now is removed at the next start.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The project folder that `input` is, or is the storyboard of.
fn containing_project(input: &Path) -> Option<PathBuf> {
    if input.is_dir() {
        return Some(input.to_owned());
    }
    let folder = input.parent()?;
    let inside = folder.extension().is_some_and(|e| e == "muto") && input.file_name()? == "storyboard.json";
    inside.then(|| folder.to_owned())
}

fn project_of(output: &Output, board: Storyboard, label: &str) -> Result<Project, StudioError> {
    let mut project = Project::open_or_create(&project_folder(&output.film), || board.clone())?;
    project.change(board, label)?;
    project.save()?;
    Ok(project)
}

/// Finds out now what would otherwise stop the film after all its frames were rendered.
pub(crate) fn check_output(output: &Output, board: &Storyboard, models: &Models) -> Result<(), StudioError> {
    let format = output.format()?;
    if board.shots().next().is_none() {
        return Err(StudioError::NoShots);
    }
    for (_, shot) in board.shots() {
        check_renderer(&shot.renderer, models)?;
    }
    let film = (format != Format::Frames).then_some(&output.film);
    for path in [film, output.sheet.as_ref()].into_iter().flatten() {
        if path.is_dir() {
            let source = std::io::ErrorKind::IsADirectory.into();
            return Err(StudioError::Io { doing: "write", path: path.clone(), source });
        }
    }
    if let Some(sheet) = &output.sheet {
        let probe = tempfile::Builder::new().prefix(".").suffix(".partial").tempfile_in(folder_of(sheet));
        probe.map_err(|source| StudioError::Io { doing: "write", path: sheet.clone(), source })?;
    }
    // A writer that is dropped leaves nothing; that it opens shows that the folder takes files and the encoder is there.
    drop(FilmWriter::create(&output.film, film_spec(output, board)?)?);
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn film_spec(output: &Output, board: &Storyboard) -> Result<FilmSpec, StudioError> {
    let format = output.format()?;
    let heard = || {
        board.shots().any(|(_, shot)| shot.sound.ambience.iter().any(|bed| edit::sound::bed(bed).is_some()))
    };
    Ok(FilmSpec {
        width: board.format.width,
        height: board.format.height,
        fps: board.format.fps,
        quality: output.quality,
        title: board.title.chars().filter(|c| !c.is_control()).collect(),
        recipe: recipe(output, board).to_string(),
        sound: format.has_sound() && heard(),
        format,
        encoder: output.encoder.clone(),
        threads: output.threads,
        gif: output.gif,
    })
}

/// What the film was made from: with the same program and device it gives the same film again.
fn recipe(output: &Output, board: &Storyboard) -> Value {
    json!({
        "program": concat!("mutoscope ", env!("CARGO_PKG_VERSION")),
        "quality": output.quality,
        "storyboard": board,
    })
}

/// What is to be shown: the chosen shots on their timeline, and which of its frames.
pub(crate) struct Cut {
    pub(crate) board: Storyboard,
    pub(crate) timeline: Timeline,
    pub(crate) frames: Range<u32>,
}

impl Cut {
    pub(crate) fn new(board: &Storyboard, selection: &Selection) -> Result<Self, StudioError> {
        let mut board = board.clone();
        if !selection.shots.is_empty() {
            let known = || board.shots().map(|(_, shot)| shot.id.to_string()).collect();
            if let Some(id) = selection.shots.iter().find(|id| board.shot(id).is_none()) {
                return Err(StudioError::UnknownShot { id: id.clone(), known: known() });
            }
            for scene in &mut board.scenes {
                scene.shots.retain(|shot| selection.shots.contains(&shot.id));
            }
        }
        let timeline = Timeline::new(&board);
        let all = timeline.frames();
        let frames = selection.frames.clone().unwrap_or(0..all);
        if frames.is_empty() || frames.end > all {
            return Err(StudioError::NoSuchFrames { from: frames.start, to: frames.end, frames: all });
        }
        Ok(Self { board, timeline, frames })
    }

    /// Where frame `frame` begins in interleaved stereo sound.
    pub(crate) fn sample(&self, frame: u32) -> usize {
        2 * (u64::from(frame) * u64::from(SAMPLE_RATE) / u64::from(self.timeline.fps())) as usize
    }

    /// The frames of each shot that are seen, by the shot's place on the timeline.
    fn needed(&self) -> BTreeMap<usize, Range<u32>> {
        let mut needed: BTreeMap<usize, Range<u32>> = BTreeMap::new();
        for picture in self.frames.clone().filter_map(|index| self.timeline.picture(index)) {
            for Layer { entry, frame } in layers(picture) {
                let range = needed.entry(entry).or_insert(frame..frame + 1);
                *range = range.start.min(frame)..range.end.max(frame + 1);
            }
        }
        needed
    }

    /// What the engine is asked for. A whole take that is there serves for a part of it too.
    pub(crate) fn requests(
        &self,
        engine: &Engine,
        quality: Quality,
    ) -> Result<Vec<TakeRequest>, StudioError> {
        let mut requests = Vec::new();
        for (entry, frames) in self.needed() {
            let shot = &self.timeline.entries()[entry];
            let order = ShotOrder::new(&self.board, &shot.shot, quality)?;
            let whole = 0..shot.length + shot.handle;
            let request = TakeRequest { frames: whole, ..TakeRequest::whole(order) };
            if request.frames == frames || engine.cached(&request)?.is_some() {
                requests.push(request);
            } else {
                requests.push(TakeRequest { frames, ..request });
            }
        }
        Ok(requests)
    }
}

fn layers(picture: Picture) -> impl Iterator<Item = Layer> {
    let (first, second) = match picture {
        Picture::One(layer) | Picture::Faded { layer, .. } => (layer, None),
        Picture::Mixed { from, to, .. } | Picture::Wiped { from, to, .. } => (from, Some(to)),
    };
    std::iter::once(first).chain(second)
}

fn produce(
    project: &Project,
    selection: &Selection,
    output: &Output,
    watcher: &mut Watcher<'_>,
) -> Result<Made, StudioError> {
    let cut = Cut::new(project.board(), selection)?;
    if project.recovered_steps() > 0 {
        watcher.tell(Event::Recovered { steps: project.recovered_steps() });
    }
    watcher.tell(Event::Planned {
        shots: cut.timeline.entries().len(),
        seconds: cut.frames.len() as f64 / f64::from(cut.timeline.fps()),
        project: project.folder().to_owned(),
    });
    watcher.check()?;
    watcher.tell(Event::Preparing);
    let imports = footage::imports(project.folder());
    let engine = Engine::start(&EngineConfig::in_project(project.folder()), Box::new(Takes), move || {
        renderers(&Models::of_the_user(), &imports, &mut |_| ())
    })?;
    let title = if project.board().title.is_empty() { "Film" } else { &project.board().title };
    let job = engine.submit(JobSpec::new(title, cut.requests(&engine, output.quality)?))?;
    let rendered = rendered(&engine, job, watcher)?;
    let written = assemble(&cut, &rendered.takes, output, watcher)?;
    let sheet = output.sheet.as_ref().map(|path| sheet(&cut, &rendered.takes, path)).transpose()?;
    let mut notes: Vec<String> = project.board().notes.iter().map(|note| note.text.clone()).collect();
    notes.extend(written.note.clone());
    Ok(Made {
        film: output.film.clone(),
        project: project.folder().to_owned(),
        sheet,
        frames: written.frames,
        seconds: cut.frames.len() as f64 / f64::from(cut.timeline.fps()),
        bytes: written.bytes,
        shots: rendered.shots,
        notes,
    })
}

/// All renderers of this machine, the stage on the best device; says which that is. `imports` has the user's own files.
pub(crate) fn renderers(
    models: &Models,
    imports: &Path,
    device: &mut dyn FnMut(&stage::DeviceInfo),
) -> Result<Renderers, Failure> {
    let mut stage = Stage::new(&DeviceChoice::Auto).map_err(|error| Failure::of(&error))?;
    stage.imports_from(imports);
    device(stage.device());
    let stage = SharedStage::new(stage);
    let mut renderers = without_device(imports).with_seekable(stage.clone());
    for manifest in models.manifests() {
        let installed = models.installed(&manifest);
        if installed.state == ModelState::Installed {
            let folder = models.folder().join(&manifest.name);
            let revision = installed.revision.unwrap_or_default();
            renderers = renderers.with(VideoRenderer::open(manifest, revision, &folder, stage.clone()));
        }
    }
    Ok(renderers)
}

/// The renderers that need no device.
pub(crate) fn without_device(imports: &Path) -> Renderers {
    Renderers::new().with_seekable(edit::titles::Cards).with_seekable(Footage::new(imports))
}

pub(crate) struct Rendered {
    pub(crate) takes: Vec<Take>,
    shots: Vec<MadeShot>,
}

/// Follows a job of the engine to its end. One that is paused goes on some time.
pub(crate) fn rendered(
    engine: &Engine,
    job: engine::JobId,
    watcher: &mut Watcher<'_>,
) -> Result<Rendered, StudioError> {
    let events = engine.subscribe();
    let mut kept: BTreeMap<Id, bool> = BTreeMap::new();
    let mut noted: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut asked = false;
    loop {
        if watcher.cancel.is_cancelled() && !asked {
            engine.cancel(job)?;
            asked = true;
        }
        match events.recv_timeout(GLANCE) {
            Ok(engine::Event::Job { job: id, state, .. }) if id == job && is_over(state) => break,
            Ok(engine::Event::Shot { job: id, shot, phase, .. }) if id == job => match phase {
                Phase::Report(progress) => {
                    // Once for all shots that it holds for.
                    if let Some(note) = &progress.note
                        && noted.insert(note.clone())
                    {
                        watcher.tell(Event::Notice(note.to_string()));
                    }
                    watcher.tell(Event::Rendering {
                        shot,
                        index: progress.shot_index,
                        shots: progress.shots,
                        frame: progress.frame,
                        frames: progress.frames,
                        done: progress.frames_done,
                        total: progress.frames_total,
                        left: progress.left,
                        step: progress.step.map(|step| (step.done, step.total)),
                        note: progress.note,
                    });
                }
                Phase::End(TakeOutcome::Cached) => drop(kept.insert(shot, true)),
                Phase::End(TakeOutcome::Rendered) => drop(kept.insert(shot, false)),
                Phase::Begin { .. }
                | Phase::Sketch(_)
                | Phase::End(TakeOutcome::Stopped | TakeOutcome::Failed) => {}
            },
            Ok(engine::Event::Notice(notice)) => watcher.tell(Event::Notice(sentence(&notice))),
            // It may have ended before we began to listen.
            Err(Silence::Timeout) if is_over(engine.job(job)?.state) => break,
            Ok(engine::Event::Job { .. } | engine::Event::Shot { .. } | engine::Event::Preview { .. })
            | Err(Silence::Timeout) => {}
            Err(Silence::Closed) => break,
        }
    }
    let job = engine.wait(job)?;
    watcher.check()?;
    if let Some(failure) = job.failure {
        return Err(StudioError::Failed(failure));
    }
    let shots = job
        .takes
        .iter()
        .map(|take| MadeShot { id: take.shot.clone(), kept: kept.get(&take.shot).copied().unwrap_or(true) });
    Ok(Rendered { shots: shots.collect(), takes: job.takes })
}

fn is_over(state: engine::JobState) -> bool {
    state.is_settled() && state != engine::JobState::Paused
}

/// A notice of the engine in words for the user.
pub(crate) fn sentence(notice: &Notice) -> String {
    match notice {
        Notice::QueueRebuilt { aside, takes_kept } => {
            let aside = aside.display();
            format!("the render queue was damaged and is now {aside}; {takes_kept} finished takes were kept")
        }
        Notice::PartialsRemoved(count) => format!("{count} unfinished takes of an earlier run were removed"),
        Notice::TakesForgotten(count) => {
            format!("{count} takes have lost their files and are rendered again")
        }
        Notice::JobsLeftOver { jobs, .. } => format!("{} earlier runs had not finished", jobs.len()),
        Notice::NoLocks => "this file system knows no locks: keep other programs out of the project".into(),
        Notice::TakesEvicted { count, bytes } => {
            format!("{count} old takes were deleted to make room ({} MB)", bytes >> 20)
        }
        Notice::DeviceLost(why) => format!("the graphics device failed and was opened anew: {why}"),
        Notice::QueueNotSaved(why) => format!("the render queue could not be saved: {why}"),
    }
}

/// The takes of a film, open for reading.
pub(crate) struct Shelf<'a> {
    takes: BTreeMap<&'a Id, (&'a Take, TakeReader)>,
}

impl<'a> Shelf<'a> {
    pub(crate) fn open(takes: &'a [Take]) -> Result<Self, StudioError> {
        let open = |take: &'a Take| Ok((&take.shot, (take, TakeReader::open(&take.path)?)));
        Ok(Self { takes: takes.iter().map(open).collect::<Result<_, media::Error>>()? })
    }

    /// Frame `index` of a shot. A take that was chosen by hand may lack the frames that a transition needs: its last stands.
    pub(crate) fn frame(&mut self, shot: &Id, index: u32) -> Result<Frame, StudioError> {
        let (take, reader) = self
            .takes
            .get_mut(shot)
            .ok_or_else(|| StudioError::UnknownShot { id: shot.clone(), known: Vec::new() })?;
        let index = index.saturating_sub(take.frames.start).min(reader.frames().saturating_sub(1));
        Ok(reader.frame(index)?)
    }
}

/// Puts the takes together and encodes them.
pub(crate) fn assemble(
    cut: &Cut,
    takes: &[Take],
    output: &Output,
    watcher: &mut Watcher<'_>,
) -> Result<media::Written, StudioError> {
    let spec = film_spec(output, &cut.board)?;
    let sound = spec.sound.then(|| edit::sound::mix(&cut.board, &cut.timeline));
    let mut writer = FilmWriter::create(&output.film, spec)?;
    let mut shelf = Shelf::open(takes)?;
    let frames = cut.frames.len() as u64;
    let sample = |frame: u32| cut.sample(frame);
    for (done, index) in cut.frames.clone().enumerate() {
        watcher.check()?;
        let frame = edit::compose(&cut.timeline, index, |shot, frame| shelf.frame(shot, frame))?;
        let Some(frame) = frame else { break };
        writer.frame(&frame)?;
        if let Some(sound) = &sound {
            let samples = sample(index).min(sound.len())..sample(index + 1).min(sound.len());
            writer.sound(&sound[samples])?;
        }
        watcher.tell(Event::Assembling { frame: done as u64 + 1, frames });
    }
    Ok(writer.finish()?)
}

/// Writes a contact sheet: the first, middle and last picture of each shot.
fn sheet(cut: &Cut, takes: &[Take], path: &Path) -> Result<PathBuf, StudioError> {
    let mut shelf = Shelf::open(takes)?;
    let mut pictures = Vec::new();
    for take in takes {
        let length =
            cut.timeline.entries().iter().find(|entry| entry.shot == take.shot).map_or(1, |e| e.length);
        let last = (take.frames.end - 1).min(length.saturating_sub(1)).max(take.frames.start);
        for step in 0..SHEET_COLUMNS {
            let index = take.frames.start + (last - take.frames.start) * step / (SHEET_COLUMNS - 1);
            pictures.push(shelf.frame(&take.shot, index)?);
        }
    }
    media::write_png(path, &media::contact_sheet(&pictures, SHEET_COLUMNS, SHEET_CELL_WIDTH))?;
    Ok(path.to_owned())
}
