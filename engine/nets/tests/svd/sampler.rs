//! Noise levels, Euler's steps, torch's noise.

use crate::fixture::{Fixture, TOLERANCE, near};
use relight_diffusion::{c_in, c_noise, euler_v, torch_noise};
use relight_nets::svd::Scheduler;

#[test]
fn scheduler_reference() {
    let Some(io) = Fixture::open("scheduler") else { return };
    let json = io.word("scheduler_config");
    let scheduler = Scheduler::parse(json).unwrap();
    for key in io.keys("n") {
        let Some(steps) = key.strip_suffix(".sigmas").and_then(|k| k[1..].parse().ok()) else { continue };
        let levels = scheduler.karras.levels(steps);
        for (found, expected) in levels.iter().zip(io.read(&key)) {
            assert!((found - expected).abs() <= 2e-6 * expected, "{steps}: {found}, not {expected}");
        }
        let times: Vec<f32> = levels[..steps].iter().map(|sigma| c_noise(*sigma)).collect();
        near(&key, &times, &io.read(&format!("n{steps}.timesteps")), 1e-6);
    }
    for spacing in ["leading", "trailing"] {
        let told = ["leading", "trailing", "linspace"].iter().find(|word| json.contains(**word)).unwrap();
        let other = Scheduler::parse(&json.replace(told, spacing)).unwrap();
        near(spacing, &[other.start()], &io.read(&format!("init_noise_sigma.{spacing}")), 1e-7);
    }
    for first in io.keys("step").iter().filter(|key| key.ends_with(".x0")) {
        let steps: usize = first.strip_suffix(".x0").unwrap()[4..].parse().unwrap();
        let levels = scheduler.karras.levels(steps);
        let mut x = io.read(first);
        for (i, pair) in levels.windows(2).enumerate() {
            let of = |what: &str| io.read(&format!("step{steps}.{i}.{what}"));
            let input: Vec<f32> = x.iter().map(|x| x * c_in(pair[0])).collect();
            near(&format!("input of step {i}"), &input, &of("model_input"), TOLERANCE);
            euler_v(&mut x, &of("v"), pair[0], pair[1]);
            near(&format!("step {i}"), &x, &of("x"), TOLERANCE);
        }
    }
}

#[test]
fn torch_noise_reference() {
    let Some(io) = Fixture::open("scheduler") else { return };
    for key in io.keys("rng.cpu_randn_seed") {
        let seed = key.strip_prefix("rng.cpu_randn_seed").unwrap().split('_').next().unwrap().parse().unwrap();
        let expected = io.read(&key);
        near(&key, &torch_noise(seed, expected.len()), &expected, 1e-6);
    }
}
