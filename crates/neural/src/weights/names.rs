//! One table from the names of the original Wan repository to those of diffusers.

use std::collections::BTreeMap;

/// Which network names belong to, since the original names of one are not those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The diffusion transformer: T2V, TI2V, VACE.
    Transformer,
    /// The variational autoencoder, 2.1 and 2.2.
    Autoencoder,
    /// The text encoder umT5.
    TextEncoder,
}

/// What single-file checkpoints put before every name.
const PREFIXES: [&str; 3] = ["model.diffusion_model.", "diffusion_model.", "first_stage_model."];

/// A part of a name in the original repository, and what diffusers says for it. All rows of a network apply, in order.
type Row = (&'static str, &'static str);

/// A name that contains one of these is original.
const ORIGINAL: [(Family, &[&str]); 3] = [
    (Family::Transformer, &["self_attn", "head.modulation"]),
    (Family::Autoencoder, &[".middle.", ".residual.", ".upsamples."]),
    (Family::TextEncoder, &["token_embedding", "pos_embedding"]),
];

/// The original's third norm comes second in diffusers; its other two have no weights.
const TRANSFORMER: [Row; 19] = [
    ("time_embedding.0.", "condition_embedder.time_embedder.linear_1."),
    ("time_embedding.2.", "condition_embedder.time_embedder.linear_2."),
    ("text_embedding.0.", "condition_embedder.text_embedder.linear_1."),
    ("text_embedding.2.", "condition_embedder.text_embedder.linear_2."),
    ("time_projection.1.", "condition_embedder.time_proj."),
    (".cross_attn.", ".attn2."),
    (".self_attn.", ".attn1."),
    (".o.", ".to_out.0."),
    (".q.", ".to_q."),
    (".k.", ".to_k."),
    (".v.", ".to_v."),
    ("head.head.", "proj_out."),
    ("head.modulation", "scale_shift_table"),
    (".ffn.0.", ".ffn.net.0.proj."),
    (".ffn.2.", ".ffn.net.2."),
    (".norm3.", ".norm2."),
    (".before_proj.", ".proj_in."),
    (".after_proj.", ".proj_out."),
    ("modulation", "scale_shift_table"),
];

const AUTOENCODER: [Row; 12] = [
    (".residual.0.", ".norm1."),
    (".residual.2.", ".conv1."),
    (".residual.3.", ".norm2."),
    (".residual.6.", ".conv2."),
    (".shortcut.", ".conv_shortcut."),
    (".middle.0.", ".mid_block.resnets.0."),
    (".middle.1.", ".mid_block.attentions.0."),
    (".middle.2.", ".mid_block.resnets.1."),
    (".head.0.", ".norm_out."),
    (".head.2.", ".conv_out."),
    ("encoder.conv1.", "encoder.conv_in."),
    ("decoder.conv1.", "decoder.conv_in."),
];

const TEXT_ENCODER: [Row; 13] = [
    ("norm.weight", "encoder.final_layer_norm.weight"),
    ("token_embedding.", "shared."),
    ("blocks.", "encoder.block."),
    (".attn.q.", ".layer.0.SelfAttention.q."),
    (".attn.k.", ".layer.0.SelfAttention.k."),
    (".attn.v.", ".layer.0.SelfAttention.v."),
    (".attn.o.", ".layer.0.SelfAttention.o."),
    (".pos_embedding.embedding.", ".layer.0.SelfAttention.relative_attention_bias."),
    (".norm1.", ".layer.0.layer_norm."),
    (".norm2.", ".layer.1.layer_norm."),
    (".ffn.gate.0.", ".layer.1.DenseReluDense.wi_0."),
    (".ffn.fc1.", ".layer.1.DenseReluDense.wi_1."),
    (".ffn.fc2.", ".layer.1.DenseReluDense.wo."),
];

/// Canonical name → stored name, for all stored names of a file.
pub(super) fn canonical(family: Family, stored: Vec<String>) -> BTreeMap<String, String> {
    let is_original = |name: &String| {
        ORIGINAL
            .iter()
            .filter(|(of, _)| *of == family)
            .any(|(_, marks)| marks.iter().any(|m| name.contains(m)))
    };
    let original = stored.iter().any(is_original);
    let bare = |name: &str| PREFIXES.iter().find_map(|p| name.strip_prefix(p)).unwrap_or(name).to_owned();
    stored
        .into_iter()
        .map(|name| (if original { renamed(family, &bare(&name)) } else { bare(&name) }, name))
        .collect()
}

/// What diffusers calls the tensor that the original repository calls `name`.
pub(super) fn renamed(family: Family, name: &str) -> String {
    let rows: &[Row] = match family {
        Family::Transformer => &TRANSFORMER,
        Family::Autoencoder => &AUTOENCODER,
        Family::TextEncoder => &TEXT_ENCODER,
    };
    let name =
        rows.iter().fold(name.to_owned(), |name, (original, canonical)| name.replace(original, canonical));
    if family == Family::Autoencoder { stage(&name) } else { name }
}

