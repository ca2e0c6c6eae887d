//! Robots: plates of metal on a person's skeleton, so that every motion of people is theirs too.

use std::f32::consts::TAU;

use film::CastMember;
use glam::Vec3;

use super::cloth::{Mesh, Vtx, bind};
use super::library::{Library, Shape};
use super::{Person, add, pose};
use crate::cast::appearance::{Chance, all_words, colour_in, size_factor, words};
use crate::cast::mesh::{Finish, MeshBuilder, Surface, parse_colour};

/// The words that mean one.
pub(crate) const WORDS: [&str; 6] = ["robot", "android", "cyborg", "humanoid", "automaton", "droid"];
/// The colours of plates when none is named.
const PAINTS: [&str; 5] = ["#c9ccd0", "#8f969e", "#d8d4c8", "#5c6670", "#b4bcc4"];
/// The colours of the lights.
const LIGHTS: [&str; 4] = ["#38c8ff", "#ffb020", "#40ff90", "#ff4030"];
/// How high the soles are under the ankles' rest, in metres.
/// How many times as tall as others a giant robot is: as a house of three storeys.
const GIANT: f32 = 6.0;
const LIFT_M: f32 = 0.03;

/// What tells one robot from another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Robot {
    paint: [u8; 3],
    light: usize,
    /// One strip for both eyes instead of two lamps.
    visor: bool,
    antenna: bool,
    rusty: bool,
    scale_percent: u16,
}

impl Robot {
    /// A robot, if the member is one.
    pub(crate) fn read(member: &CastMember, chance: &mut Chance) -> Option<Robot> {
        let kind = member.kind.to_lowercase();
        let is =
            |word: &str| WORDS.contains(&word) || word.strip_suffix('s').is_some_and(|w| WORDS.contains(&w));
        if !is(&kind) && !words(&kind).any(|w| is(&w)) && !words(&member.name).last().is_some_and(|w| is(&w))
        {
            return None;
        }
        let said = all_words(member);
        let rusty = said.iter().any(|w| matches!(w.as_str(), "rusty" | "rusted" | "old" | "battered"));
        let spoken = member.appearance.values().filter_map(serde_json::Value::as_str).find_map(colour_in);
        let named = colour_in(&member.name).or(spoken);
        let chosen = parse_colour(PAINTS[chance.pick(PAINTS.len())]).unwrap_or(Vec3::splat(0.5));
        let paint = named.unwrap_or(if rusty { Vec3::new(0.22, 0.10, 0.045) } else { chosen });
        let size = size_factor(&said);
        Some(Robot {
            paint: paint.to_array().map(|x| (x.sqrt() * 255.0) as u8),
            light: chance.pick(LIGHTS.len()),
            visor: chance.pick(2) == 0,
            antenna: chance.pick(2) == 0,
            rusty,
            scale_percent: (if size > 1.3 { GIANT } else { size } * 100.0).round() as u16,
        })
    }
}

/// One cross-section: centre, half width, half depth.
type Ring = (Vec3, f32, f32);

/// Collects plates by what they are made of.
struct Shop {
    metal: Mesh,
    joint: Mesh,
    lamp: Mesh,
}

/// Which of the meshes a piece goes to.
#[derive(Clone, Copy)]
enum Made {
    Metal,
    Joint,
    Lamp,
}

impl Shop {
    fn take(&mut self, made: Made, mesh: &Mesh) {
        match made {
            Made::Metal => self.metal.append(mesh),
            Made::Joint => self.joint.append(mesh),
            Made::Lamp => self.lamp.append(mesh),
        }
    }

