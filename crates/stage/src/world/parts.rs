//! A small shape grammar: what people (and cliffs) put into a place, as rows of a table.
//!
//! A [`Part`] is a form with a size and a surface, or a group of parts, or the name of a row of `_props.ron`; any of them
//! may be repeated in lines, grids and rings. A place is a list of parts, so a new one needs no Rust.

use super::built::Lamp;
use super::land::Land;
use super::mesh::{Feel, Mesh, Surface};
use super::noise::{Rng, noise};
use glam::{Affine3A, Quat, Vec2, Vec3};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::f32::consts::{PI, TAU};

/// What a part is.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Form {
    /// Its `of` and its `prop` alone.
    #[default]
    Group,
    /// A box.
    Block,
    /// A roof of two slopes; the ridge runs along x.
    Gable,
    /// A roof of four slopes.
    Hip,
    /// A round column: `size` is lower diameter, height, upper diameter (0: a cone).
    Column,
    /// Tubes along `path`, `size.x` thick.
    Pipe,
    /// A ball or, with a `size` of its own on each axis, an egg.
    Ball,
    /// The upper half of a ball.
    Dome,
    /// A wall with a round-headed opening of `open` width and height.
    Arch,
    /// An upright face toward the camera.
    Sheet,
    /// A level face that looks up.
    Floor,
    /// A band along z, as wide as `size.x` and as long as `size.z`, that follows the ground.
    Strip,
    /// A wall of broken rock toward the camera.
    Crag,
    /// A passage through rock, from its mouth at +z into the depth.
    Cave,
    /// Steps that rise away from the camera.
    Stairs,
    /// A boat's hull; the bow points to -z.
    Hull,
    /// Light: `lit` strong, reaching `size.x` metres.
    Lamp,
}

/// A part. Metres, degrees, sRGB 0..1; its origin is the middle of its foot.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of a row")]
pub(crate) struct Part {
    pub form: Form,
    /// A row of `_props.ron`.
    pub prop: String,
    pub of: Vec<Part>,
    pub at: [f32; 3],
    pub size: [f32; 3],
    pub scale: f32,
    /// About the vertical; then how far it leans back.
    pub yaw: f32,
    pub lean: f32,
    pub colour: [f32; 3],
    /// One is drawn for each copy, in place of `colour`.
    pub colours: Vec<[f32; 3]>,
    pub surface: Surface,
    /// How strongly it shines, or how far its windows are lit, when lamps are.
    pub lit: f32,
    /// A front has a shop at the street.
    pub shop: bool,
    /// Shines by day too; or by day alone, as a window with the day behind it.
    pub always: bool,
    pub day: bool,
    /// Width and height of an opening.
    pub open: [f32; 2],
    pub path: Vec<[f32; 3]>,
    /// Copies, and what each adds to place and turn.
    pub count: u32,
    pub step: [f32; 3],
    pub turn: f32,
    /// Rows of copies.
    pub rows: u32,
    pub row_step: [f32; 3],
    /// Copies stand around a circle of this radius, facing its middle.
    pub ring: f32,
    /// Part of the circle, from straight ahead to both sides.
    pub arc: f32,
    /// Copies are off by up to this, in metres, and turned by up to `sway` degrees; `vary` of their size differs.
    pub jitter: [f32; 3],
    pub sway: f32,
    pub vary: f32,
    /// Part of the copies that is there.
    pub chance: f32,
    /// A second one on the other side of x = 0.
    pub mirror: bool,
    /// Stands on the ground under it.
    pub grounded: bool,
}

impl Default for Part {
    fn default() -> Self {
        Self {
            form: Form::Group,
            prop: String::new(),
            of: Vec::new(),
            at: [0.0; 3],
            size: [1.0; 3],
            scale: 1.0,
            yaw: 0.0,
            lean: 0.0,
            colour: [0.5; 3],
            colours: Vec::new(),
            surface: Surface::Plain,
            lit: 1.0,
            shop: false,
            always: false,
            day: false,
            open: [1.0, 2.0],
            path: Vec::new(),
            count: 1,
            step: [0.0; 3],
            turn: 0.0,
            rows: 1,
            row_step: [0.0; 3],
            ring: 0.0,
            arc: 1.0,
            jitter: [0.0; 3],
            sway: 0.0,
            vary: 0.0,
            chance: 1.0,
            mirror: false,
            grounded: false,
        }
    }
}

