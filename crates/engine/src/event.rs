//! Events, and the mailboxes in which they wait.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use film::{Frame, Id};

use crate::error::Failure;
use crate::job::{JobId, JobProgress, JobState};

/// Everything that the engine says. The enum is closed, so that a listener handles all of it.
#[derive(Debug, Clone)]
pub enum Event {
    /// A job came to another state.
    Job {
        /// The job.
        job: JobId,
        /// Its new state.
        state: JobState,
        /// Why, when it failed.
        failure: Option<Failure>,
    },
    /// The take of a shot began, came further, or ended.
    Shot {
        /// The job.
        job: JobId,
        /// The shot.
        shot: Id,
        /// Its place in the job, from 0.
        index: u32,
        /// What happened.
        phase: Phase,
    },
    /// A preview is ready, or never will be.
    Preview {
        /// The request's number.
        id: u64,
        /// What came of it.
        outcome: PreviewOutcome,
    },
    /// Something that the user may want to know and need not act on.
    Notice(Notice),
}

/// The life of one take: `Begin`, any number of `Report`s and `Sketch`es, `End`.
#[derive(Debug, Clone)]
pub enum Phase {
    /// It began.
    Begin {
        /// Frames that it will have.
        frames: u32,
    },
    /// It came further. A listener who is slow gets only the newest.
    Report(JobProgress),
    /// A small rough picture of what a video model is about to make; its index is of no account. Only listeners who look hear
    /// of it ([`Engine::subscribe_with_sketches`](crate::Engine::subscribe_with_sketches)), and a slow one gets only the newest.
    Sketch(Arc<Frame>),
    /// It ended.
    End(TakeOutcome),
}

/// How a take ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeOutcome {
    /// It was there already.
    Cached,
    /// It was rendered.
    Rendered,
    /// The job was cancelled or the engine closed.
    Stopped,
    /// It failed; the job's event says why.
    Failed,
}

/// What came of a preview request.
#[derive(Debug, Clone)]
pub enum PreviewOutcome {
    /// The picture. A listener who is slow gets only the newest.
    Ready(Arc<Frame>),
    /// A newer request took its place.
    Stale,
    /// It failed.
    Failed(Failure),
}

/// What recovery and housekeeping have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The queue's file was damaged. It was put aside and a new one begun; the finished takes were kept.
    QueueRebuilt {
        /// Where the damaged file is now.
        aside: PathBuf,
        /// Takes that the new queue knows.
        takes_kept: usize,
    },
    /// Unfinished take files of a process that ended early were removed.
    PartialsRemoved(usize),
    /// Takes whose files are gone or have another size were forgotten; they will be rendered again.
    TakesForgotten(usize),
    /// Jobs of a process that ended early.
    JobsLeftOver {
        /// Their numbers.
        jobs: Vec<JobId>,
        /// What they are now: queued or interrupted.
        state: JobState,
    },
    /// The file system knows no locks, so that two programs may use the project at once.
    NoLocks,
    /// Takes were deleted to keep within the limit.
    TakesEvicted {
        /// How many.
        count: usize,
        /// Their size together.
        bytes: u64,
    },
    /// The graphics device failed; the take is tried once more with a new one.
    DeviceLost(String),
    /// The queue's file could not be written. Work goes on; after a crash it would be repeated.
    QueueNotSaved(String),
}

/// Events without a listener may pile up to this many; then the listener is taken for dead. Reports and previews do not
/// count: of them only the newest waits.
const MAILBOX_LIMIT: usize = 4096;

#[derive(Debug, Default)]
struct Letters {
    waiting: VecDeque<Event>,
    closed: bool,
}

#[derive(Debug, Default)]
struct Mailbox {
    letters: Mutex<Letters>,
    arrived: Condvar,
    /// Whether sketches are put in.
    looks: bool,
}

impl Mailbox {
    fn open(&self) -> MutexGuard<'_, Letters> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False when nobody will read it.
    fn deliver(&self, event: &Event) -> bool {
        let mut letters = self.open();
        if letters.closed {
            return false;
        }
        if is_sketch(event) && !self.looks {
            return true;
        }
        // The newest report replaces the one that still waits, at the end, so that it stays behind the events it follows.
        if is_replaceable(event)
            && let Some(old) = letters.waiting.iter().position(|waiting| replaces(event, waiting))
        {
            letters.waiting.remove(old);
        }
        letters.waiting.push_back(event.clone());
        letters.closed = letters.waiting.len() >= MAILBOX_LIMIT;
        self.arrived.notify_one();
        !letters.closed
    }

    fn close(&self) {
        self.open().closed = true;
        self.arrived.notify_all();
    }
}

fn is_replaceable(event: &Event) -> bool {
    matches!(
        event,
        Event::Shot { phase: Phase::Report(_) | Phase::Sketch(_), .. }
            | Event::Preview { outcome: PreviewOutcome::Ready(_), .. }
    )
}

fn is_sketch(event: &Event) -> bool {
    matches!(event, Event::Shot { phase: Phase::Sketch(_), .. })
}

fn replaces(new: &Event, old: &Event) -> bool {
    is_replaceable(old)
        && std::mem::discriminant(new) == std::mem::discriminant(old)
        && is_sketch(new) == is_sketch(old)
}

/// No event came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// Not within the time.
    #[error("no event came in time")]
    Timeout,
    /// And none will: the engine has closed, or this listener fell thousands of events behind.
    #[error("no more events will come")]
    Closed,
}

