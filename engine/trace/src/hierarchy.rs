//! Bounding volume hierarchies.

use crate::Mesh;
use relight_file::Result;
use std::sync::Arc;

/// A mesh with its hierarchy.
pub(crate) struct Hierarchy {
    pub(crate) mesh: Arc<Mesh>,
}

impl Hierarchy {
    pub(crate) fn new(mesh: &Arc<Mesh>) -> Result<Self> {
        Ok(Self { mesh: mesh.clone() })
    }
}
