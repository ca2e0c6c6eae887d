//! How long the film and each shot last, in whole frames.

use film::Seconds;

use super::scenes::SceneDraft;

/// Seconds that a shot of weight 1 takes when nothing was asked.
const SECONDS_PER_WEIGHT: f64 = 3.4;
/// A film nobody gave a length to is this long.
const DEFAULT_RANGE: (f64, f64) = (6.0, 60.0);
/// A shot shorter than this cannot be read.
const SHORTEST_SECS: f64 = 1.0;

/// The most shots that fit the length.
pub(super) fn most_shots(asked: Option<Seconds>) -> usize {
    let seconds = asked.map_or(DEFAULT_RANGE.1, Seconds::get);
    ((seconds / SHORTEST_SECS).floor() as usize).max(1)
}

/// Frames of every shot in order: as the weights say, at least [`SHORTEST_SECS`] where the length allows, together exactly
/// the length that was asked for.
pub(super) fn distribute(scenes: &[SceneDraft], asked: Option<Seconds>, fps: u32) -> Vec<u32> {
    let weights: Vec<f64> = scenes.iter().flat_map(|scene| &scene.shots).map(|shot| shot.weight).collect();
    let sum: f64 = weights.iter().sum();
    let seconds = asked.map_or_else(
        || (sum * SECONDS_PER_WEIGHT).round().clamp(DEFAULT_RANGE.0, DEFAULT_RANGE.1),
        Seconds::get,
    );
    let count = weights.len() as u32;
    let total = ((seconds * f64::from(fps)).round() as u32).max(count);
    let least = ((SHORTEST_SECS * f64::from(fps)) as u32).min(total / count.max(1)).max(1);
    let spare = f64::from(total - least * count);
    // What is above the least is shared by weight; rounding errors are carried so that the sum is exact.
    let mut frames = Vec::with_capacity(weights.len());
    let (mut shared, mut used) = (0.0, 0);
    for weight in &weights {
        shared += spare * weight / sum;
        let upto = shared.round() as u32;
        frames.push(least + upto - used);
        used = upto;
    }
    if let Some(last) = frames.last_mut() {
        *last += (total - least * count) - used;
    }
    frames
}
