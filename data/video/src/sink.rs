//! Every way out.

use crate::{About, Frame, series::Series, still};
use relight_file::{Fault, Result, is_pattern};
use std::path::{Path, PathBuf};

/// Where frames go. Nothing is left of them unless [`Sink::finish`] succeeds.
pub trait Sink: Send {
    /// Adds a frame; all must have the size that was given to [`create`].
    ///
    /// # Errors
    /// The disk is full, or the frame has another size.
    fn write(&mut self, frame: &Frame) -> Result<()>;

    /// Gives the output its name. Returns what a person should know, one line each: sound that was lost, for example.
    ///
    /// # Errors
    /// The disk is full, or there was no frame.
    fn finish(self: Box<Self>) -> Result<Vec<String>>;
}

/// How to write a clip.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateOptions {
    /// Replace what is there (`-y`).
    pub overwrite: bool,
    /// Take the sound of this clip.
    pub audio: Option<Audio>,
    /// The kind of picture written into a folder: png when absent, or jpg, exr, hdr.
    pub extension: Option<String>,
    /// Quantiser of H.264, 0 (best) to 51; 18, which eyes take for the original, when absent.
    pub quantiser: Option<u8>,
}

/// Whose sound to take, and from where on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Audio {
    /// The mp4 or mov with the sound.
    pub path: PathBuf,
    /// Seconds to leave out at its beginning, as the picture's `-ss`. It ends with the pictures.
    pub start: f64,
}

/// Creates a clip of `about`'s size and rate. The name decides: `.mp4`/`.m4v`/`.mov` is H.264 (BT.709, limited range, tagged), a picture's
/// extension with `%04d` is numbered pictures, without is a picture of a one-frame clip, no extension is a folder of numbered pictures.
///
/// # Errors
/// It exists and may not be replaced, cannot be written, or the name says nothing that is written.
pub fn create(path: &Path, about: &About, options: &CreateOptions) -> Result<Box<dyn Sink>> {
    crate::about::check_size(path, about.width, about.height)?;
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    if is_pattern(path) || still::is_still(path) || extension.is_none() || path.is_dir() {
        return Ok(Box::new(Series::new(path, about, options)?));
    }
    match extension.as_deref() {
        #[cfg(feature = "h264")]
        Some("mp4" | "m4v" | "mov") => Ok(Box::new(crate::mp4::Encode::new(path, about, options)?)),
        Some(other) => Err(Fault::new(
            format!("{} is of no kind that is written ({other:?})", path.display()),
            "use out.mp4, out.%04d.png (or .jpg, .exr, .hdr), or a folder",
        )),
        None => unreachable!("a name without extension is a folder"),
    }
}
