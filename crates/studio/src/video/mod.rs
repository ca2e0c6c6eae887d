//! Video models as renderers of shots: words from the storyboard, depth from the stage, pictures from the model. A model that
//! cannot be steered by depth makes the stage's pictures anew instead, where its manifest says how much of them
//! ([`VideoFacts::from_stage`]), so that people stand and go where the storyboard has them.
//!
//! [`VideoFacts::from_stage`]: crate::models::VideoFacts::from_stage

mod pictures;
mod plan;
mod prompt;
#[cfg(test)]
pub(crate) mod tests;

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use film::{
    ControlSource, EvenSize, Fps, Frame, FrameSink, Hint as _, Progress, Quality, RenderError, ShotOrder,
    ShotRenderer, Watch,
};
use neural::pipeline::PipelineError;
use neural::sampler::{Levels, Method};
use neural::video::{MadeAnew, Picture, Steering, VideoError, VideoModel, VideoOrder};
use stage::Stage;

use self::pictures::{coloured, framed, grey};
use self::plan::{Joint, Plan, Window};
use crate::models::{Capability, KEPT_WORDS, Manifest, machine_bytes};

/// Frames that a model which is steered takes over from the stretch before: two latent frames.
const TAKEN_OVER: u32 = 5;

/// The stage, for itself and for the models that it steers. All of them work on one thread, so nobody ever waits.
#[derive(Clone)]
pub(crate) struct SharedStage(Arc<Mutex<Stage>>);

impl SharedStage {
    pub(crate) fn new(stage: Stage) -> Self {
        Self(Arc::new(Mutex::new(stage)))
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ShotRenderer for SharedStage {
    fn name(&self) -> &'static str {
        "stage"
    }

    fn version(&self) -> String {
        self.stage().version()
    }

    fn render(
        &mut self,
        order: &ShotOrder,
        frames: Range<u32>,
        sink: &mut dyn FrameSink,
        watch: &Watch,
    ) -> Result<(), RenderError> {
        self.stage().render(order, frames, sink, watch)
    }
}

impl ControlSource for SharedStage {
    fn control(&mut self, order: &ShotOrder, index: u32) -> Result<Frame, RenderError> {
        self.stage().control(order, index)
    }
}

/// A video model that is installed.
pub(crate) struct VideoRenderer<C> {
    manifest: Manifest,
    /// The commit that its files are of.
    revision: String,
    model: Result<VideoModel, (String, Option<String>)>,
    /// What steers it.
    control: C,
}

impl<C: ControlSource> VideoRenderer<C> {
    /// Looks at the model in `folder`. A model that cannot be used says so when it is asked to render.
    pub(crate) fn open(manifest: Manifest, revision: String, folder: &Path, control: C) -> Self {
        let model = VideoModel::open(folder, Some(folder.join(KEPT_WORDS)));
        let model = model.map_err(|error| (error.to_string(), error.hint()));
        Self { manifest, revision, model, control }
    }

    /// How much of the stage's pictures a model makes anew that cannot be steered by depth.
    fn share_anew(&self) -> Option<f64> {
        let steered = self.manifest.capabilities.contains(&Capability::Control);
        self.manifest.video.from_stage.filter(|_| !steered)
    }
}

/// Why a window was not made; the model's errors become the renderer's.
struct Stop(RenderError);

impl From<VideoError> for Stop {
    fn from(error: VideoError) -> Self {
        let hint = error.hint();
        Self(match error {
            VideoError::Cancelled(cancelled) => RenderError::Cancelled(cancelled),
            VideoError::Pipeline(PipelineError::Compute(error)) => {
                RenderError::Device { message: error.to_string() }
            }
            error => RenderError::Unsupported { message: error.to_string(), hint },
        })
    }
}

impl<C: ControlSource> ShotRenderer for VideoRenderer<C> {
    fn name(&self) -> &str {
        &self.manifest.name
    }

    fn version(&self) -> String {
        let device = self.model.as_ref().map_or_else(|_| "none".into(), VideoModel::device);
        let version = format!("{} {} {device}", env!("CARGO_PKG_VERSION"), self.revision);
        match self.share_anew() {
            Some(strength) => format!("{version} from stage {strength}"),
            None => version,
        }
    }

