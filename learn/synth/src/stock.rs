//! Everything from files that worlds draw on.

use crate::{picture::Pictures, pool::Pool, sky::Maps};
use relight_file::Result;
use std::path::PathBuf;

/// Models, light maps and pictures; by default there are none, and all is procedural.
#[derive(Default)]
pub(crate) struct Stock {
    pub pool: Pool,
    pub maps: Maps,
    pub pictures: Pictures,
}

impl Stock {
    /// What the paths hold, less what the evaluation sets reserve.
    ///
    /// # Errors
    /// A path that cannot be read, or holds nothing that training may use.
    pub fn load(meshes: &[PathBuf], lights: &[PathBuf]) -> Result<Self> {
        let (pool, maps) = (Pool::find(meshes)?, Maps::load(lights)?);
        let pictures = Pictures::gather(meshes, &maps.views)?;
        Ok(Self { pool, maps, pictures })
    }
}
