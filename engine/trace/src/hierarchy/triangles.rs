//! The hierarchy of one mesh.

use super::{
    bounds::Bounds,
    build::build,
    lanes::Lanes,
    node::{LEAF, Node, Slabs, widen},
    packet::{Line, Meeting, Packet},
    stack::Stack,
};
use crate::Mesh;
use glam::Vec3;
use relight_file::{Fault, Result};
use std::sync::Arc;

/// Triangles a leaf, one a lane.
const LANES: usize = 8;

/// A mesh, checked, with its hierarchy.
pub(crate) struct Hierarchy {
    pub(crate) mesh: Arc<Mesh>,
    pub(crate) bounds: Bounds,
    nodes: Vec<Node>,
    packets: Vec<Packet>,
}

impl Hierarchy {
    /// Checks `mesh` and builds its hierarchy.
    pub(crate) fn new(mesh: &Arc<Mesh>) -> Result<Self> {
        check(mesh)?;
        let corners = |t: usize| mesh.triangles[t].map(|i| mesh.positions[i as usize]);
        let boxes: Vec<Bounds> = (0..mesh.triangles.len()).map(|t| Bounds::of(corners(t))).collect();
        let tree = build(&boxes, LANES);
        let (nodes, leaves) = widen(&tree);
        let packets = leaves
            .iter()
            .map(|&(start, count)| {
                let members = &tree.order[start as usize..(start + count) as usize];
                Packet::new(members.iter().map(|&t| (t, corners(t as usize))))
            })
            .collect();
        Ok(Self { mesh: mesh.clone(), bounds: boxes.iter().fold(Bounds::EMPTY, |a, b| a.union(*b)), nodes, packets })
    }

    /// The nearest hit before `reach` along a ray in mesh space.
    #[inline(always)]
    pub(crate) fn nearest<L: Lanes>(&self, origin: Vec3, direction: Vec3, mut reach: f32, stack: &mut Stack) -> Option<Meeting> {
        if self.nodes.is_empty() {
            return None;
        }
        let (slabs, line) = (Slabs::<L>::new(origin, direction), Line::<L>::new(origin, direction));
        let floor = stack.top;
        let mut found = None;
        let mut current = 0;
        loop {
            let mut done = true;
            if current & LEAF == 0 {
                let node = &self.nodes[current as usize];
                let (hits, near) = node.enter(&slabs, reach);
                if let Some(next) = stack.nearest_first(node, hits, near) {
                    current = next;
                    done = false;
                }
            } else if let Some(meeting) = self.packets[(current & !LEAF) as usize].nearest(&line, reach) {
                reach = meeting.distance;
                found = Some(meeting);
            }
            while done {
                if stack.top == floor {
                    return found;
                }
                let (next, near) = stack.pop();
                if near < reach {
                    current = next;
                    done = false;
                }
            }
        }
    }

    /// Whether anything lies before `reach` along a ray in mesh space.
    #[inline(always)]
    pub(crate) fn any<L: Lanes>(&self, origin: Vec3, direction: Vec3, reach: f32, stack: &mut Stack) -> bool {
        if self.nodes.is_empty() {
            return false;
        }
        let (slabs, line) = (Slabs::<L>::new(origin, direction), Line::<L>::new(origin, direction));
        let floor = stack.top;
        let mut current = 0;
        loop {
            if current & LEAF == 0 {
                let node = &self.nodes[current as usize];
                let (mut hits, _) = node.enter(&slabs, reach);
                while hits != 0 {
                    stack.push(node.children[hits.trailing_zeros() as usize], 0.0);
                    hits &= hits - 1;
                }
            } else if self.packets[(current & !LEAF) as usize].any(&line, reach) {
                stack.top = floor;
                return true;
            }
            if stack.top == floor {
                return false;
            }
            current = stack.pop().0;
        }
    }
}

fn check(mesh: &Mesh) -> Result<()> {
    let n = mesh.positions.len();
    let remedy = "repair the mesh, or export it again";
    if mesh.triangles.len() >= LEAF as usize {
        return Err(Fault::new(format!("a mesh has {} triangles", mesh.triangles.len()), "split it into meshes of less than 2^31 triangles"));
    }
    if mesh.triangles.iter().flatten().any(|&i| i as usize >= n) {
        return Err(Fault::new(format!("a triangle names a vertex beyond the {n} there are"), remedy));
    }
    for (what, len) in [("normals", mesh.normals.len()), ("texture coordinates", mesh.uvs.len())] {
        if len != 0 && len != n {
            return Err(Fault::new(format!("a mesh has {n} vertices but {len} {what}"), remedy));
        }
    }
    // 1e15 squared still fits a float; larger coordinates would overflow areas and cross products.
    if !mesh.positions.iter().all(|p| p.abs().max_element() < 1e15) {
        return Err(Fault::new("a vertex position is not finite, or beyond 1e15", remedy));
    }
    if !mesh.normals.iter().all(|p| p.is_finite()) || !mesh.uvs.iter().all(|p| p.is_finite()) {
        return Err(Fault::new("a normal or a texture coordinate is not finite", remedy));
    }
    Ok(())
}
