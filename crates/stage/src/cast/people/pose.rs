//! People in motion, on the game-engine skeleton. Rest frames are the model's axes (y up, z forward), so a bone's
//! rotation is how far it has turned from the bind pose.
//!
//! A planted foot stands where the root was, or will be, in the middle of its stance, so it does not slide.

use std::f32::consts::{PI, TAU};

use glam::{Mat4, Quat, Vec3};

use super::library::Library;
use crate::cast::mesh::Pose;
use crate::motion::clip::{
    Aboard, Act, Carry, Clip, Cycle, Handling, Hold, Posture, Root, Step, drift, poured, ramp,
};

const SIDES: [&str; 2] = ["l", "r"];
const FINGERS: [&str; 4] = ["index", "middle", "ring", "pinky"];

/// The bones that a pose turns by name; left first.
#[derive(Debug)]
pub(super) struct Bones {
    pelvis: usize,
    spine: [usize; 3],
    neck: usize,
    head: usize,
    clavicle: [usize; 2],
    pub(super) upper_arm: [usize; 2],
    fore_arm: [usize; 2],
    hand: [usize; 2],
    fingers: [[[usize; 3]; 4]; 2],
    pub(super) thigh: [usize; 2],
    pub(super) calf: [usize; 2],
    pub(super) foot: [usize; 2],
    ball: [usize; 2],
}

/// A person's skeleton at rest, in metres as evaluated (`scale` is applied at the end).
#[derive(Debug)]
pub(crate) struct Rig {
    pub(super) bones: Bones,
    pub(super) rest: Vec<Vec3>,
    parent: Vec<Option<usize>>,
    eyes: [Vec3; 2],
    /// Height of the soles of the shoes.
    pub(super) lift: f32,
    stoop: f32,
    spread: f32,
    scale: f32,
}

/// A pose under construction: global rotations and heads of bones, and which are set.
struct Work<'a> {
    rig: &'a Rig,
    turn: Vec<Quat>,
    head: Vec<Vec3>,
    set: Vec<bool>,
}

/// Where a foot is: the place under the ankle on the ground, the sole's pitch (positive: heel up, about the ball;
/// negative: toe up, about the heel), and how far it is turned out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foot {
    pub(super) at: Vec3,
    pub(super) pitch: f32,
    pub(super) yaw: f32,
}

/// An arm: directions of upper arm and forearm (x outwards, y up, z forward), and the curl of the fingers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arm {
    pub(super) upper: Vec3,
    pub(super) fore: Vec3,
    pub(super) curl: f32,
}

/// How far somebody has fallen after a while, 0 upright to 1 on the ground: slowly at first, then all at once.
pub(super) fn fallen(since_s: f32) -> f32 {
    let k = ((since_s - 0.25) / 0.65).clamp(0.0, 1.0);
    k * k
}

/// The whole body's plan.
pub(super) struct Plan {
    pub(super) feet: [Foot; 2],
    pub(super) pelvis: Vec3,
    pub(super) tilt: Quat,
    pub(super) spine: [f32; 3],
    pub(super) twist: f32,
    pub(super) yaw: f32,
    pub(super) pitch: f32,
    pub(super) arms: [Arm; 2],
    /// Lower the pelvis until both feet are within reach.
    pub(super) fit: bool,
    /// Knees point up as well as forward.
    pub(super) crouch: bool,
    /// Where the hands go instead, in the model's frame.
    pub(super) reach: [Option<Vec3>; 2],
    /// What they hold, and the time for what they do with it.
    pub(super) carry: Option<(Carry, f32)>,
    /// Metres of the world to a metre of the model.
    pub(super) metres: f32,
}

impl Rig {
    pub(crate) fn new(l: &Library, p: &[Vec3], lift: f32, stoop: f32, spread: f32, scale: f32) -> Rig {
        let pair = |name: &str| SIDES.map(|s| l.bone(&format!("{name}_{s}")));
        let finger = |s: &str, f: &str| [1, 2, 3].map(|j| l.bone(&format!("{f}_0{j}_{s}")));
        let bones = Bones {
            pelvis: l.bone("pelvis"),
            spine: ["spine_01", "spine_02", "spine_03"].map(|n| l.bone(n)),
            neck: l.bone("neck_01"),
            head: l.bone("head"),
            clavicle: pair("clavicle"),
            upper_arm: pair("upperarm"),
            fore_arm: pair("lowerarm"),
            hand: pair("hand"),
            fingers: SIDES.map(|s| FINGERS.map(|f| finger(s, f))),
            thigh: pair("thigh"),
            calf: pair("calf"),
            foot: pair("foot"),
            ball: pair("ball"),
        };
        let range = l.range("eyes");
        let half = range.len() / 2;
        let eyes = [0, 1].map(|k| {
            p[range.start + half * k..range.start + half * (k + 1)].iter().sum::<Vec3>() / half as f32
        });
        Rig {
            bones,
            rest: (0..l.bones.len()).map(|b| l.joint(p, b)).collect(),
            parent: l.bones.iter().map(|b| usize::try_from(b.parent).ok()).collect(),
            eyes,
            lift,
            stoop,
            spread,
            scale,
        }
    }

