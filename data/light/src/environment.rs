//! An equirectangular map of radiance.

use glam::{DVec3, Vec3};
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
    #[inline]
    pub fn fractions(d: Vec3) -> (f32, f32) {
        (0.5 + d.x.atan2(-d.z) / (2.0 * PI), d.y.clamp(-1.0, 1.0).acos() / PI)
    }

    /// A map of one colour.
    pub fn constant(width: usize, height: usize, rgb: [f32; 3]) -> Self {
        Self { width, height, rgb: rgb.repeat(width * height) }
    }

    /// The texel at column `x`, row `y`.
    pub fn texel(&self, x: usize, y: usize) -> Vec3 {
        Vec3::from_slice(&self.rgb[3 * (y * self.width + x)..])
    }

    /// Solid angle of each texel of row `y`, in steradians: `2π/W · (cos θ₀ − cos θ₁)`.
    pub fn solid_angle(&self, y: usize) -> f32 {
        let edge = |y: usize| (PI as f64 * y as f64 / self.height as f64).cos();
        (2.0 * PI as f64 / self.width as f64 * (edge(y) - edge(y + 1))) as f32
    }

    /// Mean radiance over the sphere.
    pub fn mean(&self) -> Vec3 {
        let mut sum = DVec3::ZERO;
        for (y, row) in self.rgb.chunks_exact(3 * self.width).enumerate() {
            let row: DVec3 = row.chunks_exact(3).map(|t| Vec3::from_slice(t).as_dvec3()).sum();
            sum += row * self.solid_angle(y) as f64;
        }
        (sum / (4.0 * std::f64::consts::PI)).as_vec3()
    }

    /// Radiance from unit direction `d` in the map's own frame: bilinear between texel centres, wrapping round the
    /// horizon, the first and last row held to the poles.
    pub fn radiance(&self, d: Vec3) -> Vec3 {
        let (u, v) = Self::fractions(d);
        self.at(u, v)
    }

    /// [`Environment::radiance`] by column and row fractions.
    pub(crate) fn at(&self, u: f32, v: f32) -> Vec3 {
        let taps = self.taps(u, v);
        let mut sum = Vec3::ZERO;
        for (index, weight) in taps {
            sum += Vec3::from_slice(&self.rgb[3 * index..]) * weight;
        }
        sum
    }

    /// The four texels round (`u`, `v`) and their bilinear weights; `u` is at most a turn away from 0..1.
    #[inline]
    pub(crate) fn taps(&self, u: f32, v: f32) -> [(usize, f32); 4] {
        let (w, h) = (self.width, self.height);
        let x = u * w as f32 - 0.5;
        let y = (v * h as f32 - 0.5).clamp(0.0, (h - 1) as f32);
        // Neither `floor` nor a remainder: on plain x86-64 a call into libm and a division, several times the rest.
        let cut = x as i32;
        let column = cut - i32::from(cut as f32 > x);
        let (x0, y0) = (if column < 0 { column + w as i32 } else { column } as usize, y as usize);
        let x0 = if x0 >= w { x0 - w } else { x0 };
        let x1 = if x0 + 1 == w { 0 } else { x0 + 1 };
        let y1 = (y0 + 1).min(h - 1);
        let (fx, fy) = (x - column as f32, y - y0 as f32);
        [(y0 * w + x0, (1.0 - fx) * (1.0 - fy)), (y0 * w + x1, fx * (1.0 - fy)), (y1 * w + x0, (1.0 - fx) * fy), (y1 * w + x1, fx * fy)]
    }
}

/// Rec.709 luminance.
pub(crate) fn luminance(c: Vec3) -> f32 {
    c.dot(Vec3::new(0.2126, 0.7152, 0.0722))
}
