//! Prints the labels of what the stage can show, one a line, for `neural`'s example `vectors`:
//!
//!     cargo run -p story --example labels > labels.txt
//!     cargo run --release -p neural --example vectors -- labels.txt assets/story/labels.f16

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for label in story::labels() {
        writeln!(out, "{label}")?;
    }
    Ok(())
}
