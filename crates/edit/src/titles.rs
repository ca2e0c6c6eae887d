//! Words on the screen: titles over shots, and cards.
//!
//! A shot bears a title when its unknown fields hold `"title"`: text, or an object with `"text"` and `"place"` (`"center"`,
//! `"lower"`, `"upper"`). The first line is the headline, further lines are smaller. [`crate::compose`] draws it; a shot
//! whose renderer is `"card"` shows it on black ([`Cards`]).
//!
//! The face is Lato (`assets/fonts`), which has the letters of Latin, Greek and Cyrillic; others are left out
//! ([`can_show`]).

use std::ops::Range;
use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use film::{Frame, FrameSink, Progress, RenderError, Shot, ShotOrder, ShotRenderer, Watch};

use crate::compose::light;

/// Words that a shot bears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// The words; a line break begins a smaller line.
    pub text: String,
    /// Where they stand.
    pub place: TitlePlace,
}

/// Where a title stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TitlePlace {
    /// In the middle of the picture.
    #[default]
    Center,
    /// In the lower third.
    Lower,
    /// In the upper third.
    Upper,
}

impl Title {
    /// The title that `shot` asks for.
    pub fn of(shot: &Shot) -> Option<Self> {
        let wish = shot.extra.get("title")?;
        let text = wish.as_str().or_else(|| wish.get("text")?.as_str())?;
        let place = match wish.get("place").and_then(|place| place.as_str()) {
            Some("lower") => TitlePlace::Lower,
            Some("upper") => TitlePlace::Upper,
            _ => TitlePlace::Center,
        };
        can_show(text).then(|| Self { text: text.to_owned(), place })
    }

    /// Draws the title over `frame`, `opacity` 0 to 1: warm white with a soft shadow, at most 84 % of the width wide and in
    /// lines that are broken between words.
    pub fn draw(&self, frame: &mut Frame, opacity: f32) {
        let (width, height) = (frame.width as usize, frame.height as usize);
        if opacity <= 0.0 || width * height * 4 != frame.rgba.len() {
            return;
        }
        let lines = self.lay_out(width as f32, height as f32);
        let total: f32 = lines.iter().map(|line| line.height).sum();
        let middle = match self.place {
            TitlePlace::Center => 0.5,
            TitlePlace::Lower => 0.8,
            TitlePlace::Upper => 0.2,
        };
        let mut top = (height as f32 * middle - total / 2.0).max(height as f32 * 0.04);
        let mut cover = vec![0.0_f32; width * height];
        let mut size = 0.0_f32;
        for line in &lines {
            line.draw(top, width, height, &mut cover);
            top += line.height;
            size = size.max(line.scale);
        }
        let shadow = blur(&cover, width, (size / 9.0).max(1.0) as usize);
        let drop = ((size / 40.0) as usize).min(height - 1);
        let tables = light();
        let ink = [250_u8, 247, 240].map(|code| f32::from(tables.of_code[code as usize]));
        for (n, pixel) in frame.rgba.chunks_exact_mut(4).enumerate() {
            let dark = n.checked_sub(drop * width).map_or(0.0, |above| shadow[above]);
            let (dark, seen) = ((1.4 * dark).min(0.75) * opacity, cover[n].min(1.0) * opacity);
            if dark <= 0.0 && seen <= 0.0 {
                continue;
            }
            for (value, ink) in pixel.iter_mut().zip(ink) {
                let under = f32::from(tables.of_code[*value as usize]) * (1.0 - dark);
                *value = tables.to_code[(under + (ink - under) * seen) as usize];
            }
        }
    }

    fn lay_out(&self, width: f32, height: f32) -> Vec<Line> {
        // Portrait pictures are measured by what they have.
        let base = height.min(width * 0.75);
        let headline = if self.place == TitlePlace::Center { base / 10.0 } else { base / 16.0 };
        let mut lines = Vec::new();
        for (n, text) in self.text.lines().map(str::trim).filter(|line| can_show(line)).enumerate() {
            let mut scale = if n == 0 { headline } else { headline * 0.55 };
            // What would be taller than the picture allows is set smaller.
            let mut broken = break_lines(text, scale, width * 0.84);
            while scale > 6.0 && broken.len() as f32 * scale * 1.25 > height * 0.6 {
                scale *= 0.8;
                broken = break_lines(text, scale, width * 0.84);
            }
            lines.extend(broken);
        }
        lines
    }
}

