//! What to render, and how it is going.

use crate::Kind;
use std::path::PathBuf;

/// What [`crate::synth`] renders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Folder of the shards, created where it is missing.
    pub out: PathBuf,
    /// Number of clips.
    pub clips: u64,
    /// Key of all worlds; clip k of a seed is always the same.
    pub seed: u64,
    /// What every world shows; none: all kinds in turn, as chance has it.
    pub kind: Option<Kind>,
    /// Number of the first clip.
    pub first: u64,
    /// Frames a clip, 1 to 240.
    pub frames: usize,
    /// Pixels across, 16 to 2048.
    pub width: usize,
    /// Pixels down, 16 to 2048.
    pub height: usize,
    /// Paths a pixel, 1 to 65536.
    pub samples: u32,
    /// Folders, `.sh3f` archives and files of OBJ and glTF models, and PNG and JPEG textures beside them; none: procedural shapes and pictures alone.
    pub meshes: Vec<PathBuf>,
    /// Folders and files of light maps; none: procedural skies alone.
    pub lights: Vec<PathBuf>,
    /// Whether shards hold the analytic shading, which the forward network starts from; without it a clip takes a third of the time.
    pub shading: bool,
    /// Clips that stay in the folder: when one is made, those whose number is smaller by this much are removed. None: all stay.
    pub keep: Option<u64>,
    /// Clips at a time; 0: one a core.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            out: PathBuf::from("shards"),
            clips: 100,
            seed: 0,
            kind: None,
            first: 0,
            frames: 3,
            width: 128,
            height: 128,
            samples: 24,
            meshes: Vec::new(),
            lights: Vec::new(),
            shading: true,
            keep: None,
            threads: 0,
        }
    }
}

/// One clip is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Its number.
    pub clip: u64,
    /// Whether its file was there already, or had been removed to keep the folder small.
    pub skipped: bool,
    /// `objects`, `scenes`, `rooms` or `backdrops`; empty where skipped.
    pub kind: &'static str,
    /// Seconds of one thread that it took.
    pub seconds: f64,
}

impl Progress {
    /// A clip that needs no rendering.
    pub(crate) fn skipped(clip: u64) -> Self {
        Self { clip, skipped: true, kind: "", seconds: 0.0 }
    }
}
