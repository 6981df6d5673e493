//! Residual blocks over space and over time.

use crate::{
    store::Store,
    svd::layers::{Conv, GroupNorm, Linear, mix},
    table::{Slot, Table},
};
use relight_tensor::{Reach, Volume};

/// Two convolutions with normalisation and SiLU before each; what is added to the block's input.
#[derive(Debug, Clone)]
struct Branch {
    norm1: GroupNorm,
    conv1: Conv,
    time: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv,
}

/// The sizes of a residual block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub inputs: usize,
    pub outputs: usize,
    /// Numbers of the time embedding, where there is one.
    pub time: Option<usize>,
    /// Added to the variances.
    pub eps: f32,
}

impl Branch {
    fn new(table: &mut Table, name: &str, Sizes { inputs, outputs, time, eps }: Sizes, reach: Reach) -> Self {
        Self {
            norm1: GroupNorm::new(table, &format!("{name}.norm1"), inputs, eps),
            conv1: Conv::new(table, format!("{name}.conv1"), inputs, outputs, reach),
            time: time.map(|time| Linear::new(table, format!("{name}.time_emb_proj"), time, outputs, true)),
            norm2: GroupNorm::new(table, &format!("{name}.norm2"), outputs, eps),
            conv2: Conv::new(table, format!("{name}.conv2"), outputs, outputs, reach),
        }
    }

    /// `embedding` has been through SiLU. Statistics are over `together` frames.
    fn run(&self, store: &Store, x: &Volume, videos: usize, together: usize, embedding: Option<&[f32]>) -> Volume {
        let more = self.time.as_ref().zip(embedding).map(|(time, embedding)| time.run(store, embedding));
        let h = self.conv1.run(store, &self.norm1.run(store, x.clone(), together, true), videos, more.as_deref());
        self.conv2.run(store, &self.norm2.run(store, h, together, true), videos, None)
    }
}

/// A residual block over space: every frame by itself.
#[derive(Debug, Clone)]
pub(crate) struct Spatial {
    branch: Branch,
    shortcut: Option<Conv>,
}

/// Numbers of the pictures that a layer over space works on together, 32 MiB: enough rows for its matrices, and little beside what waits before and behind it.
pub(crate) const TOGETHER: usize = 1 << 23;

/// Runs a layer to which frames mean nothing on some of them at a time. Results do not depend on how many.
pub(crate) fn by_frames(x: Volume, run: impl Fn(Volume) -> Volume) -> Volume {
    let some = (TOGETHER / (x.pixels() * x.channels).max(1)).max(1);
    if some >= x.frames {
        return run(x);
    }
    let mut all = Volume::default();
    for start in (0..x.frames).step_by(some) {
        let mut part = run(x.cut(start..(start + some).min(x.frames)));
        if start == 0 {
            part.data.reserve_exact(part.pixels() * part.channels * (x.frames - part.frames));
            all = part;
        } else {
            all.frames += part.frames;
            all.data.append(&mut part.data);
        }
    }
    all
}

impl Spatial {
    pub fn new(table: &mut Table, name: &str, sizes: Sizes) -> Self {
        let branch = Branch::new(table, name, sizes, Reach::SPACE);
        let shortcut =
            (sizes.inputs != sizes.outputs).then(|| Conv::new(table, format!("{name}.conv_shortcut"), sizes.inputs, sizes.outputs, Reach::POINT));
        Self { branch, shortcut }
    }

    pub fn run(&self, store: &Store, x: Volume, embedding: Option<&[f32]>) -> Volume {
        by_frames(x, |x| self.some(store, x, embedding))
    }

    fn some(&self, store: &Store, x: Volume, embedding: Option<&[f32]>) -> Volume {
        let h = self.branch.run(store, &x, 1, 1, embedding);
        let mut x = match &self.shortcut {
            Some(shortcut) => shortcut.run(store, &x, 1, None),
            None => x,
        };
        x.add(&h, 1.0);
        x
    }
}

/// A residual block over space, then one over time, mixed by a learned weight.
#[derive(Debug, Clone)]
pub(crate) struct SpatioTemporal {
    pub spatial: Spatial,
    temporal: Branch,
    mix: Slot,
    /// Whether the learned weight is that of the temporal branch.
    temporal_weight: bool,
}

impl SpatioTemporal {
    /// `temporal_eps` may differ from that of the spatial half; `temporal_weight` is the decoder's switched mixing.
    pub fn new(table: &mut Table, name: &str, sizes: Sizes, temporal_eps: f32, temporal_weight: bool) -> Self {
        let spatial = Spatial::new(table, &format!("{name}.spatial_res_block"), sizes);
        let over_time = Sizes { inputs: sizes.outputs, eps: temporal_eps, ..sizes };
        let temporal = Branch::new(table, &format!("{name}.temporal_res_block"), over_time, Reach::TIME);
        let mix = table.slot(format!("{name}.time_mixer.mix_factor"), &[1]);
        Self { spatial, temporal, mix, temporal_weight }
    }

    /// With s the spatial and v = s + h the temporal result, `a · s + (1 − a) · v` is s + (1 − a) · h.
    pub fn run(&self, store: &Store, x: Volume, videos: usize, embedding: Option<&[f32]>) -> Volume {
        let mut s = self.spatial.run(store, x, embedding);
        let h = self.temporal.run(store, &s, videos, s.frames / videos, embedding);
        let learned = mix(store, &self.mix);
        s.add(&h, if self.temporal_weight { learned } else { 1.0 - learned });
        s
    }
}
