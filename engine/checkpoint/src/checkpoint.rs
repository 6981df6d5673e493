//! One file of weights, whatever wrote it.

use crate::{Dtype, Entry, archive::Archive, plain, torch};
use memmap2::Mmap;
use relight_file::{Fault, Result};
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
};

/// A mapped file of named tensors: safetensors, a torch zip pickle (`.pt`), or a TorchScript archive (`.jit`).
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    map: Mmap,
    tensors: BTreeMap<String, Entry>,
    metadata: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Maps a file and reads its table. The first bytes tell the kind: a zip begins with `PK`.
    ///
    /// # Errors
    /// It cannot be read, is truncated, or holds anything but tensors and what may stand beside them.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| Fault::read(path, &e))?;
        let length = file.metadata().map_err(|e| Fault::read(path, &e))?;
        if !length.is_file() || length.len() < 8 {
            return Err(Fault::new(format!("{} is no file of weights", path.display()), "name a .safetensors, .pt or .jit file"));
        }
        // SAFETY: the map is only read. Another process that truncates the file meanwhile would raise SIGBUS, as with every mapped file;
        // weights are not written in place by anything here (drafts are renamed).
        let map = unsafe { Mmap::map(&file) }.map_err(|e| Fault::read(path, &e))?;
        let (tensors, metadata) = if map.starts_with(b"PK") {
            let archive = Archive::read(path, &map)?;
            (torch::tensors(path, &map, &archive)?, BTreeMap::new())
        } else {
            plain::read(path, &map)?
        };
        Ok(Self { path: path.to_owned(), map, tensors, metadata })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, Entry> {
        &self.tensors
    }

    /// The words beside the tensors (safetensors only).
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// The entry of tensor `name`.
    ///
    /// # Errors
    /// There is none.
    pub fn entry(&self, name: &str) -> Result<&Entry> {
        self.tensors.get(name).ok_or_else(|| {
            Fault::new(
                format!("{} has no tensor {name}", self.path.display()),
                "check that these are the weights of this model, with `relight models check`",
            )
        })
    }

    /// The numbers of tensor `name` in row-major order, widened to f32.
    ///
    /// # Errors
    /// There is no such tensor.
    pub fn read(&self, name: &str) -> Result<Vec<f32>> {
        let entry = self.entry(name)?;
        let (size, bytes) = (entry.dtype.size(), &self.map[entry.bytes.clone()]);
        let count = entry.count().expect("checked when the table was read");
        if entry.is_contiguous() {
            return Ok(match entry.dtype {
                // The common case, without a match per number.
                Dtype::F32 => bytes[..count * 4].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
                dtype => bytes[..count * size].chunks_exact(size).map(|b| dtype.widen(b)).collect(),
            });
        }
        let mut numbers = Vec::with_capacity(count);
        let mut index = vec![0_usize; entry.shape.len()];
        for _ in 0..count {
            let at: usize = index.iter().zip(&entry.stride).map(|(i, stride)| i * stride).sum();
            numbers.push(entry.dtype.widen(&bytes[at * size..(at + 1) * size]));
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < entry.shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        Ok(numbers)
    }

    /// The bytes of a contiguous tensor as they lie in the file, for weights that are used in their stored format.
    ///
    /// # Errors
    /// There is no such tensor, or its numbers are not in row-major order.
    pub fn raw(&self, name: &str) -> Result<&[u8]> {
        let entry = self.entry(name)?;
        if !entry.is_contiguous() {
            return Err(Fault::new(
                format!("{}: tensor {name} is stored out of order", self.path.display()),
                "convert the checkpoint with `relight models convert`",
            ));
        }
        let count = entry.count().expect("checked when the table was read");
        Ok(&self.map[entry.bytes.start..entry.bytes.start + count * entry.dtype.size()])
    }

    /// Lets the system take back the memory in which tensors whose names begin with `prefix` were mapped; the next look reads them from the file again.
    /// What stays in the system's own cache is not this process's.
    pub fn release(&self, prefix: &str) {
        for entry in self.tensors.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix)).map(|(_, entry)| entry) {
            let length = entry.count().expect("checked when the table was read") * entry.dtype.size();
            release(&self.map, entry.bytes.start, length);
        }
    }
}

#[cfg(unix)]
fn release(map: &Mmap, start: usize, length: usize) {
    // SAFETY: the map is private and read-only, so pages that are dropped come back with the same bytes from the file.
    // Advice that the system does not take changes nothing.
    let _ = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, length) };
}

#[cfg(not(unix))]
fn release(_: &Mmap, _: usize, _: usize) {}
