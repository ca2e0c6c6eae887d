//! Beats to scenes and shots: where a new scene begins, what opens it, which beats share a shot.

use std::ops::Range;

use film::{Camera, Framing, NoteKind, Season, Source, Sources, TimeOfDay, Weather};

use super::camera::{self, Role, Subject};
use crate::{
    map::{self, kinds},
    read::{BeatReading, Location, Phrase, Reading, Slot},
};

/// A shot before it has a length.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Indices of beats.
    pub(super) beats: Vec<usize>,
    /// Its share of time.
    pub(super) weight: f64,
    /// What it takes at least, in seconds: as long as its words need.
    pub(super) least_secs: f64,
    /// What the script gives it, in seconds.
    pub(super) asked_secs: Option<f64>,
    pub(super) camera: Camera,
    /// Index of the character in focus.
    pub(super) focus: Option<usize>,
    /// The transition that the script asks for.
    pub(super) transition: Option<String>,
}

/// A scene before its shots have lengths.
#[derive(Clone, Debug)]
pub(super) struct SceneDraft {
    /// Index into [`Outcome::places`].
    pub(super) place: usize,
    pub(super) time: TimeOfDay,
    pub(super) weather: Weather,
    pub(super) season: Season,
    pub(super) wind: Option<f64>,
    /// Whether time passes before it.
    pub(super) time_jump: bool,
    pub(super) shots: Vec<Draft>,
    pub(super) sources: Sources,
    /// Whether the places of the film are those of the script, in the same order.
    read_places: bool,
}

impl SceneDraft {
    /// Index into [`Outcome::places`] of the place that a beat names.
    pub(super) fn place_of_beat(&self, beat: &BeatReading) -> Option<usize> {
        beat.place.filter(|_| self.read_places)
    }
}

/// Scenes, places with the ground that the script gives them, and notes.
pub(super) struct Outcome {
    pub(super) scenes: Vec<SceneDraft>,
    pub(super) places: Vec<(Location, Option<String>)>,
    pub(super) notes: Vec<(NoteKind, Option<Range<usize>>, String)>,
}

/// A beat with the phrases that speak of its camera.
struct Unit<'a> {
    /// Indices of beats: one, or all of an item of a shot list; none where such an item only shows something.
    beats: Vec<usize>,
    role: Role,
    cues: Vec<&'a Phrase>,
    /// Where its words begin, with the phrases that lead to it.
    start: usize,
    /// Index of the item of a shot list that it is.
    item: Option<usize>,
}

impl Unit<'_> {
    /// Its first beat.
    fn beat<'r>(&self, reading: &'r Reading) -> Option<&'r BeatReading> {
        self.beats.first().map(|beat| &reading.beats[*beat])
    }
}

/// Most beats of one shot.
const MAX_BEATS: usize = 12;

