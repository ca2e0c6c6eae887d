//! The arguments: at most one path, and the flag that makes this process the monitor.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;

/// What `--help` prints.
pub(crate) const USAGE: &str = "Usage: mutoscope-studio [FILM.muto]\n\n\
    The desktop studio. With the folder of a film, it opens that film.\n\n\
    Options:\n  \
    --monitor   be the monitor: it takes orders as JSON lines on standard input\n  \
    --version   print the version\n  \
    --help      print this\n";

/// What the program was asked to be.
pub(crate) enum Arguments {
    Studio {
        /// The film to begin with, an absolute path.
        open: Option<PathBuf>,
    },
    Monitor,
    Version,
    Help,
}

impl Arguments {
    pub(crate) fn read(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut open = None;
        for argument in arguments {
            match argument.to_str() {
                Some("--monitor") => return Ok(Self::Monitor),
                Some("--version" | "-V") => return Ok(Self::Version),
                Some("--help" | "-h") => return Ok(Self::Help),
                Some(flag) if flag.starts_with("--") => return Err(format!("there is no option {flag}")),
                _ if open.is_some() => return Err("only one film can be opened at a time".into()),
                _ => {
                    let path = std::path::absolute(&argument);
                    open = Some(path.map_err(|error| format!("{}: {error}", argument.display()))?);
                }
            }
        }
        Ok(Self::Studio { open })
    }
}

/// Writes to standard output, which may be closed.
pub(crate) fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// One line that says what failed, and one that says what to do.
pub(crate) fn complain(what: &str, hint: Option<&str>) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "mutoscope-studio: {what}");
    if let Some(hint) = hint {
        let _ = writeln!(out, "hint: {hint}");
    }
}
