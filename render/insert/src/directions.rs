//! In which directions light is gathered: towards the light, round the normal, and round the mirror direction.

use glam::{Mat3, Vec2, Vec3};
use relight_light::{Environment, Light, Sampler};
use relight_shade::Seen;
use std::f32::consts::PI;

/// Directions a pixel, drawn in proportion to the light.
const LIT: usize = 16;
/// In proportion to the cosine.
const COSINE: usize = 12;
/// In proportion to the specular lobe.
const LOBE: usize = 8;
/// Pixels of a 4×4 block take turns, so that any 4×4 window has all sixteen sets once.
const TURNS: usize = 16;
/// Order of turns in a block (Bayer's matrix), so that neighbours take distant ones.
const ORDER: [usize; 16] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];
/// Smallest GGX alpha: what is smoother reflects single directions, which a few rays cannot tell from their neighbours.
const SMOOTHEST: f32 = 0.03;

/// One direction and what light from there counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// Camera space, unit length.
    pub d: Vec3,
    /// Radiance of the environment there.
    pub sky: Vec3,
    /// Factor on radiance for irradiance over π.
    pub diffuse: f32,
    /// Factor on radiance for the mean in the specular lobe.
    pub specular: f32,
}

/// A light, ready to be drawn from for every pixel of a frame.
pub(crate) struct Directions {
    light: Light,
    sampler: Sampler,
    /// `TURNS · LIT` world directions with their density.
    lit: Vec<(Vec3, f32)>,
    round: Vec<Vec3>,
    lobe: Vec<Vec2>,
}

impl Directions {
    pub fn new(light: Light) -> Self {
        let sampler = Sampler::new(&light.map);
        let lit =
            (0..TURNS * LIT).map(|i| point(i, TURNS * LIT)).map(|p| sampler.sample([p.x, p.y])).map(|(d, pdf)| (light.to_world(d), pdf.max(1e-9)));
        let lit = lit.collect();
        let cosine = |p: Vec2| Vec3::new(p.y.sqrt() * (2.0 * PI * p.x).cos(), p.y.sqrt() * (2.0 * PI * p.x).sin(), (1.0 - p.y).sqrt());
        let round = (0..TURNS * COSINE).map(|i| cosine(point(i, TURNS * COSINE))).collect();
        let lobe = (0..TURNS * LOBE).map(|i| point(i, TURNS * LOBE)).collect();
        Self { light, sampler, lit, round, lobe }
    }

    /// The light's map.
    pub fn map(&self) -> &Environment {
        &self.light.map
    }

    /// World direction in the map's frame.
    pub fn to_map(&self, d: Vec3) -> Vec3 {
        self.light.to_map(d)
    }

    /// Turn of the map, in radians.
    pub fn yaw(&self) -> f32 {
        self.light.yaw
    }

    /// Factor on the map.
    pub fn exposure(&self) -> f32 {
        self.light.exposure
    }

    /// The directions of pixel (`x`, `y`) and their weights, combined by the balance heuristic (Veach 1997, equation 9.8).
    pub fn ways(&self, x: usize, y: usize, seen: &Seen, roughness: f32, to_world: &Mat3, out: &mut Vec<Way>) {
        out.clear();
        let turn = ORDER[(y & 3) * 4 + (x & 3)];
        let alpha = (roughness * roughness).max(SMOOTHEST);
        let lobe = Lobe::new(seen.mirror, alpha);
        let diffuse = |cosine: f32, lit: f32| {
            let round = cosine / PI;
            round / (LIT as f32 * lit + COSINE as f32 * round)
        };
        let specular = |d: Vec3, lit: f32| {
            let p = lobe.density(d);
            if p > 0.0 { p * seen.mirror.dot(d).max(0.0) / (LIT as f32 * lit + LOBE as f32 * p) } else { 0.0 }
        };
        for k in 0..LIT {
            let (world, pdf) = self.lit[k * TURNS + turn];
            let d = to_world.transpose() * world;
            let cosine = seen.normal.dot(d).max(0.0);
            let (kd, ks) = (if cosine > 0.0 { diffuse(cosine, pdf) } else { 0.0 }, specular(d, pdf));
            if kd > 0.0 || ks > 0.0 {
                out.push(Way { d, sky: self.light.radiance(world), diffuse: kd, specular: ks });
            }
        }
        let (t, b) = seen.normal.any_orthonormal_pair();
        for k in 0..COSINE {
            let r = self.round[k * TURNS + turn];
            let d = t * r.x + b * r.y + seen.normal * r.z;
            let world = *to_world * d;
            let pdf = self.sampler.pdf(self.light.to_map(world));
            out.push(Way { d, sky: self.light.radiance(world), diffuse: diffuse(r.z.max(1e-4), pdf), specular: 0.0 });
        }
        for k in 0..LOBE {
            let d = lobe.sample(self.lobe[k * TURNS + turn]);
            if seen.mirror.dot(d) > 0.0 {
                let world = *to_world * d;
                let pdf = self.sampler.pdf(self.light.to_map(world));
                out.push(Way { d, sky: self.light.radiance(world), diffuse: 0.0, specular: specular(d, pdf) });
            }
        }
        // The lobe's n·l weight takes some of it away; what is left is the prefiltered mean (Karis 2013).
        let whole = lobe.whole();
        out.iter_mut().for_each(|w| w.specular /= whole);
    }
}

