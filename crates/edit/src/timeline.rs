use film::{Id, Storyboard, TransitionKind};

use crate::titles::Title;

/// The shots of a film on its frames.
///
/// The film has `round(total seconds x fps)` frames (more only when a shot would get none), and every shot begins at the
/// frame nearest to its time, so that rounding never adds up.
///
/// # Transitions
/// A transition belongs to the shot that it leads into and does not change when that shot begins.
///
/// - *Dissolve* and *wipe* of `d` frames begin with the shot: its first `d` frames are mixed with the `d` frames that
///   follow the end of the shot before. That shot is rendered `d` frames longer: its *handle*.
/// - *Fade* and *fade-white* of `d` frames take half from each side of the cut: the shot before goes out in its last `d / 2`
///   frames, this one comes in with its first. They need no handle. At the beginning of the film the whole `d` frames come
///   in, and a dissolve or wipe does so too, from black: there is nothing before.
/// - The storyboard's `transition_out` takes the last frames of the last shot out, always into a colour.
/// - A transition is cut down to what both shots can bear, so that never more than two are on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    fps: u32,
    entries: Vec<Entry>,
    /// Frames in which the film goes out at its end, and whether to white.
    ending: Option<(u32, bool)>,
}

/// One shot on the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The shot.
    pub shot: Id,
    /// The film's frame in which it begins.
    pub start: u32,
    /// Frames until the next shot begins, at least 1.
    pub length: u32,
    /// How it begins.
    pub join: Join,
    /// Frames past its length that the next shot's transition needs.
    pub handle: u32,
    /// The words that it bears.
    pub title: Option<Title>,
}

/// How a shot begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// At once.
    Cut,
    /// Mixed with the shot before over the first `frames`.
    Dissolve {
        /// Its length, 1 or more.
        frames: u32,
    },
    /// An edge moves from left to right over the first `frames`; the shot before is seen to the right of it.
    Wipe {
        /// Its length, 1 or more.
        frames: u32,
    },
    /// The shot before goes to one colour in its last `out` frames, this one comes out of it in its first `into` frames.
    Fade {
        /// Frames of the shot before; 0 at the beginning of the film.
        out: u32,
        /// Frames of this shot.
        into: u32,
        /// Whether the colour is white rather than black.
        white: bool,
    },
}

impl Join {
    /// Frames of the shot that the join changes.
    fn busy(self) -> u32 {
        match self {
            Self::Cut => 0,
            Self::Dissolve { frames } | Self::Wipe { frames } => frames,
            Self::Fade { into, .. } => into,
        }
    }
}

/// A frame of a shot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// Which of [`Timeline::entries`].
    pub entry: usize,
    /// The frame in the shot, from 0; past the entry's length in a handle.
    pub frame: u32,
}

/// What is on the screen in one frame of the film. Amounts go from 0 to 1 and count light.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Picture {
    /// One shot.
    One(Layer),
    /// One shot that comes out of a colour or goes into it.
    Faded {
        /// The shot.
        layer: Layer,
        /// How much of it is seen.
        amount: f32,
        /// Whether the colour is white rather than black.
        white: bool,
    },
    /// Two shots mixed.
    Mixed {
        /// The shot before.
        from: Layer,
        /// This shot.
        to: Layer,
        /// How much of this shot is seen.
        amount: f32,
    },
    /// Two shots side by side.
    Wiped {
        /// The shot before, to the right of the edge.
        from: Layer,
        /// This shot, to the left of it.
        to: Layer,
        /// Where the edge stands: 0 at the left border, 1 at the right.
        amount: f32,
    },
}

