//! How much memory a run takes, from the sizes alone.

use crate::{
    Peak,
    svd::{UnetConfig, VaeConfig, attention::HIDDEN, resnet::TOGETHER},
};

/// Bytes of a number.
const NUMBER: u64 = 4;
/// Packed panels of matrices, scratch and one layer's vectors. Freed blocks of up to 32 MiB that an allocator may keep are not counted.
const REST: u64 = 8 << 20;

/// What windows of `frames` pictures of `height × width` pixels take that are decoded in chunks of `chunk` frames and tiles of `tile` latents across: one
/// frame in the encoder, all frames in the UNet, one chunk in the decoder. The pictures themselves are counted by who holds them. `mapped` is the bytes of the
/// UNet's largest matrix as it is stored.
pub fn peak(unet: &UnetConfig, vae: &VaeConfig, [frames, height, width]: [usize; 3], chunk: usize, tile: Option<usize>, mapped: usize) -> Peak {
    let (rows, columns) = (height / vae.stride(), width / vae.stride());
    // Noise, latents, what is asked and conditions.
    let held = REST + maps(3, frames * rows * columns * unet.in_channels);
    let tile = tile.unwrap_or(usize::MAX);
    let pixels = rows.min(tile) * columns.min(tile) * vae.stride() * vae.stride();
    let (first, second) = (vae.channels[0], vae.channels[1.min(vae.channels.len() - 1)]);
    let decoded = chunk.min(frames);
    // The first block of the finest level takes the coarser level's channels. What is decoded waits.
    let decoder = residual(decoded, pixels, second, first) + maps(3, frames * height * width);
    Peak::new([
        ("encoder", held + maps(3, pixels * first)),
        ("UNet", held + network(unet, frames, rows, columns, mapped)),
        ("decoder", held + decoder),
    ])
}

/// What the tokens of a light take that is `lights` different ones over the frames, seen in pictures of `latents` latents across; none for networks that see no
/// light.
pub fn light_tokens(unet: &UnetConfig, lights: usize, latents: usize) -> u64 {
    if unet.domains.is_some() {
        return 0;
    }
    unet.context.iter().enumerate().map(|(level, channels)| maps(lights, (latents >> level).pow(2) * channels)).sum()
}

fn maps(count: usize, numbers: usize) -> u64 {
    NUMBER * count as u64 * numbers as u64
}

/// A residual block over space and one over time: its input, the input's normalisation and an output over space, where few frames may be worked on at a time
/// beside the whole input and what is done of the output; three outputs over time.
fn residual(frames: usize, pixels: usize, inputs: usize, outputs: usize) -> u64 {
    let together = (TOGETHER / (pixels * inputs).max(1)).max(1);
    let part = |frames: usize| maps(frames * pixels, 2 * inputs + outputs);
    let begun = |start: usize| maps(frames * pixels, inputs) + maps(start * pixels, outputs) + part(together.min(frames - start));
    let spatial = if together >= frames { part(frames) } else { (0..frames).step_by(together).map(begun).max().unwrap_or(0) };
    spatial.max(maps(3 * frames, pixels * outputs))
}

/// Feature maps of the UNet where they are largest: at some level on the way up, whose finer levels' skips wait.
fn network(unet: &UnetConfig, frames: usize, rows: usize, columns: usize, mapped: usize) -> u64 {
    let levels = unet.channels.len();
    let pixels = |level: usize| (rows >> level) * (columns >> level);
    let mut waiting = 0;
    let mut most = 0;
    for (level, &channels) in unet.channels.iter().enumerate() {
        let one = maps(frames, pixels(level) * channels);
        let looks = unet.up_attention[levels - 1 - level] || unet.down_attention[level];
        // In a transformer: residual, stream, regrouped stream, its normalisation, queries, keys, values, what is gathered. Beside the first three a
        // feed-forward layer has rows of 8 times the numbers, gated 4 times, and its output.
        let hidden = maps(frames, pixels(level) * channels * 8).min(maps(1, HIDDEN)) / 8 * 13;
        let transformer = if looks { (8 * one).max(3 * one + hidden) } else { 0 };
        let before = unet.channels[(level + 1).min(levels - 1)];
        let skips = unet.layers[level] as u64 * one;
        let matrix = maps(9, (before + channels) * channels).min(mapped as u64);
        most = most.max(waiting + skips + matrix + transformer.max(residual(frames, pixels(level), before + channels, channels)));
        // What the level leaves for the way up: the output of every block, and of the layer before them.
        waiting += skips + maps(frames, pixels(level) * unet.channels[level.saturating_sub(1)]);
    }
    most
}
