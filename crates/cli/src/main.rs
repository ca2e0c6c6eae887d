//! `mutoscope`, the command line: flags, progress bars, exit codes.
//!
//! Progress and messages go to standard error, results to standard output. Exit status: 0 done; 1 the work failed (one line
//! saying what, one `hint:` line saying what to do); 2 unusable arguments; 130 interrupted.
//!
//! *Invariant:* no logic lives here; everything that is done is done by `studio`.

mod args;
mod interrupt;
mod models;
mod progress;

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use film::Hint as _;
use serde_json::json;
use studio::{Adviser, Made, Output, Selection, StudioError, Wishes};

use args::{Cli, Command, Voice};
use interrupt::Interrupt;
use progress::Bars;

/// Why the command ends without having done its work.
enum Stop {
    /// The work failed.
    Failed(StudioError),
    /// The arguments cannot be used.
    Usage { message: String, hint: String },
    /// The studio could not be served.
    Broken(String, Option<String>),
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl From<StudioError> for Stop {
    fn from(error: StudioError) -> Self {
        match error {
            StudioError::Cancelled => Self::Interrupted,
            error if error.is_usage() => {
                Self::Usage { message: error.to_string(), hint: error.hint().unwrap_or_default() }
            }
            error => Self::Failed(error),
        }
    }
}

fn main() -> ExitCode {
    quiet_driver();
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("MUTOSCOPE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error")),
        )
        .without_time()
        .init();
    let voice = cli.voice;
    let (message, hint, status) = match run(cli.command, voice) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Stop::Failed(error)) => (error.to_string(), error.hint(), 1),
        Err(Stop::Usage { message, hint }) => (message, Some(hint), 2),
        Err(Stop::Broken(message, hint)) => (message, hint, 1),
        Err(Stop::Interrupted) => ("interrupted; what is finished is kept".to_owned(), None, 130),
    };
    // Nobody may be listening any more; then there is nobody to tell.
    let _ = writeln!(io::stderr(), "error: {message}");
    if let Some(hint) = &hint {
        let _ = writeln!(io::stderr(), "hint: {hint}");
    }
    if voice.json {
        let _ = print(&format!("{}\n", json!({ "error": { "message": message, "hint": hint } })));
    }
    ExitCode::from(status)
}

/// Where no desktop runs, Mesa's device-select layer looks for one all the same and complains on standard error.
fn quiet_driver() {
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        #[expect(unsafe_code, reason = "the driver can be told through the environment only")]
        // SAFETY: this is the first thing that the program does; there is no other thread that could read the environment.
        unsafe {
            std::env::set_var("NODEVICE_SELECT", "1");
        }
    }
}

fn run(command: Command, voice: Voice) -> Result<(), Stop> {
    match command {
        Command::Make(make) => {
            let words = words(&make.words)?;
            let (wishes, output) = (wishes(&make.wishes), output(make.output));
            let made = watched(&output, voice, |watcher| studio::make(&words, &wishes, &output, watcher))?;
            report(&made, voice)
        }
        Command::Render(render) => {
            let output = output(render.output);
            let selection = Selection { shots: render.shot, frames: render.frames.map(|frames| frames.0) };
            let made = watched(&output, voice, |watcher| {
                studio::render(&render.input, &selection, &output, watcher)
            })?;
            report(&made, voice)
        }
        Command::Plan(plan) => {
            let board = studio::plan(&words(&plan.words)?, &wishes(&plan.wishes))?;
            match &plan.output {
                Some(path) => Ok(studio::write_storyboard(&board, path)?),
                None => print(&board.to_json()),
            }
        }
        Command::Studio(studio) => open_desktop(&studio),
        Command::Serve(serve) => serve_studio(&serve, voice),
        Command::Models(what) => models::run(&what.command, voice),
        Command::Doctor(_) => {
            let report = studio::doctor();
            print(&if voice.json { format!("{:#}\n", report.to_json()) } else { report.to_string() })?;
            if report.is_healthy() { Ok(()) } else { Err(Stop::Failed(StudioError::Unhealthy)) }
        }
        Command::Schema => print(&format!("{:#}\n", film::json_schema())),
    }
}

