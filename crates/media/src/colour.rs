//! Between red-green-blue and the colour-difference planes of video, by our own arithmetic.
//!
//! FFmpeg's scaler rounds differently by processor and assumes chroma samples in the middle between pixels; H.264 players
//! assume them beside the left pixel of each pair (ITU-T H.264, figure E-1, type 0). Doing it here gives the same bytes
//! everywhere and colours that stay in place. Coefficients: ITU-R BT.709-6, items 3.2 to 3.5.

use ffmpeg_next as ff;

/// Weights of red and blue in luma.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Matrix {
    kr: f64,
    kb: f64,
}

impl Matrix {
    pub(crate) const BT709: Self = Self { kr: 0.2126, kb: 0.0722 };
    pub(crate) const BT601: Self = Self { kr: 0.299, kb: 0.114 };
}

const BITS: i32 = 16;
const HALF: i32 = 1 << (BITS - 1);

fn fixed(value: f64) -> i32 {
    (value * f64::from(1 << BITS)).round() as i32
}

/// Fills a 4:2:0 frame (limited range, BT.709, chroma sited left) from `width * height` RGBA pixels. Both sides are even.
pub(crate) fn rgba_to_yuv420(rgba: &[u8], yuv: &mut ff::frame::Video) {
    let (width, height) = (yuv.width() as usize, yuv.height() as usize);
    let Matrix { kr, kb } = Matrix::BT709;
    let kg = 1.0 - kr - kb;
    let (luma, chroma) = (219.0 / 255.0, 224.0 / 255.0);
    let (yr, yg, yb) = (fixed(kr * luma), fixed(kg * luma), fixed(kb * luma));
    // (B - Y) / (2 (1 - kb)) and (R - Y) / (2 (1 - kr)); the weights of each row add up to nothing, so grey stays grey.
    let (bu, ru) = (fixed(0.5 * chroma), fixed(-kr / (2.0 * (1.0 - kb)) * chroma));
    let (rv, bv) = (fixed(0.5 * chroma), fixed(-kb / (2.0 * (1.0 - kr)) * chroma));
    let (gu, gv) = (-bu - ru, -rv - bv);

    let stride = yuv.stride(0);
    let plane = yuv.data_mut(0);
    for (row, pixels) in plane.chunks_mut(stride).zip(rgba.chunks_exact(width * 4)) {
        for (y, p) in row.iter_mut().zip(pixels.chunks_exact(4)) {
            let sum = yr * i32::from(p[0]) + yg * i32::from(p[1]) + yb * i32::from(p[2]);
            *y = (16 + ((sum + HALF) >> BITS)) as u8;
        }
    }

    // Two rows are added, then three neighbours weighed 1 2 1 around the left pixel of each pair: eight eighths.
    let half = width / 2;
    let mut pair = vec![[0_i32; 3]; width + 2];
    let mut us = vec![0_u8; half];
    let mut vs = vec![0_u8; half];
    let offset = (128 << (BITS + 3)) + (HALF << 3);
    for cy in 0..height / 2 {
        let top = &rgba[cy * 2 * width * 4..][..width * 4];
        let bottom = &rgba[(cy * 2 + 1) * width * 4..][..width * 4];
        for ((sum, a), b) in pair[1..].iter_mut().zip(top.chunks_exact(4)).zip(bottom.chunks_exact(4)) {
            *sum = [0, 1, 2].map(|c| i32::from(a[c]) + i32::from(b[c]));
        }
        pair[0] = pair[1];
        for cx in 0..half {
            let (left, here, right) = (pair[2 * cx], pair[2 * cx + 1], pair[2 * cx + 2]);
            let [r, g, b] = [0, 1, 2].map(|c| left[c] + 2 * here[c] + right[c]);
            us[cx] = ((ru * r + gu * g + bu * b + offset) >> (BITS + 3)) as u8;
            vs[cx] = ((rv * r + gv * g + bv * b + offset) >> (BITS + 3)) as u8;
        }
        for (plane, values) in [(1, &us), (2, &vs)] {
            let stride = yuv.stride(plane);
            yuv.data_mut(plane)[cy * stride..][..half].copy_from_slice(values);
        }
    }
}