/// Whether the face has a letter for anything in `text`.
pub fn can_show(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && face().is_some_and(|face| face.glyph_id(c).0 != 0))
}

/// Draws the shots whose renderer is `"card"`: black, on which the title is set afterwards.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cards;

impl ShotRenderer for Cards {
    fn name(&self) -> &'static str {
        "card"
    }

    fn version(&self) -> String {
        "1".into()
    }

    fn render(
        &mut self,
        order: &ShotOrder,
        frames: Range<u32>,
        sink: &mut dyn FrameSink,
        watch: &Watch,
    ) -> Result<(), RenderError> {
        let total = u64::from(frames.end.saturating_sub(frames.start));
        for (done, index) in (1..).zip(frames) {
            watch.check()?;
            sink.frame(Frame::filled(
                index,
                order.format.width.get(),
                order.format.height.get(),
                [0, 0, 0, 255],
            ))?;
            watch.report(Progress { unit: "frame", done, total });
        }
        Ok(())
    }
}

fn face() -> Option<&'static FontRef<'static>> {
    static FACE: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    FACE.get_or_init(|| {
        FontRef::try_from_slice(include_bytes!("../../../assets/fonts/Lato-Regular.ttf")).ok()
    })
    .as_ref()
}

/// One line of letters of one size.
struct Line {
    text: String,
    scale: f32,
    width: f32,
    height: f32,
}

impl Line {
    fn new(text: String, scale: f32) -> Self {
        let mut line = Self { width: 0.0, height: scale * 1.25, text, scale };
        line.width = line.place(|_| ());
        line
    }

    /// Hands each glyph to `each`, from x = 0 on a baseline at 0, and returns where the line ends.
    fn place(&self, mut each: impl FnMut(ab_glyph::Glyph)) -> f32 {
        let Some(face) = face() else { return 0.0 };
        let scaled = face.as_scaled(PxScale::from(self.scale));
        let mut x = 0.0;
        let mut last = None;
        for c in self.text.chars() {
            let id = face.glyph_id(c);
            if id.0 == 0 {
                continue;
            }
            if let Some(last) = last {
                // A little air between the letters, as titles on a screen have.
                x += scaled.kern(last, id) + self.scale * 0.02;
            }
            each(id.with_scale_and_position(self.scale, point(x, 0.0)));
            x += scaled.h_advance(id);
            last = Some(id);
        }
        x
    }

    /// Adds the line's coverage, centred, with its top at `top`.
    fn draw(&self, top: f32, width: usize, height: usize, cover: &mut [f32]) {
        let Some(face) = face() else { return };
        let left = (width as f32 - self.width) / 2.0;
        let baseline = top + face.as_scaled(PxScale::from(self.scale)).ascent();
        self.place(|mut glyph| {
            glyph.position.x += left;
            glyph.position.y += baseline;
            let Some(outline) = face.outline_glyph(glyph) else { return };
            let bounds = outline.px_bounds();
            outline.draw(|x, y, share| {
                let (x, y) = (bounds.min.x + x as f32, bounds.min.y + y as f32);
                if x >= 0.0 && y >= 0.0 && (x as usize) < width && (y as usize) < height {
                    cover[y as usize * width + x as usize] += share;
                }
            });
        });
    }
}

fn break_lines(text: &str, scale: f32, width: f32) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| Line::new(format!("{} {word}", line.text), scale));
        match (longer, lines.last_mut()) {
            (Some(longer), Some(last)) if longer.width <= width => *last = longer,
            _ => lines.push(Line::new(word.to_owned(), scale)),
        }
    }
    lines
}

