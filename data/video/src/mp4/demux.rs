//! Which samples an mp4 or mov holds, where and when (ISO/IEC 14496-12): plain and fragmented.

use super::boxes::{Fields, Four, boxes, descend, find, top};
use relight_file::{Fault, Result};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

/// One compressed frame, or one packet of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    pub offset: u64,
    pub size: u32,
    /// When it is shown, in the track's time scale, from the first edit's point of view before [`Edit`] is applied.
    pub time: i64,
    pub duration: u32,
}

impl Sample {
    /// Whether a file of `length` bytes holds it whole.
    pub fn is_within(&self, length: u64) -> bool {
        self.offset.saturating_add(self.size.into()) <= length
    }
}

/// What of a track is shown, and when (`elst`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edit {
    /// Seconds of nothing before it.
    pub delay: f64,
    /// First moment shown, in the track's time scale.
    pub start: i64,
    /// First moment no longer shown.
    pub end: i64,
    /// Whether there were more edits than this one, which are not followed.
    pub more: bool,
}

/// A track.
pub struct Track {
    /// `vide`, `soun`, …
    pub kind: Four,
    /// Ticks per second.
    pub timescale: u32,
    /// In decoding order.
    pub samples: Vec<Sample>,
    /// The content of the sample description box.
    pub stsd: Vec<u8>,
    /// The upper left of the display matrix, 16.16.
    pub matrix: [i32; 4],
    pub edit: Edit,
}

impl Track {
    /// The first sample description: its codec and its content.
    pub fn description(&self) -> Option<(Four, &[u8])> {
        boxes(self.stsd.get(8..)?).next()
    }
}

/// The most bytes an index may have: that of a day at 60 frames per second needs less.
const LONGEST_INDEX: u64 = 256 << 20;

/// The most samples a track may have: a day of sound in packets of 1024 at 48 kHz.
const MOST_SAMPLES: usize = 1 << 22;

/// Reads the index of `file`.
///
/// # Errors
/// It is no mp4, damaged, or cut off before its index.
pub fn demux(path: &Path, file: &mut File) -> Result<Vec<Track>> {
    let damaged = |what: &str| Fault::new(format!("{} is damaged: {what}", path.display()), "copy or export it again");
    let length = file.metadata().map_err(|e| Fault::read(path, &e))?.len();
    let tops = top(file, length).map_err(|e| Fault::read(path, &e))?;
    let mut load = |content: u64, end: u64| -> Result<Vec<u8>> {
        if end > length || end - content > LONGEST_INDEX {
            return Err(damaged("its index is cut off"));
        }
        let mut bytes = vec![0; (end - content) as usize];
        file.seek(SeekFrom::Start(content)).and_then(|_| file.read_exact(&mut bytes)).map_err(|e| Fault::read(path, &e))?;
        Ok(bytes)
    };
    let Some(moov) = tops.iter().find(|top| &top.name == b"moov") else {
        let cut = tops.last().is_some_and(|top| top.end > length) || tops.is_empty();
        let remedy = "copy or export it again: recorders write the index last, so an interrupted recording has none";
        let what = if cut { "is cut off: its index (moov) is missing" } else { "has no index (moov)" };
        return Err(Fault::new(format!("{} {what}", path.display()), remedy));
    };
    let moov = load(moov.content, moov.end)?;
    let movie = find(&moov, b"mvhd").and_then(times).ok_or_else(|| damaged("no movie header"))?;
    let mut tracks = Vec::new();
    for (name, trak) in boxes(&moov) {
        if &name == b"trak" {
            tracks.push(track(trak, movie).ok_or_else(|| damaged("a track's tables contradict each other"))?);
        }
    }
    for fragment in tops.iter().filter(|top| &top.name == b"moof" && top.end <= length) {
        let moof = load(fragment.content, fragment.end)?;
        for (name, traf) in boxes(&moof) {
            if &name == b"traf" {
                run(traf, fragment.start, &moov, &mut tracks, length).ok_or_else(|| damaged("a fragment's tables contradict each other"))?;
            }
        }
    }
    Ok(tracks.into_iter().map(|(_, track)| track).collect())
}

