//! Plans the film of a prompt and prints its storyboard: `cargo run -p story --example plan -- "A fox runs."`.

use std::{io::Write as _, time::Instant};

fn main() -> std::io::Result<()> {
    let text = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let begin = Instant::now();
    story::plan("A fox.", &story::Request::default());
    let load = begin.elapsed();
    let begin = Instant::now();
    let board = story::plan(&text, &story::Request::default());
    let took = begin.elapsed();
    writeln!(std::io::stdout(), "{}", board.to_json())?;
    writeln!(std::io::stderr(), "loaded in {load:.1?}, planned in {took:.2?}")
}
