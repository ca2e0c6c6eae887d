//! Kernels for NVIDIA's cards: what candle does in many passes over memory, in one. Tensors are contiguous, on one device
//! and, where nothing else is said, of one type of number, F32 or BF16.

#![expect(unsafe_code, reason = "kernels are launched by their arguments' addresses")]

mod attention;
mod convolution;
#[cfg(test)]
mod tests;

use candle_core::{
    CudaDevice, CudaStorage, DType, Device, Result, Shape, Storage, Tensor,
    cuda::{
        WrapErr,
        cudarc::driver::{
            DevicePtr, DeviceRepr, LaunchConfig, PushKernelArg, sys::CUfunction_attribute_enum,
        },
    },
    op::BackpropOp,
};
use half::bf16;

pub(crate) use self::attention::{HEAD, attend};
pub(crate) use self::convolution::{Around, CHANNEL_STEP, Convolution, channels_last, convolve, norm_pixels};

/// A file of kernels.
struct Source {
    name: &'static str,
    ptx: &'static str,
}

const POINTWISE: Source =
    Source { name: "mutoscope-pointwise", ptx: include_str!(concat!(env!("OUT_DIR"), "/pointwise.ptx")) };

const THREADS: usize = 256;

/// Whether the kernels take such a tensor.
pub(crate) fn takes(x: &Tensor) -> bool {
    x.device().is_cuda() && matches!(x.dtype(), DType::F32 | DType::BF16)
}

/// Each row of `x`, `[batch, tokens, width]`, with mean 0 and deviation 1, times `factor`, plus `offset`: both F32, and
/// `[batch, groups, 1, width]` for as many tokens each as the next.
pub(crate) fn norm_affine(x: &Tensor, factor: &Tensor, offset: &Tensor, epsilon: f32) -> Result<Tensor> {
    let rows = x.elem_count() / whole(x.dim(2)?)?;
    let group = rows_per_group(x, factor)?;
    rows_per_group(x, offset)?;
    let out = empty(x.shape(), x.dtype(), x.device())?;
    let arguments = [
        Pointer(address(x)?),
        Pointer(address(factor)?),
        Pointer(address(offset)?),
        Pointer(address(&out)?),
        Int(int(x.dim(2)?)?),
        Int(int(group)?),
        Float(epsilon),
    ];
    launch(&POINTWISE, &typed("norm_affine", x), x.device(), &Grid::of(rows), &arguments)?;
    Ok(out)
}

/// Each row of `x + bias` divided by its root mean square, times `weight`; then each pair of numbers turned, if there are
/// `turns`: F32, cosine and sine of each pair of a head, `[tokens, head / 2, 2]`.
pub(crate) fn norm_turn(
    x: &Tensor,
    bias: &Tensor,
    weight: &Tensor,
    turns: Option<&Tensor>,
    epsilon: f32,
) -> Result<Tensor> {
    let (batch, tokens, width) = x.dims3()?;
    whole(width)?;
    let head = turns.map_or(Ok(width), |turns| Ok::<_, candle_core::Error>(turns.dim(1)? * 2))?;
    if let Some(turns) = turns
        && (turns.dims() != [tokens, head / 2, 2] || turns.dtype() != DType::F32 || width % head != 0)
    {
        candle_core::bail!("turns of {:?} are not for {:?}", turns.dims(), x.dims());
    }
    let out = empty(x.shape(), x.dtype(), x.device())?;
    let arguments = [
        Pointer(address(x)?),
        Pointer(address(&same(bias, x, width)?)?),
        Pointer(address(&same(weight, x, width)?)?),
        Pointer(turns.map_or(Ok(0), address)?),
        Pointer(address(&out)?),
        Int(int(width)?),
        Int(int(head)?),
        Int(int(tokens)?),
        Float(epsilon),
    ];
    launch(&POINTWISE, &typed("norm_turn", x), x.device(), &Grid::of(batch * tokens), &arguments)?;
    Ok(out)
}

