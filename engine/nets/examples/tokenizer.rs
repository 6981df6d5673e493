//! Time and memory of the full-size Cosmos tokenizer, with random bf16 weights.
//!
//! `cargo run --release -p relight-nets --example tokenizer -- [FRAMES HEIGHT WIDTH]`: pictures to latents and back; 9 frames of 704x1280 where nothing is told.

mod random;

use random::Format;
use relight_checkpoint::Checkpoint;
use relight_nets::{
    cosmos::{DitConfig, Key, Precision, Tokenizer, TokenizerConfig, decoder_keys, encoder_keys, peak},
    resident,
};
use relight_tensor::Volume;
use std::{error::Error, fs, path::Path, sync::Arc, time::Instant};

fn checkpoint(path: &Path, keys: &[Key]) -> Result<Arc<Checkpoint>, Box<dyn Error>> {
    random::write(path, &Format::BF16, keys.iter().map(|key| (&key.name, &key.shape)))?;
    Ok(Arc::new(Checkpoint::open(path)?))
}

/// Runs a stage, and compares the process's peak with what was computed beside what it held before.
fn measure(what: &str, computed: u64, run: impl FnOnce() -> Volume) -> Volume {
    let before = resident().map_or(0, |[now, _]| now);
    // Forgets the peak so far; systems that cannot tell the whole run's.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let start = Instant::now();
    let out = run();
    assert!(out.data.iter().all(|x| x.is_finite()), "all numbers are finite");
    let most = resident().map_or(0, |[_, most]| most);
    let told = before + computed;
    let off = 100.0 * (told as f64 / most as f64 - 1.0);
    println!("{what}: {:.1} s, computed {:.2} GB, taken {:.2} GB ({off:+.1} %)", start.elapsed().as_secs_f64(), told as f64 / 1e9, most as f64 / 1e9);
    out
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: usize| arguments.get(index).map_or(Ok(default), |text| text.parse());
    let [frames, height, width] = [number(0, 9)?, number(1, 704)?, number(2, 1280)?];
    let config = TokenizerConfig::full();
    let folder = tempfile::tempdir()?;
    let encoder = checkpoint(&folder.path().join("encoder"), &encoder_keys(&config))?;
    let tokenizer = Tokenizer::new(encoder, checkpoint(&folder.path().join("decoder"), &decoder_keys(&config))?, "")?;
    let threads = rayon::current_num_threads();
    let computed = peak(&DitConfig::full(16, 16), &config, [frames, height, width], threads, 0, Precision::default(), None);
    let shape = [frames, height, width, 3];
    let clip = Volume::new(shape, (0..shape.iter().product()).map(|i: usize| ((i * 7919) % 2000) as f32 / 1000.0 - 1.0).collect());
    let latents = measure("encoder", computed.stage("encoder"), || tokenizer.encode(&clip));
    drop(clip);
    measure("decoder", computed.stage("decoder"), || tokenizer.decode(&latents));
    Ok(())
}
