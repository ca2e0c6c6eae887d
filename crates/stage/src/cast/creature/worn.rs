//! What an animal wears: glasses before its eyes, a hat between its ears, a scarf round its neck. Sizes follow the row's
//! head and neck, so that they fit every animal that has them.

use std::f32::consts::TAU;

use glam::Vec3;

use super::parts::{Bind, Pen};
use super::rig::HeadFrame;
use super::species::{Garb, Species, colour};
use crate::cast::mesh::{Finish, Surface};

/// A tube's ring: centre, half width, half depth.
type Ring = (Vec3, f32, f32);

/// Adds what the species' `worn` lists, where it has a head or a neck to wear it.
pub(crate) fn add(pen: &mut Pen<'_>) {
    for worn in &pen.species.worn.clone() {
        let tone = colour(&worn.colour);
        match worn.what {
            Garb::Glasses => glasses(pen, tone, Vec3::new(0.50, 0.56, 0.60)),
            Garb::Sunglasses => glasses(pen, tone, Vec3::splat(0.006)),
            Garb::Hat => hat(pen, tone, &[(0.0, 1.9), (0.03, 1.9), (0.05, 1.0), (0.42, 0.86), (0.50, 0.55)]),
            Garb::Cap => {
                hat(pen, tone, &[(-0.10, 1.05), (0.06, 1.06), (0.22, 0.92), (0.34, 0.60), (0.40, 0.2)]);
            }
            Garb::Scarf => scarf(pen, tone, 0.044, true),
            Garb::Collar => scarf(pen, tone, 0.020, false),
        }
    }
}

/// Top and half width of the skull at `s` along it, in head lengths.
fn skull(s: &Species, at: f32) -> (f32, f32) {
    let prof = &s.head.prof;
    let k = prof.iter().position(|p| p[0] >= at).unwrap_or(prof.len().saturating_sub(1)).max(1);
    let [Some(a), Some(b)] = [prof.get(k - 1), prof.get(k)] else { return (0.1, 0.1) };
    let t = ((at - a[0]) / (b[0] - a[0]).max(1e-3)).clamp(0.0, 1.0);
    (a[1] + (b[1] - a[1]) * t, a[3] + (b[3] - a[3]) * t)
}

fn cloth(pen: &mut Pen<'_>, surface: Surface, rings: &[Ring], sides: u32, bind: &Bind, tone: Vec3) {
    let heights_per_m = 1.0 / pen.species.height;
    let gloss = if surface == Surface::Cloth { 0.0 } else { 0.8 };
    pen.tube_of(surface, Finish { gloss, heights_per_m, ..Finish::default() }, rings, sides, bind, &|_| tone);
}

/// Two lenses before the eyes, a bridge over the muzzle, sides back to the ears.
fn glasses(pen: &mut Pen<'_>, frame_tone: Vec3, lens: Vec3) {
    let s = pen.species;
    let (frame, bind) = (HeadFrame::of(s), vec![(pen.rig.head, 1.0)]);
    let [along, up, side, eye] = s.head.eye;
    if eye <= 0.0 || s.head.prof.is_empty() {
        return;
    }
    let (l, wide) = (frame.len, (eye * 2.1).clamp(0.09, 0.16));
    let (before, above) = (along + eye * 1.5 + 0.03, up + eye * 0.3);
    let apart = (side + eye * 0.7).max(wide * 1.08);
    // Before a flat face, not in it.
    let front = s.head.prof.last().map_or(1.0, |p| p[0]);
    let before = if skull(s, before).1 > apart { front + 0.02 } else { before };
    for hand in [1.0f32, -1.0] {
        let ahead = frame.dir(0.92, 0.05, 0.38 * hand).normalize();
        let centre = frame.at(before, above, apart * hand);
        for (tone, r, z) in [(frame_tone, wide * 1.14, 0.0), (lens, wide, 0.012)] {
            let middle = centre + ahead * (z * l);
            let ring = |d: f32, r: f32| (middle + ahead * (d * l), r * l, r * l * 0.86);
            let rings = [ring(-0.013, 0.002), ring(-0.012, r), ring(0.012, r), ring(0.013, 0.002)];
            cloth(pen, Surface::Leather, &rings, 20, &bind, tone);
        }
        let ear = (skull(s, 0.16).1 + 0.01, up + 0.06);
        let temple =
            [(before, above, apart + wide), (along - 0.06, above, side + eye * 1.6), (0.14, ear.1, ear.0)];
        let rings: Vec<Ring> =
            temple.iter().map(|p| (frame.at(p.0, p.1, p.2 * hand), 0.016 * l, 0.022 * l)).collect();
        cloth(pen, Surface::Leather, &rings, 6, &bind, frame_tone);
    }
    let over = (skull(s, before).0 + 0.03).max(above);
    let bridge: Vec<Ring> = [-1.0f32, -0.5, 0.0, 0.5, 1.0]
        .map(|k| {
            let rise = (1.0 - k * k) * (over - above);
            (frame.at(before, above + rise, k * (apart - wide * 0.8)), 0.018 * l, 0.018 * l)
        })
        .to_vec();
    cloth(pen, Surface::Leather, &bridge, 6, &bind, frame_tone);
}

