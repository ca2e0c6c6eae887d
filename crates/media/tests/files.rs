//! What the writers promise, checked on the files they leave.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use ffmpeg_next as ff;
use film::{EvenSize, Fps, Frame, FrameSink, Hint, Quality};
use media::{Decoder, Error, FilmSpec, FilmWriter, Format, GifLimits, TakeReader, TakeWriter, Written};

const W: u32 = 192;
const H: u32 = 108;

/// A picture with soft gradients and something that moves, as films have.
fn picture(index: u32, width: u32, height: u32) -> Frame {
    let mut frame = Frame::filled(index, width, height, [0, 0, 0, 255]);
    let t = index as f32 * 0.08;
    for (n, p) in frame.rgba.chunks_exact_mut(4).enumerate() {
        let x = (n as u32 % width) as f32 / width as f32;
        let y = (n as u32 / width) as f32 / height as f32;
        let disc = ((x - 0.5 - 0.2 * t.sin()).hypot(y - 0.5) * 12.0).min(1.0);
        p[0] = (40.0 + 160.0 * x * disc) as u8;
        p[1] = (60.0 + 120.0 * y) as u8;
        p[2] = (200.0 - 100.0 * x * y * disc) as u8;
    }
    frame
}

/// Every value of every channel, and no two neighbours alike.
fn noise(index: u32) -> Frame {
    let mut frame = Frame::filled(index, W, H, [0, 0, 0, 255]);
    let mut state = index.wrapping_mul(2_654_435_761).wrapping_add(1);
    for p in frame.rgba.chunks_exact_mut(4) {
        for value in &mut p[..3] {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *value = (state >> 24) as u8;
        }
    }
    frame
}

fn spec(fps: u32) -> FilmSpec {
    FilmSpec {
        width: EvenSize::new(W).unwrap(),
        height: EvenSize::new(H).unwrap(),
        fps: Fps::new(fps).unwrap(),
        quality: Quality::Standard,
        title: "Mammoths, “giant” ones".into(),
        recipe: r#"{"version":1,"title":"大象 🐘"}"#.into(),
        sound: true,
        format: Format::H264,
        encoder: None,
        threads: 0,
        gif: GifLimits::default(),
    }
}

/// A tone of 440 Hz left and 660 Hz right.
fn tone(samples: usize) -> Vec<f32> {
    (0..samples)
        .flat_map(|n| {
            let t = n as f32 / 48_000.0 * std::f32::consts::TAU;
            [0.3 * (440.0 * t).sin(), 0.2 * (660.0 * t).sin()]
        })
        .collect()
}

fn film(path: &Path, spec: FilmSpec, frames: u32) -> Result<Written, Error> {
    let (width, height) = (spec.width.get(), spec.height.get());
    let sound = spec.sound;
    let samples = (frames as f64 / f64::from(spec.fps.get()) * 48_000.0).round() as usize;
    let mut writer = FilmWriter::create(path, spec)?;
    if sound {
        writer.sound(&tone(samples))?;
    }
    for index in 0..frames {
        writer.frame(&picture(index, width, height))?;
    }
    writer.finish()
}

fn psnr(a: &Frame, b: &Frame) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let squares: f64 = a.rgba.iter().zip(&b.rgba).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
    let mean = squares / (f64::from(a.width) * f64::from(a.height) * 3.0);
    10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Whether each picture is a key frame, and its time stamp in frames, in the order of storing.
fn packets(path: &Path, fps: u32) -> Vec<(bool, i64)> {
    let mut input = ff::format::input(path).unwrap();
    let stream = input.streams().best(ff::media::Type::Video).unwrap();
    let (index, time, start) = (stream.index(), f64::from(stream.time_base()), stream.start_time());
    input
        .packets()
        .filter(|(stream, _)| stream.index() == index)
        .map(|(_, packet)| {
            let at = (packet.pts().unwrap() - start) as f64 * time * f64::from(fps);
            (packet.is_key(), at.round() as i64)
        })
        .collect()
}

