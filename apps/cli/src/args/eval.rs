//! Flags of `relight eval`.

use super::Net;
use clap::{Args, ValueHint};
use serde::Serialize;
use std::path::PathBuf;

/// Score against an evaluation set.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = "Example:
  relight eval evalset/dev --write predictions/
  relight eval --edits --light --insert --select")]
pub struct Eval {
    /// A set: a folder of clips with clip.json, frame.%04d.exr and rgb.%04d.png
    #[arg(value_hint = ValueHint::DirPath, required_unless_present_any = ["edits", "light", "insert", "select"])]
    pub set: Option<PathBuf>,
    /// Score edits of materials in procedural worlds, path traced before and after
    #[arg(long, conflicts_with_all = ["set", "write", "lpips"])]
    pub edits: bool,
    /// Score the light that is told from pictures of procedural worlds
    #[arg(long, conflicts_with_all = ["set", "write", "lpips"])]
    pub light: bool,
    /// Score things put back into procedural worlds, path traced with and without them
    #[arg(long, conflicts_with_all = ["set", "write", "lpips"])]
    pub insert: bool,
    /// Score clicks on things, grounds and walls of procedural worlds
    #[arg(long, conflicts_with_all = ["set", "write", "lpips"])]
    pub select: bool,
    /// Score how steady the buffers of the set's clips are: frames together and apart, and seams on 200 frames
    #[arg(long, requires = "set", conflicts_with_all = ["write", "lpips"])]
    pub time: bool,
    /// Score the buffers of the set's clips at 192 to 1080 lines and in upright and lying crops
    #[arg(long, requires = "set", conflicts_with_all = ["write", "lpips"])]
    pub sizes: bool,
    /// Score what wrong exposure, wrong white balance and estimated buffers cost on the set's clips
    #[arg(long, requires = "set", conflicts_with_all = ["write", "lpips"])]
    pub robust: bool,
    /// Keep what was made there, for other scorers
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub write: Option<PathBuf>,
    /// Measure the perceptual distance, too, with these weights (made by training/lpips.py)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub lpips: Option<PathBuf>,
    /// Replace what is there
    #[arg(short = 'y', long)]
    pub yes: bool,
    #[command(flatten)]
    pub net: Net,
}
