//! A shot at time t to picture, depth and masks: the 3D renderer on wgpu.
//!
//! - [`Stage`] owns a graphics device and renders [`film::ShotOrder`]s: colour, linear depth and a mask of owners come from
//!   one pass over the scene. A frame is a pure function of the order and its number.
//! - [`Scene`] says who stands where and how it is seen at a time; it needs no device.
//! - `world` makes places from tables: terrain, plants, water, buildings, light and weather.
//! - [`cast`] makes bodies, [`motion`] moves them, [`camera`] frames them, `look` develops the picture.
//! - `render` draws a scene and knows nothing of words.
//!
//! *Invariant:* no clock, no thread count and no iteration order decides a pixel.

pub mod camera;
pub mod cast;
mod look;
pub mod motion;
mod render;
mod scene;
mod world;

pub use look::{knows_style, palettes, styles};
pub use render::{DeviceChoice, DeviceInfo, PassTime, Stage, StageError};
pub use scene::{Placed, Rehearsal, Scene, SceneState};
pub use world::places;
