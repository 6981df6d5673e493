//! The SVD family's plans.

use crate::{measure, numbers, random};
use relight_checkpoint::Checkpoint;
use relight_nets::{
    Store, Table,
    svd::{Context, Question, Tokens, Unet, UnetConfig, Vae, VaeConfig, peak},
};
use std::path::Path;

/// A file of random weights for a table.
fn store(folder: &Path, name: &str, table: &Table) -> Store {
    let path = folder.join(name);
    random::write(&path, table.shapes().iter()).unwrap();
    Store::new(Checkpoint::open(&path).unwrap(), table).unwrap()
}

pub fn peaks(folder: &Path) {
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
