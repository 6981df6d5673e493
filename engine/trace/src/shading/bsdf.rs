//! The metallic-roughness surface: a metal mixed with a dielectric coat over a diffuse base.
//!
//! - One GGX lobe shared by both: Fresnel's equations at index 1.5 for the dielectric, Schlick's formula from the base colour for the metal.
//! - Light that single scattering loses between microfacets is given back by scaling the lobe with `1 + Fms (1 − E)/E`
//!   (Turquin, "Practical multiple scattering compensation for microfacet models", 2019; Fms after Kulla and Conty, "Revisiting Physically Based
//!   Shading at Imageworks", 2017), as Blender's Principled does since 4.0.
//! - The diffuse base is Lambert's, scaled by what the coat lets through, `1 − E_coat(wo)` (albedo scaling, also Blender's). Reflected and
//!   transmitted parts sum to one for a white base, so the furnace is white; the price is that the base is not reciprocal.

use super::{
    albedo::{average, directional},
    fresnel::{DIELECTRIC_MEAN, dielectric, schlick},
    ggx::{MIN_ALPHA, distribution, g1, g2, sample_cosine, sample_visible},
    vertex::Vertex,
};
use glam::{Mat3, Vec3};
use std::f32::consts::PI;

/// Scattering at one surface point towards one viewer.
pub(crate) struct Bsdf {
    /// Columns: tangent, bitangent, shading normal.
    frame: Mat3,
    geometric: Vec3,
    wo: Vec3,
    alpha: f32,
    /// Radiance factor of the diffuse base over π.
    diffuse: Vec3,
    /// The metal's F0 and F90, and the coat, each weighted by its share and its compensation.
    f0: Vec3,
    f90: Vec3,
    coat: f32,
    /// Probability of sampling the specular lobe.
    specular_share: f32,
}

/// A sampled continuation of a path.
pub(crate) struct Bounce {
    /// World space, unit length.
    pub(crate) direction: Vec3,
    /// BSDF times cosine over density.
    pub(crate) weight: Vec3,
    /// Density over solid angle.
    pub(crate) pdf: f32,
}

impl Bsdf {
    /// The surface of `vertex` seen from unit direction `wo` (world space, leaving the surface).
    pub(crate) fn new(vertex: &Vertex, wo: Vec3) -> Self {
        let normal = vertex.facing_normal(wo);
        let (tangent, bitangent) = normal.any_orthonormal_pair();
        let frame = Mat3::from_cols(tangent, bitangent, normal);
        let wo = frame.transpose() * wo;
        let mu = wo.z.max(1e-4);
        let (albedo, metallic, roughness) = (vertex.albedo, vertex.metallic, vertex.roughness);
        let split = directional(mu, roughness);
        let (full, mean) = (split.full().max(1e-4), average(roughness));
        let missing = (1.0 - full).max(0.0) / full;
        let compensation = |fss: Vec3| Vec3::ONE + fss * mean / (Vec3::ONE - fss * (1.0 - mean)) * missing;
        let coat = compensation(Vec3::splat(DIELECTRIC_MEAN)).x;
        let through = (1.0 - coat * split.coat).clamp(0.0, 1.0);
        let coat = (1.0 - metallic) * coat;
        // The mean of Schlick's formula: F0 + (1 − F0)/21.
        let f90 = metallic * compensation(albedo + (Vec3::ONE - albedo) / 21.0);
        let f0 = f90 * albedo;
        let reflected = (1.0 - metallic) * through * albedo;
        // Sample each lobe in proportion to what it reflects.
        let (s, d) = ((f0 * split.a + f90 * split.b + coat * split.coat).element_sum(), reflected.element_sum());
        let share = if d <= 0.0 { 1.0 } else { (s / (s + d)).clamp(0.1, 1.0) };
        Self {
            frame,
            geometric: vertex.geometric,
            wo: Vec3::new(wo.x, wo.y, mu),
            alpha: (roughness * roughness).max(MIN_ALPHA),
            diffuse: reflected / PI,
            f0,
            f90,
            coat,
            specular_share: share,
        }
    }

    /// BSDF times cosine, and the density with which [`Bsdf::sample`] finds it, for unit world direction `wi`.
    /// Both are 0 where either normal looks away, so that no light leaks through a surface.
    pub(crate) fn evaluate(&self, wi: Vec3) -> (Vec3, f32) {
        if self.geometric.dot(wi) <= 0.0 {
            return (Vec3::ZERO, 0.0);
        }
        self.evaluate_local(self.frame.transpose() * wi)
    }

    fn evaluate_local(&self, wi: Vec3) -> (Vec3, f32) {
        if wi.z <= 0.0 {
            return (Vec3::ZERO, 0.0);
        }
        let h = (self.wo + wi).normalize();
        let mu = self.wo.dot(h);
        let fresnel = self.f0 + (self.f90 - self.f0) * schlick(mu) + self.coat * dielectric(mu);
        let d = distribution(h, self.alpha) / (4.0 * self.wo.z);
        let value = self.diffuse * wi.z + fresnel * (d * g2(self.wo.z, wi.z, self.alpha));
        let specular_pdf = d * g1(self.wo.z, self.alpha);
        (value, self.specular_share * specular_pdf + (1.0 - self.specular_share) * wi.z / PI)
    }

    /// A direction to go on, `None` where the path ends; `choice` selects the lobe.
    pub(crate) fn sample(&self, choice: f32, random: [f32; 2]) -> Option<Bounce> {
        let wi = if choice < self.specular_share {
            let h = sample_visible(self.wo, self.alpha, random);
            2.0 * self.wo.dot(h) * h - self.wo
        } else {
            sample_cosine(random)
        };
        let direction = (self.frame * wi).normalize();
        if self.geometric.dot(direction) <= 0.0 {
            return None;
        }
        let (value, pdf) = self.evaluate_local(wi);
        (pdf > 0.0 && value.max_element() > 0.0).then(|| Bounce { direction, weight: value / pdf, pdf })
    }
}
