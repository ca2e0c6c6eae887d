//! Hair on heads and faces: a cap cut from the scalp along a hairline, hanging sheets, buns, beards, brows.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3};
use serde::Deserialize;

use super::cloth::{Mesh, Vtx, bind, support};
use super::library::{BODY, Library};
use super::wardrobe::{Marks, Wardrobe, noise};
use crate::cast::mesh::Surface;
use crate::motion::clip::ramp;

/// A hair style, in metres on the average adult.
#[derive(Deserialize, Clone, Debug, PartialEq, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HairStyle {
    /// Words that mean it, besides its name.
    pub(crate) words: Vec<String>,
    /// Length on the crown; 0 is bald.
    pub(crate) volume: f32,
    /// How far it hangs below the eyes; 0 is not at all.
    pub(crate) hang: f32,
    /// How far the hairline has gone back, 0..1.
    pub(crate) recede: f32,
    /// Tied in a knot at the back.
    pub(crate) bun: bool,
    /// Stands up as fur instead of lying in strands.
    pub(crate) fuzzy: bool,
}

/// A piece of hair: its mesh, and the length of the fur on it (0: none).
pub(crate) type Hair = (Surface, Mesh, f32);

/// The hairline: height of the edge (in eye-to-top units over the eyes) by depth from the eyes to the back.
fn hairline(m: &Marks, a: Vec3, recede: f32) -> f32 {
    let h = m.top - m.eye.y;
    let (up, back) = ((a.y - m.eye.y) / h, (m.eye.z - a.z) / (m.eye.z - m.back));
    let edge = [
        (-0.4, 0.60 + 0.2 * recede),
        (0.04, 0.55 + 0.35 * recede),
        (0.14, 0.38 + 0.5 * recede),
        (0.22, 0.16 + 0.45 * recede),
        (0.29, -0.06 + 0.2 * recede),
        (0.36, -0.22),
        (0.45, -0.18),
        (0.52, 0.08),
        (0.62, -0.20),
        (0.70, -0.42),
        (1.0, -0.55),
        (1.5, -0.55),
    ];
    let i = edge.iter().position(|q| q.0 > back).unwrap_or(edge.len() - 1).max(1);
    let f = ((back - edge[i - 1].0) / (edge[i].0 - edge[i - 1].0)).clamp(0.0, 1.0);
    (up - (edge[i - 1].1 + (edge[i].1 - edge[i - 1].1) * f)) * h
}

impl Wardrobe {
    /// The hair of a style on a body (`full` is its naked render mesh). A hat leaves only what shows below it.
    pub(crate) fn hair(
        &self,
        l: &Library,
        p: &[Vec3],
        full: &Mesh,
        style: &HairStyle,
        hat: bool,
        colour: Vec3,
    ) -> Vec<Hair> {
        let mut out = vec![];
        if style.volume <= 0.0 {
            return out;
        }
        let (m, nm) = (Marks::of(l, p), &self.marks);
        let crown = Vec3::new(0.0, nm.top - 0.012, nm.back + 0.085);
        let h = nm.top - nm.eye.y;
        let field: Vec<f32> = (0..full.v.len())
            .map(|i| {
                if self.ear[self.body_source[i] as usize] {
                    return -0.02;
                }
                let a = full.v[i].neutral;
                let f = hairline(nm, a, style.recede) + 0.004 * noise(a, 75.0);
                if hat { f.min(nm.eye.y + h * 0.62 - a.y) } else { f }
            })
            .collect();
        let mut cap = full.clone();
        for (v, f) in cap.v.iter_mut().zip(&field) {
            let top = ramp(0.2, 0.9, (v.neutral.y - nm.eye.y) / h);
            v.hair = (ramp(0.0, 0.018, *f) * (0.42 + 0.58 * top)).max(0.12);
            // Strands run from the crown down, and the front ones to a side.
            let d = v.neutral - crown;
            let away = Vec3::new(d.x + 0.02, -0.6 * d.length(), d.z);
            v.comb = (away - v.n * away.dot(v.n)).normalize_or(Vec3::NEG_Y);
            v.across = d.x.atan2(d.z) / TAU * 4.0;
        }
        let mut cap = cap.cut(&field);
        for v in &mut cap.v {
            // Strands that lie fill their volume; those that stand are drawn on top.
            let share = if style.fuzzy { 0.45 } else { 0.95 };
            let lump = 1.0 + 0.35 * noise(v.neutral, 38.0);
            v.p += v.n * style.volume * v.hair * share * lump;
            v.open = 0.65 + 0.35 * v.hair;
        }
        cap.fix_normals();
        if style.fuzzy {
            out.push((Surface::Fur, shade(cap, colour), style.volume * 0.75 + 0.003));
        } else {
            cap.hem(0.004);
            out.push((Surface::Hair, shade(cap, colour), 0.0));
        }
        if style.hang > 0.0 {
            out.push((Surface::Hair, self.hanging(l, p, style, hat, colour), 0.0));
        }
        if style.bun {
            let hs = (m.top - m.eye.y) / h;
            let centre = Vec3::new(0.0, m.eye.y + (m.top - m.eye.y) * 0.55, m.back - 0.022);
            let mut knot = Mesh::ball(centre, 0.040 * hs, bind(&[(l.bone("head"), 1.0)]));
            for v in &mut knot.v {
                v.comb = v.n.cross(Vec3::new(0.3, 0.9, 0.2)).normalize_or(Vec3::X);
                v.across = v.neutral.x.atan2(v.neutral.z) / TAU * 2.0 + v.neutral.y * 0.5;
            }
            out.push((Surface::Hair, shade(knot, colour), 0.0));
        }
        out
    }