/// Fills a 10-bit 4:2:2 frame (limited range, BT.709, chroma sited left) from `width * height` RGBA pixels. The width is even.
/// The two bits more keep what rounding to eight would lose.
pub(crate) fn rgba_to_yuv422p10(rgba: &[u8], yuv: &mut ff::frame::Video) {
    let width = yuv.width() as usize;
    let Matrix { kr, kb } = Matrix::BT709;
    let kg = 1.0 - kr - kb;
    let (luma, chroma) = (876.0 / 255.0, 896.0 / 255.0);
    let (yr, yg, yb) = (fixed(kr * luma), fixed(kg * luma), fixed(kb * luma));
    let (bu, ru) = (fixed(0.5 * chroma), fixed(-kr / (2.0 * (1.0 - kb)) * chroma));
    let (rv, bv) = (fixed(0.5 * chroma), fixed(-kb / (2.0 * (1.0 - kr)) * chroma));
    let (gu, gv) = (-bu - ru, -rv - bv);

    let stride = yuv.stride(0);
    for (row, pixels) in yuv.data_mut(0).chunks_mut(stride).zip(rgba.chunks_exact(width * 4)) {
        for (y, p) in row.chunks_exact_mut(2).zip(pixels.chunks_exact(4)) {
            let sum = yr * i32::from(p[0]) + yg * i32::from(p[1]) + yb * i32::from(p[2]);
            y.copy_from_slice(&((64 + ((sum + HALF) >> BITS)) as u16).to_le_bytes());
        }
    }
    // Three neighbours, weighed 1 2 1 around the left pixel of each pair: four quarters.
    let offset = (512 << (BITS + 2)) + (HALF << 2);
    for (plane, [wr, wg, wb]) in [(1, [ru, gu, bu]), (2, [rv, gv, bv])] {
        let stride = yuv.stride(plane);
        for (row, pixels) in yuv.data_mut(plane).chunks_mut(stride).zip(rgba.chunks_exact(width * 4)) {
            let at = |x: usize, channel: usize| i32::from(pixels[x * 4 + channel]);
            for (cx, value) in row.chunks_exact_mut(2).take(width / 2).enumerate() {
                let (left, here, right) = ((2 * cx).saturating_sub(1), 2 * cx, 2 * cx + 1);
                let [r, g, b] = [0, 1, 2].map(|c| at(left, c) + 2 * at(here, c) + at(right, c));
                let sum = i64::from(wr) * i64::from(r)
                    + i64::from(wg) * i64::from(g)
                    + i64::from(wb) * i64::from(b);
                let code = ((sum + i64::from(offset)) >> (BITS + 2)) as u16;
                value.copy_from_slice(&code.to_le_bytes());
            }
        }
    }
}

/// RGBA pixels of an 8-bit 4:2:0 frame with chroma sited left, interpolated linearly.
pub(crate) fn yuv420_to_rgba(yuv: &ff::frame::Video, matrix: Matrix, full_range: bool) -> Vec<u8> {
    let (width, height) = (yuv.width() as usize, yuv.height() as usize);
    let (black, luma, chroma) = if full_range { (0, 1.0, 1.0) } else { (16, 255.0 / 219.0, 255.0 / 224.0) };
    let Matrix { kr, kb } = matrix;
    let kg = 1.0 - kr - kb;
    // Chroma arrives as a sum of eight eighths.
    let eighth = chroma / 8.0;
    let y_gain = fixed(luma);
    let (rv, bu) = (fixed(2.0 * (1.0 - kr) * eighth), fixed(2.0 * (1.0 - kb) * eighth));
    let (gu, gv) = (fixed(-2.0 * (1.0 - kb) * kb / kg * eighth), fixed(-2.0 * (1.0 - kr) * kr / kg * eighth));

    let mut rgba = vec![255_u8; width * height * 4];
    let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
    let mut line = [vec![0_i32; cw], vec![0_i32; cw]];
    for (y, out) in rgba.chunks_exact_mut(width * 4).enumerate() {
        let near = y / 2;
        let far = if y % 2 == 0 { near.saturating_sub(1) } else { (near + 1).min(ch - 1) };
        for (plane, line) in line.iter_mut().enumerate() {
            let (stride, data) = (yuv.stride(plane + 1), yuv.data(plane + 1));
            let rows = data[near * stride..][..cw].iter().zip(&data[far * stride..][..cw]);
            for (sum, (&a, &b)) in line.iter_mut().zip(rows) {
                *sum = 3 * i32::from(a) + i32::from(b) - 4 * 128;
            }
        }
        let luma_row = &yuv.data(0)[y * yuv.stride(0)..][..width];
        for (x, (pixel, &luma)) in out.chunks_exact_mut(4).zip(luma_row).enumerate() {
            let (near, far) = (x / 2, if x % 2 == 0 { x / 2 } else { (x / 2 + 1).min(cw - 1) });
            let [u, v] = [&line[0], &line[1]].map(|line| line[near] + line[far]);
            let base = y_gain * (i32::from(luma) - black) + HALF;
            pixel[0] = ((base + rv * v) >> BITS).clamp(0, 255) as u8;
            pixel[1] = ((base + gu * u + gv * v) >> BITS).clamp(0, 255) as u8;
            pixel[2] = ((base + bu * u) >> BITS).clamp(0, 255) as u8;
        }
    }
    rgba
}

