//! The spatio-temporal transformer: attention within every frame, then over the frames at every place.

use crate::{
    store::Store,
    svd::{
        attention::{Attention, FeedForward, add, add_row},
        layers::{GroupNorm, LayerNorm, Linear, Mlp, mix, waves},
        tokens::Tokens,
    },
    table::{Slot, Table},
};
use relight_tensor::Volume;

/// The sizes of a transformer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub channels: usize,
    pub heads: usize,
    /// Pairs of blocks.
    pub blocks: usize,
    /// Numbers of a token.
    pub context: usize,
    /// Numbers of a token that the temporal blocks look at, where they do.
    pub temporal_context: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct Transformer {
    pub norm: GroupNorm,
    pub proj_in: Linear,
    pub blocks: Vec<(SpatialBlock, TemporalBlock)>,
    time: Mlp,
    mix: Slot,
    proj_out: Linear,
}

/// Self-attention within a frame, cross-attention, feed-forward.
#[derive(Debug, Clone)]
pub(crate) struct SpatialBlock {
    norm1: LayerNorm,
    attn1: Attention,
    norm2: LayerNorm,
    attn2: Attention,
    ff: FeedForward,
}

/// Feed-forward, self-attention over the frames, cross-attention where there is one, feed-forward.
#[derive(Debug, Clone)]
pub(crate) struct TemporalBlock {
    ff_in: FeedForward,
    norm1: LayerNorm,
    attn1: Attention,
    cross: Option<(LayerNorm, Attention)>,
    ff: FeedForward,
}

impl Transformer {
    pub fn new(table: &mut Table, name: &str, sizes: Sizes) -> Self {
        let c = sizes.channels;
        let blocks = (0..sizes.blocks)
            .map(|i| {
                (
                    SpatialBlock::new(table, &format!("{name}.transformer_blocks.{i}"), sizes),
                    TemporalBlock::new(table, &format!("{name}.temporal_transformer_blocks.{i}"), sizes),
                )
            })
            .collect();
        Self {
            norm: GroupNorm::new(table, &format!("{name}.norm"), c, 1e-6),
            proj_in: Linear::new(table, format!("{name}.proj_in"), c, c, true),
            blocks,
            time: Mlp::new(table, &format!("{name}.time_pos_embed"), c, 4 * c, c),
            mix: table.slot(format!("{name}.time_mixer.mix_factor"), &[1]),
            proj_out: Linear::new(table, format!("{name}.proj_out"), c, c, true),
        }
    }

    pub fn run(&self, store: &Store, mut x: Volume, videos: usize, tokens: &Tokens) -> Volume {
        let (frames, pixels, channels) = (x.frames / videos, x.pixels(), x.channels);
        let mut y = self.proj_in.run(store, &self.norm.run(store, x.clone(), 1, false).data);
        let times = self.times(store, frames, channels);
        let learned = mix(store, &self.mix);
        for (spatial, temporal) in &self.blocks {
            spatial.run(store, &mut y, pixels * channels, tokens);
            let mut m = regroup(&y, videos, frames, pixels, channels);
            m.chunks_exact_mut(frames * channels).for_each(|place| add(place, &times));
            temporal.run(store, &mut m, videos, frames, tokens);
            // The way back exchanges frames and places again.
            let m = regroup(&m, videos, pixels, frames, channels);
            y.iter_mut().zip(&m).for_each(|(y, m)| *y = learned * *y + (1.0 - learned) * m);
        }
        add(&mut x.data, &self.proj_out.run(store, &y));
        x
    }

    /// A vector for each frame, from its number.
    pub fn times(&self, store: &Store, frames: usize, channels: usize) -> Vec<f32> {
        let waves: Vec<f32> = (0..frames).flat_map(|frame| waves(frame as f32, channels)).collect();
        self.time.run(store, &waves)
    }
}

/// `videos × a × b` rows to `videos × b × a` rows.
pub(crate) fn regroup(from: &[f32], videos: usize, a: usize, b: usize, channels: usize) -> Vec<f32> {
    let mut to = Vec::with_capacity(from.len());
    for video in from.chunks_exact(from.len() / videos) {
        for j in 0..b {
            for i in 0..a {
                to.extend_from_slice(&video[(i * b + j) * channels..][..channels]);
            }
        }
    }
    to
}

impl SpatialBlock {
    fn new(table: &mut Table, name: &str, sizes: Sizes) -> Self {
        let c = sizes.channels;
        Self {
            norm1: LayerNorm::new(table, &format!("{name}.norm1"), c),
            attn1: Attention::new(table, &format!("{name}.attn1"), c, c, sizes.heads, false),
            norm2: LayerNorm::new(table, &format!("{name}.norm2"), c),
            attn2: Attention::new(table, &format!("{name}.attn2"), c, sizes.context, sizes.heads, false),
            ff: FeedForward::new(table, &format!("{name}.norm3"), &format!("{name}.ff"), c),
        }
    }

    /// `frame` numbers are one frame's.
    pub fn run(&self, store: &Store, y: &mut [f32], frame: usize, tokens: &Tokens) {
        let normed = self.norm1.run(store, y);
        add(y, &self.attn1.run(store, y.len() / frame, &normed, &normed));
        drop(normed);
        let mut rest = &mut *y;
        for (set, frames) in tokens.runs() {
            let (now, later) = rest.split_at_mut(frames * frame);
            look(store, &self.norm2, &self.attn2, now, &tokens.sets[set], tokens.channels);
            rest = later;
        }
        self.ff.add(store, y);
    }
}

impl TemporalBlock {
    fn new(table: &mut Table, name: &str, sizes: Sizes) -> Self {
        let c = sizes.channels;
        let cross = |table: &mut Table, context| {
            let norm = LayerNorm::new(table, &format!("{name}.norm2"), c);
            (norm, Attention::new(table, &format!("{name}.attn2"), c, context, sizes.heads, false))
        };
        Self {
            ff_in: FeedForward::new(table, &format!("{name}.norm_in"), &format!("{name}.ff_in"), c),
            norm1: LayerNorm::new(table, &format!("{name}.norm1"), c),
            attn1: Attention::new(table, &format!("{name}.attn1"), c, c, sizes.heads, false),
            cross: sizes.temporal_context.map(|context| cross(table, context)),
            ff: FeedForward::new(table, &format!("{name}.norm3"), &format!("{name}.ff"), c),
        }
    }

    /// `m` holds the frames of every place one after the other. Cross-attention looks at the tokens of a video's first frame.
    pub fn run(&self, store: &Store, m: &mut [f32], videos: usize, frames: usize, tokens: &Tokens) {
        self.ff_in.add(store, m);
        let normed = self.norm1.run(store, m);
        let sequences = m.len() / (frames * self.channels());
        add(m, &self.attn1.run(store, sequences, &normed, &normed));
        drop(normed);
        if let Some((norm, attention)) = &self.cross {
            let video = m.len() / videos;
            for (index, m) in m.chunks_exact_mut(video).enumerate() {
                look(store, norm, attention, m, &tokens.sets[tokens.of[index * frames]], tokens.channels);
            }
        }
        self.ff.add(store, m);
    }

    fn channels(&self) -> usize {
        self.ff.channels()
    }
}

/// `y += attention(norm(y), set)`.
fn look(store: &Store, norm: &LayerNorm, attention: &Attention, y: &mut [f32], set: &[f32], channels: usize) {
    if set.len() == channels {
        add_row(y, &attention.of_token(store, set));
    } else {
        let gathered = attention.run(store, 1, &norm.run(store, y), set);
        add(y, &gathered);
    }
}
