//! Reads the 8-bit weights: matrices as signed bytes with a 32-bit `NAME.scale` for each row (weight = byte · scale),
//! vectors in 16 bits.

use candle_core::{Device, Error, Result, Tensor};
use half::f16;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

/// The tensors of one file, widened to `f32` as they are asked for.
pub(crate) struct Weights<'a> {
    file: SafeTensors<'a>,
}

impl<'a> Weights<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self> {
        Ok(Self { file: SafeTensors::deserialize(bytes)? })
    }

    /// A 16-bit vector.
    pub(crate) fn vector(&self, name: &str) -> Result<Vec<f32>> {
        let bytes = self.typed(name, Dtype::F16)?.data();
        Ok(bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect())
    }

    /// An 8-bit matrix, still packed.
    pub(crate) fn matrix(&self, name: &str) -> Result<Matrix<'a>> {
        let view = self.typed(name, Dtype::I8)?;
        let &[rows, columns] = view.shape() else {
            return Err(Error::msg(format!("{name} is not a matrix")));
        };
        let scales: Vec<f32> = self
            .typed(&format!("{name}.scale"), Dtype::F32)?
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        if scales.len() != rows {
            return Err(Error::msg(format!("{name} has {rows} rows but {} scales", scales.len())));
        }
        Ok(Matrix { bytes: view.data(), scales, columns })
    }

    fn typed(&self, name: &str, dtype: Dtype) -> Result<TensorView<'a>> {
        let view = self.file.tensor(name)?;
        if view.dtype() == dtype { Ok(view) } else { Err(Error::msg(format!("{name} is not {dtype:?}"))) }
    }
}

/// A matrix of signed bytes with one scale for each row.
pub(crate) struct Matrix<'a> {
    bytes: &'a [u8],
    scales: Vec<f32>,
    columns: usize,
}

impl Matrix<'_> {
    pub(crate) fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Appends row `index` to `row`.
    pub(crate) fn widen_row(&self, index: usize, row: &mut Vec<f32>) {
        let bytes = &self.bytes[index * self.columns..][..self.columns];
        let scale = self.scales[index];
        row.extend(bytes.iter().map(|&byte| f32::from(byte.cast_signed()) * scale));
    }

    /// Shape `[columns, rows]`, as a product with rows on its left wants it.
    pub(crate) fn transposed(&self) -> Result<Tensor> {
        stacked(&[self])
    }
}

/// Matrices with as many columns, one below the other, transposed: shape `[columns, sum of rows]`.
///
/// The numbers are laid out transposed, too, or each product would have to pack them again.
pub(crate) fn stacked(matrices: &[&Matrix<'_>]) -> Result<Tensor> {
    /// So many rows at once that the writes fill a cache line.
    const BLOCK: usize = 16;
    let columns = matrices[0].columns;
    let height: usize = matrices.iter().map(|m| m.rows()).sum();
    let mut values = vec![0.0_f32; height * columns];
    let mut above = 0;
    for matrix in matrices {
        for (block, scales) in matrix.scales.chunks(BLOCK).enumerate() {
            let first = block * BLOCK;
            let bytes = &matrix.bytes[first * columns..][..scales.len() * columns];
            for column in 0..columns {
                let line = &mut values[column * height + above + first..][..scales.len()];
                for (row, (value, scale)) in line.iter_mut().zip(scales).enumerate() {
                    *value = f32::from(bytes[row * columns + column].cast_signed()) * scale;
                }
            }
        }
        above += matrix.rows();
    }
    Tensor::from_vec(values, (columns, height), &Device::Cpu)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn file(scales: &[f32]) -> Vec<u8> {
        let bytes: Vec<u8> = [1_i8, -2, 3, 127, -127, 0].iter().map(|q| q.cast_unsigned()).collect();
        let scale_bytes: Vec<u8> = scales.iter().flat_map(|s| s.to_le_bytes()).collect();
        let half = f16::from_f32(1.5).to_le_bytes();
        let tensors = BTreeMap::from([
            ("m", TensorView::new(Dtype::I8, vec![2, 3], &bytes).unwrap()),
            ("m.scale", TensorView::new(Dtype::F32, vec![scales.len()], &scale_bytes).unwrap()),
            ("v", TensorView::new(Dtype::F16, vec![1], &half).unwrap()),
        ]);
        safetensors::serialize(tensors, None).unwrap()
    }

    #[test]
    fn rows_are_widened_by_their_own_scale() {
        let bytes = file(&[0.5, 2.0]);
        let weights = Weights::new(&bytes).unwrap();
        let matrix = weights.matrix("m").unwrap();
        let transposed = matrix.transposed().unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(transposed, [[0.5, 254.0], [-1.0, -254.0], [1.5, 0.0]]);
        assert_eq!(weights.vector("v").unwrap(), [1.5]);
    }

    #[test]
    fn a_wrong_file_is_an_error() {
        let bytes = file(&[0.5]);
        let weights = Weights::new(&bytes).unwrap();
        assert!(weights.matrix("m").is_err(), "too few scales");
        assert!(weights.matrix("v").is_err(), "not a matrix");
        assert!(weights.vector("w").is_err(), "not there");
        assert!(Weights::new(&bytes[..bytes.len() - 1]).is_err(), "cut short");
    }
}