/// Fills a planar green-blue-red frame from RGBA pixels; alpha is left out.
pub(crate) fn rgba_to_gbrp(rgba: &[u8], planes: &mut ff::frame::Video) {
    let width = planes.width() as usize;
    for (plane, channel) in [(0, 1), (1, 2), (2, 0)] {
        let stride = planes.stride(plane);
        for (row, pixels) in planes.data_mut(plane).chunks_mut(stride).zip(rgba.chunks_exact(width * 4)) {
            for (value, pixel) in row.iter_mut().zip(pixels.chunks_exact(4)) {
                *value = pixel[channel];
            }
        }
    }
}

/// RGBA pixels (alpha 255) of a planar green-blue-red frame.
pub(crate) fn gbrp_to_rgba(planes: &ff::frame::Video) -> Vec<u8> {
    let (width, height) = (planes.width() as usize, planes.height() as usize);
    let mut rgba = vec![255_u8; width * height * 4];
    for (plane, channel) in [(0, 1), (1, 2), (2, 0)] {
        let stride = planes.stride(plane);
        for (row, pixels) in planes.data(plane).chunks(stride).zip(rgba.chunks_exact_mut(width * 4)) {
            for (&value, pixel) in row.iter().zip(pixels.chunks_exact_mut(4)) {
                pixel[channel] = value;
            }
        }
    }
    rgba
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(colour: [u8; 3]) -> ([u8; 3], [u8; 3]) {
        let rgba: Vec<u8> = [colour[0], colour[1], colour[2], 255].repeat(64 * 64);
        let mut yuv = ff::frame::Video::new(ff::format::Pixel::YUV420P, 64, 64);
        rgba_to_yuv420(&rgba, &mut yuv);
        let at = |plane: usize| yuv.data(plane)[5 * yuv.stride(plane) + 7];
        let back = yuv420_to_rgba(&yuv, Matrix::BT709, false);
        ([at(0), at(1), at(2)], [back[0], back[1], back[2]])
    }

    #[test]
    fn the_colours_of_bt709_have_their_codes() {
        // The 100 % colour bars of BT.709, as in SMPTE RP 219.
        for (rgb, yuv) in [
            ([255, 255, 255], [235, 128, 128]),
            ([0, 0, 0], [16, 128, 128]),
            ([255, 255, 0], [219, 16, 138]),
            ([0, 255, 255], [188, 154, 16]),
            ([0, 255, 0], [173, 42, 26]),
            ([255, 0, 255], [78, 214, 230]),
            ([255, 0, 0], [63, 102, 240]),
            ([0, 0, 255], [32, 240, 118]),
        ] {
            assert_eq!(through(rgb).0, yuv, "{rgb:?}");
        }
    }

    #[test]
    fn ten_bits_have_their_codes() {
        // The colour bars of BT.709 in ten bits, as in SMPTE RP 219.
        for (rgb, yuv) in [
            ([255, 255, 255], [940, 512, 512]),
            ([0, 0, 0], [64, 512, 512]),
            ([255, 0, 0], [250, 409, 960]),
            ([0, 255, 0], [691, 167, 105]),
            ([0, 0, 255], [127, 960, 471]),
        ] {
            let rgba: Vec<u8> = [rgb[0], rgb[1], rgb[2], 255].repeat(64 * 64);
            let mut picture = ff::frame::Video::new(ff::format::Pixel::YUV422P10LE, 64, 64);
            rgba_to_yuv422p10(&rgba, &mut picture);
            let at = |plane: usize| {
                let pair = &picture.data(plane)[5 * picture.stride(plane) + 14..][..2];
                u16::from_le_bytes([pair[0], pair[1]])
            };
            for (plane, code) in yuv.into_iter().enumerate() {
                assert!(at(plane).abs_diff(code) <= 1, "{rgb:?}: {} is not {code}", at(plane));
            }
        }
    }

    #[test]
    fn flat_colours_come_back_within_two_codes() {
        for r in (0..=255).step_by(51) {
            for g in (0..=255).step_by(51) {
                for b in (0..=255).step_by(51) {
                    let rgb = [r as u8, g as u8, b as u8];
                    let (_, back) = through(rgb);
                    for c in 0..3 {
                        assert!(rgb[c].abs_diff(back[c]) <= 2, "{rgb:?} came back as {back:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn chroma_lies_beside_the_left_pixel() {
        // A red column at an even x must tint its own chroma sample most, and its right neighbour's not at all.
        let mut rgba = [128, 128, 128, 255].repeat(64 * 64);
        for y in 0..64 {
            rgba[(y * 64 + 20) * 4..][..3].copy_from_slice(&[255, 0, 0]);
        }
        let mut yuv = ff::frame::Video::new(ff::format::Pixel::YUV420P, 64, 64);
        rgba_to_yuv420(&rgba, &mut yuv);
        let v = &yuv.data(2)[..32];
        assert!(v[10] > 150, "{v:?}");
        assert_eq!((v[9], v[11]), (128, 128));
    }
}
