//! The data: frames of channels-last pixels.

use rayon::prelude::*;

/// Channels are stored in multiples of this many, the widest vector's lanes; the rest are zero.
pub const BLOCK: usize = 16;

/// `frames × height × width` pixels of `channels` numbers each, padded with zeros to a multiple of [`BLOCK`].
///
/// Operations keep the padding zero, so that kernels need no tails.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tensor {
    /// Images.
    pub frames: usize,
    /// Rows of an image.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Numbers of a pixel that mean something.
    pub channels: usize,
    /// `frames · height · width · stride()` numbers.
    pub data: Vec<f32>,
}

/// `channels` rounded up to whole blocks.
pub(crate) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(BLOCK)
}

impl Tensor {
    /// All zeros; [`crate::Arena::take`] avoids the allocation.
    pub fn zeros(shape: [usize; 4]) -> Self {
        let [frames, height, width, channels] = shape;
        Self { frames, height, width, channels, data: vec![0.0; frames * height * width * padded(channels)] }
    }

    /// From dense numbers, `channels` a pixel.
    ///
    /// # Panics
    /// `dense` does not have as many numbers as the shape says.
    pub fn from_dense(shape: [usize; 4], dense: &[f32]) -> Self {
        let mut tensor = Self::zeros(shape);
        assert_eq!(dense.len(), shape.iter().product(), "numbers of a {shape:?} tensor");
        let (channels, stride) = (tensor.channels, tensor.stride());
        for (to, from) in tensor.data.chunks_exact_mut(stride).zip(dense.chunks_exact(channels)) {
            to[..channels].copy_from_slice(from);
        }
        tensor
    }

    /// Dense numbers, `channels` a pixel.
    pub fn to_dense(&self) -> Vec<f32> {
        self.data.chunks_exact(self.stride()).flat_map(|pixel| &pixel[..self.channels]).copied().collect()
    }

    /// Adds another tensor of the same shape.
    ///
    /// # Panics
    /// The shapes differ.
    pub fn add(&mut self, other: &Self) {
        assert_eq!(self.shape(), other.shape(), "shapes of a sum");
        let part = 16 * 1024;
        self.data
            .par_chunks_mut(part)
            .zip(other.data.par_chunks(part))
            .for_each(|(to, from)| to.iter_mut().zip(from).for_each(|(to, from)| *to += from));
    }

    /// Numbers from one pixel to the next.
    pub fn stride(&self) -> usize {
        padded(self.channels)
    }

    /// Frames, height, width, channels.
    pub fn shape(&self) -> [usize; 4] {
        [self.frames, self.height, self.width, self.channels]
    }
}
