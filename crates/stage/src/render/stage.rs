//! The stage: a device that turns shot orders into frames.

use super::bodies::{Bodies, FurDetail, upload};
use super::device::{self, DeviceChoice, DeviceInfo, StageError};
use super::draw::{Instances, List, Viewer, gather, gather_shadow};
use super::gpu::{DEPTH, Gpu, LIGHT, Pipe, SHADOW_SIDE, target, view};
use super::picture::Picture;
use super::site::SiteGpu;
use super::uniforms::{Cascade, Effect, FrameInput, FrameUniform, PostStage, roomier, sky_window};
use crate::cast::Cast;
use crate::look::{self, StyleRow};
use crate::scene::Scene;
use crate::world::{Moment, Site, site_key};
use film::{ControlSource, Frame, FrameSink, Progress, Quality, RenderError, ShotOrder, ShotRenderer, Watch};
use glam::{Vec3, Vec4};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Places kept ready.
const MOST_SITES: usize = 3;
/// Shots that are kept ready: their people and their painted sky.
const MOST_SHOTS: usize = 3;

/// How long a pass took, measured by waiting for it alone.
#[derive(Debug, Clone, PartialEq)]
pub struct PassTime {
    /// The pass.
    pub name: &'static str,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// What a quality asks of the passes.
#[derive(Clone, Copy)]
struct Effort {
    /// Pixels rendered along each side of a pixel of the result.
    scale: u32,
    /// Pixels of the result along each side of a pixel of the blur.
    effects: u32,
    most_shells: u32,
    /// Heights in pixels below which plants are drawn more simply.
    thresholds: [f32; 2],
    cover: f32,
    sky: (u32, u32),
    particles: u32,
}

impl Effort {
    fn of(quality: Quality) -> Self {
        match quality {
            Quality::Draft => Self {
                scale: 1,
                effects: 3,
                most_shells: 8,
                thresholds: [520.0, 190.0],
                cover: 0.6,
                sky: (640, 320),
                particles: 1400,
            },
            Quality::Standard => Self {
                scale: 1,
                effects: 2,
                most_shells: 14,
                thresholds: [340.0, 140.0],
                cover: 1.0,
                sky: (1280, 640),
                particles: 2600,
            },
            Quality::Best => Self {
                scale: 2,
                effects: 2,
                most_shells: 24,
                thresholds: [300.0, 110.0],
                cover: 1.3,
                sky: (2048, 1024),
                particles: 3600,
            },
        }
    }
}

/// Uniforms and bind groups of one point of view.
struct Eye {
    uniform: wgpu::Buffer,
    /// With shadows; none for the light's own views.
    lit: wgpu::BindGroup,
    plain: wgpu::BindGroup,
}

struct ReadySite {
    key: String,
    /// Tells it from every other site of this stage.
    serial: u64,
    site: Arc<Site>,
    gpu: SiteGpu,
}

/// The 3D renderer. It owns a graphics device, hardware or software.
pub struct Stage {
    gpu: Gpu,
    cast: Cast,
    main: Eye,
    mirror: Eye,
    lights: [Eye; 2],
    shadows: wgpu::Texture,
    shadow_layers: [wgpu::TextureView; 2],
    /// Shadows of still things alone, and what they were drawn for: site and cascade.
    still: wgpu::Texture,
    still_layers: [wgpu::TextureView; 2],
    still_of: [Option<(u64, Cascade)>; 2],
    serial: u64,
    sites: Vec<ReadySite>,
    /// The shots that were drawn last, the newest at the end.
    shots: Vec<Arc<Shot>>,
    picture: Option<Picture>,
    instances: Instances,
    placed: Option<wgpu::Buffer>,
    cards: Option<wgpu::Buffer>,
    motes: Option<wgpu::Buffer>,
    bodies: Bodies,
    times: Option<Vec<PassTime>>,
}

/// What is the same in all frames of a shot.
struct Shot {
    scene: Scene,
    style: StyleRow,
    effort: Effort,
    window: Vec4,
    /// The sky at its beginning, or each part of its way from one painting to the next.
    sky: Vec<wgpu::BindGroup>,
}

impl Stage {
    /// Opens a device.
    ///
    /// # Errors
    /// [`StageError::NoDevice`] where there is none, with a hint what to install; [`StageError::NoSuchDevice`] where the
    /// choice names none; [`StageError::Start`] where it fails to start.
    pub fn new(choice: &DeviceChoice) -> Result<Self, StageError> {
        let gpu = Gpu::new(choice)?;
        let cast = Cast::load().map_err(|e| StageError::Table(e.to_string()))?;
        let maps = |label| target(&gpu.device, label, DEPTH, (SHADOW_SIDE, SHADOW_SIDE), 2, 1);
        let layers = |texture: &wgpu::Texture| {
            [0, 1].map(|base_array_layer| {
                texture.create_view(&wgpu::TextureViewDescriptor {
                    base_array_layer,
                    array_layer_count: Some(1),
                    dimension: Some(wgpu::TextureViewDimension::D2),
                    ..Default::default()
                })
            })
        };
        let (shadows, still) = (maps("shadows"), maps("shadows of still things"));
        let (shadow_layers, still_layers) = (layers(&shadows), layers(&still));
        let both = shadows.create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(wgpu::TextureViewDimension::D2Array),
            ..Default::default()
        });
        let eye = |label| {
            let uniform = gpu.uniform::<FrameUniform>(label);
            let lit = gpu.frame_group(&uniform, Some(&both));
            let plain = gpu.frame_group(&uniform, None);
            Eye { uniform, lit, plain }
        };
        let (main, mirror) = (eye("eye"), eye("mirror"));
        let lights = [eye("near shadow"), eye("far shadow")];
        Ok(Self {
            gpu,
            cast,
            main,
            mirror,
            lights,
            shadows,
            shadow_layers,
            still,
            still_layers,
            still_of: [None, None],
            serial: 0,
            sites: Vec::new(),
            shots: Vec::new(),
            picture: None,
            instances: Instances::default(),
            placed: None,
            cards: None,
            motes: None,
            bodies: Bodies::default(),
            times: None,
        })
    }

    /// Every device that could be chosen, best first; empty where there is none.
    pub fn devices() -> Vec<DeviceInfo> {
        let instance = device::instance();
        device::adapters(&instance).iter().map(|a| device::describe(&a.get_info())).collect()
    }

    /// The device in use.
    pub fn device(&self) -> &DeviceInfo {
        &self.gpu.info
    }

    /// Names the folder that has the user's own models; see [`Cast::take_in`].
    pub fn imports_from(&mut self, folder: &Path) {
        self.cast.imports_from(folder);
    }

    /// One frame of a shot, with depth and mask.
    ///
    /// # Errors
    /// [`RenderError::Device`] when the device fails, [`RenderError::Unsupported`] when the order cannot be drawn.
    pub fn frame(&mut self, order: &ShotOrder, index: u32) -> Result<Frame, RenderError> {
        let shot = self.ready(order)?;
        let submission = self.draw(&shot, index, 0);
        self.take(submission, 0, index)
    }

    /// Draws one frame pass by pass, waiting for each, and says how long each took. The first report of a shot holds what
    /// is done once: preparing the place, its pictures, the sky.
    ///
    /// # Errors
    /// As [`Stage::frame`].
    pub fn bench(&mut self, order: &ShotOrder, index: u32) -> Result<Vec<PassTime>, RenderError> {
        self.times = Some(Vec::new());
        let start = Instant::now();
        let result = self.ready(order).and_then(|shot| {
            // The sky is painted on the device: its time belongs to the preparation.
            let painted =
                self.gpu.device.poll(wgpu::PollType::Wait { submission_index: None, timeout: None });
            painted.map_err(|e| RenderError::Device { message: e.to_string() })?;
            self.note("prepare", start);
            let submission = self.draw(&shot, index, 0);
            let start = Instant::now();
            let frame = self.take(submission, 0, index);
            self.note("read back", start);
            frame
        });
        let times = self.times.take().unwrap_or_default();
        result.map(|_| times)
    }

    fn note(&mut self, name: &'static str, start: Instant) {
        if let Some(times) = &mut self.times {
            times.push(PassTime { name, seconds: start.elapsed().as_secs_f64() });
        }
    }

    /// Prepares a shot: its place, its pipelines, its sky.
    fn ready(&mut self, order: &ShotOrder) -> Result<Arc<Shot>, RenderError> {
        let key = site_key(order);
        let found = self.sites.iter().position(|s| s.key == key);
        let at = if let Some(at) = found {
            at
        } else {
            let site = Site::shared(order);
            let gpu = SiteGpu::new(&mut self.gpu, &site, &self.main.plain);
            if self.sites.len() >= MOST_SITES {
                let gone = self.sites.remove(0).site;
                self.shots.retain(|shot| !Arc::ptr_eq(shot.scene.site(), &gone));
            }
            self.serial += 1;
            self.sites.push(ReadySite { key, serial: self.serial, site, gpu });
            self.sites.len() - 1
        };
        // The place used last goes to the end, the one at the front is forgotten first.
        let used = self.sites.remove(at);
        let site = used.site.clone();
        self.sites.push(used);
        // Previews come one picture at a time: the same shot, again and again.
        let kept =
            self.shots.iter().position(|s| Arc::ptr_eq(s.scene.site(), &site) && s.scene.order() == order);
        if let Some(at) = kept {
            let shot = self.shots.remove(at);
            self.make_picture(order, shot.effort);
            self.shots.push(shot.clone());
            return Ok(shot);
        }
        self.bodies.tidy();
        let scene = self
            .cast
            .take_in(&order.cast)
            .and_then(|()| Scene::at(order, site.clone(), &self.cast))
            .map_err(|e| RenderError::Unsupported { message: e.to_string(), hint: film::Hint::hint(&e) })?;
        let effort = Effort::of(order.quality);
        self.make_picture(order, effort);
        self.prepare_pipes(&scene, effort);
        let seconds = order.shot.seconds.get();
        let poses: Vec<_> =
            (0..=10).map(|k| scene.camera((seconds * 1.15 + 0.5) * f64::from(k) / 10.0)).collect();
        let mut window = sky_window(&poses, scene.aspect(), site.water.is_some(), site.bottomless);
        if order.shot.camera.hand.is_some() {
            window = roomier(window);
        }
        // What is painted depends on the place and the window alone: who only steps aside has the sky of before.
        let same = |s: &&Arc<Shot>| {
            Arc::ptr_eq(s.scene.site(), &site) && s.window == window && s.effort.sky == effort.sky
        };
        let painted = self.shots.iter().find(same).map(|shot| shot.sky.clone());
        let sky = painted.unwrap_or_else(|| self.paint_sky(&scene, window, effort));
        let shot = Arc::new(Shot { scene, style: look::style(&order.look), effort, window, sky });
        if self.shots.len() >= MOST_SHOTS {
            self.shots.remove(0);
        }
        self.shots.push(shot.clone());
        Ok(shot)
    }

    /// Makes the targets that the order's picture is drawn to, unless they are there.
    fn make_picture(&mut self, order: &ShotOrder, effort: Effort) {
        let size = (order.format.width.get(), order.format.height.get());
        let fits =
            |p: &Picture| p.size == size && p.inner.0 == size.0 * effort.scale && p.effects == effort.effects;
        if !self.picture.as_ref().is_some_and(fits) {
            self.picture = Some(Picture::new(&self.gpu, size, effort.scale, effort.effects));
        }
    }

    fn prepare_pipes(&mut self, scene: &Scene, effort: Effort) {
        let site = scene.site();
        let submerged = site.light.submerged > 0.0;
        let mut pipes =
            vec![Pipe::Ground(submerged), Pipe::Sky, Pipe::Paint, Pipe::Half, Pipe::Blur, Pipe::Bright];
        if !site.stands.is_empty() {
            pipes.extend([Pipe::Solid, Pipe::Cut, Pipe::ShadowSolid, Pipe::ShadowCut]);
            pipes.extend([Pipe::Impostor, Pipe::ShadowImpostor]);
        }
        if site.built.triangles() > 0 {
            pipes.push(Pipe::ShadowSolid);
            let ready = self.sites.iter().find(|s| Arc::ptr_eq(&s.site, site));
            pipes.extend(
                ready.iter().flat_map(|s| &s.gpu.built).map(|(surface, _)| Pipe::Built(*surface, submerged)),
            );
        }
        if site.water.is_some() {
            pipes.push(Pipe::Water);
        }
        let (rain, snow) = site.wettest();
        if rain > 0.0 {
            pipes.push(Pipe::Rain);
        }
        if snow > 0.0 {
            pipes.push(Pipe::Snow);
        }
        if site.drift.is_some() {
            pipes.push(Pipe::Drift);
        }
        if scene.ensemble().has_motes() {
            pipes.push(Pipe::Mote);
        }
        if effort.scale > 1 {
            pipes.push(Pipe::Pick);
        }
        let bodies = Bodies::pipes(scene);
        if !bodies.is_empty() {
            pipes.push(Pipe::ShadowBody);
        }
        self.gpu.prepare(pipes.into_iter().chain(bodies.into_iter().map(Pipe::Body)));
    }

    /// Paints the sky of a shot once, over the directions that it looks at.
    fn paint_sky(&mut self, scene: &Scene, window: Vec4, effort: Effort) -> Vec<wgpu::BindGroup> {
        let count = scene.site().sky_pictures();
        let painted: Vec<_> = (0..count)
            .map(|k| self.painting(scene, k as f32 / (count - 1).max(1) as f32, window, effort))
            .collect();
        match &painted[..] {
            [only] => vec![self.gpu.picture_group(only, only)],
            several => several.windows(2).map(|pair| self.gpu.picture_group(&pair[0], &pair[1])).collect(),
        }
    }

    /// The sky when the shot's changes have come to `u`.
    fn painting(&mut self, scene: &Scene, u: f32, window: Vec4, effort: Effort) -> wgpu::TextureView {
        let pose = scene.camera(0.0);
        let moment = scene.site().moment(u);
        let uniform = input(scene, &moment, &pose, 0.0, window, (1, 1)).uniform();
        self.gpu.queue.write_buffer(&self.main.uniform, 0, bytemuck::bytes_of(&uniform));
        let size = (effort.sky.0 * if window.z > 3.0 { 2 } else { 1 }, effort.sky.1);
        let painted = view(&target(&self.gpu.device, "sky", LIGHT, size, 1, 1));
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = begin(&mut encoder, "sky", &[&painted], None);
            pass.set_pipeline(self.gpu.pipe(Pipe::Paint));
            pass.set_bind_group(0, &self.main.plain, &[]);
            pass.draw(0..3, 0..1);
        }
        self.gpu.queue.submit([encoder.finish()]);
        painted
    }

    /// Records and submits one frame; its picture comes back in `slot`.
    fn draw(&mut self, shot: &Shot, index: u32, slot: usize) -> wgpu::SubmissionIndex {
        let start = Instant::now();
        let scene = &shot.scene;
        let time = shot.style.held(scene.order().time_secs(index));
        let pose = scene.camera(time);
        let Some(picture) = self.picture.take() else {
            unreachable!("a shot is made ready with its picture")
        };
        let moment = scene.moment(time);
        let way = scene.progress(time) * shot.sky.len() as f32;
        let nth = (way as usize).min(shot.sky.len() - 1);
        let mut input = input(scene, &moment, &pose, time, shot.window, picture.inner);
        input.between = if site_changes(scene) { (way - nth as f32).clamp(0.0, 1.0) } else { 0.0 };
        let sky = &shot.sky[nth];
        let main = input.uniform();
        let (post, effects) = input.post(&shot.style, picture.size, index, shot.effort.scale == 1);
        // Which effects there are changes with the lens and with the sun; pipelines once made are kept.
        let [spread, develop, finish] = [PostStage::Spread, PostStage::Develop, PostStage::Finish]
            .map(|stage| Pipe::Post(stage, effects.at(stage)));
        self.gpu.prepare([spread, develop, finish]);
        let queue = &self.gpu.queue;
        queue.write_buffer(&self.main.uniform, 0, bytemuck::bytes_of(&main));
        queue.write_buffer(&picture.post, 0, bytemuck::bytes_of(&post));
        for (eye, cascade) in self.lights.iter().zip(&input.cascades) {
            let uniform = input.seen_from_light(&main, cascade);
            queue.write_buffer(&eye.uniform, 0, bytemuck::bytes_of(&uniform));
        }
        let site = scene.site();
        let ready = self.sites.iter().find(|s| Arc::ptr_eq(&s.site, site));
        let Some(ReadySite { serial, gpu: site_gpu, .. }) = ready else {
            unreachable!("a shot is made ready with its site")
        };
        let result_height = picture.size.1 as f32;
        let pixels = result_height * 0.5 / (pose.fov_y * 0.5).tan();
        let viewer = Viewer {
            eye: pose.eye,
            pixels,
            thresholds: shot.effort.thresholds.map(|t| t * (result_height / 720.0).clamp(0.5, 2.0)),
            cover: shot.effort.cover * (0.7 / pose.fov_y).clamp(0.8, 2.0).sqrt(),
        };
        self.instances.clear();
        let seen = gather(site, site_gpu, main.view, viewer, &mut self.instances);
        let casting: [Option<List>; 2] = [0, 1].map(|k| {
            let c = &input.cascades[k];
            let wanted = Some((*serial, *c));
            (self.still_of[k] != wanted).then(|| {
                self.still_of[k] = wanted;
                gather_shadow(site, site_gpu, c.light, c.centre, c.reach, &mut self.instances)
            })
        });
        let mirrored = site.water.as_ref().map(|_| {
            let uniform = input.mirrored(&main);
            queue.write_buffer(&self.mirror.uniform, 0, bytemuck::bytes_of(&uniform));
            let coarse = Viewer { thresholds: [1e6, 200.0], cover: 0.0, ..viewer };
            gather(site, site_gpu, uniform.view, coarse, &mut self.instances)
        });
        let vertex = wgpu::BufferUsages::VERTEX;
        upload(&self.gpu, &mut self.placed, "placed", bytemuck::cast_slice(&self.instances.placed), vertex);
        upload(&self.gpu, &mut self.cards, "cards", bytemuck::cast_slice(&self.instances.cards), vertex);
        let motes = if scene.ensemble().has_motes() { scene.motes(time) } else { Vec::new() };
        upload(&self.gpu, &mut self.motes, "motes", bytemuck::cast_slice(&motes), vertex);
        let fur = FurDetail { most_shells: shot.effort.most_shells, pixels };
        self.bodies.pose(&self.gpu, scene, time, [main.view, input.cascades[0].light], pose.eye, fur);
        if let Some(times) = &mut self.times {
            times.push(PassTime { name: "choose and pose", seconds: start.elapsed().as_secs_f64() });
        }

        let mut recorder = Recorder { gpu: &self.gpu, encoder: None, times: self.times.take(), last: None };
        let (gpu, bodies) = (&self.gpu, &self.bodies);
        let things = Things {
            gpu,
            site: site_gpu,
            placed: self.placed.as_ref(),
            cards: self.cards.as_ref(),
            submerged: site.light.submerged > 0.0,
        };
        for k in 0..2 {
            recorder.pass(["near shadow", "far shadow"][k], |encoder| {
                if let Some(list) = &casting[k] {
                    let mut pass = begin(encoder, "still shadow", &[], Some((&self.still_layers[k], true)));
                    pass.set_bind_group(0, &self.lights[k].plain, &[]);
                    things.draw_shadows(&mut pass, list);
                }
                let layer = |texture| wgpu::TexelCopyTextureInfo {
                    texture,
                    mip_level: 0,
                    origin: wgpu::Origin3d { x: 0, y: 0, z: k as u32 },
                    aspect: wgpu::TextureAspect::All,
                };
                let size =
                    wgpu::Extent3d { width: SHADOW_SIDE, height: SHADOW_SIDE, depth_or_array_layers: 1 };
                encoder.copy_texture_to_texture(layer(&self.still), layer(&self.shadows), size);
                if bodies.cast_shadows() {
                    let depth = Some((&self.shadow_layers[k], true));
                    let mut pass = begin_or_go_on(encoder, "shadow", &[], depth, true);
                    pass.set_bind_group(0, &self.lights[k].plain, &[]);
                    bodies.draw_shadows(gpu, &mut pass);
                }
            });
        }
        if let Some(list) = &mirrored {
            recorder.pass("mirror", |encoder| {
                let [light, aux, depth] = &picture.mirror;
                let mut pass = begin(encoder, "mirror", &[light, aux], Some((depth, true)));
                pass.set_bind_group(0, &self.mirror.lit, &[]);
                bodies.draw(gpu, &mut pass);
                things.draw(&mut pass, list);
                things.draw_ground(&mut pass, list);
                draw_sky(gpu, &mut pass, &self.mirror.plain, sky);
                if bodies.has_glass() {
                    pass.set_bind_group(0, &self.mirror.lit, &[]);
                    bodies.draw_glass(gpu, &mut pass);
                }
            });
        }
        let water = mirrored.is_some().then(|| gpu.picture_group(&picture.mirror[0], &picture.mirror[0]));
        if recorder.times.is_some() {
            // Apart, so that each can be timed; the picture is the same.
            let targets = [&picture.light, &picture.aux];
            let parts: [(&'static str, Part<'_>); 6] = [
                ("cast", &|pass| bodies.draw(gpu, pass)),
                ("plants and buildings", &|pass| things.draw(pass, &seen)),
                ("ground", &|pass| things.draw_ground(pass, &seen)),
                ("water", &|pass| {
                    if let Some(group) = &water {
                        pass.set_bind_group(1, group, &[]);
                        things.draw_water(pass, &seen);
                    }
                }),
                ("sky", &|pass| draw_sky(gpu, pass, &self.main.plain, sky)),
                ("glass", &|pass| bodies.draw_glass(gpu, pass)),
            ];
            for (nth, (name, part)) in parts.into_iter().enumerate() {
                recorder.pass(name, |encoder| {
                    let mut pass =
                        begin_or_go_on(encoder, name, &targets, Some((&picture.depth, true)), nth > 0);
                    pass.set_bind_group(0, &self.main.lit, &[]);
                    part(&mut pass);
                });
            }
        } else {
            recorder.pass("scene", |encoder| {
                let targets = [&picture.light, &picture.aux];
                let mut pass = begin(encoder, "scene", &targets, Some((&picture.depth, true)));
                pass.set_bind_group(0, &self.main.lit, &[]);
                bodies.draw(gpu, &mut pass);
                things.draw(&mut pass, &seen);
                things.draw_ground(&mut pass, &seen);
                if let Some(group) = &water {
                    pass.set_bind_group(1, group, &[]);
                    things.draw_water(&mut pass, &seen);
                }
                draw_sky(gpu, &mut pass, &self.main.plain, sky);
                if bodies.has_glass() {
                    pass.set_bind_group(0, &self.main.lit, &[]);
                    bodies.draw_glass(gpu, &mut pass);
                }
            });
        }
        let drifting = (site.drift.map_or(0.0, |(_, amount)| amount), Pipe::Drift);
        let falling = [(moment.light.rain, Pipe::Rain), (moment.light.snow, Pipe::Snow), drifting];
        for (amount, pipe) in falling.into_iter().filter(|(amount, _)| *amount > 0.0) {
            recorder.pass("rain and snow", |encoder| {
                let mut pass =
                    begin_or_go_on(encoder, "falling", &[&picture.light], Some((&picture.depth, true)), true);
                pass.set_pipeline(gpu.pipe(pipe));
                pass.set_bind_group(0, &self.main.plain, &[]);
                let count =
                    (amount * shot.effort.particles as f32) as u32 * if pipe == Pipe::Rain { 2 } else { 1 };
                pass.draw(0..4, 0..count);
            });
        }
        if let (Some(buffer), false) = (&self.motes, motes.is_empty()) {
            recorder.pass("motes", |encoder| {
                let mut pass =
                    begin_or_go_on(encoder, "motes", &[&picture.light], Some((&picture.depth, true)), true);
                pass.set_pipeline(gpu.pipe(Pipe::Mote));
                pass.set_bind_group(0, &self.main.plain, &[]);
                pass.set_vertex_buffer(0, buffer.slice(..));
                pass.draw(0..4, 0..motes.len() as u32);
            });
        }
        let flat =
            |encoder: &mut wgpu::CommandEncoder, pipe, to: &wgpu::TextureView, group: &wgpu::BindGroup| {
                let mut pass = begin(encoder, "post", &[to], None);
                pass.set_pipeline(gpu.pipe(pipe));
                pass.set_bind_group(0, group, &[]);
                pass.draw(0..3, 0..1);
            };
        let groups = &picture.groups;
        recorder.pass("blur", |encoder| {
            flat(encoder, Pipe::Half, &picture.half, &groups.half);
            if effects.has(Effect::Blurred) {
                flat(encoder, Pipe::Blur, &picture.blurred, &groups.blur);
            }
        });
        recorder.pass("bloom", |encoder| {
            flat(encoder, Pipe::Bright, &picture.bright, &groups.bright);
            flat(encoder, spread, &picture.spread, &groups.spread);
        });
        recorder.pass("develop", |encoder| flat(encoder, develop, &picture.developed, &groups.develop));
        recorder.pass("finish", |encoder| {
            flat(encoder, finish, &picture.finished, &groups.finish);
            if let Some(picked) = &picture.picked {
                flat(encoder, Pipe::Pick, picked, &groups.half);
            }
            picture.copy_out(encoder, slot);
        });
        let (submission, times) = recorder.finish();
        picture.begin_read(slot);
        self.times = times;
        self.picture = Some(picture);
        submission
    }

    fn take(
        &mut self,
        submission: wgpu::SubmissionIndex,
        slot: usize,
        index: u32,
    ) -> Result<Frame, RenderError> {
        let failed = |message: String| RenderError::Device { message };
        self.gpu
            .device
            .poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: None })
            .map_err(|e| failed(e.to_string()))?;
        let picture = self.picture.as_ref().ok_or_else(|| failed("no picture was drawn".into()))?;
        picture.finish_read(&self.gpu, slot, index).map_err(failed)
    }
}

