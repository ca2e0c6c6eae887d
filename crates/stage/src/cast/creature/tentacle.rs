//! Arms without bones: octopuses, squids and jellyfish. They trail behind the body, which leads with its crown.

use std::f32::consts::{PI, TAU};

use glam::{Quat, Vec3};

use super::body;
use super::coat::noise;
use super::parts::Pen;
use super::pose::Work;
use super::rig::Rig;
use super::species::{Species, Tentacles, colour};
use crate::cast::mesh::{Vertex, encode, pack_weights};

/// Bones of one arm.
const JOINTS: usize = 7;

/// One arm.
#[derive(Clone, Debug)]
pub(crate) struct ArmRig {
    bones: Vec<usize>,
    /// Away from the body's axis.
    out: Vec3,
    root: Vec3,
    length: f32,
}

/// Lays out the bones; they hang from the hindmost bone of the spine.
pub(crate) fn rig(rig: &mut Rig, s: &Species, last: usize) {
    let Some(row) = &s.tentacles else { return };
    for i in 0..row.count {
        let (sin, cos) = ((i as f32 + 0.5) / row.count as f32 * TAU).sin_cos();
        let out = Vec3::new(sin, cos, 0.0);
        let root = Vec3::new(0.0, row.y, row.z) + out * row.ring;
        // Neighbours are not quite alike.
        let length = row.len * (0.82 + 0.18 * ((i * 5 % 7) as f32 / 6.0));
        let mut bones = vec![];
        for k in 0..JOINTS {
            let at = root - Vec3::Z * (length * k as f32 / JOINTS as f32);
            bones.push(rig.bone(Some(bones.last().copied().unwrap_or(last)), at));
        }
        rig.arms.push(ArmRig { bones, out, root, length });
    }
}

/// Adds the arms' tubes.
pub(crate) fn add(pen: &mut Pen<'_>) {
    let Some(row) = pen.species.tentacles.clone() else { return };
    let (surface, finish) = body::soft_finish(pen.species);
    for arm in pen.rig.arms.clone() {
        let first = pen.out.vertices.len() as u32;
        let (rows, sides) = (34u32, 10u32);
        for r in 0..=rows {
            let t = r as f32 / rows as f32;
            for k in 0..=sides {
                tube_vertex(pen, &row, &arm, t, k as f32 / sides as f32 * TAU);
            }
        }
        pen.out.grid(surface, finish, first, rows, sides);
    }
}

fn tube_vertex(pen: &mut Pen<'_>, row: &Tentacles, arm: &ArmRig, t: f32, angle: f32) {
    let (sin, cos) = angle.sin_cos();
    let across = arm.out.cross(Vec3::Z);
    let normal = arm.out * cos + across * sin;
    let r = row.thick * (1.0 - t).powf(0.8).max(0.06) * (1.0 + row.frill * (t * 60.0).sin());
    let p = arm.root - Vec3::Z * (arm.length * t) + normal * r;
    // Pale suckers on the inner side.
    let inner = ((-cos - 0.45) * 4.0).clamp(0.0, 1.0);
    let spots = 0.75 + 0.25 * (t * 90.0).sin();
    let tone = colour(&pen.species.coat.base).lerp(colour(&row.inner) * spots, inner);
    let x = t * JOINTS as f32 - 0.5;
    let (k, f) = (x.floor().max(0.0) as usize, (x - x.floor()).clamp(0.0, 1.0));
    let bone = |k: usize| arm.bones[k.min(JOINTS - 1)];
    let f = if x < 0.0 { 0.0 } else { f };
    let (joints, weights) = pack_weights(&mut vec![(bone(k), 1.0 - f), (bone(k + 1), f + 1e-4)]);
    pen.out.push(Vertex {
        position: p.to_array(),
        normal: normal.to_array(),
        comb: [0.0, 0.0, -1.0],
        colour: encode(tone * (0.9 + 0.2 * noise(p * 14.0)), 0.0),
        marking: [0; 4],
        joints,
        weights,
        pattern: [t, 1.0],
    });
}

/// Bends the arms: they spread and close with the beat, and a wave runs down them.
pub(crate) fn pose(rig: &Rig, s: &Species, w: f32, amp: f32, work: &mut Work) {
    let Some(row) = &s.tentacles else { return };
    for (i, arm) in rig.arms.iter().enumerate() {
        // A turn about this axis opens the arm outwards.
        let open = arm.out.cross(Vec3::NEG_Z);
        let aside = arm.out;
        for (k, bone) in arm.bones.iter().enumerate() {
            let lag = w - 0.7 * k as f32 - 0.9 * (i as f32 * 2.4).sin();
            let base =
                if k == 0 { row.spread } else { -row.spread * 0.30 + row.curl * k as f32 / JOINTS as f32 };
            let beat = (0.10 + 0.16 * amp) * lag.sin();
            let sway = 0.12 * (w * 0.5 + i as f32 * 1.7 - 0.5 * k as f32).sin();
            work.turn(*bone, Quat::from_axis_angle(open, base + beat) * Quat::from_axis_angle(aside, sway));
        }
    }
    // The mantle fills and empties.
    for bone in &rig.spine {
        work.scale[*bone] = 1.0 + 0.05 * (w + PI * 0.3).sin();
    }
}
