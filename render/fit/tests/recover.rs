//! Lights that frames were traced under are found again.

use glam::{Affine3A, Mat4, Quat, Vec2, Vec3};
use relight_fit::{View, dominant, fit};
use relight_gbuffer::{Camera, DepthUnit, GBuffer};
use relight_light::{Environment, Light};
use relight_trace::{Instance, Material, Mesh, Scene, Settings, Standard, Tracer};
use std::sync::Arc;

/// A sphere of radius 1 about the origin.
fn ball() -> Mesh {
    let (across, down) = (32u32, 16u32);
    let mut mesh = Mesh::default();
    for y in 0..=down {
        for x in 0..=across {
            let d = Environment::direction(x as f32 / across as f32, y as f32 / down as f32);
            mesh.positions.push(d);
            mesh.normals.push(d);
        }
    }
    for i in (0..across * down).map(|i| i / across * (across + 1) + i % across) {
        mesh.triangles.extend([[i, i + across + 1, i + 1], [i + 1, i + across + 1, i + across + 2]]);
    }
    mesh
}

fn ground() -> Mesh {
    let positions = vec![Vec3::new(-6.0, 0.0, 6.0), Vec3::new(6.0, 0.0, 6.0), Vec3::new(6.0, 0.0, -6.0), Vec3::new(-6.0, 0.0, -6.0)];
    Mesh { positions, normals: vec![Vec3::Y; 4], uvs: vec![Vec2::ZERO; 4], triangles: vec![[0, 1, 2], [0, 2, 3]] }
}

fn scene() -> Scene {
    let material = |albedo: Vec3, roughness: f32, metallic: f32| Material::Standard(Standard { albedo, roughness, metallic, ..Standard::default() });
    let ball = Arc::new(ball());
    let at = |material: usize, x: f32, z: f32, r: f32| Instance {
        mesh: ball.clone(),
        material,
        to_world: Affine3A::from_scale_rotation_translation(Vec3::splat(r), Quat::IDENTITY, Vec3::new(x, r, z)),
    };
    Scene {
        instances: vec![
            Instance { mesh: Arc::new(ground()), material: 0, to_world: Affine3A::IDENTITY },
            at(1, -0.7, 0.0, 0.5),
            at(2, 0.6, 0.3, 0.4),
            at(3, 0.1, -0.9, 0.6),
        ],
        materials: vec![
            material(Vec3::new(0.4, 0.35, 0.3), 0.9, 0.0),
            material(Vec3::new(0.7, 0.2, 0.15), 0.6, 0.0),
            material(Vec3::new(0.8, 0.8, 0.8), 0.25, 1.0),
            material(Vec3::new(0.2, 0.5, 0.3), 0.4, 0.0),
        ],
    }
}

/// Two views of the scene under `map`, as an 8-bit camera takes them.
fn views(map: &Environment) -> Vec<View> {
    let tracer = Tracer::new(&scene()).unwrap();
    let light = Light { map: Arc::new(map.clone()), yaw: 0.0, exposure: 1.0 };
    let mut views: Vec<View> = (0..2)
        .map(|k| {
            let turn = Quat::from_rotation_y(0.3 * k as f32) * Quat::from_rotation_x(-0.45);
            let camera = Camera { fov_x: 0.8, to_world: Mat4::from_rotation_translation(turn, turn * Vec3::Z * 4.5 + Vec3::Y * 0.3) };
            let settings = Settings { width: 96, height: 96, samples: 24, max_depth: 4, seed: 1, stream: k, clamp_indirect: 8.0 };
            let mut rendering = tracer.render(&camera, std::slice::from_ref(&light), &settings);
            let buffers = GBuffer { rgb: Some(rendering.lights.remove(0)), ..rendering.gbuffer };
            View { buffers, camera, depth: DepthUnit::Scene }
        })
        .collect();
    let mut all: Vec<f32> = views.iter().flat_map(|v| v.buffers.rgb.clone().unwrap()).collect();
    all.sort_by(f32::total_cmp);
    let exposure = 0.8 / all[all.len() * 94 / 100];
    for v in &mut views {
        v.buffers.rgb.iter_mut().flatten().for_each(|x| *x = (*x * exposure).min(1.0));
    }
    views
}

