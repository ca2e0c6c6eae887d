//! `./x bench [AREA] [--json FILE] [--against FILE]`: how fast this machine makes films, and what it takes.
//!
//! Most areas (plan, stage, encode …) are measured in one process by `crates/studio/examples/bench.rs`, which prints a
//! JSON object a line on standard output: `{"area": "stage", "name": "640x360 draft", "value": 9.8, "unit":
//! "frames/s", "better": "higher", "parts": {"shadows ms": 11.2}}`, where `better` is `higher` or `lower` and `parts`
//! is optional; a line with `device` instead names what the stage drew on. The area `neural` is measured likewise by
//! `crates/neural/examples/throughput.rs` (beside `PyTorch` where `python3`, or what `MUTOSCOPE_PYTHON` names, has it), and `make`
//! here, from outside: the whole command as a user runs it, with its
//! wall time and the largest memory it held.
//!
//! Speeds of different machines say little; the table therefore shows each value beside the one of an earlier run, as
//! a ratio.

use crate::{Outcome, Stop, cargo, cuda, program, root};
use serde_json::{Map, Value, json};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const AREAS: [&str; 5] = ["plan", "stage", "encode", "neural", "make"];

/// The film of the README, at the sizes people start and end with.
const PROMPT: &str = "Several giant woolly mammoths approach, treading through a snowy meadow, their long woolly fur \
     lightly blows in the wind as they walk, snow covered trees and dramatic snow capped mountains in the distance, mid \
     afternoon light with wispy clouds and a sun high in the distance creates a warm glow, the low camera view is \
     stunning, depth of field.";
const FILMS: [(&str, &[&str]); 2] = [
    ("4 s, 640x360, draft", &["--seconds", "4", "--size", "640x360", "--quality", "draft"]),
    ("as it comes", &[]),
];

/// Ratios nearer to 1 than this are noise.
const NOISE: f64 = 0.05;

pub(crate) fn bench(arguments: &[String]) -> Outcome {
    let wanted = Wanted::parse(arguments)?;
    let before = Report::read(&wanted.against).unwrap_or_default();
    let mut report = Report::default();
    println!("{}", Row::head());
    let mut note = |row: Value| {
        if let Some(device) = row["device"].as_str() {
            device.clone_into(&mut report.device);
        } else {
            println!("{}", Row { now: &row, before: before.find(&row) });
            report.rows.push(row);
        }
    };
    let area = wanted.area.as_deref();
    if !matches!(area, Some("neural" | "make")) {
        inside("studio", "bench", area, &mut note)?;
    }
    if area.is_none_or(|area| area == "neural") {
        inside("neural", "throughput", None, &mut note)?;
    }
    if area.is_none_or(|area| area == "make") {
        outside(&mut note)?;
    }
    report.write(&wanted.json)?;
    println!("\nwritten to {}", wanted.json.display());
    Ok(())
}

/// What was asked for: an area or all of them, where the numbers go, and what they are compared with.
struct Wanted {
    area: Option<String>,
    json: PathBuf,
    against: PathBuf,
}

impl Wanted {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let json = root().join("target/bench.json");
        let mut wanted = Self { area: None, against: json.clone(), json };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut file = || {
                let file = arguments.next().map(PathBuf::from);
                file.ok_or_else(|| Stop::usage(format!("`{argument}` needs a file")))
            };
            match argument.as_str() {
                "--json" => wanted.json = file()?,
                "--against" => {
                    wanted.against = file()?;
                    if Report::read(&wanted.against).is_none() {
                        let file = wanted.against.display();
                        return Err(Stop::usage(format!("{file} is no file that `./x bench` has written")));
                    }
                }
                area if AREAS.contains(&area) => wanted.area = Some(area.to_owned()),
                _ => {
                    let areas = AREAS.join(", ");
                    return Err(Stop::usage(format!(
                        "bench: `{argument}` is no flag, and no area ({areas})"
                    )));
                }
            }
        }
        Ok(wanted)
    }
}

/// The areas that are measured in one process, through the libraries, by an example of a package.
fn inside(package: &str, example: &str, area: Option<&str>, note: &mut dyn FnMut(Value)) -> Outcome {
    let _lock = cuda::Lock::keep();
    let mut bench = cargo("run");
    bench.args(["--release", "--quiet", "--package", package, "--example", example]);
    cuda::apply(&mut bench);
    bench.arg("--").args(area);
    let mut child = start(bench.stdout(Stdio::piped()))?;
    let output = child.stdout.take().into_iter().flat_map(|output| BufReader::new(output).lines());
    for line in output.map_while(Result::ok) {
        let row = serde_json::from_str(&line);
        note(row.map_err(|error| Stop::failed(format!("the benchmark printed `{line}`: {error}")))?);
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Stop::failed("the benchmark failed")),
    }
}

/// Whole films, made as a user makes them.
fn outside(note: &mut dyn FnMut(Value)) -> Outcome {
    let program = program::build()?;
    let folder = std::env::temp_dir().join(format!("mutoscope-bench-{}", std::process::id()));
    for (name, flags) in FILMS {
        std::fs::create_dir_all(&folder)
            .map_err(|error| Stop::failed(format!("{} cannot be made: {error}", folder.display())))?;
        let mut make = Command::new(&program);
        make.args(["make", PROMPT, "--seed", "7", "--quiet", "-o"]).arg(folder.join("film.mp4")).args(flags);
        let begun = Instant::now();
        let mut child = start(make.stdout(Stdio::null()))?;
        let (succeeded, peak_bytes) = watch(&mut child);
        let took = begun.elapsed();
        // Its films and takes are of no use to anyone, and the next film must find no take of this one.
        let _ = std::fs::remove_dir_all(&folder);
        if !succeeded {
            return Err(Stop::failed(format!("`mutoscope make` failed ({name})")));
        }
        let row = |what: &str, value: f64, unit: &str| json!({ "area": "make", "name": format!("{name}: {what}"), "value": value, "unit": unit, "better": "lower" });
        note(row("wall time", took.as_secs_f64(), "s"));
        if let Some(bytes) = peak_bytes {
            note(row("peak memory", bytes as f64 / f64::from(1 << 20), "MiB"));
        }
    }
    Ok(())
}

