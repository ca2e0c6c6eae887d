//! A Wan model in a folder, as diffusers lays it out: from words, and what steers, to pictures in plain bytes.
//!
//! Words are encoded one layer of the text encoder at a time, and what came out is kept on the disk: the encoder is the
//! largest part of these models, and most prompts are used again. Transformer and autoencoder stay in memory from the first
//! shot on, unless the transformer is too large for it: then its blocks are read as they are needed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use film::{Cancelled, Hint, Watch};
use serde::de::DeserializeOwned;

use crate::{
    autoencoder::wan::{WanAutoencoder, WanAutoencoderConfig},
    device,
    memory::{self, Measures, Need},
    pipeline::{ControlVideo, Original, PipelineError, Request, WanPipeline},
    sampler::{Levels, Method},
    text::tokenizer::{MOST_TOKENS, TokenizerError, Umt5Tokenizer},
    text::umt5::{Umt5, Umt5Config},
    transformer::wan::{WanConfig, WanTransformer},
    weights::{Family, Weights, WeightsError},
};

/// Why there are no pictures.
#[derive(Debug, thiserror::Error)]
pub enum VideoError {
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Weights could not be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The tokenizer could not be read.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// A `config.json` is missing or lacks a measure.
    #[error("{} cannot be used: {what}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The order does not fit the model, or the device could not compute.
    #[error(transparent)]
    Pipeline(PipelineError),
    /// The machine has too little memory for it, even with the transformer streamed and the pictures in the smallest tiles.
    #[error("this takes at least {:.1} GB of memory, and the machine has {:.1} GB for it", *needed as f64 / 1e9, *has as f64 / 1e9)]
    TooLarge {
        /// The most bytes at one time.
        needed: u64,
        /// Bytes that there are.
        has: u64,
    },
    /// The device ran out of memory, and did so again when less was asked of it.
    #[error("the device has too little memory left for this, even for as little at a time as can be: {0}")]
    OutOfMemory(String),
    /// Encoded words could not be kept.
    #[error("cannot write {}: {source}", path.display())]
    Keep {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl From<PipelineError> for VideoError {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::Pipeline(error),
        }
    }
}

impl From<candle_core::Error> for VideoError {
    fn from(error: candle_core::Error) -> Self {
        Self::Pipeline(PipelineError::Compute(error))
    }
}

impl Hint for VideoError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Cancelled(_) => None,
            Self::Weights(error) => error.hint(),
            Self::Tokenizer(error) => error.hint(),
            Self::Config { .. } => Some("download the model again".into()),
            Self::Pipeline(error) => error.hint(),
            Self::TooLarge { .. } => {
                Some("choose a smaller size, --quality draft or a shorter shot, or --renderer stage".into())
            }
            Self::OutOfMemory(_) => Some(
                "close other programs that use the device, or choose a smaller size, --quality draft or a shorter shot".into(),
            ),
            Self::Keep { .. } => {
                Some("check that there is room on the disk and that you may write there".into())
            }
        }
    }
}

/// A picture: rows from top to bottom, red, green and blue of each pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 3` bytes, sRGB.
    pub rgb: Vec<u8>,
}

/// What is to be made.
pub struct VideoOrder<'a> {
    /// What should be seen.
    pub prompt: &'a str,
    /// What should not be seen; of no account where `guidance` is 1.
    pub negative: &'a str,
    /// Pixels across; a multiple of [`VideoModel::pixel_step`].
    pub width: u32,
    /// Pixels down; a multiple of [`VideoModel::pixel_step`].
    pub height: u32,
    /// 4n + 1.
    pub frames: u32,
    /// How strongly the prompt counts.
    pub guidance: f64,
    /// How noise becomes data.
    pub method: Method,
    /// At which noise levels.
    pub levels: Levels,
    /// The same seed gives the same pictures on the same device.
    pub seed: u64,
    /// Models that begin with a picture: that picture.
    pub first: Option<&'a Picture>,
    /// Models that are steered by a video: that video.
    pub steering: Option<Steering<'a>>,
    /// A video that is made anew; not together with `steering`.
    pub original: Option<MadeAnew<'a>>,
    /// Bytes of memory that it may take; when absent, what the card has free, or as much as it likes.
    pub memory: Option<u64>,
}

