//! The ground and the walls: planes that bound everything seen, and so are taken to go on outside of the frame and behind things.

use crate::surface::Surfaces;
use glam::Vec3;

/// A plane in camera space, all of the scene on the side of its normal.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Plane {
    /// Unit normal.
    pub normal: Vec3,
    /// Points on it have `normal · point = offset`.
    pub offset: f32,
    /// Distance within which a point is on it.
    pub tolerance: f32,
    /// Middle of what is seen of it.
    pub centre: Vec3,
    /// How far from the middle it is seen.
    reach: f32,
    /// How far from the middle it is taken to go on.
    extent: f32,
    /// Where a wall ends: points below have `up · point < top`. Infinite for others.
    top: f32,
    /// Unit normal of the ground that a wall stands on; zero for others.
    up: Vec3,
}

/// What a plane has to be to be taken.
struct Asked {
    /// Points of the foreground that are looked at; a candidate for every 32/3.
    points: usize,
    /// Share of the foreground that is on it.
    share: f32,
    /// Points behind it, over those on it, at most.
    behind: f32,
    /// It stands upright on one that is taken already.
    upright: bool,
}

/// A plane that counts by itself.
const LARGE: Asked = Asked { points: 2048, share: 0.12, behind: f32::INFINITY, upright: false };
/// A wall of which the picture shows but an edge: it hides as much of the sky as one in its middle. A thing's side is none, its top is behind it.
/// 300 pictures of procedural worlds: .3 dB better on the mean, the best by 16, the worst by -2.3; shares of .004 and .01 are no better, .02 errs less.
const SLIVER: Asked = Asked { points: 4096, share: 0.02, behind: 0.1, upright: true };
/// Cosine of two planes that stand upright on each other, at most.
const UPRIGHT: f32 = 0.1;
/// Share of the foreground that may be behind it, for noise.
const BEHIND: f32 = 0.02;
/// Distance from a plane, relative to depth, of points on it.
const NEAR: f32 = 0.01;
/// Planes looked for: a ground and two walls.
const MOST: usize = 3;
/// How far a plane is taken to go on, over how far from its middle it is seen.
const EXTENT: f32 = 3.0;
/// The same of a wall, sideways: rooms are longer than what a picture shows of them, and end above. With [`Plane::stand`] 200 pictures of procedural rooms
/// are .6 dB better, the best by 8, the worst by -10; 4 and 16 times are .1 and .04 worse.
const SIDEWAYS: f32 = 8.0;
/// Cosine of the ground's normal and the map's up, at least.
const LEVEL: f32 = 0.7;

impl Plane {
    /// Signed distance of `point` from it, positive on the scene's side.
    pub(crate) fn height(&self, point: Vec3) -> f32 {
        self.normal.dot(point) - self.offset
    }

    /// Whether the plane is taken to go on as far as `point`.
    pub(crate) fn reaches(&self, point: Vec3) -> bool {
        point.distance(self.centre) < self.extent && self.up.dot(point) < self.top
    }

    /// Where the plane is taken to end, along the unit direction `d` in it from its middle.
    pub(crate) fn end(&self, d: Vec3) -> Vec3 {
        let rise = self.up.dot(d);
        let above = if rise > 1e-3 { (self.top - self.up.dot(self.centre)).max(0.0) / rise } else { f32::INFINITY };
        self.centre + d * self.extent.min(above)
    }

    /// Makes it a wall on `ground`, of which nothing is seen above `highest`. How high walls are cannot be told where the frame cuts them: between as high as
    /// they are far and half as much again as is seen of them, their geometric mean (either alone is .06 or .17 dB worse in those rooms).
    fn stand(&mut self, ground: &Self, highest: f32) {
        let height = (self.centre.length() * (ground.height(self.centre) + 1.5 * self.reach).max(0.0)).sqrt();
        self.extent = SIDEWAYS * self.reach;
        self.up = ground.normal;
        self.top = (ground.offset + height).max(highest);
    }

    /// Whether a point with this normal is on it.
    pub(crate) fn holds(&self, point: Vec3, normal: Vec3) -> bool {
        self.height(point).abs() < NEAR * point.length() && self.normal.dot(normal) > 0.9
    }
}

/// Finds such planes, largest first. `rooms`: walls, too, of which the picture shows but an edge, and all of them as rooms have them.
pub(crate) fn find(surfaces: &Surfaces, rooms: bool) -> Vec<Plane> {
    let known: Vec<usize> = (0..surfaces.pixels.len()).filter(|&i| surfaces.pixels[i].inverse > 0.0).collect();
    let mut planes = Vec::new();
    if known.len() >= 64 {
        search(surfaces, &known, &LARGE, &mut planes);
    }
    if rooms {
        if (1..MOST).contains(&planes.len()) {
            search(surfaces, &known, &SLIVER, &mut planes);
        }
        stand(surfaces, &known, &mut planes);
    }
    planes
}

