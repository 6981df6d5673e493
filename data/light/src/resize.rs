//! Resizing that keeps every watt.

use crate::Environment;
use glam::DVec3;
use rayon::prelude::*;
use std::f64::consts::PI;

impl Environment {
    /// The map at another size: each new texel is the mean radiance over its own solid angle (texels taken as constant),
    /// so the light of the whole sphere stays what it was and a sun of one texel is spread, not lost.
    pub fn resized(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        // Equal steps of cos θ are equal areas, so rows overlap by their share of it.
        let across = overlaps(self.width, width, |e, n| e as f64 / n as f64);
        let down = overlaps(self.height, height, |e, n| 1.0 - (PI * e as f64 / n as f64).cos());
        let mut rgb = vec![0.0f32; 3 * width * height];
        rgb.par_chunks_exact_mut(3 * width).zip(&down).for_each(|(row, (first, weights))| {
            let mut mixed = vec![DVec3::ZERO; self.width];
            for (k, weight) in weights.iter().enumerate() {
                for (x, sum) in mixed.iter_mut().enumerate() {
                    *sum += self.texel(x, first + k).as_dvec3() * *weight;
                }
            }
            for (texel, (first, weights)) in row.chunks_exact_mut(3).zip(&across) {
                let sum: DVec3 = weights.iter().enumerate().map(|(k, weight)| mixed[first + k] * *weight).sum();
                texel.copy_from_slice(&sum.as_vec3().to_array());
            }
        });
        Self { width, height, rgb }
    }
}

/// For each of `to` cells the first of `from` cells that it overlaps and the shares of each, adding to 1. `edge(i, n)`
/// is the measure up to the edge before cell `i` of `n`.
fn overlaps(from: usize, to: usize, edge: impl Fn(usize, usize) -> f64) -> Vec<(usize, Vec<f64>)> {
    (0..to)
        .map(|i| {
            let (low, high) = (edge(i, to), edge(i + 1, to));
            let first = (i * from / to).min(from - 1);
            let last = ((i + 1) * from).div_ceil(to).clamp(first + 1, from);
            let mut shares: Vec<f64> = (first..last).map(|j| (edge(j + 1, from).min(high) - edge(j, from).max(low)).max(0.0)).collect();
            let sum: f64 = shares.iter().sum();
            shares.iter_mut().for_each(|s| *s /= sum);
            (first, shares)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_stays_at_any_size_and_a_constant_stays_constant() {
        let mut map = Environment::constant(96, 48, [0.5, 1.0, 2.0]);
        map.rgb[3 * (5 * 96 + 17)] = 60000.0;
        map.rgb[3 * (40 * 96 + 90) + 1] = 3000.0;
        for (w, h) in [(16, 8), (50, 25), (192, 96), (7, 3)] {
            let (a, b) = (map.mean(), map.resized(w, h).mean());
            assert!(a.abs_diff_eq(b, 1e-4 * a.max_element()), "{w}x{h}: {a} {b}");
        }
        let flat = Environment::constant(96, 48, [0.25, 1.0, 3.0]).resized(17, 9);
        for texel in flat.rgb.chunks_exact(3) {
            assert!((texel[0] - 0.25).abs() < 1e-6 && (texel[2] - 3.0).abs() < 1e-5);
        }
    }
}
