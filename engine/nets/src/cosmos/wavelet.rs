//! The Haar wavelets between pixels and the tokenizer's convolutions.

use rayon::prelude::*;
use relight_tensor::Volume;

/// Rounds of splitting: blocks of 4×4×4 pixels become one place.
const ROUNDS: usize = 2;
/// Copies of the first frame that are put before it, so that 1 + 4k frames become 1 + k.
const AHEAD: usize = 3;

/// Two rounds of splitting time, rows and columns into means and differences; 3 channels become 192, `1 + 4k` frames become `1 + k`.
///
/// A round gives 8 bands, numbered (time, rows, columns) with columns fastest, 1 for differences; a band keeps its channels together. With the official
/// factors, three times 1/√2 and then 1/(2√2), a band is a signed mean of its 8 pixels (SPEC section 4).
///
/// # Panics
/// Height or width are no multiples of 4, or frames are not `1 + 4k`.
pub fn haar(clip: &Volume) -> Volume {
    assert!(clip.frames % 4 == 1 && clip.height.is_multiple_of(4) && clip.width.is_multiple_of(4), "frames 1 + 4k, sizes 4n");
    let mut now = Volume::zeros([clip.frames + AHEAD, clip.height, clip.width, clip.channels]);
    for t in 0..now.frames {
        now.frame_mut(t).copy_from_slice(clip.frame(t.saturating_sub(AHEAD)));
    }
    for _ in 0..ROUNDS {
        now = split(&now);
    }
    now
}

/// Undoes [`haar`].
pub fn unhaar(bands: Volume) -> Volume {
    let mut now = bands;
    for _ in 0..ROUNDS {
        now = join(&now);
    }
    let skip = AHEAD * now.frame_len();
    now.data.drain(..skip);
    now.frames -= AHEAD;
    now
}

/// Sign of pixel `corner` in band `band`, both as bits (time, rows, columns).
fn sign(band: usize, corner: usize) -> f32 {
    if (band & corner).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// Number of the pixel at `corner` of block (t, y, x).
fn pixel(fine: [usize; 2], t: usize, y: usize, x: usize, corner: usize) -> usize {
    let [height, width] = fine;
    ((2 * t + corner / 4) * height + 2 * y + corner / 2 % 2) * width + 2 * x + corner % 2
}

fn split(fine: &Volume) -> Volume {
    let channels = fine.channels;
    let mut out = Volume::zeros([fine.frames / 2, fine.height / 2, fine.width / 2, channels * 8]);
    let (width, len) = (out.width, out.frame_len());
    out.data.par_chunks_mut(len).enumerate().for_each(|(t, frame)| {
        for (place, bands) in frame.chunks_exact_mut(channels * 8).enumerate() {
            for corner in 0..8 {
                let from = &fine.data[pixel([fine.height, fine.width], t, place / width, place % width, corner) * channels..][..channels];
                for (band, to) in bands.chunks_exact_mut(channels).enumerate() {
                    let factor = sign(band, corner) / 8.0;
                    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
                }
            }
        }
    });
    out
}

fn join(coarse: &Volume) -> Volume {
    let channels = coarse.channels / 8;
    let mut out = Volume::zeros([coarse.frames * 2, coarse.height * 2, coarse.width * 2, channels]);
    let (size, len) = ([out.height, out.width], out.frame_len() * 2);
    out.data.par_chunks_mut(len).enumerate().for_each(|(t, pair)| {
        for (place, bands) in coarse.frame(t).chunks_exact(coarse.channels).enumerate() {
            for corner in 0..8 {
                let to = &mut pair[pixel(size, 0, place / coarse.width, place % coarse.width, corner) * channels..][..channels];
                for (band, from) in bands.chunks_exact(channels).enumerate() {
                    let factor = sign(band, corner);
                    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
                }
            }
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting_and_joining_give_the_clip_back_and_means_come_first() {
        let shape = [5, 8, 12, 3];
        let data: Vec<f32> = (0..shape.iter().product()).map(|i: usize| ((i * 7919) % 1000) as f32 / 500.0 - 1.0).collect();
        let clip = Volume::new(shape, data);
        let bands = haar(&clip);
        assert_eq!(bands.shape(), [2, 2, 3, 192]);
        let back = unhaar(bands);
        assert!(back.data.iter().zip(&clip.data).all(|(a, b)| (a - b).abs() < 1e-5));
        let flat = haar(&Volume::new(shape, vec![0.5; clip.data.len()]));
        assert!(flat.data.chunks_exact(192).all(|p| p[..3] == [0.5; 3] && p[3..].iter().all(|x| *x == 0.0)));
    }
}
