//! Weights files, read with distrust.

use relight_checkpoint::{Contents, Dtype};
use relight_file::{Fault, Result};
use std::{cell::RefCell, collections::BTreeSet, path::Path};

const REMEDY: &str = "export the network again with training/export.py, or use the embedded one";

/// The tensors of a safetensors file. Taking one checks its shape before anything is allocated.
pub(crate) struct Weights<'a> {
    name: &'a str,
    bytes: &'a [u8],
    contents: Contents,
    config: String,
    untaken: RefCell<BTreeSet<String>>,
}

impl<'a> Weights<'a> {
    /// Reads the table: its size, the tensors' places (no gaps, no overlaps, inside the file) and shapes are checked.
    pub fn parse(name: &'a str, bytes: &'a [u8]) -> Result<Self> {
        let contents = Contents::of(Path::new(name), bytes)?;
        let config = contents.metadata.get("config").cloned();
        let config = config.ok_or_else(|| Fault::new(format!("{name} has no `config` in its metadata"), REMEDY))?;
        let untaken = RefCell::new(contents.tensors.keys().cloned().collect());
        Ok(Self { name, bytes, contents, config, untaken })
    }

    /// The JSON of the configuration.
    pub fn config(&self) -> &str {
        &self.config
    }

    /// The numbers of a tensor of this shape, widened to f32.
    pub fn take(&self, key: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let fault = |why: String| Fault::new(format!("{}: tensor {key} {why}", self.name), REMEDY);
        let entry = self.contents.tensors.get(key).ok_or_else(|| fault("is missing".into()))?;
        if entry.shape != shape {
            return Err(fault(format!("has shape {:?}, not {shape:?}", entry.shape)));
        }
        if ![Dtype::F16, Dtype::F32].contains(&entry.dtype) {
            return Err(fault(format!("has format {:?}, not F16 or F32", entry.dtype)));
        }
        let numbers = entry.numbers(self.bytes);
        if numbers.iter().any(|x| !x.is_finite()) {
            return Err(fault("holds numbers that are not finite".into()));
        }
        self.untaken.borrow_mut().remove(key);
        Ok(numbers)
    }

    /// Fails if the file holds tensors that nothing asked for: it is then of another network.
    pub fn finish(self) -> Result<()> {
        match self.untaken.into_inner().first() {
            None => Ok(()),
            Some(key) => Err(Fault::new(format!("{} holds a tensor that this network does not have: {key}", self.name), REMEDY)),
        }
    }
}
