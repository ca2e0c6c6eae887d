//! One block: attention among the tokens, to the text, and a feed-forward layer, the first and last steered by time.

#[cfg(feature = "cuda")]
mod fused;

use candle_core::{DType, Module, Result, Tensor};
use candle_nn::{Linear, rotary_emb::rope_i};

use super::{Given, Rotations, WanConfig};
use crate::{
    kernels::gelu,
    layers::{LayerNorm, RmsNorm, attend, linear},
    weights::{Loaded, Scope},
};

pub(super) struct Block {
    plain_norm: LayerNorm,
    self_attention: Attention,
    text_norm: LayerNorm,
    text_attention: Attention,
    widen: Linear,
    narrow: Linear,
    /// Shape `[1, 1, 6, width]`, in 32 bits: added to what time says.
    modulation: Tensor,
}

struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    /// Over all heads at once.
    query_norm: RmsNorm,
    key_norm: RmsNorm,
    heads: usize,
}

impl Block {
    pub(super) fn load(scope: &Scope<'_>, config: &WanConfig) -> Loaded<Self> {
        let width = config.width();
        let table = scope.tensor("scale_shift_table", (1, 6, width))?;
        Ok(Self {
            plain_norm: LayerNorm::plain(scope.device(), width, config.eps).map_err(scope.failed())?,
            self_attention: Attention::load(&scope.at("attn1"), config)?,
            text_norm: LayerNorm::load(&scope.at("norm2"), width, config.eps)?,
            text_attention: Attention::load(&scope.at("attn2"), config)?,
            widen: linear(&scope.at("ffn.net.0.proj"), width, config.ffn_dim)?,
            narrow: linear(&scope.at("ffn.net.2"), config.ffn_dim, width)?,
            modulation: table.to_dtype(DType::F32).and_then(|t| t.unsqueeze(0)).map_err(scope.failed())?,
        })
    }

    /// `x` and the result: shape `[batch, tokens, width]`.
    pub(super) fn forward(&self, x: &Tensor, given: &Given) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if self.fuses(x) {
            return self.forward_fused(x, given);
        }
        let dtype = x.dtype();
        let table = self.modulation.broadcast_add(&given.modulation)?;
        let row = |index| table.narrow(2, index, 1);

        let n = modulated(&self.plain_norm.forward(x)?, &row(0)?, &row(1)?)?.to_dtype(dtype)?;
        let attended = self.self_attention.forward(&n, &n, Some(&given.rotations))?;
        let x = (x + gated(&attended, &row(2)?)?.to_dtype(dtype)?)?;

        let n = self.text_norm.forward(&x)?.to_dtype(dtype)?;
        let x = (&x + self.text_attention.forward(&n, &given.text, None)?)?;

        let n = modulated(&self.plain_norm.forward(&x)?, &row(3)?, &row(4)?)?.to_dtype(dtype)?;
        let fed = self.narrow.forward(&gelu(self.widen.forward(&n)?)?)?;
        &x + gated(&fed, &row(5)?)?.to_dtype(dtype)?
    }
}

impl Attention {
    fn load(scope: &Scope<'_>, config: &WanConfig) -> Loaded<Self> {
        let width = config.width();
        Ok(Self {
            query: linear(&scope.at("to_q"), width, width)?,
            key: linear(&scope.at("to_k"), width, width)?,
            value: linear(&scope.at("to_v"), width, width)?,
            out: linear(&scope.at("to_out.0"), width, width)?,
            query_norm: RmsNorm::load(&scope.at("norm_q"), width, config.eps)?,
            key_norm: RmsNorm::load(&scope.at("norm_k"), width, config.eps)?,
            heads: config.num_attention_heads,
        })
    }

    /// `x` looks at `seen`: both of shape `[batch, _, width]`.
    fn forward(&self, x: &Tensor, seen: &Tensor, rotations: Option<&Rotations>) -> Result<Tensor> {
        let (batch, tokens, width) = x.dims3()?;
        let head = width / self.heads;
        let heads = |x: Tensor| {
            let count = x.dim(1)?;
            x.reshape((batch, count, self.heads, head))?.transpose(1, 2)?.contiguous()
        };
        let mut query = heads(self.query_norm.forward(&self.query.forward(x)?)?)?;
        let mut key = heads(self.key_norm.forward(&self.key.forward(seen)?)?)?;
        let value = heads(self.value.forward(seen)?)?;
        if let Some(Rotations { cosines, sines }) = rotations {
            let (cosines, sines) = (cosines.to_dtype(query.dtype())?, sines.to_dtype(query.dtype())?);
            query = rope_i(&query, &cosines, &sines)?;
            key = rope_i(&key, &cosines, &sines)?;
        }
        let attended = attend(&query, &key, &value, 1.0 / (head as f64).sqrt(), None)?;
        self.out.forward(&attended.transpose(1, 2)?.reshape((batch, tokens, width))?)
    }
}

/// x · (1 + scale) + shift, in 32 bits. `x`: `[batch, tokens, width]`; the others: `[batch, n, 1, width]`, each for as many
/// tokens as the next.
pub(super) fn modulated(x: &Tensor, shift: &Tensor, scale: &Tensor) -> Result<Tensor> {
    grouped(x, shift)?.broadcast_mul(&(scale + 1.0)?)?.broadcast_add(shift)?.reshape(x.shape())
}

/// x · gate, in 32 bits; shapes as in [`modulated`].
fn gated(x: &Tensor, gate: &Tensor) -> Result<Tensor> {
    grouped(&x.to_dtype(DType::F32)?, gate)?.broadcast_mul(gate)?.reshape(x.shape())
}

/// The tokens in as many groups as there are timesteps: `[batch, n, tokens / n, width]`.
fn grouped(x: &Tensor, table: &Tensor) -> Result<Tensor> {
    let (batch, tokens, width) = x.dims3()?;
    let groups = table.dim(1)?;
    if !tokens.is_multiple_of(groups) {
        candle_core::bail!("{groups} timesteps cannot be shared out to {tokens} tokens");
    }
    x.reshape((batch, groups, tokens / groups, width))
}
