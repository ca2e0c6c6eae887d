//! Noise levels, timesteps and whole paths of the samplers against diffusers.

use crate::support::{Io, assert_near, devices};
use candle_core::{Result, Tensor};
use neural::sampler::{Levels, Method, Sampler};

#[test]
fn levels_and_paths_agree() -> Result<()> {
    for device in devices() {
        let io = Io::load("samplers/io", &device);
        let target = io.get("target");
        for (name, method) in
            [("euler", Method::Euler), ("unipc", Method::UniPc), ("dpmpp", Method::DpmPlusPlus)]
        {
            for steps in [1, 4, 20] {
                let mut sampler = Sampler::new(method, &Levels::Shifted { steps, shift: 3.0 });
                let row = |values: &[f64]| {
                    let values: Vec<f32> = values.iter().map(|&v| v as f32).collect();
                    Tensor::new(values, &device)
                };
                let label = |what: &str| format!("{name}, {steps} steps, {what}");
                let wanted = |what: &str| io.get(&format!("{name}.{steps}.{what}"));
                assert_near(&label("sigmas"), &row(sampler.sigmas())?, &wanted("sigmas"));
                assert_near(&label("timesteps"), &row(sampler.timesteps())?, &wanted("timesteps"));

                let mut x = io.get("start");
                let mut path = Vec::new();
                for t in sampler.timesteps().to_vec() {
                    let velocity = ((x.tanh()? - &target)? + (&x * (t / 1000.0))?)?;
                    x = sampler.step(&velocity, &x, || unreachable!("no noise is needed"))?;
                    path.push(x.clone());
                }
                assert_near(&label("path"), &Tensor::stack(&path, 0)?, &wanted("path"));
                assert!(sampler.step(&x, &x, || Ok(x.clone())).is_err(), "all steps have been made");
            }
        }
    }
    Ok(())
}

/// With the true velocity, the distilled models' method finds the data in one step and keeps it in many.
#[test]
fn renoising_ends_at_the_data() -> Result<()> {
    for device in devices() {
        let io = Io::load("samplers/io", &device);
        let (noise, data) = (io.get("start"), io.get("target"));
        let levels = Levels::Listed { timesteps: vec![1000.0, 750.0, 500.0, 250.0], shift: 1.0 };
        let mut sampler = Sampler::new(Method::Renoise, &levels);
        let mut x = noise.clone();
        for sigma in sampler.sigmas().to_vec().into_iter().filter(|&s| s > 0.0) {
            let velocity = ((&x - &data)? / sigma)?;
            x = sampler.step(&velocity, &x, || Ok(noise.clone()))?;
        }
        assert_near("renoised path", &x, &data);
    }
    Ok(())
}
