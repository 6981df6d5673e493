//! Every flag of every command, once.

mod compare;
mod edit;
mod eval;
mod insert;
mod models;
mod official;
mod synth;
mod trace;

use clap::{Args, Parser, Subcommand, ValueHint};
use relight_nets::Family;
use relight_video::Rate;
use serde::Serialize;
use std::path::PathBuf;

pub use compare::{Compare, How};
pub use edit::{Edit, Edits};
pub use eval::Eval;
pub use insert::{Estimate, Insert, Length};
pub use models::{Convert, Models, ModelsCommand, WeightFormat};
pub use official::{Official, Runs};
pub use synth::Synth;
pub use trace::Trace;

/// Relight a video: VIDEO, a light, and out comes the video under that light.
///
/// `relight VIDEO --light MAP -o OUT` is short for `relight run …`.
#[derive(Debug, Parser)]
#[command(name = "relight", version, max_term_width = 110, after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  relight demo                                         a picture of everything within a minute
  relight clip.mp4 --light sunset.hdr -o out.mp4       a video under another light
  relight clip.mp4 --light sunset.hdr --turn 360 -o out.mp4
  relight inverse clip.mp4 -o gbuffer/                 its buffers as EXR frames
  relight edit gbuffer/ --set roughness=0.1 --select 320,200 -o edited/
  relight forward gbuffer/ --light sunset.hdr -o out.mp4
  relight light clip.mp4 -o light.exr                  the light of a clip
  relight insert clip.mp4 chair.glb --on 320,410 -o out.mp4
  relight trace scene.glb --light sky.exr -o truth.exr

Wherever a video is read, an image, a folder of frames or a pattern such as frames.%04d.png will do.
Exit codes: 0 done, 1 something is wrong with the input or the machine, 2 with the command line.";

/// Options of every command.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Global {
    /// Threads to compute with [default: one per core]
    #[arg(long, value_name = "N", global = true, value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Global options")]
    pub threads: Option<u16>,
    /// Tell what happens as one JSON object a line on stdout
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Relight a video: inverse and forward in one go
    Run(Run),
    /// Take a video apart into albedo, normal, depth, roughness and metallic
    Inverse(Inverse),
    /// Change what things in buffers are made of
    Edit(Edit),
    /// Render buffers under a light
    Forward(Forward),
    /// Put clips or pictures side by side, wipe between them, or show where they differ
    Compare(Compare),
    /// Show everything on a short clip that comes with the program
    Demo(Demo),
    /// Estimate the light of a clip
    Light(Estimate),
    /// Put an object into a clip, with its shadow
    Insert(Insert),
    /// Path trace a glTF scene under a light, with its buffers
    Trace(Trace),
    /// Make training clips with known answers
    Synth(Synth),
    /// Score against an evaluation set
    Eval(Eval),
    /// List the networks and where they come from
    Models(Models),
    /// Tell what this machine can do
    Doctor,
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// How networks are run, and which, where any are that can be chosen.
    pub fn net(&self) -> Option<(&Net, Runs)> {
        let runs = |inverse, forward, cuts| Runs { inverse, forward, cuts };
        match self {
            Self::Run(options) => Some((&options.net, runs(true, !options.lighting.preview, !options.edits.any()))),
            Self::Inverse(options) => Some((&options.net, runs(true, false, true))),
            Self::Forward(options) => Some((&options.net, runs(false, !options.lighting.preview, true))),
            Self::Light(options) => Some((&options.net, runs(true, false, false))),
            Self::Eval(options) => Some((&options.net, runs(true, true, false))),
            _ => None,
        }
    }
}

