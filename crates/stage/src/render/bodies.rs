//! The cast on the device: resting meshes uploaded once, moved on the processor once a frame for all passes.

use super::draw::Frustum;
use super::gpu::{BodyPipe, Gpu};
use crate::cast::{BodyMesh, Marking, Part, SkinnedVertex, Surface};
use crate::scene::Scene;
use crate::world::fbm;
use glam::{Mat4, Vec2, Vec3};
use std::ops::Range;
use std::sync::Arc;

struct Uploaded {
    mesh: Arc<BodyMesh>,
    vertices: wgpu::Buffer,
    indices: wgpu::Buffer,
}

/// What a performer, part and shell add to each vertex; the layout is `BIn` in `body.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
struct Dress {
    tint: [f32; 4],
    finish: [f32; 4],
    marks: [f32; 4],
    /// How much of it is gone, 0..1, in how many patches a metre.
    gone: [f32; 2],
}

/// One part of one performer, in one way of drawing.
struct BodyDraw {
    pipe: BodyPipe,
    mesh: usize,
    moved: u64,
    indices: Range<u32>,
    dresses: Range<u32>,
}

/// A performer as its own shadow sees it: all parts at once.
struct Caster {
    mesh: usize,
    moved: u64,
    dress: u32,
}

/// Everyone in one frame.
#[derive(Default)]
pub(crate) struct Bodies {
    meshes: Vec<Uploaded>,
    moved: Vec<SkinnedVertex>,
    one: Vec<SkinnedVertex>,
    dresses: Vec<Dress>,
    draws: Vec<BodyDraw>,
    casters: Vec<Caster>,
    moved_buffer: Option<wgpu::Buffer>,
    dress_buffer: Option<wgpu::Buffer>,
}

/// How finely fur is drawn.
#[derive(Clone, Copy)]
pub(crate) struct FurDetail {
    pub most_shells: u32,
    /// Pixels that a metre covers at a distance of a metre.
    pub pixels: f32,
}

const MOST_MESHES: usize = 24;

/// In how many patches over its length a body goes that turns into another.
const PATCHES: f32 = 22.0;

impl Bodies {
    fn mesh(&mut self, gpu: &Gpu, mesh: &Arc<BodyMesh>) -> usize {
        if let Some(at) = self.meshes.iter().position(|m| Arc::ptr_eq(&m.mesh, mesh)) {
            return at;
        }
        let vertices = gpu.filled("body", bytemuck::cast_slice(&rest(mesh)), wgpu::BufferUsages::VERTEX);
        let indices = gpu.filled("body", bytemuck::cast_slice(&mesh.indices), wgpu::BufferUsages::INDEX);
        self.meshes.push(Uploaded { mesh: mesh.clone(), vertices, indices });
        self.meshes.len() - 1
    }

    /// Forgets meshes of earlier shots when there are many; call between shots.
    pub(crate) fn tidy(&mut self) {
        if self.meshes.len() > MOST_MESHES {
            self.meshes.clear();
        }
    }

    /// Poses everyone who is seen or throws a shadow, and plans their drawing.
    pub(crate) fn pose(
        &mut self,
        gpu: &Gpu,
        scene: &Scene,
        time: f64,
        views: [Mat4; 2],
        eye: Vec3,
        detail: FurDetail,
    ) {
        self.moved.clear();
        self.dresses.clear();
        self.draws.clear();
        self.casters.clear();
        let frusta = views.map(Frustum::of);
        let state = scene.state(time);
        for (i, performer) in scene.ensemble().performers().iter().enumerate() {
            let shown = scene.ensemble().shown(i, time);
            if shown <= 0.0 {
                continue;
            }
            let (low, high) = state.bounds[i];
            let (centre, radius) = ((low + high) * 0.5, (high - low).length() * 0.5 + 0.5);
            let seen = frusta[0].sees(centre, radius);
            if !seen && !frusta[1].sees(centre, radius) {
                continue;
            }
            let mesh = self.mesh(gpu, performer.mesh());
            let pose = scene.pose_of(i, time);
            let mut one = std::mem::take(&mut self.one);
            performer.mesh().skin(&pose, &mut one);
            let moved = (self.moved.len() * size_of::<SkinnedVertex>()) as u64;
            self.moved.extend_from_slice(&one);
            self.one = one;
            let tint = performer.tint();
            let tint = [tint.x, tint.y, tint.z, f32::from(performer.mask())];
            let gone = [1.0 - shown, PATCHES / performer.mesh().bounds().size().max_element().max(0.01)];
            if shown > 0.5 {
                self.casters.push(Caster { mesh, moved, dress: self.dresses.len() as u32 });
                self.dresses.push(Dress { tint, finish: [0.0; 4], marks: [0.0; 4], gone });
            }
            if !seen {
                continue;
            }
            let pixels = detail.pixels / (centre.distance(eye) - radius * 0.6).max(0.4);
            for part in &performer.mesh().parts {
                self.part(part, mesh, moved, (tint, gone), pixels, detail.most_shells);
            }
        }
        self.draws.sort_by_key(|d| d.pipe);
        let vertex = wgpu::BufferUsages::VERTEX;
        upload(gpu, &mut self.moved_buffer, "moved", bytemuck::cast_slice(&self.moved), vertex);
        upload(gpu, &mut self.dress_buffer, "dresses", bytemuck::cast_slice(&self.dresses), vertex);
    }

