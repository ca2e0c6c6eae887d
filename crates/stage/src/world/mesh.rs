//! Meshes of still things and the shapes they are made of.

use super::noise::Rng;
use bytemuck::{Pod, Zeroable};
use glam::Vec3;
use serde::Deserialize;
use std::f32::consts::{PI, TAU};

/// What the shader draws on a surface; the number travels in [`Vertex::traits`].
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Surface {
    Bark = 1,
    BirchBark = 2,
    Leaf = 3,
    Spray = 4,
    Frond = 5,
    SnowCap = 6,
    Blade = 7,
    Flower = 8,
    Litter = 10,
    PalmBark = 11,
    Rock = 12,
    /// Even paint: walls of plaster, floors, furniture.
    #[default]
    Plain = 13,
    /// A wall of bricks with windows; `uv` in metres along and up.
    Facade = 14,
    /// Roof tiles; `uv` in metres.
    Roof = 15,
    /// Gives light of its own: lamps, signs, windows at night.
    Glow = 16,
    /// Planks; `uv` in metres.
    Wood = 17,
    /// A street: asphalt or paving that gets wet; `uv` in metres, x = 0 in the middle of the road.
    Street = 18,
    /// Dressed blocks of stone.
    Stone = 19,
    Metal = 20,
    Glass = 21,
    /// Plates of a hull or of a machine, with seams and rivets.
    Panel = 22,
    /// Square tiles of two tones.
    Tile = 23,
    /// Asphalt with painted lines; `uv.x` metres from the middle, `uv.y` metres along.
    Road = 24,
    /// Falling water.
    Falls = 25,
    /// A picture of its own light: lines, text and graphs.
    Screen = 26,
    /// Cloth in heavy folds.
    Drape = 27,
    /// The glass front of a tall building; `sway` is how far its windows are lit.
    Tower = 28,
    /// Broken rock.
    Crag = 29,
    /// Rows of people, far away.
    Crowd = 30,
    /// Loose stones between rails.
    Ballast = 31,
    Brick = 32,
    /// Upright boards, painted and worn.
    Boards = 33,
    /// Clipped leaves.
    Hedge = 34,
    /// Straw and reed.
    Thatch = 35,
    /// Glowing rock under a broken crust.
    Lava = 36,
    Ice = 37,
    /// A window in a wall: dark and glossy by day, warm behind it when it is lit.
    Window = 38,
}

/// Forty bytes: position and normal, pattern coordinates, colour (square root of linear; alpha: way to the tip), and
/// surface, sway, flutter, occlusion.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(crate) struct Vertex {
    pub position: [f32; 3],
    pub normal: [f32; 3],
    pub uv: [f32; 2],
    pub colour: [u8; 4],
    pub traits: [u8; 4],
}

/// How a vertex moves in the wind and how much sky it sees, each 0..1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Feel {
    pub surface: Surface,
    pub sway: f32,
    pub flutter: f32,
    pub open: f32,
}

impl Feel {
    /// Does not move.
    pub(crate) fn still(surface: Surface, open: f32) -> Self {
        Self { surface, sway: 0.0, flutter: 0.0, open }
    }
}