/// Lays out the scenes of a reading. Always gives at least one scene with one shot.
pub(super) fn draft(reading: &Reading) -> Outcome {
    let mut notes = Vec::new();
    let (units, global) = units(reading);
    let assumed = reading.places.is_empty();
    let mut places: Vec<(Location, Option<String>)> = if assumed {
        let location = assumed_place(reading);
        notes.push((
            NoteKind::Assumed,
            None,
            format!("The script names no place; {} is shown.", phrase_of_place(&location.kind)),
        ));
        vec![(location, None)]
    } else {
        reading.places.iter().map(|place| (ashore(reading, place), None)).collect()
    };
    let units = if reading.items.is_empty() { units } else { listed(reading, units) };
    let cuts = scene_cuts(reading, &units);
    let mut scenes: Vec<SceneDraft> = Vec::with_capacity(cuts.len());
    let mut number = 0;
    for (k, cut) in cuts.iter().enumerate() {
        let end = cuts.get(k + 1).map_or(units.len(), |next| next.unit);
        let begins = |cut: &Cut| cut.from.unwrap_or_else(|| units[cut.unit].start);
        let from = if k == 0 { 0 } else { begins(cut) };
        let to = cuts.get(k + 1).map_or(usize::MAX, begins);
        let within = |slot: Slot| {
            reading
                .cues
                .iter()
                .filter(move |cue| cue.slot == slot && !cue.negated && (from..to).contains(&cue.span.start))
        };
        let previous = scenes.last();
        let mut sources = Sources::new();
        let mut script = |field: &str| {
            sources.insert(field.to_owned(), Source::Script);
        };
        let time = within(Slot::Time).find_map(|cue| TimeOfDay::from_word(&cue.value));
        let weathers: Vec<(&Phrase, Weather)> =
            within(Slot::Weather).filter_map(|cue| Some((cue, Weather::from_word(&cue.value)?))).collect();
        let weather = weathers.iter().map(|(_, weather)| *weather).max();
        if let (Some((cue, _)), Some(strongest)) =
            (weathers.iter().find(|(_, w)| *w == Weather::Clear), weather.filter(|w| *w >= Weather::Overcast))
        {
            notes.push((
                NoteKind::Contradiction,
                Some(cue.span.clone()),
                format!("The script asks for a clear sky and for {strongest}; {strongest} is shown."),
            ));
        }
        let season = within(Slot::Season).find_map(|cue| Season::from_word(&cue.value));
        let wind = within(Slot::Wind).filter_map(|cue| cue.value.parse::<f64>().ok()).reduce(f64::max);
        let ground = within(Slot::Ground).next().map(|cue| cue.value.clone());
        for (field, known) in [
            ("time", time.is_some()),
            ("weather", weather.is_some()),
            ("season", season.is_some()),
            ("wind", wind.is_some()),
        ] {
            if known {
                script(field);
            }
        }
        let weather = weather.or(previous.map(|scene| scene.weather)).unwrap_or_default();
        let snows = matches!(weather, Weather::Snow | Weather::Blizzard);
        let outdoor = kinds().place(&places[cut.place].0.kind).is_none_or(|row| !row.indoor);
        if outdoor {
            let ground = ground.or_else(|| snows.then(|| "snow".to_owned()));
            if places[cut.place].1.is_none() && places[cut.place].0.kind != "sea" {
                places[cut.place].1 = ground;
            }
        }
        // A place that is called dark is seen at night, unless the script tells the hour.
        let is_dark = places[cut.place].0.name.split([' ', '-']).any(|word| {
            crate::read::among(
                "dark darkened dim unlit lightless gloomy shadowy moonlit",
                &word.to_lowercase(),
            )
        });
        let by_night = kinds().place(&places[cut.place].0.kind).is_some_and(|row| row.night);
        let usual = if is_dark || by_night { TimeOfDay::Night } else { TimeOfDay::default() };
        let winter = snows || places[cut.place].1.as_deref() == Some("snow");
        let mut scene = SceneDraft {
            place: cut.place,
            time: time.or(previous.map(|scene| scene.time).filter(|_| !is_dark)).unwrap_or(usual),
            weather,
            season: season
                .or(winter.then_some(Season::Winter))
                .or(previous.map(|scene| scene.season))
                .unwrap_or_default(),
            wind,
            time_jump: cut.time_jump,
            shots: Vec::new(),
            sources,
            read_places: !assumed,
        };
        scene.shots = shots(reading, &units[cut.unit..end], &global, &mut number, k == 0 && cuts.len() == 1);
        scenes.push(scene);
    }
    Outcome { scenes, places, notes }
}

