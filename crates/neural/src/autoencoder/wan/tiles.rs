//! Decoding in tiles: memory for a part of the picture at a time. The tiles overlap and are blended where they do.

use candle_core::{Result, Tensor};

use super::{Memory, WanAutoencoder, in_film};

/// How a picture is cut into tiles, in latents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiles {
    /// Height and width of a tile.
    pub side: usize,
    /// From the beginning of a tile to that of the next; at most `side`, and blended over the difference.
    pub stride: usize,
}

impl WanAutoencoder {
    /// As [`WanAutoencoder::decode`], in tiles. What differs from the whole is what lies beyond the edge of a tile.
    pub fn decode_tiled(&self, latents: &Tensor, tiles: Tiles) -> Result<Tensor> {
        let Tiles { side, stride } = tiles;
        let (_, _, count, height, width) = latents.dims5()?;
        if stride == 0 || side < stride {
            candle_core::bail!("tiles of {side} cannot begin every {stride}");
        }
        if height <= side && width <= side {
            return self.decode(latents);
        }
        // Pixels are blended while they are folded, as the network was meant to be used.
        let pixels = self.config.pixels_per_latent() / self.config.patch();
        let blend = (side - stride) * pixels;
        let mut above: Vec<Tensor> = Vec::new();
        let mut rows = Vec::new();
        for top in (0..height).step_by(stride) {
            let mut done: Vec<Tensor> = Vec::new();
            let mut row = Vec::new();
            for (column, left) in (0..width).step_by(stride).enumerate() {
                let (tall, wide) = (side.min(height - top), side.min(width - left));
                let part = latents.narrow(3, top, tall)?.narrow(4, left, wide)?;
                let mut memory = Memory::default();
                let frames: Vec<Tensor> = (0..count)
                    .map(|index| self.decode_one(&part.narrow(2, index, 1)?, &mut memory, index == 0))
                    .collect::<Result<_>>()?;
                let mut tile = Tensor::cat(&frames, 0)?;
                if let Some(above) = above.get(column) {
                    tile = blended(above, &tile, 2, blend)?;
                }
                if let Some(left) = done.last() {
                    tile = blended(left, &tile, 3, blend)?;
                }
                let kept = |have: usize, all: usize| have.min(stride * pixels).min(all * pixels);
                row.push(tile.narrow(2, 0, kept(tile.dim(2)?, height - top))?.narrow(
                    3,
                    0,
                    kept(tile.dim(3)?, width - left),
                )?);
                done.push(tile);
            }
            rows.push(Tensor::cat(&row, 3)?);
            above = done;
        }
        in_film(&self.unfold(&Tensor::cat(&rows, 2)?)?.clamp(-1f32, 1f32)?)
    }
}

/// `tile` with its first `extent` lines along `dimension` faded in from the last lines of the one `before` it.
fn blended(before: &Tensor, tile: &Tensor, dimension: usize, extent: usize) -> Result<Tensor> {
    let (length, all) = (before.dim(dimension)?, tile.dim(dimension)?);
    let extent = extent.min(length).min(all);
    if extent == 0 {
        return Ok(tile.clone());
    }
    let shares: Vec<f32> = (0..extent).map(|i| i as f32 / extent as f32).collect();
    let mut shape = [1; 4];
    shape[dimension] = extent;
    let share = Tensor::from_vec(shares, &shape, tile.device())?.to_dtype(tile.dtype())?;
    let old = before.narrow(dimension, length - extent, extent)?;
    let new = tile.narrow(dimension, 0, extent)?;
    let faded = (old.broadcast_mul(&share.affine(-1.0, 1.0)?)? + new.broadcast_mul(&share)?)?;
    Tensor::cat(&[faded, tile.narrow(dimension, extent, all - extent)?], dimension)
}
