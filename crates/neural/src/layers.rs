//! What all networks are made of, on any device and in any type of number.

use candle_core::{D, DType, Result, Tensor};
use candle_nn::{Linear, ops};

use crate::{
    kernels::{self, attention},
    weights::{Loaded, Scope},
};

/// Query rows at a time where attention is computed plainly: bounds the table of scores, whatever the length.
pub(crate) const QUERY_ROWS: usize = 1024;

/// Loads a linear layer with bias: `weight` of shape `[outputs, inputs]`, `bias` of shape `[outputs]`.
pub(crate) fn linear(scope: &Scope<'_>, inputs: usize, outputs: usize) -> Loaded<Linear> {
    Ok(Linear::new(scope.tensor("weight", (outputs, inputs))?, Some(scope.tensor("bias", outputs)?)))
}

/// Loads a linear layer without bias.
pub(crate) fn linear_without_bias(scope: &Scope<'_>, inputs: usize, outputs: usize) -> Loaded<Linear> {
    Ok(Linear::new(scope.tensor("weight", (outputs, inputs))?, None))
}

/// Gives each row (the last dimension) mean 0 and deviation 1, times a weight, plus a bias. Computed in 32 bits.
pub(crate) struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f32,
}

impl LayerNorm {
    /// With weight and bias learned.
    pub(crate) fn load(scope: &Scope<'_>, width: usize, epsilon: f32) -> Loaded<Self> {
        let in_f32 = |name| scope.tensor(name, width)?.to_dtype(DType::F32).map_err(scope.failed());
        Ok(Self { weight: in_f32("weight")?, bias: in_f32("bias")?, epsilon })
    }

    /// Weight 1, bias 0.
    pub(crate) fn plain(device: &candle_core::Device, width: usize, epsilon: f32) -> Result<Self> {
        Ok(Self {
            weight: Tensor::ones(width, DType::F32, device)?,
            bias: Tensor::zeros(width, DType::F32, device)?,
            epsilon,
        })
    }

    /// Weight and bias, in 32 bits, and what is added to variances.
    #[cfg(feature = "cuda")]
    pub(crate) fn parts(&self) -> (&Tensor, &Tensor, f32) {
        (&self.weight, &self.bias, self.epsilon)
    }

    /// The result is in 32 bits, for what follows to be as exact.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::layer_norm(&x.to_dtype(DType::F32)?.contiguous()?, &self.weight, &self.bias, self.epsilon)
    }
}

/// Divides each row (the last dimension) by its root mean square, times a weight.
pub(crate) struct RmsNorm {
    weight: Tensor,
    epsilon: f32,
}

impl RmsNorm {
    pub(crate) fn load(scope: &Scope<'_>, width: usize, epsilon: f32) -> Loaded<Self> {
        Ok(Self { weight: scope.tensor("weight", width)?, epsilon })
    }

    /// The weight, and what is added to mean squares.
    #[cfg(feature = "cuda")]
    pub(crate) fn parts(&self) -> (&Tensor, f32) {
        (&self.weight, self.epsilon)
    }

    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::rms_norm(&x.contiguous()?, &self.weight, self.epsilon)
    }
}

/// Every query looks at every key: softmax(query · keyᵀ · scale + bias) · value.
///
/// Query, key, value and the result have the shape `[batch, heads, tokens, width]`; the bias broadcasts to
/// `[batch, heads, queries, keys]`.
pub(crate) fn attend(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    scale: f64,
    bias: Option<&Tensor>,
) -> Result<Tensor> {
    if bias.is_none() && kernels::takes(query) {
        return attention::attend(&query.contiguous()?, &key.contiguous()?, &value.contiguous()?, scale);
    }
    let (query, key, value) = ((query * scale)?.contiguous()?, key.t()?.contiguous()?, value.contiguous()?);
    let tokens = query.dim(2)?;
    let mut parts = Vec::with_capacity(tokens.div_ceil(QUERY_ROWS));
    for first in (0..tokens).step_by(QUERY_ROWS) {
        let rows = QUERY_ROWS.min(tokens - first);
        let mut scores = query.narrow(2, first, rows)?.contiguous()?.matmul(&key)?;
        if let Some(bias) = bias {
            scores = scores.broadcast_add(&bias.narrow(D::Minus2, first, rows)?)?;
        }
        parts.push(ops::softmax_last_dim(&scores)?.matmul(&value)?);
    }
    if parts.len() == 1 { Ok(parts.remove(0)) } else { Tensor::cat(&parts, 2) }
}
