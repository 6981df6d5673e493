//! One frame of buffers.

/// The buffers of one frame: row-major, top row first, channels interleaved, `width * height * channels` numbers each.
///
/// Not premultiplied. Where `alpha` is 0 there is nothing, and every pass is 0 (`normal` too).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GBuffer {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// The picture that the buffers belong to, linear Rec.709, premultiplied with alpha; absent when unknown.
    pub rgb: Option<Vec<f32>>,
    /// Coverage, 0..1.
    pub alpha: Vec<f32>,
    /// Linear base colour before the metallic split, 3 per pixel.
    pub albedo: Vec<f32>,
    /// Camera space, +X right, +Y up, +Z to the viewer, unit length, 3 per pixel.
    pub normal: Vec<f32>,
    /// Distance along the optical axis, scene units or relative; 0 in the background.
    pub depth: Vec<f32>,
    /// Perceptual roughness.
    pub roughness: Vec<f32>,
    /// Metallic, 0..1.
    pub metallic: Vec<f32>,
}

impl GBuffer {
    /// Buffers of nothing: all zero, alpha too, no picture.
    pub fn empty(width: usize, height: usize) -> Self {
        let n = width * height;
        Self {
            width,
            height,
            rgb: None,
            alpha: vec![0.0; n],
            albedo: vec![0.0; 3 * n],
            normal: vec![0.0; 3 * n],
            depth: vec![0.0; n],
            roughness: vec![0.0; n],
            metallic: vec![0.0; n],
        }
    }
}
