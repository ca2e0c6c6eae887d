//! Convolutions over frames that see no future, a few frames at a time.
//!
//! Everything in this autoencoder has the shape `[frames, channels, height, width]`: one film, whose frames are the batch of
//! two-dimensional convolutions.

use candle_core::{Result, Tensor};

#[cfg(feature = "cuda")]
use crate::kernels::cuda;
use crate::{
    kernels::{
        self,
        convolution::{self, Way},
    },
    weights::{Loaded, Scope},
};

/// The last frames that each causal layer has seen, in the order in which the layers run. New for each film.
#[derive(Default)]
pub(super) struct Memory {
    slots: Vec<Option<Tensor>>,
    next: usize,
}

impl Memory {
    /// To be called before each run through the network.
    pub(super) fn rewind(&mut self) {
        self.next = 0;
    }

    /// What the layer whose turn it is remembers; nothing at the start of a film.
    pub(super) fn slot(&mut self) -> &mut Option<Tensor> {
        if self.next == self.slots.len() {
            self.slots.push(None);
        }
        self.next += 1;
        &mut self.slots[self.next - 1]
    }
}

/// A two-dimensional convolution with bias.
pub(super) struct Conv2d {
    kernel: Tensor,
    bias: Tensor,
    padding: usize,
    stride: usize,
    #[cfg(feature = "cuda")]
    fused: Option<cuda::Convolution>,
}

impl Conv2d {
    /// A square kernel of `side`, with zeros around the picture so that it keeps its size (stride 1), or on the right and below
    /// so that it halves it (stride 2).
    pub(super) fn load(
        scope: &Scope<'_>,
        inputs: usize,
        outputs: usize,
        side: usize,
        stride: usize,
    ) -> Loaded<Self> {
        let kernel = scope.tensor("weight", (outputs, inputs, side, side))?;
        let bias = bias(scope, outputs)?;
        let padding = if stride == 1 { side / 2 } else { 0 };
        Ok(Self {
            #[cfg(feature = "cuda")]
            fused: kernel
                .unsqueeze(2)
                .and_then(|kernel| fused(&kernel, &bias, padding, stride))
                .map_err(scope.failed())?,
            kernel,
            bias,
            padding,
            stride,
        })
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if let Some(fused) = &self.fused {
            return cuda::convolve(x, fused, cuda::Around::default());
        }
        if kernels::takes(x) {
            let way = Way { padding: self.padding, stride: self.stride, stride_time: 1, doubled: false };
            return convolution::convolve(&x.contiguous()?, &self.kernel.unsqueeze(2)?, &self.bias, way);
        }
        let x =
            if self.stride == 1 { x.clone() } else { x.pad_with_zeros(2, 0, 1)?.pad_with_zeros(3, 0, 1)? };
        x.contiguous()?.conv2d(&self.kernel, self.padding, self.stride, 1, 1)?.broadcast_add(&self.bias)
    }

    /// Of the picture taken twice as wide and high, each pixel four times.
    pub(super) fn forward_doubled(&self, x: &Tensor) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if let Some(fused) = &self.fused {
            return cuda::convolve(x, fused, cuda::Around { doubled: true, ..cuda::Around::default() });
        }
        if kernels::takes(x) {
            let way = Way { padding: self.padding, stride: self.stride, stride_time: 1, doubled: true };
            return convolution::convolve(&x.contiguous()?, &self.kernel.unsqueeze(2)?, &self.bias, way);
        }
        let (_, _, height, width) = x.dims4()?;
        self.forward(&x.upsample_nearest2d(2 * height, 2 * width)?)
    }
}

/// A three-dimensional convolution with bias whose kernel ends at the present frame.
pub(super) struct CausalConv3d {
    /// Shape `[outputs, inputs, frames, side, side]`; frames are oldest first.
    kernel: Tensor,
    frames: usize,
    bias: Tensor,
    padding: usize,
    #[cfg(feature = "cuda")]
    fused: Option<cuda::Convolution>,
}

impl CausalConv3d {
    /// `kernel`: frames, rows and columns; zeros are put around the picture so that it keeps its size.
    pub(super) fn load(scope: &Scope<'_>, inputs: usize, outputs: usize, kernel: [usize; 3]) -> Loaded<Self> {
        let [frames, rows, columns] = kernel;
        let kernel = scope.tensor("weight", (outputs, inputs, frames, rows, columns))?;
        let bias = bias(scope, outputs)?;
        let padding = rows / 2;
        Ok(Self {
            #[cfg(feature = "cuda")]
            fused: fused(&kernel, &bias, padding, 1).map_err(scope.failed())?,
            kernel,
            frames,
            bias,
            padding,
        })
    }

