//! The sound of another file, packet by packet, undecoded.

use super::{
    demux::{Sample, Track, demux},
    mux::{Mux, Trak, Written},
};
use crate::Audio;
use relight_file::{Fault, Result};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
};

/// A sound track on its way from one file to another.
pub struct Sound {
    path: PathBuf,
    file: File,
    track: Track,
    /// Seconds of silence at the beginning.
    silence: f64,
    /// What the beginning is in the track's time.
    start: i64,
    first: usize,
    next: usize,
    written: Written,
}

impl Sound {
    /// The sound of `audio`, or why there is none.
    pub fn open(audio: &Audio) -> Result<Self, String> {
        let lost = |why: &str| format!("the sound of {} is lost: {why}", audio.path.display());
        let mut file = File::open(&audio.path).map_err(|e| lost(&e.to_string()))?;
        let tracks = demux(&audio.path, &mut file).map_err(|_| lost("only that of mp4 and mov is copied"))?;
        let delay = tracks.iter().find(|track| &track.kind == b"vide").map_or(0.0, |track| track.edit.delay);
        let Some(track) = tracks.into_iter().find(|track| &track.kind == b"soun") else { return Err(lost("it has none")) };
        if track.samples.is_empty() || track.description().is_none() {
            return Err(lost("its kind is not copied"));
        }
        let scale = f64::from(track.timescale);
        // From the first picture on.
        let begin = delay + audio.start - track.edit.delay;
        let origin = track.edit.start.max(track.samples[0].time);
        let start = origin + (begin.max(0.0) * scale).round() as i64;
        let Some(at) = track.samples.iter().rposition(|sample| sample.time <= start) else { return Err(lost("its times are damaged")) };
        if start >= track.edit.end || start >= track.samples[at].time + i64::from(track.samples[at].duration) {
            return Err(lost("it ends before that part"));
        }
        // Decoders need the packet before to overlap with.
        let first = if begin > 0.0 { at.saturating_sub(1) } else { 0 };
        let silence = (-begin).max(0.0);
        Ok(Self { path: audio.path.clone(), file, track, silence, start, first, next: first, written: Written::default() })
    }

    /// Copies what sounds before `seconds` of the new clip.
    pub fn copy(&mut self, seconds: f64, mux: &mut Mux) -> Result<()> {
        let until = self.start.saturating_add(((seconds - self.silence) * f64::from(self.track.timescale)).ceil() as i64).min(self.track.edit.end);
        let mut packets = Vec::new();
        let mut sizes = Vec::new();
        while let Some(Sample { offset, size, duration, .. }) = self.track.samples.get(self.next).copied().filter(|sample| sample.time < until) {
            let before = packets.len();
            let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| (&self.file).take(size.into()).read_to_end(&mut packets));
            read.map_err(|e| Fault::read(&self.path, &e))?;
            if packets.len() - before < size as usize {
                // The rest of a cut file: what there is of it was copied.
                packets.truncate(before);
                self.next = self.track.samples.len();
                break;
            }
            sizes.push((size, duration));
            self.next += 1;
        }
        mux.chunk(&mut self.written, &packets, &sizes)
    }

    /// The finished track of a clip of so many seconds.
    pub fn finish(self, seconds: f64, movie: u32) -> Trak {
        let scale = f64::from(self.track.timescale);
        let first = self.track.samples[self.first].time;
        let there = self.written.durations.iter().map(|d| i64::from(*d)).sum::<i64>() - (self.start - first);
        let ticks = |seconds: f64| (seconds.max(0.0) * f64::from(movie)).round() as u64;
        let mut edits = Vec::new();
        if self.silence > 0.0 {
            edits.push((ticks(self.silence), -1));
        }
        edits.push((ticks((seconds - self.silence).min(there as f64 / scale)), self.start - first));
        Trak { written: self.written, timescale: self.track.timescale, stsd: self.track.stsd, size: None, edits }
    }
}
