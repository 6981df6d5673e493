//! Structural similarity.

use super::{Codes, Mask};
use rayon::prelude::*;

/// Half width of the window.
const RADIUS: usize = 5;
/// Its standard deviation in pixels.
const SIGMA: f32 = 1.5;
/// Stabilisers for a range of 1: (.01)² and (.03)².
const C1: f32 = 1e-4;
const C2: f32 = 9e-4;

/// Mean SSIM over the foreground of one frame, 1 for equal pictures (Wang et al., *Image Quality Assessment: From Error Visibility to
/// Structural Similarity*, 2004: Gaussian window of 11x11, sigma 1.5, K = .01 and .03), of each channel and averaged. Both pictures are
/// black outside the foreground, and their edges are repeated outwards. None without a foreground.
pub fn ssim(predicted: &Codes, truth: &Codes, mask: &Mask) -> Option<f64> {
    let count = mask.pixels().count();
    if count == 0 {
        return None;
    }
    let sum: f64 = (0..3usize)
        .into_par_iter()
        .map(|c| {
            let plane = |codes: &Codes| -> Vec<f32> {
                codes.0.iter().skip(c).step_by(3).zip(&mask.inside).map(|(v, inside)| if *inside { *v } else { 0.0 }).collect()
            };
            let (p, t) = (plane(predicted), plane(truth));
            let product = |a: &[f32], b: &[f32]| blurred(a.iter().zip(b).map(|(a, b)| a * b).collect(), mask);
            let (mp, mt) = (blurred(p.clone(), mask), blurred(t.clone(), mask));
            let (pp, tt, pt) = (product(&p, &p), product(&t, &t), product(&p, &t));
            let at = |i: usize| {
                let (vp, vt, cov) = (pp[i] - mp[i] * mp[i], tt[i] - mt[i] * mt[i], pt[i] - mp[i] * mt[i]);
                let alike = (2.0 * mp[i] * mt[i] + C1) * (2.0 * cov + C2);
                f64::from(alike / ((mp[i] * mp[i] + mt[i] * mt[i] + C1) * (vp + vt + C2)))
            };
            mask.pixels().map(at).sum::<f64>()
        })
        .sum();
    Some(sum / (3 * count) as f64)
}

/// Blurs a plane by the window, rows then columns. Whole rows are added at a time, which the compiler turns into vector instructions.
fn blurred(mut plane: Vec<f32>, mask: &Mask) -> Vec<f32> {
    let (w, h) = (mask.width, mask.height);
    let mut taps: [f32; 2 * RADIUS + 1] = std::array::from_fn(|k| (-0.5 * ((k as f32 - RADIUS as f32) / SIGMA).powi(2)).exp());
    let total: f32 = taps.iter().sum();
    taps.iter_mut().for_each(|t| *t /= total);
    let add = |sum: &mut [f32], row: &[f32], tap: f32| sum.iter_mut().zip(row).for_each(|(s, v)| *s += tap * v);
    let mut wide = vec![0.0; w + 2 * RADIUS];
    for row in plane.chunks_exact_mut(w) {
        wide[..RADIUS].fill(row[0]);
        wide[RADIUS..RADIUS + w].copy_from_slice(row);
        wide[RADIUS + w..].fill(row[w - 1]);
        row.fill(0.0);
        for (k, tap) in taps.iter().enumerate() {
            add(row, &wide[k..k + w], *tap);
        }
    }
    let mut result = vec![0.0; w * h];
    for (y, sum) in result.chunks_exact_mut(w).enumerate() {
        for (k, tap) in taps.iter().enumerate() {
            let from = (y + k).saturating_sub(RADIUS).min(h - 1);
            add(sum, &plane[from * w..(from + 1) * w], *tap);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waves(width: usize, shift: f32) -> Codes {
        Codes((0..width * width * 3).map(|i| 0.5 + 0.4 * ((i / 3 % width) as f32 * 0.7 + shift).sin()).collect())
    }

    #[test]
    fn equal_is_one_noise_lowers_and_opposite_is_negative() {
        let mask = Mask { width: 24, height: 24, inside: vec![true; 576] };
        let plain = waves(24, 0.0);
        assert!((ssim(&plain, &plain, &mask).unwrap() - 1.0).abs() < 1e-5);
        let near = ssim(&plain, &waves(24, 0.3), &mask).unwrap();
        assert!(near < 0.99 && near > 0.6, "{near}");
        assert!(ssim(&plain, &waves(24, std::f32::consts::PI), &mask).unwrap() < 0.0);
        // Flat pictures: only luminance counts, (2·.5·.6 + C1) / (.25 + .36 + C1).
        let flat = |v: f32| Codes(vec![v; 576 * 3]);
        assert!((ssim(&flat(0.5), &flat(0.6), &mask).unwrap() - 0.6001 / 0.6101).abs() < 5e-4);
    }
}
