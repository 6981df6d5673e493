//! Which coats stuff has: colours and finishes that go with its pattern.

use super::{
    field::Pattern::{Bands, Bricks, Checker, Marble, Patches, Plain, Planks, Rings, Spots, Stones, Streaks, Stripes, Tiles, Veins, Weave, Worn},
    palette::{Coat, colour, companion, dielectric, earthy, metal, neutral},
    stuff::Stuff,
};
use crate::dice::Dice;
use glam::Vec3;

/// Random coats of some stuff: its first at tint 0, the first's colour at tint 1, its second.
pub(crate) fn coats(stuff: &Stuff, dice: &mut Dice, is_metal: bool, stage: bool) -> (Coat, Vec3, Coat) {
    let vary = |dice: &mut Dice, c: Vec3, by: f32| (c * dice.log(1.0 / (1.0 + by), 1.0 + by)).clamp(Vec3::splat(0.012), Vec3::splat(0.92));
    if is_metal {
        let bare = metal(dice);
        if matches!(stuff.pattern, Worn | Patches | Bands) {
            // Paint or rust over metal.
            let rust = dice.chance(0.3);
            let over = if rust {
                Coat {
                    albedo: Vec3::new(dice.range(0.2, 0.45), dice.range(0.06, 0.16), dice.range(0.01, 0.06)),
                    roughness: dice.range(0.7, 1.0),
                    metallic: 0.0,
                }
            } else {
                dielectric(dice)
            };
            let other = vary(dice, over.albedo, if rust { 1.0 } else { 0.2 });
            return (over, other, bare);
        }
        let second = Coat { roughness: (bare.roughness + dice.range(-0.25, 0.35)).clamp(0.03, 1.0), albedo: vary(dice, bare.albedo, 0.25), ..bare };
        let second = if matches!(stuff.pattern, Stripes | Checker | Tiles | Spots) && dice.chance(0.5) { dielectric(dice) } else { second };
        return (bare, vary(dice, bare.albedo, 0.1), second);
    }
    let base = match stuff.pattern {
        Rings | Planks => earthy(dice),
        Bricks | Stones | Streaks if dice.chance(0.6) => earthy(dice),
        Marble | Veins | Streaks if dice.chance(0.6) => neutral(dice),
        _ if stage && dice.chance(0.55) => neutral(dice),
        _ => colour(dice),
    };
    let first = Coat { albedo: base, roughness: stuff.roughness(dice, stage), metallic: 0.0 };
    let other = match stuff.pattern {
        Tiles | Patches | Stripes => companion(dice, base),
        Plain => vary(dice, base, 0.06),
        _ => vary(dice, base, 0.6),
    };
    let again = if matches!(stuff.pattern, Rings | Planks) { base * dice.range(0.2, 0.6) } else { companion(dice, base) };
    let second = Coat { albedo: again, roughness: stuff.second_roughness(dice, stage, first.roughness), metallic: 0.0 };
    // Gold leaf, foil and studs.
    let second = if matches!(stuff.pattern, Stripes | Spots | Checker | Weave) && dice.chance(0.1) { metal(dice) } else { second };
    (first, other, second)
}
