//! What covers people and animals. None of it is metal, whatever its colour: skin is as warm as copper.

use super::{
    Finish, Stuff,
    field::{Pattern, field},
    finished,
    palette::{Coat, colour, earthy},
    wrap::Wrap,
};
use crate::{dice::Dice, shape::living::Cover};
use glam::Vec3;
use relight_trace::Material;

/// Linear albedo of skin from the lightest to the darkest, about as the six types of Fitzpatrick (1988) reflect; any between two neighbours is met.
const SKIN: [[f32; 3]; 6] =
    [[0.76, 0.56, 0.46], [0.65, 0.43, 0.32], [0.52, 0.32, 0.22], [0.37, 0.20, 0.12], [0.22, 0.115, 0.065], [0.095, 0.05, 0.03]];

/// A random material of a cover.
pub(crate) fn cover(dice: &mut Dice, cover: Cover) -> Material {
    let coat = |albedo: Vec3, roughness: f32| Coat { albedo, roughness, metallic: 0.0 };
    let (pattern, frequency, relief, [first, other, second]) = match cover {
        Cover::Skin => {
            let place = dice.range(0.0, 4.999);
            let tone = Vec3::from(SKIN[place as usize]).lerp(Vec3::from(SKIN[place as usize + 1]), place.fract());
            let flushed = tone * Vec3::new(1.0, dice.range(0.75, 0.95), dice.range(0.7, 0.95));
            let roughness = dice.range(0.35, 0.7);
            (
                Pattern::Mottled,
                dice.log(2.0, 8.0),
                dice.range(0.0, 0.15),
                [coat(tone, roughness), coat(flushed, roughness), coat(tone * dice.range(0.8, 1.1), roughness + 0.05)],
            )
        }
        Cover::Fur => {
            let base = match dice.index(4) {
                0 => Vec3::splat(dice.range(0.5, 0.85)),
                1 => Vec3::splat(dice.log(0.015, 0.1)),
                2 => colour(dice),
                _ => earthy(dice),
            };
            let marks = if dice.chance(0.5) { base * dice.range(0.3, 0.8) } else { Vec3::splat(dice.range(0.02, 0.8)) };
            let roughness = dice.range(0.6, 1.0);
            let pattern = *dice.pick(&[Pattern::Felt, Pattern::Mottled, Pattern::Spots, Pattern::Waves]);
            (
                pattern,
                dice.log(2.0, 8.0),
                dice.range(0.1, 0.6),
                [coat(base, roughness), coat(base * dice.range(0.6, 1.0), roughness), coat(marks, roughness)],
            )
        }
        Cover::Hair => {
            // Black to fair, now and then grey.
            let base = if dice.chance(0.2) {
                Vec3::splat(dice.range(0.1, 0.6))
            } else {
                Vec3::new(1.0, 0.6, 0.35).powf(dice.range(0.4, 1.0)) * dice.log(0.012, 0.4)
            };
            let roughness = dice.range(0.35, 0.8);
            (
                Pattern::Streaks,
                dice.log(4.0, 12.0),
                0.0,
                [coat(base, roughness), coat(base * 0.6, roughness), coat(base * dice.range(0.4, 1.4), roughness)],
            )
        }
        Cover::Cloth => {
            return super::of(
                &Stuff::cloth(dice),
                dice,
                super::Use::Part { half: Vec3::splat(0.5), metal: false },
                &crate::picture::Pictures::default(),
            );
        }
        Cover::Horn => {
            let base = earthy(dice) * dice.log(0.08, 1.0);
            let roughness = dice.range(0.2, 0.6);
            (Pattern::Mottled, dice.log(2.0, 6.0), 0.0, [coat(base, roughness), coat(base * 0.7, roughness), coat(base * 1.2, roughness)])
        }
    };
    let pattern = field(pattern, dice, Wrap::Box, |_| 0.0);
    finished(Finish::bare(pattern, frequency, relief, first, other.albedo, second))
}
