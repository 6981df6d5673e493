//! What happens to tokens between the matrices.

use rayon::prelude::*;
use relight_tensor::Number;

/// Keeps normalisations finite; the official modules' own.
const EPSILON: f32 = 1e-6;
/// Tokens that a task works on.
const ROWS: usize = 32;

/// Sum over many lanes at once, always in the same order.
fn sum(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; 16];
    let (parts, rest) = row.as_chunks::<16>();
    for part in parts {
        lanes.iter_mut().zip(part).for_each(|(lane, x)| *lane += f(*x));
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|x| f(*x)).sum::<f32>()
}

/// `LayerNorm(x) · (1 + scale) + shift` for every row, without learned gains (Ba et al. 2016; Peebles & Xie 2023).
pub(crate) fn modulate<N: Number>(x: &[N], shift: &[f32], scale: &[f32], out: &mut [N]) {
    let width = shift.len();
    out.par_chunks_mut(ROWS * width).zip(x.par_chunks(ROWS * width)).for_each(|(out, x)| {
        let mut row = vec![0.0; width];
        for (out, x) in out.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
            N::widen(x, &mut row);
            let mean = sum(&row, |x| x) / width as f32;
            let variance = sum(&row, |x| (x - mean) * (x - mean)) / width as f32;
            let factor = (variance + EPSILON).sqrt().recip();
            for ((x, shift), scale) in row.iter_mut().zip(shift).zip(scale) {
                *x = (*x - mean) * factor * (1.0 + scale) + shift;
            }
            N::narrow(&row, out);
        }
    });
}

/// `x / sqrt(mean(x²) + 1e-6) · gain` in place (Zhang & Sennrich 2019).
pub(crate) fn rms(row: &mut [f32], gain: &[f32]) {
    let factor = (sum(row, |x| x * x) / row.len() as f32 + EPSILON).sqrt().recip();
    row.iter_mut().zip(gain).for_each(|(x, gain)| *x *= factor * gain);
}

/// `x += gate · update` for every row.
pub(crate) fn gated<N: Number>(x: &mut [N], gate: &[f32], update: &[N]) {
    let width = gate.len();
    x.par_chunks_mut(ROWS * width).zip(update.par_chunks(ROWS * width)).for_each(|(x, update)| {
        for (x, update) in x.chunks_exact_mut(width).zip(update.chunks_exact(width)) {
            x.iter_mut().zip(gate).zip(update).for_each(|((x, gate), update)| *x = N::nearest(x.wide() + gate * update.wide()));
        }
    });
}

/// `f(number of the row, row)` for every row of `width` numbers.
pub(crate) fn each<N: Number>(x: &mut [N], width: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    x.par_chunks_mut(ROWS * width).enumerate().for_each(|(part, rows)| {
        N::change(rows, |rows| rows.chunks_exact_mut(width).enumerate().for_each(|(i, row)| f(part * ROWS + i, row)));
    });
}

/// x · sigmoid(x).
pub(crate) fn silu(x: f32) -> f32 {
    x / (1.0 + (-x).exp())
}

/// Gaussian error linear unit, `x · Φ(x)` with the exact normal distribution (Hendrycks & Gimpel 2016), in place.
pub(crate) fn gelu<N: Number>(x: &mut [N]) {
    let one = |x: f32| x * (0.5 + 0.5 * erf(x * std::f32::consts::FRAC_1_SQRT_2));
    x.par_chunks_mut(1 << 14).for_each(|part| N::change(part, |part| part.iter_mut().for_each(|x| *x = one(*x))));
}

/// The error function to 2e-7: Abramowitz & Stegun 7.1.26 is too coarse near 0, so its integral's continued form x·P(x²)/Q(x²) on |x| < 4 is used, with the
/// coefficients that Eigen 3 (`generic_fast_erf_float`) fitted.
fn erf(x: f32) -> f32 {
    const P: [f32; 7] = [-2.726_142_3e-10, 2.770_681_4e-8, -2.101_024e-6, -5.692_506_4e-5, -7.349_906_3e-4, -2.954_6e-3, -1.609_603_3e-2];
    const Q: [f32; 5] = [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let horner = |c: &[f32]| c.iter().fold(0.0, |sum, c| sum * square + c);
    x * horner(&P) / horner(&Q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_function_is_its_integral() {
        let (mut exact, steps) = (0.0f64, 200_000);
        let step = 4.5 / f64::from(steps);
        for i in 0..steps {
            let at = f64::from(i) * step;
            if i % 1000 == 0 {
                assert!((f64::from(erf(at as f32)) - exact).abs() < 4e-7 && erf(-at as f32) == -erf(at as f32), "erf({at})");
            }
            exact += step * (-(at + step / 2.0).powi(2)).exp() * std::f64::consts::FRAC_2_SQRT_PI;
        }
    }
}