    /// Bones, then the two eyes, then what the hands hold.
    pub(crate) fn joints(&self) -> usize {
        self.rest.len() + 3
    }

    /// The joint of what the hands hold: from a thing in metres to the world.
    pub(crate) fn held(&self) -> usize {
        self.rest.len() + 2
    }

    pub(crate) fn head(&self) -> usize {
        self.bones.head
    }

    /// Height of the hip over the ankle, metres at rest.
    pub(super) fn leg(&self) -> f32 {
        self.rest[self.bones.thigh[0]].y - self.rest[self.bones.foot[0]].y
    }

    /// The points of each sole under ankle and ball, in metres as built, with the joints that carry them.
    pub(crate) fn soles(&self) -> Vec<(usize, Vec3)> {
        let sole = |b: usize| (b, Vec3::new(self.rest[b].x, -self.lift, self.rest[b].z) * self.scale);
        (0..2).flat_map(|s| [sole(self.bones.foot[s]), sole(self.bones.ball[s])]).collect()
    }

    /// What a person does when asked for `clip`.
    pub(crate) fn able(clip: Clip) -> Clip {
        match clip {
            Clip::Flap => Clip::Run,
            Clip::Glide | Clip::Slide => Clip::Walk,
            Clip::Breathe => Clip::Call,
            other => other,
        }
    }

    /// Speeds and strides by leg length: 1.35 m/s walking, 3.2 m/s running for an adult.
    pub(crate) fn cycle(&self, clip: Clip, size: f32) -> Cycle {
        let leg = self.leg() * self.scale * size;
        let k = (leg / 0.82).sqrt();
        let (speed, stride, duty) = match clip {
            Clip::Walk => (1.30, 1.62, 0.61),
            Clip::Trot => (2.3, 2.0, 0.42),
            Clip::Sneak => (0.75, 1.15, 0.64),
            Clip::Crawl => (0.45, 0.62, 0.60),
            Clip::Run => (3.3, 2.5, 0.36),
            Clip::Swim => (0.8, 1.2, 0.5),
            _ => return Cycle { speed_mps: 0.0, period_s: 1.0, duty: 1.0, lands: [0.0; 4] },
        };
        // The old take shorter, slower steps.
        let age = 1.0 - 0.35 * self.stoop;
        let speed_mps = speed * k * age;
        Cycle {
            speed_mps,
            period_s: stride * leg * age.sqrt() / speed_mps,
            duty,
            lands: [0.0, 0.5, 0.0, 0.5],
        }
    }

    /// World-space joint matrices.
    pub(crate) fn pose(&self, act: &Act<'_>) -> Pose {
        let root = (act.root)(act.time_s);
        let clip = Self::able(act.clip);
        let metres = self.scale * act.size;
        let ground = act.ground.height_m(root.at.x, root.at.y);
        let base = match clip {
            Clip::Swim => act.ground.water_m().unwrap_or(ground + 1.0) - 0.15 * metres,
            Clip::Climb => ground + root.altitude_m,
            _ => ground,
        };
        let mut plan = self.stand(act);
        plan.metres = metres;
        let mut world;
        if let Some(aboard) = &act.aboard {
            self.ride(aboard, act, metres, &mut plan);
            if clip.is_of_hands() {
                self.deed(clip, act, &mut plan);
            }
            world = aboard.seat * Mat4::from_scale(Vec3::splat(metres));
            if aboard.posture == Posture::Lie {
                world *= self.laid(Clip::Lie, 1.0);
            }
        } else {
            self.act(clip, act, &root, metres, base, &mut plan);
            let position = Vec3::new(root.at.x, base, root.at.y);
            world = Mat4::from_scale_rotation_translation(
                Vec3::splat(metres),
                Quat::from_rotation_y(root.heading),
                position,
            );
            match clip {
                Clip::Lie | Clip::Swim => world *= self.laid(clip, 1.0),
                Clip::Fall => world *= self.laid(clip, fallen(act.since_s)),
                _ => {}
            }
        }
        plan.carry = act.carry.clone().map(|carry| (carry, act.time_s as f32 + act.phase * 7.0));
        let mut local = self.solve(&plan, clip);
        let held = local.pop().unwrap_or_default();
        let rest = Mat4::from_scale(Vec3::splat(1.0 / self.scale));
        let mut joints: Vec<Mat4> = local.into_iter().map(|m| world * m * rest).collect();
        joints.push(world * held);
        Pose { joints }
    }

