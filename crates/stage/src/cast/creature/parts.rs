//! Hard and thin parts that an implicit surface does badly: eyes, noses, beaks, ears, horns, hooves, claws,
//! locks of hair, fins. All are small parametric meshes bound to one or two bones.

use std::f32::consts::{PI, TAU};

use glam::Vec3;

use super::coat::{self, Owner, noise};
use super::field::{BodyPart, Field, catmull_rom};
use super::rig::{HeadFrame, LegRig, Rig};
use super::species::{Foot, Leg, Locks, Mane, Plan, Ridge, Species, colour};
use super::{body, crawl, flame, plumage, sail, tentacle, worn};
use crate::cast::mesh::{Finish, MeshBuilder, Surface, Vertex, encode, pack_weights};

/// Bones and weights of a vertex.
pub(crate) type Bind = Vec<(usize, f32)>;

/// Draws parametric pieces into the mesh.
pub(crate) struct Pen<'a> {
    pub(crate) species: &'a Species,
    pub(crate) rig: &'a Rig,
    pub(crate) out: &'a mut MeshBuilder,
}

/// The centre line of a tube: centre, half width, half depth.
type Ring = (Vec3, f32, f32);

impl Pen<'_> {
    fn finish(&self, gloss: f32) -> Finish {
        let h = self.species.height;
        let strands_per_m = self.species.coat.strands / h;
        Finish { gloss, strands_per_m, heights_per_m: 1.0 / h, ..Finish::default() }
    }

    fn vertex(&mut self, p: Vec3, n: Vec3, comb: Vec3, tone: Vec3, u: f32, bind: &Bind) -> u32 {
        let (joints, weights) = pack_weights(&mut bind.clone());
        self.out.push(Vertex {
            position: p.to_array(),
            normal: n.normalize_or(Vec3::Y).to_array(),
            comb: comb.to_array(),
            colour: encode(tone, 0.0),
            marking: [0; 4],
            joints,
            weights,
            pattern: [u, 1.0],
        })
    }

    fn ball(
        &mut self,
        surface: Surface,
        centre: Vec3,
        r: Vec3,
        bind: &Bind,
        gloss: f32,
        tone: &dyn Fn(Vec3) -> Vec3,
    ) {
        let (rows, columns) = (8u32, 12u32);
        let first = self.out.vertices.len() as u32;
        for i in 0..=rows {
            for k in 0..=columns {
                let (a, b) = (i as f32 / rows as f32 * PI, k as f32 / columns as f32 * TAU);
                let d = Vec3::new(a.sin() * b.cos(), a.cos(), a.sin() * b.sin());
                self.vertex(centre + d * r, d / r, Vec3::ZERO, tone(d), 0.0, bind);
            }
        }
        let finish = self.finish(gloss);
        self.out.grid(surface, finish, first, rows, columns);
    }

    pub(crate) fn tube(
        &mut self,
        rings: &[Ring],
        sides: u32,
        gloss: f32,
        bind: &Bind,
        tone: &dyn Fn(f32) -> Vec3,
    ) {
        let finish = self.finish(gloss);
        self.tube_of(Surface::Horn, finish, rings, sides, bind, tone);
    }

    /// A tube of the animal's own skin.
    pub(crate) fn hide_tube(&mut self, rings: &[Ring], sides: u32, bind: &Bind, tone: Vec3) {
        let (surface, finish) = body::soft_finish(self.species);
        self.tube_of(surface, finish, rings, sides, bind, &|_| tone);
    }

    pub(crate) fn tube_of(
        &mut self,
        surface: Surface,
        finish: Finish,
        rings: &[Ring],
        sides: u32,
        bind: &Bind,
        tone: &dyn Fn(f32) -> Vec3,
    ) {
        let first = self.out.vertices.len() as u32;
        let n = rings.len();
        for (i, ring) in rings.iter().enumerate() {
            let along = (rings[(i + 1).min(n - 1)].0 - rings[i.saturating_sub(1)].0).normalize_or(Vec3::Z);
            let x = (Vec3::X - along * along.x).normalize_or(Vec3::Z);
            let y = along.cross(x);
            let t = i as f32 / (n - 1) as f32;
            for k in 0..=sides {
                let (sin, cos) = (k as f32 / sides as f32 * TAU).sin_cos();
                let offset = x * cos * ring.1 + y * sin * ring.2;
                let normal = x * cos / ring.1.max(1e-4) + y * sin / ring.2.max(1e-4);
                self.vertex(ring.0 + offset, normal, Vec3::ZERO, tone(t), t, bind);
            }
        }
        self.out.grid(surface, finish, first, n as u32 - 1, sides);
    }

    /// A flat tapering blade along points, `wide` to each side. `shape(t)` scales the width.
    #[expect(
        clippy::too_many_arguments,
        reason = "a drawing primitive: points, frame, profile, binding, colour"
    )]
    pub(crate) fn blade(
        &mut self,
        surface: Surface,
        points: &[Vec3],
        wide: Vec3,
        normal: Vec3,
        shape: &dyn Fn(f32) -> f32,
        bind: &Bind,
        tone: &dyn Fn(f32, f32) -> Vec3,
    ) {
        let first = self.out.vertices.len() as u32;
        let n = points.len();
        for (i, p) in points.iter().enumerate() {
            let t = i as f32 / (n - 1) as f32;
            let along = (points[(i + 1).min(n - 1)] - points[i.saturating_sub(1)]).normalize_or_zero();
            for k in -1..=1 {
                let u = k as f32;
                let at = *p + wide * u * shape(t) - normal * (u * u * wide.length() * 0.25 * shape(t));
                self.vertex(at, normal + wide.normalize_or_zero() * u * 0.5, along, tone(t, u), t, bind);
            }
        }
        let finish = self.finish(0.08);
        self.out.grid(surface, finish, first, n as u32 - 1, 2);
    }

    /// A two-layered leaf (ear, fin) painted like skin. `at(v, u)`: v 0..1 along, u −1..1 across.
    fn leaf(&mut self, size: [u32; 2], at: &dyn Fn(f32, f32) -> Vec3, face: Vec3, bind: &Bind, leaf: &Leaf) {
        let (surface, finish) = body::soft_finish(self.species);
        let [rows, columns] = size;
        for outer in [true, false] {
            let first = self.out.vertices.len() as u32;
            for i in 0..=rows {
                for k in 0..=columns {
                    let (v, u) = (i as f32 / rows as f32, k as f32 / columns as f32 * 2.0 - 1.0);
                    let e = 0.02;
                    let du = at(v, (u + e).min(1.0)) - at(v, (u - e).max(-1.0));
                    let dv = at((v + e).min(1.0), u) - at((v - e).max(0.0), u);
                    let mut n = du.cross(dv).normalize_or(face);
                    if (n.dot(face) < 0.0) != outer {
                        n = -n;
                    }
                    let edge = (1.0 - u * u).max(0.0).sqrt() * (1.0 - v * v * v);
                    let p = at(v, u) + n * leaf.thickness * edge;
                    let owner = [Owner { part: leaf.part, weight: 1.0, u: v, up: 1.0 }];
                    let mut paint = coat::paint(self.species, p, n, &owner);
                    if let (false, Some(inner)) = (outer, leaf.inner) {
                        paint.colour = encode(inner * (0.35 + 0.65 * (u.abs() * 0.5 + v * 0.5)), 0.0);
                        paint.marking = [0; 4];
                    }
                    paint.colour[3] = if outer { (f32::from(paint.colour[3]) * leaf.fur) as u8 } else { 0 };
                    let (joints, weights) = pack_weights(&mut bind.clone());
                    self.out.push(Vertex {
                        position: p.to_array(),
                        normal: n.to_array(),
                        comb: dv.normalize_or(Vec3::Y).to_array(),
                        colour: paint.colour,
                        marking: paint.marking,
                        joints,
                        weights,
                        pattern: [paint.phase, if outer { 1.0 } else { 0.75 }],
                    });
                }
            }
            self.leaf_grid(surface, finish, first, rows, columns);
        }
    }

    /// The winding of a leaf follows its normals, since both layers use the same grid.
    pub(crate) fn leaf_grid(
        &mut self,
        surface: Surface,
        finish: Finish,
        first: u32,
        rows: u32,
        columns: u32,
    ) {
        let stride = columns + 1;
        let at = |v: &MeshBuilder, i: u32| Vec3::from(v.vertices[i as usize].position);
        let mut list = vec![];
        for r in 0..rows {
            for c in 0..columns {
                let a = first + r * stride + c;
                for t in [[a, a + 1, a + stride], [a + 1, a + stride + 1, a + stride]] {
                    let [p, q, o] = t.map(|i| at(self.out, i));
                    let n = Vec3::from(self.out.vertices[t[0] as usize].normal);
                    list.extend(if (q - p).cross(o - p).dot(n) >= 0.0 { t } else { [t[0], t[2], t[1]] });
                }
            }
        }
        self.out.triangles(surface, finish, list);
    }
}

