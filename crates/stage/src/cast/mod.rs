//! Who stands on the stage: bodies grown from tables, dressed, posed and skinned on the CPU.
//!
//! - [`Cast`] holds the tables (`assets/species`, `assets/people`) and the bodies built so far.
//! - [`Performer`] is one individual: a shared body, and what tells it apart (size, phase, tint).
//! - [`BodyMesh`] is its geometry at rest, in parts by [`Surface`]; [`BodyMesh::skin`] moves it.
//!
//! A kind is found by its word: a row's name or alias in the tables of animals, people and things (`assets/things`), then the fallbacks in `assets/species/fallbacks.toml`
//! (a `raptor` is shown as the nearest thing we have), then the last word of the name (`timber wolf`). What is
//! still unknown has no performer, and [`Cast::performers`] says so by returning none.
//!
//! Everything here is a pure function of the cast member and the seed.

pub mod appearance;
pub mod creature;
pub mod mesh;
mod people;
pub(crate) mod thing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::{fs, io};

use film::{CastMember, Hint, Id};
use glam::Vec3;

use crate::motion::clip::{Aboard, Act, Clip, Cycle};
pub(crate) use creature::Leap;
use creature::{Creature, Table};
use people::{People, Person};
use thing::Thing;
pub use thing::glb::ModelError;

pub use mesh::{BodyMesh, Bounds, Finish, Marking, Part, Pose, SkinnedVertex, Surface, Vertex};

/// The species that ship with the program.
const SPECIES: &[&str] = &[
    include_str!("../../../../assets/species/animals.toml"),
    include_str!("../../../../assets/species/dogs.toml"),
    include_str!("../../../../assets/species/beasts.toml"),
];
/// From this individual on, a group is drawn with coarser bodies: they stand in the back rows.
const MOST_DETAILED: u32 = 8;
/// How many different people one group has.
const MOST_FACES: u32 = 10;
const FALLBACKS: &str = include_str!("../../../../assets/species/fallbacks.toml");

/// Why the cast could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CastError {
    /// A table's row is wrong.
    #[error("the table row `{row}` is unusable: {message}")]
    Table {
        /// The row.
        row: String,
        /// What is wrong with it.
        message: String,
    },
    /// A model of the user's cannot be shown.
    #[error("the model {file} cannot be shown: {message}")]
    Model {
        /// The file.
        file: String,
        /// What is wrong with it.
        message: String,
        /// What would help.
        hint: Option<String>,
    },
    /// Data that ship with the program are broken.
    #[error("{file} is unusable: {message}")]
    Data {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        message: String,
    },
}

impl Hint for CastError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Table { .. } => Some(
                "the rows are documented in crates/stage/src/cast/creature/species.rs and in \
                     assets/things/README.md"
                    .into(),
            ),
            Self::Model { hint, .. } => hint.clone(),
            Self::Data { .. } => Some("build the program again from a fresh checkout".into()),
        }
    }
}

/// A body that individuals share.
#[derive(Debug)]
struct Body {
    form: Form,
    /// Of the rest pose, in metres.
    bounds: Bounds,
    /// For those who stand far back; made when first needed.
    coarse: OnceLock<Arc<BodyMesh>>,
}

#[derive(Debug)]
enum Form {
    Creature(Box<Creature>),
    Person(Box<Person>),
    Thing(Box<Thing>),
}

impl Body {
    fn new(form: Form) -> Body {
        let mut body = Body { form, bounds: Bounds::EMPTY, coarse: OnceLock::new() };
        body.bounds = match &body.form {
            Form::Thing(thing) => thing.bounds(),
            Form::Creature(_) | Form::Person(_) => body.mesh().bounds(),
        };
        body
    }

    fn mesh(&self) -> &Arc<BodyMesh> {
        match &self.form {
            Form::Creature(c) => c.mesh(),
            Form::Person(p) => p.mesh(),
            Form::Thing(t) => t.mesh(),
        }
    }

