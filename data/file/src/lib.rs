//! How anything reaches the disk: faults with a remedy, drafts that are renamed when done, numbered frames.

mod draft;
mod fault;
mod numbered;

pub use draft::Draft;
pub use fault::{Blame, Fault, Result};
pub use numbered::{Numbered, is_pattern};
