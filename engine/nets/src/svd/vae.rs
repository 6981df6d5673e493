//! The VAE with a temporal decoder: pictures to latents and back.

use crate::{
    store::Store,
    svd::{
        VaeConfig,
        attention::{Attention, add},
        layers::{Conv, GroupNorm},
        resnet::{Sizes, Spatial, SpatioTemporal, by_frames},
    },
    table::Table,
    tiles::in_tiles,
};
use relight_tensor::{Reach, Volume};

/// Added to the variances of everything but the decoder's temporal halves.
const EPS: f32 = 1e-6;
/// Added to those.
const TEMPORAL_EPS: f32 = 1e-5;

/// Encoder and decoder: what they are made of, without their numbers.
#[derive(Debug, Clone)]
pub struct Vae {
    config: VaeConfig,
    table: Table,
    pub(super) encoder: Encoder,
    pub(super) decoder: Decoder,
}

/// Frame by frame.
#[derive(Debug, Clone)]
pub(super) struct Encoder {
    conv_in: Conv,
    down: Vec<(Vec<Spatial>, Option<Conv>)>,
    middle: (Spatial, Looking, Spatial),
    norm_out: GroupNorm,
    conv_out: Conv,
    pub moments: Conv,
}

/// Chunk of frames by chunk.
#[derive(Debug, Clone)]
pub(super) struct Decoder {
    pub conv_in: Conv,
    middle: Vec<SpatioTemporal>,
    looking: Looking,
    up: Vec<(Vec<SpatioTemporal>, Option<Conv>)>,
    norm_out: GroupNorm,
    conv_out: Conv,
    time_out: Conv,
}

/// Attention of every pixel of a frame over all of them, with one head.
#[derive(Debug, Clone)]
struct Looking {
    norm: GroupNorm,
    attention: Attention,
}

impl Looking {
    fn new(table: &mut Table, name: &str, channels: usize) -> Self {
        let norm = GroupNorm::new(table, &format!("{name}.group_norm"), channels, EPS);
        Self { norm, attention: Attention::new(table, name, channels, channels, 1, true) }
    }

    fn run(&self, store: &Store, mut x: Volume) -> Volume {
        let normed = self.norm.run(store, x.clone(), 1, false).data;
        let gathered = self.attention.run(store, x.frames, &normed, &normed);
        add(&mut x.data, &gathered);
        x
    }
}

fn sizes(inputs: usize, outputs: usize) -> Sizes {
    Sizes { inputs, outputs, time: None, eps: EPS }
}

impl Encoder {
    fn new(t: &mut Table, config: &VaeConfig) -> Self {
        let (levels, channels) = (config.channels.len(), &config.channels);
        let deepest = channels[levels - 1];
        let conv_in = Conv::new(t, "encoder.conv_in", 3, channels[0], Reach::SPACE);
        let down = (0..levels)
            .map(|level| {
                let name = format!("encoder.down_blocks.{level}");
                let inputs = |i: usize| if i == 0 { channels[level.saturating_sub(1)] } else { channels[level] };
                let residual =
                    (0..config.layers).map(|i| Spatial::new(t, &format!("{name}.resnets.{i}"), sizes(inputs(i), channels[level]))).collect();
                let halve = || Conv::new(t, format!("{name}.downsamplers.0.conv"), channels[level], channels[level], Reach::HALVE_AFTER);
                (residual, (level + 1 < levels).then(halve))
            })
            .collect();
        let middle = (
            Spatial::new(t, "encoder.mid_block.resnets.0", sizes(deepest, deepest)),
            Looking::new(t, "encoder.mid_block.attentions.0", deepest),
            Spatial::new(t, "encoder.mid_block.resnets.1", sizes(deepest, deepest)),
        );
        Self {
            conv_in,
            down,
            middle,
            norm_out: GroupNorm::new(t, "encoder.conv_norm_out", deepest, EPS),
            conv_out: Conv::new(t, "encoder.conv_out", deepest, 2 * config.latent, Reach::SPACE),
            moments: Conv::new(t, "quant_conv", 2 * config.latent, 2 * config.latent, Reach::POINT),
        }
    }

    /// What [`Encoder::moments`] makes means of, then logarithms of variances.
    pub fn run(&self, store: &Store, frame: &Volume) -> Volume {
        let mut x = self.conv_in.run(store, frame, 1, None);
        for (residual, halve) in &self.down {
            for residual in residual {
                x = residual.run(store, x, None);
            }
            if let Some(halve) = halve {
                x = halve.run(store, &x, 1, None);
            }
        }
        x = self.middle.0.run(store, x, None);
        x = self.middle.1.run(store, x);
        x = self.middle.2.run(store, x, None);
        self.conv_out.run(store, &self.norm_out.run(store, x, 1, true), 1, None)
    }
}

