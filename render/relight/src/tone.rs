//! The curve in which networks see light: `tone(x) = ln(1 + 15x) / ln 16`, so 0 → 0, 1 → 1, and ten times white → 1.81.

/// Linear light, 0 or more, to tone.
pub(crate) fn tone(x: f32) -> f32 {
    (15.0 * x.max(0.0)).ln_1p() / 16f32.ln()
}

/// Tone to linear light; the inverse of [`tone`], 0 for negative tones.
pub(crate) fn untone(t: f32) -> f32 {
    (t.max(0.0) * 16f32.ln()).exp_m1() / 15.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_and_its_inverse_agree() {
        assert!((tone(1.0) - 1.0).abs() < 1e-6 && tone(0.0) == 0.0 && tone(-1.0) == 0.0);
        for x in [1e-4, 0.01, 0.18, 1.0, 12.0, 65000.0] {
            assert!((untone(tone(x)) / x - 1.0).abs() < 1e-3);
        }
    }
}
