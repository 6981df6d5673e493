//! How much memory a run takes, from the shapes alone.

use super::{DitConfig, Precision, SHRINK, TokenizerConfig};
use crate::Peak;

/// Bytes of a number.
const NUMBER: u64 = 4;
/// Panels and scratch of the matrix kernels, and the vectors of a network.
const REST: u64 = 5 << 20;

/// What a clip takes; its pictures themselves are counted by who holds them.
///
/// - `encoder`: pictures to latents;
/// - `transformer`: the stream and four tensors of its size, the keys and values of a few heads, and a matrix of weights;
/// - `decoder`: latents to pictures.
///
/// `size` is [frames, height, width] in pixels, `threads` what kernels run with, `mapped` the bytes of the largest stored matrix, `precision` that of the
/// tokens, `tile` the latents across a tile of the tokenizer, if it goes over tiles.
pub fn peak(
    dit: &DitConfig,
    tokenizer: &TokenizerConfig,
    size: [usize; 3],
    threads: usize,
    mapped: usize,
    precision: Precision,
    tile: Option<usize>,
) -> Peak {
    let numbers = |count: usize| count as u64 * NUMBER;
    let [frames, height, width] = size;
    let latent_frames = (frames.max(1) - 1) / SHRINK + 1;
    let latents = latent_frames * (height / SHRINK) * (width / SHRINK);
    let tokens = latents / 4;
    let kept = |count: usize| (count * precision.bytes()) as u64;
    let stream = 5 * kept(tokens * dit.width);
    // The keys and values of as many heads as there are threads.
    let packed = 2 * numbers(threads.min(dit.width / dit.head) * tokens.next_multiple_of(16) * dit.head.next_multiple_of(16));
    // Patches go in before there is more than the stream.
    let patches = kept(tokens * (dit.width + dit.columns()));
    // The state, its scaled copy, the answers; conditions, and the latents that they were made of.
    let held = numbers(latents * (dit.outputs * 6 + 2 * dit.conditions));
    // Attention needs no matrix, and matrices no packed keys.
    let transformer = patches.max(stream + packed.max(mapped as u64)) + held + REST;

    let tile = tile.unwrap_or(usize::MAX);
    let (rows, columns) = ((height / SHRINK).min(tile) * 2, (width / SHRINK).min(tile) * 2);
    let tiled = rows * columns * SHRINK * SHRINK / 4 < height * width;
    // Places of the finest level of a frame, which are 4×4 pixels, and frames there: blocks of four, with three copies ahead.
    let frame = rows * columns;
    let (fine, coarse) = (tokenizer.widths[0], tokenizer.widths[1]);
    let bands = numbers(frames.div_ceil(4) * frame * tokenizer.bands);
    let places = frames.div_ceil(4) * frame;
    let middle = tokenizer.widths.last().copied().unwrap_or(coarse);
    // Queries, keys, values, what they are made of, and the clip itself.
    let attention = numbers(6 * latent_frames * frame / 4 * middle);
    // A clip and its residual, normed and convolved frame by frame.
    let blocks = numbers(2 * places * fine + 2 * frame * fine);
    let encoder = (2 * bands).max(bands + numbers(places * tokenizer.stem + frame * tokenizer.stem)).max(blocks).max(attention);
    let doubled = (latent_frames * 2 - 1) * frame;
    // The first block of the finest level takes the coarser level's channels, which the step up made of a fourth as many places.
    let first = numbers(doubled * (coarse + fine) + frame * (coarse + fine));
    let up = numbers(doubled * coarse * 5 / 4 + 3 * frame * coarse);
    let decoder = first.max(up).max(2 * bands).max(attention).max(numbers(2 * doubled * fine + 2 * frame * fine));
    // The part of the pictures that a tile sees, and all that was decoded before.
    let (window, whole) = if tiled { (bands, numbers(frames * height * width * 3)) } else { (0, 0) };
    Peak::new([("encoder", encoder + window + REST), ("transformer", transformer), ("decoder", decoder + whole + held + REST)])
}
