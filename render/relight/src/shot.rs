//! Buffers with the camera that saw them and how the light stands.

use relight_gbuffer::{Camera, DepthUnit, GBuffer};
use relight_shade::Settings;

/// What the forward renderer makes one picture of.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The buffers, of any size.
    pub buffers: GBuffer,
    /// The camera.
    pub camera: Camera,
    /// Turn of the light's map about the world's +Y, in radians.
    pub yaw: f32,
    /// What a depth means. Relative depth was estimated from a picture.
    pub depth: DepthUnit,
}

impl Shot {
    /// How it is shaded.
    pub(crate) fn settings(&self) -> Settings {
        if self.depth == DepthUnit::Relative { Settings::estimated() } else { Settings::network() }
    }
}
