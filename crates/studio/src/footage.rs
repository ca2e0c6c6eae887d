//! Shots that show the user's own picture or clip. A picture is seen as by a camera that moves over it; a clip runs at its own
//! speed and rests on its last picture.

use std::ops::Range;
use std::path::{Path, PathBuf};

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use film::{
    Frame, FrameSink, Hint as _, Id, Move, Progress, RenderError, ShotOrder, ShotRenderer, Speed, Watch,
};
use media::Decoder;

/// Where a project keeps what the user has brought.
pub(crate) fn imports(project: &Path) -> PathBuf {
    project.join("imports")
}

/// The renderer `footage`.
pub(crate) struct Footage {
    imports: PathBuf,
    open: Option<Open>,
    resizer: Resizer,
}

struct Open {
    file: Id,
    clip: Decoder,
    /// The picture in hand, without transparency, and its number.
    picture: Frame,
    /// Whether there is but one.
    still: bool,
}

impl Footage {
    /// Shows files of the folder `imports`.
    pub(crate) fn new(imports: &Path) -> Self {
        Self { imports: imports.to_owned(), open: None, resizer: Resizer::new() }
    }

    fn frame(&mut self, order: &ShotOrder, index: u32) -> Result<Frame, RenderError> {
        let footage = order.shot.footage.as_ref().ok_or_else(|| RenderError::Unsupported {
            message: format!("the shot {} has no footage", order.shot.id),
            hint: Some("drop a picture or a clip on it, or let the stage render it".into()),
        })?;
        let file = &footage.file;
        let unusable = |error: media::Error| RenderError::Unsupported {
            message: format!("the footage {file} cannot be shown: {error}"),
            hint: error.hint().or_else(|| Some("drop the file on the shot again".into())),
        };
        let open = match self.open.take().filter(|open| open.file == *file) {
            Some(open) => open,
            None => Open::new(&self.imports, file).map_err(unusable)?,
        };
        let open = self.open.insert(open);
        if !open.still {
            let at = footage.start_secs.max(0.0) + order.time_secs(index);
            open.go_to(at).map_err(unusable)?;
        }
        let (width, height) = (order.format.width.get(), order.format.height.get());
        let [left, top, across, down] =
            window(order, index, open.still, (open.picture.width, open.picture.height));
        let failed = |error: &dyn std::fmt::Display| RenderError::Unsupported {
            message: format!("the footage {file} cannot be brought to {width}x{height}: {error}"),
            hint: None,
        };
        let picture = &mut open.picture;
        let source = Image::from_slice_u8(picture.width, picture.height, &mut picture.rgba, PixelType::U8x4)
            .map_err(|error| failed(&error))?;
        let mut target = Image::new(width, height, PixelType::U8x4);
        let options = ResizeOptions::new().crop(left, top, across, down).use_alpha(false);
        self.resizer.resize(&source, &mut target, &options).map_err(|error| failed(&error))?;
        Ok(Frame { index, width, height, rgba: target.into_vec(), depth: None, mask: None })
    }
}

impl Open {
    fn new(imports: &Path, file: &Id) -> Result<Self, media::Error> {
        let mut clip = Decoder::open(&imports.join(file.as_str()))?;
        let picture = opaque(clip.frame_at(0)?);
        let still = clip.probe().frames <= 1;
        Ok(Self { file: file.clone(), clip, picture, still })
    }

