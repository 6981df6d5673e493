//! Random choices that depend on nothing but their key.

use glam::{Quat, Vec3};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::RngCore;
use std::f32::consts::{PI, TAU};

/// One step of splitmix64 (Steele, Lea, Flood 2014): spreads neighbouring keys over all 64 bits.
pub(crate) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A stream of random numbers keyed by (seed, clip, purpose), so that adding a draw in one place moves nothing elsewhere.
pub(crate) struct Dice(Pcg64Mcg);

impl Dice {
    /// The stream of `key`.
    pub fn new(key: &[u64]) -> Self {
        let state = key.iter().fold(0x5EED, |state, k| mix(state ^ mix(*k)));
        Self(Pcg64Mcg::new((u128::from(mix(state)) << 64) | u128::from(state)))
    }

    /// A new stream that depends on this one's next number.
    pub fn split(&mut self) -> Self {
        Self::new(&[self.0.next_u64()])
    }

    /// Any 32 bits.
    pub fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// Uniform in [0, 1): 24 bits, all that an f32 holds.
    pub fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// Uniform in [a, b).
    pub fn range(&mut self, a: f32, b: f32) -> f32 {
        a + (b - a) * self.unit()
    }

    /// Uniform in the logarithm between a and b, both above 0.
    pub fn log(&mut self, a: f32, b: f32) -> f32 {
        self.range(a.ln(), b.ln()).exp()
    }

    /// One of 0..n.
    pub fn index(&mut self, n: usize) -> usize {
        ((u64::from(self.0.next_u32()) * n as u64) >> 32) as usize
    }

    /// A whole number in a..=b.
    pub fn count(&mut self, a: usize, b: usize) -> usize {
        a + self.index(b - a + 1)
    }

    /// True with probability p.
    pub fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// An index with probability in proportion to its weight.
    pub fn weighted(&mut self, weights: &[f32]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f32>();
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len() - 1
    }

    /// One of the items.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// An angle in [-pi, pi).
    pub fn angle(&mut self) -> f32 {
        self.range(-PI, PI)
    }

    /// A direction, uniform on the sphere.
    pub fn direction(&mut self) -> Vec3 {
        let y = self.range(-1.0, 1.0);
        let (s, c) = self.angle().sin_cos();
        let r = (1.0 - y * y).max(0.0).sqrt();
        Vec3::new(r * c, y, r * s)
    }

    /// A rotation, uniform (Shoemake 1992).
    pub fn rotation(&mut self) -> Quat {
        let (u, a, b) = (self.unit(), self.range(0.0, TAU), self.range(0.0, TAU));
        let (p, q) = ((1.0 - u).sqrt(), u.sqrt());
        Quat::from_xyzw(p * a.sin(), p * a.cos(), q * b.sin(), q * b.cos()).normalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_decide_everything_and_draws_stay_in_range() {
        let draw = |key: &[u64]| {
            let mut dice = Dice::new(key);
            (0..64).map(|_| dice.unit()).collect::<Vec<_>>()
        };
        assert_eq!(draw(&[1, 2]), draw(&[1, 2]));
        assert_ne!(draw(&[1, 2]), draw(&[2, 1]));
        let mut dice = Dice::new(&[3]);
        let mut seen = [0; 5];
        for _ in 0..5000 {
            seen[dice.index(5)] += 1;
            let (l, d) = (dice.log(0.1, 10.0), dice.direction());
            assert!((0.1..=10.0).contains(&l) && (d.length() - 1.0).abs() < 1e-5);
            assert_eq!(dice.weighted(&[0.0, 1.0, 0.0]), 1);
        }
        assert!(seen.iter().all(|n| (800..1200).contains(n)), "{seen:?}");
    }
}
