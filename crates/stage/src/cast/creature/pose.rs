//! Creatures in motion: phase functions for the trunk of the body, inverse kinematics for the feet.
//!
//! A stance foot stands where the body's root was, or will be, in the middle of that stance, so it does not
//! slide on any path, curved or not. Nothing is accumulated: any frame can be posed alone.

use std::f32::consts::{PI, TAU};

use glam::{Mat4, Quat, Vec3};

use super::Creature;
use super::flame;
use super::rig::LegRig;
use super::sail::{self, Held};
use super::species::{Foot, Medium, Plan};
use super::tentacle;
use crate::cast::mesh::Pose;
use crate::motion::clip::{Act, Clip, Cycle, Gaze, Root, Step, drift, smooth};

/// Shares of the grazing bend: three neck joints, and the head, which turns the other way.
const GRAZE: [f32; 4] = [0.55, 0.30, 0.15, -0.62];

fn rx(a: f32) -> Quat {
    Quat::from_rotation_x(a)
}
fn ry(a: f32) -> Quat {
    Quat::from_rotation_y(a)
}
fn rz(a: f32) -> Quat {
    Quat::from_rotation_z(a)
}

/// Short twitches: mostly 0, rising to 1 now and then.
fn twitch(t: f32, seed: f32) -> f32 {
    let x = t * 0.7 + seed * 3.3;
    let (k, f) = (x.floor(), x - x.floor());
    let r = ((k * 12.9898 + seed * 78.2).sin() * 43758.547).rem_euclid(1.0);
    if r > 0.55 {
        (f * 6.0).min(1.0) * (1.0 - (f * 6.0 - 1.0).clamp(0.0, 1.0)) * (f * 30.0).sin()
    } else {
        0.0
    }
}

/// The state of a pose under construction, in heights.
pub(super) struct Work {
    pub(super) local: Vec<Quat>,
    pub(super) scale: Vec<f32>,
    pub(super) offset: Vec3,
}

impl Work {
    /// At rest.
    pub(super) fn new(bones: usize) -> Work {
        Work { local: vec![Quat::IDENTITY; bones], scale: vec![1.0; bones], offset: Vec3::ZERO }
    }

    pub(super) fn turn(&mut self, bone: usize, q: Quat) {
        self.local[bone] *= q;
    }
}

impl Creature {
    /// What this body does when asked for `clip`.
    pub(crate) fn able(&self, clip: Clip) -> Clip {
        let s = &self.species;
        let clip = match clip {
            Clip::Breathe if s.flame <= 0.0 => Clip::Call,
            Clip::Slide if !self.slides() => Clip::Walk,
            Clip::Punch | Clip::Kick | Clip::Throw | Clip::Shake => Clip::Point,
            Clip::Blow | Clip::Push | Clip::Clap | Clip::Hug | Clip::Kiss => Clip::Stand,
            Clip::Cheer => Clip::Call,
            Clip::Kneel | Clip::Fall => Clip::Lie,
            Clip::Eat => Clip::Graze,
            Clip::Sneak | Clip::Crawl | Clip::Climb => Clip::Walk,
            other => other,
        };
        match s.plan {
            Plan::Fish if clip == Clip::Jump && self.rig.arms.is_empty() => Clip::Jump,
            Plan::Fish => Clip::Swim,
            Plan::Serpent => Creature::slithers(clip),
            Plan::Crawler => self.crawls(clip),
            // What has wings and cannot fly waddles.
            Plan::Bird if s.medium == Medium::Land => match clip {
                Clip::Flap | Clip::Glide | Clip::Swim => Clip::Walk,
                Clip::Trot | Clip::Run => Clip::Trot,
                Clip::Jump | Clip::Lie => Clip::Stand,
                other => other,
            },
            Plan::Bird => match clip {
                Clip::Trot | Clip::Run | Clip::Jump => Clip::Flap,
                Clip::Swim | Clip::Lie => Clip::Stand,
                other => other,
            },
            Plan::Quadruped => match clip {
                Clip::Flap | Clip::Glide if s.sails.is_empty() => Clip::Run,
                Clip::Sit if s.arms || !matches!(s.hind.foot, Foot::Paw) => Clip::Lie,
                Clip::Lie if s.arms => Clip::Stand,
                // A swimming land animal paddles at its walk; the water hides the rest.
                Clip::Swim => Clip::Walk,
                other => other,
            },
        }
    }

    /// Whether it slides on its belly: a bird with flippers.
    fn slides(&self) -> bool {
        let s = &self.species;
        s.plan == Plan::Bird && s.medium == Medium::Land && !s.fins.is_empty()
    }

