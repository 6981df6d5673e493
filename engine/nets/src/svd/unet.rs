//! The spatio-temporal UNet of Stable Video Diffusion (Blattmann et al. 2023) with the inputs of DiffusionRenderer.

use crate::{
    store::Store,
    svd::{
        Context, Tokens, UnetConfig,
        layers::{Conv, GroupNorm, Mlp, waves},
        resnet::{Sizes, SpatioTemporal, by_frames},
        transformer::{self, Transformer},
    },
    table::{Slot, Table},
};
use relight_tensor::{Reach, Volume, silu_any};

/// Longest row of the table of domains; longer ones are scaled to it, as torch does when it looks one up (`max_norm`).
const LONGEST: f32 = 10.0;

/// The network: what it is made of, without its numbers.
#[derive(Debug, Clone)]
pub struct Unet {
    config: UnetConfig,
    table: Table,
    pub(super) conv_in: Conv,
    pub(super) time: Mlp,
    added: Mlp,
    domains: Option<Slot>,
    pub(super) down: Vec<Stage>,
    pub(super) middle: Stage,
    pub(super) up: Vec<Stage>,
    pub(super) norm_out: GroupNorm,
    conv_out: Conv,
}

/// Residual blocks, each with a transformer behind it where the stage has them, then a change of size.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub residual: Vec<SpatioTemporal>,
    pub transformers: Vec<Transformer>,
    change: Option<Conv>,
}

/// What a stage needs beside its input.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub store: &'a Store,
    pub videos: usize,
    /// Time and added numbers, through SiLU.
    pub embedding: &'a [f32],
    pub tokens: &'a Tokens,
}

impl Stage {
    /// The residual block and the transformer behind it, where there is one.
    fn block(&self, index: usize, x: Volume, around: Around<'_>) -> Volume {
        let Around { store, videos, embedding, tokens } = around;
        let x = self.residual[index].run(store, x, videos, Some(embedding));
        match self.transformers.get(index) {
            Some(transformer) => transformer.run(store, x, videos, tokens),
            None => x,
        }
    }

    /// A stage on the way down; what the way up will see of it goes to `skips`.
    pub fn down(&self, mut x: Volume, skips: &mut Vec<Volume>, around: Around<'_>) -> Volume {
        for index in 0..self.residual.len() {
            x = self.block(index, x, around);
            skips.push(x.clone());
        }
        if let Some(change) = &self.change {
            x = change.run(around.store, &x, around.videos, None);
            skips.push(x.clone());
        }
        x
    }

    /// The stage between the ways, whose last block has no transformer.
    pub fn across(&self, mut x: Volume, around: Around<'_>) -> Volume {
        for index in 0..self.residual.len() {
            x = self.block(index, x, around);
        }
        x
    }

    /// A stage on the way up. Both halves of a block's input are given up before it runs.
    pub fn up(&self, mut x: Volume, skips: &mut Vec<Volume>, around: Around<'_>) -> Volume {
        for index in 0..self.residual.len() {
            let skip = skips.pop().expect("one for each residual block of the way up");
            x = x.beside(&skip);
            drop(skip);
            x = self.block(index, x, around);
        }
        match &self.change {
            Some(change) => by_frames(x, |x| change.run(around.store, &x.doubled(), 1, None)),
            None => x,
        }
    }
}

/// What the network is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Noisy latents, then condition latents: `videos · frames` frames.
    pub sample: &'a Volume,
    /// Videos in it.
    pub videos: usize,
    /// Noise level as the network is told it: `ln(sigma) / 4`.
    pub time: f32,
    /// Frames per second less one, motion, noise on the conditions.
    pub added: [f32; 3],
    /// What cross-attention looks at.
    pub context: &'a Context,
}