#[test]
fn a_film_is_what_was_put_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    let written = film(&path, spec(24), 60).unwrap();
    assert_eq!((written.frames, written.note), (60, None));
    assert_eq!(names(folder.path()), ["film.mp4"]);

    let mut decoder = Decoder::open(&path).unwrap();
    let probe = decoder.probe().clone();
    assert_eq!((probe.width, probe.height, probe.frames, probe.moov_first), (W, H, 60, Some(true)));
    assert_eq!((probe.video_codec.as_str(), probe.pixel_format.as_str()), ("h264", "YUV420P"));
    assert_eq!(probe.colour, ["BT709", "MPEG", "BT709", "BT709"]);
    assert!((probe.fps - 24.0).abs() < 1e-9 && (probe.duration_secs - 2.5).abs() < 0.03, "{probe:?}");
    assert_eq!(probe.title.as_deref(), Some("Mammoths, “giant” ones"));
    let sound = probe.sound.unwrap();
    assert_eq!((sound.codec.as_str(), sound.rate, sound.channels), ("aac", 48_000, 2));
    assert!((sound.duration_secs - 2.5).abs() < 0.03, "{sound:?}");

    for index in 0..60 {
        let frame = decoder.next_frame().unwrap().unwrap();
        assert_eq!(frame.index, index);
        let psnr = psnr(&frame, &picture(index, W, H));
        assert!(psnr > 40.0, "frame {index}: {psnr:.1} dB");
    }
    assert!(decoder.next_frame().unwrap().is_none());
    for index in [59, 0, 31, 30, 12] {
        let frame = decoder.frame_at(index).unwrap();
        assert!(psnr(&frame, &picture(index, W, H)) > 40.0, "frame {index} after seeking");
    }
    assert!(matches!(decoder.frame_at(60), Err(Error::Truncated { .. })));

    let heard = media::read_sound(&path).unwrap();
    let played = tone(120_000);
    assert!(heard.len().abs_diff(played.len()) <= 2 * 1024, "{} samples", heard.len());
    let middle = 48_000..192_000;
    let error: f64 =
        heard[middle.clone()].iter().zip(&played[middle]).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    assert!((error / 144_000.0).sqrt() < 0.01, "the sound is off by {}", (error / 144_000.0).sqrt());
}

#[test]
fn groups_of_pictures_are_short_and_closed() {
    let folder = tempfile::tempdir().unwrap();
    for (fps, gop) in [(24, 12), (30, 15), (1, 1)] {
        let path = folder.path().join("film.mp4");
        film(&path, FilmSpec { sound: false, ..spec(fps) }, 40).unwrap();
        let packets = packets(&path, fps);
        assert_eq!(packets.len(), 40);
        let keys: Vec<i64> = packets.iter().filter(|p| p.0).map(|p| p.1).collect();
        assert_eq!(keys[0], 0);
        assert!(keys.windows(2).all(|k| k[1] - k[0] <= gop), "{keys:?} at {fps} frames a second");
        // Closed: nothing that is stored after a key frame is shown before it.
        let mut last_key = 0;
        for (key, at) in packets {
            last_key = if key { at } else { last_key };
            assert!(at >= last_key);
        }
    }
}

#[test]
fn the_recipe_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    let recipe = format!("{{\"script\":\"{}\"}}", "Ein Mammut läuft \\n \\\" 🦣; ".repeat(20_000));
    film(&path, FilmSpec { recipe: recipe.clone(), ..spec(24) }, 3).unwrap();
    assert_eq!(media::recipe(&path).unwrap().as_deref(), Some(recipe.as_str()));
    film(&path, FilmSpec { recipe: String::new(), ..spec(24) }, 3).unwrap();
    assert_eq!(media::recipe(&path).unwrap(), None);
    let nul = FilmSpec { recipe: "a\0b".into(), ..spec(24) };
    assert!(matches!(film(&path, nul, 3), Err(Error::Misfit { .. })));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.mp4"), folder.path().join("b.mp4"));
    for path in [&a, &b] {
        film(path, spec(24), 50).unwrap();
    }
    assert!(fs::read(&a).unwrap() == fs::read(&b).unwrap());
    let (a, b) = (folder.path().join("a.mov"), folder.path().join("b.mov"));
    for path in [&a, &b] {
        take(path, 8, noise);
    }
    assert!(fs::read(&a).unwrap() == fs::read(&b).unwrap());
}

