//! Changes of the document: patches, the operations on shots and scenes, planning again, undo.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use film::{Beat, Camera, ChosenTake, Id, Scene, Seconds, Shot, Storyboard, Transition};
use json_patch::Patch;
use serde_json::{Map, Value};
use story::AdvisedBeat;

use super::advice;
use super::model::{Changed, Event, Saved};
use super::views::ShotView;
use super::{Open, Session, SessionError, Shared};
use crate::Wishes;

/// Changes of one kind that follow each other within this time are one step of undo.
const ONE_GESTURE: Duration = Duration::from_millis(1500);
/// After a step of a gesture nothing is drawn ahead for so long: another step would make it worthless, and it would keep the
/// picture of that step waiting.
const MORE_TO_COME: Duration = Duration::from_millis(700);
/// The shortest and the usual length of a new shot.
const NEW_SHOT_SECS: f64 = 3.0;

impl Session {
    /// Applies a JSON Patch (RFC 6902) to the storyboard. `revision` is that of the document that the patch was made for.
    /// Elements without an id get one; lengths are brought to whole frames. Steps with the same `merge` that follow each other
    /// within a second and a half are undone together; a `merge` with a `#` names one gesture, whose steps belong together
    /// however long the hand rests between them.
    ///
    /// # Errors
    /// [`SessionError::Stale`] when the document has changed since and the patch does not fit; [`SessionError::BadChange`]
    /// and [`SessionError::Invalid`] when it never did.
    pub fn edit(
        &self,
        revision: u64,
        label: &str,
        patch: &Patch,
        merge: Option<&str>,
    ) -> Result<Changed, SessionError> {
        self.shared.change(label, merge, |board, now| {
            let late = |why: String| {
                if revision == now { SessionError::BadChange(why) } else { SessionError::Stale(why) }
            };
            let mut value = serde_json::to_value(board).map_err(|e| late(e.to_string()))?;
            json_patch::patch(&mut value, patch).map_err(|e| late(e.to_string()))?;
            fill_ids(&mut value);
            let mut after = Storyboard::from_value(value).map_err(|error| match error {
                error if revision == now => SessionError::Invalid(error),
                error => SessionError::Stale(error.to_string()),
            })?;
            snap(&mut after, Some(board));
            Ok((after, Vec::new()))
        })
    }

    /// Adds a shot like its neighbour, in which nothing is set yet, to a scene: behind `after`, or first.
    ///
    /// # Errors
    /// [`SessionError::NoSuchScene`], [`SessionError::NoSuchShot`].
    pub fn add_shot(&self, scene: &Id, after: Option<&Id>) -> Result<Changed, SessionError> {
        let label = |board: &Storyboard| match after.and_then(|id| shot_name(board, id)) {
            Some(name) => format!("Add a shot after {name}"),
            None => "Add a shot".to_owned(),
        };
        self.shared.change_with(label, |board| {
            let at = scene_at(board, scene)?;
            let place = after.map_or(Ok(0), |id| position(&board.scenes[at], id).map(|k| k + 1))?;
            let id = new_id(board, at, place);
            let neighbour = board.scenes[at].shots.get(place.saturating_sub(1));
            let shot = Shot {
                seed: board.seed.derive(id.as_str()),
                id: id.clone(),
                seconds: Seconds::clamped(NEW_SHOT_SECS),
                renderer: renderer_beside(neighbour),
                footage: None,
                // The same people stand there, so that the picture is not empty and nobody jumps.
                beats: neighbour
                    .and_then(|shot| shot.beats.last())
                    .map(|beat| Beat { who: beat.who.clone(), action: "stand".into(), ..Beat::default() })
                    .into_iter()
                    .collect(),
                continuity: neighbour.map(|shot| shot.continuity.clone()).unwrap_or_default(),
                developments: Vec::new(),
                blocking: Vec::new(),
                camera: Camera {
                    focus: neighbour.and_then(|shot| shot.camera.focus.clone()),
                    ..Camera::default()
                },
                transition_in: Transition::default(),
                sound: neighbour.map(|shot| shot.sound.clone()).unwrap_or_default(),
                take: None,
                sources: film::Sources::new(),
                extra: film::Extra::new(),
            };
            board.scenes[at].shots.insert(place, without_words(shot));
            Ok(vec![id])
        })
    }

