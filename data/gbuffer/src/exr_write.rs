//! Buffers to OpenEXR.

use crate::{Camera, DepthUnit, GBuffer};
use relight_file::{Draft, ExrChannel, ExrValue, Result, write_exr_channels};
use std::path::Path;

/// What the passes are, for people and for whoever reads the file in ten years.
const CONVENTIONS: [(&str, &str); 5] = [
    ("relight.rgb", "linear Rec.709, premultiplied with A"),
    ("relight.albedo", "linear Rec.709 base colour before the metallic split, not premultiplied"),
    ("relight.N", "camera space, +X right, +Y up, +Z to the viewer, unit length"),
    ("relight.roughness", "perceptual: GGX alpha is its square"),
    ("relight.depth", "distance along the optical axis, 0 is background"),
];

/// Writes one frame of buffers: one part, ZIP, layers `R G B A albedo.R/G/B N.X/Y/Z depth.Z roughness.R metallic.R`; half,
/// depth float. `R G B` are left out where the buffers have no picture. Attributes tell the conventions, the unit of depth
/// and the camera (`relight.fov_x_deg`, `relight.camera_to_world`, row-major).
///
/// # Errors
/// The file exists and `overwrite` is false, or it cannot be written.
pub fn write_exr(path: &Path, buffers: &GBuffer, unit: DepthUnit, camera: Option<&Camera>, overwrite: bool) -> Result<()> {
    let draft = Draft::file(path, overwrite)?;
    let mut channels = vec![ExrChannel::half("A", &buffers.alpha, 1, 0)];
    for (i, c) in ["R", "G", "B"].into_iter().enumerate() {
        channels.extend(buffers.rgb.as_ref().map(|rgb| ExrChannel::half(c, rgb, 3, i)));
        channels.push(ExrChannel::half(format!("albedo.{c}"), &buffers.albedo, 3, i));
    }
    for (i, c) in ["X", "Y", "Z"].into_iter().enumerate() {
        channels.push(ExrChannel::half(format!("N.{c}"), &buffers.normal, 3, i));
    }
    channels.push(ExrChannel::half("roughness.R", &buffers.roughness, 1, 0));
    channels.push(ExrChannel::half("metallic.R", &buffers.metallic, 1, 0));
    channels.push(ExrChannel::float("depth.Z", &buffers.depth, 1, 0));
    let mut attributes: Vec<_> = CONVENTIONS.into_iter().map(|(name, words)| (name, ExrValue::Text(words.into()))).collect();
    attributes.push(("relight.depth_unit", ExrValue::Text(unit.name().into())));
    if let Some(camera) = camera {
        attributes.push(("relight.fov_x_deg", ExrValue::Number(camera.fov_x.to_degrees())));
        attributes.push(("relight.camera_to_world", ExrValue::Matrix(camera.to_world.transpose().to_cols_array())));
    }
    write_exr_channels(draft.path(), path, (buffers.width, buffers.height), channels, attributes)?;
    draft.keep()
}
