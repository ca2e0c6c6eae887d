//! Tracks: the way that everyone goes in a shot, one leg per beat, in formation behind their leader.

use std::f32::consts::{FRAC_PI_2, PI};

use film::{Beat, CastMember, Facing, Id, Presence, ShotOrder, Side};
use glam::{Vec2, Vec3};

use super::change::{Change, stand_in};
use super::clip::{Clip, Ground, Root, smooth};
use super::ties::{self, Bonds, How, Near, Tie};
use super::verbs::{Doing, Look, Use, Verbs, Way};
use crate::cast::Performer;
use crate::cast::appearance::Chance;
use crate::cast::thing::Stands;

/// How far two who embrace stand apart, of the room that both take.
const TOUCH: f32 = 0.55;

/// How far two who shake hands stand apart, of the height of both.
const HANDS: f32 = 0.29;
/// How far before somebody that stands which they climb, of their height.
const GRIP: f32 = 0.19;
/// How far whoever climbs is turned from straight away, in radians: seen half from the side.
const CLIMBS_RAD: f32 = 0.6;
/// How high over the ground an animal hovers that hovers over nothing, in metres, and one that is chased at most flies.
const HOVER_M: f32 = 1.2;
/// Metres that somebody climbs in a second.
const CLIMB_MPS: f32 = 0.42;

/// A stretch of a track: one beat.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leg {
    /// Seconds since the shot began.
    pub(super) from_s: f64,
    pub(super) clip: Clip,
    pub(super) speed_mps: f32,
    pub(super) look: Look,
    /// What it acts with: performers of this member.
    pub(super) other: Option<usize>,
    pub(super) start: Vec2,
    pub(super) heading: f32,
    /// Radians per metre: 0 straight on.
    pub(super) curvature: f32,
    pub(super) altitude_m: f32,
    /// Metres per second, upwards.
    pub(super) climb: f32,
    /// How long it climbs, in seconds.
    pub(super) climbs_s: f32,
    /// How long it takes to come to a stop, in seconds; 0 where it does not.
    pub(super) halt_s: f32,
}

/// The path of one individual.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Track {
    pub(super) legs: Vec<Leg>,
}

impl Leg {
    pub(super) fn root(&self, time_s: f64) -> Root {
        let since = (time_s - self.from_s) as f32;
        let lost = since.clamp(0.0, self.halt_s);
        let braked = if self.halt_s > 0.0 {
            lost * lost / (2.0 * self.halt_s) + (since - self.halt_s).max(0.0)
        } else {
            0.0
        };
        let way = self.speed_mps * (since - braked);
        let altitude_m = self.altitude_m + self.climb * since.min(self.climbs_s);
        let forward = |heading: f32| Vec2::new(heading.sin(), heading.cos());
        if self.curvature.abs() < 1e-5 {
            return Root { at: self.start + forward(self.heading) * way, heading: self.heading, altitude_m };
        }
        let heading = self.heading + self.curvature * way;
        // The chord of an arc lies at the mean heading.
        let half = self.curvature * way * 0.5;
        let chord = half.sin() / (self.curvature * 0.5);
        Root { at: self.start + forward(self.heading + half) * chord, heading, altitude_m }
    }
}

impl Track {
    /// Turns a way that leads across a street to go along it, towards the camera or away.
    fn keep_to_the_street(&mut self, room_m: f32) {
        let reach = |leg: &Leg| leg.speed_mps * 4.0;
        if self.legs.iter().all(|leg| reach(leg) * leg.heading.sin().abs() < room_m) {
            return;
        }
        let side = self.legs[0].heading.sin().signum();
        for leg in &mut self.legs {
            leg.curvature = 0.0;
            leg.heading = if leg.heading.cos() < -0.3 { PI - 0.05 * side } else { 0.05 * side };
        }
    }

    /// Leads the way along rails: towards the camera or away, whatever it was.
    fn keep_to_rails(&mut self) {
        for leg in &mut self.legs {
            leg.curvature = 0.0;
            leg.heading = if leg.heading.cos() < -0.3 { PI } else { 0.0 };
        }
    }

    pub(super) fn shift(&mut self, way: Vec2) {
        self.legs.iter_mut().for_each(|leg| leg.start += way);
    }

    /// Turns the whole way about a point, counter-clockwise as seen from above.
    pub(super) fn turn(&mut self, about: Vec2, angle: f32) {
        let (sin, cos) = angle.sin_cos();
        for leg in &mut self.legs {
            let d = leg.start - about;
            leg.start = about + Vec2::new(d.x * cos + d.y * sin, d.y * cos - d.x * sin);
            leg.heading += angle;
        }
    }

    /// The leg at a time; the first before the beginning.
    pub(super) fn index(&self, time_s: f64) -> usize {
        self.legs.iter().rposition(|leg| leg.from_s <= time_s).unwrap_or(0)
    }

    pub(super) fn root(&self, time_s: f64) -> Root {
        let i = self.index(time_s);
        let leg = &self.legs[i];
        let mut root = leg.root(time_s);
        if i > 0 {
            // The body turns into a new direction over a moment instead of at once.
            let before = self.legs[i - 1].root(leg.from_s).heading;
            let turned = (root.heading - before + PI).rem_euclid(2.0 * PI) - PI;
            let k = smooth(((time_s - leg.from_s) / 0.9) as f32);
            root.heading -= turned * (1.0 - k);
        }
        root
    }
}

