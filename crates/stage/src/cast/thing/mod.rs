//! Vehicles, furniture and props: bodies made of parts that a table lists.
//!
//! - [`Table`] has the rows (`assets/things`); nothing here knows any one thing.
//! - [`Thing`] is one built: its mesh, the joints of what turns on it, and how it is used (seats, grip, surface, lamps).

pub(crate) mod glb;
mod solid;
pub(crate) mod table;

use std::f32::consts::TAU;
use std::sync::Arc;

use glam::{Affine3A, EulerRot, Mat4, Quat, Vec2, Vec3, Vec4};

use self::solid::{Hull, Solid, View, spline};
use self::table::{Material, Paint, Part, Sort};
use super::CastError;
use super::mesh::{BodyMesh, Bounds, Finish, MeshBuilder, Pose, Surface, Vertex, encode, parse_colour};
use crate::motion::clip::{Aboard, Act, Carry, Clip, Cycle, Ground, Handling, Posture, Root, drift, ramp};
pub(crate) use table::{Glow, Grip, Seat, Stands, Table};

/// How deep rows may use rows.
const MOST_NESTED: u32 = 4;
/// A pose has no more joints than a byte can count.
const MOST_JOINTS: usize = 200;

/// How something on a thing moves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Motion {
    /// It rolls on the ground: radians are metres over the radius.
    Roll { radius: f32 },
    /// It turns, so many times a second, while the thing is at work.
    Spin { per_second: f32 },
    /// It swings: radians to either side, seconds from side to side and back.
    Sway { angle: f32, period: f32 },
    /// It is there only while the thing is at work: the fire of an engine.
    Burn,
    /// A flame; the number tells which of them goes out when.
    /// It swings as well.
    Flame { nth: usize, angle: f32, period: f32 },
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Joint {
    pivot: Vec3,
    axis: Vec3,
    motion: Motion,
}

/// What tells one thing of a row from another. Things are cached by it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Looks {
    pub(crate) row: String,
    /// Factor of its lengths in percent.
    pub(crate) size_percent: u32,
    /// The main colour, as codes of the square root of linear light.
    pub(crate) main: Option<[u8; 3]>,
    /// Which of the row's own colours it has otherwise.
    pub(crate) choice: u32,
}

/// A thing built.
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of its row")]
#[derive(Debug)]
pub(crate) struct Thing {
    mesh: Arc<BodyMesh>,
    joints: Vec<Joint>,
    stands: Stands,
    height_m: f32,
    speed_mps: Option<f32>,
    leans: bool,
    bounds: Bounds,
    pub(crate) seats: Vec<Seat>,
    /// People take its seats whatever they do with it.
    pub(crate) gathers: bool,
    pub(crate) grip: Option<Grip>,
    /// Height of the surface that things are put on.
    pub(crate) top_m: Option<f32>,
    pub(crate) glows: Vec<Glow>,
    /// It goes on rails, where there are any.
    pub(crate) on_rails: bool,
    /// It bursts in the sky.
    pub(crate) bursts: bool,
}

struct Build<'a> {
    table: &'a Table,
    paint: Paint,
    out: MeshBuilder,
    joints: Vec<Joint>,
}

