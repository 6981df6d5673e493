//! The official SVD family from end to end, with small random weights in folders as published.

mod common;

use common::{fails, files, folder, read, relight, works};
use relight_light::Environment;
use relight_nets::{
    Table,
    svd::{EnvConfig, EnvEncoder, Unet, UnetConfig, Vae, VaeConfig},
};
use relight_render::{Forward, Inverse, Networks, Official, Sampling, Setup, Shot, Windows, Work};
use std::{fs, path::Path, sync::Arc};

const VAE: &str = r#"{"block_out_channels": [32, 32], "layers_per_block": 1}"#;
const ENV: &str = r#"{"in_channels": 12, "channels": [32, 64], "num_res_blocks": 1, "latent_encoder": true}"#;
const LEVELS: &str = r#""block_out_channels": [32, 32], "layers_per_block": 1, "num_attention_heads": [1, 2], "addition_time_embed_dim": 32,
    "projection_class_embeddings_input_dim": 96, "down_block_types": ["CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"],
    "up_block_types": ["UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"]"#;

/// Random weights of the size that keeps activations near 1; gains are 1. Written as safetensors.
fn write(path: &Path, shapes: &[(String, Vec<usize>)]) {
    let mut state = 7_u32;
    let (mut table, mut bytes) = (serde_json::Map::new(), Vec::new());
    for (name, shape) in shapes {
        let start = bytes.len();
        let inputs: usize = shape[1..].iter().product();
        let gain = if shape.len() == 1 && name.ends_with("norm.weight") || name.contains("norm") && name.ends_with(".weight") { 1.0 } else { 0.0 };
        let size = if shape.len() == 1 { 0.05 } else { (1.0 / inputs as f32).sqrt() };
        for _ in 0..shape.iter().product() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = ((state >> 8) as f32 / 8_388_608.0 - 1.0) * size + gain;
            bytes.extend(number.to_le_bytes());
        }
        table.insert(name.clone(), serde_json::json!({ "dtype": "F32", "shape": shape, "data_offsets": [start, bytes.len()] }));
    }
    let header = serde_json::to_vec(&table).unwrap();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, [&(header.len() as u64).to_le_bytes()[..], &header, &bytes].concat()).unwrap();
}

fn part(folder: &Path, config: &str, table: &Table) {
    let shapes: Vec<_> = table.shapes().iter().map(|(key, shape)| (key.clone(), shape.clone())).collect();
    write(&folder.join("diffusion_pytorch_model.safetensors"), &shapes);
    fs::write(folder.join("config.json"), config).unwrap();
}

