//! The official Cosmos family behind the renderers' contracts.

use crate::{
    Network, Official, Painter, Scene, Unknown, Watch,
    encoded::Encoded,
    network::finite,
    official::{Axes, OUTPUTS, answer, read_noise},
    plan::plan,
};
use glam::Mat3;
use relight_diffusion::{Edm, Key, euler};
use relight_file::{Fault, Result};
use relight_gbuffer::Pass;
use relight_light::{LightMap, direction_picture};
use relight_nets::{
    Conditions, Kind,
    cosmos::{CONDITIONS, Clue, Cosmos, Latents, Map, Precision, SHRINK, noise},
};
use relight_tensor::Volume;
use std::path::Path;

/// The passes in the official order, which decides which noise each gets, with the contexts that ask for them.
const PASSES: [(Pass, Map); 5] = [
    (Pass::Albedo, Map::Albedo),
    (Pass::Normal, Map::Normal),
    (Pass::Depth, Map::Depth),
    (Pass::Roughness, Map::Roughness),
    (Pass::Metallic, Map::Metallic),
];

/// The passes that the forward network sees, with their places among its conditions.
const SHOWN: [(Pass, usize); 5] = [(Pass::Albedo, 0), (Pass::Normal, 1), (Pass::Metallic, 2), (Pass::Roughness, 3), (Pass::Depth, 4)];

/// Latents across a tile of the tokenizer, from the fastest way to the smallest: whole pictures first.
const TILES: [Option<usize>; 5] = [None, Some(96), Some(64), Some(40), Some(24)];

/// A model with how it is asked.
struct Asked {
    model: Cosmos,
    told: Official,
    encoded: Encoded,
}

/// The inverse network of 7 billion weights: one sampling a pass.
pub(crate) struct CosmosInverse(Asked);

/// The forward network.
pub(crate) struct CosmosForward(Asked);

impl CosmosInverse {
    /// From a folder as published.
    ///
    /// # Errors
    /// As [`Cosmos::open`].
    pub fn open(folder: &Path, told: &Official, encoded: &Encoded) -> Result<Self> {
        Asked::open(folder, Kind::Inverse, told, encoded).map(Self)
    }
}

impl CosmosForward {
    /// From a folder as published.
    ///
    /// # Errors
    /// As [`Cosmos::open`].
    pub fn open(folder: &Path, told: &Official, encoded: &Encoded) -> Result<Self> {
        Asked::open(folder, Kind::Forward, told, encoded).map(Self)
    }
}

impl Network for CosmosInverse {
    fn estimate(&mut self, conditions: Conditions, steps: usize, key: Key, watch: &Watch) -> Result<Vec<f32>> {
        let Conditions { frames, height, width, pixels, .. } = conditions;
        self.0.plan([frames, height, width], watch)?;
        let rgb = self.0.encode(whole([frames, height, width, 3], pixels), watch)?;
        let mut x0 = vec![0.0; frames * height * width * OUTPUTS];
        let passes = self.0.told.asked(&PASSES);
        for (index, (pass, map)) in passes.iter().enumerate() {
            let clue = self.0.model.inverse_clue(&rgb, *map, self.0.guidance());
            let call = u64::from(key.window) * passes.len() as u64 + index as u64;
            let clip = self.0.sampled(clue, steps, Call { seed: key.seed, call }, watch)?;
            answer(&mut x0, *pass, &clip.data);
        }
        finite(x0)
    }

    fn depth(&self) -> Unknown {
        Unknown::FactorAndShift
    }
}

