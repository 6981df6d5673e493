//! Scaled-dot-product attention over long sequences: the scores of some queries with some keys exist at a time, never the whole matrix.

use crate::{Level, Number, online::Online, pack::Packed, tensor::padded};
use rayon::prelude::*;

/// Queries that a task works on.
const QUERIES: usize = 48;

/// The shape of an attention.
#[derive(Debug, Clone, Copy)]
pub struct Heads {
    /// Heads of a position.
    pub heads: usize,
    /// Numbers of a head.
    pub dim: usize,
    /// What the dot products are multiplied with, mostly `1 / sqrt(dim)`.
    pub scale: f32,
}

/// `out = softmax(scale · q · kᵀ) · v` for every head of every sequence of a batch (Vaswani et al. 2017).
///
/// A position has `heads · dim` numbers, head by head. `queries` and `out` have `batch` sequences of the same length; `keys` and `values` have `batch`
/// sequences of the same length, which may differ from that of the queries. Results have the same bytes for any number of threads.
///
/// # Panics
/// The sizes do not fit, or there are queries but no keys.
pub fn attend<N: Number>(level: Level, shape: Heads, batch: usize, queries: &[N], keys: &[N], values: &[N], out: &mut [N]) {
    let stride = shape.heads * shape.dim;
    assert!(queries.len() == out.len() && keys.len() == values.len(), "as many outputs as queries, as many values as keys");
    if out.is_empty() {
        return;
    }
    assert!(queries.len().is_multiple_of(batch * stride) && keys.len().is_multiple_of(batch * stride) && !keys.is_empty(), "whole sequences");
    let (asked, known) = (queries.len() / batch, keys.len() / batch);
    let sequence = |index: usize, out: &mut [N]| {
        let range = index * known..(index + 1) * known;
        one(level, shape, &queries[index * asked..][..asked], &keys[range.clone()], &values[range], out);
    };
    // Many short sequences share the threads out among themselves; in a long one the queries do.
    out.par_chunks_mut(asked).enumerate().for_each(|(index, out)| sequence(index, out));
}

/// One sequence.
fn one<N: Number>(level: Level, shape: Heads, queries: &[N], keys: &[N], values: &[N], out: &mut [N]) {
    let stride = shape.heads * shape.dim;
    let positions = keys.len() / stride;
    let band = QUERIES * stride;
    // Few heads are packed at a time, so that a copy of all keys and values never exists.
    let together = rayon::current_num_threads().clamp(1, shape.heads);
    for first in (0..shape.heads).step_by(together) {
        let heads = first..(first + together).min(shape.heads);
        let pack = |head: usize| {
            let at = head * shape.dim;
            let keys = Packed::new(1, positions, shape.dim, |_, p, i| keys[p * stride + at + i].wide());
            let values = Packed::new(1, shape.dim, positions, |_, i, p| values[p * stride + at + i].wide());
            (head, keys, values)
        };
        let packed: Vec<_> = heads.into_par_iter().map(pack).collect();
        out.par_chunks_mut(band).zip(queries.par_chunks(band)).for_each(|(out, queries)| {
            for (head, keys, values) in &packed {
                block(level, shape, *head, queries, keys, values, out, positions);
            }
        });
    }
}

/// Some queries of one head, and where their outputs go.
#[expect(clippy::too_many_arguments, reason = "an attention has this many parts")]
fn block<N: Number>(level: Level, shape: Heads, head: usize, queries: &[N], keys: &Packed, values: &Packed, out: &mut [N], positions: usize) {
    let (stride, dim, wide) = (shape.heads * shape.dim, shape.dim, padded(shape.dim));
    let mut scaled = vec![0.0; out.len() / stride * wide];
    for (to, from) in scaled.chunks_exact_mut(wide).zip(queries.chunks_exact(stride)) {
        for (to, from) in to.iter_mut().zip(&from[head * dim..][..dim]) {
            *to = from.wide() * shape.scale;
        }
    }
    let (sums, totals) = level.run(Online { queries: &scaled, wide, keys, values, positions });
    for ((to, sums), total) in out.chunks_exact_mut(stride).zip(sums.chunks_exact(wide)).zip(&totals) {
        let factor = total.recip();
        to[head * dim..][..dim].iter_mut().zip(sums).for_each(|(to, sum)| *to = N::nearest(sum * factor));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::numbers;

    #[test]
    fn attention_over_long_sequences_agrees_with_the_plain_one() {
        for (batch, asked, known, heads, dim) in [(1, 70, 600, 2, 21), (3, 5, 1, 1, 16), (40, 4, 4, 3, 8), (1, 1, 257, 1, 130)] {
            let stride = heads * dim;
            let queries: Vec<f32> = numbers(batch * asked * stride, 1).iter().map(|x| x * 4.0).collect();
            let (keys, values) = (numbers(batch * known * stride, 2), numbers(batch * known * stride, 3));
            let shape = Heads { heads, dim, scale: (dim as f32).sqrt().recip() };
            let mut expected = Vec::new();
            for (row, query) in queries.chunks_exact(stride).enumerate() {
                let first = row / asked * known;
                for (head, query) in query.chunks_exact(dim).enumerate() {
                    let place = |p: usize| (first + p) * stride + head * dim;
                    let dot = |p: usize| query.iter().zip(&keys[place(p)..]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
                    let scores: Vec<f64> = (0..known).map(|p| (dot(p) * f64::from(shape.scale)).exp()).collect();
                    let total: f64 = scores.iter().sum();
                    let value = |i: usize| scores.iter().enumerate().map(|(p, s)| s * f64::from(values[place(p) + i])).sum::<f64>();
                    expected.extend((0..dim).map(|i| value(i) / total));
                }
            }
            for level in Level::tested() {
                let mut out = vec![f32::NAN; queries.len()];
                attend(level, shape, batch, &queries, &keys, &values, &mut out);
                for (fast, slow) in out.iter().zip(&expected) {
                    assert!((f64::from(*fast) - slow).abs() < 2e-5, "{level:?} {batch}x{asked}x{known}x{heads}x{dim}: {fast}, not {slow}");
                }
            }
        }
    }
}
