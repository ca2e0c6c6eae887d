//! Bodies on many jointed legs: spiders, crabs and insects. Legs of two alternating sets step as feet do elsewhere:
//! a planted foot keeps its place.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use glam::{Mat4, Quat, Vec3};

use super::Creature;
use super::parts::{Bind, Pen};
use super::pose::Work;
use super::rig::Rig;
use super::sail::{self, Held};
use super::species::{Species, colour};
use crate::cast::mesh::Pose;
use crate::motion::clip::{Act, Clip, Cycle, Root, Step, drift};

/// A jointed leg: two bones between three joints.
#[derive(Clone, Debug)]
pub(crate) struct StiltRig {
    /// Which of the row's stilts it is.
    row: usize,
    side: f32,
    bones: [usize; 2],
    rest: [Vec3; 3],
}

/// Lays out the bones of all legs; they hang from the middle of the body.
pub(crate) fn rig(rig: &mut Rig, s: &Species, middle: usize) {
    for (row, stilt) in s.stilts.iter().enumerate() {
        for side in [1.0f32, -1.0] {
            let rest = [stilt.root, stilt.knee, stilt.foot].map(|v| Vec3::new(v[0] * side, v[1], v[2]));
            let upper = rig.bone(Some(middle), rest[0]);
            let lower = rig.bone(Some(upper), rest[1]);
            rig.stilts.push(StiltRig { row, side, bones: [upper, lower], rest });
        }
    }
}

/// Adds the legs' tubes and the claws.
pub(crate) fn add(pen: &mut Pen<'_>) {
    for leg in pen.rig.stilts.clone() {
        let row = pen.species.stilts[leg.row].clone();
        let tone = colour(&row.colour);
        let [a, b, c] = leg.rest;
        let r = row.thick;
        let bone = |k: usize| -> Bind { vec![(leg.bones[k], 1.0)] };
        // A femur is thickest in the middle; the shank tapers to a point.
        let femur: Vec<_> = (0..=8)
            .map(|i| {
                let t = i as f32 / 8.0;
                let r = r * (0.55 + 0.45 * (t * PI).sin()) * if i == 0 || i == 8 { 0.5 } else { 1.0 };
                (a.lerp(b, t * 1.04 - 0.02), r, r)
            })
            .collect();
        pen.hide_tube(&femur, 8, &bone(0), tone);
        let end = if row.claw > 0.0 { 0.7 } else { 0.12 };
        let shank: Vec<_> = (0..=8)
            .map(|i| {
                let t = i as f32 / 8.0;
                let r = r * (0.62 + (end - 0.62) * t) * if i == 0 { 0.6 } else { 1.0 };
                (b.lerp(c, t * 1.02 - 0.02), r, r)
            })
            .collect();
        pen.hide_tube(&shank, 8, &bone(1), tone * 0.85);
        if row.claw > 0.0 {
            // A broad hand and two curved fingers.
            let (q, along) = (row.claw, (c - b).normalize_or(Vec3::Z));
            let across = along.cross(Vec3::Y).normalize_or(Vec3::X);
            let palm: Vec<_> = (0..=6)
                .map(|i| {
                    let t = i as f32 / 6.0;
                    let w = q * 0.42 * (0.35 + (t * PI * 0.8).sin()) * if i == 6 { 0.6 } else { 1.0 };
                    (c + along * q * (t - 0.15), w, w * 0.75)
                })
                .collect();
            pen.hide_tube(&palm, 10, &bone(1), tone);
            for bend in [1.0f32, -1.0] {
                let finger: Vec<_> = (0..=6)
                    .map(|i| {
                        let t = i as f32 / 6.0;
                        let out = across * bend * q * (0.28 + 0.22 * (t * PI).sin() - 0.24 * t);
                        let w = q * 0.17 * (1.02 - t);
                        (c + along * q * (0.6 + 0.95 * t) + out, w, w)
                    })
                    .collect();
                pen.hide_tube(&finger, 8, &bone(1), tone * 0.8);
            }
        }
    }
}

impl Creature {
    /// What a body on many legs does when asked for a clip.
    pub(crate) fn crawls(&self, clip: Clip) -> Clip {
        match clip {
            Clip::Flap | Clip::Glide if !self.species.sails.is_empty() => Clip::Flap,
            Clip::Trot | Clip::Run | Clip::Flap | Clip::Glide => Clip::Run,
            Clip::Walk | Clip::Swim => Clip::Walk,
            Clip::Call | Clip::Wave | Clip::Dance | Clip::Talk => Clip::Wave,
            _ => Clip::Stand,
        }
    }

    /// Strides by the reach of the legs.
    pub(crate) fn crawl_cycle(&self, clip: Clip, metres: f32) -> Cycle {
        let reach = self.species.stilts.iter().map(|l| l.foot[0]).fold(0.2, f32::max) * metres;
        let (lengths, stride, duty) = match clip {
            Clip::Walk => (1.7, 0.75, 0.62),
            Clip::Run => (3.6, 1.0, 0.52),
            _ => return Cycle { speed_mps: 0.0, period_s: 1.0, duty: 1.0, lands: [0.0; 4] },
        };
        let speed_mps = lengths * reach * self.species.gait.speed;
        let period_s = stride * reach * self.species.gait.stride / speed_mps;
        Cycle { speed_mps, period_s, duty, lands: [0.0, 0.5, 0.0, 0.5] }
    }

