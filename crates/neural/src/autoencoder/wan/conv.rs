//! Convolutions over frames that see no future, a few frames at a time.
//!
//! Everything in this autoencoder has the shape `[frames, channels, height, width]`: one film, whose frames are the batch of
//! two-dimensional convolutions.

use candle_core::{Result, Tensor};

use crate::weights::{Loaded, Scope};

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
}

impl Conv2d {
    /// A square kernel of `side`, with zeros around the picture so that it keeps its size (stride 1), or none (stride 2).
    pub(super) fn load(
        scope: &Scope<'_>,
        inputs: usize,
        outputs: usize,
        side: usize,
        stride: usize,
    ) -> Loaded<Self> {
        Ok(Self {
            kernel: scope.tensor("weight", (outputs, inputs, side, side))?,
            bias: bias(scope, outputs)?,
            padding: if stride == 1 { side / 2 } else { 0 },
            stride,
        })
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.contiguous()?.conv2d(&self.kernel, self.padding, self.stride, 1, 1)?.broadcast_add(&self.bias)
    }
}

/// A three-dimensional convolution with bias whose kernel ends at the present frame.
pub(super) struct CausalConv3d {
    /// One for each frame that the kernel sees, oldest first: shape `[outputs, inputs, side, side]`.
    kernels: Vec<Tensor>,
    bias: Tensor,
    padding: usize,
}

impl CausalConv3d {
    /// `kernel`: frames, rows and columns; zeros are put around the picture so that it keeps its size.
    pub(super) fn load(scope: &Scope<'_>, inputs: usize, outputs: usize, kernel: [usize; 3]) -> Loaded<Self> {
        let [frames, rows, columns] = kernel;
        let weight = scope.tensor("weight", (outputs, inputs, frames, rows, columns))?;
        let part = |frame| weight.narrow(2, frame, 1)?.squeeze(2)?.contiguous();
        Ok(Self {
            kernels: (0..frames).map(part).collect::<Result<_>>().map_err(scope.failed())?,
            bias: bias(scope, outputs)?,
            padding: rows / 2,
        })
    }

    /// As many frames as come in; before the first of a film there are zeros.
    pub(super) fn forward(&self, x: &Tensor, memory: &mut Memory) -> Result<Tensor> {
        let past = self.kernels.len() - 1;
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
        let count = (x.dim(0)? - self.kernels.len()) / stride + 1;
        let mut sum: Option<Tensor> = None;
        for (offset, kernel) in self.kernels.iter().enumerate() {
            let frames = if stride == 1 {
                x.narrow(0, offset, count)?
            } else {
                let chosen: Vec<u32> = (0..count).map(|i| (offset + i * stride) as u32).collect();
                x.index_select(&Tensor::new(chosen, x.device())?, 0)?
            };
            let part = frames.contiguous()?.conv2d(kernel, self.padding, 1, 1, 1)?;
            sum = Some(match sum {
                Some(sum) => (sum + part)?,
                None => part,
            });
        }
        match sum {
            Some(sum) => sum.broadcast_add(&self.bias),
            None => candle_core::bail!("a kernel has at least one frame"),
        }
    }
}

fn bias(scope: &Scope<'_>, outputs: usize) -> Loaded<Tensor> {
    scope.tensor("bias", outputs)?.reshape((1, outputs, 1, 1)).map_err(scope.failed())
}
