//! Flight feathers, coverts and tail fans.

use glam::Vec3;

use super::coat::{self, Owner};
use super::field::BodyPart;
use super::parts::{Bind, Pen};
use super::species::{Wing, colour};
use crate::cast::mesh::Surface;

/// Adds the feathers of a bird; nothing for other plans.
pub(crate) fn add(pen: &mut Pen<'_>) {
    let species = pen.species;
    if let Some(wing) = &species.wing {
        for side in 0..pen.rig.wings.len() {
            wing_feathers(pen, wing, side);
        }
    }
    if let Some(fan) = species.tail.fan {
        tail_fan(pen, fan);
    }
}

fn tail_fan(pen: &mut Pen<'_>, [count, length, half_angle, width]: [f32; 4]) {
    let Some(bone) = pen.rig.tail.last().copied() else { return };
    let root = pen.rig.bones[bone].rest;
    let owner = [Owner { part: BodyPart::Tail, weight: 1.0, u: 1.0, up: 1.0 }];
    let code = coat::paint(pen.species, root, Vec3::Y, &owner).colour;
    let tone = Vec3::from([0, 1, 2].map(|k| f32::from(code[k]) / 255.0));
    let tone = tone * tone;
    for i in 0..count as usize {
        let f = i as f32 / (count - 1.0) * 2.0 - 1.0;
        let (sin, cos) = (f * half_angle).to_radians().sin_cos();
        let d = Vec3::new(sin, 0.0, -cos);
        let l = length * (1.0 - 0.10 * f * f);
        // Feathers overlap like tiles, so that none fights another for depth.
        let lift = Vec3::Y * (0.004 * (1.0 - f.abs()) + 0.0004 * i as f32);
        let points: Vec<Vec3> = (0..6).map(|k| root + d * l * k as f32 / 5.0 + lift).collect();
        let shape = |t: f32| (0.45 + 0.55 * t) * (1.0 - t.powi(6)).max(0.0).sqrt();
        let shade = |t: f32, _: f32| tone * (1.0 - 0.25 * t);
        pen.blade(
            Surface::Feather,
            &points,
            d.cross(Vec3::Y) * width,
            Vec3::Y,
            &shape,
            &vec![(bone, 1.0)],
            &shade,
        );
    }
}

/// One layer of a feather.
struct Layer {
    length: f32,
    raise: f32,
    root: Vec3,
    tip: Vec3,
    width: f32,
    fingered: f32,
    bone: usize,
}

fn wing_feathers(pen: &mut Pen<'_>, wing: &Wing, index: usize) {
    let rig = pen.rig.wings[index].clone();
    let (dark, light) = (colour(&wing.dark), colour(&wing.light));
    let speculum = (!wing.speculum.is_empty()).then(|| colour(&wing.speculum));
    let count = rig.feathers.len() as f32;
    for (k, feather) in rig.feathers.iter().enumerate() {
        let root = pen.rig.bones[feather.bone].rest;
        let arm = pen.rig.bones[feather.bone].parent.unwrap_or(feather.bone);
        let length = if feather.primary {
            wing.plen * (0.80 + 0.35 * feather.at - 0.32 * feather.at * feather.at)
        } else {
            wing.slen * (0.94 + 0.14 * feather.at)
        };
        let wide = feather.dir.cross(Vec3::Y).normalize() * wing.fwidth;
        let lift = Vec3::Y * (0.0012 * (k as f32 - count * 0.5) / count * 6.0);
        let tip = match speculum {
            Some(patch) if !feather.primary => patch,
            _ => dark * 0.55,
        };
        let quill = Layer {
            length,
            raise: 0.0,
            root: dark.lerp(light, 0.25),
            tip,
            width: 1.0,
            fingered: if feather.primary { wing.fingers } else { 0.0 },
            bone: feather.bone,
        };
        let covert = |length: f32, raise: f32, root: Vec3, tip: Vec3, width: f32, bone: usize| Layer {
            length,
            raise,
            root,
            tip,
            width,
            fingered: 0.0,
            bone,
        };
        // Coverts lie above and below the quills, the smallest on the arm itself.
        let layers = [
            quill,
            covert(length * 0.56, 0.007, light, light * 0.8, 1.15, feather.bone),
            covert(length * 0.5, -0.007, light * 0.9, light * 0.75, 1.15, feather.bone),
            covert(length * 0.30, 0.014, light * 1.1, light * 0.95, 1.2, arm),
        ];
        for layer in layers {
            let points: Vec<Vec3> = (0..7)
                .map(|j| {
                    let t = j as f32 / 6.0;
                    let up = Vec3::Y * (layer.raise + 0.05 * layer.length * t * t);
                    root + lift + up + feather.dir * layer.length * t
                })
                .collect();
            let blunt = if layer.fingered > 0.0 { 5 } else { 8 };
            let shape = |t: f32| {
                let slot = 1.0 - layer.fingered * 0.55 * ((t - 0.45) / 0.2).clamp(0.0, 1.0);
                (0.75 + 0.25 * t) * slot * (1.0 - t.powi(blunt)).max(0.0).sqrt()
            };
            let shade = |t: f32, u: f32| layer.root.lerp(layer.tip, t) * (0.92 + 0.1 * u);
            let bind: Bind = vec![(layer.bone, 1.0)];
            pen.blade(Surface::Feather, &points, wide * layer.width, Vec3::Y, &shape, &bind, &shade);
        }
    }
}
