//! What there is a pattern of: how often it is met where, how large its features are, how rough it usually is.

use super::{
    field::Pattern::{self, *},
    palette::roughness,
};
use crate::dice::Dice;
use Marks::*;
use Usual::*;

/// A kind of stuff: a row of [`STUFFS`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stuff {
    pub pattern: Pattern,
    /// Weights on parts of paint, on parts of metal, on grounds, on walls.
    often: [f32; 4],
    /// Features a unit on parts of things, from and to.
    on_parts: (f32, f32),
    /// The same on grounds and walls, in world units.
    on_stage: (f32, f32),
    usual: Usual,
    marks: Marks,
}

/// The roughness of a first coat that is not metal, from and to.
#[derive(Debug, Clone, Copy)]
enum Usual {
    Anywhere(f32, f32),
    /// On grounds and walls alone.
    OnStage(f32, f32),
    Unknown,
}

/// What the marks of a pattern, its second coat, are.
#[derive(Debug, Clone, Copy)]
enum Marks {
    /// Grout and mortar.
    Joints,
    /// Of the same stuff as what is round them.
    Same,
    /// Of anything that the stuff may be.
    Any,
}

const FINE: (f32, f32) = (4.0, 14.0);
const MIDDLE: (f32, f32) = (2.0, 9.0);
const COARSE: (f32, f32) = (1.5, 4.0);
const LAID: (f32, f32) = (1.0, 6.0);
const BOARDS: (f32, f32) = (1.5, 6.0);
const BROAD: (f32, f32) = (0.3, 3.0);

const fn stuff(pattern: Pattern, often: [f32; 4], on_parts: (f32, f32), on_stage: (f32, f32), usual: Usual, marks: Marks) -> Stuff {
    Stuff { pattern, often, on_parts, on_stage, usual, marks }
}

/// All there is. Stone is polished, tiles are glazed, boards varnished or bare, bricks, field stones and cloth matt; plain floors and walls are plaster, paper,
/// concrete or carpet. Reflections tell a roughness of .3 from one of .8 only where the light has something to show, so a network needs to know what is usual.
#[rustfmt::skip]
pub(crate) const STUFFS: [Stuff; 21] = [
    //              part  metal ground  wall   on parts on stage roughness         marks
    stuff(Plain,    [ 5.0,  5.0,  1.2,  3.5], MIDDLE, BROAD,  OnStage(0.5, 1.0),    Any),
    stuff(Mottled,  [ 2.0,  1.0,  1.8,  2.0], MIDDLE, BROAD,  OnStage(0.5, 1.0),    Any),
    stuff(Marble,   [ 0.8,  0.0,  1.5,  0.3], COARSE, BROAD,  Anywhere(0.05, 0.4),  Same),
    stuff(Rings,    [ 1.2,  0.0,  0.3,  0.1], MIDDLE, LAID,   Anywhere(0.2, 0.6),   Same),
    stuff(Planks,   [ 0.8,  0.0,  2.0,  0.8], MIDDLE, BOARDS, Anywhere(0.2, 0.6),   Same),
    stuff(Bricks,   [ 0.7,  0.0,  2.0,  1.6], MIDDLE, LAID,   Anywhere(0.65, 1.0),  Joints),
    stuff(Tiles,    [ 0.7,  0.2,  2.0,  1.0], MIDDLE, LAID,   Anywhere(0.05, 0.4),  Joints),
    stuff(Checker,  [ 0.8,  0.2,  1.3,  0.2], MIDDLE, LAID,   OnStage(0.05, 0.45),  Any),
    stuff(Stripes,  [ 1.2,  0.5,  1.0,  0.6], MIDDLE, BOARDS, Unknown,              Any),
    stuff(Spots,    [ 0.9,  0.3,  0.3,  0.2], MIDDLE, LAID,   Unknown,              Any),
    stuff(Patches,  [ 0.8,  0.3,  0.5,  0.2], MIDDLE, LAID,   Unknown,              Any),
    stuff(Weave,    [ 0.9,  0.0,  0.8,  0.4], FINE,   LAID,   Anywhere(0.65, 1.0),  Any),
    stuff(Stones,   [ 0.5,  0.0,  1.2,  0.5], MIDDLE, LAID,   Anywhere(0.65, 1.0),  Joints),
    stuff(Speckle,  [ 0.7,  0.2,  0.8,  0.2], FINE,   LAID,   Unknown,              Any),
    stuff(Worn,     [ 0.6,  3.0,  0.3,  0.2], COARSE, LAID,   Unknown,              Any),
    stuff(Bands,    [ 0.8,  0.6,  0.1,  0.3], COARSE, LAID,   Unknown,              Any),
    stuff(Hammered, [ 0.3,  0.8,  0.1, 0.05], MIDDLE, LAID,   Unknown,              Any),
    stuff(Waves,    [ 0.5,  0.2,  0.4,  0.1], MIDDLE, LAID,   Unknown,              Any),
    stuff(Veins,    [ 0.5,  0.0,  1.2,  0.5], COARSE, BROAD,  Anywhere(0.05, 0.4),  Same),
    stuff(Streaks,  [ 0.5,  0.2,  1.0,  0.4], COARSE, BROAD,  Anywhere(0.05, 0.55), Same),
    stuff(Felt,     [ 1.0,  0.0,  1.0,  0.2], FINE,   LAID,   Anywhere(0.8, 1.0),   Same),
];

