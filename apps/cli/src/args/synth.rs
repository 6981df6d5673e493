//! Flags of `relight synth`.

use clap::{Args, ValueHint};
use relight_synth::Kind;
use serde::Serialize;
use std::path::PathBuf;

/// Make training clips with known answers.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = "Example:
  relight synth -o shards/ --clips 1000 --seed 1    goes on where it stopped when run again")]
pub struct Synth {
    /// Folder for the shards
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,
    /// How many clips
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), required_unless_present = "shade")]
    pub clips: Option<u32>,
    /// Render nothing, but shade the buffers of the shards in this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with_all = ["clips", "seed", "kind", "first", "frames", "width", "height", "samples", "no_shading", "keep", "meshes", "lights"])]
    pub shade: Option<PathBuf>,
    /// With --shade: estimate the buffers from the shards' own pictures (training/photograph.py takes them) with the inverse network of this file; `embedded` is the program's own
    #[arg(long, value_name = "MODEL", value_hint = ValueHint::AnyPath, requires = "shade", conflicts_with = "clips")]
    pub estimate: Option<String>,
    /// Seed of the worlds
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// What every world shows [default: all of these by chance]
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<WorldKind>,
    /// Number of the first clip, to share a set between machines
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub first: u64,
    /// Frames a clip
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=240))]
    pub frames: u16,
    /// Pixels across
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u16).range(16..=2048))]
    pub width: u16,
    /// Pixels down
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u16).range(16..=2048))]
    pub height: u16,
    /// Paths a pixel
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub samples: u32,
    /// Leave out the analytic shading: a third of the time, and enough for the inverse network
    #[arg(long)]
    pub no_shading: bool,
    /// Keep the newest N clips and remove older ones, for training that runs at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
    /// Models beside the procedural shapes: OBJ and glTF files, folders of them, .sh3f archives; PNG and JPEG textures there become prints
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub meshes: Vec<PathBuf>,
    /// Light maps beside the procedural skies: files, folders
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub lights: Vec<PathBuf>,
}

/// What worlds show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WorldKind {
    /// One thing and nothing else
    Objects,
    /// One to six things on a ground
    Scenes,
    /// The same before one or two walls
    Rooms,
    /// One to six things in the air before a wall that fills the picture
    Backdrops,
}

impl From<WorldKind> for Kind {
    fn from(kind: WorldKind) -> Self {
        match kind {
            WorldKind::Objects => Self::Objects,
            WorldKind::Scenes => Self::Scenes,
            WorldKind::Rooms => Self::Rooms,
            WorldKind::Backdrops => Self::Backdrops,
        }
    }
}
