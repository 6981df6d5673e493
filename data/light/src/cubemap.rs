//! A map on the six faces of a cube, as the official models' light preparation samples it.

use crate::Environment;
use glam::Vec3;
use rayon::prelude::*;
use std::f32::consts::PI;

/// Texels along an edge of the cube that the official tools build.
pub const CUBE_EDGE: usize = 512;

/// Radiance on six square faces: +X, −X, +Y, −Y, +Z, −Z. A face's row and column run as in OpenGL's cube maps (OpenGL 4.6, table 8.19).
#[derive(Debug, Clone, PartialEq)]
pub struct Cubemap {
    /// Texels along an edge.
    pub edge: usize,
    /// `6 · edge · edge` texels of three numbers, faces one after the other, rows from the top.
    pub rgb: Vec<f32>,
}

impl Cubemap {
    /// The map resampled: for every texel centre of a face the four texels of the map round its direction, without averaging over the texel's area.
    ///
    /// Unlike [`Environment::radiance`] rows wrap at the poles, too: the first row is mixed with the last, which is what the official models saw.
    pub fn new(map: &Environment, edge: usize) -> Self {
        let mut rgb = vec![0.0; 6 * edge * edge * 3];
        rgb.par_chunks_exact_mut(3 * edge).enumerate().for_each(|(line, row)| {
            let (face, y) = (line / edge, line % edge);
            for (x, texel) in row.chunks_exact_mut(3).enumerate() {
                let direction = out_of(face, centre(x, edge), centre(y, edge));
                // Rounded once: beside a sun at a pole one more rounding moves the arc cosine by 1.1e-4 of the low picture.
                let direction = direction.as_dvec3().normalize().as_vec3();
                texel.copy_from_slice(&wrapped(map, direction).to_array());
            }
        });
        Self { edge, rgb }
    }

    /// Radiance from direction `d` (of any length): bilinear over texel centres, across the edges of the faces; at a corner, where a texel is
    /// missing, the mean of the other three stands for it.
    pub fn radiance(&self, d: Vec3) -> Vec3 {
        let (face, s, t) = onto(d);
        let edge = self.edge as f32;
        let (x, y) = (s * edge - 0.5, t * edge - 0.5);
        let (x0, y0) = (x.floor(), y.floor());
        let (fx, fy) = (x - x0, y - y0);
        let (x0, y0) = (x0 as isize, y0 as isize);
        let places = [(x0, y0), (x0 + 1, y0), (x0, y0 + 1), (x0 + 1, y0 + 1)];
        let texels = places.map(|(x, y)| self.texel(face, x, y));
        let missing = texels.iter().flatten().sum::<Vec3>() / 3.0;
        let [a, b, c, d] = texels.map(|t| t.unwrap_or(missing));
        let (top, bottom) = (a + (b - a) * fx, c + (d - c) * fx);
        top + (bottom - top) * fy
    }

    /// A texel of a face, or of its neighbour where the place lies one outside; none beyond a corner.
    fn texel(&self, face: usize, x: isize, y: isize) -> Option<Vec3> {
        let inside = |i: isize| (0..self.edge as isize).contains(&i);
        let (face, x, y) = match (inside(x), inside(y)) {
            (true, true) => (face, x as usize, y as usize),
            (false, false) => return None,
            _ => {
                // The place is half a texel beyond the edge; its direction lies on the neighbour's border texel at the same place along the edge.
                let at = |i: isize| (2.0 * (i as f32 + 0.5) / self.edge as f32) - 1.0;
                let beyond = |i: isize| at(i).clamp(-1.0 - 1e-3, 1.0 + 1e-3);
                let (face, s, t) = onto(out_of(face, beyond(x), beyond(y)));
                let index = |s: f32| ((s * self.edge as f32) as usize).min(self.edge - 1);
                (face, index(s), index(t))
            }
        };
        Some(Vec3::from_slice(&self.rgb[3 * ((face * self.edge + y) * self.edge + x)..]))
    }
}

/// Middle of texel `index`, in −1..1.
fn centre(index: usize, edge: usize) -> f32 {
    let end = 1.0 - 1.0 / edge as f32;
    evenly(-end, end, index, edge)
}

/// Number `index` of `count` from `from` to `to`, rounded as `torch.linspace` does: counted from the nearer end.
pub(crate) fn evenly(from: f32, to: f32, index: usize, count: usize) -> f32 {
    if count < 2 {
        return from;
    }
    let step = (to - from) / (count - 1) as f32;
    if index < count / 2 { step.mul_add(index as f32, from) } else { (-step).mul_add((count - 1 - index) as f32, to) }
}

