//! Garments as parameters: cut out of the base mesh's helper geometry by fields on the neutral body, inflated,
//! draped and creased on the person's own.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use glam::{Vec2, Vec3};
use serde::Deserialize;

use super::cloth::{Mesh, Stencil, Vtx, bind, neighbours, normals, smooth, support};
use super::library::{BODY, Binding, Library};
use crate::cast::mesh::{Surface, parse_colour};
use crate::motion::clip::ramp;

/// One piece of a garment. Levels: −1 neck joint, 0 hip, 1 knee, 2 ankle, 3 ground. Along the arm: 0 shoulder,
/// 1 elbow, 2 wrist. Lengths in metres on the average adult. An empty colour is the garment's own.
#[derive(Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Piece {
    /// Shirt, jumper, jacket.
    Top {
        hem: f32,
        sleeve: f32,
        /// Depth and half width of the neckline.
        neck: [f32; 2],
        /// Distance from the body.
        layer: f32,
        /// 0 tight … 1 loose.
        loose: f32,
        sleeve_r: f32,
        /// Half width of the opening in front.
        #[serde(default)]
        open: f32,
        #[serde(default)]
        colour: String,
    },
    /// Trousers, shorts, tights.
    Bottom {
        end: f32,
        knee_r: f32,
        cuff_r: f32,
        layer: f32,
        #[serde(default)]
        colour: String,
    },
    /// Skirt, coat tails, robe.
    Tube {
        top: f32,
        hem: f32,
        /// Metres per metre.
        flare: f32,
        #[serde(default)]
        pleats: f32,
        #[serde(default)]
        depth: f32,
        /// Half angle of the opening in front, in degrees.
        #[serde(default)]
        open: f32,
        /// Half angle of the extent, in degrees: about the front, or if negative about the back; 180 is all round.
        #[serde(default = "all_round")]
        extent: f32,
        layer: f32,
        #[serde(default)]
        colour: String,
    },
    /// Anything cut from the cloth by a box in the neutral body: tie, belt, bib, pocket.
    Patch {
        /// Centre and half width.
        x: [f32; 2],
        /// Levels of its top and bottom.
        y: [f32; 2],
        front: bool,
        #[serde(default = "one")]
        taper: f32,
        layer: f32,
        #[serde(default)]
        colour: String,
    },
    /// A turned-down collar.
    Collar {
        up: f32,
        /// Half angle of the opening in front, in degrees.
        open: f32,
        layer: f32,
        #[serde(default)]
        colour: String,
    },
    /// The turned-back edge of a jacket; same neckline as its top.
    Lapel {
        neck: [f32; 2],
        width: f32,
        layer: f32,
        #[serde(default)]
        colour: String,
    },
    /// Shoes and boots.
    Shoes {
        top: f32,
        #[serde(default)]
        colour: String,
        sole: String,
    },
    /// A hat.
    Hat {
        /// Height of the crown, in metres.
        crown: f32,
        /// Width of the brim.
        brim: f32,
        /// Width of the crown's top relative to its base.
        taper: f32,
        /// The brim curls up (positive) or droops.
        #[serde(default)]
        curl: f32,
        /// The brim is only a visor in front.
        #[serde(default)]
        visor: bool,
        /// The crown is dented as a fedora's.
        #[serde(default)]
        dent: bool,
        /// Height of a ridge from front to back, as on a fire helmet.
        #[serde(default)]
        crest: f32,
        #[serde(default)]
        colour: String,
        #[serde(default)]
        band: String,
    },
    /// A round helmet all about the head, with a visor in front.
    Globe {
        /// Metres.
        radius: f32,
        #[serde(default)]
        colour: String,
        visor: String,
        /// Half the width and half the height of the visor, in radians as seen from the middle of the head.
        #[serde(default = "wide_pane")]
        pane: [f32; 2],
    },
    /// Spectacles.
    Glasses {
        #[serde(default)]
        colour: String,
    },
}

fn wide_pane() -> [f32; 2] {
    [1.06, 0.62]
}
fn all_round() -> f32 {
    180.0
}
fn one() -> f32 {
    1.0
}

/// Landmarks of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    pub(crate) neck: Vec3,
    hip: f32,
    knee: f32,
    ankle: f32,
    shoulder: Vec3,
    elbow: Vec3,
    wrist: Vec3,
    pub(crate) eye: Vec3,
    pub(crate) top: f32,
    pub(crate) back: f32,
    hip_x: f32,
}

impl Marks {
    pub(crate) fn of(l: &Library, p: &[Vec3]) -> Marks {
        let eyes = l.range("eyes");
        let half = eyes.len() / 2;
        let eye = p[eyes.start..eyes.start + half].iter().sum::<Vec3>() / half as f32;
        let head = || p[..BODY].iter().filter(|v| v.y > eye.y - 0.03);
        Marks {
            neck: l.head(p, "neck_01"),
            hip: l.head(p, "thigh_l").y,
            knee: l.head(p, "calf_l").y,
            ankle: l.head(p, "foot_l").y,
            shoulder: l.head(p, "upperarm_l"),
            elbow: l.head(p, "lowerarm_l"),
            wrist: l.head(p, "hand_l"),
            eye,
            top: head().map(|v| v.y).fold(0.0, f32::max),
            back: head().map(|v| v.z).fold(9.0, f32::min),
            hip_x: l.head(p, "thigh_l").x,
        }
    }

