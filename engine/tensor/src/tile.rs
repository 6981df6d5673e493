//! The matrix kernel: a few pixels times a few vectors of outputs, kept in registers over all taps and inputs of a chunk.

use crate::{isa::Isa, tensor::BLOCK};

/// One row of outputs, for some blocks of channels and one chunk of inputs.
pub(crate) struct Row<'a> {
    /// Where pixels are read.
    pub source: &'a [f32],
    /// For each tap: where its first input of the first pixel is in `source`, and its number in the weights.
    pub taps: &'a [(usize, usize)],
    /// Numbers from one pixel to the next in `source`.
    pub source_step: usize,
    /// Inputs of the chunk.
    pub depth: usize,
    /// Weights of the first block's chunk.
    pub weights: &'a [f32],
    /// Numbers from one block to the next in `weights`.
    pub weights_step: usize,
    /// Blocks of outputs, 1 or 2; consecutive in a pixel of the target.
    pub blocks: usize,
    /// Numbers from one pixel to the next in the target.
    pub target_step: usize,
    /// Pixels.
    pub width: usize,
    /// Added at the first chunk (one number an output); later chunks go on from the target.
    pub bias: Option<&'a [f32]>,
    /// Whether the first chunk also adds what is in the target.
    pub accumulate: bool,
    /// After the last chunk: times the first, plus the second.
    pub film: Option<(&'a [f32], &'a [f32])>,
}

impl Row<'_> {
    /// Writes the row to `target`, whose first number is the first output of the first pixel.
    #[inline(always)]
    pub fn run<I: Isa>(&self, isa: I, target: &mut [f32]) {
        self.check(target);
        match self.blocks * BLOCK / I::LANES {
            1 if I::LANES == 16 => self.split::<I, 1>(isa, target),
            2 if I::LANES >= 8 => self.split::<I, 2>(isa, target),
            4 if I::LANES == 4 => self.split::<I, 4>(isa, target),
            other => unreachable!("{other} vectors"),
        }
    }

    /// Every address that the kernel will touch, so that it need not look.
    #[inline(always)]
    fn check(&self, target: &[f32]) {
        let last = (self.width.max(1) - 1) * self.source_step + self.depth;
        assert!(self.taps.iter().all(|tap| tap.0 + last <= self.source.len()), "pixels outside the source");
        let weights = self.taps.iter().map(|tap| (tap.1 + 1) * self.depth * BLOCK).max().unwrap_or(0);
        assert!((self.blocks - 1) * self.weights_step + weights <= self.weights.len(), "weights missing");
        let channels = self.blocks * BLOCK;
        assert!((self.width.max(1) - 1) * self.target_step + channels <= target.len(), "pixels outside the target");
        assert!(self.bias.is_none_or(|bias| bias.len() >= channels), "bias too short");
        assert!(self.film.is_none_or(|(scale, shift)| scale.len() >= channels && shift.len() >= channels), "film too short");
    }

    /// Pixels in runs of nearly equal length, so that none is short: 16 pixels are 6 + 5 + 5.
    #[inline(always)]
    fn split<I: Isa, const N: usize>(&self, isa: I, target: &mut [f32]) {
        let runs = self.width.div_ceil(I::PIXELS);
        let mut x = 0;
        for run in 0..runs {
            let pixels = (self.width - x).div_ceil(runs - run);
            // SAFETY: `check` has looked at all addresses of pixels 0..width, and x + pixels <= width.
            unsafe {
                match pixels {
                    1 => self.tile::<I, 1, N>(isa, x, target),
                    2 => self.tile::<I, 2, N>(isa, x, target),
                    3 if I::PIXELS >= 3 => self.tile::<I, 3, N>(isa, x, target),
                    4 if I::PIXELS >= 4 => self.tile::<I, 4, N>(isa, x, target),
                    5 if I::PIXELS >= 5 => self.tile::<I, 5, N>(isa, x, target),
                    6 if I::PIXELS >= 6 => self.tile::<I, 6, N>(isa, x, target),
                    7 if I::PIXELS >= 7 => self.tile::<I, 7, N>(isa, x, target),
                    8 if I::PIXELS >= 8 => self.tile::<I, 8, N>(isa, x, target),
                    9 if I::PIXELS >= 9 => self.tile::<I, 9, N>(isa, x, target),
                    10 if I::PIXELS >= 10 => self.tile::<I, 10, N>(isa, x, target),
                    11 if I::PIXELS >= 11 => self.tile::<I, 11, N>(isa, x, target),
                    12 if I::PIXELS >= 12 => self.tile::<I, 12, N>(isa, x, target),
                    other => unreachable!("{other} pixels"),
                }
            }
            x += pixels;
        }
    }

    /// `M` pixels from pixel `x`, `N` vectors of outputs.
    ///
    /// # Safety
    /// `check` passed and `x + M <= width`.
    #[inline(always)]
    unsafe fn tile<I: Isa, const M: usize, const N: usize>(&self, isa: I, x: usize, target: &mut [f32]) {
        let per_block = BLOCK / I::LANES;
        let weight_of = |n: usize| n / per_block * self.weights_step + n % per_block * I::LANES;
        let mut sums = [[isa.splat(0.0); N]; M];
        // SAFETY: `check` has compared the largest index of every pointer here with its slice's length.
        unsafe {
            let target = target.as_mut_ptr().add(x * self.target_step);
            if self.bias.is_none() || self.accumulate {
                for (m, sums) in sums.iter_mut().enumerate() {
                    for (n, sum) in sums.iter_mut().enumerate() {
                        *sum = isa.load(target.add(m * self.target_step + n * I::LANES));
                    }
                }
            }
            if let Some(bias) = self.bias {
                for n in 0..N {
                    let bias = isa.load(bias.as_ptr().add(n * I::LANES));
                    for sums in &mut sums {
                        sums[n] = isa.add(sums[n], bias);
                    }
                }
            }
            for &(from, tap) in self.taps {
                let pixels = self.source.as_ptr().add(from + x * self.source_step);
                let weights = self.weights.as_ptr().add(tap * self.depth * BLOCK);
                for input in 0..self.depth {
                    let mut row = [isa.splat(0.0); N];
                    for (n, weight) in row.iter_mut().enumerate() {
                        *weight = isa.load(weights.add(input * BLOCK + weight_of(n)));
                    }
                    for (m, sums) in sums.iter_mut().enumerate() {
                        let pixel = isa.splat(*pixels.add(m * self.source_step + input));
                        for (sum, weight) in sums.iter_mut().zip(row) {
                            *sum = isa.fma(pixel, weight, *sum);
                        }
                    }
                }
            }
            if let Some((scale, shift)) = self.film {
                for n in 0..N {
                    let (scale, shift) = (isa.load(scale.as_ptr().add(n * I::LANES)), isa.load(shift.as_ptr().add(n * I::LANES)));
                    for sums in &mut sums {
                        sums[n] = isa.fma(sums[n], scale, shift);
                    }
                }
            }
            for (m, sums) in sums.iter().enumerate() {
                for (n, sum) in sums.iter().enumerate() {
                    isa.store(target.add(m * self.target_step + n * I::LANES), *sum);
                }
            }
        }
    }
}
