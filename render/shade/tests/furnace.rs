//! Known answers under constant light, and buffers that no renderer should choke on.

use glam::{Mat4, Vec3};
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Environment;
use relight_shade::{Settings, Shader, Shading};
use std::sync::Arc;

const SIZE: usize = 48;

fn camera() -> Camera {
    Camera::at_origin(0.8)
}

/// A sphere of radius 1 at distance 4: nothing on it hides anything from it.
fn sphere(albedo: f32, roughness: f32, metallic: f32) -> GBuffer {
    let mut b = GBuffer::empty(SIZE, SIZE);
    for i in 0..SIZE * SIZE {
        let ray = camera().ray((i % SIZE) as f32 + 0.5, (i / SIZE) as f32 + 0.5, SIZE, SIZE);
        let (d, centre) = (ray.normalize(), Vec3::new(0.0, 0.0, -4.0));
        let along = d.dot(centre);
        let inside = along * along - 15.0;
        if inside > 0.0 {
            let hit = d * (along - inside.sqrt());
            b.alpha[i] = 1.0;
            b.depth[i] = -hit.z;
            b.normal[3 * i..3 * i + 3].copy_from_slice(&(hit - centre).to_array());
            b.albedo[3 * i..3 * i + 3].fill(albedo);
            b.roughness[i] = roughness;
            b.metallic[i] = metallic;
        }
    }
    b
}

fn shade(shader: &Shader, buffers: &GBuffer) -> Shading {
    shader.shade(buffers, &camera(), 0.7, 1.5, &Settings::network())
}

fn sunny() -> Environment {
    let mut map = Environment::constant(64, 32, [0.3, 0.4, 0.6]);
    map.rgb[3 * (8 * 64 + 40)..][..3].copy_from_slice(&[900.0, 800.0, 700.0]);
    map
}

#[test]
fn furnace_a_white_convex_thing_under_constant_light_is_nearly_invisible() {
    // Light 1 times exposure 1.5. A white metal reflects all but the 2 % that Turquin's compensation leaves open; a white dielectric all.
    let shader = Shader::new(Arc::new(Environment::constant(32, 16, [1.0; 3])));
    for (roughness, metallic) in [(0.1, 1.0), (0.5, 1.0), (1.0, 1.0), (0.2, 0.0), (0.6, 0.0), (1.0, 0.0)] {
        let buffers = sphere(1.0, roughness, metallic);
        let out = shade(&shader, &buffers);
        for i in (0..SIZE * SIZE).filter(|&i| buffers.alpha[i] > 0.0) {
            let facing = Vec3::from_slice(&buffers.normal[3 * i..]).z;
            let value = out.split_sum[3 * i];
            assert!((1.5 * 0.94..1.5 * 1.03).contains(&value), "roughness {roughness}, metallic {metallic}, facing {facing}: {value}");
            assert!((out.diffuse[3 * i] - 1.5).abs() < 0.04, "{}", out.diffuse[3 * i]);
            // Rays may graze a sphere's own pixels only at its rim.
            if facing > 0.4 {
                assert!((out.ssrt[3 * i] - value).abs() < 0.02 * value, "{} for {value}", out.ssrt[3 * i]);
                assert!(out.visibility[i] > 0.98, "{}", out.visibility[i]);
            }
        }
    }
}

#[test]
fn nothing_shines_under_a_black_sky_or_in_an_empty_frame() {
    let out = shade(&Shader::new(Arc::new(Environment::constant(32, 16, [0.0; 3]))), &sphere(0.8, 0.4, 0.5));
    assert!(out.ssrt.iter().chain(&out.split_sum).all(|v| *v == 0.0));
    let shader = Shader::new(Arc::new(sunny()));
    let out = shade(&shader, &GBuffer::empty(SIZE, SIZE));
    assert!(out.ssrt.iter().chain(&out.split_sum).all(|v| *v == 0.0) && out.visibility.iter().all(|v| *v == 1.0));
    let out = shade(&shader, &GBuffer::empty(0, 0));
    assert!(out.ssrt.is_empty());
}

#[test]
fn hostile_buffers_give_finite_pictures() {
    let wrong = [f32::NAN, f32::INFINITY, -f32::INFINITY, 0.0, -1.0, 1e30, 1e-30, f32::MAX];
    let mut buffers = sphere(0.5, 0.3, 0.5);
    let mut k = 0u32;
    let mut next = || {
        k = k.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (k >> 16) as usize
    };
    let passes = [&mut buffers.albedo, &mut buffers.normal, &mut buffers.depth, &mut buffers.roughness, &mut buffers.metallic, &mut buffers.alpha];
    for pass in passes {
        for v in pass.iter_mut() {
            if next() % 5 == 0 {
                *v = wrong[next() % wrong.len()];
            }
        }
    }
    let shader = Shader::new(Arc::new(sunny()));
    for fov in [0.8, 3.1, 1e-4] {
        let camera = Camera { fov_x: fov, to_world: Mat4::from_rotation_x(0.3) };
        let out = shader.shade(&buffers, &camera, 0.0, 1.0, &Settings::network());
        for v in [&out.split_sum, &out.diffuse, &out.specular, &out.visibility, &out.ssrt] {
            assert!(v.iter().all(|v| v.is_finite() && *v >= 0.0));
        }
    }
}

#[test]
fn the_same_frame_gives_the_same_picture_on_any_number_of_threads() {
    let buffers = sphere(0.5, 0.3, 0.5);
    let shader = Shader::new(Arc::new(sunny()));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| shader.shade(&buffers, &camera(), 0.2, 1.0, &Settings::network()))
    };
    assert!(run(1) == run(3));
}
