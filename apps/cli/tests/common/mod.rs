//! What several tests of the program need: runs of it, and inputs for it.
#![allow(dead_code)]

use relight_light::Environment;
use relight_video::{About, CreateOptions, Frame, OpenOptions, Rate, create, open};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Runs `relight ARGS` in `folder`, where no ffmpeg is found.
pub fn relight(folder: &Path, args: &str) -> Output {
    run(folder, &args.split_whitespace().collect::<Vec<_>>())
}

pub fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relight")).args(args).current_dir(folder).env("PATH", "").env_remove("RELIGHT_FFMPEG").output().unwrap()
}

/// Runs it and expects success; gives stderr.
pub fn works(folder: &Path, args: &str) -> String {
    let output = relight(folder, args);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "relight {args}\n{words}");
    words
}

/// Runs it and expects exit code 1, one line of cause with `cause` in it and one of remedy with `remedy` in it, and no new file anywhere.
pub fn fails(folder: &Path, args: &str, cause: &str, remedy: &str) {
    let before = files(folder);
    let output = relight(folder, args);
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "relight {args}\n{words}");
    let lines: Vec<&str> = words.lines().filter(|l| !l.starts_with("note: ")).collect();
    assert_eq!(lines.len(), 2, "relight {args}: cause and remedy, one line each:\n{words}");
    assert!(lines[0].starts_with("error: ") && lines[0].to_lowercase().contains(&cause.to_lowercase()), "relight {args}: {cause:?} in\n{words}");
    assert!(lines[1].starts_with("  try: ") && lines[1].to_lowercase().contains(&remedy.to_lowercase()), "relight {args}: {remedy:?} in\n{words}");
    assert_eq!(files(folder), before, "relight {args} left something");
}

/// Every file under a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

/// A ball that moves over a striped wall.
pub fn picture(width: usize, height: usize, index: usize) -> Frame {
    let mut frame = Frame::black(width, height);
    let (cx, cy, r) = (width as f32 * 0.4 + index as f32, height as f32 * 0.5, width.min(height) as f32 * 0.3);
    for (i, pixel) in frame.rgb.chunks_exact_mut(3).enumerate() {
        let (x, y) = ((i % width) as f32, (i / width) as f32);
        let d = ((x - cx).powi(2) + (y - cy).powi(2)).sqrt() / r;
        let wall = if (i % width / 4).is_multiple_of(2) { 0.3 } else { 0.5 };
        pixel.copy_from_slice(&if d < 1.0 { [0.7 * (1.0 - d * d).sqrt() + 0.05, 0.2, 0.1] } else { [wall, wall, wall + 0.1] });
    }
    frame
}

/// Writes a clip of that; the name decides its kind.
pub fn clip(path: &Path, width: usize, height: usize, frames: usize) {
    let about = About { frames: Some(frames), ..About::new(width, height, Rate { num: 25, den: 1 }) };
    let mut sink = create(path, &about, &CreateOptions::default()).unwrap();
    for index in 0..frames {
        sink.write(&picture(width, height, index)).unwrap();
    }
    sink.finish().unwrap();
}

/// Reads a clip.
pub fn read(path: &Path) -> (About, Vec<Frame>) {
    let mut source = open(path, &OpenOptions::default()).unwrap();
    let about = source.about().clone();
    let frames = std::iter::from_fn(|| source.next().unwrap()).collect();
    (about, frames)
}

/// A small map: blue above, brown below, a lamp ahead and to the left.
pub fn map() -> Environment {
    let mut map = Environment::constant(64, 32, [0.1, 0.08, 0.05]);
    for (i, texel) in map.rgb.chunks_exact_mut(3).enumerate() {
        let (x, y) = (i % 64, i / 64);
        if y < 16 {
            texel.copy_from_slice(&[0.3, 0.4, 0.7]);
        }
        if (18..22).contains(&x) && (8..11).contains(&y) {
            texel.fill(40.0);
        }
    }
    map
}

/// A folder with `clip.mp4` (8 frames, 64x48) and `map.exr`.
pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    clip(&folder.path().join("clip.mp4"), 64, 48, 8);
    map().save(&folder.path().join("map.exr"), false).unwrap();
    folder
}
