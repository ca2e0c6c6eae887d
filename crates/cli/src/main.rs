//! The command line of Mutoscope: flags, progress bars, exit codes.
fn main() {}
