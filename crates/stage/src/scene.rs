//! A shot and a time to who stands where, doing what, seen from where. No graphics device is needed.

use crate::camera::{self, Body, Plan, Pose, Subject};
use crate::cast::thing::Thing;
use crate::cast::{Bounds, Cast, CastError};
use crate::motion::motes::Mote;
use crate::motion::{Ensemble, Ground};
use crate::world::{Lamp, Moment, Site, site_key};
use film::{Framing, Id, ShotOrder};
use glam::{Mat4, Vec2, Vec3, Vec4};
use std::path::Path;
use std::sync::Arc;

/// A shot made ready: its place, its cast, its camera. A pure function of the order.
pub struct Scene {
    order: ShotOrder,
    site: Arc<Site>,
    ensemble: Ensemble,
    /// Everyone where the camera was framed for them, when a hand has moved somebody since.
    framed: Option<Ensemble>,
}

/// Where somebody is at a moment, on the stage and in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The member of the cast.
    pub who: Id,
    /// Which individual of it, from 1, the leader.
    pub individual: u32,
    /// On the ground under them, in metres: right, up, towards the camera of the shot that no hand has moved.
    pub position: Vec3,
    /// The way they face, in degrees: 0 towards that camera, 90 to its right.
    pub facing_deg: f32,
    /// Left, top, right and bottom of what is seen of them, as parts of the picture from its upper left corner; beyond 0 and 1
    /// where the picture cuts them. `None` behind the camera or out of the picture.
    pub frame: Option<[f32; 4]>,
    /// Metres from the camera, along the way it looks.
    pub distance: f32,
}

/// One moment of a shot.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneState {
    /// Seconds since the shot began.
    pub time_secs: f64,
    /// The camera.
    pub camera: Pose,
    /// For each performer, in the ensemble's order: the box around it, as lowest and highest corner in metres.
    pub bounds: Vec<(Vec3, Vec3)>,
}

struct Floor<'a>(&'a Site);

impl Ground for Floor<'_> {
    fn height_m(&self, x: f32, z: f32) -> f32 {
        self.0.land.height(x, z)
    }
    fn water_m(&self) -> Option<f32> {
        // Under water everybody who swims does so a little over the bed, where the camera is.
        let bed = (self.0.light.submerged > 0.0).then(|| self.0.land.height(0.0, 0.0) + 2.4);
        self.0.water.as_ref().map(|(w, _)| w.level).or(bed)
    }
    fn narrow_m(&self) -> Option<f32> {
        let (low, high) = self.0.bounds;
        let room = (high.x - low.x) * 0.5;
        (room < 60.0).then_some(room)
    }
    fn rails_m(&self) -> Option<[f32; 2]> {
        self.0.rails
    }
}

impl camera::Ground for Floor<'_> {
    fn floor(&self, x: f32, z: f32) -> f32 {
        self.0.floor(x, z)
    }
    fn bounds(&self) -> (Vec2, Vec2) {
        self.0.bounds
    }
    fn askew(&self) -> f32 {
        self.0.askew
    }
}

/// So many are all framed, with their heads; of more, the leader counts most.
const MOST_TOGETHER: usize = 3;

/// How a vehicle is framed: what shows a person from the waist up would show no more than a windscreen.
fn of_a_vehicle(framing: Framing) -> Framing {
    match framing {
        Framing::MediumWide | Framing::Medium => Framing::Full,
        Framing::MediumCloseUp => Framing::MediumWide,
        Framing::CloseUp => Framing::Medium,
        Framing::ExtremeCloseUp => Framing::CloseUp,
        other => other,
    }
}

/// In metres: less than this is shown with more room around it.
const SMALL_M: f32 = 0.30;

impl Scene {
    /// Makes an order ready, preparing its place.
    ///
    /// # Errors
    /// [`CastError`] when an appearance does not fit its row.
    pub fn new(order: &ShotOrder, cast: &Cast) -> Result<Self, CastError> {
        Self::at(order, Arc::new(Site::new(order)), cast)
    }

    /// Makes an order ready in a place that was prepared before.
    pub(crate) fn at(order: &ShotOrder, site: Arc<Site>, cast: &Cast) -> Result<Self, CastError> {
        let ensemble = Ensemble::on(cast, order, &Floor(&site))?;
        let framed = ensemble.unmoved();
        Ok(Self { order: order.clone(), site, ensemble, framed })
    }

