//! The species table: one TOML section per species.
//!
//! `like = "horse"` inherits another row, and an override (a storyboard's appearance, an editor's change) is
//! one more table merged on top, so every number here can be changed per shot. Lengths are in units of
//! `height` (withers height of a quadruped, hip height of a biped, body length of a bird or fish); z forward,
//! y up, x to the animal's left.

use glam::Vec3;
use serde::Deserialize;

use crate::cast::CastError;
use crate::cast::mesh::{Marking, parse_colour};

/// The body plan, which decides how the parts hang together and how it moves.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    /// Four legs, or two with `arms = true`.
    #[default]
    Quadruped,
    /// Two legs and two wings.
    Bird,
    /// Neither: a spine and fins.
    Fish,
    /// A long spine that winds over the ground.
    Serpent,
    /// Jointed legs in pairs (`stilts`), and perhaps wings of skin.
    Crawler,
}

/// What a leg ends in.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Foot {
    /// Four toes, with claws if `claw > 0`.
    #[default]
    Paw,
    /// One hoof.
    Hoof,
    /// Two halves of a hoof.
    Cloven,
    /// A round pad with nails (elephant).
    Column,
    /// A bird's foot; webbed if `claw < 0`.
    Talon,
    /// Nothing.
    None,
}

/// One row of the table.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Species {
    /// Words that mean this species, besides its own name.
    pub aliases: Vec<String>,
    /// The row of which this is a breed: a member of that kind whose name says so is shown as this.
    pub of: String,
    /// What it wears: see `worn.rs`.
    pub worn: Vec<Worn>,
    /// The body plan.
    pub plan: Plan,
    /// The unit of length, in metres.
    pub height: f32,
    /// Stations from tail to chest: z, top, bottom, half width. This is the silhouette.
    pub torso: Vec<[f32; 4]>,
    /// Stations from base to poll: z, y, half depth, half width.
    pub neck: Vec<[f32; 4]>,
    /// Skull, jaw, eyes, nose, beak.
    pub head: Head,
    /// Fore limbs.
    pub fore: Leg,
    /// The fore limbs are arms that touch nothing.
    pub arms: bool,
    /// Hind limbs.
    pub hind: Leg,
    /// Tail.
    pub tail: Tail,
    /// Ears.
    pub ear: Ear,
    /// Stations of a trunk from root to tip: z, y, radius.
    pub trunk: Vec<[f32; 3]>,
    /// Tubes on the head: horns, tusks, antlers, teeth.
    pub horns: Vec<Horn>,
    /// Locks of hair along the neck.
    pub mane: Option<Mane>,
    /// Guard hair: long locks that hang from the coat.
    pub locks: Vec<Locks>,
    /// Wings.
    pub wing: Option<Wing>,
    /// Pairs of jointed legs of a crawler.
    pub stilts: Vec<Stilt>,
    /// Wings of skin: a dragon's, a bat's, an insect's.
    pub sails: Vec<Sail>,
    /// Arms without bones, in a ring behind the body.
    pub tentacles: Option<Tentacles>,
    /// Length of the fire that it can breathe.
    pub flame: f32,
    /// Plates or spikes along the back.
    pub ridge: Option<Ridge>,
    /// Fins and flukes.
    pub fins: Vec<Fin>,
    /// Humps on the back: z, y, half length, half height, half width.
    pub humps: Vec<[f32; 5]>,
    /// Colours, markings, fur.
    pub coat: Coat,
    /// How it walks.
    pub gait: Gait,
    /// Multipliers that an editor turns.
    pub shape: Shape,
    /// Grid spacing of the polygoniser: body, legs, head.
    pub cell: [f32; 3],
    /// Smooth-union radius of the limbs.
    pub blend: f32,
    /// Where it is at home, which decides what a plain verb looks like.
    pub medium: Medium,
}

/// A thing that an animal can wear.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Worn {
    /// What it is.
    pub what: Garb,
    /// Colour.
    pub colour: String,
}