    /// Height of a level.
    pub(crate) fn level(&self, t: f32) -> f32 {
        let k = [self.neck.y, self.hip, self.knee, self.ankle, 0.0];
        let u = (t + 1.0).clamp(0.0, 3.999);
        let i = u as usize;
        let above = if t < -1.0 { (-1.0 - t) * (k[0] - k[1]) } else { 0.0 };
        k[i] + (k[i + 1] - k[i]) * u.fract() + above
    }

    /// How far along the arm a point is.
    fn along_arm(&self, p: Vec3) -> f32 {
        let p = Vec3::new(p.x.abs(), p.y, p.z);
        let d = self.elbow - self.shoulder;
        let u = (p - self.shoulder).dot(d) / d.length_squared();
        if u < 1.0 {
            return u;
        }
        let d = self.wrist - self.elbow;
        1.0 + ((p - self.elbow).dot(d) / d.length_squared()).max(0.0)
    }
}

/// How much of a vertex belongs to an arm.
fn arm_share(l: &Library, b: &Binding) -> f32 {
    let arm = ["arm", "hand", "index", "thumb", "middle", "ring", "pinky"];
    let on_arm = |k: &usize| arm.iter().any(|n| l.bones[usize::from(b.joints[*k])].name.contains(n));
    (0..4).filter(on_arm).map(|k| b.weights[k]).sum()
}

/// Value noise in −1..1.
pub(crate) fn noise(p: Vec3, frequency: f32) -> f32 {
    crate::cast::creature::value_noise(p * frequency + 40.0) * 2.0 - 1.0
}

/// What is the same for every person, made once.
#[derive(Debug)]
pub(crate) struct Wardrobe {
    stencil: Stencil,
    neutral: Vec<Vec3>,
    bindings: Vec<Binding>,
    near: Vec<Vec<u32>>,
    arm: Vec<f32>,
    along: Vec<f32>,
    triangles: Vec<[u32; 3]>,
    pub(crate) marks: Marks,
    body_arm: Vec<f32>,
    body_along: Vec<f32>,
    /// Whether a body vertex is on an ear.
    pub(crate) ear: Vec<bool>,
    /// The naked body, split where the texture has seams, and the body vertex of each of its vertices.
    pub(crate) body: Mesh,
    pub(crate) body_source: Vec<u32>,
    /// Masks of each of its vertices.
    pub(crate) body_masks: Vec<[u8; 4]>,
}

/// A colour of the tables, or the garment's own if empty.
pub(crate) fn tone(text: &str, own: Vec3) -> Vec3 {
    if text.is_empty() { own } else { parse_colour(text).unwrap_or(own) }
}

impl Wardrobe {
    pub(crate) fn new(l: &Library) -> Wardrobe {
        let stencil = Stencil::of(l.quads("tights"));
        let neutral = stencil.points(&l.neutral[..l.vertices]);
        let bindings = stencil.bindings(&l.bindings);
        let near = neighbours(neutral.len(), &stencil.quads);
        let marks = Marks::of(l, &l.neutral);
        let triangles = stencil.quads.iter().flat_map(|q| [[q[0], q[1], q[2]], [q[0], q[2], q[3]]]).collect();
        // An ear is what the ear target moves most.
        let mut moved = vec![Vec3::ZERO; l.neutral.len()];
        l.add_detail(&mut moved, "ears/ear-trans-up", 1.0);
        let most = moved.iter().map(|v| v.length()).fold(0.0, f32::max);
        let mut body = Mesh::default();
        let (mut body_source, mut body_masks) = (vec![], vec![]);
        let mut ids = std::collections::BTreeMap::new();
        for (q, t) in l.quads("body").iter().zip(&l.texture_quads) {
            let id: [u32; 4] = std::array::from_fn(|k| {
                *ids.entry((q[k], t[k])).or_insert_with(|| {
                    let i = q[k] as usize;
                    body_source.push(q[k]);
                    body_masks.push(l.masks.get(t[k] as usize).copied().unwrap_or_default());
                    body.v.push(Vtx {
                        neutral: l.neutral[i],
                        bind: l.bindings[i],
                        open: 1.0,
                        ..Vtx::default()
                    });
                    body.v.len() as u32 - 1
                })
            });
            body.t.push([id[0], id[1], id[2]]);
            body.t.push([id[0], id[2], id[3]]);
        }
        Wardrobe {
            arm: bindings.iter().map(|b| arm_share(l, b)).collect(),
            along: neutral.iter().map(|a| marks.along_arm(*a)).collect(),
            body_arm: l.bindings[..BODY].iter().map(|b| arm_share(l, b)).collect(),
            body_along: l.neutral[..BODY].iter().map(|a| marks.along_arm(*a)).collect(),
            ear: moved[..BODY].iter().map(|v| v.length() > 0.55 * most).collect(),
            stencil,
            neutral,
            bindings,
            near,
            triangles,
            marks,
            body,
            body_source,
            body_masks,
        }
    }

