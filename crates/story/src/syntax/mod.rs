//! From text to tagged, lemmatised tokens with a dependency tree.
//!
//! The tokenizer, the tagger and the arc-eager parser compute what spaCy's `en_core_web_sm` 3.8 computes, from the same
//! weights (`models/en_sm_tag_parse`). The lemmatizer is our own: rules checked against word lists.
//!
//! Tokens tile the text: every token knows its byte range, and ranges lie on UTF-8 borders by construction.

mod lemma;
mod network;
mod tokenizer;

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use network::Network;

use crate::lexicon::lexicon;

/// A part of speech: the Penn Treebank tags that the rules tell apart; the rest share a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// NN
    Noun,
    /// NNS
    Nouns,
    /// NNP
    Name,
    /// NNPS
    Names,
    /// VB
    Base,
    /// VBD
    Past,
    /// VBG
    Gerund,
    /// VBN
    Participle,
    /// VBP
    Present,
    /// VBZ
    Present3,
    /// MD
    Modal,
    /// JJ
    Adjective,
    /// JJR
    Comparative,
    /// JJS
    Superlative,
    /// RB, RBS
    Adverb,
    /// RBR
    AdverbComparative,
    /// RP
    Particle,
    /// IN
    Preposition,
    /// TO
    To,
    /// DT
    Determiner,
    /// PDT
    Predeterminer,
    /// PRP
    Pronoun,
    /// PRP$
    Possessive,
    /// POS
    PossessiveMark,
    /// CC
    Coordinator,
    /// CD
    Number,
    /// WDT
    WhDeterminer,
    /// WP
    WhPronoun,
    /// WP$
    WhPossessive,
    /// WRB
    WhAdverb,
    /// EX
    Existential,
    /// HYPH
    Hyphen,
    /// FW, AFX
    Foreign,
    /// , . : quotes, brackets
    Punctuation,
    /// `_SP`
    Space,
    /// SYM, UH, XX, LS, ADD, NFP, $
    Other,
}

impl Tag {
    fn from_penn(tag: &str) -> Self {
        match tag {
            "NN" => Self::Noun,
            "NNS" => Self::Nouns,
            "NNP" => Self::Name,
            "NNPS" => Self::Names,
            "VB" => Self::Base,
            "VBD" => Self::Past,
            "VBG" => Self::Gerund,
            "VBN" => Self::Participle,
            "VBP" => Self::Present,
            "VBZ" => Self::Present3,
            "MD" => Self::Modal,
            "JJ" => Self::Adjective,
            "JJR" => Self::Comparative,
            "JJS" => Self::Superlative,
            "RB" | "RBS" => Self::Adverb,
            "RBR" => Self::AdverbComparative,
            "RP" => Self::Particle,
            "IN" => Self::Preposition,
            "TO" => Self::To,
            "DT" => Self::Determiner,
            "PDT" => Self::Predeterminer,
            "PRP" => Self::Pronoun,
            "PRP$" => Self::Possessive,
            "POS" => Self::PossessiveMark,
            "CC" => Self::Coordinator,
            "CD" => Self::Number,
            "WDT" => Self::WhDeterminer,
            "WP" => Self::WhPronoun,
            "WP$" => Self::WhPossessive,
            "WRB" => Self::WhAdverb,
            "EX" => Self::Existential,
            "HYPH" => Self::Hyphen,
            "FW" | "AFX" => Self::Foreign,
            "," | "." | ":" | "``" | "''" | "-LRB-" | "-RRB-" => Self::Punctuation,
            "_SP" => Self::Space,
            _ => Self::Other,
        }
    }

    /// NN, NNS, NNP or NNPS.
    pub(crate) fn is_noun(self) -> bool {
        matches!(self, Self::Noun | Self::Nouns | Self::Name | Self::Names)
    }

    /// NNS or NNPS.
    pub(crate) fn is_plural(self) -> bool {
        matches!(self, Self::Nouns | Self::Names)
    }