impl Thing {
    /// Builds a row.
    ///
    /// # Errors
    /// [`CastError::Table`] if a part of the row is wrong.
    pub(crate) fn new(table: &Table, looks: &Looks) -> Result<Thing, CastError> {
        let wrong = |message: &str| CastError::Table { row: looks.row.clone(), message: message.into() };
        let row = table.row(&looks.row).ok_or_else(|| wrong("there is no such row"))?;
        let colour = |hex: &str| parse_colour(hex).ok_or_else(|| wrong("a colour is no #rrggbb"));
        let own = row.main.get(looks.choice as usize % row.main.len().max(1));
        let own = own.map_or(Ok(Vec3::splat(0.5)), |hex| colour(hex))?;
        let main = looks.main.map_or(own, |code| {
            let root = Vec3::from(code.map(|c| f32::from(c) / 255.0));
            root * root
        });
        let second = row.second.as_deref().map_or(Ok(Vec3::splat(0.6)), colour)?;
        let paint = Paint { main, second };
        let mut build = Build { table, paint, out: MeshBuilder::default(), joints: vec![] };
        let size = row.size.unwrap_or(1.0) * looks.size_percent as f32 / 100.0;
        build.parts(&looks.row, &Affine3A::from_scale(Vec3::splat(size)), 0, 0)?;
        let Build { out, mut joints, .. } = build;
        let mut mesh = out.finish(1.0, joints.len() + 1);
        if mesh.vertices.is_empty() {
            return Err(wrong("it has no parts"));
        }
        let stands = row.on.unwrap_or_default();
        // What stands on the ground stands on its lowest point, not on the fire that it will lift off with.
        let fire: Vec<usize> =
            (0..joints.len()).filter(|k| joints[*k].motion == Motion::Burn).map(|k| k + 1).collect();
        let mut bounds = Bounds::EMPTY;
        for v in mesh.vertices.iter().filter(|v| !fire.contains(&usize::from(v.joints[0]))) {
            bounds.grow(v.position.into());
        }
        let lift = if matches!(stands, Stands::Water | Stands::Hung) { 0.0 } else { -bounds.min.y };
        let moved = |p: Vec3| p * size + Vec3::Y * lift;
        for v in &mut mesh.vertices {
            v.position[1] += lift;
        }
        for joint in &mut joints {
            joint.pivot.y += lift;
        }
        let seats = row.seats.iter().map(|s| Seat {
            at: moved(s.at),
            hands: s.hands.map(moved),
            feet: s.feet.map(moved),
            ..s.clone()
        });
        let grip = row.grip.as_ref().map(|g| Grip { at: moved(g.at), left: g.left.map(moved), ..g.clone() });
        (bounds.min.y, bounds.max.y) = (bounds.min.y + lift, bounds.max.y + lift);
        Ok(Thing {
            bounds,
            mesh: Arc::new(mesh),
            joints,
            stands,
            height_m: row.height.unwrap_or(0.0),
            speed_mps: row.speed,
            leans: row.leans,
            seats: seats.collect(),
            gathers: row.gathers,
            grip,
            top_m: row.top.map(|y| y * size + lift),
            glows: row.glows.iter().map(|g| Glow { at: moved(g.at), ..*g }).collect(),
            on_rails: row.rails,
            bursts: row.bursts,
        })
    }

    /// A thing made from a body of a user's: it stands on the ground and moves as a whole.
    pub(crate) fn from_mesh(mesh: BodyMesh) -> Thing {
        Thing {
            bounds: mesh.bounds(),
            mesh: Arc::new(mesh),
            joints: vec![],
            stands: Stands::Ground,
            height_m: 0.0,
            speed_mps: None,
            leans: false,
            seats: vec![],
            gathers: false,
            grip: None,
            top_m: None,
            glows: vec![],
            on_rails: false,
            bursts: false,
        }
    }

    pub(crate) fn mesh(&self) -> &Arc<BodyMesh> {
        &self.mesh
    }