/// The numbers of a group before its individuals are placed.
pub(super) struct Group {
    pub(super) member: usize,
    pub(super) first: usize,
    pub(super) count: usize,
    /// Half width and half length of the largest.
    pub(super) half: Vec2,
}

/// Whether it is a swimmer that leaps out of the water.
pub(super) fn leaps(performer: &Performer, clip: Clip) -> bool {
    clip == Clip::Jump && performer.leap_m().is_some()
}

/// Slots behind a leader at the origin, in units of body half widths (x) and half lengths (−z): near enough to be
/// one herd, no two touching.
fn formation(count: usize, half: Vec2, chance: &mut Chance) -> Vec<Vec2> {
    let gap = Vec2::new(half.x * 2.0 + 0.35 + 0.35 * half.x, half.y * 2.0 + 0.3 + 0.25 * half.y);
    let mut slots: Vec<Vec2> = vec![Vec2::ZERO];
    if count == 2 {
        // Two go side by side, or the one would hide the other.
        let side = if chance.unit() < 0.5 { -1.0 } else { 1.0 };
        slots.push(Vec2::new(1.15 * side, -0.3) * gap);
        return slots;
    }
    let mut row = 1;
    while slots.len() < count {
        // Rows widen: 2, 3, 4 … staggered, so that the back rows show between the front ones.
        let places = row + 1;
        let mut columns: Vec<usize> = (0..places).collect();
        // The first to be filled are those nearest the middle, from alternating sides.
        let side = if chance.unit() < 0.5 { -1.0 } else { 1.0 };
        columns.sort_by(|a, b| {
            let off = |c: &usize| ((*c as f32 - row as f32 * 0.5) - 0.1 * side).abs();
            off(a).total_cmp(&off(b))
        });
        for column in columns {
            if slots.len() == count {
                break;
            }
            let x = (column as f32 - row as f32 * 0.5) * 1.35;
            let jitter = Vec2::new(chance.signed() * 0.22, chance.signed() * 0.28);
            let at = (Vec2::new(x, -(row as f32)) + jitter) * gap;
            slots.push(at);
        }
        row += 1;
    }
    separate(&mut slots, gap * 0.98);
    slots
}

/// Pushes slots apart until no two ellipses of the given diameters overlap; the leader stays.
fn separate(slots: &mut [Vec2], gap: Vec2) {
    for _ in 0..40 {
        let mut moved = false;
        for i in 0..slots.len() {
            for j in 0..i {
                let d = (slots[i] - slots[j]) / gap;
                let length = d.length();
                if length < 1.0 {
                    let out = if length > 1e-4 { d / length } else { Vec2::NEG_Y };
                    let push = out * (1.0 - length) * gap * 1.02;
                    slots[i] += push;
                    moved = true;
                }
            }
        }
        if !moved {
            break;
        }
    }
}

/// The beats of a shot with the seconds of it in which each begins and ends.
pub(super) fn slots(order: &ShotOrder) -> impl Iterator<Item = (f64, f64, &Beat)> {
    let count = order.shot.beats.iter().filter(|beat| !beat.simultaneous).count().max(1);
    let each = order.shot.seconds.get() / count as f64;
    let mut slot = 0usize;
    order.shot.beats.iter().enumerate().map(move |(i, beat)| {
        slot += usize::from(i > 0 && !beat.simultaneous);
        (each * slot as f64, each * (slot + 1) as f64, beat)
    })
}

/// The beats in which a member acts, with the time at which each begins.
fn beats_of<'a>(order: &'a ShotOrder, id: &Id) -> Vec<(f64, &'a Beat)> {
    slots(order)
        .filter(|(_, _, beat)| beat.who.contains(id))
        .map(|(begins, _, beat)| (begins, beat))
        .collect()
}

