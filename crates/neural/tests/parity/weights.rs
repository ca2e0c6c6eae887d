//! The same weights in other files: original names, 8-bit floats, GGUF, LoRA; and files that are wrong.

use std::{collections::HashMap, path::Path};

use candle_core::{
    DType, Device, Result, Tensor,
    quantized::{GgmlDType, QTensor, gguf_file},
};
use neural::weights::{Family, Lora, Weights, WeightsError};

use crate::support::{assert_near, folder, weights};

const QUERY: &str = "blocks.0.attn1.to_q.weight";
const WIDTH: usize = 24;

fn open(path: &Path) -> std::result::Result<Weights, WeightsError> {
    Weights::open(path, Family::Transformer, &Device::Cpu, DType::F32)
}

/// The weights of T2V by their canonical names.
fn tensors() -> HashMap<String, Tensor> {
    let file = folder("wan_t2v").join("diffusion_pytorch_model.safetensors");
    candle_core::safetensors::load(file, &Device::Cpu).expect("the fixture is there")
}

fn query() -> Tensor {
    tensors().remove(QUERY).expect("it is in the fixture")
}

#[test]
fn a_single_file_with_original_names_is_read() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("wan.safetensors");
    let all = tensors();
    let stored = HashMap::from([
        ("model.diffusion_model.blocks.0.self_attn.q.weight", query()),
        ("model.diffusion_model.blocks.0.norm3.weight", all["blocks.0.norm2.weight"].clone()),
        ("model.diffusion_model.head.modulation", all["scale_shift_table"].clone()),
    ]);
    candle_core::safetensors::save(&stored, &file)?;
    let weights = open(&file).expect("it opens");
    assert_near("original name", &weights.tensor(QUERY, (WIDTH, WIDTH)).expect("it is there"), &query());
    let norm = weights.tensor("blocks.0.norm2.weight", WIDTH).expect("it is there");
    assert_near("norms swapped", &norm, &all["blocks.0.norm2.weight"]);
    assert!(weights.has("scale_shift_table"));
    Ok(())
}

#[test]
fn floats_of_8_bits_are_widened_and_scaled() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("wan.safetensors");
    let scale = 0.02_f32;
    let small = (query() / f64::from(scale))?.to_dtype(DType::F8E4M3)?;
    let wanted = (small.to_dtype(DType::F32)? * f64::from(scale))?;
    let plain = query().to_dtype(DType::F8E4M3)?;
    let stored = HashMap::from([
        (QUERY.to_owned(), small),
        (QUERY.replace(".weight", ".scale_weight"), Tensor::new(&[scale], &Device::Cpu)?),
        ("blocks.0.attn1.to_k.weight".to_owned(), plain.clone()),
    ]);
    candle_core::safetensors::save(&stored, &file)?;
    let weights = open(&file).expect("it opens");
    let found = weights.tensor(QUERY, (WIDTH, WIDTH)).expect("it is there");
    assert_near("F8E4M3, scaled", &found, &wanted);
    // Three bits after the leading one: half of the last is 1/16.
    assert!(crate::support::error(&found, &query()) < 1.0 / 16.0);
    let found = weights.tensor("blocks.0.attn1.to_k.weight", (WIDTH, WIDTH)).expect("it is there");
    assert_near("F8E4M3", &found, &plain.to_dtype(DType::F32)?);
    Ok(())
}

#[test]
fn gguf_is_dequantised() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("wan.gguf");
    let wide = Tensor::randn(0f32, 1.0, (WIDTH, 64), &Device::Cpu)?;
    let patch = tensors().remove("patch_embedding.weight").expect("it is in the fixture");
    // GGUF has no fifth dimension.
    let joined = QTensor::quantize(&patch.flatten(0, 1)?, GgmlDType::F32)?;
    let rows: Vec<QTensor> = [GgmlDType::F16, GgmlDType::Q4_0, GgmlDType::Q5_0, GgmlDType::Q8_0]
        .into_iter()
        .map(|kind| QTensor::quantize(&wide, kind))
        .collect::<Result<_>>()?;
    let names: Vec<String> = (0..rows.len()).map(|i| format!("blocks.{i}.self_attn.q.weight")).collect();
    let mut all: Vec<(&str, &QTensor)> = names.iter().map(String::as_str).zip(&rows).collect();
    all.push(("patch_embedding.weight", &joined));
    gguf_file::write(&mut std::fs::File::create(&file)?, &[], &all)?;

    let weights = open(&file).expect("it opens");
    for (index, row) in rows.iter().enumerate() {
        let name = format!("blocks.{index}.attn1.to_q.weight");
        let found = weights.tensor(&name, (WIDTH, 64)).expect("it is there");
        assert_near(&format!("GGUF {:?}", row.dtype()), &found, &row.dequantize(&Device::Cpu)?);
        assert!(crate::support::error(&found, &wide) < 0.15, "{:?}", row.dtype());
    }
    let found = weights.tensor("patch_embedding.weight", patch.shape()).expect("it is there");
    assert_near("GGUF, five dimensions", &found, &patch);
    Ok(())
}

