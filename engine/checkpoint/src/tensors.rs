//! Where a tensor lies in its file.

use crate::Dtype;
use std::ops::Range;

/// One tensor of a file: its format, its shape, and where its numbers are. Checked against the file when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Format of the numbers.
    pub dtype: Dtype,
    /// Sizes, slowest first.
    pub shape: Vec<usize>,
    /// Distance between neighbours along each axis, in numbers. Row-major tensors have the products of the later sizes.
    pub stride: Vec<usize>,
    /// The bytes from the tensor's first number to the end of its storage.
    pub bytes: Range<usize>,
}

impl Entry {
    /// How many numbers it has; `None` if that is more than a `usize` counts.
    pub fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |n, &size| n.checked_mul(size))
    }

    /// Whether the numbers stand in row-major order without gaps.
    pub fn is_contiguous(&self) -> bool {
        let mut expected = 1_usize;
        for (&size, &stride) in self.shape.iter().zip(&self.stride).rev() {
            if size != 1 && stride != expected {
                return false;
            }
            expected = expected.saturating_mul(size);
        }
        true
    }

    /// The numbers in row-major order, widened to f32. `file` is the file of whose table this entry is.
    ///
    /// # Panics
    /// It is another, shorter file.
    pub fn numbers(&self, file: &[u8]) -> Vec<f32> {
        let (size, bytes) = (self.dtype.size(), &file[self.bytes.clone()]);
        let count = self.count().expect("checked when the table was read");
        if self.is_contiguous() {
            return match self.dtype {
                // The common case, without a match per number.
                Dtype::F32 => bytes[..count * 4].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
                dtype => bytes[..count * size].chunks_exact(size).map(|b| dtype.widen(b)).collect(),
            };
        }
        let mut numbers = Vec::with_capacity(count);
        let mut index = vec![0_usize; self.shape.len()];
        for _ in 0..count {
            let at: usize = index.iter().zip(&self.stride).map(|(i, stride)| i * stride).sum();
            numbers.push(self.dtype.widen(&bytes[at * size..(at + 1) * size]));
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < self.shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        numbers
    }

    /// Whether every number lies inside `bytes`, and the tensor is no larger than its storage (so that reading it cannot
    /// allocate more than the file holds, which overlapping strides such as 0 would allow).
    pub fn fits(&self) -> bool {
        let Some(count) = self.count() else { return false };
        if count == 0 {
            return true;
        }
        let last = self.shape.iter().zip(&self.stride).try_fold(0_usize, |at, (&size, &stride)| at.checked_add((size - 1).checked_mul(stride)?));
        let room = self.bytes.len() / self.dtype.size();
        last.is_some_and(|last| last < room) && count <= room
    }
}

/// Row-major strides of `shape`; saturating where the sizes are absurd ([`Entry::fits`] refuses those).
pub(crate) fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut stride = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        stride[axis - 1] = stride[axis].saturating_mul(shape[axis]);
    }
    stride
}
