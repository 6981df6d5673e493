//! One file of weights, whatever wrote it.

use crate::{Contents, Entry};
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
    contents: Contents,
}

impl Checkpoint {
    /// Maps a file and reads its table ([`Contents::of`]).
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
        let contents = Contents::of(path, &map)?;
        Ok(Self { path: path.to_owned(), map, contents })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, Entry> {
        &self.contents.tensors
    }

    /// The words beside the tensors (safetensors only).
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.contents.metadata
    }

    /// The entry of tensor `name`.
    ///
    /// # Errors
    /// There is none.
    pub fn entry(&self, name: &str) -> Result<&Entry> {
        self.contents.tensors.get(name).ok_or_else(|| {
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
        Ok(self.entry(name)?.numbers(&self.map))
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
        for entry in self.contents.tensors.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix)).map(|(_, entry)| entry) {
            let length = entry.count().expect("checked when the table was read") * entry.dtype.size();
            release(&self.map, entry.bytes.start, length);
        }
    }
}

/// Linux maps pages around one that is looked at, up to the 2 MiB that it read at once, so those of a neighbour go as well: of the 1500 matrices of an SVD
/// network they were 170 MB.
#[cfg(unix)]
const AROUND: usize = 1 << 21;

#[cfg(unix)]
fn release(map: &Mmap, start: usize, length: usize) {
    let (start, end) = (start.saturating_sub(AROUND), (start + length + AROUND).min(map.len()));
    // SAFETY: the map is private and read-only, so pages that are dropped come back with the same bytes from the file.
    // Advice that the system does not take changes nothing.
    let _ = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, end - start) };
}

#[cfg(not(unix))]
fn release(_: &Mmap, _: usize, _: usize) {}