    /// Coverage of a piece on the neutral body: positive inside, about metres.
    fn field(&self, piece: &Piece, a: Vec3, arm: f32, along: f32) -> f32 {
        let m = &self.marks;
        let mix = |x: f32, y: f32, f: f32| x + (y - x) * f;
        let on_arm = ramp(0.3, 0.7, arm);
        let neckline = |neck: &[f32; 2]| neck[0] * (1.0 - a.x.abs() / neck[1]).max(-0.15);
        match piece {
            Piece::Top { hem, sleeve, neck, open, .. } => {
                let bottom = mix(a.y - m.level(*hem), 0.3, on_arm);
                let end = if *sleeve < 0.2 {
                    (0.5 - arm) * 0.08 + sleeve * 0.1
                } else {
                    mix(0.3, (sleeve - along) * 0.27, on_arm)
                };
                let front = ramp(-0.03, 0.03, a.z - m.neck.z);
                let top = m.neck.y + 0.012 - front * (0.012 + neckline(neck));
                let opening = if *open > 0.0 && a.z > m.neck.z {
                    a.x.abs() - open * ramp(m.neck.y - neck[0], m.level(*hem), a.y)
                } else {
                    0.3
                };
                bottom.min(end).min(mix(top - a.y, 0.3, on_arm)).min(opening)
            }
            Piece::Bottom { end, .. } => mix((m.level(-0.30) - a.y).min(a.y - m.level(*end)), -0.3, on_arm),
            Piece::Patch { x, y, front, taper, .. } => {
                let k = (a.y - m.level(y[1])) / (m.level(y[0]) - m.level(y[1]));
                let width = mix(x[1], x[1] * taper, k.clamp(0.0, 1.0));
                let facing = if *front { a.z - m.neck.z + 0.02 } else { 0.3 };
                let inside = (width - (a.x - x[0]).abs()).min(m.level(y[0]) - a.y).min(a.y - m.level(y[1]));
                mix(inside.min(facing), -0.3, on_arm)
            }
            Piece::Lapel { neck, width, .. } => {
                let edge = (m.neck.y - neckline(neck) - a.y) * 0.45;
                let notch = a.y > m.neck.y - neck[0] * 0.34 && a.y < m.neck.y - neck[0] * 0.28;
                let width = width
                    * ramp(m.neck.y - neck[0] * 1.02, m.neck.y - neck[0] * 0.45, a.y)
                    * if notch { 0.72 } else { 1.0 };
                let inside =
                    (edge + 0.004).min(width - edge).min(neck[1] + 0.004 - a.x.abs()).min(a.z - m.neck.z);
                inside.min(mix(0.3, -0.3, on_arm))
            }
            Piece::Shoes { top, .. } => m.level(*top) - a.y + 0.010 * a.z.min(0.1),
            _ => -1.0,
        }
    }

    /// How far each vertex of the render body is inside clothes; positive is hidden.
    pub(crate) fn hidden(&self, wear: &[(Piece, Vec3)]) -> Vec<f32> {
        let m = &self.marks;
        let covered = |i: usize| {
            let a = self.body.v[i].neutral;
            let s = self.body_source[i] as usize;
            let mut f = -1f32;
            for (piece, _) in wear {
                let here = match piece {
                    Piece::Top { .. } | Piece::Bottom { .. } => {
                        self.field(piece, a, self.body_arm[s], self.body_along[s]) - 0.022
                    }
                    Piece::Shoes { .. } => self.field(piece, a, 0.0, 0.0) - 0.012,
                    Piece::Tube { top, hem, extent, open, .. }
                        if *extent >= 180.0 && *open <= 0.0 && self.body_arm[s] < 0.3 =>
                    {
                        (m.level(*top) - 0.03 - a.y).min(a.y - m.level(*hem) - 0.16)
                    }
                    _ => -1.0,
                };
                f = f.max(here);
            }
            f
        };
        (0..self.body.v.len()).map(covered).collect()
    }

    /// The meshes of one piece on a body. `lift` is raised to the height of the soles.
    pub(crate) fn dress(
        &self,
        l: &Library,
        p: &[Vec3],
        piece: &Piece,
        own: Vec3,
        lift: &mut f32,
    ) -> Vec<(Surface, Mesh)> {
        match piece {
            Piece::Top { colour, .. }
            | Piece::Bottom { colour, .. }
            | Piece::Patch { colour, .. }
            | Piece::Lapel { colour, .. } => {
                vec![(Surface::Cloth, self.cut_garment(l, p, piece, tone(colour, own)))]
            }
            Piece::Tube { colour, .. } => vec![(Surface::Cloth, self.tube(l, p, piece, tone(colour, own)))],
            Piece::Collar { up, open, layer, colour } => {
                vec![(Surface::Cloth, collar(l, p, [*up, *open, *layer], tone(colour, own)))]
            }
            Piece::Shoes { colour, sole, .. } => {
                *lift = lift.max(0.020);
                let upper = self.cut_garment(l, p, piece, tone(colour, own));
                let mut out = vec![(Surface::Leather, upper)];
                for side in ["l", "r"] {
                    out.push((Surface::Leather, sole_of(l, p, side, *lift).paint(tone(sole, own))));
                }
                out
            }
            Piece::Hat { .. } => self.hat(l, p, piece, own),
            Piece::Globe { .. } => self.globe(l, p, piece, own),
            Piece::Glasses { colour } => {
                vec![(Surface::Leather, self.glasses(l, p).paint(tone(colour, Vec3::splat(0.01))))]
            }
        }
    }