/// A group's leader track, from which the individuals' follow.
pub(super) fn block(
    order: &ShotOrder,
    verbs: &Verbs,
    performers: &[Performer],
    groups: &[Group],
    members: &[Id],
    bonds: &Bonds,
    ground: &dyn Ground,
) -> Vec<Track> {
    let seconds = order.shot.seconds.get();
    let mut tracks = vec![Track { legs: vec![] }; performers.len()];
    // Who comes of a change has the place of whoever changed.
    let has_place = |g: &Group| {
        bonds.ties[g.first].is_none() && !bonds.changes.iter().any(|change| change.brings(g.first))
    };
    let free: Vec<bool> = groups.iter().map(has_place).collect();
    let goes = |group: &Group| {
        beats_of(order, &members[group.member])
            .iter()
            .filter_map(|(_, beat)| verbs.read(&beat.action, &beat.text))
            .any(|doing| matches!(doing.way, Way::Cross | Way::CrossLeft | Way::CrossRight))
    };
    let goes: Vec<bool> = groups.iter().map(goes).collect();
    let homes = homes(order, performers, groups, members, &free, &bonds.near, &goes);
    for (n, group) in groups.iter().enumerate() {
        // Those who do something together go the same way.
        let own = &members[group.member];
        let shared = beats_of(order, own).into_iter().find(|(_, beat)| beat.who.len() > 1);
        let id = shared.and_then(|(_, beat)| beat.who.first()).unwrap_or(own);
        let mut chance = Chance::new(order.shot.seed.get(), id.as_str());
        let mut lead = lead_track(order, verbs, performers, groups, n, members, &homes, bonds, &mut chance);
        if let (Some(room), true) = (ground.narrow_m(), performers[group.first].thing().is_some()) {
            lead.keep_to_the_street(room);
        }
        if ground.rails_m().is_some() && performers[group.first].thing().is_some_and(|t| t.on_rails) {
            lead.keep_to_rails();
        }
        let slots = formation(group.count, group.half, &mut chance);
        for (k, slot) in slots.iter().enumerate() {
            tracks[group.first + k] = follow(&lead, *slot, &performers[group.first + k], &mut chance);
        }
        if is_stacked(&order.cast[group.member]) && performers[group.first].thing().is_some() {
            pile_up(&mut tracks[group.first..group.first + group.count], &performers[group.first]);
        }
        let taken = |near: &Near| near.to == n && matches!(near.how, How::Touch | How::Hands);
        if !bonds.near.iter().flatten().any(taken) {
            let apart = [2.0 * TOUCH * group.half.y, 2.0 * HANDS * performers[group.first].height_m()];
            pair_off(&mut tracks[group.first..group.first + group.count], apart);
        }
    }
    run_ahead(order, verbs, performers, groups, members, bonds, &mut tracks);
    // The action passes through the origin at the middle of the shot.
    if let Some(first) = groups.iter().zip(&free).find(|(_, free)| **free).map(|(group, _)| group) {
        let middle = tracks[first.first].root(seconds * 0.5).at;
        for track in &mut tracks {
            for leg in &mut track.legs {
                leg.start -= middle;
            }
        }
    }
    for group in groups {
        let afloat = |i: usize| performers[i].thing().filter(|t| t.stands() == Stands::Water);
        let Some(boat) = afloat(group.first) else { continue };
        let all = group.first..group.first + group.count;
        let path: Vec<Vec2> =
            all.clone().flat_map(|i| [0.0, 0.5, 1.0].map(|k| tracks[i].root(seconds * k).at)).collect();
        let way = ties::to_water(&path, group.half, boat.draught_m(), ground);
        tracks[all].iter_mut().for_each(|track| track.shift(way));
    }
    for group in groups {
        if let (Some([x, _]), true) =
            (ground.rails_m(), performers[group.first].thing().is_some_and(|t| t.on_rails))
        {
            for track in &mut tracks[group.first..group.first + group.count] {
                track.legs.iter_mut().for_each(|leg| leg.start.x = x);
            }
        }
    }
    stand_in(&bonds.changes, &mut tracks);
    carry_along(performers, &bonds.ties, &mut tracks);
    tracks
}

/// Puts those who are chased before those who chase them, on the same way and as fast.
fn run_ahead(
    order: &ShotOrder,
    verbs: &Verbs,
    performers: &[Performer],
    groups: &[Group],
    members: &[Id],
    bonds: &Bonds,
    tracks: &mut [Track],
) {
    let group = |id: &str| groups.iter().position(|group| members[group.member].as_str() == id);
    for beat in &order.shot.beats {
        let chases = verbs.read(&beat.action, &beat.text).is_some_and(|doing| doing.chases);
        let (Some(chaser), true) = (beat.who.first().and_then(|id| group(id.as_str())), chases) else {
            continue;
        };
        let acts = |id: &Id| order.shot.beats.iter().any(|beat| beat.who.contains(id));
        for chased in beat.what.iter().filter_map(|id| group(id)).filter(|n| *n != chaser) {
            let all = groups[chased].first..groups[chased].first + groups[chased].count;
            if acts(&members[groups[chased].member]) || bonds.ties[all.start].is_some() {
                continue;
            }
            // Nobody outruns their legs, and whoever is after them does not overtake them.
            let first = &performers[all.start];
            if first.thing().is_none() {
                let most = first.cycle(first.able(Clip::Run)).speed_mps * 1.1;
                let pack = groups[chaser].first..groups[chaser].first + groups[chaser].count;
                for leg in tracks[pack].iter_mut().flat_map(|track| &mut track.legs) {
                    leg.speed_mps = leg.speed_mps.min(most);
                }
            }
            let lead = tracks[groups[chaser].first].clone();
            let gap = groups[chaser].half.y + groups[chased].half.y;
            for (k, i) in all.enumerate() {
                let going = performers[i].going();
                let flies = matches!(going, Clip::Flap | Clip::Glide);
                let clip = if performers[i].thing().is_some() || flies {
                    going
                } else {
                    performers[i].able(Clip::Run)
                };
                let ahead = gap * 1.25 + 0.35 + k as f32 * 2.2 * groups[chased].half.y;
                // A car does not hide the one behind it.
                let beside = if performers[i].thing().is_some() { -3.2 } else { 0.25 };
                let aside = if k % 2 == 0 { beside } else { -0.9 } * groups[chased].half.x;
                tracks[i] = lead.clone();
                for leg in &mut tracks[i].legs {
                    let at = Root { at: leg.start, heading: leg.heading, altitude_m: 0.0 }
                        .point(Vec3::new(aside, 0.0, ahead));
                    leg.start = Vec2::new(at.x, at.z);
                    leg.clip = if leg.speed_mps > 0.0 { clip } else { leg.clip };
                    if matches!(leg.clip, Clip::Flap | Clip::Glide) {
                        leg.altitude_m =
                            (performers[i].flight_m().min(HOVER_M)) * (1.0 + 0.25 * (k % 3) as f32);
                    }
                }
            }
        }
    }
}

