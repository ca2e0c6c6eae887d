//! The ground: a near shape given as a function, far mountains as an eroded height map, and one mesh over both.
//!
//! The mesh is a polar grid around the middle of the stage, so that its triangles have about the same size on screen at
//! every distance; it comes in sectors that can be culled.

use super::erosion::{HeightMap, Mountains};
use super::mesh::Vertex;
use super::noise::{Rng, fbm, mix_seed, noise, smoothstep};
use glam::{Vec2, Vec3};
use serde::Deserialize;
use std::f32::consts::TAU;

/// The form of the ground near the stage.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Gently rolling.
    #[default]
    Meadow,
    /// Level, as paved or built.
    Flat,
    /// Wind-blown sand.
    Dunes,
    /// Sand that falls to the sea on the left and ahead.
    Beach,
    /// A bank before open still water with a far shore.
    LakeShore,
    /// A bank on each side of running water.
    River,
    /// Open water all around; the ground lies deep below.
    Sea,
    /// Level with furrows.
    Field,
    /// No ground at all: what is there floats or is built.
    Nothing,
    /// The upper side of a layer of clouds.
    Clouds,
    /// Bowls that stones from the sky have struck.
    Craters,
    /// The bed of a shallow sea.
    Seabed,
}

/// What makes the ground of a place; lengths in metres.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LandRow {
    pub shape: Shape,
    pub seed: u32,
    /// Multiplies the small unevenness.
    pub relief: f32,
    /// Height of hills in the middle distance.
    pub hills: f32,
    pub mountains: Option<Mountains>,
    /// A step across the view: where its foot is (z), how high it rises behind.
    pub step: Option<[f32; 2]>,
    /// Half the width and half the length of a deck at height 0 on which everything happens, over land that lies lower.
    pub deck: Option<[f32; 2]>,
    /// How far the land lies below height 0.
    pub sunk: f32,
    /// Half the width of a band along the view that is level, as for a road.
    pub level: f32,
    /// How far a road along the view swings aside in the distance; near the stage it is straight.
    pub bend: f32,
    /// The land falls on the left: how far from the middle of the road, and how deep.
    pub cliff: Option<[f32; 2]>,
    /// How high the land rises on the right of the road.
    pub bank: f32,
}

/// A ground that can be asked for its height anywhere.
#[derive(Clone, Debug)]
pub(crate) struct Land {
    row: LandRow,
    map: Option<HeightMap>,
}

/// A part of the ground mesh.
#[derive(Clone, Debug)]
pub(crate) struct Sector {
    pub first_index: u32,
    pub count: u32,
    pub centre: Vec3,
    pub radius: f32,
}

/// The ground as triangles.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroundMesh {
    pub vertices: Vec<Vertex>,
    pub indices: Vec<u32>,
    pub sectors: Vec<Sector>,
}

const SPOKES: usize = 576;
const SECTORS: usize = 32;
const REACH: f32 = 6400.0;

impl Land {
    pub(crate) fn new(row: &LandRow) -> Self {
        let map = row.mountains.as_ref().map(|m| HeightMap::grow(m, row.seed));
        Self { row: row.clone(), map }
    }

    fn n(&self, x: f32, z: f32, frequency: f32, salt: u32) -> f32 {
        noise(Vec2::new(x, z) * frequency, self.row.seed.wrapping_mul(31).wrapping_add(salt), 0)
    }

    fn mountain(&self, x: f32, z: f32) -> f32 {
        let Some(map) = &self.map else { return 0.0 };
        let h = map.at(x, z);
        if h <= 1.0 {
            return h;
        }
        // Ledges and gullies finer than the map; they grow with height so that the valley stays smooth.
        let p = Vec2::new(x, z);
        let warp = Vec2::new(noise(p / 70.0, 5, 0), noise(p / 70.0, 6, 0)) * 14.0;
        let ridge = 1.0 - 2.0 * noise((p + warp) / 46.0, 8, 0).abs();
        let fine = 1.0 - 2.0 * noise((p + warp * 0.5) / 19.0, 9, 0).abs();
        h + (h / 160.0).min(1.0) * (7.0 * ridge + 2.6 * fine)
    }

