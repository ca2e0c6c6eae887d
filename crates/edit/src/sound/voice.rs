//! What beds of sound are made of: noise through moving filters, and small events scattered by chance.
//!
//! Levels are in decibels of the mean power of a layer against full scale (for events: of the peak of a middling one).

use serde::Deserialize;

use super::RATE;
use super::parts::{Air, Band, Dice, TAU, Wander, band_gain, gain, pan, samples};

/// One layer of a bed, as the table writes it. Pairs are ranges to choose from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Layer {
    /// Steady noise in a band, that gusts may push.
    Noise {
        /// Lower and upper edge.
        band_hz: (f32, f32),
        /// Level when the gusts are in the middle.
        level_db: f32,
        /// How much gusts open and close it: 0 steady, 1 from nearly nothing to twice as loud.
        #[serde(default)]
        gust: f32,
        /// Mean seconds from gust to gust.
        #[serde(default = "gust_seconds")]
        gust_s: f32,
        /// How many octaves the band rises in a gust.
        #[serde(default)]
        sweep_octaves: f32,
        /// 0 mono, 1 two unrelated channels.
        #[serde(default = "wide")]
        width: f32,
    },
    /// Noise that swells, breaks and draws back, as surf does.
    Swell {
        /// From wave to wave.
        period_s: (f32, f32),
        /// Where in the wave it breaks, 0 to 1.
        crest: f32,
        /// Upper edge of the noise at rest and at the crest.
        cutoff_hz: (f32, f32),
        /// Level at the crest.
        level_db: f32,
    },
    /// Many short sounds: drops, crackles, bubbles, leaves.
    Grains {
        /// How many a second.
        per_second: f32,
        /// Pitch.
        pitch_hz: (f32, f32),
        /// Time to a third of the loudness.
        decay_ms: (f32, f32),
        /// 0 a tone, 1 noise around the pitch.
        #[serde(default)]
        noisy: f32,
        /// How many octaves each rises while it sounds.
        #[serde(default)]
        rise_octaves: f32,
        /// Level of a middling one.
        level_db: f32,
        /// How much louder or softer they may be.
        #[serde(default)]
        spread_db: f32,
    },
    /// Songs and cries: phrases of gliding notes from several places.
    Calls {
        /// How many singers.
        singers: u32,
        /// Their pitches.
        pitch_hz: (f32, f32),
        /// Notes in a phrase.
        notes: (u32, u32),
        /// Length of a note.
        note_ms: (f32, f32),
        /// From note to note.
        gap_ms: (f32, f32),
        /// Silence between two phrases of one singer.
        rest_s: (f32, f32),
        /// How far a note glides, in octaves.
        glide_octaves: (f32, f32),
        /// Strength of the overtones, 0 a whistle.
        #[serde(default)]
        overtones: f32,
        /// Level of a phrase.
        level_db: f32,
    },
    /// Chirps of crickets: bursts of pulses of one pitch.
    Pulses {
        /// How many insects.
        singers: u32,
        /// Their pitches.
        pitch_hz: (f32, f32),
        /// Pulses a second within a burst.
        pulse_hz: f32,
        /// Pulses in a burst.
        pulses: u32,
        /// Bursts a second.
        rate_hz: (f32, f32),
        /// Level of one insect.
        level_db: f32,
    },
    /// A steady tone with overtones: machines.
    Hum {
        /// Its pitch.
        hz: f32,
        /// Strength of each overtone, from the ground tone up.
        partials: Vec<f32>,
        /// Level.
        level_db: f32,
    },
    /// Noise that comes, goes by and leaves: cars.
    Passes {
        /// From one to the next.
        every_s: (f32, f32),
        /// How long each is heard.
        length_s: (f32, f32),
        /// The band at its nearest.
        band_hz: (f32, f32),
        /// Level at its nearest.
        level_db: f32,
    },
    /// Thunder: a crack that rolls on.
    Rolls {
        /// From one to the next.
        every_s: (f32, f32),
        /// How long each rolls.
        length_s: (f32, f32),
        /// Level of the roll.
        level_db: f32,
    },
    /// Footfalls: a thud and a crunch.
    Steps {
        /// From one to the next.
        every_s: (f32, f32),
        /// Pitch of the thud.
        thud_hz: f32,
        /// The band of the crunch.
        crunch_hz: (f32, f32),
        /// How much of it is crunch, 0 to 1.
        crunch: f32,
        /// Level.
        level_db: f32,
    },
}

