//! Clips of linear frames, colour, and every way in and out of a file.

mod frame;

pub use frame::{Frame, Rate};
