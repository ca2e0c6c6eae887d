//! From encoded words to frames: noise, steps of denoising that can be watched and cancelled, and decoding.
//!
//! The text encoder is no part of this: words are encoded once, and it can be dropped before the transformer is loaded.

mod control;
mod noise;
mod sketch;

use std::sync::OnceLock;

use candle_core::{DType, Result, Tensor};
use film::{Cancelled, Frame, Progress, Watch};

use self::sketch::Projection;
pub use self::{control::ControlVideo, noise::gaussian};
use crate::{
    autoencoder::wan::{FRAMES_PER_LATENT, Tiles, WanAutoencoder},
    sampler::{Levels, Method, Sampler},
    transformer::wan::{Control, WanTransformer},
};

/// Why no film came out.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// What was asked for is out of range or does not fit the model.
    #[error("{0}")]
    Request(String),
    /// The device could not compute or had no memory left.
    #[error("the model could not be run: {0}")]
    Compute(#[from] candle_core::Error),
}

type Made<T> = std::result::Result<T, PipelineError>;

impl film::Hint for PipelineError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Cancelled(_) => None,
            Self::Request(_) => Some("ask for a size and length that the model can make".to_owned()),
            Self::Compute(_) => {
                Some("ask for a smaller picture or fewer frames, or choose another device".to_owned())
            }
        }
    }
}

/// What is to be made.
pub struct Request<'a> {
    /// Pixels; a multiple of [`WanPipeline::pixel_step`].
    pub width: usize,
    /// Pixels; a multiple of [`WanPipeline::pixel_step`].
    pub height: usize,
    /// 4n + 1.
    pub frames: usize,
    /// Encoded words of what should be seen, `[1, words, text_dim]`.
    pub prompt: &'a Tensor,
    /// Encoded words of what should not be seen. Not used, and no time spent on it, if `guidance` is 1.
    pub negative: Option<&'a Tensor>,
    /// How much stronger than the model's own view the prompt counts: 1 not at all, 5 as Wan is published with.
    pub guidance: f64,
    /// How noise becomes data.
    pub method: Method,
    /// At which noise levels.
    pub levels: Levels,
    /// The same seed gives the same film on the same device.
    pub seed: u64,
    /// TI2V: the picture that the film begins with, `[1, 3, 1, height, width]` from -1 to 1.
    pub first_frame: Option<&'a Tensor>,
    /// VACE: what steers the film.
    pub control: Option<&'a ControlVideo>,
    /// V2V: a film that is made anew. Not together with `control`.
    pub original: Option<Original<'a>>,
    /// Decode in tiles, to save memory.
    pub tiles: Option<Tiles>,
}

/// A film from whose noised latents denoising begins (`SDEdit`, <https://arxiv.org/abs/2108.01073>), so that what is large in it
/// stays: who stands where, light and dark, the movement of the camera.
#[derive(Clone, Copy)]
pub struct Original<'a> {
    /// `[1, 3, frames, height, width]` from -1 to 1.
    pub video: &'a Tensor,
    /// The share of the steps that are made, 0 to 1: at 0 the film stays as the autoencoder sees it, at 1 next to nothing is
    /// left of it.
    pub strength: f64,
}

/// The models of one Wan checkpoint, on one device.
pub struct WanPipeline {
    transformer: WanTransformer,
    autoencoder: WanAutoencoder,
    dtype: DType,
    /// Made when somebody first looks; none where that failed.
    projection: OnceLock<Option<Projection>>,
}

impl WanPipeline {
    /// Of a transformer and the autoencoder whose latents it was trained on; `dtype` is that of the transformer's weights.
    pub fn new(transformer: WanTransformer, autoencoder: WanAutoencoder, dtype: DType) -> Self {
        Self { transformer, autoencoder, dtype, projection: OnceLock::new() }
    }

    /// Width and height of the film are multiples of so many pixels.
    pub fn pixel_step(&self) -> usize {
        let [_, rows, columns] = self.transformer.config().patch_size;
        self.autoencoder.config().pixels_per_latent() * rows.max(columns)
    }

