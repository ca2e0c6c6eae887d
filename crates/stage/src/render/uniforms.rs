//! What the shaders are told each frame: the same layouts as in `common.wgsl` and `post.wgsl`.

use crate::camera::Pose;
use crate::look::StyleRow;
use crate::world::{Lamp, Light, Moment, Site, linear};
use bytemuck::{Pod, Zeroable};
use glam::{Mat4, Vec2, Vec3, Vec4};

pub(crate) const MOST_LAMPS: usize = 16;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub(crate) struct FrameUniform {
    pub view: Mat4,
    pub unview: Mat4,
    pub near_shadow: Mat4,
    pub far_shadow: Mat4,
    pub eye: Vec4,
    pub key: Vec4,
    pub key_colour: Vec4,
    pub sun: Vec4,
    pub up: Vec4,
    pub horizon: Vec4,
    pub air_toward: Vec4,
    pub air_away: Vec4,
    pub fog: Vec4,
    pub clouds: Vec4,
    pub ground: Vec4,
    pub ground2: Vec4,
    pub lo: Vec4,
    pub hi: Vec4,
    pub patch: Vec4,
    pub rock: Vec4,
    pub woods: Vec4,
    pub water: Vec4,
    pub deep: Vec4,
    pub forward: Vec4,
    pub shape: Vec4,
    pub sky_window: Vec4,
    pub tint: Vec4,
    pub heaven: Vec4,
    pub planets: [[Vec4; 2]; 2],
    pub turn: Vec4,
    pub drift: Vec4,
    pub lamps: [[Vec4; 2]; MOST_LAMPS],
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub(crate) struct PostUniform {
    pub size: Vec4,
    pub lens: Vec4,
    pub tone: Vec4,
    pub tint: Vec4,
    pub warm: Vec4,
    pub film: Vec4,
    pub style: Vec4,
    pub ink: Vec4,
    pub sun: Vec4,
    pub craft: Vec4,
    pub craft2: Vec4,
}

/// What the lens and laboratory do to a picture: constants of their pipelines, by the names that `post.wgsl` gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    Shafts,
    Larger,
    Blurred,
    Halation,
    Cel,
    PaperGrain,
    Pencil,
    Outlined,
    Smoothed,
    Brushed,
    Stroked,
    Dotted,
    Blocky,
    Faceted,
    Layered,
    Kneaded,
    Hatched,
    Thermal,
}

impl Effect {
    fn name(self) -> &'static str {
        match self {
            Self::Shafts => "shafts",
            Self::Larger => "larger",
            Self::Blurred => "blurred",
            Self::Halation => "halation",
            Self::Cel => "cel",
            Self::PaperGrain => "paper_grain",
            Self::Pencil => "pencil",
            Self::Outlined => "outlined",
            Self::Smoothed => "smoothed",
            Self::Brushed => "brushed",
            Self::Stroked => "stroked",
            Self::Dotted => "dotted",
            Self::Blocky => "blocky",
            Self::Faceted => "faceted",
            Self::Layered => "layered",
            Self::Kneaded => "kneaded",
            Self::Hatched => "hatched",
            Self::Thermal => "thermal",
        }
    }

    /// Where it is done.
    fn stage(self) -> PostStage {
        match self {
            Self::Shafts => PostStage::Spread,
            Self::Smoothed => PostStage::Finish,
            _ => PostStage::Develop,
        }
    }
}

/// The steps of the laboratory that differ from picture to picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PostStage {
    Spread,
    Develop,
    Finish,
}

/// A set of [`Effect`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Effects(u32);

impl Effects {
    const ALL: [Effect; 18] = [
        Effect::Shafts,
        Effect::Larger,
        Effect::Blurred,
        Effect::Halation,
        Effect::Cel,
        Effect::PaperGrain,
        Effect::Pencil,
        Effect::Outlined,
        Effect::Smoothed,
        Effect::Brushed,
        Effect::Stroked,
        Effect::Dotted,
        Effect::Blocky,
        Effect::Faceted,
        Effect::Layered,
        Effect::Kneaded,
        Effect::Hatched,
        Effect::Thermal,
    ];

    pub(crate) fn of(wanted: impl Fn(Effect) -> bool) -> Self {
        Self(Self::ALL.into_iter().filter(|e| wanted(*e)).fold(0, |bits, e| bits | 1 << e as u32))
    }

    pub(crate) fn has(self, effect: Effect) -> bool {
        self.0 & (1 << effect as u32) != 0
    }

    /// Those of one step.
    pub(crate) fn at(self, stage: PostStage) -> Self {
        Self::of(|e| self.has(e) && e.stage() == stage)
    }

