//! Encoder and decoder, for VAE 2.1 (stages in a row) and 2.2 (each stage beside a shortcut).

use candle_core::{Result, Tensor};

use super::{
    WanAutoencoderConfig,
    conv::{CausalConv3d, Memory},
    layers::{Downsample, Head, Middle, Residual, Upsample},
    shortcut::{Fold, Unfold},
};
use crate::weights::{Loaded, Scope};

/// Pictures to latents: four frames at a time, the first alone.
pub(super) struct Encoder {
    first: CausalConv3d,
    stages: Vec<DownStage>,
    middle: Middle,
    head: Head,
}

struct DownStage {
    residuals: Vec<Residual>,
    downsample: Option<Downsample>,
    shortcut: Option<Fold>,
}

/// Latents to pictures: one latent frame at a time.
pub(super) struct Decoder {
    first: CausalConv3d,
    middle: Middle,
    stages: Vec<UpStage>,
    head: Head,
}

struct UpStage {
    residuals: Vec<Residual>,
    upsample: Option<Upsample>,
    shortcut: Option<Unfold>,
}

impl Encoder {
    pub(super) fn load(scope: &Scope<'_>, config: &WanAutoencoderConfig) -> Loaded<Self> {
        let count = config.dim_mult.len();
        let mut width = config.base_dim;
        let first = CausalConv3d::load(&scope.at("conv_in"), config.in_channels, width, [3, 3, 3])?;
        let blocks = scope.at("down_blocks");
        let mut stages = Vec::with_capacity(count);
        // VAE 2.1 counts its layers through; 2.2 has them in stages.
        let mut layer = 0;
        for (stage, factor) in config.dim_mult.iter().enumerate() {
            let outputs = config.base_dim * factor;
            let is_last = stage + 1 == count;
            let in_time = !is_last && config.temperal_downsample[stage];
            let mut residuals = Vec::with_capacity(config.num_res_blocks);
            for index in 0..config.num_res_blocks {
                let place = if config.is_residual {
                    blocks.at(stage).at("resnets").at(index)
                } else {
                    blocks.at(layer)
                };
                residuals.push(Residual::load(&place, width, outputs)?);
                width = outputs;
                layer += 1;
            }
            let downsample = if is_last {
                None
            } else {
                let place =
                    if config.is_residual { blocks.at(stage).at("downsampler") } else { blocks.at(layer) };
                layer += 1;
                Some(Downsample::load(&place, width, in_time)?)
            };
            let shortcut = config.is_residual.then_some(Fold { outputs, in_time, in_space: !is_last });
            stages.push(DownStage { residuals, downsample, shortcut });
        }
        Ok(Self {
            first,
            stages,
            middle: Middle::load(&scope.at("mid_block"), width)?,
            head: Head::load(scope, width, 2 * config.z_dim)?,
        })
    }

    /// `[frames, in_channels, height, width]` → `[latent frames, 2 · z_dim, height / 8, width / 8]`.
    pub(super) fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        memory.rewind();
        let mut x = self.first.forward(x, memory)?;
        for stage in &self.stages {
            let before = x.clone();
            for residual in &stage.residuals {
                x = residual.forward(&x, memory)?;
            }
            if let Some(downsample) = &stage.downsample {
                x = downsample.forward(&x, memory)?;
            }
            if let Some(shortcut) = &stage.shortcut {
                x = (x + shortcut.forward(&before)?)?;
            }
        }
        self.head.forward(&self.middle.forward(&x, memory)?, memory)
    }
}

impl Decoder {
    pub(super) fn load(scope: &Scope<'_>, config: &WanAutoencoderConfig) -> Loaded<Self> {
        let base = config.decoder_base_dim.unwrap_or(config.base_dim);
        let count = config.dim_mult.len();
        let mut width = base * config.dim_mult.last().copied().unwrap_or(1);
        let first = CausalConv3d::load(&scope.at("conv_in"), config.z_dim, width, [3, 3, 3])?;
        let middle = Middle::load(&scope.at("mid_block"), width)?;
        let mut stages = Vec::with_capacity(count);
        for (stage, factor) in config.dim_mult.iter().rev().enumerate() {
            let place = scope.at("up_blocks").at(stage);
            let outputs = base * factor;
            let is_last = stage + 1 == count;
            let in_time = !is_last && config.temperal_downsample[count - 2 - stage];
            let mut residuals = Vec::with_capacity(config.num_res_blocks + 1);
            for index in 0..=config.num_res_blocks {
                residuals.push(Residual::load(&place.at("resnets").at(index), width, outputs)?);
                width = outputs;
            }
            let upsample = if is_last {
                None
            } else {
                // VAE 2.1 halves the channels here, 2.2 in the next stage.
                let (name, to) =
                    if config.is_residual { ("upsampler", width) } else { ("upsamplers.0", width / 2) };
                let upsample = Upsample::load(&place.at(name), width, to, in_time)?;
                width = to;
                Some(upsample)
            };
            let shortcut = (config.is_residual && !is_last).then_some(Unfold { outputs, in_time });
            stages.push(UpStage { residuals, upsample, shortcut });
        }
        Ok(Self { first, middle, stages, head: Head::load(scope, width, config.out_channels)? })
    }

    /// `[1, z_dim, height, width]` → `[4 frames, out_channels, 8 · height, 8 · width]`, at the start of a film one frame.
    pub(super) fn forward(&self, x: &Tensor, memory: &mut Memory, is_start: bool) -> Result<Tensor> {
        memory.rewind();
        let x = self.first.forward(x, memory)?;
        let mut x = self.middle.forward(&x, memory)?;
        for stage in &self.stages {
            let before = x.clone();
            for residual in &stage.residuals {
                x = residual.forward(&x, memory)?;
            }
            if let Some(upsample) = &stage.upsample {
                x = upsample.forward(&x, memory)?;
            }
            if let Some(shortcut) = &stage.shortcut {
                x = (x + shortcut.forward(&before, is_start)?)?;
            }
        }
        self.head.forward(&x, memory)
    }
}