    fn coarse(&self) -> &Arc<BodyMesh> {
        self.coarse.get_or_init(|| {
            let mesh = self.mesh();
            Arc::new(mesh.simplified(self.bounds.size().max_element() * 0.013))
        })
    }
}

/// The tables and the bodies built so far.
#[derive(Debug)]
pub struct Cast {
    species: Table,
    fallbacks: BTreeMap<String, String>,
    people: People,
    things: thing::Table,
    /// By kind and everything that shapes the body.
    bodies: Mutex<BTreeMap<String, Arc<Body>>>,
    /// The folder of the user's own models, and those taken in, by the names of their files.
    library: Option<PathBuf>,
    imports: BTreeMap<String, Arc<Body>>,
}

/// What a word of the storyboard turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A row of the species table.
    Species(String),
    /// A person.
    Person,
    /// A row of the tables of things: a vehicle, a piece of furniture, a prop.
    Thing(String),
    /// A model of the user's, by the name of its file.
    Model(String),
}

/// Whether a GLB 2.0 file's bytes are a model that can be shown.
///
/// # Errors
/// As [`Cast::import`].
pub fn check_model(bytes: &[u8]) -> Result<(), ModelError> {
    thing::glb::read(bytes).map(drop)
}

impl Cast {
    /// Reads the tables; bodies are built when they are first asked for.
    ///
    /// # Errors
    /// [`CastError::Table`] if a shipped table is broken.
    pub fn load() -> Result<Cast, CastError> {
        let species = Table::parse(SPECIES)?;
        let fallbacks: BTreeMap<String, String> =
            toml::from_str(FALLBACKS).map_err(|e: toml::de::Error| CastError::Table {
                row: "fallbacks".into(),
                message: e.to_string(),
            })?;
        let (people, things) = (People::load()?, thing::Table::load()?);
        let (library, imports) = (None, BTreeMap::new());
        Ok(Cast { species, fallbacks, people, things, bodies: Mutex::default(), library, imports })
    }

    /// The species table.
    pub fn species(&self) -> &Table {
        &self.species
    }

    /// The rows and roles of people, for galleries.
    pub fn people(&self) -> Vec<String> {
        self.people.names()
    }

    /// The rows of things, for galleries.
    pub fn things(&self) -> Vec<String> {
        self.things.names().map(str::to_owned).collect()
    }

    /// Names the folder from which [`Cast::take_in`] reads.
    pub fn imports_from(&mut self, folder: &Path) {
        if self.library.as_deref() != Some(folder) {
            self.library = Some(folder.to_owned());
            self.imports.clear();
        }
    }

    /// Takes in the models that these members ask for, where it has not yet.
    ///
    /// # Errors
    /// [`CastError::Model`] when a file is not there, or is no model.
    pub fn take_in(&mut self, members: &[CastMember]) -> Result<(), CastError> {
        for file in members.iter().filter_map(|member| member.model.as_ref()).map(Id::as_str) {
            if self.imports.contains_key(file) {
                continue;
            }
            let failed = |message: String, hint| CastError::Model { file: file.to_owned(), message, hint };
            let path = self.library.as_ref().map(|folder| folder.join(file));
            let bytes = path.map_or_else(|| Err(io::ErrorKind::NotFound.into()), fs::read);
            let bytes =
                bytes.map_err(|error| failed(error.to_string(), Some("bring the model again".into())))?;
            self.import(file, &bytes).map_err(|error| failed(error.to_string(), error.hint()))?;
        }
        Ok(())
    }

    /// Takes in a model of the user's: a GLB 2.0 file's bytes. From then on a member with `model = NAME` is shown as it;
    /// another model of the name takes its place. The model is put on the ground; sizes that cannot be metres become two
    /// metres.
    ///
    /// # Errors
    /// [`ModelError`] when the bytes are no such file, are damaged, or hold more than fits.
    pub fn import(&mut self, name: &str, bytes: &[u8]) -> Result<(), ModelError> {
        let thing = Thing::from_mesh(thing::glb::read(bytes)?);
        self.imports.insert(name.to_owned(), Arc::new(Body::new(Form::Thing(Box::new(thing)))));
        Ok(())
    }

