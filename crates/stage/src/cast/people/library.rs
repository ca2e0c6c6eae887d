//! The human body: one base mesh, evaluated from parameters.
//!
//! `people.bin` holds the CC0 data of MakeHuman/MPFB2 (see `assets/people/README.md`): the macro targets (age,
//! gender, build, height, origin) as principal components, detail and face targets as sparse offsets.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;

use glam::Vec3;
use serde::Deserialize;

use crate::cast::CastError;

const DATA: &[u8] = include_bytes!("../../../../../assets/people/people.bin");
const MASKS: &[u8] = include_bytes!("../../../../../assets/people/face_masks.bin");

/// Number of vertices of the naked body, which come first.
pub(crate) const BODY: usize = 13380;

/// What a body is. All scalars are 0..1 as in MakeHuman (0.5 = average).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) male: f32,
    pub(crate) years: f32,
    pub(crate) muscle: f32,
    pub(crate) weight: f32,
    pub(crate) height: f32,
    pub(crate) ideal: f32,
    /// Shares of the three origins that the data know: African, Asian, European.
    pub(crate) origin: [f32; 3],
    /// Detail and face targets by name, with amounts.
    pub(crate) details: Vec<(String, f32)>,
}

impl Default for Shape {
    fn default() -> Self {
        let origin = [0.33, 0.33, 0.34];
        Shape {
            male: 0.5,
            years: 25.0,
            muscle: 0.5,
            weight: 0.5,
            height: 0.5,
            ideal: 0.4,
            origin,
            details: vec![],
        }
    }
}

/// Four joints and their weights.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub(crate) struct Binding {
    pub(crate) joints: [u8; 4],
    pub(crate) weights: [f32; 4],
}

#[derive(Deserialize, Debug)]
pub(crate) struct Bone {
    pub(crate) name: String,
    pub(crate) parent: i32,
}

#[derive(Deserialize, Debug)]
struct Section {
    offset: usize,
    size: usize,
}

#[derive(Deserialize, Debug)]
struct DetailRow {
    name: String,
    start: usize,
    count: usize,
    scale: f32,
}

#[derive(Deserialize, Debug)]
struct Header {
    points: usize,
    vertices: usize,
    ranges: BTreeMap<String, [usize; 2]>,
    bones: Vec<Bone>,
    #[serde(rename = "macro")]
    macros: Vec<String>,
    detail: Vec<DetailRow>,
    sections: BTreeMap<String, Section>,
}

/// The data of all people.
#[derive(Debug)]
pub(crate) struct Library {
    points: usize,
    pub(crate) vertices: usize,
    base: Vec<Vec3>,
    components: Vec<i16>,
    component_scales: Vec<f32>,
    coefficients: Vec<f32>,
    macros: Vec<Vec<String>>,
    details: BTreeMap<String, DetailRow>,
    detail_index: Vec<u16>,
    detail_offset: Vec<i8>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) bones: Vec<Bone>,
    names: BTreeMap<String, usize>,
    quads: BTreeMap<String, Vec<[u32; 4]>>,
    /// Corners of the body's quads as texture vertices, and their masks: lips, brows, blush, beard.
    pub(crate) texture_quads: Vec<[u32; 4]>,
    pub(crate) masks: Vec<[u8; 4]>,
    ranges: BTreeMap<String, [usize; 2]>,
    /// The average adult; every garment, hairline and noise is defined on it, so that they fit anybody.
    pub(crate) neutral: Vec<Vec3>,
}

