//! People: one CC0 body evaluated from age, gender, build and origin, dressed from a table of parametric garments.

mod cloth;
mod deeds;
mod hair;
mod library;
mod pose;
mod robot;
mod scramble;
mod table;
mod wardrobe;

use std::sync::Arc;

use film::CastMember;
use glam::{Vec2, Vec3};

use self::cloth::{Mesh, Vtx, bind};
use self::library::{BODY, Library, Shape};
use self::robot::Robot;
use self::table::{Looks, Tables, decode};
use self::wardrobe::{Marks, Piece, Wardrobe};
use super::CastError;
use super::appearance::Chance;
use super::mesh::{BodyMesh, Finish, MeshBuilder, Surface, Vertex, encode, pack_weights};
use crate::motion::clip::ramp;

/// The tables and the data of all people.
#[derive(Debug)]
pub(crate) struct People {
    library: Library,
    wardrobe: Wardrobe,
    tables: Tables,
}

/// One person's body: mesh, joints at rest, and habits.
#[derive(Debug)]
pub(crate) struct Person {
    mesh: Arc<BodyMesh>,
    rig: pose::Rig,
    eyes: Vec3,
}

impl People {
    pub(crate) fn load() -> Result<People, CastError> {
        let library = Library::load()?;
        let wardrobe = Wardrobe::new(&library);
        Ok(People { library, wardrobe, tables: Tables::load()? })
    }