impl Painter for CosmosForward {
    fn paint(&mut self, scene: &Scene<'_>, steps: usize, key: Key, watch: &Watch) -> Result<Vec<f32>> {
        let shape = [scene.frames, scene.height, scene.width, 3];
        let shown = self.0.told.asked(&SHOWN);
        if !shown.contains(&SHOWN[0]) {
            let cause = "the Cosmos forward network does not run without albedo, which tells its makers' tools the size";
            return Err(Fault::new(cause, "give basecolor pictures, or --passes with albedo among them"));
        }
        self.0.plan([scene.frames, scene.height, scene.width], watch)?;
        // What is not shown has zeros and an empty mask: passes that are not there, and the pictures of the light where it is the network's own.
        let mut parts: [Option<Volume>; CONDITIONS.len()] = Default::default();
        for (pass, place) in shown {
            parts[place] = Some(self.0.encode(whole(shape, (scene.picture)(pass)), watch)?);
        }
        let light = scene.light.map(|light| cosmos_light(light, scene.height, scene.width, scene.to_map.clone()));
        for (part, pictures) in parts[SHOWN.len()..].iter_mut().zip(light.into_iter().flatten()) {
            *part = Some(self.0.encode(whole(shape, pictures), watch)?);
        }
        let parts = parts.each_ref().map(Option::as_ref);
        let clue = self.0.model.forward_clue(&parts, self.0.guidance());
        let mut clip = self.0.sampled(clue, steps, Call { seed: key.seed, call: key.window.into() }, watch)?;
        clip.data.truncate(scene.frames * scene.height * scene.width * 3);
        clip.data.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
        finite(clip.data)
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
struct Call {
    seed: u64,
    /// Samplings before this one.
    call: u64,
}

impl Asked {
    fn open(folder: &Path, kind: Kind, told: &Official, encoded: &Encoded) -> Result<Self> {
        let model = Cosmos::open(folder, kind)?;
        Ok(Self { model, told: told.clone(), encoded: encoded.clone() })
    }

    fn guidance(&self) -> f32 {
        self.told.guidance.map_or(0.0, |[first, _]| first)
    }

    /// Normalised latents of pictures −1..1.
    fn encode(&self, pictures: Volume, watch: &Watch) -> Result<Volume> {
        watch.check()?;
        Ok(self.encoded.of(&pictures, |pictures| self.model.encode(pictures)))
    }

    /// Samples latents and decodes them to codes, about 0..1.
    fn sampled(&self, clue: Clue, steps: usize, from: Call, watch: &Watch) -> Result<Volume> {
        watch.check()?;
        let config = self.model.dit.config();
        let levels = Edm::levels(steps);
        let shape = [clue.condition.frames, clue.condition.height, clue.condition.width, config.outputs];
        let mut x = match &self.told.noise {
            None => noise(config, from.seed, from.call, shape),
            Some(path) => read_noise(path, Axes::Channels, shape)?,
        };
        let start = Edm::start(levels[0]);
        x.data.iter_mut().for_each(|x| *x *= start);
        euler(&mut Latents(&self.model.dit), &clue, &levels, &mut x.data, |_, _| watch.check())?;
        let mut clip = self.model.decode(x);
        clip.data.iter_mut().for_each(|v| *v = 0.5 * *v + 0.5);
        Ok(clip)
    }

    /// Chooses how the tokenizer goes over a window, and, where there is a limit and no precision was told, in what tokens are kept: f32 where it fits, else
    /// bf16, which takes half. Tells what the window will take.
    ///
    /// # Errors
    /// It has more frames than the network knows, or takes more memory than there may be.
    fn plan(&mut self, [frames, height, width]: [usize; 3], watch: &Watch) -> Result<()> {
        let whole = |frames: usize| (frames - 1).next_multiple_of(SHRINK) + 1;
        let longest = self.model.longest();
        if whole(frames) > longest {
            let cause = format!("a window of {frames} frames is longer than the {longest} that the tokenizer's statistics know");
            return Err(Fault::new(cause, "give a smaller --window, such as 57"));
        }
        let model = &self.model;
        let precisions = match self.told.precision {
            Some(told) => vec![told],
            None if self.told.memory.is_some() => vec![Precision::Single, Precision::Bfloat],
            None => vec![Precision::default()],
        };
        // Tiles are seen in the pictures, roundings hardly.
        let ways: Vec<_> = TILES.into_iter().flat_map(|tile| precisions.iter().map(move |precision| (*precision, tile))).collect();
        let peak = |frames: usize, (precision, tile)| model.peak([whole(frames), height, width], precision, tile);
        (self.model.dit.precision, self.model.tile) = plan([frames, height, width], self.told.memory, &ways, peak, watch)?;
        watch.note(format!("the network keeps its numbers in {}", if self.model.dit.precision == Precision::Single { "f32" } else { "bf16" }));
        if let Some(tile) = self.model.tile {
            watch.note(format!("little memory: pictures are encoded and decoded in tiles of {0}x{0} pixels", tile * SHRINK));
        }
        Ok(())
    }
}
