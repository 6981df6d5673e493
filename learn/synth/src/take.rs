//! One frame of a world under one light, rendered as often as one likes.

use crate::{
    clip::{CLAMP, DEPTH, exposure},
    stock::Stock,
    world::World,
};
use glam::Vec3;
use relight_file::Result;
use relight_gbuffer::{Camera, GBuffer};
use relight_light::{Environment, Light};
use relight_trace::{Material, MeshCache, Point, Scene, Settings, Surface, Tracer};
use std::sync::Arc;

/// A procedural world, shapes and skies alone, with what sees it and what lights it.
pub struct Take {
    pub(crate) world: World,
    /// What sees it.
    pub camera: Camera,
    /// What lights it, well exposed as it is at first.
    pub light: Light,
    cache: MeshCache,
    settings: Settings,
}

impl Take {
    /// The first of `attempts` at world `clip` of `seed` in which `find` finds what it looks for (it is told the attempt), exposed by the
    /// evaluation set's rule; none where no attempt has it. Pictures have `size` pixels a side and `samples` paths a pixel.
    pub(crate) fn first<T>(
        [seed, clip, attempts]: [u64; 3],
        size: usize,
        samples: u32,
        mut find: impl FnMut(&mut Self, u64) -> Result<Option<T>>,
    ) -> Result<Option<(Self, T)>> {
        let stock = Stock::default();
        for attempt in 0..attempts {
            let world = World::new([seed, clip, attempt], None, 1, &stock)?;
            let settings = Settings { width: size, height: size, samples, max_depth: DEPTH, seed: seed ^ clip, stream: 0, clamp_indirect: CLAMP };
            let (camera, light) = (world.camera(0), world.lights(0).remove(0));
            let mut take = Self { world, camera, light, cache: MeshCache::new(), settings };
            let Some(found) = find(&mut take, attempt)? else { continue };
            let scene = take.world.scene(0);
            let (rgb, buffers) = take.render(&scene, 0)?;
            if let Some(exposure) = exposure(&[rgb], &[buffers]) {
                take.light.exposure = exposure;
                return Ok(Some((take, found)));
            }
        }
        Ok(None)
    }

    /// Picture (linear, premultiplied) and buffers of a scene. `stream` keys the noise.
    pub(crate) fn render(&mut self, scene: &Scene, stream: u64) -> Result<(Vec<f32>, GBuffer)> {
        let tracer = Tracer::with_cache(scene, &mut self.cache)?;
        let mut rendering = tracer.render(&self.camera, std::slice::from_ref(&self.light), &Settings { stream, ..self.settings });
        Ok((rendering.lights.remove(0), rendering.gbuffer))
    }

    /// The picture of a scene under `map`, turned and scaled as the take's own light, by light that comes straight from it to what is seen.
    pub(crate) fn straight(&mut self, scene: &Scene, map: Environment) -> Result<Vec<f32>> {
        let light = Light { map: Arc::new(map), ..self.light.clone() };
        let settings = Settings { max_depth: 1, ..self.settings };
        Ok(Tracer::with_cache(scene, &mut self.cache)?.render(&self.camera, &[light], &settings).lights.remove(0))
    }

    /// The buffers of a scene without its light, by at most so many paths a pixel.
    pub(crate) fn buffers(&mut self, scene: &Scene, samples: u32) -> Result<GBuffer> {
        let settings = Settings { samples: samples.min(self.settings.samples), ..self.settings };
        Ok(Tracer::with_cache(scene, &mut self.cache)?.render(&self.camera, &[], &settings).gbuffer)
    }

    /// How much of what each pixel shows is made of the materials `own`, 0..1: the albedo of a scene in which they alone are white.
    pub(crate) fn covered(&mut self, own: &[usize], samples: u32) -> Result<Vec<f32>> {
        let mut scene = self.world.scene(0);
        for (index, material) in scene.materials.iter_mut().enumerate() {
            let albedo = Vec3::splat(if own.contains(&index) { 1.0 } else { 0.0 });
            let flat = move |point: &Point| Surface { albedo, roughness: 1.0, metallic: 0.0, normal: point.normal };
            *material = Material::Procedural(Arc::new(flat));
        }
        let buffers = self.buffers(&scene, samples)?;
        Ok(buffers.albedo.chunks_exact(3).zip(&buffers.alpha).map(|(p, a)| if *a > 0.0 { p[0] } else { 0.0 }).collect())
    }
}
