//! Time and memory of one call of a full-size Cosmos inverse transformer, with random bf16 weights.
//!
//! `cargo run --release -p relight-nets --example seven_billion -- FILE [FRAMES HEIGHT WIDTH]`: FILE is written first where it does not exist (14.5 GB).

mod random;

use random::Format;
use relight_checkpoint::Checkpoint;
use relight_nets::{
    cosmos::{Dit, DitConfig, FPS, TokenizerConfig, dit_keys, peak},
    resident,
};
use relight_tensor::Volume;
use std::{error::Error, path::Path, sync::Arc, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = Path::new(arguments.first().ok_or("give a file for the weights")?);
    let number = |index: usize, default: usize| arguments.get(index).map_or(Ok(default), |text| text.parse());
    let [frames, height, width] = [number(1, 1)?, number(2, 704)?, number(3, 1280)?];
    let config = DitConfig::full(16, 16);
    if !path.exists() {
        let keys: Vec<_> = dit_keys(&config).into_iter().filter(|key| key.needed).collect();
        random::write(path, &Format::BF16, keys.iter().map(|key| (&key.name, &key.shape)))?;
    }
    let dit = Dit::new(Arc::new(Checkpoint::open(path)?), "")?;
    let threads = rayon::current_num_threads();
    let computed =
        peak(dit.config(), &TokenizerConfig::full(), [frames, height, width], threads, dit.mapped(), dit.precision, None).stage("transformer");
    let before = resident().map_or(0, |[now, _]| now);
    println!("computed peak with the {:.2} GB before: {:.2} GB", before as f64 / 1e9, (before + computed) as f64 / 1e9);
    let shape = [(frames - 1) / 8 + 1, height / 8, width / 8, 16];
    let latents = Volume::new(shape, (0..shape.iter().product()).map(|i: usize| ((i * 7919) % 2000) as f32 / 1000.0 - 1.0).collect());
    let start = Instant::now();
    let context = dit.context(0);
    println!("folded cross-attention after {:.1} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let out = dit.run(&latents, &latents, 0.5, FPS, &context);
    assert!(out.data.iter().all(|x| x.is_finite()), "all numbers are finite");
    let rms = (out.data.iter().map(|x| x * x).sum::<f32>() / out.data.len() as f32).sqrt();
    println!("one call: {:.1} s, root mean square of the answer {rms:.3}", start.elapsed().as_secs_f64());
    if let Some([_, most]) = resident() {
        println!("peak of this process: {:.2} GB", most as f64 / 1e9);
    }
    Ok(())
}
