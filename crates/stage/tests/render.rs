//! Frames on whatever device there is; the software one will do.

use film::{
    Frame, FrameSink, Quality, Season, ShotOrder, ShotRenderer, SinkError, Storyboard, TimeOfDay, Watch,
};
use stage::{DeviceChoice, Stage};

#[derive(Default)]
struct Keep(Vec<Frame>);

impl FrameSink for Keep {
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
        self.0.push(frame);
        Ok(())
    }
}

fn order(change: impl FnOnce(&mut Storyboard)) -> ShotOrder {
    let mut board = Storyboard::example();
    board.format.width = film::EvenSize::nearest(160);
    board.format.height = film::EvenSize::nearest(96);
    change(&mut board);
    let shot = board.shots().next().expect("the example has a shot").1.id.clone();
    ShotOrder::new(&board, &shot, Quality::Draft).expect("the shot is in the board")
}

fn empty(place: &str, time: TimeOfDay) -> ShotOrder {
    order(|board| {
        board.places[0].kind = place.into();
        board.places[0].name = place.into();
        board.places[0].ground = None;
        board.places[0].backdrop.clear();
        board.scenes[0].season = Season::Summer;
        board.scenes[0].time = time;
        board.scenes[0].shots[0].beats.clear();
        board.scenes[0].shots[0].camera = film::Camera::default();
    })
}

fn luma(p: &[u8]) -> f64 {
    0.2126 * f64::from(p[0]) + 0.7152 * f64::from(p[1]) + 0.0722 * f64::from(p[2])
}

#[test]
fn the_same_order_gives_the_same_bytes_whatever_was_drawn_before() {
    let mut stage = Stage::new(&DeviceChoice::Auto).unwrap();
    let order = order(|_| ());
    let mut keep = Keep::default();
    stage.render(&order, 0..4, &mut keep, &Watch::unwatched()).unwrap();
    assert_eq!(keep.0.iter().map(|f| f.index).collect::<Vec<_>>(), [0, 1, 2, 3]);
    let mut other = Stage::new(&DeviceChoice::Auto).unwrap();
    let alone = other.frame(&order, 3).unwrap();
    assert!(alone == keep.0[3], "frame 3 depends on the frames before it");

    let frame = &keep.0[0];
    let pixels = (frame.width * frame.height) as usize;
    let (mask, depth) = (frame.mask.as_ref().unwrap(), frame.depth.as_ref().unwrap());
    assert_eq!((frame.rgba.len(), mask.len(), depth.len()), (pixels * 4, pixels, pixels));
    let mammoth: usize = mask.iter().map(|m| usize::from(*m == 1)).sum();
    assert!(mammoth * 100 > pixels, "only {mammoth} pixels of mammoth");
    assert!(depth.iter().any(|d| d.is_infinite()), "no sky");
    let nearest = mask.iter().zip(depth).filter(|(m, _)| **m == 1).fold(f32::MAX, |a, (_, d)| a.min(*d));
    assert!((1.0..200.0).contains(&nearest), "{nearest}");
}

#[test]
fn every_place_is_exposed_and_has_something_in_it() {
    let mut stage = Stage::new(&DeviceChoice::Auto).unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/places");
    let mut names: Vec<String> = std::fs::read_dir(root)
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().into_string().ok())
        .filter_map(|n| n.strip_suffix(".ron").map(str::to_owned))
        .filter(|n| !n.starts_with('_'))
        .collect();
    names.sort();
    assert!(names.len() >= 40, "{names:?}");
    for name in names {
        let frame = stage.frame(&empty(&name, TimeOfDay::Afternoon), 0).unwrap();
        let levels: Vec<f64> = frame.rgba.chunks_exact(4).map(luma).collect();
        let mean = levels.iter().sum::<f64>() / levels.len() as f64;
        let spread = (levels.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / levels.len() as f64).sqrt();
        // Between the stars it is dark, and nothing lies below.
        let void = name == "space";
        let darkest = if void { 15.0 } else { 38.0 };
        assert!((darkest..225.0).contains(&mean), "{name}: mean level {mean:.0}");
        assert!(spread > 4.0, "{name}: flat, {spread:.1}");
        let ground = frame.depth.unwrap().iter().filter(|d| d.is_finite()).count();
        assert!(void || ground * 4 > levels.len(), "{name}: hardly any ground");
    }
}

#[test]
fn night_is_darker_than_noon_and_not_black() {
    let mut stage = Stage::new(&DeviceChoice::Auto).unwrap();
    let mut mean = |time| {
        let frame = stage.frame(&empty("meadow", time), 0).unwrap();
        frame.rgba.chunks_exact(4).map(luma).sum::<f64>() / f64::from(frame.width * frame.height)
    };
    let (noon, night) = (mean(TimeOfDay::Noon), mean(TimeOfDay::Night));
    assert!(night < noon * 0.75 && night > 12.0, "noon {noon:.0}, night {night:.0}");
}

#[test]
fn a_device_that_is_not_there_is_named_in_the_error() {
    use film::Hint;
    let Err(error) = Stage::new(&DeviceChoice::Named("no such device".into())) else { panic!("found it") };
    assert!(error.to_string().contains("no such device") || error.to_string().contains("no graphics device"));
    assert!(error.hint().is_some());
}
