//! The GGX distribution of microfacets with Smith's masking. All vectors in a frame whose z is the shading normal.
//!
//! Walter et al., "Microfacet Models for Refraction through Rough Surfaces" (EGSR 2007); Heitz, "Understanding the Masking-Shadowing Function"
//! (JCGT 3(2), 2014).

use glam::{Vec2, Vec3};
use std::f32::consts::{PI, TAU};

/// Smallest alpha: a roughness of .0316. Smaller ones look the same in any picture and lose their digits.
pub(crate) const MIN_ALPHA: f32 = 1e-3;

/// Density of normals `h` (Walter, equation 33), written with the tangent so that small alphas keep their digits.
pub(crate) fn distribution(h: Vec3, alpha: f32) -> f32 {
    let a2 = alpha * alpha;
    let k = (h.x * h.x + h.y * h.y) / a2 + h.z * h.z;
    1.0 / (PI * a2 * k * k)
}

/// Smith's auxiliary function Λ (Heitz, equation 72) for cosine `mu` > 0.
pub(crate) fn lambda(mu: f32, alpha: f32) -> f32 {
    let mu2 = mu * mu;
    0.5 * ((1.0 + alpha * alpha * (1.0 - mu2).max(0.0) / mu2).sqrt() - 1.0)
}

/// Masking of one direction.
pub(crate) fn g1(mu: f32, alpha: f32) -> f32 {
    1.0 / (1.0 + lambda(mu, alpha))
}

/// Height-correlated masking and shadowing (Heitz, equation 99).
pub(crate) fn g2(mu_o: f32, mu_i: f32, alpha: f32) -> f32 {
    1.0 / (1.0 + lambda(mu_o, alpha) + lambda(mu_i, alpha))
}

/// A normal visible from `wo` (z > 0), density `G1 D (wo·h) / wo.z`: Dupuy and Benyoub, "Sampling Visible GGX Normals with Spherical Caps" (2023).
pub(crate) fn sample_visible(wo: Vec3, alpha: f32, random: [f32; 2]) -> Vec3 {
    let stretched = Vec3::new(alpha * wo.x, alpha * wo.y, wo.z).normalize();
    let phi = TAU * random[0];
    let z = (1.0 - random[1]) * (1.0 + stretched.z) - stretched.z;
    let r = (1.0 - z * z).max(0.0).sqrt();
    let cap = Vec3::new(r * phi.cos(), r * phi.sin(), z) + stretched;
    Vec3::new(alpha * cap.x, alpha * cap.y, cap.z.max(1e-9)).normalize()
}

/// A direction with density cos/π: Shirley and Chiu's concentric map ("A Low Distortion Map Between Disk and Square", 1997), lifted.
pub(crate) fn sample_cosine(random: [f32; 2]) -> Vec3 {
    let p = Vec2::new(2.0 * random[0] - 1.0, 2.0 * random[1] - 1.0);
    let d = if p.x.abs() > p.y.abs() {
        Vec2::from_angle(PI / 4.0 * (p.y / p.x)) * p.x
    } else if p.y != 0.0 {
        Vec2::from_angle(PI / 2.0 - PI / 4.0 * (p.x / p.y)) * p.y
    } else {
        Vec2::ZERO
    };
    d.extend((1.0 - d.length_squared()).max(0.0).sqrt())
}
