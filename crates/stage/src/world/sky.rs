//! Light of the sun, moon and sky, from the time of day and the weather.
//!
//! The air is analytic: one scattering with optical depths fitted by eye. `sky.wgsl` holds the same formulas, so that light,
//! ambient, fog and the sky itself agree.

use super::noise::{Rng, mix_seed, smoothstep};
use film::{TimeOfDay, Weather};
use glam::{Vec3, Vec4};
use serde::Deserialize;

const RAYLEIGH: Vec3 = Vec3::new(0.0464, 0.108, 0.265);
const OZONE: Vec3 = Vec3::new(0.012, 0.058, 0.004);

/// Where the sun stands at a time of day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeRow {
    /// Degrees from straight ahead to the right, and above the horizon.
    pub sun: [f32; 2],
    /// Height of the moon, for nights; azimuth as for the sun.
    #[serde(default)]
    pub moon: Option<[f32; 2]>,
    /// Multiplies the exposure, in stops.
    #[serde(default)]
    pub stops: f32,
    /// Pushes the light toward warm (above 0) or cold.
    #[serde(default)]
    pub warmth: f32,
    /// How much of the picture's white the fill that a crew would set gives who stands there: 0 by day.
    #[serde(default)]
    pub fill: f32,
    /// Lamps and windows are lit, 0..1.
    #[serde(default)]
    pub lamps: f32,
}

/// What a weather does to sky, air and ground.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WeatherRow {
    /// Heaped clouds, wisps, and darkness of the sky, each 0..1.
    pub clouds: [f32; 3],
    /// Multiplies the sun.
    pub sun: f32,
    pub haze: f32,
    /// Extinction per metre, and the colour of what hangs in the air (all 0: that of the sky).
    pub fog: f32,
    pub dust: [f32; 3],
    pub rain: f32,
    pub snow: f32,
    pub wind: f32,
}

/// A sky that is not the earth's, or not only.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HeavenRow {
    /// Colour that takes the place of blue, linear, and how far it does (0..1).
    pub air: [f32; 3],
    pub other: f32,
    /// Stars at any hour, 0..1.
    pub stars: f32,
    pub planets: Vec<PlanetRow>,
    /// Curtains of light at night, 0..1.
    pub aurora: f32,
    /// Seen from under water: light dances on what it falls on.
    pub submerged: f32,
    /// Clouds and weather do not reach here.
    pub airless: bool,
}

/// A world in the sky.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanetRow {
    /// Degrees from straight ahead to the right, and above the horizon.
    pub at: [f32; 2],
    /// Half the angle it covers, in degrees.
    pub radius: f32,
    /// Linear colour.
    pub colour: [f32; 3],
    /// 0: bare rock; 1: bands of cloud; 2: seas and clouds. With a ring: plus 10.
    #[serde(default)]
    pub kind: f32,
}

/// Light that does not come from this sky at this hour: in a cave, on a stage, between the stars. Linear colours.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnLight {
    /// Where the main light comes from: degrees from straight ahead to the right, and above the horizon.
    pub key: [f32; 2],
    pub colour: [f32; 3],
    /// From above and from around.
    pub up: [f32; 3],
    pub horizon: [f32; 3],
    /// What far things fade into.
    pub air: [f32; 3],
    pub exposure: f32,
    /// How far lamps are lit.
    #[serde(default = "whole")]
    pub lamps: f32,
}

fn whole() -> f32 {
    1.0
}

/// A world in the sky, ready for the shader.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Planet {
    pub toward: Vec3,
    /// Half the angle it covers, in radians.
    pub radius: f32,
    pub colour: Vec3,
    pub kind: f32,
}

/// Everything about light and air that is the same over a picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Light {
    /// Toward the sun, also when it is below the horizon.
    pub sun: Vec3,
    /// Toward what lights the scene: sun or moon.
    pub key: Vec3,
    pub key_colour: Vec3,
    /// Light from straight above and from the horizon.
    pub up: Vec3,
    pub horizon: Vec3,
    /// Colour of the air at the horizon, toward the key light and away from it.
    pub air_toward: Vec3,
    pub air_away: Vec3,
    pub haze: f32,
    /// Heaped clouds, wisps, darkness, stars.
    pub clouds: Vec4,
    /// Extinction per metre, fall with height, base height, mist near the ground.
    pub fog: Vec4,
    pub exposure: f32,
    /// What fills the shadows of those who are there: in a room its walls, 1 by day.
    pub fill: f32,
    pub wind: f32,
    pub rain: f32,
    pub snow: f32,
    pub lamps: f32,
    pub moonlit: f32,
    /// Colour of another world's air, and how far it replaces ours.
    pub tint: Vec4,
    pub planets: [Planet; 2],
    pub aurora: f32,
    pub submerged: f32,
    /// Lightning: strength, where it strikes (radians from straight ahead), its shape.
    pub flash: Vec3,
}

