//! Whatever an `ffmpeg` program reads: raw frames over a pipe.

use crate::{About, Frame, OpenOptions, Rate, Source, about::check_size, transfer};
use relight_file::{Blame, Fault, Result};
use serde_json::Value;
use std::{
    env,
    ffi::OsString,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    thread::{self, JoinHandle},
};

/// Which `ffmpeg` program to use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Ffmpeg {
    /// The one that the environment variable `RELIGHT_FFMPEG` names (none if it is empty), else the one on PATH.
    #[default]
    Found,
    /// None.
    None,
    /// This one.
    At(PathBuf),
}

impl Ffmpeg {
    /// The program, if it is there.
    pub fn program(&self) -> Option<PathBuf> {
        match self {
            Self::None => None,
            Self::At(path) => which::which(path).ok(),
            Self::Found => match env::var_os("RELIGHT_FFMPEG") {
                Some(name) if name.is_empty() => None,
                Some(name) => which::which(name).ok(),
                None => which::which("ffmpeg").ok(),
            },
        }
    }

    /// Opens `path`, which is `what`, with the program.
    pub(crate) fn open(&self, path: &Path, what: &str, options: &OpenOptions) -> Result<Box<dyn Source>> {
        let Some(program) = self.program() else {
            let convert = format!("convert it: ffmpeg -i {} -pix_fmt yuv420p out.mp4 (with ffmpeg on PATH it is read as it is)", path.display());
            return Err(Fault::new(format!("{} is {what}, which is not read without ffmpeg", path.display()), convert));
        };
        Ok(Box::new(Pipe::open(&program, path, options)?))
    }
}

/// A running program and the frames that come from it.
struct Pipe {
    about: About,
    path: PathBuf,
    child: Child,
    frames: BufReader<ChildStdout>,
    /// What it complains of.
    errors: Option<JoinHandle<String>>,
    given: usize,
    left: usize,
}

/// A path that no program takes for an option or a protocol.
fn named(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}

fn last_line(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing")
}

/// What ffprobe says of the streams.
fn probe(program: &Path, path: &Path) -> Result<Value> {
    let beside = program.with_file_name("ffprobe");
    let remedy = "install ffmpeg with its ffprobe, or convert the file: ffmpeg -i IN -pix_fmt yuv420p out.mp4";
    let ffprobe = if beside.exists() { beside } else { which::which("ffprobe").blame(|| "ffprobe is not there".into(), remedy)? };
    let mut command = Command::new(&ffprobe);
    command.args(["-v", "error", "-protocol_whitelist", "file", "-show_streams", "-of", "json"]).arg(named(path)).stdin(Stdio::null());
    let output = command.output().blame(|| format!("cannot run {}", ffprobe.display()), remedy)?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let cause = format!("{} is nothing that ffmpeg reads: {}", path.display(), last_line(&said));
        return Err(Fault::new(cause, "check that the file is whole and a video"));
    }
    serde_json::from_slice(&output.stdout).blame(|| format!("cannot understand {}", ffprobe.display()), remedy)
}

fn rate(stream: &Value, key: &str) -> Option<Rate> {
    stream[key].as_str()?.parse().ok()
}

/// The `scale` filter's name of a matrix, and ours.
fn matrix(name: &str, height: usize) -> (&'static str, &'static str) {
    match name {
        "bt709" => ("bt709", "BT.709"),
        "smpte170m" | "bt470bg" => ("smpte170m", "BT.601"),
        "fcc" => ("fcc", "FCC"),
        "smpte240m" => ("smpte240m", "SMPTE 240M"),
        "bt2020nc" | "bt2020c" => ("bt2020", "BT.2020"),
        _ if height < 720 => ("smpte170m", "BT.601"),
        _ => ("bt709", "BT.709"),
    }
}

