//! What the fit says of itself.

use serde::Serialize;

/// How well the light is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Frames that were fitted.
    pub frames: usize,
    /// Pixels that were fitted, over all frames.
    pub pixels: usize,
    /// Part of them that the fit came to trust (robust weight above one half).
    pub trusted: f32,
    /// Root mean square of the fit's relative error over the trusted pixels.
    pub residual: f32,
    /// PSNR in dB of the frames rendered again under the map (screen-space ray tracing, no network), over what is in front, as sRGB codes.
    pub psnr: f32,
    /// The same for a map of one colour, the best one: what knowing the light is worth.
    pub psnr_flat: f32,
    /// Where most light comes from.
    pub dominant: Dominant,
}

/// The direction that most light comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dominant {
    /// Unit vector in the world (the first camera's frame where no poses are known).
    pub direction: [f32; 3],
    /// Column of the map in degrees from its centre, positive to the right.
    pub azimuth_deg: f32,
    /// Degrees above the horizon.
    pub elevation_deg: f32,
    /// Part of the irradiance of a surface that faces it which comes from within 25° of it, 0..1.
    pub share: f32,
    /// The frames ask for one small source there, and the map has it.
    pub sharpened: bool,
    /// How sure it is that the direction is right within 25°, 0..1.
    pub confidence: f32,
}
