//! The official Cosmos family from end to end, with small random weights in folders as published.

mod common;

use common::{clip, fails, files, folder, read, works};
use relight_gbuffer::open_folder;
use relight_light::Environment;
use relight_nets::cosmos::{DitConfig, Key, TokenizerConfig, decoder_keys, dit_keys, encoder_keys};
use relight_render::{Forward, Inverse, Networks, Official, Precision, Sampling, Setup, Shot, Windows, Work};
use std::{fs, path::Path, sync::Arc};

/// Numbers that look random, in −1..1.
fn numbers(count: usize, state: &mut u32) -> Vec<f32> {
    let mut next = || {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Writes tensors as safetensors, whatever the file's name says: a checkpoint is known by its first bytes.
fn write(path: &Path, tensors: &[(String, Vec<usize>, Vec<f32>)]) {
    let (mut table, mut bytes) = (serde_json::Map::new(), Vec::new());
    for (name, shape, numbers) in tensors {
        let start = bytes.len();
        bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
        table.insert(name.clone(), serde_json::json!({ "dtype": "F32", "shape": shape, "data_offsets": [start, bytes.len()] }));
    }
    let header = serde_json::to_vec(&table).unwrap();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, [&(header.len() as u64).to_le_bytes()[..], &header, &bytes].concat()).unwrap();
}

/// Random weights of the size that keeps activations near 1; gains are 1.
fn weights(keys: &[Key], state: &mut u32) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let one = |key: &Key, state: &mut u32| {
        let inputs: usize = key.shape[1..].iter().product();
        let gain = key.shape.len() == 1 && key.name.ends_with("weight");
        let size = if key.shape.len() == 1 { 0.05 } else { (3.0 / inputs as f32).sqrt() };
        let numbers = numbers(key.shape.iter().product(), state);
        (key.name.clone(), key.shape.clone(), numbers.iter().map(|x| x * size + if gain { 1.0 } else { 0.0 }).collect())
    };
    keys.iter().map(|key| one(key, state)).collect()
}

/// A folder with everything that is published, a thousand times smaller.
fn published(folder: &Path) {
    let dit =
        |conditions, contexts| DitConfig { width: 48, head: 12, blocks: 2, hidden: 96, cross: 16, lora: 8, ..DitConfig::full(conditions, contexts) };
    published_as(folder, dit);
}

/// The same with transformers that `dit` describes by their conditions and contexts.
fn published_as(folder: &Path, dit: impl Fn(usize, usize) -> DitConfig) {
    let mut state = 7;
    let tokenizer = TokenizerConfig { stem: 8, widths: vec![8, 16, 16], blocks: 1, ..TokenizerConfig::full() };
    write(&folder.join("Diffusion_Renderer_Inverse_Cosmos_7B/model.pt"), &weights(&dit_keys(&dit(16, 16)), &mut state));
    write(&folder.join("Diffusion_Renderer_Forward_Cosmos_7B/model.pt"), &weights(&dit_keys(&dit(136, 0)), &mut state));
    let tokens = folder.join("Cosmos-Tokenize1-CV8x8x8-720p");
    write(&tokens.join("encoder.jit"), &weights(&encoder_keys(&tokenizer), &mut state));
    write(&tokens.join("decoder.jit"), &weights(&decoder_keys(&tokenizer), &mut state));
    let statistics = |count: usize| vec![("0".into(), vec![count], vec![0.0; count]), ("1".into(), vec![count], vec![1.0; count])];
    write(&tokens.join("mean_std.pt"), &statistics(256));
    write(&tokens.join("image_mean_std.pt"), &statistics(16));
}

