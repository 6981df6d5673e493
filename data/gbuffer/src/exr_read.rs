//! OpenEXR to buffers, whoever wrote it.

use crate::{
    Camera, DepthUnit, GBuffer, Pass, mend,
    names::{layer_names, plain},
};
use glam::{Mat4, Vec3};
use relight_file::{ExrLayers, Fault, Result};
use std::path::Path;

/// What a reader may know that the file does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ReadOptions {
    /// The frame's camera; turns world-space normals (Blender's `Normal` pass) into camera space.
    pub camera: Option<Camera>,
}

/// Buffers as a file had them, and what it said about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The buffers, mended to their conventions.
    pub buffers: GBuffer,
    /// The camera, where the file names one or the options did.
    pub camera: Option<Camera>,
    /// The unit of depth.
    pub unit: DepthUnit,
}

/// From this depth on a pixel is background: Blender writes 1e10 there.
const INFINITE_DEPTH: f32 = 1e9;

impl ReadOptions {
    /// Reads one frame of buffers from an OpenEXR file: our own, the evaluation set's, Blender's multilayer files, any
    /// single- or multi-part file whose layers have the usual names.
    ///
    /// Blender's `Normal` is in its Z-up world and is turned by the camera; its AOVs are premultiplied and are divided by
    /// alpha. Background depth (0, infinite, 1e10) becomes 0 with alpha 0. Without an alpha, what has a depth is there.
    ///
    /// # Errors
    /// No such file, damaged, or a header that lies; passes missing (named, with the layers found); world-space normals
    /// without a camera; values that are not finite where there is something.
    pub fn read_exr(&self, path: &Path) -> Result<Stored> {
        let layers = ExrLayers::read(path)?;
        let stored_camera = camera(&layers);
        let camera = self.camera.or(stored_camera);
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for pass in Pass::ALL {
            match find(&layers, pass) {
                Some(channels) => found.push((pass, channels)),
                None if pass == Pass::Rgb => {}
                None => missing.push(pass.name()),
            }
        }
        if !missing.is_empty() {
            let names: Vec<&str> = layers.channels.iter().map(|(n, _)| n.as_str()).take(40).collect();
            let cause = format!("{} has no {} layer; it has {}", path.display(), missing.join(", no "), names.join(" "));
            let remedy = "name the layers albedo.R/G/B, N.X/Y/Z (camera space), depth.Z, roughness.R, metallic.R";
            return Err(Fault::new(cause, remedy));
        }
        let mut buffers = GBuffer::empty(layers.width, layers.height);
        for (pass, channels) in &found {
            let planes: Vec<&[f32]> = channels.iter().map(|i| layers.channels[*i].1.as_slice()).collect();
            let values = interleave(&planes, pass.channels());
            let name = &layers.channels[channels[0]].0;
            match pass {
                Pass::Rgb => {
                    buffers.alpha = alpha(&layers, name).map_or_else(Vec::new, <[f32]>::to_vec);
                    buffers.rgb = Some(values);
                }
                Pass::Albedo => buffers.albedo = values,
                Pass::Normal => buffers.normal = if is_world(name) { to_camera(values, camera.as_ref(), path)? } else { values },
                Pass::Depth => buffers.depth = values,
                Pass::Roughness => buffers.roughness = values,
                Pass::Metallic => buffers.metallic = values,
            }
        }
        if buffers.rgb.is_none() {
            buffers.alpha = layers.channel("A").map_or_else(Vec::new, <[f32]>::to_vec);
        }
        let gone = |d: f32| !(d > 0.0 && d < INFINITE_DEPTH);
        if buffers.alpha.is_empty() {
            buffers.alpha = buffers.depth.iter().map(|d| if gone(*d) { 0.0 } else { 1.0 }).collect();
        }
        for (alpha, depth) in buffers.alpha.iter_mut().zip(&mut buffers.depth) {
            if gone(*depth) {
                (*alpha, *depth) = (0.0, 0.0);
            }
        }
        if is_premultiplied(&layers) {
            unmultiply(&mut buffers);
        }
        mend::mend(&mut buffers, path)?;
        let relative = layers.attribute("relight.depth_unit") == Some(DepthUnit::Relative.name());
        Ok(Stored { buffers, camera, unit: if relative { DepthUnit::Relative } else { DepthUnit::Scene } })
    }
}

/// Layer (without its channel, and only its last component) and channel of a full name.
fn split(full: &str) -> (&str, &str) {
    let (layer, channel) = full.rsplit_once('.').unwrap_or(("", full));
    (layer, channel)
}

