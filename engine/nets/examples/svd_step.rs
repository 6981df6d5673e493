//! Time and memory of one step of the full-size SVD inverse network, with random f16 weights.
//!
//! `cargo run --release -p relight-nets --example svd_step -- FILE [FRAMES HEIGHT WIDTH]`: FILE is written first where it does not exist (3.0 GB).
//! 24 frames of 512×512 take 29.2 · 10^12 operations.

mod random;

use random::Format;
use relight_checkpoint::Checkpoint;
use relight_nets::{
    Store, resident,
    svd::{Context, Question, Tokens, Unet, UnetConfig, VaeConfig, peak},
};
use relight_tensor::Volume;
use std::{error::Error, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = Path::new(arguments.first().ok_or("give a file for the weights")?);
    let number = |index: usize, default: usize| arguments.get(index).map_or(Ok(default), |text| text.parse());
    let size = [number(1, 24)?, number(2, 512)?, number(3, 512)?];
    let full =
        r#"{"in_channels": 8, "temporal_cross_attention_dim": 1024, "context_embedding_type": "clip", "num_attention_heads": [5, 10, 20, 20]}"#;
    let (net, vae) = (Unet::new(UnetConfig::parse(full, None)?), VaeConfig::parse("{}")?);
    if !path.exists() {
        random::write(path, &Format::F16, net.table().shapes().iter())?;
    }
    let store = Store::new(Checkpoint::open(path)?, net.table())?;
    let computed = peak(net.config(), &vae, size, 8, None, store.largest()).stage("UNet");
    let before = resident().map_or(0, |[now, _]| now);
    println!("computed peak with the {:.2} GB before: {:.2} GB", before as f64 / 1e9, (before + computed) as f64 / 1e9);
    let shape = [size[0], size[1] / vae.stride(), size[2] / vae.stride(), net.config().in_channels];
    let sample = Volume::new(shape, (0..shape.iter().product()).map(|i: usize| ((i * 7919) % 2000) as f32 / 1000.0 - 1.0).collect());
    let token = net.domain(&store, 0).ok_or("no table of domains")?;
    let context = Context(vec![Tokens::single(token, size[0])]);
    let start = Instant::now();
    let question = Question { sample: &sample, videos: 1, time: 1.6, added: [6.0, 127.0, 0.0], context: &context };
    let out = net.run(&store, question);
    assert!(out.data.iter().all(|x| x.is_finite()), "all numbers are finite");
    let rms = (out.data.iter().map(|x| x * x).sum::<f32>() / out.data.len() as f32).sqrt();
    println!("{} frames of {}x{}: {:.1} s, root mean square of the answer {rms:.3}", size[0], size[2], size[1], start.elapsed().as_secs_f64());
    if let Some([_, most]) = resident() {
        println!("peak of this process: {:.2} GB", most as f64 / 1e9);
    }
    Ok(())
}