    /// Divides a shot before its frame `frame`; each half keeps the beats that begin in it.
    ///
    /// # Errors
    /// [`SessionError::NoSuchShot`]; [`SessionError::Usage`] when a half would have no frame.
    pub fn divide_shot(&self, id: &Id, frame: u32) -> Result<Changed, SessionError> {
        let label = |board: &Storyboard| format!("Divide {}", shot_name(board, id).unwrap_or_default());
        self.shared.change_with(label, |board| {
            let (at, place) = find(board, id)?;
            let fps = board.format.fps.get();
            let shot = board.scenes[at].shots[place].clone();
            let frames = frames_of(shot.seconds, fps);
            if frame == 0 || frame >= frames {
                return Err(SessionError::Usage {
                    message: format!("a shot of {frames} frames cannot be divided before frame {frame}"),
                    hint: format!("choose a frame from 1 to {}", frames.saturating_sub(1)),
                });
            }
            let new = new_id(board, at, place + 1);
            let count = shot.beats.len();
            // Beats share the time of the shot evenly, as the stage plays them.
            let first = if count < 2 {
                count
            } else {
                ((count as f64 * f64::from(frame) / f64::from(frames)).ceil() as usize).clamp(1, count - 1)
            };
            let mut left = Shot { seconds: secs(frame, fps), ..shot.clone() };
            let mut right = Shot {
                id: new.clone(),
                seconds: secs(frames - frame, fps),
                transition_in: Transition::default(),
                take: None,
                ..shot
            };
            left.beats.truncate(first);
            if first < right.beats.len() {
                right.beats.drain(..first);
            } else if let Some(last) = right.beats.last().cloned() {
                // What goes on goes on, but its words are shown once.
                right.beats = vec![Beat { span: None, ..last }];
            }
            if let Some(footage) = &mut right.footage {
                footage.start_secs += left.seconds.get();
            }
            right.sound.narration = None;
            right.sound.dialogue.clear();
            right.extra.remove("title");
            board.scenes[at].shots[place] = left;
            board.scenes[at].shots.insert(place + 1, right);
            Ok(vec![new])
        })
    }

    /// Puts a copy of a shot behind it.
    ///
    /// # Errors
    /// [`SessionError::NoSuchShot`].
    pub fn duplicate_shot(&self, id: &Id) -> Result<Changed, SessionError> {
        let label = |board: &Storyboard| format!("Duplicate {}", shot_name(board, id).unwrap_or_default());
        self.shared.change_with(label, |board| {
            let (at, place) = find(board, id)?;
            let new = new_id(board, at, place + 1);
            let mut copy = Shot { id: new.clone(), take: None, ..board.scenes[at].shots[place].clone() };
            copy.transition_in = Transition::default();
            board.scenes[at].shots.insert(place + 1, copy);
            Ok(vec![new])
        })
    }

    /// Removes shots, and scenes that have none left.
    ///
    /// # Errors
    /// [`SessionError::NoSuchShot`].
    pub fn remove_shots(&self, ids: &[Id]) -> Result<Changed, SessionError> {
        let label = |board: &Storyboard| format!("Remove {}", shots_name(board, ids));
        self.shared.change_with(label, |board| {
            for id in ids {
                find(board, id)?;
            }
            for scene in &mut board.scenes {
                scene.shots.retain(|shot| !ids.contains(&shot.id));
            }
            board.scenes.retain(|scene| !scene.shots.is_empty());
            Ok(Vec::new())
        })
    }

