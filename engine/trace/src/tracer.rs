//! A scene made ready for rays.

use crate::{
    Material, MeshCache, Rendering, Scene, Settings, film,
    hierarchy::{Ray, Stack, World},
    lamp::Lamp,
    path::Stage,
    pixel::Pixel,
    sobol::{self, Sobol},
};
use glam::{Mat3, Vec3};
use rayon::prelude::*;
use relight_file::Result;
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Light;

/// Side of the square tiles that threads take, in pixels.
const TILE: usize = 16;

/// A scene with its two-level hierarchy, ready to be rendered from any camera under any lights.
pub struct Tracer {
    world: World,
    materials: Vec<Material>,
}

impl Tracer {
    /// Makes `scene` ready.
    ///
    /// # Errors
    /// A mesh has an index out of range, as many normals or texture coordinates as it has not vertices, or a number that is not finite; an
    /// instance names no material; a transform cannot be inverted.
    pub fn new(scene: &Scene) -> Result<Self> {
        Self::with_cache(scene, &mut MeshCache::new())
    }

    /// [`Tracer::new`] that takes the hierarchies of known meshes from `cache` and adds the others to it.
    ///
    /// # Errors
    /// As [`Tracer::new`].
    pub fn with_cache(scene: &Scene, cache: &mut MeshCache) -> Result<Self> {
        Ok(Self { world: World::new(scene, cache)?, materials: scene.materials.clone() })
    }

    /// Distance to the first surface along each ray of `rays` (world-space origin and direction), in lengths of the direction.
    pub fn distances(&self, rays: &[(Vec3, Vec3)]) -> Vec<Option<f32>> {
        let mut stack = Stack::new();
        rays.iter().map(|&(origin, direction)| self.world.nearest(&Ray { origin, direction }, &mut stack).map(|h| h.distance)).collect()
    }

    /// Whether anything lies along each ray of `rays`; cheaper than [`Tracer::distances`].
    pub fn blocked(&self, rays: &[(Vec3, Vec3)]) -> Vec<bool> {
        let mut stack = Stack::new();
        rays.iter().map(|&(origin, direction)| self.world.any(&Ray { origin, direction }, &mut stack)).collect()
    }

    /// Renders what `camera` sees under each of `lights`, all along the same paths.
    ///
    /// The environment lights the scene but is not seen directly: alpha is 0 beyond the geometry. No lights give the passes alone.
    /// The result depends on the arguments alone, not on the number of threads.
    pub fn render(&self, camera: &Camera, lights: &[Light], settings: &Settings) -> Rendering {
        self.render_part(self, &|_| true, camera, lights, settings)
    }

    /// [`Tracer::render`] of `part` alone as it looks within this scene, which holds the same surfaces among others: those light, shadow and mirror, but
    /// `camera` does not see them. Only pixels (row-major) that are `wanted` are rendered; the others stay empty.
    pub fn render_part(
        &self,
        part: &Self,
        wanted: &(dyn Fn(usize) -> bool + Sync),
        camera: &Camera,
        lights: &[Light],
        settings: &Settings,
    ) -> Rendering {
        let (width, height) = (settings.width, settings.height);
        // Pixels have the keys from 0, lights those from the other end.
        let key = |index: usize| sobol::key(settings.seed, settings.stream, u64::MAX - index as u64);
        let lamps: Vec<Lamp> = lights.par_iter().enumerate().map(|(i, light)| Lamp::new(light, key(i))).collect();
        let eye = camera.to_world.transform_point3(Vec3::ZERO);
        // 256 roundings of the largest coordinate (after Wächter and Binder, "A Fast and Robust Method for Avoiding Self-Intersection", 2019).
        let lift = 256.0 * f32::EPSILON * self.world.extent.max(part.world.extent).max(eye.abs().max_element());
        let stage = Stage { seen: (&part.world, &part.materials), world: &self.world, materials: &self.materials, lamps: &lamps, settings, lift };
        let tiles_across = width.div_ceil(TILE);
        let tiles: Vec<Vec<(usize, Pixel)>> = (0..tiles_across * height.div_ceil(TILE))
            .into_par_iter()
            .map_init(Stack::new, |stack, tile| {
                let (left, top) = (tile % tiles_across * TILE, tile / tiles_across * TILE);
                let pixels = (top..height.min(top + TILE)).flat_map(|y| (left..width.min(left + TILE)).map(move |x| (x, y)));
                let pixels = pixels.filter(|(x, y)| wanted(y * width + x));
                pixels.map(|(x, y)| (y * width + x, pixel(&stage, camera, eye, x, y, stack))).collect()
            })
            .collect();
        let mut out = Rendering { lights: vec![vec![0.0; 3 * width * height]; lights.len()], gbuffer: GBuffer::empty(width, height) };
        for (index, pixel) in tiles.into_iter().flatten() {
            pixel.write(index, lights, settings.samples, &mut out);
        }
        out
    }
}

fn pixel(stage: &Stage, camera: &Camera, eye: Vec3, x: usize, y: usize, stack: &mut Stack) -> Pixel {
    let Settings { width, height, samples, seed, stream, .. } = *stage.settings;
    let key = sobol::key(seed, stream, (y * width + x) as u64);
    let to_camera = Mat3::from_mat4(camera.to_world).transpose();
    let mut pixel = Pixel::new(stage.lamps.len());
    let mut sums = vec![Vec3::ZERO; stage.lamps.len()];
    for index in 0..samples {
        let mut sobol = Sobol::new(key, index, samples);
        let [dx, dy] = film::offset(sobol.pair());
        let local = camera.ray(x as f32 + 0.5 + dx, y as f32 + 0.5 + dy, width, height);
        let stretch = local.length();
        let ray = Ray { origin: eye, direction: (camera.to_world.transform_vector3(local) / stretch).normalize() };
        sums.fill(Vec3::ZERO);
        if let Some((vertex, distance)) = stage.follow(ray, &mut sobol, stack, &mut sums) {
            let normal = to_camera * vertex.normal;
            pixel.add(&vertex, normal, distance / stretch, dx * dx + dy * dy, &sums);
        }
    }
    pixel
}
