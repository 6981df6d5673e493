//! Normalisations of the large networks.

use crate::{Level, Volume, silu, tensor::BLOCK};
use rayon::prelude::*;

/// Pixels that a task works on.
const PIXELS: usize = 256;

/// Group normalisation (Wu & He 2018): channels in `groups` equal groups, statistics over a group's channels, all pixels, and `together` frames at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Groups {
    /// How many groups.
    pub groups: usize,
    /// Frames that share statistics: 1, or a whole video.
    pub together: usize,
    /// Added to the variance.
    pub eps: f32,
}

/// `(x − mean) / sqrt(variance + eps) · gain + shift`, then SiLU if `activate`. Statistics are summed in f64, in an order that does not depend on threads.
///
/// # Panics
/// Groups do not divide the channels, `together` not the frames, or gain and shift are not one number a channel.
pub fn group_norm(level: Level, x: Volume, shape: Groups, gain: &[f32], shift: &[f32], activate: bool) -> Volume {
    let channels = x.channels;
    assert!(channels.is_multiple_of(shape.groups) && x.frames.is_multiple_of(shape.together), "groups {shape:?} of {:?}", x.shape());
    assert!(gain.len() == channels && shift.len() == channels, "a gain and a shift for each channel");
    let mut y = x;
    let part = shape.together * y.pixels() * channels;
    if part == 0 {
        return y;
    }
    for part in y.data.chunks_exact_mut(part) {
        let (scale, offset) = affine(part, channels, shape, gain, shift);
        part.par_chunks_mut(PIXELS * channels).for_each(|some| {
            for pixel in some.chunks_exact_mut(channels) {
                for ((x, scale), offset) in pixel.iter_mut().zip(&scale).zip(&offset) {
                    *x = *x * scale + offset;
                }
            }
            if activate {
                silu_any(level, some);
            }
        });
    }
    y
}

/// The normalisation of one set of statistics as a factor and an offset for each channel.
fn affine(part: &[f32], channels: usize, shape: Groups, gain: &[f32], shift: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let sums: Vec<Vec<[f64; 2]>> = part
        .par_chunks(PIXELS * channels)
        .map(|some| {
            let mut sums = vec![[0.0; 2]; channels];
            for pixel in some.chunks_exact(channels) {
                for (sum, x) in sums.iter_mut().zip(pixel) {
                    let x = f64::from(*x);
                    sum[0] += x;
                    sum[1] += x * x;
                }
            }
            sums
        })
        .collect();
    let each = channels / shape.groups;
    let count = (part.len() / channels * each) as f64;
    let (mut scale, mut offset) = (vec![0.0; channels], vec![0.0; channels]);
    for group in 0..shape.groups {
        let range = group * each..(group + 1) * each;
        let total = sums.iter().flat_map(|sums| &sums[range.clone()]).fold([0.0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
        let mean = total[0] / count;
        let variance = (total[1] / count - mean * mean).max(0.0);
        let inverse = (variance + f64::from(shape.eps)).sqrt().recip();
        for c in range {
            let factor = inverse * f64::from(gain[c]);
            scale[c] = factor as f32;
            offset[c] = (f64::from(shift[c]) - mean * factor) as f32;
        }
    }
    (scale, offset)
}

/// SiLU in place over any length.
pub fn silu_any(level: Level, data: &mut [f32]) {
    let whole = data.len() / BLOCK * BLOCK;
    let (blocks, rest) = data.split_at_mut(whole);
    silu(level, blocks);
    let mut last = [0.0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    silu(level, &mut last);
    rest.copy_from_slice(&last[..rest.len()]);
}

/// Layer normalisation (Ba et al. 2016) of every `gain.len()` numbers of `x`: `(x − mean) / sqrt(variance + eps) · gain + shift`.
///
/// # Panics
/// The sizes do not fit.
pub fn layer_norm(x: &[f32], gain: &[f32], shift: &[f32], eps: f32) -> Vec<f32> {
    let channels = gain.len();
    assert!(shift.len() == channels && x.len().is_multiple_of(channels.max(1)), "whole rows of {channels}");
    let mut y = vec![0.0; x.len()];
    y.par_chunks_mut((PIXELS * channels).max(1)).zip(x.par_chunks((PIXELS * channels).max(1))).for_each(|(y, x)| {
        for (y, x) in y.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
            let mean = x.iter().sum::<f32>() / channels as f32;
            let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / channels as f32;
            let inverse = (variance + eps).sqrt().recip();
            for (((y, x), gain), shift) in y.iter_mut().zip(x).zip(gain).zip(shift) {
                *y = (x - mean) * inverse * gain + shift;
            }
        }
    });
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::numbers;

    #[test]
    fn groups_have_mean_nought_and_variance_one_over_the_frames_that_belong_together() {
        let x = Volume::new([4, 3, 5, 6], numbers(4 * 3 * 5 * 6, 1).iter().map(|v| 3.0 * v + 7.0).collect());
        for together in [1, 2, 4] {
            let y = group_norm(Level::best(), x.clone(), Groups { groups: 2, together, eps: 1e-6 }, &[1.0; 6], &[0.0; 6], false);
            for part in y.data.chunks_exact(together * 15 * 6) {
                for group in 0..2 {
                    let of = |power: i32| part.iter().enumerate().filter(|(i, _)| i % 6 / 3 == group).map(|(_, v)| v.powi(power)).sum::<f32>();
                    let count = (together * 15 * 3) as f32;
                    assert!((of(1) / count).abs() < 1e-5 && (of(2) / count - 1.0).abs() < 1e-4);
                }
            }
            let activated = group_norm(Level::best(), x.clone(), Groups { groups: 2, together, eps: 1e-6 }, &[1.0; 6], &[0.0; 6], true);
            assert!(activated.data.iter().zip(&y.data).all(|(a, v)| (a - v / (1.0 + (-v).exp())).abs() < 1e-6));
        }
        let eps = group_norm(Level::best(), x.clone(), Groups { groups: 1, together: 1, eps: 1e9 }, &[2.0; 6], &[0.5; 6], false);
        assert!(eps.data.iter().all(|v| (v - 0.5).abs() < 1e-2));
    }

    #[test]
    fn rows_of_a_layer_norm_have_mean_nought_and_variance_one() {
        let x = numbers(7 * 33, 2);
        let y = layer_norm(&x, &[2.0; 33], &[1.0; 33], 1e-5);
        for row in y.chunks_exact(33) {
            let mean = row.iter().sum::<f32>() / 33.0;
            let variance = row.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / 33.0;
            assert!((mean - 1.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-2);
        }
    }
}