/// What a place asks of the air.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AirRow {
    pub haze: f32,
    /// Extinction per metre.
    pub fog: f32,
    /// Extra extinction near the ground.
    pub mist: f32,
    /// Multiplies exposure, in stops.
    pub stops: f32,
    /// Multiplies the light of the sky: below 1 under dense crowns.
    pub sky: f32,
    /// Multiplies what the walls of a room throw back.
    pub fill: f32,
}

impl Default for AirRow {
    fn default() -> Self {
        Self { haze: 0.05, fog: 0.000_12, mist: 0.0, stops: 0.0, sky: 1.0, fill: 1.0 }
    }
}

fn air_mass(y: f32) -> f32 {
    1.0 / (y.max(0.0) * 0.965 + 0.035)
}

/// Colour of the clear sky in direction `d` with the sun at `s`.
pub(crate) fn sky(d: Vec3, s: Vec3, haze: f32) -> Vec3 {
    let up = d.y.max(0.0);
    let mass = air_mass(up).min(11.0);
    let sun_mass = air_mass(s.y).min(17.0) + (-s.y).max(0.0) * 10.0;
    let tm = Vec3::splat(haze);
    let mu = d.dot(s);
    let low = smoothstep(0.35, 0.04, s.y);
    let (a, b) = (0.45 + 0.80 * low, 0.10 + 0.14 * low);
    let kz = a + (b - a) * up.sqrt();
    let light = (-(RAYLEIGH + OZONE + tm * 0.25) * sun_mass * kz).exp() * 2.9;
    let forward = 0.19 / (1.5776 - 1.52 * mu).powf(1.5) * 0.30;
    let extinct = Vec3::ONE - (-(RAYLEIGH + tm) * mass).exp();
    let phase = (RAYLEIGH * (0.75 * (1.0 + mu * mu)) + tm * forward) / (RAYLEIGH + tm);
    let c = light * phase * extinct * (0.52 + 0.48 * up.sqrt())
        + Vec3::new(0.010, 0.016, 0.034) * extinct * light.z.max(0.3);
    let night = Vec3::new(0.010, 0.017, 0.038) * (1.0 + 0.8 * (1.0 - up));
    let day = c * smoothstep(-0.20, 0.06, s.y) + night;
    day.lerp(twilight(d, s) + night, smoothstep(0.05, -0.035, s.y))
}

/// The sky about the time when the sun is below the horizon, which one scattering makes red from end to end: blue above,
/// a low band that is orange where the sun is and mauve across from it. Fitted to photographs.
fn twilight(d: Vec3, s: Vec3) -> Vec3 {
    let up = d.y.max(0.0);
    let (flat, sun) =
        (Vec3::new(d.x, 0.0, d.z).normalize_or_zero(), Vec3::new(s.x, 0.0, s.z).normalize_or_zero());
    let near = (0.5 + 0.5 * flat.dot(sun)).powi(2);
    let glow = Vec3::new(0.72, 0.40, 0.26).lerp(Vec3::new(1.15, 0.46, 0.15), (-16.0 * up).exp());
    let band = Vec3::new(0.205, 0.160, 0.205).lerp(glow, near);
    let sky = Vec3::new(0.060, 0.105, 0.225).lerp(band, (-up * (6.5 - 3.0 * near)).exp());
    sky * (9.0 * s.y.min(0.0)).exp() * smoothstep(-0.24, -0.02, s.y)
}

fn sun_colour(s: Vec3, haze: f32) -> Vec3 {
    let low = smoothstep(0.35, 0.05, s.y);
    (-(RAYLEIGH * 0.75 + OZONE + Vec3::splat(haze * 0.30)) * air_mass(s.y) * (0.55 + 0.60 * low)).exp()
        * 3.4
        * smoothstep(-0.03, 0.06, s.y)
}

