//! Small things in the air whose places are known: sparks of fireworks, drops of a splash, flakes behind who slides. Every
//! one is a function of the time alone.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};

use super::clip::{Root, ramp};
use crate::cast::Leap;

/// A point of light or matter, as the device reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct Mote {
    /// Metres.
    pub(crate) at: Vec3,
    /// Metres.
    pub(crate) radius: f32,
    /// Linear; more than 1 shines.
    pub(crate) colour: Vec3,
    /// How dense it is, 0..1; negative for what has the scene's light on it instead of its own.
    pub(crate) dense: f32,
}

/// The middle of the sky that fireworks burst in, from where they are let off.
pub(crate) const SKY: Vec3 = Vec3::new(0.0, 54.0, -120.0);
/// Half the extent of that sky.
pub(crate) const SKY_HALF: Vec3 = Vec3::new(26.0, 38.0, 6.0);

/// Seconds from one rocket to the next.
const EVERY_S: f64 = 0.62;
/// Seconds that a rocket rises.
const RISE_S: f32 = 0.9;
/// Seconds that a burst is seen.
const BURST_S: f32 = 2.6;
/// Points of a burst, and how many each leaves behind it.
const POINTS: u32 = 96;
const TRAIL: u32 = 5;

/// The colours of bursts, linear.
const COLOURS: [Vec3; 7] = [
    Vec3::new(1.0, 0.16, 0.10),
    Vec3::new(1.0, 0.62, 0.16),
    Vec3::new(0.22, 0.95, 0.34),
    Vec3::new(0.20, 0.46, 1.0),
    Vec3::new(0.88, 0.22, 0.95),
    Vec3::new(1.0, 0.90, 0.72),
    Vec3::new(0.16, 0.90, 0.95),
];

/// 0..1 by a number: the same for the same.
fn chance(n: u32, salt: u32) -> f32 {
    let mut x = n.wrapping_mul(0x9e37_79b9) ^ salt.wrapping_mul(0x85eb_ca6b) ^ 0x27d4_eb2f;
    x = (x ^ (x >> 15)).wrapping_mul(0x2c1b_3c6d);
    x = (x ^ (x >> 12)).wrapping_mul(0x297a_2d39);
    (x ^ (x >> 15)) as f32 / u32::MAX as f32
}

/// A direction of `count` that are spread evenly over a sphere.
fn spread(k: u32, count: u32) -> Vec3 {
    let y = 1.0 - 2.0 * (k as f32 + 0.5) / count as f32;
    let (sin, cos) = (k as f32 * PI * (3.0 - 5.0f32.sqrt())).sin_cos();
    let r = (1.0 - y * y).max(0.0).sqrt();
    Vec3::new(r * cos, y, r * sin)
}

/// Rockets that rise one after the other and burst.
pub(crate) fn fireworks(from: Vec3, time_s: f64, phase: f32, nth: u32, all: &mut Vec<Mote>) {
    let salt = (phase * 9973.0) as u32 + nth * 131;
    // The next one rises before the last has gone out; each of several lets off its own.
    let every = EVERY_S * if nth > 0 { 2.6 } else { 1.0 };
    let offset = f64::from(phase) * every;
    let lasting = f64::from(RISE_S + BURST_S);
    let last = ((time_s + offset + 6.0) / every).floor() as i64;
    let first = ((time_s + offset + 6.0 - lasting) / every).floor() as i64;
    for k in first.max(0)..=last {
        let n = k as u32;
        let age = (time_s + offset + 6.0 - k as f64 * every) as f32 - RISE_S;
        let spot = Vec3::new(
            chance(n, salt) * 2.0 - 1.0,
            chance(n, salt + 1) * 2.0 - 1.0,
            chance(n, salt + 2) * 2.0 - 1.0,
        );
        // Bursts go to the left and the right in turn.
        let side = if n.is_multiple_of(2) { 1.0 } else { -1.0 };
        let x = side * (0.15 + 0.85 * spot.x.abs());
        let burst = from + SKY + Vec3::new(x * 24.0, 4.0 + spot.y * 18.0, spot.z * 12.0);
        if age < 0.0 {
            rocket(from, burst, age, all);
        } else if age < BURST_S {
            blossom(burst, age, n, salt, all);
        }
    }
}

