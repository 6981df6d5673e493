//! What to spend on a picture, and what comes out.

use relight_gbuffer::GBuffer;

/// How a picture is rendered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Camera rays a pixel; powers of two are stratified best.
    pub samples: u32,
    /// Surfaces that a path may touch, at least 1: 1 is direct light alone, 4 allows three bounces between surfaces.
    pub max_depth: u32,
    /// Key of all random numbers.
    pub seed: u64,
    /// Second key, such as the index of the frame, so that noise does not repeat over a clip.
    pub stream: u64,
    /// Largest channel, before the light's exposure, that light arriving by two or more surfaces may add to one sample; infinite is unbiased.
    pub clamp_indirect: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { width: 256, height: 256, samples: 64, max_depth: 5, seed: 0, stream: 0, clamp_indirect: f32::INFINITY }
    }
}

/// One rendered instant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rendering {
    /// One picture a light, in the order given: linear Rec.709, premultiplied with the alpha of `gbuffer`, times the light's exposure,
    /// row-major, three numbers a pixel.
    pub lights: Vec<Vec<f32>>,
    /// The passes of the same samples: averages over the covered part of the pixel; `rgb` is absent. Depth is the average where it agrees
    /// within 2 % with the hit nearest to the pixel's centre, else the depth of that hit.
    pub gbuffer: GBuffer,
}
