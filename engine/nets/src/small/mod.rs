//! The embedded network: a U-Net with one attention layer, whose coarse levels mix over time.
//!
//! `training/network.py` is the same network in PyTorch and the source of the names of tensors.

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

/// The network with its weights, and the buffers that it uses again at every call.
#[derive(Debug)]
pub struct Small {
    config: Config,
    layers: Layers,
    level: Level,
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
        Ok(Self { config, layers, level: Level::best(), arena: Arena::default() })
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
