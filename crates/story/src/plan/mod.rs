//! From a reading to a film: scenes, shots, camera, time, transitions, sound, and notes.
//!
//! Film grammar in short: a scene opens wide so that the viewer knows where he is; then the action is covered closer, as
//! close as it and its feeling ask; details come last. What the script says about the camera wins over grammar. Every
//! choice is marked with who made it.

mod camera;
mod carry;
mod continuity;
mod scenes;
mod sound;
mod timing;

use std::{collections::BTreeMap, ops::Range, rc::Rc, sync::OnceLock};

use film::{
    Appearance, Beat, CastMember, Embedder, EvenSize, Extra, Format, Fps, Id, Line, Look, Note, NoteKind,
    Place, Placement, Relation, Scene, Seconds, Seed, Shot, Source, Sources, Span, Storyboard, Transition,
    TransitionKind,
};

use serde::Deserialize;

use crate::{
    advice::AdvisedBeat,
    lexicon::lexicon,
    map::{self, Sort, kinds},
    read::{Character, Phrase, Reading, Slot, look_of},
    screenplay,
};
pub use carry::carry_over;
use scenes::{Draft, SceneDraft};

/// What was asked for beside the script; it wins over the script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// Width and height of the picture.
    pub size: Option<(EvenSize, EvenSize)>,
    /// Frames a second.
    pub fps: Option<Fps>,
    /// Length of the film.
    pub seconds: Option<Seconds>,
    /// Seed of chance.
    pub seed: Option<Seed>,
    /// A row of the table of looks, such as `"film-noir"`.
    pub style: Option<String>,
    /// What an adviser says of the script, in its order; none asks nobody.
    pub advice: Vec<AdvisedBeat>,
}

/// Most shots of a film; longer scripts put more beats into a shot.
pub(crate) const MAX_SHOTS: usize = 200;
/// A likeness below this is none.
const NEAR_ENOUGH: f64 = 0.42;
/// Verbs that show nothing of their own.
const PLAIN: &str = "be have seem stay remain wear get become do contain";
/// Most members of the cast; a frame cannot hold more to tell apart.
const MAX_CAST: usize = 24;
/// Most notes of one kind, so that a book does not drown the user.
const MAX_NOTES: usize = 12;

/// Marks what nobody has asked for as chosen by us, so that every choice says who made it.
fn mark_choices(board: &mut Storyboard) {
    fn mark(sources: &mut Sources, fields: &[&str]) {
        for field in fields {
            sources.entry((*field).to_owned()).or_insert(Source::Chosen);
        }
    }
    mark(&mut board.look.sources, &["style", "palette", "grain"]);
    mark(&mut board.format.sources, &["width", "height", "fps", "seconds"]);
    for place in &mut board.places {
        mark(&mut place.sources, &["kind", "ground", "backdrop"]);
    }
    for scene in &mut board.scenes {
        mark(&mut scene.sources, &["place", "time", "weather", "season", "wind"]);
        for shot in &mut scene.shots {
            mark(&mut shot.sources, &["seconds", "transition_in"]);
            let camera = &mut shot.camera.sources;
            mark(camera, &["framing", "angle", "move", "speed", "lens_mm", "focus", "depth_of_field"]);
        }
    }
}

/// How alike a word and the kind that is shown in its place are, from 0 to 1: [`crate::lexicon::Lexicon::path_similarity`] of
/// the words, or of their last parts where a compound has no entry.
fn likeness(word: &str, kind: &str) -> f64 {
    let entry = |word: &str| {
        let joined = word.replace([' ', '-'], "_");
        let last = joined.rsplit('_').next().unwrap_or_default().to_owned();
        if lexicon().is_noun(&joined) { joined } else { last }
    };
    lexicon().path_similarity(&entry(word), &entry(kind)).unwrap_or(0.0)
}

/// Plans a film for any text. The same text and request give the same film.
///
/// A Final Draft file becomes its Fountain text, which is then the script of the film; a damaged one is noted.
pub fn plan(text: &str, request: &Request) -> Storyboard {
    plan_with(text, request, None)
}

/// [`plan`] with an embedder for the words that neither tables nor `WordNet` know; it is asked only for those.
pub fn plan_with(text: &str, request: &Request, embedder: Option<&dyn Embedder>) -> Storyboard {
    if screenplay::is_fdx(text) {
        return match screenplay::from_fdx(text) {
            Ok(fountain) => plan_text(&fountain, request, embedder, None),
            Err(error) => plan_text(text, request, embedder, Some(error.to_string())),
        };
    }
    plan_text(text, request, embedder, None)
}

