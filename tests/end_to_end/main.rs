//! The command `mutoscope` as its users meet it: what it writes, what it says, how it ends.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

mod bad_input;
mod contract;
mod interrupted;
mod models;
mod serve;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A prompt that plans to a few seconds with somebody in it.
const PROMPT: &str = "A red fox runs through a snowy meadow. Then it stops and looks around. Gentle wind.";

/// Small and short, so that software rendering takes seconds.
const SMALL: &[&str] = &["--size", "160x96", "--fps", "8", "--seconds", "2", "--quality", "draft", "--quiet"];

fn mutoscope() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mutoscope"));
    command.stdin(Stdio::null());
    command
}

/// Runs and waits.
fn run(args: &[&str]) -> Output {
    mutoscope().args(args).output().expect("mutoscope starts")
}

fn make(prompt: &str, film: &Path, more: &[&str]) -> Output {
    let mut command = mutoscope();
    command.args(["make", prompt, "-o"]).arg(film).args(SMALL).args(more);
    command.output().expect("mutoscope starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {} {}", stdout(output), stderr(output)))
}

#[track_caller]
fn assert_ok(output: &Output) {
    assert!(output.status.success(), "{:?}\n{}", output.status, stderr(output));
}

/// The command ended with `status`, one `error:` line that contains `what`, and one `hint:` line; and did not panic.
#[track_caller]
fn assert_refused(output: &Output, status: i32, what: &str) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(status), "{text}");
    assert!(text.contains(what), "no {what:?} in: {text}");
    assert!(text.contains("hint: "), "no hint in: {text}");
    assert!(!text.contains("panicked"), "{text}");
}

/// Names of the files under `folder`, at any depth, that are only half written.
fn partials(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().contains("partial") {
                found.push(path.display().to_string());
            }
        }
    }
    found
}
