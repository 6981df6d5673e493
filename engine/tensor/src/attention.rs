//! Self-attention in blocks: never more than a few rows of the N×N scores exist at once (Dao et al. 2022).

use crate::{Level, Tensor, online::Online, pack::Packed, tensor::padded};
use rayon::prelude::*;

/// Queries that a task works on.
const QUERIES: usize = 48;

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
                Block { from, from_stride: qkv.stride(), head, dim, stride, scale: scales[head], keys, values, positions, out }.run(level);
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

impl Block<'_> {
    fn run(self, level: Level) {
        let Self { from, from_stride, head, dim, stride, scale, keys, values, positions, out } = self;
        let (count, wide) = (out.len() / stride, padded(dim));
        let mut queries = vec![0.0; count * wide];
        for (query, pixel) in queries.chunks_exact_mut(wide).zip(from.chunks(from_stride)) {
            query[..dim].copy_from_slice(&pixel[head * dim..][..dim]);
            let factor = scale * unit(query.iter().copied());
            query.iter_mut().for_each(|x| *x *= factor);
        }
        let (sums, totals) = level.run(Online { queries: &queries, wide, keys, values, positions });
        for ((pixel, sums), total) in out.chunks_exact_mut(stride).zip(sums.chunks_exact(wide)).zip(&totals) {
            let factor = total.recip();
            // The last head also clears the padding.
            pixel[head * dim + dim..].fill(0.0);
            pixel[head * dim..][..dim].iter_mut().zip(sums).for_each(|(to, sum)| *to = sum * factor);
        }
    }
}