fn plan_text(
    text: &str,
    request: &Request,
    embedder: Option<&dyn Embedder>,
    damage: Option<String>,
) -> Storyboard {
    let mut reading = crate::read_once(text);
    let advised = if request.advice.is_empty() {
        Vec::new()
    } else {
        Rc::make_mut(&mut reading).take_advice(text, &request.advice)
    };
    let mut planner = Planner { text, request, embedder, reading: &reading, notes: Vec::new() };
    if let Some(damage) = damage {
        planner.note(NoteKind::NotUnderstood, None, format!("{damage}; its text is read as it stands."));
    }
    for span in advised.into_iter().take(MAX_NOTES) {
        let words = text[span.clone()].to_owned();
        planner.note(
            NoteKind::Assumed,
            span_of(&span),
            format!("\"{words}\": who acts is the language model's reading."),
        );
    }
    planner.plan()
}

struct Planner<'a> {
    text: &'a str,
    request: &'a Request,
    embedder: Option<&'a dyn Embedder>,
    reading: &'a Reading,
    notes: Vec<Note>,
}

/// Share of English from which a script's words are looked up by their meaning.
const ENGLISH: f64 = 0.5;

/// What one does with a vehicle of one's own.
const RIDING: &str = "ride drive row paddle sail fly steer pedal cycle race";

/// What those bring along who are called after it: a cyclist, a violinist.
#[derive(Deserialize)]
struct Brought {
    /// When they do one of these.
    verbs: String,
    /// Who, and the word of the thing.
    rows: Vec<(String, String)>,
}

/// The thing that somebody of that word has along when they do that.
fn brought(action: &str, who: &str) -> Option<&'static str> {
    static TABLE: OnceLock<Vec<Brought>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        ron::from_str(include_str!("../../../../assets/story/brought.ron"))
            .expect("the embedded table is valid")
    });
    let doing = |row: &&Brought| row.verbs.split_whitespace().any(|verb| verb == action);
    let rows = table.iter().filter(doing).flat_map(|row| &row.rows);
    rows.into_iter().find(|(word, _)| word == who).map(|(_, thing)| thing.as_str())
}