/// A listener's own mailbox. Changes of state are never lost; of reports and previews only the newest waits.
#[derive(Debug)]
pub struct Subscription(Arc<Mailbox>);

impl Subscription {
    /// Waits for the next event; `None` when no more will come.
    pub fn recv(&self) -> Option<Event> {
        let letters = self.0.open();
        let mut letters = self
            .0
            .arrived
            .wait_while(letters, |letters| letters.waiting.is_empty() && !letters.closed)
            .unwrap_or_else(PoisonError::into_inner);
        letters.waiting.pop_front()
    }

    /// Waits for the next event, but not longer than `timeout`.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Event, Silence> {
        let deadline = Instant::now() + timeout;
        let mut letters = self.0.open();
        loop {
            if let Some(event) = letters.waiting.pop_front() {
                return Ok(event);
            }
            if letters.closed {
                return Err(Silence::Closed);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Silence::Timeout);
            }
            letters = self.0.arrived.wait_timeout(letters, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// All events to come, until the engine closes.
    pub fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        std::iter::from_fn(|| self.recv())
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// All listeners.
#[derive(Debug, Default)]
pub(crate) struct Bus(Mutex<Vec<Arc<Mailbox>>>);

impl Bus {
    fn mailboxes(&self) -> MutexGuard<'_, Vec<Arc<Mailbox>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new listener, who first hears `earlier`, and who `looks` at sketches or does not.
    pub(crate) fn subscribe(&self, earlier: impl IntoIterator<Item = Event>, looks: bool) -> Subscription {
        let mailbox = Arc::new(Mailbox { looks, ..Mailbox::default() });
        mailbox.open().waiting.extend(earlier);
        self.mailboxes().push(mailbox.clone());
        Subscription(mailbox)
    }

    pub(crate) fn publish(&self, event: &Event) {
        self.mailboxes().retain(|mailbox| mailbox.deliver(event));
    }

    /// Whether any listener looks at sketches.
    pub(crate) fn is_looked_at(&self) -> bool {
        self.mailboxes().iter().any(|mailbox| mailbox.looks && !mailbox.open().closed)
    }

    pub(crate) fn close(&self) {
        for mailbox in self.mailboxes().drain(..) {
            mailbox.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(job: i64, state: JobState) -> Event {
        Event::Job { job: JobId(job), state, failure: None }
    }

    fn report(frame: u32) -> Event {
        let shot = Id::slug("a", "a");
        let progress = JobProgress {
            shot: shot.clone(),
            shot_index: 0,
            shots: 1,
            frame,
            frames: 100,
            frames_done: frame.into(),
            frames_total: 100,
            elapsed: Duration::ZERO,
            left: None,
            step: None,
            note: None,
        };
        Event::Shot { job: JobId(1), shot, index: 0, phase: Phase::Report(progress) }
    }

    #[test]
    fn a_slow_listener_loses_stale_reports_and_no_state() {
        let bus = Bus::default();
        let slow = bus.subscribe([], false);
        bus.publish(&state(1, JobState::Running));
        for frame in 0..10_000 {
            bus.publish(&report(frame));
        }
        bus.publish(&state(1, JobState::Done));
        bus.close();
        let heard: Vec<_> = slow.iter().collect();
        assert_eq!(heard.len(), 3);
        assert!(matches!(&heard[1], Event::Shot { phase: Phase::Report(p), .. } if p.frame == 9_999));
        assert!(matches!(heard[2], Event::Job { state: JobState::Done, .. }));
    }

    #[test]
    fn sketches_reach_those_who_look_and_the_newest_is_enough() {
        let bus = Bus::default();
        let blind = bus.subscribe([], false);
        assert!(!bus.is_looked_at());
        let looks = bus.subscribe([], true);
        assert!(bus.is_looked_at());
        for grey in 0..10 {
            let frame = Arc::new(Frame::filled(0, 2, 2, [grey; 4]));
            let (shot, phase) = (Id::slug("a", "a"), Phase::Sketch(frame));
            bus.publish(&Event::Shot { job: JobId(1), shot, index: 0, phase });
        }
        bus.publish(&report(1));
        bus.close();
        assert_eq!(blind.iter().count(), 1);
        let heard: Vec<_> = looks.iter().collect();
        assert_eq!(heard.len(), 2);
        assert!(matches!(&heard[0], Event::Shot { phase: Phase::Sketch(f), .. } if f.rgba[0] == 9));
        assert!(!bus.is_looked_at());
    }

    #[test]
    fn a_dead_listener_is_let_go() {
        let bus = Bus::default();
        let dead = bus.subscribe([], false);
        for job in 0..5_000 {
            bus.publish(&state(job, JobState::Queued));
        }
        assert!(bus.mailboxes().is_empty());
        assert_eq!(dead.iter().count(), MAILBOX_LIMIT);
        drop(bus.subscribe([], false));
        bus.publish(&state(1, JobState::Queued));
        assert!(bus.mailboxes().is_empty());
    }

    #[test]
    fn silence_is_told_from_the_end() {
        let bus = Bus::default();
        let listener = bus.subscribe([], false);
        assert_eq!(listener.recv_timeout(Duration::from_millis(5)).err(), Some(Silence::Timeout));
        bus.close();
        assert_eq!(listener.recv_timeout(Duration::from_secs(5)).err(), Some(Silence::Closed));
    }
}
