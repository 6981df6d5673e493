//! Things of which one part is made of something else: a metal foot, a dipped handle, a painted band, an inlay.

use crate::dice::Dice;
use glam::Vec3;
use relight_trace::{Material, Point};
use std::{f32::consts::TAU, sync::Arc};

/// Where the second material is, in the space of a thing that stands on y = 0.
enum Zone {
    /// Beyond a plane: its normal, and how far from the origin.
    Beyond(Vec3, f32),
    /// Between two parallel planes.
    Between(Vec3, f32, f32),
    /// Nearer to the y axis than so much, or farther where the second is true: cores, caps and rims.
    Core(f32, bool),
    /// Every other of so many wedges round the y axis.
    Wedges(f32, f32),
}

impl Zone {
    /// A zone that cuts a thing of these half sizes somewhere in its middle.
    fn any(dice: &mut Dice, half: Vec3) -> Self {
        let middle = Vec3::Y * half.y;
        let axis = match dice.weighted(&[0.5, 0.2, 0.3]) {
            0 => Vec3::Y,
            1 => Vec3::X,
            _ => dice.direction(),
        };
        let (at, reach) = (axis.dot(middle), axis.abs().dot(half));
        match dice.weighted(&[0.35, 0.35, 0.15, 0.15]) {
            0 => Self::Beyond(axis, at + reach * dice.range(-0.6, 0.6)),
            1 => {
                let (centre, wide) = (at + reach * dice.range(-0.6, 0.6), reach * dice.range(0.08, 0.4));
                Self::Between(axis, centre - wide, centre + wide)
            }
            2 => Self::Core(half.x.min(half.z) * dice.range(0.3, 0.9), dice.chance(0.5)),
            _ => Self::Wedges(dice.count(1, 6) as f32, dice.angle()),
        }
    }

    fn holds(&self, p: Vec3) -> bool {
        match *self {
            Self::Beyond(axis, from) => axis.dot(p) > from,
            Self::Between(axis, from, to) => (from..to).contains(&axis.dot(p)),
            Self::Core(radius, outside) => (p.x.hypot(p.z) > radius) == outside,
            Self::Wedges(count, turn) => ((p.z.atan2(p.x) + turn) * count / TAU).rem_euclid(1.0) < 0.5,
        }
    }
}

/// `first` with `second` in a random zone. Materials of files stay as they are: they need coordinates that zones know nothing of.
pub(crate) fn zoned(dice: &mut Dice, half: Vec3, first: &Material, second: &Material) -> Material {
    let (Material::Procedural(first), Material::Procedural(second)) = (first, second) else { return first.clone() };
    let (first, second, zone) = (first.clone(), second.clone(), Zone::any(dice, half));
    Material::Procedural(Arc::new(move |point: &Point| if zone.holds(point.position) { second(point) } else { first(point) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_hold_some_of_a_thing_and_not_all_of_it() {
        let half = Vec3::new(0.5, 0.4, 0.3);
        let mut split = 0;
        for seed in 0..100 {
            let mut dice = Dice::new(&[seed]);
            let zone = Zone::any(&mut dice, half);
            let inside = (0..400).filter(|_| {
                let p = Vec3::new(dice.range(-0.5, 0.5), dice.range(0.0, 0.8), dice.range(-0.3, 0.3));
                zone.holds(p)
            });
            let share = inside.count() as f32 / 400.0;
            split += usize::from((0.02..0.98).contains(&share));
        }
        assert!(split > 95, "{split} of 100 zones cut the thing");
    }
}
