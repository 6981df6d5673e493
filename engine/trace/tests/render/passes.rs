//! The passes of things whose geometry is a formula.

use crate::things::{plain, single, sphere, square, uniform};
use glam::{Mat4, Vec2, Vec3};
use relight_gbuffer::Camera;
use relight_trace::{Material, Settings, Standard, Surface, Texture, Tracer};
use std::sync::Arc;

const SETTINGS: Settings = Settings { width: 48, height: 32, samples: 32, max_depth: 4, seed: 0, stream: 0, clamp_indirect: f32::INFINITY };

#[test]
fn a_plane_has_its_depth_normal_and_materials_everywhere() {
    let pose = Mat4::look_at_rh(Vec3::new(1.0, 2.0, 3.0), Vec3::new(0.2, 0.0, 0.0), Vec3::Y).inverse();
    let camera = Camera { fov_x: 0.7, to_world: pose };
    let out = Tracer::new(&single(square(100.0), plain([0.2, 0.4, 0.6], 0.3, 0.7))).unwrap().render(&camera, &[], &SETTINGS);
    let buffers = &out.gbuffer;
    let up = pose.inverse().transform_vector3(Vec3::Y);
    for y in 0..32 {
        for x in 0..48 {
            let i = y * 48 + x;
            let ray = camera.ray(x as f32 + 0.5, y as f32 + 0.5, 48, 32);
            let depth = -2.0 / pose.transform_vector3(ray).y;
            // The mean over a pixel's filter is not the value at its centre: the curvature of 1/x leaves a tenth of a percent.
            assert!((buffers.depth[i] / depth - 1.0).abs() < 0.01, "{} {depth}", buffers.depth[i]);
            assert!(Vec3::from_slice(&buffers.normal[3 * i..]).distance(up) < 1e-5);
            assert!(Vec3::from_slice(&buffers.albedo[3 * i..]).distance(Vec3::new(0.2, 0.4, 0.6)) < 1e-5);
            assert!((buffers.roughness[i] - 0.3).abs() < 1e-5 && (buffers.metallic[i] - 0.7).abs() < 1e-5 && buffers.alpha[i] == 1.0);
        }
    }
}

#[test]
fn a_ball_has_its_normals_and_its_edge_is_antialiased() {
    let camera = Camera { fov_x: 0.9, to_world: Mat4::from_translation(Vec3::new(0.0, 0.0, 4.0)) };
    let out = Tracer::new(&single(sphere(96), plain([0.5; 3], 0.5, 0.0))).unwrap().render(&camera, &[uniform(1.0)], &SETTINGS);
    let (mut inside, mut edge) = (0, 0);
    for i in 0..48 * 32 {
        let alpha = out.gbuffer.alpha[i];
        let d = camera.ray((i % 48) as f32 + 0.5, (i / 48) as f32 + 0.5, 48, 32).normalize();
        let n = Vec3::from_slice(&out.gbuffer.normal[3 * i..]);
        if alpha == 0.0 {
            assert!(n == Vec3::ZERO && out.gbuffer.depth[i] == 0.0 && out.lights[0][3 * i] == 0.0);
            continue;
        }
        assert!((n.length() - 1.0).abs() < 1e-4);
        edge += usize::from(alpha < 1.0);
        // Ray from 4 away: meets the unit ball at 4(-d.z) - sqrt(16 d.z² - 15).
        let discriminant = 16.0 * d.z * d.z - 15.0;
        if alpha == 1.0 && discriminant > 0.15 {
            let t = -4.0 * d.z - discriminant.sqrt();
            let p = Vec3::new(0.0, 0.0, 4.0) + t * d;
            assert!(n.distance(p) < 0.03, "{n} {p}");
            assert!((out.gbuffer.depth[i] - (4.0 - p.z)).abs() < 0.02);
            inside += 1;
        }
    }
    assert!(inside > 200 && edge > 40, "{inside} {edge}");
}

