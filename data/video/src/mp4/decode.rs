//! H.264 from an mp4 or mov.

use super::{
    demux::{Sample, demux},
    stream::{Config, START, Stream, aperture, inside, is_idr, units},
    timing,
};
use crate::{
    About, Frame, OpenOptions, Source,
    about::check_size,
    yuv::{self, Coding, Planes},
};
use openh264::{
    OpenH264API,
    decoder::{DecodedYUV, Decoder, DecoderConfig, Flush},
    formats::YUVSource,
};
use relight_file::{Blame, Fault, Result};
use std::{
    collections::VecDeque,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

struct Decode {
    about: About,
    path: PathBuf,
    file: File,
    config: Config,
    /// In decoding order.
    samples: Vec<Sample>,
    /// The next to decode.
    next: usize,
    /// Frames that come out of the decoder before the first wanted one.
    skip: usize,
    /// Frames still to give.
    left: usize,
    decoder: Decoder,
    /// Parameter sets, until they are fed.
    head: Vec<u8>,
    flushed: bool,
    ready: VecDeque<Frame>,
    shape: Shape,
}

/// How decoded pictures become frames.
#[derive(Clone)]
struct Shape {
    coded: (usize, usize),
    shown: (usize, usize),
    coding: Coding,
    /// Quarters clockwise.
    turn: u8,
}

/// Opens the first video track of `path`, or says what it is that is not read here.
///
/// # Errors
/// No index, no frames, cut off, damaged.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Result<Box<dyn Source>, String>> {
    let mut file = File::open(path).map_err(|e| Fault::read(path, &e))?;
    let length = file.metadata().map_err(|e| Fault::read(path, &e))?.len();
    let tracks = demux(path, &mut file)?;
    let audio = tracks.iter().any(|track| &track.kind == b"soun");
    let Some(track) = tracks.into_iter().find(|track| &track.kind == b"vide") else {
        return Err(Fault::new(format!("{} has no video track", path.display()), "name a file with pictures in it"));
    };
    let Some((codec, description)) = track.description() else {
        return Err(Fault::new(format!("{} does not say its codec", path.display()), "export it again"));
    };
    if &codec != b"avc1" {
        return Ok(Err(name(&codec)));
    }
    if track.samples.is_empty() {
        return Err(Fault::new(format!("{} holds no frames", path.display()), "export it again"));
    }
    let Some(config) = inside(description, b"avcC").and_then(Config::read) else {
        return Err(Fault::new(format!("{} is damaged: no H.264 parameters", path.display()), "export it again"));
    };
    let Some(sps) = config.sps.first() else { return Ok(Err("H.264 without a parameter set in front".into())) };
    let stream = match Stream::read(sps) {
        Ok(stream) => stream,
        Err(what) => return Ok(Err(what)),
    };
    check_size(path, stream.width, stream.height)?;
    let Some(coding) = stream.coding(description) else { return Ok(Err("H.264 that is not Y'CbCr".into())) };
    let mut notes = Vec::new();
    let shown = timing::shown(&track);
    let (rate, note) = timing::rate(&shown, track.timescale);
    notes.extend(note);
    let (first, end) = options.range(path, rate, shown.len())?;
    check_whole(path, &track.samples, &shown, (first, end), length)?;
    let whole = track.samples.iter().position(|sample| !sample.is_within(length)).unwrap_or(track.samples.len());
    if track.edit.more {
        notes.push("its edit list has several parts; only the first is read".into());
    }
    if !stream.square {
        notes.push("its pixels are not square; they are taken as they are".into());
    }
    let turn = match track.matrix.map(i32::signum) {
        [1, 0, 0, 1] => 0,
        [0, 1, -1, 0] => 1,
        [-1, 0, 0, -1] => 2,
        [0, -1, 1, 0] => 3,
        _ => {
            notes.push("it is mirrored or skewed for display; that is left out".into());
            0
        }
    };
    let coded = (stream.width, stream.height);
    let inner = aperture(description, coded).unwrap_or(coded);
    let (width, height) = if turn % 2 == 1 { (inner.1, inner.0) } else { inner };
    let format = format!("H.264 {}, {}", stream.profile, coding.describe());
    let about = About { width, height, rate, frames: Some(end - first), audio, format, notes };
    let shape = Shape { coded, shown: inner, coding, turn };
    let mut source = Decode {
        about,
        path: path.to_owned(),
        file,
        head: config.head(),
        config,
        next: 0,
        skip: 0,
        left: end - first,
        decoder: decoder()?,
        flushed: false,
        ready: VecDeque::new(),
        shape,
        samples: track.samples,
    };
    source.samples.truncate(whole);
    let wanted = shown[first];
    // Everything shown from there on must be decoded after the key frame that is begun with.
    let earliest = shown[first..].iter().map(|(_, index)| *index).min().unwrap_or(0);
    let Some(key) = source.key_before(earliest)? else {
        return Ok(Err("H.264 that begins without a key frame (IDR)".into()));
    };
    source.next = key;
    source.skip = source.samples[key..].iter().enumerate().filter(|(i, sample)| (sample.time, key + i) < wanted).count();
    Ok(Ok(Box::new(source)))
}