impl Timeline {
    /// Lays out the shots of `board`.
    pub fn new(board: &Storyboard) -> Self {
        let fps = board.format.fps.get();
        let mut seconds = 0.0;
        let mut start = 0_u32;
        let mut entries: Vec<Entry> = Vec::new();
        for (_, shot) in board.shots() {
            seconds += shot.seconds.get();
            // A sum of decimals may fall a hair short of the half frame that it means.
            let end = ((seconds * f64::from(fps) + 1e-6).round() as u32).max(start + 1);
            let wanted = (shot.transition_in.seconds * f64::from(fps)).round().max(0.0) as u32;
            entries.push(Entry {
                shot: shot.id.clone(),
                start,
                length: end - start,
                join: Join::Cut,
                handle: 0,
                title: Title::of(shot),
            });
            join(&mut entries, shot.transition_in.kind, wanted);
            start = end;
        }
        let ending = entries.last().and_then(|last: &Entry| {
            let kind = board.transition_out.kind;
            let wanted = (board.transition_out.seconds * f64::from(fps)).round().max(0.0) as u32;
            let frames = wanted.min(last.length - last.join.busy());
            (kind != TransitionKind::Cut && frames > 0).then_some((frames, kind == TransitionKind::FadeWhite))
        });
        Self { fps, entries, ending }
    }

    /// Frames in which the film fades out at its end; 0 when it ends at once.
    pub fn ending_frames(&self) -> u32 {
        self.ending.map_or(0, |(frames, _)| frames)
    }

    /// Frames of the whole film.
    pub fn frames(&self) -> u32 {
        self.entries.last().map_or(0, |last| last.start + last.length)
    }

    /// Frames a second.
    pub fn fps(&self) -> u32 {
        self.fps
    }

    /// The length of the film.
    pub fn duration_secs(&self) -> f64 {
        f64::from(self.frames()) / f64::from(self.fps)
    }

    /// The shots in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many frames of `shot`, from 0, have to be rendered: its length and its handle. `None` for a shot that is not in
    /// the film.
    pub fn frames_needed(&self, shot: &Id) -> Option<u32> {
        self.entries.iter().find(|entry| &entry.shot == shot).map(|entry| entry.length + entry.handle)
    }

    /// The title over frame `index` of the film, and how much of it is seen, 0 to 1. It comes in when its shot has the
    /// screen for itself, and is gone when the shot ends; both take half a second, or a quarter of the shot.
    pub fn title(&self, index: u32) -> Option<(&Title, f32)> {
        let at = self.entries.partition_point(|entry| entry.start <= index).checked_sub(1)?;
        let entry = &self.entries[at];
        let title = entry.title.as_ref()?;
        let busy = match entry.join {
            Join::Dissolve { frames } | Join::Wipe { frames } => frames,
            Join::Cut | Join::Fade { .. } => 0,
        };
        let frame = index - entry.start;
        let (since, left) = (frame.checked_sub(busy)?, entry.length.checked_sub(frame)?);
        let ramp = (self.fps / 2).min((entry.length - busy) / 4).max(1) as f32;
        let seen = ((since as f32 + 0.5) / ramp).min((left as f32 - 0.5) / ramp);
        (left > 0).then_some((title, seen.clamp(0.0, 1.0)))
    }

    /// What is on the screen in frame `index` of the film; `None` past its end.
    pub fn picture(&self, index: u32) -> Option<Picture> {
        let at = self.entries.partition_point(|entry| entry.start <= index).checked_sub(1)?;
        let entry = &self.entries[at];
        let frame = index - entry.start;
        if frame >= entry.length {
            return None;
        }
        let layer = Layer { entry: at, frame };
        // The amount of frame k of n is (k + 1/2) / n: the first frame shows already a little, the last not yet all.
        let part = |k: u32, n: u32| (k as f32 + 0.5) / n as f32;
        let before = |at: usize| Layer { entry: at - 1, frame: self.entries[at - 1].length + frame };
        match entry.join {
            Join::Dissolve { frames } if frame < frames => {
                return Some(Picture::Mixed { from: before(at), to: layer, amount: part(frame, frames) });
            }
            Join::Wipe { frames } if frame < frames => {
                return Some(Picture::Wiped { from: before(at), to: layer, amount: part(frame, frames) });
            }
            Join::Fade { into, white, .. } if frame < into => {
                return Some(Picture::Faded { layer, amount: part(frame, into), white });
            }
            _ => (),
        }
        let going = match self.entries.get(at + 1) {
            Some(Entry { join: Join::Fade { out, white, .. }, .. }) => Some((*out, *white)),
            Some(_) => None,
            None => self.ending,
        };
        if let Some((out, white)) = going
            && frame + out >= entry.length
        {
            return Some(Picture::Faded { layer, amount: part(entry.length - 1 - frame, out), white });
        }
        Some(Picture::One(layer))
    }
}

