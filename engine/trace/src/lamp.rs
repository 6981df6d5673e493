//! Lights, ready to be sampled.

use crate::sobol;
use glam::{Mat3, Vec3};
use relight_light::{Light, Sampler};

/// Strata of the two random numbers: [`Sampler`] finds the column by the first and the row by the second.
const ACROSS: usize = 128;
const DOWN: usize = 64;

/// A direction drawn from a light.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pick {
    /// Towards the light, in the world.
    pub(crate) direction: Vec3,
    /// Density over solid angle, above 0.
    pub(crate) pdf: f32,
    /// From there, before the exposure.
    pub(crate) radiance: Vec3,
}

/// A light with its samples drawn beforehand.
///
/// One jittered direction for each of 8,192 strata of the unit square, drawn anew for every picture: a path takes the one of its stratum. The
/// expectation over pictures is exact, each picture integrates the light by a stratified sum far finer than its own samples are, and a lookup spares
/// two binary searches, a bilinear density and a bilinear radiance: a fifth of a small frame's time. (32,768 gain nothing: they leave the cache.)
pub(crate) struct Lamp {
    sampler: Sampler,
    to_map: Mat3,
    picks: Vec<Pick>,
}

impl Lamp {
    /// `key` decides the jitter.
    pub(crate) fn new(light: &Light, key: u32) -> Self {
        let sampler = Sampler::new(&light.map);
        let to_map = Mat3::from_cols(light.to_map(Vec3::X), light.to_map(Vec3::Y), light.to_map(Vec3::Z));
        let to_world = to_map.transpose();
        let pick = |i: usize| {
            let [dx, dy] = sobol::jitter(key, i as u32);
            let random = [((i % ACROSS) as f32 + dx) / ACROSS as f32, ((i / ACROSS) as f32 + dy) / DOWN as f32];
            let (direction, pdf, radiance) = sampler.sample(random);
            Pick { direction: to_world * direction, pdf: pdf.max(f32::MIN_POSITIVE), radiance }
        };
        let picks = (0..ACROSS * DOWN).map(pick).collect();
        Self { sampler, to_map, picks }
    }

    /// The direction that belongs to two numbers in [0, 1).
    pub(crate) fn pick(&self, random: [f32; 2]) -> &Pick {
        &self.picks[(random[1] * DOWN as f32) as usize * ACROSS + (random[0] * ACROSS as f32) as usize]
    }

    /// Radiance from world direction `d`, before the exposure, and the density of sampling it.
    pub(crate) fn look(&self, d: Vec3) -> (Vec3, f32) {
        self.sampler.look(self.to_map * d)
    }
}
