//! Real maps from files.

use super::{COLUMNS, ROWS, rounded};
use crate::{folder, reserved};
use relight_file::{Fault, Result};
use relight_light::Environment;
use std::{path::PathBuf, sync::Arc};

/// The maps that `--lights` names, read once, at the size of a shard (384 KiB each).
#[derive(Default)]
pub(crate) struct Maps(pub Vec<Arc<Environment>>);

impl Maps {
    /// Reads every map in the folders and every map named; reserved ones inside a folder are passed over.
    ///
    /// # Errors
    /// A path that does not exist or is reserved itself; a map that cannot be read; a folder without any.
    pub fn load(paths: &[PathBuf]) -> Result<Self> {
        let mut maps = Vec::new();
        for path in paths {
            let files = if path.is_dir() { folder::files(path, &["hdr", "exr"], 1)? } else { vec![path.clone()] };
            let files: Vec<PathBuf> = files.into_iter().filter(|f| !reserved::map(f)).collect();
            if files.is_empty() {
                let cause = format!("{} holds no light map that training may use", path.display());
                return Err(Fault::new(cause, "give .hdr or .exr maps that the evaluation sets do not reserve"));
            }
            for file in files {
                maps.push(Arc::new(rounded(Environment::load(&file)?.resized(COLUMNS, ROWS))));
            }
        }
        Ok(Self(maps))
    }
}
