//! Where the camera stands, where it looks, how long its lens is: film grammar turned into a pose.
//!
//! Framing sets how much of the subject fills the height of the picture, the lens sets the distance that needs, the angle the
//! height; the move changes the pose over the shot with ease at both ends. The camera never goes under the ground, stays
//! inside a room, and turns after a subject that would leave the frame. What the user's hand did to the camera ([`film::Hand`])
//! is played last, about what is framed. The sensor is 36 mm along its longer side.

mod hand;

use film::{Angle, Camera, DepthOfField, Framing, Move, Speed};
use glam::{Mat4, Quat, Vec2, Vec3};

/// What the camera is to show, at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subject {
    /// Lowest and highest corner of a box around it, in metres.
    pub low: Vec3,
    /// See `low`.
    pub high: Vec3,
    /// Between its eyes, or the middle of its top.
    pub face: Vec3,
    /// The way it faces, level.
    pub facing: Vec3,
    /// Whether it turns into something else: the camera makes room for that as it happens.
    pub turning: bool,
    /// Whether it is a vehicle, which is shown whole where a person is not.
    pub vehicle: bool,
}

impl Subject {
    fn height(&self) -> f32 {
        (self.high.y - self.low.y).max(0.15)
    }

    fn middle(&self) -> Vec3 {
        (self.low + self.high) * 0.5
    }

    fn width(&self) -> f32 {
        Vec2::new(self.high.x - self.low.x, (self.high.z - self.low.z) * 0.6).length().max(0.1)
    }
}

use hand::Adjusted;
pub use hand::Body;

/// The world as far as the camera must know it.
pub trait Ground {
    /// Height of the ground or water under a point, in metres.
    fn floor(&self, x: f32, z: f32) -> f32;
    /// Where the camera may go: least and greatest x and z, in metres.
    fn bounds(&self) -> (Vec2, Vec2);
    /// How far from straight the place is looked at, as a factor: less in a street than on a meadow.
    fn askew(&self) -> f32 {
        1.0
    }
}

/// A camera at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Where it stands, in metres.
    pub eye: Vec3,
    /// Where it looks, a unit vector.
    pub forward: Vec3,
    /// The top of the picture.
    pub up: Vec3,
    /// Angle of view from bottom to top, in radians.
    pub fov_y: f32,
    /// Distance of the plane that is sharp, in metres.
    pub focus: f32,
    /// Radius of the blur of a point infinitely far away, as a part of the picture's height.
    pub blur: f32,
}

impl Pose {
    /// The matrix from the world to the camera's axes.
    pub fn view(&self) -> Mat4 {
        Mat4::look_to_rh(self.eye, self.forward, self.up)
    }

    /// The perspective, for a picture `aspect` times as wide as high.
    pub fn projection(&self, aspect: f32) -> Mat4 {
        Mat4::perspective_rh(self.fov_y, aspect, 0.08, 14_000.0)
    }
}

/// Everything that decides a shot's camera besides the subject.
pub struct Plan<'a> {
    /// What the storyboard says.
    pub camera: &'a Camera,
    /// Width over height of the picture.
    pub aspect: f32,
    /// Length of the shot in seconds.
    pub seconds: f32,
    /// A number of the shot, for what is left to chance.
    pub seed: u64,
    /// Where the camera stands.
    pub ground: &'a dyn Ground,
    /// Who is sharp, where it is not who is framed: somebody whom a hand has moved away from there.
    pub sharp: Option<Subject>,
    /// Bodies that a camera set by hand keeps out of.
    pub bodies: &'a [Body],
}

/// Angle of view from bottom to top of a lens, in radians.
pub fn fov_y(lens_mm: f32, aspect: f32) -> f32 {
    let high = if aspect >= 1.0 { 36.0 / aspect } else { 36.0 };
    2.0 * (high * 0.5 / lens_mm.clamp(8.0, 800.0)).atan()
}

