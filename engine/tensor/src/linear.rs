//! Matrix products with large weights that stay where they are: a panel of some outputs is widened and packed at a time, never the whole matrix.

use crate::{
    Level,
    isa::{Isa, Kernel},
    matrix::Matrix,
    number::Number,
    tensor::BLOCK,
    tile::Row,
};
use rayon::prelude::*;
use std::cell::RefCell;

/// Numbers of a packed panel at most (4 MiB), shared by all threads in the last-level cache; a single block of outputs may need more.
const PANEL: usize = 1 << 20;
/// Outputs of a panel at most: 96 rows of 256 sums are 96 KiB of second-level cache.
const OUTPUTS: usize = 256;
/// Rows that a task works on: a multiple of the 6 and the 12 rows that the tile kernels hold.
const ROWS: usize = 96;
/// Columns that one sweep uses again and again: a block's 256 · 16 weights are 16 KiB of first-level cache.
const CHUNK: usize = 256;

thread_local! {
    static PACKED: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// `y = x · Wᵀ + bias`: `x` has rows of `weights.columns()` numbers, `y` as many rows of `weights.outputs()`.
///
/// Every output is one sum in f32 and in a fixed order, so the result has the same bytes for any number of threads.
///
/// # Panics
/// The sizes do not fit.
pub fn linear<N: Number>(level: Level, x: &[N], weights: &Matrix<'_>, bias: Option<&[f32]>, y: &mut [N]) {
    let inputs = weights.columns();
    assert_eq!(x.len() * weights.outputs(), y.len() * inputs, "rows of {inputs} numbers in, of {} out", weights.outputs());
    convolve(level, x, inputs, 1, |row| move |_| Some(row), weights, bias, y);
}

/// A convolution of any shape: `y[row] = bias + Σ_tap W[:, :, tap] · x[place(row)(tap)]`, where a place is a pixel of `inputs` numbers in `x`, or `None` for zeros.
///
/// `weights` has `inputs · taps` columns, (input, tap) with the tap fastest: torch's `[outputs, inputs, kt, kh, kw]`. Sums have a fixed order, as in [`linear`].
///
/// # Panics
/// The sizes do not fit, or a place lies outside `x`.
#[expect(clippy::too_many_arguments, reason = "a convolution has this many sizes")]
pub fn convolve<N: Number, P: Fn(usize) -> Option<usize>>(
    level: Level,
    x: &[N],
    inputs: usize,
    taps: usize,
    place: impl Fn(usize) -> P + Sync,
    weights: &Matrix<'_>,
    bias: Option<&[f32]>,
    y: &mut [N],
) {
    let outputs = weights.outputs();
    assert_eq!(weights.columns(), inputs * taps, "columns of the weights");
    assert!(bias.is_none_or(|bias| bias.len() == outputs), "bias");
    assert!(outputs > 0 && inputs * taps > 0 && y.len().is_multiple_of(outputs), "whole rows");
    let count = y.len() / outputs;
    if count == 0 {
        return;
    }
    let depth = inputs * taps;
    let group = (PANEL / depth / BLOCK * BLOCK).clamp(BLOCK, OUTPUTS);
    let band = count.div_ceil(count.div_ceil(ROWS).max(rayon::current_num_threads().min(count.div_ceil(12))));
    // Taken out of its cell: a thread that waits here may be given another product to work on.
    let mut panel = PACKED.take();
    for first in (0..outputs).step_by(group) {
        let held = group.min(outputs - first);
        let blocks = held.div_ceil(BLOCK);
        panel.resize(panel.len().max(blocks * BLOCK * depth), 0.0);
        let panel = &mut panel[..blocks * BLOCK * depth];
        panel.par_chunks_mut(BLOCK * depth).enumerate().for_each(|(block, to)| pack(weights, first + block * BLOCK, inputs, taps, to));
        let panel = &*panel;
        y.par_chunks_mut(band * outputs).enumerate().for_each(|(index, y)| {
            SCRATCH.with_borrow_mut(|scratch| {
                let (rows, wide) = (y.len() / outputs, blocks * BLOCK);
                scratch.resize(scratch.len().max(band * (OUTPUTS + CHUNK)), 0.0);
                let (sums, pixels) = scratch.split_at_mut(band * OUTPUTS);
                let sums = &mut sums[..rows * wide];
                for row in sums.chunks_exact_mut(wide) {
                    row.fill(0.0);
                    if let Some(bias) = bias {
                        row[..held].copy_from_slice(&bias[first..first + held]);
                    }
                }
                // Chunks run over tap and input alike, as the packed weights do: few inputs still make long sums.
                for start in (0..depth).step_by(CHUNK) {
                    let long = CHUNK.min(depth - start);
                    for (row, mut to) in pixels.chunks_exact_mut(long).take(rows).enumerate() {
                        let place = place(index * band + row);
                        let mut column = start;
                        while !to.is_empty() {
                            let (tap, input) = (column / inputs, column % inputs);
                            let (some, rest) = to.split_at_mut((inputs - input).min(to.len()));
                            match place(tap) {
                                Some(pixel) => N::widen(&x[pixel * inputs + input..][..some.len()], some),
                                None => some.fill(0.0),
                            }
                            column += some.len();
                            to = rest;
                        }
                    }
                    let weights = &panel[start * BLOCK..];
                    level.run(Sweep { pixels: &pixels[..rows * long], depth: long, weights, step: depth * BLOCK, blocks, sums, rows });
                }
                for (y, sums) in y.chunks_exact_mut(outputs).zip(sums.chunks_exact(wide)) {
                    N::narrow(&sums[..held], &mut y[first..first + held]);
                }
            });
        });
    }
    PACKED.set(panel);
}

/// One block of outputs in the kernel's order: taps, inputs, then a row of [`BLOCK`] outputs; zeros after the last output.
fn pack(weights: &Matrix<'_>, first: usize, inputs: usize, taps: usize, to: &mut [f32]) {
    const COLUMNS: usize = 64;
    let held = BLOCK.min(weights.outputs() - first);
    let mut wide = [[0.0; COLUMNS]; BLOCK];
    for start in (0..inputs * taps).step_by(COLUMNS) {
        let count = COLUMNS.min(inputs * taps - start);
        for (lane, wide) in wide[..held].iter_mut().enumerate() {
            weights.widen(first + lane, start, &mut wide[..count]);
        }
        for column in 0..count {
            let (input, tap) = ((start + column) / taps, (start + column) % taps);
            let row = &mut to[(tap * inputs + input) * BLOCK..][..BLOCK];
            for (to, wide) in row.iter_mut().zip(&wide) {
                *to = wide[column];
            }
        }
    }
}

/// Some rows times a chunk of columns of a panel, added to the sums.
struct Sweep<'a> {
    pixels: &'a [f32],
    depth: usize,
    weights: &'a [f32],
    step: usize,
    blocks: usize,
    sums: &'a mut [f32],
    rows: usize,
}

