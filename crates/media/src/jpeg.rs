use std::path::Path;

use ff::software::scaling::{Context, Flags};
use ff::util::color;
use ffmpeg_next as ff;
use film::Frame;

use crate::{Error, library};

/// FFmpeg's encoder of JPEG pictures, in every build.
const ENCODER: &str = "mjpeg";

/// The picture as a JPEG file `height` pixels high and of the same shape, never larger than it is. For screens, which show it
/// for a moment: FFmpeg's scaler and its quantiser 3 of 1 (best) to 31.
///
/// # Errors
/// [`Error::Misfit`] when the frame is empty or its bytes do not fit its size, [`Error::NoEncoder`] when FFmpeg lacks the
/// codec.
pub fn encode_jpeg(frame: &Frame, height: u32) -> Result<Vec<u8>, Error> {
    let path = Path::new("the JPEG picture");
    let (width, full) = (frame.width, frame.height);
    if frame.rgba.is_empty() || frame.rgba.len() != width as usize * full as usize * 4 {
        return Err(Error::misfit(path, format!("{} bytes for {width}x{full} pixels", frame.rgba.len())));
    }
    let fail = |error| Error::ffmpeg("encode", path, error);
    let codec = library::encoder(ENCODER)?;
    // Even sides, as the halved colour planes want them.
    let even = |side: f64| ((side / 2.0).round() as u32 * 2).max(2);
    let (to_width, to_height) = if height < full {
        (even(f64::from(width) * f64::from(height) / f64::from(full)), even(f64::from(height)))
    } else {
        (even(f64::from(width)), even(f64::from(full)))
    };

    let mut rgba = ff::frame::Video::new(ff::format::Pixel::RGBA, width, full);
    let stride = rgba.stride(0);
    let row = width as usize * 4;
    for (line, pixels) in rgba.data_mut(0).chunks_mut(stride).zip(frame.rgba.chunks_exact(row)) {
        line[..row].copy_from_slice(pixels);
    }
    let mut yuv = ff::frame::Video::empty();
    let planes = ff::format::Pixel::YUVJ420P;
    Context::get(ff::format::Pixel::RGBA, width, full, planes, to_width, to_height, Flags::AREA)
        .and_then(|mut scaler| scaler.run(&rgba, &mut yuv))
        .map_err(fail)?;
    yuv.set_color_range(color::Range::JPEG);
    yuv.set_pts(Some(0));

    let mut encoder = ff::codec::context::Context::new_with_codec(codec).encoder().video().map_err(fail)?;
    encoder.set_width(to_width);
    encoder.set_height(to_height);
    encoder.set_format(planes);
    encoder.set_color_range(color::Range::JPEG);
    encoder.set_time_base((1, 25));
    encoder.set_qmin(3);
    encoder.set_qmax(3);
    let mut encoder = encoder.open().map_err(fail)?;
    encoder.send_frame(&yuv).map_err(fail)?;
    encoder.send_eof().map_err(fail)?;
    let mut packet = ff::Packet::empty();
    encoder.receive_packet(&mut packet).map_err(fail)?;
    packet.data().map(<[u8]>::to_vec).ok_or_else(|| Error::misfit(path, "the encoder made nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_has_its_size_and_colours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        std::fs::write(&path, encode_jpeg(&Frame::filled(0, 320, 180, [200, 80, 40, 255]), 90).unwrap())
            .unwrap();
        let back = crate::Decoder::open(&path).unwrap().frame_at(0).unwrap();
        assert_eq!((back.width, back.height), (160, 90));
        let pixel = &back.rgba[(90 * 80 * 4)..][..3];
        assert!(pixel.iter().zip([200_u8, 80, 40]).all(|(a, b)| a.abs_diff(b) < 6), "{pixel:?}");
        assert!(encode_jpeg(&Frame::filled(0, 0, 0, [0; 4]), 90).is_err());
        assert!(encode_jpeg(&Frame::filled(0, 66, 65, [0; 4]), 900).is_ok());
    }
}
