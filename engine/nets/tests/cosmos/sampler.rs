//! The whole path: encode, sample, decode.

use crate::fixture::{Fixture, close, close_bytes, folder};
use relight_diffusion::{Edm, c_noise, euler};
use relight_nets::{
    Kind,
    cosmos::{Angles, CONDITIONS, Clue, Context, Cosmos, FPS, Latents, Precision, normalise_normals, to_bytes},
};
use relight_tensor::Volume;
use std::convert::Infallible;

/// What the network is asked in a case, without guidance; its latents are compared.
fn clue(cosmos: &Cosmos, fixture: &Fixture, case: &str) -> Clue {
    let latents = |name: &str| {
        let key = format!("{case}.in.{name}");
        fixture.get(&key).map(|_| cosmos.encode(&fixture.volume(&key)))
    };
    let clue = match cosmos.kind {
        Kind::Inverse => {
            let index = fixture.read(&format!("{case}.context_index"))[0] as usize;
            Clue { condition: latents("rgb").unwrap(), context: cosmos.dit.context(index), guidance: 0.0, fps: FPS }
        }
        Kind::Forward => {
            let order: Vec<String> = serde_json::from_str(&fixture.0.metadata()["condition_order"]).unwrap();
            assert_eq!(order, CONDITIONS);
            let parts = CONDITIONS.map(latents);
            let clue = cosmos.forward_clue(&parts.each_ref().map(Option::as_ref), 0.0);
            Clue { context: Context::default(), ..clue }
        }
    };
    close(&clue.condition.to_planar(), &fixture.read(&format!("{case}.latent_condition")), 1e-4, &format!("conditions of {case}"));
    clue
}

fn check(kind: Kind, name: &str) {
    let Some(fixture) = Fixture::open(name) else { return };
    let mut cosmos = Cosmos::open(&folder().unwrap().join("ckpt"), kind).unwrap();
    (cosmos.dit.precision, cosmos.dit.angles) = (Precision::Single, Angles::Exact);
    let steps: usize = fixture.0.metadata()["steps"].parse().unwrap();
    for case in fixture.cases(".noise_unit") {
        let levels = Edm::levels(steps);
        close(&levels, &fixture.read(&format!("{case}.sigmas")), 2e-5, "noise levels");
        let times: Vec<f32> = levels[..steps].iter().map(|s| c_noise(*s)).collect();
        close(&times, &fixture.read(&format!("{case}.timesteps")), 1e-6, "times");
        let clue = clue(&cosmos, &fixture, &case);
        let noise = fixture.volume(&format!("{case}.noise_unit"));
        for run in fixture.cases(".guidance").iter().filter(|run| run.starts_with(&format!("{case}."))) {
            let clue = Clue { guidance: fixture.read(&format!("{run}.guidance"))[0], ..clue.clone() };
            let (answers, states) = (fixture.read(&format!("{run}.step_net_out")), fixture.read(&format!("{run}.step_x")));
            let step_of = |all: &[f32], step: usize| all[step * noise.data.len()..][..noise.data.len()].to_vec();
            let mut x: Vec<f32> = noise.data.iter().map(|n| n * Edm::start(levels[0])).collect();
            let first = Volume::new(noise.shape(), x.clone());
            close(&cosmos.dit.answer(&first, levels[0], &clue).to_planar(), &step_of(&answers, 0), 5e-4, &format!("{run}: first answer"));
            let told: Result<(), Infallible> = euler(&mut Latents(&cosmos.dit), &clue, &levels, &mut x, |step, x| {
                let state = Volume::new(noise.shape(), x.to_vec()).to_planar();
                // States begin near 80; they are compared to the same part of their size.
                let size = levels[step + 1].max(1.0);
                close(&state, &step_of(&states, step), 5e-4 * size, &format!("{run}: step {step}"));
                Ok(())
            });
            assert!(told.is_ok());
            let sample = Volume::new(noise.shape(), x);
            close(&sample.to_planar(), &fixture.read(&format!("{run}.sample")), 5e-4, &format!("{run}: latents"));
            let video = cosmos.decode(sample);
            close(&video.to_planar(), &fixture.read(&format!("{run}.video")), 5e-4, &format!("{run}: video"));
            close_bytes(&to_bytes(&video.data), &fixture.read(&format!("{run}.video_u8")), &format!("{run}: bytes"));
            if let Some(expected) = fixture.get(&format!("{run}.video_normalized")) {
                let mut normals = video;
                normalise_normals(&mut normals.data);
                close(&normals.to_planar(), &expected, 5e-4, &format!("{run}: unit normals"));
                close_bytes(&to_bytes(&normals.data), &fixture.read(&format!("{run}.video_normalized_u8")), &format!("{run}: bytes of unit normals"));
            }
        }
    }
}

#[test]
fn inverse_sampling_equals_the_reference() {
    check(Kind::Inverse, "sampler_inverse.safetensors");
}

#[test]
fn forward_sampling_equals_the_reference() {
    check(Kind::Forward, "sampler_forward.safetensors");
}

#[test]
fn the_official_precision_stays_near_the_reference_in_bf16() {
    let Some(informal) = Fixture::open("sampler_inverse_bf16_info.safetensors") else { return };
    let fixture = Fixture::open("sampler_inverse.safetensors").unwrap();
    let cosmos = Cosmos::open(&folder().unwrap().join("ckpt"), Kind::Inverse).unwrap();
    assert_eq!((cosmos.dit.precision, cosmos.dit.angles), (Precision::Bfloat, Angles::Rounded));
    for case in fixture.cases(".noise_unit") {
        let noise = fixture.volume(&format!("{case}.noise_unit"));
        let levels = Edm::levels(fixture.0.metadata()["steps"].parse().unwrap());
        let mut x: Vec<f32> = noise.data.iter().map(|n| n * Edm::start(levels[0])).collect();
        let clue = clue(&cosmos, &fixture, &case);
        let told: Result<(), Infallible> = euler(&mut Latents(&cosmos.dit), &clue, &levels, &mut x, |_, _| Ok(()));
        assert!(told.is_ok());
        let near = |what: &str, found: &[f32], most: f32| {
            let expected = informal.read(&format!("{case}.{what}"));
            assert_eq!(found.len(), expected.len(), "{case}.{what}");
            let rms = (found.iter().zip(&expected).map(|(a, b)| (a - b).powi(2)).sum::<f32>() / found.len() as f32).sqrt();
            println!("{case}.{what}: {rms} from the official bf16 run");
            assert!(rms < most, "{case}.{what}: {rms} from the official bf16 run");
        };
        let sample = Volume::new(noise.shape(), x);
        near("latent_condition", &clue.condition.to_planar(), 0.02);
        near("sample", &sample.to_planar(), 0.02);
        let video = cosmos.decode(sample);
        near("video", &video.to_planar(), 0.02);
        near("video_u8", &to_bytes(&video.data).iter().map(|b| f32::from(*b)).collect::<Vec<_>>(), 2.5);
    }
}
