//! The transformer.

use crate::fixture::{Fixture, close};
use relight_nets::cosmos::{Angles, Dit, Precision, Rope, Sinusoids, time_embedding};

fn check(name: &str) {
    let Some(fixture) = Fixture::open(name) else { return };
    let mut dit = Dit::new(fixture.0.clone(), "w.").unwrap();
    (dit.precision, dit.angles) = (Precision::Single, Angles::Exact);
    let config = dit.config().clone();
    let told = |key: &str| fixture.config(key).and_then(|v| v.as_f64()).unwrap_or_else(|| panic!("{name} tells no {key}")) as usize;
    let found = [config.width, config.width / config.head, config.blocks, config.cross, config.lora, config.outputs, config.conditions];
    let keys = ["model_channels", "num_heads", "num_blocks", "crossattn_emb_channels", "adaln_lora_dim", "out_channels", "additional_concat_ch"];
    assert_eq!(found, keys.map(told), "{name}: the configuration of the metadata");
    for case in fixture.cases(".x") {
        let x = fixture.volume(&format!("{case}.x"));
        let condition = fixture.volume(&format!("{case}.latent_condition"));
        let (time, fps) = (fixture.read(&format!("{case}.timestep"))[0], fixture.read(&format!("{case}.fps"))[0]);
        let index = fixture.get(&format!("{case}.context_index")).map_or(0, |index| index[0] as usize);
        let mut compared = 0;
        let out = dit.run_seen(&x, &condition, time, fps, &dit.context(index), &mut |what, numbers| {
            if let Some(expected) = fixture.get(&format!("{case}.dbg.{what}")) {
                close(numbers, &expected, 1e-4, &format!("{name} {case} {what}"));
                compared += 1;
            }
        });
        // The embedding of the noise level, the places and the angles are compared below.
        let dbg = fixture.0.tensors().keys().filter(|key| key.starts_with(&format!("{case}.dbg."))).count();
        assert!(compared + 3 == dbg || dbg == 0, "{name} {case}: {compared} of {dbg} intermediate tensors");
        close(&out.to_planar(), &fixture.read(&format!("{case}.out")), 1e-4, &format!("{name} {case}"));

        let grid = [x.frames, x.height / 2, x.width / 2];
        if let Some(expected) = fixture.get(&format!("{case}.dbg.t_sinus")) {
            close(&time_embedding(time, config.width), &expected, 1e-6, "embedding of the noise level");
        }
        if let Some(expected) = fixture.get(&format!("{case}.dbg.extra_pos")) {
            let places = Sinusoids::new(config.width, grid, false);
            let mut found = vec![0.0; expected.len()];
            found.chunks_exact_mut(config.width).enumerate().for_each(|(token, row)| places.add(token, row));
            close(&found, &expected, 1e-6, "embedding of places");
        }
        if let Some(expected) = fixture.get(&format!("{case}.dbg.rope_angles")) {
            // Turning (1, 0) by an angle gives its cosine and sine.
            let rope = Rope::new(config.head, grid, fps, Angles::Exact);
            for (token, angles) in expected.chunks_exact(config.head).enumerate() {
                let half = config.head / 2;
                let mut unit: Vec<f32> = (0..config.head).map(|i| if i < half { 1.0 } else { 0.0 }).collect();
                rope.turn(token, &mut unit);
                let turned = angles[..half].iter().map(|a| a.cos()).chain(angles[..half].iter().map(|a| a.sin()));
                assert!(unit.iter().zip(turned).all(|(a, b)| (a - b).abs() < 1e-5), "{name} {case}: angles of token {token}");
            }
        }
    }
}

#[test]
fn the_inverse_transformer_equals_the_reference() {
    check("dit_inverse.safetensors");
}

#[test]
fn the_forward_transformer_equals_the_reference() {
    check("dit_forward.safetensors");
}
