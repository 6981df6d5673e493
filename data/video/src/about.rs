//! What is known of a clip before its frames.

use crate::Rate;
use relight_file::{Fault, Result};
use std::{fs, path::Path};

/// What is known of a clip before its frames are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Frames per second.
    pub rate: Rate,
    /// How many frames there will be, where the file tells.
    pub frames: Option<usize>,
    /// Whether sound comes with them.
    pub audio: bool,
    /// What the file is, for people: `H.264 High, BT.601 limited`.
    pub format: String,
    /// What a person should know: what was guessed, left out or made regular. One line each.
    pub notes: Vec<String>,
}

impl About {
    /// A clip of this size and rate, of unknown length, without sound.
    pub fn new(width: usize, height: usize, rate: Rate) -> Self {
        Self { width, height, rate, ..Self::default() }
    }
}

/// The most pixels a frame may have: 8192², 0.8 GB as floats.
pub const MOST_PIXELS: usize = 1 << 26;
/// The longest side a frame may have.
pub const LONGEST_SIDE: usize = 32768;

/// Refuses sizes that nobody means, before anything is allocated.
pub(crate) fn check_size(path: &Path, width: usize, height: usize) -> Result<()> {
    let fault = |what: &str, remedy: &str| Err(Fault::new(format!("{} is {width}x{height}: {what}", path.display()), remedy));
    if width == 0 || height == 0 {
        return fault("there is nothing in it", "export it again");
    }
    if width > LONGEST_SIDE || height > LONGEST_SIDE || width * height > MOST_PIXELS {
        return fault("too large", "scale it below 8192x8192 pixels first");
    }
    Ok(())
}

/// [`check_size`], and that the file could hold that many pixels: no still-image codec gains more than about 1032:1 (deflate) on 8-bit samples.
pub(crate) fn check_still(path: &Path, width: usize, height: usize) -> Result<()> {
    check_size(path, width, height)?;
    let bytes = fs::metadata(path).map_err(|e| Fault::read(path, &e))?.len();
    if bytes.saturating_mul(8192) < (width * height) as u64 {
        let cause = format!("{} says {width}x{height} but holds {bytes} bytes", path.display());
        return Err(Fault::new(cause, "the file is damaged: copy or export it again"));
    }
    Ok(())
}
