//! Every format is written and read back: streams, pictures, length, size, colours, recipe.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use film::{EvenSize, Fps, Frame, Quality};
use media::{Decoder, Error, FilmSpec, FilmWriter, Format, GifLimits, Written};

const W: u32 = 192;
const H: u32 = 108;
const FPS: u32 = 24;

/// Patches of known colours in a grey field; the field grows lighter with time.
const PATCHES: [[u8; 3]; 6] =
    [[200, 40, 40], [40, 170, 60], [50, 70, 200], [230, 200, 60], [240, 240, 240], [20, 20, 24]];

fn picture(index: u32) -> Frame {
    let grey = (80 + index) as u8;
    let mut frame = Frame::filled(index, W, H, [grey, grey, grey, 255]);
    for (n, colour) in PATCHES.iter().enumerate() {
        for y in 20..60 {
            for x in 0..24 {
                let at = (y * W as usize + n * 32 + 4 + x) * 4;
                frame.rgba[at..at + 3].copy_from_slice(colour);
            }
        }
    }
    frame
}

fn spec(format: Format) -> FilmSpec {
    FilmSpec {
        width: EvenSize::new(W).unwrap(),
        height: EvenSize::new(H).unwrap(),
        fps: Fps::new(FPS).unwrap(),
        quality: Quality::Standard,
        title: "Patches".into(),
        recipe: r#"{"version":1,"title":"大象 🐘"}"#.into(),
        sound: format.has_sound(),
        format,
        encoder: None,
        threads: 0,
        gif: GifLimits::default(),
    }
}

fn film(path: &Path, spec: FilmSpec, frames: u32) -> Result<Written, Error> {
    let sound = spec.sound;
    let mut writer = FilmWriter::create(path, spec)?;
    for index in 0..frames {
        if sound {
            let tone = |n: u32| (n as f32 / 48_000.0 * 440.0 * std::f32::consts::TAU).sin() * 0.25;
            let samples: Vec<f32> =
                (index * 2000..(index + 1) * 2000).flat_map(|n| [tone(n), tone(n)]).collect();
            writer.sound(&samples)?;
        }
        writer.frame(&picture(index))?;
    }
    writer.finish()
}

/// The mean colours of the patches and the middle of the field, at any scale.
fn check_colours(frame: &Frame, index: u32, tolerance: i32) {
    let mean = |x: u32, y: u32| {
        let (x, y) = (x * frame.width / W, y * frame.height / H);
        let mut sums = [0_i32; 3];
        for (dx, dy) in (0..8).flat_map(|dx| (0..8).map(move |dy| (dx, dy))) {
            let at = ((y + dy) * frame.width + x + dx) as usize * 4;
            for (sum, value) in sums.iter_mut().zip(&frame.rgba[at..at + 3]) {
                *sum += i32::from(*value);
            }
        }
        sums.map(|sum| sum / 64)
    };
    let grey = (80 + index) as u8;
    let patches = PATCHES.iter().enumerate().map(|(n, colour)| (n as u32 * 32 + 12, 36, *colour));
    for (x, y, colour) in patches.chain([(90, 90, [grey; 3])]) {
        let found = mean(x, y);
        let far = found.iter().zip(colour).any(|(a, b)| (a - i32::from(b)).abs() > tolerance);
        assert!(!far, "frame {index} at {x},{y}: {found:?} is not {colour:?}");
    }
}

fn present(format: Format) -> bool {
    if let Some(missing) = format.missing() {
        // Said, so that a run on a lean FFmpeg shows what it did not try.
        eprintln!("{format:?} is not tried: {missing}");
    }
    format.missing().is_none()
}