    pub(crate) fn site(&self) -> &Arc<Site> {
        &self.site
    }

    pub(crate) fn order(&self) -> &ShotOrder {
        &self.order
    }

    /// The place as it is at a time. A change begins a little after the shot does and is over a little before its end.
    pub(crate) fn moment(&self, time_secs: f64) -> Moment {
        let mut moment = self.site.moment(self.progress(time_secs));
        if moment.light.rain > 0.85 {
            moment.light.strike(time_secs, self.order.shot.seed.get());
        }
        moment
    }

    /// How far the changes of the shot have come at a time, 0..1.
    pub(crate) fn progress(&self, time_secs: f64) -> f32 {
        let u = time_secs / self.order.shot.seconds.get().max(0.1);
        ((u as f32 - 0.06) / 0.88).clamp(0.0, 1.0)
    }

    /// Everyone in the shot.
    pub fn ensemble(&self) -> &Ensemble {
        &self.ensemble
    }

    /// World-space joints of a performer at a time.
    pub(crate) fn pose_of(&self, performer: usize, time_secs: f64) -> crate::cast::Pose {
        self.ensemble.pose(performer, time_secs, &Floor(&self.site))
    }

    /// The lamps that the cast brings along: headlights when lamps are lit, candles at any time.
    pub(crate) fn lamps(&self, time_secs: f64) -> Vec<Lamp> {
        let lit = self.moment(time_secs).light.lamps;
        let glows = self.ensemble.glows(time_secs, lit, &Floor(&self.site));
        glows.into_iter().map(|(position, colour, reach)| Lamp { position, colour, reach }).collect()
    }

    /// Sparks, drops and flakes in the air at a time.
    pub(crate) fn motes(&self, time_secs: f64) -> Vec<Mote> {
        let wet = self.site.water.is_some() && self.site.light.submerged <= 0.0;
        self.ensemble.motes(time_secs, wet, &Floor(&self.site))
    }

    /// Width over height of the picture.
    pub(crate) fn aspect(&self) -> f32 {
        self.order.format.width.get() as f32 / self.order.format.height.get() as f32
    }

    /// Who is kept in frame: the camera's focus, or who acts first.
    fn focus(&self) -> Option<&Id> {
        let shown =
            |id: &&Id| self.order.cast.iter().any(|m| m.id == **id) && !self.ensemble.missing().contains(*id);
        self.order
            .shot
            .camera
            .focus
            .as_ref()
            .filter(shown)
            .or_else(|| self.order.shot.beats.iter().flat_map(|b| &b.who).find(shown))
    }

    /// The camera at a time. It is framed for where the stage puts people, so whoever a hand moves does move in the picture;
    /// what is sharp follows them, and so does a camera that looks with their eyes or over their shoulder.
    pub fn camera(&self, time_secs: f64) -> Pose {
        let ground = Floor(&self.site);
        let shot = &self.order.shot;
        let worn = matches!(shot.camera.framing, Framing::PointOfView | Framing::OverTheShoulder);
        let unmoved = self.framed.as_ref().filter(|_| !worn);
        let framed = unmoved.unwrap_or(&self.ensemble);
        let by_hand = shot.camera.hand.is_some() || !shot.blocking.is_empty();
        let bodies = if by_hand { self.bodies(time_secs) } else { Vec::new() };
        let mut lens = shot.camera.clone();
        let is_vehicle = |subject: &Subject| subject.vehicle;
        if self.subject(framed, time_secs).as_ref().is_some_and(is_vehicle) {
            lens.framing = of_a_vehicle(lens.framing);
        }
        let plan = Plan {
            camera: &lens,
            aspect: self.aspect(),
            seconds: shot.seconds.get() as f32,
            seed: shot.seed.get(),
            ground: &ground,
            sharp: unmoved.and_then(|_| self.subject(&self.ensemble, time_secs)),
            bodies: &bodies,
        };
        plan.pose(time_secs as f32, &|t| self.subject(framed, f64::from(t)))
    }