#[test]
fn a_lora_is_merged_whoever_named_it() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let down = Tensor::randn(0f32, 1.0, (4, WIDTH), &Device::Cpu)?;
    let up = Tensor::randn(0f32, 1.0, (WIDTH, 4), &Device::Cpu)?;
    let product = up.matmul(&down)?;
    let alpha = Tensor::new(2f32, &Device::Cpu)?;
    let names = [
        ("diffusers", "transformer.blocks.0.attn1.to_q", "lora_A.weight", "lora_B.weight", false),
        (
            "PEFT",
            "base_model.model.blocks.0.attn1.to_q",
            "lora_A.default.weight",
            "lora_B.default.weight",
            false,
        ),
        ("original", "diffusion_model.blocks.0.self_attn.q", "lora_down.weight", "lora_up.weight", true),
        ("kohya", "lora_unet_blocks_0_self_attn_q", "lora_down.weight", "lora_up.weight", true),
    ];
    for (maker, module, a, b, with_alpha) in names {
        let file = folder.path().join(format!("{maker}.safetensors"));
        let mut stored =
            HashMap::from([(format!("{module}.{a}"), down.clone()), (format!("{module}.{b}"), up.clone())]);
        if with_alpha {
            stored.insert(format!("{module}.alpha"), alpha.clone());
        }
        candle_core::safetensors::save(&stored, &file)?;
        let mut weights = weights("wan_t2v", Family::Transformer, &Device::Cpu);
        weights.add_lora(Lora::open(&file).expect("it opens"), 0.7).expect("it fits");
        let wanted = (query() + (&product * if with_alpha { 0.7 * 2.0 / 4.0 } else { 0.7 })?)?;
        let found = weights.tensor(QUERY, (WIDTH, WIDTH)).expect("it is there");
        assert_near(&format!("LoRA, {maker}"), &found, &wanted);
        let key = weights.tensor("blocks.0.attn1.to_k.weight", (WIDTH, WIDTH)).expect("it is there");
        assert_near("what a LoRA leaves alone", &key, &tensors()["blocks.0.attn1.to_k.weight"]);
    }
    Ok(())
}

#[test]
fn a_lora_of_another_model_is_refused() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lora.safetensors");
    let some = Tensor::zeros((4, 4), DType::F32, &Device::Cpu)?;
    candle_core::safetensors::save(
        &HashMap::from([("lora_unet_blocks_99_ffn_0.lora_down.weight", some.clone())]),
        &file,
    )?;
    let mut weights = weights("wan_t2v", Family::Transformer, &Device::Cpu);
    let refused =
        weights.add_lora(Lora::open(&file).expect("it opens"), 1.0).expect_err("there is no block 99");
    assert!(refused.to_string().contains("blocks.99.ffn.net.0.proj.weight"), "{refused}");
    candle_core::safetensors::save(&HashMap::from([("blocks.0.attn1.to_q.magic", some)]), &file)?;
    assert!(matches!(Lora::open(&file), Err(WeightsError::Lora { .. })));
    Ok(())
}

#[test]
fn errors_name_the_tensor_or_the_file() {
    let weights = weights("wan_vace", Family::Transformer, &Device::Cpu);
    let missing = weights.tensor("blocks.77.ffn", 3).expect_err("there is none");
    assert!(missing.to_string().contains("`blocks.77.ffn`"), "{missing}");
    let shape = weights.tensor(QUERY, (2, 3)).expect_err("it is larger");
    assert!(shape.to_string().contains(QUERY) && shape.to_string().contains("[24, 24]"), "{shape}");

    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(open(folder.path()), Err(WeightsError::Empty(_))));
    assert!(matches!(open(&folder.path().join("gone.safetensors")), Err(WeightsError::Unreadable { .. })));
    let whole = std::fs::read(crate::support::folder("wan_t2v").join("diffusion_pytorch_model.safetensors"))
        .expect("the fixture is there");
    for (what, bytes) in
        [("nothing", &whole[..0]), ("half a header", &whole[..99]), ("half", &whole[..whole.len() / 2])]
    {
        let file = folder.path().join("cut.safetensors");
        std::fs::write(&file, bytes).expect("it can be written");
        assert!(matches!(open(&file), Err(WeightsError::Damaged { .. })), "{what}");
    }
    let index = folder.path().join("model.safetensors.index.json");
    std::fs::write(&index, r#"{"weight_map": {"a": "../elsewhere.safetensors"}}"#)
        .expect("it can be written");
    assert!(
        matches!(open(folder.path()), Err(WeightsError::Damaged { .. })),
        "an index that leads elsewhere"
    );
}