    /// Where the middle of a road along the view lies at a depth.
    pub(crate) fn bend(&self, z: f32) -> f32 {
        let way = (-z - 28.0).clamp(0.0, 320.0) / 100.0;
        self.row.bend * 0.5 * (1.0 - (way * 2.2).cos())
    }

    /// Which way the road leads at a depth: metres aside for each metre toward the camera.
    pub(crate) fn slant(&self, z: f32) -> f32 {
        self.bend(z + 0.5) - self.bend(z - 0.5)
    }

    /// Height of what one stands on at a point, in metres: the ground, or a deck over it.
    pub(crate) fn height(&self, x: f32, z: f32) -> f32 {
        match self.row.deck {
            Some([wide, long]) if x.abs() < wide && z.abs() < long => 0.0,
            _ => self.ground(x, z),
        }
    }

    /// Height of the ground at a point, in metres.
    pub(crate) fn ground(&self, x: f32, z: f32) -> f32 {
        let d = (x * x + z * z).sqrt();
        let n = |f: f32, o: u32| self.n(x, z, f, o);
        let off = x - self.bend(z);
        let hills = if self.row.hills > 0.0 {
            let far = (d / 260.0).min(1.0);
            let rise = 0.5 + fbm(Vec2::new(x, z) * 0.0042, self.row.seed.wrapping_add(17), 4, 0.45, 0);
            self.row.hills * rise * far * far
        } else {
            0.0
        };
        let level = if self.row.level > 0.0 {
            smoothstep(self.row.level, self.row.level * 3.5, off.abs())
        } else {
            1.0
        };
        let relief = self.row.relief * level;
        let base = match self.row.shape {
            Shape::Meadow => relief * (0.9 * n(0.02, 0) + 0.25 * n(0.09, 1) + 0.05 * n(0.4, 2)),
            Shape::Flat => 0.0,
            Shape::Dunes => self.dunes(x, z, d),
            Shape::Beach => {
                let up = x * 0.62 + z * 0.45 - 5.0 * n(0.012, 1) - 1.6 * n(0.05, 4) + 8.0;
                if up > 0.0 {
                    0.075 * up.min(18.0)
                        + 0.02 * up
                        + relief * 0.22 * n(0.15, 0) * (up / 6.0).min(1.0)
                        + 4.0 * ((up - 30.0) / 60.0).clamp(0.0, 1.0).powi(2)
                } else {
                    up * 0.075
                }
            }
            Shape::LakeShore => {
                let shore = -z - 9.0 - 5.0 * n(0.02, 1) - 1.3 * n(0.12, 2) + 0.12 * x;
                let far = ((d - 560.0) / 260.0).clamp(0.0, 1.0);
                let side = ((x.abs() - 150.0 - 0.25 * d) / 120.0).clamp(0.0, 1.0);
                let dip = (shore * 0.09).clamp(-1.4, 14.0);
                -dip * (1.0 - far).min(1.0 - side)
                    + far * 16.0
                    + side * 9.0 * (1.0 + n(0.01, 6))
                    + relief * (0.10 * n(0.3, 0) + 0.05 * n(0.9, 2))
            }
            Shape::River => {
                let bed = river_middle(x);
                let off = (z - bed).abs() + 1.2 * n(0.1, 3);
                let bank = smoothstep(5.0, 9.5, off);
                -1.3 + 2.0 * bank
                    + relief * bank * (0.8 * n(0.02, 0) + 0.2 * n(0.1, 1))
                    + 0.02 * (off - 10.0).clamp(0.0, 80.0)
            }
            Shape::Sea => -26.0 + 4.0 * n(0.01, 0),
            Shape::Nothing => -4000.0,
            Shape::Clouds => {
                let away = smoothstep(3.5, 34.0, d);
                let p = Vec2::new(x, z);
                let billow = |f: f32, salt: u32| noise(p * f, self.row.seed + salt, 0).abs() * 2.2;
                relief
                    * away
                    * (34.0 * billow(0.0052, 0) * billow(0.0019, 4)
                        + 13.0 * billow(0.017, 1)
                        + 5.2 * billow(0.045, 2)
                        + 1.6 * billow(0.13, 3)
                        - 12.0)
                    - 0.6
            }
            Shape::Craters => {
                relief * (0.5 * n(0.03, 0) + 0.12 * n(0.16, 1) + 0.03 * n(0.6, 2))
                    + self.craters(x, z, 46.0, 3)
                    + self.craters(x, z, 13.0, 5)
                    + self.craters(x, z, 4.2, 7)
            }
            Shape::Seabed => {
                relief * (1.1 * n(0.03, 0) + 0.30 * n(0.12, 1) + 0.05 * n(0.5, 2))
                    + 5.0 * smoothstep(0.1, 0.7, n(0.018, 6)) * smoothstep(9.0, 40.0, d)
            }
            Shape::Field => relief * (0.5 * n(0.016, 0) + 0.02 * n(0.5, 2)) + 0.06 * (x * TAU / 0.9).sin(),
        };
        let step = self.row.step.map_or(0.0, |[foot, high]| {
            let z = z + 2.0 * n(0.05, 21);
            high * smoothstep(foot, foot - 3.5, z) * (1.0 + 0.12 * n(0.03, 22))
        });
        let (inland, fall) = self.row.cliff.map_or((1.0, 0.0), |[edge, deep]| {
            let out = -off - edge - 2.4 * n(0.03, 31).abs() * (d / 25.0).min(1.0) - 0.8 * n(0.21, 32).abs();
            let fall = deep * smoothstep(0.0, deep * 0.5, out) + 0.02 * out.clamp(0.0, 200.0);
            (smoothstep(8.0, 110.0, off), fall)
        });
        let bank = self.row.bank * smoothstep(6.6, 30.0, off) * (1.0 + 0.35 * n(0.035, 33));
        base + hills * level.max(0.3) * inland + bank - fall + step + self.mountain(x, z) - self.row.sunk
    }