fn gust_seconds() -> f32 {
    4.0
}

fn wide() -> f32 {
    0.7
}

/// Adds its sound to a block. `strength` is 0 to 1, a breeze is 0.35: how hard the weather drives it.
pub(crate) trait Voice {
    fn add(&mut self, block: &mut [[f32; 2]], strength: f32);
}

impl Layer {
    /// A running voice of this layer. The same seed gives the same sound.
    pub(crate) fn voice(&self, seed: u64) -> Box<dyn Voice> {
        let mut dice = Dice::new(seed);
        match *self {
            Self::Noise { band_hz, level_db, gust, gust_s, sweep_octaves, width } => Box::new(Noise {
                bands: [Band::new(band_hz), Band::new(band_hz)],
                band_hz,
                gain: gain(level_db) * band_gain(band_hz),
                gust,
                sweep_octaves,
                width,
                wander: Wander::new(gust_s, &mut dice),
                dice,
            }),
            Self::Swell { period_s, crest, cutoff_hz, level_db } => Box::new(Swell {
                period_s,
                crest,
                cutoff_hz,
                gain: gain(level_db),
                trains: [Train::new(0.0, &mut dice), Train::new(0.55, &mut dice)],
                dice,
            }),
            Self::Grains { per_second, pitch_hz, decay_ms, noisy, rise_octaves, level_db, spread_db } => {
                Box::new(Grains {
                    per_second,
                    pitch_hz,
                    decay_ms,
                    noisy,
                    rise_octaves,
                    level_db,
                    spread_db,
                    living: Vec::new(),
                    dice,
                })
            }
            Self::Calls {
                singers,
                pitch_hz,
                notes,
                note_ms,
                gap_ms,
                rest_s,
                glide_octaves,
                overtones,
                level_db,
            } => {
                let singers = (0..singers).map(|_| Singer::new(pitch_hz, rest_s, &mut dice)).collect();
                Box::new(Calls {
                    singers,
                    notes,
                    note_ms,
                    gap_ms,
                    rest_s,
                    glide_octaves,
                    overtones,
                    gain: gain(level_db) * std::f32::consts::SQRT_2,
                    air: Air::new(),
                    dice,
                })
            }
            Self::Pulses { singers, pitch_hz, pulse_hz, pulses, rate_hz, level_db } => {
                let insects = (0..singers)
                    .map(|_| Insect {
                        step: dice.between(pitch_hz) / RATE as f32,
                        burst_step: dice.between(rate_hz) / RATE as f32,
                        phase: 0.0,
                        burst: dice.unit(),
                        pan: pan(dice.unit()),
                        gain: gain(level_db + dice.between((-6.0, 3.0))),
                    })
                    .collect();
                Box::new(Pulses { insects, pulse_hz, in_burst: pulses, air: Air::new() })
            }
            Self::Hum { hz, ref partials, level_db } => {
                let power: f32 = partials.iter().map(|p| p * p / 2.0).sum();
                Box::new(Hum {
                    step: hz / RATE as f32,
                    phase: 0.0,
                    partials: partials.clone(),
                    gain: gain(level_db) / power.sqrt().max(1e-6),
                    wander: Wander::new(3.0, &mut dice),
                    dice,
                })
            }
            Self::Passes { every_s, length_s, band_hz, level_db } => Box::new(Passes {
                every_s,
                length_s,
                band_hz,
                gain: gain(level_db) * band_gain(band_hz),
                wait: samples(dice.between((0.0, every_s.0 * 0.5))),
                cars: Vec::new(),
                dice,
            }),
            Self::Rolls { every_s, length_s, level_db } => Box::new(Rolls {
                every_s,
                length_s,
                gain: gain(level_db) * band_gain((30.0, 130.0)),
                wait: samples(dice.between((0.6, every_s.0 * 0.6))),
                now: None,
                low: [Band::new((30.0, 130.0)), Band::new((30.0, 130.0))],
                high: Band::new((300.0, 2200.0)),
                air: Air::new(),
                dice,
            }),
            Self::Steps { every_s, thud_hz, crunch_hz, crunch, level_db } => Box::new(Steps {
                every_s,
                thud_hz,
                crunch,
                gain: gain(level_db) * 1.4,
                band: Band::new(crunch_hz),
                band_gain: band_gain(crunch_hz) * 0.35,
                wait: samples(dice.between((0.05, every_s.1))),
                at: u32::MAX,
                loudness: 1.0,
                dice,
            }),
        }
    }
}

