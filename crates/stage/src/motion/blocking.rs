//! Blocking: who stands where and goes where in a shot.
//!
//! Each member of the cast is a group of one or more individuals in a loose formation behind its leader. Each
//! group follows a track: one leg per beat, in order. Everything is a function of the order alone, and any time
//! can be asked for, before the shot's beginning and after its end too.

use std::f32::consts::PI;

use film::{Beat, Id, ShotOrder};
use glam::{Mat4, Quat, Vec2, Vec3};

use super::change::{Blast, Change, blasts};
use super::clip::{Act, Clip, Gaze, Ground, Root, drift, ramp, smooth};
use super::motes::{self, Mote};
use super::ties::{self, Raised, Tie};
use super::tracks::{Group, Leg, Track, block, leaps, set_on_marks, slots};
use super::verbs::{Look, Verbs};
use crate::cast::thing::travelled;
use crate::cast::{Bounds, Cast, CastError, Kind, Performer, Pose};

/// The most individuals that one member of the cast brings onto the stage; a greater count is a crowd of this size.
pub const MOST_INDIVIDUALS: u32 = 60;

/// How long a change of clip takes, in seconds.
const BLEND_S: f64 = 0.5;

/// Everyone in a shot, and where they are at any time of it.
#[derive(Debug)]
pub struct Ensemble {
    pub(super) performers: Vec<Performer>,
    /// One for each performer.
    pub(super) tracks: Vec<Track>,
    /// Members of the order's cast that could not be shown.
    missing: Vec<Id>,
    /// Ids in the order of the cast.
    members: Vec<Id>,
    /// How far each was set by hand from where the stage put it: metres to the picture's right and towards the camera.
    moved: Vec<Vec2>,
    /// What each is bound to.
    pub(super) ties: Vec<Option<Tie>>,
    /// Who turns into whom.
    pub(super) changes: Vec<Change>,
    /// Who or what explodes.
    pub(super) blasts: Vec<Blast>,
    /// Who deals with what stands on a table before them.
    pub(super) deals: Vec<(usize, usize)>,
    /// The first individual of each member, also of those that beats only name.
    leaders: Vec<(usize, usize)>,
    /// Who blows soap bubbles.
    blowers: Vec<usize>,
    /// When flames are blown out, in seconds.
    blown_out_s: Option<f64>,
    /// From this performer on they are things that beats only name: they belong to the member who acts with them.
    pub(super) named: usize,
}

impl Ensemble {
    /// Everyone that the shot names, placed on open ground. A pure function of the order.
    ///
    /// # Errors
    /// [`CastError`] if a table is broken or an appearance does not fit its row.
    pub fn new(cast: &Cast, order: &ShotOrder) -> Result<Ensemble, CastError> {
        Self::on(cast, order, &|_: f32, _: f32| 0.0)
    }

    /// Everyone that the shot names, placed on a ground: boats where it is under water, cars along a street.
    ///
    /// # Errors
    /// As [`Ensemble::new`].
    pub fn on(cast: &Cast, order: &ShotOrder, ground: &dyn Ground) -> Result<Ensemble, CastError> {
        let verbs = Verbs::load()?;
        let mut performers = vec![];
        let mut groups = vec![];
        let mut missing = vec![];
        let mut named = 0;
        let extended = ties::extend(cast, &verbs, order);
        let whole = &extended.order;
        for (member, entry) in whole.cast.iter().enumerate() {
            if member == order.cast.len() {
                named = performers.len();
            }
            let owner = extended.owner[member];
            let made = cast.performers(owner, entry, order.film_seed.get(), MOST_INDIVIDUALS)?;
            if made.is_empty() {
                missing.push(entry.id.clone());
                continue;
            }
            let half = made
                .iter()
                .map(Performer::footprint_m)
                .fold((0.0f32, 0.0f32), |a, b| (a.0.max(b.0), a.1.max(b.1)));
            groups.push(Group { member, first: performers.len(), count: made.len(), half: half.into() });
            performers.extend(made);
        }
        if whole.cast.len() == order.cast.len() {
            named = performers.len();
        }
        let all: Vec<Id> = whole.cast.iter().map(|m| m.id.clone()).collect();
        let bonds = ties::bonds(whole, &verbs, &performers, &groups);
        let mut tracks = block(whole, &verbs, &performers, &groups, &all, &bonds, ground);
        let moved = set_on_marks(whole, &groups, &bonds.ties, &bonds.changes, &mut tracks);
        let deals = bonds.deals(&groups);
        let members = order.cast.iter().map(|m| m.id.clone()).collect();
        let blown_out_s = blown_out(whole, &verbs);
        let leaders = groups.iter().map(|group| (group.member, group.first)).collect();
        Ok(Ensemble {
            performers,
            tracks,
            missing,
            members,
            moved,
            ties: bonds.ties,
            changes: bonds.changes,
            blasts: blasts(whole, &verbs, &groups),
            blowers: blowers(whole, &verbs, &groups),
            deals,
            leaders,
            blown_out_s,
            named,
        })
    }