    /// Moves shots, in the order of the film, into a scene: behind `after`, or first.
    ///
    /// # Errors
    /// [`SessionError::NoSuchShot`], [`SessionError::NoSuchScene`].
    pub fn move_shots(&self, ids: &[Id], scene: &Id, after: Option<&Id>) -> Result<Changed, SessionError> {
        let label = |board: &Storyboard| format!("Move {}", shots_name(board, ids));
        self.shared.change_with(label, |board| {
            let target = scene_at(board, scene)?;
            for id in ids {
                find(board, id)?;
            }
            // Behind the nearest shot before it that stays.
            let shots = &board.scenes[target].shots;
            let place = after.map_or(Ok(0), |id| position(&board.scenes[target], id).map(|k| k + 1))?;
            let place = shots[..place].iter().filter(|shot| !ids.contains(&shot.id)).count();
            let mut moving = Vec::new();
            for scene in &mut board.scenes {
                let (taken, left) = scene.shots.drain(..).partition(|shot| ids.contains(&shot.id));
                scene.shots = left;
                moving.extend::<Vec<Shot>>(taken);
            }
            board.scenes[target].shots.splice(place..place, moving);
            board.scenes.retain(|scene| !scene.shots.is_empty());
            Ok(Vec::new())
        })
    }

    /// Adds a scene with one shot, in the place and at the time of the one before: behind `after`, or first.
    ///
    /// # Errors
    /// [`SessionError::NoSuchScene`].
    pub fn add_scene(&self, after: Option<&Id>) -> Result<Changed, SessionError> {
        self.shared.change_with(
            |_| "Add a scene".to_owned(),
            |board| {
                let at = after.map_or(Ok(0), |id| scene_at(board, id).map(|k| k + 1))?;
                let taken: BTreeSet<&Id> = board.scenes.iter().map(|scene| &scene.id).collect();
                let number = |n: usize| Id::slug(&format!("s{n}"), "s");
                let first = board.scenes.len() + 1;
                let id = (first..=usize::MAX).map(number).find(|id| !taken.contains(id));
                let id = id.unwrap_or_else(|| Id::slug("scene", "s"));
                let model = board.scenes.get(at.saturating_sub(1)).cloned();
                let place = match (&model, board.places.first()) {
                    (Some(scene), _) => scene.place.clone(),
                    (None, Some(place)) => place.id.clone(),
                    (None, None) => {
                        let place = Id::slug("place", "place");
                        board.places.push(film::Place {
                            id: place.clone(),
                            name: "meadow".into(),
                            kind: "meadow".into(),
                            ground: None,
                            backdrop: Vec::new(),
                            spans: Vec::new(),
                            sources: film::Sources::new(),
                            extra: film::Extra::new(),
                        });
                        place
                    }
                };
                let shot = Id::slug(&format!("{id}-010"), "shot");
                let shot = if board.shot(&shot).is_some() { unique(board, shot.as_str()) } else { shot };
                let shot_model = model.as_ref().and_then(|scene| scene.shots.last());
                let new = Shot {
                    seed: board.seed.derive(shot.as_str()),
                    id: shot.clone(),
                    seconds: Seconds::clamped(NEW_SHOT_SECS),
                    renderer: renderer_beside(shot_model),
                    footage: None,
                    beats: Vec::new(),
                    continuity: Vec::new(),
                    developments: Vec::new(),
                    blocking: Vec::new(),
                    camera: Camera::default(),
                    transition_in: Transition::default(),
                    sound: shot_model.map(|shot| shot.sound.clone()).unwrap_or_default(),
                    take: None,
                    sources: film::Sources::new(),
                    extra: film::Extra::new(),
                };
                let scene = Scene {
                    id,
                    place,
                    time: model.as_ref().map(|s| s.time).unwrap_or_default(),
                    weather: model.as_ref().map(|s| s.weather).unwrap_or_default(),
                    season: model.as_ref().map(|s| s.season).unwrap_or_default(),
                    wind: model.as_ref().and_then(|s| s.wind),
                    shots: vec![without_words(new)],
                    sources: film::Sources::new(),
                    extra: film::Extra::new(),
                };
                board.scenes.insert(at, scene);
                Ok(vec![shot])
            },
        )
    }

