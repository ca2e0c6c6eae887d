//! From words to what can be shown: exact table, then `WordNet`'s "is a kind of", then the nearest fallback.
//!
//! The table is `assets/story/kinds.ron`. Every answer says how it was found, so that the plan can note what is shown as
//! something else.

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use serde::Deserialize;

use crate::lexicon::{Lexicon, Synset, lexicon};

mod nearest;
mod settings;
mod things;
pub use nearest::labels;
pub(crate) use nearest::{Sort, knows_verb, nearest, verb_words};
pub(crate) use settings::setting;
pub(crate) use things::{has_thing, names_thing, thing_like};

/// What sort of thing a noun names, as far as reading a film needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Class {
    /// A human being or what acts like one.
    Person,
    /// An animal or monster.
    Creature,
    /// What people ride and drive.
    Vehicle,
    /// Any other thing one can point at.
    Thing,
    /// Where something can happen.
    Place,
    /// Part of somebody: fur, eyes.
    Part,
    /// What is worn.
    Clothing,
    /// Sun, clouds, light, weather, times of day.
    Sky,
    /// Waves, leaves, trees, fire: what moves by itself in a landscape.
    Nature,
    /// A word for many of something.
    Group,
    /// What cannot be pointed at.
    Abstract,
}

impl Class {
    /// Whether such a thing may be a member of the cast by being named.
    pub(crate) fn acts(self) -> bool {
        matches!(self, Self::Person | Self::Creature | Self::Vehicle)
    }
}

/// How the stage knows a thing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    /// The word of the storyboard.
    pub(crate) kind: String,
    /// The kind that is shown in its place, when the word itself has no row.
    pub(crate) like: Option<String>,
}

/// A place the stage knows.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PlaceKind {
    pub(crate) kind: String,
    /// The kind that is shown in its place when the stage has no row of its own.
    #[serde(default)]
    pub(crate) like: Option<String>,
    words: String,
    anchors: String,
    /// What covers the ground there unless the script says otherwise.
    pub(crate) ground: String,
    /// Beds of sound, separated by spaces.
    pub(crate) sound: String,
    #[serde(default)]
    pub(crate) indoor: bool,
    #[serde(default)]
    pub(crate) urban: bool,
    /// The kind of place that is seen when nobody is there and the camera flies over it.
    #[serde(default)]
    pub(crate) above: Option<String>,
    /// It is seen at night, unless the script tells the hour.
    #[serde(default)]
    pub(crate) night: bool,
    /// The kind of place that is before its door.
    #[serde(default)]
    pub(crate) outside: Option<String>,
}

#[derive(Deserialize)]
struct CastKind {
    kind: String,
    class: Class,
    #[serde(default)]
    like: Option<String>,
    words: String,
    /// More words: other names of the same sort, and breeds that the stage knows by name.
    #[serde(default)]
    same: String,
    anchors: String,
}

#[derive(Deserialize)]
pub(crate) struct BackdropKind {
    pub(crate) kind: String,
    words: String,
    /// It is seen also by who is there: "under the Eiffel Tower".
    #[serde(default)]
    pub(crate) landmark: bool,
}

#[derive(Deserialize)]
#[serde(rename = "")]
struct Raw {
    cast: Vec<CastKind>,
    places: Vec<PlaceKind>,
    backdrop: Vec<BackdropKind>,
    part: String,
    sky: String,
    nature: String,
    #[serde(rename = "abstract")]
    abstract_: String,
    thing: String,
    group: String,
    clothes: String,
}

/// The table with its indices.
pub(crate) struct Kinds {
    cast: Vec<CastKind>,
    places: Vec<PlaceKind>,
    cast_words: HashMap<String, usize>,
    place_words: HashMap<String, usize>,
    backdrop_words: HashMap<String, usize>,
    backdrop: Vec<BackdropKind>,
    classes: HashMap<String, Class>,
    cast_anchors: HashMap<Synset, usize>,
    place_anchors: HashMap<Synset, usize>,
    person: Synset,
    part: Synset,
    clothing: Synset,
    plant: Synset,
    natural: Vec<Synset>,
    physical: Synset,
}

