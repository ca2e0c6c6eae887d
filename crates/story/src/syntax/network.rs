//! The forward pass: hash embeddings, four convolution blocks, a linear tagger and an arc-eager transition parser.
//!
//! Layer by layer after thinc's `HashEmbed`, `Maxout`, `LayerNorm` and `PrecomputableAffine` and spaCy's `arc_eager.pyx`
//! (<https://github.com/explosion/spaCy/blob/v3.8.0/spacy/pipeline/_parser_internals/arc_eager.pyx>).

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
};
use std::{borrow::Cow, collections::HashMap, ops::Range, sync::OnceLock};

use half::f16;
use safetensors::SafeTensors;
use serde::Deserialize;

use super::{
    Tag,
    tokenizer::{Piece, Special, Tables},
};

static WEIGHTS: &[u8] = include_bytes!("../../../../models/en_sm_tag_parse/weights.f16.safetensors");
static TABLES: &[u8] = include_bytes!("../../../../models/en_sm_tag_parse/tables.json");

/// Width of a token vector.
const WIDTH: usize = 96;
/// Pieces of a maxout unit in the encoder.
const PIECES: usize = 3;
/// Attributes embedded per token.
const ATTRIBUTES: usize = 6;
/// Neighbours on each side that a vector depends on, one for each layer of the encoder. Zeros stand for those that a run lacks.
const PAD: usize = 4;
/// Fewer words than this are not worth a thread.
const SMALLEST_SHARE: usize = 24;
/// Hidden width of the parser, and the pieces of its maxout.
const HIDDEN: usize = 64;
const HIDDEN_PIECES: usize = 2;
/// Tokens the parser looks at in a state.
const SLOTS: usize = 8;

/// What the network says about a run of tokens; all three have one entry per token.
pub(super) struct Analysis {
    pub(super) tags: Vec<Tag>,
    /// Index within the run; a root is its own head.
    pub(super) heads: Vec<usize>,
    pub(super) labels: Vec<&'static str>,
}

/// The loaded weights and tables.
pub(super) struct Network {
    embeddings: Vec<Embedding>,
    mix_bias: Vec<f32>,
    mix: Settle,
    encoder: Vec<Block>,
    tagger: Linear,
    tags: Vec<Tag>,
    project: Linear,
    lower: Linear,
    lower_bias: Vec<f32>,
    /// One vector per slot for a slot that holds no token.
    slot_pad: Vec<f32>,
    upper: Linear,
    moves: Vec<(Move, String)>,
    symbols: HashMap<String, u64>,
    norm_by_hash: HashMap<u64, String>,
    base_norms: HashMap<String, String>,
    tokenizer: Tables,
}

/// A table of vectors that strings are hashed into. Its rows have gone through their part of the mixing layer already, which
/// is linear: `WIDTH * PIECES` numbers each.
struct Embedding {
    seed: u32,
    rows: usize,
    table: Vec<f32>,
}

#[derive(Clone, Copy, PartialEq)]
enum Move {
    Shift,
    Reduce,
    Left,
    Right,
    Break,
}

#[derive(Deserialize)]
struct RawTables {
    embed: Vec<RawEmbed>,
    tagger_labels: Vec<String>,
    parser_moves: Vec<String>,
    symbols: HashMap<String, u64>,
    base_norms: HashMap<String, String>,
    lexeme_norm_by_hash: HashMap<String, String>,
    tokenizer_rules: HashMap<String, Vec<RawPart>>,
}

#[derive(Deserialize)]
struct RawEmbed {
    attr: String,
    seed: u32,
    rows: usize,
}

#[derive(Deserialize)]
struct RawPart {
    #[serde(rename = "ORTH")]
    orth: String,
    #[serde(rename = "NORM")]
    norm: Option<String>,
}

