//! White furnaces: under the same radiance from everywhere, what reflects everything is invisible and nothing is brighter.

use crate::things::{mean, plain, single, sphere, uniform};
use glam::{Mat4, Vec3};
use relight_gbuffer::Camera;
use relight_trace::{Material, Settings, Tracer};

fn shine(material: Material) -> (f32, Vec<f32>, Vec<f32>) {
    let tracer = Tracer::new(&single(sphere(48), material)).unwrap();
    let camera = Camera { fov_x: 0.6, to_world: Mat4::from_translation(Vec3::new(0.0, 0.0, 5.0)) };
    let settings = Settings { width: 24, height: 24, samples: 64, ..Settings::default() };
    let mut out = tracer.render(&camera, &[uniform(2.0)], &settings);
    let picture = out.lights.remove(0);
    (mean(&picture, &out.gbuffer.alpha, 0) / 2.0, picture, out.gbuffer.alpha)
}

#[test]
fn white_surfaces_vanish() {
    for metallic in [0.0, 0.5, 1.0] {
        for roughness in [0.0, 0.1, 0.3, 0.6, 1.0] {
            let (level, ..) = shine(plain([1.0; 3], roughness, metallic));
            assert!((level - 1.0).abs() < 0.01, "roughness {roughness}, metallic {metallic}: {level}");
        }
    }
}

#[test]
fn coloured_surfaces_take_light_away_and_add_none() {
    for (albedo, roughness, metallic) in [(0.0, 0.5, 0.0), (0.5, 0.2, 0.0), (0.8, 1.0, 0.3), (0.5, 0.7, 1.0)] {
        let (level, picture, alpha) = shine(plain([albedo; 3], roughness, metallic));
        // At least the coat or the metal is left, at most a little more than the base colour: the coat adds 4 % and the rim.
        assert!(level > 0.03 && level < albedo + 0.1, "{albedo} {roughness} {metallic}: {level}");
        let most = alpha.iter().zip(picture.chunks(3)).filter(|(a, _)| **a > 0.99).map(|(_, p)| p[0]).fold(0.0, f32::max);
        assert!(most < 2.1, "{albedo} {roughness} {metallic}: a pixel of {most} where 2 comes in");
    }
}

#[test]
fn a_black_matte_surface_reflects_its_coat_alone() {
    // Normal incidence at the middle of a smooth black ball: 4 %.
    let tracer = Tracer::new(&single(sphere(64), plain([0.0; 3], 0.05, 0.0))).unwrap();
    let camera = Camera { fov_x: 0.02, to_world: Mat4::from_translation(Vec3::new(0.0, 0.0, 5.0)) };
    let settings = Settings { width: 2, height: 2, samples: 64, ..Settings::default() };
    let out = tracer.render(&camera, &[uniform(1.0)], &settings);
    assert!((out.lights[0][0] - 0.04).abs() < 0.001, "{}", out.lights[0][0]);
}
