//! Draws members of the cast on a sheet, on the CPU alone: to look at bodies, coats and poses without a GPU.
//!
//! ```text
//! cargo run --release -p stage --example cast_sheet -- sheet.png mammoth:walk:quarter "old man:wave:front" dog
//! ```
//!
//! Each argument is `kind[:clip[:view[:phase]]]`; a kind may carry appearance words ("giant mammoth"). Views: front,
//! side, quarter, back, face.

use std::collections::BTreeMap;
use std::io::BufWriter;

use film::{CastMember, Id};
use glam::{Mat4, Vec2, Vec3, Vec4};
use stage::cast::{Bounds, Cast, Finish, Marking, Performer, SkinnedVertex, Surface};
use stage::motion::{Act, Clip, Gaze, Root};

const TILE: usize = 420;
const SHELLS: u32 = 16;

struct Canvas {
    width: usize,
    height: usize,
    colour: Vec<Vec3>,
    depth: Vec<f32>,
}

/// What the pixel function gets: barycentric weights applied to the corners.
struct Fragment {
    world: Vec3,
    rest: Vec3,
    normal: Vec3,
    colour: Vec4,
    marking: Vec4,
    pattern: Vec2,
}

fn hash3(p: Vec3) -> Vec3 {
    let q = p.as_ivec3();
    let mut h = [0u32; 3];
    for (k, x) in h.iter_mut().enumerate() {
        let mut v = (q.x as u32).wrapping_mul(0x8da6_b343)
            ^ (q.y as u32).wrapping_mul(0xd816_3841)
            ^ (q.z as u32).wrapping_mul(0xcb1a_b31f)
            ^ (k as u32).wrapping_mul(0x9e37_79b9);
        v = (v ^ (v >> 15)).wrapping_mul(0x2c1b_3c6d);
        v = (v ^ (v >> 12)).wrapping_mul(0x297a_2d39);
        *x = v ^ (v >> 15);
    }
    Vec3::new((h[0] & 0xffff) as f32, (h[1] & 0xffff) as f32, (h[2] & 0xffff) as f32) / 65535.0
}

fn noise(p: Vec3) -> f32 {
    let (i, f) = (p.floor(), p - p.floor());
    let f = f * f * (3.0 - 2.0 * f);
    let c = |x: f32, y: f32, z: f32| hash3(i + Vec3::new(x, y, z)).x;
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let plane = |z: f32| mix(mix(c(0., 0., z), c(1., 0., z), f.x), mix(c(0., 1., z), c(1., 1., z), f.x), f.y);
    mix(plane(0.0), plane(1.0), f.z)
}

/// F1, F2 and the cell's id.
fn cells(p: Vec3) -> Vec3 {
    let (mut f1, mut f2, mut id) = (9.0f32, 9.0f32, 0.0);
    for k in 0..27 {
        let c = p.floor() + Vec3::new((k % 3) as f32 - 1.0, (k / 3 % 3) as f32 - 1.0, (k / 9) as f32 - 1.0);
        let r = hash3(c);
        let d = p.distance(c + 0.15 + 0.7 * r);
        if d < f1 {
            (f2, f1, id) = (f1, d, r.z);
        } else if d < f2 {
            f2 = d;
        }
    }
    Vec3::new(f1, f2, id)
}

fn step(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn albedo(f: &Fragment, finish: &Finish) -> Vec3 {
    let base = f.colour.truncate() * f.colour.truncate();
    let mark = f.marking.truncate() * f.marking.truncate();
    let p = f.rest * finish.heights_per_m;
    let q = f.rest * finish.marking_per_m;
    let m = match finish.marking {
        Marking::None => 0.0,
        Marking::Stripes => {
            let bend = (noise(p * 7.0) - 0.5) * 1.65;
            let x = (std::f32::consts::TAU * f.pattern.x + bend).sin() + (noise(p * 16.0) - 0.5) * 0.5;
            step(-0.15, 0.15, x + 0.05)
        }
        Marking::Cells => {
            let c = cells(q + (noise(q * 2.5) - 0.5) * 0.35);
            step(0.07, 0.13, c.y - c.x) * (0.82 + 0.18 * c.z)
        }
        Marking::Patches => step(0.47, 0.50, noise(q + 3.7) * 0.7 + noise(q * 2.3 + 9.1) * 0.3),
        Marking::Spots => 1.0 - step(0.20, 0.27, cells(q).x),
    };
    base.lerp(mark, m * f.marking.w)
}

fn light(colour: Vec3, normal: Vec3, view: Vec3, gloss: f32, occlusion: f32) -> Vec3 {
    let sun = Vec3::new(0.55, 0.65, 0.52).normalize();
    let direct = normal.dot(sun).max(0.0);
    let sky = 0.5 + 0.5 * normal.y;
    let ambient = Vec3::new(0.46, 0.52, 0.62) * sky + Vec3::new(0.30, 0.28, 0.25) * (1.0 - sky);
    let half = (sun + view).normalize();
    let shine = normal.dot(half).max(0.0).powf(12.0 + 100.0 * gloss * gloss) * gloss;
    colour * (Vec3::new(2.0, 1.85, 1.6) * direct * (0.4 + 0.6 * occlusion) + ambient * occlusion)
        + Vec3::splat(shine * 0.8)
}

/// One layer of a body; `shell` is 0 for the solid, else the share of the fur's length.
struct Layer<'a> {
    performer: &'a Performer,
    skinned: &'a [SkinnedVertex],
    surface: Surface,
    finish: Finish,
    indices: &'a [u32],
    shell: f32,
}

