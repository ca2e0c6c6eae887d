//! How the cast moves: what bodies can do ([`clip`]), what verbs ask of them ([`verbs`]), and who stands where and goes
//! where in a shot ([`blocking`]).
//!
//! The stage's frame: metres, +y up; the action is round the origin and passes through it at the middle of the shot; the
//! camera stands towards +z and looks along −z; +x is screen right.

pub mod blocking;
mod change;
pub mod clip;
mod held;
pub(crate) mod motes;
mod ties;
mod tracks;
pub mod verbs;

pub use blocking::Ensemble;
pub use clip::{Aboard, Act, Carry, Clip, Cycle, Gaze, Ground, Hold, Posture, Root};
