//! Golden pictures: what a prompt looks like, guarded against accidents.
//!
//! A picture may differ a little from machine to machine (drivers round differently, an edge falls on another pixel), so it
//! is compared in blocks: no block may be off by more than `BLOCK_TOLERANCE`, and all together by no more than
//! `MEAN_TOLERANCE`, in codes of 255. When a change is meant, look at the pictures and write them anew with
//! `./x fixtures` (which sets `MUTOSCOPE_BLESS`).

use std::path::{Path, PathBuf};

use film::{CancelToken, Frame, FrameSink, Quality, ShotOrder, ShotRenderer as _, SinkError, Watch};

const MEAN_TOLERANCE: f64 = 2.0;
const BLOCK_TOLERANCE: f64 = 24.0;

/// Pixels across and down of a block.
const BLOCK: usize = 8;

/// Name, prompt, which shot, and where in it the picture is taken (0 beginning, 1 end).
const PICTURES: &[(&str, &str, usize, f64)] = &[
    (
        "mammoths",
        "Several giant woolly mammoths approach, treading through a snowy meadow, their long woolly fur lightly blows in \
         the wind as they walk, snow covered trees and dramatic snow capped mountains in the distance, mid afternoon light \
         with wispy clouds and a sun high in the distance creates a warm glow, the low camera view is stunning, depth of \
         field.",
        0,
        0.5,
    ),
    ("fox", "A red fox trots through an autumn forest at golden hour and looks around.", 0, 0.5),
    ("beach", "A woman in a red dress walks along a tropical beach at sunset, wide shot.", 0, 0.4),
    ("street", "Night. A man in a long coat walks down a rainy city street, film noir.", 0, 0.5),
    ("savanna", "A herd of elephants crosses the savanna under scattered clouds, seen from a drone.", 0, 0.5),
    ("lake", "A white horse stands by a mountain lake in the morning.", 0, 0.5),
    ("bicycle", "A woman rides a red bicycle through a forest.", 0, 0.5),
    ("taxi", "A yellow taxi waits in a city street at night.", 0, 0.5),
    ("candle", "A candle burns on a table.", 0, 0.5),
    ("guitar", "An old man plays the guitar in a living room.", 1, 0.5),
];

struct Keep(Option<Frame>);

impl FrameSink for Keep {
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
        self.0 = Some(frame);
        Ok(())
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The mean of each block, three colours each, row by row.
fn blocks(frame: &Frame) -> Vec<[f64; 3]> {
    let (across, down) = (frame.width as usize / BLOCK, frame.height as usize / BLOCK);
    let mut sums = vec![[0.0; 3]; across * down];
    for y in 0..down * BLOCK {
        for x in 0..across * BLOCK {
            let pixel = &frame.rgba[(y * frame.width as usize + x) * 4..][..3];
            let sum = &mut sums[y / BLOCK * across + x / BLOCK];
            for (sum, code) in sum.iter_mut().zip(pixel) {
                *sum += f64::from(*code) / (BLOCK * BLOCK) as f64;
            }
        }
    }
    sums
}

/// Mean and largest difference between the blocks of two pictures.
fn difference(a: &Frame, b: &Frame) -> (f64, f64) {
    if (a.width, a.height) != (b.width, b.height) {
        return (255.0, 255.0);
    }
    let each: Vec<f64> = blocks(a)
        .iter()
        .zip(blocks(b))
        .map(|(a, b)| (0..3).map(|c| (a[c] - b[c]).abs()).fold(0.0, f64::max))
        .collect();
    (each.iter().sum::<f64>() / each.len() as f64, each.iter().copied().fold(0.0, f64::max))
}

#[test]
fn prompts_look_as_they_did() {
    let mut stage =
        stage::Stage::new(&stage::DeviceChoice::Auto).expect("a Vulkan device, such as Mesa's lavapipe");
    let bless = std::env::var_os("MUTOSCOPE_BLESS").is_some();
    let actual_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/golden");
    let mut wrong = Vec::new();
    for &(name, prompt, shot, at) in PICTURES {
        let request = story::Request {
            size: Some((film::EvenSize::nearest(480), film::EvenSize::nearest(270))),
            seed: Some(film::Seed::new(7).expect("small")),
            ..story::Request::default()
        };
        let board = story::plan(prompt, &request);
        let id = board.shots().nth(shot).expect("the film has that shot").1.id.clone();
        let order = ShotOrder::new(&board, &id, Quality::Standard).expect("the shot is there");
        let index = (f64::from(order.frame_count() - 1) * at) as u32;
        let mut kept = Keep(None);
        let watch = Watch::new(CancelToken::default(), |_| ());
        stage.render(&order, index..index + 1, &mut kept, &watch).expect("the stage renders");
        let actual = kept.0.expect("one frame");
        let golden = folder().join(format!("{name}.png"));
        if bless {
            std::fs::create_dir_all(folder()).expect("the folder can be made");
            media::write_png(&golden, &actual).expect("the picture can be written");
            continue;
        }
        let expected = media::read_png(&golden).expect("the golden picture is there; ./x fixtures makes it");
        let (mean, worst) = difference(&actual, &expected);
        println!("{name}: mean {mean:.2}, worst block {worst:.1}");
        if mean > MEAN_TOLERANCE || worst > BLOCK_TOLERANCE {
            std::fs::create_dir_all(&actual_folder).expect("the folder can be made");
            let path = actual_folder.join(format!("{name}.png"));
            media::write_png(&path, &actual).expect("the picture can be written");
            wrong.push(format!("{name}: mean {mean:.2}, worst block {worst:.1}; look at {}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_small_thing_gone_missing_would_be_found() {
    let whole = Frame::filled(0, 64, 64, [120, 130, 140, 255]);
    let mut hole = whole.clone();
    for y in 20..36 {
        for x in 20..36 {
            hole.rgba[(y * 64 + x) * 4..][..3].copy_from_slice(&[60, 60, 60]);
        }
    }
    let (_, worst) = difference(&whole, &hole);
    assert!(worst > BLOCK_TOLERANCE);
    assert_eq!(difference(&whole, &whole), (0.0, 0.0));
}
