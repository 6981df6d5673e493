//! Convolutions and linear layers: all are rows of the one matrix kernel, over different taps.

use crate::{
    Level, Prepare, Tensor,
    isa::{Isa, Kernel},
    pack::Packed,
    tensor::{BLOCK, padded},
    tile::Row,
};
use rayon::prelude::*;
use std::cell::RefCell;

/// Scratch of prepared pixels for one band; with weights and targets it fits a 512 KiB second-level cache.
const BAND_BYTES: usize = 192 * 1024;
/// Pixels of a row that are prepared together at most: the two at the edges, prepared twice, are then few.
const SEGMENT: usize = 96;

/// Scale and shift of each channel, per frame: FiLM (Perez et al. 2018). `out = conv · scale + shift`.
#[derive(Debug, Clone, Copy)]
pub struct Film<'a> {
    /// `frames × padded channels`.
    pub scale: &'a [f32],
    /// `frames × padded channels`.
    pub shift: &'a [f32],
}

/// What happens to the output of a convolution.
#[derive(Debug, Clone, Copy, Default)]
pub struct Finish<'a> {
    /// Added to what the output tensor holds, for residuals, instead of replacing it.
    pub accumulate: bool,
    /// Then scaled and shifted.
    pub film: Option<Film<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Spatial,
    Linear,
    Down,
    Up,
    Temporal,
}

/// A convolution with its weights packed for the kernel.
#[derive(Debug, Clone)]
pub struct Conv {
    kind: Kind,
    inputs: usize,
    outputs: usize,
    packed: Packed,
    bias: Vec<f32>,
}

impl Conv {
    /// 3×3 convolution with zero padding, from weights `[outputs, inputs, 3, 3]`.
    ///
    /// # Panics
    /// As all constructors: the numbers are not as many as the shape says.
    pub fn spatial(outputs: usize, inputs: usize, weights: &[f32], bias: &[f32]) -> Self {
        assert_eq!(weights.len(), outputs * inputs * 9, "3x3 weights");
        let packed = Packed::new(9, outputs, inputs, |tap, o, i| weights[(o * inputs + i) * 9 + tap]);
        Self::with(Kind::Spatial, inputs, outputs, packed, bias)
    }

    /// Linear layer over channels, from weights `[outputs, inputs]`.
    pub fn linear(outputs: usize, inputs: usize, weights: &[f32], bias: &[f32]) -> Self {
        assert_eq!(weights.len(), outputs * inputs, "linear weights");
        let packed = Packed::new(1, outputs, inputs, |_, o, i| weights[o * inputs + i]);
        Self::with(Kind::Linear, inputs, outputs, packed, bias)
    }

    /// Space-to-depth by two, then linear, from weights `[outputs, 4·inputs]` whose column is (dy·2 + dx)·inputs + c. Halves height and width.
    pub fn down(outputs: usize, inputs: usize, weights: &[f32], bias: &[f32]) -> Self {
        assert_eq!(weights.len(), outputs * inputs * 4, "downsampling weights");
        let packed = Packed::new(4, outputs, inputs, |tap, o, i| weights[(o * 4 + tap) * inputs + i]);
        Self::with(Kind::Down, inputs, outputs, packed, bias)
    }

    /// Linear, then depth-to-space by two, from weights `[4·outputs, inputs]` whose row is (dy·2 + dx)·outputs + c. Doubles height and width.
    pub fn up(outputs: usize, inputs: usize, weights: &[f32], bias: &[f32]) -> Self {
        assert_eq!(weights.len(), outputs * inputs * 4, "upsampling weights");
        assert_eq!(bias.len(), outputs * 4, "upsampling bias");
        // Each quarter gets whole blocks of its own.
        let quarter = padded(outputs);
        let row = |o: usize| (o % quarter < outputs).then_some(o / quarter * outputs + o % quarter);
        let packed = Packed::new(1, quarter * 4, inputs, |_, o, i| row(o).map_or(0.0, |row| weights[row * inputs + i]));
        let bias = (0..quarter * 4).map(|o| row(o).map_or(0.0, |row| bias[row])).collect();
        Self { kind: Kind::Up, inputs, outputs, packed, bias }
    }

    /// Convolution over time, kernel 3, frames outside are zeros, from weights `[outputs, inputs, 3]`.
    pub fn temporal(outputs: usize, inputs: usize, weights: &[f32], bias: &[f32]) -> Self {
        assert_eq!(weights.len(), outputs * inputs * 3, "temporal weights");
        let packed = Packed::new(3, outputs, inputs, |tap, o, i| weights[(o * inputs + i) * 3 + tap]);
        Self::with(Kind::Temporal, inputs, outputs, packed, bias)
    }

