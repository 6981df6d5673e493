//! Changes that a case makes to a seed.

use super::seeds::Seed;

/// Numbers at the borders of what fits.
const NUMBERS: [u64; 12] = [0, 1, 7, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];
/// Pieces that mean something to one of the readers.
const WORDS: [&[u8]; 24] = [
    b"}",
    b"(",
    b"t",
    b"R",
    b"Q",
    b"u",
    b"s",
    b"e",
    b"]",
    b"\x85",
    b"\x87",
    b"b",
    b"\x81",
    b"h\x00",
    b"q\x00",
    b"K\x01",
    b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"PK\x05\x06",
    b"-1",
    b"9223372036854775807",
    b"\"F32\"",
    b"[]",
    b"\n\n-Y 4096 +X 8192\n",
    b"\x02\x02\x20\x00",
];

/// SplitMix64 (Steele et al. 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`, which is not 0.
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// The file of a case: a seed with one to six changes, put into its container.
pub fn change(seeds: &[Seed], case: usize) -> Vec<u8> {
    let mut random = Random(case as u64);
    let seed = &seeds[random.below(seeds.len())];
    let mut bytes = seed.bytes.clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = (at + 1 + random.below(16)).min(bytes.len());
        match random.below(9) {
            0 if at < end => bytes[at] ^= 1 << random.below(8),
            1 if at < end => bytes[at] = random.next() as u8,
            2 => {
                let number = NUMBERS[random.below(NUMBERS.len())].to_le_bytes();
                let length = 1 << random.below(4);
                bytes.iter_mut().skip(at).zip(&number[..length]).for_each(|(byte, new)| *byte = *new);
            }
            3 if random.below(4) == 0 => bytes.truncate(at),
            4 => drop(bytes.drain(at..end)),
            5 => {
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            6 => drop(bytes.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied())),
            7 => drop(bytes.splice(at..end, WORDS[random.below(WORDS.len())].iter().copied())),
            _ => {
                let other = &seeds[random.below(seeds.len())].bytes;
                let from = random.below(other.len());
                let piece = other[from..(from + 32).min(other.len())].to_vec();
                bytes.splice(at..end, piece);
            }
        }
    }
    seed.whole(&bytes)
}
