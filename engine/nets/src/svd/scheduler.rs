//! `scheduler_config.json`: at which noise levels the network is asked.

use relight_diffusion::Karras;
use relight_file::{Blame, Fault, Result};
use serde::Deserialize;

/// The sampler's constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scheduler {
    /// Levels.
    pub karras: Karras,
    /// Whether the first noise gets the unit variance of data added: `leading` spacing, sqrt(sigma² + 1) instead of sigma.
    pub leading: bool,
}

#[derive(Deserialize)]
struct Raw {
    prediction_type: Option<String>,
    timestep_type: Option<String>,
    timestep_spacing: Option<String>,
    use_karras_sigmas: Option<bool>,
    sigma_min: Option<f64>,
    sigma_max: Option<f64>,
}

impl Scheduler {
    /// Reads the JSON; what it does not say is Stable Video Diffusion's.
    ///
    /// # Errors
    /// No such JSON, or a sampler other than Euler's over Karras' levels with continuous times for a prediction of v.
    pub fn parse(json: &str) -> Result<Self> {
        let remedy = "download the scheduler_config.json of this model again";
        let raw: Raw = serde_json::from_str(json).blame(|| "scheduler_config.json is not understood".into(), remedy)?;
        let is = |value: &Option<String>, word: &str| value.as_deref().is_none_or(|value| value == word);
        let karras = Karras { min: raw.sigma_min.unwrap_or(0.002), max: raw.sigma_max.unwrap_or(700.0), rho: 7.0 };
        let levels = karras.min > 0.0 && karras.max > karras.min && karras.max.is_finite();
        let known = is(&raw.prediction_type, "v_prediction") && is(&raw.timestep_type, "continuous") && raw.use_karras_sigmas.unwrap_or(true);
        if !(known && levels) {
            return Err(Fault::new("scheduler_config.json describes another sampler than that of the SVD family", remedy));
        }
        Ok(Self { karras, leading: is(&raw.timestep_spacing, "leading") })
    }

    /// By what unit noise is multiplied at the start.
    pub fn start(&self) -> f32 {
        let sigma = self.karras.max as f32;
        if self.leading { (sigma * sigma + 1.0).sqrt() } else { sigma }
    }
}