/// A rocket on its way up, with its tail.
fn rocket(from: Vec3, burst: Vec3, age: f32, all: &mut Vec<Mote>) {
    let foot = Vec3::new(burst.x, from.y, burst.z);
    for j in 0..14 {
        let u = 1.0 + (age - j as f32 * 0.022) / RISE_S;
        if u > 0.0 {
            let rise = 1.0 - (1.0 - u) * (1.0 - u);
            let fade = 1.0 - j as f32 / 14.0;
            all.push(Mote {
                at: foot.lerp(burst, rise) + Vec3::X * 0.25 * (u * 40.0).sin(),
                radius: 0.34 * fade,
                colour: Vec3::new(5.0, 2.6, 0.9) * fade,
                dense: 0.8 * fade,
            });
        }
    }
}

/// A burst: a ball, a ring, or long golden arms that hang.
fn blossom(burst: Vec3, age: f32, n: u32, salt: u32, all: &mut Vec<Mote>) {
    let kind = chance(n, salt + 5);
    let colour = COLOURS[(chance(n, salt + 3) * COLOURS.len() as f32) as usize % COLOURS.len()];
    let heart = COLOURS[(chance(n, salt + 4) * COLOURS.len() as f32) as usize % COLOURS.len()];
    let hangs = kind > 0.74;
    let ring = kind < 0.12;
    let (colour, fall) = if hangs { (COLOURS[1], 3.4) } else { (colour, 1.9) };
    let reach = 15.0 + 6.0 * chance(n, salt + 6);
    let tilt = glam::Quat::from_rotation_z(chance(n, salt + 7) - 0.5)
        * glam::Quat::from_rotation_x(0.5 + chance(n, salt + 8));
    // The flash in which it opens.
    if age < 0.22 {
        let flash = 1.0 - age / 0.22;
        all.push(Mote { at: burst, radius: 5.0, colour: Vec3::splat(7.0), dense: 0.55 * flash * flash });
    }
    for k in 0..POINTS {
        if ring && !k.is_multiple_of(3) {
            continue;
        }
        let inner = !ring && k % 4 == 3;
        let out = if ring {
            let (sin, cos) = (k as f32 / POINTS as f32 * TAU).sin_cos();
            tilt * Vec3::new(cos, 0.0, sin) * (0.80 + 0.25 * chance(k, n + 40))
        } else {
            spread(k, POINTS) * (0.90 + 0.16 * chance(k, n + 40))
        };
        let own = if inner { 0.55 } else { 1.0 } * reach;
        let life = (BURST_S - 0.5 * chance(k, n + 60)) * if hangs { 1.0 } else { 0.86 };
        for j in 0..TRAIL {
            let back = j as f32 * if hangs { 0.085 } else { 0.045 };
            let t = age - back;
            if t < 0.0 || age > life {
                continue;
            }
            let way = own * (1.0 - (-2.7 * t).exp());
            let at = burst + out * way - Vec3::Y * fall * t * t;
            let left = 1.0 - age / life;
            let twinkle = 0.75 + 0.25 * (age * 31.0 + k as f32 * 2.4).sin() * ramp(0.5, 1.0, age);
            let strength = left.powf(0.8) * twinkle * (1.0 - 0.82 * j as f32 / TRAIL as f32);
            // White hot at first.
            let tone = if inner { heart } else { colour };
            let tone = tone.lerp(Vec3::ONE, 0.75 * (1.0 - ramp(0.0, 0.35, age)));
            all.push(Mote {
                at,
                radius: 0.42 * (1.0 - 0.5 * j as f32 / TRAIL as f32),
                colour: tone * (1.2 + 6.5 * strength),
                dense: strength.min(1.0),
            });
        }
    }
}

