//! A renderer and a take store that are quick and do what a test tells them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use engine::{
    Engine, EngineConfig, EngineError, Event, Failure, JobSpec, Renderers, Subscription, TakeRequest,
    TakeSink, TakeStore,
};
use film::{
    EvenSize, Frame, FrameSink, Id, Quality, RenderError, Seconds, ShotOrder, ShotRenderer, SinkError,
    Storyboard, Watch,
};
use tempfile::TempDir;

/// Called before each frame with the shot and the frame's number; may fail, panic, wait or call the engine.
pub(crate) type Hook = dyn Fn(&str, u32) -> Result<(), RenderError> + Send + Sync;

/// What the test sees of the renderers, and tells them.
#[derive(Clone)]
pub(crate) struct Director {
    hook: Arc<Mutex<Arc<Hook>>>,
    pub(crate) rendered: Arc<Mutex<Vec<(String, u32)>>>,
    pub(crate) made: Arc<AtomicU32>,
    pub(crate) version: Arc<Mutex<String>>,
    pub(crate) seekable: bool,
    /// Whether the renderer asks its watch; otherwise only its sink can stop it.
    pub(crate) attentive: bool,
}

impl Director {
    pub(crate) fn new() -> Self {
        Self {
            hook: Arc::new(Mutex::new(Arc::new(|_: &str, _| Ok(())))),
            rendered: Arc::default(),
            made: Arc::default(),
            version: Arc::new(Mutex::new("1".into())),
            seekable: true,
            attentive: true,
        }
    }

    pub(crate) fn on_frame(
        &self,
        hook: impl Fn(&str, u32) -> Result<(), RenderError> + Send + Sync + 'static,
    ) {
        *self.hook.lock().unwrap() = Arc::new(hook);
    }

    pub(crate) fn factory(&self) -> impl FnMut() -> Result<Renderers, Failure> + Send + 'static {
        let director = self.clone();
        move || {
            director.made.fetch_add(1, Ordering::SeqCst);
            let greys = Greys(director.clone());
            Ok(if director.seekable {
                Renderers::new().with_seekable(greys)
            } else {
                Renderers::new().with(greys)
            })
        }
    }

    /// Frames rendered since the last call, per shot.
    pub(crate) fn frames_by_shot(&self) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        for (shot, _) in self.rendered.lock().unwrap().drain(..) {
            *counts.entry(shot).or_insert(0) += 1;
        }
        counts
    }
}

/// Paints each frame in a grey of shot and index.
struct Greys(Director);

impl ShotRenderer for Greys {
    fn name(&self) -> &'static str {
        "greys"
    }

    fn version(&self) -> String {
        self.0.version.lock().unwrap().clone()
    }

    fn render(
        &mut self,
        order: &ShotOrder,
        frames: Range<u32>,
        sink: &mut dyn FrameSink,
        watch: &Watch,
    ) -> Result<(), RenderError> {
        let shot = order.shot.id.as_str();
        for index in frames.clone() {
            if self.0.attentive {
                watch.check()?;
            }
            let hook = self.0.hook.lock().unwrap().clone();
            hook(shot, index)?;
            self.0.rendered.lock().unwrap().push((shot.into(), index));
            sink.frame(picture(order, index))?;
            let (done, total) = ((index - frames.start + 1).into(), frames.len() as u64);
            watch.report(film::Progress { unit: "frame", done, total });
        }
        Ok(())
    }
}

pub(crate) fn picture(order: &ShotOrder, index: u32) -> Frame {
    let grey = (order.shot.seed.get() as u8).wrapping_mul(31).wrapping_add(index as u8);
    Frame::filled(index, order.format.width.get(), order.format.height.get(), [grey, grey, grey, 255])
}

/// Keeps the first pixel of each frame, then the mark of a complete file.
pub(crate) struct Pixels;

const END: &[u8] = b"END";

impl TakeStore for Pixels {
    fn format(&self) -> String {
        "pixels-1".into()
    }

