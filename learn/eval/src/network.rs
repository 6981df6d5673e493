//! The renderers of this project.

use crate::{Forward, Inverse, Lighting};
use relight_file::Result;
use relight_gbuffer::GBuffer;
use relight_light::Environment;
use relight_render::{Networks, Shot, Weights, Work};
use relight_video::Frame;
use std::sync::Arc;

/// The buffers that the inverse network tells from one picture of `size` pixels a side (linear, premultiplied), whose horizontal field of view (radians) it knows.
pub(crate) fn told(networks: &Networks, work: Work, fov_x: f32, size: usize, rgb: Vec<f32>, alpha: Vec<f32>) -> Result<GBuffer> {
    let frame = Frame { width: size, height: size, rgb, alpha: Some(alpha) };
    Ok(relight_render::Inverse::new(networks.inverse.estimator()?, work).seeing(fov_x).clip(&[frame])?.remove(0))
}

/// The inverse network.
pub struct InverseNetwork(relight_render::Inverse);

impl InverseNetwork {
    /// Builds it.
    ///
    /// # Errors
    /// The weights are no such network's.
    pub fn new(weights: &Weights, work: Work) -> Result<Self> {
        Ok(Self(relight_render::Inverse::new(weights.estimator()?, work)))
    }
}

impl Inverse for InverseNetwork {
    fn name(&self) -> &'static str {
        "network"
    }

    fn buffers(&mut self, frames: &[Frame]) -> Result<Vec<GBuffer>> {
        self.0.clip(frames)
    }
}

/// The forward network.
pub struct ForwardNetwork {
    weights: Weights,
    work: Work,
    /// One for each map met.
    renderers: Vec<(Arc<Environment>, relight_render::Forward)>,
}

impl ForwardNetwork {
    /// Checks that it can be built.
    ///
    /// # Errors
    /// The weights are no such network's.
    pub fn new(weights: &Weights, work: Work) -> Result<Self> {
        weights.renderer()?;
        Ok(Self { weights: weights.clone(), work, renderers: Vec::new() })
    }
}

impl Forward for ForwardNetwork {
    fn names(&self) -> &'static [&'static str] {
        &["network"]
    }

    fn frames(&mut self, buffers: &[GBuffer], light: &Lighting) -> Result<Vec<Vec<Frame>>> {
        let place = match self.renderers.iter().position(|(map, _)| Arc::ptr_eq(map, &light.map)) {
            Some(place) => place,
            None => {
                let network = Some(self.weights.renderer()?);
                self.renderers.push((light.map.clone(), relight_render::Forward::new(network, light.map.clone(), self.work)));
                self.renderers.len() - 1
            }
        };
        let shots: Vec<Shot> = (0..buffers.len())
            .map(|i| Shot { buffers: buffers[i].clone(), camera: light.cameras[i], yaw: light.yaw[i], depth: light.depth })
            .collect();
        Ok(vec![self.renderers[place].1.clip(&shots, light.exposure)?])
    }
}
