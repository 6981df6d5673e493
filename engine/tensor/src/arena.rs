//! Where tensors come from: buffers that are used again instead of fresh pages.

use crate::{Tensor, tensor::padded};

/// Buffers that were given back, for tensors of any shape. Fresh memory costs a page fault every 4 KiB, which for these networks is a large part of the
/// whole time; a second run with the same shapes allocates nothing.
#[derive(Debug, Default)]
pub struct Arena {
    free: Vec<Vec<f32>>,
}

impl Arena {
    /// A tensor whose numbers are left over from earlier use: the caller writes every one.
    pub fn take(&mut self, shape: [usize; 4]) -> Tensor {
        let [frames, height, width, channels] = shape;
        let len = frames * height * width * padded(channels);
        // The smallest buffer that is large enough, else the largest, so that few buffers grow.
        let fits =
            |buffer: &Vec<f32>| (buffer.capacity() < len, if buffer.capacity() < len { usize::MAX - buffer.capacity() } else { buffer.capacity() });
        let best = (0..self.free.len()).min_by_key(|&i| fits(&self.free[i]));
        let mut data = best.map(|i| self.free.swap_remove(i)).unwrap_or_default();
        if data.capacity() < len {
            data = Vec::new();
        }
        data.resize(len, 0.0);
        Tensor { frames, height, width, channels, data }
    }

    /// Takes a tensor's buffer back.
    pub fn give(&mut self, tensor: Tensor) {
        self.free.push(tensor.data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_with_the_same_shapes_allocates_nothing() {
        let mut arena = Arena::default();
        let shapes = [[1, 8, 8, 3], [2, 4, 4, 20], [1, 1, 1, 5]];
        let mut pointers = Vec::new();
        for round in 0..2 {
            let tensors = shapes.map(|shape| arena.take(shape));
            let mut now: Vec<_> = tensors.iter().map(|t| t.data.as_ptr()).collect();
            now.sort();
            if round == 1 {
                assert_eq!(now, pointers);
            }
            pointers = now;
            tensors.into_iter().for_each(|t| arena.give(t));
        }
        assert_eq!(arena.free.len(), 3);
    }
}
