//! Shots that are shaded among others of their clip.

use glam::{Mat4, Vec3};
use relight_file::Fault;
use relight_gbuffer::{Camera, DepthUnit, GBuffer};
use relight_light::Environment;
use relight_render::{Forward, Shot, Watch, Work};
use relight_video::Frame;
use std::sync::Arc;

fn map() -> Arc<Environment> {
    Arc::new(Environment::constant(32, 16, [0.5, 0.4, 0.3]))
}

/// Ground level with y = 0 and a wall on it at x = 2, from a camera 1 above the ground that is turned `right` by so much.
fn corner(right: f32, depth: DepthUnit) -> Shot {
    let to_world = Mat4::from_translation(Vec3::Y) * Mat4::from_rotation_y(-right);
    let camera = Camera { fov_x: 0.7, to_world };
    let (width, height) = (64, 48);
    let mut b = GBuffer::empty(width, height);
    for i in 0..width * height {
        let ray = camera.ray((i % width) as f32 + 0.5, (i / width) as f32 + 0.5, width, height);
        let d = to_world.transform_vector3(ray);
        let to = |distance: f32, component: f32| if component > 0.0 { distance / component } else { f32::INFINITY };
        let (ground, wall) = (to(1.0, -d.y), to(2.0, d.x));
        if ground.min(wall) < 5.0 {
            (b.alpha[i], b.depth[i], b.roughness[i]) = (1.0, ground.min(wall), 0.9);
            let normal = if ground < wall { Vec3::Y } else { Vec3::NEG_X };
            b.normal[3 * i..][..3].copy_from_slice(&to_world.inverse().transform_vector3(normal).to_array());
            b.albedo[3 * i..][..3].fill(0.5);
        }
    }
    Shot { buffers: b, camera, yaw: 0.0, depth }
}

#[test]
fn a_shot_is_shaded_among_those_around_it() {
    let clip = |shots: &[Shot]| Forward::new(None, map(), Work::default()).clip(shots, 1.0).unwrap();
    let level = |frame: &Frame| frame.rgb.iter().sum::<f32>();
    let shots: Vec<Shot> = (0..6).map(|i| corner(0.2 * i as f32, DepthUnit::Scene)).collect();
    let (alone, among) = (clip(&shots[..1]), clip(&shots));
    assert!(shots[0].buffers.normal.chunks_exact(3).all(|n| n[0] > -0.5) && among.len() == 6, "the first shows no wall");
    assert!(level(&among[0]) < 0.97 * level(&alone[0]), "the wall hides sky: {} {}", level(&among[0]), level(&alone[0]));
    // Depths of estimates have no unit in common, and a still camera shows nothing new.
    let estimated: Vec<Shot> = (0..6).map(|i| corner(0.2 * i as f32, DepthUnit::Relative)).collect();
    assert!(clip(&estimated).iter().zip(&estimated).all(|(among, shot)| among.rgb == clip(std::slice::from_ref(shot))[0].rgb));
    assert!(clip(&vec![shots[0].clone(); 3]).iter().all(|frame| frame.rgb == alone[0].rgb));

    let broken = shots[..3].iter().cloned().map(Ok).chain([Err(Fault::new("torn", "mend it"))]).chain(shots[3..].iter().cloned().map(Ok));
    let (mut forward, watch) = (Forward::new(None, map(), Work::default()), Watch::silent());
    let told: Vec<bool> = forward.stream(broken, 1.0, &watch).map(|frame| frame.is_ok()).collect();
    assert_eq!(told, [true, true, true, false]);
}
