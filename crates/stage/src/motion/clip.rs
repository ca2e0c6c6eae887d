//! What a body can be asked to do: clips, where it does them, and the ground under it.

use glam::{Mat4, Vec2, Vec3};
use serde::Deserialize;

/// A motion that a body can show. Every body shows every clip: what it cannot do becomes the nearest thing
/// that it can (a fish does not sit, so it hovers).
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[serde(rename_all = "snake_case")]
pub enum Clip {
    /// Upright and breathing.
    #[default]
    Stand,
    /// The slow gait.
    Walk,
    /// The middle gait: trot, jog.
    Trot,
    /// The fast gait: gallop, run.
    Run,
    /// Head down to the ground: grazing, sniffing, drinking; a person bends to pick something up.
    Graze,
    /// Sitting.
    Sit,
    /// Lying.
    Lie,
    /// Beating wings.
    Flap,
    /// Spread, still wings.
    Glide,
    /// Swimming.
    Swim,
    /// A leap every second or two.
    Jump,
    /// Greeting: a raised, waving hand; an animal lifts its head and calls.
    Wave,
    /// Speaking: small gestures, a moving mouth.
    Talk,
    /// Rhythmic steps on the spot.
    Dance,
    /// Head thrown up, mouth open: howl, roar, sing, shout.
    Call,
    /// An arm stretched forward: pointing, giving, reaching.
    Point,
    /// Busy hands in front of the body: cook, write, play, repair.
    Handle,
    /// Hands at the face or brow: weep, think, pray; an animal hangs its head.
    Bow,
    /// Breathing fire, by those who can; others shout.
    Breathe,
    /// Forward on the belly, by those who can; others walk.
    Slide,
    /// One fist after the other, straight ahead.
    Punch,
    /// Bent forward, blowing.
    Blow,
    /// One kick with the right foot, which strikes at [`RELEASE_S`].
    Kick,
    /// One throw with the right hand, which lets go at [`RELEASE_S`].
    Throw,
    /// Leaning with both palms against something.
    Push,
    /// Arms in the air, shouting.
    Cheer,
    /// Clapping hands.
    Clap,
    /// On one knee.
    Kneel,
    /// A hand to the mouth, again and again.
    Eat,
    /// Arms round somebody close.
    Hug,
    /// Hands at the waist of somebody close, the head bent to theirs.
    Kiss,
    /// The slow gait, crouching.
    Sneak,
    /// On hands and knees.
    Crawl,
    /// Hand over hand up something, as high as the root's altitude says.
    Climb,
    /// Over and down onto the back, once.
    Fall,
    /// Shaking somebody's hand.
    Shake,
}

/// Seconds from the beginning of a kick or a throw until the ball is on its way.
pub const RELEASE_S: f32 = 0.95;

impl Clip {
    /// Every clip.
    pub const ALL: [Clip; 36] = [
        Clip::Stand,
        Clip::Walk,
        Clip::Trot,
        Clip::Run,
        Clip::Graze,
        Clip::Sit,
        Clip::Lie,
        Clip::Flap,
        Clip::Glide,
        Clip::Swim,
        Clip::Jump,
        Clip::Wave,
        Clip::Talk,
        Clip::Dance,
        Clip::Call,
        Clip::Point,
        Clip::Handle,
        Clip::Bow,
        Clip::Breathe,
        Clip::Slide,
        Clip::Punch,
        Clip::Blow,
        Clip::Kick,
        Clip::Throw,
        Clip::Push,
        Clip::Cheer,
        Clip::Clap,
        Clip::Kneel,
        Clip::Eat,
        Clip::Hug,
        Clip::Kiss,
        Clip::Sneak,
        Clip::Crawl,
        Clip::Climb,
        Clip::Fall,
        Clip::Shake,
    ];

    /// Whether it can be done sitting: only the arms and the head do it.
    pub fn is_of_hands(self) -> bool {
        matches!(self, Clip::Wave | Clip::Talk | Clip::Call | Clip::Point | Clip::Clap | Clip::Eat)
    }

    /// Whether the body travels while it plays.
    pub fn travels(self) -> bool {
        matches!(
            self,
            Clip::Walk
                | Clip::Trot
                | Clip::Run
                | Clip::Flap
                | Clip::Glide
                | Clip::Swim
                | Clip::Slide
                | Clip::Sneak
                | Clip::Crawl
        )
    }
}

