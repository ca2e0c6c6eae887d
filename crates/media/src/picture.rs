use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use film::Frame;

use crate::Error;
use crate::aside::Aside;

/// A smaller picture of `frame`, `width` pixels across and of the same shape, each pixel the mean light of those that it
/// stands for. A frame that is not larger comes back as it is.
#[must_use]
pub fn thumbnail(frame: &Frame, width: u32) -> Frame {
    let width = width.clamp(1, frame.width.max(1));
    if width == frame.width {
        return Frame { depth: None, mask: None, ..frame.clone() };
    }
    let height =
        (f64::from(frame.height) * f64::from(width) / f64::from(frame.width)).round().max(1.0) as u32;
    let linear = linear_light();
    // First each row across, then the rows down: every source pixel counts by how much of it the target pixel covers.
    let (source_w, source_h) = (frame.width as usize, frame.height as usize);
    let across = weights(source_w, width as usize);
    let mut rows = vec![[0.0_f32; 3]; width as usize * source_h];
    for (row, pixels) in rows.chunks_exact_mut(width as usize).zip(frame.rgba.chunks_exact(source_w * 4)) {
        for (out, (first, parts)) in row.iter_mut().zip(&across) {
            for (weight, pixel) in parts.iter().zip(pixels[first * 4..].chunks_exact(4)) {
                for c in 0..3 {
                    out[c] += weight * linear[pixel[c] as usize];
                }
            }
        }
    }
    let mut rgba = Vec::with_capacity((width * height * 4) as usize);
    for (first, parts) in weights(source_h, height as usize) {
        for x in 0..width as usize {
            let mut sum = [0.0_f32; 3];
            for (row, weight) in parts.iter().enumerate() {
                let light = rows[(first + row) * width as usize + x];
                for c in 0..3 {
                    sum[c] += weight * light[c];
                }
            }
            rgba.extend(sum.map(to_srgb));
            rgba.push(255);
        }
    }
    Frame { index: frame.index, width, height, rgba, depth: None, mask: None }
}

/// Thumbnails in rows of `columns`, each `cell_width` pixels wide in a cell shaped like the first frame, on dark grey.
/// Gives an empty picture for no frames.
#[must_use]
pub fn contact_sheet(frames: &[Frame], columns: u32, cell_width: u32) -> Frame {
    let Some(first) = frames.first() else { return Frame::filled(0, 0, 0, [0; 4]) };
    let columns = columns.clamp(1, frames.len() as u32);
    let rows = (frames.len() as u32).div_ceil(columns);
    let gap = (cell_width / 40).max(2);
    let cell_width = cell_width.clamp(1, first.width.max(1));
    let cell_height = thumbnail(first, cell_width).height;
    let (width, height) = (columns * (cell_width + gap) + gap, rows * (cell_height + gap) + gap);
    let mut sheet = Frame::filled(0, width, height, [24, 24, 26, 255]);
    for (n, frame) in frames.iter().enumerate() {
        // A picture that is relatively taller than the first is fitted into the height.
        let fitted =
            (u64::from(cell_height) * u64::from(frame.width) / u64::from(frame.height.max(1))) as u32;
        let cell = thumbnail(frame, cell_width.min(fitted.max(1)));
        let left = (n as u32 % columns) * (cell_width + gap) + gap + (cell_width - cell.width) / 2;
        let top = (n as u32 / columns) * (cell_height + gap) + gap;
        let row_bytes = cell.width as usize * 4;
        for (y, row) in cell.rgba.chunks_exact(row_bytes).take(cell_height as usize).enumerate() {
            let at = ((top as usize + y) * width as usize + left as usize) * 4;
            sheet.rgba[at..at + row_bytes].copy_from_slice(row);
        }
    }
    sheet
}

