//! Self-attention in blocks: never more than a few rows of the N×N scores exist at once (Dao et al. 2022).

use crate::{
    Level, Tensor,
    isa::{Isa, Kernel},
    math::exp,
    pack::Packed,
    tensor::{BLOCK, padded},
    tile::Row,
};
use rayon::prelude::*;

/// Queries that a task works on.
const QUERIES: usize = 48;
/// Keys whose scores are held at once: 48 · 256 scores are 48 KiB.
const KEYS: usize = 256;

/// Attention of every position of a frame over all positions of that frame.
///
/// `qkv` has 3·C channels: queries, keys, values, each `heads × head_dim`. Queries and keys are made unit length per head; their dot products times
/// `scales[head]` are the logits (query-key normalisation, Henry et al. 2020). `out` gets C channels.
///
/// # Panics
/// Shapes do not fit, or the heads do not divide the channels.
pub fn attention(level: Level, qkv: &Tensor, scales: &[f32], out: &mut Tensor) {
    let (heads, channels, positions) = (scales.len(), out.channels, out.height * out.width);
    assert_eq!(qkv.shape(), [out.frames, out.height, out.width, channels * 3], "queries, keys and values");
    assert!(heads > 0 && channels.is_multiple_of(heads), "heads that divide the channels");
    if positions == 0 {
        return;
    }
    let (dim, stride) = (channels / heads, out.stride());
    let frame_len = positions * qkv.stride();
    for (frame, out) in out.data.chunks_exact_mut(positions * stride).enumerate() {
        let from = &qkv.data[frame * frame_len..][..frame_len];
        let value = |place: usize, position: usize| from[position * qkv.stride() + place];
        let packed: Vec<(Packed, Packed)> = (0..heads)
            .into_par_iter()
            .map(|head| {
                let (key, value_at) = (channels + head * dim, 2 * channels + head * dim);
                let lengths: Vec<f32> = (0..positions).map(|p| unit((0..dim).map(|i| value(key + i, p)))).collect();
                let keys = Packed::new(1, positions, dim, |_, p, i| value(key + i, p) * lengths[p]);
                let values = Packed::new(1, dim, positions, |_, i, p| value(value_at + i, p));
                (keys, values)
            })
            .collect();
        out.par_chunks_mut(QUERIES * stride).enumerate().for_each(|(part, out)| {
            let from = &from[part * QUERIES * qkv.stride()..];
            for (head, (keys, values)) in packed.iter().enumerate() {
                level.run(Block { from, from_stride: qkv.stride(), head, dim, stride, scale: scales[head], keys, values, positions, out });
            }
        });
    }
}

/// One over the Euclidean length; 1e-6 under the root keeps it finite.
fn unit(numbers: impl Iterator<Item = f32>) -> f32 {
    (numbers.map(|x| x * x).sum::<f32>() + 1e-6).sqrt().recip()
}

/// Some queries of one head.
struct Block<'a> {
    from: &'a [f32],
    from_stride: usize,
    head: usize,
    dim: usize,
    stride: usize,
    scale: f32,
    keys: &'a Packed,
    values: &'a Packed,
    positions: usize,
    out: &'a mut [f32],
}

impl Kernel for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let Self { from, from_stride, head, dim, stride, scale, keys, values, positions, out } = self;
        let (count, wide) = (out.len() / stride, padded(dim));
        let mut queries = vec![0.0; count * wide];
        for (query, pixel) in queries.chunks_exact_mut(wide).zip(from.chunks(from_stride)) {
            query[..dim].copy_from_slice(&pixel[head * dim..][..dim]);
            let factor = scale * unit(query.iter().copied());
            query.iter_mut().for_each(|x| *x *= factor);
        }
        let mut scores = vec![0.0; count * KEYS];
        // The running maximum and sum of exponentials of each query.
        let mut state = vec![(f32::NEG_INFINITY, 0.0f32); count];
        let mut sums = vec![0.0; count * wide];
        let zero = [0.0; 2 * BLOCK];
        for start in (0..positions).step_by(KEYS) {
            let held = KEYS.min(positions - start);
            let width = held.next_multiple_of(BLOCK);
            product(isa, &queries, wide, keys, start / BLOCK..(start + width) / BLOCK, 0..wide, &mut scores, KEYS, Some(&zero));
            for ((row, (top, total)), sums) in scores.chunks_exact_mut(KEYS).zip(&mut state).zip(sums.chunks_exact_mut(wide)) {
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
            product(isa, &scores, KEYS, values, 0..values.blocks, start..start + width, &mut sums, wide, None);
        }
        for ((pixel, sums), (_, total)) in out.chunks_exact_mut(stride).zip(sums.chunks_exact(wide)).zip(&state) {
            let factor = total.recip();
            // The last head also clears the padding.
            pixel[head * dim + dim..].fill(0.0);
            pixel[head * dim..][..dim].iter_mut().zip(sums).for_each(|(to, sum)| *to = sum * factor);
        }
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
