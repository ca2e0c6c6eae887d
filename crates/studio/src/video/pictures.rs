//! Pictures on their way to a video model and back: depth as grey, and other sizes.

use film::Frame;
use neural::video::Picture;

/// Of how many pixels one is looked at to find the range of depth.
const SAMPLED: usize = 97;

/// Near and far, as inverse distances, that are shown as white and black: the model was trained on depth that fills the range
/// from black to white. The outermost hundredths do not count, or one blade of grass at the lens would take all of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    near: f32,
    far: f32,
}

impl Range {
    pub(super) fn of(frames: &[Frame]) -> Self {
        let depths = frames.iter().filter_map(|frame| frame.depth.as_deref());
        let mut seen: Vec<f32> =
            depths.flat_map(|depth| depth.iter().step_by(SAMPLED)).map(|&d| inverse(d)).collect();
        seen.sort_by(f32::total_cmp);
        let at = |share: f32| seen.get((share * seen.len().saturating_sub(1) as f32) as usize).copied();
        Self { near: at(0.99).unwrap_or(1.0), far: at(0.01).unwrap_or(0.0) }
    }
}

fn inverse(metres: f32) -> f32 {
    // The sky is infinitely far, and nothing nearer than this to the lens can be told apart.
    1.0 / metres.max(0.05)
}

/// Depth in grey, near things bright; black for frames without depth.
pub(super) fn grey(frame: &Frame, range: Range) -> Picture {
    let span = (range.near - range.far).max(1e-6);
    let level = |metres: f32| (((inverse(metres) - range.far) / span).clamp(0.0, 1.0) * 255.0).round() as u8;
    let rgb = match &frame.depth {
        Some(depth) => depth.iter().flat_map(|&metres| [level(metres); 3]).collect(),
        None => vec![0; frame.width as usize * frame.height as usize * 3],
    };
    Picture { width: frame.width, height: frame.height, rgb }
}

/// A frame without all that is not colour.
pub(super) fn coloured(frame: &Frame) -> Picture {
    let rgb = frame.rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Picture { width: frame.width, height: frame.height, rgb }
}

/// A frame of the film of a picture, in the film's size. Between pixels it is Catmull and Rom's curve, over as many pixels as
/// fall into one where it gets smaller.
pub(super) fn framed(picture: &Picture, index: u32, width: u32, height: u32) -> Frame {
    let rgb = if (picture.width, picture.height) == (width, height) {
        picture.rgb.clone()
    } else {
        let across = Weights::new(picture.width, width);
        let down = Weights::new(picture.height, height);
        let rows: Vec<f32> = picture
            .rgb
            .chunks_exact(picture.width as usize * 3)
            .flat_map(|row| across.spread(|x, channel| f32::from(row[x * 3 + channel]), 3))
            .collect();
        let stride = width as usize * 3;
        down.spread(|y, at| rows[y * stride + at], stride)
            .into_iter()
            .map(|level| level.round().clamp(0.0, 255.0) as u8)
            .collect()
    };
    let rgba = rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    Frame { index, width, height, rgba, depth: None, mask: None }
}

/// For each pixel along one side, which pixels of the source make it and how much each counts.
struct Weights(Vec<(usize, Vec<f32>)>);

impl Weights {
    fn new(from: u32, to: u32) -> Self {
        let ratio = from as f32 / to as f32;
        let reach = ratio.max(1.0);
        let rows = (0..to).map(|at| {
            let centre = (at as f32 + 0.5) * ratio - 0.5;
            let first = (centre - 2.0 * reach).ceil() as i64;
            let last = (centre + 2.0 * reach).floor() as i64;
            let end = i64::from(from) - 1;
            // What lies beyond the edge counts for the edge.
            let low = first.clamp(0, end);
            let mut weights = vec![0.0; (last.clamp(0, end) - low + 1) as usize];
            for source in first..=last {
                weights[(source.clamp(0, end) - low) as usize] += curve((source as f32 - centre) / reach);
            }
            let sum: f32 = weights.iter().sum();
            for weight in &mut weights {
                *weight /= sum;
            }
            (low as usize, weights)
        });
        Self(rows.collect())
    }

    /// `lanes` values for each pixel.
    fn spread(&self, value: impl Fn(usize, usize) -> f32, lanes: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(self.0.len() * lanes);
        for (first, weights) in &self.0 {
            for lane in 0..lanes {
                out.push(weights.iter().enumerate().map(|(k, weight)| weight * value(first + k, lane)).sum());
            }
        }
        out
    }
}

/// Catmull and Rom's cubic curve.
fn curve(x: f32) -> f32 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_fills_the_range_and_near_is_bright() {
        let depth: Vec<f32> =
            (0..64 * 64).map(|i| if i < 64 * 32 { f32::INFINITY } else { 2.0 + (i % 64) as f32 }).collect();
        let frame = Frame { depth: Some(depth), ..Frame::filled(0, 64, 64, [0; 4]) };
        let picture = grey(&frame, Range::of(std::slice::from_ref(&frame)));
        let at = |x: usize, y: usize| picture.rgb[(y * 64 + x) * 3];
        assert_eq!((at(5, 5), at(0, 40)), (0, 255));
        assert!(at(1, 40) > at(10, 40) && at(10, 40) > at(60, 40));
    }

    #[test]
    fn sizes_change_without_shifting_or_darkening() {
        let ramp: Vec<u8> = (0..32 * 16).flat_map(|i| [(i % 32 * 8) as u8, 100, 255]).collect();
        let picture = Picture { width: 32, height: 16, rgb: ramp };
        let same = framed(&picture, 3, 32, 16);
        assert_eq!((same.index, same.rgba[4], same.rgba[7]), (3, 8, 255));
        for (width, height) in [(64, 40), (20, 10), (96, 16)] {
            let frame = framed(&picture, 0, width, height);
            assert_eq!(frame.rgba.len(), (width * height * 4) as usize);
            let middle = ((height / 2 * width + width / 2) * 4) as usize;
            assert!((f32::from(frame.rgba[middle]) - 124.0).abs() < 8.0, "{}", frame.rgba[middle]);
            assert_eq!((frame.rgba[middle + 1], frame.rgba[middle + 2]), (100, 255));
        }
    }
}
