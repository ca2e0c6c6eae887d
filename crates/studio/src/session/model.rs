//! What the session says of itself: the shapes of the studio's API. Serialized, they are what the page gets.

use std::collections::BTreeMap;

use film::{Id, Quality, Storyboard};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::models::{Capability, MemoryNeed, ModelState};

/// Everything that a page needs to present the studio; [`Event`]s keep it up to date.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct State {
    /// Goes up with each change of the document.
    pub revision: u64,
    /// The open project.
    pub project: Option<ProjectInfo>,
    /// Its document.
    pub board: Option<Storyboard>,
    /// Jobs of this session and those left over from earlier ones, oldest first.
    pub jobs: Vec<Job>,
    /// The takes of each shot, oldest first.
    pub takes: BTreeMap<Id, Vec<TakeInfo>>,
    /// Frames `[start, end)` of each shot, as it now stands, whose preview is there at the usual height.
    pub previews: BTreeMap<Id, Vec<[u32; 2]>>,
    /// The renderers.
    pub engine: EngineInfo,
    /// The number of the newest event.
    pub event: u64,
}

/// The open project.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProjectInfo {
    /// The film's title, or the folder's name.
    pub name: String,
    /// The folder.
    pub folder: String,
    /// Whether the storyboard's file is as the document stands.
    pub saved: Saved,
    /// Why it could not be saved, or what else is wrong with it.
    pub problem: Option<String>,
    /// What undo would take back.
    pub undo: Option<String>,
    /// What redo would make again.
    pub redo: Option<String>,
    /// Steps that were found unsaved when the project was opened.
    pub recovered_steps: usize,
}

/// Whether what is seen is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Saved {
    /// The file is written and synced.
    Saved,
    /// The step is in the journal; the file follows within a second.
    Saving,
    /// The file could not be written.
    Failed,
}

/// What is being rendered or exported, or was.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Job {
    /// Its name.
    pub id: String,
    /// What the user calls it.
    pub title: String,
    /// Where it is in its life.
    pub state: JobState,
    /// What it makes.
    pub kind: JobKind,
    /// The shot in hand.
    pub shot: Option<Id>,
    /// Frames of the shot, or of the film while it is put together, that are finished.
    pub frame: u32,
    /// Frames of the shot or film.
    pub frames: u32,
    /// Frames of the job that are finished.
    pub frames_done: u64,
    /// Frames of the job.
    pub frames_total: u64,
    /// Since it began.
    pub elapsed_secs: f64,
    /// How long the rest will take.
    pub left_secs: Option<f64>,
    /// Why it failed.
    pub failure: Option<JobFailure>,
    /// The file that it writes.
    pub path: Option<String>,
    /// Higher goes first.
    pub priority: i32,
    /// The number of the small rough picture of what a video model is about to make, another for each picture; none for renderers
    /// that draw none, and none once the frames are there.
    pub sketch: Option<u32>,
    /// What the renderer says of how it makes the shot in hand, in a sentence.
    pub note: Option<String>,
}

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it; engine::JobState explains them")]
pub enum JobState {
    Queued,
    Running,
    Paused,
    Cancelling,
    Done,
    Failed,
    Cancelled,
    Interrupted,
}

impl JobState {
    /// Whether it waits or works.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Cancelling)
    }
}

impl From<engine::JobState> for JobState {
    fn from(state: engine::JobState) -> Self {
        use engine::JobState as Engine;
        match state {
            Engine::Queued => Self::Queued,
            Engine::Running => Self::Running,
            Engine::Cancelling => Self::Cancelling,
            Engine::Done => Self::Done,
            Engine::Failed => Self::Failed,
            Engine::Cancelled => Self::Cancelled,
            Engine::Interrupted => Self::Interrupted,
            Engine::Paused => Self::Paused,
        }
    }
}

/// What a job makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JobKind {
    /// A take of a shot.
    Take,
    /// A file outside the project.
    Export,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JobFailure {
    /// What failed.
    pub message: String,
    /// What would help.
    pub hint: Option<String>,
}