/// The one table of the process, loaded at the first call.
pub(crate) fn kinds() -> &'static Kinds {
    static KINDS: OnceLock<Kinds> = OnceLock::new();
    KINDS.get_or_init(Kinds::load)
}

fn index<'a, T, W>(rows: &'a [T], words: impl Fn(&'a T) -> W) -> HashMap<String, usize>
where
    W: Iterator<Item = &'a str>,
{
    let mut index = HashMap::new();
    for (k, row) in rows.iter().enumerate() {
        for word in words(row) {
            index.entry(word.to_owned()).or_insert(k);
        }
    }
    index
}

fn anchors<T>(lexicon: &Lexicon, rows: &[T], names: impl Fn(&T) -> &str) -> HashMap<Synset, usize> {
    let mut index = HashMap::new();
    for (k, row) in rows.iter().enumerate() {
        for synset in names(row).split_whitespace().filter_map(|name| lexicon.anchor(name)) {
            index.entry(synset).or_insert(k);
        }
    }
    index
}

impl Kinds {
    fn load() -> Self {
        let raw: Raw = ron::from_str(include_str!("../../../../assets/story/kinds.ron"))
            .expect("the embedded table of kinds is valid");
        let lexicon = lexicon();
        let mut classes = HashMap::new();
        let lists = [
            (&raw.thing, Class::Thing),
            (&raw.group, Class::Group),
            (&raw.part, Class::Part),
            (&raw.clothes, Class::Clothing),
            (&raw.sky, Class::Sky),
            (&raw.nature, Class::Nature),
            (&raw.abstract_, Class::Abstract),
        ];
        for (words, class) in lists {
            for word in words.split_whitespace() {
                classes.entry(word.to_owned()).or_insert(class);
            }
        }
        let rows = raw.backdrop.iter().enumerate();
        let backdrop_words = rows
            .flat_map(|(k, row)| row.words.split_whitespace().map(move |word| (word.to_owned(), k)))
            .collect();
        let anchor = |name: &str| lexicon.anchor(name).unwrap_or(Synset::MAX);
        Self {
            cast_words: index(&raw.cast, |row| {
                row.words.split_whitespace().chain(row.same.split_whitespace())
            }),
            place_words: index(&raw.places, |row| row.words.split_whitespace()),
            cast_anchors: anchors(lexicon, &raw.cast, |row| &row.anchors),
            place_anchors: anchors(lexicon, &raw.places, |row| &row.anchors),
            cast: raw.cast,
            places: raw.places,
            backdrop_words,
            backdrop: raw.backdrop,
            classes,
            person: anchor("person#1"),
            part: anchor("body_part#1"),
            clothing: anchor("clothing#1"),
            plant: anchor("plant#2"),
            natural: ["natural_phenomenon#1", "weather#1", "light#1"]
                .iter()
                .map(|name| anchor(name))
                .collect(),
            physical: anchor("physical_entity#1"),
        }
    }

    /// What sort of thing the noun names. `compound` is the noun joined to the word before it by `_`.
    pub(crate) fn class(&self, lemma: &str, low: &str, compound: Option<&str>) -> Class {
        for word in compound.into_iter().chain([low, lemma]) {
            if let Some(row) = self.cast_words.get(word) {
                return self.cast[*row].class;
            }
            if let Some(class) = self.classes.get(word) {
                return *class;
            }
            if self.place_words.contains_key(word) {
                return Class::Place;
            }
            if self.backdrop_words.contains_key(word) {
                return Class::Nature;
            }
        }
        self.class_by_meaning(lemma)
    }

    fn class_by_meaning(&self, lemma: &str) -> Class {
        let words = lexicon();
        let mut senses = words.senses(lemma).peekable();
        if senses.peek().is_none() {
            return person_by_ending(lemma);
        }
        for (rank, sense) in senses.enumerate() {
            if sense == 0 {
                if rank == 0 && words.senses(lemma).nth(1).is_none() {
                    return Class::Abstract;
                }
                continue;
            }
            if let Some((row, _)) = nearest_anchor(words, sense, &self.cast_anchors) {
                // A screw is first of all no prison guard: people are people by their commonest meaning.
                if rank > 0 && self.cast[row].class == Class::Person {
                    continue;
                }
                return self.cast[row].class;
            }
            let is = |ancestor| words.steps_up(sense, ancestor).is_some();
            if is(self.part) {
                return Class::Part;
            }
            if is(self.clothing) {
                return Class::Clothing;
            }
            if is(self.plant) {
                return Class::Nature;
            }
            if self.natural.iter().any(|natural| is(*natural)) {
                return Class::Sky;
            }
            if nearest_anchor(words, sense, &self.place_anchors).is_some() {
                return Class::Place;
            }
            if is(self.physical) {
                return Class::Thing;
            }
        }
        Class::Abstract
    }

    /// The kind of a person, creature or vehicle.
    pub(crate) fn cast_kind(&self, lemma: &str, low: &str, compound: Option<&str>) -> Option<Shown> {
        for word in compound.into_iter().chain([low, lemma]) {
            if let Some(row) = self.cast_words.get(word).map(|row| &self.cast[*row]) {
                return Some(Self::shown(row, word));
            }
        }
        let words = lexicon();
        let found = words.senses(lemma).find_map(|sense| nearest_anchor(words, sense, &self.cast_anchors));
        if let Some((row, _)) = found {
            return Some(Self::shown(&self.cast[row], lemma));
        }
        (person_by_ending(lemma) == Class::Person).then(|| Shown { kind: "person".to_owned(), like: None })
    }

    /// A word that is close enough to its row is shown as the row itself; animals of another sort are noted.
    fn shown(row: &CastKind, word: &str) -> Shown {
        let like = row.like.clone().or_else(|| {
            let close = row.class != Class::Creature
                || word == row.kind
                || row.same.split_whitespace().any(|same| same == word);
            (!close).then(|| row.kind.clone())
        });
        Shown { kind: row.kind.clone(), like }
    }

    /// The kind of a place.
    pub(crate) fn place_kind(&self, lemma: &str, low: &str, compound: Option<&str>) -> Option<&PlaceKind> {
        if let Some(row) = self.place_row(lemma, low, compound) {
            return Some(&self.places[row]);
        }
        let words = lexicon();
        words
            .senses(lemma)
            .find_map(|sense| nearest_anchor(words, sense, &self.place_anchors))
            .map(|(row, _)| &self.places[row])
    }

    /// The kind of the place that the table lists under the word itself.
    pub(crate) fn place_named(&self, word: &str) -> Option<&str> {
        Some(self.places[*self.place_words.get(word)?].kind.as_str())
    }

    /// Whether the table lists the place by name.
    pub(crate) fn lists_place(&self, lemma: &str, low: &str, compound: Option<&str>) -> bool {
        self.place_row(lemma, low, compound).is_some()
    }

    /// The row that lists the place by name. A way or a part of a place is that place: a village street, a castle gate.
    fn place_row(&self, lemma: &str, low: &str, compound: Option<&str>) -> Option<usize> {
        let whole = compound.filter(|_| PARTS_OF_PLACES.split(' ').any(|part| part == lemma));
        let whole = whole.and_then(|name| name.split_once('_')).map(|(whole, _)| whole);
        let words = compound.into_iter().chain(whole).chain([low, lemma]);
        words.into_iter().find_map(|word| self.place_words.get(word)).copied()
    }

    /// Whether the table lists the person, animal or vehicle by name.
    pub(crate) fn lists(&self, word: &str) -> bool {
        self.cast_words.contains_key(word)
    }

    /// Whether the tables of the cast or of places list the word, parts of a compound joined by `_`.
    pub(crate) fn names(&self, word: &str) -> bool {
        self.cast_words.contains_key(word) || self.place_words.contains_key(word)
    }

    /// Whether a table lists the word as a thing to be seen: a leaf, a wall, a river.
    pub(crate) fn lists_sight(&self, word: &str) -> bool {
        self.classes.contains_key(word)
            || self.place_words.contains_key(word)
            || self.backdrop_words.contains_key(word)
    }

    /// Kinds that the stage can show as themselves, people and creatures and vehicles first, then places.
    pub(crate) fn shown_kinds(&self) -> Vec<(Sort, String)> {
        let cast =
            self.cast.iter().filter(|row| row.like.is_none()).map(|row| (Sort::Cast, row.kind.clone()));
        let places =
            self.places.iter().filter(|row| row.like.is_none()).map(|row| (Sort::Place, row.kind.clone()));
        cast.chain(places).collect()
    }

    /// The kinds of cast that the stage can show, and what each belongs to.
    pub(crate) fn shown_cast(&self) -> Vec<(String, &'static str)> {
        let group = |class| match class {
            Class::Person => "people",
            Class::Creature => "animals",
            Class::Vehicle => "vehicles",
            _ => "things",
        };
        let rows = self.cast.iter().filter(|row| row.like.is_none());
        rows.map(|row| (row.kind.clone(), group(row.class))).collect()
    }

    /// The kinds of place that the stage can show.
    pub(crate) fn shown_places(&self) -> Vec<String> {
        self.places.iter().filter(|row| row.like.is_none()).map(|row| row.kind.clone()).collect()
    }

    /// The row of a kind of place.
    pub(crate) fn place(&self, kind: &str) -> Option<&PlaceKind> {
        self.places.iter().find(|row| row.kind == kind)
    }

    /// What stands in the distance when the noun does.
    pub(crate) fn backdrop(&self, lemma: &str, low: &str, compound: Option<&str>) -> Option<&BackdropKind> {
        let row = compound.into_iter().chain([lemma, low]).find_map(|word| self.backdrop_words.get(word));
        row.map(|row| &self.backdrop[*row])
    }

    /// Whether the noun names a person.
    pub(crate) fn is_person(&self, lemma: &str, low: &str) -> bool {
        self.class(lemma, low, None) == Class::Person
    }

    /// Whether the noun names an animal or monster.
    pub(crate) fn is_creature(&self, lemma: &str, low: &str) -> bool {
        self.class(lemma, low, None) == Class::Creature
    }

    /// Whether `WordNet` counts a trade under "person": a detective, a welder.
    pub(crate) fn is_trade(&self, lemma: &str) -> bool {
        lexicon().mostly_is(lemma, self.person)
    }

    #[cfg(test)]
    fn broken_anchors(&self) -> Vec<String> {
        let names =
            self.cast.iter().map(|row| &row.anchors).chain(self.places.iter().map(|row| &row.anchors));
        names
            .flat_map(|anchors| anchors.split_whitespace())
            .filter(|name| lexicon().anchor(name).is_none())
            .map(str::to_owned)
            .collect()
    }
}

/// Places that are what the word before them says they are.
const PARTS_OF_PLACES: &str =
    "street road lane path trail track way gate wall entrance edge floor corner scene landscape";

/// The nearest anchor above a meaning, with the steps to it. Nearest first, table order among equals.
fn nearest_anchor(words: &Lexicon, sense: Synset, anchors: &HashMap<Synset, usize>) -> Option<(usize, u32)> {
    if sense == 0 {
        return None;
    }
    let mut level = vec![sense];
    let mut seen: HashSet<Synset> = HashSet::new();
    let mut steps = 0;
    while !level.is_empty() && steps < 24 {
        if let Some(row) = level.iter().filter_map(|synset| anchors.get(synset)).min() {
            return Some((*row, steps));
        }
        level = level
            .iter()
            .flat_map(|synset| words.hypernyms(*synset))
            .copied()
            .filter(|synset| seen.insert(*synset))
            .collect();
        steps += 1;
    }
    None
}

/// A word that no list knows may still be a trade by its ending: "skateboarder".
fn person_by_ending(lemma: &str) -> Class {
    let long = lemma.len() > 5;
    let agent = ["er", "or"].iter().any(|ending| {
        lemma.strip_suffix(ending).is_some_and(|stem| {
            lexicon().is_verb(stem)
                || lexicon().is_verb(&format!("{stem}e"))
                || (stem.len() > 2
                    && stem.as_bytes()[stem.len() - 1] == stem.as_bytes()[stem.len() - 2]
                    && lexicon().is_verb(&stem[..stem.len() - 1]))
        })
    });
    let person =
        ["woman", "man", "boy", "girl", "ist", "eer", "ess"].iter().any(|ending| lemma.ends_with(ending));
    if long && lemma.is_ascii() && (agent || person) { Class::Person } else { Class::Thing }
}

#[cfg(test)]
mod tests {
    use super::{Class, kinds};

    #[test]
    fn every_anchor_of_the_table_is_a_meaning() {
        assert_eq!(kinds().broken_anchors(), Vec::<String>::new());
    }

    #[test]
    fn what_is_said_to_be_shown_as_itself_has_a_row_on_the_stage() {
        let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets");
        let table = |name: &str| {
            std::fs::read_to_string(format!("{assets}/species/{name}.toml")).expect("the species")
        };
        let species = table("animals") + &table("beasts") + &table("dogs");
        for row in kinds().cast.iter().filter(|row| row.class == Class::Creature) {
            let kind = row.like.as_ref().unwrap_or(&row.kind);
            assert!(species.contains(&format!("[{kind}]")), "the stage has no {kind}");
        }
        for row in kinds().cast.iter().filter(|row| row.class == Class::Vehicle) {
            let kind = row.like.as_ref().unwrap_or(&row.kind);
            assert!(super::has_thing(kind), "the stage has no {kind}");
        }
        for row in &kinds().places {
            let kind = row.like.as_ref().unwrap_or(&row.kind);
            assert!(
                std::path::Path::new(&format!("{assets}/places/{kind}.ron")).exists(),
                "the stage has no {kind}"
            );
        }
    }

    #[test]
    fn words_find_their_class() {
        for (word, class) in [
            ("detective", Class::Person),
            ("mammoth", Class::Creature),
            ("dachshund", Class::Creature),
            ("skateboarder", Class::Person),
            ("ambulance", Class::Vehicle),
            ("fur", Class::Part),
            ("meadow", Class::Place),
            ("abbey", Class::Place),
            ("raincoat", Class::Clothing),
            ("pizza", Class::Thing),
            ("vase", Class::Thing),
            ("sunlight", Class::Sky),
            ("wave", Class::Nature),
            ("distance", Class::Abstract),
        ] {
            assert_eq!(kinds().class(word, word, None), class, "{word}");
        }
    }

    #[test]
    fn what_has_no_row_is_shown_as_the_nearest() {
        let shown = |word: &str| kinds().cast_kind(word, word, None).expect("a kind");
        assert_eq!(shown("mammoth").kind, "mammoth");
        assert_eq!(shown("mammoth").like, None);
        assert_eq!(shown("squirrel").like.as_deref(), Some("rabbit"));
        assert_eq!(shown("dachshund").kind, "dog");
        assert_eq!(shown("dachshund").like, None);
        assert_eq!(shown("rottweiler").kind, "dog");
        assert_eq!(shown("rottweiler").like.as_deref(), Some("dog"));
        assert_eq!(shown("detective").kind, "man");
        assert_eq!(kinds().place_kind("abbey", "abbey", None).map(|p| p.kind.as_str()), Some("village"));
    }
}
