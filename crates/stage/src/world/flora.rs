//! Plants by growth: a row of `assets/plants/trees.ron` and a seed give a mesh. No pictures, no files.
//!
//! Conifers are whorls of branches; broadleaf trees grow by space colonisation (Runions and others 2007, "Modeling trees
//! with a space colonization algorithm"), with limb girths by the pipe model; palms are a trunk and fronds. Leaves and
//! needles are cards whose shapes the shader cuts out.

use super::mesh::{Feel, Mesh, Surface};
use super::noise::Rng;
use glam::Vec3;
use serde::Deserialize;
use std::f32::consts::TAU;

/// How a plant is built up.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) enum Form {
    /// A straight trunk with whorls of branches.
    Conifer,
    /// Branches that grow toward the free space of a crown.
    Crown,
    /// A bare trunk with fronds at the top.
    Palm,
}

/// A kind of plant. Lengths in metres, colours sRGB 0..1.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlantRow {
    pub form: Form,
    pub height: f32,
    /// Radius of the trunk at the foot.
    pub girth: f32,
    /// Radius, half height and height of the middle of the crown. For conifers: radius, unused, lowest branch.
    pub crown: [f32; 3],
    pub bark: [f32; 3],
    #[serde(default)]
    pub leaf: [f32; 3],
    #[serde(default)]
    pub autumn: Option<[f32; 3]>,
    #[serde(default)]
    pub spring: Option<[f32; 3]>,
    /// Loses its leaves in winter.
    #[serde(default)]
    pub deciduous: bool,
    /// Points that the crown grows toward, or fronds of a palm.
    #[serde(default)]
    pub points: usize,
    /// Length of a step of growth.
    #[serde(default)]
    pub step: f32,
    /// Leaf cards, and their size.
    #[serde(default)]
    pub cards: usize,
    #[serde(default)]
    pub card: f32,
    #[serde(default)]
    pub whorls: usize,
    #[serde(default)]
    pub per_whorl: usize,
    #[serde(default)]
    pub droop: f32,
    #[serde(default)]
    pub lean: f32,
    /// Height of the first fork as a part of the height (0: from the crown).
    #[serde(default)]
    pub trunk: f32,
    /// White bark with dark marks.
    #[serde(default)]
    pub birch: bool,
    /// One stem runs through the crown to the top.
    #[serde(default)]
    pub leader: bool,
    /// Other names that ask for this plant.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// What the time of the year does to plants.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Dress {
    /// Leaves have turned.
    pub autumn: bool,
    /// Young leaves and blossom.
    pub spring: bool,
    /// Trees that shed their leaves are bare.
    pub bare: bool,
    /// Snow lying on branches, 0..1.
    pub snow: f32,
}

/// How finely a plant is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    Near,
    /// About a tenth of the triangles, larger cards.
    Middle,
}

/// Grows one individual.
pub(crate) fn grow(row: &PlantRow, seed: u64, dress: Dress, detail: Detail) -> Mesh {
    let mut rng = Rng::new(seed);
    match row.form {
        Form::Conifer => conifer(row, &mut rng, dress, detail),
        Form::Palm => palm(row, &mut rng, detail),
        Form::Crown => crown(row, &mut rng, dress, detail),
    }
}

fn sway(row: &PlantRow, y: f32) -> f32 {
    (y / row.height).clamp(0.0, 1.0).powf(1.6)
}

/// A needle-covered sheet along a branch, and the frame it hangs in.
struct Branch<'a> {
    row: &'a PlantRow,
    foot: Vec3,
    out: Vec3,
    length: f32,
    rise: f32,
    phase: f32,
    colour: [f32; 3],
    /// Place of the whorl on the trunk, 0..1.
    height: f32,
}

