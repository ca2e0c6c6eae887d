//! A site on the device: its meshes in one pair of buffers, and pictures of its plants for far away.

use super::gpu::{DEPTH, Gpu, PICTURE, Pipe, bind, target, view};
use crate::world::{Instance, Mesh, Site, Vertex};
use glam::Vec3;
use std::ops::Range;

/// Views of a plant around its axis; the shader knows the same number.
const SIDES: u32 = 6;
const TILE: (u32, u32) = (96, 192);
const LEVELS: u32 = 4;

/// A mesh in the site's buffers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub first: u32,
    pub count: u32,
    pub base: i32,
}

impl Span {
    pub(crate) fn range(self) -> Range<u32> {
        self.first..self.first + self.count
    }
}

/// The meshes of a kind: solid and cut.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KindSpans {
    pub near: (Span, Span),
    pub middle: Option<(Span, Span)>,
    /// Row of the picture, when it has one.
    pub row: Option<u32>,
}

/// A plant far away, as a standing picture.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct Card {
    pub instance: Instance,
    /// Radius, lowest point, height, top of the row.
    pub tile: [f32; 4],
}

pub(crate) struct SiteGpu {
    pub vertices: wgpu::Buffer,
    pub indices: wgpu::Buffer,
    pub kinds: Vec<KindSpans>,
    /// What is built: surface, triangles; then all of it.
    pub built: Vec<(u8, Span)>,
    pub all_built: Span,
    pub ground_vertices: wgpu::Buffer,
    pub ground_indices: wgpu::Buffer,
    pub water: Option<(wgpu::Buffer, wgpu::Buffer)>,
    /// Pictures of far plants.
    pub cards: Option<wgpu::BindGroup>,
    pub rows: u32,
}

#[derive(Default)]
struct Pool {
    vertices: Vec<Vertex>,
    indices: Vec<u32>,
}

impl Pool {
    fn add(&mut self, mesh: &Mesh) -> Span {
        let span = Span {
            first: self.indices.len() as u32,
            count: mesh.indices.len() as u32,
            base: i32::try_from(self.vertices.len()).unwrap_or(i32::MAX),
        };
        self.vertices.extend_from_slice(&mesh.vertices);
        self.indices.extend_from_slice(&mesh.indices);
        span
    }
}

impl SiteGpu {
    /// Uploads a site. `frame` is any frame's bind group without shadows: baking needs its noise.
    pub(crate) fn new(gpu: &mut Gpu, site: &Site, frame: &wgpu::BindGroup) -> Self {
        let mut pool = Pool::default();
        let mut rows = 0;
        let kinds: Vec<KindSpans> = site
            .stands
            .iter()
            .map(|stand| {
                let kind = &stand.kind;
                let near = (pool.add(&kind.near.0), pool.add(&kind.near.1));
                let middle = kind.middle.as_ref().map(|m| (pool.add(&m.0), pool.add(&m.1)));
                let row = kind.impostor.then(|| {
                    rows += 1;
                    rows - 1
                });
                KindSpans { near, middle, row }
            })
            .collect();
        let all_built = pool.add(&site.built);
        // A pipeline each: a software device runs every branch of a shader for every pixel.
        let built = site
            .built
            .by_surface()
            .into_iter()
            .map(|(surface, indices)| {
                let first = pool.indices.len() as u32;
                pool.indices.extend_from_slice(&indices);
                (surface, Span { first, count: indices.len() as u32, base: all_built.base })
            })
            .collect();
        let (vertex, index) = (wgpu::BufferUsages::VERTEX, wgpu::BufferUsages::INDEX);
        let vertices = gpu.filled("site vertices", bytemuck::cast_slice(&pool.vertices), vertex);
        let indices = gpu.filled("site indices", bytemuck::cast_slice(&pool.indices), index);
        let ground_vertices = gpu.filled("ground", bytemuck::cast_slice(&site.ground.vertices), vertex);
        let ground_indices = gpu.filled("ground", bytemuck::cast_slice(&site.ground.indices), index);
        let water = site.water.as_ref().map(|(_, mesh)| {
            (
                gpu.filled("water", bytemuck::cast_slice(&mesh.vertices), vertex),
                gpu.filled("water", bytemuck::cast_slice(&mesh.indices), index),
            )
        });
        let mut made = Self {
            vertices,
            indices,
            kinds,
            built,
            all_built,
            ground_vertices,
            ground_indices,
            water,
            cards: None,
            rows,
        };
        if rows > 0 {
            made.cards = Some(made.bake(gpu, site, frame));
        }
        made
    }

    /// The instance data of a far plant of a kind.
    pub(crate) fn card(&self, kind: usize, site: &Site, instance: Instance) -> Card {
        let (radius, low, high) = site.stands[kind].kind.extent;
        let row = self.kinds[kind].row.unwrap_or(0) as f32;
        let rows = 1.0 / self.rows.max(1) as f32;
        Card { instance: Instance { tall: rows, ..instance }, tile: [radius, low, high - low, row * rows] }
    }