    fn cut_garment(&self, l: &Library, p: &[Vec3], piece: &Piece, colour: Vec3) -> Mesh {
        let (m, nm) = (Marks::of(l, p), &self.marks);
        let skin = self.stencil.points(&p[..l.vertices]);
        let out = normals(&skin, &self.stencil.quads);
        let scale = m.top / nm.top;
        let (layer, loose) = match piece {
            Piece::Top { layer, loose, .. } => (*layer, *loose),
            Piece::Bottom { layer, .. } => (*layer, 0.35),
            Piece::Patch { layer, .. } | Piece::Lapel { layer, .. } => (*layer, 0.5),
            _ => (0.006, 0.15),
        };
        let mut q = skin.clone();
        let hand = |i: usize| self.along[i] > 1.85 && self.arm[i] > 0.5;
        smooth(&mut q, &self.near, 3 + (loose * 26.0) as usize, |i| if hand(i) { 0.0 } else { 0.6 });
        let n = normals(&q, &self.stencil.quads);
        let over = matches!(piece, Piece::Top { .. });
        for i in 0..q.len() {
            let mut layer = layer;
            if over && self.arm[i] < 0.3 {
                // A top lies over trousers and under a collar: it needs room there.
                let y = self.neutral[i].y;
                layer += 0.010 * ramp(nm.level(-0.42), nm.level(-0.26), y)
                    + 0.006 * ramp(nm.neck.y - 0.075, nm.neck.y - 0.02, y);
            }
            q[i] += n[i] * layer;
            let need = (skin[i] + out[i] * layer * 0.85 - q[i]).dot(out[i]);
            if need > 0.0 {
                q[i] += out[i] * need;
            }
        }
        match piece {
            Piece::Top { sleeve_r, loose, hem, .. } => {
                self.sleeves(&mut q, &m, *sleeve_r * scale);
                self.drape(&mut q, &m, *loose, *hem);
            }
            Piece::Bottom { knee_r, cuff_r, .. } => self.legs(&mut q, l, p, *knee_r * scale, *cuff_r * scale),
            _ => {}
        }
        self.crease(&mut q, piece);
        let vertex = |i: usize| Vtx {
            p: q[i],
            neutral: self.neutral[i],
            bind: self.bindings[i],
            open: 1.0,
            ..Vtx::default()
        };
        let mut mesh = Mesh { v: (0..q.len()).map(vertex).collect(), t: self.triangles.clone() };
        if matches!(piece, Piece::Shoes { .. }) {
            for v in &mut mesh.v {
                v.p.y = v.p.y.max(0.004);
            }
        }
        mesh.fix_normals();
        let field: Vec<f32> =
            (0..q.len()).map(|i| self.field(piece, self.neutral[i], self.arm[i], self.along[i])).collect();
        let mut mesh = mesh.cut(&field);
        mesh.hem(match piece {
            Piece::Lapel { .. } => 0.003,
            Piece::Patch { .. } => 0.006,
            _ => 0.010,
        });
        mesh.paint(colour)
    }

    fn sleeves(&self, q: &mut [Vec3], m: &Marks, radius: f32) {
        for (i, p) in q.iter_mut().enumerate().filter(|(i, _)| self.arm[*i] > 0.5) {
            let side = |v: Vec3| Vec3::new(v.x * p.x.signum(), v.y, v.z);
            let s = self.along[i];
            let r = radius * (1.15 - 0.22 * (s - 0.5).max(0.0)) * ramp(0.15, 0.6, s);
            let (a, b) = if s < 1.0 { (m.shoulder, m.elbow) } else { (m.elbow, m.wrist) };
            let (a, b) = (side(a), side(b));
            *p = keep_off(*p, a, b, r);
        }
    }

    /// Below the chest the cloth hangs from its widest place instead of following the waist.
    fn drape(&self, q: &mut [Vec3], m: &Marks, loose: f32, hem: f32) {
        const SECTORS: usize = 40;
        const ROWS: usize = 14;
        let (chest, low) = (m.level(-0.62), m.level(hem) - 0.02);
        let centre = Vec2::new(0.0, m.neck.z - 0.01);
        let mut radius = vec![[0f32; SECTORS]; ROWS + 1];
        for r in 0..=ROWS {
            let y = chest + (low - chest) * r as f32 / ROWS as f32;
            let ring: Vec<Vec3> = (0..q.len())
                .filter(|i| self.arm[*i] < 0.25 && (q[*i].y - y).abs() < 0.025)
                .map(|i| q[i])
                .collect();
            let above = r.checked_sub(1).map(|r| radius[r]);
            for (b, radius) in radius[r].iter_mut().enumerate() {
                let (sin, cos) = (b as f32 / SECTORS as f32 * TAU).sin_cos();
                let s = support(&ring, centre, Vec2::new(sin, cos));
                *radius = above.map_or(s, |above| s.max(above[b] - (1.0 - loose) * 0.02 - 0.001));
            }
        }
        for (i, p) in q.iter_mut().enumerate() {
            if self.arm[i] > 0.4 || p.y > chest {
                continue;
            }
            let v = Vec2::new(p.x, p.z) - centre;
            let a = v.x.atan2(v.y).rem_euclid(TAU) / TAU * SECTORS as f32;
            let (b, f) = (a as usize % SECTORS, a.fract());
            let u = ((chest - p.y) / (chest - low)).clamp(0.0, 1.0) * ROWS as f32;
            let r = (u as usize).min(ROWS - 1);
            let g = (u - r as f32).min(1.0);
            let at = |r: usize| radius[r][b] * (1.0 - f) + radius[r][(b + 1) % SECTORS] * f;
            let want = at(r) * (1.0 - g) + at(r + 1) * g;
            let k = loose * ramp(0.0, 0.12, chest - p.y) * (1.0 - self.arm[i] / 0.4);
            let v = v.normalize_or_zero() * (v.length() + (want - v.length()).max(0.0) * k);
            p.x = centre.x + v.x;
            p.z = centre.y + v.y;
        }
    }