    /// The gait's own cycle for a body `size` times as large as built. Speed is a Froude number, stride is in
    /// leg lengths (Alexander 1976), so that big and small animals move alike.
    pub(crate) fn cycle(&self, clip: Clip, size: f32) -> Cycle {
        let s = &self.species;
        let g = &s.gait;
        let metres = s.height * size;
        let fly = 2.6 / metres.max(0.2).powf(0.6) * g.flap;
        let swim = 0.9 / metres.max(0.3).powf(0.45) * g.flap;
        if matches!(clip, Clip::Flap | Clip::Glide) {
            // Wing loading grows with size: a crow cruises at 9 m/s, an eagle at 12.
            let speed = 13.0 * metres.powf(0.35) * g.speed;
            return Cycle { speed_mps: speed, period_s: 1.0 / fly, duty: 1.0, lands: [0.0; 4] };
        }
        if let (Clip::Jump, Some(leap)) = (clip, self.leap(size)) {
            return leap.cycle();
        }
        if s.plan == Plan::Fish {
            // 0.7 body lengths a beat is the slip-free cruise of most fish (Bainbridge 1958).
            return Cycle {
                speed_mps: 0.6 * metres * swim * g.speed,
                period_s: 1.0 / swim,
                duty: 1.0,
                lands: [0.0; 4],
            };
        }
        if s.plan == Plan::Serpent {
            return self.slither_cycle(clip, metres);
        }
        if s.plan == Plan::Crawler {
            return self.crawl_cycle(clip, metres);
        }
        let hip = s.hind.joints.first().map_or(0.5, |j| j[1] - s.hind.joints[4][1]) * metres;
        let root = (9.81 * hip).sqrt();
        let (froude, stride, duty, lands, reach) = match clip {
            Clip::Walk if g.hop => (0.45, 2.2, 0.46, [0.0, 0.0, 0.90, 0.90], self.reach[0]),
            Clip::Trot if g.hop => (0.9, 2.8, 0.40, [0.0, 0.0, 0.88, 0.88], self.reach[1]),
            Clip::Run if g.hop => (2.0, 4.2, 0.32, [0.0, 0.0, 0.86, 0.86], self.reach[2]),
            Clip::Walk => {
                let lands = if g.pace { [0.0, 0.5, 0.12, 0.62] } else { [0.0, 0.5, 0.25, 0.75] };
                (0.40, 1.45, 0.64, lands, self.reach[0])
            }
            Clip::Trot => (0.95, 2.3, 0.42, [0.0, 0.5, 0.5, 0.0], self.reach[1]),
            Clip::Run => (2.0, 3.6, 0.27, [0.0, 0.10, 0.52, 0.64], self.reach[2]),
            Clip::Slide => {
                return Cycle { speed_mps: 2.2 * metres.sqrt(), period_s: 1.0, duty: 1.0, lands: [0.0; 4] };
            }
            _ => return Cycle { speed_mps: 0.0, period_s: 1.0, duty: 1.0, lands: [0.0; 4] },
        };
        let speed_mps = froude * root * g.speed * reach.sqrt();
        let lands = if (s.plan == Plan::Bird || s.arms) && !g.hop { [0.0, 0.5, 0.0, 0.5] } else { lands };
        Cycle { speed_mps, period_s: stride * hip * g.stride * reach / speed_mps, duty, lands }
    }

    /// World-space joint matrices.
    pub(crate) fn pose(&self, act: &Act<'_>) -> Pose {
        let root = (act.root)(act.time_s);
        let metres = self.species.height * act.size;
        let clip = self.able(act.clip);
        if self.species.plan == Plan::Serpent {
            return self.slither(act, clip, &root);
        }
        if self.species.plan == Plan::Crawler {
            return self.crawl(act, clip, &root);
        }
        let height = |at: glam::Vec2| act.ground.height_m(at.x, at.y);
        let (base, joints) = if self.species.plan == Plan::Fish {
            let surface = act.ground.water_m().unwrap_or_else(|| height(root.at) + 1.2 * metres);
            (surface + root.altitude_m, self.swim(act))
        } else if matches!(clip, Clip::Flap | Clip::Glide) {
            (height(root.at) + root.altitude_m, self.stand(act, clip, &root, 0.0))
        } else {
            let base = height(root.at);
            (base, self.stand(act, clip, &root, base))
        };
        let position = Vec3::new(root.at.x, base, root.at.y);
        let world = Mat4::from_scale_rotation_translation(Vec3::splat(metres), ry(root.heading), position);
        let rest = Mat4::from_scale(Vec3::splat(1.0 / self.species.height));
        Pose { joints: joints.into_iter().map(|m| world * m * rest).collect() }
    }

