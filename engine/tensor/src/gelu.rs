//! The Gaussian error linear unit, exactly.

use crate::{
    Level,
    isa::{Isa, Kernel},
    math::exp,
    tensor::BLOCK,
};
use rayon::prelude::*;

/// Numbers that a task works on.
const PART: usize = 1 << 14;

/// x · Φ(x) = max(x, 0) − ½ |x| · erfc(|x|/√2), with erfc by formula 7.1.26 of Abramowitz & Stegun (1964), whose absolute error is below 1.5e-7.
#[inline(always)]
fn gelu_vector<I: Isa>(isa: I, x: I::V) -> I::V {
    let size = isa.max(x, isa.sub(isa.splat(0.0), x));
    let z = isa.mul(size, isa.splat(std::f32::consts::FRAC_1_SQRT_2));
    let t = isa.div(isa.splat(1.0), isa.fma(z, isa.splat(0.327_591_1), isa.splat(1.0)));
    let mut p = isa.splat(1.061_405_4);
    for c in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = isa.fma(p, t, isa.splat(c));
    }
    let bell = exp(isa, isa.mul(isa.sub(isa.splat(0.0), z), z));
    let complement = isa.mul(isa.mul(p, t), bell);
    isa.sub(isa.max(x, isa.splat(0.0)), isa.mul(isa.mul(isa.splat(0.5), size), complement))
}

struct Gelu<'a>(&'a mut [f32]);

impl Kernel for Gelu<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        for part in self.0.chunks_exact_mut(I::LANES) {
            let x = isa.read(part);
            isa.write(part, gelu_vector(isa, x));
        }
    }
}

/// GELU in place: x · Φ(x) with the error function, not its tanh approximation (Hendrycks & Gimpel 2016).
pub fn gelu(level: Level, data: &mut [f32]) {
    data.par_chunks_mut(PART).for_each(|data| {
        let whole = data.len() / BLOCK * BLOCK;
        let (blocks, rest) = data.split_at_mut(whole);
        level.run(Gelu(blocks));
        let mut last = [0.0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        level.run(Gelu(&mut last));
        rest.copy_from_slice(&last[..rest.len()]);
    });
}

/// Gated GELU (Shazeer 2020): rows of `2 · width` numbers, values then gates, to rows of `width`: value · gelu(gate).
///
/// # Panics
/// The rows are not whole.
pub fn geglu(level: Level, x: &[f32], width: usize) -> Vec<f32> {
    assert!(width > 0 && x.len().is_multiple_of(2 * width), "rows of 2 x {width}");
    let mut y: Vec<f32> = x.chunks_exact(2 * width).flat_map(|row| &row[width..]).copied().collect();
    gelu(level, &mut y);
    y.par_chunks_mut(width).zip(x.par_chunks(2 * width)).for_each(|(y, x)| {
        y.iter_mut().zip(x).for_each(|(gate, value)| *gate *= value);
    });
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Φ by summing its density, in f64.
    fn normal_below(x: f64) -> f64 {
        let steps = 4000;
        let h = x / steps as f64;
        let density = |t: f64| (-0.5 * t * t).exp() / std::f64::consts::TAU.sqrt();
        let inner: f64 = (1..steps).map(|i| density(i as f64 * h) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
        0.5 + h / 3.0 * (density(0.0) + inner + density(x))
    }

    #[test]
    fn gelu_follows_the_normal_distribution() {
        let xs: Vec<f32> = (0..501).map(|i| (i as f32 - 250.0) * 0.03).collect();
        for level in Level::tested() {
            let mut ys = xs.clone();
            gelu(level, &mut ys);
            for (x, y) in xs.iter().zip(&ys) {
                let exact = f64::from(*x) * normal_below(f64::from(*x));
                assert!((f64::from(*y) - exact).abs() < 1e-6, "{level:?} gelu({x}) = {y}, not {exact}");
            }
        }
        let y = geglu(Level::best(), &[2.0, 3.0, 1.0, -100.0], 2);
        assert!((y[0] - 2.0 * 0.841_344_7).abs() < 1e-5 && y[1].abs() < 1e-30);
    }
}