    /// Whether a word means a person.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.tables.knows(word) || robot::WORDS.contains(&word)
    }

    /// The names of all rows and roles.
    pub(crate) fn names(&self) -> Vec<String> {
        self.tables.names().map(String::from).collect()
    }

    /// What a member's individual looks like.
    pub(crate) fn looks(&self, member: &CastMember, individual: u32, chance: &mut Chance) -> Looks {
        let mut looks = self.tables.read(member, individual, chance);
        looks.robot = Robot::read(member, chance);
        looks
    }

    /// Builds and dresses a body: some hundredths of a second.
    pub(crate) fn person(&self, looks: &Looks) -> Person {
        let (l, w) = (&self.library, &self.wardrobe);
        if let Some(robot) = &looks.robot {
            return robot::build(l, robot);
        }
        let mut details: Vec<(String, f32)> = looks.face.iter().map(|(n, a)| ((*n).to_owned(), *a)).collect();
        // A neutral face of these data frowns; people are at ease by default.
        details.extend(["face/mouthSmileLeft", "face/mouthSmileRight"].map(|n| (n.to_owned(), 0.22)));
        details.retain(|(n, _)| l.has_detail(n));
        let shape = Shape {
            male: looks.male,
            years: looks.years,
            muscle: looks.muscle,
            weight: looks.weight,
            height: looks.height,
            ideal: 0.5,
            origin: looks.origin,
            details,
        };
        let p = l.evaluate(&shape);
        let marks = Marks::of(l, &p);
        let skin = decode(looks.skin);
        let hair_colour = decode(looks.hair_colour);
        let mut wear: Vec<(Piece, Vec3)> = vec![];
        for (name, colour) in &looks.wear {
            if let Some(garment) = self.tables.garment(name) {
                wear.extend(garment.pieces.iter().map(|piece| (piece.clone(), dyed(decode(*colour)))));
            }
        }
        let hat = wear.iter().any(|(piece, _)| matches!(piece, Piece::Hat { .. } | Piece::Globe { .. }));

        let normals = cloth::normals(&p[..BODY], l.quads("body"));
        let mut full = w.body.clone();
        for (v, s) in full.v.iter_mut().zip(&w.body_source) {
            v.p = p[*s as usize];
            v.n = normals[*s as usize];
        }
        let mut out = MeshBuilder::default();
        let hidden: Vec<f32> = w.hidden(&wear).iter().map(|f| -f).collect();
        let mut body = full.clone();
        let stubble = if looks.male > 0.5 && looks.years > 20.0 { 0.25 } else { 0.0 };
        let lips = 0.25 + 0.4 * (1.0 - looks.male);
        for (v, mask) in body.v.iter_mut().zip(&w.body_masks) {
            v.colour =
                complexion(skin, hair_colour, v.neutral, mask.map(|x| f32::from(x) / 255.0), lips, stubble);
            // Sockets, nostrils and the neck under the chin see less sky.
            v.open = 0.92;
        }
        add(&mut out, &body.cut(&hidden), Surface::Skin, Finish { gloss: 0.28, ..Finish::default() });

        self.eyes(&mut out, &p, decode(looks.iris));
        let plain = |group: &str, colour: Vec3| {
            let mut mesh = Mesh::default();
            for q in l.quads(group) {
                let base = mesh.v.len() as u32;
                mesh.v.extend(q.iter().map(|i| Vtx {
                    p: p[*i as usize],
                    neutral: l.neutral[*i as usize],
                    bind: l.bindings[*i as usize],
                    open: 1.0,
                    ..Vtx::default()
                }));
                mesh.t.extend([[base, base + 1, base + 2], [base, base + 2, base + 3]]);
            }
            mesh.fix_normals();
            mesh.paint(colour)
        };
        let matt = Finish::default();
        add(&mut out, &plain("lashes", Vec3::splat(0.006)), Surface::Hair, matt);

        let mut lift = 0.0;
        for (piece, colour) in &wear {
            for (surface, mesh) in w.dress(l, &p, piece, *colour, &mut lift) {
                let gloss = if surface == Surface::Leather { 0.45 } else { 0.0 };
                add(&mut out, &mesh, surface, Finish { gloss, ..matt });
            }
        }
        let mut grown = vec![w.brows(&full, (hair_colour * 0.8).lerp(skin * 0.5, 0.35))];
        if let Some(style) = self.tables.hair(&looks.hair) {
            grown.extend(w.hair(l, &p, &full, style, hat, hair_colour));
        }
        if looks.beard_mm > 0 {
            grown.push(w.beard(&full, f32::from(looks.beard_mm) / 1000.0, hair_colour));
        }
        for (surface, mesh, fur_length_m) in grown {
            // Hairs of a head, not of a coat: 1.6 mm cells.
            add(&mut out, &mesh, surface, Finish { gloss: 0.25, fur_length_m, strands_per_m: 620.0, ..matt });
        }
        let scale = f32::from(looks.scale_percent) / 100.0;
        let stoop = ramp(58.0, 85.0, looks.years) * 0.8;
        // Wide clothes and hips keep the arms off the body.
        let spread = 0.06 * ramp(0.55, 0.95, looks.weight) + if wide(&wear) { 0.10 } else { 0.0 };
        let rig = pose::Rig::new(l, &p, lift, stoop, spread, scale);
        let mesh = Arc::new(out.finish(scale, rig.joints()));
        Person { mesh, rig, eyes: Vec3::new(0.0, marks.eye.y, marks.eye.z) * scale }
    }

    /// Eyeballs on joints of their own.
    fn eyes(&self, out: &mut MeshBuilder, p: &[Vec3], iris: Vec3) {
        use std::f32::consts::{PI, TAU};
        const RINGS: [f32; 14] =
            [0.0, 0.12, 0.19, 0.215, 0.30, 0.40, 0.46, 0.50, 0.56, 0.75, 1.0, 1.4, 2.0, PI];
        let range = self.library.range("eyes");
        let half = range.len() / 2;
        for side in 0..2 {
            let points = &p[range.start + half * side..range.start + half * (side + 1)];
            let centre = points.iter().sum::<Vec3>() / half as f32;
            let radius = points.iter().map(|v| v.distance(centre)).fold(0.0, f32::max) * 0.985;
            let joint = self.library.bones.len() + side;
            let mut ball = Mesh::grid(RINGS.len(), 24, true, |i, k| {
                let ((ts, tc), (sin, cos)) = (RINGS[i].sin_cos(), (k as f32 / 24.0 * TAU).sin_cos());
                let d = Vec3::new(ts * cos, ts * sin, tc);
                Vtx { p: centre + d * radius, neutral: d, bind: bind(&[(joint, 1.0)]), ..Vtx::default() }
            });
            ball.face_outwards(centre, Vec3::ONE);
            for v in &mut ball.v {
                v.n = v.neutral;
                let r = v.neutral.z.clamp(-1.0, 1.0).acos();
                let white = Vec3::new(0.50, 0.45, 0.42).lerp(Vec3::new(0.42, 0.26, 0.23), ramp(0.7, 1.3, r));
                let rim = 1.0 - 0.6 * ramp(0.38, 0.46, r);
                let coloured = iris * (0.7 + 0.8 * ramp(0.2, 0.36, r)) * rim;
                v.colour =
                    if r < 0.20 { Vec3::splat(0.004) } else { coloured.lerp(white, ramp(0.48, 0.54, r)) };
                // The upper lid shades the ball.
                v.open = 0.75 - 0.4 * ramp(0.0, 0.6, v.neutral.y);
            }
            add(out, &ball, Surface::Eye, Finish { gloss: 1.0, ..Finish::default() });
        }
    }
}

