//! Edits of buffers, the masks that say where, and what an edit makes of the input's pixels.
//!
//! [`transfer`] is how edits and insertions keep the input: only the change between two renders reaches its pixels. [`textured`] gives an
//! estimated albedo the fine texture of the picture that it was estimated from.

mod guided;
mod plane;
mod texture;
mod transfer;

pub use guided::{Follow, guided, joint_bilateral, mean};
pub use plane::Plane;
pub use texture::textured;
pub use transfer::{MOST, transfer};
