//! A clip, or its latents.

/// Frames of channels-last pixels, without padding: number (t, y, x, c) stands at `((t · height + y) · width + x) · channels + c`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Volume {
    /// Images in time.
    pub frames: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Numbers of a pixel.
    pub channels: usize,
    /// All numbers.
    pub data: Vec<f32>,
}

impl Volume {
    /// Of the shape [frames, height, width, channels].
    ///
    /// # Panics
    /// The numbers are not as many as the shape says.
    pub fn new([frames, height, width, channels]: [usize; 4], data: Vec<f32>) -> Self {
        assert_eq!(data.len(), frames * height * width * channels, "numbers of a {frames}x{height}x{width}x{channels} volume");
        Self { frames, height, width, channels, data }
    }

    /// All zeros.
    pub fn zeros(shape: [usize; 4]) -> Self {
        Self::new(shape, vec![0.0; shape.iter().product()])
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

    /// From numbers in the order channel, frame, row, column, as torch keeps them; `shape` is still [frames, height, width, channels].
    pub fn from_planar(shape: [usize; 4], planar: &[f32]) -> Self {
        let mut volume = Self::zeros(shape);
        let (channels, places) = (shape[3], shape[0] * shape[1] * shape[2]);
        assert_eq!(planar.len(), channels * places, "numbers of a {shape:?} volume");
        for (place, pixel) in volume.data.chunks_exact_mut(channels.max(1)).enumerate() {
            for (c, number) in pixel.iter_mut().enumerate() {
                *number = planar[c * places + place];
            }
        }
        volume
    }

    /// In the order channel, frame, row, column.
    pub fn to_planar(&self) -> Vec<f32> {
        (0..self.channels).flat_map(|c| self.data.iter().skip(c).step_by(self.channels)).copied().collect()
    }

    /// Adds another volume of the same shape.
    pub fn add(&mut self, other: &Self) {
        assert_eq!(self.shape(), other.shape(), "volumes to add");
        self.data.iter_mut().zip(&other.data).for_each(|(a, b)| *a += b);
    }
}
