//! The shots of the open film as the preview thread and the takes see them.

use std::sync::Arc;

use edit::Timeline;
use film::{EvenSize, Format, Id, Look, Quality, ShotOrder, Storyboard};

/// Height of the pictures that fingerprints are made for; the rest of the fingerprint does not depend on it.
const PRINT_HEIGHT: u32 = 360;

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

    /// The same shot in another style.
    pub(super) fn in_style(&self, style: &str) -> Self {
        let look = Look { style: style.to_owned(), ..self.order.look.clone() };
        Self::new(ShotOrder { look, ..self.order.clone() }, self.frames, self.handle)
    }
}