fn direction(azimuth_height: [f32; 2]) -> Vec3 {
    let (a, e) = (azimuth_height[0].to_radians(), azimuth_height[1].to_radians());
    Vec3::new(a.sin() * e.cos(), e.sin(), -a.cos() * e.cos())
}

/// The name of a weather's row.
pub(crate) fn weather_word(weather: Weather) -> &'static str {
    weather.word()
}

/// The name of a time's row.
pub(crate) fn time_word(time: TimeOfDay) -> &'static str {
    time.word()
}

impl TimeRow {
    /// A part of the way to another hour.
    pub(crate) fn toward(&self, to: &Self, t: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * t;
        Self {
            sun: [mix(self.sun[0], to.sun[0]), mix(self.sun[1], to.sun[1])],
            moon: to.moon.or(self.moon),
            stops: mix(self.stops, to.stops),
            warmth: mix(self.warmth, to.warmth),
            fill: mix(self.fill, to.fill),
            lamps: mix(self.lamps, to.lamps),
        }
    }
}

impl WeatherRow {
    /// A part of the way to another weather.
    pub(crate) fn toward(&self, to: &Self, t: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * t;
        Self {
            clouds: std::array::from_fn(|k| mix(self.clouds[k], to.clouds[k])),
            sun: mix(self.sun, to.sun),
            haze: mix(self.haze, to.haze),
            fog: mix(self.fog, to.fog),
            dust: if Vec3::from(to.dust) == Vec3::ZERO { self.dust } else { to.dust },
            rain: mix(self.rain, to.rain),
            snow: mix(self.snow, to.snow),
            wind: mix(self.wind, to.wind),
        }
    }
}

