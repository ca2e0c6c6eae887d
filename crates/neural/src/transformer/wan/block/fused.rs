//! The same block on NVIDIA's cards: what lies between the matrix products takes one pass over memory each.

use candle_core::{DType, Module, Result, Tensor};
use candle_nn::Linear;

use super::{Attention, Block, Given, Rotations};
use crate::kernels::cuda;

impl Block {
    pub(super) fn fuses(&self, x: &Tensor) -> bool {
        cuda::takes(x) && self.self_attention.head() == cuda::HEAD && x.dtype() == DType::BF16
    }

    /// As [`Block::forward`], for what [`Block::fuses`].
    pub(super) fn forward_fused(&self, x: &Tensor, given: &Given) -> Result<Tensor> {
        let table = self.modulation.broadcast_add(&given.modulation)?;
        let row = |index| table.narrow(2, index, 1)?.contiguous();
        let factor = |index| row(index)? + 1.0;
        let turns = turns(&given.rotations)?;
        let (_, _, epsilon) = self.plain_norm.parts();

        let n = cuda::norm_affine(&x.contiguous()?, &factor(1)?, &row(0)?, epsilon)?;
        let attended = self.self_attention.forward_fused(&n, &n, Some(&turns))?;
        let x = self.self_attention.add(x, &attended, Some(&row(2)?))?;

        let (weight, bias, epsilon) = self.text_norm.parts();
        let n =
            cuda::norm_affine(&x, &weight.reshape((1, 1, 1, ()))?, &bias.reshape((1, 1, 1, ()))?, epsilon)?;
        let attended = self.text_attention.forward_fused(&n, &given.text, None)?;
        let x = self.text_attention.add(&x, &attended, None)?;

        let n = cuda::norm_affine(&x, &factor(4)?, &row(3)?, epsilon)?;
        let (wide, bias) = product(&self.widen, &n)?;
        let (fed, bias) = product(&self.narrow, &cuda::gelu_biased(&wide, bias)?)?;
        cuda::add_gated(&x, &fed, bias, Some(&row(5)?))
    }
}

impl Attention {
    fn head(&self) -> usize {
        self.query.weight().dims()[0] / self.heads
    }

    /// As [`Attention::forward`], before the last projection.
    fn forward_fused(&self, x: &Tensor, seen: &Tensor, turns: Option<&Tensor>) -> Result<Tensor> {
        let normed = |linear, norm: &crate::layers::RmsNorm, x| {
            let ((y, bias), (weight, epsilon)) = (product(linear, x)?, norm.parts());
            cuda::norm_turn(&y, bias, weight, turns, epsilon)
        };
        let query = normed(&self.query, &self.query_norm, x)?;
        let key = normed(&self.key, &self.key_norm, seen)?;
        let (value, bias) = product(&self.value, seen)?;
        cuda::attend(&query, &key, &cuda::add_bias(&value, bias)?)
    }

    /// x + the last projection of what was attended to, gated.
    fn add(&self, x: &Tensor, attended: &Tensor, gate: Option<&Tensor>) -> Result<Tensor> {
        let (y, bias) = product(&self.out, attended)?;
        cuda::add_gated(&x.contiguous()?, &y, bias, gate)
    }
}

/// The layer without its bias, which a later pass adds.
fn product<'a>(linear: &'a Linear, x: &Tensor) -> Result<(Tensor, &'a Tensor)> {
    let Some(bias) = linear.bias() else { candle_core::bail!("the layer has no bias") };
    Ok((Linear::new(linear.weight().clone(), None).forward(x)?, bias))
}

/// Cosine and sine side by side: `[tokens, head / 2, 2]`.
fn turns(rotations: &Rotations) -> Result<Tensor> {
    Tensor::stack(&[&rotations.cosines, &rotations.sines], 2)?.contiguous()
}
