//! Tiny models with random weights (`tests/parity`), installed as any model is and rendered with.

use std::fs;
use std::path::{Path, PathBuf};

use film::{CancelToken, EvenSize, Seconds, Storyboard};

use super::*;
use crate::models::{Hub, Models, Source};

/// Puts a checkpoint together as diffusers lays it out, and installs it by its manifest.
pub(crate) struct Shelf {
    pub(crate) models: Models,
    dir: tempfile::TempDir,
}

fn parity(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/parity").join(name)
}

impl Shelf {
    pub(crate) fn with(name: &str, transformer: &str, autoencoder: &str, capabilities: &str) -> Self {
        Self::with_video(name, transformer, autoencoder, capabilities, "")
    }

    /// `video`: further fields of the manifest's table.
    fn with_video(name: &str, transformer: &str, autoencoder: &str, capabilities: &str, video: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let parts = [
            ("text_encoder", "umt5"),
            ("tokenizer", "umt5"),
            ("transformer", transformer),
            ("vae", autoencoder),
        ];
        let mut files = Vec::new();
        for (part, fixture) in parts {
            fs::create_dir_all(dir.path().join("given").join(part)).unwrap();
            for entry in fs::read_dir(parity(fixture)).unwrap() {
                let file = entry.unwrap().file_name().into_string().unwrap();
                let is_ours = match part {
                    "tokenizer" => file == "tokenizer.json",
                    _ => file == "config.json" || file.contains("model"),
                };
                if is_ours {
                    fs::copy(parity(fixture).join(&file), dir.path().join("given").join(part).join(&file))
                        .unwrap();
                    // Shards are found by their index.
                    if !file.contains("-of-") {
                        let index = file.ends_with(".index.json");
                        files.push(format!("[[files]]\npath = \"{part}/{file}\"\nshards = {index}\n"));
                    }
                }
            }
        }
        files.sort();
        let manifest = format!(
            r#"name = "{name}"
title = "Tiny"
summary = "For tests."
maker = "Nobody"
page = "https://example.org"
repository = "nobody/{name}"
revision = "main"
capabilities = {capabilities}
licence = {{ id = "Test-1.0", summary = "Do what you like.", text = "All of it." }}
video = {{ width = 64, height = 64, fps = 8, frames = 9, steps = 2, guidance = 3.0, shift = 3.0{video} }}
{}"#,
            files.concat()
        );
        let models = Models::new(dir.path().join("models"));
        fs::create_dir_all(models.folder()).unwrap();
        fs::write(models.folder().join(format!("{name}.toml")), manifest).unwrap();
        let source = Source::Folder(dir.path().join("given"));
        models.pull(name, &source, &Hub::from_env(), true, &Watch::unwatched()).unwrap();
        Self { models, dir }
    }

    pub(crate) fn renderer(&self, name: &str) -> VideoRenderer<Slope> {
        let manifest = self.models.manifest(name).unwrap();
        let folder = self.models.find(name).unwrap();
        VideoRenderer::open(manifest, "main".into(), &folder, Slope)
    }

    /// The model without the renderer around it.
    fn model(&self, name: &str) -> VideoModel {
        VideoModel::open(&self.models.find(name).unwrap(), None).unwrap()
    }
}

/// Ground that falls away to the right, a little more in each frame.
pub(crate) struct Slope;

impl ControlSource for Slope {
    fn control(&mut self, order: &ShotOrder, index: u32) -> Result<Frame, RenderError> {
        let (width, height) = (order.format.width.get(), order.format.height.get());
        let depth = (0..width * height).map(|i| 1.0 + ((i % width) + index) as f32).collect();
        Ok(Frame { depth: Some(depth), ..Frame::filled(index, width, height, [9; 4]) })
    }
}

#[derive(Default)]
struct Taken(Vec<Frame>);

impl FrameSink for Taken {
    fn frame(&mut self, frame: Frame) -> Result<(), film::SinkError> {
        self.0.push(frame);
        Ok(())
    }
}

