//! What people do on the spot: a clip's changes to standing at ease.
//!
//! Deeds are curves over the seconds since they began ([`Act::since_s`]) or over the shot's own time, in the model's frame (x to
//! the left, y up, z forward, metres of an adult at rest), so that bodies of every size do them.

use std::f32::consts::{PI, TAU};

use glam::{Quat, Vec3};

use super::pose::{Arm, Plan, Rig, fallen};
use crate::cast::creature::jump;
use crate::motion::clip::{Act, Clip, RELEASE_S, Root, drift, ramp};

impl Rig {
    /// What a clip changes about standing, on the ground under the feet.
    pub(super) fn act(
        &self,
        clip: Clip,
        act: &Act<'_>,
        root: &Root,
        metres: f32,
        base: f32,
        plan: &mut Plan,
    ) {
        if matches!(clip, Clip::Walk | Clip::Trot | Clip::Run | Clip::Sneak) {
            self.gait(clip, act, root, metres, base, plan);
            return;
        }
        match clip {
            Clip::Crawl => return self.crawl(act, root, metres, base, plan),
            Clip::Climb => return self.climb(act, root, metres, plan),
            _ => {}
        }
        self.deed(clip, act, plan);
        // Standing feet stand on the ground under them, not on the plane of the root.
        if !matches!(clip, Clip::Lie | Clip::Swim | Clip::Fall) {
            for foot in &mut plan.feet {
                let at = root.point(foot.at * metres);
                foot.at.y += (act.ground.height_m(at.x, at.z) - base) / metres;
            }
        }
    }

