//! From noise to data: which noise levels are met, and how the velocities that the model gives lead from one to the next.
//!
//! All are for flow matching: a sample at level σ is (1 - σ) · data + σ · noise, and the model gives noise - data.

mod multistep;
mod schedule;

use candle_core::{Result, Tensor};

use self::multistep::{DpmPlusPlus, UniPc};

/// How one noise level leads to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Straight on: one velocity a step.
    Euler,
    /// Predictor and corrector of second order, as Wan is published with. See <https://arxiv.org/abs/2302.04867>.
    UniPc,
    /// DPM-Solver++, multistep of second order. See <https://arxiv.org/abs/2211.01095>.
    DpmPlusPlus,
    /// To the data, and with fresh noise back to the next level: for models distilled to few steps.
    Renoise,
}

/// Which noise levels are met.
#[derive(Debug, Clone, PartialEq)]
pub enum Levels {
    /// So many steps, spaced evenly and then moved towards noise: 3 for 480p, 5 for 720p, 1 for even spacing.
    Shifted {
        /// Steps, at least 1.
        steps: usize,
        /// σ → shift · σ / (1 + (shift - 1) · σ).
        shift: f64,
    },
    /// The timesteps, 1000 (noise) to 0, that a distilled model was trained at, moved towards noise as above.
    Listed {
        /// Falling.
        timesteps: Vec<f64>,
        /// As above; 1 if the list has it in it.
        shift: f64,
    },
}

/// A walk from noise to data.
pub struct Sampler {
    /// One for each step, falling, and then 0.
    sigmas: Vec<f64>,
    timesteps: Vec<f64>,
    index: usize,
    solver: Solver,
}

enum Solver {
    Euler,
    UniPc(UniPc),
    DpmPlusPlus(DpmPlusPlus),
    Renoise,
}

impl Sampler {
    /// Ready for the first step, from noise. At least one step is made.
    pub fn new(method: Method, levels: &Levels) -> Self {
        Self::begun(method, levels, 1.0)
    }

    /// Ready for the last steps only: `strength` (0 to 1) is their share of all, rounded down, so that there may be none. What
    /// the first of them begins with is [`Self::noised`].
    pub fn begun(method: Method, levels: &Levels, strength: f64) -> Self {
        let (mut sigmas, mut timesteps) = schedule::levels(method, levels);
        let made = (timesteps.len() as f64 * strength.clamp(0.0, 1.0)) as usize;
        let skipped = timesteps.len() - made;
        sigmas.drain(..skipped);
        timesteps.drain(..skipped);
        let solver = match method {
            Method::Euler => Solver::Euler,
            Method::UniPc => Solver::UniPc(UniPc::default()),
            Method::DpmPlusPlus => Solver::DpmPlusPlus(DpmPlusPlus::default()),
            Method::Renoise => Solver::Renoise,
        };
        Self { sigmas, timesteps, index: 0, solver }
    }

    /// Noise levels, falling to 0, from about 1 where all steps are made; one more than steps.
    pub fn sigmas(&self) -> &[f64] {
        &self.sigmas
    }

    /// What the model is told at each step, 0 to 1000.
    pub fn timesteps(&self) -> &[f64] {
        &self.timesteps
    }

    /// Data with as much noise in it as the next step expects; both of one shape.
    pub fn noised(&self, data: &Tensor, noise: &Tensor) -> Result<Tensor> {
        let sigma = self.sigmas.get(self.index).copied().unwrap_or(0.0);
        (data * (1.0 - sigma))? + (noise * sigma)?
    }

    /// The sample at the next level, from the one at this and the model's velocity there. `noise` is called for fresh noise
    /// of the sample's shape where the method needs it. After the last step the sample is the data.
    pub fn step(
        &mut self,
        velocity: &Tensor,
        sample: &Tensor,
        noise: impl FnOnce() -> Result<Tensor>,
    ) -> Result<Tensor> {
        if self.index + 1 >= self.sigmas.len() {
            candle_core::bail!("all {} steps have been made", self.index);
        }
        let (sigma, next) = (self.sigmas[self.index], self.sigmas[self.index + 1]);
        let data = || sample - (velocity * sigma)?;
        let result = match &mut self.solver {
            Solver::Euler => sample + (velocity * (next - sigma))?,
            Solver::UniPc(solver) => solver.step(&self.sigmas, self.index, data()?, sample),
            Solver::DpmPlusPlus(solver) => solver.step(&self.sigmas, self.index, data()?, sample),
            Solver::Renoise if next > 0.0 => (data()? * (1.0 - next))? + (noise()? * next)?,
            Solver::Renoise => data(),
        }?;
        self.index += 1;
        Ok(result)
    }
}
