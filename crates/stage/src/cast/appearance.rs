//! A storyboard's appearance in words to the parameters of a body.

use film::CastMember;
use glam::Vec3;

use super::creature::species::{Species, colour};
use super::mesh::parse_colour;
use super::thing::Looks;

/// Repeatable chance for one individual.
pub struct Chance(u64);

impl Chance {
    /// A stream that depends on the film's seed and a name.
    pub fn new(seed: u64, name: &str) -> Chance {
        // FNV-1a over the name, then splitmix64 (Vigna): enough to tell individuals apart, the same everywhere.
        let mut hash = 0xcbf2_9ce4_8422_2325u64 ^ seed;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Chance(hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in 0..1.
    pub fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / 16_777_216.0
    }

    /// A number in −1..1.
    pub fn signed(&mut self) -> f32 {
        self.unit() * 2.0 - 1.0
    }

    /// One of `count`.
    pub fn pick(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }
}

/// Colour words and their sRGB values; hair, coats and clothes share them.
const COLOURS: &[(&str, &str)] = &[
    ("white", "#e8e6e0"),
    ("snow-white", "#f2f1ee"),
    ("cream", "#e0d4b4"),
    ("beige", "#c4b08c"),
    ("ivory", "#e6dfc8"),
    ("grey", "#77757a"),
    ("gray", "#77757a"),
    ("silver", "#a8a9ad"),
    ("charcoal", "#2c2d30"),
    ("black", "#151416"),
    ("brown", "#5a3d28"),
    ("chestnut", "#5c2f1c"),
    ("auburn", "#6e2f1a"),
    ("tan", "#a88458"),
    ("golden", "#b98a3c"),
    ("gold", "#b98a3c"),
    ("blonde", "#c9a465"),
    ("blond", "#c9a465"),
    ("ginger", "#a8581f"),
    ("red", "#a3201c"),
    ("crimson", "#8c1426"),
    ("maroon", "#5c1620"),
    ("scarlet", "#b81f14"),
    ("orange", "#c4641a"),
    ("yellow", "#d9b02a"),
    ("olive", "#5c5f2c"),
    ("green", "#2f6b3a"),
    ("emerald", "#12694a"),
    ("teal", "#1d6a6c"),
    ("turquoise", "#2f9c9c"),
    ("blue", "#27498c"),
    ("navy", "#1a2444"),
    ("indigo", "#2c2a66"),
    ("purple", "#5a2d74"),
    ("violet", "#6a3f92"),
    ("lavender", "#9c8cc0"),
    ("pink", "#d07c94"),
    ("rose", "#b8566c"),
];

/// The first colour that a text names: a word of the table, or `#rrggbb`.
pub(crate) fn colour_in(text: &str) -> Option<Vec3> {
    words(text).find_map(|word| {
        let row = COLOURS.iter().find(|(name, _)| *name == word);
        row.and_then(|(_, hex)| parse_colour(hex)).or_else(|| parse_colour(&word))
    })
}

/// A colour as [`Animal`] keeps it: the square root of each component, in 255 steps.
fn code_of(colour: Vec3) -> [u8; 3] {
    colour.to_array().map(|x| (x.sqrt() * 255.0) as u8)
}

/// Lower-case words of a text.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/' | '.'))
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
}

/// All words of a member's appearance, and of its name.
pub(crate) fn all_words(member: &CastMember) -> Vec<String> {
    let values = member.appearance.values().filter_map(serde_json::Value::as_str);
    values.chain([member.name.as_str()]).flat_map(words).collect()
}

/// How large a size word is.
pub(crate) fn size_factor(words: &[String]) -> f32 {
    let factor = |word: &str| {
        Some(match word {
            "tiny" | "miniature" => 0.45,
            "small" | "little" => 0.75,
            "large" | "big" | "tall" => 1.15,
            "huge" | "massive" | "enormous" => 1.30,
            "giant" | "gigantic" | "colossal" | "towering" => 1.35,
            _ => return None,
        })
    };
    words.iter().find_map(|w| factor(w)).unwrap_or(1.0)
}

/// In metres: what a giant is at least as tall as, and what is tiny at most.
const GIANT_M: f32 = 3.2;
const TINY_M: f32 = 0.35;

/// A size factor for a body that is naturally of a height in metres: a giant duck is as tall as a house, not as a goose, and a
/// tiny elephant no taller than a cat.
pub(crate) fn fabled(factor: f32, height_m: f32) -> f32 {
    if factor >= 1.35 {
        factor.max(GIANT_M / height_m)
    } else if factor <= 0.45 {
        factor.min(TINY_M / height_m)
    } else {
        factor
    }
}