    /// On a seat, a saddle, a deck or a bed; the model's origin is the seat.
    fn ride(&self, aboard: &Aboard, act: &Act<'_>, metres: f32, plan: &mut Plan) {
        let t = act.time_s as f32;
        if let Posture::Sit | Posture::Pedal = aboard.posture {
            let hip = self.rest[self.bones.thigh[0]];
            let leg = self.leg();
            plan.pelvis = Vec3::new(0.0, 0.09 - hip.y, -hip.z);
            plan.tilt = Quat::from_rotation_x(-0.06 + aboard.lean * 0.4);
            plan.spine = [0.05, 0.05 + 0.01 * (t * 1.6).sin(), 0.02].map(|b| b + aboard.lean * 0.22);
            plan.fit = false;
            plan.crouch = true;
            let hang = Vec3::new(0.11, -0.46 * leg, 0.50 * leg);
            let feet = aboard.feet.map(|f| f.map(|p| p / metres));
            for s in 0..2 {
                let side = [1.0, -1.0][s];
                plan.feet[s].at =
                    feet.map_or(Vec3::new(hang.x * side, hang.y, hang.z), |f| f[s] - Vec3::Z * 0.07);
                plan.feet[s].yaw *= 0.5;
            }
            plan.arms = [Arm {
                upper: Vec3::new(0.13, -0.86, 0.46),
                fore: Vec3::new(-0.16, -0.28, 0.95),
                curl: 0.35,
            }; 2];
        }
        if aboard.posture == Posture::Balance {
            let sway = 0.10 * (t * 1.7 + act.phase * 6.0).sin();
            let leg = self.leg();
            plan.pelvis.y -= (0.20 + 0.3 * sway * sway) * leg;
            plan.tilt = Quat::from_rotation_x(0.10);
            plan.spine = [0.12, 0.14, 0.08];
            plan.crouch = true;
            for s in 0..2 {
                let side = [1.0, -1.0][s];
                plan.feet[s].at.x = 0.30 * leg * side;
                plan.feet[s].yaw = 0.5 * side;
                plan.arms[s] = Arm {
                    upper: Vec3::new(0.86, -0.34 + sway * side, 0.30),
                    fore: Vec3::new(0.66, 0.10 + sway * side, 0.52),
                    curl: 0.25,
                };
            }
        }
        plan.reach = match aboard.hands {
            Some(hands) => hands.map(|p| Some(p / metres)),
            None => [None; 2],
        };
    }

    /// From standing to lying on the back, or prone in the water; `k` is how far, 0..1.
    fn laid(&self, clip: Clip, k: f32) -> Mat4 {
        let back = 0.11;
        if clip == Clip::Swim {
            return Mat4::from_rotation_x(1.45)
                * Mat4::from_translation(Vec3::new(0.0, -self.leg() - 0.3, 0.0));
        }
        Mat4::from_translation(Vec3::new(0.0, back, self.leg()) * k) * Mat4::from_rotation_x(-PI / 2.0 * k)
    }

    /// Standing at ease.
    fn stand(&self, act: &Act<'_>) -> Plan {
        let t = act.time_s as f32;
        let b = &self.bones;
        let hang = Arm {
            upper: Vec3::new(0.16 + self.spread, -0.97, 0.02),
            fore: Vec3::new(0.03, -0.95, 0.28),
            curl: 0.45,
        };
        let foot = |s: usize| {
            let f = self.rest[b.foot[s]];
            Foot { at: Vec3::new(f.x * 0.80, 0.0, f.z), pitch: 0.0, yaw: [0.10, -0.10][s] }
        };
        Plan {
            feet: [foot(0), foot(1)],
            pelvis: Vec3::new(0.012 * (t * 0.7 + act.phase * 6.0).sin(), self.lift - 0.006 * self.leg(), 0.0),
            tilt: Quat::IDENTITY,
            spine: [
                0.0,
                0.010 * (t * 1.6 + act.phase * 6.0).sin(),
                0.012 * (t * 1.6 + act.phase * 6.0).sin(),
            ],
            twist: act.gaze.yaw * 0.25,
            yaw: act.gaze.yaw + 0.06 * drift(t, act.phase * 5.0),
            pitch: act.gaze.pitch + 0.03 * drift(t * 1.3, act.phase * 3.0),
            arms: [hang, hang],
            fit: true,
            crouch: false,
            reach: [None; 2],
            carry: None,
            metres: 1.0,
        }
    }