/// The water that a leaper throws up where it breaks through the surface.
pub(crate) fn splashes(
    leap: &Leap,
    phase: f32,
    time_s: f64,
    level: f32,
    root: &dyn Fn(f64) -> Root,
    all: &mut Vec<Mote>,
) {
    let long = leap.length_m;
    for (nth, (when, down)) in leap.breaks(time_s, phase).into_iter().enumerate() {
        let count = if down { 420 } else { 260 };
        let ahead = if down { 0.10 } else { 0.0 };
        for k in 0..count {
            let salt = 100 + nth as u32 % 2 * 7;
            let roll = |n: u32| chance(k, salt + n);
            // It goes on for as long as the body goes through.
            let begin = when - 0.14 * f64::from(long.sqrt()) + f64::from(roll(0) * 0.26 * long.sqrt());
            let t = (time_s - begin) as f32;
            let up = (0.55 + 0.75 * roll(1)) * (9.81 * long * if down { 0.46 } else { 0.24 }).sqrt();
            let life = 2.0 * up / 9.81 * 1.12;
            if t < 0.0 || t > life {
                continue;
            }
            let at = root(begin);
            let (sin, cos) = (roll(2) * TAU).sin_cos();
            let out = Vec2::new(sin, cos);
            let start = at.point(Vec3::new(
                out.x * long * 0.09,
                level,
                out.y * long * if down { 0.30 } else { 0.10 } + ahead * long,
            ));
            let drift = Vec3::new(out.x, 0.0, out.y) * up * (0.10 + 0.38 * roll(3));
            let grown = 1.0 + 1.8 * t / life;
            let fine = roll(4);
            all.push(Mote {
                at: start + drift * t + Vec3::Y * (up * t - 4.905 * t * t),
                radius: long * (0.007 + 0.030 * fine * fine) * grown,
                colour: Vec3::new(0.92, 0.95, 0.98),
                dense: -(0.42 + 0.5 * (1.0 - fine)) * (1.0 - t / life).powf(0.7),
            });
        }
    }
}

/// Snow or dust that is thrown up behind who slides.
pub(crate) fn flakes(tall: f32, time_s: f64, level: f32, root: &dyn Fn(f64) -> Root, all: &mut Vec<Mote>) {
    const EACH_S: f64 = 0.012;
    let last = (time_s / EACH_S).floor() as i64;
    for n in last - 90..=last {
        let k = n.rem_euclid(1 << 20) as u32;
        let begin = n as f64 * EACH_S;
        let t = (time_s - begin) as f32;
        let up = 0.5 + 1.1 * chance(k, 1);
        let life = 0.35 + 0.6 * chance(k, 2);
        if t < 0.0 || t > life {
            continue;
        }
        let side = chance(k, 3) * 2.0 - 1.0;
        let from = root(begin);
        let start =
            from.point(Vec3::new(side * 0.16 * tall, level, -0.10 * tall + 0.3 * tall * chance(k, 4)));
        let aside = from.point(Vec3::X * side) - from.point(Vec3::ZERO);
        all.push(Mote {
            at: start + (aside * 0.7 + Vec3::Y * up) * t - Vec3::Y * 3.2 * t * t + Vec3::Y * 0.02,
            radius: (0.008 + 0.022 * chance(k, 5)) * tall * (1.0 + 1.5 * t / life),
            colour: Vec3::splat(0.97),
            dense: -0.55 * (1.0 - t / life),
        });
    }
}

