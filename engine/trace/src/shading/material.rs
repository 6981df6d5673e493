//! Materials asked at a point.

use crate::{Material, Point, Standard, Surface, Texture};
use glam::{Vec2, Vec3};

impl Texture {
    /// The texel colour at `uv`, bilinear, repeated; black for an empty image.
    pub fn sample(&self, uv: Vec2) -> Vec3 {
        let (w, h) = (self.width, self.height);
        if w == 0 || h == 0 || self.texels.len() < w * h {
            return Vec3::ZERO;
        }
        let wrap = |x: f32, n: usize| {
            let x = (x - x.floor()) * n as f32 - 0.5;
            let low = x.floor();
            let i = (low as i64).rem_euclid(n as i64) as usize;
            (i, if i + 1 == n { 0 } else { i + 1 }, x - low)
        };
        let ((x0, x1, fx), (y0, y1, fy)) = (wrap(uv.x, w), wrap(uv.y, h));
        let at = |x: usize, y: usize| Vec3::from(self.texels[y * w + x]);
        at(x0, y0).lerp(at(x1, y0), fx).lerp(at(x0, y1).lerp(at(x1, y1), fx), fy)
    }
}

impl Material {
    /// What the material is at `point`.
    pub fn at(&self, point: &Point) -> Surface {
        match self {
            Self::Standard(standard) => standard.at(point),
            Self::Procedural(f) => f(point),
        }
    }
}

impl Standard {
    fn at(&self, point: &Point) -> Surface {
        let mut surface = Surface { albedo: self.albedo, roughness: self.roughness, metallic: self.metallic, normal: point.normal };
        if let Some(map) = &self.albedo_map {
            surface.albedo *= map.sample(point.uv);
        }
        if let Some(map) = &self.metallic_roughness_map {
            let texel = map.sample(point.uv);
            surface.roughness *= texel.y;
            surface.metallic *= texel.z;
        }
        if let Some(map) = &self.normal_map {
            let n = (2.0 * map.sample(point.uv) - 1.0) * Vec3::new(self.normal_scale, self.normal_scale, 1.0);
            let bitangent = point.sign * point.normal.cross(point.tangent);
            surface.normal = (n.x * point.tangent + n.y * bitangent + n.z * point.normal).try_normalize().unwrap_or(point.normal);
        }
        surface
    }
}
