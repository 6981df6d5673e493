//! The tokenizer's layers. A clip's frames are worked on one by one, and convolutions over time run in place, so that a block never holds more than two
//! clips and a frame.

use super::rows::silu as silu_one;
use crate::Store;
use rayon::prelude::*;
use relight_tensor::{BLOCK, Heads, Matrix, Volume, attend, convolve, silu as silu_blocks};

/// Keeps normalisations finite; the official modules' own.
const EPSILON: f32 = 1e-6;

/// Layers of one half of a tokenizer.
pub(crate) struct Layers<'a>(pub &'a Store);

/// How a convolution over space goes over a frame.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Reach {
    /// 1×1.
    Point,
    /// 3×3 with one row and column of zeros all round.
    Around,
    /// 3×3 in steps of two, zeros only below and on the right.
    Half,
}

impl Layers<'_> {
    /// A convolution over one frame `[height, width, inputs]`.
    pub fn spatial(&self, name: &str, frame: &[f32], [height, width]: [usize; 2], reach: Reach) -> Vec<f32> {
        let bias = self.bias(name);
        let (side, step, before) = match reach {
            Reach::Point => (1, 1, 0),
            Reach::Around => (3, 1, 1),
            Reach::Half => (3, 2, 0),
        };
        let (tall, wide) = (height / step, width / step);
        let place = |row: usize| {
            let (top, left) = (row / wide * step, row % wide * step);
            move |tap: usize| {
                let (y, x) = ((top + tap / side).checked_sub(before)?, (left + tap % side).checked_sub(before)?);
                (y < height && x < width).then_some(y * width + x)
            }
        };
        let mut out = vec![0.0; tall * wide * bias.len()];
        let channels = frame.len() / (height * width);
        self.weights(name, |weights| convolve(self.0.level, frame, channels, side * side, place, weights, Some(&bias), &mut out));
        out
    }

    /// A convolution over one frame of every pixel's own three instants `at` (frame numbers).
    fn instants(&self, name: &str, clip: &Volume, at: [usize; 3]) -> Vec<f32> {
        let bias = self.bias(name);
        let pixels = clip.pixels();
        let mut out = vec![0.0; pixels * bias.len()];
        let place = |row: usize| move |tap: usize| Some(at[tap] * pixels + row);
        self.weights(name, |weights| convolve(self.0.level, &clip.data, clip.channels, 3, place, weights, Some(&bias), &mut out));
        out
    }

    /// A causal convolution over time, in place from the last frame to the first: a frame sees itself and the two before it, the first frame repeated.
    /// With `residual` the clip is added to it.
    pub fn temporal(&self, name: &str, clip: &mut Volume, residual: bool) {
        for t in (0..clip.frames).rev() {
            let new = self.instants(name, clip, [t.saturating_sub(2), t.saturating_sub(1), t]);
            let frame = clip.frame_mut(t);
            if residual {
                frame.iter_mut().zip(&new).for_each(|(to, new)| *to += new);
            } else {
                frame.copy_from_slice(&new);
            }
        }
    }

    /// Both convolutions of a pair, from any number of channels to any.
    pub fn pair(&self, name: &str, clip: &Volume) -> Volume {
        let mut out = self.each(clip, |frame| self.spatial(&format!("{name}.0"), frame, [clip.height, clip.width], Reach::Around));
        self.temporal(&format!("{name}.1"), &mut out, false);
        out
    }

    /// A clip of what `f` makes of each frame; the size of the picture stays.
    fn each(&self, clip: &Volume, f: impl Fn(&[f32]) -> Vec<f32>) -> Volume {
        let mut data = Vec::new();
        for t in 0..clip.frames {
            let frame = f(clip.frame(t));
            if t == 0 {
                data.reserve_exact(frame.len() * clip.frames);
            }
            data.extend(frame);
        }
        let channels = data.len() / (clip.frames * clip.pixels());
        Volume::new([clip.frames, clip.height, clip.width, channels], data)
    }

    /// A 1×1 convolution of every frame.
    pub fn point(&self, name: &str, clip: &Volume) -> Volume {
        self.each(clip, |frame| self.spatial(name, frame, [clip.height, clip.width], Reach::Point))
    }

    /// Normalisation over a whole frame with gain and bias per channel (Wu & He 2018, one group), then SiLU where asked.
    pub fn norm(&self, name: &str, frame: &[f32], silu: bool) -> Vec<f32> {
        let (gain, bias) = (self.0.numbers(format!("{name}.norm.weight")), self.0.numbers(format!("{name}.norm.bias")));
        let channels = gain.len();
        let sums = |f: &(dyn Fn(f64) -> f64 + Sync)| {
            // Collected in order, so that the sum does not depend on the threads.
            let parts: Vec<f64> = frame.par_chunks(1 << 14).map(|part| part.iter().map(|x| f(f64::from(*x))).sum()).collect();
            parts.iter().sum::<f64>() / frame.len() as f64
        };
        let mean = sums(&|x| x);
        let variance = sums(&|x| (x - mean) * (x - mean));
        let (mean, factor) = (mean as f32, (variance as f32 + EPSILON).sqrt().recip());
        let mut out = frame.to_vec();
        out.par_chunks_mut(channels * 64).for_each(|part| {
            for pixel in part.chunks_exact_mut(channels) {
                for ((x, gain), bias) in pixel.iter_mut().zip(&gain).zip(&bias) {
                    *x = (*x - mean) * factor * gain + bias;
                }
            }
            if silu {
                let (blocks, rest) = part.split_at_mut(part.len() / BLOCK * BLOCK);
                silu_blocks(self.0.level, blocks);
                rest.iter_mut().for_each(|x| *x = silu_one(*x));
            }
        });
        out
    }

    /// A residual block.
    pub fn block(&self, name: &str, clip: Volume) -> Volume {
        let size = [clip.height, clip.width];
        let first = |frame: &[f32]| self.spatial(&format!("{name}.conv1.0"), &self.norm(&format!("{name}.norm1"), frame, true), size, Reach::Around);
        let mut inner = self.each(&clip, first);
        self.temporal(&format!("{name}.conv1.1"), &mut inner, false);
        for t in 0..inner.frames {
            let normed = self.norm(&format!("{name}.norm2"), inner.frame(t), true);
            let new = self.spatial(&format!("{name}.conv2.0"), &normed, size, Reach::Around);
            inner.frame_mut(t).copy_from_slice(&new);
        }
        self.temporal(&format!("{name}.conv2.1"), &mut inner, false);
        let shortcut = format!("{name}.nin_shortcut");
        if !self.0.has(&format!("{shortcut}.conv3d.weight")) {
            inner.add(&clip, 1.0);
            return inner;
        }
        for t in 0..inner.frames {
            let skip = self.spatial(&shortcut, clip.frame(t), size, Reach::Point);
            inner.frame_mut(t).iter_mut().zip(&skip).for_each(|(to, skip)| *to += skip);
        }
        inner
    }

    /// Attention of every pixel over all pixels of its frame.
    pub fn over_space(&self, name: &str, clip: &mut Volume) {
        let (size, channels) = ([clip.height, clip.width], clip.channels);
        let shape = Heads { heads: 1, dim: channels, scale: (channels as f32).sqrt().recip() };
        for t in 0..clip.frames {
            let normed = self.norm(&format!("{name}.norm"), clip.frame(t), false);
            let [q, k, v] = ["q", "k", "v"].map(|part| self.spatial(&format!("{name}.{part}"), &normed, size, Reach::Point));
            let mut out = normed;
            attend(self.0.level, shape, 1, &q, &k, &v, &mut out);
            let new = self.spatial(&format!("{name}.proj_out"), &out, size, Reach::Point);
            clip.frame_mut(t).iter_mut().zip(&new).for_each(|(to, new)| *to += new);
        }
    }

    /// Attention of every pixel over its own instants up to now.
    pub fn over_time(&self, name: &str, clip: &mut Volume) {
        let channels = clip.channels;
        let scale = (channels as f32).sqrt().recip();
        let normed = self.each(clip, |frame| self.norm(&format!("{name}.norm"), frame, false));
        let [q, k, v] = ["q", "k", "v"].map(|part| self.point(&format!("{name}.{part}"), &normed));
        let mut out = normed;
        let len = out.frame_len();
        out.data.par_chunks_mut(len).enumerate().for_each(|(t, frame)| {
            for (pixel, out) in frame.chunks_exact_mut(channels).enumerate() {
                let at = |s: usize| s * len + pixel * channels..s * len + (pixel + 1) * channels;
                let query = &q.data[at(t)];
                let scores: Vec<f32> = (0..=t).map(|s| query.iter().zip(&k.data[at(s)]).map(|(a, b)| a * b).sum::<f32>() * scale).collect();
                let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let weights: Vec<f32> = scores.iter().map(|s| (s - top).exp()).collect();
                let total: f32 = weights.iter().sum();
                out.fill(0.0);
                for (s, weight) in weights.iter().enumerate() {
                    out.iter_mut().zip(&v.data[at(s)]).for_each(|(to, value)| *to += weight / total * value);
                }
            }
        });
        clip.add(&self.point(&format!("{name}.proj_out"), &out), 1.0);
    }

    /// Half the height, width and number of frames (the first stays alone).
    pub fn down(&self, name: &str, clip: Volume) -> Volume {
        let [frames, height, width, channels] = clip.shape();
        let mut small = Volume::zeros([frames, height / 2, width / 2, channels]);
        for t in 0..frames {
            let from = clip.frame(t);
            let mut new = self.spatial(&format!("{name}.conv1"), from, [height, width], Reach::Half);
            for (place, to) in new.chunks_exact_mut(channels).enumerate() {
                let first = (place / (width / 2) * 2 * width + place % (width / 2) * 2) * channels;
                for (c, to) in to.iter_mut().enumerate() {
                    let at = |pixel: usize| from[first + pixel * channels + c];
                    *to += 0.25 * (at(0) + at(1) + at(width) + at(width + 1));
                }
            }
            small.frame_mut(t).copy_from_slice(&new);
        }
        drop(clip);
        // A copy of the first frame stands before the first: frame i of that is frame i − 1 here.
        let late = |i: usize| i.saturating_sub(1);
        let mut short = Volume::zeros([frames.div_ceil(2), height / 2, width / 2, channels]);
        for t in 0..short.frames {
            let mut new = self.instants(&format!("{name}.conv2"), &small, [late(late(2 * t)), late(2 * t), late(2 * t + 1)]);
            let (a, b) = (small.frame(late(2 * t)), small.frame(late(2 * t + 1)));
            new.iter_mut().zip(a).zip(b).for_each(|((to, a), b)| *to += 0.5 * (a + b));
            short.frame_mut(t).copy_from_slice(&self.spatial(&format!("{name}.conv3"), &new, [height / 2, width / 2], Reach::Point));
        }
        short
    }

    /// Twice the height, width and number of frames less one.
    pub fn up(&self, name: &str, clip: Volume) -> Volume {
        let [frames, height, width, channels] = clip.shape();
        let mut long = Volume::zeros([2 * frames - 1, height, width, channels]);
        for t in 0..long.frames {
            long.frame_mut(t).copy_from_slice(clip.frame(t.div_ceil(2)));
        }
        drop(clip);
        self.temporal(&format!("{name}.conv1"), &mut long, true);
        let size = [2 * height, 2 * width];
        let mut large = Volume::zeros([long.frames, 2 * height, 2 * width, channels]);
        for t in 0..long.frames {
            let from = long.frame(t);
            let nearest = |pixel: usize| (pixel / size[1] / 2 * width + pixel % size[1] / 2) * channels;
            let frame: Vec<f32> = (0..size[0] * size[1]).flat_map(|pixel| &from[nearest(pixel)..][..channels]).copied().collect();
            let mut new = self.spatial(&format!("{name}.conv2"), &frame, size, Reach::Around);
            new.iter_mut().zip(&frame).for_each(|(to, x)| *to += x);
            large.frame_mut(t).copy_from_slice(&self.spatial(&format!("{name}.conv3"), &new, size, Reach::Point));
        }
        large
    }

    fn weights(&self, name: &str, work: impl FnOnce(&Matrix<'_>)) {
        self.0.with_matrix(format!("{name}.conv3d.weight"), work);
    }

    fn bias(&self, name: &str) -> Vec<f32> {
        self.0.numbers(format!("{name}.conv3d.bias"))
    }
}
