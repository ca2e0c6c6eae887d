//! What candle is slow at, once more and faster: on a CPU in 32 bits, and on NVIDIA's cards. On other devices and in other types
//! of number, candle's own.

pub(crate) mod attention;
pub(crate) mod convolution;
#[cfg(feature = "cuda")]
pub(crate) mod cuda;
mod exp;
mod gelu;
mod product;

use candle_core::{CpuStorage, DType, Layout, Result, Tensor};

pub(crate) use self::gelu::gelu;

/// Whether the kernels for a CPU take such a tensor.
pub(crate) fn takes(x: &Tensor) -> bool {
    x.device().is_cpu() && x.dtype() == DType::F32
}

/// The numbers of a contiguous tensor of 32 bits.
fn numbers<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(numbers), Some((start, end))) => Ok(&numbers[start..end]),
        _ => candle_core::bail!("this is computed for contiguous 32-bit numbers"),
    }
}