/// How many samples pass between two looks at slow values.
const SLOW: usize = 64;

struct Noise {
    bands: [Band; 2],
    band_hz: (f32, f32),
    gain: f32,
    gust: f32,
    sweep_octaves: f32,
    width: f32,
    wander: Wander,
    dice: Dice,
}

impl Voice for Noise {
    fn add(&mut self, block: &mut [[f32; 2]], strength: f32) {
        let shared = (1.0 - self.width).sqrt();
        let own = self.width.sqrt();
        for part in block.chunks_mut(SLOW) {
            let wander = self.wander.go(part.len(), &mut self.dice);
            // Stronger wind is more uneven, too.
            let swing = (self.gust * (0.8 + 0.6 * strength) * wander * 1.2).exp2();
            let rise = (self.sweep_octaves * wander * (0.5 + strength)).exp2();
            for band in &mut self.bands {
                band.tune((self.band_hz.0, self.band_hz.1 * rise));
            }
            let gain = self.gain * swing;
            for out in part {
                let middle = self.dice.noise() * shared;
                for (band, out) in self.bands.iter_mut().zip(out) {
                    *out += band.run(middle + own * self.dice.noise()) * gain;
                }
            }
        }
    }
}

struct Swell {
    period_s: (f32, f32),
    crest: f32,
    cutoff_hz: (f32, f32),
    gain: f32,
    trains: [Train; 2],
    dice: Dice,
}

struct Train {
    at: f32,
    step: f32,
    height: f32,
    pan: [f32; 2],
    bands: [Band; 2],
}

impl Train {
    fn new(at: f32, dice: &mut Dice) -> Self {
        let pan = pan(dice.unit());
        Self { at, step: 0.0, height: dice.between((0.6, 1.0)), pan, bands: [Band::new((80.0, 400.0)); 2] }
    }
}

impl Voice for Swell {
    fn add(&mut self, block: &mut [[f32; 2]], strength: f32) {
        for part in block.chunks_mut(SLOW) {
            for train in &mut self.trains {
                if train.step == 0.0 || train.at >= 1.0 {
                    train.at %= 1.0;
                    train.step = 1.0 / (self.dice.between(self.period_s) * RATE as f32);
                    train.height = self.dice.between((0.5, 1.0)) * (0.7 + 0.6 * strength);
                    train.pan = pan(self.dice.unit());
                }
                // It gathers slowly, breaks quickly, and hisses out.
                let level = if train.at < self.crest {
                    (train.at / self.crest).powf(2.5)
                } else {
                    (-(train.at - self.crest) / (1.0 - self.crest) * 3.5).exp()
                };
                let level = 0.08 + level * train.height;
                let cutoff = self.cutoff_hz.0 * (self.cutoff_hz.1 / self.cutoff_hz.0).powf(level.min(1.0));
                for band in &mut train.bands {
                    band.tune((90.0, cutoff));
                }
                // Opening the filter brings power by itself; the square root keeps the rest.
                let gain = self.gain * level.sqrt() * (RATE as f32 / 2.0 / cutoff).sqrt() * level.max(0.2);
                for out in part.iter_mut() {
                    for ((out, band), pan) in out.iter_mut().zip(&mut train.bands).zip(train.pan) {
                        *out += band.run(self.dice.noise()) * gain * pan;
                    }
                }
                train.at += train.step * part.len() as f32;
            }
        }
    }
}

struct Grains {
    per_second: f32,
    pitch_hz: (f32, f32),
    decay_ms: (f32, f32),
    noisy: f32,
    rise_octaves: f32,
    level_db: f32,
    spread_db: f32,
    living: Vec<Grain>,
    dice: Dice,
}

struct Grain {
    phase: f32,
    step: f32,
    rise: f32,
    level: f32,
    decay: f32,
    pan: [f32; 2],
    held: f32,
}

