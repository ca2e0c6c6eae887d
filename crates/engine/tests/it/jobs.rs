//! Jobs: their states, their takes, their endings.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use engine::{
    Engine, EngineError, Event, Failure, JobSpec, JobState, Notice, Phase, Renderers, TakeOutcome,
    TakeRequest,
};
use film::{Hint, RenderError};

use crate::support::{Pixels, Project, expected, film, spec, until};

fn is_settled(event: &Event) -> bool {
    matches!(event, Event::Job { state, .. } if state.is_settled())
}

/// The events as short words, without those of which a slow listener may miss some.
fn words(events: &[Event]) -> Vec<String> {
    let word = |event: &Event| match event {
        Event::Job { state, .. } => Some(state.to_string()),
        Event::Shot { shot, phase: Phase::Begin { frames }, .. } => {
            Some(format!("{} begins {frames}", shot.as_str()))
        }
        Event::Shot { shot, phase: Phase::End(outcome), .. } => {
            Some(format!("{} {outcome:?}", shot.as_str()))
        }
        Event::Notice(notice) => Some(format!("{notice:?}")),
        Event::Shot { phase: Phase::Report(_) | Phase::Sketch(_), .. } | Event::Preview { .. } => None,
    };
    events.iter().filter_map(word).collect()
}

#[test]
fn the_handle_may_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<Engine>();
}

#[test]
fn a_job_goes_from_queued_to_done_and_its_takes_are_whole() {
    let project = Project::new();
    let engine = project.open();
    project.director.on_frame(|_, _| {
        assert_eq!(thread::current().name(), Some("mutoscope-engine"));
        Ok(())
    });
    let events = engine.subscribe();
    let spec = spec(2, 5);
    let id = engine.submit(spec.clone()).unwrap();
    let heard = until(&events, is_settled);
    assert_eq!(
        words(&heard),
        ["queued", "running", "a begins 5", "a Rendered", "b begins 5", "b Rendered", "done"]
    );
    let job = engine.wait(id).unwrap();
    assert_eq!((job.state, job.takes.len(), job.progress), (JobState::Done, 2, None));
    for (take, request) in job.takes.iter().zip(&spec.takes) {
        assert_eq!(fs::read(&take.path).unwrap(), expected(request));
        assert_eq!(engine.cached(request).unwrap().as_ref(), Some(take));
        assert_eq!(engine.take_key(request).unwrap(), take.key);
    }
    assert_eq!(project.director.made.load(Ordering::SeqCst), 1);
}

#[test]
fn an_edit_of_one_shot_renders_one_shot() {
    let project = Project::new();
    let engine = project.open();
    let mut spec = spec(4, 3);
    let first = engine.submit(spec.clone()).unwrap();
    assert_eq!(engine.wait(first).unwrap().state, JobState::Done);
    assert_eq!(project.director.frames_by_shot().values().sum::<u32>(), 12);

    let events = engine.subscribe();
    let again = engine.submit(spec.clone()).unwrap();
    assert_eq!(engine.wait(again).unwrap().takes.len(), 4);
    assert!(project.director.frames_by_shot().is_empty());
    let heard = until(&events, is_settled);
    assert!(heard.iter().any(|e| matches!(e, Event::Shot { phase: Phase::End(TakeOutcome::Cached), .. })));

    spec.takes[2].order.shot.camera.lens_mm += 10.0;
    let edited = engine.submit(spec.clone()).unwrap();
    assert_eq!(engine.wait(edited).unwrap().state, JobState::Done);
    assert_eq!(project.director.frames_by_shot(), [("c".to_owned(), 3)].into());

    // Other frames, and another version of the renderer, are other takes.
    spec.takes.truncate(1);
    spec.takes[0].frames = 1..3;
    let fewer = engine.submit(spec.clone()).unwrap();
    assert_eq!(engine.wait(fewer).unwrap().takes[0].frames, 1..3);
    assert_eq!(project.director.frames_by_shot(), [("a".to_owned(), 2)].into());
    drop(engine);
    *project.director.version.lock().unwrap() = "2".into();
    let engine = project.open();
    let newer = engine.submit(spec).unwrap();
    assert_eq!(engine.wait(newer).unwrap().state, JobState::Done);
    assert_eq!(project.director.frames_by_shot(), [("a".to_owned(), 2)].into());
}

