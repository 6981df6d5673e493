//! The folder layout of NVIDIA's tools, written.
//!
//! Both releases (SVD and Cosmos) read `CLIP/0000.FRAME.PASS.png` with a name for each pass, 8-bit RGB, and take the buffers
//! of a clip together by the name up to its first dot. They document no encoding; this is what their pictures show: base
//! colour through the sRGB curve, normals `0.5 n + 0.5` in OpenGL camera space, depth 0 near to 1 far with background 1,
//! roughness and metallic as they are, each grey; everything else of the background black.

use crate::{DepthRange, GBuffer, Pass, official_name};
use relight_file::{Blame, Draft, Fault, Result};
use relight_video::transfer::{quantise8, srgb8};
use std::path::{Path, PathBuf};

/// The name beside the frames that tells what depth 0 and 1 were: ours, which the official tools ignore.
pub(crate) const RANGE_FILE: &str = "depth.json";

/// Writes frames as the official tools do: `DIR/0000.%04d.basecolor.png` and so on.
#[derive(Debug)]
pub struct OfficialWriter {
    folder: PathBuf,
    range: Option<DepthRange>,
    next: usize,
}

impl OfficialWriter {
    /// Writes into `folder` (a [`Draft`]'s, `gbuffer_frames/CLIP`). `range` says which depths become 0 and 1; without it
    /// the first frame's depths do, with a quarter of room on both sides.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(folder: &Path, range: Option<DepthRange>) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| Fault::write(folder, &e))?;
        Ok(Self { folder: folder.to_owned(), range, next: 0 })
    }

    /// Writes the next frame; the picture only where the buffers have one.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&mut self, buffers: &GBuffer) -> Result<()> {
        let range = *self.range.get_or_insert_with(|| DepthRange::of(buffers).widened(0.25));
        if self.next == 0 {
            let words = format!("{{\"near\": {}, \"far\": {}}}\n", range.near, range.far);
            Draft::whole(&self.folder.join(RANGE_FILE), words.as_bytes(), true)?;
        }
        for pass in Pass::ALL {
            let Some(codes) = encode(buffers, pass, range) else { continue };
            let path = self.folder.join(format!("0000.{:04}.{}.png", self.next, official_name(pass)));
            let (width, height) = (buffers.width as u32, buffers.height as u32);
            image::save_buffer(&path, &codes, width, height, image::ExtendedColorType::Rgb8)
                .blame(|| format!("cannot write {}", path.display()), "choose another output with -o")?;
        }
        self.next += 1;
        Ok(())
    }
}

/// A pass as 8-bit RGB.
fn encode(buffers: &GBuffer, pass: Pass, range: DepthRange) -> Option<Vec<u8>> {
    let values = buffers.pass(pass)?;
    let pixel = |i: usize| -> [u8; 3] {
        let v = &values[i * pass.channels()..][..pass.channels()];
        if pass != Pass::Rgb && buffers.alpha[i] == 0.0 {
            return [if pass == Pass::Depth { 255 } else { 0 }; 3];
        }
        match pass {
            Pass::Rgb | Pass::Albedo => [srgb8(v[0]), srgb8(v[1]), srgb8(v[2])],
            Pass::Normal => [0, 1, 2].map(|c| quantise8(0.5 * v[c] + 0.5)),
            // 255 is the background's.
            Pass::Depth => [quantise8(range.fraction(v[0])).min(254); 3],
            Pass::Roughness | Pass::Metallic => [quantise8(v[0]); 3],
        }
    };
    Some((0..buffers.alpha.len()).flat_map(pixel).collect())
}
