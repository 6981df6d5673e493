//! A Cosmos network from a folder as published.

use super::{Clue, Context, Dit, Precision, SHRINK, Statistics, Tokenizer, memory};
use crate::{Kind, Peak, tiles::in_tiles};
use relight_checkpoint::Checkpoint;
use relight_file::{Fault, Result};
use relight_tensor::Volume;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Conditions of the forward network in the order of its channels; each is followed by a mask. Not the order of the files on disk.
pub const CONDITIONS: [&str; 8] = ["basecolor", "normal", "metallic", "roughness", "depth", "env_ldr", "env_log", "env_nrm"];

/// Folders in which the transformer may lie, inside the one that is given, and the one of the tokenizer.
pub(crate) const INVERSE: &str = "Diffusion_Renderer_Inverse_Cosmos_7B";
pub(crate) const FORWARD: &str = "Diffusion_Renderer_Forward_Cosmos_7B";
pub(crate) const TOKENIZER: &str = "Cosmos-Tokenize1-CV8x8x8-720p";

/// A map that the inverse network estimates; the number of its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Map {
    /// Base colour.
    Albedo = 0,
    /// Metallic.
    Metallic = 1,
    /// Roughness.
    Roughness = 2,
    /// Normals.
    Normal = 3,
    /// Depth.
    Depth = 4,
}

/// One of the two published networks with its tokenizer.
#[derive(Debug, Clone)]
pub struct Cosmos {
    /// Which of the two it is.
    pub kind: Kind,
    /// The transformer.
    pub dit: Dit,
    /// Latents across a tile of the tokenizer, for runs with little memory; none takes pictures whole. Tiles differ from the whole beside their seams, since
    /// normalisations see a tile alone.
    pub tile: Option<usize>,
    tokenizer: Tokenizer,
    statistics: Statistics,
}

impl Cosmos {
    /// Opens `folder/Diffusion_Renderer_…/model.pt` (or `model.safetensors`) and `folder/Cosmos-Tokenize1-CV8x8x8-720p/`. Nothing is read but tables.
    ///
    /// # Errors
    /// A file is missing or is not what its name says.
    pub fn open(folder: &Path, kind: Kind) -> Result<Self> {
        let name = if kind == Kind::Inverse { INVERSE } else { FORWARD };
        let open = |part: &str, file: &str| Checkpoint::open(&find(folder, part, file)?).map(Arc::new);
        let dit = Dit::new(open(name, "model")?, "")?;
        let config = dit.config();
        let expected = if kind == Kind::Inverse { config.outputs } else { CONDITIONS.len() * (config.outputs + 1) };
        // A context for each map.
        let contexts = if kind == Kind::Inverse { config.contexts > Map::Depth as usize } else { config.contexts == 0 };
        if config.conditions != expected || !contexts {
            let cause =
                format!("{} holds another network: {} channels of conditions, not {expected}", folder.join(name).display(), config.conditions);
            return Err(Fault::new(cause, "put the inverse and the forward model.pt into the folders of their names"));
        }
        let encoder = open(TOKENIZER, "encoder")?;
        let tokenizer = Tokenizer::new(encoder, open(TOKENIZER, "decoder")?, "")?;
        let channels = tokenizer.config().latents;
        if channels != config.outputs {
            let cause = format!("the tokenizer has {channels} channels of latents, the transformer {}", config.outputs);
            return Err(Fault::new(cause, "use the tokenizer that was published with the network"));
        }
        let statistics = Statistics::new(&*open(TOKENIZER, "mean_std")?, &*open(TOKENIZER, "image_mean_std")?, channels)?;
        Ok(Self { kind, dit, tile: None, tokenizer, statistics })
    }

    /// Frames that a window may have at most: one, and eight for every further latent frame with statistics.
    pub fn longest(&self) -> usize {
        (self.statistics.frames().max(1) - 1) * SHRINK + 1
    }

    /// Normalised latents of `1 + 8k` frames of colours −1..1 whose sides are multiples of 16.
    ///
    /// # Panics
    /// Other sizes, or more than [`Cosmos::longest`] frames.
    pub fn encode(&self, clip: &Volume) -> Volume {
        let mut latents = in_tiles(clip, self.tile.unwrap_or(usize::MAX), SHRINK, 1, |clip| self.tokenizer.encode(clip));
        self.statistics.normalise(&mut latents);
        latents
    }

    /// Colours, about −1..1, of normalised latents.
    pub fn decode(&self, mut latents: Volume) -> Volume {
        self.statistics.restore(&mut latents);
        in_tiles(&latents, self.tile.unwrap_or(usize::MAX), 1, SHRINK, |latents| self.tokenizer.decode(latents))
    }

    /// Shape of the latents of a clip.
    pub fn latent_shape(&self, frames: usize, height: usize, width: usize) -> [usize; 4] {
        self.tokenizer.latent_shape(frames, height, width)
    }

    /// Peak memory of a run over [frames, height, width] pixels with tokens in `precision` and the tokenizer in tiles of `tile` latents across.
    pub fn peak(&self, size: [usize; 3], precision: Precision, tile: Option<usize>) -> Peak {
        memory::peak(self.dit.config(), self.tokenizer.config(), size, rayon::current_num_threads(), self.dit.mapped(), precision, tile)
    }

    /// What the inverse network is asked: `map` of the clip whose latents these are.
    pub fn inverse_clue(&self, rgb: &Volume, map: Map, guidance: f32) -> Clue {
        Clue { condition: rgb.clone(), context: self.dit.context(map as usize), guidance, fps: super::FPS }
    }

    /// What the forward network is asked: latents in the order of [`CONDITIONS`]; those that are absent become zeros with an empty mask. Without the three
    /// pictures of the light the network makes up a light of its own.
    ///
    /// # Panics
    /// All are absent, or their shapes differ.
    pub fn forward_clue(&self, parts: &[Option<&Volume>; CONDITIONS.len()], guidance: f32) -> Clue {
        Clue { condition: masked(parts), context: Context::default(), guidance, fps: super::FPS }
    }
}

/// Latents side by side, each followed by a mask: 1, or 0 with zeros for what is absent.
fn masked(parts: &[Option<&Volume>]) -> Volume {
    let [frames, height, width, channels] = parts.iter().flatten().next().expect("at least one condition").shape();
    let stride = parts.len() * (channels + 1);
    let mut all = Volume::zeros([frames, height, width, stride]);
    for (index, part) in parts.iter().enumerate() {
        let Some(part) = part else { continue };
        assert_eq!(part.shape(), [frames, height, width, channels], "conditions of one shape");
        for (to, from) in all.data.chunks_exact_mut(stride).zip(part.data.chunks_exact(channels)) {
            let to = &mut to[index * (channels + 1)..][..channels + 1];
            to[..channels].copy_from_slice(from);
            to[channels] = 1.0;
        }
    }
    all
}

/// The file of a part: a conversion to safetensors before what was published.
///
/// # Errors
/// There is none.
pub(crate) fn find(folder: &Path, part: &str, name: &str) -> Result<PathBuf> {
    let path = |ending: &str| folder.join(part).join(format!("{name}.{ending}"));
    let found = ["safetensors", "pt", "jit"].map(path).into_iter().find(|path| path.is_file());
    found.ok_or_else(|| {
        let ending = if part == TOKENIZER && name.ends_with("coder") { "jit" } else { "pt" };
        Fault::new(
            format!("{} does not exist", path(ending).display()),
            format!("give the folder that holds {INVERSE}, {FORWARD} and {TOKENIZER}, as published on Hugging Face"),
        )
    })
}
