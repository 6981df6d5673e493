//! Analytic shading for shards that have none, or whose buffers were estimated.

use crate::{
    Progress, folder,
    shard::{Tensors, number},
};
use glam::Mat4;
use rayon::prelude::*;
use relight_checkpoint::{Checkpoint, Dtype};
use relight_file::{Draft, Fault, Result};
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Environment;
use relight_render::{Inverse, Network, Weights, Work};
use relight_shade::{Settings, Shader, Shading};
use relight_video::{Frame, transfer::decode};
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
/// And these where buffers are estimated.
const BUFFERS: [&str; 6] = ["albedo", "normal", "depth", "roughness", "metallic", MATTE];
/// Alpha of estimated buffers; `alpha` stays the true one.
const MATTE: &str = "matte";
/// Prepared maps that are kept, about 5 MB each: more than neighbouring clips share.
const KEPT: usize = 48;
/// What to do about a shard that does not fit.
const REMEDY: &str = "render the shards again with `relight synth`";

/// Shades the buffers of every shard of `input` under the shard's own lights and writes shards with that shading into `out`; files that exist
/// are left as they are. With `estimator` the buffers are what the inverse renderer makes of the shard's `picture` (`[T, H, W, 3]`, sRGB codes 0..1) with
/// that network, just as a clip's are, so that the forward network learns to live with their errors; `matte` is their alpha, and the metadata
/// say `buffers: estimated`. `progress` hears of every clip; a fault from it stops the run.
///
/// # Errors
/// A shard that cannot be read or lacks a tensor; weights that are no such network; an output that cannot be written.
pub fn reshade(input: &Path, out: &Path, estimator: Option<&Weights>, progress: &(dyn Fn(Progress) -> Result<()> + Sync)) -> Result<usize> {
    let files: Vec<PathBuf> = folder::files(input, &["safetensors"], 1)?;
    let shaders = Shaders::default();
    let estimators = estimator.map(|weights| Estimators { weights, idle: Mutex::default() });
    files.par_iter().try_for_each(|file| {
        let begin = Instant::now();
        let name = file.file_name().unwrap_or_default();
        let clip = name.to_str().and_then(number).unwrap_or_default();
        let target = out.join(name);
        if target.exists() {
            return progress(Progress::skipped(clip));
        }
        let shard = shaded(file, &shaders, estimators.as_ref())?;
        // Not before: a run that fails at its first shard leaves nothing.
        fs::create_dir_all(out).map_err(|e| Fault::write(out, &e))?;
        Draft::whole(&target, &shard, true)?;
        progress(Progress { clip, skipped: false, kind: "", seconds: begin.elapsed().as_secs_f64() })
    })?;
    Ok(files.len())
}

/// Inverse networks, as many as work at a time: to unpack one takes as long as to ask it.
struct Estimators<'a> {
    weights: &'a Weights,
    idle: Mutex<Vec<Box<dyn Network>>>,
}

impl Estimators<'_> {
    /// What the inverse renderer makes of a clip's pictures, seen across `fov_x` radians.
    fn estimate(&self, pictures: &[Frame], fov_x: f32) -> Result<Vec<GBuffer>> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let network = waiting.map_or_else(|| self.weights.estimator(), Ok)?;
        let mut inverse = Inverse::new(network, Work::default()).seeing(fov_x);
        let buffers = inverse.clip(pictures);
        idle().push(inverse.into_network());
        buffers
    }
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

/// A shard that is read.
struct Shard<'a> {
    path: &'a Path,
    file: Checkpoint,
    /// Lights, frames, rows, columns.
    shape: [usize; 4],
}

impl<'a> Shard<'a> {
    fn open(path: &'a Path) -> Result<Self> {
        let file = Checkpoint::open(path)?;
        let &[l, t, h, w, 3] = file.entry("rgb")?.shape.as_slice() else { return Err(Self::misfit(path, "rgb")) };
        Ok(Self { path, file, shape: [l, t, h, w] })
    }

    fn misfit(path: &Path, name: &str) -> Fault {
        Fault::new(format!("{}: {name} does not fit", path.display()), REMEDY)
    }

    /// The `count` numbers of a tensor.
    fn read(&self, name: &str, count: usize) -> Result<Vec<f32>> {
        let values = self.file.read(name)?;
        if values.len() == count { Ok(values) } else { Err(Self::misfit(self.path, name)) }
    }