fn start(command: &mut Command) -> Outcome<Child> {
    command.spawn().map_err(|error| {
        Stop::failed(format!("{} does not start: {error}", command.get_program().to_string_lossy()))
    })
}

/// Waits for a process; says whether it succeeded and the most memory it held, where the system tells (Linux).
fn watch(child: &mut Child) -> (bool, Option<u64>) {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = None;
    loop {
        // The kernel keeps the high-water mark, so looking often matters only for the last moments.
        peak = peak.max(std::fs::read_to_string(&status).ok().as_deref().and_then(high_water_bytes));
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Ok(Some(status)) => return (status.success(), peak),
            Err(_) => return (false, peak),
        }
    }
}

/// `VmHWM` of a `/proc/PID/status`.
fn high_water_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The numbers of one run, as they lie in the file.
#[derive(Default)]
struct Report {
    device: String,
    rows: Vec<Value>,
}

impl Report {
    fn read(file: &Path) -> Option<Self> {
        let file: Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        let device = file["machine"]["device"].as_str().unwrap_or_default().to_owned();
        Some(Self { device, rows: file["results"].as_array()?.clone() })
    }

    fn write(&self, file: &Path) -> Outcome {
        let report = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "commit": commit(),
            "machine": { "device": self.device, "processor": processor(), "cores": cores(), "system": std::env::consts::OS },
            "results": self.rows,
        });
        std::fs::write(file, format!("{report:#}\n"))
            .map_err(|error| Stop::failed(format!("{} cannot be written: {error}", file.display())))
    }

    fn find(&self, row: &Value) -> Option<&Value> {
        self.rows.iter().find(|earlier| earlier["area"] == row["area"] && earlier["name"] == row["name"])
    }
}

/// A line of the table.
struct Row<'a> {
    now: &'a Value,
    before: Option<&'a Value>,
}

impl Row<'_> {
    fn head() -> String {
        format!("{:<8} {:<40} {:>10} {:<9} {:>10} {:>6}", "area", "what", "now", "", "before", "ratio")
    }
}

impl std::fmt::Display for Row<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |key: &str| self.now[key].as_str().unwrap_or_default();
        let value = self.now["value"].as_f64().unwrap_or(f64::NAN);
        write!(out, "{:<8} {:<40} {:>10} {:<9}", text("area"), text("name"), digits(value), text("unit"))?;
        if let Some(before) =
            self.before.and_then(|before| before["value"].as_f64()).filter(|before| *before != 0.0)
        {
            let ratio = value / before;
            let word = match (text("better") == "higher", ratio) {
                _ if (ratio - 1.0).abs() < NOISE => "",
                (higher, ratio) if higher == (ratio > 1.0) => "  better",
                _ => "  WORSE",
            };
            write!(out, " {:>10} {ratio:>6.2}{word}", digits(before))?;
        }
        for (name, part) in self.now["parts"].as_object().unwrap_or(&Map::new()) {
            write!(out, "\n{:<8}   {name:<38} {:>10}", "", digits(part.as_f64().unwrap_or(f64::NAN)))?;
        }
        Ok(())
    }
}

/// Three significant digits, without an exponent.
fn digits(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The commit that was measured, with a mark where the working tree differs from it; empty outside git.
fn commit() -> String {
    let describe = Command::new("git").current_dir(root()).args(["describe", "--always", "--dirty"]).output();
    describe.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

fn processor() -> String {
    let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_became_better() {
        let speed = |value: f64| json!({ "area": "stage", "name": "360p", "value": value, "unit": "frames/s", "better": "higher" });
        let time = |value: f64| json!({ "area": "plan", "name": "long", "value": value, "unit": "ms", "better": "lower" });
        let line = |now: Value, before: Value| Row { now: &now, before: Some(&before) }.to_string();
        assert!(line(speed(20.0), speed(10.0)).ends_with("2.00  better"));
        assert!(line(speed(5.0), speed(10.0)).ends_with("0.50  WORSE"));
        assert!(line(time(5.0), time(10.0)).ends_with("0.50  better"));
        assert!(line(time(10.1), time(10.0)).ends_with("1.01"));
    }

    #[test]
    fn arguments_are_read_or_refused() {
        let parse =
            |line: &str| Wanted::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let wanted = parse("stage --json a.json").unwrap_or_else(|stop| panic!("{}", stop.what));
        assert_eq!((wanted.area.as_deref(), wanted.json), (Some("stage"), PathBuf::from("a.json")));
        for line in ["colour", "--json", "--against", "--against /nowhere.json", "--fast"] {
            assert!(parse(line).is_err_and(|stop| stop.status == 2), "{line}");
        }
    }

    #[test]
    fn memory_is_read_from_the_kernels_page() {
        assert_eq!(high_water_bytes("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"), Some(2 << 20));
        assert_eq!(high_water_bytes("Name:\tx\n"), None);
    }
}
