//! How each of FFmpeg's encoders is set up.

use ff::codec::Flags;
use ff::util::color;
use ffmpeg_next as ff;
use film::Quality;

use crate::SAMPLE_RATE;
use crate::film_writer::{FilmSpec, frame_time, rate};
use crate::format::{Container, Samples, SoundEncoder};

/// Encoder threads where nobody says. Fixed, because x264 and others cut their work by their number and so the bytes depend
/// on it.
const THREADS: usize = 8;

/// `hvc1`: the tag of H.265 that Apple's players want, with the parameter sets in the header.
const HVC1: u32 = u32::from_le_bytes(*b"hvc1");

/// A picture encoder, set up and open.
pub(crate) fn open_pictures(
    container: &Container,
    spec: &FilmSpec,
    name: &str,
    codec: ff::Codec,
) -> Result<ff::encoder::video::Encoder, ff::Error> {
    let mut encoder = ff::codec::context::Context::new_with_codec(codec).encoder().video()?;
    encoder.set_width(spec.width.get());
    encoder.set_height(spec.height.get());
    encoder.set_format(container.pixels);
    encoder.set_time_base(frame_time(spec.fps));
    encoder.set_frame_rate(Some(rate(spec.fps)));
    encoder.set_aspect_ratio((1, 1));
    encoder.set_colorspace(color::Space::BT709);
    encoder.set_color_range(color::Range::MPEG);
    encoder.set_color_primaries(color::Primaries::BT709);
    encoder.set_color_transfer_characteristic(color::TransferCharacteristic::BT709);
    encoder.set_threading(ff::codec::threading::Config {
        kind: ff::codec::threading::Type::Frame,
        count: if spec.threads == 0 { THREADS } else { spec.threads as usize },
        ..Default::default()
    });
    let fps = spec.fps.get();
    let flags = Flags::GLOBAL_HEADER | Flags::CLOSED_GOP | Flags::BITEXACT;
    encoder.set_flags(flags);
    let mut options = ff::Dictionary::new();
    options.set("chroma_sample_location", "left");
    match name {
        "libx264" | "libx265" => {
            half_second_groups(&mut encoder, fps);
            if name == "libx264" {
                let (preset, crf) =
                    by_quality(spec.quality, ("veryfast", "23"), ("medium", "18"), ("slow", "15"));
                options.set("preset", preset);
                options.set("crf", crf);
                options.set("profile", "high");
            } else {
                let (preset, crf) =
                    by_quality(spec.quality, ("ultrafast", "26"), ("medium", "21"), ("slow", "18"));
                options.set("preset", preset);
                options.set("crf", crf);
                // By itself it prints to the terminal, and writes its version and settings into the film. The number of
                // frames in hand would otherwise follow the number of processors.
                options.set("x265-params", "log-level=none:info=0:frame-threads=2:open-gop=0");
                set_tag(&mut encoder, HVC1);
            }
        }
        "libvpx-vp9" => {
            // Its groups lean on pictures that are not shown, which pays only over seconds.
            encoder.set_gop(fps * 4);
            options.set("crf", by_quality(spec.quality, "36", "28", "20"));
            options.set("b", "0");
            options.set("deadline", "good");
            options.set("cpu-used", by_quality(spec.quality, "6", "4", "2"));
            options.set("row-mt", "1");
            options.set("tile-columns", "2");
            options.set("auto-alt-ref", "1");
            options.set("lag-in-frames", "25");
        }
        "libaom-av1" => {
            encoder.set_gop(fps * 4);
            options.set("crf", by_quality(spec.quality, "42", "32", "24"));
            options.set("b", "0");
            options.set("cpu-used", by_quality(spec.quality, "8", "6", "4"));
            options.set("row-mt", "1");
        }
        "prores_ks" => {
            // Every picture stands alone; 422 HQ at any quality, since it is what is edited further.
            options.set("profile", "hq");
            options.set("vendor", "apl0");
        }
        "mpeg4" => {
            half_second_groups(&mut encoder, fps);
            encoder.set_flags(flags | Flags::QSCALE);
            encoder.set_global_quality(by_quality(spec.quality, 5, 3, 2) * ff::ffi::FF_QP2LAMBDA);
            // It can close its groups only when it does not look for cuts.
            options.set("sc_threshold", "1000000000");
        }
        _ => {
            half_second_groups(&mut encoder, fps);
            // Encoders without constant quality get bits by the pixel.
            let pixels = f64::from(spec.width.get()) * f64::from(spec.height.get()) * f64::from(fps);
            encoder.set_bit_rate((pixels * by_quality(spec.quality, 0.1, 0.2, 0.35)) as usize);
        }
    }
    encoder.open_with(options)
}