fn byte(v: f32) -> u8 {
    (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// Triangles over vertices.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mesh {
    pub vertices: Vec<Vertex>,
    pub indices: Vec<u32>,
}

impl Mesh {
    pub(crate) fn triangles(&self) -> usize {
        self.indices.len() / 3
    }

    pub(crate) fn push(&mut self, p: Vec3, n: Vec3, uv: [f32; 2], colour: [f32; 3], feel: Feel, tip: f32) {
        self.vertices.push(Vertex {
            position: p.to_array(),
            normal: n.to_array(),
            uv,
            colour: [byte(colour[0]), byte(colour[1]), byte(colour[2]), byte(tip)],
            traits: [feel.surface as u8, byte(feel.sway), byte(feel.flutter), byte(feel.open)],
        });
    }

    pub(crate) fn quad(&mut self, a: u32, b: u32, c: u32, d: u32) {
        self.indices.extend([a, b, c, a, c, d]);
    }

    /// The greatest distance of a vertex from the vertical axis, and the lowest and highest vertex.
    pub(crate) fn extent(&self) -> (f32, f32, f32) {
        self.vertices.iter().fold((0.0f32, f32::MAX, f32::MIN), |(r, lo, hi), v| {
            let [x, y, z] = v.position;
            (r.max((x * x + z * z).sqrt()), lo.min(y), hi.max(y))
        })
    }

    /// Parts the triangles that are cut out of cards from the solid ones. Returns (solid, cut).
    pub(crate) fn split(self) -> (Self, Self) {
        let cut_of = |k: u8| (3..=8).contains(&k) || k == 10;
        let (mut solid, mut cut) = (Self::default(), Self::default());
        let mut map = [vec![u32::MAX; self.vertices.len()], vec![u32::MAX; self.vertices.len()]];
        for t in self.indices.chunks_exact(3) {
            let is_cut = cut_of(self.vertices[t[0] as usize].traits[0]);
            let (to, m) = if is_cut { (&mut cut, &mut map[1]) } else { (&mut solid, &mut map[0]) };
            for &i in t {
                let slot = &mut m[i as usize];
                if *slot == u32::MAX {
                    *slot = to.vertices.len() as u32;
                    to.vertices.push(self.vertices[i as usize]);
                }
                to.indices.push(*slot);
            }
        }
        (solid, cut)
    }

    /// The triangles sorted by the surface of their first vertex: (surface, triangles).
    pub(crate) fn by_surface(&self) -> Vec<(u8, Vec<u32>)> {
        let mut sorted: Vec<(u8, Vec<u32>)> = Vec::new();
        for t in self.indices.chunks_exact(3) {
            let surface = self.vertices[t[0] as usize].traits[0];
            match sorted.iter_mut().find(|(s, _)| *s == surface) {
                Some((_, indices)) => indices.extend_from_slice(t),
                None => sorted.push((surface, t.to_vec())),
            }
        }
        sorted.sort_by_key(|(surface, _)| *surface);
        sorted
    }

    /// A tapered limb along a path of centres and radii, without twist.
    pub(crate) fn tube(
        &mut self,
        path: &[(Vec3, f32)],
        sides: u32,
        colour: [f32; 3],
        surface: Surface,
        sway: &dyn Fn(Vec3) -> f32,
    ) {
        let base = self.vertices.len() as u32;
        let mut x = (path[1].0 - path[0].0).normalize_or(Vec3::Y).any_orthonormal_vector();
        let mut along = 0.0;
        for (i, &(p, r)) in path.iter().enumerate() {
            let before = path[i.max(1) - 1].0;
            let d = (path[(i + 1).min(path.len() - 1)].0 - before).normalize_or(Vec3::Y);
            x = (x - d * d.dot(x)).normalize_or(d.any_orthonormal_vector());
            let y = d.cross(x);
            if i > 0 {
                along += p.distance(before);
            }
            for j in 0..=sides {
                let a = TAU * j as f32 / sides as f32;
                let n = x * a.cos() + y * a.sin();
                let open = 0.55 + 0.45 * (p.y * 1.5).clamp(0.0, 1.0);
                let feel = Feel { surface, sway: sway(p), flutter: 0.0, open };
                self.push(
                    p + n * r,
                    n,
                    [j as f32 / sides as f32 * (r * 6.0).max(0.15), along],
                    colour,
                    feel,
                    0.0,
                );
            }
        }
        for i in 0..path.len() as u32 - 1 {
            for j in 0..sides {
                let a = base + i * (sides + 1) + j;
                self.quad(a, a + 1, a + sides + 2, a + sides + 1);
            }
        }
    }

    /// A ball of a few facets.
    pub(crate) fn ball(&mut self, centre: Vec3, radius: f32, colour: [f32; 3], feel: Feel) {
        let base = self.vertices.len() as u32;
        for j in 0..=4 {
            for i in 0..=6 {
                let (a, e) = (TAU * i as f32 / 6.0, PI * j as f32 / 4.0);
                let n = Vec3::new(e.sin() * a.cos(), e.cos(), e.sin() * a.sin());
                self.push(centre + n * radius, n, [i as f32, j as f32], colour, feel, 0.0);
            }
        }
        for j in 0..4 {
            for i in 0..6 {
                let a = base + j * 7 + i;
                self.quad(a, a + 1, a + 8, a + 7);
            }
        }
    }

    /// A flat four-sided face; `uv` runs 0..`size` over it. Corners counter-clockwise seen from the front.
    pub(crate) fn face(
        &mut self,
        corners: [Vec3; 4],
        size: [f32; 2],
        colour: [f32; 3],
        feel: Feel,
        tip: f32,
    ) {
        let [a, b, _, d] = corners;
        let n = (b - a).cross(d - a).normalize_or(Vec3::Y);
        let base = self.vertices.len() as u32;
        for (p, uv) in corners.into_iter().zip([[0.0, 0.0], [size[0], 0.0], size, [0.0, size[1]]]) {
            self.push(p, n, uv, colour, feel, tip);
        }
        self.quad(base, base + 1, base + 2, base + 3);
    }

    /// A box from its lowest corner and size, turned about its own middle by `yaw` radians.
    pub(crate) fn block(&mut self, centre: Vec3, half: Vec3, yaw: f32, colour: [f32; 3], feel: Feel) {
        let (s, c) = yaw.sin_cos();
        let (x, z) = (Vec3::new(c, 0.0, -s), Vec3::new(s, 0.0, c));
        let at =
            |i: f32, j: f32, k: f32| centre + x * (i * half.x) + Vec3::Y * (j * half.y) + z * (k * half.z);
        let (w, h, d) = (half.x * 2.0, half.y * 2.0, half.z * 2.0);
        let sides = [
            ([at(-1., -1., 1.), at(1., -1., 1.), at(1., 1., 1.), at(-1., 1., 1.)], [w, h]),
            ([at(1., -1., -1.), at(-1., -1., -1.), at(-1., 1., -1.), at(1., 1., -1.)], [w, h]),
            ([at(1., -1., 1.), at(1., -1., -1.), at(1., 1., -1.), at(1., 1., 1.)], [d, h]),
            ([at(-1., -1., -1.), at(-1., -1., 1.), at(-1., 1., 1.), at(-1., 1., -1.)], [d, h]),
            ([at(-1., 1., 1.), at(1., 1., 1.), at(1., 1., -1.), at(-1., 1., -1.)], [w, d]),
            ([at(-1., -1., -1.), at(1., -1., -1.), at(1., -1., 1.), at(-1., -1., 1.)], [w, d]),
        ];
        for (corners, size) in sides {
            self.face(corners, size, colour, feel, 0.0);
        }
    }
}

/// A metre of grass: curved blades of three triangles. `wild` is how much they lean and differ.
pub(crate) fn grass(
    seed: u64,
    blades: usize,
    tall: f32,
    wide: f32,
    wild: f32,
    colours: [[f32; 3]; 2],
) -> Mesh {
    let mut m = Mesh::default();
    let mut r = Rng::new(seed);
    let [lo, hi] = colours;
    for _ in 0..blades {
        let p = Vec3::new(r.signed() * 0.55, -0.03, r.signed() * 0.55);
        let a = r.unit() * TAU;
        let d = Vec3::new(a.cos(), 0.0, a.sin());
        let side = Vec3::new(-d.z, 0.0, d.x);
        let h = tall * (0.45 + 0.75 * r.unit());
        let lean = h * wild * (0.2 + 0.8 * r.unit());
        let w = wide * (0.7 + 0.6 * r.unit());
        let t = r.unit();
        let colour: [f32; 3] = std::array::from_fn(|i| lo[i] + (hi[i] - lo[i]) * t);
        let b = m.vertices.len() as u32;
        for (u, wk) in [(0.0f32, 1.0f32), (0.5, 0.8), (1.0, 0.0)] {
            for s in [-1.0f32, 1.0] {
                if u > 0.9 && s > 0.0 {
                    continue;
                }
                let q = p
                    + Vec3::Y * (h * u * (1.0 - 0.18 * wild * u))
                    + d * (lean * u * u)
                    + side * (w * wk * s);
                let n = (Vec3::Y * 0.9 + d * 0.3 + side * s * 0.25).normalize();
                let feel = Feel {
                    surface: Surface::Blade,
                    sway: u * u * tall.min(1.0),
                    flutter: u * 0.3,
                    open: 0.30 + 0.7 * u,
                };
                m.push(q, n, [s, u], colour.map(|v| v * (0.62 + 0.42 * u)), feel, u);
            }
        }
        m.quad(b, b + 1, b + 3, b + 2);
        m.indices.extend([b + 2, b + 3, b + 4]);
    }
    m
}

/// A few flowers of one colour on their stems, over a square metre.
pub(crate) fn flowers(seed: u64, count: usize, tall: f32, colour: [f32; 3]) -> Mesh {
    let mut m = Mesh::default();
    let mut r = Rng::new(seed);
    for _ in 0..count {
        let p = Vec3::new(r.signed() * 0.5, 0.0, r.signed() * 0.5);
        let h = tall * (0.6 + 0.6 * r.unit());
        let top = p + Vec3::new(r.signed() * 0.06, h, r.signed() * 0.06);
        let b = m.vertices.len() as u32;
        for (q, w) in [(p, 0.004), (top, 0.003)] {
            for s in [-1.0f32, 1.0] {
                let feel = Feel { surface: Surface::Blade, sway: 0.1, flutter: q.y.max(0.0), open: 0.6 };
                m.push(q + Vec3::X * w * s, Vec3::Y, [s, 0.5], [0.2, 0.33, 0.1], feel, 0.5);
            }
        }
        m.quad(b, b + 1, b + 3, b + 2);
        let n = (Vec3::Y + r.direction() * 0.55).normalize();
        let (x, y) = n.any_orthonormal_pair();
        let k = (0.030 + 0.02 * r.unit()) * (tall / 0.3).sqrt();
        let b = m.vertices.len() as u32;
        for (u, v) in [(-1.0f32, -1.0f32), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            let feel = Feel { surface: Surface::Flower, sway: 0.1, flutter: 0.4, open: 1.0 };
            m.push(top + (x * u + y * v) * k + n * 0.004, n, [u, v], colour, feel, 0.0);
        }
        m.quad(b, b + 1, b + 2, b + 3);
    }
    m
}

/// Fallen leaves over a square metre.
pub(crate) fn litter(seed: u64, count: usize, colours: &[[f32; 3]]) -> Mesh {
    let mut m = Mesh::default();
    let mut r = Rng::new(seed);
    for i in 0..count {
        let p = Vec3::new(r.signed() * 0.6, 0.012 + 0.02 * r.unit(), r.signed() * 0.6);
        let n = (Vec3::Y + r.direction() * 0.35).normalize();
        let (x, y) = n.any_orthonormal_pair();
        let a = r.unit() * TAU;
        let (x, y) = (x * a.cos() + y * a.sin(), y * a.cos() - x * a.sin());
        let k = 0.035 + 0.03 * r.unit();
        let t = 0.6 + 0.5 * r.unit();
        let colour = colours[i % colours.len()].map(|v| v * t);
        let b = m.vertices.len() as u32;
        for (u, v) in [(-1.0f32, -1.0f32), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            m.push(p + (x * u + y * v) * k, n, [u, v], colour, Feel::still(Surface::Litter, 0.85), 0.0);
        }
        m.quad(b, b + 1, b + 2, b + 3);
    }
    m
}

/// A boulder about two units wide: a ball cut by random planes, so it has faces and edges.
pub(crate) fn rock(seed: u64, rings: u32, colour: [f32; 3]) -> Mesh {
    let mut m = Mesh::default();
    let mut r = Rng::new(seed);
    let cuts: Vec<(Vec3, f32)> = (0..16).map(|_| (r.direction(), 0.55 + 0.32 * r.unit())).collect();
    let stretch = Vec3::new(1.0 + 0.4 * r.unit(), 0.62 + 0.2 * r.unit(), 0.8 + 0.4 * r.unit());
    let at = |a: f32, e: f32| {
        let d = Vec3::new(e.sin() * a.cos(), e.cos(), e.sin() * a.sin());
        let mut k = 1.0f32;
        for (q, l) in &cuts {
            let x = q.dot(d);
            if x > 0.05 {
                k = k.min(l / x);
            }
        }
        let w = d * 7.0;
        d * (k + 0.025 * (w.x.sin() * w.y.cos() + (w.z * 1.7 + w.x).sin())) * stretch
    };
    for j in 0..=rings {
        for i in 0..=2 * rings {
            let a = TAU * i as f32 / (2 * rings) as f32;
            let e = PI * (j as f32 / rings as f32).clamp(0.002, 0.998);
            let h = 0.03;
            let p = at(a, e);
            let n = (at(a + h, e) - at(a - h, e)).cross(at(a, e + h) - at(a, e - h)).normalize_or(Vec3::Y);
            let n = if n.dot(p) < 0.0 { -n } else { n };
            let open = (0.55 + 0.45 * (p.y + 0.4)).clamp(0.4, 1.0);
            m.push(p, n, [p.x, p.z], colour, Feel::still(Surface::Rock, open), 0.0);
        }
    }
    for j in 0..rings {
        for i in 0..2 * rings {
            let a = j * (2 * rings + 1) + i;
            m.quad(a, a + 1, a + 2 * rings + 2, a + 2 * rings + 1);
        }
    }
    m
}
