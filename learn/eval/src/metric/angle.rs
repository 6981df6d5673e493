//! Angles between normals.

use super::Mask;

/// The limit of the share of good normals, in degrees.
pub const WITHIN_DEG: f64 = 11.25;

/// Angles between predicted and true normals over a clip's foreground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Angles {
    /// In degrees.
    pub mean: f64,
    /// In degrees.
    pub median: f64,
    /// Share of pixels below [`WITHIN_DEG`].
    pub within: f64,
}

/// Compares normals; they need not have unit length, and a prediction of no length is 90° off. None without a foreground.
pub fn angles(predicted: &[&[f32]], truth: &[&[f32]], masks: &[Mask]) -> Option<Angles> {
    let mut all: Vec<f64> = Vec::new();
    for ((p, t), mask) in predicted.iter().zip(truth).zip(masks) {
        for i in mask.pixels() {
            let (p, t) = (&p[3 * i..3 * i + 3], &t[3 * i..3 * i + 3]);
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
            let length = (dot(p, p) * dot(t, t)).sqrt();
            let angle = if length > 0.0 { (dot(p, t) / length).clamp(-1.0, 1.0).acos().to_degrees() } else { 90.0 };
            all.push(angle);
        }
    }
    let middle = all.len() / 2;
    if all.is_empty() {
        return None;
    }
    let median = *all.select_nth_unstable_by(middle, f64::total_cmp).1;
    let share = |of: f64| of / all.len() as f64;
    Some(Angles { mean: share(all.iter().sum()), median, within: share(all.iter().filter(|a| **a < WITHIN_DEG).count() as f64) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_angles_are_90_degrees_and_length_does_not_matter() {
        let mask = [Mask { width: 3, height: 1, inside: vec![true; 3] }];
        let truth = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0];
        let got = [0.0, 0.0, 7.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let Angles { mean, median, within } = angles(&[&got], &[&truth], &mask).unwrap();
        assert!((mean - 60.0).abs() < 1e-9 && (median - 90.0).abs() < 1e-9 && (within - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(angles(&[&got], &[&truth], &[Mask { width: 3, height: 1, inside: vec![false; 3] }]), None);
    }
}
