//! The storyboard as a file: reading, migrating, checking, writing.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::board::{Storyboard, Transition};
use crate::units::{Id, Seconds, Span};
use crate::{Hint, TransitionKind};

/// The version of the file format that this program writes.
pub const FORMAT_VERSION: u32 = 1;

/// Why a storyboard could not be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DocumentError {
    /// It is no JSON, or only the beginning of one.
    #[error("the storyboard is not complete JSON: {message}")]
    Syntax {
        /// What the parser said, with line and column.
        message: String,
    },
    /// It is JSON, but no storyboard.
    #[error("this is not a storyboard: it has no `version`")]
    NoVersion,
    /// A newer program wrote it.
    #[error("the storyboard has file format {found}; this program knows up to {FORMAT_VERSION}")]
    Newer {
        /// The version it claims.
        found: u64,
    },
    /// A value is missing or out of its limits.
    #[error("{path}: {message}")]
    Invalid {
        /// Where in the document: `scenes[0].shots[1].seconds`.
        path: String,
        /// What is wrong there.
        message: String,
    },
}

impl Hint for DocumentError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Syntax { .. } => {
                "the file may be truncated; a project's `journal` folder keeps its last states".into()
            }
            Self::NoVersion => "make one with: mutoscope plan \"PROMPT\" -o storyboard.json".into(),
            Self::Newer { .. } => "update Mutoscope; the file was left as it is".into(),
            Self::Invalid { .. } => "`mutoscope schema` prints what a storyboard may hold".into(),
        })
    }
}

/// The JSON Schema (2020-12) of the storyboard.
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(Storyboard).to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".into(), "Mutoscope storyboard, file format 1".into());
    }
    schema
}

/// Brings an older document up to [`FORMAT_VERSION`], one version after the other. There is none older than 1 yet.
fn migrate(document: Value, from: u64) -> Result<Value, DocumentError> {
    match from {
        1 => Ok(document),
        0 => Err(invalid("version", "there is no file format 0")),
        found => Err(DocumentError::Newer { found }),
    }
}

fn invalid(path: impl Into<String>, message: impl Into<String>) -> DocumentError {
    DocumentError::Invalid { path: path.into(), message: message.into() }
}

fn check_transition(at: &str, transition: &Transition) -> Result<(), DocumentError> {
    if !(0.0..=10.0).contains(&transition.seconds) {
        return Err(invalid(format!("{at}.seconds"), "must be from 0 to 10"));
    }
    if transition.kind == TransitionKind::Cut && transition.seconds != 0.0 {
        return Err(invalid(format!("{at}.seconds"), "a cut takes no time"));
    }
    Ok(())
}