/// What animals wear.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Garb {
    /// Clear lenses in a frame.
    #[default]
    Glasses,
    /// Dark lenses in a frame.
    Sunglasses,
    /// A crown with a brim, between the ears.
    Hat,
    /// A soft hat without a brim.
    Cap,
    /// Wool round the neck, an end hanging down.
    Scarf,
    /// A band round the neck.
    Collar,
}

/// Where a species moves.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Medium {
    /// On the ground.
    #[default]
    Land,
    /// In the air; stands when told to.
    Air,
    /// In the water.
    Water,
}

/// Multipliers a storyboard turns; 1 leaves the species as it is.
#[derive(Deserialize, Clone, Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Shape {
    /// Overall size.
    pub size: f32,
    /// Roundness of the trunk of the body.
    pub girth: f32,
    /// Leg length.
    pub leg: f32,
    /// Length of the body between shoulders and hips.
    pub long: f32,
    /// Head size.
    pub head: f32,
    /// Ear size.
    pub ear: f32,
    /// Fur length.
    pub fur: f32,
    /// Horn length.
    pub horn: f32,
    /// 0 adult … 1 newborn: smaller, bigger head, no horns.
    pub young: f32,
}

impl Default for Shape {
    fn default() -> Self {
        Shape {
            size: 1.0,
            girth: 1.0,
            leg: 1.0,
            long: 1.0,
            head: 1.0,
            ear: 1.0,
            fur: 1.0,
            horn: 1.0,
            young: 0.0,
        }
    }
}

/// The head, in head lengths in its own frame: s along the skull (0 occiput … 1 nose), up, side.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Head {
    /// z, y of the occiput.
    pub at: [f32; 2],
    /// Head length.
    pub len: f32,
    /// Degrees below the horizontal.
    pub pitch: f32,
    /// Stations: s, top, bottom, half width.
    pub prof: Vec<[f32; 4]>,
    /// Lower jaw: s, centre, half depth, half width.
    pub jaw: Vec<[f32; 4]>,
    /// s, up, side, radius.
    pub eye: [f32; 4],
    /// Iris colour.
    pub iris: String,
    /// A cat's pupil.
    pub slit: bool,
    /// How far the eyes look forward: 0 to the sides … 1 straight ahead.
    pub front: f32,
    /// Length of a forked tongue.
    pub tongue: f32,
    /// Nose pad: s, up, side half width, radius.
    pub nose: [f32; 4],
    /// Colour of the nose pad.
    pub nose_colour: String,
    /// Beak: s, up, length, half width, half depth, hook.
    pub beak: Option<[f32; 6]>,
    /// Colour of the beak.
    pub beak_colour: String,
    /// Thickness of the brow ridge.
    pub brow: f32,
}

/// A pair of limbs.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Leg {
    /// Half the distance between the feet.
    pub x: f32,
    /// Half the distance between the upper joints.
    pub x_top: f32,
    /// Five joints from hip to toe: z, y, half depth, half width.
    pub joints: Vec<[f32; 4]>,
    /// What it ends in.
    pub foot: Foot,
    /// Foot: length, height, half width.
    pub pad: [f32; 3],
    /// Claw length.
    pub claw: f32,
    /// Colour of hooves, nails or claws.
    pub nail: String,
}

/// The tail.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Tail {
    /// Stations from root to tip: z, y, radius.
    pub pts: Vec<[f32; 3]>,
    /// How much it swings.
    pub sway: f32,
    /// Fan of feathers: count, length, half angle in degrees, width.
    pub fan: Option<[f32; 4]>,
}

/// An ear; both are alike.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Ear {
    /// s, up, side in head lengths.
    pub at: [f32; 3],
    /// Direction of its length: side, up, forward.
    pub dir: [f32; 3],
    /// Direction in which it opens.
    pub face: [f32; 3],
    /// Length.
    pub len: f32,
    /// Half width.
    pub width: f32,
    /// 0 pointed … 1 round.
    pub round: f32,
    /// Width at the base as a share of the greatest.
    pub base: f32,
    /// Where along its length it is widest.
    pub widest: f32,
    /// How much it is rolled, in radians.
    pub cup: f32,
    /// Bends the tip towards `face`.
    pub fold: f32,
    /// Colour of the inside.
    pub inner: String,
}

