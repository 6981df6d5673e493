//! Maps to files.

use crate::Environment;
use relight_file::{Blame, Draft, ExrChannel, Fault, HALF_MAX, Result, write_exr_channels};
use std::{fs::File, io::BufWriter, path::Path};

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
        if extension == "hdr" {
            let file = BufWriter::new(File::create(draft.path()).map_err(|e| Fault::write(path, &e))?);
            let texels: Vec<_> = self.rgb.chunks_exact(3).map(|t| image::Rgb([t[0], t[1], t[2]])).collect();
            let written = image::codecs::hdr::HdrEncoder::new(file).encode(&texels, self.width, self.height);
            written.blame(|| format!("cannot write {}", path.display()), "choose another output with -o")?;
        } else {
            let half = self.rgb.iter().all(|v| *v <= HALF_MAX);
            let channels = ["R", "G", "B"].into_iter().enumerate().map(|(i, c)| ExrChannel { half, ..ExrChannel::float(c, &self.rgb, 3, i) });
            write_exr_channels(draft.path(), path, (self.width, self.height), channels.collect(), Vec::new())?;
        }
        draft.keep()
    }
}
