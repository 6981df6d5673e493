//! Flags of comparisons.

use super::{Out, Part};
use clap::{Args, ValueHint};
use serde::Serialize;
use std::path::PathBuf;

/// Put clips or pictures side by side, wipe between them, or show where they differ.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = "Examples:
  relight compare clip.mp4 out.mp4 -o both.mp4
  relight compare clip.mp4 out.mp4 --how wipe -o wipe.mp4
  relight compare truth.png ours.png --how difference -o difference.png
  relight compare a.mp4 b.mp4 c.mp4 d.mp4 --label dawn --label noon --label dusk --label night -o four.mp4
  relight compare clip.mp4 out.mp4 --rows 4 -o sheet.png")]
pub struct Compare {
    /// Two to four videos, images, folders of frames or patterns; all are scaled to the first's size, and single images stand still
    #[arg(num_args = 2..=4, required = true, value_name = "CLIP", value_hint = ValueHint::AnyPath)]
    pub clips: Vec<PathBuf>,
    /// How they are shown [default: side, grid for four]
    #[arg(long, value_enum, help_heading = "Layout")]
    pub how: Option<How>,
    /// What is written on each, in order [default: the file's name]
    #[arg(long, value_name = "TEXT", help_heading = "Layout")]
    pub label: Vec<String>,
    /// Pixels across of each picture [default: the first clip's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(16..=8192), help_heading = "Layout")]
    pub width: Option<u16>,
    /// Rows of a sheet, each a frame, evenly spread over the clip
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=64), help_heading = "Layout")]
    pub rows: u16,
    /// The difference that has the last colour, in 8-bit codes
    #[arg(long, value_name = "CODES", default_value_t = 64, value_parser = clap::value_parser!(u8).range(1..), help_heading = "Layout")]
    pub range: u8,
    #[command(flatten)]
    pub out: Out,
    #[command(flatten)]
    pub part: Part,
}

/// How clips are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// In a row
    Side,
    /// One over the other, the border between them goes to and fro (two clips)
    Wipe,
    /// Both, and in false colours how far they are apart (two clips)
    Difference,
    /// Two in a row
    Grid,
}