    /// NNP or NNPS.
    pub(crate) fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::Names)
    }

    /// JJ, JJR or JJS.
    pub(crate) fn is_adjective(self) -> bool {
        matches!(self, Self::Adjective | Self::Comparative | Self::Superlative)
    }

    /// A verb form that carries a clause: VBZ, VBP, VBD or a modal.
    pub(crate) fn is_finite(self) -> bool {
        matches!(self, Self::Present3 | Self::Present | Self::Past | Self::Modal)
    }

    /// Any verb form, without modals.
    pub(crate) fn is_verb(self) -> bool {
        matches!(
            self,
            Self::Base | Self::Past | Self::Gerund | Self::Participle | Self::Present | Self::Present3
        )
    }
}

/// One word or mark of the text.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Bytes of the text, on UTF-8 borders.
    pub(crate) span: Range<usize>,
    /// The word in lower case.
    pub(crate) low: String,
    /// Whether the text writes it with a capital.
    pub(crate) capital: bool,
    /// Its dictionary form in lower case.
    pub(crate) lemma: String,
    /// Its part of speech.
    pub(crate) tag: Tag,
    /// Index of the token it hangs on; itself for a root.
    pub(crate) head: usize,
    /// How it hangs there (`nsubj`, `amod`, `prep` …).
    pub(crate) dep: &'static str,
    /// Index of its sentence, counted by closing marks and line breaks.
    pub(crate) sentence: u32,
}

impl Token {
    /// Whether this token closes a sentence.
    pub(crate) fn is_stop(&self) -> bool {
        matches!(self.low.as_str(), "." | "!" | "?" | "…" | "..." | "。" | "！" | "？")
    }

    /// Whether a clause may end here: sentence marks, commas, semicolons, dashes, colons, line breaks.
    pub(crate) fn is_break(&self) -> bool {
        self.is_stop() || matches!(self.low.as_str(), "," | ";" | ":" | "—" | "–" | "--") || self.is_newline()
    }

    /// White space that holds a line break.
    pub(crate) fn is_newline(&self) -> bool {
        self.tag == Tag::Space && self.low.contains('\n')
    }

    /// Retags the word, with the lemma that its new part of speech has.
    pub(crate) fn retag(&mut self, tag: Tag) {
        self.tag = tag;
        self.lemma = lemma::lemma(lexicon(), &self.low, tag);
    }
}

/// Threads that reading may use; 0: as many as there are processors.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Sets how many threads reading may use, in the whole process; 0: as many as there are processors. What is read does not
/// depend on it.
pub(crate) fn limit_threads(threads: usize) {
    THREADS.store(threads, Ordering::Relaxed);
}

/// Longest piece of text the network sees at once: bounds memory on book-long scripts.
const CHUNK_TOKENS: usize = 400;

/// Tokens of the whole text, tagged, lemmatised and parsed. Time and memory grow linearly with the text.
pub(crate) fn parse(text: &str) -> Vec<Token> {
    let network = Network::get();
    let pieces = tokenizer::tokenize(network.tables(), text);
    let lexicon = lexicon();
    let allowed = match THREADS.load(Ordering::Relaxed) {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        limit => limit,
    };
    let threads = allowed.min(4);
    let mut tokens: Vec<Token> = Vec::with_capacity(pieces.len());
    let mut sentence = 0;
    for (begin, analysis) in analyses(network, text, &pieces, threads) {
        for (k, piece) in pieces[begin..begin + analysis.tags.len()].iter().enumerate() {
            let word = &text[piece.span.clone()];
            let low = word.to_lowercase();
            let tag = if low.chars().all(char::is_whitespace) { Tag::Space } else { analysis.tags[k] };
            let token = Token {
                lemma: lemma::lemma(lexicon, &low, tag),
                capital: word.starts_with(char::is_uppercase),
                low,
                tag,
                head: begin + analysis.heads[k],
                dep: analysis.labels[k],
                span: piece.span.clone(),
                sentence,
            };
            if token.is_stop() || token.is_newline() {
                sentence += 1;
            }
            tokens.push(token);
        }
    }
    tokens
}

