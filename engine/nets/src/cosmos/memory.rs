//! How much memory a run takes, from the shapes alone.

use super::{DitConfig, SHRINK, TokenizerConfig, decoder_keys};

/// Bytes of a number.
const NUMBER: u64 = 4;
/// Panels and scratch of the matrix kernels, and what the program itself takes.
const REST: u64 = 64 << 20;
/// Tokens that a perceptron works on at once ([`super::Dit`]).
const BAND: u64 = 2048;

/// Peak memory of the stages of a run, in bytes, with the weights that are mapped at a time: a matrix, or the decoder's in f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// The transformer: the stream and four tensors of its size, the keys and values of a few heads, the hidden numbers of some tokens, and a matrix of weights.
    pub transformer: u64,
    /// The tokenizer: two clips at its widest level, and a few frames.
    pub tokenizer: u64,
}

impl Peak {
    /// For a clip of `frames` of `height × width` pixels with `threads` threads; `mapped` is the size of the largest stored matrix in bytes.
    pub fn new(dit: &DitConfig, tokenizer: &TokenizerConfig, [frames, height, width]: [usize; 3], threads: usize, mapped: usize) -> Self {
        let numbers = |count: usize| count as u64 * NUMBER;
        let latent_frames = (frames.max(1) - 1) / SHRINK + 1;
        let latents = latent_frames * (height / SHRINK) * (width / SHRINK);
        let tokens = latents / 4;
        let heads = threads.min(dit.width / dit.head);
        let stream = 5 * numbers(tokens * dit.width);
        let packed = 2 * numbers(heads * tokens * dit.head.next_multiple_of(16));
        let perceptron = BAND.min(tokens as u64) * NUMBER * (dit.width + dit.hidden) as u64;
        // Attention and perceptron take turns.
        let held = numbers(latents * (dit.outputs * 6 + dit.conditions));
        let transformer = stream + packed.max(perceptron) + held + mapped as u64 + REST;

        // The finest level of the decoder: its first block takes the coarser level's channels.
        let places = (latent_frames * 2 - 1) * (height / 4) * (width / 4);
        let (fine, coarse) = (tokenizer.widths[0], tokenizer.widths[1]);
        let frame = (height / 4) * (width / 4);
        let pixels = numbers(frames * height * width * 3);
        let decoder: usize = decoder_keys(tokenizer).iter().map(|key| key.shape.iter().product::<usize>()).sum();
        let tokenizer = numbers(places * (fine + coarse) + frame * (2 * coarse + fine) + decoder) + 2 * pixels + held + REST;
        Self { transformer, tokenizer }
    }

    /// The larger of the two, which take turns.
    pub fn most(&self) -> u64 {
        self.transformer.max(self.tokenizer)
    }
}
