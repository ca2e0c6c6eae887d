//! Every network, sampler and pipeline against diffusers and transformers, by the references in `tests/parity` at the root
//! of the repository.

mod autoencoders;
mod pipelines;
mod samplers;
mod support;
mod transformers;
mod weights;
