//! Pictures in the sizes that the network takes.

use rayon::prelude::*;

/// Weights of the pixels under one output pixel: the first pixel, and how much each counts.
fn window(index: usize, from: usize, to: usize) -> (usize, Vec<f32>) {
    let scale = from as f64 / to as f64;
    // A tent of one pixel's half-width, widened when the picture shrinks.
    let support = scale.max(1.0);
    let centre = (index as f64 + 0.5) * scale;
    let first = (centre - support + 0.5).max(0.0) as usize;
    let last = ((centre + support + 0.5) as usize).min(from);
    let weights: Vec<f64> = (first..last).map(|x| (1.0 - ((x as f64 - centre + 0.5) / support).abs()).max(0.0)).collect();
    let total: f64 = weights.iter().sum();
    (first, weights.iter().map(|w| (w / total) as f32).collect())
}

/// A channels-last picture `[height, width]` of `channels` numbers in another size: bilinear, and averaged where it shrinks, as torchvision's antialiased
/// `resize` does.
pub fn resize(picture: &[f32], from: [usize; 2], to: [usize; 2], channels: usize) -> Vec<f32> {
    if from == to {
        return picture.to_vec();
    }
    let columns: Vec<_> = (0..to[1]).map(|x| window(x, from[1], to[1])).collect();
    let mut wide = vec![0.0; from[0] * to[1] * channels];
    wide.par_chunks_mut((to[1] * channels).max(1)).zip(picture.par_chunks((from[1] * channels).max(1))).for_each(|(to, from)| {
        for ((first, weights), to) in columns.iter().zip(to.chunks_exact_mut(channels)) {
            for (weight, from) in weights.iter().zip(from[first * channels..].chunks_exact(channels)) {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += weight * from);
            }
        }
    });
    let row = to[1] * channels;
    let mut out = vec![0.0; to[0] * row];
    out.par_chunks_mut(row.max(1)).enumerate().for_each(|(y, out)| {
        let (first, weights) = window(y, from[0], to[0]);
        for (weight, line) in weights.iter().zip(wide[first * row..].chunks_exact(row)) {
            out.iter_mut().zip(line).for_each(|(to, from)| *to += weight * from);
        }
    });
    out
}

/// The middle of a picture, with zeros round it where it is too small: torchvision's `center_crop`.
pub fn fit(picture: &[f32], from: [usize; 2], to: [usize; 2], channels: usize) -> Vec<f32> {
    // Where output pixel 0 lies in the picture, which is odd where a half is rounded: to even when it is cut, down when it is padded.
    let start = |from: usize, to: usize| {
        if from < to { -(((to - from) / 2) as isize) } else { ((from - to) as f64 / 2.0).round_ties_even() as isize }
    };
    let (top, left) = (start(from[0], to[0]), start(from[1], to[1]));
    let mut out = vec![0.0; to[0] * to[1] * channels];
    for (place, pixel) in out.chunks_exact_mut(channels).enumerate() {
        let (y, x) = ((place / to[1]) as isize + top, (place % to[1]) as isize + left);
        if (0..from[0] as isize).contains(&y) && (0..from[1] as isize).contains(&x) {
            pixel.copy_from_slice(&picture[(y as usize * from[1] + x as usize) * channels..][..channels]);
        }
    }
    out
}
