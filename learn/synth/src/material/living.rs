//! What covers people and animals. None of it is metal, but for threads in cloth, whatever its colour: skin is as warm as copper.

use super::{
    Finish, Stuff, Use,
    field::{
        Pattern::{Felt, Mottled, Spots, Streaks, Waves},
        field,
    },
    palette::{Coat, colour, earthy},
    wrap::Wrap,
};
use crate::{dice::Dice, picture::Pictures, shape::living::Cover};
use glam::Vec3;
use relight_trace::Material;

/// Linear albedo of skin from the lightest to the darkest, about as the six types of Fitzpatrick (1988) reflect; any between two neighbours is met.
const SKIN: [[f32; 3]; 6] =
    [[0.76, 0.56, 0.46], [0.65, 0.43, 0.32], [0.52, 0.32, 0.22], [0.37, 0.20, 0.12], [0.22, 0.115, 0.065], [0.095, 0.05, 0.03]];

/// A random material of a cover.
pub(crate) fn cover(dice: &mut Dice, cover: Cover) -> Material {
    let of = |albedo: Vec3, roughness: f32| Coat { albedo, roughness, metallic: 0.0 };
    let (pattern, frequency, relief, first, other, second) = match cover {
        Cover::Cloth => return super::of(&Stuff::cloth(dice), dice, Use::Part { half: Vec3::splat(0.5), metal: false }, &Pictures::default()),
        Cover::Skin => {
            let tone = skin(dice);
            let flushed = tone * Vec3::new(1.0, dice.range(0.75, 0.95), dice.range(0.7, 0.95));
            let first = of(tone, dice.range(0.35, 0.7));
            (Mottled, dice.log(2.0, 8.0), dice.range(0.0, 0.15), first, flushed, of(tone * dice.range(0.8, 1.1), first.roughness + 0.05))
        }
        Cover::Fur => {
            let base = fur(dice);
            let marks = if dice.chance(0.5) { base * dice.range(0.3, 0.8) } else { Vec3::splat(dice.range(0.02, 0.8)) };
            let roughness = dice.range(0.6, 1.0);
            let pattern = *dice.pick(&[Felt, Mottled, Spots, Waves]);
            (pattern, dice.log(2.0, 8.0), dice.range(0.1, 0.6), of(base, roughness), base * dice.range(0.6, 1.0), of(marks, roughness))
        }
        Cover::Hair => {
            let first = of(hair(dice), dice.range(0.35, 0.8));
            let frequency = dice.log(4.0, 12.0);
            (Streaks, frequency, 0.0, first, first.albedo * 0.6, Coat { albedo: first.albedo * dice.range(0.4, 1.4), ..first })
        }
        Cover::Horn => {
            let first = of(earthy(dice) * dice.log(0.08, 1.0), dice.range(0.2, 0.6));
            (Mottled, dice.log(2.0, 6.0), 0.0, first, first.albedo * 0.7, Coat { albedo: first.albedo * 1.2, ..first })
        }
    };
    Finish::bare(field(pattern, dice, Wrap::Box, |_| 0.0), frequency, relief, first, other, second).material()
}

/// A tone between two neighbours of [`SKIN`].
fn skin(dice: &mut Dice) -> Vec3 {
    let place = dice.range(0.0, 4.999);
    Vec3::from(SKIN[place as usize]).lerp(Vec3::from(SKIN[place as usize + 1]), place.fract())
}

/// White, black, brown, now and then any colour, as plumage is.
fn fur(dice: &mut Dice) -> Vec3 {
    match dice.index(4) {
        0 => Vec3::splat(dice.range(0.5, 0.85)),
        1 => Vec3::splat(dice.log(0.015, 0.1)),
        2 => colour(dice),
        _ => earthy(dice),
    }
}

/// Black to fair, one in five grey.
fn hair(dice: &mut Dice) -> Vec3 {
    if dice.chance(0.2) { Vec3::splat(dice.range(0.1, 0.6)) } else { Vec3::new(1.0, 0.6, 0.35).powf(dice.range(0.4, 1.0)) * dice.log(0.012, 0.4) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec2;
    use relight_trace::Point;

    #[test]
    fn skin_is_warm_and_no_cover_of_a_body_is_metal() {
        for seed in 0..60 {
            for cover in [Cover::Skin, Cover::Fur, Cover::Hair, Cover::Horn] {
                let dice = &mut Dice::new(&[seed]);
                let Material::Procedural(surface) = super::cover(dice, cover) else { panic!("{cover:?}") };
                for _ in 0..20 {
                    let (position, normal) = (dice.direction(), dice.direction());
                    let s = surface(&Point { position, normal, uv: Vec2::ZERO, tangent: normal.any_orthonormal_vector(), sign: 1.0 });
                    assert!(s.metallic == 0.0 && s.roughness >= 0.2, "{cover:?} {s:?}");
                    assert!(s.albedo.min_element() > 0.0 && s.albedo.max_element() < 0.99, "{cover:?} {s:?}");
                    assert!(cover != Cover::Skin || (s.albedo.x > s.albedo.y && s.albedo.y > s.albedo.z), "{s:?}");
                }
            }
        }
    }
}
