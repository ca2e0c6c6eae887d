//! Leaps of swimmers out of the water: a body thrown up nose first, turned along its way, and fallen back.

use std::f32::consts::PI;

use crate::motion::clip::{Cycle, ramp, smooth};

/// Metres per second squared.
const GRAVITY: f32 = 9.81;
/// Share of a cycle that the body's middle is above the water.
const IN_AIR: f32 = 0.5;
/// Seconds before the first leap of a shot leaves the water.
const FIRST_S: f32 = 0.7;

/// How a swimmer of a length leaps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Leap {
    /// Metres from nose to fluke.
    pub(crate) length_m: f32,
    /// How high its middle rises above the water, in metres.
    pub(crate) height_m: f32,
    /// Seconds that its middle is above the water.
    air_s: f32,
    /// 0 for what dives back nose first, 1 for what is so heavy that it falls on its side.
    heavy: f32,
}

/// Where the body is in a leap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Flight {
    /// Height of its middle above the water in metres; negative under it.
    pub(crate) height_m: f32,
    /// Radians that the nose points up.
    pub(crate) pitch: f32,
    /// Radians about its own length.
    pub(crate) roll: f32,
    /// 0..1 while it is in the air, `None` under water.
    pub(crate) air: Option<f32>,
}

impl Leap {
    pub(crate) fn new(length_m: f32) -> Leap {
        // A dolphin clears the water by its own length, a great whale by less than half of it.
        let height_m = length_m * (1.25 / length_m.max(0.05).powf(0.38)).min(1.5);
        let air_s = (8.0 * height_m / GRAVITY).sqrt();
        Leap { length_m, height_m, air_s, heavy: ramp(3.5, 9.0, length_m) }
    }

    /// Metres per second forward: a steep way up.
    pub(crate) fn cycle(&self) -> Cycle {
        let up = 4.0 * self.height_m / self.air_s;
        let speed_mps = up * (0.55 - 0.22 * self.heavy);
        Cycle { speed_mps, period_s: self.air_s / IN_AIR, duty: IN_AIR, lands: [0.0; 4] }
    }

    /// The highest point that any part of it reaches above the water, in metres.
    pub(crate) fn top_m(&self) -> f32 {
        self.height_m + self.length_m * (0.22 + 0.18 * self.heavy)
    }

    /// The moments near a time at which it breaks through the surface: seconds, and whether it comes down.
    pub(crate) fn breaks(&self, time_s: f64, phase: f32) -> [(f64, bool); 4] {
        let period = f64::from(self.cycle().period_s);
        let first = f64::from(FIRST_S) + f64::from(phase * 0.8) * period;
        let nth = ((time_s - first) / period).floor();
        let out = first + nth * period;
        let air = f64::from(self.air_s);
        [(out - period, false), (out - period + air, true), (out, false), (out + air, true)]
    }

    /// Where it is at a time. `phase` lets one of several leap after the other.
    pub(crate) fn at(&self, time_s: f64, phase: f32) -> Flight {
        let cycle = self.cycle();
        let since = time_s - f64::from(FIRST_S) - f64::from(phase * 0.8 * cycle.period_s);
        let x = (since / f64::from(cycle.period_s)).rem_euclid(1.0) as f32;
        let up = 4.0 * self.height_m / self.air_s;
        // The way under water leads on from the fall and into the rise without a break.
        let depth = 4.0 * self.height_m * (1.0 - IN_AIR) / (IN_AIR * PI);
        let (height_m, rise, air) = if x < IN_AIR {
            let s = x / IN_AIR;
            (4.0 * self.height_m * s * (1.0 - s), up * (1.0 - 2.0 * s), Some(s))
        } else {
            let u = (x - IN_AIR) / (1.0 - IN_AIR);
            (-depth * (PI * u).sin(), -up * (PI * u).cos(), None)
        };
        let along = rise.atan2(cycle.speed_mps);
        let roll = match air {
            Some(s) => smooth(s * 1.1),
            None => 1.0 - smooth((x - IN_AIR) / (1.0 - IN_AIR) * 1.4),
        };
        // What is heavy keeps its nose up longer and falls flat.
        let held = self.heavy * 0.45 * air.map_or(0.0, |s| (PI * s).sin());
        let pitch = if along < 0.0 { along * (1.0 - 0.6 * self.heavy) } else { along } + held;
        Flight { height_m, pitch, roll: roll * 1.1 * self.heavy, air }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_leaves_the_water_nose_up_and_comes_back() {
        for length in [0.5, 2.4, 14.0] {
            let leap = Leap::new(length);
            let step = 1.0 / 48.0;
            let way: Vec<Flight> = (0..240).map(|k| leap.at(f64::from(k) * step, 0.0)).collect();
            assert!(way[0].height_m < 0.0, "it begins under water");
            let top = way.iter().map(|f| f.height_m).fold(0.0, f32::max);
            assert!(top > 0.4 * length, "{length} m rises by {top} m");
            let out = way.iter().find(|f| f.air.is_some()).unwrap();
            assert!(out.pitch > 0.9, "nose first: {}", out.pitch);
            for pair in way.windows(2) {
                let speed = (pair[1].height_m - pair[0].height_m).abs() / step as f32;
                assert!(speed < 1.1 * (2.0 * GRAVITY * leap.height_m).sqrt(), "no break in the way");
            }
        }
    }
}