    /// Plans the film again from changed words: what they leave alone keeps its ids, takes and edits.
    ///
    /// # Errors
    /// As [`crate::plan`].
    pub fn replan(&self, script: &str) -> Result<Changed, SessionError> {
        let old = {
            let desk = self.shared.desk();
            desk.open.as_ref().ok_or(SessionError::NoProject)?.project.board().clone()
        };
        // Outside the lock: an unknown word loads the embedder.
        let mut planned = planned_again(&old, script, Words::All, Vec::new())?;
        snap(&mut planned, Some(&old));
        let changed = self.shared.change("Change the script", None, |board, _| {
            // What was done meanwhile is carried over too.
            let mut after = if *board == old {
                planned.clone()
            } else {
                planned_again(board, script, Words::All, Vec::new())?
            };
            snap(&mut after, Some(board));
            Ok((after, Vec::new()))
        })?;
        advice::seek(&self.shared);
        Ok(changed)
    }

    /// Takes the last step back.
    ///
    /// # Errors
    /// [`SessionError::Nothing`] when there is none.
    pub fn undo(&self) -> Result<Changed, SessionError> {
        self.shared.step_back(true)
    }

    /// Makes the step last taken back again.
    ///
    /// # Errors
    /// [`SessionError::Nothing`] when there is none.
    pub fn redo(&self) -> Result<Changed, SessionError> {
        self.shared.step_back(false)
    }

    /// Chooses the take that a shot shows until it is changed; with none, the best that shows it as it stands.
    ///
    /// # Errors
    /// [`SessionError::NoSuchShot`], [`SessionError::NoSuchTake`].
    pub fn choose_take(&self, shot: &Id, key: Option<&str>) -> Result<Changed, SessionError> {
        let (number, stands) = {
            let desk = self.shared.desk();
            let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
            let view = open.shot(shot)?;
            let number = key
                .map(|key| {
                    let record = open.takes.find(key).filter(|record| &record.shot == shot);
                    record.map(|r| r.number).ok_or_else(|| SessionError::NoSuchTake(key.to_owned()))
                })
                .transpose()?;
            (number, view.stands.clone())
        };
        let label = |board: &Storyboard| {
            let name = shot_name(board, shot).unwrap_or_default();
            number
                .map_or_else(|| format!("Choose no take of {name}"), |n| format!("Choose take {n} of {name}"))
        };
        self.shared.change_with(label, |board| {
            let (at, place) = find(board, shot)?;
            let chosen = key.map(|key| ChosenTake { key: key.to_owned(), stands: stands.clone() });
            board.scenes[at].shots[place].take = chosen;
            Ok(Vec::new())
        })
    }

    /// Brings the shot's own fields back to what they were when a take of it was made, and chooses that take.
    ///
    /// # Errors
    /// [`SessionError::NoSuchTake`], [`SessionError::NoSuchShot`].
    pub fn replay_take(&self, key: &str) -> Result<Changed, SessionError> {
        let (order, number) = {
            let desk = self.shared.desk();
            let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
            let record = open.takes.find(key).ok_or_else(|| SessionError::NoSuchTake(key.to_owned()))?;
            (record.order.clone(), record.number)
        };
        let id = order.shot.id.clone();
        let label = |board: &Storyboard| {
            format!("Bring back take {number} of {}", shot_name(board, &id).unwrap_or_default())
        };
        self.shared.change_with(label, |board| {
            let (at, place) = find(board, &id)?;
            let shot = &mut board.scenes[at].shots[place];
            let mut beats = order.shot.beats.clone();
            for beat in &mut beats {
                // Orders leave out where the words stand.
                beat.span = shot.beats.iter().find(|now| now.text == beat.text).and_then(|now| now.span);
            }
            let sources = shot.camera.sources.clone();
            shot.beats = beats;
            shot.seconds = order.shot.seconds;
            shot.seed = order.shot.seed;
            shot.renderer.clone_from(&order.shot.renderer);
            shot.camera = Camera { sources, ..order.shot.camera.clone() };
            shot.blocking.clone_from(&order.shot.blocking);
            let cast: BTreeSet<&Id> = board.cast.iter().map(|member| &member.id).collect();
            let shot = &mut board.scenes[at].shots[place];
            shot.continuity =
                order.shot.continuity.iter().filter(|p| cast.contains(&p.who)).cloned().collect();
            shot.camera.focus = shot.camera.focus.take().filter(|id| cast.contains(id));
            for beat in &mut shot.beats {
                beat.who.retain(|id| cast.contains(id));
            }
            let stands =
                ShotView::all(board).into_iter().find(|view| view.id == id).map(|v| v.stands.clone());
            let (at, place) = find(board, &id)?;
            let chosen = stands.map(|stands| ChosenTake { key: key.to_owned(), stands });
            board.scenes[at].shots[place].take = chosen;
            Ok(Vec::new())
        })
    }
}

