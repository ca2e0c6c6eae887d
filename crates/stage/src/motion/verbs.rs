//! The verb table: action lemmas to what a body does, where it goes and where it looks.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::clip::Clip;
use super::ties::How;
use crate::cast::CastError;

const TABLE: &str = include_str!("../../../../assets/motion/verbs.ron");

/// Where a group goes while it acts. The camera stands towards +z.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Nowhere.
    #[default]
    Stay,
    /// Towards the camera.
    Approach,
    /// Away from the camera.
    Leave,
    /// Across the picture, to a side that the shot's seed chooses.
    Cross,
    /// Across, to screen left.
    CrossLeft,
    /// Across, to screen right.
    CrossRight,
    /// Round the middle.
    Circle,
    /// Up, for what flies; others stay.
    Rise,
    /// Down to the ground, for what flies; others stay.
    Land,
}

/// What is done with the things that a beat names.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// What can be held is held; anything else stands near.
    #[default]
    Any,
    /// One rides in or on it, and it goes.
    Ride,
    /// One sits, stands or lies on it.
    On,
    /// It stands near.
    By,
    /// It stands on a table before them.
    Table,
    /// The first that can be held is poured out; anything else stands on a table before them.
    Pour,
    /// It is held, and so is a body that is small enough to be carried.
    Carry,
}

/// Where a body looks while it acts.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// Wherever it happens to.
    #[default]
    Free,
    /// At what the beat names.
    There,
    /// At the one it acts with.
    Other,
    /// At the camera.
    Camera,
    /// Up.
    Up,
    /// Down, at its hands or the ground.
    Down,
    /// To screen left.
    Left,
    /// To screen right.
    Right,
    /// From side to side.
    Around,
    /// Over its shoulder.
    Back,
    /// Into the distance.
    Far,
}

#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of its row")]
struct Row {
    words: Vec<String>,
    #[serde(default)]
    clip: Option<Clip>,
    #[serde(default)]
    animal: Option<Clip>,
    #[serde(default)]
    path: Way,
    #[serde(default = "one")]
    pace: f32,
    #[serde(default)]
    gaze: Look,
    #[serde(default)]
    thing: Option<Way>,
    #[serde(default)]
    with: Use,
    #[serde(default)]
    halts: bool,
    #[serde(default)]
    douses: bool,
    #[serde(default)]
    explodes: bool,
    #[serde(default)]
    chases: bool,
    #[serde(default)]
    pulls: bool,
    #[serde(default)]
    bubbles: bool,
}

/// What a word means to some verbs.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
struct Meant {
    verbs: Vec<String>,
    words: Vec<String>,
    thing: String,
}

/// Who has a seat of their own in a place.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
struct Seated {
    place: String,
    words: Vec<String>,
    thing: String,
}

/// On what people sit in some places who do what is done sitting.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
struct Seat {
    verbs: Vec<String>,
    places: Vec<String>,
    thing: String,
}

