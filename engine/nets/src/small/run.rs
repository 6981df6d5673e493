//! The whole network, from noisy data and conditions to the estimate.
//!
//! Fine levels, which do not mix over time, run a few frames at a time: of the large tensors only the skips exist for all frames at once.

use super::{
    Small,
    backbone::Seen,
    build::{FOURIER, Layers, Stage},
    stage::Embedding,
};
use crate::{Conditions, Kind, LIGHT};
use relight_tensor::{Arena, Finish, Level, Prepare, Tensor, depth_to_space, space_to_depth};
use std::ops::Range;

/// Variance of the data, for the scaling of the noisy input (Karras et al. 2022, table 1).
const DATA_VARIANCE: f32 = 0.25;
/// Where tone(ray-traced image) stands among the forward conditions; the network adds to it.
const RAY_TRACED: usize = 16;

impl Small {
    pub(super) fn run(&mut self, x_sigma: &[f32], sigma: f32, conditions: &Conditions, x0: &mut [f32]) {
        let embedding = self.embed(sigma, conditions);
        let factor = (sigma * sigma + DATA_VARIANCE).sqrt().recip();
        let Self { config, layers, level, group, arena } = self;
        let (outputs, n) = (config.outputs, config.conditions);
        let pixels = conditions.height * conditions.width;
        let group = (*group / pixels.max(1)).max(1);
        let pass =
            Pass { layers, level: *level, embedding: &embedding, fine: layers.encoder.iter().take_while(|stage| stage.time.is_none()).count() };
        let blank = x_sigma.iter().all(|x| *x == 0.0);
        let (stem, seen) = if blank { (&layers.stem_blank, n) } else { (&layers.stem, outputs + n) };
        let shape = |frames: usize| [frames, conditions.height / 2, conditions.width / 2, 4 * seen];
        let enter = |frames: Range<usize>, arena: &mut Arena| {
            let noisy = (&x_sigma[frames.start * pixels * outputs..frames.end * pixels * outputs], outputs, factor);
            let seen = (&conditions.pixels[frames.start * pixels * n..frames.end * pixels * n], n, 1.0);
            let mut deep = arena.take(shape(frames.len()));
            space_to_depth(&[noisy, seen][usize::from(blank)..], &mut deep);
            let mut x = arena.take(stem.shape(deep.shape()));
            stem.run(pass.level, &deep, Prepare::Nothing, Finish::default(), &mut x);
            arena.give(deep);
            let backbone = layers.backbone.as_ref();
            let seen = backbone.map(|backbone| backbone.run(pass.level, conditions, frames, layers.encoder.len(), arena));
            (x, seen.unwrap_or_default())
        };
        let leave = |frames: Range<usize>, x: Tensor, arena: &mut Arena| {
            let mut deep = arena.take(layers.head.shape(x.shape()));
            layers.head.run(pass.level, &x, Prepare::RmsSilu(&layers.head_gain), Finish::default(), &mut deep);
            depth_to_space(&deep, &mut x0[frames.start * pixels * outputs..frames.end * pixels * outputs]);
            arena.give(deep);
            arena.give(x);
        };
        pass.run(conditions.frames, group, arena, enter, leave);
        if config.kind == Kind::Forward {
            for (x0, seen) in x0.chunks_exact_mut(outputs).zip(conditions.pixels.chunks_exact(n)) {
                x0.iter_mut().zip(&seen[RAY_TRACED..]).for_each(|(x0, base)| *x0 = 2.0 * (base + *x0) - 1.0);
            }
        }
    }

    /// One vector a frame, from the noise level and the light, after the SiLU that all its readers apply.
    fn embed(&self, sigma: f32, conditions: &Conditions) -> Vec<Vec<f32>> {
        let angles = (0..FOURIER as i32 / 2).map(|k| sigma.ln() / 4.0 * 2f32.powi(k));
        let fourier: Vec<f32> = angles.clone().map(f32::cos).chain(angles.map(f32::sin)).collect();
        let silu = |x: Vec<f32>| x.into_iter().map(|x| x / (1.0 + (-x).exp())).collect::<Vec<_>>();
        let frame = |frame: usize| {
            let light = conditions.light.get(frame * LIGHT..(frame + 1) * LIGHT).unwrap_or_default();
            let seen = light.iter().map(|x| (15.0 * x).ln_1p() / 16f32.ln());
            let input: Vec<f32> = fourier.iter().copied().chain(seen).collect();
            silu(self.layers.embed_b.run(&silu(self.layers.embed_a.run(&input))))
        };
        (0..conditions.frames).map(frame).collect()
    }
}

struct Pass<'a> {
    layers: &'a Layers,
    level: Level,
    embedding: &'a Embedding,
    /// Levels that run some frames at a time.
    fine: usize,
}

