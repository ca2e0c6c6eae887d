//! The sound of the film, mixed once for each state of the film that is heard.

use std::sync::{Arc, PoisonError};

use edit::Timeline;
use edit::sound::RATE;
use film::Storyboard;
use serde_json::json;

use super::views::{Print, print_of};
use super::{Session, SessionError};

/// The longest piece that is handed out at once.
const MOST_SECS: f64 = 60.0;
/// Most columns of a waveform.
const MOST_BINS: usize = 8192;

/// The mix of a film.
pub(super) struct Mix {
    print: Print,
    samples: Arc<Vec<f32>>,
}

impl Session {
    /// A piece of the film's sound as a WAV file: 48 kHz, 16 bit, stereo. At most a minute; shorter at the film's end. Waits
    /// for the mix when something that is heard has changed.
    ///
    /// # Errors
    /// [`SessionError::NoProject`].
    pub fn sound(&self, from_secs: f64, seconds: f64) -> Result<Vec<u8>, SessionError> {
        let mix = self.mix()?;
        let at = |secs: f64| ((secs.max(0.0) * f64::from(RATE)).round() as usize * 2).min(mix.len());
        let (from, seconds) = (from_secs.clamp(0.0, 3600.0), seconds.clamp(0.0, MOST_SECS));
        Ok(wav(&mix[at(from)..at(from + seconds)]))
    }

    /// The highest of each of `bins` stretches of the film, 0 to 1.
    ///
    /// # Errors
    /// [`SessionError::NoProject`].
    pub fn peaks(&self, bins: usize) -> Result<Vec<f32>, SessionError> {
        let mix = self.mix()?;
        let bins = bins.clamp(1, MOST_BINS);
        let frames = mix.len() / 2;
        let edge = |bin: usize| 2 * (bin * frames / bins);
        let peak = |piece: &[f32]| piece.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        Ok((0..bins).map(|bin| (peak(&mix[edge(bin)..edge(bin + 1)]) * 1000.0).round() / 1000.0).collect())
    }

    fn mix(&self) -> Result<Arc<Vec<f32>>, SessionError> {
        let board = {
            let desk = self.shared.desk();
            desk.open.as_ref().ok_or(SessionError::NoProject)?.project.board().clone()
        };
        let print = print_of(&heard(&board));
        // Held while mixing: others who ask for the same mix wait for it rather than make it again.
        let mut kept = self.shared.mix.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mix) = kept.as_ref().filter(|mix| mix.print == print) {
            return Ok(mix.samples.clone());
        }
        let samples = Arc::new(edit::sound::mix(&board, &Timeline::new(&board)));
        *kept = Some(Mix { print, samples: samples.clone() });
        Ok(samples)
    }
}

/// Everything that decides the mix, as text.
fn heard(board: &Storyboard) -> String {
    let scenes = board.scenes.iter().map(|scene| {
        let shots = scene.shots.iter();
        let shots: Vec<_> = shots
            .map(|s| json!([s.id, s.seconds, s.sound, s.transition_in.kind, s.transition_in.seconds]))
            .collect();
        json!([scene.weather, scene.wind, scene.time, scene.season, shots])
    });
    json!([board.seed, board.format.fps, board.transition_out, scenes.collect::<Vec<_>>()]).to_string()
}

/// A WAV file of 16-bit stereo samples.
pub(super) fn wav(samples: &[f32]) -> Vec<u8> {
    let bytes = samples.len() as u32 * 2;
    let mut file = Vec::with_capacity(bytes as usize + 44);
    file.extend(b"RIFF");
    file.extend((bytes + 36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // Linear PCM, two channels.
    file.extend([1, 0, 2, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 4).to_le_bytes());
    file.extend([4, 0, 16, 0]);
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    for sample in samples {
        file.extend(((sample.clamp(-1.0, 1.0) * 32767.0).round() as i16).to_le_bytes());
    }
    file
}