    /// A plate swept along rings, closed at both ends. `square`: 2 is round, more is boxier. `x` is the axis of the
    /// widths.
    fn plate(&mut self, made: Made, bone: usize, rings: &[Ring], x: Vec3, square: f32, tone: Vec3) {
        const SIDES: usize = 24;
        let (first, last) = (rings[0], rings[rings.len() - 1]);
        let along = (last.0 - first.0).normalize_or(Vec3::Y);
        let x = (x - along * x.dot(along)).normalize_or(Vec3::X);
        let z = x.cross(along);
        // The rim is bevelled, and the cap has a ring of its own so that it stays flat.
        let bevel = 0.12 * first.1.min(first.2).min(last.1).min(last.2);
        let mut all: Vec<Ring> = vec![(first.0, 0.0, 0.0), (first.0, first.1 - bevel, first.2 - bevel)];
        all.extend(rings.iter().enumerate().map(|(i, r)| {
            let shift = if i == 0 {
                bevel
            } else if i + 1 == rings.len() {
                -bevel
            } else {
                0.0
            };
            (r.0 + along * shift, r.1, r.2)
        }));
        all.extend([(last.0, last.1 - bevel, last.2 - bevel), (last.0, 0.0, 0.0)]);
        let power = |v: f32| v.signum() * v.abs().powf(2.0 / square);
        let mut mesh = Mesh::grid(all.len(), SIDES, true, |i, k| {
            let (sin, cos) = (k as f32 / SIDES as f32 * TAU).sin_cos();
            let p = all[i].0 + x * (power(cos) * all[i].1) + z * (power(sin) * all[i].2);
            Vtx { p, neutral: p, colour: tone, bind: bind(&[(bone, 1.0)]), ..Vtx::default() }
        });
        mesh.face_outwards((first.0 + last.0) * 0.5, Vec3::ONE);
        self.take(made, &mesh);
    }

    fn ball(&mut self, made: Made, bone: usize, at: Vec3, radius: f32, tone: Vec3) {
        let mesh = Mesh::ball(at, radius, bind(&[(bone, 1.0)])).paint(tone);
        self.take(made, &mesh);
    }
}

/// Builds a robot on the skeleton of an average adult.
pub(crate) fn build(l: &Library, robot: &Robot) -> Person {
    let shape = Shape { male: 0.7, muscle: 0.5, weight: 0.5, height: 0.55, years: 25.0, ..Shape::default() };
    let p = l.evaluate(&shape);
    let paint = Vec3::from(robot.paint.map(|c| f32::from(c) / 255.0));
    let paint = paint * paint;
    let dark = Vec3::splat(0.035);
    let light = parse_colour(LIGHTS[robot.light]).unwrap_or(Vec3::ONE);
    let mut shop = Shop { metal: Mesh::default(), joint: Mesh::default(), lamp: Mesh::default() };
    trunk(l, &p, &mut shop, paint, dark, light);
    let eyes = head(l, &p, &mut shop, robot, paint, dark, light);
    for s in ["l", "r"] {
        arm(l, &p, &mut shop, s, paint, dark);
        leg(l, &p, &mut shop, s, paint, dark);
    }
    let mut out = MeshBuilder::default();
    let (gloss, metal) = if robot.rusty { (0.28, 0.35) } else { (0.62, 0.55) };
    let plain = Finish::default();
    add(&mut out, &shop.metal, Surface::Solid, Finish { gloss, metal, ..plain });
    add(&mut out, &shop.joint, Surface::Solid, Finish { gloss: 0.45, metal: 0.5, ..plain });
    add(&mut out, &shop.lamp, Surface::Solid, Finish { gloss: 0.3, glow: 2.2, ..plain });
    let scale = f32::from(robot.scale_percent) / 100.0;
    let rig = pose::Rig::new(l, &p, LIFT_M, 0.0, 0.10, scale);
    Person { mesh: out.finish(scale, rig.joints()).into(), rig, eyes: eyes * scale }
}

