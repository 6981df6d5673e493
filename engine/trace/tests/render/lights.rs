//! Light: integrals by other means, several lights at once, shadows, threads.

use crate::things::{lit_by, mean, plain, single, sphere, square, sunny, uniform};
use glam::{Affine3A, Mat4, Quat, Vec3};
use relight_gbuffer::Camera;
use relight_light::{Environment, Light};
use relight_trace::{Instance, MeshCache, Scene, Settings, Tracer};
use std::f32::consts::PI;

fn above() -> Camera {
    Camera { fov_x: 0.1, to_world: Mat4::look_at_rh(Vec3::new(0.0, 3.0, 2.0), Vec3::ZERO, Vec3::Y).inverse() }
}

fn world() -> Scene {
    let place = |mesh, material, x: f32, y: f32| Instance { mesh, material, to_world: Affine3A::from_translation(Vec3::new(x, y, 0.0)) };
    let ball = sphere(24);
    Scene {
        instances: vec![place(square(4.0), 0, 0.0, 0.0), place(ball.clone(), 1, -1.1, 1.0), place(ball, 2, 1.1, 1.0)],
        materials: vec![plain([0.6, 0.5, 0.4], 0.7, 0.0), plain([0.9, 0.6, 0.3], 0.3, 1.0), plain([0.1, 0.5, 0.2], 0.2, 0.0)],
    }
}

fn overview() -> Camera {
    Camera { fov_x: 0.9, to_world: Mat4::look_at_rh(Vec3::new(1.0, 2.5, 6.0), Vec3::new(0.0, 0.7, 0.0), Vec3::Y).inverse() }
}

/// Irradiance on an upward plane by summing the texels of a map, finely.
fn irradiance(light: &Light) -> Vec3 {
    let (w, h) = (2 * light.map.width, 2 * light.map.height);
    let mut sum = Vec3::ZERO;
    for i in 0..w * h {
        let v = ((i / w) as f32 + 0.5) / h as f32;
        let d = Environment::direction(((i % w) as f32 + 0.5) / w as f32, v);
        sum += light.map.radiance(d) * d.y.max(0.0) * (v * PI).sin();
    }
    sum * (2.0 * PI * PI / (w * h) as f32)
}

#[test]
fn a_rough_metal_free_plane_agrees_with_the_integral_of_the_map() {
    // A white plane reflects what arrives, in both lobes together, when light comes evenly; under a sun the diffuse part still follows the
    // irradiance, so compare a matte plane's increase over a black one, in which the coat cancels.
    let light = sunny();
    let settings = Settings { width: 8, height: 8, samples: 256, max_depth: 1, ..Settings::default() };
    let level = |albedo: f32| {
        let tracer = Tracer::new(&single(square(50.0), plain([albedo; 3], 0.6, 0.0))).unwrap();
        let out = tracer.render(&above(), &[light.clone(), uniform(1.0)], &settings);
        let of = |k: usize| Vec3::from_array([0, 1, 2].map(|c| mean(&out.lights[k], &out.gbuffer.alpha, c)));
        (of(0), of(1))
    };
    let ((sun, even), (dark_sun, dark_even)) = (level(0.5), level(0.0));
    let (base, even_base) = (sun - dark_sun, even - dark_even);
    let expected = irradiance(&light) / PI * even_base;
    let error = ((base - expected) / expected).abs().max_element();
    assert!(error < 0.02, "{base} for {expected}");
}

#[test]
fn lights_rendered_together_are_those_rendered_alone() {
    let tracer = Tracer::new(&world()).unwrap();
    let settings = Settings { width: 24, height: 24, samples: 8, ..Settings::default() };
    let (sun, even) = (sunny(), Light { exposure: 0.5, yaw: 1.0, ..sunny() });
    let both = tracer.render(&overview(), &[sun.clone(), even], &settings);
    let alone = tracer.render(&overview(), &[sun], &settings);
    let (a, b) = (mean(&both.lights[0], &both.gbuffer.alpha, 1), mean(&alone.lights[0], &alone.gbuffer.alpha, 1));
    assert!((a / b - 1.0).abs() < 0.05, "{a} {b}");
    assert_eq!(both.gbuffer, alone.gbuffer);
    assert_eq!(tracer.render(&overview(), &[], &settings).gbuffer, alone.gbuffer);
}

