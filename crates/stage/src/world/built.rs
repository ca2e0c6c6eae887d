//! What people build: streets, villages, rooms, the studio's backdrop.

use super::land::Land;
use super::mesh::{Feel, Mesh, Surface};
use super::noise::Rng;
use super::parts::{Part, Props, Workshop};
use super::tables::{Built, Furniture, Side, WindowRow};
use glam::Vec3;
use std::f32::consts::{FRAC_PI_2, PI};

/// A light that hangs somewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lamp {
    pub position: Vec3,
    pub colour: Vec3,
    /// Distance at which it no longer lights anything, in metres.
    pub reach: f32,
}

/// Builds what a row asks for, and its parts. `lit` is how far lamps and windows are lit, 0..1.
pub(crate) fn build(
    built: &Built,
    parts: &[Part],
    props: &Props,
    land: &Land,
    lit: f32,
    seed: u64,
) -> (Mesh, Vec<Lamp>) {
    let mut b = Builder { mesh: Mesh::default(), lamps: Vec::new(), rng: Rng::new(seed), lit };
    match built {
        Built::Nothing => {}
        Built::Street { half, storeys, neon, walls } => b.street(*half, *storeys, *neon, walls),
        Built::Village { houses, walls, roof } => b.village(land, *houses, walls, *roof),
        Built::Studio { colour } => b.studio(*colour),
        Built::Room { wall, floor, furniture, size, ceiling, windows, walls_of, floor_of, lamps } => {
            let room = Room {
                colours: [*wall, *floor, *ceiling],
                size: *size,
                windows,
                surfaces: [*walls_of, *floor_of],
                lamps: *lamps,
            };
            b.room(&room, *furniture);
        }
    }
    let Builder { mesh, lamps, rng, .. } = b;
    let mut workshop = Workshop { mesh, lamps, rng, night: lit, land, props };
    workshop.build(parts);
    (workshop.mesh, workshop.lamps)
}

/// The walls of a room.
struct Room<'a> {
    /// Walls, floor, ceiling.
    colours: [[f32; 3]; 3],
    /// Half its width, height, where its near and its far wall stand.
    size: [f32; 4],
    windows: &'a [WindowRow],
    /// Walls and floor.
    surfaces: [Surface; 2],
    lamps: bool,
}

struct Builder {
    mesh: Mesh,
    lamps: Vec<Lamp>,
    rng: Rng,
    lit: f32,
}

/// Plain paint in the open.
fn paint() -> Feel {
    Feel::still(Surface::Plain, 1.0)
}

impl Builder {
    /// A wall with windows. Its `traits` carry how far windows are lit (sway) and whether a shop is below (flutter).
    fn facade(&mut self, corners: [Vec3; 4], size: [f32; 2], colour: [f32; 3], shop: bool) {
        let feel = Feel {
            surface: Surface::Facade,
            sway: self.lit,
            flutter: if shop { 1.0 } else { 0.0 },
            open: 1.0,
        };
        let along = (self.rng.unit() * 40.0).floor();
        let base = self.mesh.vertices.len();
        self.mesh.face(corners, size, colour, feel, 0.0);
        // Each house starts its pattern elsewhere, in whole windows.
        for v in &mut self.mesh.vertices[base..] {
            v.uv[0] += along * 2.6;
        }
    }