/// Gives the last entry its join, of at most `wanted` frames.
fn join(entries: &mut [Entry], kind: TransitionKind, wanted: u32) {
    let Some((this, earlier)) = entries.split_last_mut() else { return };
    let frames = wanted.min(this.length);
    if kind == TransitionKind::Cut || frames == 0 {
        return;
    }
    let white = kind == TransitionKind::FadeWhite;
    let Some(before) = earlier.last_mut() else {
        this.join = Join::Fade { out: 0, into: frames, white };
        return;
    };
    match kind {
        TransitionKind::Dissolve => {
            this.join = Join::Dissolve { frames };
            before.handle = frames;
        }
        TransitionKind::Wipe => {
            this.join = Join::Wipe { frames };
            before.handle = frames;
        }
        TransitionKind::Fade | TransitionKind::FadeWhite | TransitionKind::Cut => {
            let out = (wanted / 2).min(before.length - before.join.busy());
            let into = wanted.div_ceil(2).min(this.length);
            this.join = Join::Fade { out, into, white };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use film::{Fps, Seconds, Shot};
    use proptest::prelude::*;

    fn board(fps: u32, shots: &[(f64, TransitionKind, f64)]) -> Storyboard {
        let mut board = Storyboard::example();
        board.format.fps = Fps::new(fps).unwrap();
        let model = board.scenes[0].shots[0].clone();
        board.scenes[0].shots = shots
            .iter()
            .enumerate()
            .map(|(n, &(seconds, kind, transition))| {
                let mut shot = Shot { id: Id::new(format!("s1-{n:03}")).unwrap(), ..model.clone() };
                shot.seconds = Seconds::new(seconds).unwrap();
                shot.transition_in.kind = kind;
                shot.transition_in.seconds = transition;
                shot
            })
            .collect();
        board
    }

    #[test]
    fn the_film_fades_out_when_asked() {
        let mut board = board(10, &[(1.0, TransitionKind::Cut, 0.0)]);
        assert_eq!(Timeline::new(&board).ending_frames(), 0);
        board.transition_out.kind = TransitionKind::Fade;
        board.transition_out.seconds = 0.4;
        let timeline = Timeline::new(&board);
        assert_eq!((timeline.frames(), timeline.ending_frames()), (10, 4));
        assert!(matches!(timeline.picture(5), Some(Picture::One(_))));
        let last = Layer { entry: 0, frame: 9 };
        assert_eq!(timeline.picture(9), Some(Picture::Faded { layer: last, amount: 0.125, white: false }));
    }

    #[test]
    fn a_dissolve_takes_its_handle_from_the_shot_before() {
        let timeline = Timeline::new(&board(
            10,
            &[(1.0, TransitionKind::Cut, 0.0), (2.0, TransitionKind::Dissolve, 0.5)],
        ));
        assert_eq!(timeline.frames(), 30);
        let needed: Vec<_> =
            timeline.entries().iter().map(|e| timeline.frames_needed(&e.shot).unwrap()).collect();
        assert_eq!(needed, [15, 20]);
        assert_eq!(timeline.picture(9), Some(Picture::One(Layer { entry: 0, frame: 9 })));
        let from = Layer { entry: 0, frame: 10 };
        let to = Layer { entry: 1, frame: 0 };
        assert_eq!(timeline.picture(10), Some(Picture::Mixed { from, to, amount: 0.1 }));
        assert_eq!(timeline.picture(15), Some(Picture::One(Layer { entry: 1, frame: 5 })));
        assert_eq!(timeline.picture(30), None);
    }

    #[test]
    fn a_fade_takes_half_from_each_side() {
        let timeline = Timeline::new(&board(
            10,
            &[(1.0, TransitionKind::Dissolve, 0.4), (2.0, TransitionKind::Fade, 1.0)],
        ));
        assert_eq!(timeline.entries()[0].join, Join::Fade { out: 0, into: 4, white: false });
        assert_eq!(timeline.entries()[1].join, Join::Fade { out: 5, into: 5, white: false });
        let amount = |n| match timeline.picture(n) {
            Some(Picture::Faded { amount, .. }) => amount,
            Some(Picture::One(_)) => 1.0,
            other => panic!("{other:?} in frame {n}"),
        };
        let amounts: Vec<f32> = (0..16).map(amount).collect();
        assert_eq!(
            amounts,
            [0.125, 0.375, 0.625, 0.875, 1.0, 0.9, 0.7, 0.5, 0.3, 0.1, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0]
        );
        assert_eq!(timeline.frames_needed(&timeline.entries()[0].shot), Some(10));
    }

    #[test]
    fn decimals_do_not_lose_a_frame() {
        let timeline = Timeline::new(&board(30, &[(0.1, TransitionKind::Cut, 0.0); 100]));
        assert_eq!(timeline.frames(), 300);
        assert!(timeline.entries().iter().all(|entry| entry.length == 3));
    }

    #[test]
    fn a_title_comes_and_goes_with_its_shot() {
        let mut board = board(10, &[(2.0, TransitionKind::Cut, 0.0), (2.0, TransitionKind::Dissolve, 0.5)]);
        board.scenes[0].shots[1].extra.insert("title".into(), "Spring".into());
        let timeline = Timeline::new(&board);
        let seen = |n| timeline.title(n).map(|(title, seen)| (title.text.as_str(), (seen * 100.0).round()));
        assert_eq!((seen(19), seen(24), seen(40)), (None, None, None));
        assert_eq!(
            (seen(25), seen(30), seen(39)),
            (Some(("Spring", 17.0)), Some(("Spring", 100.0)), Some(("Spring", 17.0)))
        );
    }

    fn kinds() -> impl Strategy<Value = TransitionKind> {
        prop::sample::select(TransitionKind::ALL)
    }

    proptest! {
        #[test]
        fn every_frame_shows_what_was_rendered(
            fps in 1_u32..=120,
            shots in prop::collection::vec((0.01_f64..20.0, kinds(), 0.0_f64..=10.0), 1..12),
        ) {
            let board = board(fps, &shots);
            let timeline = Timeline::new(&board);
            let exact = (board.duration_secs() * f64::from(fps) + 1e-6).round() as u32;
            let tiny = shots.iter().any(|shot| shot.0 * f64::from(fps) < 1.0);
            prop_assert!(timeline.frames() == exact || (tiny && timeline.frames() > exact));
            let total: u32 = timeline.entries().iter().map(|entry| entry.length).sum();
            prop_assert_eq!(total, timeline.frames());
            let mut used = vec![0; shots.len()];
            for index in 0..timeline.frames() {
                let layers = match timeline.picture(index).unwrap() {
                    Picture::One(layer) => vec![layer],
                    Picture::Faded { layer, amount, .. } => {
                        prop_assert!((0.0..=1.0).contains(&amount));
                        vec![layer]
                    }
                    Picture::Mixed { from, to, amount } | Picture::Wiped { from, to, amount } => {
                        prop_assert!((0.0..=1.0).contains(&amount));
                        prop_assert_eq!(from.entry + 1, to.entry);
                        vec![from, to]
                    }
                };
                for layer in layers {
                    used[layer.entry] = used[layer.entry].max(layer.frame + 1);
                }
            }
            // Exactly what is needed: nothing is missing and nothing is rendered in vain.
            for (entry, used) in timeline.entries().iter().zip(used) {
                prop_assert_eq!(timeline.frames_needed(&entry.shot), Some(used));
            }
            prop_assert_eq!(timeline.picture(timeline.frames()), None);
        }
    }
}
