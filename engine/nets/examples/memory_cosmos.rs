//! What a plan says of a Cosmos network's memory, against what the process then takes: stages of a middle-sized network with random weights.
//!
//! `cargo run --release -p relight-nets --example memory_cosmos`

use relight_checkpoint::Checkpoint;
use relight_nets::{
    cosmos::{Context, Dit, DitConfig, FPS, Key, Tokenizer, TokenizerConfig, decoder_keys, dit_keys, encoder_keys, peak},
    resident,
};
use relight_tensor::Volume;
use std::{fs, hint::black_box, path::Path, sync::Arc};

/// Writes small numbers for all keys.
fn write(path: &Path, keys: &[Key]) -> Arc<Checkpoint> {
    let (mut table, mut bytes) = (serde_json::Map::new(), Vec::new());
    for key in keys {
        let start = bytes.len();
        bytes.extend((0..key.shape.iter().product::<usize>()).flat_map(|i| (((i * 7919) % 2001) as f32 / 1e5 - 0.01).to_le_bytes()));
        table.insert(key.name.clone(), serde_json::json!({ "dtype": "F32", "shape": key.shape, "data_offsets": [start, bytes.len()] }));
    }
    let header = serde_json::to_vec(&table).unwrap();
    fs::write(path, [&(header.len() as u64).to_le_bytes()[..], &header, &bytes].concat()).unwrap();
    Arc::new(Checkpoint::open(path).unwrap())
}

fn numbers(shape: [usize; 4]) -> Volume {
    Volume::new(shape, (0..shape.iter().product()).map(|i: usize| ((i * 7919) % 2000) as f32 / 1000.0 - 1.0).collect())
}

/// Runs a stage, and compares the process's peak with what was computed beside what it held before.
fn measure(what: &str, computed: u64, run: impl FnOnce() -> Volume) {
    let Some([before, _]) = resident() else { return };
    // Forgets the peak so far; systems that cannot are not asked.
    if fs::write("/proc/self/clear_refs", "5").is_err() {
        return;
    }
    black_box(run());
    let [_, most] = resident().unwrap();
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let told = before + computed;
    println!("{what}: computed {:.1} MB, taken {:.1} MB, {:.1} before", megabytes(told), megabytes(most), megabytes(before));
    println!("  computed is {:+.1} % off", 100.0 * (told as f64 / most as f64 - 1.0));
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let (frames, height, width) = (9, 512, 512);
    let dit = DitConfig { width: 1024, head: 128, blocks: 1, hidden: 4096, cross: 64, lora: 32, ..DitConfig::full(16, 16) };
    let config = TokenizerConfig { stem: 32, widths: vec![64, 128, 128], blocks: 1, ..TokenizerConfig::full() };
    let encoder = write(&folder.path().join("encoder"), &encoder_keys(&config));
    let tokenizer = Tokenizer::new(encoder, write(&folder.path().join("decoder"), &decoder_keys(&config)), "").unwrap();
    let network = Dit::new(write(&folder.path().join("dit"), &dit_keys(&dit)), "").unwrap();
    let computed = peak(&dit, &config, [frames, height, width], rayon::current_num_threads(), network.mapped(), None);

    let clip = numbers([frames, height, width, 3]);
    let latents = tokenizer.latent_shape(frames, height, width);
    // A first, small run makes what threads keep.
    black_box(tokenizer.encode(&numbers([1, 64, 64, 3])));
    measure("encoder", computed.stage("encoder"), || tokenizer.encode(&clip));
    drop(clip);
    measure("decoder", computed.stage("decoder"), || tokenizer.decode(&numbers(latents)));
    let x = numbers(latents);
    measure("transformer", computed.stage("transformer"), || network.run(&x, &x, 0.5, FPS, &Context::default()));
}
