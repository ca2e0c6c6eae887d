//! The device, and what is made once on it: layouts, samplers, noise pictures, and pipelines when first asked for.

use super::device::{self, DeviceChoice, DeviceInfo, StageError};
use super::uniforms::{Effects, PostStage};
use crate::world::{NOISE_SIDE, noise_pictures};
use std::collections::BTreeMap;
use wgpu::util::DeviceExt as _;

/// Format of the rendered light.
pub(crate) const LIGHT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;
/// Format of depth in metres and owner.
pub(crate) const AUX: wgpu::TextureFormat = wgpu::TextureFormat::Rg32Float;
pub(crate) const DEPTH: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;
/// Format of the developed picture.
pub(crate) const PICTURE: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Texels along a shadow map; the shaders know the same number.
pub(crate) const SHADOW_SIDE: u32 = 1024;

/// Every way of drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pipe {
    /// The ground; under water or not.
    Ground(bool),
    Solid,
    Cut,
    /// Built things of one surface, by its number; under water or not.
    Built(u8, bool),
    Impostor,
    Water,
    Sky,
    Rain,
    Snow,
    /// Embers, specks, leaves: what drifts.
    Drift,
    /// Sparks and drops whose places are told.
    Mote,
    ShadowSolid,
    ShadowCut,
    ShadowImpostor,
    ShadowBody,
    Body(BodyPipe),
    BakeSolid,
    BakeCut,
    Halve,
    Paint,
    Half,
    Blur,
    Bright,
    Post(PostStage, Effects),
    Pick,
}

/// Ways of drawing parts of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum BodyPipe {
    Hide,
    Fur,
    Shell,
    Hard,
    Hair,
    Skin,
    Cloth,
    Solid,
    Glass,
}

/// What the vertices of a pipeline are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    None,
    Still,
    Placed,
    Card,
    Mote,
    Body,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Groups {
    /// Frame with shadows.
    Lit,
    /// Frame with shadows, and pictures.
    LitPictures,
    /// Frame without shadows.
    Plain,
    PlainPictures,
    Post,
}