impl Canvas {
    fn draw(&mut self, layer: &Layer<'_>, view: Mat4, eye: Vec3) {
        let mesh = layer.performer.mesh();
        let place = |i: u32| {
            let (v, s) = (&mesh.vertices[i as usize], &layer.skinned[i as usize]);
            let mut p = Vec3::from(s.position);
            if layer.shell > 0.0 {
                let length =
                    layer.finish.fur_length_m * layer.performer.size() * f32::from(v.colour[3]) / 255.0;
                let (n, comb) = (Vec3::from(s.normal), Vec3::from(s.comb));
                let h = layer.shell;
                let long = step(0.05, 0.25, length);
                let along = n * (0.75 - 0.15 * h)
                    + comb * (0.35 + 0.45 * h) * (1.0 - 0.5 * long)
                    + Vec3::NEG_Y * 0.85 * h * long;
                p += along.normalize_or(n) * length * h;
            }
            p
        };
        for t in layer.indices.chunks(3) {
            let world = [place(t[0]), place(t[1]), place(t[2])];
            let clip = world.map(|p| view * p.extend(1.0));
            if clip.iter().any(|c| c.w < 0.05) {
                continue;
            }
            let screen = clip.map(|c| {
                let x = (c.x / c.w * 0.5 + 0.5) * self.width as f32;
                Vec2::new(x, (0.5 - c.y / c.w * 0.5) * self.height as f32)
            });
            let area = (screen[1] - screen[0]).perp_dot(screen[2] - screen[0]);
            if area.abs() < 1e-6 || (area > 0.0 && !layer.surface.two_sided()) {
                continue;
            }
            let low = screen[0].min(screen[1]).min(screen[2]).max(Vec2::ZERO);
            let high = screen[0].max(screen[1]).max(screen[2]);
            let corner = t.iter().map(|i| &mesh.vertices[*i as usize]).collect::<Vec<_>>();
            for y in low.y as usize..(high.y.ceil().max(0.0) as usize).min(self.height) {
                for x in low.x as usize..(high.x.ceil().max(0.0) as usize).min(self.width) {
                    let p = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
                    let b = Vec3::new(
                        (screen[1] - p).perp_dot(screen[2] - p),
                        (screen[2] - p).perp_dot(screen[0] - p),
                        (screen[0] - p).perp_dot(screen[1] - p),
                    ) / area;
                    if b.min_element() < 0.0 {
                        continue;
                    }
                    let b = Vec3::new(b.x / clip[0].w, b.y / clip[1].w, b.z / clip[2].w);
                    let w = 1.0 / (b.x + b.y + b.z);
                    let at = y * self.width + x;
                    if w >= self.depth[at] {
                        continue;
                    }
                    let b = b * w;
                    let mix3 = |f: &dyn Fn(usize) -> Vec3| f(0) * b.x + f(1) * b.y + f(2) * b.z;
                    let code = |c: &[u8; 4]| Vec4::from_array(c.map(|x| f32::from(x) / 255.0));
                    let mix4 = |f: &dyn Fn(usize) -> Vec4| f(0) * b.x + f(1) * b.y + f(2) * b.z;
                    let fragment = Fragment {
                        world: mix3(&|k| world[k]),
                        rest: mix3(&|k| Vec3::from(corner[k].position)),
                        normal: mix3(&|k| Vec3::from(layer.skinned[t[k] as usize].normal))
                            .normalize_or(Vec3::Y),
                        colour: mix4(&|k| code(&corner[k].colour)),
                        marking: mix4(&|k| code(&corner[k].marking)),
                        pattern: Vec2::from(corner[0].pattern) * b.x
                            + Vec2::from(corner[1].pattern) * b.y
                            + Vec2::from(corner[2].pattern) * b.z,
                    };
                    if let Some(colour) = shade(layer, &fragment, eye, area > 0.0) {
                        self.colour[at] = colour;
                        self.depth[at] = w;
                    }
                }
            }
        }
    }