/// A tube on the head.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Horn {
    /// Side, up, forward, radius; head frame, head lengths.
    pub pts: Vec<[f32; 4]>,
    /// Colour at the root.
    pub colour: String,
    /// Colour at the tip.
    pub tip: String,
    /// Only one, in the middle; else mirrored.
    pub single: bool,
}

/// Locks along the crest of the neck.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Mane {
    /// Where it begins: 0 base of the neck … 1 poll.
    pub from: f32,
    /// Where it ends.
    pub to: f32,
    /// Length of a lock.
    pub len: f32,
    /// Number of locks.
    pub count: usize,
    /// 0 erect … 1 hanging.
    pub fall: f32,
    /// Half width of a lock.
    pub width: f32,
    /// Colour.
    pub colour: String,
    /// Length of the locks over the forehead, in head lengths.
    pub forelock: f32,
}

/// Guard hair: locks rooted at random over a zone of the soft body, hanging along the coat.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Locks {
    /// Where they grow; the locks are as dense as the zone's amount.
    pub zone: Zone,
    /// Number of locks.
    pub count: usize,
    /// Length.
    pub len: f32,
    /// Half width at the root.
    pub width: f32,
    /// How much they stand off the skin: 0 lying … 1 straight out.
    pub lift: f32,
}

/// A wing; both are alike.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Wing {
    /// Shoulder: x, y, z.
    pub at: [f32; 3],
    /// Lengths of upper arm, forearm, hand.
    pub arm: [f32; 3],
    /// Number of flight feathers on the hand.
    pub primaries: usize,
    /// Number of flight feathers on the arm.
    pub secondaries: usize,
    /// Their length.
    pub plen: f32,
    /// Length of the secondaries.
    pub slen: f32,
    /// Half width of a feather.
    pub fwidth: f32,
    /// Gap between primary tips: 0 pointed wing … 1 fingered.
    pub fingers: f32,
    /// Colour of the flight feathers.
    pub dark: String,
    /// Colour of the coverts.
    pub light: String,
    /// Colour of the patch on the secondaries, if any.
    pub speculum: String,
}

/// A pair of jointed legs; points are of the left one.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Stilt {
    /// Where it leaves the body.
    pub root: [f32; 3],
    /// Knee.
    pub knee: [f32; 3],
    /// Where it stands.
    pub foot: [f32; 3],
    /// Radius of the upper part.
    pub thick: f32,
    /// Length of a claw at its end; then it does not walk.
    pub claw: f32,
    /// Colour.
    pub colour: String,
}

/// A wing of skin, spread in the rest pose; both are alike. Points are of the left wing.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Sail {
    /// Shoulder.
    pub at: [f32; 3],
    /// Elbow and wrist; none for an insect, whose wing turns as a whole.
    pub arm: Vec<[f32; 3]>,
    /// Tips of the fingers, from the leading one to the trailing one.
    pub fingers: Vec<[f32; 3]>,
    /// Where the trailing edge meets the body.
    pub flank: [f32; 3],
    /// Radius of the arm.
    pub thick: f32,
    /// How deep the edge is cut in between two fingers, as a share of their length.
    pub scallop: f32,
    /// Colour of the skin.
    pub skin: String,
    /// Colour of its edge.
    pub rim: String,
    /// Where the edge's colour begins, 0 at the wrist … 1 nowhere.
    pub border: f32,
    /// Strength of the veins, 0..1.
    pub veins: f32,
    /// Colour of the eyes on a butterfly's wing, if any.
    pub spot: String,
    /// Of an insect at rest: how far the wing is raised, and how far it is laid back, in radians.
    pub rest: [f32; 2],
}

/// Arms without bones in a ring round the axis of the body.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Tentacles {
    /// How many.
    pub count: usize,
    /// Height of the ring's middle.
    pub y: f32,
    /// Where the ring is along the body.
    pub z: f32,
    /// Radius of the ring.
    pub ring: f32,
    /// Length of the longest.
    pub len: f32,
    /// Radius at the root.
    pub thick: f32,
    /// How far they open at the root, in radians.
    pub spread: f32,
    /// How far the tips curl, in radians a joint.
    pub curl: f32,
    /// Depth of the frills, as a share of the radius.
    pub frill: f32,
    /// Colour of the inner side.
    pub inner: String,
}

