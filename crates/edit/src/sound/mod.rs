//! The film's sound, synthesised from what the storyboard says is heard.
//!
//! Each word in a shot's `sound.ambience` names a *bed*: a row of `assets/sound/ambience.ron`. A bed sounds on through
//! every shot that names it; where the list changes, beds cross over as the pictures do: at once in a cut (within a scene),
//! over the length of a dissolve, through silence in a fade. An empty list is silence. The whole is brought to
//! [`TARGET_LUFS`] with true peaks under [`PEAK_DBTP`] (EBU R 128 gives -23 LUFS for broadcasting, streaming services ask for
//! -14 to -18 with music and speech; beds alone lie well between).

mod loudness;
mod parts;
mod voice;

use std::sync::OnceLock;

use film::{Scene, Storyboard, Weather};
use serde::Deserialize;

use crate::timeline::{Entry, Join, Timeline};
use voice::{Layer, Voice};

/// Samples a second of each channel.
pub const RATE: u32 = 48_000;
/// The integrated loudness of a film (ITU-R BS.1770).
pub const TARGET_LUFS: f64 = -21.5;
/// What no peak exceeds.
pub const PEAK_DBTP: f64 = -1.0;

/// A film of nothing but a quiet room is not pulled up to the loudness of a storm.
const MOST_GAIN_DB: f64 = 14.0;
const CHUNK: usize = 1024;
/// Gains move along lines between points this many samples apart.
const POINT: usize = 64;

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bed {
    name: String,
    words: Vec<String>,
    follows: Follows,
    layers: Vec<Layer>,
}

/// What drives a bed's strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Follows {
    Nothing,
    Wind,
    Rain,
}

fn table() -> &'static [Bed] {
    static TABLE: OnceLock<Vec<Bed>> = OnceLock::new();
    // A test reads the table; a build whose table does not parse cannot pass.
    TABLE.get_or_init(|| {
        ron::from_str(include_str!("../../../../assets/sound/ambience.ron")).unwrap_or_default()
    })
}

/// The names of all beds, in the order of the table.
pub fn beds() -> impl Iterator<Item = &'static str> {
    table().iter().map(|bed| bed.name.as_str())
}

/// The bed that `words` of a shot's `sound.ambience` stand for: by its name, another word for it, or one of the words in
/// them (`"strong wind"`). `None` when there is no such bed; it is not heard.
pub fn bed(words: &str) -> Option<&'static str> {
    find(words).map(|bed| bed.name.as_str())
}

fn find(words: &str) -> Option<&'static Bed> {
    let words = words.trim().to_lowercase();
    let named = |word: &str| table().iter().find(|bed| bed.name == word);
    let called = |word: &str| table().iter().find(|bed| bed.words.iter().any(|other| other == word));
    named(&words).or_else(|| called(&words)).or_else(|| {
        let mut parts = words.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).rev();
        parts.find_map(|part| named(part).or_else(|| called(part)))
    })
}

/// The sound of the whole film: interleaved stereo at [`RATE`], exactly as long as the pictures. The same storyboard gives
/// the same samples.
///
/// `timeline` must be that of `board`.
pub fn mix(board: &Storyboard, timeline: &Timeline) -> Vec<f32> {
    let clock = Clock { fps: u64::from(timeline.fps()) };
    let total = clock.sample(timeline.frames());
    let mut sound = vec![0.0; total * 2];
    let entries = timeline.entries();
    let scenes: Vec<&Scene> = board.shots().map(|(scene, _)| scene).collect();
    let heard: Vec<Vec<&Bed>> = board
        .shots()
        .map(|(_, shot)| shot.sound.ambience.iter().filter_map(|words| find(words)).collect())
        .collect();
    let crossings = crossings(entries, &scenes, clock);
    for bed in table() {
        let gains: Vec<f32> = scenes
            .iter()
            .zip(&heard)
            .map(
                |(scene, heard)| {
                    if heard.contains(&bed) { loudness_of(bed, strength(bed, scene)) } else { 0.0 }
                },
            )
            .collect();
        let mut shot = 0;
        while shot < gains.len() {
            if gains[shot] == 0.0 {
                shot += 1;
                continue;
            }
            let first = shot;
            while shot < gains.len() && gains[shot] > 0.0 {
                shot += 1;
            }
            let start = crossings.get(first.wrapping_sub(1)).map_or(0, |crossing| crossing.start);
            let end = crossings.get(shot - 1).map_or(total, |crossing| crossing.end);
            let seed = board.seed.derive(&format!("sound/{}/{}", bed.name, entries[first].shot));
            let run = Run { start, end, first, last: shot - 1 };
            let strengths: Vec<f32> = scenes.iter().map(|scene| strength(bed, scene)).collect();
            lay(&mut sound, bed, seed.get(), &run, &gains, &strengths, &crossings);
        }
    }
    edges(&mut sound, timeline, clock);
    level(&mut sound);
    sound
}