    /// What a member of the cast is, or `None` if nothing like it can be shown.
    pub fn kind(&self, member: &CastMember) -> Option<Kind> {
        if let Some(file) = member.model.as_ref().filter(|file| self.imports.contains_key(file.as_str())) {
            return Some(Kind::Model(file.to_string()));
        }
        let kind = member.kind.to_lowercase();
        let name = member.name.to_lowercase();
        let last = |text: &str| text.split_whitespace().next_back().unwrap_or("").to_owned();
        let words = [kind.clone(), last(&kind), name.clone(), last(&name)];
        let found = words
            .iter()
            .find_map(|word| self.find(word))
            .or_else(|| words.iter().find_map(|word| self.fallback(word)));
        match found {
            // The kind is a car, but the name says that it is a sports car; a kind of two words says it itself.
            Some(Kind::Thing(row)) if !kind.contains(['_', '-', ' ']) => {
                self.thing(&name).or(Some(Kind::Thing(row)))
            }
            // The kind is a dog, but the name or the appearance says which breed.
            Some(Kind::Species(row)) => {
                let said = member.appearance.values().filter_map(serde_json::Value::as_str);
                let breed =
                    [name.as_str()].into_iter().chain(said).find_map(|text| self.species.breed(&row, text));
                Some(Kind::Species(breed.map_or(row.clone(), str::to_owned)))
            }
            other => other,
        }
    }

    /// The thing that words name by their longest ending that is a row: "an old red sports car".
    pub(crate) fn thing(&self, words: &str) -> Option<Kind> {
        let words: Vec<String> = appearance::words(words).map(|w| w.replace(['-', '_'], " ")).collect();
        (0..words.len()).find_map(|k| {
            let ending = words[k..].join(" ");
            let row = singulars(&ending).iter().find_map(|w| self.things.find(w)).map(str::to_owned);
            row.map(Kind::Thing)
        })
    }

    /// The thing that words name, or the one that is shown in its place.
    pub(crate) fn thing_or_like(&self, words: &str) -> Option<Kind> {
        self.thing(words).or_else(|| {
            let last = words.split_whitespace().next_back().unwrap_or("");
            self.fallback(last).filter(|kind| matches!(kind, Kind::Thing(_)))
        })
    }

    /// The animal that a word names.
    pub(crate) fn species_of(&self, word: &str) -> Option<Kind> {
        self.find(word).filter(|kind| matches!(kind, Kind::Species(_)))
    }

    fn find(&self, word: &str) -> Option<Kind> {
        let singular = word.strip_suffix('s').unwrap_or(word);
        let words = [word, singular];
        if let Some(row) = words.iter().find_map(|w| self.species.find(w)) {
            return Some(Kind::Species(row.into()));
        }
        if words.iter().any(|w| self.people.knows(w)) {
            return Some(Kind::Person);
        }
        let word = word.replace(['-', '_'], " ");
        singulars(&word).iter().find_map(|w| self.things.find(w)).map(|row| Kind::Thing(row.into()))
    }

    fn fallback(&self, word: &str) -> Option<Kind> {
        let singular = word.strip_suffix('s').unwrap_or(word);
        [word, singular].iter().find_map(|w| self.fallbacks.get(*w)).and_then(|row| self.find(row))
    }

    /// What a thing is good for: whether it is held in a hand, and how many it seats.
    pub(crate) fn thing_use(&self, kind: &Kind) -> (bool, usize) {
        let Kind::Thing(row) = kind else { return (false, 0) };
        self.things.row(row).map_or((false, 0), thing::table::Row::uses)
    }

    /// Whether other things can be put onto it.
    pub(crate) fn has_top(&self, kind: &Kind) -> bool {
        let Kind::Thing(row) = kind else { return false };
        self.things.row(row).is_some_and(thing::table::Row::has_top)
    }