    /// Paints every kind from all sides.
    fn bake(&self, gpu: &mut Gpu, site: &Site, frame: &wgpu::BindGroup) -> wgpu::BindGroup {
        gpu.prepare([Pipe::BakeSolid, Pipe::BakeCut, Pipe::Halve]);
        let size = (TILE.0 * SIDES, TILE.1 * self.rows);
        let make = |label| target(&gpu.device, label, PICTURE, size, 1, LEVELS);
        let (colours, normals) = (make("plants from all sides"), make("plants' normals"));
        let depth = view(&target(&gpu.device, "baking depth", DEPTH, size, 1, 1));
        let level = |texture: &wgpu::Texture, base_mip_level| {
            texture.create_view(&wgpu::TextureViewDescriptor {
                base_mip_level,
                mip_level_count: Some(1),
                ..Default::default()
            })
        };
        let mut places = Vec::new();
        for (stand, spans) in site.stands.iter().zip(&self.kinds) {
            if spans.row.is_none() {
                continue;
            }
            let (radius, low, high) = stand.kind.extent;
            let snow = stand.instances.first().map_or(0.0, |i| i.snow);
            for side in 0..SIDES {
                places.push(Instance {
                    position: [0.0, low, 0.0],
                    scale: radius,
                    tint: Vec3::ONE.to_array(),
                    yaw: std::f32::consts::TAU * side as f32 / SIDES as f32,
                    phase: 0.3,
                    snow,
                    shown: 1.0,
                    tall: high - low,
                });
            }
        }
        let places = gpu.filled("baking", bytemuck::cast_slice(&places), wgpu::BufferUsages::VERTEX);
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let (c, n) = (level(&colours, 0), level(&normals, 0));
            let clear = |v| wgpu::Operations { load: wgpu::LoadOp::Clear(v), store: wgpu::StoreOp::Store };
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("plants from all sides"),
                color_attachments: &[&c, &n].map(|view| {
                    Some(wgpu::RenderPassColorAttachment {
                        view,
                        depth_slice: None,
                        resolve_target: None,
                        ops: clear(wgpu::Color::TRANSPARENT),
                    })
                }),
                depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                    view: &depth,
                    depth_ops: Some(wgpu::Operations {
                        load: wgpu::LoadOp::Clear(1.0),
                        store: wgpu::StoreOp::Discard,
                    }),
                    stencil_ops: None,
                }),
                ..Default::default()
            });
            pass.set_bind_group(0, frame, &[]);
            pass.set_vertex_buffer(0, self.vertices.slice(..));
            pass.set_vertex_buffer(1, places.slice(..));
            pass.set_index_buffer(self.indices.slice(..), wgpu::IndexFormat::Uint32);
            for pipe in [Pipe::BakeSolid, Pipe::BakeCut] {
                pass.set_pipeline(gpu.pipe(pipe));
                for spans in &self.kinds {
                    let Some(row) = spans.row else { continue };
                    let span = if pipe == Pipe::BakeSolid { spans.near.0 } else { spans.near.1 };
                    for side in 0..SIDES {
                        let (w, h) = (TILE.0 as f32, TILE.1 as f32);
                        pass.set_viewport(side as f32 * w, row as f32 * h, w, h, 0.0, 1.0);
                        let place = row * SIDES + side;
                        pass.draw_indexed(span.range(), span.base, place..place + 1);
                    }
                }
            }
        }
        let nothing = gpu.uniform::<[f32; 64]>("none");
        for mip in 1..LEVELS {
            let (from, from_normals) = (level(&colours, mip - 1), level(&normals, mip - 1));
            let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("halve"),
                layout: &gpu.post,
                entries: &[
                    bind(0, nothing.as_entire_binding()),
                    bind(1, wgpu::BindingResource::TextureView(&from)),
                    bind(2, wgpu::BindingResource::TextureView(&from_normals)),
                    bind(3, wgpu::BindingResource::Sampler(&gpu.edge)),
                    bind(4, wgpu::BindingResource::TextureView(&from)),
                    bind(5, wgpu::BindingResource::TextureView(&from)),
                ],
            });
            let (c, n) = (level(&colours, mip), level(&normals, mip));
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("halve"),
                color_attachments: &[&c, &n].map(|view| {
                    Some(wgpu::RenderPassColorAttachment {
                        view,
                        depth_slice: None,
                        resolve_target: None,
                        ops: wgpu::Operations {
                            load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                            store: wgpu::StoreOp::Store,
                        },
                    })
                }),
                ..Default::default()
            });
            pass.set_pipeline(gpu.pipe(Pipe::Halve));
            pass.set_bind_group(0, &group, &[]);
            pass.draw(0..3, 0..1);
        }
        gpu.queue.submit([encoder.finish()]);
        gpu.picture_group(&view(&colours), &view(&normals))
    }
}