/// The measured loudness and peak of a programme, for reports and reviews.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loudness {
    /// Integrated loudness; negative infinity for silence.
    pub lufs: f64,
    /// The highest true peak in decibels against full scale; negative infinity for silence.
    pub peak_dbtp: f64,
}

/// Measures interleaved stereo at [`RATE`] (ITU-R BS.1770-4).
pub fn measure(sound: &[f32]) -> Loudness {
    Loudness { lufs: loudness::integrated_lufs(sound), peak_dbtp: 20.0 * loudness::true_peak(sound).log10() }
}

#[derive(Clone, Copy)]
struct Clock {
    fps: u64,
}

impl Clock {
    /// The sample nearest to the beginning of a frame.
    fn sample(self, frame: u32) -> usize {
        ((u64::from(frame) * u64::from(RATE) + self.fps / 2) / self.fps) as usize
    }
}

/// The samples in which one shot's sound gives way to the next's.
#[derive(Debug, Clone, Copy)]
struct Crossing {
    start: usize,
    end: usize,
    /// Where it is silent in between, for fades.
    silent_at: Option<usize>,
}

impl Crossing {
    /// Shares of power of the shot before and the shot after.
    fn shares(&self, at: usize) -> (f32, f32) {
        let ramp = |from: usize, to: usize| {
            if to <= from {
                return if at < to { 0.0 } else { 1.0 };
            }
            ((at as f32 - from as f32) / (to - from) as f32).clamp(0.0, 1.0)
        };
        match self.silent_at {
            None => {
                let x = ramp(self.start, self.end);
                (1.0 - x, x)
            }
            Some(silent) => ((1.0 - ramp(self.start, silent)).powi(2), ramp(silent, self.end).powi(2)),
        }
    }
}

/// Between every two shots.
fn crossings(entries: &[Entry], scenes: &[&Scene], clock: Clock) -> Vec<Crossing> {
    let mut free_from = 0;
    let mut crossings = Vec::new();
    for (n, pair) in entries.windows(2).enumerate() {
        let (before, entry) = (&pair[0], &pair[1]);
        let cut = clock.sample(entry.start);
        let crossing = match entry.join {
            Join::Cut => {
                // The ear takes a new place a little slower than the eye.
                let wanted = if scenes[n].id == scenes[n + 1].id { RATE / 8 } else { RATE / 2 } as usize;
                let room = (clock.sample(before.length.min(entry.length)) / 2).min(wanted / 2);
                Crossing { start: cut - room, end: cut + room, silent_at: None }
            }
            Join::Dissolve { frames } | Join::Wipe { frames } => {
                Crossing { start: cut, end: clock.sample(entry.start + frames), silent_at: None }
            }
            Join::Fade { out, into, .. } => Crossing {
                start: clock.sample(entry.start - out),
                end: clock.sample(entry.start + into),
                silent_at: Some(cut),
            },
        };
        let crossing = Crossing { start: crossing.start.max(free_from).min(cut), ..crossing };
        free_from = crossing.end;
        crossings.push(crossing);
    }
    crossings
}

fn strength(bed: &Bed, scene: &Scene) -> f32 {
    match bed.follows {
        Follows::Nothing => 0.35,
        Follows::Wind => {
            scene.wind.map_or_else(|| wind_of(scene.weather), |wind| wind.clamp(0.0, 1.0) as f32)
        }
        Follows::Rain => match scene.weather {
            Weather::Storm => 0.9,
            Weather::Rain => 0.5,
            _ => 0.35,
        },
    }
}

fn wind_of(weather: Weather) -> f32 {
    match weather {
        Weather::Fog => 0.1,
        Weather::Clear | Weather::Wispy => 0.25,
        Weather::Overcast | Weather::Snow => 0.3,
        Weather::Cloudy | Weather::Rain => 0.4,
        Weather::Storm => 0.85,
        Weather::Blizzard | Weather::Sandstorm => 1.0,
    }
}

/// How much louder a bed is for its strength; a breeze (0.35) is as the table has it.
fn loudness_of(bed: &Bed, strength: f32) -> f32 {
    if bed.follows == Follows::Nothing { 1.0 } else { 0.3 + 2.0 * strength }
}

/// Neighbouring shots in which one bed sounds.
struct Run {
    start: usize,
    end: usize,
    first: usize,
    last: usize,
}

