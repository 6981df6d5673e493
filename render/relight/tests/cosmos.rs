//! The pictures of the light that the official Cosmos network sees, against numbers of the official tools and against our own light convention.

use glam::{Mat3, Vec3};
use relight_checkpoint::Checkpoint;
use relight_light::{CUBE_EDGE, Cubemap, Environment, Light, LightMap, direction_picture, logarithmic, low};
use relight_render::cosmos_light;
use std::{f32::consts::PI, path::PathBuf, sync::Arc};

fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("RELIGHT_REFERENCE") {
        Some(folder) => PathBuf::from(folder).join("cosmos"),
        None => {
            let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
            std::env::var_os("RELIGHT_SHARED").map_or_else(beside, PathBuf::from).join("reference/cosmos/fixtures")
        }
    };
    Some(folder).filter(|path| path.is_dir())
}

/// Fails if any number is farther off than `tolerance`, and tells the worst.
fn close(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: count");
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("{what}: off by {worst:.2e} at most");
    assert!(worst <= tolerance, "{what}: off by {worst:e}, more than {tolerance:e}");
}

/// A map mirrored and rolled as the official loader does with `env_flip` and `env_rot`.
fn loaded(map: &Environment, flip: bool, degrees: usize) -> Environment {
    let shift = map.width * degrees / 360;
    let mut out = map.clone();
    for y in 0..map.height {
        for x in 0..map.width {
            let from = if flip { map.width - 1 - x } else { x };
            let texel = map.texel(from, y).to_array();
            out.rgb[3 * (y * map.width + (x + shift) % map.width)..][..3].copy_from_slice(&texel);
        }
    }
    out
}

#[test]
fn pictures_of_the_light_equal_the_reference() {
    let Some(folder) = folder() else { return };
    let fixture = Checkpoint::open(&folder.join("env.safetensors")).unwrap();
    let read = |key: &str| fixture.read(key).unwrap();
    let shape = |key: &str| fixture.entry(key).unwrap().shape.clone();
    let words: Vec<String> = serde_json::from_str(&fixture.metadata()["hdrs"]).unwrap();
    for name in words {
        let map = Environment::load(
            &std::fs::read_dir(folder.join("env")).unwrap().map(|e| e.unwrap().path()).find(|p| p.to_string_lossy().contains(&name)).unwrap(),
        );
        let map = map.unwrap();
        if fixture.tensors().contains_key(&format!("{name}.hdr_rgb")) {
            close(&map.rgb, &read(&format!("{name}.hdr_rgb")), 1e-6, "decoded map");
        }
        // Literally as the official tool does it: a map mirrored and rolled, turned by Ry.
        for (case, strength, flip, degrees) in [("rot5", 1.0, true, 180), ("rot37_double", 2.0, true, 37), ("rot90_half_noflip", 0.5, false, 90)] {
            let key = format!("{name}.{case}.env_ldr");
            let [frames, height, width, _] = shape(&key)[..] else { panic!("{key}") };
            let light = LightMap::new(&loaded(&map, flip, degrees), strength);
            let (mut ldr, mut log) = (Vec::new(), Vec::new());
            for frame in 0..frames {
                let turn = if frames == 1 { 0.0 } else { 2.0 * PI * frame as f32 / (frames - 1) as f32 };
                let seen = light.pictures(width, height, Mat3::from_rotation_y(turn));
                ldr.extend(seen.low);
                log.extend(seen.logarithmic);
            }
            close(&ldr, &read(&key), 1e-4, &key);
            close(&log, &read(&format!("{name}.{case}.env_log")), 1e-4, &format!("{name}.{case}.env_log"));
        }
        // Without `rotate_light` the panorama is that of no turn, before and after the tone curves.
        let key = format!("{name}.fixed.env_hdr");
        let [height, width, _] = shape(&key)[..] else { panic!("{key}") };
        let light = LightMap::new(&loaded(&map, true, 180), 1.0);
        relative(&light.panorama(width, height, Mat3::IDENTITY), &read(&key), &key);
        let seen = light.pictures(width, height, Mat3::IDENTITY);
        close(&seen.low, &read(&format!("{name}.fixed.env_ev0")), 1e-4, &format!("{name}.fixed.env_ev0"));
        close(&seen.logarithmic, &read(&format!("{name}.fixed.env_log")), 1e-4, &format!("{name}.fixed.env_log"));
        // The same through our own convention: the map as it is, mirrored front to back as the official script does, and turned.
        let key = format!("{name}.rot5.env_log");
        let [frames, height, width, _] = shape(&key)[..] else { panic!("{key}") };
        let light = LightMap::new(&map, 1.0);
        let mirror = Mat3::from_diagonal(Vec3::new(1.0, 1.0, -1.0));
        let turns = (0..frames).map(|k| mirror * Mat3::from_rotation_y(2.0 * PI * k as f32 / (frames - 1) as f32)).collect();
        let [_, log, _] = cosmos_light(&light, height, width, turns);
        close(&log.iter().map(|v| 0.5 * v + 0.5).collect::<Vec<_>>(), &read(&key), 1e-4, "our own convention");

        // The official loader cuts a sun at the greatest half float, as `LightMap` does.
        let mut cut = loaded(&map, true, 180);
        cut.rgb.iter_mut().for_each(|v| *v = v.min(65504.0));
        let cube = Cubemap::new(&cut, CUBE_EDGE);
        let key = format!("{name}.cubemap_sub16");
        let side = shape(&key)[1];
        let step = CUBE_EDGE / side;
        let sub: Vec<f32> = (0..6 * side * side)
            .flat_map(|i| {
                let (face, y, x) = (i / side / side, i / side % side * step + step / 2, i % side * step + step / 2);
                cube.rgb[3 * ((face * CUBE_EDGE + y) * CUBE_EDGE + x)..][..3].to_vec()
            })
            .collect();
        relative(&sub, &read(&key), &key);
        let key = format!("{name}.ball3.env_log");
        let [frames, side, _, _] = shape(&key)[..] else { panic!("{key}") };
        let (mut ball, mut low_ball) = (Vec::new(), Vec::new());
        for frame in 0..frames {
            let turn = Mat3::from_rotation_y(2.0 * PI * frame as f32 / (frames - 1) as f32);
            for i in 0..side * side {
                let at = |k: usize| -1.0 + 2.0 * k as f32 / (side - 1) as f32;
                let (x, y) = (at(i % side), -at(i / side));
                let square = 1.0 - x * x - y * y;
                let n = if square > 0.0 { Vec3::new(x, y, square.sqrt()) } else { Vec3::ZERO };
                let radiance = cube.radiance(turn * (2.0 * n.z * n - Vec3::Z)).to_array();
                ball.extend(radiance.map(logarithmic));
                low_ball.extend(radiance.map(low));
            }
        }
        close(&ball, &read(&key), 1e-4, &key);
        close(&low_ball, &read(&format!("{name}.ball3.env_ldr")), 1e-4, &format!("{name}.ball3.env_ldr"));
        // Rows 0 and last, columns 0 and last of every face, some texels of each.
        let key = format!("{name}.cubemap_border");
        let count = shape(&key)[2];
        let (step, last) = (CUBE_EDGE / count, CUBE_EDGE - 1);
        let border: Vec<f32> = (0..6 * 4 * count)
            .flat_map(|i| {
                let (face, side, along) = (i / count / 4, i / count % 4, i % count * step);
                let (x, y) = [(along, 0), (along, last), (0, along), (last, along)][side];
                cube.rgb[3 * ((face * CUBE_EDGE + y) * CUBE_EDGE + x)..][..3].to_vec()
            })
            .collect();
        relative(&border, &read(&key), &key);
    }
    let [height, width, _] = shape("env_nrm")[..] else { panic!("env_nrm") };
    let directions = direction_picture(width, height);
    let signed: Vec<f32> = directions.iter().map(|v| 2.0 * v - 1.0).collect();
    close(&signed, &read("env_nrm"), 1e-5, "directions");
    // The official third picture says of every pixel the direction mirrored front to back to the one from which its panorama takes the light.
    let mirrored: Vec<f32> = read("latlong_vec").as_chunks::<3>().0.iter().flat_map(|v| [v[0], v[1], -v[2]]).collect();
    close(&signed, &mirrored, 1e-5, "mirrored directions");
    let key = fixture.tensors().keys().find(|key| key.starts_with("env_nrm_")).expect("directions of full size").clone();
    let sizes: Vec<usize> = key.split(['_', 'x']).filter_map(|word| word.trim_start_matches("sub").parse().ok()).collect();
    let [height, width, step] = sizes[..] else { panic!("{key}") };
    let directions = direction_picture(width, height);
    let some = (0..height).step_by(step).flat_map(|y| (0..width).step_by(step).map(move |x| 3 * (y * width + x)));
    let some: Vec<f32> = some.flat_map(|at| directions[at..at + 3].iter().map(|v| 2.0 * v - 1.0).collect::<Vec<_>>()).collect();
    close(&some, &read(&key), 1e-5, &key);
    let curve = |f: &dyn Fn(f32) -> f32| read("tone.x").iter().map(|x| f(*x)).collect::<Vec<f32>>();
    close(&curve(&low), &read("tone.ev0"), 1e-5, "low curve");
    close(&curve(&logarithmic), &read("tone.log"), 1e-5, "logarithmic curve");
}

