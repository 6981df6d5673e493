//! One path, and what every light sends along it.

use crate::{
    Material, Settings,
    hierarchy::{Ray, Stack, World},
    lamp::Lamp,
    shading::{Bsdf, Vertex},
    sobol::Sobol,
};
use glam::Vec3;

/// Surfaces after which a path may end by chance.
const ROULETTE_DEPTH: u32 = 4;

/// What paths are traced through.
pub(crate) struct Stage<'a> {
    /// What the camera sees, and what that is made of.
    pub(crate) seen: (&'a World, &'a [Material]),
    pub(crate) world: &'a World,
    pub(crate) materials: &'a [Material],
    pub(crate) lamps: &'a [Lamp],
    pub(crate) settings: &'a Settings,
    /// How far rays start off their surface.
    pub(crate) lift: f32,
}

/// Weight of a sample drawn with density `p` where `q` could have drawn it too: Veach's power heuristic ("Robust Monte Carlo Methods for Light
/// Transport Simulation", 1997, equation 9.13).
fn power(p: f32, q: f32) -> f32 {
    // Divided first, so that squares of large densities do not overflow.
    let ratio = q / p;
    1.0 / (1.0 + ratio * ratio)
}

impl Stage<'_> {
    /// Follows the path that starts with `ray` and adds the radiance under each lamp to `sums`. Returns the first surface and its distance.
    pub(crate) fn follow(&self, mut ray: Ray, sobol: &mut Sobol, stack: &mut Stack, sums: &mut [Vec3]) -> Option<(Vertex, f32)> {
        let hit = self.seen.0.nearest(&ray, stack)?;
        let mut vertex = Vertex::new(self.seen.0, self.seen.1, &hit, &ray);
        let first = (vertex, hit.distance);
        if self.lamps.is_empty() {
            return Some(first);
        }
        let mut throughput = Vec3::ONE;
        for depth in 1..=self.settings.max_depth {
            let bsdf = Bsdf::new(&vertex, -ray.direction);
            let limit = if depth == 1 { f32::INFINITY } else { self.settings.clamp_indirect };
            for (lamp, sum) in self.lamps.iter().zip(&mut *sums) {
                *sum += clamp(throughput * self.lit(&vertex, &bsdf, lamp, sobol.pair(), stack), limit);
            }
            let [choice, roulette] = sobol.pair();
            let Some(bounce) = bsdf.sample(choice, sobol.pair()) else { break };
            throughput *= bounce.weight;
            if depth >= ROULETTE_DEPTH {
                let survival = throughput.max_element().min(0.95);
                if roulette >= survival {
                    break;
                }
                throughput /= survival;
            }
            ray = vertex.leave(bounce.direction, self.lift);
            // Beyond the last surface only the sky matters, so any hit ends the path.
            let last = depth == self.settings.max_depth;
            let next = if last { None } else { self.world.nearest(&ray, stack) };
            match next {
                Some(hit) => vertex = Vertex::new(self.world, self.materials, &hit, &ray),
                None => {
                    if !(last && self.world.any(&ray, stack)) {
                        for (lamp, sum) in self.lamps.iter().zip(&mut *sums) {
                            let (radiance, pdf) = lamp.look(ray.direction);
                            *sum += clamp(throughput * radiance * power(bounce.pdf, pdf), limit);
                        }
                    }
                    break;
                }
            }
        }
        Some(first)
    }

    /// Light of `lamp` scattered at `vertex`, by one sample of the lamp.
    fn lit(&self, vertex: &Vertex, bsdf: &Bsdf, lamp: &Lamp, random: [f32; 2], stack: &mut Stack) -> Vec3 {
        let pick = lamp.pick(random);
        let (value, other) = bsdf.evaluate(pick.direction);
        let contribution = value * pick.radiance * (power(pick.pdf, other) / pick.pdf);
        if contribution.max_element() <= 0.0 || self.world.any(&vertex.leave(pick.direction, self.lift), stack) {
            return Vec3::ZERO;
        }
        contribution
    }
}

/// Scales `x` so that no channel is above `limit`; what is not finite becomes 0.
fn clamp(x: Vec3, limit: f32) -> Vec3 {
    let most = x.max_element();
    if !x.is_finite() {
        Vec3::ZERO
    } else if most > limit {
        x * (limit / most)
    } else {
        x
    }
}