/// A video that steers, one picture for each frame.
pub struct Steering<'a> {
    /// Depth in grey, or pictures that are to stay.
    pub pictures: &'a [Picture],
    /// So many of the first stay as they are; the others are followed.
    pub kept: usize,
    /// How strongly they count; 1 as trained.
    pub strength: f64,
}

/// A video that is made anew: what is large in it stays, such as who stands where.
pub struct MadeAnew<'a> {
    /// One for each frame.
    pub pictures: &'a [Picture],
    /// 0 to 1, as [`Original::strength`]: how much of it becomes new.
    pub strength: f64,
}

/// A model in a folder.
pub struct VideoModel {
    folder: PathBuf,
    /// Where encoded words are kept.
    kept: Option<PathBuf>,
    transformer: WanConfig,
    autoencoder: WanAutoencoderConfig,
    device: Device,
    /// Of the transformer and the text encoder.
    dtype: DType,
    pipeline: Option<Ready>,
    /// Numbers in the weights of transformer and autoencoder, once they were looked at.
    numbers: Option<(u64, u64)>,
}

/// Networks in memory.
struct Ready {
    pipeline: WanPipeline,
    /// Whether the transformer's blocks are not.
    streamed: bool,
}

impl VideoModel {
    /// Looks at a folder with `text_encoder`, `tokenizer`, `transformer` and `vae`; weights are read when they are needed.
    /// Encoded words are kept in the folder `kept`, which must be this model's alone.
    pub fn open(folder: &Path, kept: Option<PathBuf>) -> Result<Self, VideoError> {
        let device = device::fastest();
        let dtype = if device.is_cpu() { DType::F32 } else { DType::BF16 };
        Ok(Self {
            folder: folder.to_owned(),
            kept,
            transformer: config(&folder.join("transformer"))?,
            autoencoder: config(&folder.join("vae"))?,
            device,
            dtype,
            pipeline: None,
            numbers: None,
        })
    }

    /// The kind of device and of numbers, which pictures depend on: `cpu-f32`.
    pub fn device(&self) -> String {
        let kind = match self.device {
            Device::Cpu => "cpu",
            Device::Cuda(_) => "cuda",
            Device::Metal(_) => "metal",
        };
        format!("{kind}-{}", self.dtype.as_str())
    }

    /// Whether it is computed on the processor, in the machine's own memory.
    pub fn on_processor(&self) -> bool {
        self.device.is_cpu()
    }

    /// Width and height are multiples of so many pixels.
    pub fn pixel_step(&self) -> u32 {
        let [_, rows, columns] = self.transformer.patch_size;
        (self.autoencoder.pixels_per_latent() * rows.max(columns)) as u32
    }

    /// Makes the pictures of an order and hands them to `sink` in order, as they are decoded. Reports each step of denoising,
    /// and stops between two, or between two layers of the text encoder, when asked to. Notes how it is made so that the memory
    /// is enough. Where the device runs out of memory all
    /// that can be let go is, and the work is done once more with the least that would do.
    pub fn make<E: From<VideoError>>(
        &mut self,
        order: &VideoOrder<'_>,
        watch: &Watch,
        mut sink: impl FnMut(u32, Picture) -> Result<(), E>,
    ) -> Result<(), E> {
        let plan = self.plan(order)?;
        watch.note(&plan.chosen.to_string());
        let latents = plan.attempt(watch, |need, again| {
            self.pipeline(need, again)?;
            self.latents(order, need, watch)
        })?;
        let mut handed = HandedOver::default();
        let decoded = plan.attempt(watch, |need, again| {
            let pipeline = self.pipeline(need, again)?;
            let mut hand = handed.pass(&mut sink);
            // The sink's errors are nobody's business here.
            let stopped = match need.tiles {
                Some(tiles) => {
                    let frames = pipeline.decode(&latents, Some(tiles))?;
                    pictures(&frames)?.into_iter().try_for_each(&mut hand).map_err(Halt::Sink)
                }
                None => pipeline.decode_each(&latents, Halt::from, |frames| {
                    watch.check().map_err(VideoError::from).map_err(Halt::Model)?;
                    let pictures = pictures(&frames).map_err(VideoError::from).map_err(Halt::Model)?;
                    pictures.into_iter().try_for_each(&mut hand).map_err(Halt::Sink)
                }),
            };
            match stopped {
                Ok(()) => Ok(Ok(())),
                Err(Halt::Sink(error)) => Ok(Err(error)),
                Err(Halt::Model(error)) => Err(error),
            }
        });
        decoded?
    }

