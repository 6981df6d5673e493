//! Environment maps: load, rotate, sample, prefilter; what the networks see of them.

mod environment;
mod placed;

pub use environment::Environment;
pub use placed::Light;