#[test]
fn the_same_shot_twice_in_a_film_is_rendered_once() {
    let project = Project::new();
    let engine = project.open();
    let mut takes = film(1, 4);
    takes.push(takes[0].clone());
    let id = engine.submit(JobSpec::new("twice", takes)).unwrap();
    assert_eq!(engine.wait(id).unwrap().takes.len(), 2);
    assert_eq!(project.director.frames_by_shot(), [("a".to_owned(), 4)].into());
}

#[test]
fn a_cancel_takes_effect_within_one_frame_wherever_it_comes() {
    let frames = 4;
    for (point, attentive) in (0..3 * frames).flat_map(|point| [(point, true), (point, false)]) {
        let mut project = Project::new();
        project.director.attentive = attentive;
        let engine = Arc::new(project.open());
        let job = Arc::new(OnceLock::new());
        let seen = AtomicU32::new(0);
        let (handle, number) = (Arc::downgrade(&engine), job.clone());
        project.director.on_frame(move |_, _| {
            if seen.fetch_add(1, Ordering::SeqCst) == point {
                let state = handle.upgrade().unwrap().cancel(*number.wait()).unwrap();
                assert_eq!(state, JobState::Cancelling);
            }
            Ok(())
        });
        let spec = spec(3, frames);
        let id = engine.submit(spec.clone()).unwrap();
        job.set(id).unwrap();
        let ended = engine.wait(id).unwrap();
        // In the frame in which it came, the renderer went on to the end; no later frame was begun.
        assert_eq!(project.director.frames_by_shot().values().sum::<u32>(), point + 1);
        assert_eq!(ended.state, JobState::Cancelled, "at {point}");
        // Finished takes are kept, nothing else is.
        assert_eq!(ended.takes.len() as u32, point / frames);
        assert_eq!(project.files().len() as u32, point / frames);
        let rest = engine.submit(spec.clone()).unwrap();
        assert_eq!(engine.wait(rest).unwrap().state, JobState::Done);
        assert_eq!(project.director.frames_by_shot().values().sum::<u32>(), (3 - point / frames) * frames);
        for (take, request) in engine.job(rest).unwrap().takes.iter().zip(&spec.takes) {
            assert_eq!(fs::read(&take.path).unwrap(), expected(request));
        }
    }
}

