//! A disk that fills up in the middle of a film.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use engine::{Engine, EngineConfig, JobState};
use film::Hint;

use crate::support::{Director, Pixels, files, spec};

const FOLDER: &str = "MUTOSCOPE_TEST_SMALL_DISK";

/// Writes until nothing more goes in.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

/// Not a test of its own: the process that sees the small disk.
#[test]
#[ignore = "started by the test below in a namespace of its own"]
fn on_a_small_disk() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let filler = folder.join("filler");
    let director = Director::new();
    let engine =
        Engine::start(&EngineConfig::in_project(folder), Box::new(Pixels), director.factory()).unwrap();
    let full = filler.clone();
    director.on_frame(move |shot, index| {
        if (shot, index) == ("b", 2) {
            fill(&full);
        }
        Ok(())
    });
    let spec = spec(3, 2000);
    let id = engine.submit(spec.clone()).unwrap();
    let job = engine.wait(id).unwrap();
    assert_eq!(job.state, JobState::Failed);
    let failure = job.failure.unwrap();
    assert!(failure.message.contains("No space left"), "{failure}");
    assert!(failure.hint.as_ref().unwrap().contains("free some space"), "{failure:?}");
    assert_eq!(files(&folder.join("takes")).len(), 1, "the finished take alone");
    director.frames_by_shot();

    // Nothing can be queued now, and the reason is given; the worker lives.
    if let Err(error) = engine.submit(spec.clone()) {
        assert!(error.hint().unwrap().contains("free some space"), "{error}");
    }
    fs::remove_file(&filler).unwrap();
    director.on_frame(|_, _| Ok(()));
    let id = engine.submit(spec).unwrap();
    assert_eq!(engine.wait(id).unwrap().state, JobState::Done);
    assert!(!director.frames_by_shot().contains_key("a"), "what was finished was kept");
}

#[test]
fn a_disk_that_fills_up_fails_the_job_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    // The mount lives in a namespace that ends with the process: nothing has to be cleaned up.
    let script = "mount -t tmpfs -o size=256k mutoscope \"$0\" || exit 77; exec \"$@\"";
    let child = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .args(["full_disk::on_a_small_disk", "--exact", "--ignored"])
        .env(FOLDER, folder.path())
        .output();
    match child {
        Ok(child) if child.status.success() => {
            assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"));
        }
        Ok(child) if child.status.code() == Some(101) => {
            panic!("{}", String::from_utf8_lossy(&child.stdout));
        }
        // Containers often forbid it; then the test of the whole program on a real small disk stands in.
        refused => eprintln!("no small disk can be mounted here: {refused:?}"),
    }
}
