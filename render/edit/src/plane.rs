//! Small pictures of any number of channels: scaled, padded, cropped.

use rayon::prelude::*;

/// `width × height` pixels of `channels` interleaved numbers, row-major, top row first.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Numbers a pixel.
    pub channels: usize,
    /// `width * height * channels` numbers.
    pub data: Vec<f32>,
}

impl Plane {
    /// A plane of these numbers.
    ///
    /// # Panics
    /// There are not `width * height * channels` of them.
    pub fn new(width: usize, height: usize, channels: usize, data: Vec<f32>) -> Self {
        assert_eq!(data.len(), width * height * channels, "{width}x{height}x{channels}");
        Self { width, height, channels, data }
    }

    /// A plane computed pixel by pixel.
    pub fn from_fn(width: usize, height: usize, channels: usize, f: impl Fn(usize, usize, &mut [f32]) + Sync) -> Self {
        let mut data = vec![0.0; width * height * channels];
        if !data.is_empty() {
            data.par_chunks_mut(width * channels).enumerate().for_each(|(y, row)| {
                for (x, pixel) in row.chunks_exact_mut(channels).enumerate() {
                    f(x, y, pixel);
                }
            });
        }
        Self { width, height, channels, data }
    }

    /// The numbers of pixel (`x`, `y`).
    pub fn at(&self, x: usize, y: usize) -> &[f32] {
        let i = (y * self.width + x) * self.channels;
        &self.data[i..i + self.channels]
    }

    /// Scaled to `width × height`: area-weighted triangle filter when smaller (no aliasing), bilinear when larger.
    pub fn resize(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let across = Taps::new(self.width, width);
        let down = Taps::new(self.height, height);
        let c = self.channels;
        let narrow = Self::from_fn(width, self.height, c, |x, y, pixel| {
            for (source, weight) in across.of(x) {
                for (p, s) in pixel.iter_mut().zip(self.at(source, y)) {
                    *p += weight * s;
                }
            }
        });
        Self::from_fn(width, height, c, |x, y, pixel| {
            for (source, weight) in down.of(y) {
                for (p, s) in pixel.iter_mut().zip(narrow.at(x, source)) {
                    *p += weight * s;
                }
            }
        })
    }

    /// Grown to `width × height` at the right and the bottom by repeating the edge.
    pub fn pad(&self, width: usize, height: usize) -> Self {
        let mut data = Vec::with_capacity(width * height * self.channels);
        for y in 0..height {
            let row = y.min(self.height - 1);
            for x in 0..width {
                data.extend_from_slice(self.at(x.min(self.width - 1), row));
            }
        }
        Self::new(width, height, self.channels, data)
    }

    /// The top left `width × height` pixels; undoes [`Plane::pad`].
    pub fn crop(&self, width: usize, height: usize) -> Self {
        let row = self.width * self.channels;
        let data = (0..height).flat_map(|y| &self.data[y * row..y * row + width * self.channels]).copied().collect();
        Self::new(width, height, self.channels, data)
    }
}

/// For every target pixel the source pixels that it gathers, with weights that sum to 1.
struct Taps {
    starts: Vec<usize>,
    weights: Vec<Vec<f32>>,
}

impl Taps {
    fn new(from: usize, to: usize) -> Self {
        let scale = from as f32 / to as f32;
        let radius = scale.max(1.0);
        let (mut starts, mut weights) = (Vec::with_capacity(to), Vec::with_capacity(to));
        for i in 0..to {
            let centre = (i as f32 + 0.5) * scale - 0.5;
            let first = (centre - radius).ceil().max(0.0) as usize;
            let last = ((centre + radius).floor().max(0.0) as usize).min(from - 1);
            let first = first.min(last);
            let mut taps: Vec<f32> = (first..=last).map(|s| (1.0 - (s as f32 - centre).abs() / radius).max(0.0)).collect();
            let sum: f32 = taps.iter().sum();
            if sum > 0.0 {
                taps.iter_mut().for_each(|w| *w /= sum);
            } else {
                taps.fill(1.0 / (last - first + 1) as f32);
            }
            starts.push(first);
            weights.push(taps);
        }
        Self { starts, weights }
    }

    fn of(&self, i: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        self.weights[i].iter().enumerate().map(move |(k, w)| (self.starts[i] + k, *w))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize) -> Plane {
        Plane::from_fn(width, height, 2, |x, y, p| p.copy_from_slice(&[x as f32, y as f32]))
    }

    #[test]
    fn padding_repeats_the_edge_and_cropping_undoes_it() {
        let plane = ramp(5, 3);
        let padded = plane.pad(16, 16);
        assert_eq!(padded.at(15, 15), &[4.0, 2.0]);
        assert_eq!(padded.crop(5, 3), plane);
    }

    #[test]
    fn scaling_keeps_flat_colour_and_the_place_of_ramps() {
        let flat = Plane::from_fn(37, 23, 1, |_, _, p| p[0] = 0.3);
        for (w, h) in [(10, 7), (37, 23), (80, 91), (1, 1)] {
            assert!(flat.resize(w, h).data.iter().all(|v| (v - 0.3).abs() < 1e-6));
        }
        let small = ramp(64, 64).resize(16, 16);
        // Pixel 5 of 16 covers pixels 20..24 of 64, whose centre is 21.5.
        assert!((small.at(5, 5)[0] - 21.5).abs() < 1e-4);
        let large = small.resize(64, 64);
        assert!((large.at(30, 30)[0] - 30.0).abs() < 1e-3);
    }
}