/// The ground under the cast.
pub trait Ground {
    /// Height of the ground in metres at a point.
    fn height_m(&self, x: f32, z: f32) -> f32;

    /// Height of the water's surface in metres, if there is any here.
    fn water_m(&self) -> Option<f32> {
        None
    }

    /// How far one may go to either side of the middle, in metres, if walls or houses stand there.
    fn narrow_m(&self) -> Option<f32> {
        None
    }

    /// The rails that lead towards the camera and away, if there are any: their x, and the height that wheels run at.
    fn rails_m(&self) -> Option<[f32; 2]> {
        None
    }
}

impl<F: Fn(f32, f32) -> f32> Ground for F {
    fn height_m(&self, x: f32, z: f32) -> f32 {
        self(x, z)
    }
}

/// Where a body is at a moment: the frame that its clip plays in.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Root {
    /// Metres, as (x, z).
    pub at: Vec2,
    /// Radians from +z towards +x.
    pub heading: f32,
    /// Metres above the ground; for swimmers, above the water's surface (so usually negative).
    pub altitude_m: f32,
}

impl Root {
    /// A point of the body's horizontal frame (x to its left, z forward) in the world.
    pub fn point(&self, local: Vec3) -> Vec3 {
        let (sin, cos) = self.heading.sin_cos();
        let x = self.at.x + local.x * cos + local.z * sin;
        let z = self.at.y - local.x * sin + local.z * cos;
        Vec3::new(x, local.y, z)
    }

    /// The inverse of [`Root::point`].
    pub fn local(&self, world: Vec3) -> Vec3 {
        let (sin, cos) = self.heading.sin_cos();
        let (dx, dz) = (world.x - self.at.x, world.z - self.at.y);
        Vec3::new(dx * cos - dz * sin, world.y, dx * sin + dz * cos)
    }
}

/// Where a body looks, relative to straight ahead.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Gaze {
    /// Radians to its left.
    pub yaw: f32,
    /// Radians downward.
    pub pitch: f32,
}

/// How a person sits or stands on a thing.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "snake_case")]
pub enum Posture {
    /// As on a chair, hands in the lap unless the seat names a place for them.
    #[default]
    Sit,
    /// On a saddle, the feet on pedals that turn.
    Pedal,
    /// Upright.
    Stand,
    /// Upright with bent knees and the arms held out: on a board.
    Balance,
    /// Lying on the back, the head towards −z.
    Lie,
}

/// Where somebody is on a thing that carries them.
#[derive(Clone, PartialEq, Debug)]
pub struct Aboard {
    /// From the seat (metres, +y up, +z the way they face) to the world.
    pub seat: Mat4,
    /// How they are there.
    pub posture: Posture,
    /// Where the hands go, left and right, in the seat's frame.
    pub hands: Option<[Vec3; 2]>,
    /// Where the soles go, left and right, in the seat's frame.
    pub feet: Option<[Vec3; 2]>,
    /// Radians that the trunk leans forward.
    pub lean: f32,
}

/// How a hand carries a thing.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Upright in one hand before the chest: a cup, a candle.
    #[default]
    Upright,
    /// It hangs from the lowered hand: a bag, a bucket.
    Hanging,
    /// The hand is raised and the thing rises from it: a flag, a balloon.
    Aloft,
    /// Upright beside the head: an umbrella.
    Over,
    /// Both hands before the body: a book, a box.
    Before,
    /// Across the body: a guitar.
    Strum,
    /// On the left shoulder under the chin: a violin.
    Fiddle,
    /// At the mouth: a trumpet.
    Mouth,
    /// In the fist, forward and up: a tool, a sword.
    Fist,
    /// At the ear: a telephone.
    Ear,
    /// Both hands at the eyes: a camera.
    Eyes,
}

/// What somebody's hands hold. Points are of the thing, in metres.
#[derive(Clone, PartialEq, Debug)]
pub struct Carry {
    /// The way it is held.
    pub hold: Hold,
    /// From the thing as it is built to the thing as it is held: its turn.
    pub turn: glam::Quat,
    /// What the right hand closes round.
    pub right: Vec3,
    /// What the left hand closes round.
    pub left: Option<Vec3>,
    /// What is done with it.
    pub handling: Handling,
    /// From the thing upright to the thing tilted, so that what is in it runs out.
    pub tilt: glam::Quat,
}

