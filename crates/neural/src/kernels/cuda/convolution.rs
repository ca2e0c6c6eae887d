//! Convolutions over frames whose channels vary fastest: `[frames, height, width, channels]`, BF16.

use candle_core::{DType, Result, Shape, Tensor, cuda::cudarc::driver::DeviceRepr};

use super::{Argument, Grid, Int, Long, Pointer, Source, THREADS, address, empty, int, launch};

const CONVOLUTION: Source =
    Source { name: "mutoscope-convolution", ptx: include_str!(concat!(env!("OUT_DIR"), "/convolution.ptx")) };

/// Channels that come in are a multiple of this.
pub(crate) const CHANNEL_STEP: usize = 8;

/// As in `convolution.cu`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Measures {
    frames: i32,
    height: i32,
    width: i32,
    source_height: i32,
    source_width: i32,
    inputs: i32,
    outputs: i32,
    past: i32,
    taps_time: i32,
    taps: i32,
    padding: i32,
    stride: i32,
    stride_time: i32,
    doubled: i32,
}

// SAFETY: fourteen 32-bit integers on both sides.
unsafe impl DeviceRepr for Measures {}

/// A kernel and how it goes over the frames.
pub(crate) struct Convolution {
    /// `[frames · rows · columns, outputs, inputs]`, BF16; inputs filled up with zeros.
    kernel: Tensor,
    /// F32.
    bias: Tensor,
    taps_time: usize,
    taps: usize,
    padding: usize,
    stride: usize,
}

/// What is not the same each time.
#[derive(Default, Clone, Copy)]
pub(crate) struct Around<'a> {
    /// The frames before the first, as many as `before` says; zeros if there are none.
    pub(crate) past: Option<&'a Tensor>,
    pub(crate) before: usize,
    /// The kernel is set down every so many frames, 1 or 2; 0 is 1.
    pub(crate) stride_time: usize,
    /// What comes in is taken twice as wide and high.
    pub(crate) doubled: bool,
    /// Added to the result.
    pub(crate) beside: Option<&'a Tensor>,
}

impl Convolution {
    /// Of a kernel `[outputs, inputs, frames, side, side]` and a bias of any shape. With a stride of 2 the zeros of the padding
    /// are on the right and below alone.
    pub(crate) fn new(kernel: &Tensor, bias: &Tensor, padding: usize, stride: usize) -> Result<Self> {
        let (outputs, inputs, taps_time, taps, _) = kernel.dims5()?;
        let filled = inputs.next_multiple_of(CHANNEL_STEP);
        let kernel = kernel.pad_with_zeros(1, 0, filled - inputs)?.permute((2, 3, 4, 0, 1))?;
        let kernel = kernel.reshape((taps_time * taps * taps, outputs, filled))?.to_dtype(DType::BF16)?;
        Ok(Self {
            kernel: kernel.contiguous()?,
            bias: bias.flatten_all()?.to_dtype(DType::F32)?.contiguous()?,
            taps_time,
            taps,
            padding,
            stride,
        })
    }

    /// Frames of the kernel.
    pub(crate) fn frames(&self) -> usize {
        self.taps_time
    }
}

/// `x` and the result: logically `[frames, channels, height, width]`; in memory, channels of the result vary fastest, and no
/// copy is made of an `x` of which that is true.
pub(crate) fn convolve(x: &Tensor, with: &Convolution, around: Around<'_>) -> Result<Tensor> {
    let (_, outputs, inputs) = with.kernel.dims3()?;
    let filled = |x: &Tensor| channels_last(&x.pad_with_zeros(1, 0, inputs.saturating_sub(x.dim(1)?))?);
    let x = filled(x)?;
    let past = around.past.map(filled).transpose()?;
    let beside = around.beside.map(channels_last).transpose()?;
    let (frames, source_height, source_width, channels) = x.dims4()?;
    let scale = if around.doubled { 2 } else { 1 };
    let of = |length: usize| length * scale / with.stride;
    let (height, width) = (of(source_height), of(source_width));
    let stride_time = around.stride_time.max(1);
    let seen = frames + around.before;
    if channels != inputs || seen < with.taps_time {
        candle_core::bail!("{:?} does not go through a kernel of {:?}", x.dims(), with.kernel.dims());
    }
    if let Some(past) = &past
        && past.dims() != [around.before, source_height, source_width, inputs]
    {
        candle_core::bail!("{:?} does not go before {:?}", past.dims(), x.dims());
    }
    let frames = (seen - with.taps_time) / stride_time + 1;
    let shape = Shape::from((frames, height, width, outputs));
    if let Some(beside) = &beside
        && (beside.shape() != &shape || beside.dtype() != DType::BF16)
    {
        candle_core::bail!("{:?} is not added to {shape:?}", beside.dims());
    }
    let out = empty(&shape, DType::BF16, x.device())?;
    let measures = Measures {
        frames: int(frames)?,
        height: int(height)?,
        width: int(width)?,
        source_height: int(source_height)?,
        source_width: int(source_width)?,
        inputs: int(inputs)?,
        outputs: int(outputs)?,
        past: int(around.before)?,
        taps_time: int(with.taps_time)?,
        taps: int(with.taps)?,
        padding: int(with.padding)?,
        stride: int(with.stride)?,
        stride_time: int(stride_time)?,
        doubled: i32::from(around.doubled),
    };
    let wide = match outputs {
        ..=32 => 32,
        n if n.div_ceil(96) * 96 <= n.div_ceil(128) * 128 => 96,
        _ => 128,
    };
    let optional = |x: &Option<Tensor>| x.as_ref().map_or(Ok(0), address).map(Pointer);
    let arguments = [
        Pointer(address(&x)?),
        optional(&past)?,
        Pointer(address(&with.kernel)?),
        Pointer(address(&with.bias)?),
        optional(&beside)?,
        Pointer(address(&out)?),
        Argument::Measures(measures),
    ];
    let grid = Grid {
        blocks: ((frames * height * width).div_ceil(128), outputs.div_ceil(wide), 1),
        threads: THREADS,
        shared: 4 * (128 + wide) * 32 * 2,
    };
    launch(&CONVOLUTION, &format!("convolve_{wide}"), x.device(), &grid, &arguments)?;
    out.permute((0, 3, 1, 2))
}

/// The channels of each pixel given the length 1, times `weight` (F32, one for each), then SiLU if wanted. Shapes and memory
/// as in [`convolve`].
pub(crate) fn norm_pixels(x: &Tensor, weight: &Tensor, silu: bool) -> Result<Tensor> {
    let x = channels_last(x)?;
    let channels = x.dim(3)?;
    if channels % CHANNEL_STEP != 0 || weight.elem_count() != channels || weight.dtype() != DType::F32 {
        candle_core::bail!("{:?} are no weights for {:?}", weight.dims(), x.dims());
    }
    let out = empty(x.shape(), DType::BF16, x.device())?;
    let pixels = x.elem_count() / channels;
    let arguments = [
        Pointer(address(&x)?),
        Pointer(address(weight)?),
        Pointer(address(&out)?),
        Long(pixels.cast_signed() as i64),
        Int(int(channels)?),
        Int(i32::from(silu)),
    ];
    launch(&CONVOLUTION, "norm_pixels", x.device(), &Grid::of(pixels.div_ceil(16)), &arguments)?;
    out.permute((0, 3, 1, 2))
}

/// `[frames, channels, height, width]` → `[frames, height, width, channels]`, contiguous, BF16.
pub(crate) fn channels_last(x: &Tensor) -> Result<Tensor> {
    x.permute((0, 2, 3, 1))?.to_dtype(DType::BF16)?.contiguous()
}
