//! A square picture of the sphere in which every texel has the same solid angle.

use crate::Environment;
use glam::{Vec2, Vec3};
use rayon::prelude::*;
use std::f32::consts::{FRAC_1_SQRT_2, FRAC_PI_2, FRAC_PI_4, PI};

/// The sphere on a square by the equal-area octahedral mapping (Clarberg, *Fast Equal-Area Mapping of the
/// (Hemi)Sphere using SIMD*, 2008; also pbrt-v4, section 3.8.3), with a border of one texel so that bilinear
/// interpolation crosses the square's edges. +Y, the vertical, is the square's centre.
#[derive(Debug, Clone)]
pub(crate) struct Octahedron {
    /// Texels a side, without the border.
    pub size: usize,
    /// `(size + 2)²` texels with the border.
    texels: Vec<Vec3>,
}

/// The direction at square position `p` in [0, 1]².
pub(crate) fn direction(p: Vec2) -> Vec3 {
    let (u, v) = (2.0 * p.x - 1.0, 2.0 * p.y - 1.0);
    let (up, vp) = (u.abs(), v.abs());
    let signed = 1.0 - (up + vp);
    let r = 1.0 - signed.abs();
    let phi = if r == 0.0 { FRAC_PI_4 } else { ((vp - up) / r + 1.0) * FRAC_PI_4 };
    let y = (1.0 - r * r).copysign(signed);
    let ring = r * (2.0 - r * r).max(0.0).sqrt();
    Vec3::new((phi.cos() * ring).copysign(u), y, (phi.sin() * ring).copysign(v))
}

/// The column and row fractions of an equirectangular map at square position `p`: those of [`direction`], with one arc cosine in place of
/// a sine, a cosine, an arc tangent and an arc cosine.
pub(crate) fn fractions(p: Vec2) -> (f32, f32) {
    let (u, v) = (2.0 * p.x - 1.0, 2.0 * p.y - 1.0);
    let (up, vp) = (u.abs(), v.abs());
    let signed = 1.0 - (up + vp);
    let r = 1.0 - signed.abs();
    // The azimuth from the X axis towards the Z axis within the quadrant, as a share of the quarter turn.
    let quarter = if r == 0.0 { 0.5 } else { 0.5 * ((vp - up) / r + 1.0) };
    // Map columns: 0 and 1 look along +Z, a quarter −X, a half −Z, three quarters +X.
    let column = match (u >= 0.0, v >= 0.0) {
        (true, false) => 0.75 - 0.25 * quarter,
        (true, true) => 0.75 + 0.25 * quarter,
        (false, true) => 0.25 - 0.25 * quarter,
        (false, false) => 0.25 + 0.25 * quarter,
    };
    // cos θ = 1 − r² above the horizon, so sin(θ/2) = r / √2.
    let polar = 2.0 * (r * FRAC_1_SQRT_2).asin() / PI;
    (column, if signed < 0.0 { 1.0 - polar } else { polar })
}

/// The square position of unit direction `d`; the inverse of [`direction`].
pub(crate) fn position(d: Vec3) -> Vec2 {
    let (x, z, y) = (d.x.abs(), d.z.abs(), d.y.abs());
    let r = (1.0 - y).max(0.0).sqrt();
    let phi = if x == 0.0 && z == 0.0 { 0.0 } else { quarter_turn(z, x) };
    let mut v = phi * r;
    let mut u = r - v;
    if d.y < 0.0 {
        (u, v) = (1.0 - v, 1.0 - u);
    }
    Vec2::new((u.copysign(d.x) + 1.0) * 0.5, (v.copysign(d.z) + 1.0) * 0.5)
}

/// `atan(b / a) · 2 / π` for a, b ≥ 0 not both 0, with an error below 2e-6: the odd minimax polynomial of
/// Abramowitz and Stegun 4.4.49 on [0, 1], mirrored beyond.
fn quarter_turn(b: f32, a: f32) -> f32 {
    let t = b.min(a) / b.max(a);
    let s = t * t;
    let series = [0.002_866_225_7f32, -0.016_165_737, 0.042_909_614, -0.075_289_64, 0.106_562_64, -0.142_089, 0.199_935_51, -0.333_331_45, 1.0];
    let angle = t * series.iter().fold(0.0, |sum, c| sum * s + c) / FRAC_PI_2;
    if b > a { 1.0 - angle } else { angle }
}

impl Octahedron {
    /// A square of `size`² texels from a function of square position.
    pub fn from_fn(size: usize, f: impl Fn(Vec2) -> Vec3 + Sync) -> Self {
        let [square] = Self::from_fns(size, |p| [f(p)]);
        square
    }

    /// A square of `size`² texels from a function of column and row.
    pub fn from_texels(size: usize, f: impl Fn(usize, usize) -> Vec3) -> Self {
        let side = size + 2;
        let mut square = Self { size, texels: vec![Vec3::ZERO; side * side] };
        for (y, row) in square.texels.chunks_exact_mut(side).skip(1).take(size).enumerate() {
            row[1..=size].iter_mut().enumerate().for_each(|(x, texel)| *texel = f(x, y));
        }
        square.close();
        square
    }

