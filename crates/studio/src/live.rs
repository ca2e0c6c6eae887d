//! Single pictures, drawn at once: for a window that shows what is under the playhead and keeps no film.

use engine::Failure;
use film::{Frame, Id, Quality, ShotOrder, Storyboard};
use stage::{DeviceChoice, Stage};

use crate::StudioError;

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