impl Network {
    /// The one network of the process, loaded at the first call.
    pub(super) fn get() -> &'static Self {
        static NETWORK: OnceLock<Network> = OnceLock::new();
        NETWORK.get_or_init(Self::load)
    }

    /// Tables of the tokenizer.
    pub(super) fn tables(&'static self) -> &'static Tables {
        &self.tokenizer
    }

    /// The weights are part of the program, so a failure here is a broken build; a test loads them.
    fn load() -> Self {
        let tensors = SafeTensors::deserialize(WEIGHTS).expect("embedded weights are a safetensors file");
        let floats = |name: &str| -> Vec<f32> {
            let tensor = tensors.tensor(name).expect("embedded weights hold every layer");
            let (pairs, _) = tensor.data().as_chunks::<2>();
            pairs.iter().map(|pair| f16::from_le_bytes(*pair).to_f32()).collect()
        };
        let raw: RawTables =
            serde_json::from_slice(TABLES).expect("embedded tables are JSON of the known form");
        let settle = |name: &str| Settle {
            gain: floats(&format!("{name}.ln.G")),
            bias: floats(&format!("{name}.ln.b")),
        };
        let block = |name: String| Block {
            linear: Linear::new(
                &floats(&format!("{name}.W")),
                floats(&format!("{name}.b")),
                WIDTH * PIECES,
                WIDTH * 3,
            ),
            settle: settle(&name),
        };
        let mix = floats("mix.W");
        let embedding = |(nth, raw): (usize, &RawEmbed)| {
            let columns: Vec<f32> = mix
                .chunks_exact(WIDTH * ATTRIBUTES)
                .flat_map(|row| &row[nth * WIDTH..(nth + 1) * WIDTH])
                .copied()
                .collect();
            let part = Linear::new(&columns, vec![0.0; WIDTH * PIECES], WIDTH * PIECES, WIDTH);
            let table = part.apply(&floats(&format!("embed.{}.E", raw.attr)));
            Embedding { seed: raw.seed, rows: raw.rows, table }
        };
        let embeddings = std::thread::scope(|scope| {
            let parts: Vec<_> =
                raw.embed.iter().enumerate().map(|raw| scope.spawn(move || embedding(raw))).collect();
            parts.into_iter().map(|part| part.join().expect("embedded weights have their shapes")).collect()
        });
        let moves: Vec<_> = raw
            .parser_moves
            .iter()
            .map(|name| {
                let (action, label) = name.split_once('-').unwrap_or((name, ""));
                let action = match action {
                    "S" => Move::Shift,
                    "D" => Move::Reduce,
                    "L" => Move::Left,
                    "R" => Move::Right,
                    _ => Move::Break,
                };
                (action, label.to_owned())
            })
            .collect();
        let specials = raw.tokenizer_rules.into_iter().map(|(spelling, parts)| {
            let parts: Special = parts.into_iter().map(|part| (part.orth, part.norm)).collect();
            (spelling, parts)
        });
        Self {
            embeddings,
            mix_bias: floats("mix.b"),
            mix: settle("mix"),
            encoder: (0..4).map(|k| block(format!("enc.{k}"))).collect(),
            tagger: Linear::new(&floats("tagger.W"), floats("tagger.b"), raw.tagger_labels.len(), WIDTH),
            tags: raw.tagger_labels.iter().map(|tag| Tag::from_penn(tag)).collect(),
            project: Linear::new(&floats("parser.proj.W"), floats("parser.proj.b"), HIDDEN, WIDTH),
            lower: Linear::new(
                &floats("parser.lower.W"),
                vec![0.0; SLOTS * HIDDEN * HIDDEN_PIECES],
                SLOTS * HIDDEN * HIDDEN_PIECES,
                HIDDEN,
            ),
            lower_bias: floats("parser.lower.b"),
            slot_pad: floats("parser.lower.pad"),
            upper: Linear::new(&floats("parser.upper.W"), floats("parser.upper.b"), moves.len(), HIDDEN),
            moves,
            symbols: raw.symbols,
            norm_by_hash: raw
                .lexeme_norm_by_hash
                .into_iter()
                .filter_map(|(hash, norm)| Some((hash.parse().ok()?, norm)))
                .collect(),
            base_norms: raw.base_norms,
            tokenizer: Tables { specials: specials.collect() },
        }
    }

    /// Tags and parses a run of tokens; empty in, empty out.
    /// `threads` share the work; the numbers are the same for any count.
    pub(super) fn analyse(&'static self, text: &str, pieces: &[Piece], threads: usize) -> Analysis {
        let vectors = self.encode_shared(text, pieces, threads);
        let scores = self.tagger.apply(&vectors);
        let tags = scores
            .chunks_exact(self.tags.len())
            .map(|row| {
                let best = (1..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
                self.tags[best]
            })
            .collect();
        let (heads, labels) = self.arcs(&vectors);
        Analysis { tags, heads, labels }
    }

    fn string_id(&self, text: &str) -> u64 {
        if text.is_empty() {
            return 0;
        }
        self.symbols.get(text).copied().unwrap_or_else(|| murmur64a(text.as_bytes(), 1))
    }

    fn norm(&self, word: &str) -> Cow<'_, str> {
        let known = self.norm_by_hash.get(&self.string_id(word)).or_else(|| self.base_norms.get(word));
        known.map_or_else(|| Cow::Owned(word.to_lowercase()), |norm| Cow::Borrowed(norm.as_str()))
    }

    /// Context vectors, `WIDTH` per token, by several threads. Every share sees its [`PAD`] neighbours on each side, and no
    /// vector depends on words further away, so the result is the same to the bit.
    fn encode_shared(&self, text: &str, pieces: &[Piece], threads: usize) -> Vec<f32> {
        let count = pieces.len();
        let share = count.div_ceil(threads.max(1)).max(SMALLEST_SHARE);
        if share >= count {
            return self.encode(text, pieces, 0..count);
        }
        let mut vectors = Vec::with_capacity(count * WIDTH);
        std::thread::scope(|scope| {
            let part = |begin: usize| self.encode(text, pieces, begin..(begin + share).min(count));
            let others: Vec<_> =
                (share..count).step_by(share).map(|begin| scope.spawn(move || part(begin))).collect();
            vectors.extend(part(0));
            for other in others {
                vectors.extend(other.join().expect("encoding does not panic"));
            }
        });
        vectors
    }

    /// Context vectors of the tokens of `run`.
    fn encode(&self, text: &str, pieces: &[Piece], run: Range<usize>) -> Vec<f32> {
        let (from, to) = (run.start.saturating_sub(PAD), (run.end + PAD).min(pieces.len()));
        let mut mixed = vec![0.0; (to - from) * WIDTH * PIECES];
        for (row, piece) in mixed.chunks_exact_mut(WIDTH * PIECES).zip(&pieces[from..to]) {
            self.mix_into(&text[piece.span.clone()], piece, row);
        }
        let rows = run.len() + 2 * PAD;
        let mut x = vec![0.0; rows * WIDTH];
        let first = from + PAD - run.start;
        x[first * WIDTH..(first + to - from) * WIDTH].copy_from_slice(&self.mix.apply(&mixed));
        for (layer, block) in self.encoder.iter().enumerate() {
            // A window is a row with its neighbours, which lie beside it. Each layer needs one row less on either side.
            let (begin, end) = (layer + 1, rows - layer - 1);
            let changes = block.apply(&x[(begin - 1) * WIDTH..(end + 1) * WIDTH]);
            for (value, change) in x[begin * WIDTH..end * WIDTH].iter_mut().zip(changes) {
                *value += change;
            }
        }
        x.truncate((PAD + run.len()) * WIDTH);
        x.split_off(PAD * WIDTH)
    }

    /// The first layer of one token, before its maxout: the bias and the rows of its attributes, which were multiplied with
    /// the layer's weights at the start.
    fn mix_into(&self, word: &str, piece: &Piece, sums: &mut [f32]) {
        let norm = piece.norm.map_or_else(|| self.norm(word), Cow::Borrowed);
        let prefix_end = word.chars().next().map_or(0, char::len_utf8);
        let suffix_start = word.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
        let ids = [
            self.string_id(&norm),
            self.string_id(&word[..prefix_end]),
            self.string_id(&word[suffix_start..]),
            self.string_id(&shape(word)),
            u64::from(piece.spaced),
            u64::from(word.chars().all(char::is_whitespace)),
        ];
        sums.copy_from_slice(&self.mix_bias);
        for (embedding, id) in self.embeddings.iter().zip(ids) {
            for hash in murmur3_128(id, embedding.seed) {
                let at = (hash as usize % embedding.rows) * WIDTH * PIECES;
                for (sum, value) in sums.iter_mut().zip(&embedding.table[at..at + WIDTH * PIECES]) {
                    *sum += value;
                }
            }
        }
    }

    /// Heads and labels by greedy arc-eager transitions.
    fn arcs(&'static self, vectors: &[f32]) -> (Vec<usize>, Vec<&'static str>) {
        const SLOT: usize = HIDDEN * HIDDEN_PIECES;
        let cache = self.lower.apply(&self.project.apply(vectors));
        let mut state = State::new(vectors.len() / WIDTH);
        let mut scores = vec![0.0; self.moves.len()];
        while let Some(slots) = state.slots() {
            let mut hidden = [0.0; SLOT];
            hidden.copy_from_slice(&self.lower_bias);
            for (slot, token) in slots.iter().enumerate() {
                let source = match token {
                    Some(token) => &cache[token * SLOTS * SLOT + slot * SLOT..][..SLOT],
                    None => &self.slot_pad[slot * SLOT..][..SLOT],
                };
                for (h, s) in hidden.iter_mut().zip(source) {
                    *h += s;
                }
            }
            let mut maxed = [0.0; HIDDEN];
            for (m, pair) in maxed.iter_mut().zip(hidden.as_chunks::<HIDDEN_PIECES>().0) {
                *m = pair[0].max(pair[1]);
            }
            self.upper.apply_into(HIDDEN, &maxed, &mut scores);
            let mut best: Option<usize> = None;
            for (k, (action, _)) in self.moves.iter().enumerate() {
                if state.allows(*action) && best.is_none_or(|b| scores[k] > scores[b]) {
                    best = Some(k);
                }
            }
            let Some(best) = best else { break };
            state.apply(self.moves[best].0, best);
        }
        let mut heads: Vec<usize> =
            state.arcs.iter().enumerate().map(|(i, arc)| arc.map_or(i, |(head, _)| head)).collect();
        let mut labels: Vec<&'static str> = state
            .arcs
            .iter()
            .map(|arc| arc.map_or("ROOT", |(_, label)| self.moves[label].1.as_str()))
            .collect();
        deprojectivise(&mut heads, &mut labels);
        (heads, labels)
    }
}

