//! Times a network for `training/bench_onnx.py`: for each line `FRAMES HEIGHT WIDTH` on standard input it runs one step and prints milliseconds as JSON.
//!
//! usage: time WEIGHTS.safetensors THREADS

use relight_diffusion::{Denoiser, SIGMA_MAX};
use relight_nets::{Conditions, LIGHT, Small};
use std::{env, error::Error, io, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().collect();
    let [_, weights, threads] = &args[..] else { return Err("usage: time WEIGHTS.safetensors THREADS".into()) };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let mut net = Small::load(Path::new(weights))?;
    let mut last = (Conditions::default(), Vec::new(), Vec::new());
    for line in io::stdin().lines() {
        let sizes: Vec<usize> = line?.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [frames, height, width] = sizes[..] else { return Err("a line is FRAMES HEIGHT WIDTH".into()) };
        if (last.0.frames, last.0.height, last.0.width) != (frames, height, width) {
            let pixels = (0..frames * height * width * net.config().conditions).map(|i| (i % 97) as f32 / 97.0 - 0.5).collect();
            let light = vec![0.5; if net.config().light { frames * LIGHT } else { 0 }];
            let conditions = Conditions { frames, height, width, pixels, light };
            let len = net.len(&conditions);
            last = (conditions, vec![0.0; len], vec![0.0; len]);
        }
        let start = Instant::now();
        net.denoise(&last.1, SIGMA_MAX, &last.0, &mut last.2);
        println!("{{\"ms\":{:.3}}}", start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}
