//! Pin-hole cameras.

use glam::{Mat4, Vec3};

/// A pin-hole camera with square pixels. Looks along −Z of its own frame, +X right, +Y up (OpenGL); the world has +Y up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Horizontal field of view, in radians.
    pub fov_x: f32,
    /// Pose: camera space to world space.
    pub to_world: Mat4,
}

impl Camera {
    /// A camera whose frame is the world's.
    pub fn at_origin(fov_x: f32) -> Self {
        Self { fov_x, to_world: Mat4::IDENTITY }
    }

    /// Half the width of the image plane at distance 1.
    pub fn tangent(&self) -> f32 {
        (0.5 * self.fov_x).tan()
    }

    /// Camera-space direction through pixel position (`x`, `y`) of a `width`×`height` image, scaled so that its z is −1:
    /// multiplied by a depth (along the optical axis) it is the camera-space point. Pixel centres are at .5.
    pub fn ray(&self, x: f32, y: f32, width: usize, height: usize) -> Vec3 {
        let half = self.tangent();
        let scale = 2.0 * half / width as f32;
        Vec3::new((x - 0.5 * width as f32) * scale, (0.5 * height as f32 - y) * scale, -1.0)
    }

    /// Pixel position of a camera-space point in front of the camera (z < 0).
    pub fn project(&self, point: Vec3, width: usize, height: usize) -> (f32, f32) {
        let scale = 0.5 * width as f32 / self.tangent();
        (0.5 * width as f32 + point.x / -point.z * scale, 0.5 * height as f32 - point.y / -point.z * scale)
    }
}