fn broken(what: &str) -> CastError {
    CastError::Data { file: "people.bin", message: what.into() }
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, CastError> {
    let mut out = vec![];
    flate2::read::ZlibDecoder::new(bytes).read_to_end(&mut out).map_err(|e| broken(&e.to_string()))?;
    Ok(out)
}

impl Library {
    /// Reads the embedded data: about 0.1 s.
    pub(crate) fn load() -> Result<Library, CastError> {
        let length = DATA.get(4..8).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
        let length = length.ok_or_else(|| broken("it is too short"))? as usize;
        if DATA.get(..4) != Some(b"PPL1".as_slice()) {
            return Err(broken("it does not begin with PPL1"));
        }
        let json = DATA.get(8..8 + length).ok_or_else(|| broken("its header is cut off"))?;
        let header: Header = serde_json::from_slice(json).map_err(|e| broken(&e.to_string()))?;
        let blob = &DATA[8 + length..];
        let section = |name: &str| {
            let s = header.sections.get(name).ok_or_else(|| broken(&format!("section {name} is missing")))?;
            let bytes = blob.get(s.offset..s.offset + s.size);
            inflate(bytes.ok_or_else(|| broken(&format!("section {name} is cut off")))?)
        };
        let floats = |name: &str| -> Result<Vec<f32>, CastError> {
            Ok(section(name)?.chunks_exact(4).map(|c| f32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect())
        };
        let shorts = |name: &str| -> Result<Vec<u16>, CastError> {
            Ok(section(name)?.chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]])).collect())
        };
        let fours = |name: &str| -> Result<Vec<[u32; 4]>, CastError> {
            Ok(shorts(name)?.chunks_exact(4).map(|c| [c[0], c[1], c[2], c[3]].map(u32::from)).collect())
        };
        let component_scales = floats("comp_scale")?;
        let components = undelta(&section("comp")?, header.points, component_scales.len());
        let (joints, weights) = (section("joints")?, section("weights")?);
        let mut quads = BTreeMap::new();
        for group in ["body", "lashes", "teeth", "tights", "skirt"] {
            quads.insert(group.to_owned(), fours(&format!("quads_{group}"))?);
        }
        let binding = |(j, w): (&[u8], &[u8])| Binding {
            joints: [j[0], j[1], j[2], j[3]],
            weights: [w[0], w[1], w[2], w[3]].map(|x| f32::from(x) / 255.0),
        };
        let mut library = Library {
            points: header.points,
            vertices: header.vertices,
            base: floats("base")?.chunks_exact(3).map(Vec3::from_slice).collect(),
            components,
            component_scales,
            coefficients: floats("coef")?,
            macros: header.macros.iter().map(|m| m.split('-').map(String::from).collect()).collect(),
            details: header.detail.into_iter().map(|d| (d.name.clone(), d)).collect(),
            detail_index: shorts("detail_idx")?,
            detail_offset: section("detail_q")?.iter().map(|b| i8::from_le_bytes([*b])).collect(),
            bindings: joints.chunks_exact(4).zip(weights.chunks_exact(4)).map(binding).collect(),
            names: header.bones.iter().enumerate().map(|(i, b)| (b.name.clone(), i)).collect(),
            bones: header.bones,
            quads,
            texture_quads: fours("uvq_body")?,
            masks: inflate(MASKS)?.chunks_exact(4).map(|c| [c[0], c[1], c[2], c[3]]).collect(),
            ranges: header.ranges,
            neutral: vec![],
        };
        for bone in BONES {
            if !library.names.contains_key(*bone) {
                return Err(broken(&format!("bone {bone} is missing")));
            }
        }
        library.neutral = library.evaluate(&Shape::default());
        Ok(library)
    }

    /// The index of a bone; loading has checked the names we use ([`BONES`]), anything else is the root.
    pub(crate) fn bone(&self, name: &str) -> usize {
        self.names.get(name).copied().unwrap_or(0)
    }

    /// The quads of a group of the base mesh.
    pub(crate) fn quads(&self, group: &str) -> &[[u32; 4]] {
        self.quads.get(group).map_or(&[], Vec::as_slice)
    }

    /// The vertices of a group.
    pub(crate) fn range(&self, group: &str) -> Range<usize> {
        self.ranges.get(group).map_or(0..0, |r| r[0]..r[1])
    }

    /// Weight of a macro target's word; a target's weight is the product over its words (MakeHuman's file names).
    fn word(s: &Shape, word: &str) -> f32 {
        let low = |x: f32| (1.0 - 2.0 * x).clamp(0.0, 1.0);
        let high = |x: f32| (2.0 * x - 1.0).clamp(0.0, 1.0);
        let average = |x: f32| 1.0 - (2.0 * x - 1.0).abs().min(1.0);
        let grown = |a: f32, b: f32| ((s.years - a) / (b - a)).clamp(0.0, 1.0);
        let sum = s.origin.iter().sum::<f32>().max(1e-3);
        match word {
            "male" => s.male,
            "female" => 1.0 - s.male,
            "baby" => 1.0 - grown(1.0, 10.0),
            "child" => grown(1.0, 10.0) * (1.0 - grown(10.0, 25.0)),
            "young" => grown(10.0, 25.0) * (1.0 - grown(25.0, 90.0)),
            "old" => grown(25.0, 90.0),
            "minmuscle" => low(s.muscle),
            "averagemuscle" => average(s.muscle),
            "maxmuscle" => high(s.muscle),
            "minweight" => low(s.weight),
            "averageweight" => average(s.weight),
            "maxweight" => high(s.weight),
            "minheight" => low(s.height),
            "maxheight" => high(s.height),
            "idealproportions" => s.ideal,
            "african" => s.origin[0] / sum,
            "asian" => s.origin[1] / sum,
            "caucasian" => s.origin[2] / sum,
            // "universal" and whatever else is always there.
            _ => 1.0,
        }
    }

    /// All points (mesh vertices, then joint heads and tails) in metres, standing on y = 0.
    pub(crate) fn evaluate(&self, s: &Shape) -> Vec<Vec3> {
        let count = self.component_scales.len();
        let mut amounts = vec![0f32; count];
        for (m, words) in self.macros.iter().enumerate() {
            let weight: f32 = words.iter().map(|w| Self::word(s, w)).product();
            if weight != 0.0 {
                for (a, c) in amounts.iter_mut().zip(&self.coefficients[m * count..]) {
                    *a += weight * c;
                }
            }
        }
        let mut flat: Vec<f32> = self.base.iter().flat_map(Vec3::to_array).collect();
        let size = self.points * 3;
        for (k, amount) in amounts.iter().enumerate() {
            let f = amount * self.component_scales[k];
            for (x, q) in flat.iter_mut().zip(&self.components[k * size..(k + 1) * size]) {
                *x += f * f32::from(*q);
            }
        }
        let mut points: Vec<Vec3> = flat.chunks_exact(3).map(Vec3::from_slice).collect();
        for (name, amount) in &s.details {
            self.add_detail(&mut points, name, *amount);
        }
        let low = points[..BODY].iter().map(|p| p.y).fold(f32::MAX, f32::min);
        for p in &mut points {
            p.y -= low;
        }
        points
    }

    /// A detail or face target on top (`nose/nose-hump-incr`, `face/jawOpen`); an unknown one changes nothing.
    pub(crate) fn add_detail(&self, points: &mut [Vec3], name: &str, amount: f32) {
        let Some(row) = self.details.get(name) else { return };
        for r in row.start..row.start + row.count {
            let q = &self.detail_offset[r * 3..r * 3 + 3];
            let offset = Vec3::new(f32::from(q[0]), f32::from(q[1]), f32::from(q[2]));
            points[usize::from(self.detail_index[r])] += offset * row.scale * amount;
        }
    }

    /// Whether there is such a detail.
    pub(crate) fn has_detail(&self, name: &str) -> bool {
        self.details.contains_key(name)
    }

    /// Where a bone begins.
    pub(crate) fn head(&self, points: &[Vec3], bone: &str) -> Vec3 {
        points[self.vertices + self.bone(bone) * 2]
    }

    /// Where the `bone`-th bone begins.
    pub(crate) fn joint(&self, points: &[Vec3], bone: usize) -> Vec3 {
        points[self.vertices + bone * 2]
    }
}

