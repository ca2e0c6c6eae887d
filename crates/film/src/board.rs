//! The storyboard: the document that the reader writes, the user edits and every renderer obeys.
//!
//! File format 1 is human-readable JSON. Every object keeps the fields it does not know ([`Extra`]), so that a newer
//! program's additions survive an older one. What was read from the script keeps the byte [`Span`]s it came from, and
//! [`Sources`] say who chose a field.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grammar::{
    Angle, DepthOfField, Facing, Framing, Move, Season, Side, Speed, TimeOfDay, TransitionKind, Weather,
};
use crate::units::{Bearing, EvenSize, Fps, Id, Metres, Pitch, Reach, Seconds, Seed, Span};

/// Fields of an object that this version does not know, kept as they were.
pub type Extra = BTreeMap<String, serde_json::Value>;

/// How somebody or something looks: open names (`"size"`, `"coat"`, `"age"`, `"clothes"`, `"hair"`) and their values.
pub type Appearance = BTreeMap<String, serde_json::Value>;

/// Who chose each field, by the field's name. A field that is not listed was chosen by the program.
pub type Sources = BTreeMap<String, Source>;

/// Who chose a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The script says so.
    Script,
    /// The program chose it.
    Chosen,
    /// The user set it by hand; planning again leaves it alone.
    Edited,
}

/// A film, from the words it came from to the last shot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Storyboard {
    /// The file format: [`crate::FORMAT_VERSION`].
    pub version: u32,
    /// The film's title.
    #[serde(default)]
    pub title: String,
    /// The user's words, untouched.
    #[serde(default)]
    pub script: String,
    /// What the film is about, in a few words.
    #[serde(default)]
    pub theme: String,
    /// How it feels: `"majestic"`, `"warm"`.
    #[serde(default)]
    pub mood: Vec<String>,
    /// The seed of chance of the whole film: landscapes and individuals grow from it, so they stay the same from shot to
    /// shot.
    #[serde(default)]
    pub seed: Seed,
    /// The style of the pictures.
    #[serde(default)]
    pub look: Look,
    /// Size, rate and length.
    pub format: Format,
    /// Who and what appears.
    #[serde(default)]
    pub cast: Vec<CastMember>,
    /// Where it happens.
    #[serde(default)]
    pub places: Vec<Place>,
    /// What happens, in order.
    #[serde(default)]
    pub scenes: Vec<Scene>,
    /// How the film ends: at once, or fading to a colour.
    #[serde(default, skip_serializing_if = "Transition::is_plain_cut")]
    pub transition_out: Transition,
    /// What was assumed, replaced or not understood.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The style of the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Look {
    /// A row of the table of looks: `"photoreal"`, `"film-noir"`.
    #[serde(default = "photoreal")]
    pub style: String,
    /// `"natural"`, `"warm"`, `"cool"`, `"muted"`, `"vivid"`.
    #[serde(default)]
    pub palette: String,
    /// Film grain, 0 to 1.
    #[serde(default)]
    pub grain: f64,
    /// What must not be seen; for renderers that take words.
    #[serde(default)]
    pub negative: String,
    /// Who chose what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: Sources,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

fn photoreal() -> String {
    "photoreal".into()
}

impl Default for Look {
    fn default() -> Self {
        Self {
            style: photoreal(),
            palette: "natural".into(),
            grain: 0.0,
            negative: String::new(),
            sources: Sources::new(),
            extra: Extra::new(),
        }
    }
}

/// Size, rate and length of the film.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Format {
    /// Pixels across.
    pub width: EvenSize,
    /// Pixels down.
    pub height: EvenSize,
    /// Frames a second.
    pub fps: Fps,
    /// The length that was asked for. The film is as long as its shots together.
    pub seconds: Seconds,
    /// Who chose what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: Sources,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Somebody or something that appears, alone or as a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CastMember {
    /// What the shots call it.
    pub id: Id,
    /// What the script calls it: `"woolly mammoths"`.
    pub name: String,
    /// What it is, in the singular: `"mammoth"`, `"woman"`, `"red car"` has kind `"car"`.
    pub kind: String,
    /// How many: 1 to 1000.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 1000))]
    pub count: u32,
    /// How it looks.
    #[serde(default)]
    pub appearance: Appearance,
    /// The user's own body for it: a GLB file in the project's folder of imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Id>,
    /// Where the script speaks of it.
    #[serde(default)]
    pub spans: Vec<Span>,
    /// Who chose what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: Sources,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