    /// The box of it at rest, without the fire of engines.
    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds
    }

    pub(crate) fn stands(&self) -> Stands {
        self.stands
    }

    /// How high it flies, in metres over the ground.
    pub(crate) fn flight_m(&self) -> f32 {
        self.height_m
    }

    /// How deep it lies in the water, in metres.
    pub(crate) fn draught_m(&self) -> f32 {
        -self.bounds.min.y
    }

    /// Whether it travels by itself.
    pub(crate) fn travels(&self) -> bool {
        self.speed_mps.is_some()
    }

    /// What it does when asked for a clip: it goes or it stays.
    pub(crate) fn able(&self, clip: Clip) -> Clip {
        match (clip.travels(), self.stands) {
            (false, _) => Clip::Stand,
            (true, Stands::Air) => Clip::Glide,
            (true, _) => Clip::Walk,
        }
    }

    pub(crate) fn cycle(&self, clip: Clip) -> Cycle {
        let speed_mps = if clip.travels() { self.speed_mps.unwrap_or(1.0) } else { 0.0 };
        Cycle { speed_mps, period_s: 1.0, duty: 1.0, lands: [0.0; 4] }
    }

    /// The height of its origin in the world.
    pub(crate) fn level_m(&self, root: &Root, size: f32, ground: &dyn Ground) -> f32 {
        let land = ground.height_m(root.at.x, root.at.y);
        match (self.stands, ground.water_m()) {
            // Aground it lies on its keel.
            (Stands::Water, level) => {
                let keel = land - self.bounds.min.y * size;
                level.map_or(keel, |water| water.max(keel)) + root.altitude_m
            }
            (Stands::Air, _) => land + root.altitude_m,
            // A rock in the open sea rises from it.
            (Stands::Ground, Some(water)) if water - land > 5.0 => water - 0.35 * self.bounds.size().y * size,
            (Stands::Ground | Stands::Hung, _) => land.max(land + root.altitude_m),
        }
    }

    /// The body's matrix: from the thing as built to the world.
    fn body(&self, act: &Act<'_>) -> Mat4 {
        let root = (act.root)(act.time_s);
        let t = act.time_s as f32 + act.phase * 20.0;
        let mut y = self.level_m(&root, act.size, act.ground);
        let long = (self.bounds.size().z * act.size).max(0.1);
        let (pitch, roll);
        let on_ground = self.stands == Stands::Ground || self.stands == Stands::Air && root.altitude_m <= 0.0;
        if on_ground {
            let half = self.bounds.size() * act.size * 0.38;
            let centre = self.bounds.centre() * act.size;
            let at = |x: f32, z: f32| {
                let p = root.point(Vec3::new(centre.x + x, 0.0, centre.z + z));
                act.ground.height_m(p.x, p.z)
            };
            let (front, back) = (at(0.0, half.z), at(0.0, -half.z));
            let (left, right) = (at(half.x, 0.0), at(-half.x, 0.0));
            pitch = ((back - front) / (2.0 * half.z).max(0.05)).atan().clamp(-0.6, 0.6);
            y = y.max((front + back) * 0.5 + root.altitude_m);
            if self.leans {
                // As much as keeps its balance in the bend.
                let turn =
                    ((act.root)(act.time_s + 0.1).heading - (act.root)(act.time_s - 0.1).heading) / 0.2;
                roll = -(turn * act.speed_mps / 9.81).atan().clamp(-0.5, 0.5);
            } else {
                roll = ((left - right) / (2.0 * half.x).max(0.05)).atan().clamp(-0.5, 0.5);
            }
        } else if self.stands == Stands::Hung {
            (pitch, roll) = (0.0, 0.0);
        } else if self.stands == Stands::Water {
            // Long boats pitch slowly and little.
            let (calm, pace) = (1.0 / (1.0 + long * 0.25), 1.0 / (1.0 + long * 0.05));
            pitch = 0.10 * calm * (t * 1.5 * pace).sin();
            roll = 0.12 * calm * (t * 1.1 * pace + 1.3).sin();
            y += 0.09 * (0.35 + calm) * (t * 1.3 * pace + 0.6).sin();
        } else {
            let turn = ((act.root)(act.time_s + 0.1).heading - (act.root)(act.time_s - 0.1).heading) / 0.2;
            roll = -(turn * act.speed_mps / 20.0).atan().clamp(-0.6, 0.6) + 0.015 * drift(t * 1.2, act.phase);
            pitch = 0.012 * drift(t, act.phase + 3.0);
            y += 0.02 * long.min(8.0) * drift(t * 0.9, act.phase + 1.0);
        }
        Mat4::from_translation(Vec3::new(root.at.x, y, root.at.y))
            * Mat4::from_quat(
                Quat::from_rotation_y(root.heading)
                    * Quat::from_rotation_x(pitch)
                    * Quat::from_rotation_z(roll),
            )
            * Mat4::from_scale(Vec3::splat(act.size))
    }

    /// World-space joints on its own way.
    pub(crate) fn pose(&self, act: &Act<'_>) -> Pose {
        let way = travelled(act.root, act.time_s) / act.size.max(1e-3);
        self.posed(self.body(act), way, act)
    }

    /// Somebody on one of its seats, given its pose; `way_m` is how far it went. `None` if it has no such seat.
    pub(crate) fn aboard(&self, seat: usize, pose: &Pose, size: f32, way_m: f32) -> Option<Aboard> {
        let seat = self.seats.get(seat)?;
        let turn = Quat::from_rotation_y(seat.turn.to_radians());
        // Lengths in the seat's frame are those of the world, also when the thing is large or small.
        let frame = pose.joints.first()?
            * Mat4::from_rotation_translation(turn, seat.at)
            * Mat4::from_scale(Vec3::splat(1.0 / size));
        let local = |p: Vec3| turn.inverse() * (p - seat.at) * size;
        let pair = |p: Vec3| {
            let about = |x: f32| local(Vec3::new(x, p.y, p.z));
            // Left and right of the seat's own middle.
            let off = p.x.abs();
            [about(seat.at.x + off), about(seat.at.x - off)]
        };
        let mut feet = seat.feet.map(pair);
        if let (Posture::Pedal, Some([left, right])) = (seat.pose, &mut feet) {
            let crank = 0.165 * size;
            let centre = seat.feet.unwrap_or_default();
            let nearest = self.joints.iter().filter_map(|j| match j.motion {
                Motion::Roll { radius } => Some((j.pivot.with_x(0.0).distance(centre.with_x(0.0)), radius)),
                _ => None,
            });
            let radius = nearest.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(1.0, |(_, radius)| radius);
            let (sin, cos) = (way_m / size / radius).sin_cos();
            *left += Vec3::new(0.0, -sin, cos) * crank;
            *right -= Vec3::new(0.0, -sin, cos) * crank;
        }
        let hands = seat.hands.map(pair);
        Some(Aboard { seat: frame, posture: seat.pose, hands, feet, lean: seat.lean.to_radians() })
    }

    /// How it is held; what has no grip is carried before the body.
    pub(crate) fn carry(&self, size: f32, handling: Handling) -> Carry {
        let grip = self.grip.clone().unwrap_or_else(|| {
            let (low, high) = (self.bounds.min, self.bounds.max);
            let middle = self.bounds.centre();
            let side = |x: f32| Vec3::new(x, middle.y, middle.z);
            let hold = crate::motion::clip::Hold::Before;
            Grip { hold, at: side(low.x), left: Some(side(high.x)), turn: Vec3::ZERO }
        });
        let [x, y, z] = grip.turn.to_array().map(f32::to_radians);
        Carry {
            hold: grip.hold,
            turn: Quat::from_euler(EulerRot::YXZ, y, x, z),
            right: grip.at * size,
            left: grip.left.map(|p| p * size),
            handling,
            tilt: self.tilt(),
        }
    }

    /// The handle is on one side of what is poured, the spout on the other; what has no handle is tilted forward.
    fn tilt(&self) -> Quat {
        match self.grip.as_ref().map_or(0.0, |grip| grip.at.x) {
            x if x.abs() > 0.03 => Quat::from_rotation_z(0.95_f32.copysign(x)),
            _ => Quat::from_rotation_x(1.75),
        }
    }

    /// Where it runs out of it, in metres as built.
    pub(crate) fn lip(&self) -> Vec3 {
        match self.grip.as_ref().map_or(0.0, |grip| grip.at.x) {
            x if x > 0.03 => Vec3::new(self.bounds.min.x, 0.95 * self.bounds.max.y, 0.0),
            x if x < -0.03 => Vec3::new(self.bounds.max.x, 0.95 * self.bounds.max.y, 0.0),
            _ => Vec3::new(0.0, self.bounds.max.y, 0.0),
        }
    }

    /// World-space joints where something else carries it.
    pub(crate) fn carried(&self, body: Mat4, act: &Act<'_>) -> Pose {
        self.posed(body, 0.0, act)
    }

    fn posed(&self, body: Mat4, way_m: f32, act: &Act<'_>) -> Pose {
        let t = act.time_s as f32;
        let root = (act.root)(act.time_s);
        let at_work = act.speed_mps > 0.0 || self.stands == Stands::Air && root.altitude_m > 0.0;
        let mut joints = vec![body];
        for joint in &self.joints {
            let angle = match joint.motion {
                Motion::Roll { radius } => way_m / radius,
                Motion::Spin { per_second } if at_work => (t * per_second).fract() * TAU,
                Motion::Spin { .. } => 0.0,
                Motion::Sway { angle, period } => {
                    angle
                        * ((t / period + act.phase) * TAU).sin()
                        * (0.8 + 0.2 * drift(t * 2.0, act.phase * 5.0))
                }
                Motion::Flame { nth, angle, period } => {
                    // One after the other, each in a moment.
                    let since =
                        act.blown_out_s.map_or(-1.0, |out| (act.time_s - out) as f32) - 0.16 * nth as f32;
                    let flicker = if angle > 0.0 {
                        1.0
                    } else {
                        1.0 + 0.14 * drift(t * 17.0, act.phase + nth as f32 * 3.1)
                    };
                    let swing = angle
                        * ((t / period + act.phase) * TAU).sin()
                        * (0.8 + 0.2 * drift(t * 2.0, act.phase * 5.0));
                    let left = (flicker * (1.0 - ramp(0.0, 0.16, since))).max(1e-3);
                    joints.push(
                        body * Mat4::from_translation(joint.pivot)
                            * Mat4::from_axis_angle(joint.axis, swing)
                            * Mat4::from_scale(Vec3::new(left.min(1.0), left, left.min(1.0)))
                            * Mat4::from_translation(-joint.pivot),
                    );
                    continue;
                }
                Motion::Burn => {
                    let flicker =
                        1.0 + 0.12 * drift(t * 23.0, act.phase) + 0.06 * drift(t * 41.0, act.phase + 2.0);
                    let length = if at_work || root.altitude_m > 0.0 { flicker } else { 1e-3 };
                    joints.push(
                        body * Mat4::from_translation(joint.pivot)
                            * Mat4::from_scale(Vec3::new(length.min(1.0), length, length.min(1.0)))
                            * Mat4::from_translation(-joint.pivot),
                    );
                    continue;
                }
            };
            joints.push(
                body * Mat4::from_translation(joint.pivot)
                    * Mat4::from_axis_angle(joint.axis, angle)
                    * Mat4::from_translation(-joint.pivot),
            );
        }
        Pose { joints }
    }
}