impl Voice for Grains {
    fn add(&mut self, block: &mut [[f32; 2]], strength: f32) {
        let chance = self.per_second * (0.65 + strength) / RATE as f32;
        for out in block {
            if self.dice.unit() < chance {
                let decay = self.dice.between(self.decay_ms) * 1e-3 * RATE as f32;
                let level = self.level_db + self.dice.between((-self.spread_db, self.spread_db));
                self.living.push(Grain {
                    phase: 0.0,
                    step: self.dice.pitch(self.pitch_hz) / RATE as f32,
                    rise: (self.rise_octaves / decay.max(1.0)).exp2(),
                    level: gain(level),
                    decay: (-1.0 / decay.max(1.0)).exp(),
                    pan: pan(self.dice.unit()),
                    held: 0.0,
                });
            }
            for grain in &mut self.living {
                grain.phase += grain.step;
                if grain.phase >= 1.0 {
                    // Noise that changes once a period sits around the grain's pitch.
                    grain.phase -= 1.0;
                    grain.held = self.dice.noise();
                }
                let tone = (grain.phase * TAU).sin();
                let value = tone * (1.0 - self.noisy + self.noisy * grain.held) * grain.level;
                out[0] += value * grain.pan[0];
                out[1] += value * grain.pan[1];
                grain.level *= grain.decay;
                grain.step = (grain.step * grain.rise).min(0.45);
            }
            self.living.retain(|grain| grain.level > 1e-5);
        }
    }
}

struct Calls {
    singers: Vec<Singer>,
    notes: (u32, u32),
    note_ms: (f32, f32),
    gap_ms: (f32, f32),
    rest_s: (f32, f32),
    glide_octaves: (f32, f32),
    overtones: f32,
    gain: f32,
    air: Air,
    dice: Dice,
}

struct Singer {
    pitch_hz: f32,
    pan: [f32; 2],
    loudness: f32,
    wait: u32,
    notes_left: u32,
    phase: f32,
    note: Option<Note>,
}

struct Note {
    at: u32,
    length: u32,
    step: f32,
    glide: f32,
}

impl Singer {
    fn new(pitch_hz: (f32, f32), rest_s: (f32, f32), dice: &mut Dice) -> Self {
        Self {
            pitch_hz: dice.pitch(pitch_hz),
            pan: pan(dice.unit()),
            loudness: gain(dice.between((-8.0, 2.0))),
            wait: samples(dice.between((0.0, rest_s.1))),
            notes_left: 0,
            phase: 0.0,
            note: None,
        }
    }
}

impl Voice for Calls {
    fn add(&mut self, block: &mut [[f32; 2]], _: f32) {
        for out in block {
            let mut dry = [0.0; 2];
            for singer in &mut self.singers {
                let Some(note) = &mut singer.note else {
                    if singer.wait > 0 {
                        singer.wait -= 1;
                        continue;
                    }
                    if singer.notes_left == 0 {
                        singer.notes_left = self.dice.count(self.notes);
                    }
                    let length = samples(self.dice.between(self.note_ms) * 1e-3).max(1);
                    let sign = if self.dice.unit() < 0.5 { -1.0 } else { 1.0 };
                    let octaves = sign * self.dice.between(self.glide_octaves);
                    let start = singer.pitch_hz * (-octaves / 2.0 + self.dice.between((-0.08, 0.08))).exp2();
                    singer.note = Some(Note {
                        at: 0,
                        length,
                        step: start / RATE as f32,
                        glide: (octaves / length as f32).exp2(),
                    });
                    continue;
                };
                let part = note.at as f32 / note.length as f32;
                let envelope = (part * std::f32::consts::PI).sin().powf(0.7);
                singer.phase = (singer.phase + note.step).fract();
                note.step = (note.step * note.glide).min(0.4);
                let angle = singer.phase * TAU;
                let value = (angle.sin()
                    + self.overtones * (0.5 * (2.0 * angle).sin() + 0.25 * (3.0 * angle).sin()))
                    * envelope
                    * singer.loudness
                    * self.gain;
                dry[0] += value * singer.pan[0];
                dry[1] += value * singer.pan[1];
                note.at += 1;
                if note.at >= note.length {
                    singer.note = None;
                    singer.notes_left -= 1;
                    singer.wait = if singer.notes_left == 0 {
                        samples(self.dice.between(self.rest_s))
                    } else {
                        samples(self.dice.between(self.gap_ms) * 1e-3)
                    };
                }
            }
            let wet = self.air.run(dry);
            out[0] += wet[0];
            out[1] += wet[1];
        }
    }
}

