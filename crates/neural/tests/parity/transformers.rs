//! umT5 and the transformers of Wan against transformers and diffusers.

use crate::support::{Io, assert_near, config, devices, folder, weights};
use candle_core::{DType, Result};
use neural::{
    text::umt5::Umt5,
    transformer::wan::{Control, WanTransformer},
    weights::{Family, Lora},
};

#[test]
fn umt5_encodes_as_transformers_does() -> Result<()> {
    for device in devices() {
        let io = Io::load("umt5/io", &device);
        let model =
            Umt5::load(&weights("umt5", Family::TextEncoder, &device), &config("umt5")).expect("it loads");
        let mask = io.get("mask").to_dtype(DType::U32)?;
        let out = model.forward(&io.get("tokens").to_dtype(DType::U32)?, &mask)?;
        assert_near("umT5", &out, &io.get("out"));
    }
    Ok(())
}

#[test]
fn the_transformer_of_t2v_agrees() -> Result<()> {
    for device in devices() {
        let io = Io::load("wan_t2v/io", &device);
        let weights = weights("wan_t2v", Family::Transformer, &device);
        let model = WanTransformer::load(&weights, &config("wan_t2v")).expect("it loads");
        let timestep = io.floats("timestep").unsqueeze(1)?;
        let out = model.forward(&io.get("x"), &timestep, &io.get("text"), None)?;
        assert_near("Wan T2V", &out, &io.get("out"));
    }
    Ok(())
}

#[test]
fn a_timestep_for_each_token_or_each_frame_agrees() -> Result<()> {
    for device in devices() {
        let io = Io::load("wan_ti2v/io", &device);
        let weights = weights("wan_ti2v", Family::Transformer, &device);
        let model = WanTransformer::load(&weights, &config("wan_ti2v")).expect("it loads");
        let (tokens, text) = (io.floats("timestep"), io.get("text"));
        let out = model.forward(&io.get("x"), &tokens, &text, None)?;
        assert_near("Wan TI2V, a timestep for each token", &out, &io.get("out"));
        let frames = tokens.reshape((1, 3, 12))?.narrow(2, 0, 1)?.squeeze(2)?;
        let out = model.forward(&io.get("x"), &frames, &text, None)?;
        assert_near("Wan TI2V, a timestep for each frame", &out, &io.get("out"));
    }
    Ok(())
}

#[test]
fn the_hints_of_vace_and_the_whole_agree() -> Result<()> {
    for device in devices() {
        let io = Io::load("wan_vace/io", &device);
        let weights = weights("wan_vace", Family::Transformer, &device);
        let model = WanTransformer::load(&weights, &config("wan_vace")).expect("it loads");
        let (x, text, latents) = (io.get("x"), io.get("text"), io.get("control"));
        let timestep = io.floats("timestep").unsqueeze(1)?;
        for (index, hint) in model.hints(&x, &timestep, &text, &latents)?.iter().enumerate() {
            assert_near(&format!("VACE hint {index}"), hint, &io.get(&format!("hint.{index}")));
        }
        let scales: Vec<f64> = io.floats("scale").to_vec1::<f32>()?.into_iter().map(f64::from).collect();
        let control = Control { latents: &latents, scales: &scales };
        let out = model.forward(&x, &timestep, &text, Some(&control))?;
        assert_near("Wan VACE", &out, &io.get("out"));
    }
    Ok(())
}

#[test]
fn a_merged_lora_agrees_with_one_that_diffusers_loaded() -> Result<()> {
    for device in devices() {
        let io = Io::load("wan_t2v/lora_io", &device);
        let mut weights = weights("wan_t2v", Family::Transformer, &device);
        let lora = Lora::open(&folder("wan_t2v/lora.safetensors")).expect("it opens");
        weights.add_lora(lora, 0.7).expect("it fits");
        let model = WanTransformer::load(&weights, &config("wan_t2v")).expect("it loads");
        let out = model.forward(&io.get("x"), &io.floats("timestep").unsqueeze(1)?, &io.get("text"), None)?;
        assert_near("Wan T2V with a LoRA", &out, &io.get("out"));
    }
    Ok(())
}