/// A colour as cloth takes it: a sunlit picture makes pure colours glare.
fn dyed(colour: Vec3) -> Vec3 {
    let luma = colour.dot(Vec3::new(0.30, 0.59, 0.11));
    colour.lerp(Vec3::splat(luma), 0.30) * 0.9
}

/// Whether the clothes are wide at the hips.
fn wide(wear: &[(Piece, Vec3)]) -> bool {
    wear.iter().any(|(piece, _)| matches!(piece, Piece::Tube { flare, .. } if *flare > 0.12))
}

/// Skin with lips, blush, stubble: masks are lips, brows, blush, beard.
fn complexion(skin: Vec3, hair: Vec3, at: Vec3, mask: [f32; 4], lips: f32, stubble: f32) -> Vec3 {
    let mut c = skin * (0.95 + 0.10 * wardrobe::noise(at, 60.0).abs());
    c = c.lerp(c * Vec3::new(1.06, 0.84, 0.80), mask[2] * 0.55);
    let lip = (c * Vec3::new(0.95, 0.60, 0.58))
        .lerp(Vec3::new(0.42, 0.03, 0.04), (lips - 0.4).clamp(0.0, 0.8) * 0.6);
    c = c.lerp(lip, mask[0] * (0.55 + 0.4 * lips));
    c.lerp(hair * 0.8 + c * 0.12, mask[3] * stubble * 0.6)
}

fn add(out: &mut MeshBuilder, mesh: &Mesh, surface: Surface, finish: Finish) {
    let base = out.vertices.len() as u32;
    for v in &mesh.v {
        let mut influences: Vec<(usize, f32)> = (0..4)
            .filter(|k| v.bind.weights[*k] > 0.0)
            .map(|k| (usize::from(v.bind.joints[k]), v.bind.weights[k]))
            .collect();
        let (joints, weights) = pack_weights(&mut influences);
        let comb = (v.comb - v.n * v.comb.dot(v.n)).normalize_or_zero();
        out.push(Vertex {
            position: v.p.to_array(),
            normal: v.n.normalize_or(Vec3::Y).to_array(),
            comb: comb.to_array(),
            colour: encode(v.colour, if surface == Surface::Fur { v.hair } else { 0.0 }),
            marking: [0; 4],
            joints,
            weights,
            pattern: Vec2::new(v.across, v.open).to_array(),
        });
    }
    out.triangles(
        surface,
        Finish { heights_per_m: 1.0, ..finish },
        mesh.t.iter().flatten().map(|i| base + i),
    );
}

impl Person {
    pub(crate) fn mesh(&self) -> &Arc<BodyMesh> {
        &self.mesh
    }

    /// The middle between the eyes at rest, in metres, and the head's joint.
    pub(crate) fn eyes_at(&self) -> (Vec3, usize) {
        (self.eyes, self.rig.head())
    }

    pub(crate) fn rig(&self) -> &pose::Rig {
        &self.rig
    }
}

/// What a person does when asked for `clip`.
pub(crate) fn able(clip: crate::motion::clip::Clip) -> crate::motion::clip::Clip {
    pose::Rig::able(clip)
}
