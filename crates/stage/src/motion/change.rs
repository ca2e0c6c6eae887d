//! Those of the cast who turn into others, or go up in fire: when, in whose place, and how much of each is seen.

use std::ops::Range;

use film::ShotOrder;
use glam::{Mat4, Vec3};

use super::blocking::Ensemble;
use super::clip::{Ground, ramp};
use super::motes::{self, Mote};
use super::tracks::{Group, Track, slots};
use super::verbs::Verbs;
use crate::cast::{Bounds, Pose};

/// How long a change takes, in seconds, where the beat is long enough.
const CHANGE_S: f64 = 2.0;
/// The part of a beat that passes before it begins.
const BEFORE: f64 = 0.3;
/// The linear colour of its light.
const LIGHT: Vec3 = Vec3::new(1.0, 0.72, 0.34);

/// How long what explodes is still seen, in seconds, and how long its fire and smoke are.
const BLAST_S: f32 = 0.22;
const CLOUD_S: f32 = 5.0;
/// The linear colour of its flash.
const FLASH: Vec3 = Vec3::new(1.0, 0.52, 0.18);

/// A group that goes up in fire.
#[derive(Clone, Debug)]
pub(super) struct Blast {
    of: Range<usize>,
    /// Seconds of the shot.
    at_s: f64,
}

/// The explosions of a shot, in order.
pub(super) fn blasts(order: &ShotOrder, verbs: &Verbs, groups: &[Group]) -> Vec<Blast> {
    let blast = |(begins, ends, beat): (f64, f64, &film::Beat)| {
        verbs.read(&beat.action, &beat.text).filter(|doing| doing.explodes)?;
        let group = groups.iter().find(|group| beat.who.contains(&order.cast[group.member].id))?;
        // They are there for a while before.
        let at_s = begins + (0.35 * (ends - begins)).min(1.6);
        Some(Blast { of: group.first..group.first + group.count, at_s })
    };
    slots(order).filter_map(blast).collect()
}

/// A group that turns into another.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The performers that are seen before.
    from: Range<usize>,
    /// And those that are seen after.
    to: Range<usize>,
    /// Seconds of the shot.
    begins_s: f64,
    /// Seconds.
    lasts_s: f64,
}

impl Change {
    /// How far it has come at a time, 0..1.
    fn progress(&self, time_s: f64) -> f32 {
        ((time_s - self.begins_s) / self.lasts_s).clamp(0.0, 1.0) as f32
    }

    fn ends_s(&self) -> f64 {
        self.begins_s + self.lasts_s
    }

    /// The first of those who are seen before.
    pub(super) fn source(&self) -> usize {
        self.from.start
    }

    /// Whether a performer is one of those who are seen after.
    pub(super) fn brings(&self, performer: usize) -> bool {
        self.to.contains(&performer)
    }

    fn is_of(&self, performer: usize) -> bool {
        self.from.contains(&performer) || self.to.contains(&performer)
    }
}

/// The changes of a shot, in order.
pub(super) fn changes(order: &ShotOrder, groups: &[Group]) -> Vec<Change> {
    let range = |id: &film::Id| {
        let group = groups.iter().find(|group| order.cast[group.member].id == *id)?;
        Some(group.first..group.first + group.count)
    };
    let change = |(begins, ends, beat): (f64, f64, &film::Beat)| {
        let (from, to) = (range(beat.who.first()?)?, range(beat.becomes.as_ref()?)?);
        let lasts_s = CHANGE_S.min((ends - begins) * 0.6).max(0.1);
        let begins_s = begins + BEFORE * (ends - begins - lasts_s).max(0.0);
        (from != to).then_some(Change { from, to, begins_s, lasts_s })
    };
    slots(order).filter_map(change).collect()
}

/// Puts everyone who comes of a change where the one was who changed.
pub(super) fn stand_in(changes: &[Change], tracks: &mut [Track]) {
    for change in changes {
        let before = tracks[change.from.start].root(change.ends_s());
        let after = tracks[change.to.start].root(change.ends_s());
        for track in &mut tracks[change.to.clone()] {
            track.shift(before.at - after.at);
            for leg in track.legs.iter_mut().filter(|leg| leg.speed_mps == 0.0) {
                leg.heading += before.heading - after.heading;
            }
        }
    }
}

impl Ensemble {
    /// The change that a performer is in, or was in last, or will be in first.
    fn change_of(&self, performer: usize, time_s: f64) -> Option<&Change> {
        let mut own = self.changes.iter().filter(|change| change.is_of(performer));
        own.clone().rfind(|change| change.begins_s <= time_s).or_else(|| own.next())
    }

