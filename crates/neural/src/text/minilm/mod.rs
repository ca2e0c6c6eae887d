//! Sentence embeddings with all-MiniLM-L6-v2: word pieces → six transformer layers → mean → unit vector.

mod rows;
mod weights;

use candle_core::{Device, Result, Tensor};
use film::{EmbedError, Embedder};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokenizers::{
    ModelWrapper, Tokenizer, models::wordpiece::WordPiece, normalizers::BertNormalizer,
    pre_tokenizers::bert::BertPreTokenizer,
};

use self::{
    rows::{Bias, Gelu, Norm, Softmax},
    weights::{Matrix, Weights, stacked},
};

const WEIGHTS: &[u8] = include_bytes!("../../../../../models/all-minilm-l6-v2/weights.i8.safetensors");
const VOCABULARY: &[u8] = include_bytes!("../../../../../models/all-minilm-l6-v2/vocab.txt");

const WIDTH: usize = 384;
const HEADS: usize = 12;
const LAYERS: usize = 6;
/// Longer texts are cut: the model was tuned on texts up to here, and attention costs the square of it.
const MAX_TOKENS: usize = 256;
/// The tokens around every text, by their line in the vocabulary.
const CLASS: u32 = 101;
const SEPARATOR: u32 = 102;

/// Why an encoder could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The weights inside the program are not those of this model.
    #[error("the weights of the text encoder are damaged: {0}")]
    Weights(#[from] candle_core::Error),
    /// The vocabulary inside the program is not that of this model.
    #[error("the vocabulary of the text encoder is damaged: {0}")]
    Vocabulary(#[source] tokenizers::Error),
    /// The system gave no thread.
    #[error("the text encoder got no thread to run on: {0}")]
    Thread(#[from] rayon::ThreadPoolBuildError),
}

impl film::Hint for LoadError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Weights(_) | Self::Vocabulary(_) => "build the program again from a fresh copy".to_owned(),
            Self::Thread(_) => "close other programs, or raise the limit of processes (ulimit -u)".to_owned(),
        })
    }
}

/// The sentence encoder all-MiniLM-L6-v2 (Apache-2.0): texts to unit vectors of 384 components, near for near meanings.
///
/// Upper and lower case and accents make no difference. Only the first 256 word pieces count (about 200 words); any text
/// gives a vector, the empty one too. See <https://arxiv.org/abs/2002.10957>.
pub struct MiniLm {
    tokenizer: Tokenizer,
    network: Network,
    /// One thread, so that neither candle's nor the matrix product's own pools are ever woken.
    thread: ThreadPool,
}

impl MiniLm {
    /// Unpacks the weights that are part of the program (some 45 MB of memory). Make one and keep it.
    pub fn load() -> std::result::Result<Self, LoadError> {
        Ok(Self {
            tokenizer: tokenizer().map_err(LoadError::Vocabulary)?,
            network: Network::load(&Weights::new(WEIGHTS)?)?,
            thread: ThreadPoolBuilder::new()
                .num_threads(1)
                .thread_name(|_| "text encoder".to_owned())
                .build()?,
        })
    }

    /// Alone, not in a batch: without padding the neighbours of a text cannot change its bits.
    fn embed_one(&self, text: &str) -> std::result::Result<Vec<f32>, EmbedError> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(|e| EmbedError(e.to_string()))?;
        let pieces = encoding.get_ids().iter().take(MAX_TOKENS - 2);
        let tokens: Vec<u32> =
            std::iter::once(CLASS).chain(pieces.copied()).chain(std::iter::once(SEPARATOR)).collect();
        self.network.embed(&tokens).map_err(|e| EmbedError(e.to_string()))
    }
}

impl Embedder for MiniLm {
    fn dimensions(&self) -> usize {
        WIDTH
    }

    fn embed(&self, texts: &[&str]) -> std::result::Result<Vec<Vec<f32>>, EmbedError> {
        self.thread.install(|| texts.iter().map(|text| self.embed_one(text)).collect())
    }
}

/// Special tokens are left out on purpose: a user's "[SEP]" is text.
fn tokenizer() -> tokenizers::Result<Tokenizer> {
    let model = WordPiece::builder().vocab(WordPiece::read_bytes(VOCABULARY)?).build()?;
    let mut tokenizer = Tokenizer::new(ModelWrapper::WordPiece(model));
    tokenizer.with_normalizer(Some(BertNormalizer::new(true, true, None, true)))?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    Ok(tokenizer)
}

/// The transformer: BERT with 6 layers, 12 heads of 32, GELU, layer norm after each half.
struct Network {
    words: Matrix<'static>,
    /// Position and segment (there is only the first) added up: shape `[MAX_TOKENS, WIDTH]`.
    positions: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    /// Query, key and value side by side.
    attention_in: Dense,
    attention_out: Dense,
    attention_norm: Norm,
    widen: Dense,
    narrow: Dense,
    norm: Norm,
}

/// A matrix of shape `[in, out]` and what is added to the product.
struct Dense {
    weight: Tensor,
    bias: Bias,
}