#[test]
fn a_job_being_cancelled_holds_the_worker_until_the_renderer_returns() {
    let project = Project::new();
    let engine = project.open();
    let (entered, at_frame) = channel();
    let (go_on, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    project.director.on_frame(move |shot, index| {
        if (shot, index) == ("a", 2) && entered.send(()).is_ok() {
            gate.lock().unwrap().recv().ok();
        }
        Ok(())
    });
    let first = engine.submit(spec(1, 9)).unwrap();
    let mut other = spec(2, 2);
    other.takes.remove(0);
    let second = engine.submit(other).unwrap();
    at_frame.recv().unwrap();
    assert_eq!(engine.cancel(first).unwrap(), JobState::Cancelling);
    thread::sleep(Duration::from_millis(50));
    assert_eq!(engine.job(first).unwrap().state, JobState::Cancelling);
    assert_eq!(engine.job(second).unwrap().state, JobState::Queued);
    go_on.send(()).unwrap();
    assert_eq!(engine.wait(first).unwrap().state, JobState::Cancelled);
    assert_eq!(engine.wait(second).unwrap().state, JobState::Done);
    // A cancel of what is settled changes nothing.
    assert_eq!(engine.cancel(second).unwrap(), JobState::Done);
}

#[test]
fn a_paused_job_keeps_what_is_done_and_goes_on_even_after_a_restart() {
    let project = Project::new();
    let engine = Arc::new(project.open());
    let job = Arc::new(OnceLock::new());
    let (handle, number) = (Arc::downgrade(&engine), job.clone());
    project.director.on_frame(move |shot, index| {
        if (shot, index) == ("b", 1) {
            handle.upgrade().unwrap().pause(*number.wait()).unwrap();
        }
        Ok(())
    });
    let id = engine.submit(spec(3, 3)).unwrap();
    let waiting = engine.submit(shot_alone(7)).unwrap();
    assert_eq!(engine.pause(waiting).unwrap(), JobState::Paused);
    job.set(id).unwrap();
    let paused = engine.wait(id).unwrap();
    assert_eq!((paused.state, paused.takes.len()), (JobState::Paused, 1));
    assert!(engine.spec(id).is_some());
    project.director.on_frame(|_, _| Ok(()));
    drop(Arc::try_unwrap(engine).unwrap());
    let engine = project.open();
    assert_eq!(engine.job(id).unwrap().state, JobState::Paused);
    project.director.frames_by_shot();
    engine.resume(id).unwrap();
    assert_eq!(engine.wait(id).unwrap().state, JobState::Done);
    assert_eq!(project.director.frames_by_shot().values().sum::<u32>(), 6);
    assert_eq!(engine.job(waiting).unwrap().state, JobState::Paused);
    assert!(matches!(engine.pause(id), Err(EngineError::WrongState { .. })));
    assert_eq!(engine.cancel(waiting).unwrap(), JobState::Cancelled);
}

#[test]
fn renderers_are_let_go_without_work_and_made_again_for_it() {
    let mut project = Project::new();
    project.config.rest_after = Some(Duration::from_millis(20));
    let engine = project.open();
    let first = engine.submit(spec(1, 2)).unwrap();
    assert_eq!(engine.wait(first).unwrap().state, JobState::Done);
    assert_eq!(project.director.made.load(Ordering::SeqCst), 1);
    thread::sleep(Duration::from_millis(200));
    let second = engine.submit(shot_alone(3)).unwrap();
    assert_eq!(engine.wait(second).unwrap().state, JobState::Done);
    assert_eq!(project.director.made.load(Ordering::SeqCst), 2);
}

#[test]
fn a_job_that_is_resumed_before_it_has_stopped_goes_on() {
    let project = Project::new();
    let engine = project.open();
    let go_on = held(&project);
    let events = engine.subscribe();
    let id = engine.submit(spec(1, 3)).unwrap();
    until(&events, |event| matches!(event, Event::Job { state: JobState::Running, .. }));
    engine.pause(id).unwrap();
    engine.resume(id).unwrap();
    go_on.send(()).unwrap();
    until(&events, |event| matches!(event, Event::Job { state: JobState::Done, .. }));
    assert_eq!(engine.job(id).unwrap().takes.len(), 1);
}

/// Blocks the first frame until told to go on; the jobs behind it wait.
fn held(project: &Project) -> std::sync::mpsc::Sender<()> {
    let (go_on, gate) = channel::<()>();
    let gate = Mutex::new(Some(gate));
    project.director.on_frame(move |_, _| {
        if let Some(gate) = gate.lock().unwrap().take() {
            gate.recv().ok();
        }
        Ok(())
    });
    go_on
}

fn shot_alone(number: u32) -> JobSpec {
    let mut takes = film(number + 1, 2);
    takes.drain(..number as usize);
    JobSpec::new(format!("shot {number}"), takes)
}

#[test]
fn higher_priority_goes_first_and_a_waiting_job_is_cancelled_at_once() {
    let project = Project::new();
    let engine = project.open();
    let go_on = held(&project);
    let events = engine.subscribe();
    let jobs: Vec<_> = (0..5).map(|number| engine.submit(shot_alone(number)).unwrap()).collect();
    until(&events, |event| matches!(event, Event::Job { state: JobState::Running, .. }));
    engine.set_priority(jobs[3], 5).unwrap();
    engine.set_priority(jobs[2], 5).unwrap();
    assert_eq!(engine.cancel(jobs[4]).unwrap(), JobState::Cancelled);
    assert!(matches!(engine.set_priority(jobs[4], 1), Err(EngineError::WrongState { .. })));
    go_on.send(()).unwrap();
    for job in &jobs {
        engine.wait(*job).unwrap();
    }
    let order: Vec<_> =
        until(&events, |e| matches!(e, Event::Job { job, state: JobState::Done, .. } if *job == jobs[1]))
            .into_iter()
            .filter_map(|event| match event {
                Event::Job { job, state: JobState::Running, .. } => Some(job),
                _ => None,
            })
            .collect();
    assert_eq!(order, [jobs[2], jobs[3], jobs[1]]);
}

#[test]
fn what_cannot_be_queued_is_refused_with_a_reason() {
    let mut project = Project::new();
    project.config.queue_limit = 1;
    let engine = project.open();
    assert!(matches!(engine.submit(JobSpec::new("", vec![])), Err(EngineError::Empty(_))));
    let mut none = spec(1, 2);
    none.takes[0].frames = 2..2;
    assert!(matches!(engine.submit(none), Err(EngineError::Empty(_))));
    let mut unknown = spec(1, 2);
    "wan".clone_into(&mut unknown.takes[0].renderer);
    let error = engine.submit(unknown).unwrap_err();
    assert_eq!(error.to_string(), "there is no renderer called \"wan\"");
    assert_eq!(error.hint().unwrap(), "the renderers are: greys");

    let go_on = held(&project);
    let events = engine.subscribe();
    let running = engine.submit(shot_alone(0)).unwrap();
    until(&events, |event| matches!(event, Event::Job { state: JobState::Running, .. }));
    engine.submit(shot_alone(1)).unwrap();
    assert!(matches!(engine.submit(shot_alone(2)), Err(EngineError::QueueFull { limit: 1 })));
    go_on.send(()).unwrap();
    engine.wait(running).unwrap();
}

#[test]
fn a_panicking_renderer_fails_its_job_and_the_worker_lives_on() {
    let project = Project::new();
    let engine = project.open();
    project.director.on_frame(|shot, index| {
        assert!((shot, index) != ("b", 1), "the mammoth fell over");
        Ok(())
    });
    let events = engine.subscribe();
    let spec = spec(2, 3);
    let id = engine.submit(spec.clone()).unwrap();
    let job = engine.wait(id).unwrap();
    assert_eq!(job.state, JobState::Failed);
    let failure = job.failure.unwrap();
    assert!(failure.message.contains("the mammoth fell over"), "{failure}");
    assert!(failure.hint.is_some());
    assert_eq!(words(&until(&events, is_settled))[5..], ["b Failed", "failed"]);
    assert_eq!(project.files().len(), 1, "the finished take alone");

    project.director.on_frame(|_, _| Ok(()));
    let again = engine.submit(spec).unwrap();
    assert_eq!(engine.wait(again).unwrap().state, JobState::Done);
    assert_eq!(project.director.made.load(Ordering::SeqCst), 2, "made anew once");
}

#[test]
fn a_lost_device_is_opened_anew_and_what_was_drawn_stays() {
    let project = Project::new();
    let engine = project.open();
    let lost = |message: &str| RenderError::Device { message: message.into() };
    let once = AtomicBool::new(true);
    project.director.on_frame(move |_, index| {
        if index == 2 && once.swap(false, Ordering::SeqCst) { Err(lost("gone")) } else { Ok(()) }
    });
    let events = engine.subscribe();
    let spec = spec(1, 4);
    let id = engine.submit(spec.clone()).unwrap();
    let job = engine.wait(id).unwrap();
    assert_eq!(job.state, JobState::Done);
    assert_eq!(fs::read(&job.takes[0].path).unwrap(), expected(&spec.takes[0]));
    assert_eq!(project.director.made.load(Ordering::SeqCst), 2);
    assert_eq!(project.director.frames_by_shot().into_values().sum::<u32>(), 4, "no frame was drawn twice");
    let heard = until(&events, is_settled);
    assert!(heard.iter().any(|e| matches!(e, Event::Notice(Notice::DeviceLost(m)) if m == "gone")));

    // The device that came back is another one: its take has another key.
    let (once, version) = (AtomicBool::new(true), project.director.version.clone());
    project.director.on_frame(move |_, index| {
        if index == 1 && once.swap(false, Ordering::SeqCst) {
            "2".clone_into(&mut version.lock().unwrap());
            return Err(lost("replaced"));
        }
        Ok(())
    });
    let mut other = spec.clone();
    other.takes[0].frames = 0..2;
    let planned = engine.take_key(&other.takes[0]).unwrap();
    let job = engine.wait(engine.submit(other.clone()).unwrap()).unwrap();
    assert_ne!(job.takes[0].key, planned);
    assert_eq!(job.takes[0].key, engine.take_key(&other.takes[0]).unwrap());

    project.director.on_frame(move |_, _| Err(lost("gone for good")));
    let mut other = spec.clone();
    other.takes[0].frames = 0..3;
    let job = engine.wait(engine.submit(other).unwrap()).unwrap();
    assert_eq!(job.failure.unwrap().message, "the graphics device failed: gone for good");
}

#[test]
fn a_factory_that_fails_or_panics_is_an_error_at_the_start() {
    let project = Project::new();
    let refuse = || Err(Failure::new("no Vulkan device").with_hint("install mesa-vulkan-drivers"));
    let error = Engine::start(&project.config, Box::new(Pixels), refuse).unwrap_err();
    assert_eq!(error.to_string(), "no renderer could be started: no Vulkan device");
    assert_eq!(error.hint().unwrap(), "install mesa-vulkan-drivers");
    let panics = || -> Result<Renderers, Failure> { panic!("no luck") };
    let error = Engine::start(&project.config, Box::new(Pixels), panics).unwrap_err();
    assert!(error.to_string().contains("no luck"));
    // And the project is free again.
    project.open();
}

#[test]
fn a_renderer_that_breaks_its_word_fails_the_job() {
    use film::{Frame, FrameSink, ShotOrder, ShotRenderer, Watch};
    use std::ops::Range;
    /// Leaves out the last frame, shifts the numbers, or paints too small, by the shot's name; never listens to its sink.
    struct Liar;
    impl ShotRenderer for Liar {
        fn name(&self) -> &'static str {
            "greys"
        }
        fn version(&self) -> String {
            "1".into()
        }
        fn render(
            &mut self,
            order: &ShotOrder,
            frames: Range<u32>,
            sink: &mut dyn FrameSink,
            _: &Watch,
        ) -> Result<(), RenderError> {
            let (lie, width) = (order.shot.id.as_str(), order.format.width.get());
            for index in frames.clone() {
                let _ = match lie {
                    "a" if index + 1 == frames.end => continue,
                    "b" => sink.frame(Frame::filled(index + 1, width, width, [0; 4])),
                    "c" => sink.frame(Frame::filled(index, width, width / 2, [0; 4])),
                    _ => sink.frame(Frame::filled(index, width, width, [0; 4])),
                };
            }
            Ok(())
        }
    }
    let project = Project::new();
    let factory = || Ok(Renderers::new().with(Liar));
    let engine = Engine::start(&project.config, Box::new(Pixels), factory).unwrap();
    let told = [
        "the renderer greys made 2 of 3 frames",
        "the renderer greys made frame 1 instead of 0",
        "the renderer greys made a picture of 64x32 instead of 64x64",
    ];
    for (take, told) in film(3, 3).into_iter().zip(told) {
        let job = engine.wait(engine.submit(JobSpec::new("a lie", vec![take])).unwrap()).unwrap();
        assert_eq!((job.state, job.failure.unwrap().message.as_str()), (JobState::Failed, told));
    }
    assert!(project.files().is_empty());
}

