//! The soft body: one field polygonised on three grids (body, legs, head), each keeping its own region, then
//! painted and bound to the bones.

use glam::Vec3;

use super::coat::{self, Owner, Paint};
use super::field::{BodyPart, Field};
use super::rig::{HeadFrame, Rig};
use super::species::{Plan, Species};
use crate::cast::mesh::{Finish, MeshBuilder, Surface, Vertex, pack_weights};

/// A chain's claim on a point: index, weight, chain coordinate, nearest segment, distance.
struct Claim {
    chain: usize,
    weight: f32,
    u: f32,
    segment: usize,
    distance: f32,
}

/// The surface and finish of a species' soft body.
pub(crate) fn soft_finish(s: &Species) -> (Surface, Finish) {
    let furry = s.coat.fur > 0.004;
    let finish = Finish {
        gloss: s.coat.wet,
        wrinkle: s.coat.wrinkle,
        fur_length_m: if furry { s.coat.fur * s.height } else { 0.0 },
        strands_per_m: s.coat.strands / s.height,
        marking: s.coat.mark,
        marking_per_m: s.coat.mark_scale / s.height,
        heights_per_m: 1.0 / s.height,
        ..Finish::default()
    };
    (if furry { Surface::Fur } else { Surface::Hide }, finish)
}

/// Adds the soft body. `coarseness` multiplies the grid spacing.
pub(crate) fn add(s: &Species, rig: &Rig, field: &Field, coarseness: f32, out: &mut MeshBuilder) {
    let (low, high) = field.bounds();
    let [body, legs, head] = s.cell.map(|c| c * coarseness);
    let mut regions = vec![];
    let (mut head_low, mut head_high) = (Vec3::MAX, Vec3::MIN);
    for chain in field.chains.iter().filter(|c| matches!(c.part, BodyPart::Head | BodyPart::Jaw)) {
        for g in &chain.segments {
            let r = g.radii_a.iter().chain(&g.radii_b).fold(0.0f32, |a, b| a.max(*b)) * 1.1;
            head_low = head_low.min(g.a.min(g.b) - r);
            head_high = head_high.max(g.a.max(g.b) + r);
        }
    }
    if head_low.x < head_high.x && head < body {
        regions.push((head_low, head_high, head));
    }
    if s.plan == Plan::Quadruped && legs < body {
        let y = s.fore.joints[1][1].max(s.hind.joints[1][1] * 0.8) * 0.92;
        regions.push((low, Vec3::new(high.x, y, high.z), legs));
    }
    regions.push((low, high, body));
    let inside = |p: Vec3, region: &(Vec3, Vec3, f32), margin: f32| {
        p.cmpge(region.0 - margin).all() && p.cmple(region.1 + margin).all()
    };
    let (surface, finish) = soft_finish(s);
    for (i, region) in regions.iter().enumerate() {
        let net = field.polygonise(region.0 - region.2, region.1 + region.2, region.2);
        let mut placed = vec![u32::MAX; net.positions.len()];
        let margin = if i + 1 == regions.len() { 1.0 } else { 0.0 };
        for quad in &net.quads {
            let centre = quad.iter().map(|k| net.positions[*k as usize]).sum::<Vec3>() / 4.0;
            // The coarser grid reaches under the finer one by less than a cell: no crack, no visible overlap.
            let finer = regions[..i].iter().any(|r| inside(centre, r, -0.7 * region.2));
            if finer || !inside(centre, region, margin) {
                continue;
            }
            let quad = quad.map(|k| {
                let k = k as usize;
                if placed[k] == u32::MAX {
                    let vertex =
                        soft_vertex(s, rig, field, net.positions[k], net.normals[k], net.openness[k]);
                    placed[k] = out.push(vertex);
                }
                placed[k]
            });
            let at = |k: usize| Vec3::from(out.vertices[quad[k] as usize].position);
            let [a, b, c, d] = quad;
            let short = at(0).distance_squared(at(2)) <= at(1).distance_squared(at(3));
            let triangles = if short { [a, b, c, a, c, d] } else { [a, b, d, b, c, d] };
            out.triangles(surface, finish, triangles);
        }
    }
}

