//! Places: the still world around the stage, made on the processor from tables and a seed.
//!
//! A [`Site`] is one place dressed for a time, weather and season: ground, water, plants, stones, buildings, and the
//! [`Light`] on them. The same order gives the same site in every shot of a scene. Axes: x to the right, y up, z toward the
//! default camera; metres; the middle of the stage is the origin and the action happens around it.

mod built;
mod course;
mod erosion;
mod flora;
mod land;
mod mesh;
mod noise;
mod parts;
mod sky;
mod tables;

pub(crate) use built::Lamp;
pub(crate) use course::Moment;
use course::{Course, Setting};
pub(crate) use land::{GroundMesh, Land, Sector};
pub(crate) use mesh::{Mesh, Vertex};
pub(crate) use noise::{NOISE_SIDE, fbm, noise_pictures};
use noise::{Rng, mix_seed, seed_of};
use sky::AirRow;
pub(crate) use sky::Light;
pub(crate) use tables::{Drift, WaterRow};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use film::{Season, ShotOrder, Weather};
use flora::{Detail, Dress, Form, PlantRow};
use glam::{Vec2, Vec3};
use tables::{Built, CoverRow, PlaceRow, RockRow, ScatterRow, find, tables};

/// The names of the places that have a table, in alphabetical order.
pub fn places() -> impl Iterator<Item = &'static str> {
    tables().places.keys().map(String::as_str)
}

/// Where one copy of a mesh stands.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct Instance {
    /// Foot, and scale.
    pub position: [f32; 3],
    pub scale: f32,
    /// Multiplies the colour; turn about the vertical in radians.
    pub tint: [f32; 3],
    pub yaw: f32,
    /// Phase of its swaying 0..1, snow on it 0..1, share shown (dissolves by dots when below 1, from the other side when
    /// negative), height factor.
    pub phase: f32,
    pub snow: f32,
    pub shown: f32,
    pub tall: f32,
}

/// A kind of still thing, at three distances.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub near: (Mesh, Mesh),
    /// Lighter meshes for the middle distance and for shadows.
    pub middle: Option<(Mesh, Mesh)>,
    /// Greatest distance from the axis, lowest and highest point.
    pub extent: (f32, f32, f32),
    /// Drawn as a picture of itself when far away.
    pub impostor: bool,
    pub casts_shadow: bool,
    /// Beyond this distance it is not drawn (ground cover).
    pub reach: f32,
}

/// A kind and all places where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Stand {
    pub kind: Kind,
    pub instances: Vec<Instance>,
}

/// What the ground shader needs to know. Colours linear.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GroundLook {
    pub lo: Vec3,
    pub hi: Vec3,
    pub patch: Vec3,
    pub patches: f32,
    pub bump: f32,
    pub grain: f32,
    pub ripples: f32,
    pub shore: f32,
    pub through: f32,
    pub snow: f32,
    pub paved: f32,
    pub rock: Vec3,
    pub snow_line: f32,
    pub path: f32,
    /// Patches give light of their own.
    pub glow: f32,
    /// Colour of woods on far slopes; negative red: none.
    pub woods: Vec3,
}

/// A place dressed for a time, weather and season.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub land: Land,
    pub ground: GroundMesh,
    pub look: GroundLook,
    pub light: Light,
    pub water: Option<(WaterRow, GroundMesh)>,
    pub stands: Vec<Stand>,
    /// Buildings and furniture, in place.
    pub built: Mesh,
    pub lamps: Vec<Lamp>,
    /// Under a roof: no sky, no weather.
    pub indoors: bool,
    /// What drifts in the air, 0..1 of it.
    pub drift: Option<(Drift, f32)>,
    /// Nothing lies below: the camera may look down into the sky.
    pub bottomless: bool,
    /// Where the camera may go: least and greatest x and z, in metres.
    pub bounds: (Vec2, Vec2),
    /// How far from straight the camera looks at it, as a factor.
    pub askew: f32,
    /// Rails that lead towards the camera: their x, and the height that wheels run at.
    pub rails: Option<[f32; 2]>,
    /// What changes while the shot runs, and how far lamps were built to be lit.
    course: Option<Course>,
    lit: f32,
}

