//! How a flat pattern lies on a thing.

use glam::{Vec2, Vec3};
use std::f32::consts::TAU;

/// A way from a point and its normal to two coordinates in feature widths.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wrap {
    /// Along the axis that the normal is nearest to: right for boxes, floors and walls.
    Box,
    /// Round the y axis so many features, so that they meet behind: right for cylinders and lathes. Caps are flat.
    Round(f32),
}

impl Wrap {
    /// Coordinates of point `p` with normal `n`.
    pub fn lay(self, p: Vec3, n: Vec3) -> Vec2 {
        let a = n.abs();
        match self {
            Self::Round(count) if a.y < 0.8 => Vec2::new((p.z.atan2(p.x) / TAU + 0.5) * count, p.y),
            _ if a.y >= a.x && a.y >= a.z => Vec2::new(p.x, p.z),
            _ if a.x >= a.z => Vec2::new(p.z, p.y),
            _ => Vec2::new(p.x, p.y),
        }
    }
}
