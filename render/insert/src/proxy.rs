//! The scene as a mesh: what is known of it from one frame's buffers.

use glam::{Affine3A, Mat3, Vec2, Vec3};
use relight_gbuffer::{Camera, GBuffer};
use relight_shade::{Bound, Probe};
use relight_trace::{Instance, Material, Mesh, Point, Scene, Surface};
use std::sync::Arc;

/// Neighbours whose depths differ by less than this part belong together, whatever their normals say.
const LEVEL: f32 = 0.02;
/// A triangle across a silhouette looks past both surfaces: its normal is farther than this cosine (70°) from theirs.
const ALONG: f32 = 0.35;

/// The surfaces that a frame shows, in the world: two triangles between any four pixels of one surface, and behind them the planes of the ground
/// and the walls, which go on outside of the frame. Materials are the buffers' own.
pub(crate) fn proxy(buffers: &GBuffer, camera: &Camera, probe: &Probe) -> Scene {
    let turn = Mat3::from_mat4(camera.to_world);
    let mut instances = vec![instance(surface(buffers, camera), 0)];
    let mut materials = vec![pixels(buffers, turn)];
    for bound in probe.bounds() {
        if let Some(material) = mean(buffers, probe, &bound) {
            instances.push(instance(flat(&bound, camera), materials.len()));
            materials.push(material);
        }
    }
    Scene { instances, materials }
}

fn instance(mesh: Mesh, material: usize) -> Instance {
    Instance { mesh: Arc::new(mesh), material, to_world: Affine3A::IDENTITY }
}

/// Vertices at the pixels' middles; texture coordinates are pixels.
fn surface(buffers: &GBuffer, camera: &Camera) -> Mesh {
    let (width, height) = (buffers.width, buffers.height);
    let known = |i: usize| buffers.alpha[i] > 0.5 && buffers.depth[i] > 0.0 && buffers.depth[i].is_finite();
    let local = |i: usize| camera.ray((i % width) as f32 + 0.5, (i / width) as f32 + 0.5, width, height) * buffers.depth[i];
    let normal = |i: usize| Vec3::from_slice(&buffers.normal[3 * i..]);
    let joined = |corners: [usize; 3]| {
        if !corners.iter().all(|i| known(*i)) {
            return false;
        }
        let depths = corners.map(|i| buffers.depth[i]);
        let (near, far) = (depths.iter().fold(f32::MAX, |m, d| m.min(*d)), depths.iter().fold(0.0f32, |m, d| m.max(*d)));
        let [a, b, c] = corners.map(local);
        far < near * (1.0 + LEVEL)
            || (b - a).cross(c - a).normalize_or_zero().dot(corners.map(normal).iter().sum::<Vec3>().normalize_or_zero()) > ALONG
    };
    let mut triangles = Vec::new();
    for i in (0..(height.max(1) - 1) * width).filter(|i| i % width + 1 < width) {
        let (right, below, across) = (i + 1, i + width, i + width + 1);
        // Counter-clockwise as the camera sees them.
        for corners in [[i, below, right], [right, below, across]] {
            if joined(corners) {
                triangles.push(corners.map(|c| c as u32));
            }
        }
    }
    let positions = (0..width * height).map(|i| if known(i) { camera.to_world.transform_point3(local(i)) } else { Vec3::ZERO }).collect();
    let uvs = (0..width * height).map(|i| Vec2::new((i % width) as f32, (i / width) as f32)).collect();
    Mesh { positions, normals: Vec::new(), uvs, triangles }
}

/// The material of the nearest pixel.
fn pixels(buffers: &GBuffer, turn: Mat3) -> Material {
    let (width, height) = (buffers.width, buffers.height);
    let (albedo, normals) = (buffers.albedo.clone(), buffers.normal.clone());
    let (roughness, metallic) = (buffers.roughness.clone(), buffers.metallic.clone());
    Material::Procedural(Arc::new(move |point: &Point| {
        let (x, y) = ((point.uv.x + 0.5) as usize, (point.uv.y + 0.5) as usize);
        let i = y.min(height - 1) * width + x.min(width - 1);
        let normal = turn * Vec3::from_slice(&normals[3 * i..]);
        Surface {
            albedo: Vec3::from_slice(&albedo[3 * i..]),
            roughness: roughness[i],
            metallic: metallic[i],
            normal: if normal.length_squared() > 1e-6 { normal.normalize() } else { point.normal },
        }
    }))
}

/// A plane as far as it is taken to go, just behind what is seen of it.
fn flat(bound: &Bound, camera: &Camera) -> Mesh {
    let corners = bound.rim.len() as u32;
    let behind = |p: Vec3| camera.to_world.transform_point3(p - bound.normal * bound.tolerance);
    let positions = std::iter::once(bound.centre).chain(bound.rim).map(behind).collect();
    Mesh { positions, triangles: (0..corners).map(|k| [0, 1 + k, 1 + (k + 1) % corners]).collect(), ..Mesh::default() }
}

/// The mean material of what is seen on a plane.
fn mean(buffers: &GBuffer, probe: &Probe, bound: &Bound) -> Option<Material> {
    let (mut albedo, mut roughness, mut metallic, mut count) = (Vec3::ZERO, 0.0, 0.0, 0.0);
    for i in 0..buffers.alpha.len() {
        let Some(seen) = probe.seen(i) else { continue };
        if bound.normal.dot(seen.position - bound.centre).abs() < bound.tolerance && bound.normal.dot(seen.facet) > 0.9 {
            albedo += Vec3::from_slice(&buffers.albedo[3 * i..]);
            (roughness, metallic, count) = (roughness + buffers.roughness[i], metallic + buffers.metallic[i], count + 1.0);
        }
    }
    if count == 0.0 {
        return None;
    }
    let (albedo, roughness, metallic) = (albedo / count, roughness / count, metallic / count);
    Some(Material::Procedural(Arc::new(move |point: &Point| Surface { albedo, roughness, metallic, normal: point.normal })))
}
