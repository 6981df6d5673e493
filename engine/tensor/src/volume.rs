//! Dense feature maps of the large networks.

use crate::{Level, Matrix, convolve};

/// `frames × height × width` pixels of `channels` numbers each, channels last and without padding; videos lie one after the other along the frames.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Volume {
    /// Images, of all videos.
    pub frames: usize,
    /// Rows of an image.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Numbers of a pixel.
    pub channels: usize,
    /// `frames · height · width · channels` numbers.
    pub data: Vec<f32>,
}

/// The shape of a convolution over time and space. Padding is zeros; over time it keeps the number of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Taps over frames, odd.
    pub time: usize,
    /// Taps down and across.
    pub space: usize,
    /// Pixels from one output to the next, down and across.
    pub stride: usize,
    /// Rows and columns of zeros above and to the left.
    pub before: usize,
    /// Rows and columns of zeros below and to the right.
    pub after: usize,
}

impl Reach {
    /// One pixel.
    pub const POINT: Self = Self { time: 1, space: 1, stride: 1, before: 0, after: 0 };
    /// 3 × 3 pixels of a frame.
    pub const SPACE: Self = Self { time: 1, space: 3, stride: 1, before: 1, after: 1 };
    /// A pixel in three frames.
    pub const TIME: Self = Self { time: 3, space: 1, stride: 1, before: 0, after: 0 };
    /// 3 × 3 pixels, every second one.
    pub const HALVE: Self = Self { time: 1, space: 3, stride: 2, before: 1, after: 1 };
    /// The same with zeros at the right and the bottom alone.
    pub const HALVE_AFTER: Self = Self { time: 1, space: 3, stride: 2, before: 0, after: 1 };

    /// Taps in all.
    pub const fn taps(&self) -> usize {
        self.time * self.space * self.space
    }

    /// Outputs along an axis of `size` pixels.
    pub const fn outputs(&self, size: usize) -> usize {
        (size + self.before + self.after).saturating_sub(self.space) / self.stride + 1
    }
}

impl Volume {
    /// Takes the numbers of a volume.
    ///
    /// # Panics
    /// There are not as many as the shape says.
    pub fn new([frames, height, width, channels]: [usize; 4], data: Vec<f32>) -> Self {
        assert_eq!(data.len(), frames * height * width * channels, "{frames} frames of {height}x{width}x{channels}");
        Self { frames, height, width, channels, data }
    }

    /// From planes, as torch keeps images: frames, channels, rows, columns.
    ///
    /// # Panics
    /// As [`Volume::new`].
    pub fn from_planes([frames, channels, height, width]: [usize; 4], planes: &[f32]) -> Self {
        assert_eq!(planes.len(), frames * channels * height * width, "{frames} frames of {channels} planes {height}x{width}");
        Self::new([frames, height, width, channels], exchange(planes, channels, height * width))
    }

    /// To planes: frames, channels, rows, columns.
    pub fn to_planes(&self) -> Vec<f32> {
        exchange(&self.data, self.pixels(), self.channels)
    }

    /// All zeros.
    pub fn zeros(shape: [usize; 4]) -> Self {
        Self::new(shape, vec![0.0; shape.iter().product()])
    }

    /// From numbers in the order channel, frame, row, column, as torch keeps a video; `shape` is still [frames, height, width, channels].
    ///
    /// # Panics
    /// As [`Volume::new`].
    pub fn from_planar(shape: [usize; 4], planar: &[f32]) -> Self {
        Self::new(shape, exchange(planar, shape[3], shape[0] * shape[1] * shape[2]))
    }

    /// In the order channel, frame, row, column.
    pub fn to_planar(&self) -> Vec<f32> {
        exchange(&self.data, self.frames * self.pixels(), self.channels)
    }

    /// Frames, height, width, channels.
    pub fn shape(&self) -> [usize; 4] {
        [self.frames, self.height, self.width, self.channels]
    }

