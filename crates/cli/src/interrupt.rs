//! Ctrl-C: asks the work to stop, and sees to it that the program ends within a second even when a driver does not listen.

use std::time::Duration;

use film::CancelToken;

/// How long the work may take to unwind. A frame takes less, but the first use of a graphics driver may compile for longer.
const PATIENCE: Duration = Duration::from_millis(750);

/// Listens for Ctrl-C, SIGTERM and SIGHUP until the program ends.
pub(crate) struct Interrupt(CancelToken);

impl Interrupt {
    /// Starts to listen on behalf of work that may not unwind in time; then `clear_up` removes what it has left half done.
    pub(crate) fn listen(clear_up: impl Fn() + Send + 'static) -> Self {
        let token = CancelToken::default();
        let cancel = token.clone();
        let listening = ctrlc::set_handler(move || {
            cancel.cancel();
            std::thread::sleep(PATIENCE);
            // The work did not unwind in time. What it was writing is incomplete; what it finished is safe.
            clear_up();
            std::process::exit(130);
        });
        if let Err(error) = listening {
            // Without a handler Ctrl-C ends the program at once, and the next start clears up.
            eprintln!("note: Ctrl-C cannot be handled gently here: {error}");
        }
        Self(token)
    }

    /// The token that Ctrl-C cancels.
    pub(crate) fn token(&self) -> CancelToken {
        self.0.clone()
    }
}
