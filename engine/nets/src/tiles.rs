//! Pictures in overlapping tiles, so that memory holds the feature maps of one.

use relight_tensor::Volume;
use std::ops::Range;

/// Latents that two tiles share of every four (diffusers' quarter).
const SHARED: usize = 4;

/// Evenly placed spans of `size` that cover `length` places and share a quarter at least; a single one where it fits.
fn spans(length: usize, size: usize) -> Vec<Range<usize>> {
    let size = size.min(length);
    let count = (length - size).div_ceil((size - size / SHARED).max(1)) + 1;
    let start = |i: usize| i * (length - size) / (count - 1).max(1);
    (0..count).map(|i| start(i)..start(i) + size).collect()
}

/// Rises over the shared part of a span and falls over the last.
fn weight(place: usize, length: usize, ramp: usize) -> f32 {
    (place + 1).min(length - place).min(ramp + 1) as f32
}

/// Some rows and columns of every frame.
fn window(x: &Volume, rows: Range<usize>, columns: Range<usize>) -> Volume {
    let mut data = Vec::with_capacity(x.frames * rows.len() * columns.len() * x.channels);
    for frame in x.data.chunks_exact(x.pixels() * x.channels) {
        for row in rows.clone() {
            data.extend_from_slice(&frame[(row * x.width + columns.start) * x.channels..][..columns.len() * x.channels]);
        }
    }
    Volume::new([x.frames, rows.len(), columns.len(), x.channels], data)
}

/// Runs tiles of at most `side × side` latents one by one and fades them into each other where they meet. `x` has `before` pixels across a latent, what `run`
/// makes of it `after`. One tile is the plain run; several differ from it beside the seams, since normalisations see a tile alone.
///
/// # Panics
/// The sides of `x` are no multiples of `before`, or `run` gives another size.
pub(crate) fn in_tiles(x: &Volume, side: usize, before: usize, after: usize, run: impl Fn(&Volume) -> Volume) -> Volume {
    let [height, width] = [x.height, x.width].map(|n| n / before);
    let (rows, columns) = (spans(height, side.max(1)), spans(width, side.max(1)));
    if rows.len() * columns.len() == 1 {
        return run(x);
    }
    assert!(x.height.is_multiple_of(before) && x.width.is_multiple_of(before), "{}x{} in tiles", x.width, x.height);
    let scaled = |range: &Range<usize>, by: usize| range.start * by..range.end * by;
    let ramp = (side / SHARED).max(1) * after;
    let (mut all, mut weights) = (Volume::default(), vec![0.0; height * after * width * after]);
    for (row, column) in rows.iter().flat_map(|row| columns.iter().map(move |column| (row, column))) {
        let tile = run(&window(x, scaled(row, before), scaled(column, before)));
        let (down, across) = (scaled(row, after), scaled(column, after));
        assert_eq!([tile.height, tile.width], [down.len(), across.len()], "a tile");
        if all.data.is_empty() {
            all = Volume::zeros([tile.frames, height * after, width * after, tile.channels]);
        }
        let of = |y: usize, x: usize| weight(y, down.len(), ramp) * weight(x, across.len(), ramp);
        for (index, pixel) in tile.data.chunks_exact(tile.channels).enumerate() {
            let (frame, y, x) = (index / tile.pixels(), index / tile.width % tile.height, index % tile.width);
            let place = (down.start + y) * all.width + across.start + x;
            let to = &mut all.data[(frame * all.height * all.width + place) * tile.channels..][..tile.channels];
            to.iter_mut().zip(pixel).for_each(|(to, number)| *to += of(y, x) * number);
            if frame == 0 {
                weights[place] += of(y, x);
            }
        }
    }
    let channels = all.channels;
    for (index, pixel) in all.data.chunks_exact_mut(channels).enumerate() {
        pixel.iter_mut().for_each(|number| *number /= weights[index % weights.len()]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_cover_everything_and_share_a_quarter() {
        for length in 1..90 {
            for size in 1..40 {
                let spans = spans(length, size);
                assert!(spans[0].start == 0 && spans.last().unwrap().end == length);
                assert!(
                    spans.windows(2).all(|pair| pair[0].end >= pair[1].start + size.min(length) / 4 && pair[0].start < pair[1].start),
                    "{length} {size}"
                );
            }
        }
    }

    #[test]
    fn tiles_that_agree_join_into_the_whole_up_and_down() {
        let x = Volume::new([2, 24, 32, 2], (0..2 * 24 * 32 * 2).map(|i| (i as f32 * 0.37).sin()).collect());
        let close = |a: &Volume, b: &Volume| a.shape() == b.shape() && a.data.iter().zip(&b.data).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(&in_tiles(&x, 9, 1, 2, Volume::doubled), &x.doubled()));
        let half = |x: &Volume| {
            let pick = |i: usize| x.data[((i / 2 / (x.width / 2) * 2) * x.width + i / 2 % (x.width / 2) * 2) * 2 + i % 2];
            Volume::new([x.frames, x.height / 2, x.width / 2, 2], (0..x.data.len() / 4).map(pick).collect())
        };
        assert!(close(&in_tiles(&x, 5, 2, 1, half), &half(&x)));
    }

    #[test]
    fn tiles_that_differ_fade_into_each_other() {
        let x = Volume::new([1, 8, 64, 1], (0..8 * 64).map(|i| (i % 64) as f32).collect());
        // Every tile takes its first column's number for all of its pixels.
        let flat = |x: &Volume| Volume::new(x.shape(), vec![x.data[0]; x.data.len()]);
        let y = in_tiles(&x, 16, 1, 1, flat);
        let steps = y.data[..64].windows(2).map(|pair| pair[1] - pair[0]);
        assert!(steps.fold(0.0, f32::max) < 5.0 && y.data[63] == 48.0 && y.data[0] == 0.0);
    }
}
