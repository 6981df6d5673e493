//! What a network sees beside the noise.

/// Numbers of a frame's light: 8 rows, 16 columns, RGB.
pub const LIGHT: usize = 8 * 16 * 3;

/// The conditions of one window.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions {
    /// Frames of the window.
    pub frames: usize,
    /// Rows; a multiple of [`crate::Config::stride`] (see [`crate::edge_pad`]).
    pub height: usize,
    /// Columns; the same.
    pub width: usize,
    /// `frames × height × width × n` numbers, channels last.
    ///
    /// Inverse, n = 3: sRGB-encoded colour, 2x − 1. Forward, n = 23: alpha · 2 − 1, albedo sRGB-encoded · 2 − 1 (3), camera-space normal (3),
    /// ln(depth / median foreground depth of the clip) or 0 on the background, roughness · 2 − 1, metallic · 2 − 1, tone(diffuse) (3),
    /// tone(specular) (3), tone(ray-traced image) (3), visibility · 2 − 1, the picture under its own light sRGB-encoded · 2 − 1 or −1 where there is none
    /// (3); tone(x) = ln(1 + 15x) / ln 16.
    pub pixels: Vec<f32>,
    /// `frames ×` [`LIGHT`] numbers, linear radiance seen from the camera (row 0 = up, centre column = −Z); empty for networks without light.
    pub light: Vec<f32>,
}
