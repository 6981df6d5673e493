//! What the renderers ask of a network, whichever it is.

use crate::Windows;
use relight_diffusion::{Key, Window, sample, schedule};
use relight_file::{Fault, Result};
use relight_nets::{Conditions, Small};
use serde::Serialize;

/// A network with its sampler: conditions in, clean data x0 out.
pub trait Network: Send {
    /// Estimates x0, `frames · height · width · outputs` numbers. `key` names the noise between steps.
    ///
    /// # Errors
    /// The network gives no finite numbers.
    fn estimate(&mut self, conditions: Conditions, steps: usize, key: Key) -> Result<Vec<f32>>;
}

impl Network for Small {
    fn estimate(&mut self, conditions: Conditions, steps: usize, key: Key) -> Result<Vec<f32>> {
        let x0 = sample(self, &conditions, &schedule(steps), key);
        if x0.iter().all(|x| x.is_finite()) {
            return Ok(x0);
        }
        Err(Fault::new("the network gives numbers that are not finite", "use the embedded network, or train yours on"))
    }
}

/// How often a network is asked, and which noise it gets in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sampling {
    /// Evaluations, 1 or more.
    pub steps: usize,
    /// Seed of the noise.
    pub seed: u64,
}

impl Default for Sampling {
    /// One step, seed 0.
    fn default() -> Self {
        Self { steps: 1, seed: 0 }
    }
}

impl Sampling {
    pub(crate) fn key(self, window: &Window) -> Key {
        Key { seed: self.seed, clip: 0, window: window.index }
    }
}

/// Settings that both renderers share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Work {
    /// Short side of the pictures that networks see, in pixels; smaller pictures stay as they are. None: [`INVERSE_SIZE`] and
    /// [`FORWARD_SIZE`].
    pub size: Option<usize>,
    /// How networks are asked.
    pub sampling: Sampling,
    /// How streams are cut.
    pub windows: Windows,
}

/// Short side of the pictures that the inverse network sees: what it was trained on. Validation scenes of 256² have a sixth less error in depth
/// and a tenth less in normals when they are seen at this size than at their own; texture and edges come back from the picture.
pub const INVERSE_SIZE: usize = 128;
/// Short side of the pictures that the forward network adds to.
pub const FORWARD_SIZE: usize = 256;

impl Default for Work {
    fn default() -> Self {
        Self { size: None, sampling: Sampling::default(), windows: Windows::default() }
    }
}
