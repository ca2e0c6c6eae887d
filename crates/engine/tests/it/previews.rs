//! Previews: at once, the newest only, and never at the cost of a film.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc::channel};

use engine::{Event, JobState, PreviewOutcome, PreviewRequest};

use crate::support::{Project, expected, film, picture, spec, until};

fn request(id: u64, frame: u32) -> PreviewRequest {
    let order = film(1, 50).remove(0).order;
    PreviewRequest { id, order, renderer: "greys".into(), frame }
}

fn outcome(event: &Event) -> Option<(u64, &PreviewOutcome)> {
    match event {
        Event::Preview { id, outcome } => Some((*id, outcome)),
        _ => None,
    }
}

#[test]
fn a_preview_is_the_picture_of_its_frame() {
    let project = Project::new();
    let engine = project.open();
    let events = engine.subscribe();
    let request = request(1, 33);
    engine.preview(request.clone()).unwrap();
    let heard = until(&events, |event| outcome(event).is_some());
    let Some((1, PreviewOutcome::Ready(frame))) = outcome(&heard[0]) else { panic!("{heard:?}") };
    assert_eq!(**frame, picture(&request.order, 33));
}

#[test]
fn the_newest_preview_wins() {
    let project = Project::new();
    let engine = project.open();
    let (entered, at_frame) = channel();
    let (go_on, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    project.director.on_frame(move |_, _| {
        if entered.send(()).is_ok() {
            gate.lock().unwrap().recv().ok();
        }
        Ok(())
    });
    let events = engine.subscribe();
    engine.preview(request(1, 1)).unwrap();
    at_frame.recv().unwrap();
    for id in [2, 3, 5, 4] {
        engine.preview(request(id, id as u32)).unwrap();
    }
    drop(go_on);
    drop(at_frame);
    let heard = until(&events, |event| matches!(outcome(event), Some((5, _))));
    let ends: Vec<_> = heard
        .iter()
        .filter_map(outcome)
        .map(|(id, outcome)| (id, matches!(outcome, PreviewOutcome::Ready(_))))
        .collect();
    assert_eq!(ends, [(2, false), (3, false), (4, false), (1, false), (5, true)]);
}

/// Asks for previews within frames of a film, and says at which frame of the film each came.
fn interrupted_film(seekable: bool) -> Vec<u32> {
    let mut project = Project::new();
    project.director.seekable = seekable;
    let engine = Arc::new(project.open());
    let handle = Arc::downgrade(&engine);
    let film_frame = Arc::new(AtomicU32::new(0));
    let count = film_frame.clone();
    let came = Arc::new(Mutex::new(Vec::new()));
    let list = came.clone();
    project.director.on_frame(move |_, index| {
        if index == 40 {
            // The preview; frames of the film have lower numbers.
            list.lock().unwrap().push(count.load(Ordering::SeqCst));
        } else {
            let frame = count.fetch_add(1, Ordering::SeqCst) + 1;
            if frame == 3 || frame == 4 || frame == 12 {
                handle.upgrade().unwrap().preview(request(frame.into(), 40)).unwrap();
            }
        }
        Ok(())
    });
    let spec = spec(2, 8);
    let job = engine.wait(engine.submit(spec.clone()).unwrap()).unwrap();
    assert_eq!(job.state, JobState::Done);
    for (take, request) in job.takes.iter().zip(&spec.takes) {
        assert_eq!(fs::read(&take.path).unwrap(), expected(request), "the film is as if nobody had asked");
    }
    assert_eq!(film_frame.load(Ordering::SeqCst), 16, "no frame of the film was rendered twice");
    came.lock().unwrap().clone()
}

#[test]
fn previews_come_between_frames_of_a_seekable_renderer_and_between_shots_of_others() {
    assert_eq!(interrupted_film(true), [3, 4, 12]);
    // The third request made the second stale before the shot ended.
    assert_eq!(interrupted_film(false), [8, 16]);
}

#[test]
fn a_preview_that_panics_leaves_the_film_alone() {
    let project = Project::new();
    let engine = Arc::new(project.open());
    let handle = Arc::downgrade(&engine);
    let asked = AtomicBool::new(false);
    project.director.on_frame(move |_, index| {
        assert!(index != 40, "no such frame");
        if index == 3 && !asked.swap(true, Ordering::SeqCst) {
            handle.upgrade().unwrap().preview(request(1, 40)).unwrap();
        }
        Ok(())
    });
    let events = engine.subscribe();
    let spec = spec(1, 8);
    let job = engine.wait(engine.submit(spec.clone()).unwrap()).unwrap();
    assert_eq!(job.state, JobState::Done);
    assert_eq!(fs::read(&job.takes[0].path).unwrap(), expected(&spec.takes[0]));
    let heard = until(&events, |event| outcome(event).is_some());
    let Some((1, PreviewOutcome::Failed(failure))) = outcome(&heard[heard.len() - 1]) else {
        panic!("{heard:?}")
    };
    assert!(failure.message.contains("no such frame"));
    assert_eq!(project.director.made.load(Ordering::SeqCst), 2);
}
