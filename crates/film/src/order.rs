//! What a renderer needs to draw one shot.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hint;
use crate::board::{
    CastMember, Extra, Format, Look, Place, Scene, Shot, Sound, Sources, Storyboard, Transition,
};
use crate::grammar::{Quality, Season, TimeOfDay, Weather};
use crate::units::{Id, Seed};

/// A shot with everything it refers to, and nothing else: a pure function of it makes the pictures.
///
/// It leaves out what cannot be seen (spans, sources, sound, the transition, the script), so that an edit elsewhere in the
/// document does not change it: its JSON is the key under which a take is kept. Every shot starts at its own time 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShotOrder {
    /// The shot. Its `transition_in`, `sound` and sources are empty.
    pub shot: Shot,
    /// Where it happens.
    pub place: Place,
    /// The scene's time of day.
    pub time: TimeOfDay,
    /// The scene's weather.
    pub weather: Weather,
    /// The scene's season.
    pub season: Season,
    /// The scene's wind, 0 to 1; `None`: as the weather has it.
    pub wind: Option<f64>,
    /// Unknown fields of the scene.
    #[serde(default)]
    pub scene_extra: Extra,
    /// The members of the cast that the shot names, in the order of the cast. A mask's value `k` is the `k`-th, from 1.
    pub cast: Vec<CastMember>,
    /// The style.
    pub look: Look,
    /// Size and rate. Its `seconds` is the shot's own length.
    pub format: Format,
    /// The film's mood.
    pub mood: Vec<String>,
    /// The seed of places and individuals, the same in every shot of the film.
    pub film_seed: Seed,
    /// How much work goes into each picture.
    pub quality: Quality,
}

/// Why no order could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The storyboard has no such shot.
    #[error("there is no shot called {0}")]
    NoShot(Id),
    /// The scene's place is not in the storyboard.
    #[error("there is no place called {0}")]
    NoPlace(Id),
}

impl Hint for OrderError {
    fn hint(&self) -> Option<String> {
        Some("the storyboard's `scenes` and `places` list the names".into())
    }
}

impl ShotOrder {
    /// Takes the shot named `id` out of the storyboard.
    pub fn new(board: &Storyboard, id: &Id, quality: Quality) -> Result<Self, OrderError> {
        let (scene, shot) = board.shot(id).ok_or_else(|| OrderError::NoShot(id.clone()))?;
        Self::of(board, scene, shot, quality)
    }

    fn of(board: &Storyboard, scene: &Scene, shot: &Shot, quality: Quality) -> Result<Self, OrderError> {
        let mut shot = shot.clone();
        shot.transition_in = Transition::default();
        shot.sound = Sound::default();
        shot.sources = Sources::new();
        shot.take = None;
        // Titles are set over the finished takes; only a card consists of nothing else.
        if shot.renderer != "card" {
            shot.extra.remove("title");
        }
        shot.camera.sources = Sources::new();
        shot.beats.iter_mut().for_each(|beat| beat.span = None);
        shot.developments.iter_mut().for_each(|development| development.span = None);
        let mut place =
            board.place(&scene.place).cloned().ok_or_else(|| OrderError::NoPlace(scene.place.clone()))?;
        place.spans = Vec::new();
        place.sources = Sources::new();
        let named = |id: &Id| {
            shot.camera.focus.as_ref() == Some(id)
                || shot.beats.iter().any(|beat| {
                    let placed =
                        beat.placements.iter().flat_map(|placement| [&placement.what, &placement.to]);
                    let acts = beat.who.contains(id) || beat.becomes.as_ref() == Some(id);
                    acts || beat.what.iter().chain(placed).any(|what| what == id.as_str())
                })
        };
        let cast: Vec<CastMember> = board
            .cast
            .iter()
            .filter(|member| named(&member.id))
            .map(|member| CastMember { spans: Vec::new(), sources: Sources::new(), ..member.clone() })
            .collect();
        // What changes nothing is left out: an adjustment that was set back gives the take of before.
        shot.blocking.retain(|mark| !mark.is_neutral() && cast.iter().any(|member| member.id == mark.who));
        shot.camera.hand = shot.camera.hand.filter(|hand| !hand.is_neutral());
        let format = Format { seconds: shot.seconds, sources: Sources::new(), ..board.format.clone() };
        Ok(Self {
            place,
            time: scene.time,
            weather: scene.weather,
            season: scene.season,
            wind: scene.wind,
            scene_extra: scene.extra.clone(),
            cast,
            look: Look { sources: Sources::new(), ..board.look.clone() },
            format,
            mood: board.mood.clone(),
            film_seed: board.seed,
            quality,
            shot,
        })
    }