    fn street(&mut self, half: f32, storeys: [u32; 2], neon: bool, walls: &[[f32; 3]]) {
        const FAR: f32 = -150.0;
        const NEAR: f32 = 60.0;
        let kerb = (half - 2.6).max(half * 0.55);
        // Pavements stand a hand above the road.
        for side in [-1.0f32, 1.0] {
            let (a, b) = (side * kerb, side * half);
            let (lo, hi) = (a.min(b), a.max(b));
            let feel = Feel::still(Surface::Street, 1.0);
            let top = [
                Vec3::new(lo, 0.14, NEAR),
                Vec3::new(hi, 0.14, NEAR),
                Vec3::new(hi, 0.14, FAR),
                Vec3::new(lo, 0.14, FAR),
            ];
            self.mesh.face(top, [hi - lo, NEAR - FAR], [0.42, 0.41, 0.39], feel, 1.0);
            let kerb_face = if side > 0.0 {
                [
                    Vec3::new(a, 0.0, FAR),
                    Vec3::new(a, 0.0, NEAR),
                    Vec3::new(a, 0.14, NEAR),
                    Vec3::new(a, 0.14, FAR),
                ]
            } else {
                [
                    Vec3::new(a, 0.0, NEAR),
                    Vec3::new(a, 0.0, FAR),
                    Vec3::new(a, 0.14, FAR),
                    Vec3::new(a, 0.14, NEAR),
                ]
            };
            self.mesh.face(kerb_face, [NEAR - FAR, 0.14], [0.52, 0.51, 0.49], paint(), 0.0);
            let mut z = NEAR;
            while z > FAR {
                let width = 9.0 + 9.0 * self.rng.unit();
                let levels = storeys[0] + self.rng.below((storeys[1] - storeys[0] + 1) as usize) as u32;
                let height = 4.4 + 3.1 * levels as f32;
                let colour = walls[self.rng.below(walls.len())];
                let setback = self.rng.unit() * 0.35;
                self.house_front(side, half + setback, z, width, height, colour);
                if neon && self.rng.unit() < 0.55 {
                    let along = 0.3 + 0.4 * self.rng.unit();
                    self.neon_sign(side, half + setback, z - width * along);
                }
                z -= width;
            }
            let mut z = 14.0;
            while z > FAR {
                self.street_lamp(
                    Vec3::new(side * (kerb + 0.45), 0.14, z + if side > 0.0 { 0.0 } else { 9.0 }),
                    side,
                );
                z -= 18.0;
            }
        }
        // The street ends in houses, so that no horizon shows between the walls.
        let colour = walls[0];
        let h = 26.0;
        let end = [
            Vec3::new(-half - 14.0, 0.0, FAR),
            Vec3::new(half + 14.0, 0.0, FAR),
            Vec3::new(half + 14.0, h, FAR),
            Vec3::new(-half - 14.0, h, FAR),
        ];
        self.facade(end, [2.0 * half + 28.0, h], colour, false);
    }

    fn house_front(&mut self, side: f32, x: f32, z: f32, width: f32, height: f32, colour: [f32; 3]) {
        let x = side * x;
        let deep = x + side * 12.0;
        let (z0, z1) = (z, z - width);
        let front = if side > 0.0 {
            [Vec3::new(x, 0.0, z1), Vec3::new(x, 0.0, z0), Vec3::new(x, height, z0), Vec3::new(x, height, z1)]
        } else {
            [Vec3::new(x, 0.0, z0), Vec3::new(x, 0.0, z1), Vec3::new(x, height, z1), Vec3::new(x, height, z0)]
        };
        self.facade(front, [width, height], colour, true);
        for (zz, flip) in [(z0, false), (z1, true)] {
            let (a, b) = if (side > 0.0) == flip { (deep, x) } else { (x, deep) };
            let wall = [
                Vec3::new(a, 0.0, zz),
                Vec3::new(b, 0.0, zz),
                Vec3::new(b, height, zz),
                Vec3::new(a, height, zz),
            ];
            self.mesh.face(wall, [12.0, height], colour.map(|c| c * 0.9), paint(), 0.0);
        }
        let roof = [
            Vec3::new(x.min(deep), height, z0),
            Vec3::new(x.max(deep), height, z0),
            Vec3::new(x.max(deep), height, z1),
            Vec3::new(x.min(deep), height, z1),
        ];
        self.mesh.face(roof, [12.0, width], [0.24, 0.23, 0.23], paint(), 0.0);
        // A cornice throws a line of shadow; a ledge parts the shop from the storeys.
        let mid = (z0 + z1) * 0.5;
        for (y, out, thick) in [(height - 0.25, 0.35, 0.28), (3.55, 0.18, 0.14)] {
            let centre = Vec3::new(x - side * out * 0.5, y, mid);
            self.mesh.block(
                centre,
                Vec3::new(out * 0.5, thick, width * 0.5),
                0.0,
                colour.map(|c| c * 0.82),
                paint(),
            );
        }
    }

