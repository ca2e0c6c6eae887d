//! Colour, fur length and markings of a point on the skin.

use glam::Vec3;

use super::field::BodyPart;
use super::species::{Species, Zone, ZoneAxis, ZonePart, colour};
use crate::cast::mesh::{Marking, encode};

/// A part that owns some of a point: its weight, the position along it (0..1), and the height within it
/// (−1 under … 1 top).
pub(crate) struct Owner {
    pub(crate) part: BodyPart,
    pub(crate) weight: f32,
    pub(crate) u: f32,
    pub(crate) up: f32,
}

/// The vertex encoding of a point's coat.
pub(crate) struct Paint {
    pub(crate) colour: [u8; 4],
    pub(crate) marking: [u8; 4],
    pub(crate) phase: f32,
}

impl ZonePart {
    fn holds(self, part: BodyPart) -> bool {
        use BodyPart as B;
        match self {
            ZonePart::Any => true,
            ZonePart::Torso => part == B::Torso,
            ZonePart::Neck => part == B::Neck,
            ZonePart::Head => matches!(part, B::Head | B::Jaw),
            ZonePart::Jaw => part == B::Jaw,
            ZonePart::Leg => matches!(part, B::Fore | B::Hind),
            ZonePart::Fore => part == B::Fore,
            ZonePart::Hind => part == B::Hind,
            ZonePart::Tail => part == B::Tail,
            ZonePart::Trunk => part == B::Trunk,
            ZonePart::Ear => part == B::Ear,
            ZonePart::Wing => part == B::Wing,
            ZonePart::Fin => part == B::Fin,
            ZonePart::Body => matches!(part, B::Torso | B::Neck | B::Tail),
        }
    }
}

/// Value noise in 0..1 with a period of one unit.
pub(crate) fn noise(p: Vec3) -> f32 {
    let hash = |p: Vec3| {
        // An integer hash: the same on every machine, which sin() is not.
        let q = p.as_ivec3();
        let mut h = (q.x as u32).wrapping_mul(0x8da6_b343)
            ^ (q.y as u32).wrapping_mul(0xd816_3841)
            ^ (q.z as u32).wrapping_mul(0xcb1a_b31f);
        h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
        h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
        ((h ^ (h >> 15)) & 0x00ff_ffff) as f32 / 16_777_215.0
    };
    let (i, f) = (p.floor(), p - p.floor());
    let f = f * f * (3.0 - 2.0 * f);
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let corner = |x: f32, y: f32, z: f32| hash(i + Vec3::new(x, y, z));
    let plane = |z: f32| {
        mix(
            mix(corner(0., 0., z), corner(1., 0., z), f.x),
            mix(corner(0., 1., z), corner(1., 1., z), f.x),
            f.y,
        )
    };
    mix(plane(0.0), plane(1.0), f.z)
}

/// 0..1: a smooth ramp from `lo` to `hi` over one coordinate, inside one part.
pub(crate) fn zone_amount(zone: &Zone, p: Vec3, n: Vec3, owners: &[Owner]) -> f32 {
    let amount = |o: &Owner| {
        let value = match zone.by {
            ZoneAxis::Whole => return o.weight,
            ZoneAxis::U => o.u,
            ZoneAxis::X => p.x.abs(),
            ZoneAxis::Y => p.y,
            ZoneAxis::Z => p.z,
            ZoneAxis::Ny => n.y,
            ZoneAxis::Nz => n.z,
            ZoneAxis::Up => o.up,
            ZoneAxis::At => Vec3::new(p.x.abs(), p.y, p.z).distance(Vec3::from(zone.at)),
        };
        let value = value + (noise(p * 14.0) + 0.5 * noise(p * 31.0) - 0.75) * zone.noise;
        let t = ((value - zone.lo) / (zone.hi - zone.lo)).clamp(0.0, 1.0);
        o.weight * t * t * (3.0 - 2.0 * t)
    };
    owners.iter().filter(|o| zone.part.holds(o.part)).map(amount).sum()
}

/// The coat at a point in the rest pose, in heights.
pub(crate) fn paint(species: &Species, p: Vec3, n: Vec3, owners: &[Owner]) -> Paint {
    let coat = &species.coat;
    let mut tone = colour(&coat.base);
    let mut fur = if coat.fur > 0.0 { 1.0 } else { 0.0 };
    let mut mark = if coat.mark == Marking::None { 0.0 } else { 1.0 };
    for zone in &coat.zones {
        let a = zone_amount(zone, p, n, owners);
        if let Some(hex) = &zone.colour {
            tone = tone.lerp(colour(hex), a);
        }
        if let Some(f) = zone.fur {
            fur += (f - fur) * a;
        }
        if let Some(m) = zone.mark {
            mark += (m - mark) * a;
        }
    }
    tone *= 0.90 + 0.20 * noise(p * 9.0);
    let phase = owners.iter().map(|o| o.weight * stripe_phase(species, p, o)).sum();
    Paint { colour: encode(tone, fur), marking: encode(colour(&coat.mark_colour), mark), phase }
}

/// Stripes run round the trunk of the body, swing over the rump, and ring the legs below elbow and thigh.
/// Blending phases of parts would make bullseyes, so the legs' phases continue the trunk's.
fn stripe_phase(species: &Species, p: Vec3, owner: &Owner) -> f32 {
    let f = species.coat.mark_scale;
    let rump = ((-0.12 - p.z) / 0.30).clamp(0.0, 1.0);
    let trunk = f * (p.z + rump * rump * (p.y - 0.95) * 1.5 + 0.03 * (p.y * 9.0).sin());
    match owner.part {
        BodyPart::Torso => trunk,
        BodyPart::Neck => f * (0.35 + owner.u * 0.62),
        BodyPart::Head | BodyPart::Jaw => f * (1.0 + owner.u * 0.45) * 1.25,
        BodyPart::Fore => {
            let t = ((0.60 - p.y) / 0.16).clamp(0.0, 1.0);
            let ring = t * t * (3.0 - 2.0 * t);
            trunk + (f * 1.45 * (p.y - 0.55) + f * 0.3 - trunk) * ring
        }
        BodyPart::Hind => f * 1.25 * (p.y - 1.1),
        BodyPart::Tail | BodyPart::Trunk => f * owner.u,
        BodyPart::Ear => 3.0 * owner.u,
        BodyPart::Wing | BodyPart::Fin => 0.0,
    }
}