impl Network {
    fn load(weights: &Weights<'static>) -> Result<Self> {
        let position = weights.matrix("embeddings.position_embeddings.weight")?;
        let mut segment = Vec::with_capacity(WIDTH);
        weights.matrix("embeddings.token_type_embeddings.weight")?.widen_row(0, &mut segment);
        let mut positions = Vec::with_capacity(MAX_TOKENS * WIDTH);
        for index in 0..MAX_TOKENS {
            position.widen_row(index, &mut positions);
        }
        for row in positions.chunks_exact_mut(WIDTH) {
            row.iter_mut().zip(&segment).for_each(|(p, s)| *p += s);
        }
        Ok(Self {
            words: weights.matrix("embeddings.word_embeddings.weight")?,
            positions: Tensor::from_vec(positions, (MAX_TOKENS, WIDTH), &Device::Cpu)?,
            norm: Norm::load(weights, "embeddings.LayerNorm")?,
            layers: (0..LAYERS)
                .map(|i| Layer::load(weights, &format!("encoder.layer.{i}")))
                .collect::<Result<_>>()?,
        })
    }

    fn embed(&self, tokens: &[u32]) -> Result<Vec<f32>> {
        let mut words = Vec::with_capacity(tokens.len() * WIDTH);
        for &token in tokens {
            self.words.widen_row(token as usize, &mut words);
        }
        let x = Tensor::from_vec(words, (tokens.len(), WIDTH), &Device::Cpu)?;
        x.inplace_op2(&self.positions.narrow(0, 0, tokens.len())?, &self.norm)?;
        let mut x = x;
        for layer in &self.layers {
            x = layer.forward(&x)?;
        }
        let mean: Vec<f32> = x.mean(0)?.to_vec1()?;
        let length = mean.iter().map(|c| c * c).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        Ok(mean.into_iter().map(|c| c / length).collect())
    }
}

impl Layer {
    fn load(weights: &Weights<'static>, name: &str) -> Result<Self> {
        let part = |part: &str| format!("{name}.attention.self.{part}");
        let parts = ["query", "key", "value"].map(part);
        let matrices: Vec<_> =
            parts.iter().map(|p| weights.matrix(&format!("{p}.weight"))).collect::<Result<_>>()?;
        let mut bias = Vec::with_capacity(3 * WIDTH);
        for part in &parts {
            bias.extend(weights.vector(&format!("{part}.bias"))?);
        }
        Ok(Self {
            attention_in: Dense { weight: stacked(&matrices.iter().collect::<Vec<_>>())?, bias: Bias(bias) },
            attention_out: Dense::load(weights, &format!("{name}.attention.output.dense"))?,
            attention_norm: Norm::load(weights, &format!("{name}.attention.output.LayerNorm"))?,
            widen: Dense::load(weights, &format!("{name}.intermediate.dense"))?,
            narrow: Dense::load(weights, &format!("{name}.output.dense"))?,
            norm: Norm::load(weights, &format!("{name}.output.LayerNorm"))?,
        })
    }

    /// `x` and the result: shape `[tokens, WIDTH]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let parts = self.attention_in.forward(x)?;
        let attended = self.attention_out.forward(&attend(&parts)?)?;
        attended.inplace_op2(x, &self.attention_norm)?;
        let wide = self.widen.forward(&attended)?;
        wide.inplace_op1(&Gelu)?;
        let thought = self.narrow.forward(&wide)?;
        thought.inplace_op2(&attended, &self.norm)?;
        Ok(thought)
    }
}

/// Every token looks at every token: `[tokens, 3 · WIDTH]` (query, key, value) → `[tokens, WIDTH]`.
fn attend(parts: &Tensor) -> Result<Tensor> {
    let tokens = parts.dim(0)?;
    let parts = parts.reshape((tokens, 3, HEADS, WIDTH / HEADS))?.permute((1, 2, 0, 3))?.contiguous()?;
    let (query, key, value) = (parts.get(0)?, parts.get(1)?, parts.get(2)?);
    let shares = query.matmul(&key.t()?)?;
    shares.inplace_op1(&Softmax { scale: ((WIDTH / HEADS) as f32).sqrt().recip(), row: tokens })?;
    shares.matmul(&value)?.transpose(0, 1)?.reshape((tokens, WIDTH))
}

impl Dense {
    fn load(weights: &Weights<'static>, name: &str) -> Result<Self> {
        Ok(Self {
            weight: weights.matrix(&format!("{name}.weight"))?.transposed()?,
            bias: Bias(weights.vector(&format!("{name}.bias"))?),
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let product = x.matmul(&self.weight)?;
        product.inplace_op1(&self.bias)?;
        Ok(product)
    }
}

impl Norm {
    fn load(weights: &Weights<'static>, name: &str) -> Result<Self> {
        Ok(Self {
            weight: weights.vector(&format!("{name}.weight"))?,
            bias: weights.vector(&format!("{name}.bias"))?,
        })
    }
}
