//! Small pictures of every shot: kept as JPEG in memory, and made ahead of the hand that will ask for them.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use engine::{Engine, PreviewOutcome, PreviewRequest};
use film::{Frame, Id};

use super::model::{Event, View};
use super::views::{Print, ShotView, preview_order};
use super::{Shared, poster};

/// How long after the last touch all of the film is filled in; later only what lies around the playhead.
const LIVELY: Duration = Duration::from_secs(30);
/// The longest that one picture may take: the first of a place on a slow machine builds its landscape.
const PATIENCE: Duration = Duration::from_mins(2);
/// Pictures that are planned at a time.
const BATCH: usize = 24;
/// Frames ahead of a running playhead.
const AHEAD: u32 = 48;
/// A gesture whose last step is older has ended.
const GESTURE: Duration = Duration::from_secs(3);
/// How soon after the picture of a step the next step comes.
const NEXT_STEP: Duration = Duration::from_millis(300);
/// Failures that are remembered, so that nobody waits for what cannot be made.
const FAILURES: usize = 64;

/// Which picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) print: Print,
    pub(super) view: View,
    pub(super) height: u32,
    pub(super) frame: u32,
}

type Row = (Print, View, u32);

impl Key {
    fn row(self) -> Row {
        (self.print, self.view, self.height)
    }
}

/// A picture that somebody wants.
#[derive(Debug, Clone)]
pub(super) struct Want {
    pub(super) shot: Arc<ShotView>,
    pub(super) view: View,
    pub(super) height: u32,
    pub(super) frame: u32,
}

impl Want {
    pub(super) fn key(&self) -> Key {
        Key { print: self.shot.print, view: self.view, height: self.height, frame: self.frame }
    }
}

/// The pictures that were used last, as many as fit.
#[derive(Default)]
struct Cache {
    pictures: HashMap<Key, (Arc<[u8]>, u64)>,
    by_age: BTreeMap<u64, Key>,
    rows: HashMap<Row, BTreeSet<u32>>,
    bytes: u64,
    limit: u64,
    clock: u64,
}

impl Cache {
    fn get(&mut self, key: Key) -> Option<Arc<[u8]>> {
        let (jpeg, age) = self.pictures.get_mut(&key)?;
        self.clock += 1;
        self.by_age.remove(age);
        *age = self.clock;
        self.by_age.insert(self.clock, key);
        Some(jpeg.clone())
    }

    fn put(&mut self, key: Key, jpeg: Arc<[u8]>) {
        self.remove(key);
        self.clock += 1;
        self.bytes += jpeg.len() as u64;
        self.by_age.insert(self.clock, key);
        self.rows.entry(key.row()).or_default().insert(key.frame);
        self.pictures.insert(key, (jpeg, self.clock));
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.bytes > self.limit
            && let Some((_, oldest)) = self.by_age.first_key_value()
        {
            self.remove(*oldest);
        }
    }

    fn remove(&mut self, key: Key) {
        let Some((jpeg, age)) = self.pictures.remove(&key) else { return };
        self.bytes -= jpeg.len() as u64;
        self.by_age.remove(&age);
        if let Some(row) = self.rows.get_mut(&key.row()) {
            row.remove(&key.frame);
            if row.is_empty() {
                self.rows.remove(&key.row());
            }
        }
    }

    fn nearest(&self, key: Key) -> Option<Key> {
        let row = self.rows.get(&key.row())?;
        let before = row.range(..=key.frame).next_back();
        let after = row.range(key.frame..).next();
        let nearest = [before, after].into_iter().flatten().min_by_key(|frame| frame.abs_diff(key.frame))?;
        Some(Key { frame: *nearest, ..key })
    }

    fn ranges(&self, row: &Row) -> Vec<[u32; 2]> {
        let mut ranges: Vec<[u32; 2]> = Vec::new();
        for &frame in self.rows.get(row).into_iter().flatten() {
            match ranges.last_mut() {
                Some(last) if last[1] == frame => last[1] = frame + 1,
                _ => ranges.push([frame, frame + 1]),
            }
        }
        ranges
    }

