//! What changes while a shot runs: the hour, the weather, the season, the colour of leaves or sky.
//!
//! A [`Course`] holds the rows that the shot passes through and blends them, so that every moment is a pure function of
//! how far the shot has come.

use super::sky::{HeavenRow, Light, OwnLight, TimeRow, WeatherRow};
use super::tables::{GroundRow, tables};
use super::{AirRow, GroundLook, linear, sky};
use film::{Development, Season, ShotOrder, TimeOfDay, Weather};
use glam::{Vec3, Vec4};

/// What of a place decides its light, besides hour and weather.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub air: AirRow,
    pub own: Option<OwnLight>,
    pub heaven: HeavenRow,
    pub wind: Option<f32>,
    pub indoors: bool,
    /// Lit as a photographer's studio is.
    pub studio: bool,
    /// A room whose own lamps are out.
    pub unlit: bool,
}

impl Setting {
    /// The light of the place at an hour, in a weather.
    pub(crate) fn light(&self, time: &TimeRow, weather: &WeatherRow, albedo: f32) -> Light {
        let mut light = Light::of(time, weather, &self.air, albedo, self.wind);
        if self.indoors {
            light.rain = 0.0;
            light.snow = 0.0;
            light.fog.x = 0.0;
            light.wind = 0.0;
            // Lamps light a room as much as its windows do, at any hour; but what the walls throw back of the day goes
            // with it, and leaves pools of light.
            light.exposure = 1.2 * (self.air.stops - 0.9).exp2();
            light.fill = self.air.fill * (1.0 - 0.55 * light.lamps);
        }
        if self.unlit {
            light.exposure *= 1.9;
            light.fill *= 1.1;
            light.lamps = 0.0;
        }
        if self.studio {
            light.as_in_a_studio();
        }
        if let Some(own) = &self.own {
            light.replaced(own);
            light.fill = if self.indoors { self.air.fill } else { 0.0 };
        }
        light.under(&self.heaven);
        light
    }
}

/// One moment of a shot, as far as the place is concerned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moment {
    pub light: Light,
    pub look: GroundLook,
    /// What multiplies the colour of leaves; how much snow has come to lie on plants.
    pub turn: Vec4,
    /// How far lamps are lit, as a part of how far they were built to be.
    pub lamps: f32,
}

/// The changes of a shot.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    setting: Setting,
    /// The hours and the weathers it passes through.
    times: Vec<TimeRow>,
    weathers: Vec<WeatherRow>,
    /// How the ground is at the end.
    ground: Option<GroundLook>,
    leaves: Vec3,
    /// Snow on plants at the beginning and at the end.
    snow: [f32; 2],
    /// Colour that the sky takes on, and how much of it.
    sky: Vec4,
}

/// The hours from one to another, forward around the clock.
fn hours(from: TimeOfDay, to: TimeOfDay) -> Vec<TimeRow> {
    let all = TimeOfDay::ALL;
    let at = |time: TimeOfDay| all.iter().position(|t| *t == time).unwrap_or(0);
    let (first, last) = (at(from), at(to));
    let steps = (last + all.len() - first) % all.len();
    let mut rows: Vec<TimeRow> =
        (0..=steps).map(|k| tables().times[sky::time_word(all[(first + k) % all.len()])].clone()).collect();
    // A moon that shines at some hour is there at all of them, below the light of the sun.
    let moon = rows.iter().find_map(|row| row.moon);
    for row in &mut rows {
        row.moon = row.moon.or(moon);
    }
    rows
}

/// What a word for a colour makes of green leaves, as a factor, and of the sky, as a linear colour.
fn colour(word: &str) -> Option<(Vec3, Vec3)> {
    let (leaf, sky) = match word {
        "red" | "crimson" | "scarlet" => ([2.7, 0.42, 0.40], [2.6, 0.62, 0.42]),
        "orange" | "amber" | "copper" => ([2.5, 0.85, 0.35], [2.4, 1.0, 0.45]),
        "yellow" | "gold" | "golden" => ([2.2, 1.25, 0.40], [2.1, 1.4, 0.6]),
        "brown" => ([1.5, 0.78, 0.60], [1.5, 1.0, 0.7]),
        "green" => ([0.62, 1.05, 0.55], [0.7, 1.5, 0.8]),
        "purple" | "violet" => ([1.5, 0.5, 1.6], [1.5, 0.7, 1.9]),
        "pink" => ([2.2, 0.9, 1.3], [2.2, 1.0, 1.4]),
        "blue" => ([0.6, 0.8, 1.8], [0.5, 0.9, 1.9]),
        "grey" | "gray" | "black" | "dark" => ([0.6, 0.6, 0.7], [0.5, 0.5, 0.55]),
        "white" => ([1.6, 1.5, 1.9], [1.3, 1.3, 1.35]),
        _ => return None,
    };
    Some((leaf.into(), sky.into()))
}

