//! Going on hands and feet: crawling on all fours, and climbing what stands upright.

use std::f32::consts::TAU;

use glam::{Quat, Vec3};

use super::pose::{Arm, Plan, Rig};
use crate::motion::clip::{Act, Clip, Root, Step};

/// Height of the middle of a knee that rests on the ground, in leg lengths.
const KNEE: f32 = 0.07;
/// How far the trunk leans forward on all fours, in radians.
const PRONE: f32 = 1.22;
/// How high one arm and the other leg reach in a cycle of climbing, in leg lengths.
const REACH: f32 = 0.70;

impl Rig {
    fn long(&self, from: usize, to: usize) -> f32 {
        (self.rest[to] - self.rest[from]).length()
    }

    /// From the hip to the shoulder.
    fn trunk(&self) -> f32 {
        self.rest[self.bones.upper_arm[0]].y - self.rest[self.bones.thigh[0]].y
    }

    /// On hands and knees; a hand and the knee of the other side go together.
    pub(super) fn crawl(&self, act: &Act<'_>, root: &Root, metres: f32, base: f32, plan: &mut Plan) {
        let leg = self.leg();
        let cycle = self.cycle(Clip::Crawl, act.size).at_speed(act.speed_mps);
        let goes = act.speed_mps > 0.0;
        let position = if goes {
            (act.time_s / f64::from(cycle.period_s) + f64::from(act.phase)).rem_euclid(1.0) as f32
        } else {
            0.0
        };
        let (thigh, calf) = (
            self.long(self.bones.thigh[0], self.bones.calf[0]),
            self.long(self.bones.calf[0], self.bones.foot[0]),
        );
        let trunk = self.trunk();
        let hip = self.rest[self.bones.thigh[0]];
        let hips = Vec3::new(0.0, 0.97 * thigh + KNEE * leg, -0.5 * trunk);
        let (sin, cos) = (TAU * position).sin_cos();
        plan.pelvis = Vec3::new(0.012 * sin, hips.y - hip.y, hips.z - hip.z);
        plan.tilt = Quat::from_rotation_y(-0.06 * cos) * Quat::from_rotation_x(PRONE);
        plan.spine = [0.02, 0.04, 0.02];
        plan.twist = 0.08 * cos;
        plan.pitch -= 0.85;
        plan.fit = false;
        plan.crouch = false;
        // What is planted stays where the root was in the middle of its stance.
        let contact = |leg_of: usize, neutral: Vec3, rise: f32| {
            let print = |at: f64| {
                let world = (act.root)(at).point(neutral * metres);
                let mut local = root.local(world);
                local.y = act.ground.height_m(world.x, world.z) - base;
                local / metres
            };
            if !goes {
                return print(act.time_s);
            }
            let (step, plant, next) = cycle.step(leg_of, position, act.time_s);
            match step {
                Step::Stance(_) => print(plant),
                Step::Swing(k) => {
                    let mut at = print(plant).lerp(print(next), k * k * (3.0 - 2.0 * k));
                    at.y += rise * leg * (std::f32::consts::PI * k).sin();
                    at
                }
            }
        };
        for s in 0..2 {
            let side = [1.0, -1.0][s];
            // On the toes: the ball of the foot is what is planted.
            let toes = Vec3::new(hip.x.abs() * side, 0.0, hips.z - 0.93 * calf - 0.14 * leg);
            plan.feet[s].at = contact(s, toes, 0.02);
            plan.feet[s].pitch = 1.30;
            plan.feet[s].yaw = 0.0;
            let palm = Vec3::new(0.20 * leg * side, 0.0, hips.z + 0.98 * trunk);
            plan.reach[s] = Some(contact(1 - s, palm, 0.06) + Vec3::Y * 0.045 * leg);
        }
    }

    /// Hand over hand up something before the body; the root's altitude says how high.
    pub(super) fn climb(&self, act: &Act<'_>, root: &Root, metres: f32, plan: &mut Plan) {
        let leg = self.leg();
        let shoulder = self.rest[self.bones.upper_arm[0]];
        let step = REACH * leg;
        let turn = (root.altitude_m / metres / step + act.phase).rem_euclid(1.0);
        // Held things go down past the body as it rises; then the limb reaches up again.
        let height = |lands: f32| {
            let p = (turn - lands).rem_euclid(1.0);
            let (hold, top) = (0.62, 0.5 * step);
            if p < hold {
                (top - step * p, 0.0)
            } else {
                let k = (p - hold) / (1.0 - hold);
                let low = top - step * hold;
                (low + (top - low) * k * k * (3.0 - 2.0 * k), (std::f32::consts::PI * k).sin())
            }
        };
        plan.tilt = Quat::from_rotation_x(0.06);
        plan.spine = [0.02, 0.02, 0.0];
        plan.pitch -= 0.30;
        plan.fit = false;
        plan.crouch = true;
        for s in 0..2 {
            let side = [1.0, -1.0][s];
            let (up, away) = height([0.0, 0.5][s]);
            plan.reach[s] =
                Some(Vec3::new(0.19 * leg * side, shoulder.y + 0.30 * leg + up, (0.40 - 0.10 * away) * leg));
            plan.arms[s] = Arm { curl: 1.2, ..plan.arms[s] };
            let (up, away) = height([0.5, 0.0][s]);
            plan.feet[s].at =
                Vec3::new(0.14 * leg * side, 0.30 * leg + 0.75 * up, (0.28 - 0.12 * away) * leg);
            plan.feet[s].pitch = 0.15;
            plan.feet[s].yaw *= 0.5;
        }
    }
}
