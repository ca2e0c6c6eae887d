//! The engine as its users see it, with a renderer that only paints greys.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[cfg(target_os = "linux")]
mod full_disk;
mod jobs;
mod kill;
mod previews;
mod recovery;
mod support;
