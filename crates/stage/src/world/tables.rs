//! The tables of places, grounds, backdrops, plants, times and weathers, and how a word finds its row.

use super::flora::PlantRow;
use super::land::LandRow;
use super::mesh::Surface;
use super::parts::{Part, Props};
use super::sky::{AirRow, HeavenRow, OwnLight, TimeRow, WeatherRow};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A kind of place. Lengths in metres, colours sRGB 0..1.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PlaceRow {
    /// Other words that ask for this place.
    pub aliases: Vec<String>,
    pub land: LandRow,
    /// A row of `_grounds.ron`.
    pub ground: String,
    /// Snow lies here in winter.
    pub snows: bool,
    /// Snow lies here always.
    pub always_snow: bool,
    pub rock: [f32; 3],
    /// Height above which mountains carry snow.
    pub snow_line: Option<f32>,
    pub water: Option<WaterRow>,
    pub air: AirRow,
    pub plants: Vec<ScatterRow>,
    pub cover: Vec<CoverRow>,
    pub rocks: Option<RockRow>,
    /// Half width of a trodden path toward the camera; 0: none.
    pub path: f32,
    pub built: Built,
    /// Everything else that stands here.
    pub parts: Vec<Part>,
    /// Under a roof, in the light of windows and lamps.
    pub indoors: bool,
    /// Light that is the same at every hour.
    pub light: Option<OwnLight>,
    /// A sky that is not the earth's.
    pub heaven: HeavenRow,
    /// What hangs or drifts in the air.
    pub drift: Option<DriftRow>,
    /// Where the camera may go: least and greatest x, least and greatest z.
    pub bounds: Option<[f32; 4]>,
    /// How far from straight the camera looks at the place, as a factor; 1 when absent.
    pub askew: Option<f32>,
    /// Rails that lead towards the camera and away: their x, and the height that wheels run at.
    pub rails: Option<[f32; 2]>,
}

/// Small things in the air.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct DriftRow {
    pub kind: Drift,
    /// How many, 0..1.
    pub amount: f32,
}

/// Kinds of small things in the air; the shader knows the same numbers.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) enum Drift {
    /// Sparks that rise and glow.
    Embers = 1,
    /// Specks in water or in a beam of light.
    Motes = 2,
    Leaves = 3,
    Petals = 4,
    /// Slow white bits: ash, down, blossom.
    Fluff = 5,
    /// Points of light that come and go.
    Fireflies = 6,
}

/// A water surface.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaterRow {
    pub level: f32,
    /// 0 a mirror, 1 surf.
    pub wave: f32,
    /// Colour of deep water.
    #[serde(default = "deep_water")]
    pub deep: [f32; 3],
}

fn deep_water() -> [f32; 3] {
    [0.10, 0.24, 0.26]
}

/// Plants strewn in a ring around the stage.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ScatterRow {
    pub plant: String,
    pub count: usize,
    /// Nearest and farthest.
    pub ring: [f32; 2],
    /// Half width of the view kept open along the axis of the stage, and how it widens with distance.
    pub clear: [f32; 2],
    pub scale: [f32; 2],
    /// Only above this height over the water.
    pub above: Option<f32>,
    /// Part of the circle around straight ahead, 0..1 (1: all around).
    pub arc: Option<f32>,
}

/// What covers the ground near the camera, in square-metre tufts.
#[derive(Clone, Debug, Deserialize)]
pub(crate) enum CoverRow {
    /// Blades.
    Grass {
        /// Tufts for each square metre.
        density: f32,
        blades: usize,
        tall: f32,
        wide: f32,
        wild: f32,
        lo: [f32; 3],
        hi: [f32; 3],
        /// Part of the ground left bare in patches, 0..1.
        patchy: f32,
        /// Stands through snow.
        #[serde(default)]
        winter: bool,
    },
    /// Flowers of one colour, in patches.
    Flowers { density: f32, count: usize, tall: f32, colour: [f32; 3], patchy: f32 },
    /// Fallen leaves.
    Litter { density: f32, count: usize, colours: Vec<[f32; 3]> },
}

/// Loose stones.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RockRow {
    pub count: usize,
    pub reach: f32,
    pub size: [f32; 2],
    #[serde(default)]
    pub clear: f32,
}