/// The picture as the bytes of an 8-bit RGB PNG file, marked as sRGB.
///
/// # Errors
/// [`Error::Misfit`] when the frame is empty or its bytes do not fit its size.
pub fn encode_png(frame: &Frame) -> Result<Vec<u8>, Error> {
    let misfit = |reason: String| Error::misfit(Path::new("the PNG picture"), reason);
    if frame.rgba.len() != frame.width as usize * frame.height as usize * 4 {
        return Err(misfit(format!(
            "{} bytes for {}x{} pixels",
            frame.rgba.len(),
            frame.width,
            frame.height
        )));
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, frame.width, frame.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    let rgb: Vec<u8> = frame.rgba.chunks_exact(4).flat_map(|p| &p[..3]).copied().collect();
    let mut writer = encoder.write_header().map_err(|e| misfit(e.to_string()))?;
    writer.write_image_data(&rgb).map_err(|e| misfit(e.to_string()))?;
    writer.finish().map_err(|e| misfit(e.to_string()))?;
    Ok(bytes)
}

/// Writes the picture to a PNG file, aside and renamed.
///
/// # Errors
/// [`Error::Io`] when the file cannot be written; otherwise as [`encode_png`].
pub fn write_png(path: &Path, frame: &Frame) -> Result<(), Error> {
    let bytes = encode_png(frame)?;
    let aside = Aside::create(path)?;
    let mut file =
        File::options().write(true).open(aside.partial()).map_err(|e| Error::io("write", path, e))?;
    file.write_all(&bytes).map_err(|e| Error::io("write", path, e))?;
    aside.commit(|_| Ok(())).map(drop)
}

/// Reads a PNG file of any colour type as 8-bit RGBA.
///
/// # Errors
/// [`Error::Io`] when it cannot be opened, [`Error::Unusable`] when it is no whole PNG.
pub fn read_png(path: &Path) -> Result<Frame, Error> {
    let file = File::open(path).map_err(|e| Error::io("read", path, e))?;
    let unusable = |e: png::DecodingError| Error::unusable(path, e.to_string());
    let mut decoder = png::Decoder::new(BufReader::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(unusable)?;
    let size = reader.output_buffer_size().ok_or_else(|| Error::unusable(path, "it is too large"))?;
    let mut bytes = vec![0; size];
    let info = reader.next_frame(&mut bytes).map_err(unusable)?;
    let bytes = &bytes[..info.buffer_size()];
    let rgba = match info.color_type {
        png::ColorType::Rgba => bytes.to_vec(),
        png::ColorType::Rgb => bytes.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect(),
        png::ColorType::GrayscaleAlpha => {
            bytes.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect()
        }
        png::ColorType::Grayscale | png::ColorType::Indexed => {
            bytes.iter().flat_map(|&v| [v, v, v, 255]).collect()
        }
    };
    Ok(Frame { index: 0, width: info.width, height: info.height, rgba, depth: None, mask: None })
}

/// For each of `to` pixels the first of the `from` pixels under it, and how much each counts.
fn weights(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let step = from as f64 / to as f64;
    (0..to)
        .map(|n| {
            let (start, end) = (n as f64 * step, (n + 1) as f64 * step);
            let (first, last) = (start.floor() as usize, (end.ceil() as usize).min(from));
            let parts = (first..last.max(first + 1))
                .map(|k| ((end.min((k + 1) as f64) - start.max(k as f64)) / step) as f32)
                .collect();
            (first, parts)
        })
        .collect()
}

/// Light of each sRGB code (IEC 61966-2-1).
fn linear_light() -> [f32; 256] {
    std::array::from_fn(|code| {
        let v = code as f32 / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    })
}

fn to_srgb(light: f32) -> u8 {
    let v = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (v * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnails_keep_the_light() {
        // Black and white columns: half the light is code 188, not 128.
        let mut frame = Frame::filled(3, 64, 32, [0, 0, 0, 255]);
        for pixel in frame.rgba.chunks_exact_mut(8) {
            pixel[..3].fill(255);
        }
        let small = thumbnail(&frame, 32);
        assert_eq!((small.width, small.height, small.index), (32, 16, 3));
        assert!(small.rgba.chunks_exact(4).all(|p| p == [188, 188, 188, 255]), "{:?}", &small.rgba[..8]);
        let odd = thumbnail(&Frame::filled(0, 64, 32, [90, 60, 30, 255]), 27);
        assert!(odd.rgba.chunks_exact(4).all(|p| p == [90, 60, 30, 255]));
    }

    #[test]
    fn a_contact_sheet_has_a_cell_a_frame() {
        let frames: Vec<Frame> =
            (0..5).map(|n| Frame::filled(n, 160, 90, [40 * n as u8, 200, 0, 255])).collect();
        let sheet = contact_sheet(&frames, 3, 80);
        assert_eq!((sheet.width, sheet.height), (3 * 82 + 2, 2 * 47 + 2));
        let at = |x: usize, y: usize| &sheet.rgba[(y * sheet.width as usize + x) * 4..][..2];
        assert_eq!(at(10, 10), [0, 200]);
        assert_eq!(at(10 + 82, 10 + 47), [160, 200]);
        assert_eq!(at(10 + 164, 10 + 47), [24, 24]);
        assert_eq!(contact_sheet(&[], 3, 80).rgba.len(), 0);
        // A portrait picture among landscapes stays whole.
        let mixed = [frames[0].clone(), Frame::filled(0, 90, 160, [1, 2, 3, 255])];
        assert_eq!(contact_sheet(&mixed, 2, 80).height, 49);
    }

    #[test]
    fn png_files_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let mut frame = Frame::filled(0, 66, 64, [9, 8, 7, 255]);
        frame.rgba[0] = 255;
        write_png(&path, &frame).unwrap();
        assert_eq!(read_png(&path).unwrap(), frame);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(matches!(read_png(&folder.path().join("no.png")), Err(Error::Io { .. })));
        std::fs::write(&path, b"not a picture").unwrap();
        assert!(matches!(read_png(&path), Err(Error::Unusable { .. })));
        assert!(encode_png(&Frame::filled(0, 0, 0, [0; 4])).is_err());
    }
}
