//! Light as smooth, glossy and diffuse surfaces gather it.

use crate::{
    Environment, irradiance,
    octahedron::{Octahedron, position},
    tree::Tree,
};
use glam::Vec3;

/// Perceptual roughness and texels a side of each filtered level. Between 0 (the map itself) and .1, whose lobe is two
/// texels of a 512x256 map wide, linear interpolation is close.
const LEVELS: [(f32, usize); 10] = [(0.1, 256), (0.2, 128), (0.3, 128), (0.4, 64), (0.5, 64), (0.6, 64), (0.7, 64), (0.8, 32), (0.9, 32), (1.0, 32)];
/// Texels a side of the finest square that is filtered: 4 % smaller than those of a 512x256 map at the horizon.
const FINEST: usize = 512;
/// The widest map kept for mirrors.
const MIRROR: usize = 2048;

/// An environment map filtered for shading: the first factor of the split sum (Karis, *Real Shading in Unreal
/// Engine 4*, SIGGRAPH 2013) and the diffuse irradiance. In the map's own frame, without exposure.
#[derive(Debug, Clone)]
pub struct Prefiltered {
    mirror: Environment,
    levels: Vec<Octahedron>,
    diffuse: Octahedron,
}

impl Prefiltered {
    /// Filters `map`, on all threads.
    pub fn new(map: &Environment) -> Self {
        let [filtered] = Self::together([map]);
        filtered
    }

    /// Filters maps that differ little, such as one with and without its sun, in hardly more time than one: about 0.4 s of one core, whatever their size.
    pub fn together<const N: usize>(maps: [&Environment; N]) -> [Self; N] {
        let small = maps.map(|map| if map.width > 512 { map.resized(512, 256) } else { map.clone() });
        let mut pyramid = vec![Octahedron::of(small.each_ref(), FINEST)];
        while pyramid[pyramid.len() - 1][0].size > 4 {
            pyramid.push(pyramid[pyramid.len() - 1].each_ref().map(Octahedron::halved));
        }
        let tree = Tree::new(&pyramid);
        let mut levels: [Vec<Octahedron>; N] = std::array::from_fn(|_| Vec::new());
        for (roughness, size) in LEVELS {
            levels.iter_mut().zip(tree.filtered(roughness, size)).for_each(|(levels, level)| levels.push(level));
        }
        let mut levels = levels.into_iter();
        std::array::from_fn(|k| {
            let mirror = if maps[k].width > MIRROR { maps[k].resized(MIRROR, MIRROR / 2) } else { maps[k].clone() };
            Self { mirror, levels: levels.next().unwrap_or_default(), diffuse: irradiance::table(&pyramid[2][k]) }
        })
    }

    /// Irradiance over π for unit normal `n`: what a white diffuse surface sends out.
    pub fn irradiance_over_pi(&self, n: Vec3) -> Vec3 {
        self.diffuse.at(position(n))
    }

    /// Radiance about reflected unit direction `d`, averaged over the GGX lobe of perceptual `roughness` (0..1) with
    /// view = normal = `d`, weighted by n·l: Karis's prefiltered environment map.
    pub fn specular(&self, d: Vec3, roughness: f32) -> Vec3 {
        let [light] = Self::speculars([self], d, roughness);
        light
    }

