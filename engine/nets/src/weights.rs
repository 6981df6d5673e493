//! Weights files, read with distrust.

use relight_file::{Blame, Fault, Result};
use safetensors::{Dtype, SafeTensors};
use std::{cell::RefCell, collections::BTreeSet};

const REMEDY: &str = "export the network again with training/export.py, or use the embedded one";

/// The tensors of a safetensors file. Taking one checks its shape before anything is allocated.
pub(crate) struct Weights<'a> {
    name: &'a str,
    tensors: SafeTensors<'a>,
    config: String,
    untaken: RefCell<BTreeSet<String>>,
}

impl<'a> Weights<'a> {
    /// Parses the header: its size, the tensors' places (no gaps, no overlaps, inside the file) and shapes are checked by the `safetensors` crate.
    pub fn parse(name: &'a str, bytes: &'a [u8]) -> Result<Self> {
        let blame = || format!("{name} is no whole safetensors file");
        let tensors = SafeTensors::deserialize(bytes).blame(blame, REMEDY)?;
        let (_, metadata) = SafeTensors::read_metadata(bytes).blame(blame, REMEDY)?;
        let config = metadata.metadata().as_ref().and_then(|words| words.get("config")).cloned();
        let config = config.ok_or_else(|| Fault::new(format!("{name} has no `config` in its metadata"), REMEDY))?;
        let untaken = RefCell::new(tensors.names().into_iter().map(str::to_owned).collect());
        Ok(Self { name, tensors, config, untaken })
    }

    /// The JSON of the configuration.
    pub fn config(&self) -> &str {
        &self.config
    }

    /// The numbers of a tensor of this shape, widened to f32.
    pub fn take(&self, key: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let fault = |why: String| Fault::new(format!("{}: tensor {key} {why}", self.name), REMEDY);
        let view = self.tensors.tensor(key).map_err(|_| fault("is missing".into()))?;
        if view.shape() != shape {
            return Err(fault(format!("has shape {:?}, not {shape:?}", view.shape())));
        }
        let numbers: Vec<f32> = match view.dtype() {
            Dtype::F16 => view.data().chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Dtype::F32 => view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            other => return Err(fault(format!("has format {other:?}, not F16 or F32"))),
        };
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