impl Shared {
    /// [`Shared::change`] whose label needs the document, by a function that changes a copy of it.
    fn change_with(
        &self,
        label: impl FnOnce(&Storyboard) -> String,
        edit: impl FnOnce(&mut Storyboard) -> Result<Vec<Id>, SessionError>,
    ) -> Result<Changed, SessionError> {
        let label = {
            let desk = self.desk();
            label(desk.open.as_ref().ok_or(SessionError::NoProject)?.project.board())
        };
        self.change(&label, None, |board, _| {
            let mut after = board.clone();
            let new = edit(&mut after)?;
            snap(&mut after, Some(board));
            Ok((after, new))
        })
    }

    /// The one way in which the document changes: `edit` gets it with its revision and gives the new one.
    pub(super) fn change(
        &self,
        label: &str,
        merge: Option<&str>,
        edit: impl FnOnce(&Storyboard, u64) -> Result<(Storyboard, Vec<Id>), SessionError>,
    ) -> Result<Changed, SessionError> {
        let mut desk = self.desk();
        let now = desk.revision;
        let open = desk.open.as_mut().ok_or(SessionError::NoProject)?;
        let before = open.project.board().clone();
        let (after, new) = edit(&before, now)?;
        let label: String = label.chars().filter(|c| !c.is_control()).take(120).collect();
        let label = if label.trim().is_empty() { "Edit".to_owned() } else { label };
        let follows = merge.is_some_and(
            |key| matches!(&open.merge, Some((last, at)) if last == key && (key.contains('#') || at.elapsed() < ONE_GESTURE)),
        );
        if merge.is_some() {
            self.previews.hush(MORE_TO_COME);
        }
        if follows {
            open.project.amend(after, &label)?;
        } else {
            open.project.change(after, &label)?;
        }
        open.merge = merge.map(|key| (key.to_owned(), Instant::now()));
        let patch = difference(&before, open.project.board());
        let shots = (!new.is_empty()).then_some(new);
        Ok(Changed { revision: self.changed(&mut desk, &patch), patch, label: None, shots })
    }

    fn step_back(&self, undo: bool) -> Result<Changed, SessionError> {
        let mut desk = self.desk();
        let open = desk.open.as_mut().ok_or(SessionError::NoProject)?;
        let before = open.project.board().clone();
        let label = if undo { open.project.undo_label() } else { open.project.redo_label() };
        let label = label.map(str::to_owned);
        let done = if undo { open.project.undo()? } else { open.project.redo()? };
        if !done {
            return Err(SessionError::Nothing(if undo { "undo" } else { "redo" }));
        }
        open.merge = None;
        let patch = difference(&before, open.project.board());
        Ok(Changed { revision: self.changed(&mut desk, &patch), patch, label, shots: None })
    }