fn by_quality<T>(quality: Quality, draft: T, standard: T, best: T) -> T {
    match quality {
        Quality::Draft => draft,
        Quality::Standard => standard,
        Quality::Best => best,
    }
}

/// A key frame at least every half second, so that players and editors find any place quickly.
fn half_second_groups(encoder: &mut ff::encoder::video::Video, fps: u32) {
    encoder.set_gop((fps / 2).max(1));
    encoder.set_max_b_frames(2);
}

#[expect(unsafe_code, reason = "ffmpeg-next has no call for the codec's tag")]
fn set_tag(encoder: &mut ff::encoder::video::Video, tag: u32) {
    // SAFETY: the context is valid and ours alone while we hold it by `&mut`; the field is a plain number.
    unsafe {
        (*encoder.as_mut_ptr()).codec_tag = tag;
    }
}

/// A sound encoder, set up for stereo and open.
pub(crate) fn open_sound(
    row: &SoundEncoder,
    codec: ff::Codec,
) -> Result<ff::encoder::audio::Encoder, ff::Error> {
    let mut encoder = ff::codec::context::Context::new_with_codec(codec).encoder().audio()?;
    encoder.set_rate(SAMPLE_RATE.cast_signed());
    encoder.set_format(format(row.samples));
    encoder.set_channel_layout(ff::ChannelLayout::STEREO);
    encoder.set_time_base((1, SAMPLE_RATE.cast_signed()));
    if row.bit_rate > 0 {
        encoder.set_bit_rate(row.bit_rate);
    }
    encoder.set_flags(Flags::GLOBAL_HEADER | Flags::BITEXACT);
    encoder.open()
}

/// Interleaved stereo as the encoder wants it.
pub(crate) fn sound_frame(samples: Samples, stereo: &[f32]) -> ff::frame::Audio {
    let count = stereo.len() / 2;
    let mut frame = ff::frame::Audio::new(format(samples), count, ff::ChannelLayout::STEREO);
    frame.set_rate(SAMPLE_RATE);
    match samples {
        Samples::FloatPlanar => {
            for channel in 0..2 {
                for (value, pair) in frame.plane_mut::<f32>(channel).iter_mut().zip(stereo.chunks_exact(2)) {
                    *value = pair[channel];
                }
            }
        }
        Samples::FloatPacked => {
            for (bytes, value) in frame.data_mut(0).chunks_exact_mut(4).zip(stereo) {
                bytes.copy_from_slice(&value.to_ne_bytes());
            }
        }
        Samples::IntPacked => {
            for (bytes, value) in frame.data_mut(0).chunks_exact_mut(4).zip(stereo) {
                let level = (f64::from(value.clamp(-1.0, 1.0)) * f64::from((1 << 23) - 1)).round() as i32;
                bytes.copy_from_slice(&(level << 8).to_ne_bytes());
            }
        }
    }
    frame
}

fn format(samples: Samples) -> ff::format::Sample {
    use ff::format::Sample;
    use ff::format::sample::Type;
    match samples {
        Samples::FloatPlanar => Sample::F32(Type::Planar),
        Samples::FloatPacked => Sample::F32(Type::Packed),
        Samples::IntPacked => Sample::I32(Type::Packed),
    }
}