    /// How much of a performer is seen at a time, 0..1: less than all only of those who turn into others, and of what they hold.
    pub(crate) fn shown(&self, performer: usize, time_s: f64) -> f32 {
        // What a rider holds goes with the rider, who goes with what is ridden.
        let base = (0..3).fold(performer, |at, _| match self.ties[at] {
            Some(tie) if self.change_of(at, time_s).is_none() => tie.to(),
            _ => at,
        });
        if let Some(blast) = self.blasts.iter().find(|blast| blast.of.contains(&base)) {
            return 1.0 - ramp(0.0, BLAST_S, (time_s - blast.at_s) as f32);
        }
        let Some(change) = self.change_of(base, time_s) else { return 1.0 };
        let k = change.progress(time_s);
        if change.brings(base) { ramp(0.30, 0.85, k) } else { 1.0 - ramp(0.15, 0.70, k) }
    }

    /// Whether a performer explodes in the shot.
    pub(crate) fn explodes(&self, performer: usize) -> bool {
        self.blasts.iter().any(|blast| blast.of.contains(&performer))
    }

    /// How many times as large as itself a performer is at a time: both grow or shrink towards each other's size.
    fn swells(&self, performer: usize, time_s: f64) -> f32 {
        let Some(change) = self.change_of(performer, time_s) else { return 1.0 };
        let height = |of: &Range<usize>| self.performers[of.start].height_m().max(0.02);
        let ratio = (height(&change.to) / height(&change.from)).clamp(0.2, 5.0);
        let k = ramp(0.0, 1.0, change.progress(time_s));
        if change.brings(performer) { ratio.powf(k - 1.0) } else { ratio.powf(k) }
    }

    /// A pose in the middle of a change.
    pub(super) fn swollen(&self, performer: usize, pose: Pose, time_s: f64, ground: &dyn Ground) -> Pose {
        let swells = self.swells(performer, time_s);
        if (swells - 1.0).abs() < 1e-4 {
            return pose;
        }
        let at = self.root(performer, time_s).at;
        let foot = Vec3::new(at.x, self.base_m(performer, time_s, ground), at.y);
        let about = Mat4::from_translation(foot)
            * Mat4::from_scale(Vec3::splat(swells))
            * Mat4::from_translation(-foot);
        Pose { joints: pose.joints.into_iter().map(|joint| about * joint).collect() }
    }

    /// Who is seen in a performer's place in the course of its changes: before, after, and how far from one to the other.
    pub(crate) fn in_place_of(&self, performer: usize, time_s: f64) -> Option<(usize, usize, f32)> {
        let change = self.change_of(performer, time_s)?;
        Some((change.from.start, change.to.start, ramp(0.0, 1.0, change.progress(time_s))))
    }

    /// The sparks of the changes that are under way.
    pub(super) fn sparks(&self, time_s: f64, ground: &dyn Ground, all: &mut Vec<Mote>) {
        for change in &self.changes {
            let k = change.progress(time_s);
            if k > 0.0 && k < 1.0 {
                let bounds = self.midway(change, k, time_s, ground);
                motes::swirl(bounds.min, bounds.max, time_s - change.begins_s, k, all);
            }
        }
        for (blast, since) in self.blasts.iter().map(|blast| (blast, (time_s - blast.at_s) as f32)) {
            if since > 0.0 && since < CLOUD_S {
                for i in blast.of.clone() {
                    let bounds = self.performer_bounds(i, time_s, ground);
                    motes::fireball(bounds.centre(), bounds.size().length(), since, CLOUD_S, i as u32, all);
                }
            }
        }
    }

    /// The light of the changes that are under way: where, linear colour, reach in metres.
    pub(super) fn gleams(&self, time_s: f64, ground: &dyn Ground) -> Vec<(Vec3, Vec3, f32)> {
        let gleam = |change: &Change| {
            let k = change.progress(time_s);
            let strength = (std::f32::consts::PI * k).sin().max(0.0);
            (strength > 0.02).then(|| {
                let bounds = self.midway(change, k, time_s, ground);
                let high = bounds.size().y;
                let before = Vec3::new(0.0, 0.1 * high, 0.8 * bounds.size().max_element());
                (bounds.centre() + before, LIGHT * (2.2 * strength), (high * 2.5).clamp(0.6, 8.0))
            })
        };
        let flash = |blast: &Blast| {
            let since = (time_s - blast.at_s) as f32;
            let strength = ramp(0.0, 0.06, since) * (-1.9 * since.max(0.0)).exp();
            (strength > 0.02).then(|| {
                let bounds = self.performer_bounds(blast.of.start, time_s, ground);
                let size = bounds.size().length();
                (
                    bounds.centre() + Vec3::Y * 0.3 * size,
                    FLASH * (3.5 * strength),
                    (5.0 * size).clamp(2.0, 40.0),
                )
            })
        };
        self.changes.iter().filter_map(gleam).chain(self.blasts.iter().filter_map(flash)).collect()
    }

    /// The box between those of the two who change.
    fn midway(&self, change: &Change, k: f32, time_s: f64, ground: &dyn Ground) -> Bounds {
        let [a, b] = [&change.from, &change.to].map(|of| self.performer_bounds(of.start, time_s, ground));
        a.towards(b, ramp(0.0, 1.0, k))
    }
}
