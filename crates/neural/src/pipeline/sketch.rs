//! Latents to a small rough picture, one pixel each, without the decoder: good enough to see what is coming.

use candle_core::{DType, Device, Result, Tensor};
use film::Frame;

use crate::autoencoder::wan::{FRAMES_PER_LATENT, WanAutoencoder};

/// Levels of red, green and blue in the colours that the projection is fitted to.
const LEVELS: usize = 4;
/// Latents along a side of a patch of one colour: one in the middle that sees little of its neighbours.
const PATCH: usize = 3;
/// Share of the mean square of a channel that is added to each, so that channels which always go together do not get huge
/// weights against each other.
const RIDGE: f64 = 1e-3;

/// For each channel of the latents, and last for a constant, what it adds to red, green and blue (-1 to 1).
pub(super) struct Projection(Vec<[f32; 3]>);

impl Projection {
    /// The one that fits the autoencoder best: patches of many colours are encoded, and red, green and blue are sought in
    /// what comes out by least squares.
    pub(super) fn of(autoencoder: &WanAutoencoder, device: &Device) -> Result<Self> {
        let patches = (LEVELS * LEVELS * LEVELS).isqrt();
        let side = patches * PATCH;
        let colour = |row: usize, column: usize| {
            // An odd factor meets every colour once, and sets unlike ones beside each other.
            let number = (row / PATCH * patches + column / PATCH) * 37 % (patches * patches);
            [number % LEVELS, number / LEVELS % LEVELS, number / (LEVELS * LEVELS)]
                .map(|level| level as f32 * 2.0 / (LEVELS - 1) as f32 - 1.0)
        };
        let pixels = autoencoder.config().pixels_per_latent();
        let length = side * pixels;
        let mut values = vec![0f32; 3 * length * length];
        for (at, value) in values.iter_mut().enumerate() {
            let (channel, row, column) = (at / (length * length), at / length % length, at % length);
            *value = colour(row / pixels, column / pixels)[channel];
        }
        // The first latent frame stands for one frame, the second for four: both are to be seen right.
        let frames = 1 + FRAMES_PER_LATENT;
        let film = Tensor::from_vec(values, (1, 3, 1, length, length), device)?
            .broadcast_as((1, 3, frames, length, length))?;
        let latents = autoencoder.normalise(&autoencoder.encode(&film.contiguous()?)?)?;
        let mut rows = Vec::new();
        let mut colours = Vec::new();
        for frame in 0..latents.dim(2)? {
            rows.extend(channels_of_pixels(&latents, frame)?);
            colours.extend((0..side * side).map(|at| colour(at / side, at % side)));
        }
        fitted(&rows, &colours).map(Self)
    }

    /// Frame `frame` of latents `[1, channels, frames, height, width]` (mean 0, deviation 1), each of which becomes a pixel.
    /// The number of the picture is 0.
    pub(super) fn picture(&self, latents: &Tensor, frame: usize) -> Result<Frame> {
        let (_, channels, _, height, width) = latents.dims5()?;
        if channels + 1 != self.0.len() {
            candle_core::bail!("a projection of {} channels cannot show {channels}", self.0.len() - 1);
        }
        let mut rgba = Vec::with_capacity(height * width * 4);
        for pixel in channels_of_pixels(latents, frame)? {
            for colour in 0..3 {
                let level: f32 = pixel.iter().zip(&self.0).map(|(x, weights)| x * weights[colour]).sum();
                rgba.push(
                    ((level + self.0[channels][colour]) * 127.5 + 127.5).round().clamp(0.0, 255.0) as u8
                );
            }
            rgba.push(255);
        }
        Ok(Frame { rgba, ..Frame::filled(0, width as u32, height as u32, [0; 4]) })
    }
}

/// The channels of each pixel of a latent frame, row by row.
fn channels_of_pixels(latents: &Tensor, frame: usize) -> Result<Vec<Vec<f32>>> {
    let frame = latents.narrow(2, frame, 1)?.squeeze(2)?.squeeze(0)?.to_dtype(DType::F32)?;
    frame.flatten_from(1)?.t()?.contiguous()?.to_device(&Device::Cpu)?.to_vec2()
}

/// Weights for each number of a row, and one for a constant, with which the rows come nearest to the colours.
fn fitted(rows: &[Vec<f32>], colours: &[[f32; 3]]) -> Result<Vec<[f32; 3]>> {
    let count = rows.first().map_or(0, Vec::len) + 1;
    // The normal equations: on the left how often numbers go together, on the right how often with each colour.
    let mut equations = vec![vec![0f64; count + 3]; count];
    for (row, colour) in rows.iter().zip(colours) {
        let numbers: Vec<f64> = row.iter().map(|&x| f64::from(x)).chain([1.0]).collect();
        for (equation, x) in equations.iter_mut().zip(&numbers) {
            let right = colour.iter().map(|&c| f64::from(c));
            for (sum, y) in equation.iter_mut().zip(numbers.iter().copied().chain(right)) {
                *sum += x * y;
            }
        }
    }
    let trace: f64 = (0..count - 1).map(|i| equations[i][i]).sum();
    let ridge = (RIDGE * trace / (count.max(2) - 1) as f64).max(1e-9);
    for (i, equation) in equations.iter_mut().enumerate().take(count - 1) {
        equation[i] += ridge;
    }
    // Gauss and Jordan; the ridge keeps every pivot above zero.
    for i in 0..count {
        let pivot = equations[i][i];
        if !(pivot.is_finite() && pivot > 0.0) {
            candle_core::bail!("the autoencoder gives latents that no colours can be read from");
        }
        for value in &mut equations[i] {
            *value /= pivot;
        }
        let row = equations[i].clone();
        for (_, other) in equations.iter_mut().enumerate().filter(|(j, _)| *j != i) {
            let factor = other[i];
            for (value, x) in other.iter_mut().zip(&row) {
                *value -= factor * x;
            }
        }
    }
    Ok(equations.iter().map(|row| [row[count], row[count + 1], row[count + 2]].map(|x| x as f32)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_squares_find_the_weights_again() -> Result<()> {
        let truth = [[0.5f32, -1.0, 0.25], [2.0, 0.0, -0.75], [0.1, 0.2, 0.3]];
        let rows: Vec<Vec<f32>> =
            (0..50).map(|i| vec![(i as f32 * 0.7).sin(), (i as f32 * 1.3).cos()]).collect();
        let colour = |row: &Vec<f32>| {
            std::array::from_fn(|c| row[0] * truth[0][c] + row[1] * truth[1][c] + truth[2][c])
        };
        let colours: Vec<[f32; 3]> = rows.iter().map(colour).collect();
        for (found, wanted) in fitted(&rows, &colours)?.iter().flatten().zip(truth.iter().flatten()) {
            assert!((found - wanted).abs() < 0.01, "{found} is not {wanted}");
        }
        // Two channels that always go together share the weight.
        let twice: Vec<Vec<f32>> = rows.iter().map(|row| vec![row[0], row[0], row[1]]).collect();
        let found = fitted(&twice, &colours)?;
        assert!((found[0][0] - 0.25).abs() < 0.01 && (found[1][0] - 0.25).abs() < 0.01, "{found:?}");
        assert!(fitted(&[vec![f32::NAN]], &[[0.0; 3]]).is_err());
        Ok(())
    }
}
