//! At which noise levels a denoiser is asked.

/// The noise level at which nothing of the data is left: the first, and in one-step inference the only, level (Karras et al. 2022, table 1).
pub const SIGMA_MAX: f32 = 80.0;

/// Refinement starts here: an estimate is already at hand, so the thousandfold range up to [`SIGMA_MAX`] would only destroy it.
const REFINE_MAX: f32 = 1.0;
/// And ends here: one standard deviation below the median of the training noise, whose logarithm is N(−1, 1).
const REFINE_MIN: f32 = 0.15;
/// Exponent of the spacing (Karras et al. 2022, equation 5).
const RHO: f32 = 7.0;

/// The falling noise levels of `steps` evaluations: [`SIGMA_MAX`], then `steps − 1` levels from 1 to .15 spaced by equation 5 of Karras et al. 2022:
/// `sigma_i = (max^(1/rho) + i/(n−1) · (min^(1/rho) − max^(1/rho)))^rho`. A single refinement takes the middle, .41; 4 steps are 80, 1, .41, .15.
///
/// # Panics
/// `steps` is zero.
pub fn schedule(steps: usize) -> Vec<f32> {
    assert!(steps > 0, "at least one step");
    let refinements = steps - 1;
    let (high, low) = (REFINE_MAX.powf(RHO.recip()), REFINE_MIN.powf(RHO.recip()));
    let level = |i: usize| {
        let along = if refinements == 1 { 0.5 } else { i as f32 / (refinements - 1) as f32 };
        (high + along * (low - high)).powf(RHO)
    };
    std::iter::once(SIGMA_MAX).chain((0..refinements).map(level)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_fall_from_the_top_to_the_documented_ends() {
        assert_eq!(schedule(1), [SIGMA_MAX]);
        let four = schedule(4);
        for (level, expected) in four.iter().zip([80.0, 1.0, 0.413, 0.15]) {
            assert!((level - expected).abs() < 1e-3, "{four:?}");
        }
        for steps in 2..20 {
            let levels = schedule(steps);
            assert_eq!(levels.len(), steps);
            assert!(levels.windows(2).all(|pair| pair[1] < pair[0]), "{levels:?}");
        }
    }
}