#[expect(clippy::struct_excessive_bools, reason = "each is one switch of a pipeline")]
struct Recipe {
    source: String,
    vertex: &'static str,
    fragment: Option<&'static str>,
    input: Input,
    groups: Groups,
    targets: Vec<wgpu::TextureFormat>,
    /// Depth test, and whether depth is written.
    depth: Option<bool>,
    cull: bool,
    strip: bool,
    blend: bool,
    bias: bool,
    /// Values that are fixed when the pipeline is made.
    constants: Vec<(&'static str, f64)>,
}

pub(crate) struct Gpu {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub info: DeviceInfo,
    pub lit: wgpu::BindGroupLayout,
    pub plain: wgpu::BindGroupLayout,
    pub pictures: wgpu::BindGroupLayout,
    pub post: wgpu::BindGroupLayout,
    pub repeat: wgpu::Sampler,
    pub edge: wgpu::Sampler,
    pub compare: wgpu::Sampler,
    pub soft: wgpu::TextureView,
    pub slopes: wgpu::TextureView,
    pipes: BTreeMap<Pipe, wgpu::RenderPipeline>,
}

const COMMON: &str = include_str!("common.wgsl");
const SHADOW: &str = include_str!("shadow.wgsl");
const SKY: &str = include_str!("sky.wgsl");
const GROUND: &str = include_str!("ground.wgsl");
const THINGS: &str = include_str!("things.wgsl");
const THINGS_LIT: &str = include_str!("things_lit.wgsl");
const BUILT: &str = include_str!("built.wgsl");
const IMPOSTOR: &str = include_str!("impostor.wgsl");
const IMPOSTOR_LIT: &str = include_str!("impostor_lit.wgsl");
const WATER: &str = include_str!("water.wgsl");
const PARTICLES: &str = include_str!("particles.wgsl");
const BODY: &str = include_str!("body.wgsl");
const BODY_LIT: &str = include_str!("body_lit.wgsl");
const POST: &str = include_str!("post.wgsl");

impl Pipe {
    fn recipe(self) -> Recipe {
        let scene = |parts: &[&str], fragment, input, groups| {
            let source = [COMMON].iter().chain(parts).copied().collect::<Vec<_>>().join("\n");
            Recipe {
                source,
                vertex: "vs_thing",
                fragment: Some(fragment),
                input,
                groups,
                targets: vec![LIGHT, AUX],
                depth: Some(true),
                cull: false,
                strip: false,
                blend: false,
                bias: false,
                constants: Vec::new(),
            }
        };
        let shadow = |parts: &[&str], vertex, fragment: Option<&'static str>, input, groups| Recipe {
            vertex,
            fragment,
            targets: vec![],
            bias: true,
            ..scene(parts, "", input, groups)
        };
        let post = |fragment, targets: Vec<wgpu::TextureFormat>| Recipe {
            source: POST.into(),
            vertex: "vs_post",
            fragment: Some(fragment),
            input: Input::None,
            groups: Groups::Post,
            targets,
            depth: None,
            cull: false,
            strip: false,
            blend: false,
            bias: false,
            constants: Vec::new(),
        };
        let (lit, pictures) = (Groups::Lit, Groups::LitPictures);
        match self {
            Self::Ground(submerged) => Recipe {
                vertex: "vs_ground",
                cull: true,
                constants: vec![("submerged", f64::from(u8::from(submerged)))],
                ..scene(&[SHADOW, GROUND], "fs_ground", Input::Still, lit)
            },
            Self::Solid => scene(&[SHADOW, THINGS, THINGS_LIT], "fs_solid", Input::Placed, lit),
            Self::Cut => scene(&[SHADOW, THINGS, THINGS_LIT], "fs_cut", Input::Placed, lit),
            Self::Built(surface, submerged) => Recipe {
                constants: vec![
                    ("surface", f64::from(surface)),
                    ("submerged", f64::from(u8::from(submerged))),
                ],
                ..scene(&[SHADOW, THINGS, BUILT], "fs_built", Input::Placed, lit)
            },
            Self::Impostor => Recipe {
                vertex: "vs_impostor",
                strip: true,
                ..scene(&[SHADOW, IMPOSTOR, IMPOSTOR_LIT], "fs_impostor", Input::Card, pictures)
            },
            Self::Water => {
                Recipe { vertex: "vs_water", ..scene(&[SHADOW, WATER], "fs_water", Input::Still, pictures) }
            }
            Self::Sky => Recipe {
                vertex: "vs_sky",
                depth: Some(false),
                ..scene(&[SKY], "fs_sky", Input::None, Groups::PlainPictures)
            },
            Self::Paint => Recipe {
                vertex: "vs_sky",
                depth: None,
                targets: vec![LIGHT],
                ..scene(&[SKY], "fs_paint", Input::None, Groups::Plain)
            },
            Self::Rain | Self::Snow | Self::Drift => Recipe {
                vertex: match self {
                    Self::Rain => "vs_rain",
                    Self::Snow => "vs_snow",
                    _ => "vs_drift",
                },
                targets: vec![LIGHT],
                depth: Some(false),
                strip: true,
                blend: true,
                ..scene(
                    &[PARTICLES],
                    if self == Self::Drift { "fs_drift" } else { "fs_fall" },
                    Input::None,
                    Groups::Plain,
                )
            },
            Self::Mote => Recipe {
                vertex: "vs_mote",
                targets: vec![LIGHT],
                depth: Some(false),
                strip: true,
                blend: true,
                ..scene(&[PARTICLES], "fs_mote", Input::Mote, Groups::Plain)
            },
            Self::ShadowSolid => shadow(&[THINGS], "vs_thing", None, Input::Placed, Groups::Plain),
            Self::ShadowCut => {
                shadow(&[THINGS], "vs_thing", Some("fs_cut_shadow"), Input::Placed, Groups::Plain)
            }
            Self::ShadowImpostor => Recipe {
                strip: true,
                ..shadow(
                    &[IMPOSTOR],
                    "vs_impostor",
                    Some("fs_impostor_shadow"),
                    Input::Card,
                    Groups::PlainPictures,
                )
            },
            Self::ShadowBody => shadow(&[BODY], "vs_body", None, Input::Body, Groups::Plain),
            Self::Body(kind) => {
                let (vertex, fragment, cull) = match kind {
                    BodyPipe::Hide => ("vs_body", "fs_hide", true),
                    BodyPipe::Fur => ("vs_body", "fs_under_fur", true),
                    BodyPipe::Shell => ("vs_shell", "fs_shell", true),
                    BodyPipe::Hard => ("vs_body", "fs_hard", false),
                    BodyPipe::Hair => ("vs_body", "fs_hair", false),
                    BodyPipe::Skin => ("vs_body", "fs_skin", true),
                    BodyPipe::Cloth => ("vs_body", "fs_cloth", false),
                    BodyPipe::Solid => ("vs_body", "fs_solid_body", false),
                    BodyPipe::Glass => ("vs_body", "fs_glass", true),
                };
                let blend = kind == BodyPipe::Glass;
                Recipe { vertex, cull, blend, ..scene(&[SHADOW, BODY, BODY_LIT], fragment, Input::Body, lit) }
            }
            Self::BakeSolid | Self::BakeCut => Recipe {
                vertex: "vs_bake",
                targets: vec![PICTURE, PICTURE],
                ..scene(
                    &[THINGS],
                    if self == Self::BakeSolid { "fs_bake_solid" } else { "fs_bake_cut" },
                    Input::Placed,
                    Groups::Plain,
                )
            },
            Self::Halve => post("fs_halve", vec![PICTURE, PICTURE]),
            Self::Half => post("fs_half", vec![LIGHT]),
            Self::Blur => post("fs_blur", vec![LIGHT]),
            Self::Bright => post("fs_bright", vec![LIGHT]),
            Self::Post(stage, effects) => {
                let (fragment, format) = match stage {
                    PostStage::Spread => ("fs_spread", LIGHT),
                    PostStage::Develop => ("fs_develop", PICTURE),
                    PostStage::Finish => ("fs_finish", PICTURE),
                };
                Recipe { constants: effects.constants(), ..post(fragment, vec![format]) }
            }
            Self::Pick => post("fs_pick", vec![AUX]),
        }
    }
}

