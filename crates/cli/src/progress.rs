//! Progress on standard error: bars on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use studio::Event;
use studio::models::Bytes;

/// How often a line is written where no bar can be drawn, as in a log.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows the events of one piece of work.
pub(crate) struct Bars {
    quiet: bool,
    bar: Option<ProgressBar>,
    last_line: Option<Instant>,
    /// When a transfer began, and with how many bytes.
    transfer: Option<(Instant, u64)>,
}

impl Bars {
    /// Nothing is shown when `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = (!quiet && io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
            let style =
                ProgressStyle::with_template("{prefix:.bold} {wide_bar:.cyan/dim} {percent:>3}%  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━╌"));
            bar
        });
        Self { quiet, bar, last_line: None, transfer: None }
    }

    /// Shows what happened.
    pub(crate) fn show(&mut self, event: &Event) {
        match event {
            Event::Planned { shots, seconds, project } => {
                self.say(&format!("{shots} shots, {seconds:.1} s, project {}", project.display()));
            }
            Event::Recovered { steps } => {
                self.say(&format!("{steps} unsaved steps of the project were recovered"));
            }
            Event::Notice(text) => self.say(text),
            Event::Preparing => self.progress("preparing", "opening the graphics device", 0, 1, false),
            Event::Rendering { shot, index, shots, frame, frames, done, total, left, step, note: _ } => {
                let prefix = format!("shot {}/{shots} {shot}", index + 1);
                let left = left.map_or_else(String::new, |left| format!(", {} left", HumanDuration(left)));
                let step = step.map_or_else(String::new, |(done, all)| format!("step {done}/{all}, "));
                let message = format!("{step}frame {frame}/{frames}{left}");
                self.progress(&prefix, &message, *done, *total, frame == frames);
            }
            Event::Assembling { frame, frames } => {
                self.progress("film", &format!("frame {frame}/{frames}"), *frame, *frames, frame == frames);
            }
        }
    }

    /// Shows how far a model's files are.
    pub(crate) fn transfer(&mut self, name: &str, done: u64, total: u64) {
        let (began, first) = *self.transfer.get_or_insert_with(|| (Instant::now(), done));
        let seconds = began.elapsed().as_secs_f64();
        let mut message = format!("{} of {}", Bytes(done), Bytes(total));
        if seconds > 1.0 && done > first {
            let rate = (done - first) as f64 / seconds;
            let left = Duration::from_secs_f64(total.saturating_sub(done) as f64 / rate);
            message = format!("{message}, {}/s, {} left", Bytes(rate as u64), HumanDuration(left));
        }
        self.progress(name, &message, done, total, done == total);
    }

    /// Takes the bar away.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn say(&mut self, text: &str) {
        if self.quiet {
            return;
        }
        match &self.bar {
            Some(bar) => bar.suspend(|| line(text)),
            None => line(text),
        }
    }

    fn progress(&mut self, prefix: &str, message: &str, done: u64, total: u64, always: bool) {
        if self.quiet {
            return;
        }
        if let Some(bar) = &self.bar {
            bar.set_length(total.max(1));
            bar.set_prefix(prefix.to_owned());
            bar.set_message(message.to_owned());
            bar.set_position(done);
            return;
        }
        if always || self.last_line.is_none_or(|last| last.elapsed() >= LINE_EVERY) {
            self.last_line = Some(Instant::now());
            line(&format!("{prefix}: {message}"));
        }
    }
}

fn line(text: &str) {
    // Nobody may be listening any more; then there is nobody to tell.
    let _ = writeln!(io::stderr(), "{text}");
}
