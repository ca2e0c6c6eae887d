//! Words to vectors: one direction for a text (MiniLM), or one for each of its words (umT5).

pub mod minilm;
pub mod tokenizer;
pub mod umt5;
