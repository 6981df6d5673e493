//! Clips with codecs, in and out. The fixtures and what ffmpeg sees in them are made by `fixtures/make.sh`.
#![cfg(feature = "h264")]

mod bad;
mod reading;
mod writing;

use relight_file::Result;
use relight_video::{Ffmpeg, Frame, OpenOptions, Source, open};
use std::path::{Path, PathBuf};

/// A clip of the folder beside.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Options without any `ffmpeg`: everything must be read here.
fn alone() -> OpenOptions {
    OpenOptions { ffmpeg: Ffmpeg::None, ..OpenOptions::default() }
}

/// All frames of a source, which must be as many and as large as it says.
fn drain(mut source: Box<dyn Source>) -> Result<Vec<Frame>> {
    let mut frames = Vec::new();
    while let Some(frame) = source.next()? {
        assert_eq!((frame.width, frame.height), (source.about().width, source.about().height));
        assert_eq!(frame.rgb.len(), frame.width * frame.height * 3);
        frames.push(frame);
    }
    assert_eq!(source.about().frames.unwrap_or(frames.len()), frames.len());
    Ok(frames)
}

fn read(path: &Path, options: &OpenOptions) -> Result<Vec<Frame>> {
    drain(open(path, options)?)
}