struct Pulses {
    insects: Vec<Insect>,
    pulse_hz: f32,
    in_burst: u32,
    air: Air,
}

struct Insect {
    step: f32,
    burst_step: f32,
    phase: f32,
    burst: f32,
    pan: [f32; 2],
    gain: f32,
}

impl Voice for Pulses {
    fn add(&mut self, block: &mut [[f32; 2]], _: f32) {
        for out in block {
            let mut dry = [0.0; 2];
            for insect in &mut self.insects {
                insect.phase = (insect.phase + insect.step).fract();
                insect.burst = (insect.burst + insect.burst_step).fract();
                let pulse = insect.burst / insect.burst_step / RATE as f32 * self.pulse_hz;
                if pulse < self.in_burst as f32 {
                    let envelope = (pulse.fract() * std::f32::consts::PI).sin().powi(2);
                    let value = (insect.phase * TAU).sin() * envelope * insect.gain;
                    dry[0] += value * insect.pan[0];
                    dry[1] += value * insect.pan[1];
                }
            }
            let wet = self.air.run(dry);
            out[0] += wet[0];
            out[1] += wet[1];
        }
    }
}

struct Hum {
    step: f32,
    phase: f32,
    partials: Vec<f32>,
    gain: f32,
    wander: Wander,
    dice: Dice,
}

impl Voice for Hum {
    fn add(&mut self, block: &mut [[f32; 2]], _: f32) {
        for part in block.chunks_mut(SLOW) {
            let wander = self.wander.go(part.len(), &mut self.dice);
            let (step, gain) = (self.step * (1.0 + 0.004 * wander), self.gain * (1.0 + 0.15 * wander));
            for out in part {
                self.phase = (self.phase + step).fract();
                let mut value = 0.0;
                for (n, partial) in self.partials.iter().enumerate() {
                    value += partial * (self.phase * TAU * (n + 1) as f32).sin();
                }
                out[0] += value * gain;
                out[1] += value * gain;
            }
        }
    }
}

struct Passes {
    every_s: (f32, f32),
    length_s: (f32, f32),
    band_hz: (f32, f32),
    gain: f32,
    wait: u32,
    cars: Vec<Car>,
    dice: Dice,
}

struct Car {
    at: f32,
    step: f32,
    leftward: bool,
    loudness: f32,
    band: Band,
}

impl Voice for Passes {
    fn add(&mut self, block: &mut [[f32; 2]], _: f32) {
        for part in block.chunks_mut(SLOW) {
            if self.wait == 0 {
                self.wait = samples(self.dice.between(self.every_s));
                self.cars.push(Car {
                    at: 0.0,
                    step: 1.0 / (self.dice.between(self.length_s) * RATE as f32).max(1.0),
                    leftward: self.dice.unit() < 0.5,
                    loudness: gain(self.dice.between((-9.0, 0.0))),
                    band: Band::new(self.band_hz),
                });
            }
            self.wait = self.wait.saturating_sub(part.len() as u32);
            for car in &mut self.cars {
                // Nearest in the middle; loudness falls with the distance, brightness faster.
                let way = (car.at - 0.5) * 10.0;
                let near = 1.0 / (1.0 + way * way).sqrt();
                let edge = (car.at * (1.0 - car.at) * 4.0).sqrt();
                car.band.tune((self.band_hz.0, self.band_hz.1 * (0.25 + 0.75 * near)));
                let place = 0.5 + 0.5 * (way * 0.6).tanh();
                let pan = pan(if car.leftward { 1.0 - place } else { place });
                let gain = self.gain * near * edge * car.loudness;
                for out in part.iter_mut() {
                    let value = car.band.run(self.dice.noise()) * gain;
                    out[0] += value * pan[0];
                    out[1] += value * pan[1];
                }
                car.at += car.step * part.len() as f32;
            }
            self.cars.retain(|car| car.at < 1.0);
        }
    }
}

struct Rolls {
    every_s: (f32, f32),
    length_s: (f32, f32),
    gain: f32,
    wait: u32,
    now: Option<Roll>,
    low: [Band; 2],
    high: Band,
    air: Air,
    dice: Dice,
}

