//! Nodes of eight children.

use super::{
    bounds::Bounds,
    build::{Content, Tree},
    lanes::Lanes,
};
use glam::Vec3;

/// Set in a child that is a leaf; the other bits are the leaf's number.
pub(crate) const LEAF: u32 = 1 << 31;

/// Eight boxes side by side, and what they hold: four cache lines.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct Node {
    /// Minimum x, y, z, then maximum x, y, z, of the eight children. Missing ones are empty boxes, which no ray enters.
    planes: [[f32; 8]; 6],
    /// Index of a node, or of a leaf with [`LEAF`] set.
    pub(crate) children: [u32; 8],
}

/// A ray as box tests want it.
#[derive(Clone, Copy)]
pub(crate) struct Slabs<L> {
    origin: [L; 3],
    inverse: [L; 3],
    near: [usize; 3],
}

impl<L: Lanes> Slabs<L> {
    #[inline(always)]
    pub(crate) fn new(origin: Vec3, direction: Vec3) -> Self {
        // A component of 0 gets a large finite inverse: 0 · inf would be NaN on a box's own plane.
        let inverse = direction.to_array().map(|d| if d.abs() < 1e-30 { 1e30f32.copysign(d) } else { 1.0 / d });
        Self {
            origin: origin.to_array().map(L::splat),
            inverse: inverse.map(L::splat),
            near: std::array::from_fn(|a| if inverse[a] < 0.0 { a + 3 } else { a }),
        }
    }
}

impl Node {
    /// Which children a ray meets before `reach`, as bits, and where it enters each.
    #[inline(always)]
    pub(crate) fn enter<L: Lanes>(&self, ray: &Slabs<L>, reach: f32) -> (u32, L) {
        let mut near = L::splat(0.0);
        let mut far = L::splat(reach);
        for a in 0..3 {
            let enter = ray.near[a];
            let leave = if enter < 3 { enter + 3 } else { enter - 3 };
            near = L::load(&self.planes[enter]).sub(ray.origin[a]).mul(ray.inverse[a]).max(near);
            far = L::load(&self.planes[leave]).sub(ray.origin[a]).mul(ray.inverse[a]).min(far);
        }
        // Rounding of the products must not lose a box (Ize, "Robust BVH Ray Traversal", 2013): widen by 2 ulp each.
        (near.at_most(far.mul(L::splat(1.000_000_5))), near)
    }
}

/// Gathers a binary tree into nodes of eight by opening the largest children first. The root is node 0; each leaf of the binary tree is a leaf here,
/// and the second result has their ranges of the tree's order.
pub(crate) fn widen(tree: &Tree) -> (Vec<Node>, Vec<(u32, u32)>) {
    let mut nodes = Vec::new();
    let mut leaves = Vec::new();
    if tree.nodes.is_empty() {
        return (nodes, leaves);
    }
    let blank = Node { planes: [[f32::INFINITY; 8]; 6], children: [0; 8] };
    nodes.push(blank.clone());
    let mut pending = vec![(0usize, 0u32)];
    while let Some((wide, root)) = pending.pop() {
        let mut open = vec![root];
        while open.len() < 8 {
            let candidates = open.iter().enumerate().filter_map(|(slot, &n)| match tree.nodes[n as usize].content {
                Content::Inner(a, b) => Some((slot, tree.nodes[n as usize].bounds.half_area(), a, b)),
                Content::Leaf { .. } => None,
            });
            let Some((slot, _, a, b)) = candidates.max_by(|x, y| x.1.total_cmp(&y.1)) else { break };
            open[slot] = a;
            open.push(b);
        }
        let mut node = blank.clone();
        for lane in 0..8 {
            let bounds = open.get(lane).map_or(Bounds::EMPTY, |&n| tree.nodes[n as usize].bounds);
            for a in 0..3 {
                node.planes[a][lane] = bounds.min[a];
                node.planes[a + 3][lane] = bounds.max[a];
            }
            let Some(&n) = open.get(lane) else { continue };
            node.children[lane] = match tree.nodes[n as usize].content {
                Content::Leaf { start, count } => {
                    leaves.push((start, count));
                    LEAF | (leaves.len() as u32 - 1)
                }
                Content::Inner(..) => {
                    nodes.push(blank.clone());
                    pending.push((nodes.len() - 1, n));
                    nodes.len() as u32 - 1
                }
            };
        }
        nodes[wide] = node;
    }
    (nodes, leaves)
}
