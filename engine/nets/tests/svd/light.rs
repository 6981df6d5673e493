//! The pictures of the light.

use crate::fixture::{Fixture, TOLERANCE, near, shared};
use relight_light::{CUBE_EDGE, Cubemap, Environment, LightMap, direction_picture, logarithmic, low, official_turns};
use std::f32::consts::TAU;

/// The official preparation: mirrored if asked for, then columns rolled to the right.
fn prepared(map: &Environment, flip: bool, degrees: usize) -> Environment {
    let (w, roll) = (map.width, map.width * degrees / 360);
    let mut rgb = vec![0.0; map.rgb.len()];
    for (i, texel) in map.rgb.chunks_exact(3).enumerate() {
        let x = if flip { w - 1 - i % w } else { i % w };
        rgb[3 * (i / w * w + (x + roll) % w)..][..3].copy_from_slice(texel);
    }
    Environment { width: w, height: map.height, rgb }
}

/// The matrix of a camera's elevation and a turn of the light, and the map with its roll, as a name says: `elev25`, `flip_rot90_x2p5`, `rot1`, `fixed`.
fn scene(name: &str, map: &Environment, frames: usize) -> (LightMap, glam::Mat3) {
    let (mut flip, mut roll, mut strength, mut turn, mut elevation) = (false, 180, 1.0, 0.0, 0.0);
    for word in name.split('_') {
        if word == "flip" {
            flip = true;
        } else if let Some(degrees) = word.strip_prefix("elev") {
            elevation = degrees.parse::<f32>().unwrap().to_radians();
        } else if let Some(number) = word.strip_prefix("rot") {
            // A frame of a turning light, or, beside other words, the map's own roll.
            if name.contains('_') { roll = number.parse().unwrap() } else { turn = official_turns(frames)[number.parse::<usize>().unwrap()] }
        } else if let Some(factor) = word.strip_prefix('x') {
            strength = factor.replace('p', ".").parse().unwrap();
        } else {
            assert_eq!(word, "fixed", "{name} is new");
        }
    }
    let to_map = glam::Mat3::from_rotation_y(turn) * glam::Mat3::from_rotation_x(elevation);
    (LightMap::new(&prepared(map, flip, roll), strength), to_map)
}

#[test]
fn light_pictures_reference() {
    let Some(io) = Fixture::open("envmap") else { return };
    let size: usize = io.word("resolution").parse().unwrap();
    let frames: usize = io.word("num_frames").parse().unwrap();
    let file = tempfile::tempdir().unwrap();
    let path = file.path().join("map.hdr");
    std::fs::write(&path, io.read("in.hdr_file_bytes").iter().map(|b| *b as u8).collect::<Vec<u8>>()).unwrap();
    let map = Environment::load(&path).unwrap();
    assert_eq!(map.rgb, io.read("in.latlong"), "a Radiance file");

    // The cameras of elevations 0 and 25: their rotation is the one that `scene` takes; the light does not ask where they stand.
    for (pose, degrees) in io.read("aux.poses").chunks_exact(16).zip([0.0_f32, 25.0]) {
        let rotation = glam::Mat3::from_rotation_x(degrees.to_radians()).transpose().to_cols_array();
        near("pose", &rotation, &(0..9).map(|i| pose[i / 3 * 4 + i % 3]).collect::<Vec<_>>(), 1e-6);
    }
    near("turns", &official_turns(frames), &io.read("aux.rot_angles"), 1e-6);
    let (given, expected) = (io.read("aux.map_in"), [io.read("aux.map_ldr"), io.read("aux.map_log")]);
    near("low", &given.iter().map(|x| low(*x)).collect::<Vec<_>>(), &expected[0], 1e-5);
    near("logarithmic", &given.iter().map(|x| logarithmic(*x)).collect::<Vec<_>>(), &expected[1], 1e-5);

    // The official tools cut the map at the greatest half float before.
    let mut cut = prepared(&map, false, 180);
    cut.rgb.iter_mut().for_each(|v| *v = v.min(65504.0));
    let cube = Cubemap::new(&cut, CUBE_EDGE);
    for key in io.keys("aux.cubemap") {
        let edge = io.shape(&key)[1];
        let step = if key.ends_with("corner") { 1 } else { CUBE_EDGE / edge };
        let at = |i: usize| (i / edge / edge * CUBE_EDGE + i / edge % edge * step) * CUBE_EDGE + i % edge * step;
        let found: Vec<f32> = (0..6 * edge * edge).flat_map(|i| &cube.rgb[3 * at(i)..3 * at(i) + 3]).copied().collect();
        near(&key, &found, &io.read(&key), TOLERANCE);
    }
    let directions = direction_picture(size, size);
    near("directions", &directions, &io.read("out.env_nrm_vec").iter().map(|x| 0.5 * x + 0.5).collect::<Vec<_>>(), 1e-6);
    for key in io.keys("out.").iter().filter(|key| !key.contains("original") && *key != "out.env_nrm_vec") {
        let (name, kind) = key.strip_prefix("out.").unwrap().split_once('.').unwrap();
        let (light, to_map) = scene(name, &map, frames);
        let found = match kind {
            "env_ldr" => light.pictures(size, size, to_map).low,
            "env_log" => light.pictures(size, size, to_map).logarithmic,
            _ => light.panorama(size, size, to_map),
        };
        near(key, &found, &io.read(key), TOLERANCE);
    }
    original(&io);
}

/// The file that the fixture was cut from, where it is at hand.
fn original(io: &Fixture) {
    let path = shared().join("lights").join(io.word("hdr"));
    let Ok(map) = Environment::load(&path) else { return };
    let light = LightMap::new(&prepared(&map, false, 180), 1.0);
    for key in io.keys("out.original") {
        let step: usize = key.rsplit_once("sub").unwrap().1.parse().unwrap();
        let count = io.shape(&key)[0];
        let pictures = light.pictures(step * count, step * count, glam::Mat3::IDENTITY);
        let all = if key.contains("ldr") { pictures.low } else { pictures.logarithmic };
        let found: Vec<f32> =
            (0..count * count).flat_map(|i| &all[3 * (i / count * step * step * count + i % count * step)..][..3]).copied().collect();
        near(&key, &found, &io.read(&key), TOLERANCE);
    }
    assert!((official_turns(2)[1] - TAU).abs() < 1e-6);
}