/// The layers of the autoencoder, which the original numbers through: four to a stage of the decoder (three residual blocks,
/// then what doubles the picture), in VAE 2.2 three to a stage of the encoder, within each stage.
fn stage(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("conv1.") {
        return format!("quant_conv.{rest}");
    }
    if let Some(rest) = name.strip_prefix("conv2.") {
        return format!("post_quant_conv.{rest}");
    }
    let numbered = |prefix: &str| -> Option<(usize, &str)> {
        let (number, rest) = name.split_once(prefix)?.1.split_once('.')?;
        Some((number.parse().ok()?, rest))
    };
    let inner = |rest: &str, prefix: &str| -> Option<(usize, String)> {
        let (number, rest) = rest.strip_prefix(prefix)?.split_once('.')?;
        Some((number.parse().ok()?, rest.to_owned()))
    };
    if let Some((index, rest)) = numbered("encoder.downsamples.") {
        return match inner(rest, "downsamples.") {
            Some((2, rest)) => format!("encoder.down_blocks.{index}.downsampler.{rest}"),
            Some((layer, rest)) => format!("encoder.down_blocks.{index}.resnets.{layer}.{rest}"),
            None => format!("encoder.down_blocks.{index}.{rest}"),
        };
    }
    if let Some((index, rest)) = numbered("decoder.upsamples.") {
        return match (inner(rest, "upsamples."), index / 4, index % 4) {
            (Some((3, rest)), ..) => format!("decoder.up_blocks.{index}.upsampler.{rest}"),
            (Some((layer, rest)), ..) => format!("decoder.up_blocks.{index}.resnets.{layer}.{rest}"),
            (None, stage, 3) => format!("decoder.up_blocks.{stage}.upsamplers.0.{rest}"),
            (None, stage, layer) => format!("decoder.up_blocks.{stage}.resnets.{layer}.{rest}"),
        };
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_those_of_diffusers() {
        #[derive(serde::Deserialize)]
        struct Pairs {
            transformer: Vec<(String, String)>,
            autoencoder: Vec<(String, String)>,
        }
        let pairs: Pairs = serde_json::from_str(include_str!("../../../../tests/parity/names.json"))
            .expect("the fixture is JSON");
        assert!(pairs.transformer.len() > 80 && pairs.autoencoder.len() > 70);
        for (original, canonical) in &pairs.transformer {
            assert_eq!(&renamed(Family::Transformer, original), canonical, "{original}");
        }
        for (original, canonical) in &pairs.autoencoder {
            assert_eq!(&renamed(Family::Autoencoder, original), canonical, "{original}");
        }
    }

    /// diffusers has no converter for these; the pairs are from its conversion script and the two published files.
    #[test]
    fn so_do_those_of_the_other_networks() {
        for (original, canonical) in [
            ("decoder.upsamples.1.upsamples.0.residual.0.gamma", "decoder.up_blocks.1.resnets.0.norm1.gamma"),
            (
                "decoder.upsamples.3.upsamples.0.shortcut.bias",
                "decoder.up_blocks.3.resnets.0.conv_shortcut.bias",
            ),
            (
                "decoder.upsamples.0.upsamples.3.time_conv.bias",
                "decoder.up_blocks.0.upsampler.time_conv.bias",
            ),
            (
                "encoder.downsamples.1.downsamples.2.resample.1.bias",
                "encoder.down_blocks.1.downsampler.resample.1.bias",
            ),
            (
                "encoder.downsamples.2.downsamples.1.residual.6.bias",
                "encoder.down_blocks.2.resnets.1.conv2.bias",
            ),
        ] {
            assert_eq!(renamed(Family::Autoencoder, original), canonical);
        }
        for (original, canonical) in [
            ("token_embedding.weight", "shared.weight"),
            ("blocks.7.attn.q.weight", "encoder.block.7.layer.0.SelfAttention.q.weight"),
            ("blocks.7.norm1.weight", "encoder.block.7.layer.0.layer_norm.weight"),
            ("blocks.7.norm2.weight", "encoder.block.7.layer.1.layer_norm.weight"),
            ("blocks.7.ffn.gate.0.weight", "encoder.block.7.layer.1.DenseReluDense.wi_0.weight"),
            (
                "blocks.7.pos_embedding.embedding.weight",
                "encoder.block.7.layer.0.SelfAttention.relative_attention_bias.weight",
            ),
            ("norm.weight", "encoder.final_layer_norm.weight"),
        ] {
            assert_eq!(renamed(Family::TextEncoder, original), canonical);
        }
    }

    #[test]
    fn a_prefix_is_dropped_and_canonical_names_are_kept() {
        let of = |name: &str| {
            canonical(Family::Transformer, vec![name.to_owned()])
                .into_keys()
                .next()
                .expect("as many as went in")
        };
        assert_eq!(of("model.diffusion_model.blocks.0.self_attn.q.weight"), "blocks.0.attn1.to_q.weight");
        assert_eq!(of("blocks.0.norm2.weight"), "blocks.0.norm2.weight");
    }
}
