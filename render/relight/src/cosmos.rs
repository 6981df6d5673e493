//! The official Cosmos family behind the renderers' contracts.

use crate::{Network, Official, Painter, Scene, Unknown, Watch, network::finite};
use glam::Mat3;
use relight_diffusion::{Edm, Key, euler};
use relight_file::{Fault, Result};
use relight_gbuffer::DepthRange;
use relight_light::{LightMap, direction_picture};
use relight_nets::{
    Conditions, Kind,
    cosmos::{CONDITIONS, Clue, Cosmos, Latents, Map, SHRINK, Volume, noise},
};
use std::path::Path;

/// Numbers per pixel of what an inverse network answers.
const OUTPUTS: usize = 9;
/// The official order of passes, which decides which noise each gets.
const PASSES: [Map; 5] = [Map::Albedo, Map::Normal, Map::Depth, Map::Roughness, Map::Metallic];
/// What depth codes 0 and 1 are taken for: the network tells neither (as where the official layout is read).
const RANGE: DepthRange = DepthRange { near: 1.0, far: 2.0 };
/// The inverse network of 7 billion weights: one sampling a pass.
pub struct CosmosInverse(Cosmos, f32);

/// The forward network.
pub struct CosmosForward(Cosmos, f32);

fn open(folder: &Path, kind: Kind, official: Official) -> Result<(Cosmos, f32)> {
    let mut cosmos = Cosmos::open(folder, kind)?;
    cosmos.dit.precision = official.precision;
    Ok((cosmos, official.guidance.unwrap_or_default()))
}

impl CosmosInverse {
    /// From a folder as published.
    ///
    /// # Errors
    /// As [`Cosmos::open`].
    pub fn open(folder: &Path, official: Official) -> Result<Self> {
        open(folder, Kind::Inverse, official).map(|(cosmos, guidance)| Self(cosmos, guidance))
    }
}

impl CosmosForward {
    /// From a folder as published.
    ///
    /// # Errors
    /// As [`Cosmos::open`].
    pub fn open(folder: &Path, official: Official) -> Result<Self> {
        open(folder, Kind::Forward, official).map(|(cosmos, guidance)| Self(cosmos, guidance))
    }
}

impl Network for CosmosInverse {
    fn estimate(&mut self, conditions: Conditions, steps: usize, key: Key, watch: &Watch) -> Result<Vec<f32>> {
        let Conditions { frames, height, width, pixels, .. } = conditions;
        tell(&self.0, [frames, height, width], watch)?;
        let rgb = self.0.encode(&whole([frames, height, width, 3], pixels));
        let mut x0 = vec![0.0; frames * height * width * OUTPUTS];
        for (index, map) in PASSES.into_iter().enumerate() {
            let clue = self.0.inverse_clue(&rgb, map, self.1);
            let call = u64::from(key.window) * PASSES.len() as u64 + index as u64;
            let clip = sampled(&self.0, clue, steps, Noise { seed: key.seed, call }, watch)?;
            for (x0, v) in x0.chunks_exact_mut(OUTPUTS).zip(clip.data.as_chunks::<3>().0) {
                let grey = ((v[0] + v[1] + v[2]) / 3.0).clamp(-1.0, 1.0);
                match map {
                    Map::Albedo => x0[..3].copy_from_slice(&v.map(|v| v.clamp(-1.0, 1.0))),
                    Map::Normal => x0[3..6].copy_from_slice(v),
                    Map::Depth => x0[6] = RANGE.depth(0.5 * grey + 0.5).ln(),
                    Map::Roughness => x0[7] = grey,
                    Map::Metallic => x0[8] = grey,
                }
            }
        }
        finite(x0)
    }

    fn depth(&self) -> Unknown {
        Unknown::FactorAndShift
    }
}

impl Network for CosmosForward {
    fn estimate(&mut self, _: Conditions, _: usize, _: Key, _: &Watch) -> Result<Vec<f32>> {
        Err(Fault::new("the Cosmos forward network makes pictures by itself", "use it as the forward network"))
    }

    fn painter(&mut self) -> Option<&mut dyn Painter> {
        Some(self)
    }
}

