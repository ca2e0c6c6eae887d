//! Wings of skin: a dragon's and a bat's, which fold like an umbrella, and an insect's, which only has a hinge.

use std::f32::consts::PI;

use glam::{Mat3, Quat, Vec3};

use super::body;
use super::coat::noise;
use super::parts::{Bind, Pen};
use super::rig::Rig;
use super::species::{Sail, Species, colour};
use crate::cast::mesh::{Vertex, encode, pack_weights};

/// The bones of one wing of skin.
#[derive(Clone, Debug)]
pub(crate) struct SailRig {
    /// Which of the row's sails it is.
    row: usize,
    side: f32,
    /// Upper arm and forearm, or the one hinge.
    arm: Vec<usize>,
    /// A bone for each finger; the hinge where there is no arm.
    fingers: Vec<usize>,
    /// Shoulder, elbow, wrist; only the shoulder where there is no arm.
    joints: Vec<Vec3>,
    tips: Vec<Vec3>,
    flank: Vec3,
    /// Carries the skin from the elbow to the trailing edge, so that it folds in two.
    web: Option<usize>,
}

impl SailRig {
    fn wrist(&self) -> Vec3 {
        self.joints[self.joints.len() - 1]
    }
}

/// Lays out the bones of all sails; they hang from the chest.
pub(crate) fn rig(rig: &mut Rig, s: &Species, chest: usize) {
    for (row, sail) in s.sails.iter().enumerate() {
        for side in [1.0f32, -1.0] {
            let place = |v: [f32; 3]| Vec3::new(v[0] * side, v[1], v[2]);
            let mut joints = vec![place(sail.at)];
            let mut arm = vec![rig.bone(Some(chest), joints[0])];
            for (k, joint) in sail.arm.iter().enumerate() {
                joints.push(place(*joint));
                if k + 1 < sail.arm.len() {
                    arm.push(rig.bone(arm.last().copied(), joints[k + 1]));
                }
            }
            let tips: Vec<Vec3> = sail.fingers.iter().map(|v| place(*v)).collect();
            let last = arm[arm.len() - 1];
            let wrist = joints[joints.len() - 1];
            let fingers = tips
                .iter()
                .map(|_| if sail.arm.is_empty() { last } else { rig.bone(Some(last), wrist) })
                .collect();
            let flank = place(sail.flank);
            let web = (arm.len() > 1).then(|| rig.bone(Some(arm[0]), joints[1]));
            rig.sails.push(SailRig { row, side, arm, fingers, joints, tips, flank, web });
        }
    }
}

/// Adds the skins and the arms that carry them.
pub(crate) fn add(pen: &mut Pen<'_>) {
    let species = pen.species;
    for sail in pen.rig.sails.clone() {
        let row = &species.sails[sail.row];
        let wrist = sail.wrist();
        let panels = sail.tips.len().saturating_sub(1);
        for i in 0..panels {
            let (a, b) = (sail.tips[i] - wrist, sail.tips[i + 1] - wrist);
            let (bone_a, bone_b) = (sail.fingers[i], sail.fingers[i + 1]);
            let at = |u: f32, v: f32| {
                let slack = 1.0 - row.scallop * (PI * u).sin() * v;
                wrist + a.lerp(b, u) * v * slack
            };
            let across = (i as f32, panels as f32);
            skin(pen, row, sail.side, [14, 10], &at, &|u, _| vec![(bone_a, 1.0 - u), (bone_b, u)], across);
        }
        if sail.arm.len() > 1 {
            inner(pen, row, &sail);
            bones(pen, row, &sail);
        }
    }
}

/// The skin between the last finger and the flank, in two panels that meet on a line from the elbow.
fn inner(pen: &mut Pen<'_>, row: &Sail, sail: &SailRig) {
    let (chest, pelvis) = (pen.rig.spine[pen.rig.spine.len() - 1], pen.rig.spine[0]);
    let (Some(tip), Some(finger)) = (sail.tips.last().copied(), sail.fingers.last().copied()) else { return };
    let Some(web) = sail.web else { return };
    let seam = tip.lerp(sail.flank, 0.5) + (sail.joints[1] - tip.lerp(sail.flank, 0.5)) * row.scallop * 0.6;
    // Each line belongs to one bone, or runs from one to another.
    let lines: [(Vec3, Vec3, usize, usize); 3] = [
        (sail.joints[2], tip, finger, finger),
        (sail.joints[1], seam, web, web),
        (sail.joints[0], sail.flank, chest, pelvis),
    ];
    for pair in lines.windows(2) {
        let (outer, inner) = (pair[0], pair[1]);
        let at = |u: f32, v: f32| {
            let (lead, trail) = (outer.0.lerp(inner.0, u), outer.1.lerp(inner.1, u));
            lead + (trail - lead) * v * (1.0 - row.scallop * (PI * u).sin() * v)
        };
        let bind = |u: f32, v: f32| {
            let w = [(1.0 - u) * (1.0 - v), (1.0 - u) * v, u * (1.0 - v), u * v];
            vec![(outer.2, w[0]), (outer.3, w[1]), (inner.2, w[2]), (inner.3, w[3])]
        };
        skin(pen, row, sail.side, [14, 10], &at, &bind, (0.0, 0.0));
    }
}

