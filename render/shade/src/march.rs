//! Rays through the depth buffer.

use crate::{plane::Plane, surface::Surfaces};
use glam::Vec3;
use std::sync::Arc;

/// What a ray met: a pixel's index, or one of these.
pub(crate) const MISS: u32 = u32::MAX;
/// The ray points into the surface or was not sent.
pub(crate) const NONE: u32 = u32::MAX - 1;
/// A plane outside of the frame or hidden in it: this less the plane's index.
pub(crate) const PLANE: u32 = u32::MAX - 2;

/// What rays are tested against. Screen positions and inverse depths are linear along a projected ray, so marching needs no division.
pub(crate) struct Field {
    pub surfaces: Arc<Surfaces>,
    /// Inverse depths of the front (with bias) and the back of every pixel; the front is −1 where there is nothing.
    pub slabs: Vec<[f32; 2]>,
    pub planes: Vec<Plane>,
    nearest: f32,
}

/// Depth by which a ray has to be behind a surface to be hit, relative.
const BIAS: f32 = 0.004;

impl Field {
    pub(crate) fn new(surfaces: Arc<Surfaces>, thickness: &[f32], planes: Vec<Plane>) -> Self {
        let slabs: Vec<[f32; 2]> = surfaces
            .pixels
            .iter()
            .zip(thickness)
            .map(|(p, t)| if p.inverse > 0.0 { [p.inverse * (1.0 - BIAS), 1.0 / (1.0 / p.inverse + t)] } else { [-1.0, 0.0] })
            .collect();
        let nearest = slabs.iter().fold(0.0f32, |m, s| m.max(s[0]));
        Self { surfaces, slabs, planes, nearest }
    }

    /// Where the ray from the pixel `from` along the camera-space unit direction `d` first meets a surface. `ways` are its steps. `solid` is asked of a pixel
    /// behind whose front the ray comes from the side, and of the ray's inverse depth there, whether the surface is as thick as it is taken to be.
    pub(crate) fn march(&self, from: usize, d: Vec3, ways: &Steps, solid: impl Fn(usize, f32) -> bool) -> u32 {
        let s = &*self.surfaces;
        let p = &s.pixels[from];
        if p.inverse <= 0.0 {
            return MISS;
        }
        let footprint = 1.0 / (s.scale * p.inverse);
        // One and a half pixels off the surface, along the facet.
        let origin = p.position + p.facet * (1.5 * footprint);
        if origin.z >= 0.0 {
            return MISS;
        }
        let mut line = Line::new(s, origin, d);
        line.start = 0.0;
        self.first(origin, d, footprint, line, ways, |i, before, now| before >= self.slabs[i][0] || solid(i, now))
    }

    /// The same for a ray from any point `origin`, both in this frame's camera space, where every surface that is met has to be `solid`; it is told besides
    /// whether the ray goes through the surface there, or comes behind it from the side.
    pub(crate) fn pass(&self, origin: Vec3, d: Vec3, ways: &Steps, solid: impl Fn(usize, f32, bool) -> bool) -> u32 {
        let s = &*self.surfaces;
        if origin.z > -1e-3 {
            return MISS;
        }
        self.first(origin, d, -origin.z / s.scale, Line::new(s, origin, d), ways, |i, before, now| {
            let front = self.slabs[i][0];
            let [outer, inner] = if s.pixels[i].facet.dot(d) < 0.0 { [before, now] } else { [now, before] };
            solid(i, now, outer >= front && inner < front)
        })
    }

    /// The first pixel along `line` that `taken` (its index, the ray's inverse depth a step before and there) says yes to, or the plane that ends it.
    fn first(&self, origin: Vec3, d: Vec3, footprint: f32, mut line: Line, ways: &Steps, taken: impl Fn(usize, f32, f32) -> bool) -> u32 {
        let beyond = self.bounded(origin, d, footprint, &mut line);
        let length = line.dx.abs().max(line.dy.abs());
        if line.limit <= line.start || length < 1e-6 {
            return beyond;
        }
        self.walk(&line, 1.0 / length, ways, taken).unwrap_or(beyond)
    }

    /// Cuts `line` where the ray goes through a plane, and says what is there; [`MISS`] where there is none.
    fn bounded(&self, origin: Vec3, d: Vec3, footprint: f32, line: &mut Line) -> u32 {
        let s = &*self.surfaces;
        let mut met = None;
        let mut nearest = f32::INFINITY;
        for (k, plane) in self.planes.iter().enumerate() {
            let (slope, height) = (plane.normal.dot(d), plane.height(origin));
            if slope < -1e-4 && height > 2.0 * footprint && height / -slope < nearest {
                nearest = height / -slope;
                met = Some(k);
            }
        }
        let Some(k) = met else { return MISS };
        let point = origin + d * nearest;
        let in_front = -point.z > 0.02 * -origin.z && line.dw.abs() > 1e-9;
        let u = if in_front { (-1.0 / point.z - line.w0) / line.dw } else { f32::INFINITY };
        if (line.start..=line.limit).contains(&u) {
            line.limit = u;
            // The plane's point is in the frame: seen there, hidden by something, or past the plane's edge.
            let (x, y) = ((line.x0 + line.dx * u) as usize, (line.y0 + line.dy * u) as usize);
            let i = y.min(s.height - 1) * s.width + x.min(s.width - 1);
            let seen = &s.pixels[i];
            if seen.inverse <= 0.0 {
                MISS
            } else if self.planes[k].height(seen.position).abs() < self.planes[k].tolerance {
                i as u32
            } else {
                PLANE - k as u32
            }
        } else if self.planes[k].reaches(point) {
            line.limit = line.limit.min(u);
            PLANE - k as u32
        } else {
            MISS
        }
    }

