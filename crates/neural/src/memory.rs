//! What a model needs of the machine: bytes of weights, held or streamed, of what flows through the transformer, and of the
//! autoencoder, whole or in tiles. Rough on purpose, and rather too much than too little: it is there to refuse what would bring
//! the machine to its knees, and to make smaller what would not fit as it is.

use crate::{
    autoencoder::wan::{FRAMES_PER_LATENT, Tiles, WanAutoencoderConfig},
    layers::QUERY_ROWS,
    transformer::wan::WanConfig,
};

/// Bytes of a number of pictures.
const PICTURE_NUMBER: u64 = 4;
/// How many times the widest stage's channels, over all its pixels, the autoencoder holds at one time: for four frames what
/// goes in and comes out of a convolution and their rearranged copies, and the two frames that each layer remembers.
const COPIES_PER_PIXEL: u64 = 48;
/// Blocks that are in memory while they are streamed: one computes, one comes, and what is read of that in another type of number.
const BLOCKS_IN_FLIGHT: u64 = 3;
/// Sides of tiles in latents, the largest first.
const TILE_SIDES: [usize; 3] = [64, 32, 16];

/// What is to be made, in the measures that count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measures {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) frames: usize,
    /// Whether a video is encoded first.
    pub(crate) steered: bool,
    /// Bytes of a number of the transformer's.
    pub(crate) number_bytes: usize,
    /// Bytes of a number of the autoencoder's.
    pub(crate) autoencoder_number_bytes: usize,
    /// Numbers in transformer and autoencoder.
    pub(crate) transformer_numbers: u64,
    pub(crate) autoencoder_numbers: u64,
}

impl Measures {
    /// Bytes of all weights that are in memory at one time.
    pub(crate) fn weights(&self, transformer: &WanConfig, streamed: bool) -> u64 {
        let numbers = self.transformer_numbers;
        let numbers = if streamed {
            let blocks = (transformer.num_layers + transformer.vace_layers.len()) as u64;
            let block = block_numbers(transformer);
            numbers.saturating_sub(blocks * block) + BLOCKS_IN_FLIGHT.min(blocks) * block
        } else {
            numbers
        };
        numbers * self.number_bytes as u64 + self.autoencoder_numbers * self.autoencoder_number_bytes as u64
    }
}

/// Numbers in a block's matrices; next to them the others are nothing.
fn block_numbers(config: &WanConfig) -> u64 {
    let width = config.width() as u64;
    8 * width * width + 2 * width * config.ffn_dim as u64
}

/// What it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    /// The most bytes at one time.
    pub(crate) bytes: u64,
    /// How the pictures are decoded.
    pub(crate) tiles: Option<Tiles>,
    /// Whether the transformer's blocks are read from the disk at every pass.
    pub(crate) streamed: bool,
}

impl std::fmt::Display for Need {
    /// What was chosen and why, in a sentence.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let gigabytes = self.bytes as f64 / 1e9;
        match (self.streamed, self.tiles) {
            (false, None) => write!(out, "all of the model is in memory, {gigabytes:.1} GB at the most"),
            (false, Some(_)) => {
                write!(out, "pictures are decoded in tiles, so that {gigabytes:.1} GB of memory are enough")
            }
            (true, tiles) => write!(
                out,
                "the model is read from the disk block by block at every step{}, so that {gigabytes:.1} GB of memory are enough; \
                 this takes longer",
                if tiles.is_some() { ", and pictures are decoded in tiles" } else { "" }
            ),
        }
    }
}

/// What is needed to make it as fast as fits into `most` bytes: whole, else in tiles, which take a little longer, else with the
/// transformer streamed, which takes as long as the disk. Where nothing fits, the least of all; that is how one asks for it, too.
pub(crate) fn need(
    measures: &Measures,
    transformer: &WanConfig,
    autoencoder: &WanAutoencoderConfig,
    most: Option<u64>,
) -> Need {
    let coded = |width, height| coded(autoencoder, width, height) * measures.autoencoder_number_bytes as u64;
    let whole = coded(measures.width, measures.height);
    // What steers is encoded whole.
    let before = if measures.steered { whole } else { 0 };
    let before = before.max(denoised(measures, transformer, autoencoder));
    let pixels = autoencoder.pixels_per_latent();
    let pictures = (measures.width * measures.height * measures.frames * 3) as u64 * PICTURE_NUMBER;
    let mut ways = vec![(None, whole)];
    ways.extend(TILE_SIDES.iter().map(|&side| {
        let edge = |all: usize| all.min(side * pixels);
        let bytes = coded(edge(measures.width), edge(measures.height));
        // All pictures are in memory until the last tile is done.
        (Some(Tiles { side, stride: side * 3 / 4 }), bytes + 2 * pictures)
    }));
    let mut least: Option<Need> = None;
    for streamed in [false, true] {
        let weights = measures.weights(transformer, streamed);
        for &(tiles, decoding) in &ways {
            let need = Need { bytes: weights + before.max(decoding), tiles, streamed };
            if most.is_none_or(|most| need.bytes <= most) {
                return need;
            }
            if least.is_none_or(|least| need.bytes < least.bytes) {
                least = Some(need);
            }
        }
    }
    let bytes = measures.weights(transformer, false) + before.max(whole);
    least.unwrap_or(Need { bytes, tiles: None, streamed: false })
}

