use std::sync::OnceLock;

use film::{Frame, Id};

use crate::timeline::{Layer, Picture, Timeline};

/// Makes frame `index` of the film, with its title. `fetch` gives a frame of a shot, by the shot's name and the frame's number in it.
///
/// Shots are mixed by their light, as two projectors on one screen would (sRGB codes, mixed as they are, dip dark in the
/// middle of a dissolve). `None` past the end of the film.
///
/// # Errors
/// What `fetch` returns. Frames that are mixed must be of one size; of unequal ones only the later shot's is shown.
pub fn compose<E>(
    timeline: &Timeline,
    index: u32,
    mut fetch: impl FnMut(&Id, u32) -> Result<Frame, E>,
) -> Result<Option<Frame>, E> {
    let Some(picture) = timeline.picture(index) else { return Ok(None) };
    let mut get = |layer: Layer| fetch(&timeline.entries()[layer.entry].shot, layer.frame);
    let mut frame = match picture {
        Picture::One(layer) => get(layer)?,
        Picture::Faded { layer, amount, white } => {
            let mut frame = get(layer)?;
            fade(&mut frame, amount, white);
            frame
        }
        Picture::Mixed { from, to, amount } => {
            let (from, mut to) = (get(from)?, get(to)?);
            if from.rgba.len() == to.rgba.len() {
                mix(&from.rgba, &mut to.rgba, amount);
            }
            to
        }
        Picture::Wiped { from, to, amount } => {
            let (from, mut to) = (get(from)?, get(to)?);
            if from.rgba.len() == to.rgba.len() {
                wipe(&from.rgba, &mut to, amount);
            }
            to
        }
    };
    if let Some((title, seen)) = timeline.title(index) {
        title.draw(&mut frame, seen);
    }
    frame.index = index;
    frame.depth = None;
    frame.mask = None;
    Ok(Some(frame))
}

/// Light of each sRGB code (IEC 61966-2-1) as 0..=65535, and the nearest code of each light.
pub(crate) struct Light {
    pub(crate) of_code: [u16; 256],
    pub(crate) to_code: Vec<u8>,
}

pub(crate) fn light() -> &'static Light {
    static TABLES: OnceLock<Light> = OnceLock::new();
    TABLES.get_or_init(|| {
        let of_code = std::array::from_fn(|code| {
            let v = code as f64 / 255.0;
            let light = if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
            (light * 65535.0).round() as u16
        });
        let to_code = (0..=u16::MAX)
            .map(|light| {
                let light = f64::from(light) / 65535.0;
                let v =
                    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
                (v * 255.0).round() as u8
            })
            .collect();
        Light { of_code, to_code }
    })
}

/// Puts `amount` of `to` over the rest of `from`, in `to`.
fn mix(from: &[u8], to: &mut [u8], amount: f32) {
    let tables = light();
    let share = (amount.clamp(0.0, 1.0) * 32768.0).round() as u32;
    for (to, from) in to.chunks_exact_mut(4).zip(from.chunks_exact(4)) {
        for c in 0..3 {
            let (a, b) = (tables.of_code[from[c] as usize], tables.of_code[to[c] as usize]);
            to[c] = tables.to_code[((u32::from(a) * (32768 - share) + u32::from(b) * share) >> 15) as usize];
        }
    }
}

/// Leaves `amount` of the frame's light, the rest black or white.
///
/// A fade that is even in light would seem to hang near the bright end; squaring makes it even to the eye.
fn fade(frame: &mut Frame, amount: f32, white: bool) {
    let tables = light();
    let rest = if white { (1.0 - amount) * (1.0 - amount) } else { 1.0 - amount * amount };
    let share = 32768 - (rest.clamp(0.0, 1.0) * 32768.0).round() as u32;
    let ground = if white { 65535 * (32768 - share) } else { 0 };
    let table: [u8; 256] = std::array::from_fn(|code| {
        tables.to_code[((u32::from(tables.of_code[code]) * share + ground) >> 15) as usize]
    });
    for pixel in frame.rgba.chunks_exact_mut(4) {
        for value in &mut pixel[..3] {
            *value = table[*value as usize];
        }
    }
}

