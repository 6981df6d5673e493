//! The renderers without a network.

use crate::{Forward, Lighting};
use relight_file::Result;
use relight_gbuffer::GBuffer;
use relight_light::Environment;
use relight_shade::{Settings, Shader};
use relight_video::Frame;
use std::sync::Arc;

/// Split-sum shading without and with screen-space ray tracing, as it is usually done, and the latter in slanting lobes, which is what the network
/// starts from.
#[derive(Default)]
pub struct Analytic {
    /// Prepared maps; a set has about ten.
    shaders: Vec<(Arc<Environment>, Shader)>,
}

impl Forward for Analytic {
    fn names(&self) -> &'static [&'static str] {
        &["splitsum", "ssrt", "slanting"]
    }

    fn frames(&mut self, buffers: &[GBuffer], light: &Lighting) -> Result<Vec<Vec<Frame>>> {
        let place = self.shaders.iter().position(|(map, _)| Arc::ptr_eq(map, &light.map)).unwrap_or_else(|| {
            self.shaders.push((light.map.clone(), Shader::new(light.map.clone())));
            self.shaders.len() - 1
        });
        let shader = &self.shaders[place].1;
        let (mut plain, mut traced, mut slanting) = (Vec::new(), Vec::new(), Vec::new());
        for (i, buffers) in buffers.iter().enumerate() {
            let shade = |settings| shader.shade(buffers, &light.cameras[i], light.yaw[i], light.exposure, &settings);
            let shading = shade(Settings::classic());
            let frame = |rgb| Frame { width: buffers.width, height: buffers.height, rgb, alpha: None };
            plain.push(frame(shading.split_sum));
            traced.push(frame(shading.ssrt));
            slanting.push(frame(shade(Settings::network()).ssrt));
        }
        Ok(vec![plain, traced, slanting])
    }
}
