//! Continuity: who is where, wearing and holding what, facing where, carried from shot to shot.
//!
//! The state of a scene is a recurrent one: every shot notes it as it begins and hands on what its beats have made of it.
//! Two people who meet keep their sides of the line between them (the 180° rule): the first stands left and faces right,
//! the second right and faces left; who moves keeps the direction on the screen until the script turns them round.

use std::collections::BTreeMap;

use film::{CastMember, Facing, Id, Presence, Scene, Shot, Side};

use crate::read::{Reading, among};

const TAKES: &str = "pick take grab lift carry hold catch steal draw snatch collect raise bring fetch receive clutch seize wield pull";
const LEAVES_BEHIND: &str =
    "drop put place lay throw toss release set leave hang plant fling hurl lower bury lose pour";
const GIVES: &str = "give hand pass offer throw toss lend deliver present feed";
const EXITS: &str = "leave exit vanish disappear depart escape flee";
const ENTERS: &str = "enter arrive appear emerge come join return";

/// What is known of one member of the cast.
#[derive(Clone, Debug, Default)]
struct State {
    side: Side,
    facing: Facing,
    wearing: Vec<String>,
    holding: Vec<String>,
    present: bool,
    /// Whether they have left for good, or turned into somebody else.
    gone: bool,
}

/// Carries the state through all scenes and writes it into every shot.
pub(super) fn carry(scenes: &mut [Scene], cast: &[CastMember], reading: &Reading, ids: &[Option<Id>]) {
    let mut states: BTreeMap<Id, State> = cast
        .iter()
        .map(|member| {
            let wearing = member.appearance_text("clothes").into_iter().flat_map(|worn| worn.split(", "));
            let state = State { wearing: wearing.map(str::to_owned).collect(), ..State::default() };
            (member.id.clone(), state)
        })
        .collect();
    let things: Vec<&Id> = cast
        .iter()
        .zip(reading_of(cast, reading, ids))
        .filter(|(_, character)| character.is_some_and(|c| !reading.cast[c].acts))
        .map(|(member, _)| &member.id)
        .collect();
    for scene in scenes {
        enter_scene(scene, &mut states, &things);
        let mut before = (Vec::new(), states.clone());
        for shot in &mut scene.shots {
            // The same beats seen from nearer: what they change has not happened yet.
            let spans: Vec<_> = shot.beats.iter().map(|beat| beat.span).collect();
            if spans == before.0 && !spans.is_empty() {
                states.clone_from(&before.1);
            } else {
                before = (spans, states.clone());
            }
            appear(shot, &mut states, &things);
            shot.continuity = states
                .iter()
                .filter(|(_, state)| state.present)
                .map(|(id, state)| Presence {
                    who: id.clone(),
                    side: state.side,
                    facing: state.facing,
                    wearing: state.wearing.clone(),
                    holding: state.holding.clone(),
                    extra: film::Extra::new(),
                })
                .collect();
            // In the order of the cast, as the user sees it.
            shot.continuity.sort_by_key(|p| cast.iter().position(|m| m.id == p.who));
            change(shot, &mut states, &things);
            for change in &reading.changes {
                let span = reading.beats.get(change.beat).map(|beat| beat.span.start);
                let here = shot.beats.iter().any(|b| b.span.is_some_and(|s| Some(s.start()) == span));
                let (from, to) =
                    (ids.get(change.from).cloned().flatten(), ids.get(change.to).cloned().flatten());
                if let (true, Some(from), Some(to)) = (here, from, to) {
                    transform(&mut states, &from, &to);
                }
            }
        }
    }
}

/// Index into the reading's cast of every member.
fn reading_of<'a>(
    cast: &'a [CastMember],
    reading: &'a Reading,
    ids: &'a [Option<Id>],
) -> impl Iterator<Item = Option<usize>> + 'a {
    cast.iter().map(|member| {
        ids.iter().position(|id| id.as_ref() == Some(&member.id)).filter(|k| *k < reading.cast.len())
    })
}

/// A new scene: those who act in it are placed anew; what they wear and hold stays.
fn enter_scene(scene: &Scene, states: &mut BTreeMap<Id, State>, things: &[&Id]) {
    for state in states.values_mut() {
        state.present = false;
    }
    let mut order: Vec<&Id> = Vec::new();
    for shot in &scene.shots {
        for beat in &shot.beats {
            let partners = beat.what.iter().filter_map(|what| states.keys().find(|id| id.as_str() == what));
            for id in beat.who.iter().chain(partners) {
                if !order.contains(&id) && !things.contains(&id) {
                    order.push(id);
                }
            }
        }
    }
    let order: Vec<Id> = order.into_iter().cloned().collect();
    let alone = order.len() == 1;
    for (k, id) in order.iter().enumerate() {
        if let Some(state) = states.get_mut(id) {
            (state.side, state.facing) = match k {
                0 if alone => (Side::Center, Facing::Right),
                0 => (Side::Left, Facing::Right),
                1 => (Side::Right, Facing::Left),
                _ => (Side::Center, Facing::Camera),
            };
        }
    }
}

