//! The pictures of the light that the SVD family sees, against our own light convention.

use glam::Mat3;
use relight_light::{Environment, Light, LightMap, looks};
use relight_render::svd_light;
use std::sync::Arc;

#[test]
fn a_bright_spot_is_where_the_light_convention_says_for_every_turn_of_light_and_camera() {
    let size = 64;
    let mut map = Environment::constant(128, 64, [0.05; 3]);
    for (x, y) in [(90, 25), (91, 25), (90, 26), (91, 26)] {
        map.rgb[3 * (y * 128 + x)..][..3].fill(500.0);
    }
    let spot = Environment::direction(91.0 / 128.0, 26.0 / 64.0);
    let seen = LightMap::new(&map, 1.0);
    let map = Arc::new(map);
    let yaws = [0.0, 0.9, -2.2, 3.0];
    let cameras: Vec<Mat3> = (0..4).map(|k| Mat3::from_rotation_y(0.4 * k as f32) * Mat3::from_rotation_x(-0.15 * k as f32)).collect();
    let to_map: Vec<Mat3> = yaws.iter().zip(&cameras).map(|(yaw, camera)| Mat3::from_rotation_y(-yaw) * *camera).collect();
    let light = svd_light(&seen, size, &to_map);
    assert_eq!((light.low.frames, light.logarithmic.frames, light.directions.frames), (4, 4, 1));
    for (frame, (yaw, camera)) in yaws.into_iter().zip(cameras).enumerate() {
        let picture = &light.logarithmic.data[frame * size * size * 3..][..size * size * 3];
        let brightest = (0..size * size).max_by(|a, b| picture[3 * a].total_cmp(&picture[3 * b])).unwrap();
        let expected = camera.transpose() * Light { map: map.clone(), yaw, exposure: 1.0 }.to_world(spot);
        let found = looks(brightest % size, brightest / size, size, size);
        assert!(found.dot(expected) > 0.99, "yaw {yaw}: seen at {found}, expected at {expected}");
        // The third picture says the same of that pixel, and never turns.
        let told = &light.directions.data[3 * brightest..][..3];
        assert!((2.0 * told[0] - 1.0 - found.x).abs() < 1e-5 && (2.0 * told[2] - 1.0 - found.z).abs() < 1e-5);
    }
    assert_eq!(svd_light(&seen, 8, &[Mat3::IDENTITY; 3]).low.frames, 1, "a light that stands still is shown once");
}