    /// Follows the document: revision, previews, takes, the saver, the listeners.
    fn changed(&self, desk: &mut super::Desk, patch: &Patch) -> u64 {
        if patch.0.is_empty() {
            return desk.revision;
        }
        desk.revision += 1;
        desk.playhead.touched = Instant::now();
        let revision = desk.revision;
        let height = desk.settings.preview_height;
        let Some(open) = desk.open.as_mut() else { return revision };
        let before = std::mem::replace(&mut open.shots, ShotView::all(open.project.board()));
        open.saved = Saved::Saving;
        open.dirty_since.get_or_insert_with(Instant::now);
        let project = Some(open.info());
        self.events.push(Event::Board { revision, patch: Some(patch.clone()), project });
        let chose = patch.0.iter().any(|operation| operation.path().to_string().contains("/take"));
        for shot in &open.shots {
            let old = before.iter().find(|old| old.id == shot.id);
            if old.is_none_or(|old| old.print != shot.print) {
                let ranges = self.previews.ranges(shot, height);
                self.events.push(Event::Previews { shot: shot.id.clone(), ranges });
            }
            if chose || old.is_none_or(|old| old.stands != shot.stands || old.frames != shot.frames) {
                self.tell_takes(open, shot);
            }
        }
        self.dirty.notify_all();
        self.previews.stir();
        revision
    }

    pub(super) fn tell_takes(&self, open: &Open, shot: &ShotView) {
        let takes = open.take_infos(shot);
        if !takes.is_empty() {
            self.events.push(Event::Takes { shot: shot.id.clone(), takes });
        }
    }
}

/// Which words are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// Those that no table lists too, by their meaning; the first of them loads a model.
    All,
    /// Those of the tables: while somebody types.
    Known,
}

/// The storyboard that `script` gives, with all that it leaves alone of `old`; and with what an adviser says of it.
pub(super) fn planned_again(
    old: &Storyboard,
    script: &str,
    words: Words,
    advice: Vec<AdvisedBeat>,
) -> Result<Storyboard, SessionError> {
    use film::Source::{Edited, Script};
    let by_hand = |sources: &film::Sources, field: &str| sources.get(field) == Some(&Edited);
    let format = &old.format;
    // The size is a wish of the user's unless the old words asked for it: then the new ones may ask for another.
    let of_script = format.sources.get("width") == Some(&Script);
    let wishes = Wishes {
        size: (!of_script).then_some((format.width, format.height)),
        fps: (format.sources.get("fps") != Some(&Script)).then_some(format.fps),
        seconds: by_hand(&format.sources, "seconds").then_some(format.seconds),
        seed: None,
        style: by_hand(&old.look.sources, "style").then(|| old.look.style.clone()),
        renderer: common_renderer(old),
        adviser: None,
    };
    let mut new = match words {
        Words::All => crate::plan_advised(script, &wishes, advice)?,
        Words::Known => crate::plan_known(script, &wishes)?,
    };
    let planned_title = new.title.clone();
    new = story::carry_over(old, new);
    if new.title == planned_title && !old.title.is_empty() && old.script != script {
        // A film keeps its name until somebody renames it, as its folder does.
        new.title.clone_from(&old.title);
    }
    new.extra.clone_from(&old.extra);
    Ok(new)
}

/// The renderer that all shots have, when it is not the stage.
fn common_renderer(board: &Storyboard) -> Option<String> {
    let mut names = board.shots().map(|(_, shot)| shot.renderer.as_str());
    let first = names.next().filter(|name| *name != "stage")?;
    names.all(|name| name == first).then(|| first.to_owned())
}

/// Who renders a new shot beside another. Footage is of one shot.
fn renderer_beside(shot: Option<&Shot>) -> String {
    let renderer = shot.map(|shot| shot.renderer.as_str()).filter(|name| *name != "footage");
    renderer.unwrap_or("stage").to_owned()
}

fn difference(before: &Storyboard, after: &Storyboard) -> Patch {
    film::Change::between(before, after, "").forward
}

/// What the user calls a shot: number of the scene, letter of the shot. `2B`.
pub(super) fn shot_name(board: &Storyboard, id: &Id) -> Option<String> {
    board.scenes.iter().enumerate().find_map(|(at, scene)| {
        let place = scene.shots.iter().position(|shot| &shot.id == id)?;
        Some(format!("{}{}", at + 1, letters(place)))
    })
}

