//! Renders contact sheets for looking at: `gallery [FOLDER]`, by default `target/gallery`. `places.png` has every place at an
//! hour that suits it, `hours.png` hours and weathers, `looks.png` every look over two scenes, `moves.png` every move of the
//! camera at its beginning and end.

use film::{
    DepthOfField, EvenSize, Framing, Move, Quality, Season, ShotOrder, Storyboard, TimeOfDay, Weather,
};
use stage::{DeviceChoice, Stage};
use std::error::Error;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

const TILE: (usize, usize) = (320, 180);
const COLUMNS: usize = 5;

/// Places that are seen best at another hour than the afternoon.
const HOURS: &[(&str, TimeOfDay, Weather)] = &[
    ("alley", TimeOfDay::Night, Weather::Clear),
    ("beach", TimeOfDay::Sunset, Weather::Cloudy),
    ("city-street", TimeOfDay::Night, Weather::Rain),
    ("clouds", TimeOfDay::GoldenHour, Weather::Clear),
    ("forest", TimeOfDay::Morning, Weather::Clear),
    ("harbour", TimeOfDay::Sunset, Weather::Clear),
    ("lake", TimeOfDay::Morning, Weather::Clear),
    ("neon-street", TimeOfDay::Night, Weather::Rain),
    ("rooftop", TimeOfDay::Dusk, Weather::Clear),
    ("ruins", TimeOfDay::GoldenHour, Weather::Clear),
    ("savanna", TimeOfDay::GoldenHour, Weather::Clear),
    ("stadium", TimeOfDay::Night, Weather::Clear),
    ("tundra", TimeOfDay::Night, Weather::Clear),
    ("volcano", TimeOfDay::Dusk, Weather::Clear),
];

/// A film of one shot in a place.
fn board(place: &str) -> Storyboard {
    let mut board = Storyboard::example();
    board.places[0].kind = place.into();
    board.places[0].name = place.replace('-', " ");
    board.places[0].ground = None;
    board.places[0].backdrop = Vec::new();
    let scene = &mut board.scenes[0];
    scene.season = Season::Summer;
    scene.time = TimeOfDay::Afternoon;
    scene.weather = Weather::Wispy;
    let shot = &mut scene.shots[0];
    shot.beats.clear();
    shot.camera.focus = None;
    shot.camera.angle = film::Angle::EyeLevel;
    shot.camera.framing = Framing::ExtremeWide;
    shot.camera.lens_mm = 26.0;
    shot.camera.depth_of_field = DepthOfField::Deep;
    board
}

/// Tiles in rows, one below the other.
struct Sheet {
    name: &'static str,
    tiles: Vec<Vec<u8>>,
}

impl Sheet {
    fn add(&mut self, stage: &mut Stage, board: &Storyboard, index: u32) -> Result<(), Box<dyn Error>> {
        let shot = board.scenes[0].shots[0].id.clone();
        let mut order = ShotOrder::new(board, &shot, Quality::Standard)?;
        order.format.width = EvenSize::new(u32::try_from(TILE.0)?)?;
        order.format.height = EvenSize::new(u32::try_from(TILE.1)?)?;
        self.tiles.push(stage.frame(&order, index)?.rgba);
        Ok(())
    }

    fn write(&self, folder: &Path) -> Result<(), Box<dyn Error>> {
        let rows = self.tiles.len().div_ceil(COLUMNS);
        let (width, height) = (TILE.0 * COLUMNS, TILE.1 * rows);
        let mut pixels = vec![0u8; width * height * 4];
        for (k, tile) in self.tiles.iter().enumerate() {
            let (x, y) = (k % COLUMNS * TILE.0, k / COLUMNS * TILE.1);
            for (line, row) in tile.chunks_exact(TILE.0 * 4).enumerate() {
                let at = ((y + line) * width + x) * 4;
                pixels[at..at + row.len()].copy_from_slice(row);
            }
        }
        let file = BufWriter::new(File::create(folder.join(format!("{}.png", self.name)))?);
        let mut encoder = png::Encoder::new(file, u32::try_from(width)?, u32::try_from(height)?);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&pixels)?;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("target/gallery"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    let mut stage = Stage::new(&DeviceChoice::Auto)?;

    let mut places = Sheet { name: "places", tiles: Vec::new() };
    for place in stage::places() {
        let mut board = board(place);
        if let Some((_, time, weather)) = HOURS.iter().find(|(name, ..)| *name == place) {
            (board.scenes[0].time, board.scenes[0].weather) = (*time, *weather);
        }
        places.add(&mut stage, &board, 24)?;
    }
    places.write(&folder)?;

    let mut hours = Sheet { name: "hours", tiles: Vec::new() };
    for place in ["meadow", "city-street"] {
        for &time in TimeOfDay::ALL {
            let mut board = board(place);
            board.scenes[0].time = time;
            hours.add(&mut stage, &board, 24)?;
        }
        for &weather in Weather::ALL {
            let mut board = board(place);
            board.scenes[0].weather = weather;
            hours.add(&mut stage, &board, 24)?;
        }
    }
    hours.write(&folder)?;

    let mut looks = Sheet { name: "looks", tiles: Vec::new() };
    for place in ["example", "harbour"] {
        for style in stage::styles() {
            let mut board = if place == "example" { Storyboard::example() } else { board(place) };
            board.look.style = style.into();
            looks.add(&mut stage, &board, 24)?;
        }
    }
    looks.write(&folder)?;

    let mut moves = Sheet { name: "moves", tiles: Vec::new() };
    for &move_ in Move::ALL {
        let mut board = board("meadow");
        board.scenes[0].shots[0].camera.move_ = move_;
        for index in [2, 44] {
            moves.add(&mut stage, &board, index)?;
        }
    }
    moves.write(&folder)
}
