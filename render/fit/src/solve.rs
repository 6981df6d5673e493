//! Non-negative least squares, and the triangular factors by which further unknowns are judged.

use crate::gram::Gram;

/// Sweeps over all unknowns at most; it mostly ends after a fifth of them.
const SWEEPS: usize = 400;
/// A sweep that changes nothing by more than this part of the largest value is the last.
const SMALL: f32 = 2e-4;

/// Minimises the cost over x ≥ 0, starting from `x`: cyclic coordinate descent (Franc, Hlaváč, Navara, "Sequential Coordinate-Wise Algorithm for
/// the Non-negative Least Squares Problem", 2005), which keeps the gradient and changes it by one column at a time.
pub(crate) fn non_negative(system: &Gram, mut x: Vec<f32>) -> Vec<f32> {
    let n = system.size;
    let mut gradient: Vec<f32> =
        system.gram.chunks_exact(n).zip(&system.rhs).map(|(row, b)| row.iter().zip(&x).map(|(a, v)| a * v).sum::<f32>() - b).collect();
    for _ in 0..SWEEPS {
        let mut change = 0.0f32;
        for i in 0..n {
            let own = system.gram[i * n + i];
            if own <= 0.0 {
                continue;
            }
            let new = (x[i] - gradient[i] / own).max(0.0);
            let step = new - x[i];
            if step != 0.0 {
                x[i] = new;
                change = change.max(step.abs());
                gradient.iter_mut().zip(&system.gram[i * n..(i + 1) * n]).for_each(|(g, a)| *g += step * a);
            }
        }
        if change <= SMALL * x.iter().fold(0.0f32, |m, v| m.max(*v)) {
            break;
        }
    }
    x
}

/// Lower triangular factor of a symmetric positive matrix (Cholesky), row-major; what is not positive by rounding is taken for tiny.
pub(crate) struct Triangle {
    size: usize,
    lower: Vec<f32>,
}

impl Triangle {
    /// Of the rows and columns `keep` of `system`.
    pub fn new(system: &Gram, keep: &[usize]) -> Self {
        let n = keep.len();
        let mut lower = vec![0.0f32; n * n];
        for i in 0..n {
            for j in 0..=i {
                let (a, b) = (&lower[i * n..i * n + j], &lower[j * n..j * n + j]);
                let dot: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
                let value = system.gram[keep[i] * system.size + keep[j]] - dot;
                lower[i * n + j] =
                    if i == j { value.max(1e-9 * system.gram[keep[i] * system.size + keep[i]]).max(1e-30).sqrt() } else { value / lower[j * n + j] };
            }
        }
        Self { size: n, lower }
    }

    /// `bᵀ A⁻¹ b`: the squared length of L⁻¹ b.
    pub fn explained(&self, b: &[f32]) -> f32 {
        let n = self.size;
        let mut z = vec![0.0f32; n];
        for i in 0..n {
            let dot: f32 = self.lower[i * n..i * n + i].iter().zip(&z).map(|(a, v)| a * v).sum();
            z[i] = (b[i] - dot) / self.lower[i * n + i];
        }
        z.iter().map(|v| v * v).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system() -> Gram {
        let rows = [1.0, 0.5, 0.0, 0.2, 1.0, 0.3, 0.0, 0.4, 1.0, 1.0, 1.0, 1.0];
        Gram::new(3, &rows, &[1.0, 0.2, -0.7, 0.4], &[1.0, 2.0, 1.0, 0.5])
    }

    #[test]
    fn no_step_that_is_allowed_lowers_the_cost() {
        let system = system();
        let x = non_negative(&system, vec![0.0; 3]);
        let best = system.cost(&x);
        assert!(x.iter().all(|v| *v >= 0.0) && x[2] == 0.0 && x[0] > 0.5, "{x:?}");
        for i in 0..3 {
            for step in [-0.01, 0.01] {
                let mut y = x.clone();
                y[i] = (y[i] + step).max(0.0);
                assert!(system.cost(&y) >= best - 1e-7, "{i} {step}");
            }
        }
    }

    #[test]
    fn the_cost_is_half_the_weighted_squares_and_grows_and_factors_alike() {
        let s = system();
        let x = [0.3f32, 0.1, 0.2];
        let residuals = [0.35 - 1.0, 0.22 - 0.2, 0.24 + 0.7, 0.6 - 0.4f32];
        let expected: f32 = residuals.iter().zip([1.0, 2.0, 1.0, 0.5]).map(|(r, w)| 0.5 * w * r * r).sum();
        assert!((s.cost(&x) - f64::from(expected)).abs() < 1e-5);
        let grown = s.grown(&[0.0; 3], 1.0, 2.0);
        assert!((grown.cost(&[0.3, 0.1, 0.2, 2.0]) - (s.cost(&x) - 2.0)).abs() < 1e-5 || grown.cost(&[0.3, 0.1, 0.2, 2.0]) == 0.0);
        let triangle = Triangle::new(&s, &[0, 1, 2]);
        // bᵀ A⁻¹ b = 2 (½ square − least cost) for the unconstrained least squares.
        let explained = triangle.explained(&s.rhs);
        assert!(f64::from(explained) <= s.square + 1e-5 && explained > 0.0);
    }
}
