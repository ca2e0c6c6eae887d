//! The small parts of every voice: chance, filters, slow wandering, and the open air.

use super::RATE;

pub(super) const TAU: f32 = std::f32::consts::TAU;

pub(super) fn gain(db: f32) -> f32 {
    10.0_f32.powf(db / 20.0)
}

pub(super) fn samples(seconds: f32) -> u32 {
    (seconds.max(0.0) * RATE as f32) as u32
}

/// Shares of the left and the right channel, of constant power, for a place from 0 (left) to 1 (right).
pub(super) fn pan(place: f32) -> [f32; 2] {
    let angle = (0.1 + 0.8 * place) * std::f32::consts::FRAC_PI_2;
    [angle.cos() * std::f32::consts::SQRT_2, angle.sin() * std::f32::consts::SQRT_2]
}

/// Chance that is the same on every machine: `SplitMix64` (Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to 1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }

    /// White noise of mean power 1.
    pub(super) fn noise(&mut self) -> f32 {
        (self.unit() * 2.0 - 1.0) * 1.732_050_8
    }

    pub(super) fn between(&mut self, (low, high): (f32, f32)) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Evenly over octaves.
    pub(super) fn pitch(&mut self, (low, high): (f32, f32)) -> f32 {
        low * (high / low).powf(self.unit())
    }

    pub(super) fn count(&mut self, (low, high): (u32, u32)) -> u32 {
        low + (self.next() % u64::from(high.max(low) - low + 1)) as u32
    }
}

/// A band of noise: a high-pass and a low-pass of first order, twice each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    low: f32,
    high: f32,
    state: [f32; 4],
}

impl Band {
    pub(super) fn new(band_hz: (f32, f32)) -> Self {
        let mut band = Self { low: 0.0, high: 0.0, state: [0.0; 4] };
        band.tune(band_hz);
        band
    }

    pub(super) fn tune(&mut self, (low_hz, high_hz): (f32, f32)) {
        let pole = |hz: f32| 1.0 - (-TAU * (hz / RATE as f32).clamp(0.0, 0.45)).exp();
        self.low = pole(low_hz);
        self.high = pole(high_hz);
    }

    pub(super) fn run(&mut self, mut x: f32) -> f32 {
        for n in 0..2 {
            self.state[n] += self.low * (x - self.state[n]);
            x -= self.state[n];
        }
        for n in 2..4 {
            self.state[n] += self.high * (x - self.state[n]);
            x = self.state[n];
        }
        x
    }
}

/// What brings white noise through a [`Band`] back to mean power 1.
pub(super) fn band_gain(band_hz: (f32, f32)) -> f32 {
    let (low, high) = (f64::from(band_hz.0), f64::from(band_hz.1));
    let steps = 400;
    let power: f64 = (0..steps)
        .map(|n| {
            let hz = (f64::from(n) + 0.5) / f64::from(steps) * f64::from(RATE) / 2.0;
            let (up, down) = ((hz / low).powi(2), (hz / high).powi(2));
            (up / (1.0 + up) / (1.0 + down)).powi(2)
        })
        .sum::<f64>()
        / f64::from(steps);
    (1.0 / power.max(1e-6).sqrt()) as f32
}

/// A value that wanders smoothly around 0, mostly within -1..1.
#[derive(Debug, Clone)]
pub(super) struct Wander {
    from: f32,
    to: f32,
    at: f32,
    step: f32,
    mean_s: f32,
}

impl Wander {
    pub(super) fn new(mean_s: f32, dice: &mut Dice) -> Self {
        let mut wander =
            Self { from: 0.0, to: dice.between((-1.0, 1.0)), at: dice.unit(), step: 0.0, mean_s };
        wander.pace(dice);
        wander
    }

    pub(super) fn pace(&mut self, dice: &mut Dice) {
        self.step = 1.0 / (self.mean_s * dice.between((0.4, 1.1)) * RATE as f32).max(1.0);
    }

    pub(super) fn go(&mut self, count: usize, dice: &mut Dice) -> f32 {
        self.at += self.step * count as f32;
        if self.at >= 1.0 {
            self.at = self.at.fract();
            self.from = self.to;
            self.to = dice.between((-1.0, 1.0));
            self.pace(dice);
        }
        let smooth = self.at * self.at * (3.0 - 2.0 * self.at);
        self.from + (self.to - self.from) * smooth
    }
}

/// The open air around a sound: a few late, dull echoes on both sides (Schroeder 1962).
#[derive(Debug, Clone)]
pub(super) struct Air {
    combs: Vec<(Vec<f32>, usize, f32)>,
}

impl Air {
    pub(super) fn new() -> Self {
        let combs = [1931, 2341, 2713, 3137].map(|length| (vec![0.0; length], 0, 0.0));
        Self { combs: combs.to_vec() }
    }

    pub(super) fn run(&mut self, dry: [f32; 2]) -> [f32; 2] {
        let mut wet = [0.0; 2];
        for (n, (line, at, dull)) in self.combs.iter_mut().enumerate() {
            let echo = line[*at];
            *dull += 0.35 * (echo - *dull);
            line[*at] = 0.5 * (dry[0] + dry[1]) + *dull * 0.72;
            *at = (*at + 1) % line.len();
            wet[n % 2] += echo;
        }
        [dry[0] + 0.16 * wet[0], dry[1] + 0.16 * wet[1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_even_and_the_same_every_time() {
        let mut dice = Dice::new(5);
        let mean: f32 = (0..10_000).map(|_| dice.unit()).sum::<f32>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02);
        assert_eq!(Dice::new(5).next(), Dice::new(5).next());
        let counts: Vec<u32> = (0..100).map(|_| dice.count((2, 4))).collect();
        assert!(counts.iter().all(|n| (2..=4).contains(n)) && counts.contains(&2) && counts.contains(&4));
    }
}
