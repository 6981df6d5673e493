//! The backbone that has seen photographs, EfficientNet-Lite (Tan and Le 2019, arXiv 1905.11946), and the taps through which the network sees what it sees.

use super::build::{gain, linear, pair};
use crate::{Conditions, Config, config::BackboneStage, weights::Weights};
use relight_file::Result;
use relight_tensor::{Arena, Conv, Depthwise, Finish, Level, Prepare, Tensor, activate, space_to_depth};
use std::ops::Range;

/// Channels of the first convolution, at half size.
const STEM: usize = 32;
const PICTURE: usize = 3;

#[derive(Debug)]
pub(crate) struct Backbone {
    stem: Conv,
    stages: Vec<Stage>,
}

#[derive(Debug)]
struct Stage {
    blocks: Vec<Inverted>,
    /// The level of the network that has the stage's stride.
    level: usize,
    gain: Vec<f32>,
    tap: Conv,
}

/// Inverted bottleneck (Sandler et al. 2018): wider, depthwise, narrower.
#[derive(Debug)]
struct Inverted {
    expand: Option<Conv>,
    depth: Depthwise,
    project: Conv,
    residual: bool,
}

/// By level, what the backbone adds to that which enters it.
pub(crate) type Seen = Vec<Option<Tensor>>;

impl Backbone {
    pub fn take(weights: &Weights<'_>, config: &Config) -> Result<Self> {
        let (weight, bias) = pair(weights, "backbone.stem", &[STEM, PICTURE, 3, 3])?;
        let (mut stages, mut inputs, mut level) = (Vec::new(), STEM, 0);
        for (index, shape) in config.backbone.iter().enumerate() {
            level += shape.stride - 1;
            stages.push(Stage::take(weights, index, shape, inputs, level, config.widths[level])?);
            inputs = shape.channels;
        }
        Ok(Self { stem: Conv::spatial(STEM, 4 * PICTURE, &halving(&weight), &bias), stages })
    }

    /// What some frames of the conditions show.
    pub fn run(&self, simd: Level, conditions: &Conditions, frames: Range<usize>, levels: usize, arena: &mut Arena) -> Seen {
        let frame = conditions.height * conditions.width * PICTURE;
        let mut deep = arena.take([frames.len(), conditions.height / 2, conditions.width / 2, 4 * PICTURE]);
        space_to_depth(&[(&conditions.pixels[frames.start * frame..frames.end * frame], PICTURE, 1.0)], &mut deep);
        let mut x = arena.take(self.stem.shape(deep.shape()));
        self.stem.run(simd, &deep, Prepare::Nothing, Finish::default(), &mut x);
        arena.give(deep);
        let mut seen: Seen = (0..levels).map(|_| None).collect();
        for stage in &self.stages {
            for block in &stage.blocks {
                block.run(simd, arena, &mut x);
            }
            let mut normed = arena.take(x.shape());
            activate(simd, &x, Prepare::Rms(&stage.gain), &mut normed);
            let accumulate = seen[stage.level].is_some();
            let added = seen[stage.level].get_or_insert_with(|| arena.take(stage.tap.shape(x.shape())));
            stage.tap.run(simd, &normed, Prepare::Nothing, Finish { accumulate, film: None }, added);
            arena.give(normed);
        }
        arena.give(x);
        seen
    }
}

/// A 3×3 convolution of stride 2 that looks at rows and columns 2y to 2y + 2, as a plain one over four pixels at a time:
/// `[outputs, 3, 3, 3]` to `[outputs, 12, 3, 3]`. Five of its nine places are zeros.
fn halving(weights: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; STEM * 4 * PICTURE * 9];
    for (index, weight) in weights.iter().enumerate() {
        let (kernel, channel) = (index % 9, index / 9);
        let (y, x) = (kernel / 3, kernel % 3);
        let quarter = y % 2 * 2 + x % 2;
        let place = (1 + y / 2) * 3 + 1 + x / 2;
        out[((channel / PICTURE * 4 + quarter) * PICTURE + channel % PICTURE) * 9 + place] = *weight;
    }
    out
}

impl Stage {
    fn take(weights: &Weights<'_>, index: usize, shape: &BackboneStage, inputs: usize, level: usize, width: usize) -> Result<Self> {
        let block =
            |i: usize| Inverted::take(weights, &format!("backbone.stages.{index}.{i}"), shape, if i == 0 { inputs } else { shape.channels }, i == 0);
        Ok(Self {
            blocks: (0..shape.blocks).map(block).collect::<Result<_>>()?,
            level,
            gain: gain(weights, &format!("taps.{index}.norm"), shape.channels)?,
            tap: linear(weights, &format!("taps.{index}.linear"), width, shape.channels)?,
        })
    }
}

impl Inverted {
    /// The first block of a stage makes its stride; the others have its dilation.
    fn take(weights: &Weights<'_>, key: &str, shape: &BackboneStage, inputs: usize, first: bool) -> Result<Self> {
        let wide = inputs * shape.expansion;
        let (stride, dilation) = if first { (shape.stride, 1) } else { (1, shape.dilation) };
        let pointwise = |key: String, outputs: usize, inputs: usize| {
            let (weight, bias) = pair(weights, &key, &[outputs, inputs, 1, 1])?;
            Ok(Conv::linear(outputs, inputs, &weight, &bias))
        };
        let (weight, bias) = pair(weights, &format!("{key}.depth"), &[wide, 1, shape.kernel, shape.kernel])?;
        Ok(Self {
            expand: (shape.expansion > 1).then(|| pointwise(format!("{key}.expand"), wide, inputs)).transpose()?,
            depth: Depthwise::new(wide, [shape.kernel, stride, dilation], &weight, &bias),
            project: pointwise(format!("{key}.project"), shape.channels, wide)?,
            residual: stride == 1 && inputs == shape.channels,
        })
    }

    /// Changes `x`, to another shape where the block does. The depthwise layer applies the ReLU6 of both sides.
    fn run(&self, simd: Level, arena: &mut Arena, x: &mut Tensor) {
        let mut wide = None;
        if let Some(expand) = &self.expand {
            let h = wide.insert(arena.take(expand.shape(x.shape())));
            expand.run(simd, x, Prepare::Nothing, Finish::default(), h);
        }
        let mut h = arena.take(self.depth.shape(wide.as_ref().unwrap_or(x).shape()));
        self.depth.run(simd, wide.as_ref().unwrap_or(x), &mut h);
        if let Some(wide) = wide {
            arena.give(wide);
        }
        if self.residual {
            self.project.run(simd, &h, Prepare::Nothing, Finish { accumulate: true, film: None }, x);
        } else {
            let mut next = arena.take(self.project.shape(h.shape()));
            self.project.run(simd, &h, Prepare::Nothing, Finish::default(), &mut next);
            arena.give(std::mem::replace(x, next));
        }
        arena.give(h);
    }
}
