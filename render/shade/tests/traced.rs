//! A ball over a floor and the corner of a room under a small sun, against the path tracer.

mod stage;

use glam::{Affine3A, Mat4, Quat, Vec3};
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Light;
use relight_shade::{Settings, Shader, Shading};
use relight_trace::{Instance, Material, Scene, Tracer};
use stage::{SIZE, ball, floor, plain, psnr, sunny};
use std::{f32::consts::PI, sync::Arc};

/// A ball of a material on a floor: its buffers, the path traced picture and the shader's.
fn scene(material: Material) -> (GBuffer, Vec<f32>, Shading) {
    let scene = Scene {
        instances: vec![
            Instance { mesh: Arc::new(ball()), material: 0, to_world: Affine3A::from_translation(Vec3::Y) },
            Instance { mesh: Arc::new(floor()), material: 1, to_world: Affine3A::IDENTITY },
        ],
        materials: vec![material, plain(Vec3::new(0.4, 0.45, 0.5), 0.8, 0.0)],
    };
    let camera = Camera { fov_x: 0.8, to_world: Mat4::look_at_rh(Vec3::new(0.0, 3.5, 6.5), Vec3::new(0.0, 0.7, 0.0), Vec3::Y).inverse() };
    let (buffers, truth, [shading]) = rendered(&scene, &camera, 0.4, [Settings::network()]);
    (buffers, truth, shading)
}

/// Buffers of a scene, the path traced picture under the small sun turned by `yaw`, and the shader's with each of `settings`.
fn rendered<const N: usize>(scene: &Scene, camera: &Camera, yaw: f32, settings: [Settings; N]) -> (GBuffer, Vec<f32>, [Shading; N]) {
    let map = Arc::new(sunny());
    let size = relight_trace::Settings { width: SIZE, height: SIZE, samples: 64, ..Default::default() };
    let light = Light { map: map.clone(), yaw, exposure: 0.8 };
    let rendering = Tracer::new(scene).unwrap().render(camera, std::slice::from_ref(&light), &size);
    let shader = Shader::new(map);
    let shadings = settings.map(|settings| shader.shade(&rendering.gbuffer, camera, light.yaw, light.exposure, &settings));
    (rendering.gbuffer, rendering.lights.into_iter().next().unwrap(), shadings)
}

#[test]
fn a_ball_on_a_floor_agrees_with_the_path_tracer() {
    let (buffers, truth, out) = scene(plain(Vec3::new(0.7, 0.2, 0.1), 0.4, 0.0));
    let solid = |i: usize| buffers.alpha[i] > 0.99;
    let (plain, traced) = (psnr(&out.split_sum, &truth, solid), psnr(&out.ssrt, &truth, solid));
    eprintln!("split-sum {plain:.2} dB, ssrt {traced:.2} dB");
    assert!(traced > plain + 9.0, "split-sum {plain:.2} dB, ssrt {traced:.2} dB");
    assert!(traced > 32.0, "{traced:.2} dB");

    // The shadow is where the truth has it: floor pixels darker than half of the floor's median.
    let floor: Vec<usize> = (0..SIZE * SIZE).filter(|&i| solid(i) && buffers.albedo[3 * i + 2] > 0.45).collect();
    let dark = |image: &[f32]| {
        let mut values: Vec<f32> = floor.iter().map(|&i| image[3 * i + 1]).collect();
        values.sort_by(f32::total_cmp);
        let limit = 0.5 * values[values.len() / 2];
        floor.iter().map(|&i| image[3 * i + 1] < limit).collect::<Vec<bool>>()
    };
    let (a, b) = (dark(&truth), dark(&out.ssrt));
    let both = a.iter().zip(&b).filter(|(a, b)| **a && **b).count() as f32;
    let either = a.iter().zip(&b).filter(|(a, b)| **a || **b).count() as f32;
    eprintln!("shadow overlap {:.2} of {either} pixels", both / either);
    assert!(either > 100.0 && both / either > 0.7, "shadow overlap {:.2} of {either} pixels", both / either);
}

#[test]
fn metal_lights_the_floor_beside_it_evenly() {
    let (buffers, truth, out) = scene(plain(Vec3::new(0.9, 0.7, 0.3), 0.1, 1.0));
    let floor = psnr(&out.ssrt, &truth, |i| buffers.alpha[i] > 0.99 && buffers.metallic[i] < 0.01);
    eprintln!("floor {floor:.2} dB");
    // 32.4 dB where the floor gets what the camera sees of the ball, highlight and all.
    assert!(floor > 32.6, "{floor:.2} dB");
}

#[test]
fn a_wall_of_which_an_edge_is_seen_hides_the_sun() {
    let turned = |turn: Quat, x: f32, z: f32| Instance {
        mesh: Arc::new(floor()),
        material: 0,
        to_world: Affine3A::from_rotation_translation(turn, Vec3::new(x, 0.0, z)),
    };
    let scene = Scene {
        // The ground, a wall behind, and one to the right that fills the last columns of the picture.
        instances: vec![
            turned(Quat::IDENTITY, 0.0, 0.0),
            turned(Quat::from_rotation_x(0.5 * PI), 0.0, -3.0),
            turned(Quat::from_rotation_z(0.5 * PI), 2.2, 0.0),
        ],
        materials: vec![plain(Vec3::new(0.4, 0.45, 0.5), 0.8, 0.0)],
    };
    let camera = Camera { fov_x: 0.8, to_world: Mat4::look_at_rh(Vec3::new(0.0, 1.5, 4.0), Vec3::new(0.0, 0.7, 0.0), Vec3::Y).inverse() };
    let without = Settings { rooms: false, ..Settings::network() };
    let (buffers, truth, [with, without]) = rendered(&scene, &camera, 0.0, [Settings::network(), without]);
    let right = buffers.normal.chunks_exact(3).filter(|n| n[0] < -0.9).count() as f32 / (SIZE * SIZE) as f32;
    let [with, without] = [with, without].map(|shading| psnr(&shading.ssrt, &truth, |i| buffers.alpha[i] > 0.99));
    eprintln!("the wall to the right fills {right:.3}, with it {with:.2} dB, without {without:.2} dB");
    assert!((0.03..0.11).contains(&right), "{right}");
    assert!(with > without + 15.0, "with it {with:.2} dB, without {without:.2} dB");
}
