//! How a shot is seen: what the script asks for, else film grammar.

use std::sync::OnceLock;

use film::{Angle, Camera, DepthOfField, Framing, Move, Source, Speed};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::read::{Phrase, Slot, among};

/// What a shot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Shows where we are, and the action in it.
    Establishing,
    /// Follows the action.
    Action,
    /// Goes closer on an action that was just seen from afar.
    Coverage,
    /// Shows a part of somebody, or a thing.
    Detail,
    /// Shows a place in which nobody acts.
    Landscape,
}

/// Whether a phrase of the slot says how one shot is seen.
pub(super) fn is_about(slot: Slot) -> bool {
    matches!(
        slot,
        Slot::Move
            | Slot::Speed
            | Slot::Angle
            | Slot::Framing
            | Slot::Lens
            | Slot::Focus
            | Slot::Side
            | Slot::Transition
    )
}

/// How one group of verbs is filmed.
#[derive(Deserialize)]
struct Row {
    verbs: String,
    #[serde(deserialize_with = "framing")]
    framing: Framing,
    #[serde(deserialize_with = "camera_move")]
    move_: Move,
    lens_mm: f64,
    weight: f64,
    /// It is done with the whole body, which a close view would cut.
    #[serde(default)]
    whole: bool,
}

/// RON writes enums as identifiers; the words of film grammar have dashes and stand in strings.
fn framing<'de, D: Deserializer<'de>>(words: D) -> Result<Framing, D::Error> {
    let word = String::deserialize(words)?;
    Framing::from_word(&word).ok_or_else(|| D::Error::custom(format!("{word} is no framing")))
}

fn camera_move<'de, D: Deserializer<'de>>(words: D) -> Result<Move, D::Error> {
    let word = String::deserialize(words)?;
    Move::from_word(&word).ok_or_else(|| D::Error::custom(format!("{word} is no move")))
}

fn row(action: &str) -> Option<&'static Row> {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| {
        ron::from_str(include_str!("../../../../assets/story/actions.ron"))
            .expect("the embedded table is valid")
    });
    rows.iter().find(|row| row.verbs.split_whitespace().any(|verb| verb == action)).or(rows.last())
}

/// Parts of a body that need room.
const LARGE_PARTS: &str = "fur coat mane feather wing body back tail leg arm trunk tusk antler shoulder silhouette flank fin shadow";

/// What is known about a shot when its camera is chosen.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a shot, each read by name")]
pub(super) struct Subject<'a> {
    pub(super) role: Role,
    pub(super) action: &'a str,
    /// The part of somebody that it is about.
    pub(super) part: Option<&'a str>,
    /// How many bodies have to fit in the frame.
    pub(super) bodies: u32,
    /// Whether something in it stands on, under or beside something else.
    pub(super) placed: bool,
    /// Whether something is done with a thing.
    pub(super) with_thing: bool,
    /// Whether they are things on top of each other.
    pub(super) heaped: bool,
    /// Whether they are of unusual size ("giant").
    pub(super) giant: bool,
    /// Counts the shots of the film: keeps landscapes from all moving alike.
    pub(super) number: usize,
    /// The framing of the shot before in the scene.
    pub(super) before: Option<Framing>,
}