/// For people.
fn name(codec: &[u8; 4]) -> String {
    match codec {
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => "HEVC (H.265)".into(),
        b"vp08" => "VP8".into(),
        b"vp09" => "VP9".into(),
        b"av01" => "AV1".into(),
        b"avc2" | b"avc3" | b"avc4" => "H.264 with parameter sets in its frames".into(),
        b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" | b"ap4x" => "ProRes".into(),
        b"mp4v" => "MPEG-4 part 2".into(),
        b"encv" => "encrypted video".into(),
        b"jpeg" | b"mjpa" | b"mjpb" => "Motion JPEG".into(),
        other => format!("video of the kind {:?}", String::from_utf8_lossy(other)),
    }
}

fn decoder() -> Result<Decoder> {
    // Flushing after each frame, the default, loses and swaps frames where there are B-frames.
    let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
    Decoder::with_api_config(OpenH264API::from_source(), config).blame(|| "cannot start the H.264 decoder".into(), "free some memory")
}

/// Refuses a part whose samples are not all in the file.
fn check_whole(path: &Path, samples: &[Sample], shown: &[(i64, usize)], range: (usize, usize), length: u64) -> Result<()> {
    let there = shown.iter().position(|(_, index)| !samples[*index].is_within(length)).unwrap_or(shown.len());
    if there >= range.1 {
        return Ok(());
    }
    let cause = format!("{} is cut off: {there} of {} frames are there", path.display(), shown.len());
    let whole = there.saturating_sub(range.0);
    let remedy = if whole > 0 { format!("copy it again, or read what is there with --frames {whole}") } else { "copy it again".into() };
    Err(Fault::new(cause, remedy))
}

impl Decode {
    fn damaged(&self, index: usize, what: &str) -> Fault {
        Fault::new(format!("{} is damaged at frame {index}: {what}", self.path.display()), "copy it again, or repair it: ffmpeg -i IN out.mp4")
    }

    fn sample(&mut self, index: usize) -> Result<Vec<u8>> {
        let Sample { offset, size, .. } = self.samples[index];
        let mut bytes = Vec::new();
        // Grows with what is there, whatever the table claims.
        let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| (&self.file).take(size.into()).read_to_end(&mut bytes));
        read.map_err(|e| Fault::read(&self.path, &e))?;
        if bytes.len() < size as usize { Err(self.damaged(index, "it is cut off")) } else { Ok(bytes) }
    }

    /// The last key frame at or before sample `index`.
    fn key_before(&mut self, index: usize) -> Result<Option<usize>> {
        for index in (0..=index).rev() {
            let bytes = self.sample(index)?;
            if units(&bytes, self.config.prefix).flatten().any(is_idr) {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    fn feed(&mut self) -> Result<()> {
        let index = self.next;
        let sample = self.sample(index)?;
        let mut bytes = std::mem::take(&mut self.head);
        for unit in units(&sample, self.config.prefix) {
            let unit = unit.ok_or_else(|| self.damaged(index, "a unit is longer than the frame"))?;
            bytes.extend(START);
            bytes.extend(unit);
        }
        self.next += 1;
        let result = self.decoder.decode(&bytes);
        let frame = match result {
            Ok(None) => return Ok(()),
            Ok(Some(_)) if self.skip > 0 => {
                self.skip -= 1;
                return Ok(());
            }
            Ok(Some(picture)) => self.shape.frame(&picture),
            Err(e) => {
                let words = e.to_string();
                return Err(self.damaged(index, &words));
            }
        };
        self.ready.push_back(frame.ok_or_else(|| self.damaged(index, "its size changes"))?);
        Ok(())
    }
}

impl Shape {
    /// `None` where the picture has another size.
    fn frame(&self, picture: &DecodedYUV) -> Option<Frame> {
        let ((width, height), (stride, chroma_stride, _)) = (self.shown, picture.strides());
        let planes = Planes { width, height, y: picture.y(), u: picture.u(), v: picture.v(), stride, chroma_stride };
        (picture.dimensions() == self.coded).then(|| yuv::decode(planes, &self.coding).turned(self.turn))
    }
}

impl Source for Decode {
    fn about(&self) -> &About {
        &self.about
    }

    fn next(&mut self) -> Result<Option<Frame>> {
        if self.left == 0 {
            return Ok(None);
        }
        loop {
            if let Some(frame) = self.ready.pop_front() {
                self.left -= 1;
                return Ok(Some(frame));
            }
            if self.next < self.samples.len() {
                self.feed()?;
                continue;
            }
            if self.flushed {
                let cause = format!("{}: {} of its frames could not be decoded", self.path.display(), self.left);
                return Err(Fault::new(cause, "convert it: ffmpeg -i IN -pix_fmt yuv420p out.mp4"));
            }
            self.flushed = true;
            let rest = self.decoder.flush_remaining().blame(|| format!("cannot decode the end of {}", self.path.display()), "copy it again")?;
            let frames: Option<VecDeque<_>> = rest.iter().skip(self.skip).map(|picture| self.shape.frame(picture)).collect();
            self.skip = self.skip.saturating_sub(rest.len());
            self.ready = frames.ok_or_else(|| Fault::new(format!("{} changes its size", self.path.display()), "scale it to one size first"))?;
        }
    }
}