    /// The constants of a pipeline; what is not among them is off.
    pub(crate) fn constants(self) -> Vec<(&'static str, f64)> {
        Self::ALL.into_iter().filter(|e| self.has(*e)).map(|e| (e.name(), 1.0)).collect()
    }
}

/// One shadow map: its matrix, and how many metres a texel covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cascade {
    pub light: Mat4,
    pub centre: Vec3,
    pub reach: f32,
    pub texel: f32,
}

impl Cascade {
    /// A box of half width `reach` around `centre` seen from the light, moved in whole texels so that edges do not crawl.
    pub(crate) fn around(centre: Vec3, reach: f32, key: Vec3, side: u32) -> Self {
        let up = if key.y.abs() > 0.99 { Vec3::Z } else { Vec3::Y };
        let turn = Mat4::look_to_rh(Vec3::ZERO, -key, up);
        let texel = 2.0 * reach / side as f32;
        let mut c = turn.transform_point3(centre);
        c.x = (c.x / texel).round() * texel;
        c.y = (c.y / texel).round() * texel;
        let depth = reach * 2.0 + 260.0;
        let project = Mat4::orthographic_rh(
            c.x - reach,
            c.x + reach,
            c.y - reach,
            c.y + reach,
            -c.z - depth,
            -c.z + depth,
        );
        Self { light: project * turn, centre, reach, texel }
    }
}

/// Everything of a frame that the uniforms are made from.
pub(crate) struct FrameInput<'a> {
    pub site: &'a Site,
    /// The place as it is now.
    pub moment: &'a Moment,
    /// How far between two paintings of the sky, 0..1.
    pub between: f32,
    pub pose: &'a Pose,
    pub aspect: f32,
    pub size: (u32, u32),
    pub time: f32,
    pub cascades: [Cascade; 2],
    pub sky_window: Vec4,
    pub softness: f32,
    /// Those that the cast brings along.
    pub lamps: Vec<Lamp>,
}