    /// The same people where the stage put them, turned as the hand did but not moved: what the camera was framed for.
    /// `None` when nobody was moved.
    pub(crate) fn unmoved(&self) -> Option<Ensemble> {
        if self.moved.iter().all(|way| *way == Vec2::ZERO) {
            return None;
        }
        let mut tracks = self.tracks.clone();
        for (track, way) in tracks.iter_mut().zip(&self.moved) {
            track.shift(-*way);
        }
        Some(Ensemble {
            performers: self.performers.clone(),
            tracks,
            missing: self.missing.clone(),
            members: self.members.clone(),
            moved: vec![Vec2::ZERO; self.moved.len()],
            ties: self.ties.clone(),
            changes: self.changes.clone(),
            blasts: self.blasts.clone(),
            blowers: self.blowers.clone(),
            deals: self.deals.clone(),
            leaders: self.leaders.clone(),
            blown_out_s: self.blown_out_s,
            named: self.named,
        })
    }

    /// What belongs into a picture of a performer: what it holds, what stands before it on a table, and what carries it if
    /// that is not much larger.
    pub(crate) fn bound_to(&self, performer: usize) -> Vec<usize> {
        // What is thrown leaves the picture.
        let keeps = self.releases_s(performer).is_none();
        let held =
            |i: &usize| keeps && matches!(self.ties[*i], Some(Tie::Hand { of, .. }) if of == performer);
        let mut all: Vec<usize> = (0..self.ties.len()).filter(held).collect();
        all.extend(self.deals.iter().filter(|(who, _)| *who == performer).map(|(_, what)| what));
        if let Some(Tie::Seat { on, .. }) = self.ties[performer] {
            let large = self.performers[on].rest_bounds().size().max_element();
            if large < 3.5 * self.performers[performer].height_m() {
                all.push(on);
            }
        }
        all
    }

    /// The lamps of things: where, linear colour, reach in metres. `lit` is how far lamps are lit, 0..1.
    pub(crate) fn glows(&self, time_s: f64, lit: f32, ground: &dyn Ground) -> Vec<(Vec3, Vec3, f32)> {
        let mut all = self.gleams(time_s, ground);
        for (i, performer) in self.performers.iter().enumerate() {
            let Some(thing) = performer.thing().filter(|t| !t.glows.is_empty()) else { continue };
            let body = self.pose(i, time_s, ground).joints.first().copied().unwrap_or_default();
            for glow in &thing.glows {
                let burning = 1.0 - self.blown_out_s.map_or(0.0, |out| ramp(0.0, 0.6, (time_s - out) as f32));
                let strength = if glow.always { burning } else { lit } * self.shown(i, time_s);
                if strength > 0.02 {
                    let reach = glow.reach * performer.size();
                    all.push((body.transform_point3(glow.at), glow.light * strength, reach));
                }
            }
        }
        all
    }

