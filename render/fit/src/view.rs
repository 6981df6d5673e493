//! What the fit sees.

use relight_gbuffer::{Camera, DepthUnit, GBuffer};

/// A frame with its buffers and the camera that saw it.
#[derive(Debug, Clone)]
pub struct View {
    /// The buffers; `rgb` is the frame itself (linear Rec.709, premultiplied) and has to be there.
    pub buffers: GBuffer,
    /// The camera. Where poses are not known it is at the origin of its own world, in every frame.
    pub camera: Camera,
    /// What a depth means; relative depth was estimated, and throws no hard shadows when frames are rendered again.
    pub depth: DepthUnit,
}
