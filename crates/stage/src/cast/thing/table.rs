//! The table of things: `assets/things/*.toml`. `assets/things/README.md` documents the rows.

use std::collections::BTreeMap;

use glam::{Vec2, Vec3};
use serde::Deserialize;

use super::solid::View;
use crate::cast::CastError;
use crate::cast::mesh::parse_colour;
use crate::motion::clip::{Hold, Posture};

const FILES: &[(&str, &str)] = &[
    ("vehicles", include_str!("../../../../../assets/things/vehicles.toml")),
    ("craft", include_str!("../../../../../assets/things/craft.toml")),
    ("furniture", include_str!("../../../../../assets/things/furniture.toml")),
    ("props", include_str!("../../../../../assets/things/props.toml")),
    ("food", include_str!("../../../../../assets/things/food.toml")),
    ("instruments", include_str!("../../../../../assets/things/instruments.toml")),
    ("landmarks", include_str!("../../../../../assets/things/landmarks.toml")),
    ("pieces", include_str!("../../../../../assets/things/pieces.toml")),
];
const MATERIALS: &str = include_str!("../../../../../assets/things/_materials.toml");

/// What a thing stands on.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stands {
    /// The ground.
    #[default]
    Ground,
    /// The water; y = 0 of the row is the water line.
    Water,
    /// The air, at `height` metres.
    Air,
    /// It hangs from above; y = 0 of the row is the ground under it.
    Hung,
}

/// Where somebody is on a thing.
#[derive(Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seat {
    /// Where the seat carries them, or where they stand.
    pub(crate) at: Vec3,
    #[serde(default)]
    pub(crate) pose: Posture,
    /// Where the left hand goes; the right one mirrors it.
    #[serde(default)]
    pub(crate) hands: Option<Vec3>,
    /// Where the left foot goes; the right one mirrors it. Pedals turn round it.
    #[serde(default)]
    pub(crate) feet: Option<Vec3>,
    /// Degrees that the trunk leans forward.
    #[serde(default)]
    pub(crate) lean: f32,
    /// Degrees about the vertical: 180 faces backwards.
    #[serde(default)]
    pub(crate) turn: f32,
}

/// How and where a thing is held.
#[derive(Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grip {
    /// The way.
    #[serde(default)]
    pub(crate) hold: Hold,
    /// The point of the thing that the right hand closes round.
    pub(crate) at: Vec3,
    /// That of the left hand, if both are needed.
    #[serde(default)]
    pub(crate) left: Option<Vec3>,
    /// Degrees about x, y and z before it is held.
    #[serde(default)]
    pub(crate) turn: Vec3,
}

/// A lamp of a thing.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Glow {
    pub(crate) at: Vec3,
    /// Linear colour times strength.
    pub(crate) light: Vec3,
    /// Metres.
    pub(crate) reach: f32,
    /// It burns by day as well.
    #[serde(default)]
    pub(crate) always: bool,
}

/// One axis.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Axis {
    X,
    #[default]
    Y,
    Z,
}

impl Axis {
    pub(crate) fn unit(self) -> Vec3 {
        match self {
            Axis::X => Vec3::X,
            Axis::Y => Vec3::Y,
            Axis::Z => Vec3::Z,
        }
    }
}

/// A patch on a hull.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Patch {
    pub(super) view: View,
    /// Four corners; see [`View`].
    pub(super) quad: [Vec2; 4],
    pub(super) mat: String,
    /// How round its corners are, 0..1.
    #[serde(default = "quarter")]
    pub(super) round: f32,
    /// Metres that a rubber rim shows round it.
    #[serde(default)]
    pub(super) rim: f32,
    /// On the other side too.
    #[serde(default)]
    pub(super) mirror: bool,
    /// More of the same, each moved by `step` in the patch's two coordinates.
    #[serde(default)]
    pub(super) repeat: u32,
    #[serde(default)]
    pub(super) step: Vec2,
}

fn quarter() -> f32 {
    0.25
}

