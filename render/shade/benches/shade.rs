//! How long a frame takes, and how long a map takes to prepare. `cargo bench -p relight-shade`

use divan::{Bencher, black_box};
use glam::Vec3;
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Environment;
use relight_shade::{Settings, Shader};
use std::sync::Arc;

fn main() {
    divan::main();
}

/// Nine balls on a floor that fills the frame.
fn scene(size: usize, camera: &Camera) -> GBuffer {
    let mut b = GBuffer::empty(size, size);
    let centres: Vec<Vec3> = (0..9).map(|k| Vec3::new((k % 3) as f32 * 1.6 - 1.6, -0.6, -4.0 - (k / 3) as f32 * 1.6)).collect();
    for i in 0..size * size {
        let ray = camera.ray((i % size) as f32 + 0.5, (i / size) as f32 + 0.5, size, size);
        let up = Vec3::new(0.0, 0.6, 0.8);
        let mut best = (up.dot(Vec3::new(0.0, -1.2, -5.0)) / up.dot(ray), up, 0.3);
        for c in &centres {
            let (a, h) = (ray.length_squared(), ray.dot(*c));
            let inside = h * h - a * (c.length_squared() - 0.36);
            if inside > 0.0 && (h - inside.sqrt()) / a < best.0 {
                let t = (h - inside.sqrt()) / a;
                best = (t, (ray * t - *c) / 0.6, 0.8);
            }
        }
        b.alpha[i] = 1.0;
        b.depth[i] = best.0;
        b.normal[3 * i..3 * i + 3].copy_from_slice(&best.1.to_array());
        b.albedo[3 * i..3 * i + 3].fill(best.2);
        b.roughness[i] = 0.4;
    }
    b
}

fn sunny() -> Arc<Environment> {
    let mut map = Environment::constant(256, 128, [0.3, 0.4, 0.6]);
    map.rgb[3 * (30 * 256 + 160)..][..3].copy_from_slice(&[9000.0, 8000.0, 7000.0]);
    Arc::new(map)
}

#[divan::bench(args = [128, 256, 512])]
fn frame(bencher: Bencher, size: usize) {
    let camera = Camera::at_origin(0.8);
    let (shader, buffers) = (Shader::new(sunny()), scene(size, &camera));
    bencher.bench_local(|| shader.shade(black_box(&buffers), &camera, 0.3, 1.0, &Settings::network()));
}

#[divan::bench]
fn map(bencher: Bencher) {
    let map = sunny();
    bencher.bench_local(|| Shader::new(black_box(map.clone())));
}
