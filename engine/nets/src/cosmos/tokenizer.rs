//! The causal video tokenizer CV8x8x8: `1 + 8k` frames of pixels to `1 + k` frames of latents, eight times smaller, and back.

use super::{
    config::{Shapes, TokenizerConfig},
    keys::{decoder_keys, encoder_keys, needed},
    layers::Layers,
    wavelet::{haar, unhaar},
};
use crate::Store;
use relight_checkpoint::Checkpoint;
use relight_file::Result;
use relight_tensor::Volume;
use std::sync::Arc;

/// Pixels of a side, and frames after the first, of one latent.
pub const SHRINK: usize = 8;

/// Both halves of the tokenizer; the weights stay in their files.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    encoder: Arc<Store>,
    decoder: Arc<Store>,
    config: TokenizerConfig,
}

impl Tokenizer {
    /// From the files of the two halves, which may be the same; names begin with `prefix` (empty in the published files).
    ///
    /// # Errors
    /// A tensor is missing or has a shape that does not fit the others.
    pub fn new(encoder: Arc<Checkpoint>, decoder: Arc<Checkpoint>, prefix: &str) -> Result<Self> {
        let config = TokenizerConfig::of(&Shapes { file: &encoder, prefix })?;
        let encoder = Arc::new(Store::under(encoder, prefix, &needed(&encoder_keys(&config)))?);
        let decoder = Arc::new(Store::under(decoder, prefix, &needed(&decoder_keys(&config)))?);
        Ok(Self { encoder, decoder, config })
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
        self.encode_seen(clip, &mut |_, _| {})
    }

    /// [`Tokenizer::encode`] that shows `seen` its intermediate clips: `conv_in`, and `down0_block0`, `downsample0` and so on of its levels.
    ///
    /// # Panics
    /// As there.
    pub fn encode_seen(&self, clip: &Volume, seen: &mut dyn FnMut(&str, &Volume)) -> Volume {
        assert!(clip.frames % SHRINK == 1 && clip.height.is_multiple_of(SHRINK) && clip.width.is_multiple_of(SHRINK), "frames 1 + 8k, sizes 8n");
        let layers = Layers(&self.encoder);
        let mut now = layers.pair("encoder.conv_in", &haar(clip));
        seen("conv_in", &now);
        for level in 0..self.config.widths.len() {
            for block in 0..self.config.blocks {
                now = layers.block(&format!("encoder.down.{level}.block.{block}"), now);
                seen(&format!("down{level}_block{block}"), &now);
            }
            if level < self.config.halvings {
                now = layers.down(&format!("encoder.down.{level}.downsample"), now);
                seen(&format!("downsample{level}"), &now);
            }
        }
        now = middle(&layers, "encoder.mid", now, seen);
        layers.point("quant_conv", &out(&layers, "encoder", now))
    }

    /// A clip of colours, about −1..1, from latents that are not normalised.
    pub fn decode(&self, latents: &Volume) -> Volume {
        self.decode_seen(latents, &mut |_, _| {})
    }

    /// [`Tokenizer::decode`] that shows `seen` its intermediate clips: `mid_block1`, and after each attention `spatial_attn` and `temporal_attn`.
    pub fn decode_seen(&self, latents: &Volume, seen: &mut dyn FnMut(&str, &Volume)) -> Volume {
        let layers = Layers(&self.decoder);
        let mut now = layers.pair("decoder.conv_in", &layers.point("post_quant_conv", latents));
        now = middle(&layers, "decoder.mid", now, seen);
        for level in (0..self.config.widths.len()).rev() {
            for block in 0..=self.config.blocks {
                now = layers.block(&format!("decoder.up.{level}.block.{block}"), now);
            }
            let up = format!("decoder.up.{level}.upsample");
            if self.decoder.has(&format!("{up}.conv1.conv3d.weight")) {
                now = layers.up(&up, now);
            }
        }
        unhaar(out(&layers, "decoder", now))
    }

    /// Latent shape [frames, height, width, channels] of a clip.
    pub fn latent_shape(&self, frames: usize, height: usize, width: usize) -> [usize; 4] {
        [(frames - 1) / SHRINK + 1, height / SHRINK, width / SHRINK, self.config.latents]
    }
}

fn middle(layers: &Layers<'_>, name: &str, clip: Volume, seen: &mut dyn FnMut(&str, &Volume)) -> Volume {
    let mut now = layers.block(&format!("{name}.block_1"), clip);
    seen("mid_block1", &now);
    layers.over_space(&format!("{name}.attn_1.0"), &mut now);
    seen("spatial_attn", &now);
    layers.over_time(&format!("{name}.attn_1.1"), &mut now);
    seen("temporal_attn", &now);
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