/// Whether the sky is another at the end of the shot.
fn site_changes(scene: &Scene) -> bool {
    scene.site().sky_pictures() > 1
}

/// What the uniforms of a frame are made from.
fn input<'a>(
    scene: &'a Scene,
    moment: &'a Moment,
    pose: &'a crate::camera::Pose,
    time: f64,
    window: Vec4,
    size: (u32, u32),
) -> FrameInput<'a> {
    let site = scene.site();
    let key = moment.light.key;
    let flat = Vec3::new(pose.forward.x, 0.0, pose.forward.z).normalize_or(Vec3::NEG_Z);
    // Boxes come in steps of place and size, so that the still shadows in them last for many frames.
    let near = 7.0 * 1.3f32.powf(((pose.focus * 0.72 / 7.0).max(1.0).ln() / 1.3f32.ln()).ceil());
    let near = near.min(58.0);
    let far = (near * 4.2).clamp(90.0, 260.0);
    let cascades = [near, far].map(|reach| {
        let step = reach * 0.2;
        let mut c = ((pose.eye + flat * reach * 0.80) / step).round() * step;
        c.y = site.floor(c.x, c.z);
        Cascade::around(c, reach * 1.12, key, SHADOW_SIDE)
    });
    FrameInput {
        site,
        moment,
        between: 0.0,
        pose,
        aspect: scene.aspect(),
        size,
        time: time as f32,
        cascades,
        sky_window: window,
        softness: 1.5 + 2.5 * moment.light.clouds.z,
        lamps: scene.lamps(time),
    }
}