    /// What a clip changes about standing at ease, or what hands do about sitting.
    pub(super) fn deed(&self, clip: Clip, act: &Act<'_>, plan: &mut Plan) {
        let t = act.time_s as f32 + act.phase * 7.0;
        let leg = self.leg();
        let hang = plan.arms[0];
        match clip {
            // On the ground, knees up and forearms on them; who sits on a seat is `aboard`.
            Clip::Sit => {
                let hip = self.rest[self.bones.thigh[0]].y;
                plan.pelvis = Vec3::new(0.0, 0.115 - hip + self.lift, -leg * 0.54);
                plan.tilt = Quat::from_rotation_x(-0.22);
                plan.feet[0].at.z += 0.05;
                plan.feet[1].at.z -= 0.03;
                plan.spine = [0.16, 0.12 + 0.01 * (t * 1.6).sin(), 0.10];
                plan.arms = [Arm {
                    upper: Vec3::new(0.16, -0.50, 0.85),
                    fore: Vec3::new(-0.22, -0.10, 0.97),
                    curl: 0.45,
                }; 2];
                plan.fit = false;
                plan.crouch = true;
            }
            Clip::Graze => {
                plan.pelvis += Vec3::new(0.0, -0.48 * leg, -0.12 * leg);
                plan.tilt = Quat::from_rotation_x(0.42);
                plan.spine = [0.20, 0.22 + 0.02 * (t * 2.0).sin(), 0.16];
                plan.pitch += 0.1;
                plan.feet[0].at.z += 0.16 * leg;
                plan.feet[1].at.z -= 0.14 * leg;
                plan.feet[1].pitch = 0.5;
                let reach = 0.08 * (t * 2.3).sin();
                plan.arms[1] = Arm {
                    upper: Vec3::new(0.08, -0.80, 0.60),
                    fore: Vec3::new(-0.05, -0.90, 0.42 + reach),
                    curl: 0.6,
                };
                plan.arms[0] =
                    Arm { upper: Vec3::new(0.15, -0.72, 0.66), fore: Vec3::new(-0.2, -0.55, 0.8), curl: 0.5 };
                plan.fit = false;
                plan.crouch = true;
            }
            Clip::Wave => {
                let w = (t * 7.5).sin();
                plan.arms[1] = Arm {
                    upper: Vec3::new(0.72, 0.12, 0.34),
                    fore: Vec3::new(0.25 + 0.34 * w, 0.95, 0.22),
                    curl: 0.12,
                };
            }
            Clip::Talk => {
                // Hands that underline what is said, now one, now the other.
                for (s, arm) in plan.arms.iter_mut().enumerate() {
                    let k = ramp(-0.2, 0.7, drift(t * 2.2 + s as f32 * 9.0, act.phase * 11.0 + s as f32));
                    let beat = 0.14 * (t * 5.1 + s as f32).sin();
                    arm.upper = hang.upper.lerp(Vec3::new(0.20, -0.88, 0.32), k);
                    arm.fore = hang.fore.lerp(Vec3::new(-0.05 + beat, 0.10 + beat, 0.95), k);
                    arm.curl = 0.45 - 0.25 * k;
                }
                plan.pitch += 0.05 * (t * 4.3).sin() * drift(t, act.phase).abs();
                plan.spine[2] += 0.03 * drift(t * 1.5, act.phase);
            }
            Clip::Dance => {
                let w = t * TAU * 0.9;
                plan.pelvis += Vec3::new(0.07 * w.sin(), -0.03 * leg - 0.03 * leg * (2.0 * w).cos(), 0.0);
                plan.tilt = Quat::from_rotation_z(0.09 * w.sin()) * Quat::from_rotation_y(0.22 * w.cos());
                plan.twist = -0.25 * w.cos();
                for s in 0..2 {
                    let sign = [1.0, -1.0][s];
                    plan.feet[s].pitch = 0.45 * (sign * w.sin()).max(0.0);
                    plan.feet[s].at.y += 0.04 * leg * (sign * w.sin() - 0.5).max(0.0);
                    let swing = (w + s as f32 * PI).sin();
                    plan.arms[s] = Arm {
                        upper: Vec3::new(0.55, -0.45 + 0.25 * swing, 0.45),
                        fore: Vec3::new(0.15, 0.55 + 0.3 * swing, 0.70),
                        curl: 0.4,
                    };
                }
            }
            Clip::Jump => {
                let k = jump(t * 0.7);
                let (up, down) = (k.max(0.0), (-k).max(0.0));
                plan.pelvis.y += 0.32 * up - 0.22 * leg * down;
                for s in 0..2 {
                    plan.feet[s].at.y += 0.34 * up;
                    plan.feet[s].pitch = 0.6 * up;
                    let raise = Vec3::new(0.45, 0.55, 0.35);
                    let back = Vec3::new(0.25, -0.85, -0.35);
                    plan.arms[s].upper = hang.upper.lerp(raise, up).lerp(back, down);
                    plan.arms[s].fore = hang.fore.lerp(Vec3::new(0.25, 0.9, 0.2), up);
                }
                plan.spine = [0.12 * down, 0.14 * down, 0.05 * down];
                plan.crouch = down > 0.3;
            }
            Clip::Call => {
                plan.pitch -= 0.22 + 0.05 * (t * 2.0).sin();
                plan.spine[2] -= 0.06;
                plan.arms = [Arm {
                    upper: Vec3::new(0.35, -0.75, 0.35),
                    fore: Vec3::new(-0.10, 0.55, 0.75),
                    curl: 0.3,
                }; 2];
            }
            Clip::Point => {
                let k = ramp(0.0, 0.8, (act.time_s as f32).max(0.0));
                plan.arms[1] = Arm {
                    upper: hang.upper.lerp(Vec3::new(0.18, -0.18, 0.95), k),
                    fore: hang.fore.lerp(Vec3::new(0.05, 0.02, 1.0), k),
                    curl: 0.35,
                };
            }
            Clip::Handle => {
                plan.pitch += 0.12;
                for (s, arm) in plan.arms.iter_mut().enumerate() {
                    let w = t * 3.1 + s as f32 * 2.2;
                    arm.upper = Vec3::new(0.22, -0.88, 0.36 + 0.05 * w.sin());
                    arm.fore = Vec3::new(-0.30 + 0.10 * w.cos(), 0.02 + 0.14 * w.sin(), 0.92);
                    arm.curl = 0.8;
                }
            }
            Clip::Bow => {
                plan.pitch += 0.35;
                plan.spine = [0.04, 0.08, 0.10];
                plan.arms[1] = Arm {
                    upper: Vec3::new(0.10, -0.72, 0.62),
                    fore: Vec3::new(-0.42, 0.78, 0.40),
                    curl: 0.5,
                };
            }
            Clip::Swim => {
                // Breaststroke.
                let w =
                    (act.time_s as f32 / self.cycle(Clip::Swim, act.size).period_s + act.phase).fract() * TAU;
                plan.pitch -= 0.75;
                plan.spine = [-0.05, -0.08, -0.10];
                for s in 0..2 {
                    let open = 0.5 - 0.5 * w.cos();
                    plan.arms[s] = Arm {
                        upper: Vec3::new(0.15 + 0.8 * open, 0.95 - 0.8 * open, 0.10),
                        fore: Vec3::new(0.05 + 0.5 * open, 0.95 - 0.5 * open, 0.25 * open),
                        curl: 0.1,
                    };
                    plan.feet[s].at.y += 0.16 * leg * (0.5 + 0.5 * (w + 1.0).sin());
                    plan.feet[s].at.x *= 1.0 + 0.8 * (0.5 + 0.5 * (w + 1.0).sin());
                    plan.feet[s].pitch = 0.9;
                }
                plan.fit = false;
            }
            Clip::Lie => {
                plan.pitch = 0.05;
                plan.yaw = 0.25 * drift(t * 0.3, act.phase);
                plan.arms = [Arm {
                    upper: Vec3::new(0.30, -0.95, -0.02),
                    fore: Vec3::new(0.12, -0.98, 0.06),
                    curl: 0.4,
                }; 2];
                plan.feet[0].yaw = 0.35;
                plan.feet[1].yaw = -0.35;
            }
            Clip::Fall => {
                // The arms fly up, and come to lie beside the head.
                let k = fallen(act.since_s);
                let loss = ramp(0.0, 0.3, act.since_s);
                for (s, arm) in plan.arms.iter_mut().enumerate() {
                    let w = (1.0 - k) * loss * 0.35 * (t * 9.0 + s as f32 * 2.6).sin();
                    arm.upper = hang.upper.lerp(Vec3::new(0.80, 0.30 + w, 0.30), loss * (1.0 - 0.3 * k));
                    arm.fore = hang.fore.lerp(Vec3::new(0.35, 0.60 - w, 0.30 - 0.25 * k), loss);
                    arm.curl = 0.3;
                }
                plan.spine = [0.0, -0.06 * loss * (1.0 - k), 0.0];
                plan.pitch = 0.25 * loss * (1.0 - k);
                plan.feet[0].at +=
                    Vec3::new(0.02, 0.10 * leg * loss * (1.0 - k), 0.20 * leg * loss * (1.0 - k));
                plan.feet[0].yaw = 0.25 * k;
                plan.feet[1].yaw = -0.30 * k;
                plan.fit = k < 0.5;
            }
            Clip::Shake => {
                // Right hands meet between the two, and go up and down.
                let k = ramp(0.1, 0.7, act.since_s);
                let pump = 0.10 * (t * 8.0).sin() * ramp(0.6, 0.9, act.since_s);
                plan.arms[1] = Arm {
                    upper: hang.upper.lerp(Vec3::new(0.02, -0.78, 0.62), k),
                    fore: hang.fore.lerp(Vec3::new(-0.36, 0.12 + pump, 0.92), k),
                    curl: 0.5,
                };
                plan.tilt = Quat::from_rotation_x(0.05 * k);
                plan.spine[2] += 0.05 * k;
            }
            Clip::Punch => {
                // On guard, the weight on the front foot; each fist in its turn.
                plan.pelvis.y -= 0.05 * leg;
                plan.feet[0].at.z += 0.16 * leg;
                plan.feet[1].at.z -= 0.14 * leg;
                plan.feet[1].pitch = 0.25;
                plan.spine = [0.06, 0.08, 0.06];
                let beat = (t * 1.25).fract();
                for s in 0..2 {
                    let since = (beat - 0.5 * s as f32).rem_euclid(1.0) / 0.42;
                    let k = if since < 1.0 { (since.powf(0.7) * PI).sin().max(0.0) } else { 0.0 };
                    let guard = [Vec3::new(0.28, -0.82, 0.42), Vec3::new(-0.22, 0.82, 0.52)];
                    plan.arms[s] = Arm {
                        upper: guard[0].lerp(Vec3::new(0.04, -0.16, 1.0), k),
                        fore: guard[1].lerp(Vec3::new(-0.10, 0.0, 1.0), k),
                        curl: 1.0,
                    };
                    plan.twist += [-0.20, 0.20][s] * k;
                }
            }
            Clip::Blow => {
                // A breath is drawn, then blown out with the head forward.
                let k = ramp(0.2, 0.9, (act.time_s as f32).max(0.0)) * (0.85 + 0.15 * (t * 3.0).sin());
                plan.spine = [0.16 * k, 0.20 * k, 0.14 * k];
                plan.pitch += 0.05 * k;
                for arm in &mut plan.arms {
                    arm.upper = hang.upper.lerp(Vec3::new(0.22, -0.92, -0.28), k);
                }
            }
            Clip::Kick => {
                // The right leg swings back, strikes at `RELEASE_S` and follows through.
                let t = act.since_s;
                let back = ramp(0.35, 0.72, t) * (1.0 - ramp(0.74, RELEASE_S, t));
                let strike = ramp(0.74, RELEASE_S, t);
                let through = ramp(RELEASE_S, RELEASE_S + 0.22, t);
                let home = 1.0 - ramp(RELEASE_S + 0.4, RELEASE_S + 0.95, t);
                let forward = home * (0.30 * strike + 0.42 * through);
                plan.feet[0].at.z += 0.06 * leg * home;
                plan.feet[1].at.z += leg * (forward - 0.42 * back);
                plan.feet[1].at.y += leg * (0.22 * back + home * (0.06 * strike + 0.30 * through));
                plan.feet[1].pitch = 0.9 * back - 0.35 * through * home;
                plan.pelvis.z += leg * (0.05 * strike - 0.04 * through) * home;
                plan.tilt = Quat::from_rotation_x(0.10 * back - 0.20 * strike * home);
                plan.twist += 0.35 * back - 0.45 * strike * home;
                plan.pitch += 0.20 * (1.0 - through);
                let swing = strike * home;
                plan.arms[0] = Arm {
                    upper: hang.upper.lerp(Vec3::new(0.62, -0.40, 0.45), swing),
                    fore: hang.fore.lerp(Vec3::new(0.30, 0.10, 0.80), swing),
                    curl: 0.5,
                };
                plan.arms[1] = Arm {
                    upper: hang.upper.lerp(Vec3::new(0.55, -0.65, -0.45), swing),
                    fore: hang.fore.lerp(Vec3::new(0.40, -0.70, -0.20), swing),
                    curl: 0.5,
                };
            }
            Clip::Throw => {
                // The arm goes back over the shoulder, the weight with it, and lets go at `RELEASE_S`.
                let t = act.since_s;
                let wind = ramp(0.25, 0.68, t);
                let cast = ramp(0.72, RELEASE_S + 0.06, t);
                let home = ramp(RELEASE_S + 0.25, RELEASE_S + 0.95, t);
                let cocked = [Vec3::new(0.62, 0.42, -0.40), Vec3::new(0.05, 0.92, -0.35)];
                let thrown = [Vec3::new(0.15, 0.12, 0.98), Vec3::new(-0.20, -0.25, 0.95)];
                let pose = |k: usize| [hang.upper, hang.fore][k].lerp(cocked[k], wind).lerp(thrown[k], cast);
                plan.arms[1] = Arm {
                    upper: pose(0).lerp(hang.upper, home),
                    fore: pose(1).lerp(hang.fore, home),
                    curl: 0.9 - 0.7 * cast,
                };
                let lead = wind * (1.0 - home);
                plan.arms[0] = Arm {
                    upper: hang.upper.lerp(Vec3::new(0.30, -0.35, 0.80), lead * (1.0 - 0.6 * cast)),
                    fore: hang.fore.lerp(Vec3::new(0.05, -0.10, 0.95), lead * (1.0 - 0.6 * cast)),
                    curl: 0.4,
                };
                plan.feet[0].at.z += 0.20 * leg * lead;
                plan.feet[1].at.z -= 0.12 * leg * lead;
                plan.feet[1].pitch = 0.45 * cast * (1.0 - home);
                plan.pelvis.z += leg * (0.10 * cast - 0.06 * (wind - cast)) * (1.0 - home);
                plan.twist += (-0.45 * (wind - cast) + 0.40 * cast) * (1.0 - home);
                plan.spine[1] += 0.16 * cast * (1.0 - home);
            }
            Clip::Push => {
                // Both palms against it, the weight behind them.
                let k = ramp(0.0, 0.7, act.since_s) * (0.9 + 0.1 * (t * 2.2).sin());
                plan.tilt = Quat::from_rotation_x(0.22 * k);
                plan.spine = [0.08 * k, 0.08 * k, 0.04 * k];
                plan.feet[0].at.z += 0.10 * leg * k;
                plan.feet[1].at.z -= 0.42 * leg * k;
                plan.feet[1].pitch = 0.55 * k;
                for arm in &mut plan.arms {
                    arm.upper = hang.upper.lerp(Vec3::new(0.22, -0.42, 0.85), k);
                    arm.fore = hang.fore.lerp(Vec3::new(-0.02, 0.28, 0.95), k);
                    arm.curl = 0.1;
                }
            }
            Clip::Cheer => {
                // Fists in the air, up on the toes with each shout.
                let bounce = (t * 6.4).sin().max(0.0);
                plan.pelvis.y += 0.05 * bounce;
                for (s, arm) in plan.arms.iter_mut().enumerate() {
                    let w = 0.12 * (t * 6.4 + s as f32 * 1.1).sin();
                    arm.upper = Vec3::new(0.48, 0.80 + w, 0.20);
                    arm.fore = Vec3::new(0.10 + w, 0.98, 0.12);
                    arm.curl = 1.1;
                }
                for foot in &mut plan.feet {
                    foot.pitch = 0.35 * bounce;
                }
                plan.pitch -= 0.14;
            }
            Clip::Clap => {
                let open = 0.5 + 0.5 * (t * 11.0).sin();
                for (s, arm) in plan.arms.iter_mut().enumerate() {
                    arm.upper = Vec3::new(0.18 + 0.12 * open, -0.80, 0.48);
                    arm.fore = Vec3::new(-0.50 + 0.34 * open, 0.48 + 0.04 * s as f32, 0.80);
                    arm.curl = 0.05;
                }
                plan.pitch -= 0.03;
            }
            Clip::Kneel => {
                // Down on the right knee, the left foot before it.
                let k = ramp(0.0, 1.1, act.since_s);
                plan.pelvis += Vec3::new(0.0, -0.46 * leg, 0.0) * k;
                plan.feet[0].at.z += 0.30 * leg * k;
                plan.feet[1].at.z -= 0.42 * leg * k;
                plan.feet[1].pitch = 1.15 * k;
                plan.spine = [0.04 * k, 0.06 * k, 0.04 * k];
                plan.pitch += 0.12 * k;
                for (s, arm) in plan.arms.iter_mut().enumerate() {
                    let w = 0.05 * (t * 1.7 + s as f32).sin();
                    arm.upper = hang.upper.lerp(Vec3::new(0.18, -0.80, 0.50), k);
                    arm.fore = hang.fore.lerp(Vec3::new(-0.22, -0.30 + w, 0.92), k);
                }
                plan.fit = false;
            }
            Clip::Eat => {
                // One hand goes from below to the mouth and back, the other holds still before the body.
                let bite = ramp(0.1, 0.7, (t * 1.5).sin());
                let low = [Vec3::new(0.16, -0.86, 0.44), Vec3::new(-0.22, 0.02, 0.95)];
                let mouth = [Vec3::new(0.20, -0.72, 0.62), Vec3::new(-0.34, 0.84, 0.30)];
                plan.arms[1] =
                    Arm { upper: low[0].lerp(mouth[0], bite), fore: low[1].lerp(mouth[1], bite), curl: 0.9 };
                plan.arms[0] = Arm { upper: low[0], fore: low[1] - Vec3::Y * 0.06, curl: 0.6 };
                plan.pitch += 0.10 + 0.05 * bite;
            }
            Clip::Hug => {
                // Arms round each other, a head over the other's shoulder.
                let k = ramp(0.1, 1.1, act.since_s);
                let sway = 0.03 * (t * 1.3).sin();
                plan.tilt = Quat::from_rotation_x(0.07 * k) * Quat::from_rotation_z(sway * k);
                plan.spine[2] += 0.08 * k;
                plan.yaw += 0.35 * k;
                for (s, arm) in plan.arms.iter_mut().enumerate() {
                    let high = [0.22, -0.06][s];
                    arm.upper = hang.upper.lerp(Vec3::new(0.42, -0.28 + high, 0.88), k);
                    arm.fore = hang.fore.lerp(Vec3::new(-0.72, -0.10 + 0.3 * high, 0.62), k);
                    arm.curl = 0.3;
                }
            }
            Clip::Kiss => {
                // Hands at the other's waist, the heads together and a little askew.
                let k = ramp(0.2, 1.3, act.since_s);
                plan.tilt = Quat::from_rotation_x(0.05 * k);
                plan.spine = [0.02 * k, 0.05 * k, 0.09 * k];
                plan.pitch += 0.04 * k;
                for arm in &mut plan.arms {
                    arm.upper = hang.upper.lerp(Vec3::new(0.28, -0.78, 0.56), k);
                    arm.fore = hang.fore.lerp(Vec3::new(-0.30, -0.02, 0.95), k);
                    arm.curl = 0.25;
                }
            }
            Clip::Stand
            | Clip::Walk
            | Clip::Trot
            | Clip::Run
            | Clip::Sneak
            | Clip::Crawl
            | Clip::Climb
            | Clip::Flap
            | Clip::Glide
            | Clip::Breathe
            | Clip::Slide => {}
        }
    }
}