    /// Bowls with raised rims, one in most cells of a grid.
    fn craters(&self, x: f32, z: f32, cell: f32, salt: u32) -> f32 {
        let (ci, cj) = ((x / cell).floor(), (z / cell).floor());
        let mut sum = 0.0;
        for dj in -1..=1 {
            for di in -1..=1 {
                let (i, j) = (ci + di as f32, cj + dj as f32);
                let key = (i as i64 as u64).wrapping_mul(7919) ^ (j as i64 as u64).wrapping_mul(104_729);
                let mut r = Rng::new(mix_seed(key, u64::from(self.row.seed + salt)));
                let middle = Vec2::new(i + 0.2 + 0.6 * r.unit(), j + 0.2 + 0.6 * r.unit()) * cell;
                let radius = cell * (0.10 + 0.34 * r.unit() * r.unit());
                let d = middle.distance(Vec2::new(x, z)) / radius;
                // The stage itself stays walkable.
                let calm = smoothstep(2.0, 9.0, middle.length() - radius);
                let bowl =
                    if d < 1.0 { 0.42 * (d * d - 1.0) + 0.12 } else { 0.12 * (-(d - 1.0) * 4.0).exp() };
                sum += bowl * radius * 0.62 * calm * smoothstep(2.4, 1.5, d);
            }
        }
        sum
    }

