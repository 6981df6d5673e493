//! Where a picture shows nothing.

use relight_edit::{Plane, mean};

/// Codes (0..1) below this are black: code 1 of 255 and what rounds to it.
const BLACK: f32 = 1.5 / 255.0;
/// Codes from which on a pixel at the rim of nothing is something.
const SEEN: f32 = 8.0 / 255.0;
/// A black area is nothing from one part in so many of the picture on; less is a black thing, or a shadow.
const LEAST: usize = 200;
/// Pixels round nothing in which what is nearly black counts as its rim.
const RIM: usize = 3;

/// How much of each pixel of `codes` (sRGB, 3 a pixel, 0..1) is something, 0..1: 0 in connected black areas of a two-hundredth of the picture or more,
/// rising with the codes at their rim, 1 elsewhere. None where all of it is 1.
///
/// Networks learn from pictures that are black where no surface is, and are never asked for anything there: what they say of such pixels has no
/// meaning, and under a bright light it would show.
pub(crate) fn something(codes: &Plane) -> Option<Vec<f32>> {
    let brightest = |i: usize| codes.data[3 * i..3 * i + 3].iter().copied().fold(0.0, f32::max);
    let black = black(codes.width, codes.height, (0..codes.width * codes.height).map(|i| brightest(i) < BLACK).collect());
    if !black.contains(&1.0) {
        return None;
    }
    let near = mean(&Plane::new(codes.width, codes.height, 1, black), RIM);
    // An eighth of the window is black at a rim's last pixel but one.
    let one = |(i, near): (usize, &f32)| 1.0 - (8.0 * near).min(1.0) * (1.0 - ((brightest(i) - BLACK) / (SEEN - BLACK)).clamp(0.0, 1.0));
    Some(near.data.iter().enumerate().map(one).collect())
}

/// 1 in connected areas of `open` that are large enough, by floods from every pixel that none has reached.
fn black(width: usize, height: usize, mut open: Vec<bool>) -> Vec<f32> {
    let mut found = vec![0.0; width * height];
    for start in 0..width * height {
        if !std::mem::take(&mut open[start]) {
            continue;
        }
        let (mut area, mut at) = (vec![start], 0);
        while at < area.len() {
            let (x, y) = (area[at] % width, area[at] / width);
            at += 1;
            for (x, y) in [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)] {
                if x < width && y < height && std::mem::take(&mut open[y * width + x]) {
                    area.push(y * width + x);
                }
            }
        }
        if area.len() * LEAST >= width * height {
            area.into_iter().for_each(|place| found[place] = 1.0);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_black_areas_are_nothing_and_specks_are_something() {
        let codes = |side: f32| {
            Plane::from_fn(60, 40, 3, move |x, y, p| {
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
            })
        };
        let some = something(&codes(1.0 / 255.0)).unwrap();
        assert!((0..40 * 60).all(|i| i % 60 == 20 || some[i] == if i % 60 < 20 { 0.0 } else { 1.0 }));
        assert!((0.2..0.6).contains(&some[20 * 60 + 20]), "{}", some[20 * 60 + 20]);
        assert!(something(&codes(2.0 / 255.0)).is_none());
    }
}
