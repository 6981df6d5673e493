//! Eight triangles side by side.

use super::lanes::Lanes;
use glam::Vec3;

/// Up to eight triangles; lanes beyond them are points, which no ray hits. Five cache lines.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct Packet {
    corner: [[f32; 8]; 3],
    edge1: [[f32; 8]; 3],
    edge2: [[f32; 8]; 3],
    pub(crate) index: [u32; 8],
}

/// Where a ray meets a triangle.
#[derive(Clone, Copy)]
pub(crate) struct Meeting {
    pub(crate) distance: f32,
    pub(crate) triangle: u32,
    pub(crate) u: f32,
    pub(crate) v: f32,
}

/// A ray as triangle tests want it.
#[derive(Clone, Copy)]
pub(crate) struct Line<L> {
    origin: [L; 3],
    direction: [L; 3],
}

impl<L: Lanes> Line<L> {
    #[inline(always)]
    pub(crate) fn new(origin: Vec3, direction: Vec3) -> Self {
        Self { origin: origin.to_array().map(L::splat), direction: direction.to_array().map(L::splat) }
    }
}

#[inline(always)]
fn cross<L: Lanes>(a: [L; 3], b: [L; 3]) -> [L; 3] {
    [a[1].mul(b[2]).sub(a[2].mul(b[1])), a[2].mul(b[0]).sub(a[0].mul(b[2])), a[0].mul(b[1]).sub(a[1].mul(b[0]))]
}

#[inline(always)]
fn dot<L: Lanes>(a: [L; 3], b: [L; 3]) -> L {
    a[0].mul(b[0]).add(a[1].mul(b[1])).add(a[2].mul(b[2]))
}

impl Packet {
    /// At most eight triangles with their numbers.
    pub(crate) fn new(triangles: impl Iterator<Item = (u32, [Vec3; 3])>) -> Self {
        let mut packet = Self { corner: [[0.0; 8]; 3], edge1: [[0.0; 8]; 3], edge2: [[0.0; 8]; 3], index: [u32::MAX; 8] };
        for (lane, (index, [a, b, c])) in triangles.enumerate() {
            packet.index[lane] = index;
            for axis in 0..3 {
                packet.corner[axis][lane] = a[axis];
                packet.edge1[axis][lane] = b[axis] - a[axis];
                packet.edge2[axis][lane] = c[axis] - a[axis];
            }
        }
        packet
    }

    /// Lanes that `ray` hits between 0 and `reach`, with distances and barycentric coordinates: Möller and Trumbore,
    /// "Fast, Minimum Storage Ray/Triangle Intersection" (1997). Degenerate triangles give NaN, which no comparison lets pass.
    #[inline(always)]
    fn test<L: Lanes>(&self, ray: &Line<L>, reach: f32) -> (u32, L, L, L) {
        let load = |x: &[[f32; 8]; 3]| [L::load(&x[0]), L::load(&x[1]), L::load(&x[2])];
        let (corner, edge1, edge2) = (load(&self.corner), load(&self.edge1), load(&self.edge2));
        let p = cross(ray.direction, edge2);
        let inverse = L::splat(1.0).div(dot(edge1, p));
        let s = [ray.origin[0].sub(corner[0]), ray.origin[1].sub(corner[1]), ray.origin[2].sub(corner[2])];
        let u = dot(s, p).mul(inverse);
        let q = cross(s, edge1);
        let v = dot(ray.direction, q).mul(inverse);
        let t = dot(edge2, q).mul(inverse);
        let (zero, one) = (L::splat(0.0), L::splat(1.0));
        let hit = zero.at_most(u) & zero.at_most(v) & u.add(v).at_most(one) & zero.less(t) & t.less(L::splat(reach));
        (hit, t, u, v)
    }

    /// The nearest hit before `reach`.
    #[inline(always)]
    pub(crate) fn nearest<L: Lanes>(&self, ray: &Line<L>, reach: f32) -> Option<Meeting> {
        let (mut hit, t, u, v) = self.test(ray, reach);
        if hit == 0 {
            return None;
        }
        let t = t.store();
        let mut lane = hit.trailing_zeros() as usize;
        hit &= hit - 1;
        while hit != 0 {
            let other = hit.trailing_zeros() as usize;
            lane = if t[other] < t[lane] { other } else { lane };
            hit &= hit - 1;
        }
        Some(Meeting { distance: t[lane], triangle: self.index[lane], u: u.store()[lane], v: v.store()[lane] })
    }

    /// Whether anything is hit before `reach`.
    #[inline(always)]
    pub(crate) fn any<L: Lanes>(&self, ray: &Line<L>, reach: f32) -> bool {
        self.test(ray, reach).0 != 0
    }
}