/// What runs out of something that is tilted, and where it splashes.
pub(crate) fn stream(from: Vec3, floor_m: f32, time_s: f64, all: &mut Vec<Mote>) {
    let high = (from.y - floor_m).max(0.01);
    let falls_s = (2.0 * high / 9.81).sqrt();
    // From low down it runs in one string; from high up it comes apart into drops.
    let count = (high / 0.006).clamp(4.0, 90.0) as u32;
    let loose = ramp(0.25, 0.6, high);
    let each_s = f64::from(falls_s) / f64::from(count);
    let last = (time_s / each_s).floor() as i64;
    for n in last - i64::from(count)..=last {
        let t = (time_s - n as f64 * each_s) as f32;
        if t < 0.0 || t > falls_s {
            continue;
        }
        let k = n.rem_euclid(1 << 20) as u32;
        let aside = Vec3::new(chance(k, 61) - 0.5, 0.0, chance(k, 62) - 0.5) * (0.02 + 0.45 * loose);
        all.push(Mote {
            at: from + aside * t - Vec3::Y * 4.905 * t * t,
            radius: 0.0065 - 0.0022 * loose,
            colour: Vec3::new(0.80, 0.88, 0.95),
            dense: -0.7 + 0.2 * loose,
        });
    }
}

/// Points of light that wind upwards round a box, as one turns into another in it; `k` is how far that has come, 0..1.
pub(crate) fn swirl(low: Vec3, high: Vec3, since_s: f64, k: f32, all: &mut Vec<Mote>) {
    const COUNT: u32 = 220;
    let (middle, size) = ((low + high) * 0.5, high - low);
    let (wide, tall) = (0.55 * size.x.max(size.z).max(0.25 * size.y), size.y);
    let grain = 0.012 * size.max_element();
    let bright = (PI * k).sin().max(0.0).sqrt();
    let t = since_s as f32;
    for n in 0..COUNT {
        let roll = |salt: u32| chance(n, 300 + salt);
        let rise = (roll(1) + t * (0.35 + 0.40 * roll(2))).fract();
        let (sin, cos) = (TAU * roll(3) + t * (3.2 + 2.0 * roll(4))).sin_cos();
        let out = wide * (0.75 + 0.55 * roll(5)) * (1.0 - 0.35 * rise);
        let twinkle = 0.55 + 0.45 * (t * (9.0 + 8.0 * roll(6)) + TAU * roll(7)).sin();
        // They come out of the ground and go out above.
        let seen = ramp(0.0, 0.12, rise) * ramp(1.0, 0.75, rise) * bright * twinkle;
        let warm = roll(8);
        all.push(Mote {
            at: Vec3::new(middle.x + out * cos, low.y + 1.15 * tall * rise, middle.z + out * sin),
            radius: grain * (0.5 + 0.9 * roll(9) * roll(9)),
            colour: Vec3::new(6.0, 3.4 + 1.6 * warm, 1.0 + 3.0 * warm),
            dense: 0.9 * seen,
        });
    }
}

/// Soap bubbles that somebody blows from a mouth: they drift on and up.
pub(crate) fn bubbles(mouth: Vec3, ahead: Vec3, time_s: f64, all: &mut Vec<Mote>) {
    const EACH_S: f64 = 0.07;
    const LIFE_S: f32 = 5.0;
    let last = (time_s / EACH_S).floor() as i64;
    for n in last - (f64::from(LIFE_S) / EACH_S) as i64..=last {
        let k = n.rem_euclid(1 << 20) as u32;
        let roll = |salt: u32| chance(k, 500 + salt);
        let t = (time_s - n as f64 * EACH_S) as f32;
        let life = LIFE_S * (0.5 + 0.5 * roll(1));
        if t < 0.0 || t > life {
            continue;
        }
        let out = 0.10 + (0.55 + 0.5 * roll(2)) * (1.0 - (-1.1 * t).exp()) + 0.08 * t;
        let (sin, cos) = (t * (0.9 + roll(3)) + TAU * roll(4)).sin_cos();
        let spread = Vec3::new(roll(5) - 0.5, 0.7 * (roll(6) - 0.4), roll(7) - 0.5) * (0.5 * t).min(1.1);
        let rise = 0.10 * t + 0.02 * t * t;
        // The colours of a thin film.
        let tone = Vec3::new(0.72 + 0.28 * (TAU * roll(8)).sin(), 0.85, 0.80 + 0.20 * (TAU * roll(9)).cos());
        all.push(Mote {
            at: mouth
                + ahead * out
                + spread
                + Vec3::new(0.05 * sin, rise + 0.02 * cos, 0.05 * cos) * t.min(1.0),
            radius: 0.020 + 0.034 * roll(10) * roll(10),
            colour: tone * 1.8,
            dense: 0.62 * ramp(0.0, 0.1, t) * ramp(0.0, 0.25, life - t),
        });
    }
}

