//! Surfaces of revolution and swept tubes.

use super::Soup;
use glam::{Vec2, Vec3};
use std::f32::consts::{FRAC_PI_2, PI, TAU};

/// Turns a profile of (radius, height) points, bottom to top along the outside, about +Y. A closed profile joins its ends (a torus).
pub(crate) fn lathe(profile: &[Vec2], closed: bool, segments: u32) -> Soup {
    let mut soup = Soup::default();
    for point in profile {
        for i in 0..segments {
            // Clockwise seen from above: with rising height that makes the outside counter-clockwise.
            let (s, c) = (-TAU * i as f32 / segments as f32).sin_cos();
            soup.vertex(Vec3::new(point.x.max(0.0) * c, point.y, point.x.max(0.0) * s));
        }
    }
    soup.rings(0, profile.len() as u32, segments, closed);
    soup
}

/// Replaces each inner corner of an open profile by an arc-like bevel of at most `size` along both sides.
pub(crate) fn rounded(profile: &[Vec2], size: f32) -> Vec<Vec2> {
    let mut out = vec![profile[0]];
    for i in 1..profile.len() - 1 {
        let (a, b, c) = (profile[i - 1], profile[i], profile[i + 1]);
        let cut = |other: Vec2| b + (other - b).clamp_length_max((other - b).length().mul_add(0.45, 0.0).min(size));
        let (start, end) = (cut(a), cut(c));
        for k in 0..=4 {
            // Quadratic Bezier with the corner as its control point.
            let t = k as f32 / 4.0;
            out.push(start * (1.0 - t) * (1.0 - t) + b * 2.0 * t * (1.0 - t) + end * t * t);
        }
    }
    out.push(profile[profile.len() - 1]);
    out
}

/// Points of an ellipse's right half from angle `from` to `to` (radians, -pi/2 is the bottom).
pub(crate) fn arc(centre: Vec2, radii: Vec2, from: f32, to: f32, steps: u32) -> Vec<Vec2> {
    (0..=steps).map(|i| centre + radii * Vec2::from_angle(from + (to - from) * i as f32 / steps as f32)).collect()
}

/// A sphere of radius 1/2.
pub(crate) fn sphere() -> Soup {
    lathe(&arc(Vec2::ZERO, Vec2::splat(0.5), -FRAC_PI_2, FRAC_PI_2, 32), false, 64)
}

/// A cylinder (or, with unlike radii, a cone or its stump) with bevelled edges.
pub(crate) fn cylinder(bottom: f32, top: f32, height: f32, bevel: f32, segments: u32) -> Soup {
    let profile = [Vec2::ZERO, Vec2::new(bottom, 0.0), Vec2::new(top, height), Vec2::new(0.0, height)];
    lathe(&rounded(&profile, bevel), false, segments)
}

/// A cylinder with half spheres at both ends, `height` between their centres.
pub(crate) fn capsule(radius: f32, height: f32) -> Soup {
    let mut profile = arc(Vec2::ZERO, Vec2::splat(radius), -FRAC_PI_2, 0.0, 14);
    profile.extend(arc(Vec2::new(0.0, height), Vec2::splat(radius), 0.0, FRAC_PI_2, 14));
    lathe(&profile, false, 48)
}

/// A torus about +Y.
pub(crate) fn torus(ring: f32, tube: f32) -> Soup {
    let mut profile = arc(Vec2::new(ring, 0.0), Vec2::splat(tube), -PI, PI, 28);
    profile.pop();
    lathe(&profile, true, 72)
}

/// A tube of round cross-section along a curve; `radius` by the fraction of the way. An open tube has flat ends.
pub(crate) fn tube(curve: &[Vec3], radius: impl Fn(f32) -> f32, closed: bool) -> Soup {
    const SIDES: u32 = 16;
    let (mut soup, n) = (Soup::default(), curve.len());
    let at = |i: isize| if closed { curve[i.rem_euclid(n as isize) as usize] } else { curve[i.clamp(0, n as isize - 1) as usize] };
    let tangent = |i: usize| (at(i as isize + 1) - at(i as isize - 1)).normalize_or(Vec3::Y);
    let mut side = tangent(0).any_orthonormal_vector();
    let mut frames = Vec::with_capacity(n);
    for i in 0..n {
        let t = tangent(i);
        // Parallel transport by projection: the frame turns no more than the curve does.
        side = (side - t * side.dot(t)).normalize_or(t.any_orthonormal_vector());
        frames.push((t, side));
    }
    // A closed curve comes back twisted: spread that twist over its length.
    let twist = if closed {
        let (t, first) = frames[0];
        let last = (side - t * side.dot(t)).normalize_or(first);
        t.dot(last.cross(first)).atan2(last.dot(first))
    } else {
        0.0
    };
    for (i, (t, side)) in frames.iter().enumerate() {
        let r = radius(i as f32 / n as f32);
        for k in 0..SIDES {
            let angle = TAU * k as f32 / SIDES as f32 + twist * i as f32 / n as f32;
            soup.vertex(curve[i] + r * (*side * angle.cos() + t.cross(*side) * angle.sin()));
        }
    }
    soup.rings(0, n as u32, SIDES, closed);
    if !closed {
        let (low, high) = (soup.vertex(curve[0]), soup.vertex(curve[n - 1]));
        let top = (n as u32 - 1) * SIDES;
        for k in 0..SIDES {
            soup.triangles.push([low, (k + 1) % SIDES, k]);
            soup.triangles.push([high, top + k, top + (k + 1) % SIDES]);
        }
    }
    soup
}