impl Course {
    /// The course of an order's shot; `None` where nothing changes that the stage can show.
    pub(crate) fn of(order: &ShotOrder, setting: &Setting, ground: &GroundLook, snowy: bool) -> Option<Self> {
        let t = tables();
        let mut course = Self {
            setting: setting.clone(),
            times: vec![t.times[sky::time_word(order.time)].clone()],
            weathers: vec![t.weathers[sky::weather_word(order.weather)].clone()],
            ground: None,
            leaves: Vec3::ONE,
            snow: [0.0; 2],
            sky: Vec4::ZERO,
        };
        let mut any = false;
        for Development { what, from, to, .. } in &order.shot.developments {
            any |= match what.as_str() {
                "time" => TimeOfDay::from_word(to).is_some_and(|end| {
                    course.times = hours(TimeOfDay::from_word(from).unwrap_or(order.time), end);
                    course.times.len() > 1
                }),
                "weather" => Weather::from_word(to).is_some_and(|end| {
                    if let Some(first) = Weather::from_word(from) {
                        course.weathers = vec![t.weathers[sky::weather_word(first)].clone()];
                    }
                    course.weathers.push(t.weathers[sky::weather_word(end)].clone());
                    if matches!(end, Weather::Snow | Weather::Blizzard) && !snowy && !setting.indoors {
                        course.ends_in_snow(ground);
                    }
                    true
                }),
                "season" => Season::from_word(to).is_some_and(|end| {
                    match end {
                        Season::Winter if !snowy => course.ends_in_snow(ground),
                        Season::Autumn => course.leaves = Vec3::new(2.3, 0.92, 0.42),
                        Season::Spring | Season::Summer if snowy => course.thaws(ground),
                        _ => return false,
                    }
                    true
                }),
                "sky" | "cloud" | "horizon" | "air" | "light" => colour(to).is_some_and(|(_, sky)| {
                    course.sky = sky.extend(0.8);
                    true
                }),
                "leaf" | "tree" | "forest" | "foliage" | "wood" | "woods" | "bush" | "maple" | "oak" => {
                    colour(to).is_some_and(|(leaf, _)| {
                        course.leaves = leaf;
                        true
                    })
                }
                _ => false,
            };
        }
        any.then_some(course)
    }

    fn ends_in_snow(&mut self, ground: &GroundLook) {
        let snow = &tables().grounds["snow"];
        // What is paved or built keeps its shape under a thin cover.
        let whole = if ground.paved > 0.0 { 0.7 } else { 1.0 };
        self.ground = Some(ground.toward(&GroundLook { snow_line: 0.0, ..ground.of_row(snow) }, whole));
        self.snow = [0.0, 0.9];
    }

    fn thaws(&mut self, ground: &GroundLook) {
        self.ground = Some(GroundLook { snow_line: 9000.0, ..ground.of_row(&tables().grounds["grass"]) });
        self.snow = [0.0, 0.0];
    }

    /// The furthest that lamps are lit in the course of the shot.
    pub(crate) fn brightest_lamps(&self) -> f32 {
        (0..=8).map(|k| self.light(k as f32 / 8.0, 0.3).lamps).fold(0.0, f32::max)
    }

    /// The most rain and snow that falls in the course of the shot.
    pub(crate) fn wettest(&self) -> (f32, f32) {
        self.weathers.iter().fold((0.0, 0.0), |(r, s), w| (r.max(w.rain), s.max(w.snow)))
    }

    /// At how many moments the sky has to be painted for the rest to be blends.
    pub(crate) fn sky_pictures(&self) -> usize {
        (2 * (self.times.len() + self.weathers.len() - 2)).clamp(2, 8) + 1
    }

    fn light(&self, u: f32, albedo: f32) -> Light {
        let time = blend(&self.times, u, TimeRow::toward);
        let weather = blend(&self.weathers, u, WeatherRow::toward);
        let mut light = self.setting.light(&time, &weather, albedo);
        if self.sky.w > 0.0 {
            light.tinted(self.sky.truncate(), self.sky.w * u);
        }
        light
    }

