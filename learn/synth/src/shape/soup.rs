//! Triangles in the making: join, move, shade.

use glam::{Affine3A, Vec3};
use relight_trace::Mesh;
use std::collections::HashMap;

/// Positions and triangles, not yet with normals.
#[derive(Debug, Clone, Default)]
pub(crate) struct Soup {
    /// Vertices.
    pub positions: Vec<Vec3>,
    /// Three indices each, counter-clockwise from outside.
    pub triangles: Vec<[u32; 3]>,
}

impl Soup {
    /// Adds a vertex and gives its index.
    pub fn vertex(&mut self, p: Vec3) -> u32 {
        self.positions.push(p);
        self.positions.len() as u32 - 1
    }

    /// Adds a quadrilateral, counter-clockwise from outside.
    pub fn quad(&mut self, a: u32, b: u32, c: u32, d: u32) {
        self.triangles.push([a, b, c]);
        self.triangles.push([a, c, d]);
    }

    /// Adds a grid of quads between consecutive rings of `n` vertices that start at vertex `first`.
    pub fn rings(&mut self, first: u32, rings: u32, n: u32, closed: bool) {
        for ring in 0..if closed { rings } else { rings - 1 } {
            let (low, high) = (first + ring * n, first + (ring + 1) % rings * n);
            for i in 0..n {
                let j = (i + 1) % n;
                self.quad(low + i, low + j, high + j, high + i);
            }
        }
    }

    /// The same, moved.
    pub fn moved(mut self, by: Affine3A) -> Self {
        for p in &mut self.positions {
            *p = by.transform_point3(*p);
        }
        if by.matrix3.determinant() < 0.0 {
            for t in &mut self.triangles {
                t.swap(1, 2);
            }
        }
        self
    }

    /// Adds all of another.
    pub fn join(&mut self, other: &Self) {
        let offset = self.positions.len() as u32;
        self.positions.extend_from_slice(&other.positions);
        self.triangles.extend(other.triangles.iter().map(|t| t.map(|i| i + offset)));
    }

    /// Smallest and largest corner.
    pub fn bounds(&self) -> (Vec3, Vec3) {
        self.positions.iter().fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), p| (low.min(*p), high.max(*p)))
    }

    /// Signed volume (divergence theorem): above 0 where a closed surface looks outwards.
    #[cfg(test)]
    pub fn volume(&self) -> f32 {
        self.triangles.iter().map(|t| t.map(|i| self.positions[i as usize])).map(|[a, b, c]| a.dot(b.cross(c)) / 6.0).sum()
    }

    /// A mesh whose normals are smooth across edges that bend by less than `crease` degrees and sharp across others.
    ///
    /// Vertices closer than 1e-5 are one for this purpose; triangles without area are dropped.
    pub fn shaded(&self, crease: f32) -> Mesh {
        let (ids, faces) = self.welded();
        let count = ids.iter().map(|id| *id as usize + 1).max().unwrap_or(0);
        let mut around: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (index, (triangle, _)) in faces.iter().enumerate() {
            for corner in triangle {
                around[ids[*corner as usize] as usize].push(index as u32);
            }
        }
        let limit = crease.to_radians().cos();
        let mut mesh = Mesh::default();
        // Corners that share a vertex and a normal share an index: most of a smooth surface.
        let mut known: HashMap<(u32, [i32; 3]), u32> = HashMap::new();
        for (triangle, area) in &faces {
            let own = area.normalize();
            mesh.triangles.push(triangle.map(|corner| {
                let id = ids[corner as usize];
                let near = around[id as usize].iter().map(|f| faces[*f as usize].1).filter(|n| n.normalize().dot(own) >= limit);
                let normal = near.fold(Vec3::ZERO, |sum, n| sum + n).try_normalize().unwrap_or(own);
                let key = (id, (normal * 4096.0).round().as_ivec3().to_array());
                *known.entry(key).or_insert_with(|| {
                    mesh.positions.push(self.positions[corner as usize]);
                    mesh.normals.push(normal);
                    mesh.positions.len() as u32 - 1
                })
            }));
        }
        mesh
    }

    /// One id for all vertices at a place, and the triangles that have an area, each with its normal times twice that area.
    fn welded(&self) -> (Vec<u32>, Vec<([u32; 3], Vec3)>) {
        let mut places: HashMap<[i32; 3], u32> = HashMap::new();
        let ids = self.positions.iter().map(|p| {
            let next = places.len() as u32;
            *places.entry((*p * 1e5).round().as_ivec3().to_array()).or_insert(next)
        });
        let ids: Vec<u32> = ids.collect();
        let faces = self.triangles.iter().filter_map(|t| {
            let [a, b, c] = t.map(|i| self.positions[i as usize]);
            let area = (b - a).cross(c - a);
            (area.length_squared() > 1e-18).then_some((*t, area))
        });
        let faces = faces.collect();
        (ids, faces)
    }
}
