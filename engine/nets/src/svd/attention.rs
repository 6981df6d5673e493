//! Attention and feed-forward layers of the transformers.

use crate::{
    store::Store,
    svd::layers::{LayerNorm, Linear},
    table::Table,
};
use relight_tensor::{Heads, attend, geglu};

/// Numbers of a feed-forward layer's hidden rows at once: 64 MiB.
pub(crate) const HIDDEN: usize = 1 << 24;

/// Attention with its four matrices.
#[derive(Debug, Clone)]
pub(crate) struct Attention {
    heads: usize,
    dim: usize,
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
}

impl Attention {
    /// `channels` numbers a position, `context` numbers of what is looked at; `bias` of queries, keys and values (the last matrix has one anyway).
    pub fn new(table: &mut Table, name: &str, channels: usize, context: usize, heads: usize, bias: bool) -> Self {
        Self {
            heads,
            dim: channels / heads,
            query: Linear::new(table, format!("{name}.to_q"), channels, channels, bias),
            key: Linear::new(table, format!("{name}.to_k"), context, channels, bias),
            value: Linear::new(table, format!("{name}.to_v"), context, channels, bias),
            out: Linear::new(table, format!("{name}.to_out.0"), channels, channels, true),
        }
    }

    /// What `batch` sequences `x` gather from `batch` sequences `context`.
    pub fn run(&self, store: &Store, batch: usize, x: &[f32], context: &[f32]) -> Vec<f32> {
        let (keys, values) = (self.key.run(store, context), self.value.run(store, context));
        let queries = self.query.run(store, x);
        let mut gathered = vec![0.0; queries.len()];
        let shape = Heads { heads: self.heads, dim: self.dim, scale: (self.dim as f32).sqrt().recip() };
        attend(store.level, shape, batch, &queries, &keys, &values, &mut gathered);
        drop((keys, values, queries));
        self.out.run(store, &gathered)
    }

    /// What any position gathers from a single token: with one key the softmax is 1 whatever the query.
    pub fn of_token(&self, store: &Store, token: &[f32]) -> Vec<f32> {
        self.out.run(store, &self.value.run(store, token))
    }
}

/// Gated feed-forward with its normalisation: `y += out(geglu(proj(norm(y))))`.
#[derive(Debug, Clone)]
pub(crate) struct FeedForward {
    norm: LayerNorm,
    proj: Linear,
    out: Linear,
    channels: usize,
}

impl FeedForward {
    pub fn new(table: &mut Table, norm: &str, name: &str, channels: usize) -> Self {
        Self {
            norm: LayerNorm::new(table, norm, channels),
            proj: Linear::new(table, format!("{name}.net.0.proj"), channels, 8 * channels, true),
            out: Linear::new(table, format!("{name}.net.2"), 4 * channels, channels, true),
            channels,
        }
    }

    /// Numbers of a row.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Some rows at a time, since the hidden rows are eight times as wide.
    pub fn add(&self, store: &Store, y: &mut [f32]) {
        let rows = (HIDDEN / (8 * self.channels)).max(64);
        for y in y.chunks_mut(rows * self.channels) {
            let hidden = self.proj.run(store, &self.norm.run(store, y));
            let hidden = geglu(store.level, &hidden, 4 * self.channels);
            add(y, &self.out.run(store, &hidden));
        }
    }
}

/// `y += x`.
pub(crate) fn add(y: &mut [f32], x: &[f32]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += x);
}

/// Adds one row to every row.
pub(crate) fn add_row(y: &mut [f32], row: &[f32]) {
    y.chunks_exact_mut(row.len()).for_each(|y| add(y, row));
}