impl Storyboard {
    /// Reads a storyboard of this or an older file format and checks it whole ([`Storyboard::validate`]).
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document: Value =
            serde_json::from_str(text).map_err(|e| DocumentError::Syntax { message: e.to_string() })?;
        Self::from_value(document)
    }

    /// Reads a storyboard from JSON that was parsed already.
    pub fn from_value(document: Value) -> Result<Self, DocumentError> {
        let version = document.get("version").ok_or(DocumentError::NoVersion)?;
        let version = version.as_u64().ok_or_else(|| invalid("version", "must be a whole number"))?;
        let document = migrate(document, version)?;
        let board: Self = serde_path_to_error::deserialize(document)
            .map_err(|e| invalid(e.path().to_string(), e.inner().to_string()))?;
        board.validate()?;
        Ok(board)
    }

    /// Writes the storyboard as it stands in a file: indented, fields in the order of the types, a newline at the end. The
    /// same storyboard gives the same bytes.
    ///
    /// # Panics
    /// Never: the document's keys are text and its numbers finite.
    pub fn to_json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("a storyboard is always representable in JSON");
        text.push('\n');
        text
    }

    /// Checks what no single type can: ids are unique and lead somewhere, spans lie within the script on UTF-8 borders,
    /// the film is not longer than [`Seconds::MAX`], numbers are within their documented ranges.
    pub fn validate(&self) -> Result<(), DocumentError> {
        let mut ids = BTreeSet::new();
        for (i, member) in self.cast.iter().enumerate() {
            let at = format!("cast[{i}]");
            if !ids.insert(&member.id) {
                return Err(invalid(
                    format!("{at}.id"),
                    format!("two members of the cast are called {}", member.id),
                ));
            }
            if !(1..=1000).contains(&member.count) {
                return Err(invalid(format!("{at}.count"), "must be from 1 to 1000"));
            }
            self.check_spans(&at, member.spans.iter().copied())?;
        }
        let mut ids = BTreeSet::new();
        for (i, place) in self.places.iter().enumerate() {
            let at = format!("places[{i}]");
            if !ids.insert(&place.id) {
                return Err(invalid(format!("{at}.id"), format!("two places are called {}", place.id)));
            }
            self.check_spans(&at, place.spans.iter().copied())?;
        }
        for (i, note) in self.notes.iter().enumerate() {
            self.check_spans(&format!("notes[{i}]"), note.span)?;
        }
        if !(0.0..=1.0).contains(&self.look.grain) {
            return Err(invalid("look.grain", "must be from 0 to 1"));
        }
        check_transition("transition_out", &self.transition_out)?;
        self.check_scenes()?;
        let seconds = self.duration_secs();
        if seconds > Seconds::MAX {
            return Err(invalid(
                "scenes",
                format!("the shots last {seconds:.0} s together; a film holds at most 3600 s"),
            ));
        }
        Ok(())
    }

    fn check_scenes(&self) -> Result<(), DocumentError> {
        let places: BTreeSet<&Id> = self.places.iter().map(|place| &place.id).collect();
        let cast: BTreeSet<&Id> = self.cast.iter().map(|member| &member.id).collect();
        let known = |path: String, id: &Id, known: &BTreeSet<&Id>, what: &str| {
            if known.contains(id) {
                Ok(())
            } else {
                Err(invalid(path, format!("there is no {what} called {id}")))
            }
        };
        let (mut scene_ids, mut shot_ids) = (BTreeSet::new(), BTreeSet::new());
        for (i, scene) in self.scenes.iter().enumerate() {
            let at = format!("scenes[{i}]");
            if !scene_ids.insert(&scene.id) {
                return Err(invalid(format!("{at}.id"), format!("two scenes are called {}", scene.id)));
            }
            known(format!("{at}.place"), &scene.place, &places, "place")?;
            if scene.wind.is_some_and(|wind| !(0.0..=1.0).contains(&wind)) {
                return Err(invalid(format!("{at}.wind"), "must be from 0 to 1"));
            }
            for (k, shot) in scene.shots.iter().enumerate() {
                let at = format!("{at}.shots[{k}]");
                if !shot_ids.insert(&shot.id) {
                    return Err(invalid(format!("{at}.id"), format!("two shots are called {}", shot.id)));
                }
                let camera = &shot.camera;
                if let Some(id) = &camera.focus {
                    known(format!("{at}.camera.focus"), id, &cast, "member of the cast")?;
                }
                if !(8.0..=800.0).contains(&camera.lens_mm) {
                    return Err(invalid(format!("{at}.camera.lens_mm"), "must be from 8 to 800"));
                }
                // Who it names may have left the cast since; the number is kept for when they come back.
                for (m, mark) in shot.blocking.iter().enumerate() {
                    if mark.individual.is_some_and(|n| !(1..=1000).contains(&n)) {
                        return Err(invalid(
                            format!("{at}.blocking[{m}].individual"),
                            "must be from 1 to 1000",
                        ));
                    }
                }
                for (p, presence) in shot.continuity.iter().enumerate() {
                    known(format!("{at}.continuity[{p}].who"), &presence.who, &cast, "member of the cast")?;
                }
                for (l, line) in shot.sound.dialogue.iter().enumerate() {
                    let at = format!("{at}.sound.dialogue[{l}]");
                    if let Some(id) = &line.who {
                        known(format!("{at}.who"), id, &cast, "member of the cast")?;
                    }
                    self.check_spans(&at, line.span)?;
                }
                check_transition(&format!("{at}.transition_in"), &shot.transition_in)?;
                for (b, beat) in shot.beats.iter().enumerate() {
                    let at = format!("{at}.beats[{b}]");
                    if let Some(id) = &beat.becomes {
                        known(format!("{at}.becomes"), id, &cast, "member of the cast")?;
                    }
                    for id in &beat.who {
                        known(format!("{at}.who"), id, &cast, "member of the cast")?;
                    }
                    if let Some(id) = &beat.where_ {
                        known(format!("{at}.where"), id, &places, "place")?;
                    }
                    self.check_spans(&at, beat.span)?;
                }
            }
        }
        Ok(())
    }

    fn check_spans(&self, at: &str, spans: impl IntoIterator<Item = Span>) -> Result<(), DocumentError> {
        for span in spans {
            if span.of(&self.script).is_none() {
                let [start, end]: [usize; 2] = span.into();
                let message = format!("[{start}, {end}] is not a piece of the script");
                return Err(invalid(format!("{at}.spans"), message));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn example() -> Value {
        serde_json::from_str(include_str!("example.json")).unwrap()
    }

    fn error_with(change: impl FnOnce(&mut Value)) -> DocumentError {
        let mut document = example();
        change(&mut document);
        Storyboard::from_value(document).unwrap_err()
    }

    #[test]
    fn each_wrong_value_is_named_with_its_place() {
        let cases: Vec<(DocumentError, &str)> = vec![
            (error_with(|d| d["format"]["width"] = json!(0)), "format.width: "),
            (
                error_with(|d| d["scenes"][0]["shots"][1]["seconds"] = json!(1e9)),
                "scenes[0].shots[1].seconds: ",
            ),
            (
                error_with(|d| d["scenes"][0]["place"] = json!("moon")),
                "scenes[0].place: there is no place called moon",
            ),
            (
                error_with(|d| d["scenes"][0]["shots"][0]["camera"]["focus"] = json!("yeti")),
                "scenes[0].shots[0].camera.focus: there is no member",
            ),
            (
                error_with(|d| d["scenes"][0]["shots"][1]["id"] = json!("s1-010")),
                "scenes[0].shots[1].id: two shots",
            ),
            (
                error_with(|d| d["cast"][0]["spans"] = json!([[0, 900]])),
                "cast[0].spans: [0, 900] is not a piece",
            ),
            (error_with(|d| d["look"]["grain"] = json!(7)), "look.grain: "),
            (
                error_with(|d| d["scenes"][0]["shots"][0]["camera"]["hand"] = json!({ "orbit_deg": 181 })),
                "scenes[0].shots[0].camera.hand.orbit_deg: an angle in degrees must be from -180 to 180, not 181",
            ),
            (
                error_with(|d| d["scenes"][0]["shots"][0]["camera"]["hand"] = json!({ "distance": 0 })),
                "scenes[0].shots[0].camera.hand.distance: a factor of the distance must be from 0.1 to 10",
            ),
            (
                error_with(|d| {
                    d["scenes"][0]["shots"][0]["blocking"] = json!([{ "who": "a", "right_m": 1e9 }]);
                }),
                "scenes[0].shots[0].blocking[0].right_m: a way in metres must be from -200 to 200",
            ),
            (
                error_with(|d| {
                    d["scenes"][0]["shots"][0]["blocking"] = json!([{ "who": "a", "individual": 0 }]);
                }),
                "scenes[0].shots[0].blocking[0].individual: must be from 1 to 1000",
            ),
            (error_with(|d| d["version"] = json!(2)), "the storyboard has file format 2"),
        ];
        for (error, start) in cases {
            assert!(error.to_string().starts_with(start), "{error} / {start}");
            assert!(error.hint().is_some());
        }
        let truncated = &include_str!("example.json")[..700];
        assert!(matches!(Storyboard::from_json(truncated), Err(DocumentError::Syntax { .. })));
        assert_eq!(Storyboard::from_json("{}"), Err(DocumentError::NoVersion));
        assert_eq!(Storyboard::from_json("[1]"), Err(DocumentError::NoVersion));
    }

    #[test]
    fn spans_may_not_cut_a_character() {
        let error = error_with(|d| {
            d["script"] = json!("é".repeat(60));
            d["cast"][0]["spans"] = json!([[1, 2]]);
        });
        assert!(error.to_string().contains("[1, 2]"), "{error}");
    }

    #[test]
    fn unknown_fields_survive_at_every_level() {
        let mut document = example();
        document["from_the_future"] = json!({ "a": [1, 2.5] });
        document["scenes"][0]["shots"][0]["camera"]["rig"] = json!("gimbal");
        document["scenes"][0]["shots"][0]["beats"][0]["intensity"] = json!(0.3);
        document["cast"][0]["actor"] = json!("none");
        let written: Value =
            serde_json::from_str(&Storyboard::from_value(document.clone()).unwrap().to_json()).unwrap();
        for path in [
            "/from_the_future",
            "/scenes/0/shots/0/camera/rig",
            "/scenes/0/shots/0/beats/0/intensity",
            "/cast/0/actor",
        ] {
            assert_eq!(written.pointer(path), document.pointer(path), "{path}");
        }
    }

    #[test]
    fn what_the_hand_did_survives_and_its_absence_leaves_no_trace() {
        let plain = Storyboard::from_value(example()).unwrap().to_json();
        assert!(!plain.contains("\"hand\"") && !plain.contains("\"blocking\""));
        let mut document = example();
        let hand = json!({ "orbit_deg": -45.5, "distance": 0.5, "roll_deg": 3 });
        // Somebody whom the cast does not have is kept.
        let blocking = json!([
            { "who": "mammoths", "right_m": 2.25, "forward_m": -1.0, "turn_deg": 90.0 },
            { "who": "yeti", "individual": 2, "forward_m": 1.5 },
        ]);
        document["scenes"][0]["shots"][0]["camera"]["hand"] = hand.clone();
        document["scenes"][0]["shots"][0]["blocking"] = blocking.clone();
        let board = Storyboard::from_value(document).unwrap();
        let written: Value = serde_json::from_str(&board.to_json()).unwrap();
        assert_eq!(written.pointer("/scenes/0/shots/0/camera/hand"), Some(&hand));
        assert_eq!(written.pointer("/scenes/0/shots/0/blocking"), Some(&blocking));
        assert_eq!(Storyboard::from_json(&board.to_json()).unwrap(), board);
    }

    #[test]
    fn the_schema_knows_the_limits() {
        let schema = json_schema().to_string();
        for word in ["\"maximum\":7680", "\"multipleOf\":2", "dolly-in", "exclusiveMinimum"] {
            assert!(schema.contains(word), "{word}");
        }
    }

    /// Any JSON at all, and storyboards with something replaced.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map("[a-z_]{1,8}", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    const PLACES: &[&str] = &[
        "/version",
        "/format",
        "/format/fps",
        "/cast",
        "/cast/0/count",
        "/cast/0/appearance",
        "/cast/0/spans",
        "/scenes/0/place",
        "/scenes/0/wind",
        "/scenes/0/shots/0",
        "/scenes/0/shots/0/seconds",
        "/scenes/0/shots/0/camera",
        "/scenes/0/shots/0/camera/lens_mm",
        "/scenes/0/shots/0/camera/hand",
        "/scenes/0/shots/0/camera/hand/distance",
        "/scenes/0/shots/0/blocking",
        "/scenes/0/shots/0/blocking/0/right_m",
        "/scenes/0/shots/0/beats/0/who",
        "/scenes/0/shots/0/transition_in/seconds",
        "/notes/0/span",
    ];

    proptest! {
        #[test]
        fn no_json_makes_it_panic(value in any_json()) {
            let _ = Storyboard::from_value(value);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            let _ = Storyboard::from_json(&text);
        }

        #[test]
        fn a_replaced_value_is_refused_or_survives_a_round_trip(value in any_json(), place in 0..PLACES.len()) {
            let mut document = example();
            document["scenes"][0]["shots"][0]["camera"]["hand"] = json!({ "distance": 2.0 });
            document["scenes"][0]["shots"][0]["blocking"] = json!([{ "who": "mammoths", "right_m": 1.0 }]);
            if let Some(slot) = document.pointer_mut(PLACES[place]) {
                *slot = value;
            }
            if let Ok(board) = Storyboard::from_value(document) {
                let text = board.to_json();
                let again = Storyboard::from_json(&text).unwrap();
                prop_assert_eq!(&again, &board);
                prop_assert_eq!(again.to_json(), text);
            }
        }
    }
}
