//! `kill -9` at any moment: what was finished is kept, the film completes, nothing is corrupt.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use engine::{Engine, EngineConfig, JobId, JobState, Notice};

use crate::support::{Director, Pixels, Project, expected, spec};

const FOLDER: &str = "MUTOSCOPE_TEST_VICTIM_FOLDER";
const FRAME: &str = "MUTOSCOPE_TEST_VICTIM_FRAME";
const SHOTS: u32 = 4;
const FRAMES: u32 = 6;

/// Not a test of its own: the process that the tests below start and kill. It renders up to the frame it is told, says so by
/// a file, and waits for its end there; or it renders film after film.
#[test]
#[ignore = "started by the tests that kill it"]
fn victim() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    let stop: Option<u32> = std::env::var(FRAME).ok().and_then(|frame| frame.parse().ok());
    let director = Director::new();
    let reached = folder.join("reached");
    let seen = std::sync::atomic::AtomicU32::new(0);
    director.on_frame(move |_, _| {
        if Some(seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) == stop {
            fs::write(&reached, "").unwrap();
            thread::sleep(Duration::from_mins(1));
        }
        Ok(())
    });
    let engine =
        Engine::start(&EngineConfig::in_project(&folder), Box::new(Pixels), director.factory()).unwrap();
    for frames in FRAMES.. {
        engine.wait(engine.submit(spec(SHOTS, frames)).unwrap()).unwrap();
        fs::write(folder.join("reached"), "").unwrap();
    }
}

fn start_victim(folder: &Path, frame: Option<u32>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["kill::victim", "--exact", "--ignored"]).env(FOLDER, folder).stdout(Stdio::null());
    if let Some(frame) = frame {
        command.env(FRAME, frame.to_string());
    }
    let child = command.spawn().unwrap();
    let begun = Instant::now();
    while !folder.join("reached").exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the victim never came to its frame");
        thread::sleep(Duration::from_millis(2));
    }
    child
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_film_killed_in_the_middle_completes_from_where_it_was() {
    // The first frame of all, the last frame of a shot, the middle of the second shot, the last frame of all.
    for frame in [0, FRAMES - 1, FRAMES + 3, SHOTS * FRAMES - 1] {
        let project = Project::new();
        kill(start_victim(project.folder.path(), Some(frame)));
        let engine = project.open();
        let job = engine.jobs()[0].id;
        assert_eq!(
            engine.recovery(),
            [
                Notice::PartialsRemoved(1),
                Notice::JobsLeftOver { jobs: vec![job], state: JobState::Interrupted }
            ]
        );
        assert_eq!(
            project.files().len() as u32,
            frame / FRAMES,
            "finished takes are kept, partial ones are not"
        );
        let spec = spec(SHOTS, FRAMES);
        assert_eq!(engine.submit(spec.clone()).unwrap(), job);
        let done = engine.wait(job).unwrap();
        assert_eq!(done.state, JobState::Done);
        let rendered: u32 = project.director.frames_by_shot().values().sum();
        assert_eq!(rendered, (SHOTS - frame / FRAMES) * FRAMES);
        for (take, request) in done.takes.iter().zip(&spec.takes) {
            assert_eq!(fs::read(&take.path).unwrap(), expected(request));
        }
    }
}

#[test]
fn a_process_killed_at_any_instant_leaves_nothing_corrupt() {
    let project = Project::new();
    let mut kept = 0;
    for round in 0..8 {
        let _ = fs::remove_file(project.folder.path().join("reached"));
        let child = start_victim(project.folder.path(), None);
        thread::sleep(Duration::from_micros(700 * round));
        kill(child);
        let engine = project.open();
        // A take listed is a take that is whole; only what was unfinished is gone.
        for notice in engine.recovery() {
            let harmless = matches!(notice, Notice::PartialsRemoved(1) | Notice::JobsLeftOver { .. });
            assert!(harmless, "{notice:?}");
        }
        for frames in FRAMES..FRAMES + 4 {
            for request in spec(SHOTS, frames).takes {
                if let Some(take) = engine.cached(&request).unwrap() {
                    assert_eq!(fs::read(&take.path).unwrap(), expected(&request));
                    kept += 1;
                }
            }
        }
        let ids: Vec<JobId> = engine.jobs().iter().map(|job| job.id).collect();
        assert!(ids.is_sorted());
    }
    assert!(kept >= SHOTS);
}
