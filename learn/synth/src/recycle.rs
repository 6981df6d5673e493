//! Old shards make room for new ones.

use crate::shard;
use relight_file::{Fault, Result};
use std::{fs, io::ErrorKind, path::Path};

/// The lowest number of a shard in a folder: what came before was made and removed. 0 in an empty folder.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn lowest(folder: &Path) -> Result<u64> {
    let mut lowest = None;
    for entry in fs::read_dir(folder).map_err(|e| Fault::read(folder, &e))? {
        let entry = entry.map_err(|e| Fault::read(folder, &e))?;
        if let Some(number) = entry.file_name().to_str().and_then(shard::number) {
            lowest = Some(lowest.map_or(number, |low: u64| low.min(number)));
        }
    }
    Ok(lowest.unwrap_or(0))
}

/// Removes shard `number` and all before it that an interruption has left.
///
/// # Errors
/// A shard that cannot be removed.
pub(crate) fn remove(folder: &Path, number: u64) -> Result<()> {
    for old in lowest(folder)?..=number {
        let path = folder.join(shard::name(old));
        match fs::remove_file(&path) {
            // Another thread was faster, or the number was never rendered.
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(Fault::write(&path, &e)),
            _ => {}
        }
    }
    Ok(())
}