#[test]
fn inverse_forward_and_relight_with_official_folders() {
    let folder = folder();
    published(&folder.path().join("weights"));
    let model = "--model cosmos:weights --size 32 --steps 2 --window 4 --overlap 2";
    let words = works(folder.path(), &format!("inverse clip.mp4 {model} --frames 6 -o gbuffer"));
    assert!(words.contains("4 frames of 48x32 at once take up to") && words.contains("transformer"), "{words}");
    assert!(words.contains("its numbers in bf16"), "the official precision: {words}");
    assert_eq!(files(&folder.path().join("gbuffer")).len(), 6);
    let words = works(folder.path(), &format!("forward gbuffer --light map.exr --turn 90 {model} --guidance 0.5 --memory 8G -o out.%04d.png"));
    assert!(words.contains("its numbers in f32"), "which fits: {words}");
    let (about, frames) = read(&folder.path().join("out.%04d.png"));
    assert_eq!((about.width, about.height, frames.len()), (64, 48, 6));
    assert!(frames.iter().all(|f| f.rgb.iter().all(|v| (0.0..=1.0).contains(v))) && frames[0].rgb != frames[3].rgb);
    // Passes that are not there are left out, with a word; neither albedo nor a pass of some frames alone may be.
    works(folder.path(), "inverse clip.mp4 --frames 2 -o official --layout official");
    let official = format!("forward official --light map.exr {model} --precision f32");
    works(folder.path(), &format!("{official} -o whole.%04d.png"));
    let remove = |pass: &str| (0..2).for_each(|i| fs::remove_file(folder.path().join(format!("official/clip/0000.{i:04}.{pass}.png"))).unwrap());
    remove("metallic");
    remove("depth");
    let words = works(folder.path(), &format!("{official} -o partly.%04d.png"));
    assert!(words.contains("has no depth, no metallic"), "{words}");
    assert!(read(&folder.path().join("partly.%04d.png")).1[0].rgb != read(&folder.path().join("whole.%04d.png")).1[0].rgb);
    fails(folder.path(), "forward official --light map.exr -o out.png", "no depth, no metallic", "basecolor normal depth");
    remove("basecolor");
    fails(folder.path(), &format!("{official} -o out.png"), "no basecolor", "basecolor normal depth");
    fails(folder.path(), &format!("clip.mp4 --light map.exr --frames 1 {model} --passes normal -o out.png"), "without albedo", "--passes");
    // Another light makes another picture; a single frame goes through the statistics of pictures.
    works(folder.path(), &format!("clip.mp4 --light map.exr --frames 1 {model} --precision f32 -o a.png"));
    works(folder.path(), &format!("clip.mp4 --light map.exr --rotation 90 --frames 1 {model} --precision f32 -o b.png"));
    works(folder.path(), &format!("clip.mp4 --light map.exr --frames 1 {model} --precision f32 --seed 1 -o c.png"));
    works(folder.path(), &format!("clip.mp4 --light random --frames 1 {model} --precision f32 -o d.png"));
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(bytes("a.png") != bytes("d.png"));
    assert!(bytes("a.png") != bytes("b.png") && bytes("a.png") != bytes("c.png"));
    // One pass alone: the others stay plain. Noise of a file in place of the seed's, in latents of the working size: 32×48 pixels make 4×6.
    works(folder.path(), &format!("inverse clip.mp4 {model} --frames 1 --passes normal --precision f32 -o normal --layout official"));
    let mut state = 5;
    let noise = |count: usize, state: &mut u32| vec![("noise".to_owned(), vec![1, 16, 1, 4, count], numbers(16 * 4 * count, state))];
    write(&folder.path().join("noise.safetensors"), &noise(6, &mut state));
    write(&folder.path().join("wrong.safetensors"), &noise(5, &mut state));
    let shot = format!("clip.mp4 --light map.exr --frames 1 {model} --precision f32");
    works(folder.path(), &format!("{shot} --noise noise.safetensors -o e.png"));
    works(folder.path(), &format!("{shot} --noise noise.safetensors --seed 1 -o f.png"));
    assert!(bytes("e.png") != bytes("a.png") && bytes("e.png") == bytes("f.png"));
    fails(folder.path(), &format!("{shot} --noise wrong.safetensors -o g.png"), "not [16, 1, 4, 6]", "channels, frames, height, width");
    let receipt: serde_json::Value = serde_json::from_slice(&bytes("a.png.json")).unwrap();
    assert_eq!(receipt["weights"]["forward"]["from"], "cosmos:weights");
}

