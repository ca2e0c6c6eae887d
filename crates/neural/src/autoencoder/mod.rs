//! The networks between pictures and latents.

pub mod wan;
