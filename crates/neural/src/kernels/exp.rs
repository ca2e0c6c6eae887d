//! The exponential function without a call for each number, so that the compiler can take several at a time.

/// e^x to 1e-5 of it, from e^-87 to e^87 and at these beyond.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Added and taken away again, it leaves the nearest whole number, which then lies in the last bits.
    const ROUNDER: f32 = 12_582_912.0;
    let powers_of_two = x.clamp(-87.0, 87.0) * std::f32::consts::LOG2_E;
    let shifted = powers_of_two + ROUNDER;
    let rest = powers_of_two - (shifted - ROUNDER);
    // The series of 2^rest, where |rest| <= 1/2.
    let series = [0.001_333_355_8, 0.009_618_129, 0.055_504_11, 0.240_226_5, std::f32::consts::LN_2, 1.0]
        .into_iter()
        .fold(0.000_154_035_3, |sum, term| sum * rest + term);
    series * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_exact_enough_and_bounded() {
        for i in -8700..=8700 {
            let x = i as f32 / 100.0;
            let wanted = f64::from(x).exp();
            assert!((f64::from(exp(x)) / wanted - 1.0).abs() < 1e-5, "{x}");
        }
        assert!(exp(f32::INFINITY).is_finite() && exp(f32::NEG_INFINITY) > 0.0 && exp(f32::NAN).is_nan());
    }
}