    fn render(
        &mut self,
        order: &ShotOrder,
        frames: Range<u32>,
        sink: &mut dyn FrameSink,
        watch: &Watch,
    ) -> Result<(), RenderError> {
        watch.check()?;
        let from_stage = self.share_anew();
        let (manifest, control) = (&self.manifest, &mut self.control);
        let model = self.model.as_mut().map_err(|(message, hint)| RenderError::Unsupported {
            message: message.clone(),
            hint: hint.clone(),
        })?;
        let can = |capability| manifest.capabilities.contains(&capability);
        let (steered, begun) = (can(Capability::Control), can(Capability::Image));
        let joint = match (steered, begun) {
            (true, _) => Joint::Frames(TAKEN_OVER),
            (false, true) => Joint::Frames(1),
            (false, false) => Joint::None,
        };
        let plan = Plan::new(&manifest.video, order, model.pixel_step(), joint)
            .map_err(|seconds| too_long(manifest, seconds))?;
        let words = prompt::compose(order);
        let mut drawn =
            Drawn { source: control, order: steering_order(order, &plan, &manifest.video)?, range: None };
        if from_stage.is_some() {
            drawn.order.quality = order.quality;
        }
        let mut out = Output { plan: &plan, order, next: frames.start, frames, sink, watch };
        // The last pictures of the stretch before.
        let mut tail: Vec<Picture> = Vec::new();
        for (number, window) in plan.windows.iter().enumerate() {
            if out.is_done() {
                break;
            }
            let steering = steered.then(|| drawn.depths(*window, &tail, watch)).transpose()?;
            let colours = from_stage.map(|_| drawn.colours(*window, watch)).transpose()?;
            let video = &manifest.video;
            let video_order = VideoOrder {
                prompt: &words.positive,
                negative: &words.negative,
                width: plan.width,
                height: plan.height,
                frames: window.frames,
                guidance: video.guidance,
                method: if video.timesteps.is_empty() { Method::UniPc } else { Method::Renoise },
                levels: if video.timesteps.is_empty() {
                    Levels::Shifted { steps: plan.steps as usize, shift: video.shift }
                } else {
                    Levels::Listed { timesteps: video.timesteps.clone(), shift: 1.0 }
                },
                seed: seed(order, number as u64),
                first: tail.last().filter(|_| begun && !steered),
                steering: steering.as_deref().map(|pictures| Steering {
                    pictures,
                    kept: window.kept as usize,
                    strength: 1.0,
                }),
                original: colours
                    .as_deref()
                    .zip(from_stage)
                    .map(|(pictures, strength)| MadeAnew { pictures, strength }),
                memory: model.on_processor().then(|| machine_bytes() / 10 * 9),
            };
            let mut made: Vec<Picture> = Vec::new();
            let keep = TAKEN_OVER as usize;
            let result = model.make(&video_order, watch, |index, picture| {
                if index >= window.kept {
                    out.picture(window.start + index, &picture).map_err(Stop)?;
                }
                made.push(picture);
                if made.len() > keep {
                    made.remove(0);
                }
                Ok::<(), Stop>(())
            });
            result.map_err(|stop| stop.0)?;
            tail = made;
        }
        Ok(())
    }
}

fn too_long(manifest: &Manifest, seconds: f64) -> RenderError {
    RenderError::Unsupported {
        message: format!("{} makes shots of at most {seconds:.1} s, and this one is longer", manifest.title),
        hint: Some("divide the shot, or choose a model that can be steered, or --renderer stage".into()),
    }
}

/// The same seed of shot and film gives the same noise; each stretch has its own.
fn seed(order: &ShotOrder, window: u64) -> u64 {
    let mixed = order.shot.seed.get() ^ order.film_seed.get().rotate_left(32);
    mixed.wrapping_add(window.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// The shot as the stage draws it for the model: in the model's size and at its rate.
fn steering_order(
    order: &ShotOrder,
    plan: &Plan,
    video: &crate::models::VideoFacts,
) -> Result<ShotOrder, RenderError> {
    let wrong =
        |message: film::UnitError| RenderError::Unsupported { message: message.to_string(), hint: None };
    let mut order = order.clone();
    // The depth is the same in every style and quality, and "draft" gets it soonest.
    order.quality = Quality::Draft;
    order.format.width = EvenSize::new(plan.width).map_err(wrong)?;
    order.format.height = EvenSize::new(plan.height).map_err(wrong)?;
    order.format.fps = Fps::new(video.fps).map_err(wrong)?;
    Ok(order)
}

/// What the stage draws for the model.
struct Drawn<'a, C> {
    source: &'a mut C,
    order: ShotOrder,
    /// Of the first stretch; the others are shown in the same range, or the light of depth would jump.
    range: Option<pictures::Range>,
}

impl<C: ControlSource> Drawn<'_, C> {
    /// The pictures of the stretch before, then depth.
    fn depths(
        &mut self,
        window: Window,
        tail: &[Picture],
        watch: &Watch,
    ) -> Result<Vec<Picture>, RenderError> {
        let kept = tail.len().saturating_sub(window.kept as usize);
        let mut steering: Vec<Picture> = tail[kept..].to_vec();
        let mut frames = Vec::new();
        for index in window.start + window.kept..window.start + window.frames {
            watch.check()?;
            let frame = self.source.control(&self.order, index)?;
            frames.push(Frame { rgba: Vec::new(), mask: None, ..frame });
        }
        let range = *self.range.get_or_insert_with(|| pictures::Range::of(&frames));
        steering.extend(frames.iter().map(|frame| grey(frame, range)));
        Ok(steering)
    }

    /// A picture for each frame of a stretch.
    fn colours(&mut self, window: Window, watch: &Watch) -> Result<Vec<Picture>, RenderError> {
        let frames = window.start..window.start + window.frames;
        frames
            .map(|index| {
                watch.check()?;
                Ok(coloured(&self.source.control(&self.order, index)?))
            })
            .collect()
    }
}

/// Hands on the film's frames, as the model's arrive.
struct Output<'a> {
    plan: &'a Plan,
    order: &'a ShotOrder,
    frames: Range<u32>,
    /// The film's frame that is due.
    next: u32,
    sink: &'a mut dyn FrameSink,
    watch: &'a Watch,
}

impl Output<'_> {
    fn is_done(&self) -> bool {
        self.next >= self.frames.end
    }

    /// Takes the model's frame `index` since the shot began.
    fn picture(&mut self, index: u32, picture: &Picture) -> Result<(), RenderError> {
        while !self.is_done() && self.plan.source(self.next) <= index {
            self.watch.check()?;
            let (width, height) = (self.order.format.width.get(), self.order.format.height.get());
            self.sink.frame(framed(picture, self.next, width, height))?;
            self.next += 1;
            let (done, total) = (self.next - self.frames.start, self.frames.end - self.frames.start);
            self.watch.report(Progress { unit: "frame", done: done.into(), total: total.into() });
        }
        Ok(())
    }
}
