//! Planning again without losing what was there: ids, takes and edits of everything that the new words leave alone.
//!
//! Shots are matched in order by what happens in them (a longest common subsequence over their beats' words); a matched
//! shot keeps its id, its seed and so its take. What the user has set by hand ([`Source::Edited`]) stays whatever was
//! planned. Cast and places are matched by kind and name.

use std::collections::{BTreeMap, BTreeSet};

use film::{CastMember, Id, Place, Scene, Seconds, Seed, Shot, Source, Sources, Storyboard};

/// Takes over from `old` what `new`, planned from changed words, leaves alone: ids, seeds, lengths and hand-made edits.
///
/// Lengths are kept where neither storyboard was asked for a length of the whole film. Where the two have nothing in
/// common, `new` comes back as it is: it is another film.
pub fn carry_over(old: &Storyboard, mut new: Storyboard) -> Storyboard {
    let olds: Vec<&Shot> = old.shots().map(|(_, shot)| shot).collect();
    let alike = new
        .shots()
        .any(|(_, shot)| olds.iter().any(|before| words(before) == words(shot) && !shot.beats.is_empty()));
    let asked_seed = new.seed != Seed::default().derive(&new.script) && new.seed != old.seed;
    if !alike || asked_seed {
        return new;
    }
    new.seed = old.seed;
    if crate::read_once(&new.script).mood.said.is_empty() {
        // A feeling that was only guessed does not change because of one sentence.
        new.mood.clone_from(&old.mood);
    }
    let cast = names(&new.cast, &old.cast, |m| &m.id, member_fits);
    let places = names(&new.places, &old.places, |p| &p.id, place_fits);
    rename(&mut new, &cast, &places);
    for member in &mut new.cast {
        if let Some(before) = old.member(&member.id) {
            keep_member(member, before);
        }
    }
    for place in &mut new.places {
        if let Some(before) = old.place(&place.id) {
            keep_place(place, before);
        }
    }
    keep_film(&mut new, old);
    carry_shots(&mut new, old);
    bring_along(&mut new, old);
    new
}

/// Brings along whom an edited shot still names although the new words do not.
fn bring_along(new: &mut Storyboard, old: &Storyboard) {
    let (mut people, mut places) = (BTreeSet::new(), BTreeSet::new());
    for (scene, shot) in new.shots() {
        people.extend(shot.beats.iter().flat_map(|beat| beat.who.iter().chain(&beat.becomes).cloned()));
        people.extend(shot.camera.focus.clone());
        people.extend(shot.continuity.iter().map(|p| p.who.clone()));
        people.extend(shot.sound.dialogue.iter().filter_map(|line| line.who.clone()));
        places.insert(scene.place.clone());
        places.extend(shot.beats.iter().filter_map(|beat| beat.where_.clone()));
    }
    for id in people {
        if let (None, Some(member)) = (new.member(&id), old.member(&id)) {
            new.cast.push(CastMember { spans: Vec::new(), ..member.clone() });
        }
    }
    for id in places {
        if let (None, Some(place)) = (new.place(&id), old.place(&id)) {
            new.places.push(Place { spans: Vec::new(), ..place.clone() });
        }
    }
}

fn member_fits(a: &CastMember, b: &CastMember) -> u32 {
    let same_name = a.name.eq_ignore_ascii_case(&b.name);
    let same_head = last_word(&a.name) == last_word(&b.name);
    let edited = |m: &CastMember| {
        m.sources.get("kind") == Some(&Source::Edited) || m.sources.get("name") == Some(&Source::Edited)
    };
    match (same_name, same_head && (a.kind == b.kind || edited(b)), a.id == b.id) {
        (true, ..) => 3,
        (_, true, _) => 2,
        (_, _, true) => 1,
        _ => 0,
    }
}

