//! What hands hold and let go, and what feet strike: where it is at any time of the shot.

use std::f32::consts::FRAC_PI_2;

use glam::{Mat4, Quat, Vec2, Vec3};

use super::blocking::Ensemble;
use super::clip::{Act, Carry, Clip, Gaze, Ground, Handling, Hold, RELEASE_S, Root, poured};
use super::motes::{self, Mote};
use super::ties::Tie;
use crate::cast::{Performer, Pose};

/// How fast a thing flies over the ground when it is thrown, in metres a second.
const THROWN_MPS: f32 = 9.0;
/// And when it is kicked.
const KICKED_MPS: f32 = 13.0;
/// Metres per second squared.
const GRAVITY: f32 = 9.81;
/// How much of its speed over the ground a thing keeps when it lands.
const KEPT: f32 = 0.6;
/// How soon that is lost, per second.
const FRICTION: f32 = 0.9;

/// A thing on its way through the air and over the ground, as it leaves a hand or a foot.
#[derive(Clone, Copy, Debug)]
struct Missile {
    /// Metres.
    from: Vec3,
    /// Metres per second.
    speed: Vec3,
    /// Height of its middle when it lies on the ground.
    rest_y: f32,
}

impl Missile {
    /// Where its middle is, and how far it has come over the ground.
    fn at(&self, since_s: f32) -> (Vec3, f32) {
        let drop = (self.from.y - self.rest_y).max(0.0);
        let lands_s = (self.speed.y + (self.speed.y.powi(2) + 2.0 * GRAVITY * drop).sqrt()) / GRAVITY;
        let over = Vec3::new(self.speed.x, 0.0, self.speed.z);
        let (mut way, mut y) =
            (since_s, self.from.y + self.speed.y * since_s - 0.5 * GRAVITY * since_s.powi(2));
        if since_s > lands_s {
            let rolled = since_s - lands_s;
            way = lands_s + KEPT * (1.0 - (-FRICTION * rolled).exp()) / FRICTION;
            // It bounces a little lower and a little quicker each time.
            let bounce = (-1.6 * rolled).exp() * 0.12 * (self.speed.y - GRAVITY * lands_s).abs();
            y = self.rest_y + bounce * (rolled * 6.5).sin().abs();
        }
        (Vec3::new(self.from.x, y, self.from.z) + over * way, over.length() * way)
    }
}

impl Ensemble {
    /// When somebody lets go of what they throw or strikes what they kick, in seconds of the shot.
    pub(super) fn releases_s(&self, of: usize) -> Option<f64> {
        let acts = |clip: Clip| matches!(self.performers[of].able(clip), Clip::Throw | Clip::Kick);
        let leg = self.tracks[of].legs.iter().find(|leg| acts(leg.clip))?;
        Some(leg.from_s + f64::from(RELEASE_S))
    }

    /// The ball before a foot, the thing that flies since it was let go: from its own frame to the world. `None` while it is
    /// in a hand.
    pub(super) fn loose(&self, thing: usize, time_s: f64, ground: &dyn Ground) -> Option<Mat4> {
        let (of, kicked) = match self.ties[thing]? {
            Tie::Foot { of } => (of, true),
            Tie::Hand { of, .. } => (of, false),
            Tie::Seat { .. } | Tie::Top { .. } | Tie::Ahead { .. } | Tie::Behind { .. } => return None,
        };
        let released = self.releases_s(of);
        let begins = released.unwrap_or(f64::INFINITY);
        let is_gone = time_s > begins;
        if self.holder(thing, time_s).is_some() {
            return None;
        }
        let performer = &self.performers[thing];
        let bounds = performer.rest_bounds();
        let (middle, half) = (bounds.centre(), bounds.size().y * 0.5);
        let root = self.root(of, if is_gone { begins } else { time_s });
        let ground_m = ground.height_m(root.at.x, root.at.y);
        let from = if kicked {
            let size = self.performers[of].height_m();
            root.point(Vec3::new(-0.05, 0.0, 0.26) * size) + Vec3::Y * (ground_m + half)
        } else {
            let hand = self.performers[of].held_at(&self.pose(of, begins, ground));
            hand.transform_point3(middle / performer.size())
        };
        let own = Mat4::from_scale(Vec3::splat(performer.size()))
            * Mat4::from_translation(-middle / performer.size());
        if !is_gone {
            return Some(Mat4::from_translation(from) * own);
        }
        let target = self.target(of, thing).map(|other| self.root(other, begins).at);
        let way = target.map_or(Vec2::new(root.heading.sin(), root.heading.cos()) * 14.0, |at| {
            at - Vec2::new(from.x, from.z)
        });
        let flight_s = way.length() / if kicked { KICKED_MPS } else { THROWN_MPS };
        // To somebody's breast, or to the ground far away.
        let aim = ground_m + if target.is_some() { 1.1 } else { half };
        let up = ((aim - from.y) / flight_s.max(0.2) + 0.5 * GRAVITY * flight_s).min(6.5);
        let over = way / flight_s.max(0.2);
        let missile = Missile { from, speed: Vec3::new(over.x, up, over.y), rest_y: ground_m + half };
        let (at, rolled) = missile.at((time_s - begins) as f32);
        let axis = Vec3::new(over.y, 0.0, -over.x).normalize_or(Vec3::X);
        let turn = Quat::from_axis_angle(axis, (rolled / half.max(0.05)).min(rolled * 5.0));
        Some(Mat4::from_rotation_translation(turn, at) * own)
    }

