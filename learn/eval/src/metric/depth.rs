//! Errors of relative depth.

use super::Mask;

/// The factor below which a depth is close.
const CLOSE: f64 = 1.25;

/// AbsRel (mean of |d − t| / t) and the share of pixels with max(d/t, t/d) below 1.25, over a clip's foreground, after fitting one scale
/// and one shift for the clip by least squares of d against t. Depths fitted below a thousandth of the mean count as that. None without
/// a foreground.
pub fn depth(predicted: &[&[f32]], truth: &[&[f32]], masks: &[Mask]) -> Option<(f64, f64)> {
    let pairs: Vec<(f64, f64)> = predicted
        .iter()
        .zip(truth)
        .zip(masks)
        .flat_map(|((p, t), mask)| mask.pixels().filter(|i| t[*i] > 0.0).map(|i| (f64::from(p[i]), f64::from(t[i]))))
        .collect();
    let n = pairs.len() as f64;
    let (mp, mt) = pairs.iter().fold((0.0, 0.0), |(a, b), (p, t)| (a + p / n, b + t / n));
    let (cov, var) = pairs.iter().fold((0.0, 0.0), |(c, v), (p, t)| (c + (p - mp) * (t - mt), v + (p - mp) * (p - mp)));
    let scale = if var > 1e-12 * n * mp * mp { cov / var } else { 0.0 };
    let (mut sum, mut close) = (0.0, 0usize);
    for (p, t) in &pairs {
        let d = (mt + scale * (p - mp)).max(1e-3 * mt);
        sum += (d - t).abs() / t;
        close += usize::from((d / t).max(t / d) < CLOSE);
    }
    (!pairs.is_empty()).then(|| (sum / n, close as f64 / n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_and_shift_do_not_matter_and_a_constant_is_the_mean() {
        let mask = [Mask { width: 4, height: 1, inside: vec![true; 4] }];
        let truth = [1.0, 2.0, 3.0, 4.0];
        let (error, close) = depth(&[&[30.0, 50.0, 70.0, 90.0]], &[&truth], &mask).unwrap();
        assert!(error < 1e-6 && close == 1.0);
        // Everything at 2.5: (1.5/1 + .5/2 + .5/3 + 1.5/4) / 4.
        let (error, close) = depth(&[&[7.0; 4]], &[&truth], &mask).unwrap();
        assert!((error - 0.572_916_67).abs() < 1e-6 && close == 0.25, "{error} {close}");
    }
}