/// A texture to draw into and read from.
pub(crate) fn target(
    device: &wgpu::Device,
    label: &str,
    format: wgpu::TextureFormat,
    size: (u32, u32),
    layers: u32,
    mips: u32,
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width: size.0.max(1), height: size.1.max(1), depth_or_array_layers: layers },
        mip_level_count: mips,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT
            | wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::COPY_SRC
            | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

pub(crate) fn view(texture: &wgpu::Texture) -> wgpu::TextureView {
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// An entry of a bind group.
pub(crate) fn bind(binding: u32, resource: wgpu::BindingResource<'_>) -> wgpu::BindGroupEntry<'_> {
    wgpu::BindGroupEntry { binding, resource }
}

impl Gpu {
    pub(crate) fn new(choice: &DeviceChoice) -> Result<Self, StageError> {
        let instance = device::instance();
        let adapter = device::choose(device::adapters(&instance), choice)?;
        let info = device::describe(&adapter.get_info());
        let (device, queue) = device::open(&adapter)?;
        let linear = wgpu::FilterMode::Linear;
        let edge_look = wgpu::SamplerDescriptor {
            mag_filter: linear,
            min_filter: linear,
            mipmap_filter: wgpu::MipmapFilterMode::Nearest,
            ..Default::default()
        };
        let edge = device.create_sampler(&edge_look);
        let repeat = device.create_sampler(&wgpu::SamplerDescriptor {
            address_mode_u: wgpu::AddressMode::Repeat,
            address_mode_v: wgpu::AddressMode::Repeat,
            ..edge_look.clone()
        });
        let compare = device.create_sampler(&wgpu::SamplerDescriptor {
            compare: Some(wgpu::CompareFunction::LessEqual),
            ..edge_look
        });
        let [soft, slopes] =
            noise_pictures().map(|pixels| upload_with_mips(&device, &queue, &pixels, NOISE_SIDE));

        let both = wgpu::ShaderStages::VERTEX_FRAGMENT;
        let entry = |binding, ty| wgpu::BindGroupLayoutEntry { binding, visibility: both, ty, count: None };
        let uniform = wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: false,
            min_binding_size: None,
        };
        let texture = |filterable| wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable },
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        };
        let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
        let depth = wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Depth,
            view_dimension: wgpu::TextureViewDimension::D2Array,
            multisampled: false,
        };
        let comparison = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Comparison);
        let layout = |label, entries: &[wgpu::BindGroupLayoutEntry]| {
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries })
        };
        let plain_entries =
            [entry(0, uniform), entry(3, texture(true)), entry(4, texture(true)), entry(5, sampler)];
        let plain = layout("frame", &plain_entries);
        let lit = layout(
            "frame with shadows",
            &[&plain_entries[..], &[entry(1, depth), entry(2, comparison)]].concat(),
        );
        let pictures =
            layout("pictures", &[entry(0, texture(true)), entry(1, texture(true)), entry(2, sampler)]);
        let post = layout(
            "post",
            &[
                entry(0, uniform),
                entry(1, texture(true)),
                entry(2, texture(false)),
                entry(3, sampler),
                entry(4, texture(true)),
                entry(5, texture(true)),
            ],
        );
        let pipes = BTreeMap::new();
        Ok(Self {
            device,
            queue,
            info,
            lit,
            plain,
            pictures,
            post,
            repeat,
            edge,
            compare,
            soft,
            slopes,
            pipes,
        })
    }

    /// Makes sure that pipelines exist; drawing then only looks them up.
    pub(crate) fn prepare(&mut self, pipes: impl IntoIterator<Item = Pipe>) {
        for pipe in pipes {
            if !self.pipes.contains_key(&pipe) {
                let made = self.make(pipe);
                self.pipes.insert(pipe, made);
            }
        }
    }

    /// A pipeline that was prepared.
    pub(crate) fn pipe(&self, pipe: Pipe) -> &wgpu::RenderPipeline {
        &self.pipes[&pipe]
    }

    fn make(&self, pipe: Pipe) -> wgpu::RenderPipeline {
        let recipe = pipe.recipe();
        let label = format!("{pipe:?}");
        let constants = recipe.constants.clone();
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(&label),
            source: wgpu::ShaderSource::Wgsl(recipe.source.into()),
        });
        let groups: Vec<Option<&wgpu::BindGroupLayout>> = match recipe.groups {
            Groups::Lit => vec![Some(&self.lit)],
            Groups::LitPictures => vec![Some(&self.lit), Some(&self.pictures)],
            Groups::Plain => vec![Some(&self.plain)],
            Groups::PlainPictures => vec![Some(&self.plain), Some(&self.pictures)],
            Groups::Post => vec![Some(&self.post)],
        };
        let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(&label),
            bind_group_layouts: &groups,
            immediate_size: 0,
        });
        let still = wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3, 2 => Float32x2, 3 => Unorm8x4, 4 => Unorm8x4];
        let placed = wgpu::vertex_attr_array![5 => Float32x4, 6 => Float32x4, 7 => Float32x4];
        let card = wgpu::vertex_attr_array![5 => Float32x4, 6 => Float32x4, 7 => Float32x4, 8 => Float32x4];
        let mote = wgpu::vertex_attr_array![5 => Float32x4, 6 => Float32x4];
        // The resting half of a body's vertex, the moving half, and what the performer adds.
        let rest = wgpu::vertex_attr_array![0 => Float32x3, 1 => Unorm8x4, 2 => Unorm8x4, 3 => Float32x2, 10 => Float32x2];
        let moving = wgpu::vertex_attr_array![4 => Float32x3, 5 => Float32x3, 6 => Float32x3];
        let performer =
            wgpu::vertex_attr_array![7 => Float32x4, 8 => Float32x4, 9 => Float32x4, 11 => Float32x2];
        let buffer = |stride, step_mode, attributes| {
            Some(wgpu::VertexBufferLayout { array_stride: stride, step_mode, attributes })
        };
        let (by_vertex, by_instance) = (wgpu::VertexStepMode::Vertex, wgpu::VertexStepMode::Instance);
        let buffers = match recipe.input {
            Input::None => vec![],
            Input::Still => vec![buffer(40, by_vertex, &still[..])],
            Input::Placed => vec![buffer(40, by_vertex, &still[..]), buffer(48, by_instance, &placed[..])],
            Input::Card => vec![buffer(64, by_instance, &card[..])],
            Input::Mote => vec![buffer(32, by_instance, &mote[..])],
            Input::Body => vec![
                buffer(36, by_vertex, &rest[..]),
                buffer(36, by_vertex, &moving[..]),
                buffer(56, by_instance, &performer[..]),
            ],
        };
        let targets: Vec<Option<wgpu::ColorTargetState>> = recipe
            .targets
            .iter()
            .map(|&format| {
                Some(wgpu::ColorTargetState {
                    format,
                    // Depth and owner are those of what lies in front, never a mixture.
                    blend: (recipe.blend && format == LIGHT).then_some(wgpu::BlendState::ALPHA_BLENDING),
                    write_mask: wgpu::ColorWrites::ALL,
                })
            })
            .collect();
        self.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(&label),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some(recipe.vertex),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &buffers,
            },
            primitive: wgpu::PrimitiveState {
                topology: if recipe.strip {
                    wgpu::PrimitiveTopology::TriangleStrip
                } else {
                    wgpu::PrimitiveTopology::TriangleList
                },
                cull_mode: recipe.cull.then_some(wgpu::Face::Back),
                ..Default::default()
            },
            depth_stencil: recipe.depth.map(|writes| wgpu::DepthStencilState {
                format: DEPTH,
                depth_write_enabled: Some(writes),
                depth_compare: Some(wgpu::CompareFunction::LessEqual),
                stencil: wgpu::StencilState::default(),
                bias: wgpu::DepthBiasState {
                    constant: if recipe.bias { 2 } else { 0 },
                    slope_scale: if recipe.bias { 1.5 } else { 0.0 },
                    clamp: 0.0,
                },
            }),
            multisample: wgpu::MultisampleState::default(),
            fragment: recipe.fragment.map(|entry_point| wgpu::FragmentState {
                module: &module,
                entry_point: Some(entry_point),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &constants,
                    ..Default::default()
                },
                targets: &targets,
            }),
            multiview_mask: None,
            cache: None,
        })
    }

    /// A bind group of pictures for the passes that read some.
    pub(crate) fn picture_group(
        &self,
        first: &wgpu::TextureView,
        second: &wgpu::TextureView,
    ) -> wgpu::BindGroup {
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("pictures"),
            layout: &self.pictures,
            entries: &[
                bind(0, wgpu::BindingResource::TextureView(first)),
                bind(1, wgpu::BindingResource::TextureView(second)),
                bind(2, wgpu::BindingResource::Sampler(&self.edge)),
            ],
        })
    }

    /// The frame's bind group, with the shadow maps where the pass reads them.
    pub(crate) fn frame_group(
        &self,
        uniform: &wgpu::Buffer,
        shadows: Option<&wgpu::TextureView>,
    ) -> wgpu::BindGroup {
        let mut entries = vec![
            bind(0, uniform.as_entire_binding()),
            bind(3, wgpu::BindingResource::TextureView(&self.soft)),
            bind(4, wgpu::BindingResource::TextureView(&self.slopes)),
            bind(5, wgpu::BindingResource::Sampler(&self.repeat)),
        ];
        if let Some(shadows) = shadows {
            entries.push(bind(1, wgpu::BindingResource::TextureView(shadows)));
            entries.push(bind(2, wgpu::BindingResource::Sampler(&self.compare)));
        }
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("frame"),
            layout: if shadows.is_some() { &self.lit } else { &self.plain },
            entries: &entries,
        })
    }

    pub(crate) fn uniform<T: bytemuck::Pod>(&self, label: &str) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: size_of::<T>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    pub(crate) fn filled(&self, label: &str, bytes: &[u8], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        // An empty mesh still needs something to bind.
        let contents = if bytes.is_empty() { &[0u8; 64][..] } else { bytes };
        self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some(label),
            contents,
            usage,
        })
    }
}

