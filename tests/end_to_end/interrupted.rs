//! Ctrl-C and `kill -9`.

#![cfg(unix)]

use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::*;

/// Three seconds a shot, so that there is time to interrupt the second.
fn slow(film: &Path) -> Child {
    let mut command = mutoscope();
    command.args(["make", PROMPT, "-o"]).arg(film);
    command.args(["--size", "320x192", "--fps", "24", "--seconds", "8", "--quality", "draft"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn takes(film: &Path) -> usize {
    let takes = film.with_extension("muto").join("takes");
    let names = std::fs::read_dir(takes).into_iter().flatten().flatten().map(|e| e.file_name());
    names
        .filter(|n| n.to_string_lossy().ends_with(".mov") && !n.to_string_lossy().contains("partial"))
        .count()
}

/// Waits until the first take is finished and the second has begun.
#[track_caller]
fn wait_for_the_second_shot(child: &mut Child, film: &Path) {
    let start = Instant::now();
    while takes(film) == 0 {
        assert!(start.elapsed() < Duration::from_mins(2), "no take within two minutes");
        if let Some(status) = child.try_wait().unwrap() {
            let mut text = String::new();
            std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut text).unwrap();
            panic!("ended early with {status}: {text}");
        }
        sleep(Duration::from_millis(20));
    }
    sleep(Duration::from_millis(300));
}

fn signal(child: &Child, name: &str) {
    // The shell's own `kill`: a bare machine has no other.
    let status = Command::new("sh").arg("-c").arg(format!("kill -s {name} {}", child.id())).status().unwrap();
    assert!(status.success());
}

#[test]
fn ctrl_c_ends_with_130_within_a_second_and_keeps_finished_takes() {
    let dir = tempfile::tempdir().unwrap();
    let film = dir.path().join("film.mp4");
    let mut child = slow(&film);
    wait_for_the_second_shot(&mut child, &film);
    signal(&child, "INT");
    let start = Instant::now();
    let status = child.wait().unwrap();
    let took = start.elapsed();
    assert_eq!(status.code(), Some(130));
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(takes(&film) >= 1);
    assert!(!film.exists());
    assert!(partials(dir.path()).is_empty(), "{:?}", partials(dir.path()));
}

#[test]
fn kill_9_loses_no_finished_take_and_the_next_run_completes_the_film() {
    let dir = tempfile::tempdir().unwrap();
    let film = dir.path().join("film.mp4");
    let mut child = slow(&film);
    wait_for_the_second_shot(&mut child, &film);
    signal(&child, "KILL");
    child.wait().unwrap();
    let kept = takes(&film);
    assert!(kept >= 1);
    assert!(!film.exists());
    let output = mutoscope()
        .args(["render", "--json", "--quiet", "--quality", "draft"])
        .arg(film.with_extension("muto"))
        .arg("-o")
        .arg(&film)
        .output()
        .unwrap();
    assert_ok(&output);
    let shots = json(&output)["shots"].as_array().unwrap().clone();
    assert!(shots.iter().filter(|shot| shot["kept"] == true).count() >= kept, "{shots:?}");
    assert!(shots.iter().any(|shot| shot["kept"] == false), "everything was finished before: {shots:?}");
    let probe = media::probe(&film).unwrap();
    assert_eq!(probe.frames, 8 * 24);
    assert!(partials(dir.path()).is_empty(), "{:?}", partials(dir.path()));
}
