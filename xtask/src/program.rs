//! The command line program: built as users get it, and handed over to.

use crate::{Outcome, Stop, cargo, cuda};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

/// `./x make "PROMPT" [FLAGS]`: a film from words, in one command.
pub(crate) fn make(arguments: &[String]) -> Outcome {
    if arguments.is_empty() {
        return Err(Stop::usage("`make` needs the words of a film")
            .hint("./x make \"a fox runs through a misty forest\""));
    }
    let mut all = arguments.to_vec();
    if !names_output(arguments) {
        all.extend(["-o".to_owned(), "film.mp4".to_owned()]);
    }
    run("make", &all)
}

/// Builds the program and becomes it: signals, terminal and exit status are its own.
pub(crate) fn run(subcommand: &str, arguments: &[String]) -> Outcome {
    let program = build()?;
    let mut command = Command::new(&program);
    command.arg(subcommand).args(arguments);
    hand_over(command)
}

/// Builds the desktop studio, its page being built already, and becomes it.
pub(crate) fn studio(arguments: &[String]) -> Outcome {
    eprintln!("./x: building the desktop studio, release (some minutes the first time)");
    let mut command = Command::new(built("mutoscope-studio")?);
    command.args(arguments);
    hand_over(command)
}

fn hand_over(mut command: Command) -> Outcome {
    cuda::equip(&mut command);
    let program = command.get_program().to_string_lossy().into_owned();
    become_it(&mut command).map_err(|error| Stop::failed(format!("{program} does not start: {error}")))?
}

/// Builds the command line program.
pub(crate) fn build() -> Outcome<PathBuf> {
    eprintln!("./x: building the command line program, release (some minutes the first time)");
    built("mutoscope")
}

/// Builds a program in release and says where it lies, which cargo alone knows (`CARGO_TARGET_DIR` and its kin).
fn built(package: &str) -> Outcome<PathBuf> {
    let _lock = cuda::Lock::keep();
    let mut build = cargo("build");
    build.args(["--release", "--package", package, "--message-format", "json-render-diagnostics"]);
    cuda::apply(&mut build);
    let failed = || {
        Stop::failed("the program does not build")
            .hint("cargo says why above; ./x doctor lists what this system has and lacks")
    };
    let mut child = build.stdout(Stdio::piped()).spawn().map_err(|_| failed())?;
    let lines = BufReader::new(child.stdout.take().ok_or_else(failed)?).lines().map_while(Result::ok);
    let program = lines.filter_map(|line| executable(&line, package)).last();
    match child.wait() {
        Ok(status) if status.success() => program.ok_or_else(failed),
        _ => Err(failed()),
    }
}

/// The path in cargo's message about the package's executable, which has its name; other messages have none.
fn executable(message: &str, package: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message["target"]["name"] != package {
        return None;
    }
    message["executable"].as_str().map(PathBuf::from)
}

/// Whether the arguments already say where the film goes: `-o FILE`, `-oFILE`, `-qo FILE`, `--output FILE`,
/// `--output=FILE`.
fn names_output(arguments: &[String]) -> bool {
    arguments.iter().take_while(|argument| *argument != "--").any(|argument| {
        match argument.strip_prefix("--") {
            Some(long) => long == "output" || long.starts_with("output="),
            None => {
                argument.strip_prefix('-').is_some_and(|short| short.trim_start_matches('q').starts_with('o'))
            }
        }
    })
}

#[cfg(unix)]
fn become_it(command: &mut Command) -> std::io::Result<Outcome> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> std::io::Result<Outcome> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_flags_are_recognised() {
        let names = |line: &str| names_output(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for line in ["fox -o a.mp4", "-oa.mp4 fox", "fox -qo a.mp4", "--output a.mp4", "fox --output=a.mp4"] {
            assert!(names(line), "{line}");
        }
        for line in ["fox", "fox --seconds 4", "-- -o", "fox --open", "fox -q", "-"] {
            assert!(!names(line), "{line}");
        }
    }

    #[test]
    fn executable_is_found_among_cargos_messages() {
        let artifact =
            r#"{"reason":"compiler-artifact","target":{"name":"mutoscope"},"executable":"/t/mutoscope"}"#;
        assert_eq!(executable(artifact, "mutoscope"), Some(PathBuf::from("/t/mutoscope")));
        for other in [
            r#"{"target":{"name":"mutoscope"},"executable":null}"#,
            r#"{"reason":"build-finished"}"#,
            "no JSON",
        ] {
            assert_eq!(executable(other, "mutoscope"), None, "{other}");
        }
    }
}