/// What a leaf is made of.
struct Leaf {
    thickness: f32,
    part: BodyPart,
    inner: Option<Vec3>,
    fur: f32,
}

/// A Catmull-Rom curve through points, `pieces` points per span.
fn smooth_path(points: &[Vec3], pieces: usize) -> Vec<Vec3> {
    // The end points count twice, so that the curve reaches them.
    let at = |i: usize| points[i.saturating_sub(1).min(points.len() - 1)];
    let mut out = vec![];
    for i in 1..points.len() {
        for k in 0..pieces {
            let t = k as f32 / pieces as f32;
            let [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
            out.push(Vec3::new(
                catmull_rom(a.x, b.x, c.x, d.x, t),
                catmull_rom(a.y, b.y, c.y, d.y, t),
                catmull_rom(a.z, b.z, c.z, d.z, t),
            ));
        }
    }
    out.extend(points.last());
    out
}

/// Adds all parts of a row.
pub(crate) fn add(s: &Species, rig: &Rig, field: &Field, out: &mut MeshBuilder) {
    // Guard hair is rooted in the soft vertices, which are the only ones there yet.
    let soft = out.vertices.len();
    let mut pen = Pen { species: s, rig, out };
    for locks in &s.locks {
        pen.locks(locks, field, soft);
    }
    pen.face();
    pen.ears();
    pen.horns();
    for leg in &rig.legs {
        pen.foot(leg, if leg.fore { &s.fore } else { &s.hind });
    }
    if let Some(mane) = &s.mane {
        pen.mane(mane);
    }
    plumage::add(&mut pen);
    sail::add(&mut pen);
    crawl::add(&mut pen);
    flame::add(&mut pen);
    tentacle::add(&mut pen);
    if let Some(ridge) = &s.ridge {
        pen.ridge(ridge, field);
    }
    pen.fins();
    worn::add(&mut pen);
    if s.plan == Plan::Quadruped {
        for vertex in &mut pen.out.vertices {
            vertex.position[1] = vertex.position[1].max(0.0);
        }
    }
}

/// A repeatable stream of numbers in 0..1.
pub(crate) struct Dice(u32);

impl Dice {
    pub(crate) fn new(seed: u32) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9) | 1)
    }

    pub(crate) fn next(&mut self) -> f32 {
        // xorshift32 (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) as f32 / 16_777_216.0
    }
}