/// Becomes the desktop studio, a program of its own that lies beside this one: its window needs libraries that films do not.
fn open_desktop(wish: &args::Studio) -> Result<(), Stop> {
    let name = format!("mutoscope-studio{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join(&name)));
    let Some(program) = beside.filter(|program| program.is_file()) else {
        return Err(Stop::Broken(
            format!("{name} is not beside this program"),
            Some("open the studio in a browser: mutoscope serve".into()),
        ));
    };
    let mut command = std::process::Command::new(&program);
    command.args(&wish.project);
    let status =
        command.status().map_err(|error| Stop::Broken(format!("{}: {error}", program.display()), None))?;
    if status.success() {
        return Ok(());
    }
    // It has said why itself.
    Err(Stop::Broken("the studio has ended early".into(), Some("its lines above say why".into())))
}

/// Serves the studio until somebody presses Ctrl-C.
fn serve_studio(serve: &args::Serve, voice: Voice) -> Result<(), Stop> {
    let failed = |error: &dyn std::fmt::Display, hint: Option<String>| Stop::Broken(error.to_string(), hint);
    let (stop, stopped) = std::sync::mpsc::channel();
    let told = ctrlc::set_handler(move || {
        // Nobody listens any more when it was pressed twice.
        let _ = stop.send(());
    });
    told.map_err(|error| failed(&error, None))?;
    let studio =
        studio::Session::start(studio::session::Setup::default()).map_err(|e| failed(&e, e.hint()))?;
    if let Some(project) = &serve.project {
        studio.open_project(project).map_err(|e| failed(&e, e.hint()))?;
    }
    let serving = match server::serve(studio.clone(), serve.listen, serve.allow_remote) {
        Ok(serving) => serving,
        Err(error @ server::ServeError::Remote(_)) => {
            return Err(Stop::Usage { message: error.to_string(), hint: error.hint().unwrap_or_default() });
        }
        Err(error) => return Err(failed(&error, error.hint())),
    };
    if voice.json {
        let address = serving.address();
        print(&format!(
            "{}\n",
            json!({ "url": serving.url(), "address": address, "token": serving.token() })
        ))?;
    } else {
        print(&format!("{}\n", serving.url()))?;
        if !voice.quiet {
            let _ = writeln!(io::stderr(), "open this address in a browser; Ctrl-C ends the studio");
        }
    }
    // An error means that nobody can press it any more.
    let _ = stopped.recv();
    drop(serving);
    studio.close_project().map_err(|e| failed(&e, e.hint()))?;
    Ok(())
}

/// Runs long work with a progress bar, and with Ctrl-C asking it to stop.
fn watched(
    output: &Output,
    voice: Voice,
    work: impl FnOnce(&mut studio::Watcher<'_>) -> Result<Made, StudioError>,
) -> Result<Made, Stop> {
    let partials = output.clone();
    let interrupt = Interrupt::listen(move || studio::remove_partials(&partials));
    let mut bars = Bars::new(voice.quiet);
    let made =
        work(&mut studio::Watcher { cancel: interrupt.token(), event: &mut |event| bars.show(&event) });
    bars.clear();
    made.map_err(Stop::from)
}

fn report(made: &Made, voice: Voice) -> Result<(), Stop> {
    if !voice.quiet {
        for note in &made.notes {
            let _ = writeln!(io::stderr(), "note: {note}");
        }
    }
    print(&if voice.json { format!("{:#}\n", made.to_json()) } else { format!("{}\n", made.film.display()) })
}

/// Writes a result. A reader who left early, as `head` does, is no failure.
fn print(text: &str) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Stop::Failed(StudioError::Io {
            doing: "write to",
            path: "standard output".into(),
            source: e,
        })),
        _ => Ok(()),
    }
}

fn words(words: &args::Words) -> Result<String, Stop> {
    let bytes = match (&words.prompt, &words.script) {
        (Some(prompt), _) if prompt == "-" => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map_err(|e| unreadable(Path::new("-"), &e))?;
            bytes
        }
        (Some(prompt), _) => return Ok(prompt.clone()),
        (None, Some(path)) if path == Path::new("-") => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map_err(|e| unreadable(path, &e))?;
            bytes
        }
        (None, Some(path)) => std::fs::read(path).map_err(|e| unreadable(path, &e))?,
        (None, None) => Vec::new(),
    };
    String::from_utf8(bytes).map_err(|_| Stop::Usage {
        message: "the script is not UTF-8 text".into(),
        hint: "save it as plain text in UTF-8; word processors call that \"plain text\" or \".txt\"".into(),
    })
}

fn unreadable(path: &Path, source: &io::Error) -> Stop {
    Stop::Usage {
        message: format!("cannot read the script {}: {source}", path.display()),
        hint: "check the path after --script".into(),
    }
}

fn wishes(wishes: &args::Wishes) -> Wishes {
    Wishes {
        size: wishes.size.map(|size| (size.0, size.1)),
        fps: wishes.fps,
        seconds: wishes.seconds,
        seed: wishes.seed,
        style: wishes.style.clone(),
        renderer: wishes.renderer.clone(),
        adviser: wishes.adviser.as_deref().and_then(|address| Adviser::at(address, &wishes.adviser_model)),
    }
}

fn output(output: args::Output) -> Output {
    Output {
        film: output.film,
        format: None,
        quality: output.quality.into(),
        sheet: output.sheet,
        encoder: output.encoder,
        threads: output.threads,
        gif: studio::GifLimits::default(),
    }
}
