//! Restlessness over time.

use super::{Codes, Mask};

/// Standard deviation over time of the *error* (predicted − true sRGB code), averaged over channels and over the pixels that are
/// foreground in every frame. What moves in the truth does not count, the truth's own noise does. For clips with a still camera; none
/// with fewer than two frames.
pub fn flicker(predicted: &[Codes], truth: &[Codes], masks: &[Mask]) -> Option<f64> {
    let n = predicted.len() as f64;
    let always: Vec<usize> = masks.first()?.pixels().filter(|i| masks.iter().all(|m| m.inside[*i])).collect();
    if predicted.len() < 2 || always.is_empty() {
        return None;
    }
    let deviation = |c: usize| {
        let errors = || predicted.iter().zip(truth).map(|(p, t)| f64::from(p.0[c] - t.0[c]));
        let mean = errors().sum::<f64>() / n;
        (errors().map(|e| (e - mean).powi(2)).sum::<f64>() / n).sqrt()
    };
    let sum: f64 = always.iter().flat_map(|i| 3 * i..3 * i + 3).map(deviation).sum();
    Some(sum / (3 * always.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_error_is_at_rest_and_one_that_alternates_is_not() {
        let masks = vec![Mask { width: 1, height: 1, inside: vec![true] }; 4];
        let clip = |values: [f32; 4]| values.map(|v| Codes(vec![v; 3]));
        let truth = clip([0.1, 0.2, 0.3, 0.4]);
        assert!(flicker(&clip([0.3, 0.4, 0.5, 0.6]), &truth, &masks).unwrap() < 1e-6);
        assert!((flicker(&clip([0.2, 0.1, 0.4, 0.3]), &truth, &masks).unwrap() - 0.1).abs() < 1e-6);
        assert_eq!(flicker(&clip([0.0; 4])[..1], &truth[..1], &masks[..1]), None);
    }
}
