//! Progress one way, cancellation the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Frame;

/// A flag that one side sets and the other side looks at: cooperative cancellation. Clones share the flag.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks the work to stop at the next frame or denoising step. It cannot be taken back.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The work stopped because somebody asked it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// How far a piece of work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is counted, in the user's words: "frame", "step", "tile".
    pub unit: &'static str,
    /// Units finished.
    pub done: u64,
    /// Units in all.
    pub total: u64,
}

type Report = dyn Fn(Progress) + Send + Sync;
type Show = dyn Fn(Frame) + Send + Sync;
type Tell = dyn Fn(&str) + Send + Sync;

/// What every long piece of work takes: it reports to it and asks it whether to go on.
#[derive(Clone, Default)]
pub struct Watch {
    cancel: CancelToken,
    report: Option<Arc<Report>>,
    show: Option<Arc<Show>>,
    tell: Option<Arc<Tell>>,
}

impl Watch {
    /// Watches with `cancel`, and calls `report` on the working thread; it must return quickly.
    pub fn new(cancel: CancelToken, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { cancel, report: Some(Arc::new(report)), show: None, tell: None }
    }

    /// Also calls `show`, on the working thread, with small rough pictures of what is coming.
    #[must_use]
    pub fn with_sketches(self, show: impl Fn(Frame) + Send + Sync + 'static) -> Self {
        Self { show: Some(Arc::new(show)), ..self }
    }

    /// Also calls `tell`, on the working thread, with what the work says of how it is done.
    #[must_use]
    pub fn with_notes(self, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { tell: Some(Arc::new(tell)), ..self }
    }

    /// Nobody watches, nobody cancels.
    pub fn unwatched() -> Self {
        Self::default()
    }

    /// Call this at every frame and every denoising step, and return the error up.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.cancel.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Says how far the work has come.
    pub fn report(&self, progress: Progress) {
        if let Some(report) = &self.report {
            report(progress);
        }
    }

    /// Says in a sentence how the work is done, where it could be done in several ways: the user may want to know and need not act.
    pub fn note(&self, note: &str) {
        if let Some(tell) = &self.tell {
            tell(note);
        }
    }

    /// Shows a small picture of what is coming, of any size and with an index of no account. It is drawn only where somebody
    /// looks; `None` shows nothing.
    pub fn sketch(&self, draw: impl FnOnce() -> Option<Frame>) {
        if let Some(show) = &self.show
            && let Some(sketch) = draw()
        {
            show(sketch);
        }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("cancelled", &self.cancel.is_cancelled()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn a_watch_passes_progress_and_cancel() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let cancel = CancelToken::default();
        let log = seen.clone();
        let watch = Watch::new(cancel.clone(), move |p| log.lock().unwrap().push(p.done));
        let mut done = 0;
        let result = loop {
            if let Err(stop) = watch.check() {
                break stop;
            }
            done += 1;
            watch.report(Progress { unit: "frame", done, total: 10 });
            if done == 3 {
                cancel.cancel();
            }
        };
        assert_eq!(result, Cancelled);
        assert_eq!(*seen.lock().unwrap(), [1, 2, 3]);
    }

    #[test]
    fn a_sketch_is_drawn_only_for_those_who_look() {
        Watch::new(CancelToken::default(), |_| ()).sketch(|| unreachable!("nobody looks"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let watch = Watch::unwatched().with_sketches(move |frame| log.lock().unwrap().push(frame));
        let frame = Frame::filled(0, 2, 1, [1, 2, 3, 255]);
        watch.sketch(|| Some(frame.clone()));
        watch.clone().sketch(|| None);
        assert_eq!(*seen.lock().unwrap(), [frame]);
    }
}