/// A finished take of a shot.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is one mark beside the take")]
pub struct TakeInfo {
    /// Its name.
    pub key: String,
    /// Counts the takes of the shot, from 1.
    pub number: u32,
    /// The shot.
    pub shot: Id,
    /// Who rendered it.
    pub renderer: String,
    /// How much work went into each picture.
    pub quality: Quality,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Frames a second.
    pub fps: u32,
    /// Frames, with those past the end of the shot.
    pub frames: u32,
    /// The shot's seed.
    pub seed: u64,
    /// Whether the user marked it.
    pub starred: bool,
    /// Whether the user chose it for the film.
    pub chosen: bool,
    /// Whether it shows the shot as it now stands.
    pub current: bool,
    /// Whether it is the one that plays in the film.
    pub shown: bool,
    /// When it was finished, in seconds since 1970.
    pub made_unix: u64,
}

/// The renderers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EngineInfo {
    /// Whether it takes jobs.
    pub ready: bool,
    /// The graphics device.
    pub adapter: String,
    /// Whether that is the processor.
    pub software: bool,
    /// What it is doing.
    pub busy: Option<String>,
    /// Why it cannot render.
    pub lost: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// The document changed.
    Board {
        /// Its new revision.
        revision: u64,
        /// The change (RFC 6902); none: fetch the state anew.
        #[schemars(with = "Option<Vec<Value>>")]
        patch: Option<json_patch::Patch>,
        /// The project.
        project: Option<ProjectInfo>,
    },
    /// A job came further.
    Job {
        /// As it is now.
        job: Box<Job>,
    },
    /// The takes of a shot changed.
    Takes {
        /// The shot.
        shot: Id,
        /// As they are now.
        takes: Vec<TakeInfo>,
    },
    /// More previews of a shot are there.
    Previews {
        /// The shot.
        shot: Id,
        /// All ranges `[start, end)` that are there.
        ranges: Vec<[u32; 2]>,
    },
    /// The renderers came or went.
    Engine {
        /// As they are now.
        engine: EngineInfo,
    },
    /// A model's files came further, or are here, or gone.
    Model {
        /// As it is now.
        model: Box<ModelInfo>,
    },
    /// Something that the user may want to know.
    Notice {
        /// One sentence.
        text: String,
        /// What would help.
        hint: Option<String>,
    },
    /// The project was opened, closed or saved.
    Project {
        /// As it is now.
        project: Option<ProjectInfo>,
    },
}

/// Events since the last time.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EventBatch {
    /// In order.
    pub events: Vec<Event>,
    /// Ask for those after this number next.
    pub next: u64,
    /// Some were dropped: fetch the state anew.
    pub missed: bool,
}

/// What a change of the document came to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Changed {
    /// The document's revision now.
    pub revision: u64,
    /// From the document before to the one after (RFC 6902).
    #[schemars(with = "Vec<Value>")]
    pub patch: json_patch::Patch,
    /// What was undone or redone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// New shots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shots: Option<Vec<Id>>,
}

/// What a script says, for highlights while it is typed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Reading {
    /// In order of their beginning; they may lie within each other.
    pub spans: Vec<ReadSpan>,
    /// Scenes that it would make.
    pub scenes: usize,
    /// Shots that it would make.
    pub shots: usize,
    /// Length of the film that it would make.
    pub seconds: f64,
}

/// Words that were understood.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ReadSpan {
    /// The first UTF-16 code unit.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// As what.
    pub kind: Category,
    /// What they became.
    pub to: Target,
}

/// As what words were understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Category {
    Who,
    Where,
    What,
    When,
    Mood,
    Camera,
}

/// What words became in the storyboard.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Target {
    /// A shot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shot: Option<Id>,
    /// A scene.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene: Option<Id>,
    /// A member of the cast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cast: Option<Id>,
    /// A place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Id>,
}

/// The words of the script that a shot shows.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Rail {
    /// The shot.
    pub shot: Id,
    /// Ranges `[start, end)` of UTF-16 code units.
    pub spans: Vec<[usize; 2]>,
}

/// Projects that were open lately.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Projects {
    /// The newest first.
    pub recent: Vec<RecentProject>,
    /// Where new projects go.
    pub default_folder: String,
}

/// A project that was open lately.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RecentProject {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: String,
    /// When it was saved last, in seconds since 1970.
    pub modified_unix: u64,
    /// The length of its film.
    pub seconds: f64,
    /// Whether it has a picture.
    pub poster: bool,
}