/// Time scale and duration of `mvhd` and `mdhd`.
fn times(header: &[u8]) -> Option<u32> {
    let mut fields = Fields(header);
    let (version, _) = fields.version()?;
    fields.time(version)?;
    fields.time(version)?;
    fields.u32().filter(|scale| *scale > 0)
}

/// A track with its number.
fn track(trak: &[u8], movie: u32) -> Option<(u32, Track)> {
    let mut fields = Fields(find(trak, b"tkhd")?);
    let (version, _) = fields.version()?;
    fields.time(version)?;
    fields.time(version)?;
    let number = fields.u32()?;
    fields.u32()?;
    fields.time(version)?;
    fields.take(16)?;
    let words: [i32; 5] = [fields.i32()?, fields.i32()?, fields.i32()?, fields.i32()?, fields.i32()?];
    let timescale = descend(trak, &[b"mdia", b"mdhd"]).and_then(times)?;
    let kind = Fields(descend(trak, &[b"mdia", b"hdlr"])?.get(8..)?).four()?;
    let edit = match descend(trak, &[b"edts", b"elst"]) {
        Some(list) => edit(list, movie, timescale)?,
        None => Edit { delay: 0.0, start: i64::MIN, end: i64::MAX, more: false },
    };
    let stbl = descend(trak, &[b"mdia", b"minf", b"stbl"])?;
    let stsd = find(stbl, b"stsd")?.to_vec();
    let matrix = [words[0], words[1], words[3], words[4]];
    Some((number, Track { kind, timescale, samples: samples(stbl)?, stsd, matrix, edit }))
}

fn edit(list: &[u8], movie: u32, timescale: u32) -> Option<Edit> {
    let mut fields = Fields(list);
    let (version, _) = fields.version()?;
    let mut edit = Edit { delay: 0.0, start: i64::MIN, end: i64::MAX, more: false };
    let mut seen = false;
    for _ in 0..fields.u32()? {
        let duration = fields.time(version)?;
        let start = if version == 1 { fields.u64()? as i64 } else { i64::from(fields.i32()?) };
        fields.u32()?;
        if seen {
            edit.more = true;
        } else if start < 0 {
            edit.delay += duration as f64 / f64::from(movie);
        } else {
            seen = true;
            edit.start = start;
            // Rounded up: the movie's time scale is often coarser than a frame. 0 is "the rest".
            let ticks = (u128::from(duration) * u128::from(timescale)).div_ceil(u128::from(movie));
            edit.end = if duration == 0 { i64::MAX } else { start.saturating_add(i64::try_from(ticks).unwrap_or(i64::MAX)) };
        }
    }
    Some(edit)
}

/// One number for each of `count` samples from runs of (how many, number); the last number goes on.
fn unroll(runs: Vec<[u32; 2]>, count: usize, otherwise: u32) -> Vec<u32> {
    let last = runs.last().map_or(otherwise, |run| run[1]);
    let mut numbers: Vec<u32> = Vec::with_capacity(count);
    for [many, number] in runs {
        numbers.resize(count.min(numbers.len() + many as usize), number);
    }
    numbers.resize(count, last);
    numbers
}