    fn part(
        &mut self,
        part: &Part,
        mesh: usize,
        moved: u64,
        (tint, gone): ([f32; 4], [f32; 2]),
        pixels: f32,
        most_shells: u32,
    ) {
        let f = &part.finish;
        let marking = match f.marking {
            Marking::None => 0.0,
            Marking::Stripes => 1.0,
            Marking::Cells => 2.0,
            Marking::Patches => 3.0,
            Marking::Spots => 4.0,
        };
        // Strands thinner than a pixel only flicker: far away there are fewer and thicker ones.
        let mut strands = f.strands_per_m;
        while strands > 8.0 && pixels / strands < 1.25 {
            strands *= 0.5;
        }
        let is_thing = matches!(part.surface, Surface::Solid | Surface::Glass);
        let dress = |shell: f32| Dress {
            tint,
            finish: if is_thing {
                [f.gloss, f.metal, f.grain, f.glow]
            } else {
                [f.gloss, f.wrinkle, f.fur_length_m, strands]
            },
            marks: [marking, if is_thing { f.night } else { f.marking_per_m }, f.heights_per_m, shell],
            gone,
        };
        let pipe = match part.surface {
            Surface::Hide => BodyPipe::Hide,
            Surface::Fur => BodyPipe::Fur,
            Surface::Feather | Surface::Hair => BodyPipe::Hair,
            Surface::Horn | Surface::Eye | Surface::Leather => BodyPipe::Hard,
            Surface::Skin => BodyPipe::Skin,
            Surface::Cloth => BodyPipe::Cloth,
            Surface::Solid => BodyPipe::Solid,
            Surface::Glass => BodyPipe::Glass,
        };
        let first = self.dresses.len() as u32;
        self.dresses.push(dress(0.0));
        let indices = part.indices.clone();
        self.draws.push(BodyDraw { pipe, mesh, moved, indices: indices.clone(), dresses: first..first + 1 });
        let long = f.fur_length_m * pixels;
        if part.surface == Surface::Fur && long > 1.0 {
            let shells = ((long * 0.36) as u32).clamp(3, most_shells.max(3));
            let first = self.dresses.len() as u32;
            // The outermost first: what it covers need not be drawn.
            for k in (1..=shells).rev() {
                self.dresses.push(dress(k as f32 / shells as f32));
            }
            let dresses = first..first + shells;
            self.draws.push(BodyDraw { pipe: BodyPipe::Shell, mesh, moved, indices, dresses });
        }
    }

    /// Which ways of drawing a shot's cast needs.
    pub(crate) fn pipes(scene: &Scene) -> Vec<BodyPipe> {
        let mut pipes = Vec::new();
        for performer in scene.ensemble().performers() {
            for part in &performer.mesh().parts {
                let mut add = |p: BodyPipe| {
                    if !pipes.contains(&p) {
                        pipes.push(p);
                    }
                };
                match part.surface {
                    Surface::Hide => add(BodyPipe::Hide),
                    Surface::Fur => {
                        add(BodyPipe::Fur);
                        add(BodyPipe::Shell);
                    }
                    Surface::Feather | Surface::Hair => add(BodyPipe::Hair),
                    Surface::Horn | Surface::Eye | Surface::Leather => add(BodyPipe::Hard),
                    Surface::Skin => add(BodyPipe::Skin),
                    Surface::Cloth => add(BodyPipe::Cloth),
                    Surface::Solid => add(BodyPipe::Solid),
                    Surface::Glass => add(BodyPipe::Glass),
                }
            }
        }
        pipes
    }

