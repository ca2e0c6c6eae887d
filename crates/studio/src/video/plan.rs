//! How a shot becomes work for a video model: in what size, at what rate, and in which stretches.

use film::{Quality, ShotOrder};

use crate::models::VideoFacts;

/// Seconds that are made beyond the end of a shot, for the transition to the next; after these the last frame stands.
const HANDLE_SECS: f64 = 0.5;
/// The smallest side that the stage draws.
const LEAST_SIDE: u32 = 64;

/// A stretch of frames that is made in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// Its first frame, in frames of the model since the shot began.
    pub(super) start: u32,
    /// 4n + 1.
    pub(super) frames: u32,
    /// So many of its first frames are those that the stretch before ended with.
    pub(super) kept: u32,
}

/// How a model goes on from one stretch to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// It takes up so many of the last frames.
    Frames(u32),
    /// It cannot.
    None,
}

/// The work for a shot. It depends on the order alone, not on which of its frames are wanted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) steps: u32,
    pub(super) windows: Vec<Window>,
    model_fps: u32,
    film_fps: u32,
    /// Frames of the model in all.
    frames: u32,
}

impl Plan {
    /// `step`: the model's pictures are multiples of so many pixels.
    ///
    /// # Errors
    /// The most seconds that the model can make of a shot, where this one is longer.
    pub(super) fn new(video: &VideoFacts, order: &ShotOrder, step: u32, joint: Joint) -> Result<Self, f64> {
        let (width, height) = size(video, order, step);
        let (model_fps, most) = (video.fps.max(1), whole(video.frames));
        let frames_of = |seconds: f64| (seconds * f64::from(model_fps)).ceil() as u32 + 1;
        let seconds = order.shot.seconds.get();
        let (bare, wanted) = (whole(frames_of(seconds)), whole(frames_of(seconds + HANDLE_SECS)));
        // No further stretch for the sake of the handle alone.
        let wanted = if bare <= most { wanted.min(most) } else { wanted };
        let mut windows = vec![Window { start: 0, frames: wanted.min(most), kept: 0 }];
        match joint {
            Joint::Frames(kept) => {
                let mut end = most;
                while end < wanted {
                    let frames = whole(wanted - end + kept).min(most);
                    windows.push(Window { start: end - kept, frames, kept });
                    end += frames - kept;
                }
            }
            // Twice as long as it was trained on is still of one piece.
            Joint::None if wanted <= 2 * most => windows[0].frames = wanted,
            Joint::None => return Err(f64::from(2 * most - 1) / f64::from(model_fps) - HANDLE_SECS),
        }
        let frames = windows.last().map_or(1, |last| last.start + last.frames);
        let steps = match order.quality {
            Quality::Draft => (video.steps * 2 / 5).max(1),
            Quality::Standard | Quality::Best => video.steps.max(1),
        };
        Ok(Self { width, height, steps, windows, model_fps, film_fps: order.format.fps.get(), frames })
    }

    /// Which of the model's frames a frame of the film shows: the nearest in time. Nothing is blended and no motion is made
    /// up, so that every frame is one that the model made.
    pub(super) fn source(&self, film_frame: u32) -> u32 {
        let exact = f64::from(film_frame) * f64::from(self.model_fps) / f64::from(self.film_fps);
        (exact.round() as u32).min(self.frames - 1)
    }
}

/// The least number 4n + 1 that is not less.
fn whole(frames: u32) -> u32 {
    frames.saturating_sub(1).div_ceil(4) * 4 + 1
}