fn one() -> u32 {
    1
}

impl CastMember {
    /// The text of one side of the appearance, when it is text.
    pub fn appearance_text(&self, name: &str) -> Option<&str> {
        self.appearance.get(name)?.as_str()
    }
}

/// Somewhere that things happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// What the scenes call it.
    pub id: Id,
    /// What the script calls it: `"snowy meadow"`.
    pub name: String,
    /// What it is: a row of the table of places, or the word of the script.
    pub kind: String,
    /// What covers the ground: `"snow"`, `"grass"`, `"sand"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<String>,
    /// What stands in the distance: `"mountains"`, `"conifers"`.
    #[serde(default)]
    pub backdrop: Vec<String>,
    /// Where the script speaks of it.
    #[serde(default)]
    pub spans: Vec<Span>,
    /// Who chose what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: Sources,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Shots in one place at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scene {
    /// Its stable name: `s1`.
    pub id: Id,
    /// Where.
    pub place: Id,
    /// When.
    #[serde(default)]
    pub time: TimeOfDay,
    /// In what weather.
    #[serde(default)]
    pub weather: Weather,
    /// In what season.
    #[serde(default)]
    pub season: Season,
    /// How strongly the wind blows: 0 still, 0.3 a breeze, 1 a storm. The weather decides when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wind: Option<f64>,
    /// Its shots, in order.
    #[serde(default)]
    pub shots: Vec<Shot>,
    /// Who chose what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: Sources,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One run of the camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shot {
    /// Its stable name: `s1-010`.
    pub id: Id,
    /// How long it stays on the screen.
    pub seconds: Seconds,
    /// The seed of what is left to chance in this shot.
    #[serde(default)]
    pub seed: Seed,
    /// Who renders it: `"stage"`, `"card"`, `"footage"` or the name of a video model.
    #[serde(default = "stage")]
    pub renderer: String,
    /// The user's own picture or clip, which the renderer `"footage"` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footage: Option<Footage>,
    /// What happens, in order unless simultaneous.
    #[serde(default)]
    pub beats: Vec<Beat>,
    /// Who is there as the shot begins, and how: carried from shot to shot, so that nobody changes coat or side by
    /// accident. The scene holds place, time and weather.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub continuity: Vec<Presence>,
    /// What becomes different in the course of the shot, in order: the time of day, the season, the weather, a colour.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub developments: Vec<Development>,
    /// Who was set by hand to another place on the ground than where the stage puts them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocking: Vec<Mark>,
    /// How it is seen.
    #[serde(default)]
    pub camera: Camera,
    /// How it begins.
    #[serde(default)]
    pub transition_in: Transition,
    /// What is heard.
    #[serde(default)]
    pub sound: Sound,
    /// The take that the user chose; the newest that fits when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<ChosenTake>,
    /// Who chose what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: Sources,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A picture or a clip that the user has brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Footage {
    /// The file in the project's folder of imports.
    pub file: Id,
    /// Where in the clip the shot begins, in seconds from 0; of no account in a picture.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start_secs: f64,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// A take that the user chose for a shot, perhaps one that was rendered with other settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChosenTake {
    /// The take's key.
    pub key: String,
    /// A fingerprint of the shot as it stood when the take was chosen: the choice holds until the shot is changed.
    pub stands: String,
}

fn stage() -> String {
    "stage".into()
}

/// Something that is different at the end of a shot: "from dawn to dusk", "the leaves turn from green to red".
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Development {
    /// What changes: `"time"`, `"season"`, `"weather"`, or the thing whose colour does ("leaf").
    pub what: String,
    /// How it was: a value of the scene's field of that name, or a colour. Empty when the script does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// How it becomes.
    pub to: String,
    /// The words of the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// Fields this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Somebody who is there as a shot begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Presence {
    /// The member of the cast.
    pub who: Id,
    /// Where on the screen. It holds through the scene: the camera stays on its side of the line between two people.
    #[serde(default)]
    pub side: Side,
    /// Which way they face or move on the screen.
    #[serde(default)]
    pub facing: Facing,
    /// What they wear, when the script tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wearing: Vec<String>,
    /// What they hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holding: Vec<String>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Where something is in relation to something else. Both are members of the cast by id, or plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Placement {
    /// What is placed.
    pub what: String,
    /// How it stands to the other.
    pub how: Relation,
    /// The other.
    pub to: String,
}