/// A sky with a source of radiance `peak` in direction `d`, `size` radians across.
fn sky(d: Vec3, size: f32, peak: f32) -> Environment {
    let mut map = Environment::constant(128, 64, [0.0; 3]);
    for i in 0..128 * 64 {
        let t = Environment::direction(((i % 128) as f32 + 0.5) / 128.0, ((i / 128) as f32 + 0.5) / 64.0);
        let base = if t.y > 0.0 { Vec3::new(0.35, 0.5, 0.8) * (0.6 + 0.4 * t.y) } else { Vec3::new(0.2, 0.17, 0.14) };
        let source = if t.angle_between(d) < 0.5 * size { Vec3::new(1.0, 0.92, 0.8) * peak } else { Vec3::ZERO };
        map.rgb[3 * i..3 * i + 3].copy_from_slice(&(base + source).to_array());
    }
    map
}

/// Degrees between the fitted and the true dominant direction.
fn error(map: &Environment) -> (f32, relight_fit::Fitted) {
    let fitted = fit(&views(map)).unwrap();
    let truth = dominant(map).0;
    let found = Vec3::from_array(fitted.report.dominant.direction);
    println!("{:?} true {truth} off {}", fitted.report, found.angle_between(truth).to_degrees());
    (found.angle_between(truth).to_degrees(), fitted)
}

#[test]
fn a_sun_is_found_sharp_and_sure() {
    for (x, y, z) in [(0.6, 0.7, 0.4), (-0.8, 0.5, -0.3), (0.2, 0.4, 0.9)] {
        let (degrees, fitted) = error(&sky(Vec3::new(x, y, z).normalize(), 0.06, 1500.0));
        let report = fitted.report;
        assert!(degrees < 12.0 && report.dominant.sharpened && report.dominant.confidence > 0.7, "{degrees} {report:?}");
        assert!(report.psnr > report.psnr_flat + 4.0 && report.trusted > 0.6, "{report:?}");
        assert!(fitted.map.rgb.iter().all(|v| v.is_finite() && *v >= 0.0));
    }
}

#[test]
fn a_softbox_is_found() {
    let (degrees, _) = error(&sky(Vec3::new(0.8, 0.5, 0.5).normalize(), 0.7, 12.0));
    assert!(degrees < 20.0, "{degrees}");
}

#[test]
fn an_even_sky_has_no_sun_and_the_level_is_right() {
    let fitted = fit(&views(&Environment::constant(64, 32, [0.7; 3]))).unwrap();
    let mean = fitted.map.mean();
    println!("{:?} {mean}", fitted.report);
    assert!(fitted.report.dominant.share < 0.45 && fitted.report.psnr > 28.0, "{:?}", fitted.report);
    let colours = mean / mean.y;
    assert!((colours - Vec3::ONE).abs().max_element() < 0.1, "{mean}");
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    assert!(fit(&[]).unwrap_err().remedy.contains("video"));
    let mut view = views(&Environment::constant(16, 8, [1.0; 3])).remove(0);
    view.buffers.rgb.iter_mut().flatten().for_each(|v| *v = 0.0);
    assert!(fit(std::slice::from_ref(&view)).unwrap_err().cause.contains("black"));
    view.buffers.rgb.iter_mut().flatten().for_each(|v| *v = f32::NAN);
    assert!(fit(std::slice::from_ref(&view)).unwrap_err().cause.contains("finite"));
    view.buffers.rgb = None;
    assert!(fit(std::slice::from_ref(&view)).unwrap_err().cause.contains("no picture"));
    view.buffers.rgb = Some(vec![0.5; 3 * 96 * 96]);
    view.buffers.depth.pop();
    assert!(fit(std::slice::from_ref(&view)).unwrap_err().cause.contains("differ"));
    let mut empty = GBuffer::empty(32, 32);
    empty.rgb = Some(vec![0.5; 3 * 32 * 32]);
    let nothing = View { buffers: empty, camera: Camera::at_origin(1.0), depth: DepthUnit::Relative };
    assert!(fit(&[nothing]).unwrap_err().cause.contains("pixels show a surface"));
}