#[test]
fn the_time_left_is_true_to_a_factor_and_leaves_out_cached_takes() {
    let project = Project::new();
    let engine = project.open();
    let cached = engine.submit(JobSpec::new("first", film(1, 30))).unwrap();
    engine.wait(cached).unwrap();
    // A shot costs 200 ms to build and 2 ms a frame.
    project.director.on_frame(|_, index| {
        thread::sleep(Duration::from_millis(if index == 0 { 202 } else { 2 }));
        Ok(())
    });
    let events = engine.subscribe();
    engine.submit(spec(4, 30)).unwrap();
    let mut reports = Vec::new();
    for event in until(&events, is_settled) {
        if let Event::Shot { phase: Phase::Report(progress), .. } = event {
            reports.push(progress);
        }
    }
    let last = reports.last().unwrap();
    assert_eq!((last.frames_done, last.frames_total, last.shots), (90, 90, 4));
    assert_eq!(last.left, Some(Duration::ZERO));
    assert!(reports.iter().all(|report| report.frames_total == 90 && report.shot.as_str() != "a"));
    // At the first frame of the second and the middle of the third of the shots that are rendered.
    for done in [31, 75] {
        let report = reports.iter().find(|report| report.frames_done >= done).unwrap();
        let truth = last.elapsed.checked_sub(report.elapsed).unwrap().as_secs_f64();
        let told = report.left.unwrap().as_secs_f64();
        assert!((0.33..3.0).contains(&(told / truth)), "told {told} s, took {truth} s");
    }
}

