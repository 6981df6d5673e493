//! Which networks the renderers use: the embedded ones, or one's own.

use crate::Network;
use relight_file::{Fault, Result};
use relight_nets::{Kind, Small, embedded};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt::Write, fs, path::Path};

/// The largest weights file that is read: forty times the embedded networks.
const MOST_BYTES: u64 = 1 << 30;

/// Weights of one network, and how a receipt names them.
#[derive(Debug, Clone, Serialize)]
pub struct Weights {
    /// `embedded`, or the file.
    pub from: String,
    /// Hash of the file's bytes, in hexadecimal.
    pub sha256: String,
    #[serde(skip)]
    bytes: Cow<'static, [u8]>,
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
        Self { from, sha256, bytes }
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
        Ok(Box::new(self.small()?))
    }

    fn small(&self) -> Result<Small> {
        Small::from_bytes(&self.from, &self.bytes)
    }

    /// Its size in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Never.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl Networks {
    /// The networks that are part of this program.
    pub fn embedded() -> Self {
        let own = |kind| Weights::new("embedded".into(), embedded(kind).into());
        Self { inverse: own(Kind::Inverse), forward: own(Kind::Forward) }
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