/// The tables of a plain file: `stsz`, `stsc`, `stco`/`co64`, `stts`, `ctts`. Empty in a fragmented one.
fn samples(stbl: &[u8]) -> Option<Vec<Sample>> {
    let table = |name: &Four| find(stbl, name).and_then(|content| content.get(4..)).map(Fields);
    let mut stsz = table(b"stsz")?;
    let (each, count) = (stsz.u32()?, stsz.clone().u32()? as usize);
    let sizes: Vec<u32> = if each == 0 {
        stsz.table::<1>()?.into_iter().map(|[size]| size).collect()
    } else {
        // Nothing else bounds the number where all have one size: uncompressed sound, which is not read, and lies.
        if count > MOST_SAMPLES { Vec::new() } else { vec![each; count] }
    };
    if sizes.is_empty() {
        return Some(Vec::new());
    }
    let chunks: Vec<u64> = match (table(b"stco"), table(b"co64")) {
        (Some(mut stco), _) => stco.table::<1>()?.into_iter().map(|[offset]| u64::from(offset)).collect(),
        (_, Some(mut co64)) => co64.table::<2>()?.into_iter().map(|[high, low]| u64::from(high) << 32 | u64::from(low)).collect(),
        _ => return None,
    };
    let runs = table(b"stsc")?.table::<3>()?;
    let durations = unroll(table(b"stts")?.table::<2>()?, count, 1);
    // Unsigned in version 0, but written signed by many; no true offset needs the top bit.
    let shifts = table(b"ctts").and_then(|mut ctts| ctts.table::<2>()).map_or_else(|| vec![0; count], |runs| unroll(runs, count, 0));
    let (mut samples, mut decode) = (Vec::with_capacity(count), 0_i64);
    let mut next = 0;
    for (chunk, start) in chunks.iter().enumerate() {
        // Runs are sorted by their first chunk, counted from 1.
        while runs.get(next).is_some_and(|run| run[0] as usize <= chunk + 1) {
            next += 1;
        }
        let many = runs.get(next.checked_sub(1)?)?[1];
        let mut offset = *start;
        for _ in 0..many {
            let index = samples.len();
            if index == count {
                break;
            }
            samples.push(Sample { offset, size: sizes[index], time: decode + i64::from(shifts[index] as i32), duration: durations[index] });
            offset = offset.checked_add(u64::from(sizes[index]))?;
            decode += i64::from(durations[index]);
        }
    }
    (samples.len() == count).then_some(samples)
}

/// Adds the samples of a track fragment (`traf`); defaults come from `trex`.
fn run(traf: &[u8], moof: u64, moov: &[u8], tracks: &mut [(u32, Track)], length: u64) -> Option<()> {
    let mut fields = Fields(find(traf, b"tfhd")?);
    let (_, flags) = fields.version()?;
    let number = fields.u32()?;
    // Fragments of tracks that the index does not name are nobody's.
    let Some((_, track)) = tracks.iter_mut().find(|(n, _)| *n == number) else { return Some(()) };
    let base = if flags & 1 != 0 { fields.u64()? } else { moof };
    if flags & 2 != 0 {
        fields.u32()?;
    }
    let mut defaults = boxes(find(moov, b"mvex")?).filter(|(name, _)| name == b"trex").filter_map(|(_, trex)| {
        let mut fields = Fields(trex.get(4..)?);
        Some((fields.u32()?, fields.u32()?, fields.u32()?, fields.u32()?))
    });
    let (_, _, mut duration, mut size) = defaults.find(|(n, ..)| *n == number).unwrap_or((0, 0, 0, 0));
    if flags & 8 != 0 {
        duration = fields.u32()?;
    }
    if flags & 0x10 != 0 {
        size = fields.u32()?;
    }
    let mut decode = match find(traf, b"tfdt") {
        Some(tfdt) => {
            let mut fields = Fields(tfdt);
            let (version, _) = fields.version()?;
            i64::try_from(fields.time(version)?).ok()?
        }
        None => track.samples.iter().map(|sample| i64::from(sample.duration)).sum(),
    };
    let mut offset = base;
    for (_, trun) in boxes(traf).filter(|(name, _)| name == b"trun") {
        let mut fields = Fields(trun);
        let (_, flags) = fields.version()?;
        let count = fields.u32()?;
        if flags & 1 != 0 {
            offset = base.checked_add_signed(i64::from(fields.i32()?))?;
        }
        if flags & 4 != 0 {
            fields.u32()?;
        }
        for _ in 0..count {
            let duration = if flags & 0x100 != 0 { fields.u32()? } else { duration };
            let size = if flags & 0x200 != 0 { fields.u32()? } else { size };
            if flags & 0x400 != 0 {
                fields.u32()?;
            }
            let shift = if flags & 0x800 != 0 { fields.i32()? } else { 0 };
            // Runs without any number per sample would otherwise go on for 2³² of them.
            if size == 0 || offset > length || track.samples.len() >= MOST_SAMPLES {
                return None;
            }
            track.samples.push(Sample { offset, size, time: decode.checked_add(i64::from(shift))?, duration });
            offset = offset.checked_add(u64::from(size))?;
            decode = decode.checked_add(i64::from(duration))?;
        }
    }
    Some(())
}
