//! Animals from a table of parameters: a row becomes bones and an implicit body, the body a mesh, the coat its
//! colours, and phase functions its motion. A new animal needs no Rust: it is a row in `assets/species/`.

mod body;
mod coat;
mod crawl;
mod field;
mod flame;
mod leap;
mod parts;
mod plumage;
mod pose;
mod rig;
mod saddle;
mod sail;
mod slither;
pub mod species;
mod tentacle;
mod worn;

use std::sync::Arc;

use glam::Vec3;

pub(crate) use self::leap::Leap;
use self::rig::Rig;
use self::species::{Plan, Species};
use crate::cast::mesh::{BodyMesh, MeshBuilder};
use crate::motion::clip::Clip;

pub(crate) use pose::jump;
pub use species::{Medium, Table};

/// An animal: its row, its bones, its mesh.
#[derive(Debug)]
pub struct Creature {
    /// The row it was built from, overrides applied.
    pub species: Species,
    rig: Rig,
    mesh: Arc<BodyMesh>,
    /// Stride factors of walk, trot and run that keep planted feet within reach.
    reach: [f32; 3],
    /// Bend of the neck that brings the mouth to the ground.
    graze: f32,
    saddle: Option<saddle::Saddle>,
}

impl Creature {
    /// Builds the body: some tenths of a second.
    pub fn new(species: Species) -> Creature {
        Creature::with_detail(species, 1.0)
    }

    /// As [`Creature::new`], with grid cells `coarseness` times as large: 2 is for the back rows of a herd.
    pub fn with_detail(species: Species, coarseness: f32) -> Creature {
        let (rig, field) = rig::skeleton(&species);
        let mut out = MeshBuilder::default();
        body::add(&species, &rig, &field, coarseness, &mut out);
        parts::add(&species, &rig, &field, &mut out);
        let mesh = Arc::new(out.finish(species.height, rig.bones.len()));
        let mut creature = Creature { species, rig, mesh, reach: [1.0; 3], graze: 0.0, saddle: None };
        creature.graze = creature.graze_angle();
        creature.fit_strides();
        creature.saddle = creature.find_saddle();
        creature
    }

    /// The mesh at rest.
    pub fn mesh(&self) -> &Arc<BodyMesh> {
        &self.mesh
    }

    /// Where the eyes' middle is at rest, in metres, and the joint that carries it.
    pub(crate) fn eyes(&self) -> (Vec3, usize) {
        let e = self.species.head.eye;
        let frame = rig::HeadFrame::of(&self.species);
        (frame.at(e[0], e[1], 0.0) * self.species.height, self.rig.head)
    }

    /// What it does when it is told to go somewhere.
    pub(crate) fn going(&self) -> Clip {
        match (self.species.plan, self.species.medium) {
            (Plan::Fish, _) | (_, Medium::Water) => Clip::Swim,
            (Plan::Bird | Plan::Crawler, Medium::Air) => Clip::Flap,
            (Plan::Quadruped, Medium::Air) if !self.species.sails.is_empty() => Clip::Flap,
            _ => Clip::Walk,
        }
    }

    /// How it leaps out of the water, if it is a swimmer that does.
    pub(crate) fn leap(&self, size: f32) -> Option<Leap> {
        let leaps = self.species.plan == Plan::Fish && self.rig.arms.is_empty();
        leaps.then(|| Leap::new(self.species.height * size))
    }

    /// Whether it is an insect, which stays near the ground when it flies.
    pub(crate) fn flies_low(&self) -> bool {
        self.species.plan == Plan::Crawler
    }

    /// The planted joints of the feet and their rest points in metres, for tests and footprints: of each leg,
    /// joint and toe.
    pub fn toes(&self) -> Vec<(usize, Vec3)> {
        let standing = self.rig.legs.iter().filter(|l| !(l.fore && self.species.arms));
        standing.map(|l| (l.bones[3], l.rest[4] * self.species.height)).collect()
    }
}

/// Value noise in 0..1 with a period of one unit, the same on every machine.
pub(crate) fn value_noise(p: Vec3) -> f32 {
    coat::noise(p)
}