fn trunk(l: &Library, p: &[Vec3], shop: &mut Shop, paint: Vec3, dark: Vec3, light: Vec3) {
    let at = |name: &str| l.head(p, name);
    let (pelvis, neck) = (at("pelvis"), at("neck_01"));
    let (hip, shoulder) = (at("thigh_l"), at("upperarm_l"));
    let (low, mid, high) = (at("spine_01"), at("spine_02"), at("spine_03"));
    let front = |y: f32, z: f32| Vec3::new(0.0, y, z);
    let z = (pelvis.z + high.z) * 0.5 + 0.01;
    let wide = shoulder.x;
    // Hips: a boxy basin that narrows to the crotch.
    let hips = [
        (front(hip.y - 0.07, z), hip.x * 0.75, 0.075),
        (front(hip.y - 0.01, z), hip.x * 1.35, 0.105),
        (front(hip.y + 0.09, z), hip.x * 1.45, 0.11),
        (front(hip.y + 0.12, z), hip.x * 1.25, 0.095),
    ];
    shop.plate(Made::Metal, l.bone("pelvis"), &hips, Vec3::X, 4.0, paint);
    // A waist of rubber rings.
    let (from, to) = (hip.y + 0.10, mid.y.max(low.y) + 0.04);
    for k in 0..5 {
        let t = k as f32 / 4.0;
        let y = from + (to - from) * t;
        let bone = l.bone(if t < 0.4 { "spine_01" } else { "spine_02" });
        let r = 0.088 + 0.012 * t;
        let ring = [(front(y - 0.016, z), r, r * 0.8), (front(y + 0.016, z), r, r * 0.8)];
        shop.plate(Made::Joint, bone, &ring, Vec3::X, 2.4, dark);
    }
    let chest = l.bone("spine_03");
    let top = neck.y - 0.02;
    let base = to - 0.01;
    let y = |t: f32| base + (top - base) * t;
    let plates = [
        (front(y(0.0), z), wide * 0.55, 0.092),
        (front(y(0.22), z + 0.008), wide * 0.74, 0.118),
        (front(y(0.62), z + 0.012), wide * 0.98, 0.135),
        (front(y(0.86), z), wide * 0.96, 0.115),
        (front(y(1.0), z - 0.005), wide * 0.62, 0.085),
    ];
    shop.plate(Made::Metal, chest, &plates, Vec3::X, 3.6, paint);
    // A seam down the breast, a lamp on it, and a pack on the back.
    let breast = Vec3::new(0.0, y(0.62), z + 0.135);
    let seat = [(breast + Vec3::Z * 0.002, 0.042, 0.042), (breast + Vec3::Z * 0.022, 0.036, 0.036)];
    shop.plate(Made::Joint, chest, &seat, Vec3::X, 2.0, dark);
    let lens = [(breast + Vec3::Z * 0.02, 0.027, 0.027), (breast + Vec3::Z * 0.028, 0.022, 0.022)];
    shop.plate(Made::Lamp, chest, &lens, Vec3::X, 2.0, light);
    for side in [1.0, -1.0] {
        let vent = Vec3::new(side * wide * 0.52, y(0.36), z + 0.105);
        let slot = [(vent - Vec3::X * 0.035, 0.010, 0.026), (vent + Vec3::X * 0.035, 0.010, 0.026)];
        shop.plate(Made::Joint, chest, &slot, Vec3::Y, 3.0, dark);
    }
    let pack = [
        (Vec3::new(0.0, y(0.30), z - 0.13), wide * 0.55, 0.05),
        (Vec3::new(0.0, y(0.90), z - 0.12), wide * 0.62, 0.055),
    ];
    shop.plate(Made::Metal, chest, &pack, Vec3::X, 5.0, paint * 0.7);
    let head = at("head");
    let collar = [(neck - Vec3::Y * 0.05, 0.056, 0.056), (head + Vec3::Y * 0.03, 0.050, 0.050)];
    shop.plate(Made::Joint, l.bone("neck_01"), &collar, Vec3::X, 2.0, dark);
}

