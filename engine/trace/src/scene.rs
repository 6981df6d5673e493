//! What is rendered: meshes, where they stand, and what they are made of. One scene is one instant.

use glam::{Affine3A, Vec2, Vec3};
use std::sync::Arc;

/// A triangle mesh in its own space.
#[derive(Debug, Clone, Default)]
pub struct Mesh {
    /// Vertex positions.
    pub positions: Vec<Vec3>,
    /// Vertex normals, unit length; empty for flat shading.
    pub normals: Vec<Vec3>,
    /// Texture coordinates, v downwards as in glTF; empty where the mesh has none.
    pub uvs: Vec<Vec2>,
    /// Three vertex indices a triangle, counter-clockwise from outside.
    pub triangles: Vec<[u32; 3]>,
}

/// A mesh placed in the world with one material.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The mesh; its hierarchy is built once however often it is placed.
    pub mesh: Arc<Mesh>,
    /// Index into [`Scene::materials`].
    pub material: usize,
    /// Mesh space to world space.
    pub to_world: Affine3A,
}

/// One instant of a world. Both sides of a triangle are visible.
#[derive(Clone, Default)]
pub struct Scene {
    /// What stands where.
    pub instances: Vec<Instance>,
    /// What it is made of.
    pub materials: Vec<Material>,
}

/// Where on a surface a material is asked.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Position in mesh space (so that patterns stick to moving objects).
    pub position: Vec3,
    /// Interpolated unit normal in mesh space.
    pub normal: Vec3,
    /// Texture coordinates, or zero.
    pub uv: Vec2,
    /// Unit tangent along +u in mesh space, or any unit vector perpendicular to the normal.
    pub tangent: Vec3,
    /// +1 or −1: the bitangent is `sign · normal × tangent`.
    pub sign: f32,
}

/// What a material is at a point: the glTF metal/rough model (dielectric F0 .04).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surface {
    /// Linear base colour, 0..1, before the metallic split.
    pub albedo: Vec3,
    /// Perceptual roughness.
    pub roughness: f32,
    /// 0..1.
    pub metallic: f32,
    /// Shading normal in mesh space, unit length (the point's own where there is no relief).
    pub normal: Vec3,
}

/// What a thing is made of.
#[derive(Clone)]
pub enum Material {
    /// Factors times textures, as glTF has them.
    Standard(Standard),
    /// Any function of the point; procedural worlds use it.
    Procedural(Arc<dyn Fn(&Point) -> Surface + Send + Sync>),
}

/// glTF's metallic-roughness material.
#[derive(Debug, Clone)]
pub struct Standard {
    /// Linear factor of the base colour.
    pub albedo: Vec3,
    /// Factor of roughness.
    pub roughness: f32,
    /// Factor of metallic.
    pub metallic: f32,
    /// Base colour; texels are already linear.
    pub albedo_map: Option<Arc<Texture>>,
    /// G is roughness, B metallic.
    pub metallic_roughness_map: Option<Arc<Texture>>,
    /// Tangent-space normals as stored: `2·texel − 1`, +Y up.
    pub normal_map: Option<Arc<Texture>>,
    /// Factor of the normal map's x and y.
    pub normal_scale: f32,
}

/// An image, repeated in both directions, sampled bilinearly.
#[derive(Debug, Clone, Default)]
pub struct Texture {
    /// Texels across.
    pub width: usize,
    /// Texels down.
    pub height: usize,
    /// `width * height` linear RGB texels.
    pub texels: Vec<[f32; 3]>,
}

impl Default for Standard {
    /// Grey .5, roughness .5, no metal, no maps.
    fn default() -> Self {
        Self {
            albedo: Vec3::splat(0.5),
            roughness: 0.5,
            metallic: 0.0,
            albedo_map: None,
            metallic_roughness_map: None,
            normal_map: None,
            normal_scale: 1.0,
        }
    }
}
