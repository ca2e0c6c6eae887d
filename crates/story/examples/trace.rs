//! trace
#![allow(clippy::all, clippy::print_stdout)]
fn main() {
    let text = std::env::args().nth(1).unwrap_or_default();
    println!("{}", story::trace(&text));
}