/// Radiance has no upper end, so it is compared to its own size.
fn relative(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: count");
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs() / (1.0 + b.abs())).fold(0.0, f32::max);
    println!("{what}: off by {worst:.2e} of its size at most");
    assert!(worst <= 1e-4, "{what}: off by {worst:e} of its size");
}

/// Every picture shows the light where our own convention says it is, however map and camera are turned.
#[test]
fn a_bright_spot_is_seen_where_the_light_convention_says() {
    let (width, height) = (128, 64);
    let mut map = Environment::constant(128, 64, [0.05; 3]);
    for (x, y) in [(30, 20), (31, 20), (30, 21), (31, 21)] {
        map.rgb[3 * (y * 128 + x)..][..3].fill(500.0);
    }
    let spot = Environment::direction(31.0 / 128.0, 21.0 / 64.0);
    let light = LightMap::new(&map, 1.0);
    let shared = Arc::new(map);
    for (k, yaw) in [0.0, 0.7, -2.0, 3.1].into_iter().enumerate() {
        let camera = Mat3::from_rotation_y(0.5 * k as f32) * Mat3::from_rotation_x(0.2 * k as f32);
        let placed = Light { map: shared.clone(), yaw, exposure: 1.0 };
        let [low, log, directions] = cosmos_light(&light, height, width, vec![Mat3::from_rotation_y(-yaw) * camera]);
        for picture in [low, log] {
            let brightest = (0..width * height).max_by(|a, b| picture[3 * a].total_cmp(&picture[3 * b])).unwrap();
            let expected = camera.transpose() * placed.to_world(spot);
            let told = Vec3::from_slice(&directions[3 * brightest..]);
            assert!(told.dot(expected) > 0.99, "yaw {yaw}: told {told}, expected {expected}");
        }
    }
}
