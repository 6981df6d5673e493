//! Solid noise: the stuff of procedural materials, clouds and rocks.

use glam::{IVec3, Vec3};

/// Multipliers of a lattice cell's coordinates, odd.
const AXES: [u32; 3] = [0x8DA6_B343, 0xD816_3841, 0xCB1A_B31F];
/// Multipliers of the finaliser of lowbias32 (Wellons 2018).
const MIX: [u32; 2] = [0x7FEB_352D, 0x846C_A68B];

/// Hash of a lattice cell.
fn hash(cell: IVec3, seed: u32) -> u32 {
    let IVec3 { x, y, z } = cell;
    let mut h = (x as u32).wrapping_mul(AXES[0]) ^ (y as u32).wrapping_mul(AXES[1]) ^ (z as u32).wrapping_mul(AXES[2]) ^ seed;
    h = (h ^ (h >> 16)).wrapping_mul(MIX[0]);
    h = (h ^ (h >> 15)).wrapping_mul(MIX[1]);
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

/// Weight of the far side of a cell, smooth to its second derivative (Perlin, Improving Noise, 2002).
fn quintic(f: Vec3) -> Vec3 {
    f * f * f * (f * (f * 6.0 - 15.0) + 10.0)
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
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has AVX2.
        return unsafe { wide::noise(p, seed) };
    }
    plain(p, seed)
}

/// [`noise`] corner by corner.
fn plain(p: Vec3, seed: u32) -> f32 {
    let (cell, f) = split(p);
    let w = quintic(f);
    let at = |x, y, z| corner(cell + IVec3::new(x, y, z), seed, f - Vec3::new(x as f32, y as f32, z as f32));
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let low = mix(mix(at(0, 0, 0), at(1, 0, 0), w.x), mix(at(0, 1, 0), at(1, 1, 0), w.x), w.y);
    let high = mix(mix(at(0, 0, 1), at(1, 0, 1), w.x), mix(at(0, 1, 1), at(1, 1, 1), w.x), w.y);
    mix(low, high, w.z)
}

/// [`noise`] with a corner a lane: the same sums in the same order, so that worlds are the same on every machine.
#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{AXES, MIX, quintic, split};
    use glam::Vec3;
    use std::arch::x86_64::*;

    /// The finaliser of `hash`.
    #[target_feature(enable = "avx2")]
    fn finish(h: __m256i) -> __m256i {
        let h = _mm256_mullo_epi32(_mm256_xor_si256(h, _mm256_srli_epi32::<16>(h)), _mm256_set1_epi32(MIX[0] as i32));
        let h = _mm256_mullo_epi32(_mm256_xor_si256(h, _mm256_srli_epi32::<15>(h)), _mm256_set1_epi32(MIX[1] as i32));
        _mm256_xor_si256(h, _mm256_srli_epi32::<16>(h))
    }

    /// `-x` in the lanes of `h` where the bit is set that a shift by `UP` makes the sign.
    #[target_feature(enable = "avx2")]
    fn signed<const UP: i32>(x: __m256, h: __m256i) -> __m256 {
        let sign = _mm256_and_si256(_mm256_slli_epi32::<UP>(h), _mm256_set1_epi32(i32::MIN));
        _mm256_xor_ps(x, _mm256_castsi256_ps(sign))
    }

    /// Lanes 0 to 3 are the corners at x, 4 to 7 those at x + 1; in each four y, then z counts up.
    #[target_feature(enable = "avx2")]
    pub(super) fn noise(p: Vec3, seed: u32) -> f32 {
        let (cell, f) = split(p);
        let w = quintic(f);
        // Each axis has two cells, so two products.
        let pair = |c: i32, by: u32| [c as u32, c.wrapping_add(1) as u32].map(|c| c.wrapping_mul(by) as i32);
        let ([x, x1], [y, y1], [z, z1]) = (pair(cell.x, AXES[0]), pair(cell.y, AXES[1]), pair(cell.z, AXES[2]));
        let by_x = _mm256_set_epi32(x1, x1, x1, x1, x, x, x, x);
        let by_y = _mm256_set_epi32(y1, y1, y, y, y1, y1, y, y);
        let by_z = _mm256_set_epi32(z1, z, z1, z, z1, z, z1, z);
        let h = finish(_mm256_xor_si256(_mm256_xor_si256(by_x, by_y), _mm256_xor_si256(by_z, _mm256_set1_epi32(seed as i32))));
        let h = _mm256_and_si256(h, _mm256_set1_epi32(15));
        let (g, [dx, dy, dz]) = (f - 1.0, f.to_array());
        let dx = _mm256_set_ps(g.x, g.x, g.x, g.x, dx, dx, dx, dx);
        let dy = _mm256_set_ps(g.y, g.y, dy, dy, g.y, g.y, dy, dy);
        let dz = _mm256_set_ps(g.z, dz, g.z, dz, g.z, dz, g.z, dz);
        let below = |limit: i32| _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(limit), h));
        let u = _mm256_blendv_ps(dy, dx, below(8));
        // Of sixteen numbers 12 and 14 have 8 and 4 in them and no 1.
        let twelve = _mm256_cmpeq_epi32(_mm256_and_si256(h, _mm256_set1_epi32(13)), _mm256_set1_epi32(12));
        let v = _mm256_blendv_ps(_mm256_blendv_ps(dz, dx, _mm256_castsi256_ps(twelve)), dy, below(4));
        let corners = _mm256_add_ps(signed::<31>(u, h), signed::<30>(v, h));
        let mix = |a: __m128, b: __m128, t: f32| _mm_add_ps(a, _mm_mul_ps(_mm_sub_ps(b, a), _mm_set1_ps(t)));
        let across = mix(_mm256_castps256_ps128(corners), _mm256_extractf128_ps::<1>(corners), w.x);
        let down = mix(across, _mm_movehl_ps(across, across), w.y);
        _mm_cvtss_f32(mix(down, _mm_movehdup_ps(down), w.z))
    }
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
    fn lanes_and_corners_give_the_same_bits() {
        for i in 0..20_000u32 {
            let p = Vec3::new(i as f32 * 0.37 - 900.0, i as f32 * -0.11 + 7.0, (i % 97) as f32 * 0.53 - 20.0);
            assert_eq!(noise(p, i).to_bits(), plain(p, i).to_bits(), "{p}");
        }
    }

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
