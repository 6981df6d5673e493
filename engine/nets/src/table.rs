//! Which tensors a network is made of, known before any file is opened.

use relight_checkpoint::{Checkpoint, Dtype};
use relight_file::{Fault, Result};
use std::{collections::BTreeMap, fmt};

/// Names and shapes of all tensors of a network. Building a network's layers fills it; no number is read for that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    shapes: BTreeMap<String, Vec<usize>>,
}

/// One tensor of a network: where its numbers are, once there is a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Name in the file.
    pub key: String,
    /// Sizes, slowest first.
    pub shape: Vec<usize>,
}

/// What distinguishes a file from a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Tensors that the file lacks.
    pub missing: Vec<String>,
    /// Tensors that the network does not have.
    pub extra: Vec<String>,
    /// Tensors of another shape: name, the network's shape, the file's.
    pub misshapen: Vec<(String, Vec<usize>, Vec<usize>)>,
}

/// Beside a matrix that is stored as signed bytes stands one factor for each of its rows, under this name behind its own.
pub const SCALE: &str = ".scale";

impl Table {
    /// Enters a tensor.
    ///
    /// # Panics
    /// The name is there already.
    pub fn slot(&mut self, key: impl Into<String>, shape: &[usize]) -> Slot {
        let slot = Slot { key: key.into(), shape: shape.to_vec() };
        let before = self.shapes.insert(slot.key.clone(), slot.shape.clone());
        assert!(before.is_none(), "{} stands twice in the table", slot.key);
        slot
    }

    /// Every name with its shape.
    pub fn shapes(&self) -> &BTreeMap<String, Vec<usize>> {
        &self.shapes
    }

    /// Numbers of all tensors together.
    pub fn count(&self) -> usize {
        self.shapes.values().map(|shape| shape.iter().product::<usize>()).sum()
    }

    /// Holds a file against the table. Names that older exports used count as the present ones.
    pub fn compare(&self, file: &Checkpoint) -> Comparison {
        self.compare_under(file, "")
    }

    /// [`Table::compare`] for a file in which `prefix` stands before the table's names.
    pub(crate) fn compare_under(&self, file: &Checkpoint, prefix: &str) -> Comparison {
        let mut found = Comparison::default();
        let mut known = std::collections::BTreeSet::new();
        for (key, shape) in &self.shapes {
            let key = format!("{prefix}{key}");
            let Some(name) = stored(file, &key) else {
                found.missing.push(key);
                continue;
            };
            let entry = &file.tensors()[&name];
            if entry.shape != *shape {
                found.misshapen.push((key, shape.clone(), entry.shape.clone()));
            }
            if entry.dtype == Dtype::I8 {
                let scale = format!("{name}{SCALE}");
                match file.tensors().get(&scale) {
                    None => found.missing.push(scale.clone()),
                    Some(entry) if entry.count() != shape.first().copied() => {
                        found.misshapen.push((scale.clone(), vec![shape[0]], entry.shape.clone()));
                    }
                    Some(_) => {}
                }
                known.insert(scale);
            }
            known.insert(name);
        }
        found.extra = file.tensors().keys().filter(|key| !known.contains(*key)).cloned().collect();
        found
    }
}

/// Under which name a tensor stands in a file: its own, or what diffusers before 0.17 called it in the attentions of VAEs.
pub(crate) fn stored(file: &Checkpoint, key: &str) -> Option<String> {
    if file.tensors().contains_key(key) {
        return Some(key.to_owned());
    }
    let (module, last) = key.rsplit_once('.')?;
    let renamed = [("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")]
        .into_iter()
        .find_map(|(now, then)| module.strip_suffix(now).map(|start| format!("{start}{then}.{last}")))?;
    file.tensors().contains_key(&renamed).then_some(renamed)
}

impl Comparison {
    /// Whether the network can be run from the file: nothing is missing or has another shape.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.misshapen.is_empty()
    }

    /// Fails unless [`Comparison::is_whole`].
    ///
    /// # Errors
    /// The first few differences, and that `relight models check` shows all.
    pub fn blame(&self, file: &Checkpoint) -> Result<()> {
        if self.is_whole() {
            return Ok(());
        }
        let cause = format!("{} is not of this network: {self}", file.path().display());
        Err(Fault::new(cause, "see `relight models check` for all differences, and download the files again"))
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tensors missing, {} of another shape, {} extra", self.missing.len(), self.misshapen.len(), self.extra.len())?;
        if let Some((key, want, have)) = self.misshapen.first() {
            write!(f, "; {key} is {have:?}, not {want:?}")?;
        }
        if let Some(key) = self.missing.first() {
            write!(f, "; {key} is missing")?;
        }
        Ok(())
    }
}