/// What people have built here.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub(crate) enum Built {
    /// Nothing.
    #[default]
    Nothing,
    /// A street between houses, along the view.
    Street {
        /// Half width between the house fronts.
        half: f32,
        /// Fewest and most storeys.
        storeys: [u32; 2],
        /// Signs that glow.
        neon: bool,
        /// Wall colours.
        walls: Vec<[f32; 3]>,
    },
    /// Houses with gables around a green.
    Village { houses: usize, walls: Vec<[f32; 3]>, roof: [f32; 3] },
    /// A seamless backdrop.
    Studio { colour: [f32; 3] },
    /// Four walls, windows, furniture.
    Room {
        wall: [f32; 3],
        floor: [f32; 3],
        #[serde(default)]
        furniture: Furniture,
        /// Half its width, height, where its near and its far wall stand.
        #[serde(default = "usual_room")]
        size: [f32; 4],
        #[serde(default = "usual_ceiling")]
        ceiling: [f32; 3],
        #[serde(default = "usual_windows")]
        windows: Vec<WindowRow>,
        #[serde(default)]
        walls_of: Surface,
        #[serde(default = "planks")]
        floor_of: Surface,
        /// Lamps of its own besides those of its parts.
        #[serde(default = "yes")]
        lamps: bool,
    },
}

/// An opening in a wall of a room.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowRow {
    pub wall: Side,
    /// From where to where along the wall, 0..1 from the left.
    pub from: f32,
    pub to: f32,
    /// Heights in metres.
    #[serde(default = "usual_sill")]
    pub sill: f32,
    #[serde(default = "usual_head")]
    pub head: f32,
}

/// A wall of a room.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) enum Side {
    Far,
    Left,
    Right,
}

fn usual_room() -> [f32; 4] {
    [4.6, 3.0, 6.5, -4.2]
}
fn usual_ceiling() -> [f32; 3] {
    [0.92, 0.91, 0.89]
}
fn usual_sill() -> f32 {
    0.9
}
fn usual_head() -> f32 {
    2.3
}
fn planks() -> Surface {
    Surface::Wood
}
fn yes() -> bool {
    true
}
fn usual_windows() -> Vec<WindowRow> {
    let window = |wall, from, to| WindowRow { wall, from, to, sill: usual_sill(), head: usual_head() };
    vec![window(Side::Far, 0.30, 0.56), window(Side::Right, 0.22, 0.46)]
}

/// How a room is furnished.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Furniture {
    /// Empty.
    #[default]
    None,
    /// Bed, wardrobe, lamp.
    Bedroom,
    /// Desks, chairs, shelves.
    Office,
    /// Rows of shelves.
    Library,
}

/// What the ground is made of near the stage. Colours sRGB 0..1, amounts 0..1.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroundRow {
    #[serde(default)]
    pub aliases: Vec<String>,
    pub lo: [f32; 3],
    pub hi: [f32; 3],
    /// Bare or differently coloured patches, and how much of them.
    #[serde(default)]
    pub patch: [f32; 3],
    #[serde(default)]
    pub patches: f32,
    /// Strength and size of the small unevenness.
    pub bump: f32,
    #[serde(default = "one_third")]
    pub grain: f32,
    /// Wind ripples of sand.
    #[serde(default)]
    pub ripples: f32,
    /// Wet near the water line.
    #[serde(default)]
    pub shore: f32,
    /// Lets light through: snow, sand.
    #[serde(default)]
    pub through: f32,
    /// Snow cover.
    #[serde(default)]
    pub snow: f32,
    /// Its patches glow: embers, lava.
    #[serde(default)]
    pub glow: f32,
    /// Smooth and paved: shows puddles in the rain.
    #[serde(default)]
    pub paved: f32,
    /// Grass and leaves do not grow through it.
    #[serde(default)]
    pub bare: bool,
}

fn one_third() -> f32 {
    0.33
}

/// Something in the distance that a storyboard can ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BackdropRow {
    pub aliases: Vec<String>,
    pub mountains: Option<super::erosion::Mountains>,
    pub hills: f32,
    pub snow_line: Option<f32>,
    pub plants: Vec<ScatterRow>,
    /// A landmark that is seen there.
    pub parts: Vec<Part>,
}

/// All tables.
#[derive(Debug)]
pub(crate) struct Tables {
    pub places: BTreeMap<String, PlaceRow>,
    pub grounds: BTreeMap<String, GroundRow>,
    pub backdrops: BTreeMap<String, BackdropRow>,
    pub plants: BTreeMap<String, PlantRow>,
    pub times: BTreeMap<String, TimeRow>,
    pub weathers: BTreeMap<String, WeatherRow>,
    pub props: Props,
}

