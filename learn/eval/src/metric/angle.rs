//! Angles between normals.

use super::Mask;

/// The limit of the share of good normals, in degrees.
pub const WITHIN_DEG: f64 = 11.25;

/// Mean angle in degrees between predicted and true normals over a clip's foreground, and the share of pixels below
/// [`WITHIN_DEG`]. A prediction of no length is 90° off. None without a foreground.
pub fn angles(predicted: &[&[f32]], truth: &[&[f32]], masks: &[Mask]) -> Option<(f64, f64)> {
    let (mut sum, mut good, mut count) = (0.0, 0usize, 0usize);
    for ((p, t), mask) in predicted.iter().zip(truth).zip(masks) {
        for i in mask.pixels() {
            let (p, t) = (&p[3 * i..3 * i + 3], &t[3 * i..3 * i + 3]);
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
            let length = (dot(p, p) * dot(t, t)).sqrt();
            let angle = if length > 0.0 { (dot(p, t) / length).clamp(-1.0, 1.0).acos().to_degrees() } else { 90.0 };
            sum += angle;
            good += usize::from(angle < WITHIN_DEG);
            count += 1;
        }
    }
    (count > 0).then(|| (sum / count as f64, good as f64 / count as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_angles_are_90_degrees_and_length_does_not_matter() {
        let mask = [Mask { width: 3, height: 1, inside: vec![true; 3] }];
        let truth = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0];
        let got = [0.0, 0.0, 7.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let (mean, good) = angles(&[&got], &[&truth], &mask).unwrap();
        assert!((mean - 60.0).abs() < 1e-9 && (good - 1.0 / 3.0).abs() < 1e-9);
    }
}
