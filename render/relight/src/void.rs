//! Where a picture shows nothing.

use relight_edit::{Plane, areas, mean};

/// Codes (0..1) below this are black: code 1 of 255 and what rounds to it.
const BLACK: f32 = 1.5 / 255.0;
/// Codes from which on a pixel at the rim of nothing is something.
const SEEN: f32 = 8.0 / 255.0;
/// A black area is nothing from one part in so many of the picture on; less is a black thing, or a shadow.
const LEAST: usize = 200;
/// Pixels round nothing in which what is nearly black counts as its rim.
const RIM: usize = 3;

/// How much of each pixel of a picture (linear light of what is in front, 3 a pixel) is something, 0..1: 0 in connected black areas of a two-hundredth of
/// the picture or more, rising with the codes at their rim, 1 elsewhere. None where all of it is 1.
///
/// Networks learn from pictures that are black where no surface is, and are never asked for anything there: what they say of such pixels has no
/// meaning, and under a bright light it would show.
pub(crate) fn something(light: &[f32], width: usize, height: usize) -> Option<Vec<f32>> {
    // Up to code .04, beyond which all is something, sRGB codes are 12.92 times the light (IEC 61966-2-1).
    let codes: Vec<f32> = light.chunks_exact(3).map(|p| 12.92 * p.iter().copied().fold(0.0, f32::max)).collect();
    let mut black = vec![0.0; codes.len()];
    for area in areas(width, height, codes.iter().map(|code| *code < BLACK).collect()).iter().filter(|area| area.len() * LEAST >= codes.len()) {
        area.iter().for_each(|place| black[*place] = 1.0);
    }
    if !black.contains(&1.0) {
        return None;
    }
    let near = mean(&Plane::new(width, height, 1, black), RIM);
    // An eighth of the window is black at a rim's last pixel but one.
    let one = |(code, near): (&f32, &f32)| 1.0 - (8.0 * near).min(1.0) * (1.0 - ((code - BLACK) / (SEEN - BLACK)).clamp(0.0, 1.0));
    Some(codes.iter().zip(&near.data).map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_video::transfer::decode;

    #[test]
    fn wide_black_areas_are_nothing_and_specks_are_something() {
        let light = |side: f32| {
            let codes = Plane::from_fn(60, 40, 3, move |x, y, p| {
                let speck = (50..53).contains(&x) && (10..13).contains(&y);
                p.fill(if x < 20 {
                    side
                } else if x == 20 {
                    4.0 / 255.0
                } else if speck {
                    0.0
                } else {
                    9.0 / 255.0
                });
            });
            let mut light = codes.data;
            decode(&mut light);
            light
        };
        let some = something(&light(1.0 / 255.0), 60, 40).unwrap();
        assert!((0..40 * 60).all(|i| i % 60 == 20 || some[i] == if i % 60 < 20 { 0.0 } else { 1.0 }));
        assert!((0.2..0.6).contains(&some[20 * 60 + 20]), "{}", some[20 * 60 + 20]);
        assert!(something(&light(2.0 / 255.0), 60, 40).is_none());
    }
}