impl Pipe {
    fn open(program: &Path, path: &Path, options: &OpenOptions) -> Result<Self> {
        let probed = probe(program, path)?;
        let streams = probed["streams"].as_array().map(Vec::as_slice).unwrap_or_default();
        // Covers of songs are pictures, but no video.
        let is_video = |s: &&Value| s["codec_type"] == "video" && s["disposition"]["attached_pic"] != 1;
        let Some(stream) = streams.iter().find(is_video) else {
            return Err(Fault::new(format!("{} has no video track", path.display()), "name a file with pictures in it"));
        };
        let size = |key: &str| stream[key].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let (mut width, mut height) = (size("width"), size("height"));
        let rotation = stream["side_data_list"].as_array().and_then(|list| list.iter().find_map(|data| data["rotation"].as_f64()));
        // The program turns frames upright itself.
        if rotation.is_some_and(|degrees| (degrees / 90.0).round() as i64 % 2 != 0) {
            (width, height) = (height, width);
        }
        check_size(path, width, height)?;
        let text = |key: &str| stream[key].as_str().unwrap_or("unknown");
        let mut notes = Vec::new();
        let (nominal, mean) = (rate(stream, "r_frame_rate"), rate(stream, "avg_frame_rate"));
        let even = matches!((nominal, mean), (Some(a), Some(b)) if (a.fps() / b.fps() - 1.0).abs() < 0.01);
        let rate = if even { nominal } else { mean.or(nominal) }.unwrap_or_default();
        if !even {
            notes.push(format!("its frame rate varies; it is taken as constant, {:.3} frames per second", rate.fps()));
        }
        let transfer = text("color_transfer");
        if ["smpte2084", "arib-std-b67"].contains(&transfer) {
            notes.push(format!("it is HDR ({transfer}) and read as if it were not: tone-map it first for right colours"));
        }
        if !["1:1", "0:1", "unknown", "N/A"].contains(&text("sample_aspect_ratio")) {
            notes.push("its pixels are not square; they are taken as they are".into());
        }
        let pixels = text("pix_fmt");
        let is_rgb = ["rgb", "bgr", "gbr", "pal", "argb", "abgr", "0rgb", "0bgr"].iter().any(|start| pixels.starts_with(start));
        let (name, ours) = matrix(text("color_space"), stream["height"].as_u64().unwrap_or(0) as usize);
        let full = text("color_range") == "pc" || pixels.starts_with("yuvj");
        let mut filter = String::new();
        if ["tt", "bb", "tb", "bt"].contains(&text("field_order")) {
            filter += "yadif,";
            notes.push("it is interlaced; ffmpeg's yadif makes whole frames of it".into());
        }
        let flags = "bilinear+accurate_rnd+full_chroma_int+full_chroma_inp";
        filter += &format!("scale=w={width}:h={height}:flags={flags}");
        if !is_rgb {
            // In two steps, chroma first: at once, the scaler takes chroma for centred and mixes it coarsely (10 codes off at edges).
            let range = if full { "pc" } else { "tv" };
            let left = if text("chroma_location") == "center" { "" } else { ":in_h_chr_pos=0" };
            filter +=
                &format!("{left}:in_range={range}:out_range={range},format=yuv444p16le,scale=flags={flags}:in_color_matrix={name}:in_range={range}");
        }
        filter += ",format=rgb48le";
        let (first, most) = options.first_and_most(rate)?;
        let total = text("nb_frames").parse::<usize>().ok().filter(|_| even);
        let frames = total.map(|total| total.saturating_sub(first).min(most));
        if most == 0 || frames == Some(0) {
            options.range(path, rate, total.unwrap_or(0))?;
        }
        let kind = if is_rgb { "RGB".into() } else { format!("{ours}, {} range", if full { "full" } else { "limited" }) };
        let format = format!("{} {pixels} by ffmpeg, {kind}", text("codec_name"));
        let audio = streams.iter().any(|s| s["codec_type"] == "audio");
        let about = About { width, height, rate, frames, audio, format, notes };
        let mut command = Command::new(program);
        command.args(["-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe"]);
        if options.start > 0.0 {
            // Half a frame early, so that rounding never loses the first.
            command.arg("-ss").arg(format!("{:.6}", ((first as f64 - 0.5) / rate.fps()).max(0.0)));
        }
        command.arg("-i").arg(named(path)).arg("-map").arg(format!("0:{}", size("index")));
        command.args(["-vf", &filter, "-r", &rate.to_string(), "-f", "rawvideo", "-pix_fmt", "rgb48le", "pipe:1"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().blame(|| format!("cannot run {}", program.display()), "install ffmpeg again")?;
        let (Some(stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else { unreachable!("both are piped") };
        let errors = thread::spawn(move || {
            let mut said = Vec::new();
            // A full pipe would stop the program.
            let _ = stderr.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        });
        let frames = BufReader::with_capacity(1 << 20, stdout);
        Ok(Self { about, path: path.to_owned(), child, frames, errors: Some(errors), given: 0, left: most })
    }

    /// What the program said last, once it has ended.
    fn complaint(&mut self) -> String {
        self.errors.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Source for Pipe {
    fn about(&self) -> &About {
        &self.about
    }

    fn next(&mut self) -> Result<Option<Frame>> {
        if self.left == 0 {
            return Ok(None);
        }
        let About { width, height, .. } = self.about;
        let mut bytes = Vec::with_capacity(width * height * 6);
        let read = (&mut self.frames).take((width * height * 6) as u64).read_to_end(&mut bytes);
        read.map_err(|e| Fault::read(&self.path, &e))?;
        if bytes.len() < width * height * 6 {
            self.left = 0;
            let ended = self.child.wait().map_err(|e| Fault::read(&self.path, &e))?;
            let said = self.complaint();
            if ended.success() && bytes.is_empty() && self.given > 0 {
                return Ok(None);
            }
            let cause = format!("ffmpeg read {} frames of {}: {}", self.given, self.path.display(), last_line(&said));
            return Err(Fault::new(cause, "check that the file is whole and that -ss lies within it"));
        }
        self.given += 1;
        self.left -= 1;
        // The scaler's 16 bits are 8 and 8 more: white is 255·256, not 65535.
        let code = |bytes: &[u8; 2]| (f32::from(u16::from_le_bytes(*bytes)) / 65280.0).min(1.0);
        let mut rgb: Vec<f32> = bytes.as_chunks::<2>().0.iter().map(code).collect();
        transfer::decode(&mut rgb);
        Ok(Some(Frame { width, height, rgb, alpha: None }))
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // Its pipe may be full of frames that nobody wants any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
