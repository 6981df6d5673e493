//! What the inverse network looks at: the picture as large as was asked, and for networks that gain by it smaller pictures beside it.

use crate::{official::OUTPUTS, size::WorkSize};
use relight_edit::Plane;

/// The looks' short sides, in quarters of what was asked: 256, 192 and 128 lines; which are mirrored; and each one's share of albedo, whose texture small pictures
/// have lost: on 40 validation worlds albedo of the two larger has 21.67 dB, of all three 21.49. Everything else has even shares.
const SEVERAL: [(usize, bool, f32); 3] = [(4, false, 0.5), (3, true, 0.5), (2, false, 0.0)];
/// Where x of the normal is among the numbers of x0; albedo is all before it.
const NORMAL_X: usize = 3;

/// One look at pictures of one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    /// What the network is given.
    pub size: WorkSize,
    mirrored: bool,
    /// Its part of the mean: of albedo, of everything else.
    shares: [f32; 2],
}

impl Look {
    /// The one look at `width × height` pictures whose short side shall have at most `short` pixels.
    pub fn once(width: usize, height: usize, short: usize) -> Vec<Self> {
        vec![Self { size: WorkSize::new(width, height, short), mirrored: false, shares: [1.0; 2] }]
    }

    /// That look and smaller ones, some mirrored: their mean is better than each, since a large picture shows edges and a small one how the whole hangs
    /// together, and since what errs to the left in one errs to the right in another.
    pub fn several(width: usize, height: usize, short: usize) -> Vec<Self> {
        let mut looks: Vec<Self> = Vec::new();
        for (quarters, mirrored, albedo) in SEVERAL {
            let size = WorkSize::new(width, height, (short * quarters / 4).max(1));
            let shares = [albedo, 1.0 / SEVERAL.len() as f32];
            // Pictures are never enlarged: looks at a small one may be the same.
            match looks.iter_mut().find(|look| (look.size, look.mirrored) == (size, mirrored)) {
                Some(twin) => twin.shares.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share),
                None => looks.push(Self { size, mirrored, shares }),
            }
        }
        looks
    }

    /// The padded picture −1..1 that the network is given, of sRGB codes in 0..1 at this look's size.
    pub fn see(self, mut codes: Plane) -> Plane {
        codes.data.iter_mut().for_each(|v| *v = 2.0 * *v - 1.0);
        self.turned(codes).pad(self.size.padded_width, self.size.padded_height)
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

    /// Adds this look's part of the mean of several, of numbers that [`Look::undo`] gave.
    pub fn add(self, mean: &mut [f32], x0: &Plane) {
        for (mean, x0) in mean.chunks_exact_mut(OUTPUTS).zip(x0.data.chunks_exact(OUTPUTS)) {
            for (k, (mean, x)) in mean.iter_mut().zip(x0).enumerate() {
                *mean += self.shares[usize::from(k >= NORMAL_X)] * x;
            }
        }
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
        let looks = Look::several(300, 200, 84);
        assert_eq!(looks.iter().map(|l| (l.size.height, l.mirrored)).collect::<Vec<_>>(), [(84, false), (63, true), (42, false)]);
        let first = looks[0].undo(&x0(looks[0]), looks[0].size);
        for look in &looks[1..] {
            let other = look.undo(&x0(*look), looks[0].size);
            assert_eq!((other.width, other.height), (126, 84));
            for (i, (a, b)) in first.data.chunks_exact(OUTPUTS).zip(other.data.chunks_exact(OUTPUTS)).enumerate() {
                let inside = (2..124).contains(&(i % 126)) && (2..82).contains(&(i / 126));
                assert!(!inside || a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3), "pixel {i}: {a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn a_small_picture_is_seen_once_each_way() {
        let looks = Look::several(100, 90, 256);
        assert_eq!(looks.iter().map(|l| (l.size.height, l.mirrored)).collect::<Vec<_>>(), [(90, false), (90, true)]);
        for k in 0..2 {
            assert!((looks.iter().map(|l| l.shares[k]).sum::<f32>() - 1.0).abs() < 1e-6);
        }
        assert_eq!(looks[0].shares[0], 0.5);
    }

    #[test]
    fn looks_that_agree_have_themselves_as_mean() {
        let x0 = Plane::from_fn(20, 16, OUTPUTS, |x, y, to| to.iter_mut().enumerate().for_each(|(k, v)| *v = (x + 3 * y + 7 * k) as f32));
        for looks in [Look::once(20, 16, 16), Look::several(20, 16, 16)] {
            let mut mean = vec![0.0; x0.data.len()];
            looks.iter().for_each(|look| look.add(&mut mean, &x0));
            assert!(mean.iter().zip(&x0.data).all(|(a, b)| (a - b).abs() < 1e-3));
        }
    }

    #[test]
    fn a_mirrored_look_sees_the_picture_from_the_other_side() {
        let picture = Plane::from_fn(32, 16, 3, |x, _, to| to.fill(x as f32 / 31.0));
        let plain = Look::once(32, 16, 16)[0];
        let seen = Look { mirrored: true, ..plain }.see(picture.clone());
        let plain = plain.see(picture);
        assert!((seen.at(0, 3)[0] - 1.0).abs() < 1e-6 && (seen.at(31, 3)[0] + 1.0).abs() < 1e-6);
        assert!((0..32).all(|x| seen.at(x, 5) == plain.at(31 - x, 5)));
    }
}
