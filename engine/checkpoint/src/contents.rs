//! What a file of weights holds, whatever wrote it.

use crate::{Entry, archive::Archive, plain, torch};
use relight_file::Result;
use std::{collections::BTreeMap, path::Path};

/// The table of a file of weights. No number is read for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// All tensors by name; their bytes are ranges of the file.
    pub tensors: BTreeMap<String, Entry>,
    /// The words beside the tensors (safetensors only).
    pub metadata: BTreeMap<String, String>,
}

impl Contents {
    /// Reads the table of a whole file that is in memory or mapped; `path` is for messages. The first bytes tell the kind: a zip begins with `PK`.
    ///
    /// Whatever the bytes are, no more than 64 MB are allocated.
    ///
    /// # Errors
    /// The file is truncated, or holds anything but tensors and what may stand beside them.
    pub fn of(path: &Path, bytes: &[u8]) -> Result<Self> {
        if !bytes.starts_with(b"PK") {
            return plain::read(path, bytes);
        }
        let archive = Archive::read(path, bytes)?;
        Ok(Self { tensors: torch::tensors(path, bytes, &archive)?, metadata: BTreeMap::new() })
    }
}