/// Which part of a clip is read.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Part {
    /// Start there: seconds, MM:SS or HH:MM:SS (`-ss` does, too)
    #[arg(long = "ss", value_name = "TIME", value_parser = super::time::seconds, help_heading = "Input")]
    pub start: Option<f64>,
    /// Read that much: seconds, MM:SS or HH:MM:SS
    #[arg(short = 't', long = "time", value_name = "TIME", value_parser = super::time::seconds, help_heading = "Input")]
    pub duration: Option<f64>,
    /// Read at most that many frames
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Input")]
    pub frames: Option<u32>,
    /// Frames per second of numbered images, such as 24 or 30000/1001 [default: 24]
    #[arg(long, value_name = "FPS", value_parser = super::time::rate, help_heading = "Input")]
    #[serde(serialize_with = "super::time::rate_text")]
    pub rate: Option<Rate>,
}

/// How networks are run.
#[derive(Debug, Clone, Default, Args, Serialize)]
pub struct Net {
    /// Let the networks work on pictures whose short side has N pixels; the result keeps the video's size [default: 256; svd: 512, cosmos: 704]
    #[arg(long, value_name = "N", value_parser = size, help_heading = "Networks")]
    pub size: Option<usize>,
    /// Seed of the noise of official networks; the embedded ones need none
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Networks")]
    pub seed: u64,
    /// Networks: a safetensors file, a folder with inverse.safetensors and forward.safetensors, or svd:DIR or cosmos:DIR with NVIDIA's published folders
    #[arg(long, alias = "weights", value_name = "MODEL", value_hint = ValueHint::AnyPath, help_heading = "Networks")]
    pub model: Option<String>,
    /// Frames that a network sees at once [default: 8; svd: 24, cosmos: 57]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Networks")]
    pub window: Option<u16>,
    /// Frames over which a window fades into the next; fewer than the window has [default: 2; svd: 6, cosmos: 8]
    #[arg(long, value_name = "N", help_heading = "Networks")]
    pub overlap: Option<u16>,
    #[command(flatten)]
    pub official: Official,
}

impl Net {
    /// The official family that `--model` names.
    pub fn family(&self) -> Option<Family> {
        self.model.as_deref().and_then(Family::of).map(|(family, _)| family)
    }
}

fn size(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| (32..=4096).contains(n)).ok_or_else(|| "give 32 to 4096 pixels".into())
}

/// The new light.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Lighting {
    /// Environment map: equirectangular .hdr, .exr, .png or .jpg; `random` lets a Cosmos network make up a light of its own, another for every --seed
    #[arg(long, value_name = "MAP", value_hint = ValueHint::FilePath, help_heading = "Light")]
    pub light: Option<PathBuf>,
    /// Turn the map so many degrees, counter-clockwise seen from above
    #[arg(long, value_name = "DEGREES", default_value_t = 0.0, allow_negative_numbers = true, value_parser = finite, help_heading = "Light")]
    pub rotation: f32,
    /// Turn it so many degrees more over the clip
    #[arg(long, value_name = "DEGREES", default_value_t = 0.0, allow_negative_numbers = true, value_parser = finite, help_heading = "Light")]
    pub turn: f32,
    /// `auto` makes the 95th percentile of the first frame's luminance .8; a number multiplies the map by 2^EV
    #[arg(long, value_name = "auto|EV", default_value = "auto", allow_negative_numbers = true, value_parser = exposure, help_heading = "Light")]
    pub exposure: Exposure,
    /// Poses and field of view, so that the light stays put when the camera moves; where depths are true and in the poses' unit, rays also meet what other
    /// frames show [default: the clip.json beside the frames, or none]
    #[arg(long, value_name = "clip.json", value_hint = ValueHint::FilePath, help_heading = "Light")]
    pub camera: Option<PathBuf>,
    /// Take a map with NaN, infinite or negative texels and mend them
    #[arg(long, help_heading = "Light")]
    pub clean_light: bool,
    /// Only the analytic shader, no network
    #[arg(long, help_heading = "Light")]
    pub preview: bool,
}

/// How bright the map is taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exposure {
    Auto,
    Ev(f32),
}

fn exposure(text: &str) -> Result<Exposure, String> {
    if text == "auto" { Ok(Exposure::Auto) } else { finite(text).map(Exposure::Ev).map_err(|_| "give auto, or stops such as -1.5".into()) }
}