/// Plates or spikes in a row along neck, back and tail.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Ridge {
    /// Distance between two.
    pub step: f32,
    /// Their length.
    pub len: f32,
    /// Half of their length along the back.
    pub width: f32,
    /// Half the distance of two rows; 0 is one row in the middle.
    pub apart: f32,
    /// Colour.
    pub colour: String,
}

/// A fin or fluke.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Fin {
    /// Root.
    pub at: [f32; 3],
    /// Direction of the span.
    pub dir: [f32; 3],
    /// Direction of the chord.
    pub chord: [f32; 3],
    /// Span.
    pub span: f32,
    /// Chord at the root.
    pub root: f32,
    /// Chord at the tip.
    pub tip: f32,
    /// How far the tip is swept back.
    pub sweep: f32,
    /// Spine bone that carries it, from the head.
    pub bone: usize,
    /// One on each side.
    pub mirror: bool,
    /// Thickness.
    pub thick: f32,
}

/// Colours, markings and hair.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Coat {
    /// Base colour.
    pub base: String,
    /// Painted in order over the base.
    pub zones: Vec<Zone>,
    /// The procedural marking.
    pub mark: Marking,
    /// Its colour.
    pub mark_colour: String,
    /// Cells per height.
    pub mark_scale: f32,
    /// Hair length in heights; 0 is bare skin.
    pub fur: f32,
    /// Strand cells per height.
    pub strands: f32,
    /// 0 smooth … 1 deep wrinkles.
    pub wrinkle: f32,
    /// Gloss of the skin.
    pub wet: f32,
    /// A colour that the storyboard names is meant as it is: a red dragon is red, a red fox is ginger.
    pub dyed: bool,
}

/// The parts of a soft body that a zone can name.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum ZonePart {
    /// Everything.
    #[default]
    Any,
    /// Torso.
    Torso,
    /// Neck.
    Neck,
    /// Skull and jaw.
    Head,
    /// Jaw.
    Jaw,
    /// All legs.
    Leg,
    /// Fore legs.
    Fore,
    /// Hind legs.
    Hind,
    /// Tail.
    Tail,
    /// Trunk.
    Trunk,
    /// Ears.
    Ear,
    /// Arm of the wing.
    Wing,
    /// Fins.
    Fin,
    /// Torso, neck and tail.
    Body,
}

/// The coordinate over which a zone ramps.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneAxis {
    /// No ramp: the whole part.
    #[default]
    Whole,
    /// Along the part.
    U,
    /// Distance from the middle plane.
    X,
    /// Height above the ground.
    Y,
    /// Forward.
    Z,
    /// Upward component of the normal.
    Ny,
    /// Forward component of the normal.
    Nz,
    /// Height within the part: −1 under … 1 top.
    Up,
    /// Distance from `at`.
    At,
}

/// A patch of coat with a soft border.
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Zone {
    /// On which part.
    pub part: ZonePart,
    /// Over which coordinate.
    pub by: ZoneAxis,
    /// Where it begins.
    pub lo: f32,
    /// Where it is complete; may be below `lo`.
    pub hi: f32,
    /// Centre for [`ZoneAxis::At`].
    pub at: [f32; 3],
    /// Colour there.
    pub colour: Option<String>,
    /// Fur length there, as a share of the coat's.
    pub fur: Option<f32>,
    /// Amount of marking there.
    pub mark: Option<f32>,
    /// Raggedness of the border.
    pub noise: f32,
}