/// Those who do something in the shot are there.
fn appear(shot: &Shot, states: &mut BTreeMap<Id, State>, things: &[&Id]) {
    for beat in &shot.beats {
        let partners: Vec<Id> = beat
            .what
            .iter()
            .filter_map(|what| states.keys().find(|id| id.as_str() == what).cloned())
            .collect();
        for id in beat.who.iter().cloned().chain(partners) {
            let Some(state) = states.get_mut(&id) else { continue };
            state.present |= !state.gone && !things.contains(&&id);
            if beat.who.contains(&id) {
                let text = beat.text.to_lowercase();
                let toward = ["toward the camera", "towards the camera", "towards us", "toward us"];
                if beat.action == "approach" || toward.iter().any(|t| text.contains(t)) {
                    state.facing = Facing::Camera;
                } else if text.contains("walks away")
                    || text.contains("runs away")
                    || text.contains("drives away")
                {
                    state.facing = Facing::Away;
                }
            }
        }
    }
}

/// What the beats of a shot leave behind.
fn change(shot: &Shot, states: &mut BTreeMap<Id, State>, things: &[&Id]) {
    for beat in &shot.beats {
        let text = beat.text.to_lowercase();
        let words: Vec<String> = beat
            .what
            .iter()
            .filter(|what| {
                !states.keys().any(|id| id.as_str() == what.as_str())
                    || things.iter().any(|t| t.as_str() == what.as_str())
            })
            .cloned()
            .collect();
        let partner = beat
            .what
            .iter()
            .find_map(|what| states.keys().find(|id| id.as_str() == what && !things.contains(id)))
            .cloned();
        let worn = |word: &str| among(GARMENTS, word) || among(GARMENTS, word.trim_end_matches('s'));
        for id in &beat.who {
            let action = beat.action.as_str();
            let Some(state) = states.get_mut(id) else { continue };
            let dresses = (action == "put" && text.contains(" on")) || matches!(action, "don" | "wear");
            let undresses = (matches!(action, "take" | "pull") && text.contains(" off"))
                || matches!(action, "remove" | "shed" | "doff");
            let mut handed = Vec::new();
            for word in &words {
                if worn(word) && dresses {
                    push(&mut state.wearing, word);
                    state.holding.retain(|held| held != word);
                } else if worn(word) && undresses {
                    state.wearing.retain(|garment| !garment.ends_with(word.as_str()));
                    push(&mut state.holding, word);
                } else if among(GIVES, action) && partner.is_some() {
                    state.holding.retain(|held| held != word);
                    handed.push(word.clone());
                } else if among(TAKES, action) {
                    push(&mut state.holding, word);
                } else if among(LEAVES_BEHIND, action) {
                    state.holding.retain(|held| held != word);
                }
            }
            if among(EXITS, action)
                || text.contains("walks away")
                || text.contains("runs away")
                || text.contains("drives away")
            {
                state.present = false;
            }
            if among(ENTERS, action) {
                state.present = true;
            }
            if matches!(action, "turn")
                && (text.contains("turns around")
                    || text.contains("turns round")
                    || text.contains("turns back"))
            {
                state.facing = match state.facing {
                    Facing::Left => Facing::Right,
                    Facing::Right => Facing::Left,
                    Facing::Camera => Facing::Away,
                    Facing::Away => Facing::Camera,
                };
            }
            if let Some(other) = partner.as_ref().and_then(|partner| states.get_mut(partner)) {
                for word in handed {
                    push(&mut other.holding, &word);
                }
            }
        }
    }
}

/// One has become the other: it stands where the first stood.
fn transform(states: &mut BTreeMap<Id, State>, from: &Id, to: &Id) {
    let Some(old) = states.get_mut(from) else { return };
    (old.present, old.gone) = (false, true);
    let (side, facing) = (old.side, old.facing);
    if let Some(new) = states.get_mut(to) {
        (new.side, new.facing, new.present) = (side, facing, true);
    }
}

fn push(list: &mut Vec<String>, word: &str) {
    if !list.iter().any(|known| known == word) && list.len() < 6 {
        list.push(word.to_owned());
    }
}

const GARMENTS: &str = "coat jacket dress shirt hat cap scarf suit uniform boot shoe sneaker skirt trousers pants jeans cloak cape robe \
    gown helmet armor armour glove glasses sunglasses mask sweater hoodie raincoat kimono apron vest tie backpack crown veil \
    hood headscarf belt sandal slipper poncho shawl tiara wig goggles bracelet necklace ring wings";