/// A turned shape on the crown of the head: heights in head lengths, radii in half widths of the skull.
fn hat(pen: &mut Pen<'_>, tone: Vec3, profile: &[(f32, f32)]) {
    let s = pen.species;
    if s.head.prof.is_empty() {
        return;
    }
    let (frame, bind) = (HeadFrame::of(s), vec![(pen.rig.head, 1.0)]);
    let at = 0.24;
    let (top, half) = skull(s, at);
    let foot = top - 0.05;
    let ring = |(y, r): (f32, f32)| {
        let r = r * half * frame.len;
        (frame.at(at - y * 0.15, foot + y, 0.0), r, r)
    };
    let first = profile.first().map(|p| (p.0 - 0.001, 0.05));
    let last = profile.last().map(|p| (p.0 + 0.01, 0.02));
    let rings: Vec<Ring> = first.into_iter().chain(profile.iter().copied()).chain(last).map(ring).collect();
    cloth(pen, Surface::Cloth, &rings, 24, &bind, tone);
}

/// A ring round the neck as thick as `thick` heights, over the fur; perhaps with an end that hangs before the chest.
fn scarf(pen: &mut Pen<'_>, tone: Vec3, thick: f32, hanging: bool) {
    let s = pen.species;
    let (Some(low), Some(mid), Some(bone)) = (s.neck.first(), s.neck.get(1), pen.rig.neck.first()) else {
        return;
    };
    let bind: Bind = vec![(*bone, 1.0)];
    let point = |n: &[f32; 4]| Vec3::new(0.0, n[1], n[0]);
    let along = (point(mid) - point(low)).normalize_or(Vec3::Y);
    let front = Vec3::X.cross(along).normalize_or(Vec3::Z);
    let centre = point(mid);
    let over = thick * 0.5 + s.coat.fur * 0.5;
    let [depth, width] = [mid[2], mid[3]].map(|r| r + over);
    let loops = if hanging { 2 } else { 1 };
    for k in 0..loops {
        let lift = along * (thick * 0.9 * k as f32);
        let rings: Vec<Ring> = (0..=32)
            .map(|i| {
                let (sin, cos) = (i as f32 / 32.0 * TAU).sin_cos();
                (centre + lift + Vec3::X * (cos * width) + front * (sin * depth), thick, thick)
            })
            .collect();
        cloth(pen, Surface::Cloth, &rings, 8, &bind, tone * (1.0 - 0.12 * k as f32));
    }
    if hanging {
        let knot = centre + front * (depth + thick * 0.5) + Vec3::X * (width * 0.35);
        let rings: Vec<Ring> = (0..=5)
            .map(|i| {
                let t = i as f32 / 5.0;
                let down = knot - Vec3::Y * (0.34 * t) + front * (0.05 * t * (1.0 - t));
                (down, thick * (0.9 + 0.5 * t), thick * 0.30)
            })
            .collect();
        cloth(pen, Surface::Cloth, &rings, 8, &bind, tone * 0.94);
    }
}