/// A state of the transition system.
struct State {
    stack: Vec<usize>,
    /// Tokens that went back from the stack to the front of the buffer.
    returned: Vec<usize>,
    next: usize,
    count: usize,
    /// Head and move that made the arc.
    arcs: Vec<Option<(usize, usize)>>,
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
    sentence_start: Vec<bool>,
    unshiftable: Vec<bool>,
}

impl State {
    fn new(count: usize) -> Self {
        Self {
            stack: Vec::new(),
            returned: Vec::new(),
            next: 0,
            count,
            arcs: vec![None; count],
            left: vec![Vec::new(); count],
            right: vec![Vec::new(); count],
            sentence_start: vec![false; count],
            unshiftable: vec![false; count],
        }
    }

    fn buffer(&self, k: usize) -> Option<usize> {
        if k < self.returned.len() {
            return Some(self.returned[self.returned.len() - 1 - k]);
        }
        Some(self.next + k - self.returned.len()).filter(|token| *token < self.count)
    }

    fn stacked(&self, k: usize) -> Option<usize> {
        self.stack.len().checked_sub(k + 1).map(|at| self.stack[at])
    }

    fn buffer_length(&self) -> usize {
        self.count - self.next + self.returned.len()
    }

    /// The tokens the next decision looks at, or `None` at the end: B0, B1, S0, S1, S2, L(B0), L(S0), R(S0).
    fn slots(&self) -> Option<[Option<usize>; SLOTS]> {
        if self.stack.is_empty() && self.buffer_length() == 0 {
            return None;
        }
        let (b0, s0) = (self.buffer(0), self.stacked(0));
        let last =
            |children: &[Vec<usize>], head: Option<usize>| head.and_then(|h| children[h].last().copied());
        Some([
            b0,
            self.buffer(1),
            s0,
            self.stacked(1),
            self.stacked(2),
            last(&self.left, b0),
            last(&self.left, s0),
            last(&self.right, s0),
        ])
    }

