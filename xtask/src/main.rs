//! The one command behind `./x`: everything one does with this repository.
//!
//! `./x` sees to the system's packages and starts this program, which has four rooms: [`steps`] runs the tools that
//! judge the code, [`page`] those that build the studio's page, [`program`] builds the programs and hands over to them,
//! [`bench`] measures, and [`cuda`] has the same built for NVIDIA's cards. The commands themselves are described in `help.txt`, which is also what `./x help` prints.
#![expect(clippy::print_stdout, reason = "the results of a command line tool go to standard output")]

mod bench;
mod cuda;
mod page;
mod program;
mod steps;

use std::{path::Path, process::ExitCode};

const HELP: &str = include_str!("../help.txt");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("./x: {}", stop.what);
            if let Some(hint) = stop.hint {
                eprintln!("hint: {hint}");
            }
            ExitCode::from(stop.status)
        }
    }
}

fn run(arguments: &[String]) -> Outcome {
    let (command, arguments) =
        arguments.split_first().map_or(("help", arguments), |(c, rest)| (c.as_str(), rest));
    match command {
        "cuda" => match arguments.first().map(String::as_str) {
            Some("make" | "studio" | "serve" | "bench" | "doctor" | "test") => {
                cuda::switch_on()?;
                run(arguments)
            }
            _ => Err(Stop::usage("`cuda` goes before make, studio, serve, bench, doctor or test")),
        },
        "make" => program::make(arguments),
        "doctor" => program::run("doctor", arguments),
        "bench" => bench::bench(arguments),
        "check" | "test" | "fixtures" | "gallery" | "help" if !arguments.is_empty() => {
            Err(Stop::usage(format!("`{command}` takes no arguments, and got `{}`", arguments.join(" "))))
        }
        "check" => steps::check(),
        "test" if cuda::is_on() => steps::test_neural(),
        "test" => steps::test(),
        "fixtures" => steps::fixtures(),
        "gallery" => steps::gallery(),
        "studio" => page::build().and_then(|()| program::studio(arguments)),
        "serve" => page::build().and_then(|()| program::run("serve", arguments)),
        "help" => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(Stop::usage(format!("there is no command `{command}`"))),
    }
}

/// Why a command ended without having done its work, in the way the whole program speaks: what failed, what to do,
/// and the exit status (1 the work failed, 2 unusable arguments, or that of the program it was handed over to).
struct Stop {
    what: String,
    hint: Option<String>,
    status: u8,
}

impl Stop {
    fn failed(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None, status: 1 }
    }

    fn usage(what: impl Into<String>) -> Self {
        Self { status: 2, ..Self::failed(what).hint("./x help lists the commands and their flags") }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

type Outcome<T = ()> = Result<T, Stop>;

/// The root of the repository, wherever one stands when calling.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The cargo that started us, so that toolchains do not mix. It works in the folder one stands in: paths among the
/// arguments mean what they meant when they were typed.
fn cargo(subcommand: &str) -> std::process::Command {
    let mut cargo = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg(subcommand).arg("--manifest-path").arg(root().join("Cargo.toml"));
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The script, the help page and the table of needs are not Rust; this keeps the four in step.
    #[test]
    fn script_help_and_table_agree() {
        let script = std::fs::read_to_string(root().join("x")).expect("./x");
        let commands =
            script.lines().find(|line| line.starts_with("check |")).expect("the line with the commands");
        let commands = commands.split(')').next().expect("a case").split('|').map(str::trim);
        for command in commands {
            assert!(
                HELP.lines().any(|line| line.starts_with(&format!("  {command}"))),
                "{command} is not in help.txt"
            );
        }

        let table = std::fs::read_to_string(root().join("xtask/packages.txt")).expect("the table");
        let checks = std::fs::read_to_string(root().join("xtask/packages.sh")).expect("the checks");
        for row in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut words = row.split_whitespace();
            let (need, column) = (words.next().expect("a need"), words.next().expect("a column"));
            assert!(words.next().is_some(), "`{row}` is empty");
            assert!(
                ["why", "for", "apt-get", "dnf", "pacman", "zypper", "brew"].contains(&column),
                "`{row}`: column"
            );
            assert!(checks.contains(&format!("\n    {need})")), "packages.sh does not look for {need}");
            assert!(table.contains(&format!("\n{need:<13} why ")), "{need} has no reason");
        }
    }
}
