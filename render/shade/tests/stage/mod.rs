//! Meshes, a light and a score for scenes that are path traced.

use glam::Vec3;
use relight_light::Environment;
use relight_trace::{Material, Mesh, Standard};
use std::f32::consts::PI;

pub const SIZE: usize = 96;

pub fn ball() -> Mesh {
    let (across, down) = (48, 24);
    let mut mesh = Mesh::default();
    for j in 0..=down {
        for i in 0..=across {
            let (phi, theta) = (2.0 * PI * i as f32 / across as f32, PI * j as f32 / down as f32);
            let n = Vec3::new(theta.sin() * phi.cos(), theta.cos(), theta.sin() * phi.sin());
            mesh.positions.push(n);
            mesh.normals.push(n);
        }
    }
    for j in 0..down {
        for i in 0..across {
            let a = j * (across + 1) + i;
            let (b, c, d) = (a + 1, a + across + 1, a + across + 2);
            mesh.triangles.extend([[a, b, d], [a, d, c]]);
        }
    }
    mesh
}

pub fn floor() -> Mesh {
    let p = |x: f32, z: f32| Vec3::new(x, 0.0, z);
    Mesh { positions: vec![p(-9.0, -9.0), p(9.0, -9.0), p(9.0, 9.0), p(-9.0, 9.0)], triangles: vec![[0, 2, 1], [0, 3, 2]], ..Mesh::default() }
}

pub fn plain(albedo: Vec3, roughness: f32, metallic: f32) -> Material {
    Material::Standard(Standard { albedo, roughness, metallic, albedo_map: None, metallic_roughness_map: None, normal_map: None, normal_scale: 1.0 })
}

pub fn sunny() -> Environment {
    let mut map = Environment::constant(128, 64, [0.25, 0.3, 0.4]);
    // 45° up, to the right and behind the viewer: a shadow to the left and away.
    map.rgb[3 * (18 * 128 + 100)..][..3].copy_from_slice(&[1500.0, 1400.0, 1200.0]);
    map
}

/// Squared error of what a screen shows (gamma 2.2, clipped), in dB, over the chosen pixels.
pub fn psnr(a: &[f32], b: &[f32], chosen: impl Fn(usize) -> bool) -> f32 {
    let show = |v: f32| v.clamp(0.0, 1.0).powf(1.0 / 2.2);
    let (mut sum, mut n) = (0.0, 0);
    for i in (0..a.len()).filter(|i| chosen(i / 3)) {
        sum += (show(a[i]) - show(b[i])).powi(2);
        n += 1;
    }
    -10.0 * (sum / n as f32).log10()
}
