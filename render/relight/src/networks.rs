//! Which networks the renderers use: the embedded ones, or one's own.

use crate::{
    Network, Official, Renderer,
    cosmos::{CosmosForward, CosmosInverse},
    encoded::Encoded,
    svd::{SvdForward, SvdInverse},
};
use relight_file::{Fault, Result};
use relight_nets::{Family, Kind, Small, embedded};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    borrow::Cow,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// The largest weights file that is read: forty times the embedded networks.
const MOST_BYTES: u64 = 1 << 30;

/// Weights of one network, and how a receipt names them.
#[derive(Debug, Clone, Serialize)]
pub struct Weights {
    /// `embedded`, or the file.
    pub from: String,
    /// Hash of the file's bytes, in hexadecimal; empty for official folders, which are too large to hash at every start.
    pub sha256: String,
    #[serde(skip)]
    source: Source,
}

/// Where weights are.
#[derive(Debug, Clone)]
enum Source {
    /// A small network, in memory.
    Small(Cow<'static, [u8]>),
    /// A folder of an official family.
    Official(Family, PathBuf, Official, Encoded),
}

/// The weights of both renderers.
#[derive(Debug, Clone, Serialize)]
pub struct Networks {
    /// Picture to buffers.
    pub inverse: Weights,
    /// Buffers to picture.
    pub forward: Weights,
}

impl Weights {
    fn new(from: String, bytes: Cow<'static, [u8]>) -> Self {
        let mut sha256 = String::with_capacity(64);
        for byte in Sha256::digest(&bytes) {
            let _ = write!(sha256, "{byte:02x}");
        }
        Self { from, sha256, source: Source::Small(bytes) }
    }

    fn read(path: &Path) -> Result<Self> {
        let size = fs::metadata(path).map_err(|e| Fault::read(path, &e))?.len();
        if size > MOST_BYTES {
            return Err(Fault::new(format!("{} is too large for weights", path.display()), "give a file that training/export.py wrote"));
        }
        let bytes = fs::read(path).map_err(|e| Fault::read(path, &e))?;
        Ok(Self::new(path.display().to_string(), bytes.into()))
    }

    /// Builds the inverse network; every call gives a fresh one.
    ///
    /// # Errors
    /// The file is no such network.
    pub fn estimator(&self) -> Result<Box<dyn Network>> {
        Ok(match &self.source {
            Source::Small(_) => Box::new(self.small()?),
            Source::Official(Family::Cosmos, folder, told, encoded) => Box::new(CosmosInverse::open(folder, told, encoded)?),
            Source::Official(Family::Svd, folder, told, encoded) => Box::new(SvdInverse::open(folder, told, encoded)?),
        })
    }

    /// Builds the forward network; every call gives a fresh one. Networks of one official folder share the latents of what they encoded.
    ///
    /// # Errors
    /// The file is no such network.
    pub fn renderer(&self) -> Result<Renderer> {
        Ok(match &self.source {
            Source::Small(_) => Renderer::Corrects(Box::new(self.small()?)),
            Source::Official(Family::Cosmos, folder, told, encoded) => Renderer::Paints(Box::new(CosmosForward::open(folder, told, encoded)?)),
            Source::Official(Family::Svd, folder, told, encoded) => Renderer::Paints(Box::new(SvdForward::open(folder, told, encoded)?)),
        })
    }

    fn small(&self) -> Result<Small> {
        match &self.source {
            Source::Small(bytes) => Small::from_bytes(&self.from, bytes),
            Source::Official(_, folder, ..) => Err(Fault::new(format!("{} holds no small network", folder.display()), "name a .safetensors file")),
        }
    }

    /// How often networks of these weights encoded pictures: once for each that they met, as long as its latents are kept.
    pub fn encodings(&self) -> usize {
        if let Source::Official(.., encoded) = &self.source { encoded.encodings() } else { 0 }
    }

    /// Size in bytes of what is held in memory.
    pub fn len(&self) -> usize {
        if let Source::Small(bytes) = &self.source { bytes.len() } else { 0 }
    }

    /// Whether nothing is held in memory.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Networks {
    /// The networks that are part of this program.
    pub fn embedded() -> Self {
        let own = |kind| Weights::new("embedded".into(), embedded(kind).into());
        Self { inverse: own(Kind::Inverse), forward: own(Kind::Forward) }
    }

    /// The networks that `--model` names: a folder of an official family ([`Family::of`]), else a path as in [`Networks::load`].
    ///
    /// # Errors
    /// Nothing there, or no such network.
    pub fn model(name: &str, told: &Official) -> Result<Self> {
        let Some((family, folder)) = Family::of(name) else { return Self::load(Path::new(name)) };
        if !folder.is_dir() {
            let remedy = format!("give {}:DIR with the folder that holds the published folders", family.name());
            return Err(Fault::new(format!("{} is no folder", folder.display()), remedy));
        }
        let weights = || {
            let source = Source::Official(family, folder.to_owned(), told.clone(), Encoded::default());
            Weights { from: name.to_owned(), sha256: String::new(), source }
        };
        Ok(Self { inverse: weights(), forward: weights() })
    }

    /// The embedded networks, with those of `path` in their place: one safetensors file, which tells what it is, or a folder with
    /// `inverse.safetensors`, `forward.safetensors` or both.
    ///
    /// # Errors
    /// Nothing there, or no such network.
    pub fn load(path: &Path) -> Result<Self> {
        let mut networks = Self::embedded();
        if !path.is_dir() {
            let weights = Weights::read(path)?;
            match weights.small()?.config().kind {
                Kind::Inverse => networks.inverse = weights,
                Kind::Forward => networks.forward = weights,
            }
            return Ok(networks);
        }
        let mut found = false;
        for (kind, place) in [(Kind::Inverse, &mut networks.inverse), (Kind::Forward, &mut networks.forward)] {
            let file = path.join(if kind == Kind::Inverse { "inverse.safetensors" } else { "forward.safetensors" });
            if file.exists() {
                found = true;
                *place = Weights::read(&file)?;
                if place.small()?.config().kind != kind {
                    return Err(Fault::new(format!("{} is the other kind of network", file.display()), "rename it to what it is"));
                }
            }
        }
        if !found {
            let cause = format!("{} holds neither inverse.safetensors nor forward.safetensors", path.display());
            return Err(Fault::new(cause, "name the file, or a folder that training/export.py wrote"));
        }
        Ok(networks)
    }
}