/// A picture and its smaller versions, each a mean of four texels.
fn upload_with_mips(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    pixels: &[u8],
    side: u32,
) -> wgpu::TextureView {
    let levels = 32 - side.leading_zeros();
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("noise"),
        size: wgpu::Extent3d { width: side, height: side, depth_or_array_layers: 1 },
        mip_level_count: levels,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let (mut level, mut side) = (pixels.to_vec(), side);
    for mip_level in 0..levels {
        queue.write_texture(
            wgpu::TexelCopyTextureInfo {
                texture: &texture,
                mip_level,
                origin: wgpu::Origin3d::ZERO,
                aspect: wgpu::TextureAspect::All,
            },
            &level,
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(side * 4), rows_per_image: None },
            wgpu::Extent3d { width: side, height: side, depth_or_array_layers: 1 },
        );
        let half = (side / 2).max(1);
        let mut next = vec![0u8; (half * half * 4) as usize];
        for y in 0..half {
            for x in 0..half {
                for c in 0..4 {
                    let at = |dx: u32, dy: u32| {
                        let (i, j) = ((x * 2 + dx).min(side - 1), (y * 2 + dy).min(side - 1));
                        u32::from(level[((j * side + i) * 4 + c) as usize])
                    };
                    next[((y * half + x) * 4 + c) as usize] =
                        ((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8;
                }
            }
        }
        level = next;
        side = half;
    }
    view(&texture)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pipeline's shader, checked by the compiler that the device uses, without a device.
    #[test]
    fn every_shader_is_valid() {
        let bodies = [
            BodyPipe::Hide,
            BodyPipe::Fur,
            BodyPipe::Shell,
            BodyPipe::Hard,
            BodyPipe::Hair,
            BodyPipe::Skin,
            BodyPipe::Cloth,
        ];
        let others = [
            Pipe::Ground(true),
            Pipe::Solid,
            Pipe::Cut,
            Pipe::Built(13, true),
            Pipe::Impostor,
            Pipe::Water,
            Pipe::Sky,
            Pipe::Rain,
            Pipe::Drift,
            Pipe::ShadowSolid,
            Pipe::ShadowCut,
            Pipe::ShadowImpostor,
            Pipe::ShadowBody,
            Pipe::BakeSolid,
            Pipe::Paint,
        ];
        let post = [PostStage::Spread, PostStage::Develop, PostStage::Finish]
            .map(|stage| Pipe::Post(stage, Effects::of(|_| true)));
        for pipe in others.into_iter().chain(bodies.map(Pipe::Body)).chain(post) {
            let recipe = pipe.recipe();
            let module = wgpu::naga::front::wgsl::parse_str(&recipe.source)
                .unwrap_or_else(|e| panic!("{pipe:?}: {}", e.emit_to_string(&recipe.source)));
            wgpu::naga::valid::Validator::new(
                wgpu::naga::valid::ValidationFlags::all(),
                wgpu::naga::valid::Capabilities::default(),
            )
            .validate(&module)
            .unwrap_or_else(|e| panic!("{pipe:?}: {}", e.emit_to_string(&recipe.source)));
            let names: Vec<_> = module.entry_points.iter().map(|e| e.name.as_str()).collect();
            assert!(names.contains(&recipe.vertex), "{pipe:?}: {}", recipe.vertex);
            assert!(recipe.fragment.is_none_or(|f| names.contains(&f)), "{pipe:?}: {:?}", recipe.fragment);
            for (name, _) in recipe.constants {
                assert!(module.overrides.iter().any(|(_, o)| o.name.as_deref() == Some(name)), "{name}");
            }
        }
    }
}
