//! How far a change reaches.

use crate::{guided::mean, plane::Plane};
use relight_video::transfer::linear_to_srgb;

/// Moves of the ray-traced picture, in 8-bit sRGB codes, from which on a change may show and from which on it shows whole. Where rays move the picture
/// by a code or two networks move it by ten now and then, in patches, as on the wall behind an arm that becomes gold; with 1 in place of 6 such walls have
/// them, and edits of traced worlds (`relight eval --edits`) 30.35 dB over everything, 30.38 with 6.
const CODES: [f32; 2] = [0.25, 6.0];
/// The same for the mean move around a pixel ([`AROUND`]).
const MEAN: [f32; 2] = [0.25, 1.0];

/// Pixels each way over which the mean move is taken. Where one ray in hundreds meets the change, as on a wall far behind a thing, a few pixels move
/// by a code or two and the truth moves by a tenth of one everywhere: what the renders make of the whole wall would show in those pixels alone, as specks.
const AROUND: usize = 8;

/// Where the rays of two shadings meet what differs between them, one weight a pixel of `width × height`, 0..1.
///
/// `before` and `after` are ray-traced pictures (linear light, 3 channels) of one size, by the same rays. A pixel counts with the largest move within
/// one pixel of it there, from a quarter of an 8-bit code on and whole from six, or the mean within eight where that says less, whole from one; both pictures
/// already share what rays found over two pixels each way.
///
/// # Panics
/// The pictures differ in size.
pub fn reach(before: &Plane, after: &Plane, width: usize, height: usize) -> Vec<f32> {
    assert_eq!((before.width, before.height, before.channels), (after.width, after.height, after.channels), "pictures have one size");
    let code = |v: f32| 255.0 * linear_to_srgb(v.max(0.0));
    let codes = Plane::from_fn(before.width, before.height, 1, |x, y, out| {
        let (a, b) = (before.at(x, y), after.at(x, y));
        // Equal light is the common case, and needs no codes.
        out[0] = if a == b { 0.0 } else { a.iter().zip(b).map(|(a, b)| (code(*a) - code(*b)).abs()).fold(0.0, f32::max) };
    });
    let around = mean(&codes, AROUND);
    let felt = Plane::from_fn(codes.width, codes.height, 1, |x, y, out| {
        for ny in y.saturating_sub(1)..=(y + 1).min(codes.height - 1) {
            for nx in x.saturating_sub(1)..=(x + 1).min(codes.width - 1) {
                out[0] = out[0].max(codes.at(nx, ny)[0]);
            }
        }
        out[0] = fade(out[0], CODES).min(fade(around.at(x, y)[0], MEAN));
    });
    felt.resize(width, height).data
}

/// 0 at the first of two codes and below, 1 at the second and above.
pub(crate) fn fade(codes: f32, [none, whole]: [f32; 2]) -> f32 {
    ((codes - none) / (whole - none)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_reaches_its_neighbours_and_nothing_else() {
        let before = Plane::from_fn(64, 48, 3, |_, _, p| p.fill(0.3));
        let mut after = before.clone();
        for (x, y) in (20..28).flat_map(|x| (10..16).map(move |y| (x, y))) {
            after.data[3 * (y * 64 + x) + 1] = 0.4;
        }
        // An eighth of a code is nothing.
        after.data[3 * (40 * 64 + 50)] *= 1.0 + 1e-3;
        let near = reach(&before, &after, 64, 48);
        assert_eq!(near.iter().filter(|w| **w == 1.0).count(), 10 * 8);
        assert_eq!(near.iter().sum::<f32>(), 80.0);
        assert_eq!(near[9 * 64 + 19], 1.0);
        let full = reach(&before, &after, 256, 192);
        assert!(full[50 * 256 + 90] > 0.999 && full[30 * 256 + 90] == 0.0 && full[0] == 0.0);
        assert_eq!(reach(&before, &before, 32, 24), vec![0.0; 32 * 24]);
    }

    #[test]
    fn a_speck_is_no_influence_and_a_thin_shadow_is() {
        let before = Plane::from_fn(64, 48, 3, |_, _, p| p.fill(0.3));
        let moved = |by: f32, at: fn(usize, usize) -> bool| Plane::from_fn(64, 48, 3, |x, y, p| p.fill(if at(x, y) { 0.3 + by } else { 0.3 }));
        // A code and a half in 25 pixels, as where one ray of hundreds meets what was changed.
        let speck = moved(0.009, |x, y| x.abs_diff(30) < 3 && y.abs_diff(20) < 3);
        assert_eq!(reach(&before, &speck, 64, 48), vec![0.0; 64 * 48]);
        let line = moved(-0.1, |_, y| y.abs_diff(20) < 2);
        assert_eq!(reach(&before, &line, 64, 48)[20 * 64 + 30], 1.0);
    }
}