    /// How it is made so that the memory is enough.
    fn plan(&mut self, order: &VideoOrder<'_>) -> Result<Plan, VideoError> {
        let (transformer_numbers, autoencoder_numbers) = if let Some(numbers) = self.numbers {
            numbers
        } else {
            let count = |part, family| {
                Weights::open(&self.folder.join(part), family, &self.device, self.dtype).map(|w| w.numbers())
            };
            let counted = (count("transformer", Family::Transformer)?, count("vae", Family::Autoencoder)?);
            *self.numbers.insert(counted)
        };
        let measures = Measures {
            width: order.width as usize,
            height: order.height as usize,
            frames: order.frames.max(1) as usize,
            steered: order.steering.is_some() || order.original.is_some(),
            number_bytes: self.dtype.size_in_bytes(),
            autoencoder_number_bytes: self.autoencoder_dtype().size_in_bytes(),
            transformer_numbers,
            autoencoder_numbers,
        };
        let loaded = |ready: &Ready| measures.weights(&self.transformer, ready.streamed);
        let loaded = self.pipeline.as_ref().map_or(0, loaded);
        let most = order.memory.or_else(|| Some(device::free_bytes(&self.device)? + loaded));
        let need = |most| memory::need(&measures, &self.transformer, &self.autoencoder, most);
        let (chosen, least) = (need(most), need(Some(0)));
        match most {
            Some(has) if chosen.bytes > has => Err(VideoError::TooLarge { needed: chosen.bytes, has }),
            _ => Ok(Plan { chosen, least }),
        }
    }

    fn latents(&mut self, order: &VideoOrder<'_>, need: Need, watch: &Watch) -> Result<Tensor, VideoError> {
        let mut words = self.encoded(&[order.prompt, order.negative], watch)?;
        let (negative, prompt) = (words.pop(), words.pop());
        watch.check()?;
        let first = order.first.map(|first| self.video(std::slice::from_ref(first))).transpose()?;
        let control = order.steering.as_ref().map(|steering| self.control(steering)).transpose()?;
        let anew = order.original.as_ref();
        let anew = anew.map(|it| Ok::<_, VideoError>((self.video(it.pictures)?, it.strength))).transpose()?;
        let pipeline = self.pipeline(need, false)?;
        let request = Request {
            width: order.width as usize,
            height: order.height as usize,
            frames: order.frames as usize,
            prompt: prompt.as_ref().ok_or(PipelineError::Request("there are no words".into()))?,
            negative: negative.as_ref(),
            guidance: order.guidance,
            method: order.method,
            levels: order.levels.clone(),
            seed: order.seed,
            first_frame: first.as_ref(),
            control: control.as_ref(),
            original: anew.as_ref().map(|(video, strength)| Original { video, strength: *strength }),
            tiles: None,
        };
        let noise = pipeline.noise(&request)?;
        let latents = pipeline.denoise(&request, noise, watch)?;
        watch.check()?;
        Ok(latents)
    }

    /// Only the kernels for NVIDIA's cards add up in 32 bits what they read in 16.
    fn autoencoder_dtype(&self) -> DType {
        if self.device.is_cuda() { self.dtype } else { DType::F32 }
    }

