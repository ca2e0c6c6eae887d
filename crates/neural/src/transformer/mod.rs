//! The networks that denoise.

pub mod wan;
