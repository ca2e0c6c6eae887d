//! Jobs: what is asked for, and what becomes of it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use film::{Id, ShotOrder};
use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::takes::Take;

/// The number of a job, from 1, never used twice in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub(crate) i64);

impl JobId {
    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a job is in its life.
///
/// ```text
/// queued ──▶ running ──▶ done | failed
///   │  ▲        └─▶ cancelling ──▶ cancelled (or done | failed, when that came first)
///   │  ├── interrupted ◀── a process that ended
///   │  └── paused ◀── queued | running
///   └──▶ cancelled
/// ```
///
/// A job that is being cancelled holds its place on the worker until the renderer has returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// The worker renders it.
    Running,
    /// Somebody asked it to stop; the renderer finishes its frame.
    Cancelling,
    /// All its takes are there.
    Done,
    /// It stopped with an error; its finished takes are kept.
    Failed,
    /// It stopped because somebody asked; its finished takes are kept.
    Cancelled,
    /// The process ended before it did; [`crate::Engine::resume`] or the same request goes on with it.
    Interrupted,
    /// Somebody put it aside; its finished takes are kept, and [`crate::Engine::resume`] goes on with it.
    Paused,
}

impl JobState {
    pub(crate) const ALL: [Self; 8] = [
        Self::Queued,
        Self::Running,
        Self::Cancelling,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
        Self::Interrupted,
        Self::Paused,
    ];

    /// The state as the word in the database and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Cancelling => "cancelling",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Paused => "paused",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing more happens unless somebody asks.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled | Self::Interrupted | Self::Paused)
    }

    /// Whether the worker may move a job from here to `next`.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued => {
                matches!(next, Self::Running | Self::Cancelled | Self::Interrupted | Self::Paused)
            }
            Self::Running => {
                matches!(
                    next,
                    Self::Cancelling
                        | Self::Done
                        | Self::Failed
                        | Self::Queued
                        | Self::Interrupted
                        | Self::Paused
                )
            }
            Self::Cancelling => matches!(next, Self::Done | Self::Failed | Self::Cancelled),
            Self::Interrupted | Self::Paused => matches!(next, Self::Queued | Self::Cancelled),
            Self::Done | Self::Failed | Self::Cancelled => false,
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One take that a job needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeRequest {
    /// The shot.
    pub order: ShotOrder,
    /// The name of the renderer.
    pub renderer: String,
    /// Which frames; those past [`ShotOrder::frame_count`] are handles for transitions.
    pub frames: Range<u32>,
}

impl TakeRequest {
    /// All frames of the shot, by the renderer that the shot names.
    pub fn whole(order: ShotOrder) -> Self {
        let frames = 0..order.frame_count();
        let renderer = order.shot.renderer.as_str().to_owned();
        Self { order, renderer, frames }
    }
}

/// What is asked for: takes, rendered in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    /// What the user calls it.
    pub title: String,
    /// Higher goes first; equals go in the order in which they came.
    #[serde(default)]
    pub priority: i32,
    /// The takes.
    pub takes: Vec<TakeRequest>,
}

impl JobSpec {
    /// A job of ordinary priority.
    pub fn new(title: impl Into<String>, takes: Vec<TakeRequest>) -> Self {
        Self { title: title.into(), priority: 0, takes }
    }
}

/// How far a running job has come.
#[derive(Debug, Clone, PartialEq)]
pub struct JobProgress {
    /// The shot being rendered.
    pub shot: Id,
    /// Its place in the job, from 0.
    pub shot_index: u32,
    /// Takes in the job, with those that were there already.
    pub shots: u32,
    /// Frames of this shot that are finished.
    pub frame: u32,
    /// Frames of this shot.
    pub frames: u32,
    /// Frames of the job that are finished, without takes that were there already.
    pub frames_done: u64,
    /// Frames that the job renders, without takes that were there already.
    pub frames_total: u64,
    /// Since the job began.
    pub elapsed: Duration,
    /// How long the rest will take, as soon as there is something to judge by.
    pub left: Option<Duration>,
    /// What the renderer says about the frame in hand (denoising steps).
    pub step: Option<film::Progress>,
    /// What the renderer says of how it makes this take, in a sentence.
    pub note: Option<Arc<str>>,
}

/// A job as it is now.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What the user calls it.
    pub title: String,
    /// Higher goes first.
    pub priority: i32,
    /// Where it is in its life.
    pub state: JobState,
    /// How many takes it asks for.
    pub shots: u32,
    /// When it was submitted.
    pub submitted: SystemTime,
    /// How far it has come, while it runs.
    pub progress: Option<JobProgress>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The takes that are there, in the job's order; complete when the job is done. Empty for jobs of an earlier process.
    pub takes: Vec<Take>,
}
