//! What all who shade with a map know of GGX microfacets. The path tracer, which judges them, has formulas of its own.

use glam::Vec3;

/// Smith's function Λ of a direction at this cosine (above 0) to the normal, for squared GGX alpha `alpha2` (Heitz, "Understanding the Masking-Shadowing
/// Function", JCGT 2014, eq. 72).
pub fn smith(cosine: f32, alpha2: f32) -> f32 {
    0.5 * ((1.0 + alpha2 * (1.0 - cosine * cosine) / (cosine * cosine)).sqrt() - 1.0)
}

/// Reflectance at this cosine of what reflects `f0` of light at normal incidence (Schlick, "An Inexpensive BRDF Model for Physically-based Rendering", 1994).
pub fn schlick(f0: f32, cosine: f32) -> f32 {
    f0 + (1.0 - f0) * (1.0 - cosine).max(0.0).powi(5)
}

/// Two unit vectors that make a right-handed frame with unit `n` (Duff et al., "Building an Orthonormal Basis, Revisited", 2017).
pub fn frame(n: Vec3) -> (Vec3, Vec3) {
    let sign = 1.0f32.copysign(n.z);
    let a = -1.0 / (sign + n.z);
    let b = n.x * n.y * a;
    (Vec3::new(1.0 + sign * n.x * n.x * a, sign * b, -sign * n.x), Vec3::new(b, sign + n.y * n.y * a, -n.y))
}

/// Microfacet normal seen from `view` (tangent space, z > 0) for a point of the unit disc, GGX of width `alpha` (Heitz, "Sampling the GGX Distribution of Visible Normals", 2018).
pub fn visible_normal(view: Vec3, alpha: f32, (a, b): (f32, f32)) -> Vec3 {
    let stretched = Vec3::new(alpha * view.x, alpha * view.y, view.z).normalize();
    let (t1, t2) = frame(stretched);
    let s = 0.5 * (1.0 + stretched.z);
    let b = (1.0 - s) * (1.0 - a * a).max(0.0).sqrt() + s * b;
    let n = t1 * a + t2 * b + stretched * (1.0 - a * a - b * b).max(0.0).sqrt();
    Vec3::new(alpha * n.x, alpha * n.y, n.z.max(1e-6)).normalize()
}