/// Whether a place is called dark: its lamps are out.
fn is_dark(name: &str) -> bool {
    let dark = ["dark", "darkened", "unlit", "lightless", "pitch-black", "shadowy"];
    name.split_whitespace().any(|word| dark.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// What of an order decides a site: two orders with the same key have the same site.
pub(crate) fn site_key(order: &ShotOrder) -> String {
    format!(
        "{}|{:?}|{:?}|{:?}|{:?}|{:?}|{:?}|{}",
        order.place.kind,
        order.place.name,
        order.place.ground,
        order.place.backdrop,
        order.time,
        order.weather,
        (order.season, order.wind, &order.shot.developments),
        order.film_seed.get()
    )
}

/// Linear light from an sRGB-like colour of a table.
pub(crate) fn linear(c: [f32; 3]) -> Vec3 {
    Vec3::from(c).powf(2.2)
}

/// The middle of a path that winds toward the camera.
fn path_x(z: f32) -> f32 {
    (z * 0.11).sin() * 1.5 + (z * 0.043 + 1.0).sin() * 2.4 - 2.0
}

/// Places that somebody holds. A renderer and a rehearsal of the same shot need not both grow its trees.
static HELD: Mutex<BTreeMap<String, Weak<Site>>> = Mutex::new(BTreeMap::new());

impl Site {
    /// The place of an order: the one that somebody holds already, or a new one.
    pub(crate) fn shared(order: &ShotOrder) -> Arc<Self> {
        let key = site_key(order);
        let held = || HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(site) = held().get(&key).and_then(Weak::upgrade) {
            return site;
        }
        // Outside the lock: it takes a second. Two who make the same place at once make the same.
        let site = Arc::new(Self::new(order));
        let mut held = held();
        held.retain(|_, site| site.strong_count() > 0);
        held.insert(key, Arc::downgrade(&site));
        site
    }

    /// Prepares the place of an order.
    pub(crate) fn new(order: &ShotOrder) -> Self {
        let t = tables();
        let (name, row) = find(&t.places, &order.place.kind)
            .or_else(|| find(&t.places, &order.place.name))
            .unwrap_or(("meadow", &t.places["meadow"]));
        let mut row = row.clone();
        let seed = mix_seed(order.film_seed.get(), seed_of(name));
        row.land.seed = row.land.seed.wrapping_add((order.film_seed.get() % 9973) as u32 * 7);
        let asked: Vec<_> = order.place.backdrop.iter().filter_map(|b| find(&t.backdrops, b)).collect();
        for (_, backdrop) in &asked {
            if let (None, Some(m)) = (&row.land.mountains, &backdrop.mountains) {
                row.land.mountains = Some(m.clone());
            }
            row.land.hills = row.land.hills.max(backdrop.hills);
            row.snow_line = backdrop.snow_line.or(row.snow_line);
            if !row.indoors {
                row.parts.extend(backdrop.parts.iter().cloned());
            }
        }
        if asked.iter().any(|(_, b)| !b.plants.is_empty()) {
            // Trees that were asked for take the room of those that the place has of itself.
            row.plants.retain(|p| t.plants[&p.plant].height < 3.0);
            row.plants.extend(asked.iter().flat_map(|(_, b)| b.plants.iter().cloned()));
        }

        let falling_snow = matches!(order.weather, Weather::Snow | Weather::Blizzard);
        let wanted = order.place.ground.as_deref().and_then(|g| find(&t.grounds, g));
        let asks_snow =
            wanted.is_some_and(|(g, _)| g == "snow") || order.place.name.to_lowercase().contains("snow");
        let snowy =
            row.always_snow || asks_snow || (row.snows && (falling_snow || order.season == Season::Winter));
        let ground = if snowy && row.built == Built::Nothing {
            &t.grounds["snow"]
        } else {
            wanted.map_or(&t.grounds[&row.ground], |(_, g)| g)
        };
        let dress = Dress {
            autumn: order.season == Season::Autumn,
            spring: order.season == Season::Spring,
            bare: order.season == Season::Winter || snowy,
            snow: if snowy { 0.9 } else { 0.0 },
        };
        let land = Land::new(&row.land);
        let albedo = (linear(ground.lo) + linear(ground.hi)).dot(Vec3::splat(1.0 / 6.0));
        let indoors = row.indoors || matches!(row.built, Built::Room { .. } | Built::Studio { .. });
        let setting = Setting {
            air: row.air,
            own: row.light,
            heaven: row.heaven.clone(),
            wind: order.wind.map(|w| w as f32),
            indoors,
            studio: matches!(row.built, Built::Studio { .. }),
            unlit: indoors && is_dark(&order.place.name),
        };
        let mut light = setting.light(
            &t.times[sky::time_word(order.time)],
            &t.weathers[sky::weather_word(order.weather)],
            albedo,
        );
        let ground_mesh = land.mesh(light.sun);
        let water = row.water.map(|w| (w, land.water_mesh(w.level)));
        let mut stands = Vec::new();
        for (i, scatter) in row.plants.iter().enumerate() {
            let dress = if row.snows || snowy { dress } else { Dress { snow: 0.0, bare: false, ..dress } };
            plant(
                &mut stands,
                &land,
                &row,
                scatter,
                &t.plants[&scatter.plant],
                dress,
                mix_seed(seed, i as u64),
            );
        }
        if let Some(rocks) = &row.rocks {
            strew_rocks(&mut stands, &land, &row, rocks, dress.snow, mix_seed(seed, 900));
        }
        if !ground.bare {
            for (i, cover) in row.cover.iter().enumerate() {
                lay_cover(&mut stands, &land, &row, cover, snowy, dress, mix_seed(seed, 700 + i as u64));
            }
        }
        let wooded = row.plants.iter().any(|p| p.ring[1] > 300.0);
        let look = GroundLook {
            lo: linear(ground.lo),
            hi: linear(ground.hi),
            patch: linear(ground.patch),
            patches: ground.patches,
            bump: ground.bump,
            grain: ground.grain,
            ripples: ground.ripples,
            shore: if row.water.is_some() { ground.shore.max(0.4) } else { 0.0 },
            through: ground.through,
            snow: ground.snow,
            paved: ground.paved,
            glow: ground.glow,
            rock: linear(row.rock),
            snow_line: if snowy { 0.0 } else { row.snow_line.unwrap_or(9000.0) },
            path: row.path,
            woods: if wooded { Vec3::new(0.045, 0.075, 0.040) } else { Vec3::new(-1.0, 0.0, 0.0) },
        };
        let course = Course::of(order, &setting, &look, snowy);
        if let Some(course) = &course {
            light = course.moment(0.0, &look, 1.0).light;
        }
        let lit = course.as_ref().map_or(light.lamps, Course::brightest_lamps);
        let (built, mut lamps) =
            built::build(&row.built, &row.parts, &t.props, &land, lit, mix_seed(seed, 50));
        if setting.unlit {
            lamps.clear();
        }
        let bounds = match &row.built {
            _ if row.bounds.is_some() => {
                let [left, right, far, near] = row.bounds.unwrap_or_default();
                (Vec2::new(left, far), Vec2::new(right, near))
            }
            Built::Room { size: [w, _, near, far], .. } => {
                (Vec2::new(0.4 - w, far + 0.8), Vec2::new(w - 0.4, near - 0.5))
            }
            Built::Street { half, .. } => (Vec2::new(1.0 - half, -140.0), Vec2::new(half - 1.0, 55.0)),
            _ => (Vec2::splat(-400.0), Vec2::splat(400.0)),
        };
        let drift = row.drift.map(|d| (d.kind, d.amount));
        let bottomless = row.land.shape == land::Shape::Nothing;
        Self {
            land,
            ground: ground_mesh,
            look,
            light,
            water,
            stands,
            built,
            lamps,
            indoors,
            drift,
            bottomless,
            bounds,
            askew: row.askew.unwrap_or(1.0),
            rails: row.rails,
            course,
            lit,
        }
    }

    /// The place when the shot has come to `u`, 0..1.
    pub(crate) fn moment(&self, u: f32) -> Moment {
        match &self.course {
            Some(course) => course.moment(u, &self.look, self.lit),
            None => Moment {
                light: self.light.clone(),
                look: self.look.clone(),
                turn: Vec3::ONE.extend(0.0),
                lamps: 1.0,
            },
        }
    }

    /// The most rain and snow that falls while the shot runs.
    pub(crate) fn wettest(&self) -> (f32, f32) {
        let (rain, snow) = self.course.as_ref().filter(|_| !self.indoors).map_or((0.0, 0.0), Course::wettest);
        (self.light.rain.max(rain), self.light.snow.max(snow))
    }

    /// At how many moments, evenly over the shot, the sky is painted.
    pub(crate) fn sky_pictures(&self) -> usize {
        self.course.as_ref().map_or(1, Course::sky_pictures)
    }

    /// Height of what one stands on: the ground, or the water where it is deeper than one can wade.
    pub(crate) fn floor(&self, x: f32, z: f32) -> f32 {
        let h = self.land.height(x, z);
        match &self.water {
            Some((w, _)) if h < w.level - 0.8 => w.level,
            _ => h,
        }
    }
}

/// Whether a point is kept free for the view: a band along the axis of the stage that widens with distance.
fn in_view_band(x: f32, z: f32, clear: [f32; 2]) -> bool {
    x.abs() < clear[0] + z.abs() * clear[1]
}

fn plant(
    stands: &mut Vec<Stand>,
    land: &Land,
    row: &PlaceRow,
    scatter: &ScatterRow,
    spec: &PlantRow,
    dress: Dress,
    seed: u64,
) {
    const VARIANTS: usize = 3;
    let mut r = Rng::new(seed);
    let mut kinds: Vec<Stand> = (0..VARIANTS as u64)
        .map(|v| {
            // Variants of a species are the same individuals in every place, whatever else changes.
            let grown = seed_of(&scatter.plant) % 1000 + 11 + v * 7;
            let near = flora::grow(spec, grown, dress, Detail::Near);
            let extent = near.extent();
            let middle = flora::grow(spec, grown, dress, Detail::Middle);
            let kind = Kind {
                near: near.split(),
                middle: Some(middle.split()),
                extent,
                impostor: spec.height > 1.2,
                casts_shadow: true,
                reach: if spec.height > 1.2 { 4000.0 } else { 45.0 },
            };
            Stand { kind, instances: Vec::new() }
        })
        .collect();
    let gap = match spec.form {
        Form::Conifer => spec.crown[0] * 0.75,
        Form::Crown => spec.crown[0] * 0.55,
        Form::Palm => spec.crown[0] * 0.4,
    };
    let wave = scatter.above.zip(row.water);
    let mut taken: BTreeMap<(i32, i32), Vec<Vec2>> = BTreeMap::new();
    let (mut placed, mut tries) = (0, 0);
    while placed < scatter.count && tries < scatter.count * 12 {
        tries += 1;
        let d = scatter.ring[0] + (scatter.ring[1] - scatter.ring[0]) * r.unit().powf(0.62);
        let half = std::f32::consts::PI * scatter.arc.unwrap_or(1.0);
        let a = r.signed() * half;
        let (x, z) = (a.sin() * d, -a.cos() * d);
        if in_view_band(
            x - land.bend(z) - if row.path > 0.0 && d < 60.0 { path_x(z) } else { 0.0 },
            z,
            scatter.clear,
        ) {
            continue;
        }
        let y = land.height(x, z);
        let dry = match (wave, row.water) {
            (Some((above, water)), _) => y > water.level + above,
            (None, Some(water)) => y > water.level + 0.15,
            (None, None) => true,
        };
        if !dry || land.normal(x, z, 1.5).y < 0.80 {
            continue;
        }
        let cell = ((x / 8.0).floor() as i32, (z / 8.0).floor() as i32);
        let p = Vec2::new(x, z);
        let crowded = (-1..=1).any(|i| {
            (-1..=1).any(|j| {
                taken
                    .get(&(cell.0 + i, cell.1 + j))
                    .is_some_and(|near| near.iter().any(|o| o.distance(p) < gap))
            })
        });
        if crowded {
            continue;
        }
        taken.entry(cell).or_default().push(p);
        placed += 1;
        let scale = r.between(scatter.scale);
        let tint = [0.92 + 0.2 * r.unit(), 0.92 + 0.16 * r.unit(), 0.95 + 0.1 * r.unit()];
        kinds[r.below(VARIANTS)].instances.push(Instance {
            position: [x, y - 0.03, z],
            scale,
            tint,
            yaw: r.unit() * std::f32::consts::TAU,
            phase: r.unit(),
            snow: dress.snow,
            shown: 1.0,
            tall: 1.0,
        });
    }
    kinds.retain(|k| !k.instances.is_empty());
    stands.append(&mut kinds);
}

fn strew_rocks(stands: &mut Vec<Stand>, land: &Land, row: &PlaceRow, rocks: &RockRow, snow: f32, seed: u64) {
    let mut r = Rng::new(seed);
    for v in 0..3u64 {
        let near = mesh::rock(5 + v, 12, row.rock);
        let extent = near.extent();
        let middle = mesh::rock(5 + v, 5, row.rock);
        let mut instances = Vec::new();
        for _ in 0..=rocks.count / 3 {
            let d = rocks.reach * (0.06 + 0.94 * r.unit().powf(0.7));
            let a = r.unit() * std::f32::consts::TAU;
            let (x, z) = (d * a.cos(), d * a.sin());
            let scale = rocks.size[0] + (rocks.size[1] - rocks.size[0]) * r.unit().powi(3);
            let (yaw, phase, tall) = (r.unit() * std::f32::consts::TAU, r.unit(), 0.8 + 0.5 * r.unit());
            let middle_of_path = if row.path > 0.0 { path_x(z) } else { land.bend(z) };
            if (x - middle_of_path).abs() < rocks.clear {
                continue;
            }
            let position = [x, land.height(x, z) - 0.10 * scale, z];
            instances.push(Instance { position, scale, tint: [1.0; 3], yaw, phase, snow, shown: 1.0, tall });
        }
        let kind = Kind {
            near: near.split(),
            middle: Some(middle.split()),
            extent,
            impostor: false,
            casts_shadow: true,
            reach: 160.0,
        };
        stands.push(Stand { kind, instances });
    }
}

fn lay_cover(
    stands: &mut Vec<Stand>,
    land: &Land,
    row: &PlaceRow,
    cover: &CoverRow,
    snowy: bool,
    dress: Dress,
    seed: u64,
) {
    const REACH: f32 = 58.0;
    let mut r = Rng::new(seed);
    let (density, patchy, meshes): (f32, f32, Vec<Mesh>) = match cover {
        CoverRow::Grass { density, blades, tall, wide, wild, lo, hi, patchy, winter } => {
            if snowy != *winter {
                return;
            }
            let turn = |c: [f32; 3]| {
                if dress.autumn { [c[0] * 1.25, c[1] * 1.0, c[2] * 0.9] } else { c }
            };
            let colours = [turn(*lo), turn(*hi)];
            let make = |v| mesh::grass(seed + v, *blades, *tall, *wide, *wild, colours);
            (*density, *patchy, (0..2).map(make).collect())
        }
        CoverRow::Flowers { density, count, tall, colour, patchy } => {
            if snowy || dress.autumn || dress.bare {
                return;
            }
            (*density, *patchy, vec![mesh::flowers(seed, *count, *tall, *colour)])
        }
        CoverRow::Litter { density, count, colours } => {
            if snowy {
                return;
            }
            (*density, 0.0, vec![mesh::litter(seed, *count, colours)])
        }
    };
    let variants = meshes.len();
    let mut sets: Vec<Vec<Instance>> = vec![Vec::new(); variants];
    let side = 1.0 / density.max(0.01).sqrt();
    let cells = (REACH / side) as i32;
    for j in -cells..=cells {
        for i in -cells..=cells {
            let (u, v, k, yaw, phase, tone) = (r.unit(), r.unit(), r.unit(), r.unit(), r.unit(), r.unit());
            let (x, z) = ((i as f32 + u) * side, (j as f32 + v) * side);
            if x * x + z * z > REACH * REACH {
                continue;
            }
            let patch = noise::noise(Vec2::new(x, z) * 0.13, seed as u32, 0) * 0.5 + 0.5 + (k - 0.5) * 0.24;
            let on_path = row.path > 0.0 && (x - path_x(z)).abs() < row.path;
            let y = land.height(x, z);
            let wet = row.water.is_some_and(|w| y < w.level + 0.25 + w.wave * 1.2);
            let on_road = (x - land.bend(z)).abs() < row.land.level * 0.62;
            if patch < patchy || on_path || on_road || wet {
                continue;
            }
            let tone = 0.9 + 0.2 * tone;
            sets[(k * variants as f32) as usize % variants].push(Instance {
                position: [x, y, z],
                scale: 0.85 + 0.3 * u,
                tint: [tone; 3],
                yaw: yaw * std::f32::consts::TAU,
                phase,
                snow: if snowy { 0.8 } else { 0.0 },
                shown: 1.0,
                tall: (0.75 + 0.5 * v) * (0.6 + 0.6 * patch.min(1.0)),
            });
        }
    }
    for (mesh, instances) in meshes.into_iter().zip(sets) {
        let extent = mesh.extent();
        let kind = Kind {
            near: mesh.split(),
            middle: None,
            extent,
            impostor: false,
            casts_shadow: false,
            reach: 34.0,
        };
        stands.push(Stand { kind, instances });
    }
}
