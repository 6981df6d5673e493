//! The official SVD family behind the renderers' contracts.

use crate::{
    Network, Official, Painter, Scene, Unknown, Watch,
    encoded::Encoded,
    official::{Axes, OUTPUTS, answer, read_noise},
    plan::plan,
};
use glam::Mat3;
use relight_diffusion::{Key, torch_noise};
use relight_file::{Fault, Result};
use relight_gbuffer::Pass;
use relight_light::{LightMap, direction_picture};
use relight_nets::{
    Conditions, Kind, crop, edge_pad,
    svd::{LORA_SCALE, LightVolumes, Model, Options, find_model, light_tokens, peak},
};
use relight_tensor::Volume;
use std::path::Path;

/// The passes with the rows of the network's table of domains that ask for them.
const DOMAINS: [(Pass, usize); 5] = [(Pass::Albedo, 0), (Pass::Metallic, 1), (Pass::Roughness, 2), (Pass::Normal, 3), (Pass::Depth, 4)];
/// Guidance of the official forward script, of the first frame and the last.
const GUIDANCE: [f32; 2] = [1.2; 2];
/// Latents across a tile where whole pictures are too large: from 512 pixels, with which the published VAE was trained, to 128.
const TILES: [usize; 4] = [64, 48, 32, 16];
/// Latents across the pictures of the light, whatever the size of the video: 512 pixels for the published VAE.
const LIGHT_LATENTS: usize = 64;

/// A model with how it is asked.
struct Asked {
    model: Model,
    told: Official,
    encoded: Encoded,
}

/// The inverse network: one sampling a pass.
pub(crate) struct SvdInverse(Asked);

/// The forward network.
pub(crate) struct SvdForward(Asked);

impl Asked {
    fn open(folder: &Path, kind: Kind, told: &Official, encoded: &Encoded) -> Result<Self> {
        let model = Model::open(&find_model(folder, kind)?, told.lora_scale.unwrap_or(LORA_SCALE))?;
        Ok(Self { model, told: told.clone(), encoded: encoded.clone() })
    }

    /// How a window under `lights` different lights is sampled in the memory that there may be: with chunks of fewer frames, then in smaller tiles.
    fn plan(&mut self, steps: usize, guidance: [f32; 2], size: [usize; 3], lights: usize, watch: &Watch) -> Result<Options> {
        let mut options = Options { steps, guidance, deterministic: self.told.one_step, ..Options::default() };
        let most = self.told.decode_chunk.unwrap_or(options.decode_chunk);
        let (unet, vae) = (self.model.unet.net.config(), self.model.vae.net.config());
        let mapped = self.model.unet.store.largest();
        let longer = size[1].max(size[2]) / vae.stride();
        let tiles = std::iter::once(None).chain(TILES.into_iter().filter(|side| *side < longer).map(Some));
        let ways: Vec<_> = tiles.flat_map(|tile| (1..=most).rev().map(move |chunk| (chunk, tile))).collect();
        let takes = |frames: usize, (chunk, tile)| {
            peak(unet, vae, [frames, size[1], size[2]], chunk, tile, mapped).beside(light_tokens(unet, lights.min(frames), LIGHT_LATENTS))
        };
        (options.decode_chunk, self.model.tile) = plan(size, self.told.memory, &ways, takes, watch)?;
        if let Some(tile) = self.model.tile {
            watch.note(format!("pictures are encoded and decoded in tiles of {0}x{0} pixels", tile * vae.stride()));
        }
        Ok(options)
    }

    /// Unit noise of a window: the same for every pass and window, as in the official scripts.
    fn noise(&self, seed: u64, [frames, height, width]: [usize; 3]) -> Result<Volume> {
        let stride = self.model.vae.net.config().stride();
        let channels = self.model.unet.net.config().out_channels;
        let (height, width) = (height / stride, width / stride);
        match &self.told.noise {
            None => {
                let shape = [frames, channels, height, width];
                Ok(Volume::from_planes(shape, &torch_noise(seed, shape.iter().product())))
            }
            Some(path) => read_noise(path, Axes::Frames, [frames, height, width, channels]),
        }
    }
}

impl SvdInverse {
    /// From a folder as published.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn open(folder: &Path, told: &Official, encoded: &Encoded) -> Result<Self> {
        Asked::open(folder, Kind::Inverse, told, encoded).map(Self)
    }
}

impl SvdForward {
    /// From a folder as published.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn open(folder: &Path, told: &Official, encoded: &Encoded) -> Result<Self> {
        Asked::open(folder, Kind::Forward, told, encoded).map(Self)
    }
}