/// Point `i` of `count` of the Hammersley set.
fn point(i: usize, count: usize) -> Vec2 {
    Vec2::new((i as f32 + 0.5) / count as f32, ((i as u32).reverse_bits() as f32 + 0.5) / 4_294_967_296.0)
}

/// The prefiltered lobe: half vectors by D·(n·h) about the mirror direction, which stands for normal and view.
struct Lobe {
    axis: Vec3,
    across: (Vec3, Vec3),
    alpha: f32,
}

impl Lobe {
    fn new(axis: Vec3, alpha: f32) -> Self {
        Self { axis, across: axis.any_orthonormal_pair(), alpha }
    }

    /// Walter et al. 2007, equation 35.
    fn sample(&self, p: Vec2) -> Vec3 {
        let cos = ((1.0 - p.y) / (1.0 + (self.alpha * self.alpha - 1.0) * p.y)).sqrt();
        let sin = (1.0 - cos * cos).max(0.0).sqrt();
        let (t, b) = self.across;
        let h = (t * (2.0 * PI * p.x).cos() + b * (2.0 * PI * p.x).sin()) * sin + self.axis * cos;
        (2.0 * cos * h - self.axis).normalize()
    }

    /// Density over solid angle: D (n·h) / 4 (v·h), where v = n.
    fn density(&self, d: Vec3) -> f32 {
        let half = 0.5 * (1.0 + self.axis.dot(d));
        let a = self.alpha * self.alpha;
        let bend = half * (a - 1.0) + 1.0;
        a / (4.0 * PI * bend * bend)
    }

    /// ∫ density · (n·l)⁺ in closed form: from 1 for a mirror to ¼ at alpha 1.
    fn whole(&self) -> f32 {
        let a = (self.alpha * self.alpha).min(0.99);
        let k = 1.0 - a;
        (k + 2.0 * a * (2.0 * a / (1.0 + a)).ln()) / (k * k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn white_light_gives_one_whatever_is_drawn() {
        let mut map = Environment::constant(64, 32, [1.0; 3]);
        let even = Light { map: Arc::new(map.clone()), yaw: 0.4, exposure: 1.0 };
        // The same directions weigh the same light, even when they were drawn for a sun.
        map.rgb[3 * (9 * 64 + 12)..][..3].fill(400.0);
        for (light, roughness) in [(even.clone(), 0.3), (Light { map: Arc::new(map), ..even }, 0.7)] {
            let directions = Directions::new(light);
            let normal = Vec3::new(0.2, 0.9, 0.3).normalize();
            let seen = Seen { position: -Vec3::Z, normal, facet: normal, view: Vec3::Z, mirror: normal, diffuse: Vec3::ONE, specular: Vec3::ONE };
            let (mut diffuse, mut specular, mut ways) = (0.0, 0.0, Vec::new());
            for i in 0..16 {
                directions.ways(i % 4, i / 4, &seen, roughness, &Mat3::IDENTITY, &mut ways);
                diffuse += ways.iter().map(|w| w.diffuse).sum::<f32>() / 16.0;
                specular += ways.iter().map(|w| w.specular).sum::<f32>() / 16.0;
            }
            assert!((diffuse - 1.0).abs() < 0.12 && (specular - 1.0).abs() < 0.15, "{roughness}: {diffuse} {specular}");
        }
    }
}