/// The bones that the code names.
pub(crate) const BONES: &[&str] = &[
    "Root",
    "pelvis",
    "spine_01",
    "spine_02",
    "spine_03",
    "neck_01",
    "head",
    "clavicle_l",
    "clavicle_r",
    "upperarm_l",
    "upperarm_r",
    "lowerarm_l",
    "lowerarm_r",
    "hand_l",
    "hand_r",
    "index_01_l",
    "index_01_r",
    "pinky_01_l",
    "pinky_01_r",
    "thigh_l",
    "thigh_r",
    "calf_l",
    "calf_r",
    "foot_l",
    "foot_r",
    "ball_l",
    "ball_r",
];

/// The components are stored as running differences along the vertices, low bytes first and then high bytes, which
/// compresses well.
fn undelta(raw: &[u8], points: usize, count: usize) -> Vec<i16> {
    let half = raw.len() / 2;
    let mut out = vec![0i16; half];
    for c in 0..count {
        let mut sum = [0i16; 3];
        for i in 0..points {
            for (d, sum) in sum.iter_mut().enumerate() {
                let at = (c * points + i) * 3 + d;
                if at < half {
                    *sum = sum.wrapping_add(i16::from_le_bytes([raw[at], raw[half + at]]));
                    out[at] = *sum;
                }
            }
        }
    }
    out
}