    /// At whom somebody throws or kicks a thing: whom they deal with, or else a person who stands there with free hands.
    fn target(&self, of: usize, thing: usize) -> Option<usize> {
        let released = self.releases_s(of)?;
        let track = &self.tracks[of];
        let other = track.legs[track.index(released)].other.and_then(|member| self.leader(member));
        let free = |i: &usize| *i != of && *i != thing && self.ties[*i].is_none();
        other.filter(free).or_else(|| {
            let stands =
                |i: &usize| self.performers[*i].is_person() && self.tracks[*i].legs[0].speed_mps == 0.0;
            let empty =
                |i: &usize| !self.ties.iter().any(|tie| matches!(tie, Some(Tie::Hand { of, .. }) if of == i));
            (0..self.named).filter(free).filter(stands).find(empty)
        })
    }

    /// In whose hands a thing is at a time: of who throws it, then of the person to whom it is thrown.
    pub(super) fn holder(&self, thing: usize, time_s: f64) -> Option<usize> {
        let Some(Tie::Hand { of, .. }) = self.ties[thing] else { return None };
        let Some(released) = self.releases_s(of).filter(|released| time_s > *released) else {
            return Some(of);
        };
        let catcher = self.target(of, thing).filter(|other| self.performers[*other].is_person())?;
        let way = self.root(catcher, released).at.distance(self.root(of, released).at);
        (time_s > released + f64::from(way / THROWN_MPS)).then_some(catcher)
    }

    /// A body in somebody's arms, or in an animal's mouth.
    pub(super) fn lifted(&self, index: usize, frame: Mat4, time_s: f64) -> Pose {
        let performer = &self.performers[index];
        let still = |_: f64| Root::default();
        let level = |_: f32, _: f32| 0.0;
        let pose = performer.pose(&Act {
            clip: performer.able(if performer.is_person() { Clip::Sit } else { Clip::Stand }),
            time_s,
            since_s: time_s as f32,
            speed_mps: 0.0,
            phase: performer.phase(),
            gaze: Gaze::default(),
            size: performer.size(),
            root: &still,
            ground: &level,
            aboard: None,
            carry: None,
            blown_out_s: None,
        });
        let bounds = performer.rest_bounds();
        // Who swims is posed at the height of the water; who sits, on the ground.
        let middle = match pose.joints.first() {
            Some(root) if !performer.is_person() => root.transform_point3(bounds.centre() / performer.size()),
            // Who sits on the ground has the feet under the root.
            _ => Vec3::new(0.0, 0.03, -0.14) * performer.height_m(),
        };
        let frame = frame * Mat4::from_translation(-middle);
        Pose { joints: pose.joints.into_iter().map(|joint| frame * joint).collect() }
    }

    /// What runs out of things that are poured.
    pub(super) fn streams(&self, time_s: f64, ground: &dyn Ground, all: &mut Vec<Mote>) {
        for (i, tie) in self.ties.iter().enumerate() {
            let Some(Tie::Hand { of, handling: Handling::Poured }) = *tie else { continue };
            let Some(thing) = self.performers[i].thing() else { continue };
            let t = time_s as f32 + self.performers[of].phase() * 7.0;
            if poured(t) < 0.8 {
                continue;
            }
            let pose = self.pose(i, time_s, ground);
            let frame = pose.joints.first().copied().unwrap_or_default();
            let below = self.deals.iter().find(|(who, _)| *who == of).map(|(_, what)| *what);
            let floor = below.map_or_else(
                || self.base_m(of, time_s, ground) + 0.02,
                |what| self.base_m(what, time_s, ground) + 0.05,
            );
            motes::stream(frame.transform_point3(thing.lip()), floor, time_s, all);
        }
    }

    /// Whether anything is poured.
    pub(super) fn pours(&self) -> bool {
        self.ties.iter().any(|tie| matches!(tie, Some(Tie::Hand { handling: Handling::Poured, .. })))
    }

    /// What somebody holds at a time.
    pub(super) fn carried_by(&self, index: usize, time_s: f64) -> Option<Carry> {
        if self.ties.contains(&Some(Tie::Ahead { of: index })) {
            return Some(at_the_handle());
        }
        let (held, handling) = self.ties.iter().enumerate().find_map(|(i, tie)| match tie {
            Some(Tie::Hand { of, handling }) if self.holder(i, time_s) == Some(index) => {
                Some((i, if *of == index { *handling } else { Handling::Held }))
            }
            _ => None,
        })?;
        let held = &self.performers[held];
        Some(held.thing().map_or_else(|| in_arms(held), |thing| thing.carry(held.size(), handling)))
    }
}

/// Both hands at the handle of what is pushed.
fn at_the_handle() -> Carry {
    Carry {
        hold: Hold::Before,
        turn: Quat::IDENTITY,
        right: Vec3::new(-0.20, -0.06, 0.0),
        left: Some(Vec3::new(0.20, -0.06, 0.0)),
        handling: Handling::Held,
        tilt: Quat::IDENTITY,
    }
}

/// How a body is carried: before the breast, across it, on both forearms.
fn in_arms(body: &Performer) -> Carry {
    let size = body.rest_bounds().size();
    let (length, under) = if body.is_person() { (0.3 * size.y, 0.02) } else { (0.4 * size.z, -0.3 * size.y) };
    Carry {
        hold: Hold::Before,
        turn: Quat::from_rotation_y(FRAC_PI_2),
        right: Vec3::new(0.0, under + 0.08, -0.5 * length),
        left: Some(Vec3::new(0.0, under, 0.5 * length)),
        handling: Handling::Held,
        tilt: Quat::IDENTITY,
    }
}