/// Pictures −1..1 as a volume 0..1 whose sides the network takes.
fn whole(pictures: &[f32], [frames, height, width]: [usize; 3], stride: usize) -> Volume {
    let (mut data, tall, wide) = edge_pad(pictures, [frames, height, width, 3], stride);
    data.iter_mut().for_each(|v| *v = (0.5 * *v + 0.5).clamp(0.0, 1.0));
    Volume::new([frames, tall, wide, 3], data)
}

impl Network for SvdInverse {
    fn estimate(&mut self, conditions: Conditions, steps: usize, key: Key, watch: &Watch) -> Result<Vec<f32>> {
        let Conditions { frames, height, width, pixels, .. } = conditions;
        let pictures = whole(&pixels, [frames, height, width], self.0.model.stride());
        let size = [frames, pictures.height, pictures.width];
        let options = self.0.plan(steps, [1.0; 2], size, 0, watch)?;
        let Asked { model, told, encoded } = &self.0;
        let noise = self.0.noise(key.seed, size)?;
        let latents = encoded.of(&pictures, |pictures| model.encode(pictures));
        let mut x0 = vec![0.0; frames * height * width * OUTPUTS];
        for (pass, domain) in told.asked(&DOMAINS) {
            watch.check()?;
            let estimated = model.invert(&latents, domain, &noise, &options, &mut |_, _| watch.check())?;
            let decoded = model.decode(&estimated, options.decode_chunk);
            let codes = crop(&decoded.data, [frames, decoded.height, decoded.width, 3], height, width);
            answer(&mut x0, pass, &codes);
        }
        Ok(x0)
    }

    fn depth(&self) -> Unknown {
        Unknown::FactorAndShift
    }
}

impl Painter for SvdForward {
    fn paint(&mut self, scene: &Scene<'_>, steps: usize, key: Key, watch: &Watch) -> Result<Vec<f32>> {
        let shape = [scene.frames, scene.height, scene.width];
        let stride = self.0.model.stride();
        let size = [scene.frames, scene.height.next_multiple_of(stride), scene.width.next_multiple_of(stride)];
        let lights = if still(&scene.to_map) { 1 } else { scene.frames };
        let options = self.0.plan(steps, self.0.told.guidance.unwrap_or(GUIDANCE), size, lights, watch)?;
        let Asked { model, encoded, .. } = &self.0;
        let encode = |pictures: &Volume| encoded.of(pictures, |pictures| model.encode_scaled(pictures));
        let mut conditions: Option<Volume> = None;
        // The order of the channels, which is not that of the files on disk.
        for pass in [Pass::Albedo, Pass::Normal, Pass::Depth, Pass::Roughness, Pass::Metallic] {
            watch.check()?;
            let one = encode(&whole(&(scene.picture)(pass), shape, stride));
            conditions = Some(match conditions {
                None => one,
                Some(all) => all.beside(&one),
            });
        }
        let Some(conditions) = conditions else { return Ok(Vec::new()) };
        let pixels = model.vae.net.config().stride();
        let Some(light) = scene.light else {
            return Err(Fault::new("models of the SVD family cannot make up a light", "give one with --light"));
        };
        let latents = Model::light_latents(&svd_light(light, LIGHT_LATENTS * pixels, &scene.to_map), encode);
        let tokens = model.light(&latents, scene.frames)?;
        let noise = self.0.noise(key.seed, size)?;
        let latents = model.render(&conditions, &tokens, &noise, &options, &mut |_, _| watch.check())?;
        let decoded = model.decode(&latents, options.decode_chunk);
        Ok(crop(&decoded.data, [scene.frames, decoded.height, decoded.width, 3], scene.height, scene.width))
    }
}

/// Whether all frames see the same light.
fn still(to_map: &[Mat3]) -> bool {
    to_map.windows(2).all(|pair| pair[0] == pair[1])
}

/// The three pictures of the light, `size × size` pixels 0..1, for every frame, or for one where all frames have the same. `to_map` takes a direction of each
/// frame's camera space into the map's frame. Their centre looks along +Z, behind the camera.
pub fn svd_light(light: &LightMap, size: usize, to_map: &[Mat3]) -> LightVolumes {
    let frames = if still(to_map) { &to_map[..to_map.len().min(1)] } else { to_map };
    let (mut low, mut logarithmic) = (Vec::new(), Vec::new());
    for to_map in frames {
        let pictures = light.pictures(size, size, *to_map);
        low.extend(pictures.low);
        logarithmic.extend(pictures.logarithmic);
    }
    let shape = [frames.len(), size, size, 3];
    LightVolumes {
        low: Volume::new(shape, low),
        logarithmic: Volume::new(shape, logarithmic),
        directions: Volume::new([1, size, size, 3], direction_picture(size, size)),
    }
}
