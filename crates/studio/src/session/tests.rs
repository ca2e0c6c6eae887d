//! The live studio, without a graphics device: every shot is a card.

use super::*;
use crate::video::VideoRenderer;
use crate::video::tests::{Shelf, Slope};
use film::{Frame, FrameSink, Quality, RenderError, ShotOrder, ShotRenderer, SinkError, Storyboard, Watch};
use json_patch::Patch;
use serde_json::json;
use std::ops::Range;
use std::sync::mpsc;

const SCRIPT: &str =
    "A fox runs through a snowy forest. The fox stops at a frozen lake. Night falls over the lake.";

struct Studio {
    session: Arc<Session>,
    dir: tempfile::TempDir,
}

impl Studio {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { session: start(dir.path()), dir }
    }

    fn with_film() -> Self {
        let studio = Self::start();
        studio.session.new_project(SCRIPT, Some("Fox"), None, cards()).unwrap();
        studio
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("films/Fox.muto")
    }

    fn board(&self) -> Storyboard {
        self.session.state().board.unwrap()
    }

    fn wait(&self, what: &str, found: impl Fn(&State) -> bool) -> State {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let state = self.session.state();
            if found(&state) {
                return state;
            }
            assert!(Instant::now() < deadline, "{what} did not come: {:?} {:?}", state.jobs, state.engine);
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn start(dir: &Path) -> Arc<Session> {
    Session::start(Setup {
        config: Some(dir.join("config")),
        films: Some(dir.join("films")),
        models: Some(dir.join("models")),
        without_stage: true,
    })
    .unwrap()
}

fn cards() -> NewWishes {
    serde_json::from_value(json!({"width": 128, "height": 72, "fps": 8, "seconds": 3.0, "renderer": "card"}))
        .unwrap()
}

fn patch(value: serde_json::Value) -> Patch {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_change_is_told_saved_and_undone() {
    let studio = Studio::with_film();
    let session = &studio.session;
    let state = session.state();
    let set =
        |mm: u32| patch(json!([{"op": "replace", "path": "/scenes/0/shots/0/camera/lens_mm", "value": mm}]));
    let first = session.edit(state.revision, "Lens of 1A", &set(50), Some("lens")).unwrap();
    let second = session.edit(first.revision, "Lens of 1A", &set(85), Some("lens")).unwrap();
    assert!(second.revision > first.revision);
    let now = session.state().project.unwrap();
    assert_eq!((now.undo.as_deref(), now.saved), (Some("Lens of 1A"), Saved::Saving));
    let saved =
        studio.wait("the save", |state| state.project.as_ref().is_some_and(|p| p.saved == Saved::Saved));
    let file = fs::read_to_string(studio.folder().join("storyboard.json")).unwrap();
    assert_eq!(file, saved.board.unwrap().to_json());
    let events = session.events(state.event, Duration::ZERO);
    assert!(events.events.iter().any(|event| matches!(event, Event::Board { patch: Some(_), .. })));
    // Both turns of the slider are one step.
    let undone = session.undo().unwrap();
    assert_eq!(undone.label.as_deref(), Some("Lens of 1A"));
    assert_eq!(Some(studio.board()), state.board);
    assert!(matches!(session.undo(), Err(SessionError::Nothing("undo"))));
    session.redo().unwrap();
    assert!((studio.board().scenes[0].shots[0].camera.lens_mm - 85.0).abs() < 1e-9);
    // A late patch that fits is taken, one that does not is refused as late, a bad one as bad.
    let late = session.edit(state.revision, "Lens", &set(35), None).unwrap();
    let away = patch(json!([{"op": "remove", "path": "/scenes/0/shots/99"}]));
    assert!(matches!(session.edit(state.revision, "x", &away, None), Err(SessionError::Stale(_))));
    assert!(matches!(session.edit(late.revision, "x", &away, None), Err(SessionError::BadChange(_))));
    assert!(matches!(session.edit(late.revision, "x", &set(9000), None), Err(SessionError::Invalid(_))));
    assert_eq!(session.state().revision, late.revision);
}

#[test]
fn shots_are_added_divided_moved_and_removed() {
    let studio = Studio::with_film();
    let session = &studio.session;
    let start = studio.board();
    let scene = start.scenes[0].id.clone();
    let first = start.scenes[0].shots[0].id.clone();
    let length = start.scenes[0].shots[0].seconds.get();
    let halves = session.divide_shot(&first, 2).unwrap();
    let new = halves.shots.unwrap().remove(0);
    let board = studio.board();
    assert!((board.shot(&first).unwrap().1.seconds.get() - 0.25).abs() < 1e-9);
    assert!((board.shot(&new).unwrap().1.seconds.get() - (length - 0.25)).abs() < 1e-9);
    assert_eq!(session.state().project.unwrap().undo.as_deref(), Some("Divide 1A"));
    assert!(matches!(session.divide_shot(&first, 2), Err(SessionError::Usage { .. })));
    let copy = session.duplicate_shot(&new).unwrap().shots.unwrap().remove(0);
    let added = session.add_shot(&scene, Some(&copy)).unwrap().shots.unwrap().remove(0);
    session.move_shots(std::slice::from_ref(&added), &scene, None).unwrap();
    assert_eq!(studio.board().scenes[0].shots[0].id, added);
    let scenes = studio.board().scenes.len();
    session.add_scene(Some(&scene)).unwrap();
    assert_eq!(studio.board().scenes.len(), scenes + 1);
    session.remove_shots(&[added, copy]).unwrap();
    assert_eq!(session.state().project.unwrap().undo.as_deref(), Some("Remove 2 shots"));
    while session.undo().is_ok() {}
    assert_eq!(studio.board(), start);
    let nobody = Id::new("nobody").unwrap();
    assert!(matches!(session.duplicate_shot(&nobody), Err(SessionError::NoSuchShot(_))));
}

#[test]
fn replanning_keeps_what_the_words_leave_alone() {
    let studio = Studio::with_film();
    let session = &studio.session;
    let before = studio.board();
    let lens = patch(json!([
        {"op": "replace", "path": "/scenes/0/shots/0/camera/lens_mm", "value": 77},
        {"op": "add", "path": "/scenes/0/shots/0/camera/sources", "value": {"lens_mm": "edited"}}
    ]));
    session.edit(session.state().revision, "Lens of 1A", &lens, None).unwrap();
    session.replan(&SCRIPT.replace("Night falls over the lake.", "A crow lands on the ice.")).unwrap();
    let after = studio.board();
    assert_eq!(after.scenes[0].shots[0].id, before.scenes[0].shots[0].id);
    assert!((after.scenes[0].shots[0].camera.lens_mm - 77.0).abs() < 1e-9);
    assert_eq!((after.title.as_str(), after.format.width.get()), ("Fox", 128));
    assert!(after.shots().all(|(_, shot)| shot.renderer == "card"));
    assert!(after.cast.iter().any(|member| member.name.contains("crow")));
    let rails = session.rails().unwrap();
    assert_eq!(rails.len(), after.shots().count());
    assert!(matches!(session.replan("  "), Err(SessionError::Studio(StudioError::Blank))));
}

#[test]
fn words_are_understood_while_they_are_typed() {
    use model::Category;

    let studio = Studio::with_film();
    let reading = studio.session.read(SCRIPT);
    let words: Vec<(String, Category)> =
        reading.spans.iter().map(|span| (SCRIPT[span.start..span.end].to_lowercase(), span.kind)).collect();
    for (word, kind) in [
        ("fox", Category::Who),
        ("forest", Category::Where),
        ("runs", Category::What),
        ("night", Category::When),
    ] {
        assert!(words.iter().any(|(words, k)| *k == kind && words.contains(word)), "{word}: {words:?}");
    }
    assert!(reading.spans.iter().any(|span| span.to.shot.is_some()));
    assert_eq!(studio.session.read("").shots, 0);
}

#[test]
fn a_portrait_shows_one_of_them_alone() {
    let board = Storyboard::example();
    for member in &board.cast {
        let portrait = super::views::ShotView::portrait(&board, &member.id).unwrap();
        let [alone] = portrait.order.cast.as_slice() else { panic!("{:?}", portrait.order.cast) };
        assert_eq!((&alone.id, alone.count, &alone.appearance), (&member.id, 1, &member.appearance));
        assert_eq!((portrait.frames, portrait.order.place.kind.as_str()), (1, "studio"));
    }
    assert!(super::views::ShotView::portrait(&board, &board.places[0].id).is_none());
}

#[test]
fn a_take_is_rendered_shown_chosen_starred_and_removed() {
    let studio = Studio::with_film();
    let session = &studio.session;
    studio.wait("the engine", |state| state.engine.ready);
    let shot = studio.board().scenes[0].shots[0].id.clone();
    let ask = |wait| FrameAsk {
        shot: shot.clone(),
        portrait: None,
        frame: 1,
        height: 72,
        view: View::Picture,
        wait,
    };
    let preview = session.frame(&ask(true)).unwrap().unwrap();
    assert!(preview.exact && preview.jpeg.starts_with(&[0xff, 0xd8]));
    assert!(matches!(
        session.frame(&FrameAsk { view: View::Depth, ..ask(true) }),
        Err(SessionError::Picture(_))
    ));
    let nobody = session.frame(&FrameAsk { portrait: Some(shot.clone()), ..ask(true) });
    assert!(matches!(nobody, Err(SessionError::NoSuchMember(_))));
    let jobs = session.render(Some(std::slice::from_ref(&shot)), Quality::Draft, None).unwrap();
    let state = studio.wait("the take", |state| state.takes.contains_key(&shot));
    assert!(state.jobs.iter().any(|job| job.id == jobs[0] && job.shot.as_ref() == Some(&shot)));
    let take = state.takes[&shot][0].clone();
    assert!(take.current && take.shown && !take.chosen && take.number == 1);
    assert!(session.frame(&ask(false)).unwrap().unwrap().exact);
    assert!(session.take_frame(&take.key, 0, 72).unwrap().exact);
    session.star_take(&take.key, true).unwrap();
    // The shot is changed: its take no longer shows it, until it is chosen or brought back.
    let seed = patch(json!([{"op": "replace", "path": "/scenes/0/shots/0/seed", "value": 5}]));
    session.edit(session.state().revision, "Seed of 1A", &seed, None).unwrap();
    let stale = &session.state().takes[&shot][0];
    assert!(!stale.current && !stale.shown && stale.starred);
    session.choose_take(&shot, Some(&take.key)).unwrap();
    let chosen = &session.state().takes[&shot][0];
    assert!(chosen.chosen && chosen.shown && !chosen.current);
    session.undo().unwrap();
    session.replay_take(&take.key).unwrap();
    let back = &session.state().takes[&shot][0];
    assert!(back.chosen && back.shown && back.current);
    assert_eq!(session.recipe(&take.key).unwrap()["order"]["shot"]["id"], json!(shot));
    // All that is changed: everything but this shot.
    let others = session.render(None, Quality::Draft, None).unwrap();
    assert_eq!(others.len(), studio.board().shots().count() - 1);
    for job in &others {
        session.cancel_job(job).unwrap();
    }
    session.remove_take(&take.key).unwrap();
    assert!(!session.state().takes.contains_key(&shot));
    assert!(matches!(session.star_take(&take.key, true), Err(SessionError::NoSuchTake(_))));
}

#[test]
fn takes_undo_and_unsaved_steps_are_there_after_a_restart() {
    let studio = Studio::with_film();
    studio.wait("the engine", |state| state.engine.ready);
    let shot = studio.board().scenes[0].shots[0].id.clone();
    studio.session.render(Some(std::slice::from_ref(&shot)), Quality::Draft, None).unwrap();
    studio.wait("the take", |state| state.takes.contains_key(&shot));
    let lens = patch(json!([{"op": "replace", "path": "/scenes/0/shots/0/camera/lens_mm", "value": 77}]));
    studio.session.edit(studio.session.state().revision, "Lens of 1A", &lens, None).unwrap();
    let Studio { session, dir } = studio;
    drop(session);
    let session = start(dir.path());
    let recent = session.projects().recent;
    assert_eq!(recent[0].name, "Fox");
    let state = session.open_project(Path::new(&recent[0].folder)).unwrap();
    assert_eq!(state.project.unwrap().undo.as_deref(), Some("Lens of 1A"));
    assert_eq!(state.takes[&shot].len(), 1);
    let copy = dir.path().join("films/Copy.muto");
    let copied = session.save_as(&copy).unwrap();
    assert_eq!(copied.takes[&shot].len(), 1);
    assert!(copied.project.unwrap().folder.ends_with("Copy.muto"));
    assert!(matches!(session.open_project(dir.path()), Err(SessionError::Project(_))));
    assert!(session.close_project().unwrap().project.is_none());
    assert!(matches!(session.undo(), Err(SessionError::NoProject)));
}

#[test]
fn a_film_is_exported_paused_and_heard() {
    let studio = Studio::with_film();
    let session = &studio.session;
    studio.wait("the engine", |state| state.engine.ready);
    let order = |path: &Path, preset: &str| -> ExportOrder {
        serde_json::from_value(json!({"preset": preset, "path": path, "quality": "draft"})).unwrap()
    };
    let path = session.export_default().unwrap();
    let job = session.export(&order(&path, "film")).unwrap();
    session.pause_job(&job).unwrap();
    session.resume_job(&job).unwrap();
    let over = |id: &str| {
        let id = id.to_owned();
        move |state: &State| state.jobs.iter().any(|job| job.id == id && !job.state.is_active())
    };
    let state = studio.wait("the film", over(&job));
    let done = state.jobs.iter().find(|j| j.id == job).unwrap();
    assert_eq!(done.state, model::JobState::Done, "{:?}", done.failure);
    assert_eq!(done.frames_done, done.frames_total);
    let probe = media::probe(&path).unwrap();
    assert_eq!((probe.width, probe.height, probe.frames), (128, 72, 24));
    assert!(matches!(session.export(&order(&path, "film")), Err(SessionError::Exists(_))));
    assert!(matches!(session.export(&order(&path, "betamax")), Err(SessionError::Usage { .. })));
    assert!(matches!(session.export(&order(Path::new("film.mp4"), "film")), Err(SessionError::Usage { .. })));
    let pictures = studio.dir.path().join("frames");
    let job = session.export(&order(&pictures, "frames")).unwrap();
    studio.wait("the pictures", over(&job));
    // The pictures and their recipe.
    assert_eq!(fs::read_dir(&pictures).unwrap().count(), 25);
    let wave = session.sound(1.0, 1.0).unwrap();
    assert_eq!((&wave[..4], wave.len()), (b"RIFF".as_slice(), 44 + 48_000 * 4));
    assert_eq!(session.peaks(16).unwrap().len(), 16);
}

#[test]
fn the_preview_thread_fills_the_film_and_then_rests() {
    let studio = Studio::with_film();
    let shots = studio.board().shots().count();
    let full = |state: &State| {
        let whole = state.previews.values().all(|ranges| ranges.len() == 1 && ranges[0][0] == 0);
        let frames: u32 = state.previews.values().map(|ranges| ranges[0][1]).sum();
        state.previews.len() == shots && whole && frames == 24
    };
    studio.wait("all previews", full);
    let bytes = studio.session.preview_bytes();
    assert!(bytes > 0);
    thread::sleep(Duration::from_millis(60));
    assert_eq!(studio.session.preview_bytes(), bytes);
    let settings = Settings { cache_limit_bytes: 1, ..studio.session.settings() };
    assert_eq!(studio.session.set_settings(settings).unwrap().cache_limit_bytes, 16 << 20);
    let cleared = studio.session.clear_cache().unwrap();
    assert!(cleared.preview_bytes < bytes, "{cleared:?}");
    assert!(cleared.takes_folder.is_some() && cleared.takes_unused_bytes == 0);
}

#[test]
fn a_drag_is_one_step_of_undo_however_long_the_hand_rests() {
    let studio = Studio::with_film();
    let session = &studio.session;
    let before = studio.board();
    let add = |right: f64| {
        patch(
            json!([{"op": "add", "path": "/scenes/0/shots/0/blocking", "value": [{"who": "fox", "right_m": right}]}]),
        )
    };
    let mut revision = session.state().revision;
    for right in [0.5, 1.0] {
        revision =
            session.edit(revision, "Move fox in 1A", &add(right), Some("blocking#1")).unwrap().revision;
        thread::sleep(Duration::from_millis(1600));
    }
    let shot = studio.board().scenes[0].shots[0].clone();
    assert!((shot.blocking[0].right_m.get() - 1.0).abs() < 1e-9);
    // Where the film has somebody of that name, the layout has gone with it.
    let there = session.layout(&shot.id, 0).unwrap();
    session.undo().unwrap();
    assert_eq!(studio.board(), before);
    let here = session.layout(&shot.id, 0).unwrap();
    let way = there.cast[0].position[0] - here.cast[0].position[0];
    assert!((way - 1.0).abs() < 1e-4, "{way}");
    // The camera stays; only what is sharp has gone with them.
    assert_eq!((there.camera.position, there.camera.up), (here.camera.position, here.camera.up));
    let wide = patch(
        json!([{"op": "add", "path": "/scenes/0/shots/0/blocking", "value": [{"who": "fox", "right_m": 999}]}]),
    );
    let refused = session.edit(session.state().revision, "Move", &wide, None).unwrap_err();
    assert!(refused.to_string().contains("blocking[0].right_m"), "{refused}");

    // Other words leave what was set by hand where it is.
    let by_hand = patch(json!([
        {"op": "add", "path": "/scenes/0/shots/0/blocking", "value": [{"who": "fox", "turn_deg": 30}]},
        {"op": "add", "path": "/scenes/0/shots/0/sources", "value": {"blocking": "edited"}},
        {"op": "add", "path": "/scenes/0/shots/0/camera/hand", "value": {"orbit_deg": 45}},
        {"op": "add", "path": "/scenes/0/shots/0/camera/sources/hand", "value": "edited"},
    ]));
    session.edit(session.state().revision, "Set", &by_hand, None).unwrap();
    let set = studio.board().scenes[0].shots[0].clone();
    session.replan(&SCRIPT.replace("Night falls over the lake.", "A crow lands on the ice.")).unwrap();
    let kept = studio.board().scenes[0].shots[0].clone();
    assert_eq!((kept.blocking, kept.camera.hand), (set.blocking, set.camera.hand));
}

#[test]
fn a_language_model_is_asked_beside_the_work_and_its_advice_can_be_undone() {
    use crate::adviser::tests::{SCRIPT, giant_lands, server, who_lands};
    let studio = Studio::start();
    let (adviser, asked) = server(&giant_lands());
    let settings = Settings { adviser: adviser.address, ..studio.session.settings() };
    studio.session.set_settings(settings).unwrap();
    let alone = studio.session.new_project(SCRIPT, None, None, cards()).unwrap().board.unwrap();
    assert_ne!(who_lands(&alone), "giant", "the film is there before the model has answered");
    asked.join().unwrap();
    let lands = |state: &State| state.board.as_ref().is_some_and(|board| who_lands(board) == "giant");
    studio.wait("the advice", lands);
    studio.session.undo().unwrap();
    assert_eq!(who_lands(&studio.board()), who_lands(&alone));

    // Nobody answers any more: that is said, and the film is planned.
    let before = studio.session.state().event;
    studio.session.replan("A giant drops a button. It lands in a river. A child waves.").unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let told = |batch: &model::EventBatch| {
        batch
            .events
            .iter()
            .any(|event| matches!(event, Event::Notice { text, .. } if text.contains("gave no advice")))
    };
    while !told(&studio.session.events(before, Duration::from_millis(100))) {
        assert!(Instant::now() < deadline, "silence is not told");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_picture_is_brought_and_becomes_a_shot() {
    use crate::footage::tests::ramp;
    let studio = Studio::with_film();
    let import = studio.session.import("My Photo.ppm", &ramp()).unwrap();
    assert_eq!((import.kind, import.width, import.height), (model::ImportKind::Picture, 64, 64));
    assert!(import.file.as_str().starts_with("my-photo-"), "{import:?}");
    assert_eq!(studio.session.import("copy.ppm", &ramp()).unwrap().kind, model::ImportKind::Picture);
    let error = studio.session.import("notes.png", b"These are words.").unwrap_err();
    assert!(error.to_string().contains("notes.png") && error.hint().is_some(), "{error}");
    assert_eq!(
        fs::read_dir(studio.folder().join("imports")).unwrap().count(),
        2,
        "what is of no use is gone"
    );

    let shot = studio.board().scenes[0].shots[0].id.clone();
    let patch = json!([
        { "op": "add", "path": "/scenes/0/shots/0/footage", "value": { "file": import.file } },
        { "op": "replace", "path": "/scenes/0/shots/0/renderer", "value": "footage" },
    ]);
    let revision = studio.session.state().revision;
    let patch: Patch = serde_json::from_value(patch).unwrap();
    studio.session.edit(revision, "Use the photo", &patch, None).unwrap();
    studio.wait("the renderers", |state| state.engine.ready);
    studio.session.render(Some(std::slice::from_ref(&shot)), Quality::Draft, None).unwrap();
    let state =
        studio.wait("the take", |state| state.takes.get(&shot).is_some_and(|takes| !takes.is_empty()));
    assert_eq!(state.takes[&shot][0].renderer, "footage");
    // A copy of the film has its own.
    let copy = studio.dir.path().join("films/Copy.muto");
    studio.session.save_as(&copy).unwrap();
    assert!(copy.join("imports").join(import.file.as_str()).is_file());
}

/// Makes the model wait before its first frame is handed on, until somebody has looked.
struct Held {
    model: VideoRenderer<Slope>,
    looked: mpsc::Receiver<()>,
}

struct HeldSink<'a> {
    sink: &'a mut dyn FrameSink,
    looked: &'a mpsc::Receiver<()>,
    first: bool,
}

impl FrameSink for HeldSink<'_> {
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
        if std::mem::take(&mut self.first) {
            self.looked.recv_timeout(Duration::from_secs(30)).unwrap();
        }
        self.sink.frame(frame)
    }
}

impl ShotRenderer for Held {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn version(&self) -> String {
        self.model.version()
    }

    fn render(
        &mut self,
        order: &ShotOrder,
        frames: Range<u32>,
        sink: &mut dyn FrameSink,
        watch: &Watch,
    ) -> Result<(), RenderError> {
        let mut sink = HeldSink { sink, looked: &self.looked, first: true };
        self.model.render(order, frames, &mut sink, watch)
    }
}

#[test]
fn a_sketch_is_shown_while_its_take_is_rendered_and_not_kept() {
    const MODEL: &str = "tiny-t2v";
    let shelf = Shelf::with(MODEL, "wan_t2v", "vae21", r#"["text"]"#);
    let dir = tempfile::tempdir().unwrap();
    let session = Session::start(Setup {
        config: Some(dir.path().join("config")),
        films: Some(dir.path().join("films")),
        models: Some(shelf.models.folder().to_owned()),
        without_stage: true,
    })
    .unwrap();
    let studio = Studio { session, dir };
    let session = &studio.session;
    session.new_project(SCRIPT, Some("Fox"), None, cards()).unwrap();
    let state = studio.wait("the engine", |state| state.engine.ready);

    // The engine's place is taken by one that has the model.
    let (look, looked) = mpsc::sync_channel(1);
    let model = Arc::new(Mutex::new(Some(Held { model: shelf.renderer(MODEL), looked })));
    let factory = move || Ok(engine::Renderers::new().with(model.lock().unwrap().take().unwrap()));
    let elsewhere = studio.dir.path().join("elsewhere");
    let engine = Engine::start(&EngineConfig::in_project(&elsewhere), Box::new(Takes), factory).unwrap();
    let subscription = engine.subscribe_with_sketches();
    let sitting = {
        let mut desk = session.shared.desk();
        desk.open.as_mut().unwrap().engine = Some(Arc::new(engine));
        desk.sitting
    };
    let shared = session.shared.clone();
    let listener = thread::spawn(move || jobs::listen(&shared, sitting, &subscription));

    let shot = state.board.unwrap().scenes[0].shots[0].id.clone();
    let job = session.render(Some(&[shot]), Quality::Draft, Some(MODEL)).unwrap().remove(0);
    let state = studio.wait("the sketch", |state| state.jobs.iter().any(|job| job.sketch.is_some()));
    assert_eq!((state.jobs[0].state, state.jobs[0].frames_done), (model::JobState::Running, 0));
    let told = session.events(0, Duration::ZERO).events;
    assert!(told.iter().any(|event| matches!(event, Event::Job { job } if job.sketch.is_some())));
    let note = state.jobs[0].note.as_deref();
    assert!(note.is_some_and(|note| note.starts_with("all of the model is in memory")), "{note:?}");
    let jpeg = session.sketch(&job).unwrap().unwrap();
    assert_eq!(&jpeg[..2], [0xFF, 0xD8]);
    assert!(matches!(session.sketch("t99"), Err(SessionError::NoSuchJob(_))));

    look.send(()).unwrap();
    let done = |state: &State| state.jobs.iter().any(|job| job.state == model::JobState::Done);
    let state = studio.wait("the take", done);
    studio.wait("its end", |state| state.jobs.iter().all(|job| job.sketch.is_none()));
    assert_eq!(state.jobs[0].id, job);
    assert!(session.sketch(&job).unwrap().is_none());
    session.close_project().unwrap();
    listener.join().unwrap();
}
