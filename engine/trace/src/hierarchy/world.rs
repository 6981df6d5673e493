//! The hierarchy of a scene: instances above, triangles below.

use super::{
    Hierarchy,
    bounds::Bounds,
    build::build,
    lanes::{Lanes, Portable},
    node::{LEAF, Node, Slabs, widen},
    stack::Stack,
};
use crate::{MeshCache, Scene};
use glam::{Affine3A, Vec3};
use relight_file::{Fault, Result};
use std::sync::Arc;

/// A half line; `direction` has unit length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ray {
    pub(crate) origin: Vec3,
    pub(crate) direction: Vec3,
}

/// Where a ray meets the scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    pub(crate) distance: f32,
    pub(crate) instance: u32,
    pub(crate) triangle: u32,
    /// Barycentric coordinates of the triangle's second and third corner.
    pub(crate) u: f32,
    pub(crate) v: f32,
}

/// An instance as rays want it.
pub(crate) struct Placed {
    pub(crate) hierarchy: Arc<Hierarchy>,
    pub(crate) material: usize,
    pub(crate) to_world: Affine3A,
    pub(crate) to_mesh: Affine3A,
}

/// All instances.
pub(crate) struct World {
    pub(crate) placed: Vec<Placed>,
    /// Largest distance of a coordinate from 0; sets the scale of offsets.
    pub(crate) extent: f32,
    nodes: Vec<Node>,
    leaves: Vec<u32>,
    wide: bool,
}

impl World {
    pub(crate) fn new(scene: &Scene, cache: &mut MeshCache) -> Result<Self> {
        let mut placed = Vec::with_capacity(scene.instances.len());
        let mut boxes = Vec::with_capacity(scene.instances.len());
        for instance in &scene.instances {
            if instance.material >= scene.materials.len() {
                let cause = format!("an instance names material {} of {}", instance.material, scene.materials.len());
                return Err(Fault::new(cause, "give each instance a material of its scene"));
            }
            let to_mesh = instance.to_world.inverse();
            let determinant = instance.to_world.matrix3.determinant();
            if !(instance.to_world.is_finite() && to_mesh.is_finite() && determinant != 0.0) {
                return Err(Fault::new("an instance's transform cannot be inverted", "scale it by more than zero along every axis"));
            }
            let hierarchy = cache.get(&instance.mesh)?;
            boxes.push(match hierarchy.mesh.triangles.is_empty() {
                true => Bounds::EMPTY,
                false => Bounds::of(hierarchy.bounds.corners().map(|c| instance.to_world.transform_point3(c))),
            });
            placed.push(Placed { hierarchy, material: instance.material, to_world: instance.to_world, to_mesh });
        }
        // Meshes without triangles have no place; a box that is not finite would be skipped by every ray.
        let full: Vec<u32> = (0..boxes.len() as u32).filter(|&i| boxes[i as usize].min.x <= boxes[i as usize].max.x).collect();
        let full_boxes: Vec<Bounds> = full.iter().map(|&i| boxes[i as usize]).collect();
        let tree = build(&full_boxes, 1);
        let (nodes, leaves) = widen(&tree);
        let leaves = leaves.iter().map(|&(start, _)| full[tree.order[start as usize] as usize]).collect();
        let extent = full_boxes.iter().fold(0.0f32, |e, b| e.max(b.min.abs().max(b.max.abs()).max_element()));
        Ok(Self { placed, extent, nodes, leaves, wide: avx2() })
    }

