//! Attention whose table of scores is never written.

use candle_core::{DType, Result, Tensor};

use super::{Float, Grid, Int, Pointer, Source, address, empty, int, launch};

/// The width of the heads.
pub(crate) const HEAD: usize = 128;

const ATTENTION: Source =
    Source { name: "mutoscope-attention", ptx: include_str!(concat!(env!("OUT_DIR"), "/attention.ptx")) };

/// Queries of a block.
const ROWS: usize = 128;

/// softmax(query · keyᵀ / √128) · value for heads [`HEAD`] wide: `[batch, tokens, heads · HEAD]` each, BF16.
pub(crate) fn attend(query: &Tensor, key: &Tensor, value: &Tensor) -> Result<Tensor> {
    let ((batch, queries, width), (_, keys, _)) = (query.dims3()?, key.dims3()?);
    if [query, key, value].iter().any(|x| x.dtype() != DType::BF16) || !width.is_multiple_of(HEAD) {
        candle_core::bail!("attention is computed in BF16 for heads {HEAD} wide");
    }
    if key.dims() != [batch, keys, width] || value.dims() != key.dims() || keys == 0 {
        candle_core::bail!("attention of {:?} to {:?} and {:?}", query.dims(), key.dims(), value.dims());
    }
    let out = empty(query.shape(), DType::BF16, query.device())?;
    let scale = std::f32::consts::LOG2_E / (HEAD as f32).sqrt();
    let grid = Grid {
        blocks: (queries.div_ceil(ROWS), width / HEAD, batch),
        threads: 256,
        shared: 4 * 64 * HEAD * 2,
    };
    let arguments = [
        Pointer(address(query)?),
        Pointer(address(key)?),
        Pointer(address(value)?),
        Pointer(address(&out)?),
        Int(int(queries)?),
        Int(int(keys)?),
        Float(scale),
    ];
    launch(&ATTENTION, "attend_bf16", query.device(), &grid, &arguments)?;
    Ok(out)
}