    /// Makes the film: pictures `[1, 3, frames, height, width]` from -1 to 1. Reports each step, and stops between two if
    /// asked to.
    pub fn run(&self, request: &Request<'_>, watch: &Watch) -> Made<Tensor> {
        let noise = self.noise(request)?;
        let latents = self.denoise(request, noise, watch)?;
        watch.check()?;
        self.decode(&latents, request.tiles)
    }

    /// Pictures `[1, 3, frames, height, width]` from -1 to 1 of what [`Self::denoise`] gave.
    pub fn decode(&self, latents: &Tensor, tiles: Option<Tiles>) -> Made<Tensor> {
        let latents = self.autoencoder.denormalise(latents)?;
        Ok(match tiles {
            Some(tiles) => self.autoencoder.decode_tiled(&latents, tiles)?,
            None => self.autoencoder.decode(&latents)?,
        })
    }

    /// As [`Self::decode`], but hands over frames as soon as they are there: one, then four at a time. `failed` makes an error
    /// of the caller's of what the device could not do.
    pub fn decode_each<E>(
        &self,
        latents: &Tensor,
        failed: impl Fn(PipelineError) -> E,
        sink: impl FnMut(Tensor) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let compute = |error| failed(PipelineError::Compute(error));
        let latents = self.autoencoder.denormalise(latents).map_err(compute)?;
        self.autoencoder.decode_each(&latents, compute, sink)
    }

    /// The noise that a request begins with, from its seed: `[1, channels, latent frames, height, width]`, one latent frame
    /// more before the others for each reference picture.
    pub fn noise(&self, request: &Request<'_>) -> Made<Tensor> {
        let shape = self.latent_shape(request)?;
        Ok(gaussian(request.seed, 0, &shape, request.prompt.device())?)
    }

    /// Denoises `noise` to latents of the film (mean 0, deviation 1), without those of reference pictures. Where there is an
    /// original, its latents come out of the noise. Where somebody looks ([`Watch::sketch`]), each step shows a small picture of
    /// the film's middle, as it is foreseen from there.
    pub fn denoise(&self, request: &Request<'_>, noise: Tensor, watch: &Watch) -> Made<Tensor> {
        let shape = self.latent_shape(request)?;
        if noise.dims() != shape {
            return Err(PipelineError::Request(format!(
                "the noise has the shape {:?}, not {shape:?}",
                noise.dims()
            )));
        }
        let control = request.control.map(|c| c.latents(&self.autoencoder)).transpose()?;
        let control = control.map(|latents| latents.to_dtype(self.dtype)).transpose()?;
        let scales =
            vec![request.control.map_or(1.0, |c| c.strength); self.transformer.config().vace_layers.len()];
        let encoded = |film: &Tensor| self.autoencoder.normalise(&self.autoencoder.encode(film)?);
        let first = request.first_frame.map(encoded).transpose()?;
        // The first latent frame is put in place of what was made of it.
        let begun = |sample: &Tensor| match &first {
            Some(first) => Tensor::cat(&[first, &sample.narrow(2, 1, shape[2] - 1)?], 2),
            None => Ok(sample.clone()),
        };
        let velocity = |sample: &Tensor, timestep: f64, text: &Tensor| -> Result<Tensor> {
            let mut timesteps = vec![timestep as f32];
            if first.is_some() {
                // One for each latent frame, and there is no noise in the first.
                timesteps = vec![timestep as f32; shape[2]];
                timesteps[0] = 0.0;
            }
            let timesteps = Tensor::new(timesteps, sample.device())?.unsqueeze(0)?;
            let control = control.as_ref().map(|latents| Control { latents, scales: &scales });
            let (sample, text) = (begun(sample)?.to_dtype(self.dtype)?, text.to_dtype(self.dtype)?);
            self.transformer.forward(&sample, &timesteps, &text, control.as_ref())?.to_dtype(DType::F32)
        };

        let strength = request.original.map_or(1.0, |original| original.strength);
        let references = request.control.map_or(0, ControlVideo::reference_count);
        let mut sampler = Sampler::begun(request.method, &request.levels, strength);
        let timesteps = sampler.timesteps().to_vec();
        let total = timesteps.len() as u64;
        let mut sample = match request.original {
            Some(original) => sampler.noised(&encoded(original.video)?, &noise)?,
            None => noise,
        };
        for (index, &timestep) in timesteps.iter().enumerate() {
            watch.check()?;
            let mut out = velocity(&sample, timestep, request.prompt)?;
            if let Some(negative) = request.negative.filter(|_| request.guidance > 1.0) {
                let without = velocity(&sample, timestep, negative)?;
                out = (&without + ((out - &without)? * request.guidance)?)?;
            }
            watch.sketch(|| {
                let foreseen = (&out * sampler.sigmas()[index]).and_then(|noise| begun(&(&sample - noise)?));
                self.sketch(&foreseen.ok()?, references)
            });
            let fresh = || gaussian(request.seed, 1 + index as u64, &shape, sample.device());
            sample = sampler.step(&out, &sample, fresh)?;
            watch.report(Progress { unit: "step", done: index as u64 + 1, total });
        }
        Ok(begun(&sample)?.narrow(2, references, shape[2] - references)?)
    }