    /// Frames that the shot shows: its length times the rate, rounded, at least one.
    pub fn frame_count(&self) -> u32 {
        (self.shot.seconds.get() * f64::from(self.format.fps.get())).round().max(1.0) as u32
    }

    /// The time of frame `index` in seconds since the shot began.
    pub fn time_secs(&self, index: u32) -> f64 {
        f64::from(index) / f64::from(self.format.fps.get())
    }

    /// The order as one line of JSON: the same order gives the same bytes, in every run.
    ///
    /// # Panics
    /// Never: see [`Storyboard::to_json`].
    pub fn canonical_json(&self) -> String {
        serde_json::to_string(self).expect("an order is always representable in JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    fn order(board: &Storyboard, id: &str) -> String {
        ShotOrder::new(board, &Id::new(id).unwrap(), Quality::Standard).unwrap().canonical_json()
    }

    #[test]
    fn an_edit_elsewhere_leaves_the_order_as_it_was() {
        let board = Storyboard::example();
        let mut other = board.clone();
        other.script.insert_str(0, "Look: ");
        other.title = "Another".into();
        other.cast[0].spans = vec![Span::new(10, 25).unwrap()];
        other.scenes[0].shots[0].camera.lens_mm = 24.0;
        other.scenes[0].shots[1].sound.ambience.clear();
        assert_ne!(order(&board, "s1-010"), order(&other, "s1-010"));
        assert_eq!(order(&board, "s1-020"), order(&other, "s1-020"));
    }

    #[test]
    fn what_the_hand_set_back_leaves_no_trace_in_the_order() {
        use crate::{Bearing, Hand, Mark, Metres, Reach};
        let board = Storyboard::example();
        let mark = |who: &str, right: f64| Mark {
            who: Id::new(who).unwrap(),
            individual: None,
            right_m: Metres::new(right).unwrap(),
            forward_m: Metres::default(),
            turn_deg: Bearing::default(),
            extra: Extra::new(),
        };
        let with = |hand: Option<Hand>, blocking: Vec<Mark>| {
            let mut board = board.clone();
            let shot = &mut board.scenes[0].shots[0];
            (shot.camera.hand, shot.blocking) = (hand, blocking);
            order(&board, "s1-010")
        };
        let plain = order(&board, "s1-010");
        assert!(!plain.contains("hand") && !plain.contains("blocking"));
        assert_eq!(with(Some(Hand::default()), vec![mark("mammoths", 0.0), mark("yeti", 3.0)]), plain);
        assert_ne!(with(None, vec![mark("mammoths", 3.0)]), plain);
        let nearer = Hand { distance: Reach::new(0.5).unwrap(), ..Hand::default() };
        assert_ne!(with(Some(nearer), vec![]), plain);
    }

    #[test]
    fn an_order_holds_only_who_is_named() {
        let mut board = Storyboard::example();
        let mut extra = board.cast[0].clone();
        extra.id = Id::new("crow").unwrap();
        board.cast.push(extra);
        let order = ShotOrder::new(&board, &board.scenes[0].shots[0].id, Quality::Draft).unwrap();
        assert_eq!(order.cast.len(), 1);
        assert_eq!(order.frame_count(), 48);
    }
}
