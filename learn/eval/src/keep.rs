//! Predictions on the disk, for other scorers.

use relight_file::{Draft, Fault, Result};
use relight_gbuffer::{Camera, DepthUnit, GBuffer, write_exr};
use relight_video::{Frame, still};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Writes under a draft folder:
/// `inverse/CLIP/frame.%04d.exr`, `forward/CLIP/{rgb,relit_B,relit_C}.%04d.png` (and `splitsum/…`, `ssrt/…`, `slanting/…` alike) and
/// `relight/CLIP/{relit_B,relit_C}.%04d.png`.
pub(crate) struct Keep(Draft);

impl Keep {
    pub fn new(folder: &Path, overwrite: bool) -> Result<Self> {
        Ok(Self(Draft::folder(folder, overwrite)?))
    }

    fn folder(&self, parts: [&str; 2]) -> Result<PathBuf> {
        let folder = self.0.path().join(parts[0]).join(parts[1]);
        fs::create_dir_all(&folder).map_err(|e| Fault::write(&folder, &e))?;
        Ok(folder)
    }

    /// Predicted buffers; depth is relative.
    pub fn buffers(&self, kind: &str, clip: &str, buffers: &[GBuffer], cameras: &[Camera]) -> Result<()> {
        let folder = self.folder([kind, clip])?;
        for (i, frame) in buffers.iter().enumerate() {
            write_exr(&folder.join(format!("frame.{i:04}.exr")), frame, DepthUnit::Relative, cameras.get(i), true)?;
        }
        Ok(())
    }

    /// Predicted frames under a light, as 8-bit sRGB.
    pub fn frames(&self, kind: &str, clip: &str, light: &str, frames: &[Frame]) -> Result<()> {
        let folder = self.folder([kind, clip])?;
        let name = if light == "A" { "rgb".to_owned() } else { format!("relit_{light}") };
        for (i, frame) in frames.iter().enumerate() {
            let path = folder.join(format!("{name}.{i:04}.png"));
            let opaque = Frame { alpha: None, ..frame.clone() };
            still::write(&opaque, &path, &path)?;
        }
        Ok(())
    }

    pub fn keep(self) -> Result<()> {
        self.0.keep()
    }
}
