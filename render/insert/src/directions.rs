//! In which directions a pixel is asked whether the object can matter to it: towards the light, round the normal, and round the mirror direction.

use glam::{Mat3, Vec2, Vec3};
use relight_light::{Light, Sampler};
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

/// Directions for every pixel of a frame.
pub(crate) struct Directions {
    /// `TURNS · LIT` world directions.
    lit: Vec<Vec3>,
    round: Vec<Vec3>,
    lobe: Vec<Vec2>,
}

impl Directions {
    pub fn new(light: &Light) -> Self {
        let sampler = Sampler::new(&light.map);
        let lit = (0..TURNS * LIT).map(|i| point(i, TURNS * LIT)).map(|p| light.to_world(sampler.sample([p.x, p.y]).0)).collect();
        let cosine = |p: Vec2| Vec3::new(p.y.sqrt() * (2.0 * PI * p.x).cos(), p.y.sqrt() * (2.0 * PI * p.x).sin(), (1.0 - p.y).sqrt());
        let round = (0..TURNS * COSINE).map(|i| cosine(point(i, TURNS * COSINE))).collect();
        let lobe = (0..TURNS * LOBE).map(|i| point(i, TURNS * LOBE)).collect();
        Self { lit, round, lobe }
    }

    /// Those of pixel (`x`, `y`), in the world; all leave its surface.
    pub fn ways<'a>(&'a self, x: usize, y: usize, seen: &Seen, roughness: f32, to_world: &'a Mat3) -> impl Iterator<Item = Vec3> + 'a {
        let turn = ORDER[(y & 3) * 4 + (x & 3)];
        let (normal, mirror) = (*to_world * seen.normal, *to_world * seen.mirror);
        let (t, b) = normal.any_orthonormal_pair();
        let (mt, mb) = mirror.any_orthonormal_pair();
        let alpha = (roughness * roughness).max(SMOOTHEST);
        let lit = (0..LIT).map(move |k| self.lit[k * TURNS + turn]);
        let round = (0..COSINE).map(move |k| self.round[k * TURNS + turn]).map(move |r| t * r.x + b * r.y + normal * r.z);
        let lobe = (0..LOBE).map(move |k| {
            // Half vectors of the prefiltered lobe (Walter et al. 2007, equation 35), about the mirror direction.
            let p = self.lobe[k * TURNS + turn];
            let cos = ((1.0 - p.y) / (1.0 + (alpha * alpha - 1.0) * p.y)).sqrt();
            let sin = (1.0 - cos * cos).max(0.0).sqrt();
            let h = (mt * (2.0 * PI * p.x).cos() + mb * (2.0 * PI * p.x).sin()) * sin + mirror * cos;
            (2.0 * cos * h - mirror).normalize()
        });
        lit.chain(round).chain(lobe).filter(move |d| normal.dot(*d) > 0.0)
    }
}

/// Point `i` of `count` of the Hammersley set.
fn point(i: usize, count: usize) -> Vec2 {
    Vec2::new((i as f32 + 0.5) / count as f32, ((i as u32).reverse_bits() as f32 + 0.5) / 4_294_967_296.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_light::Environment;
    use std::sync::Arc;

    #[test]
    fn most_ways_of_a_sunny_map_go_to_the_sun_and_none_into_the_surface() {
        let mut map = Environment::constant(64, 32, [0.2; 3]);
        map.rgb[3 * (9 * 64 + 12)..][..3].fill(4000.0);
        let light = Light { map: Arc::new(map), yaw: 0.4, exposure: 1.0 };
        let sun = light.to_world(Environment::direction(12.5 / 64.0, 9.5 / 32.0));
        let normal = Vec3::new(0.2, 0.9, 0.3).normalize();
        let seen =
            Seen { position: -Vec3::Z, normal, facet: normal, view: Vec3::Z, mirror: normal, diffuse: Vec3::ONE, specular: Vec3::ONE, f0: 0.04 };
        let directions = Directions::new(&light);
        let ways: Vec<Vec3> = (0..16).flat_map(|i| directions.ways(i % 4, i / 4, &seen, 0.3, &Mat3::IDENTITY).collect::<Vec<_>>()).collect();
        assert!(ways.iter().all(|d| d.dot(normal) > 0.0 && (d.length() - 1.0).abs() < 1e-4));
        let sunny = ways.iter().filter(|d| d.dot(sun) > 0.99).count();
        assert!(sunny > 12 * LIT && ways.len() > 16 * COSINE, "{sunny} of {}", ways.len());
    }
}
