//! The glossy lobe of a surface that is seen aslant.

use crate::microfacet::{schlick, smith};
use glam::{Vec2, Vec3};

/// Parts that a lobe is gathered in.
const PARTS: usize = 8;
/// Their places over the spread: u / √(1 − u²) at u = −7/8, −5/8 … 7/8.
const SLOPES: [f32; PARTS] = [-1.807_392, -0.800_641, -0.404_520, -0.125_988, 0.125_988, 0.404_520, 0.800_641, 1.807_392];
/// The most slanting view, as n·v: beyond it a lobe is longer than eight round parts can cover.
const SLANT: f32 = 0.1;
/// Below this roughness the map's own texels are as wide as a lobe.
const SMOOTH: f32 = 0.06;

/// The lobe in which a surface of GGX roughness gathers light, in eight parts.
///
/// The split sum takes view and normal for the mirror direction, so its lobe is as wide aslant as from above. A true one keeps its length along the plane of
/// view and normal, but is n·v times as wide across, and leans away from grazing light: the long glare of a low sun on a floor. So the parts are round ones
/// of that width in a row along the plane, at quantiles of the slopes of GGX normals in one direction (density ½ (1 + x²)^-1.5 for x = slope / alpha, the
/// marginal of Walter et al. 2007, eq. 33), each weighted by how much of its facets is seen (v·h / n·h) and by masking. From above all fall into one.
#[derive(Debug, Clone, Copy)]
pub struct Lobe {
    /// Direction and weight; the weights sum to one.
    parts: [(Vec3, f32); PARTS],
    count: usize,
    /// Perceptual roughness to read the filtered map with.
    roughness: f32,
}

impl Lobe {
    /// The lobe about unit `normal` seen from unit `view` (towards the viewer), for perceptual `roughness` in [0, 1]: GGX with alpha = roughness², weighted by
    /// height-correlated Smith masking (Heitz 2014, eq. 99) and by Schlick's Fresnel factor for the reflectance `f0` at normal incidence. A normal that faces away
    /// is seen edge on.
    pub fn new(normal: Vec3, view: Vec3, roughness: f32, f0: f32) -> Self {
        let facing = normal.dot(view);
        let normal = if facing < 0.0 { (normal - view * facing).normalize_or(view) } else { normal };
        let mirror = (2.0 * normal.dot(view) * normal - view).normalize();
        let mut lobe = Self { parts: [(mirror, 1.0); PARTS], count: 1, roughness };
        let along = (view - normal * normal.dot(view)).normalize_or_zero();
        if roughness < SMOOTH || along == Vec3::ZERO {
            return lobe;
        }
        let (alpha, up) = (roughness * roughness, normal.dot(view).clamp(SLANT, 1.0));
        // In the plane: along, normal.
        let view = Vec2::new((1.0 - up * up).sqrt(), up);
        let behind = smith(up, alpha * alpha);
        let spread = alpha * (1.0 - up * up).sqrt();
        let (mut count, mut sum) = (0, 0.0);
        for slope in SLOPES {
            let h = Vec2::new(spread * slope, 1.0).normalize();
            let seen = view.dot(h);
            let l = 2.0 * seen * h - view;
            if seen <= 0.0 || l.y <= 1e-3 {
                continue;
            }
            let weight = schlick(f0, seen) * seen / h.y / (1.0 + behind + smith(l.y, alpha * alpha));
            lobe.parts[count] = ((along * l.x + normal * l.y).normalize(), weight);
            (count, sum) = (count + 1, sum + weight);
        }
        if count > 0 {
            lobe.count = count;
            lobe.roughness = (alpha * up).sqrt();
            lobe.parts[..count].iter_mut().for_each(|part| part.1 /= sum);
        }
        lobe
    }

    /// The weighted mean of `radiance(direction, roughness)` over the parts, of each of N maps.
    pub fn gather<const N: usize>(&self, mut radiance: impl FnMut(Vec3, f32) -> [Vec3; N]) -> [Vec3; N] {
        let mut sums = [Vec3::ZERO; N];
        for &(d, weight) in &self.parts[..self.count] {
            sums.iter_mut().zip(radiance(d, self.roughness)).for_each(|(sum, light)| *sum += light * weight);
        }
        sums
    }
}
