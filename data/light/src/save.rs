//! Maps to files.

use crate::Environment;
use exr::prelude::{Encoding, Image, Layer, LayerAttributes, SpecificChannels, WritableImage};
use half::f16;
use relight_file::{Blame, Draft, Fault, Result};
use std::{fs::File, io::BufWriter, path::Path};

/// Greatest half float.
const HALF_MAX: f32 = 65504.0;

impl Environment {
    /// Writes the map: `.exr` (ZIP, half where every texel fits, float otherwise) or `.hdr` (Radiance RGBE).
    ///
    /// # Errors
    /// Another extension; the file exists and `overwrite` is false; it cannot be written.
    pub fn save(&self, path: &Path, overwrite: bool) -> Result<()> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        if !matches!(extension.as_str(), "exr" | "hdr") {
            return Err(Fault::new(format!("{} cannot hold an environment map", path.display()), "name it .exr or .hdr"));
        }
        let draft = Draft::file(path, overwrite)?;
        let failed = || format!("cannot write {}", path.display());
        let file = BufWriter::new(File::create(draft.path()).map_err(|e| Fault::write(path, &e))?);
        let remedy = "choose another output with -o";
        if extension == "hdr" {
            let texels: Vec<_> = self.rgb.chunks_exact(3).map(|t| image::Rgb([t[0], t[1], t[2]])).collect();
            image::codecs::hdr::HdrEncoder::new(file).encode(&texels, self.width, self.height).blame(failed, remedy)?;
        } else {
            let at = |p: exr::math::Vec2<usize>| self.texel(p.x(), p.y());
            let layer = LayerAttributes::default();
            let size = (self.width, self.height);
            if self.rgb.iter().all(|v| *v <= HALF_MAX) {
                let half = |p| {
                    let t = at(p);
                    (f16::from_f32(t.x), f16::from_f32(t.y), f16::from_f32(t.z))
                };
                Image::from_layer(Layer::new(size, layer, Encoding::SMALL_LOSSLESS, SpecificChannels::rgb(half))).write().to_buffered(file)
            } else {
                let float = |p| {
                    let t = at(p);
                    (t.x, t.y, t.z)
                };
                Image::from_layer(Layer::new(size, layer, Encoding::SMALL_LOSSLESS, SpecificChannels::rgb(float))).write().to_buffered(file)
            }
            .blame(failed, remedy)?;
        }
        draft.keep()
    }
}
