//! Noise from a seed, on whatever device.

use candle_core::{Device, Result, Tensor};

/// Numbers of a normal distribution (mean 0, deviation 1) in 32 bits. `stream` tells apart the noise of different steps.
///
/// Made on the CPU from a counter (`SplitMix64`) and by Box and Muller's method, so that they depend on `seed`, `stream` and
/// the number of numbers before them only, and not on the device; systems may differ in the last bit of a logarithm.
pub fn gaussian(seed: u64, stream: u64, shape: &[usize], device: &Device) -> Result<Tensor> {
    let count = shape.iter().product::<usize>();
    let mut state = scrambled(seed ^ scrambled(stream.wrapping_add(0x6A09_E667_F3BC_C909)));
    let mut uniform = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        // 53 bits, and never 0.
        ((scrambled(state) >> 11) + 1) as f64 / (1_u64 << 53) as f64
    };
    let mut numbers = Vec::with_capacity(count + 1);
    while numbers.len() < count {
        let (length, angle) = ((-2.0 * uniform().ln()).sqrt(), std::f64::consts::TAU * uniform());
        numbers.push((length * angle.cos()) as f32);
        numbers.push((length * angle.sin()) as f32);
    }
    numbers.truncate(count);
    Tensor::from_vec(numbers, shape, device)
}

/// The last stage of `SplitMix64`: every bit of the result depends on every bit of `x`.
fn scrambled(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_normal_and_depends_on_seed_and_stream_only() -> Result<()> {
        let of = |seed, stream, shape: &[usize]| gaussian(seed, stream, shape, &Device::Cpu);
        let a: Vec<f32> = of(7, 0, &[100_000])?.to_vec1()?;
        let mean = a.iter().sum::<f32>() / a.len() as f32;
        let variance = a.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / a.len() as f32;
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "mean {mean}, variance {variance}");
        let b: Vec<f32> = of(7, 0, &[3, 33])?.flatten_all()?.to_vec1()?;
        assert_eq!(a[..99], b[..]);
        assert_ne!(of(8, 0, &[9])?.to_vec1::<f32>()?, a[..9]);
        assert_ne!(of(7, 1, &[9])?.to_vec1::<f32>()?, a[..9]);
        Ok(())
    }
}
