//! How long reading and planning take: `cargo run --release -p story --example speed`.

use std::{io::Write as _, time::Instant};

use story::{Request, plan, read};

const PROMPT: &str = "Several giant woolly mammoths approach, treading through a snowy meadow, their long woolly fur lightly \
    blows in the wind as they walk, snow covered trees and dramatic snow capped mountains in the distance, mid afternoon \
    light with wispy clouds and a sun high in the distance creates a warm glow, the low camera view is stunning, depth of \
    field. ";

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let begin = Instant::now();
    plan("A fox.", &Request::default());
    writeln!(out, "load: {:.1?}", begin.elapsed())?;
    for copies in [1, 2, 16, 300] {
        let text = PROMPT.repeat(copies);
        let words = text.split_whitespace().count();
        let rounds = (64 / copies).max(1) as u32;
        let begin = Instant::now();
        for _ in 0..rounds {
            read(&text);
        }
        let reading = begin.elapsed() / rounds;
        let begin = Instant::now();
        for round in 0..rounds {
            // Another text each time: the last reading is remembered.
            plan(&format!("{text}{round}"), &Request::default());
        }
        let planning = begin.elapsed() / rounds;
        writeln!(out, "{words} words: read {reading:.2?}, plan {planning:.2?}")?;
    }
    Ok(())
}
