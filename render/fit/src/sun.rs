//! One small source beside the smooth map: where it would explain the frames best, and how sure that is.

use crate::{gram::Gram, grid, rows, rows::Row, solve::Triangle, view::View};
use glam::Vec3;
use rayon::prelude::*;
use relight_gbuffer::DepthUnit;
use relight_shade::Probe;

/// Errors of neighbouring pixels and of one surface's buffers go together: thousands of rows are worth about so many independent ones; fewer where
/// the buffers were estimated, whose normals and albedo err over whole surfaces at once.
const INDEPENDENT: [f64; 2] = [80.0, 20.0];
/// Natural logarithm of how many times likelier the frames have to be with a source than without before it is believed.
const BELIEVED: f64 = 3.0;
/// How sure a source's direction has to be where buffers were estimated: a false sun is worse than a soft light.
const SURE: f32 = 0.25;
/// Diameter of the source in radians, for its reflections: a sun behind a thin haze, a window some metres away.
pub(crate) const SIZE: f32 = 0.08;
/// Cosine of 25°.
const NEAR: f32 = 0.906;

/// A source that the frames ask for, or the best guess where they do not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// In the world, unit length.
    pub direction: Vec3,
    /// The frames ask for it.
    pub believed: bool,
    /// How sure it is that it is within 25°, 0..1.
    pub confidence: f32,
}

/// What judging a source needs: the problem in luminance as it was solved without one.
pub(crate) struct Solved<'a> {
    pub rows: &'a [Row],
    pub views: &'a [View],
    pub probes: &'a [Probe<'a>],
    /// Rows in luminance, one after the other.
    pub matrix: &'a [f32],
    /// Factors of both parts of a row in luminance.
    pub factors: &'a [[f32; 2]],
    pub weights: &'a [f32],
    /// With its regularisation.
    pub system: &'a Gram,
    /// The data alone.
    pub data: &'a Gram,
    pub x: &'a [f32],
    /// Target less prediction, a row.
    pub errors: &'a [f32],
}

impl Solved<'_> {
    /// The best source.
    pub fn source(&self) -> Source {
        let free: Vec<usize> = (0..grid::TEXELS).filter(|i| self.x[*i] > 0.0).collect();
        let triangle = Triangle::new(self.system, &free);
        let cost = self.system.cost(self.x).max(1e-12);
        let estimated = self.views.iter().any(|v| v.depth == DepthUnit::Relative);
        let independent = INDEPENDENT[usize::from(estimated)];
        // Texels themselves stand for coarse directions.
        let gains: Vec<f64> = (0..grid::TEXELS)
            .into_par_iter()
            .map(|j| {
                let column = &self.data.gram[j * grid::TEXELS..(j + 1) * grid::TEXELS];
                let pull: f64 =
                    self.errors.iter().zip(self.weights).enumerate().map(|(r, (e, w))| f64::from(w * e * self.matrix[r * grid::TEXELS + j])).sum();
                gain(pull, column[j], &triangle, &free, column)
            })
            .collect();
        let likely: Vec<f64> = gains.iter().map(|g| -0.5 * independent * (1.0 - g / cost).max(1e-3).ln()).collect();
        let top = (0..grid::TEXELS).fold(0, |best, j| if likely[j] > likely[best] { j } else { best });
        let mut best = (grid::centre(top), gains[top]);
        for step in [4.0f32, 1.5] {
            best = self.around(best, step.to_radians(), &triangle, &free);
        }
        let most = likely[top].max(-0.5 * independent * (1.0 - best.1 / cost).max(1e-3).ln());
        let areas = grid::solid_angles();
        // Coarse directions are compared with one another, the best of all with there being no source.
        let (mut near, mut whole) = (0.0, (BELIEVED - most).exp() * 4.0 * std::f64::consts::PI);
        for (j, area) in areas.iter().enumerate() {
            let mass = f64::from(*area) * (likely[j] - likely[top]).exp();
            whole += mass;
            near += if grid::centre(j).dot(best.0) > NEAR { mass } else { 0.0 };
        }
        let confidence = (near / whole.max(1e-30)) as f32;
        Source { direction: best.0, believed: most > BELIEVED && (!estimated || confidence > SURE), confidence }
    }

    /// The best of 5×5 directions `step` radians apart.
    fn around(&self, best: (Vec3, f64), step: f32, triangle: &Triangle, free: &[usize]) -> (Vec3, f64) {
        let (t, b) = best.0.any_orthonormal_pair();
        let mut found = (best.0, f64::NEG_INFINITY);
        for k in 0..25 {
            let (i, j) = ((k % 5) as f32 - 2.0, (k / 5) as f32 - 2.0);
            let d = (best.0 + (t * i + b * j) * step).normalize();
            let column = self.column(d);
            let (mut pull, mut own, mut products) = (0.0, 0.0, vec![0.0f32; grid::TEXELS]);
            for ((row, s), (e, w)) in self.matrix.chunks_exact(grid::TEXELS).zip(&column).zip(self.errors.iter().zip(self.weights)) {
                if *s != 0.0 {
                    pull += f64::from(w * e * s);
                    own += w * s * s;
                    products.iter_mut().zip(row).for_each(|(p, a)| *p += w * s * a);
                }
            }
            let gain = gain(pull, own, triangle, free, &products);
            if gain > found.1 {
                found = (d, gain);
            }
        }
        found
    }

    /// The source's part of every row, in luminance.
    pub fn column(&self, d: Vec3) -> Vec<f32> {
        let parts = rows::source(self.rows, self.views, self.probes, d, SIZE);
        parts.iter().zip(self.factors).map(|(p, f)| p[0] * f[0] + p[1] * f[1]).collect()
    }
}

/// By how much the least cost falls with one more unknown that is not regularised: `pull² / 2 (own − productsᵀ A⁻¹ products)`, 0 where the unknown
/// would be negative. `A` is that of the unknowns in use.
fn gain(pull: f64, own: f32, triangle: &Triangle, free: &[usize], products: &[f32]) -> f64 {
    if pull <= 0.0 || own <= 0.0 {
        return 0.0;
    }
    let used: Vec<f32> = free.iter().map(|i| products[*i]).collect();
    let left = f64::from(own - triangle.explained(&used)).max(1e-4 * f64::from(own));
    0.5 * pull * pull / left
}