    /// The nearest hit.
    pub(crate) fn nearest(&self, ray: &Ray, stack: &mut Stack) -> Option<Hit> {
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            // SAFETY: `wide` is set only where the processor said that it has AVX2.
            return unsafe { self.nearest_avx2(ray, stack) };
        }
        self.nearest_in::<Portable>(ray, stack)
    }

    /// Whether anything lies along the ray.
    pub(crate) fn any(&self, ray: &Ray, stack: &mut Stack) -> bool {
        #[cfg(target_arch = "x86_64")]
        if self.wide {
            // SAFETY: `wide` is set only where the processor said that it has AVX2.
            return unsafe { self.any_avx2(ray, stack) };
        }
        self.any_in::<Portable>(ray, stack)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn nearest_avx2(&self, ray: &Ray, stack: &mut Stack) -> Option<Hit> {
        self.nearest_in::<super::lanes::Avx2>(ray, stack)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn any_avx2(&self, ray: &Ray, stack: &mut Stack) -> bool {
        self.any_in::<super::lanes::Avx2>(ray, stack)
    }

    #[inline(always)]
    fn nearest_in<L: Lanes>(&self, ray: &Ray, stack: &mut Stack) -> Option<Hit> {
        if self.nodes.is_empty() {
            return None;
        }
        let slabs = Slabs::<L>::new(ray.origin, ray.direction);
        let mut hit: Option<Hit> = None;
        let mut reach = f32::INFINITY;
        stack.top = 0;
        stack.push(0, 0.0);
        while stack.top > 0 {
            let (mut current, near) = stack.pop();
            if near >= reach {
                continue;
            }
            while current & LEAF == 0 {
                let node = &self.nodes[current as usize];
                let (hits, near) = node.enter(&slabs, reach);
                let Some(next) = stack.nearest_first(node, hits, near) else { break };
                current = next;
            }
            if current & LEAF != 0 {
                let instance = self.leaves[(current & !LEAF) as usize];
                let (placed, origin, direction) = self.enter(instance, ray);
                if let Some(m) = placed.hierarchy.nearest::<L>(origin, direction, reach, stack) {
                    reach = m.distance;
                    hit = Some(Hit { distance: m.distance, instance, triangle: m.triangle, u: m.u, v: m.v });
                }
            }
        }
        hit
    }

    #[inline(always)]
    fn any_in<L: Lanes>(&self, ray: &Ray, stack: &mut Stack) -> bool {
        if self.nodes.is_empty() {
            return false;
        }
        let slabs = Slabs::<L>::new(ray.origin, ray.direction);
        stack.top = 0;
        stack.push(0, 0.0);
        while stack.top > 0 {
            let (current, _) = stack.pop();
            if current & LEAF == 0 {
                let node = &self.nodes[current as usize];
                let (mut hits, _) = node.enter(&slabs, f32::INFINITY);
                while hits != 0 {
                    stack.push(node.children[hits.trailing_zeros() as usize], 0.0);
                    hits &= hits - 1;
                }
                continue;
            }
            let (placed, origin, direction) = self.enter(self.leaves[(current & !LEAF) as usize], ray);
            if placed.hierarchy.any::<L>(origin, direction, f32::INFINITY, stack) {
                return true;
            }
        }
        false
    }

    /// The instance and the ray in its mesh space. The direction is not renormalised, so distances stay those of the world.
    #[inline(always)]
    fn enter(&self, instance: u32, ray: &Ray) -> (&Placed, Vec3, Vec3) {
        let placed = &self.placed[instance as usize];
        (placed, placed.to_mesh.transform_point3(ray.origin), placed.to_mesh.transform_vector3(ray.direction))
    }
}

/// Whether this processor has AVX2.
fn avx2() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Instance, Material, Mesh, Standard};
    use glam::Quat;

    /// A cloud of `n` triangles in many sizes, some flat and some points.
    fn cloud(n: usize, seed: u32) -> (Arc<Mesh>, impl FnMut() -> f32) {
        let mut state = seed;
        let mut random = move || {
            state = state.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        let mut mesh = Mesh::default();
        for i in 0..n {
            let centre = Vec3::new(random(), random(), random());
            let size = [0.3, 0.05, 0.0][(i * 7 / n).min(2) * usize::from(i % 11 == 0) + usize::from(i % 2 == 0) * usize::from(i % 11 != 0)];
            for _ in 0..3 {
                mesh.positions.push(centre + size * Vec3::new(random(), random(), random()));
            }
            mesh.triangles.push([3 * i as u32, 3 * i as u32 + 1, 3 * i as u32 + 2]);
        }
        (Arc::new(mesh), random)
    }

    /// Möller and Trumbore once more, in double precision, over everything.
    fn plainly(scene: &Scene, ray: &Ray) -> Option<f64> {
        let mut best: Option<f64> = None;
        for instance in &scene.instances {
            for t in &instance.mesh.triangles {
                let [a, b, c] = t.map(|i| instance.to_world.transform_point3(instance.mesh.positions[i as usize]).as_dvec3());
                let (d, e, f) = (ray.direction.as_dvec3(), b - a, c - a);
                let p = d.cross(f);
                let (det, s) = (e.dot(p), ray.origin.as_dvec3() - a);
                let q = s.cross(e);
                let (u, v, t) = (s.dot(p) / det, d.dot(q) / det, f.dot(q) / det);
                if u >= 0.0 && v >= 0.0 && u + v <= 1.0 && t > 0.0 && best.is_none_or(|b| t < b) {
                    best = Some(t);
                }
            }
        }
        best
    }

    #[test]
    fn every_way_of_tracing_finds_the_same_hits() {
        let (mesh, mut random) = cloud(1500, 5);
        let (other, _) = cloud(1, 9);
        let turn = Affine3A::from_scale_rotation_translation(Vec3::new(-2.0, 1.0, 0.5), Quat::from_rotation_y(0.7), Vec3::new(1.5, 0.2, 0.0));
        let place = |mesh: &Arc<Mesh>, to_world| Instance { mesh: mesh.clone(), material: 0, to_world };
        let scene = Scene {
            instances: vec![place(&mesh, Affine3A::IDENTITY), place(&mesh, turn), place(&other, turn), place(&Arc::default(), turn)],
            materials: vec![Material::Standard(Standard::default())],
        };
        let mut world = World::new(&scene, &mut MeshCache::new()).unwrap();
        let mut stack = Stack::new();
        let (mut hits, mut strays) = (0, 0);
        for i in 0..600 {
            let mut direction = Vec3::new(random(), random(), random());
            // Rays along the axes, whose inverse direction is infinite.
            if i % 10 == 0 {
                direction[i % 3] = 0.0;
                direction[(i + 1) % 3] = 0.0;
            }
            let ray = Ray { origin: 4.0 * Vec3::new(random(), random(), random()) * (i % 4) as f32, direction: direction.normalize_or(Vec3::X) };
            let found = world.nearest(&ray, &mut stack);
            let blocked = world.any(&ray, &mut stack);
            world.wide = false;
            assert_eq!(found, world.nearest(&ray, &mut stack));
            assert_eq!(blocked, world.any(&ray, &mut stack));
            world.wide = avx2();
            assert_eq!(found.is_some(), blocked);
            let truth = plainly(&scene, &ray);
            hits += usize::from(truth.is_some());
            // A ray through an edge may round either way.
            strays += usize::from(match (found, truth) {
                (Some(a), Some(b)) => (f64::from(a.distance) - b).abs() > 1e-4 * b.max(1.0),
                (None, None) => false,
                _ => true,
            });
        }
        assert!(hits > 150 && strays <= 1, "{hits} {strays}");
    }

    #[test]
    fn coinciding_triangles_and_deep_series_build_shallow_trees() {
        // All in one place, then sizes in a geometric series, which would make a heuristic tree a chain.
        for k in [0, 1] {
            let mut mesh = Mesh::default();
            for i in 0..3000u32 {
                let x = if k == 0 { 0.0 } else { 1.02f32.powi(i as i32) * 1e-12 };
                mesh.positions.extend([Vec3::new(x, 0.0, 1.0), Vec3::new(x + 0.1 * x, 0.0, 1.0), Vec3::new(x, 1.0, 1.0)]);
                mesh.triangles.push([3 * i, 3 * i + 1, 3 * i + 2]);
            }
            mesh.positions.iter_mut().for_each(|p| *p = p.min(Vec3::splat(1e12)));
            let instance = Instance { mesh: Arc::new(mesh), material: 0, to_world: Affine3A::IDENTITY };
            let scene = Scene { instances: vec![instance], materials: vec![Material::Standard(Standard::default())] };
            let world = World::new(&scene, &mut MeshCache::new()).unwrap();
            let ray = Ray { origin: Vec3::new(0.5, 0.2, 0.0), direction: Vec3::Z };
            let _ = world.nearest(&ray, &mut Stack::new());
        }
    }
}