fn finite(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|n: &f32| n.is_finite()).ok_or_else(|| "give a number".into())
}

/// Where the result goes.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Out {
    /// Output
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::AnyPath, help_heading = "Output")]
    pub output: PathBuf,
    /// Replace what is there
    #[arg(short = 'y', long, help_heading = "Output")]
    pub yes: bool,
}

/// Relight a video: inverse and forward in one go.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = "Examples:
  relight clip.mp4 --light sunset.hdr -o out.mp4
  relight clip.mp4 --light sunset.hdr --turn 360 -ss 2 -t 5 -o out.mp4
  relight portrait.jpg --light sunset.hdr -o out.png
  relight clip.mp4 --set roughness=0.1 --set metallic=1 --select 320,200 -o out.mp4    in the clip's own light
  relight frames/ --light sunset.hdr --preview -o relit.%04d.exr")]
pub struct Run {
    /// mp4, mov, an image, a folder of frames or a pattern; with ffmpeg on PATH whatever it reads
    #[arg(value_hint = ValueHint::AnyPath)]
    pub video: PathBuf,
    #[command(flatten)]
    pub lighting: Lighting,
    #[command(flatten)]
    pub edits: Edits,
    /// The given light is the clip's own: keep its pixels, and change only what the edits change. Without a light the clip's own is estimated
    #[arg(long, help_heading = "Edit")]
    pub keep: bool,
    #[command(flatten)]
    pub out: Out,
    #[command(flatten)]
    pub part: Part,
    #[command(flatten)]
    pub net: Net,
}

/// Take a video apart into albedo, normal, depth, roughness and metallic.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = "Examples:
  relight inverse clip.mp4 -o gbuffer/                    gbuffer/0000.exr, 0001.exr, …
  relight inverse clip.mp4 -o official/ --layout official  the folders that NVIDIA's tools read
  relight inverse clip.mp4 -o grid.mp4                    all passes side by side, to look at")]
pub struct Inverse {
    /// mp4, mov, an image, a folder of frames or a pattern; with ffmpeg on PATH whatever it reads
    #[arg(value_hint = ValueHint::AnyPath)]
    pub video: PathBuf,
    #[command(flatten)]
    pub out: Out,
    /// How a folder is laid out
    #[arg(long, value_enum, default_value_t = Layout::Exr, help_heading = "Output")]
    pub layout: Layout,
    #[command(flatten)]
    pub part: Part,
    #[command(flatten)]
    pub net: Net,
}

/// Layouts of a folder of buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One EXR file a frame with all passes
    Exr,
    /// The official tools' 8-bit images
    Official,
}

/// Render buffers under a light.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = "Examples:
  relight forward gbuffer/ --light sunset.hdr --turn 360 -o out.mp4
  relight forward blender/%04d.exr --light sky.exr --camera clip.json -o out.%04d.exr")]
pub struct Forward {
    /// Folder or pattern of EXR frames (relight's or Blender's), or a folder that the official tools wrote
    #[arg(value_hint = ValueHint::AnyPath)]
    pub gbuffer: PathBuf,
    #[command(flatten)]
    pub lighting: Lighting,
    #[command(flatten)]
    pub out: Out,
    #[command(flatten)]
    pub part: Part,
    /// Render this frame's buffers (counted from 0) for the whole clip, so that only the light moves
    #[arg(long, value_name = "N", help_heading = "Input")]
    pub fix_frame: Option<usize>,
    /// Show the embedded network the picture, too, that the buffers hold, as `relight VIDEO` does: it knows the surfaces better than estimates do. Not for edited buffers, nor for
    /// the light that the picture is of
    #[arg(long, conflicts_with = "preview", help_heading = "Input")]
    pub picture: bool,
    #[command(flatten)]
    pub net: Net,
}

/// Show everything on a short clip that comes with the program.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Demo {
    /// Folder for what it makes
    #[arg(short, long, value_name = "DIR", default_value = "relight-demo", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,
    /// Replace what is there
    #[arg(short = 'y', long)]
    pub yes: bool,
}
