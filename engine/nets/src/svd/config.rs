//! `config.json` of the parts, as diffusers writes it.

use relight_checkpoint::Checkpoint;
use relight_file::{Blame, Fault, Result};
use serde::Deserialize;

const REMEDY: &str = "download the config.json of this model again";
/// More of anything than any model of the family has: sixteen times the published sizes.
const MOST_CHANNELS: usize = 20_480;
const MOST_LEVELS: usize = 8;
const MOST_LAYERS: usize = 16;

/// One number for every level, or a list of one for each.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Each {
    One(usize),
    List(Vec<usize>),
}

impl Each {
    fn list(&self, levels: usize) -> Vec<usize> {
        match self {
            Self::One(n) => vec![*n; levels],
            Self::List(list) => list.clone(),
        }
    }
}

/// The sizes of a UNet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnetConfig {
    /// Noise and condition latents together.
    pub in_channels: usize,
    /// Latent channels.
    pub out_channels: usize,
    /// Channels of each level, the finest first.
    pub channels: Vec<usize>,
    /// Which levels of the way down have transformers.
    pub down_attention: Vec<bool>,
    /// Which levels of the way up have, the coarsest first.
    pub up_attention: Vec<bool>,
    /// Residual blocks of each level.
    pub layers: Vec<usize>,
    /// Pairs of blocks of each level's transformers.
    pub blocks: Vec<usize>,
    /// Attention heads of each level.
    pub heads: Vec<usize>,
    /// Numbers of a token at each level.
    pub context: Vec<usize>,
    /// Numbers of a token that temporal blocks look at, where they do.
    pub temporal_context: Option<usize>,
    /// Waves of each added number.
    pub added_waves: usize,
    /// Waves of all added numbers.
    pub added_width: usize,
    /// Rows of the table of domains, where there is one.
    pub domains: Option<usize>,
    /// Frames that the network was trained with.
    pub frames: usize,
}

#[derive(Deserialize)]
struct RawUnet {
    in_channels: Option<usize>,
    out_channels: Option<usize>,
    block_out_channels: Option<Vec<usize>>,
    down_block_types: Option<Vec<String>>,
    up_block_types: Option<Vec<String>>,
    layers_per_block: Option<Each>,
    transformer_layers_per_block: Option<Each>,
    num_attention_heads: Option<Each>,
    cross_attention_dim: Option<Each>,
    temporal_cross_attention_dim: Option<usize>,
    addition_time_embed_dim: Option<usize>,
    projection_class_embeddings_input_dim: Option<usize>,
    context_embedding_type: Option<String>,
    context_vocab_size: Option<usize>,
    num_frames: Option<usize>,
}

impl UnetConfig {
    /// Reads the JSON; what it does not say is Stable Video Diffusion's. Where the file of weights is at hand, its tensors decide what they can: input
    /// channels, domains, and whether temporal blocks look at tokens.
    ///
    /// # Errors
    /// No such JSON, unknown kinds of blocks, or sizes that contradict each other.
    pub fn parse(json: &str, weights: Option<&Checkpoint>) -> Result<Self> {
        let raw: RawUnet = serde_json::from_str(json).blame(|| "the UNet's config.json is not understood".into(), REMEDY)?;
        let channels = raw.block_out_channels.unwrap_or_else(|| vec![320, 640, 1280, 1280]);
        let levels = channels.len();
        let each = |each: Option<Each>, default: Each| each.unwrap_or(default).list(levels);
        let kinds = |kinds: Option<Vec<String>>, cross: &str, plain: &str, default: fn(usize, usize) -> bool| -> Result<Vec<bool>> {
            let Some(kinds) = kinds else { return Ok((0..levels).map(|i| default(i, levels)).collect()) };
            kinds
                .iter()
                .map(|kind| (kind == cross || kind == plain).then_some(kind == cross).ok_or_else(|| wrong(&format!("has blocks {kind}"))))
                .collect()
        };
        let mut config = Self {
            in_channels: raw.in_channels.unwrap_or(8),
            out_channels: raw.out_channels.unwrap_or(4),
            down_attention: kinds(raw.down_block_types, "CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal", |i, n| i + 1 < n)?,
            up_attention: kinds(raw.up_block_types, "CrossAttnUpBlockSpatioTemporal", "UpBlockSpatioTemporal", |i, _| i > 0)?,
            layers: each(raw.layers_per_block, Each::One(2)),
            blocks: each(raw.transformer_layers_per_block, Each::One(1)),
            heads: raw.num_attention_heads.map_or_else(|| channels.iter().map(|c| c / 64).collect(), |heads| heads.list(levels)),
            context: each(raw.cross_attention_dim, Each::One(1024)),
            temporal_context: raw.temporal_cross_attention_dim,
            added_waves: raw.addition_time_embed_dim.unwrap_or(256),
            added_width: raw.projection_class_embeddings_input_dim.unwrap_or(768),
            domains: raw.context_embedding_type.is_some().then(|| raw.context_vocab_size.unwrap_or(16)),
            frames: raw.num_frames.unwrap_or(14),
            channels,
        };
        if let Some(weights) = weights {
            config.follow(weights);
        }
        config.check()?;
        Ok(config)
    }

    /// Takes from the weights what they tell.
    fn follow(&mut self, weights: &Checkpoint) {
        let shape = |key: &str| weights.tensors().get(key).map(|entry| entry.shape.clone());
        if let Some([_, inputs, ..]) = shape("conv_in.weight").as_deref() {
            self.in_channels = *inputs;
        }
        self.domains = shape("context_embedding.weight").and_then(|s| s.first().copied());
        let temporal = weights.tensors().iter().find(|(key, _)| key.ends_with("temporal_transformer_blocks.0.attn2.to_k.weight"));
        self.temporal_context = temporal.and_then(|(_, entry)| entry.shape.get(1).copied());
    }