impl Decoder {
    fn new(t: &mut Table, config: &VaeConfig) -> Self {
        let (levels, channels) = (config.channels.len(), &config.channels);
        let deepest = channels[levels - 1];
        let conv_in = Conv::new(t, "decoder.conv_in", config.latent, deepest, Reach::SPACE);
        let over_time = |t: &mut Table, name: &str, inputs, outputs| SpatioTemporal::new(t, name, sizes(inputs, outputs), TEMPORAL_EPS, true);
        let middle = (0..config.layers).map(|i| over_time(t, &format!("decoder.mid_block.resnets.{i}"), deepest, deepest)).collect();
        let looking = Looking::new(t, "decoder.mid_block.attentions.0", deepest);
        let up = (0..levels)
            .map(|step| {
                let (name, level) = (format!("decoder.up_blocks.{step}"), levels - 1 - step);
                let inputs = |i: usize| if i == 0 { channels[(level + 1).min(levels - 1)] } else { channels[level] };
                let residual = (0..=config.layers).map(|i| over_time(t, &format!("{name}.resnets.{i}"), inputs(i), channels[level])).collect();
                let double = || Conv::new(t, format!("{name}.upsamplers.0.conv"), channels[level], channels[level], Reach::SPACE);
                (residual, (level > 0).then(double))
            })
            .collect();
        Self {
            conv_in,
            middle,
            looking,
            up,
            norm_out: GroupNorm::new(t, "decoder.conv_norm_out", channels[0], EPS),
            conv_out: Conv::new(t, "decoder.conv_out", channels[0], 3, Reach::SPACE),
            time_out: Conv::new(t, "decoder.time_conv_out", 3, 3, Reach::TIME),
        }
    }

    /// The stage between the latents and the ways up.
    pub fn across(&self, store: &Store, mut x: Volume, videos: usize) -> Volume {
        for (i, residual) in self.middle.iter().enumerate() {
            // diffusers pairs later blocks with attentions, of which there is one: blocks beyond the second never run.
            match i {
                0 => {}
                1 => x = self.looking.run(store, x),
                _ => break,
            }
            x = residual.run(store, x, videos, None);
        }
        x
    }

    fn run(&self, store: &Store, latents: &Volume, videos: usize) -> Volume {
        let mut x = self.across(store, self.conv_in.run(store, latents, videos, None), videos);
        for (residual, double) in &self.up {
            for residual in residual {
                x = residual.run(store, x, videos, None);
            }
            if let Some(double) = double {
                x = by_frames(x, |x| double.run(store, &x.doubled(), 1, None));
            }
        }
        x = self.conv_out.run(store, &self.norm_out.run(store, x, 1, true), videos, None);
        self.time_out.run(store, &x, videos, None)
    }
}

impl Vae {
    /// Builds the VAE of a configuration.
    pub fn new(config: VaeConfig) -> Self {
        let mut table = Table::default();
        let encoder = Encoder::new(&mut table, &config);
        let decoder = Decoder::new(&mut table, &config);
        Self { config, table, encoder, decoder }
    }

    /// Its sizes.
    pub fn config(&self) -> &VaeConfig {
        &self.config
    }

    /// Its tensors.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Means of the latents of pictures (3 channels, −1..1), frame by frame and in tiles of `side` latents across where one is given, so that memory holds one.
    pub fn encode(&self, store: &Store, pictures: &Volume, side: Option<usize>) -> Volume {
        let latent = self.config.latent;
        let mut all = Volume::default();
        for frame in 0..pictures.frames {
            let encoded = in_tiles(&pictures.cut(frame..frame + 1), side.unwrap_or(usize::MAX), self.config.stride(), 1, |tile| {
                let moments = self.encoder.moments.run(store, &self.encoder.run(store, tile), 1, None);
                let means = moments.data.chunks_exact(2 * latent).flat_map(|m| &m[..latent]).copied().collect();
                Volume::new([1, moments.height, moments.width, latent], means)
            });
            all = Volume { frames: frame + 1, data: [all.data, encoded.data].concat(), ..Volume { data: Vec::new(), ..encoded } };
        }
        all
    }

    /// Pictures (3 channels, about −1..1) of latents that were divided by [`VaeConfig::scale`]. `videos` videos are decoded at once; within one, zeros
    /// surround its frames and normalisations span them, so how a clip is cut changes the result.
    pub fn decode(&self, store: &Store, latents: &Volume, videos: usize) -> Volume {
        self.decoder.run(store, latents, videos)
    }

    /// [`Vae::decode`] of one video in chunks of `chunk` frames, the last shorter, as the official pipeline does, and in tiles of `side` latents across where
    /// one is given.
    ///
    /// # Panics
    /// `chunk` is zero.
    pub fn decode_chunks(&self, store: &Store, latents: &Volume, chunk: usize, side: Option<usize>) -> Volume {
        let mut all = Volume::default();
        for start in (0..latents.frames).step_by(chunk) {
            let some = latents.cut(start..(start + chunk).min(latents.frames));
            let mut some = in_tiles(&some, side.unwrap_or(usize::MAX), 1, self.config.stride(), |tile| self.decode(store, tile, 1));
            all.data.append(&mut some.data);
            all = Volume { frames: all.frames + some.frames, data: all.data, ..some };
        }
        all
    }
}
