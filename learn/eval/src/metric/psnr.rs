//! Peak signal-to-noise ratio.

use super::{Codes, Mask};

/// The greatest PSNR: of an error of a quarter of an 8-bit step, about what is left of equal pictures in half floats.
const MOST: f64 = 60.0;

/// PSNR in dB over the foreground of one frame, all channels together; 60 at most. None without a foreground.
pub fn psnr(predicted: &Codes, truth: &Codes, mask: &Mask) -> Option<f64> {
    let (mut sum, mut count) = (0.0f64, 0usize);
    for i in mask.pixels() {
        for c in 3 * i..3 * i + 3 {
            sum += f64::from(predicted.0[c] - truth.0[c]).powi(2);
        }
        count += 3;
    }
    (count > 0).then(|| (-10.0 * (sum / count as f64).log10()).min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_off_is_20_db_and_the_background_does_not_count() {
        let mask = Mask { width: 2, height: 1, inside: vec![true, false] };
        let (a, b) = (Codes(vec![0.5, 0.5, 0.5, 0.0, 0.0, 0.0]), Codes(vec![0.6, 0.4, 0.6, 1.0, 1.0, 1.0]));
        assert!((psnr(&a, &b, &mask).unwrap() - 20.0).abs() < 1e-4);
        assert_eq!(psnr(&a, &a, &mask), Some(60.0));
        assert_eq!(psnr(&a, &b, &Mask { inside: vec![false; 2], ..mask }), None);
    }
}