    /// Takes up the picture of a time in seconds; past the end, the last.
    fn go_to(&mut self, secs: f64) -> Result<(), media::Error> {
        let probe = self.clip.probe();
        let wanted = ((secs * probe.fps + 1e-6).floor() as u32).min(probe.frames.saturating_sub(1));
        if self.picture.index == wanted {
            return Ok(());
        }
        match self.clip.frame_at(wanted) {
            Ok(frame) => self.picture = opaque(frame),
            // How many pictures a container has is a guess; what was there last is the last.
            Err(media::Error::Truncated { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl ShotRenderer for Footage {
    fn name(&self) -> &'static str {
        "footage"
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
        let total = frames.len() as u64;
        for (done, index) in (1..).zip(frames) {
            watch.check()?;
            sink.frame(self.frame(order, index)?)?;
            watch.report(Progress { unit: "frame", done, total });
        }
        Ok(())
    }
}

/// Lays a picture over black.
fn opaque(mut frame: Frame) -> Frame {
    for pixel in frame.rgba.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        if alpha != 255 {
            for value in &mut pixel[..3] {
                *value = ((u32::from(*value) * alpha + 127) / 255) as u8;
            }
            pixel[3] = 255;
        }
    }
    frame
}

/// Which part of the picture is seen: left, top, width and height in its pixels. It has the film's shape and fills the frame.
/// Over a picture the camera goes as the shot says; a clip has moved already.
fn window(order: &ShotOrder, index: u32, still: bool, (width, height): (u32, u32)) -> [f64; 4] {
    let (width, height) = (f64::from(width), f64::from(height));
    let shape = f64::from(order.format.width.get()) / f64::from(order.format.height.get());
    let (across, down) =
        if width / height > shape { (height * shape, height) } else { (width, width / shape) };
    let camera = &order.shot.camera;
    let reach = match camera.speed {
        Speed::Slow => 0.08,
        Speed::Normal => 0.14,
        Speed::Fast => 0.24,
    };
    let last = f64::from(order.frame_count().saturating_sub(1)).max(1.0);
    let t = (f64::from(index) / last).min(1.0);
    let eased = t * t * (3.0 - 2.0 * t);
    // How much closer it is, and where its middle stands between the borders of the room that is left: -1 to 1.
    let (zoom, x, y) = match camera.move_ {
        _ if !still => (1.0, 0.0, 0.0),
        Move::DollyIn | Move::ZoomIn | Move::DollyZoom | Move::Drone | Move::Track => {
            (1.0 + reach * eased, 0.0, 0.0)
        }
        Move::DollyOut | Move::ZoomOut => (1.0 + reach * (1.0 - eased), 0.0, 0.0),
        Move::PanLeft | Move::TruckLeft | Move::OrbitLeft => (1.0 + reach, 1.0 - 2.0 * eased, 0.0),
        Move::PanRight | Move::TruckRight | Move::OrbitRight => (1.0 + reach, 2.0 * eased - 1.0, 0.0),
        Move::TiltUp | Move::PedestalUp | Move::CraneUp => (1.0 + reach, 0.0, 1.0 - 2.0 * eased),
        Move::TiltDown | Move::PedestalDown | Move::CraneDown => (1.0 + reach, 0.0, 2.0 * eased - 1.0),
        Move::Static | Move::Handheld => (1.0, 0.0, 0.0),
    };
    let (across, down) = (across / zoom, down / zoom);
    let (left, top) = ((width - across) / 2.0 * (1.0 + x), (height - down) / 2.0 * (1.0 + y));
    [left.clamp(0.0, width - across), top.clamp(0.0, height - down), across, down]
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    use film::{EvenSize, Quality, Storyboard};

    use super::*;

    /// A picture of 64x64 that grows lighter to the right and redder downwards.
    pub(crate) fn ramp() -> Vec<u8> {
        let mut file = b"P6 64 64 255\n".to_vec();
        file.extend((0..64_u32 * 64).flat_map(|at| [(at / 64 * 4) as u8, 0, (at % 64 * 4) as u8]));
        file
    }

    fn order(move_: Move) -> ShotOrder {
        let mut board: Storyboard = story::plan("A fox sleeps.", &story::Request::default());
        let shot = &mut board.scenes[0].shots[0];
        shot.footage = Some(film::Footage {
            file: Id::new("ramp.ppm").unwrap(),
            start_secs: 0.0,
            extra: film::Extra::new(),
        });
        shot.camera.move_ = move_;
        let id = shot.id.clone();
        (board.format.width, board.format.height) = (EvenSize::nearest(128), EvenSize::nearest(72));
        ShotOrder::new(&board, &id, Quality::Standard).unwrap()
    }

    #[test]
    fn a_picture_fills_the_frame_and_the_camera_goes_over_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ramp.ppm"), ramp()).unwrap();
        let mut footage = Footage::new(folder.path());
        let mut corners = |move_| {
            let order = order(move_);
            [0, order.frame_count() - 1].map(|index| {
                let frame = footage.frame(&order, index).unwrap();
                assert_eq!((frame.width, frame.height, frame.rgba.len()), (128, 72, 128 * 72 * 4));
                let last = frame.rgba.len() - 4;
                [frame.rgba[0], frame.rgba[2], frame.rgba[last], frame.rgba[last + 2]]
            })
        };
        // Of a square, the middle is seen: rows 14 to 50.
        let [first, last] = corners(Move::Static);
        assert_eq!(first, last);
        assert!((52..=60).contains(&first[0]) && first[1] < 6 && last[2] > 190 && last[3] > 246, "{first:?}");
        let [first, last] = corners(Move::DollyIn);
        assert!(last[1] > first[1] && last[3] < first[3], "it comes closer: {first:?} {last:?}");
        let [first, last] = corners(Move::PanRight);
        assert!(last[1] > first[1] && last[3] > first[3] && last[0] == first[0], "{first:?} {last:?}");
        let [first, last] = corners(Move::TiltDown);
        assert!(last[0] > first[0] && last[2] > first[2] && last[1] == first[1], "{first:?} {last:?}");
    }

    #[test]
    fn what_cannot_be_shown_says_so_and_reads_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut footage = Footage::new(folder.path());
        let order = order(Move::Static);
        let error = footage.frame(&order, 0).unwrap_err();
        assert!(error.to_string().contains("ramp.ppm") && error.hint().is_some(), "{error}");
        // A list of other files, as FFmpeg would follow it.
        fs::write(folder.path().join("other.ppm"), ramp()).unwrap();
        for list in ["#EXTM3U\n#EXTINF:1,\nother.ppm\n", "ffconcat version 1.0\nfile other.ppm\n"] {
            fs::write(folder.path().join("ramp.ppm"), list).unwrap();
            assert!(footage.frame(&order, 0).is_err(), "{list}");
        }
        fs::write(folder.path().join("ramp.ppm"), &ramp()[..500]).unwrap();
        assert!(footage.frame(&order, 0).is_err(), "half a picture");
    }
}