/// Whether the storyboard has several of a thing stand on each other.
fn is_stacked(member: &CastMember) -> bool {
    member.appearance_text("arranged").is_some_and(|how| how == "stack")
}

/// Puts things on top of each other: as many side by side as there are layers, or one more.
fn pile_up(tracks: &mut [Track], first: &Performer) {
    let wide = (tracks.len() as f32).sqrt().ceil() as usize;
    let (step, high) = (2.05 * first.footprint_m().0, first.rest_bounds().size().y);
    let (at, heading) = (tracks[0].legs[0].start, tracks[0].legs[0].heading);
    let across = Vec2::new(heading.cos(), -heading.sin());
    for (n, track) in tracks.iter_mut().enumerate() {
        let (layer, column) = (n / wide, n % wide);
        // Each layer is a little out of line with the one below.
        let x = (column as f32 - 0.5 * (wide - 1) as f32 + 0.12 * (layer % 2) as f32) * step;
        for leg in &mut track.legs {
            leg.start = at + across * x;
            leg.heading = heading + 0.10 * ((n * 7) % 5) as f32 - 0.20;
            leg.altitude_m = layer as f32 * high;
        }
    }
}

/// How far before somebody the middle of a thing is that they push, in metres.
fn pushed_ahead(performers: &[Performer], of: usize, thing: usize) -> f32 {
    performers[thing].footprint_m().1 + 0.22 * performers[of].height_m()
}

/// How far behind the first of those who pull it the middle of a thing is, in metres: behind the last of them, on its shafts.
fn pulled_behind(performers: &[Performer], starts: &[Vec2], of: usize, thing: usize, heading: f32) -> f32 {
    let forward = Vec2::new(heading.sin(), heading.cos());
    let team = (0..performers.len()).filter(|i| performers[*i].member() == performers[of].member());
    let last = team.map(|i| (starts[of] - starts[i]).dot(forward)).fold(0.0, f32::max);
    let shafts = if performers[of].is_person() { 0.35 } else { 0.25 * performers[of].height_m() };
    last + performers[of].footprint_m().1 + performers[thing].footprint_m().1 + shafts
}

/// Whoever is bound to something goes its way.
fn carry_along(performers: &[Performer], ties: &[Option<Tie>], tracks: &mut [Track]) {
    // A thing in a rider's hand goes with the rider, who goes with what is ridden: three rounds reach everybody.
    for _ in 0..3 {
        for i in 0..tracks.len() {
            let Some(tie) = ties[i] else { continue };
            let mut track = tracks[tie.to()].clone();
            let starts: Vec<Vec2> =
                tracks.iter().map(|track| track.legs.first().map_or(Vec2::ZERO, |leg| leg.start)).collect();
            if let Tie::Top { of } = tie {
                let (x, z) = performers[of].footprint_m();
                let nth = ties[..i].iter().filter(|t| **t == Some(tie)).count();
                let spot = ties::spot(nth, Vec2::new(x, z) * 0.5);
                for leg in &mut track.legs {
                    let place = Root { at: leg.start, heading: leg.heading, altitude_m: 0.0 }.point(spot);
                    leg.start = Vec2::new(place.x, place.z);
                }
            }
            if let Tie::Ahead { of } = tie {
                let way = pushed_ahead(performers, of, i);
                for leg in &mut track.legs {
                    let root = Root { at: leg.start, heading: leg.heading, altitude_m: 0.0 };
                    let place = root.point(Vec3::Z * way);
                    leg.start = Vec2::new(place.x, place.z);
                }
            }
            if let Tie::Behind { of } = tie {
                let way = pulled_behind(performers, &starts, of, i, track.legs[0].heading);
                for leg in &mut track.legs {
                    let root = Root { at: leg.start, heading: leg.heading, altitude_m: 0.0 };
                    let place = root.point(Vec3::NEG_Z * way);
                    leg.start = Vec2::new(place.x, place.z);
                }
            }
            if !matches!(tie, Tie::Hand { .. }) {
                // It keeps what it does and looks at.
                let own = &tracks[i].legs;
                for leg in &mut track.legs {
                    let at = own.iter().rposition(|l| l.from_s <= leg.from_s).unwrap_or(0);
                    if let Some(own) = own.get(at) {
                        (leg.look, leg.other) = (own.look, own.other);
                        let keeps = matches!(tie, Tie::Top { .. }) || own.clip.is_of_hands();
                        leg.clip = if keeps { own.clip } else { Clip::Sit };
                    }
                }
            }
            tracks[i] = track;
        }
    }
}