    /// Pixels of a frame.
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Numbers of a frame.
    pub fn frame_len(&self) -> usize {
        self.pixels() * self.channels
    }

    /// One frame.
    pub fn frame(&self, t: usize) -> &[f32] {
        &self.data[t * self.frame_len()..][..self.frame_len()]
    }

    /// One frame, to be written.
    pub fn frame_mut(&mut self, t: usize) -> &mut [f32] {
        let len = self.frame_len();
        &mut self.data[t * len..][..len]
    }

    /// Some of the frames.
    ///
    /// # Panics
    /// There are no such frames.
    pub fn cut(&self, frames: std::ops::Range<usize>) -> Self {
        let frame = self.frame_len();
        let data = self.data[frames.start * frame..frames.end * frame].to_vec();
        Self { frames: frames.len(), data, ..Self { data: Vec::new(), ..*self } }
    }

    /// The channels of `self`, then those of `other`.
    ///
    /// # Panics
    /// Frames or sizes differ.
    pub fn beside(&self, other: &Self) -> Self {
        assert_eq!(self.shape()[..3], other.shape()[..3], "pixels side by side");
        let mut data = Vec::with_capacity(self.data.len() + other.data.len());
        for (a, b) in self.data.chunks_exact(self.channels).zip(other.data.chunks_exact(other.channels)) {
            data.extend_from_slice(a);
            data.extend_from_slice(b);
        }
        let [frames, height, width, _] = self.shape();
        Self::new([frames, height, width, self.channels + other.channels], data)
    }

    /// Every pixel four times: nearest upsampling to twice the size.
    pub fn doubled(&self) -> Self {
        let mut data = Vec::with_capacity(4 * self.data.len());
        for row in self.data.chunks_exact(self.width * self.channels) {
            let start = data.len();
            for pixel in row.chunks_exact(self.channels) {
                data.extend_from_slice(pixel);
                data.extend_from_slice(pixel);
            }
            data.extend_from_within(start..);
        }
        Self::new([self.frames, 2 * self.height, 2 * self.width, self.channels], data)
    }

    /// Adds `other · weight`.
    ///
    /// # Panics
    /// The shapes differ.
    pub fn add(&mut self, other: &Self, weight: f32) {
        assert_eq!(self.shape(), other.shape(), "volumes to add");
        self.data.iter_mut().zip(&other.data).for_each(|(a, b)| *a += weight * b);
    }

    /// A convolution of `videos` videos of equal length; `weights` are torch's `[outputs, channels, time, space, space]`. Frames of one video do not reach
    /// into another.
    ///
    /// # Panics
    /// The sizes do not fit.
    pub fn convolve(&self, level: Level, videos: usize, reach: Reach, weights: &Matrix<'_>, bias: Option<&[f32]>) -> Self {
        assert!(videos > 0 && self.frames.is_multiple_of(videos), "{} frames of {videos} videos", self.frames);
        let (frames, height, width) = (self.frames / videos, self.height, self.width);
        let (down, across) = (reach.outputs(height), reach.outputs(width));
        let shift = |tap: usize| [tap / reach.space / reach.space, tap / reach.space % reach.space, tap % reach.space];
        let shifts: Vec<[usize; 3]> = (0..reach.taps()).map(shift).collect();
        let shifts = shifts.as_slice();
        let place = |row: usize| {
            let (x, rest) = (row % across * reach.stride, row / across);
            let (y, frame) = (rest % down * reach.stride, rest / down);
            let (first, frame) = (frame - frame % frames, frame % frames);
            move |tap: usize| {
                let [dt, dy, dx] = shifts[tap];
                let x = (x + dx).checked_sub(reach.before).filter(|x| *x < width)?;
                let y = (y + dy).checked_sub(reach.before).filter(|y| *y < height)?;
                let t = (frame + dt).checked_sub(reach.time / 2).filter(|t| *t < frames)?;
                Some(((first + t) * height + y) * width + x)
            }
        };
        let mut data = vec![0.0; self.frames * down * across * weights.outputs()];
        convolve(level, &self.data, self.channels, reach.taps(), place, weights, bias, &mut data);
        Self::new([self.frames, down, across, weights.outputs()], data)
    }
}

