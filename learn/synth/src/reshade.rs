//! Analytic shading for shards that have none, or whose buffers were estimated.

use crate::{
    Progress, folder,
    shard::{Tensors, number},
};
use glam::Mat4;
use rayon::prelude::*;
use relight_checkpoint::{Checkpoint, Dtype};
use relight_edit::Plane;
use relight_file::{Draft, Fault, Result};
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Environment;
use relight_render::settle;
use relight_shade::{Settings, Shader, Shading};
use std::{
    collections::VecDeque,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// Tensors that this makes anew.
const SHADING: [&str; 4] = ["diffuse", "specular", "ssrt", "visibility"];
/// Prepared maps that are kept, about 5 MB each: more than neighbouring clips share.
const KEPT: usize = 48;
/// What to do about a shard that does not fit.
const REMEDY: &str = "render the shards again with `relight synth`";

/// Shades the buffers of every shard of `input` under the shard's own lights and writes shards with that shading into `out`; files that exist
/// are left as they are. Shards whose metadata say `buffers: estimated` hold what the inverse network made of a picture: they are shaded
/// as estimates are, covering the whole frame. `progress` hears of every clip; a fault from it stops the run.
///
/// # Errors
/// A shard that cannot be read or lacks a tensor; an output that cannot be written.
pub fn reshade(input: &Path, out: &Path, progress: &(dyn Fn(Progress) -> Result<()> + Sync)) -> Result<usize> {
    let files: Vec<PathBuf> = folder::files(input, &["safetensors"], 1)?;
    fs::create_dir_all(out).map_err(|e| Fault::write(out, &e))?;
    let shaders = Shaders::default();
    files.par_iter().try_for_each(|file| {
        let begin = Instant::now();
        let name = file.file_name().unwrap_or_default();
        let clip = name.to_str().and_then(number).unwrap_or_default();
        let target = out.join(name);
        if target.exists() {
            return progress(Progress::skipped(clip));
        }
        Draft::whole(&target, &shaded(file, &shaders)?, true)?;
        progress(Progress { clip, skipped: false, kind: "", seconds: begin.elapsed().as_secs_f64() })
    })?;
    Ok(files.len())
}

/// The maps of late, by a hash of their texels.
#[derive(Default)]
struct Shaders(Mutex<VecDeque<(u64, Arc<Shader>)>>);

impl Shaders {
    fn of(&self, width: usize, rgb: &[f32]) -> Arc<Shader> {
        let mut hasher = DefaultHasher::new();
        rgb.iter().for_each(|v| v.to_bits().hash(&mut hasher));
        let key = hasher.finish();
        if let Some((_, shader)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|(k, _)| *k == key) {
            return shader.clone();
        }
        let map = Environment { width, height: rgb.len() / (3 * width), rgb: rgb.to_vec() };
        let shader = Arc::new(Shader::new(Arc::new(map)));
        let mut late = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        late.push_back((key, shader.clone()));
        if late.len() > KEPT {
            late.pop_front();
        }
        shader
    }
}

/// The bytes of the shard at `path` with new shading.
fn shaded(path: &Path, shaders: &Shaders) -> Result<Vec<u8>> {
    let shard = Checkpoint::open(path)?;
    let misfit = |name: &str| Fault::new(format!("{}: {name} does not fit", path.display()), REMEDY);
    let &[l, t, h, w, 3] = shard.entry("rgb")?.shape.as_slice() else { return Err(misfit("rgb")) };
    let read = |name: &str, count: usize| -> Result<Vec<f32>> {
        let values = shard.read(name)?;
        if values.len() == count { Ok(values) } else { Err(misfit(name)) }
    };
    let estimated = shard.metadata().get("buffers").is_some_and(|b| b == "estimated");
    let (n, settings) = (h * w, if estimated { Settings::estimated() } else { Settings::network() });
    let alpha = if estimated { vec![1.0; t * n] } else { read("alpha", t * n)? };
    let (albedo, normal) = (read("albedo", 3 * t * n)?, read("normal", 3 * t * n)?);
    let (mut depth, roughness, metallic) = (read("depth", t * n)?, read("roughness", t * n)?, read("metallic", t * n)?);
    let (poses, fov, yaw, exposure) = (read("camera_to_world", 16 * t)?, read("fov_x_deg", 1)?, read("yaw", l * t)?, read("exposure", l)?);
    let &[_, rows, columns, 3] = shard.entry("map")?.shape.as_slice() else { return Err(misfit("map")) };
    let maps = read("map", l * rows * columns * 3)?;
    if estimated {
        let frames = normal.chunks_exact(3 * n).zip(depth.chunks_exact_mut(n));
        frames.for_each(|(normal, depth)| agree(normal, depth, w, fov[0].to_radians()));
    }
    let mut all: Vec<Shading> = Vec::new();
    for light in 0..l {
        let shader = shaders.of(columns, &maps[light * rows * columns * 3..][..rows * columns * 3]);
        for frame in 0..t {
            let part = |values: &[f32], channels: usize| values[channels * n * frame..][..channels * n].to_vec();
            let buffers = GBuffer {
                width: w,
                height: h,
                rgb: None,
                alpha: part(&alpha, 1),
                albedo: part(&albedo, 3),
                normal: part(&normal, 3),
                depth: part(&depth, 1),
                roughness: part(&roughness, 1),
                metallic: part(&metallic, 1),
            };
            // Rows in the file, columns in memory.
            let to_world = Mat4::from_cols_slice(&poses[16 * frame..][..16]).transpose();
            let camera = Camera { fov_x: fov[0].to_radians(), to_world };
            all.push(shader.shade(&buffers, &camera, yaw[light * t + frame], exposure[light], &settings));
        }
    }
    let mut out = Tensors::default();
    // Tensors of wider numbers first: every tensor then starts at a multiple of its own size.
    for (dtype, word) in [(Dtype::F32, "F32"), (Dtype::F16, "F16")] {
        for (name, entry) in shard.tensors().iter().filter(|(name, entry)| entry.dtype == dtype && !SHADING.contains(&name.as_str())) {
            match name.as_str() {
                "depth" if estimated => out.f32(name, &entry.shape, depth.iter().copied()),
                _ => out.add(name, word, &entry.shape, shard.raw(name)?),
            }
        }
    }
    out.shading([l, t, h, w], &all.iter().collect::<Vec<_>>());
    Ok(out.file(shard.metadata().iter().map(|(k, v)| (k.as_str(), v.as_str()))))
}

/// Makes the depth of a frame agree with its normals, as the inverse renderer does with its network's estimates.
fn agree(normal: &[f32], depth: &mut [f32], width: usize, fov_x: f32) {
    let numbers = normal.chunks_exact(3).zip(&*depth).flat_map(|(n, d)| [n[0], n[1], n[2], d.max(1e-6).ln()]).collect();
    let mut plane = Plane::new(width, depth.len() / width, 4, numbers);
    settle(&mut plane, None, fov_x);
    depth.iter_mut().zip(plane.data.chunks_exact(4)).for_each(|(d, p)| *d = p[3].exp());
}