    /// Long hair: a sheet round the back and sides that rests on what is widest above.
    fn hanging(&self, l: &Library, p: &[Vec3], style: &HairStyle, hat: bool, colour: Vec3) -> Mesh {
        const ROWS: usize = 22;
        const COLUMNS: usize = 96;
        const SIDE: f32 = 2.02;
        let (m, nm) = (Marks::of(l, p), &self.marks);
        let hs = (m.top - m.eye.y) / (nm.top - nm.eye.y);
        let (y0, y1) =
            (m.eye.y + (m.top - m.eye.y) * if hat { 0.50 } else { 0.62 }, m.eye.y - style.hang * hs);
        let centre = Vec2::new(0.0, f32::midpoint(m.eye.z, m.back) + 0.005);
        let bones = [l.bone("head"), l.bone("neck_01"), l.bone("spine_03")];
        let head = self.head_points(p, &m);
        let torso = p[..BODY].iter().filter(|v| v.y < m.eye.y && v.x.abs() < 0.16).copied();
        let all: Vec<Vec3> = head.iter().copied().chain(torso).collect();
        let brow: Vec<Vec3> = head.iter().filter(|v| (v.y - m.eye.y - 0.02).abs() < 0.010).copied().collect();
        let direction = |k: usize| {
            let a = -SIDE + 2.0 * SIDE * k as f32 / (COLUMNS - 1) as f32;
            (a, Vec2::new(a.sin(), -a.cos()))
        };
        let step = (y0 - y1) / ROWS as f32;
        let mut radius: Vec<Vec<f32>> = vec![];
        for r in 0..ROWS {
            let f = r as f32 / (ROWS - 1) as f32;
            let y = y0 + (y1 - y0) * f;
            let ring: Vec<Vec3> = all.iter().filter(|v| (v.y - y).abs() < 0.014).copied().collect();
            let row = (0..COLUMNS)
                .map(|k| {
                    let (_, d) = direction(k);
                    let limit = support(&brow, centre, d) + 0.022 + 0.3 * ramp(0.2, 1.0, -d.y);
                    let s = (support(&ring, centre, d) + style.volume * 0.7 + 0.004).min(limit);
                    let s = s - (style.volume * 0.75 + 0.010) * ramp(0.16, 0.0, f);
                    radius.last().map_or(s, |above: &Vec<f32>| s.max(above[k] - step * 0.30))
                })
                .collect();
            radius.push(row);
        }
        let mut sheet = Mesh::grid(ROWS, COLUMNS, false, |r, k| {
            let f = r as f32 / (ROWS - 1) as f32;
            let (a, _) = direction(k);
            // Locks end at different heights.
            let ragged = 0.10 * noise(Vec3::new(a * 4.0, 0.0, 9.0), 1.6) * f;
            let y = y0 + (y1 - y0) * (f - ragged);
            let wave =
                noise(Vec3::new(a * 3.0, f * 1.5, 0.0), 1.6) * 0.005 + 0.004 * (a * 22.0 + f * 2.0).sin() * f;
            let s = radius[r][k] + wave;
            let narrow = 1.0 - 0.30 * ramp(m.neck.y + 0.09, m.neck.y - 0.01, y);
            let (sin, cos) = (a * narrow).sin_cos();
            let low = ramp(m.neck.y + 0.10, m.neck.y - 0.04, y);
            let weights = [1.0 - low * 0.85, low * 0.15, low * 0.7];
            let parts: Vec<(usize, f32)> = bones.into_iter().zip(weights).collect();
            Vtx {
                p: Vec3::new(sin * s, y, centre.y - cos * s),
                neutral: Vec3::new(a, f, 0.0),
                bind: bind(&parts),
                comb: Vec3::NEG_Y,
                across: a / TAU * 4.0,
                ..Vtx::default()
            }
        });
        sheet.face_outwards(Vec3::new(0.0, 0.0, centre.y), Vec3::new(1.0, 0.0, 1.0));
        for v in &mut sheet.v {
            // Strands as streaks along the sheet.
            let streak = noise(Vec3::new(v.neutral.x * 14.0, v.neutral.y * 0.6, 3.0), 1.0);
            v.colour = colour * (0.85 + 0.35 * streak);
            v.open = 0.9;
        }
        sheet
    }

