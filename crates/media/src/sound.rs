use std::path::Path;

use ffmpeg_next as ff;

use crate::source::open_input;
use crate::{Error, SAMPLE_RATE};

/// The sound of the file at `path` as interleaved stereo at [`SAMPLE_RATE`]; empty when it has none.
///
/// # Errors
/// [`Error::Io`] when it cannot be opened, [`Error::Ffmpeg`] when it cannot be decoded.
pub fn read_sound(path: &Path) -> Result<Vec<f32>, Error> {
    let fail = |error| Error::ffmpeg("read the sound of", path, error);
    let mut input = open_input(path)?;
    let Some(stream) = input.streams().best(ff::media::Type::Audio) else { return Ok(Vec::new()) };
    let (index, time) = (stream.index(), stream.time_base());
    let context = ff::codec::context::Context::from_parameters(stream.parameters()).map_err(fail)?;
    let mut decoder = context.decoder();
    // Without it the decoder cannot cut off the silence that the encoder put in front.
    decoder.set_packet_time_base(time);
    let mut decoder = decoder.audio().map_err(fail)?;
    let mut samples = Vec::new();
    let mut resampler = None;
    let mut packet = ff::Packet::empty();
    loop {
        match packet.read(&mut input) {
            Ok(()) if packet.stream() != index => continue,
            Ok(()) => decoder.send_packet(&packet).map_err(fail)?,
            Err(ff::Error::Eof) => {
                decoder.send_eof().map_err(fail)?;
                receive(&mut decoder, &mut resampler, &mut samples).map_err(fail)?;
                return Ok(samples);
            }
            Err(error) => return Err(fail(error)),
        }
        receive(&mut decoder, &mut resampler, &mut samples).map_err(fail)?;
    }
}

fn receive(
    decoder: &mut ff::decoder::Audio,
    resampler: &mut Option<ff::software::resampling::Context>,
    samples: &mut Vec<f32>,
) -> Result<(), ff::Error> {
    let packed = ff::format::Sample::F32(ff::format::sample::Type::Packed);
    let stereo = ff::ChannelLayout::STEREO;
    let mut decoded = ff::frame::Audio::empty();
    loop {
        match decoder.receive_frame(&mut decoded) {
            Ok(()) => (),
            Err(ff::Error::Eof | ff::Error::Other { errno: ff::error::EAGAIN }) => break,
            Err(error) => return Err(error),
        }
        if resampler.is_none() {
            *resampler = Some(ff::software::resampling::Context::get(
                decoded.format(),
                decoded.channel_layout(),
                decoded.rate(),
                packed,
                stereo,
                SAMPLE_RATE,
            )?);
        }
        if let Some(resampler) = resampler {
            let mut out = ff::frame::Audio::empty();
            resampler.run(&decoded, &mut out)?;
            samples.extend(
                out.data(0)[..out.samples() * 8]
                    .chunks_exact(4)
                    .map(|b| f32::from_ne_bytes([b[0], b[1], b[2], b[3]])),
            );
        }
    }
    Ok(())
}