/// Makes walls of the planes that are upright on a level one.
fn stand(surfaces: &Surfaces, known: &[usize], planes: &mut [Plane]) {
    let Some(ground) = planes.iter().find(|p| p.normal.dot(surfaces.up) > LEVEL).copied() else { return };
    for wall in planes.iter_mut().filter(|p| p.normal.dot(ground.normal).abs() < UPRIGHT) {
        let seen = known.iter().map(|&i| &surfaces.pixels[i]).filter(|p| wall.holds(p.position, p.facet));
        let highest = seen.fold(f32::NEG_INFINITY, |m, p| m.max(ground.normal.dot(p.position)));
        wall.stand(&ground, highest);
    }
}

/// Adds planes as `asked`, largest first: candidates are the facets of a grid of pixels, so that the same frame has the same planes.
fn search(surfaces: &Surfaces, known: &[usize], asked: &Asked, planes: &mut Vec<Plane>) {
    let pick = |count: usize| (0..count).map(|k| known[(2 * k + 1) * known.len() / (2 * count)]).map(|i| &surfaces.pixels[i]).collect::<Vec<_>>();
    let points = pick(known.len().min(asked.points));
    let candidates = pick(known.len().min(asked.points * 3 / 32));
    let mut scored: Vec<(usize, Plane)> = Vec::new();
    for c in candidates {
        let mut plane = Plane { normal: c.facet, offset: c.facet.dot(c.position), ..Plane::default() };
        // Twice refitted to the points that it holds: mean point, mean normal.
        let mut count = 0;
        for _ in 0..2 {
            let (mut normal, mut point) = (Vec3::ZERO, Vec3::ZERO);
            count = 0;
            for p in points.iter().filter(|p| plane.holds(p.position, p.facet)) {
                (normal, point, count) = (normal + p.facet, point + p.position, count + 1);
            }
            if count == 0 {
                break;
            }
            plane.normal = normal.normalize();
            plane.centre = point / count as f32;
            plane.offset = plane.normal.dot(plane.centre);
        }
        scored.push((count, plane));
    }
    scored.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let all = points.len() as f32;
    for (count, mut plane) in scored {
        let count = count as f32;
        if planes.len() == MOST || count < asked.share * all {
            break;
        }
        let along = |q: &Plane| q.normal.dot(plane.normal);
        if planes.iter().any(|q| along(q) > 0.8) || asked.upright && !planes.iter().any(|q| along(q).abs() < UPRIGHT) {
            continue;
        }
        let behind = points.iter().filter(|p| plane.height(p.position) < -2.0 * NEAR * p.position.length()).count() as f32;
        if behind > BEHIND * all || behind > asked.behind * count {
            continue;
        }
        plane.tolerance = 2.0 * NEAR * plane.centre.length();
        plane.reach = points.iter().filter(|p| plane.holds(p.position, p.facet)).fold(0.0f32, |m, p| m.max(p.position.distance(plane.centre)));
        (plane.extent, plane.top) = (EXTENT * plane.reach, f32::INFINITY);
        planes.push(plane);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_gbuffer::{Camera, GBuffer};

    #[test]
    fn a_wall_goes_on_to_the_sides_and_ends_above() {
        // A wall at depth 4 that the frame cuts on three sides, on a ground 1 below a level camera.
        let (side, camera) = (64, Camera::at_origin(1.0));
        let mut buffers = GBuffer::empty(side, side);
        buffers.alpha.fill(1.0);
        for i in 0..side * side {
            let ray = camera.ray((i % side) as f32 + 0.5, (i / side) as f32 + 0.5, side, side);
            let ground = if ray.y < 0.0 { -1.0 / ray.y } else { f32::INFINITY };
            buffers.depth[i] = ground.min(4.0);
            buffers.normal[3 * i..][..3].copy_from_slice(&if ground < 4.0 { Vec3::Y } else { Vec3::Z }.to_array());
        }
        let surfaces = Surfaces::new(&buffers, &camera);
        let planes = find(&surfaces, true);
        let [wall, ground] = [Vec3::Z, Vec3::Y].map(|n| *planes.iter().find(|p| p.normal.dot(n) > 0.99).unwrap());
        assert!(wall.reaches(Vec3::new(15.0, 0.0, -4.0)) && wall.reaches(Vec3::new(0.0, 3.0, -4.0)));
        assert!(!wall.reaches(Vec3::new(0.0, 5.0, -4.0)) && !wall.reaches(Vec3::new(30.0, 0.0, -4.0)));
        assert!((wall.end(Vec3::Y).y - wall.top).abs() < 0.02 && wall.end(Vec3::NEG_Y).y < -15.0, "{wall:?}");
        assert!(ground.reaches(Vec3::new(0.0, -1.0, 1.0)) && !ground.reaches(Vec3::new(0.0, -1.0, 12.0)));
        let classic = find(&surfaces, false);
        assert!(!classic.iter().any(|p| p.reaches(Vec3::new(15.0, 0.0, -4.0))));
    }
}
