//! Where people sit on animals: astride, behind the withers.

use glam::{Mat4, Vec3};

use super::Creature;
use super::species::Plan;
use crate::cast::mesh::{Pose, Surface};
use crate::motion::clip::{Aboard, Posture};

/// A place on an animal's back, at rest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Saddle {
    /// On the back, in metres.
    at: Vec3,
    /// What carries it.
    joint: usize,
    /// Half the width of the body below it, in metres.
    half_m: f32,
}

impl Creature {
    /// Where somebody can sit on it; `None` for bodies without a back of their own between four legs.
    pub(super) fn find_saddle(&self) -> Option<Saddle> {
        if self.species.plan != Plan::Quadruped || self.species.arms {
            return None;
        }
        let hip = |fore: bool| self.rig.legs.iter().find(|leg| leg.fore == fore).map(|leg| leg.rest[0].z);
        let height = self.species.height;
        let z = (0.36 * hip(false)? + 0.64 * hip(true)?) * height;
        let skin = [Surface::Fur, Surface::Hide].into_iter().flat_map(|surface| self.mesh.parts_of(surface));
        let indices =
            skin.flat_map(|part| &self.mesh.indices[part.indices.start as usize..part.indices.end as usize]);
        let near: Vec<_> = indices
            .map(|index| &self.mesh.vertices[*index as usize])
            .filter(|vertex| (vertex.position[2] - z).abs() < 0.05 * height)
            .collect();
        let middle = near.iter().filter(|vertex| vertex.position[0].abs() < 0.05 * height);
        let top = middle.max_by(|a, b| a.position[1].total_cmp(&b.position[1]))?;
        let heaviest = (0..4).max_by_key(|k| top.weights[*k])?;
        let y = top.position[1];
        let below = near.iter().filter(|vertex| (y - 0.28 * height..y).contains(&vertex.position[1]));
        let half_m = below.map(|vertex| vertex.position[0].abs()).fold(0.0, f32::max);
        Some(Saddle { at: Vec3::new(0.0, y, z), joint: usize::from(top.joints[heaviest]), half_m })
    }

    /// How high people sit on it, in metres as built.
    pub(crate) fn saddle_m(&self) -> Option<f32> {
        self.saddle.map(|saddle| saddle.at.y)
    }

    /// Somebody astride, given its pose; those after the first sit behind.
    pub(crate) fn astride(&self, nth: usize, pose: &Pose, size: f32) -> Option<Aboard> {
        let saddle = self.saddle?;
        let joint = pose.joints.get(saddle.joint)?;
        let (_, turn, _) = joint.to_scale_rotation_translation();
        let at = joint.transform_point3(saddle.at - Vec3::Z * (0.42 * nth as f32 / size.max(0.1)));
        let pair = |p: Vec3| [p, Vec3::new(-p.x, p.y, p.z)];
        Some(Aboard {
            seat: Mat4::from_rotation_translation(turn, at),
            posture: Posture::Sit,
            hands: Some(pair(Vec3::new(0.09, 0.34, 0.42))),
            feet: Some(pair(Vec3::new(saddle.half_m * size + 0.06, -0.60, 0.14))),
            lean: 0.0,
        })
    }
}
