//! The file of a clip: safetensors with fixed order, so that equal clips are equal bytes.

use crate::clip::Clip;
use glam::Mat3;
use half::f16;
use relight_file::{Fault, Result};
use relight_shade::Shading;
use std::fmt::Write;

/// Version of the layout, in the metadata.
const VERSION: u32 = 1;

/// The file name of clip number `clip`.
pub(crate) fn name(clip: u64) -> String {
    format!("clip.{clip:06}.safetensors")
}

/// The number of a file that [`name`] named.
pub(crate) fn number(name: &str) -> Option<u64> {
    name.strip_prefix("clip.")?.strip_suffix(".safetensors")?.parse().ok()
}

/// Tensors in the making. The `safetensors` writer orders its metadata by a randomly seeded hash map; this one keeps the order given.
#[derive(Default)]
pub(crate) struct Tensors {
    header: String,
    data: Vec<u8>,
}

impl Tensors {
    pub fn add(&mut self, name: &str, dtype: &str, shape: &[usize], bytes: &[u8]) {
        let (begin, end) = (self.data.len(), self.data.len() + bytes.len());
        let _ = write!(self.header, ",\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{begin},{end}]}}");
        self.data.extend_from_slice(bytes);
    }

    pub fn f32(&mut self, name: &str, shape: &[usize], values: impl Iterator<Item = f32>) {
        let bytes: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
        self.add(name, "F32", shape, &bytes);
    }

    /// Values beyond 65000 are cut: the largest half is 65504.
    pub fn f16<'a>(&mut self, name: &str, shape: &[usize], values: impl Iterator<Item = &'a f32>) {
        let bytes: Vec<u8> = values.flat_map(|x| f16::from_f32(x.clamp(-65000.0, 65000.0)).to_le_bytes()).collect();
        self.add(name, "F16", shape, &bytes);
    }
}

impl Tensors {
    /// The analytic shading of L lights, T frames, H rows and W columns.
    pub fn shading(&mut self, [l, t, h, w]: [usize; 4], all: &[&Shading]) {
        self.f16("diffuse", &[l, t, h, w, 3], all.iter().flat_map(|s| &s.diffuse));
        self.f16("specular", &[l, t, h, w, 3], all.iter().flat_map(|s| &s.specular));
        self.f16("ssrt", &[l, t, h, w, 3], all.iter().flat_map(|s| &s.ssrt));
        self.f16("visibility", &[l, t, h, w], all.iter().flat_map(|s| &s.visibility));
    }

    /// The whole file. Strings of `facts` become the metadata, in order; they may hold no quotes.
    pub fn file<'a>(mut self, facts: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
        let facts: Vec<String> = facts.map(|(k, v)| format!("\"{k}\":\"{v}\"")).collect();
        let mut header = format!("{{\"__metadata__\":{{{}}}{}}}", facts.join(","), self.header);
        // The format wants the data to start at a multiple of 8.
        while header.len() % 8 != 0 {
            header.push(' ');
        }
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(header.as_bytes());
        file.append(&mut self.data);
        file
    }
}

/// The bytes of a shard. Strings of `facts` become the metadata, in order; they may hold no quotes.
///
/// # Errors
/// A value is not finite, which would poison training.
pub(crate) fn bytes(clip: &Clip, facts: &[(&str, String)]) -> Result<Vec<u8>> {
    let (t, l) = (clip.gbuffers.len(), clip.lights.len());
    let (h, w) = (clip.gbuffers[0].height, clip.gbuffers[0].width);
    let first = &clip.lights[0].placed[0].map;
    let mut out = Tensors::default();
    // f32 first: every tensor then starts at a multiple of its own size.
    let pose = |c: &relight_gbuffer::Camera| c.to_world.transpose().to_cols_array();
    out.f32("camera_to_world", &[t, 4, 4], clip.cameras.iter().flat_map(pose));
    out.f32("fov_x_deg", &[1], std::iter::once(clip.cameras[0].fov_x.to_degrees()));
    out.f32("yaw", &[l, t], clip.lights.iter().flat_map(|x| x.placed.iter().map(|p| p.yaw)));
    out.f32("exposure", &[l], clip.lights.iter().map(|x| x.placed[0].exposure));
    out.f32("depth", &[t, h, w], clip.gbuffers.iter().flat_map(|g| g.depth.iter().copied()));
    out.f16("rgb", &[l, t, h, w, 3], clip.lights.iter().flat_map(|x| x.rgb.iter().flatten()));
    out.f16("alpha", &[t, h, w], clip.gbuffers.iter().flat_map(|g| &g.alpha));
    out.f16("albedo", &[t, h, w, 3], clip.gbuffers.iter().flat_map(|g| &g.albedo));
    out.f16("normal", &[t, h, w, 3], clip.gbuffers.iter().flat_map(|g| &g.normal));
    out.f16("roughness", &[t, h, w], clip.gbuffers.iter().flat_map(|g| &g.roughness));
    out.f16("metallic", &[t, h, w], clip.gbuffers.iter().flat_map(|g| &g.metallic));
    out.f16("map", &[l, first.height, first.width, 3], clip.lights.iter().flat_map(|x| &x.placed[0].map.rgb));
    let shadings: Vec<_> = clip.lights.iter().flat_map(|x| &x.shading).collect();
    if !shadings.is_empty() {
        out.shading([l, t, h, w], &shadings);
    }
    let mut seen = Vec::new();
    for lit in &clip.lights {
        for (light, camera) in lit.placed.iter().zip(&clip.cameras) {
            seen.extend(light.seen(Mat3::from_mat4(camera.to_world)));
        }
    }
    out.f16("light", &[l, t, relight_light::SEEN_ROWS, relight_light::SEEN_COLUMNS, 3], seen.iter());
    finite(clip)?;
    let version = VERSION.to_string();
    Ok(out.file(facts.iter().map(|(k, v)| (*k, v.as_str())).chain([("version", version.as_str())])))
}

fn finite(clip: &Clip) -> Result<()> {
    let passes = clip.gbuffers.iter().flat_map(|g| [&g.alpha, &g.albedo, &g.normal, &g.depth, &g.roughness, &g.metallic]);
    let lit = clip.lights.iter().flat_map(|x| x.rgb.iter().chain(x.shading.iter().flat_map(|s| [&s.diffuse, &s.specular, &s.ssrt, &s.visibility])));
    if passes.chain(lit).flatten().all(|x| x.is_finite()) {
        return Ok(());
    }
    Err(Fault::new("a rendered value is not finite", "report the seed and the clip as a bug; other seeds are not affected"))
}