impl Branch<'_> {
    fn at(&self, u: f32) -> Vec3 {
        let lift = self.length * (self.rise * u + 0.30 * self.row.droop * u * u * u);
        self.foot + Vec3::Y * lift + self.out * (self.length * u)
    }

    #[expect(clippy::too_many_arguments, reason = "the shape of a sheet of needles takes this many numbers")]
    fn spray(&self, m: &mut Mesh, from: f32, side: Vec3, wide: f32, roof: f32, skew: f32, segments: usize) {
        let base = m.vertices.len() as u32;
        for i in 0..=segments {
            let u = from + (1.0 - from) * i as f32 / segments as f32;
            let p = self.at(u);
            let fat = (u * 1.4 + 0.25).min(1.0) * (1.15 - 0.5 * u);
            for j in -1..=1i32 {
                let s = j as f32;
                let q = p + side * (wide * fat * s) - Vec3::Y * (roof * wide * fat * s.abs())
                    + self.out * (skew * s);
                let n = (self.out * (0.35 + 0.5 * u) + Vec3::Y * 0.75 + side * (0.45 * s)).normalize();
                let reach = (self.row.crown[0] * (1.0 - self.height * 0.8)).max(0.2);
                let open = (0.30 + 0.7 * (self.length * u / reach).powf(0.8)).min(1.0);
                let feel =
                    Feel { surface: Surface::Spray, sway: sway(self.row, q.y), flutter: u * u * 0.8, open };
                m.push(q, n, [u * self.length + self.phase * 7.0, s], self.colour, feel, u);
            }
        }
        stitch(m, base, segments as u32, 3);
    }

    /// A pillow of snow lying on the branch.
    fn snow(&self, m: &mut Mesh, r: &mut Rng, side: Vec3, wide: f32, snow: f32) {
        let base = m.vertices.len() as u32;
        let n = 4;
        let thick = 0.05 + 0.05 * self.length.min(2.0) * snow;
        for i in 0..=n {
            let u = 0.16 + 0.84 * i as f32 / n as f32;
            let p = self.at(u);
            let w = wide * snow * (0.50 + 0.22 * r.signed()) * (0.5 + 1.2 * u * (1.15 - u) * 2.0);
            let up = if i == 0 || i == n { 0.0 } else { thick * (0.8 + 0.5 * r.unit()) };
            for j in -1..=1i32 {
                let s = j as f32;
                let rise = if j == 0 { up + 0.02 } else { 0.015 - 0.34 * w };
                let q = p + side * (w * s) + Vec3::Y * rise + self.out * (if i == n { 0.04 } else { 0.0 });
                let normal = (Vec3::Y + side * (0.8 * s) + self.out * (u - 0.35)).normalize();
                let feel = Feel {
                    surface: Surface::SnowCap,
                    sway: sway(self.row, q.y),
                    flutter: u * u * 0.8,
                    open: 1.0,
                };
                m.push(q, normal, [u * self.length * 2.0 + self.phase, s], [0.93, 0.95, 0.98], feel, u);
            }
        }
        stitch(m, base, n, 3);
    }
}

/// Joins rows of `across` vertices into quads.
fn stitch(m: &mut Mesh, base: u32, rows: u32, across: u32) {
    for i in 0..rows {
        for j in 0..across - 1 {
            let a = base + i * across + j;
            m.quad(a, a + across, a + across + 1, a + 1);
        }
    }
}

fn conifer(row: &PlantRow, r: &mut Rng, dress: Dress, detail: Detail) -> Mesh {
    let near = detail == Detail::Near;
    let mut m = Mesh::default();
    let h = row.height;
    let path: Vec<(Vec3, f32)> = (0..=8)
        .map(|i| {
            let t = i as f32 / 8.0;
            let foot = if i == 0 { row.girth * 0.35 } else { 0.0 };
            (
                Vec3::new((t * 5.0 + r.unit()).sin() * 0.04, h * t * 0.985 - 0.3, 0.0),
                row.girth * (1.0 - t).powf(0.8) + 0.008 + foot,
            )
        })
        .collect();
    m.tube(&path, if near { 7 } else { 4 }, row.bark, Surface::Bark, &|p| sway(row, p.y));
    let (whorls, per) = if near { (row.whorls, row.per_whorl) } else { (row.whorls * 3 / 5, 5) };
    let lowest = row.crown[2];
    for k in 0..whorls {
        let t = ((k as f32 + r.unit() * 0.6) / whorls as f32).powf(0.92);
        let y = lowest + (h * 0.97 - lowest) * t;
        let taper = (1.0 - t).powf(0.82) * (0.35 + 0.65 * (t * 9.0 + 0.25).min(1.0)) + 0.05;
        let length = row.crown[0] * taper;
        let n = ((per as f32 * (0.62 + 0.38 * (1.0 - t))).round() as usize).max(3);
        let turn = r.unit() * TAU;
        for b in 0..n {
            let a = turn + TAU * (b as f32 + r.signed() * 0.3) / n as f32;
            let length = length * (0.78 + 0.4 * r.unit());
            let out = Vec3::new(a.cos(), 0.0, a.sin());
            let side = Vec3::new(-a.sin(), 0.0, a.cos());
            // Young branches rise, old ones hang and turn up at the tip; snow presses them down.
            let rise = 0.75 * t - row.droop * (1.0 - t) - dress.snow * 0.16 + r.signed() * 0.1;
            let wide = (0.30 + 0.14 * r.unit()) * length.powf(0.75) * if near { 1.0 } else { 2.0 };
            let tone = 0.8 + 0.4 * r.unit();
            let branch = Branch {
                row,
                foot: Vec3::Y * y,
                out,
                length,
                rise,
                phase: r.unit(),
                colour: row.leaf.map(|c| c * tone),
                height: t,
            };
            branch.spray(&mut m, 0.06, side, wide, 0.34, 0.0, if near { 4 } else { 2 });
            if near {
                // Fingers hanging under the branch fill the crown from the side.
                let tilt = (side * 0.30 - Vec3::Y * 0.9).normalize() * if b % 2 == 0 { 1.0 } else { -1.0 };
                branch.spray(&mut m, 0.2, tilt, wide * 0.62, 0.0, 0.08 * length, 2);
            }
            if dress.snow > 0.0 && near && length > 0.25 {
                branch.snow(&mut m, r, side, wide, dress.snow);
            }
        }
    }
    m
}