/// The head; returns the middle between the eyes.
fn head(
    l: &Library,
    p: &[Vec3],
    shop: &mut Shop,
    robot: &Robot,
    paint: Vec3,
    dark: Vec3,
    light: Vec3,
) -> Vec3 {
    let bone = l.bone("head");
    let base = l.head(p, "head") + Vec3::new(0.0, -0.025, 0.035);
    let up = |y: f32, z: f32| base + Vec3::new(0.0, y, z);
    let skull = [
        (up(-0.015, 0.012), 0.062, 0.066),
        (up(0.03, 0.010), 0.084, 0.092),
        (up(0.12, 0.0), 0.100, 0.108),
        (up(0.19, -0.004), 0.094, 0.100),
        (up(0.225, -0.006), 0.066, 0.072),
    ];
    shop.plate(Made::Metal, bone, &skull, Vec3::X, 3.2, paint);
    let eyes = up(0.125, 0.105);
    // A dark face plate, let into the skull.
    let face = [(eyes - Vec3::Z * 0.03, 0.080, 0.040), (eyes + Vec3::Z * 0.008, 0.076, 0.036)];
    shop.plate(Made::Joint, bone, &face, Vec3::X, 3.4, dark * 0.5);
    if robot.visor {
        let strip = [(eyes + Vec3::Z * 0.004, 0.062, 0.012), (eyes + Vec3::Z * 0.013, 0.060, 0.010)];
        shop.plate(Made::Lamp, bone, &strip, Vec3::X, 3.0, light);
    } else {
        for side in [0.036, -0.036] {
            let eye = eyes + Vec3::X * side;
            let lamp = [(eye + Vec3::Z * 0.004, 0.021, 0.021), (eye + Vec3::Z * 0.014, 0.017, 0.017)];
            shop.plate(Made::Lamp, bone, &lamp, Vec3::X, 2.0, light);
        }
    }
    for k in 0..3 {
        let slot = up(0.028 + 0.018 * k as f32, 0.101);
        let bar = [(slot - Vec3::X * 0.03, 0.004, 0.006), (slot + Vec3::X * 0.03, 0.004, 0.006)];
        shop.plate(Made::Joint, bone, &bar, Vec3::Y, 2.0, dark);
    }
    for side in [1.0f32, -1.0] {
        let ear = up(0.115, -0.004) + Vec3::X * (side * 0.095);
        let cup = [(ear, 0.036, 0.036), (ear + Vec3::X * side * 0.028, 0.028, 0.028)];
        shop.plate(Made::Joint, bone, &cup, Vec3::Y, 2.0, dark * 2.0);
    }
    if robot.antenna {
        let root = up(0.13, -0.004) + Vec3::X * 0.118;
        let tip = root + Vec3::new(0.01, 0.17, -0.02);
        shop.plate(Made::Joint, bone, &[(root, 0.006, 0.006), (tip, 0.003, 0.003)], Vec3::X, 2.0, dark * 2.0);
        shop.ball(Made::Lamp, bone, tip, 0.010, light);
    }
    eyes
}

/// A limb's plate between two joints, waisted at both ends.
fn limb(shop: &mut Shop, bone: usize, from: Vec3, to: Vec3, thick: [f32; 3], paint: Vec3) {
    let at = |t: f32| from.lerp(to, t);
    let [a, b, c] = thick;
    let rings = [
        (at(0.10), a * 0.85, a * 0.85),
        (at(0.22), a, a),
        (at(0.48), b, b),
        (at(0.80), c, c),
        (at(0.90), c * 0.85, c * 0.85),
    ];
    shop.plate(Made::Metal, bone, &rings, Vec3::X, 2.8, paint);
}

fn arm(l: &Library, p: &[Vec3], shop: &mut Shop, s: &str, paint: Vec3, dark: Vec3) {
    let bone = |name: &str| l.bone(&format!("{name}_{s}"));
    let at = |name: &str| l.joint(p, bone(name));
    let (shoulder, elbow, wrist) = (at("upperarm"), at("lowerarm"), at("hand"));
    shop.ball(Made::Joint, bone("upperarm"), shoulder, 0.062, dark);
    // The pauldron covers the joint from above and outside.
    let out = Vec3::X * shoulder.x.signum();
    let cap = [
        (shoulder - out * 0.035 + Vec3::Y * 0.02, 0.070, 0.074),
        (shoulder + out * 0.03 + Vec3::Y * 0.022, 0.078, 0.082),
        (shoulder + out * 0.075 + Vec3::Y * 0.005, 0.050, 0.058),
    ];
    shop.plate(Made::Metal, bone("upperarm"), &cap, Vec3::Y, 2.6, paint);
    let rod = |shop: &mut Shop, bone: usize, from: Vec3, to: Vec3, r: f32| {
        shop.plate(Made::Joint, bone, &[(from, r, r), (to, r, r)], Vec3::X, 2.0, dark * 1.6);
    };
    rod(shop, bone("upperarm"), shoulder, elbow, 0.030);
    limb(shop, bone("upperarm"), shoulder.lerp(elbow, 0.12), elbow, [0.050, 0.049, 0.043], paint);
    shop.ball(Made::Joint, bone("lowerarm"), elbow, 0.044, dark);
    rod(shop, bone("lowerarm"), elbow, wrist, 0.026);
    limb(shop, bone("lowerarm"), elbow, wrist, [0.046, 0.053, 0.042], paint);
    shop.ball(Made::Joint, bone("hand"), wrist, 0.032, dark);
    // Palm and fingers of short rods.
    let (index, pinky) = (at("index_01"), at("pinky_01"));
    let knuckles = (index + pinky) * 0.5;
    let across = (index - pinky).normalize_or(Vec3::Z);
    let half = index.distance(pinky) * 0.5 + 0.012;
    let palm = [(wrist.lerp(knuckles, 0.12), half * 0.75, 0.017), (wrist.lerp(knuckles, 0.98), half, 0.017)];
    shop.plate(Made::Metal, bone("hand"), &palm, across, 3.0, paint * 0.8);
    for finger in ["thumb", "index", "middle", "ring", "pinky"] {
        let joints = [1, 2, 3].map(|k| l.bone(&format!("{finger}_0{k}_{s}")));
        let points = joints.map(|b| l.joint(p, b));
        let tip = points[2] + (points[2] - points[1]) * 0.85;
        let ends = [points[1], points[2], tip];
        for k in 0..3 {
            let r = 0.0115 - 0.0012 * k as f32;
            shop.ball(Made::Joint, joints[k], points[k], r, dark * 2.0);
            let rings = [(points[k], r, r), (ends[k], r * 0.92, r * 0.92)];
            shop.plate(Made::Joint, joints[k], &rings, across, 2.4, dark * 2.4);
        }
    }
}

