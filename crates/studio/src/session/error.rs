//! Why the session did not do what it was asked.

use engine::EngineError;
use film::{DocumentError, Hint, Id};

use crate::StudioError;
use crate::models::ModelError;
use crate::project::ProjectError;

/// Why the session did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It needs an open project.
    #[error("no project is open")]
    NoProject,
    /// The storyboard has no such shot.
    #[error("there is no shot called {0}")]
    NoSuchShot(Id),
    /// The storyboard has no such scene.
    #[error("there is no scene called {0}")]
    NoSuchScene(Id),
    /// The cast has no such member.
    #[error("there is nobody called {0} in the cast")]
    NoSuchMember(Id),
    /// The project has no such take.
    #[error("there is no take called {0}")]
    NoSuchTake(String),
    /// There is no such job.
    #[error("there is no job called {0}")]
    NoSuchJob(String),
    /// The change was made to an older document and does not fit this one.
    #[error("the film has changed since: {0}")]
    Stale(String),
    /// The change is none, or makes no valid storyboard.
    #[error("the change cannot be made: {0}")]
    BadChange(String),
    /// What comes out is no valid storyboard.
    #[error("the change cannot be made: {0}")]
    Invalid(#[from] DocumentError),
    /// There is nothing to undo or redo.
    #[error("there is nothing to {0}")]
    Nothing(&'static str),
    /// The request cannot be understood.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What would help.
        hint: String,
    },
    /// The file is there.
    #[error("{0} is there already")]
    Exists(String),
    /// The renderers are not ready.
    #[error("the renderers are not ready{}", .0.as_ref().map(|why| format!(": {why}")).unwrap_or_default())]
    NotReady(Option<String>),
    /// A picture could not be made.
    #[error("the picture cannot be made: {0}")]
    Picture(String),
    /// The system gave no thread.
    #[error("no thread could be started: {0}")]
    Thread(std::io::Error),
    /// Planning or rendering failed.
    #[error(transparent)]
    Studio(#[from] StudioError),
    /// The project could not be opened, changed or saved.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A model could not be installed, checked or removed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A file could not be read or written.
    #[error(transparent)]
    Media(#[from] media::Error),
}

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is wrong.
    Usage,
    /// What was asked for is not there.
    Missing,
    /// It does not go together with the state of things.
    Conflict,
    /// The work failed.
    Failed,
}

impl SessionError {
    /// Whose fault it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSuchShot(_)
            | Self::NoSuchScene(_)
            | Self::NoSuchMember(_)
            | Self::NoSuchTake(_)
            | Self::NoSuchJob(_)
            | Self::Project(ProjectError::NotAProject { .. })
            | Self::Model(ModelError::Unknown { .. }) => ErrorKind::Missing,
            Self::Project(ProjectError::Io { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                ErrorKind::Missing
            }
            Self::NoProject
            | Self::Stale(_)
            | Self::Nothing(_)
            | Self::Exists(_)
            | Self::NotReady(_)
            | Self::Model(ModelError::Licence { .. } | ModelError::Absent(_) | ModelError::Busy(_))
            | Self::Engine(EngineError::WrongState { .. } | EngineError::QueueFull { .. }) => {
                ErrorKind::Conflict
            }
            Self::BadChange(_)
            | Self::Invalid(_)
            | Self::Usage { .. }
            | Self::Engine(EngineError::UnknownRenderer { .. } | EngineError::Empty(_))
            | Self::Project(ProjectError::Change(_)) => ErrorKind::Usage,
            Self::Studio(error) if error.is_usage() => ErrorKind::Usage,
            Self::Studio(StudioError::NoShots | StudioError::ModelNeeded { .. }) => ErrorKind::Conflict,
            _ => ErrorKind::Failed,
        }
    }
}

impl Hint for SessionError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoProject => Some("open a project or begin a new one".into()),
            Self::Stale(_) => Some("look at the film as it is now and try again".into()),
            Self::Exists(_) => Some("choose another name, or say that it may be replaced".into()),
            Self::NotReady(None) => Some("they start within a few seconds".into()),
            Self::NotReady(Some(_)) => Some("`mutoscope doctor` says what to do".into()),
            Self::Usage { hint, .. } => Some(hint.clone()),
            Self::Invalid(error) => error.hint(),
            Self::Studio(error) => error.hint(),
            Self::Project(error) => error.hint(),
            Self::Engine(error) => error.hint(),
            Self::Media(error) => error.hint(),
            Self::Model(error) => error.hint(),
            Self::NoSuchShot(_)
            | Self::NoSuchScene(_)
            | Self::NoSuchMember(_)
            | Self::NoSuchTake(_)
            | Self::NoSuchJob(_)
            | Self::BadChange(_)
            | Self::Nothing(_)
            | Self::Picture(_)
            | Self::Thread(_) => None,
        }
    }
}
