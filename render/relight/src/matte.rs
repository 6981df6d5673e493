//! What is in front of nothing: the matte of pictures that are black where nothing is.

use crate::cutouts::is_cut_out;
use relight_edit::{Plane, areas, mean};
use relight_video::Frame;

/// Codes (0..1) below this are black: code 1 of 255 and what rounds to it.
const BLACK: f32 = 1.5 / 255.0;
/// Codes below this are nothing, too, where they hang together with nothing in the same block of coded video, which blurs borders into it.
const DIM: f32 = 6.0 / 255.0;
/// Pixels along a block.
const BLOCK: usize = 8;
/// Codes from which on a pixel at the rim of nothing is something, where nothing tells its colour.
const SEEN: f32 = 8.0 / 255.0;
/// A black area is nothing from one part in so many of the picture on; less is a black thing, or a shadow.
const LEAST: usize = 200;
/// Pixels next to nothing that may be covered in part: filters of cameras, renderers and coded video reach no farther.
const RIM: usize = 2;
/// Pixels round one of the rim among which those farther in tell its colour.
const AROUND: usize = 4;
/// Squared light of that colour below which its share cannot be told: that of code 20 in all three.
const FAINT: f32 = 1e-4;
/// Shares beyond this are whole: what is missing is less than an 8-bit code.
const WHOLE: f32 = 1.0 - 1.0 / 256.0;

/// Gives a frame that was not cut out the alpha of what it shows; one that was, and one that is nowhere black, stays.
pub(crate) fn matted(mut frame: Frame) -> Frame {
    if !is_cut_out(&frame) {
        frame.alpha = matte(&frame.rgb, frame.width, frame.height).or(frame.alpha);
    }
    frame
}

/// How much of each pixel of a picture (linear light, 3 a pixel) is something, 0..1: 0 in connected black areas of a two-hundredth of the picture or more
/// and in what is nearly black beside them, 1 elsewhere but for the two pixels next to those. There it is the share of the colour F of what is farther in,
/// α = C·F / F·F, the least squares of C = αF before black; where that colour is too dark, or nothing is farther in, it rises with the code. None where all
/// of it is 1.
///
/// Networks learn from pictures that are black where no surface is, and are never asked for anything there: what they say of such pixels has no
/// meaning. As surfaces those would shadow what is in front of them (four single things, estimated, under the light of their picture: 14.4 dB by rays and
/// split sum, 17.8 without), and under a bright light they would show.
fn matte(light: &[f32], width: usize, height: usize) -> Option<Vec<f32>> {
    // Up to code .04, beyond which all is something, sRGB codes are 12.92 times the light (IEC 61966-2-1).
    let codes: Vec<f32> = light.chunks_exact(3).map(|p| 12.92 * p.iter().copied().fold(0.0, f32::max)).collect();
    let mut black = Plane::new(width, height, 1, vec![0.0; codes.len()]);
    for area in areas(width, height, codes.iter().map(|code| *code < BLACK).collect()).iter().filter(|area| area.len() * LEAST >= codes.len()) {
        area.iter().for_each(|place| black.data[*place] = 1.0);
    }
    if !black.data.contains(&1.0) {
        return None;
    }
    let reached = mean(&black, BLOCK).data;
    let dim = codes.iter().zip(&reached).map(|(code, reached)| *code < DIM && *reached > 0.0).collect();
    for area in areas(width, height, dim) {
        if area.iter().any(|place| black.data[*place] > 0.0) {
            area.iter().for_each(|place| black.data[*place] = 1.0);
        }
    }
    let near = mean(&black, RIM).data;
    let within = Plane::from_fn(width, height, 4, |x, y, p| {
        let i = y * width + x;
        if near[i] <= 0.0 {
            p[..3].copy_from_slice(&light[3 * i..3 * i + 3]);
            p[3] = 1.0;
        }
    });
    let within = mean(&within, AROUND).data;
    let one = |i: usize| {
        if black.data[i] > 0.0 {
            return 0.0;
        }
        if near[i] <= 0.0 {
            return 1.0;
        }
        let [own, far] = [&light[3 * i..3 * i + 3], &within[4 * i..4 * i + 3]].map(|c| [c[0], c[1], c[2]]);
        let dot = |a: [f32; 3], b: [f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let (weight, size) = (within[4 * i + 3], dot(far, far));
        if weight > 0.0 && size > FAINT * weight * weight {
            let share = dot(own, far) * weight / size;
            if share > WHOLE { 1.0 } else { share.max(0.0) }
        } else {
            ((codes[i] - BLACK) / (SEEN - BLACK)).clamp(0.0, 1.0)
        }
    };
    Some((0..codes.len()).map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_video::transfer::decode;

    /// 60×40 pixels: `side` code left of column 20, `next` there, a faint grey with a black speck right of it.
    fn faint(side: f32, next: f32) -> Vec<f32> {
        let mut codes = Plane::from_fn(60, 40, 3, move |x, y, p| {
            let speck = (50..53).contains(&x) && (10..13).contains(&y);
            p.fill(match x {
                0..20 => side,
                20 => next,
                _ if speck => 0.0,
                _ => 9.0 / 255.0,
            });
        });
        decode(&mut codes.data);
        codes.data
    }

    #[test]
    fn wide_black_areas_are_nothing_and_specks_are_something() {
        let at_border = |next: f32| {
            let some = matte(&faint(1.0 / 255.0, next), 60, 40).unwrap();
            assert!((0..40 * 60).all(|i| i % 60 == 20 || some[i] == if i % 60 < 20 { 0.0 } else { 1.0 }));
            some[20 * 60 + 20]
        };
        let share = at_border(7.0 / 255.0);
        assert!((0.6..0.99).contains(&share), "{share}");
        assert_eq!(at_border(4.0 / 255.0), 0.0);
        assert!(matte(&faint(2.0 / 255.0, 4.0 / 255.0), 60, 40).is_none());
    }

    #[test]
    fn a_rim_is_covered_by_its_share_of_the_colour_within() {
        let share = |x: usize| [0.0, 0.25, 0.75, 1.0][x.saturating_sub(29).min(3)];
        let light = Plane::from_fn(60, 40, 3, |x, _, p| p.iter_mut().zip([0.6, 0.3, 0.1]).for_each(|(p, c)| *p = share(x) * c));
        let some = matte(&light.data, 60, 40).unwrap();
        assert!((0..40 * 60).all(|i| (some[i] - share(i % 60)).abs() < 1e-5), "{:?}", &some[..60]);
    }

    #[test]
    fn a_frame_keeps_its_own_alpha() {
        let frame = |alpha| matted(Frame { width: 20, height: 10, rgb: vec![0.0; 600], alpha }).alpha.unwrap();
        assert_eq!((frame(Some(vec![0.5; 200])), frame(None)), (vec![0.5; 200], vec![0.0; 200]));
        // Alpha that is 1 everywhere tells nothing.
        assert_eq!(frame(Some(vec![1.0; 200])), vec![0.0; 200]);
    }
}
