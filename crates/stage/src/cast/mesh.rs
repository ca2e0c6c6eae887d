//! The geometry of a performer: parts by surface kind, skinning weights, and the skinning itself.

use std::collections::BTreeMap;

use bytemuck::{Pod, Zeroable};
use glam::{Affine3A, Mat4, Vec3, Vec3A};

/// What a part is made of. A renderer has one pipeline per kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Surface {
    /// Bare animal skin, which may be wrinkled or wet; also very short coats (horse, cow).
    Hide,
    /// Skin that carries fur: draw it once solid, then as shells along the fur (`Finish::fur_length_m`).
    Fur,
    /// Flat blades: flight feathers and tail feathers. Two-sided.
    Feather,
    /// Hard parts: horn, tusk, hoof, claw, beak, nose.
    Horn,
    /// Eyeballs; glossy.
    Eye,
    /// Locks of long hair (mane, guard hair) and hair on a human head. Two-sided.
    Hair,
    /// Human skin, with lips, brows and blush already in the vertex colours.
    Skin,
    /// Woven cloth. Two-sided.
    Cloth,
    /// Shoes, belts, glasses, buttons.
    Leather,
    /// What things are made of: paint, metal, wood, plastic, stone.
    Solid,
    /// What one sees through: drawn last.
    Glass,
}

impl Surface {
    /// Every kind, in the order of the enum.
    pub const ALL: [Surface; 11] = [
        Surface::Hide,
        Surface::Fur,
        Surface::Feather,
        Surface::Horn,
        Surface::Eye,
        Surface::Hair,
        Surface::Skin,
        Surface::Cloth,
        Surface::Leather,
        Surface::Solid,
        Surface::Glass,
    ];

    /// Whether back faces are seen, so that culling must be off.
    pub fn two_sided(self) -> bool {
        matches!(self, Surface::Feather | Surface::Hair | Surface::Cloth)
    }
}

/// A procedural marking that the fragment shader draws over the base colour, so that it stays crisp on a
/// coarse mesh. `Vertex::marking` gives its colour and how much of it applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Marking {
    /// No marking.
    #[default]
    None,
    /// Stripes: `sin(2π · Vertex::pattern[0])`, roughened by noise of the rest position.
    Stripes,
    /// Cells with light gaps (giraffe): Voronoi cells of `rest position · Finish::marking_per_m`.
    Cells,
    /// Irregular patches (cow): thresholded noise of the same coordinates.
    Patches,
    /// Round spots in Voronoi cells.
    Spots,
}

/// How a part's surface looks apart from its vertex colours.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Finish {
    /// 0 matt … 1 mirror-like wet.
    pub gloss: f32,
    /// Depth of skin folds, 0 smooth … 1 deep (elephant 0.5).
    pub wrinkle: f32,
    /// Length in metres of the longest hair; a vertex scales it by `colour[3] / 255`. 0 means no fur.
    pub fur_length_m: f32,
    /// Strand cells per metre of rest space.
    pub strands_per_m: f32,
    /// Which procedural marking is drawn.
    pub marking: Marking,
    /// Marking cells per metre of rest space.
    pub marking_per_m: f32,
    /// Body heights per metre: multiply rest positions by it for noise that suits bodies of any size.
    pub heights_per_m: f32,
    /// How metallic a solid is, 0..1: metal mirrors in its own colour.
    pub metal: f32,
    /// How strongly a solid is grained as wood is, 0..1.
    pub grain: f32,
    /// Light of its own relative to its colour, always.
    pub glow: f32,
    /// Light of its own relative to its colour, when lamps are lit.
    pub night: f32,
}

/// One vertex at rest. Upload it once; the moving half is [`SkinnedVertex`].
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable, Debug, PartialEq)]
pub struct Vertex {
    /// Rest position in metres; +y up, +z forward, +x to the performer's left. Also the coordinate of
    /// strands, markings and noise.
    pub position: [f32; 3],
    /// Rest normal, unit length.
    pub normal: [f32; 3],
    /// The direction in which the hair lies, in the tangent plane; zero where there is none.
    pub comb: [f32; 3],
    /// Square root of the linear colour in `[0..3]` (decode: `(c / 255)²`); fur length factor in `[3]`.
    pub colour: [u8; 4],
    /// Marking colour, encoded alike, and in `[3]` how much of it applies.
    pub marking: [u8; 4],
    /// Joints that move this vertex.
    pub joints: [u8; 4],
    /// Their weights; the sum is 255.
    pub weights: [u8; 4],
    /// Stripe phase, or u along a lock of hair; and ambient occlusion (0 dark … 1 open).
    pub pattern: [f32; 2],
}

