//! Pictures, and the traits through which the rooms hand them on.

use std::ops::Range;

use crate::watch::{Cancelled, Watch};
use crate::{Hint, ShotOrder};

/// One picture of a shot, with what is known about its pixels.
///
/// Rows run from top to bottom, pixels from left to right.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Place in the shot, from 0.
    pub index: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 4` bytes: red, green, blue, alpha (255); sRGB transfer, BT.709 primaries.
    pub rgba: Vec<u8>,
    /// `width * height` distances along the view axis in metres; the sky is infinite. `None` when not asked for.
    pub depth: Option<Vec<f32>>,
    /// `width * height` owners: 0 is the world, `k` is the `k`-th member (from 1) of [`ShotOrder::cast`]. `None` when not
    /// asked for.
    pub mask: Option<Vec<u8>>,
}

impl Frame {
    /// A picture of one colour (red, green, blue, alpha).
    pub fn filled(index: u32, width: u32, height: u32, rgba: [u8; 4]) -> Self {
        let pixels = width as usize * height as usize;
        Self { index, width, height, rgba: rgba.repeat(pixels), depth: None, mask: None }
    }
}

/// Why a sink did not take a frame.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The watcher asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Writing failed.
    #[error("{message}")]
    Failed {
        /// What failed.
        message: String,
        /// What would help.
        hint: Option<String>,
    },
}

impl Hint for SinkError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Cancelled(_) => None,
            Self::Failed { hint, .. } => hint.clone(),
        }
    }
}

/// Takes the frames of a shot in order, as they are made.
pub trait FrameSink {
    /// Takes the next frame. An error stops the renderer.
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError>;
}

/// Why a shot was not rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The watcher asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The device was lost or ran out of memory; a new renderer may succeed.
    #[error("the graphics device failed: {message}")]
    Device {
        /// What the driver said.
        message: String,
    },
    /// The order asks for what this renderer cannot do.
    #[error("{message}")]
    Unsupported {
        /// What was asked for.
        message: String,
        /// What would help.
        hint: Option<String>,
    },
    /// The frames could not be handed on.
    #[error(transparent)]
    Sink(SinkError),
}

impl From<SinkError> for RenderError {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            failed @ SinkError::Failed { .. } => Self::Sink(failed),
        }
    }
}

impl Hint for RenderError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Cancelled(_) => None,
            Self::Device { .. } => {
                Some("try a smaller --size, or `mutoscope doctor` to see the devices".into())
            }
            Self::Unsupported { hint, .. } => hint.clone(),
            Self::Sink(error) => error.hint(),
        }
    }
}

/// Turns a shot into pictures. The engine's worker thread owns it.
pub trait ShotRenderer: Send {
    /// The name users choose it by: `stage`, `wan-vace-1.3b`.
    fn name(&self) -> &str;

    /// Changes whenever the same order would give other pictures: program version, tables, weights, device.
    fn version(&self) -> String;

    /// Renders `frames` of the shot (frame `n` shows the time `n / fps` since the shot began; frames past the shot's
    /// length are handles for transitions, in which everything goes on moving) and hands them to `sink` in order. Calls
    /// [`Watch::check`] before and [`Watch::report`] after each frame. A pure function of the order.
    fn render(
        &mut self,
        order: &ShotOrder,
        frames: Range<u32>,
        sink: &mut dyn FrameSink,
        watch: &Watch,
    ) -> Result<(), RenderError>;
}

/// Gives the geometry of a shot to a renderer that is steered by it.
pub trait ControlSource: Send {
    /// Picture, depth and mask (both present) of frame `index` of the shot.
    fn control(&mut self, order: &ShotOrder, index: u32) -> Result<Frame, RenderError>;
}

/// Why text could not be embedded.
#[derive(Debug, thiserror::Error)]
#[error("the text could not be embedded: {0}")]
pub struct EmbedError(pub String);

/// Gives words a direction, so that the nearest thing can be found for a word that the tables lack.
pub trait Embedder: Send {
    /// The number of components of each vector.
    fn dimensions(&self) -> usize;

    /// One unit vector of [`Embedder::dimensions`] components for each text, in order.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CancelToken, Quality, Storyboard};

    /// Paints each frame in the grey of its index.
    struct Greys;

    impl ShotRenderer for Greys {
        fn name(&self) -> &'static str {
            "greys"
        }
        fn version(&self) -> String {
            "1".into()
        }
        fn render(
            &mut self,
            order: &ShotOrder,
            frames: Range<u32>,
            sink: &mut dyn FrameSink,
            watch: &Watch,
        ) -> Result<(), RenderError> {
            for index in frames {
                watch.check()?;
                let (w, h) = (order.format.width.get(), order.format.height.get());
                sink.frame(Frame::filled(index, w, h, [index as u8, index as u8, index as u8, 255]))?;
            }
            Ok(())
        }
    }

    impl ControlSource for Greys {
        fn control(&mut self, order: &ShotOrder, index: u32) -> Result<Frame, RenderError> {
            let (w, h) = (order.format.width.get(), order.format.height.get());
            let mut frame = Frame::filled(index, w, h, [0, 0, 0, 255]);
            frame.depth = Some(vec![f32::INFINITY; (w * h) as usize]);
            frame.mask = Some(vec![0; (w * h) as usize]);
            Ok(frame)
        }
    }

    #[derive(Default)]
    struct Stops {
        taken: Vec<u32>,
        after: Option<(usize, CancelToken)>,
    }

    impl FrameSink for Stops {
        fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
            self.taken.push(frame.index);
            if let Some((count, cancel)) = &self.after
                && self.taken.len() == *count
            {
                cancel.cancel();
            }
            Ok(())
        }
    }

    fn order() -> ShotOrder {
        let board = Storyboard::example();
        let shot = board.shots().next().unwrap().1.id.clone();
        ShotOrder::new(&board, &shot, Quality::Draft).unwrap()
    }

    #[test]
    fn a_renderer_hands_frames_in_order_and_stops_within_one() {
        let cancel = CancelToken::default();
        let mut sink = Stops { after: Some((3, cancel.clone())), ..Stops::default() };
        let watch = Watch::new(cancel, |_| ());
        let result = Greys.render(&order(), 0..10, &mut sink, &watch);
        assert!(matches!(result, Err(RenderError::Cancelled(_))));
        assert_eq!(sink.taken, [0, 1, 2]);
    }

    #[test]
    fn a_control_source_gives_depth_and_mask_of_the_picture_size() {
        let order = order();
        let frame = Greys.control(&order, 4).unwrap();
        let pixels = (frame.width * frame.height) as usize;
        assert_eq!(frame.depth.unwrap().len(), pixels);
        assert_eq!(frame.mask.unwrap().len(), pixels);
    }

    #[test]
    fn an_embedder_gives_one_vector_a_text() {
        struct Lengths;
        impl Embedder for Lengths {
            fn dimensions(&self) -> usize {
                2
            }
            fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
                Ok(texts.iter().map(|t| if t.len() > 3 { vec![1.0, 0.0] } else { vec![0.0, 1.0] }).collect())
            }
        }
        let embedder: &dyn Embedder = &Lengths;
        let vectors = embedder.embed(&["mammoth", "fir"]).unwrap();
        assert!(vectors.iter().all(|v| v.len() == embedder.dimensions()));
        assert_eq!(vectors.len(), 2);
    }
}
