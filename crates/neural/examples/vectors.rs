//! Embeds labels ahead of time, so that a program finds the nearest with one product a label:
//!
//!     cargo run --release -p neural --example vectors -- labels.txt vectors.bin
//!
//! `labels.txt`: UTF-8, one label a line, none blank. `vectors.bin`: no header; for each line in order the 384 components of
//! its unit vector as little-endian 16-bit floats (768 bytes). The cosine of two rows, or of a row and a fresh
//! [`neural::MiniLm`] vector, is their dot product, true to about 0.001.

use std::{env, fs};

use anyhow::{Context, ensure};
use film::Embedder;
use half::f16;

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let mut path = |what| arguments.next().with_context(|| format!("which file {what}?"));
    let (source, target) = (path("holds the labels")?, path("is written")?);

    let text = fs::read_to_string(&source).with_context(|| format!("{source} cannot be read"))?;
    let labels: Vec<&str> = text.lines().collect();
    for (index, label) in labels.iter().enumerate() {
        ensure!(!label.trim().is_empty(), "line {} of {source} is blank", index + 1);
    }
    let vectors = neural::MiniLm::load()?.embed(&labels)?;
    let bytes: Vec<u8> = vectors.iter().flatten().flat_map(|c| f16::from_f32(*c).to_le_bytes()).collect();
    fs::write(&target, bytes).with_context(|| format!("{target} cannot be written"))
}
