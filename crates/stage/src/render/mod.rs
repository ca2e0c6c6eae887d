//! Drawing: the device, its passes, and the way of a picture back to the processor.
//!
//! A frame is: two shadow maps, the mirrored world where there is water, the scene (light, depth in metres and owner at
//! once), what falls from the sky, then the lens and the laboratory. Reading a frame back overlaps with drawing the next.

mod bodies;
mod device;
mod draw;
mod gpu;
mod picture;
mod site;
mod stage;
mod uniforms;

pub use device::{DeviceChoice, DeviceInfo, StageError};
pub use stage::{PassTime, Stage};