    fn is_nearly_full(&self) -> bool {
        self.bytes > self.limit / 10 * 9
    }
}

#[derive(Default)]
struct Desk {
    cache: Cache,
    wants: Vec<Want>,
    failed: VecDeque<(Key, String)>,
    /// Goes up whenever something else may be worth making.
    version: u64,
    outcome: Option<(u64, PreviewOutcome)>,
    /// Until then nothing is made ahead.
    quiet: Option<Instant>,
    /// When the last step of a gesture was heard of.
    step: Option<Instant>,
    closing: bool,
}

impl Desk {
    /// How long nothing is to be made ahead.
    fn rest(&self) -> Option<Duration> {
        self.quiet?.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero())
    }
}

#[derive(Default)]
pub(super) struct Previews {
    desk: Mutex<Desk>,
    /// For the thread: there is something to do, or to stop.
    work: Condvar,
    /// For those who wait for a picture.
    arrived: Condvar,
}

/// Where the user looks.
#[derive(Debug, Clone)]
pub(super) struct Playhead {
    pub(super) shot: Option<Id>,
    pub(super) frame: u32,
    pub(super) playing: bool,
    pub(super) touched: Instant,
}

impl Default for Playhead {
    fn default() -> Self {
        Self { shot: None, frame: 0, playing: false, touched: Instant::now() }
    }
}

/// What the thread needs to know of the session.
pub(super) struct Outlook {
    pub(super) engine: Arc<Engine>,
    pub(super) shots: Vec<Arc<ShotView>>,
    /// Shots whose picture comes from a take.
    pub(super) taken: BTreeSet<Id>,
    pub(super) playhead: Playhead,
    /// A film is being rendered: nothing is made ahead.
    pub(super) busy: bool,
    pub(super) height: u32,
}

impl Previews {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_limit(&self, bytes: u64) {
        let mut desk = self.desk();
        desk.cache.limit = bytes;
        desk.cache.shrink();
    }

    /// Forgets all pictures. What is looked at is made again.
    pub(super) fn clear(&self) {
        let mut desk = self.desk();
        let limit = desk.cache.limit;
        desk.cache = Cache { limit, clock: desk.cache.clock, ..Cache::default() };
        drop(desk);
        self.stir();
    }

    pub(super) fn bytes(&self) -> u64 {
        self.desk().cache.bytes
    }

    /// Something changed: plan anew.
    pub(super) fn stir(&self) {
        self.desk().version += 1;
        self.work.notify_all();
    }

    /// Makes nothing ahead for so long.
    pub(super) fn hush(&self, time: Duration) {
        let mut desk = self.desk();
        let now = Instant::now();
        (desk.quiet, desk.step) = (Some(now + time), Some(now));
    }

    pub(super) fn close(&self) {
        self.desk().closing = true;
        self.work.notify_all();
        self.arrived.notify_all();
    }

    /// Hears what came of the request.
    pub(super) fn deliver(&self, id: u64, outcome: PreviewOutcome) {
        self.desk().outcome = Some((id, outcome));
        self.work.notify_all();
    }

    pub(super) fn ranges(&self, shot: &ShotView, height: u32) -> Vec<[u32; 2]> {
        self.desk().cache.ranges(&(shot.print, View::Picture, height))
    }

    pub(super) fn get(&self, key: Key) -> Option<Arc<[u8]>> {
        self.desk().cache.get(key)
    }

    pub(super) fn put(&self, key: Key, jpeg: Arc<[u8]>) {
        self.desk().cache.put(key, jpeg);
    }

    /// The nearest picture of the shot that is there.
    pub(super) fn nearest(&self, key: Key) -> Option<(u32, Arc<[u8]>)> {
        let mut desk = self.desk();
        let key = desk.cache.nearest(key)?;
        Some((key.frame, desk.cache.get(key)?))
    }