    fn check(&self) -> Result<()> {
        let levels = self.channels.len();
        let lists = [self.down_attention.len(), self.up_attention.len(), self.layers.len(), self.blocks.len(), self.heads.len(), self.context.len()];
        if !(1..=MOST_LEVELS).contains(&levels) || lists.iter().any(|n| *n != levels) {
            return Err(wrong("has lists of different lengths"));
        }
        let fits = |list: &[usize], most: usize| list.iter().all(|n| (1..=most).contains(n));
        let sizes = [self.in_channels, self.out_channels, self.added_waves, self.added_width];
        let whole = fits(&self.channels, MOST_CHANNELS)
            && fits(&self.context, MOST_CHANNELS)
            && fits(&sizes, MOST_CHANNELS)
            && fits(&self.layers, MOST_LAYERS)
            && fits(&self.blocks, MOST_LAYERS)
            && self.domains.is_none_or(|n| fits(&[n], MOST_CHANNELS))
            && self.temporal_context.is_none_or(|n| fits(&[n], MOST_CHANNELS));
        let divide = self.channels.iter().zip(&self.heads).all(|(c, h)| *h > 0 && c.is_multiple_of(*h) && c.is_multiple_of(32));
        if !whole || !divide || !self.added_width.is_multiple_of(self.added_waves) || self.in_channels <= self.out_channels {
            return Err(wrong("has sizes that no model of the family has"));
        }
        Ok(())
    }

    /// Width and height of latents are multiples of this.
    pub fn stride(&self) -> usize {
        1 << (self.channels.len() - 1)
    }
}

fn wrong(what: &str) -> Fault {
    Fault::new(format!("the config.json {what}"), REMEDY)
}

/// The sizes of the VAE.
#[derive(Debug, Clone, PartialEq)]
pub struct VaeConfig {
    /// Channels of each level, the finest first.
    pub channels: Vec<usize>,
    /// Residual blocks of an encoder level; the decoder has one more.
    pub layers: usize,
    /// Channels of a latent.
    pub latent: usize,
    /// Latents are divided by this before decoding.
    pub scale: f32,
}

#[derive(Deserialize)]
struct RawVae {
    block_out_channels: Option<Vec<usize>>,
    layers_per_block: Option<usize>,
    latent_channels: Option<usize>,
    scaling_factor: Option<f32>,
}

impl VaeConfig {
    /// Reads the JSON; what it does not say is Stable Video Diffusion's.
    ///
    /// # Errors
    /// No such JSON, or sizes that no model of the family has.
    pub fn parse(json: &str) -> Result<Self> {
        let raw: RawVae = serde_json::from_str(json).blame(|| "the VAE's config.json is not understood".into(), REMEDY)?;
        let config = Self {
            channels: raw.block_out_channels.unwrap_or_else(|| vec![128, 256, 512, 512]),
            layers: raw.layers_per_block.unwrap_or(2),
            latent: raw.latent_channels.unwrap_or(4),
            scale: raw.scaling_factor.unwrap_or(0.18215),
        };
        let fits = (1..=MOST_LEVELS).contains(&config.channels.len())
            && config.channels.iter().all(|c| (1..=MOST_CHANNELS).contains(c) && c.is_multiple_of(32))
            && (1..=MOST_LAYERS).contains(&config.layers)
            && (1..=64).contains(&config.latent)
            && config.scale.is_normal();
        if fits { Ok(config) } else { Err(wrong("has sizes that no model of the family has")) }
    }

    /// Pixels across a latent.
    pub fn stride(&self) -> usize {
        1 << (self.channels.len() - 1)
    }
}

/// The sizes of the environment encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvConfig {
    /// Latents of the light's pictures.
    pub in_channels: usize,
    /// Channels of each level, the finest first.
    pub channels: Vec<usize>,
    /// Residual blocks of a level.
    pub layers: usize,
}

#[derive(Deserialize)]
struct RawEnv {
    in_channels: Option<usize>,
    channels: Option<Vec<usize>>,
    num_res_blocks: Option<usize>,
    latent_encoder: Option<bool>,
}

impl EnvConfig {
    /// Reads the JSON; what it does not say is the published model's.
    ///
    /// # Errors
    /// No such JSON, an encoder of pixels, or sizes that no model of the family has.
    pub fn parse(json: &str) -> Result<Self> {
        let raw: RawEnv = serde_json::from_str(json).blame(|| "the environment encoder's config.json is not understood".into(), REMEDY)?;
        if raw.latent_encoder == Some(false) {
            return Err(wrong("describes an environment encoder of pixels, which no published model has"));
        }
        let config = Self {
            in_channels: raw.in_channels.unwrap_or(12),
            channels: raw.channels.unwrap_or_else(|| vec![320, 640, 1280, 1280]),
            layers: raw.num_res_blocks.unwrap_or(2),
        };
        let fits = (1..=MOST_LEVELS).contains(&config.channels.len())
            && config.channels.iter().all(|c| (1..=MOST_CHANNELS).contains(c) && c.is_multiple_of(32))
            && (1..=MOST_LAYERS).contains(&config.layers)
            && (1..=MOST_CHANNELS).contains(&config.in_channels);
        if fits { Ok(config) } else { Err(wrong("has sizes that no model of the family has")) }
    }
}