    /// Whether one thing has the other as a part of it.
    pub(crate) fn thing_has(&self, whole: &Kind, part: &Kind) -> bool {
        let (Kind::Thing(whole), Kind::Thing(part)) = (whole, part) else { return false };
        self.things.row(whole).is_some_and(|row| row.has(part))
    }

    /// The individuals of the `index`-th member of a shot's cast: as many as it counts, at most `limit`; none
    /// if nothing like it can be shown.
    ///
    /// # Errors
    /// [`CastError::Table`] if the appearance cannot be applied to the row.
    pub fn performers(
        &self,
        index: usize,
        member: &CastMember,
        seed: u64,
        limit: u32,
    ) -> Result<Vec<Performer>, CastError> {
        let Some(kind) = self.kind(member) else { return Ok(vec![]) };
        let count = member.count.clamp(1, limit.max(1));
        (0..count).map(|i| self.performer(index, member, &kind, i, count, seed)).collect()
    }

    fn performer(
        &self,
        index: usize,
        member: &CastMember,
        kind: &Kind,
        individual: u32,
        count: u32,
        seed: u64,
    ) -> Result<Performer, CastError> {
        let mut dice = appearance::Chance::new(seed, &format!("{}/{individual}", member.id));
        let mut size = 1.0;
        let body = match kind {
            Kind::Species(row) => {
                let mut looks = appearance::Animal::read(member, row, individual, count, &mut dice);
                if let Some(height_m) = self.species.height_m(row) {
                    looks.tower(member, height_m);
                }
                if count > 1 {
                    size = 0.92 + 0.16 * dice.unit();
                }
                // The first of a group leads it, and is the largest.
                if count > 1 && individual == 0 {
                    size = 1.08;
                }
                let key = format!("{row} {looks:?}");
                self.body(&key, || {
                    let species = self.species.get(row, &looks.overrides())?;
                    Ok(Form::Creature(Box::new(Creature::new(looks.paint(species)))))
                })?
            }
            Kind::Person => {
                // A crowd is cast from a few who differ in size, tint and phase.
                let of = individual % MOST_FACES;
                let mut own = appearance::Chance::new(seed, &format!("{}/{of}", member.id));
                let looks = self.people.looks(member, of, &mut own);
                if individual >= MOST_FACES {
                    size = 0.96 + 0.08 * dice.unit();
                }
                self.body(&format!("{looks:?}"), || Ok(Form::Person(Box::new(self.people.person(&looks)))))?
            }
            Kind::Model(name) => {
                size = appearance::size_factor(&appearance::all_words(member));
                match self.imports.get(name) {
                    Some(body) => Arc::clone(body),
                    None => {
                        return Err(CastError::Table { row: name.clone(), message: "no such model".into() });
                    }
                }
            }
            Kind::Thing(row) => {
                let looks = appearance::thing(member, row, &mut dice);
                self.body(&format!("{looks:?}"), || {
                    Ok(Form::Thing(Box::new(Thing::new(&self.things, &looks)?)))
                })?
            }
        };
        let phase = dice.unit();
        let tint = match (kind, count) {
            // One alone looks as the storyboard says.
            (Kind::Person, 0..=MOST_FACES) | (Kind::Thing(_) | Kind::Model(_), _) | (_, 1) => Vec3::ONE,
            _ => Vec3::splat(0.90 + 0.20 * dice.unit()) + Vec3::new(0.04, 0.0, -0.04) * (dice.unit() - 0.5),
        };
        Ok(Performer { member: index, individual, body, size, phase, tint })
    }

    fn body(
        &self,
        key: &str,
        build: impl FnOnce() -> Result<Form, CastError>,
    ) -> Result<Arc<Body>, CastError> {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(body) = bodies.get(key) {
            return Ok(Arc::clone(body));
        }
        let body = Arc::new(Body::new(build()?));
        bodies.insert(key.into(), Arc::clone(&body));
        Ok(body)
    }
}

