//! Mutoscope's desktop studio.
//!
//! One executable, two processes: the window with the page ([`shell`]), and with `--monitor` the native monitor ([`monitor`]).
//! Both need the main thread for their windows, and a graphics driver that dies under the monitor cannot take the editor down.
//!
//! *Invariant:* no logic lives here. The page speaks to [`server::router`] behind the scheme `mutoscope:`, so that no port is
//! open; what only a desktop has (native dialogs, the menu, the window itself) is in [`desktop`] and [`menu`].
#![cfg_attr(windows, windows_subsystem = "windows")]

mod arguments;
mod desktop;
mod menu;
mod monitor;
mod shell;

use std::process::ExitCode;

use arguments::{Arguments, USAGE};

fn main() -> ExitCode {
    let told = match Arguments::read(std::env::args_os().skip(1)) {
        Ok(Arguments::Help) => {
            arguments::say(USAGE);
            return ExitCode::SUCCESS;
        }
        Ok(Arguments::Version) => {
            arguments::say(concat!("mutoscope-studio ", env!("CARGO_PKG_VERSION"), "\n"));
            return ExitCode::SUCCESS;
        }
        Ok(Arguments::Monitor) => monitor::run(),
        Ok(Arguments::Studio { open }) => shell::run(open),
        Err(wrong) => {
            arguments::complain(&wrong, Some("mutoscope-studio --help lists what it takes"));
            return ExitCode::from(2);
        }
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            arguments::complain(&trouble.what, trouble.hint.as_deref());
            ExitCode::FAILURE
        }
    }
}

/// Why the program ends without having done its work.
struct Trouble {
    what: String,
    hint: Option<String>,
}

impl Trouble {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: Some(hint.into()) }
    }
}