    /// Joint matrices in heights, for everything with legs.
    fn stand(&self, act: &Act<'_>, clip: Clip, root: &Root, base: f32) -> Vec<Mat4> {
        let (rig, s) = (&self.rig, &self.species);
        let g = &s.gait;
        let bones = rig.bones.len();
        let metres = s.height * act.size;
        let t = act.time_s as f32;
        let seed = act.phase;
        let cycle = self.cycle(clip, act.size).at_speed(act.speed_mps);
        let moving = matches!(clip, Clip::Walk | Clip::Trot | Clip::Run);
        let air = matches!(clip, Clip::Flap | Clip::Glide);
        let slides = clip == Clip::Slide;
        let position = (act.time_s / f64::from(cycle.period_s) + f64::from(act.phase)).rem_euclid(1.0) as f32;
        let w = position * TAU;
        let breath = (t * TAU * 0.28 / metres.max(0.3).powf(0.3) + seed * 5.0).sin();
        let mut work = Work::new(bones);
        let (pelvis, chest) = (rig.spine[0], rig.spine[2]);

        // Height of the ground, in heights above the root, under a point of the body's frame.
        let ground = |local: Vec3| {
            let p = root.point(local * metres);
            (act.ground.height_m(p.x, p.z) - base) / metres
        };
        if s.plan == Plan::Quadruped && !air {
            // The trunk of the body follows the slope between hind and fore feet.
            let (zh, zf) = (rig.legs[0].rest[4].z, rig.legs[rig.legs.len() - 1].rest[4].z);
            let (gh, gf) = (ground(Vec3::Z * zh), ground(Vec3::Z * zf));
            let slope = if s.arms { 0.0 } else { ((gf - gh) / (zf - zh).max(0.1)).atan() };
            work.offset.y += gh.min(gf + (zf - zh).max(0.0) * 0.5);
            work.turn(pelvis, rx(-slope * 0.9));
            for bone in &rig.neck {
                work.turn(*bone, rx(slope * 0.2));
            }
        }
        // A leap: crouch, fly, land.
        let leap = if clip == Clip::Jump { jump(t * 0.7 + seed) } else { 0.0 };
        work.offset.y += 0.35 * leap.max(0.0) + 0.10 * leap.min(0.0);
        // A hop: both hind legs push, the body flies an arc, the fore legs catch it.
        let hops = moving && g.hop;
        let flight = ((position - cycle.duty) / (0.94 - cycle.duty)).clamp(0.0, 1.0);
        let hop = if hops {
            let high = match clip {
                Clip::Walk => 0.16,
                Clip::Trot => 0.24,
                _ => 0.32,
            };
            let push = if position < cycle.duty { (PI * position / cycle.duty).sin() } else { 0.0 };
            work.offset.y -= 0.06 * push;
            let pitch = if flight > 0.0 && flight < 1.0 { (PI * flight).cos() } else { 0.0 };
            work.turn(pelvis, rx(-0.22 * pitch * if s.arms { 0.4 } else { 1.0 }));
            work.turn(rig.spine[1], rx(0.10 * push));
            high * g.lift * (PI * flight).sin()
        } else {
            0.0
        };
        work.offset.y += hop;
        match clip {
            Clip::Walk | Clip::Trot | Clip::Run if g.hop => {}
            Clip::Walk => {
                work.offset +=
                    Vec3::new(0.012 * w.sin() * g.sway, -0.012 * g.sway + 0.008 * (2.0 * w).cos(), 0.0);
                work.turn(pelvis, rz(0.03 * w.sin() * g.sway) * ry(0.03 * w.cos()));
                work.turn(chest, rz(-0.05 * w.sin() * g.sway) * ry(-0.05 * w.cos()));
            }
            Clip::Trot => {
                work.offset.y += -0.02 + 0.022 * (2.0 * w - 0.6).cos();
                work.turn(pelvis, rx(0.01 * (2.0 * w).sin()));
            }
            Clip::Run => {
                let a = 1.0 - 0.7 * g.heavy;
                work.offset.y += -0.055 + 0.022 * a * (w + 2.6).cos();
                let f = a * (w + 0.9).sin();
                work.turn(pelvis, rx(0.06 * f));
                work.turn(rig.spine[1], rx(-0.07 * f));
                work.turn(chest, rx(-0.05 * f));
            }
            Clip::Dance => {
                let beat = t * TAU * 0.9 + seed * TAU;
                work.offset += Vec3::new(0.03 * beat.sin(), -0.02 + 0.02 * (2.0 * beat).cos(), 0.0);
                work.turn(pelvis, rz(0.06 * beat.sin()) * ry(0.08 * beat.cos()));
                work.turn(chest, rz(-0.08 * beat.sin()) * ry(-0.10 * beat.cos()));
            }
            _ => {}
        }
        work.scale[chest] = 1.0 + 0.008 * breath;
        work.scale[rig.spine[1]] = 1.0 + 0.012 * breath;

        let fold = self.posture(clip, &mut work);
        self.head_and_tail(act, clip, w, breath, &mut work);

        let mut stand = 0.0;
        if s.plan == Plan::Bird {
            if air {
                work.offset.y += 0.0;
            } else {
                stand = self.perch(&mut work);
            }
            self.wings(clip, act, &mut work);
        }
        if slides {
            self.lay_on_belly(t + seed * 9.0, &mut work);
        }
        if clip == Clip::Breathe {
            flame::pose(rig, t, flame::breath(t).0, &mut work);
        }
        if !rig.sails.is_empty() {
            let held = self.sails_held(clip, act, &mut work);
            // Who sits with the breast raised keeps the wings off the ground.
            let lean = if clip == Clip::Sit { 0.66 } else { 0.0 };
            sail::pose(rig, s, held, lean, &mut work.local);
        }
        let (mut rot, mut pos) = self.forward(&work);
        if !air {
            self.lay_tail(&work, &ground, &mut rot, &mut pos);
        }
        for (li, leg) in rig.legs.iter().enumerate() {
            if air && s.plan == Plan::Quadruped {
                let upper = if leg.fore { chest } else { pelvis };
                let bends = if leg.fore { [0.75, -0.55, 0.35, 0.9] } else { [0.45, 1.05, 1.25, 1.75] };
                fold_back(leg, rot[upper], bends, &mut rot, &mut pos);
                continue;
            }
            if air {
                tuck(leg, rot[pelvis] * rx(1.15), &mut rot, &mut pos);
                continue;
            }
            if slides {
                // The feet trail.
                tuck(leg, rot[pelvis] * rx(0.12), &mut rot, &mut pos);
                rot[leg.bones[3]] *= rx(1.25);
                continue;
            }
            if leg.fore && s.arms {
                let swing =
                    if moving { 0.12 * (w + if leg.side > 0.0 { PI } else { 0.0 }).sin() } else { 0.0 };
                let q = rot[chest] * rx(swing);
                tuck(leg, q, &mut rot, &mut pos);
                continue;
            }
            let index = if s.plan == Plan::Bird { li % 2 } else { li.min(3) };
            let reach = s.fore.joints.get(1).map_or_else(|| s.hind.joints[0][1], |j| j[1]);
            let mut foot = FootPlan { target: leg.rest[4], roll: 0.0, flex: 0.0, planted: true };
            if moving {
                self.step_foot(
                    act,
                    clip,
                    leg,
                    &cycle,
                    cycle.step(index, position, act.time_s),
                    root,
                    reach,
                    &mut foot,
                );
            } else if clip == Clip::Dance && s.plan == Plan::Quadruped {
                let beat = (t * 0.9 + seed + [0.0, 0.5, 0.5, 0.0][index]) * TAU;
                foot.target.y += 0.10 * reach * beat.sin().max(0.0);
                foot.flex = 0.5 * beat.sin().max(0.0);
                foot.planted = beat.sin() <= 0.0;
            }
            if fold[li.min(3)] > 0.0 {
                fold_foot(leg, clip, work.offset.z, &mut foot);
            }
            let shift = foot.target.z - leg.rest[4].z;
            foot.target.y += stand + ground(foot.target);
            if hop > 0.0 && !foot.planted {
                foot.target.y += hop * 0.8;
            }
            if leap > 0.0 {
                foot.target.y += 0.35 * leap;
                foot.flex += 0.5 * leap;
            }
            if stand > 0.0 {
                foot.target.z = leg.rest[0].z + 0.02 + shift;
            }
            if s.plan == Plan::Quadruped && leg.foot == Foot::Column {
                foot.roll *= 0.25;
            }
            // The shoulder blade slides with the leg, the hip a little.
            let slide = shift.clamp(-0.4, 0.4) * if leg.fore { 0.26 } else { 0.10 };
            pos[leg.bones[0]] += rot[if leg.fore { chest } else { pelvis }] * Vec3::new(0.0, 0.0, slide);
            reach_foot(leg, &foot, &mut rot, &mut pos);
        }
        (0..bones)
            .map(|i| {
                Mat4::from_scale_rotation_translation(Vec3::splat(work.scale[i]), rot[i], pos[i])
                    * Mat4::from_translation(-rig.bones[i].rest)
            })
            .collect()
    }

