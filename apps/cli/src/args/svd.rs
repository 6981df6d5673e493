//! What models of the SVD family can be told.

use super::finite;
use clap::{Args, ValueHint};
use serde::Serialize;
use std::path::PathBuf;

/// What models of the SVD family can be told.
#[derive(Debug, Clone, Default, Args, Serialize)]
pub struct Svd {
    /// svd: the passes that the inverse network estimates, each with a sampling of its own; the others stay plain [default: all]
    #[arg(long, value_name = "PASS", value_enum, value_delimiter = ',', help_heading = "Networks")]
    pub passes: Vec<PassName>,
    /// svd: how much of the LoRA is applied that comes with the model [default: 0.25]
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = finite, help_heading = "Networks")]
    pub lora_scale: Option<f32>,
    /// svd: take the noise from this safetensors file (frames, channels, height, width of the latents) instead of torch's CPU numbers
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Networks")]
    pub noise: Option<PathBuf>,
    /// svd: a single evaluation without noise
    #[arg(long, help_heading = "Networks")]
    pub one_step: bool,
    /// svd: memory that a window may take, such as 8G; fewer frames are decoded together where that needs it
    #[arg(long, value_name = "BYTES", value_parser = bytes, help_heading = "Networks")]
    pub memory: Option<u64>,
}

/// Passes that a network estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PassName {
    /// Base colour
    Albedo,
    /// Normals
    Normal,
    /// Depth
    Depth,
    /// Roughness
    Roughness,
    /// Metallic
    Metallic,
}

/// `8G`, `500M`: powers of ten.
fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
    let unit = match unit {
        "G" | "g" => 1e9,
        "M" | "m" => 1e6,
        _ => 0.0,
    };
    let bytes = number.parse::<f64>().unwrap_or_default() * unit;
    if (1.0..1e15).contains(&bytes) { Ok(bytes as u64) } else { Err("give a size such as 8G or 500M".into()) }
}