    /// Crescents with a gentle windward side and a steep lee, over long swells.
    fn dunes(&self, x: f32, z: f32, d: f32) -> f32 {
        let n = |f: f32, o: u32| self.n(x, z, f, o);
        let wx = x * 0.8 + z * 0.6 + 30.0 * n(0.006, 0);
        let wz = z * 0.8 - x * 0.6;
        let mut y = 0.0;
        for (length, height, salt, crest) in [(150.0f32, 17.0f32, 11u32, 0.70f32), (64.0, 4.5, 47, 0.70)] {
            let k = 0.35 + 0.75 * (n(0.6 / length, salt) + 0.35).clamp(0.0, 1.0);
            let t = ((wx + length * 0.5 * n(0.55 / length, salt + 5) + wz * 0.1) / length).rem_euclid(1.0);
            let s = if t < crest {
                let q = t / crest;
                q * q * (1.6 - 0.6 * q)
            } else {
                ((1.0 - t) / (1.0 - crest)).powf(1.12)
            };
            y += height * k * s;
        }
        // The stage itself stays walkable.
        let calm = smoothstep(20.0, 150.0, d);
        let far = 60.0 * (n(0.0012, 8) + 0.1) * ((d - 500.0) / 2500.0).clamp(0.0, 1.0);
        y * (0.10 + 0.90 * calm) + 1.2 * n(0.012, 0) + far
    }

    /// Upward direction of the ground, from heights `reach` metres apart.
    pub(crate) fn normal(&self, x: f32, z: f32, reach: f32) -> Vec3 {
        Vec3::new(
            self.ground(x - reach, z) - self.ground(x + reach, z),
            2.0 * reach,
            self.ground(x, z - reach) - self.ground(x, z + reach),
        )
        .normalize()
    }

    /// How much mountain there is at a point, 0..1.
    pub(crate) fn mountain_part(&self, x: f32, z: f32) -> f32 {
        self.map.as_ref().map_or(0.0, |m| smoothstep(4.0, 40.0, m.at(x, z)))
    }

    /// Distances of the rings of the mesh from the middle.
    fn rings(&self) -> Vec<f32> {
        let mut rings = vec![0.6f32];
        let fine = self.map.is_some();
        while let Some(&r) = rings.last()
            && r < REACH
        {
            let step = if fine && r > 420.0 {
                (r * 0.012).clamp(13.0, 46.0)
            } else {
                (r * 0.045).clamp(0.22, 160.0)
            };
            rings.push(r + step);
        }
        rings
    }

    /// The ground as triangles, lit by a sun in direction `sun` (for the shadows that mountains throw).
    pub(crate) fn mesh(&self, sun: Vec3) -> GroundMesh {
        if self.row.shape == Shape::Nothing {
            return GroundMesh::default();
        }
        let rings = self.rings();
        let shade = self.map.as_ref().map(|m| MountainShade::new(m, sun));
        let mut mesh = GroundMesh::default();
        let stride = rings.len();
        let spokes: Vec<Vec2> =
            (0..SPOKES).map(|k| Vec2::from_angle(TAU * k as f32 / SPOKES as f32)).collect();
        let mut heights = vec![0.0f32; SPOKES * stride];
        for (k, spoke) in spokes.iter().enumerate() {
            for (i, &r) in rings.iter().enumerate() {
                heights[k * stride + i] = self.ground(spoke.x * r, spoke.y * r);
            }
        }
        mesh.vertices.reserve(SPOKES * stride);
        for (k, spoke) in spokes.iter().enumerate() {
            for (i, &r) in rings.iter().enumerate() {
                let p = *spoke * r;
                let h = |k: usize, i: usize| heights[(k % SPOKES) * stride + i];
                let (i0, i1) = (i.saturating_sub(1), (i + 1).min(stride - 1));
                let radial = (h(k, i1) - h(k, i0)) / (rings[i1] - rings[i0]);
                let around = (h(k + 1, i) - h(k + SPOKES - 1, i)) / (2.0 * r * TAU / SPOKES as f32);
                let side = spoke.perp();
                let slope = *spoke * radial + side * around;
                let n = Vec3::new(-slope.x, 1.0, -slope.y).normalize();
                let (open, lit) = shade.as_ref().map_or((1.0, 1.0), |s| s.at(p));
                mesh.vertices.push(Vertex {
                    position: [p.x, heights[k * stride + i], p.y],
                    normal: n.to_array(),
                    uv: [0.0; 2],
                    colour: [255; 4],
                    traits: [
                        0,
                        (open * 255.0) as u8,
                        (lit * 255.0) as u8,
                        (self.mountain_part(p.x, p.y) * 255.0) as u8,
                    ],
                });
            }
        }
        mesh.sector_indices(&rings, stride);
        mesh
    }