impl Pass<'_> {
    /// `enter` makes the first tensor of some frames and what the backbone sees in them, `leave` takes their last; `group` frames at most run together on fine levels.
    fn run(
        &self,
        frames: usize,
        group: usize,
        arena: &mut Arena,
        enter: impl Fn(Range<usize>, &mut Arena) -> (Tensor, Seen),
        mut leave: impl FnMut(Range<usize>, Tensor, &mut Arena),
    ) {
        let coarsest = self.layers.encoder.len() - 1;
        let groups = || (0..frames).step_by(group).map(|start| start..(start + group).min(frames));
        // `fine_skips[group]` and `skips` hold the encoder's output of each level that has a decoder.
        let mut fine_skips = Vec::new();
        let mut joined: Option<Tensor> = None;
        let mut all_seen: Seen = self.layers.encoder.iter().map(|_| None).collect();
        for now in groups() {
            let mut kept = Vec::new();
            let (x, mut seen) = enter(now.clone(), arena);
            let x = self.down(0..self.fine, x, &mut seen, &self.embedding[now.clone()], arena, &mut kept);
            fine_skips.push(kept);
            join(&mut joined, x, frames, now.start, arena);
            for (all, part) in all_seen.iter_mut().zip(seen) {
                part.into_iter().for_each(|part| join(all, part, frames, now.start, arena));
            }
        }
        let Some(x) = joined else { return };
        let mut skips = Vec::new();
        let mut x = self.down(self.fine..coarsest + 1, x, &mut all_seen, self.embedding, arena, &mut skips);
        self.layers.attention.run(self.level, arena, &mut x);
        self.layers.middle.run(self.level, arena, self.embedding, &mut x);
        let fine = self.fine.min(coarsest);
        let x = self.up(fine..coarsest, x, self.embedding, arena, &mut skips);
        for (now, mut kept) in groups().zip(fine_skips) {
            let [_, height, width, channels] = x.shape();
            let mut some = arena.take([now.len(), height, width, channels]);
            let frame = some.data.len() / now.len();
            some.data.copy_from_slice(&x.data[now.start * frame..now.end * frame]);
            let some = self.up(0..fine, some, &self.embedding[now.clone()], arena, &mut kept);
            leave(now, some, arena);
        }
        arena.give(x);
    }

    /// Encoder levels; adds what the backbone sees to what enters them, keeps each level's output for the decoder, and ends below the last of them.
    fn down(&self, levels: Range<usize>, mut x: Tensor, seen: &mut Seen, embedding: &Embedding, arena: &mut Arena, kept: &mut Vec<Tensor>) -> Tensor {
        for level in levels {
            let stage = &self.layers.encoder[level];
            if let Some(seen) = seen.get_mut(level).and_then(Option::take) {
                x.add(&seen);
                arena.give(seen);
            }
            self.stage(stage, embedding, arena, &mut x);
            if let Some(down) = &stage.change {
                let mut next = arena.take(down.shape(x.shape()));
                down.run(self.level, &x, Prepare::Nothing, Finish::default(), &mut next);
                kept.push(std::mem::replace(&mut x, next));
            }
        }
        x
    }

    /// Decoder levels, coarse to fine. The skip becomes the new x: what comes from below is added to it.
    fn up(&self, levels: Range<usize>, mut x: Tensor, embedding: &Embedding, arena: &mut Arena, kept: &mut Vec<Tensor>) -> Tensor {
        for stage in self.layers.decoder[levels].iter().rev() {
            let mut skip = kept.pop().expect("one for every decoder level");
            if let Some(up) = &stage.change {
                up.run(self.level, &x, Prepare::Nothing, Finish { accumulate: true, film: None }, &mut skip);
            }
            arena.give(std::mem::replace(&mut x, skip));
            self.stage(stage, embedding, arena, &mut x);
        }
        x
    }

    fn stage(&self, stage: &Stage, embedding: &Embedding, arena: &mut Arena, x: &mut Tensor) {
        stage.blocks.iter().for_each(|block| block.run(self.level, arena, embedding, x));
        if let Some(time) = &stage.time {
            time.run(self.level, arena, x);
        }
    }
}

/// Puts some frames, from number `first` on, into the tensor of all of them.
fn join(all: &mut Option<Tensor>, part: Tensor, frames: usize, first: usize, arena: &mut Arena) {
    let [count, height, width, channels] = part.shape();
    let all = all.get_or_insert_with(|| arena.take([frames, height, width, channels]));
    let frame = part.data.len() / count;
    all.data[first * frame..(first + count) * frame].copy_from_slice(&part.data);
    arena.give(part);
}
