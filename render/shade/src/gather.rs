//! Second pass: neighbours share what their rays found; light is gathered from what was hit.

use crate::{
    march::{MISS, NONE, PLANE},
    rays::{Found, Seen},
    surface::Surfaces,
};
use glam::Vec3;
use rayon::prelude::*;

/// Weights of the 5×5 window along one axis: any four neighbours' turns come to the same sum.
const WINDOW: [f32; 5] = [0.5, 1.0, 1.0, 1.0, 0.5];

/// Weights of a pixel's 25 neighbours: 0 across edges of depth and normal.
pub(crate) struct Filter {
    weights: Vec<[f32; 25]>,
    width: usize,
    height: usize,
}

impl Filter {
    pub(crate) fn new(surfaces: &Surfaces) -> Self {
        let (width, height) = (surfaces.width, surfaces.height);
        let mut weights = vec![[0.0f32; 25]; width * height];
        weights.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
            for (x, w) in row.iter_mut().enumerate() {
                let p = &surfaces.pixels[y * width + x];
                if !p.shaded {
                    continue;
                }
                // Farther off the pixel's tangent plane than two footprints is another surface.
                let scale = if p.inverse > 0.0 { surfaces.scale * p.inverse * 0.5 } else { 0.0 };
                for (k, w) in w.iter_mut().enumerate() {
                    let (nx, ny) = ((x + k % 5).wrapping_sub(2), (y + k / 5).wrapping_sub(2));
                    if nx >= width || ny >= height {
                        continue;
                    }
                    let q = &surfaces.pixels[ny * width + nx];
                    if !q.shaded {
                        continue;
                    }
                    let along = p.normal.dot(q.normal).max(0.0);
                    let along = along * along * along * along;
                    let off = p.facet.dot(q.position - p.position) * scale;
                    let near = 1.0 / (1.0 + off * off * off * off);
                    *w = WINDOW[k % 5] * WINDOW[k / 5] * along * along * near;
                }
                w[12] = w[12].max(1.0);
            }
        });
        Self { weights, width, height }
    }

    /// `each` over the neighbours of pixel (`x`, `y`): index and weight.
    fn neighbours(&self, i: usize, mut each: impl FnMut(usize, f32)) {
        let (x, y) = (i % self.width, i / self.width);
        let w = &self.weights[i];
        for dy in 0..5 {
            let ny = (y + dy).wrapping_sub(2);
            if ny >= self.height {
                continue;
            }
            for dx in 0..5 {
                let weight = w[dy * 5 + dx];
                if weight > 1e-4 {
                    each(ny * self.width + x + dx - 2, weight);
                }
            }
        }
    }

    /// What the rays of all neighbours saw.
    pub(crate) fn seen(&self, found: &Found, i: usize) -> Seen {
        let mut sum = Seen::default();
        self.neighbours(i, |j, w| {
            let s = &found.seen[j];
            for k in 0..2 {
                sum.lamps[k] += w * s.lamps[k];
                sum.shine[k] += w * s.shine[k];
                sum.rest[k] += w * s.rest[k];
                sum.gloss[k] += w * s.gloss[k];
            }
        });
        sum
    }

    /// Weighted means over the neighbours.
    pub(crate) fn mean(&self, values: &[(Vec3, Vec3)], i: usize) -> (Vec3, Vec3) {
        let (mut first, mut second, mut total) = (Vec3::ZERO, Vec3::ZERO, 0.0);
        self.neighbours(i, |j, w| {
            first += w * values[j].0;
            second += w * values[j].1;
            total += w;
        });
        if total > 0.0 { (first / total, second / total) } else { (Vec3::ZERO, Vec3::ZERO) }
    }
}

/// Mean radiance along `hits` of what they met; rays that met nothing count as black.
pub(crate) fn met(hits: &[u32], image: &[Vec3], planes: &[Vec3]) -> Vec3 {
    let (mut sum, mut sent) = (Vec3::ZERO, 0);
    for &hit in hits {
        sent += 1;
        match hit {
            NONE => sent -= 1,
            MISS => {}
            i if (i as usize) < image.len() => sum += image[i as usize],
            k => sum += planes[(PLANE - k) as usize],
        }
    }
    if sent > 0 { sum / sent as f32 } else { Vec3::ZERO }
}