struct Bud {
    at: Vec3,
    parent: usize,
    radius: f32,
    children: u32,
}

/// The skeleton of a crown: buds, and for each the buds that grew from it.
fn colonise(row: &PlantRow, r: &mut Rng) -> (Vec<Bud>, Vec<Vec<usize>>) {
    let [radius, half, middle] = row.crown;
    let c = Vec3::new(0.0, middle, 0.0);
    let lobes: Vec<(Vec3, f32)> = (0..7).map(|_| (r.direction(), 0.75 + 0.3 * r.unit())).collect();
    let shape = |d: Vec3| lobes.iter().map(|(l, k)| k * (1.0 - 0.35 * (1.0 - l.dot(d)))).fold(0.5, f32::max);
    let mut free: Vec<Vec3> = (0..row.points * 2)
        .map(|_| {
            let d = r.direction();
            let k = shape(d) * r.unit().powf(0.42);
            c + d * Vec3::new(radius, half, radius) * k
        })
        .collect();
    let mut buds = vec![Bud { at: Vec3::Y * -0.2, parent: 0, radius: 0.0, children: 0 }];
    let top = if row.leader {
        row.height * 0.9
    } else if row.trunk > 0.0 {
        row.height * row.trunk
    } else {
        (middle - half * 0.72).max(1.2)
    };
    let bend = Vec3::new(r.signed(), 0.0, r.signed()) * 0.10;
    let mut y = 0.0;
    while y < top {
        y += row.step;
        let parent = buds.len() - 1;
        let at = Vec3::Y * y + bend * y * (1.0 + 0.4 * (y * 1.1).sin());
        buds.push(Bud { at, parent, radius: 0.0, children: 0 });
    }
    for _ in 0..90 {
        let mut pull = vec![(Vec3::ZERO, 0u32); buds.len()];
        for a in &free {
            let mut best = (f32::MAX, 0);
            for (i, n) in buds.iter().enumerate() {
                let d = n.at.distance_squared(*a);
                if d < best.0 {
                    best = (d, i);
                }
            }
            if best.0 < (row.step * 22.0).powi(2) {
                pull[best.1].0 += (*a - buds[best.1].at).normalize_or_zero();
                pull[best.1].1 += 1;
            }
        }
        let old = buds.len();
        for i in 0..old {
            if pull[i].1 > 0 && buds[i].children < 4 {
                let wanted = pull[i].0 / pull[i].1 as f32 + r.direction() * 0.22 - Vec3::Y * row.droop * 0.35;
                let at = buds[i].at + wanted.normalize_or_zero() * row.step;
                buds[i].children += 1;
                buds.push(Bud { at, parent: i, radius: 0.0, children: 0 });
            }
        }
        if buds.len() == old || buds.len() > 1600 {
            break;
        }
        let kill = (row.step * 1.35).powi(2);
        let fresh: Vec<Vec3> = buds[old..].iter().map(|n| n.at).collect();
        free.retain(|a| fresh.iter().all(|n| n.distance_squared(*a) > kill));
    }
    let mut children = vec![vec![]; buds.len()];
    for i in 1..buds.len() {
        children[buds[i].parent].push(i);
    }
    // The pipe model: a limb's cross-section is the sum of those it carries.
    for i in (0..buds.len()).rev() {
        buds[i].radius = if children[i].is_empty() {
            0.16
        } else {
            children[i].iter().map(|&k| buds[k].radius.powf(2.25)).sum::<f32>().powf(1.0 / 2.25) + 0.008
        };
    }
    let k = row.girth / buds[0].radius;
    for n in &mut buds {
        n.radius = (n.radius * k).max(0.0006 * row.height);
    }
    (buds, children)
}

