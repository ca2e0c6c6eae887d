//! The tables of people: rows, roles, garments, hair; and from a storyboard's words to one person's looks.

use std::collections::BTreeMap;

use film::CastMember;
use glam::Vec3;
use serde::Deserialize;

use super::robot::Robot;

use super::hair::HairStyle;
use super::wardrobe::Piece;
use crate::cast::CastError;
use crate::cast::appearance::{Chance, all_words, colour_in, words};
use crate::cast::mesh::parse_colour;

const GARMENTS: &str = include_str!("../../../../../assets/people/garments.toml");
const PEOPLE: &str = include_str!("../../../../../assets/people/people.toml");

/// A garment's row.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Garment {
    slot: String,
    words: Vec<String>,
    colour: String,
    /// Trousers of the same cloth belong to it.
    #[serde(default)]
    trousers: bool,
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct GarmentFile {
    garment: BTreeMap<String, Garment>,
    hair: BTreeMap<String, HairStyle>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct PersonRow {
    words: Vec<String>,
    #[serde(default)]
    male: Option<f32>,
    years: [f32; 2],
    hair: Vec<String>,
    wear: Vec<Vec<String>>,
    #[serde(default)]
    beard: f32,
    /// Clothes in lively colours.
    #[serde(default)]
    bright: bool,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct RoleRow {
    words: Vec<String>,
    #[serde(default)]
    male: Option<f32>,
    #[serde(default)]
    years: Option<[f32; 2]>,
    #[serde(default)]
    beard: f32,
    /// Styles of hair to choose from; left out: the person's own.
    #[serde(default)]
    hair: Vec<String>,
    /// Colours; left out: the person's own.
    #[serde(default)]
    skin: String,
    #[serde(default)]
    hair_colour: String,
    wear: Vec<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct PeopleFile {
    person: BTreeMap<String, PersonRow>,
    role: BTreeMap<String, RoleRow>,
}

/// Everything that shapes one person's body and clothes. Numbers are coarse, because bodies are cached by them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Looks {
    pub(crate) male: f32,
    pub(crate) years: f32,
    pub(crate) muscle: f32,
    pub(crate) weight: f32,
    pub(crate) height: f32,
    pub(crate) origin: [f32; 3],
    pub(crate) face: Vec<(&'static str, f32)>,
    pub(crate) skin: [u8; 3],
    pub(crate) iris: [u8; 3],
    pub(crate) hair: String,
    pub(crate) hair_colour: [u8; 3],
    /// Length of the beard in millimetres.
    pub(crate) beard_mm: u8,
    /// Garments by name, with their colours.
    pub(crate) wear: Vec<(String, [u8; 3])>,
    /// Overall scale in percent ("giant").
    pub(crate) scale_percent: u16,
    /// A robot; then nothing else here counts.
    pub(crate) robot: Option<Robot>,
}

/// All tables.
#[derive(Debug)]
pub(crate) struct Tables {
    people: PeopleFile,
    garments: BTreeMap<String, Garment>,
    hair: BTreeMap<String, HairStyle>,
}

/// Skin tones from light to dark, sRGB, a little desaturated because the sun adds warmth.
const SKINS: [&str; 8] =
    ["#dcb49a", "#d6a789", "#cc9c7a", "#bd8a66", "#a06f4c", "#82543a", "#65402b", "#4c2f20"];
const HAIRS: [&str; 6] = ["#14100e", "#221812", "#3a2618", "#5a3a20", "#8a6234", "#7a3a1a"];
const IRISES: [&str; 5] = ["#2a1608", "#3a2010", "#4a6a3a", "#4a6a86", "#50606a"];
const CLOTHS: [&str; 12] = [
    "#7d2f2a", "#27406c", "#2f5a42", "#5c4a36", "#3c3c44", "#8a6a3a", "#6a3a5a", "#3a6a74", "#b0a892",
    "#4a5a70", "#a2562c", "#6c7048",
];
const BRIGHTS: [&str; 7] = ["#b02a26", "#2458a0", "#d09a1e", "#2f8a4a", "#c0562a", "#8a3a86", "#2f8a9a"];

/// Words that say where somebody's forebears lived, as shares of the three origins of the data.
const ORIGINS: &[(&[&str], [f32; 3])] = &[
    (&["african", "nigerian", "kenyan", "ghanaian", "ethiopian", "black"], [0.95, 0.0, 0.05]),
    (
        &["asian", "japanese", "chinese", "korean", "vietnamese", "thai", "mongolian", "samurai", "geisha"],
        [0.0, 0.95, 0.05],
    ),
    (
        &[
            "european", "swedish", "german", "irish", "british", "french", "viking", "norse", "russian",
            "white",
        ],
        [0.0, 0.03, 0.97],
    ),
    (
        &["indian", "pakistani", "arab", "arabic", "persian", "turkish", "egyptian", "bedouin"],
        [0.30, 0.15, 0.55],
    ),
    (
        &["mexican", "latino", "latina", "hispanic", "brazilian", "peruvian", "inuit", "native"],
        [0.15, 0.45, 0.40],
    ),
];

fn code(hex: &str) -> [u8; 3] {
    let c = parse_colour(hex).unwrap_or(Vec3::splat(0.2));
    encode(c)
}

/// Linear colour to a compact code (square root encoding).
pub(crate) fn encode(c: Vec3) -> [u8; 3] {
    c.to_array().map(|x| (x.max(0.0).sqrt() * 255.0).round().min(255.0) as u8)
}

/// The linear colour of a code.
pub(crate) fn decode(code: [u8; 3]) -> Vec3 {
    let c = Vec3::from(code.map(|x| f32::from(x) / 255.0));
    c * c
}

impl Tables {
    pub(crate) fn load() -> Result<Tables, CastError> {
        let fail = |row: &str, message: String| CastError::Table { row: row.into(), message };
        let wear: GarmentFile = toml::from_str(GARMENTS).map_err(|e| fail("garments", e.to_string()))?;
        let people: PeopleFile = toml::from_str(PEOPLE).map_err(|e| fail("people", e.to_string()))?;
        let tables = Tables { people, garments: wear.garment, hair: wear.hair };
        let outfits = tables.people.person.iter().flat_map(|(n, p)| p.wear.iter().map(move |w| (n, w)));
        for (name, outfit) in outfits.chain(tables.people.role.iter().map(|(n, r)| (n, &r.wear))) {
            for item in outfit {
                let garment = item.split(' ').next().unwrap_or("");
                if !tables.garments.contains_key(garment) {
                    return Err(fail(name, format!("there is no garment `{garment}`")));
                }
            }
        }
        for (name, row) in &tables.people.person {
            if let Some(style) = row.hair.iter().find(|h| !tables.hair.contains_key(*h)) {
                return Err(fail(name, format!("there is no hair style `{style}`")));
            }
        }
        Ok(tables)
    }

    pub(crate) fn garment(&self, name: &str) -> Option<&Garment> {
        self.garments.get(name)
    }

    pub(crate) fn hair(&self, name: &str) -> Option<&HairStyle> {
        self.hair.get(name)
    }

    /// The names of all rows and roles, for galleries and tests.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.people.person.keys().chain(self.people.role.keys()).map(String::as_str)
    }

    fn row(&self, word: &str) -> Option<&str> {
        let said = |(name, row): &(&String, &PersonRow)| {
            name.replace('_', " ") == word || *name == word || row.words.iter().any(|w| w == word)
        };
        self.people.person.iter().find(said).map(|(name, _)| name.as_str())
    }

    fn role(&self, word: &str) -> Option<&RoleRow> {
        let said = |(name, row): &(&String, &RoleRow)| *name == word || row.words.iter().any(|w| w == word);
        self.people.role.iter().find(said).map(|(_, row)| row)
    }

    /// Whether a word means a person.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.row(word).is_some() || self.role(word).is_some()
    }

    /// One person's looks: the words first, chance for the rest.
    pub(crate) fn read(&self, member: &CastMember, individual: u32, chance: &mut Chance) -> Looks {
        let mut said = all_words(member);
        said.extend(words(&member.kind));
        // Of a couple one is a woman and one a man, unless the words say who they are.
        let pairs = |w: &String| {
            matches!(w.as_str(), "couple" | "newlyweds" | "lovers" | "spouses" | "parents" | "grandparents")
        };
        if said.iter().any(pairs) {
            said.push(if individual.is_multiple_of(2) { "woman" } else { "male" }.to_owned());
        }
        // Of a family, a father, a mother and their children.
        let family = said.iter().any(|w| matches!(w.as_str(), "family" | "families"));
        let kin = family.then(|| ["man", "woman", "girl", "boy"][individual as usize % 4]);
        let has = |list: &[&str]| said.iter().any(|w| list.contains(&w.as_str()));
        let old = has(&["old", "elderly", "aged", "ancient", "elder"]);
        let name = |text: &str| self.row(&text.to_lowercase()).map(str::to_owned);
        let base = kin
            .map(str::to_owned)
            .or_else(|| name(&member.name))
            .or_else(|| name(&member.kind))
            .or_else(|| said.iter().rev().find_map(|w| name(w)))
            .unwrap_or_else(|| "person".into());
        let base = match base.as_str() {
            "man" if old => "old_man".into(),
            "woman" if old => "old_woman".into(),
            _ => base,
        };
        let role = self.role(&member.kind.to_lowercase()).or_else(|| said.iter().find_map(|w| self.role(w)));
        let row = &self.people.person[&base];
        let male = row.male.or(role.and_then(|r| r.male));
        let mut male = male.unwrap_or(if chance.unit() < 0.5 { 1.0 } else { 0.0 });
        if has(&["she", "her", "female", "feminine", "woman", "girl"]) {
            male = 0.0;
        }
        if has(&["male", "masculine"]) && !has(&["female"]) {
            male = 1.0;
        }
        let [from, to] = role.and_then(|r| r.years).unwrap_or(row.years);
        let mut years = from + (to - from) * chance.unit();
        if old && years < 60.0 {
            years = 68.0 + 10.0 * chance.unit();
        } else if has(&["young"]) && years > 30.0 {
            years = 20.0 + 6.0 * chance.unit();
        } else if has(&["middle-aged"]) {
            years = 46.0 + 8.0 * chance.unit();
        } else if has(&["baby", "infant", "toddler"]) {
            years = 2.0;
        }
        let spoken = said.iter().find_map(|w| {
            let number: String = w.chars().take_while(char::is_ascii_digit).collect();
            w.contains("year").then(|| number.parse::<f32>().ok()).flatten()
        });
        years = spoken.unwrap_or(years).clamp(1.0, 90.0).round();
        let child = years < 13.0;
        let origin = ORIGINS.iter().find(|(list, _)| has(list)).map(|(_, o)| *o);
        let origin = origin.unwrap_or_else(|| {
            [[0.03, 0.05, 0.92], [0.05, 0.05, 0.90], [0.9, 0.0, 0.1], [0.05, 0.9, 0.05], [0.3, 0.2, 0.5]]
                [chance.pick(5)]
        });
        let mut looks = Looks {
            male,
            years,
            muscle: 0.5 + 0.12 * chance.signed(),
            weight: 0.48 + 0.10 * chance.signed(),
            height: 0.5 + 0.06 * chance.signed(),
            origin,
            face: face(chance),
            skin: skin_tone(&said, origin, chance),
            iris: code(IRISES[if origin[2] > 0.8 { chance.pick(5) } else { chance.pick(2) }]),
            hair: row.hair[chance.pick(row.hair.len())].clone(),
            hair_colour: code(HAIRS[if origin[2] > 0.8 { chance.pick(6) } else { chance.pick(2) }]),
            beard_mm: 0,
            wear: vec![],
            scale_percent: 100,
            robot: None,
        };
        build(&mut looks, &said);
        if let Some(styles) = role.map(|r| &r.hair).filter(|styles| !styles.is_empty()) {
            looks.hair.clone_from(&styles[chance.pick(styles.len())]);
        }
        if let Some(row) = role {
            let own = [(&row.skin, &mut looks.skin), (&row.hair_colour, &mut looks.hair_colour)];
            for (said, colour) in own.into_iter().filter(|(said, _)| !said.is_empty()) {
                *colour = code(said);
            }
        }
        self.hair_of(&mut looks, member, &said, role.map_or(row.beard, |r| r.beard.max(row.beard)), chance);
        if male < 0.5 && !child && matches!(looks.hair.as_str(), "short" | "tousled") && years < 60.0 {
            looks.hair = "bob".into();
        }
        if male > 0.5 && row.male.is_none() && matches!(looks.hair.as_str(), "bob" | "long" | "bun") {
            looks.hair = "short".into();
        }
        let outfit = role.map_or_else(|| row.wear[chance.pick(row.wear.len())].clone(), |r| r.wear.clone());
        self.clothes(&mut looks, &outfit, row.bright, member, chance);
        looks
    }

    fn hair_of(
        &self,
        looks: &mut Looks,
        member: &CastMember,
        said: &[String],
        beard: f32,
        chance: &mut Chance,
    ) {
        let grey = ((looks.years - 45.0) / 25.0).clamp(0.0, 1.0);
        if grey > 0.0 {
            let silver = Vec3::splat(0.42);
            looks.hair_colour = encode(decode(looks.hair_colour).lerp(silver, grey.powf(1.5)));
        }
        let text = hair_text(member);
        if let Some(colour) = text.as_deref().and_then(colour_in) {
            looks.hair_colour = encode(colour * if colour.max_element() > 0.4 { 0.8 } else { 1.0 });
        }
        for word in said {
            // "blond" and "redhead" speak of hair wherever they stand.
            match word.as_str() {
                "blond" | "blonde" => looks.hair_colour = code("#b08d54"),
                "redhead" | "red-haired" | "ginger" => looks.hair_colour = code("#7a3516"),
                "brunette" => looks.hair_colour = code("#33211a"),
                _ => {}
            }
        }
        let mut styles: Vec<String> = text.as_deref().map(words).into_iter().flatten().collect();
        styles.extend(said.iter().filter(|w| matches!(w.as_str(), "bald" | "balding")).cloned());
        let named = styles.iter().find_map(|w| {
            let said = |(name, row): &(&String, &HairStyle)| *name == w || row.words.contains(w);
            self.hair.iter().find(said).map(|(name, _)| name.clone())
        });
        if let Some(style) = named {
            looks.hair = style;
        }
        let kept = member.appearance_text("beard").is_some_and(|text| !matches!(text, "none" | "no"));
        let bearded = kept || said.iter().any(|w| w.contains("beard"));
        let shaven = said.iter().any(|w| w.contains("shaven"));
        if bearded || looks.male > 0.5 && looks.years > 20.0 && !shaven && chance.unit() < beard {
            looks.beard_mm = if bearded || looks.years > 60.0 { 24 } else { 10 };
        }
    }

    fn clothes(
        &self,
        looks: &mut Looks,
        outfit: &[String],
        bright: bool,
        member: &CastMember,
        chance: &mut Chance,
    ) {
        let mut wear: Vec<(String, [u8; 3])> = vec![];
        for item in outfit {
            let (name, fixed) = item.split_once(' ').map_or((item.as_str(), None), |(n, c)| (n, Some(c)));
            let Some(garment) = self.garments.get(name) else { continue };
            let colour = match (fixed, garment.slot.as_str()) {
                (Some(hex), _) => code(hex),
                (None, "top" | "dress" | "over")
                    if name != "shirt" && name != "coat" && name != "lab-coat" && name != "suit" =>
                {
                    let palette: &[&str] = if bright { &BRIGHTS } else { &CLOTHS };
                    code(palette[chance.pick(palette.len())])
                }
                _ => code(&garment.colour),
            };
            wear.push((name.to_owned(), colour));
        }
        // What the storyboard says replaces what is in the same slot, and a dress all that is not said beside it.
        let mut told: Vec<String> = vec![];
        let texts =
            member.appearance.values().filter_map(serde_json::Value::as_str).chain([member.name.as_str()]);
        for text in texts {
            let said: Vec<String> = words(text).collect();
            for (i, word) in said.iter().enumerate() {
                let singular = word.strip_suffix('s').unwrap_or(word);
                let joined = i.checked_sub(1).map(|b| format!("{}-{word}", said[b])).unwrap_or_default();
                let is = |name: &str, g: &Garment| {
                    [word.as_str(), singular, joined.as_str()].iter().any(|w| {
                        name == *w || name.strip_suffix('s') == Some(*w) || g.words.iter().any(|x| x == w)
                    })
                };
                let exact =
                    self.garments.get_key_value(&joined).or_else(|| self.garments.get_key_value(word));
                let Some((name, garment)) = exact.or_else(|| self.garments.iter().find(|(n, g)| is(n, g)))
                else {
                    continue;
                };
                let colour = said[i.saturating_sub(3)..i].iter().rev().find_map(|w| colour_in(w));
                let colour = colour.map_or_else(|| code(&garment.colour), encode);
                let slot = garment.slot.as_str();
                wear.retain(|(n, _)| {
                    let other = self.garments.get(n).map_or("", |g| g.slot.as_str());
                    let clash = match slot {
                        "dress" if told.contains(n) => other == "dress",
                        "dress" => matches!(other, "dress" | "top" | "bottom" | "over" | "waist" | "neck"),
                        "top" | "bottom" => other == slot || other == "dress",
                        _ => other == slot,
                    };
                    !clash
                });
                wear.push((name.clone(), colour));
                told.push(name.clone());
            }
        }
        let has = |wear: &[(String, [u8; 3])], slot: &str| {
            wear.iter().any(|(n, _)| self.garments.get(n).is_some_and(|g| g.slot == slot))
        };
        // Nobody goes half dressed because a word replaced a dress.
        if !has(&wear, "dress") {
            if !has(&wear, "bottom") {
                wear.push(("jeans".into(), code(&self.garments["jeans"].colour)));
            }
            if !has(&wear, "top") && !has(&wear, "over") {
                wear.push(("t-shirt".into(), code(&self.garments["t-shirt"].colour)));
            }
        }
        if !has(&wear, "feet") {
            wear.push(("shoes".into(), code(&self.garments["shoes"].colour)));
        }
        // A suit's trousers are of its cloth.
        if let Some((_, cloth)) =
            wear.iter().find(|(n, _)| self.garments.get(n).is_some_and(|g| g.trousers)).cloned()
        {
            for (name, colour) in &mut wear {
                if self.garments.get(name).is_some_and(|g| g.slot == "bottom") {
                    *colour = cloth;
                }
            }
        }
        looks.wear = wear;
    }
}

/// The words that speak of hair: the appearance's own entry, or the words before "hair".
fn hair_text(member: &CastMember) -> Option<String> {
    if let Some(text) = member.appearance_text("hair") {
        return Some(text.into());
    }
    let texts =
        member.appearance.values().filter_map(serde_json::Value::as_str).chain([member.name.as_str()]);
    texts.into_iter().find_map(|text| {
        let all: Vec<String> = words(text).collect();
        let at = all.iter().position(|w| w.starts_with("hair"))?;
        Some(all[at.saturating_sub(2)..at].join(" "))
    })
}

/// Build words.
fn build(looks: &mut Looks, said: &[String]) {
    for word in said {
        match word.as_str() {
            "fat" | "plump" | "chubby" | "stout" | "overweight" | "heavy" => looks.weight = 0.85,
            "thin" | "skinny" | "slender" | "slim" | "gaunt" => looks.weight = 0.18,
            "muscular" | "strong" | "burly" | "athletic" | "warrior" => looks.muscle = 0.85,
            "frail" | "weak" => looks.muscle = 0.25,
            "tall" => looks.height = 0.64,
            "short" | "small" | "little" => looks.height = 0.30,
            "giant" | "gigantic" | "colossal" => looks.scale_percent = 250,
            "tiny" | "miniature" => looks.scale_percent = 40,
            _ => {}
        }
    }
    // Coarse numbers: bodies are cached by them.
    for x in [&mut looks.muscle, &mut looks.weight, &mut looks.height] {
        *x = (*x * 20.0).round() / 20.0;
    }
}

/// A face of one's own: a few detail targets by chance.
fn face(chance: &mut Chance) -> Vec<(&'static str, f32)> {
    const HEADS: [&str; 6] = [
        "head/head-oval",
        "head/head-round",
        "head/head-rectangular",
        "head/head-square",
        "head/head-diamond",
        "head/head-invertedtriangular",
    ];
    const PAIRS: [[&str; 2]; 7] = [
        ["nose/nose-hump-incr", "nose/nose-curve-concave"],
        ["nose/nose-scale-vert-incr", "nose/nose-scale-vert-decr"],
        ["nose/nose-width2-incr", "nose/nose-width2-decr"],
        ["chin/chin-width-incr", "chin/chin-triangle"],
        ["cheek/cheek-bones-incr", "cheek/cheek-volume-incr"],
        ["mouth/mouth-scale-horiz-incr", "mouth/mouth-scale-horiz-decr"],
        ["eyes/eye-corner2-up", "eyes/eye-corner2-down"],
    ];
    let amount = |x: f32| (x * 10.0).round() / 10.0;
    let mut out = vec![(HEADS[chance.pick(6)], amount(0.5 * chance.unit()))];
    for pair in PAIRS {
        let x = chance.signed();
        out.push((pair[usize::from(x < 0.0)], amount(x.abs() * 0.5)));
    }
    out
}

/// A skin tone from words, or from the forebears' and chance.
fn skin_tone(said: &[String], origin: [f32; 3], chance: &mut Chance) -> [u8; 3] {
    let has = |list: &[&str]| said.iter().any(|w| list.contains(&w.as_str()));
    let tone = if has(&["dark-skinned", "black"]) {
        6.2
    } else if has(&["pale", "fair-skinned", "light-skinned"]) {
        0.0
    } else if has(&["tanned", "brown-skinned", "olive-skinned"]) {
        3.4
    } else {
        origin[0] * 6.0 + origin[1] * 1.6 + origin[2] * 0.7 + chance.signed() * 0.7
    };
    let tone = tone.clamp(0.0, 7.0);
    let (i, f) = (tone as usize, tone.fract());
    let at = |i: usize| parse_colour(SKINS[i.min(7)]).unwrap_or(Vec3::splat(0.3));
    encode(at(i).lerp(at(i + 1), f))
}
