//! Neural networks on candle: the text encoder [`MiniLm`], which gives words a direction, so that the nearest thing can be
//! found for a word that the tables lack; and open video models of the Wan family, from the files their makers publish.
//!
//! Inside: [`weights`] (safetensors, GGUF, LoRA; names), `layers` and `kernels` (what candle is slow at) ←
//! [`text`] (MiniLM, umT5), [`transformer`] (Wan T2V, TI2V, VACE), [`autoencoder`] (VAE 2.1 and 2.2), [`sampler`] (noise
//! levels and steps) ← [`pipeline`] (encoded words to frames) ← [`video`] (a model in a folder: words to pictures), which
//! computes on the fastest [`device`]. The weights of MiniLM lie under `models/all-minilm-l6-v2` and are part of the program; those of the video models never are.
//!
//! *Invariants:* the names and measures of networks are those of diffusers' files, and every network agrees with diffusers
//! to 1e-4 in 32 bits (`tests/parity` at the root of the repository). The same seed gives the same noise on every device. For
//! MiniLM, the same text gives the same bits, alone or among others, on any number of cores; it runs on one thread of its
//! own, since short texts gain nothing from more and a busy machine loses much.

pub mod autoencoder;
pub mod device;
mod kernels;
mod layers;
mod memory;
pub mod pipeline;
pub mod sampler;
pub mod text;
pub mod transformer;
pub mod video;
pub mod weights;

pub use text::minilm::{LoadError, MiniLm};
