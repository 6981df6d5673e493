//! One frame of a world with one of its things and without it.

use crate::{
    clip::{CLAMP, DEPTH, exposure},
    dice::Dice,
    sky,
    stock::Stock,
    world::{Kind, World},
};
use relight_file::{Fault, Result};
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Light;
use relight_trace::{MeshCache, Scene, Settings, Tracer};
use std::sync::Arc;

/// Worlds that are tried until one has a thing of such a share of the frame.
const ATTEMPTS: u64 = 24;
const LEAST: f32 = 0.03;
const MOST: f32 = 0.25;
/// Skies in turn: half of them have one hard source.
const SKIES: [&str; 6] = ["clear", "studio", "clear", "room", "studio", "overcast"];

/// A frame of a procedural world with a ground, and a thing that stands in it.
pub struct Absent {
    world: World,
    thing: usize,
    cache: MeshCache,
    settings: Settings,
    /// What sees it.
    pub camera: Camera,
    /// What lights it, well exposed with the thing in it.
    pub light: Light,
    /// The sky's kind: `clear`, `studio`, `room` or `overcast`.
    pub sky: &'static str,
}

impl Absent {
    /// World `clip` of `seed`, procedural shapes and skies alone, `size` pixels a side, `samples` paths a pixel.
    ///
    /// # Errors
    /// No world of this number has such a thing.
    pub fn new(seed: u64, clip: u64, size: usize, samples: u32) -> Result<Self> {
        let stock = Stock::default();
        for attempt in 0..ATTEMPTS {
            let world = World::new([seed, clip, attempt], 1, &stock)?;
            if world.kind == Kind::Objects {
                continue;
            }
            let settings = Settings { width: size, height: size, samples, max_depth: DEPTH, seed: seed ^ clip, stream: 0, clamp_indirect: CLAMP };
            let (camera, mut light) = (world.camera(0), world.lights(0).remove(0));
            let sky = SKIES[clip as usize % SKIES.len()];
            light.map = Arc::new(sky::of(sky, &mut Dice::new(&[seed, clip, attempt, 7])));
            let mut absent = Self { world, thing: 0, cache: MeshCache::new(), settings, camera, light, sky };
            let fits = |share: &f32| (LEAST..=MOST).contains(share);
            let mut shares = Vec::new();
            for thing in 0..absent.world.things() {
                shares.push((thing, absent.share(thing)?));
            }
            let Some((thing, _)) = shares.into_iter().filter(|(_, s)| fits(s)).max_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
            absent.thing = thing;
            let (rgb, buffers) = absent.with(0)?;
            if let Some(exposure) = exposure(&[rgb], &[buffers]) {
                absent.light.exposure = exposure;
                return Ok(absent);
            }
        }
        Err(Fault::new(format!("world {clip} of seed {seed} has no thing to take away in {ATTEMPTS} attempts"), "choose another seed"))
    }

    /// The thing alone, where it stands in the world.
    pub fn thing(&self) -> Scene {
        self.world.only(0, false, |k| k == self.thing)
    }

    /// Picture (linear, premultiplied) and buffers of the whole world. `stream` keys the noise.
    ///
    /// # Errors
    /// A mesh that the tracer refuses.
    pub fn with(&mut self, stream: u64) -> Result<(Vec<f32>, GBuffer)> {
        self.render(&self.world.only(0, true, |_| true), stream)
    }

    /// The same without the thing.
    ///
    /// # Errors
    /// As [`Absent::with`].
    pub fn without(&mut self, stream: u64) -> Result<(Vec<f32>, GBuffer)> {
        self.render(&self.world.only(0, true, |k| k != self.thing), stream)
    }

    fn render(&mut self, scene: &Scene, stream: u64) -> Result<(Vec<f32>, GBuffer)> {
        let tracer = Tracer::with_cache(scene, &mut self.cache)?;
        let mut rendering = tracer.render(&self.camera, std::slice::from_ref(&self.light), &Settings { stream, ..self.settings });
        Ok((rendering.lights.remove(0), rendering.gbuffer))
    }

    /// Part of the frame that a thing would fill alone.
    fn share(&mut self, thing: usize) -> Result<f32> {
        let tracer = Tracer::with_cache(&self.world.only(0, false, |k| k == thing), &mut self.cache)?;
        let alpha = tracer.render(&self.camera, &[], &Settings { samples: 4, ..self.settings }).gbuffer.alpha;
        Ok(alpha.iter().sum::<f32>() / alpha.len() as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thing_is_gone_and_its_shadow_too() {
        let mut absent = Absent::new(1_600_000, 0, 32, 4).unwrap();
        assert!(absent.light.exposure > 0.0 && !absent.thing().instances.is_empty());
        let ((_, with), (_, without)) = (absent.with(0).unwrap(), absent.without(0).unwrap());
        let nearer = with.depth.iter().zip(&without.depth).filter(|(a, b)| **a > 0.0 && (**b == 0.0 || **a < 0.99 * **b)).count();
        assert!(nearer > 20, "{nearer}");
        assert_eq!(absent.sky, "clear");
    }
}