    fn neon_sign(&mut self, side: f32, x: f32, z: f32) {
        let hues =
            [[1.0, 0.16, 0.34], [0.10, 0.75, 1.0], [0.95, 0.55, 0.10], [0.35, 1.0, 0.45], [0.75, 0.25, 1.0]];
        let colour = hues[self.rng.below(hues.len())];
        let centre = Vec3::new(side * (x - 0.65), 4.6 + 2.2 * self.rng.unit(), z);
        let glow =
            Feel { surface: Surface::Glow, sway: (0.15 + 0.85 * self.lit).min(1.0), flutter: 0.0, open: 1.0 };
        self.mesh.block(centre, Vec3::new(0.42, 1.25, 0.07), 0.0, colour, glow);
        self.mesh.block(centre + Vec3::X * side * 0.5, Vec3::new(0.12, 0.05, 0.05), 0.0, [0.12; 3], paint());
        if self.lit > 0.25 {
            self.lamps.push(Lamp {
                position: centre,
                colour: Vec3::from(colour) * 3.2 * self.lit,
                reach: 11.0,
            });
        }
    }

    fn street_lamp(&mut self, foot: Vec3, side: f32) {
        let still = |_: Vec3| 0.0;
        let top = foot + Vec3::Y * 4.6;
        let path = [(foot, 0.10), (foot + Vec3::Y * 0.7, 0.09), (foot + Vec3::Y * 0.75, 0.055), (top, 0.045)];
        self.mesh.tube(&path, 7, [0.10, 0.11, 0.11], Surface::Plain, &still);
        let head = top - Vec3::X * side * 0.55;
        self.mesh.tube(&[(top, 0.04), (head, 0.035)], 5, [0.10, 0.11, 0.11], Surface::Plain, &still);
        self.mesh.block(head + Vec3::Y * 0.05, Vec3::new(0.22, 0.05, 0.16), 0.0, [0.10, 0.11, 0.11], paint());
        let glow =
            Feel { surface: Surface::Glow, sway: (0.06 + 0.94 * self.lit).min(1.0), flutter: 0.0, open: 1.0 };
        self.mesh.block(head - Vec3::Y * 0.07, Vec3::new(0.17, 0.07, 0.12), 0.0, [1.0, 0.80, 0.52], glow);
        if self.lit > 0.1 {
            let colour = Vec3::new(1.0, 0.66, 0.34) * 7.0 * self.lit;
            self.lamps.push(Lamp { position: head - Vec3::Y * 0.25, colour, reach: 17.0 });
        }
    }

    fn village(&mut self, land: &Land, houses: usize, walls: &[[f32; 3]], roof: [f32; 3]) {
        for k in 0..houses {
            let t = (k as f32 + 0.5 * self.rng.unit()) / houses as f32;
            // Around a green, leaving the near side open for the camera.
            let a = PI * (0.16 + 1.68 * t);
            let d = 24.0 + 15.0 * self.rng.unit() + if k % 3 == 0 { 22.0 } else { 0.0 };
            let (x, z) = (a.sin() * d, a.cos() * d * 1.1 - 6.0);
            let yaw = (-x).atan2(-z) + 0.35 * self.rng.signed();
            let size = Vec3::new(
                4.0 + 2.2 * self.rng.unit(),
                2.7 + 1.6 * self.rng.unit(),
                3.2 + 1.2 * self.rng.unit(),
            );
            let ground = land.height(x, z) - 0.3;
            let colour = walls[self.rng.below(walls.len())];
            self.cottage(Vec3::new(x, ground, z), size, yaw, colour, roof);
        }
    }

