//! umT5, the multilingual text encoder of the Wan models (Apache-2.0): T5 with a table of relative positions in every layer.
//! See <https://arxiv.org/abs/2304.09151>.

use candle_core::{DType, Device, Module, Result, Tensor};
use candle_nn::{Embedding, Linear};
use serde::Deserialize;

use crate::{
    kernels::gelu,
    layers::{RmsNorm, attend, linear_without_bias},
    weights::{Loaded, Scope, Weights, WeightsError},
};

/// Measures of the network, by the names of `config.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Umt5Config {
    /// Tokens known.
    pub vocab_size: usize,
    /// Width of a token.
    pub d_model: usize,
    /// Width of a head.
    pub d_kv: usize,
    /// Width inside the feed-forward layers.
    pub d_ff: usize,
    /// Layers.
    pub num_layers: usize,
    /// Heads of attention.
    pub num_heads: usize,
    /// Rows in the table of relative positions; half of them for what lies behind.
    #[serde(default = "default_buckets")]
    pub relative_attention_num_buckets: usize,
    /// Distance, in tokens, from which on all count as the same.
    #[serde(default = "default_distance")]
    pub relative_attention_max_distance: usize,
    /// Added to the mean square before its root is taken.
    #[serde(default = "default_epsilon")]
    pub layer_norm_epsilon: f64,
}

fn default_buckets() -> usize {
    32
}

fn default_distance() -> usize {
    128
}

fn default_epsilon() -> f64 {
    1e-6
}

/// The encoder: tokens to vectors.
pub struct Umt5 {
    words: Embedding,
    layers: Vec<Layer>,
    norm: RmsNorm,
    config: Umt5Config,
}

struct Layer {
    attention_norm: RmsNorm,
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    /// Shape `[buckets, heads]`.
    positions: Embedding,
    feed_norm: RmsNorm,
    gate: Linear,
    widen: Linear,
    narrow: Linear,
}

impl Umt5 {
    /// Reads the encoder's half of the weights ([`Family::TextEncoder`](crate::weights::Family)).
    pub fn load(weights: &Weights, config: &Umt5Config) -> Loaded<Self> {
        let root = weights.root();
        let words = root.tensor("shared.weight", (config.vocab_size, config.d_model))?;
        let encoder = root.at("encoder");
        let epsilon = config.layer_norm_epsilon as f32;
        Ok(Self {
            words: Embedding::new(words, config.d_model),
            layers: (0..config.num_layers)
                .map(|i| Layer::load(&encoder.at("block").at(i).at("layer"), config))
                .collect::<Loaded<_>>()?,
            norm: RmsNorm::load(&encoder.at("final_layer_norm"), config.d_model, epsilon)?,
            config: config.clone(),
        })
    }

    /// Vectors of shape `[batch, tokens, d_model]` for `tokens` and `mask` of shape `[batch, tokens]` (both `u32`; the mask
    /// is 1 at tokens and 0 at padding, which nothing looks at).
    pub fn forward(&self, tokens: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let mut x = self.words.forward(tokens)?;
        let buckets = buckets(&self.config, tokens.dim(1)?, tokens.device())?;
        // What is added to the score of a padding token; softmax makes an exact zero of it.
        let padding =
            ((mask.to_dtype(DType::F32)? - 1.0)? * 1e4)?.to_dtype(x.dtype())?.unsqueeze(1)?.unsqueeze(1)?;
        for layer in &self.layers {
            let positions = layer.positions.forward(&buckets)?.permute((2, 0, 1))?.unsqueeze(0)?;
            x = layer.forward(&x, &positions.broadcast_add(&padding)?, &self.config)?;
        }
        self.norm.forward(&x)
    }