#[test]
fn textures_and_normal_maps_lie_as_gltf_says() {
    // Seen straight from above, u runs right and v down. The normal map leans to +x (right) and +y (up the image, away from the viewer's feet).
    let camera = Camera { fov_x: 0.5, to_world: Mat4::look_at_rh(Vec3::new(0.0, 3.0, 0.0), Vec3::ZERO, Vec3::NEG_Z).inverse() };
    let two = |left: [f32; 3], right: [f32; 3]| Some(Arc::new(Texture { width: 2, height: 1, texels: vec![left, right] }));
    let lean = Vec3::new(0.3, 0.2, 1.0).normalize();
    let standard = Standard {
        albedo: Vec3::new(1.0, 0.5, 1.0),
        roughness: 0.5,
        metallic: 1.0,
        albedo_map: two([0.8, 0.8, 0.1], [0.1, 0.8, 0.8]),
        metallic_roughness_map: two([0.0, 1.0, 0.2], [0.0, 0.5, 0.6]),
        normal_map: Some(Arc::new(Texture { width: 1, height: 1, texels: vec![(0.5 * lean + 0.5).to_array()] })),
        ..Standard::default()
    };
    let out = Tracer::new(&single(square(1.0), Material::Standard(standard))).unwrap().render(&camera, &[], &SETTINGS);
    let buffers = &out.gbuffer;
    // A quarter of the square from each side is a texel's centre; the square spans most of the picture's 48 columns.
    let at = |x: f32| {
        let (x, y) = camera.project(Vec3::new(x, 0.0, -3.0), 48, 32);
        y as usize * 48 + x as usize
    };
    let (left, right) = (at(-0.5), at(0.5));
    let albedo = |i: usize| Vec3::from_slice(&buffers.albedo[3 * i..]);
    assert!(albedo(left).distance(Vec3::new(0.8, 0.4, 0.1)) < 0.05, "{}", albedo(left));
    assert!(albedo(right).distance(Vec3::new(0.1, 0.4, 0.8)) < 0.05, "{}", albedo(right));
    assert!((buffers.roughness[left] - 0.5).abs() < 0.03 && (buffers.roughness[right] - 0.25).abs() < 0.03);
    assert!((buffers.metallic[left] - 0.2).abs() < 0.03 && (buffers.metallic[right] - 0.6).abs() < 0.03);
    let normal = Vec3::from_slice(&buffers.normal[3 * left..]);
    assert!(normal.distance(lean) < 1e-3, "{normal} {lean}");
}

#[test]
fn procedural_materials_see_mesh_space_and_bad_numbers_are_harmless() {
    let camera = Camera { fov_x: 0.5, to_world: Mat4::look_at_rh(Vec3::new(0.0, 3.0, 0.0), Vec3::ZERO, Vec3::NEG_Z).inverse() };
    let stripes = Material::Procedural(Arc::new(|p| {
        let bad = p.position.z > 0.2;
        let albedo = if p.position.x > 0.0 { Vec3::ONE } else { Vec3::splat(0.25) };
        let nan = if bad { f32::NAN } else { 0.5 };
        Surface { albedo: albedo * nan / 0.5, roughness: nan, metallic: 7.0 * nan, normal: p.normal * nan * 2.0 }
    }));
    let out = Tracer::new(&single(square(1.0), stripes)).unwrap().render(&camera, &[uniform(1.0)], &SETTINGS);
    assert!(out.lights[0].iter().chain(&out.gbuffer.normal).chain(&out.gbuffer.albedo).all(|x| x.is_finite()));
    let (x, y) = camera.project(Vec3::new(-0.4, 0.2, -3.0), 48, 32);
    assert!((out.gbuffer.albedo[3 * (y as usize * 48 + x as usize)] - 0.25).abs() < 1e-5);
    assert_eq!(Texture::default().sample(Vec2::ZERO), Vec3::ZERO);
}
