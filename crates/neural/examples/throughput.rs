//! The numbers behind `./x bench neural`: how fast the networks of Wan 2.1 1.3B run here, with weights that mean nothing. One
//! JSON object a line on standard output, as `xtask/src/bench.rs` describes.
//!
//! `cargo run --release -p neural --example throughput [-- WIDTH HEIGHT FRAMES]` measures another size. The floor is what a
//! pass would take at the rate of a large matrix product, measured in the same run.
#![expect(clippy::print_stdout, reason = "the results of a measurement go to standard output")]

use std::time::Instant;

use anyhow::{Context, Result};
use candle_core::{DType, Device, Tensor};
use neural::{
    autoencoder::wan::{WanAutoencoder, WanAutoencoderConfig},
    device,
    transformer::wan::{WanConfig, WanTransformer},
    weights::Weights,
};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let device = device::fastest();
    let given: Vec<usize> = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<_, _>>()?;
    let [width, height, frames] = match given[..] {
        [] if device.is_cpu() => [256, 160, 5],
        [] => [832, 480, 81],
        [width, height, frames] => [width, height, frames],
        _ => anyhow::bail!("three numbers: width, height, frames"),
    };
    let dtype = if device.is_cpu() { DType::F32 } else { DType::BF16 };
    let (rows, columns, depth) = (height / 8, width / 8, 1 + (frames - 1) / 4);
    let tokens = depth * rows / 2 * columns / 2;
    println!("{}", json!({ "device": format!("{:?}, {}", device.location(), dtype.as_str()) }));
    let size = format!("{width}x{height}x{frames}");

    let rate = matrix_rate(&device, dtype)?;
    row("matrix product", rate / 1e12, "TFLOP/s", "higher", &json!({}));

    // On a processor two blocks tell enough.
    let blocks = if device.is_cpu() { 2 } else { 30 };
    let config: WanConfig = serde_json::from_value(json!({
        "patch_size": [1, 2, 2], "num_attention_heads": 12, "attention_head_dim": 128, "in_channels": 16,
        "out_channels": 16, "text_dim": 4096, "freq_dim": 256, "ffn_dim": 8960, "num_layers": blocks
    }))?;
    let weights = Weights::random(&device, dtype);
    let transformer = WanTransformer::load(&weights, &config)?;
    let latents = Tensor::randn(0f32, 1.0, (1, 16, depth, rows, columns), &device)?.to_dtype(dtype)?;
    let text = Tensor::randn(0f32, 1.0, (1, 512, 4096), &device)?.to_dtype(dtype)?;
    let time = Tensor::new(&[[500f32]], &device)?;
    let seconds = best_of(3, &device, || {
        transformer.forward(&latents, &time, &text, None).map(drop).map_err(Into::into)
    })?;
    let floor = operations(&config, tokens, 512) / rate;
    let parts = json!({ "floor s": floor, "times the floor": seconds / floor, "tokens": tokens });
    row(&format!("{blocks} blocks, {size}"), seconds, "s", "lower", &parts);
    drop(transformer);

    let config: WanAutoencoderConfig = serde_json::from_value(json!({
        "base_dim": 96, "z_dim": 16, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 2,
        "temperal_downsample": [false, true, true], "latents_mean": vec![0; 16], "latents_std": vec![1; 16]
    }))?;
    let autoencoder = WanAutoencoder::load(&weights, &config)?;
    let latents = Tensor::randn(0f32, 1.0, (1, 16, depth, rows, columns), &device)?;
    let seconds = best_of(2, &device, || {
        autoencoder.decode_each(&latents, anyhow::Error::from, |frames| {
            drop(frames);
            Ok(())
        })
    })?;
    row(&format!("decoding {size}"), frames as f64 / seconds, "frames/s", "higher", &json!({ "s": seconds }));
    let film = Tensor::zeros((1, 3, frames, height, width), DType::F32, &device)?;
    let seconds = best_of(2, &device, || autoencoder.encode(&film).map(drop).map_err(Into::into))?;
    row(&format!("encoding {size}"), frames as f64 / seconds, "frames/s", "higher", &json!({ "s": seconds }));
    Ok(())
}

fn row(name: &str, value: f64, unit: &str, better: &str, parts: &Value) {
    println!(
        "{}",
        json!({ "area": "neural", "name": name, "value": value, "unit": unit, "better": better, "parts": parts })
    );
}

/// Multiplications and additions of a pass, by the second of a rate.
fn operations(config: &WanConfig, tokens: usize, words: usize) -> f64 {
    let (width, tokens, words) = (config.width() as f64, tokens as f64, words as f64);
    // Query, key, value and out of the tokens, query and out to the text; key and value of the text; feed-forward.
    let linear = tokens * width * (6.0 * width + 2.0 * config.ffn_dim as f64) + words * 2.0 * width * width;
    let attention = 2.0 * tokens * width * (tokens + words);
    2.0 * config.num_layers as f64 * (linear + attention)
}

fn matrix_rate(device: &Device, dtype: DType) -> Result<f64> {
    let side = if device.is_cpu() { 2048 } else { 8192 };
    let x = Tensor::randn(0f32, 1.0, (side, side), device)?.to_dtype(dtype)?;
    let seconds = best_of(3, device, || {
        for _ in 0..4 {
            drop(x.matmul(&x)?);
        }
        Ok(())
    })?;
    Ok(4.0 * 2.0 * (side as f64).powi(3) / seconds)
}

/// Seconds of the fastest, after one that does not count.
fn best_of(times: usize, device: &Device, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    work()?;
    device.synchronize()?;
    let mut seconds = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        work()?;
        device.synchronize()?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    seconds.into_iter().reduce(f64::min).context("at least once")
}
