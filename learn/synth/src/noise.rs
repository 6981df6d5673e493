//! Solid noise: the stuff of procedural materials, clouds and rocks.

use glam::{IVec3, Vec3};

/// Hash of a lattice cell: three odd multipliers, then the finaliser of lowbias32 (Wellons 2018).
fn hash(cell: IVec3, seed: u32) -> u32 {
    let IVec3 { x, y, z } = cell;
    let mut h = (x as u32).wrapping_mul(0x8DA6_B343) ^ (y as u32).wrapping_mul(0xD816_3841) ^ (z as u32).wrapping_mul(0xCB1A_B31F) ^ seed;
    h = (h ^ (h >> 16)).wrapping_mul(0x7FEB_352D);
    h = (h ^ (h >> 15)).wrapping_mul(0x846C_A68B);
    h ^ (h >> 16)
}

/// The lattice cell that holds a point, and where in it. `Vec3::floor` is three calls into libm on plain x86-64, 4 % of all rendering.
fn split(p: Vec3) -> (IVec3, Vec3) {
    let cut = p.as_ivec3();
    let cell = cut - IVec3::from(p.cmplt(cut.as_vec3()));
    (cell, p - cell.as_vec3())
}

/// A number in [0, 1) that belongs to a cell.
pub(crate) fn random(cell: IVec3, seed: u32) -> f32 {
    (hash(cell, seed) >> 8) as f32 / 16_777_216.0
}

/// Dot product with one of Perlin's twelve cube-edge directions (Improving Noise, 2002).
fn corner(cell: IVec3, seed: u32, d: Vec3) -> f32 {
    let h = hash(cell, seed) & 15;
    let u = if h < 8 { d.x } else { d.y };
    let v = if h < 4 {
        d.y
    } else if h == 12 || h == 14 {
        d.x
    } else {
        d.z
    };
    (if h & 1 == 0 { u } else { -u }) + (if h & 2 == 0 { v } else { -v })
}

/// Gradient noise, about -1..1, mean 0, one feature a unit.
pub(crate) fn noise(p: Vec3, seed: u32) -> f32 {
    let (cell, f) = split(p);
    let w = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    let at = |x, y, z| corner(cell + IVec3::new(x, y, z), seed, f - Vec3::new(x as f32, y as f32, z as f32));
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let low = mix(mix(at(0, 0, 0), at(1, 0, 0), w.x), mix(at(0, 1, 0), at(1, 1, 0), w.x), w.y);
    let high = mix(mix(at(0, 0, 1), at(1, 0, 1), w.x), mix(at(0, 1, 1), at(1, 1, 1), w.x), w.y);
    mix(low, high, w.z)
}

/// Sum of octaves, each twice as fine and half as strong; about -1..1.
pub(crate) fn fractal(p: Vec3, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut strength, mut q) = (0.0, 0.6, p);
    for octave in 0..octaves {
        sum += strength * noise(q, seed.wrapping_add(octave));
        strength *= 0.5;
        // The offset keeps the octaves' lattice points (where noise is 0) apart.
        q = q * 2.0 + 19.37;
    }
    sum
}

/// What a cellular pattern knows of a point (Worley 1996).
pub(crate) struct Cell {
    /// Distance to the nearest feature point.
    pub near: f32,
    /// Distance to the second nearest; `second - near` is 0 on the borders.
    pub second: f32,
    /// A number in [0, 1) that belongs to the nearest point.
    pub id: f32,
}

/// Distances to the jittered points of a unit lattice; jitter 0 (a grid) to 1.
pub(crate) fn cells(p: Vec3, jitter: f32, seed: u32) -> Cell {
    let (cell, f) = split(p);
    let (mut near, mut second, mut id) = (9.0f32, 9.0f32, 0);
    for z in -1..=1 {
        for y in -1..=1 {
            for x in -1..=1 {
                let h = hash(cell + IVec3::new(x, y, z), seed);
                let part = |shift: u32| ((h >> shift) & 1023) as f32 / 1023.0 - 0.5;
                let point = Vec3::new(x as f32, y as f32, z as f32) + 0.5 + jitter * Vec3::new(part(0), part(10), part(20));
                let d = (point - f).length_squared();
                if d < near {
                    (second, near, id) = (near, d, h);
                } else if d < second {
                    second = d;
                }
            }
        }
    }
    Cell { near: near.sqrt(), second: second.sqrt(), id: (id.wrapping_mul(0x9E37_79B9) >> 8) as f32 / 16_777_216.0 }
}

/// 0 below a, 1 above b, smooth between.
pub(crate) fn step(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_bounded_centred_and_continuous() {
        let (mut sum, mut peak) = (0.0, 0.0f32);
        for i in 0..20_000 {
            let p = Vec3::new(i as f32 * 0.37 - 900.0, i as f32 * 0.11, (i % 97) as f32 * 0.53);
            let n = noise(p, 7);
            assert!((noise(p + 1e-3, 7) - n).abs() < 0.02);
            sum += n;
            peak = peak.max(n.abs()).max(fractal(p, 5, 3).abs() * 0.8);
            let cell = cells(p, 1.0, 5);
            assert!(cell.near <= cell.second && cell.near < 1.3 && (0.0..1.0).contains(&cell.id));
        }
        assert!((sum / 20_000.0).abs() < 0.02 && (0.5..1.1).contains(&peak), "{peak}");
    }
}