    fn with(kind: Kind, inputs: usize, outputs: usize, packed: Packed, bias: &[f32]) -> Self {
        assert_eq!(bias.len(), outputs, "bias");
        let mut bias = bias.to_vec();
        bias.resize(padded(outputs), 0.0);
        Self { kind, inputs, outputs, packed, bias }
    }

    /// The shape of the output for an input of this shape.
    pub fn shape(&self, [frames, height, width, _]: [usize; 4]) -> [usize; 4] {
        match self.kind {
            Kind::Down => [frames, height / 2, width / 2, self.outputs],
            Kind::Up => [frames, height * 2, width * 2, self.outputs],
            Kind::Spatial | Kind::Linear | Kind::Temporal => [frames, height, width, self.outputs],
        }
    }

    /// Runs it. Every output number is one sum in a fixed order, so the result has the same bytes for any number of threads.
    ///
    /// Only [`Conv::spatial`] prepares its input on the fly; elsewhere use [`crate::activate`] first.
    ///
    /// # Panics
    /// Shapes do not fit, or `prepare` is given to another kind.
    pub fn run(&self, level: Level, input: &Tensor, prepare: Prepare<'_>, finish: Finish<'_>, output: &mut Tensor) {
        assert_eq!(input.channels, self.inputs, "channels of the input");
        assert_eq!(output.shape(), self.shape(input.shape()), "shape of the output");
        assert!(self.kind == Kind::Spatial || matches!(prepare, Prepare::Nothing), "only 3x3 convolutions prepare their input");
        assert!(self.kind != Kind::Up || finish.film.is_none(), "no scales on upsampling");
        if output.data.is_empty() {
            return;
        }
        // Rows of the sweep: those of the input for upsampling, of the output else. One gives `tall` rows of output.
        let (sweep_height, tall) = if self.kind == Kind::Up { (input.height, 2) } else { (output.height, 1) };
        let sweep_width = if self.kind == Kind::Up { input.width } else { output.width };
        let row = output.width * output.stride();
        let rows = self.rows(input.frames, sweep_height, sweep_width.min(SEGMENT));
        let bands = output.data.par_chunks_mut(sweep_height * tall * row).enumerate();
        bands.flat_map(|(frame, data)| data.par_chunks_mut(rows * tall * row).enumerate().map(move |(band, data)| (frame, band, data))).for_each(
            |(frame, band, target)| {
                let first = band * rows;
                let rows = target.len() / (tall * row);
                // Borrowed out here because a closure around vector instructions would keep them from being inlined.
                SCRATCH.with_borrow_mut(|scratch| {
                    let len = if self.kind == Kind::Spatial { (rows + 2) * (sweep_width.min(SEGMENT) + 2) * input.stride() } else { 0 };
                    if scratch.len() < len {
                        scratch.resize(len, 0.0);
                    }
                    level.run(Band {
                        conv: self,
                        input,
                        prepare,
                        finish,
                        frame,
                        first,
                        rows,
                        width: sweep_width,
                        target,
                        scratch: &mut scratch[..len],
                    });
                });
            },
        );
    }

    /// Rows of a band: as many as the cache holds, but enough bands for all threads.
    fn rows(&self, frames: usize, height: usize, width: usize) -> usize {
        let cached = BAND_BYTES / ((width + 2) * self.packed.depth * 4);
        let shared = (frames * height).div_ceil(rayon::current_num_threads() * 3);
        let most = cached.saturating_sub(2).min(shared).clamp(2, 16);
        // Bands of nearly equal height: 16 rows are 8 + 8, not 11 + 5.
        height.div_ceil(height.div_ceil(most))
    }
}

/// Some rows of one frame.
struct Band<'a> {
    conv: &'a Conv,
    input: &'a Tensor,
    prepare: Prepare<'a>,
    finish: Finish<'a>,
    frame: usize,
    first: usize,
    rows: usize,
    width: usize,
    target: &'a mut [f32],
    /// Prepared pixels of a segment; used by 3×3 convolutions.
    scratch: &'a mut [f32],
}

thread_local! {
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

impl Kernel for Band<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(mut self, isa: I) {
        if self.conv.kind != Kind::Spatial {
            return self.sweep(isa, &self.input.data, 0, self.width, 0);
        }
        let scratch = std::mem::take(&mut self.scratch);
        // Segments of nearly equal width.
        let segment = self.width.div_ceil(self.width.div_ceil(SEGMENT));
        for x in (0..self.width).step_by(segment) {
            let width = segment.min(self.width - x);
            let scratch = &mut scratch[..(self.rows + 2) * (width + 2) * self.input.stride()];
            self.gather(isa, x, width, scratch);
            self.sweep(isa, scratch, x, width, width + 2);
        }
    }
}

