//! Buffers with the camera that saw them and how the light stands.

use relight_gbuffer::{Camera, DepthUnit, GBuffer};
use relight_shade::Settings;

/// What the forward renderer makes one picture of.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The buffers, of any size. Where they hold the picture that they were estimated from, the embedded network sees it, too: it is to be of these
    /// surfaces, and under another light than is asked for.
    pub buffers: GBuffer,
    /// The camera.
    pub camera: Camera,
    /// Turn of the light's map about the world's +Y, in radians.
    pub yaw: f32,
    /// What a depth means. Relative depth was estimated from a picture.
    pub depth: DepthUnit,
}

impl Shot {
    /// Whether its buffers were estimated.
    pub(crate) fn estimated(&self) -> bool {
        self.depth == DepthUnit::Relative
    }

    /// How it is shaded.
    pub(crate) fn settings(&self) -> Settings {
        if self.estimated() { Settings::estimated() } else { Settings::network() }
    }
}