fn place_fits(a: &Place, b: &Place) -> u32 {
    match (a.name.eq_ignore_ascii_case(&b.name), last_word(&a.name) == last_word(&b.name), a.id == b.id) {
        (true, ..) => 3,
        (_, true, _) => 2,
        (_, _, true) => 1,
        _ => 0,
    }
}

fn last_word(name: &str) -> String {
    name.split_whitespace().next_back().unwrap_or("").to_lowercase()
}

/// For every new element the id of the old one that it is, or an id that no old one has.
fn names<T>(new: &[T], old: &[T], id: fn(&T) -> &Id, fits: fn(&T, &T) -> u32) -> BTreeMap<Id, Id> {
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut found: BTreeMap<Id, Id> = BTreeMap::new();
    for wanted in [3, 2, 1] {
        for element in new {
            if found.contains_key(id(element)) {
                continue;
            }
            let before =
                old.iter().enumerate().find(|(k, b)| !taken.contains(k) && fits(element, b) == wanted);
            if let Some((k, before)) = before {
                taken.insert(k);
                found.insert(id(element).clone(), id(before).clone());
            }
        }
    }
    let mut used: BTreeSet<Id> = old.iter().map(|b| id(b).clone()).collect();
    for element in new {
        if !found.contains_key(id(element)) {
            let free = super::unique(id(element).clone(), |id| used.contains(id));
            used.insert(free.clone());
            found.insert(id(element).clone(), free);
        }
    }
    found
}

fn rename(board: &mut Storyboard, cast: &BTreeMap<Id, Id>, places: &BTreeMap<Id, Id>) {
    let to = |names: &BTreeMap<Id, Id>, id: &mut Id| {
        if let Some(name) = names.get(id) {
            id.clone_from(name);
        }
    };
    for member in &mut board.cast {
        to(cast, &mut member.id);
    }
    for place in &mut board.places {
        to(places, &mut place.id);
    }
    for scene in &mut board.scenes {
        to(places, &mut scene.place);
        for shot in &mut scene.shots {
            for beat in &mut shot.beats {
                beat.who.iter_mut().chain(&mut beat.becomes).for_each(|id| to(cast, id));
                let placed = beat.placements.iter_mut().flat_map(|one| [&mut one.what, &mut one.to]);
                for what in beat.what.iter_mut().chain(placed) {
                    if let Some(name) = cast.iter().find(|(id, _)| id.as_str() == what).map(|(_, name)| name)
                    {
                        *what = name.to_string();
                    }
                }
                if let Some(place) = &mut beat.where_ {
                    to(places, place);
                }
            }
            if let Some(focus) = &mut shot.camera.focus {
                to(cast, focus);
            }
            shot.continuity.iter_mut().for_each(|p| to(cast, &mut p.who));
            shot.sound.dialogue.iter_mut().filter_map(|l| l.who.as_mut()).for_each(|id| to(cast, id));
        }
    }
}

/// Whether the user has set the field by hand.
fn edited(sources: &Sources, field: &str) -> bool {
    sources.get(field) == Some(&Source::Edited)
}

/// Takes over the fields that were set by hand, and who chose them, unless they were asked for anew.
macro_rules! keep {
    ($new:expr, $old:expr, $($name:literal => $field:ident),+ $(,)?) => {$(
        if edited(&$old.sources, $name) && !edited(&$new.sources, $name) {
            $new.$field.clone_from(&$old.$field);
            $new.sources.insert($name.to_owned(), Source::Edited);
        }
    )+};
}

fn keep_member(new: &mut CastMember, old: &CastMember) {
    keep!(new, old, "name" => name, "kind" => kind, "count" => count, "appearance" => appearance,
        "model" => model);
    // A kind that was left to chance stays as it fell.
    if new.sources.get("kind") == Some(&Source::Chosen) && old.sources.get("kind") == Some(&Source::Chosen) {
        new.kind.clone_from(&old.kind);
    }
    for (side, value) in &old.appearance {
        let mark = format!("appearance.{side}");
        if edited(&old.sources, &mark) {
            new.appearance.insert(side.clone(), value.clone());
            new.sources.insert(mark, Source::Edited);
        }
    }
    new.extra.extend(old.extra.clone());
}

