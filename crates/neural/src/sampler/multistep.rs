//! Methods that remember the data which earlier steps foresaw.
//!
//! Both work in λ = ln((1 - σ) / σ), in which the path is nearly a polynomial.

use candle_core::{Result, Tensor};

/// Half the logarithm of the ratio of signal to noise; infinite where there is no noise left.
fn lambda(sigma: f64) -> f64 {
    (1.0 - sigma).ln() - sigma.ln()
}

/// DPM-Solver++ (2M), midpoint.
#[derive(Default)]
pub(super) struct DpmPlusPlus {
    before: Option<Tensor>,
}

impl DpmPlusPlus {
    /// The sample at `sigmas[index + 1]`, from that at `sigmas[index]` and the data foreseen there.
    pub(super) fn step(
        &mut self,
        sigmas: &[f64],
        index: usize,
        data: Tensor,
        sample: &Tensor,
    ) -> Result<Tensor> {
        let (sigma, next) = (sigmas[index], sigmas[index + 1]);
        let h = lambda(next) - lambda(sigma);
        let change = (1.0 - next) * (-h).exp_m1();
        let mut result = ((sample * (next / sigma))? - (&data * change)?)?;
        let is_last = index + 2 == sigmas.len();
        if let Some(before) = self.before.as_ref().filter(|_| !is_last) {
            let ratio = (lambda(sigma) - lambda(sigmas[index - 1])) / h;
            result = (result - ((&data - before)? * (0.5 * change / ratio))?)?;
        }
        self.before = Some(data);
        Ok(result)
    }
}

/// UniPC of second order with B(h) = e^h - 1, data prediction.
#[derive(Default)]
pub(super) struct UniPc {
    /// Data foreseen at the steps before, oldest first; two at most.
    foreseen: Vec<Tensor>,
    /// The sample that the last step began with, and the order of that step.
    last: Option<(Tensor, usize)>,
}

impl UniPc {
    /// The sample at `sigmas[index + 1]`, from that at `sigmas[index]` and the data foreseen there.
    pub(super) fn step(
        &mut self,
        sigmas: &[f64],
        index: usize,
        data: Tensor,
        sample: &Tensor,
    ) -> Result<Tensor> {
        let sample = match &self.last {
            Some((last, order)) => self.corrected(sigmas, index, &data, last, *order)?,
            None => sample.clone(),
        };
        self.foreseen.push(data);
        if self.foreseen.len() > 2 {
            self.foreseen.remove(0);
        }
        let steps = sigmas.len() - 1;
        let order = 2.min(steps - index).min(self.foreseen.len());
        let result = self.predicted(sigmas, index, &sample, order)?;
        self.last = Some((sample, order));
        Ok(result)
    }

    fn predicted(&self, sigmas: &[f64], index: usize, sample: &Tensor, order: usize) -> Result<Tensor> {
        let (sigma, next) = (sigmas[index], sigmas[index + 1]);
        let h = lambda(next) - lambda(sigma);
        let change = (1.0 - next) * (-h).exp_m1();
        let newest = self.newest(0)?;
        let result = ((sample * (next / sigma))? - (newest * change)?)?;
        if order < 2 {
            return Ok(result);
        }
        let ratio = (lambda(sigmas[index - 1]) - lambda(sigma)) / h;
        result - ((self.newest(1)? - newest)? * (0.5 * change / ratio))?
    }

    /// The sample at `sigmas[index]` once more, now that the data is foreseen from there, too.
    fn corrected(
        &self,
        sigmas: &[f64],
        index: usize,
        data: &Tensor,
        last: &Tensor,
        order: usize,
    ) -> Result<Tensor> {
        let (before, sigma) = (sigmas[index - 1], sigmas[index]);
        let h = lambda(sigma) - lambda(before);
        let change = (1.0 - sigma) * (-h).exp_m1();
        let newest = self.newest(0)?;
        let result = ((last * (sigma / before))? - (newest * change)?)?;
        let difference = (data - newest)?;
        if order < 2 {
            return result - (difference * (0.5 * change))?;
        }
        let ratio = (lambda(sigmas[index - 2]) - lambda(before)) / h;
        // Two weights such that polynomials of second order come out exact: [1 1; ratio 1] · weights = moments.
        let phi = (-h).exp_m1();
        let first = phi / -h - 1.0;
        let second = first / -h - 0.5;
        let moments = [first / phi, 2.0 * second / phi];
        let older = (moments[0] - moments[1]) / (1.0 - ratio);
        let newer = moments[0] - older;
        let earlier = (self.newest(1)? - newest)?;
        result - ((earlier * (older / ratio))? + (difference * newer)?)?.affine(change, 0.0)?
    }

    /// What was foreseen so many steps ago.
    fn newest(&self, ago: usize) -> Result<&Tensor> {
        match self.foreseen.len().checked_sub(ago + 1) {
            Some(place) => Ok(&self.foreseen[place]),
            None => candle_core::bail!("no step has been made yet"),
        }
    }
}