    fn allows(&self, action: Move) -> bool {
        let (b0, b1, length) = (self.buffer(0), self.buffer(1), self.buffer_length());
        let starts = b0.is_some_and(|b| self.sentence_start[b]);
        match action {
            Move::Shift => {
                length > 0
                    && (self.stack.is_empty()
                        || (length >= 2 && !starts && !b0.is_some_and(|b| self.unshiftable[b])))
            }
            Move::Reduce => !self.stack.is_empty(),
            Move::Left | Move::Right => !self.stack.is_empty() && length > 0 && !starts,
            Move::Break => match (b0, b1) {
                (Some(b0), Some(b1)) => length >= 2 && b1 == b0 + 1 && !self.sentence_start[b1],
                _ => false,
            },
        }
    }

    fn shift(&mut self) {
        let token = self.returned.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        });
        self.stack.push(token);
    }

    fn attach(&mut self, child: usize, head: usize, by: usize) {
        if let Some((old, _)) = self.arcs[child] {
            let side = if old > child { &mut self.left } else { &mut self.right };
            side[old].retain(|c| *c != child);
        }
        let side = if head > child { &mut self.left } else { &mut self.right };
        side[head].push(child);
        self.arcs[child] = Some((head, by));
    }

    fn apply(&mut self, action: Move, by: usize) {
        match (action, self.buffer(0), self.stacked(0)) {
            (Move::Shift, Some(_), _) => self.shift(),
            (Move::Reduce, _, Some(top)) => {
                self.stack.pop();
                if self.arcs[top].is_none() && !self.stack.is_empty() {
                    self.unshiftable[top] = true;
                    self.returned.push(top);
                }
            }
            (Move::Left, Some(b0), Some(s0)) => {
                self.attach(s0, b0, by);
                self.unshiftable[b0] = false;
                self.stack.pop();
            }
            (Move::Right, Some(b0), Some(s0)) => {
                self.attach(b0, s0, by);
                self.shift();
            }
            _ => {
                if let Some(b1) = self.buffer(1) {
                    self.sentence_start[b1] = true;
                }
            }
        }
    }
}