/// Plays the marks that were set by hand into the tracks, and says how far each performer was moved.
pub(super) fn set_on_marks(
    order: &ShotOrder,
    groups: &[Group],
    ties: &[Option<Tie>],
    changes: &[Change],
    tracks: &mut [Track],
) -> Vec<Vec2> {
    let mut moved = vec![Vec2::ZERO; tracks.len()];
    // Who is bound to something moves with it, and moving a rider moves what is ridden. So does who comes of another.
    let source = |at: usize| changes.iter().find(|change| change.brings(at)).map_or(at, Change::source);
    let base = |i: usize| (0..3).fold(i, |at, _| ties[at].map_or_else(|| source(at), Tie::to));
    for mark in &order.shot.blocking {
        let Some(group) = groups.iter().find(|group| order.cast[group.member].id == mark.who) else {
            continue;
        };
        let all = group.first..group.first + group.count;
        let whom = match mark.individual {
            None => all,
            Some(n) if (1..=group.count).contains(&(n as usize)) => {
                let one = group.first + n as usize - 1;
                one..one + 1
            }
            // A crowd is shown smaller than it counts.
            Some(_) => continue,
        };
        let way = Vec2::new(mark.right_m.get() as f32, mark.forward_m.get() as f32);
        let angle = (mark.turn_deg.get() as f32).to_radians();
        let about = tracks[base(whom.start)].legs[0].start;
        let mut bases: Vec<usize> = whom.map(base).collect();
        bases.dedup();
        for i in 0..tracks.len() {
            if bases.contains(&base(i)) {
                moved[i] += way;
                if angle != 0.0 {
                    tracks[i].turn(about, angle);
                }
            }
        }
    }
    for (track, way) in tracks.iter_mut().zip(&moved) {
        if *way != Vec2::ZERO {
            track.shift(*way);
        }
    }
    moved
}

/// What the storyboard says of a member's place in the frame, as the shot begins.
fn presence<'a>(order: &'a ShotOrder, id: &Id) -> Option<&'a Presence> {
    order.shot.continuity.iter().find(|presence| presence.who == *id)
}

/// Where the groups stand before they move, side by side: in the middle the first and who belongs there, on either hand of it
/// those of that side; who has none stands alternately right and left. The picture's right is +x.
fn homes(
    order: &ShotOrder,
    performers: &[Performer],
    groups: &[Group],
    members: &[Id],
    free: &[bool],
    near: &[Option<Near>],
    goes: &[bool],
) -> Vec<Vec2> {
    let width = |g: &Group| g.half.x * 2.0 * (1.0 + ((g.count as f32).sqrt() - 1.0) * 0.7);
    let side_of = |group: &Group| presence(order, &members[group.member]).map(|presence| presence.side);
    let central = groups.iter().zip(free).position(|(g, free)| *free && side_of(g) == Some(Side::Center));
    let middle = central.or_else(|| free.iter().position(|free| *free)).unwrap_or(0);
    let is_hung = |g: &Group| performers[g.first].thing().is_some_and(|t| t.stands() == Stands::Hung);
    let mut reach = [0.0f32; 2];
    let mut homes = vec![Vec2::ZERO; groups.len()];
    // Who is carried needs no place.
    let mut turns: Vec<usize> = (0..groups.len()).filter(|n| free[*n]).collect();
    let mut near = near.to_vec();
    // The middle is where it is; what it was placed by is placed by it.
    if let Some(Near { to, how }) = near.get_mut(middle).and_then(Option::take) {
        near[to].get_or_insert(Near { to: middle, how: how.reverse() });
    }
    turns.sort_by_key(|n| (*n != middle, near[*n].is_some()));
    for (k, n) in turns.into_iter().enumerate() {
        let group = &groups[n];
        let half = width(group) * 0.5;
        if k == 0 {
            reach = [half, half];
            continue;
        }
        if let Some(Near { to, how }) = near[n] {
            let at = homes[to];
            let right = at.x >= 0.0;
            let (own, other) = (group.half, groups[to].half);
            let away = match how {
                // Within reach, a little before whoever deals with it, so that both are seen.
                How::Reach => {
                    let (gap, forward) = if is_hung(group) { (0.04, 0.06) } else { (-0.10, 0.3) };
                    let x = other.x + gap + half;
                    Vec2::new(x, forward * x)
                }
                How::Touch => Vec2::new(TOUCH * (own.y + other.y), 0.0),
                How::Hands => {
                    let tall = |g: usize| performers[groups[g].first].height_m();
                    Vec2::new(HANDS * (tall(n) + tall(to)), 0.0)
                }
                How::Grip => {
                    let reach = GRIP * performers[groups[to].first].height_m() + (own.y - 0.25).max(0.0);
                    homes[n] = at - Vec2::from(CLIMBS_RAD.sin_cos()) * reach;
                    continue;
                }
                How::Under => Vec2::new(0.0, 0.1 * other.y),
                How::Behind => Vec2::new(0.9 * other.x, -(own.y + other.y + 0.25)),
                How::Before => Vec2::new(0.9 * other.x, own.y + other.y + 0.25),
                How::Beside => Vec2::new(other.x + own.x + 0.2, 0.1 * other.y),
            };
            homes[n] = at + Vec2::new(if right { away.x } else { -away.x }, away.y);
            let side = &mut reach[usize::from(right)];
            *side = side.max(homes[n].x.abs() + half);
            continue;
        }
        let gap = if performers[group.first].is_person() { 0.35 } else { 0.6 };
        // Who stands against one of a side goes to the other.
        let right = match (side_of(group), side_of(&groups[middle])) {
            (Some(Side::Right), _) | (Some(Side::Center) | None, Some(Side::Left)) => true,
            (Some(Side::Left), _) | (Some(Side::Center) | None, Some(Side::Right)) => false,
            _ => k % 2 == 1,
        };
        let x = reach[usize::from(right)] + gap + half;
        reach[usize::from(right)] = x + half;
        // Who passes by does so behind whoever stays.
        let passes = goes[n] && !goes[middle];
        let behind = groups[middle].half.max_element() + group.half.max_element() + 0.6;
        homes[n] = Vec2::new(if right { x } else { -x }, if passes { -behind } else { -0.15 * x });
    }
    homes
}

