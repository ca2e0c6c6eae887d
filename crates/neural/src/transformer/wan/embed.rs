//! What goes into the blocks: patches of latents, time, text, and where each token is.

use candle_core::{DType, Device, Module, Result, Tensor};
use candle_nn::Linear;

use super::WanConfig;
use crate::{
    kernels::gelu,
    layers::linear,
    weights::{Loaded, Scope},
};

/// The base of the wavelengths, of time as of position.
const THETA: f64 = 10_000.0;

/// Latents to tokens and back: a convolution whose kernel is as large as its stride, so that it is one matrix product.
pub(super) struct Patches {
    embed: Linear,
    size: [usize; 3],
}

impl Patches {
    pub(super) fn load(scope: &Scope<'_>, channels: usize, config: &WanConfig) -> Loaded<Self> {
        let [t, h, w] = config.patch_size;
        let kernel = scope.tensor("weight", (config.width(), channels, t, h, w))?;
        let matrix = kernel.flatten_from(1).map_err(scope.failed())?;
        Ok(Self {
            embed: Linear::new(matrix, Some(scope.tensor("bias", config.width())?)),
            size: config.patch_size,
        })
    }

    /// `[batch, channels, frames, height, width]` → `[batch, tokens, width of a token]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, channels, frames, height, width) = x.dims5()?;
        let [t, h, w] = self.size;
        if frames % t + height % h + width % w != 0 {
            candle_core::bail!(
                "latents of {frames} x {height} x {width} cannot be cut into patches of {t} x {h} x {w}"
            );
        }
        let split = vec![batch, channels, frames / t, t, height / h, h, width / w, w];
        let tokens = (frames / t) * (height / h) * (width / w);
        let x = x.reshape(split)?.permute(vec![0, 2, 4, 6, 1, 3, 5, 7])?;
        self.embed.forward(&x.reshape((batch, tokens, channels * t * h * w))?)
    }

    /// `[batch, tokens, patch · channels]` → `[batch, channels, frames, height, width]`; in a patch, channels vary fastest.
    pub(super) fn restore(&self, x: &Tensor, grid: [usize; 3], channels: usize) -> Result<Tensor> {
        let batch = x.dim(0)?;
        let ([f, r, c], [t, h, w]) = (grid, self.size);
        x.reshape(vec![batch, f, r, c, t, h, w, channels])?.permute(vec![0, 7, 1, 4, 2, 5, 3, 6])?.reshape((
            batch,
            channels,
            f * t,
            r * h,
            c * w,
        ))
    }
}

/// Time and text as the blocks want them.
pub(super) struct Conditions {
    time: (Linear, Linear),
    modulation: Linear,
    text: (Linear, Linear),
    /// Waves for each of half the width of the sines.
    frequencies: Tensor,
}

impl Conditions {
    pub(super) fn load(scope: &Scope<'_>, config: &WanConfig) -> Loaded<Self> {
        let width = config.width();
        let half = config.freq_dim / 2;
        // In 32 bits throughout, as the models were trained.
        let step = -(THETA as f32).ln() / half as f32;
        let frequencies: Vec<f32> = (0..half).map(|i| (step * i as f32).exp()).collect();
        let (time, text) = (scope.at("time_embedder"), scope.at("text_embedder"));
        Ok(Self {
            time: (
                linear(&time.at("linear_1"), config.freq_dim, width)?,
                linear(&time.at("linear_2"), width, width)?,
            ),
            modulation: linear(&scope.at("time_proj"), width, 6 * width)?,
            text: (
                linear(&text.at("linear_1"), config.text_dim, width)?,
                linear(&text.at("linear_2"), width, width)?,
            ),
            frequencies: Tensor::from_vec(frequencies, (1, 1, half), scope.device())
                .map_err(scope.failed())?,
        })
    }

    /// Timesteps `[batch, n]` → their embedding `[batch, n, width]` and the modulation of the blocks
    /// `[batch, n, 6, width]`, both in 32 bits.
    pub(super) fn time(&self, timestep: &Tensor, dtype: DType) -> Result<(Tensor, Tensor)> {
        let (batch, count) = timestep.dims2()?;
        let angles = timestep.to_dtype(DType::F32)?.unsqueeze(2)?.broadcast_mul(&self.frequencies)?;
        let waves = Tensor::cat(&[angles.cos()?, angles.sin()?], 2)?.to_dtype(dtype)?;
        let time = self.time.1.forward(&self.time.0.forward(&waves)?.silu()?)?;
        let modulation = self.modulation.forward(&time.silu()?)?.reshape((batch, count, 6, ()))?;
        Ok((time.to_dtype(DType::F32)?, modulation.to_dtype(DType::F32)?))
    }

    /// `[batch, words, text_dim]` → `[batch, words, width]`.
    pub(super) fn text(&self, text: &Tensor) -> Result<Tensor> {
        self.text.1.forward(&gelu(self.text.0.forward(text)?)?)
    }
}

/// What turns each pair of numbers of a head by where its token is: each of shape `[tokens, head / 2]`, in 32 bits.
pub(super) struct Rotations {
    pub(super) cosines: Tensor,
    pub(super) sines: Tensor,
}

/// Turns by time, height and width (3D RoPE) of the tokens of a grid. Height and width have a third of the head each, time
/// has the rest.
pub(super) fn rotations(grid: [usize; 3], head: usize, device: &Device) -> Result<Rotations> {
    let side = 2 * (head / 6);
    let shares = [head - 2 * side, side, side];
    let [frames, rows, columns] = grid;
    let table = |wave: fn(f64) -> f64| {
        let mut parts = Vec::with_capacity(3);
        for (axis, share) in shares.into_iter().enumerate() {
            let angle =
                |place: usize, pair: usize| place as f64 / THETA.powf(2.0 * pair as f64 / share as f64);
            let waves: Vec<f32> = (0..grid[axis])
                .flat_map(|place| (0..share / 2).map(move |pair| wave(angle(place, pair)) as f32))
                .collect();
            let mut shape = [1, 1, 1, share / 2];
            shape[axis] = grid[axis];
            let along = Tensor::from_vec(waves, shape.as_slice(), device)?;
            parts.push(along.broadcast_as((frames, rows, columns, share / 2))?.contiguous()?);
        }
        Tensor::cat(&parts, 3)?.reshape((frames * rows * columns, head / 2))
    };
    Ok(Rotations { cosines: table(f64::cos)?, sines: table(f64::sin)? })
}
