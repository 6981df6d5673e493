//! The boxes that an mp4 is made of (ISO/IEC 14496-12, 4.2): a size, four letters, and what is in it.
//!
//! Read by hand because files come from anywhere: every length is checked against the bytes that are there, and nothing panics.

use std::io::{self, Read, Seek, SeekFrom};

/// Four letters that name a box, a codec or a kind of track.
pub type Four = [u8; 4];

/// The boxes in `bytes`, as (name, content). Ends at the first whose size is wrong.
pub fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = (Four, &[u8])> {
    std::iter::from_fn(move || {
        let mut fields = Fields(bytes);
        let size = u64::from(fields.u32()?);
        let name = fields.four()?;
        let (header, size) = match size {
            0 => (8, bytes.len()),
            1 => (16, usize::try_from(fields.u64()?).ok()?),
            size => (8, size as usize),
        };
        let content = bytes.get(header..size)?;
        bytes = &bytes[size..];
        Some((name, content))
    })
}

/// The content of the first box called `name` in `bytes`.
pub fn find<'a>(bytes: &'a [u8], name: &Four) -> Option<&'a [u8]> {
    boxes(bytes).find(|(other, _)| other == name).map(|(_, content)| content)
}

/// The content at the end of a path of names.
pub fn descend<'a>(bytes: &'a [u8], path: &[&Four]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |bytes, name| find(bytes, name))
}

/// Big-endian numbers, one after the other; `None` where the bytes end.
#[derive(Clone, Copy)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub fn four(&mut self) -> Option<Four> {
        self.array()
    }

    /// Version and flags at the head of a "full" box.
    pub fn version(&mut self) -> Option<(u8, u32)> {
        self.u32().map(|word| ((word >> 24) as u8, word & 0xff_ffff))
    }

    /// A time: 64 bits in version 1, 32 in version 0.
    pub fn time(&mut self, version: u8) -> Option<u64> {
        if version == 1 { self.u64() } else { self.u32().map(u64::from) }
    }

    /// A table: a count, then entries of `N` words. `None` if it claims more than is there.
    pub fn table<const N: usize>(&mut self) -> Option<Vec<[u32; N]>> {
        let count = self.u32()? as usize;
        let bytes = self.take(count.checked_mul(4 * N)?)?;
        let word = |b: &[u8]| u32::from_be_bytes([b[0], b[1], b[2], b[3]]);
        Some(bytes.chunks_exact(4 * N).map(|entry| std::array::from_fn(|i| word(&entry[4 * i..]))).collect())
    }
}

/// A box at the top of a file.
pub struct Top {
    pub name: Four,
    /// Where the box begins.
    pub start: u64,
    /// Where its content begins.
    pub content: u64,
    /// Where it should end; past the end of the file if that was cut off.
    pub end: u64,
}

/// The boxes at the top of a file of `length` bytes, without their content.
pub fn top(file: &mut (impl Read + Seek), length: u64) -> io::Result<Vec<Top>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start + 8 <= length {
        file.seek(SeekFrom::Start(start))?;
        let mut head = [0; 16];
        let got = (length - start).min(16) as usize;
        file.read_exact(&mut head[..got])?;
        let name = [head[4], head[5], head[6], head[7]];
        let (header, size) = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
            0 => (8, length - start),
            1 => (16, u64::from_be_bytes(std::array::from_fn(|i| head[8 + i]))),
            size => (8, u64::from(size)),
        };
        if size < header {
            break;
        }
        let end = start.saturating_add(size);
        found.push(Top { name, start, content: start + header, end });
        start = end;
    }
    Ok(found)
}

/// Appends a box whose content `fill` appends.
pub fn put(out: &mut Vec<u8>, name: &Four, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 4]);
    out.extend(name);
    fill(out);
    let size = (out.len() - start) as u32;
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

/// Appends words.
pub fn words(out: &mut Vec<u8>, words: impl IntoIterator<Item = u32>) {
    words.into_iter().for_each(|word| out.extend(word.to_be_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found_and_lies_about_sizes_end_the_walk() {
        let mut out = Vec::new();
        put(&mut out, b"moov", |out| put(out, b"trak", |out| words(out, [1, 7, 9])));
        put(&mut out, b"free", |_| ());
        assert_eq!(boxes(&out).count(), 2);
        let mut fields = Fields(descend(&out, &[b"moov", b"trak"]).unwrap());
        assert_eq!(fields.table::<2>().unwrap(), [[7, 9]]);
        out[3] = 250;
        assert_eq!(boxes(&out).count(), 0);
        assert!(Fields(&[0xff; 40]).table::<1>().is_none());
        assert_eq!(boxes(&[0, 0, 0, 4, 1, 2, 3, 4, 5]).count(), 0);
    }
}