    /// A full beard of a length.
    pub(crate) fn beard(&self, full: &Mesh, length: f32, colour: Vec3) -> Hair {
        let nm = &self.marks;
        let h = nm.top - nm.eye.y;
        let field: Vec<f32> = full
            .v
            .iter()
            .map(|v| {
                let a = v.neutral;
                let (up, back) = ((a.y - nm.eye.y) / h, (nm.eye.z - a.z) / (nm.eye.z - nm.back));
                let edge = if back < 0.15 {
                    -0.50 - 0.06 * ramp(0.015, 0.03, a.x.abs())
                } else {
                    -0.56 + (back - 0.15) * 1.6
                };
                let mouth = Vec2::new(a.x / 0.030, (up + 0.665) / 0.085).length() - 1.0;
                let low = up + 1.22 - 0.6 * (back - 0.2).max(0.0);
                ((edge - up) * h).min((0.44 - back) * 0.15).min(mouth * 0.02).min(low * h)
            })
            .collect();
        let mut beard = full.clone();
        for (v, f) in beard.v.iter_mut().zip(&field) {
            v.hair = (f / 0.02).clamp(0.1, 1.0);
            v.comb = (Vec3::new(v.p.x, -0.12, 0.02) - v.n * 0.1).normalize_or(Vec3::NEG_Y);
            v.p += v.n * 0.001;
        }
        (Surface::Fur, shade(beard.cut(&field), colour), length)
    }

    /// Eyebrows: thin arcs just above the skin.
    pub(crate) fn brows(&self, full: &Mesh, colour: Vec3) -> Hair {
        let nm = &self.marks;
        let h = nm.top - nm.eye.y;
        let field: Vec<f32> = full
            .v
            .iter()
            .map(|v| {
                let a = v.neutral;
                let x = (a.x.abs() - nm.eye.x.abs()) / 0.030;
                // From the nose outwards: rising, then falling; thinner at the outer end.
                let middle = 0.185 + 0.030 * x - 0.050 * x * x;
                let half = 0.030 * (1.0 - 0.45 * x.max(0.0));
                let up = (a.y - nm.eye.y) / h;
                let across = (half - (up - middle).abs()) * h;
                let ends = (0.70 - (x - 0.10).abs()) * 0.030;
                across.min(ends).min(a.z - nm.eye.z + 0.02)
            })
            .collect();
        let mut brows = full.clone();
        for v in &mut brows.v {
            v.p += v.n * 0.0009;
            v.comb = Vec3::X * v.p.x.signum();
        }
        (Surface::Hair, shade(brows.cut(&field), colour), 0.0)
    }
}

/// Uneven hair colour.
fn shade(mut mesh: Mesh, colour: Vec3) -> Mesh {
    for v in &mut mesh.v {
        let angle = v.neutral.x.atan2(v.neutral.z) / TAU * 60.0;
        v.colour = colour * (0.85 + 0.30 * noise(Vec3::new(angle, v.neutral.y * 12.0, 1.0), 1.0));
    }
    mesh
}