fn keep_place(new: &mut Place, old: &Place) {
    keep!(new, old, "name" => name, "kind" => kind, "ground" => ground, "backdrop" => backdrop);
    new.extra.extend(old.extra.clone());
}

fn keep_film(new: &mut Storyboard, old: &Storyboard) {
    keep!(new.look, old.look, "style" => style, "palette" => palette, "grain" => grain, "negative" => negative);
    keep!(new.format, old.format, "width" => width, "height" => height, "fps" => fps);
    new.look.extra.extend(old.look.extra.clone());
    new.format.extra.extend(old.format.extra.clone());
    new.extra.extend(old.extra.clone());
}

fn keep_scene(new: &mut Scene, old: &Scene) {
    keep!(new, old, "place" => place, "time" => time, "weather" => weather, "season" => season, "wind" => wind);
    new.extra.extend(old.extra.clone());
}

/// What happens in a shot, in the words of the script.
fn words(shot: &Shot) -> String {
    let mut text = String::new();
    for beat in &shot.beats {
        text.push_str(beat.text.trim());
        text.push('\n');
    }
    text
}

fn actions(shot: &Shot) -> Vec<(&[Id], &str)> {
    shot.beats.iter().map(|beat| (beat.who.as_slice(), beat.action.as_str())).collect()
}

/// How alike two shots are: 3 by word, 2 by who does what, 0 not at all.
fn likeness(a: &Shot, b: &Shot) -> u32 {
    if !a.beats.is_empty() && words(a) == words(b) {
        return if a.camera.framing == b.camera.framing || edited(&b.camera.sources, "framing") {
            4
        } else {
            3
        };
    }
    if !a.beats.is_empty() && actions(a) == actions(b) { 2 } else { 0 }
}

/// Most shots on each side that are compared with one another; longer films are compared by their words in order.
const MOST_COMPARED: usize = 400;