/// The network's word on every chunk, with the index of the chunk's first piece. The threads share the chunks of a long text,
/// and the words of a short one.
fn analyses(
    network: &'static Network,
    text: &str,
    pieces: &[tokenizer::Piece],
    threads: usize,
) -> Vec<(usize, network::Analysis)> {
    let mut chunks = Vec::new();
    let mut begin = 0;
    while begin < pieces.len() {
        let end = chunk_end(pieces, text, begin);
        chunks.push(begin..end);
        begin = end;
    }
    let each = if chunks.len() < threads { threads } else { 1 };
    let analyse = |chunks: &[Range<usize>]| -> Vec<_> {
        chunks.iter().map(|c| (c.start, network.analyse(text, &pieces[c.clone()], each))).collect()
    };
    if each > 1 {
        return analyse(&chunks);
    }
    std::thread::scope(|scope| {
        let shares: Vec<_> = chunks
            .chunks(chunks.len().div_ceil(threads))
            .map(|share| scope.spawn(move || analyse(share)))
            .collect();
        shares.into_iter().flat_map(|share| share.join().expect("analysing does not panic")).collect()
    })
}

/// End of the chunk that begins at `begin`: after the last closing mark within [`CHUNK_TOKENS`], or there if none is.
fn chunk_end(pieces: &[tokenizer::Piece], text: &str, begin: usize) -> usize {
    let limit = begin + CHUNK_TOKENS;
    if limit >= pieces.len() {
        return pieces.len();
    }
    (begin + 1..=limit)
        .rev()
        .find(|&end| {
            let last = &text[pieces[end - 1].span.clone()];
            matches!(last, "." | "!" | "?") || last.contains('\n')
        })
        .unwrap_or(limit)
}

/// Base form of a word that reads as a verb's third person or base.
pub(crate) fn verb_base(low: &str) -> Option<String> {
    lemma::verb_base(lexicon(), low)
}

/// Singular of a plural noun in lower case.
pub(crate) fn singular(low: &str) -> String {
    lemma::singular(lexicon(), low)
}

/// Dictionary form of a word as its spelling alone suggests: "zooming", "zooms" and "zoomed" → "zoom".
pub(crate) fn guess_lemma(low: &str) -> String {
    let tag = if low.ends_with("ing") {
        Tag::Gerund
    } else if low.ends_with("ed") {
        Tag::Past
    } else if low.ends_with('s') {
        return verb_base(low).unwrap_or_else(|| singular(low));
    } else {
        return lexicon().irregular_verb(low).map_or_else(|| low.to_owned(), str::to_owned);
    };
    lemma::lemma(lexicon(), low, tag)
}

#[cfg(test)]
mod tests {
    use super::{Tag, parse};

    /// The grammar of the sentence, which the model is known to find: one wrong weight, hash or transition in the forward
    /// pass would break it. The numbers are indices of tokens.
    #[test]
    fn tags_and_heads_are_those_of_the_model() {
        let words = parse("The quick brown fox jumps over the lazy dog.");
        let tags: Vec<Tag> = words.iter().map(|t| t.tag).collect();
        assert_eq!(
            tags,
            [
                Tag::Determiner,
                Tag::Adjective,
                Tag::Adjective,
                Tag::Noun,
                Tag::Present3,
                Tag::Preposition,
                Tag::Determiner,
                Tag::Adjective,
                Tag::Noun,
                Tag::Punctuation
            ]
        );
        let heads: Vec<usize> = words.iter().map(|t| t.head).collect();
        assert_eq!(heads, [3, 3, 3, 4, 4, 4, 8, 8, 5, 4]);
        let labels: Vec<&str> = words.iter().map(|t| t.dep).collect();
        assert_eq!(labels, ["det", "amod", "amod", "nsubj", "ROOT", "prep", "det", "amod", "pobj", "punct"]);
    }

    #[test]
    fn tokens_tile_the_words_of_the_text() {
        let text = "She doesn't like the dog's well-worn 3km path (\u{201c}really\u{201d}) \u{2014} e.g. at 10:30 a.m.… 大象\n\nEnd";
        let tokens = parse(text);
        let words: Vec<&str> = tokens.iter().map(|t| &text[t.span.clone()]).collect();
        for part in [
            "does", "n't", "'s", "well", "-", "worn", "3", "km", "(", "\u{201c}", "\u{2014}", "e.g.", "a.m.",
            "大象",
        ] {
            assert!(words.contains(&part), "{part} in {words:?}");
        }
        let joined: String = words.concat().split_whitespace().collect();
        assert_eq!(joined, text.split_whitespace().collect::<String>());
        assert!(tokens.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
    }
}