    /// Squares of `size`² texels whose texels are made together.
    pub fn from_fns<const N: usize>(size: usize, f: impl Fn(Vec2) -> [Vec3; N] + Sync) -> [Self; N] {
        let side = size + 2;
        let mut together = vec![[Vec3::ZERO; N]; side * side];
        together.par_chunks_exact_mut(side).enumerate().skip(1).take(size).for_each(|(y, row)| {
            for (x, texel) in row.iter_mut().enumerate().skip(1).take(size) {
                *texel = f(Vec2::new(x as f32 - 0.5, y as f32 - 0.5) / size as f32);
            }
        });
        std::array::from_fn(|k| {
            let mut square = Self { size, texels: together.iter().map(|t| t[k]).collect() };
            square.close();
            square
        })
    }

    /// The maps' means over each texel, from 2x2 points of their bilinear pictures.
    pub fn of<const N: usize>(maps: [&Environment; N], size: usize) -> [Self; N] {
        let points = 2;
        Self::from_fns(size, |p| {
            let mut sum = [Vec3::ZERO; N];
            for k in 0..points * points {
                let offset = Vec2::new((k % points) as f32 - 0.5, (k / points) as f32 - 0.5) / (points * size) as f32;
                let (u, v) = fractions(p + offset);
                for (sum, map) in sum.iter_mut().zip(maps) {
                    *sum += map.at(u, v);
                }
            }
            sum.map(|sum| sum / (points * points) as f32)
        })
    }

    /// The square at half the size: means of 2x2, exact because all texels have one solid angle.
    pub fn halved(&self) -> Self {
        let size = self.size / 2;
        Self::from_fn(size, |p| {
            let (x, y) = ((p.x * size as f32) as usize * 2, (p.y * size as f32) as usize * 2);
            0.25 * (self.texel(x, y) + self.texel(x + 1, y) + self.texel(x, y + 1) + self.texel(x + 1, y + 1))
        })
    }

    /// Texel at column `x`, row `y`.
    pub fn texel(&self, x: usize, y: usize) -> Vec3 {
        self.texels[(y + 1) * (self.size + 2) + x + 1]
    }

    /// Bilinear value at square position `p`.
    pub fn at(&self, p: Vec2) -> Vec3 {
        let side = self.size + 2;
        let (x, y) = (p.x * self.size as f32 + 0.5, p.y * self.size as f32 + 0.5);
        let (x0, y0) = ((x as usize).min(self.size), (y as usize).min(self.size));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let i = y0 * side + x0;
        let top = self.texels[i].lerp(self.texels[i + 1], fx);
        top.lerp(self.texels[i + side].lerp(self.texels[i + side + 1], fx), fy)
    }

    /// Fills the border: beyond an edge the square goes on as the same edge, mirrored about its middle.
    fn close(&mut self) {
        let (n, side) = (self.size, self.size + 2);
        for k in 0..n {
            self.texels[k + 1] = self.texel(n - 1 - k, 0);
            self.texels[(n + 1) * side + k + 1] = self.texel(n - 1 - k, n - 1);
            self.texels[(k + 1) * side] = self.texel(0, n - 1 - k);
            self.texels[(k + 1) * side + n + 1] = self.texel(n - 1, n - 1 - k);
        }
        for (corner, opposite) in [(0, (n - 1, n - 1)), (n + 1, (0, n - 1)), ((n + 1) * side, (n - 1, 0)), ((n + 1) * side + n + 1, (0, 0))] {
            self.texels[corner] = self.texel(opposite.0, opposite.1);
        }
    }

    /// Solid angle of every texel, in steradians.
    pub fn solid_angle(&self) -> f32 {
        4.0 * PI / (self.size * self.size) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_inverts_direction_and_texels_have_equal_areas() {
        let mut octants = [0usize; 64];
        for i in 0..128 * 128 {
            let p = Vec2::new((i % 128) as f32 + 0.5, (i / 128) as f32 + 0.5) / 128.0;
            let d = direction(p);
            assert!((d.length() - 1.0).abs() < 1e-5);
            assert!(position(d).abs_diff_eq(p, 1e-4), "{p} {d} {}", position(d));
            // Archimedes: equal steps of y times equal steps of azimuth are equal areas.
            let (row, column) = ((d.y + 1.0) * 4.0, (d.z.atan2(d.x) / PI + 1.0) * 4.0);
            octants[(row as usize).min(7) * 8 + (column as usize).min(7)] += 1;
        }
        assert!(octants.iter().all(|n| (*n as f32 / 256.0 - 1.0).abs() < 0.1), "{octants:?}");
    }

    #[test]
    fn fractions_are_those_of_the_direction() {
        for i in 0..10_000 {
            let p = Vec2::new((i as f32 * 0.618_034).fract(), (i as f32 + 0.5) / 10_000.0);
            let ((u, v), (a, b)) = (fractions(p), Environment::fractions(direction(p)));
            // Columns 0 and 1 are one.
            let apart = (u - a).abs();
            assert!(apart.min(1.0 - apart) * (b * PI).sin() < 2e-4 && (v - b).abs() < 2e-4, "{p}: {u} {v}, {a} {b}");
        }
    }

    #[test]
    fn interpolation_is_continuous_across_every_edge() {
        let square = Octahedron::from_fn(64, direction);
        for i in 0..20_000 {
            let p = Vec2::new((i as f32 * 0.618_034).fract(), i as f32 / 20_000.0);
            let d = direction(p);
            assert!(square.at(position(d)).distance(d) < 0.03, "{p} {d} {}", square.at(p));
        }
    }
}
