//! Words that stand, signs, and letter blocks.

use super::{Shape, Soup, cuboid, extrude, glyph};
use crate::dice::Dice;
use glam::{Affine3A, Mat3A, Vec3, Vec3A};
use std::f32::consts::{FRAC_PI_2, TAU};

/// How letters look.
struct Style {
    half: f32,
    deep: f32,
    bevel: f32,
    square: bool,
    slant: f32,
    /// Distance from a letter to the next.
    advance: f32,
}

impl Style {
    fn any(dice: &mut Dice) -> Self {
        let half = dice.range(0.28, 0.62);
        let deep = dice.log(0.4, 3.0);
        let slant = if dice.chance(0.25) { dice.range(0.1, 0.3) } else { 0.0 };
        Self {
            half,
            deep,
            bevel: dice.range(0.02, 0.35) * half.min(deep),
            square: dice.chance(0.5),
            slant,
            advance: 4.0 + 2.0 * half + dice.range(0.3, 1.0),
        }
    }

    /// A letter that stands on y = 0 from x = 0 on, its front at z = `deep`.
    fn letter(&self, index: usize) -> Soup {
        let mut soup = Soup::default();
        for path in glyph::paths(index) {
            soup.join(&extrude(&glyph::outline(&path, self.half, self.square), self.deep, self.bevel));
        }
        // Outlines lie in (x, -z): stand them up, then lean them.
        let lean = Affine3A { matrix3: Mat3A::from_cols(Vec3A::X, Vec3A::new(self.slant, 1.0, 0.0), Vec3A::Z), translation: Vec3A::ZERO };
        soup.moved(lean * Affine3A::from_rotation_x(FRAC_PI_2))
    }
}

/// A random piece of lettering: letters in slot 0 (some in slot 1), their ground in the last slot.
pub(crate) fn any(dice: &mut Dice) -> Shape {
    let style = Style::any(dice);
    let parts = if dice.chance(0.3) { block(dice, &style) } else { word(dice, &style) };
    Shape { parts, crease: 35.0 }
}

/// One or two lines of letters, on a board, on a foot or alone.
fn word(dice: &mut Dice, style: &Style) -> Vec<Soup> {
    let (lines, letters, two) = (if dice.chance(0.2) { 2 } else { 1 }, dice.count(1, 6), dice.chance(0.3));
    let mut parts = vec![Soup::default(), Soup::default()];
    for line in 0..lines {
        for place in 0..letters {
            let shift = Vec3::new(place as f32 * style.advance, line as f32 * 8.0, 0.0);
            let letter = style.letter(dice.index(glyph::CHARACTERS)).moved(Affine3A::from_translation(shift));
            parts[if two { place % 2 } else { 0 }].join(&letter);
        }
    }
    let (wide, tall) = (letters as f32 * style.advance, 8.0 * lines as f32 - 2.0);
    let centre = 0.5 * (wide - style.advance) + 2.0;
    match dice.index(3) {
        0 => {
            let (margin, thick) = (dice.range(1.0, 2.5), dice.range(0.3, 1.0));
            let board = cuboid(Vec3::new(wide + 2.0 * margin, tall + 2.0 * margin, thick), dice.range(0.05, 0.5));
            parts.push(board.moved(Affine3A::from_translation(Vec3::new(centre, -margin, -0.45 * thick))));
        }
        1 => {
            let foot = cuboid(Vec3::new(wide + 1.0, dice.range(0.5, 1.5), style.deep + dice.range(0.5, 2.0)), 0.15);
            let (_, high) = foot.bounds();
            parts.push(foot.moved(Affine3A::from_translation(Vec3::new(centre, -high.y - style.half + 0.02, 0.5 * style.deep))));
        }
        _ => {}
    }
    parts.retain(|p| !p.triangles.is_empty());
    parts
}

/// A cube with a raised letter on each of its four sides.
fn block(dice: &mut Dice, style: &Style) -> Vec<Soup> {
    let (edge, proud) = (10.0, dice.range(0.15, 0.5));
    let low = Style { deep: 2.0 * proud, bevel: 0.3 * proud, ..*style };
    let mut letters = Soup::default();
    for side in 0..4 {
        let face = Affine3A::from_rotation_y(0.25 * TAU * side as f32) * Affine3A::from_translation(Vec3::new(-2.0, 2.0, 0.5 * edge - proud));
        letters.join(&low.letter(dice.index(glyph::CHARACTERS)).moved(face));
    }
    vec![letters, cuboid(Vec3::splat(edge), dice.log(0.2, 1.5))]
}