#[expect(clippy::too_many_arguments, reason = "one function's inputs, all borrowed from the caller")]
fn lead_track(
    order: &ShotOrder,
    verbs: &Verbs,
    performers: &[Performer],
    groups: &[Group],
    index: usize,
    members: &[Id],
    homes: &[Vec2],
    bonds: &Bonds,
    chance: &mut Chance,
) -> Track {
    let (group, home) = (&groups[index], homes[index]);
    let leader = &performers[group.first];
    let id = &members[group.member];
    let mut beats = beats_of(order, id);
    let driver = bonds.driven[index];
    if let (true, Some(driver)) = (beats.is_empty(), driver) {
        beats = beats_of(order, &members[groups[driver].member]);
    }
    let grips = |near: &Option<Near>, to: usize| near.is_some_and(|n| n.how == How::Grip && n.to == to);
    let climbed = bonds.near.iter().position(|near| grips(near, index));
    let is_climbed = bonds.near[index].is_some_and(|near| near.how == How::Grip);
    let pushes = bonds.ties.contains(&Some(Tie::Ahead { of: group.first }));
    let pulls = bonds.ties.contains(&Some(Tie::Behind { of: group.first }));
    let is_seated = matches!(bonds.ties[group.first], Some(Tie::Seat { .. }));
    // Screen direction comes from the storyboard, or else by chance.
    let first = beats.iter().find(|(_, beat)| beat.who.len() > 1).and_then(|(_, beat)| beat.who.first());
    let group_of = |id: &Id| groups.iter().find(|group| members[group.member] == *id);
    let by_person = first.and_then(group_of).map_or(leader, |group| &performers[group.first]).is_person();
    let facing = driver
        .and_then(|driver| presence(order, &members[groups[driver].member]))
        .or_else(|| presence(order, first.unwrap_or(id)))
        .map(|presence| presence.facing);
    let hand = match facing {
        Some(Facing::Left) => Some(-1.0),
        Some(Facing::Right) => Some(1.0),
        Some(Facing::Camera | Facing::Away) | None => None,
    };
    let turn = chance.signed();
    let turn = hand.map_or(turn, |hand| turn.abs() * hand);
    let crossing = hand.unwrap_or(if order.shot.seed.get().is_multiple_of(2) { 1.0 } else { -1.0 });
    // Someone with whom another acts turns towards the actor.
    let partner = order.shot.beats.iter().find_map(|b| {
        let named = b.what.iter().any(|w| w == id.as_str()) && !b.who.contains(id);
        named.then(|| b.who.first()).flatten()
    });
    let member_of = |id: &Id| members.iter().position(|m| m == id);
    let other_of = |beat: &Beat| {
        let mut others = beat.what.iter().filter(|w| *w != id.as_str());
        let what = others.find_map(|w| members.iter().position(|m| m.as_str() == w));
        what.or_else(|| beat.who.iter().filter(|w| *w != id).find_map(member_of))
    };
    let slots = order.shot.beats.iter().filter(|b| !b.simultaneous).count().max(1);
    let brake_s = (order.shot.seconds.get() / slots as f64 * 0.85) as f32;
    let mut legs: Vec<Leg> = vec![];
    let is_told = beats.iter().any(|(_, beat)| !matches!(beat.action.as_str(), "" | "be"));
    let listed: Vec<(f64, Doing, Option<usize>, &[Id])> = if beats.is_empty() {
        vec![(
            0.0,
            Doing { look: if partner.is_some() { Look::Other } else { Look::Free }, ..Doing::IDLE },
            partner.and_then(member_of),
            &[],
        )]
    } else {
        let mut last = Doing::IDLE;
        beats
            .iter()
            .map(|(from, beat)| {
                // An unknown verb goes on with what was done before.
                let shown = beat.shown_as.as_deref().and_then(|verb| verbs.read(verb, &beat.text));
                let doing = verbs.read(&beat.action, &beat.text).or(shown);
                last = doing.unwrap_or(Doing { look: Look::Free, ..last });
                (*from, last, other_of(beat), &beat.who[..])
            })
            .collect()
    };
    for (from_s, doing, other, who) in listed {
        let asked = if leader.is_person() { doing.clip } else { doing.animal };
        // What bears a rider stands when the rider sits.
        let bears = driver.is_some() && leader.thing().is_none();
        let asked = asked.filter(|clip| !bears || clip.travels()).or(bears.then_some(Clip::Stand));
        let mut clip = leader.able(asked.unwrap_or_else(|| leader.going()));
        // A fish or a bird in the air is always on its way.
        let mut way = doing.way;
        let leaping = leaps(leader, clip);
        let on_its_way = matches!(clip, Clip::Flap | Clip::Glide | Clip::Swim) && clip == leader.going();
        if way == Way::Stay && (on_its_way || leaping) {
            way = Way::Cross;
        }
        if clip == Clip::Stand && way != Way::Stay {
            clip = leader.able(leader.going());
        }
        if clip == Clip::Push && pushes {
            (clip, way) = (leader.going(), if doing.way == Way::Stay { Way::Cross } else { doing.way });
        }
        if doing.pulls && pulls {
            (clip, way) = (leader.going(), if doing.way == Way::Stay { Way::Cross } else { doing.way });
        }
        if clip == Clip::Climb {
            match climbed {
                Some(_) => way = Way::Stay,
                // A hill is walked up.
                None => clip = leader.going(),
            }
        }
        // There is nothing to sit on.
        if clip == Clip::Sit && doing.with != Use::On && leader.is_person() && !is_seated {
            clip = Clip::Handle;
        }
        if bears && way == Way::Stay {
            way = doing.thing.unwrap_or(way);
        }
        if let Some(thing) = leader.thing() {
            way = if thing.travels() { doing.thing.unwrap_or(doing.way) } else { Way::Stay };
            let goes = !matches!(way, Way::Stay | Way::Rise | Way::Land);
            clip = if goes { leader.going() } else { Clip::Stand };
        }
        let travels = clip.travels() || matches!(clip, Clip::Trot | Clip::Run) || leaping;
        let stays = way == Way::Stay || !travels;
        let speed =
            if stays { 0.0 } else { together_mps(who, &doing, clip, leader, groups, performers, members) };
        let speed = speed * doing.pace;
        let previous = legs.last().map(|leg: &Leg| leg.root(from_s));
        let start = previous.map_or(home, |root| root.at);
        let facing_other = other
            .and_then(|m| groups.iter().position(|g| g.member == m))
            .filter(|g| groups[*g].member != group.member)
            .map(|g| match bonds.ties[groups[g].first] {
                // What is in the hands is dealt with over what is within reach.
                Some(Tie::Hand { .. }) => {
                    let near =
                        |near: &Option<Near>| near.is_some_and(|n| n.to == index && n.how == How::Reach);
                    bonds.near.iter().position(near).unwrap_or(g)
                }
                // What stands on a table is where the table is.
                Some(Tie::Top { of }) => {
                    groups.iter().position(|on| (on.first..on.first + on.count).contains(&of)).unwrap_or(g)
                }
                _ => g,
            });
        // Towards the camera, but past it: a body is best seen half from the side.
        let approach =
            turn.signum() * if by_person { 0.12 + 0.16 * turn.abs() } else { 0.40 + 0.22 * turn.abs() };
        let heading = match way {
            Way::Approach => approach,
            Way::Leave => PI + 0.25 * turn,
            Way::Cross => crossing * (FRAC_PI_2 - 0.22),
            Way::CrossLeft => -(FRAC_PI_2 - 0.22),
            Way::CrossRight => FRAC_PI_2 - 0.22,
            Way::Circle => FRAC_PI_2,
            Way::Stay if is_climbed => CLIMBS_RAD,
            Way::Stay if clip == Clip::Climb => PI + CLIMBS_RAD,
            Way::Stay | Way::Rise | Way::Land => match (facing_other, previous) {
                // Two who deal with each other stand half turned to the camera.
                (Some(g), _) if faces(bonds, g, index) => {
                    let d = homes[g] - home;
                    d.x.atan2(d.y)
                }
                (Some(g), _) => 1.05 * (homes[g].x - home.x).signum(),
                (None, Some(root)) => root.heading,
                (None, None) => {
                    let quarter = if leader.is_person() { 0.30 } else { 0.75 };
                    // Fire is seen from the side, and does not burn the camera.
                    if clip == Clip::Breathe {
                        1.15_f32.copysign(turn)
                    } else if matches!(clip, Clip::Lie | Clip::Fall) && leader.is_person()
                        || matches!(clip, Clip::Graze | Clip::Eat) && !leader.is_person()
                    {
                        // Who lies is not seen from the soles, nor who feeds from the top of the head.
                        1.25_f32.copysign(turn)
                    } else if facing == Some(Facing::Away) {
                        PI + 0.25 * turn
                    } else if doing.look == Look::Camera || facing == Some(Facing::Camera) {
                        0.25 * turn
                    } else {
                        turn.signum() * (quarter * (0.6 + 0.4 * turn.abs()))
                    }
                }
            },
        };
        let radius = (leader.footprint_m().1 * 5.0).max(3.0);
        let curvature = if way == Way::Circle { 1.0 / radius } else { 0.0 };
        let size = leader.height_m();
        let mut altitude_m = match clip {
            // Who hovers does so before something, or where one sees it.
            Clip::Flap if doing.pace == 0.0 => {
                let over = facing_other.map(|g| performers[groups[g].first].rest_bounds().max.y + 0.1);
                over.unwrap_or(HOVER_M).min(leader.flight_m())
            }
            Clip::Flap | Clip::Glide => leader.flight_m(),
            Clip::Swim => -0.35 * size,
            _ => 0.0,
        };
        let (mut climb, mut climbs_s) = (0.0, f32::INFINITY);
        if let (Clip::Climb, Some(object)) = (clip, climbed) {
            // As high as there is something to hold on to.
            let top = performers[groups[object].first].rest_bounds().max.y - 1.05 * size;
            altitude_m = 0.12 * size;
            climb = CLIMB_MPS * doing.pace;
            climbs_s = ((top - altitude_m) / climb).max(0.0);
        }
        if let Some(thing) = leader.thing() {
            let flies = thing.stands() == Stands::Air;
            // What is said to stand or wait is on the ground; what is only named is in the air where it belongs.
            let parked = way == Way::Stay && is_told && doing.clip == Some(Clip::Stand);
            altitude_m = if flies && !parked { thing.flight_m() * leader.size() } else { 0.0 };
            let long = (order.shot.seconds.get() as f32).max(1.0);
            match way {
                Way::Rise => {
                    altitude_m = 0.0;
                    climb = (leader.cycle(Clip::Walk).speed_mps * 0.5).max(1.0) * doing.pace;
                }
                Way::Land => climb = -altitude_m / (long * 0.7),
                _ => {}
            }
        }
        legs.push(Leg {
            from_s,
            clip,
            speed_mps: speed,
            look: doing.look,
            other,
            start,
            heading,
            curvature,
            altitude_m: previous.map_or(altitude_m, |root| {
                if altitude_m == 0.0 && climb == 0.0 { 0.0 } else { root.altitude_m.max(altitude_m) }
            }),
            climb,
            climbs_s,
            halt_s: if doing.halts && leader.thing().is_some() { brake_s } else { 0.0 },
        });
    }
    Track { legs }
}

