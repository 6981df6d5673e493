//! The map in two parts: lamps (suns, windows), which throw shadows, and the rest, which is smooth.

use glam::Vec3;
use relight_light::Environment;

/// Directions that stand for the lamps. Sixteen pixels of a 4×4 block share them.
pub(crate) const LAMPS: usize = 128;
/// Size of the map in which lamps are looked for: 1.4° a texel, so a sun's half degree throws shadows a little too soft.
const SIZE: (usize, usize) = (256, 128);
/// Times the map's mean luminance above which light is a lamp's.
const BRIGHT: f32 = 4.0;

/// A direction with a share of the lamps' light.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lamp {
    /// In the map's frame, unit length.
    pub direction: Vec3,
    /// Radiance times solid angle over π: times the cosine it is irradiance over π.
    pub power: Vec3,
}

pub(crate) fn luminance(c: Vec3) -> f32 {
    c.dot(Vec3::new(0.2126, 0.7152, 0.0722))
}

/// Splits `map`: what exceeds [`BRIGHT`] times the mean becomes [`LAMPS`] directions of equal energy (none where nothing does), the rest a map.
///
/// The lamps' texels are walked along a Hilbert curve on each half of the map and cut into pieces of equal luminance, which does for a
/// fixed number of directions what median cut (Debevec, "A Median Cut Algorithm for Light Probe Sampling", 2005) does by halving;
/// neighbours in the list are neighbours in the sky.
pub(crate) fn split(map: &Environment) -> (Environment, Vec<Lamp>) {
    let (width, height) = SIZE;
    let mut base = map.resized(width, height);
    let limit = BRIGHT * luminance(map.mean());
    let mut excess = Vec::new();
    for half in 0..2 {
        for step in 0..height * height {
            let (x, y) = hilbert(height, step);
            let (column, texel) = (half * height + x, base.texel(half * height + x, y));
            let bright = luminance(texel);
            if bright > limit && limit > 0.0 {
                let keep = texel * (limit / bright);
                let i = 3 * (y * width + column);
                base.rgb[i..i + 3].copy_from_slice(&keep.to_array());
                let direction = Environment::direction((column as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
                excess.push((direction, (texel - keep) * base.solid_angle(y) / std::f32::consts::PI));
            }
        }
    }
    let total: f64 = excess.iter().map(|(_, power)| luminance(*power) as f64).sum();
    let mut lamps = Vec::new();
    let (mut direction, mut power, mut filled) = (Vec3::ZERO, Vec3::ZERO, 0.0);
    let share = total / LAMPS as f64;
    for (towards, light) in excess {
        let mut left = luminance(light) as f64;
        let whole = left;
        while left > 0.0 {
            let taken = left.min(share - filled);
            let part = light * (taken / whole) as f32;
            direction += towards * luminance(part);
            power += part;
            filled += taken;
            left -= taken;
            if filled >= share * (1.0 - 1e-9) {
                if lamps.len() < LAMPS {
                    lamps.push(Lamp { direction: direction.normalize_or(towards), power });
                }
                (direction, power, filled) = (Vec3::ZERO, Vec3::ZERO, 0.0);
                if left < 1e-9 * share {
                    break;
                }
            }
        }
    }
    (base, lamps)
}

/// Position of a step of the Hilbert curve through an n×n square, n a power of two.
fn hilbert(n: usize, step: usize) -> (usize, usize) {
    let (mut x, mut y, mut t, mut s) = (0, 0, step, 1);
    while s < n {
        let right = 1 & (t / 2);
        let up = 1 & (t ^ right);
        if up == 0 {
            if right == 1 {
                (x, y) = (s - 1 - x, s - 1 - y);
            }
            (x, y) = (y, x);
        }
        x += s * right;
        y += s * up;
        t /= 4;
        s *= 2;
    }
    (x, y)
}
