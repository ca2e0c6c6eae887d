//! Fire from the mouth. At rest the flames are a point between the jaws; breathing fire blows them up.

use std::f32::consts::PI;

use glam::{Quat, Vec3};

use super::parts::{Bind, Dice, Pen};
use super::pose::Work;
use super::rig::{HeadFrame, Rig};
use super::species::Species;
use crate::cast::mesh::{Finish, Surface};

/// The flames' size at rest, so that they do not count as part of the body.
const ASLEEP: f32 = 0.01;
/// Bones that flicker by themselves.
const TONGUES: usize = 6;
/// Seconds from one breath of fire to the next.
const BREATH_S: f32 = 3.4;

fn mouth(s: &Species) -> Vec3 {
    HeadFrame::of(s).at(0.86, -0.13, 0.0)
}

/// Lays out the bones; they hang from the head.
pub(crate) fn rig(rig: &mut Rig, s: &Species) {
    if s.flame > 0.0 {
        let head = rig.head;
        rig.flames = (0..TONGUES).map(|_| rig.bone(Some(head), mouth(s))).collect();
    }
}

/// Adds the flames.
pub(crate) fn add(pen: &mut Pen<'_>) {
    let s = pen.species;
    let frame = HeadFrame::of(s);
    let mut dice = Dice::new(0xf1a3);
    let finish = Finish { glow: 0.9, heights_per_m: 1.0 / s.height, ..Finish::default() };
    for (i, bone) in pen.rig.flames.clone().into_iter().enumerate() {
        let bind: Bind = vec![(bone, 1.0)];
        for k in 0..6 {
            let turn = (k as f32 + i as f32 * 0.37 + dice.next()) / 6.0 * 2.0 * PI;
            let wide = 0.17 * dice.next().sqrt();
            let (sin, cos) = turn.sin_cos();
            let along = frame.dir(1.0, sin * wide, cos * wide).normalize();
            let across = frame.dir(0.0, cos, -sin);
            let length = s.flame * (0.50 + 0.5 * dice.next()) * ASLEEP;
            let (curl, phase) = (0.05 * length * (dice.next() - 0.5), dice.next() * 6.0);
            let thick = s.flame * 0.042 * (0.7 + 0.6 * dice.next()) * ASLEEP;
            let rings: Vec<(Vec3, f32, f32)> = (0..=14)
                .map(|j| {
                    let t = j as f32 / 14.0;
                    let swell = (0.16 + 1.25 * t) * (1.0 - t.powi(3)).max(0.0).sqrt();
                    let billow = 1.0 + 0.22 * (t * 17.0 + phase).sin() * t;
                    let drift = across * (curl * (t * 7.0 + phase).sin()) + Vec3::Y * (0.10 * length * t * t);
                    let r = (thick * swell * billow).max(thick * 0.02);
                    (mouth(s) + along * (length * t) + drift, r, r)
                })
                .collect();
            let (white, yellow, red) =
                (Vec3::new(1.0, 0.86, 0.42), Vec3::new(1.0, 0.42, 0.05), Vec3::new(0.55, 0.07, 0.01));
            let tone = |t: f32| {
                if t < 0.4 { white.lerp(yellow, t / 0.4) } else { yellow.lerp(red, (t - 0.4) / 0.6) }
            };
            pen.tube_of(Surface::Solid, finish, &rings, 9, &bind, &tone);
        }
    }
}

/// How strongly fire comes out at a time, 0..1, and how far the head is drawn back for it, 0..1.
pub(crate) fn breath(t: f32) -> (f32, f32) {
    let x = t.rem_euclid(BREATH_S) / BREATH_S;
    let ramp = |a: f32, b: f32| {
        let y = ((x - a) / (b - a)).clamp(0.0, 1.0);
        y * y * (3.0 - 2.0 * y)
    };
    let fire = ramp(0.14, 0.26) * (1.0 - ramp(0.80, 0.92));
    let back = ramp(0.0, 0.10) * (1.0 - ramp(0.12, 0.20)) + ramp(0.94, 1.0) * 0.2;
    (fire, back)
}

/// Blows the flames up, or out.
pub(crate) fn pose(rig: &Rig, t: f32, fire: f32, work: &mut Work) {
    for (i, bone) in rig.flames.iter().enumerate() {
        let f = i as f32;
        let flicker = 0.80 + 0.20 * (t * (17.0 + 3.1 * f) + f * 2.3).sin();
        work.scale[*bone] = if fire > 0.01 { fire * flicker / ASLEEP } else { 1.0 };
        let sway = Quat::from_rotation_y(0.07 * (t * 11.0 + f * 1.9).sin())
            * Quat::from_rotation_x(0.06 * (t * 13.0 + f * 1.3).sin());
        work.turn(*bone, sway);
    }
}
