//! What candle is slow at on a CPU, once more and faster; on other devices and in other types of number, candle's own.

mod gelu;

pub(crate) use self::gelu::gelu;
