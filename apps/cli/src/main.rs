//! The command line of relight.
fn main() {}