    /// The networks as they are needed; made `anew` where what there is is not to be trusted with the memory.
    fn pipeline(&mut self, need: Need, anew: bool) -> Result<&WanPipeline, VideoError> {
        let ready = match self.pipeline.take().filter(|ready| !anew && ready.streamed == need.streamed) {
            Some(ready) => ready,
            None => self.loaded(need.streamed)?,
        };
        Ok(&self.pipeline.insert(ready).pipeline)
    }

    fn loaded(&self, streamed: bool) -> Result<Ready, VideoError> {
        let open = |part, family, dtype| Weights::open(&self.folder.join(part), family, &self.device, dtype);
        let weights = open("transformer", Family::Transformer, self.dtype)?;
        let transformer = if streamed {
            WanTransformer::stream(&Arc::new(weights), &self.transformer)?
        } else {
            WanTransformer::load(&weights, &self.transformer)?
        };
        let weights = open("vae", Family::Autoencoder, self.autoencoder_dtype())?;
        let autoencoder = WanAutoencoder::load(&weights, &self.autoencoder)?;
        Ok(Ready { pipeline: WanPipeline::new(transformer, autoencoder, self.dtype), streamed })
    }

    /// The words as the transformer wants them, `[1, MOST_TOKENS, text_dim]` each: zeros after the last token.
    fn encoded(&self, texts: &[&str], watch: &Watch) -> Result<Vec<Tensor>, VideoError> {
        let mut known: Vec<Option<Tensor>> = texts.iter().map(|text| self.kept(text)).collect();
        let missing: Vec<usize> = (0..texts.len()).filter(|&i| known[i].is_none()).collect();
        if !missing.is_empty() {
            let tokenizer = Umt5Tokenizer::open(&self.folder.join("tokenizer/tokenizer.json"))?;
            let tokens =
                missing.iter().map(|&i| tokenizer.tokens(texts[i])).collect::<Result<Vec<_>, _>>()?;
            let folder = self.folder.join("text_encoder");
            let config: Umt5Config = config(&folder)?;
            let weights = Weights::open(&folder, Family::TextEncoder, &self.device, self.dtype)?;
            let encoded =
                Umt5::encode_in_turn(&weights, &config, &tokens, || watch.check().map_err(VideoError::from))?;
            for (&i, encoded) in missing.iter().zip(encoded) {
                let encoded = encoded.to_dtype(DType::F32)?;
                self.keep(texts[i], &encoded)?;
                known[i] = Some(encoded);
            }
        }
        let padded = |x: Tensor| {
            let x = x.to_device(&self.device)?;
            x.pad_with_zeros(1, 0, MOST_TOKENS.saturating_sub(x.dim(1)?))
        };
        Ok(known.into_iter().flatten().map(padded).collect::<candle_core::Result<_>>()?)
    }

    fn kept_at(&self, text: &str) -> Option<PathBuf> {
        let name = blake3::hash(format!("{} {text}", self.device()).as_bytes()).to_hex();
        Some(self.kept.as_ref()?.join(format!("{}.safetensors", &name[..32])))
    }

    /// Encoded words of an earlier time; what cannot be read is made again.
    fn kept(&self, text: &str) -> Option<Tensor> {
        let mut tensors = candle_core::safetensors::load(self.kept_at(text)?, &Device::Cpu).ok()?;
        let words = tensors.remove("words")?;
        let fits =
            matches!(words.dims(), [1, n, width] if *n <= MOST_TOKENS && *width == self.transformer.text_dim);
        fits.then_some(words)
    }

