//! The diffusion transformer of Wan 2.1 and 2.2 (Apache-2.0): T2V, TI2V with a timestep for each frame, and VACE, whose
//! control blocks give hints to the others. See <https://arxiv.org/abs/2503.20314> and <https://arxiv.org/abs/2503.07598>.

mod block;
mod embed;
mod stack;

use std::sync::Arc;

use candle_core::{DType, Module, Result, Tensor};
use candle_nn::Linear;
use serde::Deserialize;

use self::{
    block::{Block, modulated},
    embed::{Conditions, Patches, Rotations, rotations},
    stack::Stack,
};
use crate::{
    layers::{LayerNorm, linear},
    weights::{Loaded, Weights},
};

/// Measures of the network, by the names of diffusers' `config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct WanConfig {
    /// Latent frames, rows and columns that make one token.
    pub patch_size: [usize; 3],
    /// Heads of attention.
    pub num_attention_heads: usize,
    /// Width of a head; even.
    pub attention_head_dim: usize,
    /// Channels of the latents that go in.
    pub in_channels: usize,
    /// Channels of the velocity that comes out.
    pub out_channels: usize,
    /// Width of the text encoder's vectors.
    pub text_dim: usize,
    /// Width of the sines that stand for a timestep; even.
    pub freq_dim: usize,
    /// Width inside the feed-forward layers.
    pub ffn_dim: usize,
    /// Blocks.
    pub num_layers: usize,
    /// Added to variances before their root is taken.
    #[serde(default = "default_epsilon")]
    pub eps: f32,
    /// VACE: the blocks after which a hint is added, from the first on. None without control.
    #[serde(default)]
    pub vace_layers: Vec<usize>,
    /// VACE: channels of the control, 2 · latents + 64 of the mask.
    #[serde(default)]
    pub vace_in_channels: usize,
}

fn default_epsilon() -> f32 {
    1e-6
}

impl WanConfig {
    /// Width of a token.
    pub fn width(&self) -> usize {
        self.num_attention_heads * self.attention_head_dim
    }
}

/// The transformer: noisy latents, time and text to the velocity from data to noise.
pub struct WanTransformer {
    patches: Patches,
    conditions: Conditions,
    blocks: Stack<Block>,
    control: Option<ControlBranch>,
    norm: LayerNorm,
    out: Linear,
    /// Shape `[1, 1, 2, width]`: shift and scale.
    modulation: Tensor,
    config: WanConfig,
}

struct ControlBranch {
    patches: Patches,
    project: Linear,
    blocks: Stack<(Block, Linear)>,
}

/// What steers a VACE model.
pub struct Control<'a> {
    /// Shape `[batch, vace_in_channels, frames, height, width]` in latent measures.
    pub latents: &'a Tensor,
    /// How strongly each control block counts, 1 as trained; one for each of `vace_layers`.
    pub scales: &'a [f64],
}

impl WanTransformer {
    /// Reads the weights ([`Family::Transformer`](crate::weights::Family)).
    pub fn load(weights: &Weights, config: &WanConfig) -> Loaded<Self> {
        let blocks = Stack::held(weights, config.num_layers, block(config))?;
        let control = || Stack::held(weights, config.vace_layers.len(), control_block(config));
        Self::around(blocks, control, weights, config)
    }

    /// Reads what is outside the blocks; these are read again at every pass, each while the one before computes. It takes the
    /// memory of two blocks, gives the same numbers, and is as slow as the disk.
    pub fn stream(weights: &Arc<Weights>, config: &WanConfig) -> Loaded<Self> {
        let blocks = Stack::streamed(weights, config.num_layers, block(config));
        let control = || Ok(Stack::streamed(weights, config.vace_layers.len(), control_block(config)));
        Self::around(blocks, control, weights, config)
    }

    fn around(
        blocks: Stack<Block>,
        control: impl FnOnce() -> Loaded<Stack<(Block, Linear)>>,
        weights: &Weights,
        config: &WanConfig,
    ) -> Loaded<Self> {
        let root = weights.root();
        let width = config.width();
        Ok(Self {
            patches: Patches::load(&root.at("patch_embedding"), config.in_channels, config)?,
            conditions: Conditions::load(&root.at("condition_embedder"), config)?,
            blocks,
            control: if config.vace_layers.is_empty() {
                None
            } else {
                Some(ControlBranch {
                    patches: Patches::load(
                        &root.at("vace_patch_embedding"),
                        config.vace_in_channels,
                        config,
                    )?,
                    project: linear(&root.at("vace_blocks").at(0).at("proj_in"), width, width)?,
                    blocks: control()?,
                })
            },
            norm: LayerNorm::plain(root.device(), width, config.eps).map_err(root.failed())?,
            out: linear(
                &root.at("proj_out"),
                width,
                config.out_channels * config.patch_size.iter().product::<usize>(),
            )?,
            modulation: root
                .tensor("scale_shift_table", (1, 2, width))?
                .to_dtype(DType::F32)
                .and_then(|table| table.unsqueeze(0))
                .map_err(root.failed())?,
            config: config.clone(),
        })
    }

