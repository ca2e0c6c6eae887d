//! Who stands on the stage: bodies grown from tables, dressed, posed and skinned on the CPU.
//!
//! - [`Cast`] holds the tables (`assets/species`, `assets/people`) and the bodies built so far.
//! - [`Performer`] is one individual: a shared body, and what tells it apart (size, phase, tint).
//! - [`BodyMesh`] is its geometry at rest, in parts by [`Surface`]; [`BodyMesh::skin`] moves it.
//!
//! A kind is found by its word: a row's name or alias, then the fallbacks in `assets/species/fallbacks.toml`
//! (a `dragon` is shown as the nearest thing we have), then the last word of the name (`timber wolf`). What is
//! still unknown has no performer, and [`Cast::performers`] says so by returning none.
//!
//! Everything here is a pure function of the cast member and the seed.

pub mod appearance;
pub mod creature;
pub mod mesh;
mod people;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use film::{CastMember, Hint};
use glam::Vec3;

use crate::motion::clip::{Act, Clip, Cycle};
use creature::{Creature, Table};
use people::{People, Person};

pub use mesh::{BodyMesh, Bounds, Finish, Marking, Part, Pose, SkinnedVertex, Surface, Vertex};

/// The species that ship with the program.
const SPECIES: &[&str] = &[include_str!("../../../../assets/species/animals.toml")];
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
            Self::Table { .. } => {
                Some("the rows are documented in crates/stage/src/cast/creature/species.rs".into())
            }
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
}

impl Body {
    fn new(form: Form) -> Body {
        let mut body = Body { form, bounds: Bounds::EMPTY, coarse: OnceLock::new() };
        body.bounds = body.mesh().bounds();
        body
    }

    fn mesh(&self) -> &Arc<BodyMesh> {
        match &self.form {
            Form::Creature(c) => c.mesh(),
            Form::Person(p) => p.mesh(),
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
    /// By kind and everything that shapes the body.
    bodies: Mutex<BTreeMap<String, Arc<Body>>>,
}

/// What a word of the storyboard turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A row of the species table.
    Species(String),
    /// A person.
    Person,
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
        Ok(Cast { species, fallbacks, people: People::load()?, bodies: Mutex::default() })
    }

    /// The species table.
    pub fn species(&self) -> &Table {
        &self.species
    }

    /// The rows and roles of people, for galleries.
    pub fn people(&self) -> Vec<String> {
        self.people.names()
    }

    /// What a member of the cast is, or `None` if nothing like it can be shown.
    pub fn kind(&self, member: &CastMember) -> Option<Kind> {
        let kind = member.kind.to_lowercase();
        let name = member.name.to_lowercase();
        let last = |text: &str| text.split_whitespace().next_back().unwrap_or("").to_owned();
        let words = [kind.clone(), last(&kind), name.clone(), last(&name)];
        words
            .iter()
            .find_map(|word| self.find(word))
            .or_else(|| words.iter().find_map(|word| self.fallback(word)))
    }

    fn find(&self, word: &str) -> Option<Kind> {
        let singular = word.strip_suffix('s').unwrap_or(word);
        let words = [word, singular];
        if let Some(row) = words.iter().find_map(|w| self.species.find(w)) {
            return Some(Kind::Species(row.into()));
        }
        words.iter().any(|w| self.people.knows(w)).then_some(Kind::Person)
    }

    fn fallback(&self, word: &str) -> Option<Kind> {
        let singular = word.strip_suffix('s').unwrap_or(word);
        [word, singular].iter().find_map(|w| self.fallbacks.get(*w)).and_then(|row| self.find(row))
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
                let looks = appearance::Animal::read(member, individual, count, &mut dice);
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
                let looks = self.people.looks(member, &mut own);
                if individual >= MOST_FACES {
                    size = 0.96 + 0.08 * dice.unit();
                }
                self.body(&format!("{looks:?}"), || Ok(Form::Person(Box::new(self.people.person(&looks)))))?
            }
        };
        let phase = dice.unit();
        let tint = match (kind, count) {
            // One alone looks as the storyboard says.
            (Kind::Person, 0..=MOST_FACES) | (_, 1) => Vec3::ONE,
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
        }
    }

    /// Half its width and half its length at rest in metres, for keeping distance.
    pub fn footprint_m(&self) -> (f32, f32) {
        let size = self.body.bounds.size() * self.size * 0.5;
        if self.is_person() {
            // Coats and swinging arms may touch.
            return (size.y * 0.36, size.y * 0.36);
        }
        // Spread wings and antlers pass over the others.
        (size.x.min(size.y * 0.6), size.z)
    }

    /// What it does when asked for `clip`: every body shows every clip as the nearest thing it can do.
    pub fn able(&self, clip: Clip) -> Clip {
        match &self.body.form {
            Form::Creature(c) => c.able(clip),
            Form::Person(_) => people::able(clip),
        }
    }

    /// The clip in which it travels by itself: walk, flap or swim.
    pub fn going(&self) -> Clip {
        match &self.body.form {
            Form::Creature(c) => c.going(),
            Form::Person(_) => Clip::Walk,
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
        }
    }

    /// World-space joint matrices. `act.size` and `act.phase` should be the performer's own.
    pub fn pose(&self, act: &Act<'_>) -> Pose {
        match &self.body.form {
            Form::Creature(c) => c.pose(act),
            Form::Person(p) => p.rig().pose(act),
        }
    }

    /// Points of the feet that touch the ground at rest, in metres as built, with the joints that carry them.
    pub fn toes(&self) -> Vec<(usize, Vec3)> {
        match &self.body.form {
            Form::Creature(c) => c.toes(),
            Form::Person(p) => p.rig().soles(),
        }
    }
}