/// How it walks; 1 is the usual for its leg length.
#[derive(Deserialize, Clone, Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Gait {
    /// Speed.
    pub speed: f32,
    /// Stride length.
    pub stride: f32,
    /// Foot lift.
    pub lift: f32,
    /// Sway of the trunk of the body.
    pub sway: f32,
    /// 0 light … 1 heavy: stiff legs, no leap. Of a fish: flat tail, so it beats up and down.
    pub heavy: f32,
    /// Rate of wing or tail beats.
    pub flap: f32,
    /// How upright a bird stands or an octopus swims, in radians.
    pub perch: f32,
    /// Both legs of a side move together (camel, giraffe).
    pub pace: bool,
    /// It goes sideways (crab).
    pub aside: bool,
    /// It goes by leaps from both hind legs (rabbit, frog, kangaroo).
    pub hop: bool,
}

impl Default for Gait {
    fn default() -> Self {
        Gait {
            speed: 1.0,
            stride: 1.0,
            lift: 1.0,
            sway: 1.0,
            heavy: 0.0,
            flap: 1.0,
            perch: 0.0,
            pace: false,
            aside: false,
            hop: false,
        }
    }
}

/// All rows, inherited and checked.
#[derive(Debug)]
pub struct Table {
    rows: toml::Table,
    /// Every word that names a row, sorted.
    words: std::collections::BTreeMap<String, String>,
    /// The rows that are breeds, and of which row.
    breeds: std::collections::BTreeMap<String, String>,
}

impl Table {
    /// Parses the tables' text and checks every row.
    ///
    /// # Errors
    /// [`CastError::Table`] if the text is not TOML or a row does not fit the schema.
    pub fn parse(texts: &[&str]) -> Result<Table, CastError> {
        let mut rows = toml::Table::new();
        for text in texts {
            let part: toml::Table = text.parse().map_err(|e: toml::de::Error| CastError::Table {
                row: "species".into(),
                message: e.to_string(),
            })?;
            rows.extend(part);
        }
        let (words, breeds) = Default::default();
        let mut table = Table { rows, words, breeds };
        for name in table.names() {
            let row = table.get(&name, &toml::Table::new())?;
            for word in row.aliases {
                table.words.insert(word, name.clone());
            }
            if !row.of.is_empty() {
                table.breeds.insert(name.clone(), row.of);
            }
        }
        // A row's own name wins over another row's alias.
        for name in table.names() {
            table.words.insert(name.replace('_', " "), name.clone());
            table.words.insert(name.clone(), name);
        }
        Ok(table)
    }

    /// The rows' names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.rows.keys().cloned().collect()
    }

    /// The row that a word names.
    pub fn find(&self, word: &str) -> Option<&str> {
        self.words.get(word).map(String::as_str)
    }

    /// The breed of a row that a phrase names: "an old English bulldog" as a dog.
    pub fn breed(&self, row: &str, phrase: &str) -> Option<&str> {
        let phrase = phrase.to_lowercase().replace(['-', '_'], " ");
        let words: Vec<&str> = phrase.split_whitespace().collect();
        let runs = (1..=words.len()).rev().flat_map(|n| words.windows(n));
        runs.map(|run| run.join(" ")).find_map(|run| {
            let names = [run.as_str(), run.strip_suffix('s').unwrap_or(&run)];
            let found = names.iter().find_map(|name| self.find(name))?;
            (self.breeds.get(found)? == row).then_some(found)
        })
    }

    fn row(&self, name: &str, depth: u32) -> Result<toml::Table, CastError> {
        let fail = |message: String| CastError::Table { row: name.into(), message };
        let row =
            self.rows.get(name).and_then(toml::Value::as_table).ok_or_else(|| fail("no such row".into()))?;
        let mut out = match row.get("like").and_then(toml::Value::as_str) {
            Some(base) if depth < 8 => self.row(base, depth + 1)?,
            Some(_) => return Err(fail("`like` goes in a circle".into())),
            None => toml::Table::new(),
        };
        // Words name one row, not its heirs.
        out.remove("aliases");
        out.remove("of");
        merge(&mut out, row);
        out.remove("like");
        Ok(out)
    }

    /// How tall a row's animals are, in metres, if there is such a row.
    pub fn height_m(&self, name: &str) -> Option<f32> {
        self.row(name, 0).ok()?.get("height")?.as_float().map(|height| height as f32)
    }

    /// A species with overrides on top.
    ///
    /// # Errors
    /// [`CastError::Table`] if there is no such row, or it does not fit the schema with the overrides.
    pub fn get(&self, name: &str, overrides: &toml::Table) -> Result<Species, CastError> {
        let mut row = self.row(name, 0)?;
        merge(&mut row, overrides);
        let species: Species = row
            .try_into()
            .map_err(|e: toml::de::Error| CastError::Table { row: name.into(), message: e.to_string() })?;
        Ok(species.shaped())
    }
}

