//! How anything reaches the disk: faults with a remedy, drafts that are renamed when done, numbered frames.

mod draft;
mod exr_layers;
mod exr_order;
mod exr_patch;
mod exr_write;
mod fault;
mod numbered;

pub use draft::Draft;
pub use exr_layers::{ExrLayers, exr_size};
pub use exr_patch::patch_exr;
pub use exr_write::{ExrChannel, ExrValue, HALF_MAX, write_exr_channels};
pub use fault::{Blame, Fault, Result};
pub use numbered::{Numbered, is_pattern};