impl Band<'_> {
    /// Prepares the pixels of the band and one more on every side; zeros beside the image. Rows above and below the image are left out.
    #[inline(always)]
    fn gather<I: Isa>(&self, isa: I, x: usize, width: usize, scratch: &mut [f32]) {
        let (stride, channels) = (self.input.stride(), self.input.channels);
        for (row, to) in scratch.chunks_exact_mut((width + 2) * stride).enumerate() {
            let y = self.first + row;
            if y == 0 || y > self.input.height {
                continue;
            }
            let from = &self.input.data[(self.frame * self.input.height + y - 1) * self.input.width * stride..][..self.input.width * stride];
            let (left, right) = (x.saturating_sub(1), (x + width + 1).min(self.input.width));
            let at = left + 1 - x;
            to[..at * stride].fill(0.0);
            to[(at + right - left) * stride..].fill(0.0);
            self.prepare.pixels(isa, &from[left * stride..right * stride], &mut to[at * stride..(at + right - left) * stride], stride, channels);
        }
    }

    /// Where the taps of a row lie in the source: fills `taps` with (position of the first pixel's first input, number of the tap).
    #[inline(always)]
    fn taps(&self, row: usize, x: usize, scratch_width: usize, taps: &mut [(usize, usize); 9]) -> usize {
        let stride = self.input.stride();
        let [frames, height, width, _] = self.input.shape();
        let y = self.first + row;
        let mut count = 0;
        let mut add = |tap: usize, pixel: usize| {
            taps[count] = (pixel * stride, tap);
            count += 1;
        };
        match self.conv.kind {
            Kind::Spatial => {
                for tap in (0..9).filter(|tap| (1..=height).contains(&(y + tap / 3))) {
                    add(tap, (row + tap / 3) * scratch_width + tap % 3);
                }
            }
            Kind::Linear | Kind::Up => add(0, (self.frame * height + y) * width + x),
            Kind::Down => (0..4).for_each(|tap| add(tap, (self.frame * height + y * 2 + tap / 2) * width + x * 2 + tap % 2)),
            Kind::Temporal => {
                for tap in (0..3).filter(|tap| (1..=frames).contains(&(self.frame + tap))) {
                    add(tap, ((self.frame + tap - 1) * height + y) * width + x);
                }
            }
        }
        count
    }

    /// All outputs of the band's columns `x..x + width`.
    #[inline(always)]
    fn sweep<I: Isa>(&mut self, isa: I, source: &[f32], x: usize, width: usize, scratch_width: usize) {
        let packed = &self.conv.packed;
        let stride = padded(self.conv.outputs);
        let up = self.conv.kind == Kind::Up;
        let (quarters, zoom) = if up { (4, 2) } else { (1, 1) };
        let per_quarter = packed.blocks / quarters;
        let together = (I::VECTORS * I::LANES / BLOCK).max(1);
        let source_step = self.input.stride() * if self.conv.kind == Kind::Down { 2 } else { 1 };
        let mut taps = [(0, 0); 9];
        let mut block = 0;
        while block < packed.blocks {
            let (quarter, channel) = (block / per_quarter, block % per_quarter * BLOCK);
            let blocks = together.min(per_quarter - block % per_quarter);
            for start in (0..packed.depth).step_by(packed.chunk) {
                let depth = packed.chunk.min(packed.depth - start);
                let last = start + depth == packed.depth;
                for row in 0..self.rows {
                    let count = self.taps(row, x, scratch_width, &mut taps);
                    taps[..count].iter_mut().for_each(|tap| tap.0 += start);
                    let film = self.finish.film.filter(|_| last).map(|film| {
                        let at = self.frame * stride + channel;
                        (&film.scale[at..(self.frame + 1) * stride], &film.shift[at..(self.frame + 1) * stride])
                    });
                    let line = Row {
                        source,
                        taps: &taps[..count],
                        source_step,
                        depth,
                        weights: packed.from(block, start),
                        weights_step: packed.block_stride(),
                        blocks,
                        target_step: stride * zoom,
                        width,
                        bias: (start == 0).then_some(&self.conv.bias[block * BLOCK..]),
                        accumulate: self.finish.accumulate,
                        film,
                    };
                    let pixel = (row * zoom + quarter / 2) * self.width * zoom + x * zoom + quarter % 2;
                    line.run(isa, &mut self.target[pixel * stride + channel..]);
                }
            }
            block += blocks;
        }
    }
}