    /// A small picture of the middle of latents, after those of reference pictures. A film is worth more than a look at it:
    /// what fails here stops nothing.
    fn sketch(&self, latents: &Tensor, references: usize) -> Option<Frame> {
        let projection =
            self.projection.get_or_init(|| Projection::of(&self.autoencoder, latents.device()).ok());
        let frames = latents.dim(2).ok()?;
        projection.as_ref()?.picture(latents, references + (frames - references) / 2).ok()
    }

    fn latent_shape(&self, request: &Request<'_>) -> Made<[usize; 5]> {
        let Request { width, height, frames, .. } = *request;
        let step = self.pixel_step();
        if width == 0 || height == 0 || !width.is_multiple_of(step) || !height.is_multiple_of(step) {
            let what =
                format!("{width} x {height} is no size for this model: both must be multiples of {step}");
            return Err(PipelineError::Request(what));
        }
        if frames % FRAMES_PER_LATENT != 1 {
            let what =
                format!("{frames} frames cannot be made: the number must be 1 more than a multiple of 4");
            return Err(PipelineError::Request(what));
        }
        if let Some(control) = request.control {
            if self.transformer.config().vace_layers.is_empty() {
                return Err(PipelineError::Request(
                    "this model cannot be steered: it is no VACE model".to_owned(),
                ));
            }
            control.check(width, height, frames).map_err(PipelineError::Request)?;
        }
        if let Some(Original { video, strength }) = request.original {
            if request.control.is_some() {
                let what = "a film that is made anew and a video that steers: give one of them";
                return Err(PipelineError::Request(what.to_owned()));
            }
            if !(0.0..=1.0).contains(&strength) {
                let what = format!("a film cannot be made anew with a strength of {strength}: it is 0 to 1");
                return Err(PipelineError::Request(what));
            }
            if video.dims() != [1, 3, frames, height, width] {
                let what = format!(
                    "the film that is made anew has the shape {:?}, not [1, 3, {frames}, {height}, {width}]",
                    video.dims()
                );
                return Err(PipelineError::Request(what));
            }
        }
        if let Some(first) = request.first_frame {
            if request.control.is_some() {
                let what =
                    "a first frame and a video that steers are of two kinds of model: give one of them";
                return Err(PipelineError::Request(what.to_owned()));
            }
            if first.dims() != [1, 3, 1, height, width] {
                let what = format!(
                    "the first frame has the shape {:?}, not [1, 3, 1, {height}, {width}]",
                    first.dims()
                );
                return Err(PipelineError::Request(what));
            }
        }
        let pixels = self.autoencoder.config().pixels_per_latent();
        let references = request.control.map_or(0, ControlVideo::reference_count);
        let latent_frames = 1 + (frames - 1) / FRAMES_PER_LATENT + references;
        Ok([1, self.transformer.config().in_channels, latent_frames, height / pixels, width / pixels])
    }
}