impl Pen<'_> {
    fn face(&mut self) {
        let s = self.species;
        let frame = HeadFrame::of(s);
        let l = frame.len;
        let head: Bind = vec![(self.rig.head, 1.0)];
        let e = s.head.eye;
        if e[3] > 0.0 {
            for side in [1.0f32, -1.0] {
                let ahead = s.head.front;
                let look = frame.dir(0.45 + ahead, 0.12, side * (0.85 - 0.70 * ahead)).normalize();
                let iris = colour(&s.head.iris);
                let lateral = look.cross(frame.up).normalize();
                self.ball(
                    Surface::Eye,
                    frame.at(e[0], e[1], e[2] * side),
                    Vec3::splat(e[3] * l),
                    &head,
                    1.0,
                    &|d| {
                        let a = d.dot(look);
                        let pupil =
                            if s.head.slit { d.dot(lateral).abs() < 0.14 && a > 0.5 } else { a > 0.90 };
                        match (pupil, a > 0.55) {
                            (true, _) => Vec3::splat(0.004),
                            (false, true) => iris,
                            (false, false) => Vec3::splat(0.02),
                        }
                    },
                );
            }
        }
        let n = s.head.nose;
        if n[3] > 0.0 {
            let tone = colour(&s.head.nose_colour);
            if n[2] < 0.02 {
                let r = Vec3::new(1.25, 0.9, 0.9) * n[3] * l;
                self.ball(Surface::Horn, frame.at(n[0], n[1], 0.0), r, &head, 0.55, &|_| tone);
            } else {
                for side in [1.0, -1.0] {
                    let r = Vec3::new(0.55, 1.15, 0.8) * n[3] * l;
                    self.ball(Surface::Horn, frame.at(n[0], n[1], n[2] * side), r, &head, 0.2, &|_| tone);
                }
            }
        }
        if let Some(beak) = s.head.beak {
            self.beak(beak, &frame, &head);
        }
        if s.head.tongue > 0.0 {
            let bind: Bind = vec![(self.rig.jaw, 1.0)];
            for side in [1.0f32, -1.0] {
                let rings: Vec<Ring> = (0..6)
                    .map(|k| {
                        let t = k as f32 / 5.0;
                        let fork = (t - 0.6).max(0.0) * 0.5 * side;
                        let at = frame.at(0.97 + s.head.tongue * t, -0.05 - 0.04 * t, fork * s.head.tongue);
                        (at, 0.014 * l, 0.008 * l)
                    })
                    .collect();
                self.tube(&rings, 6, 0.4, &bind, &|_| Vec3::new(0.20, 0.01, 0.02));
            }
        }
    }

    fn beak(
        &mut self,
        [s0, up, len, half_width, half_depth, hook]: [f32; 6],
        frame: &HeadFrame,
        head: &Bind,
    ) {
        let tone = colour(&self.species.head.beak_colour);
        let l = frame.len;
        // A beak wider than deep is a duck's bill.
        let flat = half_width > half_depth * 1.1;
        let upper: Vec<Ring> = (0..=8)
            .map(|i| {
                let t = i as f32 / 8.0;
                let k = if flat {
                    1.0 - 0.15 * t - 0.85 * t.powi(8) + 0.25 * (t * PI).sin() * t
                } else {
                    (1.0 - t.powf(1.5)).max(0.02)
                };
                let depth = if flat { 1.0 - 0.75 * t } else { k.powf(0.8) };
                let centre = frame.at(
                    s0 + len * (t - hook * 0.35 * t * t * t),
                    up - hook * len * t * t * t * 0.8 - 0.05 * t * len,
                    0.0,
                );
                (centre, half_width * k * l, half_depth * depth * l)
            })
            .collect();
        self.tube(&upper, 10, 0.35, head, &|t| if hook > 0.1 && t > 0.72 { tone * 0.25 } else { tone });
        let lower: Vec<Ring> = (0..=5)
            .map(|i| {
                let t = i as f32 / 5.0;
                let k = if flat { 1.0 - 0.2 * t } else { 1.0 - 0.8 * t };
                let along = s0 + len * t * if flat { 0.9 } else { 0.7 };
                let below = up - half_depth * if flat { 0.6 } else { 0.9 } - 0.03 * t * len;
                (frame.at(along, below, 0.0), half_width * k * 0.85 * l, half_depth * 0.4 * k * l)
            })
            .collect();
        let jaw: Bind = vec![(self.rig.jaw, 1.0)];
        self.tube(&lower, 8, 0.3, &jaw, &|_| tone * 0.8);
    }

    fn ears(&mut self) {
        let ear = &self.species.ear;
        let frame = HeadFrame::of(self.species);
        for (i, bone) in self.rig.ears.clone().into_iter().enumerate() {
            let side = if i == 0 { 1.0f32 } else { -1.0 };
            let dir =
                |v: [f32; 3]| (frame.forward * v[2] + frame.up * v[1] + Vec3::X * v[0] * side).normalize();
            let along = dir(ear.dir);
            let face = dir(ear.face);
            let face = (face - along * face.dot(along)).normalize();
            let lateral = along.cross(face);
            let root = frame.at(ear.at[0], ear.at[1], ear.at[2] * side);
            let widest = ear.widest.max(0.02);
            let power = 1.0 + ear.round;
            let profile = |v: f32| {
                if v < widest {
                    ear.base + (1.0 - ear.base) * (v / widest * PI / 2.0).sin()
                } else {
                    (1.0 - ((v - widest) / (1.0 - widest)).powf(power)).max(0.0).powf(1.0 / power)
                }
            };
            let at = |v: f32, u: f32| {
                let width = (ear.width * profile(v)).max(0.002);
                let cup = ear.cup.max(0.05) * (1.0 - 0.5 * v);
                let radius = width / cup.sin();
                let (sin, cos) = (u * cup).sin_cos();
                root + along * (ear.len * (v - ear.fold * v * v * v * 0.4)) + lateral * (radius * sin)
                    - face * (radius * (cos - cup.cos()))
                    + face * (ear.fold * v * v * ear.len)
            };
            let inner = (!ear.inner.is_empty()).then(|| colour(&ear.inner));
            let leaf = Leaf { thickness: 0.05 * ear.width + 0.002, part: BodyPart::Ear, inner, fur: 0.45 };
            self.leaf([9, 8], &at, face, &vec![(bone, 1.0)], &leaf);
        }
    }

    fn horns(&mut self) {
        let frame = HeadFrame::of(self.species);
        let head: Bind = vec![(self.rig.head, 1.0)];
        for horn in &self.species.horns {
            let root = colour(&horn.colour);
            let tip = if horn.tip.is_empty() { root } else { colour(&horn.tip) };
            // A calf's tusks have shrunk to nothing.
            if horn.pts.len() < 2 || horn.pts.iter().all(|p| p[3] < 0.004) {
                continue;
            }
            for side in if horn.single { &[1.0f32][..] } else { &[1.0, -1.0] } {
                let points: Vec<Vec3> = horn.pts.iter().map(|p| frame.at(p[2], p[1], p[0] * side)).collect();
                let path = smooth_path(&points, 6);
                let spans = horn.pts.len() - 1;
                let rings: Vec<Ring> = path
                    .iter()
                    .enumerate()
                    .map(|(i, p)| {
                        let t = i as f32 / (path.len() - 1) as f32 * spans as f32;
                        let k = (t as usize).min(spans - 1);
                        let r = horn.pts[k][3] + (horn.pts[k + 1][3] - horn.pts[k][3]) * (t - k as f32);
                        (*p, r * frame.len, r * frame.len)
                    })
                    .collect();
                let sides = if horn.pts[0][3] > 0.04 { 12 } else { 8 };
                self.tube(&rings, sides, 0.3, &head, &|t| {
                    root.lerp(tip, t * t) * (0.55 + 0.45 * (t * 9.0).min(1.0))
                });
            }
        }
    }

    fn foot(&mut self, leg: &LegRig, row: &Leg) {
        let toe = leg.rest[4];
        let [length, height, half_width] = row.pad;
        let bind: Bind = vec![(leg.bones[3], 1.0)];
        let nail = colour(&row.nail);
        match row.foot {
            Foot::Hoof => self.hoof(toe, row.pad, nail, &bind),
            Foot::Cloven => {
                for side in [0.52, -0.52] {
                    let centre = toe + Vec3::X * half_width * side;
                    self.hoof(centre, [length, height, half_width * 0.5], nail, &bind);
                }
            }
            Foot::Column => {
                for k in -1..=1 {
                    let (sin, cos) = (k as f32 * 0.6).sin_cos();
                    let at = Vec3::new(
                        toe.x + sin * half_width * 0.97,
                        height * 0.32,
                        toe.z + length + cos * half_width * 0.97,
                    );
                    let r = Vec3::new(0.32, 0.34, 0.14) * half_width;
                    self.ball(Surface::Horn, at, r, &bind, 0.25, &|_| nail);
                }
            }
            Foot::Paw if row.claw > 0.0 => {
                for k in 0..4 {
                    let a = (k as f32 - 1.5) / 1.5;
                    let z = toe.z + length * (0.50 - 0.10 * a * a);
                    let root = Vec3::new(toe.x + a * half_width * 0.68, height * 0.4, z);
                    let q = row.claw;
                    let rings = [
                        (root - Vec3::Z * q * 0.3, q * 0.28, q * 0.3),
                        (root + Vec3::new(0.0, -0.05, 0.5) * q, q * 0.2, q * 0.22),
                        (root + Vec3::new(0.0, -0.5, 0.9) * q, q * 0.03, q * 0.03),
                    ];
                    self.tube(&rings, 6, 0.4, &bind, &|_| nail);
                }
            }
            Foot::Talon => self.talon(leg, row, nail, &bind),
            _ => {}
        }
    }

    fn hoof(&mut self, centre: Vec3, [length, height, half_width]: [f32; 3], nail: Vec3, bind: &Bind) {
        // Rings lie flat, so they are built by hand: y, width, forward.
        let rings =
            [(1.15, 0.55, -0.05), (1.0, 0.82, -0.02), (0.5, 0.93, 0.04), (0.0, 1.0, 0.08), (0.0, 0.01, 0.08)];
        let first = self.out.vertices.len() as u32;
        for (i, (y, width, forward)) in rings.into_iter().enumerate() {
            let middle = Vec3::new(centre.x, height * y, centre.z + length * forward);
            for k in 0..=12 {
                let (sin, cos) = (k as f32 / 12.0 * TAU).sin_cos();
                let d = Vec3::new(cos * half_width * width, 0.0, -sin * length * 0.5 * width);
                let normal = if i == 4 { Vec3::NEG_Y } else { d.normalize() + Vec3::Y * 0.25 };
                let tone = nail * (0.8 + 0.3 * noise(middle * 90.0));
                self.vertex(middle + d, normal, Vec3::ZERO, tone, 0.0, bind);
            }
        }
        let finish = self.finish(0.15);
        self.out.grid(Surface::Horn, finish, first, 4, 12);
    }

    fn talon(&mut self, leg: &LegRig, row: &Leg, nail: Vec3, bind: &Bind) {
        let length = row.pad[0];
        let shank: Bind = vec![(leg.bones[2], 1.0)];
        let r = row.joints[3][2];
        let (hock, root) = (leg.rest[2], leg.rest[3]);
        let rings = [(hock, r * 1.3, r * 1.3), (hock.lerp(root, 0.5), r, r), (root, r * 1.1, r * 1.1)];
        self.tube(&rings, 8, 0.2, &shank, &|_| nail);
        for (angle, k) in [(-0.55f32, 1.0f32), (0.0, 1.1), (0.55, 1.0), (PI, 0.7)] {
            let d = Vec3::new(angle.sin(), 0.0, angle.cos()) * length * k;
            let drop = |share: f32| Vec3::Y * (root.y - r * share);
            let rings = [
                (root, r, r),
                (root + d * 0.5 - Vec3::Y * (root.y * 0.5 - r * 0.5), r * 0.8, r * 0.8),
                (root + d - drop(0.7), r * 0.5, r * 0.5),
                (root + d * 1.15 - drop(0.1), r * 0.05, r * 0.05),
            ];
            let claw = row.claw > 0.0;
            self.tube(&rings, 6, 0.25, bind, &|t| if t > 0.7 && claw { Vec3::splat(0.01) } else { nail });
        }
        if row.claw < 0.0 {
            let tip = root + Vec3::Z * length - Vec3::Y * (root.y - r * 0.5);
            let points = [root, root.lerp(tip, 0.5), tip];
            let wide = Vec3::X * length * 0.5;
            self.blade(Surface::Feather, &points, wide, Vec3::Y, &|t| t, bind, &|_, _| nail);
        }
    }

    fn mane(&mut self, mane: &Mane) {
        let s = self.species;
        let frame = HeadFrame::of(s);
        let neck = self.rig.neck.clone();
        let (Some(chest), false) = (self.rig.spine.last().copied(), neck.is_empty()) else { return };
        let base = colour(&mane.colour);
        let spans = s.neck.len() - 1;
        let mut dice = Dice::new(7);
        for i in 0..mane.count {
            let f = mane.from + (mane.to - mane.from) * i as f32 / mane.count as f32;
            let x = (f * spans as f32).min(spans as f32 - 0.001);
            let (a, t) = (x as usize, x.fract());
            let mix = |k: usize| s.neck[a][k] + (s.neck[a + 1][k] - s.neck[a][k]) * t;
            let along =
                Vec3::new(0.0, s.neck[a + 1][1] - s.neck[a][1], s.neck[a + 1][0] - s.neck[a][0]).normalize();
            let up = Vec3::new(0.0, along.z, -along.y);
            let root = Vec3::new((dice.next() - 0.5) * 0.03, mix(1), mix(0)) + up * mix(2) * 0.93;
            let length = mane.len * (0.75 + 0.5 * dice.next());
            let half_width = mix(3);
            let points: Vec<Vec3> = (0..6)
                .map(|j| {
                    let v = j as f32 / 5.0;
                    let out = half_width * 1.15 * (v * 2.2).min(1.0).powf(0.7) + 0.012;
                    let hanging = root + up * 0.02 * (v * 3.0).min(1.0) + Vec3::X * out
                        - Vec3::Y * length * v.powf(1.3)
                        - along * length * 0.25 * v * v;
                    let erect = root + (up * 0.95 - along * 0.2) * length * v;
                    erect.lerp(hanging, mane.fall)
                })
                .collect();
            let u = 0.8 + 3.2 * f;
            let bone = |q: f32| if q < 1.0 { chest } else { neck[(q as usize - 1).min(neck.len() - 1)] };
            let bind: Bind = vec![(bone(u.floor()), 1.0 - u.fract()), (bone(u.floor() + 1.0), u.fract())];
            let tone = base * (0.7 + 0.6 * dice.next());
            let hangs = mane.fall > 0.5;
            let mut wide = if hangs { -along } else { along } * mane.width;
            if !hangs {
                wide += Vec3::X * (dice.next() - 0.5) * mane.width;
            }
            let normal = if hangs { (Vec3::X + Vec3::Y * 0.4).normalize() } else { Vec3::X };
            let shape = |t: f32| (1.0 - t * t).max(0.0).sqrt() * (0.6 + 0.4 * t);
            let shade = |t: f32, u: f32| tone * (0.75 + 0.35 * t + 0.1 * u);
            self.blade(Surface::Hair, &points, wide, normal, &shape, &bind, &shade);
        }
        if mane.forelock > 0.0 {
            let head: Bind = vec![(self.rig.head, 1.0)];
            for i in 0..7 {
                let x = (i as f32 - 3.0) / 3.0;
                let root = frame.at(0.02, 0.13, x * 0.08);
                let tone = base * (0.8 + 0.4 * dice.next());
                let points: Vec<Vec3> = (0..5)
                    .map(|j| {
                        let v = j as f32 / 4.0;
                        let up = 0.05 * (v * PI).sin() + 0.015;
                        root + frame.dir(v * mane.forelock, up, x * 0.05 * v) * frame.len
                    })
                    .collect();
                let wide = Vec3::X * mane.width * 0.7;
                let shape = |t: f32| (1.0 - t * t).max(0.0).sqrt();
                self.blade(Surface::Hair, &points, wide, frame.up, &shape, &head, &|_, _| tone);
            }
        }
    }

    /// Locks rooted in random soft vertices, as dense as the zone's amount there.
    fn locks(&mut self, locks: &Locks, field: &Field, soft: usize) {
        let mut dice = Dice::new(0x10c5 + locks.count as u32);
        let mut made = 0;
        for _ in 0..locks.count * 40 {
            if made == locks.count || soft == 0 {
                break;
            }
            let vertex = self.out.vertices[(dice.next() * soft as f32) as usize % soft];
            let (p, n) = (Vec3::from(vertex.position), Vec3::from(vertex.normal));
            let amount = coat::zone_amount(&locks.zone, p, n, &body::owners_at(field, p));
            if dice.next() > amount {
                continue;
            }
            made += 1;
            let comb = Vec3::from(vertex.comb);
            let length = locks.len * (0.6 + 0.7 * dice.next());
            let turn = (dice.next() - 0.5) * 0.7;
            // A lock leaves the skin along the coat, then hangs.
            let out = n * locks.lift + comb * (1.0 - locks.lift) + n.cross(comb) * turn;
            let mut direction = out.normalize_or(n);
            let mut at = p - n * length * 0.03;
            let mut points = vec![at];
            for k in 0..4 {
                direction = (direction + Vec3::NEG_Y * (0.36 + 0.20 * k as f32)).normalize_or(Vec3::NEG_Y);
                at += direction * length * 0.25;
                points.push(at);
            }
            let across = n.cross(Vec3::Y).normalize_or(Vec3::X);
            let wide = (across + n * (dice.next() - 0.5)).normalize_or(Vec3::X) * locks.width;
            let bind: Bind = (0..4)
                .filter(|k| vertex.weights[*k] > 0)
                .map(|k| (usize::from(vertex.joints[k]), f32::from(vertex.weights[k]) / 255.0))
                .collect();
            let tone = [0, 1, 2].map(|k| f32::from(vertex.colour[k]) / 255.0);
            let tone = Vec3::from(tone) * Vec3::from(tone) * (0.65 + 0.55 * dice.next());
            let shape = |t: f32| (0.35 + 1.3 * t).min(1.0) * (1.0 - t * t).max(0.0).sqrt();
            let shade = |t: f32, u: f32| tone * (0.5 + 0.75 * t + 0.12 * u);
            self.blade(Surface::Hair, &points, wide, n, &shape, &bind, &shade);
        }
    }

    /// Plates or spikes along the middle of the back.
    fn ridge(&mut self, ridge: &Ridge, field: &Field) {
        let tone = colour(&ridge.colour);
        for chain in &field.chains {
            let size = match chain.part {
                BodyPart::Torso => 1.0,
                BodyPart::Neck => 0.8,
                BodyPart::Tail => 0.9,
                _ => continue,
            };
            let mut since = 0.0;
            let (u0, u1) = (chain.segments[0].u[0], chain.segments[chain.segments.len() - 1].u[1]);
            for g in &chain.segments {
                since += g.a.distance(g.b);
                let share = (g.u[1] - u0) / (u1 - u0).max(1e-3);
                // The tail's spikes shrink towards its tip.
                let taper = if chain.part == BodyPart::Tail { 1.0 - 0.75 * share } else { 1.0 };
                if since < ridge.step * taper.max(0.4) {
                    continue;
                }
                since = 0.0;
                let up = g.up * g.up.y.signum();
                let back = (g.a - g.b).normalize_or_zero() * if chain.flow > 0.0 { -1.0 } else { 1.0 };
                let (length, wide) = (ridge.len * size * taper, ridge.width * size * taper);
                let root = g.b + up * g.radii_b[1] * 0.9;
                let mut bind: Bind = vec![];
                chain.weights(g.u[1], |bone, w| bind.push((bone, w)));
                for side in if ridge.apart > 0.0 { &[1.0f32, -1.0][..] } else { &[0.0] } {
                    let root = root + Vec3::X * (side * ridge.apart);
                    let tip = root + up * length + back * length * 0.55;
                    let rings = [
                        (root - up * length * 0.3, wide * 0.3, wide),
                        (root + up * length * 0.35, wide * 0.2, wide * 0.75),
                        (root.lerp(tip, 0.75), wide * 0.1, wide * 0.35),
                        (tip, wide * 0.01, wide * 0.02),
                    ];
                    self.tube(&rings, 8, 0.3, &bind, &|t| tone * (0.6 + 0.5 * t));
                }
            }
        }
    }

    fn fins(&mut self) {
        for fin in &self.species.fins {
            for side in if fin.mirror { &[1.0f32, -1.0][..] } else { &[1.0] } {
                let vector = |a: [f32; 3]| Vec3::new(a[0] * side, a[1], a[2]);
                let (root, span, chord) =
                    (vector(fin.at), vector(fin.dir).normalize(), vector(fin.chord).normalize());
                let at = |t: f32, u: f32| {
                    let width = fin.root + (fin.tip - fin.root) * t.powf(0.8);
                    let tip = (1.0 - t.powi(5)).max(0.0).sqrt().max(0.05);
                    root + span * fin.span * t - chord * (fin.sweep * t.powf(1.4))
                        + chord * (width * 0.5 * tip * u)
                };
                let bone = self.rig.spine[fin.bone.min(self.rig.spine.len() - 1)];
                let leaf = Leaf { thickness: fin.thick, part: BodyPart::Fin, inner: None, fur: 0.0 };
                self.leaf([8, 6], &at, span.cross(chord).normalize(), &vec![(bone, 1.0)], &leaf);
            }
        }
    }
}