/// A, B, … Z, AA, AB, …
fn letters(mut place: usize) -> String {
    let mut text = Vec::new();
    loop {
        text.push(b'A' + (place % 26) as u8);
        if place < 26 {
            break;
        }
        place = place / 26 - 1;
    }
    text.iter().rev().map(|&letter| letter as char).collect()
}

fn shots_name(board: &Storyboard, ids: &[Id]) -> String {
    match ids {
        [id] => shot_name(board, id).unwrap_or_else(|| id.to_string()),
        ids => format!("{} shots", ids.len()),
    }
}

fn scene_at(board: &Storyboard, id: &Id) -> Result<usize, SessionError> {
    board.scenes.iter().position(|scene| &scene.id == id).ok_or_else(|| SessionError::NoSuchScene(id.clone()))
}

fn position(scene: &Scene, id: &Id) -> Result<usize, SessionError> {
    scene.shots.iter().position(|shot| &shot.id == id).ok_or_else(|| SessionError::NoSuchShot(id.clone()))
}

fn find(board: &Storyboard, id: &Id) -> Result<(usize, usize), SessionError> {
    let found = board.scenes.iter().enumerate().find_map(|(at, scene)| Some((at, position(scene, id).ok()?)));
    found.ok_or_else(|| SessionError::NoSuchShot(id.clone()))
}

/// An id between those of the neighbours, as shots are numbered in tens: `s1-015` between `s1-010` and `s1-020`.
fn new_id(board: &Storyboard, scene: usize, place: usize) -> Id {
    let shots = &board.scenes[scene].shots;
    let stem = board.scenes[scene].id.as_str();
    let number = |shot: Option<&Shot>| -> Option<u32> {
        shot?.id.as_str().strip_prefix(stem)?.strip_prefix('-')?.parse().ok()
    };
    let before = place.checked_sub(1).map_or(Some(0), |k| number(shots.get(k)));
    let next = match (before, shots.get(place)) {
        (Some(before), None) => Some(before + 10 - before % 10),
        (Some(before), Some(after)) => {
            number(Some(after)).filter(|after| *after > before + 1).map(|after| u32::midpoint(before, after))
        }
        _ => None,
    };
    let wish = next.map_or_else(|| format!("{stem}-new"), |n| format!("{stem}-{n:03}"));
    let id = Id::slug(&wish, "shot");
    if board.shot(&id).is_some() { unique(board, &wish) } else { id }
}

fn unique(board: &Storyboard, stem: &str) -> Id {
    let numbered = (2..).map(|n: u32| Id::slug(&format!("{stem}-{n}"), "shot"));
    numbered.into_iter().find(|id| board.shot(id).is_none()).unwrap_or_else(|| Id::slug("shot", "shot"))
}

/// A copy of a neighbour says nothing of its own.
fn without_words(mut shot: Shot) -> Shot {
    shot.sound.narration = None;
    shot.sound.dialogue.clear();
    shot
}

fn frames_of(seconds: Seconds, fps: u32) -> u32 {
    (seconds.get() * f64::from(fps)).round().max(1.0) as u32
}

fn secs(frames: u32, fps: u32) -> Seconds {
    Seconds::clamped(f64::from(frames) / f64::from(fps))
}

/// Brings lengths to whole frames: all of them, or those that are not as they were in `before`.
pub(super) fn snap(board: &mut Storyboard, before: Option<&Storyboard>) {
    let fps = board.format.fps.get();
    let before = before.filter(|before| before.format.fps == board.format.fps);
    for shot in board.scenes.iter_mut().flat_map(|scene| &mut scene.shots) {
        let old = before.and_then(|before| before.shot(&shot.id)).map(|(_, shot)| shot.seconds);
        if old != Some(shot.seconds) {
            shot.seconds = secs(frames_of(shot.seconds, fps), fps);
        }
    }
}