impl Light {
    /// The light of a place at a time, in a weather. `albedo` is the mean reflectance of the ground, which sets the
    /// exposure; `wind` replaces the weather's own.
    pub(crate) fn of(
        time: &TimeRow,
        weather: &WeatherRow,
        air: &AirRow,
        albedo: f32,
        wind: Option<f32>,
    ) -> Self {
        let haze = air.haze + weather.haze;
        let sun = direction(time.sun);
        let [heaps, wisps, dark] = weather.clouds;
        let moonlit = time.moon.map_or(0.0, |_| smoothstep(0.02, -0.10, sun.y));
        let moon = time.moon.map_or(Vec3::Y, direction);
        let night = smoothstep(0.02, -0.12, sun.y);
        let key = if moonlit > 0.5 { moon } else { Vec3::new(sun.x, sun.y.max(0.035), sun.z).normalize() };
        let warm = Vec3::new(1.0 + 0.5 * time.warmth, 1.0, 1.0 - 0.6 * time.warmth);
        let direct = sun_colour(sun, haze) * warm * weather.sun;
        // As the sun's last light goes, the moon's comes: they take turns at nothing.
        let rise = smoothstep(0.5, 0.95, moonlit);
        let key_colour = if moonlit > 0.5 {
            Vec3::new(0.20, 0.27, 0.42) * (0.35 + 0.65 * weather.sun) * rise
        } else {
            direct
        };
        let ring = |y: f32| {
            (0..8).fold(Vec3::ZERO, |sum, k| {
                let a = k as f32 * std::f32::consts::FRAC_PI_4;
                sum + sky(Vec3::new(a.cos(), y, a.sin()).normalize(), sun, haze) / 8.0
            })
        };
        // A closed sky scatters what it takes from the sun: grey, brighter above than at the horizon.
        let grey = |c: Vec3| {
            let l = c.dot(Vec3::splat(0.333))
                + 0.22 * sun_colour(sun, haze).length() * (1.0 - weather.sun) * dark;
            c.lerp(Vec3::new(0.92, 0.97, 1.03) * l, (dark * 1.1).min(1.0))
        };
        let moonglow = Vec3::new(0.030, 0.042, 0.070) * moonlit;
        // Under crowns and between walls the sky's blue is filtered out by what the light has met on its way.
        let filtered = |c: Vec3| {
            let l = c.dot(Vec3::new(0.3, 0.5, 0.2));
            c.lerp(Vec3::new(1.05, 1.0, 0.92) * l, ((1.0 - air.sky) * 3.4).clamp(0.0, 0.7)) * air.sky
        };
        let up = filtered(grey(sky(Vec3::Y, sun, haze))) + moonglow;
        let horizon = filtered(grey(ring(0.12))) + moonglow * 0.8;
        let toward_flat = Vec3::new(key.x, 0.06, key.z).normalize();
        let away_flat = Vec3::new(-key.x, 0.06, -key.z).normalize();
        let glow = (sun_colour(sun, haze) * 0.05 * weather.sun).max(Vec3::ZERO);
        let mut air_toward = grey(sky(toward_flat, sun, haze)) + glow + moonglow * 1.2;
        let mut air_away = filtered(grey(sky(away_flat, sun, haze))) + moonglow;
        let dust = Vec3::from(weather.dust);
        if dust != Vec3::ZERO {
            let l = horizon.dot(Vec3::splat(0.4)) + direct.dot(Vec3::splat(0.1));
            air_toward = dust * l * 1.5;
            air_away = dust * l * 1.15;
        }
        // Light that has met many drops has lost its colour: fog is grey, a little warm toward the light.
        let thick =
            smoothstep(0.0012, 0.0055, air.fog + weather.fog) * if dust == Vec3::ZERO { 0.72 } else { 0.0 };
        let milk = |c: Vec3, warm: f32| {
            let l = c.dot(Vec3::new(0.28, 0.50, 0.22));
            c.lerp(Vec3::new(0.94 + 0.10 * warm, 0.99, 1.05 - 0.10 * warm) * l, thick)
        };
        (air_toward, air_away) = (milk(air_toward, 1.0), milk(air_away, 0.0));
        let (up, horizon) = (milk(up, 0.0), milk(horizon, 0.2));
        // Exposure as a meter would set it for this ground, but only most of the way, so that night stays dark.
        let lit =
            key_colour.dot(Vec3::splat(0.333)) * key.y.max(0.12) + (up + horizon).dot(Vec3::splat(0.30));
        let meter = lit * (0.25 + albedo) * 0.5 + 0.02;
        let exposure = 0.50
            * meter.powf(-0.62)
            * (time.stops + air.stops).exp2()
            * (1.0 - 0.25 * night)
            * (1.0 - 0.42 * dark);
        Self {
            sun,
            key,
            key_colour,
            up,
            horizon,
            air_toward,
            air_away,
            haze,
            clouds: Vec4::new(heaps, wisps, dark, night * (1.0 - dark) * (1.0 - 0.6 * heaps)),
            fog: Vec4::new(air.fog + weather.fog, 0.004, 0.0, air.mist),
            exposure,
            fill: time.fill / exposure,
            wind: wind.unwrap_or(weather.wind),
            rain: weather.rain,
            snow: weather.snow,
            lamps: time.lamps.max(0.55 * smoothstep(0.5, 0.9, dark)),
            moonlit,
            tint: Vec4::ZERO,
            planets: [Planet::default(); 2],
            aurora: 0.0,
            submerged: 0.0,
            flash: Vec3::ZERO,
        }
    }

    /// Colours sky, air and what they light; `amount` 0..1.
    pub(crate) fn tinted(&mut self, colour: Vec3, amount: f32) {
        let other = |c: Vec3| c.lerp(colour * c.dot(Vec3::new(0.2, 0.5, 0.3)), amount);
        (self.up, self.horizon) = (other(self.up), other(self.horizon));
        (self.air_toward, self.air_away) = (other(self.air_toward), other(self.air_away));
        self.tint = colour.extend(amount);
    }

    /// Puts another sky over the place.
    pub(crate) fn under(&mut self, heaven: &HeavenRow) {
        let night = smoothstep(0.02, -0.12, self.sun.y);
        if heaven.other > 0.0 {
            let air = Vec3::from(heaven.air);
            // Less air, less light from it: the exposure follows the sun, which stays.
            let before = self.up.element_sum();
            self.tinted(air, heaven.other);
            self.exposure *=
                if before > 0.0 { 1.0 + 0.25 * (1.0 - self.up.element_sum() / before) } else { 1.0 };
        }
        self.clouds.w = self.clouds.w.max(heaven.stars);
        if heaven.airless {
            (self.clouds.x, self.clouds.y, self.clouds.z) = (0.0, 0.0, 0.0);
            (self.fog, self.rain, self.snow, self.haze) = (Vec4::ZERO, 0.0, 0.0, 0.0);
        }
        self.aurora = heaven.aurora * night * (1.0 - self.clouds.z);
        self.submerged = heaven.submerged;
        for (slot, row) in self.planets.iter_mut().zip(&heaven.planets) {
            *slot = Planet {
                toward: direction(row.at),
                radius: row.radius.to_radians(),
                colour: row.colour.into(),
                kind: row.kind,
            };
        }
    }