    fn legs(&self, q: &mut [Vec3], l: &Library, p: &[Vec3], knee_r: f32, cuff_r: f32) {
        let joints = ["_l", "_r"].map(|s| ["thigh", "calf", "foot"].map(|n| l.head(p, &format!("{n}{s}"))));
        for (_, v) in q.iter_mut().enumerate().filter(|(i, _)| self.arm[*i] <= 0.3) {
            let [hip, knee, ankle] = joints[usize::from(v.x <= 0.0)];
            *v = if v.y > knee.y {
                keep_off(*v, hip, knee, knee_r * ramp(hip.y - 0.10, knee.y + 0.1, v.y))
            } else {
                let k = ((knee.y - v.y) / (knee.y - ankle.y)).clamp(0.0, 1.0);
                keep_off(*v, knee, ankle, knee_r + (cuff_r - knee_r) * k)
            };
        }
    }

    /// Folds: broad creases, and rings where limbs bend or cloth gathers.
    fn crease(&self, q: &mut [Vec3], piece: &Piece) {
        let amount = match piece {
            Piece::Top { loose, .. } => 0.0035 + 0.006 * loose,
            Piece::Bottom { .. } => 0.004,
            _ => return,
        };
        let nm = &self.marks;
        let n = normals(q, &self.stencil.quads);
        for i in 0..q.len() {
            let a = self.neutral[i];
            let near = |v: f32, width: f32| (-(v / width) * (v / width)).exp();
            let on_arm = self.arm[i] > 0.5;
            let bends = if on_arm {
                near(self.along[i] - 1.0, 0.28) + near(self.along[i] - 1.9, 0.25)
            } else {
                near(a.y - nm.knee, 0.09)
                    + near(a.y - nm.ankle - 0.04, 0.07)
                    + near(a.y - nm.hip + 0.03, 0.07) * 0.8
                    + 0.5 * near(a.y - nm.level(-0.35), 0.06)
            };
            let strength =
                (0.35 + 0.9 * noise(a + Vec3::X, 11.0)).clamp(0.0, 1.0) * if on_arm { 0.7 } else { 1.0 };
            let ring = (a.y * 95.0 + a.x * 42.0 + noise(a, 7.0) * 7.0).sin() * bends * strength;
            let broad = noise(a * Vec3::new(1.0, 0.45, 1.0), 19.0).abs() * -1.2 + 0.4;
            q[i] += n[i] * amount * (broad + ring * 0.8).max(-0.9);
        }
    }

    fn tube(&self, l: &Library, p: &[Vec3], piece: &Piece, colour: Vec3) -> Mesh {
        const ROWS: usize = 30;
        let Piece::Tube { top, hem, flare, pleats, depth, open, extent, layer, .. } = piece else {
            return Mesh::default();
        };
        let m = Marks::of(l, p);
        let (y0, y1) = (m.level(*top), m.level(*hem));
        let full = *extent >= 180.0 && *open <= 0.0;
        let columns = if full { 96 } else { 90 };
        let centre = Vec2::new(0.0, l.head(p, "pelvis").z);
        let tights = l.range("tights");
        let legs: Vec<Vec3> =
            tights.clone().filter(|i| arm_share(l, &l.bindings[*i]) < 0.3).map(|i| p[i]).collect();
        let bones = ["spine_01", "pelvis", "thigh_l", "thigh_r", "calf_l", "calf_r"].map(|name| l.bone(name));
        let angle = |k: usize| {
            let t = k as f32 / (columns - 1) as f32;
            if full {
                k as f32 / columns as f32 * TAU
            } else if *open > 0.0 {
                let o = -open.to_radians();
                o + t * (TAU - 2.0 * o)
            } else {
                let middle = if *extent < 0.0 { PI } else { 0.0 };
                middle + extent.abs().to_radians() * (2.0 * t - 1.0)
            }
        };
        let step = (y0 - y1) / (ROWS - 1) as f32;
        let mut radius: Vec<Vec<f32>> = vec![];
        for r in 0..ROWS {
            let y = y0 - step * r as f32;
            let ring: Vec<Vec3> = legs.iter().filter(|v| (v.y - y).abs() < 0.03).copied().collect();
            let row = (0..columns)
                .map(|k| {
                    let (sin, cos) = angle(k).sin_cos();
                    let s = support(&ring, centre, Vec2::new(sin, cos)) + layer;
                    radius.last().map_or(s, |above| s.max(above[k] + flare * step))
                })
                .collect();
            radius.push(row);
        }
        let length = (y0 - y1).max(1e-3);
        let ratio = self.marks.top / m.top;
        let mut mesh = Mesh::grid(ROWS, columns, full, |r, k| {
            let f = r as f32 / (ROWS - 1) as f32;
            let y = y0 - length * f;
            let a = angle(k);
            let (sin, cos) = a.sin_cos();
            let drop = (length * f / 0.5).min(1.3);
            let w = noise(Vec3::new(sin, cos, 0.3), 1.7);
            let fold = (a * pleats + w * 2.6).sin() + 0.4 * (a * pleats * 2.3 + w * 6.0).sin();
            let lap = if *open > 0.0 { 0.010 * (1.0 - k as f32 / columns as f32) } else { 0.0 };
            let radius = radius[r][k] + depth * drop * fold + lap;
            let p = Vec3::new(centre.x + sin * radius, y, centre.y + cos * radius);
            // The cloth follows the thighs, and behind also the calves; in between it hangs from both.
            let leg = ramp(m.hip + 0.06, m.hip - 0.30, y) * 0.82;
            let left = ramp(-m.hip_x * 1.6, m.hip_x * 1.6, p.x);
            let calf = ramp(m.knee + 0.10, m.knee - 0.25, y) * if cos < 0.0 { 0.55 } else { 0.25 };
            let up = ramp(m.hip + 0.05, m.hip + 0.22, y);
            let weights = [
                up,
                (1.0 - leg) * (1.0 - up),
                leg * left * (1.0 - calf),
                leg * (1.0 - left) * (1.0 - calf),
                leg * left * calf,
                leg * (1.0 - left) * calf,
            ];
            let parts: Vec<(usize, f32)> = bones.into_iter().zip(weights).collect();
            Vtx {
                p,
                neutral: Vec3::new(sin * 0.25, y * ratio, cos * 0.25),
                bind: bind(&parts),
                ..Vtx::default()
            }
        });
        mesh.face_outwards(Vec3::new(centre.x, 0.0, centre.y), Vec3::new(1.0, 0.0, 1.0));
        mesh.hem(0.008);
        mesh.paint(colour)
    }