    /// World-space joint matrices.
    pub(crate) fn crawl(&self, act: &Act<'_>, clip: Clip, root: &Root) -> Pose {
        let (rig, s) = (&self.rig, &self.species);
        let metres = s.height * act.size;
        let air = clip == Clip::Flap;
        let height = act.ground.height_m(root.at.x, root.at.y);
        let base = height + if air { root.altitude_m } else { 0.0 };
        let t = act.time_s as f32;
        let cycle = self.cycle(clip, act.size).at_speed(act.speed_mps);
        let position = (act.time_s / f64::from(cycle.period_s) + f64::from(act.phase)).rem_euclid(1.0) as f32;
        let w = position * TAU;
        let moving = matches!(clip, Clip::Walk | Clip::Run);
        // A crab goes where its side points, and shows its face to the camera, which stands towards +z.
        let aside = if s.gait.aside && moving { -FRAC_PI_2.copysign(root.heading.sin()) } else { 0.0 };
        let turn = Quat::from_rotation_y(aside);
        let mut work = Work::new(rig.bones.len());
        let body = rig.spine[0];
        work.offset.y +=
            if moving { 0.02 * (2.0 * w).sin() } else { 0.012 * (t * 2.1 + act.phase * 6.0).sin() };
        if moving {
            work.turn(body, Quat::from_rotation_y(0.05 * w.sin()));
        }
        if air {
            // Small wings lift the body with every beat, and the wind carries it off its line.
            let beat = (w - 0.5).cos() / s.gait.flap.max(0.5);
            work.offset.y += -0.10 * beat;
            work.offset += Vec3::new(drift(t * 3.1, act.phase * 8.0), drift(t * 2.3, act.phase + 3.0), 0.0)
                * s.gait.sway;
            work.turn(
                body,
                Quat::from_rotation_x(-0.35) * Quat::from_rotation_z(0.2 * drift(t * 2.0, act.phase)),
            );
        }
        work.turn(rig.head, Quat::from_rotation_y(act.gaze.yaw * 0.5));
        if !rig.sails.is_empty() {
            let held = if air {
                Held::Beating(w, 1.0)
            } else {
                let slow = 0.5 + 0.5 * (t * 1.3 + act.phase * 6.0).sin();
                Held::Open(if clip == Clip::Wave { 0.4 + 0.6 * slow } else { 0.25 * slow * slow })
            };
            sail::pose(rig, s, held, 0.0, &mut work.local);
        }
        let (mut rot, mut pos) = self.forward(&work);
        let middle = rig.bones[rig.stilts.first().map_or(body, |l| l.bones[0])].parent.unwrap_or(body);
        for leg in &rig.stilts {
            let row = &s.stilts[leg.row];
            let [upper, lower] = leg.bones;
            let hip = pos[upper];
            let group = (leg.row + usize::from(leg.side < 0.0)) % 2;
            let [a, b, c] = leg.rest;
            let mut foot = c;
            if air {
                foot = pos[middle]
                    + rot[middle] * (c * Vec3::new(0.45, 1.0, 0.9) - Vec3::Y * 0.12 - rig.bones[middle].rest);
            } else if row.claw > 0.0 {
                let wave = if clip == Clip::Wave {
                    0.28 * (t * 5.0 + leg.side).sin().abs()
                } else {
                    0.02 * (t * 1.7 + leg.side).sin()
                };
                foot = work.offset + c + Vec3::Y * wave;
            } else {
                let under = |root: &Root, p: Vec3| {
                    let world = root.point(turn * p * metres);
                    Vec3::new(world.x, world.y + act.ground.height_m(world.x, world.z) - base, world.z)
                };
                let print = |at: f64| turn.inverse() * (root.local(under(&(act.root)(at), c)) / metres);
                let ground = |p: Vec3| {
                    p + Vec3::Y
                        * ((act
                            .ground
                            .height_m(root.point(turn * p * metres).x, root.point(turn * p * metres).z)
                            - base)
                            / metres)
                };
                foot = if moving {
                    match cycle.step(group, position, act.time_s) {
                        (Step::Stance(_), plant, _) => print(plant),
                        (Step::Swing(u), plant, next) => {
                            let e = u - 0.16 * (TAU * u).sin();
                            print(plant).lerp(print(next), e)
                                + Vec3::Y * (0.28 * b.y * s.gait.lift * (PI * u).sin())
                        }
                    }
                } else {
                    ground(foot)
                };
            }
            let (l0, l1) = (a.distance(b), b.distance(c));
            let d = foot - hip;
            let far = d.length().clamp((l0 - l1).abs() + 1e-3, (l0 + l1) * 0.999);
            let along = d.normalize_or(Vec3::NEG_Y);
            let x = (l0 * l0 - l1 * l1 + far * far) / (2.0 * far);
            let h = (l0 * l0 - x * x).max(0.0).sqrt();
            let bend = rot[middle] * (b - a.lerp(c, 0.5));
            let pole = (bend - along * bend.dot(along)).normalize_or(Vec3::Y);
            let knee = hip + along * x + pole * h;
            rot[upper] =
                Quat::from_rotation_arc((b - a).normalize_or(Vec3::X), (knee - hip).normalize_or(Vec3::X));
            rot[lower] = Quat::from_rotation_arc(
                (c - b).normalize_or(Vec3::X),
                (hip + along * far - knee).normalize_or(Vec3::X),
            );
            pos[lower] = knee;
        }
        let place = Mat4::from_scale_rotation_translation(
            Vec3::splat(metres),
            Quat::from_rotation_y(root.heading) * turn,
            Vec3::new(root.at.x, base, root.at.y),
        );
        let shrink = Mat4::from_scale(Vec3::splat(1.0 / s.height));
        let joint = |i: usize| {
            Mat4::from_rotation_translation(rot[i], pos[i]) * Mat4::from_translation(-rig.bones[i].rest)
        };
        Pose { joints: (0..rig.bones.len()).map(|i| place * joint(i) * shrink).collect() }
    }
}
