//! Things to render.

use glam::{Affine3A, Vec2, Vec3};
use relight_light::{Environment, Light};
use relight_trace::{Instance, Material, Mesh, Scene, Standard};
use std::{
    f32::consts::{PI, TAU},
    sync::Arc,
};

/// A sphere of radius 1 with smooth normals: `rows`·2 columns, about 4·rows² triangles.
pub fn sphere(rows: usize) -> Arc<Mesh> {
    let columns = 2 * rows;
    let mut mesh = Mesh::default();
    for y in 0..=rows {
        for x in 0..=columns {
            let (u, v) = (x as f32 / columns as f32, y as f32 / rows as f32);
            let (phi, theta) = (u * TAU, v * PI);
            let n = Vec3::new(theta.sin() * phi.cos(), theta.cos(), -theta.sin() * phi.sin());
            mesh.positions.push(n);
            mesh.normals.push(n);
            mesh.uvs.push(Vec2::new(u, v));
        }
    }
    let at = |x: usize, y: usize| (y * (columns + 1) + x) as u32;
    for y in 0..rows {
        for x in 0..columns {
            mesh.triangles.push([at(x, y), at(x, y + 1), at(x + 1, y)]);
            mesh.triangles.push([at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)]);
        }
    }
    Arc::new(mesh)
}

/// A square of half side `half` at height 0, looking up.
pub fn square(half: f32) -> Arc<Mesh> {
    Arc::new(Mesh {
        positions: [(-1.0, 1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)].map(|(x, z)| Vec3::new(half * x, 0.0, half * z)).to_vec(),
        normals: vec![],
        uvs: [(0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)].map(|(u, v)| Vec2::new(u, v)).to_vec(),
        triangles: vec![[0, 1, 2], [0, 2, 3]],
    })
}

/// A material without maps.
pub fn plain(albedo: [f32; 3], roughness: f32, metallic: f32) -> Material {
    Material::Standard(Standard { albedo: albedo.into(), roughness, metallic, ..Standard::default() })
}

/// One mesh of one material where it stands.
pub fn single(mesh: Arc<Mesh>, material: Material) -> Scene {
    Scene { instances: vec![Instance { mesh, material: 0, to_world: Affine3A::IDENTITY }], materials: vec![material] }
}

/// A light that is `f` of the direction, on a map of `width`×`width/2`.
pub fn lit_by(width: usize, f: impl Fn(Vec3) -> Vec3) -> Light {
    let height = width / 2;
    let texel = |i: usize| {
        f(Environment::direction((i % width) as f32 / width as f32 + 0.5 / width as f32, (i / width) as f32 / height as f32 + 0.5 / height as f32))
    };
    let rgb = (0..width * height).flat_map(|i| texel(i).to_array()).collect();
    Light { map: Arc::new(Environment { width, height, rgb }), yaw: 0.0, exposure: 1.0 }
}

/// The same radiance from everywhere.
pub fn uniform(radiance: f32) -> Light {
    lit_by(8, |_| Vec3::splat(radiance))
}

/// A small sun over a bluish sky and a dim ground.
pub fn sunny() -> Light {
    let sun = Vec3::new(0.5, 0.7, 0.5).normalize();
    lit_by(256, |d| {
        let sky = Vec3::new(0.3, 0.5, 1.0) * (0.3 + 0.7 * d.y.max(0.0));
        if d.dot(sun) > 0.998 {
            Vec3::new(1.0, 0.9, 0.7) * 500.0
        } else if d.y > 0.0 {
            sky
        } else {
            Vec3::splat(0.1)
        }
    })
}

/// Mean over the pixels of `alpha` above .99 of channel `c`.
pub fn mean(picture: &[f32], alpha: &[f32], c: usize) -> f32 {
    let inside: Vec<f32> = alpha.iter().enumerate().filter(|(_, a)| **a > 0.99).map(|(i, _)| picture[3 * i + c]).collect();
    inside.iter().sum::<f32>() / inside.len() as f32
}
