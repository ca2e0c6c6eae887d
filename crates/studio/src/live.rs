//! Single pictures, drawn at once: for a window that shows what is under the playhead and keeps no film.

use std::path::Path;

use edit::{Layer, Picture, Timeline};
use engine::Failure;
use film::{Frame, Id, Quality, ShotOrder, Storyboard};
use stage::{DeviceChoice, Stage};

use crate::{StudioError, footage};

/// The stage on a graphics device of its own.
pub struct LiveStage(Stage);

impl LiveStage {
    /// Opens the best device.
    ///
    /// # Errors
    /// [`StudioError::Failed`] when there is none.
    pub fn open() -> Result<Self, StudioError> {
        Stage::new(&DeviceChoice::Auto).map(Self).map_err(|error| StudioError::Failed(Failure::of(&error)))
    }

    /// Names the project whose own models are shown.
    pub fn of_project(&mut self, folder: &Path) {
        self.0.imports_from(&footage::imports(folder));
    }

    /// A frame of a shot at the film's own size; the shot's last when it has fewer.
    ///
    /// # Errors
    /// [`StudioError::Order`] when the film has no such shot, [`StudioError::Failed`] when it cannot be drawn.
    pub fn picture(&mut self, board: &Storyboard, shot: &Id, frame: u32) -> Result<Frame, StudioError> {
        let order = ShotOrder::new(board, shot, Quality::Standard)?;
        let last = order.frame_count().saturating_sub(1);
        let drawn = self.0.frame(&order, frame.min(last));
        drawn.map_err(|error| StudioError::Failed(Failure::of(&error)))
    }
}

/// Which shot has the screen in each frame of a film, for whoever plays it from live pictures.
pub struct Reel(Timeline);

impl Reel {
    /// Lays out a film.
    pub fn new(board: &Storyboard) -> Self {
        Self(Timeline::new(board))
    }

    /// Frames a second.
    pub fn fps(&self) -> u32 {
        self.0.fps()
    }

    /// The shot that has the screen in frame `index` of the film, from 0, and its frame. In a transition it is the shot that
    /// comes. `None` past the end.
    pub fn at(&self, index: u32) -> Option<(&Id, u32)> {
        let Layer { entry, frame } = match self.0.picture(index)? {
            Picture::One(layer) | Picture::Faded { layer, .. } => layer,
            Picture::Mixed { to, .. } | Picture::Wiped { to, .. } => to,
        };
        Some((&self.0.entries()[entry].shot, frame))
    }

    /// The frame of the film in which a shot's frame is seen; the film's first when it has no such shot.
    pub fn index(&self, shot: &Id, frame: u32) -> u32 {
        let entry = self.0.entries().iter().find(|entry| &entry.shot == shot);
        entry.map_or(0, |entry| entry.start + frame.min(entry.length.saturating_sub(1)))
    }
}