/// What the user may choose from.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "named as in the storyboard")]
pub struct Options {
    pub framings: Vec<Choice>,
    pub angles: Vec<Choice>,
    pub moves: Vec<Choice>,
    pub speeds: Vec<Choice>,
    pub depths_of_field: Vec<Choice>,
    pub transitions: Vec<Choice>,
    pub times: Vec<Choice>,
    pub weathers: Vec<Choice>,
    pub seasons: Vec<Choice>,
    pub styles: Vec<Named>,
    pub palettes: Vec<String>,
    pub places: Vec<Kind>,
    pub kinds: Vec<Kind>,
    pub actions: Vec<String>,
    pub ambience: Vec<String>,
    pub sizes: Vec<Size>,
    pub fps: Vec<u32>,
    pub qualities: Vec<String>,
    pub renderers: Vec<RendererInfo>,
    pub presets: Vec<Preset>,
    pub languages: Vec<String>,
}

/// A word of the storyboard and how it is shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Choice {
    /// The word.
    pub value: String,
    /// How it is shown.
    pub label: String,
}

/// A row of a table and how it is shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Named {
    /// The row.
    pub name: String,
    /// How it is shown.
    pub label: String,
}

/// A kind of place or of cast member.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Kind {
    /// The word.
    pub kind: String,
    /// How it is shown.
    pub label: String,
    /// What it belongs to: `people`, `animals`, `vehicles`, `things`, `places`.
    pub group: String,
}

/// A size of picture.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Size {
    /// How it is shown.
    pub label: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `16:9`.
    pub aspect: String,
}

/// A renderer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RendererInfo {
    /// Its name in the storyboard.
    pub name: String,
    /// How it is shown.
    pub label: String,
    /// Whether it can be used now.
    pub available: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// A way to export.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Preset {
    /// Its name.
    pub id: String,
    /// How it is shown.
    pub label: String,
    /// What it makes.
    pub detail: String,
    /// The ending of the file, without the dot; empty for a folder.
    pub extension: String,
    /// Whether this machine's FFmpeg can write it.
    pub available: bool,
    /// Why not, and what would help.
    pub reason: Option<String>,
}

/// What is kept so that it need not be made again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CacheInfo {
    /// Bytes of previews in memory.
    pub preview_bytes: u64,
    /// The most there may be.
    pub preview_limit_bytes: u64,
    /// Bytes of takes on the disk, in the open project.
    pub takes_bytes: u64,
    /// Those of them that the film does not use.
    pub takes_unused_bytes: u64,
    /// The most there may be before those unused for longest are deleted.
    pub takes_limit_bytes: u64,
    /// Where the takes lie; none without a project.
    pub takes_folder: Option<String>,
}

/// A model that can be installed, or is part of the program.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is one mark beside the model")]
pub struct ModelInfo {
    /// Its name, which is that of its renderer too.
    pub name: String,
    /// How it is shown.
    pub label: String,
    /// What it is for.
    pub detail: String,
    /// Who made it.
    pub maker: String,
    /// The page that tells more about it.
    pub page: Option<String>,
    /// Where it is in its life.
    pub state: ModelState,
    /// Whether it can be used.
    pub installed: bool,
    /// Whether its files are not as they should be.
    pub damaged: bool,
    /// Bytes of all of it.
    pub size_bytes: u64,
    /// Whether `size_bytes` is exact, not a rough number.
    pub size_known: bool,
    /// Bytes of it that are here.
    pub disk_bytes: u64,
    /// The licence's SPDX identifier.
    pub licence: String,
    /// What the licence allows and asks for.
    pub licence_summary: String,
    /// Whether the user has accepted it.
    pub licence_accepted: bool,
    /// Memory that it needs on this machine, for pictures of its full size.
    pub memory_bytes: u64,
    /// The memory that it needs, by precision.
    pub needs: Vec<MemoryNeed>,
    /// Memory of this machine.
    pub machine_bytes: u64,
    /// Whether this machine has what it needs.
    pub fits: bool,
    /// What it can make pictures from.
    pub capabilities: Vec<Capability>,
    /// What is being done with its files.
    pub transfer: Option<Transfer>,
    /// Why that came to nothing the last time.
    pub problem: Option<JobFailure>,
}

/// Work on a model's files.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Transfer {
    /// What is done.
    pub kind: TransferKind,
    /// Bytes that are done.
    pub done_bytes: u64,
    /// Bytes in all; 0 while nobody knows.
    pub total_bytes: u64,
    /// How fast it goes.
    pub bytes_per_sec: f64,
    /// How long the rest will take.
    pub left_secs: Option<f64>,
    /// Whether it was asked to stop and has not yet.
    pub stopping: bool,
}