/// Two box blurs each way: near enough to a bell.
fn blur(cover: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let height = cover.len() / width;
    let mut field = cover.to_vec();
    let mut line = Vec::new();
    for _ in 0..2 {
        for (count, length, step, stride) in [(height, width, 1, width), (width, height, width, 1)] {
            for n in 0..count {
                line.clear();
                line.extend((0..length).map(|k| field[n * stride + k * step]));
                let mut sum: f32 = line.iter().take(radius).sum();
                for k in 0..length {
                    sum += line.get(k + radius).copied().unwrap_or(0.0);
                    field[n * stride + k * step] = sum / (2 * radius + 1) as f32;
                    if k >= radius {
                        sum -= line[k - radius];
                    }
                }
            }
        }
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;
    use film::{Id, Quality, SinkError, Storyboard};

    fn shot(title: &str) -> Shot {
        let mut shot = Storyboard::example().scenes[0].shots[0].clone();
        shot.extra.insert("title".into(), title.into());
        shot
    }

    fn bright(frame: &Frame, rows: Range<usize>) -> usize {
        let row = frame.width as usize * 4;
        frame.rgba[rows.start * row..rows.end * row].chunks_exact(4).filter(|p| p[0] > 200).count()
    }

    #[test]
    fn titles_stand_where_they_belong() {
        for (place, rows) in
            [(TitlePlace::Upper, 0..90), (TitlePlace::Center, 120..240), (TitlePlace::Lower, 250..360)]
        {
            let mut frame = Frame::filled(0, 640, 360, [90, 120, 150, 255]);
            let title = Title { text: "Winter Giants\na film in two shots".into(), place };
            title.draw(&mut frame, 1.0);
            let seen = bright(&frame, 0..360);
            assert!(seen > 300 && bright(&frame, rows) == seen, "{place:?}: {seen}");
            let mut faint = Frame::filled(0, 640, 360, [90, 120, 150, 255]);
            title.draw(&mut faint, 0.0);
            assert_eq!(bright(&faint, 0..360), 0);
        }
    }

    #[test]
    fn any_words_and_sizes_will_do() {
        for text in
            ["", " \n ", "大象", "Привет, Ελλάδα", "a\u{0}b\u{202e}c", &"word ".repeat(400), &"x".repeat(900)]
        {
            for (width, height) in [(64, 64), (640, 64), (64, 640), (320, 180)] {
                let mut frame = Frame::filled(0, width, height, [0, 0, 0, 255]);
                Title { text: (*text).to_owned(), place: TitlePlace::Center }.draw(&mut frame, 1.0);
            }
        }
        assert!(can_show("Ünïcødé") && can_show("Привет") && !can_show("大象") && !can_show(" "));
    }

    #[test]
    fn a_shot_asks_with_a_word_or_an_object() {
        assert_eq!(Title::of(&shot("The End")).unwrap().text, "The End");
        assert_eq!(Title::of(&shot("大象")), None);
        let wish = r#""id": "s1-010", "title": { "text": "Spring", "place": "lower" },"#;
        let with_place = Storyboard::example().to_json().replacen(r#""id": "s1-010","#, wish, 1);
        let board = Storyboard::from_json(&with_place).unwrap();
        let title = board.shots().find_map(|(_, shot)| Title::of(shot)).unwrap();
        assert_eq!(title, Title { text: "Spring".into(), place: TitlePlace::Lower });
    }

    #[test]
    fn cards_are_black_and_stop_when_asked() {
        #[derive(Default)]
        struct Count(u32);
        impl FrameSink for Count {
            fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
                assert_eq!(frame.rgba[..4], [0, 0, 0, 255]);
                self.0 += 1;
                Ok(())
            }
        }
        let board = Storyboard::example();
        let order = ShotOrder::new(&board, &Id::new("s1-010").unwrap(), Quality::Draft).unwrap();
        let mut count = Count::default();
        Cards.render(&order, 0..5, &mut count, &Watch::unwatched()).unwrap();
        assert_eq!(count.0, 5);
        let cancel = film::CancelToken::default();
        cancel.cancel();
        assert!(Cards.render(&order, 0..5, &mut count, &Watch::new(cancel, |_| ())).is_err());
    }
}
