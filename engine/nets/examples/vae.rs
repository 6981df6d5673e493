//! Time and memory of the full-size VAE of the SVD family, with random f16 weights.
//!
//! `cargo run --release -p relight-nets --example vae -- [FRAMES HEIGHT WIDTH]`: pictures to latents and back, all frames decoded together; 2 frames of
//! 512x512 where nothing is told.

mod measure;
mod random;

use measure::measure;
use random::Format;
use relight_checkpoint::Checkpoint;
use relight_nets::{
    Store,
    svd::{UnetConfig, Vae, VaeConfig, peak},
};
use relight_tensor::Volume;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: usize| arguments.get(index).map_or(Ok(default), |text| text.parse());
    let [frames, height, width] = [number(0, 2)?, number(1, 512)?, number(2, 512)?];
    let coder = Vae::new(VaeConfig::parse("{}")?);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("vae.safetensors");
    random::write(&path, &Format::F16, coder.table().shapes().iter())?;
    let store = Store::new(Checkpoint::open(&path)?, coder.table())?;
    let computed = peak(&UnetConfig::parse(r#"{"in_channels": 8}"#, None)?, coder.config(), [frames, height, width], frames, None, 0);
    let shape = [frames, height, width, 3];
    let clip = Volume::new(shape, (0..shape.iter().product()).map(|i: usize| ((i * 7919) % 2000) as f32 / 1000.0 - 1.0).collect());
    let latents = measure("encoder", computed.stage("encoder"), || coder.encode(&store, &clip, None));
    drop(clip);
    measure("decoder", computed.stage("decoder"), || coder.decode_chunks(&store, &latents, frames, None));
    Ok(())
}