/// A two-sided skin: `at(u, v)` and `bind(u, v)` with u across and v from the wrist outwards.
fn skin(
    pen: &mut Pen<'_>,
    row: &Sail,
    side: f32,
    [rows, columns]: [u32; 2],
    at: &dyn Fn(f32, f32) -> Vec3,
    bind: &dyn Fn(f32, f32) -> Bind,
    (panel, panels): (f32, f32),
) {
    let (surface, finish) = body::soft_finish(pen.species);
    let (tone, rim, spot) = (colour(&row.skin), colour(&row.rim), colour(&row.spot));
    for over in [true, false] {
        let first = pen.out.vertices.len() as u32;
        for r in 0..=rows {
            for c in 0..=columns {
                let (v, u) = (r as f32 / rows as f32, c as f32 / columns as f32);
                let e = 0.03;
                let du = at((u + e).min(1.0), v.max(e)) - at((u - e).max(0.0), v.max(e));
                let dv = at(u, (v + e).min(1.0)) - at(u, (v - e).max(0.0));
                let mut n = du.cross(dv).normalize_or(Vec3::Y);
                if (n.y < 0.0) == over {
                    n = -n;
                }
                let p = at(u, v);
                let mut c = tone.lerp(rim, ((v - row.border) / (1.0 - row.border)).clamp(0.0, 1.0).powf(0.7));
                // Veins run along the fingers and between them.
                let vein = if panels > 0.0 { (u * 2.0 * PI).cos().max(0.0).powi(6) } else { 0.0 };
                c *= 1.0 - 0.35 * vein * row.veins;
                c *= 0.85 + 0.3 * noise(p * 11.0);
                if !row.spot.is_empty() {
                    // An eye in each second panel, and pearls along the rim.
                    let eye = Vec3::new(u - 0.5, v - 0.62, 0.0).length();
                    if (panel as i32) % 2 == 0 && eye < 0.22 {
                        c = c.lerp(spot, ((0.22 - eye) * 14.0).min(1.0));
                    }
                    let pearl = Vec3::new((u * 2.0).fract() - 0.5, (v - 0.93) * 6.0, 0.0).length();
                    if pearl < 0.28 {
                        c = c.lerp(Vec3::splat(0.8), ((0.28 - pearl) * 8.0).min(1.0));
                    }
                }
                let (joints, weights) = pack_weights(&mut bind(u, v));
                pen.out.push(Vertex {
                    position: p.to_array(),
                    normal: n.to_array(),
                    comb: dv.normalize_or(Vec3::X * side).to_array(),
                    colour: encode(c, 0.0),
                    marking: [0; 4],
                    joints,
                    weights,
                    pattern: [0.0, if over { 1.0 } else { 0.85 }],
                });
            }
        }
        pen.leaf_grid(surface, finish, first, rows, columns);
    }
}

/// Arm and fingers.
fn bones(pen: &mut Pen<'_>, row: &Sail, sail: &SailRig) {
    let tone = colour(&pen.species.coat.base);
    let mut rod = |from: Vec3, to: Vec3, thick: [f32; 2], bone: usize, tone: Vec3| {
        let rings: Vec<(Vec3, f32, f32)> = (0..=8)
            .map(|i| {
                let t = i as f32 / 8.0;
                let r = thick[0] + (thick[1] - thick[0]) * t.powf(0.7);
                let round = (1.0 - (2.0 * t - 1.0).abs().powi(14)).max(0.0).sqrt().max(0.02);
                (from.lerp(to, -0.02 + 1.04 * t), r * round, r * round)
            })
            .collect();
        pen.hide_tube(&rings, 10, &vec![(bone, 1.0)], tone);
    };
    let r = row.thick;
    rod(sail.joints[0], sail.joints[1], [r * 1.25, r * 0.8], sail.arm[0], tone);
    rod(sail.joints[1], sail.joints[2], [r * 0.85, r * 0.6], sail.arm[1], tone);
    for (tip, bone) in sail.tips.iter().zip(&sail.fingers) {
        rod(sail.joints[2], *tip, [r * 0.5, r * 0.12], *bone, tone * 0.8);
    }
    // The thumb is a claw at the wrist.
    let wrist = sail.joints[2];
    let claw = Vec3::new(sail.side * 0.25, 0.35, 0.9);
    let rings = [
        (wrist, r * 0.5, r * 0.5),
        (wrist + claw * r * 1.2, r * 0.32, r * 0.32),
        (wrist + claw * r * 2.4 - Vec3::Y * r * 0.6, r * 0.03, r * 0.03),
    ];
    pen.tube(&rings, 8, 0.4, &vec![(sail.arm[1], 1.0)], &|_| Vec3::splat(0.02));
}

