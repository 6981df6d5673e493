//! Functions of one number, in vectors.

use crate::{
    Level,
    isa::{Isa, Kernel},
    tensor::BLOCK,
};

/// e^x with a relative error below 3e-7, for x clamped to −87..88: 2^n · e^r, |r| ≤ ln 2 / 2. e^r = 1 + r + r² · q(r), where q of degree 3 was fitted for the
/// least largest relative error, 1.05e-7; a degree more gives 3e-9, which f32 cannot hold.
#[inline(always)]
pub(crate) fn exp<I: Isa>(isa: I, x: I::V) -> I::V {
    let x = isa.min(isa.max(x, isa.splat(-87.0)), isa.splat(88.0));
    let n = isa.round(isa.mul(x, isa.splat(std::f32::consts::LOG2_E)));
    // ln 2 in two parts, so that n · ln 2 is subtracted without rounding.
    let r = isa.fma(n, isa.splat(-0.693_359_4), x);
    let r = isa.fma(n, isa.splat(2.121_944_4e-4), r);
    let mut p = isa.splat(8.312_5e-3);
    for c in [4.189_033e-2, 0.166_671_15, 0.499_992_3] {
        p = isa.fma(p, r, isa.splat(c));
    }
    let p = isa.fma(isa.mul(r, r), p, isa.add(r, isa.splat(1.0)));
    isa.mul(p, isa.exp2(n))
}

/// x / (1 + e^−x).
#[inline(always)]
pub(crate) fn silu_vector<I: Isa>(isa: I, x: I::V) -> I::V {
    let below = isa.add(isa.splat(1.0), exp(isa, isa.sub(isa.splat(0.0), x)));
    isa.div(x, below)
}

/// SiLU in place: x · sigmoid(x) (Elfwing et al. 2017).
///
/// # Panics
/// The length is no multiple of [`BLOCK`].
pub fn silu(level: Level, data: &mut [f32]) {
    struct Silu<'a>(&'a mut [f32]);
    impl Kernel for Silu<'_> {
        type Output = ();
        #[inline(always)]
        fn run<I: Isa>(self, isa: I) {
            for part in self.0.chunks_exact_mut(I::LANES) {
                let x = isa.read(part);
                isa.write(part, silu_vector(isa, x));
            }
        }
    }
    assert!(data.len().is_multiple_of(BLOCK), "whole blocks");
    level.run(Silu(data));
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Exp<'a>(&'a mut [f32]);
    impl Kernel for Exp<'_> {
        type Output = ();
        #[inline(always)]
        fn run<I: Isa>(self, isa: I) {
            for part in self.0.chunks_exact_mut(I::LANES) {
                let x = isa.read(part);
                isa.write(part, exp(isa, x));
            }
        }
    }

    #[test]
    fn exp_and_silu_follow_the_scalar_functions_over_the_whole_range() {
        let xs: Vec<f32> = (0..16_000).map(|i| (i as f32 - 8000.0) * 0.0109).collect();
        for level in Level::tested() {
            let mut exps = xs.clone();
            level.run(Exp(&mut exps));
            let mut silus = xs.clone();
            silu(level, &mut silus);
            for ((&x, &e), &s) in xs.iter().zip(&exps).zip(&silus) {
                let exact = f64::from(x.clamp(-87.0, 88.0)).exp();
                assert!((f64::from(e) / exact - 1.0).abs() < 3e-7, "{level:?} exp({x}) = {e}, not {exact}");
                let exact = f64::from(x) / (1.0 + f64::from(-x).exp());
                assert!((f64::from(s) - exact).abs() <= 1e-6 * exact.abs() + 1e-30, "{level:?} silu({x}) = {s}, not {exact}");
            }
        }
    }
}