    /// The measures it was loaded with.
    pub fn config(&self) -> &WanConfig {
        &self.config
    }

    /// The velocity (noise minus data) at `latents`, in their shape.
    ///
    /// - `latents`: `[batch, in_channels, frames, height, width]`, measured in latents; each a multiple of the patch.
    /// - `timestep`: `[batch, n]`, 0 (data) to 1000 (noise), in 32 bits: one for the film (n = 1), for each latent frame, or
    ///   for each token; n divides the number of tokens.
    /// - `text`: `[batch, words, text_dim]`.
    /// - `control`: for VACE models; without it they run as plain T2V.
    pub fn forward(
        &self,
        latents: &Tensor,
        timestep: &Tensor,
        text: &Tensor,
        control: Option<&Control<'_>>,
    ) -> Result<Tensor> {
        let given = self.given(latents, timestep, text)?;
        let hints = match (control, &self.control) {
            (Some(control), Some(branch)) => branch.hints(&given, control.latents)?,
            (None, _) => Vec::new(),
            (Some(_), None) => candle_core::bail!("this model has no control blocks: it is no VACE model"),
        };
        let mut x = given.tokens.clone();
        self.blocks.each(|index, block| {
            x = block.forward(&x, &given)?;
            if let (Some(control), Some(place)) =
                (control, self.config.vace_layers.iter().position(|&l| l == index))
            {
                let scale = control.scales.get(place).copied().unwrap_or(1.0);
                x = (&x + (&hints[place] * scale)?)?;
            }
            Ok(())
        })?;
        let table = self.modulation.broadcast_add(&given.time.unsqueeze(2)?)?;
        let x = modulated(&self.norm.forward(&x)?, &table.narrow(2, 0, 1)?, &table.narrow(2, 1, 1)?)?;
        self.patches.restore(
            &self.out.forward(&x.to_dtype(latents.dtype())?)?,
            given.grid,
            self.config.out_channels,
        )
    }

    /// What the control blocks say to the others: a tensor of shape `[batch, tokens, width]` for each of `vace_layers`,
    /// unscaled. Arguments as in [`Self::forward`]; none for a model without control blocks.
    pub fn hints(
        &self,
        latents: &Tensor,
        timestep: &Tensor,
        text: &Tensor,
        control_latents: &Tensor,
    ) -> Result<Vec<Tensor>> {
        let given = self.given(latents, timestep, text)?;
        self.control.as_ref().map_or(Ok(Vec::new()), |branch| branch.hints(&given, control_latents))
    }

    fn given(&self, latents: &Tensor, timestep: &Tensor, text: &Tensor) -> Result<Given> {
        let (_, _, frames, height, width) = latents.dims5()?;
        let [pt, ph, pw] = self.config.patch_size;
        let grid = [frames / pt, height / ph, width / pw];
        let (time, modulation) = self.conditions.time(timestep, latents.dtype())?;
        Ok(Given {
            tokens: self.patches.forward(latents)?,
            time,
            modulation,
            text: self.conditions.text(text)?,
            rotations: rotations(grid, self.config.attention_head_dim, latents.device())?,
            grid,
        })
    }
}

fn block(config: &WanConfig) -> impl Fn(&Weights, usize) -> Loaded<Block> + use<> {
    let config = config.clone();
    move |weights, index| Block::load(&weights.root().at("blocks").at(index), &config)
}

fn control_block(config: &WanConfig) -> impl Fn(&Weights, usize) -> Loaded<(Block, Linear)> + use<> {
    let config = config.clone();
    move |weights, index| {
        let (scope, width) = (weights.root().at("vace_blocks").at(index), config.width());
        Ok((Block::load(&scope, &config)?, linear(&scope.at("proj_out"), width, width)?))
    }
}

/// What every block is given, and the tokens that the first begins with.
struct Given {
    /// Shape `[batch, tokens, width]`.
    tokens: Tensor,
    /// Shape `[batch, n, width]`, in 32 bits.
    time: Tensor,
    /// Shape `[batch, n, 6, width]`, in 32 bits: shift, scale and gate of attention, then of the feed-forward layers.
    modulation: Tensor,
    /// Shape `[batch, words, width]`.
    text: Tensor,
    rotations: Rotations,
    /// Tokens along time, height and width.
    grid: [usize; 3],
}

impl ControlBranch {
    fn hints(&self, given: &Given, control_latents: &Tensor) -> Result<Vec<Tensor>> {
        let control = self.patches.forward(control_latents)?;
        let missing = given.tokens.dim(1)?.saturating_sub(control.dim(1)?);
        let mut x = (self.project.forward(&control.pad_with_zeros(1, 0, missing)?)? + &given.tokens)?;
        let mut hints = Vec::new();
        self.blocks.each(|_, (block, project)| {
            x = block.forward(&x, given)?;
            hints.push(project.forward(&x)?);
            Ok(())
        })?;
        Ok(hints)
    }
}
