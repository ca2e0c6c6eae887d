//! The composition root: the one place that knows every room.
//!
//! It turns words into a storyboard ([`plan`]), keeps it in a [`Project`], wires the stage to the engine and the engine to
//! the media room, and makes films ([`make`], [`render`]). A [`Session`] is the live studio that the pages present. What it does it tells as [`Event`]s and stops when its
//! [`Watcher`] says so. [`doctor`] looks at the machine.
//!
//! *Invariant:* it draws nothing and speaks no protocol; the command line, the desktop shell and the server present it.

mod adviser;
mod doctor;
mod embedder;
mod error;
mod film_job;
mod footage;
mod live;
pub mod models;
mod project;
mod recent;
pub mod session;
mod settings;
mod takes;
mod video;

use std::path::{Path, PathBuf};

use film::{EvenSize, Extra, Fps, Note, NoteKind, Seconds, Seed, Storyboard};
use story::AdvisedBeat;

pub use adviser::Adviser;
pub use doctor::{Doctor, doctor};
pub use error::StudioError;
pub use film_job::{Event, Made, MadeShot, Output, Selection, Watcher, make, remove_partials, render};
pub use live::{LiveStage, Reel};
pub use media::GifLimits;
use models::Models;
pub use project::{Project, ProjectError};
use session::model::ModelInfo;
pub use session::{Session, SessionError};
pub use settings::Settings;

/// What the user fixes about a film, whatever the script says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// Pixels across and down.
    pub size: Option<(EvenSize, EvenSize)>,
    /// Frames a second.
    pub fps: Option<Fps>,
    /// Length of the film.
    pub seconds: Option<Seconds>,
    /// The seed of chance.
    pub seed: Option<Seed>,
    /// The style of the pictures: a row of the stage's table of looks.
    pub style: Option<String>,
    /// The renderer of every shot.
    pub renderer: Option<String>,
    /// A language model that is asked who does what; nobody is asked when absent.
    pub adviser: Option<Adviser>,
}

/// The renderers that are part of the program. Each model that is installed is one more, under its own name.
pub const RENDERERS: &[&str] = &["stage", "card", "footage"];

/// Reads the words and lays out the storyboard. Waits for the adviser where there is one; a note says when it was of no use.
pub fn plan(words: &str, wishes: &Wishes) -> Result<Storyboard, StudioError> {
    let (advice, trouble) = match wishes.adviser.as_ref().map(|adviser| adviser.ask(words)) {
        None => (Vec::new(), None),
        Some(Ok(advice)) => (advice, None),
        Some(Err(why)) => (Vec::new(), Some(why)),
    };
    let mut board = plan_with(words, wishes, advice, Some(&embedder::WhenNeeded))?;
    if let Some(why) = trouble {
        let text = format!("The language model gave no advice ({why}); the film is planned without it.");
        board.notes.push(Note { kind: NoteKind::Limited, span: None, text, extra: Extra::new() });
    }
    Ok(board)
}

/// [`plan`] with what an adviser has said.
pub(crate) fn plan_advised(
    words: &str,
    wishes: &Wishes,
    advice: Vec<AdvisedBeat>,
) -> Result<Storyboard, StudioError> {
    plan_with(words, wishes, advice, Some(&embedder::WhenNeeded))
}

/// [`plan`] without the model for words that no table lists: at once, for a first look.
pub(crate) fn plan_known(words: &str, wishes: &Wishes) -> Result<Storyboard, StudioError> {
    plan_with(words, wishes, Vec::new(), None)
}

fn plan_with(
    words: &str,
    wishes: &Wishes,
    advice: Vec<AdvisedBeat>,
    embedder: Option<&dyn film::Embedder>,
) -> Result<Storyboard, StudioError> {
    if story::is_blank(words) {
        return Err(StudioError::Blank);
    }
    if let Some(style) = &wishes.style
        && !stage::knows_style(style)
    {
        let known = stage::styles().map(Into::into).collect();
        return Err(StudioError::UnknownStyle { name: style.clone(), known });
    }
    if let Some(renderer) = &wishes.renderer {
        // Whether the model is here is asked when something is rendered: a film may be planned for another machine.
        match check_renderer(renderer, &Models::of_the_user()) {
            Ok(()) | Err(StudioError::ModelNeeded { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let request = story::Request {
        size: wishes.size,
        fps: wishes.fps,
        seconds: wishes.seconds,
        seed: wishes.seed,
        style: wishes.style.clone(),
        advice,
    };
    let mut board = story::plan_with(words, &request, embedder);
    if let Some(renderer) = &wishes.renderer {
        for shot in board.scenes.iter_mut().flat_map(|scene| &mut scene.shots) {
            shot.renderer.clone_from(renderer);
        }
    }
    Ok(board)
}

/// Whether shots can be rendered by a renderer of this name here.
fn check_renderer(name: &str, models: &Models) -> Result<(), StudioError> {
    if RENDERERS.contains(&name) {
        return Ok(());
    }
    let Ok(manifest) = models.manifest(name) else {
        let known = RENDERERS.iter().map(|&name| name.to_owned());
        let known = known.chain(models.manifests().into_iter().map(|manifest| manifest.name)).collect();
        return Err(StudioError::UnknownRenderer { name: name.to_owned(), known });
    };
    let info = ModelInfo::of(&manifest, models);
    if info.installed {
        return Ok(());
    }
    let size = info.size();
    Err(StudioError::ModelNeeded { name: info.name, title: info.label, size, licence: info.licence })
}

/// Writes a storyboard to a file of its own: aside, synced, renamed.
pub fn write_storyboard(board: &Storyboard, path: &Path) -> Result<(), StudioError> {
    Ok(project::write_aside(path, board.to_json().as_bytes())?)
}

/// Where the project of a film lies: `film.mp4` has `film.muto`.
pub fn project_folder(film: &Path) -> PathBuf {
    film.with_extension("muto")
}