/// The rotation that takes direction `d` with the upper side `Y` to direction `w` with the upper side near `n`.
fn turned(d: Vec3, w: Vec3, n: Vec3) -> Quat {
    let frame = |along: Vec3, up: Vec3| {
        let along = along.normalize_or(Vec3::X);
        let up = (up - along * up.dot(along)).normalize_or(Vec3::Y);
        Mat3::from_cols(along, up, along.cross(up))
    };
    Quat::from_mat3(&(frame(w, n) * frame(d, Vec3::Y).transpose())).normalize()
}

/// How a sail is held.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Held {
    /// Beating, at a phase in radians and with an amplitude 0..1.
    Beating(f32, f32),
    /// 0 folded … 1 spread.
    Open(f32),
}

/// Turns the bones of all sails; folded ones lean forward by `lean` radians.
pub(crate) fn pose(rig: &Rig, s: &Species, held: Held, lean: f32, local: &mut [Quat]) {
    for sail in &rig.sails {
        let side = sail.side;
        let rz = |a: f32| Quat::from_rotation_z(side * a);
        let ry = |a: f32| Quat::from_rotation_y(side * a);
        if sail.arm.len() < 2 {
            let row = &s.sails[sail.row];
            // Insects close their wings over the back, or lay them back.
            local[sail.arm[0]] = match held {
                Held::Beating(w, amp) => rz(0.15 + 0.95 * amp * (w - 0.35 * sail.row as f32).cos()),
                Held::Open(open) => rz(row.rest[0] * (1.0 - open)) * ry(row.rest[1] * (1.0 - open)),
            };
            continue;
        }
        match held {
            Held::Beating(w, amp) => {
                let back = (-w.sin()).max(0.0) * amp;
                local[sail.arm[0]] = rz(0.12 + 0.55 * amp * w.cos()) * ry(0.22 * back);
                local[sail.arm[1]] =
                    rz(-0.04 + 0.28 * amp * (w - 0.7).cos() - 0.20 * back) * ry(-0.38 * back);
                let count = sail.fingers.len() as f32;
                for (k, bone) in sail.fingers.iter().enumerate() {
                    let f = 1.0 - k as f32 / count;
                    let bend = 0.32 * amp * (w - 1.4).cos() - 0.22 * back;
                    local[*bone] = rz(bend * f) * ry(0.45 * back * f);
                }
            }
            Held::Open(open) => {
                let out = |x: f32, y: f32, z: f32| Vec3::new(side * x, y, z);
                let flat = out(1.0, 0.25, 0.0);
                let dirs = [sail.joints[1] - sail.joints[0], sail.joints[2] - sail.joints[1]];
                let upper = turned(dirs[0], out(0.28, 0.62, -0.72), flat);
                let fore = turned(dirs[1], out(0.10, 0.42, 0.90), flat);
                local[sail.arm[0]] = Quat::from_rotation_x(lean) * upper.slerp(Quat::IDENTITY, open);
                local[sail.arm[1]] = (upper.inverse() * fore).slerp(Quat::IDENTITY, open);
                if let Some(web) = sail.web {
                    let rest = sail.tips[sail.tips.len() - 1].lerp(sail.flank, 0.5) - sail.joints[1];
                    let back = turned(rest, out(-0.10, -0.42, -0.9), flat);
                    local[web] = (upper.inverse() * back).slerp(Quat::IDENTITY, open);
                }
                for (k, (bone, tip)) in sail.fingers.iter().zip(&sail.tips).enumerate() {
                    let drop = -0.22 - 0.13 * k as f32;
                    let finger =
                        turned(*tip - sail.joints[2], out(0.06 - 0.03 * k as f32, drop, -0.95), flat);
                    local[*bone] = (fore.inverse() * finger).slerp(Quat::IDENTITY, open);
                }
            }
        }
    }
}
