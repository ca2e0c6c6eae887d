//! Convolutions over frames on a CPU as products of matrices whose columns are laid out for some rows of a picture at a time.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::{
    numbers,
    product::{Matrix, multiply},
};

/// Pixels at a time, roughly.
const PIXELS: usize = 256;

/// How a kernel goes over the frames.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    /// Zeros around the picture; with a stride of 2, on the right and below alone.
    pub(crate) padding: usize,
    /// 1 or 2, for rows and columns.
    pub(crate) stride: usize,
    /// For frames.
    pub(crate) stride_time: usize,
    /// What comes in is taken twice as wide and high, each pixel four times.
    pub(crate) doubled: bool,
}

/// `x`: `[frames, inputs, height, width]`; `kernel`: `[outputs, inputs, frames, side, side]`; `bias`: `outputs` numbers. All
/// are contiguous. The frames of the result are those for which the kernel has all of its own.
pub(crate) fn convolve(x: &Tensor, kernel: &Tensor, bias: &Tensor, way: Way) -> Result<Tensor> {
    x.apply_op3_no_bwd(kernel, bias, &Convolution(way))
}

struct Convolution(Way);

/// What the loops need.
struct Measures {
    inputs: usize,
    height: usize,
    width: usize,
    taps_time: usize,
    side: usize,
    out_width: usize,
    way: Way,
}

impl CustomOp3 for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        kernel: &CpuStorage,
        kernel_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let way = self.0;
        let (frames, inputs, height, width) = x_layout.shape().dims4()?;
        let (outputs, kernel_inputs, taps_time, side, _) = kernel_layout.shape().dims5()?;
        if kernel_inputs != inputs || frames < taps_time || bias_layout.shape().elem_count() != outputs {
            candle_core::bail!("{x_layout:?} does not go through a kernel of {kernel_layout:?}");
        }
        let x = numbers(x, x_layout)?;
        let depth = inputs * taps_time * side * side;
        let kernel = Matrix::new(numbers(kernel, kernel_layout)?, outputs, depth, depth);
        let bias = numbers(bias, bias_layout)?;
        let scale = if way.doubled { 2 } else { 1 };
        let (out_height, out_width) = (height * scale / way.stride, width * scale / way.stride);
        let out_frames = (frames - taps_time) / way.stride_time + 1;
        let measures = Measures { inputs, height, width, taps_time, side, out_width, way };
        let rows_at_once = (PIXELS / out_width.max(1)).clamp(1, out_height.max(1));
        let blocks = out_height.div_ceil(rows_at_once);
        let pixels = out_height * out_width;

        // [frame, block][output, pixel of the block]; put together afterwards.
        let made: Vec<Vec<f32>> = (0..out_frames * blocks)
            .into_par_iter()
            .map_init(Vec::new, |columns, index| {
                let (frame, block) = (index / blocks, index % blocks);
                let first = block * rows_at_once;
                let rows = rows_at_once.min(out_height - first);
                let count = rows * out_width;
                let mut out = vec![0f32; outputs * count];
                if side == 1 && taps_time == 1 && way.stride == 1 && !way.doubled {
                    let from = &x[frame * way.stride_time * inputs * pixels + first * width..];
                    let columns = Matrix::new(from, inputs, count, pixels);
                    multiply(&mut out, (outputs, depth, count), kernel, columns, false);
                } else {
                    columns.resize(depth * count, 0.0);
                    measures.lay_out(columns, x, frame * way.stride_time, first, rows);
                    let columns = Matrix::new(columns, depth, count, count);
                    multiply(&mut out, (outputs, depth, count), kernel, columns, false);
                }
                out
            })
            .collect();

        let mut out = vec![0f32; out_frames * outputs * pixels];
        out.par_chunks_mut(pixels.max(1)).enumerate().for_each(|(index, out)| {
            let (frame, output) = (index / outputs, index % outputs);
            for (block, out) in out.chunks_mut(rows_at_once * out_width).enumerate() {
                let from = &made[frame * blocks + block][output * out.len()..][..out.len()];
                for (out, from) in out.iter_mut().zip(from) {
                    *out = from + bias[output];
                }
            }
        });
        Ok((CpuStorage::F32(out), Shape::from((out_frames, outputs, out_height, out_width))))
    }
}