/// Shows `from` to the right of an edge that is a twentieth of the width soft.
fn wipe(from: &[u8], to: &mut Frame, amount: f32) {
    let width = to.width as usize;
    let soft = (width as f32 / 20.0).max(1.0);
    // The soft edge starts and ends outside the picture.
    let edge = amount * (width as f32 + soft) - soft;
    for (to, from) in to.rgba.chunks_exact_mut(width * 4).zip(from.chunks_exact(width * 4)) {
        for (x, (to, from)) in to.chunks_exact_mut(4).zip(from.chunks_exact(4)).enumerate() {
            let seen = 1.0 - (x as f32 + 0.5 - edge) / soft;
            mix(from, to, seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use film::Storyboard;

    fn film(kind: &str, seconds: f64) -> Timeline {
        let mut board = Storyboard::example();
        let transition = &mut board.scenes[0].shots[1].transition_in;
        transition.kind = film::TransitionKind::from_word(kind).unwrap();
        transition.seconds = seconds;
        Timeline::new(&board)
    }

    /// The first shot is black, the second white; each frame notes its number in the alpha channel of its first pixel.
    #[expect(clippy::unnecessary_wraps, reason = "it stands in for a reader that can fail")]
    fn fetch(shot: &Id, index: u32) -> Result<Frame, std::convert::Infallible> {
        let code = if shot.as_str() == "s1-010" { 0 } else { 255 };
        let mut frame = Frame::filled(index, 64, 64, [code, code, code, 255]);
        frame.rgba[3] = index as u8;
        Ok(frame)
    }

    #[test]
    fn a_dissolve_mixes_light() {
        let timeline = film("dissolve", 0.5);
        let frame = compose(&timeline, 48 + 6, fetch).unwrap().unwrap();
        assert_eq!(frame.index, 54);
        // 6.5 of 12 parts of white light are code 194; half of the codes would be 138.
        assert_eq!(frame.rgba[..3], [194, 194, 194]);
        assert_eq!(compose(&timeline, 72, fetch).unwrap(), None);
    }

    #[test]
    fn fades_begin_and_end_at_the_colour() {
        for (kind, low, high) in [("fade", 0, 60), ("fade-white", 195, 255)] {
            let timeline = film(kind, 1.0);
            let code = |n| compose(&timeline, n, fetch).unwrap().unwrap().rgba[0];
            let (out, into) = (code(47), code(48));
            assert!((low..=high).contains(&out), "{kind} ends on {out}");
            assert!((low..=high).contains(&into), "{kind} begins on {into}");
            assert_eq!((code(35), code(60)), (0, 255));
            let rise: Vec<u8> = (48..60).map(code).collect();
            assert!(rise.is_sorted());
        }
    }

    #[test]
    fn a_wipe_moves_from_left_to_right() {
        let timeline = film("wipe", 1.0);
        let frame = compose(&timeline, 48 + 12, fetch).unwrap().unwrap();
        let row: Vec<u8> = frame.rgba[..64 * 4].chunks_exact(4).map(|p| p[0]).collect();
        assert_eq!((row[0], row[63]), (255, 0));
        assert!(row.is_sorted_by(|a, b| a >= b), "{row:?}");
        let white = row.iter().filter(|&&v| v > 128).count();
        assert!((28..40).contains(&white), "{white} of 64 are white in the middle of the wipe");
    }

    #[test]
    fn what_is_not_mixed_is_not_touched() {
        let timeline = film("dissolve", 0.5);
        for index in [20, 65] {
            let frame = compose(&timeline, index, fetch).unwrap().unwrap();
            assert_eq!(u32::from(frame.rgba[3]), if index < 48 { index } else { index - 48 });
        }
        let tables = light();
        for code in 0..=255_u8 {
            assert_eq!(tables.to_code[tables.of_code[code as usize] as usize], code);
        }
    }
}