    fn save(&self, path: &str) -> std::io::Result<()> {
        let file = BufWriter::new(std::fs::File::create(path)?);
        let mut encoder = png::Encoder::new(file, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        let tone = |x: f32| {
            let x = (x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)).clamp(0.0, 1.0);
            (x.powf(1.0 / 2.2) * 255.0).round() as u8
        };
        let bytes: Vec<u8> = self.colour.iter().flat_map(|c| c.to_array().map(|x| tone(x * 0.8))).collect();
        encoder.write_header()?.write_image_data(&bytes)?;
        Ok(())
    }
}

fn shade(layer: &Layer<'_>, f: &Fragment, eye: Vec3, back: bool) -> Option<Vec3> {
    let view = (eye - f.world).normalize();
    let finish = &layer.finish;
    let mut colour = albedo(f, finish) * layer.performer.tint();
    let mut normal = if back { -f.normal } else { f.normal };
    let mut occlusion = f.pattern.y;
    let mut gloss = finish.gloss;
    if layer.shell > 0.0 {
        let h = layer.shell;
        if f.colour.w < 0.03 {
            return None;
        }
        let q = f.rest * finish.strands_per_m;
        let p =
            Vec3::new(q.x * 0.96 + q.y * 0.28, q.y * 0.90 - q.x * 0.25 + q.z * 0.35, q.z * 0.93 - q.y * 0.33);
        let r = hash3(p.floor());
        let d = (p - p.floor() - 0.5 - (r - 0.5) * 0.4).length();
        let lock = noise(q * 0.17);
        let own = (0.42 + 0.58 * r.x) * (0.62 + 0.55 * lock);
        if h > own || d > 0.62 * (1.0 - h / own * 0.72) {
            return None;
        }
        colour *= (0.42 + 0.80 * (h / own.max(0.2)).powf(0.8)) * (0.72 + 0.56 * r.y) * (0.72 + 0.56 * lock);
        normal = (normal + (Vec3::new(r.x, 0.5, r.z) - 0.5) * 0.55).normalize();
        gloss = 0.0;
    } else if layer.surface == Surface::Fur && finish.fur_length_m > 0.05 && f.colour.w > 0.15 {
        colour *= 0.55;
    }
    if layer.surface == Surface::Hide && finish.wrinkle > 0.0 {
        let q = f.rest * finish.heights_per_m * Vec3::new(46.0, 62.0, 46.0);
        let fold = (noise(q) - 0.5).abs() * 2.0;
        colour *= 1.0 - finish.wrinkle * 0.4 * (1.0 - step(0.0, 0.35, fold));
    }
    if layer.surface == Surface::Hair {
        occlusion = 1.0;
    }
    Some(light(colour, normal, view, gloss, occlusion))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, tiles @ ..] = arguments.as_slice() else {
        return Err("usage: cast_sheet OUT.png KIND[:CLIP[:VIEW]]…".into());
    };
    let columns = tiles.len().clamp(1, 4);
    let rows = tiles.len().div_ceil(columns);
    let (width, height) = (columns * TILE, rows * TILE);
    let mut sheet = Canvas {
        width,
        height,
        colour: vec![Vec3::ZERO; width * height],
        depth: vec![f32::MAX; width * height],
    };
    let cast = Cast::load()?;
    for (n, tile) in tiles.iter().enumerate() {
        let canvas = draw_tile(&cast, tile)?;
        let (x0, y0) = (n % columns * TILE, n / columns * TILE);
        for y in 0..TILE {
            for x in 0..TILE {
                let at = (2 * y) * TILE * 2 + 2 * x;
                let sum = [at, at + 1, at + TILE * 2, at + TILE * 2 + 1]
                    .iter()
                    .map(|i| canvas.colour[*i])
                    .sum::<Vec3>();
                sheet.colour[(y0 + y) * width + x0 + x] = sum / 4.0;
            }
        }
    }
    sheet.save(path)?;
    Ok(())
}

