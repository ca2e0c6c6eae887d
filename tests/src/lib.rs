//! Tests that belong to no single room: the arrows between them (`architecture`) and what prompts look like (`golden`).
//!
//! The command line is tested in `tests/end_to_end`, which Cargo builds with `crates/cli`.