/// The camera, and the weight of the shot in time.
pub(super) fn compose(subject: &Subject<'_>, cues: &[&Phrase]) -> (Camera, f64) {
    let action = row(subject.action);
    let (mut framing, mut move_, mut weight) = match (subject.role, action) {
        (Role::Establishing, _) => (Framing::Wide, Move::DollyIn, 1.2),
        (Role::Landscape, _) => {
            let moves = [Move::DollyIn, Move::PanRight, Move::Drone, Move::TruckRight, Move::CraneUp];
            (Framing::Wide, moves[subject.number % moves.len()], 1.1)
        }
        // As close as the part is small: an eye fills a close-up, a coat of fur does not fit into one.
        (Role::Detail, _) if subject.part.is_some_and(|part| among(LARGE_PARTS, part)) => {
            (Framing::Medium, Move::Static, 0.9)
        }
        (Role::Detail, _) => (Framing::CloseUp, Move::Static, 0.8),
        (Role::Coverage, Some(row)) => (closer(row.framing), row.move_, row.weight),
        (Role::Action, Some(row)) => (row.framing, row.move_, row.weight),
        (_, None) => (Framing::Medium, Move::DollyIn, 1.0),
    };
    if subject.before == Some(framing) && !matches!(subject.role, Role::Landscape | Role::Establishing) {
        framing = closer(framing);
    }
    if subject.role == Role::Coverage && action.is_some_and(|row| row.whole) {
        framing = framing.min(Framing::MediumWide);
    }
    // What hands do with something is not seen in a face, unless the verb is one that is.
    let by_hand = subject.with_thing && action.is_some_and(|row| row.framing <= Framing::Medium);
    if (subject.bodies > 2 || subject.placed || by_hand)
        && matches!(subject.role, Role::Action | Role::Coverage)
    {
        // A herd does not fit into a close-up of one, nor does the table with the letter.
        framing = framing.min(Framing::Medium);
    }
    if subject.heaped {
        framing = framing.min(Framing::Wide);
    }
    let mut angle =
        if subject.giant && subject.role != Role::Landscape { Angle::Low } else { Angle::EyeLevel };
    let mut camera = Camera { speed: Speed::Slow, ..Camera::default() };
    let mut lens = None;
    let mut depth = if subject.role == Role::Detail { DepthOfField::Shallow } else { DepthOfField::Natural };
    for cue in cues.iter().filter(|cue| !cue.negated) {
        let mut from_script = |field: &str| {
            camera.sources.insert(field.to_owned(), Source::Script);
        };
        match cue.slot {
            Slot::Move => {
                if let Some(value) = Move::from_word(&cue.value) {
                    move_ = value;
                    from_script("move");
                    if value == Move::Drone && angle == Angle::EyeLevel {
                        angle = Angle::Aerial;
                    }
                }
            }
            Slot::Speed => {
                if let Some(value) = Speed::from_word(&cue.value) {
                    camera.speed = value;
                    from_script("speed");
                }
            }
            Slot::Angle => {
                if let Some(value) = Angle::from_word(&cue.value) {
                    angle = value;
                    from_script("angle");
                }
            }
            Slot::Framing => {
                if let Some(value) = Framing::from_word(&cue.value) {
                    framing = value;
                    from_script("framing");
                }
            }
            Slot::Lens => {
                if let Ok(value) = cue.value.parse::<f64>() {
                    lens = Some(value.clamp(8.0, 800.0));
                    from_script("lens_mm");
                }
            }
            Slot::Focus => {
                // In a wide view there is nothing near to set apart; the rest obeys.
                if cue.value == "deep" {
                    depth = DepthOfField::Deep;
                    from_script("depth_of_field");
                } else if !matches!(subject.role, Role::Establishing | Role::Landscape) {
                    depth = DepthOfField::Shallow;
                    from_script("depth_of_field");
                }
            }
            _ => {}
        }
    }
    if move_ == Move::Static {
        if !camera.sources.contains_key("speed") {
            camera.speed = Speed::Normal;
        }
        weight *= 0.95;
    }
    camera.framing = framing;
    camera.angle = angle;
    camera.move_ = move_;
    camera.depth_of_field = depth;
    let usual = action.filter(|row| row.framing == framing).map(|row| row.lens_mm);
    camera.lens_mm = lens.or(usual).unwrap_or_else(|| lens_of(framing));
    (camera, weight)
}

/// The lens that a framing is usually shot with, in millimetres.
fn lens_of(framing: Framing) -> f64 {
    match framing {
        Framing::ExtremeWide => 24.0,
        Framing::Wide | Framing::PointOfView => 35.0,
        Framing::Full => 40.0,
        Framing::MediumWide => 45.0,
        Framing::Medium | Framing::OverTheShoulder => 50.0,
        Framing::MediumCloseUp => 65.0,
        Framing::CloseUp => 85.0,
        Framing::ExtremeCloseUp => 100.0,
    }
}

/// One step closer, but never closer than a face.
pub(super) fn closer(framing: Framing) -> Framing {
    match framing {
        Framing::ExtremeWide => Framing::Wide,
        Framing::Wide | Framing::Full | Framing::MediumWide => Framing::Medium,
        Framing::Medium => Framing::MediumCloseUp,
        Framing::MediumCloseUp => Framing::CloseUp,
        other => other,
    }
}
