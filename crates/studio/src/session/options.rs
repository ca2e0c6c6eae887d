//! What there is to choose from, from the closed vocabularies and the tables.

use std::collections::BTreeSet;

use film::{Angle, DepthOfField, Framing, Move, Quality, Season, Speed, TimeOfDay, TransitionKind, Weather};

use super::Session;
use super::export::presets;
use super::model::{Choice, Kind, Named, Options, RendererInfo, Size};
use crate::models::ModelState;

/// Sizes by their names: the shorter side, and width to height.
const SIZES: &[(&str, u32, u32, &str)] = &[
    ("720p", 1280, 720, "16:9"),
    ("1080p", 1920, 1080, "16:9"),
    ("1440p", 2560, 1440, "16:9"),
    ("4K", 3840, 2160, "16:9"),
    ("480p", 854, 480, "16:9"),
    ("Scope", 1920, 804, "2.39:1"),
    ("Academy", 1440, 1080, "4:3"),
    ("Vertical 720", 720, 1280, "9:16"),
    ("Vertical 1080", 1080, 1920, "9:16"),
    ("Portrait 4:5", 1080, 1350, "4:5"),
    ("Square", 1080, 1080, "1:1"),
];
const RATES: &[u32] = &[12, 15, 16, 24, 25, 30, 48, 50, 60];
const LANGUAGES: &[&str] = &["en", "de"];

impl Session {
    /// What there is to choose from.
    pub fn options(&self) -> Options {
        let words = story::vocabulary();
        let named = |name: &str| Named { name: name.to_owned(), label: label(name) };
        let kind = |kind: String, group: &str| Kind { label: label(&kind), kind, group: group.to_owned() };
        let actions: BTreeSet<String> = words.actions.into_iter().collect();
        let engine = self.state().engine;
        let renderer = |name: &str| {
            let missing = if name == "stage" {
                engine.lost.clone().or_else(|| {
                    self.shared
                        .setup
                        .without_stage
                        .then(|| "no graphics device is used in this session".into())
                })
            } else {
                None
            };
            RendererInfo {
                name: name.to_owned(),
                label: match name {
                    "stage" => "Stage (instant, 3D)",
                    "card" => "Card (words only)",
                    "footage" => "Footage (your picture or clip)",
                    other => other,
                }
                .to_owned(),
                available: missing.is_none(),
                reason: missing,
            }
        };
        let models = self.models().into_iter().filter(|model| model.state != ModelState::BuiltIn);
        let models = models.map(|model| RendererInfo {
            available: model.installed,
            reason: (!model.installed).then(|| format!("not installed: {}, {}", model.size(), model.licence)),
            name: model.name,
            label: model.label,
        });
        Options {
            framings: choices(Framing::ALL, Framing::word),
            angles: choices(Angle::ALL, Angle::word),
            moves: choices(Move::ALL, Move::word),
            speeds: choices(Speed::ALL, Speed::word),
            depths_of_field: choices(DepthOfField::ALL, DepthOfField::word),
            transitions: choices(TransitionKind::ALL, TransitionKind::word),
            times: choices(TimeOfDay::ALL, TimeOfDay::word),
            weathers: choices(Weather::ALL, Weather::word),
            seasons: choices(Season::ALL, Season::word),
            styles: stage::styles().map(named).collect(),
            palettes: std::iter::once("natural").chain(stage::palettes()).map(str::to_owned).collect(),
            places: words.places.into_iter().map(|place| kind(place, "places")).collect(),
            kinds: words.cast.into_iter().map(|(cast, group)| kind(cast, group)).collect(),
            actions: actions.into_iter().collect(),
            ambience: edit::sound::beds().map(str::to_owned).collect(),
            sizes: SIZES
                .iter()
                .map(|&(label, width, height, aspect)| Size {
                    label: label.into(),
                    width,
                    height,
                    aspect: aspect.into(),
                })
                .collect(),
            fps: RATES.to_vec(),
            qualities: Quality::ALL.iter().map(|quality| quality.word().to_owned()).collect(),
            renderers: crate::RENDERERS.iter().map(|name| renderer(name)).chain(models).collect(),
            presets: presets(),
            languages: LANGUAGES.iter().map(|&language| language.to_owned()).collect(),
        }
    }
}

fn choices<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<Choice> {
    all.iter().map(|&value| Choice { value: word(value).to_owned(), label: label(word(value)) }).collect()
}

/// `"medium-close-up"` is shown as "Medium close up".
fn label(word: &str) -> String {
    let words = word.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