    fn bodies(&self, time: f64) -> Vec<Body> {
        let ground = Floor(&self.site);
        let framed = self.framed.as_ref().unwrap_or(&self.ensemble);
        let body = |(i, performer): (usize, &crate::cast::Performer)| {
            let root = self.ensemble.root(i, time);
            let bounds = self.ensemble.performer_bounds(i, time, &ground);
            Body {
                at: root.at,
                framed: framed.root(i, time).at,
                heading: root.heading,
                half: performer.footprint_m().into(),
                low: bounds.min.y,
                high: bounds.max.y,
            }
        };
        self.ensemble.performers()[..self.ensemble.of_cast()].iter().enumerate().map(body).collect()
    }

    /// What the camera frames at a time: the leader of the focus; in wide pictures the group around it.
    fn subject(&self, ensemble: &Ensemble, time: f64) -> Option<Subject> {
        let ground = Floor(&self.site);
        let who = self.focus();
        let id_of = |i: usize| &self.order.cast[ensemble.performers()[i].member()].id;
        let mut members: Vec<usize> =
            (0..ensemble.of_cast()).filter(|&i| who.is_none_or(|id| id_of(i) == id)).collect();
        let &leader = members.first()?;
        // Whom the leader acts with belongs into the picture, too.
        let with = |id: &film::Id| {
            let leads = |beat: &&film::Beat| beat.who.contains(id_of(leader));
            let named =
                |beat: &film::Beat| beat.who.contains(id) || beat.what.iter().any(|w| w == id.as_str());
            self.order.shot.beats.iter().filter(leads).any(named)
        };
        let moves = |i: usize| ensemble.performers()[i].thing().is_none_or(Thing::travels);
        let partners: Vec<usize> = (0..ensemble.of_cast())
            .filter(|&i| !members.contains(&i) && moves(i) && with(id_of(i)))
            .collect();
        members.extend(partners);
        let few = members.len() <= MOST_TOGETHER;
        let alone = matches!(self.order.shot.camera.framing, Framing::CloseUp | Framing::ExtremeCloseUp);
        let with_belongings = |of: usize| {
            let own = ensemble.performer_bounds(of, time, &ground);
            // What is held, ridden or sat on belongs into the picture with whoever does it.
            let bound = if alone { vec![] } else { ensemble.bound_to(of) };
            let bounds = bound.into_iter().map(|i| ensemble.performer_bounds(i, time, &ground));
            // A kite is far larger than who flies it, who is not cut off for it.
            let near = self.order.shot.camera.framing == Framing::Medium;
            let fits = |b: &Bounds| !near || b.size().y < 1.6 * own.size().y;
            bounds.filter(fits).fold(own, Bounds::union)
        };
        let turning = ensemble.in_place_of(leader, time);
        let mut own = match turning {
            Some((before, after, k)) => with_belongings(before).towards(with_belongings(after), k),
            None => with_belongings(leader),
        };
        // A stack is one thing to look at.
        if self.order.cast[ensemble.performers()[leader].member()].appearance_text("arranged")
            == Some("stack")
        {
            let all = members.iter().map(|&i| ensemble.performer_bounds(i, time, &ground));
            own = all.fold(own, Bounds::union);
        }
        // Around what is small there is some of the place to see, unless the camera goes close: a mouse is shown as if it
        // were nearly as large as a cat.
        let (size, framing) = (own.size().max_element(), self.order.shot.camera.framing);
        if size < SMALL_M && !matches!(framing, Framing::CloseUp | Framing::ExtremeCloseUp) {
            let grow = (size / SMALL_M).max(0.01).powf(-1.5).min(3.0);
            let more = own.size() * (grow - 1.0);
            own.min -= Vec3::new(0.5, 0.25, 0.5) * more;
            own.max += Vec3::new(0.5, 0.75, 0.5) * more;
        }
        // Fire and smoke take more room than what goes up in them.
        if ensemble.explodes(leader) {
            let more = own.size().max_element();
            own.min -= Vec3::new(0.5, 0.0, 0.5) * more;
            own.max += Vec3::new(0.5, 0.8, 0.5) * more;
        }
        let (mut low, mut high) = (own.min, own.max);
        let framing = self.order.shot.camera.framing;
        let wide = matches!(framing, Framing::Wide | Framing::ExtremeWide | Framing::Full);
        let together = matches!(framing, Framing::Medium | Framing::MediumWide) && few;
        for &i in members[1..].iter().filter(|_| wide || together) {
            let b = ensemble.performer_bounds(i, time, &ground);
            // The group, but not stragglers far behind: what stands deeper in the picture is smaller anyway.
            let reach = 3.0 * own.size().length().max(0.5 * b.size().length());
            if (b.centre() - own.centre()).length() < reach {
                // Who is yet to come of another takes room as they do.
                let b = own.towards(b, ensemble.shown(i, time));
                (low.x, high.x) = (low.x.min(b.min.x), high.x.max(b.max.x));
                // Two or three are seen together, heads and all.
                high.y = if few { high.y.max(b.max.y) } else { high.y };
            }
        }
        // Of many the leader weighs as much as all others together.
        if !few {
            low.x = (low.x + own.min.x) * 0.5;
            high.x = (high.x + own.max.x) * 0.5;
        }
        let root = ensemble.root(leader, time);
        let facing = Vec3::new(root.heading.sin(), 0.0, root.heading.cos());
        let face = match turning {
            Some((before, after, k)) => {
                ensemble.face(before, time, &ground).lerp(ensemble.face(after, time, &ground), k)
            }
            None => ensemble.face(leader, time, &ground),
        };
        let vehicle = ensemble.performers()[leader].thing().is_some_and(Thing::travels);
        Some(Subject { low, high, face, facing, turning: turning.is_some(), vehicle })
    }

