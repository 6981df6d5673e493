//! Softmax over keys that come in blocks: the running maximum, sum and weighted values of some queries (Dao et al. 2022).

use crate::{
    isa::{Isa, Kernel},
    math::exp,
    pack::Packed,
    tensor::{BLOCK, padded},
    tile::Row,
};

/// Keys whose scores are held at once: 48 queries · 256 scores are 48 KiB.
const KEYS: usize = 256;

/// `softmax(queries · keysᵀ) · values`: gives sums of `padded(values)` numbers a query, to be divided by the totals that stand beside.
/// One kernel for every caller, because it is the largest piece of code of this crate.
pub(crate) struct Online<'a> {
    /// Queries of `wide` (a padded head's) numbers, which carry the scale already.
    pub queries: &'a [f32],
    /// See above.
    pub wide: usize,
    /// One output a position.
    pub keys: &'a Packed,
    /// One input a position.
    pub values: &'a Packed,
    /// How many keys there are.
    pub positions: usize,
}

impl Kernel for Online<'_> {
    type Output = (Vec<f32>, Vec<f32>);

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> Self::Output {
        let Self { queries, wide, keys, values, positions } = self;
        let count = queries.len() / wide;
        let out = values.blocks * BLOCK;
        let mut scores = vec![0.0; count * KEYS];
        // The running maximum and sum of exponentials of each query.
        let (mut tops, mut totals) = (vec![f32::NEG_INFINITY; count], vec![0.0f32; count]);
        let mut sums = vec![0.0; count * out];
        let zero = [0.0; 2 * BLOCK];
        for start in (0..positions).step_by(KEYS) {
            let held = KEYS.min(positions - start);
            let width = padded(held);
            product(isa, &queries[..count * wide], wide, keys, start / BLOCK..(start + width) / BLOCK, 0..wide, &mut scores, KEYS, Some(&zero));
            for (((row, top), total), sums) in scores.chunks_exact_mut(KEYS).zip(&mut tops).zip(&mut totals).zip(sums.chunks_exact_mut(out)) {
                let row = &mut row[..width];
                row[held..].fill(f32::NEG_INFINITY);
                let mut highest = isa.splat(*top);
                for part in row.chunks_exact(I::LANES) {
                    highest = isa.max(highest, isa.read(part));
                }
                let highest = isa.fold(highest, f32::max);
                let (shift, mut sum) = (isa.splat(highest), isa.splat(0.0));
                for part in row.chunks_exact_mut(I::LANES) {
                    let weight = exp(isa, isa.sub(isa.read(part), shift));
                    isa.write(part, weight);
                    sum = isa.add(sum, weight);
                }
                // The vector exponential stops at e^−87, which is nothing beside the highest, 1; in the product it must be zero.
                row[held..].fill(0.0);
                let fade = if *total == 0.0 { 0.0 } else { (*top - highest).exp() };
                *total = *total * fade + isa.fold(sum, |a, b| a + b);
                *top = highest;
                sums.iter_mut().for_each(|x| *x *= fade);
            }
            product(isa, &scores, KEYS, values, 0..values.blocks, start..start + width, &mut sums, out, None);
        }
        (sums, totals)
    }
}

/// `to = a · b` (or `+=` without a bias) for the given blocks and inputs of `b`; rows of `a` and `to` lie `a_step` and `to_step` apart.
#[expect(clippy::too_many_arguments, reason = "a matrix product has this many sizes")]
#[inline(always)]
fn product<I: Isa>(
    isa: I,
    a: &[f32],
    a_step: usize,
    b: &Packed,
    blocks: std::ops::Range<usize>,
    inputs: std::ops::Range<usize>,
    to: &mut [f32],
    to_step: usize,
    bias: Option<&[f32]>,
) {
    let together = (I::VECTORS * I::LANES / BLOCK).max(1);
    let first = blocks.start;
    let mut block = first;
    while block < blocks.end {
        let now = together.min(blocks.end - block);
        let line = Row {
            source: a,
            taps: &[(0, 0)],
            source_step: a_step,
            depth: inputs.len(),
            weights: b.from(block, inputs.start),
            weights_step: b.block_stride(),
            blocks: now,
            target_step: to_step,
            width: to.len() / to_step,
            bias,
            accumulate: false,
            film: None,
        };
        line.run(isa, &mut to[(block - first) * BLOCK..]);
        block += now;
    }
}
