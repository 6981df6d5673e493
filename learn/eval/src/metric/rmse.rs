//! Root mean square error.

use super::Mask;

/// RMSE of a one-channel pass over a clip's foreground. None without one.
pub fn rmse(predicted: &[&[f32]], truth: &[&[f32]], masks: &[Mask]) -> Option<f64> {
    let (mut sum, mut count) = (0.0f64, 0usize);
    for ((p, t), mask) in predicted.iter().zip(truth).zip(masks) {
        for i in mask.pixels() {
            sum += f64::from(p[i] - t[i]).powi(2);
            count += 1;
        }
    }
    (count > 0).then(|| (sum / count as f64).sqrt())
}