/// One part of a thing.
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of a row")]
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Part {
    // The shape: one of these.
    pub(super) block: Option<Vec3>,
    pub(super) ball: Option<Vec3>,
    pub(super) lathe: Option<Vec<Vec2>>,
    pub(super) tube: Option<Vec<Vec3>>,
    pub(super) extrude: Option<Vec<Vec2>>,
    pub(super) hull: Option<Vec<[f32; 4]>>,
    pub(super) sail: Option<Vec<Vec3>>,
    #[serde(rename = "use")]
    pub(super) piece: Option<String>,
    // What shapes take.
    pub(super) round: Option<f32>,
    pub(super) smooth: Option<bool>,
    pub(super) sides: Option<u32>,
    pub(super) r: Option<f32>,
    pub(super) radii: Option<Vec<f32>>,
    pub(super) closed: bool,
    pub(super) depth: Option<f32>,
    pub(super) bevel: Option<f32>,
    pub(super) square: Option<[f32; 2]>,
    pub(super) waist: Option<f32>,
    pub(super) lean: f32,
    pub(super) arches: Vec<[f32; 3]>,
    pub(super) shell: Option<f32>,
    pub(super) patches: Vec<Patch>,
    pub(super) bulge: f32,
    pub(super) taper: Option<Vec2>,
    // Where it is.
    pub(super) at: Vec3,
    pub(super) turn: Vec3,
    pub(super) scale: Option<Vec3>,
    pub(super) mirror: bool,
    pub(super) copies: Vec<Vec3>,
    pub(super) around: Option<u32>,
    // What it is made of.
    pub(super) mat: Option<String>,
    // How it moves.
    pub(super) axis: Axis,
    pub(super) roll: Option<f32>,
    pub(super) spin: Option<f32>,
    pub(super) sway: Option<f32>,
    pub(super) burns: bool,
    pub(super) every: Option<f32>,
    /// It goes out when somebody blows it out.
    pub(super) flame: bool,
    pub(super) pivot: Option<Vec3>,
}

/// A row: one thing.
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of a row")]
#[derive(Deserialize, Clone, Debug, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Row {
    /// Other words for it.
    pub(super) also: Vec<String>,
    /// The row whose parts come first; what this row does not say is as there.
    pub(super) base: Option<String>,
    /// Only a part of others, not a thing of its own.
    pub(super) piece: bool,
    pub(super) on: Option<Stands>,
    /// Metres above the ground of what flies.
    pub(super) height: Option<f32>,
    /// Metres a second of what travels by itself; absent for what does not.
    pub(super) speed: Option<f32>,
    /// The main colours to choose from.
    pub(super) main: Vec<String>,
    /// The second colour.
    pub(super) second: Option<String>,
    pub(super) seats: Vec<Seat>,
    /// People take its seats whatever they do with it.
    pub(super) gathers: bool,
    /// How a hand carries it; absent for what is not carried.
    pub(super) grip: Option<Grip>,
    /// Height of the surface that things are put on.
    pub(super) top: Option<f32>,
    /// It leans into bends, as two-wheelers do.
    pub(super) leans: bool,
    pub(super) glows: Vec<Glow>,
    /// Rows that it has as its own parts, so that they are not shown beside it.
    pub(super) has: Vec<String>,
    /// It goes on rails.
    pub(super) rails: bool,
    /// It bursts in the sky.
    pub(super) bursts: bool,
    /// A factor for all lengths.
    pub(super) size: Option<f32>,
    pub(super) parts: Vec<Part>,
}

impl Row {
    pub(crate) fn has(&self, part: &str) -> bool {
        self.has.iter().any(|name| name == part)
    }

    /// Whether other things can be put onto it.
    pub(crate) fn has_top(&self) -> bool {
        self.top.is_some()
    }

    /// Whether it is held in a hand, and how many it seats.
    pub(crate) fn uses(&self) -> (bool, usize) {
        (self.grip.is_some(), self.seats.len())
    }
}

/// What a material looks like.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sort {
    #[default]
    Solid,
    Glass,
    Cloth,
}

#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
struct MaterialRow {
    colour: String,
    #[serde(default)]
    sort: Sort,
    #[serde(default)]
    gloss: f32,
    #[serde(default)]
    metal: f32,
    #[serde(default)]
    grain: f32,
    #[serde(default)]
    glow: f32,
    #[serde(default)]
    night: f32,
}