/// Beats with their camera phrases, and the phrases that hold for the whole film.
fn units(reading: &Reading) -> (Vec<Unit<'_>>, Vec<&Phrase>) {
    let mut units: Vec<Unit<'_>> = reading
        .beats
        .iter()
        .enumerate()
        .map(|(k, beat)| {
            let acts = beat.who.iter().any(|c| reading.cast[*c].acts);
            let role = if beat.part.is_some() && acts {
                Role::Detail
            } else if !beat.who.is_empty() {
                Role::Action
            } else {
                Role::Landscape
            };
            Unit { beats: vec![k], role, cues: Vec::new(), start: beat.span.start, item: None }
        })
        .collect();
    let mut global = Vec::new();
    let sentences = reading.beats.last().map_or(0, |last| last.sentence);
    let single = reading.beats.first().is_none_or(|first| first.sentence == sentences);
    for cue in &reading.cues {
        if !camera::is_about(cue.slot) || reading.is_in_item(cue.span.start) {
            continue;
        }
        let starts = |unit: &Unit<'_>| unit.beat(reading).map_or(unit.start, |beat| beat.span.start);
        let ends = |unit: &Unit<'_>| unit.beat(reading).map_or(unit.start, |beat| beat.span.end);
        let next = units.partition_point(|unit| starts(unit) < cue.span.start);
        let current = next.checked_sub(1);
        let inside = current.filter(|k| cue.span.start < ends(&units[*k]));
        // A phrase between beats leads to the one after it when they share a sentence, else it closes the one before.
        let at = inside.or_else(|| (next < units.len()).then_some(next)).or(current);
        // What trails after everything ("…, low angle, depth of field") is about the film.
        let trails = inside.is_none() && next == units.len();
        if trails && cue.slot == Slot::Transition {
            // How the film ends is not how a shot begins.
            continue;
        }
        let of_the_film = matches!(cue.slot, Slot::Lens | Slot::Focus)
            || (trails && matches!(cue.slot, Slot::Angle | Slot::Side))
            || (trails && single);
        match at {
            _ if of_the_film => global.push(cue),
            Some(k) => {
                units[k].start = units[k].start.min(cue.span.start);
                units[k].cues.push(cue);
            }
            None => global.push(cue),
        }
    }
    // A film that opens with "Low angle shot of …" and has no other angle is seen from low throughout.
    let angles: Vec<&&Phrase> =
        units.iter().flat_map(|unit| &unit.cues).filter(|cue| cue.slot == Slot::Angle).collect();
    if let [only] = angles.as_slice()
        && single
    {
        global.push(only);
    }
    (units, global)
}

/// Where a scene begins.
struct Cut {
    unit: usize,
    place: usize,
    time_jump: bool,
    /// Where its words begin, when that is before its first unit.
    from: Option<usize>,
}

