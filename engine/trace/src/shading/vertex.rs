//! A point of a path.

use crate::{
    Material, Mesh, Point,
    hierarchy::{Hit, Placed, Ray, World},
};
use glam::{Vec2, Vec3};

/// A surface point with everything that shading and the passes need, in world space.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vertex {
    pub(crate) position: Vec3,
    /// Unit normal of the triangle, to the viewer's side.
    pub(crate) geometric: Vec3,
    /// Unit shading normal, on the same side as `geometric`.
    pub(crate) normal: Vec3,
    /// 0..1.
    pub(crate) albedo: Vec3,
    /// 0..1.
    pub(crate) roughness: f32,
    /// 0..1.
    pub(crate) metallic: f32,
}

impl Vertex {
    /// The vertex at `hit`, met by `ray`.
    pub(crate) fn new(world: &World, materials: &[Material], hit: &Hit, ray: &Ray) -> Self {
        let placed = &world.placed[hit.instance as usize];
        let mesh = &*placed.hierarchy.mesh;
        let indices = mesh.triangles[hit.triangle as usize].map(|i| i as usize);
        let [a, b, c] = indices.map(|i| mesh.positions[i]);
        let local = a + hit.u * (b - a) + hit.v * (c - a);
        let flat = (b - a).cross(c - a).normalize_or(Vec3::Y);
        let point = point(mesh, indices, hit, local, flat);
        let surface = materials[placed.material].at(&point);
        let geometric = normal_to_world(placed, flat);
        // Both sides are surfaces: the one that the ray meets is the front. Files whose vertex normals and winding disagree are common, so
        // the shading normal follows the geometric one and not its own side.
        let geometric = if geometric.dot(ray.direction) > 0.0 { -geometric } else { geometric };
        let normal = normal_to_world(placed, surface.normal);
        let normal = if normal.dot(geometric) < 0.0 { -normal } else { normal };
        Self {
            position: placed.to_world.transform_point3(local),
            geometric,
            normal: if normal.is_finite() { normal } else { geometric },
            albedo: finite(surface.albedo).clamp(Vec3::ZERO, Vec3::ONE),
            roughness: clamp01(surface.roughness),
            metallic: clamp01(surface.metallic),
        }
    }

    /// The shading normal, bent where it looks away from the viewer in direction `wo` until it just does not.
    pub(crate) fn facing_normal(&self, wo: Vec3) -> Vec3 {
        let cosine = self.normal.dot(wo);
        // A thousandth is .06 degree: enough for finite weights, too little to see.
        if cosine >= 1e-3 { self.normal } else { (self.normal + (1e-3 - cosine) * wo).normalize_or(self.geometric) }
    }

    /// A ray from here towards `direction` that does not meet its own surface again: the origin is lifted off the triangle by `lift`.
    pub(crate) fn leave(&self, direction: Vec3, lift: f32) -> Ray {
        let side = if self.geometric.dot(direction) < 0.0 { -lift } else { lift };
        Ray { origin: self.position + side * self.geometric, direction }
    }
}

fn normal_to_world(placed: &Placed, normal: Vec3) -> Vec3 {
    // Inverse transpose; normals keep to the outside under mirrored transforms too.
    let inverse = placed.to_mesh.matrix3;
    Vec3::new(inverse.x_axis.dot(normal.into()), inverse.y_axis.dot(normal.into()), inverse.z_axis.dot(normal.into())).normalize_or(Vec3::Y)
}

/// Interpolates the mesh at `hit`.
fn point(mesh: &Mesh, [a, b, c]: [usize; 3], hit: &Hit, position: Vec3, flat: Vec3) -> Point {
    let w = 1.0 - hit.u - hit.v;
    let normal = match mesh.normals.is_empty() {
        true => flat,
        false => (w * mesh.normals[a] + hit.u * mesh.normals[b] + hit.v * mesh.normals[c]).normalize_or(flat),
    };
    if mesh.uvs.is_empty() {
        return Point { position, normal, uv: Vec2::ZERO, tangent: normal.any_orthonormal_vector(), sign: 1.0 };
    }
    let (p, q, r) = (mesh.uvs[a], mesh.uvs[b], mesh.uvs[c]);
    let (edge1, edge2) = (mesh.positions[b] - mesh.positions[a], mesh.positions[c] - mesh.positions[a]);
    let (d1, d2) = (q - p, r - p);
    // Solves edge = du · dP/du + dv · dP/dv; the sign of the determinant suffices for directions.
    let orientation = if d1.perp_dot(d2) < 0.0 { -1.0 } else { 1.0 };
    let along_u = orientation * (d2.y * edge1 - d1.y * edge2);
    let along_v = orientation * (d1.x * edge2 - d2.x * edge1);
    let tangent = (along_u - normal.dot(along_u) * normal).try_normalize().unwrap_or_else(|| normal.any_orthonormal_vector());
    // v runs down the image and the bitangent up.
    let sign = if normal.cross(tangent).dot(along_v) > 0.0 { -1.0 } else { 1.0 };
    Point { position, normal, uv: w * p + hit.u * q + hit.v * r, tangent, sign }
}

/// NaN becomes 0.
fn clamp01(x: f32) -> f32 {
    if x.is_nan() { 0.0 } else { x.clamp(0.0, 1.0) }
}

fn finite(x: Vec3) -> Vec3 {
    if x.is_finite() { x } else { Vec3::ZERO }
}