#[test]
fn steps_within_a_frame_are_told() {
    use film::{Frame, FrameSink, ShotOrder, ShotRenderer, Watch};
    use std::ops::Range;
    /// Counts the sketches that it drew.
    struct Denoiser(Arc<AtomicU32>);
    impl ShotRenderer for Denoiser {
        fn name(&self) -> &'static str {
            "greys"
        }
        fn version(&self) -> String {
            "1".into()
        }
        fn render(
            &mut self,
            order: &ShotOrder,
            frames: Range<u32>,
            sink: &mut dyn FrameSink,
            watch: &Watch,
        ) -> Result<(), RenderError> {
            watch.note("three steps are enough");
            for done in 1..=3 {
                watch.report(film::Progress { unit: "step", done, total: 3 });
                watch.sketch(|| {
                    self.0.fetch_add(1, Ordering::Relaxed);
                    Some(Frame::filled(0, 4, 2, [done as u8; 4]))
                });
                thread::sleep(Duration::from_millis(20));
            }
            for index in frames {
                sink.frame(Frame::filled(
                    index,
                    order.format.width.get(),
                    order.format.height.get(),
                    [0; 4],
                ))?;
            }
            Ok(())
        }
    }
    let project = Project::new();
    let drawn = Arc::new(AtomicU32::new(0));
    let count = drawn.clone();
    let factory = move || Ok(Renderers::new().with(Denoiser(count.clone())));
    let engine = Engine::start(&project.config, Box::new(Pixels), factory).unwrap();
    let events = engine.subscribe();
    engine.submit(spec(1, 2)).unwrap();
    let heard = until(&events, is_settled);
    assert_eq!(drawn.load(Ordering::Relaxed), 0, "nobody looks");
    let told: Vec<_> = heard
        .iter()
        .filter_map(|event| match event {
            Event::Shot { phase: Phase::Report(progress), .. } => Some(progress),
            _ => None,
        })
        .collect();
    let steps = heard
        .iter()
        .filter(|event| matches!(event, Event::Shot { phase: Phase::Report(p), .. } if p.step.is_some() && p.frame == 0))
        .count();
    assert!(steps >= 1 && !told.is_empty());
    assert!(told.iter().all(|p| p.note.as_deref() == Some("three steps are enough")), "{told:?}");
    let eyes = engine.subscribe_with_sketches();
    engine.submit(JobSpec::new("another", film(2, 2)[1..].to_vec())).unwrap();
    let heard = until(&eyes, is_settled);
    assert_eq!(drawn.load(Ordering::Relaxed), 3);
    let sketch = |event: &Event| matches!(event, Event::Shot { phase: Phase::Sketch(f), .. } if f.width == 4);
    assert!(heard.iter().any(sketch) && !events.iter().take(3).any(|event| sketch(&event)));
}

