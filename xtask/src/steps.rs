//! The tools that judge the code, one after the other, with the time each takes.

use crate::{Outcome, Stop, cargo, cuda, page, root};
use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Format, lints and unit tests: what one runs between two edits.
pub(crate) fn check() -> Outcome {
    run(vec![format(), lints(), ("unit tests", with(cargo("test"), &["--workspace", "--lib", "--bins"]))])
}

/// Format, lints and every test there is. The page comes first, since the server takes what was built of it into the program.
/// The browser is left out, and said to be, where there is none.
pub(crate) fn test() -> Outcome {
    page::provide_node()?;
    let mut steps = vec![
        format(),
        ("page", page::install()),
        ("page built", page::script("build")),
        ("page types", page::script("check")),
        ("page tests", page::script("test")),
        lints(),
        ("tests", with(cargo("test"), &["--workspace", "--no-fail-fast"])),
    ];
    if Path::new(CHROMIUM).exists() && succeeds(Command::new("ffprobe").arg("-version")) {
        steps.push(("browser", browser()));
    } else {
        println!("./x: left out: the page in a browser, which needs {CHROMIUM} and ffprobe");
    }
    run(steps)
}

/// Every test of the neural engine, built with CUDA: on the card, if there is one, as well as on the processor.
pub(crate) fn test_neural() -> Outcome {
    let _lock = cuda::Lock::keep();
    let mut test = with(cargo("test"), &["--package", "neural", "--no-fail-fast"]);
    cuda::apply(&mut test);
    run(vec![("tests", test)])
}

/// Where the tests of the page look for a browser.
const CHROMIUM: &str = "/usr/bin/chromium";

/// The page in a browser, with the program that the tests have built.
fn browser() -> Command {
    let mut script = page::script("e2e");
    script.env(
        "MUTOSCOPE_BIN",
        page::target().join("debug").join(format!("mutoscope{}", std::env::consts::EXE_SUFFIX)),
    );
    script
}

/// Runs the tests with golden pictures and snapshots written instead of compared, and names the files that changed.
pub(crate) fn fixtures() -> Outcome {
    let mut bless = with(cargo("test"), &["--workspace", "--no-fail-fast"]);
    bless.env("MUTOSCOPE_BLESS", "1").env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1");
    bless.env("UPDATE_SNAPSHOTS", "1");
    run(vec![("fixtures", bless)])?;
    println!("\nchanged in the working tree; look at each picture before you commit it:");
    let changed = Command::new("git").current_dir(root()).args(["status", "--short"]).status();
    changed.map(drop).map_err(|error| Stop::failed(format!("git does not start: {error}")))
}

/// Contact sheets of every place, hour, look and move of the camera, for looking at.
pub(crate) fn gallery() -> Outcome {
    let folder = root().join("target/gallery");
    let mut render = with(cargo("run"), &["--release", "--package", "stage", "--example", "gallery", "--"]);
    render.arg(&folder);
    run(vec![("gallery", render)])?;
    println!("\ncontact sheets are in {}", folder.display());
    Ok(())
}

type Step = (&'static str, Command);

fn format() -> Step {
    ("format", with(cargo("fmt"), &["--all", "--check"]))
}

fn lints() -> Step {
    ("lints", with(cargo("clippy"), &["--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn with(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments);
    command
}

/// Runs every step even where one fails, so that one run shows all there is to mend.
fn run(steps: Vec<Step>) -> Outcome {
    provide_components(&steps)?;
    let mut summary: Vec<(&str, bool, Duration)> = Vec::new();
    for (name, mut command) in steps {
        println!("\n── {name}: {}", shown(&command));
        let start = Instant::now();
        let status = command.status();
        let passed = status.as_ref().is_ok_and(std::process::ExitStatus::success);
        // Tools that fail say why; one that was killed, or does not start, cannot.
        match status {
            Ok(status) if status.code().is_none() => println!("{name}: killed ({status})"),
            Err(error) => println!("{name}: does not start: {error}"),
            _ => {}
        }
        summary.push((name, passed, start.elapsed()));
    }
    println!();
    for (name, passed, took) in &summary {
        println!("{:<6} {name:<12} {:>4} s", if *passed { "ok" } else { "FAILED" }, took.as_secs());
    }
    let failed: Vec<&str> = summary.iter().filter(|step| !step.1).map(|step| step.0).collect();
    if failed.is_empty() { Ok(()) } else { Err(Stop::failed(format!("failed: {}", failed.join(", ")))) }
}

/// A toolchain of rustup's minimal profile has neither formatter nor lints.
fn provide_components(steps: &[Step]) -> Outcome {
    let missing: Vec<&str> = [("format", "fmt", "rustfmt"), ("lints", "clippy", "clippy")]
        .into_iter()
        .filter(|(step, ..)| steps.iter().any(|(name, _)| name == step))
        .filter(|(_, tool, _)| !succeeds(Command::new("cargo").args([*tool, "--version"])))
        .map(|(.., component)| component)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let components = missing.join(" ");
    eprintln!("./x: this Rust has no {components}, which judge the code's form");
    let may_install = std::env::var("MUTOSCOPE_X_PACKAGES").is_ok_and(|packages| packages == "install");
    if may_install
        && Command::new("rustup")
            .args(["component", "add"])
            .args(&missing)
            .status()
            .is_ok_and(|s| s.success())
    {
        return Ok(());
    }
    Err(Stop::failed(format!("{components} missing")).hint(format!("rustup component add {components}")))
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The command as one would type it in the repository's root.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let mut words = vec![program.to_string_lossy().into_owned()];
    let mut arguments = command.get_args();
    while let Some(argument) = arguments.next() {
        if argument == "--manifest-path" {
            arguments.next();
        } else {
            words.push(argument.to_string_lossy().into_owned());
        }
    }
    words.join(" ")
}