    /// Where a walking foot is. `step` comes from [`Cycle::step`].
    #[expect(
        clippy::too_many_arguments,
        reason = "the inputs of one formula; a struct would only rename them"
    )]
    fn step_foot(
        &self,
        act: &Act<'_>,
        clip: Clip,
        leg: &LegRig,
        cycle: &Cycle,
        (step, plant, next): (Step, f64, f64),
        root: &Root,
        reach: f32,
        foot: &mut FootPlan,
    ) {
        let g = &self.species.gait;
        let metres = self.species.height * act.size;
        let stride = cycle.stride_m() * cycle.duty / metres;
        // Where the foot stands in this frame, if it is put down under the body at time `at`.
        let print = |at: f64| root.local((act.root)(at).point(leg.rest[4] * metres)) / metres;
        match step {
            Step::Stance(u) => {
                foot.target = print(plant);
                foot.roll = 0.55 * smooth((u - 0.72) / 0.28);
                foot.flex = 0.28 * (u - 0.5) * stride / reach;
            }
            Step::Swing(u) => {
                foot.planted = false;
                // The foot leaves and lands at the ground's speed.
                let e = u - 0.16 * (TAU * u).sin();
                foot.target = print(plant).lerp(print(next), e);
                let rise = match clip {
                    Clip::Walk => 0.11,
                    Clip::Trot => 0.26,
                    _ => 0.40,
                };
                foot.target.y +=
                    g.lift * (1.0 - 0.4 * g.heavy) * reach * rise * (PI * u.powf(0.8)).sin().max(0.0);
                foot.roll = 0.55 * (1.0 - smooth(u * 1.6)) + 0.7 * (PI * u).sin() * (1.0 - g.heavy * 0.5);
                let bend = if leg.fore { 0.75 } else { 0.42 } * if clip == Clip::Walk { 0.75 } else { 1.15 };
                foot.flex =
                    -0.17 * (u - 0.5) * stride / reach + (PI * u.powf(0.7)).sin() * bend * (1.0 - g.heavy);
            }
        }
    }

    /// Lays on the ground what of the tail would hang into it.
    fn lay_tail(&self, work: &Work, ground: &dyn Fn(Vec3) -> f32, rot: &mut [Quat], pos: &mut [Vec3]) {
        let rig = &self.rig;
        let Some(tip) = self.species.tail.pts.last().map(|p| Vec3::new(0.0, p[1], p[0])) else { return };
        for (i, bone) in rig.tail.iter().enumerate() {
            if i > 0 {
                let above = rig.tail[i - 1];
                rot[*bone] = rot[above] * work.local[*bone];
                pos[*bone] = pos[above] + rot[above] * (rig.bones[*bone].rest - rig.bones[above].rest);
            }
            let rest = rig.tail.get(i + 1).map_or(tip, |next| rig.bones[*next].rest);
            let along = rot[*bone] * (rest - rig.bones[*bone].rest);
            let end = pos[*bone] + along;
            let low = ground(end) + rest.y.clamp(0.0, 0.06);
            let length = along.length();
            if end.y >= low || length < 1e-4 {
                continue;
            }
            let rise = (low - pos[*bone].y).clamp(-length, length);
            // Backwards, even of a tail that hung under the body.
            let back = Vec3::new(along.x, 0.0, -along.z.abs().max(0.4 * length));
            let flat = back.normalize_or(Vec3::NEG_Z) * (length * length - rise * rise).sqrt();
            let lift = Quat::from_rotation_arc(along / length, (flat + Vec3::Y * rise) / length);
            rot[*bone] = lift * rot[*bone];
        }
    }

    /// Sitting and lying; returns which legs are folded.
    fn posture(&self, clip: Clip, work: &mut Work) -> [f32; 4] {
        let (rig, s) = (&self.rig, &self.species);
        match clip {
            Clip::Sit => {
                let hip = s.hind.joints.first().map_or(0.6, |j| j[1]);
                work.offset += Vec3::new(0.0, 0.30 - hip, 0.10);
                work.turn(rig.spine[0], rx(-0.62));
                work.turn(rig.spine[1], rx(-0.12));
                [1.0, 1.0, 0.0, 0.0]
            }
            Clip::Lie => {
                let belly = s.torso.iter().map(|t| t[2]).fold(1.0, f32::min);
                work.offset.y -= belly - 0.02;
                [1.0; 4]
            }
            _ => [0.0; 4],
        }
    }

    fn head_and_tail(&self, act: &Act<'_>, clip: Clip, w: f32, breath: f32, work: &mut Work) {
        let (rig, s) = (&self.rig, &self.species);
        let (t, seed) = (act.time_s as f32, act.phase);
        let moving = matches!(clip, Clip::Walk | Clip::Trot | Clip::Run);
        let count = rig.neck.len().max(1) as f32;
        let idle = if moving { 0.25 } else { 1.0 };
        let yaw = act.gaze.yaw + 0.45 * drift(t, seed * 9.0 + 1.0) * idle;
        let mut pitch = act.gaze.pitch - 0.10 * drift(t * 1.3, seed * 5.0 + 4.0) * idle;
        let mut jaw = 0.0;
        match clip {
            Clip::Call => {
                pitch -= 0.55 + 0.1 * (t * 1.3).sin();
                jaw = 0.32;
            }
            Clip::Breathe => {
                let (fire, back) = flame::breath(t);
                pitch += 0.30 * fire - 0.55 * back;
                jaw = 0.10 + 0.34 * fire;
            }
            Clip::Wave => {
                pitch -= 0.35 + 0.15 * (t * 3.0).sin();
                jaw = 0.18 * (t * 5.0).sin().max(0.0);
            }
            Clip::Talk => jaw = 0.10 * (t * 9.0).sin().max(0.0) * (0.6 + 0.4 * (t * 2.1).sin()),
            Clip::Bow => pitch += 0.5,
            _ => {}
        }
        let nod = match clip {
            Clip::Walk => 0.05 * (2.0 * w + 0.8).sin(),
            Clip::Trot => 0.015 * (2.0 * w).sin(),
            Clip::Run => 0.11 * (w + 0.3).sin(),
            _ => 0.012 * breath,
        };
        let sits = if clip == Clip::Sit { 0.60 } else { 0.0 };
        let graze = if clip == Clip::Graze { self.graze } else { 0.0 };
        for (i, bone) in rig.neck.iter().enumerate() {
            let bend = (pitch * 0.5 + nod + sits * 0.3) / count + graze * GRAZE[i.min(2)];
            work.turn(*bone, ry(yaw * 0.5 / count) * rx(bend));
        }
        let bend = pitch * 0.5 - nod * 0.6 + graze * GRAZE[3] + sits * 0.65;
        work.turn(rig.head, ry(yaw * 0.5) * rx(bend));
        if clip == Clip::Graze {
            work.turn(rig.head, rx(0.04 * (t * 7.0).sin()));
            jaw = 0.05 + 0.06 * (t * 8.0).sin();
        }
        work.turn(rig.jaw, rx(jaw));
        // Ears, tail and trunk swing behind the body's own rhythm.
        let big_ears = s.ear.len > 0.25 && s.coat.fur < 0.02;
        for (i, ear) in rig.ears.iter().enumerate() {
            let side = if i == 0 { 1.0 } else { -1.0 };
            let flap = if big_ears { 0.25 * (t * 2.1 + seed * 6.0).sin().max(0.0) } else { 0.0 };
            let back = if clip == Clip::Run { -0.35 } else { 0.0 };
            let flick = 0.25 * twitch(t, seed + i as f32 * 1.37);
            work.turn(
                *ear,
                ry(side * (0.20 * drift(t * 1.7, seed + i as f32 * 3.0) + flap)) * rx(flick + back),
            );
        }
        let (phase, amount) = if moving { (w, 0.10) } else { (t * 1.9 + seed * 6.0, 0.14) };
        for (i, bone) in rig.tail.iter().enumerate() {
            let lag = i as f32 * 0.55;
            let lift = match clip {
                Clip::Run => -0.22,
                Clip::Trot => -0.10,
                _ => 0.0,
            };
            let down = match clip {
                Clip::Sit => [-0.35, 0.2, 0.3, 0.15, 0.0][i.min(4)],
                Clip::Lie => [0.1, 0.1, 0.0, 0.0, 0.0][i.min(4)],
                _ => 0.0,
            };
            let lift = if i < 3 { lift } else { -lift * 0.5 };
            let nod = 0.04 * (2.0 * phase - lag).sin() + lift + down;
            work.turn(*bone, ry(amount * s.tail.sway * (phase - lag).sin()) * rx(nod));
        }
        let sway = phase * if moving { 1.0 } else { 0.6 };
        for (i, bone) in rig.trunk.iter().enumerate() {
            let lag = i as f32 * 0.6;
            let raise = if clip == Clip::Call { -0.35 } else { 0.0 };
            let swing = 0.07 * (sway - lag).sin() + 0.03 * drift(t, seed + i as f32) + raise;
            work.turn(*bone, rx(swing) * rz(0.05 * (phase * 0.5 - lag).sin()));
        }
    }

    /// Brings a bird from the flying frame onto its feet; returns how far up.
    fn perch(&self, work: &mut Work) -> f32 {
        let (rig, s) = (&self.rig, &self.species);
        let stand = rig.legs.first().map_or(0.0, |l| 0.03 - l.rest[3].y);
        let stand = if stand < 0.05 { 0.0 } else { stand };
        let pelvis = rig.spine[0];
        let perch = s.gait.perch;
        let hip = rig.legs.first().map_or(Vec3::ZERO, |l| l.rest[0] - rig.bones[pelvis].rest);
        let hip = hip * Vec3::new(0.0, 1.0, 1.0);
        work.offset += Vec3::Y * stand + hip - rx(-perch) * hip;
        work.turn(pelvis, rx(-perch));
        for bone in &rig.neck {
            work.turn(*bone, rx(perch * 0.15));
        }
        work.turn(rig.head, rx(perch * 0.55));
        stand
    }

    /// Tips a standing bird forward onto its belly, the head up.
    fn lay_on_belly(&self, t: f32, work: &mut Work) {
        let (rig, s) = (&self.rig, &self.species);
        let pelvis = rig.spine[0];
        let tip = rx(1.42 + 0.03 * (t * 5.0).sin()) * rz(0.05 * (t * 2.3).sin());
        let root = rig.bones[pelvis].rest;
        // The lowest point of the breast once it is tipped.
        let low = self
            .mesh
            .vertices
            .iter()
            .map(|v| Vec3::from(v.position) / s.height)
            .filter(|p| p.x.abs() < 0.10 && (0.25..0.75).contains(&p.y))
            .map(|p| (tip * (p - root)).y)
            .fold(0.0, f32::min);
        work.offset = Vec3::new(0.0, -root.y - low - 0.012, -root.z - 0.42);
        work.local[pelvis] = tip;
        let bend = -0.80 / rig.neck.len().max(1) as f32;
        for bone in &rig.neck {
            work.turn(*bone, rx(bend));
        }
        work.turn(rig.head, rx(-0.45));
    }

    fn wings(&self, clip: Clip, act: &Act<'_>, work: &mut Work) {
        let rate = 1.0 / self.cycle(Clip::Flap, act.size).period_s;
        let w = ((act.time_s * f64::from(rate) + f64::from(act.phase)).rem_euclid(1.0)) as f32 * TAU;
        for wing in &self.rig.wings {
            let side = wing.side;
            let [upper, fore, hand] = wing.arm;
            if matches!(clip, Clip::Flap | Clip::Glide) {
                let amp = if clip == Clip::Flap { 1.0 } else { 0.06 };
                // The hand lags the arm and folds on the upstroke.
                let back = (-w.sin()).max(0.0) * amp;
                work.local[upper] = rz(side * (0.10 + 0.54 * amp * w.cos()))
                    * rx(-0.12 * amp * w.sin())
                    * ry(side * 0.20 * back);
                work.local[fore] =
                    rz(side * (-0.06 + 0.30 * amp * (w - 0.7).cos() - 0.25 * back)) * ry(-side * 0.45 * back);
                work.local[hand] = rz(side * (0.05 + 0.34 * amp * (w - 1.35).cos() - 0.25 * back))
                    * ry(side * 0.50 * back)
                    * rx(-0.15 * amp * w.sin());
                for feather in wing.feathers.iter().filter(|f| f.primary) {
                    work.local[feather.bone] =
                        rx(0.10 * amp * w.sin() * feather.at) * ry(side * 0.35 * back * (1.0 - feather.at));
                }
                work.offset.y = -0.05 * amp * (w - 0.5).cos();
                continue;
            }
            let fold = [rz(-side * 0.5) * ry(side * 1.15), ry(-side * 2.35), ry(side * 2.55)];
            let world = [fold[0], fold[0] * fold[1], fold[0] * fold[1] * fold[2]];
            for (bone, q) in wing.arm.iter().zip(fold) {
                work.local[*bone] = q;
            }
            for feather in &wing.feathers {
                let parent = self.rig.bones[feather.bone].parent;
                let Some(k) = wing.arm.iter().position(|b| Some(*b) == parent) else { continue };
                let low = if feather.primary { -0.03 } else { -0.10 };
                let want = Vec3::new(-side * 0.10, low, -1.0).normalize();
                // Lay the feather back and turn its flat side outwards.
                let lay = Quat::from_rotation_arc(feather.dir, want);
                let flat = lay * Vec3::Y;
                let out = Vec3::new(side * 0.9, 0.45, 0.0).normalize();
                let out = (out - want * out.dot(want)).normalize();
                let twist = Quat::from_axis_angle(want, flat.cross(out).dot(want).atan2(flat.dot(out)));
                work.local[feather.bone] = world[k].inverse() * twist * lay;
            }
        }
    }

    /// How wings of skin are held; in flight the neck stretches and the body rides on the beat.
    fn sails_held(&self, clip: Clip, act: &Act<'_>, work: &mut Work) -> Held {
        let (rig, t) = (&self.rig, act.time_s as f32);
        let rate = 1.0 / self.cycle(Clip::Flap, act.size).period_s;
        let w = ((act.time_s * f64::from(rate) + f64::from(act.phase)).rem_euclid(1.0)) as f32 * TAU;
        match clip {
            Clip::Flap | Clip::Glide => {
                let amp = if clip == Clip::Flap { 1.0 } else { 0.08 };
                work.offset.y -= 0.08 * amp * (w - 0.5).cos();
                for bone in &rig.neck {
                    work.turn(*bone, rx(0.22 - 0.03 * amp * (w - 0.8).cos()));
                }
                work.turn(rig.head, rx(-0.50));
                for (i, bone) in rig.tail.iter().enumerate() {
                    work.turn(*bone, rx(0.05 * amp * (w - 0.6 * i as f32).sin() + [0.22, 0.0][i.min(1)]));
                }
                Held::Beating(w, amp)
            }
            Clip::Call | Clip::Wave | Clip::Breathe => Held::Open(0.62 + 0.08 * (t * 2.3).sin()),
            Clip::Dance => Held::Open(0.35 + 0.25 * (t * 5.0).sin()),
            Clip::Run => Held::Open(0.12),
            _ => Held::Open(0.04 + 0.03 * drift(t * 0.7, act.phase * 7.0)),
        }
    }

    /// A travelling wave down the spine: sideways for fish, up and down when the tail fin is flat.
    fn swim(&self, act: &Act<'_>) -> Vec<Mat4> {
        let (rig, s) = (&self.rig, &self.species);
        let cycle = self.cycle(Clip::Swim, act.size);
        let cycle = cycle.at_speed(act.speed_mps);
        let w =
            ((act.time_s / f64::from(cycle.period_s) + f64::from(act.phase)).rem_euclid(1.0)) as f32 * TAU;
        let amp = if act.clip.travels() { 1.0 } else { 0.3 };
        let flat = s.gait.heavy > 0.5;
        let bend = |a: f32| if flat { rx(a) } else { ry(a) };
        let mut work = Work::new(rig.bones.len());
        let count = rig.spine.len() as f32;
        for (j, bone) in rig.spine.iter().enumerate() {
            let share = j as f32 / count;
            let stiff = if rig.arms.is_empty() { 1.0 } else { 0.12 };
            let a = stiff * amp * (0.03 + 0.17 * share * share) * (w - j as f32 * 0.75).sin();
            work.local[*bone] = bend(a);
        }
        work.local[rig.spine[0]] = if flat { rx(-0.04 * w.sin()) } else { ry(0.05 * w.sin()) };
        if !rig.arms.is_empty() {
            let upright = rx(-s.gait.perch + 0.12 * amp * (w * 0.5).sin());
            // It turns about the roots of its arms, the middle of what is seen of it.
            let middle = Vec3::NEG_Z * 0.35 - rig.bones[rig.spine[0]].rest;
            work.offset += middle - upright * middle;
            work.turn(rig.spine[0], upright);
            tentacle::pose(rig, s, w, amp, &mut work);
        }
        if let (Clip::Jump, Some(leap)) = (act.clip, self.leap(act.size)) {
            let flight = leap.at(act.time_s, act.phase);
            // It turns about its middle, which is where the row has its origin.
            let turn = rx(-flight.pitch) * rz(flight.roll);
            let middle = -rig.bones[rig.spine[0]].rest;
            work.offset += middle - turn * middle;
            work.offset.y += flight.height_m / (s.height * act.size);
            work.local[rig.spine[0]] = turn * work.local[rig.spine[0]];
            // In the air the back is arched, the flukes trail.
            let arch = flight.air.map_or(0.0, |u| (PI * u).sin());
            for bone in &rig.spine[1..] {
                work.turn(*bone, rx(0.045 * arch));
            }
        }
        let (rot, pos) = self.forward(&work);
        (0..rig.bones.len())
            .map(|i| {
                Mat4::from_rotation_translation(rot[i], pos[i]) * Mat4::from_translation(-rig.bones[i].rest)
            })
            .collect()
    }

    /// Forward kinematics: parents come before their children.
    pub(super) fn forward(&self, work: &Work) -> (Vec<Quat>, Vec<Vec3>) {
        let bones = &self.rig.bones;
        let mut rot = vec![Quat::IDENTITY; bones.len()];
        let mut pos = vec![Vec3::ZERO; bones.len()];
        for (i, bone) in bones.iter().enumerate() {
            match bone.parent {
                None => {
                    rot[i] = work.local[i];
                    pos[i] = bone.rest + work.offset;
                }
                Some(p) => {
                    rot[i] = rot[p] * work.local[i];
                    pos[i] = pos[p] + rot[p] * (bone.rest - bones[p].rest);
                }
            }
        }
        (rot, pos)
    }

    /// Shortens each gait's stride until every planted foot is within reach of its leg.
    pub(crate) fn fit_strides(&mut self) {
        const SMALL: f32 = 0.004;
        if self.rig.legs.is_empty() {
            return;
        }
        for (i, clip) in [Clip::Walk, Clip::Trot, Clip::Run].into_iter().enumerate() {
            self.reach[i] = 1.0;
            if self.leg_gap(clip) < SMALL {
                continue;
            }
            // Not below half: a crouching gait would rather stretch a little.
            let (mut low, mut high) = (0.5, 1.0);
            for _ in 0..6 {
                let middle = f32::midpoint(low, high);
                self.reach[i] = middle;
                if self.leg_gap(clip) < SMALL {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            self.reach[i] = low;
        }
    }

    /// The worst distance, in heights, between two bones of a leg at their shared joint, over one cycle.
    pub(crate) fn leg_gap(&self, clip: Clip) -> f32 {
        let cycle = self.cycle(clip, 1.0);
        let root = |t: f64| Root { at: glam::Vec2::new(0.0, cycle.speed_mps * t as f32), ..Root::default() };
        let flat = |_: f32, _: f32| 0.0;
        let mut gap = 0.0f32;
        for k in 0..24 {
            let act = Act {
                clip,
                time_s: f64::from(cycle.period_s) * f64::from(k) / 24.0,
                since_s: 0.0,
                speed_mps: cycle.speed_mps,
                phase: 0.0,
                gaze: Gaze::default(),
                size: 1.0,
                root: &root,
                ground: &flat,
                aboard: None,
                carry: None,
                blown_out_s: None,
            };
            let joints = self.stand(&act, self.able(clip), &root(act.time_s), 0.0);
            for leg in self.rig.legs.iter().filter(|l| !(l.fore && self.species.arms)) {
                for j in 1..4 {
                    let upper = joints[leg.bones[j - 1]].transform_point3(leg.rest[j]);
                    let lower = joints[leg.bones[j]].transform_point3(leg.rest[j]);
                    gap = gap.max(upper.distance(lower));
                }
            }
        }
        gap
    }

    /// How far the neck must bend for the mouth to reach the ground.
    pub(crate) fn graze_angle(&self) -> f32 {
        let rig = &self.rig;
        if rig.neck.is_empty() {
            return 0.0;
        }
        let mouth_height = |angle: f32| {
            let mut q = Quat::IDENTITY;
            let mut last = rig.bones[rig.neck[0]].rest;
            let mut p = last;
            for (i, bone) in rig.neck.iter().enumerate() {
                p += q * (rig.bones[*bone].rest - last);
                last = rig.bones[*bone].rest;
                q *= rx(angle * GRAZE[i.min(2)]);
            }
            p += q * (rig.bones[rig.head].rest - last);
            q *= rx(angle * GRAZE[3]);
            (p + q * (rig.mouth - rig.bones[rig.head].rest)).y
        };
        let (mut low, mut high) = (0.0, 2.6);
        for _ in 0..20 {
            let middle = f32::midpoint(low, high);
            if mouth_height(middle) > 0.03 {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// Height of a leap over time: negative in the crouch, up to 1 in the air.
pub(crate) fn jump(t: f32) -> f32 {
    let x = t.rem_euclid(1.0);
    if x < 0.25 {
        -(x / 0.25 * PI).sin()
    } else if x < 0.62 {
        ((x - 0.25) / 0.37 * PI).sin()
    } else if x < 0.85 {
        -0.7 * ((x - 0.62) / 0.23 * PI).sin()
    } else {
        0.0
    }
}

/// Where a foot goes and how it is held.
struct FootPlan {
    target: Vec3,
    /// Of the toes, radians.
    roll: f32,
    /// Of the cannon bone, radians.
    flex: f32,
    planted: bool,
}

/// The feet of a sitting or lying animal.
fn fold_foot(leg: &LegRig, clip: Clip, forward: f32, foot: &mut FootPlan) {
    match (clip, leg.fore) {
        (Clip::Sit, false) => {
            foot.target.z = leg.rest[0].z + 0.38 + forward;
            foot.target.x = leg.rest[4].x * 1.5;
            foot.flex = -1.15;
        }
        (Clip::Lie, true) => {
            foot.target.z = leg.rest[0].z + 0.30;
            foot.flex = 1.35;
            foot.roll = 0.0;
        }
        (Clip::Lie, false) => {
            foot.target.z = leg.rest[0].z + 0.26;
            foot.target.x = leg.rest[4].x * 1.9;
            foot.flex = -1.2;
        }
        _ => {}
    }
}

/// A limb that hangs as a whole from its parent.
fn tuck(leg: &LegRig, q: Quat, rot: &mut [Quat], pos: &mut [Vec3]) {
    for k in 0..4 {
        rot[leg.bones[k]] = q;
        if k > 0 {
            pos[leg.bones[k]] = pos[leg.bones[k - 1]] + q * (leg.rest[k] - leg.rest[k - 1]);
        }
    }
}

/// A leg in the air: every bone leans back by its own angle.
fn fold_back(leg: &LegRig, q: Quat, bends: [f32; 4], rot: &mut [Quat], pos: &mut [Vec3]) {
    for (k, bend) in bends.into_iter().enumerate() {
        rot[leg.bones[k]] = q * rx(bend);
        if k > 0 {
            let above = leg.bones[k - 1];
            pos[leg.bones[k]] = pos[above] + rot[above] * (leg.rest[k] - leg.rest[k - 1]);
        }
    }
}

/// Four segments: the foot rolls, the cannon bone flexes, the upper two close the gap by two-bone IK.
fn reach_foot(leg: &LegRig, foot: &FootPlan, rot: &mut [Quat], pos: &mut [Vec3]) {
    let r = leg.rest;
    let [b0, b1, b2, b3] = leg.bones;
    let hip = pos[b0];
    let (l0, l1) = (r[1].distance(r[0]), r[2].distance(r[1]));
    let (mut roll, mut flex) = (foot.roll, foot.flex);
    let (mut fetlock, mut hock) = (Vec3::ZERO, Vec3::ZERO);
    let (mut q3, mut q2) = (Quat::IDENTITY, Quat::IDENTITY);
    for _ in 0..18 {
        q3 = rx(roll);
        fetlock = foot.target + q3 * (r[3] - r[4]);
        q2 = rx(flex + roll * 0.35);
        hock = fetlock + q2 * (r[2] - r[3]);
        if hock.distance(hip) < (l0 + l1) * 0.998 {
            break;
        }
        // Reaching forwards the cannon bone leans back; trailing, the heel comes up.
        if hock.z > hip.z && flex > -0.6 {
            flex -= 0.09;
            roll *= 0.85;
        } else {
            roll += 0.06;
        }
    }
    let d = hock - hip;
    let distance = d.length().clamp((l0 - l1).abs() + 1e-3, (l0 + l1) * 0.9995);
    let u = d.normalize_or(Vec3::NEG_Y);
    let a = (l0 * l0 - l1 * l1 + distance * distance) / (2.0 * distance);
    let h = (l0 * l0 - a * a).max(0.0).sqrt();
    let rest = (r[2] - r[0]).normalize();
    let bend = (r[1] - r[0]) - rest * (r[1] - r[0]).dot(rest);
    let bend = if bend.length() < 1e-3 { Vec3::Z * if leg.fore { -1.0 } else { 1.0 } } else { bend };
    let pole = Quat::from_rotation_arc(rest, u) * bend;
    let pole = (pole - u * pole.dot(u)).normalize_or(Vec3::Z);
    let knee = hip + u * a + pole * h;
    let end = hip + u * distance;
    rot[b0] = Quat::from_rotation_arc((r[1] - r[0]).normalize(), (knee - hip).normalize());
    rot[b1] = Quat::from_rotation_arc((r[2] - r[1]).normalize(), (end - knee).normalize_or(Vec3::NEG_Y));
    rot[b2] = q2;
    rot[b3] = q3;
    pos[b1] = knee;
    pos[b2] = end;
    // A foot in the air simply stays within reach; a planted one keeps its place.
    if d.length() <= distance + 1e-4 {
        pos[b2] = hock;
    } else if !foot.planted {
        fetlock += end - hock;
    }
    pos[b3] = fetlock;
}