/// The scenes of a screenplay: one for each heading under which something happens.
fn headed_cuts(reading: &Reading, units: &[Unit<'_>]) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    let mut time = "";
    for (k, heading) in reading.headings.iter().enumerate() {
        let end = reading.headings.get(k + 1).map_or(usize::MAX, |next| next.span.start);
        // By their beats: a transition that leads to the scene stands before its heading.
        let begins = |unit: &Unit<'_>| unit.beat(reading).map_or(unit.start, |beat| beat.span.start);
        let unit = units.partition_point(|unit| begins(unit) < heading.span.start);
        let hour = reading.cues.iter().find(|cue| cue.slot == Slot::Time && cue.span == heading.span);
        let jump = hour.is_some_and(|hour| !time.is_empty() && differs(time, &hour.value));
        time = hour.map_or(time, |hour| &hour.value);
        if unit < units.len() && begins(&units[unit]) < end {
            // What stands before the first heading belongs to its scene.
            let unit = if cuts.is_empty() { 0 } else { unit };
            cuts.push(Cut { unit, place: heading.place, time_jump: jump, from: Some(heading.span.start) });
        }
    }
    cuts
}

/// The units of a shot list: every item is one, with all its beats and phrases.
fn listed<'a>(reading: &'a Reading, units: Vec<Unit<'a>>) -> Vec<Unit<'a>> {
    let mut items: Vec<Unit<'a>> = reading
        .items
        .iter()
        .enumerate()
        .map(|(k, item)| Unit {
            beats: Vec::new(),
            role: Role::Landscape,
            cues: reading
                .cues
                .iter()
                .filter(|cue| item.span.contains(&cue.span.start) && camera::is_about(cue.slot))
                .collect(),
            start: item.span.start,
            item: Some(k),
        })
        .collect();
    for unit in units {
        let Some(first) = unit.beats.first().map(|b| reading.beats[*b].span.start) else { continue };
        let at = reading.items.partition_point(|item| item.span.start <= first);
        let Some(item) = at.checked_sub(1) else { continue };
        if first < reading.items[item].span.end {
            if items[item].beats.is_empty() {
                items[item].role = unit.role;
            }
            items[item].beats.extend(unit.beats);
        }
    }
    items
}

fn scene_cuts(reading: &Reading, units: &[Unit<'_>]) -> Vec<Cut> {
    let headed = headed_cuts(reading, units);
    if !headed.is_empty() {
        return headed;
    }
    // A list begins with its first item's place, prose with the first that somebody is in.
    let of_beats = reading.beats.iter().find_map(|beat| beat.place);
    let first_place = if reading.items.is_empty() { of_beats.unwrap_or(0) } else { 0 };
    let mut cuts = vec![Cut { unit: 0, place: first_place, time_jump: false, from: None }];
    let (mut place, mut settled, mut acted) = (first_place, false, false);
    let mut times = reading.cues.iter().filter(|cue| cue.slot == Slot::Time && !cue.negated).peekable();
    let mut time: Option<&str> = None;
    for (k, unit) in units.iter().enumerate() {
        let in_item = |place: &Location| {
            let item = unit.item.map(|k| &reading.items[k].span);
            item.is_some_and(|item| place.spans.iter().any(|span| item.contains(&span.start)))
        };
        let named = unit
            .beats
            .iter()
            .find_map(|beat| reading.beats[*beat].place)
            .or_else(|| reading.places.iter().position(in_item));
        let next_start = units.get(k + 1).map_or(usize::MAX, |next| next.start);
        let (mut new_time, mut opens) = (None, false);
        while let Some(cue) = times.next_if(|cue| cue.span.start < next_start) {
            opens |= new_time.is_none() && cue.span.start < unit.start + OPENING_BYTES;
            new_time = new_time.or(Some(cue.value.as_str()));
        }
        let sentence = |unit: &Unit<'_>| unit.beat(reading).map(|beat| beat.sentence);
        let new_sentence = k > 0 && (unit.item.is_some() || sentence(&units[k - 1]) != sentence(unit));
        let shifts = unit.cues.iter().any(|cue| cue.slot == Slot::Transition);
        // "They play. At dusk they go home": what came before was in daylight, though nobody says so.
        let old = time.or_else(|| (opens && acted && unit.role == Role::Action).then_some("afternoon"));
        let jump = new_sentence && new_time.is_some_and(|t| old.is_some_and(|old| differs(old, t)));
        let moved = named.filter(|p| {
            reading.places.get(*p).map(|l| &l.kind) != reading.places.get(place).map(|l| &l.kind)
                && settled
                && ((new_sentence && unit.role == Role::Action) || (shifts && k > 0))
        });
        if moved.is_some() || jump {
            place = moved.unwrap_or(place);
            cuts.push(Cut { unit: k, place, time_jump: jump, from: None });
        }
        settled |= named.is_some() || unit.role == Role::Action;
        acted |= unit.role == Role::Action;
        time = new_time.or(time);
    }
    cuts
}

/// A time of day stands at the head of its clause when it begins within so many bytes of it: "At dusk", "In the evening".
const OPENING_BYTES: usize = 10;

/// Whether two times of day look unlike: "golden hour" after "sunset" is no new scene.
fn differs(a: &str, b: &str) -> bool {
    let phase = |time: &str| match time {
        "dawn" | "sunrise" | "morning" => 0,
        "noon" | "afternoon" => 1,
        "golden-hour" | "sunset" | "dusk" => 2,
        _ => 3,
    };
    phase(a) != phase(b)
}

/// The shots of one scene.
fn shots(
    reading: &Reading,
    units: &[Unit<'_>],
    global: &[&Phrase],
    number: &mut usize,
    alone: bool,
) -> Vec<Draft> {
    let acting = units.iter().any(|unit| unit.role != Role::Landscape);
    let has_camera = |unit: &Unit<'_>| {
        unit.cues
            .iter()
            .chain(global)
            .any(|cue| matches!(cue.slot, Slot::Move | Slot::Framing) && !cue.negated)
    };
    let framed =
        |unit: &Unit<'_>| unit.cues.iter().chain(global).any(|cue| cue.slot == Slot::Framing && !cue.negated);
    // Scenery is the setting of the first shot, unless nobody acts or the camera is sent to it.
    let (shown, folded): (Vec<&Unit<'_>>, Vec<&Unit<'_>>) = units.iter().partition(|unit| {
        !acting || unit.role != Role::Landscape || !unit.cues.is_empty() || unit.item.is_some()
    });
    let mut drafts: Vec<Draft> = Vec::new();
    let mut before: Option<Framing> = None;
    let mut add = |role: Role, unit: Option<&Unit<'_>>, drafts: &mut Vec<Draft>| {
        let beat = unit.and_then(|unit| unit.beat(reading));
        let who: Vec<usize> = beat.map(|beat| beat.who.clone()).unwrap_or_default();
        let partners = beat.map_or(0, |beat| beat.with.len());
        let bodies = who.iter().map(|c| reading.cast[*c].count).sum::<u32>() + partners as u32;
        let giant = who.iter().any(|c| {
            let size = reading.cast[*c].appearance.get("size");
            size.is_some_and(|s| {
                crate::read::among("giant huge enormous gigantic colossal towering massive immense", s)
            })
        });
        // Coverage keeps what holds for the film, not the move that the establishing shot has made.
        let local = unit.filter(|_| role != Role::Coverage).map_or(&[][..], |unit| unit.cues.as_slice());
        let cues: Vec<&Phrase> = global.iter().chain(local).copied().collect();
        let action = beat.map_or("", |beat| beat.action.as_str());
        let part = beat.and_then(|beat| beat.part.as_deref());
        let placed = beat.is_some_and(|beat| !beat.placements.is_empty());
        let heaped = who.iter().any(|c| reading.cast[*c].appearance.contains_key("arranged"));
        let with_thing = beat.is_some_and(|beat| !beat.what.is_empty());
        let subject = Subject {
            role,
            action,
            part,
            bodies,
            placed,
            with_thing,
            heaped,
            giant,
            number: *number,
            before,
        };
        let (camera, weight) = camera::compose(&subject, &cues);
        *number += 1;
        before = Some(camera.framing);
        let transition =
            local.iter().rev().find(|cue| cue.slot == Slot::Transition).map(|cue| cue.value.clone());
        drafts.push(Draft {
            beats: unit.map(|unit| unit.beats.clone()).unwrap_or_default(),
            weight,
            // The establishing shot shows, the one after it is where the words are spoken.
            least_secs: unit
                .filter(|_| role != Role::Establishing)
                .map_or(0.0, |unit| unit.beats.iter().map(|beat| spoken_secs(reading, *beat)).sum()),
            asked_secs: unit.and_then(|unit| reading.items[unit.item?].seconds),
            camera,
            focus: who.first().copied(),
            transition: transition.filter(|t| t != "shift"),
        });
    };
    match shown.split_first() {
        None => add(Role::Landscape, units.first(), &mut drafts),
        Some((first, rest)) => {
            let opens = first.role == Role::Action
                && first.item.is_none()
                && !framed(first)
                && !(alone && rest.is_empty() && has_camera(first));
            if opens {
                add(Role::Establishing, Some(first), &mut drafts);
                // A short scene is covered closer once, so that its faces are seen; but nobody turns into another twice.
                let turns = reading.changes.iter().any(|change| first.beats.contains(&change.beat));
                if rest.len() < 2 && !has_camera(first) && !turns {
                    add(Role::Coverage, Some(first), &mut drafts);
                }
            } else {
                add(first.role, Some(first), &mut drafts);
            }
            for unit in rest {
                // What happens at the same time is in the same picture.
                if unit.beat(reading).is_some_and(|beat| beat.simultaneous)
                    && unit.cues.is_empty()
                    && unit.item.is_none()
                    && let Some(last) = drafts.last_mut()
                {
                    last.beats.extend(&unit.beats);
                    last.least_secs += unit.beats.iter().map(|beat| spoken_secs(reading, *beat)).sum::<f64>();
                    // The shot that opens the scene shows the same, from farther off.
                    if let [opening, _] = drafts.as_mut_slice()
                        && opening.beats == first.beats
                    {
                        opening.beats.extend(&unit.beats);
                    }
                    continue;
                }
                // Who goes on speaking stays in the picture.
                if let (Some(beat), Some(last)) = (unit.beat(reading), drafts.last_mut())
                    && beat.spoken
                    && last
                        .beats
                        .iter()
                        .all(|b| reading.beats[*b].spoken && reading.beats[*b].who == beat.who)
                    && last.beats.len() < MAX_BEATS
                {
                    last.beats.extend(&unit.beats);
                    last.least_secs += unit.beats.iter().map(|beat| spoken_secs(reading, *beat)).sum::<f64>();
                    continue;
                }
                add(unit.role, Some(unit), &mut drafts);
            }
        }
    }
    if let Some(first) = drafts.first_mut() {
        let known = first.beats.clone();
        first.beats.extend(
            folded
                .iter()
                .flat_map(|unit| unit.beats.iter().copied())
                .filter(|beat| !known.contains(beat))
                .take(MAX_BEATS),
        );
    }
    drafts
}

/// Seconds that the words spoken in a beat take: two and a half a second, and a breath.
fn spoken_secs(reading: &Reading, beat: usize) -> f64 {
    let words: usize = reading
        .lines
        .iter()
        .filter(|line| line.beat == Some(beat))
        .map(|line| line.text.split_whitespace().count())
        .sum();
    if words == 0 { 0.0 } else { words as f64 / 2.5 + 0.8 }
}

/// Draws shots together until at most `most` are left, or exactly `asked` where the script gives a number.
pub(super) fn limit_shots(scenes: &mut Vec<SceneDraft>, most: usize, asked: Option<usize>) {
    let limit = asked.map_or(most, |asked| asked.min(most)).max(1);
    if scenes.len() > limit {
        // Whole scenes are drawn together; each group keeps the setting of its first.
        let group = scenes.len().div_ceil(limit);
        let old = std::mem::take(scenes);
        for (k, mut scene) in old.into_iter().enumerate() {
            match scenes.last_mut() {
                Some(last) if k % group != 0 => last.shots.append(&mut scene.shots),
                _ => scenes.push(scene),
            }
        }
    }
    let total: usize = scenes.iter().map(|scene| scene.shots.len()).sum();
    if total > limit {
        let mut spare = limit - scenes.len();
        let extra: usize = total - scenes.len();
        let mut left = extra;
        for scene in scenes.iter_mut() {
            let own = scene.shots.len() - 1;
            // Shots beyond the first of each scene are shared out in proportion.
            let keep = 1 + if left == 0 { 0 } else { (own * spare).div_ceil(left).min(spare).min(own) };
            left -= own;
            spare -= keep - 1;
            draw_together(&mut scene.shots, keep);
        }
    }
    if let Some(asked) = asked.map(|n| n.min(most)) {
        let mut step = 0;
        while scenes.iter().map(|scene| scene.shots.len()).sum::<usize>() < asked && step < asked {
            let scene = step % scenes.len();
            split(&mut scenes[scene].shots);
            step += 1;
        }
    }
}

fn draw_together(shots: &mut Vec<Draft>, keep: usize) {
    let (count, old) = (shots.len(), std::mem::take(shots));
    for (k, shot) in old.into_iter().enumerate() {
        let begins = shots.len() <= k * keep / count;
        match shots.last_mut().filter(|_| !begins) {
            Some(last) => {
                let known = last.beats.clone();
                let room = MAX_BEATS.saturating_sub(known.len());
                last.beats.extend(shot.beats.into_iter().filter(|beat| !known.contains(beat)).take(room));
                last.weight = (last.weight + 0.25 * shot.weight).min(2.5);
                last.least_secs += shot.least_secs;
            }
            None => shots.push(shot),
        }
    }
}

/// Sees the last shot's action once more, closer.
fn split(shots: &mut Vec<Draft>) {
    if let Some(last) = shots.last() {
        let mut again = last.clone();
        again.camera.framing = camera::closer(again.camera.framing);
        again.transition = None;
        shots.push(again);
    }
}

/// The place where people are who are at the sea: on its beach, unless something carries them or they swim.
fn ashore(reading: &Reading, place: &Location) -> Location {
    let acting = || reading.cast.iter().filter(|c| c.acts);
    let wet = |beat: &BeatReading| crate::read::among(SWIMMING, &beat.action);
    let mut place = place.clone();
    if place.kind == "sea"
        && acting().count() > 0
        && acting().all(|c| c.person)
        && !reading.beats.iter().any(wet)
    {
        "beach".clone_into(&mut place.kind);
    }
    place
}

/// What people do in the sea, not by it.
const SWIMMING: &str =
    "swim dive drown float sink surf sail row paddle snorkel drift surface splash ride cross";

/// Where a film happens whose script does not say: where what it speaks of is at home.
fn assumed_place(reading: &Reading) -> Location {
    let alone = !reading.cast.is_empty() && !reading.cast.iter().any(|c| c.acts);
    let suggested = map::setting(reading.words.iter().map(String::as_str));
    let kind = suggested.unwrap_or(if alone { "tabletop" } else { "meadow" });
    Location {
        name: kind.replace('-', " "),
        word: kind.to_owned(),
        kind: kind.to_owned(),
        approximate: false,
        spans: Vec::new(),
    }
}

fn phrase_of_place(kind: &str) -> String {
    match kind {
        "mountains" => "a mountain landscape".to_owned(),
        "sea" => "the sea".to_owned(),
        "city-street" => "a city street".to_owned(),
        "space" => "space".to_owned(),
        other => format!("{} {}", super::article(other), other.replace('-', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::limit_shots;
    use super::{Camera, Draft, SceneDraft};
    use film::{Season, Sources, TimeOfDay, Weather};

    fn scene(shots: usize) -> SceneDraft {
        let shot = |k| Draft {
            beats: vec![k],
            weight: 1.0,
            least_secs: 0.0,
            asked_secs: None,
            camera: Camera::default(),
            focus: None,
            transition: None,
        };
        SceneDraft {
            place: 0,
            time: TimeOfDay::Noon,
            weather: Weather::Clear,
            season: Season::Summer,
            wind: None,
            time_jump: false,
            shots: (0..shots).map(shot).collect(),
            sources: Sources::new(),
            read_places: false,
        }
    }

    #[test]
    fn shots_are_drawn_together_to_any_limit() {
        for limit in [1, 2, 3, 7, 20] {
            let mut scenes = vec![scene(5), scene(1), scene(9), scene(3)];
            limit_shots(&mut scenes, limit, None);
            let total: usize = scenes.iter().map(|s| s.shots.len()).sum();
            assert!(total <= limit && total >= 1.max(limit.min(18) / 2), "{limit}: {total}");
            assert!(scenes.iter().all(|s| !s.shots.is_empty()));
        }
        let mut scenes = vec![scene(1)];
        limit_shots(&mut scenes, 60, Some(4));
        assert_eq!(scenes[0].shots.len(), 4);
    }

    #[test]
    fn who_looks_at_the_sea_stands_on_the_beach() {
        let place = |text: &str| crate::plan(text, &crate::Request::default()).places[0].kind.clone();
        assert_eq!(place("A woman looks at the sea at dusk."), "beach");
        assert_eq!(place("A man swims in the sea."), "sea");
        assert_eq!(place("A ship crosses the sea."), "sea");
        assert_eq!(place("An octopus swims at the bottom of the sea."), "reef");
    }

    #[test]
    fn a_time_that_opens_a_sentence_does_not_reach_back() {
        let times = |text: &str| -> Vec<film::TimeOfDay> {
            crate::plan(text, &crate::Request::default()).scenes.iter().map(|scene| scene.time).collect()
        };
        let told = "Two mammoths approach through a snowy meadow. A woman looks back.\n\nAt dusk the herd walks away.";
        assert_eq!(times(told), [film::TimeOfDay::Afternoon, film::TimeOfDay::Dusk]);
        assert_eq!(times("A fox runs through a forest. It is dusk."), [film::TimeOfDay::Dusk]);
        assert_eq!(times("A fox runs through a forest at dusk. It stops."), [film::TimeOfDay::Dusk]);
    }
}