/// Undoes the pseudo-projective labels: `a||b` hangs on the nearest `b` below its head, breadth first.
fn deprojectivise(heads: &mut [usize], labels: &mut [&'static str]) {
    for i in 0..heads.len() {
        let Some((label, target)) = labels[i].split_once("||") else { continue };
        let mut queue = vec![heads[i]];
        let mut found = None;
        let mut seen = 0;
        while found.is_none() && seen < queue.len() && seen <= heads.len() {
            let head = queue[seen];
            seen += 1;
            for k in 0..heads.len() {
                if k != i && k != head && heads[k] == head {
                    if labels[k] == target && found.is_none() {
                        found = Some(k);
                    }
                    queue.push(k);
                }
            }
        }
        if let Some(found) = found {
            heads[i] = found;
        }
        labels[i] = label;
    }
}

/// Columns of a packed weight tile: one cache line of floats, which the compiler turns into vector registers.
const TILE: usize = 16;
/// Rows that go through a tile side by side.
#[cfg(target_arch = "x86_64")]
const ROWS: usize = 6;

/// A dense layer with its weights packed as `[tile][input][TILE]`.
struct Linear {
    packed: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
    outputs: usize,
}

impl Linear {
    /// `weights` is row-major `(outputs, inputs)`.
    fn new(weights: &[f32], bias: Vec<f32>, outputs: usize, inputs: usize) -> Self {
        let mut packed = vec![0.0; outputs.div_ceil(TILE) * TILE * inputs];
        for (row, values) in weights.chunks_exact(inputs).enumerate() {
            let tile = (row / TILE) * inputs * TILE + row % TILE;
            for (column, value) in values.iter().enumerate() {
                packed[tile + column * TILE] = *value;
            }
        }
        Self { packed, bias, inputs, outputs }
    }

    /// `x` is `(n, inputs)`; gives `(n, outputs)`.
    fn apply(&self, x: &[f32]) -> Vec<f32> {
        self.apply_every(self.inputs, x)
    }

    /// As [`Linear::apply`], with an input row beginning at every `stride` numbers of `x`: rows may overlap.
    fn apply_every(&self, stride: usize, x: &[f32]) -> Vec<f32> {
        let rows = (x.len() + stride).saturating_sub(self.inputs) / stride;
        let mut y = vec![0.0; rows * self.outputs];
        self.apply_into(stride, x, &mut y);
        y
    }

    /// As [`Linear::apply_every`], into a buffer of the right size.
    fn apply_into(&self, stride: usize, x: &[f32], y: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            #[expect(
                unsafe_code,
                reason = "wide registers make a plan several times faster; found at run time"
            )]
            // SAFETY: the two features that the function is compiled for were found just now.
            unsafe {
                self.product_wide(stride, x, y);
            }
            return;
        }
        self.product(stride, x, y);
    }

    /// The product row by row: the reference for [`Linear::product_wide`], and what runs where that cannot.
    fn product(&self, stride: usize, x: &[f32], y: &mut [f32]) {
        for (tile, weights) in self.packed.chunks_exact(self.inputs * TILE).enumerate() {
            for row in 0..y.len() / self.outputs {
                let mut sums = [0.0_f32; TILE];
                let values = &x[row * stride..row * stride + self.inputs];
                for (weights, value) in weights.as_chunks::<TILE>().0.iter().zip(values) {
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum += value * weight;
                    }
                }
                self.store(tile, row, &sums, y);
            }
        }
    }

    /// The product in AVX2: tile by tile, so that the weights of a tile stay in the first cache while all rows pass, and six
    /// rows at a time, so that twelve chains of multiply-add hide their latency. The last six rows may be computed twice.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn product_wide(&self, stride: usize, x: &[f32], y: &mut [f32]) {
        let rows = y.len() / self.outputs;
        if rows < ROWS {
            for row in 0..rows {
                self.row_wide(&x[row * stride..][..self.inputs], row, y);
            }
            return;
        }
        // Six rows side by side, so that the numbers that a step needs lie together.
        let firsts: Vec<usize> = (0..rows).step_by(ROWS).map(|row| row.min(rows - ROWS)).collect();
        let mut beside = vec![[0.0; ROWS]; firsts.len() * self.inputs];
        for (strip, first) in beside.chunks_exact_mut(self.inputs).zip(&firsts) {
            for nth in 0..ROWS {
                let input = &x[(first + nth) * stride..][..self.inputs];
                for (values, value) in strip.iter_mut().zip(input) {
                    values[nth] = *value;
                }
            }
        }
        for (tile, weights) in self.packed.chunks_exact(self.inputs * TILE).enumerate() {
            let (weights, _) = weights.as_chunks::<TILE>();
            for (strip, first) in beside.chunks_exact(self.inputs).zip(&firsts) {
                let mut sums = [[_mm256_setzero_ps(); 2]; ROWS];
                for (weights, values) in weights.iter().zip(strip) {
                    let (low, high) = halves(weights);
                    for (sum, value) in sums.iter_mut().zip(values) {
                        let value = _mm256_set1_ps(*value);
                        sum[0] = _mm256_fmadd_ps(value, low, sum[0]);
                        sum[1] = _mm256_fmadd_ps(value, high, sum[1]);
                    }
                }
                for (nth, sum) in sums.into_iter().enumerate() {
                    self.store(tile, first + nth, &joined(sum), y);
                }
            }
        }
    }

    /// One row, four tiles at a time, for the same reason.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn row_wide(&self, input: &[f32], row: usize, y: &mut [f32]) {
        const TILES: usize = 4;
        let tile_count = self.outputs.div_ceil(TILE);
        let (packed, _) = self.packed.as_chunks::<TILE>();
        for first in (0..tile_count).step_by(TILES) {
            // Where fewer are left, the last is computed again.
            let tile = |nth: usize| (first + nth).min(tile_count - 1);
            let mut weights = [packed; TILES];
            for (nth, weights) in weights.iter_mut().enumerate() {
                *weights = &packed[tile(nth) * self.inputs..][..input.len()];
            }
            let mut sums = [[_mm256_setzero_ps(); 2]; TILES];
            for (k, value) in input.iter().enumerate() {
                let value = _mm256_set1_ps(*value);
                for (sum, weights) in sums.iter_mut().zip(&weights) {
                    let (low, high) = halves(&weights[k]);
                    sum[0] = _mm256_fmadd_ps(value, low, sum[0]);
                    sum[1] = _mm256_fmadd_ps(value, high, sum[1]);
                }
            }
            for (nth, sum) in sums.into_iter().enumerate() {
                self.store(tile(nth), row, &joined(sum), y);
            }
        }
    }

    /// Writes the sums of a tile, with the bias, to a row of the result.
    fn store(&self, tile: usize, row: usize, sums: &[f32; TILE], y: &mut [f32]) {
        let first = tile * TILE;
        let width = (self.outputs - first).min(TILE);
        let out = &mut y[row * self.outputs + first..][..width];
        for ((o, s), b) in out.iter_mut().zip(sums).zip(&self.bias[first..]) {
            *o = s + b;
        }
    }
}