    /// The same of several maps, for the price of finding the place once.
    pub fn speculars<const N: usize>(maps: [&Self; N], d: Vec3, roughness: f32) -> [Vec3; N] {
        let level = roughness.clamp(0.0, 1.0) * LEVELS.len() as f32;
        let below = (level as usize).min(LEVELS.len() - 1);
        let t = level - below as f32;
        let p = position(d);
        maps.map(|map| {
            let low = if below == 0 { map.mirror.radiance(d) } else { map.levels[below - 1].at(p) };
            if t == 0.0 { low } else { low.lerp(map.levels[below].at(p), t) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lobe, octahedron::direction};

    /// Truth by brute force over a fine grid of directions.
    fn gathered(map: &Environment, weight: impl Fn(Vec3) -> f32) -> Vec3 {
        let (w, h) = (1024, 512);
        let fine = Environment::constant(w, h, [0.0; 3]);
        let (mut sum, mut total) = (Vec3::ZERO, 0.0);
        for i in 0..w * h {
            let d = Environment::direction(((i % w) as f32 + 0.5) / w as f32, ((i / w) as f32 + 0.5) / h as f32);
            let share = weight(d) * fine.solid_angle(i / w);
            sum += map.radiance(d) * share;
            total += share;
        }
        sum / total
    }

    fn sunny() -> Environment {
        let mut map = Environment::constant(128, 64, [0.2, 0.4, 0.8]);
        map.rgb[3 * (14 * 128 + 40)..][..3].copy_from_slice(&[900.0, 800.0, 700.0]);
        map.rgb[3 * (40 * 128 + 100)..][..3].copy_from_slice(&[50.0, 0.0, 0.0]);
        map
    }

    #[test]
    fn furnace_a_constant_map_stays_constant_at_every_roughness() {
        let filtered = Prefiltered::new(&Environment::constant(64, 32, [0.5, 1.0, 2.0]));
        for i in 0..200 {
            let d = direction(glam::Vec2::new((i as f32 * 0.618_034).fract(), i as f32 / 200.0));
            assert!(filtered.irradiance_over_pi(d).abs_diff_eq(Vec3::new(0.5, 1.0, 2.0), 0.02), "{d} {}", filtered.irradiance_over_pi(d));
            assert!(filtered.specular(d, (i % 21) as f32 / 20.0).abs_diff_eq(Vec3::new(0.5, 1.0, 2.0), 1e-3));
        }
    }

    #[test]
    fn diffuse_light_agrees_with_the_integral() {
        let map = sunny();
        let filtered = Prefiltered::new(&map);
        for i in 0..12 {
            let n = direction(glam::Vec2::new((i as f32 * 0.618_034).fract(), (i as f32 + 0.5) / 12.0));
            let truth = gathered(&map, |d| d.dot(n).max(0.0));
            let got = filtered.irradiance_over_pi(n);
            assert!(truth.abs_diff_eq(got, 0.03 * truth.max_element() + 0.02), "{n}: {truth} {got}");
        }
    }

    #[test]
    fn glossy_light_agrees_with_the_integral() {
        let map = sunny();
        let filtered = Prefiltered::new(&map);
        let sun = Environment::direction(40.5 / 128.0, 14.5 / 64.0);
        for roughness in [0.2f32, 0.3, 0.5, 0.7, 1.0] {
            let alpha2 = roughness.powi(4);
            for tilt in [0.0f32, 0.2, 0.6, 1.5] {
                let r = glam::Quat::from_axis_angle(sun.any_orthonormal_vector(), tilt) * sun;
                let truth = gathered(&map, |l| {
                    let cos2 = (r + l).normalize_or(r).dot(r).powi(2);
                    let d = cos2 * (alpha2 - 1.0) + 1.0;
                    r.dot(l).max(0.0) * alpha2 / (d * d)
                });
                let got = filtered.specular(r, roughness);
                assert!(truth.abs_diff_eq(got, 0.08 * truth.max_element() + 0.01), "roughness {roughness}, {tilt} off: {truth} {got}");
            }
        }
    }

    /// Against the integral over the microfacet BRDF, in many slants and widths: how far the parts of a lobe and the round one of the split sum are off.
    #[test]
    fn a_slanting_lobe_is_nearer_to_the_integral_than_a_round_one() {
        let map = sunny();
        let filtered = Prefiltered::new(&map);
        let sun = Environment::direction(40.5 / 128.0, 14.5 / 64.0);
        let (t, b) = crate::frame(sun);
        let (mut round, mut parts, mut count) = (0.0, 0.0, 0.0);
        for (roughness, f0) in [(0.15f32, 1.0f32), (0.3, 0.04), (0.3, 1.0), (0.5, 0.04), (0.8, 0.04), (0.8, 1.0)] {
            let alpha2 = roughness.powi(4);
            let lambda = |c: f32| 0.5 * ((1.0 + alpha2 * (1.0 / (c * c) - 1.0)).sqrt() - 1.0);
            for slant in [0.0f32, 0.8, 1.2, 1.4] {
                // The mirror direction lies `off` from the sun.
                for off in [0.0f32, 0.2, 0.5] {
                    let mirror = glam::Quat::from_axis_angle(t, off) * sun;
                    let n = glam::Quat::from_axis_angle(b, slant) * mirror;
                    let v = 2.0 * n.dot(mirror) * n - mirror;
                    let truth = gathered(&map, |l| {
                        let h = (l + v).normalize();
                        let d = n.dot(h).powi(2) * (alpha2 - 1.0) + 1.0;
                        let fresnel = f0 + (1.0 - f0) * (1.0 - v.dot(h)).powi(5);
                        if n.dot(l) > 0.0 { fresnel * alpha2 / (d * d * (1.0 + lambda(n.dot(l)) + lambda(n.dot(v)))) } else { 0.0 }
                    });
                    let apart = |got: Vec3| ((got.x + 0.2) / (truth.x + 0.2)).ln().abs();
                    round += apart(filtered.specular(mirror, roughness));
                    parts += apart(Lobe::new(n, v, roughness, f0).gather(|d, width| [filtered.specular(d, width)])[0]);
                    count += 1.0;
                }
            }
        }
        let (round, parts) = (round / count, parts / count);
        assert!(parts < 0.17 && round > 2.2 * parts, "mean logarithm of the ratio: round {round}, in parts {parts}");
    }

    #[test]
    fn lobes_of_any_surface_neither_add_nor_lose_light() {
        for i in 0..500 {
            let turn = |k: f32| direction(glam::Vec2::new((i as f32 * k).fract(), (i as f32 * k * k).fract()));
            let (n, v, roughness) = (turn(0.618_034), turn(0.324_718), (i % 11) as f32 / 10.0);
            let mut below: f32 = 0.0;
            let all = Lobe::new(n, v, roughness, 0.04).gather(|d, width| {
                assert!((d.length() - 1.0).abs() < 1e-4 && (0.0..=1.0).contains(&width), "{d} {width}");
                below = below.min(d.dot(n));
                [Vec3::ONE]
            })[0];
            assert!(all.abs_diff_eq(Vec3::ONE, 1e-5), "{n} {v} {roughness}: {all}");
            assert!(n.dot(v) < 0.0 || below > -1e-3, "{n} {v} {roughness}: {below} below the surface");
        }
    }
}