    /// As [`Self::load`] and [`Self::forward`] on texts without padding, but with one layer in memory at a time: the largest
    /// encoder has 23 GB in 32 bits, of which this holds the table of words and less than 1 GB. The texts, at least one, come
    /// out in order, each `[1, tokens, d_model]`. `pause` is called before every layer; its error stops the work.
    pub fn encode_in_turn<E: From<WeightsError> + From<candle_core::Error>>(
        weights: &Weights,
        config: &Umt5Config,
        texts: &[Vec<u32>],
        mut pause: impl FnMut() -> std::result::Result<(), E>,
    ) -> std::result::Result<Vec<Tensor>, E> {
        pause()?;
        let (root, device) = (weights.root(), weights.device());
        let mut states = {
            let words = root.tensor("shared.weight", (config.vocab_size, config.d_model))?;
            let words = Embedding::new(words, config.d_model);
            let state = |text: &Vec<u32>| words.forward(&Tensor::new(text.as_slice(), device)?.unsqueeze(0)?);
            texts.iter().map(state).collect::<Result<Vec<Tensor>>>()?
        };
        let tables = states.iter().map(|x| buckets(config, x.dim(1)?, device)).collect::<Result<Vec<_>>>()?;
        let encoder = root.at("encoder");
        for index in 0..config.num_layers {
            pause()?;
            let layer = Layer::load(&encoder.at("block").at(index).at("layer"), config)?;
            for (x, buckets) in states.iter_mut().zip(&tables) {
                let positions = layer.positions.forward(buckets)?.permute((2, 0, 1))?.unsqueeze(0)?;
                *x = layer.forward(x, &positions.contiguous()?, config)?;
            }
        }
        let norm =
            RmsNorm::load(&encoder.at("final_layer_norm"), config.d_model, config.layer_norm_epsilon as f32)?;
        Ok(states.iter().map(|x| norm.forward(x)).collect::<Result<_>>()?)
    }
}

/// For each pair of a token and one it looks at, the row in the table of relative positions.
fn buckets(config: &Umt5Config, length: usize, device: &Device) -> Result<Tensor> {
    let rows = config.relative_attention_num_buckets / 2;
    let exact = rows / 2;
    let reach = (config.relative_attention_max_distance as f32 / exact as f32).ln();
    let bucket = |from: usize, to: usize| {
        let distance = from.abs_diff(to);
        let row = if distance < exact {
            distance
        } else {
            let further = (distance as f32 / exact as f32).ln() / reach * (rows - exact) as f32;
            (exact + further as usize).min(rows - 1)
        };
        (if to > from { rows + row } else { row }) as u32
    };
    let table = (0..length).flat_map(|from| (0..length).map(move |to| bucket(from, to))).collect();
    Tensor::from_vec(table, (length, length), device)
}

impl Layer {
    fn load(scope: &Scope<'_>, config: &Umt5Config) -> Loaded<Self> {
        let (width, inner) = (config.d_model, config.num_heads * config.d_kv);
        let epsilon = config.layer_norm_epsilon as f32;
        let attention = scope.at("0.SelfAttention");
        let feed = scope.at("1.DenseReluDense");
        let table = (config.relative_attention_num_buckets, config.num_heads);
        Ok(Self {
            attention_norm: RmsNorm::load(&scope.at("0.layer_norm"), width, epsilon)?,
            query: linear_without_bias(&attention.at("q"), width, inner)?,
            key: linear_without_bias(&attention.at("k"), width, inner)?,
            value: linear_without_bias(&attention.at("v"), width, inner)?,
            out: linear_without_bias(&attention.at("o"), inner, width)?,
            positions: Embedding::new(
                attention.tensor("relative_attention_bias.weight", table)?,
                config.num_heads,
            ),
            feed_norm: RmsNorm::load(&scope.at("1.layer_norm"), width, epsilon)?,
            gate: linear_without_bias(&feed.at("wi_0"), width, config.d_ff)?,
            widen: linear_without_bias(&feed.at("wi_1"), width, config.d_ff)?,
            narrow: linear_without_bias(&feed.at("wo"), config.d_ff, width)?,
        })
    }

    fn forward(&self, x: &Tensor, bias: &Tensor, config: &Umt5Config) -> Result<Tensor> {
        let (batch, tokens, _) = x.dims3()?;
        let heads = |x: Tensor| x.reshape((batch, tokens, config.num_heads, config.d_kv))?.transpose(1, 2);
        let n = self.attention_norm.forward(x)?;
        let (query, key) = (heads(self.query.forward(&n)?)?, heads(self.key.forward(&n)?)?);
        // The scale is part of the weights.
        let attended = attend(&query, &key, &heads(self.value.forward(&n)?)?, 1.0, Some(bias))?;
        let attended = attended.transpose(1, 2)?.reshape((batch, tokens, ()))?;
        let x = (x + self.out.forward(&attended)?)?;
        let n = self.feed_norm.forward(&x)?;
        let wide = (gelu(self.gate.forward(&n)?)? * self.widen.forward(&n)?)?;
        x + self.narrow.forward(&wide)?
    }
}
