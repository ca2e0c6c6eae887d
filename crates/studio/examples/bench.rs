//! The numbers behind `./x bench`: one JSON object a line on standard output, as `xtask/src/bench.rs` describes.
//!
//! An argument names the only area to measure: `plan`, `stage` or `encode`.
#![expect(clippy::print_stdout, reason = "its standard output is its result")]

use std::time::{Duration, Instant};

use film::{EvenSize, Fps, Frame, FrameSink, Quality, Seed, ShotOrder, ShotRenderer as _, SinkError, Watch};
use media::{FilmSpec, FilmWriter};
use serde_json::{Map, Value, json};
use stage::{DeviceChoice, Stage};
use studio::Wishes;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const PROMPT: &str = "Several giant woolly mammoths approach, treading through a snowy meadow, their long woolly fur \
     lightly blows in the wind as they walk, snow covered trees and dramatic snow capped mountains in the distance, mid \
     afternoon light with wispy clouds and a sun high in the distance creates a warm glow, the low camera view is \
     stunning, depth of field.";
const SIZES: [(u32, u32); 3] = [(640, 360), (1280, 720), (1920, 1080)];
const QUALITIES: [(Quality, &str); 3] =
    [(Quality::Draft, "draft"), (Quality::Standard, "standard"), (Quality::Best, "best")];

/// What one measurement may take, roughly: long enough to average, short enough for all of them to be run often.
const BUDGET: Duration = Duration::from_secs(5);

fn main() -> Outcome {
    let area = std::env::args().nth(1);
    let wanted = |name: &str| area.as_deref().is_none_or(|area| area == name);
    if wanted("plan") {
        plan()?;
    }
    if wanted("stage") || wanted("encode") {
        let mut stage = Stage::new(&DeviceChoice::default())?;
        let device = stage.device();
        println!(
            "{}",
            json!({ "device": format!("{} ({}, {})", device.name, device.backend, device.driver) })
        );
        if wanted("stage") {
            draw(&mut stage)?;
        }
        if wanted("encode") {
            encode(&mut stage)?;
        }
    }
    Ok(())
}

/// Time from words to storyboard, for the sentence of the README and for a script of fifty such paragraphs.
fn plan() -> Outcome {
    let script = vec![PROMPT; 50].join("\n\n");
    for (name, words) in [("a sentence of 60 words", PROMPT), ("a script of 3000 words", &script)] {
        let mut times = Vec::new();
        let begun = Instant::now();
        while times.len() < 3 || (begun.elapsed() < BUDGET / 3 && times.len() < 100) {
            // Another text each time: the reader remembers the last.
            let words = format!("{words} {}", times.len());
            let start = Instant::now();
            studio::plan(&words, &Wishes::default())?;
            times.push(start.elapsed());
        }
        times.sort_unstable();
        row("plan", name, times[times.len() / 2].as_secs_f64() * 1e3, "ms", "lower", None);
    }
    Ok(())
}

/// Frames a second as they reach the next room, and what each pass of a frame takes by itself.
fn draw(stage: &mut Stage) -> Outcome {
    for size in SIZES {
        for (quality, quality_name) in QUALITIES {
            let order = order(size, quality)?;
            // The first frame of a place also makes the place.
            let start = Instant::now();
            stage.frame(&order, 0)?;
            let first = start.elapsed();
            let passes = stage.bench(&order, 1)?;
            let one = passes.iter().map(|pass| pass.seconds).sum::<f64>();
            let frames = (BUDGET.as_secs_f64() / one).clamp(3.0, 40.0) as u32;
            let start = Instant::now();
            stage.render(&order, 0..frames.min(order.frame_count()), &mut Nowhere, &Watch::unwatched())?;
            let speed = f64::from(frames.min(order.frame_count())) / start.elapsed().as_secs_f64();
            let mut parts = Map::new();
            for pass in passes {
                let name = format!("{} ms", pass.name);
                let sum = parts.get(&name).and_then(Value::as_f64).unwrap_or_default() + pass.seconds * 1e3;
                parts.insert(name, sum.into());
            }
            let name = format!("{}x{} {quality_name}", size.0, size.1);
            row("stage", &name, speed, "frames/s", "higher", Some(parts));
            row("stage", &format!("{name}, first frame"), first.as_secs_f64() * 1e3, "ms", "lower", None);
        }
    }
    Ok(())
}

/// Frames a second from pictures to film, with pictures of a real shot.
fn encode(stage: &mut Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    for size in SIZES {
        let mut shot = Pictures::default();
        let order = order(size, Quality::Draft)?;
        stage.render(&order, 0..6, &mut shot, &Watch::unwatched())?;
        for (quality, quality_name) in QUALITIES {
            let spec = FilmSpec {
                width: order.format.width,
                height: order.format.height,
                fps: order.format.fps,
                quality,
                title: String::new(),
                recipe: String::new(),
                sound: false,
                format: media::Format::H264,
                encoder: None,
                threads: 0,
                gif: media::GifLimits::default(),
            };
            let mut film = FilmWriter::create(&folder.path().join("film.mp4"), spec)?;
            let start = Instant::now();
            let mut frames = 0;
            // To and fro, so that neighbours follow each other as in a film.
            for frame in shot.0.iter().chain(shot.0.iter().rev()).cycle() {
                let mut frame = frame.clone();
                frame.index = frames;
                film.frame(&frame)?;
                frames += 1;
                if frames >= 24 && (start.elapsed() > BUDGET / 2 || frames >= 240) {
                    break;
                }
            }
            let encoder = film.finish()?.encoder;
            let name = format!("{}x{} {quality_name}, {encoder}", size.0, size.1);
            row(
                "encode",
                &name,
                f64::from(frames) / start.elapsed().as_secs_f64(),
                "frames/s",
                "higher",
                None,
            );
        }
    }
    Ok(())
}

fn order((width, height): (u32, u32), quality: Quality) -> Result<ShotOrder, Box<dyn std::error::Error>> {
    let wishes = Wishes {
        size: Some((EvenSize::new(width)?, EvenSize::new(height)?)),
        fps: Some(Fps::try_from(24.0)?),
        seed: Some(Seed::new(7)?),
        ..Wishes::default()
    };
    let board = studio::plan(PROMPT, &wishes)?;
    let (_, shot) = board.shots().next().ok_or("the plan has no shot")?;
    Ok(ShotOrder::new(&board, &shot.id, quality)?)
}

fn row(area: &str, name: &str, value: f64, unit: &str, better: &str, parts: Option<Map<String, Value>>) {
    let mut row = json!({ "area": area, "name": name, "value": value, "unit": unit, "better": better });
    if let Some(parts) = parts {
        row["parts"] = parts.into();
    }
    println!("{row}");
}

/// Takes the frames and forgets them.
struct Nowhere;

impl FrameSink for Nowhere {
    fn frame(&mut self, _: Frame) -> Result<(), SinkError> {
        Ok(())
    }
}

#[derive(Default)]
struct Pictures(Vec<Frame>);

impl FrameSink for Pictures {
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
        self.0.push(frame);
        Ok(())
    }
}
