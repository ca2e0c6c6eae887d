//! GELU in its tanh form, without a call for each number, so that the compiler can take several at a time.

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Tensor};
use rayon::prelude::*;

use super::{exp::exp, takes};

/// Numbers that one thread takes at a time.
const CHUNK: usize = 1 << 14;

/// √(2 / π), and the share of the cube, of the tanh form.
const FACTOR: f32 = 0.797_884_6;
const CUBE: f32 = 0.044_715;

/// x · Φ(x) by tanh. The tensor is used up: where it can be, its own memory takes the result, so that no other tensor may
/// share it.
pub(crate) fn gelu(x: Tensor) -> Result<Tensor> {
    if takes(&x) && x.is_contiguous() {
        x.inplace_op1(&Gelu)?;
        return Ok(x);
    }
    x.gelu()
}

struct Gelu;

impl InplaceOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu-tanh"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (Some((start, end)), CpuStorage::F32(numbers)) = (layout.contiguous_offsets(), storage) else {
            candle_core::bail!("GELU in place is for contiguous 32-bit numbers");
        };
        numbers[start..end].par_chunks_mut(CHUNK).for_each(|chunk| {
            for x in chunk {
                // x / 2 · (1 + tanh u) is x / (1 + e^-2u).
                let u = FACTOR * (*x + CUBE * *x * *x * *x);
                *x /= 1.0 + exp(-2.0 * u);
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    #[test]
    fn it_equals_the_plain_one() -> Result<()> {
        let x = Tensor::arange_step(-20f32, 20.0, 0.001, &Device::Cpu)?;
        let (plain, fast) = (x.gelu()?.to_vec1::<f32>()?, gelu(x.copy()?)?.to_vec1::<f32>()?);
        for (plain, fast) in plain.into_iter().zip(fast) {
            assert!((plain - fast).abs() <= 1e-6 * plain.abs().max(1.0), "{plain} and {fast}");
        }
        Ok(())
    }

    #[test]
    fn what_it_cannot_take_goes_the_plain_way() -> Result<()> {
        let x = Tensor::randn(0f32, 2.0, (3, 5), &Device::Cpu)?;
        let fast = gelu(x.t()?)?.t()?.to_vec2::<f32>()?;
        assert_eq!(fast, x.gelu()?.to_vec2::<f32>()?);
        assert_eq!(gelu(x.to_dtype(DType::F64)?)?.dtype(), DType::F64);
        Ok(())
    }
}
