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
    /// How it is shaded: estimated depth is too uneven to tell where a lamp's or the sun's hard shadows fall, and wrong ones look worse than
    /// none; soft occlusion and reflections stay.
    pub(crate) fn settings(&self) -> Settings {
        let lamps = if self.depth == DepthUnit::Relative { 0 } else { Settings::network().lamps };
        Settings { lamps, ..Settings::network() }
    }
}
