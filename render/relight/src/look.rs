//! What the inverse network looks at: the picture as large as was asked, and for networks that gain by it a smaller picture beside it.

use crate::{official::OUTPUTS, size::WorkSize};
use relight_edit::Plane;

/// The smaller look's short side against the other's.
const SMALLER: (usize, usize) = (2, 3);
/// Where x of the normal is among the numbers of x0.
const NORMAL_X: usize = 3;

/// One look at pictures of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// What the network is given.
    pub size: WorkSize,
    mirrored: bool,
}

impl Look {
    /// The one look at `width × height` pictures whose short side shall have at most `short` pixels.
    pub fn once(width: usize, height: usize, short: usize) -> Vec<Self> {
        vec![Self { size: WorkSize::new(width, height, short), mirrored: false }]
    }

    /// That look, mirrored, and one of two thirds of its size: their mean is better than either, since a large picture shows edges and a small one how the
    /// whole hangs together, and since what errs to the left in one errs to the right in the other.
    pub fn twice(width: usize, height: usize, short: usize) -> Vec<Self> {
        let smaller = (short * SMALLER.0 / SMALLER.1).max(1);
        vec![
            Self { size: WorkSize::new(width, height, short), mirrored: true },
            Self { size: WorkSize::new(width, height, smaller), mirrored: false },
        ]
    }

    /// The padded picture −1..1 that the network is given. `linear` is the picture, linear in 0..1; scaled in linear light, where averaging is physical.
    pub fn see(self, linear: &Plane, encode: impl Fn(&mut [f32])) -> Plane {
        let mut small = linear.resize(self.size.width, self.size.height);
        encode(&mut small.data);
        small.data.iter_mut().for_each(|v| *v = 2.0 * *v - 1.0);
        self.turned(small).pad(self.size.padded_width, self.size.padded_height)
    }

    /// What the network made of the picture, as if it had seen it at `size` and not mirrored. `x0` are the padded picture's numbers.
    pub fn undo(self, x0: &[f32], size: WorkSize) -> Plane {
        let padded = Plane::new(self.size.padded_width, self.size.padded_height, OUTPUTS, x0.to_vec());
        let mut seen = self.turned(padded.crop(self.size.width, self.size.height));
        if self.mirrored {
            seen.data.chunks_exact_mut(OUTPUTS).for_each(|p| p[NORMAL_X] = -p[NORMAL_X]);
        }
        if self.size == size { seen } else { seen.resize(size.width, size.height) }
    }

    fn turned(self, plane: Plane) -> Plane {
        if !self.mirrored {
            return plane;
        }
        let last = plane.width - 1;
        Plane::from_fn(plane.width, plane.height, plane.channels, |x, y, to| to.copy_from_slice(plane.at(last - x, y)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x0 that says where a pixel is: rows and columns in albedo, a normal that points to the left edge.
    fn x0(look: Look) -> Vec<f32> {
        let (w, h) = (look.size.padded_width, look.size.padded_height);
        let (width, height) = (look.size.width as f32, look.size.height as f32);
        let pixel = |i: usize| {
            let (x, y) = ((i % w) as f32 + 0.5, (i / w) as f32 + 0.5);
            let x = if look.mirrored { width - x } else { x };
            [x / width, y / height, 0.0, if look.mirrored { 0.6 } else { -0.6 }, 0.0, 0.8, 0.0, 0.0, 0.0]
        };
        (0..w * h).flat_map(pixel).collect()
    }

    #[test]
    fn looks_come_back_to_the_same_pixels() {
        let looks = Look::twice(300, 200, 90);
        assert_eq!(looks.iter().map(|l| l.size.height).collect::<Vec<_>>(), [90, 60]);
        let [a, b] = [looks[0], looks[1]].map(|look| look.undo(&x0(look), looks[0].size));
        assert_eq!((a.width, a.height, b.width, b.height), (135, 90, 135, 90));
        for (i, (a, b)) in a.data.chunks_exact(OUTPUTS).zip(b.data.chunks_exact(OUTPUTS)).enumerate() {
            let inside = (2..133).contains(&(i % 135)) && (2..88).contains(&(i / 135));
            assert!(!inside || a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3), "pixel {i}: {a:?} and {b:?}");
        }
    }

    #[test]
    fn a_mirrored_look_sees_the_picture_from_the_other_side() {
        let picture = Plane::from_fn(32, 16, 3, |x, _, to| to.fill(x as f32 / 31.0));
        let seen = Look::twice(32, 16, 16)[0].see(&picture, |_| ());
        let plain = Look::once(32, 16, 16)[0].see(&picture, |_| ());
        assert!((seen.at(0, 3)[0] - 1.0).abs() < 1e-6 && (seen.at(31, 3)[0] + 1.0).abs() < 1e-6);
        assert!((0..32).all(|x| seen.at(x, 5) == plain.at(31 - x, 5)));
    }
}