struct Roll {
    at: f32,
    length_s: f32,
    crack: f32,
    /// When it swells again (seconds) and how loudly.
    bumps: Vec<(f32, f32)>,
}

impl Voice for Rolls {
    fn add(&mut self, block: &mut [[f32; 2]], _: f32) {
        for part in block.chunks_mut(SLOW) {
            if self.wait == 0 && self.now.is_none() {
                let length_s = self.dice.between(self.length_s);
                let bumps = (0..self.dice.count((3, 6)))
                    .map(|_| (self.dice.between((0.1, length_s * 0.6)), self.dice.between((0.3, 0.9))))
                    .collect();
                self.now = Some(Roll { at: 0.0, length_s, crack: self.dice.between((0.1, 0.8)), bumps });
            }
            self.wait = self.wait.saturating_sub(part.len() as u32);
            let (mut level, mut crack) = (0.0, 0.0);
            if let Some(roll) = &mut self.now {
                let t = roll.at;
                let swell = |since: f32| {
                    if since < 0.0 { 0.0 } else { (since / 0.12).min(1.0) * (-since / 0.7).exp() }
                };
                level = swell(t) + roll.bumps.iter().map(|(when, loud)| loud * swell(t - when)).sum::<f32>();
                level *= ((roll.length_s - t) / 1.5).clamp(0.0, 1.0);
                crack = roll.crack * (t / 0.01).min(1.0) * (-t / 0.18).exp();
                roll.at += part.len() as f32 / RATE as f32;
                if roll.at > roll.length_s {
                    self.now = None;
                    self.wait = samples(self.dice.between(self.every_s));
                }
            }
            for out in part.iter_mut() {
                let noise = self.dice.noise();
                let sharp = self.high.run(noise) * crack * 0.6;
                let dry = [0, 1].map(|c| {
                    let deep = 0.7 * noise + 0.7 * self.dice.noise();
                    (self.low[c].run(deep) * level + sharp) * self.gain
                });
                let wet = self.air.run(dry);
                out[0] += wet[0];
                out[1] += wet[1];
            }
        }
    }
}

struct Steps {
    every_s: (f32, f32),
    thud_hz: f32,
    crunch: f32,
    gain: f32,
    band: Band,
    band_gain: f32,
    wait: u32,
    /// Samples since the foot came down.
    at: u32,
    loudness: f32,
    dice: Dice,
}

impl Voice for Steps {
    fn add(&mut self, block: &mut [[f32; 2]], _: f32) {
        for out in block {
            if self.wait == 0 {
                self.wait = samples(self.dice.between(self.every_s)).max(1);
                self.at = 0;
                self.loudness = gain(self.dice.between((-4.0, 1.0)));
            }
            self.wait -= 1;
            let noise = self.band.run(self.dice.noise()) * self.band_gain;
            if self.at < RATE {
                let t = self.at as f32 / RATE as f32;
                let thud =
                    (TAU * self.thud_hz * t * (1.0 - t)).sin() * (t / 0.004).min(1.0) * (-t / 0.07).exp();
                // The crust gives way in bits.
                let bits = if self.dice.unit() < 0.2 { 1.6 } else { 0.6 };
                let crunch = noise * bits * (t / 0.015).min(1.0) * (-t / 0.09).exp();
                let value = (thud * (1.0 - self.crunch) + crunch * self.crunch) * self.gain * self.loudness;
                out[0] += value;
                out[1] += value;
                self.at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_noise_has_the_level_that_the_table_says() {
        for band_hz in [(100.0, 800.0), (1000.0, 10_000.0), (40.0, 150.0)] {
            let layer = Layer::Noise {
                band_hz,
                level_db: -20.0,
                gust: 0.0,
                gust_s: 4.0,
                sweep_octaves: 0.0,
                width: 1.0,
            };
            let mut block = vec![[0.0; 2]; RATE as usize * 4];
            layer.voice(1).add(&mut block, 0.35);
            let power: f32 = block.iter().map(|s| s[0] * s[0]).sum::<f32>() / block.len() as f32;
            let db = 10.0 * power.log10();
            assert!((db + 20.0).abs() < 1.5, "{band_hz:?}: {db}");
        }
    }
}