fn ease(u: f32) -> f32 {
    let u = u.clamp(0.0, 1.0);
    u * u * u * (u * (u * 6.0 - 15.0) + 10.0)
}

/// How high the picture is at the subject, in heights of the subject, and which height of it is in the middle.
fn holds(framing: Framing) -> (f32, f32) {
    match framing {
        Framing::ExtremeWide => (5.2, 0.9),
        Framing::Wide => (2.15, 0.62),
        Framing::Full => (1.22, 0.50),
        Framing::MediumWide => (0.86, 0.62),
        Framing::Medium => (0.62, 0.72),
        Framing::MediumCloseUp | Framing::OverTheShoulder => (0.44, 0.82),
        Framing::CloseUp => (0.27, 0.92),
        Framing::ExtremeCloseUp => (0.13, 0.94),
        Framing::PointOfView => (2.4, 0.7),
    }
}

/// In metres: a place that is longer is no room.
const OPEN_M: f32 = 26.0;

fn shows_face(framing: Framing) -> bool {
    matches!(
        framing,
        Framing::CloseUp | Framing::ExtremeCloseUp | Framing::MediumCloseUp | Framing::OverTheShoulder
    )
}

impl Plan<'_> {
    /// The pose at `time` seconds; `subject` gives what is shown at any time of the shot.
    pub fn pose(&self, time: f32, subject: &dyn Fn(f32) -> Option<Subject>) -> Pose {
        let camera = self.camera;
        let pace = match camera.speed {
            Speed::Slow => 0.5,
            Speed::Normal => 1.0,
            Speed::Fast => 2.0,
        };
        let u = time / self.seconds.max(0.1);
        let e = ease(u);
        let lens = camera.lens_mm as f32;
        let wide = fov_y(lens, self.aspect);
        // The camera is set up for the moment when the action is under way.
        let anchor_time = self.seconds * 0.55;
        let nowhere = self.nowhere();
        let now = subject(time).unwrap_or(nowhere);
        let set_up = || subject(anchor_time).unwrap_or(nowhere);
        let anchor = if now.turning { now } else { set_up() };
        let (spans, level) = holds(camera.framing);
        let aim_of = |s: &Subject| {
            let point = if shows_face(camera.framing) {
                s.face
            } else {
                let m = s.middle();
                Vec3::new(m.x, s.low.y + s.height() * level, m.z)
            };
            if camera.framing == Framing::Medium { point.lerp(s.face, 0.35) } else { point }
        };
        let mut distance = spans * anchor.height() * 0.5 / (wide * 0.5).tan();
        if !shows_face(camera.framing) && camera.framing != Framing::Medium {
            let wide_x = ((wide * 0.5).tan() * self.aspect).atan() * 2.0;
            let fill = if camera.framing == Framing::Wide { 1.28 } else { 1.08 };
            distance = distance.max(anchor.width() * fill * 0.5 / (wide_x * 0.5).tan());
        }
        // Before what is long and comes towards it the camera stays outside.
        let reach = 0.5 * (anchor.high.z - anchor.low.z);
        distance = distance.max(reach + 0.6 * distance).max(0.35);

        // A little from the side, as a person would stand; the same side in every shot of a scene keeps the axis.
        let side = if self.seed.is_multiple_of(3) { 0.18 } else { 0.36 };
        let mut azimuth = side * self.ground.askew();
        let mut elevation = match camera.angle {
            Angle::EyeLevel | Angle::Dutch => 0.03,
            Angle::Low => -0.06,
            Angle::High => 0.48,
            Angle::WormsEye => -0.75,
            Angle::BirdsEye => 1.5,
            Angle::Aerial => 0.62,
        };
        // What is very far away is looked at along the place, not from its wall.
        let (least, greatest) = self.ground.bounds();
        let room = 0.25 * (greatest.x - least.x);
        if distance > 60.0 && azimuth.sin() * distance > room {
            azimuth = (room / distance).asin();
        }
        if camera.angle == Angle::Aerial {
            distance *= 2.2;
            // Of a place alone the horizon is seen, too.
            elevation = if subject(anchor_time).is_some() { elevation } else { 0.34 };
        }
        let mut slide = Vec3::ZERO;
        let mut turn = Vec2::ZERO;
        let mut lens_now = lens;
        let reach = pace * (self.seconds / 4.0).clamp(0.4, 2.0);
        match camera.move_ {
            Move::Static | Move::Handheld | Move::Track => {}
            Move::PanLeft => turn.x = -0.30 * reach * (e - 0.5),
            Move::PanRight => turn.x = 0.30 * reach * (e - 0.5),
            Move::TiltUp => turn.y = 0.22 * reach * (e - 0.72),
            Move::TiltDown => turn.y = -0.22 * reach * (e - 0.72),
            Move::DollyIn => distance *= 1.0 + 0.24 * reach * (0.5 - e),
            Move::DollyOut => distance *= 1.0 + 0.24 * reach * (e - 0.5),
            Move::TruckLeft => slide.x = -0.28 * distance * reach * (e - 0.5),
            Move::TruckRight => slide.x = 0.28 * distance * reach * (e - 0.5),
            Move::PedestalUp => slide.y = 0.22 * distance * reach * e,
            Move::PedestalDown => slide.y = 0.22 * distance * reach * (1.0 - e),
            Move::CraneUp => elevation += 0.34 * reach.min(1.6) * e,
            Move::CraneDown => elevation += 0.34 * reach.min(1.6) * (1.0 - e),
            Move::OrbitLeft => azimuth -= 0.75 * reach * (e - 0.5),
            Move::OrbitRight => azimuth += 0.75 * reach * (e - 0.5),
            Move::ZoomIn => lens_now *= (0.42 * reach * (e - 0.3)).exp(),
            Move::ZoomOut => lens_now *= (-0.42 * reach * (e - 0.7)).exp(),
            Move::DollyZoom => {
                let k = (0.55 * reach * (e - 0.5)).exp();
                distance *= k;
                lens_now *= k;
            }
            Move::Drone => {
                elevation = elevation.max(0.30);
                distance *= 1.9 - 0.55 * reach.min(1.6) * e;
                azimuth += 0.18 * reach * (e - 0.5);
            }
        }
        let follows = camera.move_ == Move::Track;
        let base = if follows { now } else { anchor };
        let aim = aim_of(&base);
        let offset =
            Vec3::new(azimuth.sin() * elevation.cos(), elevation.sin(), azimuth.cos() * elevation.cos())
                * distance;
        let mut eye = aim + offset + slide;
        let floor = |p: Vec3| self.ground.floor(p.x, p.z);
        if matches!(camera.angle, Angle::Low) {
            // Low means near the ground, whatever the height of the subject.
            let low = floor(eye) + (0.16 * base.height()).clamp(0.28, 0.95);
            eye.y = eye.y.min(low + slide.y);
        }
        if matches!(camera.angle, Angle::WormsEye) {
            eye.y = floor(eye) + 0.22 + slide.y;
        }
        if matches!(camera.angle, Angle::EyeLevel | Angle::Dutch) && !shows_face(camera.framing) {
            let eyes = base.face.y.clamp(floor(eye) + 0.5, floor(eye) + 2.1);
            eye.y = eyes
                + slide.y
                + if camera.move_ == Move::CraneUp || camera.move_ == Move::CraneDown {
                    offset.y - 0.03 * distance
                } else {
                    0.0
                };
        }
        if camera.framing == Framing::PointOfView {
            eye = now.face + now.facing * 0.3;
        } else if camera.framing == Framing::OverTheShoulder {
            eye = base.face - base.facing * 0.9
                + Vec3::new(-base.facing.z, 0.0, base.facing.x) * 0.35
                + Vec3::Y * 0.12;
        }
        let hand = Adjusted::new(camera);
        if self.is_by_hand() {
            let framed = self.clear(eye);
            let around = if camera.framing == Framing::OverTheShoulder { base.face } else { aim };
            (eye, slide) = hand.carry(around, eye, slide);
            eye = self.outside(self.clear(eye), framed);
        } else {
            eye = self.clear(eye);
        }
        let looks_along = matches!(
            camera.move_,
            Move::TruckLeft | Move::TruckRight | Move::PedestalUp | Move::PedestalDown
        );
        let mut target = match camera.framing {
            Framing::PointOfView => eye + now.facing * 8.0 - Vec3::Y * 0.4,
            Framing::OverTheShoulder => base.face + base.facing * 6.0,
            _ if looks_along => aim + slide * 0.55,
            _ => aim,
        };
        // The operator follows a subject that would leave the middle of the frame.
        if camera.framing != Framing::PointOfView && camera.framing != Framing::OverTheShoulder {
            let moved = aim_of(&now) - aim;
            let narrow = fov_y(lens_now, self.aspect).min(wide);
            let room = (eye.distance(aim) * (narrow * 0.5).tan() * 0.30).max(0.03);
            let over = moved - moved.clamp_length_max(room);
            target += over * if shows_face(camera.framing) { 1.0 } else { 0.95 };
        }
        let mut forward = (target - eye).normalize_or(Vec3::NEG_Z);
        // Straight down there is no horizon: the top of the picture stays away from the camera's side.
        let mut right =
            if forward.y.abs() > 0.9995 { Vec3::X } else { forward.cross(Vec3::Y).normalize_or(Vec3::X) };
        forward = Quat::from_axis_angle(Vec3::Y, -turn.x) * Quat::from_axis_angle(right, turn.y) * forward;
        let mut up = right.cross(forward).normalize_or(Vec3::Y);
        if let Some(turned) = hand.turned(forward) {
            (forward, right, up) = (turned * forward, turned * right, turned * up);
        }
        if camera.angle == Angle::Dutch {
            up = Quat::from_axis_angle(forward, 0.22) * up;
        }
        if camera.move_ == Move::Handheld || camera.framing == Framing::PointOfView {
            let phase = (self.seed % 97) as f32;
            let sway = |f: f32, o: f32| (time * f * std::f32::consts::TAU + phase + o).sin();
            let yaw = 0.0055 * sway(0.43, 0.0) + 0.0028 * sway(1.13, 2.0) + 0.0010 * sway(3.1, 4.0);
            let pitch = 0.0045 * sway(0.51, 1.0) + 0.0026 * sway(1.37, 3.0) + 0.0012 * sway(2.7, 5.0);
            let roll = 0.0040 * sway(0.37, 6.0);
            let k = pace.min(1.6);
            forward = Quat::from_axis_angle(up, yaw * k) * Quat::from_axis_angle(right, pitch * k) * forward;
            up = Quat::from_axis_angle(forward, roll * k) * up;
            eye = self.clear(eye + right * 0.012 * sway(0.47, 7.0) + Vec3::Y * 0.010 * sway(0.61, 8.0));
        }
        let sharp_at = if camera.framing == Framing::PointOfView {
            eye + forward * 6.0
        } else {
            aim_of(self.sharp.as_ref().unwrap_or(&now))
        };
        let focus = (sharp_at - eye).dot(forward).max(0.2);
        Pose {
            eye,
            forward,
            up,
            fov_y: fov_y(lens_now, self.aspect),
            focus,
            blur: self.blur(lens_now, focus),
        }
    }

    /// Radius of the blur at infinity, as a part of the height: thin-lens optics with the stop that the wish implies, and
    /// at least what makes the wish visible in large scenes.
    fn blur(&self, lens_mm: f32, focus: f32) -> f32 {
        let (stop, least) = match self.camera.depth_of_field {
            DepthOfField::Deep => return 0.0,
            DepthOfField::Natural => (2.8, 0.0011),
            DepthOfField::Shallow => (1.4, 0.0065),
        };
        let f = lens_mm / 1000.0;
        let on_sensor = f * f / (stop * (focus - f).max(0.05));
        let high = if self.aspect >= 1.0 { 0.036 / self.aspect } else { 0.036 };
        (on_sensor * 0.5 / high).clamp(least, 0.0135)
    }

    /// Keeps a point above the ground and inside the place.
    fn clear(&self, mut p: Vec3) -> Vec3 {
        let (least, greatest) = self.ground.bounds();
        let flat = Vec2::new(p.x, p.z).clamp(least, greatest);
        (p.x, p.z) = (flat.x, flat.y);
        let around = [Vec2::ZERO, Vec2::X, Vec2::NEG_X, Vec2::Y, Vec2::NEG_Y]
            .iter()
            .map(|d| self.ground.floor(p.x + d.x * 0.6, p.z + d.y * 0.6))
            .fold(f32::MIN, f32::max);
        p.y = p.y.max(around + 0.24);
        p
    }

    /// Whether a hand has moved the camera, or somebody who may now stand where it is.
    fn is_by_hand(&self) -> bool {
        self.camera.hand.is_some() || !self.bodies.is_empty()
    }

    /// Keeps a point out of bodies, no deeper in any than the camera was framed.
    fn outside(&self, mut p: Vec3, framed: Vec3) -> Vec3 {
        for _ in 0..4 {
            let before = p;
            for body in self.bodies {
                p = body.outside(p, framed);
            }
            p = self.clear(p);
            if p == before {
                break;
            }
        }
        p
    }

    /// What an empty place is framed by: a point a few metres ahead at the height of a person; from above or around, what the
    /// place is built about in its middle distance.
    fn nowhere(&self) -> Subject {
        let y = self.ground.floor(0.0, 0.0);
        let (least, greatest) = self.ground.bounds();
        let above = matches!(self.camera.angle, Angle::Aerial | Angle::High | Angle::BirdsEye)
            || matches!(self.camera.move_, Move::Drone | Move::OrbitLeft | Move::OrbitRight);
        if above && greatest.y - least.y > OPEN_M {
            let (low, high) = (Vec3::new(-9.0, y, -52.0), Vec3::new(9.0, y + 13.0, -34.0));
            return Subject {
                low,
                high,
                face: Vec3::new(0.0, y + 9.0, -34.0),
                facing: Vec3::Z,
                turning: false,
                vehicle: false,
            };
        }
        Subject {
            low: Vec3::new(-0.6, y, -0.6),
            high: Vec3::new(0.6, y + 1.8, 0.6),
            face: Vec3::new(0.0, y + 1.65, 0.0),
            facing: Vec3::Z,
            turning: false,
            vehicle: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Hills;
    impl Ground for Hills {
        fn floor(&self, x: f32, z: f32) -> f32 {
            3.0 * (x * 0.21).sin() + 2.0 * (z * 0.17).cos()
        }
        fn bounds(&self) -> (Vec2, Vec2) {
            (Vec2::splat(-400.0), Vec2::splat(400.0))
        }
    }

    fn walker(t: f32) -> Subject {
        let (x, z) = (0.4, -12.0 + 1.2 * t);
        let y = Hills.floor(x, z);
        Subject {
            low: Vec3::new(x - 1.2, y, z - 2.0),
            high: Vec3::new(x + 1.2, y + 3.4, z + 2.0),
            face: Vec3::new(x, y + 2.8, z + 1.8),
            facing: Vec3::Z,
            turning: false,
            vehicle: false,
        }
    }

    fn plan<'a>(camera: &'a Camera, bodies: &'a [Body]) -> Plan<'a> {
        let (aspect, seconds, seed) = (16.0 / 9.0, 5.0, 7);
        Plan { camera, aspect, seconds, seed, ground: &Hills, sharp: None, bodies }
    }

    #[test]
    fn the_camera_stays_above_the_ground_and_sees_its_subject() {
        for &framing in Framing::ALL {
            for &angle in Angle::ALL {
                for &move_ in Move::ALL {
                    let camera = Camera { framing, angle, move_, speed: Speed::Fast, ..Camera::default() };
                    let plan = plan(&camera, &[]);
                    for k in 0..=12 {
                        let t = 5.5 * k as f32 / 12.0;
                        let pose = plan.pose(t, &|t| Some(walker(t)));
                        let clear = pose.eye.y - Hills.floor(pose.eye.x, pose.eye.z);
                        assert!(clear > 0.19, "{framing} {angle} {move_} at {t}: {clear}");
                        assert!((pose.forward.length() - 1.0).abs() < 1e-3);
                        assert!(pose.fov_y.is_finite() && pose.focus > 0.0);
                        let turns = matches!(
                            move_,
                            Move::PanLeft
                                | Move::PanRight
                                | Move::TiltUp
                                | Move::TiltDown
                                | Move::TruckLeft
                                | Move::TruckRight
                                | Move::PedestalUp
                                | Move::PedestalDown
                        );
                        let close = shows_face(framing) || framing == Framing::PointOfView;
                        if !turns && !close && angle != Angle::WormsEye {
                            let s = walker(t);
                            let p = pose.projection(16.0 / 9.0) * pose.view();
                            let inside = |point: Vec3| {
                                let q = p.project_point3(point);
                                q.x.abs() < 1.0 && q.y.abs() < 1.05 && q.z > 0.0
                            };
                            assert!(
                                inside(s.face)
                                    || (0..=10).any(|k| inside(s.middle().with_y(s.low.y + 0.34 * k as f32))),
                                "{framing} {angle} {move_} at {t}: {pose:?}"
                            );
                        }
                    }
                }
            }
        }
    }

    fn by_hand(orbit: f64, elevation: f64, distance: f64, pan: f64, tilt: f64) -> film::Hand {
        film::Hand {
            orbit_deg: film::Bearing::new(orbit).unwrap(),
            elevation_deg: film::Pitch::new(elevation).unwrap(),
            distance: film::Reach::new(distance).unwrap(),
            pan_deg: film::Bearing::new(pan).unwrap(),
            tilt_deg: film::Pitch::new(tilt).unwrap(),
            extra: film::Extra::new(),
        }
    }

    /// Flat ground, so that nothing lifts the camera.
    struct Flat;
    impl Ground for Flat {
        fn floor(&self, _: f32, _: f32) -> f32 {
            0.0
        }
        fn bounds(&self) -> (Vec2, Vec2) {
            (Vec2::splat(-400.0), Vec2::splat(400.0))
        }
    }

    fn standing() -> Subject {
        Subject {
            low: Vec3::new(-0.5, 0.0, -1.5),
            high: Vec3::new(0.5, 1.8, -0.5),
            face: Vec3::new(0.0, 1.65, -1.0),
            facing: Vec3::Z,
            turning: false,
            vehicle: false,
        }
    }

    #[test]
    fn an_orbit_goes_round_the_subject_by_as_much_whatever_the_camera_does() {
        for &move_ in Move::ALL {
            let pose = |hand: Option<film::Hand>, t: f32| {
                let camera = Camera { framing: Framing::Medium, move_, hand, ..Camera::default() };
                Plan { ground: &Flat, ..plan(&camera, &[]) }.pose(t, &|_| Some(standing()))
            };
            for t in [0.0, 1.7, 5.0] {
                let (before, after) = (pose(None, t), pose(Some(by_hand(90.0, 0.0, 1.0, 0.0, 0.0)), t));
                let about = |p: &Pose| Vec2::new(p.eye.x, p.eye.z + 1.0);
                let (a, b) = (about(&before), about(&after));
                let turned = (a.x.atan2(a.y) - b.x.atan2(b.y)).to_degrees().rem_euclid(360.0);
                // What sways in a hand sways along the camera's own axes, hence not quite.
                let slack = if move_ == Move::Handheld { 1.0 } else { 0.05 };
                assert!((turned - 270.0).abs() < slack, "{move_} at {t}: {turned}");
                assert!((a.length() - b.length()).abs() < 0.03 && (before.eye.y - after.eye.y).abs() < 0.02);
                assert!(
                    (before.focus - after.focus).abs() < 0.05,
                    "{move_} at {t}: sharpness stays on the subject"
                );
            }
        }
    }

    #[test]
    fn a_hand_raises_nears_pans_and_tilts_and_an_empty_one_does_nothing() {
        let camera = Camera { framing: Framing::Full, ..Camera::default() };
        let pose = |hand| {
            let camera = Camera { hand, ..camera.clone() };
            Plan { ground: &Flat, ..plan(&camera, &[]) }.pose(1.0, &|_| Some(standing()))
        };
        let before = pose(None);
        assert_eq!(pose(Some(film::Hand::default())), before);
        let aim = before.eye + before.forward * before.focus;
        let raised = pose(Some(by_hand(0.0, 30.0, 1.0, 0.0, 0.0)));
        let rise = |p: &Pose| ((p.eye.y - aim.y) / p.eye.distance(aim)).asin().to_degrees();
        assert!((rise(&raised) - rise(&before) - 30.0).abs() < 0.1, "{} {}", rise(&raised), rise(&before));
        let near = pose(Some(by_hand(0.0, 0.0, 0.5, 0.0, 0.0)));
        assert!((near.focus / before.focus - 0.5).abs() < 0.01);
        let panned = pose(Some(by_hand(0.0, 0.0, 1.0, 90.0, 0.0)));
        // A pan keeps the horizon level: it turns about the vertical, however much the camera looks down.
        let right = before.forward.cross(before.up).normalize();
        let level = panned.forward.with_y(0.0).normalize();
        assert!(panned.eye == before.eye && level.dot(right) > 0.9999, "{level} {right}");
        assert!(
            (panned.forward.y - before.forward.y).abs() < 1e-4 && (panned.up.y - before.up.y).abs() < 1e-4
        );
        let tilted = pose(Some(by_hand(0.0, 0.0, 1.0, 0.0, 60.0)));
        let up = (tilted.forward.y.asin() - before.forward.y.asin()).to_degrees();
        assert!((up - 60.0).abs() < 0.1 && tilted.up.y > 0.0, "{up}");
        let over = pose(Some(by_hand(0.0, 90.0, 1.0, 0.0, -90.0)));
        assert!(over.up.is_finite() && over.forward.y > -0.99999);
    }

    #[test]
    fn no_hand_sets_the_camera_into_the_ground_or_a_body() {
        let (low, high, heading) = (-3.0, 6.0, 0.3);
        let at = Vec2::new(0.4, -11.0);
        let body = Body { at, framed: at, heading, half: Vec2::new(1.1, 2.2), low, high };
        for (orbit, elevation, distance) in (-6..=6)
            .flat_map(|o| [-90.0, -30.0, 0.0, 40.0].map(|e| [0.1, 0.4, 1.0, 10.0].map(|d| (o, e, d))))
            .flatten()
        {
            let hand = Some(by_hand(f64::from(orbit * 30), elevation, distance, 0.0, 0.0));
            let camera = Camera { framing: Framing::Full, hand, ..Camera::default() };
            let pose = plan(&camera, std::slice::from_ref(&body)).pose(2.0, &|t| Some(walker(t)));
            let clear = pose.eye.y - Hills.floor(pose.eye.x, pose.eye.z);
            assert!(clear > 0.19, "{orbit} {elevation} {distance}: {clear}");
            assert!(body.depth(body.at, pose.eye) > 0.999, "{orbit} {elevation} {distance}: inside");
        }
    }

    #[test]
    fn a_longer_lens_sees_less() {
        assert!((fov_y(50.0, 1.5).to_degrees() - 26.99).abs() < 0.1);
        assert!(fov_y(100.0, 16.0 / 9.0) < fov_y(35.0, 16.0 / 9.0));
    }
}