const PLACES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/places.rs"));

/// The tables that the program carries, read once.
///
/// # Panics
/// When a table does not parse, which the tests of this module rule out for every table that is built in.
pub(crate) fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables {
        places: PLACES.iter().map(|&(name, text)| (name.to_owned(), read(name, text))).collect(),
        grounds: read("grounds", include_str!("../../../../assets/places/_grounds.ron")),
        backdrops: read("backdrops", include_str!("../../../../assets/places/_backdrops.ron")),
        plants: read("trees", include_str!("../../../../assets/plants/trees.ron")),
        times: read("times", include_str!("../../../../assets/places/_times.ron")),
        weathers: read("weathers", include_str!("../../../../assets/places/_weathers.ron")),
        props: read("props", include_str!("../../../../assets/places/_props.ron")),
    })
}

fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> T {
    let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    options.from_str(text).unwrap_or_else(|error| panic!("the built-in table {name} does not parse: {error}"))
}

/// Rows that have other names.
pub(crate) trait Named {
    fn aliases(&self) -> &[String];
}

macro_rules! named {
    ($($row:ty),+) => { $(impl Named for $row { fn aliases(&self) -> &[String] { &self.aliases } })+ };
}
named!(PlaceRow, GroundRow, BackdropRow, PlantRow);

/// The row that a word or phrase asks for: by its name, then by an alias, then by the last word that names one
/// ("old stone bridge" → "bridge"), each also in the singular.
pub(crate) fn find<'a, R: Named>(rows: &'a BTreeMap<String, R>, words: &str) -> Option<(&'a str, &'a R)> {
    let plain: String = words
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let exact = |wanted: &str| {
        let name_is = |name: &str| name.replace('-', " ") == wanted;
        rows.iter()
            .find(|(name, _)| name_is(name))
            .or_else(|| rows.iter().find(|(_, row)| row.aliases().iter().any(|a| name_is(&a.to_lowercase()))))
            .map(|(name, row)| (name.as_str(), row))
    };
    let singular = |w: &str| w.strip_suffix('s').map(str::to_owned);
    let look = |w: &str| exact(w).or_else(|| singular(w).and_then(|s| exact(&s)));
    if let Some(found) = look(&plain) {
        return Some(found);
    }
    let parts: Vec<&str> = plain.split(' ').collect();
    for length in (1..parts.len()).rev() {
        for start in (0..=parts.len() - length).rev() {
            if let Some(found) = look(&parts[start..start + length].join(" ")) {
                return Some(found);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parts: &[Part], props: &Props, at: &str) {
        for part in parts {
            assert!(part.prop.is_empty() || props.contains_key(&part.prop), "{at}: prop {}", part.prop);
            check(&part.of, props, at);
        }
    }

    #[test]
    fn every_reference_between_tables_holds() {
        let t = tables();
        for (name, place) in &t.places {
            assert!(t.grounds.contains_key(&place.ground), "{name}: ground {}", place.ground);
            for p in &place.plants {
                assert!(t.plants.contains_key(&p.plant), "{name}: plant {}", p.plant);
                assert!(
                    p.ring[1] > p.ring[0] && p.scale[1] >= p.scale[0] && p.scale[0] > 0.0,
                    "{name}: {p:?}"
                );
            }
        }
        for (name, place) in &t.places {
            check(&place.parts, &t.props, name);
        }
        for (name, parts) in &t.props {
            check(parts, &t.props, name);
        }
        for (name, row) in &t.backdrops {
            check(&row.parts, &t.props, name);
            for p in &row.plants {
                assert!(t.plants.contains_key(&p.plant), "{name}: plant {}", p.plant);
            }
        }
    }

    #[test]
    fn words_find_their_rows() {
        let t = tables();
        assert_eq!(find(&t.places, "Meadow").unwrap().0, "meadow");
        assert_eq!(find(&t.places, "snowy meadow").unwrap().0, "meadow");
        assert_eq!(find(&t.places, "prairies").unwrap().0, "meadow");
        assert!(find(&t.places, "qwertz").is_none());
        assert_eq!(find(&t.plants, "snow covered trees").unwrap().0, "oak");
    }
}
