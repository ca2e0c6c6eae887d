//! 255 colours for pictures that have millions.
//!
//! Median cut after Heckbert (1982), with Wu's choice of the box whose colours differ most (as FFmpeg's `palettegen` does),
//! and ordered dithering, whose pattern stands still while the picture moves.

/// Colours of a palette. One of a GIF's 256 means "as before".
pub(crate) const COLOURS: usize = 255;

/// Bits of each channel in the histogram and the table of nearest colours.
const BITS: usize = 5;
const CELLS: usize = 1 << (3 * BITS);

/// How far dithering moves a value at most, in codes. FFmpeg's `bayer_scale` 2 is 8.
const SPREAD: i32 = 8;

/// Bayer's matrix of 8 by 8 (1973): the order in which pixels of a flat area switch to the next colour.
const BAYER: [[i32; 8]; 8] = [
    [0, 32, 8, 40, 2, 34, 10, 42],
    [48, 16, 56, 24, 50, 18, 58, 26],
    [12, 44, 4, 36, 14, 46, 6, 38],
    [60, 28, 52, 20, 62, 30, 54, 22],
    [3, 35, 11, 43, 1, 33, 9, 41],
    [51, 19, 59, 27, 49, 17, 57, 25],
    [15, 47, 7, 39, 13, 45, 5, 37],
    [63, 31, 55, 23, 61, 29, 53, 21],
];

fn cell([r, g, b]: [u8; 3]) -> usize {
    let part = |value: u8| usize::from(value) >> (8 - BITS);
    part(r) << (2 * BITS) | part(g) << BITS | part(b)
}

/// How often colours occur: a count and the sums of the channels for each cell.
#[derive(Clone)]
pub(crate) struct Histogram(Vec<[u64; 4]>);

impl Histogram {
    pub(crate) fn new() -> Self {
        Self(vec![[0; 4]; CELLS])
    }

    pub(crate) fn add(&mut self, rgba: &[u8]) {
        for pixel in rgba.chunks_exact(4) {
            let sums = &mut self.0[cell([pixel[0], pixel[1], pixel[2]])];
            sums[0] += 1;
            for c in 0..3 {
                sums[c + 1] += u64::from(pixel[c]);
            }
        }
    }

    /// The share of pixels that have other colours there than here, 0 to 1; neighbouring cells count as other.
    pub(crate) fn distance(&self, other: &Self) -> f64 {
        let total = |histogram: &Self| histogram.0.iter().map(|sums| sums[0]).sum::<u64>().max(1) as f64;
        let (here, there) = (total(self), total(other));
        let differ = |(a, b): (&[u64; 4], &[u64; 4])| (a[0] as f64 / here - b[0] as f64 / there).abs();
        self.0.iter().zip(&other.0).map(differ).sum::<f64>() / 2.0
    }
}

/// Colours, and which is the nearest to any.
pub(crate) struct Palette {
    colours: Vec<[u8; 3]>,
    /// For each colour in steps of four codes the nearest of the palette; filled as it is asked for.
    nearest: Vec<u16>,
}

const UNKNOWN: u16 = u16::MAX;

/// A colour of the histogram: its mean and how often it occurs.
type Weighed = ([f64; 3], f64);

impl Palette {
    pub(crate) fn of(histogram: &Histogram) -> Self {
        let colours: Vec<Weighed> = histogram
            .0
            .iter()
            .filter(|sums| sums[0] > 0)
            .map(|sums| {
                let count = sums[0] as f64;
                ([1, 2, 3].map(|c| sums[c] as f64 / count), count)
            })
            .collect();
        let mut boxes = vec![Cut::new(colours)];
        while boxes.len() < COLOURS {
            let widest = boxes
                .iter()
                .enumerate()
                .filter(|(_, one)| one.colours.len() > 1)
                .max_by(|a, b| a.1.spread.total_cmp(&b.1.spread).then(b.0.cmp(&a.0)));
            let Some((at, _)) = widest else { break };
            let (low, high) = boxes.swap_remove(at).halves();
            boxes.extend([low, high]);
        }
        let colours = boxes.iter().map(|one| one.mean.map(|value| value.round() as u8)).collect();
        Self { colours, nearest: vec![UNKNOWN; 1 << 18] }
    }

