//! Scenes from files.

mod gltf;
mod images;
mod obj;

pub use self::{gltf::load_gltf, obj::load_obj};
