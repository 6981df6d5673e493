//! Which networks the renderers use: the embedded ones, or one's own.

use crate::{CosmosForward, CosmosInverse, Network, SvdForward, SvdInverse, SvdOptions};
use relight_file::{Fault, Result};
use relight_nets::{Kind, Small, cosmos::Precision, embedded};
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
    family: Family,
}

/// What kind of network weights are of, and where they are.
#[derive(Debug, Clone)]
enum Family {
    /// A small network, in memory.
    Small(Cow<'static, [u8]>),
    /// A folder of the official Cosmos family.
    Cosmos(PathBuf, Kind, Official),
    /// A folder of the official SVD family.
    Svd(PathBuf, Kind, SvdOptions),
}

/// How official networks are run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Official {
    /// Precision of activations.
    pub precision: Precision,
    /// How far they are led by their conditions; none is the family's own way.
    pub guidance: Option<f32>,
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
        Self { from, sha256, family: Family::Small(bytes) }
    }

    fn read(path: &Path) -> Result<Self> {
        let size = fs::metadata(path).map_err(|e| Fault::read(path, &e))?.len();
        if size > MOST_BYTES {
            return Err(Fault::new(format!("{} is too large for weights", path.display()), "give a file that training/export.py wrote"));
        }
        let bytes = fs::read(path).map_err(|e| Fault::read(path, &e))?;
        Ok(Self::new(path.display().to_string(), bytes.into()))
    }

    /// Builds the network; every call gives a fresh one.
    ///
    /// # Errors
    /// The file is no such network.
    pub fn build(&self) -> Result<Box<dyn Network>> {
        Ok(match &self.family {
            Family::Small(_) => Box::new(self.small()?),
            Family::Cosmos(folder, Kind::Inverse, official) => Box::new(CosmosInverse::open(folder, *official)?),
            Family::Cosmos(folder, Kind::Forward, official) => Box::new(CosmosForward::open(folder, *official)?),
            Family::Svd(folder, Kind::Inverse, told) => Box::new(SvdInverse::open(folder, told)?),
            Family::Svd(folder, Kind::Forward, told) => Box::new(SvdForward::open(folder, told)?),
        })
    }

    fn small(&self) -> Result<Small> {
        match &self.family {
            Family::Small(bytes) => Small::from_bytes(&self.from, bytes),
            Family::Cosmos(folder, ..) | Family::Svd(folder, ..) => {
                Err(Fault::new(format!("{} holds no small network", folder.display()), "name a .safetensors file"))
            }
        }
    }

    /// Size in bytes of what is held in memory.
    pub fn len(&self) -> usize {
        if let Family::Small(bytes) = &self.family { bytes.len() } else { 0 }
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

    /// The networks that `--model` names: `cosmos:DIR` or `svd:DIR` for a folder of an official family, else a path as in [`Networks::load`].
    ///
    /// # Errors
    /// Nothing there, or no such network.
    pub fn model(name: &str, official: Official, told: &SvdOptions) -> Result<Self> {
        let Some((family, folder)) = name.split_once(':').filter(|(family, _)| ["cosmos", "svd"].contains(family)) else {
            return Self::load(Path::new(name));
        };
        let folder = PathBuf::from(folder);
        if !folder.is_dir() {
            let remedy = format!("give {family}:DIR with the folder that holds the published folders");
            return Err(Fault::new(format!("{} is no folder", folder.display()), remedy));
        }
        let weights = |kind| {
            let family =
                if family == "svd" { Family::Svd(folder.clone(), kind, told.clone()) } else { Family::Cosmos(folder.clone(), kind, official) };
            Weights { from: name.to_owned(), sha256: String::new(), family }
        };
        Ok(Self { inverse: weights(Kind::Inverse), forward: weights(Kind::Forward) })
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