fn leg(l: &Library, p: &[Vec3], shop: &mut Shop, s: &str, paint: Vec3, dark: Vec3) {
    let bone = |name: &str| l.bone(&format!("{name}_{s}"));
    let at = |name: &str| l.joint(p, bone(name));
    let (hip, knee, ankle, ball) = (at("thigh"), at("calf"), at("foot"), at("ball"));
    shop.ball(Made::Joint, bone("thigh"), hip, 0.072, dark);
    let rod = [(hip, 0.042, 0.042), (knee, 0.036, 0.036)];
    shop.plate(Made::Joint, bone("thigh"), &rod, Vec3::X, 2.0, dark * 1.6);
    limb(shop, bone("thigh"), hip.lerp(knee, 0.06), knee, [0.078, 0.080, 0.062], paint);
    shop.ball(Made::Joint, bone("calf"), knee, 0.056, dark);
    let cap = [(knee + Vec3::Z * 0.02, 0.046, 0.052), (knee + Vec3::Z * 0.062, 0.034, 0.040)];
    shop.plate(Made::Metal, bone("calf"), &cap, Vec3::X, 2.6, paint);
    let rod = [(knee, 0.034, 0.034), (ankle, 0.030, 0.030)];
    shop.plate(Made::Joint, bone("calf"), &rod, Vec3::X, 2.0, dark * 1.6);
    limb(shop, bone("calf"), knee, ankle, [0.060, 0.068, 0.055], paint);
    shop.ball(Made::Joint, bone("foot"), ankle, 0.042, dark);
    let sole = -LIFT_M;
    let foot = |z: f32, top: f32, half: f32| {
        let y = f32::midpoint(top, sole);
        (
            Vec3::new(ankle.x + (ball.x - ankle.x) * ((z - ankle.z) / (ball.z - ankle.z)), y, z),
            half,
            (top - sole) * 0.5,
        )
    };
    let heel = [
        foot(ankle.z - 0.075, 0.035, 0.040),
        foot(ankle.z - 0.02, ankle.y * 0.95, 0.050),
        foot(ankle.z + 0.05, ankle.y * 0.80, 0.052),
        foot(ball.z - 0.004, 0.045, 0.054),
    ];
    shop.plate(Made::Metal, bone("foot"), &heel, Vec3::X, 3.6, paint * 0.85);
    let toe = [
        foot(ball.z + 0.004, 0.042, 0.054),
        foot(ball.z + 0.05, 0.026, 0.052),
        foot(ball.z + 0.085, 0.0, 0.042),
    ];
    shop.plate(Made::Metal, bone("ball"), &toe, Vec3::X, 3.6, paint * 0.7);
}