/// The moving half of a vertex, in world space.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable, Debug, PartialEq, Default)]
pub struct SkinnedVertex {
    /// World position in metres.
    pub position: [f32; 3],
    /// World normal, unit length.
    pub normal: [f32; 3],
    /// World hair direction, unit length or zero.
    pub comb: [f32; 3],
}

/// A range of triangles that share one surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is made of.
    pub surface: Surface,
    /// How it looks.
    pub finish: Finish,
    /// Its triangles: a range of [`BodyMesh::indices`].
    pub indices: std::ops::Range<u32>,
}

/// All triangles of one performer at rest, sorted by part. One vertex buffer, one index buffer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BodyMesh {
    /// Vertices of all parts.
    pub vertices: Vec<Vertex>,
    /// Counter-clockwise triangles of all parts, indexing `vertices`.
    pub indices: Vec<u32>,
    /// Surfaces, in drawing order.
    pub parts: Vec<Part>,
    /// How many joints a pose of this body has (at most 256).
    pub joints: usize,
}

/// Where every joint is: matrices from rest space to world space.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pose {
    /// One matrix per joint of the body.
    pub joints: Vec<Mat4>,
}

/// An axis-aligned box in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Least corner.
    pub min: Vec3,
    /// Greatest corner.
    pub max: Vec3,
}

impl Bounds {
    /// The box that holds nothing: the neutral element of [`Bounds::grow`] and [`Bounds::union`].
    pub const EMPTY: Bounds = Bounds { min: Vec3::MAX, max: Vec3::MIN };

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.min.x > self.max.x
    }

    /// The middle.
    pub fn centre(&self) -> Vec3 {
        (self.min + self.max) * 0.5
    }

    /// The edge lengths.
    pub fn size(&self) -> Vec3 {
        self.max - self.min
    }

    /// Makes room for a point.
    pub fn grow(&mut self, point: Vec3) {
        self.min = self.min.min(point);
        self.max = self.max.max(point);
    }

    /// The least box that holds both.
    #[must_use]
    pub fn union(self, other: Bounds) -> Bounds {
        Bounds { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    /// The box that is `k` of the way to another.
    #[must_use]
    pub(crate) fn towards(self, other: Bounds, k: f32) -> Bounds {
        Bounds { min: self.min.lerp(other.min, k), max: self.max.lerp(other.max, k) }
    }
}

impl BodyMesh {
    /// The box of the rest pose.
    pub fn bounds(&self) -> Bounds {
        let mut bounds = Bounds::EMPTY;
        for vertex in &self.vertices {
            bounds.grow(Vec3::from(vertex.position));
        }
        bounds
    }

    /// The parts of one surface.
    pub fn parts_of(&self, surface: Surface) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.surface == surface)
    }

    /// The same body with fewer triangles, for those who stand far back: vertices of a part that share a cell of
    /// `cell_m` metres and face one way become one.
    #[must_use]
    pub fn simplified(&self, cell_m: f32) -> BodyMesh {
        let mut out = BodyMesh { joints: self.joints, ..BodyMesh::default() };
        for part in &self.parts {
            let mut cells: BTreeMap<([i32; 3], [bool; 3]), u32> = BTreeMap::new();
            let start = out.indices.len() as u32;
            for t in self.indices[part.indices.start as usize..part.indices.end as usize].chunks_exact(3) {
                let corners: [u32; 3] = std::array::from_fn(|k| {
                    let vertex = self.vertices[t[k] as usize];
                    let cell = vertex.position.map(|x| (x / cell_m).floor() as i32);
                    *cells.entry((cell, vertex.normal.map(|x| x > 0.0))).or_insert_with(|| {
                        out.vertices.push(vertex);
                        out.vertices.len() as u32 - 1
                    })
                });
                let [a, b, c] = corners;
                if a != b && b != c && c != a {
                    out.indices.extend(corners);
                }
            }
            let indices = start..out.indices.len() as u32;
            out.parts.push(Part { surface: part.surface, finish: part.finish, indices });
        }
        out
    }

    /// Moves all vertices with a pose. `out` is replaced; reuse it from frame to frame.
    ///
    /// Linear blend skinning: a vertex is moved by the weighted mean of its joints' matrices. Joint scales
    /// are near one, so normals are moved by the same matrix.
    pub fn skin(&self, pose: &Pose, out: &mut Vec<SkinnedVertex>) {
        let joints: Vec<Affine3A> = pose.joints.iter().map(|m| Affine3A::from_mat4(*m)).collect();
        out.clear();
        out.reserve(self.vertices.len());
        for vertex in &self.vertices {
            let mut blend = Affine3A::ZERO;
            for (joint, weight) in vertex.joints.iter().zip(vertex.weights) {
                if weight == 0 {
                    continue;
                }
                let weight = f32::from(weight) / 255.0;
                let m = &joints[usize::from(*joint)];
                blend.matrix3 += m.matrix3 * weight;
                blend.translation += m.translation * weight;
            }
            let position = blend.transform_point3a(Vec3A::from(vertex.position));
            let normal = (blend.matrix3 * Vec3A::from(vertex.normal)).normalize_or(Vec3A::Y);
            let comb = (blend.matrix3 * Vec3A::from(vertex.comb)).normalize_or_zero();
            out.push(SkinnedVertex { position: position.into(), normal: normal.into(), comb: comb.into() });
        }
    }
}

