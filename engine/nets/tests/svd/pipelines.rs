//! Both pipelines from pictures to pictures, step by step.

use crate::fixture::{Fixture, TOLERANCE, env_encoder, folder, near, unet, vae};
use relight_nets::svd::{LightVolumes, Lora, Model, Options, Scheduler};
use relight_tensor::Volume;

fn number(io: &Fixture, key: &str) -> usize {
    io.word(key).parse().unwrap()
}

/// Whole codes, rounded half to even as torch does, at most one off.
#[track_caller]
fn codes(what: &str, found: &Volume, expected: &[f32]) {
    assert_eq!(found.data.len(), expected.len());
    let off = |(v, code): (&f32, &f32)| ((255.0 * v).round_ties_even() - code).abs();
    let worst = found.data.iter().zip(expected).map(off).fold(0.0, f32::max);
    let wrong = found.data.iter().zip(expected).filter(|pair| off(*pair) > 0.0).count();
    eprintln!("{what}: {wrong} of {} codes differ, by at most {worst}", expected.len());
    assert!(worst <= 1.0, "{what}: off by {worst}");
}

const DOMAINS: [&str; 6] = ["basecolor", "metallic", "roughness", "normal", "depth", "diffuse_albedo"];

#[test]
fn inverse_pipeline_reference() {
    let (Some(io), Some(unet), Some(vae)) = (Fixture::open("pipeline_inverse"), unet("unet_inverse"), vae()) else { return };
    let model = Model::new(unet, vae, None, Scheduler::parse(io.word("scheduler")).unwrap());
    let options = Options { steps: number(&io, "steps"), decode_chunk: number(&io, "decode_chunk_size"), ..Options::default() };
    let conditions = model.encode(&io.pixels("in.rgb_u8", 1.0 / 255.0));
    near("conditions", &conditions.to_planes(), &io.read("aux.cond_latents"), TOLERANCE);
    let noise = io.planes("in.noise");
    let mut passes = 0;
    for (domain, pass) in DOMAINS.iter().enumerate().filter(|(_, pass)| io.has(&format!("{pass}.frames_u8"))) {
        let mut after = |step: usize, latents: &Volume| {
            near(&format!("{pass} step {step}"), &latents.to_planes(), &io.read(&format!("{pass}.latents_step{step}")), TOLERANCE);
            Ok(())
        };
        let latents = model.invert(&conditions, domain, &noise, &options, &mut after).unwrap();
        let pictures = model.decode(&latents, options.decode_chunk);
        codes(pass, &pictures, &io.read(&format!("{pass}.frames_u8")));
        if io.has(&format!("{pass}.frames_f32")) {
            near(pass, &pictures.data, &io.read(&format!("{pass}.frames_f32")), TOLERANCE);
        }
        passes += 1;
    }
    assert!(passes > 0);
    // One step without noise: what comes out is −v of one evaluation.
    let once = Options { deterministic: true, ..options };
    let latents = model.invert(&conditions, 0, &noise, &once, &mut |_, _| Ok(())).unwrap();
    let other = Volume::new(noise.shape(), vec![9.0; noise.data.len()]);
    assert_eq!(latents, model.invert(&conditions, 0, &other, &once, &mut |_, _| Ok(())).unwrap());
}

#[test]
fn forward_pipeline_reference() {
    let (Some(io), Some(unet), Some(vae), Some(env)) = (Fixture::open("pipeline_forward"), unet("unet_forward"), vae(), env_encoder()) else {
        return;
    };
    let mut model = Model::new(unet, vae, Some(env), Scheduler::parse(io.word("scheduler")).unwrap());
    let numbers: Vec<f32> = io.word("guidance_min_max").trim_matches(['[', ']']).split(',').map(|n| n.trim().parse().unwrap()).collect();
    let guidance = [numbers[0], numbers[1]];
    let options = Options { steps: number(&io, "steps"), guidance, decode_chunk: number(&io, "decode_chunk_size"), ..Options::default() };
    let order: Vec<String> = io.word("cond_order").trim_matches(['[', ']']).split(',').map(|w| w.trim().trim_matches('"').to_owned()).collect();
    let buffers = order.iter().filter(|word| !word.starts_with("env_"));
    let encoded = buffers.map(|name| {
        let latents = model.encode_scaled(&io.pixels(&format!("in.{name}_u8"), 1.0 / 255.0));
        if io.has(&format!("aux.{name}_latents_scaled")) {
            near(name, &latents.to_planes(), &io.read(&format!("aux.{name}_latents_scaled")), TOLERANCE);
        }
        latents
    });
    let conditions = encoded.reduce(|all, one| all.beside(&one)).unwrap();
    let light =
        LightVolumes { low: io.pixels("in.env_ldr", 1.0), logarithmic: io.pixels("in.env_log", 1.0), directions: io.pixels("in.env_nrm", 1.0) };
    let latents = Model::light_latents(&light, |pictures| model.encode_scaled(pictures));
    near("latents of the light", &latents.to_planes(), &io.read("aux.env_latents12"), TOLERANCE);
    let noise = io.planes("in.noise");
    let context = model.light(&latents, noise.frames).unwrap();
    for (level, tokens) in context.0.iter().enumerate() {
        let key = format!("aux.env_level{level}");
        near(&key, &tokens.sets[0], &io.planes(&key).data, TOLERANCE);
    }
    for name in ["base", "lora"] {
        let Some(start) = io.keys(name).first().map(|key| key.split('.').next().unwrap().to_owned()) else { continue };
        if let Some(scale) = start.strip_prefix("lora") {
            let path = folder().unwrap().join("lora_forward.weights.safetensors");
            let lora = Lora::open(&path, model.unet.net.table(), scale.replace('p', ".").parse().unwrap()).unwrap();
            model.unet.store.lora = Some(lora);
        }
        let mut after = |step: usize, latents: &Volume| {
            near(&format!("{start} step {step}"), &latents.to_planes(), &io.read(&format!("{start}.latents_step{step}")), TOLERANCE);
            Ok(())
        };
        let latents = model.render(&conditions, &context, &noise, &options, &mut after).unwrap();
        let pictures = model.decode(&latents, options.decode_chunk);
        codes(&start, &pictures, &io.read(&format!("{start}.frames_u8")));
        if io.has(&format!("{start}.frames_f32")) {
            near(&start, &pictures.data, &io.read(&format!("{start}.frames_f32")), TOLERANCE);
        }
    }
}