/// A folder with both published folders, ten thousand times smaller.
fn published(folder: &Path) {
    let models = [
        ("inverse", r#""in_channels": 8, "cross_attention_dim": 40, "temporal_cross_attention_dim": 40, "context_embedding_type": "clip""#),
        (
            "forward",
            r#""in_channels": 24, "cross_attention_dim": [32, 64], "temporal_cross_attention_dim": null, "multi_res_encoder_hidden_states": true"#,
        ),
    ];
    for (kind, words) in models {
        let folder = folder.join(format!("diffusion_renderer-{kind}-svd"));
        let config = format!("{{{LEVELS}, {words}}}");
        part(&folder.join("unet"), &config, Unet::new(UnetConfig::parse(&config, None).unwrap()).table());
        part(&folder.join("vae"), VAE, Vae::new(VaeConfig::parse(VAE).unwrap()).table());
        fs::create_dir(folder.join("scheduler")).unwrap();
        fs::write(folder.join("scheduler/scheduler_config.json"), r#"{"prediction_type": "v_prediction", "timestep_spacing": "leading"}"#).unwrap();
        if kind == "forward" {
            part(&folder.join("env_encoder"), ENV, EnvEncoder::new(EnvConfig::parse(ENV).unwrap()).table());
            let module = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";
            let pair = [(format!("{module}.lora_A.weight"), vec![2, 32]), (format!("{module}.lora_B.weight"), vec![32, 2])];
            write(&folder.join("lora/pytorch_lora_weights.safetensors"), &pair);
        }
    }
}

#[test]
fn inverse_forward_and_relight_with_svd_folders() {
    let folder = folder();
    let path = folder.path();
    published(&path.join("weights"));
    let model = "--model svd:weights --size 32 --steps 2 --window 3 --overlap 1";
    let words = works(path, &format!("inverse clip.mp4 {model} --frames 4 -o gbuffer"));
    assert!(words.contains("3 frames of 48x32 at once take up to"), "{words}");
    assert_eq!(files(&path.join("gbuffer")).len(), 4);
    works(path, &format!("forward gbuffer --light map.exr --turn 90 {model} --guidance 1.5 -o out.%04d.png"));
    fails(path, &format!("forward gbuffer --light map.exr {model} --picture -o other.%04d.png"), "light alone", "--picture");
    let (about, frames) = read(&path.join("out.%04d.png"));
    assert_eq!((about.width, about.height, frames.len()), (64, 48, 4));
    assert!(frames.iter().all(|f| f.rgb.iter().all(|v| (0.0..=1.0).contains(v))));

    let bytes = |name: &str| fs::read(path.join(name)).unwrap();
    let variants = [
        ("a", ""),
        ("b", "--rotation 90"),
        ("c", "--seed 1"),
        ("d", "--lora-scale 0"),
        ("e", "--one-step"),
        ("f", "--noise noise.safetensors"),
        ("g", "--fix-frame 2"),
    ];
    write(&path.join("noise.safetensors"), &[("noise".into(), vec![1, 3, 4, 16, 24])]);
    for (name, words) in variants {
        works(path, &format!("forward gbuffer --light map.exr --frames 1 {model} {words} -o {name}.png"));
        assert!(name == "a" || bytes("a.png") != bytes(&format!("{name}.png")), "{words} changes nothing");
    }
    // Windows of three frames with one shared over four frames: 0..3 and 2..4.
    for (cut, frames) in [("fade", 4), ("first", 3), ("all", 4), ("drop-last", 3)] {
        works(path, &format!("forward gbuffer --light map.exr {model} --chunks {cut} --guidance 1,1.4 --decode-chunk 1 -o {cut}.%04d.png"));
        assert_eq!(read(&path.join(format!("{cut}.%04d.png"))).1.len(), frames, "{cut}");
    }
    fails(path, &format!("forward gbuffer --light map.exr {model} --memory 1M -o i.%d.png"), "of memory", "--memory");
    works(path, &format!("clip.mp4 --light map.exr --frames 1 {model} --passes albedo,normal -o h.png"));
    fails(
        path,
        &format!(
            "forward gbuffer --light map.exr {model} --noise weights/diffusion_renderer-forward-svd/lora/pytorch_lora_weights.safetensors -o i.%d.png"
        ),
        "holds noise of",
        "unit noise",
    );
}

/// A window's pictures are encoded once for all passes, a clip's buffers once for all lights.
#[test]
fn latents_of_conditions_are_made_once() {
    let folder = folder();
    published(&folder.path().join("weights"));
    let name = format!("svd:{}", folder.path().join("weights").display());
    let networks = Networks::model(&name, &Official::default()).unwrap();
    let work = Work { size: Some(32), sampling: Sampling { steps: 1, seed: 0 }, windows: Windows { length: 3, overlap: 1, ..Windows::default() } };
    let (_, frames) = read(&folder.path().join("clip.mp4"));
    let buffers = Inverse::new(networks.inverse.estimator().unwrap(), work).clip(&frames[..5]).unwrap();
    // Two windows of three frames, whatever the passes.
    assert_eq!((buffers.len(), networks.inverse.encodings()), (5, 2));
    let still = Setup::still(5);
    let shots: Vec<Shot> = buffers.into_iter().enumerate().map(|(i, buffers)| still.shot(i, buffers).unwrap()).collect();
    // Five buffers a window, and the three pictures of a light that stands still once for both windows; another light has two of its own, since directions
    // are the same; the first one again has none.
    for (light, expected) in [([0.5, 0.4, 0.3], 2 * 5 + 3), ([2.0, 0.4, 0.3], 2 * 5 + 3 + 2), ([0.5, 0.4, 0.3], 2 * 5 + 3 + 2)] {
        let map = Arc::new(Environment::constant(16, 8, light));
        let pictures = Forward::new(Some(networks.forward.renderer().unwrap()), map, work).clip(&shots, 1.0).unwrap();
        assert_eq!((pictures.len(), networks.forward.encodings()), (5, expected), "{light:?}");
    }
}

#[test]
fn folders_are_checked_and_converted_and_what_is_missing_is_named() {
    let folder = folder();
    let path = folder.path();
    published(&path.join("weights"));
    works(path, "models check weights");
    let unet = "weights/diffusion_renderer-inverse-svd/unet/diffusion_pytorch_model.safetensors";
    for format in ["bf16", "int8"] {
        works(path, &format!("models convert {unet} --format {format} -o smaller.safetensors -y"));
        fs::rename(path.join("smaller.safetensors"), path.join(unet)).unwrap();
        works(path, "models check weights");
    }
    fails(path, &format!("models convert {unet} -o smaller.bin"), "safetensors", "-o");
    fails(path, "models convert weights -o weights", "exists", "-y");
    let words = works(path, "models convert weights --format int8 -o small");
    assert!(words.contains("6 files of weights, 7 configurations"), "{words}");
    works(path, "models check small");
    works(path, "inverse clip.mp4 --model svd:small --size 32 --steps 1 --frames 1 -o gbuffer");
    fs::write(path.join(unet), fs::read(path.join("weights/diffusion_renderer-inverse-svd/vae/diffusion_pytorch_model.safetensors")).unwrap())
        .unwrap();
    fails(path, "models check weights", "not whole", "download");
    fs::remove_file(path.join(unet)).unwrap();
    fails(path, "models check weights", "diffusion_pytorch_model", "download");
    fails(path, "inverse clip.mp4 --model svd:nowhere -o gbuffer", "nowhere", "folder");
    // Options that the networks do not have are errors of the command line, by name.
    for (args, name) in [
        ("inverse clip.mp4 --one-step -o gbuffer", "--one-step"),
        ("inverse clip.mp4 --model svd:weights --guidance 2 -o gbuffer", "--guidance"),
        ("inverse clip.mp4 --model svd:weights --precision f32 -o gbuffer", "--precision"),
        ("forward gbuffer --light map.exr --model cosmos:weights --lora-scale 1 -o out.mp4", "--lora-scale"),
        ("clip.mp4 --light map.exr --memory 8G -o out.mp4", "--memory"),
    ] {
        let output = relight(path, args);
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.code() == Some(2) && words.contains(name) && (words.contains(":DIR") || words.contains("nothing here")),
            "{args}: {words}"
        );
    }
    fails(path, "models check nowhere", "no official model", "folder");
    let words = String::from_utf8(relight(path, "models").stdout).unwrap();
    assert!(words.contains("diffusion_renderer-forward-svd-objaverse") && words.contains("licence"), "{words}");
}
