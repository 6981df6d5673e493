//! The placed object as single rays see it.

use crate::object::Object;
use glam::{Affine3A, Vec3};
use relight_file::Result;
use relight_gbuffer::{Camera, GBuffer};
use relight_trace::{Instance, Scene, Settings, Tracer};

/// Camera rays a pixel of the object's buffers: edges in sixteen steps.
const SAMPLES: u32 = 16;

/// An object in the world.
pub(crate) struct Thing {
    scene: Scene,
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
        let scene = object.placed(to_world);
        Ok(Self { tracer: Tracer::new(&scene)?, scene, centre, radius: object.half.length() * size, size })
    }

    /// Its buffers as `camera` sees it.
    pub fn buffers(&self, camera: &Camera, width: usize, height: usize) -> GBuffer {
        self.tracer.render(camera, &[], &Settings { width, height, samples: SAMPLES, ..Settings::default() }).gbuffer
    }

    /// It alone.
    pub fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// Puts it into a scene.
    pub fn join(&self, scene: &mut Scene) {
        let first = scene.materials.len();
        scene.materials.extend_from_slice(&self.scene.materials);
        scene.instances.extend(self.scene.instances.iter().map(|i| Instance { material: first + i.material, ..i.clone() }));
    }

    /// Whether one of the rays from world point `origin` along the unit directions `ways` meets it.
    pub fn meets(&self, origin: Vec3, ways: impl Iterator<Item = Vec3>) -> bool {
        let rays: Vec<(Vec3, Vec3)> = ways.filter(|d| self.near(origin, *d)).map(|d| (origin, d)).collect();
        !rays.is_empty() && self.tracer.blocked(&rays).contains(&true)
    }

    /// Whether the ray from world point `origin` along unit `d` comes near it at all.
    fn near(&self, origin: Vec3, d: Vec3) -> bool {
        let to = self.centre - origin;
        let along = to.dot(d);
        let off = to.length_squared() - along * along;
        off < self.radius * self.radius && (along > 0.0 || to.length_squared() < self.radius * self.radius)
    }
}
