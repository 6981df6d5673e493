//! Every way in.

use crate::{About, Ffmpeg, Frame, Rate, sequence::Sequence, still};
use relight_file::{Fault, Result, is_pattern};
use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

/// A stream of frames. All have the size that [`Source::about`] says.
pub trait Source: Send {
    /// What is known beforehand.
    fn about(&self) -> &About;

    /// The next frame in display order, or `None` after the last.
    ///
    /// # Errors
    /// The file is damaged there, or changed while it was read.
    fn next(&mut self) -> Result<Option<Frame>>;
}

/// Which part of a clip to read, and how.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OpenOptions {
    /// Seconds to leave out at the beginning (`-ss`).
    pub start: f64,
    /// Seconds to read (`-t`); all when absent.
    pub duration: Option<f64>,
    /// The most frames to read.
    pub frames: Option<usize>,
    /// Frames per second of numbered images, which cannot tell; 24 when absent. Other files know theirs.
    pub rate: Option<Rate>,
    /// Which `ffmpeg` program reads what is not read here.
    pub ffmpeg: Ffmpeg,
}

impl OpenOptions {
    /// First frame and one past the last of a clip of `total` frames at `rate`.
    ///
    /// # Errors
    /// Nothing is left, or a time is negative or no number.
    pub(crate) fn range(&self, path: &Path, rate: Rate, total: usize) -> Result<(usize, usize)> {
        let (first, most) = self.first_and_most(rate)?;
        let end = total.min(first.saturating_add(most));
        if first >= end {
            let seconds = total as f64 / rate.fps();
            let cause = format!("no frame of {} is left: it has {total} ({seconds:.2} s)", path.display());
            return Err(Fault::new(cause, "choose another part with -ss, -t and --frames"));
        }
        Ok((first, end))
    }

    /// First frame, and the most frames to read from there.
    ///
    /// # Errors
    /// A time is negative or no number.
    pub(crate) fn first_and_most(&self, rate: Rate) -> Result<(usize, usize)> {
        for (name, seconds) in [("-ss", Some(self.start)), ("-t", self.duration)] {
            if let Some(seconds) = seconds.filter(|s| !(0.0..1e9).contains(s)) {
                return Err(Fault::new(format!("{name} {seconds} is no time in a clip"), "give seconds from 0 up"));
            }
        }
        let first = rate.frames_before(self.start);
        let until = self.duration.map_or(usize::MAX, |duration| rate.frames_before(self.start + duration));
        Ok((first, (until.saturating_sub(first)).min(self.frames.unwrap_or(usize::MAX))))
    }
}

/// Opens a clip: an mp4 or mov, an image (a clip of one frame), numbered images (`%04d` pattern or their folder), or, where an `ffmpeg`
/// program is there ([`Ffmpeg`]), whatever it reads.
///
/// # Errors
/// The file is missing, damaged, empty or of a kind that needs what is not there; the remedy tells how to convert it.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Box<dyn Source>> {
    if is_pattern(path) && !path.exists() {
        return Ok(Box::new(Sequence::pattern(path, options)?));
    }
    let meta = fs::metadata(path).map_err(|e| Fault::read(path, &e))?;
    if meta.is_dir() {
        return Ok(Box::new(Sequence::folder(path, options)?));
    }
    if meta.is_file() && meta.len() == 0 {
        return Err(Fault::new(format!("{} is empty", path.display()), "copy or export it again"));
    }
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(8).read_to_end(&mut head)).map_err(|e| Fault::read(path, &e))?;
    if still::is_still(path) {
        return Ok(Box::new(Sequence::one(path, options)?));
    }
    let what = if is_mp4(&head) { mp4(path, options)? } else { Err("no mp4, mov or picture".into()) };
    match what {
        Ok(source) => Ok(source),
        Err(what) => options.ffmpeg.open(path, &what, options),
    }
}

/// Whether a file begins with one of the boxes that mp4 and mov files begin with.
fn is_mp4(head: &[u8]) -> bool {
    head.get(4..8).is_some_and(|name| [b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp"].iter().any(|n| name == *n))
}

/// Frames, or what the file holds that is not read here.
#[cfg(feature = "h264")]
fn mp4(path: &Path, options: &OpenOptions) -> Result<Result<Box<dyn Source>, String>> {
    crate::mp4::open(path, options)
}

#[cfg(not(feature = "h264"))]
fn mp4(_: &Path, _: &OpenOptions) -> Result<Result<Box<dyn Source>, String>> {
    Ok(Err("an mp4, which this build does not read (feature h264)".into()))
}