/// How one stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// On its top.
    On,
    /// Under or below it.
    Under,
    /// Farther from the camera.
    Behind,
    /// Nearer to the camera.
    InFrontOf,
    /// At its side.
    Beside,
}

/// A mark on the ground: where somebody was set by hand, relative to where the stage would have put them, for the whole
/// length of the shot. The camera stays where it is for it. Marks of the same individual add up; one for somebody who is not
/// in the shot is kept and does nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// The member of the cast.
    pub who: Id,
    /// Which individual of a group, from 1, the leader; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub individual: Option<u32>,
    /// Metres to the right, as the camera stands when no hand has moved it; to the left when negative.
    #[serde(default, skip_serializing_if = "Metres::is_neutral")]
    pub right_m: Metres,
    /// Metres forward, which on a stage is towards that camera; back, away from it, when negative.
    #[serde(default, skip_serializing_if = "Metres::is_neutral")]
    pub forward_m: Metres,
    /// Degrees that they turn, with the way that they go, about where the first of them begins the shot:
    /// counter-clockwise as seen from above.
    #[serde(default, skip_serializing_if = "Bearing::is_neutral")]
    pub turn_deg: Bearing,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Mark {
    /// Whether it moves nobody.
    pub fn is_neutral(&self) -> bool {
        self.right_m.is_neutral() && self.forward_m.is_neutral() && self.turn_deg.is_neutral()
    }
}

/// One thing that happens: somebody does something.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Beat {
    /// The members of the cast who do it.
    #[serde(default)]
    pub who: Vec<Id>,
    /// The verb in its base form: `"approach"`, `"stand"`. Empty when nothing is done.
    #[serde(default)]
    pub action: String,
    /// The verb whose motion is shown, when the renderer has none for the action itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_as: Option<String>,
    /// With or to what: members of the cast by id, or plain words.
    #[serde(default)]
    pub what: Vec<String>,
    /// What stands where: "a letter on the desk".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placements: Vec<Placement>,
    /// What the first of `who` turns into: from the middle of the beat on, this member of the cast is seen instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub becomes: Option<Id>,
    /// The place, when it is another than the scene's.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub where_: Option<Id>,
    /// Whether it happens together with the beat before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simultaneous: bool,
    /// The words it was read from.
    #[serde(default)]
    pub text: String,
    /// Where those words stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How the shot is seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Camera {
    /// How much of the subject the picture holds.
    #[serde(default)]
    pub framing: Framing,
    /// From how high.
    #[serde(default)]
    pub angle: Angle,
    /// What the camera does.
    #[serde(default, rename = "move")]
    pub move_: Move,
    /// How fast.
    #[serde(default)]
    pub speed: Speed,
    /// The focal length in millimetres on a 36 mm wide sensor: 8 to 800.
    #[serde(default = "normal_lens")]
    #[schemars(range(min = 8, max = 800))]
    pub lens_mm: f64,
    /// The member of the cast that is kept in frame and sharp; the first of the first beat when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<Id>,
    /// How much of the depth is sharp.
    #[serde(default)]
    pub depth_of_field: DepthOfField,
    /// What the user's hand did to the camera that framing, angle and lens give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand: Option<Hand>,
    /// Who chose what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: Sources,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

fn normal_lens() -> f64 {
    35.0
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            framing: Framing::default(),
            angle: Angle::default(),
            move_: Move::default(),
            speed: Speed::default(),
            lens_mm: normal_lens(),
            focus: None,
            depth_of_field: DepthOfField::default(),
            hand: None,
            sources: Sources::new(),
            extra: Extra::new(),
        }
    }
}

