//! A thing that can be placed: parts around the origin, standing on y = 0, one unit large.

use crate::{dice::Dice, material, shape};
use glam::{Affine3A, Quat, Vec3};
use relight_trace::{Material, Mesh, Scene};
use std::sync::Arc;

/// One mesh of a model.
#[derive(Clone)]
pub(crate) struct Part {
    /// Triangles in model space, so that patterns run on from part to part.
    pub mesh: Arc<Mesh>,
    /// Parts of one slot share a material.
    pub slot: usize,
    /// The material that the file gave it, where it has one worth keeping.
    pub own: Option<Material>,
}

/// A thing in its model space, where its longest side is 1, its middle is above the origin and its lowest point at y = 0.
pub(crate) struct Model {
    /// What it consists of.
    pub parts: Vec<Part>,
    /// Number of slots.
    pub slots: usize,
    /// Half the size of the bounding box along x and z, and half its height.
    pub half: Vec3,
}

impl Model {
    /// A procedural shape.
    pub fn procedural(dice: &mut Dice) -> Self {
        Self::shaped(&shape::any(dice))
    }

    /// One of the six primitives alone.
    pub fn primitive(dice: &mut Dice) -> Self {
        Self::shaped(&shape::primitive(dice))
    }

    /// A person or an animal, in its own materials.
    pub fn living(dice: &mut Dice) -> Self {
        let (covers, parts): (Vec<_>, Vec<_>) = shape::living::any(dice).into_iter().unzip();
        let mut model = Self::shaped(&shape::Shape { parts, crease: 70.0 });
        for (part, cover) in model.parts.iter_mut().zip(covers) {
            part.own = Some(material::cover(dice, cover));
        }
        model
    }

    fn shaped(shape: &shape::Shape) -> Self {
        let (low, high) =
            shape.parts.iter().map(shape::Soup::bounds).fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(a, b), (l, h)| (a.min(l), b.max(h)));
        let fit = fitting(low, high);
        let part = |(slot, soup): (usize, &shape::Soup)| {
            let mesh = Arc::new(soup.clone().moved(fit).shaded(shape.crease));
            Part { mesh, slot, own: None }
        };
        let parts: Vec<Part> = shape.parts.iter().enumerate().map(part).collect();
        Self { slots: parts.len(), parts, half: 0.5 * (high - low) / (high - low).max_element() }
    }

    /// A scene from a glTF file, with its own materials.
    pub fn from_scene(scene: &Scene) -> Option<Self> {
        let parts = scene.instances.iter().map(|i| Part {
            mesh: Arc::new(moved(&i.mesh, i.to_world)),
            slot: i.material,
            own: scene.materials.get(i.material).cloned(),
        });
        Self::fitted(parts.collect(), scene.materials.len())
    }

    /// Parts from a file brought to size; none where they are flat in two directions, empty or not finite.
    pub fn fitted(mut parts: Vec<Part>, slots: usize) -> Option<Self> {
        parts.retain(|p| !p.mesh.triangles.is_empty());
        let (low, high) = bounds(&parts, Affine3A::IDENTITY);
        let size = high - low;
        let [a, b, c] = size.to_array();
        let middle = a.max(b).min(a.min(b).max(c));
        if !size.is_finite() || middle < 1e-3 * size.max_element() || size.max_element() <= 0.0 {
            return None;
        }
        let fit = fitting(low, high);
        for part in &mut parts {
            part.mesh = Arc::new(moved(&part.mesh, fit));
        }
        Some(Self { parts, slots, half: 0.5 * size / size.max_element() })
    }

    /// The pose that sets the model, turned and scaled, down at the origin.
    pub fn stand(&self, turn: Quat, scale: f32) -> Affine3A {
        let turned = Affine3A::from_scale_rotation_translation(Vec3::splat(scale), turn, Vec3::ZERO);
        let (low, high) = bounds(&self.parts, turned);
        let middle = 0.5 * (low + high);
        let shift = Vec3::new(-middle.x, -low.y, -middle.z);
        Affine3A::from_translation(shift) * turned
    }

    /// Every so many vertices in the space that `pose` leads to, at most about 600.
    pub fn sample(&self, pose: Affine3A) -> Vec<Vec3> {
        let total: usize = self.parts.iter().map(|p| p.mesh.positions.len()).sum();
        let every = (total / 600).max(1);
        self.parts.iter().flat_map(|p| p.mesh.positions.iter().step_by(every).map(move |v| pose.transform_point3(*v))).collect()
    }
}

fn bounds(parts: &[Part], pose: Affine3A) -> (Vec3, Vec3) {
    let mut out = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    for part in parts {
        for v in &part.mesh.positions {
            let p = pose.transform_point3(*v);
            out = (out.0.min(p), out.1.max(p));
        }
    }
    out
}

/// Longest side to 1, middle over the origin, lowest point to 0.
pub(crate) fn fitting(low: Vec3, high: Vec3) -> Affine3A {
    let scale = 1.0 / (high - low).max_element();
    let foot = Vec3::new(0.5 * (low.x + high.x), low.y, 0.5 * (low.z + high.z));
    Affine3A::from_scale(Vec3::splat(scale)) * Affine3A::from_translation(-foot)
}

/// The mesh with its vertices moved and its normals turned.
fn moved(mesh: &Mesh, by: Affine3A) -> Mesh {
    let turn = by.matrix3.inverse().transpose();
    let mut out = mesh.clone();
    out.positions.iter_mut().for_each(|p| *p = by.transform_point3(*p));
    out.normals.iter_mut().for_each(|n| *n = (turn * *n).normalize_or(Vec3::Y));
    if by.matrix3.determinant() < 0.0 {
        out.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    }
    out
}
