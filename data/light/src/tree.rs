//! The sky as a tree of cells, and the glossy lobe summed over it.

use crate::{
    environment::luminance,
    octahedron::{Octahedron, direction},
};
use glam::{Vec2, Vec3};
use rayon::prelude::*;
use std::f32::consts::PI;

/// The largest cell that is taken whole, against its distance from the lobe's axis. The sum is then within
/// 3 % of brute force; what the levels' own texels lose of a small sun's peak comes on top.
const OPENING: f32 = 0.4;

/// A cell: a texel of one level of the pyramid.
#[derive(Clone, Copy)]
struct Cell {
    /// Mean radiance.
    light: Vec3,
    /// Where its light comes from on the whole: the unit centroid by luminance, so that a small sun is where it is.
    towards: Vec3,
}

/// A pyramid of the sky, coarsest level first.
pub(crate) struct Tree {
    levels: Vec<(usize, Vec<Cell>)>,
}

impl Tree {
    /// `pyramid` is finest first, each level half the size of the one before.
    pub fn new(pyramid: &[Octahedron]) -> Self {
        let mut levels: Vec<(usize, Vec<Cell>)> = Vec::new();
        for level in pyramid {
            let size = level.size;
            let cell = |i: usize| {
                let (x, y) = (i % size, i / size);
                let centre = direction(Vec2::new(x as f32 + 0.5, y as f32 + 0.5) / size as f32);
                let towards = levels.last().map_or(centre, |(finer, cells): &(usize, Vec<Cell>)| {
                    let children = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| cells[(2 * y + dy) * finer + 2 * x + dx]);
                    // A breath of even light keeps black cells in their middle.
                    let sum = |floor: f32| children.iter().fold(Vec3::ZERO, |s, c| s + c.towards * (luminance(c.light) + floor));
                    sum(1e-6).normalize_or(centre)
                });
                Cell { light: level.texel(x, y), towards }
            };
            levels.push((size, (0..size * size).into_par_iter().map(cell).collect()));
        }
        levels.reverse();
        Self { levels }
    }

    /// Radiance about every direction of a square of `size`² texels, averaged over the GGX lobe of `roughness` with
    /// view = normal, weighted by n·l.
    pub fn filtered(&self, roughness: f32, size: usize) -> Octahedron {
        Octahedron::from_fn(size, |p| self.gathered(direction(p), roughness))
    }

    /// Cells are opened while they are large for their distance, as in Barnes and Hut's *A hierarchical O(N log N)
    /// force-calculation algorithm* (1986); the lobe is taken at each cell's centroid. No noise, and all of the sky counts.
    fn gathered(&self, axis: Vec3, roughness: f32) -> Vec3 {
        let alpha2 = roughness.powi(4);
        // Radiance direction l has half vector h with n·h² = (1 + n·l) / 2, and pdf D n·h / (4 v·h) = D / 4: the lobe is
        // D(h) n·l. Its core is 2 alpha wide; half of
        // that opens it finely enough.
        let core2 = alpha2;
        let (mut sum, mut total) = (Vec3::ZERO, 0.0);
        let coarsest = self.levels[0].0;
        let mut open: Vec<(usize, usize, usize)> = (0..coarsest * coarsest).map(|i| (0, i % coarsest, i / coarsest)).collect();
        while let Some((depth, x, y)) = open.pop() {
            let (size, cells) = &self.levels[depth];
            let cell = &cells[y * size + x];
            let cos = axis.dot(cell.towards);
            let side2 = 4.0 * PI / (size * size) as f32;
            if depth + 1 < self.levels.len() && side2 > OPENING * OPENING * (2.0 - 2.0 * cos).max(core2) {
                // Cells are up to twice as long as their side; one that far below the horizon has nothing to add.
                if cos > -2.0 * side2.sqrt() {
                    open.extend([(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| (depth + 1, 2 * x + dx, 2 * y + dy)));
                }
            } else if cos > 0.0 {
                let d = 0.5 * (1.0 + cos) * (alpha2 - 1.0) + 1.0;
                let weight = cos * alpha2 / (d * d) * side2;
                sum += cell.light * weight;
                total += weight;
            }
        }
        sum / total.max(f32::MIN_POSITIVE)
    }
}
