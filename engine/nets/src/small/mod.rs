//! The embedded network: a U-Net with one attention layer, whose coarse levels mix over time.
//!
//! `training/network.py` is the same network in PyTorch and the source of the names of tensors.

mod backbone;
mod build;
mod run;
mod stage;

use crate::{Conditions, Config, Kind, LIGHT, weights::Weights};
use build::Layers;
use relight_diffusion::Denoiser;
use relight_file::{Fault, Result};
use relight_tensor::{Arena, Level};
use std::{fs, path::Path};

/// The embedded inverse network.
pub(crate) static INVERSE: &[u8] = include_bytes!("../../../../weights/inverse.safetensors");
/// The embedded forward network.
pub(crate) static FORWARD: &[u8] = include_bytes!("../../../../weights/forward.safetensors");

/// The file of an embedded network, byte for byte.
pub fn embedded(kind: Kind) -> &'static [u8] {
    match kind {
        Kind::Inverse => INVERSE,
        Kind::Forward => FORWARD,
    }
}

/// Bytes of a weights file that are read at most; the embedded networks have a hundredth of it.
const LARGEST: u64 = 1 << 30;

/// Pixels that the fine levels take at once: enough work to share among threads, little enough to stay near the caches.
const GROUP: usize = 512 * 512;

/// The network with its weights, and the buffers that it uses again at every call.
#[derive(Debug)]
pub struct Small {
    config: Config,
    layers: Layers,
    level: Level,
    group: usize,
    arena: Arena,
}

impl Small {
    /// The embedded inverse network.
    ///
    /// # Errors
    /// The embedded file is broken.
    pub fn inverse() -> Result<Self> {
        Self::from_bytes("the embedded inverse network", INVERSE)
    }

    /// The embedded forward network.
    ///
    /// # Errors
    /// The embedded file is broken.
    pub fn forward() -> Result<Self> {
        Self::from_bytes("the embedded forward network", FORWARD)
    }

    /// From a safetensors file.
    ///
    /// # Errors
    /// It cannot be read, or is no file of such a network (header, configuration, names, shapes, formats, finite numbers).
    pub fn load(path: &Path) -> Result<Self> {
        let size = fs::metadata(path).map_err(|e| Fault::read(path, &e))?.len();
        if size > LARGEST {
            return Err(Fault::new(format!("{} is too large for this network: {size} bytes", path.display()), "give the path of a small network"));
        }
        let bytes = fs::read(path).map_err(|e| Fault::read(path, &e))?;
        Self::from_bytes(&path.display().to_string(), &bytes)
    }

    /// From the bytes of a safetensors file; `name` is what faults call it.
    ///
    /// # Errors
    /// As [`Small::load`].
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let weights = Weights::parse(name, bytes)?;
        let config = Config::parse(weights.config(), name)?;
        let layers = Layers::take(&weights, &config)?;
        weights.finish()?;
        Ok(Self { config, layers, level: Level::best(), group: GROUP, arena: Arena::default() })
    }

    /// Its shape.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Uses these vector instructions instead of the best.
    pub fn with_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    fn check(&self, conditions: &Conditions) {
        let Conditions { frames, height, width, pixels, light } = conditions;
        let stride = self.config.stride();
        assert!(height.is_multiple_of(stride) && width.is_multiple_of(stride), "{height}x{width} pixels are no multiples of {stride}");
        assert_eq!(pixels.len(), frames * height * width * self.config.conditions, "numbers of the conditions");
        assert_eq!(light.len(), if self.config.light { frames * LIGHT } else { 0 }, "numbers of the light");
    }
}

impl Denoiser for Small {
    type Conditions = Conditions;

    fn len(&self, conditions: &Conditions) -> usize {
        conditions.frames * conditions.height * conditions.width * self.config.outputs
    }

    fn denoise(&mut self, x_sigma: &[f32], sigma: f32, conditions: &Conditions, x0: &mut [f32]) {
        self.check(conditions);
        assert_eq!(x_sigma.len(), self.len(conditions), "numbers of the noisy data");
        assert_eq!(x0.len(), x_sigma.len(), "numbers of the estimate");
        // Inside the pool the hundred operations hand work to each other; from outside, each would put this thread to sleep and wake it again.
        rayon::scope(|_| self.run(x_sigma, sigma, conditions, x0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_run_alone_or_together_give_the_same_bytes() {
        for net in [Small::inverse(), Small::forward()] {
            let mut net = net.unwrap();
            let (frames, height, width) = (3, 32, 48);
            let count = frames * height * width * net.config.conditions;
            let conditions = Conditions {
                frames,
                height,
                width,
                pixels: (0..count).map(|i| (i * 37 % 101) as f32 / 101.0 - 0.5).collect(),
                light: (0..if net.config.light { frames * LIGHT } else { 0 }).map(|i| (i % 7) as f32).collect(),
            };
            let x_sigma: Vec<f32> = (0..net.len(&conditions)).map(|i| (i * 53 % 89) as f32 / 89.0 - 0.5).collect();
            let mut run = |frames_together: usize| {
                net.group = frames_together * height * width;
                let mut x0 = vec![f32::NAN; x_sigma.len()];
                net.denoise(&x_sigma, 0.4, &conditions, &mut x0);
                assert!(x0.iter().all(|x| x.is_finite()));
                x0
            };
            let together = run(3);
            assert_eq!(run(0), together);
            assert_eq!(run(2), together);
        }
    }

    #[test]
    fn zeros_left_out_of_the_stem_change_nothing_but_rounding() {
        let mut net = Small::inverse().unwrap();
        let conditions =
            Conditions { frames: 1, height: 16, width: 16, pixels: (0..768).map(|i| (i % 11) as f32 / 11.0).collect(), light: Vec::new() };
        let mut x_sigma = vec![0.0; net.len(&conditions)];
        let (mut without, mut with) = (x_sigma.clone(), x_sigma.clone());
        net.denoise(&x_sigma, 80.0, &conditions, &mut without);
        // Too little to matter, enough not to be zero.
        x_sigma[0] = 1e-30;
        net.denoise(&x_sigma, 80.0, &conditions, &mut with);
        assert!(with.iter().zip(&without).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