/// The film's shape with no more pixels than the model was trained on; a quarter of them for a draft.
fn size(video: &VideoFacts, order: &ShotOrder, step: u32) -> (u32, u32) {
    let (width, height) = (f64::from(order.format.width.get()), f64::from(order.format.height.get()));
    let quarter = if order.quality == Quality::Draft { 4.0 } else { 1.0 };
    let most = f64::from(video.width) * f64::from(video.height) / quarter;
    let scale = (most / (width * height)).sqrt().min(1.0);
    let least = LEAST_SIDE.div_ceil(step) * step;
    let side = |pixels: f64| (((pixels * scale / f64::from(step)).round() as u32) * step).max(least);
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use film::{EvenSize, Fps, Seconds, Storyboard};

    use super::*;

    fn order(width: u32, height: u32, fps: u32, seconds: f64) -> ShotOrder {
        let board = Storyboard::example();
        let mut order = ShotOrder::new(&board, &board.scenes[0].shots[0].id, Quality::Standard).unwrap();
        order.format.width = EvenSize::new(width).unwrap();
        order.format.height = EvenSize::new(height).unwrap();
        order.format.fps = Fps::new(fps).unwrap();
        order.shot.seconds = Seconds::new(seconds).unwrap();
        order
    }

    fn facts() -> VideoFacts {
        VideoFacts {
            width: 832,
            height: 480,
            fps: 16,
            frames: 81,
            steps: 50,
            guidance: 5.0,
            shift: 3.0,
            timesteps: Vec::new(),
            from_stage: None,
        }
    }

    #[test]
    fn sizes_keep_the_films_shape_within_the_models_pixels() {
        let of = |width, height| {
            let plan = Plan::new(&facts(), &order(width, height, 24, 2.0), 16, Joint::None).unwrap();
            (plan.width, plan.height)
        };
        assert_eq!(of(1280, 720), (848, 480));
        assert_eq!(of(720, 1280), (480, 848));
        assert_eq!(of(1920, 804), (976, 416));
        assert_eq!(of(160, 96), (160, 96));
        let mut draft = order(1280, 720, 24, 2.0);
        draft.quality = Quality::Draft;
        let plan = Plan::new(&facts(), &draft, 16, Joint::None).unwrap();
        assert_eq!((plan.width, plan.height, plan.steps), (416, 240, 20));
        // The stage could not draw a smaller one to steer by.
        let tiny = VideoFacts { width: 96, height: 96, ..facts() };
        let plan = Plan::new(&tiny, &draft, 16, Joint::None).unwrap();
        assert_eq!((plan.width, plan.height), (64, 64));
    }

    #[test]
    fn stretches_cover_the_shot_and_meet() {
        let plan = |seconds, joint| Plan::new(&facts(), &order(1280, 720, 24, seconds), 16, joint);
        // 2.5 s with its handle.
        assert_eq!(plan(2.0, Joint::None).unwrap().windows, [Window { start: 0, frames: 41, kept: 0 }]);
        // A handle is no reason for a second stretch.
        assert_eq!(plan(4.9, Joint::Frames(5)).unwrap().windows, [Window { start: 0, frames: 81, kept: 0 }]);
        let long = plan(12.0, Joint::Frames(5)).unwrap();
        for pair in long.windows.windows(2) {
            assert_eq!(pair[1].start + pair[1].kept, pair[0].start + pair[0].frames);
            assert!(pair[1].frames % 4 == 1 && pair[1].frames <= 81);
        }
        assert!(long.frames >= 201, "{long:?}");
        assert_eq!(plan(8.0, Joint::None).unwrap().windows.len(), 1);
        assert!((plan(12.0, Joint::None).unwrap_err() - 9.5).abs() < 0.1);
    }

    #[test]
    fn every_frame_of_the_film_is_the_models_nearest() {
        let plan = Plan::new(&facts(), &order(1280, 720, 24, 2.0), 16, Joint::None).unwrap();
        let sources: Vec<u32> = (0..7).map(|frame| plan.source(frame)).collect();
        assert_eq!(sources, [0, 1, 1, 2, 3, 3, 4]);
        assert_eq!(plan.source(1000), 40);
        let slow = Plan::new(&facts(), &order(1280, 720, 8, 2.0), 16, Joint::None).unwrap();
        assert_eq!((0..4).map(|frame| slow.source(frame)).collect::<Vec<_>>(), [0, 2, 4, 6]);
    }
}
