//! The shots of the open film as the preview thread and the takes see them.

use std::sync::Arc;

use edit::Timeline;
use film::{
    Angle, Bearing, Beat, DepthOfField, EvenSize, Format, Framing, Hand, Id, Look, Move, Quality, Season,
    ShotOrder, Storyboard, TimeOfDay, Weather,
};

/// Height of the pictures that fingerprints are made for; the rest of the fingerprint does not depend on it.
const PRINT_HEIGHT: u32 = 360;

/// Pixels of a picture that a portrait is cut from: as wide as long animals need. Height and lens are known to the page, which
/// cuts and measures (`ui/src/state/portraits.svelte.ts`).
const PORTRAIT: (u32, u32) = (960, 540);
/// Long enough not to make noses large.
const PORTRAIT_LENS_MM: f64 = 70.0;
/// A little from the side, so that animals show how long they are.
const PORTRAIT_ORBIT_DEG: f64 = 35.0;

/// A shot as it now stands.
#[derive(Debug, Clone)]
pub(super) struct ShotView {
    pub(super) id: Id,
    /// What a renderer gets, at the film's size.
    pub(super) order: ShotOrder,
    /// Who makes its previews.
    pub(super) renderer: String,
    /// Tells previews of different pictures apart.
    pub(super) print: Print,
    /// Tells takes apart that show something else; without the quality.
    pub(super) stands: String,
    /// Frames on the timeline.
    pub(super) frames: u32,
    /// Frames past those that the next shot's transition needs.
    pub(super) handle: u32,
}

pub(super) type Print = [u8; 16];

pub(super) fn print_of(text: &str) -> Print {
    let mut print = [0; 16];
    print.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    print
}

/// The fingerprint of what an order shows, whatever work goes into it.
pub(super) fn stands(order: &ShotOrder) -> String {
    let order = ShotOrder { quality: Quality::Standard, ..order.clone() };
    blake3::hash(order.canonical_json().as_bytes()).to_hex()[..16].to_owned()
}

/// The order for a picture of that height, as fast as it can be made.
pub(super) fn preview_order(order: &ShotOrder, height: u32) -> ShotOrder {
    let (width, full) = (f64::from(order.format.width.get()), f64::from(order.format.height.get()));
    let height = f64::from(height.clamp(64, 2160)).min(full);
    let format = Format {
        width: EvenSize::nearest((width * height / full).round() as u32),
        height: EvenSize::nearest(height as u32),
        ..order.format.clone()
    };
    ShotOrder { quality: Quality::Draft, format, ..order.clone() }
}

impl ShotView {
    /// All shots of a film; those that refer to what is not there are left out.
    pub(super) fn all(board: &Storyboard) -> Vec<Arc<Self>> {
        let timeline = Timeline::new(board);
        let entries = timeline.entries().iter();
        entries
            .filter_map(|entry| {
                let order = ShotOrder::new(board, &entry.shot, Quality::Standard).ok()?;
                Some(Arc::new(Self::new(order, entry.length, entry.handle)))
            })
            .collect()
    }

    fn new(order: ShotOrder, frames: u32, handle: u32) -> Self {
        // A model takes minutes for what the stage shows at once.
        let renderer = match order.shot.renderer.as_str() {
            at_once @ ("card" | "footage") => at_once,
            _ => "stage",
        }
        .to_owned();
        let print = print_of(&format!("{renderer} {}", preview_order(&order, PRINT_HEIGHT).canonical_json()));
        Self { id: order.shot.id.clone(), renderer, print, stands: stands(&order), frames, handle, order }
    }

    /// One member of the cast alone, whole, at noon in an empty studio: what its portrait is cut from. `None` for a member
    /// that the film does not have.
    pub(super) fn portrait(board: &Storyboard, member: &Id) -> Option<Arc<Self>> {
        let mut alone = board.clone();
        // In its own colours, whatever the film's style does to them.
        alone.look = Look::default();
        alone.cast.retain(|one| one.id == *member);
        alone.cast.first_mut()?.count = 1;
        let mut scene = alone.scenes.first()?.clone();
        let mut shot = scene.shots.first().or_else(|| board.shots().next().map(|(_, shot)| shot))?.clone();
        alone.places.retain(|place| place.id == scene.place);
        let place = alone.places.first_mut()?;
        "studio".clone_into(&mut place.kind);
        (place.ground, place.backdrop) = (None, Vec::new());
        (scene.time, scene.weather, scene.season) = (TimeOfDay::Noon, Weather::Clear, Season::Summer);
        scene.wind = Some(0.0);
        shot.footage = None;
        "stage".clone_into(&mut shot.renderer);
        (shot.continuity, shot.developments, shot.blocking) = (Vec::new(), Vec::new(), Vec::new());
        shot.beats = vec![Beat { who: vec![member.clone()], action: "stand".to_owned(), ..Beat::default() }];
        let camera = &mut shot.camera;
        (camera.framing, camera.angle, camera.move_) = (Framing::Full, Angle::EyeLevel, Move::Static);
        (camera.lens_mm, camera.focus) = (PORTRAIT_LENS_MM, Some(member.clone()));
        camera.hand = Some(Hand { orbit_deg: Bearing::new(PORTRAIT_ORBIT_DEG).ok()?, ..Hand::default() });
        camera.depth_of_field = DepthOfField::Deep;
        let (width, height) = PORTRAIT;
        (alone.format.width, alone.format.height) = (EvenSize::nearest(width), EvenSize::nearest(height));
        let id = shot.id.clone();
        scene.shots = vec![shot];
        alone.scenes = vec![scene];
        let order = ShotOrder::new(&alone, &id, Quality::Standard).ok()?;
        Some(Arc::new(Self::new(order, 1, 0)))
    }

    /// The same shot in another style.
    pub(super) fn in_style(&self, style: &str) -> Self {
        let look = Look { style: style.to_owned(), ..self.order.look.clone() };
        Self::new(ShotOrder { look, ..self.order.clone() }, self.frames, self.handle)
    }
}