#[test]
fn odd_films_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    for (width, height, fps, frames, sound) in [
        (64, 64, 24, 1, true),
        (64, 64, 1, 2, false),
        (64, 64, 120, 130, true),
        (7680, 64, 25, 3, false),
        (64, 7680, 25, 2, true),
    ] {
        let spec = FilmSpec {
            width: EvenSize::new(width).unwrap(),
            height: EvenSize::new(height).unwrap(),
            quality: Quality::Draft,
            sound,
            ..spec(fps)
        };
        let written = film(&path, spec, frames).unwrap();
        assert_eq!(written.frames, frames);
        let mut decoder = Decoder::open(&path).unwrap();
        let probe = decoder.probe();
        assert_eq!((probe.width, probe.height, probe.frames), (width, height, frames));
        assert_eq!(probe.sound.is_some(), sound);
        let length = f64::from(frames) / f64::from(fps);
        assert!((probe.duration_secs - length).abs() < 0.03, "{probe:?}");
        let last = decoder.frame_at(frames - 1).unwrap();
        assert!(psnr(&last, &picture(frames - 1, width, height)) > 34.0);
    }
}

#[test]
fn misfits_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    let mut writer = FilmWriter::create(&path, spec(24)).unwrap();
    assert_eq!(names(folder.path()), ["film.partial.mp4"]);
    let wrong = writer.frame(&Frame::filled(0, W + 2, H, [0; 4])).unwrap_err();
    assert!(wrong.to_string().contains("194x108, not 192x108"), "{wrong}");
    let short = Frame { rgba: vec![0; 9], ..picture(0, W, H) };
    assert!(matches!(writer.frame(&short), Err(Error::Misfit { .. })));
    assert!(matches!(writer.sound(&[0.0; 3]), Err(Error::Misfit { .. })));
    assert!(matches!(writer.sound(&[f32::NAN; 2]), Err(Error::Misfit { .. })));
    assert!(matches!(writer.finish(), Err(Error::Misfit { .. })));
    assert!(names(folder.path()).is_empty());

    let mut writer = FilmWriter::create(&path, spec(24)).unwrap();
    FrameSink::frame(&mut writer, picture(0, W, H)).unwrap();
    drop(writer);
    assert!(names(folder.path()).is_empty());

    let mut silent = FilmWriter::create(&path, FilmSpec { sound: false, ..spec(24) }).unwrap();
    assert!(matches!(silent.sound(&[0.0; 2]), Err(Error::Misfit { .. })));
}

#[test]
fn sound_is_padded_and_cut_to_the_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    for seconds in [0, 1, 9] {
        let mut writer = FilmWriter::create(&path, spec(24)).unwrap();
        for index in 0..48 {
            writer.frame(&picture(index, W, H)).unwrap();
        }
        writer.sound(&tone(48_000 * seconds)).unwrap();
        writer.finish().unwrap();
        let probe = media::probe(&path).unwrap();
        assert!((probe.duration_secs - 2.0).abs() < 0.03, "{seconds} s of sound: {probe:?}");
    }
}

#[test]
fn a_missing_encoder_is_told_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    let none = FilmSpec { encoder: Some("libnothing".into()), ..spec(24) };
    let error = film(&path, none, 1).unwrap_err();
    assert_eq!(error.to_string(), "this FFmpeg has no encoder libnothing");
    assert!(error.hint().unwrap().contains("apt install"));
    assert!(names(folder.path()).is_empty());
    // The stand-in that every FFmpeg has makes a film, too.
    let written = film(&path, FilmSpec { encoder: Some("mpeg4".into()), ..spec(24) }, 30).unwrap();
    assert_eq!(written.encoder, "mpeg4");
    let mut decoder = Decoder::open(&path).unwrap();
    assert_eq!(decoder.probe().video_codec, "mpeg4");
    let psnr = psnr(&decoder.frame_at(20).unwrap(), &picture(20, W, H));
    assert!(psnr > 36.0, "{psnr}");
}

#[test]
fn unwritable_places_are_told_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let missing = film(&folder.path().join("no/such/film.mp4"), spec(24), 1).unwrap_err();
    assert!(missing.hint().unwrap().contains("does not exist"), "{missing}");
    let there = film(folder.path(), spec(24), 1).unwrap_err();
    assert!(there.hint().unwrap().contains("name a file"), "{there}");
    assert!(names(folder.path()).is_empty());
    // Names that mean something to FFmpeg or to URLs are only names here.
    let path = folder.path().join("a:b %20 #1 ☃.mp4");
    film(&path, spec(24), 2).unwrap();
    assert_eq!(media::probe(&path).unwrap().frames, 2);
}

fn take(path: &Path, frames: u32, picture: fn(u32) -> Frame) {
    let mut writer =
        TakeWriter::create(path, EvenSize::new(W).unwrap(), EvenSize::new(H).unwrap(), Fps::new(24).unwrap())
            .unwrap();
    for index in 0..frames {
        FrameSink::frame(&mut writer, picture(index)).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), frames);
}

