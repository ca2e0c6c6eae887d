//! The studio's page: installed, built and judged with Node.js.

use crate::{Outcome, Stop, root};
use std::process::Command;

/// What Vite asks of Node.js.
const NODE: (u32, u32) = (20, 19);
/// Installs what the page needs and builds it into `ui/dist`, from where the server takes it into the program.
pub(crate) fn build() -> Outcome {
    if !can_build() {
        return Err(Stop::failed("the page needs Node.js 20.19 or newer, with npm").hint(
            "get it from https://nodejs.org or https://github.com/nodesource/distributions; films need none of it",
        ));
    }
    eprintln!("./x: building the studio's page (a minute the first time)");
    for mut step in [install(), script("build")] {
        let status = step.status().map_err(|error| {
            Stop::failed(format!("npm does not start: {error}")).hint("install npm, which comes with Node.js")
        })?;
        if !status.success() {
            return Err(Stop::failed("the page does not build").hint("npm says why above"));
        }
    }
    Ok(())
}

/// Exactly the packages that the lock file names.
pub(crate) fn install() -> Command {
    npm("ci --no-audit --no-fund --loglevel error")
}

/// A script of the page's `package.json`.
pub(crate) fn script(name: &str) -> Command {
    npm(&format!("run --silent {name}"))
}

fn npm(words: &str) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(root().join("ui")).args(words.split(' '));
    npm
}

/// Whether this system's Node.js is new enough for the page. Debian 12's own is not.
pub(crate) fn can_build() -> bool {
    node().is_some_and(|version| version >= NODE)
}

/// The system's version of Node.js.
fn node() -> Option<(u32, u32)> {
    let told = Command::new("node").arg("--version").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let mut numbers = told.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
