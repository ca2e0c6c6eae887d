//! VAE 2.2: what goes past a whole stage, by folding pixels and frames into channels and back.

use candle_core::{Result, Tensor};

/// Mean of so many neighbouring pixels and frames as the stage takes away.
pub(super) struct Fold {
    pub(super) outputs: usize,
    pub(super) in_time: bool,
    pub(super) in_space: bool,
}

impl Fold {
    /// `[frames, channels, height, width]`; an odd number of frames has zeros before it.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (t, s) = (1 + usize::from(self.in_time), 1 + usize::from(self.in_space));
        let x = x.pad_with_zeros(0, (t - x.dim(0)? % t) % t, 0)?;
        let (frames, channels, height, width) = x.dims4()?;
        let (frames, height, width) = (frames / t, height / s, width / s);
        let folded = x
            .reshape(vec![frames, t, channels, height, s, width, s])?
            .permute(vec![0, 2, 1, 4, 6, 3, 5])?
            .reshape((frames, self.outputs, channels * t * s * s / self.outputs, height, width))?;
        folded.mean(2)
    }
}

/// Each channel repeated so often as the stage adds pixels and frames.
pub(super) struct Unfold {
    pub(super) outputs: usize,
    pub(super) in_time: bool,
}

impl Unfold {
    /// `[frames, channels, height, width]`; at the start of a film the first frame stays one.
    pub(super) fn forward(&self, x: &Tensor, is_start: bool) -> Result<Tensor> {
        let t = 1 + usize::from(self.in_time);
        let (frames, channels, height, width) = x.dims4()?;
        let repeats = self.outputs * t * 4 / channels;
        let repeated = x.unsqueeze(2)?.broadcast_as((frames, channels, repeats, height, width))?;
        let unfolded = repeated
            .reshape(vec![frames, self.outputs, t, 2, 2, height, width])?
            .permute(vec![0, 2, 1, 5, 3, 6, 4])?
            .reshape((frames * t, self.outputs, 2 * height, 2 * width))?;
        let skipped = if is_start { t - 1 } else { 0 };
        unfolded.narrow(0, skipped, frames * t - skipped)
    }
}