    /// Points of the head without the ears, for hats and hair.
    pub(crate) fn head_points(&self, p: &[Vec3], m: &Marks) -> Vec<Vec3> {
        (0..BODY).filter(|i| !self.ear[*i] && p[*i].y > m.eye.y - 0.06).map(|i| p[i]).collect()
    }

    fn hat(&self, l: &Library, p: &[Vec3], piece: &Piece, own: Vec3) -> Vec<(Surface, Mesh)> {
        let Piece::Hat { crown, brim, taper, curl, visor, dent, crest, colour, band } = piece else {
            return vec![];
        };
        let m = Marks::of(l, p);
        let hs = (m.top - m.eye.y) / (self.marks.top - self.marks.eye.y);
        let base_y = m.eye.y + (m.top - m.eye.y) * 0.50;
        let centre = Vec2::new(0.0, f32::midpoint(m.eye.z, m.back) + 0.005);
        let ring: Vec<Vec3> =
            self.head_points(p, &m).into_iter().filter(|v| (v.y - base_y).abs() < 0.012).collect();
        let girth = |d: Vec2| support(&ring, centre, d).max(0.06);
        let at = |d: Vec2, r: f32, y: f32| {
            let z = centre.y + d.y * r;
            // A hat sits lower behind.
            Vec3::new(d.x * r, base_y + y - (centre.y - z) * 0.10 + 0.004, z)
        };
        let head = bind(&[(l.bone("head"), 1.0)]);
        let turn = |k: usize| {
            let (sin, cos) = (k as f32 / 64.0 * TAU).sin_cos();
            Vec2::new(sin, cos)
        };
        let (crown, brim) = (crown * hs, brim * hs);
        let vertex = |p: Vec3, neutral: Vec3| Vtx { p, neutral, bind: head, ..Vtx::default() };
        let axis = Vec3::new(0.0, base_y, centre.y);
        let mut cap = Mesh::grid(18, 64, true, |r, k| {
            let d = turn(k);
            let base = girth(d) + 0.010;
            let u = r as f32 / 17.0;
            let (radius, mut y) = if u < 0.72 {
                let v = u / 0.72;
                (base * (1.0 - (1.0 - taper) * v * v), crown * v)
            } else {
                let v = (u - 0.72) / 0.28;
                let round = (1.0 - v * v).max(0.0).sqrt().min(1.0 - v * 0.3) * (1.0 - v);
                let rise = if *dent { -0.02 * v } else { 0.16 * v * (2.0 - v) };
                (base * taper * round, crown * (1.0 + rise))
            };
            let mut p = at(d, radius, 0.0);
            y += crest * (-(p.x / 0.016).powi(2)).exp() * ramp(0.30, 0.62, u);
            if *dent {
                let forward = p.z - centre.y;
                y -= 0.030
                    * ramp(0.45, 1.0, u)
                    * (-(p.x / 0.028).powi(2)).exp()
                    * ramp(-0.14, 0.02, forward + 0.03);
                let pinch = (-((p.x.abs() - 0.04) / 0.02).powi(2)).exp();
                p.x -= p.x.signum() * 0.014 * ramp(0.3, 0.9, u) * ramp(0.02, 0.07, forward) * pinch;
            }
            p.y += y;
            vertex(p, Vec3::new(d.x * radius, y, d.y * radius))
        });
        cap.face_outwards(axis + Vec3::Y * crown * 0.4, Vec3::ONE);
        let own = tone(colour, own);
        let mut out = vec![(Surface::Cloth, cap.paint(own))];
        if !band.is_empty() {
            let mut strip = Mesh::grid(3, 64, true, |r, k| {
                let d = turn(k);
                let y = r as f32 * 0.017;
                let radius = (girth(d) + 0.0125) * (1.0 - (1.0 - taper) * (y / crown).powi(2));
                vertex(at(d, radius, y + 0.002), Vec3::new(d.x, y, d.y))
            });
            strip.face_outwards(axis, Vec3::new(1.0, 0.0, 1.0));
            out.push((Surface::Cloth, strip.paint(tone(band, own))));
        }
        if brim > 0.0 {
            let rim = Mesh::grid(8, 64, true, |r, k| {
                let d = turn(k);
                let base = girth(d) + 0.008;
                let u = r as f32 / 7.0;
                let width = if *visor { brim * ramp(0.45, 0.85, d.y) } else { brim * (1.0 + 0.12 * d.y) };
                let rise = if *dent {
                    (0.024 * d.x * d.x - 0.022 * d.y.max(0.0) + 0.010 * (-d.y).max(0.0)) * u * u
                } else {
                    curl * u * u
                };
                let radius = base + width * u;
                vertex(at(d, radius, rise), Vec3::new(d.x * radius, 0.0, d.y * radius))
            });
            out.push((Surface::Cloth, rim.paint(own)));
        }
        out
    }

