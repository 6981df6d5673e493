//! Diffuse light: the cosine-weighted integral over the hemisphere.

use crate::octahedron::{Octahedron, direction};
use glam::{Vec2, Vec3};
use rayon::prelude::*;
use std::f32::consts::PI;

/// Texels a side of the source moments; 24 of them span a quarter turn.
const SOURCE: usize = 32;
/// Texels a side of the table: steps of 3°, over which a cosine bends by 3e-4.
const TABLE: usize = 64;

/// `E(n) / π` for every normal: `1/π ∫ L(d) max(0, n·d) dω`, the radiance that leaves a white diffuse surface.
///
/// The sky is cut into 1024 equal cells of which only the moment `∫ L d dω` is kept, per channel. While a cell is
/// wholly above the horizon of n its part is exactly `n·moment`, so a small sun keeps its exact direction.
pub(crate) fn table(fine: &Octahedron) -> Octahedron {
    let ratio = fine.size / SOURCE;
    let area = fine.solid_angle();
    let moments: Vec<[Vec3; 3]> = (0..SOURCE * SOURCE)
        .into_par_iter()
        .map(|cell| {
            let mut moment = [Vec3::ZERO; 3];
            for k in 0..ratio * ratio {
                let (x, y) = ((cell % SOURCE) * ratio + k % ratio, (cell / SOURCE) * ratio + k / ratio);
                let d = direction(Vec2::new(x as f32 + 0.5, y as f32 + 0.5) / fine.size as f32);
                let light = fine.texel(x, y) * area;
                moment[0] += d * light.x;
                moment[1] += d * light.y;
                moment[2] += d * light.z;
            }
            moment
        })
        .collect();
    Octahedron::from_fn(TABLE, |p| {
        let n = direction(p);
        let sum = moments.iter().fold(Vec3::ZERO, |sum, m| sum + Vec3::new(n.dot(m[0]), n.dot(m[1]), n.dot(m[2])).max(Vec3::ZERO));
        sum / PI
    })
}