impl Kernel for Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let together = (I::VECTORS * I::LANES / BLOCK).max(1);
        let mut block = 0;
        while block < self.blocks {
            let blocks = together.min(self.blocks - block);
            let line = Row {
                source: self.pixels,
                taps: &[(0, 0)],
                source_step: self.depth,
                depth: self.depth,
                weights: &self.weights[block * self.step..],
                weights_step: self.step,
                blocks,
                target_step: self.blocks * BLOCK,
                width: self.rows,
                bias: None,
                accumulate: false,
                film: None,
            };
            line.run(isa, &mut self.sums[block * BLOCK..]);
            block += blocks;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Numbers, plain::numbers};
    use half::{bf16, f16};

    /// The same numbers in every format that a checkpoint may have.
    fn formats(weights: &[f32], outputs: usize) -> Vec<(Vec<u8>, Vec<f32>, &'static str)> {
        let bytes = |f: &dyn Fn(f32) -> Vec<u8>| weights.iter().flat_map(|w| f(*w)).collect();
        let columns = weights.len() / outputs;
        let scales: Vec<f32> = weights.chunks(columns).map(|row| row.iter().fold(0.0f32, |a, b| a.max(b.abs())) / 127.0).collect();
        let int8 = weights.iter().enumerate().map(|(i, w)| (w / scales[i / columns]).round() as i8 as u8).collect();
        vec![
            (bytes(&|w| w.to_le_bytes().to_vec()), Vec::new(), "f32"),
            (bytes(&|w| bf16::from_f32(w).to_le_bytes().to_vec()), Vec::new(), "bf16"),
            (bytes(&|w| f16::from_f32(w).to_le_bytes().to_vec()), Vec::new(), "f16"),
            (int8, scales, "int8"),
        ]
    }

    fn view<'a>(name: &str, outputs: usize, columns: usize, bytes: &'a [u8], scales: &'a [f32]) -> Matrix<'a> {
        let numbers = match name {
            "f32" => Numbers::SingleBytes(bytes),
            "bf16" => Numbers::Bfloat(bytes),
            "f16" => Numbers::Half(bytes),
            _ => Numbers::Int8(bytes, scales),
        };
        Matrix::new(outputs, columns, numbers)
    }

    fn widened(matrix: &Matrix<'_>) -> Vec<f32> {
        let mut all = vec![0.0; matrix.outputs() * matrix.columns()];
        all.chunks_exact_mut(matrix.columns()).enumerate().for_each(|(o, to)| matrix.widen(o, 0, to));
        all
    }

    #[test]
    fn products_agree_with_the_plain_one_in_every_format() {
        for (rows, inputs, outputs) in [(1, 7, 3), (5, 64, 16), (101, 300, 33), (200, 513, 290)] {
            let (x, weights, bias) = (numbers(rows * inputs, 1), numbers(outputs * inputs, 2), numbers(outputs, 3));
            for (bytes, scales, name) in formats(&weights, outputs) {
                let matrix = view(name, outputs, inputs, &bytes, &scales);
                let wide = widened(&matrix);
                let closest = weights.iter().zip(&wide).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(closest < 0.005, "{name} keeps the weights to {closest}");
                let expected: Vec<f64> = (0..rows * outputs)
                    .map(|i| {
                        let (row, o) = (i / outputs, i % outputs);
                        let sum: f64 = (0..inputs).map(|k| f64::from(x[row * inputs + k]) * f64::from(wide[o * inputs + k])).sum();
                        sum + f64::from(bias[o])
                    })
                    .collect();
                for level in Level::tested() {
                    let mut y = vec![f32::NAN; rows * outputs];
                    linear(level, &x, &matrix, Some(&bias), &mut y);
                    for (i, (&fast, &slow)) in y.iter().zip(&expected).enumerate() {
                        assert!((f64::from(fast) - slow).abs() < 1e-4, "{level:?} {name} {rows}x{inputs}x{outputs} [{i}]: {fast}, not {slow}");
                    }
                    let part = outputs / 2;
                    let mut some = vec![f32::NAN; rows * (outputs - part)];
                    linear(level, &x, &matrix.rows(part..outputs), Some(&bias[part..]), &mut some);
                    assert!((0..rows).all(|r| some[r * (outputs - part)] == y[r * outputs + part]), "some rows of the matrix");
                }
            }
        }
    }

    #[test]
    fn convolutions_agree_with_the_plain_one() {
        // A line of pixels, three taps, every second pixel, zeros outside.
        let (pixels, inputs, outputs, taps) = (61, 37, 19, 3);
        let (x, weights) = (numbers(pixels * inputs, 4), numbers(outputs * inputs * taps, 5));
        let rows = pixels.div_ceil(2);
        let place = |row: usize| move |tap: usize| (row * 2 + tap).checked_sub(1).filter(|p| *p < pixels);
        for level in Level::tested() {
            let mut y = vec![f32::NAN; rows * outputs];
            convolve(level, &x, inputs, taps, place, &Matrix::new(outputs, inputs * taps, Numbers::Single(&weights)), None, &mut y);
            for (i, &fast) in y.iter().enumerate() {
                let (row, o) = (i / outputs, i % outputs);
                let mut slow = 0.0;
                for tap in 0..taps {
                    let Some(pixel) = place(row)(tap) else { continue };
                    slow += (0..inputs).map(|c| f64::from(x[pixel * inputs + c]) * f64::from(weights[(o * inputs + c) * taps + tap])).sum::<f64>();
                }
                assert!((f64::from(fast) - slow).abs() < 1e-4, "{level:?} [{row}, {o}]: {fast}, not {slow}");
            }
        }
    }

    #[test]
    fn products_do_not_depend_on_the_number_of_threads() {
        let (rows, inputs, outputs) = (150, 300, 40);
        let (x, weights) = (numbers(rows * inputs, 6), numbers(outputs * inputs, 7));
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut y = vec![0.0; rows * outputs];
            pool.install(|| linear(Level::best(), &x, &Matrix::new(outputs, inputs, Numbers::Single(&weights)), None, &mut y));
            y
        };
        assert_eq!(run(1), run(3));
    }
}
