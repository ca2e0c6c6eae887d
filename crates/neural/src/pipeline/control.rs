//! VACE: a video that steers, a mask that says where the model is free, and pictures of who should be seen.

use candle_core::{DType, Result, Tensor};

use crate::autoencoder::wan::{FRAMES_PER_LATENT, WanAutoencoder};

/// What steers a VACE model, in the measures of the film that is to be made.
pub struct ControlVideo {
    /// Depth, pose, flow, grey or colour: `[1, 3, frames, height, width]` from -1 to 1.
    pub video: Tensor,
    /// `[1, 1, frames, height, width]`: above 0.5 where the video is to be replaced (or, for depth and the like, followed),
    /// else it is kept.
    pub mask: Tensor,
    /// Pictures of people or things that should be seen: `[1, 3, 1, height, width]` from -1 to 1, each.
    pub references: Vec<Tensor>,
    /// How strongly it counts; 1 as trained.
    pub strength: f64,
}

impl ControlVideo {
    pub(super) fn reference_count(&self) -> usize {
        self.references.len()
    }

    /// What is wrong with the measures, if they are not those of the film.
    pub(super) fn check(
        &self,
        width: usize,
        height: usize,
        frames: usize,
    ) -> std::result::Result<(), String> {
        let fits = |what: &str, tensor: &Tensor, wanted: [usize; 5]| {
            if tensor.dims() == wanted {
                Ok(())
            } else {
                Err(format!("the {what} that steers has the shape {:?}, not {wanted:?}", tensor.dims()))
            }
        };
        fits("video", &self.video, [1, 3, frames, height, width])?;
        fits("mask", &self.mask, [1, 1, frames, height, width])?;
        self.references.iter().try_for_each(|r| fits("reference picture", r, [1, 3, 1, height, width]))
    }

    /// What the control blocks are given: latents of what is kept and of what is replaced, and the mask, folded as pixels are
    /// in latents; before them a frame for each reference picture, the last first.
    pub(super) fn latents(&self, autoencoder: &WanAutoencoder) -> Result<Tensor> {
        let mask = self.mask.gt(0.5)?.to_dtype(DType::F32)?;
        let encode = |frames: &Tensor| autoencoder.normalise(&autoencoder.encode(frames)?);
        let replaced = self.video.broadcast_mul(&mask)?;
        let kept = (&self.video - &replaced)?;
        let mut latents = Tensor::cat(&[encode(&kept)?, encode(&replaced)?], 1)?;
        for reference in &self.references {
            let reference = encode(reference)?;
            let with_nothing = Tensor::cat(&[&reference, &reference.zeros_like()?], 1)?;
            latents = Tensor::cat(&[with_nothing, latents], 2)?;
        }
        let mask = self.folded_mask(autoencoder.config().pixels_per_latent())?;
        Tensor::cat(&[latents, mask.pad_with_zeros(2, self.references.len(), 0)?], 1)
    }

    /// `[1, pixels², latent frames, height / pixels, width / pixels]`; of the frames of a latent frame, one in the middle.
    fn folded_mask(&self, pixels: usize) -> Result<Tensor> {
        let (_, _, frames, height, width) = self.mask.dims5()?;
        let (rows, columns) = (height / pixels, width / pixels);
        let folded = self
            .mask
            .reshape((frames, rows, pixels, columns, pixels))?
            .permute((2, 4, 0, 1, 3))?
            .reshape((1, pixels * pixels, frames, rows, columns))?;
        let count = frames.div_ceil(FRAMES_PER_LATENT);
        // "nearest-exact" of the frames: the one whose middle lies nearest.
        let middle =
            |i: usize| (((i as f64 + 0.5) * frames as f64 / count as f64) as u32).min(frames as u32 - 1);
        let chosen: Vec<u32> = (0..count).map(middle).collect();
        folded.contiguous()?.index_select(&Tensor::new(chosen, folded.device())?, 2)
    }
}
