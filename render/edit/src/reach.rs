//! How far a change reaches.

use crate::plane::Plane;
use relight_video::transfer::linear_to_srgb;

/// Moves of the ray-traced picture, in 8-bit sRGB codes, from which on a change may show and from which on it shows whole.
const CODES: [f32; 2] = [0.25, 1.0];

/// Where the rays of two shadings meet what differs between them, one weight a pixel of `width × height`, 0..1.
///
/// `before` and `after` are ray-traced pictures (linear light, 3 channels) of one size, by the same rays. A pixel counts with the largest move within
/// one pixel of it there, none below a quarter of an 8-bit code; both pictures already share what rays found over two pixels each way.
///
/// # Panics
/// The pictures differ in size.
pub fn reach(before: &Plane, after: &Plane, width: usize, height: usize) -> Vec<f32> {
    assert_eq!((before.width, before.height, before.channels), (after.width, after.height, after.channels), "pictures have one size");
    let code = |v: f32| 255.0 * linear_to_srgb(v.max(0.0));
    let moved = Plane::from_fn(before.width, before.height, 1, |x, y, out| {
        let (a, b) = (before.at(x, y), after.at(x, y));
        // Equal light is the common case, and needs no codes.
        let codes = if a == b { 0.0 } else { a.iter().zip(b).map(|(a, b)| (code(*a) - code(*b)).abs()).fold(0.0, f32::max) };
        out[0] = ((codes - CODES[0]) / (CODES[1] - CODES[0])).clamp(0.0, 1.0);
    });
    let widest = Plane::from_fn(moved.width, moved.height, 1, |x, y, out| {
        for ny in y.saturating_sub(1)..=(y + 1).min(moved.height - 1) {
            for nx in x.saturating_sub(1)..=(x + 1).min(moved.width - 1) {
                out[0] = out[0].max(moved.at(nx, ny)[0]);
            }
        }
    });
    widest.resize(width, height).data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_reaches_its_neighbours_and_nothing_else() {
        let before = Plane::from_fn(16, 12, 3, |_, _, p| p.fill(0.3));
        let mut after = before.clone();
        after.data[3 * (6 * 16 + 8) + 1] = 0.35;
        // An eighth of a code is nothing.
        after.data[3 * 16] *= 1.0 + 1e-3;
        let near = reach(&before, &after, 16, 12);
        assert_eq!(near.iter().filter(|w| **w == 1.0).count(), 9);
        assert_eq!(near.iter().sum::<f32>(), 9.0);
        assert_eq!(near[5 * 16 + 7], 1.0);
        let full = reach(&before, &after, 64, 48);
        assert!(full[26 * 64 + 34] > 0.999 && full[26 * 64 + 50] == 0.0 && full[0] == 0.0);
        assert_eq!(reach(&before, &before, 32, 24), vec![0.0; 32 * 24]);
    }
}