    pub(super) fn gait(
        &self,
        clip: Clip,
        act: &Act<'_>,
        root: &Root,
        metres: f32,
        base: f32,
        plan: &mut Plan,
    ) {
        let leg = self.leg();
        let natural = self.cycle(clip, act.size);
        let cycle = natural.at_speed(act.speed_mps);
        let sneaks = clip == Clip::Sneak;
        let run = !sneaks && clip != Clip::Walk;
        let brisk = (cycle.speed_mps / natural.speed_mps.max(0.1)).clamp(0.4, 1.4);
        let position = (act.time_s / f64::from(cycle.period_s) + f64::from(act.phase)).rem_euclid(1.0) as f32;
        for s in 0..2 {
            let rest = self.rest[self.bones.foot[s]];
            let x = rest.x * if run { 0.35 } else { 0.48 };
            // Where the foot is put down, if it is put down under the body at a time.
            let print = |at: f64| {
                let world = (act.root)(at).point(Vec3::new(x, 0.0, rest.z - 0.02) * metres);
                let height = act.ground.height_m(world.x, world.z);
                let mut local = root.local(world);
                local.y = height - base;
                local / metres
            };
            let (step, plant, next) = cycle.step(s, position, act.time_s);
            let foot = &mut plan.feet[s];
            foot.yaw = [0.09, -0.09][s];
            match step {
                Step::Stance(k) => {
                    foot.at = print(plant);
                    foot.pitch = if run {
                        -0.10 * (1.0 - ramp(0.0, 0.2, k)) + 0.75 * ramp(0.55, 1.0, k)
                    } else {
                        -0.32 * (1.0 - ramp(0.0, 0.16, k)) + 0.62 * ramp(0.58, 1.0, k)
                    } * brisk.min(1.0);
                }
                Step::Swing(k) => {
                    // A cubic that leaves and lands at the ground's own speed.
                    let v = -(1.0 - cycle.duty) / cycle.duty.max(0.1) * 0.5;
                    let (k2, k3) = (k * k, k * k * k);
                    let e = (k3 - 2.0 * k2 + k) * v + 3.0 * k2 - 2.0 * k3 + (k3 - k2) * v;
                    foot.at = print(plant).lerp(print(next), e);
                    let rise = if run {
                        0.20 * (PI * k.powf(0.75)).sin()
                    } else {
                        0.055 * (PI * k).sin() * (1.0 - 0.4 * k)
                    };
                    foot.at.y += rise * leg;
                    foot.pitch = if run {
                        (0.75 + 0.40 * ramp(0.0, 0.3, k)) * (1.0 - ramp(0.3, 0.95, k))
                            - 0.10 * ramp(0.7, 1.0, k)
                    } else {
                        (0.62 + 0.23 * ramp(0.0, 0.2, k)) * (1.0 - ramp(0.15, 0.8, k))
                            - 0.32 * ramp(0.55, 1.0, k)
                    } * brisk.min(1.0);
                }
            }
        }
        let (sin, cos) = (TAU * position).sin_cos();
        let tilt = if clip == Clip::Run {
            0.14
        } else if run {
            0.08
        } else {
            0.03
        };
        plan.pelvis.y += if run {
            -0.055 * leg + 0.045 * leg * (2.0 * TAU * (position - cycle.duty * 0.5) + PI).cos()
        } else {
            -0.006 * leg
        };
        plan.pelvis.x = 0.020 * sin * if run { 0.4 } else { 1.0 };
        plan.tilt = Quat::from_rotation_y(-0.11 * cos)
            * Quat::from_rotation_z(0.035 * sin)
            * Quat::from_rotation_x(tilt);
        plan.twist = 0.17 * cos + act.gaze.yaw * 0.2;
        plan.spine = [tilt * 0.2, 0.02, 0.02];
        let swing = match clip {
            Clip::Run => 0.85,
            Clip::Trot => 0.60,
            Clip::Sneak => 0.25,
            _ => 0.42 * brisk.min(1.2),
        };
        for s in 0..2 {
            let q = if s == 0 { -cos } else { cos };
            let w = q * swing + if run { -0.15 } else { 0.02 };
            let elbow = if run { 1.45 } else { 0.34 + 0.22 * q.max(0.0) };
            plan.arms[s] = Arm {
                upper: Vec3::new(if run { 0.22 } else { 0.15 + self.spread }, -w.cos(), w.sin()),
                fore: Vec3::new(if run { -0.12 } else { 0.02 }, -(w + elbow).cos(), (w + elbow).sin()),
                curl: if run { 1.1 } else { 0.6 },
            };
            if sneaks {
                // Elbows bent, hands ready.
                plan.arms[s].upper.z += 0.30;
                plan.arms[s].fore = Vec3::new(-0.10, 0.10 + 0.12 * q, 0.95);
            }
        }
        if sneaks {
            plan.pelvis.y -= 0.14 * leg;
            plan.spine = [0.16, 0.16, 0.10];
            plan.crouch = true;
        }
    }

