//! How bright an unknown map is taken.

/// The factor that makes a picture rendered at exposure 1 well exposed: the 95th percentile of its foreground luminance becomes .8, less
/// where more than a tenth of the foreground would have a clipped channel (the rule of the evaluation sets).
///
/// `rgb` is linear Rec.709 light, premultiplied; `alpha` says what is in front (above .5). 1 where everything is black.
pub fn well_exposed<'a>(pictures: impl IntoIterator<Item = (&'a [f32], &'a [f32])>) -> f32 {
    let (mut luminances, mut brightest) = (Vec::new(), Vec::new());
    for (rgb, alpha) in pictures {
        for (p, _) in rgb.chunks_exact(3).zip(alpha).filter(|(_, a)| **a > 0.5) {
            luminances.push(0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]);
            brightest.push(p[0].max(p[1]).max(p[2]));
        }
    }
    let percentile = |values: &mut Vec<f32>, part: f32| {
        let place = ((values.len().saturating_sub(1)) as f32 * part) as usize;
        if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(place, f32::total_cmp).1 }
    };
    let factor = (0.8 / percentile(&mut luminances, 0.95)).min(1.0 / percentile(&mut brightest, 0.9));
    if factor.is_finite() && factor > 0.0 { factor } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_picture_gets_the_inverse_factor_and_black_gets_one() {
        let grey: Vec<f32> = (0..300).map(|i| (i / 3) as f32).collect();
        let alpha = vec![1.0; 100];
        let once = well_exposed([(&grey[..], &alpha[..])]);
        assert!((once * 94.0 - 0.8).abs() < 0.01);
        let double: Vec<f32> = grey.iter().map(|v| 2.0 * v).collect();
        assert!((well_exposed([(&double[..], &alpha[..])]) * 2.0 / once - 1.0).abs() < 1e-5);
        assert_eq!(well_exposed([(&[0.0; 30][..], &[1.0; 10][..])]), 1.0);
        assert_eq!(well_exposed([(&grey[..], &[0.0; 100][..])]), 1.0);
        let red: Vec<f32> = (0..300).map(|i| if i % 3 == 0 { 1.0 } else { 0.0 }).collect();
        assert!((well_exposed([(&red[..], &alpha[..])]) - 1.0).abs() < 1e-5, "a saturated red must not clip");
    }
}