/// What hands do with a thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Handling {
    /// They hold it.
    #[default]
    Held,
    /// A flag is waved, a cup is drunk from, a guitar is played.
    Used,
    /// It is tilted, and what is in it runs out.
    Poured,
}

/// How far something is tilted to pour at a time, 0 upright to 1: now and then it is set upright.
pub(crate) fn poured(t: f32) -> f32 {
    ramp(-0.75, -0.25, (t * 0.9).sin())
}

/// Everything a body needs to know to take up a pose.
pub struct Act<'a> {
    /// What it does.
    pub clip: Clip,
    /// Seconds; any frame can be posed alone.
    pub time_s: f64,
    /// Seconds since it began to do that.
    pub since_s: f32,
    /// Speed of a travelling clip in metres per second; sets the cadence.
    pub speed_mps: f32,
    /// Where in the cycle it is at time zero, 0..1; also what tells individuals apart.
    pub phase: f32,
    /// Where it looks.
    pub gaze: Gaze,
    /// Individual size, 1 as built.
    pub size: f32,
    /// Its root at any time: planted feet stand where they were put, so the pose asks about the near past and
    /// the near future.
    pub root: &'a dyn Fn(f64) -> Root,
    /// What it stands on.
    pub ground: &'a dyn Ground,
    /// What carries it, if something does; then its root says nothing.
    pub aboard: Option<Aboard>,
    /// What its hands hold. Only people hold things.
    pub carry: Option<Carry>,
    /// When its flames are blown out, in seconds of the shot.
    pub blown_out_s: Option<f64>,
}

/// One cycle of a gait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cycle {
    /// Metres per second.
    pub speed_mps: f32,
    /// Seconds per cycle.
    pub period_s: f32,
    /// Share of the cycle that a foot is down.
    pub duty: f32,
    /// When each leg lands: hind left, hind right, fore left, fore right.
    pub lands: [f32; 4],
}

impl Cycle {
    /// The same gait at another speed: a faster one takes longer and quicker strides.
    #[must_use]
    pub fn at_speed(self, speed_mps: f32) -> Cycle {
        if self.speed_mps <= 0.0 || speed_mps <= 0.0 {
            return self;
        }
        // Stride length and cadence share the change evenly, which is near what animals do in one gait.
        let ratio = (speed_mps / self.speed_mps).clamp(0.25, 2.0);
        Cycle { speed_mps, period_s: self.period_s * ratio.sqrt() * self.speed_mps / speed_mps, ..self }
    }

    /// Distance travelled per cycle in metres.
    pub fn stride_m(&self) -> f32 {
        self.speed_mps * self.period_s
    }
}

/// 0..1 smoothly.
pub(crate) fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Smoothly from 0 at `a` to 1 at `b`.
pub(crate) fn ramp(a: f32, b: f32, x: f32) -> f32 {
    smooth((x - a) / (b - a))
}

/// A slow wandering value in −1..1, smooth and repeatable.
pub(crate) fn drift(t: f32, seed: f32) -> f32 {
    let sum = 0.6 * (t * 0.61 + seed * 1.7).sin()
        + 0.3 * (t * 1.13 + seed * 4.1).sin()
        + 0.25 * (t * 0.23 + seed).sin();
    sum.clamp(-1.0, 1.0)
}

/// Where the foot that lands at `lands` is at a cycle position: in stance (0..1 of the stance) or in swing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// On the ground.
    Stance(f32),
    /// In the air.
    Swing(f32),
}

impl Cycle {
    /// The step of a leg at cycle position `position` (0..1), and the times of the plants before and after it
    /// (the middle of a stance is when the body passes over the foot).
    pub(crate) fn step(&self, leg: usize, position: f32, time_s: f64) -> (Step, f64, f64) {
        let p = (position - self.lands[leg]).rem_euclid(1.0);
        let period = f64::from(self.period_s);
        let since_landing = f64::from(p) * period;
        let half_stance = f64::from(self.duty) * period * 0.5;
        let middle = time_s - since_landing + half_stance;
        let step = if p < self.duty {
            Step::Stance(p / self.duty)
        } else {
            Step::Swing((p - self.duty) / (1.0 - self.duty))
        };
        (step, middle, middle + period)
    }
}
