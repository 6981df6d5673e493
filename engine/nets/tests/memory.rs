//! What a plan says of an SVD network's memory, against what the process then takes. One test in a file of its own, so that the process does nothing else.

#[path = "../examples/random/mod.rs"]
mod random;

use relight_checkpoint::Checkpoint;
use relight_nets::{
    Store, Table, resident,
    svd::{Context, Question, Tokens, Unet, UnetConfig, Vae, VaeConfig, peak},
};
use relight_tensor::Volume;
use std::{fs, path::Path};

/// A file of random weights for a table.
fn store(folder: &Path, name: &str, table: &Table) -> Store {
    let path = folder.join(name);
    random::write(&path, &random::Format::F16, table.shapes().iter()).unwrap();
    Store::new(Checkpoint::open(&path).unwrap(), table).unwrap()
}

fn numbers(shape: [usize; 4]) -> Volume {
    Volume::new(shape, (0..shape.iter().product()).map(|i: usize| ((i * 7919) % 2000) as f32 / 1000.0 - 1.0).collect())
}

/// Runs a stage, and compares the process's peak with what was computed beside what it held before.
#[track_caller]
fn measure(what: &str, computed: u64, run: impl FnOnce() -> Volume) {
    let Some([before, _]) = resident() else { return };
    // Forgets the peak so far; systems that cannot are not asked.
    if fs::write("/proc/self/clear_refs", "5").is_err() {
        return;
    }
    assert!(run().data.iter().all(|v| v.is_finite()));
    let Some([_, most]) = resident() else { return };
    let told = before + computed;
    println!("{what}: computed {:.1} MB, taken {:.1} MB, {:.1} before", told as f64 / 1e6, most as f64 / 1e6, before as f64 / 1e6);
    assert!(told.abs_diff(most) as f64 <= 0.15 * most as f64, "{what}: computed {told} bytes, taken {most}");
}

#[test]
fn the_peak_of_a_plan_is_that_of_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = r#"{"in_channels": 8, "block_out_channels": [64, 64], "layers_per_block": 1, "num_attention_heads": [1, 1], "cross_attention_dim": 32,
        "down_block_types": ["CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"], "temporal_cross_attention_dim": null,
        "up_block_types": ["UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"], "context_embedding_type": "clip", "context_vocab_size": 16}"#;
    let vae = VaeConfig::parse(r#"{"block_out_channels": [32, 64], "layers_per_block": 1}"#).unwrap();
    let net = Unet::new(UnetConfig::parse(config, None).unwrap());
    let weights = store(folder, "unet.safetensors", net.table());
    let computed = peak(net.config(), &vae, [64, 32 * vae.stride(), 32 * vae.stride()], 8, None);
    let ask = |frames: usize| {
        let sample = numbers([frames, 32, 32, 8]);
        let context = Context(vec![Tokens::single(net.domain(&weights, 0).unwrap(), frames)]);
        net.run(&weights, Question { sample: &sample, videos: 1, time: 1.0, added: [6.0, 127.0, 0.0], context: &context })
    };
    ask(1);
    measure("UNet", computed.stage("UNet"), || ask(64));

    let decoder = Vae::new(vae.clone());
    let weights = store(folder, "vae.safetensors", decoder.table());
    let size = [8, 96 * vae.stride(), 96 * vae.stride()];
    let computed = peak(net.config(), &vae, size, 8, None);
    measure("decoder", computed.stage("decoder"), || decoder.decode_chunks(&weights, &numbers([8, 96, 96, 4]), 8, None));
    // In tiles a part of that, and the same picture but for the seams.
    assert!(peak(net.config(), &vae, size, 8, Some(48)).stage("decoder") < computed.stage("decoder") / 2);
}
