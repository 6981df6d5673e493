//! Buffers to the letter of their conventions.

use crate::{GBuffer, Pass};
use relight_file::{Fault, Result};
use std::path::Path;

impl GBuffer {
    /// The numbers of a pass; none for the picture where it is unknown.
    pub fn pass(&self, pass: Pass) -> Option<&[f32]> {
        match pass {
            Pass::Rgb => self.rgb.as_deref(),
            Pass::Albedo => Some(&self.albedo),
            Pass::Normal => Some(&self.normal),
            Pass::Depth => Some(&self.depth),
            Pass::Roughness => Some(&self.roughness),
            Pass::Metallic => Some(&self.metallic),
        }
    }
}

/// Empties the background, gives normals unit length and holds albedo at 0 or more, roughness, metallic and alpha to 0..1.
///
/// # Errors
/// Numbers of `path` are not finite, or depths negative, where there is something.
pub(crate) fn mend(buffers: &mut GBuffer, path: &Path) -> Result<()> {
    for alpha in &mut buffers.alpha {
        *alpha = if alpha.is_finite() { alpha.clamp(0.0, 1.0) } else { 0.0 };
    }
    for pass in Pass::ALL {
        let channels = pass.channels();
        let Some(values) = buffers.pass(pass) else { continue };
        let bad = |i: &usize| {
            let pixel = &values[i * channels..][..channels];
            buffers.alpha[*i] > 0.0 && pixel.iter().any(|v| !v.is_finite() || (pass == Pass::Depth && *v < 0.0))
        };
        let mut wrong = (0..buffers.alpha.len()).filter(bad);
        if let Some(first) = wrong.next() {
            let (x, y) = (first % buffers.width, first / buffers.width);
            let count = 1 + wrong.count();
            let cause = format!("{}: {count} pixels of {} are no numbers, the first at column {x}, row {y}", path.display(), pass.name());
            return Err(Fault::new(cause, "render the pass again, or set those pixels' alpha to 0"));
        }
    }
    for (i, alpha) in buffers.alpha.iter().enumerate() {
        let three = 3 * i..3 * i + 3;
        if *alpha == 0.0 {
            buffers.albedo[three.clone()].fill(0.0);
            buffers.normal[three.clone()].fill(0.0);
            if let Some(rgb) = &mut buffers.rgb {
                // Light without coverage (glow) stays; what is no number goes.
                rgb[three].iter_mut().filter(|v| !v.is_finite()).for_each(|v| *v = 0.0);
            }
            (buffers.depth[i], buffers.roughness[i], buffers.metallic[i]) = (0.0, 0.0, 0.0);
            continue;
        }
        let normal = &mut buffers.normal[three.clone()];
        let unit = glam::Vec3::from_slice(normal).normalize_or(glam::Vec3::Z);
        normal.copy_from_slice(&unit.to_array());
        buffers.albedo[three].iter_mut().for_each(|v| *v = v.max(0.0));
        buffers.roughness[i] = buffers.roughness[i].clamp(0.0, 1.0);
        buffers.metallic[i] = buffers.metallic[i].clamp(0.0, 1.0);
    }
    Ok(())
}