    /// Replaces the hour's light by the place's own.
    pub(crate) fn replaced(&mut self, own: &OwnLight) {
        self.key = direction(own.key);
        self.sun = self.key;
        self.key_colour = own.colour.into();
        (self.up, self.horizon) = (own.up.into(), own.horizon.into());
        (self.air_toward, self.air_away) = (own.air.into(), own.air.into());
        self.exposure = own.exposure;
        self.lamps = own.lamps;
        self.moonlit = 0.0;
    }

    /// Lightning at a time: a stroke every few seconds, each with a flicker or two. It lights clouds, air and ground.
    pub(crate) fn strike(&mut self, time_secs: f64, seed: u64) {
        const EVERY: f64 = 2.6;
        let nth = (time_secs / EVERY).floor();
        let mut r = Rng::new(mix_seed(seed, nth as u64 + 77));
        let since = (time_secs - nth * EVERY - 0.3 - 1.6 * f64::from(r.unit())) as f32;
        let pulse = |at: f32, strength: f32| {
            let t = since - at;
            if t < 0.0 { 0.0 } else { strength * (-t * 14.0).exp() }
        };
        let strength = pulse(0.0, 1.0) + pulse(0.09, 0.7) + pulse(0.21, 0.35 * r.unit().round());
        self.flash = Vec3::new(strength, 1.4 * r.signed(), r.unit());
        let cold = Vec3::new(0.62, 0.70, 0.95) * strength;
        self.up += cold * 0.9;
        self.horizon += cold * 0.55;
        self.air_toward += cold * 0.30;
        self.air_away += cold * 0.30;
    }

    /// Replaces sun and sky by a large soft light from the camera's left and white walls.
    pub(crate) fn as_in_a_studio(&mut self) {
        self.key = Vec3::new(-0.45, 0.72, 0.55).normalize();
        self.key_colour = Vec3::new(1.55, 1.50, 1.44);
        self.up = Vec3::splat(0.85);
        self.horizon = Vec3::splat(0.80);
        self.air_toward = Vec3::splat(0.6);
        self.air_away = Vec3::splat(0.6);
        self.clouds = Vec4::ZERO;
        self.fog = Vec4::ZERO;
        self.moonlit = 0.0;
        self.exposure = 0.62;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::tables;

    #[test]
    fn noon_is_brighter_than_dusk_and_night_still_has_a_key_light() {
        let t = tables();
        let at = |time: &str, weather: &str| {
            Light::of(&t.times[time], &t.weathers[weather], &AirRow::default(), 0.3, None)
        };
        let level = |l: &Light| l.key_colour.length() * l.key.y + l.up.length();
        assert!(level(&at("noon", "clear")) > level(&at("dusk", "clear")) * 3.0);
        assert!(at("night", "clear").key_colour.length() > 0.1);
        assert!(at("noon", "overcast").key_colour.length() < at("noon", "clear").key_colour.length() * 0.5);
    }

    #[test]
    fn lightning_comes_and_goes_and_is_the_same_every_time() {
        let t = tables();
        let strength = |k: u32| {
            let mut light = Light::of(&t.times["night"], &t.weathers["storm"], &AirRow::default(), 0.3, None);
            light.strike(f64::from(k) / 24.0, 5);
            light.flash.x
        };
        let all: Vec<f32> = (0..240).map(strength).collect();
        assert_eq!(all, (0..240).map(strength).collect::<Vec<f32>>());
        assert!(all.iter().filter(|s| **s > 0.5).count() > 2);
        assert!(all.iter().filter(|s| **s < 0.05).count() > 120);
    }

    #[test]
    fn every_time_and_weather_has_a_row() {
        for &time in TimeOfDay::ALL {
            assert!(tables().times.contains_key(time_word(time)), "{time}");
        }
        for &weather in Weather::ALL {
            assert!(tables().weathers.contains_key(weather_word(weather)), "{weather}");
        }
    }
}
