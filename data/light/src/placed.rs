//! A map in the world.

use crate::Environment;
use glam::{Quat, Vec3};
use std::sync::Arc;

/// An environment map turned about the vertical and scaled: `L(d) = map(Ry(−yaw) d) · exposure`.
///
/// A positive yaw turns the light counter-clockwise seen from above: at +90° the map's centre column is seen towards −X.
#[derive(Debug, Clone)]
pub struct Light {
    /// The map.
    pub map: Arc<Environment>,
    /// Turn about +Y, in radians.
    pub yaw: f32,
    /// Factor on the map's radiance.
    pub exposure: f32,
}

impl Light {
    /// World direction `d` in the map's own frame.
    pub fn to_map(&self, d: Vec3) -> Vec3 {
        Quat::from_rotation_y(-self.yaw) * d
    }

    /// Direction `d` of the map's frame in the world.
    pub fn to_world(&self, d: Vec3) -> Vec3 {
        Quat::from_rotation_y(self.yaw) * d
    }

    /// Radiance arriving from unit world direction `d`.
    pub fn radiance(&self, d: Vec3) -> Vec3 {
        self.map.radiance(self.to_map(d)) * self.exposure
    }
}