/// An explosion `since_s` seconds ago of something of a size in metres: fire that rolls up and turns to smoke, and splinters.
pub(crate) fn fireball(at: Vec3, size: f32, since_s: f32, lasts_s: f32, salt: u32, all: &mut Vec<Mote>) {
    const PUFFS: u32 = 150;
    const SPLINTERS: u32 = 170;
    let t = since_s;
    let left = 1.0 - t / lasts_s;
    if t < 0.16 {
        all.push(Mote {
            at,
            radius: 0.8 * size,
            colour: Vec3::new(9.0, 7.5, 5.0),
            dense: 0.7 * (1.0 - t / 0.16),
        });
    }
    for n in 0..PUFFS {
        let roll = |k: u32| chance(n, 700 + salt * 31 + k);
        let way = spread(n, PUFFS) * Vec3::new(1.0, 0.8, 1.0);
        let own = 0.35 + 0.75 * roll(1);
        let out = 0.62 * size * own * (1.0 - (-4.5 * t).exp());
        let rise = size * (0.42 * t + 0.10 * t * t) * (0.4 + 0.8 * roll(2));
        let swirl = Vec3::new((t * 2.0 + TAU * roll(3)).sin(), 0.0, (t * 1.7 + TAU * roll(4)).cos())
            * 0.10
            * size
            * t;
        // White hot, then orange and red, then smoke; what is outside cools first.
        let heat = (1.15 - t * (0.8 + 0.9 * own + 0.5 * roll(5))).clamp(0.0, 1.0);
        let fire = Vec3::new(4.5, 1.5 * heat, 0.35 * heat * heat) * heat;
        let smoke = Vec3::splat(0.035 + 0.04 * roll(6));
        let hot = heat > 0.12;
        all.push(Mote {
            at: at + way * out + Vec3::Y * rise + swirl,
            radius: size * (0.05 + 0.09 * roll(7)) * (0.6 + 1.1 * (1.0 - (-2.2 * t).exp())),
            colour: if hot { smoke + fire } else { smoke * 4.0 },
            dense: if hot { 0.42 } else { -0.30 } * left.powf(0.8) * ramp(0.0, 0.05, t),
        });
    }
    for n in 0..SPLINTERS {
        let roll = |k: u32| chance(n, 900 + salt * 17 + k);
        let way = spread(n, SPLINTERS);
        let speed = size.sqrt() * (2.5 + 6.5 * roll(1));
        let flown = Vec3::new(way.x, way.y.abs() + 0.35, way.z) * speed * t - Vec3::Y * 4.905 * t * t;
        let life = 0.7 + 1.3 * roll(2);
        if t > life || at.y + flown.y < at.y - size {
            continue;
        }
        let glow = (1.0 - t / life).powf(1.4);
        all.push(Mote {
            at: at + flown,
            radius: size * (0.004 + 0.008 * roll(3)),
            colour: Vec3::new(5.5, 2.3, 0.6) * glow,
            dense: 0.9 * glow.sqrt(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fireworks_are_in_the_sky_at_any_time() {
        let mut most = 0;
        for k in 0..40 {
            let mut all = vec![];
            fireworks(Vec3::ZERO, f64::from(k) * 0.25, 0.3, 0, &mut all);
            let high = all.iter().filter(|m| m.at.y > 15.0 && m.colour.max_element() > 1.0).count();
            assert!(high > 50, "{high} sparks at {k}");
            assert!(all.iter().all(|m| m.at.is_finite() && (0.0..=1.0).contains(&m.dense)));
            most = most.max(all.len());
        }
        assert!(most < 6000, "{most} sparks are too many");
    }
}
