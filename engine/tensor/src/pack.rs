//! Weights in the order in which the matrix kernel reads them.

use crate::tensor::{BLOCK, padded};

/// Bytes of weights that one sweep over a band uses again and again: they stay in half of a 32 KiB first-level cache beside the pixels.
const SWEEP: usize = 18 * 1024;

/// Weights as blocks of [`BLOCK`] outputs; inside a block chunks of inputs; inside a chunk taps; then one row of [`BLOCK`] weights an input.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    /// Places of the input that each output looks at.
    pub taps: usize,
    /// Inputs of a tap, padded.
    pub depth: usize,
    /// Blocks of outputs.
    pub blocks: usize,
    /// Inputs of a chunk; the last may have fewer.
    pub chunk: usize,
    data: Vec<f32>,
}

impl Packed {
    /// `weight(tap, output, input)` for `outputs` (padded to blocks with zeros) and `inputs` (padded too).
    pub fn new(taps: usize, outputs: usize, inputs: usize, weight: impl Fn(usize, usize, usize) -> f32) -> Self {
        let (depth, blocks) = (padded(inputs), outputs.div_ceil(BLOCK));
        let chunk = (SWEEP / (taps * BLOCK * 4) / BLOCK * BLOCK).clamp(BLOCK, depth.max(BLOCK));
        let mut data = Vec::with_capacity(blocks * taps * depth * BLOCK);
        for block in 0..blocks {
            for start in (0..depth).step_by(chunk) {
                for tap in 0..taps {
                    for input in start..(start + chunk).min(depth) {
                        for output in block * BLOCK..(block + 1) * BLOCK {
                            data.push(if output < outputs && input < inputs { weight(tap, output, input) } else { 0.0 });
                        }
                    }
                }
            }
        }
        Self { taps, depth, blocks, chunk, data }
    }

    /// Numbers from one block to the next.
    pub fn block_stride(&self) -> usize {
        self.taps * self.depth * BLOCK
    }

    /// Where the weights of a block's chunk that starts at input `start` begin; they reach to the end of the slice's last block.
    pub fn from(&self, block: usize, start: usize) -> &[f32] {
        &self.data[block * self.block_stride() + start * self.taps * BLOCK..]
    }
}
