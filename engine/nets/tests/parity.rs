//! The same numbers as PyTorch, on random networks written by `training/fixture.py`.

use relight_diffusion::{Denoiser, SIGMA_MAX};
use relight_nets::{Conditions, Small};
use relight_tensor::Level;
use safetensors::{SafeTensors, serialize};
use std::{fs, path::Path};

struct Fixture {
    net: Vec<u8>,
    conditions: Conditions,
    x_sigma: Vec<f32>,
    sigma: f32,
    one_step: Vec<f32>,
    denoised: Vec<f32>,
}

fn numbers(file: &SafeTensors<'_>, key: &str) -> Option<(Vec<usize>, Vec<f32>)> {
    let view = file.tensor(&format!("fixture.{key}")).ok()?;
    let numbers = match view.dtype() {
        safetensors::Dtype::F16 => view.data().chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        _ => view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect(),
    };
    Some((view.shape().to_vec(), numbers))
}

fn fixture(path: &Path) -> Fixture {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let words = SafeTensors::read_metadata(&bytes).unwrap().1.metadata().clone();
    let own = file.tensors().into_iter().filter(|(name, _)| !name.starts_with("fixture."));
    let (shape, pixels) = numbers(&file, "conditions").unwrap();
    let light = numbers(&file, "light").map(|light| light.1).unwrap_or_default();
    Fixture {
        net: serialize(own, words).unwrap(),
        conditions: Conditions { frames: shape[0], height: shape[1], width: shape[2], pixels, light },
        x_sigma: numbers(&file, "x_sigma").unwrap().1,
        sigma: numbers(&file, "sigma").unwrap().1[0],
        one_step: numbers(&file, "one_step").unwrap().1,
        denoised: numbers(&file, "denoised").unwrap().1,
    }
}

/// Largest difference, relative to the root mean square of the expected numbers.
fn error(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let rms = (expected.iter().map(|x| x * x).sum::<f32>() / expected.len() as f32).sqrt();
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / rms
}

#[test]
fn outputs_agree_with_pytorch_to_one_part_in_ten_thousand() {
    for name in ["inverse", "forward", "still"] {
        let fixture = fixture(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/{name}.safetensors")));
        for level in Level::available() {
            let mut net = Small::from_bytes(name, &fixture.net).unwrap().with_level(level);
            let mut x0 = vec![f32::NAN; net.len(&fixture.conditions)];
            net.denoise(&fixture.x_sigma, fixture.sigma, &fixture.conditions, &mut x0);
            let noisy = error(&x0, &fixture.denoised);
            net.denoise(&vec![0.0; x0.len()], SIGMA_MAX, &fixture.conditions, &mut x0);
            let one = error(&x0, &fixture.one_step);
            println!("{name}, {level:?}: {noisy:.1e} at {}, {one:.1e} in one step", fixture.sigma);
            assert!(noisy < 1e-4 && one < 1e-4, "{name}, {level:?}: {noisy} at {}, {one} in one step", fixture.sigma);
        }
    }
}

#[test]
fn the_same_bytes_come_out_for_any_number_of_threads() {
    let fixture = fixture(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/inverse.safetensors"));
    let run = |threads: usize| {
        let mut net = Small::from_bytes("inverse", &fixture.net).unwrap();
        let mut x0 = vec![f32::NAN; net.len(&fixture.conditions)];
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| net.denoise(&fixture.x_sigma, fixture.sigma, &fixture.conditions, &mut x0));
        x0.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    let one = run(1);
    assert!([2, 3, 8].into_iter().all(|threads| run(threads) == one));
}
