//! Buffers into a folder, which appears when it is whole.

use crate::args::{Layout, Out};
use relight_file::{Draft, Result};
use relight_gbuffer::{DepthUnit, GBuffer, OfficialWriter, write_exr};
use std::path::Path;

/// A folder of buffers in one of the layouts.
pub struct Folder {
    draft: Draft,
    official: Option<OfficialWriter>,
    frames: usize,
}

impl Folder {
    /// `0000.exr`, … or, in the official layout, a folder named after the clip with a picture for each pass.
    pub fn new(out: &Out, layout: Layout, clip: &Path) -> Result<Self> {
        let draft = Draft::folder(&out.output, out.yes)?;
        let name = clip.file_stem().map_or_else(|| "clip".into(), |n| n.to_string_lossy().replace('.', "_"));
        let official = match layout {
            Layout::Exr => None,
            Layout::Official => Some(OfficialWriter::new(&draft.path().join(name), None)?),
        };
        Ok(Self { draft, official, frames: 0 })
    }

    pub fn write(&mut self, buffers: &GBuffer) -> Result<()> {
        match &mut self.official {
            Some(writer) => writer.write(buffers)?,
            None => write_exr(&self.draft.path().join(format!("{:04}.exr", self.frames)), buffers, DepthUnit::Relative, None, false)?,
        }
        self.frames += 1;
        Ok(())
    }

    /// Gives the folder its name; says how many frames are in it.
    pub fn finish(self) -> Result<usize> {
        self.draft.keep()?;
        Ok(self.frames)
    }
}