/// The two registers of a tile of weights.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "loads of a register take a pointer")]
fn halves(weights: &[f32; TILE]) -> (__m256, __m256) {
    let (eights, _) = weights.as_chunks::<8>();
    // SAFETY: each chunk holds the eight floats that a load reads; the load needs no alignment.
    unsafe { (_mm256_loadu_ps(eights[0].as_ptr()), _mm256_loadu_ps(eights[1].as_ptr())) }
}

/// The floats of two registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "stores of a register take a pointer")]
fn joined(sums: [__m256; 2]) -> [f32; TILE] {
    let mut out = [0.0; TILE];
    let (eights, _) = out.as_chunks_mut::<8>();
    // SAFETY: each chunk holds the eight floats that a store writes; the store needs no alignment.
    unsafe {
        _mm256_storeu_ps(eights[0].as_mut_ptr(), sums[0]);
        _mm256_storeu_ps(eights[1].as_mut_ptr(), sums[1]);
    }
    out
}

/// A dense layer over windows of three vectors, settled.
struct Block {
    linear: Linear,
    settle: Settle,
}

impl Block {
    /// `x` is `(n + 2, WIDTH)`; gives `(n, WIDTH)`. A window is a vector with the two beside it.
    fn apply(&self, x: &[f32]) -> Vec<f32> {
        self.settle.apply(&self.linear.apply_every(WIDTH, x))
    }
}

