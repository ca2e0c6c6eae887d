//! What encoder and decoder are made of.

use candle_core::{D, Result, Tensor};

use super::conv::{CausalConv3d, Conv2d, Memory};
#[cfg(feature = "cuda")]
use crate::kernels::cuda;
use crate::{
    layers::attend,
    weights::{Loaded, Scope},
};

/// Gives the channels of each pixel the length √channels, times a weight.
pub(super) struct ChannelNorm {
    weight: Tensor,
    #[cfg(feature = "cuda")]
    weight_f32: Tensor,
}

impl ChannelNorm {
    /// The published weights of some have one dimension of 1 more than those of others: `ones` of them.
    pub(super) fn load(scope: &Scope<'_>, channels: usize, ones: usize) -> Loaded<Self> {
        let shape: Vec<usize> = std::iter::once(channels).chain(std::iter::repeat_n(1, ones)).collect();
        let weight = scope.tensor("gamma", shape)?;
        let scaled = (weight.reshape((1, channels, 1, 1)).map_err(scope.failed())?
            * (channels as f64).sqrt())
        .map_err(scope.failed())?;
        Ok(Self {
            #[cfg(feature = "cuda")]
            weight_f32: scaled
                .to_dtype(candle_core::DType::F32)
                .and_then(|weight| weight.flatten_all()?.contiguous())
                .map_err(scope.failed())?,
            weight: scaled,
        })
    }

    /// And then SiLU.
    pub(super) fn forward_silu(&self, x: &Tensor) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if Self::fuses(x)? {
            return cuda::norm_pixels(x, &self.weight_f32, true);
        }
        self.forward(x)?.silu()
    }

    #[cfg(feature = "cuda")]
    fn fuses(x: &Tensor) -> Result<bool> {
        let whole = x.dim(1)?.is_multiple_of(cuda::CHANNEL_STEP);
        Ok(whole && cuda::takes(x) && x.dtype() == candle_core::DType::BF16)
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if Self::fuses(x)? {
            return cuda::norm_pixels(x, &self.weight_f32, false);
        }
        let length = x.sqr()?.sum_keepdim(1)?.sqrt()?.maximum(1e-12)?;
        x.broadcast_div(&length)?.broadcast_mul(&self.weight)
    }
}

/// Norm, SiLU, convolution, twice, beside a shortcut.
pub(super) struct Residual {
    norms: [ChannelNorm; 2],
    convolutions: [CausalConv3d; 2],
    shortcut: Option<CausalConv3d>,
}

impl Residual {
    pub(super) fn load(scope: &Scope<'_>, inputs: usize, outputs: usize) -> Loaded<Self> {
        Ok(Self {
            norms: [
                ChannelNorm::load(&scope.at("norm1"), inputs, 3)?,
                ChannelNorm::load(&scope.at("norm2"), outputs, 3)?,
            ],
            convolutions: [
                CausalConv3d::load(&scope.at("conv1"), inputs, outputs, [3, 3, 3])?,
                CausalConv3d::load(&scope.at("conv2"), outputs, outputs, [3, 3, 3])?,
            ],
            shortcut: if inputs == outputs {
                None
            } else {
                Some(CausalConv3d::load(&scope.at("conv_shortcut"), inputs, outputs, [1, 1, 1])?)
            },
        })
    }

    pub(super) fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        let beside = match &self.shortcut {
            Some(shortcut) => shortcut.forward(x, memory)?,
            None => x.clone(),
        };
        let [first, second] = &self.convolutions;
        let inner = first.forward(&self.norms[0].forward_silu(x)?, memory)?;
        second.forward_beside(&self.norms[1].forward_silu(&inner)?, memory, Some(&beside))
    }
}

/// Every pixel of a frame looks at every other.
struct FrameAttention {
    norm: ChannelNorm,
    parts: Conv2d,
    out: Conv2d,
}

