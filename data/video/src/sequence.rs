//! Numbered images as a clip, and one image as a clip of one frame.

use crate::{About, Frame, OpenOptions, Source, still};
use relight_file::{Fault, Numbered, Result};
use std::path::{Path, PathBuf};

/// Pictures in files, one a frame.
pub(crate) struct Sequence {
    about: About,
    files: Vec<PathBuf>,
    next: usize,
}

impl Sequence {
    /// The files that a `%04d` pattern names.
    pub fn pattern(pattern: &Path, options: &OpenOptions) -> Result<Self> {
        if !still::is_still(pattern) {
            let cause = format!("{} does not name pictures", pattern.display());
            return Err(Fault::new(cause, format!("use one of {}", still::EXTENSIONS.join(", "))));
        }
        Self::new(pattern, Numbered::new(pattern)?.existing()?, options)
    }

    /// The numbered pictures of a folder: the only series in it, or the one called `rgb`.
    pub fn folder(folder: &Path, options: &OpenOptions) -> Result<Self> {
        let series = Numbered::find(folder, &still::EXTENSIONS)?;
        let chosen = match &series[..] {
            [] => {
                let remedy = "name a folder of frames such as 0000.png, 0001.png, … (png, jpg, exr or hdr)";
                return Err(Fault::new(format!("{} holds no numbered pictures", folder.display()), remedy));
            }
            [one] => one,
            many => match many.iter().find(|series| series.name().trim_end_matches(['.', '_', '-']) == "rgb") {
                Some(rgb) => rgb,
                None => {
                    let names: Vec<_> = many.iter().take(4).map(|series| series.pattern().display().to_string()).collect();
                    let cause = format!("{} holds several series of pictures", folder.display());
                    return Err(Fault::new(cause, format!("name one: {}", names.join(", "))));
                }
            },
        };
        Self::new(folder, chosen.existing()?, options)
    }

    /// One picture.
    pub fn one(path: &Path, options: &OpenOptions) -> Result<Self> {
        Self::new(path, vec![path.to_owned()], options)
    }

    fn new(path: &Path, files: Vec<PathBuf>, options: &OpenOptions) -> Result<Self> {
        let rate = options.rate.unwrap_or_default();
        let (first, end) = options.range(path, rate, files.len())?;
        let files = files[first..end].to_vec();
        let (width, height) = still::size(&files[0])?;
        // Looking at every header now costs little; a wrong frame found after an hour of work costs an hour.
        for file in &files[1..] {
            let other = still::size(file)?;
            if other != (width, height) {
                let cause = format!("{} is {}x{}, but the first frame is {width}x{height}", file.display(), other.0, other.1);
                return Err(Fault::new(cause, "scale all frames to one size"));
            }
        }
        let kind = files[0].extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let format = if files.len() == 1 { format!("one {kind} picture") } else { format!("numbered {kind} pictures") };
        let about = About { frames: Some(files.len()), format, ..About::new(width, height, rate) };
        Ok(Self { about, files, next: 0 })
    }
}

impl Source for Sequence {
    fn about(&self) -> &About {
        &self.about
    }

    fn next(&mut self) -> Result<Option<Frame>> {
        let Some(file) = self.files.get(self.next) else { return Ok(None) };
        self.next += 1;
        let frame = still::read(file)?;
        if (frame.width, frame.height) != (self.about.width, self.about.height) {
            return Err(Fault::new(format!("{} changed while it was read", file.display()), "run again once nothing writes there"));
        }
        Ok(Some(frame))
    }
}
