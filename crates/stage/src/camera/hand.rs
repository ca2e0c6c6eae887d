//! What the user's hand did to a camera, and the bodies that it must not be put into.

use film::{Camera, Framing};
use glam::{Quat, Vec2, Vec3};

/// How near to a body a camera may be set, in metres.
const MARGIN_M: f32 = 0.15;
/// How far up or down a hand can turn a camera, in radians: not quite to where there is no horizon.
const STEEPEST: f32 = 1.55;

/// Somebody's body as the camera must know it: an upright cylinder over an ellipse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Body {
    /// Where it stands, as (x, z) in metres.
    pub at: Vec2,
    /// Where it would stand if no hand had moved it.
    pub framed: Vec2,
    /// The way it faces: radians from +z towards +x.
    pub heading: f32,
    /// Half its width and half its length.
    pub half: Vec2,
    /// Heights of its lowest and highest point.
    pub low: f32,
    /// See `low`.
    pub high: f32,
}

impl Body {
    fn local(&self, at: Vec2, p: Vec3) -> Vec2 {
        let (sin, cos) = self.heading.sin_cos();
        let d = Vec2::new(p.x, p.z) - at;
        Vec2::new(d.x * cos - d.y * sin, d.x * sin + d.y * cos) / (self.half + MARGIN_M)
    }

    /// How deep in the body at `at` a point is: 0 in the middle, 1 at the rim, infinite above and below.
    pub fn depth(&self, at: Vec2, p: Vec3) -> f32 {
        if p.y < self.low - MARGIN_M || p.y > self.high + MARGIN_M {
            return f32::INFINITY;
        }
        self.local(at, p).length()
    }

    /// The point moved out of the body along the ground, unless the camera was framed as deep in it already.
    pub(super) fn outside(&self, p: Vec3, framed: Vec3) -> Vec3 {
        let least = self.depth(self.framed, framed).min(1.0);
        let depth = self.depth(self.at, p);
        if depth >= least {
            return p;
        }
        let way = if depth > 1e-3 { self.local(self.at, p) / depth } else { Vec2::Y };
        // A hair more, so that rounding does not leave it inside.
        let out = way * (least * 1.0005) * (self.half + MARGIN_M);
        let (sin, cos) = self.heading.sin_cos();
        Vec3::new(self.at.x + out.x * cos + out.y * sin, p.y, self.at.y - out.x * sin + out.y * cos)
    }
}

/// The adjustment in the camera's own numbers: radians and a factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Adjusted {
    orbit: f32,
    elevation: f32,
    distance: f32,
    pan: f32,
    tilt: f32,
}

impl Adjusted {
    const NONE: Self = Self { orbit: 0.0, elevation: 0.0, distance: 1.0, pan: 0.0, tilt: 0.0 };

    pub(super) fn new(camera: &Camera) -> Self {
        let Some(hand) = &camera.hand else { return Self::NONE };
        let radians = |degrees: f64| (degrees as f32).to_radians();
        let all = Self {
            orbit: radians(hand.orbit_deg.get()),
            elevation: radians(hand.elevation_deg.get()),
            distance: hand.distance.get() as f32,
            pan: radians(hand.pan_deg.get()),
            tilt: radians(hand.tilt_deg.get()),
        };
        if camera.framing == Framing::PointOfView {
            // Eyes go round nothing: they look there.
            return Self { pan: all.pan - all.orbit, tilt: all.tilt - all.elevation, ..Self::NONE };
        }
        all
    }

    /// The eye and the way that the move has made it slide, carried around a point.
    pub(super) fn carry(&self, around: Vec3, eye: Vec3, slide: Vec3) -> (Vec3, Vec3) {
        if *self == (Self { pan: self.pan, tilt: self.tilt, ..Self::NONE }) {
            return (eye, slide);
        }
        let mut offset = eye - around;
        if self.elevation != 0.0 {
            let back = (offset - slide).with_y(0.0).normalize_or(Vec3::Z);
            let level = offset.dot(back);
            let now = offset.y.atan2(level);
            let then = (now + self.elevation).clamp(-STEEPEST, STEEPEST.max(now));
            let length = level.hypot(offset.y);
            offset += back * (length * then.cos() - level);
            offset.y = length * then.sin();
        }
        let orbit = Quat::from_axis_angle(Vec3::Y, self.orbit);
        (around + orbit * offset * self.distance, orbit * slide * self.distance)
    }

    /// How the axes of a camera that looks along `forward` are turned where it stands; `None`: not at all.
    pub(super) fn turned(&self, forward: Vec3) -> Option<Quat> {
        if self.pan == 0.0 && self.tilt == 0.0 {
            return None;
        }
        let now = forward.y.clamp(-1.0, 1.0).asin();
        let tilt = (now + self.tilt).clamp(now.min(-STEEPEST), now.max(STEEPEST)) - now;
        let right = forward.cross(Vec3::Y).normalize_or(Vec3::X);
        Some(Quat::from_axis_angle(Vec3::Y, -self.pan) * Quat::from_axis_angle(right, tilt))
    }
}
