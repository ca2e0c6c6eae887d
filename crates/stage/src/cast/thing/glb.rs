//! A user's own model: GLB 2.0 (Khronos, "glTF 2.0 Specification", binary form) to a body.
//!
//! Read are the triangles of the default scene with their node transforms, normals, vertex colours and the materials' base
//! colour, metal, roughness and emission. A base colour picture that lies in the file as PNG is sampled at the vertices.
//! Animation, skins and other pictures are not read. Whatever the bytes say, no more than the limits below is kept.

use film::Hint;
use glam::{Mat4, Quat, Vec2, Vec3};
use serde::Deserialize;

use super::solid::Solid;
use crate::cast::mesh::{BodyMesh, Finish, MeshBuilder, Surface, Vertex, encode};

/// The largest file that is read.
pub(crate) const MOST_BYTES: usize = 256 << 20;
const MOST_TRIANGLES: usize = 600_000;
const MOST_NODES: usize = 20_000;
const MOST_DEPTH: u32 = 64;
/// The most pixels along a side of a base colour picture.
const MOST_PIXELS: u32 = 8192;
/// Bodies outside of these, in metres, were made in other units: they become two metres.
const SANE_M: (f32, f32) = (0.02, 60.0);

/// Why a model could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It is no GLB file, or of another version.
    #[error("this is no GLB 2.0 file")]
    NotGlb,
    /// It ends too early, or says something impossible.
    #[error("the model is damaged: {0}")]
    Damaged(&'static str),
    /// It has something that is not read.
    #[error("the model needs {0}, which is not read")]
    Unsupported(String),
    /// It is larger than what a scene can hold.
    #[error("the model is too large: {0}")]
    TooLarge(String),
    /// There is nothing to be seen in it.
    #[error("the model has no triangles")]
    Empty,
}