fn lay(
    sound: &mut [f32],
    bed: &Bed,
    seed: u64,
    run: &Run,
    gains: &[f32],
    strengths: &[f32],
    crossings: &[Crossing],
) {
    let mut voices: Vec<Box<dyn Voice>> = bed
        .layers
        .iter()
        .enumerate()
        .map(|(n, layer)| layer.voice(seed.wrapping_add((n as u64 + 1) << 53)))
        .collect();
    // The shot that a sample belongs to: that of the last crossing which is half over.
    let mut shot = run.first;
    let mut gain_at = |at: usize| {
        while shot < run.last && crossings[shot].end <= at {
            shot += 1;
        }
        let mut power = gains[shot].powi(2);
        let mut strength = strengths[shot];
        if let Some(crossing) = crossings.get(shot)
            && at >= crossing.start
        {
            let (before, after) = crossing.shares(at);
            power = before * gains[shot].powi(2) + after * gains[shot + 1].powi(2);
            if shot < run.last {
                strength = strengths[shot] * before + strengths[shot + 1] * after;
            }
        } else if shot == run.first
            && let Some(crossing) = crossings.get(shot.wrapping_sub(1))
            && at < crossing.end
        {
            let (before, after) = crossing.shares(at);
            power = before * gains[shot - 1].powi(2) + after * gains[shot].powi(2);
        }
        (power.sqrt(), strength)
    };
    let mut block = [[0.0_f32; 2]; CHUNK];
    let mut at = run.start;
    let (mut gain, mut strength) = gain_at(at);
    while at < run.end {
        let count = CHUNK.min(run.end - at);
        let block = &mut block[..count];
        block.fill([0.0; 2]);
        for voice in &mut voices {
            voice.add(block, strength);
        }
        for part in block.chunks(POINT) {
            let (next, next_strength) = gain_at(at + part.len());
            let step = (next - gain) / part.len() as f32;
            for (out, value) in sound[at * 2..].chunks_exact_mut(2).zip(part) {
                out[0] += value[0] * gain;
                out[1] += value[1] * gain;
                gain += step;
            }
            (gain, strength) = (next, next_strength);
            at += part.len();
        }
    }
}

/// Lets the film come out of silence and go back into it.
fn edges(sound: &mut [f32], timeline: &Timeline, clock: Clock) {
    let total = sound.len() / 2;
    let into = match timeline.entries().first().map(|entry| entry.join) {
        Some(Join::Fade { into, .. }) => clock.sample(into),
        _ => RATE as usize / 20,
    };
    let into = into.min(total / 2).max(1);
    // Even a film that ends with a cut lets its sound go in well under a second, so that it does not click.
    let out = (RATE as usize * 7 / 10).min(total / 4).max(clock.sample(timeline.ending_frames())).max(1);
    for (n, pair) in sound.chunks_exact_mut(2).enumerate() {
        let gain = (n as f32 / into as f32).min((total - 1 - n) as f32 / out as f32);
        if gain < 1.0 {
            // Even to the ear rather than to the ruler.
            pair[0] *= gain * gain;
            pair[1] *= gain * gain;
        }
    }
}

/// Brings the programme to its loudness and holds its peaks down.
fn level(sound: &mut [f32]) {
    // Holding down the peaks takes away a little loudness, which the second round gives back.
    for _ in 0..2 {
        let lufs = loudness::integrated_lufs(sound);
        if !lufs.is_finite() {
            return;
        }
        let gain = 10.0_f64.powf((TARGET_LUFS - lufs).min(MOST_GAIN_DB) / 20.0) as f32;
        amplify(sound, gain);
        limit(sound, 10.0_f32.powf((PEAK_DBTP as f32 - 1.0) / 20.0));
    }
    let ceiling = 10.0_f64.powf(PEAK_DBTP / 20.0) * 0.995;
    let peak = loudness::true_peak(sound);
    if peak > ceiling {
        let gain = (ceiling / peak) as f32;
        amplify(sound, gain);
    }
}

fn amplify(sound: &mut [f32], gain: f32) {
    for value in sound {
        *value *= gain;
    }
}

/// Turns the gain down ahead of each sample above `ceiling`, and up again slowly.
fn limit(sound: &mut [f32], ceiling: f32) {
    let ahead = RATE as usize / 200;
    let recover = 1.0 / (RATE as f32 * 0.12);
    let total = sound.len() / 2;
    if sound.iter().all(|value| value.abs() <= ceiling) {
        return;
    }
    // Backwards: the gain must have come down, along a line, by the time that the peak arrives.
    let attack = 1.0 / ahead as f32;
    let mut gains = vec![1.0_f32; total];
    let mut gain = 1.0_f32;
    for n in (0..total).rev() {
        let peak = sound[2 * n].abs().max(sound[2 * n + 1].abs());
        gain = (gain + attack).min(1.0).min(ceiling / peak.max(ceiling));
        gains[n] = gain;
    }
    let mut gain = 1.0_f32;
    for (pair, &allowed) in sound.chunks_exact_mut(2).zip(&gains) {
        gain = (gain + recover).min(allowed);
        pair[0] *= gain;
        pair[1] *= gain;
    }
}

#[cfg(test)]
mod tests;