fn order(seconds: f64) -> ShotOrder {
    let board = Storyboard::example();
    let mut order = ShotOrder::new(&board, &board.scenes[0].shots[0].id, Quality::Standard).unwrap();
    order.shot.seconds = Seconds::new(seconds).unwrap();
    order.format.width = EvenSize::new(64).unwrap();
    order.format.height = EvenSize::new(64).unwrap();
    order.format.fps = Fps::new(12).unwrap();
    order
}

fn rendered(renderer: &mut VideoRenderer<Slope>, order: &ShotOrder, frames: Range<u32>) -> Vec<Frame> {
    let mut taken = Taken::default();
    renderer.render(order, frames, &mut taken, &Watch::unwatched()).unwrap();
    taken.0
}

/// What the model makes of the order, asked directly.
fn made(
    model: &mut VideoModel,
    order: &ShotOrder,
    first: Option<&Picture>,
    steering: Option<Steering<'_>>,
    window: u64,
) -> Vec<Picture> {
    made_anew(model, order, first, steering, window, None)
}

/// The same, from another video on.
fn made_anew(
    model: &mut VideoModel,
    order: &ShotOrder,
    first: Option<&Picture>,
    steering: Option<Steering<'_>>,
    window: u64,
    original: Option<MadeAnew<'_>>,
) -> Vec<Picture> {
    let words = prompt::compose(order);
    let wanted = VideoOrder {
        prompt: &words.positive,
        negative: &words.negative,
        width: 64,
        height: 64,
        frames: 9,
        guidance: 3.0,
        method: Method::UniPc,
        levels: Levels::Shifted { steps: 2, shift: 3.0 },
        seed: seed(order, window),
        first,
        steering,
        original,
        memory: None,
    };
    let mut pictures = Vec::new();
    model
        .make::<VideoError>(&wanted, &Watch::unwatched(), |_, picture| {
            pictures.push(picture);
            Ok(())
        })
        .unwrap();
    pictures
}

