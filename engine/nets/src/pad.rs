//! Any size to one that the network takes, and back.

/// Repeats the last row and column of dense `[frames, height, width, channels]` pixels until both sizes are multiples of `stride`. Returns the pixels and
/// the new height and width.
///
/// # Panics
/// The pixels do not have that shape, or a size is zero.
pub fn edge_pad(pixels: &[f32], [frames, height, width, channels]: [usize; 4], stride: usize) -> (Vec<f32>, usize, usize) {
    assert!(height > 0 && width > 0 && pixels.len() == frames * height * width * channels, "pixels to pad");
    let (tall, wide) = (height.next_multiple_of(stride), width.next_multiple_of(stride));
    let mut out = Vec::with_capacity(frames * tall * wide * channels);
    for frame in pixels.chunks_exact(height * width * channels) {
        for y in 0..tall {
            let row = &frame[y.min(height - 1) * width * channels..][..width * channels];
            out.extend_from_slice(row);
            (width..wide).for_each(|_| out.extend_from_slice(&row[(width - 1) * channels..]));
        }
    }
    (out, tall, wide)
}

/// The first `height` rows and `width` columns of dense `[frames, tall, wide, channels]` pixels: undoes [`edge_pad`].
///
/// # Panics
/// The pixels do not have that shape, or it is smaller than what is asked.
pub fn crop(pixels: &[f32], [frames, tall, wide, channels]: [usize; 4], height: usize, width: usize) -> Vec<f32> {
    assert!(height <= tall && width <= wide && pixels.len() == frames * tall * wide * channels, "pixels to crop");
    let rows = pixels.chunks_exact((wide * channels).max(1)).enumerate().filter(|(row, _)| row % tall < height);
    rows.flat_map(|(_, row)| &row[..width * channels]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_repeats_the_edge_and_cropping_undoes_it() {
        let pixels: Vec<f32> = (0..2 * 3 * 5 * 2).map(|i| i as f32).collect();
        let (padded, tall, wide) = edge_pad(&pixels, [2, 3, 5, 2], 4);
        assert_eq!((tall, wide, padded.len()), (4, 8, 2 * 4 * 8 * 2));
        assert_eq!(padded[((4 + 3) * 8 + 7) * 2..][..2], pixels[((3 + 2) * 5 + 4) * 2..][..2]);
        assert_eq!(crop(&padded, [2, 4, 8, 2], 3, 5), pixels);
        assert_eq!(edge_pad(&pixels, [2, 3, 5, 2], 1).0, pixels);
    }
}