/// Where f32 does not fit into the memory that is given, numbers are kept in bf16. The transformer is wide and flat, so that its tokens are most of the peak:
/// 1024 of 2048 numbers take 42 MB in f32 and 21 MB less in bf16.
#[test]
fn little_memory_keeps_numbers_in_bf16() {
    let folder = folder();
    // The forward network does not run.
    let dit = |conditions, contexts| {
        let width = if contexts == 0 { 64 } else { 2048 };
        DitConfig { width, head: 64, blocks: 1, hidden: 64, cross: 16, lora: 8, ..DitConfig::full(conditions, contexts) }
    };
    published_as(&folder.path().join("weights"), dit);
    clip(&folder.path().join("wide.png"), 512, 512, 1);
    let command = "inverse wide.png --model cosmos:weights --size 512 --steps 1 --passes albedo";
    let words = works(folder.path(), &format!("{command} -o plain"));
    let takes = |words: &str| -> f64 { words.split("take up to ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap() };
    assert!(words.contains("numbers in bf16"), "{words}");
    // Gigabytes are told to 5 MB.
    let limit = 1000.0 * takes(&words) + 10.0;
    let words = works(folder.path(), &format!("{command} --memory {limit:.0}M -o little"));
    assert!(words.contains("numbers in bf16") && !words.contains("tiles"), "{words}");
    let words = works(folder.path(), &format!("{command} --memory {:.0}M -o much", limit + 30.0));
    assert!(words.contains("numbers in f32"), "{words}");
    let buffers = |name: &str| open_folder(&folder.path().join(name), &[]).unwrap().read(0).unwrap().buffers;
    assert!(buffers("plain") == buffers("little") && buffers("plain") != buffers("much"));
}

/// A window's pictures are encoded once for all passes, a clip's buffers once for all lights.
#[test]
fn latents_of_conditions_are_made_once() {
    let folder = folder();
    published(&folder.path().join("weights"));
    let told = Official { precision: Some(Precision::Single), ..Official::default() };
    let networks = Networks::model(&format!("cosmos:{}", folder.path().join("weights").display()), &told).unwrap();
    let work = Work { size: Some(32), sampling: Sampling { steps: 1, seed: 0 }, windows: Windows { length: 3, overlap: 1, ..Windows::default() } };
    let (_, frames) = read(&folder.path().join("clip.mp4"));
    let frames = &frames[..5];
    let mut inverse = Inverse::new(networks.inverse.estimator().unwrap(), work);
    let buffers = inverse.clip(frames).unwrap();
    // Two windows of three frames.
    assert_eq!((buffers.len(), networks.inverse.encodings()), (5, 2));
    let still = Setup::still(5);
    let shots: Vec<Shot> = buffers.into_iter().enumerate().map(|(i, buffers)| still.shot(i, buffers).unwrap()).collect();
    for (light, expected) in [
        // Five buffers a window, and the three pictures of a light that stands still once for both windows.
        (Some([0.5, 0.4, 0.3]), 2 * 5 + 3),
        // Another light has two pictures of its own: directions are the same.
        (Some([2.0, 0.4, 0.3]), 2 * 5 + 3 + 2),
        // No light at all.
        (None, 2 * 5 + 3 + 2),
        (Some([0.5, 0.4, 0.3]), 2 * 5 + 3 + 2),
    ] {
        let map = Arc::new(Environment::constant(16, 8, light.unwrap_or_default()));
        let pictures = Forward::new(Some(networks.forward.renderer().unwrap()), map, work).clip(&shots, 1.0).unwrap();
        assert_eq!((pictures.len(), networks.forward.encodings()), (5, expected), "{light:?}");
    }
}

#[test]
fn folders_that_lack_something_are_refused_with_its_name() {
    let folder = folder();
    fails(folder.path(), "inverse clip.mp4 --model cosmos:nowhere -o gbuffer", "nowhere", "folder");
    fails(folder.path(), "clip.mp4 --light random -o out.mp4", "only a Cosmos network", "--light MAP");
    fails(folder.path(), "inverse clip.mp4 --window 4 --overlap 4 -o gbuffer", "cannot overlap", "--overlap");
    let weights = folder.path().join("weights");
    published(&weights);
    clip(&folder.path().join("long.%04d.png"), 32, 16, 130);
    fails(folder.path(), "inverse long.%04d.png --model cosmos:weights --size 32 --window 130 -o gbuffer", "longer than the 121", "--window");
    let little = "inverse clip.mp4 --model cosmos:weights --size 32 --frames 1 --memory 1M -o gbuffer";
    fails(folder.path(), little, "of memory (encoder", "--memory");
    let bias = weights.join("Cosmos-Tokenize1-CV8x8x8-720p/decoder.jit");
    let encoder = fs::read(weights.join("Cosmos-Tokenize1-CV8x8x8-720p/encoder.jit")).unwrap();
    fs::write(&bias, encoder).unwrap();
    fails(folder.path(), "inverse clip.mp4 --model cosmos:weights -o gbuffer", "is missing", "download");
    fs::remove_file(&bias).unwrap();
    fails(folder.path(), "inverse clip.mp4 --model cosmos:weights -o gbuffer", "decoder", "published");
}