fn rgb(frame: &Frame) -> Vec<u8> {
    frame.rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

#[test]
fn the_renderers_frames_are_the_models_own() {
    let shelf = Shelf::with("tiny-t2v", "wan_t2v", "vae21", r#"["text"]"#);
    let order = order(0.5);
    let own = made(&mut shelf.model("tiny-t2v"), &order, None, None, 0);
    assert_eq!(own.len(), 9);
    assert!(own[0] != own[8] && own[0].rgb.iter().any(|&level| level != own[0].rgb[0]));
    let mut renderer = shelf.renderer("tiny-t2v");
    let frames = rendered(&mut renderer, &order, 0..6);
    // Eight frames a second are shown at twelve, each by the nearest.
    for (frame, source) in frames.iter().zip([0, 1, 1, 2, 3, 3]) {
        assert!(rgb(frame) == own[source].rgb, "frame {} is another than {source}", frame.index);
    }
    // A part is the same part; words are encoded once, and give the same pictures from the disk.
    assert_eq!(rendered(&mut shelf.renderer("tiny-t2v"), &order, 3..6), frames[3..]);
    assert_eq!(fs::read_dir(shelf.models.find("tiny-t2v").unwrap().join(KEPT_WORDS)).unwrap().count(), 2);
    // Beyond what was made, the last stands.
    let far = rendered(&mut renderer, &order, 0..40);
    assert!(rgb(&far[39]) == own[8].rgb);
    let mut other = order.clone();
    other.shot.seed = film::Seed::new(9).unwrap();
    assert_ne!(rendered(&mut renderer, &other, 0..1)[0], frames[0]);
}

#[test]
fn a_steered_model_follows_depth_and_goes_on_where_it_ended() {
    let shelf = Shelf::with("tiny-vace", "wan_vace", "vae21", r#"["text", "control"]"#);
    let order = order(1.4);
    let video = shelf.models.manifest("tiny-vace").unwrap().video;
    let plan = Plan::new(&video, &order, 16, Joint::Frames(TAKEN_OVER)).unwrap();
    assert!(plan.windows.len() >= 2, "{plan:?}");
    let steering = steering_order(&order, &plan, &video).unwrap();
    let depth: Vec<Frame> = (0..40).map(|index| Slope.control(&steering, index).unwrap()).collect();
    let range = pictures::Range::of(&depth[..9]);
    let greys: Vec<Picture> = depth.iter().map(|frame| grey(frame, range)).collect();
    let mut model = shelf.model("tiny-vace");
    let steered = |pictures, kept| Some(Steering { pictures, kept, strength: 1.0 });
    let first = made(&mut model, &order, None, steered(&greys[..9], 0), 0);
    let second_given = [&first[4..], &greys[9..13]].concat();
    let second = made(&mut model, &order, None, steered(&second_given, 5), 1);
    let frames = rendered(&mut shelf.renderer("tiny-vace"), &order, 0..18);
    for frame in &frames {
        let source = plan.source(frame.index) as usize;
        let own = if source < 9 { &first[source] } else { &second[source - 4] };
        assert!(source >= 13 || rgb(frame) == own.rgb, "frame {} is not the model's {source}", frame.index);
    }
    // Depth makes a difference.
    let flat = made(&mut model, &order, None, steered(&vec![greys[0].clone(); 9], 0), 0);
    assert!(flat != first);
}

#[test]
fn a_model_that_begins_with_a_picture_goes_on_from_the_last() {
    let shelf = Shelf::with("tiny-ti2v", "wan_ti2v", "vae22", r#"["text", "image"]"#);
    let order = order(1.4);
    let mut model = shelf.model("tiny-ti2v");
    let first = made(&mut model, &order, None, None, 0);
    let second = made(&mut model, &order, first.last(), None, 1);
    let frames = rendered(&mut shelf.renderer("tiny-ti2v"), &order, 0..16);
    // Frame 13 of the film is frame 9 of the model.
    assert!(rgb(&frames[12]) == first[8].rgb && rgb(&frames[13]) == second[1].rgb);
}

#[test]
fn a_model_that_knows_only_words_makes_the_stages_pictures_anew() {
    let shelf = Shelf::with_video("tiny", "wan_t2v", "vae21", r#"["text"]"#, ", from_stage = 0.5");
    let order = order(0.5);
    let stage = vec![Picture { width: 64, height: 64, rgb: vec![9; 64 * 64 * 3] }; 9];
    let mut model = shelf.model("tiny");
    let original = Some(MadeAnew { pictures: &stage, strength: 0.5 });
    let own = made_anew(&mut model, &order, None, None, 0, original);
    let mut renderer = shelf.renderer("tiny");
    let frames = rendered(&mut renderer, &order, 0..6);
    for (frame, source) in frames.iter().zip([0, 1, 1, 2, 3, 3]) {
        assert!(rgb(frame) == own[source].rgb, "frame {} is another than {source}", frame.index);
    }
    assert!(own != made(&mut model, &order, None, None, 0));
    // Another share of the stage is another take.
    assert!(renderer.version().ends_with("from stage 0.5"), "{}", renderer.version());
    renderer.manifest.video.from_stage = None;
    assert_eq!(renderer.version(), shelf.renderer("tiny").version().replace(" from stage 0.5", ""));
}

#[test]
fn a_steered_model_needs_no_pictures_of_the_stage() {
    let (name, video) = ("tiny-vace", ", from_stage = 0.5");
    let shelf = Shelf::with_video(name, "wan_vace", "vae21", r#"["text", "control"]"#, video);
    let plain = Shelf::with(name, "wan_vace", "vae21", r#"["text", "control"]"#);
    let order = order(0.5);
    let frames = |shelf: &Shelf| rendered(&mut shelf.renderer(name), &order, 0..2);
    assert_eq!(frames(&shelf), frames(&plain));
    assert_eq!(shelf.renderer(name).version(), plain.renderer(name).version());
}

#[test]
fn work_is_watched_stopped_and_refused() {
    let shelf = Shelf::with("tiny-t2v", "wan_t2v", "vae21", r#"["text"]"#);
    let mut renderer = shelf.renderer("tiny-t2v");
    let steps = Arc::new(Mutex::new(Vec::new()));
    let cancel = CancelToken::default();
    let (log, token) = (steps.clone(), cancel.clone());
    let watch = Watch::new(cancel, move |progress| {
        log.lock().unwrap().push((progress.unit, progress.done, progress.total));
        if progress.unit == "frame" && progress.done == 2 {
            token.cancel();
        }
    });
    let mut taken = Taken::default();
    let stopped = renderer.render(&order(0.5), 0..6, &mut taken, &watch);
    assert!(matches!(stopped, Err(RenderError::Cancelled(_))));
    assert_eq!(taken.0.len(), 2);
    assert_eq!(*steps.lock().unwrap(), [("step", 1, 2), ("step", 2, 2), ("frame", 1, 6), ("frame", 2, 6)]);
    // Longer than it can make.
    let refused = renderer.render(&order(9.0), 0..6, &mut taken, &Watch::unwatched()).unwrap_err();
    assert!(film::Hint::hint(&refused).is_some_and(|hint| hint.contains("divide the shot")), "{refused}");
    // A model that lost a file says so when it is asked.
    fs::remove_file(shelf.models.folder().join("tiny-t2v/vae/config.json")).unwrap();
    assert!(shelf.models.find("tiny-t2v").is_err());
    let manifest = shelf.models.manifest("tiny-t2v").unwrap();
    let mut broken =
        VideoRenderer::open(manifest, "main".into(), &shelf.models.folder().join("tiny-t2v"), Slope);
    let refused = broken.render(&order(0.5), 0..6, &mut taken, &Watch::unwatched()).unwrap_err();
    assert!(refused.to_string().contains("config.json"), "{refused}");
    drop(shelf.dir);
}

#[test]
fn memory_is_minded() {
    let shelf = Shelf::with("tiny-t2v", "wan_t2v", "vae21", r#"["text"]"#);
    let make = |width, height, memory| {
        let wanted = VideoOrder {
            prompt: "a fox",
            negative: "",
            width,
            height,
            frames: 5,
            guidance: 1.0,
            method: Method::UniPc,
            levels: Levels::Shifted { steps: 1, shift: 3.0 },
            seed: 1,
            first: None,
            steering: None,
            original: None,
            memory,
        };
        let mut pictures = Vec::new();
        let made = shelf.model("tiny-t2v").make::<VideoError>(&wanted, &Watch::unwatched(), |_, picture| {
            pictures.push(picture);
            Ok(())
        });
        made.map(|()| pictures)
    };
    let refused = make(7680, 4320, Some(1 << 30)).unwrap_err();
    assert!(matches!(refused, VideoError::TooLarge { has, .. } if has == 1 << 30), "{refused}");
    assert!(refused.hint().is_some_and(|hint| hint.contains("--quality draft")));
    // Where it does not fit whole it is decoded in tiles: as many pictures, and nearly the same.
    let (whole, tiled) = (make(256, 192, None).unwrap(), make(256, 192, Some(25_000_000)).unwrap());
    assert_eq!((whole.len(), tiled.len()), (5, 5));
    assert!(
        whole != tiled && whole.iter().zip(&tiled).all(|(a, b)| (a.width, a.height) == (b.width, b.height))
    );
    let apart = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b));
    let apart: f64 = whole[4].rgb.iter().zip(&tiled[4].rgb).map(apart).sum();
    assert!(apart / (whole[4].rgb.len() as f64) < 16.0, "{apart}");
}

#[test]
fn what_does_not_fit_is_streamed_and_is_the_same() {
    let shelf = Shelf::with("tiny-vace", "wan_vace", "vae21", r#"["text", "control"]"#);
    let make = |memory| {
        let wanted = VideoOrder {
            prompt: "a fox",
            negative: "",
            width: 64,
            height: 64,
            frames: 5,
            guidance: 1.0,
            method: Method::UniPc,
            levels: Levels::Shifted { steps: 2, shift: 3.0 },
            seed: 1,
            first: None,
            steering: None,
            original: None,
            memory,
        };
        let mut pictures = Vec::new();
        let mut model = shelf.model("tiny-vace");
        let made = model.make::<VideoError>(&wanted, &Watch::unwatched(), |_, picture| {
            pictures.push(picture);
            Ok(())
        });
        made.map(|()| pictures)
    };
    // The refusal names the least that would do, which is with the transformer read as it is needed.
    let Err(VideoError::TooLarge { needed, .. }) = make(Some(1)) else { panic!("one byte is enough") };
    assert!(make(Some(needed - 1)).is_err());
    assert!(make(Some(needed)).unwrap() == make(None).unwrap());
}