    /// A house with a gable roof and a chimney; `half` is half its width, the height of its walls, half its depth.
    fn cottage(&mut self, foot: Vec3, half: Vec3, yaw: f32, wall: [f32; 3], roof: [f32; 3]) {
        let (s, c) = yaw.sin_cos();
        let (x, z) = (Vec3::new(c, 0.0, -s), Vec3::new(s, 0.0, c));
        let at = |i: f32, y: f32, k: f32| foot + x * (i * half.x) + Vec3::Y * y + z * (k * half.z);
        let h = half.y;
        let ridge = h + half.z * 0.95;
        for (a, b, w) in [
            ([-1., 1.], [1., 1.], half.x * 2.0),
            ([1., -1.], [-1., -1.], half.x * 2.0),
            ([1., 1.], [1., -1.], half.z * 2.0),
            ([-1., -1.], [-1., 1.], half.z * 2.0),
        ] {
            let wall_face = [at(a[0], 0.0, a[1]), at(b[0], 0.0, b[1]), at(b[0], h, b[1]), at(a[0], h, a[1])];
            self.facade(wall_face, [w, h], wall, false);
        }
        for i in [-1.0f32, 1.0] {
            let base = self.mesh.vertices.len() as u32;
            let n = x * i;
            for (p, uv) in [
                (at(i, h, i), [0.0, 0.0]),
                (at(i, h, -i), [half.z * 2.0, 0.0]),
                (at(i, ridge, 0.0), [half.z, half.z]),
            ] {
                self.mesh.push(p, n, uv, wall.map(|v| v * 0.95), paint(), 0.0);
            }
            self.mesh.indices.extend([base, base + 1, base + 2]);
        }
        let tiles = Feel::still(Surface::Roof, 1.0);
        let (over, eave) = (1.09, 1.14);
        let drop = h - 0.14 * half.z;
        let slope = [half.x * 2.2, half.z * 1.5];
        self.mesh.face(
            [
                at(-over, drop, eave),
                at(over, drop, eave),
                at(over, ridge + 0.05, 0.0),
                at(-over, ridge + 0.05, 0.0),
            ],
            slope,
            roof,
            tiles,
            0.0,
        );
        self.mesh.face(
            [
                at(over, drop, -eave),
                at(-over, drop, -eave),
                at(-over, ridge + 0.05, 0.0),
                at(over, ridge + 0.05, 0.0),
            ],
            slope,
            roof,
            tiles,
            0.0,
        );
        let chimney = at(0.55, ridge + 0.25, -0.25);
        self.mesh.block(chimney, Vec3::new(0.34, 0.75, 0.34), yaw, [0.42, 0.27, 0.22], paint());
        let door = at(0.18, 1.0, 1.01);
        self.mesh.block(
            door,
            Vec3::new(0.5, 1.05, 0.05),
            yaw,
            [0.32, 0.20, 0.13],
            Feel::still(Surface::Wood, 1.0),
        );
        if self.lit > 0.3 {
            let glow = Vec3::new(1.0, 0.62, 0.30) * 1.6 * self.lit;
            self.lamps.push(Lamp { position: at(0.0, 1.8, 1.6), colour: glow, reach: 7.0 });
        }
    }