type Part<'a> = &'a (dyn Fn(&mut wgpu::RenderPass<'_>) + 'a);

/// Still things of a frame, ready to be drawn by any pass.
struct Things<'a> {
    gpu: &'a Gpu,
    site: &'a SiteGpu,
    placed: Option<&'a wgpu::Buffer>,
    cards: Option<&'a wgpu::Buffer>,
    submerged: bool,
}

impl Things<'_> {
    fn meshes(&self, pass: &mut wgpu::RenderPass<'_>, list: &List, solid: Pipe, cut: Pipe, lit: bool) {
        let Some(placed) = self.placed else { return };
        pass.set_vertex_buffer(0, self.site.vertices.slice(..));
        pass.set_vertex_buffer(1, placed.slice(..));
        pass.set_index_buffer(self.site.indices.slice(..), wgpu::IndexFormat::Uint32);
        let all = [(0, self.site.all_built)];
        for (surface, span) in if lit { &self.site.built[..] } else { &all } {
            if span.count > 0 {
                pass.set_pipeline(self.gpu.pipe(if lit {
                    Pipe::Built(*surface, self.submerged)
                } else {
                    solid
                }));
                pass.draw_indexed(span.range(), span.base, 0..1);
            }
        }
        for (pipe, draws) in [(solid, &list.solid), (cut, &list.cut)] {
            if draws.is_empty() {
                continue;
            }
            pass.set_pipeline(self.gpu.pipe(pipe));
            for d in draws {
                pass.draw_indexed(d.span.range(), d.span.base, d.instances.clone());
            }
        }
    }

    fn standing_cards(&self, pass: &mut wgpu::RenderPass<'_>, list: &List, pipe: Pipe) {
        let (Some(cards), Some(pictures)) = (self.cards, &self.site.cards) else { return };
        if !list.cards.is_empty() {
            pass.set_pipeline(self.gpu.pipe(pipe));
            pass.set_bind_group(1, pictures, &[]);
            pass.set_vertex_buffer(0, cards.slice(..));
            pass.draw(0..4, list.cards.clone());
        }
    }

    fn draw(&self, pass: &mut wgpu::RenderPass<'_>, list: &List) {
        self.meshes(pass, list, Pipe::Solid, Pipe::Cut, true);
        self.standing_cards(pass, list, Pipe::Impostor);
    }

    fn draw_shadows(&self, pass: &mut wgpu::RenderPass<'_>, list: &List) {
        self.meshes(pass, list, Pipe::ShadowSolid, Pipe::ShadowCut, false);
        self.standing_cards(pass, list, Pipe::ShadowImpostor);
    }

    fn draw_ground(&self, pass: &mut wgpu::RenderPass<'_>, list: &List) {
        if list.ground.is_empty() {
            return;
        }
        pass.set_pipeline(self.gpu.pipe(Pipe::Ground(self.submerged)));
        pass.set_vertex_buffer(0, self.site.ground_vertices.slice(..));
        pass.set_index_buffer(self.site.ground_indices.slice(..), wgpu::IndexFormat::Uint32);
        for range in &list.ground {
            pass.draw_indexed(range.clone(), 0, 0..1);
        }
    }

    fn draw_water(&self, pass: &mut wgpu::RenderPass<'_>, list: &List) {
        let Some((vertices, indices)) = &self.site.water else { return };
        pass.set_pipeline(self.gpu.pipe(Pipe::Water));
        pass.set_vertex_buffer(0, vertices.slice(..));
        pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        for range in &list.water {
            pass.draw_indexed(range.clone(), 0, 0..1);
        }
    }
}

