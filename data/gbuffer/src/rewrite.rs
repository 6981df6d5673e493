//! Edited buffers beside the file that they came from.

use crate::{
    GBuffer, Pass,
    exr_read::{find, is_premultiplied},
};
use relight_file::{ExrLayers, Result, patch_exr};
use std::{collections::BTreeMap, path::Path};

/// Writes the EXR file `from` as `file` with albedo, roughness and metallic as in `after` where they differ from `before` (the buffers as
/// [`crate::ReadOptions::read_exr`] gave them). All else (other layers, attributes, every pixel that did not change) stays, bit by
/// bit. Faults name `name`, the file that it will become.
///
/// # Errors
/// `from` cannot be read or `file` not written.
pub fn rewrite_exr(from: &Path, file: &Path, name: &Path, before: &GBuffer, after: &GBuffer) -> Result<()> {
    let layers = ExrLayers::read(from)?;
    let premultiplied = is_premultiplied(&layers);
    let mut changes = BTreeMap::<String, Vec<(usize, f32)>>::new();
    for pass in [Pass::Albedo, Pass::Roughness, Pass::Metallic] {
        let (Some(old), Some(new), Some(channels)) = (before.pass(pass), after.pass(pass), find(&layers, pass)) else { continue };
        for (c, channel) in channels.into_iter().take(pass.channels()).enumerate() {
            let samples = changes.entry(layers.channels[channel].0.clone()).or_default();
            for i in 0..after.alpha.len() {
                let k = i * pass.channels() + c;
                if old[k].to_bits() != new[k].to_bits() {
                    samples.push((i, if premultiplied { new[k] * after.alpha[i] } else { new[k] }));
                }
            }
        }
    }
    patch_exr(from, file, name, changes)
}