/// A word and what it may be the plural of.
fn singulars(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    for (plural, singular) in [("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", "")] {
        all.extend(word.strip_suffix(plural).map(|stem| format!("{stem}{singular}")));
    }
    all
}

/// One individual on the stage.
#[derive(Debug, Clone)]
pub struct Performer {
    member: usize,
    individual: u32,
    body: Arc<Body>,
    size: f32,
    phase: f32,
    tint: Vec3,
}

impl Performer {
    /// Which member of the shot's cast it belongs to, from 0.
    pub fn member(&self) -> usize {
        self.member
    }

    /// Which of the member's individuals it is, from 0; 0 is the leader.
    pub fn individual(&self) -> u32 {
        self.individual
    }

    /// The value of its pixels in a mask: the cast entry from 1.
    pub fn mask(&self) -> u8 {
        (self.member + 1).min(255) as u8
    }

    /// Its geometry; shared by everyone who is built alike, so compare with [`Arc::ptr_eq`] to upload it once.
    pub fn mesh(&self) -> &Arc<BodyMesh> {
        if self.individual >= MOST_DETAILED { self.body.coarse() } else { self.body.mesh() }
    }

    /// The box of its rest pose in metres, its own size applied.
    pub fn rest_bounds(&self) -> Bounds {
        Bounds { min: self.body.bounds.min * self.size, max: self.body.bounds.max * self.size }
    }

    /// Its size relative to the body as built; already part of every pose.
    pub fn size(&self) -> f32 {
        self.size
    }

    /// A factor for its colours, near one, that tells individuals apart.
    pub fn tint(&self) -> Vec3 {
        self.tint
    }

    /// Where in a cycle it is at time zero, 0..1.
    pub fn phase(&self) -> f32 {
        self.phase
    }

    /// Its height at rest in metres, horns and ears included.
    pub fn height_m(&self) -> f32 {
        self.body.bounds.max.y * self.size
    }

    /// Height of its eyes at rest in metres.
    pub fn eye_height_m(&self) -> f32 {
        self.eyes().0.y * self.size
    }

    /// The middle between its eyes at rest (metres, unscaled) and the joint that carries it.
    pub fn eyes(&self) -> (Vec3, usize) {
        match &self.body.form {
            Form::Creature(c) => c.eyes(),
            Form::Person(p) => p.eyes_at(),
            // What has no face is looked at in its upper half.
            Form::Thing(t) if t.stands() == thing::Stands::Hung => (Vec3::Y * 1.3, 0),
            Form::Thing(_) => {
                let b = self.body.bounds;
                (b.centre() + Vec3::Y * b.size().y * 0.15, 0)
            }
        }
    }

    /// Half its width and half its length at rest in metres, for keeping distance.
    pub fn footprint_m(&self) -> (f32, f32) {
        let size = self.body.bounds.size() * self.size * 0.5;
        if self.is_person() {
            // Coats and swinging arms may touch.
            return (size.y * 0.36, size.y * 0.36);
        }
        if self.thing().is_some() {
            return (size.x, size.z);
        }
        // Spread wings and antlers pass over the others.
        (size.x.min(size.y * 0.6), size.z)
    }

    /// What it does when asked for `clip`: every body shows every clip as the nearest thing it can do.
    pub fn able(&self, clip: Clip) -> Clip {
        match &self.body.form {
            Form::Creature(c) => c.able(clip),
            Form::Person(_) => people::able(clip),
            Form::Thing(t) => t.able(clip),
        }
    }

    /// The clip in which it travels by itself: walk, flap or swim.
    pub fn going(&self) -> Clip {
        match &self.body.form {
            Form::Creature(c) => c.going(),
            Form::Person(_) => Clip::Walk,
            Form::Thing(t) => t.able(Clip::Walk),
        }
    }

