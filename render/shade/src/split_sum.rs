//! Split-sum shading of one pixel.

use crate::surface::Surface;
use glam::Vec3;
use relight_light::brdf;

/// Reflectance of dielectrics at normal incidence (index of refraction 1.5, as in glTF).
const F0: f32 = 0.04;

/// What a pixel's material makes of light.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Response {
    /// Factor on irradiance over π.
    pub diffuse: Vec3,
    /// Factor on prefiltered radiance: F0 · scale + bias (Karis, "Real Shading in Unreal Engine 4", 2013).
    pub specular: Vec3,
}

impl Response {
    /// `albedo` linear 0..1, before the metallic split.
    pub(crate) fn new(surface: &Surface, albedo: Vec3, roughness: f32, metallic: f32) -> Self {
        let facing = surface.normal.dot(surface.view).clamp(0.0, 1.0);
        let (scale, bias) = brdf(facing, roughness);
        let f0 = f0(albedo, metallic);
        let single = f0 * scale + Vec3::splat(bias);
        // Light that one bounce between microfacets loses comes back after more (Fdez-Agüera, "A Multiple-Scattering Microfacet Model for
        // Real-Time Image-Based Lighting", 2019, in the form of Turquin 2019: 1 + F0 (1 − E) / E).
        let whole = (scale + bias).max(0.1);
        let specular = single * (Vec3::ONE + f0 * ((1.0 - whole) / whole));
        // What the dielectric coat reflects does not reach the base.
        let coat = (F0 * scale + bias) * (1.0 + F0 * (1.0 - whole) / whole);
        Self { diffuse: albedo * ((1.0 - metallic) * (1.0 - coat).max(0.0)), specular: specular.min(Vec3::ONE) }
    }
}

/// Reflectance at normal incidence of a material of linear `albedo`.
pub(crate) fn f0(albedo: Vec3, metallic: f32) -> Vec3 {
    Vec3::splat(F0).lerp(albedo, metallic)
}

/// Mirror direction of the view, kept above the surface.
pub(crate) fn reflected(surface: &Surface) -> Vec3 {
    let facing = surface.normal.dot(surface.view);
    // Normals that face away from the viewer (relief, noise) reflect as if seen edge on.
    let normal = if facing < 0.0 { (surface.normal - surface.view * facing).normalize_or(surface.view) } else { surface.normal };
    (2.0 * normal.dot(surface.view) * normal - surface.view).normalize()
}
