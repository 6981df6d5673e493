//! What plans say of the official networks' memory, against what the process then takes. One test in a file of its own, so that the process does nothing else.

#[path = "../examples/random/mod.rs"]
mod random;

use relight_checkpoint::Checkpoint;
use relight_nets::{
    Store, Table,
    cosmos::{self, Dit, DitConfig, FPS, Key, Precision, Tokenizer, TokenizerConfig, decoder_keys, dit_keys, encoder_keys},
    resident,
    svd::{self, Tokens, Unet, UnetConfig, Vae, VaeConfig},
};
use relight_tensor::Volume;
use std::{env, fs, path::Path, process::Command, sync::Arc};

/// What glibc asks the system for at once, and gives back at once. By default it keeps freed blocks of up to 32 MiB, which is much beside networks as small
/// as these and little beside those that are published.
const ALLOCATOR: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "65536");

/// A file of random weights for a table.
fn store(path: &Path, table: &Table) -> Store {
    random::write(path, &random::Format::F16, table.shapes().iter()).unwrap();
    Store::new(Checkpoint::open(path).unwrap(), table).unwrap()
}

fn checkpoint(path: &Path, keys: &[Key]) -> Arc<Checkpoint> {
    random::write(path, &random::Format::BF16, keys.iter().map(|key| (&key.name, &key.shape))).unwrap();
    Arc::new(Checkpoint::open(path).unwrap())
}

fn numbers(shape: [usize; 4]) -> Volume {
    Volume::new(shape, (0..shape.iter().product()).map(|i: usize| ((i * 7919) % 2000) as f32 / 1000.0 - 1.0).collect())
}

/// Stages that took another peak than was computed beside what the process held before.
#[derive(Default)]
struct Stages(Vec<String>);

impl Stages {
    fn measure(&mut self, what: &str, computed: u64, run: impl FnOnce() -> Volume) {
        let Some([before, _]) = resident() else { return };
        // Forgets the peak so far; systems that cannot are not asked.
        if fs::write("/proc/self/clear_refs", "5").is_err() {
            return;
        }
        assert!(run().data.iter().all(|v| v.is_finite()));
        let Some([_, most]) = resident() else { return };
        let told = before + computed;
        let [told_mb, most_mb, before_mb] = [told, most, before].map(|bytes| bytes as f64 / 1e6);
        let off = 100.0 * (told_mb / most_mb - 1.0);
        let words = format!("{what}: computed {told_mb:.1} MB, taken {most_mb:.1} MB ({off:+.1} %), {before_mb:.1} before");
        println!("{words}");
        if off.abs() > 15.0 {
            self.0.push(words);
        }
    }
}

#[test]
fn the_peak_of_a_plan_is_that_of_the_process() {
    if env::var_os(ALLOCATOR.0).is_none() {
        let again = Command::new(env::current_exe().unwrap()).args(["--nocapture", "--test-threads", "1"]).env(ALLOCATOR.0, ALLOCATOR.1).status();
        assert!(again.unwrap().success(), "the same with another allocation");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut stages = Stages::default();
    svd_stages(folder.path(), &mut stages);
    cosmos_stages(folder.path(), &mut stages);
    assert!(stages.0.is_empty(), "{:#?}", stages.0);
}

fn svd_stages(folder: &Path, stages: &mut Stages) {
    let config = r#"{"in_channels": 8, "block_out_channels": [64, 64], "layers_per_block": 1, "num_attention_heads": [1, 1], "cross_attention_dim": 32,
        "down_block_types": ["CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"], "temporal_cross_attention_dim": null,
        "up_block_types": ["UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"], "context_embedding_type": "clip", "context_vocab_size": 16}"#;
    let vae = VaeConfig::parse(r#"{"block_out_channels": [32, 64], "layers_per_block": 1}"#).unwrap();
    let net = Unet::new(UnetConfig::parse(config, None).unwrap());
    let weights = store(&folder.join("unet"), net.table());
    let peak = |size, tile| svd::peak(net.config(), &vae, size, 8, tile, weights.largest());
    let ask = |frames: usize| {
        let sample = numbers([frames, 32, 32, 8]);
        let context = svd::Context(vec![Tokens::single(net.domain(&weights, 0).unwrap(), frames)]);
        net.run(&weights, svd::Question { sample: &sample, videos: 1, time: 1.0, added: [6.0, 127.0, 0.0], context: &context })
    };
    ask(1);
    stages.measure("UNet", peak([64, 32 * vae.stride(), 32 * vae.stride()], None).stage("UNet"), || ask(64));

    let coder = Vae::new(vae.clone());
    let weights = store(&folder.join("vae"), coder.table());
    let size = [8, 96 * vae.stride(), 96 * vae.stride()];
    for tile in [None, Some(64)] {
        let computed = peak(size, tile);
        stages.measure(&format!("decoder {tile:?}"), computed.stage("decoder"), || coder.decode_chunks(&weights, &numbers([8, 96, 96, 4]), 8, tile));
    }
}

fn cosmos_stages(folder: &Path, stages: &mut Stages) {
    let (frames, height, width) = (9, 448, 640);
    let dit = DitConfig { width: 512, head: 64, blocks: 1, hidden: 2048, cross: 64, lora: 32, ..DitConfig::full(16, 16) };
    let config = TokenizerConfig { stem: 32, widths: vec![64, 128, 128], blocks: 1, ..TokenizerConfig::full() };
    let encoder = checkpoint(&folder.join("encoder"), &encoder_keys(&config));
    let tokenizer = Tokenizer::new(encoder, checkpoint(&folder.join("decoder"), &decoder_keys(&config)), "").unwrap();
    let mut network = Dit::new(checkpoint(&folder.join("dit"), &dit_keys(&dit)), "").unwrap();
    let peak = |mapped: usize, precision| cosmos::peak(&dit, &config, [frames, height, width], rayon::current_num_threads(), mapped, precision, None);
    let whole = peak(network.mapped(), Precision::Bfloat);
    // A first, small run makes what threads keep.
    tokenizer.encode(&numbers([1, 64, 64, 3]));
    let clip = numbers([frames, height, width, 3]);
    stages.measure("encoder", whole.stage("encoder"), || tokenizer.encode(&clip));
    drop(clip);
    let latents = tokenizer.latent_shape(frames, height, width);
    stages.measure("decoder", whole.stage("decoder"), || tokenizer.decode(&numbers(latents)));
    // A sampling's state, its scaled copy, answers and conditions are there beside the network's own.
    let x = numbers([12, 64, 64, 16]);
    let peak = |precision| cosmos::peak(&dit, &config, [89, 512, 512], rayon::current_num_threads(), network.mapped(), precision, None);
    let told = [Precision::Bfloat, Precision::Single].map(|precision| (precision, peak(precision).stage("transformer")));
    for (precision, computed) in told {
        network.precision = precision;
        stages.measure(&format!("transformer {precision:?}"), computed, || {
            let held: [Volume; 6] = std::array::from_fn(|_| x.clone());
            network.run(&held[0], &held[1], 0.5, FPS, &cosmos::Context::default())
        });
    }
}
