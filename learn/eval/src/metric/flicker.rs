//! Restlessness over time.

use super::Mask;

/// Standard deviation over time of the *error* (predicted − true value), averaged over channels and over the pixels that are
/// foreground in every frame. What moves in the truth does not count, the truth's own noise does. For clips with a still camera; none
/// with fewer than two frames. Frames have `channels` numbers a pixel.
pub fn flicker(predicted: &[&[f32]], truth: &[&[f32]], channels: usize, masks: &[Mask]) -> Option<f64> {
    let n = predicted.len() as f64;
    let always: Vec<usize> = masks.first()?.pixels().filter(|i| masks.iter().all(|m| m.inside[*i])).collect();
    if predicted.len() < 2 || always.is_empty() {
        return None;
    }
    let deviation = |c: usize| {
        let errors = || predicted.iter().zip(truth).map(|(p, t)| f64::from(p[c] - t[c]));
        let mean = errors().sum::<f64>() / n;
        (errors().map(|e| (e - mean).powi(2)).sum::<f64>() / n).sqrt()
    };
    let sum: f64 = always.iter().flat_map(|i| channels * i..channels * (i + 1)).map(deviation).sum();
    Some(sum / (channels * always.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_error_is_at_rest_and_one_that_alternates_is_not() {
        let masks = vec![Mask { width: 1, height: 1, inside: vec![true] }; 4];
        let frames = |values: [f32; 4]| values.map(|v| [v; 3]);
        let flicker = |p: &[[f32; 3]], t: &[[f32; 3]]| {
            let views = |frames: &[[f32; 3]]| frames.iter().map(|f| f.to_vec()).collect::<Vec<_>>();
            let (p, t) = (views(p), views(t));
            super::flicker(&p.iter().map(Vec::as_slice).collect::<Vec<_>>(), &t.iter().map(Vec::as_slice).collect::<Vec<_>>(), 3, &masks[..p.len()])
        };
        let truth = frames([0.1, 0.2, 0.3, 0.4]);
        assert!(flicker(&frames([0.3, 0.4, 0.5, 0.6]), &truth).unwrap() < 1e-6);
        assert!((flicker(&frames([0.2, 0.1, 0.4, 0.3]), &truth).unwrap() - 0.1).abs() < 1e-6);
        assert_eq!(flicker(&frames([0.0; 4])[..1], &truth[..1]), None);
    }
}