    /// Sparks, drops and flakes that the cast throws up at a time. `wet` says that there is a surface to splash on.
    pub(crate) fn motes(&self, time_s: f64, wet: bool, ground: &dyn Ground) -> Vec<Mote> {
        let mut all = vec![];
        self.sparks(time_s, ground, &mut all);
        self.streams(time_s, ground, &mut all);
        for &i in &self.blowers {
            let root = self.root(i, time_s);
            let ahead = Vec3::new(root.heading.sin(), 0.0, root.heading.cos());
            motes::bubbles(self.face(i, time_s, ground) - Vec3::Y * 0.04, ahead, time_s, &mut all);
        }
        for (i, performer) in self.performers.iter().enumerate() {
            let clip = self.clip(i, time_s);
            let base = self.base_m(i, time_s, ground);
            let root = |t: f64| self.tracks[i].root(t);
            if performer.thing().is_some_and(|t| t.bursts) {
                let at = root(0.0).at;
                let from = Vec3::new(at.x, base, at.y);
                motes::fireworks(from, time_s, performer.phase(), performer.individual(), &mut all);
            } else if let (Clip::Jump, Some(leap), true) = (clip, performer.leap(), wet) {
                let phase = if performer.individual() == 0 { 0.0 } else { performer.phase() };
                motes::splashes(&leap, phase, time_s, base, &root, &mut all);
            } else if clip == Clip::Slide {
                motes::flakes(performer.height_m(), time_s, base, &root, &mut all);
            }
        }
        all
    }

    /// Whether anybody may throw up motes.
    pub(crate) fn has_motes(&self) -> bool {
        let throws = |i: usize| {
            let performer = &self.performers[i];
            performer.thing().is_some_and(|t| t.bursts)
                || self.tracks[i]
                    .legs
                    .iter()
                    .any(|leg| matches!(performer.able(leg.clip), Clip::Jump | Clip::Slide))
        };
        !self.changes.is_empty()
            || !self.blasts.is_empty()
            || !self.blowers.is_empty()
            || self.pours()
            || (0..self.performers.len()).any(throws)
    }

    /// How many performers are of the cast: those after them are things that beats only name.
    pub(crate) fn of_cast(&self) -> usize {
        self.named
    }

    /// Everyone, groups in the order of the cast, leaders first.
    pub fn performers(&self) -> &[Performer] {
        &self.performers
    }

    /// Members of the cast for which nothing can be shown.
    pub fn missing(&self) -> &[Id] {
        &self.missing
    }

    /// What a member is shown as, for notes.
    pub fn shown_as(cast: &Cast, member: &film::CastMember) -> Option<Kind> {
        cast.kind(member)
    }

    /// Where a performer's root is.
    pub fn root(&self, performer: usize, time_s: f64) -> Root {
        self.tracks[performer].root(time_s)
    }

    /// What a performer does.
    pub fn clip(&self, performer: usize, time_s: f64) -> Clip {
        let track = &self.tracks[performer];
        self.performers[performer].able(track.legs[track.index(time_s)].clip)
    }

    /// World-space joint matrices of a performer.
    pub fn pose(&self, performer: usize, time_s: f64, ground: &dyn Ground) -> Pose {
        let track = &self.tracks[performer];
        let i = track.index(time_s);
        let mut pose = self.pose_leg(performer, i, time_s, ground);
        let since = time_s - track.legs[i].from_s;
        if i > 0 && since < BLEND_S && track.legs[i - 1].clip != track.legs[i].clip {
            let before = self.pose_leg(performer, i - 1, time_s, ground);
            pose = blend(&before, &pose, smooth((since / BLEND_S) as f32));
        }
        self.swollen(performer, pose, time_s, ground)
    }