fn crown(row: &PlantRow, r: &mut Rng, dress: Dress, detail: Detail) -> Mesh {
    let near = detail == Detail::Near;
    let (buds, children) = colonise(row, r);
    let mut m = Mesh::default();
    limbs(&mut m, row, &buds, &children, near);
    let leafless = row.cards == 0 || (dress.bare && row.deciduous);
    if leafless {
        return m;
    }
    let mut load = vec![1u32; buds.len()];
    for i in (1..buds.len()).rev() {
        load[buds[i].parent] += load[i];
    }
    // Leaves sit where few buds hang on, not where limbs are thin: by radius, trees come out bare.
    let tips: Vec<usize> = (0..buds.len()).filter(|&i| load[i] <= 7 && i > 4).collect();
    if tips.is_empty() {
        return m;
    }
    let [radius, half, middle] = row.crown;
    let c = Vec3::new(0.0, middle, 0.0);
    let axes = Vec3::new(radius, half, radius);
    let cards = if near { row.cards } else { row.cards / 6 };
    let size = row.card * if near { 1.0 } else { 2.2 };
    let leaf = match dress {
        Dress { autumn: true, .. } => row.autumn.unwrap_or(row.leaf),
        Dress { spring: true, .. } => row.spring.unwrap_or(row.leaf),
        _ => row.leaf,
    };
    for i in 0..cards {
        let p = buds[tips[(i * 7919) % tips.len()]].at + r.direction() * row.card * (0.15 + 0.65 * r.unit())
            - Vec3::Y * row.droop * r.unit() * 0.8;
        let q = (p - c) / axes;
        let d = q.length().min(1.2);
        let out = ((p - c) / (axes * axes)).normalize_or_zero();
        let face = (out * 0.9 + r.direction() * 0.9).normalize_or(Vec3::Y);
        let (x, y) = face.any_orthonormal_pair();
        let a = r.unit() * TAU;
        let (x, y) = (x * a.cos() + y * a.sin(), y * a.cos() - x * a.sin());
        let half_size = size * (0.42 + 0.22 * r.unit());
        let open = (0.25 + 0.75 * d.powf(1.5)).min(1.0) * (0.80 + 0.2 * q.y.clamp(-1.0, 1.0));
        let tone = 0.78 + 0.44 * r.unit();
        let mut colour = leaf.map(|v| v * tone);
        if dress.autumn && row.autumn.is_some() {
            colour[1] *= 0.75 + 0.35 * r.unit();
        }
        let base = m.vertices.len() as u32;
        let phase = (r.unit() * 16.0).floor() * 5.0;
        for (u, v) in [(-1.0f32, -1.0f32), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            let w = p + x * (u * half_size) + y * (v * half_size) - face * (0.18 * half_size);
            let n = ((w - c) / (axes * axes)).normalize_or_zero();
            let feel = Feel { surface: Surface::Leaf, sway: sway(row, w.y), flutter: 0.55, open };
            let uv = [u * 0.5 + 0.5 + phase, v * 0.5 + 0.5 + phase];
            m.push(w, (n * 0.8 + face * 0.35).normalize_or(Vec3::Y), uv, colour, feel, 0.0);
        }
        m.quad(base, base + 1, base + 2, base + 3);
    }
    m
}

/// Tubes along the skeleton, each following its thickest child.
fn limbs(m: &mut Mesh, row: &PlantRow, buds: &[Bud], children: &[Vec<usize>], near: bool) {
    let bark = if row.birch { Surface::BirchBark } else { Surface::Bark };
    let thin = row.girth * if near { 0.045 } else { 0.2 };
    let mut open = vec![0usize];
    while let Some(start) = open.pop() {
        let mut path = vec![];
        if start > 0 {
            let parent = &buds[buds[start].parent];
            path.push((parent.at, buds[start].radius.min(parent.radius) * 1.05));
        }
        let (mut i, mut n) = (start, 0);
        loop {
            let flare = (-buds[i].at.y.max(0.0) / (row.girth * 1.6)).exp();
            if buds[i].radius > row.girth * 0.3 || n % 2 == 1 || children[i].is_empty() {
                path.push((buds[i].at, buds[i].radius * (1.0 + 0.55 * flare)));
            }
            n += 1;
            let thickest =
                children[i].iter().copied().max_by(|&a, &b| buds[a].radius.total_cmp(&buds[b].radius));
            let Some(next) = thickest else { break };
            open.extend(children[i].iter().copied().filter(|&o| o != next));
            i = next;
        }
        if path.len() < 2 || path[1].1 < thin {
            continue;
        }
        let girth = path[1].1;
        let sides = match girth {
            _ if !near => 4,
            g if g > row.girth * 0.5 => 9,
            g if g > row.girth * 0.18 => 5,
            _ => 3,
        };
        m.tube(&path, sides, row.bark, bark, &|p| sway(row, p.y));
    }
}