    /// Has a picture made before all others, without waiting for it.
    pub(super) fn want(&self, want: Want) {
        let mut desk = self.desk();
        let key = want.key();
        desk.wants.retain(|other| other.key() != key);
        // Whoever scrubs fast leaves frames behind that nobody looks at any more.
        if desk.wants.len() >= 8 {
            desk.wants.remove(0);
        }
        desk.wants.push(want);
        drop(desk);
        self.work.notify_all();
    }

    /// Has a picture made before all others, and waits for it. The error is the renderer's.
    pub(super) fn wait(&self, want: &Want, limit: Duration) -> Result<Option<Arc<[u8]>>, String> {
        let (key, deadline) = (want.key(), Instant::now() + limit);
        self.desk().failed.retain(|(failed, _)| *failed != key);
        self.want(want.clone());
        let mut desk = self.desk();
        loop {
            if let Some(jpeg) = desk.cache.get(key) {
                return Ok(Some(jpeg));
            }
            if let Some((_, why)) = desk.failed.iter().find(|(failed, _)| *failed == key) {
                return Err(why.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || desk.closing {
                return Ok(None);
            }
            desk = self.arrived.wait_timeout(desk, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Nothing that is wanted will come.
    pub(super) fn give_up(&self, why: &str) {
        let wants = std::mem::take(&mut self.desk().wants);
        for want in wants {
            self.fail(want.key(), why.to_owned());
        }
    }

    fn fail(&self, key: Key, why: String) {
        let mut desk = self.desk();
        desk.failed.push_back((key, why));
        if desk.failed.len() > FAILURES {
            desk.failed.pop_front();
        }
        drop(desk);
        self.arrived.notify_all();
    }
}

/// The thread: makes what is wanted, then what may be wanted next, and sleeps when there is nothing.
pub(super) fn run(shared: &Shared) {
    let previews = &shared.previews;
    let mut planned: VecDeque<Want> = VecDeque::new();
    let mut planned_for = 0;
    let mut number = 0;
    loop {
        let version = {
            let desk = previews.desk();
            if desk.closing {
                return;
            }
            desk.version
        };
        if version != planned_for {
            planned.clear();
        }
        // Read after the version: what changes in between is seen at the next turn.
        let outlook = shared.outlook();
        let task = outlook.as_ref().and_then(|outlook| {
            let mut desk = previews.desk();
            if let Some(want) = desk.wants.pop() {
                return Some(want);
            }
            if outlook.busy || desk.rest().is_some() {
                return None;
            }
            if planned.is_empty() {
                planned = plan(outlook, &desk);
                planned_for = version;
            }
            planned.pop_front()
        });
        let (Some(outlook), Some(want)) = (&outlook, task) else {
            // Nothing can be made before there is an engine, whatever is wanted.
            let can = outlook.is_some();
            // It must not be kept from closing while we sleep.
            drop(outlook);
            let desk = previews.desk();
            let idle =
                |desk: &mut Desk| desk.version == version && (!can || desk.wants.is_empty()) && !desk.closing;
            if let Some(rest) = desk.rest() {
                drop(previews.work.wait_timeout_while(desk, rest, idle));
            } else {
                drop(previews.work.wait_while(desk, idle).unwrap_or_else(PoisonError::into_inner));
            }
            continue;
        };
        if previews.desk().cache.pictures.contains_key(&want.key()) {
            previews.arrived.notify_all();
            continue;
        }
        number += 1;
        make(shared, outlook, &want, number);
        // Where a picture takes longer than a step rests, the next step is on its way by now.
        let mut desk = previews.desk();
        if desk.step.is_some_and(|step| step.elapsed() < GESTURE) {
            desk.quiet = desk.quiet.max(Some(Instant::now() + NEXT_STEP));
        }
    }
}

/// Has the engine render one picture, and keeps it.
fn make(shared: &Shared, outlook: &Outlook, want: &Want, number: u64) {
    let previews = &shared.previews;
    let request = PreviewRequest {
        id: number,
        order: preview_order(&want.shot.order, want.height),
        renderer: want.shot.renderer.clone(),
        frame: want.frame,
    };
    previews.desk().outcome = None;
    if let Err(error) = outlook.engine.preview(request) {
        previews.fail(want.key(), error.to_string());
        return;
    }
    let deadline = Instant::now() + PATIENCE;
    let outcome = loop {
        let mut desk = previews.desk();
        if let Some((id, outcome)) = desk.outcome.take()
            && id == number
        {
            break outcome;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let closing = desk.closing;
        // Looks up from time to time: an engine that is closed delivers nothing more. Nothing is held meanwhile, since the
        // session's lock comes before this one.
        drop(previews.work.wait_timeout(desk, left.min(Duration::from_millis(500))));
        if left.is_zero() || closing || !shared.has_engine(&outlook.engine) {
            previews.fail(want.key(), "the renderer did not answer".into());
            return;
        }
    };
    match outcome {
        PreviewOutcome::Ready(frame) => keep(shared, outlook, want, &frame),
        PreviewOutcome::Stale => previews.fail(want.key(), "another picture was wanted first".into()),
        PreviewOutcome::Failed(failure) => previews.fail(want.key(), failure.message),
    }
}

fn keep(shared: &Shared, outlook: &Outlook, want: &Want, frame: &Frame) {
    let previews = &shared.previews;
    let mut views = vec![View::Picture];
    if want.view != View::Picture {
        views.push(want.view);
    }
    for view in views {
        let key = Key { view, ..want.key() };
        match shown(frame, view).and_then(|frame| {
            media::encode_jpeg(frame.as_ref(), want.height).map_err(|error| error.to_string())
        }) {
            Ok(jpeg) => {
                let jpeg: Arc<[u8]> = jpeg.into();
                let first = outlook.shots.first().is_some_and(|shot| shot.print == want.shot.print);
                if first && view == View::Picture && want.frame == want.shot.frames / 2 {
                    poster::offer(shared, &jpeg);
                }
                previews.put(key, jpeg);
            }
            Err(why) => previews.fail(key, why),
        }
    }
    previews.arrived.notify_all();
    let known = outlook.shots.iter().any(|shot| shot.print == want.shot.print);
    if known && want.height == outlook.height {
        let ranges = previews.ranges(&want.shot, want.height);
        shared.events.push(Event::Previews { shot: want.shot.id.clone(), ranges });
    }
}

/// The picture of a view of the frame.
fn shown(frame: &Frame, view: View) -> Result<std::borrow::Cow<'_, Frame>, String> {
    use std::borrow::Cow;
    let picture = |rgba| Cow::Owned(Frame { rgba, depth: None, mask: None, ..*frame });
    match view {
        View::Picture => Ok(Cow::Borrowed(frame)),
        View::Depth => {
            let depth = frame.depth.as_ref().ok_or("this renderer knows no depth")?;
            Ok(picture(depth.iter().flat_map(|&metres| grey(metres)).collect()))
        }
        View::Mask => {
            let mask = frame.mask.as_ref().ok_or("this renderer knows no masks")?;
            let colours: Vec<[u8; 4]> = (0..=255).map(colour).collect();
            Ok(picture(mask.iter().flat_map(|&owner| colours[owner as usize]).collect()))
        }
    }
}

/// White at the lens, black from 400 m on; in steps of ratio, since near things are what one looks at.
fn grey(metres: f32) -> [u8; 4] {
    let near = 1.0 - (metres.max(0.0) + 1.0).ln() / 401_f32.ln();
    let code = (near.clamp(0.0, 1.0) * 255.0) as u8;
    [code, code, code, 255]
}

/// A colour for each owner, far from those of its neighbours: the golden angle around the circle.
fn colour(owner: u8) -> [u8; 4] {
    if owner == 0 {
        return [28, 28, 32, 255];
    }
    let hue = (f32::from(owner) * 0.618_034).fract() * 6.0;
    let channel = |shift: f32| {
        let k = (hue + shift) % 6.0;
        let v = 0.92 - 0.6 * k.min(4.0 - k).clamp(0.0, 1.0);
        (v * 255.0) as u8
    };
    [channel(5.0), channel(3.0), channel(1.0), 255]
}

/// What to make next: the running playhead's frames, a picture of every shot, then ever finer steps, nearest first.
fn plan(outlook: &Outlook, desk: &Desk) -> VecDeque<Want> {
    let Outlook { shots, playhead, height, .. } = outlook;
    let here = playhead.shot.as_ref().and_then(|id| shots.iter().position(|s| &s.id == id)).unwrap_or(0);
    let mut near: Vec<usize> = (0..shots.len()).filter(|&k| !outlook.taken.contains(&shots[k].id)).collect();
    near.sort_by_key(|&k| (k.abs_diff(here), k < here));
    let mut found = VecDeque::new();
    let mut seen: BTreeSet<(usize, u32)> = BTreeSet::new();
    let mut offer = |k: usize, frame: u32| -> bool {
        let want = Want { shot: shots[k].clone(), view: View::Picture, height: *height, frame };
        let key = want.key();
        let hopeless = desk.failed.iter().any(|(failed, _)| failed.row() == key.row());
        if !hopeless && !desk.cache.pictures.contains_key(&key) && seen.insert((k, frame)) {
            found.push_back(want);
        }
        found.len() < BATCH
    };
    if playhead.playing {
        let mut left = AHEAD;
        let mut first = playhead.frame;
        for (k, shot) in shots.iter().enumerate().skip(here) {
            let last = shot.frames.min(first.saturating_add(left));
            if !outlook.taken.contains(&shot.id) {
                for frame in (first..last).step_by(2) {
                    if !offer(k, frame) {
                        return found;
                    }
                }
            }
            left = left.saturating_sub(last.saturating_sub(first));
            if left == 0 {
                break;
            }
            first = 0;
        }
    }
    for &k in &near {
        if !offer(k, shots[k].frames / 2) {
            return found;
        }
    }
    if desk.cache.is_nearly_full() {
        return found;
    }
    let around: Vec<usize> = near.iter().copied().filter(|k| k.abs_diff(here) <= 1).collect();
    let lively = playhead.touched.elapsed() < LIVELY;
    let passes = [(&near, 8, true), (&around, 4, true), (&around, 2, true), (&around, 1, true)];
    let finer = [(&near, 4, lively), (&near, 2, lively), (&near, 1, lively)];
    for (which, step, wanted) in passes.into_iter().chain(finer) {
        for &k in which.iter().filter(|_| wanted) {
            for frame in (0..shots[k].frames).step_by(step) {
                if !offer(k, frame) {
                    return found;
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(frame: u32) -> Key {
        Key { print: [0; 16], view: View::Picture, height: 360, frame }
    }

    #[test]
    fn the_cache_keeps_what_was_used_last_and_finds_the_nearest() {
        let mut cache = Cache { limit: 30, ..Cache::default() };
        for frame in [0, 1, 4] {
            cache.put(key(frame), vec![0; 10].into());
        }
        assert!(cache.get(key(0)).is_some());
        cache.put(key(9), vec![0; 10].into());
        assert_eq!(cache.ranges(&key(0).row()), [[0, 1], [4, 5], [9, 10]]);
        assert_eq!(cache.nearest(key(6)).map(|k| k.frame), Some(4));
        assert_eq!(cache.nearest(key(100)).map(|k| k.frame), Some(9));
        assert_eq!(cache.bytes, 30);
        cache.limit = 0;
        cache.shrink();
        assert!(cache.pictures.is_empty() && cache.rows.is_empty() && cache.by_age.is_empty());
    }

    #[test]
    fn owners_have_colours_of_their_own_and_depth_grows_dark() {
        let colours: BTreeSet<_> = (0..=32).map(colour).collect();
        assert_eq!(colours.len(), 33);
        assert!(grey(0.0)[0] == 255 && grey(3.0)[0] > grey(30.0)[0] && grey(f32::INFINITY)[0] == 0);
    }
}