/// A material with its colour chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Material {
    /// Linear.
    pub(super) colour: Vec3,
    pub(super) sort: Sort,
    pub(super) gloss: f32,
    pub(super) metal: f32,
    /// Strength of wood grain.
    pub(super) grain: f32,
    /// Light of its own, always.
    pub(super) glow: f32,
    /// Light of its own when lamps are lit.
    pub(super) night: f32,
}

/// The colours that a thing may be given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Paint {
    pub(super) main: Vec3,
    pub(super) second: Vec3,
}

/// All rows.
#[derive(Debug)]
pub(crate) struct Table {
    rows: BTreeMap<String, Row>,
    words: BTreeMap<String, String>,
    materials: BTreeMap<String, MaterialRow>,
}

fn fail(row: &str, message: impl std::fmt::Display) -> CastError {
    CastError::Table { row: row.into(), message: message.to_string() }
}

impl Table {
    /// Reads the shipped tables.
    ///
    /// # Errors
    /// [`CastError::Table`] if one is broken.
    pub(crate) fn load() -> Result<Table, CastError> {
        let materials = toml::from_str(MATERIALS).map_err(|e| fail("_materials", e))?;
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        for (file, text) in FILES {
            let more: BTreeMap<String, Row> = toml::from_str(text).map_err(|e| fail(file, e))?;
            for (name, row) in more {
                if rows.insert(name.clone(), row).is_some() {
                    return Err(fail(&name, "stands in two tables"));
                }
            }
        }
        let mut words = BTreeMap::new();
        for (name, row) in rows.iter().filter(|(_, row)| !row.piece) {
            let own = name.replace('-', " ");
            for word in row.also.iter().chain([&own]) {
                match words.insert(word.replace('-', " "), name.clone()) {
                    Some(other) if other != *name => {
                        return Err(fail(name, format!("`{word}` means {other} too")));
                    }
                    _ => {}
                }
            }
        }
        let mut table = Table { rows, words, materials };
        table.inherit()?;
        Ok(table)
    }

    fn inherit(&mut self) -> Result<(), CastError> {
        let names: Vec<String> = self.rows.keys().cloned().collect();
        for name in names {
            let Some(base) = self.rows[&name].base.clone() else { continue };
            let base = self.rows.get(&base).ok_or_else(|| fail(&name, format!("there is no row {base}")))?;
            if base.base.is_some() {
                return Err(fail(&name, "its base has a base"));
            }
            let base = base.clone();
            let Some(row) = self.rows.get_mut(&name) else { continue };
            row.on = row.on.or(base.on);
            row.height = row.height.or(base.height);
            row.speed = row.speed.or(base.speed);
            row.second = row.second.take().or(base.second);
            row.grip = row.grip.take().or(base.grip);
            row.top = row.top.or(base.top);
            row.size = row.size.or(base.size);
            row.leans |= base.leans;
            if row.main.is_empty() {
                row.main = base.main;
            }
            if row.seats.is_empty() {
                row.seats = base.seats;
            }
            if row.glows.is_empty() {
                row.glows = base.glows;
            }
            row.parts.splice(0..0, base.parts);
        }
        Ok(())
    }

    /// The row that a word names.
    pub(crate) fn find(&self, word: &str) -> Option<&str> {
        self.words.get(word).map(String::as_str)
    }

    pub(crate) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.get(name)
    }

    /// The names of all things, without those that are only parts of others.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter(|(_, row)| !row.piece).map(|(name, _)| name.as_str())
    }

    /// A material by its words: `wood`, `paint main`, `plastic #202020`.
    pub(super) fn material(&self, words: &str, paint: &Paint) -> Result<Material, CastError> {
        let mut words = words.split_whitespace();
        let name = words.next().unwrap_or("");
        let row = self.materials.get(name).ok_or_else(|| fail(name, "there is no such material"))?;
        let colour = match words.next().unwrap_or(&row.colour) {
            "main" => paint.main,
            "second" => paint.second,
            hex => parse_colour(hex).ok_or_else(|| fail(name, format!("{hex} is no colour")))?,
        };
        Ok(Material {
            colour,
            sort: row.sort,
            gloss: row.gloss,
            metal: row.metal,
            grain: row.grain,
            glow: row.glow,
            night: row.night,
        })
    }
}