impl FrameInput<'_> {
    fn light(&self) -> &Light {
        &self.moment.light
    }

    pub(crate) fn view(&self) -> Mat4 {
        self.pose.projection(self.aspect) * self.pose.view()
    }

    pub(crate) fn uniform(&self) -> FrameUniform {
        let (site, light, look) = (self.site, self.light(), &self.moment.look);
        let view = self.view();
        let mut lamps = [[Vec4::ZERO; 2]; MOST_LAMPS];
        let mut near: Vec<_> = site.lamps.iter().chain(&self.lamps).collect();
        let ahead = self.pose.eye + self.pose.forward * 12.0;
        near.sort_by(|a, b| a.position.distance(ahead).total_cmp(&b.position.distance(ahead)));
        for (slot, lamp) in lamps.iter_mut().zip(&near) {
            *slot = [lamp.position.extend(lamp.reach), (lamp.colour * self.moment.lamps).extend(0.0)];
        }
        let count = near.len().min(MOST_LAMPS) as f32;
        let (level, wave, deep) =
            site.water.as_ref().map_or((-1e4, 0.0, Vec3::ZERO), |(w, _)| (w.level, w.wave, linear(w.deep)));
        let wet = if site.indoors { 0.0 } else { light.rain.min(1.0) };
        FrameUniform {
            view,
            unview: view.inverse(),
            near_shadow: self.cascades[0].light,
            far_shadow: self.cascades[1].light,
            eye: self.pose.eye.extend(self.time),
            key: light.key.extend(0.0),
            key_colour: light.key_colour.extend(light.moonlit),
            sun: light.sun.extend(light.haze),
            up: light.up.extend(light.wind),
            horizon: light.horizon.extend(wet),
            air_toward: light.air_toward.extend(light.lamps),
            air_away: light.air_away.extend(count),
            fog: light.fog,
            clouds: light.clouds,
            ground: Vec4::new(look.bump, look.grain, look.ripples, look.shore),
            ground2: Vec4::new(look.through, look.snow, look.paved, look.patches),
            lo: look.lo.extend(look.snow_line),
            hi: look.hi.extend(look.path),
            patch: look.patch.extend(look.glow),
            rock: look.rock.extend(0.0),
            woods: look.woods.extend(0.0),
            water: Vec4::new(level, wave, if site.water.is_some() { 1.0 } else { 0.0 }, light.fill),
            deep: deep.extend(if site.indoors { 1.0 } else { 0.0 }),
            forward: self.pose.forward.extend(self.size.1 as f32),
            shape: Vec4::new(
                self.size.0 as f32,
                self.cascades[0].texel,
                self.cascades[1].texel,
                self.softness,
            ),
            sky_window: self.sky_window,
            tint: light.tint,
            heaven: Vec4::new(light.submerged, light.aurora, self.between, self.moment.lamps),
            planets: light.planets.map(|p| [p.toward.extend(p.radius), p.colour.extend(p.kind)]),
            turn: self.moment.turn,
            drift: Vec4::new(
                site.drift.map_or(0.0, |(kind, _)| f32::from(kind as u8)),
                light.flash.x,
                light.flash.y,
                light.flash.z,
            ),
            lamps,
        }
    }

    /// The same world seen in the water: drawn upright, so that it lies under the pixel that mirrors it.
    pub(crate) fn mirrored(&self, main: &FrameUniform) -> FrameUniform {
        let level = main.water.x;
        let flip =
            Mat4::from_translation(Vec3::Y * 2.0 * level) * Mat4::from_scale(Vec3::new(1.0, -1.0, 1.0));
        let view = main.view * flip;
        let eye = self.pose.eye;
        let forward = self.pose.forward * Vec3::new(1.0, -1.0, 1.0);
        FrameUniform {
            view,
            unview: view.inverse(),
            eye: Vec3::new(eye.x, 2.0 * level - eye.y, eye.z).extend(self.time),
            key: main.key.truncate().extend(1.0),
            forward: forward.extend(main.forward.w * 0.5),
            shape: Vec4::new(main.shape.x * 0.5, main.shape.y, main.shape.z, main.shape.w),
            ..*main
        }
    }

    /// The scene seen from the light of a cascade.
    pub(crate) fn seen_from_light(&self, main: &FrameUniform, cascade: &Cascade) -> FrameUniform {
        // Shadows of still things do not sway: their map is kept from frame to frame.
        let eye = cascade.centre + self.light().key * 5000.0;
        FrameUniform { view: cascade.light, eye: eye.extend(0.0), ..*main }
    }

    /// The lens and laboratory: their numbers and what they do. `result` is the size of the picture, `frame` its number.
    pub(crate) fn post(
        &self,
        style: &StyleRow,
        result: (u32, u32),
        frame: u32,
        smooth_edges: bool,
    ) -> (PostUniform, Effects) {
        let light = self.light();
        let high = result.1 as f32;
        let most = (0.0135 * high).max(2.0);
        let infinity = self.pose.blur * high * style.lens_blur;
        let v3 = Vec3::from;
        let at_sun = self.view() * (self.pose.eye + light.sun * 5000.0).extend(1.0);
        let ahead = at_sun.w > 0.0 && light.sun.y > -0.01 && !self.site.indoors;
        let sun = Vec2::new(at_sun.x, -at_sun.y) / at_sun.w.abs().max(1e-3) * 0.5 + Vec2::splat(0.5);
        let shafts = 0.10 * (1.0 - light.clouds.z) * (light.haze * 4.0).min(1.0);
        let effects = Effects::of(|effect| match effect {
            Effect::Shafts => ahead && shafts > 0.0,
            Effect::Larger => self.size.0 as f32 > result.0 as f32 * 1.5,
            Effect::Blurred => infinity > 0.55,
            Effect::Halation => style.halation > 0.0,
            Effect::Cel => style.cel > 0.5,
            Effect::PaperGrain => style.paper > 0.0,
            Effect::Pencil => style.pencil,
            Effect::Outlined => style.lines > 0.0,
            // Blocks have edges on purpose.
            Effect::Smoothed => smooth_edges && style.blocks <= 0.0,
            Effect::Brushed => style.brush > 0.0,
            Effect::Stroked => style.strokes > 0.0,
            Effect::Dotted => style.dots > 0.0,
            Effect::Blocky => style.blocks > 0.0,
            Effect::Faceted => style.facets > 0.0,
            Effect::Layered => style.layers > 0.0,
            Effect::Kneaded => style.clay > 0.0,
            Effect::Hatched => style.hatch > 0.0,
            Effect::Thermal => style.thermal > 0.0,
        });
        let uniform = PostUniform {
            size: Vec4::new(result.0 as f32, high, self.size.0 as f32, self.size.1 as f32),
            lens: Vec4::new(self.pose.focus, infinity, most, 0.0),
            tone: Vec4::new(
                light.exposure * style.stops.exp2(),
                style.contrast,
                style.saturation,
                style.bloom,
            ),
            tint: v3(style.shadows).extend(0.0),
            warm: v3(style.lights).extend(style.vignette),
            film: Vec4::new(style.grain, (frame % 4096) as f32, 0.0, style.fade),
            style: Vec4::new(style.cel, style.lines, style.paper, style.halation),
            ink: v3(style.ink).extend(shafts),
            sun: Vec4::new(sun.x, sun.y, style.hatch, style.thermal),
            craft: Vec4::new(style.brush, style.strokes, style.dots, style.blocks),
            craft2: Vec4::new(style.facets, style.layers, style.clay, 0.0),
        };
        (uniform, effects)
    }
}

