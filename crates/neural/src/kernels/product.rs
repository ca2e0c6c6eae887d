//! Products of matrices that lie in larger ones, each computed by the thread that asks for it.

#![expect(unsafe_code, reason = "gemm takes matrices by address and strides")]

/// A matrix of 32-bit numbers: where it begins, and how far its rows are apart. Numbers of a row are neighbours.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    numbers: &'a [f32],
    stride: usize,
}

impl<'a> Matrix<'a> {
    /// # Panics
    /// If there are fewer numbers than `rows` rows of `columns`.
    pub(super) fn new(numbers: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(rows == 0 || (columns <= stride && (rows - 1) * stride + columns <= numbers.len()));
        Self { numbers, stride }
    }
}

/// `out`, `[rows, columns]` without gaps, = a · b, `[rows, depth]` · `[depth, columns]`; or · bᵀ, where b is `[columns, depth]`.
pub(super) fn multiply(
    out: &mut [f32],
    (rows, depth, columns): (usize, usize, usize),
    a: Matrix<'_>,
    b: Matrix<'_>,
    b_turned: bool,
) {
    assert!(out.len() >= rows * columns);
    let (b_column, b_row) = if b_turned { (b.stride.cast_signed(), 1) } else { (1, b.stride.cast_signed()) };
    // SAFETY: `Matrix::new` and the line above have seen to it that all numbers are there, and `out` is borrowed alone.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            out.as_mut_ptr(),
            1,
            columns.cast_signed(),
            false,
            a.numbers.as_ptr(),
            1,
            a.stride.cast_signed(),
            b.numbers.as_ptr(),
            b_column,
            b_row,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