    fn globe(&self, l: &Library, p: &[Vec3], piece: &Piece, own: Vec3) -> Vec<(Surface, Mesh)> {
        let Piece::Globe { radius, colour, visor, pane: [wide, tall] } = piece else { return vec![] };
        let m = Marks::of(l, p);
        let hs = (m.top - m.eye.y) / (self.marks.top - self.marks.eye.y);
        let radius = radius * hs;
        let centre = Vec3::new(0.0, m.eye.y - 0.012 * hs, f32::midpoint(m.eye.z, m.back) + 0.012);
        let head = bind(&[(l.bone("head"), 1.0)]);
        let vertex = |d: Vec3, r: f32| Vtx {
            p: centre + d * r * Vec3::new(1.0, 1.06, 1.0),
            neutral: d * r,
            bind: head,
            ..Vtx::default()
        };
        let round = |a: f32, b: f32| Vec3::new(a.sin() * b.cos(), b.sin(), a.cos() * b.cos());
        // Open below, where it sits on the collar.
        let mut shell = Mesh::grid(22, 56, true, |r, k| {
            let b = -0.98 + (0.98 + FRAC_PI_2 - 0.001) * r as f32 / 21.0;
            vertex(round(k as f32 / 56.0 * TAU, b), radius)
        });
        shell.face_outwards(centre, Vec3::ONE);
        let mut collar = Mesh::grid(7, 56, true, |r, k| {
            let a = k as f32 / 56.0 * TAU;
            let (rise, out) = (r as f32 / 6.0 * PI).sin_cos();
            let d = round(a, -0.98);
            let mut v = vertex(d, radius);
            v.p += Vec3::new(a.sin(), 0.0, a.cos()) * (0.004 + 0.013 * rise) - Vec3::Y * 0.022 * out;
            v
        });
        collar.face_outwards(centre, Vec3::new(1.0, 0.0, 1.0));
        // A pane with round corners, and the frame that it sits in.
        let pane = |wide: f32, tall: f32, out: f32| {
            let mut pane = Mesh::grid(15, 25, false, |r, k| {
                let (u, v) = (k as f32 / 12.0 - 1.0, r as f32 / 7.0 - 1.0);
                let (x, y) = (u * (1.0 - 0.5 * v * v).sqrt(), v * (1.0 - 0.5 * u * u).sqrt());
                let (x, y) = (u + (x - u) * 0.75, v + (y - v) * 0.75);
                vertex(round(x * wide, 0.02 + y * tall), radius * out)
            });
            pane.face_outwards(centre, Vec3::ONE);
            pane
        };
        let own = tone(colour, own);
        vec![
            (Surface::Leather, shell.paint(own)),
            (Surface::Leather, collar.paint(own * 0.45)),
            (Surface::Leather, pane(wide + 0.08, tall + 0.08, 1.010).paint(own * 0.30)),
            (Surface::Eye, pane(*wide, *tall, 1.022).paint(tone(visor, own))),
        ]
    }

    fn glasses(&self, l: &Library, p: &[Vec3]) -> Mesh {
        let m = Marks::of(l, p);
        let head = bind(&[(l.bone("head"), 1.0)]);
        let near = |v: &&Vec3| (v.y - m.eye.y).abs() < 0.008 && v.x.abs() < 0.045;
        let z = p[..BODY].iter().filter(near).map(|v| v.z).fold(0.0, f32::max) + 0.006;
        let centre = Vec2::new(0.0, f32::midpoint(m.eye.z, m.back) + 0.005);
        let level: Vec<Vec3> =
            self.head_points(p, &m).into_iter().filter(|v| (v.y - m.eye.y).abs() < 0.010).collect();
        let wire = |f: &dyn Fn(f32) -> Vec3, n: usize| {
            Mesh::grid(n + 1, 6, true, |i, k| {
                let t = i as f32 / n as f32;
                let (a, b) = (f(t), f(t + 0.01));
                let d = (b - a).normalize_or(Vec3::X);
                let x = d.cross(Vec3::new(0.3, 0.2, 1.0)).normalize_or(Vec3::Y);
                let (sin, cos) = (k as f32 / 6.0 * TAU).sin_cos();
                Vtx { p: a + (x * cos + d.cross(x) * sin) * 0.0015, bind: head, ..Vtx::default() }
            })
        };
        let mut mesh = Mesh::default();
        for side in [-1.0f32, 1.0] {
            let c = Vec3::new(m.eye.x.abs() * side * 1.04, m.eye.y - 0.003, z);
            let w = m.eye.x.abs() * 0.78;
            let lens = |t: f32| {
                let (sin, cos) = (t * TAU).sin_cos();
                let square = 1.0 + 0.10 * (2.0 * t * TAU).sin().powi(2);
                c + Vec3::new(cos * w * square, sin * w * 0.80 * square, -0.006 * cos * side)
            };
            mesh.append(&wire(&lens, 28));
            let temple = support(&level, centre, Vec2::new(side, 0.0)) + 0.004;
            let start = m.eye.x.abs() + w;
            let arm = |t: f32| {
                let x = start + (temple - start) * t.min(0.5) * 2.0;
                Vec3::new(side * x, m.eye.y + 0.004 - 0.048 * (t - 0.75).max(0.0), z - 0.006 - 0.105 * t)
            };
            mesh.append(&wire(&arm, 12));
        }
        let bridge = |t: f32| {
            let x = (t - 0.5) * 2.0 * m.eye.x.abs() * 0.30;
            Vec3::new(x, m.eye.y + 0.002 + 0.004 * (t * PI).sin(), z + 0.002)
        };
        mesh.append(&wire(&bridge, 6));
        mesh.fix_normals();
        mesh
    }
}