impl Painter for CosmosForward {
    fn paint(&mut self, scene: &Scene<'_>, steps: usize, key: Key, watch: &Watch) -> Result<Vec<f32>> {
        let shape = [scene.frames, scene.height, scene.width, 3];
        tell(&self.0, [scene.frames, scene.height, scene.width], watch)?;
        let encode = |pictures: Vec<f32>| -> Result<Volume> {
            watch.check()?;
            Ok(self.0.encode(&whole(shape, pictures)))
        };
        let mut parts: Vec<Volume> = Vec::new();
        for map in [&scene.albedo, &scene.normal, &scene.metallic, &scene.roughness, &scene.depth] {
            parts.push(encode(map.clone())?);
        }
        // Without the pictures of the light their masks are empty.
        for pictures in scene.light.into_iter().flat_map(|light| cosmos_light(light, scene.height, scene.width, scene.to_map.clone())) {
            parts.push(encode(pictures)?);
        }
        let parts: [Option<&Volume>; CONDITIONS.len()] = std::array::from_fn(|i| parts.get(i));
        let clue = self.0.forward_clue(&parts, self.1);
        let clip = sampled(&self.0, clue, steps, Noise { seed: key.seed, call: key.window.into() }, watch)?;
        let count = scene.frames * scene.height * scene.width * 3;
        finite(clip.data[..count].iter().map(|v| (0.5 * v + 0.5).clamp(0.0, 1.0)).collect())
    }
}

/// The three pictures of the light for every frame, −1..1: low, logarithmic, directions; `height · width` pixels of three numbers. `to_map` takes a
/// direction of each frame's camera space into the map's frame.
///
/// What a pixel shows arrives from where the third picture says, in camera space (+X right, +Y up, +Z to the viewer). The official script instead mirrors every
/// map front to back (`env_flip` and `env_rot` 180 together): its pictures are these for `to_map · diag(1, 1, −1)`.
pub fn cosmos_light(light: &LightMap, height: usize, width: usize, to_map: Vec<Mat3>) -> [Vec<f32>; 3] {
    let directions = direction_picture(width, height);
    let mut pictures: [Vec<f32>; 3] = Default::default();
    for to_map in to_map {
        let seen = light.pictures(width, height, to_map);
        for (all, one) in pictures.iter_mut().zip([&seen.low, &seen.logarithmic, &directions]) {
            all.extend(one.iter().map(|v| 2.0 * v - 1.0));
        }
    }
    pictures
}

/// A clip of `1 + 8k` frames: the last is repeated, as the official loader does.
fn whole([frames, height, width, channels]: [usize; 4], mut data: Vec<f32>) -> Volume {
    let full = (frames - 1).next_multiple_of(SHRINK) + 1;
    let last = data[data.len() - height * width * channels..].to_vec();
    (frames..full).for_each(|_| data.extend_from_slice(&last));
    Volume::new([full, height, width, channels], data)
}

/// Which noise of the official scripts a sampling begins with.
struct Noise {
    seed: u64,
    /// Samplings before this one.
    call: u64,
}

/// Samples latents and decodes them.
fn sampled(cosmos: &Cosmos, clue: Clue, steps: usize, from: Noise, watch: &Watch) -> Result<Volume> {
    watch.check()?;
    let config = cosmos.dit.config();
    let levels = Edm::levels(steps);
    let shape = [clue.condition.frames, clue.condition.height, clue.condition.width, config.outputs];
    let mut x = noise(config, from.seed, from.call, shape).data;
    let start = Edm::start(levels[0]);
    x.iter_mut().for_each(|x| *x *= start);
    euler(&mut Latents(&cosmos.dit), &clue, &levels, &mut x, |_, _| watch.check())?;
    Ok(cosmos.decode(Volume::new(shape, x)))
}

/// Tells what a window will take.
///
/// # Errors
/// It has more frames than the network knows.
fn tell(cosmos: &Cosmos, [frames, height, width]: [usize; 3], watch: &Watch) -> Result<()> {
    let full = (frames - 1).next_multiple_of(SHRINK) + 1;
    if full > cosmos.longest() {
        let cause = format!("a window of {frames} frames is longer than the {} that the tokenizer's statistics know", cosmos.longest());
        return Err(Fault::new(cause, "give a smaller --window, such as 57"));
    }
    let peak = cosmos.peak([full, height, width], rayon::current_num_threads());
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    watch.note(format!(
        "{frames} frames of {width}x{height} at once take up to {:.2} GB of memory (transformer {:.2}, tokenizer {:.2}); weights stay on disk",
        gigabytes(peak.most()),
        gigabytes(peak.transformer),
        gigabytes(peak.tokenizer)
    ));
    Ok(())
}
