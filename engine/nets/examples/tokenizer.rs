//! Time and memory of the full-size Cosmos tokenizer, with random bf16 weights.
//!
//! `cargo run --release -p relight-nets --example tokenizer -- [FRAMES HEIGHT WIDTH]`: pictures to latents and back; 9 frames of 704x1280 where nothing is told.

mod measure;
mod random;

use measure::measure;
use random::Format;
use relight_checkpoint::Checkpoint;
use relight_nets::cosmos::{DitConfig, Key, Precision, Tokenizer, TokenizerConfig, decoder_keys, encoder_keys, peak};
use relight_tensor::Volume;
use std::{error::Error, path::Path, sync::Arc};

fn checkpoint(path: &Path, keys: &[Key]) -> Result<Arc<Checkpoint>, Box<dyn Error>> {
    random::write(path, &Format::BF16, keys.iter().map(|key| (&key.name, &key.shape)))?;
    Ok(Arc::new(Checkpoint::open(path)?))
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