#[test]
fn takes_unused_for_longest_make_room_but_never_those_of_the_film() {
    let mut project = Project::new();
    // Each take has 10 * 4 + 3 bytes: there is room for two.
    project.config.cache_limit_bytes = 100;
    let engine = project.open();
    let takes = film(5, 10);
    let render = |chosen: &[usize]| {
        let takes: Vec<TakeRequest> = chosen.iter().map(|&at| takes[at].clone()).collect();
        let job = engine.wait(engine.submit(JobSpec::new("some", takes)).unwrap()).unwrap();
        assert_eq!(job.state, JobState::Done);
        project.director.frames_by_shot().into_keys().collect::<String>()
    };
    assert_eq!(render(&[0, 1, 2]), "abc");
    assert_eq!(project.files().len(), 3, "the current film stays, although it is over the limit");
    let events = engine.subscribe();
    engine.pin(&[engine.take_key(&takes[1]).unwrap()]).unwrap();
    assert_eq!(render(&[2]), "");
    assert_eq!(render(&[3]), "d");
    // `a` was unused for longest, `b` is pinned, `c` was used again; two must go.
    let kept = |at: usize| engine.cached(&takes[at]).unwrap().is_some();
    assert_eq!([kept(0), kept(1), kept(2), kept(3)], [false, true, false, true]);
    let evicted = until(&events, |event| matches!(event, Event::Notice(_)));
    let Some(Event::Notice(notice)) = evicted.last() else { unreachable!() };
    assert_eq!(*notice, Notice::TakesEvicted { count: 2, bytes: 86 });
    assert_eq!(render(&[4]), "e");
    assert_eq!([kept(1), kept(3), kept(4)], [true, false, true]);
    assert_eq!(project.files().len(), 2);
}

#[test]
fn renderers_are_made_anew_when_there_may_be_others() {
    let project = Project::new();
    let engine = project.open();
    let made = || project.director.made.load(Ordering::SeqCst);
    assert_eq!(made(), 1);
    *project.director.version.lock().unwrap() = "2".into();
    engine.renew_renderers();
    let deadline = Instant::now() + Duration::from_secs(20);
    while made() == 1 {
        assert!(Instant::now() < deadline, "nobody made them anew");
        thread::sleep(Duration::from_millis(5));
    }
    // What is rendered from now on is the work of the new ones.
    let job = engine.submit(spec(1, 3)).unwrap();
    assert_eq!(engine.wait(job).unwrap().state, JobState::Done);
    assert_eq!(made(), 2);
}