/// `x + (y + bias) · gate`, the gate as the factor of [`norm_affine`]; without one, it is 1.
pub(crate) fn add_gated(x: &Tensor, y: &Tensor, bias: &Tensor, gate: Option<&Tensor>) -> Result<Tensor> {
    let width = x.dim(2)?;
    let group = gate.map_or(Ok(1), |gate| rows_per_group(x, gate))?;
    if y.dims() != x.dims() {
        candle_core::bail!("{:?} is not added to {:?}", y.dims(), x.dims());
    }
    let arguments = [
        Pointer(address(&same(y, x, y.elem_count())?)?),
        Pointer(address(&same(bias, x, width)?)?),
        Pointer(gate.map_or(Ok(0), address)?),
    ];
    elementwise("add_gated", x, &arguments, &[Int(int(width)?), Int(int(group)?)])
}

/// GELU in its tanh form of `x + bias`.
pub(crate) fn gelu_biased(x: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let width = x.dim(candle_core::D::Minus1)?;
    elementwise("gelu_biased", x, &[Pointer(address(&same(bias, x, width)?)?)], &[Int(int(width)?)])
}

/// `x + bias`.
pub(crate) fn add_bias(x: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let width = x.dim(candle_core::D::Minus1)?;
    elementwise("add_bias", x, &[Pointer(address(&same(bias, x, width)?)?)], &[Int(int(width)?)])
}

/// One number of the result for each of `x`; the kernel takes `x`, `others`, the result, `measures`, and the count.
fn elementwise(name: &str, x: &Tensor, others: &[Argument], measures: &[Argument]) -> Result<Tensor> {
    whole(x.dim(candle_core::D::Minus1)?)?;
    let out = empty(x.shape(), x.dtype(), x.device())?;
    let count = x.elem_count();
    let mut arguments = vec![Pointer(address(x)?)];
    arguments.extend(others);
    arguments.push(Pointer(address(&out)?));
    arguments.extend(measures);
    arguments.push(Long(count.cast_signed() as i64));
    let at_a_time = THREADS * 16 / x.dtype().size_in_bytes();
    launch(&POINTWISE, &typed(name, x), x.device(), &Grid::of(count.div_ceil(at_a_time)), &arguments)?;
    Ok(out)
}

/// How many rows of `x` share a row of `table`, which is `[batch or 1, groups, 1, width]` in 32 bits.
fn rows_per_group(x: &Tensor, table: &Tensor) -> Result<usize> {
    let (batch, tokens, width) = x.dims3()?;
    let (tables, groups, one, columns) = table.dims4()?;
    let shared = tables == 1 && groups == 1;
    if one != 1 || columns != width || !(tables == batch || shared) || tokens % groups != 0 {
        candle_core::bail!("{:?} cannot be shared out to {:?}", table.dims(), x.dims());
    }
    if table.dtype() != DType::F32 {
        candle_core::bail!("{:?} where 32 bits are wanted", table.dtype());
    }
    Ok(if shared { batch * tokens } else { tokens / groups })
}

/// A measure as kernels take it.
fn int(measure: usize) -> Result<i32> {
    i32::try_from(measure).map_err(|_| candle_core::Error::msg(format!("{measure} is too many for a kernel")))
}

/// Rows are read sixteen bytes at a time.
fn whole(width: usize) -> Result<usize> {
    if !width.is_multiple_of(8) {
        candle_core::bail!("rows of {width} numbers cannot be read eight at a time");
    }
    Ok(width)
}

/// `x`, which must have the type of `like` and so many numbers.
fn same(x: &Tensor, like: &Tensor, count: usize) -> Result<Tensor> {
    if x.dtype() != like.dtype() || x.elem_count() != count {
        candle_core::bail!(
            "{:?} of {:?} where {count} of {:?} are wanted",
            x.dims(),
            x.dtype(),
            like.dtype()
        );
    }
    Ok(x.clone())
}

/// The kernel of this name for the tensor's type of number.
fn typed(name: &str, x: &Tensor) -> String {
    let number = if x.dtype() == DType::BF16 { "bf16" } else { "f32" };
    format!("{name}_{number}")
}

