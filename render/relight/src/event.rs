//! What a job tells while it runs. Progress bars, `--json` lines and pages are views of this one stream.

use serde::Serialize;
use std::path::PathBuf;

/// A stage of the sentence, for progress and timings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Picture to buffers.
    Inverse,
    /// Buffers to other buffers.
    Edit,
    /// Buffers and light to picture.
    Forward,
    /// Pictures and buffers to light.
    Light,
    /// Things into pictures.
    Insert,
    /// Light transport by simulation.
    Trace,
    /// Worlds with known answers.
    Synth,
    /// Pictures beside one another.
    Compare,
    /// Scores against truth.
    Eval,
}

impl Stage {
    /// The one word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inverse => "inverse",
            Self::Edit => "edit",
            Self::Forward => "forward",
            Self::Light => "light",
            Self::Insert => "insert",
            Self::Trace => "trace",
            Self::Synth => "synth",
            Self::Compare => "compare",
            Self::Eval => "eval",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A job begins.
    Start {
        /// The command's name.
        command: String,
        /// The program's version.
        version: String,
    },
    /// A choice or a loss that the person should know of, one line.
    Note {
        /// The line.
        text: String,
    },
    /// `done` units (frames, clips) of a stage are finished.
    Progress {
        /// The stage.
        stage: Stage,
        /// Units finished so far.
        done: usize,
        /// Units in all, where known.
        total: Option<usize>,
    },
    /// An output has its name.
    Wrote {
        /// Where it is.
        path: PathBuf,
        /// What it is, in a few words.
        what: String,
    },
    /// What an evaluation measured.
    Scores {
        /// Its tables.
        tables: serde_json::Value,
    },
    /// The job is done.
    Done {
        /// Wall-clock time of the whole job.
        seconds: f64,
    },
}