    /// The first pixel along `line` whose slab the ray enters, in blocks of eight steps: positions by vector arithmetic, then eight look-ups,
    /// then one decision.
    fn walk(&self, line: &Line, per_pixel: f32, ways: &Steps, taken: impl Fn(usize, f32, f32) -> bool) -> Option<u32> {
        let s = &*self.surfaces;
        let (mut before, width) = (line.w0 + line.dw * line.start, s.width as u32);
        let (right, bottom) = (s.width as f32 - 0.5, s.height as f32 - 0.5);
        for block in ways.0.chunks_exact(8) {
            let mut index = [0u32; 8];
            let mut inverse = [0.0f32; 8];
            for k in 0..8 {
                let u = (line.start + block[k] * per_pixel).min(line.limit);
                inverse[k] = line.w0 + line.dw * u;
                // Held inside the frame, because the lift off the surface may start a ray just outside.
                index[k] = floor((line.y0 + line.dy * u).max(0.0).min(bottom)) * width + floor((line.x0 + line.dx * u).max(0.0).min(right));
            }
            let mut met = 0u32;
            for k in 0..8 {
                let (w, last) = (inverse[k], if k == 0 { before } else { inverse[k - 1] });
                let [front, back] = self.slabs[index[k] as usize];
                met |= u32::from((w.min(last) < front) & (w.max(last) > back)) << k;
            }
            while met != 0 {
                let k = met.trailing_zeros() as usize;
                if taken(index[k] as usize, if k == 0 { before } else { inverse[k - 1] }, inverse[k]) {
                    return Some(index[k]);
                }
                met &= met - 1;
            }
            before = inverse[7];
            if line.start + block[7] * per_pixel >= line.limit || (line.dw > 0.0 && before > self.nearest) {
                break;
            }
        }
        None
    }
}

/// A ray in the image: position (`x0` + u `dx`, `y0` + u `dy`) in pixels and inverse depth `w0` + u `dw`, for u from `start` to `limit`.
struct Line {
    x0: f32,
    y0: f32,
    w0: f32,
    dx: f32,
    dy: f32,
    dw: f32,
    start: f32,
    limit: f32,
}

impl Line {
    /// From `origin`, or the frame's border where it is outside, to the vanishing point of rays that go away, nine tenths of the way to the camera for those
    /// that come, or the border.
    fn new(s: &Surfaces, origin: Vec3, d: Vec3) -> Self {
        let depth = -origin.z;
        let w0 = 1.0 / depth;
        let (cx, cy) = (0.5 * s.width as f32, 0.5 * s.height as f32);
        let (x0, y0) = (cx + origin.x * w0 * s.scale, cy - origin.y * w0 * s.scale);
        let (x1, y1, w1) = if d.z < -1e-3 {
            let w = -1.0 / d.z;
            (cx + d.x * w * s.scale, cy - d.y * w * s.scale, 0.0)
        } else {
            let end = origin + d * (0.9 * depth / d.z.max(1e-6)).min(1e3 * depth);
            let w = -1.0 / end.z;
            (cx + end.x * w * s.scale, cy - end.y * w * s.scale, w)
        };
        let (dx, dy) = (x1 - x0, y1 - y0);
        let (mut start, mut limit) = (0.0f32, 1.0f32);
        for (a, da, size) in [(x0, dx, s.width as f32), (y0, dy, s.height as f32)] {
            let (low, high) = ((0.01 - a) / da, (size - 0.01 - a) / da);
            if da > 0.0 {
                (start, limit) = (start.max(low), limit.min(high));
            } else if da < 0.0 {
                (start, limit) = (start.max(high), limit.min(low));
            } else if !(0.0..size).contains(&a) {
                limit = -1.0;
            }
        }
        Self { x0, y0, w0, dx, dy, dw: w1 - w0, start, limit }
    }
}

/// Whole part of 0 ≤ `v` < 2²², by the bits of a float whose last place is 1 (conversions that saturate do not vectorise).
fn floor(v: f32) -> u32 {
    (v - 0.5 + 12_582_912.0).to_bits() & 0x3F_FFFF
}

/// Distances of the steps of a ray from its pixel, in pixels: one pixel apart at first, then growing with the distance.
pub(crate) struct Steps(Vec<f32>);

impl Steps {
    /// Steps across `reach` pixels. `jitter` in 0..1 shifts them, `growth` is the step over the distance.
    pub(crate) fn new(reach: f32, growth: f32, jitter: f32) -> Self {
        let mut steps = Vec::new();
        let mut at = 1.0 + 0.5 * jitter;
        while at < reach || steps.len() % 8 != 0 {
            steps.push(at);
            at += (growth * at).max(1.0) * (0.75 + 0.5 * jitter);
        }
        Self(steps)
    }
}