    fn studio(&mut self, colour: [f32; 3]) {
        // A sheet that curves from the floor up into the wall, wider than any lens sees.
        let (wide, back, high, bend) = (60.0, -16.0, 30.0, 6.0);
        let mut profile = vec![];
        for k in 0..=10 {
            let a = FRAC_PI_2 * k as f32 / 10.0;
            profile.push((back - bend * a.sin(), bend * (1.0 - a.cos()), a));
        }
        profile.push((back - bend, high, FRAC_PI_2));
        let base = self.mesh.vertices.len() as u32;
        for &(z, y, a) in &profile {
            for x in [-wide, wide] {
                let n = Vec3::new(0.0, a.cos(), a.sin());
                self.mesh.push(Vec3::new(x, y + 0.001, z), n, [x, y], colour, paint(), 0.0);
            }
        }
        for k in 0..profile.len() as u32 - 1 {
            let a = base + k * 2;
            self.mesh.quad(a, a + 1, a + 3, a + 2);
        }
        for x in [-7.0f32, 7.0] {
            self.lamps.push(Lamp {
                position: Vec3::new(x, 6.5, 6.0),
                colour: Vec3::new(1.0, 0.96, 0.90) * if x < 0.0 { 26.0 } else { 13.0 },
                reach: 30.0,
            });
        }
    }

    fn room(&mut self, room: &Room<'_>, furniture: Furniture) {
        let [w, h, near, far] = room.size;
        let [wall, floor, ceiling] = room.colours;
        let inside = Feel::still(Surface::Plain, 0.85);
        let v = Vec3::new;
        let planks = Feel::still(room.surfaces[1], 0.9);
        self.mesh.face(
            [v(-w, 0.01, near), v(w, 0.01, near), v(w, 0.01, far), v(-w, 0.01, far)],
            [w * 2.0, near - far],
            floor,
            planks,
            0.0,
        );
        self.mesh.face(
            [v(-w, h, far), v(w, h, far), v(w, h, near), v(-w, h, near)],
            [w * 2.0, near - far],
            ceiling,
            inside,
            0.0,
        );
        // A roof that reaches over the walls: no sun falls through the seam between them and the ceiling.
        self.mesh.block(
            v(0.0, h + 0.82, (near + far) * 0.5),
            v(w + 0.9, 0.8, (near - far) * 0.5 + 0.9),
            0.0,
            [0.4; 3],
            paint(),
        );
        // And a plinth around them, for the seam at the floor.
        for (middle, half) in [
            (v(-w - 0.3, 0.1, (near + far) * 0.5), v(0.27, 0.14, (near - far) * 0.5 + 0.5)),
            (v(w + 0.3, 0.1, (near + far) * 0.5), v(0.27, 0.14, (near - far) * 0.5 + 0.5)),
            (v(0.0, 0.1, far - 0.3), v(w + 0.5, 0.14, 0.27)),
        ] {
            self.mesh.block(middle, half, 0.0, [0.4; 3], paint());
        }
        let walls = Feel::still(room.surfaces[0], 0.85);
        let feet = [
            (Some(Side::Left), [v(-w, 0.0, near), v(-w, 0.0, far)]),
            (Some(Side::Far), [v(-w, 0.0, far), v(w, 0.0, far)]),
            (Some(Side::Right), [v(w, 0.0, far), v(w, 0.0, near)]),
            (None, [v(w, 0.0, near), v(-w, 0.0, near)]),
        ];
        for (side, feet) in feet {
            let mut openings: Vec<_> =
                room.windows.iter().filter(|o| Some(o.wall) == side).copied().collect();
            openings.sort_by(|a, b| a.from.total_cmp(&b.from));
            self.pierced_wall(feet, h, &openings, wall, walls);
        }
        let skirting = [0.86, 0.85, 0.82].map(|c: f32| c * (0.3 + 0.7 * wall[0].max(wall[1])));
        self.mesh.block(v(0.0, 0.06, far + 0.02), v(w, 0.06, 0.02), 0.0, skirting, inside);
        for side in [-1.0f32, 1.0] {
            self.mesh.block(
                v(side * (w - 0.02), 0.06, (near + far) * 0.5),
                v(0.02, 0.06, (near - far) * 0.5),
                0.0,
                skirting,
                inside,
            );
        }
        match furniture {
            Furniture::None => {}
            Furniture::Bedroom => self.bedroom(far),
            Furniture::Office => self.office(far),
            Furniture::Library => self.library(far, w),
        }
        if room.lamps {
            self.lamps.push(Lamp {
                position: v(0.0, h - 0.9, 0.5),
                colour: Vec3::new(1.0, 0.82, 0.62) * 2.6,
                reach: 8.0,
            });
            self.lamps.push(Lamp {
                position: v(-2.8, 1.6, far + 0.8),
                colour: Vec3::new(1.0, 0.68, 0.40) * 2.2,
                reach: 6.0,
            });
        }
    }

