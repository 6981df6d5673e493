//! The sRGB curve (IEC 61966-2-1): between light and the codes in files.
//!
//! Video is read and written with the same curve as PNG and JPEG: an 8-bit R'G'B' code means the light that a screen shows for it, whichever
//! file carried it. A frame that `ffmpeg` extracts as a PNG and the same frame decoded here are then equal, and what is written reads back.
//! (The BT.709 camera curve describes what a camera does, not what a screen shows, and nobody's players use it for display.)

use std::sync::LazyLock;

/// Light from a code, both 1 at white. Exact; negative and larger numbers follow the nearer piece.
pub fn srgb_to_linear(code: f32) -> f32 {
    if code <= 0.040_45 { code / 12.92 } else { ((code + 0.055) / 1.055).powf(2.4) }
}

/// The code of some light, both 1 at white. Exact; negative and larger numbers follow the nearer piece.
pub fn linear_to_srgb(light: f32) -> f32 {
    if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// Light of an 8-bit code.
pub fn linear8(code: u8) -> f32 {
    static TABLE: LazyLock<[f32; 256]> = LazyLock::new(|| std::array::from_fn(|code| srgb_to_linear(code as f32 / 255.0)));
    TABLE[usize::from(code)]
}

/// The 8-bit code of some light, clamped and rounded. NaN gives 0.
pub fn srgb8(light: f32) -> u8 {
    quantise8(encode_one(light))
}

/// A number in 0..1 as 8 bits, clamped and rounded. NaN gives 0.
pub fn quantise8(value: f32) -> u8 {
    // Casting saturates, and NaN becomes 0.
    (value * 255.0 + 0.5) as u8
}

/// Codes to light in place, within 4e-7 of [`srgb_to_linear`] from 0 to 1 and exact outside.
pub fn decode(values: &mut [f32]) {
    let table: &[f32; 4098] = &DECODE;
    for value in values {
        *value = if (0.0..=1.0).contains(value) {
            let place = *value * 4096.0;
            let index = place as usize;
            let (low, high) = (table[index], table[index + 1]);
            low + (high - low) * (place - index as f32)
        } else {
            srgb_to_linear(*value)
        };
    }
}

/// Light to codes in place, within 6e-7 of [`linear_to_srgb`] from 0 to 1 and exact outside.
pub fn encode(values: &mut [f32]) {
    for value in values {
        *value = encode_one(*value);
    }
}

// Straight lines between 4096 points miss the curve by h²/8 · f'' = 2.2e-8 at most. One point beyond 1 serves 1 itself.
static DECODE: LazyLock<[f32; 4098]> = LazyLock::new(|| std::array::from_fn(|i| srgb_to_linear(i as f32 / 4096.0)));

/// The power piece from 2⁻⁹ to 1, 512 points an octave: an octave's lines miss by .243/8/512² = 1.2e-7 relative.
static ENCODE: LazyLock<Vec<f32>> = LazyLock::new(|| (0..=9 * 512).map(|i| linear_to_srgb(f32::from_bits(FIRST + ((i as u32) << 14)))).collect());
/// 2⁻⁹, the power of two under the end of the linear piece, as bits. Bits of positive floats count up, 2²³ an octave.
const FIRST: u32 = (127 - 9) << 23;
const ONE: u32 = 127 << 23;

fn encode_one(light: f32) -> f32 {
    if light > 0.003_130_8 && light < 1.0 {
        let bits = light.to_bits().clamp(FIRST, ONE - 1) - FIRST;
        let index = (bits >> 14) as usize;
        let table: &[f32] = &ENCODE;
        let (low, high) = (table[index], table[index + 1]);
        low + (high - low) * ((bits & 0x3fff) as f32 / 16384.0)
    } else {
        linear_to_srgb(light)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_ways_agree_with_the_exact_ones() {
        let values: Vec<f32> = (-1000..=1_200_000).map(|i| i as f32 * 1e-6).collect();
        let (mut light, mut codes) = (values.clone(), values.clone());
        decode(&mut light);
        encode(&mut codes);
        for ((value, light), code) in values.iter().zip(light).zip(codes) {
            assert!((light - srgb_to_linear(*value)).abs() <= 4e-7 * value.abs().max(1.0), "decode {value}");
            assert!((code - linear_to_srgb(*value)).abs() <= 6e-7 * value.abs().max(1.0), "encode {value}");
        }
    }

    #[test]
    fn known_values_and_round_trips() {
        assert!((srgb_to_linear(0.5) - 0.214_041_14).abs() < 1e-6);
        assert!((linear_to_srgb(0.18) - 0.461_356_1).abs() < 1e-6);
        for code in 0..=255 {
            assert_eq!(srgb8(linear8(code)), code);
        }
        assert_eq!((srgb8(-1.0), srgb8(7.0), srgb8(f32::NAN)), (0, 255, 0));
    }
}