impl Planner<'_> {
    fn plan(mut self) -> Storyboard {
        self.note_language();
        let seed = self
            .request
            .seed
            .or_else(|| self.cue(Slot::Seed).and_then(|cue| Seed::new(cue.value.parse().ok()?).ok()))
            .unwrap_or_else(|| Seed::default().derive(self.text));
        let (cast, ids) = self.cast(seed);
        let (mut scenes, places) = self.scenes();
        let fps = self.fps();
        let asked = self.asked_seconds();
        let limit = timing::most_shots(asked);
        let before: usize = scenes.iter().map(|scene| scene.shots.len()).sum();
        scenes::limit_shots(&mut scenes, limit.min(MAX_SHOTS), self.asked_shots());
        let after: usize = scenes.iter().map(|scene| scene.shots.len()).sum();
        if after < before {
            self.note(
                NoteKind::Limited,
                None,
                format!("The script asks for {before} shots; they are drawn together into {after} to fit the length."),
            );
        }
        let frames = timing::distribute(&scenes, asked, fps.get());
        let format = self.format(fps, frames.iter().sum());
        let mut board_scenes = self.build_scenes(&scenes, &places, &cast, &ids, &frames, &format, seed);
        self.show_verbs(&mut board_scenes);
        self.develop(&mut board_scenes);
        continuity::carry(&mut board_scenes, &cast, self.reading, &ids);
        let (look, mood) = (self.look(&scenes), self.mood());
        self.note_left_out();
        let title = self.title(&cast, &places);
        let mut board = Storyboard {
            version: film::FORMAT_VERSION,
            theme: self.theme(&cast, &places),
            title,
            script: self.text.to_owned(),
            mood,
            seed,
            look,
            format,
            cast,
            places,
            scenes: board_scenes,
            transition_out: self.transition_out(),
            notes: self.notes,
            extra: Extra::new(),
        };
        mark_choices(&mut board);
        board
    }

    // What was asked of the film.

    /// The first phrase of the slot that is not negated.
    fn cue(&self, slot: Slot) -> Option<&Phrase> {
        self.reading.cues.iter().find(|cue| cue.slot == slot && !cue.negated)
    }

    fn fps(&self) -> Fps {
        self.request
            .fps
            .or_else(|| self.cue(Slot::Fps).and_then(|cue| Fps::new(cue.value.parse().ok()?).ok()))
            .unwrap_or_else(|| Fps::new(24).unwrap_or_else(|_| unreachable!("24 is within the limits")))
    }

    fn asked_seconds(&self) -> Option<Seconds> {
        let cue = self.reading.cues.iter().find(|cue| {
            // "ten seconds later" is a jump in time, "for 5 seconds" a wait; neither is the film's length.
            let after = self.text[cue.span.end..].trim_start();
            // "(4s)" in a shot list is the length of a shot.
            let of_a_shot = self.reading.is_in_item(cue.span.start);
            cue.slot == Slot::Seconds
                && !of_a_shot
                && !["later", "ago", "after", "before"].iter().any(|w| after.starts_with(w))
        });
        self.request.seconds.or_else(|| Seconds::new(cue?.value.parse().ok()?).ok())
    }

    fn asked_shots(&self) -> Option<usize> {
        const WORDS: [&str; 10] =
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
        let one_take =
            self.reading.cues.iter().any(|cue| cue.slot == Slot::Effect && cue.value == "one-take");
        if one_take {
            return Some(1);
        }
        let cue = self.cue(Slot::Shots)?;
        let word = WORDS.iter().position(|word| *word == cue.value).map(|k| k + 1);
        word.or_else(|| cue.value.parse().ok()).filter(|n| *n > 0)
    }

    /// Size from the request, else from a size, a resolution and an aspect in the script, else 1280x720.
    fn format(&self, fps: Fps, frames: u32) -> Format {
        let mut sources = Sources::new();
        let explicit = self.cue(Slot::Size).and_then(|cue| {
            let (w, h) = cue.value.split_once('x')?;
            Some((w.parse::<u32>().ok()?, h.parse::<u32>().ok()?))
        });
        let lines = self.cue(Slot::Resolution).and_then(|cue| cue.value.parse::<u32>().ok());
        let aspect = self.cue(Slot::Aspect).and_then(|cue| {
            let (w, h) = cue.value.split_once(':')?;
            let (w, h) = (w.parse::<f64>().ok()?, h.parse::<f64>().ok()?);
            (w > 0.0 && h > 0.0 && (0.2..=5.0).contains(&(w / h))).then_some(w / h)
        });
        let (width, height) = if let Some((width, height)) = self.request.size {
            sources.extend([("width".to_owned(), Source::Edited), ("height".to_owned(), Source::Edited)]);
            (width, height)
        } else if let Some((width, height)) = explicit {
            sources.extend([("width".to_owned(), Source::Script), ("height".to_owned(), Source::Script)]);
            (EvenSize::nearest(width), EvenSize::nearest(height))
        } else {
            if lines.is_some() || aspect.is_some() {
                sources.extend([("width".to_owned(), Source::Script), ("height".to_owned(), Source::Script)]);
            }
            let short = f64::from(lines.unwrap_or(720));
            let aspect = aspect.unwrap_or(16.0 / 9.0);
            let (w, h) = if aspect >= 1.0 { (short * aspect, short) } else { (short, short / aspect) };
            (EvenSize::nearest(w.round() as u32), EvenSize::nearest(h.round() as u32))
        };
        if self.request.fps.is_some() {
            sources.insert("fps".to_owned(), Source::Edited);
        } else if self.cue(Slot::Fps).is_some() {
            sources.insert("fps".to_owned(), Source::Script);
        }
        if self.asked_seconds().is_some() {
            let by_hand = self.request.seconds.is_some();
            sources.insert("seconds".to_owned(), if by_hand { Source::Edited } else { Source::Script });
        }
        let seconds = Seconds::clamped(f64::from(frames) / f64::from(fps.get()));
        Format { width, height, fps, seconds, sources, extra: Extra::new() }
    }

    fn look(&mut self, scenes: &[SceneDraft]) -> Look {
        let mut look = Look::default();
        if let Some(style) = &self.request.style {
            look.style.clone_from(style);
            look.sources.insert("style".to_owned(), Source::Edited);
        } else if let Some(cue) = self.cue(Slot::Style) {
            let (value, span) = (look_of(&cue.value).to_owned(), cue.span.clone());
            let words = self.text[span.clone()].to_lowercase().replace('-', " ").replace("color", "colour");
            if !words.contains(&value.replace('-', " ")) && value != "photoreal" {
                let text = format!("“{}” is shown in the style {value}.", &self.text[span.clone()]);
                self.note(NoteKind::ShownAs, span_of(&span), text);
            }
            look.style = value;
            look.sources.insert("style".to_owned(), Source::Script);
        }
        if let Some(cue) = self.cue(Slot::Palette) {
            look.palette.clone_from(&cue.value);
            look.sources.insert("palette".to_owned(), Source::Script);
        } else {
            use film::TimeOfDay::{Dusk, GoldenHour, Night, Sunrise, Sunset};
            let palette = match scenes.first().map(|scene| scene.time) {
                Some(GoldenHour | Sunset | Sunrise) => "warm",
                Some(Night | Dusk) => "cool",
                _ => "natural",
            };
            palette.clone_into(&mut look.palette);
        }
        if matches!(look.style.as_str(), "film-noir" | "vintage" | "black-and-white") {
            look.grain = 0.25;
        }
        let mut unwanted: Vec<&str> = self.reading.unwanted.iter().map(|(word, _)| word.as_str()).collect();
        unwanted.dedup();
        unwanted.truncate(20);
        look.negative = unwanted.join(", ");
        look
    }

    /// The script's own words of mood; else the feelings that the story carries.
    fn mood(&self) -> Vec<String> {
        let said = self.reading.mood.said.iter().map(|(word, _)| word.clone());
        let mut mood: Vec<String> = said.take(8).collect();
        if mood.is_empty() {
            mood.clone_from(&self.reading.mood.feelings);
        }
        mood
    }

    fn cast(&mut self, seed: Seed) -> (Vec<CastMember>, Vec<Option<Id>>) {
        let reading = self.reading;
        let anyone = reading.cast.iter().any(|c| c.acts);
        let place_only = !anyone && !reading.places.is_empty();
        let mut cast: Vec<CastMember> = Vec::new();
        let mut ids = vec![None; reading.cast.len()];
        let mut left_out = 0;
        for (k, character) in reading.cast.iter().enumerate() {
            // Things are members when they do something, or when there is nothing else to show.
            let wanted = character.acts
                || (!anyone && !place_only)
                || reading.beats.iter().take(MAX_SHOTS).any(|beat| beat.who.contains(&k));
            if !wanted {
                continue;
            }
            if cast.len() >= MAX_CAST {
                left_out += 1;
                continue;
            }
            let member = self.member(&self.fit_to_riders(k, character), &cast, seed);
            ids[k] = Some(member.id.clone());
            cast.push(member);
        }
        if left_out > 0 {
            self.note(
                NoteKind::Limited,
                None,
                format!("The script has {} characters; the first {MAX_CAST} are shown.", left_out + MAX_CAST),
            );
        }
        (cast, ids)
    }

    /// What carries people is of the sort and number that they need: two children ride two bicycles, and who rows has oars.
    fn fit_to_riders(&self, k: usize, character: &Character) -> Character {
        let (reading, mut fit) = (self.reading, character.clone());
        if let Some(beat) = reading.beats.iter().find(|beat| beat.with.contains(&k) && !beat.who.is_empty()) {
            if matches!(beat.action.as_str(), "row" | "paddle") && fit.kind == "boat" {
                "rowing_boat".clone_into(&mut fit.kind);
            }
            let riders: u32 = beat.who.iter().map(|who| reading.cast[*who].count).sum();
            if !fit.counted && crate::read::among(RIDING, &beat.action) {
                (fit.count, fit.counted) = (riders.max(1), true);
            }
        }
        fit
    }

    fn member(&mut self, character: &Character, cast: &[CastMember], seed: Seed) -> CastMember {
        let base = Id::slug(&character.name, Id::slug(&character.word, "cast").as_str());
        let id = unique(base, |id| cast.iter().any(|m| &m.id == id));
        let mut sources = Sources::new();
        let spans = spans(&character.spans);
        let first = spans.first().copied();
        // What is shown in its place is its kind; its name stays the script's.
        let mut kind = character.like.as_ref().unwrap_or(&character.kind).clone();
        if kind == "person" && character.count == 1 {
            // The script leaves it open: both are as good, and a cast of only men is not.
            let even = seed.derive(id.as_str()).get().is_multiple_of(2);
            (if even { "woman" } else { "man" }).clone_into(&mut kind);
            sources.insert("kind".to_owned(), Source::Chosen);
        } else {
            sources.insert("kind".to_owned(), Source::Script);
        }
        sources.insert("count".to_owned(), if character.counted { Source::Script } else { Source::Chosen });
        let unknown = !character.acts && !lexicon().is_noun(&character.word);
        let near = self
            .embedder
            .filter(|_| unknown && self.reading.english >= ENGLISH)
            .and_then(|e| map::nearest(e, Sort::Cast, &character.word));
        if let Some(near) = near.filter(|near| near.score >= NEAR_ENOUGH) {
            let text = format!(
                "“{}” is shown as {} {}.",
                character.word,
                article(&near.kind),
                near.kind.replace('_', " ")
            );
            self.note_scored(first, text, near.score);
            kind = near.kind;
        } else if let Some(like) = &character.like {
            let text =
                format!("“{}” is shown as {} {like}.", character.word.replace('_', " "), article(like));
            if character.person {
                // A name is no kind of anything.
                self.note(NoteKind::ShownAs, first, text);
            } else {
                self.note_scored(first, text, likeness(&character.word, like));
            }
        } else if !character.acts && !map::has_thing(&character.name) && !map::has_thing(&character.word) {
            let word = character.word.replace('_', " ");
            if let Some(like) = map::thing_like(&character.word) {
                let like = like.replace('-', " ");
                let text = format!("“{word}” is shown as {} {like}.", article(&like));
                self.note_scored(first, text, likeness(&character.word, &like.replace(' ', "_")));
                kind = like;
            } else {
                let text = format!("“{word}” is a thing the stage has no model of; it is left out.");
                self.note(NoteKind::ShownAs, first, text);
            }
        }
        if !character.counted {
            let text = format!(
                "The script does not say how many {}; {} are shown.",
                character.name, character.count
            );
            self.note(NoteKind::Assumed, first, text);
        }
        let appearance: Appearance =
            character.appearance.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
        CastMember {
            id,
            name: character.name.clone(),
            kind,
            count: character.count,
            appearance,
            model: None,
            spans,
            sources,
            extra: Extra::new(),
        }
    }

    // Scenes and shots.

    fn scenes(&mut self) -> (Vec<SceneDraft>, Vec<Place>) {
        let outcome = scenes::draft(self.reading);
        for (kind, span, text) in outcome.notes {
            self.note(kind, span.and_then(|s| span_of(&s)), text);
        }
        let mut places: Vec<Place> = Vec::new();
        for (location, ground) in &outcome.places {
            let row = kinds().place(&location.kind);
            let id = unique(Id::slug(&location.word, "place"), |id| places.iter().any(|p| &p.id == id));
            let spans = spans(&location.spans);
            let like = row.and_then(|row| row.like.as_ref());
            if location.approximate || like.is_some() {
                let kind = like.unwrap_or(&location.kind).replace('-', " ");
                let text =
                    format!("“{}” is shown as {} {kind}.", location.word.replace('_', " "), article(&kind));
                self.note_scored(spans.first().copied(), text, likeness(&location.word, &kind));
            }
            let source = if spans.is_empty() { Source::Chosen } else { Source::Script };
            let mut sources = Sources::from([("kind".to_owned(), source)]);
            if ground.is_some() {
                sources.insert("ground".to_owned(), Source::Script);
            }
            let indoor = row.is_some_and(|row| row.indoor);
            let mut backdrop: Vec<String> = Vec::new();
            if !indoor {
                backdrop.extend(
                    self.reading
                        .backdrop
                        .iter()
                        .map(|(kind, _)| kind.clone())
                        .filter(|k| *k != location.kind),
                );
                // A mountain lake has mountains about it, a forest road has trees.
                let words: Vec<String> = location.name.split_whitespace().map(str::to_lowercase).collect();
                for word in words.split_last().map_or(&[][..], |(_, others)| others) {
                    if let Some(row) = kinds().backdrop(word, word, None)
                        && !location.kind.contains(word.as_str())
                        && !backdrop.contains(&row.kind)
                    {
                        backdrop.push(row.kind.clone());
                    }
                }
                backdrop.truncate(6);
            }
            if !backdrop.is_empty() {
                sources.insert("backdrop".to_owned(), Source::Script);
            }
            places.push(Place {
                id,
                name: location.name.clone(),
                kind: like.unwrap_or(&location.kind).clone(),
                ground: ground.clone().or_else(|| row.map(|row| row.ground.clone())).filter(|g| g != "none"),
                backdrop,
                spans,
                sources,
                extra: Extra::new(),
            });
        }
        (outcome.scenes, places)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of the film meet here, once")]
    fn build_scenes(
        &mut self,
        drafts: &[SceneDraft],
        places: &[Place],
        cast: &[CastMember],
        ids: &[Option<Id>],
        frames: &[u32],
        format: &Format,
        seed: Seed,
    ) -> Vec<Scene> {
        let mut frames = frames.iter();
        let silent = self.cue(Slot::Sound).is_some();
        let mut scenes = Vec::with_capacity(drafts.len());
        let mut first_of_film = true;
        for (s, draft) in drafts.iter().enumerate() {
            let id = id(&format!("s{}", s + 1));
            let place = &places[draft.place];
            let mut shots = Vec::with_capacity(draft.shots.len());
            for (k, shot) in draft.shots.iter().enumerate() {
                // An establishing shot and the closer one share a beat: it is spoken in the closer one.
                let later: Vec<usize> =
                    draft.shots[k + 1..].iter().flat_map(|s| s.beats.iter().copied()).collect();
                let (dialogue, narration) = self.spoken(&shot.beats, &later, ids);
                let shot_id = self::id(&format!("s{}-{:03}", s + 1, (k + 1) * 10));
                let count = frames.next().copied().unwrap_or(1);
                let seconds = Seconds::clamped(f64::from(count) / f64::from(format.fps.get()));
                let mut camera = shot.camera.clone();
                camera.focus = shot.focus.and_then(|character| ids.get(character).cloned().flatten());
                let ambience = if silent {
                    Vec::new()
                } else {
                    sound::ambience(draft, place, cast, &self.shot_words(shot))
                };
                let transition_in = Self::transition(draft, shot, k, first_of_film, seconds);
                first_of_film = false;
                shots.push(Shot {
                    seed: seed.derive(shot_id.as_str()),
                    id: shot_id,
                    seconds,
                    renderer: "stage".to_owned(),
                    footage: None,
                    beats: shot.beats.iter().map(|beat| self.beat(*beat, ids, places, draft)).collect(),
                    camera,
                    continuity: Vec::new(),
                    developments: Vec::new(),
                    blocking: Vec::new(),
                    transition_in,
                    sources: shot
                        .transition
                        .iter()
                        .map(|_| ("transition_in".to_owned(), Source::Script))
                        .collect(),
                    sound: film::Sound { ambience, narration, dialogue, extra: Extra::new() },
                    take: None,
                    extra: Extra::new(),
                });
            }
            scenes.push(Scene {
                id,
                place: place.id.clone(),
                time: draft.time,
                weather: draft.weather,
                season: draft.season,
                wind: draft.wind,
                shots,
                sources: draft.sources.clone(),
                extra: Extra::new(),
            });
        }
        scenes
    }

    /// Writes every development into the shot in whose words it stands: the last that began before it.
    fn develop(&self, scenes: &mut [Scene]) {
        let mut shots: Vec<(usize, &mut Shot)> = Vec::new();
        let mut start = 0;
        for shot in scenes.iter_mut().flat_map(|scene| &mut scene.shots) {
            // A detail may go back in the words; the shots are still in their order.
            start = shot
                .beats
                .iter()
                .filter_map(|beat| beat.span)
                .map(Span::start)
                .min()
                .unwrap_or(start)
                .max(start);
            shots.push((start, shot));
        }
        for development in &self.reading.developments {
            let Some(span) = span_of(&development.span) else { continue };
            let at = shots.partition_point(|(start, _)| *start <= span.start()).saturating_sub(1);
            if let Some((_, shot)) = shots.get_mut(at) {
                shot.developments.push(film::Development {
                    what: development.what.clone(),
                    from: development.from.clone(),
                    to: development.to.clone(),
                    span: Some(span),
                    extra: Extra::new(),
                });
            }
        }
    }

    /// What is said in these beats and in none of the later ones, and what a voice tells over them.
    fn spoken(&self, beats: &[usize], later: &[usize], ids: &[Option<Id>]) -> (Vec<Line>, Option<String>) {
        let lines = self
            .reading
            .lines
            .iter()
            .filter(|line| line.beat.is_some_and(|beat| beats.contains(&beat) && !later.contains(&beat)));
        let (mut dialogue, mut narration) = (Vec::new(), Vec::new());
        for line in lines {
            let who = line.speaker.and_then(|c| ids.get(c).cloned().flatten());
            if who.is_none() && line.speaker.is_none() {
                narration.push(line.text.as_str());
                continue;
            }
            dialogue.push(Line {
                who,
                text: line.text.clone(),
                manner: line.manner.clone(),
                span: span_of(&line.span),
                extra: Extra::new(),
            });
        }
        (dialogue, (!narration.is_empty()).then(|| narration.join(" ")))
    }

    fn shot_words(&self, shot: &Draft) -> String {
        shot.beats
            .iter()
            .map(|b| self.text[self.reading.beats[*b].span.clone()].to_lowercase() + " ")
            .collect()
    }

    fn beat(&self, index: usize, ids: &[Option<Id>], places: &[Place], scene: &SceneDraft) -> Beat {
        let beat = &self.reading.beats[index];
        let mut what: Vec<String> =
            beat.with.iter().filter_map(|c| ids.get(*c).cloned().flatten()).map(String::from).collect();
        if let Some(part) = &beat.part {
            what.push(part.clone());
        }
        if let Some(scenery) = beat.scenery.as_ref().filter(|_| beat.who.is_empty()) {
            what.push(scenery.clone());
        }
        what.extend(beat.what.iter().cloned());
        if what.len() == beat.what.len() {
            let mut who = beat.who.iter().map(|who| self.reading.cast[*who].word.as_str());
            let thing = who.find_map(|word| brought(&beat.action, word));
            let named = |thing: &&str| what.iter().any(|one| one.trim_end_matches('s') == *thing);
            what.extend(thing.filter(|thing| !named(thing)).map(str::to_owned));
        }
        let named = |word: &String| {
            let id = self.reading.cast.iter().zip(ids).find(|(one, _)| one.word == *word);
            id.and_then(|(_, id)| id.as_ref()).map_or_else(|| word.replace('_', " "), Id::to_string)
        };
        let placed = |(what, how, to): &(String, Relation, String)| Placement {
            what: named(what),
            how: *how,
            to: named(to),
        };
        let change = self.reading.changes.iter().find(|change| change.beat == index);
        let change = change.filter(|change| beat.who.first() == Some(&change.from));
        let becomes = change.and_then(|change| ids.get(change.to).cloned().flatten());
        if let Some(other) = &becomes {
            what.retain(|one| one != other.as_str());
        }
        let place = scene
            .place_of_beat(beat)
            .filter(|place| *place != scene.place)
            .map(|place| places[place].id.clone());
        Beat {
            who: beat.who.iter().filter_map(|c| ids.get(*c).cloned().flatten()).collect(),
            action: beat.action.clone(),
            shown_as: None,
            what,
            placements: beat.placements.iter().map(placed).collect(),
            becomes,
            where_: place,
            simultaneous: beat.simultaneous,
            text: self.text[beat.span.clone()].to_owned(),
            span: span_of(&beat.span),
            extra: Extra::new(),
        }
    }

    /// How the shot begins: as the script says; between scenes by dissolve; else a cut.
    fn transition(scene: &SceneDraft, shot: &Draft, k: usize, first: bool, length: Seconds) -> Transition {
        use film::TransitionKind::{Cut, Dissolve, Fade, FadeWhite, Wipe};
        let (kind, seconds, reason) = match shot.transition.as_deref() {
            Some("dissolve") if !first => (Dissolve, 1.0, "the script asks for it"),
            Some("fade-in" | "fade-out") => (Fade, 1.0, "the script asks for it"),
            Some("fade-white") => (FadeWhite, 1.0, "the script asks for it"),
            Some("wipe") if !first => (Wipe, 0.8, "the script asks for it"),
            Some("cut") if !first => (Cut, 0.0, "the script asks for it"),
            _ if first => (Cut, 0.0, "the film begins"),
            _ if k == 0 && scene.time_jump => (Dissolve, 1.0, "time passes"),
            _ if k == 0 => (Dissolve, 0.8, "the place changes"),
            _ => (Cut, 0.0, "the action goes on"),
        };
        // A transition may take a third of the shot at most.
        let seconds = f64::min(seconds, (length.get() / 3.0 * 100.0).floor() / 100.0);
        Transition { kind, seconds, reason: reason.to_owned(), extra: Extra::new() }
    }

    // Words about the film.

    fn title(&self, cast: &[CastMember], places: &[Place]) -> String {
        if let Some(title) = &self.reading.title {
            return title.chars().filter(|c| !c.is_control()).take(120).collect();
        }
        let place = places.iter().find(|place| !place.spans.is_empty()).map(|place| place.name.as_str());
        let title = match (cast.first().map(|m| m.name.as_str()), place) {
            (Some(lead), Some(place)) => format!("{lead}, {place}"),
            (Some(only), None) | (None, Some(only)) => only.to_owned(),
            (None, None) => {
                let words: Vec<&str> = self.text.split_whitespace().take(6).collect();
                words.join(" ")
            }
        };
        let title: String = title.chars().filter(|c| !c.is_control()).take(60).collect();
        let mut letters = title.trim().chars();
        let title = letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str());
        title.unwrap_or_else(|| "Untitled".to_owned())
    }

    fn theme(&self, cast: &[CastMember], places: &[Place]) -> String {
        let urban = places.first().and_then(|p| kinds().place(&p.kind)).is_some_and(|row| row.urban);
        let indoor = places.first().and_then(|p| kinds().place(&p.kind)).is_some_and(|row| row.indoor);
        let person = self.reading.cast.iter().any(|c| c.person);
        let theme = match (person, cast.is_empty(), urban, indoor) {
            (true, _, true, _) => "city life",
            (true, _, _, true) => "everyday life",
            (true, ..) => "people and nature",
            (false, _, true, _) => "the city",
            (false, true, _, true) => "still life",
            (false, true, ..) => "landscape",
            (false, false, ..) => "nature",
        };
        theme.to_owned()
    }

    /// Verbs that the stage has no motion for are shown as the nearest it has, or noted.
    fn show_verbs(&mut self, scenes: &mut [Scene]) {
        let mut known: BTreeMap<String, Option<String>> = BTreeMap::new();
        for beat in scenes.iter_mut().flat_map(|s| &mut s.shots).flat_map(|shot| &mut shot.beats) {
            if beat.action.is_empty() || beat.who.is_empty() || map::knows_verb(&beat.action) {
                continue;
            }
            if !known.contains_key(&beat.action) {
                let embedder = self.embedder.filter(|_| self.reading.english >= ENGLISH);
                let near = embedder.and_then(|e| map::nearest(e, Sort::Verb, &beat.action));
                let near = near.filter(|near| near.score >= NEAR_ENOUGH);
                if let Some(near) = &near {
                    self.note_scored(
                        beat.span,
                        format!("“{}” is shown as {}.", beat.action, near.kind),
                        near.score,
                    );
                } else if !PLAIN.split_whitespace().any(|plain| plain == beat.action) {
                    let text = format!(
                        "The stage has no motion for “{}”; what was done before goes on.",
                        beat.action
                    );
                    self.note(NoteKind::ShownAs, beat.span, text);
                }
                known.insert(beat.action.clone(), near.map(|near| near.kind));
            }
            beat.shown_as = known.get(&beat.action).cloned().flatten();
        }
    }

    // Notes.

    fn note_scored(&mut self, span: Option<Span>, text: String, score: f64) {
        let before = self.notes.len();
        self.note(NoteKind::ShownAs, span, text);
        if let Some(note) = self.notes[before..].last_mut() {
            // Two digits: more would only be noise of the weights.
            note.extra.insert("score".to_owned(), ((score * 100.0).round() / 100.0).into());
        }
    }

    fn note(&mut self, kind: NoteKind, span: Option<Span>, text: String) {
        if self.notes.iter().filter(|note| note.kind == kind).count() < MAX_NOTES {
            self.notes.push(Note { kind, span, text, extra: Extra::new() });
        }
    }

    fn note_language(&mut self) {
        if crate::is_blank(self.text) {
            let text = "The script is empty; an empty meadow is shown.".to_owned();
            self.note(NoteKind::NotUnderstood, None, text);
        } else if self.reading.english < ENGLISH {
            let text =
                "Only English is understood; most of this script is not, and the film shows little of it."
                    .to_owned();
            self.note(NoteKind::NotUnderstood, span_of(&(0..self.text.len())), text);
        }
    }

    /// How the film ends: the script's last fade, when nothing happens after it.
    fn transition_out(&self) -> Transition {
        let end = self.reading.beats.last().map_or(0, |beat| beat.span.end);
        let fade = self.reading.cues.iter().find_map(|cue| match cue.value.as_str() {
            _ if cue.slot != Slot::Transition || cue.negated || cue.span.start < end => None,
            "fade-out" => Some(TransitionKind::Fade),
            "fade-white" => Some(TransitionKind::FadeWhite),
            _ => None,
        });
        fade.map_or_else(Transition::default, |kind| Transition {
            kind,
            seconds: 1.5,
            reason: "the script asks for it".into(),
            extra: Extra::new(),
        })
    }

    /// What the script asks for and the film cannot do yet.
    fn note_left_out(&mut self) {
        let cues: Vec<Phrase> = self
            .reading
            .cues
            .iter()
            .filter(|cue| {
                !cue.negated && cue.slot == Slot::Effect && !matches!(cue.value.as_str(), "one-take")
            })
            .cloned()
            .collect();
        for cue in cues {
            let text =
                format!("“{}” is left out: the film runs at its natural pace.", &self.text[cue.span.clone()]);
            self.note(NoteKind::NotUnderstood, span_of(&cue.span), text);
        }
    }
}

/// A range of the script as a span.
fn span_of(range: &Range<usize>) -> Option<Span> {
    Span::new(range.start, range.end).ok()
}

/// The spans of the ranges; a book names its hero a thousand times, the first mentions are enough to show.
fn spans(ranges: &[Range<usize>]) -> Vec<Span> {
    ranges.iter().take(64).filter_map(span_of).collect()
}

/// An id from our own letters.
fn id(text: &str) -> Id {
    Id::slug(text, "x")
}

/// The id, or the first of `id-2`, `id-3` … that is not taken.
fn unique(base: Id, taken: impl Fn(&Id) -> bool) -> Id {
    if !taken(&base) {
        return base;
    }
    (2..10_000).map(|n| id(&format!("{base}-{n}"))).find(|id| !taken(id)).unwrap_or(base)
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}
