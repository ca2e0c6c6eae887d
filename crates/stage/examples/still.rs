//! Renders one frame for looking at: `still ORDER.json|PLACE[,TIME,WEATHER,SEASON] OUT.png [QUALITY [WxH [FRAME]]]`.
//! A storyboard does as well as an order: its shot number `SHOT` (0) is taken.

use film::{Quality, Season, ShotOrder, Storyboard, TimeOfDay, Weather};
use stage::{DeviceChoice, Stage};
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [what, out, rest @ ..] = &args[..] else {
        return Err(
            "usage: still ORDER.json|PLACE[,TIME,WEATHER,SEASON] OUT.png [QUALITY [WxH [FRAME]]]".into()
        );
    };
    let quality = match rest.first().map(String::as_str) {
        Some("draft") => Quality::Draft,
        Some("best") => Quality::Best,
        _ => Quality::Standard,
    };
    let mut order = order(what, quality)?;
    if let Some((w, h)) = rest.get(1).and_then(|s| s.split_once('x')) {
        order.format.width = film::EvenSize::new(w.parse()?)?;
        order.format.height = film::EvenSize::new(h.parse()?)?;
    }
    if is_json(out) {
        std::fs::write(out, order.canonical_json())?;
        return Ok(());
    }
    let index: u32 = rest.get(2).map_or(Ok(24), |s| s.parse())?;
    let mut stage = Stage::new(&DeviceChoice::Auto)?;
    let mut frame = stage.frame(&order, index)?;
    for round in 0..if std::env::var_os("BENCH").is_some() { 2 } else { 0 } {
        let times = stage.bench(&order, index)?;
        if round == 1 {
            let total: f64 = times.iter().filter(|t| t.name != "prepare").map(|t| t.seconds).sum();
            let line: Vec<String> =
                times.iter().map(|t| format!("{} {:.0}", t.name, t.seconds * 1e3)).collect();
            eprintln!("{} ms a frame: {}", (total * 1e3) as u32, line.join(", "));
        }
    }
    if std::env::var_os("MASK").is_some()
        && let (Some(mask), Some(depth)) = (&frame.mask, &frame.depth)
    {
        for (pixel, (owner, metres)) in frame.rgba.chunks_exact_mut(4).zip(mask.iter().zip(depth)) {
            let grey = (255.0 - metres.max(1.0).ln() * 28.0).clamp(0.0, 255.0) as u8;
            pixel[..3].copy_from_slice(&[grey, grey, if *owner > 0 { 255 } else { grey }]);
        }
    }
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(out)?), frame.width, frame.height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&frame.rgba)?;
    Ok(())
}

fn is_json(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|e| e == "json")
}

fn order(what: &str, quality: Quality) -> Result<ShotOrder, Box<dyn Error>> {
    if is_json(what) {
        let text = std::fs::read_to_string(what)?;
        if let Ok(board) = Storyboard::from_json(&text) {
            let nth = std::env::var("SHOT").map_or(Ok(0), |n| n.parse())?;
            let (_, shot) = board.shots().nth(nth).ok_or("there is no such shot")?;
            return Ok(ShotOrder::new(&board, &shot.id, quality)?);
        }
        let mut order: ShotOrder = serde_json::from_str(&text)?;
        order.quality = quality;
        return Ok(order);
    }
    let mut board = Storyboard::example();
    let mut words = what.split(',');
    if let Some(place) = words.next().filter(|p| !p.is_empty()) {
        board.places[0].kind = place.into();
        board.places[0].name = place.into();
        board.places[0].ground = None;
        board.places[0].backdrop = Vec::new();
        board.scenes[0].season = Season::Summer;
        board.scenes[0].shots[0].beats.clear();
        board.scenes[0].shots[0].camera.focus = None;
        let camera = &mut board.scenes[0].shots[0].camera;
        camera.angle = film::Angle::EyeLevel;
        camera.framing = film::Framing::ExtremeWide;
        camera.lens_mm = 26.0;
        camera.depth_of_field = film::DepthOfField::Deep;
    }
    for word in words {
        let scene = &mut board.scenes[0];
        if let Some(time) = TimeOfDay::from_word(word) {
            scene.time = time;
        } else if let Some(weather) = Weather::from_word(word) {
            scene.weather = weather;
        } else if let Some(season) = Season::from_word(word) {
            scene.season = season;
        } else {
            board.look.style = word.into();
        }
    }
    let shot = board.scenes[0].shots[0].id.clone();
    Ok(ShotOrder::new(&board, &shot, quality)?)
}