/// Numbers that the autoencoder holds at work on pictures of this size.
fn coded(config: &WanAutoencoderConfig, width: usize, height: usize) -> u64 {
    let patch = config.patch_size.unwrap_or(1);
    let widest = config.decoder_base_dim.unwrap_or(config.base_dim).max(config.base_dim) * config.dim_mult[0];
    (width / patch * (height / patch) * widest) as u64 * COPIES_PER_PIXEL
}

/// The transformer at work.
fn denoised(measures: &Measures, config: &WanConfig, autoencoder: &WanAutoencoderConfig) -> u64 {
    let [deep, tall, wide] = config.patch_size;
    let pixels = autoencoder.pixels_per_latent();
    let latent_frames = 1 + (measures.frames - 1) / FRAMES_PER_LATENT;
    let tokens = ((latent_frames / deep)
        * (measures.height / pixels / tall)
        * (measures.width / pixels / wide)) as u64;
    let row = config.width() as u64 * tokens;
    // Query, key and value with their rearranged copies, and the scores of some rows at a time with their exponentials.
    let attention =
        9 * row + 2 * (config.num_attention_heads * QUERY_ROWS.min(tokens as usize)) as u64 * tokens;
    let feed_forward = 3 * row + 2 * config.ffn_dim as u64 * tokens;
    let hints = (config.vace_layers.len() as u64 + u64::from(!config.vace_layers.is_empty())) * row;
    (attention.max(feed_forward) + 2 * row + hints) * measures.number_bytes as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wan 2.1 1.3B and its autoencoder, by their published measures.
    fn small() -> (WanConfig, WanAutoencoderConfig) {
        let transformer = serde_json::from_str(
            r#"{"patch_size":[1,2,2],"num_attention_heads":12,"attention_head_dim":128,"in_channels":16,"out_channels":16,
                "text_dim":4096,"freq_dim":256,"ffn_dim":8960,"num_layers":30}"#,
        );
        let autoencoder = serde_json::from_str(
            r#"{"base_dim":96,"z_dim":16,"dim_mult":[1,2,4,4],"num_res_blocks":2,"temperal_downsample":[false,true,true],
                "latents_mean":[],"latents_std":[]}"#,
        );
        (transformer.expect("measures"), autoencoder.expect("measures"))
    }

    fn measures(width: usize, height: usize, frames: usize) -> Measures {
        Measures {
            width,
            height,
            frames,
            steered: false,
            number_bytes: 4,
            autoencoder_number_bytes: 4,
            transformer_numbers: 1_419_000_000,
            autoencoder_numbers: 127_000_000,
        }
    }

    #[test]
    fn a_sketch_fits_where_the_full_size_is_tiled_or_refused() {
        let (transformer, autoencoder) = small();
        let need = |measures: &Measures, most| need(measures, &transformer, &autoencoder, most);
        let sketch = need(&measures(448, 256, 17), None);
        assert!(
            sketch.tiles.is_none() && (6_000_000_000..9_500_000_000).contains(&sketch.bytes),
            "{sketch:?}"
        );
        let full = need(&measures(832, 480, 81), None);
        assert!(full.tiles.is_none() && (10_000_000_000..16_000_000_000).contains(&full.bytes), "{full:?}");
        let tiled = need(&measures(832, 480, 81), Some(full.bytes - 1));
        assert!(tiled.tiles.is_some() && tiled.bytes < full.bytes, "{tiled:?}");
        assert!(need(&measures(832, 480, 81), Some(1 << 30)).bytes > 1 << 30);
    }

    #[test]
    fn weights_are_streamed_before_a_film_is_refused() {
        let (transformer, autoencoder) = small();
        let full = measures(832, 480, 81);
        let need = |most| need(&full, &transformer, &autoencoder, Some(most));
        let (whole, least) = (need(u64::MAX), need(0));
        assert!(!whole.streamed && whole.tiles.is_none() && least.streamed, "{whole:?} {least:?}");
        // Held, the transformer takes 5.7 GB; streamed, three of its thirty blocks and what is around them.
        let saved = full.weights(&transformer, false) - full.weights(&transformer, true);
        assert!((4_800_000_000..5_300_000_000).contains(&saved), "{saved}");
        let mut seen = Vec::new();
        let mut most = whole.bytes;
        loop {
            let chosen = need(most);
            if chosen.bytes > most {
                assert_eq!(chosen, least, "refused, with the least that would do");
                break;
            }
            seen.push((chosen.streamed, chosen.tiles.is_some()));
            most = chosen.bytes - 1;
        }
        seen.dedup();
        assert_eq!(seen.first(), Some(&(false, false)), "{seen:?}");
        assert!(
            seen.is_sorted_by_key(|&(streamed, _)| streamed) && seen.contains(&(false, true)),
            "{seen:?}"
        );
        assert!(seen.last().is_some_and(|&(streamed, _)| streamed), "{seen:?}");
        assert!(least.to_string().contains("block by block") && !whole.to_string().contains("block"));
    }
}
