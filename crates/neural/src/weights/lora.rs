//! LoRA: small changes to the matrices of a model, each the product of two thin ones, added as the weights are read.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use candle_core::{DType, Device, Tensor};

use super::{
    Result, WeightsError,
    names::{self, Family},
    shards::Shards,
};

/// What stands before the name of a module. `lora_unet_` is kohya's, with underscores where others have dots.
const PREFIXES: [&str; 5] =
    ["base_model.model.", "model.diffusion_model.", "diffusion_model.", "transformer.", KOHYA_PREFIX];
const KOHYA_PREFIX: &str = "lora_unet_";

/// What stands after the name of a module, in PEFT and diffusers and in kohya's and other trainers' files.
const SUFFIXES: [(&str, Part); 11] = [
    (".lora_A.weight", Part::Down),
    (".lora_A.default.weight", Part::Down),
    (".lora_down.weight", Part::Down),
    (".lora.down.weight", Part::Down),
    (".lora_B.weight", Part::Up),
    (".lora_B.default.weight", Part::Up),
    (".lora_up.weight", Part::Up),
    (".lora.up.weight", Part::Up),
    (".alpha", Part::Alpha),
    (".diff", Part::Weight),
    (".diff_b", Part::Bias),
];

/// Words with an underscore of their own, as they come out when every underscore has become a dot.
const UNDERSCORED: [(&str, &str); 18] = [
    ("self.attn", "self_attn"),
    ("cross.attn", "cross_attn"),
    ("vace.blocks", "vace_blocks"),
    ("before.proj", "before_proj"),
    ("after.proj", "after_proj"),
    ("proj.in", "proj_in"),
    ("proj.out", "proj_out"),
    ("to.q", "to_q"),
    ("to.k", "to_k"),
    ("to.v", "to_v"),
    ("to.out", "to_out"),
    ("patch.embedding", "patch_embedding"),
    ("text.embedd", "text_embedd"),
    ("time.embedd", "time_embedd"),
    ("time.proj", "time_proj"),
    ("condition.embedder", "condition_embedder"),
    ("linear.1", "linear_1"),
    ("linear.2", "linear_2"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Shape `[rank, in]`.
    Down,
    /// Shape `[out, rank]`.
    Up,
    /// One number: the change is multiplied by alpha / rank.
    Alpha,
    /// A whole change of the weight, of its shape.
    Weight,
    /// A whole change of the bias.
    Bias,
}

/// A LoRA for a transformer, in the names of diffusers, PEFT or kohya, read when the weights that it changes are.
pub struct Lora {
    path: PathBuf,
    shards: Shards,
    /// Canonical name of a module, and part → stored name.
    parts: BTreeMap<(String, Part), String>,
}

impl Lora {
    /// Opens a safetensors file. Every tensor in it must be a part of a change that is known.
    pub fn open(path: &Path) -> Result<Self> {
        let shards = Shards::open(path)?;
        let mut parts = BTreeMap::new();
        for stored in shards.names() {
            let Some((module, part)) =
                SUFFIXES.iter().find_map(|(s, part)| Some((stored.strip_suffix(s)?, *part)))
            else {
                let what = format!("`{stored}` is no part of a LoRA that this program knows");
                return Err(WeightsError::Lora { path: path.to_owned(), what });
            };
            parts.insert((module_name(module), part), stored.to_owned());
        }
        Ok(Self { path: path.to_owned(), shards, parts })
    }

    /// An error if it would change something that the model, asked for its canonical names, does not have.
    pub(super) fn check(&self, has: impl Fn(&str) -> bool) -> Result<()> {
        for ((module, part), stored) in &self.parts {
            let ending = if *part == Part::Bias { "bias" } else { "weight" };
            if !has(&format!("{module}.{ending}")) {
                let what = format!("`{stored}` changes `{module}.{ending}`, which the model does not have");
                return Err(WeightsError::Lora { path: self.path.clone(), what });
            }
        }
        Ok(())
    }

    /// `tensor`, which has this canonical name, plus `strength` times what was learned for it; 32 bits if it is changed.
    pub(super) fn merge(&self, name: &str, tensor: Tensor, strength: f64) -> Result<Tensor> {
        let (Some(change), device) = (self.change(name, tensor.device())?, tensor.device().clone()) else {
            return Ok(tensor);
        };
        let failed = |source| WeightsError::Tensor { name: name.to_owned(), source };
        let wanted = tensor.dims().to_vec();
        if change.elem_count() != tensor.elem_count() {
            let what = format!("its change of `{name}` has the shape {:?}, not {wanted:?}", change.dims());
            return Err(WeightsError::Lora { path: self.path.clone(), what });
        }
        let merged = || -> candle_core::Result<Tensor> {
            let change = (change.to_device(&device)?.reshape(wanted.as_slice())? * strength)?;
            tensor.to_dtype(DType::F32)? + change
        };
        merged().map_err(failed)
    }

    fn change(&self, name: &str, device: &Device) -> Result<Option<Tensor>> {
        let Some((module, ending)) = name.rsplit_once('.') else { return Ok(None) };
        let read = |part| -> Result<Option<Tensor>> {
            let Some(stored) = self.parts.get(&(module.to_owned(), part)) else { return Ok(None) };
            let tensor = self.shards.read(stored, device)?;
            tensor
                .to_dtype(DType::F32)
                .map(Some)
                .map_err(|source| WeightsError::Tensor { name: stored.clone(), source })
        };
        if ending == "bias" {
            return read(Part::Bias);
        }
        let (down, up) = match (read(Part::Down)?, read(Part::Up)?) {
            (Some(down), Some(up)) => (down, up),
            (None, None) => return read(Part::Weight),
            _ => {
                let what = format!("it has only one of the two matrices for `{module}`");
                return Err(WeightsError::Lora { path: self.path.clone(), what });
            }
        };
        let alpha = read(Part::Alpha)?;
        let product = || -> candle_core::Result<Tensor> {
            let rank = down.dim(0)?;
            let product = up.flatten_from(1)?.matmul(&down.flatten_from(1)?)?;
            let alpha = alpha.map_or(Ok(rank as f32), |a| a.flatten_all()?.get(0)?.to_scalar())?;
            product * f64::from(alpha / rank as f32)
        };
        product().map(Some).map_err(|source| WeightsError::Tensor { name: name.to_owned(), source })
    }
}

/// The canonical name of a module from what stands before the suffix.
fn module_name(stored: &str) -> String {
    let mut name = stored.to_owned();
    for prefix in PREFIXES {
        let Some(rest) = name.strip_prefix(prefix) else { continue };
        name = if prefix == KOHYA_PREFIX {
            UNDERSCORED.iter().fold(rest.replace('_', "."), |name, (dots, word)| name.replace(dots, word))
        } else {
            rest.to_owned()
        };
    }
    // Rows of the table end in a dot, since a tensor's name goes on after the module's.
    let is_original = !name.contains("attn1") && !name.contains("attn2") && !name.contains("norm2");
    if is_original {
        names::renamed(Family::Transformer, &format!("{name}.")).trim_end_matches('.').to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_known_by_every_trainers_name() {
        for name in [
            "transformer.blocks.3.attn2.to_out.0",
            "base_model.model.blocks.3.attn2.to_out.0",
            "diffusion_model.blocks.3.cross_attn.o",
            "blocks.3.cross_attn.o",
            "lora_unet_blocks_3_cross_attn_o",
        ] {
            assert_eq!(module_name(name), "blocks.3.attn2.to_out.0");
        }
        assert_eq!(module_name("lora_unet_blocks_12_ffn_0"), "blocks.12.ffn.net.0.proj");
        assert_eq!(module_name("transformer.blocks.1.ffn.net.2"), "blocks.1.ffn.net.2");
        assert_eq!(module_name("lora_unet_time_embedding_2"), "condition_embedder.time_embedder.linear_2");
        assert_eq!(module_name("transformer.condition_embedder.time_proj"), "condition_embedder.time_proj");
        assert_eq!(module_name("lora_unet_vace_blocks_0_before_proj"), "vace_blocks.0.proj_in");
        assert_eq!(module_name("diffusion_model.head.head"), "proj_out");
    }
}