    fn extension(&self) -> String {
        "px".into()
    }

    fn create(&mut self, path: &Path, _: &ShotOrder, _: Range<u32>) -> Result<Box<dyn TakeSink>, SinkError> {
        let file = File::create_new(path).map_err(|error| failed(path, &error))?;
        Ok(Box::new(PixelFile { file: BufWriter::new(file), path: path.to_owned() }))
    }

    fn verify(&self, path: &Path, frames: u32) -> bool {
        fs::read(path)
            .is_ok_and(|bytes| bytes.len() == frames as usize * 4 + END.len() && bytes.ends_with(END))
    }
}

struct PixelFile {
    file: BufWriter<File>,
    path: PathBuf,
}

impl FrameSink for PixelFile {
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
        self.file.write_all(&frame.rgba[..4]).map_err(|error| failed(&self.path, &error))
    }
}

impl TakeSink for PixelFile {
    fn finish(mut self: Box<Self>) -> Result<(), SinkError> {
        let result = self.file.write_all(END).and_then(|()| self.file.flush());
        result.map_err(|error| failed(&self.path, &error))
    }
}

fn failed(path: &Path, error: &std::io::Error) -> SinkError {
    let Failure { message, hint } = Failure::io("write the take", path, error);
    SinkError::Failed { message, hint }
}

/// The bytes of the complete take of a request.
pub(crate) fn expected(request: &TakeRequest) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        request.frames.clone().flat_map(|index| picture(&request.order, index).rgba[..4].to_vec()).collect();
    bytes.extend(END);
    bytes
}

/// A film of `shots` shots, `a`, `b`, `c` …, of `frames` frames each.
pub(crate) fn film(shots: u32, frames: u32) -> Vec<TakeRequest> {
    let mut board = Storyboard::example();
    board.format.width = EvenSize::new(64).unwrap();
    board.format.height = EvenSize::new(64).unwrap();
    let mut shot = board.scenes[0].shots[0].clone();
    shot.seconds = Seconds::new(f64::from(frames) / f64::from(board.format.fps.get())).unwrap();
    "greys".clone_into(&mut shot.renderer);
    board.scenes[0].shots = (0..shots)
        .map(|number| {
            let mut shot = shot.clone();
            shot.id = Id::new(char::from(b'a' + number as u8)).unwrap();
            shot.seed = film::Seed::new(number.into()).unwrap();
            shot
        })
        .collect();
    let ids: Vec<Id> = board.shots().map(|(_, shot)| shot.id.clone()).collect();
    let requests: Vec<_> = ids
        .iter()
        .map(|id| TakeRequest::whole(ShotOrder::new(&board, id, Quality::Draft).unwrap()))
        .collect();
    assert!(requests.iter().all(|request| request.frames == (0..frames)));
    requests
}

pub(crate) fn spec(shots: u32, frames: u32) -> JobSpec {
    JobSpec::new("a film", film(shots, frames))
}

/// A project folder, its director and its engine.
pub(crate) struct Project {
    pub(crate) folder: TempDir,
    pub(crate) config: EngineConfig,
    pub(crate) director: Director,
}

impl Project {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = EngineConfig::in_project(folder.path());
        Self { folder, config, director: Director::new() }
    }

    pub(crate) fn open(&self) -> Engine {
        self.try_open().unwrap()
    }

    pub(crate) fn try_open(&self) -> Result<Engine, EngineError> {
        Engine::start(&self.config, Box::new(Pixels), self.director.factory())
    }

    /// The names in the folder of takes.
    pub(crate) fn files(&self) -> Vec<String> {
        files(&self.config.takes)
    }
}

pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Events up to the first that `last` accepts, which is included.
pub(crate) fn until(events: &Subscription, last: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut heard = Vec::new();
    loop {
        let event = events.recv_timeout(std::time::Duration::from_secs(30)).expect("an event comes");
        heard.push(event);
        if last(&heard[heard.len() - 1]) {
            return heard;
        }
    }
}
