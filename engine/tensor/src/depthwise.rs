//! Depthwise convolution between two ReLU6: the middle of an inverted bottleneck (Sandler et al. 2018).

use crate::{
    Level, Tensor,
    isa::{Isa, Kernel},
    tensor::padded,
};
use rayon::prelude::*;

/// One `kernel × kernel` filter a channel: `out = relu6(bias + Σ weight · relu6(in))`, zeros outside.
#[derive(Debug, Clone)]
pub struct Depthwise {
    channels: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    /// Tap by tap, padded channels each.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Depthwise {
    /// From weights `[channels, kernel, kernel]`. A stride of 2 wants even sizes and pads them as TensorFlow does: output `y` looks at rows
    /// `2y − (kernel − 2) / 2` and on; without stride the kernel is centred.
    ///
    /// # Panics
    /// The numbers are not as many as the shape says; the kernel is even; the stride is neither 1 nor 2; stride and dilation are both above 1.
    pub fn new(channels: usize, [kernel, stride, dilation]: [usize; 3], weights: &[f32], bias: &[f32]) -> Self {
        let taps = kernel * kernel;
        assert!(kernel % 2 == 1 && dilation > 0 && (stride == 1 || stride == 2 && dilation == 1), "kernel, stride and dilation");
        assert_eq!((weights.len(), bias.len()), (channels * taps, channels), "depthwise weights and bias");
        let mut packed = vec![0.0; taps * padded(channels)];
        for (tap, row) in packed.chunks_exact_mut(padded(channels).max(1)).enumerate() {
            row.iter_mut().zip(weights.iter().skip(tap).step_by(taps)).for_each(|(to, from)| *to = *from);
        }
        let mut bias = bias.to_vec();
        bias.resize(padded(channels), 0.0);
        Self { channels, kernel, stride, dilation, weights: packed, bias }
    }

    /// The shape of the output for an input of this shape.
    pub fn shape(&self, [frames, height, width, _]: [usize; 4]) -> [usize; 4] {
        [frames, height / self.stride, width / self.stride, self.channels]
    }

    /// Rows or columns before an output's own that its kernel begins at.
    fn before(&self) -> usize {
        if self.stride == 2 { (self.kernel - 2) / 2 } else { self.dilation * (self.kernel - 1) / 2 }
    }

    /// Runs it.
    ///
    /// # Panics
    /// Shapes do not fit.
    pub fn run(&self, level: Level, input: &Tensor, output: &mut Tensor) {
        assert_eq!(input.channels, self.channels, "channels of the input");
        assert_eq!(output.shape(), self.shape(input.shape()), "shape of the output");
        let row = output.width * output.stride();
        if row > 0 {
            let height = output.height;
            output.data.par_chunks_exact_mut(row).enumerate().for_each(|(index, target)| {
                level.run(Row { layer: self, input, frame: index / height, y: index % height, target });
            });
        }
    }
}

/// One row of outputs.
struct Row<'a> {
    layer: &'a Depthwise,
    input: &'a Tensor,
    frame: usize,
    y: usize,
    target: &'a mut [f32],
}

impl Row<'_> {
    /// The taps that fall inside `size` for output `at`: the numbers of the first and the last and one, and where the kernel begins, plus `before`.
    #[inline(always)]
    fn inside(&self, at: usize, size: usize) -> (usize, usize, usize) {
        let Depthwise { kernel, stride, dilation, .. } = *self.layer;
        let before = self.layer.before();
        let begin = at * stride;
        let first = before.saturating_sub(begin).div_ceil(dilation);
        let last = (size + before - begin).div_ceil(dilation).min(kernel);
        (first, last, begin)
    }
}

impl Kernel for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let (stride, before, kernel) = (self.input.stride(), self.layer.before(), self.layer.kernel);
        let [_, height, width, _] = self.input.shape();
        let (low, high) = (isa.splat(0.0), isa.splat(6.0));
        let (top, bottom, y) = self.inside(self.y, height);
        for x in 0..self.target.len() / stride {
            let (left, right, begin) = self.inside(x, width);
            for channel in (0..stride).step_by(I::LANES) {
                let mut sum = isa.read(&self.layer.bias[channel..]);
                for down in top..bottom {
                    let line = (self.frame * height + y + down * self.layer.dilation - before) * width;
                    for across in left..right {
                        let pixel = line + begin + across * self.layer.dilation - before;
                        let value = isa.min(isa.max(isa.read(&self.input.data[pixel * stride + channel..]), low), high);
                        sum = isa.fma(value, isa.read(&self.layer.weights[(down * kernel + across) * stride + channel..]), sum);
                    }
                }
                isa.write(&mut self.target[x * stride + channel..], isa.min(isa.max(sum, low), high));
            }
        }
    }
}
