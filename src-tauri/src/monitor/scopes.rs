//! The scopes: what an engineer reads off a picture. Pure functions from pixels to small pictures of counts.
//!
//! Luma and chroma are those of BT.709, as the films are encoded.

/// Columns and rows of the waveform.
pub(super) const WAVE: [usize; 2] = [320, 128];
/// Rows and columns of the vectorscope.
pub(super) const VECTOR: usize = 160;

/// A small grey picture, row by row: 0 nothing, 255 much.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trace {
    pub(super) size: [usize; 2],
    pub(super) values: Vec<u8>,
}

/// How many pixels have each value: red, green, blue, luma.
pub(super) fn histogram(rgba: &[u8]) -> [[u32; 256]; 4] {
    let mut counts = [[0; 256]; 4];
    for pixel in rgba.as_chunks::<4>().0 {
        for (channel, counts) in counts.iter_mut().take(3).enumerate() {
            counts[usize::from(pixel[channel])] += 1;
        }
        counts[3][usize::from(luma(*pixel))] += 1;
    }
    counts
}

/// Luma over the columns of the picture: 255 at the top.
pub(super) fn waveform(rgba: &[u8], width: usize) -> Trace {
    let [columns, rows] = WAVE;
    let mut counts = vec![0_u32; columns * rows];
    for (k, pixel) in rgba.as_chunks::<4>().0.iter().enumerate() {
        let column = (k % width.max(1)) * columns / width.max(1);
        let row = rows - 1 - usize::from(luma(*pixel)) * rows / 256;
        counts[row * columns + column] += 1;
    }
    trace(WAVE, &counts)
}

/// Chroma: blue difference to the right, red difference upward, grey in the middle.
pub(super) fn vectorscope(rgba: &[u8]) -> Trace {
    let mut counts = vec![0_u32; VECTOR * VECTOR];
    for pixel in rgba.as_chunks::<4>().0 {
        let [cb, cr] = chroma(*pixel);
        let at = |value: f32| ((value + 0.5) * VECTOR as f32).clamp(0.0, VECTOR as f32 - 1.0) as usize;
        counts[(VECTOR - 1 - at(cr)) * VECTOR + at(cb)] += 1;
    }
    trace([VECTOR, VECTOR], &counts)
}

/// Blue and red difference of a pixel, each -0.5 to 0.5.
pub(super) fn chroma(pixel: [u8; 4]) -> [f32; 2] {
    let y = exact_luma(pixel);
    [(f32::from(pixel[2]) - y) / 1.8556 / 255.0, (f32::from(pixel[0]) - y) / 1.5748 / 255.0]
}

fn exact_luma(pixel: [u8; 4]) -> f32 {
    0.2126 * f32::from(pixel[0]) + 0.7152 * f32::from(pixel[1]) + 0.0722 * f32::from(pixel[2])
}

fn luma(pixel: [u8; 4]) -> u8 {
    exact_luma(pixel).round() as u8
}

/// Counts differ by powers of ten: the eye gets their logarithm, as on a tube that glows.
fn trace(size: [usize; 2], counts: &[u32]) -> Trace {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let scale = 255.0 / (most as f32 + 1.0).ln();
    let values = counts.iter().map(|count| ((*count as f32 + 1.0).ln() * scale) as u8).collect();
    Trace { size, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(pixels: &[[u8; 4]]) -> Vec<u8> {
        pixels.concat()
    }

    #[test]
    fn a_histogram_counts_every_pixel_once() {
        let counts = histogram(&picture(&[[255, 0, 0, 255], [255, 255, 255, 255], [0, 0, 0, 255]]));
        assert_eq!((counts[0][255], counts[0][0]), (2, 1));
        assert_eq!((counts[2][255], counts[2][0]), (1, 2));
        // Red is 0.2126 of white.
        assert_eq!((counts[3][54], counts[3][255], counts[3][0]), (1, 1, 1));
    }

    #[test]
    fn white_is_on_top_of_the_waveform_and_black_at_its_foot() {
        let wave = waveform(&picture(&[[255; 4], [0, 0, 0, 255]]), 2);
        assert_eq!(wave.values[0], 255);
        assert_eq!(wave.values[(WAVE[1] - 1) * WAVE[0] + WAVE[0] / 2], 255);
        assert_eq!(wave.values.iter().filter(|value| **value > 0).count(), 2);
    }

    #[test]
    fn grey_is_in_the_middle_of_the_vectorscope_and_red_above_it() {
        let bright = |pixel: [u8; 4]| {
            let trace = vectorscope(&pixel);
            let at = trace.values.iter().position(|value| *value > 0).expect("a pixel leaves a trace");
            (at % VECTOR, at / VECTOR)
        };
        assert_eq!(bright([128; 4]), (VECTOR / 2, VECTOR / 2 - 1));
        let (x, y) = bright([255, 0, 0, 255]);
        assert!(x < VECTOR / 2 && y < 4, "{x}, {y}");
    }
}
