//! What a start makes of what it finds.

use std::fs;
use std::path::Path;

use engine::{EngineError, Event, JobState, Leftovers, Notice};
use film::Hint;

use crate::support::{Project, expected, files, spec, until};

/// A project with a finished film of two shots, closed.
fn finished() -> Project {
    let project = Project::new();
    let engine = project.open();
    let id = engine.submit(spec(2, 4)).unwrap();
    assert_eq!(engine.wait(id).unwrap().state, JobState::Done);
    project.director.frames_by_shot();
    project
}

#[test]
fn one_project_is_open_once() {
    let project = Project::new();
    let engine = project.open();
    let error = project.try_open().unwrap_err();
    assert!(matches!(error, EngineError::Locked { holder: Some(id), .. } if id == std::process::id()));
    assert!(error.to_string().starts_with("the project is open in another Mutoscope (process "), "{error}");
    assert!(error.hint().is_some());
    drop(engine);
    project.open();
}

#[test]
fn a_queue_that_is_not_a_queue_is_put_aside_and_the_takes_are_kept() {
    for damage in [
        |path: &Path| fs::write(path, "this was never a database, whatever it is called").unwrap(),
        |path: &Path| {
            let mut bytes = fs::read(path).unwrap();
            for byte in &mut bytes[4096..] {
                *byte ^= 0x5a;
            }
            fs::write(path, bytes).unwrap();
        },
        |path: &Path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        },
        |path: &Path| {
            let base = rusqlite::Connection::open(path).unwrap();
            base.execute_batch("DROP TABLE takes").unwrap();
        },
    ] {
        let project = finished();
        damage(&project.config.database);
        let engine = project.open();
        let aside = project.folder.path().join("queue.sqlite.corrupt");
        assert_eq!(engine.recovery(), [Notice::QueueRebuilt { aside: aside.clone(), takes_kept: 2 }]);
        assert!(aside.is_file());
        let events = engine.subscribe();
        assert!(matches!(events.recv(), Some(Event::Notice(Notice::QueueRebuilt { .. }))));
        let job = engine.wait(engine.submit(spec(2, 4)).unwrap()).unwrap();
        assert_eq!(job.state, JobState::Done);
        assert!(project.director.frames_by_shot().is_empty(), "nothing is rendered again");
    }
}

#[test]
fn the_log_of_a_damaged_queue_is_not_played_into_the_new_one() {
    let project = finished();
    let log = project.folder.path().join("queue.sqlite-wal");
    let engine = project.open();
    engine.wait(engine.submit(spec(1, 3)).unwrap()).unwrap();
    let written = fs::read(&log).unwrap();
    assert!(!written.is_empty());
    drop(engine);
    // As after a kill, and then a file system that lost the file but not the log.
    fs::write(&log, &written).unwrap();
    fs::write(&project.config.database, "no database").unwrap();
    let engine = project.open();
    assert!(matches!(engine.recovery(), [Notice::QueueRebuilt { takes_kept: 3, .. }]));
    assert!(engine.jobs().is_empty());
    assert!(engine.cached(&spec(1, 3).takes[0]).unwrap().is_some());
}

#[test]
fn a_second_damaged_queue_does_not_overwrite_the_first() {
    let project = finished();
    for content in ["first damage", "second damage"] {
        fs::write(&project.config.database, content).unwrap();
        project.open();
    }
    let read = |name: &str| fs::read_to_string(project.folder.path().join(name)).unwrap();
    assert_eq!(read("queue.sqlite.corrupt"), "first damage");
    assert_eq!(read("queue.sqlite.corrupt-2"), "second damage");
}

#[test]
fn an_empty_queue_file_is_a_new_queue() {
    let project = finished();
    fs::write(&project.config.database, "").unwrap();
    let engine = project.open();
    engine.wait(engine.submit(spec(2, 4)).unwrap()).unwrap();
    assert!(project.director.frames_by_shot().is_empty());
}

#[test]
fn a_newer_queue_is_refused_and_left_as_it_is() {
    let project = finished();
    let base = rusqlite::Connection::open(&project.config.database).unwrap();
    base.pragma_update(None, "user_version", 999).unwrap();
    drop(base);
    let before = fs::read(&project.config.database).unwrap();
    let error = project.try_open().unwrap_err();
    assert!(matches!(error, EngineError::Newer { found: 999, .. }), "{error}");
    assert!(error.hint().unwrap().contains("newer"));
    assert_eq!(fs::read(&project.config.database).unwrap(), before);
}

#[test]
fn a_take_that_is_gone_or_short_is_rendered_again_and_no_other() {
    let project = finished();
    let takes = files(&project.config.takes);
    fs::remove_file(project.config.takes.join(&takes[0])).unwrap();
    let engine = project.open();
    assert_eq!(engine.recovery(), [Notice::TakesForgotten(1)]);
    let render = || engine.wait(engine.submit(spec(2, 4)).unwrap()).unwrap();
    render();
    assert_eq!(project.director.frames_by_shot().values().sum::<u32>(), 4);
    // While the engine runs: one loses bytes, the other has the right size and the wrong end.
    fs::write(project.config.takes.join(&takes[0]), "short").unwrap();
    let whole = fs::read(project.config.takes.join(&takes[1])).unwrap();
    fs::write(project.config.takes.join(&takes[1]), vec![0; whole.len()]).unwrap();
    let job = render();
    assert_eq!(project.director.frames_by_shot().values().sum::<u32>(), 8);
    for (take, request) in job.takes.iter().zip(&spec(2, 4).takes) {
        assert_eq!(fs::read(&take.path).unwrap(), expected(request));
    }
}

