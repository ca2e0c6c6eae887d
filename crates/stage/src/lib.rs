//! A shot at time t to picture, depth and masks: the 3D renderer on wgpu.

pub mod cast;
pub mod motion;