/// What a kernel is given.
#[derive(Clone, Copy)]
enum Argument {
    Pointer(u64),
    Int(i32),
    Long(i64),
    Float(f32),
    Measures(convolution::Measures),
}
use Argument::{Float, Int, Long, Pointer};

/// A tensor whose numbers are not yet written.
fn empty(shape: &Shape, dtype: DType, device: &Device) -> Result<Tensor> {
    fn of<T: DeviceRepr + candle_core::cuda::CudaDType>(
        count: usize,
        device: &CudaDevice,
    ) -> Result<CudaStorage> {
        // SAFETY: it goes only to a kernel that writes all of it, on the same stream as all that reads it.
        let numbers = unsafe { device.alloc::<T>(count)? };
        Ok(CudaStorage::wrap_cuda_slice(numbers, device.clone()))
    }
    let device = device.as_cuda_device()?;
    let storage = match dtype {
        DType::F32 => of::<f32>(shape.elem_count(), device)?,
        DType::BF16 => of::<bf16>(shape.elem_count(), device)?,
        other => candle_core::bail!("no kernel writes {other:?}"),
    };
    Ok(Tensor::from_storage(Storage::Cuda(storage), shape.clone(), BackpropOp::none(), false))
}

/// Where the tensor's first number is on the device. The tensor must be contiguous, and live until the kernel is launched;
/// memory is given back in the order of the stream.
fn address(x: &Tensor) -> Result<u64> {
    let (storage, layout) = x.storage_and_layout();
    let Storage::Cuda(storage) = &*storage else { candle_core::bail!("the tensor is on another device") };
    let Some((start, _)) = layout.contiguous_offsets() else {
        candle_core::bail!("{:?} is not contiguous", layout.shape())
    };
    let stream = storage.device.cuda_stream();
    let base = match x.dtype() {
        DType::F32 => storage.as_cuda_slice::<f32>()?.device_ptr(&stream).0,
        DType::BF16 => storage.as_cuda_slice::<bf16>()?.device_ptr(&stream).0,
        other => candle_core::bail!("no kernel reads {other:?}"),
    };
    Ok(base + (start * x.dtype().size_in_bytes()) as u64)
}

/// How a kernel is started.
struct Grid {
    blocks: (usize, usize, usize),
    /// Of a block.
    threads: usize,
    /// Bytes, beside what the kernel itself declares.
    shared: usize,
}

impl Grid {
    /// So many blocks of [`THREADS`] threads.
    fn of(blocks: usize) -> Self {
        Self { blocks: (blocks, 1, 1), threads: THREADS, shared: 0 }
    }
}

fn launch(source: &Source, name: &str, device: &Device, grid: &Grid, arguments: &[Argument]) -> Result<()> {
    let Grid { blocks, threads, shared } = *grid;
    if blocks.0 * blocks.1 * blocks.2 == 0 {
        return Ok(());
    }
    let device = device.as_cuda_device()?;
    let function = device.get_or_load_custom_func(name, source.name, source.ptx)?;
    if shared > 48 << 10 {
        let room = CUfunction_attribute_enum::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        function.set_attribute(room, int(shared)?).w()?;
    }
    let mut builder = function.builder();
    for argument in arguments {
        match argument {
            Argument::Pointer(x) => builder.arg(x),
            Argument::Int(x) => builder.arg(x),
            Argument::Long(x) => builder.arg(x),
            Argument::Float(x) => builder.arg(x),
            Argument::Measures(x) => builder.arg(x),
        };
    }
    let config = LaunchConfig {
        grid_dim: (blocks.0 as u32, blocks.1 as u32, blocks.2 as u32),
        block_dim: (threads as u32, 1, 1),
        shared_mem_bytes: shared as u32,
    };
    // SAFETY: the callers give what the kernel's head in the .cu file asks for, in its order, and check the measures.
    unsafe { builder.launch(config) }.w()?;
    Ok(())
}
