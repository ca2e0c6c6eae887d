//! Attention on a CPU: some queries at a time, so that their scores stay in the cache.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::{
    exp::exp,
    numbers,
    product::{Matrix, multiply},
};

/// Queries at a time.
const ROWS: usize = 64;
/// Numbers that the compiler may take at a time.
const LANES: usize = 16;

/// softmax(query · keyᵀ · scale) · value: `[batch, heads, tokens, width]` each, contiguous.
pub(crate) fn attend(query: &Tensor, key: &Tensor, value: &Tensor, scale: f64) -> Result<Tensor> {
    query.apply_op3_no_bwd(key, value, &Attention { scale: scale as f32 })
}

struct Attention {
    scale: f32,
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        query: &CpuStorage,
        query_layout: &Layout,
        key: &CpuStorage,
        key_layout: &Layout,
        value: &CpuStorage,
        value_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, heads, queries, width) = query_layout.shape().dims4()?;
        let (_, _, keys, _) = key_layout.shape().dims4()?;
        let (_, _, _, out_width) = value_layout.shape().dims4()?;
        if key_layout.dims() != [batch, heads, keys, width]
            || value_layout.dims() != [batch, heads, keys, out_width]
        {
            candle_core::bail!("attention of {query_layout:?} to {key_layout:?} and {value_layout:?}");
        }
        let query = numbers(query, query_layout)?;
        let (key, value) = (numbers(key, key_layout)?, numbers(value, value_layout)?);
        let mut out = vec![0f32; batch * heads * queries * out_width];
        let heads_out = out.par_chunks_mut((queries * out_width).max(1)).enumerate();
        heads_out.for_each(|(head, out)| {
            let query = &query[head * queries * width..][..queries * width];
            let key = Matrix::new(&key[head * keys * width..], keys, width, width);
            let value = Matrix::new(&value[head * keys * out_width..], keys, out_width, out_width);
            let parts = out.par_chunks_mut(ROWS * out_width).zip(query.par_chunks(ROWS * width));
            parts.for_each_init(
                || vec![0f32; ROWS * keys],
                |scores, (out, query)| {
                    let rows = query.len() / width;
                    let scores = &mut scores[..rows * keys];
                    multiply(scores, (rows, width, keys), Matrix::new(query, rows, width, width), key, true);
                    for row in scores.chunks_exact_mut(keys) {
                        softmax(row, self.scale);
                    }
                    let scores = Matrix::new(scores, rows, keys, keys);
                    multiply(out, (rows, keys, out_width), scores, value, false);
                },
            );
        });
        Ok((CpuStorage::F32(out), Shape::from((batch, heads, queries, out_width))))
    }
}

/// e^(x · scale) of each number, shared out so that all together are 1.
fn softmax(row: &mut [f32], scale: f32) {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut tops = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (top, &x) in tops.iter_mut().zip(chunk) {
            *top = if x > *top { x } else { *top };
        }
    }
    let top = tops.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
    let (chunks, rest) = row.as_chunks_mut::<LANES>();
    let mut sums = [0f32; LANES];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *x = exp((*x - top) * scale);
            *sum += *x;
        }
    }
    let mut sum: f32 = sums.iter().sum();
    for x in rest {
        *x = exp((*x - top) * scale);
        sum += *x;
    }
    let share = 1.0 / sum;
    for x in row {
        *x *= share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn it_equals_the_plain_one() -> Result<()> {
        for (queries, keys) in [(1, 1), (130, 77), (65, 512)] {
            let of = |tokens| Tensor::randn(0f32, 1.0, (2, 3, tokens, 24), &Device::Cpu);
            let (query, key, value) = (of(queries)?, of(keys)?, of(keys)?);
            let scores = (query.matmul(&key.t()?.contiguous()?)? * 0.2)?;
            let wanted = candle_nn::ops::softmax_last_dim(&scores)?.matmul(&value)?;
            let error = (attend(&query, &key, &value, 0.2)? - wanted)?.abs()?.flatten_all()?.max(0)?;
            assert!(error.to_scalar::<f32>()? < 1e-5, "{queries} to {keys}: {error}");
        }
        Ok(())
    }
}