/// Collects triangles per surface while a body is built.
#[derive(Default)]
pub(crate) struct MeshBuilder {
    pub(crate) vertices: Vec<Vertex>,
    lists: Vec<(Surface, Finish, Vec<u32>)>,
}

impl MeshBuilder {
    pub(crate) fn push(&mut self, vertex: Vertex) -> u32 {
        self.vertices.push(vertex);
        self.vertices.len() as u32 - 1
    }

    pub(crate) fn triangles(
        &mut self,
        surface: Surface,
        finish: Finish,
        indices: impl IntoIterator<Item = u32>,
    ) {
        let found = self.lists.iter().position(|(s, f, _)| *s == surface && *f == finish);
        let at = found.unwrap_or_else(|| {
            self.lists.push((surface, finish, Vec::new()));
            self.lists.len() - 1
        });
        self.lists[at].2.extend(indices);
    }

    /// A grid of vertices `(rows + 1) × (columns + 1)` that were pushed row by row from `first`.
    pub(crate) fn grid(&mut self, surface: Surface, finish: Finish, first: u32, rows: u32, columns: u32) {
        let stride = columns + 1;
        let cells = (0..rows).flat_map(move |r| (0..columns).map(move |c| first + r * stride + c));
        let quads = cells.flat_map(move |a| [a, a + 1, a + stride, a + 1, a + stride + 1, a + stride]);
        self.triangles(surface, finish, quads);
    }

    /// Sorts the parts by surface. Everything is scaled by `metres_per_unit` on the way out.
    pub(crate) fn finish(mut self, metres_per_unit: f32, joints: usize) -> BodyMesh {
        self.lists.sort_by_key(|(surface, _, _)| *surface);
        let mut mesh = BodyMesh { vertices: self.vertices, joints, ..BodyMesh::default() };
        for vertex in &mut mesh.vertices {
            vertex.position = vertex.position.map(|x| x * metres_per_unit);
        }
        for (surface, finish, indices) in self.lists {
            let start = mesh.indices.len() as u32;
            mesh.indices.extend(indices);
            mesh.parts.push(Part { surface, finish, indices: start..mesh.indices.len() as u32 });
        }
        mesh
    }
}

/// At most four influences, their weights summing to 255.
pub(crate) fn pack_weights(influences: &mut Vec<(usize, f32)>) -> ([u8; 4], [u8; 4]) {
    influences.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    influences.truncate(4);
    let sum: f32 = influences.iter().map(|b| b.1).sum::<f32>().max(1e-6);
    let (mut joints, mut weights) = ([0u8; 4], [0u8; 4]);
    for (k, (joint, weight)) in influences.iter().enumerate() {
        joints[k] = *joint as u8;
        weights[k] = (weight / sum * 255.0).round() as u8;
    }
    let total: i32 = weights.iter().map(|w| i32::from(*w)).sum();
    weights[0] = (i32::from(weights[0]) + 255 - total).clamp(0, 255) as u8;
    (joints, weights)
}

/// Linear colour and an amount to the vertex encoding: the square root gives fine steps in the darks and
/// costs the shader one multiplication.
pub(crate) fn encode(colour: Vec3, amount: f32) -> [u8; 4] {
    let channel = |x: f32| (x.max(0.0).sqrt() * 255.0).round().min(255.0) as u8;
    [channel(colour.x), channel(colour.y), channel(colour.z), (amount.clamp(0.0, 1.0) * 255.0).round() as u8]
}

/// `#rrggbb` (sRGB) to linear colour; `None` if it is not one.
pub(crate) fn parse_colour(text: &str) -> Option<Vec3> {
    let hex = text.strip_prefix('#')?;
    if hex.len() != 6 {
        return None;
    }
    let value = u32::from_str_radix(hex, 16).ok()?;
    let channel = |shift: u32| {
        let c = ((value >> shift) & 255) as f32 / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    Some(Vec3::new(channel(16), channel(8), channel(0)))
}
