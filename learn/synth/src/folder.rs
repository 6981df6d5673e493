//! Files below a folder, in an order that does not depend on the disk.

use relight_file::{Fault, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Files with one of the extensions in `folder` and, `depth` levels deep, in its subfolders, sorted by path.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn files(folder: &Path, extensions: &[&str], depth: u32) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| Fault::read(folder, &e))? {
        let path = entry.map_err(|e| Fault::read(folder, &e))?.path();
        let known = path.extension().is_some_and(|e| extensions.contains(&e.to_string_lossy().to_lowercase().as_str()));
        if path.is_dir() {
            if depth > 1 {
                found.extend(files(&path, extensions, depth - 1)?);
            }
        } else if known {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
