//! How long the rest will take.

use std::time::Duration;

/// The share of the newest sample in a moving average: about the last ten count.
const NEWEST: f64 = 0.1;

/// A moving average that is exact from the first sample on (the weight corrects the bias of the empty start, as in
/// Kingma and Ba, "Adam", 2015, section 3).
#[derive(Debug, Clone, Copy, Default)]
struct Average {
    sum: f64,
    weight: f64,
}

impl Average {
    fn add(&mut self, sample: f64) {
        self.sum += NEWEST * (sample - self.sum);
        self.weight += NEWEST * (1.0 - self.weight);
    }

    fn get(self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

/// The speed of one job. The first frame of a shot also builds its world, so its excess is counted per shot, not per frame.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pace {
    frame_secs: Average,
    setup_secs: Average,
    /// First frames seen before any other frame told their plain cost.
    unexplained: Vec<f64>,
}

impl Pace {
    /// Starts from what frames of this kind took earlier. It counts as two samples, so that today soon outweighs it.
    pub(crate) fn from_earlier(frame_secs: Option<f64>) -> Self {
        let mut pace = Self::default();
        if let Some(secs) = frame_secs {
            pace.frame_secs.add(secs);
            pace.frame_secs.add(secs);
        }
        pace
    }

    /// The first frame of a shot, or the first after an interruption, took this long.
    pub(crate) fn first_frame(&mut self, secs: f64) {
        match self.frame_secs.get() {
            Some(frame) => self.setup_secs.add((secs - frame).max(0.0)),
            None => self.unexplained.push(secs),
        }
    }

    /// A following frame took this long.
    pub(crate) fn frame(&mut self, secs: f64) {
        self.frame_secs.add(secs);
        for first in std::mem::take(&mut self.unexplained) {
            self.setup_secs.add((first - secs).max(0.0));
        }
    }

    /// The time for `frames` more frames, with `shots` of the takes not begun. `None` as long as only first frames are known,
    /// unless nothing but first frames is left.
    pub(crate) fn left(&self, frames: u64, shots: u64) -> Option<Duration> {
        if frames == 0 {
            return Some(Duration::ZERO);
        }
        let secs = match self.frame_secs.get() {
            Some(frame) => frames as f64 * frame + shots as f64 * self.setup_secs.get().unwrap_or(0.0),
            None if frames == shots && !self.unexplained.is_empty() => {
                frames as f64 * self.unexplained.iter().sum::<f64>() / self.unexplained.len() as f64
            }
            None => return None,
        };
        Duration::try_from_secs_f64(secs).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_building_a_world_is_counted_per_shot() {
        let mut pace = Pace::default();
        pace.first_frame(3.0);
        assert_eq!(pace.left(9, 0), None);
        for _ in 0..9 {
            pace.frame(0.5);
        }
        let left = pace.left(20, 2).unwrap().as_secs_f64();
        assert!((left - (20.0 * 0.5 + 2.0 * 2.5)).abs() < 1e-6, "{left}");
    }

    #[test]
    fn what_frames_took_earlier_is_soon_outweighed() {
        let mut pace = Pace::from_earlier(Some(10.0));
        assert_eq!(pace.left(3, 0).unwrap().as_secs(), 30);
        for _ in 0..30 {
            pace.frame(1.0);
        }
        assert!(pace.left(10, 0).unwrap().as_secs_f64() < 12.0);
    }

    #[test]
    fn one_frame_shots_are_judged_by_each_other() {
        let mut pace = Pace::default();
        pace.first_frame(2.0);
        pace.first_frame(4.0);
        assert_eq!(pace.left(5, 5).unwrap().as_secs(), 15);
        assert_eq!(pace.left(0, 0), Some(Duration::ZERO));
    }
}
