//! Masks kept as pictures, to look at, to retouch and to read again.

use crate::args::Edits;
use relight_file::Result;
use relight_video::{About, CreateOptions, Frame, Sink, create, transfer::srgb_to_linear};

/// Where the masks of a clip go, if anywhere.
pub struct Masks(Option<Box<dyn Sink>>, usize, usize);

impl Masks {
    pub fn new(edits: &Edits, overwrite: bool, frames: usize, (width, height): (usize, usize)) -> Result<Self> {
        let about = About { frames: Some(frames), ..About::new(width, height, Default::default()) };
        let options = CreateOptions { overwrite, ..CreateOptions::default() };
        let sink = edits.keep_mask.as_ref().map(|path| create(path, &about, &options)).transpose()?;
        Ok(Self(sink, width, height))
    }

    /// One frame's mask, 0..1.
    pub fn write(&mut self, mask: &[f32]) -> Result<()> {
        let Some(sink) = &mut self.0 else { return Ok(()) };
        // A mask's numbers are codes, not light.
        let rgb = mask.iter().flat_map(|m| [srgb_to_linear(*m); 3]).collect();
        sink.write(&Frame { width: self.1, height: self.2, rgb, alpha: None })
    }

    pub fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), |sink| sink.finish().map(drop))
    }
}
