//! How far a change reaches.

use crate::{guided::mean, plane::Plane};
use relight_video::transfer::linear_to_srgb;

/// A limit of so many 8-bit sRGB codes is none.
pub const UNLIMITED: f32 = 255.0;

/// Rays that move a pixel by less than so many codes do not meet the change.
const LEAST: f32 = 0.25;

/// Moves of the ray-traced picture at a pixel, in codes, up to which a change may move the pixel no further than rays move what is around it, and from which
/// on as far as it likes. Behind an arm that becomes gold, rays move a wall by one to six codes, two on the mean, and the network all of it by fifteen, as
/// if the light were another: faded in by what rays do pixel by pixel, that is patches of ten codes (4.5 on the mean; 1.5 with this limit). Edits and insertions
/// of traced worlds (`relight eval --edits` and `--insert`) are the same to .01 dB either way, and with twice the mean.
const OWN: [f32; 2] = [6.0, 12.0];

/// Pixels each way over which the mean move is taken. Where one ray in hundreds meets the change, as on a wall far behind a thing, a few pixels move
/// by a code or two and the truth moves by a tenth of one everywhere: what the renders make of the whole wall would show in those pixels alone, as specks.
const AROUND: usize = 8;

/// How far a change may move each pixel of `width × height`, in 8-bit sRGB codes: 0 where no ray of two shadings meets what differs between them, from
/// [`UNLIMITED`] on as far as it likes.
///
/// `before` and `after` are ray-traced pictures (linear light, 3 channels) of one size, by the same rays; `altered` is 1 where the buffers themselves
/// differ, one number a pixel of `width × height`. A pixel's own move is the largest within one pixel of it: both pictures already share what rays found
/// over two pixels each way. Below a quarter of a code the limit is 0, up to six it is the mean move within eight pixels (of what is not altered itself,
/// and less a quarter of a code), from twelve on there is none, as where the buffers differ.
///
/// # Panics
/// The pictures differ in size, or `altered` has another.
pub fn reach(before: &Plane, after: &Plane, altered: &[f32], width: usize, height: usize) -> Vec<f32> {
    assert_eq!((before.width, before.height, before.channels), (after.width, after.height, after.channels), "pictures have one size");
    let code = |v: f32| 255.0 * linear_to_srgb(v.max(0.0));
    let codes = Plane::from_fn(before.width, before.height, 1, |x, y, out| {
        let (a, b) = (before.at(x, y), after.at(x, y));
        // Equal light is the common case, and needs no codes.
        out[0] = if a == b { 0.0 } else { a.iter().zip(b).map(|(a, b)| (code(*a) - code(*b)).abs()).fold(0.0, f32::max) };
    });
    let changed = Plane::new(width, height, 1, altered.to_vec()).resize(before.width, before.height);
    let others = Plane::from_fn(codes.width, codes.height, 2, |x, y, out| {
        let share = (1.0 - changed.at(x, y)[0]).clamp(0.0, 1.0);
        out.copy_from_slice(&[share * codes.at(x, y)[0], share]);
    });
    let around = mean(&others, AROUND);
    let limit = Plane::from_fn(codes.width, codes.height, 1, |x, y, out| {
        let near = |at: usize, side: usize| at.saturating_sub(1)..=(at + 1).min(side - 1);
        let own = near(y, codes.height).flat_map(|y| near(x, codes.width).map(move |x| (x, y))).map(|(x, y)| codes.at(x, y)[0]).fold(0.0, f32::max);
        let bound = 1.0 - fade(own, OWN);
        out[0] = if own < LEAST {
            0.0
        } else if bound > 0.0 {
            let [sum, share] = [0, 1].map(|k| around.at(x, y)[k]);
            ((sum / share.max(f32::MIN_POSITIVE) - LEAST).max(0.0) / bound).min(UNLIMITED)
        } else {
            UNLIMITED
        };
    });
    let mut limit = limit.resize(width, height).data;
    // The working size may be too small to show what was altered.
    limit.iter_mut().zip(altered).for_each(|(limit, altered)| *limit = limit.max(UNLIMITED * altered));
    limit
}