/// Rows and columns exchanged in every `rows × columns` matrix of a sequence.
fn exchange(from: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut to = vec![0.0; from.len()];
    if from.is_empty() {
        return to;
    }
    for (to, from) in to.chunks_exact_mut(rows * columns).zip(from.chunks_exact(rows * columns)) {
        for (row, from) in from.chunks_exact(columns).enumerate() {
            for (column, number) in from.iter().enumerate() {
                to[column * rows + row] = *number;
            }
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Numbers, plain::numbers};

    #[test]
    fn convolutions_agree_with_the_plain_sum_for_every_reach() {
        let shape = [6, 5, 7, 3];
        let x = Volume::new(shape, numbers(6 * 5 * 7 * 3, 1));
        for reach in [Reach::POINT, Reach::SPACE, Reach::TIME, Reach::HALVE, Reach::HALVE_AFTER] {
            for videos in [1, 2] {
                let weights = numbers(4 * 3 * reach.taps(), 2);
                let matrix = Matrix::new(4, 3 * reach.taps(), Numbers::Single(&weights));
                let y = x.convolve(Level::best(), videos, reach, &matrix, Some(&[0.1, 0.2, 0.3, 0.4]));
                let frames = 6 / videos;
                for (i, &fast) in y.data.iter().enumerate() {
                    let (o, p) = (i % 4, i / 4);
                    let (px, py, f) = (p % y.width, p / y.width % y.height, p / y.width / y.height);
                    let mut slow = 0.1 * (o + 1) as f64;
                    for tap in 0..reach.taps() {
                        let (dx, dy, dt) = (tap % reach.space, tap / reach.space % reach.space, tap / reach.space / reach.space);
                        let sx = (px * reach.stride + dx) as isize - reach.before as isize;
                        let sy = (py * reach.stride + dy) as isize - reach.before as isize;
                        let st = (f % frames + dt) as isize - (reach.time / 2) as isize;
                        if (0..7).contains(&sx) && (0..5).contains(&sy) && (0..frames as isize).contains(&st) {
                            let at = ((((f / frames * frames) as isize + st) * 5 + sy) * 7 + sx) as usize * 3;
                            slow += (0..3).map(|c| f64::from(x.data[at + c]) * f64::from(weights[(o * 3 + c) * reach.taps() + tap])).sum::<f64>();
                        }
                    }
                    assert!((f64::from(fast) - slow).abs() < 1e-4, "{reach:?} [{i}]: {fast}, not {slow}");
                }
            }
        }
        let halved = |reach: Reach| [reach.outputs(8), reach.outputs(5)];
        assert_eq!((halved(Reach::HALVE), halved(Reach::HALVE_AFTER)), ([4, 3], [4, 2]));
    }

    #[test]
    fn planes_doubling_and_joining_move_every_number_to_its_place() {
        let x = Volume::new([2, 2, 3, 2], numbers(24, 1));
        assert_eq!(Volume::from_planes([2, 2, 2, 3], &x.to_planes()), x);
        assert_eq!(x.to_planes()[6], x.data[1]);
        assert_eq!(Volume::from_planar(x.shape(), &x.to_planar()), x);
        assert!(x.to_planar()[12] == x.data[1] && x.to_planar()[6] == x.frame(1)[0] && x.frame(1) == &x.data[12..]);
        let double = x.doubled();
        assert!((0..24).all(|p| double.data[2 * (p % 6 + p / 6 * 6)..][..2] == x.data[2 * (p % 6 / 2 + p / 12 * 3)..][..2]));
        let both = x.beside(&x.cut(0..2));
        assert!(both.channels == 4 && both.data[..2] == x.data[..2] && both.data[2..4] == x.data[..2]);
        assert_eq!(x.cut(1..2).data, x.data[12..]);
    }
}
