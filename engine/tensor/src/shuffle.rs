//! Space to depth and back, between dense pixels and padded tensors.

use crate::Tensor;
use rayon::prelude::*;

/// Gathers 2×2 pixels into one: output channel = (dy·2 + dx)·C + c. A pixel is the `parts` one after another, each dense `[T, H, W, n]`, times its
/// factor.
///
/// # Panics
/// A part or `to` (`[T, H/2, W/2, 4·ΣC]`) does not have the shape.
pub fn space_to_depth(parts: &[(&[f32], usize, f32)], to: &mut Tensor) {
    let (height, width, stride) = (to.height, to.width, to.stride());
    let channels: usize = parts.iter().map(|part| part.1).sum();
    assert_eq!(to.channels, 4 * channels, "channels of four pixels");
    for (data, count, _) in parts {
        assert!(data.len() == to.frames * height * width * 4 * count, "pixels of a part");
    }
    if width == 0 {
        return;
    }
    to.data.par_chunks_exact_mut(width * stride).enumerate().for_each(|(row, to)| {
        for (x, to) in to.chunks_exact_mut(stride).enumerate() {
            to[4 * channels..].fill(0.0);
            for quarter in 0..4 {
                // `row` counts all rows of all frames, and an input frame has twice as many.
                let pixel = (row * 2 + quarter / 2) * width * 2 + x * 2 + quarter % 2;
                let mut to = &mut to[quarter * channels..(quarter + 1) * channels];
                for &(data, count, factor) in parts {
                    let (now, rest) = to.split_at_mut(count);
                    now.iter_mut().zip(&data[pixel * count..]).for_each(|(to, from)| *to = from * factor);
                    to = rest;
                }
            }
        }
    });
}

/// Spreads every pixel of `from` (`[T, H, W, 4·C]`) over 2×2 pixels of dense `[T, 2H, 2W, C]`: the inverse of [`space_to_depth`] of one part.
///
/// # Panics
/// `to` does not have that many numbers, or the channels are no multiple of four.
pub fn depth_to_space(from: &Tensor, to: &mut [f32]) {
    let (width, stride, channels) = (from.width, from.stride(), from.channels / 4);
    assert!(from.channels.is_multiple_of(4), "channels of four pixels");
    assert_eq!(to.len(), from.frames * from.height * width * from.channels, "pixels of the target");
    if to.is_empty() {
        return;
    }
    to.par_chunks_exact_mut(width * 2 * channels).enumerate().for_each(|(row, to)| {
        let from = &from.data[row / 2 * width * stride..][..width * stride];
        for (from, to) in from.chunks_exact(stride).zip(to.chunks_exact_mut(2 * channels)) {
            to.copy_from_slice(&from[row % 2 * 2 * channels..][..2 * channels]);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_pixels_become_one_in_the_documented_order_and_come_back() {
        let dense: Vec<f32> = (0..2 * 4 * 6 * 3).map(|i| i as f32).collect();
        let mut deep = Tensor::zeros([2, 2, 3, 12]);
        deep.data.fill(f32::NAN);
        space_to_depth(&[(&dense, 3, 1.0)], &mut deep);
        let pixel = |t: usize, y: usize, x: usize, c: usize| ((t * 4 + y) * 6 + x) * 3 + c;
        // Frame 1, row 1, column 2; quarter (1, 0), channel 2.
        let at = ((2 + 1) * 3 + 2) * 16;
        assert_eq!(deep.data[at + 2 * 3 + 2], pixel(1, 3, 4, 2) as f32);
        assert!(deep.data[at + 12..at + 16].iter().all(|x| *x == 0.0));
        let mut back = vec![0.0; dense.len()];
        depth_to_space(&deep, &mut back);
        assert_eq!(back, dense);
        let mut two = Tensor::zeros([2, 2, 3, 16]);
        let single = vec![1.0; 2 * 4 * 6];
        space_to_depth(&[(&single, 1, 0.0), (&single, 1, 3.0), (&single, 1, 0.5), (&single, 1, 0.0)], &mut two);
        assert_eq!(two.data[..8], [0.0, 3.0, 0.5, 0.0, 0.0, 3.0, 0.5, 0.0]);
    }
}