fn draw_sky(gpu: &Gpu, pass: &mut wgpu::RenderPass<'_>, frame: &wgpu::BindGroup, sky: &wgpu::BindGroup) {
    pass.set_pipeline(gpu.pipe(Pipe::Sky));
    pass.set_bind_group(0, frame, &[]);
    pass.set_bind_group(1, sky, &[]);
    pass.draw(0..3, 0..1);
}

/// Passes of one frame: all in one submission, or each by itself with a clock.
struct Recorder<'a> {
    gpu: &'a Gpu,
    encoder: Option<wgpu::CommandEncoder>,
    times: Option<Vec<PassTime>>,
    last: Option<wgpu::SubmissionIndex>,
}

impl Recorder<'_> {
    fn pass(&mut self, name: &'static str, record: impl FnOnce(&mut wgpu::CommandEncoder)) {
        let fresh = || self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut encoder = self.encoder.take().unwrap_or_else(fresh);
        record(&mut encoder);
        let Some(times) = &mut self.times else {
            self.encoder = Some(encoder);
            return;
        };
        let start = Instant::now();
        let index = self.gpu.queue.submit([encoder.finish()]);
        let waited = self
            .gpu
            .device
            .poll(wgpu::PollType::Wait { submission_index: Some(index.clone()), timeout: None });
        if waited.is_err() {
            tracing::warn!(pass = name, "the device did not answer in time");
        }
        self.last = Some(index);
        times.push(PassTime { name, seconds: start.elapsed().as_secs_f64() });
    }

    fn finish(self) -> (wgpu::SubmissionIndex, Option<Vec<PassTime>>) {
        let index = match (self.encoder, self.last) {
            (None, Some(last)) => last,
            (encoder, _) => self.gpu.queue.submit(encoder.map(wgpu::CommandEncoder::finish)),
        };
        (index, self.times)
    }
}

