//! The video autoencoders of Wan 2.1 and 2.2 (Apache-2.0): a causal network over four frames at a time, the first frame
//! alone. See <https://arxiv.org/abs/2503.20314>.

mod coder;
mod conv;
mod layers;
mod shortcut;
mod tiles;

use candle_core::{DType, Result, Tensor};
use serde::Deserialize;

pub use self::tiles::Tiles;
use self::{
    coder::{Decoder, Encoder},
    conv::{CausalConv3d, Memory},
};
use crate::weights::{Loaded, Weights};

/// Frames that one latent frame stands for, except the first, which stands for one.
pub const FRAMES_PER_LATENT: usize = 4;

/// Measures of the network, by the names of diffusers' `config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct WanAutoencoderConfig {
    /// Channels of the encoder's first stage.
    pub base_dim: usize,
    /// Channels of the decoder's last stage, where they differ.
    #[serde(default)]
    pub decoder_base_dim: Option<usize>,
    /// Channels of the latents.
    pub z_dim: usize,
    /// Channels of each stage, as multiples.
    pub dim_mult: Vec<usize>,
    /// Residual blocks in a stage of the encoder; one more in the decoder's.
    pub num_res_blocks: usize,
    /// Whether the encoder's stages but the last halve the number of frames.
    pub temperal_downsample: Vec<bool>,
    /// VAE 2.2: shortcuts past whole stages.
    #[serde(default)]
    pub is_residual: bool,
    /// Channels of the pictures, after their pixels were folded.
    #[serde(default = "default_channels")]
    pub in_channels: usize,
    /// The same for what the decoder gives.
    #[serde(default = "default_channels")]
    pub out_channels: usize,
    /// VAE 2.2: so many pixels each way are folded into channels.
    #[serde(default)]
    pub patch_size: Option<usize>,
    /// Mean of each channel of the latents over films.
    pub latents_mean: Vec<f32>,
    /// Deviation of each channel of the latents over films.
    pub latents_std: Vec<f32>,
}

fn default_channels() -> usize {
    3
}

impl WanAutoencoderConfig {
    /// Pixels each way that one latent stands for: 8 in VAE 2.1, 16 in 2.2.
    pub fn pixels_per_latent(&self) -> usize {
        self.patch() << (self.dim_mult.len() - 1)
    }

    fn patch(&self) -> usize {
        self.patch_size.unwrap_or(1)
    }
}

/// The autoencoder. All films are one at a time: batch 1.
pub struct WanAutoencoder {
    encoder: Encoder,
    after_encoder: CausalConv3d,
    before_decoder: CausalConv3d,
    decoder: Decoder,
    config: WanAutoencoderConfig,
    /// Of the weights, and of what is between pictures and latents, which are in 32 bits.
    dtype: DType,
}

impl WanAutoencoder {
    /// Reads the weights ([`Family::Autoencoder`](crate::weights::Family)).
    pub fn load(weights: &Weights, config: &WanAutoencoderConfig) -> Loaded<Self> {
        let root = weights.root();
        let z = config.z_dim;
        Ok(Self {
            encoder: Encoder::load(&root.at("encoder"), config)?,
            after_encoder: CausalConv3d::load(&root.at("quant_conv"), 2 * z, 2 * z, [1, 1, 1])?,
            before_decoder: CausalConv3d::load(&root.at("post_quant_conv"), z, z, [1, 1, 1])?,
            decoder: Decoder::load(&root.at("decoder"), config)?,
            config: config.clone(),
            dtype: weights.dtype(),
        })
    }

    /// The measures it was loaded with.
    pub fn config(&self) -> &WanAutoencoderConfig {
        &self.config
    }

    /// The mean latents `[1, z_dim, 1 + (frames - 1) / 4, height / p, width / p]` (p is
    /// [`pixels_per_latent`](WanAutoencoderConfig::pixels_per_latent)) of pictures `[1, 3, frames, height, width]` from -1 to 1.
    ///
    /// The number of frames is 1 more than a multiple of 4; height and width are multiples of p.
    pub fn encode(&self, frames: &Tensor) -> Result<Tensor> {
        let (_, _, count, height, width) = frames.dims5()?;
        let pixels = self.config.pixels_per_latent();
        if count % FRAMES_PER_LATENT != 1 || height % pixels != 0 || width % pixels != 0 {
            candle_core::bail!(
                "{count} frames of {width} x {height} cannot be encoded: 4n + 1 of multiples of {pixels}"
            );
        }
        let x = self.fold(&in_frames(&frames.to_dtype(self.dtype)?)?)?;
        let mut memory = Memory::default();
        let mut latents = Vec::with_capacity(1 + count / FRAMES_PER_LATENT);
        let mut first = 0;
        while first < count {
            let length = if first == 0 { 1 } else { FRAMES_PER_LATENT };
            latents.push(self.encoder.forward(&x.narrow(0, first, length)?, &mut memory)?);
            first += length;
        }
        let both = self.after_encoder.forward(&Tensor::cat(&latents, 0)?, &mut memory)?;
        // The second half is the logarithm of the variance.
        in_film(&both.narrow(1, 0, self.config.z_dim)?.to_dtype(DType::F32)?)
    }

