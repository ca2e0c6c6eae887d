//! What candle is slow at, once more and faster: on a CPU in 32 bits, and on NVIDIA's cards. On other devices and in other types
//! of number, candle's own.

pub(crate) mod attention;
pub(crate) mod convolution;
#[cfg(feature = "cuda")]
pub(crate) mod cuda;
mod exp;
mod gelu;
mod product;

pub(crate) use self::gelu::gelu;