/// Rows of `_props.ron`.
pub(crate) type Props = BTreeMap<String, Vec<Part>>;

/// Groups in groups in groups: deeper than this, a prop holds itself.
const DEEPEST: u32 = 12;

/// Builds parts into meshes and lamps. `night` is how far lamps and windows are lit, 0..1.
pub(crate) struct Workshop<'a> {
    pub mesh: Mesh,
    pub lamps: Vec<Lamp>,
    pub rng: Rng,
    pub night: f32,
    pub land: &'a Land,
    pub props: &'a Props,
}

impl Workshop<'_> {
    /// Builds a list of parts, all their copies.
    pub(crate) fn build(&mut self, parts: &[Part]) {
        self.list(parts, 0);
    }

    fn list(&mut self, parts: &[Part], depth: u32) {
        for part in parts {
            let copies = part.count.max(1);
            for row in 0..part.rows.max(1) {
                for k in 0..copies {
                    if self.rng.unit() >= part.chance {
                        continue;
                    }
                    let (start, lamps) = (self.mesh.vertices.len(), self.lamps.len());
                    self.one(part, depth);
                    let stance = self.stance(part, k, row, copies, depth == 0);
                    self.place(start, lamps, stance);
                    if part.mirror {
                        self.reflect(start, lamps);
                    }
                }
            }
        }
    }

    /// Where copy `k` of a row stands.
    fn stance(&mut self, part: &Part, k: u32, row: u32, copies: u32, outermost: bool) -> Affine3A {
        let n = k as f32;
        let mut at = Vec3::from(part.at)
            + Vec3::from(part.step) * n
            + Vec3::from(part.row_step) * row as f32
            + Vec3::from(part.jitter) * Vec3::new(self.rng.signed(), self.rng.signed(), self.rng.signed());
        let mut yaw = part.yaw + part.turn * n + part.sway * self.rng.signed();
        if part.ring > 0.0 {
            let a = if part.arc >= 1.0 {
                TAU * n / copies as f32
            } else {
                PI * part.arc * (2.0 * (n + 0.5) / copies as f32 - 1.0)
            };
            at += Vec3::new(a.sin(), 0.0, -a.cos()) * part.ring;
            yaw -= a.to_degrees();
        }
        if outermost && part.grounded {
            // What stands beside a road follows its bends.
            yaw += self.land.slant(at.z).atan().to_degrees();
            at.x += self.land.bend(at.z);
            at.y += self.land.ground(at.x, at.z);
        }
        let size = part.scale * (1.0 + part.vary * self.rng.signed());
        let turn = Quat::from_rotation_y(yaw.to_radians()) * Quat::from_rotation_x(-part.lean.to_radians());
        Affine3A::from_scale_rotation_translation(Vec3::splat(size), turn, at)
    }

    fn place(&mut self, start: usize, lamps: usize, stance: Affine3A) {
        for v in &mut self.mesh.vertices[start..] {
            v.position = stance.transform_point3(v.position.into()).to_array();
            v.normal = stance.transform_vector3(v.normal.into()).normalize_or(Vec3::Y).to_array();
        }
        for lamp in &mut self.lamps[lamps..] {
            lamp.position = stance.transform_point3(lamp.position);
        }
    }

    /// Adds everything from an index on once more, seen in a mirror at x = 0.
    fn reflect(&mut self, start: usize, lamps: usize) {
        let end = self.mesh.vertices.len();
        let flip = |p: [f32; 3]| [-p[0], p[1], p[2]];
        let first = self.mesh.indices.iter().position(|&i| i as usize >= start);
        if let Some(first) = first {
            let shift = (end - start) as u32;
            let triangles = self.mesh.indices[first..].to_vec();
            let copied = triangles.chunks_exact(3).flat_map(|t| [t[0] + shift, t[2] + shift, t[1] + shift]);
            self.mesh.indices.extend(copied);
            for i in start..end {
                let mut v = self.mesh.vertices[i];
                v.position = flip(v.position);
                v.normal = flip(v.normal);
                self.mesh.vertices.push(v);
            }
        }
        for i in lamps..self.lamps.len() {
            let lamp = self.lamps[i];
            self.lamps.push(Lamp { position: flip(lamp.position.to_array()).into(), ..lamp });
        }
    }

    fn one(&mut self, part: &Part, depth: u32) {
        if depth < DEEPEST {
            if let Some(prop) = self.props.get(&part.prop) {
                self.list(prop, depth + 1);
            }
            self.list(&part.of, depth + 1);
        }
        let colour = if part.colours.is_empty() {
            part.colour
        } else {
            part.colours[self.rng.below(part.colours.len())]
        };
        let when = match (part.always, part.day) {
            (true, _) => 1.0,
            (_, true) => 1.0 - self.night,
            _ => self.night,
        };
        let shine = part.lit * when;
        let glows = matches!(part.surface, Surface::Glow | Surface::Screen);
        // By day a lamp that is off still is a pale thing.
        let sway = if glows { (0.06 + 0.94 * shine).min(1.0) } else { shine.min(1.0) };
        let own = self.rng.unit();
        let flutter = if part.surface == Surface::Facade { f32::from(u8::from(part.shop)) } else { own };
        let feel = Feel { surface: part.surface, sway, flutter, open: 1.0 };
        let [w, h, d] = part.size;
        match part.form {
            Form::Group => {}
            Form::Block => {
                self.mesh.block(Vec3::Y * (h * 0.5), Vec3::new(w, h, d) * 0.5, 0.0, colour, feel);
            }
            Form::Gable | Form::Hip => self.roof(part, colour, feel),
            Form::Column => {
                let path = [(Vec3::ZERO, w * 0.5), (Vec3::Y * h, d * 0.5)];
                self.round(&path, colour, feel);
                if d > 0.05 {
                    self.lid(Vec3::Y * h, d * 0.5, colour, feel);
                }
            }
            Form::Pipe => {
                let path: Vec<_> = part.path.iter().map(|p| (Vec3::from(*p), w * 0.5)).collect();
                if path.len() > 1 {
                    self.round(&path, colour, feel);
                }
            }
            Form::Ball if feel.surface == Surface::Crag => self.boulder(part, colour, feel),
            Form::Ball => self.egg(Vec3::Y * h * 0.5, Vec3::new(w, h, d) * 0.5, 0.0, colour, feel),
            Form::Dome => self.egg(Vec3::ZERO, Vec3::new(w * 0.5, h, d * 0.5), 0.5, colour, feel),
            Form::Arch => self.arch(part, colour, feel),
            Form::Sheet => {
                let v = |x: f32, y: f32| Vec3::new(x * w * 0.5, y * h, 0.0);
                self.mesh.face(
                    [v(-1.0, 0.0), v(1.0, 0.0), v(1.0, 1.0), v(-1.0, 1.0)],
                    [w, h],
                    colour,
                    feel,
                    0.0,
                );
            }
            Form::Floor => {
                let v = |x: f32, z: f32| Vec3::new(x * w * 0.5, 0.0, z * d * 0.5);
                let corners = [v(-1.0, 1.0), v(1.0, 1.0), v(1.0, -1.0), v(-1.0, -1.0)];
                self.mesh.face(corners, [w, d], colour, feel, 1.0);
            }
            Form::Strip => self.strip(part, colour, feel),
            Form::Crag => self.crag(part, colour, feel),
            Form::Cave => self.cave(part, colour, feel),
            Form::Stairs => {
                let steps = (h / 0.17).round().max(1.0) as u32;
                let (rise, tread) = (h / steps as f32, d / steps as f32);
                for k in 0..steps {
                    let (y, deep) = (rise * (k + 1) as f32, d - tread * k as f32);
                    let centre = Vec3::new(0.0, y * 0.5, -d * 0.5 + deep * 0.5);
                    let centre = Vec3::new(centre.x, centre.y, -centre.z - d + deep);
                    self.mesh.block(centre, Vec3::new(w * 0.5, y * 0.5, deep * 0.5), 0.0, colour, feel);
                }
            }
            Form::Hull => self.hull(part, colour, feel),
            Form::Lamp => {
                if shine > 0.05 {
                    let colour = Vec3::from(colour).powf(2.2) * shine;
                    self.lamps.push(Lamp { position: Vec3::ZERO, colour, reach: w });
                }
            }
        }
    }

    /// A tube with the part's own feel.
    fn round(&mut self, path: &[(Vec3, f32)], colour: [f32; 3], feel: Feel) {
        let start = self.mesh.vertices.len();
        let widest = path.iter().fold(0.0f32, |w, p| w.max(p.1));
        let sides = if widest > 1.2 {
            20
        } else if widest > 0.25 {
            14
        } else {
            8
        };
        self.mesh.tube(path, sides, colour, feel.surface, &|_| feel.sway);
        for v in &mut self.mesh.vertices[start..] {
            v.traits[2] = (feel.flutter * 255.0) as u8;
            v.traits[3] = 255;
        }
    }

    fn lid(&mut self, centre: Vec3, radius: f32, colour: [f32; 3], feel: Feel) {
        let base = self.mesh.vertices.len() as u32;
        self.mesh.push(centre, Vec3::Y, [0.0; 2], colour, feel, 0.0);
        for k in 0..=16 {
            let d = Vec2::from_angle(TAU * k as f32 / 16.0) * radius;
            self.mesh.push(centre + Vec3::new(d.x, 0.0, -d.y), Vec3::Y, d.to_array(), colour, feel, 0.0);
        }
        for k in 1..=16 {
            self.mesh.indices.extend([base, base + k, base + k + 1]);
        }
    }

    /// An egg, or its part above `from` of the way up (0.5: the upper half).
    fn egg(&mut self, centre: Vec3, half: Vec3, from: f32, colour: [f32; 3], feel: Feel) {
        let (rings, sides) = match half.max_element() {
            big if big > 3.0 => (14, 28),
            // Fruit, flowers, flames: there are hundreds of them.
            small if small < 0.12 => (5, 9),
            _ => (9, 16),
        };
        let base = self.mesh.vertices.len() as u32;
        for j in 0..=rings {
            let e = PI * (1.0 - from) * j as f32 / rings as f32;
            for i in 0..=sides {
                let a = TAU * i as f32 / sides as f32;
                let d = Vec3::new(e.sin() * a.cos(), e.cos(), e.sin() * a.sin());
                let uv = [a * half.x, -e * half.y];
                self.mesh.push(
                    centre + d * half,
                    (d / half.max(Vec3::splat(1e-3))).normalize_or(Vec3::Y),
                    uv,
                    colour,
                    feel,
                    0.0,
                );
            }
        }
        for j in 0..rings {
            for i in 0..sides {
                let a = base + j * (sides + 1) + i;
                self.mesh.quad(a, a + 1, a + sides + 2, a + sides + 1);
            }
        }
    }

    /// Slopes over a rectangle. With an `open` of no width, its height lifts their corners as of a pagoda.
    fn roof(&mut self, part: &Part, colour: [f32; 3], feel: Feel) {
        /// Cells along each side of a slope.
        const N: u32 = 6;
        let [w, h, d] = part.size;
        let (x, z) = (w * 0.5, d * 0.5);
        let curl = if part.open[0] > 0.0 { 0.0 } else { part.open[1] };
        let ridge = if part.form == Form::Gable { x } else { (x - z).max(0.0) };
        // Each slope is a patch from eave to ridge that sags a little in between, so that corners can curl.
        let slopes: [[Vec2; 4]; 4] = [
            [Vec2::new(-x, z), Vec2::new(x, z), Vec2::new(ridge, 0.0), Vec2::new(-ridge, 0.0)],
            [Vec2::new(x, -z), Vec2::new(-x, -z), Vec2::new(-ridge, 0.0), Vec2::new(ridge, 0.0)],
            [Vec2::new(x, z), Vec2::new(x, -z), Vec2::new(ridge, 0.0), Vec2::new(ridge, 0.0)],
            [Vec2::new(-x, -z), Vec2::new(-x, z), Vec2::new(-ridge, 0.0), Vec2::new(-ridge, 0.0)],
        ];
        let gable = part.form == Form::Gable;
        for (side, [a, b, c, e]) in slopes.into_iter().enumerate() {
            let length = a.distance(b);
            let slant = (h * h + (if side < 2 { z } else { x - ridge }).powi(2)).sqrt();
            if gable && side > 1 {
                // The wall under the ridge.
                let base = self.mesh.vertices.len() as u32;
                let n = Vec3::X * a.x.signum();
                for (p, y, uv) in [(a, 0.0, [0.0, 0.0]), (b, 0.0, [d, 0.0]), (c, h, [z, h])] {
                    let wall = Feel { surface: Surface::Plain, ..feel };
                    let pale = colour.map(|v| v * 0.6 + 0.25);
                    self.mesh.push(Vec3::new(p.x * 0.97, y, p.y * 0.97), n, uv, pale, wall, 0.0);
                }
                self.mesh.indices.extend([base, base + 1, base + 2]);
                continue;
            }
            let at = |s: f32, t: f32| {
                let flat = a.lerp(b, s).lerp(e.lerp(c, s), t);
                let sag = if curl > 0.0 { t * t * 0.45 + t * 0.55 } else { t };
                let corner = (2.0 * s - 1.0).abs().powi(4) * (1.0 - t).powi(3);
                Vec3::new(flat.x, h * sag + curl * corner, flat.y)
            };
            let base = self.mesh.vertices.len() as u32;
            for j in 0..=N {
                for i in 0..=N {
                    let (s, t) = (i as f32 / N as f32, j as f32 / N as f32);
                    let k = 0.02;
                    let n = (at(s + k, t) - at(s - k, t)).cross(at(s, t + k) - at(s, t - k));
                    let up = if n.y < 0.0 { -n } else { n };
                    self.mesh.push(
                        at(s, t),
                        up.normalize_or(Vec3::Y),
                        [s * length, t * slant],
                        colour,
                        feel,
                        0.0,
                    );
                }
            }
            for j in 0..N {
                for i in 0..N {
                    let q = base + j * (N + 1) + i;
                    self.mesh.quad(q, q + 1, q + N + 2, q + N + 1);
                }
            }
        }
    }

    /// A wall with an opening under a half circle.
    fn arch(&mut self, part: &Part, colour: [f32; 3], feel: Feel) {
        let [w, h, d] = part.size;
        let [ow, oh] = part.open;
        let (r, spring) = (ow * 0.5, (oh - ow * 0.5).max(0.0));
        // The outline of the opening from the left foot over the crown to the right foot, and the wall's edge beside it.
        let mut inner = vec![Vec2::new(-r, 0.0)];
        for k in 0..=14 {
            let a = PI - PI * k as f32 / 14.0;
            inner.push(Vec2::new(a.cos() * r, spring + a.sin() * r));
        }
        inner.push(Vec2::new(r, 0.0));
        let outer: Vec<Vec2> = inner
            .iter()
            .enumerate()
            .map(|(k, p)| {
                if k == 0 || k + 1 == inner.len() {
                    Vec2::new(p.x.signum() * w * 0.5, 0.0)
                } else {
                    let a = PI - PI * (k - 1) as f32 / 14.0;
                    let (c, s) = (a.cos(), a.sin().max(1e-3));
                    let reach = ((w * 0.5) / c.abs().max(1e-3)).min((h - spring) / s);
                    Vec2::new(c * reach, spring + s * reach)
                }
            })
            .collect();
        for side in [1.0f32, -1.0] {
            let base = self.mesh.vertices.len() as u32;
            for (i, o) in inner.iter().zip(&outer) {
                for p in [i, o] {
                    let at = Vec3::new(p.x, p.y, side * d * 0.5);
                    self.mesh.push(at, Vec3::Z * side, [p.x + 50.0, p.y], colour, feel, 0.0);
                }
            }
            for k in 0..inner.len() as u32 - 1 {
                let a = base + 2 * k;
                self.mesh.quad(a, a + 1, a + 3, a + 2);
            }
        }
        for pair in inner.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            let v = |p: Vec2, z: f32| Vec3::new(p.x, p.y, z * d * 0.5);
            let corners = [v(a, 1.0), v(a, -1.0), v(b, -1.0), v(b, 1.0)];
            self.mesh.face(corners, [d, a.distance(b)], colour.map(|c| c * 0.85), feel, 0.0);
        }
        // The outer sides and the top.
        let v = |x: f32, y: f32, z: f32| Vec3::new(x * w * 0.5, y * h, z * d * 0.5);
        for corners in [
            [v(1.0, 0.0, 1.0), v(1.0, 0.0, -1.0), v(1.0, 1.0, -1.0), v(1.0, 1.0, 1.0)],
            [v(-1.0, 0.0, -1.0), v(-1.0, 0.0, 1.0), v(-1.0, 1.0, 1.0), v(-1.0, 1.0, -1.0)],
            [v(-1.0, 1.0, 1.0), v(1.0, 1.0, 1.0), v(1.0, 1.0, -1.0), v(-1.0, 1.0, -1.0)],
        ] {
            let wide = corners[0].distance(corners[1]);
            self.mesh.face(corners, [wide, corners[1].distance(corners[2])], colour, feel, 0.0);
        }
    }

    fn strip(&mut self, part: &Part, colour: [f32; 3], feel: Feel) {
        let [w, lift, length] = part.size;
        let at = Vec3::from(part.at);
        let base = self.mesh.vertices.len() as u32;
        let (mut z, mut rows) = (0.0f32, 0u32);
        loop {
            let far = at.z - z;
            let bend = self.land.bend(far);
            for k in 0..=4 {
                let x = w * (k as f32 / 4.0 - 0.5);
                // Heights are the land's: the part itself stands where `at` says.
                let y = self.land.ground(at.x + x + bend, far) + lift - at.y;
                self.mesh.push(
                    Vec3::new(x + bend, y, -z),
                    self.land.normal(at.x + x + bend, far, 1.0),
                    [x, far],
                    colour,
                    feel,
                    1.0,
                );
            }
            rows += 1;
            if z >= length {
                break;
            }
            z = (z + 1.0 + 0.03 * z).min(length);
        }
        for j in 0..rows - 1 {
            for k in 0..4 {
                let a = base + j * 5 + k;
                self.mesh.quad(a, a + 1, a + 6, a + 5);
            }
        }
    }

    /// A grid of points over a surface, with normals from its own shape.
    fn grid(
        &mut self,
        (across, along): (u32, u32),
        at: &dyn Fn(f32, f32) -> Vec3,
        (colour, feel): ([f32; 3], Feel),
        open: &dyn Fn(Vec3) -> f32,
    ) {
        let base = self.mesh.vertices.len() as u32;
        for j in 0..=along {
            for i in 0..=across {
                let (s, t) = (i as f32 / across as f32, j as f32 / along as f32);
                let (e, f) = (0.5 / across as f32, 0.5 / along as f32);
                let n =
                    (at(s + e, t) - at(s - e, t)).cross(at(s, t + f) - at(s, t - f)).normalize_or(Vec3::Y);
                let p = at(s, t);
                let feel = Feel { open: open(p), ..feel };
                self.mesh.push(p, n, [s * 10.0, t * 10.0], colour, feel, 0.0);
            }
        }
        for j in 0..along {
            for i in 0..across {
                let a = base + j * (across + 1) + i;
                self.mesh.quad(a, a + 1, a + across + 2, a + across + 1);
            }
        }
    }

    fn crag(&mut self, part: &Part, colour: [f32; 3], feel: Feel) {
        let [w, h, d] = part.size;
        let seed = (self.rng.unit() * 9000.0) as u32;
        let at = move |s: f32, t: f32| {
            let (x, y) = ((s - 0.5) * w, t * h);
            let q = Vec2::new(x, y);
            // Pillars and ledges: ridged noise, drawn out upward, and steps.
            let pillar = 1.0 - noise(q * Vec2::new(0.16, 0.05), seed, 0).abs() * 2.0;
            let block = noise(q * 0.35, seed + 1, 0) + 0.45 * noise(q * 0.9, seed + 2, 0);
            let ledge = (noise(Vec2::new(x * 0.05, y * 0.22), seed + 3, 0) * 3.0).round() / 3.0;
            let out = d * (0.45 * pillar + 0.22 * block + 0.30 * ledge - 0.35 * t);
            Vec3::new(x, y + 0.5 * block * (1.0 - t), out)
        };
        let cells = ((w / 0.9) as u32).clamp(6, 90);
        let up = ((h / 0.8) as u32).clamp(6, 60);
        self.grid((cells, up), &at, (colour, feel), &|p| (0.45 + 0.55 * (p.y / h)).clamp(0.4, 1.0));
    }

    /// A rock with faces and ledges, as large as the ball that it is of.
    fn boulder(&mut self, part: &Part, colour: [f32; 3], feel: Feel) {
        let size = Vec3::from(part.size);
        let seed = (self.rng.unit() * 9000.0) as u32;
        let at = move |s: f32, t: f32| {
            let ((sin, cos), (high, wide)) = ((TAU * (s - 0.5)).sin_cos(), (PI * (t - 0.5)).sin_cos());
            let n = Vec3::new(wide * sin, high, wide * cos);
            let q = Vec2::new(1.5 * n.x + 0.8 * n.y, 1.5 * n.z - 0.6 * n.y);
            let lump =
                noise(q, seed, 0) + 0.5 * noise(q * 2.3, seed + 1, 0) + 0.25 * noise(q * 5.0, seed + 2, 0);
            // Beds of stone: the outside goes back in steps.
            let bed = (n.y * 3.0 + 1.5 * noise(q * 0.8, seed + 3, 0)).fract().abs();
            let out = 1.0 + 0.42 * lump - 0.10 * bed;
            let flat = 1.0 - 0.22 * n.y.max(0.0);
            (n * out * Vec3::new(1.0, flat, 1.0) + Vec3::Y) * size * 0.5
        };
        let cells = ((size.max_element() / 0.35) as u32).clamp(10, 26);
        let high = size.y.max(0.01);
        self.grid((cells, cells * 2 / 3), &at, (colour, feel), &|p| {
            (0.5 + 0.5 * (p.y / high)).clamp(0.4, 1.0)
        });
    }

    fn cave(&mut self, part: &Part, colour: [f32; 3], feel: Feel) {
        let [w, h, length] = part.size;
        let seed = (self.rng.unit() * 9000.0) as u32;
        let at = move |s: f32, t: f32| {
            // From right to left, so that the faces look inward.
            let a = (0.5 - s) * PI * 1.16;
            let z = -t * length;
            let q = Vec2::new(a * w * 0.5, z);
            let rough = 0.20 * noise(q * 0.16, seed, 0)
                + 0.12 * noise(q * 0.45, seed + 1, 0)
                + 0.06 * (1.0 - 2.0 * noise(q * 1.1, seed + 2, 0).abs())
                // Stalactites: points that hang where two noises agree.
                - 0.34 * (noise(q * 0.8, seed + 4, 0) - 0.28).max(0.0) * a.cos().max(0.0);
            let bend = 3.0 * noise(Vec2::new(z * 0.035, 3.0), seed + 3, 0) * t;
            let grow = 1.0 + rough;
            Vec3::new(a.sin() * w * 0.5 * grow + bend, (a.cos() * h * grow).max(-1.0), z)
        };
        self.grid((56, ((length / 0.9) as u32).clamp(10, 90)), &at, (colour, feel), &|p| {
            (1.0 + p.z / length * 0.8).clamp(0.2, 1.0)
        });
    }

    fn hull(&mut self, part: &Part, colour: [f32; 3], feel: Feel) {
        let [w, h, length] = part.size;
        let at = move |s: f32, t: f32| {
            let u = 2.0 * s - 1.0;
            let stem = (1.0 - t.clamp(0.0, 1.0).powf(2.6)).max(0.0).powf(0.7);
            let stern = 0.80 + 0.20 * (t * 4.0).min(1.0);
            let beam = w * 0.5 * stem * stern;
            let sheer = h * (1.0 + 0.35 * t * t);
            let k = u.abs();
            Vec3::new(u.signum() * beam * k.powf(0.45).min(1.0), sheer * k.powf(2.2), (0.5 - t) * length)
        };
        self.grid((14, 20), &at, (colour, feel), &|_| 1.0);
        let wood = Feel { surface: Surface::Wood, sway: 0.0, flutter: 0.0, open: 0.9 };
        let deck = move |s: f32, t: f32| {
            let edge = at(if s < 0.5 { 0.02 } else { 0.98 }, t);
            Vec3::new(edge.x * (2.0 * s - 1.0).abs() * 0.98, edge.y * 0.82, edge.z)
        };
        self.grid((2, 20), &deck, ([0.48, 0.36, 0.25], wood), &|_| 0.9);
        let stern = [at(0.0, 0.0), at(0.5, 0.0), at(1.0, 0.0)];
        let base = self.mesh.vertices.len() as u32;
        for (k, p) in stern.into_iter().enumerate() {
            self.mesh.push(p, Vec3::Z, [k as f32, p.y], colour.map(|c| c * 0.9), feel, 0.0);
        }
        self.mesh.indices.extend([base, base + 1, base + 2]);
    }
}