#[test]
fn films_with_sound_read_back() {
    let folder = tempfile::tempdir().unwrap();
    for (format, codecs, pixels, sound) in [
        (Format::H264, ["h264", "mpeg4"], "YUV420P", "aac"),
        (Format::H265, ["hevc", "hevc"], "YUV420P", "aac"),
        (Format::Webm, ["vp9", "av1"], "YUV420P", "opus"),
        (Format::ProRes, ["prores", "prores"], "YUV422P10LE", "pcm_s24le"),
    ] {
        if !present(format) {
            continue;
        }
        let path = folder.path().join("film").with_extension(format.ending());
        let written = film(&path, spec(format), 36).unwrap();
        assert_eq!(written.frames, 36, "{format:?}");
        let mut decoder = Decoder::open(&path).unwrap();
        let probe = decoder.probe().clone();
        assert!(codecs.contains(&probe.video_codec.as_str()), "{format:?}: {probe:?}");
        assert_eq!((probe.width, probe.height, probe.pixel_format.as_str()), (W, H, pixels), "{format:?}");
        assert!((probe.fps - 24.0).abs() < 0.01, "{format:?}: {probe:?}");
        assert!((probe.duration_secs - 1.5).abs() < 0.04, "{format:?}: {probe:?}");
        assert_eq!(probe.colour[0], "BT709", "{format:?}: {probe:?}");
        assert_eq!(probe.title.as_deref(), Some("Patches"), "{format:?}");
        let heard = probe.sound.unwrap();
        assert_eq!((heard.codec.as_str(), heard.rate, heard.channels), (sound, 48_000, 2), "{format:?}");
        for index in 0..36 {
            let frame = decoder.next_frame().unwrap().unwrap();
            assert_eq!(frame.index, index, "{format:?}");
            check_colours(&frame, index, 6);
        }
        assert!(decoder.next_frame().unwrap().is_none(), "{format:?}");
        check_colours(&decoder.frame_at(7).unwrap(), 7, 6);
        let samples = media::read_sound(&path).unwrap();
        assert!(samples.len().abs_diff(144_000) <= 4096, "{format:?}: {} samples", samples.len());
        let loud = samples[20_000..100_000].iter().map(|s| f64::from(s.powi(2))).sum::<f64>() / 80_000.0;
        assert!((loud.sqrt() - 0.25 / 2_f64.sqrt()).abs() < 0.01, "{format:?}: {}", loud.sqrt());
        assert_eq!(media::recipe(&path).unwrap(), Some(spec(format).recipe), "{format:?}");
    }
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("partial")), "{names:?}");
}

#[test]
fn h265_bears_the_tag_that_apple_plays() {
    if !present(Format::H265) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    film(&path, spec(Format::H265), 4).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.windows(4).any(|four| four == b"hvc1") && !bytes.windows(4).any(|four| four == b"hev1"));
}

#[test]
fn a_gif_is_small_and_keeps_its_colours() {
    if !present(Format::Gif) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.gif");
    let narrow = FilmSpec { gif: GifLimits { width: 128, fps: 15 }, ..spec(Format::Gif) };
    let written = film(&path, narrow, 48).unwrap();
    assert_eq!(written.frames, 24, "24 a second become 12");
    let mut decoder = Decoder::open(&path).unwrap();
    assert_eq!((decoder.probe().width, decoder.probe().height), (128, 72));
    assert!((decoder.probe().duration_secs - 2.0).abs() < 0.1, "{:?}", decoder.probe());
    let mut count = 0;
    while let Some(frame) = decoder.next_frame().unwrap() {
        check_colours(&frame, count * 2, 8);
        count += 1;
    }
    assert_eq!(count, 24);
    assert_eq!(media::recipe(&path).unwrap(), Some(spec(Format::Gif).recipe));
    assert!(FilmWriter::create(&path, spec(Format::Gif)).unwrap().sound(&[0.0; 2]).is_err());
}

#[test]
fn pictures_lie_numbered_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frames");
    let written = film(&path, spec(Format::Frames), 5).unwrap();
    assert_eq!(written.frames, 5);
    for index in 0..5 {
        let frame = media::read_png(&path.join(format!("{:06}.png", index + 1))).unwrap();
        assert_eq!(frame.rgba, picture(index).rgba, "lossless");
    }
    assert_eq!(media::recipe(&path).unwrap(), Some(spec(Format::Frames).recipe));
    // A shorter film in the same folder leaves nothing of the longer one, and what else is there stays.
    fs::write(path.join("notes.txt"), "mine").unwrap();
    film(&path, spec(Format::Frames), 2).unwrap();
    let mut names: Vec<_> =
        fs::read_dir(&path).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["000001.png", "000002.png", "notes.txt", "recipe.json"]);
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for &format in Format::ALL {
        if !present(format) {
            continue;
        }
        let path = folder.path().join("film").with_extension(format.ending());
        let mut writer = FilmWriter::create(&path, spec(format)).unwrap();
        writer.frame(&picture(0)).unwrap();
        drop(writer);
        let left: Vec<PathBuf> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
        assert!(left.is_empty(), "{format:?}: {left:?}");
    }
}

#[test]
fn the_same_film_has_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for &format in Format::ALL {
        if !present(format) || format == Format::Frames {
            continue;
        }
        let [a, b] = ["a", "b"].map(|name| folder.path().join(name).with_extension(format.ending()));
        for path in [&a, &b] {
            film(path, spec(format), 30).unwrap();
        }
        assert!(fs::read(&a).unwrap() == fs::read(&b).unwrap(), "{format:?}");
    }
}

#[test]
fn an_encoder_of_another_kind_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("film.webm");
    let odd = FilmSpec { encoder: Some("mpeg4".into()), ..spec(Format::Webm) };
    let error = film(&path, odd, 1).unwrap_err();
    assert!(error.to_string().contains("mpeg4"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