/// How young an age word is: 0 adult … 1 newborn.
fn youth(words: &[String]) -> Option<f32> {
    words.iter().find_map(|word| match word.as_str() {
        "baby" | "newborn" | "calf" | "foal" | "fawn" | "lamb" | "cub" | "puppy" | "kitten" | "pup"
        | "chick" | "duckling" => Some(0.95),
        "young" | "juvenile" => Some(0.5),
        "adult" | "old" | "grown" => Some(0.0),
        _ => None,
    })
}

/// What the storyboard says about a thing of a row.
pub(crate) fn thing(member: &CastMember, row: &str, chance: &mut Chance) -> Looks {
    let said =
        ["colour", "color", "paint"].iter().find_map(|key| member.appearance_text(key).and_then(colour_in));
    let any = || member.appearance.values().filter_map(serde_json::Value::as_str).find_map(colour_in);
    let named = said.or_else(|| colour_in(&member.name)).or_else(any);
    Looks {
        row: row.into(),
        size_percent: (size_factor(&all_words(member)) * 100.0).round() as u32,
        main: named.map(code_of),
        choice: chance.pick(64) as u32,
    }
}

/// What the storyboard says about an animal, as multipliers of its row. Numbers are rounded, because bodies are
/// cached by them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Animal {
    size: f32,
    young: f32,
    girth: f32,
    fur: f32,
    horn: f32,
    colour: Option<[u8; 3]>,
    /// The colour was called red.
    ruddy: bool,
    /// What it wears, with its colour as `#rrggbb`.
    worn: Vec<(&'static str, String)>,
}

/// Words for what animals wear: the word, the thing of `creature::species::Garb`, its colour unless one is named.
const WORN: &[(&str, &str, &str)] = &[
    ("sunglasses", "sunglasses", "#0c0c0e"),
    ("shades", "sunglasses", "#0c0c0e"),
    ("goggles", "glasses", "#6a4a2a"),
    ("glasses", "glasses", "#141210"),
    ("spectacles", "glasses", "#141210"),
    ("hat", "hat", "#b49a68"),
    ("fedora", "hat", "#3c342c"),
    ("sombrero", "hat", "#c8a860"),
    ("beret", "cap", "#26324a"),
    ("cap", "cap", "#26324a"),
    ("beanie", "cap", "#a8321c"),
    ("scarf", "scarf", "#a8201c"),
    ("bandana", "scarf", "#a8201c"),
    ("shawl", "scarf", "#8a5a3a"),
    ("collar", "collar", "#a8201c"),
];