#[test]
fn a_turned_light_on_a_turned_world_changes_nothing() {
    let settings = Settings { width: 24, height: 24, samples: 64, clamp_indirect: 5.0, ..Settings::default() };
    let turn = 1.3;
    let mut turned = world();
    for instance in &mut turned.instances {
        instance.to_world = Affine3A::from_rotation_y(turn) * instance.to_world;
    }
    let camera = Camera { to_world: Mat4::from_rotation_y(turn) * overview().to_world, ..overview() };
    let still = Tracer::new(&world()).unwrap().render(&overview(), &[sunny()], &settings);
    let moved = Tracer::new(&turned).unwrap().render(&camera, &[Light { yaw: turn, ..sunny() }], &settings);
    let (a, b) = (mean(&still.lights[0], &still.gbuffer.alpha, 0), mean(&moved.lights[0], &moved.gbuffer.alpha, 0));
    assert!((a / b - 1.0).abs() < 0.02, "{a} {b}");
    let worst = still.gbuffer.normal.iter().zip(&moved.gbuffer.normal).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 0.02, "{worst}");
}

#[test]
fn a_positive_yaw_brings_the_maps_centre_to_minus_x() {
    let ball = Tracer::new(&single(sphere(32), plain([1.0; 3], 1.0, 0.0))).unwrap();
    let camera = Camera { fov_x: 0.5, to_world: Mat4::from_translation(Vec3::new(0.0, 0.0, 5.0)) };
    let light = Light { yaw: PI / 2.0, ..lit_by(64, |d| if d.z < -0.9 { Vec3::splat(20.0) } else { Vec3::ZERO }) };
    let out = ball.render(&camera, &[light], &Settings { width: 16, height: 16, samples: 16, ..Settings::default() });
    let (left, right): (f32, f32) =
        (0..16).map(|y| (out.lights[0][3 * (y * 16 + 4)], out.lights[0][3 * (y * 16 + 11)])).fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
    assert!(left > 20.0 * right, "{left} {right}");
}

#[test]
fn closed_walls_keep_the_light_out() {
    // A box of six squares, seen from within, under a bright sky.
    let side = square(1.0);
    let faces = [Quat::IDENTITY, Quat::from_rotation_x(PI), Quat::from_rotation_x(PI / 2.0), Quat::from_rotation_x(-PI / 2.0)];
    let faces = faces.into_iter().chain([Quat::from_rotation_z(PI / 2.0), Quat::from_rotation_z(-PI / 2.0)]);
    let instances = faces.map(|q| Instance { mesh: side.clone(), material: 0, to_world: Affine3A::from_rotation_translation(q, q * Vec3::NEG_Y) });
    let scene = Scene { instances: instances.collect(), materials: vec![plain([0.9; 3], 0.4, 0.5)] };
    let out = Tracer::new(&scene).unwrap().render(
        &Camera::at_origin(1.5),
        &[uniform(1000.0)],
        &Settings { width: 32, height: 32, samples: 16, max_depth: 6, ..Settings::default() },
    );
    assert!(out.gbuffer.alpha.iter().all(|a| *a == 1.0));
    let lit = out.lights[0].iter().filter(|x| **x > 0.0).count();
    assert_eq!(lit, 0, "light leaks into {lit} channels");
}

#[test]
fn the_picture_does_not_depend_on_threads_and_depends_on_seed_and_stream() {
    let tracer = Tracer::new(&world()).unwrap();
    let settings = Settings { width: 40, height: 24, samples: 4, ..Settings::default() };
    let on = |threads: usize, settings: &Settings| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| tracer.render(&overview(), &[sunny(), uniform(1.0)], settings))
    };
    let one = on(1, &settings);
    assert_eq!(one, on(3, &settings));
    assert_ne!(one, on(1, &Settings { seed: 1, ..settings }));
    assert_ne!(one, on(1, &Settings { stream: 1, ..settings }));
}

#[test]
fn cached_hierarchies_give_the_same_picture_and_broken_scenes_are_refused() {
    let settings = Settings { width: 16, height: 16, samples: 4, ..Settings::default() };
    let mut cache = MeshCache::new();
    let scene = world();
    let first = Tracer::with_cache(&scene, &mut cache).unwrap().render(&overview(), &[sunny()], &settings);
    let second = Tracer::with_cache(&scene, &mut cache).unwrap().render(&overview(), &[sunny()], &settings);
    assert_eq!(first, second);
    let mut broken = world();
    broken.instances[0].material = 9;
    assert!(Tracer::new(&broken).is_err());
    let mut broken = world();
    broken.instances[0].to_world = Affine3A::from_scale(Vec3::ZERO);
    assert!(Tracer::new(&broken).is_err());
    assert!(Tracer::new(&Scene::default()).unwrap().render(&overview(), &[sunny()], &settings).gbuffer.alpha.iter().all(|a| *a == 0.0));
}
