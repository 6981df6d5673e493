//! UNet, VAE and environment encoder.

use crate::fixture::{Fixture, TOLERANCE, env_encoder, near, unet, vae};
use relight_nets::svd::{Context, Part, Question, Tokens, Unet};
use relight_tensor::Volume;

/// Every answer of a question file about an inverse UNet.
fn inverse(name: &str) {
    let (Some(io), Some(Part { net, store })) = (Fixture::open(&format!("{name}.io")), unet(name)) else { return };
    let added: [f32; 3] = io.read("in.added_time_ids").try_into().unwrap();
    let time = io.read("in.timestep")[0];
    let ask = |sample: &Volume, videos: usize, context: Context| {
        net.run(&store, Question { sample, videos, time, added, context: &Context(context.0) }).to_planes()
    };
    let sample = io.planes("in.sample");
    let single = |domain: &str, frames: usize| Context(vec![Tokens::single(net.domain(&store, domain.parse().unwrap()).unwrap(), frames)]);
    let mut answers = 0;
    for key in io.keys("out.") {
        let word = key.strip_prefix("out.").unwrap();
        let found = if let Some(domain) = word.strip_prefix("context") {
            ask(&sample, 1, single(domain, sample.frames))
        } else if let Some((videos, domains)) = word.strip_prefix('b').and_then(|w| w.split_once("_context_")) {
            let several = io.planes(&format!("in.sample_b{videos}"));
            let videos: usize = videos.parse().unwrap();
            let contexts = domains.split('_').map(|domain| single(domain, several.frames / videos));
            ask(&several, videos, contexts.reduce(Context::then).unwrap())
        } else if word == "perframe_nocontext" {
            let shape = io.shape("in.encoder_hidden_states_perframe");
            let [frames, count, channels] = shape[1..] else { panic!("{shape:?}") };
            let tokens = io.read("in.encoder_hidden_states_perframe");
            let sets = tokens.chunks_exact(count * channels).map(<[f32]>::to_vec).collect();
            ask(&sample, 1, Context(vec![Tokens { channels, sets, of: (0..frames).collect() }]))
        } else {
            panic!("{key} is new")
        };
        near(&format!("{name} {word}"), &found, &io.read(&key), TOLERANCE);
        answers += 1;
    }
    assert!(answers >= 3);
    let after = io.read("aux.context_embedding_after");
    let width = net.config().context.last().unwrap();
    for domain in io.keys("out.context") {
        let domain: usize = domain.strip_prefix("out.context").unwrap().parse().unwrap();
        near("domain", &net.domain(&store, domain).unwrap(), &after[domain * width..(domain + 1) * width], TOLERANCE);
    }
    assert!(net.domain(&store, after.len() / width).is_none());
}

#[test]
fn inverse_unet_reference() {
    inverse("unet_inverse");
}

#[test]
fn inverse_unet_without_temporal_cross_attention_reference() {
    inverse("unet_inverse_notca");
}

#[test]
fn forward_unet_reference() {
    let (Some(io), Some(Part { net, store })) = (Fixture::open("unet_forward.io"), unet("unet_forward")) else { return };
    let added: [f32; 3] = io.read("in.added_time_ids").try_into().unwrap();
    let (time, sample) = (io.read("in.timestep")[0], io.planes("in.sample"));
    let tokens = |level: usize| {
        let key = format!("in.env{level}");
        let shape = io.shape(&key);
        let (count, channels) = (shape[shape.len() - 2], shape[shape.len() - 1]);
        let sets: Vec<Vec<f32>> = io.read(&key).chunks_exact(count * channels).map(<[f32]>::to_vec).collect();
        let of = (0..sample.frames).map(|f| if sets.len() == 1 { 0 } else { f }).collect();
        Tokens { channels, sets, of }
    };
    let context = Context((0..io.keys("in.env").len()).map(tokens).collect());
    let ask = |net: &Unet, sample: &Volume, videos: usize, context: &Context| net.run(&store, Question { sample, videos, time, added, context });
    let seen = ask(&net, &sample, 1, &context);
    near("forward", &seen.to_planes(), &io.read("out.cond"), TOLERANCE);

    let mut unknown = sample.clone();
    let noise = net.config().out_channels;
    unknown.data.chunks_exact_mut(sample.channels).for_each(|pixel| pixel[noise..].fill(0.0));
    // Zero tokens one for one, and a single zero token in their place, are the same.
    let zeros = Context(
        context.0.iter().map(|tokens| Tokens { sets: tokens.sets.iter().map(|set| vec![0.0; set.len()]).collect(), ..tokens.clone() }).collect(),
    );
    let dark = Context(context.0.iter().map(|tokens| Tokens::single(vec![0.0; tokens.channels], sample.frames)).collect());
    let blind = ask(&net, &unknown, 1, &dark);
    near("a single zero token", &blind.data, &ask(&net, &unknown, 1, &zeros).data, 1e-5);
    let expected = io.read("out.cfg_b2");
    near("both halves", &[blind.to_planes(), seen.to_planes()].concat(), &expected, TOLERANCE);
    let both = Volume::new([2 * sample.frames, sample.height, sample.width, sample.channels], [unknown.data, sample.data.clone()].concat());
    near("in one batch", &ask(&net, &both, 2, &zeros.then(context)).to_planes(), &expected, TOLERANCE);
}

#[test]
fn vae_reference() {
    let (Some(io), Some(Part { net, store })) = (Fixture::open("vae.io"), vae()) else { return };
    let pixels = io.planes("in.pixels");
    let encoded = net.encode(&store, &pixels, None);
    near("latents", &encoded.to_planes(), &io.read("out.latent_mode"), TOLERANCE);
    near("round trip", &net.decode(&store, &encoded, 1).to_planes(), &io.read("out.roundtrip"), TOLERANCE);
    let latents = io.planes("in.latents");
    for key in io.keys("out.decode_") {
        let expected = io.planes(&key);
        let word = key.strip_prefix("out.decode_").unwrap();
        let found = if let Some(chunk) = word.strip_prefix("chunk") {
            net.decode_chunks(&store, &latents, chunk.parse().unwrap(), None)
        } else if let Some((videos, frames)) = word.strip_prefix('b').and_then(|w| w.split_once('f')) {
            let (videos, frames): (usize, usize) = (videos.parse().unwrap(), frames.parse().unwrap());
            net.decode(&store, &latents.cut(0..videos * frames), videos)
        } else {
            net.decode(&store, &latents, 1)
        };
        near(&format!("decoded {word}"), &found.data, &expected.data, TOLERANCE);
    }
}

#[test]
fn environment_encoder_reference() {
    let (Some(io), Some(Part { net, store })) = (Fixture::open("env_encoder.io"), env_encoder()) else { return };
    let mut levels = 0;
    for key in io.keys("in.") {
        let kind = if key.ends_with("_odd") { "odd_level" } else { "level" };
        for (level, features) in net.run(&store, &io.planes(&key)).iter().enumerate() {
            near(&format!("{kind} {level}"), &features.to_planes(), &io.read(&format!("out.{kind}{level}")), TOLERANCE);
            levels += 1;
        }
    }
    assert_eq!(levels, io.keys("out.").len());
}
