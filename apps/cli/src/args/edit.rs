//! Flags of edits.

use super::Out;
use clap::{Args, ValueHint};
use serde::Serialize;
use std::path::PathBuf;

/// Changes of what things are made of, and where.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Edits {
    #[command(flatten)]
    pub edit: relight_edit::Edit,
    /// Edits from a TOML file, an array of tables `edit` with these words; they come before the one of the command line
    #[arg(long, alias = "edit", value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Edit")]
    pub edits: Option<PathBuf>,
    /// Keep the masks there, as pictures that --mask reads
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Edit")]
    pub keep_mask: Option<PathBuf>,
}

impl Edits {
    /// Whether anything is edited.
    pub fn any(&self) -> bool {
        self.edits.is_some() || self.edit != relight_edit::Edit::default()
    }
}

/// Change what things in buffers are made of.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = "Examples:
  relight edit gbuffer/ --set roughness=0.15 --mul albedo=1.2,0.9,0.9 --mask hat.png -o edited/
  relight edit gbuffer/ --set metallic=1 --tint #d4af37 --select 320,200 --feather 2 -o edited/
  relight edit gbuffer/ --edits edits.toml -o edited/

edits.toml is a list of such tables:
  [[edit]]
  set = { roughness = 0.15, metallic = 1 }
  tint = \"#d4af37\"
  select = [320, 200]
  feather = 2")]
pub struct Edit {
    /// Folder or pattern of EXR frames (relight's or Blender's), or a folder that the official tools wrote
    #[arg(value_hint = ValueHint::AnyPath)]
    pub gbuffer: PathBuf,
    #[command(flatten)]
    pub edits: Edits,
    #[command(flatten)]
    pub out: Out,
    /// Poses, where normals are in the world's space [default: the clip.json beside the frames, or none]
    #[arg(long, value_name = "clip.json", value_hint = ValueHint::FilePath, help_heading = "Input")]
    pub camera: Option<PathBuf>,
}
