//! How much memory a run takes, from the sizes alone.

use crate::svd::{UnetConfig, VaeConfig};

/// Bytes of a number.
const NUMBER: u64 = 4;
/// Hidden rows of a feed-forward layer with their gated halves ([`crate::svd`]'s bound of 64 MiB, and half of it again), panels of the matrix kernels, and
/// what the program itself takes.
const REST: u64 = 192 << 20;
/// Feature maps that are alive at once in a transformer of the finest level, in its channels: the residual, the stream, the regrouped stream, its
/// normalisation, queries, keys, values, what is gathered; and three maps for the way up.
const MAPS: u64 = 11;

/// Peak memory of the stages of a run, in bytes, which take turns. Weights are mapped and not counted: the system may drop them at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// One evaluation of the UNet over all frames of a window.
    pub unet: u64,
    /// Decoding one chunk.
    pub decoder: u64,
    /// Encoding one frame.
    pub encoder: u64,
}

impl Peak {
    /// For windows of `frames` pictures of `height × width` pixels that are decoded in chunks of `chunk`.
    pub fn new(unet: &UnetConfig, vae: &VaeConfig, [frames, height, width]: [usize; 3], chunk: usize) -> Self {
        let maps = |count: u64, pixels: usize, channels: usize| count * NUMBER * pixels as u64 * channels as u64;
        let latents = height / vae.stride() * (width / vae.stride());
        // In the widest residual block on the way up the input is there twice, beside one output.
        let wide = unet.channels[0] + unet.channels[1.min(unet.channels.len() - 1)];
        let up = maps(2, frames * latents, wide) + maps(4, frames * latents, unet.channels[0]);
        let held = maps(4, frames * latents, unet.in_channels);
        let fine = maps(MAPS, frames * latents, unet.channels[0]);
        // The finest level of the VAE takes the coarser level's channels: input, its normalisation, output.
        let (first, second) = (vae.channels[0], vae.channels[1.min(vae.channels.len() - 1)]);
        let pixels = height * width;
        let pictures = maps(3, frames * pixels, 3);
        Self {
            unet: fine.max(up) + held + pictures + REST,
            decoder: maps(2, chunk.min(frames) * pixels, second) + maps(1, chunk.min(frames) * pixels, first) + held + 2 * pictures + REST,
            encoder: maps(4, pixels, first) + held + pictures + REST,
        }
    }

    /// The largest.
    pub fn most(&self) -> u64 {
        self.unet.max(self.decoder).max(self.encoder)
    }
}
