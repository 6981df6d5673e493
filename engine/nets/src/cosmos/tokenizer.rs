//! The causal video tokenizer CV8x8x8: `1 + 8k` frames of pixels to `1 + k` frames of latents, eight times smaller, and back.

use super::{
    Volume,
    config::TokenizerConfig,
    keys::{decoder_keys, encoder_keys},
    layers::Layers,
    store::Store,
    wavelet::{haar, unhaar},
};
use relight_checkpoint::Checkpoint;
use relight_file::Result;
use relight_tensor::Level;
use std::sync::Arc;

/// Pixels of a side, and frames after the first, of one latent.
pub const SHRINK: usize = 8;

/// Both halves of the tokenizer; the weights stay in their files.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    encoder: Store,
    decoder: Store,
    config: TokenizerConfig,
    level: Level,
}

impl Tokenizer {
    /// From the files of the two halves, which may be the same; names begin with `prefix` (empty in the published files).
    ///
    /// # Errors
    /// A tensor is missing or has a shape that does not fit the others.
    pub fn new(encoder: Arc<Checkpoint>, decoder: Arc<Checkpoint>, prefix: &str) -> Result<Self> {
        let (encoder, decoder) = (Store::new(encoder, prefix), Store::new(decoder, prefix));
        let config = TokenizerConfig::of(&encoder)?;
        encoder.check(&encoder_keys(&config))?;
        decoder.check(&decoder_keys(&config))?;
        Ok(Self { encoder, decoder, config, level: Level::best() })
    }

    /// Its shape.
    pub fn config(&self) -> &TokenizerConfig {
        &self.config
    }

    /// Latents of a clip of colours −1..1, not yet normalised.
    ///
    /// # Panics
    /// The frames are not `1 + 8k`, or height or width no multiple of 8.
    pub fn encode(&self, clip: &Volume) -> Volume {
        assert!(clip.frames % SHRINK == 1 && clip.height.is_multiple_of(SHRINK) && clip.width.is_multiple_of(SHRINK), "frames 1 + 8k, sizes 8n");
        let layers = Layers { store: &self.encoder, level: self.level };
        let mut now = layers.pair("encoder.conv_in", &haar(clip));
        for level in 0..self.config.widths.len() {
            for block in 0..self.config.blocks {
                now = layers.block(&format!("encoder.down.{level}.block.{block}"), now);
            }
            if level < self.config.halvings {
                now = layers.down(&format!("encoder.down.{level}.downsample"), now);
            }
        }
        now = middle(&layers, "encoder.mid", now);
        let now = layers.point("quant_conv", &out(&layers, "encoder", now));
        self.encoder.release("");
        now
    }

    /// A clip of colours, about −1..1, from latents that are not normalised.
    pub fn decode(&self, latents: &Volume) -> Volume {
        let layers = Layers { store: &self.decoder, level: self.level };
        let mut now = layers.pair("decoder.conv_in", &layers.point("post_quant_conv", latents));
        now = middle(&layers, "decoder.mid", now);
        for level in (0..self.config.widths.len()).rev() {
            for block in 0..=self.config.blocks {
                now = layers.block(&format!("decoder.up.{level}.block.{block}"), now);
            }
            let up = format!("decoder.up.{level}.upsample");
            if self.decoder.has(&format!("{up}.conv1.conv3d.weight")) {
                now = layers.up(&up, now);
            }
        }
        let bands = out(&layers, "decoder", now);
        self.decoder.release("");
        unhaar(&bands)
    }

    /// Latent shape [frames, height, width, channels] of a clip.
    pub fn latent_shape(&self, frames: usize, height: usize, width: usize) -> [usize; 4] {
        [(frames - 1) / SHRINK + 1, height / SHRINK, width / SHRINK, self.config.latents]
    }
}

fn middle(layers: &Layers<'_>, name: &str, clip: Volume) -> Volume {
    let mut now = layers.block(&format!("{name}.block_1"), clip);
    layers.over_space(&format!("{name}.attn_1.0"), &mut now);
    layers.over_time(&format!("{name}.attn_1.1"), &mut now);
    layers.block(&format!("{name}.block_2"), now)
}

/// Normalisation, SiLU and the last pair of convolutions.
fn out(layers: &Layers<'_>, half: &str, mut clip: Volume) -> Volume {
    for t in 0..clip.frames {
        let normed = layers.norm(&format!("{half}.norm_out"), clip.frame(t), true);
        clip.frame_mut(t).copy_from_slice(&normed);
    }
    layers.pair(&format!("{half}.conv_out"), &clip)
}