impl Measures {
    /// One row of `columns` for each number of the kernel: what it meets at each pixel of `rows` rows from `first` on.
    fn lay_out(&self, columns: &mut [f32], x: &[f32], frame: usize, first: usize, rows: usize) {
        let count = rows * self.out_width;
        let plane = self.height * self.width;
        let mut lines = columns.chunks_exact_mut(count);
        for input in 0..self.inputs {
            for tap_time in 0..self.taps_time {
                let plane = &x[((frame + tap_time) * self.inputs + input) * plane..][..plane];
                for tap_row in 0..self.side {
                    for tap_column in 0..self.side {
                        let Some(line) = lines.next() else { return };
                        for (row, out) in line.chunks_exact_mut(self.out_width).enumerate() {
                            self.lay_out_row(
                                out,
                                plane,
                                (first + row) * self.way.stride + tap_row,
                                tap_column,
                            );
                        }
                    }
                }
            }
        }
    }

    /// `row` counts the padding.
    fn lay_out_row(&self, out: &mut [f32], plane: &[f32], row: usize, tap_column: usize) {
        let Way { padding, stride, doubled, .. } = self.way;
        let scale = if doubled { 2 } else { 1 };
        let Some(row) = row.checked_sub(padding).filter(|&row| row < self.height * scale) else {
            return out.fill(0.0);
        };
        let from = &plane[row / scale * self.width..][..self.width];
        if stride == 1 && !doubled {
            // Neighbours stay neighbours: those that the picture has are copied at once.
            let begin = padding.saturating_sub(tap_column);
            let skipped = tap_column.saturating_sub(padding);
            let length = (out.len() - begin).min(from.len() - skipped);
            out[..begin].fill(0.0);
            out[begin..begin + length].copy_from_slice(&from[skipped..skipped + length]);
            out[begin + length..].fill(0.0);
            return;
        }
        for (column, out) in out.iter_mut().enumerate() {
            let column = (column * stride + tap_column).checked_sub(padding);
            *out = column.and_then(|column| from.get(column / scale)).copied().unwrap_or(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn it_equals_the_plain_one() -> Result<()> {
        for (outputs, inputs, frames, side, stride, stride_time, doubled) in [
            (5, 3, 3, 3, 1, 1, false),
            (4, 6, 1, 3, 1, 1, true),
            (4, 6, 3, 1, 1, 2, false),
            (7, 2, 1, 3, 2, 1, false),
            (3, 4, 1, 1, 1, 1, false),
        ] {
            let x = Tensor::randn(0f32, 1.0, (5, inputs, 12, 30), &Device::Cpu)?;
            let kernel = Tensor::randn(0f32, 1.0, (outputs, inputs, frames, side, side), &Device::Cpu)?;
            let bias = Tensor::randn(0f32, 1.0, outputs, &Device::Cpu)?;
            let padding = if stride == 1 { side / 2 } else { 0 };
            let mut larger = x.clone();
            if doubled {
                larger = larger.upsample_nearest2d(24, 60)?;
            }
            if stride == 2 {
                larger = larger.pad_with_zeros(2, 0, 1)?.pad_with_zeros(3, 0, 1)?;
            }
            let count = (5 - frames) / stride_time + 1;
            let mut wanted: Option<Tensor> = None;
            for tap in 0..frames {
                let chosen: Vec<u32> = (0..count).map(|i| (i * stride_time + tap) as u32).collect();
                let part = larger.index_select(&Tensor::new(chosen, &Device::Cpu)?, 0)?;
                let flat = kernel.narrow(2, tap, 1)?.squeeze(2)?.contiguous()?;
                let part = part.conv2d(&flat, padding, stride, 1, 1)?;
                wanted = Some(wanted.map_or(Ok(part.clone()), |sum| sum + part)?);
            }
            let wanted = wanted.expect("a tap").broadcast_add(&bias.reshape((1, outputs, 1, 1))?)?;
            let found = convolve(&x, &kernel, &bias, Way { padding, stride, stride_time, doubled })?;
            assert_eq!(found.dims(), wanted.dims());
            let error = (found - wanted)?.abs()?.flatten_all()?.max(0)?.to_scalar::<f32>()?;
            assert!(error < 1e-4, "{inputs} to {outputs} by {frames} x {side}, stride {stride}: {error}");
        }
        Ok(())
    }
}