    /// The colours, at most [`COLOURS`].
    pub(crate) fn colours(&self) -> &[[u8; 3]] {
        &self.colours
    }

    /// The number of the palette's colour for each pixel, dithered.
    pub(crate) fn map(&mut self, rgba: &[u8], width: usize, mut put: impl FnMut(usize, usize, u8)) {
        for (y, row) in rgba.chunks_exact(width * 4).enumerate() {
            for (x, pixel) in row.chunks_exact(4).enumerate() {
                let shift = (2 * BAYER[y % 8][x % 8] - 63) * SPREAD / 64;
                let value = [0, 1, 2].map(|c| (i32::from(pixel[c]) + shift).clamp(0, 255) as u8);
                put(x, y, self.find(value));
            }
        }
    }

    fn find(&mut self, [r, g, b]: [u8; 3]) -> u8 {
        let at = usize::from(r >> 2) << 12 | usize::from(g >> 2) << 6 | usize::from(b >> 2);
        if self.nearest[at] == UNKNOWN {
            let middle = [r, g, b].map(|value| i32::from(value & !3) + 2);
            // Weights of the eye, roughly: green counts most, blue least.
            let away = |colour: &[u8; 3]| {
                let [r, g, b] = [0, 1, 2].map(|c| (i32::from(colour[c]) - middle[c]).pow(2));
                3 * r + 6 * g + 2 * b
            };
            let nearest = self.colours.iter().enumerate().min_by_key(|(_, colour)| away(colour));
            self.nearest[at] = nearest.map_or(0, |(number, _)| number as u16);
        }
        self.nearest[at] as u8
    }
}

/// A box of colours.
struct Cut {
    colours: Vec<Weighed>,
    mean: [f64; 3],
    /// The channel in which they differ most.
    axis: usize,
    /// Squared differences in that channel, all pixels added.
    spread: f64,
}

impl Cut {
    fn new(colours: Vec<Weighed>) -> Self {
        let count: f64 = colours.iter().map(|(_, n)| n).sum::<f64>().max(1.0);
        let mean = [0, 1, 2].map(|c| colours.iter().map(|(colour, n)| colour[c] * n).sum::<f64>() / count);
        let spread = [0, 1, 2]
            .map(|c| colours.iter().map(|(colour, n)| (colour[c] - mean[c]).powi(2) * n).sum::<f64>());
        let axis = (0..3).max_by(|&a, &b| spread[a].total_cmp(&spread[b])).unwrap_or(0);
        Self { colours, mean, axis, spread: spread[axis] }
    }

    /// Divided at the mean; both halves hold something, since the colours differ.
    fn halves(self) -> (Self, Self) {
        let (axis, mean) = (self.axis, self.mean[self.axis]);
        let (low, high): (Vec<_>, Vec<_>) =
            self.colours.into_iter().partition(|(colour, _)| colour[axis] <= mean);
        (Self::new(low), Self::new(high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_are_all_there() {
        let colours = [[0, 0, 0], [255, 255, 255], [200, 30, 30], [30, 200, 30], [20, 40, 220]];
        let rgba: Vec<u8> = colours.iter().flat_map(|c| [c[0], c[1], c[2], 255]).collect();
        let mut histogram = Histogram::new();
        histogram.add(&rgba);
        let palette = Palette::of(&histogram);
        assert_eq!(palette.colours().len(), 5);
        assert!(colours.iter().all(|colour| palette.colours().contains(colour)));
    }

    #[test]
    fn a_grey_ramp_keeps_its_light() {
        let rgba: Vec<u8> =
            (0..256).flat_map(|x| [(x as u8); 3].into_iter().chain([255])).collect::<Vec<_>>().repeat(8);
        let mut histogram = Histogram::new();
        histogram.add(&rgba);
        let mut palette = Palette::of(&histogram);
        let colours = palette.colours().to_vec();
        let mut sums = [0_i32; 32];
        palette.map(&rgba, 256, |x, _, number| sums[x / 8] += i32::from(colours[usize::from(number)][0]));
        for (n, sum) in (0_i32..).zip(sums) {
            assert!((sum / 64 - (n * 8 + 3)).abs() <= 4, "{n}: {}", sum / 64);
        }
        assert!(histogram.distance(&histogram) < 1e-12);
    }
}