#[test]
fn a_take_comes_back_without_loss_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s1-010.mov");
    for source in [noise as fn(u32) -> Frame, |n| picture(n, W, H)] {
        take(&path, 12, source);
        assert_eq!(names(folder.path()), ["s1-010.mov"]);
        let mut reader = TakeReader::open(&path).unwrap();
        assert_eq!((reader.frames(), reader.size()), (12, (W, H)));
        for index in (0..12).chain([5, 11, 0, 3, 2, 1, 10]) {
            assert!(reader.frame(index).unwrap() == source(index), "frame {index}");
        }
        assert!(matches!(reader.frame(12), Err(Error::Misfit { .. })));
        // After the last frame the reader lets go of its decoder, and takes it up again when it is asked.
        assert!(reader.frame(11).unwrap() == source(11) && reader.frame(11).unwrap() == source(11));
    }
}

#[test]
fn a_damaged_take_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s1-010.mov");
    take(&path, 12, noise);
    let whole = fs::read(&path).unwrap();
    for keep in [whole.len() - 1, whole.len() - 300, whole.len() / 2, 40, 7, 0] {
        fs::write(&path, &whole[..keep]).unwrap();
        let error = TakeReader::open(&path).err().unwrap_or_else(|| panic!("{keep} bytes passed for a take"));
        assert!(matches!(error, Error::Truncated { .. } | Error::Unusable { .. }), "{keep} bytes: {error}");
    }
    fs::write(&path, "not a film at all, but long enough to look at").unwrap();
    assert!(matches!(TakeReader::open(&path), Err(Error::Unusable { .. })));
    let film_path = folder.path().join("film.mp4");
    film(&film_path, spec(24), 2).unwrap();
    assert!(matches!(TakeReader::open(&film_path), Err(Error::Unusable { .. })));
    assert!(matches!(TakeReader::open(&folder.path().join("none.mov")), Err(Error::Io { .. })));
}

#[test]
fn takes_refuse_what_does_not_follow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s1-010.mov");
    let size = |n| EvenSize::new(n).unwrap();
    let mut writer = TakeWriter::create(&path, size(W), size(H), Fps::new(24).unwrap()).unwrap();
    writer.frame(&noise(3)).unwrap();
    assert!(matches!(writer.frame(&noise(5)), Err(Error::Misfit { .. })));
    writer.frame(&noise(4)).unwrap();
    drop(writer);
    assert!(names(folder.path()).is_empty());
}

/// A folder on a file system of one megabyte, where this machine lets us make one.
#[cfg(target_os = "linux")]
struct SmallDisk(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let status = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status();
        status.is_ok_and(|s| s.success()).then_some(Self(folder))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_a_hint_and_leaves_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: this user may not mount a small tmpfs");
        return;
    };
    let folder = disk.0.path();
    let write_take = || -> Result<u32, Error> {
        let size = |n| EvenSize::new(n).unwrap();
        let mut writer = TakeWriter::create(&folder.join("t.mov"), size(W), size(H), Fps::new(24).unwrap())?;
        for index in 0..100 {
            writer.frame(&noise(index))?;
        }
        writer.finish()
    };
    let write_film = || -> Result<Written, Error> {
        let mut writer = FilmWriter::create(&folder.join("f.mp4"), spec(24))?;
        for index in 0..400 {
            writer.frame(&noise(index))?;
        }
        writer.finish()
    };
    let full_png = || {
        media::write_png(&folder.join("p.png"), &{
            let mut big = Frame::filled(0, 1024, 1024, [0, 0, 0, 255]);
            for (n, p) in big.rgba.chunks_exact_mut(4).enumerate() {
                let v = (n as u32 ^ 0x5bd1_e995).wrapping_mul(2_654_435_761);
                p[..3].copy_from_slice(&(v ^ v >> 15).wrapping_mul(0x2c1b_3c6d).to_be_bytes()[..3]);
            }
            big
        })
    };
    for error in [write_take().unwrap_err(), write_film().unwrap_err(), full_png().unwrap_err()] {
        assert!(error.to_string().contains("No space left"), "{error}");
        assert!(error.hint().unwrap().contains("free some"), "{error}");
        assert!(names(folder).is_empty(), "{:?} was left", names(folder));
    }
}
