//! What the renderers ask of a network, whichever it is.

use crate::{Watch, Windows};
use glam::Mat3;
use relight_diffusion::{Key, Window, sample, schedule};
use relight_file::{Fault, Result};
use relight_gbuffer::Pass;
use relight_light::LightMap;
use relight_nets::{Conditions, Small};
use serde::Serialize;

/// A network with its sampler: conditions in, clean data x0 out.
pub trait Network: Send {
    /// Estimates x0, `frames · height · width · outputs` numbers. `key` names the noise between steps.
    ///
    /// # Errors
    /// The network gives no finite numbers, or `watch` stops it.
    fn estimate(&mut self, conditions: Conditions, steps: usize, key: Key, watch: &Watch) -> Result<Vec<f32>>;

    /// Whether its estimates of one surface disagree, from frame to frame and in depth and normals, so that they gain by being settled. Not those of
    /// official networks, whose numbers are kept.
    fn unsettled(&self) -> bool {
        false
    }

    /// What of a new window's depth is unknown against the window before.
    fn depth(&self) -> Unknown {
        Unknown::Factor
    }
}

/// A network of the forward renderer.
pub enum Renderer {
    /// It corrects the shader's picture.
    Corrects(Box<dyn Network>),
    /// It makes the picture of buffers and light alone.
    Paints(Box<dyn Painter>),
}

/// What two windows may differ by in depth where they see the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// A factor.
    Factor,
    /// A factor and a distance: the network gives each window's depths in a range of its own.
    FactorAndShift,
}

/// What a network that makes a picture of buffers and light by itself sees of a window. All pictures have `frames · height · width` pixels of three numbers
/// −1..1, as the official tools' 8-bit pictures have them (sRGB codes; `0.5 n + 0.5`; depth 0 near to 1 far; grey), scaled to that range.
pub struct Scene<'a> {
    /// Frames of the window.
    pub frames: usize,
    /// Rows, a multiple of 16.
    pub height: usize,
    /// Columns, a multiple of 16.
    pub width: usize,
    /// Makes the picture of albedo, normal, depth, roughness or metallic, when it is asked for: of a long window each takes more than what networks make of it.
    pub picture: &'a dyn Fn(Pass) -> Vec<f32>,
    /// The light's map, prepared; none asks for a light of the network's own.
    pub light: Option<&'a LightMap>,
    /// For each frame: what takes a direction of the camera's space into the map's frame.
    pub to_map: Vec<Mat3>,
}

/// A network that makes pictures of buffers and light by itself.
pub trait Painter: Send {
    /// sRGB codes of the window's pictures, `frames · height · width · 3` numbers 0..1.
    ///
    /// # Errors
    /// The network gives no finite numbers, or `watch` stops it.
    fn paint(&mut self, scene: &Scene<'_>, steps: usize, key: Key, watch: &Watch) -> Result<Vec<f32>>;
}

impl Network for Small {
    fn unsettled(&self) -> bool {
        true
    }

    fn estimate(&mut self, conditions: Conditions, steps: usize, key: Key, _: &Watch) -> Result<Vec<f32>> {
        finite(sample(self, &conditions, &schedule(steps), key))
    }
}

/// Numbers of a network, if they are such.
pub(crate) fn finite(numbers: Vec<f32>) -> Result<Vec<f32>> {
    if numbers.iter().all(|x| x.is_finite()) {
        return Ok(numbers);
    }
    Err(Fault::new("the network gives numbers that are not finite", "use the embedded network, or train yours on"))
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Work {
    /// Short side of the pictures that networks see, in pixels; smaller pictures stay as they are. None: [`INVERSE_SIZE`] and
    /// [`FORWARD_SIZE`].
    pub size: Option<usize>,
    /// How networks are asked.
    pub sampling: Sampling,
    /// How streams are cut.
    pub windows: Windows,
}

/// Short side of the largest picture that the inverse network looks at; the others have 192 and 128 lines, and it learned from whole pictures of 192, 160 and 128. On
/// 40 validation worlds one look at 192 lines gives 21.42 dB of albedo and normals within 15.3°, one at 256 21.51 and 14.7, the three together 21.67 and 14.7
/// (224, 160 and 128: 21.32 and 15.0).
pub const INVERSE_SIZE: usize = 256;
/// Short side of the pictures that the forward network adds to.
pub const FORWARD_SIZE: usize = 256;