/// How fast those go who do something together, in metres a second: as fast as the slowest of them on legs.
fn together_mps(
    who: &[Id],
    doing: &Doing,
    clip: Clip,
    leader: &Performer,
    groups: &[Group],
    performers: &[Performer],
    members: &[Id],
) -> f32 {
    let own = leader.cycle(clip).speed_mps;
    if who.len() < 2 || leader.thing().is_some() {
        return own;
    }
    let others = groups.iter().filter(|group| who.contains(&members[group.member]));
    let speed = |group: &Group| {
        let one = &performers[group.first];
        let asked = if one.is_person() { doing.clip } else { doing.animal };
        let clip = one.able(asked.unwrap_or_else(|| one.going()));
        (one.thing().is_none() && clip.travels()).then(|| one.cycle(clip).speed_mps)
    };
    // Nobody creeps along for a snail.
    others.filter_map(speed).filter(|speed| *speed > 0.3 * own).fold(own, f32::min)
}

/// Those of a group who embrace nobody else do so two by two, and so do those who shake hands or fight; `apart` is how far the
/// two stand from each other, in metres.
fn pair_off(tracks: &mut [Track], [embraced, at_arms_length]: [f32; 2]) {
    for pair in tracks.chunks_exact_mut(2) {
        let [one, other] = pair else { continue };
        let apart = one.legs.iter().find_map(|leg| match leg.clip {
            Clip::Hug | Clip::Kiss => Some(embraced),
            Clip::Shake | Clip::Punch => Some(at_arms_length),
            _ => None,
        });
        if let Some(apart) = apart {
            for (leg, with) in one.legs.iter_mut().zip(&mut other.legs) {
                leg.heading = FRAC_PI_2;
                with.start = leg.start + Vec2::X * apart;
                with.heading = -FRAC_PI_2;
            }
        }
    }
}