/// Moves a point away from the axis `a b` until it is `radius` off, but not quite sharply.
fn keep_off(p: Vec3, a: Vec3, b: Vec3, radius: f32) -> Vec3 {
    let d = b - a;
    let t = ((p - a).dot(d) / d.length_squared()).clamp(-0.2, 1.2);
    let on_axis = a + d * t;
    let v = p - on_axis;
    let length = v.length();
    if length > 1e-4 && length < radius {
        on_axis + v / length * (length + (radius - length) * 0.85)
    } else {
        p
    }
}

fn collar(l: &Library, p: &[Vec3], [up, open, layer]: [f32; 3], colour: Vec3) -> Mesh {
    const COLUMNS: usize = 48;
    let m = Marks::of(l, p);
    let scale = (m.top - m.eye.y) / 0.115;
    let up = up * scale.clamp(0.6, 1.1);
    let parts = bind(&[(l.bone("spine_03"), 0.75), (l.bone("neck_01"), 0.25)]);
    let centre = Vec2::new(0.0, m.neck.z);
    let open = open.to_radians();
    let neck: Vec<Vec3> = p[..BODY]
        .iter()
        .filter(|v| (v.y - m.neck.y - 0.03).abs() < 0.012 && v.x.abs() < 0.11)
        .copied()
        .collect();
    let z = up / 0.056;
    // Distance from the neck, and height: up the stand, over the fold and down the leaf.
    let profile = [
        (layer * 0.4, -0.015),
        (layer * 0.5, up * 0.5),
        (layer * 0.7 + 0.006 * z, up),
        (layer + 0.018 * z, up * 1.02),
        (layer + 0.034 * z, up * 0.62),
        (layer + 0.046 * z, up * 0.1 - 0.01 * z),
    ];
    let mut mesh = Mesh::grid(profile.len(), COLUMNS, false, |r, k| {
        let t = k as f32 / (COLUMNS - 1) as f32;
        let a = open + t * (TAU - 2.0 * open);
        let d = Vec2::new(a.sin(), a.cos());
        let front = ramp(-0.2, 0.9, a.cos());
        let end = 0.30 + 0.70 * ramp(0.0, 0.20, t.min(1.0 - t));
        let (away, height) = (profile[r].0 * (0.6 + 0.4 * end), profile[r].1 * end);
        let s = support(&neck, centre, d) + away + 0.012;
        let y = m.neck.y + 0.018 + height - front * 0.052;
        Vtx {
            p: Vec3::new(centre.x + d.x * s, y, centre.y + d.y * s + front * 0.004),
            neutral: Vec3::new(d.x, height, d.y) * 0.3,
            bind: parts,
            ..Vtx::default()
        }
    });
    mesh.face_outwards(Vec3::new(centre.x, 0.0, centre.y), Vec3::new(1.0, 0.0, 1.0));
    mesh.hem(0.004);
    mesh.paint(colour)
}

/// A sole that follows the outline of the foot.
fn sole_of(l: &Library, p: &[Vec3], side: &str, lift: f32) -> Mesh {
    let (foot, ball) = (l.bone(&format!("foot_{side}")), l.bone(&format!("ball_{side}")));
    let sign = if side == "l" { 1.0 } else { -1.0 };
    let points: Vec<Vec3> =
        p[l.range("tights")].iter().filter(|v| v.y < 0.05 && v.x * sign > 0.0).copied().collect();
    let mean = points.iter().sum::<Vec3>() / points.len().max(1) as f32;
    let centre = Vec2::new(mean.x, mean.z);
    let ball_z = l.joint(p, ball).z;
    // Radius of the outline (not the support), from a narrow wedge.
    let outline = |d: Vec2| {
        points.iter().fold(0f32, |r, p| {
            let v = Vec2::new(p.x, p.z) - centre;
            let a = v.dot(d);
            if a > 0.0 && v.perp_dot(d).abs() < 0.35 * a + 0.004 { r.max(a) } else { r }
        })
    };
    let rows = [
        (0.0f32, -lift),
        (-0.004, -lift),
        (-0.002, -lift * 0.5),
        (-0.003, 0.004),
        (-0.006, 0.008),
        (-0.016, 0.009),
    ];
    let mut mesh = Mesh::grid(rows.len(), 40, true, |r, k| {
        let (sin, cos) = (k as f32 / 40.0 * TAU).sin_cos();
        let d = Vec2::new(sin, cos);
        let s = if r == 0 { 0.0 } else { outline(d) + rows[r].0 };
        let z = centre.y + d.y * s;
        let w = ramp(ball_z - 0.015, ball_z + 0.02, z);
        Vtx {
            p: Vec3::new(centre.x + d.x * s, rows[r].1, z),
            neutral: Vec3::new(d.x, rows[r].1, d.y),
            bind: bind(&[(foot, 1.0 - w), (ball, w)]),
            ..Vtx::default()
        }
    });
    mesh.face_outwards(Vec3::new(centre.x, 0.0, centre.y), Vec3::new(1.0, 0.0, 1.0));
    mesh
}
