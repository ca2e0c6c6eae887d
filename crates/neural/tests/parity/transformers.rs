//! umT5 and the transformers of Wan against transformers and diffusers.

use std::sync::Arc;

use crate::support::{Io, assert_near, config, devices, folder, weights};
use candle_core::{DType, Result};
use neural::{
    text::tokenizer::Umt5Tokenizer,
    text::umt5::{Umt5, Umt5Config},
    transformer::wan::{Control, WanConfig, WanTransformer},
    video::VideoError,
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
fn umt5_encodes_the_same_a_layer_at_a_time() -> Result<()> {
    for device in devices() {
        let io = Io::load("umt5/io", &device);
        let tokens = io.get("tokens").to_dtype(DType::U32)?.to_vec2::<u32>()?;
        // The second text has seven tokens, and then padding.
        let texts = [tokens[0].clone(), tokens[1][..7].to_vec()];
        let (weights, config) = (weights("umt5", Family::TextEncoder, &device), config::<Umt5Config>("umt5"));
        let mut pauses = 0;
        let encoded = Umt5::encode_in_turn(&weights, &config, &texts, || {
            pauses += 1;
            Ok::<(), VideoError>(())
        });
        let encoded = encoded.expect("it encodes");
        assert_eq!(pauses, 1 + config.num_layers);
        let out = io.get("out");
        assert_near("umT5 in turn", &encoded[0], &out.narrow(0, 0, 1)?);
        assert_near("umT5 in turn, short", &encoded[1], &out.narrow(0, 1, 1)?.narrow(1, 0, 7)?);
    }
    Ok(())
}

#[test]
fn prompts_have_the_same_tokens() {
    #[derive(serde::Deserialize)]
    struct Row {
        text: String,
        ids: Vec<u32>,
    }
    let tokenizer = Umt5Tokenizer::open(&folder("umt5").join("tokenizer.json")).expect("it opens");
    let rows = std::fs::read_to_string(folder("umt5").join("tokens.json")).expect("the fixture is there");
    let rows: Vec<Row> = serde_json::from_str(&rows).expect("rows");
    assert_eq!(rows.len(), 4);
    for row in rows {
        assert_eq!(tokenizer.tokens(&row.text).expect("it has tokens"), row.ids, "{:.40}", row.text);
    }
    assert!(Umt5Tokenizer::open(&folder("umt5").join("config.json")).is_err());
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

/// Blocks that are read when their turn comes give the same bits as those that are held.
#[test]
fn streamed_blocks_give_the_same_bits() -> Result<()> {
    for device in devices() {
        for name in ["wan_t2v", "wan_vace"] {
            let io = Io::load(&format!("{name}/io"), &device);
            let config: WanConfig = config(name);
            let weights = Arc::new(weights(name, Family::Transformer, &device));
            let held = WanTransformer::load(&weights, &config).expect("it loads");
            let streamed = WanTransformer::stream(&weights, &config).expect("it loads");
            let control = (!config.vace_layers.is_empty()).then(|| io.get("control"));
            let run = |model: &WanTransformer| -> Result<Vec<f32>> {
                let control = control.as_ref().map(|latents| Control { latents, scales: &[1.0, 0.6] });
                let timestep = io.floats("timestep").unsqueeze(1)?;
                let out = model.forward(&io.get("x"), &timestep, &io.get("text"), control.as_ref())?;
                out.flatten_all()?.to_vec1()
            };
            let wanted = run(&held)?;
            // As often as one likes.
            assert!(run(&streamed)? == wanted && run(&streamed)? == wanted, "{name}");
            // What the files lack is named when its turn comes.
            let longer = WanConfig { num_layers: config.num_layers + 1, ..config };
            let longer = WanTransformer::stream(&weights, &longer).expect("its blocks are not looked at yet");
            let error = run(&longer).expect_err("a block is missing").to_string();
            assert!(error.contains("blocks."), "{error}");
        }
    }
    Ok(())
}