    /// Where everyone of the cast is at a time, on the stage and in the picture. The picture's boxes hold the bodies as they
    /// are posed. Things that beats only name go with whoever acts with them, and are not listed.
    pub fn placed(&self, time_secs: f64) -> Vec<Placed> {
        let ground = Floor(&self.site);
        let camera = self.camera(time_secs);
        let lens = camera.projection(self.aspect()) * camera.view();
        let placed = |(i, performer): (usize, &crate::cast::Performer)| {
            let root = self.ensemble.root(i, time_secs);
            let mut vertices = Vec::new();
            performer.mesh().skin(&self.pose_of(i, time_secs), &mut vertices);
            let bounds = self.ensemble.performer_bounds(i, time_secs, &ground);
            Placed {
                who: self.order.cast[performer.member()].id.clone(),
                individual: performer.individual() + 1,
                position: Vec3::new(root.at.x, self.site.floor(root.at.x, root.at.y), root.at.y),
                facing_deg: root.heading.to_degrees(),
                frame: seen(lens, vertices.iter().map(|v| v.position.into()))
                    .filter(|_| self.ensemble.shown(i, time_secs) > 0.5),
                distance: (bounds.centre() - camera.eye).dot(camera.forward),
            }
        };
        self.ensemble.performers()[..self.ensemble.of_cast()].iter().enumerate().map(placed).collect()
    }

    /// Everything that moves, at a time.
    pub fn state(&self, time_secs: f64) -> SceneState {
        let ground = Floor(&self.site);
        let bounds = (0..self.ensemble.performers().len())
            .map(|i| {
                let b = self.ensemble.performer_bounds(i, time_secs, &ground);
                (b.min, b.max)
            })
            .collect();
        SceneState { time_secs, camera: self.camera(time_secs), bounds }
    }
}

/// The box of points in the picture, of those before the lens; `None` when none of it is in the picture.
fn seen(lens: Mat4, points: impl Iterator<Item = Vec3>) -> Option<[f32; 4]> {
    let (mut low, mut high) = (Vec2::MAX, Vec2::MIN);
    for point in points {
        let q: Vec4 = lens * point.extend(1.0);
        if q.w > 0.08 {
            let at = Vec2::new(0.5 + 0.5 * q.x / q.w, 0.5 - 0.5 * q.y / q.w);
            (low, high) = (low.min(at), high.max(at));
        }
    }
    let inside = low.max(Vec2::ZERO).cmplt(high.min(Vec2::ONE)).all();
    inside.then_some([low.x, low.y, high.x, high.y])
}

/// The places of shots, and their people, kept for the next question about them: a rehearsal without a camera crew.
#[derive(Debug)]
pub struct Rehearsal {
    cast: Cast,
    last: Option<(String, Arc<Site>)>,
}