impl Unet {
    /// Builds the network of a configuration.
    pub fn new(config: UnetConfig) -> Self {
        let mut table = Table::default();
        let (levels, width) = (config.channels.len(), config.channels[0]);
        let embedding = 4 * width;
        let sizes = |inputs, outputs, eps| Sizes { inputs, outputs, time: Some(embedding), eps };
        let transformer = |level: usize| transformer::Sizes {
            channels: config.channels[level],
            heads: config.heads[level],
            blocks: config.blocks[level],
            context: config.context[level],
            temporal_context: config.temporal_context,
        };
        let t = &mut table;
        let conv_in = Conv::new(t, "conv_in", config.in_channels, width, Reach::SPACE);
        let time = Mlp::new(t, "time_embedding", width, embedding, embedding);
        let added = Mlp::new(t, "add_embedding", config.added_width, embedding, embedding);
        let domains = config.domains.map(|rows| t.slot("context_embedding.weight", &[rows, config.context[levels - 1]]));

        let down = (0..levels)
            .map(|level| {
                let (name, outputs) = (format!("down_blocks.{level}"), config.channels[level]);
                let cross = config.down_attention[level];
                // diffusers gives stages with transformers another epsilon than those without.
                let eps = if cross { 1e-6 } else { 1e-5 };
                let inputs = |i: usize| if i == 0 { config.channels[level.saturating_sub(1)] } else { outputs };
                Stage {
                    residual: (0..config.layers[level])
                        .map(|i| SpatioTemporal::new(t, &format!("{name}.resnets.{i}"), sizes(inputs(i), outputs, eps), eps, false))
                        .collect(),
                    transformers: (0..if cross { config.layers[level] } else { 0 })
                        .map(|i| Transformer::new(t, &format!("{name}.attentions.{i}"), transformer(level)))
                        .collect(),
                    change: (level + 1 < levels).then(|| Conv::new(t, format!("{name}.downsamplers.0.conv"), outputs, outputs, Reach::HALVE)),
                }
            })
            .collect();

        let deepest = config.channels[levels - 1];
        let middle = Stage {
            residual: (0..2).map(|i| SpatioTemporal::new(t, &format!("mid_block.resnets.{i}"), sizes(deepest, deepest, 1e-5), 1e-5, false)).collect(),
            transformers: vec![Transformer::new(t, "mid_block.attentions.0", transformer(levels - 1))],
            change: None,
        };

        let up = (0..levels)
            .map(|step| {
                let (name, level) = (format!("up_blocks.{step}"), levels - 1 - step);
                let outputs = config.channels[level];
                let before = config.channels[(level + 1).min(levels - 1)];
                let below = config.channels[level.saturating_sub(1)];
                let count = config.layers[level] + 1;
                let inputs = |i: usize| if i == 0 { before } else { outputs } + if i + 1 == count { below } else { outputs };
                Stage {
                    residual: (0..count)
                        .map(|i| SpatioTemporal::new(t, &format!("{name}.resnets.{i}"), sizes(inputs(i), outputs, 1e-6), 1e-6, false))
                        .collect(),
                    transformers: (0..if config.up_attention[step] { count } else { 0 })
                        .map(|i| Transformer::new(t, &format!("{name}.attentions.{i}"), transformer(level)))
                        .collect(),
                    change: (step + 1 < levels).then(|| Conv::new(t, format!("{name}.upsamplers.0.conv"), outputs, outputs, Reach::SPACE)),
                }
            })
            .collect();
        let norm_out = GroupNorm::new(t, "conv_norm_out", width, 1e-5);
        let conv_out = Conv::new(t, "conv_out", width, config.out_channels, Reach::SPACE);
        Self { config, table, conv_in, time, added, domains, down, middle, up, norm_out, conv_out }
    }

    /// Its sizes.
    pub fn config(&self) -> &UnetConfig {
        &self.config
    }

    /// Its tensors.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The token of a domain: which buffer the inverse network shall make. None where the network has no such row.
    pub fn domain(&self, store: &Store, index: usize) -> Option<Vec<f32>> {
        let slot = self.domains.as_ref()?;
        let width = slot.shape[1];
        let mut row = store.numbers(slot).get(index * width..(index + 1) * width)?.to_vec();
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length > LONGEST {
            row.iter_mut().for_each(|x| *x *= LONGEST / (length + 1e-7));
        }
        Some(row)
    }

    /// The predicted v of every frame.
    ///
    /// # Panics
    /// The question's sizes are not the network's: channels, tokens, a height or width that is no multiple of [`UnetConfig::stride`].
    pub fn run(&self, store: &Store, question: Question<'_>) -> Volume {
        let Question { sample, videos, context, .. } = question;
        let levels = self.config.channels.len();
        assert!(sample.height.is_multiple_of(self.config.stride()) && sample.width.is_multiple_of(self.config.stride()), "size of the latents");
        for level in 0..levels {
            let tokens = context.at(level);
            assert!(tokens.of.len() == sample.frames && tokens.channels == self.config.context[level], "tokens of level {level}");
        }
        let embedding = self.embedding(store, question.time, question.added);
        let around = |level: usize| Around { store, videos, embedding: &embedding, tokens: context.at(level) };

        let mut x = self.conv_in.run(store, sample, videos, None);
        let mut skips = vec![x.clone()];
        for (level, stage) in self.down.iter().enumerate() {
            x = stage.down(x, &mut skips, around(level));
        }
        x = self.middle.across(x, around(levels - 1));
        for (step, stage) in self.up.iter().enumerate() {
            x = stage.up(x, &mut skips, around(levels - 1 - step));
        }
        self.conv_out.run(store, &self.norm_out.run(store, x, 1, true), videos, None)
    }

    /// The vector of time and added numbers, through SiLU, as every residual block takes it.
    pub(super) fn embedding(&self, store: &Store, time: f32, added: [f32; 3]) -> Vec<f32> {
        let mut embedding = self.time.run(store, &waves(time, self.config.channels[0]));
        embedding.iter_mut().zip(self.told(store, added)).for_each(|(e, added)| *e += added);
        silu_any(store.level, &mut embedding);
        embedding
    }

    /// The vector of the added numbers.
    pub(super) fn told(&self, store: &Store, added: [f32; 3]) -> Vec<f32> {
        let count = self.config.added_width / self.config.added_waves;
        let numbers = added.into_iter().chain(std::iter::repeat(0.0)).take(count);
        let waves: Vec<f32> = numbers.flat_map(|number| waves(number, self.config.added_waves)).collect();
        self.added.run(store, &waves)
    }
}
