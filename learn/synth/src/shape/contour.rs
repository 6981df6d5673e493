//! Triangles of the surface where a signed distance is 0.

use super::Soup;
use glam::{IVec3, Mat3, Vec3};
use std::collections::HashMap;

/// What a cell knows of the surface in it: the planes through the points where its edges cross the surface.
#[derive(Clone, Copy)]
struct Planes {
    /// Sum of the outer products of the normals.
    squares: Mat3,
    /// Sum of normal · (normal · point).
    offsets: Vec3,
    /// Sum of the points.
    points: Vec3,
    count: f32,
}

impl Planes {
    const NONE: Self = Self { squares: Mat3::ZERO, offsets: Vec3::ZERO, points: Vec3::ZERO, count: 0.0 };

    /// The point nearest to all planes, drawn to the mean of the crossings where they do not decide.
    fn vertex(&self) -> Vec3 {
        const PULL: f32 = 0.04;
        let mean = self.points / self.count;
        let matrix = self.squares + Mat3::from_diagonal(Vec3::splat(PULL));
        mean + matrix.inverse() * (self.offsets - self.squares * mean)
    }
}

/// Dual contouring (Ju et al. 2002): one vertex in every cell of edge `step` that the surface passes, at the corner or edge that the surface
/// has there. `distance` is negative inside; the box must hold the whole surface.
pub(crate) fn contour(distance: impl Fn(Vec3) -> f32, low: Vec3, high: Vec3, step: f32) -> Soup {
    // One cell of air round the box.
    let (origin, size) = (low - step, ((high - low) / step).ceil().as_ivec3() + 3);
    let at = |i: IVec3| origin + i.as_vec3() * step;
    let index = |i: IVec3| (i.x + size.x * (i.y + size.y * i.z)) as usize;
    let lattice = |size: IVec3| (0..size.z).flat_map(move |z| (0..size.y).flat_map(move |y| (0..size.x).map(move |x| IVec3::new(x, y, z))));
    let values: Vec<f32> = lattice(size).map(|i| distance(at(i))).collect();
    let mut cells: HashMap<usize, (u32, Planes)> = HashMap::new();
    let mut quads: Vec<[usize; 4]> = Vec::new();
    for start in lattice(size - 1) {
        let a = values[index(start)];
        for axis in 0..3 {
            let mut along = IVec3::ZERO;
            along[axis] = 1;
            let b = values[index(start + along)];
            if (a < 0.0) == (b < 0.0) || (0..3).any(|k| k != axis && start[k] == 0) {
                continue;
            }
            let (point, normal) = crossing(&distance, at(start), at(start + along), a, b, step);
            let (mut u, mut v) = (IVec3::ZERO, IVec3::ZERO);
            u[(axis + 1) % 3] = 1;
            v[(axis + 2) % 3] = 1;
            // Counter-clockwise seen from where the edge points to.
            let mut around = [start - u - v, start - v, start, start - u].map(index);
            if a >= 0.0 {
                around.reverse();
            }
            for cell in around {
                let next = cells.len() as u32;
                let (_, planes) = cells.entry(cell).or_insert((next, Planes::NONE));
                let [x, y, z] = normal.to_array();
                planes.squares += Mat3::from_cols(normal * x, normal * y, normal * z);
                planes.offsets += normal * normal.dot(point);
                planes.points += point;
                planes.count += 1.0;
            }
            quads.push(around);
        }
    }
    let mut soup = Soup { positions: vec![Vec3::ZERO; cells.len()], triangles: Vec::with_capacity(2 * quads.len()) };
    for (cell, (vertex, planes)) in &cells {
        let corner = at(IVec3::new(*cell as i32 % size.x, *cell as i32 / size.x % size.y, *cell as i32 / (size.x * size.y)));
        soup.positions[*vertex as usize] = planes.vertex().clamp(corner, corner + step);
    }
    for quad in quads {
        let [a, b, c, d] = quad.map(|cell| cells[&cell].0);
        let length = |i: u32, j: u32| soup.positions[i as usize].distance_squared(soup.positions[j as usize]);
        if length(a, c) <= length(b, d) { soup.quad(a, b, c, d) } else { soup.quad(b, c, d, a) }
    }
    soup
}

/// Where the surface crosses an edge whose ends have distances of unlike sign, and its normal there.
fn crossing(distance: &impl Fn(Vec3) -> f32, p: Vec3, q: Vec3, a: f32, b: f32, step: f32) -> (Vec3, Vec3) {
    let first = p.lerp(q, a / (a - b));
    let d = distance(first);
    // One step of regula falsi: distances bend where two bodies meet.
    let point = if (d < 0.0) == (a < 0.0) { first.lerp(q, d / (d - b)) } else { p.lerp(first, a / (a - d)) };
    let (h, d) = (0.02 * step, distance(point));
    let slope = |e: Vec3| distance(point + e * h) - d;
    (point, Vec3::new(slope(Vec3::X), slope(Vec3::Y), slope(Vec3::Z)).normalize_or((q - p).normalize() * (b - a).signum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_keeps_its_corners_and_a_ball_its_volume() {
        let volume = |s: &Soup| s.triangles.iter().map(|t| t.map(|i| s.positions[i as usize])).map(|[a, b, c]| a.dot(b.cross(c)) / 6.0).sum::<f32>();
        let half = Vec3::new(0.5, 0.3, 0.41);
        let cuboid = |p: Vec3| (p.abs() - half).max_element();
        let soup = contour(cuboid, -half, half, 0.07);
        assert!((volume(&soup) - 8.0 * half.x * half.y * half.z).abs() < 2e-3, "{}", volume(&soup));
        let corner = soup.positions.iter().map(|p| p.distance(half)).fold(f32::INFINITY, f32::min);
        assert!(corner < 0.01, "{corner}");
        let ball = contour(|p: Vec3| p.length() - 0.5, Vec3::splat(-0.5), Vec3::splat(0.5), 0.05);
        assert!((volume(&ball) - std::f32::consts::PI / 6.0).abs() < 5e-3, "{}", volume(&ball));
        assert!(ball.positions.iter().all(|p| (p.length() - 0.5).abs() < 2e-3));
    }
}