    fn keep(&self, text: &str, words: &Tensor) -> Result<(), VideoError> {
        let Some(path) = self.kept_at(text) else { return Ok(()) };
        let failed = |source| VideoError::Keep { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let aside = path.with_extension(format!("{}.part", std::process::id()));
        words.to_device(&Device::Cpu)?.save_safetensors("words", &aside)?;
        fs::rename(&aside, &path).map_err(failed)
    }

    /// `[1, 3, pictures, height, width]` from -1 to 1.
    fn video(&self, pictures: &[Picture]) -> Result<Tensor, VideoError> {
        let frames = pictures.iter().map(|picture| {
            let shape = (picture.height as usize, picture.width as usize, 3);
            let x = Tensor::from_slice(&picture.rgb, shape, &self.device)?.to_dtype(DType::F32)?;
            x.permute((2, 0, 1))?.affine(2.0 / 255.0, -1.0)
        });
        let frames = frames.collect::<candle_core::Result<Vec<Tensor>>>()?;
        Ok(Tensor::stack(&frames, 1)?.unsqueeze(0)?)
    }

    fn control(&self, steering: &Steering<'_>) -> Result<ControlVideo, VideoError> {
        let video = self.video(steering.pictures)?;
        let (_, _, frames, height, width) = video.dims5()?;
        let kept = steering.kept.min(frames);
        let part = |value: f32, count: usize| Tensor::full(value, (1, 1, count, height, width), &self.device);
        let mask = match (kept, frames - kept) {
            (0, _) => part(1.0, frames)?,
            (_, 0) => part(0.0, frames)?,
            (kept, free) => Tensor::cat(&[part(0.0, kept)?, part(1.0, free)?], 2)?,
        };
        Ok(ControlVideo { video, mask, references: Vec::new(), strength: steering.strength })
    }
}

/// Why pictures were not handed over.
enum Halt<E> {
    Model(VideoError),
    Sink(E),
}

impl<E> From<PipelineError> for Halt<E> {
    fn from(error: PipelineError) -> Self {
        Self::Model(error.into())
    }
}

/// How many pictures were handed over, in order: when decoding begins once more, these are not handed over again.
#[derive(Default)]
struct HandedOver(u32);

impl HandedOver {
    /// Takes all pictures from the first on, and gives those to `sink`, with their numbers, that it does not have.
    fn pass<E>(
        &mut self,
        mut sink: impl FnMut(u32, Picture) -> Result<(), E>,
    ) -> impl FnMut(Picture) -> Result<(), E> {
        let mut next = 0;
        move |picture| {
            let index = next;
            next += 1;
            if index < self.0 {
                return Ok(());
            }
            self.0 = next;
            sink(index, picture)
        }
    }
}

/// What is needed, and the least that would do.
struct Plan {
    chosen: Need,
    least: Need,
}

impl Plan {
    /// Makes an attempt with what was chosen; where the device runs out of memory, once more with the least, then told so.
    fn attempt<T>(
        &self,
        watch: &Watch,
        mut attempt: impl FnMut(Need, bool) -> Result<T, VideoError>,
    ) -> Result<T, VideoError> {
        let first = match attempt(self.chosen, false) {
            Err(error) if error.is_out_of_memory() => error,
            made => return made,
        };
        tracing::warn!("{first}");
        watch.note(&format!("the device ran out of memory, so once more: {}", self.least));
        attempt(self.least, true).map_err(|second| {
            if second.is_out_of_memory() { VideoError::OutOfMemory(second.to_string()) } else { second }
        })
    }
}

impl VideoError {
    /// Whether this is a device's way of saying that its memory is full. They say it in words only, each in its own.
    fn is_out_of_memory(&self) -> bool {
        const WORDS: [&str; 5] = [
            "out of memory",
            "out_of_memory",
            "alloc_failed",
            "memory allocation",
            "failed to create metal resource",
        ];
        let said = match self {
            Self::Pipeline(PipelineError::Compute(error)) => error.to_string(),
            Self::Weights(WeightsError::Tensor { source, .. }) => source.to_string(),
            _ => return false,
        };
        let said = said.to_lowercase();
        WORDS.iter().any(|words| said.contains(words))
    }
}

fn config<C: DeserializeOwned>(folder: &Path) -> Result<C, VideoError> {
    let path = folder.join("config.json");
    let wrong = |what: String| VideoError::Config { path: path.clone(), what };
    let text = fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

/// Pictures of `[1, 3, frames, height, width]` from -1 to 1.
fn pictures(frames: &Tensor) -> candle_core::Result<Vec<Picture>> {
    let (_, _, count, height, width) = frames.dims5()?;
    // (frames, height, width, 3)
    let levels =
        frames.squeeze(0)?.permute((1, 2, 3, 0))?.affine(127.5, 127.5)?.clamp(0f32, 255f32)?.round()?;
    let levels = levels.to_dtype(DType::U8)?.to_device(&Device::Cpu)?;
    (0..count)
        .map(|index| {
            let rgb = levels.get(index)?.flatten_all()?.to_vec1()?;
            Ok(Picture { width: width as u32, height: height as u32, rgb })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn full() -> VideoError {
        let error = candle_core::Error::msg("DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")");
        WeightsError::Tensor { name: "blocks.3.ffn.net.2.weight".into(), source: error.bt() }.into()
    }

    fn plan() -> Plan {
        let need = |bytes, streamed| Need { bytes, tiles: None, streamed };
        Plan { chosen: need(9, false), least: need(3, true) }
    }

    #[test]
    fn who_runs_out_of_memory_tries_once_more_with_less() {
        let mut tried = Vec::new();
        let notes = Arc::new(Mutex::new(Vec::new()));
        let log = notes.clone();
        let watch =
            Watch::unwatched().with_notes(move |note| log.lock().expect("no panic").push(note.to_owned()));
        let made = plan().attempt(&watch, |need, again| {
            tried.push((need.bytes, again));
            if again { Ok("a film") } else { Err(full()) }
        });
        assert!(matches!(made, Ok("a film")));
        assert_eq!(tried, [(9, false), (3, true)]);
        let notes = notes.lock().expect("no panic");
        assert!(matches!(&notes[..], [note] if note.contains("block by block")), "{notes:?}");

        let mut count = 0;
        let made: Result<(), _> = plan().attempt(&Watch::unwatched(), |_, _| {
            count += 1;
            Err(full())
        });
        let error = made.expect_err("twice is enough");
        assert!(matches!(&error, VideoError::OutOfMemory(said) if said.contains("OUT_OF_MEMORY")), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("--quality draft")));
        assert_eq!(count, 2);
    }

    #[test]
    fn pictures_that_were_handed_over_are_not_handed_over_again() {
        let mut handed = HandedOver::default();
        let mut got = Vec::new();
        let made = plan().attempt(&Watch::unwatched(), |_, again| {
            let mut hand = handed.pass(|index, picture: Picture| {
                got.push((index, picture.rgb[0]));
                Ok::<(), VideoError>(())
            });
            // The first attempt ends after three of five; the second begins at the first, and its pictures are lighter.
            let (count, lighter) = if again { (5, 10) } else { (3, 0) };
            (0..count).try_for_each(|i| hand(Picture { width: 1, height: 1, rgb: vec![i + lighter; 3] }))?;
            if again { Ok(()) } else { Err(full()) }
        });
        assert!(made.is_ok());
        assert_eq!(got, [(0, 0), (1, 1), (2, 2), (3, 13), (4, 14)]);
    }

    #[test]
    fn other_errors_are_not_tried_again() {
        let other = || VideoError::from(candle_core::Error::msg("shape mismatch in matmul"));
        let mut count = 0;
        let made: Result<(), _> = plan().attempt(&Watch::unwatched(), |_, _| {
            count += 1;
            Err(other())
        });
        assert!(matches!(made, Err(VideoError::Pipeline(PipelineError::Compute(_)))));
        assert_eq!(count, 1);
        // And what the second attempt says is said as it is.
        let made: Result<(), _> =
            plan().attempt(&Watch::unwatched(), |_, again| Err(if again { other() } else { full() }));
        assert!(matches!(made, Err(VideoError::Pipeline(_))));
        let cancelled: Result<(), _> = plan().attempt(&Watch::unwatched(), |_, _| Err(Cancelled.into()));
        assert!(matches!(cancelled, Err(VideoError::Cancelled(_))));
    }
}
