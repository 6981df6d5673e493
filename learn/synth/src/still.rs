//! One frame of a world under one light, again and again with the material of one of its things changed.

use crate::take::Take;
use glam::Vec3;
use relight_file::{Fault, Result};
use relight_gbuffer::GBuffer;
use relight_trace::{Material, Point, Surface};
use std::sync::Arc;

/// Worlds that are tried until one shows a thing of this share of the frame.
const ATTEMPTS: u64 = 16;
const LEAST: f32 = 0.06;

/// What becomes of a surface.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Alter {
    /// Factor of the albedo, held to 0..1 afterwards.
    pub albedo: Option<[f32; 3]>,
    /// The roughness everywhere.
    pub roughness: Option<f32>,
    /// The metallic everywhere.
    pub metallic: Option<f32>,
}

impl Alter {
    fn surface(&self, mut surface: Surface) -> Surface {
        if let Some(factor) = self.albedo {
            surface.albedo = (surface.albedo * Vec3::from(factor)).clamp(Vec3::ZERO, Vec3::ONE);
        }
        surface.roughness = self.roughness.unwrap_or(surface.roughness);
        surface.metallic = self.metallic.unwrap_or(surface.metallic);
        surface
    }
}

/// A frame of a procedural world, and the thing of it that fills most of the picture.
pub struct Still {
    /// The world, what sees it and what lights it.
    pub take: Take,
    thing: usize,
    /// How much of what each pixel shows is the thing, 0..1.
    pub mask: Vec<f32>,
}

impl Still {
    /// World `clip` of `seed`, procedural shapes and skies alone, `size` pixels a side, `samples` paths a pixel.
    ///
    /// # Errors
    /// No world of this number shows a thing well.
    pub fn new(seed: u64, clip: u64, size: usize, samples: u32) -> Result<Self> {
        let share = |mask: &[f32]| mask.iter().sum::<f32>() / mask.len() as f32;
        let found = Take::first([seed, clip, ATTEMPTS], size, samples, |take, _| {
            let masks: Vec<Vec<f32>> = take.world.own().iter().map(|own| take.covered(own, u32::MAX)).collect::<Result<_>>()?;
            let largest = masks.into_iter().enumerate().max_by(|a, b| share(&a.1).total_cmp(&share(&b.1)));
            Ok(largest.filter(|(_, mask)| share(mask) >= LEAST))
        })?;
        let none = || Fault::new(format!("world {clip} of seed {seed} shows no thing well in {ATTEMPTS} attempts"), "choose another seed");
        let (take, (thing, mask)) = found.ok_or_else(none)?;
        Ok(Self { take, thing, mask })
    }

    /// The picture (linear, premultiplied) and the buffers with the thing altered. `stream` keys the noise: renders of one stream share it.
    ///
    /// # Errors
    /// A mesh that the tracer refuses.
    pub fn render(&mut self, alter: &Alter, stream: u64) -> Result<(Vec<f32>, GBuffer)> {
        let mut scene = self.take.world.scene(0);
        for index in self.take.world.materials_of(self.thing) {
            let (before, alter) = (scene.materials[index].clone(), *alter);
            scene.materials[index] = Material::Procedural(Arc::new(move |point: &Point| alter.surface(before.at(point))));
        }
        self.take.render(&scene, stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thing_changes_and_the_passes_elsewhere_do_not() {
        let mut still = Still::new(1_500_000, 0, 32, 4).unwrap();
        assert!(still.mask.iter().sum::<f32>() > 0.05 * 1024.0 && still.take.light.exposure > 0.0);
        let (_, before) = still.render(&Alter::default(), 0).unwrap();
        let (_, after) = still.render(&Alter { roughness: Some(0.25), albedo: Some([0.5, 1.0, 1.0]), metallic: None }, 0).unwrap();
        for (i, m) in still.mask.iter().enumerate() {
            if *m == 1.0 {
                assert!((after.roughness[i] - 0.25).abs() < 1e-4);
                assert!((after.albedo[3 * i] - 0.5 * before.albedo[3 * i]).abs() < 1e-3 && after.albedo[3 * i + 1] == before.albedo[3 * i + 1]);
            } else if *m == 0.0 {
                assert_eq!((before.roughness[i], before.albedo[3 * i]), (after.roughness[i], after.albedo[3 * i]));
            }
        }
    }
}