    /// How it leaps out of the water, if it is a swimmer that does.
    pub(crate) fn leap(&self) -> Option<Leap> {
        match &self.body.form {
            Form::Creature(c) => c.leap(self.size),
            Form::Person(_) | Form::Thing(_) => None,
        }
    }

    /// How high any part of it comes above the water when it leaps, in metres.
    pub(crate) fn leap_m(&self) -> Option<f32> {
        self.leap().map(|leap| leap.top_m())
    }

    /// How high it flies over the ground, in metres.
    pub(crate) fn flight_m(&self) -> f32 {
        match &self.body.form {
            Form::Creature(c) if c.flies_low() => 0.7,
            _ => 3.0 + 4.0 * self.height_m(),
        }
    }

    /// It as a thing, if it is one.
    pub(crate) fn thing(&self) -> Option<&Thing> {
        match &self.body.form {
            Form::Thing(thing) => Some(thing),
            Form::Creature(_) | Form::Person(_) => None,
        }
    }

    /// Whether it can carry a body in its arms or its mouth.
    pub(crate) fn lifts(&self, body: &Performer) -> bool {
        let most = if body.is_person() { 0.72 } else { 0.65 };
        self.thing().is_none()
            && body.thing().is_none()
            && body.rest_bounds().size().max_element() < most * self.rest_bounds().size().max_element()
    }

    /// Whether somebody can ride on its back.
    pub(crate) fn bears(&self, rider: &Performer) -> bool {
        let Form::Creature(creature) = &self.body.form else { return false };
        let high = creature.saddle_m().is_some_and(|m| m * self.size > 0.42 * rider.height_m());
        high && rider.is_person()
    }

    /// Somebody on one of its seats, given its pose; `way_m` is how far it went. `None` if it has no such seat.
    pub(crate) fn aboard(&self, seat: usize, pose: &Pose, way_m: f32) -> Option<Aboard> {
        match &self.body.form {
            Form::Creature(creature) => creature.astride(seat, pose, self.size),
            Form::Thing(thing) => thing.aboard(seat, pose, self.size, way_m),
            Form::Person(_) => None,
        }
    }

    /// Whether it is a person.
    pub fn is_person(&self) -> bool {
        matches!(self.body.form, Form::Person(_))
    }

    /// The natural cycle of a clip at its size.
    pub fn cycle(&self, clip: Clip) -> Cycle {
        match &self.body.form {
            Form::Creature(c) => c.cycle(c.able(clip), self.size),
            Form::Person(p) => p.rig().cycle(people::able(clip), self.size),
            Form::Thing(t) => t.cycle(clip),
        }
    }

    /// Where its hands hold something, as a joint of its poses: from metres of the thing to the world. An animal carries at
    /// its muzzle.
    pub(crate) fn held_at(&self, pose: &Pose) -> glam::Mat4 {
        match &self.body.form {
            Form::Person(p) => pose.joints.get(p.rig().held()).copied().unwrap_or_default(),
            Form::Creature(c) => {
                let (eyes, joint) = c.eyes();
                let height = self.body.bounds.max.y;
                let muzzle = eyes + Vec3::new(0.0, -0.07, 0.10) * height;
                let joint = pose.joints.get(joint).copied().unwrap_or_default();
                joint * glam::Mat4::from_translation(muzzle)
            }
            Form::Thing(_) => pose.joints.first().copied().unwrap_or_default(),
        }
    }

    /// World-space joint matrices. `act.size` and `act.phase` should be the performer's own.
    pub fn pose(&self, act: &Act<'_>) -> Pose {
        match &self.body.form {
            Form::Creature(c) => c.pose(act),
            Form::Person(p) => p.rig().pose(act),
            Form::Thing(t) => t.pose(act),
        }
    }

    /// Points of the feet that touch the ground at rest, in metres as built, with the joints that carry them.
    pub fn toes(&self) -> Vec<(usize, Vec3)> {
        match &self.body.form {
            Form::Creature(c) => c.toes(),
            Form::Person(p) => p.rig().soles(),
            Form::Thing(_) => vec![],
        }
    }
}