/// Metres that a root went forward since time zero.
pub(crate) fn travelled(root: &dyn Fn(f64) -> Root, time_s: f64) -> f32 {
    const STEP_S: f64 = 0.125;
    let forward = |a: f64, b: f64| {
        let (p, q) = (root(a), root(b));
        let heading = root((a + b) * 0.5).heading;
        (q.at - p.at).dot(Vec2::new(heading.sin(), heading.cos()))
    };
    let whole = (time_s.abs() / STEP_S).floor() as u32;
    let step = STEP_S * time_s.signum();
    let steps: f32 = (0..whole).map(|k| forward(f64::from(k) * step, f64::from(k + 1) * step)).sum();
    steps + forward(f64::from(whole) * step, time_s)
}

impl Build<'_> {
    fn wrong(row: &str, message: impl Into<String>) -> CastError {
        CastError::Table { row: row.into(), message: message.into() }
    }

    fn parts(&mut self, name: &str, by: &Affine3A, joint: usize, depth: u32) -> Result<(), CastError> {
        if depth > MOST_NESTED {
            return Err(Self::wrong(name, "rows use each other too deep"));
        }
        let table = self.table;
        let row = table.row(name).ok_or_else(|| Self::wrong(name, "there is no such row"))?;
        for part in &row.parts {
            for place in places(part) {
                let by = *by * place;
                let joint = self.joint(name, part, &by, joint)?;
                let own = by * own_place(part);
                if let Some(piece) = &part.piece {
                    self.parts(piece, &own, joint, depth + 1)?;
                } else {
                    self.part(name, part, &own, joint)?;
                }
            }
        }
        Ok(())
    }

    /// The joint that a part hangs on: its own if it moves, else that of what it is part of.
    fn joint(&mut self, name: &str, part: &Part, by: &Affine3A, parent: usize) -> Result<usize, CastError> {
        let motion = match (part.roll, part.spin, part.sway) {
            _ if part.flame => {
                let nth = self.joints.iter().filter(|j| matches!(j.motion, Motion::Flame { .. })).count();
                let angle = part.sway.unwrap_or(0.0).to_radians();
                Motion::Flame { nth, angle, period: part.every.unwrap_or(2.0).max(0.05) }
            }
            (Some(radius), _, _) => Motion::Roll { radius: radius * by.matrix3.y_axis.length() },
            (_, Some(per_second), _) => Motion::Spin { per_second },
            (_, _, Some(degrees)) => {
                Motion::Sway { angle: degrees.to_radians(), period: part.every.unwrap_or(2.0).max(0.05) }
            }
            _ if part.burns => Motion::Burn,
            _ => return Ok(parent),
        };
        let rolls = matches!(motion, Motion::Roll { .. });
        let axis = if rolls { Vec3::X } else { part.axis.unit() };
        let mut axis = by.transform_vector3(axis).normalize_or(Vec3::X);
        let mut pivot = by.transform_point3(part.pivot.unwrap_or(part.at));
        if rolls {
            // Wheels on both sides of an axle roll the same way.
            axis *= axis.x.signum();
            pivot -= axis * pivot.dot(axis);
        }
        let joint = Joint { pivot, axis, motion };
        let same =
            |j: &Joint| j.motion == motion && j.pivot.distance(pivot) < 1e-3 && j.axis.distance(axis) < 1e-3;
        if let Some(k) = self.joints.iter().position(same) {
            return Ok(k + 1);
        }
        if self.joints.len() >= MOST_JOINTS {
            return Err(Self::wrong(name, "too many parts move"));
        }
        self.joints.push(joint);
        Ok(self.joints.len())
    }

    fn part(&mut self, name: &str, part: &Part, by: &Affine3A, joint: usize) -> Result<(), CastError> {
        let words = part.mat.as_deref().ok_or_else(|| Self::wrong(name, "a part has no mat"))?;
        let material = self.table.material(words, &self.paint)?;
        let smooth = |default: bool| part.smooth.unwrap_or(default);
        let r = part.r.unwrap_or(0.02);
        let sides = part.sides;
        let solid = if let Some(size) = part.block {
            Solid::block(size, part.round.unwrap_or(size.min_element() * 0.12))
        } else if let Some(radii) = part.ball {
            Solid::ball(radii)
        } else if let Some(profile) = &part.lathe {
            let line = if smooth(false) { spline(profile, 5, false) } else { profile.clone() };
            let line: Vec<Vec2> = line.iter().map(|p| p.max(Vec2::new(0.0, f32::MIN))).collect();
            Solid::lathe(&line, sides.unwrap_or(28).clamp(3, 96))
        } else if let Some(path) = &part.tube {
            let radius =
                |k: usize| part.radii.as_ref().and_then(|r| r.get(k).or(r.last())).copied().unwrap_or(r);
            let line: Vec<Vec4> = path.iter().enumerate().map(|(k, p)| p.extend(radius(k))).collect();
            let line = if smooth(path.len() > 2) { spline(&line, 6, part.closed) } else { line };
            let line: Vec<(Vec3, f32)> = line.iter().map(|p| (p.truncate(), p.w.max(0.0005))).collect();
            Solid::tube(&line, sides.unwrap_or(if r > 0.05 { 16 } else { 10 }).clamp(3, 48), part.closed)
        } else if let Some(outline) = &part.extrude {
            let line = if smooth(false) { spline(outline, 6, true) } else { outline.clone() };
            let depth = part.depth.unwrap_or(0.02);
            Solid::extrude(&line, depth, part.bevel.unwrap_or(depth * 0.12))
        } else if let Some(stations) = &part.hull {
            return self.hull(name, part, stations, &material, by, joint);
        } else if let Some(corners) = &part.sail {
            if corners.len() < 3 {
                return Err(Self::wrong(name, "a sail has three or four corners"));
            }
            Solid::sail(corners, part.bulge)
        } else {
            return Err(Self::wrong(name, "a part has no shape"));
        };
        let solid = match part.taper {
            Some(top) => solid.tapered(top, part.lean),
            None => solid,
        };
        self.add(&solid.transformed(by), &material, joint);
        Ok(())
    }

    fn hull(
        &mut self,
        name: &str,
        part: &Part,
        stations: &[[f32; 4]],
        material: &Material,
        by: &Affine3A,
        joint: usize,
    ) -> Result<(), CastError> {
        if stations.len() < 2 || stations.windows(2).any(|w| w[1][0] <= w[0][0]) {
            return Err(Self::wrong(name, "the stations of a hull rise in z"));
        }
        let square = part.square.unwrap_or([5.0, 4.0]);
        let waist = part.waist.unwrap_or(0.5);
        let hull = Hull::new(stations, part.smooth.unwrap_or(true), square, waist, part.lean, &part.arches);
        let solid = part.shell.map_or_else(|| hull.solid(), |thick| hull.shell(thick));
        self.add(&solid.transformed(by), material, joint);
        for (nth, patch) in part.patches.iter().enumerate() {
            let material = self.table.material(&patch.mat, &self.paint)?;
            let rubber = self.table.material("rubber", &self.paint)?;
            for k in 0..=patch.repeat {
                let quad = patch.quad.map(|p| p + patch.step * k as f32);
                let middle = quad.iter().sum::<Vec2>() / 4.0;
                let rim = quad.map(|p| p + (p - middle).normalize_or_zero() * patch.rim * 1.4);
                // What comes later lies on what came before.
                let raise = 0.007 + 0.003 * nth.min(6) as f32;
                let mut layers = vec![(quad, material, raise + 0.002)];
                if patch.rim > 0.0 {
                    layers.push((rim, rubber, raise));
                }
                for (quad, material, raise) in layers {
                    let solid = hull.patch(patch.view, &quad, patch.round, raise);
                    let flip = Affine3A::from_scale(Vec3::new(-1.0, 1.0, 1.0));
                    if patch.mirror || patch.view == View::Side {
                        self.add(&solid.clone().transformed(&(*by * flip)), &material, joint);
                    }
                    self.add(&solid.transformed(by), &material, joint);
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, solid: &Solid, material: &Material, joint: usize) {
        let surface = match material.sort {
            Sort::Solid => Surface::Solid,
            Sort::Glass => Surface::Glass,
            Sort::Cloth => Surface::Cloth,
        };
        let finish = Finish {
            gloss: material.gloss,
            metal: material.metal,
            grain: material.grain,
            glow: material.glow,
            night: material.night,
            heights_per_m: 1.0,
            ..Finish::default()
        };
        let (corners, indices) = solid.corners();
        let base = self.out.vertices.len() as u32;
        for c in &corners {
            // What faces down sees little sky.
            let open = 1.0 - 0.72 * (-c.normal.y).clamp(0.0, 1.0);
            self.out.push(Vertex {
                position: c.point.to_array(),
                normal: c.normal.to_array(),
                comb: [0.0; 3],
                colour: encode(material.colour, 1.0),
                marking: [0; 4],
                joints: [joint as u8, 0, 0, 0],
                weights: [255, 0, 0, 0],
                pattern: [0.0, open],
            });
        }
        self.out.triangles(surface, finish, indices.into_iter().map(|i| base + i));
    }
}

/// Every place of a part in what it belongs to: copies, turns about an axis, the mirrored side.
fn places(part: &Part) -> Vec<Affine3A> {
    let mut places = vec![Affine3A::IDENTITY];
    places.extend(part.copies.iter().map(|c| Affine3A::from_translation(*c)));
    if let Some(n) = part.around {
        let (axis, about) = (part.axis.unit(), part.pivot.unwrap_or_default());
        places = (0..n.clamp(1, 64))
            .flat_map(|k| {
                let turn = Quat::from_axis_angle(axis, k as f32 / n as f32 * TAU);
                let turn = Affine3A::from_translation(about)
                    * Affine3A::from_quat(turn)
                    * Affine3A::from_translation(-about);
                places.iter().map(move |p| turn * *p).collect::<Vec<_>>()
            })
            .collect();
    }
    if part.mirror {
        let flip = Affine3A::from_scale(Vec3::new(-1.0, 1.0, 1.0));
        places.extend(places.clone().iter().map(|p| flip * *p));
    }
    places
}

fn own_place(part: &Part) -> Affine3A {
    let [x, y, z] = part.turn.to_array().map(f32::to_radians);
    Affine3A::from_scale_rotation_translation(
        part.scale.unwrap_or(Vec3::ONE),
        Quat::from_euler(EulerRot::YXZ, y, x, z),
        part.at,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_builds_and_is_of_a_sane_size() {
        let table = Table::load().unwrap();
        let mut count = 0;
        for name in table.names().collect::<Vec<_>>() {
            let looks = Looks { row: name.into(), size_percent: 100, main: None, choice: 0 };
            let thing = Thing::new(&table, &looks).unwrap();
            let size = thing.bounds.size();
            assert!(size.max_element() > 0.03 && size.max_element() < 130.0, "{name} {size}");
            assert!(thing.mesh.indices.len() < 400_000, "{name} {}", thing.mesh.indices.len());
            assert!(thing.mesh.vertices.iter().all(|v| v.position.iter().all(|x| x.is_finite())), "{name}");
            count += 1;
        }
        assert!(count >= 120, "{count}");
    }
}