/// What follows a dense layer: maxout over [`PIECES`], layer norm.
struct Settle {
    gain: Vec<f32>,
    bias: Vec<f32>,
}

impl Settle {
    /// `wide` is `(n, WIDTH, PIECES)`; gives `(n, WIDTH)`.
    fn apply(&self, wide: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; wide.len() / PIECES];
        for (row, wide) in out.chunks_exact_mut(WIDTH).zip(wide.chunks_exact(WIDTH * PIECES)) {
            for (value, pieces) in row.iter_mut().zip(wide.as_chunks::<PIECES>().0) {
                *value = pieces[0].max(pieces[1]).max(pieces[2]);
            }
            let mean = row.iter().sum::<f32>() / WIDTH as f32;
            let variance = row.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / WIDTH as f32 + 1e-8;
            let scale = 1.0 / variance.sqrt();
            for ((value, gain), bias) in row.iter_mut().zip(&self.gain).zip(&self.bias) {
                *value = (*value - mean) * scale * gain + bias;
            }
        }
        out
    }
}

/// spaCy's word shape: `Xxxx`, `dd`, runs capped at four.
fn shape(word: &str) -> String {
    if word.chars().nth(99).is_some() {
        return "LONG".to_owned();
    }
    let (mut out, mut last, mut repeats) = (String::new(), '\0', 0);
    for c in word.chars() {
        let class = match c {
            _ if c.is_alphabetic() && c.is_uppercase() => 'X',
            _ if c.is_alphabetic() => 'x',
            _ if c.is_ascii_digit() => 'd',
            _ => c,
        };
        if class == last {
            repeats += 1;
        } else {
            repeats = 0;
            last = class;
        }
        if repeats < 4 {
            out.push(class);
        }
    }
    out
}

/// `MurmurHash64A`: spaCy's string ids.
fn murmur64a(bytes: &[u8], seed: u64) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(M);
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        let mut k = u64::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 47;
        hash = (hash ^ k.wrapping_mul(M)).wrapping_mul(M);
    }
    if !tail.is_empty() {
        let k = tail.iter().rev().fold(0, |k, byte| (k << 8) | u64::from(*byte));
        hash = (hash ^ k).wrapping_mul(M);
    }
    hash ^= hash >> 47;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 47)
}

/// `MurmurHash3_x64_128` of one 64-bit value: thinc's hash embedding.
fn murmur3_128(value: u64, seed: u32) -> [u32; 4] {
    let mix = |mut k: u64| {
        k = (k ^ (k >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        k = (k ^ (k >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        k ^ (k >> 33)
    };
    let h = value.wrapping_mul(0x87c3_7b91_1142_53d5).rotate_left(31).wrapping_mul(0x4cf5_ad43_2745_937f);
    let (mut a, mut b) = (h ^ u64::from(seed) ^ 8, u64::from(seed) ^ 8);
    a = a.wrapping_add(b);
    b = b.wrapping_add(a);
    a = mix(a);
    b = mix(b);
    a = a.wrapping_add(b);
    b = b.wrapping_add(a);
    [a as u32, (a >> 32) as u32, b as u32, (b >> 32) as u32]
}