    /// As many frames as come in; before the first of a film there are zeros.
    pub(super) fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        self.forward_beside(x, memory, None)
    }

    /// As [`Self::forward`], with `beside` added to the result.
    pub(super) fn forward_beside(
        &self,
        x: &Tensor,
        memory: &mut Memory,
        beside: Option<&Tensor>,
    ) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if let Some(fused) = &self.fused {
            return forward_fused(fused, x, memory, beside);
        }
        let made = self.forward_plain(x, memory)?;
        match beside {
            Some(beside) => made + beside,
            None => Ok(made),
        }
    }

    fn forward_plain(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        let past = self.frames - 1;
        if past == 0 {
            return self.valid(x, 1);
        }
        let slot = memory.slot();
        let seen = match slot.take() {
            Some(seen) => Tensor::cat(&[&seen, x], 0)?,
            None => x.pad_with_zeros(0, past, 0)?,
        };
        *slot = Some(seen.narrow(0, seen.dim(0)? - past, past)?);
        self.valid(&seen, 1)
    }

    /// Only where the kernel has all its frames, every `stride` frames.
    pub(super) fn valid(&self, x: &Tensor, stride: usize) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if let Some(fused) = &self.fused {
            return cuda::convolve(x, fused, cuda::Around { stride_time: stride, ..cuda::Around::default() });
        }
        if kernels::takes(x) {
            let way = Way { padding: self.padding, stride: 1, stride_time: stride, doubled: false };
            return convolution::convolve(&x.contiguous()?, &self.kernel, &self.bias, way);
        }
        let count = (x.dim(0)? - self.frames) / stride + 1;
        let part = |offset| {
            let chosen: Vec<u32> = (0..count).map(|i| (offset + i * stride) as u32).collect();
            let frames = x.index_select(&Tensor::new(chosen, x.device())?, 0)?;
            let kernel = self.kernel.narrow(2, offset, 1)?.squeeze(2)?.contiguous()?;
            frames.contiguous()?.conv2d(&kernel, self.padding, 1, 1, 1)
        };
        let mut sum = part(0)?;
        for offset in 1..self.frames {
            sum = (sum + part(offset)?)?;
        }
        sum.broadcast_add(&self.bias)
    }
}

/// For NVIDIA's cards, where numbers are of 16 bits.
#[cfg(feature = "cuda")]
fn fused(kernel: &Tensor, bias: &Tensor, padding: usize, stride: usize) -> Result<Option<cuda::Convolution>> {
    let takes = cuda::takes(kernel) && kernel.dtype() == candle_core::DType::BF16;
    takes.then(|| cuda::Convolution::new(kernel, bias, padding, stride)).transpose()
}

/// As [`CausalConv3d::forward_beside`]: the frames before the first are not put together with the others.
#[cfg(feature = "cuda")]
fn forward_fused(
    with: &cuda::Convolution,
    x: &Tensor,
    memory: &mut Memory,
    beside: Option<&Tensor>,
) -> Result<Tensor> {
    let before = with.frames() - 1;
    if before == 0 {
        return cuda::convolve(x, with, cuda::Around { beside, ..cuda::Around::default() });
    }
    let x = cuda::channels_last(x)?;
    let slot = memory.slot();
    let past = slot.take();
    let frames = x.dim(0)?;
    let last = if frames >= before {
        x.narrow(0, frames - before, before)?.force_contiguous()?
    } else {
        let earlier = match &past {
            Some(past) => past.permute((0, 2, 3, 1))?.narrow(0, frames, before - frames)?,
            None => x.narrow(0, 0, 1)?.zeros_like()?.repeat((before - frames, 1, 1, 1))?,
        };
        Tensor::cat(&[&earlier, &x], 0)?
    };
    *slot = Some(last.permute((0, 3, 1, 2))?);
    let x = x.permute((0, 3, 1, 2))?;
    cuda::convolve(&x, with, cuda::Around { past: past.as_ref(), before, beside, ..cuda::Around::default() })
}

fn bias(scope: &Scope<'_>, outputs: usize) -> Loaded<Tensor> {
    scope.tensor("bias", outputs)?.reshape((1, outputs, 1, 1)).map_err(scope.failed())
}