    /// From the plan to joint matrices in metres at rest scale.
    fn solve(&self, plan: &Plan, clip: Clip) -> Vec<Mat4> {
        let b = &self.bones;
        let n = self.rest.len();
        let mut work =
            Work { rig: self, turn: vec![Quat::IDENTITY; n], head: vec![Vec3::ZERO; n], set: vec![false; n] };
        let so = self.stoop;
        let tilt = plan.tilt * Quat::from_rotation_x(so * 0.10);
        let mut pelvis = plan.pelvis;
        work.place(pelvis, tilt);
        if plan.fit {
            let drop = (0..2).map(|s| work.overreach(s, &plan.feet[s])).fold(0.0, f32::max);
            pelvis.y -= drop;
            work.place(pelvis, tilt);
        }
        for s in 0..2 {
            let mut pole = work.turn[b.pelvis] * Vec3::new([0.12, -0.12][s], 0.0, 1.0);
            if plan.crouch {
                pole.y += 0.8;
            }
            work.step(s, &plan.feet[s], pole);
        }
        for (i, bone) in b.spine.iter().enumerate() {
            let bend = plan.spine[i] + so * [0.14, 0.20, 0.16][i];
            work.turn_bone(*bone, Quat::from_rotation_y(plan.twist * 0.45) * Quat::from_rotation_x(bend));
        }
        let lean: f32 = plan.spine.iter().sum::<f32>() + so * 0.6;
        let back = plan.twist * 0.65;
        work.turn_bone(
            b.neck,
            Quat::from_rotation_y(plan.yaw * 0.4 - back)
                * Quat::from_rotation_x(plan.pitch * 0.4 + so * 0.05),
        );
        work.turn_bone(
            b.head,
            Quat::from_rotation_y(plan.yaw * 0.6 - back)
                * Quat::from_rotation_x(plan.pitch * 0.6 - lean * 0.75),
        );
        let relaxed = if clip == Clip::Swim { 0.0 } else { 0.10 };
        for s in 0..2 {
            match plan.reach[s] {
                Some(target) => work.reach(s, target, 1.0),
                None => work.arm(s, &plan.arms[s], relaxed),
            }
        }
        let held = plan.carry.as_ref().map(|(carry, t)| work.hold(carry, *t, plan.metres));
        for bone in 0..n {
            work.update(bone);
        }
        let mut joints: Vec<Mat4> = (0..n)
            .map(|i| {
                Mat4::from_rotation_translation(work.turn[i], work.head[i])
                    * Mat4::from_translation(-self.rest[i])
            })
            .collect();
        // Eyes lead the head.
        let look = Quat::from_rotation_y((plan.yaw * 0.3).clamp(-0.4, 0.4))
            * Quat::from_rotation_x((plan.pitch * 0.25).clamp(-0.25, 0.25));
        for eye in self.eyes {
            let about = Mat4::from_translation(eye) * Mat4::from_quat(look) * Mat4::from_translation(-eye);
            joints.push(joints[b.head] * about);
        }
        joints.push(held.unwrap_or(Mat4::IDENTITY));
        joints
    }
}

