//! A snake's way: the body follows its own head along a meander that stands still on the ground, so no part of it
//! slides sideways.

use std::f32::consts::TAU;

use glam::{Mat3, Mat4, Quat, Vec2, Vec3};

use super::Creature;
use crate::cast::mesh::Pose;
use crate::motion::clip::{Act, Clip, Cycle, Root, drift, smooth};

/// The greatest angle between the body and its course, in radians.
const SWING: f32 = 0.95;
/// Bends in a body length.
const BENDS: f32 = 1.9;
/// The mean cosine of the meander's angle: the Bessel function J0 of [`SWING`].
const ADVANCE: f32 = 0.787;

/// The angle of the meander at an arc length in body lengths.
fn angle(s: f32) -> f32 {
    SWING * (TAU * BENDS * s).sin()
}

impl Creature {
    /// What a snake does when asked for a clip.
    pub(crate) fn slithers(clip: Clip) -> Clip {
        match clip {
            Clip::Trot | Clip::Run | Clip::Flap => Clip::Run,
            Clip::Walk | Clip::Swim | Clip::Glide => Clip::Walk,
            Clip::Sit | Clip::Lie => Clip::Lie,
            Clip::Call | Clip::Wave | Clip::Talk | Clip::Dance => Clip::Call,
            _ => Clip::Stand,
        }
    }

    /// Speed in body lengths.
    pub(crate) fn slither_cycle(&self, clip: Clip, metres: f32) -> Cycle {
        let lengths = match clip {
            Clip::Walk => 0.30,
            Clip::Run => 0.75,
            _ => return Cycle { speed_mps: 0.0, period_s: 1.0, duty: 1.0, lands: [0.0; 4] },
        };
        let speed_mps = lengths * metres * self.species.gait.speed;
        Cycle { speed_mps, period_s: ADVANCE * metres / BENDS / speed_mps, duty: 1.0, lands: [0.0; 4] }
    }

    /// World-space joint matrices.
    pub(crate) fn slither(&self, act: &Act<'_>, clip: Clip, root: &Root) -> Pose {
        let metres = self.species.height * act.size;
        let base = act.ground.height_m(root.at.x, root.at.y);
        let t = act.time_s as f32;
        let gone = (act.time_s * f64::from(act.speed_mps)) as f32;
        let moves = matches!(clip, Clip::Walk | Clip::Run);
        // Arc length that the head has covered, within one bend.
        let along = if moves { gone / metres / ADVANCE } else { 0.0 } + act.phase / BENDS;
        let along = along.rem_euclid(1.0 / BENDS);
        let bones = &self.rig.bones;
        let spine = &self.rig.spine;
        let nose = bones[spine[0]].rest.z;
        // The head runs ahead of and behind its mean course by a little.
        let steps = 24;
        let mut at = Vec2::new(0.0, -ADVANCE * along);
        for k in 0..steps {
            let (sin, cos) = angle(along * (k as f32 + 0.5) / steps as f32).sin_cos();
            at += Vec2::new(sin, cos) * (along / steps as f32);
        }
        // The middle of the body is where the root says.
        at.y += 0.5 * ADVANCE;
        let raise = match clip {
            Clip::Call => 0.20 + 0.012 * (t * 1.7).sin(),
            Clip::Stand => 0.075,
            Clip::Lie => 0.03,
            _ => 0.035,
        };
        let look = act.gaze.yaw * 0.6 + if moves { 0.0 } else { 0.5 * drift(t, act.phase * 9.0) };
        let reared = (raise * 2.4_f32).max(0.08);
        let fine = 6;
        let mut place = Vec::with_capacity(spine.len() + 1);
        let mut point = at;
        let mut behind = 0.0;
        if clip == Clip::Lie {
            point = Vec2::new(0.0, 0.055);
        }
        let count = spine.len();
        for i in 0..=count {
            let z = if i < count {
                bones[spine[i]].rest.z
            } else {
                2.0 * bones[spine[count - 1]].rest.z - bones[spine[count - 2]].rest.z
            };
            let step = (nose - z - behind) / fine as f32;
            for k in 0..fine {
                let d = behind + step * (k as f32 + 0.5);
                let heading = if clip == Clip::Lie {
                    // A coil, the head in the middle.
                    -TAU * 3.1 * (d + 0.03).max(0.0).powf(0.62)
                } else {
                    angle(along - d) * smooth(0.35 + 1.6 * d)
                };
                // The head turns without the neck leaving its place.
                let heading = heading + look * smooth(1.0 - d / reared.max(0.15));
                let rises = (0.9 - 4.0 * ((d / reared) - 0.5).powi(2)).max(0.0);
                let flat = if d < reared {
                    (1.0 - (raise / reared * 1.5 * rises).powi(2)).max(0.1).sqrt()
                } else {
                    1.0
                };
                point -= Vec2::new(heading.sin(), heading.cos()) * (step * flat);
            }
            behind = nose - z;
            let rest = if i < count { bones[spine[i]].rest.y } else { bones[spine[count - 1]].rest.y };
            let lift = raise * smooth(1.0 - behind / reared);
            // The coils of a resting snake lie on each other.
            let heap = if clip == Clip::Lie { 0.045 * smooth(1.0 - behind * 1.6) } else { 0.0 };
            let world = root.point(Vec3::new(point.x, 0.0, point.y) * metres);
            let ground = (act.ground.height_m(world.x, world.z) - base) / metres;
            place.push(Vec3::new(point.x, rest + lift + heap + ground, point.y));
        }
        let world = Mat4::from_scale_rotation_translation(
            Vec3::splat(metres),
            Quat::from_rotation_y(root.heading),
            Vec3::new(root.at.x, base, root.at.y),
        );
        let shrink = Mat4::from_scale(Vec3::splat(1.0 / self.species.height));
        let mut joints = vec![Mat4::IDENTITY; bones.len()];
        for (i, bone) in spine.iter().enumerate() {
            // The head is held level.
            let ahead = if i == 0 {
                let d = place[0] - place[1];
                Vec3::new(d.x, d.y * 0.3, d.z)
            } else {
                place[i - 1] - place[i + 1]
            };
            let forward = ahead.normalize_or(Vec3::Z);
            let side = Vec3::Y.cross(forward).normalize_or(Vec3::X);
            let turn = Mat3::from_cols(side, forward.cross(side), forward);
            joints[*bone] = Mat4::from_translation(place[i])
                * Mat4::from_mat3(turn)
                * Mat4::from_translation(-bones[*bone].rest);
        }
        // What is not of the spine hangs from the head.
        let flick = if (t * 0.9 + act.phase).fract() < 0.35 { 1.0 + 0.5 * (t * 34.0).sin() } else { 0.02 };
        for (i, bone) in bones.iter().enumerate() {
            if !spine.contains(&i) {
                let tongue = if i == self.rig.jaw { flick } else { 1.0 };
                joints[i] = joints[spine[0]]
                    * Mat4::from_translation(bone.rest)
                    * Mat4::from_scale(Vec3::new(1.0, 1.0, tongue))
                    * Mat4::from_translation(-bone.rest);
            }
        }
        Pose { joints: joints.into_iter().map(|m| world * m * shrink).collect() }
    }
}
