//! How long the film and each shot last, in whole frames.

use film::Seconds;

use super::scenes::{Draft, SceneDraft};

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

/// Frames of every shot in order: those that the script gives a length have it, the others share the rest by weight. Each
/// lasts at least [`SHORTEST_SECS`] and as long as its spoken words where the length allows; together they last exactly
/// what was asked for.
pub(super) fn distribute(scenes: &[SceneDraft], asked: Option<Seconds>, fps: u32) -> Vec<u32> {
    let shots: Vec<&Draft> = scenes.iter().flat_map(|scene| &scene.shots).collect();
    let rate = f64::from(fps);
    let given: Vec<Option<u32>> =
        shots.iter().map(|shot| shot.asked_secs.map(|secs| ((secs * rate).round() as u32).max(1))).collect();
    let least = |shot: &Draft| ((shot.least_secs.max(SHORTEST_SECS) * rate).ceil() as u32).max(1);
    let weights: Vec<f64> = shots
        .iter()
        .zip(&given)
        .map(|(shot, given)| if given.is_some() { 0.0 } else { shot.weight })
        .collect();
    let sum: f64 = weights.iter().sum();
    let fixed: u32 = given.iter().flatten().sum();
    let spoken: f64 =
        shots.iter().map(|shot| (shot.least_secs - shot.weight * SECONDS_PER_WEIGHT).max(0.0)).sum();
    let seconds = asked.map_or_else(
        || {
            let free = (sum * SECONDS_PER_WEIGHT + spoken).round();
            let all = f64::from(fixed) / rate + free;
            if fixed > 0 { all } else { all.clamp(DEFAULT_RANGE.0, DEFAULT_RANGE.1.max(spoken * 2.0)) }
        },
        Seconds::get,
    );
    let seconds = seconds.min(Seconds::MAX);
    let count = shots.len() as u32;
    let total = ((seconds * rate).round() as u32).max(count);
    let mut frames: Vec<u32> =
        shots.iter().zip(&given).map(|(shot, given)| given.unwrap_or_else(|| least(shot))).collect();
    let sum_of = |frames: &[u32]| frames.iter().sum::<u32>();
    if sum_of(&frames) > total || (sum == 0.0 && sum_of(&frames) != total) {
        // Too little time for what was asked, or nothing to share the rest: all shrink or grow in proportion.
        let wanted: Vec<f64> = frames.iter().map(|f| f64::from(*f)).collect();
        frames = share(&wanted, total - count).into_iter().map(|f| f + 1).collect();
    } else {
        let spare = total - sum_of(&frames);
        for (frames, more) in frames.iter_mut().zip(share(&weights, spare)) {
            *frames += more;
        }
    }
    frames
}

/// Shares `total` in proportion to the weights, to the frame: rounding errors are carried on.
fn share(weights: &[f64], total: u32) -> Vec<u32> {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return vec![0; weights.len()];
    }
    let (mut reached, mut used) = (0.0, 0);
    let mut shares: Vec<u32> = weights
        .iter()
        .map(|weight| {
            reached += f64::from(total) * weight / sum;
            let upto = (reached.round() as u32).clamp(used, total);
            std::mem::replace(&mut used, upto).abs_diff(upto)
        })
        .collect();
    if let Some(last) = shares.last_mut() {
        *last += total - used;
    }
    shares
}
