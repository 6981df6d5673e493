//! Rays a second on one core against a hundred thousand triangles, and a small frame under two lights.

use divan::{Bencher, counter::ItemsCount};
use glam::{Affine3A, Mat4, Vec3};
use relight_gbuffer::Camera;
use relight_trace::{Instance, Mesh, Scene, Settings, Tracer};
use std::sync::Arc;

#[path = "../tests/render/things.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod things;

const RAYS: usize = 1 << 16;

/// A ball of 102,400 triangles with hills on it.
fn hilly() -> Arc<Mesh> {
    let mut mesh = (*things::sphere(160)).clone();
    for p in &mut mesh.positions {
        *p *= 1.0 + 0.1 * (9.0 * p.x).sin() * (7.0 * p.y).cos() * (8.0 * p.z).sin();
    }
    mesh.normals.clear();
    Arc::new(mesh)
}

fn scene() -> Scene {
    let place = |mesh, material, y: f32| Instance { mesh, material, to_world: Affine3A::from_translation(Vec3::new(0.0, y, 0.0)) };
    let materials = vec![things::plain([0.5, 0.4, 0.3], 0.6, 0.0), things::plain([0.7, 0.3, 0.2], 0.3, 0.5)];
    Scene { instances: vec![place(things::square(4.0), 0, -1.1), place(hilly(), 1, 0.0)], materials }
}

fn camera() -> Camera {
    Camera { fov_x: 0.7, to_world: Mat4::look_at_rh(Vec3::new(1.0, 1.5, 3.5), Vec3::ZERO, Vec3::Y).inverse() }
}

/// Rays through the pixels of a square picture, row by row.
fn seen() -> Vec<(Vec3, Vec3)> {
    let (camera, side) = (camera(), 256);
    let pixels = (0..RAYS).map(|i| camera.ray((i % side) as f32 + 0.5, (i / side) as f32 + 0.5, side, side).normalize());
    let eye = camera.to_world.transform_point3(Vec3::ZERO);
    pixels.map(|d| (eye, camera.to_world.transform_vector3(d))).collect()
}

/// Rays that leave what is seen in random directions, as paths do.
fn bounced(tracer: &Tracer) -> Vec<(Vec3, Vec3)> {
    let mut state = 1u32;
    let mut random = || {
        state = state.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let first = seen();
    let points = tracer.distances(&first).into_iter().zip(first).filter_map(|(d, (o, v))| d.map(|d| o + (d - 1e-3) * v));
    points.map(|p| (p, Vec3::new(random(), random(), random()).normalize_or(Vec3::Y))).collect()
}

#[divan::bench]
fn build_102k_triangles(bencher: Bencher) {
    bencher.counter(ItemsCount::new(102_400usize)).with_inputs(scene).bench_values(|scene| Tracer::new(&scene).is_ok());
}

#[divan::bench]
fn camera_rays(bencher: Bencher) {
    let (tracer, rays) = (Tracer::new(&scene()).unwrap(), seen());
    bencher.counter(ItemsCount::new(rays.len())).bench(|| tracer.distances(&rays));
}

#[divan::bench]
fn bounced_rays(bencher: Bencher) {
    let tracer = Tracer::new(&scene()).unwrap();
    let rays = bounced(&tracer);
    bencher.counter(ItemsCount::new(rays.len())).bench(|| tracer.distances(&rays));
}

#[divan::bench]
fn shadow_rays(bencher: Bencher) {
    let tracer = Tracer::new(&scene()).unwrap();
    let rays = bounced(&tracer);
    bencher.counter(ItemsCount::new(rays.len())).bench(|| tracer.blocked(&rays));
}

#[divan::bench(sample_count = 5)]
fn frame_128_32_samples_two_lights(bencher: Bencher) {
    let (tracer, lights) = (Tracer::new(&scene()).unwrap(), [things::sunny(), things::uniform(1.0)]);
    let settings = Settings { width: 128, height: 128, samples: 32, ..Settings::default() };
    bencher.bench(|| tracer.render(&camera(), &lights, &settings));
}

fn main() {
    divan::main();
}