    fn pose_leg(&self, index: usize, leg: usize, time_s: f64, ground: &dyn Ground) -> Pose {
        let performer = &self.performers[index];
        let track = &self.tracks[index];
        let leg = &track.legs[leg];
        let root = |t: f64| track.root(t);
        let (raised, set_down);
        let mut act = Act {
            clip: leg.clip,
            time_s,
            since_s: self.since_s(index, leg, time_s),
            speed_mps: leg.speed_mps,
            // The first of several leaps first.
            phase: if leaps(performer, leg.clip) && performer.individual() == 0 {
                0.0
            } else {
                performer.phase()
            },
            gaze: self.gaze(index, leg, time_s),
            size: performer.size(),
            root: &root,
            ground,
            aboard: None,
            carry: self.carried_by(index, time_s),
            blown_out_s: self.blown_out_s,
        };
        if let Some(rail) = self.on_rails(index, ground) {
            raised = Raised { height_m: rail };
            act.ground = &raised;
        }
        if let (Some(at), Some(thing)) = (self.loose(index, time_s, ground), performer.thing()) {
            return thing.carried(at, &act);
        }
        match self.ties[index] {
            Some(Tie::Hand { of, .. }) => {
                let of = self.holder(index, time_s).unwrap_or(of);
                let body = self.performers[of].held_at(&self.pose(of, time_s, ground));
                let Some(thing) = performer.thing() else { return self.lifted(index, body, time_s) };
                let grip = thing.grip.as_ref().map_or(Vec3::ZERO, |g| g.at);
                let by_hand = self.performers[of].is_person();
                let at = if by_hand { Mat4::IDENTITY } else { Mat4::from_translation(-grip) };
                return thing.carried(body * at * Mat4::from_scale(Vec3::splat(performer.size())), &act);
            }
            Some(Tie::Seat { on, seat }) => {
                let pose = self.pose(on, time_s, ground);
                let way = travelled(&|t| self.tracks[on].root(t), time_s);
                act.aboard = self.performers[on].aboard(seat, &pose, way);
            }
            Some(Tie::Top { of }) => {
                set_down = Raised { height_m: self.top_m(of, time_s, ground) };
                act.ground = &set_down;
            }
            Some(Tie::Foot { .. } | Tie::Ahead { .. } | Tie::Behind { .. }) | None => {}
        }
        performer.pose(&act)
    }

    /// How long somebody has been at something. What is done once is done again when there is nothing that is gone then.
    fn since_s(&self, index: usize, leg: &Leg, time_s: f64) -> f32 {
        let since = (time_s - leg.from_s) as f32;
        let bound =
            |tie: &Option<Tie>| matches!(tie, Some(Tie::Hand { of, .. } | Tie::Foot { of }) if *of == index);
        let again = matches!(leg.clip, Clip::Throw | Clip::Kick) && !self.ties.iter().any(bound);
        if again { (since + self.performers[index].phase()).rem_euclid(2.6) } else { since }
    }

    /// The height of the rails that a thing goes on.
    fn on_rails(&self, index: usize, ground: &dyn Ground) -> Option<f32> {
        let goes = self.performers[index].thing().is_some_and(|t| t.on_rails);
        ground.rails_m().filter(|_| goes).map(|[_, top]| top)
    }

    /// Height in the world of the surface that things are put on.
    fn top_m(&self, index: usize, time_s: f64, ground: &dyn Ground) -> f32 {
        let performer = &self.performers[index];
        let top = performer.thing().and_then(|t| t.top_m).unwrap_or(0.0);
        self.base_m(index, time_s, ground) + top * performer.size()
    }

    /// Where a performer looks, relative to where it faces.
    fn gaze(&self, index: usize, leg: &Leg, time_s: f64) -> Gaze {
        let track = &self.tracks[index];
        let root = track.root(time_s);
        let t = time_s as f32;
        let phase = self.performers[index].phase();
        // A head turns as far as a neck allows, and not at once.
        let limit = if self.performers[index].is_person() { 1.15 } else { 0.9 };
        let eager = ramp(0.0, 0.8, (time_s - leg.from_s) as f32 + 0.3 - phase * 0.4);
        let towards = |at: Vec2| {
            let d = at - root.at;
            let yaw = (d.x.atan2(d.y) - root.heading + PI).rem_euclid(2.0 * PI) - PI;
            // What is behind is looked for over the nearer shoulder.
            Gaze { yaw: yaw.clamp(-limit, limit) * eager, pitch: 0.0 }
        };
        let camera = Vec2::new(0.0, 40.0);
        match leg.look {
            Look::Free => Gaze { yaw: 0.12 * drift(t * 0.8, phase * 7.0), pitch: 0.0 },
            Look::There | Look::Other => match leg.other.and_then(|m| self.leader(m)) {
                // What is in the hands is not looked at.
                Some(other) if other != index && !matches!(self.ties[other], Some(Tie::Hand { .. })) => {
                    let mut gaze = towards(self.tracks[other].root(time_s).at);
                    let eyes = |i: usize| self.performers[i].eye_height_m();
                    let distance = self.tracks[other].root(time_s).at.distance(root.at).max(0.5);
                    gaze.pitch = ((eyes(index) - eyes(other)) / distance).atan().clamp(-0.5, 0.6) * eager;
                    gaze
                }
                _ => towards(camera),
            },
            Look::Camera => towards(camera),
            Look::Up => Gaze { yaw: 0.1 * drift(t, phase), pitch: -0.55 * eager },
            Look::Down => Gaze { yaw: 0.0, pitch: 0.35 * eager },
            Look::Left => towards(root.at - Vec2::X),
            Look::Right => towards(root.at + Vec2::X),
            Look::Around => Gaze { yaw: limit * 0.8 * (t * 1.1 + phase * 6.0).sin(), pitch: 0.0 },
            Look::Back => Gaze { yaw: limit * eager, pitch: 0.0 },
            Look::Far => towards(root.at + Vec2::new(0.3, -1.0) * 100.0),
        }
    }

