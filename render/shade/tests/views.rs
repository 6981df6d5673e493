//! Frames that are shaded among others of the clip, against the path tracer.

mod stage;

use glam::{Affine3A, Mat4, Quat, Vec3};
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Light;
use relight_shade::{Keys, Settings, Shader, View};
use relight_trace::{Instance, Mesh, Scene, Tracer};
use stage::{SIZE, ball, floor, plain, psnr, sunny};
use std::{f32::consts::PI, sync::Arc};

const YAW: f32 = 0.4;
const EXPOSURE: f32 = 0.8;

fn camera(from: Vec3) -> Camera {
    Camera { fov_x: 0.8, to_world: Mat4::look_at_rh(from, Vec3::new(0.0, 0.7, 0.0), Vec3::Y).inverse() }
}

/// A thing on a floor.
fn scene(thing: Mesh, to_world: Affine3A) -> Scene {
    let materials = vec![plain(Vec3::new(0.7, 0.2, 0.1), 0.6, 0.0), plain(Vec3::new(0.4, 0.45, 0.5), 0.8, 0.0)];
    let instances = vec![
        Instance { mesh: Arc::new(thing), material: 0, to_world },
        Instance { mesh: Arc::new(floor()), material: 1, to_world: Affine3A::IDENTITY },
    ];
    Scene { instances, materials }
}

/// Buffers and the path traced picture.
fn traced(scene: &Scene, camera: &Camera) -> (GBuffer, Vec<f32>) {
    let size = relight_trace::Settings { width: SIZE, height: SIZE, samples: 64, ..Default::default() };
    let light = Light { map: Arc::new(sunny()), yaw: YAW, exposure: EXPOSURE };
    let rendering = Tracer::new(scene).unwrap().render(camera, std::slice::from_ref(&light), &size);
    (rendering.gbuffer, rendering.lights.into_iter().next().unwrap())
}

fn view(shader: &Shader, buffers: &GBuffer, camera: &Camera) -> View {
    shader.view(buffers, camera, YAW, EXPOSURE, &Settings::network()).1
}

/// PSNR of a frame shaded alone, and among frames of `others` (scene, camera).
fn alone_and_among(scene: &Scene, camera: &Camera, others: &[(&Scene, Camera)]) -> [f32; 2] {
    let shader = Shader::new(Arc::new(sunny()));
    let (buffers, truth) = traced(scene, camera);
    let views: Vec<View> = others.iter().map(|(scene, camera)| view(&shader, &traced(scene, camera).0, camera)).collect();
    [vec![], views.iter().collect()].map(|views| {
        let shading = shader.shade_among(&buffers, camera, YAW, EXPOSURE, &Settings::network(), &views);
        psnr(&shading.ssrt, &truth, |i| buffers.alpha[i] > 0.99)
    })
}

#[test]
fn what_another_frame_shows_throws_its_shadow_into_this_one() {
    // Between the sun and the floor that is seen, beyond the picture's right border.
    let scene = scene(ball(), Affine3A::from_translation(Vec3::new(2.7, 1.0, 1.6)));
    let near = Camera { fov_x: 0.5, ..camera(Vec3::new(0.0, 3.5, 6.5)) };
    let [alone, among] = alone_and_among(&scene, &near, &[(&scene, camera(Vec3::new(-3.0, 4.0, 8.0)))]);
    eprintln!("alone {alone:.2} dB, among {among:.2} dB");
    assert!(among > alone + 3.0, "alone {alone:.2} dB, among {among:.2} dB");
}

#[test]
fn light_passes_where_another_frame_sees_through() {
    // An upright board, face on: taken to be as deep as it is wide until it is seen from the side.
    let scene = scene(floor(), Affine3A::from_scale_rotation_translation(Vec3::splat(0.11), Quat::from_rotation_x(0.5 * PI), Vec3::Y));
    let side = camera(Vec3::new(6.0, 3.0, 2.0));
    let [alone, among] = alone_and_among(&scene, &camera(Vec3::new(0.0, 2.5, 6.5)), &[(&scene, side)]);
    eprintln!("alone {alone:.2} dB, among {among:.2} dB");
    assert!(among > alone + 1.0, "alone {alone:.2} dB, among {among:.2} dB");
}

#[test]
fn what_has_moved_leaves_no_shadow_behind() {
    let at = |x: f32| scene(ball(), Affine3A::from_translation(Vec3::new(x, 1.0, 0.0)));
    let [alone, among] = alone_and_among(&at(-1.2), &camera(Vec3::new(0.0, 3.5, 6.5)), &[(&at(1.2), camera(Vec3::new(1.5, 3.5, 6.2)))]);
    eprintln!("alone {alone:.2} dB, among {among:.2} dB");
    assert!(among > alone - 0.2, "alone {alone:.2} dB, among {among:.2} dB");
}

#[test]
fn frames_are_kept_as_the_camera_moves_and_a_still_one_is_shaded_alone() {
    let shader = Shader::new(Arc::new(sunny()));
    let around = |degrees: f32| camera(Quat::from_rotation_y(degrees.to_radians()) * Vec3::new(0.0, 3.5, 6.5));
    let scene = scene(ball(), Affine3A::from_translation(Vec3::Y));
    let buffers = traced(&scene, &around(0.0)).0;
    let mut keys = Keys::default();
    let mut kept = Vec::new();
    for frame in 0..30 {
        let camera = around(2.0 * frame as f32);
        if keys.wants(&camera) {
            keys.keep(frame, view(&shader, &buffers, &camera));
            kept.push(frame);
        }
    }
    assert!(kept[0] == 0 && kept.len() > 4 && kept.windows(2).all(|k| (3..=5).contains(&(k[1] - k[0]))), "{kept:?}");
    let counts = [0, 15, 29].map(|frame| keys.around(frame, &around(2.0 * frame as f32)).len());
    assert_eq!(counts, [2, 4, 2]);
    assert!(keys.settled(15, &around(30.0)) && !keys.settled(29, &around(58.0)));
    keys.forget(15);
    assert_eq!(keys.around(15, &around(30.0)).len(), 4);

    let still = [(&buffers, around(0.0), YAW); 3];
    let alone = shader.shade(&buffers, &around(0.0), YAW, EXPOSURE, &Settings::network());
    assert!(shader.shade_clip(&still, EXPOSURE, &Settings::network()).iter().all(|shading| *shading == alone));
}