/// An adjustment of the camera by hand, relative to the camera that the rest of the fields give and for the whole length of
/// the shot: the camera's move plays on top of it. What is absent changes nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Hand {
    /// Degrees around what is framed: to the camera's right (counter-clockwise as seen from above) when positive.
    #[serde(default, skip_serializing_if = "Bearing::is_neutral")]
    pub orbit_deg: Bearing,
    /// Degrees that the camera goes up around what is framed; down when negative. It stops above the ground.
    #[serde(default, skip_serializing_if = "Pitch::is_neutral")]
    pub elevation_deg: Pitch,
    /// A factor of the distance to what is framed: below 1 the camera is nearer.
    #[serde(default, skip_serializing_if = "Reach::is_neutral")]
    pub distance: Reach,
    /// Degrees that the camera turns to its right where it stands; to its left when negative.
    #[serde(default, skip_serializing_if = "Bearing::is_neutral")]
    pub pan_deg: Bearing,
    /// Degrees that the camera looks up where it stands; down when negative.
    #[serde(default, skip_serializing_if = "Pitch::is_neutral")]
    pub tilt_deg: Pitch,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Hand {
    /// Whether it leaves the camera as it is.
    pub fn is_neutral(&self) -> bool {
        self.orbit_deg.is_neutral()
            && self.elevation_deg.is_neutral()
            && self.distance.is_neutral()
            && self.pan_deg.is_neutral()
            && self.tilt_deg.is_neutral()
    }
}

/// How a shot begins, or the film ends.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Transition {
    /// What is seen.
    #[serde(default)]
    pub kind: TransitionKind,
    /// How long it takes: 0 to 10 seconds; a cut takes none.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10))]
    pub seconds: f64,
    /// Why it was chosen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Transition {
    fn is_plain_cut(&self) -> bool {
        *self == Self::default()
    }
}

/// What is heard in a shot.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Sound {
    /// Beds of sound: `"wind"`, `"rain"`, `"sea"`, `"city"`, `"birds"`. None: silence.
    #[serde(default)]
    pub ambience: Vec<String>,
    /// Words that a narrator says.
    #[serde(default)]
    pub narration: Option<String>,
    /// What is said by those who are seen or heard, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dialogue: Vec<Line>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Words that somebody says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// The member of the cast who says it; a voice from nowhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Id>,
    /// The words.
    pub text: String,
    /// How they are said: `"whisper"`, `"to himself"`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manner: String,
    /// Where they stand in the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What the user should know about the reading.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// What sort of note it is.
    #[serde(default)]
    pub kind: NoteKind,
    /// The words it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// The note, one sentence.
    pub text: String,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What sort of note it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// The script is silent and we chose.
    #[default]
    Assumed,
    /// It is shown as something near to it.
    ShownAs,
    /// The script contradicts itself and we chose one.
    Contradiction,
    /// It was cut down to what fits.
    Limited,
    /// It was not understood and is left out.
    NotUnderstood,
}

impl Storyboard {
    /// Every shot in the order of the film, with its scene.
    pub fn shots(&self) -> impl Iterator<Item = (&Scene, &Shot)> {
        self.scenes.iter().flat_map(|scene| scene.shots.iter().map(move |shot| (scene, shot)))
    }

    /// The shot named `id`, with its scene.
    pub fn shot(&self, id: &Id) -> Option<(&Scene, &Shot)> {
        self.shots().find(|(_, shot)| &shot.id == id)
    }

    /// The place named `id`.
    pub fn place(&self, id: &Id) -> Option<&Place> {
        self.places.iter().find(|place| &place.id == id)
    }

    /// The member of the cast named `id`.
    pub fn member(&self, id: &Id) -> Option<&CastMember> {
        self.cast.iter().find(|member| &member.id == id)
    }

    /// The length of all shots together, in seconds.
    pub fn duration_secs(&self) -> f64 {
        self.shots().map(|(_, shot)| shot.seconds.get()).sum()
    }

    /// A small storyboard with one of everything: two mammoths cross a snowy meadow in two shots. For documentation and
    /// tests.
    ///
    /// # Panics
    /// Never: the document is a constant that a test reads.
    pub fn example() -> Self {
        Self::from_json(include_str!("example.json")).expect("the example is valid")
    }
}
