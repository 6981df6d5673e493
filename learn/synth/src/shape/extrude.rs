//! Outlines pulled upwards, with bevelled rims.

use super::Soup;
use glam::{Vec2, Vec3};
use std::f32::consts::{FRAC_PI_2, TAU};

/// Pulls a simple outline, counter-clockwise in (x, -z), up by `height`, its rims bevelled by `bevel`.
pub(crate) fn extrude(outline: &[Vec2], height: f32, bevel: f32) -> Soup {
    let (mut soup, n) = (Soup::default(), outline.len() as u32);
    let bevel = bevel.min(0.45 * height);
    const STEPS: u32 = 4;
    let mut layers = Vec::new();
    for k in 0..=STEPS {
        let (s, c) = (FRAC_PI_2 * k as f32 / STEPS as f32).sin_cos();
        layers.push((bevel * (1.0 - s), bevel * (1.0 - c)));
    }
    let up: Vec<(f32, f32)> = layers.iter().rev().map(|(inset, y)| (*inset, height - y)).collect();
    layers.extend(up);
    for (inset, y) in &layers {
        for p in inner(outline, *inset) {
            soup.vertex(Vec3::new(p.x, *y, -p.y));
        }
    }
    soup.rings(0, layers.len() as u32, n, false);
    let top = (layers.len() as u32 - 1) * n;
    for [a, b, c] in ears(&inner(outline, bevel)) {
        soup.triangles.push([top + a, top + b, top + c]);
        soup.triangles.push([a, c, b]);
    }
    soup
}

/// The outline moved inwards along its mitred normals.
fn inner(outline: &[Vec2], by: f32) -> Vec<Vec2> {
    let n = outline.len();
    let offset = |i: usize| {
        let (a, b, c) = (outline[(i + n - 1) % n], outline[i], outline[(i + 1) % n]);
        let (p, q) = ((b - a).normalize_or_zero().perp(), (c - b).normalize_or_zero().perp());
        let middle = (p + q).normalize_or(p);
        // Mitres of sharp corners grow without bound: 2.5 keeps thin star tips from crossing.
        b + middle * by * (1.0 / middle.dot(p).max(0.4)).min(2.5)
    };
    (0..n).map(offset).collect()
}

/// Triangles of a simple counter-clockwise polygon by cutting ears; a polygon that crosses itself still gets n-2 triangles.
fn ears(polygon: &[Vec2]) -> Vec<[u32; 3]> {
    let mut left: Vec<u32> = (0..polygon.len() as u32).collect();
    let mut triangles = Vec::new();
    let area = |a: Vec2, b: Vec2, c: Vec2| (b - a).perp_dot(c - a);
    while left.len() > 3 {
        let n = left.len();
        let ear = (0..n).find(|i| {
            let [a, b, c] = [left[(i + n - 1) % n], left[*i], left[(i + 1) % n]].map(|k| polygon[k as usize]);
            let inside = |p: Vec2| area(a, b, p) > 0.0 && area(b, c, p) > 0.0 && area(c, a, p) > 0.0;
            area(a, b, c) > 0.0 && !left.iter().any(|k| inside(polygon[*k as usize]))
        });
        let i = ear.unwrap_or(0);
        triangles.push([left[(i + n - 1) % n], left[i], left[(i + 1) % n]]);
        left.remove(i);
    }
    triangles.push([left[0], left[1], left[2]]);
    triangles
}

/// A rectangle with rounded corners, centred.
pub(crate) fn rectangle(width: f32, depth: f32, radius: f32) -> Vec<Vec2> {
    let r = radius.min(0.49 * width.min(depth));
    let corners = [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)];
    let mut out = Vec::new();
    for (quarter, (x, y)) in corners.into_iter().enumerate() {
        let centre = Vec2::new(x * (0.5 * width - r), y * (0.5 * depth - r));
        out.extend((0..=5).map(|k| centre + r * Vec2::from_angle(FRAC_PI_2 * (quarter as f32 + k as f32 / 5.0))));
    }
    out
}

/// A box standing on y = 0, all edges bevelled.
pub(crate) fn cuboid(size: Vec3, bevel: f32) -> Soup {
    let bevel = bevel.min(0.4 * size.min_element());
    extrude(&rectangle(size.x, size.z, bevel), size.y, bevel)
}

/// A closed outline by its radius at an angle.
pub(crate) fn polar(points: usize, radius: impl Fn(f32) -> f32) -> Vec<Vec2> {
    (0..points).map(|i| TAU * i as f32 / points as f32).map(|a| radius(a) * Vec2::from_angle(a)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_cover_the_whole_outline_once() {
        let star = polar(10, |a| if (a * 5.0 / TAU).fract() < 0.25 { 1.0 } else { 0.45 });
        let area: f32 = (0..10).map(|i| 0.5 * star[i].perp_dot(star[(i + 1) % 10])).sum();
        let cut = ears(&star);
        let covered: f32 = cut.iter().map(|t| t.map(|i| star[i as usize])).map(|[a, b, c]| 0.5 * (b - a).perp_dot(c - a)).sum();
        assert!(cut.len() == 8 && (covered - area).abs() < 1e-5 && area > 0.5, "{covered} {area}");
    }
}
