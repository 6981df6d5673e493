//! Buffers with the camera that saw them and how the light stands.

use relight_gbuffer::{Camera, GBuffer};

/// What the forward renderer makes one picture of.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The buffers, of any size.
    pub buffers: GBuffer,
    /// The camera.
    pub camera: Camera,
    /// Turn of the light's map about the world's +Y, in radians.
    pub yaw: f32,
}
