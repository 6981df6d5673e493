//! Writing an mp4 (ISO/IEC 14496-12): packets as they come, the index at the end.

use super::boxes::{put, words};
use relight_file::{Draft, Fault, Result};
use std::{
    fs::File,
    io::{BufWriter, Seek, SeekFrom, Write},
    path::PathBuf,
};

/// A file in the making.
pub struct Mux {
    out: BufWriter<File>,
    target: PathBuf,
    at: u64,
    data: u64,
}

/// What was written of a track.
#[derive(Default)]
pub struct Written {
    pub sizes: Vec<u32>,
    pub durations: Vec<u32>,
    /// Numbers, from 1, of samples that need no other; empty where all do not.
    pub keys: Vec<u32>,
    /// Offset, and how many samples lie there.
    chunks: Vec<(u64, u32)>,
}

/// A finished track.
pub struct Trak {
    pub written: Written,
    pub timescale: u32,
    /// Content of the sample description box.
    pub stsd: Vec<u8>,
    /// Width and height of pictures; `None` for sound.
    pub size: Option<(u32, u32)>,
    /// Duration in the movie's time scale, and start in the track's (−1: nothing).
    pub edits: Vec<(u64, i64)>,
}

impl Mux {
    /// Begins the file of a draft.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(draft: &Draft) -> Result<Self> {
        let target = draft.target().to_owned();
        let file = File::create(draft.path()).map_err(|e| Fault::write(&target, &e))?;
        let mut mux = Self { out: BufWriter::with_capacity(1 << 16, file), target, at: 0, data: 0 };
        let mut head = Vec::new();
        put(&mut head, b"ftyp", |out| out.extend(b"isom\0\0\x02\0isomiso2avc1mp41"));
        mux.data = head.len() as u64;
        // A size of 64 bits, filled in at the end.
        head.extend(*b"\0\0\0\x01mdat\0\0\0\0\0\0\0\0");
        mux.put(&head)?;
        Ok(mux)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|e| Fault::write(&self.target, &e))?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Writes samples, given as (size, duration), side by side.
    ///
    /// # Errors
    /// The disk is full.
    pub fn chunk(&mut self, track: &mut Written, bytes: &[u8], samples: &[(u32, u32)]) -> Result<()> {
        if samples.is_empty() {
            return Ok(());
        }
        track.chunks.push((self.at, samples.len() as u32));
        track.sizes.extend(samples.iter().map(|(size, _)| size));
        track.durations.extend(samples.iter().map(|(_, duration)| duration));
        self.put(bytes)
    }

    /// Writes the index; `movie` is the movie's time scale.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self, tracks: &[Trak], movie: u32) -> Result<()> {
        let size = self.at - self.data;
        let mut moov = Vec::new();
        put(&mut moov, b"moov", |out| index(out, tracks, movie));
        self.put(&moov)?;
        let Self { mut out, target, data, .. } = self;
        let ended = out.seek(SeekFrom::Start(data + 8)).and_then(|_| out.write_all(&size.to_be_bytes())).and_then(|()| out.flush());
        // What a disk says of being full may come as late as here.
        ended.and_then(|()| out.get_ref().sync_all()).map_err(|e| Fault::write(&target, &e))
    }
}

/// Version 1 with 64-bit times; the top bits of a number come first.
fn wide(number: u64) -> [u32; 2] {
    [(number >> 32) as u32, number as u32]
}

const UNIT: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

fn index(out: &mut Vec<u8>, tracks: &[Trak], movie: u32) {
    let length = |track: &Trak| track.edits.iter().map(|(duration, _)| duration).sum::<u64>();
    put(out, b"mvhd", |out| {
        words(out, [1 << 24, 0, 0, 0, 0, movie]);
        words(out, wide(tracks.iter().map(length).max().unwrap_or(0)));
        words(out, [0x1_0000, 0x0100_0000, 0, 0]);
        words(out, UNIT);
        words(out, [0; 6]);
        words(out, [tracks.len() as u32 + 1]);
    });
    for (number, track) in (1..).zip(tracks) {
        put(out, b"trak", |out| {
            put(out, b"tkhd", |out| {
                // Enabled and part of the movie.
                words(out, [1 << 24 | 3, 0, 0, 0, 0, number, 0]);
                words(out, wide(length(track)));
                words(out, [0, 0, 0, if track.size.is_none() { 0x0100_0000 } else { 0 }]);
                words(out, UNIT);
                let (width, height) = track.size.unwrap_or_default();
                words(out, [width << 16, height << 16]);
            });
            put(out, b"edts", |out| {
                put(out, b"elst", |out| {
                    words(out, [1 << 24, track.edits.len() as u32]);
                    for (duration, start) in &track.edits {
                        words(out, wide(*duration));
                        words(out, wide(*start as u64));
                        words(out, [0x1_0000]);
                    }
                });
            });
            put(out, b"mdia", |out| media(out, track));
        });
    }
}

fn media(out: &mut Vec<u8>, track: &Trak) {
    put(out, b"mdhd", |out| {
        words(out, [1 << 24, 0, 0, 0, 0, track.timescale]);
        words(out, wide(track.written.durations.iter().map(|d| u64::from(*d)).sum()));
        // Language "und".
        words(out, [0x55c4_0000]);
    });
    put(out, b"hdlr", |out| {
        words(out, [0, 0]);
        out.extend(if track.size.is_some() { b"vide" } else { b"soun" });
        words(out, [0; 3]);
        out.push(0);
    });
    put(out, b"minf", |out| {
        match track.size {
            Some(_) => put(out, b"vmhd", |out| words(out, [1, 0, 0])),
            None => put(out, b"smhd", |out| words(out, [0, 0])),
        }
        put(out, b"dinf", |out| {
            put(out, b"dref", |out| {
                words(out, [0, 1]);
                // In this very file.
                put(out, b"url ", |out| words(out, [1]));
            });
        });
        put(out, b"stbl", |out| tables(out, track));
    });
}

/// Runs of equal numbers.
fn runs(numbers: impl IntoIterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((count, last)) if *last == number => *count += 1,
            _ => runs.push((1, number)),
        }
    }
    runs
}

fn tables(out: &mut Vec<u8>, track: &Trak) {
    let Written { sizes, durations, keys, chunks } = &track.written;
    put(out, b"stsd", |out| out.extend(&track.stsd));
    put(out, b"stts", |out| {
        let runs = runs(durations.iter().copied());
        words(out, [0, runs.len() as u32]);
        words(out, runs.iter().flat_map(|(count, duration)| [*count, *duration]));
    });
    if !keys.is_empty() {
        put(out, b"stss", |out| {
            words(out, [0, keys.len() as u32]);
            words(out, keys.iter().copied());
        });
    }
    put(out, b"stsc", |out| {
        let runs = runs(chunks.iter().map(|(_, samples)| *samples));
        words(out, [0, runs.len() as u32]);
        let mut first = 1;
        for (count, samples) in runs {
            words(out, [first, samples, 1]);
            first += count;
        }
    });
    put(out, b"stsz", |out| {
        words(out, [0, 0, sizes.len() as u32]);
        words(out, sizes.iter().copied());
    });
    let short = chunks.last().is_none_or(|(offset, _)| u32::try_from(*offset).is_ok());
    put(out, if short { b"stco" } else { b"co64" }, |out| {
        words(out, [0, chunks.len() as u32]);
        for (offset, _) in chunks {
            if short { words(out, [*offset as u32]) } else { words(out, wide(*offset)) }
        }
    });
}
