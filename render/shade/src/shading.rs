//! What the shader makes of one frame.

/// Shading of one frame: row-major, top row first, channels interleaved, linear Rec.709, light's exposure included. All finite, none negative.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shading {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// The final image without any occlusion, times alpha, 3 per pixel.
    pub split_sum: Vec<f32>,
    /// Unshadowed irradiance over π (what a white Lambertian surface would show), without albedo, not times alpha, 3 per pixel.
    pub diffuse: Vec<f32>,
    /// Unshadowed specular term: prefiltered radiance times the BRDF's integral, not times alpha, 3 per pixel.
    pub specular: Vec<f32>,
    /// Luminance of the visible over that of the unshadowed irradiance, without light from other surfaces, 0..1, 1 per pixel; 1 in the background.
    pub visibility: Vec<f32>,
    /// The final image with occlusion, reflections and bounces found in the depth buffer, times alpha, 3 per pixel.
    pub ssrt: Vec<f32>,
}
