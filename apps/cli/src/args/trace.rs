//! Flags of `relight trace`.

use super::{Exposure, Out, exposure, finite};
use clap::{Args, ValueHint};
use serde::Serialize;
use std::path::PathBuf;

/// Path trace a glTF scene under a light, with its buffers.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = "Example:
  relight trace chair.glb --light sky.exr --width 800 --height 600 --samples 256 -o truth.exr")]
pub struct Trace {
    /// .gltf or .glb
    #[arg(value_hint = ValueHint::FilePath)]
    pub scene: PathBuf,
    /// Environment map: equirectangular .hdr, .exr, .png or .jpg
    #[arg(long, value_name = "MAP", value_hint = ValueHint::FilePath)]
    pub light: PathBuf,
    /// Turn the map so many degrees, counter-clockwise seen from above
    #[arg(long, value_name = "DEGREES", default_value_t = 0.0, allow_negative_numbers = true, value_parser = finite)]
    pub rotation: f32,
    /// `auto` makes the 95th percentile of the object's luminance .8; a number multiplies the map by 2^EV
    #[arg(long, value_name = "auto|EV", default_value = "auto", allow_negative_numbers = true, value_parser = exposure)]
    pub exposure: Exposure,
    /// Pixels across
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=8192))]
    pub width: u32,
    /// Pixels down
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=8192))]
    pub height: u32,
    /// Paths a pixel
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub samples: u32,
    /// Seed of the paths
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Take a map with NaN, infinite or negative texels and mend them
    #[arg(long)]
    pub clean_light: bool,
    /// Poses and field of view; the first pose counts [default: one that sees the whole scene]
    #[arg(long, value_name = "clip.json", value_hint = ValueHint::FilePath)]
    pub camera: Option<PathBuf>,
    #[command(flatten)]
    pub out: Out,
}