    /// The first individual of a member.
    pub(super) fn leader(&self, member: usize) -> Option<usize> {
        self.leaders.iter().find(|(m, _)| *m == member).map(|(_, first)| *first)
    }

    fn of<'a>(&'a self, who: Option<&'a Id>) -> impl Iterator<Item = usize> + 'a {
        let member = who.and_then(|id| self.members.iter().position(|m| m == id));
        (0..self.performers.len()).filter(move |i| member.is_none_or(|m| self.performers[*i].member() == m))
    }

    /// The box round one member's individuals, or round everyone, at a time. Empty if there is nobody.
    pub fn bounds(&self, time_s: f64, who: Option<&Id>, ground: &dyn Ground) -> Bounds {
        self.of(who).fold(Bounds::EMPTY, |all, i| all.union(self.performer_bounds(i, time_s, ground)))
    }

    /// The box round one performer at a time.
    pub fn performer_bounds(&self, performer: usize, time_s: f64, ground: &dyn Ground) -> Bounds {
        let p = &self.performers[performer];
        let mut rest = p.rest_bounds();
        if self.clip(performer, time_s) == Clip::Slide {
            // Lying, the middle over its root.
            let tall = rest.max.y;
            let thick = rest.size().z.max(0.5 * tall);
            (rest.min.y, rest.max.y) = (0.0, thick);
            (rest.min.z, rest.max.z) = (-0.5 * tall, 0.5 * tall);
        }
        if matches!(self.clip(performer, time_s), Clip::Crawl | Clip::Fall) && p.is_person() {
            // On all fours, or soon on the ground.
            let tall = rest.max.y;
            rest.max.y *= if self.clip(performer, time_s) == Clip::Crawl { 0.52 } else { 0.75 };
            (rest.min.z, rest.max.z) = (-0.4 * tall, 0.4 * tall);
        }
        let bound =
            matches!(self.ties[performer], Some(Tie::Hand { .. } | Tie::Foot { .. } | Tie::Seat { .. }));
        if bound || p.is_person() && self.clip(performer, time_s) == Clip::Sit {
            return self.bound_bounds(performer, time_s, ground);
        }
        let root = self.root(performer, time_s);
        let base = self.base_m(performer, time_s, ground);
        let mut bounds = Bounds::EMPTY;
        if let (Clip::Jump, Some(top)) = (self.clip(performer, time_s), p.leap_m()) {
            // All that it leaps through, so that the camera waits for it instead of nodding after it.
            let half = 0.35 * rest.size().z;
            let middle = Vec3::new(root.at.x, base, root.at.y);
            bounds.grow(middle + Vec3::new(half, top, half));
            bounds.grow(middle - Vec3::new(half, 0.02 * top, half));
            return bounds;
        }
        if p.thing().is_some_and(|t| t.bursts) {
            // What burns in the sky, not the tube on the ground.
            let middle = Vec3::new(root.at.x, base, root.at.y) + motes::SKY;
            bounds.grow(middle + motes::SKY_HALF);
            bounds.grow(middle - motes::SKY_HALF);
            return bounds;
        }
        for k in 0..8 {
            let pick = |bit: usize, low: f32, high: f32| if k >> bit & 1 == 0 { low } else { high };
            let corner = Vec3::new(
                pick(0, rest.min.x, rest.max.x),
                pick(1, rest.min.y, rest.max.y),
                pick(2, rest.min.z, rest.max.z),
            );
            let world = root.point(corner);
            bounds.grow(world + Vec3::Y * base);
        }
        bounds
    }