impl FrameAttention {
    fn load(scope: &Scope<'_>, channels: usize) -> Loaded<Self> {
        Ok(Self {
            norm: ChannelNorm::load(&scope.at("norm"), channels, 2)?,
            parts: Conv2d::load(&scope.at("to_qkv"), channels, 3 * channels, 1, 1)?,
            out: Conv2d::load(&scope.at("proj"), channels, channels, 1, 1)?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (frames, channels, height, width) = x.dims4()?;
        let parts = self.parts.forward(&self.norm.forward(x)?)?;
        // One head: [frames, 1, pixels, channels].
        let parts = parts.reshape((frames, 3, channels, height * width))?.transpose(2, 3)?;
        let part = |index| parts.narrow(1, index, 1);
        let attended = attend(&part(0)?, &part(1)?, &part(2)?, 1.0 / (channels as f64).sqrt(), None)?;
        let attended =
            attended.transpose(D::Minus2, D::Minus1)?.reshape((frames, channels, height, width))?;
        x + self.out.forward(&attended)?
    }
}

/// The middle of encoder and decoder: attention between two residual blocks.
pub(super) struct Middle {
    residuals: [Residual; 2],
    attention: FrameAttention,
}

impl Middle {
    pub(super) fn load(scope: &Scope<'_>, channels: usize) -> Loaded<Self> {
        let residual = |index| Residual::load(&scope.at("resnets").at(index), channels, channels);
        Ok(Self {
            residuals: [residual(0)?, residual(1)?],
            attention: FrameAttention::load(&scope.at("attentions.0"), channels)?,
        })
    }

    pub(super) fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        let x = self.residuals[0].forward(x, memory)?;
        self.residuals[1].forward(&self.attention.forward(&x)?, memory)
    }
}

/// Norm, SiLU, and the last convolution.
pub(super) struct Head {
    norm: ChannelNorm,
    convolution: CausalConv3d,
}

impl Head {
    /// `scope` is the encoder or the decoder.
    pub(super) fn load(scope: &Scope<'_>, inputs: usize, outputs: usize) -> Loaded<Self> {
        Ok(Self {
            norm: ChannelNorm::load(&scope.at("norm_out"), inputs, 3)?,
            convolution: CausalConv3d::load(&scope.at("conv_out"), inputs, outputs, [3, 3, 3])?,
        })
    }

    pub(super) fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        self.convolution.forward(&self.norm.forward_silu(x)?, memory)
    }
}

/// Halves the picture, and the frames too if it has a convolution for time.
pub(super) struct Downsample {
    picture: Conv2d,
    time: Option<CausalConv3d>,
}

impl Downsample {
    pub(super) fn load(scope: &Scope<'_>, channels: usize, in_time: bool) -> Loaded<Self> {
        Ok(Self {
            picture: Conv2d::load(&scope.at("resample.1"), channels, channels, 3, 2)?,
            time: if in_time {
                Some(CausalConv3d::load(&scope.at("time_conv"), channels, channels, [3, 1, 1])?)
            } else {
                None
            },
        })
    }

    /// The first frame of a film stays one.
    pub(super) fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        let x = self.picture.forward(x)?;
        let Some(time) = &self.time else { return Ok(x) };
        let slot = memory.slot();
        let last = x.narrow(0, x.dim(0)? - 1, 1)?;
        match slot.replace(last) {
            None => Ok(x),
            Some(before) => time.valid(&Tensor::cat(&[before, x], 0)?, 2),
        }
    }
}

/// Doubles the picture, and the frames too if it has a convolution for time.
pub(super) struct Upsample {
    picture: Conv2d,
    time: Option<CausalConv3d>,
}

impl Upsample {
    pub(super) fn load(scope: &Scope<'_>, inputs: usize, outputs: usize, in_time: bool) -> Loaded<Self> {
        Ok(Self {
            picture: Conv2d::load(&scope.at("resample.1"), inputs, outputs, 3, 1)?,
            time: if in_time {
                Some(CausalConv3d::load(&scope.at("time_conv"), inputs, 2 * inputs, [3, 1, 1])?)
            } else {
                None
            },
        })
    }

    /// The first frame of a film stays one, and those after it do not see it here.
    pub(super) fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        let mut x = x.clone();
        if let Some(time) = &self.time {
            let slot = memory.slot();
            let (frames, channels, height, width) = x.dims4()?;
            match slot.take() {
                None => *slot = Some(Tensor::zeros((2, channels, height, width), x.dtype(), x.device())?),
                Some(before) => {
                    let seen = Tensor::cat(&[&before, &x], 0)?;
                    *slot = Some(seen.narrow(0, frames, 2)?);
                    // The channels hold two frames, one after the other.
                    x = time.valid(&seen, 1)?.reshape((frames * 2, channels, height, width))?;
                }
            }
        }
        self.picture.forward_doubled(&x)
    }
}
