//! The numbered events of the session, for any number of listeners who ask from time to time.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::model::{Event, EventBatch};

/// Events that are remembered. A listener who is further behind fetches the state anew.
const REMEMBERED: usize = 1024;

#[derive(Default)]
struct Log {
    events: VecDeque<(u64, Event)>,
    newest: u64,
    /// Events up to this number may be gone.
    dropped: u64,
    closed: bool,
}

#[derive(Default)]
pub(super) struct Events {
    log: Mutex<Log>,
    arrived: Condvar,
}

impl Events {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends an event. It takes the place of an older one that it makes meaningless.
    pub(super) fn push(&self, event: Event) {
        let mut log = self.log();
        log.events.retain(|(_, old)| !outdates(&event, old));
        log.newest += 1;
        let number = log.newest;
        log.events.push_back((number, event));
        if log.events.len() > REMEMBERED
            && let Some((number, _)) = log.events.pop_front()
        {
            log.dropped = number;
        }
        drop(log);
        self.arrived.notify_all();
    }

    pub(super) fn newest(&self) -> u64 {
        self.log().newest
    }

    /// The events after number `after`; waits up to `wait` when there are none.
    pub(super) fn after(&self, after: u64, wait: Duration) -> EventBatch {
        let deadline = Instant::now() + wait;
        let mut log = self.log();
        loop {
            // A number that was never given out is of an earlier process.
            if after < log.dropped || after > log.newest {
                return EventBatch { events: Vec::new(), next: log.newest, missed: true };
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if log.newest > after || left.is_zero() || log.closed {
                let first = log.events.partition_point(|(number, _)| *number <= after);
                let events = log.events.range(first..).map(|(_, event)| event.clone()).collect();
                return EventBatch { events, next: log.newest, missed: false };
            }
            log = self.arrived.wait_timeout(log, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Nobody waits any longer.
    pub(super) fn close(&self) {
        self.log().closed = true;
        self.arrived.notify_all();
    }
}

/// Whether nobody needs `old` who hears `new`.
fn outdates(new: &Event, old: &Event) -> bool {
    match (new, old) {
        (Event::Previews { shot: a, .. }, Event::Previews { shot: b, .. })
        | (Event::Takes { shot: a, .. }, Event::Takes { shot: b, .. }) => a == b,
        (Event::Job { job: a }, Event::Job { job: b }) => a.id == b.id,
        (Event::Model { model: a }, Event::Model { model: b }) => a.name == b.name,
        (Event::Engine { .. }, Event::Engine { .. }) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(n: usize) -> Event {
        Event::Notice { text: n.to_string(), hint: None }
    }

    #[test]
    fn a_listener_gets_what_came_since_or_learns_that_it_missed_some() {
        let events = Events::default();
        events.push(notice(1));
        let first = events.after(0, Duration::ZERO);
        assert_eq!((first.events.len(), first.next, first.missed), (1, 1, false));
        assert!(events.after(1, Duration::from_millis(5)).events.is_empty());
        for n in 0..=REMEMBERED {
            events.push(notice(n));
        }
        assert!(events.after(1, Duration::ZERO).missed);
        assert!(events.after(u64::MAX, Duration::ZERO).missed);
    }

    #[test]
    fn only_the_newest_previews_of_a_shot_wait() {
        let events = Events::default();
        let shot = film::Id::slug("a", "a");
        for end in 1..100 {
            events.push(Event::Previews { shot: shot.clone(), ranges: vec![[0, end]] });
        }
        let batch = events.after(0, Duration::ZERO);
        assert_eq!(batch.events, [Event::Previews { shot, ranges: vec![[0, 99]] }]);
        assert!(!batch.missed);
    }

    #[test]
    fn a_waiting_listener_is_woken() {
        let events = std::sync::Arc::new(Events::default());
        let (log, start) = (events.clone(), Instant::now());
        let waiting = std::thread::spawn(move || log.after(0, Duration::from_secs(20)));
        std::thread::sleep(Duration::from_millis(20));
        events.push(notice(1));
        assert_eq!(waiting.join().unwrap().events.len(), 1);
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}
