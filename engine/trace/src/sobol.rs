//! Well-spread random numbers: Owen-scrambled Sobol points by hashing.
//!
//! Burley, "Practical Hash-based Owen Scrambling" (JCGT 9(4), 2020): every pair of dimensions takes the first two Sobol dimensions anew, with
//! its own shuffle of the order and its own scramble.

/// The random numbers of one sample of one pixel, pair after pair.
#[derive(Debug, Clone)]
pub(crate) struct Sobol {
    pixel: u32,
    index: u32,
    mask: u32,
    dimension: u32,
}

impl Sobol {
    /// Sample `index` of `samples`; `pixel` keys the pixel, see [`key`].
    pub(crate) fn new(pixel: u32, index: u32, samples: u32) -> Self {
        Self { pixel, index, mask: samples.checked_next_power_of_two().map_or(u32::MAX, |n| n - 1), dimension: 0 }
    }

    /// The next two numbers, in [0, 1).
    #[inline]
    pub(crate) fn pair(&mut self) -> [f32; 2] {
        let seed = combine(self.pixel, self.dimension);
        self.dimension += 1;
        // Shuffling within the power of two is enough: higher bits would only turn whole blocks of the sequence into each other.
        let index = scramble(self.index.reverse_bits(), seed).reverse_bits() & self.mask;
        // Scrambling works on reversed bits, and Sobol's first dimension is the reversed index.
        let x = scramble(index, combine(seed, 1)).reverse_bits();
        let y = scramble(second_reversed(index), combine(seed, 2)).reverse_bits();
        [unit(x), unit(y)]
    }
}

/// A key from the seeds and the pixel's number.
pub(crate) fn key(seed: u64, stream: u64, pixel: u64) -> u32 {
    let mut x = seed;
    for y in [stream, pixel] {
        // splitmix64 (Steele, Lea, Flood 2014).
        x = x.wrapping_add(y.wrapping_mul(0xd134_2543_de82_ef95)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
    }
    x as u32
}

/// Two unstratified numbers in [0, 1) for item `index`.
pub(crate) fn jitter(key: u32, index: u32) -> [f32; 2] {
    let x = combine(key, index);
    [unit(x), unit(combine(x, 1))]
}

/// 24 bits fit a float exactly, so the result is below 1.
fn unit(x: u32) -> f32 {
    (x >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// One key of two, by the finaliser of MurmurHash3.
fn combine(a: u32, b: u32) -> u32 {
    let mut x = a ^ b.wrapping_mul(0x9e37_79b9).wrapping_add(0x7f4a_7c15);
    x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
    x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}

/// Owen scrambling of a number whose bits are reversed: the hash of Burley's listing 3 (after Laine and Karras) with Vegdahl's constants.
fn scramble(mut x: u32, seed: u32) -> u32 {
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(seed);
    x = x.wrapping_mul((seed >> 16) | 1);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^ x.wrapping_mul(0x53a2_2864)
}

/// The second Sobol dimension with reversed bits: Pascal's triangle modulo 2 times the index, by doubling
/// (Ahmed, "An Implementation Algorithm of 2D Sobol Sequence Fast, Elegant, and Compact", 2024).
fn second_reversed(index: u32) -> u32 {
    let mut x = index;
    x ^= (x & 0xaaaa_aaaa) >> 1;
    x ^= (x & 0xcccc_cccc) >> 2;
    x ^= (x & 0xf0f0_f0f0) >> 4;
    x ^= (x & 0xff00_ff00) >> 8;
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second dimension as everyone writes it: direction numbers v ^ (v >> 1).
    fn second(mut index: u32) -> u32 {
        let (mut x, mut v) = (0, 1u32 << 31);
        while index != 0 {
            if index & 1 != 0 {
                x ^= v;
            }
            index >>= 1;
            v ^= v >> 1;
        }
        x
    }

    #[test]
    fn the_second_dimension_is_sobols() {
        for index in (0..1000).chain([0xdead_beef, u32::MAX]) {
            assert_eq!(second_reversed(index).reverse_bits(), second(index), "{index}");
        }
    }

    #[test]
    fn every_pair_is_stratified_in_every_elementary_box() {
        for dimension in 0..5 {
            for (across, down) in [(1, 64), (2, 32), (4, 16), (8, 8), (16, 4), (32, 2), (64, 1)] {
                let mut seen = [false; 64];
                for index in 0..64 {
                    let mut sobol = Sobol::new(key(7, 1, 99), index, 64);
                    let [x, y] = (0..=dimension).map(|_| sobol.pair()).last().unwrap();
                    let cell = (x * across as f32) as usize * down + (y * down as f32) as usize;
                    assert!(!std::mem::replace(&mut seen[cell], true), "{dimension} {across}x{down}");
                }
            }
        }
    }

    #[test]
    fn pixels_streams_and_seeds_differ() {
        let first = |seed, stream, pixel| Sobol::new(key(seed, stream, pixel), 0, 16).pair();
        let all = [first(0, 0, 0), first(1, 0, 0), first(0, 1, 0), first(0, 0, 1)];
        for i in 0..4 {
            for j in 0..i {
                assert_ne!(all[i], all[j]);
            }
        }
    }
}