impl Hint for ModelError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::NotGlb => "export it as “glTF binary (.glb)”, version 2",
                Self::Damaged(_) => "export the model again",
                Self::Unsupported(_) => "export it without compression and with its data in the file",
                Self::TooLarge(_) => "reduce it: 600 000 triangles and 256 MB are the most",
                Self::Empty => "export the objects themselves, not only their scene",
            }
            .into(),
        )
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Document {
    scene: Option<usize>,
    scenes: Vec<SceneRow>,
    nodes: Vec<Node>,
    meshes: Vec<MeshRow>,
    accessors: Vec<Accessor>,
    buffer_views: Vec<BufferView>,
    materials: Vec<MaterialRow>,
    textures: Vec<Texture>,
    images: Vec<Image>,
    extensions_required: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SceneRow {
    nodes: Vec<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Node {
    children: Vec<usize>,
    matrix: Option<[f32; 16]>,
    translation: Option<[f32; 3]>,
    rotation: Option<[f32; 4]>,
    scale: Option<[f32; 3]>,
    mesh: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MeshRow {
    primitives: Vec<Primitive>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Primitive {
    attributes: Attributes,
    indices: Option<usize>,
    material: Option<usize>,
    mode: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "UPPERCASE", default)]
struct Attributes {
    position: Option<usize>,
    normal: Option<usize>,
    texcoord_0: Option<usize>,
    color_0: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accessor {
    buffer_view: Option<usize>,
    #[serde(default)]
    byte_offset: usize,
    component_type: u32,
    count: usize,
    #[serde(rename = "type")]
    shape: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BufferView {
    #[serde(default)]
    buffer: usize,
    #[serde(default)]
    byte_offset: usize,
    byte_length: usize,
    byte_stride: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct MaterialRow {
    pbr_metallic_roughness: Option<Pbr>,
    emissive_factor: [f32; 3],
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Pbr {
    base_color_factor: Option<[f32; 4]>,
    base_color_texture: Option<TextureUse>,
    metallic_factor: Option<f32>,
    roughness_factor: Option<f32>,
}

#[derive(Deserialize)]
struct TextureUse {
    index: usize,
}

#[derive(Deserialize)]
struct Texture {
    source: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Image {
    buffer_view: Option<usize>,
}

/// A picture in memory: width, height, linear colours.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    fn at(&self, uv: Vec2) -> Vec3 {
        let wrap = |x: f32, n: usize| {
            let x = if x.is_finite() { x - x.floor() } else { 0.0 };
            ((x * n as f32) as usize).min(n - 1)
        };
        let [r, g, b] = self.pixels[wrap(uv.y, self.height) * self.width + wrap(uv.x, self.width)];
        let linear = |c: u8| (f32::from(c) / 255.0).powf(2.2);
        Vec3::new(linear(r), linear(g), linear(b))
    }
}

fn word(bytes: &[u8], at: usize) -> Result<u32, ModelError> {
    let four =
        at.checked_add(4).and_then(|end| bytes.get(at..end)).ok_or(ModelError::Damaged("it ends early"))?;
    Ok(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

struct Reader<'a> {
    document: Document,
    binary: &'a [u8],
    triangles: usize,
    nodes: usize,
    pictures: Vec<(usize, Option<Picture>)>,
    out: MeshBuilder,
}

/// Reads a model: metres, on the ground, the middle of its footprint at the origin, its front towards +z.
///
/// # Errors
/// [`ModelError`] for bytes that are no model, damaged, or too large.
pub(crate) fn read(bytes: &[u8]) -> Result<BodyMesh, ModelError> {
    if bytes.len() > MOST_BYTES {
        return Err(ModelError::TooLarge(format!("{} MB", bytes.len() >> 20)));
    }
    if bytes.len() < 20 || &bytes[..4] != b"glTF" || word(bytes, 4)? != 2 {
        return Err(ModelError::NotGlb);
    }
    let (mut json, mut binary): (&[u8], &[u8]) = (&[], &[]);
    let mut at = 12;
    while at + 8 <= bytes.len() {
        let (length, kind) = (word(bytes, at)? as usize, word(bytes, at + 4)?);
        let end = (at + 8).checked_add(length).filter(|end| *end <= bytes.len());
        let end = end.ok_or(ModelError::Damaged("a chunk ends early"))?;
        match kind {
            0x4E4F_534A if json.is_empty() => json = &bytes[at + 8..end],
            0x004E_4942 if binary.is_empty() => binary = &bytes[at + 8..end],
            _ => {}
        }
        at = end;
    }
    let document: Document =
        serde_json::from_slice(json).map_err(|_| ModelError::Damaged("its description cannot be read"))?;
    if let Some(name) = document.extensions_required.iter().find(|n| !n.starts_with("KHR_materials")) {
        return Err(ModelError::Unsupported(name.chars().take(60).collect()));
    }
    let mut reader =
        Reader { document, binary, triangles: 0, nodes: 0, pictures: vec![], out: MeshBuilder::default() };
    let roots: Vec<usize> = match reader.document.scenes.get(reader.document.scene.unwrap_or(0)) {
        Some(scene) => scene.nodes.clone(),
        None => (0..reader.document.nodes.len()).collect(),
    };
    for root in roots {
        reader.node(root, Mat4::IDENTITY, 0)?;
    }
    if reader.triangles == 0 {
        return Err(ModelError::Empty);
    }
    let mut mesh = reader.out.finish(1.0, 1);
    stand(&mut mesh);
    Ok(mesh)
}

/// Puts a body on the ground, in metres.
fn stand(mesh: &mut BodyMesh) {
    let bounds = mesh.bounds();
    let largest = bounds.size().max_element();
    let scale = if (SANE_M.0..=SANE_M.1).contains(&largest) { 1.0 } else { 2.0 / largest.max(1e-9) };
    let centre = bounds.centre();
    let foot = Vec3::new(centre.x, bounds.min.y, centre.z);
    for v in &mut mesh.vertices {
        v.position = ((Vec3::from(v.position) - foot) * scale).to_array();
    }
}

impl Reader<'_> {
    fn node(&mut self, index: usize, parent: Mat4, depth: u32) -> Result<(), ModelError> {
        self.nodes += 1;
        if depth > MOST_DEPTH || self.nodes > MOST_NODES {
            return Err(ModelError::TooLarge("its parts are nested too deep or too many".into()));
        }
        let node = self.document.nodes.get(index).ok_or(ModelError::Damaged("a part is missing"))?;
        let own = node.matrix.map_or_else(
            || {
                Mat4::from_scale_rotation_translation(
                    Vec3::from(node.scale.unwrap_or([1.0; 3])),
                    Quat::from_array(node.rotation.unwrap_or([0.0, 0.0, 0.0, 1.0])).normalize(),
                    Vec3::from(node.translation.unwrap_or([0.0; 3])),
                )
            },
            |m| Mat4::from_cols_array(&m),
        );
        let by = parent * own;
        if !by.is_finite() {
            return Err(ModelError::Damaged("a part is nowhere"));
        }
        let (mesh, children) = (node.mesh, node.children.clone());
        if let Some(mesh) = mesh {
            let count = self.document.meshes.get(mesh).map_or(0, |m| m.primitives.len());
            for k in 0..count {
                self.primitive(mesh, k, by)?;
            }
        }
        for child in children {
            self.node(child, by, depth + 1)?;
        }
        Ok(())
    }

    fn primitive(&mut self, mesh: usize, nth: usize, by: Mat4) -> Result<(), ModelError> {
        let primitive = &self.document.meshes[mesh].primitives[nth];
        let Some(position) = primitive.attributes.position.filter(|_| primitive.mode.unwrap_or(4) == 4)
        else {
            return Ok(());
        };
        let (normal, uv, tint) = {
            let a = &primitive.attributes;
            (a.normal, a.texcoord_0, a.color_0)
        };
        let (indices, material) = (primitive.indices, primitive.material);
        let points: Vec<Vec3> =
            self.floats(position, 3)?.chunks_exact(3).map(|c| Vec3::new(c[0], c[1], c[2])).collect();
        let indices: Vec<u32> = match indices {
            Some(accessor) => self.whole(accessor)?,
            None => (0..points.len() as u32).collect(),
        };
        self.triangles += indices.len() / 3;
        if self.triangles > MOST_TRIANGLES {
            return Err(ModelError::TooLarge(format!("more than {MOST_TRIANGLES} triangles")));
        }
        if indices.iter().any(|i| *i as usize >= points.len()) || points.iter().any(|p| !p.is_finite()) {
            return Err(ModelError::Damaged("a corner is missing"));
        }
        let (base, finish, picture) = self.material(material)?;
        let uvs = match uv {
            Some(accessor) if picture.is_some() => Some(self.floats(accessor, 2)?),
            _ => None,
        };
        let tints = tint.map(|accessor| self.colours(accessor)).transpose()?;
        let colour = |i: usize| {
            let sampled = uvs.as_ref().and_then(|uv| uv.get(i * 2..i * 2 + 2)).zip(picture.as_ref());
            let sampled = sampled.map_or(Vec3::ONE, |(uv, k)| {
                self.pictures[*k].1.as_ref().map_or(Vec3::ONE, |p| p.at(Vec2::new(uv[0], uv[1])))
            });
            base * sampled * tints.as_ref().and_then(|t| t.get(i)).copied().unwrap_or(Vec3::ONE)
        };
        let normals = match normal {
            Some(accessor) => Some(self.floats(accessor, 3)?),
            None => None,
        };
        let turned = by.determinant() < 0.0;
        let upright = glam::Mat3::from_mat4(by).inverse().transpose();
        let first = self.out.vertices.len() as u32;
        let vertex = |point: Vec3, normal: Vec3, colour: Vec3| Vertex {
            position: point.to_array(),
            normal: normal.normalize_or(Vec3::Y).to_array(),
            comb: [0.0; 3],
            colour: encode(colour.min(Vec3::ONE), 1.0),
            marking: [0; 4],
            joints: [0; 4],
            weights: [255, 0, 0, 0],
            pattern: [0.0, 1.0 - 0.6 * (-normal.normalize_or(Vec3::Y).y).clamp(0.0, 1.0)],
        };
        let mut made: Vec<u32> = indices.chunks_exact(3).flatten().copied().collect();
        let vertices: Vec<Vertex> = if let Some(normals) = normals.filter(|n| n.len() >= points.len() * 3) {
            let normal =
                |i: usize| upright * Vec3::new(normals[i * 3], normals[i * 3 + 1], normals[i * 3 + 2]);
            (0..points.len()).map(|i| vertex(by.transform_point3(points[i]), normal(i), colour(i))).collect()
        } else {
            let solid = Solid {
                points: points.iter().map(|p| by.transform_point3(*p)).collect(),
                triangles: made.chunks_exact(3).map(|t| [t[0], t[1], t[2]]).collect(),
            };
            let (corners, order) = solid.corners();
            made = order;
            let plain = colour(0);
            corners.iter().map(|c| vertex(c.point, c.normal, plain)).collect()
        };
        if turned {
            made.chunks_exact_mut(3).for_each(|t| t.swap(1, 2));
        }
        for v in vertices {
            self.out.push(v);
        }
        self.out.triangles(Surface::Solid, finish, made.into_iter().map(|i| first + i));
        Ok(())
    }

    /// Base colour (linear), finish, and which of the pictures read so far colours it.
    fn material(&mut self, index: Option<usize>) -> Result<(Vec3, Finish, Option<usize>), ModelError> {
        let row = index.and_then(|i| self.document.materials.get(i));
        let pbr = row.and_then(|r| r.pbr_metallic_roughness.as_ref());
        let [r, g, b, _] = pbr.and_then(|p| p.base_color_factor).unwrap_or([0.8, 0.8, 0.8, 1.0]);
        let rough = pbr.and_then(|p| p.roughness_factor).unwrap_or(0.8).clamp(0.0, 1.0);
        let metal = pbr.map_or(0.0, |p| p.metallic_factor.unwrap_or(0.0)).clamp(0.0, 1.0);
        let glow = row.map_or(0.0, |r| r.emissive_factor.iter().copied().fold(0.0, f32::max)).clamp(0.0, 8.0);
        let finish = Finish { gloss: 1.0 - rough, metal, glow, heights_per_m: 1.0, ..Finish::default() };
        let image = pbr
            .and_then(|p| p.base_color_texture.as_ref())
            .and_then(|t| self.document.textures.get(t.index))
            .and_then(|t| t.source);
        let Some(image) = image else { return Ok((Vec3::new(r, g, b), finish, None)) };
        let known = self.pictures.iter().position(|(of, _)| *of == image);
        let known = match known {
            Some(k) => k,
            None => {
                let picture = self.picture(image)?;
                self.pictures.push((image, picture));
                self.pictures.len() - 1
            }
        };
        Ok((Vec3::new(r, g, b), finish, Some(known)))
    }

    /// A picture of the file, if it is a PNG in it.
    fn picture(&self, image: usize) -> Result<Option<Picture>, ModelError> {
        let view = self.document.images.get(image).and_then(|i| i.buffer_view);
        let Some(view) = view.and_then(|v| self.document.buffer_views.get(v)) else { return Ok(None) };
        let bytes = self.view(view)?;
        if !bytes.starts_with(b"\x89PNG") {
            return Ok(None);
        }
        let damaged = |_| ModelError::Damaged("a picture in it cannot be read");
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(damaged)?;
        let (width, height) = reader.info().size();
        if width == 0 || height == 0 || width > MOST_PIXELS || height > MOST_PIXELS {
            return Err(ModelError::TooLarge("a picture in it".into()));
        }
        let size =
            reader.output_buffer_size().ok_or_else(|| ModelError::TooLarge("a picture in it".into()))?;
        let mut data = vec![0; size];
        let info = reader.next_frame(&mut data).map_err(damaged)?;
        let samples = info.color_type.samples();
        let pixels = data[..info.buffer_size()].chunks_exact(samples).map(|p| match samples {
            1 | 2 => [p[0]; 3],
            _ => [p[0], p[1], p[2]],
        });
        let pixels: Vec<[u8; 3]> = pixels.collect();
        let (width, height) = (width as usize, height as usize);
        Ok((pixels.len() >= width * height).then_some(Picture { width, height, pixels }))
    }

    fn view(&self, view: &BufferView) -> Result<&[u8], ModelError> {
        if view.buffer != 0 {
            return Err(ModelError::Unsupported("a second file".into()));
        }
        let end = view.byte_offset.checked_add(view.byte_length);
        end.and_then(|end| self.binary.get(view.byte_offset..end))
            .ok_or(ModelError::Damaged("its data end early"))
    }

    /// The elements of an accessor as bytes: each `components` long, and the size of a component.
    fn elements(&self, accessor: usize, least: usize) -> Result<(Vec<&[u8]>, u32, usize), ModelError> {
        let row = self.document.accessors.get(accessor).ok_or(ModelError::Damaged("its data are missing"))?;
        let components = match row.shape.as_str() {
            "SCALAR" => 1,
            "VEC2" => 2,
            "VEC3" => 3,
            "VEC4" => 4,
            _ => return Err(ModelError::Damaged("its data have a strange form")),
        };
        if components < least {
            return Err(ModelError::Damaged("its data have a strange form"));
        }
        let size = match row.component_type {
            5120 | 5121 => 1,
            5122 | 5123 => 2,
            5125 | 5126 => 4,
            _ => return Err(ModelError::Damaged("its data have a strange form")),
        };
        let view = row.buffer_view.and_then(|v| self.document.buffer_views.get(v));
        let view = view.ok_or_else(|| ModelError::Unsupported("sparse data".into()))?;
        let bytes = self.view(view)?;
        let length = components * size;
        let stride = view.byte_stride.unwrap_or(length).max(length);
        let last = row.count.checked_sub(1).and_then(|n| n.checked_mul(stride));
        let end = last.and_then(|n| n.checked_add(row.byte_offset)).and_then(|n| n.checked_add(length));
        if row.count > 0 && end.is_none_or(|end| end > bytes.len()) {
            return Err(ModelError::Damaged("its data end early"));
        }
        let at = |k: usize| &bytes[row.byte_offset + k * stride..row.byte_offset + k * stride + length];
        Ok(((0..row.count).map(at).collect(), row.component_type, size))
    }

    /// Numbers of an accessor, `least` of each element.
    fn floats(&self, accessor: usize, least: usize) -> Result<Vec<f32>, ModelError> {
        let (elements, kind, size) = self.elements(accessor, least)?;
        let number = |b: &[u8]| match kind {
            5126 => f32::from_le_bytes([b[0], b[1], b[2], b[3]]),
            5123 => f32::from(u16::from_le_bytes([b[0], b[1]])) / 65535.0,
            5121 => f32::from(b[0]) / 255.0,
            _ => 0.0,
        };
        Ok(elements.iter().flat_map(|e| e.chunks_exact(size).take(least).map(number)).collect())
    }

    fn colours(&self, accessor: usize) -> Result<Vec<Vec3>, ModelError> {
        Ok(self.floats(accessor, 3)?.chunks_exact(3).map(|c| Vec3::new(c[0], c[1], c[2])).collect())
    }

    fn whole(&self, accessor: usize) -> Result<Vec<u32>, ModelError> {
        let (elements, kind, _) = self.elements(accessor, 1)?;
        let number = |b: &&[u8]| match kind {
            5121 => Ok(u32::from(b[0])),
            5123 => Ok(u32::from(u16::from_le_bytes([b[0], b[1]]))),
            5125 => Ok(u32::from_le_bytes([b[0], b[1], b[2], b[3]])),
            _ => Err(ModelError::Damaged("its corners have a strange form")),
        };
        elements.iter().map(number).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A GLB with one triangle, two metres high, moved up by five.
    fn tiny(json: &str) -> Vec<u8> {
        let mut binary = vec![];
        for x in [0.0f32, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0] {
            binary.extend(x.to_le_bytes());
        }
        for i in [0u16, 1, 2, 0] {
            binary.extend(i.to_le_bytes());
        }
        let mut json = json.as_bytes().to_vec();
        json.resize(json.len().next_multiple_of(4), b' ');
        let mut out = b"glTF".to_vec();
        out.extend(2u32.to_le_bytes());
        out.extend(((28 + json.len() + binary.len()) as u32).to_le_bytes());
        for (kind, chunk) in [(0x4E4F_534Au32, &json), (0x004E_4942, &binary)] {
            out.extend((chunk.len() as u32).to_le_bytes());
            out.extend(kind.to_le_bytes());
            out.extend(chunk);
        }
        out
    }

    const JSON: &str = r#"{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],
        "nodes":[{"mesh":0,"translation":[0,5,0]}],
        "meshes":[{"primitives":[{"attributes":{"POSITION":0},"indices":1,"material":0}]}],
        "materials":[{"pbrMetallicRoughness":{"baseColorFactor":[1,0,0,1],"roughnessFactor":0.2}}],
        "accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3"},
                     {"bufferView":1,"componentType":5123,"count":3,"type":"SCALAR"}],
        "bufferViews":[{"buffer":0,"byteLength":36},{"buffer":0,"byteOffset":36,"byteLength":6}],
        "buffers":[{"byteLength":44}]}"#;

    #[test]
    fn a_triangle_stands_on_the_ground_in_its_colour() {
        let mesh = read(&tiny(JSON)).unwrap();
        assert_eq!(mesh.indices.len(), 3);
        let bounds = mesh.bounds();
        assert!(bounds.min.y.abs() < 1e-6 && (bounds.max.y - 2.0).abs() < 1e-6, "{bounds:?}");
        assert!(mesh.vertices.iter().all(|v| v.colour[0] > 250 && v.colour[1] == 0));
        assert!((mesh.parts[0].finish.gloss - 0.8).abs() < 1e-6);
    }

    #[test]
    fn hostile_bytes_give_errors_with_hints() {
        let whole = tiny(JSON);
        for end in 0..whole.len() {
            let error = read(&whole[..end]).unwrap_err();
            assert!(error.hint().is_some());
        }
        let far =
            JSON.replace("\"count\":3,\"type\":\"VEC3\"", "\"count\":18446744073709551615,\"type\":\"VEC3\"");
        assert_eq!(read(&tiny(&far)).unwrap_err(), ModelError::Damaged("its data end early"));
        let corner = JSON
            .replace("\"byteLength\":36", "\"byteLength\":24")
            .replace("5126,\"count\":3", "5126,\"count\":2");
        assert_eq!(read(&tiny(&corner)).unwrap_err(), ModelError::Damaged("a corner is missing"));
        let ring = JSON.replace("\"mesh\":0,\"translation\"", "\"children\":[0,0],\"translation\"");
        assert!(matches!(read(&tiny(&ring)).unwrap_err(), ModelError::TooLarge(_)));
        let packed = JSON
            .replace("\"scene\":0", "\"extensionsRequired\":[\"KHR_draco_mesh_compression\"],\"scene\":0");
        assert!(matches!(read(&tiny(&packed)).unwrap_err(), ModelError::Unsupported(_)));
    }
}
