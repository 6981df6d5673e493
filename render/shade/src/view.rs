//! Other frames of the same scene, seen from elsewhere: what one frame hides or cuts off, another may show.

use crate::{
    march::{Field, MISS, Steps},
    surface::{Surface, Surfaces},
};
use glam::{Mat4, Vec3};
use relight_gbuffer::Camera;

/// How much deeper than a point a frame has to see where that point would be, relative, for nothing to be there.
const THROUGH: f32 = 0.02;
/// How far off the surface rays start in other frames, in pixels: a little more than in their own, for neither frame's depth is exact.
const LIFT: f32 = 3.0;
/// How far from where it starts a ray meets nothing in other frames, over the depth there: what is so near the frame shows itself, with its surface's errors.
const NEAR: f32 = 0.03;

/// A shaded frame that rays of other frames may meet. Its light stays as it was there, even where a frame that meets it has the light turned.
pub struct View {
    pub(crate) field: Field,
    pub(crate) to_world: Mat4,
    /// Median depth of what it shows.
    pub(crate) depth: f32,
    /// What every pixel sends to all sides, then the mean of what each plane does.
    pub(crate) sent: Vec<Vec3>,
    pub(crate) planes: Vec<Vec3>,
}

impl View {
    pub(crate) fn new(field: Field, camera: &Camera, sent: Vec<Vec3>, planes: Vec<Vec3>) -> Self {
        let mut depths: Vec<f32> = field.surfaces.pixels.iter().step_by(17).filter(|p| p.inverse > 0.0).map(|p| 1.0 / p.inverse).collect();
        depths.sort_by(f32::total_cmp);
        let depth = depths.get(depths.len() / 2).copied().unwrap_or(1.0);
        Self { field, to_world: camera.to_world, depth, sent, planes }
    }
}

/// A frame and what others show of the scene. A hit is a pixel's index, in others after all pixels of those before, or as in `march.rs`; planes are counted on in
/// the same way.
pub(crate) struct Scene<'a> {
    /// The frame itself, then the others.
    frames: Vec<Frame<'a>>,
}

struct Frame<'a> {
    field: &'a Field,
    /// From its camera space to that of the first, and back.
    back: Mat4,
    there: Mat4,
}

impl Frame<'_> {
    /// The pixel that shows what is towards `point`, in the first frame's camera space, with the depth of `point`; none out of sight.
    fn towards(&self, point: Vec3) -> Option<(&Surface, f32)> {
        let (s, point) = (&*self.field.surfaces, self.there.transform_point3(point));
        let depth = -point.z;
        let (x, y) = (0.5 * s.width as f32 + point.x / depth * s.scale, 0.5 * s.height as f32 - point.y / depth * s.scale);
        let inside = depth > 1e-3 && x >= 0.0 && y >= 0.0 && x < s.width as f32 && y < s.height as f32;
        inside.then(|| (&s.pixels[y as usize * s.width + x as usize], depth))
    }

    /// Whether it sees something farther where `point` would be.
    fn through(&self, point: Vec3) -> bool {
        self.towards(point).is_some_and(|(p, depth)| p.inverse * depth < 1.0 - THROUGH)
    }
}

impl<'a> Scene<'a> {
    pub(crate) fn new(field: &'a Field, camera: &Camera, views: &[&'a View]) -> Self {
        let size = |field: &Field| (field.surfaces.width, field.surfaces.height);
        assert!(views.iter().all(|view| size(&view.field) == size(field)), "the frames of a clip have one size");
        let other = |view: &&'a View| {
            let there = view.to_world.inverse() * camera.to_world;
            Frame { field: &view.field, there, back: there.inverse() }
        };
        let own = Frame { field, there: Mat4::IDENTITY, back: Mat4::IDENTITY };
        Self { frames: std::iter::once(own).chain(views.iter().map(other)).collect() }
    }

    /// The frame itself.
    pub(crate) fn surfaces(&self) -> &Surfaces {
        &self.frames[0].field.surfaces
    }

    /// What the ray from pixel `from` along `d` meets: in the frame itself; else, or before one of its planes, in others.
    pub(crate) fn meet(&self, from: usize, d: Vec3, ways: &Steps) -> u32 {
        let s = self.surfaces();
        let own = self.frames[0].field.march(from, d, ways, |i, inverse| self.solid(0, s.pixels[i].position, inverse));
        let count = s.pixels.len();
        let p = &s.pixels[from];
        if self.frames.len() == 1 || (own as usize) < count || p.inverse <= 0.0 {
            return own;
        }
        let origin = p.position + p.facet * (LIFT / (s.scale * p.inverse));
        let near = NEAR / p.inverse;
        let (mut pixels, mut planes) = (count, self.frames[0].field.planes.len());
        let mut beyond = own;
        for (k, frame) in self.frames.iter().enumerate().skip(1) {
            let start = frame.there.transform_point3(origin);
            let solid = |i: usize, inverse: f32, crossed: bool| {
                let front = frame.field.surfaces.pixels[i].position;
                let met = front / (-front.z * inverse);
                met.distance_squared(start) > near * near
                    // Behind what this frame shows, beyond the thickness that it is taken to have, the other frame's guess is no better.
                    && (crossed || self.frames[0].towards(frame.back.transform_point3(met)).is_none())
                    && !self.frames[0].through(frame.back.transform_point3(front))
                    && self.solid(k, front, inverse)
            };
            let hit = frame.field.pass(start, frame.there.transform_vector3(d), ways, solid);
            if (hit as usize) < count {
                return (pixels + hit as usize) as u32;
            }
            if hit != MISS && beyond == MISS {
                beyond = hit - planes as u32;
            }
            pixels += count;
            planes += frame.field.planes.len();
        }
        beyond
    }

    /// Whether no frame sees through the point at this inverse depth behind `front`, which frame `k` shows. One that sees through the front, too, is of a moment
    /// when the thing was elsewhere.
    fn solid(&self, k: usize, front: Vec3, inverse: f32) -> bool {
        let own = |point: Vec3| self.frames[k].back.transform_point3(point);
        let behind = front / (-front.z * inverse);
        !self.frames.iter().enumerate().any(|(other, frame)| other != k && frame.through(own(behind)) && !frame.through(own(front)))
    }
}
