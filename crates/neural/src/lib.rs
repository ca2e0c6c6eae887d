//! Neural networks on candle: for now the text encoder [`MiniLm`], which gives words a direction, so that the nearest thing
//! can be found for a word that the tables lack.
//!
//! Inside: `embed` (tokens, transformer, pooling) ← `rows` (what happens
//! between the products), `weights` (8-bit safetensors). The weights lie under
//! `models/all-minilm-l6-v2` and are part of the program.
//!
//! *Invariants:* the same text gives the same bits, alone or among others, on any number of cores; everything runs on one
//! thread of its own, since short texts gain nothing from more and a busy machine loses much.

mod embed;
mod rows;
mod weights;

pub use embed::{LoadError, MiniLm};