/// What the words say that an animal wears; a colour before a thing is its own ("a red scarf").
fn worn(words: &[String]) -> Vec<(&'static str, String)> {
    let mut worn: Vec<(&'static str, String)> = vec![];
    for (k, word) in words.iter().enumerate() {
        let Some((_, what, usual)) = WORN.iter().find(|(w, _, _)| w == word) else { continue };
        let named = k.checked_sub(1).and_then(|k| COLOURS.iter().find(|(name, _)| *name == words[k]));
        let colour = named.map_or(*usual, |(_, hex)| hex);
        if worn.iter().all(|(w, _)| w != what) {
            worn.push((what, colour.to_owned()));
        }
    }
    worn
}

impl Animal {
    /// Of a member of the row: its `individual`-th of `count`.
    pub(crate) fn read(
        member: &CastMember,
        row: &str,
        individual: u32,
        count: u32,
        chance: &mut Chance,
    ) -> Animal {
        let words = all_words(member);
        let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
        let mut looks = Animal {
            size: size_factor(&words),
            young: 0.0,
            girth: 1.0,
            fur: 1.0,
            horn: 1.0,
            colour: None,
            ruddy: false,
            worn: worn(&words),
        };
        let age = youth(&words);
        looks.young = age.unwrap_or(0.0);
        if has(&["fat", "plump", "chubby", "stout", "heavy"]) {
            looks.girth = 1.2;
        }
        if has(&["thin", "skinny", "slender", "lean", "gaunt"]) {
            looks.girth = 0.86;
        }
        if has(&["long-haired", "fluffy", "shaggy", "woolly", "furry"])
            || member.appearance_text("coat").is_some_and(|c| c.contains("long"))
        {
            looks.fur = 1.2;
        }
        if has(&["short-haired", "shorn", "sleek"]) {
            looks.fur = 0.6;
        }
        let says = |key: &str| member.appearance_text(key).and_then(colour_in);
        let coat = member.appearance_text("coat").filter(|text| {
            // "Golden" is the retriever's own.
            !self::words(text).any(|word| row.split('_').any(|part| part == word))
        });
        let named = coat
            .and_then(colour_in)
            .or_else(|| says("colour"))
            .or_else(|| says("color"))
            .or_else(|| says("fur"));
        // A golden retriever has the colour of its breed, not of gold.
        let own = |word: &String| !row.split('_').any(|part| part == word);
        let name: Vec<String> = self::words(&member.name).filter(own).collect();
        looks.colour = named.or_else(|| colour_in(&name.join(" "))).map(code_of);
        // A red fox, deer or cow is ginger; nobody means the red of a fire engine.
        looks.ruddy = looks.colour == colour_in("red").map(code_of);
        if looks.ruddy {
            looks.colour = colour_in("ginger").map(code_of);
        }
        // The brown of a brown mammoth is its own brown.
        if words.iter().any(|w| w == "brown") {
            looks.colour = None;
        }
        if individual > 0 && count > 2 {
            // Two builds of adults, and a calf in a larger herd unless the script gives an age.
            let build = chance.pick(2);
            looks.girth *= [1.0, 0.95][build];
            looks.horn = [1.0, 0.78][build];
            if count >= 5 && age.is_none_or(|a| a == 0.0 && count >= 6) && individual % 5 == 2 {
                looks.young = 0.85;
            }
        }
        looks
    }

    /// Makes a giant a giant, of an animal that is naturally of a height in metres.
    pub(crate) fn tower(&mut self, member: &CastMember, height_m: f32) {
        // A giant panda is as large as pandas are.
        let named = ["panda", "tortoise", "squid", "schnauzer", "anteater", "otter", "clam", "salamander"];
        let is_breed = |word: String| named.iter().any(|name| word.trim_end_matches('s') == *name);
        if !words(&member.name).any(is_breed) {
            // Bodies are cached by it.
            self.size = (fabled(self.size, height_m) * 20.0).round() / 20.0;
        } else if self.size > 1.0 {
            self.size = 1.0;
        }
    }

    /// The row's `shape`.
    pub(crate) fn overrides(&self) -> toml::Table {
        let mut shape = toml::Table::new();
        for (key, value, usual) in [
            ("size", self.size, 1.0),
            ("young", self.young, 0.0),
            ("girth", self.girth, 1.0),
            ("fur", self.fur, 1.0),
            ("horn", self.horn, 1.0),
        ] {
            // Of what nothing is said, the row's own holds: a bulldog is broad.
            if (value - usual).abs() > 1e-6 {
                shape.insert(key.into(), toml::Value::Float(f64::from(value)));
            }
        }
        let mut table = toml::Table::new();
        let worn = self.worn.iter().map(|(what, colour)| {
            let row = [("what", *what), ("colour", colour)];
            toml::Value::Table(row.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
        });
        table.insert("worn".into(), toml::Value::Array(worn.collect()));
        table.insert("shape".into(), toml::Value::Table(shape));
        table
    }

    /// Recolours a coat: every zone keeps its brightness relative to the base.
    pub(crate) fn paint(&self, mut species: Species) -> Species {
        let Some(code) = self.colour else { return species };
        let target = Vec3::from(code.map(|c| f32::from(c) / 255.0));
        let target = target * target;
        let dyed = species.coat.dyed;
        let target = if self.ruddy && dyed { colour_in("red").unwrap_or(target) * 0.6 } else { target };
        let luma = |c: Vec3| c.dot(Vec3::new(0.21, 0.72, 0.07)).max(1e-3);
        let own = colour(&species.coat.base);
        if self.ruddy && !dyed && own.x > 2.5 * own.z {
            return species;
        }
        let base = luma(own);
        let hex = |c: Vec3| {
            let channel = |x: f32| {
                let x = x.clamp(0.0, 1.0);
                (255.0 * if x <= 0.003_130_8 { x * 12.92 } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 }).round()
                    as u8
            };
            format!("#{:02x}{:02x}{:02x}", channel(c.x), channel(c.y), channel(c.z))
        };
        let shift = |old: &str| {
            let ratio = (luma(colour(old)) / base).clamp(0.35, 1.8).sqrt();
            hex((target * ratio).min(Vec3::splat(0.9)))
        };
        for zone in &mut species.coat.zones {
            zone.colour = zone.colour.as_deref().map(shift);
        }
        if dyed {
            // Scales, wings and spikes keep their full depth against the skin.
            let shift =
                |old: &str| hex((target * (luma(colour(old)) / base).clamp(0.2, 1.8)).min(Vec3::splat(0.9)));
            species.coat.mark_colour = shift(&species.coat.mark_colour);
            for sail in &mut species.sails {
                (sail.skin, sail.rim) = (shift(&sail.skin), shift(&sail.rim));
            }
            if let Some(ridge) = &mut species.ridge {
                ridge.colour = shift(&ridge.colour);
            }
        }
        species.coat.base = hex(target);
        if let Some(mane) = &mut species.mane {
            mane.colour = shift(&mane.colour);
        }
        species
    }
}