/// 0 at the first of two codes and below, 1 at the second and above.
pub(crate) fn fade(codes: f32, [none, whole]: [f32; 2]) -> f32 {
    ((codes - none) / (whole - none)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No buffer differs.
    const NOTHING: [f32; 64 * 48] = [0.0; 64 * 48];

    #[test]
    fn what_moves_reaches_its_neighbours_and_nothing_else() {
        let before = Plane::from_fn(64, 48, 3, |_, _, p| p.fill(0.3));
        let mut after = before.clone();
        for (x, y) in (20..28).flat_map(|x| (10..16).map(move |y| (x, y))) {
            after.data[3 * (y * 64 + x) + 1] = 0.4;
        }
        // An eighth of a code is nothing.
        after.data[3 * (40 * 64 + 50)] *= 1.0 + 1e-3;
        let near = reach(&before, &after, &NOTHING, 64, 48);
        assert_eq!(near.iter().filter(|limit| **limit == UNLIMITED).count(), 10 * 8);
        assert_eq!(near.iter().sum::<f32>(), 80.0 * UNLIMITED);
        assert_eq!(near[9 * 64 + 19], UNLIMITED);
        let full = reach(&before, &after, &[0.0; 256 * 192], 256, 192);
        assert!(full[50 * 256 + 90] > 0.999 * UNLIMITED && full[30 * 256 + 90] == 0.0 && full[0] == 0.0);
        assert_eq!(reach(&before, &before, &[0.0; 32 * 24], 32, 24), vec![0.0; 32 * 24]);
    }

    #[test]
    fn a_speck_is_no_influence_and_a_thin_shadow_is() {
        let before = Plane::from_fn(64, 48, 3, |_, _, p| p.fill(0.3));
        let moved = |by: f32, at: fn(usize, usize) -> bool| Plane::from_fn(64, 48, 3, |x, y, p| p.fill(if at(x, y) { 0.3 + by } else { 0.3 }));
        // A code and a half in 25 pixels, as where one ray of hundreds meets what was changed.
        let speck = moved(0.009, |x, y| x.abs_diff(30) < 3 && y.abs_diff(20) < 3);
        assert_eq!(reach(&before, &speck, &NOTHING, 64, 48), vec![0.0; 64 * 48]);
        let line = moved(-0.1, |_, y| y.abs_diff(20) < 2);
        assert_eq!(reach(&before, &line, &NOTHING, 64, 48)[20 * 64 + 30], UNLIMITED);
    }

    #[test]
    fn what_few_rays_meet_moves_evenly_and_not_as_what_was_altered_does() {
        let before = Plane::from_fn(64, 48, 3, |_, _, p| p.fill(0.3));
        // Every seventh pixel by four codes, as by few rays; the right third by sixty, and altered.
        let after = Plane::from_fn(64, 48, 3, |x, y, p| p.fill(if x >= 42 { 0.5 } else { 0.3 + 0.023 * f32::from((5 * x + 3 * y) % 7 == 0) }));
        let altered = Plane::from_fn(64, 48, 1, |x, _, p| p[0] = f32::from(x >= 42));
        let limit = reach(&before, &after, &altered.data, 64, 48);
        let wall: Vec<f32> = (0..48).flat_map(|y| limit[64 * y..64 * y + 41].iter().copied()).filter(|limit| *limit > 0.0).collect();
        let (low, high) = wall.iter().fold((f32::MAX, 0f32), |(low, high), limit| (low.min(*limit), high.max(*limit)));
        assert!(wall.len() > 1900 && low > 0.2 && high < 0.6, "{} {low} {high}", wall.len());
        assert_eq!(limit[20 * 64 + 41], UNLIMITED, "the rim of what was altered goes with it");
        assert_eq!(
            reach(&before, &before, &altered.data, 64, 48),
            altered.data.iter().map(|a| UNLIMITED * a).collect::<Vec<_>>(),
            "what is altered may change where rays see nothing of it"
        );
    }
}
