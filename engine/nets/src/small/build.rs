//! The layers, taken from a weights file by the names of `training/network.py`.

use super::backbone::Backbone;
use crate::{Config, LIGHT, dense::Dense, weights::Weights};
use relight_file::Result;
use relight_tensor::{BLOCK, Conv};

/// Cosines and sines of the logarithm of sigma.
pub(crate) const FOURIER: usize = 16;

#[derive(Debug)]
pub(crate) struct Layers {
    pub embed_a: Dense,
    pub embed_b: Dense,
    pub stem: Conv,
    /// The stem without the inputs of the noisy data, for the first step, where they are zero: most of its work.
    pub stem_blank: Conv,
    pub backbone: Option<Backbone>,
    pub encoder: Vec<Stage>,
    pub attention: Attention,
    pub middle: Block,
    /// From fine to coarse, as the encoder; the coarsest level has none.
    pub decoder: Vec<Stage>,
    pub head_gain: Vec<f32>,
    pub head: Conv,
}

/// One resolution of the encoder or the decoder.
#[derive(Debug)]
pub(crate) struct Stage {
    pub blocks: Vec<Block>,
    pub time: Option<Time>,
    /// Encoder: to the next coarser level. Decoder: from there.
    pub change: Option<Conv>,
}

#[derive(Debug)]
pub(crate) struct Block {
    pub gain1: Vec<f32>,
    pub conv1: Conv,
    pub film: Dense,
    pub gain2: Vec<f32>,
    pub conv2: Conv,
}

#[derive(Debug)]
pub(crate) struct Time {
    pub gain: Vec<f32>,
    pub conv: Conv,
}

#[derive(Debug)]
pub(crate) struct Attention {
    pub gain: Vec<f32>,
    pub qkv: Conv,
    pub scales: Vec<f32>,
    pub out: Conv,
}

/// A gain per channel, padded with zeros to whole blocks as the kernels want it.
pub(super) fn gain(weights: &Weights<'_>, key: &str, width: usize) -> Result<Vec<f32>> {
    let mut gain = weights.take(&format!("{key}.gain"), &[width])?;
    gain.resize(width.next_multiple_of(BLOCK), 0.0);
    Ok(gain)
}

/// Takes `key.weight` of `shape` and `key.bias` of its first size.
pub(super) fn pair(weights: &Weights<'_>, key: &str, shape: &[usize]) -> Result<(Vec<f32>, Vec<f32>)> {
    Ok((weights.take(&format!("{key}.weight"), shape)?, weights.take(&format!("{key}.bias"), &shape[..1])?))
}

fn spatial(weights: &Weights<'_>, key: &str, outputs: usize, inputs: usize) -> Result<Conv> {
    let (weight, bias) = pair(weights, key, &[outputs, inputs, 3, 3])?;
    Ok(Conv::spatial(outputs, inputs, &weight, &bias))
}

pub(super) fn linear(weights: &Weights<'_>, key: &str, outputs: usize, inputs: usize) -> Result<Conv> {
    let (weight, bias) = pair(weights, key, &[outputs, inputs])?;
    Ok(Conv::linear(outputs, inputs, &weight, &bias))
}

impl Layers {
    pub fn take(weights: &Weights<'_>, config: &Config) -> Result<Self> {
        let widths = &config.widths;
        let coarsest = config.coarsest();
        let light = if config.light { LIGHT } else { 0 };
        let encoder = (0..widths.len()).map(|level| Stage::encoder(weights, config, level)).collect::<Result<_>>()?;
        let decoder = (0..widths.len() - 1).map(|level| Stage::decoder(weights, config, level)).collect::<Result<_>>()?;
        let seen = config.outputs + config.conditions;
        let (weight, bias) = pair(weights, "stem", &[widths[0], 4 * seen, 3, 3])?;
        let inputs = weight.chunks_exact(9).enumerate().filter(|(row, _)| row % seen >= config.outputs);
        let without: Vec<f32> = inputs.flat_map(|(_, taps)| taps).copied().collect();
        Ok(Self {
            embed_a: Dense::take(weights, "embed.a", config.embed, FOURIER + light)?,
            embed_b: Dense::take(weights, "embed.b", config.embed, config.embed)?,
            stem: Conv::spatial(widths[0], 4 * seen, &weight, &bias),
            stem_blank: Conv::spatial(widths[0], 4 * config.conditions, &without, &bias),
            backbone: (!config.backbone.is_empty()).then(|| Backbone::take(weights, config)).transpose()?,
            encoder,
            attention: Attention {
                gain: gain(weights, "mid.attention.norm", coarsest)?,
                qkv: linear(weights, "mid.attention.qkv", 3 * coarsest, coarsest)?,
                scales: weights.take("mid.attention.scale", &[coarsest / config.head_dim])?,
                out: linear(weights, "mid.attention.out", coarsest, coarsest)?,
            },
            middle: Block::take(weights, "mid.block", coarsest, config.embed)?,
            decoder,
            head_gain: gain(weights, "head.norm", widths[0])?,
            head: spatial(weights, "head.conv", 4 * config.outputs, widths[0])?,
        })
    }
}

impl Stage {
    fn encoder(weights: &Weights<'_>, config: &Config, level: usize) -> Result<Self> {
        let (key, width) = (format!("enc.{level}"), config.widths[level]);
        let down = |next: &usize| {
            let (weight, bias) = pair(weights, &format!("{key}.down"), &[*next, 4 * width])?;
            Ok(Conv::down(*next, width, &weight, &bias))
        };
        let change = config.widths.get(level + 1).map(down).transpose()?;
        Self::take(weights, config, &key, width, config.blocks[level], change)
    }

    fn decoder(weights: &Weights<'_>, config: &Config, level: usize) -> Result<Self> {
        let (key, width, below) = (format!("dec.{level}"), config.widths[level], config.widths[level + 1]);
        let (weight, bias) = pair(weights, &format!("{key}.up"), &[4 * width, below])?;
        Self::take(weights, config, &key, width, config.decoder[level], Some(Conv::up(width, below, &weight, &bias)))
    }

    fn take(weights: &Weights<'_>, config: &Config, key: &str, width: usize, blocks: usize, change: Option<Conv>) -> Result<Self> {
        let blocks = (0..blocks).map(|i| Block::take(weights, &format!("{key}.blocks.{i}"), width, config.embed)).collect::<Result<_>>()?;
        let time = || {
            let (weight, bias) = pair(weights, &format!("{key}.time.conv"), &[width, width, 3])?;
            Ok(Time { gain: gain(weights, &format!("{key}.time.norm"), width)?, conv: Conv::temporal(width, width, &weight, &bias) })
        };
        Ok(Self { blocks, time: (width >= config.time).then(time).transpose()?, change })
    }
}

impl Block {
    fn take(weights: &Weights<'_>, key: &str, width: usize, embed: usize) -> Result<Self> {
        Ok(Self {
            gain1: gain(weights, &format!("{key}.norm1"), width)?,
            conv1: spatial(weights, &format!("{key}.conv1"), width, width)?,
            film: Dense::take(weights, &format!("{key}.film"), 2 * width, embed)?,
            gain2: gain(weights, &format!("{key}.norm2"), width)?,
            conv2: spatial(weights, &format!("{key}.conv2"), width, width)?,
        })
    }
}