fn palm(row: &PlantRow, r: &mut Rng, detail: Detail) -> Mesh {
    let near = detail == Detail::Near;
    let mut m = Mesh::default();
    let a = r.unit() * TAU;
    let lean = Vec3::new(a.cos(), 0.0, a.sin()) * row.lean * (0.6 + 0.8 * r.unit());
    let at = |t: f32| Vec3::Y * (row.height * t - 0.3) + lean * row.height * (t * t * 0.75 + 0.1 * t);
    let path: Vec<_> = (0..=14)
        .map(|i| {
            let t = i as f32 / 14.0;
            let knob = if i == 14 { 0.25 } else { 0.0 };
            (at(t), row.girth * (1.0 - 0.38 * t + 0.7 * (-t * 14.0).exp() + knob))
        })
        .collect();
    m.tube(&path, if near { 9 } else { 5 }, row.bark, Surface::PalmBark, &|p| sway(row, p.y));
    let top = at(1.0);
    if near {
        for i in 0..6 {
            let a = i as f32 * 1.1;
            let nut = top + Vec3::new(a.cos() * 0.24, -0.22 - 0.06 * (i % 2) as f32, a.sin() * 0.24);
            let feel = Feel { surface: Surface::Bark, sway: 1.0, flutter: 0.0, open: 0.8 };
            m.ball(nut, 0.13, [0.35, 0.30, 0.12], feel);
        }
    }
    let fronds = if near { row.points } else { row.points / 2 };
    let segments = if near { 9 } else { 4 };
    for i in 0..fronds {
        let t = i as f32 / fronds as f32;
        let a = i as f32 * 2.399_96 + r.signed() * 0.2;
        let out = Vec3::new(a.cos(), 0.0, a.sin());
        let side = Vec3::new(-a.sin(), 0.0, a.cos());
        let length = row.crown[0] * (0.85 + 0.3 * r.unit()) * (1.0 - 0.25 * t);
        let first = -0.25 + 1.45 * t + r.signed() * 0.12;
        let curl = 1.5 - 0.35 * t + r.signed() * 0.2;
        let twist = r.signed() * 0.4;
        let tone = 0.8 + 0.4 * r.unit();
        let dry = if t < 0.13 { 1.0 } else { 0.0 };
        let [red, green, blue] = row.leaf;
        let colour = [red * tone + 0.14 * dry, green * tone - 0.02 * dry, blue * tone];
        let base = m.vertices.len() as u32;
        let mut p = top;
        for k in 0..=segments {
            let u = k as f32 / segments as f32;
            let (s, c) = (first - curl * u * (0.35 + 0.65 * u)).sin_cos();
            let d = out * c + Vec3::Y * s;
            let normal = (Vec3::Y * c - out * s).normalize();
            if k > 0 {
                p += d * (length / segments as f32);
            }
            let w = length * 0.235 * (u * 5.0 + 0.12).min(1.0) * (1.0 - u * u * 0.72);
            let fold = 0.25 + 0.5 * u;
            let across = (side + normal * twist * u).normalize();
            for j in -2..=2i32 {
                let v = j as f32 / 2.0;
                let q = p + across * (w * v) - normal * (w * fold * v * v) + d * (w * 0.35 * v.abs());
                let n = (normal + side * v * 0.5 + Vec3::Y * 0.2).normalize();
                let feel =
                    Feel { surface: Surface::Frond, sway: 1.0, flutter: u * u, open: 0.55 + 0.45 * u.sqrt() };
                m.push(q, n, [u, v], colour, feel, u);
            }
        }
        stitch(&mut m, base, segments as u32, 5);
    }
    m
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::tables;

    #[test]
    fn every_plant_grows_in_every_dress_and_the_far_one_is_lighter() {
        for (name, row) in &tables().plants {
            for dress in [
                Dress::default(),
                Dress { snow: 0.9, bare: true, ..Dress::default() },
                Dress { autumn: true, ..Dress::default() },
            ] {
                let near = grow(row, 11, dress, Detail::Near);
                let middle = grow(row, 11, dress, Detail::Middle);
                assert!(near.triangles() > 60, "{name}");
                assert!(middle.triangles() < near.triangles(), "{name}");
                assert!(near.vertices.iter().all(|v| v.position.iter().all(|x| x.is_finite())), "{name}");
            }
        }
    }
}
