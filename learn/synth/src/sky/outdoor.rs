//! Skies by day and by night.

use super::tint;
use crate::{
    dice::Dice,
    noise::{fractal, step},
};
use glam::Vec3;

/// A direction on the upper half of the sphere at an elevation in degrees.
fn toward(dice: &mut Dice, low: f32, high: f32) -> Vec3 {
    let (elevation, azimuth) = (dice.range(low, high).to_radians(), dice.angle());
    Vec3::new(elevation.cos() * azimuth.sin(), elevation.sin(), elevation.cos() * azimuth.cos())
}

/// Ground seen below the horizon: brightness by its albedo, with patches.
fn ground(dice: &mut Dice) -> impl Fn(Vec3) -> Vec3 + use<> {
    let (seed, base) = (dice.bits(), tint(dice, 0.6) * dice.range(0.05, 0.35));
    move |d: Vec3| base * (1.0 + 0.4 * fractal(Vec3::new(d.x, 0.0, d.z) / (0.1 - d.y) * 2.0, 3, seed))
}

/// A gradient from zenith to horizon, clouds, haze, and a sun of any height, size, strength and colour.
pub(crate) fn clear(dice: &mut Dice) -> impl Fn(Vec3) -> Vec3 + use<> {
    let sun = toward(dice, 4.0, 78.0);
    // Low suns are warm; so is the horizon below them.
    let low = 1.0 - step(0.05, 0.5, sun.y);
    let warm = Vec3::new(1.0, 1.0 - 0.35 * low, 1.0 - 0.7 * low) * tint(dice, 0.15);
    let zenith = Vec3::new(0.18, 0.35, 0.8) * dice.range(0.4, 1.1);
    let horizon = Vec3::new(0.75, 0.85, 0.95).lerp(warm, 0.7 * low) * dice.range(0.6, 1.3);
    let floor = ground(dice);
    let (cover, seed, fluff) = (dice.range(-0.35, 0.45), dice.bits(), dice.range(0.6, 2.2));
    // Irradiance of the sun over that of the sky on a surface that faces it: hazy to desert.
    let (ratio, radius) = (dice.log(0.25, 7.0), dice.log(0.6, 5.0).to_radians());
    let disc = ratio * 0.6 / (radius * radius);
    let haze = dice.range(0.02, 0.15) * ratio;
    move |d: Vec3| {
        let angle = d.dot(sun).clamp(-1.0, 1.0).acos();
        let up = d.y.max(0.0);
        let mut sky = zenith.lerp(horizon, (1.0 - up).powi(4));
        sky += warm * haze * ((-angle / 0.12).exp() * 4.0 + (-angle / 0.5).exp());
        if d.y > 0.0 {
            let n = fractal(Vec3::new(d.x, 0.0, d.z) / (d.y + 0.18) * fluff + 0.3 * d.y, 5, seed);
            let cloud = step(-cover, -cover + 0.5, n) * step(0.0, 0.12, d.y);
            let lit = warm * (0.55 + 0.5 * ratio.min(3.0) * (0.3 + 0.7 * (-angle / 0.7).exp())) * (1.0 - 0.45 * cloud * n.abs());
            sky = sky.lerp(lit, 0.9 * cloud);
        } else {
            let light = 0.6 + 0.35 * ratio * sun.y;
            sky = sky.lerp(floor(d) * light, step(0.0, 0.03, -d.y));
        }
        // The edge is softened over half its radius; narrower than a texel it would alias.
        let blaze = 1.0 - step(0.75 * radius, 1.25 * radius, angle);
        sky + warm * disc * blaze * step(-0.02, 0.0, d.y)
    }
}

/// The CIE overcast sky, (1 + 2 sin elevation) / 3, with thin and thick places.
pub(crate) fn overcast(dice: &mut Dice) -> impl Fn(Vec3) -> Vec3 + use<> {
    let (seed, uneven, colour) = (dice.bits(), dice.range(0.1, 0.7), tint(dice, 0.15));
    let (bright, spread) = (toward(dice, 10.0, 80.0), dice.range(0.2, 0.8));
    let (gain, floor) = (dice.range(0.0, 2.5), ground(dice));
    move |d: Vec3| {
        if d.y < 0.0 {
            return floor(d) * 0.8;
        }
        let base = (1.0 + 2.0 * d.y) / 3.0;
        let n = fractal(Vec3::new(d.x, 0.0, d.z) / (d.y + 0.3) * 1.5, 4, seed);
        let angle = d.dot(bright).clamp(-1.0, 1.0).acos();
        colour * (base * (1.0 + uneven * n) + gain * (-(angle / spread).powi(2)).exp()).max(0.02)
    }
}

/// A dark sky and a few coloured lamps with their glow.
pub(crate) fn night(dice: &mut Dice) -> impl Fn(Vec3) -> Vec3 + use<> {
    let sky = Vec3::new(0.3, 0.45, 1.0) * dice.log(0.004, 0.06);
    let street = tint(dice, 1.0) * dice.log(0.01, 0.15);
    let lamps: Vec<(Vec3, f32, Vec3)> = (0..dice.count(2, 7))
        .map(|_| {
            let radius = dice.log(1.2, 8.0).to_radians();
            let colour = if dice.chance(0.4) {
                // Neon: any hue.
                Vec3::new(dice.unit(), dice.unit(), dice.unit()).powf(2.0) + 0.02
            } else {
                tint(dice, 0.9)
            };
            (toward(dice, -4.0, 65.0), radius, colour * dice.log(0.15, 1.0) / (radius * radius))
        })
        .collect();
    let (seed, floor) = (dice.bits(), dice.log(0.01, 0.08));
    move |d: Vec3| {
        let mut light = sky.lerp(street, (1.0 - d.y.abs()).powi(6));
        if d.y < 0.0 {
            light = street * floor * 10.0 * (1.0 + 0.5 * fractal(d * 6.0, 3, seed));
        }
        for (toward, radius, colour) in &lamps {
            let angle = d.dot(*toward).clamp(-1.0, 1.0).acos();
            let glow = 0.004 * (-angle / (4.0 * radius)).exp();
            light += *colour * (1.0 - step(0.75 * radius, 1.25 * radius, angle) + glow);
        }
        light
    }
}
