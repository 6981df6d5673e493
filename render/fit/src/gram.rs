//! Normal equations of weighted rows.

use rayon::prelude::*;

/// Unknowns whose sums one task makes; 16 rows of 512 floats stay in the first-level cache.
const BLOCK: usize = 16;

/// `½ xᵀ gram x − rhsᵀ x + ½ square` is half the weighted sum of squared residuals.
pub(crate) struct Gram {
    /// Unknowns.
    pub size: usize,
    /// size × size, symmetric, row-major.
    pub gram: Vec<f32>,
    pub rhs: Vec<f32>,
    pub square: f64,
}

impl Gram {
    /// Of `rows` (each `size` long, one after the other) that should give `targets`, counted `weights` times.
    pub fn new(size: usize, rows: &[f32], targets: &[f32], weights: &[f32]) -> Self {
        let mut gram = vec![0.0f32; size * size];
        gram.par_chunks_mut(BLOCK * size).enumerate().for_each(|(block, out)| {
            let from = block * BLOCK;
            for (row, w) in rows.chunks_exact(size).zip(weights) {
                for (k, sums) in out.chunks_exact_mut(size).enumerate() {
                    let factor = w * row[from + k];
                    if factor != 0.0 {
                        sums[from..].iter_mut().zip(&row[from..]).for_each(|(s, v)| *s += factor * v);
                    }
                }
            }
        });
        for i in 1..size {
            for j in 0..i {
                gram[i * size + j] = gram[j * size + i];
            }
        }
        let mut rhs = vec![0.0f32; size];
        let mut square = 0.0;
        for ((row, y), w) in rows.chunks_exact(size).zip(targets).zip(weights) {
            rhs.iter_mut().zip(row).for_each(|(s, v)| *s += w * y * v);
            square += f64::from(w * y * y);
        }
        Self { size, gram, rhs, square }
    }

    /// Adds `weight · (x_i − x_j)²` to twice the cost.
    pub fn agree(&mut self, i: usize, j: usize, weight: f32) {
        let n = self.size;
        self.gram[i * n + i] += weight;
        self.gram[j * n + j] += weight;
        self.gram[i * n + j] -= weight;
        self.gram[j * n + i] -= weight;
    }

    /// Adds `weight · (x_i − value)²` to twice the cost.
    pub fn near(&mut self, i: usize, value: f32, weight: f32) {
        self.gram[i * self.size + i] += weight;
        self.rhs[i] += weight * value;
        self.square += f64::from(weight * value * value);
    }

    /// One more unknown at the end: its products with the others, with itself, and its right-hand side.
    pub fn grown(&self, products: &[f32], own: f32, rhs: f32) -> Self {
        let (n, m) = (self.size, self.size + 1);
        let mut gram = vec![0.0f32; m * m];
        for i in 0..n {
            gram[i * m..i * m + n].copy_from_slice(&self.gram[i * n..(i + 1) * n]);
            gram[i * m + n] = products[i];
            gram[n * m + i] = products[i];
        }
        gram[n * m + n] = own;
        let mut all = self.rhs.clone();
        all.push(rhs);
        Self { size: m, gram, rhs: all, square: self.square }
    }

    /// Half the weighted sum of squares at `x`.
    pub fn cost(&self, x: &[f32]) -> f64 {
        let mut sum = 0.5 * self.square;
        for (i, row) in self.gram.chunks_exact(self.size).enumerate() {
            let dot: f64 = row.iter().zip(x).map(|(a, b)| f64::from(a * b)).sum();
            sum += f64::from(x[i]) * (0.5 * dot - f64::from(self.rhs[i]));
        }
        sum.max(0.0)
    }
}
