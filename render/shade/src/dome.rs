//! What single rays read of the sky.

use glam::Vec3;
use rayon::prelude::*;

/// Texels a side of [`Dome`].
const SIDE: usize = 64;

/// A coarse octahedral map (Cigolle et al., "Survey of Efficient Representations for Independent Unit Vectors", 2014): look-ups without arc functions.
pub(crate) struct Dome(Vec<Vec3>);

impl Dome {
    /// The map whose texel towards `d` is `radiance(d)`.
    pub(crate) fn new(radiance: impl Fn(Vec3) -> Vec3 + Sync) -> Self {
        let texel = |i: usize| {
            let (a, b) = (((i % SIDE) as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0, ((i / SIDE) as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0);
            let z = 1.0 - a.abs() - b.abs();
            let (x, y) = if z < 0.0 { ((1.0 - b.abs()) * a.signum(), (1.0 - a.abs()) * b.signum()) } else { (a, b) };
            radiance(Vec3::new(x, y, z).normalize())
        };
        Self((0..SIDE * SIDE).into_par_iter().map(texel).collect())
    }

    /// Radiance from camera-space direction `d`.
    pub(crate) fn at(&self, d: Vec3) -> Vec3 {
        let scale = 1.0 / (d.x.abs() + d.y.abs() + d.z.abs());
        let (a, b) = (d.x * scale, d.y * scale);
        let (a, b) = if d.z < 0.0 { ((1.0 - b.abs()).copysign(a), (1.0 - a.abs()).copysign(b)) } else { (a, b) };
        let place = |v: f32| ((v * 0.5 + 0.5) * SIDE as f32).clamp(0.0, (SIDE - 1) as f32) as usize;
        self.0[place(b) * SIDE + place(a)]
    }
}
