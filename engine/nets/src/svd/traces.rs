//! What is inside the networks against what the official modules gave there.

#[path = "../../tests/svd/fixture.rs"]
#[allow(dead_code, reason = "the other tests need the rest")]
mod fixture;

use super::{
    Context, Part, Tokens, Unet,
    attention::add,
    resnet::SpatioTemporal,
    transformer::{Transformer, regroup},
    unet::Around,
};
use fixture::{Fixture, TOLERANCE, near, unet, vae};
use relight_tensor::Volume;
use std::collections::BTreeSet;

/// The traces of a file, and which of them were compared.
struct Traces<'a> {
    io: &'a Fixture,
    left: BTreeSet<String>,
}

impl<'a> Traces<'a> {
    fn new(io: &'a Fixture) -> Self {
        Self { io, left: io.keys("trace.").into_iter().collect() }
    }

    /// Compares what a module gave, if the file tells it.
    fn see(&mut self, module: &str, found: &[f32]) {
        let key = format!("trace.{module}");
        if self.left.remove(&key) {
            near(&key, found, &self.io.read(&key), TOLERANCE);
        }
    }

    fn residual(&mut self, name: &str, block: &SpatioTemporal, x: &Volume, around: Around<'_>) -> Volume {
        let Around { store, videos, embedding, .. } = around;
        let spatial = block.spatial.run(store, x.clone(), Some(embedding));
        self.see(&format!("{name}.spatial_res_block"), &spatial.to_planes());
        let y = block.run(store, x.clone(), videos, Some(embedding));
        self.see(name, &y.to_planes());
        y
    }

    fn transformer(&mut self, name: &str, transformer: &Transformer, x: &Volume, around: Around<'_>) {
        let Around { store, videos, tokens, .. } = around;
        let (frames, pixels, channels) = (x.frames / videos, x.pixels(), x.channels);
        let times = transformer.times(store, frames, channels);
        self.see(&format!("{name}.time_pos_embed"), &times);
        let mut y = transformer.proj_in.run(store, &transformer.norm.run(store, x.clone(), 1, false).data);
        // The first pair of blocks; what later ones get is mixed before.
        let (spatial, temporal) = &transformer.blocks[0];
        spatial.run(store, &mut y, pixels * channels, tokens);
        self.see(&format!("{name}.transformer_blocks.0"), &y);
        let mut m = regroup(&y, videos, frames, pixels, channels);
        m.chunks_exact_mut(frames * channels).for_each(|place| add(place, &times));
        temporal.run(store, &mut m, videos, frames, tokens);
        self.see(&format!("{name}.temporal_transformer_blocks.0"), &regroup(&m, videos, pixels, frames, channels));
        self.see(name, &transformer.run(store, x.clone(), videos, tokens).to_planes());
    }

    fn done(self) {
        assert!(self.left.is_empty(), "never compared: {:?}", self.left);
    }
}

fn context(io: &Fixture, net: &Part<Unet>, frames: usize) -> Context {
    if let Some(token) = net.net.domain(&net.store, 0) {
        return Context(vec![Tokens::single(token, frames)]);
    }
    let level = |level: usize| {
        let shape = io.shape(&format!("in.env{level}"));
        let [sets, count, channels] = shape[1..] else { panic!("{shape:?}") };
        Tokens::of_pixels(&Volume::new([sets, count, 1, channels], io.read(&format!("in.env{level}"))), frames)
    };
    Context((0..io.keys("in.env").len()).map(level).collect())
}

fn walk(name: &str) {
    let (Some(io), Some(part)) = (Fixture::open(&format!("{name}.io")), unet(name)) else { return };
    let (mut traces, Part { net, store }) = (Traces::new(&io), &part);
    let sample = io.planes("in.sample");
    let (time, added) = (io.read("in.timestep")[0], io.read("in.added_time_ids").try_into().unwrap());
    let context = context(&io, &part, sample.frames);
    traces.see("time_embedding", &net.time.run(store, &super::layers::waves(time, net.config().channels[0])));
    traces.see("add_embedding", &net.told(store, added));
    let embedding = net.embedding(store, time, added);
    let around = |level: usize| Around { store, videos: 1, embedding: &embedding, tokens: context.at(level) };

    let mut x = net.conv_in.run(store, &sample, 1, None);
    traces.see("conv_in", &x.to_planes());
    let mut skips = vec![x.clone()];
    for (level, stage) in net.down.iter().enumerate() {
        let mut inside = x.clone();
        for (i, block) in stage.residual.iter().enumerate() {
            inside = traces.residual(&format!("down_blocks.{level}.resnets.{i}"), block, &inside, around(level));
            if let Some(transformer) = stage.transformers.get(i) {
                traces.transformer(&format!("down_blocks.{level}.attentions.{i}"), transformer, &inside, around(level));
                inside = transformer.run(store, inside, 1, context.at(level));
            }
        }
        x = stage.down(x, &mut skips, around(level));
        traces.see(&format!("down_blocks.{level}"), &x.to_planes());
    }
    let last = net.down.len() - 1;
    x = net.middle.across(x, around(last));
    traces.see("mid_block", &x.to_planes());
    for (step, stage) in net.up.iter().enumerate() {
        x = stage.up(x, &mut skips, around(last - step));
        traces.see(&format!("up_blocks.{step}"), &x.to_planes());
    }
    traces.see("conv_norm_out", &net.norm_out.run(store, x, 1, false).to_planes());
    traces.done();
}

#[test]
fn inside_the_unets_reference() {
    ["unet_inverse", "unet_inverse_notca", "unet_forward"].into_iter().for_each(walk);
}

#[test]
fn inside_the_vae_reference() {
    let (Some(io), Some(Part { net, store })) = (Fixture::open("vae.io"), vae()) else { return };
    let pixels = io.planes("in.pixels");
    let (mut encoded, mut moments) = (Vec::new(), Vec::new());
    for frame in 0..pixels.frames {
        let x = net.encoder.run(&store, &pixels.cut(frame..frame + 1));
        moments.extend(net.encoder.moments.run(&store, &x, 1, None).to_planes());
        encoded.extend(x.to_planes());
    }
    near("encoder", &encoded, &io.read("out.encoder"), TOLERANCE);
    near("moments", &moments, &io.read("out.moments"), TOLERANCE);
    let mut traces = Traces::new(&io);
    let x = net.decoder.conv_in.run(&store, &io.planes("in.latents"), 1, None);
    traces.see("decoder.conv_in", &x.to_planes());
    traces.see("decoder.mid_block", &net.decoder.across(&store, x, 1).to_planes());
    traces.done();
}
