//! Packs the 16-bit weights of a BERT encoder into the 8 bits that `models/all-minilm-l6-v2` ships:
//!
//!     cargo run -p neural --example quantise -- model.f16.safetensors weights.i8.safetensors
//!
//! A matrix `NAME` becomes signed bytes with a 32-bit `NAME.scale` for each row: weight = byte · scale, where the largest
//! weight of the row is ±127. Vectors stay as they are. The pooler, which sentence embeddings don't use, is left out.

use std::{collections::BTreeMap, env, fs};

use anyhow::{Context, ensure};
use half::f16;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let mut path = |what| arguments.next().with_context(|| format!("which file is {what}?"));
    let (source, target) = (path("read")?, path("written")?);

    let bytes = fs::read(&source).with_context(|| format!("{source} cannot be read"))?;
    let file = SafeTensors::deserialize(&bytes)?;
    let mut packed = BTreeMap::new();
    for (name, view) in file.tensors() {
        if name.starts_with("pooler.") {
            continue;
        }
        ensure!(view.dtype() == Dtype::F16, "{name} is {:?}, not 16-bit floats", view.dtype());
        let Some(&columns) = view.shape().get(1) else {
            packed.insert(name, (Dtype::F16, view.shape().to_vec(), view.data().to_vec()));
            continue;
        };
        let weights: Vec<f32> =
            view.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect();
        let (mut quanta, mut scales) = (Vec::new(), Vec::new());
        for row in weights.chunks_exact(columns) {
            let largest = row.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
            let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
            quanta.extend(row.iter().map(|w| ((w / scale).round() as i8).cast_unsigned()));
            scales.extend(scale.to_le_bytes());
        }
        packed.insert(format!("{name}.scale"), (Dtype::F32, vec![view.shape()[0]], scales));
        packed.insert(name, (Dtype::I8, view.shape().to_vec(), quanta));
    }
    let views: BTreeMap<_, _> = packed
        .iter()
        .map(|(name, (dtype, shape, data))| Ok((name, TensorView::new(*dtype, shape.clone(), data)?)))
        .collect::<Result<_, safetensors::SafeTensorError>>()?;
    fs::write(&target, safetensors::serialize(views, None)?)
        .with_context(|| format!("{target} cannot be written"))
}