    /// The box round one who is carried by something else, or sits.
    fn bound_bounds(&self, performer: usize, time_s: f64, ground: &dyn Ground) -> Bounds {
        let p = &self.performers[performer];
        let pose = self.pose(performer, time_s, ground);
        let mut bounds = Bounds::EMPTY;
        if p.is_person() {
            // Who sits is as high as the eyes and somewhat wider than deep.
            let (eyes, joint) = p.eyes();
            let face = pose.joints.get(joint).map_or(Vec3::ZERO, |m| m.transform_point3(eyes));
            let tall = p.height_m();
            bounds.grow(face + Vec3::new(0.22, 0.09, 0.22) * tall);
            bounds.grow(face - Vec3::new(0.22, 0.62, 0.22) * tall);
            return bounds;
        }
        let (low, high) = (p.rest_bounds().min / p.size(), p.rest_bounds().max / p.size());
        for k in 0..8 {
            let pick = |bit: usize| if k >> bit & 1 == 0 { low[bit] } else { high[bit] };
            let corner = Vec3::new(pick(0), pick(1), pick(2));
            bounds.grow(pose.joints.first().map_or(Vec3::ZERO, |m| m.transform_point3(corner)));
        }
        bounds
    }

    /// Height of a performer's own origin in the world.
    pub(super) fn base_m(&self, performer: usize, time_s: f64, ground: &dyn Ground) -> f32 {
        let root = self.root(performer, time_s);
        if let Some(Tie::Top { of }) = self.ties[performer] {
            return self.top_m(of, time_s, ground);
        }
        if let Some(rail) = self.on_rails(performer, ground) {
            return rail;
        }
        if let Some(thing) = self.performers[performer].thing() {
            return thing.level_m(&root, self.performers[performer].size(), ground);
        }
        let height = ground.height_m(root.at.x, root.at.y);
        match self.clip(performer, time_s) {
            Clip::Swim => {
                ground.water_m().unwrap_or(height + 1.2 * self.performers[performer].height_m())
                    + root.altitude_m
            }
            Clip::Flap | Clip::Glide | Clip::Climb => height + root.altitude_m,
            Clip::Jump if self.performers[performer].leap_m().is_some() => {
                ground.water_m().unwrap_or(height + 1.2 * self.performers[performer].height_m())
            }
            _ => height,
        }
    }

    /// Between a performer's eyes, in the world.
    pub(crate) fn face(&self, performer: usize, time_s: f64, ground: &dyn Ground) -> Vec3 {
        let (eyes, joint) = self.performers[performer].eyes();
        let pose = self.pose(performer, time_s, ground);
        pose.joints.get(joint).map_or(Vec3::ZERO, |m| m.transform_point3(eyes))
    }
}

/// When flames are blown out: in the middle of the first beat in which somebody does.
fn blown_out(order: &ShotOrder, verbs: &Verbs) -> Option<f64> {
    let douses = |beat: &Beat| verbs.read(&beat.action, &beat.text).is_some_and(|doing| doing.douses);
    let (begins, ends, _) = slots(order).find(|(_, _, beat)| douses(beat))?;
    Some(begins + 0.45 * (ends - begins))
}

/// The first of each group that blows soap bubbles.
fn blowers(order: &ShotOrder, verbs: &Verbs, groups: &[Group]) -> Vec<usize> {
    let blows = |beat: &&Beat| verbs.read(&beat.action, &beat.text).is_some_and(|doing| doing.bubbles);
    let group = |id: &Id| groups.iter().find(|group| order.cast[group.member].id == *id);
    let who = order.shot.beats.iter().filter(blows).flat_map(|beat| &beat.who);
    who.filter_map(|id| group(id).map(|group| group.first)).collect()
}

/// Between two poses of one body, joint by joint.
fn blend(a: &Pose, b: &Pose, t: f32) -> Pose {
    let mix = |(a, b): (&Mat4, &Mat4)| {
        let (sa, ra, ta) = a.to_scale_rotation_translation();
        let (sb, rb, tb) = b.to_scale_rotation_translation();
        Mat4::from_scale_rotation_translation(sa.lerp(sb, t), Quat::slerp(ra, rb, t), ta.lerp(tb, t))
    };
    Pose { joints: a.joints.iter().zip(&b.joints).map(mix).collect() }
}
