//! The layers that every part is made of. A layer knows its tensors' names; the numbers come from the store when it runs.

use crate::{
    store::Store,
    table::{Slot, Table},
};
use relight_tensor::{Groups, Reach, Volume, group_norm, layer_norm, linear, silu_any};

/// Groups of every group normalisation of the family.
pub(crate) const GROUPS: usize = 32;

/// A matrix with or without a bias, and its low-rank change where there is one.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    name: String,
    weight: Slot,
    bias: Option<Slot>,
    pub outputs: usize,
}

impl Linear {
    pub fn new(table: &mut Table, name: impl Into<String>, inputs: usize, outputs: usize, bias: bool) -> Self {
        let name = name.into();
        let weight = table.slot(format!("{name}.weight"), &[outputs, inputs]);
        let bias = bias.then(|| table.slot(format!("{name}.bias"), &[outputs]));
        Self { name, weight, bias, outputs }
    }

    /// Rows of inputs to rows of outputs.
    pub fn run(&self, store: &Store, x: &[f32]) -> Vec<f32> {
        let bias = self.bias.as_ref().map(|bias| store.numbers(bias));
        let mut y = store.with_matrix(&self.weight, |matrix| {
            let mut y = vec![0.0; x.len() / matrix.columns() * self.outputs];
            linear(store.level, x, matrix, bias.as_deref(), &mut y);
            y
        });
        if let Some(lora) = &store.lora {
            lora.change(store.level, &self.name, x, &mut y);
        }
        y
    }
}

/// A convolution with a bias.
#[derive(Debug, Clone)]
pub(crate) struct Conv {
    name: String,
    weight: Slot,
    bias: Slot,
    reach: Reach,
}

impl Conv {
    /// Over space, or over time where the reach says so: torch keeps those with three sizes.
    pub fn new(table: &mut Table, name: impl Into<String>, inputs: usize, outputs: usize, reach: Reach) -> Self {
        let name = name.into();
        let Reach { time, space, .. } = reach;
        let shape: &[usize] = if time > 1 { &[outputs, inputs, time, space, space] } else { &[outputs, inputs, space, space] };
        let weight = table.slot(format!("{name}.weight"), shape);
        let bias = table.slot(format!("{name}.bias"), &[outputs]);
        Self { name, weight, bias, reach }
    }

    /// `more` is added to every pixel, one number for each output.
    pub fn run(&self, store: &Store, x: &Volume, videos: usize, more: Option<&[f32]>) -> Volume {
        let mut bias = store.numbers(&self.bias);
        if let Some(more) = more {
            bias.iter_mut().zip(more).for_each(|(bias, more)| *bias += more);
        }
        let mut y = store.with_matrix(&self.weight, |matrix| x.convolve(store.level, videos, self.reach, matrix, Some(&bias)));
        if let Some(lora) = &store.lora {
            lora.change_volume(store.level, &self.name, x, videos, self.reach, &mut y);
        }
        y
    }
}

/// Group normalisation with a gain and a shift for each channel.
#[derive(Debug, Clone)]
pub(crate) struct GroupNorm {
    gain: Slot,
    shift: Slot,
    eps: f32,
}

impl GroupNorm {
    pub fn new(table: &mut Table, name: &str, channels: usize, eps: f32) -> Self {
        let gain = table.slot(format!("{name}.weight"), &[channels]);
        let shift = table.slot(format!("{name}.bias"), &[channels]);
        Self { gain, shift, eps }
    }

    /// Statistics over `together` frames at a time; SiLU behind it if `activate`.
    pub fn run(&self, store: &Store, x: Volume, together: usize, activate: bool) -> Volume {
        let shape = Groups { groups: GROUPS, together, eps: self.eps };
        group_norm(store.level, x, shape, &store.numbers(&self.gain), &store.numbers(&self.shift), activate)
    }
}

/// Layer normalisation with eps 1e-5, torch's default.
#[derive(Debug, Clone)]
pub(crate) struct LayerNorm {
    gain: Slot,
    shift: Slot,
}

impl LayerNorm {
    pub fn new(table: &mut Table, name: &str, channels: usize) -> Self {
        let gain = table.slot(format!("{name}.weight"), &[channels]);
        let shift = table.slot(format!("{name}.bias"), &[channels]);
        Self { gain, shift }
    }

    pub fn run(&self, store: &Store, x: &[f32]) -> Vec<f32> {
        layer_norm(x, &store.numbers(&self.gain), &store.numbers(&self.shift), 1e-5)
    }
}

/// Two matrices with SiLU between: how numbers such as times become vectors.
#[derive(Debug, Clone)]
pub(crate) struct Mlp {
    first: Linear,
    second: Linear,
}

impl Mlp {
    pub fn new(table: &mut Table, name: &str, inputs: usize, hidden: usize, outputs: usize) -> Self {
        let first = Linear::new(table, format!("{name}.linear_1"), inputs, hidden, true);
        let second = Linear::new(table, format!("{name}.linear_2"), hidden, outputs, true);
        Self { first, second }
    }

    pub fn run(&self, store: &Store, x: &[f32]) -> Vec<f32> {
        let mut hidden = self.first.run(store, x);
        silu_any(store.level, &mut hidden);
        self.second.run(store, &hidden)
    }
}

/// A number as `width` waves (Vaswani et al. 2017): the cosines of `number · f`, then the sines, f = 10000^(−k/half) for k below half of `width`.
pub(crate) fn waves(number: f32, width: usize) -> Vec<f32> {
    let half = width / 2;
    let angle = |k: usize| number * (-(10_000.0_f32.ln()) * k as f32 / half as f32).exp();
    (0..half).map(|k| angle(k).cos()).chain((0..half).map(|k| angle(k).sin())).collect()
}

/// A learned weight between two branches: the sigmoid of its one number.
pub(crate) fn mix(store: &Store, slot: &Slot) -> f32 {
    1.0 / (1.0 + (-store.numbers(slot)[0]).exp())
}