/// Pairs of old and new shots, in order.
fn matched(old: &[&Shot], new: &[&Shot]) -> Vec<(usize, usize)> {
    if old.len() > MOST_COMPARED || new.len() > MOST_COMPARED {
        return (0..old.len().min(new.len()))
            .filter(|k| likeness(new[*k], old[*k]) > 0)
            .map(|k| (k, k))
            .collect();
    }
    let mut table = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let skip = table[i + 1][j].max(table[i][j + 1]);
            let alike = likeness(new[j], old[i]);
            table[i][j] = if alike > 0 { skip.max(table[i + 1][j + 1] + alike) } else { skip };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < old.len() && j < new.len() {
        let alike = likeness(new[j], old[i]);
        if alike > 0 && table[i][j] == table[i + 1][j + 1] + alike {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if table[i][j] == table[i + 1][j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

fn carry_shots(new: &mut Storyboard, old: &Storyboard) {
    let old_shots: Vec<(&Scene, &Shot)> = old.shots().collect();
    let olds: Vec<&Shot> = old_shots.iter().map(|(_, shot)| *shot).collect();
    let news: Vec<&Shot> = new.shots().map(|(_, shot)| shot).collect();
    let pairs = matched(&olds, &news);
    let old_of: BTreeMap<usize, usize> = pairs.iter().map(|(o, n)| (*n, *o)).collect();
    let asked =
        |board: &Storyboard| board.format.sources.get("seconds").is_some_and(|s| *s != Source::Chosen);
    let same_length = !asked(old) && !asked(new);
    let mut used: BTreeSet<Id> = olds.iter().map(|shot| shot.id.clone()).collect();
    let mut used_scenes: BTreeSet<Id> = BTreeSet::new();
    let mut number = 0;
    for scene in &mut new.scenes {
        let first = number;
        // A scene is the old one that most of its shots come from.
        let mut votes: BTreeMap<&Id, usize> = BTreeMap::new();
        for k in first..first + scene.shots.len() {
            if let Some(o) = old_of.get(&k) {
                *votes.entry(&old_shots[*o].0.id).or_default() += 1;
            }
        }
        let before = votes
            .into_iter()
            .filter(|(id, _)| !used_scenes.contains(*id))
            .max_by_key(|(_, count)| *count)
            .and_then(|(id, _)| old.scenes.iter().find(|s| s.id == *id));
        if let Some(before) = before {
            scene.id = before.id.clone();
            keep_scene(scene, before);
        } else {
            let taken = |id: &Id| used_scenes.contains(id) || old.scenes.iter().any(|s| s.id == *id);
            scene.id = super::unique(scene.id.clone(), taken);
        }
        used_scenes.insert(scene.id.clone());
        let mut previous: Option<Id> = None;
        for shot in &mut scene.shots {
            if let Some(o) = old_of.get(&number) {
                keep_shot(shot, olds[*o], same_length);
            } else {
                shot.id = between(&scene.id, previous.as_ref(), &used);
                shot.seed = new.seed.derive(shot.id.as_str());
                used.insert(shot.id.clone());
            }
            previous = Some(shot.id.clone());
            number += 1;
        }
    }
    let rate = f64::from(new.format.fps.get());
    // In frames, so that the sum is exact.
    let frames: f64 = new.shots().map(|(_, shot)| (shot.seconds.get() * rate).round()).sum();
    if same_length {
        new.format.seconds = Seconds::clamped(frames / rate);
    }
}

/// A free id that sorts behind the shot before: `s1-015` between `s1-010` and `s1-020`.
fn between(scene: &Id, previous: Option<&Id>, used: &BTreeSet<Id>) -> Id {
    let number = previous.and_then(|id| id.as_str().rsplit_once('-')?.1.parse::<u32>().ok()).unwrap_or(0);
    let steps = [5, 2, 7, 1, 3, 4, 6, 8, 9].into_iter().chain(10..100_000);
    steps
        .map(|step| super::id(&format!("{scene}-{:03}", number + step)))
        .find(|id| !used.contains(id))
        .unwrap_or_else(|| super::unique(super::id(&format!("{scene}-new")), |id| used.contains(id)))
}

fn keep_shot(new: &mut Shot, old: &Shot, same_length: bool) {
    new.id = old.id.clone();
    new.seed = old.seed;
    let same_words = words(new) == words(old);
    if edited(&old.sources, "seconds") || (same_length && same_words) {
        new.seconds = old.seconds;
    }
    keep!(new, old, "seconds" => seconds, "seed" => seed, "renderer" => renderer, "footage" => footage,
        "transition_in" => transition_in,
        "sound" => sound, "continuity" => continuity);
    if edited(&old.sources, "sound") {
        new.sound.dialogue.iter_mut().for_each(|line| line.span = None);
    }
    if edited(&old.sources, "beats") {
        new.beats.clone_from(&old.beats);
        new.sources.insert("beats".to_owned(), Source::Edited);
        // The words that they came from have moved or gone.
        new.beats.iter_mut().for_each(|beat| beat.span = None);
    }
    keep!(new.camera, old.camera, "framing" => framing, "angle" => angle, "move" => move_, "speed" => speed,
        "lens_mm" => lens_mm, "focus" => focus, "depth_of_field" => depth_of_field, "hand" => hand);
    keep!(new, old, "blocking" => blocking);
    let said = |shot: &Shot| shot.camera.sources.values().any(|source| *source == Source::Script);
    if same_words && !said(new) && !said(old) {
        // The same words are seen the same way, whatever stands before them now, unless the script speaks of the camera.
        new.camera = old.camera.clone();
    }
    new.extra.extend(old.extra.clone());
    new.camera.extra.extend(old.camera.extra.clone());
}