fn merge(base: &mut toml::Table, over: &toml::Table) {
    for (key, value) in over {
        match (base.get_mut(key), value) {
            (Some(toml::Value::Table(a)), toml::Value::Table(b)) => merge(a, b),
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

impl Species {
    /// Applies the multipliers of `shape` to the raw numbers.
    fn shaped(mut self) -> Species {
        let mut m = self.shape.clone();
        if m.young > 0.0 {
            let y = m.young;
            m.size *= 1.0 - 0.5 * y;
            m.head *= 1.0 + 0.3 * y;
            m.leg *= 1.0 + 0.12 * y;
            m.girth *= 1.0 - 0.06 * y;
            m.ear *= 1.0 + 0.15 * y;
            m.horn *= 1.0 - 0.9 * y;
        }
        self.height *= m.size;
        if self.plan == Plan::Quadruped {
            let belly = self.fore.joints.get(1).map_or(0.0, |j| j[1]);
            let lift = belly * (m.leg - 1.0);
            for leg in [&mut self.fore, &mut self.hind] {
                for joint in &mut leg.joints {
                    joint[1] = if joint[1] < belly { joint[1] * m.leg } else { joint[1] + lift };
                }
            }
            for t in &mut self.torso {
                let (centre, half) = (f32::midpoint(t[1], t[2]), (t[1] - t[2]) / 2.0);
                t[1] = centre + half * (0.4 + 0.6 * m.girth) + lift;
                t[2] = centre - half * m.girth + lift;
                t[3] *= m.girth;
            }
            for n in &mut self.neck {
                n[1] += lift;
                n[3] *= 0.5 + 0.5 * m.girth;
            }
            for p in self.tail.pts.iter_mut().chain(&mut self.trunk) {
                p[1] += lift;
            }
            for hump in &mut self.humps {
                hump[1] += lift;
            }
            self.head.at[1] += lift;
            self.lengthen(m.long);
        }
        self.head.len *= m.head;
        self.ear.len *= m.ear;
        self.ear.width *= m.ear;
        self.coat.fur *= m.fur;
        for locks in &mut self.locks {
            locks.len *= m.fur;
        }
        for horn in &mut self.horns {
            let Some(root) = horn.pts.first().copied() else { continue };
            for p in &mut horn.pts {
                for k in 0..3 {
                    p[k] = root[k] + (p[k] - root[k]) * m.horn;
                }
                p[3] *= m.horn.sqrt();
            }
        }
        self
    }
}

impl Species {
    /// Draws a quadruped's body out to `long` times its length: shoulders and hips with all that hangs on them move apart.
    fn lengthen(&mut self, long: f32) {
        let shift = |z: f32| z * (long - 1.0);
        let (fore, hind) = (self.fore.joints.first(), self.hind.joints.first());
        let [fore, hind] = [fore, hind].map(|joint| shift(joint.map_or(0.0, |j| j[0])));
        for t in &mut self.torso {
            t[0] *= long;
        }
        for hump in &mut self.humps {
            hump[0] *= long;
        }
        for joint in &mut self.fore.joints {
            joint[0] += fore;
        }
        for joint in &mut self.hind.joints {
            joint[0] += hind;
        }
        for n in &mut self.neck {
            n[0] += fore;
        }
        for p in &mut self.trunk {
            p[0] += fore;
        }
        self.head.at[0] += fore;
        for p in &mut self.tail.pts {
            p[0] += hind;
        }
    }
}

/// The table's colours are checked by a test; a user's wrong one becomes grey.
pub(crate) fn colour(text: &str) -> Vec3 {
    parse_colour(text).unwrap_or(Vec3::splat(0.2))
}
