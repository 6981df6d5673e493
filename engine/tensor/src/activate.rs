//! What happens to a tensor before a convolution: RMS normalisation and SiLU, pixel by pixel.

use crate::{
    Level, Tensor,
    isa::{Isa, Kernel},
    math::silu_vector,
};
use rayon::prelude::*;

/// Keeps the normalisation finite where a pixel is all zeros.
const EPSILON: f32 = 1e-6;
/// Pixels whose factors are computed together.
const RUN: usize = 16;

/// How the input of an operation is prepared.
#[derive(Debug, Clone, Copy)]
pub enum Prepare<'a> {
    /// Left as it is.
    Nothing,
    /// `x / sqrt(mean over channels of x² + 1e-6)`, times a gain per channel (Zhang and Sennrich 2019). The gain is padded with zeros to whole blocks.
    Rms(&'a [f32]),
    /// The same, then SiLU.
    RmsSilu(&'a [f32]),
}

impl Prepare<'_> {
    /// Prepares whole pixels of `stride` numbers, of which `channels` count.
    #[inline(always)]
    pub(crate) fn pixels<I: Isa>(self, isa: I, from: &[f32], to: &mut [f32], stride: usize, channels: usize) {
        match self {
            Self::Nothing => to.copy_from_slice(from),
            Self::Rms(gain) => rms::<I, false>(isa, from, to, stride, channels, gain),
            Self::RmsSilu(gain) => rms::<I, true>(isa, from, to, stride, channels, gain),
        }
    }
}

#[inline(always)]
fn rms<I: Isa, const SILU: bool>(isa: I, from: &[f32], to: &mut [f32], stride: usize, channels: usize, gain: &[f32]) {
    let gain = &gain[..stride];
    // In two passes over a few pixels, so that the latencies of one pixel's sum and root do not hold up the others.
    let mut factors = [0.0; RUN];
    for (from, to) in from.chunks(RUN * stride).zip(to.chunks_mut(RUN * stride)) {
        for (pixel, factor) in from.chunks_exact(stride).zip(&mut factors) {
            let mut squares = [isa.splat(0.0); 2];
            for pair in pixel.chunks_exact(2 * I::LANES) {
                let (a, b) = (isa.read(pair), isa.read(&pair[I::LANES..]));
                squares = [isa.fma(a, a, squares[0]), isa.fma(b, b, squares[1])];
            }
            if let Some(last) = pixel.chunks_exact(2 * I::LANES).remainder().get(..I::LANES) {
                let a = isa.read(last);
                squares[0] = isa.fma(a, a, squares[0]);
            }
            *factor = isa.fold(isa.add(squares[0], squares[1]), |a, b| a + b);
        }
        for factor in &mut factors {
            *factor = (*factor / channels as f32 + EPSILON).sqrt().recip();
        }
        for ((from, to), factor) in from.chunks_exact(stride).zip(to.chunks_exact_mut(stride)).zip(factors) {
            let factor = isa.splat(factor);
            for ((from, to), gain) in from.chunks_exact(I::LANES).zip(to.chunks_exact_mut(I::LANES)).zip(gain.chunks_exact(I::LANES)) {
                let x = isa.mul(isa.mul(isa.read(from), factor), isa.read(gain));
                isa.write(to, if SILU { silu_vector(isa, x) } else { x });
            }
        }
    }
}

/// Prepares a whole tensor. `to` has the shape of `from`.
///
/// # Panics
/// The shapes differ, or the gain is shorter than a padded pixel.
pub fn activate(level: Level, from: &Tensor, prepare: Prepare<'_>, to: &mut Tensor) {
    struct Rows<'a>(&'a [f32], &'a mut [f32], Prepare<'a>, usize, usize);
    impl Kernel for Rows<'_> {
        type Output = ();
        #[inline(always)]
        fn run<I: Isa>(self, isa: I) {
            self.2.pixels(isa, self.0, self.1, self.3, self.4);
        }
    }
    assert_eq!(from.shape(), to.shape(), "activation in a tensor of another shape");
    let (stride, channels) = (from.stride(), from.channels);
    let part = (16 * 1024 / stride).max(1) * stride;
    to.data.par_chunks_mut(part).zip(from.data.par_chunks(part)).for_each(|(to, from)| level.run(Rows(from, to, prepare, stride, channels)));
}
