//! Studios and rooms.

use super::tint;
use crate::{
    dice::Dice,
    noise::{fractal, step},
};
use glam::Vec3;

/// A rectangle of light on the sphere.
struct Panel {
    toward: Vec3,
    right: Vec3,
    up: Vec3,
    /// Half the width and height at distance 1.
    half: (f32, f32),
    soft: f32,
    radiance: Vec3,
}

impl Panel {
    /// How much of the panel's radiance comes from `d`, 0..1.
    fn seen(&self, d: Vec3) -> f32 {
        let front = d.dot(self.toward);
        if front <= 0.05 {
            return 0.0;
        }
        let (x, y) = ((d.dot(self.right) / front).abs(), (d.dot(self.up) / front).abs());
        (1.0 - step(self.half.0 * (1.0 - self.soft), self.half.0, x)) * (1.0 - step(self.half.1 * (1.0 - self.soft), self.half.1, y))
    }
}

/// Soft boxes, strips and rings on a dark or grey surrounding.
pub(crate) fn studio(dice: &mut Dice) -> impl Fn(Vec3) -> Vec3 + use<> {
    let around = dice.log(0.01, 0.6);
    let (back, floor) = (tint(dice, 0.2) * around, tint(dice, 0.2) * around * dice.range(0.2, 1.5));
    let vivid = dice.chance(0.2);
    let panels: Vec<Panel> = (0..dice.count(1, 5))
        .map(|_| {
            let (elevation, azimuth) = (dice.range(-10.0, 85.0f32).to_radians(), dice.angle());
            let toward = Vec3::new(elevation.cos() * azimuth.sin(), elevation.sin(), elevation.cos() * azimuth.cos());
            let right = toward.cross(Vec3::new(0.1, 1.0, 0.05)).normalize();
            let long = dice.log(0.08, 0.8);
            let half = if dice.chance(0.3) { (long, 0.12 * long + 0.04) } else { (long * dice.range(0.5, 1.0), long) };
            let colour = if vivid { Vec3::new(dice.unit(), dice.unit(), dice.unit()) } else { tint(dice, 0.3) };
            let power = dice.log(0.4, 3.0) / (half.0 * half.1);
            Panel { toward, right, up: right.cross(toward), half, soft: dice.range(0.05, 0.6), radiance: colour * power }
        })
        .collect();
    move |d: Vec3| {
        let surround = floor.lerp(back, step(-0.3, 0.3, d.y)) * (0.8 + 0.4 * d.y);
        surround.max(Vec3::ZERO) + panels.iter().map(|p| p.radiance * p.seen(d)).sum::<Vec3>()
    }
}

/// A box seen from inside, with windows in its walls and perhaps lamps on its ceiling.
pub(crate) fn room(dice: &mut Dice) -> impl Fn(Vec3) -> Vec3 + use<> {
    let size = Vec3::new(dice.range(2.0, 6.0), dice.range(1.2, 2.5), dice.range(2.0, 6.0));
    let eye = Vec3::new(dice.range(-0.5, 0.5) * size.x, -0.4 * size.y, dice.range(-0.5, 0.5) * size.z);
    let inside = dice.log(0.08, 0.5);
    let faces: Vec<Vec3> = (0..6).map(|_| tint(dice, 0.4) * inside * dice.range(0.4, 1.2)).collect();
    let sky = Vec3::new(0.75, 0.9, 1.1) * dice.log(3.0, 30.0);
    let yard = Vec3::new(0.3, 0.35, 0.25) * dice.log(1.0, 8.0);
    // Wall (0 +x, 1 -x, 4 +z, 5 -z), middle along it, half width, sill, lintel.
    let windows: Vec<(usize, f32, f32, f32, f32)> = (0..dice.count(1, 4))
        .map(|_| {
            let wall = *dice.pick(&[0, 1, 4, 5]);
            let sill = dice.range(-0.9, 0.0) * size.y;
            (wall, dice.range(-1.2, 1.2), dice.range(0.4, 1.4), sill, dice.range(0.3, 0.9) * size.y)
        })
        .collect();
    let lamps: Vec<(Vec3, f32, Vec3)> = (0..dice.index(3))
        .map(|_| {
            (
                Vec3::new(dice.range(-0.7, 0.7) * size.x, size.y, dice.range(-0.7, 0.7) * size.z),
                dice.range(0.1, 0.4),
                tint(dice, 0.7) * dice.log(3.0, 40.0),
            )
        })
        .collect();
    let (bars, seed) = (dice.chance(0.5), dice.bits());
    move |d: Vec3| {
        // Where the ray from the eye leaves the box: the nearest of three planes.
        let reach = (size * d.signum() - eye) / d.map(|x| if x.abs() < 1e-6 { 1e-6f32.copysign(x) } else { x });
        let t = reach.min_element();
        let hit = eye + d * t;
        let face = if t == reach.x {
            usize::from(d.x < 0.0)
        } else if t == reach.y {
            2 + usize::from(d.y < 0.0)
        } else {
            4 + usize::from(d.z < 0.0)
        };
        let mut light = faces[face] * (1.0 + 0.3 * fractal(hit * 1.3, 3, seed));
        let along = if face < 2 { hit.z } else { hit.x };
        for (wall, middle, half, sill, lintel) in &windows {
            let across = along - middle;
            if *wall == face && across.abs() < *half && hit.y > *sill && hit.y < *lintel {
                let frame = bars && (across.abs() < 0.05 || (hit.y - 0.5 * (sill + lintel)).abs() < 0.05);
                let view = if d.y > 0.0 { sky } else { yard };
                light = if frame { light * 0.3 } else { view };
            }
        }
        for (at, radius, radiance) in &lamps {
            if hit.distance(*at) < *radius {
                light = *radiance;
            }
        }
        light.max(Vec3::ZERO)
    }
}
