//! An equirectangular map of radiance.

use glam::Vec3;
use std::f32::consts::PI;

/// Radiance from every direction: equirectangular, row 0 is +Y (up), the centre column looks along −Z, +X is right of centre.
///
/// Direction at column fraction u and row fraction v: `phi = (u − ½)·2π`, `theta = v·π`,
/// `d = (sin θ sin φ, cos θ, −sin θ cos φ)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Linear Rec.709 radiance, row-major, three numbers per texel, finite and not negative.
    pub rgb: Vec<f32>,
}

impl Environment {
    /// Direction at column fraction `u` and row fraction `v`.
    pub fn direction(u: f32, v: f32) -> Vec3 {
        let (phi, theta) = ((u - 0.5) * 2.0 * PI, v * PI);
        Vec3::new(theta.sin() * phi.sin(), theta.cos(), -theta.sin() * phi.cos())
    }

    /// Column and row fractions of unit direction `d`; the inverse of [`Environment::direction`].
    pub fn fractions(d: Vec3) -> (f32, f32) {
        (0.5 + d.x.atan2(-d.z) / (2.0 * PI), d.y.clamp(-1.0, 1.0).acos() / PI)
    }
}
