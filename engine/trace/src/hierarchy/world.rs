//! The hierarchy of a scene: instances above, triangles below.

use super::{
    Hierarchy,
    bounds::Bounds,
    build::build,
    lanes::{Lanes, Portable},
    node::{LEAF, Node, Slabs, widen},
};
use crate::{MeshCache, Scene};
use glam::{Affine3A, Vec3};
use relight_file::{Fault, Result};
use std::sync::Arc;

/// Nodes still to visit, with where the ray enters them; kept by each thread so that no ray allocates.
pub(crate) type Stack = Vec<(u32, f32)>;

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
        stack.clear();
        if self.nodes.is_empty() {
            return None;
        }
        let slabs = Slabs::<L>::new(ray.origin, ray.direction);
        let mut hit: Option<Hit> = None;
        stack.push((0, 0.0));
        while let Some((current, near)) = stack.pop() {
            let reach = hit.map_or(f32::INFINITY, |h| h.distance);
            if near >= reach {
                continue;
            }
            if current & LEAF != 0 {
                let instance = self.leaves[(current & !LEAF) as usize];
                let placed = &self.placed[instance as usize];
                // The direction is not renormalised, so distances stay those of the world.
                let origin = placed.to_mesh.transform_point3(ray.origin);
                let direction = placed.to_mesh.transform_vector3(ray.direction);
                if let Some(m) = placed.hierarchy.nearest::<L>(origin, direction, reach, stack) {
                    hit = Some(Hit { distance: m.distance, instance, triangle: m.triangle, u: m.u, v: m.v });
                }
                continue;
            }
            let node = &self.nodes[current as usize];
            let (mut hits, near) = node.enter(&slabs, reach);
            let near = near.store();
            let base = stack.len();
            while hits != 0 {
                let lane = hits.trailing_zeros() as usize;
                hits &= hits - 1;
                stack.push((node.children[lane], near[lane]));
            }
            stack[base..].sort_unstable_by(|a, b| b.1.total_cmp(&a.1));
        }
        hit
    }

    #[inline(always)]
    fn any_in<L: Lanes>(&self, ray: &Ray, stack: &mut Stack) -> bool {
        stack.clear();
        if self.nodes.is_empty() {
            return false;
        }
        let slabs = Slabs::<L>::new(ray.origin, ray.direction);
        stack.push((0, 0.0));
        while let Some((current, _)) = stack.pop() {
            if current & LEAF != 0 {
                let placed = &self.placed[self.leaves[(current & !LEAF) as usize] as usize];
                let origin = placed.to_mesh.transform_point3(ray.origin);
                let direction = placed.to_mesh.transform_vector3(ray.direction);
                if placed.hierarchy.any::<L>(origin, direction, f32::INFINITY, stack) {
                    return true;
                }
                continue;
            }
            let node = &self.nodes[current as usize];
            let (mut hits, _) = node.enter(&slabs, f32::INFINITY);
            while hits != 0 {
                let lane = hits.trailing_zeros() as usize;
                hits &= hits - 1;
                stack.push((node.children[lane], 0.0));
            }
        }
        false
    }
}

/// Whether this processor has AVX2.
fn avx2() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    false
}