/// The window of directions that a shot looks at: azimuth from straight ahead and height, each as start and size, with
/// room for drifting clouds; `mirror` adds what water shows, `bottomless` what lies below the horizon.
pub(crate) fn sky_window(poses: &[Pose], aspect: f32, mirror: bool, bottomless: bool) -> Vec4 {
    use std::f32::consts::{FRAC_PI_2, PI, TAU};
    let Some(first) = poses.first() else { return Vec4::new(-PI, -0.2, TAU, PI) };
    let reference = first.forward.x.atan2(-first.forward.z);
    let (mut az, mut el) = ((0.0f32, 0.0f32), (0.0f32, 0.0f32));
    let mut all_around = false;
    let mut started = false;
    for pose in poses {
        let unview = (pose.projection(aspect) * pose.view()).inverse();
        for j in 0..=4 {
            for i in 0..=4 {
                let p = unview.project_point3(Vec3::new(i as f32 * 0.5 - 1.0, j as f32 * 0.5 - 1.0, 0.5));
                let d = (p - pose.eye).normalize_or(Vec3::NEG_Z);
                let e = d.y.clamp(-1.0, 1.0).asin();
                let a = (d.x.atan2(-d.z) - reference + PI).rem_euclid(TAU) - PI;
                all_around |= e.abs() > 1.25;
                let highs = if mirror { e.abs() } else { e };
                if started {
                    az = (az.0.min(a), az.1.max(a));
                    el = (el.0.min(e), el.1.max(highs));
                } else {
                    az = (a, a);
                    el = (e, highs);
                    started = true;
                }
            }
        }
    }
    let lowest = if bottomless { -FRAC_PI_2 } else { -0.12 };
    let (low, high) = ((el.0 - 0.05).max(lowest), (el.1 + 0.05).clamp(0.05, FRAC_PI_2));
    let low = low.min(high - 0.1);
    if all_around || az.1 - az.0 > 5.0 {
        return Vec4::new(reference - PI, low, TAU, if all_around { FRAC_PI_2 } else { high } - low);
    }
    let (from, to) = (az.0 - 0.05, az.1 + 0.12);
    Vec4::new(reference + from, low, to - from, high - low)
}

/// The window of a camera that a hand moves, out to the next of a few edges: the steps of a drag look out of the same.
pub(crate) fn roomier(window: Vec4) -> Vec4 {
    use std::f32::consts::{FRAC_PI_2, PI, TAU};
    const ACROSS: f32 = 0.4;
    const ABOVE: f32 = 0.15;
    let low = (window.y / ABOVE).floor() * ABOVE;
    let high = (((window.y + window.w) / ABOVE).ceil() * ABOVE).min(FRAC_PI_2);
    let from = (window.x / ACROSS).floor() * ACROSS;
    let wide = ((window.x + window.z - from) / ACROSS).ceil() * ACROSS;
    if wide > 5.0 {
        return Vec4::new(-PI, low, TAU, high - low);
    }
    Vec4::new(from, low, wide, high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sky_window_holds_the_corners_of_the_picture() {
        let pose = Pose {
            eye: Vec3::Y,
            forward: Vec3::new(0.1, 0.1, -1.0).normalize(),
            up: Vec3::Y,
            fov_y: 0.5,
            focus: 10.0,
            blur: 0.0,
        };
        let w = sky_window(&[pose], 1.78, false, false);
        let ahead = pose.forward.x.atan2(-pose.forward.z);
        assert!(w.x < ahead - 0.4 && w.x + w.z > ahead + 0.4, "{w}");
        assert!(w.y < 0.0 && w.y + w.w > 0.33, "{w}");
    }

    #[test]
    fn a_roomier_window_holds_its_own_and_is_that_of_its_neighbours() {
        let mut kinds = std::collections::BTreeSet::new();
        for k in 0..60 {
            let w = Vec4::new(-2.0 + 0.05 * k as f32, -0.11, 1.1, 0.5 + 0.005 * k as f32);
            let r = roomier(w);
            assert!(r.x <= w.x && r.y <= w.y, "{w} {r}");
            assert!(r.x + r.z > w.x + w.z - 1e-4 && r.y + r.w > w.y + w.w - 1e-4, "{w} {r}");
            assert!(r.z < w.z + 0.9 && r.w < w.w + 0.4, "{w} {r}");
            kinds.insert(format!("{r}"));
        }
        assert!(kinds.len() < 25, "{}", kinds.len());
        assert!((roomier(Vec4::new(0.3, -0.1, 5.2, 1.0)).z - std::f32::consts::TAU).abs() < 1e-6);
    }
}