    /// The water's face over the ground; `uv.x` is the depth below it in metres.
    pub(crate) fn water_mesh(&self, level: f32) -> GroundMesh {
        let mut rings = vec![0.5f32];
        while let Some(&r) = rings.last()
            && r < REACH
        {
            rings.push(r + (r * 0.06).clamp(0.4, 200.0));
        }
        let stride = rings.len();
        let mut mesh = GroundMesh::default();
        for k in 0..SPOKES {
            let spoke = Vec2::from_angle(TAU * k as f32 / SPOKES as f32);
            for &r in &rings {
                let p = spoke * r;
                mesh.vertices.push(Vertex {
                    position: [p.x, level, p.y],
                    normal: [0.0, 1.0, 0.0],
                    uv: [level - self.ground(p.x, p.y), 0.0],
                    colour: [255; 4],
                    traits: [0, 255, 255, 0],
                });
            }
        }
        mesh.sector_indices(&rings, stride);
        // Triangles that lie wholly under dry ground are never seen.
        let mut kept = Vec::with_capacity(mesh.indices.len());
        for s in &mut mesh.sectors {
            let first = kept.len() as u32;
            for t in mesh.indices[s.first_index as usize..(s.first_index + s.count) as usize].chunks_exact(3)
            {
                if t.iter().any(|&i| mesh.vertices[i as usize].uv[0] > -0.4) {
                    kept.extend_from_slice(t);
                }
            }
            s.count = kept.len() as u32 - first;
            s.first_index = first;
        }
        mesh.indices = kept;
        mesh.sectors.retain(|s| s.count > 0);
        mesh
    }
}

/// The middle of the river of [`Shape::River`] at `x`: it runs across the view.
pub(crate) fn river_middle(x: f32) -> f32 {
    -15.0 + 5.0 * (x * 0.035).sin() + 2.0 * (x * 0.09 + 1.0).sin()
}

impl GroundMesh {
    /// Joins rings and spokes into triangles, sector by sector, near and far apart.
    fn sector_indices(&mut self, rings: &[f32], stride: usize) {
        let split = rings.iter().position(|&r| r > 300.0).unwrap_or(stride - 1);
        let per = SPOKES / SECTORS;
        for s in 0..SECTORS {
            for range in [0..split, split..stride - 1] {
                let first_index = self.indices.len() as u32;
                let (mut lo, mut hi) = (Vec3::MAX, Vec3::MIN);
                for k in s * per..(s + 1) * per {
                    let (a, b) = ((k * stride) as u32, (((k + 1) % SPOKES) * stride) as u32);
                    for i in range.clone() {
                        let i = i as u32;
                        self.indices.extend([a + i, b + i, a + i + 1, b + i, b + i + 1, a + i + 1]);
                        for v in [a + i, b + i + 1] {
                            let p = Vec3::from(self.vertices[v as usize].position);
                            lo = lo.min(p);
                            hi = hi.max(p);
                        }
                    }
                }
                self.sectors.push(Sector {
                    first_index,
                    count: self.indices.len() as u32 - first_index,
                    centre: (lo + hi) * 0.5,
                    radius: (hi - lo).length() * 0.5 + 1.0,
                });
            }
        }
        // The little disc inside the first ring.
        let first_index = self.indices.len() as u32;
        for k in 1..SPOKES - 1 {
            self.indices.extend([0, ((k + 1) * stride) as u32, (k * stride) as u32]);
        }
        self.sectors.push(Sector {
            first_index,
            count: self.indices.len() as u32 - first_index,
            centre: Vec3::from(self.vertices[0].position),
            radius: 2.0,
        });
    }
}

/// Openness to the sky and the sun's reach over a height map, on a coarse grid.
struct MountainShade {
    side: usize,
    extent: f32,
    open: Vec<f32>,
    lit: Vec<f32>,
}

