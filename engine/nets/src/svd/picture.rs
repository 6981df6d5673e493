//! How the official scripts prepare pictures: size, resampling, background.

/// The size at which a `height × width` picture is worked on where `target_height × target_width` is asked for: scaled until it covers that, both sides cut to
/// whole pixels and then rounded up to multiples of 64. The shape is kept but for that rounding.
pub fn work_size([height, width]: [usize; 2], [target_height, target_width]: [usize; 2]) -> [usize; 2] {
    let scale = (target_width as f64 / width as f64).max(target_height as f64 / height as f64);
    [height, width].map(|side| ((side as f64 * scale) as usize).next_multiple_of(64))
}

/// Resamples 8-bit pixels of `channels` codes: triangle filter, widened where the picture shrinks, whole codes between the two passes (Pillow's bilinear).
///
/// # Panics
/// A size is zero, or there are not `height · width · channels` codes.
pub fn resize(codes: &[u8], [height, width]: [usize; 2], channels: usize, [new_height, new_width]: [usize; 2]) -> Vec<u8> {
    assert!(height * width * new_height * new_width > 0 && codes.len() == height * width * channels, "{height}x{width}x{channels}");
    let across = Taps::new(width, new_width);
    let narrow: Vec<u8> = if width == new_width {
        codes.to_vec()
    } else {
        let row = |row: &[u8]| -> Vec<u8> {
            (0..new_width * channels).map(|i| across.gather(i / channels, |x| row[x * channels + i % channels])).collect()
        };
        codes.chunks_exact(width * channels).flat_map(row).collect()
    };
    if height == new_height {
        return narrow;
    }
    let (down, row) = (Taps::new(height, new_height), new_width * channels);
    (0..new_height * row).map(|i| down.gather(i / row, |y| narrow[y * row + i % row])).collect()
}

/// Bits behind the point of a weight: Pillow's, which leave two for a sum of 8-bit codes.
const BITS: u32 = 22;

/// For every new place the first of the old ones that it gathers and their weights.
struct Taps(Vec<(usize, Vec<i32>)>);

impl Taps {
    fn new(from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        let support = scale.max(1.0);
        let taps = (0..to).map(|i| {
            let centre = (i as f64 + 0.5) * scale;
            let first = (centre - support + 0.5).max(0.0) as usize;
            let end = ((centre + support + 0.5) as usize).min(from);
            let weights: Vec<f64> = (first..end).map(|x| (1.0 - ((x as f64 - centre + 0.5) / support).abs()).max(0.0)).collect();
            let sum: f64 = weights.iter().sum();
            let fixed = weights.iter().map(|w| (0.5 + w / sum * f64::from(1 << BITS)) as i32).collect();
            (first, fixed)
        });
        Self(taps.collect())
    }

    fn gather(&self, place: usize, code: impl Fn(usize) -> u8) -> u8 {
        let (first, weights) = &self.0[place];
        let sum = weights.iter().enumerate().fold(1 << (BITS - 1), |sum, (k, w)| sum + i32::from(code(first + k)) * w);
        (sum >> BITS).clamp(0, 255) as u8
    }
}

/// RGBA codes over black.
///
/// # Panics
/// There are not whole pixels.
pub fn over_black(rgba: &[u8]) -> Vec<u8> {
    assert!(rgba.len().is_multiple_of(4), "whole pixels");
    let over = |p: &[u8]| [0, 1, 2].map(|c| (f32::from(p[c]) * f32::from(p[3]) / 255.0).round_ties_even() as u8);
    rgba.chunks_exact(4).flat_map(over).collect()
}
