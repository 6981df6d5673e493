//! The placed object as single rays see it.

use crate::object::Object;
use glam::{Affine3A, Vec3};
use relight_file::Result;
use relight_gbuffer::{Camera, GBuffer};
use relight_trace::{Settings, Tracer};

/// Camera rays a pixel of the object's buffers: edges in sixteen steps.
const SAMPLES: u32 = 16;

/// An object in the world.
pub(crate) struct Thing {
    tracer: Tracer,
    centre: Vec3,
    radius: f32,
    /// Largest side.
    pub size: f32,
}

impl Thing {
    pub fn new(object: &Object, to_world: Affine3A) -> Result<Self> {
        let size = to_world.transform_vector3(Vec3::Y).length();
        let centre = to_world.transform_point3(Vec3::Y * object.half.y);
        Ok(Self { tracer: Tracer::new(&object.placed(to_world))?, centre, radius: object.half.length() * size, size })
    }

    /// Its buffers as `camera` sees it.
    pub fn buffers(&self, camera: &Camera, width: usize, height: usize) -> GBuffer {
        self.tracer.render(camera, &[], &Settings { width, height, samples: SAMPLES, ..Settings::default() }).gbuffer
    }

    /// Whether the ray from world point `origin` along unit `d` comes near it at all.
    pub fn near(&self, origin: Vec3, d: Vec3) -> bool {
        let to = self.centre - origin;
        let along = to.dot(d);
        let off = to.length_squared() - along * along;
        off < self.radius * self.radius && (along > 0.0 || to.length_squared() < self.radius * self.radius)
    }

    /// Distances along rays of unit direction, farther than what rounding and a surface's own facets make.
    pub fn distances(&self, rays: &[(Vec3, Vec3)]) -> Vec<Option<f32>> {
        let lift = 2e-3 * self.size;
        let lifted: Vec<(Vec3, Vec3)> = rays.iter().map(|(o, d)| (*o + *d * lift, *d)).collect();
        self.tracer.distances(&lifted).into_iter().map(|t| t.map(|t| t + lift)).collect()
    }
}