impl Rehearsal {
    /// Reads the tables.
    ///
    /// # Errors
    /// [`CastError`] when a shipped table is broken.
    pub fn new() -> Result<Self, CastError> {
        Ok(Self { cast: Cast::load()?, last: None })
    }

    /// Names the folder that has the user's own models; see [`Cast::take_in`].
    pub fn imports_from(&mut self, folder: &Path) {
        self.cast.imports_from(folder);
    }

    /// The scene of an order. Its place is made when it is not the one of the last order nor one that is being drawn.
    ///
    /// # Errors
    /// [`CastError`] when an appearance does not fit its row.
    pub fn scene(&mut self, order: &ShotOrder) -> Result<Scene, CastError> {
        let key = site_key(order);
        let site = match &self.last {
            Some((last, site)) if *last == key => site.clone(),
            _ => Site::shared(order),
        };
        self.last = Some((key, site.clone()));
        self.cast.take_in(&order.cast)?;
        Scene::at(order, site, &self.cast)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use film::{Quality, Storyboard};

    fn scene(cast: &Cast, change: impl FnOnce(&mut film::Shot)) -> Scene {
        let mut board = Storyboard::example();
        let mut other = board.cast[0].clone();
        (other.id, other.kind, other.name, other.count) =
            (Id::new("woman").unwrap(), "woman".into(), "woman".into(), 1);
        other.appearance = film::Appearance::default();
        board.cast.push(other);
        let shot = &mut board.scenes[0].shots[0];
        shot.beats[0].who.push(Id::new("woman").unwrap());
        shot.beats[0].action = "stand".into();
        change(shot);
        let id = shot.id.clone();
        Scene::new(&ShotOrder::new(&board, &id, Quality::Standard).unwrap(), cast).unwrap()
    }

    fn mark(who: &str, individual: Option<u32>, right: f64, forward: f64, turn: f64) -> film::Mark {
        film::Mark {
            who: Id::new(who).unwrap(),
            individual,
            right_m: film::Metres::new(right).unwrap(),
            forward_m: film::Metres::new(forward).unwrap(),
            turn_deg: film::Bearing::new(turn).unwrap(),
            extra: film::Extra::new(),
        }
    }

    /// The woman does something with things that are only named.
    fn deed(cast: &Cast, action: &str, text: &str, what: &[&str]) -> Scene {
        scene(cast, |shot| {
            shot.beats[0].who = vec![Id::new("woman").unwrap()];
            shot.beats[0].action = action.into();
            shot.beats[0].text = text.into();
            shot.beats[0].what = what.iter().map(|w| (*w).to_owned()).collect();
        })
    }

    #[test]
    fn who_rides_is_carried_what_is_placed_stands_there_and_what_is_kicked_flies() {
        let cast = Cast::load().unwrap();
        let last = |scene: &Scene, at: f64| *scene.state(at).bounds.last().unwrap();
        let ride = deed(&cast, "ride", "she rides a mammoth", &["mammoths"]);
        let rider = ride.ensemble.performers().iter().position(crate::cast::Performer::is_person).unwrap();
        let (low, high) = ride.state(1.0).bounds[rider];
        assert!(low.y > 0.8 && high.y > 2.4, "{low} {high}");

        let kick = deed(&cast, "kick", "she kicks a ball", &["ball"]);
        let [before, after] = [0.2, 2.5].map(|at| last(&kick, at).0);
        assert!(before.distance(after) > 6.0, "{before} {after}");

        let letter = scene(&cast, |shot| {
            let beat = &mut shot.beats[0];
            (beat.who, beat.action) = (vec![Id::new("woman").unwrap()], "find".into());
            beat.what = vec!["desk".into(), "letter".into()];
            let (what, to) = ("letter".into(), "desk".into());
            beat.placements = vec![film::Placement { what, how: film::Relation::On, to }];
        });
        let (low, _) = last(&letter, 1.0);
        assert!((0.6..0.9).contains(&low.y), "{low}");
    }

    #[test]
    fn a_cake_stands_on_a_table_and_its_candles_are_blown_out() {
        let cast = Cast::load().unwrap();
        let scene = deed(&cast, "blow", "A woman blows out the candles on a cake", &["candles", "cake"]);
        let ensemble = scene.ensemble();
        let things: Vec<usize> = (ensemble.of_cast()..ensemble.performers().len()).collect();
        assert_eq!(things.len(), 2, "a cake with its own candles, and a table");
        let floor = Floor(&scene.site);
        let low = |i: usize| ensemble.performer_bounds(i, 1.0, &floor).min.y;
        assert!((low(things[0]) - low(things[1])).abs() > 0.4, "it stands on the table");
        assert!(!scene.lamps(0.0).is_empty());
        assert!(scene.lamps(scene.order().shot.seconds.get()).is_empty(), "the candles are out");
    }

    #[test]
    fn who_punches_a_bag_stands_before_one_that_hangs() {
        let cast = Cast::load().unwrap();
        let scene = deed(&cast, "punch", "A woman punches a bag", &["bag"]);
        let ensemble = scene.ensemble();
        let bag = ensemble.of_cast();
        let woman = ensemble.performers().iter().position(crate::cast::Performer::is_person).unwrap();
        let way = ensemble.root(bag, 1.0).at - ensemble.root(woman, 1.0).at;
        assert!((0.5..1.3).contains(&way.length()), "{} m", way.length());
        let heading = ensemble.root(woman, 1.0).heading;
        assert!(way.normalize().dot(Vec2::new(heading.sin(), heading.cos())) > 0.95, "she faces it");
    }

    #[test]
    fn one_turns_into_another_in_the_same_place_and_the_camera_makes_room() {
        let cast = Cast::load().unwrap();
        let scene = scene(&cast, |shot| {
            shot.beats[0].who = vec![Id::new("woman").unwrap()];
            shot.beats[0].action = "turn".into();
            shot.beats[0].becomes = Some(Id::new("mammoths").unwrap());
        });
        let ensemble = scene.ensemble();
        let woman = ensemble.performers().iter().position(crate::cast::Performer::is_person).unwrap();
        let mammoth = ensemble.performers().iter().position(|one| !one.is_person()).unwrap();
        let end = scene.order().shot.seconds.get();
        let shown = |at: f64| (ensemble.shown(woman, at), ensemble.shown(mammoth, at));
        assert_eq!((shown(0.0), shown(end)), ((1.0, 0.0), (0.0, 1.0)));
        let frames: Vec<f64> = (0..50).map(|k| end * f64::from(k) / 49.0).collect();
        let both = |at: &&f64| shown(**at).0 > 0.02 && shown(**at).1 > 0.02;
        let middle = *frames.iter().find(both).expect("one is seen through the other");
        assert!(ensemble.root(woman, middle).at.distance(ensemble.root(mammoth, middle).at) < 0.05);
        assert!(!scene.motes(middle).is_empty() && scene.motes(0.0).is_empty());
        assert!(scene.lamps(middle).len() > scene.lamps(0.0).len(), "it shines");
        let seen = |at: f64| scene.placed(at).into_iter().filter(|one| one.frame.is_some()).count();
        assert_eq!(seen(0.0), 1, "only the woman");
        let away = |at: f64| scene.camera(at).eye.distance(scene.subject(ensemble, at).unwrap().face);
        assert!(away(end) > 1.3 * away(0.0), "{} {}", away(0.0), away(end));
    }

    #[test]
    fn a_ladder_is_climbed_and_a_hill_walked_up() {
        let cast = Cast::load().unwrap();
        let rises = |what: &[&str]| {
            let scene = deed(&cast, "climb", "she climbs", what);
            let woman =
                scene.ensemble.performers().iter().position(crate::cast::Performer::is_person).unwrap();
            let low = |at: f64| scene.state(at).bounds[woman].0.y - scene.site.land.height(0.0, 0.0);
            (scene.ensemble.clip(woman, 1.0), low(2.0) - low(0.0))
        };
        let (clip, way) = rises(&["ladder"]);
        assert!(clip == crate::motion::Clip::Climb && way > 0.4, "{clip:?} {way}");
        assert_eq!(rises(&[]).0, crate::motion::Clip::Walk);
    }

    #[test]
    fn what_is_poured_runs_into_what_stands_on_the_table() {
        let cast = Cast::load().unwrap();
        let scene = deed(&cast, "pour", "she pours milk into a glass", &["milk", "glass"]);
        let ensemble = scene.ensemble();
        assert_eq!(ensemble.performers().len() - ensemble.of_cast(), 3, "a jug, a glass and a table");
        let streams = (0..40).map(|k| scene.motes(f64::from(k) * 0.2)).find(|motes| !motes.is_empty());
        let motes = streams.expect("it runs out");
        let heights = motes.iter().map(|mote| mote.at.y - scene.site.land.height(0.0, 0.0));
        let (low, high) = heights.fold((f32::MAX, f32::MIN), |(low, high), y| (low.min(y), high.max(y)));
        assert!((0.4..1.3).contains(&low) && (low + 0.05..1.7).contains(&high), "{low} {high}");
    }

    #[test]
    fn what_explodes_is_gone_in_fire_and_smoke() {
        let cast = Cast::load().unwrap();
        let scene = deed(&cast, "explode", "she explodes", &[]);
        let woman = scene.ensemble.performers().iter().position(crate::cast::Performer::is_person).unwrap();
        let end = scene.order().shot.seconds.get();
        let shown = |at: f64| scene.ensemble.shown(woman, at);
        assert_eq!((shown(0.0), shown(end)), (1.0, 0.0));
        let begins = (0..200).map(|k| end * f64::from(k) / 199.0).find(|at| shown(*at) < 1.0).unwrap();
        assert!(scene.motes(0.0).is_empty() && scene.motes(begins + 0.3).len() > 100);
        assert!(scene.lamps(begins + 0.1).len() > scene.lamps(0.0).len(), "there is a flash");
    }

    #[test]
    fn who_is_chased_runs_ahead_and_what_is_pulled_comes_behind() {
        let cast = Cast::load().unwrap();
        let herd = Id::new("mammoths").unwrap();
        let ahead = |scene: &Scene, leader: usize, other: usize, at: f64| {
            let (root, one) = (scene.ensemble.root(leader, at), scene.ensemble.root(other, at));
            (one.at - root.at).dot(Vec2::new(root.heading.sin(), root.heading.cos()))
        };
        let chase = scene(&cast, |shot| {
            let beat = &mut shot.beats[0];
            (beat.who, beat.what) = (vec![herd], vec!["woman".into()]);
            (beat.action, beat.text) = ("chase".into(), "mammoths chase a woman".into());
        });
        let woman = chase.ensemble.performers().iter().position(crate::cast::Performer::is_person).unwrap();
        let [first, last] = [0.0, 3.0].map(|at| ahead(&chase, 0, woman, at));
        assert!(first > 2.0 && (first - last).abs() < 0.05, "{first} {last}");
        let runs = chase.ensemble.root(woman, 0.0).at.distance(chase.ensemble.root(woman, 2.0).at) / 2.0;
        assert!((2.0..8.0).contains(&runs), "{runs} m/s");

        let pull = deed(&cast, "pull", "she pulls a sled", &["sled"]);
        let sled = pull.ensemble.of_cast();
        let [first, last] = [0.0, 3.0].map(|at| ahead(&pull, sled - 1, sled, at));
        assert!(first < -0.8 && (first - last).abs() < 0.05, "{first} {last}");
        assert!(pull.ensemble.root(sled, 0.0).at.distance(pull.ensemble.root(sled, 3.0).at) > 1.5);
    }

    #[test]
    fn who_walk_together_keep_together_and_are_framed_together() {
        let cast = Cast::load().unwrap();
        let herd = Id::new("mammoths").unwrap();
        let walk = scene(&cast, |shot| {
            shot.beats[0].who = vec![Id::new("woman").unwrap(), herd.clone()];
            shot.beats[0].action = "walk".into();
            shot.camera.framing = Framing::Wide;
            shot.camera.focus = Some(Id::new("woman").unwrap());
        });
        let woman = walk.ensemble.performers().iter().position(crate::cast::Performer::is_person).unwrap();
        let apart = |at: f64| walk.ensemble.root(woman, at).at.distance(walk.ensemble.root(0, at).at);
        let end = walk.order().shot.seconds.get();
        assert!((apart(0.0) - apart(end)).abs() < 0.1, "{} {}", apart(0.0), apart(end));
        let seen = walk
            .placed(end * 0.5)
            .into_iter()
            .filter_map(|one| one.frame)
            .map(|[left, _, right, _]| (left, right));
        assert!(seen.into_iter().all(|(left, right)| left > -0.3 && right < 1.3));
    }

    #[test]
    fn a_mark_moves_its_actor_in_the_picture_and_nobody_else() {
        let cast = Cast::load().unwrap();
        let plain = scene(&cast, |_| ());
        // The second mammoth goes, the focus with it; a mark for nobody does nothing.
        for (moving, individual) in
            [("mammoths", None), ("mammoths", Some(2)), ("woman", None), ("yeti", None)]
        {
            let moved = scene(&cast, |shot| shot.blocking = vec![mark(moving, individual, 1.5, -0.5, 0.0)]);
            for t in [0.0, 1.1, 2.0] {
                assert_eq!(plain.camera(t).eye, moved.camera(t).eye, "the camera stays where it was framed");
                assert_eq!(plain.camera(t).forward, moved.camera(t).forward);
                let pose = moved.camera(t);
                let lens = pose.projection(moved.aspect()) * pose.view();
                for (i, (a, b)) in plain.placed(t).into_iter().zip(moved.placed(t)).enumerate() {
                    let goes = a.who.as_str() == moving && individual.is_none_or(|n| n == a.individual);
                    let way = if goes { Vec3::new(1.5, 0.0, -0.5) } else { Vec3::ZERO };
                    let went = (b.position - a.position).with_y(0.0);
                    assert!((went - way).length() < 1e-3, "{moving} {i} at {t}: {went}");
                    let on_screen = |p: Vec3| lens.project_point3(p).truncate();
                    let Some((one, other)) = a.frame.zip(b.frame) else {
                        panic!("{i} is out of the picture")
                    };
                    let expected = (on_screen(a.position + way) - on_screen(a.position)).x * 0.5;
                    let seen = (other[0] + other[2] - one[0] - one[2]) * 0.5;
                    // Whoever is looked at draws heads after him; a body nearer or farther is also larger or smaller.
                    assert!((seen - expected).abs() < 0.03 + 0.1 * expected.abs(), "{i}: {seen} {expected}");
                }
            }
        }
    }

    #[test]
    fn sharpness_follows_who_was_moved_and_a_turn_turns_the_way_they_go() {
        let cast = Cast::load().unwrap();
        let walk = |shot: &mut film::Shot| shot.beats[0].action = "approach".into();
        let plain = scene(&cast, walk);
        let nearer = scene(&cast, |shot| {
            walk(shot);
            shot.blocking = vec![mark("mammoths", None, 0.0, 3.0, 0.0)];
        });
        let (before, after) = (plain.camera(1.0).focus, nearer.camera(1.0).focus);
        assert!((before - after - 3.0).abs() < 0.6, "{before} {after}");
        let turned = scene(&cast, |shot| {
            walk(shot);
            shot.blocking = vec![mark("mammoths", None, 0.0, 0.0, 90.0)];
        });
        let way = |scene: &Scene| scene.placed(2.0)[0].position - scene.placed(0.0)[0].position;
        let (a, b) = (way(&plain), way(&turned));
        assert!((a.z - b.x).abs() < 0.02 && (a.x + b.z).abs() < 0.02 && a.z > 0.5, "{a} {b}");
        assert_eq!(plain.placed(0.0)[0].position, turned.placed(0.0)[0].position);
    }

    #[test]
    fn a_scene_is_the_same_every_time_and_the_camera_stays_above_ground() {
        let board = Storyboard::example();
        let shot = board.shots().next().unwrap().1.id.clone();
        let order = ShotOrder::new(&board, &shot, Quality::Standard).unwrap();
        let cast = Cast::load().unwrap();
        let scene = Scene::new(&order, &cast).unwrap();
        let again = Scene::new(&order, &cast).unwrap();
        for k in 0..5 {
            let t = f64::from(k) * 0.7;
            let state = scene.state(t);
            assert_eq!(state, again.state(t));
            let eye = state.camera.eye;
            assert!(eye.y > scene.site().floor(eye.x, eye.z) + 0.15);
        }
    }
}