#[test]
fn files_of_others_in_the_folder_stay() {
    let project = finished();
    for name in ["notes.partial.txt", "README", "abc.px"] {
        fs::write(project.config.takes.join(name), "mine").unwrap();
    }
    // Those of ours that were not finished go, also where a take store writes aside in its turn.
    for ending in ["partial.px", "partial.partial.px"] {
        fs::write(project.config.takes.join(format!("{}.{ending}", "0f".repeat(32))), "half").unwrap();
    }
    let engine = project.open();
    assert_eq!(engine.recovery(), [Notice::PartialsRemoved(2)]);
    assert_eq!(project.files().len(), 2 + 3);
}

/// Closes the engine in the middle of the second shot, with another job waiting.
fn closed_in_the_middle(project: &Project) -> [engine::JobId; 2] {
    let engine = project.open();
    let (entered, at_frame) = std::sync::mpsc::channel();
    project.director.on_frame(move |shot, index| {
        if (shot, index) == ("b", 1) {
            entered.send(()).ok();
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Ok(())
    });
    let running = engine.submit(spec(3, 4)).unwrap();
    let waiting = engine.submit(spec(4, 2)).unwrap();
    at_frame.recv().unwrap();
    drop(engine);
    project.director.on_frame(|_, _| Ok(()));
    assert_eq!(project.director.frames_by_shot(), [("a".to_owned(), 4), ("b".to_owned(), 2)].into());
    assert_eq!(project.files().len(), 1);
    [running, waiting]
}

#[test]
fn what_was_left_over_continues_where_the_user_comes_back_to_it() {
    let mut project = Project::new();
    project.config.leftovers = Leftovers::Continue;
    let [running, waiting] = closed_in_the_middle(&project);
    let engine = project.open();
    let told = Notice::JobsLeftOver { jobs: vec![running, waiting], state: JobState::Queued };
    assert_eq!(engine.recovery(), [told]);
    assert_eq!(engine.wait(running).unwrap().state, JobState::Done);
    assert_eq!(engine.wait(waiting).unwrap().state, JobState::Done);
    let rendered = project.director.frames_by_shot();
    assert_eq!((rendered["b"], rendered["c"]), (4 + 2, 4 + 2));
}

#[test]
fn what_was_left_over_rests_until_the_same_is_asked_for() {
    let project = Project::new();
    let [running, waiting] = closed_in_the_middle(&project);
    let engine = project.open();
    assert_eq!(engine.wait(running).unwrap().state, JobState::Interrupted);
    assert_eq!(engine.submit(spec(3, 4)).unwrap(), running);
    assert_eq!(engine.wait(running).unwrap().state, JobState::Done);
    assert_eq!(project.director.frames_by_shot(), [("b".to_owned(), 4), ("c".to_owned(), 4)].into());
    assert_eq!(engine.job(waiting).unwrap().state, JobState::Interrupted);
    engine.resume(waiting).unwrap();
    assert_eq!(engine.wait(waiting).unwrap().state, JobState::Done);
    assert!(matches!(engine.resume(waiting), Err(EngineError::WrongState { .. })));
    drop(engine);
    // Interrupted jobs that nobody wants can be cancelled; settled ones are remembered.
    let engine = project.open();
    assert!(engine.recovery().is_empty());
    assert!(engine.jobs().iter().all(|job| job.state == JobState::Done));
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_at_the_start() {
    let mut project = Project::new();
    let file = project.folder.path().join("file");
    fs::write(&file, "").unwrap();
    project.config.takes = file.join("takes");
    let error = project.try_open().unwrap_err();
    assert!(matches!(error, EngineError::Io { .. }));
    assert!(error.to_string().starts_with("could not make the folder"), "{error}");
    assert!(error.hint().is_some());

    let mut project = Project::new();
    fs::create_dir(&project.config.database).unwrap();
    let error = project.try_open().unwrap_err();
    assert!(matches!(error, EngineError::Database { .. }), "{error}");
    project.config.database = project.folder.path().join("other.sqlite");
    project.open();
}

#[test]
fn a_slow_listener_hears_every_state() {
    let project = Project::new();
    let engine = project.open();
    let slow = engine.subscribe();
    let id = engine.submit(spec(3, 200)).unwrap();
    engine.wait(id).unwrap();
    let heard = until(&slow, |event| matches!(event, Event::Job { state: JobState::Done, .. }));
    // Three states and three begins and ends, with at most one report.
    assert!(heard.len() <= 3 + 6 + 1, "{}", heard.len());
    assert!(heard.len() >= 3 + 6);
    drop(engine);
    assert!(slow.recv().is_none());
}