/// The channels of a pass by number: three or one.
pub(crate) fn find(layers: &ExrLayers, pass: Pass) -> Option<Vec<usize>> {
    let suffixes: &[&[&str]] = match pass {
        Pass::Rgb | Pass::Albedo => &[&["R", "G", "B"]],
        Pass::Normal => &[&["X", "Y", "Z"], &["R", "G", "B"]],
        _ => &[&["Z"], &["R"], &["V"], &["Y"], &["X"], &["Depth"]],
    };
    for wanted in layer_names(pass) {
        for suffix in suffixes {
            let place = |channel: &str| {
                layers.channels.iter().position(|(full, _)| {
                    let (layer, found) = split(full);
                    let last = layer.rsplit('.').next().unwrap_or_default();
                    found.eq_ignore_ascii_case(channel) && plain(last) == *wanted && (!wanted.is_empty() || layer.is_empty())
                })
            };
            if let Some(places) = suffix.iter().map(|c| place(c)).collect::<Option<Vec<_>>>() {
                return Some(places);
            }
        }
        // A channel without a layer: `roughness`, or plain `Z`.
        let bare = |(full, _): &(String, Vec<f32>)| pass.channels() == 1 && plain(split(full).1) == *wanted;
        if let Some(place) = layers.channels.iter().position(bare) {
            return Some(vec![place]);
        }
    }
    None
}

/// Whether the file is Blender's, whose passes are multiplied with alpha.
pub(crate) fn is_premultiplied(layers: &ExrLayers) -> bool {
    find(layers, Pass::Rgb).is_some_and(|channels| layers.channels[channels[0]].0.to_lowercase().contains("combined."))
}

/// The alpha beside the red channel called `red`.
fn alpha<'a>(layers: &'a ExrLayers, red: &str) -> Option<&'a [f32]> {
    let (layer, _) = split(red);
    let name = if layer.is_empty() { "A".to_owned() } else { format!("{layer}.A") };
    layers.channel(&name)
}

/// Blender's own pass: `ViewLayer.Normal.X`. `N` and layers of other spellings are in camera space.
fn is_world(name: &str) -> bool {
    let (layer, _) = split(name);
    layer.ends_with(".Normal") || layer == "Normal"
}

/// Blender's world has Z up: its (x, y, z) is our (x, z, −y).
fn to_camera(mut normals: Vec<f32>, camera: Option<&Camera>, path: &Path) -> Result<Vec<f32>> {
    let Some(camera) = camera else {
        let cause = format!("{} has its normals in world space, and no camera to turn them by", path.display());
        return Err(Fault::new(cause, "give the poses with --camera clip.json, or export camera-space normals as layer N"));
    };
    let turn = glam::Mat3::from_mat4(camera.to_world).transpose();
    for n in normals.chunks_exact_mut(3) {
        n.copy_from_slice(&(turn * Vec3::new(n[0], n[2], -n[1])).to_array());
    }
    Ok(normals)
}

fn unmultiply(buffers: &mut GBuffer) {
    for (i, alpha) in buffers.alpha.iter().enumerate().filter(|(_, a)| **a > 0.0) {
        buffers.albedo[3 * i..3 * i + 3].iter_mut().for_each(|v| *v /= alpha);
        buffers.roughness[i] /= alpha;
        buffers.metallic[i] /= alpha;
    }
}

fn interleave(planes: &[&[f32]], channels: usize) -> Vec<f32> {
    let mut values = vec![0.0; planes[0].len() * channels];
    for (c, plane) in planes.iter().take(channels).enumerate() {
        values.iter_mut().skip(c).step_by(channels).zip(*plane).for_each(|(to, from)| *to = *from);
    }
    values
}

/// The camera of the attributes that [`crate::write_exr`] leaves.
fn camera(layers: &ExrLayers) -> Option<Camera> {
    let fov: f32 = layers.attribute("relight.fov_x_deg")?.parse().ok()?;
    let numbers: Vec<f32> = layers.attribute("relight.camera_to_world")?.split(' ').filter_map(|v| v.parse().ok()).collect();
    let rows: [f32; 16] = numbers.try_into().ok()?;
    let to_world = Mat4::from_cols_array(&rows).transpose();
    (to_world.is_finite() && fov > 0.0 && fov < 180.0).then_some(Camera { fov_x: fov.to_radians(), to_world })
}

#[cfg(test)]
#[path = "exr_tests.rs"]
mod tests;
