//! What happens to each row between two matrix products, in place and in one pass.
//!
//! candle's own element-wise operations would spread larger tensors over a pool that waits in a spin, which on a busy machine
//! takes several times as long as one thread.

use candle_core::{CpuStorage, Error, InplaceOp1, InplaceOp2, Layout, Result, cpu::erf::erf_f32};

/// Adds a vector to each row.
pub(crate) struct Bias(pub(crate) Vec<f32>);

/// x · Φ(x) of every component, by the error function as the model was trained.
pub(crate) struct Gelu;

/// Turns each row of `row` components into shares: exp(scale · x), divided by their sum.
pub(crate) struct Softmax {
    pub(crate) scale: f32,
    pub(crate) row: usize,
}

/// Adds the second tensor, then gives each row mean 0 and deviation 1, times a weight, plus a bias.
pub(crate) struct Norm {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

const NORM_EPSILON: f32 = 1e-12;

impl InplaceOp1 for Bias {
    fn name(&self) -> &'static str {
        "bias"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for row in components_mut(storage, layout)?.chunks_exact_mut(self.0.len()) {
            row.iter_mut().zip(&self.0).for_each(|(x, b)| *x += b);
        }
        Ok(())
    }
}

impl InplaceOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for x in components_mut(storage, layout)? {
            *x *= 0.5 + 0.5 * erf_f32(*x * std::f32::consts::FRAC_1_SQRT_2);
        }
        Ok(())
    }
}

impl InplaceOp1 for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for row in components_mut(storage, layout)?.chunks_exact_mut(self.row) {
            let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for x in &mut *row {
                *x = ((*x - largest) * self.scale).exp();
                sum += *x;
            }
            for x in row {
                *x /= sum;
            }
        }
        Ok(())
    }
}

impl InplaceOp2 for Norm {
    fn name(&self) -> &'static str {
        "norm"
    }

    fn cpu_fwd(
        &self,
        storage: &mut CpuStorage,
        layout: &Layout,
        added: &CpuStorage,
        added_layout: &Layout,
    ) -> Result<()> {
        let width = self.weight.len();
        let added = components(added, added_layout)?;
        let rows = components_mut(storage, layout)?.chunks_exact_mut(width);
        for (row, added) in rows.zip(added.chunks_exact(width)) {
            row.iter_mut().zip(added).for_each(|(x, a)| *x += a);
            let mean = row.iter().sum::<f32>() / width as f32;
            for x in &mut *row {
                *x -= mean;
            }
            let variance = row.iter().map(|x| x * x).sum::<f32>() / width as f32;
            let factor = (variance + NORM_EPSILON).sqrt().recip();
            for ((x, w), b) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
                *x = *x * factor * w + b;
            }
        }
        Ok(())
    }
}

fn components<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let (start, end) = range(layout)?;
    Ok(&storage.as_slice::<f32>()?[start..end])
}

fn components_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    let (start, end) = range(layout)?;
    match storage {
        CpuStorage::F32(components) => Ok(&mut components[start..end]),
        _ => Err(Error::msg("not 32-bit floats")),
    }
}

fn range(layout: &Layout) -> Result<(usize, usize)> {
    layout.contiguous_offsets().ok_or_else(|| Error::msg("the rows do not lie one after the other"))
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use super::*;

    fn tensor<const ROWS: usize>(rows: &[[f32; 2]; ROWS]) -> Tensor {
        Tensor::new(rows, &Device::Cpu).unwrap()
    }

    #[test]
    fn rows_are_treated_one_by_one() {
        let x = tensor(&[[1.0, 3.0], [0.0, 0.0]]);
        x.inplace_op1(&Bias(vec![1.0, -1.0])).unwrap();
        assert_eq!(x.to_vec2::<f32>().unwrap(), [[2.0, 2.0], [1.0, -1.0]]);

        x.inplace_op1(&Softmax { scale: 0.5, row: 2 }).unwrap();
        let shares = x.to_vec2::<f32>().unwrap();
        assert_eq!(shares[0], [0.5, 0.5]);
        assert!((shares[1][0] - 0.731_058_6).abs() < 1e-6, "{shares:?}");

        let x = tensor(&[[1.0, 2.0], [5.0, 5.0]]);
        x.inplace_op2(
            &tensor(&[[0.0, 1.0], [0.0, 0.0]]),
            &Norm { weight: vec![1.0, 2.0], bias: vec![0.5, 0.0] },
        )
        .unwrap();
        assert_eq!(x.to_vec2::<f32>().unwrap(), [[-0.5, 2.0], [0.5, 0.0]]);
    }

    #[test]
    fn gelu_is_the_exact_one() {
        let x = tensor(&[[-1.0, 2.0]]);
        x.inplace_op1(&Gelu).unwrap();
        let row = x.get(0).unwrap().to_vec1::<f32>().unwrap();
        assert!((row[0] + 0.158_655_25).abs() < 1e-6 && (row[1] - 1.954_499_7).abs() < 1e-6, "{row:?}");
    }

    #[test]
    fn rows_that_are_scattered_are_refused() {
        let x = tensor(&[[1.0, 2.0], [3.0, 4.0]]).t().unwrap();
        assert!(x.inplace_op1(&Gelu).is_err());
    }
}
