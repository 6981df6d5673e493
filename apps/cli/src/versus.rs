//! Pictures against one another, drawn.

use crate::sheet::{Side, Tile, label};
use relight_gbuffer::turbo;
use relight_video::Frame;

/// Pixels of a colour scale's bar beside the picture's bottom.
const BAR: usize = 8;

/// Rows of labelled pictures, `columns` in each.
pub fn tiles(pictures: &[(String, Frame)], columns: usize) -> Vec<Vec<Tile<'_>>> {
    pictures.chunks(columns).map(|row| row.iter().map(|(label, picture)| Tile { label: label.clone(), picture }).collect()).collect()
}

/// Two pictures of one size as one: `left` up to `part` of the width, `right` from there, a line between them, labels in both corners.
pub fn wipe(left: &(String, Frame), right: &(String, Frame), part: f32) -> Frame {
    let (w, h) = (left.1.width, left.1.height);
    let (mut codes, other) = (left.1.to_srgb8(), right.1.to_srgb8());
    label(&mut codes, w, (0, 0), (w, h), &left.0, Side::Left);
    let mut under = other;
    label(&mut under, w, (0, 0), (w, h), &right.0, Side::Right);
    let border = ((part * w as f32) as usize).min(w);
    let line = (w / 400).max(1);
    for y in 0..h {
        let row = 3 * y * w;
        codes[row + 3 * border..row + 3 * w].copy_from_slice(&under[row + 3 * border..row + 3 * w]);
        if (line..w.saturating_sub(line)).contains(&border) {
            codes[row + 3 * (border - line)..row + 3 * (border + line)].fill(255);
        }
    }
    Frame::from_srgb8(w, h, &codes)
}

/// How far two pictures of one size are apart, in the colours of Turbo: the largest difference of a channel's 8-bit codes, `range` of them
/// the last colour, with a scale at the bottom; and the difference in words, mean and PSNR.
pub fn difference(a: &Frame, b: &Frame, range: u8) -> (String, Frame) {
    let (w, h) = (a.width, a.height);
    let (p, q) = (a.to_srgb8(), b.to_srgb8());
    let (mut sum, mut squares) = (0u64, 0u64);
    let mut codes = Vec::with_capacity(3 * w * h);
    for (i, (p, q)) in p.chunks_exact(3).zip(q.chunks_exact(3)).enumerate() {
        let apart: [u8; 3] = std::array::from_fn(|k| p[k].abs_diff(q[k]));
        sum += apart.iter().map(|d| u64::from(*d)).sum::<u64>();
        squares += apart.iter().map(|d| u64::from(*d).pow(2)).sum::<u64>();
        let scale = i / w + BAR >= h && h > 4 * BAR;
        let t = if scale { (i % w) as f32 / w as f32 } else { f32::from(apart.into_iter().max().unwrap_or(0)) / f32::from(range) };
        codes.extend(turbo(t.min(1.0)).map(|c| (255.0 * c + 0.5) as u8));
    }
    let count = (3 * w * h).max(1) as f64;
    let words = if squares == 0 {
        format!("equal, to {range}/255")
    } else {
        let psnr = 10.0 * (255.0f64.powi(2) * count / squares as f64).log10();
        format!("mean {:.2}, {psnr:.1} dB, to {range}/255", sum as f64 / count)
    };
    (words, Frame::from_srgb8(w, h, &codes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(code: u8) -> (String, Frame) {
        ("a".into(), Frame::from_srgb8(80, 48, &[code; 3 * 80 * 48]))
    }

    #[test]
    fn a_wipe_is_left_left_and_right_right() {
        let codes = wipe(&grey(10), &grey(200), 0.5).to_srgb8();
        let at = |x: usize| codes[3 * (40 * 80 + x)];
        assert_eq!((at(5), at(40), at(75)), (10, 255, 200));
        let all = wipe(&grey(10), &grey(200), 1.0).to_srgb8();
        assert_eq!(all[3 * (40 * 80 + 79)], 10);
    }

    #[test]
    fn a_difference_tells_how_much_and_where() {
        let (words, picture) = difference(&grey(10).1, &grey(10).1, 64);
        assert!(words.starts_with("equal"));
        let dark = picture.to_srgb8()[3 * 100..3 * 100 + 3].to_vec();
        let (words, picture) = difference(&grey(10).1, &grey(42).1, 64);
        assert!(words.contains("mean 32.00") && words.contains("18.0 dB"), "{words}");
        let middle = picture.to_srgb8()[3 * 100..3 * 100 + 3].to_vec();
        assert!(middle[1] > dark[1] + 100, "{dark:?} {middle:?}");
    }
}