/// How often stuff is what it usually is.
const USUAL: f32 = 0.8;

/// Where stuff is met: a column of [`Stuff::often`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Part,
    Metal,
    Ground,
    Wall,
}

impl Stuff {
    /// Stuff that is met in a place, as often as it is there.
    pub fn any(dice: &mut Dice, place: Place) -> Self {
        STUFFS[dice.weighted(&STUFFS.map(|stuff| stuff.often[place as usize]))]
    }

    fn of(pattern: Pattern) -> Self {
        *STUFFS.iter().find(|stuff| stuff.pattern == pattern).expect("every pattern has a row")
    }

    /// Stuff of clothes.
    pub fn cloth(dice: &mut Dice) -> Self {
        let worn = [Plain, Weave, Felt, Stripes];
        Self { usual: Anywhere(0.6, 1.0), ..Self::of(worn[dice.weighted(&[0.4, 0.25, 0.2, 0.15])]) }
    }

    /// Features a unit, on grounds and walls or on parts of things.
    pub fn frequency(&self, dice: &mut Dice, stage: bool) -> f32 {
        let (low, high) = if stage { self.on_stage } else { self.on_parts };
        dice.log(low, high)
    }

    /// The roughness of a first coat that is not metal: four times in five what such a thing usually has, else anything.
    pub fn roughness(&self, dice: &mut Dice, stage: bool) -> f32 {
        match self.usual {
            Anywhere(low, high) if dice.chance(USUAL) => dice.range(low, high),
            OnStage(low, high) if stage && dice.chance(USUAL) => dice.range(low, high),
            _ => roughness(dice),
        }
    }

    /// The roughness of the marks beside a first coat of this roughness.
    pub fn second_roughness(&self, dice: &mut Dice, stage: bool, first: f32) -> f32 {
        match self.marks {
            Joints if dice.chance(USUAL) => dice.range(0.65, 1.0),
            Same if dice.chance(USUAL) => (first + dice.range(-0.1, 0.15)).clamp(0.03, 1.0),
            _ if dice.chance(0.4) => first,
            _ => self.roughness(dice, stage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of 400 draws that lie between `low` and `high`.
    fn share(low: f32, high: f32, pattern: Pattern, draw: impl Fn(&Stuff, &mut Dice) -> f32) -> f32 {
        let stuff = Stuff::of(pattern);
        let inside = (0..400).filter(|seed| (low..=high).contains(&draw(&stuff, &mut Dice::new(&[*seed])))).count();
        inside as f32 / 400.0
    }

    #[test]
    fn stone_is_polished_cloth_is_matt_and_joints_are_rough() {
        assert!(share(0.05, 0.4, Veins, |stuff, dice| stuff.roughness(dice, true)) > 0.8);
        assert!(share(0.8, 1.0, Felt, |stuff, dice| stuff.roughness(dice, false)) > 0.8);
        assert!(share(0.65, 1.0, Tiles, |stuff, dice| stuff.second_roughness(dice, true, 0.1)) > 0.8);
        // Spots may be of anything, and so may plain things; plain floors are matt.
        assert!((0.3..0.5).contains(&share(0.6, 1.0, Spots, |stuff, dice| stuff.roughness(dice, false))));
        assert!((0.3..0.6).contains(&share(0.5, 1.0, Plain, |stuff, dice| stuff.roughness(dice, false))));
        assert!(share(0.5, 1.0, Plain, |stuff, dice| stuff.roughness(dice, true)) > 0.8);
    }

    #[test]
    fn bare_metal_is_no_brick_and_bricks_are_met_on_walls() {
        let bricks = |place| (0..400).filter(|seed| Stuff::any(&mut Dice::new(&[*seed]), place).pattern == Bricks).count();
        assert_eq!(bricks(Place::Metal), 0);
        assert!(bricks(Place::Wall) > 20, "{}", bricks(Place::Wall));
    }
}