    /// Draws everyone who is seen, without what one sees through.
    pub(crate) fn draw(&self, gpu: &Gpu, pass: &mut wgpu::RenderPass<'_>) {
        self.draw_those(gpu, pass, |pipe| pipe != BodyPipe::Glass);
    }

    /// Whether there is anything that one sees through.
    pub(crate) fn has_glass(&self) -> bool {
        self.draws.iter().any(|draw| draw.pipe == BodyPipe::Glass)
    }

    /// Draws what one sees through, over everything else.
    pub(crate) fn draw_glass(&self, gpu: &Gpu, pass: &mut wgpu::RenderPass<'_>) {
        self.draw_those(gpu, pass, |pipe| pipe == BodyPipe::Glass);
    }

    fn draw_those(&self, gpu: &Gpu, pass: &mut wgpu::RenderPass<'_>, which: impl Fn(BodyPipe) -> bool) {
        let (Some(moved), Some(dresses)) = (&self.moved_buffer, &self.dress_buffer) else { return };
        let mut bound = None;
        for draw in self.draws.iter().filter(|draw| which(draw.pipe)) {
            if bound != Some(draw.pipe) {
                pass.set_pipeline(gpu.pipe(super::gpu::Pipe::Body(draw.pipe)));
                bound = Some(draw.pipe);
            }
            let mesh = &self.meshes[draw.mesh];
            pass.set_vertex_buffer(0, mesh.vertices.slice(..));
            pass.set_vertex_buffer(1, moved.slice(draw.moved..));
            pass.set_vertex_buffer(2, dresses.slice(..));
            pass.set_index_buffer(mesh.indices.slice(..), wgpu::IndexFormat::Uint32);
            pass.draw_indexed(draw.indices.clone(), 0, draw.dresses.clone());
        }
    }

    /// Whether anyone throws a shadow.
    pub(crate) fn cast_shadows(&self) -> bool {
        !self.casters.is_empty()
    }

    /// Draws the shadows of everyone, with the pipeline for them.
    pub(crate) fn draw_shadows(&self, gpu: &Gpu, pass: &mut wgpu::RenderPass<'_>) {
        let (Some(moved), Some(dresses)) = (&self.moved_buffer, &self.dress_buffer) else { return };
        pass.set_pipeline(gpu.pipe(super::gpu::Pipe::ShadowBody));
        for caster in &self.casters {
            let mesh = &self.meshes[caster.mesh];
            pass.set_vertex_buffer(0, mesh.vertices.slice(..));
            pass.set_vertex_buffer(1, moved.slice(caster.moved..));
            pass.set_vertex_buffer(2, dresses.slice(..));
            pass.set_index_buffer(mesh.indices.slice(..), wgpu::IndexFormat::Uint32);
            pass.draw_indexed(0..mesh.mesh.indices.len() as u32, 0, caster.dress..caster.dress + 1);
        }
    }
}

/// The resting half of a vertex on the device: 36 bytes, as the pipelines for bodies read it.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Rest {
    position: [f32; 3],
    colour: [u8; 4],
    marking: [u8; 4],
    pattern: [f32; 2],
    /// How full a lock of hair is here, and how much snow catches: wide enough to be told by vertex.
    lock: [f32; 2],
}

fn rest(mesh: &BodyMesh) -> Vec<Rest> {
    mesh.vertices
        .iter()
        .map(|v| {
            let [x, y, z] = v.position;
            let lumps = |f: f32, seed| {
                let a = fbm(Vec2::new(x + z * 0.6, y) * f, seed, 3, 0.55, 0);
                let b = fbm(Vec2::new(z, y + x * 0.5) * f, seed + 9, 3, 0.55, 0);
                (0.5 + 0.55 * (a + b)).clamp(0.0, 1.0)
            };
            let lock = [lumps(4.2, 21), lumps(5.0, 33)];
            Rest { position: v.position, colour: v.colour, marking: v.marking, pattern: v.pattern, lock }
        })
        .collect()
}

/// Writes bytes into a buffer, which grows as needed.
pub(crate) fn upload(
    gpu: &Gpu,
    buffer: &mut Option<wgpu::Buffer>,
    label: &str,
    bytes: &[u8],
    usage: wgpu::BufferUsages,
) {
    let needed = bytes.len().max(64) as u64;
    if buffer.as_ref().is_none_or(|b| b.size() < needed) {
        *buffer = Some(gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: needed.next_power_of_two(),
            usage: usage | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        }));
    }
    if let (Some(buffer), false) = (buffer.as_ref(), bytes.is_empty()) {
        gpu.queue.write_buffer(buffer, 0, bytes);
    }
}