fn begin<'e>(
    encoder: &'e mut wgpu::CommandEncoder,
    label: &str,
    colours: &[&wgpu::TextureView],
    depth: Option<(&wgpu::TextureView, bool)>,
) -> wgpu::RenderPass<'e> {
    begin_or_go_on(encoder, label, colours, depth, false)
}

/// A pass over colour targets and a depth buffer, cleared or as an earlier pass left them.
fn begin_or_go_on<'e>(
    encoder: &'e mut wgpu::CommandEncoder,
    label: &str,
    colours: &[&wgpu::TextureView],
    depth: Option<(&wgpu::TextureView, bool)>,
    go_on: bool,
) -> wgpu::RenderPass<'e> {
    let colour_load = if go_on { wgpu::LoadOp::Load } else { wgpu::LoadOp::Clear(wgpu::Color::BLACK) };
    let attachments: Vec<_> = colours
        .iter()
        .map(|view| {
            Some(wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: colour_load, store: wgpu::StoreOp::Store },
            })
        })
        .collect();
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments: &attachments,
        depth_stencil_attachment: depth.map(|(view, keep)| wgpu::RenderPassDepthStencilAttachment {
            view,
            depth_ops: Some(wgpu::Operations {
                load: if go_on { wgpu::LoadOp::Load } else { wgpu::LoadOp::Clear(1.0) },
                store: if keep { wgpu::StoreOp::Store } else { wgpu::StoreOp::Discard },
            }),
            stencil_ops: None,
        }),
        ..Default::default()
    })
}