/// Gives an id to every element that a patch has added without one.
fn fill_ids(board: &mut Value) {
    for (list, stem) in [("cast", "cast"), ("places", "place"), ("scenes", "s")] {
        let items = board.get_mut(list).and_then(Value::as_array_mut);
        name_all(items, stem, &mut BTreeSet::new());
    }
    let mut taken = BTreeSet::new();
    let scenes = || board.get("scenes").and_then(Value::as_array).into_iter().flatten();
    for shot in scenes().filter_map(|scene| scene.get("shots")?.as_array()).flatten() {
        taken.extend(shot.get("id").and_then(Value::as_str).map(str::to_owned));
    }
    for scene in board.get_mut("scenes").and_then(Value::as_array_mut).into_iter().flatten() {
        let stem = format!("{}-", scene.get("id").and_then(Value::as_str).unwrap_or("s"));
        name_all(scene.get_mut("shots").and_then(Value::as_array_mut), &stem, &mut taken);
    }
}

fn name_all(items: Option<&mut Vec<Value>>, stem: &str, taken: &mut BTreeSet<String>) {
    let Some(items) = items else { return };
    taken.extend(items.iter().filter_map(|item| Some(item.get("id")?.as_str()?.to_owned())));
    for item in items {
        let Some(item): Option<&mut Map<String, Value>> = item.as_object_mut() else { continue };
        if item.get("id").is_none_or(Value::is_null) {
            let words = item.get("name").and_then(Value::as_str).unwrap_or_default();
            let base = if words.is_empty() { stem.to_owned() } else { Id::slug(words, stem).to_string() };
            let numbered =
                |n: u32| if words.is_empty() || n > 1 { format!("{base}{n}") } else { base.clone() };
            if let Some(id) = (1..=u32::MAX).map(numbered).find(|id| !taken.contains(id)) {
                taken.insert(id.clone());
                item.insert("id".into(), id.into());
            }
        }
    }
}

impl From<film::ChangeError> for SessionError {
    fn from(error: film::ChangeError) -> Self {
        match error {
            film::ChangeError::Invalid(error) => Self::Invalid(error),
            mismatch @ film::ChangeError::Mismatch(_) => Self::BadChange(mismatch.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use film::DocumentError;

    #[test]
    fn shots_are_numbered_between_their_neighbours() {
        let mut board = Storyboard::example();
        assert_eq!(new_id(&board, 0, 1).as_str(), "s1-015");
        assert_eq!(new_id(&board, 0, 2).as_str(), "s1-030");
        assert_eq!(new_id(&board, 0, 0).as_str(), "s1-005");
        board.scenes[0].shots[1].id = Id::new("s1-011").unwrap();
        let id = new_id(&board, 0, 1);
        assert!(board.shot(&id).is_none());
        assert_eq!(
            (letters(0), letters(25), letters(26), letters(52)),
            ("A".into(), "Z".into(), "AA".into(), "BA".into())
        );
    }

    #[test]
    fn what_is_added_without_a_name_gets_one() {
        let mut value = serde_json::to_value(Storyboard::example()).unwrap();
        let mut shot = value["scenes"][0]["shots"][0].clone();
        shot.as_object_mut().unwrap().remove("id");
        value["scenes"][0]["shots"].as_array_mut().unwrap().push(shot);
        let mut member = value["cast"][0].clone();
        member["id"] = Value::Null;
        value["cast"].as_array_mut().unwrap().push(member);
        fill_ids(&mut value);
        let board = Storyboard::from_value(value).unwrap();
        assert_eq!(board.scenes[0].shots.len(), 3);
        assert_eq!(board.cast.len(), 2);
    }

    #[test]
    fn lengths_are_whole_frames() -> Result<(), DocumentError> {
        let mut board = Storyboard::example();
        board.scenes[0].shots[0].seconds = Seconds::clamped(1.03);
        snap(&mut board, None);
        let frames = board.scenes[0].shots[0].seconds.get() * f64::from(board.format.fps.get());
        assert!((frames - frames.round()).abs() < 1e-9);
        board.validate()
    }
}
