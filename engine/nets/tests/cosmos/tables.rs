//! Tables of the full-size networks.

use crate::fixture::{Fixture, close};
use relight_diffusion::{Edm, c_noise, torch_noise, torch_uniform};
use relight_nets::cosmos::{Angles, Sinusoids, noise, rope_angles, time_embedding, to_bytes};

fn rounded(x: f32) -> f32 {
    half::bf16::from_f32(x).to_f32()
}

#[test]
fn noise_levels_and_their_factors_equal_the_reference() {
    let Some(fixture) = Fixture::open("tables.safetensors") else { return };
    for case in fixture.cases(".sigmas") {
        let steps: usize = case[1..].parse().unwrap();
        let levels = Edm::levels(steps);
        let relative = |found: Vec<f32>, key: &str| {
            let expected = fixture.read(&format!("{case}.{key}"));
            let found: Vec<f32> = found.iter().zip(&expected).map(|(a, b)| if *b == 0.0 { *a } else { a / b - 1.0 }).collect();
            close(&found, &vec![0.0; expected.len()], 2e-6, &format!("{case}.{key}"));
        };
        relative(levels.clone(), "sigmas");
        let of = |f: &dyn Fn(f32) -> f32| levels[..steps].iter().map(|s| f(*s)).collect::<Vec<f32>>();
        let edm = Edm::default();
        relative(of(&|s| edm.c_in(s)), "c_in");
        relative(of(&|s| edm.c_skip(s)), "c_skip");
        relative(of(&|s| edm.c_out(s)), "c_out");
        close(&of(&c_noise), &fixture.read(&format!("{case}.timesteps")), 1e-6, "times");
        close(&of(&|s| rounded(c_noise(s))), &fixture.read(&format!("{case}.timesteps_bf16")), 0.0, "rounded times");
    }
    close(&[Edm::start(80.0)], &fixture.read("init_noise_sigma"), 1e-5, "first level");
}

#[test]
fn angles_and_embeddings_equal_the_reference() {
    let Some(fixture) = Fixture::open("tables.safetensors") else { return };
    for (name, angles, tolerance) in [("f32", Angles::Exact, 2e-5), ("bf16", Angles::Rounded, 0.0)] {
        let shape = |axis: &str| fixture.0.entry(&format!("rope7b.{name}.{axis}")).unwrap().shape.clone();
        let head = 2 * ["t", "h", "w"].map(|axis| shape(axis)[1]).iter().sum::<usize>();
        let tables = rope_angles(head, ["t", "h", "w"].map(|axis| shape(axis)[0]), 24.0, angles);
        for (axis, table) in ["t", "h", "w"].iter().zip(&tables) {
            close(table, &fixture.read(&format!("rope7b.{name}.{axis}")), tolerance, &format!("{name} angles over {axis}"));
        }
        let key = format!("rope7b.{name}.full_3x5x7");
        let &[t, h, w, _] = &fixture.0.entry(&key).unwrap().shape[..] else { panic!("{key}") };
        let parts = rope_angles(head, [t, h, w], 24.0, angles);
        let sizes = [t, h, w].iter().zip(&parts).map(|(n, part)| part.len() / n).collect::<Vec<_>>();
        let mut full = Vec::new();
        for token in 0..t * h * w {
            let places = [token / (h * w), token / w % h, token % w];
            let once: Vec<f32> = (0..3).flat_map(|axis| parts[axis][places[axis] * sizes[axis]..][..sizes[axis]].to_vec()).collect();
            full.extend(once.repeat(2));
        }
        close(&full, &fixture.read(&key), tolerance, &format!("{name} angles of all axes"));
    }
    for name in ["f32", "bf16"] {
        let key = format!("extra7b.{name}.2x2x3");
        let &[_, t, h, w, width] = &fixture.0.entry(&key).unwrap().shape[..] else { panic!("{key}") };
        let places = Sinusoids::new(width, [t, h, w], name == "bf16");
        let mut found = vec![0.0; t * h * w * width];
        found.chunks_exact_mut(width).enumerate().for_each(|(token, row)| places.add(token, row));
        close(&found, &fixture.read(&key), if name == "bf16" { 0.0 } else { 1e-6 }, &format!("{name} embedding of places"));
        if name == "f32" {
            // Every 31st row of the axis of rows, every 41st of that of time, each axis's own part of the numbers.
            let row_width = 2 * (width / 6);
            for (key, axis, first, part) in [("t_rows", 0, 0, width - 2 * row_width), ("h_rows", 1, width - 2 * row_width, row_width)] {
                let key = format!("extra7b.f32.{key}");
                let &[count, found_width] = &fixture.0.entry(&key).unwrap().shape[..] else { panic!("{key}") };
                assert_eq!(found_width, part, "{key}");
                let step = [41, 31][axis];
                let mut grid = [1, 1, 1];
                grid[axis] = step * (count - 1) + 1;
                let places = Sinusoids::new(width, grid, false);
                let rows = (0..count).flat_map(|row| {
                    let mut numbers = vec![0.0; width];
                    places.add(row * step, &mut numbers);
                    numbers[first..first + part].to_vec()
                });
                close(&rows.collect::<Vec<_>>(), &fixture.read(&key), 1e-6, &key);
            }
        }
        let key = format!("tsinus4096.{name}");
        let &[count, width] = &fixture.0.entry(&key).unwrap().shape[..] else { panic!("{key}") };
        let times = fixture.read(if name == "bf16" { "n15.timesteps_bf16" } else { "n15.timesteps" });
        let rows = times.iter().step_by(times.len() / count).flat_map(|t| time_embedding(*t, width));
        let rows: Vec<f32> = rows.map(|x| if name == "bf16" { rounded(x) } else { x }).collect();
        // A number at the border of two roundings may fall to either side: one step of bf16 near 1.
        close(&rows, &fixture.read(&key), if name == "bf16" { 0.004 } else { 1e-6 }, &format!("{name} embedding of noise levels"));
    }
}