    /// Pictures `[1, 3, 1 + 4 (frames - 1), height · p, width · p]` from -1 to 1 for latents
    /// `[1, z_dim, frames, height, width]`.
    pub fn decode(&self, latents: &Tensor) -> Result<Tensor> {
        let mut parts = Vec::with_capacity(latents.dim(2)?);
        self.decode_each(latents, std::convert::identity, |frames| {
            parts.push(frames);
            Ok(())
        })?;
        Tensor::cat(&parts, 2)
    }

    /// As [`Self::decode`], but hands over the frames of each latent frame (one, then four at a time) as soon as they are
    /// there, and stops at the first error of `sink`. `failed` makes an error of the caller's of what the device could not do.
    pub fn decode_each<E>(
        &self,
        latents: &Tensor,
        failed: impl Fn(candle_core::Error) -> E,
        mut sink: impl FnMut(Tensor) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut memory = Memory::default();
        let mut frames = |index| {
            let folded = self.decode_one(&latents.narrow(2, index, 1)?, &mut memory, index == 0)?;
            in_film(&self.unfold(&folded)?.clamp(-1f32, 1f32)?)
        };
        for index in 0..latents.dim(2).map_err(&failed)? {
            sink(frames(index).map_err(&failed)?)?;
        }
        Ok(())
    }

    /// The next latent frame of a film → pictures `[frames, out_channels, height, width]`, whose pixels are still folded.
    fn decode_one(&self, latents: &Tensor, memory: &mut Memory, is_start: bool) -> Result<Tensor> {
        memory.rewind();
        let x = self.before_decoder.forward(&in_frames(&latents.to_dtype(self.dtype)?)?, memory)?;
        self.decoder.forward(&x, memory, is_start)?.to_dtype(DType::F32)
    }

    /// Latents as the transformer wants them: mean 0, deviation 1 in each channel.
    pub fn normalise(&self, latents: &Tensor) -> Result<Tensor> {
        latents
            .broadcast_sub(&row(&self.config.latents_mean, latents)?)?
            .broadcast_div(&row(&self.config.latents_std, latents)?)
    }

    /// Latents of the transformer as [`Self::decode`] wants them.
    pub fn denormalise(&self, latents: &Tensor) -> Result<Tensor> {
        latents
            .broadcast_mul(&row(&self.config.latents_std, latents)?)?
            .broadcast_add(&row(&self.config.latents_mean, latents)?)
    }

    /// `[frames, channels, height, width]` → pixels in channels, columns before rows.
    fn fold(&self, x: &Tensor) -> Result<Tensor> {
        let patch = self.config.patch();
        if patch == 1 {
            return Ok(x.clone());
        }
        let (frames, channels, height, width) = x.dims4()?;
        let (height, width) = (height / patch, width / patch);
        x.reshape((frames, channels, height, patch, width, patch))?.permute((0, 1, 5, 3, 2, 4))?.reshape((
            frames,
            channels * patch * patch,
            height,
            width,
        ))
    }

    fn unfold(&self, x: &Tensor) -> Result<Tensor> {
        let patch = self.config.patch();
        if patch == 1 {
            return Ok(x.clone());
        }
        let (frames, channels, height, width) = x.dims4()?;
        let channels = channels / (patch * patch);
        x.reshape((frames, channels, patch, patch, height, width))?.permute((0, 1, 4, 3, 5, 2))?.reshape((
            frames,
            channels,
            height * patch,
            width * patch,
        ))
    }
}

/// `[1, channels, frames, height, width]` → `[frames, channels, height, width]`.
fn in_frames(film: &Tensor) -> Result<Tensor> {
    if film.dim(0)? != 1 {
        candle_core::bail!("films are coded one at a time, not {}", film.dim(0)?);
    }
    film.squeeze(0)?.transpose(0, 1)?.contiguous()
}

/// The way back.
fn in_film(frames: &Tensor) -> Result<Tensor> {
    frames.transpose(0, 1)?.unsqueeze(0)
}

/// One value for each channel of a film.
fn row(values: &[f32], like: &Tensor) -> Result<Tensor> {
    Tensor::new(values, like.device())?.to_dtype(like.dtype())?.reshape((1, values.len(), 1, 1, 1))
}
