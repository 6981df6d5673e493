//! The noise of the official scripts.

use super::DitConfig;
use relight_diffusion::torch_noise_after;
use relight_tensor::Volume;

/// Numbers that the official script draws from the seeded generator when it begins a clip, before the noise: chances of conditions that it does not use.
const CHANCES: u64 = 14;
/// Drawn once, by the iterator over the clips.
const ITERATOR: u64 = 2;
/// Drawn for the training-only embedding of the noise level: 128 frequencies, 128 phases.
const FOURIER: u64 = 256;

/// The unit noise of the `call`-th clip and pass (from 0) that the official script makes with `seed` and its default options, for latents of `shape`
/// [frames, height, width, channels] (SPEC section 5). The script seeds once, then draws initial weights that it overwrites, so the network's size counts.
pub fn noise(config: &DitConfig, seed: u64, call: u64, shape: [usize; 4]) -> Volume {
    let count: usize = shape.iter().product();
    let width = config.width as u64;
    let weights = width * width + 3 * width * width + (config.contexts * config.cross) as u64 + FOURIER;
    let before = weights + ITERATOR + call * (CHANCES + count as u64) + CHANCES;
    Volume::from_planar(shape, &torch_noise_after(seed, before, count))
}
