//! Beds of sound from place, weather, time and creatures.

use film::{CastMember, Place, Season, TimeOfDay, Weather};

use super::scenes::SceneDraft;
use crate::map::kinds;

/// Names of the beds, the loudest first; at most four.
pub(super) fn ambience(scene: &SceneDraft, place: &Place, cast: &[CastMember], words: &str) -> Vec<String> {
    let row = kinds().place(&place.kind);
    let indoor = row.is_some_and(|row| row.indoor);
    let cold = scene.season == Season::Winter || place.ground.as_deref() == Some("snow");
    let night = matches!(scene.time, TimeOfDay::Night | TimeOfDay::Dusk);
    let mut beds: Vec<&str> = Vec::new();
    match scene.weather {
        Weather::Rain => beds.push("rain"),
        Weather::Storm => beds.extend(["rain", "wind"]),
        Weather::Blizzard | Weather::Sandstorm => beds.push("wind"),
        _ => {}
    }
    for bed in row.map_or("", |row| &row.sound).split_whitespace() {
        let silenced = match bed {
            "birds" => cold || night || matches!(scene.weather, Weather::Rain | Weather::Storm),
            "crickets" => !night,
            _ => false,
        };
        if !silenced {
            beds.push(bed);
        }
    }
    let wild = !indoor
        && !row.is_some_and(|row| row.urban)
        && !matches!(place.kind.as_str(), "space" | "sea" | "sky");
    if night && wild && !cold {
        beds.push("crickets");
    }
    if !indoor && scene.wind.is_some_and(|wind| wind > 0.2) && place.kind != "space" {
        beds.push("wind");
    }
    let has = |list: &[&str]| words.split(|c: char| !c.is_alphabetic()).any(|word| list.contains(&word));
    if has(&["fire", "campfire", "fireplace", "flames", "bonfire"]) {
        beds.push("fire");
    }
    if has(&["waves", "surf", "sea", "ocean"]) && !indoor {
        beds.push("sea");
    }
    if has(&["stream", "river", "brook", "waterfall", "creek"]) && !indoor {
        beds.push("stream");
    }
    if !indoor && cast.iter().any(|member| matches!(member.kind.as_str(), "crow" | "duck" | "eagle")) {
        beds.push("birds");
    }
    let mut unique: Vec<String> = Vec::new();
    for bed in beds {
        if !unique.iter().any(|known| known == bed) {
            unique.push(bed.to_owned());
        }
    }
    unique.truncate(4);
    unique
}