    /// A wall along two feet, built around its openings, which have frames; counter-clockwise from inside.
    fn pierced_wall(
        &mut self,
        feet: [Vec3; 2],
        h: f32,
        openings: &[WindowRow],
        colour: [f32; 3],
        feel: Feel,
    ) {
        let [a, b] = feet;
        let length = a.distance(b);
        let at = |t: f32, y: f32| a.lerp(b, t) + Vec3::Y * y;
        let mut pieces = Vec::new();
        let mut done = 0.0;
        for o in openings {
            pieces.extend([(done, o.from, 0.0, h), (o.from, o.to, 0.0, o.sill), (o.from, o.to, o.head, h)]);
            done = o.to;
        }
        pieces.push((done, 1.0, 0.0, h));
        for (x0, x1, y0, y1) in pieces {
            if x1 - x0 < 1e-4 || y1 - y0 < 1e-4 {
                continue;
            }
            let start = self.mesh.vertices.len();
            self.mesh.face(
                [at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1)],
                [(x1 - x0) * length, y1 - y0],
                colour,
                feel,
                0.0,
            );
            // Tiles and bricks go on from piece to piece.
            for v in &mut self.mesh.vertices[start..] {
                v.uv[0] += x0 * length;
                v.uv[1] += y0;
            }
        }
        let white = [0.90, 0.89, 0.86];
        let inside = Feel::still(Surface::Plain, 0.85);
        let out = (b - a).cross(Vec3::Y).normalize_or(Vec3::Z) * -0.03;
        let along = (b - a).normalize_or(Vec3::X);
        let yaw = (-along.z).atan2(along.x);
        for o in openings {
            let (t0, t1, sill, head) = (o.from, o.to, o.sill, o.head);
            let mut bars = vec![
                (t0, (sill + head) * 0.5, 0.05, (head - sill) * 0.5 + 0.05),
                (t1, (sill + head) * 0.5, 0.05, (head - sill) * 0.5 + 0.05),
                ((t0 + t1) * 0.5, sill, (t1 - t0) * length * 0.5 + 0.1, 0.04),
                ((t0 + t1) * 0.5, head, (t1 - t0) * length * 0.5 + 0.05, 0.05),
                ((t0 + t1) * 0.5, sill + (head - sill) * 0.62, (t1 - t0) * length * 0.5, 0.02),
            ];
            let panes = (((t1 - t0) * length) / 1.25).ceil().max(2.0);
            for k in 1..panes as u32 {
                let t = t0 + (t1 - t0) * k as f32 / panes;
                bars.push((t, (sill + head) * 0.5, 0.025, (head - sill) * 0.5));
            }
            for (t, y, hw, hh) in bars {
                self.mesh.block(at(t, y) - out, Vec3::new(hw, hh, 0.05), yaw, white, inside);
            }
        }
    }

    fn table(&mut self, at: Vec3, half: Vec3, colour: [f32; 3]) {
        let wood = Feel::still(Surface::Wood, 0.9);
        let top = at + Vec3::Y * half.y * 2.0;
        self.mesh.block(top, Vec3::new(half.x, 0.03, half.z), 0.0, colour, wood);
        for (i, k) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            let leg = at + Vec3::new(i * (half.x - 0.06), half.y, k * (half.z - 0.06));
            self.mesh.block(leg, Vec3::new(0.03, half.y, 0.03), 0.0, colour.map(|c| c * 0.85), wood);
        }
    }

    fn chair(&mut self, at: Vec3, yaw: f32, colour: [f32; 3]) {
        let wood = Feel::still(Surface::Wood, 0.9);
        let (s, c) = yaw.sin_cos();
        let (x, z) = (Vec3::new(c, 0.0, -s), Vec3::new(s, 0.0, c));
        self.mesh.block(at + Vec3::Y * 0.45, Vec3::new(0.22, 0.025, 0.22), yaw, colour, wood);
        self.mesh.block(at + Vec3::Y * 0.72 - z * 0.21, Vec3::new(0.21, 0.26, 0.02), yaw, colour, wood);
        for (i, k) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            let leg = at + x * (i * 0.19) + z * (k * 0.19) + Vec3::Y * 0.22;
            self.mesh.block(leg, Vec3::new(0.02, 0.22, 0.02), yaw, colour.map(|v| v * 0.8), wood);
        }
    }

    fn shelf(&mut self, at: Vec3, width: f32, height: f32, yaw: f32) {
        let wood = Feel::still(Surface::Wood, 0.9);
        let (s, c) = yaw.sin_cos();
        let (x, z) = (Vec3::new(c, 0.0, -s), Vec3::new(s, 0.0, c));
        let brown = [0.36, 0.25, 0.16];
        for i in [-1.0, 1.0] {
            self.mesh.block(
                at + x * (i * width * 0.5) + Vec3::Y * height * 0.5,
                Vec3::new(0.02, height * 0.5, 0.16),
                yaw,
                brown,
                wood,
            );
        }
        self.mesh.block(
            at - z * 0.15 + Vec3::Y * height * 0.5,
            Vec3::new(width * 0.5, height * 0.5, 0.01),
            yaw,
            brown.map(|v| v * 0.7),
            wood,
        );
        let boards = (height / 0.36) as u32;
        for k in 0..=boards {
            let y = height * k as f32 / boards as f32;
            self.mesh.block(at + Vec3::Y * y, Vec3::new(width * 0.5, 0.015, 0.16), yaw, brown, wood);
            if k == boards {
                break;
            }
            let mut along = -width * 0.5 + 0.04;
            while along < width * 0.5 - 0.06 {
                let thick = 0.012 + 0.018 * self.rng.unit();
                let tall = 0.10 + 0.05 * self.rng.unit();
                if self.rng.unit() < 0.88 {
                    let hue = [
                        [0.45, 0.15, 0.12],
                        [0.15, 0.24, 0.36],
                        [0.18, 0.30, 0.20],
                        [0.60, 0.52, 0.36],
                        [0.30, 0.18, 0.26],
                    ];
                    let colour = hue[self.rng.below(hue.len())].map(|v| v * (0.7 + 0.5 * tall / 0.15));
                    let book = at + x * (along + thick) + Vec3::Y * (y + 0.015 + tall);
                    self.mesh.block(book, Vec3::new(thick, tall, 0.10), yaw, colour, paint());
                }
                along += thick * 2.0 + 0.003;
            }
        }
    }

    fn floor_lamp(&mut self, at: Vec3) {
        let still = |_: Vec3| 0.0;
        self.mesh.tube(
            &[
                (at, 0.14),
                (at + Vec3::Y * 0.03, 0.13),
                (at + Vec3::Y * 0.04, 0.015),
                (at + Vec3::Y * 1.5, 0.012),
            ],
            10,
            [0.16, 0.14, 0.12],
            Surface::Plain,
            &still,
        );
        let base = self.mesh.vertices.len();
        self.mesh.tube(
            &[(at + Vec3::Y * 1.42, 0.22), (at + Vec3::Y * 1.74, 0.14)],
            14,
            [1.0, 0.82, 0.58],
            Surface::Glow,
            &still,
        );
        for v in &mut self.mesh.vertices[base..] {
            v.traits[1] = 90;
        }
    }

    fn bedroom(&mut self, far: f32) {
        let v = Vec3::new;
        self.mesh.block(
            v(0.9, 0.20, far + 1.15),
            v(0.95, 0.16, 1.05),
            0.0,
            [0.40, 0.28, 0.19],
            Feel::still(Surface::Wood, 0.9),
        );
        self.mesh.block(v(0.9, 0.43, far + 1.15), v(0.92, 0.11, 1.02), 0.0, [0.88, 0.86, 0.82], paint());
        self.mesh.block(v(0.9, 0.56, far + 1.5), v(0.95, 0.035, 0.70), 0.0, [0.40, 0.47, 0.58], paint());
        for x in [0.45, 1.35] {
            self.mesh.block(v(x, 0.60, far + 0.38), v(0.34, 0.08, 0.22), 0.1, [0.93, 0.92, 0.90], paint());
        }
        self.mesh.block(
            v(0.9, 0.70, far + 0.06),
            v(1.0, 0.55, 0.05),
            0.0,
            [0.38, 0.26, 0.17],
            Feel::still(Surface::Wood, 0.9),
        );
        self.mesh.block(
            v(-3.4, 1.05, far + 0.4),
            v(0.8, 1.05, 0.32),
            0.0,
            [0.62, 0.53, 0.42],
            Feel::still(Surface::Wood, 0.9),
        );
        self.floor_lamp(v(-0.6, 0.0, far + 0.5));
    }

    fn office(&mut self, far: f32) {
        let v = Vec3::new;
        for (x, z) in [(-2.2, 1.4), (1.6, 1.2)] {
            self.table(v(x, 0.0, far + z), v(0.75, 0.36, 0.38), [0.70, 0.66, 0.60]);
            self.mesh.block(v(x, 1.05, far + z - 0.15), v(0.28, 0.18, 0.015), 0.0, [0.06; 3], paint());
            let screen = Feel { surface: Surface::Glow, sway: 0.22, flutter: 0.0, open: 1.0 };
            self.mesh.block(
                v(x, 1.05, far + z - 0.13),
                v(0.265, 0.165, 0.004),
                0.0,
                [0.55, 0.72, 0.95],
                screen,
            );
            self.mesh.block(v(x, 0.80, far + z - 0.15), v(0.03, 0.08, 0.03), 0.0, [0.1; 3], paint());
            self.chair(v(x, 0.0, far + z + 0.75), PI, [0.14, 0.15, 0.17]);
        }
        self.shelf(v(-3.7, 0.0, far + 0.2), 1.3, 1.8, 0.0);
        self.mesh.block(v(3.6, 0.6, far + 0.35), v(0.4, 0.6, 0.3), 0.0, [0.55, 0.57, 0.58], paint());
    }

    fn library(&mut self, far: f32, w: f32) {
        let v = Vec3::new;
        for k in 0..2 {
            self.shelf(v(-3.7 + 1.6 * k as f32, 0.0, far + 0.2), 1.55, 2.5, 0.0);
            self.shelf(v(2.6 + 1.3 * k as f32, 0.0, far + 0.2), 1.25, 2.5, 0.0);
        }
        for k in 0..4 {
            self.shelf(v(-w + 0.2, 0.0, far + 1.2 + 1.6 * k as f32), 1.55, 2.5, FRAC_PI_2);
        }
        self.table(v(0.9, 0.0, far + 1.8), v(0.95, 0.37, 0.5), [0.40, 0.27, 0.16]);
        self.chair(v(0.6, 0.0, far + 1.0), 0.0, [0.38, 0.25, 0.15]);
        self.chair(v(1.3, 0.0, far + 2.6), PI, [0.38, 0.25, 0.15]);
        self.floor_lamp(v(2.2, 0.0, far + 0.8));
    }
}