    /// The buffers that it holds, a frame each.
    fn buffers(&self, estimated: bool) -> Result<Vec<GBuffer>> {
        let [_, t, h, w] = self.shape;
        let n = h * w;
        let alpha = self.read(if estimated { MATTE } else { "alpha" }, t * n)?;
        let three = ["albedo", "normal"].map(|name| self.read(name, 3 * t * n));
        let one = ["depth", "roughness", "metallic"].map(|name| self.read(name, t * n));
        let ([albedo, normal], [depth, roughness, metallic]) = (three, one);
        let (albedo, normal, depth, roughness, metallic) = (albedo?, normal?, depth?, roughness?, metallic?);
        let frame = |frame: usize| {
            let part = |values: &[f32], channels: usize| values[channels * n * frame..][..channels * n].to_vec();
            GBuffer {
                width: w,
                height: h,
                rgb: None,
                alpha: part(&alpha, 1),
                albedo: part(&albedo, 3),
                normal: part(&normal, 3),
                depth: part(&depth, 1),
                roughness: part(&roughness, 1),
                metallic: part(&metallic, 1),
            }
        };
        Ok((0..t).map(frame).collect())
    }

    /// Its pictures as a camera takes them.
    fn pictures(&self) -> Result<Vec<Frame>> {
        let [_, t, height, width] = self.shape;
        if !self.file.tensors().contains_key("picture") {
            let cause = format!("{}: there is no picture to estimate buffers from", self.path.display());
            return Err(Fault::new(cause, "let training/photograph.py take the pictures of the shards first"));
        }
        let mut codes = self.read("picture", t * height * width * 3)?;
        decode(&mut codes);
        Ok(codes.chunks_exact(height * width * 3).map(|rgb| Frame { width, height, rgb: rgb.to_vec(), alpha: None }).collect())
    }
}

/// The bytes of the shard at `path` with new shading, and new buffers where they are estimated.
fn shaded(path: &Path, shaders: &Shaders, estimators: Option<&Estimators<'_>>) -> Result<Vec<u8>> {
    let shard = Shard::open(path)?;
    let [l, t, h, w] = shard.shape;
    let (poses, fov) = (shard.read("camera_to_world", 16 * t)?, shard.read("fov_x_deg", 1)?[0].to_radians());
    let (yaw, exposure) = (shard.read("yaw", l * t)?, shard.read("exposure", l)?);
    let before = shard.file.metadata().get("buffers").is_some_and(|b| b == "estimated");
    let estimated = before || estimators.is_some();
    let settings = if estimated { Settings::estimated() } else { Settings::network() };
    let buffers = match estimators {
        Some(estimators) => estimators.estimate(&shard.pictures()?, fov)?,
        None => shard.buffers(estimated)?,
    };
    let &[_, rows, columns, 3] = shard.file.entry("map")?.shape.as_slice() else { return Err(Shard::misfit(path, "map")) };
    let maps = shard.read("map", l * rows * columns * 3)?;
    let mut all: Vec<Shading> = Vec::new();
    for light in 0..l {
        let shader = shaders.of(columns, &maps[light * rows * columns * 3..][..rows * columns * 3]);
        // Rows in the file, columns in memory.
        let camera = |frame: usize| Camera { fov_x: fov, to_world: Mat4::from_cols_slice(&poses[16 * frame..][..16]).transpose() };
        let frames: Vec<_> = buffers.iter().enumerate().map(|(frame, buffers)| (buffers, camera(frame), yaw[light * t + frame])).collect();
        if estimated {
            all.extend(frames.iter().map(|(buffers, camera, yaw)| shader.shade(buffers, camera, *yaw, exposure[light], &settings)));
        } else {
            all.extend(shader.shade_clip(&frames, exposure[light], &settings));
        }
    }
    let mut out = Tensors::default();
    let kept = |name: &str| !SHADING.contains(&name) && (estimators.is_none() || !BUFFERS.contains(&name));
    // Tensors of wider numbers first: every tensor then starts at a multiple of its own size.
    for (dtype, word) in [(Dtype::F32, "F32"), (Dtype::F16, "F16")] {
        if dtype == Dtype::F32 && estimators.is_some() {
            out.f32("depth", &[t, h, w], buffers.iter().flat_map(|b| b.depth.iter().copied()));
        }
        for (name, entry) in shard.file.tensors().iter().filter(|(name, entry)| entry.dtype == dtype && kept(name)) {
            out.add(name, word, &entry.shape, shard.file.raw(name)?);
        }
    }
    if estimators.is_some() {
        out.f16("albedo", &[t, h, w, 3], buffers.iter().flat_map(|b| &b.albedo));
        out.f16("normal", &[t, h, w, 3], buffers.iter().flat_map(|b| &b.normal));
        out.f16("roughness", &[t, h, w], buffers.iter().flat_map(|b| &b.roughness));
        out.f16("metallic", &[t, h, w], buffers.iter().flat_map(|b| &b.metallic));
        out.f16(MATTE, &[t, h, w], buffers.iter().flat_map(|b| &b.alpha));
    }
    out.shading([l, t, h, w], &all.iter().collect::<Vec<_>>());
    let told = shard.file.metadata().iter().map(|(k, v)| (k.as_str(), v.as_str())).filter(|(k, _)| *k != "buffers");
    Ok(out.file(told.chain(estimated.then_some(("buffers", "estimated")))))
}
