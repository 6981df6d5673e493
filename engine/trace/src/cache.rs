//! Hierarchies of meshes that outlive one scene.

use crate::{Mesh, hierarchy::Hierarchy};
use relight_file::Result;
use std::{collections::HashMap, sync::Arc};

/// The hierarchies of meshes, so that the frames of a clip build each one once.
///
/// Meshes are known by the address of their [`Arc`]; the cache holds them, so an address never comes to mean another mesh.
#[derive(Default)]
pub struct MeshCache {
    built: HashMap<usize, Arc<Hierarchy>>,
}

impl MeshCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// The hierarchy of `mesh`, built now if it is new.
    ///
    /// # Errors
    /// The mesh is malformed; see [`crate::Tracer::new`].
    pub(crate) fn get(&mut self, mesh: &Arc<Mesh>) -> Result<Arc<Hierarchy>> {
        let key = Arc::as_ptr(mesh) as usize;
        if let Some(hierarchy) = self.built.get(&key) {
            return Ok(hierarchy.clone());
        }
        let hierarchy = Arc::new(Hierarchy::new(mesh)?);
        self.built.insert(key, hierarchy.clone());
        Ok(hierarchy)
    }
}