impl MountainShade {
    fn new(map: &HeightMap, sun: Vec3) -> Self {
        let side = 200;
        let cell = map.extent / (side - 1) as f32;
        let flat = Vec2::new(sun.x, sun.z);
        let (along, rise) = (flat.normalize_or(Vec2::X), sun.y.max(0.02) / flat.length().max(1e-3));
        let mut shade =
            Self { side, extent: map.extent, open: vec![1.0; side * side], lit: vec![1.0; side * side] };
        for j in 0..side {
            for i in 0..side {
                let p = Vec2::new(i as f32, j as f32) * cell - Vec2::splat(map.extent * 0.5);
                let h = map.at(p.x, p.y);
                let mut around = 0.0;
                for k in 0..8 {
                    let d = Vec2::from_angle(TAU * k as f32 / 8.0);
                    let q = p + d * 170.0;
                    around += ((map.at(q.x, q.y) - h) / 170.0).clamp(0.0, 1.2) / 8.0;
                }
                shade.open[j * side + i] = (1.0 - 0.85 * around).clamp(0.25, 1.0);
                if sun.y > 0.0 {
                    let mut clear = 1.0f32;
                    let mut t = cell * 0.8;
                    while t < 2600.0 && rise * t < 1500.0 {
                        let q = p + along * t;
                        // A soft edge: the sun's disc and the blur of the grid.
                        let over = (map.at(q.x, q.y) - (h + 4.0 + rise * t)) / (8.0 + 0.02 * t);
                        clear = clear.min(1.0 - (over * 0.5 + 0.5).clamp(0.0, 1.0));
                        t += cell * 0.8 + t * 0.04;
                    }
                    shade.lit[j * side + i] = clear;
                }
            }
        }
        shade
    }

    fn at(&self, p: Vec2) -> (f32, f32) {
        let c = self.extent / (self.side - 1) as f32;
        let q = (p + Vec2::splat(self.extent * 0.5)) / c;
        let m = (self.side - 2) as f32;
        if q.x < 0.0 || q.y < 0.0 || q.x > m || q.y > m {
            return (1.0, 1.0);
        }
        let (i, j) = (q.x as usize, q.y as usize);
        let (u, v) = (q.x - i as f32, q.y - j as f32);
        let mix = |g: &[f32]| {
            let a = j * self.side + i;
            let top = g[a] + (g[a + 1] - g[a]) * u;
            let low = g[a + self.side] + (g[a + self.side + 1] - g[a + self.side]) * u;
            top + (low - top) * v
        };
        (mix(&self.open), mix(&self.lit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_road_is_level_between_its_cliff_and_its_bank_wherever_it_leads() {
        let row = LandRow {
            seed: 3,
            relief: 1.0,
            level: 6.0,
            bend: 40.0,
            cliff: Some([7.0, 12.0]),
            bank: 6.0,
            ..LandRow::default()
        };
        let land = Land::new(&row);
        assert!(land.bend(0.0).abs() < 1e-6);
        for z in [0.0f32, -20.0, -80.0, -140.0] {
            let middle = land.bend(z);
            let road = [-3.0, 0.0, 3.0].map(|x| land.height(middle + x, z));
            assert!(road.iter().all(|h| h.abs() < 0.3), "{z}: {road:?}");
            assert!(land.height(middle - 25.0, z) < -9.0 && land.height(middle + 35.0, z) > 2.0, "{z}");
        }
    }

    #[test]
    fn every_shape_is_finite_and_calm_on_the_stage() {
        for shape in [
            Shape::Meadow,
            Shape::Flat,
            Shape::Dunes,
            Shape::Beach,
            Shape::LakeShore,
            Shape::River,
            Shape::Sea,
            Shape::Field,
        ] {
            let land = Land::new(&LandRow { shape, seed: 3, relief: 1.0, hills: 6.0, ..LandRow::default() });
            for k in 0..200 {
                let (x, z) = ((k as f32 * 7.7).sin() * 300.0, (k as f32 * 3.1).cos() * 300.0);
                assert!(land.height(x, z).is_finite());
            }
            let step = (land.height(1.0, 0.0) - land.height(0.0, 0.0)).abs();
            assert!(step < 0.5, "{shape:?} {step}");
        }
    }
}