fn one() -> f32 {
    1.0
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct File {
    verbs: Vec<Row>,
    meant: Vec<Meant>,
    seated: Vec<Seated>,
    seats: Vec<Seat>,
    paces: Vec<(String, f32)>,
    ways: Vec<(String, Way)>,
    gazes: Vec<(String, Look)>,
}

/// What a verb asks for; `None` for a clip means the body's own way of travelling.
#[derive(Clone, Copy, PartialEq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of its row")]
pub struct Doing {
    /// The clip for people, and for animals unless `animal` differs.
    pub clip: Option<Clip>,
    /// The clip for animals.
    pub animal: Option<Clip>,
    /// Where it goes.
    pub way: Way,
    /// Speed relative to the gait's own.
    pub pace: f32,
    /// Where it looks.
    pub look: Look,
    /// Where a vehicle goes that does it or is driven to it, if that differs.
    pub thing: Option<Way>,
    /// What is done with things.
    pub with: Use,
    /// A vehicle that does it comes to a stop.
    pub halts: bool,
    /// Flames go out.
    pub douses: bool,
    /// Who or what does it goes up in fire.
    pub explodes: bool,
    /// Whom it is done to runs ahead.
    pub chases: bool,
    /// What has wheels or runners comes along behind.
    pub pulls: bool,
    /// Soap bubbles rise from the mouth.
    pub bubbles: bool,
}

impl Doing {
    /// How two who do it together stand to each other, if they stand face to face.
    pub(super) fn close(&self) -> Option<How> {
        match self.clip? {
            Clip::Hug | Clip::Kiss => Some(How::Touch),
            Clip::Shake | Clip::Punch => Some(How::Hands),
            _ => None,
        }
    }

    /// Standing about.
    pub const IDLE: Doing = Doing {
        clip: Some(Clip::Stand),
        animal: Some(Clip::Stand),
        way: Way::Stay,
        pace: 1.0,
        look: Look::Free,
        thing: None,
        with: Use::Any,
        halts: false,
        douses: false,
        explodes: false,
        chases: false,
        pulls: false,
        bubbles: false,
    };
}

/// All verbs.
#[derive(Debug)]
pub struct Verbs {
    rows: BTreeMap<String, Doing>,
    meant: Vec<Meant>,
    seated: Vec<Seated>,
    seats: Vec<Seat>,
    paces: Vec<(String, f32)>,
    ways: Vec<(String, Way)>,
    gazes: Vec<(String, Look)>,
}

impl Verbs {
    /// Reads the shipped table.
    ///
    /// # Errors
    /// [`CastError::Table`] if it is broken.
    pub fn load() -> Result<Verbs, CastError> {
        let fail = |message: String| CastError::Table { row: "verbs".into(), message };
        let file: File = ron::from_str(TABLE).map_err(|e| fail(e.to_string()))?;
        let mut rows = BTreeMap::new();
        for row in file.verbs {
            let doing = Doing {
                clip: row.clip,
                animal: row.animal.or(row.clip),
                way: row.path,
                pace: row.pace,
                look: row.gaze,
                thing: row.thing,
                with: row.with,
                halts: row.halts,
                douses: row.douses,
                explodes: row.explodes,
                chases: row.chases,
                pulls: row.pulls,
                bubbles: row.bubbles,
            };
            for word in row.words {
                if rows.insert(word.clone(), doing).is_some() {
                    return Err(fail(format!("`{word}` stands in two rows")));
                }
            }
        }
        let File { meant, seated, seats, paces, ways, gazes, .. } = file;
        Ok(Verbs { rows, meant, seated, seats, paces, ways, gazes })
    }

    /// Every verb of the table.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    /// Whether the table has the verb.
    pub fn knows(&self, action: &str) -> bool {
        self.rows.contains_key(action)
    }

    /// What somebody of a name sits on in a place, if there is a seat of their own.
    pub(super) fn seat_in(&self, place: &str, name: &str) -> Option<&str> {
        let last = name.split_whitespace().next_back()?.to_lowercase();
        let stems = [
            last.as_str(),
            last.strip_suffix('s').unwrap_or(&last),
            last.strip_suffix("ren").unwrap_or(&last),
        ];
        let row = self
            .seated
            .iter()
            .find(|row| row.place == place && row.words.iter().any(|word| stems.contains(&word.as_str())));
        row.map(|row| row.thing.as_str())
    }

    /// On what people sit who do this in a place when no words say on what.
    pub(super) fn seat_for(&self, action: &str, place: &str) -> Option<&str> {
        let fits =
            |row: &&Seat| row.verbs.iter().any(|v| v == action) && row.places.iter().any(|p| p == place);
        self.seats.iter().find(fits).map(|row| row.thing.as_str())
    }

    /// The thing that a word names where this is done with it.
    pub fn meant<'a>(&'a self, action: &str, word: &'a str) -> &'a str {
        let has = |all: &[String], one: &str| all.iter().any(|w| w.eq_ignore_ascii_case(one));
        let one = word.strip_suffix('s').unwrap_or(word);
        let named = |row: &&Meant| has(&row.words, word) || has(&row.words, one);
        let row = self.meant.iter().filter(named).find(|row| has(&row.verbs, action));
        row.map_or(word, |row| &row.thing)
    }

    /// What an action means with the words of its beat ("walk slowly away"). `None` for an unknown verb.
    pub fn read(&self, action: &str, text: &str) -> Option<Doing> {
        let action = action.to_lowercase();
        let first = action.split([' ', '-', '_']).next().unwrap_or("");
        let text = format!(" {} ", text.to_lowercase().replace([',', '.', ';', '!', '?'], " "));
        let says = |word: &str| text.contains(&format!(" {word} "));
        // To breathe is one thing, to breathe fire another.
        let fire = ["fire", "flame", "flames"].into_iter().any(says);
        let fiery = fire.then(|| self.rows.get(&format!("{first} fire"))).flatten();
        // To blow is one thing, to blow out another; so with "shake hands" and "fall in love".
        let phrases = self.rows.range(format!("{first} ")..);
        let phrases = phrases.map_while(|(words, doing)| {
            words.strip_prefix(first).and_then(|rest| rest.strip_prefix(' ')).map(|rest| (rest, doing))
        });
        let own = fiery.or_else(|| {
            phrases.filter(|(rest, _)| says(rest)).max_by_key(|(rest, _)| rest.len()).map(|(_, doing)| doing)
        });
        let mut doing = *own.or_else(|| self.rows.get(&action)).or_else(|| self.rows.get(first))?;
        if let Some((_, pace)) = self.paces.iter().find(|(word, _)| says(word)) {
            doing.pace *= pace;
        }
        if let Some((_, way)) = self.ways.iter().find(|(word, _)| says(word)) {
            let fixed = |own: &Way| matches!(own, Way::Stay | Way::Rise | Way::Land);
            if !fixed(&doing.way) {
                doing.way = *way;
            }
            doing.thing = doing.thing.map(|own| if fixed(&own) { own } else { *way });
        }
        if matches!(doing.look, Look::There | Look::Camera)
            && let Some((_, look)) = self.gazes.iter().find(|(word, _)| says(word))
        {
            doing.look = *look;
        }
        Some(doing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound_and_reads_adverbs() {
        let verbs = Verbs::load().unwrap();
        assert!(verbs.words().count() >= 150, "{}", verbs.words().count());
        let walk = verbs.read("walk", "she walks slowly away").unwrap();
        assert_eq!((walk.clip, walk.way), (None, Way::Leave));
        assert!((walk.pace - 0.7).abs() < 1e-6);
        assert_eq!(verbs.read("look", "one looks up").unwrap().look, Look::Up);
        assert_eq!(verbs.read("limp", "").unwrap().clip, Some(Clip::Walk));
        let clip = |action: &str, text: &str| verbs.read(action, text).unwrap().clip;
        assert_eq!(clip("fall", "he falls down the stairs"), Some(Clip::Fall));
        assert_eq!(clip("fall", "the two fall in love."), Some(Clip::Stand));
        assert_eq!(clip("shake", "they shake hands"), Some(Clip::Shake));
        assert_eq!(clip("shake", "she shakes her head"), Some(Clip::Point));
        assert_eq!(verbs.read("frobnicate", ""), None);
    }
}
