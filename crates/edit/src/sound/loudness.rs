//! How loud a programme is and how high its peaks are: ITU-R BS.1770-4, for interleaved stereo at 48 kHz.

use super::RATE;

/// Second-order filter in transposed direct form II.
#[derive(Debug, Clone, Copy)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    fn run(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

/// The K weighting: a shelf for the head, then a high-pass (BS.1770-4, tables 1 and 2).
fn k_weighting() -> [Biquad; 2] {
    [
        Biquad {
            b: [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
            a: [-1.690_659_293_182_41, 0.732_480_774_215_85],
            state: [0.0; 2],
        },
        Biquad { b: [1.0, -2.0, 1.0], a: [-1.990_047_454_833_98, 0.990_072_250_366_21], state: [0.0; 2] },
    ]
}

/// The integrated loudness in LUFS. Negative infinity for silence. What is shorter than a block of 400 ms counts as one.
pub(crate) fn integrated_lufs(sound: &[f32]) -> f64 {
    let step = RATE as usize / 10;
    let mut filters = [k_weighting(), k_weighting()];
    // Energy of each tenth of a second; four make a block, and blocks overlap by three quarters.
    let tenths: Vec<f64> = sound
        .chunks(step * 2)
        .map(|tenth| {
            let mut energy = 0.0;
            for pair in tenth.chunks_exact(2) {
                for (filters, &x) in filters.iter_mut().zip(pair) {
                    let y = filters.iter_mut().fold(f64::from(x), |x, filter| filter.run(x));
                    energy += y * y;
                }
            }
            energy / (tenth.len() / 2).max(1) as f64
        })
        .collect();
    if tenths.is_empty() {
        return f64::NEG_INFINITY;
    }
    let blocks: Vec<f64> = if tenths.len() < 4 {
        vec![tenths.iter().sum::<f64>() / tenths.len() as f64]
    } else {
        tenths.windows(4).map(|block| block.iter().sum::<f64>() / 4.0).collect()
    };
    let lufs = |energy: f64| -0.691 + 10.0 * energy.log10();
    let mean = |threshold: f64| {
        let kept: Vec<f64> = blocks.iter().copied().filter(|&energy| lufs(energy) > threshold).collect();
        kept.iter().sum::<f64>() / kept.len().max(1) as f64
    };
    // The gates: nothing below -70 LUFS, then nothing 10 LU below the rest.
    let absolute = mean(-70.0);
    lufs(mean(lufs(absolute) - 10.0))
}

/// The highest value between and on the samples, as a share of full scale: four times oversampled (BS.1770-4, annex 2).
pub(crate) fn true_peak(sound: &[f32]) -> f64 {
    // A sinc under a Hann window of twelve taps, for the three points between two samples.
    let taps: [[f64; 12]; 3] = std::array::from_fn(|phase| {
        let offset = (phase + 1) as f64 / 4.0;
        let taps: [f64; 12] = std::array::from_fn(|n| {
            let x = n as f64 - 5.0 - offset;
            let sinc = (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x);
            sinc * (std::f64::consts::PI * x / 13.0).cos().powi(2)
        });
        let sum: f64 = taps.iter().sum();
        taps.map(|tap| tap / sum)
    });
    let mut peak = 0.0_f64;
    for channel in 0..2 {
        let mut recent = [0.0_f64; 12];
        for &x in sound.iter().skip(channel).step_by(2) {
            recent.rotate_left(1);
            recent[11] = f64::from(x);
            peak = peak.max(recent[11].abs());
            // Only around high samples can there be a higher point between them.
            if recent[5].abs().max(recent[6].abs()) > peak * 0.5 {
                for taps in &taps {
                    peak = peak.max(recent.iter().zip(taps).map(|(x, tap)| x * tap).sum::<f64>().abs());
                }
            }
        }
    }
    peak
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, left: f64, right: f64, phase: f64, seconds: f64) -> Vec<f32> {
        (0..(seconds * f64::from(RATE)) as usize)
            .flat_map(|n| {
                let x = (n as f64 / f64::from(RATE) * hz * std::f64::consts::TAU + phase).sin();
                [(x * left) as f32, (x * right) as f32]
            })
            .collect()
    }

    #[test]
    fn the_reference_tones_measure_as_they_must() {
        // BS.1770-4: a full-scale sine of 997 Hz in one front channel reads -3.01 LKFS.
        assert!((integrated_lufs(&sine(997.0, 1.0, 0.0, 0.0, 5.0)) + 3.01).abs() < 0.02);
        // EBU Tech 3341, test 1: both channels at -23 dBFS, 1 kHz, read -23 LUFS.
        let level = 10.0_f64.powf(-23.0 / 20.0);
        assert!((integrated_lufs(&sine(1000.0, level, level, 0.0, 20.0)) + 23.0).abs() < 0.1);
        // Test 3: the quieter beginning and end are gated away.
        let quiet = 10.0_f64.powf(-36.0 / 20.0);
        let mut gated = sine(1000.0, quiet, quiet, 0.0, 10.0);
        gated.extend(sine(1000.0, level, level, 0.0, 60.0));
        gated.extend(sine(1000.0, quiet, quiet, 0.0, 10.0));
        assert!((integrated_lufs(&gated) + 23.0).abs() < 0.1);
        assert!(integrated_lufs(&vec![0.0; 96_000]).is_infinite());
        assert!(integrated_lufs(&[]).is_infinite());
    }

    #[test]
    fn peaks_between_the_samples_are_found() {
        // EBU Tech 3341, test 16: a quarter of the rate at 45 degrees has its samples 3 dB below its peaks.
        let peak = true_peak(&sine(12_000.0, 0.5, 0.2, std::f64::consts::FRAC_PI_4, 0.5));
        assert!((20.0 * (peak / 0.5).log10()).abs() < 0.4, "{peak}");
    }
}
