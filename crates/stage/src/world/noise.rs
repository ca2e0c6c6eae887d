//! Random numbers and gradient noise that are the same on every machine.
//!
//! Only additions, multiplications and integer hashes are used, so the values do not depend on a math library.

use glam::{Vec2, Vec3};

/// A small xorshift generator; the same seed gives the same stream everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..4 {
            rng.unit();
        }
        rng
    }

    /// Uniform in 0..1.
    pub(crate) fn unit(&mut self) -> f32 {
        let s = &mut self.0;
        *s ^= *s << 13;
        *s ^= *s >> 7;
        *s ^= *s << 17;
        (*s >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Uniform in -1..1.
    pub(crate) fn signed(&mut self) -> f32 {
        self.unit() * 2.0 - 1.0
    }

    /// Uniform between two bounds.
    pub(crate) fn between(&mut self, range: [f32; 2]) -> f32 {
        range[0] + (range[1] - range[0]) * self.unit()
    }

    /// A whole number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f32) as usize).min(n.saturating_sub(1))
    }

    /// A direction, uniform over the sphere.
    pub(crate) fn direction(&mut self) -> Vec3 {
        let z = self.signed();
        let a = self.unit() * std::f32::consts::TAU;
        let q = (1.0 - z * z).max(0.0).sqrt();
        Vec3::new(q * a.cos(), z, q * a.sin())
    }
}

/// Mixes two numbers into a seed.
pub(crate) fn mix_seed(a: u64, b: u64) -> u64 {
    let mut x = a ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31);
    x ^= x >> 30;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 27;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A seed from words (FNV-1a).
pub(crate) fn seed_of(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3))
}

fn hash2(x: i32, y: i32, seed: u32) -> u32 {
    let mut h = (x as u32).wrapping_mul(0x8DA6_B343)
        ^ (y as u32).wrapping_mul(0xD816_3841)
        ^ seed.wrapping_mul(0xCB1A_B31F);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2C1B_3C6D);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297A_2D39);
    h ^ (h >> 15)
}

fn gradient(h: u32, x: f32, y: f32) -> f32 {
    // Eight directions are enough in the plane; sqrt(1/2) keeps the diagonals as long as the axes.
    const D: f32 = std::f32::consts::FRAC_1_SQRT_2;
    match h & 7 {
        0 => x,
        1 => -x,
        2 => y,
        3 => -y,
        4 => (x + y) * D,
        5 => (x - y) * D,
        6 => (y - x) * D,
        _ => -(x + y) * D,
    }
}

/// Gradient noise in about -1..1 at a point; `period` > 0 makes it repeat every so many units.
pub(crate) fn noise(p: Vec2, seed: u32, period: i32) -> f32 {
    let (fx, fy) = (p.x.floor(), p.y.floor());
    let (x, y) = (p.x - fx, p.y - fy);
    let (i, j) = (fx as i32, fy as i32);
    let wrap = |k: i32| if period > 0 { k.rem_euclid(period) } else { k };
    let at =
        |di: i32, dj: i32| gradient(hash2(wrap(i + di), wrap(j + dj), seed), x - di as f32, y - dj as f32);
    let fade = |t: f32| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
    let (u, v) = (fade(x), fade(y));
    let a = at(0, 0) + (at(1, 0) - at(0, 0)) * u;
    let b = at(0, 1) + (at(1, 1) - at(0, 1)) * u;
    (a + (b - a) * v) * 1.5
}

/// Sum of octaves of [`noise`], each at about twice the frequency and `gain` of the amplitude of the one before.
pub(crate) fn fbm(p: Vec2, seed: u32, octaves: u32, gain: f32, period: i32) -> f32 {
    let (mut sum, mut amplitude, mut q, mut per) = (0.0, 1.0, p, period);
    for k in 0..octaves {
        sum += amplitude * noise(q, seed.wrapping_add(k * 101), per);
        amplitude *= gain;
        q *= 2.0;
        per *= 2;
    }
    sum
}

/// Smooth step from 0 at `a` to 1 at `b`; `a` may be above `b`.
pub(crate) fn smoothstep(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Side of the noise pictures that the shaders read, in texels.
pub(crate) const NOISE_SIDE: u32 = 512;

/// Two RGBA pictures that tile. The first: two soft noises, white noise, a fine noise. The second: the slopes (as 0..1)
/// of a soft ground and of a ridged, cracked rock, so that a surface bends its normal with one look-up.
pub(crate) fn noise_pictures() -> [Vec<u8>; 2] {
    let n = NOISE_SIDE as usize;
    let mut rng = Rng::new(99);
    let at =
        |i: usize, j: usize, cells: i32| Vec2::new(i as f32 / n as f32, j as f32 / n as f32) * cells as f32;
    let byte = |v: f32| ((v * 0.5 + 0.5) * 255.0).clamp(0.0, 255.0) as u8;
    let mut soft = vec![0u8; n * n * 4];
    let mut ground = vec![0f32; n * n];
    let mut rock = vec![0f32; n * n];
    for j in 0..n {
        for i in 0..n {
            let k = j * n + i;
            let fine = fbm(at(i, j, 9), 80, 6, 0.55, 9);
            soft[k * 4] = byte(fbm(at(i, j, 5), 0, 5, 0.55, 5) * 0.85);
            soft[k * 4 + 1] = byte(fbm(at(i, j, 5), 40, 5, 0.55, 5) * 0.85);
            soft[k * 4 + 2] = (rng.unit() * 255.0) as u8;
            soft[k * 4 + 3] = byte(fine * 0.7);
            ground[k] = fine;
            let warp = noise(at(i, j, 6), 7, 6) * 0.35;
            let (mut ridge, mut amplitude, mut cells) = (0.0, 1.0, 7);
            for octave in 0..5u32 {
                let q = at(i, j, cells) + Vec2::splat(warp);
                let r = 1.0 - noise(q, 200 + octave, cells).abs() * 2.0;
                ridge += r * amplitude;
                amplitude *= 0.52;
                cells *= 2;
            }
            rock[k] = ridge;
        }
    }
    let mut slopes = vec![0u8; n * n * 4];
    let slope = |h: &[f32], i: usize, j: usize, scale: f32| {
        let x = h[j * n + (i + 1) % n] - h[j * n + (i + n - 1) % n];
        let y = h[((j + 1) % n) * n + i] - h[((j + n - 1) % n) * n + i];
        [byte(x * scale), byte(y * scale)]
    };
    for j in 0..n {
        for i in 0..n {
            let k = (j * n + i) * 4;
            slopes[k..k + 2].copy_from_slice(&slope(&ground, i, j, 2.2));
            slopes[k + 2..k + 4].copy_from_slice(&slope(&rock, i, j, 1.6));
        }
    }
    [soft, slopes]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_repeats_with_its_period_and_stays_in_range() {
        for k in 0..400 {
            let p = Vec2::new(k as f32 * 0.173, k as f32 * 0.311);
            let a = noise(p, 3, 8);
            assert!((a - noise(p + Vec2::new(8.0, -16.0), 3, 8)).abs() < 1e-3);
            assert!(a.abs() < 1.5);
        }
    }

    #[test]
    fn the_generator_is_uniform_enough() {
        let mut rng = Rng::new(5);
        let mean = (0..4000).map(|_| rng.unit()).sum::<f32>() / 4000.0;
        assert!((mean - 0.5).abs() < 0.03, "{mean}");
    }
}
