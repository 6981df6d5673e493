//! Single rays through a frame's depth, for whoever gathers light in other ways than the shader.

use crate::{
    extent,
    march::{Field, MISS, NONE, PLANE, Steps},
    plane, shader,
    split_sum::{self, Response},
    surface::Surfaces,
};
use glam::Vec3;
use relight_gbuffer::{Camera, GBuffer};
use std::{f32::consts::TAU, sync::Arc};

/// Growth of a ray's steps with their distance: between the shader's for lamps (.08) and for the rest (.15).
const GROWTH: f32 = 0.1;
/// Shifts of the steps, so that neighbouring rays do not miss the same thin thing.
const SHIFTS: usize = 16;

/// Points of the rim of a [`Bound`].
const CORNERS: usize = 24;

/// Where a ray ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// Nothing is in its way: the environment.
    Sky,
    /// The surface seen at this pixel (row-major index).
    Pixel(usize),
    /// The ground or a wall outside of the frame or hidden in it.
    Beyond,
    /// It goes into the surface that it starts from.
    Inside,
}

/// What is seen at a pixel, in camera space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Position; its z is −depth.
    pub position: Vec3,
    /// Shading normal, unit length.
    pub normal: Vec3,
    /// Normal of the depth buffer, unit length, towards the viewer.
    pub facet: Vec3,
    /// Unit vector to the viewer.
    pub view: Vec3,
    /// Unit mirror direction of the view, kept above the surface.
    pub mirror: Vec3,
    /// What the material sends on of irradiance over π (albedo, without metal and what the coat reflects), 0..1.
    pub diffuse: Vec3,
    /// What it sends on of the radiance in its glossy lobe: the second factor of the split sum, 0..1.
    pub specular: Vec3,
    /// Luminance of its reflectance at normal incidence.
    pub f0: f32,
}

/// The ground or a wall, taken to go on outside of the frame and behind things; camera space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// Middle of what is seen of it.
    pub centre: Vec3,
    /// Unit normal; all of the scene is on its side.
    pub normal: Vec3,
    /// Where it ends, evenly around the middle, counter-clockwise as the camera sees it.
    pub rim: [Vec3; CORNERS],
    /// Distance within which a point is on it.
    pub tolerance: f32,
}

/// One frame, ready to answer single rays.
pub struct Probe<'a> {
    buffers: &'a GBuffer,
    field: Field,
    steps: Vec<Steps>,
}

impl<'a> Probe<'a> {
    /// Prepares a frame: about 20 ms for 256×256 pixels on two cores.
    pub fn new(buffers: &'a GBuffer, camera: &Camera) -> Self {
        let surfaces = Arc::new(Surfaces::new(buffers, camera));
        let field = Field::new(surfaces.clone(), &extent::thickness(&surfaces), plane::find(&surfaces, true));
        let reach = 1.5 * buffers.width.max(buffers.height) as f32;
        let steps = (0..SHIFTS).map(|j| Steps::new(reach, GROWTH, j as f32 / SHIFTS as f32)).collect();
        Self { buffers, field, steps }
    }

    /// What is seen at pixel `index`; nothing where there is no surface or its depth is unknown.
    pub fn seen(&self, index: usize) -> Option<Seen> {
        let surfaces = &self.field.surfaces;
        let p = surfaces.pixels[index];
        if !p.shaded || p.inverse <= 0.0 {
            return None;
        }
        let Response { diffuse, specular } = shader::response(surfaces, self.buffers, index);
        let f0 = shader::f0(self.buffers, index);
        Some(Seen { position: p.position, normal: p.normal, facet: p.facet, view: p.view, mirror: split_sum::reflected(&p), diffuse, specular, f0 })
    }

    /// The planes that bound what is seen, three at most.
    pub fn bounds(&self) -> Vec<Bound> {
        let bound = |p: &plane::Plane| {
            let (t, b) = p.normal.any_orthonormal_pair();
            let turn = |k: usize| TAU * k as f32 / CORNERS as f32;
            let rim = std::array::from_fn(|k| p.end(t * turn(k).cos() + b * turn(k).sin()));
            Bound { centre: p.centre, normal: p.normal, rim, tolerance: p.tolerance }
        };
        self.field.planes.iter().map(bound).collect()
    }

    /// Where the ray from pixel `index` along the unit camera-space direction `d` ends. `shift` picks one of sixteen patterns of steps:
    /// give different rays of a pixel different ones.
    pub fn meet(&self, index: usize, d: Vec3, shift: usize) -> Met {
        if self.field.surfaces.pixels[index].facet.dot(d) <= 0.0 {
            return Met::Inside;
        }
        match self.field.march(index, d, &self.steps[shift % SHIFTS], |_, _| true) {
            MISS => Met::Sky,
            NONE => Met::Inside,
            hit if hit as usize >= self.field.surfaces.pixels.len() => {
                debug_assert!(hit <= PLANE);
                Met::Beyond
            }
            hit => Met::Pixel(hit as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ground plane 1 below a camera that looks 30° down, with a wall at depth 4 in the left half of the frame.
    fn corner() -> (GBuffer, Camera) {
        let (width, height) = (64, 64);
        let mut camera = Camera::at_origin(1.0);
        camera.to_world = glam::Mat4::from_rotation_x(-0.5);
        let mut buffers = GBuffer::empty(width, height);
        let up = camera.to_world.inverse().transform_vector3(Vec3::Y);
        for i in 0..width * height {
            let ray = camera.ray((i % width) as f32 + 0.5, (i / width) as f32 + 0.5, width, height);
            // Beyond 50 there is sky: the top row would see the ground at 133.
            let ground = if ray.dot(up) < -0.02 { -1.0 / ray.dot(up) } else { f32::INFINITY };
            let wall = if i % width < 32 { 2.5 } else { f32::INFINITY };
            let depth = ground.min(wall);
            if depth.is_finite() {
                buffers.alpha[i] = 1.0;
                buffers.depth[i] = depth;
                let normal = if depth == ground { up } else { Vec3::Z };
                buffers.normal[3 * i..3 * i + 3].copy_from_slice(&normal.to_array());
                buffers.albedo[3 * i..3 * i + 3].fill(0.5);
                buffers.roughness[i] = 0.5;
            }
        }
        (buffers, camera)
    }

    #[test]
    fn rays_find_the_wall_the_sky_and_the_ground() {
        let (buffers, camera) = corner();
        let probe = Probe::new(&buffers, &camera);
        let pixel = 50 * 64 + 20;
        let seen = probe.seen(pixel).unwrap();
        assert!((seen.position.z + buffers.depth[pixel]).abs() < 1e-5 && seen.facet.dot(seen.normal) > 0.99);
        let toward_wall = Vec3::new(0.0, 0.7, -1.0).normalize();
        assert!(
            matches!(probe.meet(pixel, toward_wall, 0), Met::Pixel(hit) if hit % 64 < 32 && hit < pixel),
            "{:?}",
            probe.meet(pixel, toward_wall, 0)
        );
        assert_eq!(probe.meet(pixel, Vec3::new(1.0, 1.0, 0.2).normalize(), 0), Met::Sky);
        assert_eq!(probe.meet(pixel, -seen.facet, 0), Met::Inside);
        assert!(seen.diffuse.x > 0.4 && seen.diffuse.x < 0.5 && seen.specular.x > 0.01);
        assert_eq!(probe.seen(63), None, "sky");
    }
}
