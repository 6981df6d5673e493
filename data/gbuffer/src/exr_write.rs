//! Buffers to OpenEXR.

use crate::{Camera, DepthUnit, GBuffer};
use exr::{
    image::{AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer},
    meta::{
        attribute::{AttributeValue, Text},
        header::LayerAttributes,
    },
    prelude::WritableImage,
};
use half::f16;
use relight_file::{Blame, Draft, Result};
use std::path::Path;

/// Greatest half float.
const HALF_MAX: f32 = 65504.0;

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
    let mut list = vec![half("A", &buffers.alpha, 1, 0)];
    for (i, c) in ["R", "G", "B"].into_iter().enumerate() {
        if let Some(rgb) = &buffers.rgb {
            list.push(half(c, rgb, 3, i));
        }
        list.push(half(&format!("albedo.{c}"), &buffers.albedo, 3, i));
    }
    for (i, c) in ["X", "Y", "Z"].into_iter().enumerate() {
        list.push(half(&format!("N.{c}"), &buffers.normal, 3, i));
    }
    list.push(half("roughness.R", &buffers.roughness, 1, 0));
    list.push(half("metallic.R", &buffers.metallic, 1, 0));
    list.push(AnyChannel::new("depth.Z", FlatSamples::F32(buffers.depth.clone())));
    let channels = AnyChannels::sort(list.into_iter().collect());
    let mut attributes = LayerAttributes { software_name: Some(Text::from("relight")), ..LayerAttributes::default() };
    let mut say = |name: &str, value: AttributeValue| attributes.other.insert(Text::from(name), value);
    for (name, words) in CONVENTIONS {
        say(name, AttributeValue::Text(Text::from(words)));
    }
    say("relight.depth_unit", AttributeValue::Text(Text::from(unit.name())));
    if let Some(camera) = camera {
        say("relight.fov_x_deg", AttributeValue::F32(camera.fov_x.to_degrees()));
        say("relight.camera_to_world", AttributeValue::Matrix4x4(camera.to_world.transpose().to_cols_array()));
    }
    let layer = Layer::new((buffers.width, buffers.height), attributes, Encoding::SMALL_LOSSLESS, channels);
    let written = Image::from_layer(layer).write().non_parallel().to_file(draft.path());
    written.blame(|| format!("cannot write {}", path.display()), "choose another output with -o")?;
    draft.keep()
}

fn half(name: &str, values: &[f32], channels: usize, offset: usize) -> AnyChannel<FlatSamples> {
    let samples = values.iter().skip(offset).step_by(channels).map(|v| f16::from_f32(v.clamp(-HALF_MAX, HALF_MAX))).collect();
    AnyChannel::new(name, FlatSamples::F16(samples))
}
