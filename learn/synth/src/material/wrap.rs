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

    /// How a picture lies at point `p` with normal `n` of a thing with half sizes `half` about the origin: right and down in the thing's
    /// units from the middle of the side that the point is on, as one sees that side from outside with +y up; the directions of both; and
    /// half the side's size.
    pub fn upright(self, p: Vec3, n: Vec3, half: Vec3) -> Upright {
        let a = n.abs();
        let sign = |x: f32| if x < 0.0 { -1.0 } else { 1.0 };
        let flat = |right: Vec3, down: Vec3| Upright {
            place: Vec2::new(p.dot(right), p.dot(down)),
            axes: [right, down],
            half: Vec2::new(right.abs().dot(half), down.abs().dot(half)),
        };
        match self {
            Self::Round(_) if a.y < 0.8 => {
                let angle = p.x.atan2(p.z);
                let right = Vec3::new(angle.cos(), 0.0, -angle.sin());
                Upright { place: Vec2::new(angle * half.x, -p.y), axes: [right, Vec3::NEG_Y], half: Vec2::new(0.25 * TAU * half.x, half.y) }
            }
            _ if a.y >= a.x && a.y >= a.z => flat(Vec3::X, sign(n.y) * Vec3::Z),
            _ if a.x >= a.z => flat(-sign(n.x) * Vec3::Z, Vec3::NEG_Y),
            _ => flat(sign(n.z) * Vec3::X, Vec3::NEG_Y),
        }
    }
}

/// Where a point is on a side of a thing: see [`Wrap::upright`].
pub(crate) struct Upright {
    pub place: Vec2,
    pub axes: [Vec3; 2],
    pub half: Vec2,
}
