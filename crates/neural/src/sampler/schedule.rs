//! Noise levels and timesteps, as diffusers has them.

use super::{Levels, Method};

const TRAINING_STEPS: f64 = 1000.0;

/// Level 1 has no data in it, and its logarithm of signal to noise no end; the multistep methods begin just below.
const BELOW_ONE: f64 = 1e-6;

fn shifted(sigma: f64, shift: f64) -> f64 {
    shift * sigma / (1.0 + (shift - 1.0) * sigma)
}

/// From `first` to `last` in `count` even steps, both included.
fn even(first: f64, last: f64, count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |i| first + (last - first) * i as f64 / (count.max(2) - 1) as f64)
}

/// Noise levels, the last of them 0, and the timestep for each but that.
pub(super) fn levels(method: Method, levels: &Levels) -> (Vec<f64>, Vec<f64>) {
    let lowest = 1.0 / TRAINING_STEPS;
    let mut sigmas: Vec<f64> = match (levels, method) {
        (Levels::Listed { timesteps, shift }, _) => {
            timesteps.iter().map(|t| shifted(t / TRAINING_STEPS, *shift)).filter(|&s| s > 0.0).collect()
        }
        // diffusers shifts the ends before it spaces them, and then all.
        (Levels::Shifted { steps, shift }, Method::Euler | Method::Renoise) => {
            even(1.0, shifted(lowest, *shift), (*steps).max(1)).map(|s| shifted(s, *shift)).collect()
        }
        (Levels::Shifted { steps, shift }, Method::UniPc) => {
            let steps = (*steps).max(1);
            even(1.0, lowest, steps + 1).take(steps).map(|s| shifted(s, *shift)).collect()
        }
        (Levels::Shifted { steps, shift }, Method::DpmPlusPlus) => {
            let steps = (*steps).max(1);
            even(1.0 - lowest, 0.0, steps + 1).take(steps).map(|s| shifted(s, *shift)).collect()
        }
    };
    let is_multistep = matches!(method, Method::UniPc | Method::DpmPlusPlus);
    if let Some(first) = sigmas.first_mut().filter(|s| is_multistep && **s > 1.0 - BELOW_ONE) {
        *first = 1.0 - BELOW_ONE;
    }
    let timestep = |sigma: &f64| {
        let exact = sigma * TRAINING_STEPS;
        // The models are told whole numbers by these two.
        if is_multistep { exact.floor() } else { exact }
    };
    let timesteps = sigmas.iter().map(timestep).collect();
    sigmas.push(0.0);
    // Rounded as they are in the programs that the models were published with: just below 1, it makes a difference.
    (sigmas.into_iter().map(|s| f64::from(s as f32)).collect(), timesteps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_kept_and_shifted() {
        let (sigmas, timesteps) = levels(
            Method::Renoise,
            &Levels::Listed { timesteps: vec![1000.0, 750.0, 500.0, 250.0], shift: 1.0 },
        );
        assert_eq!(sigmas, [1.0, 0.75, 0.5, 0.25, 0.0]);
        assert_eq!(timesteps, [1000.0, 750.0, 500.0, 250.0]);
        let (sigmas, _) =
            levels(Method::Euler, &Levels::Listed { timesteps: vec![1000.0, 500.0], shift: 5.0 });
        assert!((sigmas[1] - 5.0 / 6.0).abs() < 1e-6);
    }
}