    /// The place when the shot has come to `u`, 0..1, from `ground` at its beginning; `lamps`: how far its lamps were
    /// built to be lit.
    pub(crate) fn moment(&self, u: f32, ground: &GroundLook, lamps: f32) -> Moment {
        let look = self.ground.as_ref().map_or_else(|| ground.clone(), |end| ground.toward(end, u));
        let light = self.light(u, look.albedo());
        let lit = light.lamps / lamps.max(0.01);
        let snow = self.snow[0] + (self.snow[1] - self.snow[0]) * u;
        Moment { light, look, turn: Vec3::ONE.lerp(self.leaves, u).extend(snow), lamps: lit.min(1.0) }
    }
}

/// Between the rows of a list, each for an equal part of the way.
fn blend<R: Clone>(rows: &[R], u: f32, toward: impl Fn(&R, &R, f32) -> R) -> R {
    let way = u.clamp(0.0, 1.0) * (rows.len() - 1) as f32;
    let k = (way as usize).min(rows.len().saturating_sub(2));
    let next = (k + 1).min(rows.len() - 1);
    toward(&rows[k], &rows[next], way - k as f32)
}

impl GroundLook {
    /// Mean reflectance.
    pub(crate) fn albedo(&self) -> f32 {
        (self.lo + self.hi).dot(Vec3::splat(1.0 / 6.0))
    }

    fn of_row(&self, row: &GroundRow) -> Self {
        Self {
            lo: linear(row.lo),
            hi: linear(row.hi),
            patch: linear(row.patch),
            patches: row.patches,
            bump: row.bump,
            through: row.through,
            snow: row.snow,
            ..self.clone()
        }
    }

    /// A part of the way to another look. Sizes of patterns stay, or they would slide.
    fn toward(&self, to: &Self, t: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * t;
        // The snow line comes down late: most of its way is above every peak.
        let line = mix(self.snow_line.min(1500.0), to.snow_line.min(1500.0));
        Self {
            lo: self.lo.lerp(to.lo, t),
            hi: self.hi.lerp(to.hi, t),
            patch: self.patch.lerp(to.patch, t),
            patches: mix(self.patches, to.patches),
            bump: mix(self.bump, to.bump),
            through: mix(self.through, to.through),
            snow: mix(self.snow, to.snow),
            ripples: mix(self.ripples, to.ripples),
            snow_line: if t <= 0.0 { self.snow_line } else { line },
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Site;
    use film::{Quality, Storyboard};

    fn site(time: TimeOfDay, what: &str, to: &str) -> Site {
        let mut board = Storyboard::example();
        board.scenes[0].time = time;
        board.scenes[0].season = Season::Summer;
        board.places[0].kind = "meadow".into();
        board.places[0].name = "meadow".into();
        board.places[0].ground = None;
        let shot = &mut board.scenes[0].shots[0];
        shot.developments = vec![Development { what: what.into(), to: to.into(), ..Development::default() }];
        let id = shot.id.clone();
        Site::new(&ShotOrder::new(&board, &id, Quality::Draft).unwrap())
    }

    #[test]
    fn night_falls_by_steps_too_small_to_see() {
        let site = site(TimeOfDay::Afternoon, "time", "night");
        let brightness = |u: f32| {
            let light = site.moment(u).light;
            (light.key_colour.length() * light.key.y.max(0.1) + light.up.length()) * light.exposure
        };
        assert!(brightness(0.0) > brightness(1.0) * 2.0);
        assert_eq!(site.moment(0.0).light.sun, site.light.sun);
        for k in 0..200 {
            let (a, b) = (brightness(k as f32 / 200.0), brightness((k + 1) as f32 / 200.0));
            assert!((a - b).abs() < 0.12 * a.max(b) + 0.01, "{k}: {a} {b}");
        }
    }

    #[test]
    fn leaves_turn_and_snow_settles() {
        let red = site(TimeOfDay::Noon, "leaf", "red").moment(1.0).turn;
        assert!(red.x > 2.0 * red.y, "{red}");
        let winter = site(TimeOfDay::Noon, "season", "winter");
        assert!(winter.moment(0.0).look.snow < 0.01 && winter.moment(1.0).look.snow > 0.95);
        assert!(winter.moment(1.0).turn.w > 0.8);
    }

    #[test]
    fn from_dawn_to_dusk_the_sun_crosses_the_sky() {
        let day = hours(TimeOfDay::Dawn, TimeOfDay::Dusk);
        assert!(day.iter().any(|row| row.sun[1] > 40.0));
        assert_eq!(hours(TimeOfDay::Night, TimeOfDay::Night).len(), 1);
    }
}