/// Whether a group turns straight to another: what is within its reach, whom it touches.
fn faces(bonds: &Bonds, other: usize, one: usize) -> bool {
    let reach = |near: Near| near.to == one && matches!(near.how, How::Reach | How::Touch | How::Hands);
    let touch = |near: Near| near.to == other && matches!(near.how, How::Touch | How::Hands);
    bonds.near[other].is_some_and(reach) || bonds.near[one].is_some_and(touch)
}

/// An individual's track beside its leader's. All walk in parallel at one speed, so nobody runs into anybody.
fn follow(lead: &Track, slot: Vec2, performer: &Performer, chance: &mut Chance) -> Track {
    let leads = performer.individual() == 0;
    let sway = if leads { 0.0 } else { chance.signed() };
    let flying = if leads { 0.0 } else { chance.signed() };
    let legs = lead
        .legs
        .iter()
        .map(|leg| {
            let place = Root { at: leg.start, heading: lead.legs[0].heading, altitude_m: 0.0 };
            let start = place.point(Vec3::new(slot.x, 0.0, slot.y));
            // Who stands looks about; who walks keeps the direction.
            let turn = if leg.speed_mps == 0.0 { 0.7 * sway } else { 0.0 };
            let high = matches!(leg.clip, Clip::Flap | Clip::Glide | Clip::Swim);
            let scatter = if high { flying * leg.altitude_m.abs() * 0.35 } else { 0.0 };
            Leg {
                start: Vec2::new(start.x, start.z),
                heading: leg.heading + turn,
                altitude_m: leg.altitude_m + scatter,
                ..leg.clone()
            }
        })
        .collect();
    Track { legs }
}
