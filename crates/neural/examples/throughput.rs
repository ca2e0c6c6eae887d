//! The numbers behind `./x bench neural`: how fast the networks of Wan 2.1 1.3B run here, with weights that mean nothing. One
//! JSON object a line on standard output, as `xtask/src/bench.rs` describes.
//!
//! `cargo run --release -p neural --example throughput [-- WIDTH HEIGHT FRAMES]` measures another size. The floor is what a
//! pass would take at the rate of a large matrix product, measured in the same run. Where `python3`, or the Python that
//! `MUTOSCOPE_PYTHON` names, has `PyTorch`, `throughput.py` does the same with the same shapes and threads right after, and the
//! row says how many times its seconds ours are.
#![expect(clippy::print_stdout, reason = "the results of a measurement go to standard output")]

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result};
use candle_core::{DType, Device, Tensor};
use neural::{
    autoencoder::wan::{WanAutoencoder, WanAutoencoderConfig},
    device,
    pipeline::{Request, WanPipeline},
    sampler::{Levels, Method},
    text::umt5::{Umt5, Umt5Config},
    transformer::wan::{WanConfig, WanTransformer},
    weights::{Family, Weights},
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
    println!("{}", json!({ "device": format!("{:?}, {}", device.location(), dtype.as_str()) }));
    let size = format!("{width}x{height}x{frames}");

    let rate = matrix_rate(&device, dtype)?;
    row("matrix product", rate / 1e12, "TFLOP/s", "higher", &json!({}));

    let mut torch = Torch::find(&device);
    if torch.is_none() {
        eprintln!("(no PyTorch to compare with: MUTOSCOPE_PYTHON names a Python that has it)");
    }
    // On a processor one block tells enough, but at sizes that people wait for.
    let passes = if device.is_cpu() {
        vec![(1, [depth, rows, columns]), (1, [1, 60, 104]), (1, [3, 60, 104])]
    } else {
        vec![(30, [depth, rows, columns])]
    };
    for (blocks, latents) in passes {
        blocks_row(blocks, latents, rate, &device, dtype, torch.as_mut())?;
    }
    umt5_row(&device, dtype, torch.as_mut())?;
    drop(torch);
    pipeline_row(&device)?;

    let weights = Weights::random(&device, dtype);
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

/// A pass through so many blocks, with what is before and after them, at `latents` frames, rows and columns.
fn blocks_row(
    blocks: usize,
    latents: [usize; 3],
    rate: f64,
    device: &Device,
    dtype: DType,
    torch: Option<&mut Torch>,
) -> Result<()> {
    const WORDS: usize = 512;
    let [depth, rows, columns] = latents;
    let tokens = depth * (rows / 2) * (columns / 2);
    let config: WanConfig = serde_json::from_value(json!({
        "patch_size": [1, 2, 2], "num_attention_heads": 12, "attention_head_dim": 128, "in_channels": 16,
        "out_channels": 16, "text_dim": 4096, "freq_dim": 256, "ffn_dim": 8960, "num_layers": blocks
    }))?;
    let transformer = WanTransformer::load(&Weights::random(device, dtype), &config)?;
    let latents = Tensor::randn(0f32, 1.0, (1, 16, depth, rows, columns), device)?.to_dtype(dtype)?;
    let text = Tensor::randn(0f32, 1.0, (1, WORDS, 4096), device)?.to_dtype(dtype)?;
    let time = Tensor::new(&[[500f32]], device)?;
    let floor = operations(&config, tokens, WORDS) / rate;
    let mut parts = json!({ "floor s": floor, "tokens": tokens });
    let ask =
        json!({ "what": "blocks", "blocks": blocks, "grid": [depth, rows / 2, columns / 2], "words": WORDS });
    let seconds = compared(device, &ask, torch, &mut parts, || {
        transformer.forward(&latents, &time, &text, None).map(drop).map_err(Into::into)
    })?;
    parts["times the floor"] = json!(seconds / floor);
    let name = format!("blocks: {blocks}, tokens: {tokens}");
    row(&name, seconds, "s", "lower", &parts);
    Ok(())
}

/// A layer of the text encoder at the longest prompt.
fn umt5_row(device: &Device, dtype: DType, torch: Option<&mut Torch>) -> Result<()> {
    const TOKENS: u32 = 512;
    // Of its quarter of a million words a few are enough.
    let config: Umt5Config = serde_json::from_value(json!({
        "vocab_size": TOKENS, "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 1, "num_heads": 64
    }))?;
    let encoder = Umt5::load(&Weights::random(device, dtype), &config)?;
    let tokens = Tensor::arange(0, TOKENS, device)?.unsqueeze(0)?;
    let mask = tokens.ones_like()?;
    let mut parts = json!({});
    let ask = json!({ "what": "umt5", "tokens": TOKENS });
    let seconds = compared(device, &ask, torch, &mut parts, || {
        encoder.forward(&tokens, &mask).map(drop).map_err(Into::into)
    })?;
    row("umT5 layer, 512 tokens", seconds, "s", "lower", &parts);
    Ok(())
}

/// The tiny pipeline of `tests/parity`, from encoded words to frames: what all takes that is not arithmetic.
fn pipeline_row(device: &Device) -> Result<()> {
    let folder = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/parity").join(name);
    let open = |name, family| Weights::open(&folder(name), family, device, DType::F32);
    let config = |name| std::fs::read_to_string(folder(name).join("config.json"));
    let transformer = WanTransformer::load(
        &open("wan_t2v", Family::Transformer)?,
        &serde_json::from_str(&config("wan_t2v")?)?,
    )?;
    let autoencoder = WanAutoencoder::load(
        &open("vae21", Family::Autoencoder)?,
        &serde_json::from_str(&config("vae21")?)?,
    )?;
    let pipeline = WanPipeline::new(transformer, autoencoder, DType::F32);
    let prompt = Tensor::randn(0f32, 1.0, (1, 7, 16), device)?;
    let request = Request {
        width: 32,
        height: 32,
        frames: 9,
        prompt: &prompt,
        negative: Some(&prompt),
        guidance: 3.0,
        method: Method::UniPc,
        levels: Levels::Shifted { steps: 4, shift: 3.0 },
        seed: 1,
        first_frame: None,
        control: None,
        original: None,
        tiles: None,
    };
    let watch = film::Watch::unwatched();
    let seconds = best_of(5, device, || pipeline.run(&request, &watch).map(drop).map_err(Into::into))?;
    row("tiny pipeline, 4 steps, 32x32x9", seconds * 1e3, "ms", "lower", &json!({}));
    Ok(())
}

/// Seconds of `work`; adds those of `PyTorch` to `parts`, and how many times them ours are. Both take turns, since a machine
/// may be twice as fast in one moment as in the next.
fn compared(
    device: &Device,
    ask: &Value,
    torch: Option<&mut Torch>,
    parts: &mut Value,
    mut work: impl FnMut() -> Result<()>,
) -> Result<f64> {
    const TURNS: usize = 2;
    let mut ours = best_of(3, device, &mut work)?;
    if let Some(torch) = torch {
        let mut theirs = torch.seconds(ask)?;
        for _ in 0..TURNS {
            ours = ours.min(best_of(2, device, &mut work)?);
            theirs = theirs.min(torch.seconds(ask)?);
        }
        parts["PyTorch s"] = json!(theirs);
        parts["times PyTorch"] = json!(ours / theirs);
    }
    Ok(ours)
}

/// `throughput.py`, which waits for what it is to measure; it stops when its input ends.
struct Torch {
    child: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Torch {
    /// None where there is no Python, no `PyTorch`, or none for this device.
    fn find(device: &Device) -> Option<Self> {
        let python = std::env::var_os("MUTOSCOPE_PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
        let (kind, check) = if device.is_cuda() {
            ("cuda", "import torch; assert torch.cuda.is_available()")
        } else {
            ("cpu", "import torch")
        };
        let silent = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let there = silent(Command::new(&python).args(["-c", check]));
        if !there.is_ok_and(|status| status.success()) {
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/throughput.py");
        let threads = std::thread::available_parallelism().map_or(1, usize::from).to_string();
        let mut child = Command::new(python)
            .arg(script)
            .args([&threads, kind])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let (ask, answers) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        Some(Self { child, ask: Some(ask), answers })
    }

    fn seconds(&mut self, ask: &Value) -> Result<f64> {
        let input = self.ask.as_mut().context("it listens")?;
        writeln!(input, "{ask}")?;
        input.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line).context("throughput.py failed")?;
        answer["seconds"].as_f64().context("throughput.py gave no seconds")
    }
}

impl Drop for Torch {
    fn drop(&mut self) {
        self.ask = None;
        let _ = self.child.wait();
    }
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