impl ShotRenderer for Stage {
    fn name(&self) -> &'static str {
        "stage"
    }

    fn version(&self) -> String {
        let DeviceInfo { name, backend, driver, .. } = &self.gpu.info;
        format!("{} {backend} {name} {driver}", env!("STAGE_FINGERPRINT"))
    }

    fn render(
        &mut self,
        order: &ShotOrder,
        frames: Range<u32>,
        sink: &mut dyn FrameSink,
        watch: &Watch,
    ) -> Result<(), RenderError> {
        watch.check()?;
        let shot = self.ready(order)?;
        let total = u64::from(frames.end.saturating_sub(frames.start));
        let mut done = 0;
        let mut waiting: Option<(wgpu::SubmissionIndex, usize, u32)> = None;
        for index in frames {
            watch.check()?;
            let slot = (index % 2) as usize;
            let submission = self.draw(&shot, index, slot);
            if let Some((submission, slot, index)) = waiting.replace((submission, slot, index)) {
                sink.frame(self.take(submission, slot, index)?)?;
                done += 1;
                watch.report(Progress { unit: "frame", done, total });
            }
        }
        if let Some((submission, slot, index)) = waiting {
            sink.frame(self.take(submission, slot, index)?)?;
            watch.report(Progress { unit: "frame", done: done + 1, total });
        }
        Ok(())
    }
}

impl ControlSource for Stage {
    fn control(&mut self, order: &ShotOrder, index: u32) -> Result<Frame, RenderError> {
        self.frame(order, index)
    }
}
