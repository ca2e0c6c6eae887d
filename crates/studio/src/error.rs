//! What can go wrong between a prompt and a film, in words for the user.

use std::io;
use std::path::PathBuf;

use engine::{EngineError, Failure};
use film::{DocumentError, Hint, Id, OrderError};

use crate::models::ModelError;
use crate::project::{ProjectError, io_hint};

/// Why there is no film.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// The watcher asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// There are no words.
    #[error("the prompt is empty")]
    Blank,
    /// The style is in no table.
    #[error("there is no style called {name:?}")]
    UnknownStyle {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// This build has no such renderer.
    #[error("there is no renderer called {name:?}")]
    UnknownRenderer {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The renderer is a model that is not installed.
    #[error("{title} is not installed: it is {size} under the licence {licence}")]
    ModelNeeded {
        /// The model's name.
        name: String,
        /// How it is shown.
        title: String,
        /// Its size, as people read it.
        size: String,
        /// Its licence.
        licence: String,
    },
    /// The selection names a shot that is not there.
    #[error("the storyboard has no shot called {id}")]
    UnknownShot {
        /// What was asked for.
        id: Id,
        /// What there is.
        known: Vec<String>,
    },
    /// The selection names frames that are not there.
    #[error("the film has {frames} frames; {from}..{to} is outside")]
    NoSuchFrames {
        /// First frame asked for.
        from: u32,
        /// One past the last.
        to: u32,
        /// Frames of the film.
        frames: u32,
    },
    /// The storyboard has nothing to show.
    #[error("the storyboard has no shots")]
    NoShots,
    /// The machine lacks something that films need.
    #[error("something that films need is missing")]
    Unhealthy,
    /// The file system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The storyboard is damaged, newer, or wrong.
    #[error("{}: {source}", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: DocumentError,
    },
    /// The project could not be opened, changed or saved.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A shot refers to something that is not there.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The engine did not take the job.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A shot could not be rendered.
    #[error("{0}")]
    Failed(Failure),
    /// A model could not be installed, checked or removed.
    #[error(transparent)]
    Model(ModelError),
    /// Encoding or decoding failed.
    #[error(transparent)]
    Media(#[from] media::Error),
}

impl From<ModelError> for StudioError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled(_) => Self::Cancelled,
            error => Self::Model(error),
        }
    }
}

impl StudioError {
    /// Whether the arguments are to blame rather than the work: nothing was begun.
    pub fn is_usage(&self) -> bool {
        if let Self::Model(error) = self {
            return error.is_usage();
        }
        matches!(
            self,
            Self::Blank
                | Self::UnknownStyle { .. }
                | Self::UnknownRenderer { .. }
                | Self::UnknownShot { .. }
                | Self::NoSuchFrames { .. }
                | Self::Media(media::Error::UnknownEnding { .. })
        )
    }
}

impl Hint for StudioError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Cancelled => None,
            Self::Blank => {
                Some("say what the film shows, such as: \"A red fox runs through the snow.\"".into())
            }
            Self::UnknownStyle { known, .. } => Some(format!("the styles are: {}", known.join(", "))),
            Self::UnknownRenderer { known, .. } => Some(format!("the renderers are: {}", known.join(", "))),
            Self::ModelNeeded { name, .. } => {
                Some(format!("install it with `mutoscope models pull {name}`, or use --renderer stage"))
            }
            Self::UnknownShot { known, .. } => Some(format!("the shots are: {}", known.join(", "))),
            Self::NoSuchFrames { frames, .. } => Some(format!("choose frames from 0..{frames}")),
            Self::NoShots => Some("add a shot, or plan one with: mutoscope plan \"PROMPT\"".into()),
            Self::Unhealthy => Some("the lines above say what to install".into()),
            Self::Io { source, .. } => io_hint(source),
            Self::Document { source, .. } => source.hint(),
            Self::Project(error) => error.hint(),
            Self::Order(error) => error.hint(),
            Self::Engine(error) => error.hint(),
            Self::Failed(failure) => failure.hint(),
            Self::Model(error) => error.hint(),
            Self::Media(error) => error.hint(),
        }
    }
}
