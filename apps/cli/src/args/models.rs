//! Networks and where they come from.

use super::Out;
use clap::{Args, Subcommand, ValueHint};
use serde::Serialize;
use std::path::PathBuf;

/// List the networks and where they come from.
#[derive(Debug, Clone, Args, Serialize)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  relight models
  relight models check diffusion_renderer-inverse-svd/
  relight models convert model.pt --format bf16 -o model.safetensors
  relight models convert diffusion_renderer-inverse-svd/ --format int8 -o smaller/diffusion_renderer-inverse-svd/"
)]
pub struct Models {
    /// Look at this safetensors file or folder, too
    #[arg(long, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    pub weights: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
}

/// What is done with official models.
#[derive(Debug, Clone, Subcommand, Serialize)]
pub enum ModelsCommand {
    /// Compare an official model's tensors with the full table
    Check {
        /// Folder of the model, a folder with several, or a file of weights
        #[arg(value_hint = ValueHint::AnyPath)]
        path: PathBuf,
    },
    /// Write a file of weights, or all of a folder, as safetensors
    Convert(Convert),
}

/// Write a file of weights, or all of a folder, as safetensors.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Convert {
    /// .pt, .bin, .jit or .safetensors, or a folder with such files, whose configurations are copied
    #[arg(value_hint = ValueHint::AnyPath)]
    pub file: PathBuf,
    /// Format of the numbers
    #[arg(long, value_enum, default_value_t = WeightFormat::F32)]
    pub format: WeightFormat,
    #[command(flatten)]
    pub out: Out,
}

/// Formats of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightFormat {
    /// 32 bits
    F32,
    /// 16 bits
    Bf16,
    /// Matrices as 8 bits with one factor a row
    Int8,
}