/// Direction of the point (`x`, `y`), both −1..1, of a face.
fn out_of(face: usize, x: f32, y: f32) -> Vec3 {
    match face {
        0 => Vec3::new(1.0, -y, -x),
        1 => Vec3::new(-1.0, -y, x),
        2 => Vec3::new(x, 1.0, y),
        3 => Vec3::new(x, -1.0, -y),
        4 => Vec3::new(x, -y, 1.0),
        _ => Vec3::new(-x, -y, -1.0),
    }
}

/// Face that a direction meets and the place there, 0..1: the inverse of [`out_of`]. Among equal axes X comes first, then Y.
fn onto(d: Vec3) -> (usize, f32, f32) {
    let a = d.abs();
    let (face, x, y, m) = if a.z > a.x.max(a.y) {
        if d.z < 0.0 { (5, -d.x, -d.y, a.z) } else { (4, d.x, -d.y, a.z) }
    } else if a.y > a.x {
        if d.y < 0.0 { (3, d.x, -d.z, a.y) } else { (2, d.x, d.z, a.y) }
    } else if d.x < 0.0 {
        (1, d.z, -d.y, a.x)
    } else {
        (0, -d.z, -d.y, a.x)
    };
    let half = 0.5 / m;
    (face, (x * half + 0.5).clamp(0.0, 1.0), (y * half + 0.5).clamp(0.0, 1.0))
}

/// Bilinear radiance of the map with both axes wrapping.
fn wrapped(map: &Environment, d: Vec3) -> Vec3 {
    let (u, v) = (d.x.atan2(-d.z) / (2.0 * PI) + 0.5, d.y.clamp(-1.0, 1.0).acos() / PI);
    let (x, y) = (u * map.width as f32 - 0.5, v * map.height as f32 - 0.5);
    let (fx, fy) = (x - x.floor(), y - y.floor());
    let wrap = |i: f32, n: usize| (i as i64).rem_euclid(n as i64) as usize;
    let (x0, x1) = (wrap(x.floor(), map.width), wrap(x.floor() + 1.0, map.width));
    let (y0, y1) = (wrap(y.floor(), map.height), wrap(y.floor() + 1.0, map.height));
    let mix = |a: Vec3, b: Vec3, part: f32| a + (b - a) * part;
    mix(mix(map.texel(x0, y0), map.texel(x1, y0), fx), mix(map.texel(x0, y1), map.texel(x1, y1), fx), fy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_texel_is_found_in_its_own_direction_and_its_neighbours_beyond_the_edges() {
        for face in 0..6 {
            for (x, y) in [(-0.9, 0.3), (0.0, 0.0), (0.7, -0.99)] {
                let (found, s, t) = onto(out_of(face, x, y) * 3.0);
                assert!(found == face && (2.0 * s - 1.0 - x).abs() < 1e-6 && (2.0 * t - 1.0 - y).abs() < 1e-6, "{face} {x} {y}");
            }
        }
    }

    #[test]
    fn a_smooth_map_stays_smooth_across_edges_and_corners() {
        let (width, height) = (256, 128);
        let smooth = |d: Vec3| Vec3::new(1.0 + d.x, 2.0 + d.y + 0.5 * d.z, 3.0 + d.x * d.y * d.z);
        let mut map = Environment::constant(width, height, [0.0; 3]);
        for (i, texel) in map.rgb.chunks_exact_mut(3).enumerate() {
            let d = Environment::direction(
                (i % width) as f32 / width as f32 + 0.5 / width as f32,
                (i / width) as f32 / height as f32 + 0.5 / height as f32,
            );
            texel.copy_from_slice(&smooth(d).to_array());
        }
        let cube = Cubemap::new(&map, 32);
        for k in 0..5000 {
            // A spiral over the sphere, and the cube's corners and edges.
            let y = 1.0 - 2.0 * (k as f32 + 0.5) / 5000.0;
            let around = k as f32 * 2.4;
            let r = (1.0 - y * y).sqrt();
            let mut d = Vec3::new(r * around.cos(), y, r * around.sin());
            if k % 5 == 0 {
                d = d.signum() * Vec3::new(1.0, 1.0 - 1e-3 * (k % 7) as f32, 1.0 - 1e-3 * (k % 3) as f32);
                d = d.normalize();
            }
            // The mix of both poles' rows there is the official tools' own.
            if d.y.abs() < 0.999 {
                assert!(cube.radiance(d * 2.0).abs_diff_eq(smooth(d), 0.02), "{d}: {} {}", cube.radiance(d), smooth(d));
            }
        }
    }
}