fn draw_tile(cast: &Cast, tile: &str) -> Result<Canvas, Box<dyn std::error::Error>> {
    let fields: Vec<&str> = tile.split(':').collect();
    let clip = match fields.get(1) {
        Some(name) => ron::from_str::<Clip>(name)?,
        None => Clip::Stand,
    };
    let view = fields.get(2).copied().unwrap_or("quarter");
    let phase: f64 = fields.get(3).map_or(Ok(0.35), |f| f.parse())?;
    let member = CastMember {
        id: Id::new("tile")?,
        name: fields[0].into(),
        kind: fields[0]
            .split(" in ")
            .next()
            .and_then(|k| k.split(' ').next_back())
            .unwrap_or_default()
            .into(),
        count: 1,
        appearance: BTreeMap::new(),
        model: None,
        spans: vec![],
        sources: BTreeMap::new(),
        extra: BTreeMap::new(),
    };
    let began = std::time::Instant::now();
    let performer =
        cast.performers(0, &member, 7, 1)?.pop().ok_or_else(|| format!("nothing to show for {tile}"))?;
    let built = began.elapsed();
    let cycle = performer.cycle(clip);
    let root = |_: f64| Root::default();
    let moving = |t: f64| Root { at: Vec2::new(0.0, cycle.speed_mps * t as f32), ..Root::default() };
    let flat = |_: f32, _: f32| 0.0;
    let travels = cycle.speed_mps > 0.0;
    let act = Act {
        clip,
        time_s: phase * f64::from(cycle.period_s),
        since_s: 1.0,
        speed_mps: cycle.speed_mps,
        phase: 0.0,
        gaze: Gaze::default(),
        size: performer.size(),
        root: if travels { &moving } else { &root },
        ground: &flat,
        aboard: None,
        carry: None,
        blown_out_s: None,
    };
    let began = std::time::Instant::now();
    let pose = performer.pose(&act);
    let mut skinned = vec![];
    performer.mesh().skin(&pose, &mut skinned);
    eprintln!(
        "{tile}: {:.2} m tall, {} vertices, built in {built:.0?}, posed and skinned in {:.2?}",
        performer.height_m(),
        skinned.len(),
        began.elapsed()
    );
    let mut bounds = Bounds::EMPTY;
    for v in &skinned {
        bounds.grow(v.position.into());
    }
    if view == "face" {
        let (eyes, joint) = performer.eyes();
        let at = pose.joints[joint].transform_point3(eyes);
        let r = if performer.is_person() { 0.16 } else { performer.height_m() * 0.26 };
        bounds = Bounds { min: at - r, max: at + r };
    }
    let yaw: f32 = match view {
        "front" => 6.0,
        "side" => 90.0,
        "back" => 200.0,
        "face" => 30.0,
        _ => 48.0,
    };
    let (sin, cos) = yaw.to_radians().sin_cos();
    let direction = Vec3::new(sin, 0.10, cos).normalize();
    let distance = bounds.size().length() * 0.5 / (0.20f32).tan() * if view == "face" { 0.62 } else { 1.0 };
    let eye = bounds.centre() + direction * distance;
    let camera =
        Mat4::perspective_rh(0.40, 1.0, 0.05, 500.0) * Mat4::look_at_rh(eye, bounds.centre(), Vec3::Y);
    let size = TILE * 2;
    let mut canvas = Canvas { width: size, height: size, colour: vec![], depth: vec![f32::MAX; size * size] };
    for y in 0..size {
        let t = y as f32 / size as f32;
        canvas.colour.extend(std::iter::repeat_n(
            Vec3::new(0.50, 0.55, 0.60).lerp(Vec3::new(0.42, 0.42, 0.40), t),
            size,
        ));
    }
    for part in &performer.mesh().parts {
        let indices = &performer.mesh().indices[part.indices.start as usize..part.indices.end as usize];
        let shells = if part.surface == Surface::Fur { SHELLS } else { 0 };
        for k in 0..=shells {
            let shell = k as f32 / SHELLS as f32;
            let layer = Layer {
                performer: &performer,
                skinned: &skinned,
                surface: part.surface,
                finish: part.finish,
                indices,
                shell,
            };
            canvas.draw(&layer, camera, eye);
        }
    }
    Ok(canvas)
}