#[test]
fn noise_of_a_seed_equals_the_reference() {
    let Some(fixture) = Fixture::open("tables.safetensors") else { return };
    for key in fixture.0.tensors().keys() {
        let words: Vec<&str> = key.split('.').collect();
        let number = |word: &str, prefix: &str| word.strip_prefix(prefix).unwrap().parse::<u64>().unwrap();
        match words[..] {
            ["randn", seed, count] => {
                let found = torch_noise(number(seed, "seed"), number(count, "n") as usize);
                close(&found, &fixture.read(key), 1e-6, key);
            }
            ["official_noise", kind, seed, size, call] if call.starts_with("call") && !call.ends_with("std") => {
                let size: Vec<usize> = size.strip_prefix("lat").unwrap().split('x').map(|n| n.parse().unwrap()).collect();
                let (conditions, contexts) = if kind == "inverse" { (16, 16) } else { (136, 0) };
                let config = relight_nets::cosmos::DitConfig::full(conditions, contexts);
                let shape = [size[0], size[1], size[2], config.outputs];
                let found = noise(&config, number(seed, "seed"), number(call, "call"), shape).to_planar();
                close(&found[..64], &fixture.read(key), 1e-6, key);
                if let Some(expected) = fixture.get(&format!("{key}_mean_std")) {
                    let mean = found.iter().map(|x| f64::from(*x)).sum::<f64>() / found.len() as f64;
                    let variance = found.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / (found.len() - 1) as f64;
                    close(&[mean as f32, variance.sqrt() as f32], &expected, 1e-5, &format!("mean and deviation of {key}"));
                }
            }
            ["rand", seed, count] => {
                let found = torch_uniform(number(seed, "seed"), number(count, "n") as usize);
                close(&found, &fixture.read(key), 0.0, key);
            }
            // Compared with the numbers whose mean and deviation they are.
            ["official_noise", ..] => {}
            ["quant", ..] | ["rope7b", ..] | ["extra7b", ..] | ["tsinus4096", ..] | ["init_noise_sigma"] => {}
            [case, _] if case.starts_with('n') => {}
            _ => panic!("{key} is new"),
        }
    }
    let bytes: Vec<f32> = to_bytes(&fixture.read("quant.v")).iter().map(|b| f32::from(*b)).collect();
    close(&bytes, &fixture.read("quant.u8_f32"), 0.0, "bytes");
    // The official tools round to bf16 on the way, which moves a sixth of the codes by one.
    close(&bytes, &fixture.read("quant.u8_bf16"), 1.0, "bytes by way of bf16");
}