impl Work<'_> {
    /// Sets a bone: its parent's orientation, turned by `q`.
    fn turn_bone(&mut self, bone: usize, q: Quat) {
        let rest = self.rig.rest[bone];
        match self.rig.parent[bone] {
            None => {
                self.head[bone] = rest;
                self.turn[bone] = q;
            }
            Some(p) => {
                self.update(p);
                self.head[bone] = self.head[p] + self.turn[p] * (rest - self.rig.rest[p]);
                self.turn[bone] = self.turn[p] * q;
            }
        }
        self.set[bone] = true;
    }

    fn update(&mut self, bone: usize) {
        if !self.set[bone] {
            self.turn_bone(bone, Quat::IDENTITY);
        }
    }

    fn between(&self, a: usize, b: usize) -> Vec3 {
        self.rig.rest[b] - self.rig.rest[a]
    }

    /// Turns a bone so that its rest direction to `child` points along `direction`, by the shortest way.
    fn aim(&mut self, bone: usize, child: usize, direction: Vec3) {
        let direction = direction.normalize_or(Vec3::NEG_Y);
        self.turn_bone(bone, Quat::IDENTITY);
        let current = (self.turn[bone] * self.between(bone, child)).normalize_or(Vec3::NEG_Y);
        self.turn[bone] = Quat::from_rotation_arc(current, direction) * self.turn[bone];
    }

    /// Puts the pelvis in place and forgets everything below it.
    fn place(&mut self, offset: Vec3, tilt: Quat) {
        self.set.fill(false);
        self.turn_bone(0, Quat::IDENTITY);
        let bones = &self.rig.bones;
        self.turn_bone(bones.pelvis, tilt);
        self.head[bones.pelvis] += offset;
        self.update(bones.thigh[0]);
        self.update(bones.thigh[1]);
    }

    /// Where the ankle is for a foot, and the sole's rotation.
    fn ankle(&self, s: usize, foot: &Foot) -> (Vec3, Quat) {
        let b = &self.rig.bones;
        let (ankle, ball) = (self.rig.rest[b.foot[s]], self.rig.rest[b.ball[s]]);
        let over = Vec3::new(0.0, ankle.y + self.rig.lift, 0.0);
        let pivot = if foot.pitch > 0.0 {
            Vec3::new(ball.x - ankle.x, 0.0, ball.z - ankle.z)
        } else {
            Vec3::new(0.0, 0.0, -0.05)
        };
        let yaw = Quat::from_rotation_y(foot.yaw);
        let pitch = Quat::from_rotation_x(foot.pitch);
        (foot.at + yaw * (pivot + pitch * (over - pivot)), yaw * pitch)
    }

    /// How much too high the hip is for a foot.
    fn overreach(&self, s: usize, foot: &Foot) -> f32 {
        let b = &self.rig.bones;
        let (target, _) = self.ankle(s, foot);
        let hip = self.head[b.thigh[s]];
        let length =
            self.between(b.thigh[s], b.calf[s]).length() + self.between(b.calf[s], b.foot[s]).length();
        let length = length * 0.992;
        let away = Vec3::new(target.x - hip.x, 0.0, target.z - hip.z).length();
        (hip.y - (target.y + (length * length - away * away).max(0.01).sqrt())).max(0.0)
    }

    /// Two-bone IK for a leg, then the foot and the toes.
    fn step(&mut self, s: usize, foot: &Foot, pole: Vec3) {
        let (thigh, calf, ankle, ball) = {
            let b = &self.rig.bones;
            (b.thigh[s], b.calf[s], b.foot[s], b.ball[s])
        };
        let (target, sole) = self.ankle(s, foot);
        self.turn_bone(thigh, Quat::IDENTITY);
        let hip = self.head[thigh];
        let (l1, l2) = (self.between(thigh, calf).length(), self.between(calf, ankle).length());
        let v = target - hip;
        let d = v.length().clamp((l1 - l2).abs() + 0.01, (l1 + l2) * 0.9995);
        let u = v.normalize_or(Vec3::NEG_Y);
        let x = (l1 * l1 - l2 * l2 + d * d) / (2.0 * d);
        let y = (l1 * l1 - x * x).max(0.0).sqrt();
        let w = (pole - u * pole.dot(u)).normalize_or(Vec3::Z);
        self.aim(thigh, calf, u * x + w * y);
        self.turn_bone(calf, Quat::IDENTITY);
        let knee = self.head[calf];
        self.aim(calf, ankle, hip + u * d - knee);
        self.turn_bone(ankle, Quat::IDENTITY);
        self.turn[ankle] = sole;
        self.turn_bone(ball, Quat::IDENTITY);
        // The toes stay flat on the ground while the heel is up.
        let yaw = Quat::from_rotation_y(foot.yaw);
        self.turn[ball] =
            if foot.pitch > 0.0 { yaw * Quat::from_rotation_x(foot.pitch * 0.12) } else { sole };
    }

    fn arm(&mut self, s: usize, arm: &Arm, drop: f32) {
        let (clavicle, upper, fore, hand, chest) = {
            let b = &self.rig.bones;
            (b.clavicle[s], b.upper_arm[s], b.fore_arm[s], b.hand[s], b.spine[2])
        };
        let side = [1.0, -1.0][s];
        self.turn_bone(clavicle, Quat::from_rotation_z(-side * drop));
        let chest = self.turn[chest];
        let world = |v: Vec3| chest * Vec3::new(v.x * side, v.y, v.z);
        self.aim(upper, fore, world(arm.upper));
        self.aim(fore, hand, world(arm.fore));
        self.curl(s, arm.curl);
    }

    /// Two-bone IK for an arm: the palm to a point of the model's frame.
    fn reach(&mut self, s: usize, target: Vec3, curl: f32) {
        let (clavicle, upper, fore, hand, chest) = {
            let b = &self.rig.bones;
            (b.clavicle[s], b.upper_arm[s], b.fore_arm[s], b.hand[s], b.spine[2])
        };
        let side = [1.0, -1.0][s];
        self.turn_bone(clavicle, Quat::from_rotation_z(-side * 0.06));
        self.turn_bone(upper, Quat::IDENTITY);
        let shoulder = self.head[upper];
        let palm = self.palm(s);
        // The forearm ends at the wrist; the palm is beyond it.
        let target =
            target - (target - shoulder).normalize_or(Vec3::Z) * (palm - self.rig.rest[hand]).length();
        let (l1, l2) = (self.between(upper, fore).length(), self.between(fore, hand).length());
        let v = target - shoulder;
        let d = v.length().clamp((l1 - l2).abs() + 0.02, (l1 + l2) * 0.995);
        let u = v.normalize_or(Vec3::NEG_Y);
        let pole = self.turn[chest] * Vec3::new(0.55 * side, -0.80, -0.35);
        let x = (l1 * l1 - l2 * l2 + d * d) / (2.0 * d);
        let y = (l1 * l1 - x * x).max(0.0).sqrt();
        let w = (pole - u * pole.dot(u)).normalize_or(Vec3::NEG_Y);
        self.aim(upper, fore, u * x + w * y);
        self.turn_bone(fore, Quat::IDENTITY);
        let elbow = self.head[fore];
        self.aim(fore, hand, shoulder + u * d - elbow);
        // It may hang from where the arm was before.
        self.turn_bone(hand, Quat::IDENTITY);
        self.curl(s, curl);
    }

    /// The middle of a closed hand at rest.
    fn palm(&self, s: usize) -> Vec3 {
        let b = &self.rig.bones;
        let (hand, knuckle) = (self.rig.rest[b.hand[s]], self.rig.rest[b.fingers[s][1][0]]);
        hand.lerp(knuckle, 0.9)
    }

    /// Where the palm is now.
    fn palm_now(&self, s: usize) -> Vec3 {
        let hand = self.rig.bones.hand[s];
        self.head[hand] + self.turn[hand] * (self.palm(s) - self.rig.rest[hand])
    }

    /// Puts the hands to what they hold, and says where that is: from metres of the thing to the model's frame.
    fn hold(&mut self, carry: &Carry, t: f32, metres: f32) -> Mat4 {
        let b = &self.rig.bones;
        let (chest, head) = (b.spine[2], b.head);
        let arm = self.between(b.upper_arm[1], b.fore_arm[1]).length()
            + self.between(b.fore_arm[1], b.hand[1]).length();
        let forward = (self.turn[chest] * Vec3::Z).with_y(0.0).normalize_or(Vec3::Z);
        let yaw = Quat::from_rotation_y(forward.x.atan2(forward.z));
        let shoulders = [b.upper_arm[0], b.upper_arm[1]].map(|i| self.head[i]);
        let middle = (shoulders[0] + shoulders[1]) * 0.5;
        let mouth = self.head[head] + self.turn[head] * Vec3::new(0.0, 0.045, 0.13);
        let at = |from: Vec3, x: f32, y: f32, z: f32| from + yaw * Vec3::new(x, y, z) * arm;
        let beat = (t * 5.2).sin();
        let used = carry.handling == Handling::Used;
        let pouring = if carry.handling == Handling::Poured { poured(t) } else { 0.0 };
        // Where the right hand is, how the thing is turned there, and what the left one does.
        let (palm, turn) = match carry.hold {
            _ if pouring > 0.0 && carry.left.is_none() => {
                let rest = at(shoulders[1], 0.10, -0.46, 0.62);
                (
                    rest + yaw * Vec3::new(0.0, 0.10, 0.10) * pouring * arm,
                    Quat::IDENTITY.slerp(carry.tilt, pouring),
                )
            }
            Hold::Upright => {
                let rest = at(shoulders[1], 0.10, -0.46, 0.62);
                // Now and then it goes to the mouth.
                let sip = if used { ramp(0.15, 0.75, (t * 1.3).sin()) } else { 0.0 };
                let lips = mouth - yaw * Vec3::new(0.0, 0.07, -0.03);
                (rest.lerp(lips, sip), Quat::from_rotation_x(-0.7 * sip))
            }
            Hold::Hanging => (at(shoulders[1], -0.14, -1.02, 0.06), Quat::IDENTITY),
            Hold::Aloft => {
                let swing = if used { beat } else { 0.15 * (t * 1.1).sin() };
                let lift = if used { 0.45 } else { 0.05 };
                (at(shoulders[1], -0.20 + 0.16 * swing, lift, 0.55), Quat::from_rotation_z(0.32 * swing))
            }
            Hold::Over => (at(shoulders[1], 0.06, -0.34, 0.44), Quat::from_rotation_x(-0.10)),
            Hold::Before => (at(middle, 0.0, -0.40, 0.66), Quat::IDENTITY),
            Hold::Strum => (at(middle, -0.10, -0.62, 0.34), Quat::IDENTITY),
            Hold::Fiddle => (at(shoulders[0], -0.08, 0.16, 0.12), Quat::IDENTITY),
            Hold::Mouth => (mouth, Quat::from_rotation_x(0.05 * (t * 2.0).sin())),
            Hold::Fist => {
                let chop = if used { beat } else { 0.0 };
                (
                    at(shoulders[1], 0.04, -0.40 + 0.28 * chop, 0.66 - 0.10 * chop),
                    Quat::from_rotation_x(0.55 - 0.75 * chop),
                )
            }
            Hold::Ear => {
                let ear = self.head[head] + self.turn[head] * Vec3::new(-0.085, 0.06, 0.03);
                (ear, Quat::IDENTITY)
            }
            Hold::Eyes => (self.head[head] + self.turn[head] * Vec3::new(0.0, 0.075, 0.16), Quat::IDENTITY),
        };
        let frame = |point: Vec3, turn: Quat| {
            Mat4::from_scale_rotation_translation(Vec3::splat(1.0 / metres), yaw * turn * carry.turn, point)
        };
        match carry.hold {
            // One hand: the thing goes where the palm comes to lie.
            Hold::Upright | Hold::Hanging | Hold::Aloft | Hold::Over | Hold::Fist | Hold::Ear => {
                self.reach(1, palm, 1.25);
                frame(self.palm_now(1), turn) * Mat4::from_translation(-carry.right)
            }
            // Two hands, or the mouth: the hands go to the thing.
            Hold::Before | Hold::Strum | Hold::Fiddle | Hold::Mouth | Hold::Eyes => {
                let anchor = match (carry.hold, carry.left) {
                    (Hold::Before, Some(left)) => (carry.right + left) * 0.5,
                    _ => Vec3::ZERO,
                };
                let thing = frame(palm, turn) * Mat4::from_translation(-anchor);
                let play = if used { 0.05 * beat } else { 0.0 };
                let stroke = match carry.hold {
                    Hold::Strum => Vec3::Y * play,
                    Hold::Fiddle => Vec3::X * play * 2.0,
                    _ => Vec3::ZERO,
                };
                self.reach(1, thing.transform_point3(carry.right) + yaw * stroke, 0.9);
                if let Some(left) = carry.left {
                    self.reach(0, thing.transform_point3(left), 1.0);
                }
                thing
            }
        }
    }

    fn curl(&mut self, s: usize, curl: f32) {
        let rig = self.rig;
        let b = &rig.bones;
        let hand = rig.rest[b.hand[s]];
        let (index, pinky) = (rig.rest[b.fingers[s][0][0]], rig.rest[b.fingers[s][3][0]]);
        let palm = (index - hand).cross(pinky - hand).normalize_or(Vec3::NEG_Y);
        let palm = if palm.y > 0.0 { -palm } else { palm };
        for (f, finger) in b.fingers[s].iter().enumerate() {
            for j in 0..3 {
                let bone = finger[j];
                // The last joint has no successor; it continues its own direction.
                let (a, c) = if j < 2 { (bone, finger[j + 1]) } else { (finger[1], bone) };
                let along = (rig.rest[c] - rig.rest[a]).normalize_or(Vec3::X);
                let axis = along.cross(palm).normalize_or(Vec3::X);
                let angle = curl * (0.8 + 0.15 * f as f32) * [0.7, 1.0, 0.8][j];
                self.turn_bone(bone, Quat::from_axis_angle(axis, angle));
            }
        }
    }
}
