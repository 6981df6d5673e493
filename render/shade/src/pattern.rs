//! The fixed pattern of directions: sixteen pixels of a 4×4 block take turns, so that any 4×4 window has all of them once.

use glam::Vec3;
use std::f32::consts::PI;

/// Order in which the pixels of a 4×4 block take directions: a Bayer matrix, so that neighbours take distant ones.
const ORDER: [u32; 16] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/// Turn of pixel (`x`, `y`), 0..16.
pub(crate) fn turn(x: usize, y: usize) -> usize {
    ORDER[(y & 3) * 4 + (x & 3)] as usize
}

/// Van der Corput sequence in base 2 (32-bit digit reversal), 0..1.
fn radical(i: u32) -> f32 {
    i.reverse_bits() as f32 * 2.0f32.powi(-32)
}

/// Point `j` of pixel turn `turn` of a set of `16 · count` points in the unit square (Hammersley), moved by the seed.
/// The points of one turn are spread over the square too.
pub(crate) fn point(turn: usize, j: usize, count: usize, seed: u64) -> (f32, f32) {
    let i = (j * 16 + turn) as u32;
    let shift = |k: u64| (seed.wrapping_add(k).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f32 / (1u64 << 24) as f32;
    let (a, b) = if seed == 0 { (0.0, 0.0) } else { (shift(1), shift(2)) };
    (((i as f32 + 0.5) / (16 * count) as f32 + a).fract(), (radical(i) + 0.5 / (16 * count) as f32 + b).fract())
}

/// Cosine-distributed direction about +Z.
pub(crate) fn cosine((u, v): (f32, f32)) -> Vec3 {
    let (radius, phi) = (v.sqrt(), 2.0 * PI * u);
    Vec3::new(radius * phi.cos(), radius * phi.sin(), (1.0 - v).max(0.0).sqrt())
}

/// Uniform point of the unit disc.
pub(crate) fn disc((u, v): (f32, f32)) -> (f32, f32) {
    let (radius, phi) = (v.sqrt(), 2.0 * PI * u);
    (radius * phi.cos(), radius * phi.sin())
}