/// What is done with a model's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TransferKind {
    /// They are fetched.
    Pull,
    /// They are read and compared.
    Verify,
}

/// What one may do with a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LicenceText {
    /// Its SPDX identifier.
    pub id: String,
    /// What it allows and asks for.
    pub summary: String,
    /// All of it.
    pub text: String,
}

/// What the user fixes about a new film, whatever the script says.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewWishes {
    /// Pixels across; goes with `height`.
    pub width: Option<film::EvenSize>,
    /// Pixels down.
    pub height: Option<film::EvenSize>,
    /// Frames a second.
    pub fps: Option<film::Fps>,
    /// Length of the film.
    pub seconds: Option<film::Seconds>,
    /// A row of the table of looks.
    pub style: Option<String>,
    /// The seed of chance.
    pub seed: Option<film::Seed>,
    /// The renderer of every shot.
    pub renderer: Option<String>,
}

impl From<NewWishes> for crate::Wishes {
    fn from(wishes: NewWishes) -> Self {
        Self {
            size: wishes.width.zip(wishes.height),
            fps: wishes.fps,
            seconds: wishes.seconds,
            seed: wishes.seed,
            style: wishes.style,
            renderer: wishes.renderer,
            adviser: None,
        }
    }
}

/// A file that the user has brought.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Import {
    /// Its name in the project's folder of imports.
    pub file: Id,
    /// What it is.
    pub kind: ImportKind,
    /// Pixels across; 0 for a body.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// How long it runs; 0 for what does not move.
    pub seconds: f64,
}

/// What a file is that the user has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImportKind {
    /// One picture.
    Picture,
    /// Pictures that move.
    Clip,
    /// A body for a member of the cast: GLB.
    Body,
}

/// An export.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportOrder {
    /// One of [`Options::presets`].
    pub preset: String,
    /// The file.
    pub path: String,
    /// How much work goes into each picture.
    #[serde(default)]
    pub quality: Quality,
    /// Pixels across, when not the preset's; goes with `height`.
    #[serde(default)]
    pub width: Option<film::EvenSize>,
    /// Pixels down.
    #[serde(default)]
    pub height: Option<film::EvenSize>,
    /// The first frame of the film.
    #[serde(default)]
    pub from: Option<u32>,
    /// One past the last.
    #[serde(default)]
    pub to: Option<u32>,
    /// Whether a file of that name may be replaced.
    #[serde(default)]
    pub overwrite: bool,
}

/// Where the camera and everyone of a shot are at a frame, for tools that set them by hand. Axes: x to the right and z towards
/// the camera as it was framed, y up; metres.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Layout {
    /// The document's revision that it shows.
    pub revision: u64,
    /// The shot.
    pub shot: Id,
    /// The frame of the shot.
    pub frame: u32,
    /// The camera.
    pub camera: LayoutCamera,
    /// Everyone who is on the stage, in the order of the cast, leaders first.
    pub cast: Vec<LayoutActor>,
}

/// A camera at a frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct LayoutCamera {
    /// Where it stands.
    pub position: [f32; 3],
    /// The point that it looks at: the middle of the picture, at the distance that is sharp.
    pub target: [f32; 3],
    /// The top of the picture, a unit vector across the way it looks.
    pub up: [f32; 3],
    /// Angle of view from bottom to top, in degrees.
    pub fov_y_deg: f32,
    /// Width over height of the picture.
    pub aspect: f32,
}

/// Somebody at a frame.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LayoutActor {
    /// The member of the cast.
    pub who: Id,
    /// Which individual of it, from 1, the leader.
    pub individual: u32,
    /// On the ground under them.
    pub position: [f32; 3],
    /// The way they face: 0 towards the camera as it was framed, 90 to its right.
    pub facing_deg: f32,
    /// Left, top, right and bottom of what is seen of them, as parts of the picture from its upper left corner, beyond 0 and 1
    /// where the picture cuts them; null out of the picture.
    #[serde(rename = "box")]
    pub box_: Option<[f32; 4]>,
    /// Metres from the camera, along the way it looks.
    pub distance_m: f32,
}

/// What is seen of a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The picture.
    #[default]
    Picture,
    /// Near is bright, far is dark.
    Depth,
    /// A colour for each member of the cast.
    Mask,
}