/// How much each chain owns a point, the nearest three.
fn claims(field: &Field, p: Vec3) -> Vec<Claim> {
    let mut all: Vec<Claim> = field
        .chains
        .iter()
        .enumerate()
        .filter(|(_, c)| c.side == 0 || p.x.abs() < 0.004 || (p.x > 0.0) == (c.side > 0))
        .map(|(chain, c)| {
            let (distance, u, segment) = c.nearest(p);
            Claim { chain, weight: 0.0, u, segment, distance }
        })
        .collect();
    all.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    all.truncate(3);
    let least = all[0].distance;
    for claim in &mut all {
        claim.weight = (-((claim.distance - least) / 0.022)).exp();
    }
    let sum: f32 = all.iter().map(|c| c.weight).sum();
    for claim in &mut all {
        claim.weight /= sum;
    }
    all
}

fn owners(field: &Field, p: Vec3, claims: &[Claim]) -> Vec<Owner> {
    let owner = |c: &Claim| {
        let chain = &field.chains[c.chain];
        let g = &chain.segments[c.segment];
        let (u0, u1) = (chain.segments[0].u[0], chain.segments[chain.segments.len() - 1].u[1]);
        let span = if u1 > u0 { u1 - u0 } else { 1.0 };
        let up = (p - g.a).dot(g.up * g.up.y.signum()) / g.radii_a[1].max(1e-3);
        Owner { part: chain.part, weight: c.weight, u: (c.u - u0) / span, up }
    };
    claims.iter().map(owner).collect()
}

/// The parts that own a point of the soft body.
pub(crate) fn owners_at(field: &Field, p: Vec3) -> Vec<Owner> {
    owners(field, p, &claims(field, p))
}

fn soft_vertex(s: &Species, rig: &Rig, field: &Field, mut p: Vec3, n: Vec3, openness: f32) -> Vertex {
    if s.plan == Plan::Quadruped {
        p.y = p.y.max(0.0);
    }
    let claims = claims(field, p);
    let mut influences: Vec<(usize, f32)> = vec![];
    let mut comb = Vec3::ZERO;
    for claim in &claims {
        let chain = &field.chains[claim.chain];
        chain.weights(claim.u, |bone, w| {
            let w = w * claim.weight;
            match influences.iter_mut().find(|e| e.0 == bone) {
                Some(entry) => entry.1 += w,
                None => influences.push((bone, w)),
            }
        });
        let g = &chain.segments[claim.segment];
        comb += (g.b - g.a).normalize_or_zero() * chain.flow * claim.weight;
    }
    debug_assert!(influences.iter().all(|i| i.0 < rig.bones.len()));
    let comb = (comb - n * comb.dot(n)).normalize_or(Vec3::NEG_Y);
    let owners = owners(field, p, &claims);
    let mut paint = coat::paint(s, p, n, &owners);
    face(s, field, p, &claims, &mut paint);
    let (joints, weights) = pack_weights(&mut influences);
    Vertex {
        position: p.to_array(),
        normal: n.to_array(),
        comb: comb.to_array(),
        colour: paint.colour,
        marking: paint.marking,
        joints,
        weights,
        pattern: [paint.phase, openness.powf(0.8)],
    }
}

/// Bare, dark lids round the eyes and a dark line where the jaw meets the skull.
fn face(s: &Species, field: &Field, p: Vec3, claims: &[Claim], paint: &mut Paint) {
    let h = &s.head;
    let frame = HeadFrame::of(s);
    let r = h.eye[3] * frame.len;
    let shade = |c: &mut [u8; 4], k: f32| {
        for x in &mut c[..3] {
            *x = (f32::from(*x) * k) as u8;
        }
    };
    let thin = |c: &mut [u8; 4], k: f32| c[3] = (f32::from(c[3]) * k) as u8;
    if r > 0.0 && !h.prof.is_empty() {
        let d = frame.at(h.eye[0], h.eye[1], h.eye[2] * p.x.signum()).distance(p) / r;
        let lid = 1.0 - ((d - 1.15) / 0.55).clamp(0.0, 1.0);
        let bare = ((d - 1.6) / 2.2).clamp(0.0, 1.0);
        shade(&mut paint.colour, 1.0 - 0.62 * lid);
        thin(&mut paint.colour, bare);
        thin(&mut paint.marking, 1.0 - lid);
    }
    let near =
        |part: BodyPart| claims.iter().find(|c| field.chains[c.chain].part == part).map(|c| c.distance);
    if let (Some(skull), Some(jaw)) = (near(BodyPart::Head), near(BodyPart::Jaw)) {
        let front = ((p - frame.origin).dot(frame.forward) / frame.len - 0.5).clamp(0.0, 0.2) * 5.0;
        let line = (1.0 - (skull - jaw).abs() / (0.022 * frame.len)).clamp(0.0, 1.0) * front;
        shade(&mut paint.colour, 1.0 - 0.75 * line);
        thin(&mut paint.colour, 1.0 - line);
    }
}
